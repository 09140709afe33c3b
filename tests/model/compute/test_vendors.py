"""Do layers add up to their market, and do vendors leave what they do not take?

Oracles: sums in plain Python, and MARKET_SHARE_SCENARIOS for one vendor at a time.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.compute.market import Scenarios, market_share_scenarios
from model.compute.systems import system_break_even, system_economics
from model.compute.vendors import LayerVendors, Vendors, market_layers, market_vendors
from model.errors import InputError

vendors = st.lists(
    st.tuples(st.sampled_from("ABC"), st.floats(0.01, 1e6), st.floats(-0.5, 1)),
    min_size=1,
    max_size=8,
)


@given(vendors)
def test_layers_add_up_to_the_market(given: list[tuple[str, float, float]]) -> None:
    names = [f"Vendor {i}" for i in range(len(given))]
    made = market_layers(LayerVendors(names, *map(list, zip(*given, strict=True))))
    total = sum(revenue for _, revenue, _ in given)
    assert list(made.name) == list(dict.fromkeys(layer for layer, *_ in given))
    assert made.share.sum() == pytest.approx(1)
    assert made.vendors.sum() == len(given) == made.together["vendors"]
    for i, layer in enumerate(made.name):
        of_one = [(revenue, margin) for name, revenue, margin in given if name == layer]
        size = sum(revenue for revenue, _ in of_one)
        earned = sum(revenue * margin for revenue, margin in of_one)
        assert made.revenue[i] == pytest.approx(size)
        assert made.gross_margin[i] == pytest.approx(earned / size, abs=1e-9)
        assert made.largest[i] == pytest.approx(max(revenue for revenue, _ in of_one) / size)
        index = sum((100 * revenue / size) ** 2 for revenue, _ in of_one)
        assert made.hhi[i] == pytest.approx(index)
    assert made.together["revenue"] == pytest.approx(total)
    earned = sum(revenue * margin for _, revenue, margin in given)
    assert made.together["gross_margin"] == pytest.approx(earned / total, abs=1e-9)


def test_a_layer_that_earns_nothing_has_no_shares() -> None:
    made = market_layers(LayerVendors(["A", "B"], ["One", "Two"], [0, 0], [0.1, 0.2]))
    for numbers in (made.share, made.gross_margin, made.profit_share, made.largest, made.hhi):
        assert np.isnan(numbers).all()
    loss = market_layers(LayerVendors(["A"], ["One"], [10], [-0.1]))
    assert math.isnan(loss.profit_share[0])
    assert loss.gross_margin[0] == pytest.approx(-0.1)


@given(
    st.lists(st.tuples(st.floats(0, 0.25), st.floats(0, 0.25)), min_size=1, max_size=4),
    st.floats(0.05, 1),
    st.floats(0, 50),
    st.floats(1, 1e6),
    st.floats(-0.5, 1),
    st.floats(0, 30),
)
def test_vendors_leave_what_they_do_not_take(
    shares: list[tuple[float, float]],
    margin: float,
    multiple: float,
    size: float,
    rate: float,
    years: float,
) -> None:
    names = [f"Vendor {i}" for i in range(len(shares))]
    low, high = ([end(pair) for pair in shares] for end in (min, max))
    terms = [margin] * len(shares), [multiple] * len(shares)
    made = market_vendors(Vendors(names, low, high, *terms), size, rate, years)
    for ends, revenue, then, today in (
        (low, made.revenue_low, made.value_low, made.today_low),
        (high, made.revenue_high, made.value_high, made.today_high),
    ):
        one = market_share_scenarios(Scenarios(names, ends, *terms), size, rate, years)
        assert revenue == pytest.approx(one.revenue)
        assert then == pytest.approx(one.future_value)
        assert today == pytest.approx(one.present_value)
    together, others = made.bottom()
    assert together["low"] + others["high"] == pytest.approx(1)
    assert together["high"] + others["low"] == pytest.approx(1)
    assert together["revenue_high"] + others["revenue_low"] == pytest.approx(size)


def test_shares_that_exceed_the_market_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"vendors High must sum to at most 1, the market, not 1\.1"
    ):
        Vendors(["A", "B"], [0.1, 0.1], [0.5, 0.6], [0.3, 0.3], [24, 24])
    with pytest.raises(InputError, match=r"vendors Low must be at most High, not 0\.3"):
        Vendors(["A"], [0.3], [0.2], [0.3], [24])
    thirds = Vendors(["A", "B", "C"], [0, 0, 0], [1 / 3] * 3, [1] * 3, [1] * 3)
    assert market_vendors(thirds, 1, 0, 0).bottom()[1]["low"] == pytest.approx(0, abs=1e-12)


@given(
    st.floats(0.5, 5),
    st.floats(0.1, 3),
    st.floats(1, 1e4),
    st.floats(0.7, 0.98),
    st.floats(0, 1e4),
    st.sampled_from(["wright", "crawford"]),
)
def test_gross_profit_at_break_even_is_the_fixed_cost(
    price: float, cost: float, fixed: float, learning: float, before: float, curve: str
) -> None:
    try:
        volume = float(system_break_even(price, cost, fixed, learning, before, curve))  # type: ignore[arg-type]
    except InputError as error:
        assert str(error).startswith("price must be above the cost of a system")
        assert price < cost
        return
    earned = system_economics([volume], price, cost, learning, before, curve)  # type: ignore[arg-type]
    scale = max(fixed, price * volume)
    assert earned.gross_profit[0] == pytest.approx(fixed, abs=1e-6 * scale)
    less = system_economics([0.9 * volume], price, cost, learning, before, curve)  # type: ignore[arg-type]
    assert less.gross_profit[0] < fixed


def test_break_even_without_learning_is_a_division() -> None:
    prices = np.array([1.0, 2.0])
    volume = system_break_even(prices, 0.3, 345.0)
    assert volume.tolist() == [345.0 / 0.7, 345.0 / 1.7]
    with pytest.raises(InputError, match="price must be above the cost of a system"):
        system_break_even(0.3, 0.3, 345.0)
    # More systems than anyone makes; at this price each of them earns something.
    with pytest.raises(InputError, match=r"^fixed_cost must be covered by at most 1e\+18 systems"):
        system_break_even(100.0, 20.0, 1e300)
