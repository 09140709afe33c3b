"""Which formulas a workbook's file holds, and which values it has for them."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from workbook.package.archive import parsed, read, sheet_parts
from workbook.package.cells import ErrorValue, Formula, Place, Value, Values, cells, place
from workbook.package.links import plain_calls


def formulas(package: bytes) -> dict[str, dict[Place, Formula]]:
    """Read the formulas of a workbook.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    dict
        Sheet -> (row, column) -> formula, for every worksheet, in the order of the file. What-if
        data tables are not formulas. A call by way of the add-in's file is a plain one.
    """
    return contents(package)[0]


def cached(package: bytes) -> Values:
    """Read the values that a file holds for its formulas and for the cells that arrays fill.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    dict
        Sheet -> (row, column) -> value; None where the file holds none.
    """
    return contents(package)[1]


def contents(package: bytes) -> tuple[dict[str, dict[Place, Formula]], Values]:
    """Read a workbook once for what `formulas` and `cached` give."""
    parts = plain_calls(read(package))
    strings = shared_strings(parts)
    found: dict[str, dict[Place, Formula]] = {}
    held: Values = {}
    for name, part in sheet_parts(parts).items():
        present = present_cells(parsed(parts[part]))
        found[name] = formulas_in(present, strings)
        held[name] = {
            at: cell_value(present[at], strings) if at in present else None
            for at in filled(found[name])
        }
    return found, held


def named_areas(package: bytes) -> dict[str, str]:
    """Return what each defined name stands for, as its text in the file.

    A name of the workbook goes before one of a sheet's own.
    """
    names = parsed(read(package)["xl/workbook.xml"]).findall("definedNames/definedName")
    names.sort(key=lambda name: "localSheetId" not in name.attrib)
    return {name.attrib["name"]: name.text or "" for name in names}


def filled(found: dict[Place, Formula]) -> list[Place]:
    """List the cells that formulas fill: their own, and the ranges of array formulas."""
    places: dict[Place, None] = {}
    for at, formula in found.items():
        places[at] = None
        places.update(dict.fromkeys(cells(formula.ref) if formula.ref else ()))
    return list(places)


def shared_strings(parts: dict[str, bytes]) -> list[str]:
    """Return the texts that cells refer to by their place."""
    part = parts.get("xl/sharedStrings.xml")
    return [] if part is None else [_text(item) for item in parsed(part)]


def _text(item: Element) -> str:
    """Join the runs of a text; what is said of its pronunciation is not part of it."""
    return "".join(_unescaped(t.text or "") for t in [*item.findall("t"), *item.findall("r/t")])


def present_cells(sheet: Element) -> dict[Place, Element]:
    """Return the cells that a sheet's part holds, by row and column."""
    return {place(cell.attrib["r"]): cell for cell in sheet.iterfind("sheetData/row/c")}


def cell_value(cell: Element, strings: list[str]) -> Value:
    """Return what a cell holds; None where it holds nothing."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        written = cell.find("is")
        return None if written is None else _text(written)
    text = cell.findtext("v")
    if text is None or (not text and kind != "str"):
        return None
    if kind == "n":
        return float(text)
    if kind == "b":
        return text == "1"
    if kind == "e":
        return ErrorValue(text)
    return strings[int(text)] if kind == "s" else _unescaped(text)


def formulas_in(present: dict[Place, Element], strings: list[str]) -> dict[Place, Formula]:
    """Return the formulas among cells, with their cached values."""
    found: dict[Place, Formula] = {}
    shared: dict[str, tuple[str, str]] = {}
    for at, cell in present.items():
        f = cell.find("f")
        if f is None or f.get("t") == "dataTable":
            continue
        text = f.text or ""
        if f.get("t") == "shared":
            text = _shared(text, cell.attrib["r"], shared, f.attrib["si"])
        found[at] = Formula(
            text, f.get("ref") if f.get("t") == "array" else None, cell_value(cell, strings)
        )
    return found


def _shared(text: str, cell: str, shared: dict[str, tuple[str, str]], index: str) -> str:
    """Give the text of a formula that Excel wrote once for several cells."""
    if text:
        shared[index] = text, cell
        return text
    from openpyxl.formula.translate import Translator

    first, origin = shared[index]
    return str(Translator("=" + first, origin).translate_formula(cell))[1:]


def _unescaped(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
