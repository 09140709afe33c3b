"""Does a table on Inputs give the same results when its rows are sorted?

Oracle: what a table is. Its rows are known by what they are called, so that every number of every
sheet stays what it was, to the rounding of sums, when the rows change places. A year that is there
twice, or missing, is no such change: checks must fail, and the sheets must show it.
"""

from __future__ import annotations

from typing import Any

import pytest
from ranges import cells_of
from working_copy import RESULT_COLUMN, Copy, Edits, errors, masters

from workbook.package.cells import Values, address, cells

YEARS = ("Research_expense", "Share_sales")
#: Tables with named rows, used in both functions and formulas.
THINGS = (*("Securities", "Customer_contracts", "Plant", "Infrastructure", "Customer_warrant"),)


def failing(values: Values) -> list[int]:
    """Return the rows of the checks that fail."""
    found = values["Checks and warnings"].items()
    return [row for (row, column), v in found if column == RESULT_COLUMN and v == "FAIL"]


def rows_of(whole: Copy, name: str) -> tuple[str, list[list[str]]]:
    """Return a named table's sheet, and the cells of the rows below its header."""
    sheet, area = cells_of(whole.book, name)
    places = cells(area)
    rows: dict[int, list[str]] = {}
    for row, column in places:
        rows.setdefault(row, []).append(address(row, column))
    return sheet, list(rows.values())[1:]


def moved(whole: Copy, name: str, order: list[int]) -> Edits:
    sheet, rows = rows_of(whole, name)
    return {
        (sheet, cell): whole[sheet, source].value
        for target, place in zip(rows, order, strict=True)
        for cell, source in zip(target, rows[place], strict=True)
    }


@pytest.mark.parametrize("name", YEARS)
def test_years_in_any_order_give_the_same_numbers(whole: Copy, name: str) -> None:
    count = len(rows_of(whole, name)[1])
    values = whole.values(moved(whole, name, list(range(count))[::-1]))
    assert errors(values) == []
    # Sources lists the contents of each cell.
    for sheet, of_sheet in whole.base.items():
        if sheet == "Sources":
            continue
        for at, before in of_sheet.items():
            after = values[sheet][at]
            if isinstance(before, float):
                assert after == pytest.approx(before, rel=1e-12, abs=1e-9), (sheet, at)
            else:
                assert after == before, (sheet, at)


@pytest.mark.parametrize("name", THINGS)
def test_things_in_any_order_pass_every_check(whole: Copy, name: str) -> None:
    count = len(rows_of(whole, name)[1])
    values = whole.values(moved(whole, name, list(range(count))[::-1]))
    assert errors(values) == []
    assert failing(values) == []
    assert masters(values) == masters(whole.base)


@pytest.mark.parametrize("name", YEARS)
@pytest.mark.parametrize("how", ["twice", "missing"])
def test_a_year_twice_or_missing_turns_the_checks_red(whole: Copy, name: str, how: str) -> None:
    sheet, rows = rows_of(whole, name)
    year: Any = whole[sheet, rows[0][0]].value
    for first, *_ in rows:
        # The year is in the first column of each of these tables.
        assert isinstance(whole[sheet, first].value, int | float)
    wrong = whole[sheet, rows[1][0]].value if how == "twice" else year - 50
    values = whole.values({(sheet, rows[0][0]): wrong})
    assert failing(values)
