"""Share counts, market values and prices under dilution."""

from __future__ import annotations

from datetime import date

import numpy as np

from model.dilution import shares as dilution
from model.dilution.shares import LADDER, Method
from model.dilution.vesting import vesting
from model.errors import require
from workbook.arguments import Day, Rows, Vector, listing
from workbook.catalogue import function
from workbook.tables.core import Securities
from workbook.tables.equity import Conditions, Prices


@function
def diluted_shares(price: float, securities: Securities, method: Method = "treasury") -> float:
    """Diluted shares at a share price, in millions.

    Parameters
    ----------
    price : number, USD
        Share price, at least 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at. Type: common, rsu, option, warrant, preferred or convertible. Only common, rsu and
        preferred may leave Strike blank.
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
        For a negative price, a table that is not one of securities, a strike or another number of
        a security left blank, or an unknown method.

    Notes
    -----
    A blank is never read as a number: an option without a cost has a strike of 0 that is typed,
    and a table with the column Included, Withheld or Vests at states it in every row that can
    have it.

    Withheld is the share of an RSU that is kept for tax: ``n (1 - w)`` shares are issued, and
    ``n w p`` is paid to the tax office in cash. Vests at is a market value of the common stock
    in USD millions: a performance tranche counts at prices at which the common stock is worth
    as much, and otherwise not at all, under treasury and gross alike.

    References
    ----------
    ASC 260-10-45-23, treasury stock method; ASC 260-10-45-40, if-converted method;
    ASC 718-10-25-18, withholding for tax.

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
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at; see DILUTED_SHARES.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    float
        ``price * DILUTED_SHARES(price, securities, method)``.

    Raises
    ------
    InputError
        For what DILUTED_SHARES refuses.

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
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at; see DILUTED_SHARES.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    float
        Treasury: ``p = (E + sum n K) / (N + sum n)`` over the tranches that are in the money at
        p, found exactly by walking the strikes; the face of converted debt adds to E.

    Raises
    ------
    InputError
        For a table that is not one of securities, or an unknown method.

    Notes
    -----
    The equity value is that before the tax on RSUs settled net; the cash for it equals the value
    of the shares withheld, so that RSUs count in full for the price.

    Where a tranche vests at a market value, the holders' claim jumps at the price at which the
    common stock is worth as much. An equity value inside the jump has that price as its answer:
    the least price at which the claims are worth the equity value or more.

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
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at; see DILUTED_SHARES.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    table
        A row for each security and a total: shares taking part, issued, bought back and net,
        the running total (millions), and the value at the price (USD millions).

    Raises
    ------
    InputError
        For what DILUTED_SHARES refuses.

    References
    ----------
    ASC 260-10-45-23 and 45-40. The example is IAS 33, illustrative example 5: of 100,000 options
    at 15 the proceeds buy 75,000 shares back at 20.

    Examples
    --------
    >>> table = [["Security", "Type", "Count", "Strike"],
    ...          ["Common", "common", 500_000, None], ["Options", "option", 100_000, 15]]
    >>> dilution_bridge(20, table)[-1][3:6]
    [600000.0, 75000.0, 525000.0]
    """
    steps = dilution.bridge(price, securities, method)
    running = np.cumsum(steps.net)
    value = steps.net * price
    rows = zip(
        securities.name,
        securities.kind,
        steps.taking_part,
        steps.issued,
        steps.bought_back,
        steps.net,
        running,
        value,
        strict=True,
    )
    total = [
        float(column.sum())
        for column in (steps.taking_part, steps.issued, steps.bought_back, steps.net)
    ]
    return listing(
        ["Security", "Type", "Taking part", "Issued", "Bought back", "Net", "Running", "Value"],
        *rows,
        ["Diluted shares", None, *total, running[-1], value.sum()],
    )


@function
def dilution_ladder(prices: Prices, securities: Securities) -> Rows:
    """Shares and market values by each method, price by price: range, pricing, open, close.

    Parameters
    ----------
    prices : table, USD
        Table with headers At and Price: what the price stood at, and the price, at least 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at; see DILUTED_SHARES.

    Returns
    -------
    table
        A row for each price: shares (millions) and market value (USD millions) on basic shares,
        by the treasury stock method and gross; what treasury adds to basic (fraction).

    Raises
    ------
    InputError
        For a negative price, or a table that is not one of securities.

    References
    ----------
    ASC 260-10-45-23. The example is Cerebras at both ends of its first range, 4 May 2026.

    Examples
    --------
    >>> prices = [["At", "Price"], ["Low", 115], ["High", 125]]
    >>> table = [["Security", "Type", "Count", "Strike"], ["Common", "common", 212.965381, None]]
    >>> [(row[0], round(row[5] / 1000, 2)) for row in dilution_ladder(prices, table)[1:]]
    [('Low', 24.49), ('High', 26.62)]
    """
    shares = [dilution.diluted_shares(prices.price, securities, m) for m in LADDER]
    values = [count * prices.price for count in shares]
    return listing(
        [
            *("At", "Price", "Basic shares", "Treasury shares", "Gross shares"),
            *("Basic value", "Treasury value", "Gross value", "Dilution"),
        ],
        *zip(prices.at, prices.price, *shares, *values, shares[1] / shares[0] - 1.0, strict=True),
    )


@function
def price_ladder(
    equity_values: Vector, securities: Securities, method: Method = "treasury"
) -> Rows:
    """Price, diluted shares and market value for each of several equity values.

    Parameters
    ----------
    equity_values : row or column, USD m
        Values of the equity after all debt, the face of convertible debt included; a negative
        one gives a negative price on the basic shares.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at; see DILUTED_SHARES.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    table
        A row for each equity value: the price (USD), diluted shares (millions), their market
        value, the debt that conversion removes and the tax that net settlement pays (USD
        millions). Market value is equity value plus converted debt less tax.

    Raises
    ------
    InputError
        For an equity value that is not a number, a table that is not one of securities, or an
        unknown method.

    Notes
    -----
    Each price is that of PRICE_PER_SHARE. Where an equity value is too large for the price just
    below the one at which a tranche vests, and too small to carry it, the price is that one, and
    the market value is more than the equity value brings.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustrations 11.1 and 11.2.

    Examples
    --------
    Google (illustration 11.2), whose options at 24.41 are out of the money at the lower value:

    >>> table = [["Security", "Type", "Count", "Strike"],
    ...          ["Common", "common", 277.78, None], ["Options", "option", 25.61, 24.41]]
    >>> [[round(cell, 2) for cell in row[:4]] for row in price_ladder([5_000, 32_187], table)[1:]]
    [[5000.0, 18.0, 277.78, 5000.0], [32187.0, 108.15, 297.61, 32187.0]]
    """
    found = dilution.price_per_share(equity_values, securities, method)
    steps = dilution.bridge(np.maximum(found, 0.0), securities, method)
    # Nothing is exercised or vests into a negative price.
    shares = np.where(found < 0, securities.basic.sum(), steps.net.sum(-1))
    return listing(
        ["Equity value", "Price", "Diluted shares", "Market value", "Converted debt", "Tax paid"],
        *zip(
            equity_values,
            found,
            shares,
            found * shares,
            steps.converted_debt.sum(-1),
            steps.tax_paid.sum(-1),
            strict=True,
        ),
    )


@function
def warrant_vesting(
    tranches: Conditions,
    price: float,
    shares: float,
    as_of: Day | None = None,
    delivered: float | None = None,
) -> Rows:
    """Vested part of performance warrants, by a date, a market value or capacity delivered.

    Parameters
    ----------
    tranches : table, m shares
        Table with headers Tranche, Count, Condition, Threshold and optionally Full at.
        Condition: none, date, market value (USD m) or delivered (MW). Full at: the delivery at
        which a tranche that vests pro rata from its threshold has vested in full.
    price : number, USD
        Share price, at least 0.
    shares : number, m
        Common shares outstanding, whose value at the price is the market value.
    as_of : date, day, optional
        Day for tranches that vest on a date.
    delivered : number, MW, optional
        Capacity delivered so far, for tranches that vest with deliveries.

    Returns
    -------
    table
        A row for each tranche and a total: the condition, what it is measured by and the
        threshold (both 0 without one), the count, the share of it that has vested (which feeds
        Included in a table of securities) and the shares vested.

    Raises
    ------
    InputError
        For a negative price, shares that are not above 0, a threshold where the condition has none,
        a blank Full at of one that vests with deliveries, or no as_of or delivered where a tranche
        vests by it.

    Notes
    -----
    A tranche has vested when what is measured reaches the threshold; one that depends on a
    market value is better left to the column Vests at of the securities, where a price is
    solved for.

    References
    ----------
    ASC 718-10-20, market and performance conditions. The example is the warrant that a customer
    of Cerebras holds (S-1, 17 April 2026), at the offer price and 750 of 2,000 MW.

    Examples
    --------
    >>> table = [["Tranche", "Count", "Condition", "Threshold", "Full at"],
    ...          ["Loan", 4.459337, "none", None, None],
    ...          ["Value", 5.574171, "market value", 40_000, None],
    ...          ["Capacity", 23.411518, "delivered", 0, 2_000]]
    >>> [round(row[-1], 3) for row in warrant_vesting(table, 185, 215.228541, None, 750)[1:]]
    [4.459, 0.0, 8.779, 13.239]
    """
    require(price >= 0, "price", "at least 0", price)
    require(shares > 0, "shares", "above 0", shares)
    day = None if as_of is None else float(as_of.toordinal())
    made = vesting(tranches, price * shares, day, delivered)
    rows = [
        [name, condition, *_as_stated(condition, m, t), count, share, vested]
        for name, condition, m, t, count, share, vested in zip(
            tranches.name,
            tranches.condition,
            made.measured,
            tranches.threshold,
            tranches.count,
            made.share,
            made.vested,
            strict=True,
        )
    ]
    total, vested = tranches.count.sum(), made.vested.sum()
    return listing(
        ["Tranche", "Condition", "Measured", "Threshold", "Count", "Vested share", "Vested"],
        *rows,
        ["All tranches", None, None, None, total, vested / total if total else 0.0, vested],
    )


def _as_stated(condition: str, *numbers: float) -> list[float | date]:
    """Give a condition's numbers back as a cell holds them: days as dates."""
    return [date.fromordinal(int(n)) if condition == "date" else float(n) for n in numbers]
