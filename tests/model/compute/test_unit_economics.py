"""Do system costs follow the learning curve, and do tokens pay for the system at break-even?

Oracles: the units of a curve added one by one (`math.fsum`), against the model's closed sums;
numpy-financial's level payment for the charge of capital; and the infrastructure model, in which a
system at its break-even price must be worth nothing. The published numbers are in
`data/published.json`.
"""

from __future__ import annotations

import itertools
import math
from typing import get_args

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.compute.assumptions import Assumptions
from model.compute.infrastructure import infra_value
from model.compute.learning import Curve, exponent, first_cost, system_learning, total_cost
from model.compute.systems import system_economics
from model.compute.tokens import Offers, token_cost, token_premium, token_price, token_volume
from model.errors import InputError

CURVES: tuple[Curve, ...] = get_args(Curve)
curves = st.floats(0.51, 1.0)
names = st.sampled_from(CURVES)


# Learning ----------------------------------------------------------------------------------------


@given(st.integers(0, 60), st.integers(1, 400), curves)
def test_crawford_is_the_units_added_one_by_one(before: int, made: int, curve: float) -> None:
    b = math.log2(curve)
    one_by_one = math.fsum(i**b for i in range(before + 1, before + made + 1))
    found = float(total_cost(before, made, exponent(curve), "crawford"))
    assert found == pytest.approx(one_by_one, rel=1e-13)


@pytest.mark.parametrize("curve", [0.51, 0.7, 0.8, 0.95, 1.0])
def test_a_million_units_are_as_exact_as_ten(curve: float) -> None:
    b = math.log2(curve)
    one_by_one = math.fsum((np.arange(5_001, 1_000_001, dtype=float) ** b).tolist())
    found = float(total_cost(5_000, 995_000, exponent(curve), "crawford"))
    assert found == pytest.approx(one_by_one, rel=1e-12)


@given(st.integers(1, 5_000), curves)
def test_wright_is_an_average_that_falls_with_every_doubling(units: int, curve: float) -> None:
    found = system_learning([units, 2 * units], 100.0, curve)
    assert found.average_cost[1] == pytest.approx(curve * found.average_cost[0], rel=1e-12)
    # The units made so far, each at its own cost, are the total.
    every = system_learning(np.arange(1, min(units, 300) + 1), 100.0, curve)
    assert math.fsum(every.unit_cost) == pytest.approx(float(every.total_cost[-1]), rel=1e-11)


@given(st.integers(1, 5_000), curves)
def test_crawford_is_a_unit_that_falls_with_every_doubling(unit: int, curve: float) -> None:
    found = system_learning([unit, 2 * unit], 100.0, curve, curve="crawford")
    assert found.unit_cost[1] == pytest.approx(curve * found.unit_cost[0], rel=1e-11)


@given(st.integers(1, 2_000), st.floats(0.01, 100), curves, names)
def test_the_cost_of_the_unit_that_was_given_comes_back(
    unit: int, cost: float, curve: float, name: Curve
) -> None:
    found = system_learning([unit], cost, curve, unit, name)
    assert found.unit_cost[0] == pytest.approx(cost, rel=1e-12)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=6), st.floats(0, 1e4), curves, names)
def test_periods_add_up_however_they_are_cut(
    volume: list[float], before: float, curve: float, name: Curve
) -> None:
    whole = float(total_cost(before, sum(volume), exponent(curve), name))
    parts = system_economics(volume, 1.0, 1.0, curve, before, name)
    first = float(first_cost(1.0, before + 1, exponent(curve), name))
    assert parts.cost.sum() == pytest.approx(first * whole, rel=1e-9, abs=1e-9)
    assert (parts.cost >= -1e-12).all()


@given(st.integers(2, 10_000), curves)
def test_wright_costs_less_than_crawford_at_the_same_percentage(units: int, curve: float) -> None:
    totals = [float(total_cost(0, units, exponent(curve), name)) for name in CURVES]
    assert totals[0] <= totals[1] * (1 + 1e-12)


# Systems -----------------------------------------------------------------------------------------


def test_no_learning_is_a_constant_cost() -> None:
    for name in CURVES:
        made = system_economics([100, 0, 250], 1.5, 0.45, curve=name)
        assert made.cost == pytest.approx([45.0, 0.0, 112.5])
        assert made.unit_cost == pytest.approx([0.45] * 3)
        assert made.gross_margin == pytest.approx([0.7, 0.0, 0.7])
        assert made.cumulative.tolist() == [100, 100, 350]
        assert made.cumulative_average == pytest.approx([0.45] * 3)


@given(st.lists(st.integers(1, 500), min_size=2, max_size=8), st.floats(0.55, 0.99), names)
def test_every_period_costs_less_than_the_one_before(
    volume: list[int], curve: float, name: Curve
) -> None:
    made = system_economics(volume, 1.0, 0.45, curve, 20.0, name)
    # Each period starts past the last system of the one before, so that its average is lower.
    assert (np.diff(made.average_cost) < 1e-12).all()
    assert (np.diff(made.unit_cost) < 1e-12).all()
    assert made.average_cost[0] <= 0.45 * (1 + 1e-12)
    assert made.gross_profit == pytest.approx(made.revenue - made.cost)


def test_prices_may_change_and_scenarios_stand_first() -> None:
    made = system_economics([10, 20], [2.0, 1.0], np.array([0.3, 0.45]), 0.8, 100.0)
    assert made.cost.shape == (2, 2)
    assert made.revenue.tolist() == [[20.0, 20.0], [20.0, 20.0]]
    single = system_economics([10, 20], [2.0, 1.0], 0.45, 0.8, 100.0)
    assert made.cost[1] == pytest.approx(single.cost, rel=1e-14)


def test_six_hundred_periods_and_none_made_at_all() -> None:
    made = system_economics([7.5] * 600, 1.0, 0.45, 0.85, curve="crawford")
    assert made.cost.shape == (600,)
    assert made.cost.sum() == pytest.approx(0.45 * float(total_cost(0, 4500, exponent(0.85),
                                                                   "crawford")))  # fmt: skip
    nothing = system_economics([0.0], 1.0, 0.45, 0.8)
    assert nothing.cost[0] == nothing.average_cost[0] == nothing.gross_margin[0] == 0


@pytest.mark.parametrize("curve", [0.5, 0.0, -0.8, 80.0, 1.01])
def test_a_curve_that_is_none_is_refused(curve: float) -> None:
    with pytest.raises(InputError, match=r"learning_curve must be above 0\.5 and at most 1"):
        system_learning([1.0], 100.0, curve)


# Tokens ------------------------------------------------------------------------------------------


@given(
    st.floats(1, 1e5),
    st.floats(0.01, 5),
    st.integers(1, 15),
    st.floats(0.05, 1),
    st.floats(0, 60),
    st.floats(0, 200),
    st.floats(0.001, 0.4),
)
def test_the_charge_of_capital_is_the_level_payment(
    speed: float, cost: float, life: int, used: float, power: float, price: float, rate: float
) -> None:
    tokens = float(token_volume(speed, used))
    capital = float(token_price(0.0, speed, cost, life, used, rate=rate)) * tokens / 1e6
    assert capital == pytest.approx(-npf.pmt(rate, life, cost), rel=1e-10)
    # In the other model: the capacity of one system, sold at the break-even price of its tokens.
    capacity = power / 1000
    even = token_price(0.0, speed, cost, life, used, power, price, 1.2, 0.05, rate)
    sold = float(even) * tokens / 1e6
    as_megawatt = Assumptions.of(
        {
            "price": sold / used,
            "utilisation": used,
            "capex": cost,
            "life": life,
            "power_price": price * capacity,
            "pue": 1.2,
            "other_cost": 0.05,
            "rate": rate,
        }
    )
    assert float(infra_value(as_megawatt, "end")) == pytest.approx(0.0, abs=1e-9 * (1 + cost))


@given(st.floats(1, 1e5), st.floats(0.01, 5), st.floats(0.1, 100), st.floats(1e-12, 1e-9))
def test_a_rate_next_to_zero_is_straight_line_depreciation(
    speed: float, cost: float, life: float, rate: float
) -> None:
    straight = float(token_price(0.0, speed, cost, life))
    level = float(token_price(0.0, speed, cost, life, rate=rate))
    assert level == pytest.approx(straight, rel=1e-6)
    depreciation = token_cost(speed, cost, life).amount[0]
    assert depreciation == pytest.approx(cost / life, rel=1e-15)


@given(st.floats(1, 1e5), st.floats(0.1, 1), st.floats(-1, 0.99))
def test_a_price_earns_its_margin(speed: float, used: float, margin: float) -> None:
    given = (0.45, 5.0, used, 23.0, 70.0, 1.25, 0.02)
    cost = token_cost(speed, *given)
    price = float(token_price(margin, speed, *given))
    revenue = price * float(token_volume(speed, used)) / 1e6
    assert (revenue - cost.amount.sum()) / revenue == pytest.approx(margin, abs=1e-9)
    # Half the use is twice the cost of a token.
    half = token_cost(speed, 0.45, 5, used / 2, 23, 70, 1.25, 0.02)
    assert half.per_million.sum() == pytest.approx(2 * cost.per_million.sum())


def test_a_faster_system_at_the_same_price_has_no_elasticity() -> None:
    made = token_premium(Offers(["Own", "Slower", "Dearer"], [1, 1, 2], [10, 5, 10]), "Own")
    assert made.name == ("Slower", "Dearer")
    assert made.elasticity[0] == 0
    assert math.isnan(made.elasticity[1])
    assert made.price_multiple.tolist() == [1.0, 0.5]
    made = token_premium(Offers(["Own", "Other"], [4, 2], [20, 10]), "Own")
    assert made.elasticity[0] == pytest.approx(1.0)


def test_the_company_is_found_by_name_in_whatever_row_it_is() -> None:
    """Six times the price for two and a half times the speed, as published."""
    offers = [("Fast", 150.0, 2.5), ("Standard", 25.0, 1.0), ("Slow", 10.0, 0.5)]
    for order in itertools.permutations(offers):
        made = token_premium(Offers(*map(list, zip(*order, strict=True))), "fast")
        assert dict(zip(made.name, made.price_multiple, strict=True)) == {"Standard": 6, "Slow": 15}
        assert dict(zip(made.name, made.speed_multiple, strict=True)) == {
            "Standard": 2.5,
            "Slow": 5,
        }
    with pytest.raises(InputError, match="provider must be one of 'Fast', 'Standard', 'Slow'"):
        token_premium(Offers(*map(list, zip(*offers, strict=True))), "Faster")
