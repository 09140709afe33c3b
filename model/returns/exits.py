"""Investor returns from a price paid to an exit.

Payments are negative and receipts positive.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np

from model.dilution.securities import Securities
from model.dilution.shares import Method, price_per_share
from model.errors import Floats, InputError
from model.fields import ONE_OR_ROW, ROW, Amount, Field, Money, line
from model.functions import function
from model.returns.internal_rates import internal_rate
from model.tables import Grid, Statement

Years = Annotated[Floats, Field("years", above=0.0)]


class ExitReturn(Statement):
    """An investor's return on a price paid."""

    invested: float = line("Paid", "USD")
    received: float = line("Received", "USD")
    gain: float = line("Gain", "USD")
    multiple_of_money: float = line("Multiple of money", "ratio", form="multiple")
    internal_rate: float = line("Internal rate", "fraction")


@function
def return_to_exit(
    entry: Annotated[Floats, Field("USD", above=0.0)],
    exit_value: Annotated[Floats, Field("USD", low=0.0)],
    years: Years,
    interim: Annotated[Floats, Field("USD"), ROW] | None = None,
) -> ExitReturn:
    """Multiple of money and yearly return from a price paid to an exit.

    Parameters
    ----------
    entry
        Price or amount paid, such as the offer price.
    exit_value
        Price or amount received at the exit.
    years
        Years from the purchase to the exit.
    interim
        Flows at the ends of years 1, 2, 3 ... up to the exit: dividends above zero, further
        payments below.

    Returns
    -------
    ExitReturn
        The rate is -1 if nothing is received. The multiple is total receipts over total
        payments.

    Raises
    ------
    InputError
        For interim flows after the exit; if the flows have no single internal rate.

    References
    ----------
    C. Demaria, *Introduction to Private Equity*, 3rd ed.: multiple and internal rate; the
    example is that 2.5 times in five years is 20.1% a year.

    Examples
    --------
    >>> found = return_to_exit(100, 250, 5)
    >>> float(found.multiple_of_money), round(float(found.internal_rate), 3)
    (2.5, 0.201)
    """
    flows = np.empty(0) if interim is None else interim
    if flows.size > years:
        raise InputError(
            "interim",
            f"must hold at most {int(years)} yearly flows before the exit, not {flows.size}",
        )
    invested = float(entry - np.minimum(flows, 0.0).sum())
    received = float(exit_value + np.maximum(flows, 0.0).sum())
    if received == 0:
        rate = -1.0
    elif not flows.size:
        rate = float((exit_value / entry) ** (1 / years) - 1)
    else:
        try:
            times = [*range(flows.size + 1), years]
            rate = float(internal_rate([-entry, *flows, exit_value], times))
        except InputError as refused:
            problem = f"with entry and exit_value {refused.problem}"
            raise InputError("interim", problem, refused.reason) from None
    return ExitReturn(
        invested=invested,
        received=received,
        gain=received - invested,
        multiple_of_money=received / invested,
        internal_rate=rate,
    )


class ExitGrid(Grid):
    """Yearly returns by multiple and year of the exit; shapes (..., multiples, years)."""

    corner = "Exit multiple"
    unit = "fraction"
    row: ClassVar[Field] = Field("ratio", form="multiple")

    #: Price of a share at each exit, USD.
    price: Any = None


@function
def return_exit_grid(
    entry_price: Annotated[Floats, Field("USD", above=0.0)],
    metric: Annotated[Amount, ROW],
    years: Annotated[Years, ROW],
    multiples: Annotated[Floats, Field("ratio", low=0.0), ROW],
    securities: Securities,
    net_debt: Annotated[Money, ONE_OR_ROW] | None = None,
    method: Method = "treasury",
) -> ExitGrid:
    """Yearly return on a share by year of the exit and exit multiple.

    Parameters
    ----------
    entry_price
        Price paid for a share, such as the offer price.
    metric
        Revenue, EBITDA or another measure in the year of each exit.
    years
        Years from the purchase to each exit.
    multiples
        Exit multiples of the metric, enterprise value over it.
    securities
        Securities at the exit; the price is the one at which the diluted shares are worth the
        equity value.
    net_debt
        Debt less cash at each exit, below zero for net cash; none if omitted.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    ExitGrid
        A row for each multiple and a column for each exit, headed by its years: the internal
        rate a year. Where debt exceeds the enterprise the price is zero and the rate -1:
        shareholders lose what they paid but no more.

    Raises
    ------
    InputError
        For lines of different lengths.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 5: returns at various exits.
    The example is a question of the CFA level II forum: 250 paid, an EBITDA of 75 at 8 times in
    year 3 and a net debt of 150 are 21.64% a year.

    Examples
    --------
    >>> holders = Securities(["Common"], ["common"], [1])
    >>> return_exit_grid(250, [75], [3], [8], holders, 150).values.round(4)
    array([[0.2164]])
    """
    count = metric.shape[-1]
    if years.shape[-1] != count:
        raise InputError("years", f"must be {count}, one for each metric, not {years.shape[-1]}")
    debt = np.zeros(1) if net_debt is None else np.atleast_1d(net_debt)
    if debt.shape[-1] not in (1, count):
        raise InputError(
            "net_debt",
            f"must be one number or one for each of the {count} years, not {debt.shape[-1]}",
        )
    equity = multiples[:, None] * metric[..., None, :] - debt[..., None, :]
    price = np.maximum(price_per_share(equity, securities, method), 0.0)
    earned = (price / entry_price[..., None, None]) ** (1 / years[..., None, :]) - 1
    return ExitGrid(down=multiples, across=years, values=earned, price=price)
