"""IronCalc in the tests: a workbook's native formulas, and IronCalc's values for them.

IronCalc knows no functions but a spreadsheet's own. A formula that is a call of the catalogue is
given to it as the value that the file has for it; where a formula has such calls among native
parts, each of them becomes a cell of its own, with the value that the headless engine finds for
that call alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import ironcalc
from ironcalc import CellType
from live import Live, kept
from openpyxl.utils.datetime import to_excel

from workbook.catalogue import Function
from workbook.package.archive import read, zipped
from workbook.package.cells import (
    ErrorValue,
    Formula,
    Place,
    Value,
    Values,
    address,
    number_text,
)
from workbook.package.contents import filled
from workbook.package.formulas import tokens
from workbook.package.package import Package
from workbook.refusal import CALLABLE
from workbook.status import is_as_built

#: Placeholder in the file for native formulas' values, so that none can come from there.
NOT_CALCULATED = "not calculated"
#: The row in which calls are evaluated on their own.
_FAR_BELOW = 10_000


@lru_cache(maxsize=1 << 16)
def calls(formula: str) -> tuple[tuple[int, int], ...]:
    """Find where a formula calls the catalogue: the start and the end of each outermost call."""
    found: list[tuple[int, int]] = []
    at, start, depth, before = 0, -1, 0, ("", 0)
    for token in tokens(formula):
        here = formula.index(token, at)
        at = here + len(token)
        if token == "(":
            if start < 0 and before[0].upper() in CALLABLE:
                start, depth = before[1], 0
            depth += 1
        elif token == ")":
            depth -= 1
            if start >= 0 and depth == 0:
                found.append((start, at))
                start = -1
        before = token, here
    return tuple(found)


def constant(at: Place, formula: Formula) -> bool:
    """Tell whether IronCalc gets a formula as its value.

    That is where it is one call as a whole, where a call within it gives a table, and where the
    file holds what no program calculates: the line at the top, as it was built.
    """
    found = calls(formula.text)
    tables = [start for start, _ in found if _called(formula.text, start).returns == "table"]
    return bool(
        found
        and (
            found == ((0, len(formula.text)),)
            or formula.ref
            or tables
            or is_as_built(at, formula.value)
        )
    )


def _called(formula: str, start: int) -> Function:
    return CALLABLE[formula[start : formula.index("(", start)].strip().upper()]


@lru_cache(maxsize=8)
def native(package: bytes) -> tuple[dict[str, dict[Place, Formula]], Values]:
    """Return the formulas that IronCalc calculates, and the values of their cells."""
    opened = Package.opened(package)
    found, held = opened.formulas, opened.cached
    formulas = {
        sheet: {at: f for at, f in of.items() if not constant(at, f)} for sheet, of in found.items()
    }
    return formulas, {s: {at: held[s][at] for at in filled(of)} for s, of in formulas.items()}


def natively(package: bytes, values: Values) -> Values:
    """Return those of all values that the native formulas of a workbook have."""
    return {s: {at: values[s][at] for at in of} for s, of in native(package)[1].items()}


def mixed(package: bytes) -> dict[str, dict[Place, Formula]]:
    """Return those of the native formulas that call the catalogue among native parts."""
    return {
        sheet: {at: f for at, f in of.items() if calls(f.text)}
        for sheet, of in native(package)[0].items()
    }


def apart(package: bytes) -> dict[str, list[str]]:
    """Return the calls within the mixed formulas of each sheet, in the order of their cells.

    A call that its formula makes on a condition is made on the same one here: most say what is
    wrong, take long, and are for where something is.
    """
    return {
        sheet: [
            f"{_condition(f.text, start)},{f.text[start:end]},0)"
            if _condition(f.text, start)
            else f.text[start:end]
            for f in of.values()
            for start, end in calls(f.text)
        ]
        for sheet, of in mixed(package).items()
    }


def _condition(formula: str, call: int) -> str:
    """Return how a formula begins up to the comma after the condition on which it has a call."""
    commas, at, depth = [], 0, 0
    for token in tokens(formula) if formula.startswith("IF(") else ():
        at = formula.index(token, at) + len(token)
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 1:
            commas.append(at)
    return formula[: commas[0] - 1] if commas and commas[0] <= call < [*commas, call + 1][1] else ""


@lru_cache(maxsize=8)
def with_calls(package: bytes) -> bytes:
    """Write each call of a mixed formula into a cell of its own as well, far below all others.

    The headless engine finds what such a cell holds, as built and after changes.
    """
    opened = Package(read(package))
    for title, texts in apart(package).items():
        for i, text in enumerate(texts):
            _far_below(opened.edited(opened.sheets[title].part), i, text)
    return zipped(opened.current(), zipfile.ZIP_STORED)


def _far_below(sheet: Element, i: int, call: str | None = None) -> Element:
    """Add the cell of a call to a sheet, and return it."""
    row = SubElement(next(sheet.iter("sheetData")), "row", r=str(_FAR_BELOW + i))
    cell = SubElement(row, "c", r=address(_FAR_BELOW + i, 1))
    if call is not None:
        SubElement(cell, "f").text = call
    return cell


def live(package: bytes) -> Live:
    """Return a workbook in the headless engine, with what each call within a formula gives."""
    return kept(with_calls(package))


def _hold(cell: Element, value: Value) -> None:
    """Put a value into a cell."""
    kinds: dict[type, str] = {float: "n", bool: "b", str: "str", ErrorValue: "e"}
    if value is not None:
        cell.set("t", kinds[type(value)])
        text = number_text(value) if isinstance(value, float | bool) else str(value)
        SubElement(cell, "v").text = text


@lru_cache(maxsize=8)
def prepared(package: bytes) -> bytes:
    """Take the calls of the catalogue out of a file, and the values of its native formulas.

    An empty cell that is marked as a number is one to IronCalc, with the value 0. openpyxl marks
    all of them, and no other program minds.
    """
    opened, inside = Package(read(package)), apart(package)
    values = live(package).base if any(inside.values()) else {}
    for title, sheet in opened.sheets.items():
        tree, moved = opened.edited(sheet.part), 0
        for at, formula in sheet.formulas.items():
            cell = sheet.cells[at]
            if constant(at, formula):
                cell.remove(next(cell.iter("f")))
                continue
            text, first = formula.text, _FAR_BELOW + moved
            for start, end in reversed(found := calls(text)):
                text = f"{text[:start]}$A${first + found.index((start, end))}{text[end:]}"
            moved += len(found)
            if found:
                next(cell.iter("f")).text = text
            for value in cell.findall("v"):
                cell.remove(value)
            SubElement(cell, "v").text = NOT_CALCULATED
            cell.set("t", "str")
        for i in range(moved):
            _hold(_far_below(tree, i), values[title][_FAR_BELOW + i, 1])
        for cell in tree.iterfind("sheetData/row/c"):
            if not len(cell):
                cell.attrib.pop("t", None)
    return zipped(opened.current(), zipfile.ZIP_STORED)


class IronCalc:
    """A workbook in IronCalc, calculated."""

    def __init__(self, package: bytes) -> None:
        self.package = package
        with TemporaryDirectory() as folder:
            file = Path(folder) / "prepared.xlsx"
            file.write_bytes(prepared(package))
            self.model = ironcalc.load_from_xlsx(str(file), "en", "UTC", "en")
        self.sheets = [sheet["name"] for sheet in self.model.get_worksheets_properties()]
        self.model.evaluate()

    def value(self, sheet: str, at: Place) -> Value:
        """Return what a cell shows, a number in full."""
        cell = self.sheets.index(sheet), *at
        value = self.model.get_cell_value(*cell)
        return (
            ErrorValue(value) if self.model.get_cell_type(*cell) == CellType.ErrorValue else value
        )

    def change(self, changes: Mapping[tuple[str, Place], Any], values: Values) -> None:
        """Type something else into inputs, and let the constants have the values of calls with it.

        Those are all values that the headless engine finds in `live` with the same changes.
        """
        for (sheet, at), typed in changes.items():
            self._put(sheet, at, to_excel(typed) if isinstance(typed, datetime) else typed)
        calculated = native(self.package)[1]
        for sheet, of_sheet in values.items():
            for at, value in of_sheet.items():
                if at not in calculated[sheet] and value != self.value(sheet, at):
                    self._put(sheet, at, value)
        self.model.evaluate()

    def _put(self, sheet: str, at: Place, value: Value) -> None:
        cell = self.sheets.index(sheet), *at
        if value is None:
            self.model.clear_cell_contents(*cell)
        elif isinstance(value, ErrorValue):
            self.model.set_user_input(*cell, value.text)
        elif isinstance(value, bool):
            self.model.update_cell_with_bool(*cell, value)
        elif isinstance(value, str):
            self.model.update_cell_with_text(*cell, value)
        else:
            self.model.update_cell_with_number(*cell, value)

    def values(self, places: Values) -> Values:
        return {s: {at: self.value(s, at) for at in of_sheet} for s, of_sheet in places.items()}

    def enter(self, sheet: str, at: Place, number: float) -> None:
        self.model.update_cell_with_number(self.sheets.index(sheet), *at, number)
        self.model.evaluate()
