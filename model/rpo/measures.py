"""Measures of a balance: coverage, duration, present value, multiples, and back-tests.

All of them read the balance month by month, so that a band's edge is never rounded to a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
import numpy.typing as npt

from model.calendar import LAST_MONTH, MONTHS_PER_YEAR
from model.dcf.discounting import TIMINGS
from model.errors import Floats, InputError, floats, one_of, require, yearly_rate
from model.fields import Amount, Field, Names, line
from model.functions import function
from model.rpo import schedule as rpo
from model.tables import Listing

AmountEarned = Annotated[Floats, Field("USD m", above=0.0)]


def coverage(due: npt.ArrayLike, revenue: npt.ArrayLike) -> Floats:
    """Share of a period's revenue that was under contract when it began.

    Parameters
    ----------
    due : array_like, shape (...)
        Balance due within the period, USD millions.
    revenue : array_like, shape (...)
        Revenue of the period, forecast or actual, USD millions.

    Returns
    -------
    ndarray, shape (...)
        ``due / revenue``, a fraction.

    Raises
    ------
    InputError
        For revenue that is not above 0.

    Examples
    --------
    Oracle at 31 May 2023: 49% of 67.9 billion due within a year, whose revenue was 52.961:

    >>> round(float(coverage(0.49 * 67.9, 52.961)), 3)
    0.628
    """
    sales = floats("revenue", revenue)
    require(sales > 0, "revenue", "above 0", sales)
    return np.asarray(floats("due", due) / sales)


def due_within(
    bands: rpo.Bands, months: int, shape: str = "smooth", final_month: int | None = None
) -> Floats:
    """Balance due within a number of months, USD millions; shape (...).

    Where a band ends with these months its amount is taken as it stands, and nothing needs to
    be known about the bands after it.

    Parameters
    ----------
    bands : Bands
        Disclosed bands of the balance.
    months : int
        How many, from the balance date.
    shape, final_month
        As in `rpo.schedule`; needed where no band ends with these months.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    InputError
        For months outside 1 to 12,000, and what `rpo.schedule` refuses.
    """
    if months < 1 or months > LAST_MONTH:
        raise InputError("months", f"must be a whole number from 1 to {LAST_MONTH}, not {months}")
    if months in bands.last:
        return np.asarray(bands.amount[..., : bands.last.index(months) + 1].sum(-1))
    by_month = rpo.schedule(bands, 1, shape, final_month).by_month
    return np.asarray(by_month[..., :months].sum(-1))


def years_to(months: int, timing: str = "mid") -> Floats:
    """Years from the balance date to the middle or the end of each month."""
    timing = one_of("timing", timing, TIMINGS)
    ends = np.arange(1, months + 1)
    return np.asarray((ends if timing == "end" else ends - 0.5) / MONTHS_PER_YEAR)


def duration(by_month: Floats, timing: str = "mid") -> Floats:
    """Average life in years of a balance, weighted by what is recognised in each month.

    Parameters
    ----------
    by_month : ndarray, shape (..., months)
        Recognition month by month.
    timing : {"mid", "end"}
        Where in its month an amount falls.

    Returns
    -------
    ndarray, shape (...)
        Years.

    Raises
    ------
    InputError
        For a balance that is not above 0.

    Examples
    --------
    >>> duration(np.array([1.0] * 24))
    array(1.)
    """
    total = by_month.sum(-1)
    require(total > 0, "balance", "above 0", total)
    return np.asarray((by_month * years_to(by_month.shape[-1], timing)).sum(-1) / total)


def present_value(
    by_month: Floats,
    rate: npt.ArrayLike,
    default_intensity: npt.ArrayLike = 0.0,
    recovery: npt.ArrayLike = 0.0,
    timing: str = "mid",
) -> Floats:
    r"""Value today of what a balance will bring, after default and recovery.

    .. math:: \sum_m a_m \, \frac{S_m + (1 - S_m) R}{(1 + r)^{t_m}},
              \qquad S_m = e^{-\lambda t_m}

    Parameters
    ----------
    by_month : ndarray, shape (..., months)
        Recognition month by month.
    rate : array_like, shape (...)
        Discount rate, fraction a year, compounded yearly.
    default_intensity : array_like, shape (...)
        Of the customers, a year.
    recovery : array_like, shape (...)
        Share of what falls due after default that is earned all the same.
    timing : {"mid", "end"}
        Where in its month an amount falls.

    Returns
    -------
    ndarray, shape (...)
        USD millions.

    Raises
    ------
    InputError
        For a rate outside -1 to 1, a negative intensity, or a recovery outside 0 to 1.

    Examples
    --------
    One dollar at the end of a year at 10%:

    >>> round(float(present_value(np.array([0.0] * 11 + [1.0]), 0.1, timing="end")), 6)
    0.909091
    """
    r = yearly_rate("rate", rate)
    intensity = floats("default_intensity", default_intensity)
    recovered = floats("recovery", recovery)
    require(intensity >= 0, "default_intensity", "at least 0", intensity)
    require((recovered >= 0) & (recovered <= 1), "recovery", "from 0 to 1", recovered)
    years = years_to(by_month.shape[-1], timing)
    survival = np.exp(-intensity[..., None] * years)
    kept = survival + (1.0 - survival) * recovered[..., None]
    return np.asarray((by_month * kept * (1.0 + r[..., None]) ** -years).sum(-1))


class Multiples(Listing):
    """A balance against revenue and market value."""

    labels = ("RPO to sales", "RPO to market value", "Market value to sales")

    measure: Names = line("Measure", "name")
    multiple: Floats = line("Multiple", "ratio", form="multiple")


@function
def rpo_multiples(balance: Amount, revenue: AmountEarned, market_value: AmountEarned) -> Multiples:
    """Remaining performance obligations as a multiple of revenue and of the market value.

    Parameters
    ----------
    balance
        Remaining performance obligations.
    revenue
        Revenue of the trailing twelve months.
    market_value
        Market value of the equity, or enterprise value.

    Returns
    -------
    Multiples
        Balance to sales, balance to market value, and market value to sales.

    Raises
    ------
    InputError
        For a negative balance, or revenue or a market value that is not above 0.

    References
    ----------
    The example is Cerebras at its first price range: 24,600 of obligations, 509.991 of revenue
    (S-1) and 26.62 billion of market value.

    Examples
    --------
    >>> rpo_multiples(24_600, 509.991, 26_620.7).multiple.round(2)
    array([48.24,  0.92, 52.2 ])
    """
    ratios = (balance / revenue, balance / market_value, market_value / revenue)
    return Multiples(Multiples.labels, np.stack(np.broadcast_arrays(*ratios), axis=-1))


@dataclass(frozen=True)
class Filings:
    """Balances at successive dates, and the revenue between them; make them with `of`.

    Attributes
    ----------
    month : tuple of int
        Months of each filing after the first, from 0 on.
    balance : ndarray, shape (..., filings)
        USD millions.
    recognised : ndarray, shape (..., filings - 1)
        Revenue from each filing to the next, USD millions.
    """

    month: tuple[int, ...]
    balance: Floats
    recognised: Floats

    @classmethod
    def of(
        cls, month: tuple[int, ...], balance: npt.ArrayLike, recognised: npt.ArrayLike
    ) -> Filings:
        """Check and collect filings."""
        if len(month) < 2:
            raise InputError("filings", "must hold at least two dates")
        if month[0] != 0 or any(b <= a for a, b in pairwise(month)):
            raise InputError("filings", "must hold dates in ascending order, months apart")
        for argument, value in (("Balance", balance), ("Recognised", recognised)):
            stated = floats(f"filings {argument}", value)
            require(stated >= 0, f"filings {argument}", "at least 0", stated)
        rolled = rpo.implied_bookings(balance, recognised)
        held = np.concatenate([rolled.opening, rolled.closing[..., -1:]], axis=-1)
        return cls(tuple(month), held, rolled.recognised)


@dataclass(frozen=True)
class Backtest:
    """A schedule against later filings; shapes (..., later filings), USD millions.

    Attributes
    ----------
    to_month : ndarray of int, shape (later filings,)
        Months of each filing after the first.
    scheduled, recognised : ndarray
        What the first filing's schedule put between a filing and the one before it, and the
        revenue there was.
    bookings : ndarray
        Bookings that the balances and the revenue imply.
    left, disclosed : ndarray
        What the schedule leaves at a filing's date, and the balance that was disclosed.
    """

    to_month: npt.NDArray[np.int_]
    scheduled: Floats
    recognised: Floats
    bookings: Floats
    left: Floats
    disclosed: Floats


def backtest(filings: Filings, by_month: Floats) -> Backtest:
    """Hold the schedule of the first filing against the filings that followed.

    Parameters
    ----------
    filings : Filings
        Balances and revenue as disclosed.
    by_month : ndarray, shape (..., months)
        The first balance month by month, as `rpo.schedule` gives it.

    Returns
    -------
    Backtest

    Examples
    --------
    >>> found = backtest(Filings.of((0, 3), [240.0, 250.0], [20.0]), np.full(24, 10.0))
    >>> float(found.scheduled[0]), float(found.bookings[0]), float(found.left[0])
    (30.0, 30.0, 210.0)
    """
    reached = _reached(by_month, np.array(filings.month))
    rolled = rpo.implied_bookings(filings.balance, filings.recognised)
    return Backtest(
        to_month=np.array(filings.month[1:]),
        scheduled=np.diff(reached, axis=-1),
        recognised=rolled.recognised,
        bookings=rolled.bookings,
        left=by_month.sum(-1)[..., None] - reached[..., 1:],
        disclosed=rolled.closing,
    )


def rebanded(by_month: Floats, month: int, bands: rpo.Bands) -> Floats:
    """Put a schedule's amounts into the bands of a filing that came `month` months later.

    Parameters
    ----------
    by_month : ndarray, shape (..., months)
        The old schedule.
    month : int
        Months from the old balance date to the new one.
    bands : Bands
        The new filing's bands; an open last band takes all that is left.

    Returns
    -------
    ndarray, shape (..., bands)
        USD millions; what falls due before the new date is in no band.

    Examples
    --------
    >>> new = rpo.Bands.of(100.0, [1, 7], [6, None], share=[0.5, 0.5])
    >>> rebanded(np.full(24, 10.0), 3, new)
    array([ 60., 150.])
    """
    months = by_month.shape[-1]
    before = np.array(bands.first) - 1 + month
    after = np.array([months if end is None else end + month for end in bands.last])
    return np.asarray(_reached(by_month, np.maximum(after, before)) - _reached(by_month, before))


def with_rest(bands: rpo.Bands) -> rpo.Bands:
    """Close disclosed bands with one for all that comes after them, however late.

    Parameters
    ----------
    bands : Bands
        As disclosed.

    Returns
    -------
    Bands
        The same, if their last band is open already.
    """
    end = bands.last[-1]
    if end is None:
        return bands
    amount = np.concatenate([bands.amount, bands.remainder[..., None]], axis=-1)
    return rpo.Bands(
        (*bands.first, end + 1), (*bands.last, None), amount, np.zeros_like(bands.remainder)
    )


def _reached(by_month: Floats, months: npt.NDArray[np.int_]) -> Floats:
    """Amount recognised by the ends of months, of which 0 is the balance date."""
    total = np.cumsum(by_month, axis=-1)
    total = np.concatenate([np.zeros_like(total[..., :1]), total], axis=-1)
    return np.asarray(total[..., np.minimum(months, by_month.shape[-1])])
