"""Cells whose cached value differs from that of their formula."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property

from workbook.check.findings import Finding
from workbook.hosts.headless import evaluate
from workbook.package.archive import reading
from workbook.package.areas import areas_read
from workbook.package.cells import ErrorValue, Place, Value, Values
from workbook.package.package import Package
from workbook.status import is_as_built

#: Largest relative difference between two numbers that count as equal.
RELATIVE = 1e-9

#: Difference that counts as rounding, as a share of the largest number in the row: the result
#: of a + b - (a + b), which another program may round to 0. The differences on Checks need
#: it; Calc's are off by 3e-15 at most, a few units in the last place of a sum.
ROUNDING = 1e-13


def differences(file: bytes | Package) -> list[Finding]:
    """Evaluate a workbook again and compare every formula cell with its cached value.

    Parameters
    ----------
    file : bytes or Package
        An .xlsx file.

    Returns
    -------
    list of Finding
        In file order: numbers that differ by more than `RELATIVE`, any other difference of value
        or kind, and every error, even if both sides show the same one.

    Raises
    ------
    workbook.hosts.headless.EvaluationError
        For a workbook that cannot be evaluated as Excel would.
    model.errors.InputError
        For a file that is damaged.
    """
    with reading():
        package = Package.opened(file)
    return list(differing(package.cached, evaluate(package), package))


def differing(held: Values, found: Values, package: Package | None = None) -> Iterator[Finding]:
    """Compare the values that a file holds with those of its formulas.

    Where one is 0, the other may be what rounding leaves of numbers that a formula of the workbook
    reads in other rows.
    """
    largest = largest_in_rows(found)
    read = _Numbers(package, found)
    for sheet, of_sheet in held.items():
        for at, value in of_sheet.items():
            here = found[sheet][at]
            if same(value, here, largest[sheet, at[0]]) or is_as_built(at, value):
                continue
            nil = package is not None and 0.0 in (value, here)
            # To look for what a formula reads takes long, and seldom can any number explain it.
            if nil and same(value, here, read.largest) and same(value, here, read.by(sheet, at)):
                continue
            text = f"the file holds {shown(value)}, its formula gives {shown(here)}"
            if isinstance(here, ErrorValue) and here.reason:
                text += f" ({here.reason})"
            yield Finding(sheet, at, text, _cause(value, here))


class _Numbers:
    """How large the numbers of a workbook are."""

    def __init__(self, package: Package | None, found: Values) -> None:
        self._sheets = {} if package is None else package.sheets
        self._formulas = {} if package is None else package.formulas
        self._found = found

    @cached_property
    def largest(self) -> float:
        """The largest of all."""
        return _largest(self._at(name, at) for name, of in self._sheets.items() for at in of.places)

    def by(self, sheet: str, at: Place) -> float:
        """Return the largest that a formula reads by the addresses of cells."""
        formula = self._formulas[sheet].get(at)
        areas = areas_read(formula.text, sheet, {}) if formula else ()
        return _largest(
            self._at(area.sheet, place)
            for area in areas
            if area.sheet in self._sheets
            for place in self._sheets[area.sheet].places
            if place in area
        )

    def _at(self, sheet: str, at: Place) -> Value:
        of_sheet = self._found.get(sheet, {})
        return of_sheet[at] if at in of_sheet else self._sheets[sheet].value(at)


def _largest(values: Iterable[Value]) -> float:
    return max((abs(value) for value in values if isinstance(value, float)), default=0.0)


def _cause(held: Value, found: Value) -> str:
    if isinstance(found, ErrorValue):
        return f"cells whose formulas give {found}"
    if isinstance(held, ErrorValue):
        return "cells hold errors from programs without the functions; `offtake recalc` fixes them"
    return "cells hold values from before a change; `offtake recalc` updates them"


def largest_in_rows(found: Values) -> dict[tuple[str, int], float]:
    """Find the largest number in each row of each sheet, at least 1."""
    largest: dict[tuple[str, int], float] = {}
    for sheet, of_sheet in found.items():
        for (row, _), value in of_sheet.items():
            size = abs(value) if isinstance(value, float) else 1.0
            largest[sheet, row] = max(largest.get((sheet, row), 1.0), size)
    return largest


def same(held: Value, found: Value, largest: float = 1.0) -> bool:
    """Tell whether two values are equal but for rounding; an error equals nothing."""
    if isinstance(held, float) and isinstance(found, float):
        return math.isclose(held, found, rel_tol=RELATIVE, abs_tol=ROUNDING * largest)
    return type(held) is type(found) and held == found and not isinstance(held, ErrorValue)


def shown(value: Value) -> str:
    """Write a value as a sentence has it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return repr(value) if isinstance(value, str | float) else str(value)
