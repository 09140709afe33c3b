"""What every other rule takes for granted: that a file's parts can be read at all."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement
from xml.parsers.expat import ExpatError

from gate.opened import Opened
from gate.rule import Fault, Parts, Rule, edit, edit_sheet, value
from workbook.archive import is_workbook
from workbook.cells import place
from workbook.package import cell_value, formulas_in, present_cells

_NEEDED = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/styles.xml")
#: Attributes that are whole numbers, and those that are decimals.
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


def _unreadable(file: Opened) -> Iterator[str]:
    missing = [part for part in _NEEDED if part not in file.parts]
    yield from (f"{part} is missing" for part in missing)
    broken = False
    for part in file.parts:
        if part.endswith((".xml", ".rels")):
            try:
                file.tree(part)
            except (ExpatError, ValueError) as error:
                yield f"{part} is no XML: {error}"
                broken = True
    if missing or broken:
        return
    if any("r:id" not in sheet.attrib for sheet in file.workbook.iterfind("sheets/sheet")):
        yield "xl/workbook.xml has a sheet without a part"
    elif not is_workbook(file.parts) or not file.sheets:
        yield "a sheet of xl/workbook.xml has no part"
    else:
        yield from _attributes("xl/workbook.xml", file.workbook)
        for title, sheet in file.sheets.items():
            problems = [*_attributes(title, sheet), *_cells(title, sheet, file.strings)]
            yield from problems
            if not problems:
                yield from _shared(title, sheet, file.strings)


def _attributes(where: str, root: Element) -> Iterator[str]:
    for element in root.iter():
        for kinds, kind, legal in (
            (_WHOLE, "whole number", str.isdecimal),
            (_DECIMAL, "number", _is_number),
        ):
            for name in kinds.get(element.tag, ()):
                if name in element.attrib and not legal(element.attrib[name]):
                    yield f"{where}: {name} of a {element.tag} is {element.get(name)!r}, no {kind}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cells(title: str, sheet: Element, strings: list[str]) -> Iterator[str]:
    for row in sheet.iterfind("sheetData/row"):
        if "r" not in row.attrib:
            yield f"{title} has a row without a number"
        for cell in row.iterfind("c"):
            where = f"{title}!{cell.get('r')}"
            try:
                place(cell.get("r", ""))
            except ValueError as error:
                yield f"{title} has a cell {error}"
            text = cell.findtext("v") or ""
            if cell.get("t") == "s" and not (text.isdecimal() and int(text) < len(strings)):
                yield f"{where} is the shared text {text} of {len(strings)}"
                continue
            try:
                cell_value(cell, strings)
            except ValueError:
                yield f"{where} holds {text}, which is no number"


def _shared(title: str, sheet: Element, strings: list[str]) -> Iterator[str]:
    try:
        formulas_in(present_cells(sheet), strings)
    except KeyError as missing:
        yield f"{title} has a shared formula without its text: {missing}"


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
        "a cell without a place": _first("c", "r", "R1C1"),
        "a calculation id in words": edit(
            "xl/workbook.xml", lambda root: next(root.iter("calcPr")).set("calcId", "latest")
        ),
        "a shared text that is not there": value("99999", t="s"),
        "a number in hexadecimal digits": value("0x1F"),
        "a shared formula without its text": edit_sheet(_no_origin),
    },
)
