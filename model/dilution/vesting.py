"""Performance warrants: the part of each tranche that has vested, by its condition.

``"none"``
    Vested from the start.
``"date"``
    Vested from a given date.
``"market value"``
    Vested when the common stock is worth an amount or more.
``"delivered"``
    Vested when an amount of capacity has been delivered; with a second, larger amount, in
    proportion between the two.

The last axis is the tranche; any axis before it is the scenario axis.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from model.errors import Floats, InputError, require, shown
from model.fields import Day, Megawatts, Names, Price, SharesIssued, column, line
from model.functions import function
from model.tables import Listing, Table

CONDITIONS = ("none", "date", "market value", "delivered")


class Tranches(Table):
    """Tranches of warrants and the conditions by which they vest."""

    name: Names = column("Tranche", "name", "Name of the tranche.", key=True)
    count: Floats = column("Count", "m shares", "Shares that it holds.", low=0)
    condition: Names = column("Condition", "name", "What it vests by.", choices=CONDITIONS)
    #: Of a condition by date, the number of the day, as `datetime.date.toordinal` counts it.
    threshold: Floats = column(
        "Threshold",
        "USD m, MW or a date",
        "Market value, capacity or day at which the tranche vests, or starts to.",
        low=0,
        blank=np.nan,
    )
    full_at: Floats = column(
        "Full at",
        "MW",
        "Capacity at which a tranche that vests pro rata from its threshold has vested in full.",
        low=0,
        default=None,
        blank=np.nan,
    )

    def check(self) -> None:
        """Refuse a threshold that is missing or out of place."""
        free, gradual = (
            np.array([c == kind for c in self.condition], dtype=bool)
            for kind in ("none", "delivered")
        )
        self.fill("threshold", 0.0, ~free)
        if self.full_at is None:
            self._put(full_at=self.threshold)
        # If a blank would mean immediate vesting, the threshold must be entered.
        self.fill("full_at", self.threshold, gradual)
        self.align("count", "threshold", "full_at")
        start, full = self.threshold, self.full_at
        require(~free | (start == 0), "tranches Threshold", "blank without a condition", start)
        require(full >= start, "tranches Full at", "at least the threshold", full)
        only = "blank where a tranche does not vest with deliveries"
        require(gradual | (full == start), "tranches Full at", only, full)


class Vesting(Listing):
    """The measure of each condition, and what has vested; shapes (..., tranches)."""

    totals = ("All tranches",)
    rows_of = "tranches"

    name: Names = line("Tranche", "name")
    condition: Names = line("Condition", "name")
    #: Days as dates; zero without a condition.
    measured: Any = line("Measured", "number", form="whole money")
    threshold: Any = line("Threshold", "number", form="whole money")
    count: Floats = line("Count", "m shares", total=True)
    share: Floats = line("Vested share", "fraction")
    vested: Floats = line("Vested", "m shares", total=True)

    def bottom(self) -> list[dict[str, Any]]:
        """Return the total, with the part of all shares that has vested."""
        (total,) = super().bottom()
        count = total["count"]
        return [total | {"share": total["vested"] / count if count else 0.0}]


@function
def warrant_vesting(
    tranches: Tranches,
    price: Price,
    shares: SharesIssued,
    as_of: Day | None = None,
    delivered: Megawatts | None = None,
) -> Vesting:
    """Vested part of performance warrants, by a date, a market value or capacity delivered.

    Parameters
    ----------
    price
        Share price.
    shares
        Common shares outstanding, whose value at the price is the market value.
    as_of
        Day for tranches that vest on a date.
    delivered
        Capacity delivered so far, for tranches that vest with deliveries.

    Raises
    ------
    InputError
        For a threshold without a condition, a blank Full at of a tranche that vests with
        deliveries, or no as_of or delivered when a tranche needs it.

    Notes
    -----
    A tranche has vested when what is measured reaches the threshold; if a price is solved for, a
    tranche that depends on a market value is better stated in the column Vests at of the
    securities.

    References
    ----------
    ASC 718-10-20, market and performance conditions. The example is the warrant that a customer
    of Cerebras holds (S-1, 17 April 2026), at the offer price and 750 of 2,000 MW.

    Examples
    --------
    >>> warrant = Tranches(
    ...     ["Loan", "Value", "Capacity"],
    ...     [4.459337, 5.574171, 23.411518],
    ...     ["none", "market value", "delivered"],
    ...     [None, 40_000, 0],
    ...     [None, None, 2_000],
    ... )
    >>> warrant_vesting(warrant, 185, 215.228541, delivered=750).vested.round(3)
    array([4.459, 0.   , 8.779])
    """
    given = {"none": np.zeros(()), "market value": np.asarray(price * shares)}
    if as_of is not None:
        given["date"] = np.asarray(float(as_of.toordinal()))
    if delivered is not None:
        given["delivered"] = np.asarray(delivered)
    for name, condition in zip(tranches.name, tranches.condition, strict=True):
        if condition not in given:
            argument = "as_of" if condition == "date" else condition
            raise InputError(argument, f"must be given, because {shown(name)} vests by it")
    measured = np.stack(np.broadcast_arrays(*(given[c] for c in tranches.condition)), -1)
    start = tranches.threshold
    width = tranches.full_at - start
    shape = np.broadcast_shapes(measured.shape, width.shape)
    gradual = np.divide(measured - start, width, out=np.zeros(shape), where=width > 0)
    share = np.where(width > 0, np.clip(gradual, 0.0, 1.0), measured >= start)
    return Vesting(
        tranches.name,
        tranches.condition,
        _with_dates(measured, tranches.condition),
        _with_dates(start, tranches.condition),
        tranches.count,
        share,
        tranches.count * share,
    )


def _with_dates(numbers: Floats, conditions: Names) -> Any:
    """Turn the numbers of days into dates."""
    dated = [i for i, condition in enumerate(conditions) if condition == "date"]
    if not dated:
        return numbers
    found = numbers.astype(object)
    found[..., dated] = np.vectorize(lambda n: date.fromordinal(int(n)))(found[..., dated])
    return found
