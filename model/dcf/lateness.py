"""Delayed contracted revenue, and the part of it that slips past the forecast.

A delay counts from the valuation date: what has been recognised until then stays where it is, and
everything after it comes as many months later. Nothing is lost, because what then falls due after
the last forecast year is stated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.calendar import MONTHS_PER_YEAR
from model.errors import Floats
from model.fields import ZERO


def delayed(amounts: Floats, delay: Floats) -> Floats:
    """Shift periods by a delay, of which a part of a period moves a part of each amount.

    Parameters
    ----------
    amounts : ndarray, shape (..., periods)
        What is moved past the last period is not in the result.
    delay : ndarray, shape (...)
        In periods.

    Examples
    --------
    >>> delayed(np.array([4.0, 8.0, 0.0]), np.array(1.25))
    array([0., 3., 7.])
    """
    if not delay.any():
        return amounts
    later = np.floor(delay)
    part = (delay - later)[..., None]
    source = np.arange(amounts.shape[-1], dtype=np.int64) - later[..., None].astype(np.int64)
    shape = np.broadcast_shapes(source.shape, amounts.shape)
    given = np.broadcast_to(amounts, shape)

    def taken(place: npt.NDArray[np.int64]) -> Floats:
        place = np.broadcast_to(place, shape)
        found = np.take_along_axis(given, np.maximum(place, 0), axis=-1)
        return np.where(place >= 0, found, 0.0)

    return np.asarray((1 - part) * taken(source) + part * taken(source - 1))


def by_year_later(by_year: Floats, delay: Floats, left: Floats) -> tuple[Floats, Floats]:
    """Shift amounts by year, which come evenly over it, and state what slips past the last one.

    Parameters
    ----------
    by_year : ndarray, shape (..., years)
    delay : ndarray, shape (...)
        In months, from the valuation date.
    left : ndarray, shape (...)
        Part of the first year after the valuation date.

    Returns
    -------
    by_year : ndarray, shape (..., years)
    slipped : ndarray, shape (...)

    Examples
    --------
    >>> by_year, slipped = by_year_later(np.array([120.0, 60.0]), np.array(3.0), np.array(0.5))
    >>> by_year, float(slipped)
    (array([90., 75.]), 15.0)
    """
    if not delay.any():
        return by_year, ZERO
    years = by_year.shape[-1]
    ends = np.arange(1.0, years + 1)
    late, left = np.asarray(delay / MONTHS_PER_YEAR)[..., None], np.asarray(left)[..., None]
    rest = np.concatenate([np.zeros_like(by_year[..., :1]), by_year[..., 1:]], axis=-1)
    # Of the first year, what has been recognised stays there.
    since, until = np.maximum(1 - left + late, ends - 1), np.minimum(1 + late, ends)
    of_first = np.concatenate(
        [1 - np.minimum(late, left), np.maximum(until - since, 0.0)[..., 1:]], axis=-1
    )
    found = delayed(rest, late[..., 0]) + by_year[..., :1] * of_first
    past = np.clip(ends + late - years, 0.0, 1.0)
    past = np.concatenate([np.minimum(past[..., :1], left), past[..., 1:]], axis=-1)
    return found, (by_year * past).sum(-1)
