"""Shapes: how recognition runs within the bands that a filing discloses.

Each shape is a curve of the recognition rate over time, and its months are integrals of the
curve, so that a shape does not depend on how time is cut into periods.

``"smooth"``
    Continuous across the edges of the bands: monotone convex interpolation.
``"flat"``
    The same rate throughout a band, with a step at its edge.
``"front"``, ``"back"``
    Linear within a band, falling to zero at its end or rising from zero at its start. This is
    the steepest line that is never negative, so that the two enclose every linear profile, with
    flat in the middle; a steeper one would need a second parameter for where it stops.
``"ramp"``
    A straight line from zero through the first band, as when capacity has yet to be delivered,
    then as smooth. Where the second band is lower than the first, the rate peaks within the
    first, so that it can meet the second without a jump.

``"anchored"``, which starts at a given rate, is in `model.rpo.anchored`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.arrays import CACHED, between, by_blocks, read_only
from model.errors import Floats

#: An edge within this share of its band's average counts as on the average.
ON_AVERAGE = 1e-9


#: From average rates and lengths, and what else it takes of each scenario, to shares by month.
Curve = Callable[..., Floats]


def flat(position: Floats) -> Floats:
    """Share recognised when a part `position` of the time has passed, at one rate."""
    return position


def front(position: Floats) -> Floats:
    """Share recognised at `position`, at a rate that falls linearly to zero.

    Examples
    --------
    >>> float(front(np.float64(0.5)))
    0.75
    """
    return position * (2.0 - position)


def back(position: Floats) -> Floats:
    """Share recognised at `position`, at a rate that rises linearly from zero."""
    return position**2


#: Shapes that ignore neighbouring bands, and so also suit a single contract.
LINEAR: dict[str, Callable[[Floats], Floats]] = {"flat": flat, "front": front, "back": back}


def _by_band(line: Callable[[Floats], Floats]) -> Curve:
    def share(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
        return line(positions(lengths)) + np.zeros_like(rate[..., :1])

    return share


def smooth_share(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Share of each band's amount recognised by the end of each of its months, smoothly.

    The recognition rate is read as a forward rate whose average over every band is given, and
    interpolated by the monotone convex method: continuous across the edges of the bands,
    faithful to every average and never negative.

    Parameters
    ----------
    rate : ndarray, shape (..., bands)
        Average recognition per month in each band.
    lengths : ndarray of int, shape (bands,)
        Months in each band.

    Returns
    -------
    ndarray, shape (..., months)
        Rising to exactly 1 in the last month of each band.

    References
    ----------
    P. Hagan and G. West, "Interpolation Methods for Curve Construction", *Applied Mathematical
    Finance* 13(2), 2006, pp. 89-129, section 5, with the bounds that keep the rate positive.
    """
    return _interpolated(rate, lengths, _edge_rates(rate, lengths))


def ramp_share(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Share of each band's amount by the end of each month: linear from zero, then smooth.

    A monotone convex curve from 0 to twice the average is a straight line, so that only the
    first two edges differ from those of `smooth_share`.
    """
    edges = _edge_rates(rate, lengths)
    edges[..., 0] = 0.0
    edges[..., 1] = 2 * rate[..., :2].min(-1)
    if len(lengths) == 2:
        edges[..., 2] = outer_edge(rate[..., 1], edges[..., 1])
    return _interpolated(rate, lengths, edges)


def _interpolated(rate: Floats, lengths: npt.NDArray[np.int_], edges: Floats) -> Floats:
    """Integrate the monotone convex curve through the rates at the edges of the bands."""
    sides = np.array([edges[..., :-1], edges[..., 1:]])
    off = np.divide(sides - rate, rate, out=np.zeros(sides.shape), where=rate > 0)
    # An edge off the average only by rounding is on it: the last bit must not choose the form.
    off[np.abs(off) <= ON_AVERAGE] = 0.0
    share = _convex_share(off[0], off[1], lengths)
    share[..., lengths.cumsum() - 1] = 1.0
    return between(0.0, share, 1.0)


def positions(lengths: npt.NDArray[np.int_]) -> Floats:
    """Where in its band each month ends, from above 0 to exactly 1."""
    return _positions(tuple(lengths.tolist()))


@lru_cache(maxsize=64)
def _positions(lengths: tuple[int, ...]) -> Floats:
    position = np.concatenate([np.arange(1, n + 1) / n for n in lengths])
    read_only(position)
    return position


def _edge_rates(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Rates at the edges of the bands, bounded so that the curve stays positive."""
    if len(lengths) == 1:
        return np.concatenate([rate, rate], axis=-1)
    before, after = rate[..., :-1], rate[..., 1:]
    weight = lengths[:-1] / (lengths[:-1] + lengths[1:])
    inner = between(0.0, weight * after + (1 - weight) * before, 2 * np.minimum(before, after))
    start = outer_edge(rate[..., :1], inner[..., :1])
    end = outer_edge(rate[..., -1:], inner[..., -1:])
    return np.concatenate([start, inner, end], axis=-1)


def _straight_share(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Share of each band's amount by the end of each period: smooth, and straight at both ends."""
    edges = _edge_rates(rate, lengths)
    if len(lengths) > 1:
        for end, inner in ((0, 1), (-1, -2)):
            edges[..., end] = between(
                0.0, 2 * rate[..., end] - edges[..., inner], 2 * rate[..., end]
            )
    return _interpolated(rate, lengths, edges)


def _free_edges(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Rates at the edges of the bands, straight at both ends, where they may be of either sign."""
    if len(lengths) == 1:
        return np.concatenate([rate, rate], axis=-1)
    before, after = rate[..., :-1], rate[..., 1:]
    weight = lengths[:-1] / (lengths[:-1] + lengths[1:])
    inner = weight * after + (1 - weight) * before
    start = 2 * rate[..., :1] - inner[..., :1]
    end = 2 * rate[..., -1:] - inner[..., -1:]
    return np.concatenate([start, inner, end], axis=-1)


def outer_edge(rate: Floats, inner: Floats) -> Floats:
    """Rate at the first or last edge, from its band's average and the band's other edge."""
    return between(0.0, rate - (inner - rate) / 2, 2 * rate)


def _convex_share(left: Floats, right: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Integral of the monotone convex curve over each band, month by month.

    `left` and `right` are the relative deviations from the band's average at its edges. The four
    forms are the four regions of Hagan and West's figure 5. One is a quadratic; the others are a
    level `floor` with a quadratic arm on the left of the place `turn`, on the right of it, or on
    both sides. Their parameters are found by band, and only the powers month by month.
    """
    # With one edge on the average only the quadratic reaches the other edge without a jump.
    product, first, last = left * right, np.abs(left), np.abs(right)
    same, opposite = product > 0, product < 0
    late, early = opposite & (2 * last < first), opposite & (last > 2 * first)
    bent = same | late | early
    turn, down, up = np.zeros((3, *left.shape))
    np.divide(
        np.where(same, right, np.where(late, 3 * right, right + 2 * left)),
        np.where(same, right + left, right - left),
        out=turn,
        where=bent,
    )
    floor = np.where(same, -left * turn, np.where(late, right, left))
    np.divide(left - floor, 3 * turn**2, out=down, where=same | late)
    np.divide(right - floor, 3 * (1 - turn) ** 2, out=up, where=same | early)
    quadratic = ~bent
    cubic, square = quadratic * (left + right), quadratic * (-2 * left - right)
    start = down * _cube(turn)
    cubic, square, floor, start, turn, down, up = np.array(
        [cubic, square, 1 + floor, start, turn, down, up]
    ).repeat(lengths, axis=-1)
    x = positions(lengths)
    share: Floats = ((cubic * x + square) * x + floor) * x + start
    share -= down * _cube(np.maximum(turn - x, 0.0))
    share += up * _cube(np.maximum(x - turn, 0.0))
    return share


def _cube(x: Floats) -> Floats:
    """Multiply, which is far faster than a power."""
    return x * x * x


def spread(amount: Floats, lengths: npt.NDArray[np.int_], curve: Curve, *more: Floats) -> Floats:
    """Spread amounts of bands, (..., bands), over their months, (..., months), along a curve.

    Parameters
    ----------
    amount : ndarray, shape (..., bands)
        USD millions, at least 0.
    lengths : ndarray of int, shape (bands,)
        Months in each band.
    curve : callable
        One of `SHAPES`, or one that takes more.
    *more : ndarray, shape (...)
        What else the curve takes of each scenario.

    Returns
    -------
    ndarray, shape (..., months)
        The months of a band sum to its amount without rounding.
    """
    if amount.ndim == 1:
        return _spread(amount, lengths, curve, *more)
    months = int(lengths.sum())
    by_month = by_blocks(
        lambda part, *rest: _spread(part, lengths, curve, *rest),
        amount.reshape(-1, len(lengths)),
        *(each.reshape(-1) for each in more),
        block=max(1, CACHED // months),
    )
    return by_month.reshape(*amount.shape[:-1], months)


def _spread(amount: Floats, lengths: npt.NDArray[np.int_], curve: Curve, *more: Floats) -> Floats:
    # On a grid of the amount's own last bit, differences and sums are free of rounding.
    grid = np.spacing(np.maximum(amount, np.finfo(np.float64).tiny))
    reached = np.repeat(amount / grid, lengths, axis=-1)
    reached *= curve(amount / lengths, lengths, *more)
    np.rint(reached, out=reached)
    steps = reached.copy()
    steps[..., 1:] -= reached[..., :-1]
    firsts = lengths.cumsum()[:-1]
    steps[..., firsts] = reached[..., firsts]
    np.maximum(steps, 0.0, out=steps)
    steps *= np.repeat(grid, lengths, axis=-1)
    return steps


def smooth_amounts(amount: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Spread amounts of either sign over the periods of their bands, smoothly.

    The curve is that of the shape smooth, but goes straight on at both ends, so that amounts on a
    line stay on it. Where no amount is negative no period is, and those of a band sum to it without
    rounding. Otherwise the curve has no bounds, and the last period of a band is what the others
    leave.

    Parameters
    ----------
    amount : ndarray, shape (..., bands)
    lengths : ndarray of int, shape (bands,)
        Periods in each band.

    Returns
    -------
    ndarray, shape (..., periods)

    Examples
    --------
    >>> smooth_amounts(np.array([-16.0, 0.0, 16.0]), np.array([4, 4, 4]))
    array([-5.5, -4.5, -3.5, -2.5, -1.5, -0.5,  0.5,  1.5,  2.5,  3.5,  4.5,
            5.5])
    """
    positive = (amount >= 0).all(-1, keepdims=True)
    bounded = spread(np.maximum(amount, 0.0), lengths, _straight_share)
    if positive.all():
        return bounded
    rate = amount / lengths
    edges = _free_edges(rate, lengths)
    off = np.array([edges[..., :-1], edges[..., 1:]]) - rate
    # The curve's bend is in proportion to how far its edges are off the average.
    size = np.abs(off).max(0)
    off[np.abs(off) <= ON_AVERAGE * np.maximum(np.abs(rate), size)] = 0.0
    left, right = np.divide(off, size, out=np.zeros(off.shape), where=size > 0)
    bend = _convex_share(left, right, lengths) - positions(lengths)
    reached = (size * lengths).repeat(lengths, axis=-1) * bend
    reached += amount.repeat(lengths, axis=-1) * positions(lengths)
    starts = lengths.cumsum() - lengths
    steps = np.diff(reached, axis=-1, prepend=0.0)
    steps[..., starts] = reached[..., starts]
    lasts = lengths.cumsum() - 1
    steps[..., lasts] = 0.0
    steps[..., lasts] = amount - np.add.reduceat(steps, starts, axis=-1)
    return np.where(positive, bounded, steps)


#: Shapes within a band: average rates and lengths in, cumulative shares by month out.
SHAPES: dict[str, Curve] = {
    "smooth": smooth_share,
    **{name: _by_band(line) for name, line in LINEAR.items()},
    "ramp": ramp_share,
}
