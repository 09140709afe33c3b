"""Cost of capital."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, require


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

    Examples
    --------
    >>> round(float(cost_of_equity(0.04, 1.5, 0.05)), 6)
    0.115
    """
    premium = floats("equity_risk_premium", equity_risk_premium)
    require(premium >= 0, "equity_risk_premium", "at least 0", premium)
    return np.asarray(
        floats("risk_free", risk_free)
        + floats("beta", beta) * premium
        + floats("size_premium", size_premium)
        + floats("country_premium", country_premium)
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

    Examples
    --------
    60% equity at 15%, 30% debt at 8%, 10% preferred at 10%, tax of 40% (CFA curriculum):

    >>> round(float(wacc(60, 30, 0.15, 0.08, 0.40, 10, 0.10)), 6)
    0.1144
    """
    equity = floats("equity_value", equity_value)
    debt = floats("debt_value", debt_value)
    preferred = floats("preferred_value", preferred_value)
    tax = floats("tax_rate", tax_rate)
    for argument, value in (
        ("equity_value", equity),
        ("debt_value", debt),
        ("preferred_value", preferred),
    ):
        require(value >= 0, argument, "at least 0", value)
    require((tax >= 0) & (tax <= 1), "tax_rate", "a fraction from 0 to 1", tax)
    capital = equity + debt + preferred
    if not (capital > 0).all():
        raise InputError("equity_value", "must be above 0 together with debt and preferred")
    cost = (
        equity * floats("cost_of_equity", cost_of_equity)
        + debt * floats("cost_of_debt", cost_of_debt) * (1 - tax)
        + preferred * floats("cost_of_preferred", cost_of_preferred)
    )
    return np.asarray(cost / capital)
