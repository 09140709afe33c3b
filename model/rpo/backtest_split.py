"""Back-tests of every balance: revenue by where it came from, and the error of each shape.

Revenue after a filing comes from the balance it disclosed, from contracts signed since, and from
outside any balance. Filings disclose the sum alone; the three parts are predicted:

- the old balance by its bands, in a shape;
- contracts signed since from the bookings that the balances imply. Those of a period count as
  signed when it ends, so that no revenue of a period predicts that period, and convert as a balance
  does by the newest bands disclosed by then, in the same shape;
- revenue outside the balance as it is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from model.errors import Floats, InputError, require, shown
from model.fields import NOT_MEANINGFUL, Day, Names, line
from model.functions import function
from model.rpo.backtest import reached_at
from model.rpo.bands import Banded
from model.rpo.contracts import Contracts, rpo_contracts
from model.rpo.filings import DatedBands, Filings
from model.rpo.schedule import Month, RunRate, Shape, implied_bookings, monthly
from model.tables import Listing, Schedule
from model.values import Dates

#: From a filing's place to its balance by month.
Spread = Callable[[int], Floats]
#: Shown where filings do not state what was outside the balance.
NOT_DISCLOSED = "not disclosed"
#: The shapes that are compared, before contracts one by one.
COMPARED = ("flat", "smooth", "anchored")
CONTRACTS = "contracts"


class BacktestSplit(Schedule):
    """Revenue by where it came from, against what was recognised; shapes (..., later filings).

    What the old balance has brought so far, at least and at most, holds whatever the shape.
    """

    title = "Period"

    to_month: Any = line("To month", "months")
    scheduled: Floats = line("From the old balance")
    new: Floats = line("From contracts signed since")
    outside: Floats = line("Outside the balance", undefined=NOT_DISCLOSED)
    predicted: Floats = line("Predicted", total=True)
    actual: Floats = line("Revenue")
    residual: Floats = line("Revenue less predicted")
    error: Floats = line("Error", "fraction", undefined=NOT_MEANINGFUL)
    bookings: Floats = line("Implied bookings")
    least: Floats = line("Old balance so far, at least")
    most: Floats = line("Old balance so far, at most")
    late: Floats = line("Schedule not met so far, at least")


class BacktestShapes(Listing):
    """Errors of every balance that has bands and later filings, by shape; (..., rows)."""

    shape: Names = line("Shape", "name")
    at: Dates = line("Balance at", "date")
    months: Any = line("Months", "months")
    scheduled: Floats = line("Old balance")
    new: Floats = line("New contracts")
    outside: Floats = line("Outside", undefined=NOT_DISCLOSED)
    predicted: Floats = line("Predicted")
    actual: Floats = line("Revenue")
    alone: Floats = line("Error, old balance", "fraction", undefined=NOT_MEANINGFUL)
    error: Floats = line("Error", "fraction", undefined=NOT_MEANINGFUL)


@function
def rpo_backtest_split(
    filings: Filings,
    bands: DatedBands,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
    contracts: Contracts | None = None,
    origin: Day | None = None,
) -> BacktestSplit:
    """Revenue after a filing, split into its balance, contracts signed since, and the rest.

    Parameters
    ----------
    filings
        Balances as filed; dates whole months apart. Recognised is all revenue, and Outside the part
        of it that was never in the balance.
    bands
        The bands as disclosed at the first date, and at later ones if there are any.
    shape
        As in RPO_SCHEDULE, for the balance and for contracts signed since.
    final_month
        Last month of an open band or remainder, counted from its own filing.
    run_rate
        Monthly revenue before the first filing; for later ones it follows from the filings. Only
        the shape anchored needs it.
    contracts
        The contracts in the first balance. It then converts as they do, and so do contracts signed
        since, whatever the shape.
    origin
        Date of the filing whose balance is tested: the first if left out.

    Returns
    -------
    BacktestSplit
        Predicted is the sum of the three parts, and the error is predicted over revenue less 1.
        If the part outside is not disclosed, predicted excludes it. Bookings are net of
        cancellations. Unless contracts were cancelled, the old balance has brought at least what
        the balance has fallen by, and at most all revenue from the balance.

    Raises
    ------
    InputError
        As for RPO_BACKTEST; for an origin without bands or later filings, contracts with a later
        origin, or contracts without value.

    References
    ----------
    ``bookings = closing - opening + recognised - outside``.

    Examples
    --------
    Snowflake from 31 October 2025, with 48% of 7.88 billion due in twelve months: 4,221 of revenue
    in nine months, of which a flat schedule explains 2,837.

    >>> from datetime import date
    >>> dates = [date(2025, 10, 31), date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31)]
    >>> filed = Filings(dates, [7880, 9771.5, 9210, 9000], [None, 1283.994, 1390, 1547])
    >>> bands = DatedBands(dates[:1] * 2, [1, 13], [12, None], share=[0.48, 0.52])
    >>> found = rpo_backtest_split(filed, bands, "flat", 48)
    >>> [float(part.sum().round()) for part in (found.scheduled, found.new, found.actual)]
    [2837.0, 862.0, 4221.0]
    """
    disclosed = bands.of(filings)
    place = 0 if origin is None else _place(filings, disclosed, origin)
    if contracts is None:
        spread = _by_bands(filings, disclosed, shape, final_month, run_rate)
    elif place:
        raise InputError("contracts", "must be left out with an origin after the first filing")
    else:
        spread = _by_contracts(filings, contracts)
    return split(filings, disclosed, place, spread)


@function
def rpo_backtest_shapes(
    filings: Filings,
    bands: DatedBands,
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
    contracts: Contracts | None = None,
) -> BacktestShapes:
    """Errors of the shapes flat, smooth, anchored and contracts, for every balance with bands.

    Parameters
    ----------
    filings
        As in RPO_BACKTEST_SPLIT.
    bands
        The bands as disclosed at the first date, and at later ones if there are any.
    final_month
        Last month of an open band or remainder, counted from its own filing.
    run_rate
        Monthly revenue before the first filing; without it the first balance is not anchored.
    contracts
        The contracts in the first balance; without them it has no row for contracts.

    Returns
    -------
    BacktestShapes
        A row for each shape of each balance that has bands and later filings: the parts over all
        periods, and two errors, each predicted over revenue less 1. The first leaves out contracts
        signed since, as if none had started; the second counts them by the profile of a balance.
        Revenue between the two means that they started, but convert later than a balance does.

    Raises
    ------
    InputError
        As for RPO_BACKTEST_SPLIT.

    References
    ----------
    RPO_BACKTEST_SPLIT, over all periods.

    Examples
    --------
    Nebius disclosed 33.6 billion at 31 March 2026, and 582.3 of revenue in the next quarter:

    >>> from datetime import date
    >>> dates = [date(2026, 3, 31), date(2026, 6, 30)]
    >>> filed = Filings(dates, [33_600, 37_490.6], [None, 582.3])
    >>> bands = DatedBands(dates[:1] * 3, [1, 25, 49], [24, 48, None], share=[0.29, 0.39, 0.32])
    >>> found = rpo_backtest_shapes(filed, bands, 84, 133.0)
    >>> dict(zip(found.shape, found.error.round(3).tolist()))
    {'flat': 1.092, 'smooth': 0.914, 'anchored': -0.076}
    """
    disclosed = bands.of(filings)
    rows: list[tuple[str, int, BacktestSplit]] = []
    ways = {
        shape: _by_bands(filings, disclosed, shape, final_month, run_rate) for shape in COMPARED
    }
    for place in _tested(filings, disclosed):
        shapes = COMPARED if place or run_rate is not None else COMPARED[:-1]
        found = {shape: ways[shape] for shape in shapes}
        if contracts is not None and not place:
            found[CONTRACTS] = _by_contracts(filings, contracts)
        rows += [
            (shape, place, split(filings, disclosed, place, spread))
            for shape, spread in found.items()
        ]
    splits = [each for _, _, each in rows]
    scheduled, new, predicted, actual = (
        _rows([getattr(each, name).sum(-1) for each in splits])
        for name in ("scheduled", "new", "predicted", "actual")
    )
    stated = [each.outside for each in splits]
    outside = [np.where(np.isnan(o).all(-1), np.nan, np.nansum(o, axis=-1)) for o in stated]
    return BacktestShapes(
        shape=tuple(shape for shape, _, _ in rows),
        at=filings.at[[place for _, place, _ in rows]],
        months=[int(each.to_month[-1]) for each in splits],
        scheduled=scheduled,
        new=new,
        outside=_rows(outside),
        predicted=predicted,
        actual=actual,
        alone=_error(predicted - new, actual),
        error=_error(predicted, actual),
    )


def split(
    filings: Filings, disclosed: dict[int, Banded], place: int, spread: Spread
) -> BacktestSplit:
    """Split the revenue after the filing at a place, counted from 0.

    `disclosed` has the bands by the place of their filing, and `spread` gives the balance of a
    filing by month, (..., months).

    Examples
    --------
    >>> dates = [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)]
    >>> filed = Filings(dates, [240, 250, 260], [None, 30, 35])
    >>> held = {0: Banded.of(240.0, [1], [24], share=[1.0])}
    >>> split(filed, held, 0, lambda place: np.full(24, 10.0)).predicted
    array([30., 35.])
    """
    months = np.array(filings.month[place:]) - filings.month[place]
    balance, outside = filings.balance[..., place:], filings.outside[..., place:]
    actual, own = (a[..., place:] for a in (filings.recognised, filings.from_balance))
    bookings = implied_bookings(balance, own).bookings
    scheduled = np.diff(reached_at(spread(place), months))
    # Contracts signed in a period convert after it; those of the last period are not followed.
    new = np.zeros(months.size - 1)
    for i, profile in enumerate(_profiles(filings, disclosed, place, spread), 1):
        due = np.diff(reached_at(profile, months[i:] - months[i]))
        later = bookings[..., i - 1 : i] * due
        new = new + np.concatenate([np.zeros((*later.shape[:-1], i)), later], axis=-1)
    predicted = scheduled + new + (actual - own)
    most = np.minimum(np.cumsum(own, axis=-1), balance[..., :1])
    fallen = np.maximum.accumulate(balance[..., :1] - balance[..., 1:], axis=-1)
    least = np.minimum(np.maximum(fallen, 0.0), most)
    late = np.maximum(np.cumsum(scheduled, axis=-1) - most, 0.0)
    error = _error(predicted, actual)
    made = np.broadcast_arrays(
        scheduled, new, outside, predicted, actual, actual - predicted, error, bookings, least,
        most, late,
    )  # fmt: skip
    return BacktestSplit(months[1:], *made)


def _tested(filings: Filings, disclosed: dict[int, Banded]) -> list[int]:
    """Give the places of filings with bands and later filings."""
    return [place for place in disclosed if place < len(filings) - 1]


def _place(filings: Filings, disclosed: dict[int, Banded], origin: date) -> int:
    """Find the filing that is tested."""
    days = [filings.days[place] for place in _tested(filings, disclosed)]
    if origin not in days:
        listed = " or ".join(map(shown, days))
        raise InputError(
            "origin",
            f"must be the date of a filing with bands and later filings, {listed}, "
            f"not {shown(origin)}",
        )
    return filings.days.index(origin)


def _by_bands(
    filings: Filings,
    disclosed: dict[int, Banded],
    shape: str,
    final_month: int | None,
    run_rate: Floats | None,
) -> Spread:
    """Spread the balance of a filing over months by its bands, with what was known at its date."""

    @cache
    def spread(place: int) -> Floats:
        banded, last, rate = disclosed[place], final_month, run_rate
        if place:
            # The end of the first filing's bands need not be that of later ones.
            if banded.last[-1] is not None and (banded.remainder == 0).all():
                last = None
            since = filings.month[place] - filings.month[place - 1]
            rate = filings.from_balance[..., place - 1] / since
        return monthly(banded, shape, last, rate)

    return spread


def _by_contracts(filings: Filings, contracts: Contracts) -> Spread:
    """Spread the balance of a filing as contracts become revenue."""
    value = np.asarray(contracts.value.sum(-1))
    require(value > 0, "contracts Value", "above 0 in total", value)
    share = rpo_contracts(contracts, 1).total_contracted / value[..., None]
    return lambda place: np.asarray(filings.balance[..., place, None] * share)


def _profiles(
    filings: Filings, disclosed: dict[int, Banded], place: int, spread: Spread
) -> list[Floats]:
    """Share by month of what is signed by each later filing but the last, by the newest bands."""
    newest = [
        max(i for i in disclosed if i <= signed) for signed in range(place + 1, len(filings) - 1)
    ]
    found: dict[int, Floats] = {}
    for i in dict.fromkeys(newest):
        balance = np.asarray(filings.balance[..., i])
        require(balance > 0, "filings Balance", "above 0 where bands are disclosed", balance)
        found[i] = spread(i) / balance[..., None]
    return [found[i] for i in newest]


def _rows(sums: Sequence[Floats]) -> Floats:
    """Put the rows of a result next to one another; shape (..., rows)."""
    return np.stack(np.broadcast_arrays(*sums), axis=-1)


def _error(predicted: Floats, actual: Floats) -> Floats:
    """Predicted over actual less 1; NaN where there was no revenue."""
    none = np.full(np.shape(predicted), np.nan)
    ratio = np.divide(predicted, actual, out=none, where=np.asarray(actual) != 0)
    return np.asarray(ratio - 1.0)
