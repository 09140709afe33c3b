"""Whether a workbook's cached values match its formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.errors import InputError
from workbook.check.overwritten import overwritten
from workbook.check.reader import Start, read_case
from workbook.hosts.headless import evaluate, evaluated
from workbook.package.archive import reading
from workbook.package.cells import ErrorValue, Place, Value, Values, address
from workbook.package.package import Package
from workbook.status import CHECKS, is_as_built

if TYPE_CHECKING:
    from model.valuation import Valuation

#: Largest relative difference between two numbers that count as equal.
RELATIVE = 1e-9

#: Columns of the Checks sheet: what a check is of, and whether it passes.
LABEL_COLUMN, CHECK_COLUMN = 3, 8

#: Difference that counts as rounding, as a share of the largest number in the row: the result
#: of a + b - (a + b), which another program may round to 0. The differences on Checks need
#: it; Calc's are off by 3e-15 at most, a few units in the last place of a sum.
ROUNDING = 1e-13


@dataclass(frozen=True)
class Difference:
    """A cell whose value differs from its formula's, or that holds an error."""

    sheet: str
    cell: str
    cached: Value
    found: Value

    def __str__(self) -> str:
        line = f"{self.sheet}!{self.cell}: the file holds {_shown(self.cached)}, "
        if isinstance(self.found, ErrorValue) and self.found.reason:
            return f"{line}its formula gives {self.found} ({self.found.reason})"
        return f"{line}its formula gives {_shown(self.found)}"


@dataclass(frozen=True)
class Report:
    """Faults of a workbook, a line each, and a sentence on what was checked.

    `warnings` are about improbable figures, as for a case.
    """

    faults: list[str]
    summary: str
    warnings: list[str]


def report(file: bytes | Package) -> Report:
    """Compare a workbook with its own formulas, its own checks and the model in Python.

    Parameters
    ----------
    file : bytes or Package
        An .xlsx file that was built from a case; its inputs may have been changed since.

    Returns
    -------
    Report
        A fault for each cell that differs from its formula, holds an error, fails as a check, has
        lost its formula to a typed number, or differs from what `model.valuation.value` gives for
        the case given by the inputs.
        A file without cached values, as saved by openpyxl, has none to compare.
    """
    with reading():
        package = Package.opened(file)
    evaluation = evaluated(package)
    found = evaluation.values
    calculated = any(f.value is not None for of in package.formulas.values() for f in of.values())
    faults = [f"Cannot be judged: {line}" for line in evaluation.lines]
    faults += [
        str(difference)
        for difference in _differences(package.cached, found)
        if calculated or isinstance(difference.found, ErrorValue)
    ]
    faults += [
        f"{CHECKS}!{address(row, column)}: the check of its row fails: "
        f"{package.sheets[CHECKS].value((row, LABEL_COLUMN))}"
        for row, column in failing(found)
    ]
    with reading():
        faults += overwritten(package)
    case, areas = read_case(package)
    from model.valuation import value

    valued = value(case)
    compared = list(against_model(valued, areas, found))
    faults += [line for line in compared if line is not None]
    count = sum(len(of_sheet) for of_sheet in found.values())
    verdict = f"{len(faults)} differ or fail" if faults else "all agree"
    if not calculated:
        verdict += "; the file holds no values of its own until a spreadsheet calculates it"
    return Report(
        faults,
        f"{count} formula cells evaluated, {len(compared)} of them compared with the model: "
        f"{verdict}.",
        valued.warnings,
    )


def failing(values: Values) -> list[Place]:
    """Return the cells of the checks of a workbook that fail, of all its values."""
    of_sheet = values.get(CHECKS, {})
    return [at for at, value in of_sheet.items() if at[1] == CHECK_COLUMN and value == "FAIL"]


def differences(file: bytes) -> list[Difference]:
    """Evaluate a workbook again and compare every formula cell with its cached value.

    Parameters
    ----------
    file : bytes
        An .xlsx file.

    Returns
    -------
    list of Difference
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
    return _differences(package.cached, evaluate(package))


def _differences(held: Values, found: Values) -> list[Difference]:
    largest = _largest(found)
    return [
        Difference(sheet, address(*at), value, found[sheet][at])
        for sheet, of_sheet in held.items()
        for at, value in of_sheet.items()
        if not _same(value, found[sheet][at], largest[sheet, at[0]]) and not is_as_built(at, value)
    ]


def _largest(found: Values) -> dict[tuple[str, int], float]:
    """Find the largest number in each row of each sheet, at least 1."""
    largest: dict[tuple[str, int], float] = {}
    for sheet, of_sheet in found.items():
        for (row, _), value in of_sheet.items():
            size = abs(value) if isinstance(value, float) else 1.0
            largest[sheet, row] = max(largest.get((sheet, row), 1.0), size)
    return largest


def against_model(
    valued: Valuation, areas: dict[str, Start], found: Values
) -> Iterator[str | None]:
    """Compare the workbook's results with the model's for the case given by its inputs.

    Yields
    ------
    str or None
        For each number that both have: a sentence where they differ, otherwise None.
    """
    from workbook.check.results import expected

    for name, row, column, number in expected(valued):
        if name not in areas:
            raise InputError(name, "must refer to the same cells as when the workbook was built")
        sheet, top, left = areas[name]
        at = (top + row, left + column)
        here = found.get(sheet, {}).get(at)
        if isinstance(here, float) and math.isclose(
            here, number, rel_tol=RELATIVE, abs_tol=ROUNDING
        ):
            yield None
        else:
            yield (
                f"{sheet}!{address(*at)}: the workbook has {_shown(here)}, "
                f"the model {_shown(number)} ({name})"
            )


def _same(held: Value, found: Value, largest: float) -> bool:
    if isinstance(held, float) and isinstance(found, float):
        return math.isclose(held, found, rel_tol=RELATIVE, abs_tol=ROUNDING * largest)
    return type(held) is type(found) and held == found and not isinstance(held, ErrorValue)


def _shown(value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return repr(value) if isinstance(value, str | float) else str(value)
