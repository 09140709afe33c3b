"""Is tax due only after losses are used, year by year, and does its rate converge?

Oracles: a ledger of single losses, used first in first out, in plain Python; what was used is
what was made and is not left; a forecast whose tax is re-computed by hand with the faded rate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.drivers import Drivers
from model.dcf.taxes import dcf_tax_losses, loss_corkscrew
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError

# Zero, or large enough to divide by.
incomes = st.lists(
    st.just(0.0) | st.floats(1e-6, 1e4) | st.floats(-1e4, -1e-6), min_size=1, max_size=12
)
shares = st.floats(0, 1)
HOLDERS = Securities(["Common"], ["common"], [100.0], [0.0])


def ledger(income: list[float], opening: float, limit: float) -> tuple[list[float], list[float]]:
    """Taxable income and losses left, from a list of losses that are used one by one."""
    losses = [opening]
    taxable, left = [], []
    for earned in income:
        if earned < 0:
            losses.append(-earned)
            taxable.append(0.0)
        else:
            room = limit * earned
            for i, loss in enumerate(losses):
                used = min(loss, room)
                losses[i] -= used
                room -= used
                earned -= used
            taxable.append(earned)
        left.append(sum(losses))
    return taxable, left


@given(incomes, st.floats(0, 1e4), shares)
def test_losses_are_used_first_in_first_out(
    income: list[float], opening: float, limit: float
) -> None:
    taxable, left = ledger(income, opening, limit)
    made = dcf_tax_losses(income, 0.25, opening, limit)
    size = 1e-9 * (1 + max(map(abs, income)) + opening)
    np.testing.assert_allclose(made.taxable_income, taxable, rtol=1e-12, atol=size)
    np.testing.assert_allclose(made.loss_closing, left, rtol=1e-12, atol=size)
    np.testing.assert_allclose(made.tax, 0.25 * np.array(taxable), rtol=1e-12, atol=size)


@given(incomes, st.floats(0, 1e4), shares, shares)
def test_the_corkscrew_closes(
    income: list[float], opening: float, limit: float, rate: float
) -> None:
    made = dcf_tax_losses(income, rate, opening, limit)
    assert (made.loss_opening[1:] == made.loss_closing[:-1]).all()
    assert made.loss_opening[0] == opening
    np.testing.assert_array_equal(
        made.loss_opening + made.loss_added - made.loss_used, made.loss_closing
    )
    assert (made.loss_closing >= 0).all()
    assert (made.loss_used <= limit * np.maximum(income, 0.0)).all()
    assert (made.tax >= 0).all()
    assert (made.effective_rate <= rate * (1 + 1e-12) + 1e-12).all()


@given(incomes, st.floats(0, 1e4), shares, shares)
def test_a_tighter_limit_never_lowers_the_tax_paid_so_far(
    income: list[float], opening: float, one: float, other: float
) -> None:
    tight, loose = sorted((one, other))
    paid_tight = np.cumsum(dcf_tax_losses(income, 0.3, opening, tight).tax)
    paid_loose = np.cumsum(dcf_tax_losses(income, 0.3, opening, loose).tax)
    assert (paid_tight >= paid_loose - 1e-8 * (1 + paid_loose)).all()


def test_extremes() -> None:
    assert dcf_tax_losses([0.0], 0.25).effective_rate[0] == 0
    assert dcf_tax_losses([100.0], 0.25, 1e9, 0.0).tax[0] == 25
    assert dcf_tax_losses([100.0], [0.25], 1e9).tax[0] == 0
    assert dcf_tax_losses(np.full(600, 1.0), 0.25, 599.5).tax.sum() == pytest.approx(0.125)


def test_scenarios_are_single_calls() -> None:
    seed = np.random.default_rng(5)
    income, rate = seed.uniform(-50, 100, (7, 5)), seed.uniform(0, 0.4, (7, 5))
    opening, limit = seed.uniform(0, 90, 7), seed.uniform(0, 1, 7)
    together = dcf_tax_losses(income, rate, opening, limit)
    for i in range(7):
        single = dcf_tax_losses(income[i], rate[i], opening[i], limit[i])
        np.testing.assert_array_equal(together.tax[i], single.tax)
        np.testing.assert_array_equal(together.loss_closing[i], single.loss_closing)


# The rate that converges, in a forecast ----------------------------------------------------------


def company(**changes: Any) -> Drivers:
    return Drivers.of(
        {
            "base_revenue": 1000.0,
            "revenue_growth": 0.05,
            "operating_margin": 0.2,
            "tax_rate": 0.1,
            "sales_to_capital": 2.0,
            "wacc": 0.1,
            "terminal_growth": 0.02,
            "years": 10,
            "loss_carryforward": 300.0,
            **changes,
        }
    )


def test_the_rate_holds_and_then_leads_in_a_line_to_the_marginal_rate() -> None:
    result = dcf_value(company(tax_years=5, terminal_tax_rate=0.25), HOLDERS)
    expected = [0.1] * 5 + [0.13, 0.16, 0.19, 0.22, 0.25]
    np.testing.assert_allclose(result.forecast.tax_rate, expected, rtol=1e-14)
    left, revenue = 300.0, 1000.0
    for year in range(10):
        revenue *= 1.05
        income = 0.2 * revenue
        used = min(left, income)
        left -= used
        assert result.forecast.tax[year] == pytest.approx(
            expected[year] * (income - used), rel=1e-12
        )
    assert float(result.terminal_nopat) == pytest.approx(0.2 * revenue * 1.02 * 0.75, rel=1e-13)


def test_without_years_the_marginal_rate_comes_with_the_terminal_year() -> None:
    result = dcf_value(company(terminal_tax_rate=0.25), HOLDERS)
    assert (result.forecast.tax_rate == 0.1).all()
    at_once = dcf_value(company(), HOLDERS)
    np.testing.assert_array_equal(result.forecast.tax, at_once.forecast.tax)
    assert float(result.terminal_nopat / at_once.terminal_nopat) == pytest.approx(0.75 / 0.9)


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.integers(1, 10))
def test_value_falls_as_the_marginal_rate_rises(one: float, other: float, hold: int) -> None:
    low, high = sorted((one, other))
    worth = [
        float(dcf_value(company(terminal_tax_rate=t, tax_years=hold), HOLDERS).equity_value)
        for t in (low, high)
    ]
    assert worth[1] <= worth[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tax_years": 11}, "tax_years must be at most 10, the forecast years, not 11"),
        ({"tax_years": 2, "tax_rate": [0.1] * 9 + [0.2]}, "tax_rate must not change after year 2"),
        ({"terminal_tax_rate": 25}, "terminal_tax_rate must be from 0 to 1, not 25"),
    ],
)
def test_drivers_that_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        company(**changes)


@pytest.mark.parametrize("years", [1, 600])
@pytest.mark.parametrize("terminal", ["growth", "roic"])
def test_a_perpetual_loss_gets_no_tax_back_and_takes_no_capital(years: int, terminal: str) -> None:
    still: dict[str, Any] = {
        "revenue_growth": 0.0, "operating_margin": -0.01, "terminal_growth": 0.0,
        "terminal": terminal, "timing": "end", "years": years,
    }  # fmt: skip
    # A loss of 10 a year at 10%, from a company without growth.
    found = dcf_value(company(**still), HOLDERS)
    assert float(found.enterprise_value) == pytest.approx(-10 / 0.1, rel=1e-12)
    growing = dcf_value(
        company(**still | {"terminal_growth": 0.04, "terminal_roic": 0.15}), HOLDERS
    )
    taken = 1000 * 0.04 / 2.0 if terminal == "growth" else 0.0
    assert float(growing.terminal_reinvestment) == pytest.approx(taken)
    assert float(growing.terminal_value) == pytest.approx((-10.4 - taken) / 0.06, rel=1e-12)


@given(
    st.lists(st.floats(), min_size=1, max_size=12), st.floats(0, 1e300) | st.just(np.inf), shares
)
def test_one_scenario_is_one_of_many_to_the_last_bit(
    income: list[float], opening: float, limit: float
) -> None:
    """One scenario goes through plain floats, and many go through arrays."""
    with np.errstate(all="ignore"):
        one = loss_corkscrew(np.array(income), np.float64(opening), np.float64(limit))
        two = loss_corkscrew(np.array([income] * 2), np.float64(opening), np.float64(limit))
    for name, values in one.items():
        assert np.array_equal(values, two[name][1], equal_nan=True)
