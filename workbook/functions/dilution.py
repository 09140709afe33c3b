"""Share counts, market values and prices under dilution."""

from __future__ import annotations

import numpy as np

from model import dilution
from model.dilution import Method
from workbook.arguments import Rows, Securities, listing
from workbook.catalogue import function


@function
def diluted_shares(price: float, securities: Securities, method: Method = "treasury") -> float:
    """Diluted shares at a share price, in millions.

    Parameters
    ----------
    price : number, USD
        Share price, at least 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included. Type: common,
        rsu, option, warrant, preferred or convertible. A blank strike is zero.
    method : {"treasury", "gross", "basic"}, optional
        treasury: options in the money buy shares back; gross: every option counts and nothing
        is bought back; basic: common stock alone.

    Returns
    -------
    float
        Treasury: ``N + sum n (1 - K / p)`` over options and warrants with a strike below the
        price; convertible debt counts as a whole above its conversion price.

    Raises
    ------
    InputError
        For a negative price, a table that is not one of securities, or an unknown method.

    References
    ----------
    ASC 260-10-45-23, treasury stock method; ASC 260-10-45-40, if-converted method.

    Examples
    --------
    10,000 options at 10 with the share at 15 add 3,333.33 shares (CFA curriculum):

    >>> table = [["Security", "Type", "Count", "Strike"],
    ...          ["Common", "common", 1_000_000, None], ["Options", "option", 10_000, 10]]
    >>> round(diluted_shares(15, table) - 1_000_000, 2)
    3333.33
    """
    return float(dilution.diluted_shares(price, securities, method))


@function
def diluted_market_cap(price: float, securities: Securities, method: Method = "treasury") -> float:
    """Market capitalisation at a share price, on diluted shares, in USD millions.

    Parameters
    ----------
    price : number, USD
        Share price, at least 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    float
        ``price * DILUTED_SHARES(price, securities, method)``.

    References
    ----------
    The example is Cerebras at the middle of its first range (S-1/A of 4 May 2026).

    Examples
    --------
    >>> table = [["Security", "Type", "Count", "Strike"], ["Common", "common", 212.965381, None]]
    >>> round(diluted_market_cap(120, table, "basic") / 1000, 1)
    25.6
    """
    return float(dilution.market_cap(price, securities, method))


@function
def price_per_share(
    equity_value: float, securities: Securities, method: Method = "treasury"
) -> float:
    """Price per share at which the diluted shares are worth exactly an equity value, in USD.

    Parameters
    ----------
    equity_value : number, USD m
        Value of the equity after all debt, the face of convertible debt included. A negative
        value gives a negative price on the basic shares.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    float
        Treasury: ``p = (E + sum n K) / (N + sum n)`` over the tranches that are in the money at
        p, found exactly by walking the strikes; the face of converted debt adds to E.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustrations 11.1 and 11.2.

    Examples
    --------
    Google with 25.61 million options at 24.41 (illustration 11.2):

    >>> table = [["Security", "Type", "Count", "Strike"],
    ...          ["Common", "common", 277.78, None], ["Options", "option", 25.61, 24.41]]
    >>> round(price_per_share(32_187, table), 2)
    108.15
    """
    return float(dilution.price_per_share(equity_value, securities, method))


@function
def dilution_bridge(price: float, securities: Securities, method: Method = "treasury") -> Rows:
    """From basic to diluted shares, security by security, at a share price.

    Parameters
    ----------
    price : number, USD
        Share price, at least 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    table
        A row for each security and a total: shares taking part, issued, bought back and net,
        the running total (millions), and the value at the price (USD millions).

    References
    ----------
    ASC 260-10-45-23 and 45-40.

    Examples
    --------
    >>> table = [["Security", "Type", "Count", "Strike"],
    ...          ["Common", "common", 100, None], ["Options", "option", 10, 50]]
    >>> dilution_bridge(100, table)[-1]
    ['Diluted shares', '', 110.0, 110.0, 5.0, 105.0, 105.0, 10500.0]
    """
    steps = dilution.bridge(price, securities, method)
    taking_part = securities.count * securities.included
    running = np.cumsum(steps.net)
    value = steps.net * price
    rows = zip(
        securities.name,
        securities.kind,
        taking_part,
        steps.issued,
        steps.bought_back,
        steps.net,
        running,
        value,
        strict=True,
    )
    total = [
        float(column.sum()) for column in (taking_part, steps.issued, steps.bought_back, steps.net)
    ]
    return listing(
        ["Security", "Type", "Taking part", "Issued", "Bought back", "Net", "Running", "Value"],
        *rows,
        ["Diluted shares", None, *total, running[-1], value.sum()],
    )
