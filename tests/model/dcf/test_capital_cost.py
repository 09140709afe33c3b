"""Is the cost of capital the weighted average it should be?

Oracle: the weights first and the average afterwards, in plain numbers, where the model divides
last; and bounds that any average obeys. Published figures are in `tests/data/published.json`.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.capital_cost import dcf_cost_of_equity, dcf_wacc
from model.errors import InputError

values = st.floats(1e-3, 1e6)
costs = st.floats(0, 0.5)
fractions = st.floats(0, 1)


@given(values, values, values, costs, costs, costs, fractions)
def test_wacc_is_the_average_by_market_weights(
    equity: float, debt: float, preferred: float, ke: float, kd: float, kp: float, tax: float
) -> None:
    found = float(dcf_wacc(equity, debt, ke, kd, tax, preferred, kp))
    capital = equity + debt + preferred
    after_tax = kd - kd * tax
    parts = ((equity / capital, ke), (debt / capital, after_tax), (preferred / capital, kp))
    assert found == pytest.approx(sum(w * k for w, k in parts), rel=1e-12, abs=1e-15)
    low, high = min(ke, after_tax, kp), max(ke, after_tax, kp)
    assert low - 1e-12 <= found <= high + 1e-12


@given(values, costs, costs, fractions)
def test_without_debt_wacc_is_the_cost_of_equity(
    equity: float, ke: float, kd: float, tax: float
) -> None:
    assert float(dcf_wacc(equity, 0, ke, kd, tax)) == pytest.approx(ke, rel=1e-15)


@given(values, values, costs, costs, fractions, st.floats(1e-3, 1e3))
def test_wacc_depends_on_weights_and_not_on_size(
    equity: float, debt: float, ke: float, kd: float, tax: float, size: float
) -> None:
    once = float(dcf_wacc(equity, debt, ke, kd, tax))
    times = float(dcf_wacc(equity * size, debt * size, ke, kd, tax))
    assert times == pytest.approx(once, rel=1e-12)


@given(costs, st.floats(-3, 3), costs, costs, costs)
def test_cost_of_equity_is_a_line_in_beta(
    risk_free: float, beta: float, premium: float, size: float, country: float
) -> None:
    start = float(dcf_cost_of_equity(risk_free, 0, premium, size, country))
    if start + beta * premium < 0:
        with pytest.raises(InputError, match=r"^beta must be such that the cost of equity"):
            dcf_cost_of_equity(risk_free, beta, premium, size, country)
        return
    found = float(dcf_cost_of_equity(risk_free, beta, premium, size, country))
    assert start == pytest.approx(risk_free + size + country, abs=1e-15)
    assert found - start == pytest.approx(beta * premium, abs=1e-14)
    market = float(dcf_cost_of_equity(risk_free, 1, premium))
    assert market == pytest.approx(risk_free + premium, abs=1e-15)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((-1, 30, 0.1, 0.1, 0.4), "equity_value"),
        ((60, -1, 0.1, 0.1, 0.4), "debt_value"),
        ((60, 30, -0.1, 0.1, 0.4), "cost_of_equity"),
        # In another order.
        ((0.13, 0.06, 50_000, 983, 0.25), "cost_of_equity"),
        ((60, 30, 0.1, 0.1, 40), "tax_rate"),
        ((60, 30, 0.1, 0.1, -0.1), "tax_rate"),
        ((60, 30, 0.1, 0.1, 0.4, -1), "preferred_value"),
        ((60, 30, float("nan"), 0.1, 0.4), "cost_of_equity"),
        ((60, 30, 0.1, float("inf"), 0.4), "cost_of_debt"),
        ((0, 0, 0.1, 0.1, 0.4), "equity_value"),
    ],
)
def test_capital_that_is_refused(arguments: tuple[float, ...], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} must be"):
        dcf_wacc(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4.4, 2.04, 4.3), "risk_free must be above -1 and at most 1, not 4.4 (4.4% is 0.044)"),
        ((0.044, 2.04, 4.3), "equity_risk_premium must be from 0 to 1, not 4.3 (4.3% is 0.043)"),
    ],
)
def test_percentages_without_their_sign(arguments: tuple[float, ...], message: str) -> None:
    with pytest.raises(InputError) as refused:
        dcf_cost_of_equity(*arguments)
    assert str(refused.value) == f"{message}."
