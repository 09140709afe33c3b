"""Do working capital and deposits follow each year's basis?

Oracles: every balance again in plain Python, item by item and year by year; and a
chain from capacity to a value per share, with the value found by hand from the schedules' own
lines.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError
from model.operations.capital_spending import capex_vintages
from model.operations.costs import Costs, operating_costs
from model.operations.working_capital import WorkingItems, deposits, working_capital

NONE = math.nan
# Zero, or large enough to divide by.
money = st.just(0.0) | st.floats(1e-3, 1e4)


# Working capital ---------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(money, st.just(0.0) | st.floats(1e-2, 500)), min_size=1, max_size=12), money
)
def test_deposits_are_released_as_capacity_is_delivered(
    years: list[tuple[float, float]], opening: float
) -> None:
    received, delivered = (list(column) for column in zip(*years, strict=True))
    _, out, closing = deposits(np.array(received), np.array(delivered), np.float64(opening))
    balance = opening
    for i, (taken, units) in enumerate(years):
        to_come = math.fsum(delivered[i:])
        held = balance + taken
        released = held * units / to_come if units else 0.0
        assert out[i] == pytest.approx(released, rel=1e-9, abs=1e-9 * (1 + held))
        balance = held - released
    size = 1e-9 * (1 + opening + sum(received))
    assert (closing >= -size).all()
    paid_back = opening + sum(received) - out.sum()
    assert closing[-1] == pytest.approx(paid_back, abs=size)
    if delivered[-1] > 0:
        assert closing[-1] == pytest.approx(0.0, abs=size)


def test_equal_deliveries_release_in_equal_parts_and_none_release_nothing() -> None:
    items = WorkingItems(["Cash"], ["asset"], [0.0], share=[0.0])

    def held(received: list[float], delivered: list[float], opening: float) -> Any:
        return working_capital([0.0] * len(received), items, None, received, delivered, opening)

    assert held([0.0] * 4, [5.0] * 4, 100.0).deposits_released.tolist() == [25.0] * 4
    assert held([10.0, 10.0], [0.0, 0.0], 5.0).deposits_closing.tolist() == [15.0, 25.0]
    assert held([0.0, 30.0], [1.0, 0.0], 5.0).deposits_closing.tolist() == [0.0, 30.0]


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
    items = WorkingItems(
        [f"I{i}" for i in range(len(rows))],
        [r[0] for r in rows],
        [r[3] for r in rows],
        share=[r[2] for r in rows],
        basis=[r[1] for r in rows],
    )
    found = working_capital(revenue, items, costs, None, [1.0] * len(years), advance)
    before = sum(r[3] if r[0] == "asset" else -r[3] for r in rows) - advance
    start = before
    for i, of in enumerate(years):
        now = -float(found.deposits_closing[i])
        for kind, basis, share, _ in rows:
            now += (1 if kind == "asset" else -1) * share * of[basis == "costs"]
        size = 1e-9 * (1 + abs(now) + abs(before) + 1e4)
        assert found.net_closing[i] == pytest.approx(now, abs=size)
        assert found.change[i] == pytest.approx(now - before, abs=size)
        before = now
    assert found.net_opening[0] == pytest.approx(start, abs=1e-8)
    assert found.change.sum() == pytest.approx(found.net_closing[-1] - start, abs=1e-6)


# From capacity to a value ------------------------------------------------------------------------


def test_capacity_plant_and_working_capital_lead_to_the_value_found_by_hand() -> None:
    added = [250.0, 250.0, 250.0, 100.0, 100.0]
    built = capex_vintages(added, 10.0, 5.0, 0.05, 437.4, 520.0)
    revenue = 4.0 * np.cumsum(added)
    items = WorkingItems(
        ["Receivables", "Payables"], ["asset", "liability"], [90, 40], share=[0.2, 0.1]
    )
    tied_up = working_capital(revenue, items, None, [500.0, 0, 0, 0, 0], added, 368.4)
    cash_costs = Costs(["Power and space", "R&D"], share=[0.2, NONE], amount=[NONE, 300.0])
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
    result = dcf_value(drivers, Securities(["Common"], ["common"], [200.0], [0.0]))
    lines = result.forecast
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
            "depreciation must be given only with capital_expenditure",
        ),
        (
            {
                "capital_expenditure": None,
                "depreciation": None,
                "sales_to_capital": 2.0,
                "working_capital_change": 1.0,
            },
            "working_capital_change must be given only with capital_expenditure",
        ),
        ({"capital_expenditure": -1.0}, "capital_expenditure must be at least 0, not -1"),
    ],
)
def test_reinvestment_is_given_in_one_way(changes: dict[str, Any], message: str) -> None:
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
    holders = Securities(["Common"], ["common"], [10.0], [0.0])
    one = dcf_value(Drivers.of(common | {"sales_to_capital": 1.6}), holders)
    lines = one.forecast
    spent = Drivers.of(
        common
        | {
            "capital_expenditure": lines.reinvestment * 0.7 + 5.0,
            "depreciation": 5.0,
            "working_capital_change": lines.reinvestment * 0.3,
        }
    )
    other = dcf_value(spent, holders)
    # If growth continues as before, so does its capital requirement.
    assert float(other.equity_value) == pytest.approx(float(one.equity_value), rel=1e-12)
