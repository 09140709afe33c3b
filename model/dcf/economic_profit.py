"""Economic profit: what operations earn over the cost of the capital that they use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.dcf.discounting import each_period, end_factors
from model.errors import Floats, floats, require


@dataclass(frozen=True)
class EconomicProfit:
    """What operations earn over the cost of their capital; each line of shape (..., years)."""

    opening_capital: Floats
    nopat: Floats
    roic: Floats
    cost_of_capital: Floats
    spread: Floats
    capital_charge: Floats
    economic_profit: Floats
    reinvestment: Floats
    closing_capital: Floats
    discount_factor: Floats
    present_value: Floats
    value_created: Floats


def economic_profit(
    invested_capital: npt.ArrayLike,
    nopat: npt.ArrayLike,
    rates: npt.ArrayLike,
    reinvestment: npt.ArrayLike = 0.0,
) -> EconomicProfit:
    """Economic profit year by year, with the spread of ROIC over the cost of capital.

    Parameters
    ----------
    invested_capital : array_like, shape (...)
        Capital at the start of the first year, USD millions, above 0.
    nopat : array_like, shape (..., years)
        Operating profit after tax.
    rates : array_like, shape (...) or (..., years)
        Cost of capital.
    reinvestment : array_like, shape (...) or (..., years)
        What is added to the capital in each year; the capital must stay above 0 for as long as
        a year follows.

    Returns
    -------
    EconomicProfit
        Returns are on the opening capital, and flows fall at period ends. The value of the
        operations is the invested capital, the value created, and the present value of what a
        terminal value exceeds the closing capital by: the same as by discounted cash flow.

    Raises
    ------
    InputError
        For capital that is not above 0 when a year begins, a rate outside -1 to 1, or rates and
        reinvestment that are not as many as the years.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed., economic profit models.

    Examples
    --------
    >>> float(economic_profit(300, [50], 0.15).economic_profit[0])
    5.0
    """
    start, profit = (
        floats("invested_capital", invested_capital),
        np.atleast_1d(floats("nopat", nopat)),
    )
    added = each_period(reinvestment, profit, "reinvestment")
    rate = each_period(rates, profit)
    require(start > 0, "invested_capital", "above 0", start)
    added = np.broadcast_to(added, np.broadcast_shapes(added.shape, profit.shape))
    closing = start[..., None] + np.cumsum(added, axis=-1)
    opening = closing - added
    require(opening > 0, "reinvestment", "such that the capital stays above 0", opening)
    charge = opening * rate
    factor = end_factors(rate)
    present = (profit - charge) * factor
    return EconomicProfit(
        opening_capital=opening,
        nopat=profit,
        roic=profit / opening,
        cost_of_capital=rate,
        spread=profit / opening - rate,
        capital_charge=charge,
        economic_profit=profit - charge,
        reinvestment=added,
        closing_capital=closing,
        discount_factor=factor,
        present_value=present,
        value_created=np.cumsum(present, axis=-1),
    )
