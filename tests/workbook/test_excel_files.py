"""Are the macro workbook and the add-in what Excel needs, and what VBA is in them?

No Excel is here to open them. What can be known without it: the VBA project's bytes, what oletools
reads in it and what the package says about it, what a validator, a second spreadsheet program and
openpyxl make of the files, and what xlwings does with the settings.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import gate
import openpyxl
import pytest
import xlwings
from calc_comparison import need
from open_xml import findings
from xlwings import utils

from model import case
from workbook import archive, package, template
from workbook.hosts import excel_files, libreoffice

XLWINGS = Path(xlwings.__file__).parent
PYTHON = r"C:\Users\R&D <x>\python.exe"


@pytest.fixture(scope="module")
def plain() -> bytes:
    return template.build(case.load("cerebras"))


@pytest.fixture(scope="module")
def macro(plain: bytes) -> bytes:
    return excel_files.macro_workbook(plain)


@pytest.fixture(scope="module")
def addin() -> bytes:
    return excel_files.addin(PYTHON)


@pytest.fixture(params=["macro", "addin"])
def file(request: pytest.FixtureRequest) -> bytes:
    made: bytes = request.getfixturevalue(request.param)
    return made


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


def test_the_workbooks_project_is_xlwings_own_byte_for_byte(macro: bytes) -> None:
    assert project(macro) == project(XLWINGS / "quickstart.xlsm")


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


def test_olevba_reads_the_macro_workbooks_project(macro: bytes) -> None:
    olevba = pytest.importorskip("oletools.olevba")
    read = olevba.VBA_Parser("cerebras.xlsm", data=macro)
    code = {name: text for _, _, name, text in read.extract_macros()}
    assert set(code) == {"ThisWorkbook.cls", "Sheet1.cls", "Sheet2.cls", "Module1.bas"}
    # Nothing runs by itself: a sample, and modules that hold attributes only.
    assert not any(re.search(r"Auto_?Open|Workbook_Open", text, re.I) for text in code.values())
    assert "Sub SampleCall()" in code["Module1.bas"]


def test_olevba_reads_the_addins_project(addin: bytes) -> None:
    olevba = pytest.importorskip("oletools.olevba")
    read = olevba.VBA_Parser("offtake.xlam", data=addin)
    code = {name: text for _, _, name, text in read.extract_macros()}
    said = code["xlwings.bas"]
    # The VBA looks for its settings under this name, and imports with this macro.
    assert f'PROJECT_NAME As String = "{excel_files.ADDIN_SETTINGS.removesuffix(".conf")}"' in said
    assert "Sub ImportPythonUDFsToAddin()" in said
    assert f'XLWINGS_VERSION As String = "{xlwings.__version__}"' in said
    # One thing runs by itself, and it is ours.
    opening = {n for n, text in code.items() if re.search(r"Auto_?Open|Workbook_?Open", text, re.I)}
    assert opening == {"ThisWorkbook.cls"}


def test_openpyxl_keeps_the_project(macro: bytes) -> None:
    stream = io.BytesIO()
    book = openpyxl.load_workbook(io.BytesIO(macro), keep_vba=True)
    assert list(book["xlwings.conf"].iter_rows(values_only=True)) == rows(macro, "xlwings.conf")
    book.save(stream)
    assert project(stream.getvalue()) == project(macro)


# The package -----------------------------------------------------------------------------------


def test_formulas_and_values_are_kept(plain: bytes, macro: bytes) -> None:
    assert package.formulas(macro) == package.formulas(plain)
    assert package.cached(macro) == package.cached(plain)


def test_nothing_else_changes(plain: bytes, macro: bytes) -> None:
    before, after = parts(plain), parts(macro)
    sheets = list(archive.sheet_parts(before).values())
    changed = {
        *("[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"),
        *(sheets[0], archive.sheet_parts(before)["xlwings.conf"]),
    }
    assert set(after) - set(before) == {"xl/vbaProject.bin"}
    assert {name for name in before if before[name] != after[name]} == changed


def test_the_addin_is_the_shipped_file_but_for_its_settings_and_project(addin: bytes) -> None:
    before, after = parts((XLWINGS / "quickstart_addin.xlam").read_bytes()), parts(addin)
    assert set(after) == set(before)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/vbaProject.bin"}


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
    addin = excel_files.ADDIN_SETTINGS in archive.sheet_parts(parts(file))
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
            # Named, because it does not know the ending .xlam by itself.
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
    assert excel_files.macro_workbook(plain) == macro
    assert excel_files.addin(PYTHON) == addin


def test_what_cannot_be_a_macro_workbook_is_refused(macro: bytes) -> None:
    with pytest.raises(ValueError, match="VBA project already"):
        excel_files.macro_workbook(macro)
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    with pytest.raises(ValueError, match=r"no sheet xlwings\.conf"):
        excel_files.macro_workbook(stream.getvalue())


# The settings ----------------------------------------------------------------------------------


def test_the_settings_are_filled_in(macro: bytes, addin: bytes) -> None:
    settings = [("UDF Modules", "workbook.udfs"), ("ADD_WORKBOOK_TO_PYTHONPATH", "False")]
    assert rows(macro, "xlwings.conf") == settings
    assert rows(addin, "myaddin.conf") == [*settings, ("Interpreter_Win", PYTHON)]


def test_the_addin_names_the_python_that_made_it_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert dict(rows(excel_files.addin(), "myaddin.conf")).get("Interpreter_Win") is None
    monkeypatch.setattr(sys, "platform", "win32")
    named = dict(rows(excel_files.addin(), "myaddin.conf"))["Interpreter_Win"]
    assert named == sys.executable


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
