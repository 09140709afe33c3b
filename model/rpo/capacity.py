"""Revenue from delivered capacity: tranches of megawatts, each for a term at a price.

A tranche starts at the beginning of its first month, counted 1, 2, 3 ... from the balance date,
and is paid for through its term. Over its ramp months it comes online in a straight line, within
the term, so that a ramp costs revenue. Amounts are differences of the megawatt-months delivered
by the ends of periods: nothing is lost between periods, whatever their length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.calendar import MONTHS_PER_YEAR, check_last_month, period_ends
from model.errors import Floats, InputError, floats, require


@dataclass(frozen=True)
class Tranches:
    """Tranches of capacity, one per place on the last axis; make them with `Tranches.of`."""

    name: tuple[str, ...]
    mw: Floats
    start: Floats
    term: Floats
    utilisation: Floats
    ramp: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        mw: npt.ArrayLike,
        start: npt.ArrayLike,
        term: npt.ArrayLike,
        utilisation: npt.ArrayLike = 1.0,
        ramp: npt.ArrayLike = 0.0,
    ) -> Tranches:
        """Check and collect tranches.

        Parameters
        ----------
        name : sequence of str
            What each tranche is called.
        mw : array_like, shape (..., tranches)
            Megawatts at full capacity.
        start : array_like
            First month of service from the balance date, at least 1.
        term : array_like
            Months for which the capacity is paid, the ramp included.
        utilisation : array_like
            Share of the capacity that is paid for, 0 to 1.
        ramp : array_like
            Months over which the capacity comes online in a straight line, at most the term.

        Raises
        ------
        InputError
            For a negative amount, a start before month 1, an empty term, or a longer ramp.
        """
        size, first, months, used, rise, _ = np.broadcast_arrays(
            floats("tranches MW", mw),
            floats("tranches Start", start),
            floats("tranches Term", term),
            floats("tranches Utilisation", utilisation),
            floats("tranches Ramp months", ramp),
            np.zeros(len(name)),
        )
        require(size >= 0, "tranches MW", "at least 0", size)
        require(first >= 1, "tranches Start", "a month from 1 on", first)
        require(months > 0, "tranches Term", "above 0", months)
        require((used >= 0) & (used <= 1), "tranches Utilisation", "from 0 to 1", used)
        require((rise >= 0) & (rise <= months), "tranches Ramp months", "from 0 to the Term", rise)
        made = cls(tuple(name), size, first, months, used, rise)
        check_last_month("tranches", made.last_month)
        return made

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


@dataclass(frozen=True)
class Deliveries:
    """Capacity and revenue by period; shapes (..., periods) unless said otherwise.

    Attributes
    ----------
    to_month : ndarray of int, shape (periods,)
        Last month of each period.
    online : ndarray
        Average megawatts online.
    by_tranche : ndarray, shape (..., tranches, periods)
        Revenue of each tranche, USD millions.
    revenue : ndarray
        Revenue of all tranches, USD millions.
    """

    to_month: npt.NDArray[np.int_]
    online: Floats
    by_tranche: Floats
    revenue: Floats


def deliveries(
    tranches: Tranches,
    price: npt.ArrayLike,
    months_per_period: int = 3,
    final_month: int | None = None,
) -> Deliveries:
    """Revenue that deliveries of capacity bring, period by period.

    Parameters
    ----------
    tranches : Tranches
        What is delivered, and when.
    price : array_like, shape (..., tranches)
        USD millions per megawatt and year of paid capacity.
    months_per_period : int
        1 for months, 3 for quarters, 12 for years.
    final_month : int, optional
        Last month of the schedule; that of the last tranche, or later.

    Returns
    -------
    Deliveries
        Capacity online and revenue. Its revenue sums to MW x years x price x utilisation of
        all tranches, less what their ramps cost: half of the ramp's months.

    Raises
    ------
    InputError
        For a negative price, or a final month before the last tranche ends.

    Examples
    --------
    Cerebras: 250 MW a year in 2026 to 2028, each for three years at 10.93 USD millions per MW
    and year, is the balance of 24,600.

    >>> blocks = Tranches.of(["2026", "2027", "2028"], [250] * 3, [1, 13, 25], [36] * 3)
    >>> made = deliveries(blocks, 24_600 / 750 / 3, 12)
    >>> made.online.tolist()
    [250.0, 500.0, 750.0, 500.0, 250.0]
    >>> round(float(made.revenue.sum()), 6)
    24600.0
    """
    paid = floats("tranches Price", price)
    require(paid >= 0, "tranches Price", "at least 0", paid)
    ends = period_ends(tranches.last_month, months_per_period, final_month)
    periods = np.diff(ends, prepend=0)
    online = np.diff(tranches.megawatt_months(ends.astype(np.float64)), axis=-1, prepend=0.0)
    by_tranche = online * (tranches.utilisation * paid)[..., None] / MONTHS_PER_YEAR
    return Deliveries(
        to_month=ends,
        online=online.sum(-2) / periods,
        by_tranche=by_tranche,
        revenue=by_tranche.sum(-2),
    )


def implied_price(balance: npt.ArrayLike, tranches: Tranches) -> Floats:
    """Price per megawatt and year at which the tranches' revenue is a balance, USD millions.

    Parameters
    ----------
    balance : array_like, shape (...)
        Revenue of all tranches together, USD millions.
    tranches : Tranches
        What is delivered; utilisation and ramps count.

    Returns
    -------
    ndarray, shape (...)
        ``balance / sum (MW * utilisation * (term - ramp / 2) / 12)``.

    Raises
    ------
    InputError
        For a negative balance; where no capacity is delivered that is paid for.

    Examples
    --------
    750 MW for 24,600 of Cerebras, on terms of three and of four years:

    >>> [round(float(implied_price(24_600, Tranches.of(["All"], [750], [1], [months]))), 1)
    ...  for months in (36, 48)]
    [10.9, 8.2]
    """
    total = floats("balance", balance)
    require(total >= 0, "balance", "at least 0", total)
    # A ramp from nothing to everything delivers half of its months.
    served = tranches.mw * (tranches.term - tranches.ramp / 2)
    paid = (served * tranches.utilisation).sum(-1) / MONTHS_PER_YEAR
    if not (paid > 0).all():
        raise InputError("tranches", "must deliver capacity that is paid for", "number")
    return np.asarray(total / paid)
