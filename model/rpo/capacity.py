"""Revenue from delivered capacity: tranches of megawatts, each for a term at a price.

A tranche starts at the beginning of its first month, counted 1, 2, 3 ... from the balance date,
and is paid for through its term. Over its ramp months it comes online in a straight line, within
the term, so that a ramp costs revenue. Amounts are differences of the megawatt-months delivered
by the ends of periods: nothing is lost between periods, whatever their length.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from model.calendar import MONTHS_PER_YEAR, check_last_month, period_ends
from model.errors import Floats, InputError, require
from model.fields import Amount, Field, Names, column, line
from model.functions import function
from model.rpo.schedule import Month
from model.tables import Schedule, Table


class Tranches(Table):
    """Tranches of capacity."""

    name: Names = column("Tranche", "name", "Name of the tranche.", key=True)
    mw: Floats = column("MW", "MW", "Megawatts at full capacity.", low=0)
    start: Floats = column(
        "Start", "months", "First month of service from the balance date.", low=1, whole=True
    )
    term: Floats = column(
        "Term",
        "months",
        "Months for which the capacity is paid, the ramp included.",
        above=0,
        whole=True,
    )
    price: Any = column(
        "Price", "USD m", "Paid for a megawatt and year of capacity.", low=0, default=None
    )
    utilisation: Floats = column(
        "Utilisation",
        "fraction",
        "Share of the capacity that is paid for.",
        low=0,
        high=1,
        default=1.0,
    )
    ramp: Floats = column(
        "Ramp months",
        "months",
        "Months over which the capacity comes online in a straight line, at most the Term.",
        low=0,
        default=0.0,
    )

    def check(self) -> None:
        """Refuse a ramp that is longer than the term, and an endless schedule."""
        self.align("mw", "start", "term", "utilisation", "ramp")
        require(self.ramp <= self.term, "tranches Ramp months", "from 0 to the Term", self.ramp)
        check_last_month("tranches", self.last_month)

    @property
    def last_month(self) -> int:
        """Last month of the last tranche, in any scenario."""
        return int(np.ceil((self.start + self.term).max())) - 1

    def megawatt_months(self, months: Floats) -> Floats:
        """Megawatt-months online by the ends of months, shape (..., tranches, months)."""
        elapsed = np.clip(months - (self.start[..., None] - 1), 0.0, self.term[..., None])
        ramp = self.ramp[..., None]
        rising = np.minimum(elapsed, ramp)
        # The integral of a line from 0 to 1 over the ramp, and 1 after it.
        full = (
            elapsed
            - rising
            + np.divide(rising**2, 2 * ramp, out=np.zeros_like(rising), where=ramp > 0)
        )
        return np.asarray(self.mw[..., None] * full)


class Deliveries(Schedule):
    """Capacity and revenue by period, (..., periods); of each tranche (..., tranches, periods)."""

    title = "Period"

    to_month: Any = line("To month", "months")
    online: Floats = line("MW online", "MW")
    by_tranche: Floats = line("{}", each="tranches")
    revenue: Floats = line("Revenue", total=True)
    tranches: Names


@function
def rpo_capacity(
    tranches: Tranches, months_per_period: Month = 3, final_month: Month | None = None
) -> Deliveries:
    """Capacity online and the revenue it brings, period by period, from tranches of megawatts.

    Parameters
    ----------
    months_per_period
        1 for months, 3 for quarters, 12 for years.
    final_month
        Last month of the schedule: that of the last tranche, or later.

    Returns
    -------
    Deliveries
        Revenue sums to ``MW * Price * Utilisation * (Term - Ramp / 2) / 12``.

    Raises
    ------
    InputError
        For tranches without a Price, a ramp longer than the term, or a final month before the last
        tranche ends.

    References
    ----------
    The example is Cerebras (S-1): 750 MW in three yearly tranches for a balance of 24,600.

    Examples
    --------
    >>> price = 24_600 / 750 / 3
    >>> blocks = Tranches(["2026", "2027", "2028"], [250] * 3, [1, 13, 25], [36] * 3, price)
    >>> made = rpo_capacity(blocks, 12)
    >>> made.online.tolist()
    [250.0, 500.0, 750.0, 500.0, 250.0]
    >>> round(float(made.revenue.sum()), 6)
    24600.0
    """
    if tranches.price is None:
        raise InputError("tranches", "must have the header Price")
    return deliveries(tranches, tranches.price, months_per_period, final_month)


def deliveries(
    tranches: Tranches, price: Floats, months_per_period: int = 3, final_month: int | None = None
) -> Deliveries:
    """Capacity and revenue at a price, shape (..., tranches), ignoring the tranches' own."""
    ends = period_ends(tranches.last_month, months_per_period, final_month)
    periods = np.diff(ends, prepend=0)
    online = np.diff(tranches.megawatt_months(ends.astype(np.float64)), axis=-1, prepend=0.0)
    by_tranche = online * (tranches.utilisation * price)[..., None] / MONTHS_PER_YEAR
    return Deliveries(
        to_month=ends,
        online=online.sum(-2) / periods,
        by_tranche=by_tranche,
        revenue=by_tranche.sum(-2),
        tranches=tranches.name,
    )


@function
def rpo_capacity_price(
    balance: Amount, tranches: Tranches
) -> Annotated[Floats, Field("USD m per MW")]:
    """Price per megawatt and year at which tranches of capacity earn exactly a balance, USD m.

    Parameters
    ----------
    balance
        Revenue of all tranches together, such as the remaining performance obligations.
    tranches
        Capacity delivered; Price is solved for, and ignored if given.

    Returns
    -------
    ndarray, shape (...)
        ``balance / sum (MW * Utilisation * (Term - Ramp / 2) / 12)``.

    Raises
    ------
    InputError
        If no paid capacity is delivered.

    References
    ----------
    The example is Cerebras (S-1): an upper bound, because other customers share the balance.

    Examples
    --------
    >>> round(float(rpo_capacity_price(24_600, Tranches(["All"], [750], [1], [36]))), 1)
    10.9
    """
    # A ramp from zero to full capacity delivers half of its months.
    served = tranches.mw * (tranches.term - tranches.ramp / 2)
    paid = (served * tranches.utilisation).sum(-1) / MONTHS_PER_YEAR
    if not (paid > 0).all():
        raise InputError("tranches", "must deliver capacity that is paid for", "number")
    return np.asarray(balance / paid)
