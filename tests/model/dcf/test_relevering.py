"""Do relevered betas agree with the cost of capital that their theories give?

Oracle: the closed forms for the weighted average cost of capital, which mention no beta of the
equity at all. Under Modigliani and Miller it is ``r (1 - t L)``; under Miles and Ezzell
``r - L t rd (1 + r) / (1 + rd)``. The long way round, by beta, cost of equity and weights, must
arrive there. Disney's published betas are in `tests/data/published.json`.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.capital_cost import (
    RELEVERINGS,
    dcf_cost_of_capital,
    dcf_relever,
    dcf_unlever,
)
from model.errors import InputError

betas = st.floats(0, 4)
leverages = st.floats(0, 0.95)
taxes = st.floats(0, 1)
risk_frees = st.floats(0, 0.08)
premiums = st.floats(0.01, 0.1)
debt_betas = st.floats(0, 0.6)
methods = st.sampled_from(RELEVERINGS)


def closed_form(method: str, r: float, rd: float, tax: float, weight: float) -> float:
    if method == "hamada":
        return r * (1 - tax * weight)
    return r - weight * tax * rd * (1 + r) / (1 + rd)


@given(methods, betas, leverages, taxes, risk_frees, premiums, debt_betas)
def test_the_long_way_arrives_at_the_closed_form(
    method: str,
    beta: float,
    weight: float,
    tax: float,
    risk_free: float,
    premium: float,
    debt_beta: float,
) -> None:
    # Debt is priced by its own beta, as both theories have it.
    rd, r = risk_free + debt_beta * premium, risk_free + beta * premium
    try:
        found = dcf_cost_of_capital(beta, weight, risk_free, premium, rd, tax, method, debt_beta)
    except InputError as refused:
        # Debt that bears more risk than the operations leaves less than none to the equity.
        relevered = dcf_relever(beta, weight / (1 - weight), tax, method, rd, debt_beta)
        assert refused.argument == "unlevered_beta"
        assert risk_free + relevered * premium < 0
        return
    expected = closed_form(method, r, rd, tax, weight)
    assert float(found.wacc[0]) == pytest.approx(expected, abs=1e-13)
    assert float(found.discount_factor[0]) == pytest.approx(1 / (1 + expected), rel=1e-12)


@given(methods, betas, st.floats(0, 20), taxes, st.floats(0, 0.3), debt_betas)
def test_unlevering_undoes_relevering(
    method: str, beta: float, debt_to_equity: float, tax: float, rd: float, debt_beta: float
) -> None:
    levered = dcf_relever(beta, debt_to_equity, tax, method, rd, debt_beta)
    back = dcf_unlever(levered, debt_to_equity, tax, method, rd, debt_beta)
    assert float(back) == pytest.approx(beta, rel=1e-12, abs=1e-12)


@given(betas, st.floats(0, 20), taxes, st.floats(0, 0.3), debt_betas)
def test_bounds_of_leverage(
    beta: float, debt_to_equity: float, tax: float, rd: float, debt_beta: float
) -> None:
    for method in RELEVERINGS:
        none = dcf_relever(beta, 0, tax, method, rd, debt_beta)
        same = dcf_relever(beta, debt_to_equity, tax, method, rd, beta)
        assert float(none) == float(same) == beta
    hamada = float(dcf_relever(beta, debt_to_equity, tax, "hamada"))
    rebalanced = float(dcf_relever(beta, debt_to_equity, tax, "miles-ezzell", rd))
    # A tax shield that moves with the value carries the risk of the operations.
    assert beta <= hamada + 1e-12 <= rebalanced + 2e-12
    assert rebalanced <= beta * (1 + debt_to_equity) + 1e-12
    without_tax = [float(dcf_relever(beta, debt_to_equity, 0, m, rd)) for m in RELEVERINGS]
    assert without_tax == pytest.approx([beta * (1 + debt_to_equity)] * 2)


@given(betas, st.floats(0, 0.9))
def test_cash_dilutes_the_beta_of_the_operations(beta: float, cash: float) -> None:
    # The company is a portfolio of its operations and of cash with a beta of 0.
    operations = float(dcf_unlever(beta, 0, 0.3, cash_to_value=cash))
    assert operations * (1 - cash) + 0.0 * cash == pytest.approx(beta)


def test_by_year_is_each_year_by_itself() -> None:
    weights, rates = [0.0, 0.1, 0.3], [0.05, 0.06, 0.08]
    found = dcf_cost_of_capital(1.2, weights, 0.04, 0.05, rates, 0.21)
    worth = 1.0
    for i, (w, rd) in enumerate(zip(weights, rates, strict=True)):
        beta = 1.2 * (1 + (1 - 0.21) * w / (1 - w))
        equity = 0.04 + beta * 0.05
        average = (1 - w) * equity + w * rd * (1 - 0.21)
        worth /= 1 + average
        assert float(found.beta[i]) == pytest.approx(beta, rel=1e-14)
        assert float(found.cost_of_equity[i]) == pytest.approx(equity, rel=1e-14)
        assert float(found.after_tax_cost_of_debt[i]) == pytest.approx(rd * 0.79, rel=1e-14)
        assert float(found.wacc[i]) == pytest.approx(average, rel=1e-14)
        assert float(found.discount_factor[i]) == pytest.approx(worth, rel=1e-14)


def test_scenarios_stand_before_the_years() -> None:
    betas = np.array([[1.0], [2.0]])
    both = dcf_cost_of_capital(betas, [0.1, 0.2], 0.04, 0.05, 0.06, 0.21)
    assert both.wacc.shape == (2, 2)
    for s in range(2):
        one = dcf_cost_of_capital(float(betas[s, 0]), [0.1, 0.2], 0.04, 0.05, 0.06, 0.21)
        assert np.array_equal(both.wacc[s], one.wacc)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: dcf_relever(1, -0.1, 0.3), "debt_to_equity"),
        (lambda: dcf_relever(1, 0.5, 1.1), "tax_rate"),
        (lambda: dcf_relever(1, 0.5, 0.3, "hamda"), "method"),
        (lambda: dcf_relever(1, 0.5, 0.3, "miles-ezzell"), "cost_of_debt"),
        (lambda: dcf_relever(1, 0.5, 0.3, "miles-ezzell", -1.0), "cost_of_debt"),
        (lambda: dcf_relever(float("nan"), 0.5, 0.3), "unlevered_beta"),
        (lambda: dcf_unlever(1, 0.5, 0.3, cash_to_value=1.0), "cash_to_value"),
        (lambda: dcf_unlever(1, 0.5, 0.3, cash_to_value=-0.1), "cash_to_value"),
        (lambda: dcf_cost_of_capital(1, 1.0, 0.04, 0.05, 0.06, 0.3), "debt_to_capital"),
        (lambda: dcf_cost_of_capital(1, -0.1, 0.04, 0.05, 0.06, 0.3), "debt_to_capital"),
        (
            lambda: dcf_cost_of_capital(1, [0.1, 0.2], [0.04] * 3, 0.05, 0.06, 0.3),
            "debt_to_capital",
        ),
    ],
)
def test_what_is_refused(call: object, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} must"):
        call()
