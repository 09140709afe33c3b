"""Periods of whole months from the balance date: where each one ends, and fiscal years of them.

One calendar holds for schedules, forecast years and back-tests. A date within a week of a month's
end, as in fiscal years of 52 or 53 weeks, counts as that end. Months from a balance on another day
begin on its own day. Where a month lies on both sides of a date, its days decide.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, shown
from model.plain import FIRST_YEAR

T = TypeVar("T")

MONTHS_PER_YEAR = 12
MONTHS_PER_QUARTER = 3
#: Quarters of a year.
QUARTERS = 4
DAYS_PER_YEAR = 365.2425
WEEK = timedelta(days=7)
#: From where numpy counts months and days.
_EPOCH = date(1970, 1, 1)
#: Longest schedule: a thousand years, beyond which a month is a slip of the keyboard.
LAST_MONTH = 12_000


def period_ends(
    last_month: int, months_per_period: int, final_month: int | None = None
) -> npt.NDArray[np.int_]:
    """Last month of each period, so that the periods reach the last month and no further.

    Parameters
    ----------
    last_month : int
        Last month in which something happens.
    months_per_period : int
        1 for months, 3 for quarters, 12 for years. A shorter last period contains the rest.
    final_month : int, optional
        Last month of the schedule, if later than the last month with revenue.

    Raises
    ------
    InputError
        For a final month before the last one with revenue, or periods that are not from 1 to 12,000
        months.

    Examples
    --------
    >>> period_ends(7, 3)
    array([3, 6, 7])
    """
    _check_length(months_per_period)
    if final_month is not None and not last_month <= final_month <= LAST_MONTH:
        raise InputError(
            "final_month",
            f"must be a month from {last_month}, the last with revenue, to {LAST_MONTH}, "
            f"not {shown(final_month)}",
        )
    end = last_month if final_month is None else final_month
    starts = np.arange(0, end, months_per_period)
    return np.minimum(starts + months_per_period, end)


def whole_periods(periods: int, months_per_period: int) -> npt.NDArray[np.int_]:
    """Last month of each of a number of periods of equal length.

    Examples
    --------
    >>> whole_periods(3, 12)
    array([12, 24, 36])
    """
    _check_length(months_per_period)
    return np.arange(1, periods + 1) * months_per_period


def _check_length(months_per_period: int) -> None:
    if months_per_period < 1 or months_per_period > LAST_MONTH:
        raise InputError(
            "months_per_period",
            f"must be a whole number from 1 to {LAST_MONTH}, not {shown(months_per_period)}",
        )


def check_last_month(argument: str, month: int) -> None:
    """Refuse a month after the end of the longest schedule."""
    if month > LAST_MONTH:
        raise InputError(argument, f"must end by month {LAST_MONTH}, not {shown(month)}")


def months_between(argument: str, start: date, end: date) -> int:
    """Whole months from one balance date of an argument to another.

    Dates up to a week off the end of a month count as that end; others must lie on the same day
    of the month, to within a week.

    Parameters
    ----------
    argument : str
        Name of the table in a message.
    start, end : date
        Balance dates.

    Raises
    ------
    InputError
        When the dates are not a whole number of months apart.

    Examples
    --------
    >>> months_between("filings", date(2025, 12, 31), date(2026, 6, 30))
    6
    >>> months_between("filings", date(2026, 1, 25), date(2026, 4, 26))
    3
    """
    if _ends_month(start) and _ends_month(end):
        return counted_month(end) - counted_month(start)
    months = round((end - start).days * MONTHS_PER_YEAR / DAYS_PER_YEAR)
    year, month = divmod(start.year * MONTHS_PER_YEAR + start.month - 1 + months, MONTHS_PER_YEAR)
    longest = monthrange(year, month + 1)[1]
    reached = date(year, month + 1, longest if _ends_month(start) else min(start.day, longest))
    if abs(end - reached) > WEEK:
        raise InputError(
            f"{argument} Date",
            f"must be a whole number of months apart, to within a week, but from {shown(start)} "
            f"to {shown(end)} it is not",
        )
    return months


#: Headings of years as analysts write them, or the number of a period.
_HEADING = re.compile(r"(?:[FC]Y ?)?(\d{4}) ?[AEFP]?|(\d{1,3})", re.IGNORECASE)


def year_of(argument: str, heading: object) -> int:
    """Read the heading of a year: 2026, FY2026 or 2026E, or the number of a period: 1, 2, 3.

    Examples
    --------
    >>> year_of("drivers", "FY 2026E"), year_of("drivers", 3)
    (2026, 3)
    """
    year = 0
    if type(heading) is int or (isinstance(heading, float) and heading.is_integer()):
        year = int(heading) if abs(heading) < 10_000 else 0
    elif isinstance(heading, str) and (match := _HEADING.fullmatch(heading.strip())):
        year = int(match[1] or match[2])
    if not (0 < year < 1000 or year >= FIRST_YEAR):
        raise InputError(
            argument,
            "must have years such as 2026 or FY2026E, or 1, 2, 3 ..., as headings of its years, "
            f"not {shown(heading)}",
        )
    return year


def check_years(argument: str, years: Sequence[int], called: str = "year") -> None:
    """Refuse years that are out of order, repeated or missing; period numbers start at 1."""
    start = [0] if years and years[0] < FIRST_YEAR else []
    for before, year in pairwise([*start, *years]):
        if year == before:
            raise InputError(argument, f"must have each {called} once, but {year} appears twice")
        if year < before:
            raise InputError(
                argument, f"must have {called}s in order, but {before} is next to {year}"
            )
        if year != before + 1:
            raise InputError(argument, f"must have every {called}, but {before + 1} is missing")


def in_order(argument: str, headings: Sequence[object], values: Sequence[T]) -> list[T]:
    """Put values in the order of the years, or period numbers, above them.

    Examples
    --------
    >>> in_order("revenue", [2027, "FY2026"], [2.0, 1.0])
    [1.0, 2.0]
    """
    years = [year_of(argument, heading) for heading in headings]
    order = sorted(range(len(years)), key=years.__getitem__)
    check_years(argument, [years[place] for place in order])
    return [values[place] for place in order]


def counted_month(day: date) -> int:
    """Months from the start of the calendar to the month that a date counts as.

    Parameters
    ----------
    day : date
        A date in the first week of a month counts as the month that has just ended.

    Examples
    --------
    >>> counted_month(date(2025, 2, 2)) == counted_month(date(2025, 1, 31))
    True
    """
    # The calendar's first week has no month before it.
    counted = day - min(WEEK, day - date.min)
    return counted.year * MONTHS_PER_YEAR + counted.month - 1


def fiscal_year(year_end: date) -> int:
    """Calendar year of the month that the end of a fiscal year counts as.

    Parameters
    ----------
    year_end : date

    Examples
    --------
    >>> fiscal_year(date(2027, 1, 3)), fiscal_year(date(2027, 1, 31))
    (2026, 2027)
    """
    return counted_month(year_end) // MONTHS_PER_YEAR


def _ends_month(day: date) -> bool:
    """Tell whether a date lies within a week of a month's end."""
    longest = monthrange(day.year, day.month)[1]
    return min(day.day, longest - day.day) <= WEEK.days


def counted_day(day: date) -> date:
    """Return the month's end that a date within a week of one counts as; another date as it is.

    Examples
    --------
    >>> counted_day(date(2027, 1, 3)), counted_day(date(2026, 5, 13))
    (datetime.date(2026, 12, 31), datetime.date(2026, 5, 13))
    """
    longest = monthrange(day.year, day.month)[1]
    if longest - day.day <= WEEK.days:
        return day.replace(day=longest)
    return day - timedelta(days=day.day) if day.day <= WEEK.days else day


def months_after(day: date, months: npt.ArrayLike) -> Floats:
    """Days, as ordinals, that lie some months after a date, or before it.

    Months that begin at a month's end end there too; others end on the date's own day, or on the
    last one of a shorter month.

    Examples
    --------
    >>> [date.fromordinal(int(d)).isoformat() for d in months_after(date(2026, 2, 28), [-2, 1])]
    ['2025-12-31', '2026-03-31']
    """
    ahead = np.asarray(months)
    ends = _ends_of(counted_month(day) + ahead)
    if _ends_month(day):
        return ends
    return np.minimum(_ends_of(counted_month(day) + ahead - 1) + day.day, ends)


def _ends_of(month: npt.NDArray[np.int_]) -> Floats:
    """Ordinals of the last days of months that `counted_month` counts."""
    since = month + 1 - _EPOCH.year * MONTHS_PER_YEAR
    firsts = since.astype("datetime64[M]").astype("datetime64[D]").astype(np.float64)
    return np.asarray(firsts + (_EPOCH.toordinal() - 1))


def quarter_ends(first_year_end: date, quarters: int) -> Floats:
    """Days, as ordinals, with which quarters end, from the first of a fiscal year on.

    The day with which the quarter before them ended comes first.

    Examples
    --------
    >>> ends = quarter_ends(date(2027, 1, 31), 2)
    >>> [date.fromordinal(int(day)).isoformat() for day in ends]
    ['2026-01-31', '2026-04-30', '2026-07-31']
    """
    return months_after(
        first_year_end, MONTHS_PER_QUARTER * np.arange(quarters + 1) - MONTHS_PER_YEAR
    )


def quarter_of(day: date, first_year_end: date) -> int:
    """Number, from 0, of the quarter of a fiscal year in which a date lies; 0 if before it.

    Examples
    --------
    >>> quarter_of(date(2026, 5, 13), date(2026, 12, 31))
    1
    >>> quarter_of(date(2026, 9, 3), date(2027, 1, 31))
    2
    """
    ends = quarter_ends(first_year_end, QUARTERS - 1)[1:]
    return int((ends < day.toordinal()).sum())


def overlaps(edges: Floats, since: npt.ArrayLike, until: npt.ArrayLike) -> Floats:
    """Share of each period that lies in each of some windows, by days; (periods, windows).

    Parameters
    ----------
    edges : ndarray, shape (periods + 1,)
        Days at which a period ends and the next one begins, as ordinals.
    since, until : array_like, shape (windows,)
        The days before and with which a window begins and ends.

    Examples
    --------
    Of May, the 18 days after the 13th:

    >>> edges = months_after(date(2026, 4, 30), [0, 1])
    >>> 31 * overlaps(edges, [date(2026, 5, 13).toordinal()], [date(2026, 12, 31).toordinal()])
    array([[18.]])
    """
    start, end = edges[:-1, None], edges[1:, None]
    days = np.minimum(end, until) - np.maximum(start, since)
    return np.asarray(np.maximum(days, 0.0) / (end - start))


def not_in_year(day: date, first_year_end: date) -> str:
    """Say why a fiscal year has nothing left at a date.

    Examples
    --------
    >>> not_in_year(date(2026, 12, 31), date(2026, 12, 31))
    'must be before the end of the first year, 2026-12-31: nothing of it is left on \
2026-12-31, so the first year is then the next one'
    >>> not_in_year(date(2025, 6, 30), date(2026, 12, 31))
    'must be in the year that ends on first_year_end 2026-12-31, not 2025-06-30'
    """
    if abs(day - first_year_end) <= WEEK:
        return (
            f"must be before the end of the first year, {first_year_end}: nothing of it is left on "
            f"{day}, so the first year is then the next one"
        )
    return f"must be in the year that ends on first_year_end {first_year_end}, not {day}"


def year_left(valuation_date: date, first_year_end: date) -> float | None:
    """Part of a fiscal year that is left at a date in it, in the year's own days; else None.

    A date up to a week before the year begins, where the year before ended on another day, counts
    as its beginning.

    Examples
    --------
    >>> round(365 * year_left(date(2026, 9, 30), date(2026, 12, 31)))
    92
    """
    try:
        before = first_year_end.replace(year=first_year_end.year - 1)
    except ValueError:  # A 29 February.
        before = first_year_end.replace(year=first_year_end.year - 1, day=28)
    year, left = (first_year_end - before).days, (first_year_end - valuation_date).days
    return min(left / year, 1.0) if 0 < left <= year + WEEK.days else None
