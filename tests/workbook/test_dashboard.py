"""Does the dashboard show what the model and the other sheets find, for every company?

Oracles: the case valued in Python, with sums over its lines; the verdicts on the sheet of checks;
the workbook with an input changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from calc_comparison import built, every_case
from cases import simple
from live import kept
from looked_at import looked_at

from model.case.case import load, parse
from model.errors import Floats
from model.uncertainty.reverse import dcf_reverse
from model.valuation import calendar_years, value
from workbook import template
from workbook.status import CHECKS
from workbook.template.sheets.dashboard import TITLE
from workbook.template.sheets.dashboard.panels import LEFT, NUMBERS, RIGHT
from workbook.template.sheets.price_requires import rows_of

Cells = Mapping[tuple[int, int], Any]


@cache
def sheets(name: str) -> dict[str, Cells]:
    """Return what every cell of some sheets shows."""
    book = looked_at(built(name), values=True)
    return {
        title: {(cell.row, cell.column): cell.value for row in book[title].iter_rows()
                for cell in row if cell.value is not None}
        for title in (TITLE, CHECKS, "Signals", "Inputs")
    }  # fmt: skip


def front(name: str) -> Cells:
    return sheets(name)[TITLE]


def line(of: Cells, label: str, column: int = LEFT) -> list[Any]:
    """Return the numbers next to a label in one half of the page."""
    (row,) = [r for (r, c), held in of.items() if c == column and held == label]
    return [of[row, column + i] for i in range(1, NUMBERS + 1) if (row, column + i) in of]


def same(found: list[Any], expected: Any) -> None:
    assert found == pytest.approx(np.ravel(expected).tolist(), rel=1e-9, abs=1e-9)


def first(numbers: Floats) -> Floats:
    return numbers[:NUMBERS]


@every_case
def test_the_value_stands_next_to_every_price(name: str) -> None:
    made, of = value(load(name)), front(name)
    worth = made.value_per_share
    same(line(of, "This model"), worth)
    for point in made.case.price_points.values():
        same(line(of, point.label), [point.number, point.number / worth - 1])
    prices = {point.label for point in made.case.price_points.values()}
    views = [p for p in made.case.published.values() if p.line == "value_per_share"]
    for view in views:
        if view.label not in prices:
            same(line(of, view.label), [view.number, view.number / worth - 1])
    assert line(of, "Target price")[0] > worth


@every_case
def test_the_segments_lead_to_the_value_per_share(name: str) -> None:
    made, of = value(load(name)), front(name)
    result = made.result
    lines = result.segments
    kinds, owners = np.array(lines.kind), np.array(lines.segment)
    signed = np.isin(kinds, ["signed contracts", "renewals"])
    total = 0.0
    for segment in (*(s.name for s in made.case.segments.values()), ""):
        own = owners == segment
        parts = [lines.value[own & signed].sum(), lines.value[own & ~signed].sum()]
        same(line(of, segment or "Company: costs, tax, failure"), [*parts, sum(parts)])
        total += sum(parts)
    same(line(of, "Enterprise value"), total)
    bridge = line(of, "Cash, other assets and the cash flow to date")
    bridge += line(of, "Debt, leases and other claims")
    same([total + sum(bridge)], result.equity_value)
    same(line(of, "Diluted shares (m)"), result.diluted_shares)
    same(line(of, "Value per share (USD)"), result.value_per_share)


@every_case
def test_coverage_is_what_is_signed_of_revenue(name: str) -> None:
    made, of = value(load(name)), front(name)
    forecast = made.result.forecast
    if not made.case.contracted:
        assert "RPO conversion and coverage" not in of.values()
        return
    signed, revenue = forecast.contracted_revenue, forecast.revenue
    same(line(of, "Revenue from signed contracts"), first(signed))
    same(line(of, "Revenue, signed or not"), first(revenue))
    same(line(of, "Coverage: share under contract"), first(signed / revenue))
    same(line(of, "Coverage of the whole forecast"), signed.sum() / revenue.sum())
    lines = made.result.segments
    worth = lines.value[np.array(lines.kind) == "signed contracts"].sum()
    a_share = worth / made.result.diluted_shares
    same(line(of, "Signed contracts, USD a share before claims"), a_share)


@every_case
def test_the_gap_is_that_of_the_funding(name: str) -> None:
    made, of = value(load(name)), front(name)
    column = RIGHT if made.case.contracted else LEFT
    funding = made.funding
    assert funding is not None
    same(line(of, "Cash at the end of the year", column), first(funding.cash_closing))
    same(line(of, "Debt at the end of the year", column), first(funding.debt_closing))
    same(line(of, "Funding gap", column), first(funding.gap))
    same(line(of, "Funding gap of the whole forecast", column), funding.gap.sum())
    years = zip(calendar_years(made.case), funding.gap, strict=True)
    with_gap = [year for year, gap in years if gap > 0]
    assert line(of, "First year with a gap", column) == [with_gap[0] if with_gap else "none"]


@every_case
def test_what_the_price_requires_is_what_the_function_solves(name: str) -> None:
    made, of = value(load(name)), front(name)
    b, price = made.business, made.case.share_price[1].number
    for row in rows_of(made.case):
        found = dcf_reverse(b.drivers, b.securities, b.contracted, [price], row.handle, b.plant)
        required = float(found.required[0])
        at_price = line(of, row.label, column_of(of, row.label))[1]
        if required == required:
            assert at_price == pytest.approx(required, rel=1e-9)
        else:
            assert at_price == "none"


def column_of(of: Cells, label: str) -> int:
    (column,) = {c for (_, c), held in of.items() if held == label}
    return column


@every_case
def test_every_warning_is_named(name: str) -> None:
    checks = sheets(name)[CHECKS]
    expected = [checks[row, 3] for (row, column), held in sorted(checks.items())
                if column == 7 and held == "WARNING"]  # fmt: skip
    assert expected
    named = [held for (_, c), held in sorted(front(name).items()) if c == RIGHT]
    for label in expected:
        assert label in named


@every_case
def test_the_signals_are_those_of_their_sheet(name: str) -> None:
    of, signals = front(name), sheets(name)["Signals"]
    states = {held: signals[row, 3] for (row, c), held in signals.items()
              if c == 2 and (row, 3) in signals}  # fmt: skip
    assert line(of, "Verdict")[0].removesuffix(" (close)") == states["Verdict"]
    for name_of in ("Walk away", "Soft warning", "Follow", "Wait"):
        (state,) = line(of, name_of)
        assert state in ("on", "off", "undecided")
        assert state == states[name_of]


def test_a_new_price_moves_what_is_compared_with_it() -> None:
    of, typed = front("nebius"), sheets("nebius")["Inputs"]
    (row, column), *_ = sorted(at for at, held in typed.items() if held == "Share price")
    after = kept(built("nebius")).values({("Inputs", (row, column + 1)): 300.0})[TITLE]
    (priced,) = (r for (r, c), held in of.items() if c == LEFT and held == "Share price")
    (model,) = (r for (r, c), held in of.items() if c == LEFT and held == "This model")
    assert after[priced, LEFT + 1] == 300.0
    # The share price weighs the cost of capital, so the value moves as well.
    assert after[model, LEFT + 1] != of[model, LEFT + 1]
    ratio = 300.0 / after[model, LEFT + 1] - 1
    assert after[priced, LEFT + 2] == pytest.approx(ratio, rel=1e-12)


def test_a_case_with_little_leaves_no_empty_frame() -> None:
    tree = simple()
    del tree["rpo"], tree["tables"]["observations"]
    package = template.build(parse(tree))
    sheet = looked_at(package, values=True)[TITLE]
    held = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "RPO conversion and coverage" not in held and "Decided by" not in held
    assert "What the price requires, one input at a time" in held
