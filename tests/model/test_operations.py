"""Are revenue, costs and working capital what the rows of their tables say, year by year?

Oracles: every path once more in plain Python, one stream or item and one year after the other;
the paths of the drivers for a single stream; totals that must be the sums of their parts; lease
payments laid out month by month; and a chain from capacity to a value per share, with the value
found by hand from the schedules' own lines.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import dcf
from model.capital_spending import plant
from model.dilution import Securities
from model.drivers import Drivers
from model.errors import InputError
from model.operations import Costs, gaap_bridge, operating_costs, pass_through
from model.streams import Streams, stream_forecast
from model.working_capital import (
    Leases,
    WorkingItems,
    deposits,
    lease_costs,
    lease_payments,
    working_capital,
)

NONE = math.nan
# Nothing, or enough to divide by.
money = st.just(0.0) | st.floats(1e-3, 1e4)


def toward(base: float, target: float, year: int, years: int) -> float:
    """A value on its way from a base year's in a line."""
    return base + (target - base) * min(year / years, 1.0)


# Streams -----------------------------------------------------------------------------------------


@st.composite
def streams(draw: st.DrawFn) -> tuple[int, list[dict[str, float]]]:
    years = draw(st.integers(1, 12))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row = {
            "revenue": draw(money),
            "growth": draw(st.floats(-0.5, 2)),
            "margin": draw(st.floats(-1, 1)),
            "growth_years": NONE,
            "terminal_growth": NONE,
            "target_margin": NONE,
            "margin_years": NONE,
        }
        if draw(st.booleans()):
            row["growth_years"] = draw(st.integers(1, years))
            row["terminal_growth"] = draw(st.floats(-0.1, 0.1))
        if draw(st.booleans()):
            row["target_margin"] = draw(st.floats(-1, 1))
            if draw(st.booleans()):
                row["margin_years"] = draw(st.integers(1, years))
        rows.append(row)
    return years, rows


def made(rows: list[dict[str, float]]) -> Streams:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return Streams.of([f"S{i}" for i in range(len(rows))], **columns)


@given(streams())
def test_streams_by_hand(drawn: tuple[int, list[dict[str, float]]]) -> None:
    years, rows = drawn
    found = stream_forecast(made(rows), years)
    total, profit = [0.0] * years, [0.0] * years
    for i, row in enumerate(rows):
        sales, hold = row["revenue"], row["growth_years"]
        for year in range(1, years + 1):
            growth = row["growth"]
            if not math.isnan(hold) and year > hold:
                growth = toward(growth, row["terminal_growth"], int(year - hold), int(years - hold))
            sales *= 1 + growth
            margin = row["margin"]
            if not math.isnan(row["target_margin"]):
                reach = row["margin_years"]
                reach = years if math.isnan(reach) else int(reach)
                margin = toward(margin, row["target_margin"], year, reach)
            assert found.revenue[i, year - 1] == pytest.approx(sales, rel=1e-11, abs=1e-9)
            assert found.margin[i, year - 1] == pytest.approx(margin, rel=1e-11, abs=1e-12)
            total[year - 1] += sales
            profit[year - 1] += sales * margin
    size = 1e-9 * (1 + max(total))
    np.testing.assert_allclose(found.total_revenue, total, rtol=1e-11, atol=size)
    np.testing.assert_allclose(found.total_gross_profit, profit, rtol=1e-11, atol=size)
    np.testing.assert_allclose(
        found.blended_margin * found.total_revenue, found.total_gross_profit, atol=size
    )
    # A blend lies among what it blends.
    if min(total) > 0:
        assert (found.blended_margin <= found.margin.max(0) + 1e-9).all()
        assert (found.blended_margin >= found.margin.min(0) - 1e-9).all()


def test_one_stream_runs_as_the_drivers_do() -> None:
    years = 10
    row = Streams.of(
        ["A"],
        [510.0],
        [0.6],
        [-0.2],
        growth_years=[4],
        terminal_growth=[0.03],
        target_margin=[0.3],
        margin_years=[7],
    )
    found = stream_forecast(row, years)
    same = dcf.forecast(
        Drivers.of(
            {
                "base_revenue": 510.0,
                "revenue_growth": 0.6,
                "growth_years": 4,
                "terminal_growth": 0.03,
                "operating_margin": -0.2,
                "target_margin": 0.3,
                "margin_years": 7,
                "tax_rate": 0.2,
                "sales_to_capital": 1.0,
                "wacc": 0.1,
                "years": years,
            }
        )
    )
    np.testing.assert_allclose(found.total_revenue, same.revenue, rtol=1e-14)
    np.testing.assert_allclose(found.total_growth, same.revenue_growth, rtol=1e-13)
    np.testing.assert_allclose(found.total_gross_profit, same.operating_income, rtol=1e-13)


def test_streams_at_the_extremes() -> None:
    nothing = stream_forecast(Streams.of(["A"], [0.0], [0.5], [0.4]), 1)
    assert nothing.blended_margin.tolist() == nothing.total_growth.tolist() == [0.0]
    assert stream_forecast(Streams.of(["A"], [1.0], [-1.0], [1.0]), 600).total_revenue.sum() == 0
    many = Streams.of(["A"] * 10_000, np.ones(10_000), np.zeros(10_000), np.full(10_000, 0.4))
    assert stream_forecast(many, 2).blended_margin.tolist() == pytest.approx([0.4, 0.4])


# Costs -------------------------------------------------------------------------------------------


@given(
    st.lists(money, min_size=1, max_size=8),
    st.floats(0, 2),
    st.floats(0, 2),
    st.floats(0, 1e3),
    st.floats(-0.5, 1),
    st.floats(0, 1),
    st.data(),
)
def test_costs_by_hand(
    revenue: list[float],
    share: float,
    target: float,
    amount: float,
    growth: float,
    in_stock: float,
    data: st.DataObject,
) -> None:
    years = data.draw(st.integers(1, len(revenue)))
    costs = Costs.of(
        ["R&D", "G&A"],
        share=[share, NONE],
        target_share=[target, NONE],
        years=[years, NONE],
        amount=[NONE, amount],
        growth=[NONE, growth],
        sbc=[in_stock, 0.0],
    )
    as_cost = operating_costs(revenue, costs)
    excluded = operating_costs(revenue, costs, sbc="excluded")
    fixed = amount
    for i, sales in enumerate(revenue):
        research = toward(share, target, i + 1, years) * sales
        size = 1e-9 * (1 + research + fixed + sales)
        assert as_cost.by_line[0, i] == pytest.approx(research, rel=1e-11, abs=size)
        assert as_cost.by_line[1, i] == pytest.approx(fixed, rel=1e-11, abs=size)
        income = sales - research - fixed
        assert as_cost.operating_income[i] == pytest.approx(income, abs=size)
        assert excluded.operating_income[i] == pytest.approx(income + in_stock * research, abs=size)
        if sales > 1e-6:
            gap = excluded.operating_margin[i] - as_cost.operating_margin[i]
            assert excluded.overstated[i] == pytest.approx(gap, abs=size / sales)
        fixed *= 1 + growth
    assert (as_cost.overstated == 0).all()
    np.testing.assert_array_equal(as_cost.by_line, excluded.by_line)


@given(money, st.floats(-1e4, 1e4), money, st.floats(0, 1))
def test_pass_through_adds_its_mark_up_and_nothing_else(
    core: float, income: float, cost: float, markup: float
) -> None:
    found = pass_through([core], [income], [cost], markup)
    assert found.total_income[0] - income == pytest.approx(
        markup * cost, abs=1e-9 * (1 + abs(income))
    )
    assert found.total_revenue[0] == pytest.approx(core + cost * (1 + markup))
    if core > 1 and cost > 1:
        # The reported margin lies between the core's and that of what is passed through.
        low, high = sorted((income / core, markup / (1 + markup)))
        assert low - 1e-9 <= found.reported_margin[0] <= high + 1e-9


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=10))
def test_a_bridge_ends_at_the_sum(amounts: list[float]) -> None:
    found = gaap_bridge(amounts)
    assert found[0] == amounts[0]
    assert found[-1] == pytest.approx(math.fsum(amounts), abs=1e-6)


# Working capital ---------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(money, st.just(0.0) | st.floats(1e-2, 500)), min_size=1, max_size=12), money
)
def test_deposits_are_released_as_capacity_is_delivered(
    years: list[tuple[float, float]], opening: float
) -> None:
    received, delivered = (list(column) for column in zip(*years, strict=True))
    found = deposits(received, delivered, opening)
    balance = opening
    for i, (taken, units) in enumerate(years):
        to_come = math.fsum(delivered[i:])
        held = balance + taken
        released = held * units / to_come if units else 0.0
        assert found.released[i] == pytest.approx(released, rel=1e-9, abs=1e-9 * (1 + held))
        balance = held - released
    size = 1e-9 * (1 + opening + sum(received))
    assert (found.closing >= -size).all()
    paid_back = opening + sum(received) - found.released.sum()
    assert found.closing[-1] == pytest.approx(paid_back, abs=size)
    if delivered[-1] > 0:
        assert found.closing[-1] == pytest.approx(0.0, abs=size)


def test_equal_deliveries_release_in_equal_parts_and_none_release_nothing() -> None:
    assert deposits([0.0] * 4, [5.0] * 4, 100.0).released.tolist() == [25.0] * 4
    assert deposits([10.0, 10.0], [0.0, 0.0], 5.0).closing.tolist() == [15.0, 25.0]
    assert deposits([0.0, 30.0], [1.0, 0.0], 5.0).closing.tolist() == [0.0, 30.0]


@given(
    st.lists(st.tuples(money, money), min_size=1, max_size=8),
    st.lists(
        st.tuples(
            st.sampled_from(["asset", "liability"]),
            st.sampled_from(["revenue", "costs"]),
            st.floats(0, 2),
            money,
        ),
        min_size=1,
        max_size=5,
    ),
    money,
)
def test_working_capital_by_hand(
    years: list[tuple[float, float]],
    rows: list[tuple[str, str, float, float]],
    advance: float,
) -> None:
    revenue, costs = (list(column) for column in zip(*years, strict=True))
    items = WorkingItems.of(
        [f"I{i}" for i in range(len(rows))],
        [r[0] for r in rows],
        [r[3] for r in rows],
        [r[2] for r in rows],
        [r[1] for r in rows],
    )
    held = deposits([0.0] * len(years), [1.0] * len(years), advance)
    found = working_capital(items, revenue, costs, held)
    before = sum(r[3] if r[0] == "asset" else -r[3] for r in rows) - advance
    start = before
    for i, of in enumerate(years):
        now = -float(held.closing[i])
        for kind, basis, share, _ in rows:
            now += (1 if kind == "asset" else -1) * share * of[basis == "costs"]
        size = 1e-9 * (1 + abs(now) + abs(before) + 1e4)
        assert found.net_closing[i] == pytest.approx(now, abs=size)
        assert found.change[i] == pytest.approx(now - before, abs=size)
        before = now
    assert found.net_opening[0] == pytest.approx(start, abs=1e-8)
    assert found.change.sum() == pytest.approx(found.net_closing[-1] - start, abs=1e-6)


# Leases ------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(money, st.integers(0, 60), st.integers(1, 120)),
        min_size=1,
        max_size=4,
    ),
    st.floats(0, 0.2),
    st.sampled_from(["mid", "end"]),
)
def test_lease_payments_month_by_month(
    rows: list[tuple[float, int, int]], rate: float, timing: str
) -> None:
    leases = Leases.of(
        [f"L{i}" for i in range(len(rows))],
        [r[0] for r in rows],
        [r[1] / 12 for r in rows],
        [r[2] / 12 for r in rows],
    )
    found = lease_costs(leases, rate, timing)
    for i, (amount, start, term) in enumerate(rows):
        by_year = [0.0] * found.payment.shape[-1]
        for month in range(start, start + term):
            by_year[month // 12] += amount / term
        np.testing.assert_allclose(found.payment[i], by_year, rtol=1e-9, atol=1e-9 * (1 + amount))
        at = 0.5 if timing == "mid" else 1.0
        worth = sum(paid * (1 + rate) ** -(year + at) for year, paid in enumerate(by_year))
        assert found.present_value[i] == pytest.approx(worth, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("years", [1, 3, 5, 9])
def test_fewer_or_more_years_show_the_same_payments(years: int) -> None:
    leases = Leases.of(["A", "B"], [100.0, 50.0], [0.5, 1.0], [4.0, 2.0])
    whole, found = lease_payments(leases), lease_payments(leases, years)
    assert found.shape == (2, years)
    np.testing.assert_array_equal(found[:, :5], whole[:, :years])
    assert not found[:, 5:].any()


def test_a_lease_without_a_rate_is_worth_what_it_costs() -> None:
    found = lease_costs(Leases.of(["A"], [100.0], [0.0], [600.0]), 0.0)
    assert found.payment.shape == (1, 600)
    assert found.present_value[0] == pytest.approx(100.0, rel=1e-12)
    short = lease_costs(Leases.of(["A"], [100.0], [0.0], [1 / 12]), 0.5, "end")
    assert short.payment.tolist() == [[100.0]]


# Scenarios ---------------------------------------------------------------------------------------


def test_scenarios_are_single_calls() -> None:
    seed = np.random.default_rng(11)
    revenue, costs = seed.uniform(1, 9, (6, 4)), seed.uniform(1, 9, (6, 4))
    share, opening = seed.uniform(0, 1, (6, 2)), seed.uniform(0, 1, (6, 2))
    base, growth = seed.uniform(1, 9, (6, 2)), seed.uniform(0, 1, (6, 2))
    margin, rate, cost = seed.uniform(0, 1, (6, 2)), seed.uniform(0, 0.2, 6), seed.random((6, 4))
    markup = seed.random(6)

    def run(at: Any) -> list[Any]:
        items = WorkingItems.of(
            ["A", "B"], ["asset", "liability"], opening[at], share[at], ["revenue", "costs"]
        )
        lines = Costs.of(["R&D", "G&A"], share=share[at], sbc=0.2)
        path = stream_forecast(
            Streams.of(
                ["A", "B"],
                base[at],
                growth[at],
                margin[at],
                growth_years=[2, 3],
                terminal_growth=opening[at],
            ),
            4,
        )
        return [
            working_capital(items, revenue[at], costs[at]).change,
            operating_costs(revenue[at], lines, costs[at], "excluded").operating_income,
            path.total_revenue,
            path.blended_margin,
            lease_costs(Leases.of(["A", "B"], base[at], [0, 1], [2.5, 3]), rate[at]).present_value,
            deposits(revenue[at], costs[at], rate[at]).closing,
            pass_through(revenue[at], costs[at], cost[at], markup[at]).reported_margin,
        ]

    together = run(slice(None))
    for i in range(6):
        for all_of_them, single in zip(together, run(i), strict=True):
            np.testing.assert_allclose(all_of_them[i], single, rtol=1e-14)


# From capacity to a value ------------------------------------------------------------------------


def test_capacity_plant_and_working_capital_lead_to_the_value_found_by_hand() -> None:
    added = [250.0, 250.0, 250.0, 100.0, 100.0]
    built = plant(added, 10.0, 5.0, 0.05, 437.4, 520.0)
    revenue = 4.0 * np.cumsum(added)
    items = WorkingItems.of(
        ["Receivables", "Payables"], ["asset", "liability"], [90, 40], [0.2, 0.1]
    )
    held = deposits([500.0, 0, 0, 0, 0], added, 368.4)
    tied_up = working_capital(items, revenue, None, held)
    cash_costs = Costs.of(["Power and space", "R&D"], share=[0.2, NONE], amount=[NONE, 300.0])
    before_plant = operating_costs(revenue, cash_costs).operating_income
    income = before_plant - built.depreciation
    drivers = Drivers.of(
        {
            "base_revenue": 510.0,
            "uncontracted_revenue": revenue,
            "operating_margin": income / revenue,
            "tax_rate": 0.25,
            "capital_expenditure": built.capital_expenditure,
            "depreciation": built.depreciation,
            "working_capital_change": tied_up.change,
            "wacc": 0.1,
            "terminal": "growth",
            "terminal_growth": 0.02,
            "years": 5,
        }
    )
    lines, result = dcf.value(drivers, Securities.of(["Common"], ["common"], [200.0], [0.0]))
    worth, losses = 0.0, 0.0
    for t in range(5):
        used = min(losses, max(income[t], 0.0))
        losses += max(-income[t], 0.0) - used
        tax = 0.25 * (max(income[t], 0.0) - used)
        # Cash: what operations bring before depreciation, less tax, plant and working capital.
        cash = before_plant[t] - tax - 10.0 * 0.95**t * added[t] - tied_up.change[t]
        assert lines.free_cash_flow[t] == pytest.approx(cash, rel=1e-10)
        worth += cash * 1.1 ** -(t + 0.5)
    final = income[-1] * 1.02 * 0.75 - float(lines.reinvestment[-1]) * 1.02
    worth += final / 0.08 * 1.1**-4.5
    assert float(result.enterprise_value) == pytest.approx(worth, rel=1e-10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sales_to_capital": 2.0}, "drivers must give either sales_to_capital"),
        ({"capital_expenditure": None}, "drivers must give either sales_to_capital"),
        ({"depreciation": None}, "drivers must give depreciation with capital_expenditure"),
        (
            {"capital_expenditure": None, "sales_to_capital": 2.0},
            "depreciation must be given with capital_expenditure only",
        ),
        (
            {
                "capital_expenditure": None,
                "depreciation": None,
                "sales_to_capital": 2.0,
                "working_capital_change": 1.0,
            },
            "working_capital_change must be given with capital_expenditure only",
        ),
        ({"capital_expenditure": -1.0}, "capital_expenditure must be at least 0, not -1"),
    ],
)
def test_reinvestment_is_told_in_one_way(changes: dict[str, Any], message: str) -> None:
    drivers = {
        "base_revenue": 100.0,
        "revenue_growth": 0.1,
        "operating_margin": 0.2,
        "tax_rate": 0.25,
        "wacc": 0.1,
        "capital_expenditure": 20.0,
        "depreciation": 10.0,
    }
    Drivers.of(drivers)
    with pytest.raises(InputError, match=f"^{message}"):
        Drivers.of(drivers | changes)


@pytest.mark.parametrize("terminal", ["growth", "roic"])
def test_both_ways_of_reinvesting_agree_where_they_spend_the_same(terminal: str) -> None:
    common = {
        "base_revenue": 100.0,
        "revenue_growth": 0.04,
        "operating_margin": 0.2,
        "tax_rate": 0.25,
        "wacc": 0.1,
        "terminal": terminal,
        "terminal_growth": 0.04,
        "years": 6,
    }
    holders = Securities.of(["Common"], ["common"], [10.0], [0.0])
    lines, one = dcf.value(Drivers.of(common | {"sales_to_capital": 1.6}), holders)
    spent = Drivers.of(
        common
        | {
            "capital_expenditure": lines.reinvestment * 0.7 + 5.0,
            "depreciation": 5.0,
            "working_capital_change": lines.reinvestment * 0.3,
        }
    )
    _, other = dcf.value(spent, holders)
    # Where growth goes on as before, so does what it takes.
    assert float(other.equity_value) == pytest.approx(float(one.equity_value), rel=1e-12)
