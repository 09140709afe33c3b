"""The basis of every other rule: a file's parts can be read at all."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement
from xml.parsers.expat import ExpatError

from gate.opened import Opened
from gate.rule import Fault, Parts, Rule, edit, edit_sheet, value
from model.errors import InputError
from workbook.package.archive import sheet_parts
from workbook.package.cells import place
from workbook.package.contents import cell_value, formulas_in, present_cells

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NEEDED = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/styles.xml")
#: Attributes that are integers, and those that are decimals.
_WHOLE = {
    "row": ("r", "s"),
    "c": ("s", "cm", "vm"),
    "cfRule": ("priority", "dxfId"),
    "col": ("style", "min", "max"),
    "sheet": ("sheetId",),
    "definedName": ("localSheetId",),
    "workbookView": ("activeTab", "firstSheet"),
    "calcPr": ("calcId",),
}
_DECIMAL = {"row": ("ht",), "col": ("width",)}
#: Required attributes of an element.
_REQUIRED = {
    "Relationship": ("Id", "Type", "Target"),
    "sheet": ("name", "sheetId", "r:id"),
    "definedName": ("name",),
}


def _unreadable(file: Opened) -> Iterator[str]:
    """Check parts first, then the list of sheets, then their cells."""
    missing = [f"{part} is missing" for part in _NEEDED if part not in file.parts]
    problems = [*missing, *(p for part in file.parts for p in _part(part, file))]
    if not problems and not {*sheet_parts(file.parts).values()} <= file.parts.keys():
        problems = ["a sheet of xl/workbook.xml has no part"]
    if not problems:
        problems = [p for title, sheet in file.sheets.items() for p in _cells(title, sheet, file)]
    yield from problems


def _part(part: str, file: Opened) -> Iterator[str]:
    if not part.endswith((".xml", ".rels")):
        return
    try:
        root = file.tree(part)
        # Prefixes without a namespace are seen by a parser that knows about them.
        namespace = ElementTree.fromstring(file.parts[part]).tag.rpartition("}")[0]
        if not namespace or (root.tag in ("workbook", "worksheet") and namespace[1:] != _MAIN):
            yield f"{part} has the namespace {namespace[1:]!r}"
    except (ExpatError, ElementTree.ParseError, ValueError) as error:
        yield f"{part} is no XML: {error}"
        return
    for element in root.iter():
        where = f"{part}: a {element.tag}"
        for name in _REQUIRED.get(element.tag, ()):
            if name not in element.attrib:
                yield f"{where} has no {name}"
        for kinds, legal in ((_WHOLE, str.isdecimal), (_DECIMAL, _is_number)):
            for name in kinds.get(element.tag, ()):
                if name in element.attrib and not legal(element.attrib[name]):
                    yield f"{where} has the {name} {element.get(name)!r}, which is no number"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cells(title: str, sheet: Element, file: Opened) -> Iterator[str]:
    broken = any("r" not in row.attrib for row in sheet.iterfind("sheetData/row"))
    if broken:
        yield f"{title} has a row without a number"
    for cell in sheet.iterfind("sheetData/row/c"):
        where, text = f"{title}!{cell.get('r')}", cell.findtext("v") or ""
        shared = text.isdecimal() and int(text) < len(file.strings)
        try:
            place(cell.get("r", ""))
            if cell.get("t") == "s" and not shared:
                raise ValueError(f"there are {len(file.strings)} shared texts")
            cell_value(cell, file.strings)
        except ValueError as error:
            yield f"{where} holds {text}, which cannot be read: {error}"
            broken = True
    if not broken:
        try:
            formulas_in(present_cells(sheet), file.strings)
        except InputError as unreadable:
            yield f"{title} has a shared formula without its text: {unreadable}"


def _garbled(part: str) -> Fault:
    def cut(parts: Parts) -> None:
        parts[part] = parts[part][: len(parts[part]) // 2]

    return cut


def _without(part: str) -> Fault:
    def remove(parts: Parts) -> None:
        del parts[part]

    return remove


def _first(tag: str, name: str, text: str) -> Fault:
    return edit_sheet(lambda sheet: next(sheet.iter(tag)).set(name, text))


def _no_origin(sheet: Element) -> None:
    cell = SubElement(SubElement(next(sheet.iter("sheetData")), "row", r="9100"), "c", r="A9100")
    SubElement(cell, "f", t="shared", si="99")


READABLE = Rule(
    "every part, cell and number can be read",
    "ECMA-376 part 1, 12.3 (parts), 18.3.1.4 (c), 18.3.1.40 (f), 22.9.2 (simple types)",
    _unreadable,
    {
        "a sheet that is cut off": _garbled("xl/worksheets/sheet1.xml"),
        "a workbook that is cut off": _garbled("xl/workbook.xml"),
        "no styles": _without("xl/styles.xml"),
        "a sheet's part is missing": _without("xl/worksheets/sheet1.xml"),
        "a style that is no number": _first("c", "s", "one"),
        "a row that is no number": _first("row", "r", "1.5"),
        "a row without a number": edit_sheet(lambda sheet: next(sheet.iter("row")).attrib.pop("r")),
        "a cell without a place": _first("c", "r", "R1C1"),
        "a sheet without a name": edit(
            "xl/workbook.xml", lambda root: next(root.iter("sheet")).attrib.pop("name")
        ),
        "no namespace": edit("xl/workbook.xml", lambda root: root.attrib.pop("xmlns")),
        "a calculation id in words": edit(
            "xl/workbook.xml", lambda root: next(root.iter("calcPr")).set("calcId", "latest")
        ),
        "a shared text that is not there": value("99999", t="s"),
        "a number in hexadecimal digits": value("0x1F"),
        "a shared formula without its text": edit_sheet(_no_origin),
    },
)
