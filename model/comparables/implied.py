"""Values that the multiples of comparable companies imply for a company."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from model.comparables.peers import STATISTICS, Peers, statistics
from model.dilution.securities import Securities
from model.dilution.shares import Method, price_per_share
from model.errors import Floats, InputError
from model.fields import Field, Money, Names, line
from model.functions import function
from model.tables import Listing

Multiple = Literal["EV/Revenue", "EV/Gross profit", "EV/EBITDA", "P/E"]


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
    equity = value if multiple == "P/E" else value - debt
    return Implied(
        statistic=STATISTICS,
        multiple=of_peers,
        enterprise_value=value + debt if multiple == "P/E" else value,
        net_debt=np.broadcast_to(debt, equity.shape),
        equity_value=equity,
        value_per_share=price_per_share(equity, securities, method),
    )
