"""Substitution: how a new product takes a market from an old one, and the revenue that is left.

The ratio of the new kind's share to the old one's changes at a constant pace (Fisher and Pry): so
it does wherever both kinds grow at constant rates.
"""

from __future__ import annotations

from typing import Annotated, cast

import numpy as np
import numpy.typing as npt

from model.compute.market import check_path
from model.errors import Floats, InputError, require
from model.fields import ROW, Amount, Field, column, line
from model.functions import function
from model.tables import Grid, Schedule, Statement, Table

#: Years along the last axis.
Years = Annotated[Floats, Field("year", low=1900, high=9999), ROW]
#: How much the ratio of the new kind to the old one grows in a year.
Paces = Annotated[Floats, Field("fraction", above=-1.0, high=100.0), ROW]
NEVER = "never"
HALF = cast(Floats, np.float64(0.5))


class Shift(Table):
    """Published shares of the new kind, in any order."""

    year: Floats = column(
        "Year", "year", "Year of a published share.", whole=True, low=1900, high=9999
    )
    share: Floats = column(
        "Share", "fraction", "The new kind's share of the market.", above=0, below=1
    )

    def check(self) -> None:
        """Refuse years that do not make a path."""
        check_path(self, self.year)

    def sorted(self) -> tuple[Floats, Floats]:
        """Return the years in order, and the logarithm of new over old in each."""
        order = np.argsort(self.year, kind="stable")
        share = self.share[..., order]
        return self.year[order], np.log(share) - np.log1p(-share)


def rising(years: Floats) -> Floats:
    """Refuse years in disorder, or none."""
    if not years.size:
        raise InputError("years", "must hold at least one year, but it is empty")
    require(np.diff(years) > 0, "years", "in order, each after the one before", years[1:])
    return years


class Substitution(Schedule):
    """Shares of the new and the old kind, each of shape (..., years)."""

    new: Floats = line("Share of the new kind", "fraction")
    old: Floats = line("Share of the old kind", "fraction")


@function
def market_substitution(shift: Shift, years: Years) -> Substitution:
    """Share of a market that a new kind takes from an old one, by year, from published shares.

    Parameters
    ----------
    shift
        Published shares of the new kind: two years at least, in any order.
    years
        Years to show, in order.

    Raises
    ------
    InputError
        For fewer than two published years, a repeated one, a share of 0 or 1, or years out of
        order.

    Notes
    -----
    ``log(share / (1 - share))`` is a straight line between published years. Before the first and
    after the last, it continues at the pace of the nearest two.

    References
    ----------
    J. C. Fisher and R. H. Pry, "A Simple Substitution Model of Technological Change",
    *Technological Forecasting and Social Change* 3, 1971: from 10 to 90% takes twice as long as
    from 10 to 50%.

    Examples
    --------
    >>> made = market_substitution(Shift([1960, 1970], [0.1, 0.5]), [1960, 1970, 1980])
    >>> made.new.round(3)
    array([0.1, 0.5, 0.9])
    """
    rising(years)
    known, logs = shift.sorted()
    after = np.clip(np.searchsorted(known, years), 1, known.size - 1)
    before = after - 1
    pace = (logs[..., after] - logs[..., before]) / (known[after] - known[before])
    found = logs[..., before] + pace * (years - known[before])
    new = 1 / (1 + np.exp(-found))
    # Published shares are kept exactly.
    shares = shift.share[..., np.argsort(shift.year, kind="stable")]
    place = np.clip(np.searchsorted(known, years), 0, known.size - 1)
    new = np.where(known[place] == years, shares[..., place], new)
    return Substitution(new, 1 - new, across=_whole(years))


def _whole(years: Floats) -> list[float]:
    """Name whole years without decimals."""
    return [int(year) if year == int(year) else year for year in years.tolist()]


class Crossing(Statement):
    """When a new kind reaches a share of a market, and how fast; each of shape (...)."""

    year: Floats = line("Year in which the share is reached", "year", undefined=NEVER)
    pace: Floats = line("Growth of new over old, a year", "fraction")
    takeover: Floats = line("Years from 10% to 90% at that pace", "years", undefined=NEVER)


@function
def market_crossing(
    shift: Shift,
    share: Annotated[Floats, Field("fraction", above=0.0, below=1.0)] = HALF,
) -> Crossing:
    """Year in which a new kind reaches a share of a market: half, where it overtakes the old one.

    Parameters
    ----------
    shift
        Published shares of the new kind: two years at least, in any order.
    share
        Share to be reached.

    Raises
    ------
    InputError
        For fewer than two published years, a repeated one, or a share of 0 or 1.

    Notes
    -----
    The first year in which the line of MARKET_SUBSTITUTION reaches the share, with its decimals: if
    the published shares are for the middle of each year, so is the result. Beyond the published
    years, the line continues at the pace of the nearest two; the growth shown is that of the last
    two. From 10 to 90% takes ``log(81) / log(1 + pace)`` years.

    References
    ----------
    As MARKET_SUBSTITUTION. Deloitte, TMT Predictions 2026: inference was a third of computing in
    2023, half in 2025, and will be two thirds in 2026.

    Examples
    --------
    >>> made = market_crossing(Shift([2023, 2025, 2026], [1 / 3, 1 / 2, 2 / 3]))
    >>> round(float(made.year), 6), round(float(made.pace), 6)
    (2025.0, 1.0)
    """
    known, logs = shift.sorted()
    wanted = np.log(share) - np.log1p(-share)
    pace = np.diff(logs, axis=-1) / np.diff(known)
    gap = wanted[..., None] - logs[..., :-1]
    # A share that stands still at the one wanted has reached it.
    place = known[:-1] + np.where(gap == 0, 0.0, gap / pace)
    first, last = known[:-1].copy(), known[1:].copy()
    first[0], last[-1] = -np.inf, np.inf
    inside = np.isfinite(place) & (place >= first) & (place <= last)
    year = np.where(inside, place, np.inf).min(axis=-1)
    growing = pace[..., -1] > 0
    takeover = np.log(81) / np.where(growing, pace[..., -1], np.nan)
    year = np.where(np.isfinite(year), year, np.nan)
    return Crossing(*np.broadcast_arrays(year, np.expm1(pace[..., -1]), takeover))


class RevenueLeft(Grid):
    """Revenue that is left in each year, by the pace of substitution."""

    corner = "Pace / year"
    unit = "USD m"
    row = Field("fraction")


@function
def market_displacement(
    years: Years,
    revenue: Annotated[Amount, ROW],
    share: Annotated[Floats, Field("fraction", low=0.0, below=1.0)],
    paces: Paces,
) -> RevenueLeft:
    """Revenue left when buyers replace a market's products with their own, by pace and year.

    Parameters
    ----------
    years
        Years of the revenue, in order.
    revenue
        Revenue of each year if the buyers' own share of the market stayed the same.
    share
        Share of the market that buyers make themselves in the first year.
    paces
        Growth a year of what buyers make over what they buy; 0 for no substitution.

    Returns
    -------
    RevenueLeft
        A row for each pace, a column for each year.

    Raises
    ------
    InputError
        For years out of order, revenue for other years, or a share of 1.

    Notes
    -----
    With ``r = share / (1 - share)``, the part left after t years is
    ``(1 + r) / (1 + r * (1 + pace) ** t)``: the market that is bought shrinks to this part, and the
    company keeps its share of it.

    References
    ----------
    As MARKET_SUBSTITUTION. TrendForce, 2026: custom chips are in 27.8% of AI servers in 2026, and
    in nearly 40% by 2030, so that 72.2% become 60%.

    Examples
    --------
    >>> pace = (0.4 / 0.6 / (0.278 / 0.722)) ** (1 / 4) - 1
    >>> market_displacement([2026, 2030], [72.2, 72.2], 0.278, [0, pace]).values.round(1)
    array([[72.2, 72.2],
           [72.2, 60. ]])
    """
    rising(years)
    if revenue.shape[-1] != years.size:
        raise InputError(
            "revenue",
            f"must hold {years.size} numbers, one for each year, not {revenue.shape[-1]}",
        )
    ratio = (share / (1 - share))[..., None, None]
    grown: npt.NDArray[np.float64] = (1 + paces)[:, None] ** (years - years[0])
    left = (1 + ratio) / (1 + ratio * grown)
    return RevenueLeft(paces, _whole(years), revenue[..., None, :] * left)
