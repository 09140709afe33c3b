"""Remaining performance obligations: from the bands a filing discloses to a schedule.

A schedule is built month by month and then summed to periods, so the edges of bands need not fall
on the ends of periods.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args

import numpy as np

from model.arrays import lagged
from model.calendar import LAST_MONTH, counted_month, fiscal_year, period_ends
from model.errors import Floats, InputError, one_of, require, shown
from model.fields import ROW, ZERO, Amount, Day, Field, line
from model.fiscal_years import by_fiscal_year
from model.functions import function
from model.rpo.anchored import anchored, early_fall, first_average
from model.rpo.bands import ROUNDING, Banded, Bands
from model.rpo.shapes import SHAPES, spread
from model.tables import Schedule

Shape = Literal["smooth", "flat", "front", "back", "ramp", "anchored"]
SHAPE_NAMES = get_args(Shape)
Month = Annotated[int, Field("months", low=1, high=LAST_MONTH)]
#: What the shape anchored starts at; RPO_RUN_RATE says whether it can be believed.
RunRate = Annotated[
    Floats,
    Field(
        "USD m",
        meaning="Monthly revenue last recognised from what the balance covers, such as a quarter's "
        "over 3. The shape anchored needs it; no other shape uses it.",
        low=0.0,
    ),
]
#: Longest row of years: as long as the longest forecast.
LONGEST = 600
#: Months from a balance to the end of the first year wanted, beyond which a date is an error.
LONGEST_BEFORE = 120


class RecognitionSchedule(Schedule):
    """A recognition schedule, across its periods; shapes (..., periods).

    `by_month` has the same recognition month by month, shape (..., months); `warning` says why the
    schedule can hardly be meant, and is empty where nothing does.
    """

    title = "Period"

    to_month: Any = line("To month", "months")
    opening: Floats = line("Opening")
    recognised: Floats = line("Recognised")
    closing: Floats = line("Closing")
    by_month: Floats
    warning: str = ""


class Rollforward(Schedule):
    """A corkscrew: opening + bookings - recognised - cancelled = closing, (..., periods)."""

    title = "Period"

    opening: Floats = line("Opening")
    bookings: Floats = line("Bookings")
    recognised: Floats = line("Recognised")
    cancelled: Floats = line("Cancelled")
    closing: Floats = line("Closing")


class RevenueByYear(Schedule):
    """Revenue from a balance in each fiscal year."""

    contracted_revenue: Floats = line("Contracted revenue")


def schedule(
    banded: Banded,
    months_per_period: int = 3,
    shape: str = "smooth",
    final_month: int | None = None,
    run_rate: Floats | None = None,
) -> RecognitionSchedule:
    """Spread a balance over periods so that every band keeps its amount exactly.

    Its recognition is never negative, and the months of a band sum to the band's amount without
    rounding, in whatever order they are added.

    Examples
    --------
    >>> bands = Banded.of(24_600, [1, 25, 49], [24, 48, 84], share=[0.15, 0.43, 0.42])
    >>> quarters = schedule(bands).recognised
    >>> float(quarters[:8].sum()), float(quarters[8:16].sum()), float(quarters[16:].sum())
    (3690.0, 10578.0, 10332.0)
    """
    by_month, warning = monthly(banded, shape, final_month, run_rate), ""
    if run_rate is not None and one_of("shape", shape, SHAPE_NAMES) == "anchored":
        warning = early_fall(run_rate / first_average(banded, final_month))
    ends = period_ends(by_month.shape[-1], months_per_period)
    starts = np.arange(0, by_month.shape[-1], months_per_period)
    recognised = np.add.reduceat(by_month, starts, axis=-1)
    # What is yet to come, summed from the end, so that the last balance is exactly zero.
    later = np.cumsum(recognised[..., ::-1], axis=-1)[..., ::-1]
    closing = np.zeros_like(later)
    closing[..., :-1] = later[..., 1:]
    return RecognitionSchedule(ends, later, recognised, closing, by_month, warning)


def monthly(
    banded: Banded,
    shape: str = "smooth",
    final_month: int | None = None,
    run_rate: Floats | None = None,
) -> Floats:
    """Spread a balance over months; shape (..., months)."""
    shape, closed = one_of("shape", shape, SHAPE_NAMES), banded.closed(final_month)
    if shape == "anchored":
        return anchored(closed, run_rate)
    return spread(closed.amount, closed.lengths, SHAPES[shape])


@function
def rpo_schedule(
    balance: Amount,
    bands: Bands,
    months_per_period: Month = 3,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
) -> RecognitionSchedule:
    """Schedule on which remaining performance obligations become revenue, period by period.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    months_per_period
        1 for months, 3 for quarters, 12 for years. A shorter last period contains the rest.
    shape
        smooth: a continuous rate; flat: equal months in a band; front, back: linear to or from
        zero in each band; ramp: linear from zero in the first band, then smooth; anchored: smooth
        from run_rate on.
    final_month
        Last month of a last band without To month, or of the remainder outside the bands.

    Returns
    -------
    RecognitionSchedule
        Across the periods: last month, opening balance, recognised and closing balance. Each
        band's months sum to its amount without rounding, and none is negative.

    Raises
    ------
    InputError
        For bands that overlap, leave gaps or exceed the balance, a missing final month, or the
        shape anchored without a run rate or with a first band of zero.

    References
    ----------
    P. Hagan and G. West, "Interpolation Methods for Curve Construction", *Applied Mathematical
    Finance* 13(2), 2006: the monotone convex method behind ``smooth``. F. Fritsch and R. Carlson,
    "Monotone Piecewise Cubic Interpolation", *SIAM Journal on Numerical Analysis* 17(2), 1980:
    when a cubic never falls, for ``anchored``.

    Examples
    --------
    >>> bands = Bands([1, 25], [24, 48], share=[0.15, 0.43])
    >>> rpo_schedule(24_600, bands, 12, "flat", 84).recognised[:3].round(3)
    array([1845., 1845., 5289.])
    """
    return schedule(bands.of(balance), months_per_period, shape, final_month, run_rate)


@function
def rpo_by_year(
    balance: Amount,
    bands: Bands,
    balance_date: Day,
    first_year_end: Day,
    years: Annotated[int, Field("years", low=1, high=LONGEST)] = 10,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
    valuation_date: Day | None = None,
) -> RevenueByYear:
    """Revenue from remaining performance obligations in each fiscal year.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    balance_date
        Date of the balance. Within a week of a month's end, month 1 is the next calendar month;
        otherwise it begins on the balance's own day.
    first_year_end
        End of the first fiscal year wanted; within a week of a month's end it counts as that end.
    years
        Fiscal years wanted.
    shape
        How a band is spread over its months; see RPO_SCHEDULE.
    final_month
        Last month of a last band without To month, or of the remainder that no band states.
    valuation_date
        If given, only revenue after this date counts: its own month by days, later ones in full.

    Returns
    -------
    RevenueByYear
        Contracted revenue across the years. Months before the first year and after the last are
        left out; a month on both sides of a year's end is shared by days.

    Raises
    ------
    InputError
        For what RPO_SCHEDULE refuses, a balance that is dated after the first year or more than
        ten years before its end, or a valuation before the balance or outside the first year.

    References
    ----------
    ASC 606-10-50-13; the months are those of RPO_SCHEDULE. The example is contract B of
    ASC 606-10-55-298 to 55-305: 7,200 over 18 months.

    Examples
    --------
    >>> from datetime import date
    >>> dates = date(2017, 12, 31), date(2018, 12, 31)
    >>> rpo_by_year(7200, Bands([1], [18], amount=[7200]), *dates, 2, "flat").contracted_revenue
    array([4800., 2400.])
    """
    by_month = monthly(bands.of(balance), shape, final_month, run_rate)
    check_dates(balance_date, first_year_end)
    made = by_fiscal_year(by_month, balance_date, first_year_end, years, valuation_date)
    first = fiscal_year(first_year_end)
    return RevenueByYear(made, across=range(first, first + years))


def check_dates(balance_date: date, first_year_end: date) -> None:
    """Refuse a balance that is later than the first year, or much earlier."""
    before = counted_month(first_year_end) - counted_month(balance_date)
    if not 0 <= before <= LONGEST_BEFORE:
        raise InputError(
            "balance_date",
            f"must be within the ten years before first_year_end {shown(first_year_end)}, "
            f"not {shown(balance_date)}",
        )


@function
def rpo_rollforward(
    opening: Amount,
    bookings: Annotated[Amount, ROW],
    recognised: Annotated[Amount, ROW],
    cancelled: Annotated[Amount, ROW] | None = None,
) -> Rollforward:
    """Roll-forward of a balance: opening + bookings - recognised - cancelled = closing.

    Parameters
    ----------
    opening
        Balance before the first period.
    bookings
        New contracts in each period.
    recognised
        Revenue recognised in each period.
    cancelled
        Contracts cancelled in each period.

    Raises
    ------
    InputError
        For a negative amount, ranges of different lengths, or more recognised and cancelled than
        the balance.

    References
    ----------
    A corkscrew in the sense of the FAST modelling standard, section 3.03; the example is
    Microsoft's unearned revenue (10-Q for the quarter to 31 December 2022, note 12).

    Examples
    --------
    >>> rpo_rollforward(48_408, [48_188], [56_970]).closing
    array([39626.])
    """
    lost = ZERO[None] if cancelled is None else cancelled
    periods = bookings.shape[-1]
    for argument, value in (("recognised", recognised), ("cancelled", cancelled)):
        # A single period is not repeated: it is more likely a range that is too short.
        if value is not None and value.shape[-1] != periods:
            raise InputError(
                argument, f"must hold as many periods as bookings, {periods}, not {value.shape[-1]}"
            )
    shape = np.broadcast_shapes(bookings.shape, recognised.shape, lost.shape)
    added, out, lost = (np.broadcast_to(a, shape) for a in (bookings, recognised, lost))
    closing = np.asarray(opening)[..., None] + np.cumsum(added - out - lost, axis=-1)
    opened = lagged(opening, closing)
    available = opened + added
    require(
        out + lost <= available + ROUNDING * (1 + available),
        "recognised",
        "at most opening plus bookings",
        out + lost,
    )
    return Rollforward(opened, added, out, lost, closing)


@function
def rpo_implied_bookings(
    balances: Annotated[Amount, ROW], recognised: Annotated[Amount, ROW]
) -> Rollforward:
    """Bookings that two or more disclosed balances and the revenue between them imply.

    Parameters
    ----------
    balances
        Balances at successive dates, two at least.
    recognised
        Revenue recognised between each balance and the next: one fewer than the balances.

    Returns
    -------
    Rollforward
        The corkscrew across the periods; bookings are net of cancellations, and negative if more
        was cancelled than booked.

    Raises
    ------
    InputError
        For fewer than two balances, a negative amount, or revenue that is not one fewer than the
        balances.

    References
    ----------
    ``bookings = closing - opening + recognised``.

    Examples
    --------
    CoreWeave in 2025, USD billions (10-K): 15.1 at the start, 60.7 at the end, 5.13 of revenue.

    >>> rpo_implied_bookings([15.1, 60.7], [5.13]).bookings.round(2)
    array([50.73])
    """
    if balances.shape[-1] < 2:
        raise InputError("balances", "must hold at least two balances")
    if recognised.shape[-1] != balances.shape[-1] - 1:
        raise InputError(
            "recognised",
            f"must hold one amount for each of the {balances.shape[-1] - 1} periods between the "
            f"balances, not {recognised.size}",
        )
    return implied_bookings(balances, recognised)


def implied_bookings(balances: Floats, recognised: Floats) -> Rollforward:
    """Roll forward balances that need no check."""
    opening, closing = balances[..., :-1], balances[..., 1:]
    bookings = closing - opening + recognised
    return Rollforward(opening, bookings, recognised, np.zeros_like(bookings), closing)
