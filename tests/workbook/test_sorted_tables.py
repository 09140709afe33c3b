"""Does a table on Inputs give the same results when its rows are sorted?

Oracle: what a table is. Its rows are known by what they are called, so that every number of every
sheet stays what it was, to the rounding of sums, when the rows change places. A year that is there
twice, or missing, is no such change: checks must fail, and the sheets must show it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import pytest
from ranges import cells_of
from working_copy import RESULT_COLUMN, Copy, Edits, errors, masters

from model.case.case import load
from workbook.package.cells import Values, address, cells

YEARS = ("Research_expense", "Share_sales")
#: Tables with named rows, used in both functions and formulas.
THINGS = (
    *("Securities", "Customer_contracts", "Plant", "Infrastructure", "Customer_warrant"),
    *("Scenarios", "Grids"),
)
#: The sheet of the last two.
SHEET = "Scenarios and sensitivity"


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


#: Where the order of a table's rows shows: running totals, steps, columns in that order, tables
#: side by side, and notes, which are not sorted here. A warning says that facts are built again.
IN_ORDER = {
    "Securities": ("Equity",),
    "Non_gaap_bridge": ("Costs and capital",),
    "Non_gaap_bridge_before": ("Costs and capital",),
    "Default_rates": ("DCF",),
    "View_steps": ("Choices",),
    "Scenarios": (SHEET,),
    "Grids": (SHEET, "Comparables"),
    "Layer_vendors": ("Market",),
    "Substitution_paces": ("Market",),
    "Precedents": ("Market",),
    "Observations": ("Signals",),
    "Shocks": ("Signals",),
    "Facts": ("Dashboard",),
}
#: The first row below the head of a sheet, which says what the checks and warnings say.
BELOW = 6
#: The key of a row, which stays in its place.
KEY = re.compile(r"\d+\.\d+")


def shown(whole: Copy, values: Values) -> dict[str, Counter[tuple[Any, ...]]]:
    """Count the rows of each sheet by what they hold, wherever they are, texts that stay too."""
    found = {}
    for sheet, of_sheet in values.items():
        if sheet == "Inputs":
            continue
        texts = {
            (cell.row, cell.column): cell.value
            for row in whole.book[sheet].iter_rows(min_row=BELOW)
            for cell in row
            if isinstance(cell.value, str) and cell.data_type == "s"
        }
        rows: dict[int, list[Any]] = {}
        below = {at: held for at, held in of_sheet.items() if at[0] >= BELOW}
        for (row, _), held in sorted((texts | below).items(), key=lambda each: each[0]):
            if isinstance(held, float):
                rows.setdefault(row, []).append(round(held, 6) + 0.0)
            elif not KEY.fullmatch(str(held)):
                rows.setdefault(row, []).append(held)
        found[sheet] = Counter(map(tuple, rows.values()))
    return found


@pytest.mark.parametrize("name", ["Securities", *map(str.capitalize, load("cerebras").tables)])
def test_sorted_rows_are_shown_as_before(whole: Copy, name: str) -> None:
    """A number has the label that it had. In reversed order, the middle would stay the middle."""
    count = len(rows_of(whole, name)[1])
    order = random.Random(name).sample(range(count), count)
    before, after = (
        shown(whole, values) for values in (whole.base, whole.values(moved(whole, name, order)))
    )
    apart = {"Sources", "Checks and warnings", *IN_ORDER.get(name, ())}
    assert {s for s in before if before[s] != after[s]} <= apart


def grids(values: Values) -> dict[str, list[float]]:
    """Return the numbers of each grid, by its title."""
    found: dict[str, list[float]] = {}
    for (_, column), held in sorted(values[SHEET].items(), key=lambda each: each[0]):
        if column == 1 and isinstance(held, str) and held.endswith("(USD a share)"):
            numbers = found.setdefault(held, [])
        elif found and isinstance(held, float):
            numbers.append(held)
    return {title: sorted(numbers) for title, numbers in found.items()}


def changes(values: Values) -> dict[tuple[Any, ...], list[Any]]:
    """Return what is shown of each change of each scenario, by both: what it is, and its effect."""
    found, page = {}, values[SHEET]
    for row, column in page:
        if column == 6 and page.get((row, 4)) and page.get((row, 5)) in ("Bear", "Base", "Bull"):
            found[page[row, 5], page[row, 4]] = [page.get((row, c)) for c in range(6, 10)]
    return found


def test_grids_and_changes_keep_their_titles_where_they_are_sorted_to(whole: Copy) -> None:
    for name, shown in (("Grids", grids), ("Scenarios", changes)):
        count = len(rows_of(whole, name)[1])
        before = shown(whole.base)
        after = shown(whole.values(moved(whole, name, list(range(count))[::-1])))
        assert len(before) >= count - 2
        assert after.keys() == before.keys()
        for key, held in before.items():
            assert after[key] == [
                pytest.approx(each, rel=1e-9) if isinstance(each, float) else each for each in held
            ], key


def test_the_football_field_names_the_grid_that_is_first(whole: Copy) -> None:
    count = len(rows_of(whole, "Grids")[1])
    titles = []
    for order in (list(range(count)), list(range(count))[::-1]):
        values = whole.values(moved(whole, "Grids", order))
        title = next(iter(grids(values))).removesuffix(" (USD a share)")
        called = {str(held).casefold() for held in values["Comparables"].values()}
        assert f"this model: {title}".casefold() in called
        titles.append(title)
    assert titles[0] != titles[1]


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
