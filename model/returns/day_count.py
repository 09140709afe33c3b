"""Day counts: the part of a year between two dates, as Excel's YEARFRAC counts it.

=================  =====  =================================================================
name               Excel  year
=================  =====  =================================================================
``30/360``         0      twelve months of 30 days, United States rule for the ends of months
``actual/actual``  1      the mean length of the calendar years touched, or the year itself
``actual/360``     2      360 days
``actual/365``     3      365 days
``30e/360``        4      twelve months of 30 days, European rule for the ends of months
=================  =====  =================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, one_of

Basis = Literal["30/360", "actual/actual", "actual/360", "actual/365", "30e/360"]
BASES: tuple[Basis, ...] = get_args(Basis)
Dates = npt.NDArray[np.datetime64]
Integers = npt.NDArray[np.int64]

FEBRUARY, LAST_OF_MONTH = 2, 30


def days_between(start: npt.ArrayLike, end: npt.ArrayLike) -> Integers:
    """Whole days from one date to another.

    Examples
    --------
    >>> int(days_between("2026-05-14", "2026-12-31"))
    231
    """
    return np.asarray((_days(end) - _days(start)).astype(np.int64))


def year_fraction(start: npt.ArrayLike, end: npt.ArrayLike, basis: str = "30/360") -> Floats:
    """Part of a year between two dates.

    Parameters
    ----------
    start, end : array_like of dates, shape (...)
        Dates, or texts such as ``"2026-05-14"``; the end must not stand before the start.
    basis : {"30/360", "actual/actual", "actual/360", "actual/365", "30e/360"}
        Day count.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    InputError
        For an unknown basis; ``#NUM!`` for an end before its start.

    References
    ----------
    D. Wheeler, "YEARFRAC Incompatibilities between Excel 2007 and OOXML", 2008, which states
    what Excel does where its help is silent: February under 30/360, and the year's length
    under actual/actual.

    Examples
    --------
    >>> float(year_fraction("2012-01-01", "2012-07-30", "actual/actual").round(8))
    0.57650273
    """
    basis = one_of("basis", basis, BASES)
    first, last = np.broadcast_arrays(_days(start), _days(end))
    late = first > last
    if late.any():
        raise InputError(
            "end_date",
            f"must not be before start_date {first[late][0]}, and it is {last[late][0]}",
            "#NUM!",
        )
    return _COUNTS[basis](first, last)


def _days(dates: Any) -> Dates:
    return np.asarray(dates, dtype="datetime64[D]")


def _parts(dates: Dates) -> tuple[Integers, Integers, Integers]:
    """Year, month and day of the month."""
    months = dates.astype("datetime64[M]")
    year = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    return year, month, day


def _ends_february(dates: Dates, month: Integers) -> npt.NDArray[np.bool_]:
    following = (dates + np.timedelta64(1, "D")).astype("datetime64[M]").astype(np.int64) % 12 + 1
    return np.asarray((month == FEBRUARY) & (following != FEBRUARY))


def _of_thirty(
    start: tuple[Integers, ...], end: tuple[Integers, ...], first: Integers, last: Integers
) -> Floats:
    days = 360 * (end[0] - start[0]) + 30 * (end[1] - start[1]) + (last - first)
    return np.asarray(days / 360)


def _united_states(first: Dates, last: Dates) -> Floats:
    start, end = _parts(first), _parts(last)
    from_february = _ends_february(first, start[1])
    to_february = from_february & _ends_february(last, end[1])
    # The 31st becomes the 30th at the end only where the start is a 30th or 31st as it stands:
    # the last of February, which counts as a 30th itself, leaves it alone.
    from_day = np.where(from_february, LAST_OF_MONTH, np.minimum(start[2], LAST_OF_MONTH))
    shortened = to_february | ((end[2] > LAST_OF_MONTH) & (start[2] >= LAST_OF_MONTH))
    return _of_thirty(start, end, from_day, np.where(shortened, LAST_OF_MONTH, end[2]))


def _european(first: Dates, last: Dates) -> Floats:
    start, end = _parts(first), _parts(last)
    return _of_thirty(
        start, end, np.minimum(start[2], LAST_OF_MONTH), np.minimum(end[2], LAST_OF_MONTH)
    )


def _actual(first: Dates, last: Dates) -> Floats:
    (year, month, day), (later, end_month, end_day) = _parts(first), _parts(last)
    within = (year == later) | (
        (year + 1 == later) & ((end_month < month) | ((end_month == month) & (end_day <= day)))
    )
    # A period of a year at most has 366 days if it lies in a leap year or holds a 29 February.
    starts_before = _leap(year) & (month <= FEBRUARY)
    ends_after = _leap(later) & ((end_month > FEBRUARY) | ((end_month == 2) & (end_day == 29)))
    long = np.where(year == later, _leap(year), starts_before | ends_after)
    span = (_january(later + 1) - _january(year)).astype(np.int64) / (later - year + 1)
    length = np.where(within, np.where(long, 366.0, 365.0), span)
    return np.asarray((last - first).astype(np.int64) / length)


def _leap(year: Integers) -> npt.NDArray[np.bool_]:
    return np.asarray((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0)))


def _january(year: Integers) -> Dates:
    return (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")


def _over(length: float) -> Callable[[Dates, Dates], Floats]:
    return lambda first, last: np.asarray((last - first).astype(np.int64) / length)


_COUNTS: dict[str, Callable[[Dates, Dates], Floats]] = {
    "30/360": _united_states,
    "actual/actual": _actual,
    "actual/360": _over(360.0),
    "actual/365": _over(365.0),
    "30e/360": _european,
}
