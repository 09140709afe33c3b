"""Cost of capital: cost of equity, betas and leverage, the weighted average."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import numpy as np

from model.dcf.discounting import Rates, each_period, end_factors
from model.errors import Floats, InputError, require
from model.fields import ONE_OR_ROW, ZERO, Amount, Field, Part, Rate, Ratio, line
from model.functions import function
from model.tables import Schedule

Relevering = Literal["hamada", "miles-ezzell"]
RELEVERINGS: tuple[Relevering, ...] = get_args(Relevering)

#: Annual cost of capital: a rate that is not negative.
Cost = Annotated[Floats, Field("fraction", low=0.0, high=1.0)]
Leverage = Annotated[Floats, Field("ratio", low=0.0)]
#: A fraction below 1.
Share = Annotated[Floats, Field("fraction", low=0.0, below=1.0)]


@function
def dcf_cost_of_equity(
    risk_free: Rate,
    beta: Ratio,
    equity_risk_premium: Cost,
    size_premium: Rate = ZERO,
    country_premium: Rate = ZERO,
) -> Cost:
    """Cost of equity by the capital asset pricing model, with premiums added.

    Parameters
    ----------
    risk_free
        Risk-free rate a year.
    beta
        Relevered beta.
    equity_risk_premium
        Premium of the market over the risk-free rate.
    size_premium
        Premium for size.
    country_premium
        Premium for country risk.

    Returns
    -------
    ndarray, shape (...)
        ``risk_free + beta * equity_risk_premium + size_premium + country_premium``.

    Raises
    ------
    InputError
        For a negative cost of equity.

    References
    ----------
    W. Sharpe, "Capital Asset Prices", *Journal of Finance* 19(3), 1964; the example is Disney at
    10% debt in A. Damodaran, *Applied Corporate Finance*.

    Examples
    --------
    >>> round(float(dcf_cost_of_equity(0.04, 1.1418, 0.0482)), 4)
    0.095
    """
    cost = risk_free + beta * equity_risk_premium + size_premium + country_premium
    require(cost >= 0, "beta", "such that the cost of equity is not negative", beta)
    return np.asarray(cost)


@function
def dcf_wacc(
    equity_value: Amount,
    debt_value: Amount,
    cost_of_equity: Cost,
    cost_of_debt: Rate,
    tax_rate: Part,
    preferred_value: Amount = ZERO,
    cost_of_preferred: Rate = ZERO,
) -> Rate:
    """Weighted average cost of capital, after tax.

    Parameters
    ----------
    equity_value
        Market value of the equity.
    debt_value
        Market value of the debt.
    cost_of_equity
        Cost of equity a year.
    cost_of_debt
        Cost of debt a year, before tax.
    tax_rate
        Marginal tax rate at which interest is deducted.
    preferred_value
        Market value of the preferred stock.
    cost_of_preferred
        Cost of the preferred stock a year.

    Returns
    -------
    ndarray, shape (...)
        ``(E ke + D kd (1 - t) + P kp) / (E + D + P)``.

    Raises
    ------
    InputError
        If all values are zero.

    References
    ----------
    CFA Program curriculum, level I, cost of capital, example 1: 60% equity at 15%, 30% debt at
    8%, 10% preferred at 10%, tax of 40%.

    Examples
    --------
    >>> round(float(dcf_wacc(60, 30, 0.15, 0.08, 0.40, 10, 0.10)), 6)
    0.1144
    """
    capital = equity_value + debt_value + preferred_value
    if not (capital > 0).all():
        raise InputError("equity_value", "must be above 0 together with debt and preferred")
    cost = (
        equity_value * cost_of_equity
        + debt_value * cost_of_debt * (1 - tax_rate)
        + preferred_value * cost_of_preferred
    )
    return np.asarray(cost / capital)


@function
def dcf_relever(
    unlevered_beta: Ratio,
    debt_to_equity: Leverage,
    tax_rate: Part,
    method: Relevering = "hamada",
    cost_of_debt: Rate | None = None,
    debt_beta: Ratio = ZERO,
) -> Ratio:
    r"""Beta of the equity from the beta of the operations and the leverage.

    .. math:: \beta_L = \beta_U + (\beta_U - \beta_D) \, k \, D / E

    with :math:`k = 1 - t` for debt of a fixed amount (Hamada) and
    :math:`k = 1 - t r_D / (1 + r_D)` for debt that is a fixed part of the value, adjusted once
    a year (Miles and Ezzell).

    Parameters
    ----------
    unlevered_beta
        Beta of the operations.
    debt_to_equity
        Debt over equity at market values.
    tax_rate
        Rate at which interest saves tax.
    method
        hamada: debt of a fixed amount; miles-ezzell: debt that is a fixed part of the value,
        adjusted once a year.
    cost_of_debt
        Cost of debt before tax; required for miles-ezzell, ignored for hamada.
    debt_beta
        Beta of the debt.

    Raises
    ------
    InputError
        For miles-ezzell without a cost of debt.

    References
    ----------
    R. Hamada, "The Effect of the Firm's Capital Structure on the Systematic Risk of Common
    Stocks", *Journal of Finance* 27(2), 1972; J. Miles and J. Ezzell, "The Weighted Average Cost
    of Capital, Perfect Capital Markets, and Project Life", *JFQA* 15(3), 1980. The example is
    Disney at 20% debt in A. Damodaran, *Applied Corporate Finance*.

    Examples
    --------
    >>> round(float(dcf_relever(1.0674, 0.25, 0.373)), 4)
    1.2347
    """
    load = _load(debt_to_equity, tax_rate, method, cost_of_debt)
    return np.asarray(unlevered_beta + (unlevered_beta - debt_beta) * load)


@function
def dcf_unlever(
    beta: Ratio,
    debt_to_equity: Leverage,
    tax_rate: Part,
    method: Relevering = "hamada",
    cost_of_debt: Rate | None = None,
    debt_beta: Ratio = ZERO,
    cash_to_value: Share = ZERO,
) -> Ratio:
    """Beta of the operations from the beta of the equity: DCF_RELEVER the other way round.

    Parameters
    ----------
    beta
        Beta of the equity.
    debt_to_equity
        Debt over equity at market values.
    tax_rate
        Rate at which interest saves tax.
    method
        How leverage adds to the beta; see DCF_RELEVER.
    cost_of_debt
        Cost of debt before tax; required for miles-ezzell, ignored for hamada.
    debt_beta
        Beta of the debt.
    cash_to_value
        Part of the company's value that is cash with a beta of 0.

    Returns
    -------
    ndarray, shape (...)
        ``(bl + bd k D/E) / (1 + k D/E) / (1 - cash)``, with k as in DCF_RELEVER.

    Raises
    ------
    InputError
        For miles-ezzell without a cost of debt.

    References
    ----------
    The examples are Disney's media networks and its studios, which hold 14.08% of their value in
    cash, in A. Damodaran, *Applied Corporate Finance*.

    Examples
    --------
    >>> round(float(dcf_unlever(1.22, 0.2045, 0.35)), 3)
    1.077
    >>> round(float(dcf_unlever(0.9824, 0, 0.35, cash_to_value=0.1408)), 4)
    1.1434
    """
    load = _load(debt_to_equity, tax_rate, method, cost_of_debt)
    return np.asarray((beta + debt_beta * load) / (1 + load) / (1 - cash_to_value))


def _load(
    debt_to_equity: Floats, tax_rate: Floats, method: str, cost_of_debt: Floats | None
) -> Floats:
    """Increase of beta through leverage, per unit of the difference from the debt beta."""
    if method == "hamada":
        return (1 - tax_rate) * debt_to_equity
    if cost_of_debt is None:
        raise InputError("cost_of_debt", "must be given for the method 'miles-ezzell'")
    return (1 - tax_rate * cost_of_debt / (1 + cost_of_debt)) * debt_to_equity


class CapitalCost(Schedule):
    """Cost of capital by year or by capital structure; shapes (..., years)."""

    debt_to_capital: Floats = line("Debt to capital", "fraction")
    beta: Floats = line("Beta", "ratio")
    cost_of_equity: Floats = line("Cost of equity", "fraction")
    after_tax_cost_of_debt: Floats = line("Cost of debt after tax", "fraction")
    wacc: Floats = line("Cost of capital", "fraction", total=True)
    discount_factor: Floats = line("Discount factor", "ratio", form="factor")


@function
def dcf_cost_of_capital(
    unlevered_beta: Annotated[Ratio, ONE_OR_ROW],
    debt_to_capital: Annotated[Share, ONE_OR_ROW],
    risk_free: Rates,
    equity_risk_premium: Annotated[Cost, ONE_OR_ROW],
    cost_of_debt: Rates,
    tax_rate: Annotated[Part, ONE_OR_ROW],
    method: Relevering = "hamada",
    debt_beta: Ratio = ZERO,
) -> CapitalCost:
    """Cost of capital by year, or by capital structure, with the beta relevered for each.

    Parameters
    ----------
    unlevered_beta
        Beta of the operations, one for all years or one for each; the same applies to the arguments
        below.
    debt_to_capital
        Debt over debt and equity at market values.
    risk_free
        Risk-free rate a year.
    equity_risk_premium
        Premium of the market over the risk-free rate.
    cost_of_debt
        Cost of debt a year, before tax.
    tax_rate
        Rate at which interest saves tax.
    method
        How leverage adds to the beta; see DCF_RELEVER.
    debt_beta
        Beta of the debt.

    Raises
    ------
    InputError
        For ranges of different lengths, or a negative cost of equity.

    References
    ----------
    A. Damodaran, *Applied Corporate Finance*: Disney at 10% to 30% debt.

    Examples
    --------
    >>> debt, before_tax = [0.10, 0.20, 0.30], [0.0273 / 0.627, 0.0314 / 0.627, 0.0376 / 0.627]
    >>> made = dcf_cost_of_capital(1.0674, debt, 0.04, 0.0482, before_tax, 0.373)
    >>> (100 * made.wacc).round(1)
    array([8.8, 8.6, 8.5])
    """
    given = {
        "unlevered_beta": unlevered_beta,
        "debt_to_capital": debt_to_capital,
        "risk_free": risk_free,
        "equity_risk_premium": equity_risk_premium,
        "cost_of_debt": cost_of_debt,
        "tax_rate": tax_rate,
    }
    years = max(values.shape[-1] if values.ndim else 1 for values in given.values())
    asset, weight, riskless, premium, interest, tax = (
        each_period(values, years, name) for name, values in given.items()
    )
    load = _load(weight / (1 - weight), tax, method, interest)
    beta = asset + (asset - debt_beta) * load
    equity = riskless + beta * premium
    require(equity >= 0, "unlevered_beta", "such that the cost of equity is not negative", asset)
    after_tax = interest * (1 - tax)
    average = (1 - weight) * equity + weight * after_tax
    weight, beta, equity, after_tax = (
        np.broadcast_to(values, average.shape) for values in (weight, beta, equity, after_tax)
    )
    return CapitalCost(
        debt_to_capital=weight,
        beta=beta,
        cost_of_equity=equity,
        after_tax_cost_of_debt=after_tax,
        wacc=average,
        discount_factor=end_factors(average, np.ones(years)),
    )
