"""Is the contract of inputs one contract, in Python and in every host?

Each call stands here once, with its right value or the words of its refusal, and is made in Python,
by the headless engine, in Calc, through xlwings' own code as Excel calls, and under Wine, where
test_wine.py makes them. Oracles:
arithmetic by hand, shown next to the call, and numbers of `data/published.json`; a host must
show what Python gives, and where it can say it, the same sentence.
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import openpyxl
import pytest
from calc.session import Calc
from calc_comparison import disagreements, saved
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from test_bad_input import VALID, is_one_sentence
from test_every_function import CALLS, GIVEN, placed, rows, serial
from test_excel_calls import plain
from test_excel_calls import rows as excel_rows
from test_published import picked
from xlwings_on_windows import InCells, Text, answered

from model.errors import InputError
from workbook.arguments import EXCEL_ERRORS
from workbook.functions import CATALOGUE
from workbook.hosts import headless
from workbook.package.cells import ErrorValue, Values


class Right(NamedTuple):
    """A number, where it stands in a result of several, and how far another one may be off."""

    number: float
    row: Any = None
    column: Any = None
    within: float = 1e-9


class Call(NamedTuple):
    """A call; its right value, or words of the sentence that refuses it."""

    name: str
    arguments: list[Any]
    expected: Right | str


HELD = ["Security", "Type", "Count", "Strike"]
COMMON = ["Common", "common", 100.0, None]


def held(kind: str, strike: Any) -> list[Any]:
    return [HELD, COMMON, ["Other", kind, 10.0, strike]]


def with_part(part: Any) -> list[Any]:
    options = ["Other", "option", 10.0, 0.0, part]
    return [[*HELD, "Included"], [*COMMON, 1.0], options]


def bands(*rows_: Any) -> list[Any]:
    return [["From month", "To month", "Amount"], *rows_]


#: 1,200 over 24 months.
EVENLY = bands([1, 24, 1200.0])
SHARES = [["From month", "To month", "Share"], [1, 24, 0.25], [25, 48, 0.75]]


def by_year(balance_date: date, first_year_end: date, pick: Any) -> tuple[Call, ...]:
    arguments = [1200.0, EVENLY, balance_date, first_year_end, 3, "flat"]
    if isinstance(pick, str):
        return (Call("RPO_BY_YEAR", arguments, pick),)
    return tuple(
        Call("RPO_BY_YEAR", arguments, Right(number, "Contracted revenue", year))
        for year, number in pick.items()
    )


GROWTH = {2026: 0.5, 2027: 0.2, 2028: 0.05}
MARGIN = {2026: -0.1, 2027: 0.1, 2028: 0.3}


def drivers(*years: int, **other: Any) -> list[Any]:
    """Drivers with columns of years, of which one may have another heading or no value."""
    single = {"base_revenue": 100.0, "tax_rate": 0.25, "sales_to_capital": 2.0}
    single |= {"wacc": 0.1, "terminal_growth": 0.02}
    heads = [other.get(f"y{year}", year) for year in years]
    growth = [other.get(f"g{year}", GROWTH.get(year)) for year in years]
    return [
        ["Driver", "Value", *heads],
        ["revenue_growth", None, *growth],
        ["operating_margin", None, *map(MARGIN.get, years)],
        *([name, other.get(name, v), *[None] * len(years)] for name, v in single.items()),
    ]


HOLDERS = [HELD[:3], COMMON[:3]]
#: 4.02 is the value by hand of `test_keys.test_the_value_by_hand`.
WORTH = Right(4.02, "Value per share", "Value", 0.005)
ASCENDING = drivers(2026, 2027, 2028)


def contracted(*cells: Any, expected: Right | str) -> Call:
    return Call("DCF_FORECAST", [ASCENDING, list(cells)], expected)


FIRST = Right(10.0, "Contracted revenue", 2026)

A_BLANK_IS_NO_ZERO = [
    # 10 options at a blank strike used to count in full.
    *(
        Call("DILUTED_SHARES", [100.0, held(kind, blank)], f"Strike must be typed .* {kind!r}")
        for kind in ("option", "warrant", "convertible")
        for blank in (None, "n.a.", "-", "")
    ),
    *(
        Call("DILUTED_SHARES", [100.0, held(kind, 0.0)], Right(110.0))
        for kind in ("option", "warrant", "convertible")
    ),
    # 10 (1 - 60 / 100) = 4.
    Call("DILUTED_SHARES", [100.0, held("option", 60.0)], Right(104.0)),
    Call("DILUTED_SHARES", [100.0, with_part(None)], r"Included \(row 3\) must be typed"),
    Call("DILUTED_SHARES", [100.0, with_part("NM")], r"Included \(row 3\) must be typed"),
    Call("DILUTED_SHARES", [100.0, with_part(0.5)], Right(105.0)),
    Call("PRICE_PER_SHARE", [1000.0, held("warrant", None)], "Strike must be typed"),
    Call(
        "IPO_OWNERSHIP",
        [[["Class", "Before", "Issued", "Votes"], ["A", 90.0, None, 1], ["B", 0.0, 10.0, 1]]],
        "Issued must be typed for 'A'",
    ),
    Call(
        "IPO_OWNERSHIP",
        [[["Class", "Before", "Issued", "Votes"], ["A", 90.0, 0, 1], ["B", 0.0, 10.0, 1]]],
        Right(0.1, "B", "Owned after"),
    ),
    Call(
        "OPERATING_COSTS",
        [[100.0, 100.0], [["Cost", "Amount", "Growth"], ["G", 5.0, 0.1], ["H", 5.0, None]]],
        "Growth must be typed for 'H'",
    ),
    Call("DCF_COST_OF_EQUITY", [0.04, None, 0.05], "beta must be given"),
    Call("DCF_VALUE", [drivers(2026, 2027, g2026=None), HOLDERS], "every year, but 2026 is empty"),
    # A single year of a path used to hold for all of them.
    Call("DCF_VALUE", [drivers(2026, 2027, g2027=None), HOLDERS], "every year, but 2027 is empty"),
    Call("DCF_VALUE", [drivers(2026, 2027, terminal_growth=None), HOLDERS], "must be typed"),
    Call("RPO_ROLLFORWARD", [10.0, [1.0, None], [2.0, 2.0]], r"bookings \(place 2\) must be a"),
]

BY_KEY = [
    *(
        Call("DCF_VALUE", [drivers(*order), HOLDERS], WORTH)
        for order in ((2026, 2027, 2028), (2028, 2027, 2026), (2027, 2028, 2026))
    ),
    Call("DCF_VALUE", [drivers(2028, 2026, 2027, y2027="FY2027E"), HOLDERS], WORTH),
    Call("DCF_VALUE", [drivers(2026, 2027, 2028, y2028=2027.0), HOLDERS], "2027 appears twice"),
    Call("DCF_VALUE", [drivers(2026, 2028), HOLDERS], "must have every year, but 2027 is missing"),
    Call("DCF_VALUE", [drivers(2026, 2027, y2027="Total"), HOLDERS], "must have years such as"),
    contracted(10.0, 20.0, 30.0, expected=FIRST),
    contracted(["Year", 2026, 2027, 2028], ["Revenue", 10.0, 20.0, 30.0], expected=FIRST),
    contracted(["Year", 2028, 2027, 2026], ["Revenue", 30.0, 20.0, 10.0], expected=FIRST),
    contracted(["Year", 2027, "FY26A", 2028], ["Revenue", 1.0, 2.0, 3.0], expected="'FY26A'"),
    contracted(["Year", 2026, 2027, 2029], ["Revenue", 1.0, 2.0, 3.0], expected="2028 is missing"),
    contracted(
        *(["Year", 2027, 2028, 2029], ["Revenue", 1.0, 2.0, 3.0]),
        expected="of the years 2026 to 2028, as drivers is, not 2027 to 2029",
    ),
    contracted(1.0, 2.0, expected="one amount for each of the 3 forecast years, not 2"),
    Call("DILUTED_SHARES", [100.0, [HELD, COMMON, COMMON]], "'Common' appears twice"),
    # One company of a list is no row of years.
    Call("DCF_PRESENT_VALUE", [[["Company", "EV", "Sales"], ["A", 9.0, 3.0]], 0.1], "not 'EV'"),
]

UNITS = [
    Call("DCF_TERMINAL_GROWTH", [103.0, 9.0, 3.0], "rate must be .* not 9 .*9% is 0.09"),
    # 1.03 / 0.06 = 17.17.
    Call("DCF_TERMINAL_GROWTH", [1.03, 0.09, 0.03], Right(17.17, within=0.005)),
    Call("DCF_COST_OF_EQUITY", [4.4, 2.04, 4.3], "risk_free must be .*4.4% is 0.044"),
    Call("DCF_COST_OF_EQUITY", [0.044, 2.04, 0.043], Right(0.044 + 2.04 * 0.043)),
    Call("DCF_COST_OF_EQUITY", [0.04, -2.0, 0.05], "cost of equity is not negative"),
    Call("DCF_WACC", [0.13, 0.06, 50000.0, 983.0, 0.25], "cost_of_equity must be from 0 to 1"),
    Call("DCF_TWO_STAGE", [1.0, 20.0, 5, 0.02, 0.1], "growth must be .*20% is 0.2"),
    Call("DCF_VALUE", [drivers(2026, 2027, g2026=20.0), HOLDERS], "revenue_growth .*20% is 0.2"),
    Call("DCF_VALUE", [drivers(2026, wacc=12.0), HOLDERS], "wacc must be .*12% is 0.12"),
    Call("COMPS_PREDICTED", [VALID["COMPS_PREDICTED"]["peers"], 20.0, 0.5], "20% is 0.2"),
    Call("RPO_PRESENT_VALUE", [100.0, EVENLY, 0.1, 3.0], "default_intensity .*3% is 0.03"),
    Call("RPO_COVERAGE", [24.6e9, SHARES, 510.0], "balance .*2.46e.10 USD are 24600 USD millions"),
    Call("RPO_MULTIPLES", [24.6e9, 510.0, 26620.7], "balance must be in the unit of revenue 510"),
    Call(
        "RPO_MULTIPLES",
        [24600.0, 509.991, 26620.7],
        Right(48.24, "RPO to sales", "Multiple", 0.005),
    ),
    contracted(24.6e9, 1.0, 1.0, expected="contracted_revenue must be in the unit of base_revenue"),
    Call(
        "LEASE_COMMITMENTS",
        [[["Lease", "Commitment", "Start", "Term"], ["A", 100.0, 0.0, 120.0]], 0.05],
        "Term must be .*120 months are 10 years",
    ),
    Call("DCF_DISCOUNT_FACTORS", [0.1, 3, "mid", 6.0], "stub must be .*6 months are 0.5 years"),
]

DATES = [
    *by_year(date(2024, 2, 2), date(2025, 1, 31), {2025: 600.0, 2026: 600.0, 2027: 0.0}),
    *by_year(date(2024, 2, 29), date(2025, 2, 28), {2025: 600.0, 2026: 600.0}),
    # Years of 52 or 53 weeks.
    *by_year(date(2026, 1, 25), date(2027, 1, 31), {2027: 600.0, 2028: 600.0}),
    *by_year(date(2026, 1, 3), date(2026, 12, 31), {2026: 600.0, 2027: 600.0}),
    # Ends of years in the middle of a month.
    *by_year(date(2025, 6, 15), date(2026, 6, 14), {2026: 600.0, 2027: 600.0}),
    # Nine months of the first year are left.
    *by_year(date(2026, 3, 31), date(2026, 12, 31), {2026: 450.0, 2027: 600.0, 2028: 150.0}),
    *by_year(date(2126, 3, 31), date(2026, 12, 31), "balance_date must be within the ten years"),
    *by_year(date(1926, 3, 31), date(2026, 12, 31), "balance_date must be within the ten years"),
    Call("RPO_BY_YEAR", [1200.0, EVENLY, "2024-02-02", 45688.0], "balance_date must be a date"),
    # 45,322 is 31 January 2024, as a spreadsheet counts.
    Call(
        "RPO_BY_YEAR",
        [1200.0, EVENLY, 45322.0, 45688.0, 1, "flat"],
        Right(600.0, "Contracted revenue", 2025),
    ),
]

TEXTS = [
    *(
        Call(
            "DCF_TERMINAL_MULTIPLE",
            [text, 3.0],
            f"metric must be a number, not {re.escape(repr(text))}{re.escape(reading)}",
        )
        for text, reading in (
            ("12%", " (text that reads as 0.12)"),
            ("1234", " (text that reads as 1234)"),
            ("(1,234)", " (text that reads as -1234)"),
            ("$1,234.5", " (text that reads as 1234.5)"),
            ("abc", "."),
            ("28.4m", "."),
            ("(12", "."),
            ("1,2,3", "."),
        )
    ),
    Call("DCF_TERMINAL_MULTIPLE", ["NM", 3.0], "metric must be"),
    Call("DCF_COST_OF_EQUITY", [0.04, 1.2, 0.05, "n.a."], Right(0.1)),
    *(
        Call("DILUTION_BRIDGE", [50.0, [HELD, [typed, *COMMON[1:]]]], Right(100.0, shown, "Net"))
        for typed, shown in (
            ("Café \U0001f680", "Café \U0001f680"),
            ("\u200fעברית\u200f", "עברית"),
            ("First\nsecond", "First second"),
            ("No\u00a0break", "No break"),
        )
    ),
    Call("DILUTED_SHARES", [1.0, [HELD]], "at least one row below its header row"),
    Call("DILUTED_SHARES", [1.0, [HELD, COMMON, *[[None] * 4] * 200]], Right(100.0)),
]

PASSED_ON = [
    # What RPO_BANDS writes: 250 in 24 months, 750 in the next.
    Call(
        "RPO_SCHEDULE",
        [
            1000.0,
            [
                ["Band", "From month", "To month", "Share", "Amount"],
                ["Months 1 to 24", 1, 24, 0.25, 250.0],
                ["Months 25 to 48", 25, 48, 0.75, 750.0],
                ["Unstated remainder", None, None, 0.0, 0.0],
            ],
            *(24, "flat"),
        ],
        Right(750.0, "Recognised", 2),
    ),
]

LARGE = [
    Call("DCF_TERMINAL_MULTIPLE", [1e308, 1e308], "the result is too large"),
    Call("DILUTED_SHARES", [1e308, held("option", 60.0)], Right(110.0)),
    Call("DILUTED_SHARES", [5e-324, held("option", 60.0)], Right(100.0)),
    Call("DCF_PRESENT_VALUE", [[-0.0, 1e-308], 0.0], Right(1e-308, within=0.0)),
    Call("RPO_SCHEDULE", [1.0, bands([1, 1e300, 1.0])], "To month .*must be a whole number"),
    Call("RPO_SCHEDULE", [1.0, EVENLY, 1e16 + 2], "months_per_period must be a whole number"),
]

EVERY = [*A_BLANK_IS_NO_ZERO, *BY_KEY, *UNITS, *DATES, *TEXTS, *PASSED_ON, *LARGE]


def given(call: Call) -> Any:
    """Return what Python gives: a value, rows of them, or the refusal."""
    try:
        return CATALOGUE[call.name].call(*call.arguments)
    except InputError as refused:
        return refused


def test_python_gives_the_right_value_or_says_why_not() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for call in EVERY:
            found = given(call)
            if isinstance(call.expected, str):
                assert isinstance(found, InputError), (call, found)
                assert re.search(call.expected, str(found)), (call, str(found))
                assert is_one_sentence(str(found)), str(found)
                continue
            right = call.expected
            pick = None if right.row is None else {"row": right.row, "column": right.column}
            assert not isinstance(found, InputError), (call, found)
            number = picked(found, pick)
            assert number == pytest.approx(right.number, rel=1e-12, abs=right.within), call


@pytest.fixture(scope="module")
def made() -> tuple[bytes, dict[tuple[int, int], tuple[Call, Any]]]:
    """Return a workbook that makes every call, and where each begins with what Python gives."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = GIVEN
    calls = book.create_sheet(CALLS)
    begins: dict[tuple[int, int], tuple[Call, Any]] = {}
    top = 1
    for call in EVERY:
        formula = f"={call.name}({','.join(placed(sheet, a) for a in call.arguments)})"
        found = given(call)
        block = [[None]] if isinstance(found, InputError) else rows(found)
        corner = f"{get_column_letter(len(block[0]))}{top + len(block) - 1}"
        calls.cell(top, 1).value = (
            ArrayFormula(f"A{top}:{corner}", formula) if isinstance(found, list) else formula
        )
        begins[top, 1] = call, found
        top += len(block)
    return saved(book), begins


def shown(begins: dict[tuple[int, int], tuple[Call, Any]]) -> Values:
    """Return what a host is to show, cell by cell."""
    cells: dict[tuple[int, int], Any] = {}
    for (top, _), (_, found) in begins.items():
        refused = isinstance(found, InputError)
        block = [[ErrorValue(EXCEL_ERRORS[found.reason])]] if refused else rows(found)
        cells |= {
            (top + i, 1 + j): cell if refused else serial(cell)
            for i, line in enumerate(block)
            for j, cell in enumerate(line)
        }
    return {CALLS: cells}


def test_the_headless_engine_says_the_same(made: Any) -> None:
    package, begins = made
    values = headless.evaluate(package)[CALLS]
    assert values == shown(begins)[CALLS]
    for at, (call, found) in begins.items():
        if isinstance(found, InputError):
            cell = values[at]
            assert isinstance(cell, ErrorValue)
            assert cell.reason == str(found), call


def test_calc_says_the_same(made: Any, calc: Calc) -> None:
    package, begins = made
    values = calc.evaluate(package)[CALLS]
    # Calc itself makes 0 of an empty cell that is an argument of its own (docs/libreoffice.md).
    beyond = [at for at, (call, _) in begins.items() if None in call.arguments]
    assert len(beyond) == 1
    here = {at: cell for at, cell in shown(begins)[CALLS].items() if at not in beyond}
    there = {at: cell for at, cell in values.items() if at not in beyond}
    assert disagreements({CALLS: here}, {CALLS: there}) == []


def as_excel_calls() -> Iterator[tuple[str, list[Any]]]:
    for call in EVERY:
        yield call.name.lower(), [InCells(excel_rows(a)) for a in call.arguments]


def assert_same_as_python(answers: list[Any]) -> None:
    for call, answer in zip(EVERY, answers, strict=True):
        found = given(call)
        if isinstance(found, InputError):
            assert answer == Text(str(found)), call
        elif isinstance(found, list):
            assert [plain(list(line)) for line in answer] == [
                ["" if c is None else c for c in line] for line in found
            ], call
        else:
            assert answer == found, call


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for Windows")
def test_excel_says_the_same_through_xlwings() -> None:
    assert_same_as_python(answered(list(as_excel_calls())))


#: Numbers at the ends of what a double is, and beyond.
EXTREME = [1e308, -1e308, 1e-308, 5e-324, -0.0, 1e16 + 2, 1e155, 1e-155, 12_000.0]
EXTREME += [math.inf, -math.inf, math.nan]


def with_extremes(valid: Any) -> Iterator[Any]:
    """Put each in place of an argument, and of every cell of a range."""
    for number in EXTREME:
        if not isinstance(valid, list):
            yield number
            continue
        for i, line in enumerate(valid):
            if not isinstance(line, list):
                yield [*valid[:i], number, *valid[i + 1 :]]
                continue
            for j in range(len(line)):
                yield [*valid[:i], [*line[:j], number, *line[j + 1 :]], *valid[i + 1 :]]


def test_extreme_numbers_give_a_number_or_one_sentence_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, function in CATALOGUE.items():
            for argument, valid in VALID[name].items():
                for value in with_extremes(valid):
                    try:
                        result = function.call(**VALID[name] | {argument: value})
                    except InputError as refused:
                        assert is_one_sentence(str(refused)), (name, argument, str(refused))
                    else:
                        cells = [c for line in rows(result) for c in line]
                        assert all(isinstance(c, str | date) or math.isfinite(c) for c in cells)
