"""Share counts, market values and prices under dilution."""

from __future__ import annotations

from datetime import date

from model.dilution.vesting import vesting
from model.errors import require
from workbook.arguments import Day, Rows, listing
from workbook.functions.declare import function
from workbook.tables.equity import Conditions


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
