"""Monthly schedules by fiscal year, and the part of their months after a valuation date."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np

from model.arrays import read_only
from model.calendar import MONTHS_PER_YEAR, WEEK, counted_day, months_after, overlaps
from model.errors import Floats, InputError


def by_fiscal_year(
    by_month: Floats,
    balance_date: date,
    first_year_end: date,
    years: int,
    after: date | None = None,
    months_per_period: int = MONTHS_PER_YEAR,
) -> Floats:
    """Sum a monthly schedule to fiscal years, or to parts of them.

    Parameters
    ----------
    by_month : ndarray, shape (..., months)
        USD millions in the months after the balance date.
    balance_date, first_year_end : date
        Months, and the years' ends, follow them as `months_after` says.
    years : int
        Fiscal years wanted. Months before and after them are left out.
    after : date, optional
        The valuation date: only what follows it is summed.
    months_per_period : int
        12 for years, 3 for their quarters: the number wanted is then of quarters.

    Examples
    --------
    A balance of 31 March, one a month, in calendar years; and what follows 13 May of it:

    >>> dates = date(2026, 3, 31), date(2026, 12, 31)
    >>> by_fiscal_year(np.ones(24), *dates, 3)
    array([ 9., 12.,  3.])
    >>> by_fiscal_year(np.ones(24), *dates, 3, date(2026, 5, 13)).round(3)
    array([ 7.581, 12.   ,  3.   ])
    """
    months = by_month.shape[-1]
    share = _by_days(balance_date, first_year_end, months, years, after, months_per_period)
    return np.asarray(np.einsum("...m,ym->...y", by_month, share))


@lru_cache(maxsize=8)
def _by_days(
    balance_date: date,
    first_year_end: date,
    months: int,
    years: int,
    after: date | None,
    months_per_period: int,
) -> Floats:
    """Share of each month in each fiscal year, after a date; shape (years, months)."""
    edges = months_after(balance_date, np.arange(months + 1))
    reached = months_per_period * np.arange(years + 1) - MONTHS_PER_YEAR
    year_ends = months_after(first_year_end, reached)
    # Years that end in the middle of a month end with a month of the balance, to within a week.
    nearest = edges[np.abs(edges - year_ends[:, None]).argmin(-1)]
    year_ends = np.where(np.abs(nearest - year_ends) <= WEEK.days, nearest, year_ends)
    if after is not None:
        valued = counted_day(after).toordinal()
        if not year_ends[0] <= valued <= year_ends[1]:
            raise InputError(
                "valuation_date",
                f"must be in the year that ends on {first_year_end}, but it is {after}",
            )
        not_before("valuation_date", after, balance_date)
        year_ends = np.maximum(year_ends, valued)
    share = np.ascontiguousarray(overlaps(edges, year_ends[:-1], year_ends[1:]).T)
    read_only(share)
    return share


def left_of_months(balance_date: date, valuation_date: date, months: int) -> Floats:
    """Share of each month from the balance date that follows the valuation date, by days.

    Raises
    ------
    InputError
        For a valuation before the balance.

    Examples
    --------
    13 May leaves 18 of 31 days:

    >>> left_of_months(date(2026, 3, 31), date(2026, 5, 13), 3) * [30, 31, 30]
    array([ 0., 18., 30.])
    """
    not_before("valuation_date", valuation_date, balance_date)
    edges = months_after(balance_date, np.arange(months + 1))
    return overlaps(edges, [counted_day(valuation_date).toordinal()], edges[-1:])[:, 0]


def not_before(argument: str, day: date, balance_date: date) -> None:
    """Refuse a date before the balance."""
    if counted_day(day) < counted_day(balance_date):
        raise InputError(
            argument, f"must not be before the balance of {balance_date}, but it is {day}"
        )
