"""Do revenue and costs follow the rows of their tables, year by year?

Oracles: every path again in plain Python, stream by stream and year by year; the paths
of the drivers for a single stream; totals that must be the sums of their parts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.operations.costs import Costs, operating_costs
from model.operations.leases import Leases, lease_commitments
from model.operations.reported import BridgeLines, gaap_bridge, pass_through
from model.operations.streams import Streams, operating_streams
from model.operations.working_capital import WorkingItems, deposits, working_capital

NONE = math.nan
# Zero, or large enough to divide by.
money = st.just(0.0) | st.floats(1e-3, 1e4)


def toward(base: float, target: float, year: int, years: int) -> float:
    """A value moving linearly from the base year's."""
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
    return Streams([f"S{i}" for i in range(len(rows))], **columns)


@given(streams())
def test_streams_by_hand(drawn: tuple[int, list[dict[str, float]]]) -> None:
    years, rows = drawn
    found = operating_streams(made(rows), years)
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
    row = Streams(
        ["A"],
        [510.0],
        [0.6],
        [-0.2],
        growth_years=[4],
        terminal_growth=[0.03],
        target_margin=[0.3],
        margin_years=[7],
    )
    found = operating_streams(row, years)
    same = dcf_forecast(
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


@given(st.floats(-0.5, 1), st.floats(-0.5, 1), st.integers(1, 599), st.integers(0, 599))
def test_targets_are_reached_to_the_last_bit(
    first: float, final: float, hold: int, more: int
) -> None:
    years = min(hold + more, 600)
    found = operating_streams(
        Streams(["A"], [1e-300], [first], [first], growth_years=[hold],
                   terminal_growth=[final], target_margin=[final]),
        years,
    )  # fmt: skip
    assert found.growth[0, :hold].tolist() == [first] * hold
    if years > hold:
        assert found.growth[0, -1] == final
    assert found.margin[0, -1] == final


def test_streams_at_the_extremes() -> None:
    nothing = operating_streams(Streams(["A"], [0.0], [0.5], [0.4]), 1)
    assert nothing.blended_margin.tolist() == nothing.total_growth.tolist() == [0.0]
    assert operating_streams(Streams(["A"], [1.0], [-1.0], [1.0]), 600).total_revenue.sum() == 0
    many = Streams(
        [f"S{i}" for i in range(10_000)], np.ones(10_000), np.zeros(10_000), np.full(10_000, 0.4)
    )
    assert operating_streams(many, 2).blended_margin.tolist() == pytest.approx([0.4, 0.4])


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
    costs = Costs(
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
    names = [f"L{i}" for i in range(len(amounts))]
    found = gaap_bridge(BridgeLines(names, amounts)).running
    assert found[0] == amounts[0]
    assert found[-1] == pytest.approx(math.fsum(amounts), abs=1e-6)


# Scenarios ---------------------------------------------------------------------------------------


def test_scenarios_are_single_calls() -> None:
    seed = np.random.default_rng(11)
    revenue, costs = seed.uniform(1, 9, (6, 4)), seed.uniform(1, 9, (6, 4))
    share, opening = seed.uniform(0, 1, (6, 2)), seed.uniform(0, 1, (6, 2))
    base, growth = seed.uniform(1, 9, (6, 2)), seed.uniform(0, 1, (6, 2))
    margin, rate, cost = seed.uniform(0, 1, (6, 2)), seed.uniform(0, 0.2, 6), seed.random((6, 4))
    markup = seed.random(6)

    def run(at: Any) -> list[Any]:
        items = WorkingItems(
            ["A", "B"],
            ["asset", "liability"],
            opening[at],
            share=share[at],
            basis=["revenue", "costs"],
        )
        lines = Costs(["R&D", "G&A"], share=share[at], sbc=0.2)
        path = operating_streams(
            Streams(
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
            working_capital(revenue[at], items, costs[at]).change,
            operating_costs(revenue[at], lines, costs[at], "excluded").operating_income,
            path.total_revenue,
            path.blended_margin,
            lease_commitments(
                Leases(["A", "B"], base[at], [0, 1], [2.5, 3]), rate[at]
            ).present_value,
            deposits(revenue[at], costs[at], rate[at])[-1],
            pass_through(revenue[at], costs[at], cost[at], markup[at]).reported_margin,
        ]

    together = run(slice(None))
    for i in range(6):
        for all_of_them, single in zip(together, run(i), strict=True):
            np.testing.assert_allclose(all_of_them[i], single, rtol=1e-14)
