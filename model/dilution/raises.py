"""Raises: value per share after future issues of shares or debt."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from model.arrays import lagged
from model.errors import Floats, InputError, require
from model.fields import ONE_OR_ROW, ROW, Amount, Field, Money, SharesIssued, line
from model.functions import function
from model.tables import Schedule

Issue = Literal["shares", "debt"]


class Raises(Schedule):
    """Each raise, and the value per share after it and those before; shapes (..., raises)."""

    title = "Raise"

    time: Floats = line("Time", "years")
    forward_value: Floats = line("Value per share at that time, before it", "USD")
    amount: Floats = line("Amount raised")
    price: Floats = line("Price", "USD")
    new_shares: Floats = line("New shares", "m shares")
    new_debt: Floats = line("New debt, at its value")
    shares: Floats = line("Shares after it", "m shares")
    equity_value: Floats = line("Equity value after it")
    value_per_share: Floats = line("Value per share after it", "USD", total=True)


@function
def equity_after_raise(
    equity_value: Money,
    shares: SharesIssued,
    amount: Annotated[Amount, ROW],
    price: Annotated[Floats, Field("USD", above=0.0), ONE_OR_ROW],
    cost_of_equity: Annotated[Floats, Field("fraction", low=0.0, high=1.0)],
    years: Annotated[Floats, Field("years", low=0.0, high=100.0), ONE_OR_ROW],
    issue: Issue = "shares",
) -> Raises:
    """Value per share after future issues of shares or debt at stated prices.

    Parameters
    ----------
    equity_value
        Equity value today, before the raise: the value per share times shares.
    shares
        Diluted shares before the raise, which does not change them.
    amount
        Amount of each raise, such as the funding gap of each year.
    price
        Issue price after costs: of a share, or of debt worth one dollar, so that 1 is debt at the
        market rate.
    cost_of_equity
        Cost of equity a year.
    years
        Years from today to each raise, in order.
    issue
        What is issued: shares or debt.

    Raises
    ------
    InputError
        For a price of 0, prices or years that do not match the raises, or years out of order.

    Notes
    -----
    The value per share is ``(E + sum(n P / (1 + ke) ** t)) / (N + sum(n))`` with ``n = amount /
    P`` new shares. A raise at the forward value ``E / N * (1 + ke) ** t`` changes nothing; below
    it, the new shareholders gain what the old ones lose. Debt adds no shares, and its own value
    ``amount / P`` is deducted from the equity.

    References
    ----------
    IAS 33, illustrative example 4: the theoretical ex-rights value of 500 shares at 11 with 100
    new ones at 5.

    Examples
    --------
    >>> equity_after_raise(5500, 500, [500], 5, 0.1, 0).value_per_share
    array([10.])
    """
    count = amount.shape[-1]
    if not count:
        raise InputError("amount", "must hold at least one raise, but it is empty")
    for name, values in (("price", price), ("years", years)):
        if values.ndim and values.shape[-1] not in (1, count):
            expected = f"must be one number or one for each of the {count} raises"
            raise InputError(name, f"{expected}, not {values.shape[-1]}")
    time = np.broadcast_to(years, np.broadcast_shapes(years.shape, (count,)))
    later = np.concatenate([time[..., 1:] >= time[..., :-1], np.ones_like(time[..., :1])], -1)
    require(later > 0, "years", "in order, each raise at or after the one before", time)

    issued = amount / price
    nothing = np.zeros_like(issued)
    new_shares, new_debt = (issued, nothing) if issue == "shares" else (nothing, issued)
    growth = (1 + cost_of_equity[..., None]) ** time
    gained = (amount - new_debt) / growth
    after = equity_value[..., None] + gained.cumsum(-1)
    count_after = shares[..., None] + new_shares.cumsum(-1)
    before = lagged(equity_value, after) / lagged(shares, count_after)
    return Raises(
        time=time,
        forward_value=before * growth,
        amount=amount,
        price=np.broadcast_to(price, issued.shape),
        new_shares=new_shares,
        new_debt=new_debt,
        shares=count_after,
        equity_value=after,
        value_per_share=after / count_after,
    )
