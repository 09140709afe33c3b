"""Does what a price requires give the price, and is every number that gives it found?

Oracles: the solution put back into the model one number at a time; closed forms; the value at a
number drawn first, whose price must lead back to it; the changes of sign on a fine grid.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cases
import numpy as np
import pytest
from every import every
from hypothesis import given, settings
from hypothesis import strategies as st

from model.case.case import load, parse
from model.case.file import names
from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError
from model.uncertainty.changes import Business, changed
from model.uncertainty.handles import HANDLES, handle
from model.uncertainty.reverse import Required, dcf_reverse
from model.valuation import Valuation, value

COMMON = Securities(["Common"], ["common"], [1.0])
#: A perpetuity: all of revenue is cash.
CASH: dict[str, Any] = {
    "base_revenue": 100.0,
    "uncontracted_revenue": 105.0,
    "operating_margin": 1.0,
    "tax_rate": 0.0,
    "capital_expenditure": 0.0,
    "depreciation": 0.0,
    "wacc": 0.1,
    "timing": "end",
    "years": 1,
}


@cache
def shipped(name: str) -> Valuation:
    return value(load(name))


def required(business: Business, prices: Any, name: str) -> Required:
    b = business
    return dcf_reverse(b.drivers, b.securities, b.contracted, prices, name, b.plant)


def worth(business: Business, name: str, number: float) -> float:
    """Value per share with a handle at one number, as a person would type it."""
    at = handle(business, name).changed(business, np.float64(number))  # type: ignore[arg-type]
    found = dcf_value(at.drivers, at.securities, at.contracted, at.plant).value_per_share
    return float(found)


def cash(**drivers: Any) -> Business:
    return Business(Drivers.of(CASH | drivers), COMMON)


def inputs(found: Required, place: int = 0) -> list[float]:
    """All solutions of a price, in order."""
    return list(found.inputs[place].tolist())


# Closed forms ------------------------------------------------------------------------------------


def test_of_a_perpetuity_the_rate_is_its_yield_and_its_growth() -> None:
    prices = np.array([900.0, 2100.0, 4000.0])
    found = required(cash(terminal_growth=0.05), prices, "cost of capital")
    assert found.required == pytest.approx(105 / prices + 0.05, rel=1e-12)
    growth = required(cash(), prices, "terminal_growth")
    assert growth.required == pytest.approx(0.1 - 105 / prices, rel=1e-11)


def test_of_a_perpetuity_the_fade_is_moved_in_parallel() -> None:
    business = cash(wacc=0.12, terminal_wacc=0.1, wacc_years=1, terminal_growth=0.05, years=2)
    # Two flows of 105 and the perpetuity, all at 1 point less.
    price = 105 / 1.11 + (105 + 105 * 1.05 / (0.09 - 0.05)) / 1.11 / 1.09
    assert required(business, price, "wacc").required == pytest.approx([0.11], rel=1e-12)


def test_an_exit_multiple_is_what_the_flows_leave_over_the_metric() -> None:
    prices = np.array([200.0, 1000.0])
    found = required(cash(), prices, "exit multiple")
    assert found.required == pytest.approx((prices * 1.1 - 105) / 105, rel=1e-12)
    assert found.handle.meaning.startswith("Exit multiple of EBIT")
    # At a loss, of revenue.
    loss = required(cash(operating_margin=-1.0), 200.0, "exit multiple")
    assert loss.required == pytest.approx([(200 * 1.1 + 105) / 105], rel=1e-12)
    assert loss.handle.meaning.startswith("Exit multiple of revenue")
    # The case's own is what it starts from.
    own = cash(terminal="multiple", terminal_metric="revenue", terminal_multiple=7.0)
    here = required(own, worth(own, "exit multiple", 7.0), "exit multiple")
    assert here.input.tolist() == [7.0]


def two_rates() -> Business:
    """Cash of 1,000 times 1/1.1 + 1/1.5 in a year, and 1,000 to be paid a year later."""
    income = 1000 * (1 / 1.1 + 1 / 1.5)
    return cash(
        uncontracted_revenue=[income, income], operating_margin=[1.0, -1000 / income], years=2,
        terminal="multiple", terminal_metric="revenue", terminal_multiple=0.0,
    )  # fmt: skip


def test_a_price_may_have_two_rates_or_none() -> None:
    top = 1000 * ((1 / 1.1 + 1 / 1.5) / 2) ** 2
    found = required(two_rates(), [1000 / 1.1 / 1.5, top, top + 0.01], "cost of capital")
    assert inputs(found) == pytest.approx([0.1, 0.5], rel=1e-12)
    # The case's own is 10%, and the other is the next.
    assert found.required[0] == pytest.approx(0.1, rel=1e-12)
    assert found.next_value[0] == pytest.approx(1000 / 1.1 / 1.5, rel=1e-12)
    assert inputs(found, 1) == pytest.approx([2 / (1 / 1.1 + 1 / 1.5) - 1], abs=1e-6)
    assert inputs(found, 2) == []
    assert found.count.tolist() == [2, 1, 0]
    assert np.isnan(found.difference[2])
    assert found.highest == pytest.approx([top] * 3, rel=1e-12)
    assert found.highest_at == pytest.approx([2 / (1 / 1.1 + 1 / 1.5) - 1] * 3, abs=1e-6)


def test_of_a_price_that_an_interval_gives_the_ends_are_found() -> None:
    held = Securities(
        ["Common", "Warrant"], ["common", "warrant"], [100.0, 10.0], [0.0, 1e-9],
        vests_at=[np.nan, 20.0], condition=["none", "price"],
    )  # fmt: skip
    business = Business(cash(cash=500.0).drivers, held)
    operations = 105 / 0.1
    found = required(business, [19.0, 20.0, 21.0], "cash")
    # All of the warrant counts where the price is above 20, and none of it below.
    assert inputs(found, 0) == pytest.approx([1900 - operations], abs=1e-6)
    assert inputs(found, 1) == pytest.approx([2000 - operations, 2200 - operations], abs=1e-6)
    assert inputs(found, 2) == pytest.approx([2310 - operations], abs=1e-6)
    # Of a case within the interval, its own number comes first.
    inside = required(Business(cash(cash=1000.0).drivers, held), 20.0, "cash")
    assert inside.input.tolist() == [1000.0]
    assert inputs(inside) == pytest.approx([2000 - operations, 2200 - operations], abs=1e-6)


# The shipped companies ---------------------------------------------------------------------------


def prices(made: Valuation) -> list[float]:
    own = made.value_per_share
    return [own, *(p.number for p in made.case.price_points.values())]


def solved_for(made: Valuation) -> list[str]:
    contracts = ("net retention", "RPO conversion")
    return [n for n in HANDLES if made.business.contracted is not None or n not in contracts]


@pytest.mark.parametrize("name", names())
def test_every_solution_put_back_gives_the_price(name: str) -> None:
    made = shipped(name)

    def put_back(solve_for: str) -> None:
        asked = prices(made)
        found = required(made.business, asked, solve_for)
        for place, price in enumerate(asked):
            for number in inputs(found, place):
                assert worth(made.business, solve_for, number) == pytest.approx(price, rel=1e-9)
            assert found.count[place] == len(inputs(found, place))
            low, high = found.lowest[place] * (1 - 1e-12), found.highest[place] * (1 + 1e-12)
            assert (low <= price <= high) == (found.count[place] > 0)
        for end, at in ((found.lowest, found.lowest_at), (found.highest, found.highest_at)):
            if found.handle.shown is None:
                assert worth(made.business, solve_for, at[0]) == pytest.approx(end[0], rel=1e-9)

    every(put_back, [(solve_for, (solve_for,)) for solve_for in solved_for(made)])


@pytest.mark.parametrize("name", names())
def test_its_own_value_requires_what_the_case_has(name: str) -> None:
    made = shipped(name)

    def own(solve_for: str) -> None:
        found = required(made.business, made.value_per_share, solve_for)
        if found.handle.own == found.handle.own:
            assert found.input.tolist() == [found.handle.own]
            assert abs(found.difference[0]) <= 1e-12 * abs(made.value_per_share)

    every(own, [(solve_for, (solve_for,)) for solve_for in solved_for(made)])


def test_handles_are_shown_as_an_analyst_says_them() -> None:
    made = shipped("cerebras")
    forecast = made.forecast
    margin = required(made.business, made.value_per_share, "margin")
    assert margin.required == pytest.approx(forecast.operating_margin[-1:], rel=1e-12)
    growth = required(made.business, made.value_per_share, "growth")
    base = forecast.revenue[0] / (1 + forecast.revenue_growth[0])
    yearly = (forecast.revenue[-1] / base) ** (1 / len(made.years)) - 1
    assert growth.required == pytest.approx([yearly], rel=1e-12)


def test_a_company_that_loses_money_to_the_end_is_solved_too() -> None:
    tree = cases.simple()
    tree["drivers"]["operating_margin"]["value"] = [-0.5] * 10
    made = value(parse(tree))
    assert made.value_per_share < 0
    for solve_for in ("margin", "exit multiple"):
        found = required(made.business, 50.0, solve_for)
        assert abs(found.difference[0]) < 1e-9
    assert required(made.business, 50.0, "wacc").count.tolist() == [0]


# Numbers drawn first -----------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["growth", "margin", "cost of capital", "exit multiple", "net retention",
                        "RPO conversion", "terminal_growth", "probability"]),
       st.floats(0.02, 0.98))  # fmt: skip
def test_the_price_of_a_number_leads_back_to_it(solve_for: str, part: float) -> None:
    business = shipped("cerebras").business
    solved = handle(business, solve_for)
    number = max(solved.low, -0.5) * (1 - part) + min(solved.high, 1.0) * part
    try:
        price = worth(business, solve_for, number)
    except InputError:
        return
    if price <= 0:
        return
    found = required(business, price, solve_for)
    assert np.abs(np.array(inputs(found)) - number).min() < 1e-9
    # As many as there are changes of sign on a fine grid.
    grid = np.linspace(solved.low, solved.high, 4001)[1:]
    at = solved.changed(business, grid)
    try:
        values = dcf_value(at.drivers, at.securities, at.contracted, at.plant).value_per_share
    except InputError:
        return
    signs = np.sign(values - price)
    assert found.count[0] >= (signs[1:] * signs[:-1] < 0).sum()


# Bad input ---------------------------------------------------------------------------------------


def refused(business: Business, prices: Any, name: Any) -> str:
    with pytest.raises(InputError) as error:
        required(business, prices, name)
    return str(error.value)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    business = shipped("cerebras").business
    for name, near in (
        ("margn", "margin"),
        ("cost of capitl", "cost of capital"),
        ("RPO convertion", "RPO conversion"),
        ("terminal_growt", "terminal_growth"),
    ):
        message = refused(business, 185.0, name)
        assert message.startswith("solve_for must be growth, margin, cost of capital, wacc, ")
        assert message.endswith(f"not '{name}' (did you mean '{near}'?).")  # fmt: skip
    # A choice, and numbers by year, are no one number.
    for name in ("timing", "research", "Cloud/uncontracted_revenue"):
        message = refused(business, 185.0, name)
        assert message.endswith(f"or an input that is one number, not '{name}'.")


def test_contracts_are_needed_for_what_is_about_them() -> None:
    without, by_year = shipped("supermicro").business, value(parse(cases.simple())).business
    assert refused(without, 41.44, "RPO conversion") == (
        "solve_for must not be RPO conversion, because the company has no contracts."
    )
    for name in ("contracted_share", "contracted_delay_months"):
        assert refused(without, 41.44, name) == (
            f"solve_for must not be {name}, because the company has no contracts."
        )
    for business in (without, by_year):
        assert refused(business, 41.44, "net retention") == (
            "solve_for must not be net retention, because the company has no table of contracts."
        )


@pytest.mark.parametrize("price", [0.0, -5.0, [185.0, 0.0]])
def test_a_price_is_above_zero(price: Any) -> None:
    assert refused(cash(), price, "wacc").startswith("price must be above 0, not")


def test_one_scenario_is_solved_at_a_time() -> None:
    business = changed(cash(), [("terminal_growth", np.array([0.01, 0.02]))], "changes")
    assert refused(business, 185.0, "wacc") == "drivers must be those of one scenario."
    assert refused(cash(), [[185.0], [311.0]], "wacc").startswith("price must be ")


def test_what_the_model_refuses_stays_refused() -> None:
    with pytest.raises(InputError, match=r"^terminal_growth must be below the terminal cost of"):
        required(cash(terminal_growth=0.2), 185.0, "wacc")
