"""Does the check find what could run code or reach outside of a file, and nothing else?

The traps are in `traps.py`, each made in the parts of a built workbook. Of the modules of a project
olevba says which there are; what Excel writes itself is seen in files that it wrote for xlwings.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

import openpyxl
import pytest
from command import Command
from every import every
from in_parts import changed
from oletools.olevba import VBA_Parser
from openpyxl.workbook.defined_name import DefinedName
from traps import (
    BOOK,
    INPUTS,
    PROJECT,
    TRAPS,
    Change,
    add,
    both,
    filled,
    hyperlink,
    linked,
    name,
    put,
    relate,
    setting,
    within,
)

from workbook.check.calls import report as calls_report
from workbook.check.report import report
from workbook.check.safety.addresses import path_fault, python_fault
from workbook.check.safety.functions import OUTSIDE, reached
from workbook.check.safety.projects import COMPILED
from workbook.check.safety.verdict import Safety, judged
from workbook.cli.terminal import Console, escape, new_table
from workbook.configuration import SHEET
from workbook.hosts import excel_files, lite
from workbook.package import ods
from workbook.package.archive import zipped
from workbook.package.limits import LIMITS
from workbook.package.package import Package
from workbook.status import CHECKS
from workbook.vba import compound
from workbook.vba.compression import compressed, decompressed
from workbook.vba.project import is_source_only, parsed, written


@pytest.fixture(scope="module")
def macros(built: bytes) -> bytes:
    """Return the workbook with a VBA project."""
    return excel_files.macro_workbook(built)


@pytest.fixture(scope="module")
def bare(macros: bytes) -> bytes:
    """Return the same without the cells of most sheets, which take time to read."""
    package = Package.opened(macros)
    kept = {package.sheets[title].part for title in ("DCF", "Sources", SHEET, CHECKS)}
    cells = re.compile(rb"<sheetData>.*</sheetData>", re.DOTALL)
    return zipped({
        part: cells.sub(b"<sheetData/>", content) if part not in kept else content
        for part, content in package.parts.items()
    })  # fmt: skip


def lines(package: Package) -> list[str]:
    """Return the findings of a file, which must have no notes."""
    found = judged(package)
    assert found.notes == []
    return found.faults


def test_every_trap_is_found_and_nothing_else(bare: bytes) -> None:
    def check(change: Change, expected: list[str]) -> None:
        assert lines(change(opened.copied())) == expected

    opened = Package.opened(bare)
    assert judged(opened) == Safety()
    every(check, TRAPS.items())


def test_what_was_said_to_agree_no_longer_does(macros: bytes, offtake: Command) -> None:
    for trap in ("Python on a server", "another module", "another line of VBA"):
        change, expected = TRAPS[trap]
        file = offtake.folder / "x.xlsm"
        file.write_bytes(change(Package.opened(macros)).saved())
        run = offtake("check", file)
        assert run.code == 1
        assert run.out.splitlines()[: len(expected)] == expected
        assert run.out.splitlines()[-1].endswith("all agree; 1 safety finding.")


def test_a_setting_that_excel_has_read_as_a_truth_value(bare: bytes) -> None:
    def typed(number: int) -> Package:
        package = Package.opened(bare)
        part = package.sheets[SHEET].part
        old = '<c r="B2" t="inlineStr"><is><t>False</t></is></c>'
        return put(part, old, f'<c r="B2" t="b"><v>{number}</v></c>')(package)

    assert lines(typed(0)) == []
    assert lines(typed(1)) == [
        "xlwings.conf!B2: ADD_WORKBOOK_TO_PYTHONPATH is 'True', and False belongs there"
    ]


# What is not a finding -------------------------------------------------------------------------


def test_a_workbook_as_built_has_no_finding_and_no_note(macros: bytes, built: bytes) -> None:
    """Of each case and host, `test_gate.py` asks it; of what Calc saves, those of Calc."""
    assert judged(Package.opened(macros)) == judged(Package.opened(built)) == Safety()


def test_a_workbook_that_openpyxl_saved_has_none(macros: bytes) -> None:
    for keep in (True, False):
        book = openpyxl.load_workbook(io.BytesIO(macros), keep_vba=keep)
        book.create_sheet("Mine")["A1"] = "=HYPERLINK(\"#'Inputs'!A1\")"
        book["Mine"]["A2"].comment = openpyxl.comments.Comment("mine", "me")
        file = io.BytesIO()
        book.save(file)
        assert judged(Package.opened(file.getvalue())) == Safety()


def as_excel_saves(project: bytes) -> bytes:
    """Write a project as Excel does: with compiled code, more attributes and more sheets."""
    read = parsed(project)
    modules = [
        replace(m, source=m.source.replace("Dim Narrow", "dim  narrow") + "\r\n\r\n")
        if m.name == "OfftakeWindows"
        else replace(m, source=re.sub(r"(Function (\w+)\(.*\r\n)",
                     r'\1Attribute \2.VB_Description = "x"' "\r\n", m.source))
        if m.name == "xlwings_udfs"
        else m
        for m in read.modules
    ]  # fmt: skip
    sheet = next(m for m in modules if m.name == "Sheet1")
    empty = replace(sheet, name="Sheet3", source=sheet.source.replace("Sheet1", "Sheet3"))
    file = compound.read(written(replace(read, modules=(*modules, empty))))
    directory = decompressed(file["VBA/dir"])
    offset = b"\x31\x00\x04\x00\x00\x00"
    assert directory.count(offset + bytes(4)) == len(modules) + 1
    compiled = directory.replace(offset + bytes(4), offset + b"\x07\x00\x00\x00")
    for m in (*modules, empty):
        file[f"VBA/{m.name}"] = b"\x01\x16\x03\x00\x00\xf0\x00" + file[f"VBA/{m.name}"]
    more = {"VBA/dir": compressed(compiled), "VBA/__SRP_0": b"x",
            "VBA/_VBA_PROJECT": bytes.fromhex("CC61 B200 0003 00FF 0904")}  # fmt: skip
    return compound.written(file | more)


def test_a_project_that_excel_saved_is_a_note(macros: bytes) -> None:
    package = Package.opened(macros)
    saved = Package(package.parts | {PROJECT: as_excel_saves(package.parts[PROJECT])})
    found = judged(saved)
    assert (found.faults, found.warnings) == ([], [f"{PROJECT}: {COMPILED}"])
    # The oracle is Excel, which wrote these.
    shipped = ("quickstart.xlsm", "quickstart_standalone.xlsm")
    projects = [excel_files.shipped(file)[PROJECT] for file in shipped]
    assert [*map(is_source_only, (*projects, package.parts[PROJECT]))] == [False, False, True]


def test_another_local_python_is_a_note(macros: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    there = setting("Interpreter_Win", r"C:\Python312\python.exe")(Package.opened(macros))
    assert judged(there) == Safety([], judged(there).notes)
    assert judged(there).warnings == [
        r"xlwings.conf!B3: Excel starts C:\Python312\python.exe; make sure that it is your own "
        r"Python"
    ]
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("sys.executable", r"C:\Python312\python.exe")
    assert judged(there) == Safety()


@pytest.mark.parametrize("printer", [r"\\print01\Floor 3", "Office"])
def test_a_printer_on_another_machine_is_a_note(macros: bytes, printer: str) -> None:
    """By the name with which DEVMODEW begins: 32 characters in UTF-16."""
    named = printer.encode("utf-16-le").ljust(64, b"\0") + b"\x01\x04" * 80
    part, sheet = "xl/printerSettings/printerSettings1.bin", "xl/worksheets/sheet1.xml"
    found = judged(add(part, named, sheet, "printerSettings")(Package.opened(macros)))
    text = f"{part}: names the printer {printer}, on another machine"
    assert (found.faults, found.warnings) == ([], [text] * printer.startswith("\\"))


def test_links_of_a_user_are_notes_and_those_of_the_sources_are_none(macros: bytes) -> None:
    found = judged(hyperlink("https://example.org/report")(Package.opened(macros)))
    assert found.faults == []
    assert found.warnings == ["DCF!B2: has a link to https://example.org/report"]
    # What a source says is not where it leads.
    package = Package.opened(macros)
    part = "xl/worksheets/_rels/sheet12.xml.rels"
    address = re.search(rb'Target="(http[^"]*)"', package.parts[part])
    assert address is not None
    trapped = put(part, address[1].decode(), "https://example.org/x")(package)
    (note,) = judged(trapped).warnings
    assert re.fullmatch(r"Sources!\w+: has a link to https://example\.org/x", note)


def test_the_add_in_is_no_other_file(macros: bytes) -> None:
    for target in (
        *("/Users/Ann/offtake.xlam", "offtake.xlam", "file:///C:\\x\\Offtake.xlam"),
        *("../tools/offtake.xlam", "file:///Users/Ann/R&D/offtake.xlam"),
        "file:///C:/Users/Ann%20Lee/AppData/Roaming/Microsoft/AddIns/offtake.xlam",
    ):
        assert judged(linked(target)(Package.opened(macros))) == Safety()


def test_what_excel_writes_is_known(macros: bytes) -> None:
    """Files that Excel wrote for xlwings have a project of xlwings', and nothing else."""
    for shipped in ("quickstart.xlsm", "quickstart_addin.xlam", "addin/xlwings.xlam"):
        package = Package.opened(excel_files.shipped_file(shipped))
        found = [line for line in judged(package).faults if not line.startswith(f"{PROJECT}: ")]
        allowed = ("xlwings.conf!", "_xlwings.conf!", "customUI/")
        assert [line for line in found if not line.startswith(allowed)] == [], shipped


def test_modules_are_those_that_olevba_finds(macros: bytes) -> None:
    for trap, named in (("a module added", {"Evil"}), ("a module removed", {"OfftakeHelp"})):
        package = TRAPS[trap][0](Package.opened(macros))
        olevba, ours = (
            {module for *_, module, _ in VBA_Parser("x.xlsm", data=file).extract_macros()}
            for file in (package.saved(), macros)
        )
        assert {module.partition(".")[0] for module in olevba ^ ours} == named
        assert any(name in line for name in named for line in lines(package))


# Paths and formulas ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (r"\\server\share\python.exe", "is on another machine"),
        ("//server/share/python.exe", "is on another machine"),
        (r"\\?\UNC\server\share\python.exe", "is on another machine"),
        (r"\??\UNC\server\share\python.exe", "is on another machine"),
        (r"\\server@SSL\DavWWWRoot\python.exe", "is on another machine"),
        (r" '\\server\share\python.exe", "is on another machine"),
        (r"\\.\pipe\python.exe", "is a device"),
        ("file://server/python.exe", "is an address"),
        ("https://example.org/python.exe", "is an address"),
        ("python.exe", "is relative"),
        (r"..\python.exe", "is relative"),
        (r"\python.exe", "is relative"),
        ("C:python.exe", "is relative"),
        ("/net/server/python", "is in /net, which is not on this machine's own disk"),
        ("/usr/../Volumes/share/python", "is in /Volumes, which is not on this machine's own disk"),
        ("/proc/self/cwd/python", "is in /proc, which is not on this machine's own disk"),
        ("/", ""),
        ("", "is relative"),
        (r"%TEMP%\python.exe", "depends on the variable %TEMP%"),
        (r"%AppData%\python.exe", "depends on the variable %AppData%"),
        ("$HOME/python", "depends on the variable $HOME"),
        (r"C:\Windows\Temp\python.exe", "is in the folder Temp, which others may write to"),
        (r"C:\a\..\TEMP\python.exe", "is in the folder TEMP, which others may write to"),
        (r"%LOCALAPPDATA%\Temp\python.exe", "is in the folder Temp, which others may write to"),
        (r"C:\Users\Public\python.exe", "is in the folder Public, which others may write to"),
        ("/tmp/python", "is in the folder tmp, which others may write to"),
        ("/var/tmp/python", "is in the folder tmp, which others may write to"),
        ("/dev/shm/python", "is in the folder shm, which others may write to"),
        (r"C:\Temp.\python.exe", "is in the folder Temp, which others may write to"),
        (r"C:\Temp .. \python.exe", "is in the folder Temp, which others may write to"),
        (r"C:\Users\Ann\Downloads.\x.exe",
         "is in the folder Downloads, which others may write to"),
        (r"C:\ProgramData\x\python.exe",
         "is in the folder ProgramData, which others may write to"),
        ("/Users/Shared/python", "is in the folder Shared, which others may write to"),
        (r"C:\Users\Ann\DOWNLO~1\python.exe",
         "has the short name DOWNLO~1, which hides the folder's own"),
        (r'C:\x\python.exe" & calc & "', "is not a file path"),
        (r"C:\x\notes.txt:python.exe", "is not a file path"),
        (r"C:\Windows\System32\cmd.exe /c start \\evil\share\x.exe", "is not a file path"),
        (r"C:\x\run.bat /c calc", "is not a file path"),
        ("C:/x/python.exe -m evil", "is not a file path"),
        (r"C:\my.executables\python.exe", ""),
        (r"C:\Python312\python.exe", ""),
        (r"c:\Program Files\R&D (x)\it's 100%\python.exe", ""),
        (r"\\?\C:\Python312\python.exe", ""),
        (r"%LOCALAPPDATA%\Programs\Python\python.exe", ""),
        (r"%ProgramFiles(x86)%\Python\python.exe", ""),
        ("/usr/bin/python3", ""),
        (r"C:\Templates\python.exe", ""),
    ],
)  # fmt: skip
def test_paths(path: str, fault: str) -> None:
    assert path_fault(path) == fault


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (r"C:\Program Files\Python 3.12\python.exe", ""),
        (r"%LOCALAPPDATA%\Programs\Python\Python312\pythonw.exe", ""),
        ("C:/Python312/PYTHON3.12.EXE", ""),
        ("/opt/venv/bin/python3.12", ""),
        (r"C:\Windows\System32\cmd.exe", "is not a Python"),
        (r"C:\Windows\py.exe", "is not a Python"),
        (r"C:\Python312\python", "is not a Python"),
        (r"C:\Python312\python.bat", "is not a Python"),
        (r"C:\python.exe\cmd.exe", "is not a file path"),
        (r"C:\python\cmd.exe", "is not a Python"),
        ("/bin/sh", "is not a Python"),
        ("/usr/bin/python3;open x", "is not a file path"),
        (r"C:\R&D\python.exe", "is not a file path"),
        (r"C:\%a b%\python.exe", "is not a file path"),
        (r"C:\a^b\python.exe", "is not a file path"),
        (r"\\server\python.exe", "is on another machine"),
    ],
)
def test_what_is_put_into_a_command_line(path: str, fault: str) -> None:
    assert python_fault(path) == fault


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        *((f"1+{function.lower()} (A1)", f"calls {function}") for function in sorted(OUTSIDE)),
        ("_xlfn._xlws.PY(0,1)", "calls PY"),
        ("MAP(A1:A3,_xleta.WEBSERVICE)", "calls WEBSERVICE"),
        ('_xlfn.FILTERXML(_xlfn.WEBSERVICE("x"),"y")', "calls WEBSERVICE"),
        ('Peers[a"b]&WEBSERVICE("x")', "calls WEBSERVICE"),
        ("cmd|'/c calc'!A1", "starts another program"),
        ("IF(A1,excel|doc!x,1)", "starts another program"),
        ('"WEBSERVICE(1)"&A1', ""),
        ('"Call (a|b)"&A1', ""),
        ("'Call (x)|'!A1", ""),
        ("RECALL(A1)+CALL_RATE+Peers[a|b]", ""),
        ('CELL("filename")&INFO("directory")', ""),
        ("HYPERLINK(A1)", ""),
    ],
)
def test_formulas(formula: str, said: str) -> None:
    assert reached(formula) == said


def test_what_honest_workbooks_have_is_no_finding(bare: bytes) -> None:
    """Names of LAMBDA, functions of other add-ins, places, and addresses that are texts alone."""

    def free(formula: str) -> Change:
        return lambda package: changed(package, {("DCF", (3, 90)): formula})

    honest = {
        formula: free(f"={formula}")
        for formula in (
            *('HYPERLINK("#Peers[EV]","EV / sales: //")', "CB.X(1)", "BDP(1)", "My.Run(1)"),
            *("""HYPERLINK("#'R&D'!"&ADDRESS(1,2))""", 'HYPERLINK("#DCF!A"&ROW(A1))'),
            *('INDIRECT("Peers["&A1&"]")', 'IF(A1="//",INDIRECT("A"&A2))'),
            r"'C:\Program Files\M&A\offtake.xlam'!DCF_WACC(1)",
        )
    } | {
        "a link to what a cell says": both(filled("<f>1</f>"), free("=HYPERLINK(CM900)")),
        "a link to what a cell of a sheet says": both(
            filled("<f>1</f>"), free("=HYPERLINK('DCF'!$CM$900)")),
        "LAMBDA": name("Double", "_xlfn.LAMBDA(_xlpm.f,_xlpm.x,_xlpm.f(_xlpm.x))"),
        "a LAMBDA in a cell": both(name("GET.X", "_xlfn.LAMBDA(_xlpm.x,_xlpm.x)"),
                                   free("=GET.X(1)")),
        "an operator of 2024": name("Trimmed", "_xlfn._TRO_ALL(DCF!$A$1:$B$9)"),
        "a name of another": both(name("One", "_xlfn.LAMBDA(1)"), name("Two", "One()+SUM(1)")),
        "a place": within('<hyperlinks><hyperlink ref="A1" location="\'R&amp;D a|b\'!A1"/>'
                          "</hyperlinks>"),
        "a link in a drawing": relate("xl/drawings/drawing1.xml", "hyperlink", "#DCF!A1"),
        "a filter": within('<autoFilter ref="A1:B2"><filterColumn colId="0"><filters><filter '
                           'val="http://x.org"/></filters></filterColumn></autoFilter>'),
        "the folder": put(BOOK, "</workbook>", '<a:absPath xmlns:a="a" url="//server/x/"/>'
                          "</workbook>"),
        "a chart's name": add("xl/charts/chart99.xml", "<c><f>[0]!Sales</f></c>", INPUTS, "chart"),
        "a comment's address": add("xl/threadedComments/threadedComment1.xml",
                                   '<x><hyperlink url="https://x.org"/></x>', INPUTS,
                                   "threadedComment"),
    }  # fmt: skip

    def check(change: Change) -> None:
        assert lines(change(opened.copied())) == []

    opened = Package.opened(bare)
    assert judged(opened) == Safety()
    every(check, ((title, (change,)) for title, change in honest.items()))


# Code in a workbook for Lite -------------------------------------------------------------------


def test_code_in_a_workbook_for_lite(built: bytes) -> None:
    file, part = lite.lite_workbook(built), lite.EXTENSION_PART
    main = lite.settings()["main.py"]
    first = main.splitlines()[0]

    def texts(name: str, text: str) -> Change:
        value = quoteattr(json.dumps(text)).replace("\n", "&#10;")
        return put(part, "<we:bindings", f'<we:property name="{name}" value={value}/><we:bindings')

    traps = {
        "main.py": (
            texts("main.py", f"import evil\n{main}"),
            f"main.py is not as Offtake writes it: line 1 holds 'import evil', and '{first[:59]}…' "
            "belongs there",
        ),
        "a bundle": (
            texts("main.py", main.replace('BUNDLE = ""', 'BUNDLE = "UEsDBA=="')),
            "main.py has a bundle that is not of this version of Offtake",
        ),
        "a module": (texts("evil.py", "x"), "has a module evil.py, which is not Offtake's"),
        "a wheel": (
            texts("requirements.txt", "offtake\nnumpy @ https://x.org/numpy.whl\n"),
            "requirements.txt asks for numpy @ https://x.org/numpy.whl, which Offtake does not "
            "need",
        ),
        "another add-in": (
            put(part, f'id="{lite.STORE_ID}"', 'id="wa1"'),
            "opens the add-in wa1 of en-US, which is not xlwings Lite",
        ),
    }  # fmt: skip
    pinned = texts("requirements.txt", "xlwings==0.37.8\nNumPy>=2,<3")
    assert judged(pinned(Package.opened(file))) == Safety()

    def check(change: Change, said: str) -> None:
        assert lines(change(Package.opened(file))) == [f"{part}: {said}"]

    every(check, traps.items())


# Other workbooks, other files, other commands --------------------------------------------------


def own(formula: str = "=1") -> bytes:
    """Make a workbook of a user's own that calls a function."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"], book.active["A2"] = "=DCF_TERMINAL_GROWTH(100,0.1,0.02)", formula
    book.defined_names["Rate"] = DefinedName("Rate", attr_text='CALL("x")')
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_of_ones_own_is_judged_too() -> None:
    found = calls_report(own('=HYPERLINK("http://x.org")'))
    assert found.faults == [
        'Sheet!A2: has a link that leads to http://x.org: =HYPERLINK("http://x.org")',
        'xl/workbook.xml: the name Rate calls CALL: =CALL("x")',
    ]
    assert found.summary.endswith("1 work; 2 safety findings.")


KEYS = "Configurations2/accelerator/current.xml"
RUNS = "has a menu or a key that runs a macro or opens an address"
META = '<m:meta xmlns:m="m" xmlns:l="l">{}</m:meta>'
CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"><office:body><office:spreadsheet>'
    '<table:table table:name="S"><table:table-row><table:table-cell {}>{}</table:table-cell>'
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)


@pytest.mark.parametrize(
    ("cell", "inside", "more", "said"),
    [
        ("", "", {}, []),
        ("", '<text:p><text:a xlink:href="https://x.org/a">https://x.org/a/</text:a></text:p>', {},
         []),
        ("", '<text:p><text:a xlink:href="#S.A1">there</text:a></text:p>', {}, []),
        # A chart, as Calc writes it.
        ("", "", {"Object 1/content.xml": b'<c xmlns:l="x" l:href=".."/>', "Object 1/meta.xml": b"",
                  "ObjectReplacements/Object 1": b"", "Configurations2/floater/": b""}, []),
        ("", "", {"Basic/Standard/Module1.xml": b"x"},
         ["Basic/Standard/Module1.xml: is code, and Offtake writes none"]),
        ("", "", {"Scripts/python/x.py": b"x"},
         ["Scripts/python/x.py: is code, and Offtake writes none"]),
        ("", "", {"META-INF/macrosignatures.xml": b"x"},
         ["META-INF/macrosignatures.xml: is a digital signature; Offtake signs no file"]),
        ("", "", {"Configurations2/accelerator/current.xml": b"<a href='vnd.sun.star.script:x'/>"},
         [f"{KEYS}: {RUNS}"]),
        *(("", "", {KEYS: content}, [f"{KEYS}: {RUNS}"]) for content in (
            b"<a href='vnd.sun.star.script&#58;x'/>", b"<a href='vnd.sun.star.script%3ax'/>",
            b" " * 200 + b"<a href='macro:///S.M.main'/>",
            "<a href='macro:///S.M.main'/>".encode("utf-16"), b"<a href='//server/x'><",
        )),
        # A toolbar, as Calc writes it.
        ("", "", {"Configurations2/toolbar/mine.xml":
            b'<!DOCTYPE t:toolbar PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" '
            b'"toolbar.dtd"><t:toolbar xmlns:t="http://openoffice.org/2001/toolbar" xmlns:l="x">'
            b'<t:item l:href=".uno:Save"/><t:item l:href="private:resource/toolbar/x"/>'
            b"</t:toolbar>"}, []),
        # Where the file comes from, and where it goes when it is opened again.
        ("", "", {"meta.xml": META.format('<m:auto-reload l:href="http://x.org/x.ods"/>').encode()},
         ["meta.xml: fetches http://x.org/x.ods"]),
        ("", "", {"meta.xml": META.format('<m:auto-reload l:href="http://x.org"/><br>').encode()},
         ["meta.xml: fetches http://x.org"]),
        ("", "", {"Object 1/meta.xml":
            META.format('<m:template l:href="file://server/t.ots"/>').encode()},
         ["Object 1/meta.xml: has a template that is on another machine: file://server/t.ots"]),
        ("", "", {"meta.xml": META.format(
            '<m:template l:href="file:///C:/Users/Ann/t.ots"/><m:template l:href="../t.ots"/>'
            '<m:auto-reload l:href="" m:delay="PT9S"/>').encode()}, []),
        # A link around another, or around a text that is its address.
        ("", '<draw:a xlink:href="file:////evil/x.exe"><text:p><text:a xlink:href="https://x.org">'
         "https://x.org</text:a></text:p></draw:a>", {},
         ["content.xml: has a link to file:////evil/x.exe"]),
        ("", '<draw:a xlink:href="https://x.org"><text:p><text:a xlink:href="#S.A1">https://x.org'
         "</text:a></text:p></draw:a>", {}, []),
        # Another attribute of the same name.
        ("", '<draw:image xmlns:y="y" xlink:href="http://x.org/a" y:href="#"/><text:a xmlns:y="y" '
         'xlink:href="file:///x.exe" y:href="#"/>', {},
         ["content.xml: fetches http://x.org/a", "content.xml: has a link to file:///x.exe"]),
        # Rules for entries and formats, and formulas that were changed.
        *(("", f'<x:{element} xmlns:x="x" x:{name}="{text}"/>', {},
           [f"content.xml: the element {element} {said}: {shown}"])
          for element, name in (("content-validation", "condition"), ("map", "condition"),
                                ("condition", "value"), ("color-scale-entry", "value"),
                                ("change-track-table-cell", "formula"))
          for text, said, shown in (
              ("of:is-true-formula(LEN(COM.MICROSOFT.WEBSERVICE(&quot;http://x&quot;))&gt;0)",
               "calls WEBSERVICE",
               'of:is-true-formula(LEN(COM.MICROSOFT.WEBSERVICE("http://x"))>0)'),
              ("of:cell-content()=['file:///x.ods'#$S.A1]", "refers to the file x.ods",
               "of:cell-content()=['file:///x.ods'#$S.A1]"))),
        # Calc reads this as a reference to another file.
        ("table:formula=\"of:=[.B1]+'file:///x.ods'#$S.A1\"", "", {},
         ["content.xml: the element table-cell refers to another file: "
          "of:=[.B1]+'file:///x.ods'#$S.A1"]),
        ("table:formula=\"of:=['file:///x.ods'#$S.A1]\"", "", {},
         ["S!A1: refers to the file x.ods: ='file:///[x.ods]S'!A1"]),
        ("table:formula=\"of:=['a'.A1]&amp;&quot;'a'#&quot;\"", "", {}, []),
        # A spreadsheet within the spreadsheet.
        ("", "", {"Object 1/content.xml": b'<x:table-cell xmlns:x="x" x:formula="of:=CALL(1)"/>'},
         ["Object 1/content.xml: the element table-cell calls CALL: of:=CALL(1)"]),
        *(("", f'<x:y xmlns:x="x" x:{name}="{text}"/>', {}, []) for name, text in (
            ("condition", "value()&gt;=0"), ("value", "WEBSERVICE(1)"), ("title", "CALL(1)"),
            ("condition", "of:cell-content-is-in-list(&quot;CALL(1)&quot;;&quot;'a'#&quot;)"),
            ("condition", "of:cell-content()&lt;['a #1'.A1]"), ("formula", "$0 +sqrt(?f1 *2)"),
            ("cell-range-address", "$'a #1'.A1:$'b'.B2"), ("linked-cell", "S.A1"),
        )),
        # Other files and databases.
        *(("", f"""<x:y xmlns:x="x" x:{name}="'file:///x.ods'#$S.A1:.B2"/>""", {},
           ["content.xml: the element y refers to another file: 'file:///x.ods'#$S.A1:.B2"])
          for name in ("target-range-address", "source-cell-range-addresses", "linked-cell",
                       "source-cell-range", "scenario-ranges", "cell-range-address")),
        ("", '<x:form xmlns:x="x" x:datasource="file://x/y.odb"/><x:form xmlns:x="x" '
         'x:datasource="" xlink:href=""/>', {},
         ["content.xml: fetches data from the database file://x/y.odb"]),
        ("", '<x:image xmlns:x="x" x:image-data="http://x.org/a.png"/>', {},
         ["content.xml: fetches http://x.org/a.png"]),
        ("", "", {"x.exe": b"MZ"},
         ["x.exe: is a part that neither Offtake nor spreadsheets usually write"]),
        ("", '<s:event-listener xmlns:s="urn:oasis:names:tc:opendocument:xmlns:script:1.0"/>', {},
         ["content.xml: runs a macro at an event"]),
        ("", '<table:dde-link/><table:table-source xlink:href="file:///x.ods"/>', {},
         ["content.xml: has a link to another program (DDE)",
          "content.xml: has a sheet that is fetched from another file",
          "content.xml: fetches file:///x.ods"]),
        ("", '<draw:image xlink:href="http://x.org/a.png"/>', {},
         ["content.xml: fetches http://x.org/a.png"]),
        ("", '<text:p><text:a xlink:href="vnd.sun.star.script:x">y</text:a></text:p>', {},
         ["content.xml: has a link to vnd.sun.star.script:x"]),
        ('table:formula="of:=COM.MICROSOFT.WEBSERVICE(&quot;http://x.org&quot;)" '
         'office:value-type="string"', "<text:p>x</text:p>", {},
         ['S!A1: calls WEBSERVICE: =_xlfn.WEBSERVICE("http://x.org")']),
        ('table:formula="of:=DDE(&quot;a&quot;;&quot;b&quot;;&quot;c&quot;)" '
         'office:value-type="string"', "<text:p>x</text:p>", {},
         ['S!A1: calls DDE: =DDE("a","b","c")']),
    ],
)  # fmt: skip
def test_an_opendocument_spreadsheet(
    cell: str, inside: str, more: dict[str, bytes], said: list[str]
) -> None:
    parts = {"mimetype": ods.MIMETYPES[0], "content.xml": CONTENT.format(cell, inside).encode()}
    assert lines(ods.opened(zipped(parts | more), {})) == said


def test_what_takes_too_long_does_not_hide_what_is_not_safe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(LIMITS, "seconds", LIMITS["seconds"]._replace(most=0))
    found = calls_report(own('=HYPERLINK("http://x.org")'))
    assert found.faults == [
        'Sheet!A2: has a link that leads to http://x.org: =HYPERLINK("http://x.org")',
        'xl/workbook.xml: the name Rate calls CALL: =CALL("x")',
        "No call is judged: the workbook must take at most 0 seconds of processor time in its "
        "functions, which it has taken up to Sheet!A1.",
    ]
    assert found.summary == (
        "1 cell with calls to Offtake's functions: none judged; 2 safety findings."
    )


def test_commands_that_go_on_say_it_first(macros: bytes, offtake: Command) -> None:
    change, (expected,) = TRAPS["Python on a server"]
    trapped = both(change, TRAPS["a picture on a server"][0])(Package.opened(macros)).saved()
    (picture,) = TRAPS["a picture on a server"][1]
    file = offtake.folder / "x.xlsm"
    for command in (
        ["recalc", file],
        ["pull", file, "-o", "new.toml"],
        ["build", "--from", file, "-o", "again.xlsx"],
    ):
        file.write_bytes(trapped)
        run = offtake(*command)
        said = [f"Warning: {expected}", f"Warning: {picture}"]
        assert run.out.splitlines()[:2] == said, command
    # The copy has neither the settings nor the project.
    file.write_bytes(trapped)
    run = offtake("values", file, "-o", "copy.xlsx")
    assert run.out.splitlines()[0] == f"Warning: {picture}"
    assert expected not in run.out
    assert lines(Package.opened(Path(offtake.folder, "copy.xlsx").read_bytes())) == [picture]


def test_nothing_that_a_file_holds_acts_on_the_terminal(offtake: Command) -> None:
    title = "S&#10;All agree.\u009b31m\u202e"
    hostile = put("xl/workbook.xml", 'name="Sheet"', f'name="{title}"')
    formula = '=WEBSERVICE("\u009b2J\u202e")'
    file = Path(offtake.folder, "x\x1b[31m.xlsx")
    file.write_bytes(hostile(Package.opened(own(formula))).saved())
    run = offtake("check", file)
    sheet = r"S\nAll agree.\x9b31m\u202e"
    assert run.out.splitlines()[0] == (
        rf'{sheet}!A2: calls WEBSERVICE: =WEBSERVICE("\x9b2J\u202e")'
    )
    file.write_bytes(b"")
    refused = offtake("check", file)
    assert r"x\x1b[31m.xlsx" in refused.sentence
    missing = offtake("check", file.with_name("y\x1b\n.xlsx"))
    assert r"y\x1b" in missing.sentence
    for text in (run.out, refused.err, missing.err):
        assert all(line.isprintable() for line in text.split("\n"))
    # Tables are written by rich.
    shown = io.StringIO()
    table = new_table("Results", "Result", "A")
    table.add_row("\x1b[31m\u202e", escape("1\n2"))
    Console(file=shown).print(table)
    assert r"\x1b[31m\u202e" in shown.getvalue()
    assert r"1\n2" in shown.getvalue()


def test_every_line_is_printed_by_one_function() -> None:
    """But for JSON, in which what is not plain is escaped."""
    folder = Path(__file__).parents[2] / "workbook" / "cli"
    printing = {
        f"{module.stem}: {line.strip()}"
        for module in folder.glob("*.py")
        for line in module.read_text("utf-8").splitlines()
        if re.search(r"(?<![.\w])print\((?!json\.)|stdout\.write|= print$", line)
    }
    assert [line.partition(":")[0] for line in printing] == ["printed"]


def test_the_documentation_lists_the_functions() -> None:
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
    listed = page.partition("These functions are findings: ")[2].partition(".\n")[0]
    assert re.findall("`([A-Z.]+)`", listed) == sorted(OUTSIDE)


def test_many_findings_of_one_cause_are_summed_up(macros: bytes) -> None:
    edits = {("DCF", (row, 90)): '=WEBSERVICE("x")' for row in range(1, 61)}
    found = report(changed(macros, edits)).safety
    assert len(found.findings) == 60
    assert len(found.faults) == 11
    assert found.faults[-1] == "50 more formulas that reach outside of the workbook, on DCF"
