"""The cells of a sheet: cached values, the cells that array formulas fill, and no empty types."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from workbook.package.cells import (
    ErrorValue,
    Place,
    Value,
    address,
    cells,
    number_text,
    place,
)
from workbook.package.package import Sheet

#: The errors that a file may hold as such; newer ones are stored as #VALUE!.
_WRITTEN_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
#: Characters not allowed in XML, and an underscore that would be read as an escape.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def held(name: str, sheet: Sheet, values: dict[Place, Value]) -> dict[Place, tuple[str, str]]:
    """Give the type and the text of every value of a sheet's formulas.

    Raises
    ------
    ValueError
        As for `complete`.
    """
    for at, formula in sheet.formulas.items():
        # If the array has a value, the file has been finished before, and its cells are its own.
        for inside in cells(formula.ref) if formula.ref and formula.value is None else ():
            if sheet.value(inside) is not None:
                raise ValueError(
                    f"{name}!{address(*inside)} is not empty, and the array formula at "
                    f"{address(*at)} fills it"
                )
    found = {}
    for at in sheet.filled:
        if at not in values:
            raise ValueError(f"{name}!{address(*at)} has no value")
        try:
            found[at] = kind_and_text(values[at])
        except ValueError as error:
            raise ValueError(f"{name}!{address(*at)} {error}") from None
    return found


def fill(tree: Element, sheet: Sheet, values: dict[Place, tuple[str, str]]) -> None:
    """Write the cached values of a sheet; cells that an array fills are created and added."""
    present = sheet.cells
    for at, formula in sheet.formulas.items():
        if formula.ref is not None:
            present[at].set("cm", "1")
    _create(tree, present, [at for at in sheet.filled if at not in present])
    for at, (kind, text) in values.items():
        _put(present[at], kind, text)


def tidy(cells: Iterable[Element]) -> None:
    """Leave out the type of numbers, which is the default, and of empty cells.

    Some programs read an empty cell with a type as 0. Spaces around text are kept, even if the
    text has nothing else.
    """
    for cell in cells:
        kind = cell.get("t")
        if kind == "n" or (kind and not len(cell)):
            del cell.attrib["t"]
        elif kind == "inlineStr":
            for text in cell.iter("t"):
                _keep_spaces(text)


def escaped(text: str) -> str:
    """Escape a text for the file."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _create(sheet: Element, present: dict[Place, Element], places: list[Place]) -> None:
    """Create empty cells, with rows and cells in order."""
    if not places:
        return
    data = next(sheet.iter("sheetData"))
    rows = {int(row.attrib["r"]): row for row in data}
    for row, column in places:
        if row not in rows:
            rows[row] = SubElement(data, "row", {"r": str(row)})
        present[row, column] = SubElement(rows[row], "c", {"r": address(row, column)})
    for row in {row for row, _ in places}:
        rows[row][:] = sorted(rows[row], key=lambda cell: place(cell.attrib["r"])[1])
    data[:] = [rows[row] for row in sorted(rows)]
    for dimension in sheet.iter("dimension"):
        top, bottom = min(r for r, _ in present), max(r for r, _ in present)
        left, right = min(c for _, c in present), max(c for _, c in present)
        dimension.set("ref", f"{address(top, left)}:{address(bottom, right)}")


def kind_and_text(value: Value) -> tuple[str, str]:
    """Give the type of a cell with a value, empty if it has none, and the text of the value."""
    if value is None:
        return "", ""
    if isinstance(value, bool):
        return "b", str(int(value))
    if isinstance(value, ErrorValue):
        return "e", value.text if value.text in _WRITTEN_ERRORS else "#VALUE!"
    if isinstance(value, str):
        return "str", escaped(value)
    if math.isfinite(value):
        return "n", number_text(value)
    raise ValueError(f"cannot hold the number {value}")


def _put(cell: Element, kind: str, text: str) -> None:
    for old in [child for child in cell if child.tag in ("v", "is")]:
        cell.remove(old)
    cell.attrib.pop("t", None)
    if not kind:
        return
    v = Element("v")
    v.text = text
    if kind != "n":
        cell.set("t", kind)
        _keep_spaces(v)
    cell.insert(len(cell.findall("f")), v)


def _keep_spaces(element: Element) -> None:
    text = element.text or ""
    if text != text.strip():
        element.set("xml:space", "preserve")
