"""Paths of a rate over the years: held, moved linearly to a target, or in stages."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from model.dcf.discounting import MOST_PERIODS, each_period
from model.errors import Floats, InputError, require
from model.fields import Field, line
from model.functions import function
from model.tables import Schedule

#: Growth of a cash flow, above -100%.
Change = Annotated[Floats, Field("fraction", above=-1.0, high=5.0)]
#: How far a margin may be above 1 by the rounding of a sum.
ROUNDING = 1e-12
Years = Annotated[int, Field("years", low=1, high=MOST_PERIODS)]


def fade(path: Floats, target: npt.ArrayLike, hold: int | None) -> Floats:
    """Hold a path for some years, then move it linearly to a target in the final year.

    Examples
    --------
    >>> fade(np.full(4, 0.20), 0.04, 2)
    array([0.2 , 0.2 , 0.12, 0.04])
    """
    years = path.shape[-1]
    if hold is None or hold >= years:
        # Years first in memory, so that the scenarios of a year lie together.
        return np.asfortranarray(path)
    held = path[..., hold - 1 : hold]
    goal = np.asarray(target, dtype=np.float64)[..., None]
    change = goal - held
    faded = np.empty((*change.shape[:-1], years), order="F")
    faded[..., :hold] = path[..., :hold]
    line = faded[..., hold:]
    np.multiply(change, np.arange(1, years - hold + 1) / (years - hold), out=line)
    line += held
    # The target is reached exactly.
    faded[..., -1:] = goal
    return faded


def check_fade(path: str, values: Floats, hold: str, years: int, periods: int) -> None:
    """Refuse a path that fades after the last year, or varies while it fades."""
    if years > periods:
        raise InputError(hold, f"must be at most {periods}, the forecast years, not {years}")
    later = values[..., years:]
    if (later != values[..., years - 1 : years]).any():
        raise InputError(path, f"must not change after year {years}, from which {hold} fades it")


def converge(base: Floats, target: npt.ArrayLike, years: int, periods: int) -> Floats:
    """Move a base year's value linearly to a target reached after some years.

    Examples
    --------
    >>> converge(np.array([-0.10]), 0.20, 3, 4).round(9) + 0.0
    array([0. , 0.1, 0.2, 0.2])
    """
    weight = np.minimum(np.arange(1, periods + 1) / years, 1.0)
    goal = np.asarray(target, dtype=np.float64)[..., None]
    # Written so that the target is reached exactly.
    led = np.empty((*np.broadcast(base, goal).shape[:-1], periods), order="F")
    np.multiply(goal, weight, out=led)
    led += base * (1 - weight)
    return led


def raised(margin: Floats, change: Floats) -> Floats:
    """Add points to a margin by year; no margin is above 1."""
    points = np.asarray(change)[..., None]
    found = margin + points
    require(
        found <= 1 + ROUNDING, "margin_change", "low enough to leave costs of at least 0", points
    )
    return found


def faster(path: Floats, change: Floats) -> Floats:
    """Add points to the growth of amounts by year, from the second on.

    What begins after a year of nothing begins as it is.

    Examples
    --------
    >>> faster(np.array([0.0, 100.0, 110.0, 121.0]), np.float64(0.1))
    array([  0., 100., 120., 144.])
    """
    if not np.any(change):
        return path
    points = np.asarray(change)[..., None]
    before = path[..., :-1]
    some = before > 0
    grown = np.divide(path[..., 1:], before, out=np.ones_like(before), where=some)
    factor = np.maximum(grown + points, 0.0)
    found = np.array(np.broadcast_to(path, np.broadcast_shapes(path.shape, points.shape)))
    for year in range(1, found.shape[-1]):
        going_on = found[..., year - 1] * factor[..., year - 1]
        found[..., year] = np.where(some[..., year - 1], going_on, found[..., year])
    return found


def constant(rate: npt.ArrayLike, years: int) -> Floats:
    """Hold a rate for some years; shape (..., years)."""
    held = np.asarray(rate, dtype=np.float64)
    return each_period(held[..., None] if held.ndim else held, years)


def stages_of(
    growth: npt.ArrayLike,
    years: int,
    transition_years: int,
    terminal_growth: npt.ArrayLike,
    transition_growth: npt.ArrayLike | None = None,
) -> Floats:
    """Hold a growth rate, and then let it decline linearly or hold a second one.

    A linear decline reaches terminal growth in the last year of the transition.

    Examples
    --------
    >>> stages_of(0.12, 2, 4, 0.04).round(6)
    array([0.12, 0.12, 0.1 , 0.08, 0.06, 0.04])
    """
    if transition_growth is None:
        return fade(constant(growth, years + transition_years), terminal_growth, years)
    first, then = np.asarray(growth), np.asarray(transition_growth)
    path = np.empty((*np.broadcast(first, then).shape, years + transition_years))
    path[..., :years], path[..., years:] = first[..., None], then[..., None]
    return path


class Fading(Schedule):
    """A rate that fades; shapes (..., years)."""

    rate: Floats = line("Rate", "fraction")
    compounded: Floats = line("Compounded", "ratio", form="factor")


@function
def dcf_fade(value: Change, target: Change, hold: Years, years: Years) -> Fading:
    """Rate that is held for some years and then moves linearly to a target in the last year.

    Parameters
    ----------
    value
        Cost of capital, growth or another rate in the first years.
    target
        The rate in the last year.
    hold
        Years before the fade begins, from 1 to years.
    years
        All years; if hold equals years, the rate never fades.

    Returns
    -------
    Fading
        The rate, and one dollar compounded at the rates so far, whose inverse is the discount
        factor at the year's end.

    Raises
    ------
    InputError
        For hold above years.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapter 12: cost of capital that converges. The
    example is Disney's growth in his *Applied Corporate Finance*: 6.38% for five years, then
    5.90%, 5.43%, 4.95%, 4.48% and 4%.

    Examples
    --------
    >>> (100 * dcf_fade(0.0638, 0.04, 5, 10).rate[4:]).round(2)
    array([6.38, 5.9 , 5.43, 4.95, 4.48, 4.  ])
    """
    if hold > years:
        raise InputError("hold", f"must be from 1 to {years}, the years, not {hold}")
    rate = fade(constant(value, years), target, hold)
    return Fading(rate=rate, compounded=np.cumprod(1 + rate, axis=-1))
