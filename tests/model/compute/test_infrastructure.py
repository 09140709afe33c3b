"""Is a megawatt's value the sum of its years, and is its break-even where the sign changes?

Oracles: the years written out one by one in plain Python; numpy-financial's net present value for
whole lives; bisection for break-even utilisation, which the model takes from a straight line; and
the directions in which margin and value must move. The published numbers are in
`data/published.json`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.compute import fragility
from model.compute.assumptions import Assumptions
from model.compute.infrastructure import (
    HOURS_A_YEAR,
    infra_margin,
    infra_schedule,
    infra_value,
)
from model.dcf.discounting import MOST_PERIODS
from model.errors import InputError

BASE: dict[str, float] = {
    "price": 12.3,
    "utilisation": 0.85,
    "capex": 15.9,
    "life": 5.0,
    "power_price": 70.0,
    "pue": 1.25,
    "idle_draw": 0.8,
    "other_cost": 2.1,
    "price_growth": -0.05,
    "residual": 0.1,
    "tax_rate": 0.21,
    "rate": 0.11,
}

assumptions = st.fixed_dictionaries(
    {
        "price": st.floats(0.5, 40),
        "utilisation": st.floats(0.01, 1),
        "capex": st.floats(0, 60),
        "life": st.floats(1 / 12, 30),
        "power_price": st.floats(0, 200),
        "pue": st.floats(1, 2.5),
        "idle_draw": st.floats(0, 1),
        "other_cost": st.floats(0, 10),
        "price_growth": st.floats(-0.5, 0.3),
        "residual": st.floats(0, 1),
        "tax_rate": st.floats(0, 1),
        "rate": st.floats(0, 0.5),
    }
)


def made(values: dict[str, float], **changed: Any) -> Assumptions:
    return Assumptions.of(values | changed)


def value_by_years(a: dict[str, float], timing: str) -> float:
    """Net present value, year by year."""
    flows, year = [-a["capex"]], 0
    draw = a["idle_draw"] + (1 - a["idle_draw"]) * a["utilisation"]
    power = a["power_price"] * 8760 * a["pue"] * draw / 1_000_000
    written_off = (a["capex"] - a["capex"] * a["residual"]) / a["life"]
    while year < a["life"]:
        part = min(1.0, a["life"] - year)
        sales = a["price"] * a["utilisation"] * (1 + a["price_growth"]) ** year * part
        costs = (power + a["other_cost"]) * part
        tax = a["tax_rate"] * (sales - costs - written_off * part)
        when = year + (part if timing == "end" else part / 2)
        flows.append((sales - costs - tax) / (1 + a["rate"]) ** when)
        year += 1
    flows.append(a["capex"] * a["residual"] / (1 + a["rate"]) ** a["life"])
    return math.fsum(flows)


@given(assumptions, st.sampled_from(["mid", "end"]))
def test_value_is_the_sum_of_the_years(a: dict[str, float], timing: str) -> None:
    found = float(infra_value(made(a), timing))
    assert found == pytest.approx(value_by_years(a, timing), rel=1e-9, abs=1e-9)


@given(st.floats(0, 40), st.floats(0, 60), st.integers(1, 30), st.floats(0, 0.5))
def test_a_whole_life_at_year_ends_is_the_value_of_numpy_financial(
    price: float, capex: float, life: int, rate: float
) -> None:
    a = {"price": price, "utilisation": 1.0, "capex": capex, "life": life, "rate": rate}
    found = float(infra_value(Assumptions.of(a), "end"))
    assert found == pytest.approx(npf.npv(rate, [-capex, *[price] * life]), rel=1e-9, abs=1e-9)


@given(assumptions)
def test_a_month_or_a_century_is_a_life_too(a: dict[str, float]) -> None:
    for life in (1 / 12, 100.0):
        changed = a | {"life": life}
        found = float(infra_value(made(changed)))
        assert found == pytest.approx(value_by_years(changed, "mid"), rel=1e-8, abs=1e-8)


@given(assumptions)
def test_depreciation_over_the_life_is_the_capital_less_its_residual(a: dict[str, float]) -> None:
    life = infra_schedule(made(a))
    assert life.depreciation.sum() == pytest.approx(a["capex"] * (1 - a["residual"]), abs=1e-9)
    assert life.length.sum() == pytest.approx(a["life"])
    assert life.residual.sum() == pytest.approx(a["capex"] * a["residual"], abs=1e-12)


@given(assumptions, st.integers(0, 20))
def test_years_after_the_life_have_no_cash_flow(a: dict[str, float], more: int) -> None:
    own = infra_schedule(made(a))
    years = own.length.size - 1 + more
    longer = infra_schedule(made(a), years=years)
    assert longer.periods == list(range(years + 1))
    for line in ("length", "revenue", "cash_flow", "depreciation", "residual", "present_value"):
        assert getattr(longer, line)[: own.length.size] == pytest.approx(getattr(own, line))
        assert not getattr(longer, line)[own.length.size :].any()
    # Year 0 is the present, in which the capital is spent and nothing else happens.
    assert own.present_value[0] == own.net_present_value[0] == -a["capex"]
    assert own.length[0] == own.revenue[0] == own.cash_flow[0] == 0
    assert own.net_present_value[-1] == pytest.approx(value_by_years(a, "mid"), rel=1e-9, abs=1e-9)


def test_years_that_do_not_hold_the_life_are_refused() -> None:
    given = {"price": 9.2, "utilisation": 1, "capex": 12, "life": 4.5, "rate": 0.1}
    with pytest.raises(InputError, match="years must be at least 5 for the life, not 4"):
        infra_schedule(made(given), years=4)
    for years in (-1, 0, MOST_PERIODS + 1):
        with pytest.raises(
            InputError, match=f"years must be from 1 to {MOST_PERIODS}, not {years}"
        ):
            infra_schedule(made(given), years=years)


@given(assumptions, st.sampled_from(["margin", "value"]), st.sampled_from(["mid", "end"]))
def test_break_even_is_where_the_sign_changes(
    a: dict[str, float], measure: str, timing: str
) -> None:
    def profit(utilisation: float) -> float:
        # Past full use, on the same line.
        at = a | {"utilisation": utilisation}
        if measure == "value":
            return value_by_years(at, timing)
        draw = a["idle_draw"] + (1 - a["idle_draw"]) * utilisation
        power = a["power_price"] * HOURS_A_YEAR * a["pue"] * draw / 1e6
        written_off = a["capex"] * (1 - a["residual"]) / a["life"]
        return a["price"] * utilisation - power - a["other_cost"] - written_off

    low, high = 0.0, 1e4
    assume(profit(1.0) - profit(0.0) > 1e-6 and profit(high) > 0)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if profit(middle) > 0 else (middle, high)
    found = float(fragility.infra_break_even(made(a), measure, timing))
    assert found == pytest.approx(high, rel=1e-6, abs=1e-6)


def test_no_utilisation_breaks_even_where_power_costs_more_than_the_price() -> None:
    with pytest.raises(InputError, match="cost of the power used") as refused:
        fragility.infra_break_even(made(BASE, price=0.1, idle_draw=0.0, power_price=200.0))
    assert refused.value.reason == "number"


def test_nothing_spent_breaks_even_at_once() -> None:
    free = {"price": 1.0, "utilisation": 0.5, "capex": 0.0, "life": 1.0}
    found = float(fragility.infra_break_even(Assumptions.of(free)))
    assert found == 0 and math.copysign(1, found) == 1


@given(assumptions, st.floats(1.01, 2))
def test_margin_and_value_move_the_right_way(a: dict[str, float], factor: float) -> None:
    assume(a["capex"] > 0.01 and a["tax_rate"] < 0.99)

    def both(**changed: float) -> tuple[float, float]:
        at = made(a, **changed)
        return (
            float(infra_margin(at).gross_margin),
            float(infra_value(at)),
        )

    margin, value = both()
    for name in ("capex", "power_price", "other_cost"):
        worse_margin, worse_value = both(**{name: a[name] * factor})
        assert worse_margin <= margin + 1e-12
        assert worse_value <= value + 1e-9
    assert both(price=a["price"] * factor)[1] > value
    assert both(life=a["life"] * factor)[0] >= margin
    assert both(idle_draw=0.0)[0] >= margin - 1e-12


def test_scenarios_are_the_single_calls() -> None:
    lives, capital = [3.0, 4.5, 6.0], [[10.0], [20.0]]
    many = Assumptions.of(BASE | {"life": lives, "capex": capital})
    found = infra_value(many)
    assert found.shape == (2, 3)
    for i, (c,) in enumerate(capital):
        for j, life in enumerate(lives):
            one = infra_value(made(BASE, life=life, capex=c))
            assert found[i, j] == pytest.approx(float(one), rel=1e-12)
    shares = fragility.infra_break_even(many, "value")
    assert shares.shape == (2, 3)


def test_a_sensitivity_is_the_model_at_its_places() -> None:
    low, high = {"life": 3.0, "utilisation": 0.6}, {"life": 6.0, "utilisation": 1.0}
    found = fragility.infra_sensitivity(Assumptions.of(BASE, low=low, high=high))
    assert found.name == ("Life", "Utilisation")
    for i, name in enumerate(low):
        for place, value in (("low", low[name]), ("base", BASE[name]), ("high", high[name])):
            at = made(BASE, **{name: value})
            assert getattr(found, place)[i] == value
            assert getattr(found, f"margin_{place}")[i] == pytest.approx(
                float(infra_margin(at).gross_margin), rel=1e-12
            )
            assert getattr(found, f"value_{place}")[i] == pytest.approx(
                float(infra_value(at)), rel=1e-12
            )


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        ({"life": 3.0}, {}, "assumptions must have both Low and High for Life"),
        ({"life": 5.5}, {"life": 6.0}, "assumptions Life must be from its Low to its High, not 5"),
        ({"utilisation": 0.5}, {"utilisation": 85.0}, "Utilisation High must be from 0 to 1"),
        ({"lfe": 3.0}, {"lfe": 6.0}, "did you mean 'life'"),
    ],
)
def test_a_low_and_a_high_stand_around_the_value(
    low: dict[str, float], high: dict[str, float], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        Assumptions.of(BASE, low=low, high=high)


def test_the_centre_of_a_grid_is_the_model() -> None:
    down, across = np.linspace(0.75, 0.95, 21), np.linspace(4.0, 6.0, 21)
    base = made(BASE)
    for measure, centre in (("margin", infra_margin(base).gross_margin),
                            ("value", infra_value(base))):  # fmt: skip
        found = fragility.infra_grid(base, "utilisation", down, "life", across, measure).values
        assert found.shape == (21, 21)
        assert found[10, 10] == pytest.approx(float(centre))


def test_a_grid_needs_two_assumptions() -> None:
    with pytest.raises(InputError, match="across must differ from down"):
        fragility.infra_grid(made(BASE), "life", [3.0, 5.0], "life", [3.0, 5.0])


def test_the_names_of_a_grid_are_those_of_the_assumptions() -> None:
    for name in Assumptions.declared:
        other = "life" if name != "life" else "price"
        fragility.infra_grid(made(BASE), name, [BASE[name]], other, [BASE[other]], "value")
    with pytest.raises(InputError, match="did you mean 'price'"):
        fragility.infra_grid(made(BASE), "prise", [1.0], "life", [5.0])


def test_ten_thousand_scenarios_are_one_call() -> None:
    prices = np.linspace(1, 30, 10_000)
    found = infra_value(Assumptions.of(BASE | {"price": prices}))
    assert found.shape == (10_000,)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"price": -1.0}, "assumptions Price must be at least 0"),
        ({"utilisation": 85.0}, "assumptions Utilisation must be from 0 to 1"),
        ({"life": 0.0}, "assumptions Life must be from"),
        ({"pue": 0.9}, "assumptions PUE must be from 1 to 10"),
        ({"capex": math.nan}, "assumptions must give Capex: capital expenditure"),
        ({"capex": math.inf}, "assumptions Capex must be finite"),
        ({"pue": math.nan}, "PUE must be typed, or its row left out for 1, not left blank"),
        ({"utilisaton": 0.5}, "did you mean 'utilisation'"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Assumptions.of(BASE | changed)


def test_a_value_needs_a_rate_and_a_margin_revenue() -> None:
    without = {k: v for k, v in BASE.items() if k != "rate"}
    with pytest.raises(InputError, match="must give Rate") as refused:
        infra_value(Assumptions.of(without))
    assert refused.value.reason == "missing"
    with pytest.raises(InputError, match="such that there is revenue") as refused:
        _ = infra_margin(made(BASE, utilisation=0.0)).gross_margin
    assert refused.value.reason == "number"
    assert float(infra_value(made(BASE, utilisation=0.0))) < -BASE["capex"] / 2
