"""Contents of a sheet's elements: its cells, their formulas and their values."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from workbook.package.cells import ErrorValue, Formula, Place, Value, cells, place


def filled(found: dict[Place, Formula]) -> list[Place]:
    """List the cells that formulas fill: their own, and the ranges of array formulas."""
    places: dict[Place, None] = {}
    for at, formula in found.items():
        places[at] = None
        places.update(dict.fromkeys(cells(formula.ref) if formula.ref else ()))
    return list(places)


def shared_strings(part: Element) -> list[str]:
    """Return the shared strings, to which cells refer by index."""
    return [_text(item) for item in part]


def _text(item: Element) -> str:
    """Join the runs of a text, without its phonetic runs."""
    return "".join(unescaped(t.text or "") for t in [*item.findall("t"), *item.findall("r/t")])


def present_cells(sheet: Element) -> dict[Place, Element]:
    """Return the cells in a sheet's part, by row and column."""
    return {place(cell.attrib["r"]): cell for cell in sheet.iterfind("sheetData/row/c")}


def cell_value(cell: Element, strings: list[str]) -> Value:
    """Return the value of a cell; None if it is empty."""
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
    return strings[int(text)] if kind == "s" else unescaped(text)


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


def unescaped(text: str) -> str:
    """Give a text that a file has with escapes, such as ``_x000A_``."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
