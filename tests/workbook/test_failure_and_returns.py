"""Do failure and an investor's returns match other programs and plain sums, with any inputs?

Oracles: pyxirr and numpy-financial for an investor's returns; the model for what native formulas do
in its place.
"""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import numpy_financial as npf
import openpyxl
import pytest
import pyxirr
from cases import simple
from working_copy import RESULT_COLUMN, WHOLE, Copy, checks, errors, masters

from model.case.case import parse
from model.dilution.shares import price_per_share
from workbook import template
from workbook.check.report import report
from workbook.hosts.headless import evaluate
from workbook.package.cells import Values
from workbook.template.sheets.comparables import returns
from workbook.template.sheets.dcf import failure

SHEETS = ("DCF", "Comparables")
FIRST = 5
#: Each section: its sheet, its heading, and what it needs from the case.
SECTIONS = (
    ("DCF", "Value by the chance of failure, by rating", failure.NEEDED),
    (
        "Comparables",
        "Returns to an investor who buys today and sells over several years",
        returns.NEEDED,
    ),
)


def line(whole: Copy, label: str, values: Values | None = None) -> list[Any]:
    """Give the cell to the right of a label."""
    # Typed labels are in the column before the narrow one that blocks begin in.
    ((sheet, row),) = (
        (sheet, r[0].row)
        for sheet in SHEETS
        for r in whole.book[sheet].iter_rows(min_row=5)
        if r[2].value == label
    )
    held = (values or whole.base)[sheet]
    found = [held.get((row, column)) for column in range(FIRST, whole.book[sheet].max_column + 1)]
    return [value for value in found if value is not None]


# An investor's returns ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1])
def test_returns_are_those_of_other_programs(whole: Copy, place: int) -> None:
    label = (
        "Cash flow per share, at the exit multiple",
        "Cash flow per share, at the DCF's value",
    )[place]
    flows = line(whole, label)
    days = [int(day) for day in line(whole, "Purchase date and year ends")]
    (equity,) = (whole.base["DCF"][c] for c in [whole.named("Cost_of_equity")[1:]])
    assert isinstance(equity, float)
    years = [(day - days[0]) / 365 for day in days]
    present = sum(flow / (1 + equity) ** year for flow, year in zip(flows, years, strict=True))
    assert line(whole, "Net present value per share, by dates")[place] == pytest.approx(present)
    rate = line(whole, "Internal rate of return, by dates")[place]
    dates = [date(1899, 12, 30) + timedelta(days=day) for day in days]
    assert rate == pytest.approx(pyxirr.xirr(dates, flows), abs=1e-8)
    whole_years = line(whole, "Net present value per share, whole years")[place]
    assert whole_years == pytest.approx(npf.npv(equity, flows))
    assert line(whole, "Internal rate of return, whole years")[place] == pytest.approx(
        npf.irr(flows), abs=1e-8
    )
    debt = WHOLE.cost_of_capital["cost_of_debt"].number
    assert line(whole, "Modified internal rate of return, whole years")[place] == pytest.approx(
        npf.mirr(flows, debt, equity)
    )


def test_who_waits_for_the_value_earns_the_cost_of_equity_on_it(whole: Copy) -> None:
    _, top, column = whole.named("Valuation")
    (row,) = (
        at[0] for at, held in whole.base["DCF"].items()
        if at[0] > top and at[1] == column and held == "Value per share"
    )  # fmt: skip
    value = whole.base["DCF"][row, FIRST]
    present = line(whole, "Net present value per share, by dates")[1]
    assert isinstance(value, float)
    assert present + WHOLE.offer["price"].number == pytest.approx(value)


def test_prices_at_the_exit_multiple_are_the_models(whole: Copy) -> None:
    """The sheet takes them from the returns of the grid, and the model from the equity values."""
    equity = line(whole, "Equity value at the middle exit multiple")[1:]
    prices = line(whole, "Share price at the exit multiple")[1:]
    assert len(prices) == len(equity) > 5
    expected = [max(0.0, float(price_per_share(value, WHOLE.dilution))) for value in equity]
    assert prices == pytest.approx(expected, rel=1e-12)


# Failure ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("debt", [None, 2e4, 1e6])
def test_prices_by_rating_are_the_models(whole: Copy, debt: float | None) -> None:
    """With actual debt, with more, and with so much that nothing is left."""
    changes = {} if debt is None else {whole.driver("debt"): debt}
    values = whole.values(changes)
    equity = line(whole, "Equity value, nothing left in failure", values)
    expected = [float(price_per_share(value, WHOLE.dilution)) for value in equity]
    prices = line(whole, "Value per share, nothing left in failure", values)
    assert prices == pytest.approx(expected, rel=1e-12)
    failed = [label for row, label in checks(whole).items()
              if values["Checks and warnings"][row, RESULT_COLUMN] == "FAIL"]  # fmt: skip
    assert [label for label in failed if label.startswith("Prices")] == []


@pytest.mark.parametrize("chance", [9.0, -0.1])
def test_a_chance_that_is_none_fails_the_master_check(whole: Copy, chance: float) -> None:
    sheet, top, left = whole.named("Default_rates")
    values = whole.live.values({(sheet, (top + 1, left + 1)): chance})
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}


# With parts of the inputs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "path"),
    [(title, path) for _, title, needed in SECTIONS for path in needed if "." in path],
)
def test_a_section_goes_with_what_it_needs(title: str, path: str) -> None:
    tree = simple()
    kind, key = path.split(".")
    del tree[kind][key]
    written = template.write(parse(tree))
    assert report(written).faults == []
    titles = headings(openpyxl.load_workbook(io.BytesIO(written), read_only=True))
    others = [other for _, other, _ in SECTIONS if other != title]
    assert title not in titles
    assert [t for t in titles if t in others] == others


def headings(book: openpyxl.Workbook) -> list[Any]:
    pages = [book[sheet] for sheet in SHEETS if sheet in book.sheetnames]
    return [row[0].value for page in pages for row in page.iter_rows(min_row=5)]


def test_without_its_inputs_there_is_no_section(copied: Copy, whole: Copy) -> None:
    titles = {title for _, title, _ in SECTIONS}
    assert titles <= set(headings(whole.book))
    assert titles.isdisjoint(headings(copied.book))


def test_an_investor_who_loses_all_has_a_return_of_minus_one(whole: Copy) -> None:
    """Where debt leaves nothing to the shareholders, there is no rate to be found."""
    # Evaluated as a file, for the sentences.
    values = evaluate(whole.changed({whole.driver("debt"): 1e6}))
    for label in ("Internal rate of return, by dates", "Internal rate of return, whole years"):
        assert line(whole, label, values) == [-1.0, -1.0]
    # The list of internal rates is empty, and gives the reason.
    (label,) = (text for text in errors(values) if text.startswith("Comparables!"))
    assert "cash_flows" in label
