"""Are rows and years found by name, and is a blank never read as a number?

Oracles: numbers worked out by hand; the same table in another order of rows or columns, which says
the same thing; and a table in which the number is typed.
"""

from __future__ import annotations

import io
import random
from itertools import permutations
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from sweep import (
    comparables,
    contracts,
    core,
    declared,
    economics,
    equity,
    funding,
    operations,
)

from model.dilution.eps import Potential
from model.dilution.securities import Securities
from model.dilution.shares import diluted_shares
from model.errors import InputError
from workbook.functions import CATALOGUE
from workbook.hosts.headless import evaluate
from workbook.package.cells import ErrorValue

Table = list[list[Any]]

YEARS: dict[Any, tuple[float, float]] = {2026: (0.5, -0.1), 2027: (0.2, 0.1), 2028: (0.05, 0.3)}
FOR_ALL = {
    "base_revenue": 100.0,
    "tax_rate": 0.25,
    "sales_to_capital": 2.0,
    "wacc": 0.1,
    "terminal_growth": 0.02,
}
COMMON = [["Security", "Type", "Count", "Strike"], ["Common", "common", 100.0, None]]


def drivers(order: Any, headings: dict[int, Any] | None = None) -> Table:
    """Drivers with the columns of their years in an order, under headings of one's own."""
    across = [(headings or {}).get(year, year) for year in order]
    return [
        ["Driver", "Value", *across],
        ["revenue_growth", None, *(YEARS[year][0] for year in order)],
        ["operating_margin", None, *(YEARS[year][1] for year in order)],
        *([name, value, *[None] * len(order)] for name, value in FOR_ALL.items()),
    ]


def value(table: Table) -> float:
    lines = {row[0]: row[1] for row in CATALOGUE["DCF_VALUE"].call(table, COMMON)}
    return float(lines["Value per share"])


def in_a_workbook(formula: str, *tables: Table) -> Any:
    """Evaluate a formula of tables, which stand one below the other, as {0}, {1} ..."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    areas = []
    for table in tables:
        top = sheet.max_row + 2
        for i, row in enumerate(table):
            for j, cell in enumerate(row):
                sheet.cell(top + i, 1 + j, cell)
        corner = sheet.cell(top + len(table) - 1, len(table[0])).coordinate
        areas.append(f"$A${top}:{corner}")
    sheet["Z1"] = ArrayFormula("Z1", formula.format(*areas))
    file = io.BytesIO()
    book.save(file)
    return evaluate(file.getvalue())["Sheet"][1, 26]


# Years by their headings -------------------------------------------------------------------------


def test_the_value_by_hand() -> None:
    """Mid-year flows, losses carried forward, and a perpetuity discounted over N - 0.5 years."""
    revenue, losses, worth, before = 100.0, 0.0, 0.0, 100.0
    for t, (growth, margin) in enumerate(YEARS.values()):
        revenue = before * (1 + growth)
        income = revenue * margin
        used = min(losses, max(income, 0.0))
        losses += max(-income, 0.0) - used
        tax = 0.25 * (max(income, 0.0) - used)
        worth += (income - tax - (revenue - before) / 2.0) / 1.1 ** (t + 0.5)
        before = revenue
    later = revenue * 1.02 * 0.3 * 0.75 - revenue * 0.02 / 2.0
    worth += later / (0.1 - 0.02) / 1.1**2.5
    assert value(drivers(YEARS)) == pytest.approx(worth / 100.0, rel=1e-12)
    assert round(worth / 100.0, 2) == 4.02


@pytest.mark.parametrize("order", list(permutations(YEARS)))
def test_years_are_read_by_their_headings(order: tuple[int, ...]) -> None:
    assert value(drivers(order)) == value(drivers(YEARS))
    forecast = CATALOGUE["DCF_FORECAST"].call
    assert forecast(drivers(order)) == forecast(drivers(YEARS))
    periods = {2026: 1, 2027: 2.0, 2028: "3"}
    assert value(drivers(order, periods)) == value(drivers(YEARS))


@pytest.mark.parametrize("form", ["{}", "FY{}", "FY {}", "cy{}", "{}E", "{} e", "FY{}A", " {} "])
def test_headings_as_analysts_write_them(form: str) -> None:
    headings = {year: form.format(year) for year in YEARS}
    newest_first = drivers(sorted(YEARS, reverse=True), headings)
    assert value(newest_first) == value(drivers(YEARS))


def test_the_column_of_names_stands_anywhere() -> None:
    table = [[*row[2:], row[1], row[0]] for row in drivers(YEARS)]
    assert value(table) == value(drivers(YEARS))


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        ({2027: 2026}, "drivers must have each header once, but 2026 appears twice."),
        ({2027: "FY2026E"}, "drivers must have each year once, but 2026 appears twice."),
        ({2028: 2029}, "drivers must have every year, but 2028 is missing."),
        ({2026: 2, 2027: 3, 2028: 4}, "drivers must have every year, but 1 is missing."),
        (
            {2027: "Base"},
            "drivers must have years such as 2026 or FY2026E, or 1, 2, 3 ..., as headings of its "
            "years, not 'Base'.",
        ),
    ],
)
def test_headings_that_do_not_say_which_year(headings: dict[int, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        value(drivers(YEARS, headings))
    assert str(refused.value) == sentence


def test_newest_first_in_the_engine() -> None:
    """A workbook whose columns are newest first has the same value."""
    table = drivers(sorted(YEARS, reverse=True))
    lines = [row[0] for row in CATALOGUE["DCF_VALUE"].call(table, COMMON)]
    place = lines.index("Value per share") + 1
    found = in_a_workbook(f"=INDEX(DCF_VALUE({{0}},{{1}}),{place},2)", table, COMMON)
    assert found == value(drivers(YEARS))


# Blanks ------------------------------------------------------------------------------------------


def held(kind: str, strike: Any) -> Table:
    return [*COMMON, ["Other", kind, 10.0, strike]]


@pytest.mark.parametrize("kind", ["option", "warrant", "convertible"])
@pytest.mark.parametrize("blank", [None, "", " "])
def test_a_strike_must_be_typed(kind: str, blank: Any) -> None:
    """10 options at a zero strike add 10 shares; without a strike, the result is unknown."""
    assert CATALOGUE["DILUTED_SHARES"].call(100.0, held(kind, 0.0)) == 110.0
    with pytest.raises(InputError) as refused:
        CATALOGUE["DILUTED_SHARES"].call(100.0, held(kind, blank))
    assert str(refused.value) == (
        f"securities Strike must be typed for 'Other' of type '{kind}' (0 if it has none), "
        "not left blank."
    )


def test_a_strike_must_be_typed_in_the_engine() -> None:
    assert in_a_workbook("=DILUTED_SHARES(100,{0})", held("option", 0.0)) == 110.0
    found = in_a_workbook("=DILUTED_SHARES(100,{0})", held("option", None))
    assert isinstance(found, ErrorValue)
    assert str(found.reason).startswith(
        "securities Strike must be typed for 'Other' of type 'option'"
    )


@pytest.mark.parametrize("strike", [{}, {"strike": None}, {"strike": [None, None]},
                                    {"strike": [0.0, float("nan")]}])  # fmt: skip
def test_a_strike_must_be_given_from_python(strike: dict[str, Any]) -> None:
    names, kinds, counts = ["Common", "Options"], ["common", "option"], [100.0, 10.0]
    with pytest.raises(InputError, match=r"^securities Strike must be typed for 'Options' of type"):
        Securities(names, kinds, counts, **strike)
    with pytest.raises(InputError, match=r"^securities Strike must be typed for 'Options' of type"):
        Potential(["RSUs", "Options"], ["rsu", "option"], counts, **strike)


@pytest.mark.parametrize("kind", ["common", "rsu", "preferred"])
def test_what_has_no_strike_leaves_it_blank(kind: str) -> None:
    assert CATALOGUE["DILUTED_SHARES"].call(100.0, held(kind, None)) == 110.0
    owned = Securities(["Common", "Other"], ["common", kind], [100.0, 10.0])
    assert diluted_shares(100.0, owned) == 110.0


def test_a_blank_share_is_not_the_whole() -> None:
    """A table without Included counts all; one that has it needs a value in every row."""
    table = held("rsu", None)
    whole = [[*table[0], "Included"], [*table[1], 1.0], [*table[2], 1.0]]
    assert CATALOGUE["DILUTED_SHARES"].call(100.0, whole) == 110.0
    cleared = [*whole[:2], [*table[2], None]]
    with pytest.raises(InputError) as refused:
        CATALOGUE["DILUTED_SHARES"].call(100.0, cleared)
    assert str(refused.value) == (
        "securities Included (row 3) must be typed (1 for no effect), not left blank."
    )


@pytest.mark.parametrize("name", ["debt", "cash", "renewal_rate", "failure_probability", "timing"])
def test_a_driver_left_blank_is_not_its_default(name: str) -> None:
    table = [*drivers(YEARS), [name, *[None] * 4]]
    with pytest.raises(InputError, match=rf"^drivers {name} must be typed, or its row left out"):
        value(table)


def test_a_driver_that_nothing_stands_for_may_be_left_blank() -> None:
    assert value([*drivers(YEARS), ["target_margin", *[None] * 4]]) == value(drivers(YEARS))


# Rows in any order -------------------------------------------------------------------------------

#: Tables whose first row is another thing than the rest, and lists by place.
ORDERED = {"view_steps", "lines", "offers", "vector", "rates", "days", "choice", "number"}
CALLS: dict[str, dict[str, Any]] = declared.valid_calls(CATALOGUE) | core.VALID
for family in (equity, contracts, operations, economics, comparables, funding):
    CALLS |= family.CALLS


def tables() -> list[tuple[str, str]]:
    """Every argument that is a table with a header row."""
    return [
        (name, p.name)
        for name, function in CATALOGUE.items()
        for p in function.parameters
        if p.kind not in ORDERED
        and isinstance(stated := CALLS[name].get(p.name), list)
        and isinstance(stated[0], list)
        and len(stated) > 2
    ]


def by_label(result: Any) -> Any:
    """The rows of a result in the order of their labels, which may be that of the table."""
    if not isinstance(result, list):
        return [[result]]
    if "Running" in result[0]:
        # A running total is of the rows above it.
        at = result[0].index("Running")
        result = [row[:at] + row[at + 1 :] for row in result]
    return sorted(result, key=lambda row: [str(cell) for cell in row if isinstance(cell, str)])


@pytest.mark.parametrize(("function", "argument"), tables())
def test_a_sorted_table_says_the_same(function: str, argument: str) -> None:
    given = CALLS[function]
    call = CATALOGUE[function].call
    expected = by_label(call(**given))
    header, *rows = given[argument]
    for seed in range(3):
        chance = random.Random(seed)
        shuffled = [header, *chance.sample(rows, len(rows))]
        # Columns may be in any order as well.
        places = chance.sample(range(len(header)), len(header))
        shuffled = [[row[j] for j in places] for row in shuffled]
        found = by_label(call(**given | {argument: shuffled}))
        assert [len(row) for row in found] == [len(row) for row in expected]
        for row, other in zip(found, expected, strict=True):
            for cell, stated in zip(row, other, strict=True):
                if isinstance(stated, float):
                    assert cell == pytest.approx(stated, rel=1e-9, abs=1e-9), row
                else:
                    assert cell == stated


def test_only_options_need_a_life() -> None:
    given = CALLS["EQUITY_PER_SHARE_VIEWS"]
    more = [*given["lives"], ["Common", None], ["RSUs", 4.0]]
    call = CATALOGUE["EQUITY_PER_SHARE_VIEWS"].call
    assert call(**given | {"lives": more}) == call(**given)
