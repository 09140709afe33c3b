"""Economic profit: what operations earn over the cost of the capital that they use."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.dcf.discounting import Rates, each_period, end_factors
from model.errors import Floats, require
from model.fields import ONE_OR_ROW, ROW, ZERO, Field, Money, line
from model.functions import function
from model.tables import Schedule


class EconomicProfit(Schedule):
    """What operations earn over the cost of their capital; shapes (..., years)."""

    opening_capital: Floats = line("Opening capital")
    reinvestment: Floats = line("Reinvestment")
    closing_capital: Floats = line("Closing capital", total=True)
    nopat: Floats = line("NOPAT")
    roic: Floats = line("ROIC", "fraction")
    cost_of_capital: Floats = line("Cost of capital", "fraction")
    spread: Floats = line("Spread", "fraction")
    capital_charge: Floats = line("Capital charge")
    economic_profit: Floats = line("Economic profit", total=True)
    discount_factor: Floats = line("Discount factor", "ratio", form="factor")
    present_value: Floats = line("Present value")
    value_created: Floats = line("Value created to date")


@function
def dcf_economic_profit(
    invested_capital: Annotated[Floats, Field("USD m", above=0.0)],
    nopat: Annotated[Money, ROW],
    rates: Rates,
    reinvestment: Annotated[Money, ONE_OR_ROW] = ZERO,
) -> EconomicProfit:
    """Economic profit by year, with the spread of ROIC over the cost of capital.

    Parameters
    ----------
    invested_capital
        Capital at the start of the first year.
    nopat
        Operating profit after tax, one for each year.
    rates
        Cost of capital, one for all years or one for each.
    reinvestment
        Added to the capital in each year, one for all or one for each; nothing if omitted.

    Returns
    -------
    EconomicProfit
        Flows fall at period ends. Opening capital, value created, and the discounted excess of a
        terminal value over closing capital add up to the value by discounted cash flow.

    Raises
    ------
    InputError
        For capital that is not above 0 when a year begins, or ranges that are not as long as
        nopat.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed.; the example is from the CFA level
    II questions of analystnotes.com.

    Examples
    --------
    >>> float(dcf_economic_profit(300, [50], 0.15).economic_profit[0])
    5.0
    """
    years = nopat.shape[-1]
    added = each_period(reinvestment, years, "reinvestment")
    rate = each_period(rates, years)
    added = np.broadcast_to(added, np.broadcast_shapes(added.shape, nopat.shape))
    closing = invested_capital[..., None] + np.cumsum(added, axis=-1)
    opening = closing - added
    require(opening > 0, "reinvestment", "such that the capital stays above 0", opening)
    charge = opening * rate
    factor = end_factors(rate, np.ones(years))
    present = (nopat - charge) * factor
    return EconomicProfit(
        opening_capital=opening,
        reinvestment=added,
        closing_capital=closing,
        nopat=nopat,
        roic=nopat / opening,
        cost_of_capital=rate,
        spread=nopat / opening - rate,
        capital_charge=charge,
        economic_profit=nopat - charge,
        discount_factor=factor,
        present_value=present,
        value_created=np.cumsum(present, axis=-1),
    )
