"""The columns of a forecast by segment: the part of the first year, the years, and the next one.

Every line has ``years + 2`` columns: the part of the first year after the valuation date, each
whole fiscal year, and the terminal year. What is not by month takes the part of the first year that
is left by days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np

from model.arrays import read_only
from model.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR, counted_day, months_after, overlaps
from model.errors import Floats, InputError


def each_column(ratio: Floats) -> Floats:
    """Give a ratio by year for each column: the first year's for its part, the last's at the end.

    Examples
    --------
    >>> each_column(np.array([1.0, 2.0]))
    array([1., 1., 2., 2.])
    """
    return np.concatenate([ratio[..., :1], ratio, ratio[..., -1:]], axis=-1)


def by_days(amounts: Floats, stub: Floats, growth: Floats | None = None) -> Floats:
    """Give amounts by year their part of the first year; with growth, the terminal year too.

    Examples
    --------
    >>> by_days(np.array([4.0, 8.0]), np.float64(0.25), np.float64(0.5))
    array([ 1.,  4.,  8., 12.])
    """
    after = np.zeros(()) if growth is None else 1 + growth
    return joined(
        [amounts[..., :1] * stub[..., None], amounts, amounts[..., -1:] * after[..., None]], -1
    )


def whole(columns: Floats) -> Floats:
    """Whole years."""
    return columns[..., 1:-1]


def valued(columns: Floats) -> Floats:
    """Years of which the first one counts from the valuation date."""
    return np.concatenate([columns[..., :1], columns[..., 2:-1]], axis=-1)


def joined(parts: list[Floats], axis: int) -> Floats:
    """Join arrays along one of the last two axes, with the scenarios of one another."""
    outer = {part.shape[:axis] for part in parts}
    if len(outer) == 1:
        return np.concatenate(parts, axis)
    lengths = [part.shape[axis] for part in parts]
    inner = list(parts[0].shape[axis:])
    inner[0] = sum(lengths)
    found = np.empty((*np.broadcast_shapes(*outer), *inner))
    start = 0
    for part, length in zip(parts, lengths, strict=True):
        place = slice(start, start + length)
        found[(..., place) if axis == -1 else (..., place, slice(None))] = part
        start += length
    return found


def stacked(parts: list[Any], axis: int) -> Floats:
    """Put arrays next to one another, with the scenarios of one another."""
    shapes = {*map(np.shape, parts)}
    shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
    if not shapes and len(shape) == -1 - axis:
        return np.array(parts, dtype=np.float64)
    inner = shape[len(shape) + 1 + axis :]
    found = np.empty((*shape[: len(shape) + 1 + axis], len(parts), *inner))
    for i, part in enumerate(parts):
        found[(..., i) if axis == -1 else (..., i, slice(None))] = part
    return found


#: Calendars, and months in them, that are kept: those of a company, which all its functions share.
KEPT = 128
#: Most numbers of a result by contract or by vintage that is kept.
MOST_KEPT = 20_000


class Dated(Protocol):
    """Drivers with the dates of a forecast."""

    @property
    def valuation_date(self) -> date | None: ...  # noqa: D102
    @property
    def first_year_end(self) -> date | None: ...  # noqa: D102
    @property
    def years(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Calendar:
    """Fiscal years as days, where they are stated as dates.

    Attributes
    ----------
    start : float
        The valuation date as it counts, an ordinal.
    ends : ndarray, shape (years + 2,)
        Ends of the year before the first, of each, and of the terminal year.
    """

    start: float
    ends: Floats

    @classmethod
    def of(cls, d: Dated, what: str) -> Calendar:
        """Make one, or refuse what needs it."""
        if d.valuation_date is None or d.first_year_end is None or d.years is None:
            raise InputError(
                "drivers", f"must give valuation_date and first_year_end for {what}", "missing"
            )
        return _calendar(d.valuation_date, d.first_year_end, d.years)

    def columns(self, edges: Floats) -> Floats:
        """Share of each period in each column; (periods, years + 2)."""
        return overlaps(edges, *self._windows)

    @cached_property
    def _windows(self) -> tuple[Floats, Floats]:
        """The days before each column, and those with which it ends."""
        since = np.concatenate([[max(self.start, self.ends[0])], self.ends[:-1]])
        return since, np.concatenate([self.ends[1:2], self.ends[1:]])

    def within(self, edges: Floats, since: float, until: float) -> Floats:
        """Share of each period between two days; (periods,)."""
        return overlaps(edges, [since], [until])[:, 0]

    def year_after(self, day: float) -> int:
        """Tell in which forecast year the day after a day lies: 0 is the first, -1 before it."""
        year = round(float(day - self.ends[0]) / DAYS_PER_YEAR)
        first = date.fromordinal(int(self.ends[0]))
        return year if months_after(first, MONTHS_PER_YEAR * year) <= day else year - 1

    def reaching(self, day: Any) -> int:
        """Months from a date until the terminal year is over."""
        days = self.ends[-1] - counted_day(day).toordinal()
        return max(int(np.ceil(days * MONTHS_PER_YEAR / DAYS_PER_YEAR)), 0) + 1


@lru_cache(maxsize=KEPT)
def _calendar(valuation_date: date, first_year_end: date, years: int) -> Calendar:
    ends = months_after(first_year_end, np.arange(-12, 12 * years + 1, 12))
    read_only(ends)
    return Calendar(float(counted_day(valuation_date).toordinal()), ends)


@lru_cache(maxsize=KEPT)
def months_in(calendar: Calendar, day: date, first: int, last: int) -> tuple[Floats, Floats]:
    """Months counted from a day: the days at which they begin and end, and shares of the columns.

    A valuation with other drivers has the same months, so they are counted once.
    """
    edges = months_after(day, np.arange(first, last + 1))
    shares = calendar.columns(edges)
    read_only(edges, shares)
    return edges, shares


def months_of(years: int) -> Floats:
    """Share of each month of the years, and of a year after them, in each column."""
    member = np.arange(MONTHS_PER_YEAR * (years + 1))[:, None] // MONTHS_PER_YEAR == np.arange(
        years + 1
    )
    return np.concatenate([member[:, :1], member], axis=-1).astype(np.float64)
