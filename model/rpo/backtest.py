"""Back-tests: the schedule that one filing implied against the filings that followed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError
from model.fields import Names, line
from model.functions import function
from model.rpo.bands import Banded, band_label
from model.rpo.filings import DatedBands, Filings
from model.rpo.schedule import Month, RunRate, Shape, implied_bookings, monthly
from model.tables import Listing, Schedule


class Backtest(Schedule):
    """A schedule against later filings; shapes (..., later filings)."""

    title = "Period"

    to_month: npt.NDArray[np.int_] = line("To month", "months")
    opening: Floats = line("Opening")
    scheduled: Floats = line("Scheduled")
    recognised: Floats = line("Recognised")
    over: Floats = line("Recognised less scheduled")
    bookings: Floats = line("Implied bookings")
    closing: Floats = line("Closing")
    left: Floats = line("Left of the schedule")
    added: Floats = line("Closing less left", total=True)


@function
def rpo_backtest(
    filings: Filings,
    bands: DatedBands,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
) -> Backtest:
    """The schedule that the first filing implied, against what later filings disclosed.

    Parameters
    ----------
    filings
        Balances as filed; dates whole months apart.
    bands
        The bands as disclosed at the first date, and at later ones if there are any.
    shape
        As in RPO_SCHEDULE.
    final_month
        Last month of the first filing's open band or remainder.

    Raises
    ------
    InputError
        As for RPO_SCHEDULE; for fewer than two filings, dates not whole months apart, bands for a
        date without a filing, or no bands for the first filing.

    References
    ----------
    ``bookings = closing - opening + recognised``, where revenue that filings state as outside the
    balance is not in recognised. The closing balance less the remaining schedule is all bookings so
    far plus all revenue scheduled but not recognised.

    Examples
    --------
    Cerebras from 31 December 2025 to 30 June 2026 (S-1, 10-Qs):

    >>> from datetime import date
    >>> dates = [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)]
    >>> filed = Filings(dates, [24_600, 25_000, 25_400], [None, 193.4, 180.1])
    >>> first = [date(2025, 12, 31)] * 3
    >>> bands = DatedBands(first, [1, 25, 49], [24, 48, 84], share=[0.15, 0.43, 0.42])
    >>> rpo_backtest(filed, bands, "flat").bookings.round(1)
    array([593.4, 580.1])
    """
    by_month = monthly(bands.of(filings)[0], shape, final_month, run_rate)
    return backtest(filings, by_month)


def backtest(filings: Filings, by_month: Floats) -> Backtest:
    """Compare the first balance, month by month, with the filings that followed.

    Examples
    --------
    >>> from datetime import date
    >>> filed = Filings([date(2025, 12, 31), date(2026, 3, 31)], [240.0, 250.0], [None, 20.0])
    >>> found = backtest(filed, np.full(24, 10.0))
    >>> float(found.scheduled[0]), float(found.bookings[0]), float(found.left[0])
    (30.0, 30.0, 210.0)
    """
    reached = reached_at(by_month, filings.month)
    rolled = implied_bookings(filings.balance, filings.from_balance)
    scheduled = reached[..., 1:] - reached[..., :-1]
    left = by_month.sum(-1)[..., None] - reached[..., 1:]
    return Backtest(
        to_month=np.array(filings.month[1:]),
        opening=rolled.opening,
        scheduled=scheduled,
        recognised=rolled.recognised,
        over=rolled.recognised - scheduled,
        bookings=rolled.bookings,
        closing=rolled.closing,
        left=left,
        added=rolled.closing - left,
    )


class BandsByFiling(Listing):
    """An old schedule in the bands of later filings."""

    band: Names = line("Band", "name")
    filing: Any = line("Filing", "months")
    first: Any = line("From month", "months")
    last: Any = line("To month", "months")
    old: Floats = line("Old schedule")
    disclosed: Floats = line("Disclosed")
    difference: Floats = line("Difference")


@function
def rpo_backtest_bands(
    filings: Filings,
    bands: DatedBands,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
) -> BandsByFiling:
    """The first filing's schedule in the bands of later filings, band by band.

    Parameters
    ----------
    filings
        Balances as filed; dates whole months apart.
    bands
        As in RPO_BACKTEST, with the bands of at least one later filing.
    shape
        As in RPO_SCHEDULE.
    final_month
        Last month of the first filing's open band or remainder.

    Returns
    -------
    BandsByFiling
        The balance outside a filing's bands is its last band, whose last month is blank because
        it is open.

    Raises
    ------
    InputError
        As for RPO_BACKTEST, and if no later filing has bands.

    References
    ----------
    Months of a later filing are months of the first one less the months between the two.

    Examples
    --------
    Cerebras at 30 June 2026 disclosed 22%, 43% and 35% of 25,400:

    >>> from datetime import date
    >>> start, now = date(2025, 12, 31), date(2026, 6, 30)
    >>> filed = Filings([start, now], [24_600, 25_400], [None, 373.5])
    >>> bands = DatedBands(
    ...     [start] * 3 + [now] * 3,
    ...     [1, 25, 49, 1, 25, 49],
    ...     [24, 48, 84, 24, 48, None],
    ...     share=[0.15, 0.43, 0.42, 0.22, 0.43, 0.35],
    ... )
    >>> rpo_backtest_bands(filed, bands, "flat").difference.round(1)
    array([ 176. , 1266.5,  280. ])
    """
    disclosed = bands.of(filings)
    by_month = monthly(disclosed[0], shape, final_month, run_rate)
    later = {filings.month[i]: with_rest(each) for i, each in disclosed.items() if i > 0}
    if not later:
        raise InputError("bands", "must hold the bands of at least one later filing")
    rows = [
        (band_label(first, last), month, first, last)
        for month, found in later.items()
        for first, last in zip(found.first, found.last, strict=True)
    ]
    old = np.concatenate([rebanded(by_month, m, found) for m, found in later.items()], axis=-1)
    new = np.concatenate([found.amount for found in later.values()], axis=-1)
    return BandsByFiling(*zip(*rows, strict=True), old, new, new - old)


def rebanded(by_month: Floats, month: int, bands: Banded) -> Floats:
    """Put a schedule's amounts into the bands of a filing `month` months later.

    Parameters
    ----------
    by_month : ndarray, shape (..., months)
        The old schedule.
    month : int
        Months from the old balance date to the new one.
    bands : Banded
        The new filing's bands; an open last band takes the rest.

    Returns
    -------
    ndarray, shape (..., bands)
        USD millions; amounts due before the new date are in no band.

    Examples
    --------
    >>> new = Banded.of(100.0, [1, 7], [6, None], share=[0.5, 0.5])
    >>> rebanded(np.full(24, 10.0), 3, new)
    array([ 60., 150.])
    """
    before = np.array(bands.first) - 1 + month
    after = [by_month.shape[-1] if end is None else end + month for end in bands.last]
    reached = reached_at(by_month, [*before, *np.maximum(after, before)])
    return np.asarray(reached[..., len(before) :] - reached[..., : len(before)])


def with_rest(bands: Banded) -> Banded:
    """Add a band for everything after the disclosed bands, however late.

    Parameters
    ----------
    bands : Banded
        As disclosed.

    Returns
    -------
    Banded
        Unchanged, if their last band is already open.
    """
    end = bands.last[-1]
    if end is None:
        return bands
    amount = np.concatenate([bands.amount, bands.remainder[..., None]], axis=-1)
    return Banded(
        (*bands.first, end + 1), (*bands.last, None), amount, np.zeros_like(bands.remainder)
    )


def reached_at(by_month: Floats, months: npt.ArrayLike) -> Floats:
    """Amount recognised by the ends of months, of which 0 is the balance date."""
    reached = np.zeros((*by_month.shape[:-1], by_month.shape[-1] + 1))
    np.cumsum(by_month, axis=-1, out=reached[..., 1:])
    return np.asarray(reached[..., np.minimum(months, by_month.shape[-1])])
