"""LibreOffice Calc in the tests: when it is needed, its workbooks, and when two values agree."""

from __future__ import annotations

import io
import math
import os
from datetime import date
from functools import cache
from typing import Any

import openpyxl
import pytest

from model.case import case
from workbook import template
from workbook.package.cells import Value, Values, address
from workbook.status import is_as_built

#: Largest relative difference between two numbers that are called the same.
RELATIVE = 1e-12
#: Smaller than any result: what the rounding of numbers up to a million leaves when it is squared.
NIL = 1e-20

SECURITIES = [
    ["Security", "Type", "Count", "Strike"],
    ["Common", "common", 100.0, None],
    ["Options", "option", 10.0, 50.0],
]
#: Where they stand in the workbook of `book`.
TABLE = "In!A1:D3"

PEERS = [["Company", "EV", "Revenue"], ["One", 300.0, 100.0], ["Two", 200.0, 100.0]]

#: The case whose workbook has every sheet and calls every function that another's does, as
#: test_calc_workbook.py checks: enough for what depends on the kinds of cells, not on the company.
FULL = "cerebras"
every_case = pytest.mark.parametrize("name", case.names())


def seeds(several: int) -> pytest.MarkDecorator:
    """Give each case one seed, and the full one several."""
    others = [(name, 0) for name in case.names() if name != FULL]
    return pytest.mark.parametrize(
        ("name", "seed"), [*((FULL, seed) for seed in range(several)), *others]
    )


def need(reason: str | None) -> None:
    """Skip a test for a reason, or fail it where LibreOffice is required."""
    if reason and os.environ.get("OFFTAKE_REQUIRE_LIBREOFFICE"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@cache
def built(name: str) -> bytes:
    """Build the workbook of a case, once."""
    return template.build(case.load(name))


def book(**formulas: Any) -> bytes:
    """Make a workbook: a sheet of tables, and a sheet of formulas by cell."""
    made = openpyxl.Workbook()
    made.active.title = "In"
    for line in SECURITIES:
        made.active.append(line)
    made.active["F1"] = date(2026, 5, 1)
    made.active["F2"] = "=NA()"
    made.active["F3"] = "=1/0"
    for row, line in enumerate(PEERS, 5):
        for column, value in enumerate(line, 1):
            made.active.cell(row, column, value)
    sheet = made.create_sheet("Out")
    for cell, formula in formulas.items():
        sheet[cell] = formula
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def disagreements(here: Values, there: Values) -> list[str]:
    """List the cells of two evaluations that are not the same.

    The line at the top of a sheet says in a file what is true where nothing calculates it.

    What remains of a subtraction is rounding of the numbers that were subtracted, and Calc makes
    it zero where others do not. So a difference is small if it is small relative to the largest
    number in its row; and where one side has zero, also if it is small relative to 1, because the
    numbers may be elsewhere.
    """
    found = []
    for sheet in {**here, **there}:
        left, right = here.get(sheet, {}), there.get(sheet, {})
        largest: dict[int, float] = {}
        for (row, _), value in left.items():
            if isinstance(value, float):
                largest[row] = max(largest.get(row, 0.0), abs(value))
        found += [
            f"{sheet}!{address(*at)}: {left.get(at)!r}, {right.get(at)!r}"
            for at in sorted({**left, **right})
            if not same(left.get(at), right.get(at), largest.get(at[0], 0.0))
            and not is_as_built(at, left.get(at))
        ]
    return found


def same(left: Value, right: Value, largest: float) -> bool:
    # Calc has no logical values, but numbers that are formatted as such.
    left, right = (float(v) if isinstance(v, bool) else v for v in (left, right))
    if isinstance(left, float) and isinstance(right, float):
        snapped = min(abs(left), abs(right)) == 0.0
        nil = max(NIL, RELATIVE * max(largest, float(snapped)))
        return math.isclose(left, right, rel_tol=RELATIVE, abs_tol=nil)
    return left == right
