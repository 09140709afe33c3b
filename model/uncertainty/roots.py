"""All solutions of a function of one number, in a range of which it may refuse a part.

The function is asked for many numbers at once, and may raise `InputError` for all of them because
of one. Its values on a grid, with its turning points and the ends of what it accepts, bracket the
solutions; every bracket shrinks by half at least in each step, and quadratically where the
function is smooth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError

Function = Callable[[Floats], Floats]

#: Differences that are rounding, relative to the values.
ROUNDING = 1e-13
#: What a turning point, an end or the known point is as near to, it touches; what any point is as
#: near to, it reaches.
TOUCHES, REACHES = 1e-12, 1e-9
#: Points asked for between the ends of a turning point's bracket, and how often it shrinks to
#: those next to the highest or lowest: to a fifty-thousandth of the grid's step, and so the
#: value to its last digits.
INNER, SHRUNK = 31, 4
#: How near to a solution, of the step to the next point, others show that it is one of many; and
#: how wide they must be to count.
NEXT_TO, WIDE = 1e-6, 1e-4
#: How often the step to the end of what is accepted is halved: to a thousandth of the grid's.
HALVED = 10
#: Most steps of a search: halving alone takes fewer to neighbouring floats.
STEPS = 80


@dataclass(frozen=True)
class Scan:
    """A function at points of its range, in order; its solutions lie between them.

    Attributes
    ----------
    at, values : ndarray, shape (points,)
        Points that are accepted, and the values there.
    turns : ndarray of bool, shape (points,)
        Which of the points are turning points.
    known : float
        The point that was known.
    """

    at: Floats
    values: Floats
    turns: npt.NDArray[np.bool_]
    known: float


def scan(of: Function, points: Floats, known: int) -> Scan:
    """Value a function on a grid, add its turning points, and find where it is refused.

    Parameters
    ----------
    of : callable
    points : ndarray, shape (points,)
        The grid, in order.
    known : int
        The place of a point that is accepted; what is accepted around it is one interval.

    Raises
    ------
    InputError
        Where the known point is refused.
    """
    at, values = _accepted(of, points, known)
    turned, there = _turning_points(of, at, values)
    turns = np.arange(at.size + turned.size) >= at.size
    at, values = np.concatenate([at, turned]), np.concatenate([values, there])
    order = np.argsort(at, kind="stable")
    return Scan(at[order], values[order], turns[order], float(points[known]))


def solutions(of: Function, found: Scan, targets: Floats) -> list[Floats]:
    """Find where a function reaches each target, in ascending order.

    A turning point that touches a target is one solution. Where every point of an interval is a
    solution, both of its ends are given. A jump over a target is none.
    """
    above = found.values - targets[:, None]
    touches = found.turns | np.isin(found.at, [found.at[0], found.known, found.at[-1]])
    near = np.where(touches, TOUCHES, 4 * np.finfo(np.float64).eps)
    signs = np.where(np.abs(above) <= near * np.abs(targets[:, None]), 0.0, np.sign(above))
    row, left = np.nonzero(signs[:, :-1] * signs[:, 1:] < 0)
    at = _shrunk(
        of, targets[row], found.at[left], found.at[left + 1], above[row, left], above[row, left + 1]
    )
    touched = [(i, place) for i in range(len(targets)) for place in _touching(signs[i], above[i])]
    rows = np.concatenate([row, [i for i, _ in touched]]).astype(int)
    at = np.concatenate([at, [found.at[place] for _, place in touched]])
    rows, at = rows[~np.isnan(at)], at[~np.isnan(at)]
    ends = _ends(of, found, targets[rows], at)
    return [np.unique(ends[:, rows == i]) for i in range(len(targets))]


def _accepted(of: Function, points: Floats, known: int) -> tuple[Floats, Floats]:
    """Value the points around a known one, up to where the function refuses."""
    try:
        return points, of(points)
    except InputError:
        of(points[known : known + 1])

    def further(step: int, most: int) -> int:
        """Count the points next to the known one that are accepted with it."""
        low, high = 0, most + 1
        while high - low > 1:
            middle = (low + high) // 2
            ends = sorted((known, known + step * middle))
            accepted = _accepts(of, points[ends[0] : ends[1] + 1])
            low, high = (middle, high) if accepted else (low, middle)
        return low

    first = known - further(-1, known)
    last = known + further(1, points.size - 1 - known)
    near = [
        _approach(of, points[end], points[end + step])
        for end, step in ((first, -1), (last, 1))
        if 0 <= end + step < points.size
    ]
    at = np.sort(np.concatenate([points[first : last + 1], *near]))
    return at, of(at)


def _accepts(of: Function, points: Floats) -> bool:
    try:
        of(points)
    except InputError:
        return False
    return True


def _approach(of: Function, inside: float, outside: float) -> Floats:
    """Halve the step to where the function refuses, and keep the points that it accepts."""
    kept = []
    for _ in range(HALVED):
        middle = (inside + outside) / 2
        if _accepts(of, np.array([middle])):
            inside = middle
            kept.append(middle)
        else:
            outside = middle
    return np.array(kept)


def _turning_points(of: Function, at: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Find the highest or lowest point near each point of the grid that is one."""
    rises = np.diff(values)
    size = np.maximum(np.abs(values[:-1]), np.abs(values[1:]))
    moves = np.nonzero(np.abs(rises) > ROUNDING * size)[0]
    up = np.sign(rises[moves])
    turned = np.nonzero(up[:-1] != up[1:])[0]
    if not turned.size:
        return np.empty(0), np.empty(0)
    low, high, up = at[moves[turned]], at[moves[turned + 1] + 1], up[turned, None]
    part, each = np.linspace(0, 1, INNER + 2), np.arange(turned.size)
    for _ in range(SHRUNK):
        inner = low[:, None] + (high - low)[:, None] * part
        worth = of(inner.ravel()).reshape(inner.shape)
        best = np.clip(np.argmax(worth * up, -1), 1, INNER)
        low, high = inner[each, best - 1], inner[each, best + 1]
    return inner[each, best], worth[each, best]


def _shrunk(
    of: Function, targets: Floats, low: Floats, high: Floats, below: Floats, above: Floats
) -> Floats:
    """Shrink brackets to neighbouring floats, all at once; NaN for a jump over the target.

    A step asks for the middle of a bracket, for the point on its chord, and for one on either side
    of that, nearer to it each time they bracketed the solution.
    """
    part, going = np.full(low.shape, 0.25), np.ones(low.shape, bool)
    low, high, below, above = (np.array(x) for x in (low, high, below, above))
    for _ in range(STEPS):
        if not going.any():
            break
        a, b, fa, fb, near = (x[going] for x in (low, high, below, above, part))
        chord = np.clip(a - fa * ((b - a) / (fb - fa)), a, b)
        aside = np.maximum(near * (b - a), np.spacing(np.abs(chord)))
        inner = np.clip(np.stack([chord - aside, chord, chord + aside, (a + b) / 2]), a, b)
        values = of(inner.ravel()).reshape(inner.shape) - targets[going]
        points, values = np.stack([a, *inner, b]), np.stack([fa, *values, fb])
        order = np.argsort(points, 0, kind="stable")
        points, values = (np.take_along_axis(x, order, 0) for x in (points, values))
        signs = np.sign(values)
        place = np.argmax(signs[:-1] * signs[1:] <= 0, 0)[None]
        (a, b), (fa, fb) = (
            [np.take_along_axis(x, place + i, 0)[0] for i in (0, 1)] for x in (points, values)
        )
        # A point that is a solution is a bracket of no width.
        a, fa = np.where(fb == 0, b, a), np.where(fb == 0, 0.0, fa)
        b, fb = np.where(fa == 0, a, b), np.where(fa == 0, 0.0, fb)
        low[going], high[going], below[going], above[going] = a, b, fa, fb
        part[going] = np.where(b - a <= 1.1 * aside, near**2, np.sqrt(near))
        going[going] = b - a > 2 * np.spacing(np.maximum(np.abs(a), np.abs(b)))
    nearer = np.abs(below) <= np.abs(above)
    reached = np.where(nearer, np.abs(below), np.abs(above)) <= REACHES * np.abs(targets)
    return np.where(reached, np.where(nearer, low, high), np.nan)


def _touching(signs: Floats, above: Floats) -> list[int]:
    """Return the place of the best of each run of points that are solutions."""
    zero = np.concatenate([[False], signs == 0, [False]])
    runs = np.nonzero(np.diff(zero))[0].reshape(-1, 2)
    return [first + int(np.argmin(np.abs(above[first:after]))) for first, after in runs]


def _ends(of: Function, found: Scan, targets: Floats, at: Floats) -> Floats:
    """Return the two ends of the interval around each solution in which all points are one."""
    ends = np.stack([at, at])
    if not at.size:
        return ends
    places = np.searchsorted(found.at, at, "left") - 1, np.searchsorted(found.at, at, "right")
    next_ = np.clip(np.stack(places), 0, found.at.size - 1)
    near = ends + NEXT_TO * (found.at[next_] - ends)
    level = _same(of(near.ravel()).reshape(near.shape), targets)
    for side, i in np.argwhere(level & (near != ends)):
        step = (-1, 1)[side]
        further = _same(found.values[next_[side, i] :: step], targets[i])
        count = further.size if further.all() else int(np.argmin(further))
        inside = found.at[next_[side, i] + step * (count - 1)] if count else at[i]
        if count < further.size:
            inside = _end(of, targets[i], inside, found.at[next_[side, i] + step * count])
        # A turning point is level too, as far as digits go.
        if abs(inside - at[i]) > WIDE * abs(found.at[next_[side, i]] - at[i]):
            ends[side, i] = inside
    return ends


def _same(values: Floats, targets: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(values - targets) <= 4 * np.finfo(np.float64).eps * np.abs(targets))


def _end(of: Function, target: float, inside: float, outside: float) -> float:
    """Find the end of an interval of solutions."""
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            break
        level = _same(of(np.array([middle])), target)[0]
        inside, outside = (middle, outside) if level else (inside, middle)
    return inside
