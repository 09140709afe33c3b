"""A target price: the value per share some months from now, and the return up to it."""

from __future__ import annotations

from typing import Annotated, cast

import numpy as np

from model.calendar import MONTHS_PER_YEAR
from model.errors import Floats, require
from model.fields import ZERO, Field, Price, line
from model.functions import function
from model.tables import Statement

#: Months of a target price, where none are given.
YEAR = cast(Floats, np.float64(MONTHS_PER_YEAR))


class TargetPrice(Statement):
    """From the value per share today to the target price, and the return up to it."""

    value_today: Floats = line("Value per share today", "USD")
    raises: Floats = line("Change by raises", "USD")
    limited: Floats = line("Loss limited to the whole price", "USD")
    rolled_forward: Floats = line("Cost of equity until then", "USD")
    dividends: Floats = line("Less dividends until then", "USD")
    target_price: Floats = line("Target price", "USD", total=True)
    price: Floats = line("Share price today", "USD")
    required_return: Floats = line("Return that the cost of equity requires", "fraction")
    gap_return: Floats = line("Return from closing the gap to the value", "fraction")
    return_on_gap: Floats = line("Cost of equity on that gap", "fraction")
    expected_return: Floats = line("Expected return", "fraction", total=True)
    from_price: Floats = line("From the price", "fraction")
    from_dividends: Floats = line("From dividends", "fraction")
    a_year: Floats = line("Expected return a year", "fraction")


@function
def dcf_target_price(
    value_per_share: Annotated[Floats, Field("USD")],
    price: Annotated[Floats, Field("USD", above=0.0)],
    cost_of_equity: Annotated[Floats, Field("fraction", low=0.0, high=1.0)],
    months: Annotated[Floats, Field("months", above=0.0, high=60.0)] = YEAR,
    dividends: Price = ZERO,
    value_after_raises: Annotated[Floats, Field("USD")] | None = None,
) -> TargetPrice:
    """Target price in twelve months and the return expected until then, with their parts.

    Parameters
    ----------
    value_per_share
        Value per share today, as from DCF_VALUE; with several scenarios, the weighted value.
    price
        Share price today.
    cost_of_equity
        Cost of equity a year.
    months
        Months until the target.
    dividends
        Dividends per share until then, at their value on the target date.
    value_after_raises
        Value per share today once raises have filled the funding gap, as from EQUITY_AFTER_RAISE;
        blank if there are none.

    Raises
    ------
    InputError
        For a price that is not above 0, or dividends above the value by then.

    Notes
    -----
    A target price assumes that price and value meet by then: ``V (1 + ke) ** (months / 12)`` less
    dividends. If the gap between them stays, a share returns only the cost of equity.
    With ``r`` for that return over the months, the expected return is ``r`` plus the gap ``V / P -
    1`` plus ``r`` on the gap. A value below 0 counts as 0.

    References
    ----------
    J. Pinto et al., *Equity Asset Valuation*, CFA Institute, chapter on return concepts: the
    expected return is the required one and that from the convergence of price to value. The example
    is a practice question: a price of 20, a value of 22 and a required return of 10% give 20% over
    a year, without the 1% on the gap.

    Examples
    --------
    >>> found = dcf_target_price(22, 20, 0.10)
    >>> round(float(found.target_price), 2), round(float(found.expected_return), 4)
    (24.2, 0.21)
    >>> round(float(found.required_return + found.gap_return), 4)
    0.2
    """
    kept = value_per_share if value_after_raises is None else value_after_raises
    held = np.maximum(kept, 0.0)
    r = (1 + cost_of_equity) ** (months / MONTHS_PER_YEAR) - 1
    later = held * (1 + r)
    require(dividends <= later, "dividends", "at most the value per share by then", dividends)
    gap = held / price - 1
    expected = later / price - 1
    return TargetPrice(
        value_today=value_per_share,
        raises=kept - value_per_share,
        limited=held - kept,
        rolled_forward=held * r,
        dividends=-dividends,
        target_price=later - dividends,
        price=price,
        required_return=r,
        gap_return=gap,
        return_on_gap=r * gap,
        expected_return=expected,
        from_price=(later - dividends) / price - 1,
        from_dividends=dividends / price,
        a_year=(1 + expected) ** (MONTHS_PER_YEAR / months) - 1,
    )
