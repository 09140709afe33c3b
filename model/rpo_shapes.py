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
    flat in the middle; a steeper one would need a second parameter to say where it stops.
``"ramp"``
    A straight line from zero through the first band, as when capacity has yet to be delivered,
    then as smooth. Where the second band is lower than the first, the rate peaks within the
    first, so that it can meet the second without a jump.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from model.arrays import between
from model.errors import Floats

#: An edge nearer to its band's average than this share of it is on the average.
ON_AVERAGE = 1e-9


Curve = Callable[[Floats, npt.NDArray[np.int_]], Floats]


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


#: Shapes that look at no neighbour, and so serve a single contract too.
LINEAR: dict[str, Callable[[Floats], Floats]] = {"flat": flat, "front": front, "back": back}


def _by_band(line: Callable[[Floats], Floats]) -> Curve:
    def share(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
        return line(_position(lengths)) + np.zeros_like(rate[..., :1])

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
        edges[..., 2] = _outer_edge(rate[..., 1], edges[..., 1])
    return _interpolated(rate, lengths, edges)


def _interpolated(rate: Floats, lengths: npt.NDArray[np.int_], edges: Floats) -> Floats:
    """Integrate the monotone convex curve through the rates at the edges of the bands."""
    # An edge off the average by rounding alone is on it: the last bit must not choose the form.
    left, right = (
        np.where(np.abs(edge - rate) > ON_AVERAGE * rate, edge - rate, 0.0)
        for edge in (edges[..., :-1], edges[..., 1:])
    )
    left, right, level = (np.repeat(a, lengths, axis=-1) for a in (left, right, rate))
    position = _position(lengths)
    excess = _convex_integral(left, right, position)
    share = position + np.divide(excess, level, out=np.zeros_like(excess), where=level > 0)
    return np.where(position == 1.0, 1.0, between(0.0, share, 1.0))


def _position(lengths: npt.NDArray[np.int_]) -> Floats:
    """Where in its band each month ends, from above 0 to exactly 1."""
    return np.concatenate([np.arange(1, n + 1) / n for n in lengths])


def _edge_rates(rate: Floats, lengths: npt.NDArray[np.int_]) -> Floats:
    """Rates at the edges of the bands, bounded so that the curve stays positive."""
    if len(lengths) == 1:
        return np.concatenate([rate, rate], axis=-1)
    before, after = rate[..., :-1], rate[..., 1:]
    weight = lengths[:-1] / (lengths[:-1] + lengths[1:])
    inner = between(0.0, weight * after + (1 - weight) * before, 2 * np.minimum(before, after))
    start = _outer_edge(rate[..., :1], inner[..., :1])
    end = _outer_edge(rate[..., -1:], inner[..., -1:])
    return np.concatenate([start, inner, end], axis=-1)


def _outer_edge(rate: Floats, inner: Floats) -> Floats:
    """Rate at the first or last edge, from its band's average and the band's other edge."""
    return between(0.0, rate - (inner - rate) / 2, 2 * rate)


def _convex_integral(left: Floats, right: Floats, x: Floats) -> Floats:
    """Integral from 0 to x of the monotone convex deviation from a band's average.

    `left` and `right` are the deviations at the band's edges; the four forms are the four
    regions of Hagan and West's figure 5, and each integrates to zero over the whole band.
    """
    integral = left * (x - 2 * x**2 + _cube(x)) + right * (_cube(x) - x**2)
    # With one edge on the average only the cubic reaches the other edge without a jump.
    off_average = (left != 0) & (right != 0)
    forms = (
        (np.abs(right) < np.abs(left) / 2, _level_late),
        (np.abs(right) > 2 * np.abs(left), _level_early),
        (left * right > 0, _level_between),
    )
    for region, form in forms:
        where = region & off_average
        if where.any():
            with np.errstate(divide="ignore", invalid="ignore"):
                integral = np.where(where, form(left, right, x), integral)
    return integral


def _level_early(left: Floats, right: Floats, x: Floats) -> Floats:
    """Stay at the left edge's rate, then turn to the right edge's."""
    turn = (right + 2 * left) / (right - left)
    past = np.maximum(x - turn, 0.0)
    return np.asarray(left * x + (right - left) * _cube(past) / (3 * (1 - turn) ** 2))


def _level_late(left: Floats, right: Floats, x: Floats) -> Floats:
    """Turn from the left edge's rate, then stay at the right edge's."""
    turn = 3 * right / (right - left)
    ahead = np.maximum(turn - x, 0.0)
    return np.asarray(right * x + (left - right) * (_cube(turn) - _cube(ahead)) / (3 * turn**2))


def _level_between(left: Floats, right: Floats, x: Floats) -> Floats:
    """Turn from the left edge's rate to a trough or a peak, and from there to the right edge's."""
    turn = right / (right + left)
    trough = -left * right / (left + right)
    ahead, past = np.maximum(turn - x, 0.0), np.maximum(x - turn, 0.0)
    down = (left - trough) * (_cube(turn) - _cube(ahead)) / (3 * turn**2)
    up = (right - trough) * _cube(past) / (3 * (1 - turn) ** 2)
    return np.asarray(trough * x + np.where(turn > 0, down, 0.0) + np.where(turn < 1, up, 0.0))


def _cube(x: Floats) -> Floats:
    """Multiply, which is far faster than a power."""
    return x * x * x


#: Shapes within a band: average rates and lengths in, cumulative shares by month out.
SHAPES: dict[str, Curve] = {
    "smooth": smooth_share,
    **{name: _by_band(line) for name, line in LINEAR.items()},
    "ramp": ramp_share,
}
