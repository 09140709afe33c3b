"""IronCalc in the tests: a workbook's native formulas, and IronCalc's values for them.

IronCalc knows no functions but a spreadsheet's own. A formula that is a call of the catalogue is
given to it as the value that the file has for it; where a formula has such calls among native
parts, each of them becomes a cell of its own, with the value that the headless engine finds for
that call alone.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import Element, SubElement

import ironcalc
from ironcalc import CellType

from workbook.catalogue import Function
from workbook.hosts import headless
from workbook.package.archive import parsed, read, sheet_parts, written, zipped
from workbook.package.cells import (
    ErrorValue,
    Formula,
    Place,
    Value,
    Values,
    address,
    number_text,
    place,
)
from workbook.package.contents import filled, formulas_in, present_cells
from workbook.package.formulas import tokens
from workbook.package.package import Package
from workbook.refusal import CALLABLE
from workbook.status import is_as_built

#: Placeholder in the file for native formulas' values, so that none can come from there.
NOT_CALCULATED = "not calculated"
#: The row in which calls are evaluated on their own.
_FAR_BELOW = 10_000


def calls(formula: str) -> list[tuple[int, int]]:
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
    return found


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
            found == [(0, len(formula.text))]
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


def mixed(package: bytes) -> dict[str, dict[Place, Formula]]:
    """Return those of the native formulas that call the catalogue among native parts."""
    return {
        sheet: {at: f for at, f in of.items() if calls(f.text)}
        for sheet, of in native(package)[0].items()
    }


def apart(package: bytes) -> bytes:
    """Move each call of a mixed formula into a cell of its own, far below all others of its sheet.

    The headless engine finds what such a cell holds.
    """
    parts = read(package)
    moved: dict[str, list[Element]] = {}
    trees = {part: parsed(parts[part]) for part in sheet_parts(parts).values()}
    for title, of_sheet in mixed(package).items():
        sheet = trees[sheet_parts(parts)[title]]
        present, moved[title] = present_cells(sheet), []
        for at, formula in of_sheet.items():
            text = formula.text
            for start, end in reversed(calls(text)):
                number = _FAR_BELOW + len(moved[title])
                row = SubElement(next(sheet.iter("sheetData")), "row", r=str(number))
                cell = SubElement(row, "c", r=address(number, 1))
                SubElement(cell, "f").text = text[start:end]
                moved[title].append(cell)
                text = f"{text[:start]}$A${number}{text[end:]}"
            next(present[at].iter("f")).text = text
    if any(moved.values()):
        values = headless.evaluate(zipped({**parts, **_written(trees)}))
        for title, cells in moved.items():
            for cell in cells:
                _hold(cell, values[title][place(cell.attrib["r"])])
    return zipped({**parts, **_written(trees)})


def _written(trees: dict[str, Element]) -> dict[str, bytes]:
    return {part: written(tree) for part, tree in trees.items()}


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
    parts = read(apart(package))
    strings = Package(parts).strings
    for part in sheet_parts(parts).values():
        sheet = parsed(parts[part])
        present = present_cells(sheet)
        for at, formula in formulas_in(present, strings).items():
            cell = present[at]
            if constant(at, formula):
                cell.remove(next(cell.iter("f")))
                continue
            for value in cell.findall("v"):
                cell.remove(value)
            SubElement(cell, "v").text = NOT_CALCULATED
            cell.set("t", "str")
        for cell in present.values():
            if not len(cell):
                cell.attrib.pop("t", None)
        parts[part] = written(sheet)
    return zipped(parts)


class IronCalc:
    """A workbook in IronCalc, calculated."""

    def __init__(self, package: bytes) -> None:
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

    def values(self, places: Values) -> Values:
        return {s: {at: self.value(s, at) for at in of_sheet} for s, of_sheet in places.items()}

    def enter(self, sheet: str, at: Place, number: float) -> None:
        self.model.update_cell_with_number(self.sheets.index(sheet), *at, number)
        self.model.evaluate()
