"""Is the value per share after a raise what old and new shareholders own together?

Oracles: the formula in plain Python; a raise at the forward value, which changes nothing; the price
of the equity that is larger by the proceeds; and what the old shareholders lose, which is what the
new ones gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution.raises import equity_after_raise
from model.dilution.securities import Securities
from model.dilution.shares import price_per_share
from model.errors import InputError

equities, counts = st.floats(1.0, 1e5), st.floats(0.1, 1e4)
costs = st.floats(0, 0.4)
raises = st.lists(
    st.tuples(st.floats(0, 1e4), st.floats(0.01, 1e3), st.floats(0, 10)), min_size=1, max_size=5
)


@given(equities, counts, st.floats(0, 1e5), costs, st.floats(0, 10))
def test_a_raise_at_the_forward_value_changes_nothing(
    equity: float, shares: float, amount: float, cost: float, years: float
) -> None:
    forward = equity / shares * (1 + cost) ** years
    found = equity_after_raise(equity, shares, [amount], forward, cost, years)
    assert found.forward_value[0] == pytest.approx(forward, rel=1e-12)
    assert found.value_per_share[0] == pytest.approx(equity / shares, rel=1e-12)
    below, above = (
        equity_after_raise(equity, shares, [amount + 1], forward * part, cost, years)
        for part in (0.9, 1.1)
    )
    assert below.value_per_share[0] < equity / shares < above.value_per_share[0]


@pytest.mark.parametrize("options", [0.0, 40.0])
def test_a_raise_at_the_model_s_own_forward_value_changes_nothing(options: float) -> None:
    drivers = Drivers(
        base_revenue=1000.0,
        revenue_growth=0.05,
        operating_margin=0.2,
        tax_rate=0.25,
        sales_to_capital=2.0,
        wacc=0.1,
        terminal_growth=0.02,
        years=5,
    )
    holders = Securities(["Common", "Options"], ["common", "option"], [100.0, options], [0.0, 5.0])
    model = dcf_value(drivers, holders)
    price = model.value_per_share * 1.12**3
    found = equity_after_raise(
        model.equity_value, model.diluted_shares, [500.0], price, 0.12, [3.0]
    )
    assert found.value_per_share[0] == pytest.approx(model.value_per_share, rel=1e-12)


@given(st.floats(-1e5, 1e5), counts, raises, costs)
def test_the_formula(
    equity: float, shares: float, rows: list[tuple[float, float, float]], cost: float
) -> None:
    rows = sorted(rows, key=lambda row: row[2])
    amounts, prices, years = map(list, zip(*rows, strict=True))
    found = equity_after_raise(equity, shares, amounts, prices, cost, years)
    worth, count = equity, shares
    for i, (amount, price, t) in enumerate(rows):
        new = amount / price
        assert found.forward_value[i] == pytest.approx(worth / count * (1 + cost) ** t, rel=1e-9)
        worth, count = worth + new * price / (1 + cost) ** t, count + new
        assert found.value_per_share[i] == pytest.approx(worth / count, rel=1e-9, abs=1e-9)
    assert found.shares[-1] == pytest.approx(count)
    assert found.equity_value[-1] == pytest.approx(worth, abs=1e-6)


@given(equities, counts, st.floats(0, 1e4), st.floats(0.01, 1e3), costs, st.floats(0, 10))
def test_the_old_lose_what_the_new_gain(
    equity: float, shares: float, amount: float, price: float, cost: float, years: float
) -> None:
    found = equity_after_raise(equity, shares, [amount], price, cost, years)
    after, new = found.value_per_share[0], found.new_shares[0]
    lost = equity - shares * after
    gained = new * after - amount / (1 + cost) ** years
    assert lost == pytest.approx(gained, rel=1e-9, abs=1e-6)


@given(equities, counts, st.floats(0, 1e4), st.floats(0.01, 1e3))
def test_today_it_is_the_price_of_the_larger_equity(
    equity: float, shares: float, amount: float, price: float
) -> None:
    found = equity_after_raise(equity, shares, [amount], price, 0.1, 0.0)
    holders = Securities(["Old", "New"], ["common"] * 2, [shares, amount / price])
    expected = price_per_share(equity + amount, holders)
    assert found.value_per_share[0] == pytest.approx(expected, rel=1e-12)


def test_worked_by_hand() -> None:
    # 5 new shares at 8 in two years are worth 40 / 1.21 today: 1,033.06 over 105 shares.
    found = equity_after_raise(1000.0, 100.0, [40.0], 8.0, 0.10, 2.0)
    assert found.new_shares.tolist() == [5.0]
    assert found.value_per_share[0] == pytest.approx((1000 + 40 / 1.21) / 105, rel=1e-12)


def test_debt_costs_the_shareholders_what_it_is_underpriced_by() -> None:
    found = equity_after_raise(1000.0, 100.0, [95.0, 95.0], [1.0, 0.95], 0.10, [1.0, 2.0], "debt")
    # At 1 nothing changes; 95 for debt that is worth 100 costs 5 in two years.
    assert found.value_per_share[0] == 10.0
    assert found.value_per_share[1] == pytest.approx((1000 - 5 / 1.21) / 100, rel=1e-12)
    assert found.new_debt.tolist() == [95.0, pytest.approx(100.0)]
    assert not found.new_shares.any()


def test_scenarios() -> None:
    prices = np.array([[5.0], [10.0], [20.0]])
    found = equity_after_raise([1000.0, 1000.0, 2000.0], 100.0, [100.0], prices, 0.1, 0.0)
    np.testing.assert_allclose(found.value_per_share[:, 0], [1100 / 120, 10.0, 2100 / 105])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"price": 0.0}, "price must be above 0, not 0"),
        ({"price": [1.0, 2.0, 3.0]}, "price must be one number or one for each of the 2 raises"),
        ({"years": [2.0, 1.0]}, "years must be in order, each raise at or after the one before"),
        ({"years": [1.0] * 3}, "years must be one number or one for each of the 2 raises, not 3"),
        ({"amount": []}, "amount must hold at least one raise"),
        ({"amount": [-1.0]}, "amount must be at least 0, not -1"),
        ({"shares": 0.0}, "shares must be above 0, not 0"),
        ({"issue": "bonds"}, "issue must be one of 'shares', 'debt'"),
    ],
)
def test_wrong_raises(changes: dict[str, Any], said: str) -> None:
    valid = {
        "equity_value": 1000.0,
        "shares": 100.0,
        "amount": [10.0, 20.0],
        "price": 8.0,
        "cost_of_equity": 0.1,
        "years": [1.0, 2.0],
    }
    with pytest.raises(InputError, match=said):
        equity_after_raise(**valid | changes)
