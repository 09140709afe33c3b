"""Are the macro workbook and the add-in what Excel needs, with the right VBA?

No Excel is here to open them. What can be known without it: what oletools reads in their VBA, what
xlwings' own import would have written in its place, Microsoft's limits of VBA, what a validator, a
second spreadsheet program and openpyxl make of the files, and what xlwings does with the settings.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gate
import openpyxl
import pytest
import xlwings
from calc_comparison import need
from command import Command
from open_xml import findings
from xlwings import utils
from xlwings_on_windows import imported as imported_now

from model.case.starter import starter
from model.errors import InputError
from workbook.configuration import SHEET
from workbook.hosts import excel_files, excel_project, libreoffice
from workbook.package import archive
from workbook.package.package import Package
from workbook.refusal import CALLABLE
from workbook.vba.project import parsed, written

XLWINGS = Path(xlwings.__file__).parent
PYTHON = r"C:\Users\R&D 'x'\python.exe"


@pytest.fixture(scope="module")
def plain(finished: bytes) -> bytes:
    return finished


@pytest.fixture(scope="module")
def macro(plain: bytes) -> bytes:
    return excel_files.macro_workbook(plain, PYTHON)


@pytest.fixture(scope="module")
def addin() -> bytes:
    return excel_files.addin(PYTHON)


@pytest.fixture(params=["macro", "addin"])
def file(request: pytest.FixtureRequest) -> bytes:
    made: bytes = request.getfixturevalue(request.param)
    return made


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    return imported_now()


def parts(file: bytes) -> dict[str, bytes]:
    return dict(archive.entries(file))


def project(file: bytes | Path) -> bytes:
    with zipfile.ZipFile(io.BytesIO(file) if isinstance(file, bytes) else file) as archive:
        return archive.read("xl/vbaProject.bin")


def rows(file: bytes, sheet: str) -> list[tuple[str, ...]]:
    part = parts(file)[archive.sheet_parts(parts(file))[sheet]]
    return [
        tuple("".join(cell.itertext()) for cell in row)
        for row in archive.parsed(part).iterfind("sheetData/row")
    ]


# The VBA project -------------------------------------------------------------------------------


def test_every_document_module_has_its_sheet(file: bytes) -> None:
    olefile = pytest.importorskip("olefile")
    with olefile.OleFileIO(project(file)) as read:
        text = read.openstream("PROJECT").read().decode("latin-1")
    modules = re.findall(r"^Document=(\w+)/", text, re.M)
    workbook = archive.parsed(parts(file)["xl/workbook.xml"])
    sheets = [archive.parsed(parts(file)[p]) for p in archive.sheet_parts(parts(file)).values()]
    properties = [workbook.find("workbookPr"), *(sheet.find("sheetPr") for sheet in sheets)]
    named = [p.get("codeName") for p in properties if p is not None and p.get("codeName")]
    assert named[0] == modules[0] == "ThisWorkbook"
    assert Counter(named) == Counter(modules)


def code(file: bytes) -> dict[str, str]:
    """Read the text of every module, as oletools does."""
    olevba = pytest.importorskip("oletools.olevba")
    read = olevba.VBA_Parser("vbaProject.bin", data=project(file))
    return {name: text.replace("\r\n", "\n") for _, _, name, text in read.extract_macros()}


OURS = {f"Offtake{name}.bas" for name in ("Python", "Windows", "Ribbon", "Help")}


def test_olevba_lists_every_module(macro: bytes, addin: bytes) -> None:
    both = {"ThisWorkbook.cls", "Sheet2.cls", "xlwings.bas", "Dictionary.cls", "xlwings_udfs.bas"}
    assert set(code(macro)) == both | OURS | {"Sheet1.cls"}
    assert set(code(addin)) == both | OURS | {"OfftakeLinks.bas"}


def test_olevba_lists_every_function(file: bytes) -> None:
    found = re.findall(r"^Function (\w+)\(", code(file)["xlwings_udfs.bas"], re.M)
    assert sorted(name.upper() for name in found) == sorted(CALLABLE)


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for Windows")
def test_the_functions_are_what_xlwings_would_import(
    macro: bytes, addin: bytes, imported: dict[str, Any]
) -> None:
    theirs = imported["vba"].replace("XLPy.CallUDF(", "OfftakePython.CallUDF(")
    body = theirs[theirs.index("Function ") :].split()
    for file, book in ((macro, "ThisWorkbook"), (addin, "ActiveWorkbook")):
        ours = code(file)["xlwings_udfs.bas"]
        head, _, rest = ours.partition("Function ")
        assert head == 'Attribute VB_Name = "xlwings_udfs"\n#Const App = "Microsoft Excel"\n'
        assert ("Function " + rest.replace(book, "ThisWorkbook")).split() == body


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for Windows")
def test_the_help_is_what_xlwings_would_register(file: bytes, imported: dict[str, Any]) -> None:
    text = code(file)["OfftakeHelp.bas"].replace(" _\n        ", " ")
    written = {
        name: (summary, [a.replace('""', '"') for a in re.findall(r'"((?:[^"]|"")*)"', arguments)])
        for name, summary, arguments in re.findall(
            r'^    Describe "(\w+)", "((?:[^"]|"")*)", Array\((.*)\)$', text, re.M
        )
    }
    assert written == {
        macro.rpartition("!")[2]: (options["Description"], options["ArgumentDescriptions"])
        for macro, options in imported["help"].items()
    }
    # Each family's procedure is there once, and is called.
    procedures = re.findall(r"^Private Sub (Describe_\w+)\(\)$", text, re.M)
    assert procedures == re.findall(r"^    (Describe_\w+)$", text, re.M)
    assert len(set(procedures)) == len(procedures)
    assert 'Category:="Offtake"' in text


def test_vbas_limits_are_kept(file: bytes) -> None:
    """Microsoft: the errors "Procedure too large", "Too many line continuations", "Line too long".

    A procedure may have 64 kB compiled; its text is about as long.
    """
    for name, text in code(file).items():
        lines = text.split("\n")
        assert len(lines) <= 65_534, name
        assert max(map(len, lines)) <= 1023, name
        procedure = (
            r"^(?:Public |Private )?(?:Function|Sub|Property \w+) .*?^End (?:Function|Sub|Pro)"
        )
        longest = max((len(p) for p in re.findall(procedure, text, re.M | re.S)), default=0)
        assert longest < 16_384, name
        runs = re.findall(r"(?:^.* _\n)+", text, re.M)
        assert max((run.count("\n") for run in runs), default=0) <= 24, name
    heads = re.findall(r"^Function \w+\((.*)\)$", code(file)["xlwings_udfs.bas"], re.M)
    assert max(len(head.split(", ")) for head in heads) <= 60


def test_all_procedures_are_defined_once(file: bytes) -> None:
    """VBA takes a name that two modules have for an ambiguous one, and ignores case."""
    found = Counter(
        name.lower()
        for module, text in code(file).items()
        if module.endswith(".bas")
        for name in re.findall(r"^(?:Public )?(?:Function|Sub) (\w+)", text, re.M)
    )
    # The same head stands twice where xlwings declares it for Excel and for other programs.
    assert {name for name, count in found.items() if count > 1} <= {
        *("getudfmodules", "getdirectorypath")
    }


def test_what_runs_at_opening_is_ours(macro: bytes, addin: bytes) -> None:
    for file, opening in ((macro, "ThisWorkbook.cls"), (addin, "ThisAddIn.cls")):
        runs = {
            name
            for name, text in code(file).items()
            if re.search(r"Auto_?Open|Workbook_?Open", text, re.I)
        }
        assert runs == {"ThisWorkbook.cls"}
        ours = excel_project.text(opening).replace("\r\n", "\n")
        assert code(file)["ThisWorkbook.cls"].endswith(ours)


def test_settings_stand_where_xlwings_looks_for_them(file: bytes) -> None:
    said = code(file)["xlwings.bas"]
    assert f'PROJECT_NAME As String = "{SHEET.removesuffix(".conf")}"' in said
    assert f'XLWINGS_VERSION As String = "{xlwings.__version__}"' in said
    # An add-in that looked at the workbook in front would start a Python for each.
    assert "ActiveWorkbook" not in said


def test_no_folder_of_another_machine_is_in_it(file: bytes) -> None:
    own = parsed(project(file))
    assert [reference.name for reference in own.references] == ["Office"]
    assert not any(reference.names("\\Users\\") for reference in own.references)
    assert b"\\users\\felix" not in b"".join(parts(file).values()).lower()


def test_the_ribbon_calls_a_macro_that_is_there(file: bytes) -> None:
    ribbon = archive.parsed(parts(file)["customUI/customUI.xml"])
    assert ribbon.get("xmlns") == "http://schemas.microsoft.com/office/2006/01/customui"
    (button,) = ribbon.iter("button")
    module, _, macro = button.attrib["onAction"].partition(".")
    assert f"\nPublic Sub {macro}(ByVal Control As Object)\n" in code(file)[f"{module}.bas"]
    assert "\nPublic Sub OfftakeReconnect()\n" in code(file)[f"{module}.bas"]


def test_openpyxl_keeps_the_project(macro: bytes) -> None:
    stream = io.BytesIO()
    book = openpyxl.load_workbook(io.BytesIO(macro), keep_vba=True)
    assert list(book["xlwings.conf"].iter_rows(values_only=True)) == rows(macro, "xlwings.conf")
    book.save(stream)
    assert project(stream.getvalue()) == project(macro)


# The package -----------------------------------------------------------------------------------


def test_formulas_and_values_are_kept(plain: bytes, macro: bytes) -> None:
    assert Package.opened(macro).formulas == Package.opened(plain).formulas
    assert Package.opened(macro).cached == Package.opened(plain).cached


def test_nothing_else_changes(plain: bytes, macro: bytes) -> None:
    before, after = parts(plain), parts(macro)
    sheets = list(archive.sheet_parts(before).values())
    changed = {
        *("[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"),
        *(sheets[0], archive.sheet_parts(before)["xlwings.conf"]),
    }
    assert set(after) - set(before) == {"xl/vbaProject.bin", "customUI/customUI.xml"}
    assert {name for name in before if before[name] != after[name]} == changed


def test_the_addin_is_the_shipped_file_but_for_its_settings_and_project(addin: bytes) -> None:
    before, after = parts((XLWINGS / "quickstart_addin.xlam").read_bytes()), parts(addin)
    assert set(after) - set(before) == {"customUI/customUI.xml"}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        *("_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/vbaProject.bin"),
    }


def test_the_package_says_what_it_is(macro: bytes, addin: bytes) -> None:
    for file, kind in ((macro, "sheet"), (addin, "addin")):
        types = {
            entry.get("PartName"): entry.get("ContentType")
            for entry in archive.parsed(parts(file)["[Content_Types].xml"])
        }
        assert types["/xl/workbook.xml"] == f"application/vnd.ms-excel.{kind}.macroEnabled.main+xml"
        assert types["/xl/vbaProject.bin"] == "application/vnd.ms-office.vbaProject"
        relations = archive.parsed(parts(file)["xl/_rels/workbook.xml.rels"])
        assert [
            r.attrib["Target"].removeprefix("/xl/")
            for r in relations
            if r.attrib["Type"].endswith("/vbaProject")
        ] == ["vbaProject.bin"]


def test_the_structure_is_sound(file: bytes) -> None:
    assert gate.structure(file) == []


def test_the_validator_finds_nothing(file: bytes, tmp_path: Path) -> None:
    addin = len(archive.sheet_parts(parts(file))) == 1
    assert findings(file, tmp_path, "offtake.xlam" if addin else "cerebras.xlsm") == []


@pytest.mark.parametrize("name", ["cerebras.xlsm", "offtake.xlam"])
def test_libreoffice_opens_it(name: str, macro: bytes, addin: bytes, tmp_path: Path) -> None:
    soffice = libreoffice.program("soffice")
    need(None if soffice else "No LibreOffice was found.")
    content = macro if name.endswith(".xlsm") else addin
    (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        [
            str(soffice),
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            *("--headless", "--norestore"),
            # Named, because it does not recognise the extension .xlam.
            "--infilter=Calc MS Excel 2007 VBA XML",
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out")),
            str(tmp_path / name),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    opened = (tmp_path / "out" / name).with_suffix(".xlsx")
    assert opened.is_file(), done.stderr
    assert list(archive.sheet_parts(parts(opened.read_bytes()))) == list(
        archive.sheet_parts(parts(content))
    )


def test_the_same_input_gives_the_same_file(plain: bytes, macro: bytes, addin: bytes) -> None:
    assert excel_files.macro_workbook(plain, PYTHON) == macro
    assert excel_files.addin(PYTHON) == addin


def test_what_cannot_be_a_macro_workbook_is_refused(macro: bytes) -> None:
    with pytest.raises(ValueError, match="already has a VBA project"):
        excel_files.macro_workbook(macro)
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    with pytest.raises(ValueError, match=r"no sheet xlwings\.conf"):
        excel_files.macro_workbook(stream.getvalue())


# The settings ----------------------------------------------------------------------------------


def test_the_settings_are_filled_in(file: bytes) -> None:
    settings = [("UDF Modules", "workbook.udfs"), ("ADD_WORKBOOK_TO_PYTHONPATH", "False")]
    assert rows(file, "xlwings.conf") == [*settings, ("Interpreter_Win", PYTHON)]


@pytest.mark.parametrize("made", ["macro", "addin"])
def test_the_python_that_made_it_on_windows_is_named(
    made: str, plain: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named() -> str | None:
        file = excel_files.addin() if made == "addin" else excel_files.macro_workbook(plain)
        return dict(rows(file, "xlwings.conf")).get("Interpreter_Win")

    monkeypatch.setattr(excel_files.sys, "platform", "linux")
    # Then xlwings' settings of the user name it.
    assert named() is None
    here = r"C:\Users\Ann\venv\Scripts\python.exe"
    monkeypatch.setattr(excel_files, "sys", SimpleNamespace(platform="win32", executable=here))
    assert named() == here


SOUND = (
    r"C:\Python312\python.exe",
    r"c:\Program Files\R&D (x)\it's 100%\python.exe",
    r"\\server\a share\python.exe",
    r"C:\Users\Zoë\日本\pythonw.EXE",
    r"%LOCALAPPDATA%\Programs\Python\python.exe",
)
UNSOUND = (
    "",
    "python",
    "python.exe",
    "/usr/bin/python3",
    r"C:\Python312",
    "C:\\Python312\\",
    "C:\\Python312\\python.exe\\",
    r'"C:\Python 312\python.exe"',
    r"C:\Python312\python.exe -E",
    r"C:\a<b\python.exe",
    "C:\\a\nb\\python.exe",
    r"\\server\python.exe",
    r"C:Python312\python.exe",
    "C:\\" + "a" * 260 + "\\python.exe",
)


@pytest.mark.parametrize("python", SOUND)
def test_a_path_of_windows_is_taken_as_it_is(python: str) -> None:
    assert dict(rows(excel_files.addin(python), "xlwings.conf"))["Interpreter_Win"] == python


@pytest.mark.parametrize("python", UNSOUND)
def test_what_is_no_path_of_windows_is_refused(python: str) -> None:
    with pytest.raises(InputError) as refused:
        excel_files.addin(python)
    assert str(refused.value) == (
        "--python must be the full path of a python.exe on Windows, such as "
        rf"C:\Python312\python.exe, not '{' '.join(python.splitlines())}'."
    )


def test_folders_of_workbooks_stay_off_pythons_path(
    macro: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    said = dict(rows(macro, "xlwings.conf"))["ADD_WORKBOOK_TO_PYTHONPATH"]
    # As xlwings' VBA joins it: the switch, two workbooks, three cloud folders, PYTHONPATH.
    book = str(tmp_path / "book.xlsm")
    utils.prepare_sys_path(";".join([said, book, book, "", "", "", ""]))
    assert str(tmp_path) not in sys.path
    utils.prepare_sys_path(";".join(["true", book, book, "", "", "", ""]))
    assert str(tmp_path) in sys.path


# What xlwings ships ----------------------------------------------------------------------------


def repacked(project: bytes) -> bytes:
    return archive.zipped(parts(Path(XLWINGS / STANDALONE).read_bytes()) | {PROJECT: project})


def changed(old: str, new: str) -> bytes:
    """Return the shipped workbook with a text of xlwings' VBA changed."""
    own = parsed(project(XLWINGS / STANDALONE))
    modules = tuple(replace(m, source=m.source.replace(old, new)) for m in own.modules)
    assert modules != own.modules
    return repacked(written(replace(own, modules=modules)))


STANDALONE, PROJECT = "quickstart_standalone.xlsm", "xl/vbaProject.bin"
VERSION = xlwings.__version__
DAMAGED = "xlwings' file quickstart_standalone.xlsm is damaged ("
UNKNOWN = f"xlwings {VERSION} has a template that Offtake cannot use (it lacks "
BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", DAMAGED),
    "no archive": (lambda: b"MZ" * 5000, DAMAGED),
    "cut short": (lambda: (XLWINGS / STANDALONE).read_bytes()[:-3000], DAMAGED),
    "without its project": (
        lambda: archive.zipped({"xl/workbook.xml": b"<workbook />"}),
        DAMAGED + "it lacks xl/vbaProject.bin",
    ),
    "a project cut short": (
        lambda: repacked(project(XLWINGS / STANDALONE)[:4000]),
        "xlwings' template has a damaged VBA project: the compound file is damaged",
    ),
    "another version": (lambda: changed(f'"{VERSION}"', '"0.11.0"'), UNKNOWN + "XLWINGS_VERSION"),
    "without what ours calls": (
        lambda: changed("Sub KillPy(", "Sub Kill("),
        UNKNOWN + "Sub KillPy",
    ),
    "another command": (
        lambda: changed("xlwings.serve('$", "xlwings.run('$"),
        UNKNOWN + "xlwings.",
    ),
}


@pytest.mark.parametrize(("broken", "sentence"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("host", ["excel", "addin"])
def test_a_template_that_cannot_be_used_is_refused_in_a_sentence(
    offtake: Command,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    broken: Callable[[], bytes],
    sentence: str,
) -> None:
    file = broken()
    own = excel_files.shipped_file
    monkeypatch.setattr(
        excel_files, "shipped_file", lambda name: file if name == STANDALONE else own(name)
    )
    # A small case, because its workbook is built first.
    (offtake.folder / "acme.toml").write_text(starter("acme", date(2026, 5, 13)), encoding="utf-8")
    run = offtake("build", *(["acme.toml"] if host == "excel" else []), "--host", host)
    assert run.code == 2
    assert run.sentence.startswith(sentence)
    assert [f.name for f in offtake.folder.iterdir()] == ["acme.toml"]


def test_the_stand_ins_of_the_generator_do_not_stay() -> None:
    script = (
        "import sys, xlwings\n"
        "from workbook.hosts.excel_wrappers import wrappers\n"
        "assert len(wrappers('.xlsm')) > 50_000\n"
        "stays = sys.platform == 'win32'\n"
        "assert hasattr(xlwings, 'udfs') == ('xlwings.udfs' in sys.modules) == stays\n"
        "print([n for n in sys.modules if n.startswith(('python', 'win32'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert sys.platform == "win32" or done.stdout == "[]\n"
