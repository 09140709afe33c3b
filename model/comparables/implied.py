"""Values that the multiples of comparable companies imply for a company."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from model.comparables.peers import MEASURES, OF_EQUITY, STATISTICS, Peers, statistics
from model.dilution.securities import Securities
from model.dilution.shares import Method, price_per_share
from model.errors import Floats, InputError
from model.fields import NOT_MEANINGFUL, Field, Money, Names, column, line
from model.functions import function
from model.tables import Listing, Table

Multiple = Literal[
    "EV/Revenue", "Forward EV/Revenue", "EV/Gross profit", "EV/EBITDA", "Forward EV/EBITDA", "P/E",
    "Forward P/E",
]  # fmt: skip


class Implied(Listing):
    """Value that each statistic of a multiple implies; each of shape (..., statistics)."""

    labels = STATISTICS

    statistic: Names = line("Statistic", "name")
    multiple: Floats = line("Multiple", "ratio", form="multiple")
    enterprise_value: Floats = line("Enterprise value", form="whole money")
    net_debt: Floats = line("Net debt", form="whole money")
    equity_value: Floats = line("Equity value", form="whole money")
    value_per_share: Floats = line("Value per share", "USD")


@function
def comps_implied(
    peers: Peers,
    multiple: Multiple,
    amount: Annotated[Floats, Field("USD m", above=0.0)],
    net_debt: Money,
    securities: Securities,
    method: Method = "treasury",
) -> Implied:
    """Value per share that the quartiles of the peers' multiples imply for a company.

    Parameters
    ----------
    multiple
        Which multiple.
    amount
        The company's own revenue, gross profit, EBITDA or earnings, for the same period as the
        peers' figures.
    net_debt
        Debt less cash; below zero for net cash.
    method
        Which shares count; see DILUTED_SHARES.

    Raises
    ------
    InputError
        If the peers lack the columns of the multiple, or no peer has a meaningful one.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 1. The example is Kenneth
    Cole by the multiple of Tommy Hilfiger, from the test bank to J. Berk and P. DeMarzo,
    *Corporate Finance*: 25.77 a share.

    Examples
    --------
    >>> peers = Peers(["Tommy Hilfiger"], [10], ev=[7.99], ebitda=[1])
    >>> holders = Securities(["Common"], ["common"], [21])
    >>> found = comps_implied(peers, "EV/EBITDA", 55.6, 3 - 100, holders)
    >>> found.value_per_share.round(2)
    array([25.77, 25.77, 25.77, 25.77, 25.77, 25.77])
    """
    if multiple not in peers.available:
        raise InputError("peers", f"must have the columns of the multiple {multiple!r}", "missing")
    own, debt = amount[..., None], net_debt[..., None]
    of_peers = statistics(peers.multiple(multiple))
    value = of_peers * own
    equity = value if multiple in OF_EQUITY else value - debt
    return Implied(
        statistic=STATISTICS,
        multiple=of_peers,
        enterprise_value=value + debt if multiple in OF_EQUITY else value,
        net_debt=np.broadcast_to(debt, equity.shape),
        equity_value=equity,
        value_per_share=price_per_share(equity, securities, method),
    )


class ImpliedRanges(Listing):
    """What each multiple implies from quartile to quartile; each of shape (..., multiples)."""

    multiple: Names = line("Multiple", "name")
    companies: Floats = line("Companies", "count", form="count")
    amount: Floats = line("Own figure", undefined=NOT_MEANINGFUL)
    first_quartile: Floats = line(
        "First quartile", "ratio", form="multiple", undefined=NOT_MEANINGFUL
    )
    median: Floats = line("Median", "ratio", form="multiple", undefined=NOT_MEANINGFUL)
    third_quartile: Floats = line(
        "Third quartile", "ratio", form="multiple", undefined=NOT_MEANINGFUL
    )
    low: Floats = line("Low", "USD", undefined=NOT_MEANINGFUL)
    middle: Floats = line("Middle", "USD", undefined=NOT_MEANINGFUL)
    high: Floats = line("High", "USD", undefined=NOT_MEANINGFUL)


class OwnFigures(Table):
    """A company's own figures, by the multiple that is applied to each."""

    results = (ImpliedRanges,)

    multiple: Names = column("Multiple", "name", "Multiple.", choices=tuple(MEASURES), key=True)
    amount: Floats = column(
        "Own figure", "USD m",
        "The company's own figure for the period of the peers'; blank if it is not known.",
        default=np.nan, blank=np.nan,
    )  # fmt: skip


@function
def comps_implied_ranges(
    peers: Peers,
    own_figures: OwnFigures,
    net_debt: Money,
    securities: Securities,
    method: Method = "treasury",
) -> ImpliedRanges:
    """Value per share at the quartiles of several multiples, trailing and forward, side by side.

    Parameters
    ----------
    net_debt
        Debt less cash; below zero for net cash.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    ImpliedRanges
        Value per share at the first quartile, the median and the third quartile. A multiple that no
        peer has is n.m., and so is a value based on a figure that is unknown or not above 0.

    Raises
    ------
    InputError
        If the peers lack the columns of a multiple.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 1. The example is Kenneth
    Cole by two multiples of Tommy Hilfiger, from the test bank to J. Berk and P. DeMarzo,
    *Corporate Finance*: 25.77 and 28.25 a share.

    Examples
    --------
    >>> peers = Peers(
    ...     ["Tommy Hilfiger"], [1], market_value=[17.12], ev=[7.99], ebitda=[1], earnings=[1]
    ... )
    >>> own = OwnFigures(["EV/EBITDA", "P/E"], [55.6, 34.65])
    >>> found = comps_implied_ranges(peers, own, 3 - 100, Securities(["Common"], ["common"], [21]))
    >>> found.middle.round(2)
    array([25.77, 28.25])
    """
    names = own_figures.multiple
    for name in names:
        if name not in peers.available:
            raise InputError("peers", f"must have the columns of the multiple {name!r}", "missing")
    known = [peers.multiple(name) for name in names]
    counts = np.array([np.count_nonzero(~np.isnan(each)) for each in known], dtype=np.float64)
    # The first quartile, the median and the third, down the last axis.
    quartiles = np.array(
        [statistics(each)[[1, 2, 4]] if count else [np.nan] * 3
         for each, count in zip(known, counts, strict=True)]
    )  # fmt: skip
    amount = own_figures.amount
    value = quartiles * np.where(amount > 0, amount, np.nan)[..., None]
    debt = np.where([name in OF_EQUITY for name in names], 0.0, net_debt[..., None])
    equity = value - debt[..., None]
    found = ~np.isnan(equity)
    price = price_per_share(np.where(found, equity, 0.0), securities, method)
    price = np.where(found, price, np.nan)
    return ImpliedRanges(
        multiple=names,
        companies=counts,
        amount=amount,
        **dict(zip(("first_quartile", "median", "third_quartile"), quartiles.T, strict=True)),
        **{name: price[..., i] for i, name in enumerate(("low", "middle", "high"))},
    )
