"""Cost of capital: cost of equity, betas and leverage, the weighted average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.dcf.discounting import end_factors
from model.errors import Floats, InputError, floats, one_of, require, yearly_rate

Relevering = Literal["hamada", "miles-ezzell"]
RELEVERINGS: tuple[Relevering, ...] = get_args(Relevering)


def cost_of_equity(
    risk_free: npt.ArrayLike,
    beta: npt.ArrayLike,
    equity_risk_premium: npt.ArrayLike,
    size_premium: npt.ArrayLike = 0.0,
    country_premium: npt.ArrayLike = 0.0,
) -> Floats:
    """Cost of equity by the capital asset pricing model with premiums added.

    Parameters
    ----------
    risk_free, equity_risk_premium, size_premium, country_premium : array_like, shape (...)
        Fractions a year.
    beta : array_like, shape (...)
        Relevered beta.

    Returns
    -------
    ndarray, shape (...)
        ``risk_free + beta * equity_risk_premium + size_premium + country_premium``.

    Raises
    ------
    InputError
        For an equity risk premium outside 0 to 1, or another rate that is no fraction above -1 and
        at most 1.

    Examples
    --------
    >>> round(float(cost_of_equity(0.04, 1.5, 0.05)), 6)
    0.115
    """
    premium = floats("equity_risk_premium", equity_risk_premium)
    require(
        (premium >= 0) & (premium <= 1), "equity_risk_premium", "a fraction from 0 to 1", premium
    )
    return np.asarray(
        yearly_rate("risk_free", risk_free)
        + floats("beta", beta) * premium
        + yearly_rate("size_premium", size_premium)
        + yearly_rate("country_premium", country_premium)
    )


def wacc(
    equity_value: npt.ArrayLike,
    debt_value: npt.ArrayLike,
    cost_of_equity: npt.ArrayLike,
    cost_of_debt: npt.ArrayLike,
    tax_rate: npt.ArrayLike,
    preferred_value: npt.ArrayLike = 0.0,
    cost_of_preferred: npt.ArrayLike = 0.0,
) -> Floats:
    """Weighted average cost of capital, after tax.

    Parameters
    ----------
    equity_value, debt_value, preferred_value : array_like, shape (...)
        Market values, USD millions.
    cost_of_equity, cost_of_debt, cost_of_preferred : array_like, shape (...)
        Fractions a year; the cost of debt before tax.
    tax_rate : array_like, shape (...)
        Marginal rate at which interest saves tax, 0 to 1.

    Returns
    -------
    ndarray, shape (...)
        ``(E ke + D kd (1 - t) + P kp) / (E + D + P)``.

    Raises
    ------
    InputError
        For a negative value, values of nothing in total, a cost that is no fraction above -1 and at
        most 1, or a tax rate outside 0 to 1.

    Examples
    --------
    60% equity at 15%, 30% debt at 8%, 10% preferred at 10%, tax of 40% (CFA curriculum):

    >>> round(float(wacc(60, 30, 0.15, 0.08, 0.40, 10, 0.10)), 6)
    0.1144
    """
    equity = floats("equity_value", equity_value)
    debt = floats("debt_value", debt_value)
    preferred = floats("preferred_value", preferred_value)
    tax = _tax(tax_rate)
    for argument, value in (
        ("equity_value", equity),
        ("debt_value", debt),
        ("preferred_value", preferred),
    ):
        require(value >= 0, argument, "at least 0", value)
    capital = equity + debt + preferred
    if not (capital > 0).all():
        raise InputError("equity_value", "must be above 0 together with debt and preferred")
    cost = (
        equity * yearly_rate("cost_of_equity", cost_of_equity)
        + debt * yearly_rate("cost_of_debt", cost_of_debt) * (1 - tax)
        + preferred * yearly_rate("cost_of_preferred", cost_of_preferred)
    )
    return np.asarray(cost / capital)


def relever(
    unlevered_beta: npt.ArrayLike,
    debt_to_equity: npt.ArrayLike,
    tax_rate: npt.ArrayLike,
    method: str = "hamada",
    cost_of_debt: npt.ArrayLike | None = None,
    debt_beta: npt.ArrayLike = 0.0,
) -> Floats:
    r"""Beta of the equity from the beta of the operations.

    .. math:: \beta_L = \beta_U + (\beta_U - \beta_D) \, k \, D / E

    with :math:`k = 1 - t` for debt of a fixed amount (Hamada) and
    :math:`k = 1 - t r_D / (1 + r_D)` for debt that is a fixed part of the value, adjusted once
    a year (Miles and Ezzell).

    Parameters
    ----------
    unlevered_beta : array_like, shape (...)
        Beta of the operations.
    debt_to_equity : array_like, shape (...)
        Debt over equity at market values, at least 0.
    tax_rate : array_like, shape (...)
        Rate at which interest saves tax, 0 to 1.
    method : {"hamada", "miles-ezzell"}
        Which debt policy.
    cost_of_debt : array_like, shape (...), optional
        Before tax, above -1 and at most 1; Miles-Ezzell needs it, Hamada makes no use of it.
    debt_beta : array_like, shape (...)
        Beta of the debt.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    InputError
        For negative leverage, a tax rate outside 0 to 1, an unknown method, or Miles-Ezzell without
        a cost of debt.

    References
    ----------
    R. Hamada, "The Effect of the Firm's Capital Structure on the Systematic Risk of Common
    Stocks", *Journal of Finance* 27(2), 1972; J. Miles and J. Ezzell, "The Weighted Average Cost
    of Capital, Perfect Capital Markets, and Project Life", *JFQA* 15(3), 1980.

    Examples
    --------
    Disney at 40% debt (A. Damodaran, *Applied Corporate Finance*):

    >>> round(float(relever(1.0674, 2 / 3, 0.373)), 4)
    1.5136
    """
    beta, debt = floats("unlevered_beta", unlevered_beta), floats("debt_beta", debt_beta)
    load = _load(debt_to_equity, tax_rate, method, cost_of_debt)
    return np.asarray(beta + (beta - debt) * load)


def unlever(
    beta: npt.ArrayLike,
    debt_to_equity: npt.ArrayLike,
    tax_rate: npt.ArrayLike,
    method: str = "hamada",
    cost_of_debt: npt.ArrayLike | None = None,
    debt_beta: npt.ArrayLike = 0.0,
    cash_to_value: npt.ArrayLike = 0.0,
) -> Floats:
    """Beta of the operations from the beta of the equity; the inverse of `relever`.

    Parameters
    ----------
    beta : array_like, shape (...)
        Beta of the equity.
    debt_to_equity, tax_rate, method, cost_of_debt, debt_beta
        As in `relever`.
    cash_to_value : array_like, shape (...)
        Part of the company's value that is cash with a beta of 0: at least 0, below 1.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    InputError
        For what `relever` refuses, or a cash_to_value out of its bounds.

    Examples
    --------
    Disney's studios hold 14.08% of their value in cash (Damodaran):

    >>> round(float(unlever(0.9824, 0, 0.35, cash_to_value=0.1408)), 4)
    1.1434
    """
    levered, debt = floats("beta", beta), floats("debt_beta", debt_beta)
    cash = floats("cash_to_value", cash_to_value)
    require((cash >= 0) & (cash < 1), "cash_to_value", "at least 0 and below 1", cash)
    load = _load(debt_to_equity, tax_rate, method, cost_of_debt)
    return np.asarray((levered + debt * load) / (1 + load) / (1 - cash))


def _load(
    debt_to_equity: npt.ArrayLike,
    tax_rate: npt.ArrayLike,
    method: str,
    cost_of_debt: npt.ArrayLike | None,
) -> Floats:
    """What leverage adds to a beta, per unit of the difference to the debt's own beta."""
    method = one_of("method", method, RELEVERINGS)
    leverage, tax = floats("debt_to_equity", debt_to_equity), _tax(tax_rate)
    require(leverage >= 0, "debt_to_equity", "at least 0", leverage)
    if method == "hamada":
        return np.asarray((1 - tax) * leverage)
    if cost_of_debt is None:
        raise InputError("cost_of_debt", "must be given for the method 'miles-ezzell'")
    interest = yearly_rate("cost_of_debt", cost_of_debt)
    return np.asarray((1 - tax * interest / (1 + interest)) * leverage)


def _tax(tax_rate: npt.ArrayLike) -> Floats:
    tax = floats("tax_rate", tax_rate)
    require((tax >= 0) & (tax <= 1), "tax_rate", "a fraction from 0 to 1", tax)
    return tax


@dataclass(frozen=True)
class CapitalCost:
    """Cost of capital by year or by capital structure; each line of shape (..., years)."""

    debt_to_capital: Floats
    beta: Floats
    cost_of_equity: Floats
    after_tax_cost_of_debt: Floats
    wacc: Floats
    discount_factor: Floats


def cost_of_capital(
    unlevered_beta: npt.ArrayLike,
    debt_to_capital: npt.ArrayLike,
    risk_free: npt.ArrayLike,
    equity_risk_premium: npt.ArrayLike,
    cost_of_debt: npt.ArrayLike,
    tax_rate: npt.ArrayLike,
    method: str = "hamada",
    debt_beta: npt.ArrayLike = 0.0,
) -> CapitalCost:
    """Cost of capital year by year, with the beta relevered for each year's debt.

    Parameters
    ----------
    unlevered_beta, risk_free, equity_risk_premium, cost_of_debt, tax_rate : array_like
        Each of shape (...) or (..., years).
    debt_to_capital : array_like, shape (...) or (..., years)
        Debt over debt and equity at market values, at least 0 and below 1.
    method, debt_beta
        As in `relever`.

    Returns
    -------
    CapitalCost
        The discount factor is the running product of the years so far, at period ends.

    Raises
    ------
    InputError
        For a debt_to_capital out of its bounds, and what `relever`, `cost_of_equity` and `wacc`
        refuse.
    """
    weight = np.atleast_1d(floats("debt_to_capital", debt_to_capital))
    require((weight >= 0) & (weight < 1), "debt_to_capital", "at least 0 and below 1", weight)
    interest, tax = yearly_rate("cost_of_debt", cost_of_debt), _tax(tax_rate)
    beta = relever(unlevered_beta, weight / (1 - weight), tax, method, interest, debt_beta)
    equity = cost_of_equity(risk_free, beta, equity_risk_premium)
    average = np.asarray((1 - weight) * equity + weight * interest * (1 - tax))
    shape = average.shape
    return CapitalCost(
        debt_to_capital=np.broadcast_to(weight, shape),
        beta=np.broadcast_to(beta, shape),
        cost_of_equity=np.broadcast_to(equity, shape),
        after_tax_cost_of_debt=np.broadcast_to(interest * (1 - tax), shape),
        wacc=average,
        discount_factor=end_factors(average),
    )
