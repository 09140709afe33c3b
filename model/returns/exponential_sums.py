r"""Zeros of exponential sums: all of them, for any exponents.

A sum :math:`f(u) = \sum c_i e^{-t_i u}` has isolated zeros, by Laguerre's proof of the rule of
signs: for a time :math:`s` between two terms of opposite sign, :math:`(e^{su} f)'` has the terms
:math:`(s - t_i) c_i e^{(s - t_i) u}` and so one change of sign less, and by Rolle's theorem its
zeros separate those of :math:`f`. A sum without a change of sign has no zero. So the zeros of
each sum bracket those of the one before it, and none is missed.
"""

from __future__ import annotations

import math

import numpy as np

from model.errors import Floats

#: Two sides of a sum that differ by less than this, relative to the size of their exponents, are
#: numerically equal: there the sum touches zero.
ROUNDING = 16 * float(np.finfo(float).eps)
#: Maximum steps of a search; bisection alone would need fewer over any interval.
STEPS = 200
#: Zeros nearer to 0 than this are found to the precision of this number, not their own.
NEAR_ZERO = 1e-3
#: Steps of Newton's method for many sums, of which most take five; and the last of them, over the
#: time from the first term to the last: its square is below rounding.
FEW, SMALL = 20, 2.0**-30


@np.errstate(all="ignore")
def single_zeros(amounts: Floats, when: Floats) -> Floats:
    """The zero of each of many sums that change their sign once, by Newton's method.

    Parameters
    ----------
    amounts, when : ndarray, shape (terms, sums)
        Coefficients, and their times, ascending.

    Returns
    -------
    ndarray, shape (sums,)
        NaN for a sum that does not change its sign exactly once, or whose zero takes a bracket.

    Examples
    --------
    >>> single_zeros(np.array([[-2.0, 1.0], [4.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 1.0]]))
    array([0.69314718,        nan])
    """
    last = len(amounts) - 1
    positive, negative = amounts > 0, amounts < 0
    ends = [(m.argmax(0), last - m[::-1].argmax(0)) for m in (positive, negative)]
    (first, final), (first_negative, final_negative) = ends
    # Without one of the signs, its first term seems to be the first of all, and its final the last.
    once = (final < first_negative) | (final_negative < first)
    # With the terms first, a sum has the same bits whatever its neighbours are.
    parts = np.empty((len(amounts), 4, *once.shape))
    np.maximum(amounts, 0.0, out=parts[:, 0])
    np.maximum(-amounts, 0.0, out=parts[:, 1])
    np.multiply(parts[:, :2], when[:, None], out=parts[:, 2:])
    span, u, done = when[-1] - when[0], np.zeros(once.shape), ~once
    for _ in range(FEW):
        weights = np.exp(when * -u)
        plus, minus, after, before = (parts * weights[:, None]).sum(0)
        # As in `ExponentialSum.ratio`.
        step = np.log(plus / minus) / (before / minus - after / plus)
        u -= np.where(done, 0.0, step)
        done |= np.abs(step) * span <= SMALL
        if done.all():
            break
    return np.where(once & done, u, np.nan)


def zeros(amounts: Floats, when: Floats) -> list[float]:
    """Every zero of a sum, in ascending order.

    Parameters
    ----------
    amounts, when : ndarray, shape (terms,)
        Coefficients, none of them zero and not all of one sign, and their times, ascending.
    """
    signs = np.sign(amounts)
    if np.count_nonzero(signs[1:] != signs[:-1]) == 1:
        single = float(single_zeros(amounts[:, None], when[:, None])[0])
        if single == single:
            return [single]
    sums = [(np.log(np.abs(amounts)), signs)]
    while (changes := np.flatnonzero(np.diff(sums[-1][1]))).size > 1:
        middle = changes[changes.size // 2]
        shift = (when[middle] + when[middle + 1]) / 2 - when
        sizes, signs = sums[-1]
        sizes = sizes + np.log(np.abs(shift))
        sums.append((sizes - sizes.max(), signs * np.sign(shift)))
    turning: list[float] = []
    for sizes, signs in reversed(sums):
        turning = _zeros(ExponentialSum(sizes, signs, when), turning)
    return turning


class ExponentialSum:
    """An exponential sum by the logarithm of the ratio of its two signs.

    The ratio has the sum's zeros and signs, never overflows, and is nearly a line in u, so that
    Newton's method finds a zero in a few steps from anywhere.
    """

    def __init__(self, sizes: Floats, signs: Floats, when: Floats) -> None:
        self.sizes, self.when = sizes, when
        # The positive terms first, and then the negative ones.
        order = (-signs).argsort(kind="stable")
        self.side = (signs[order] < 0).astype(np.intp)
        self.starts = np.array([0, self.side.argmax()])
        self.by_side = sizes[order], when[order]
        self.moments = np.array([np.ones(when.size), when[order]])

    def ratio(self, u: float) -> tuple[float, float, float]:
        """Logarithm of positive over negative terms, its slope, and its rounding."""
        sizes, when = self.by_side
        terms = sizes - when * u
        tops = np.maximum.reduceat(terms, self.starts)
        weights = self.moments * np.exp(terms - tops[self.side])
        (plus, minus), (after, before) = np.add.reduceat(weights, self.starts, axis=-1).tolist()
        top, bottom = tops.tolist()
        value = top - bottom + math.log(plus / minus)
        return value, before / minus - after / plus, ROUNDING * max(1.0, abs(top), abs(bottom))

    def sign(self, u: float) -> int:
        """Sign of the sum; 0 where its two sides are equal to rounding."""
        value, _, rounding = self.ratio(u)
        return 0 if abs(value) <= rounding else 1 if value > 0 else -1

    def limits(self) -> tuple[float, float]:
        """Interval outside which the last or the first term outweighs all others together."""
        return -self._reach(-1, slice(None, -1)), self._reach(0, slice(1, None))

    def _reach(self, place: int, others: slice) -> float:
        gaps = np.abs(self.when[others] - self.when[place])
        excess = self.sizes[others] - self.sizes[place]
        # Each other term may use at most its share of the dominant term.
        return float(((excess + math.log(2 * gaps.size)) / gaps).max())


def _zeros(of: ExponentialSum, turning: list[float]) -> list[float]:
    """Zeros of a sum that changes its sign at most once between its turning points."""
    low, high = of.limits()
    inside = [u for u in turning if low < u < high]
    edges = [low, *inside, high]
    signs = [of.sign(u) for u in edges]
    found = [u for u, s in zip(edges, signs, strict=True) if s == 0]
    for i in range(len(edges) - 1):
        if signs[i] * signs[i + 1] < 0:
            found.append(_zero(of, edges[i], edges[i + 1], signs[i]))
    return sorted(found)


def _zero(of: ExponentialSum, low: float, high: float, sign: int) -> float:
    """Zero in a bracket: Newton's method, with bisection where it would leave the bracket."""
    u = (low + high) / 2
    for _ in range(STEPS):
        value, slope, _ = of.ratio(u)
        if value == 0:
            return u
        if (value > 0) == (sign > 0):
            low = u
        else:
            high = u
        following = u - value / slope if slope else low
        near = 2 * math.ulp(max(abs(u), NEAR_ZERO))
        # A zero step ends the search, on either side of the bracket's end.
        if abs(following - u) > near and not low < following < high:
            following = (low + high) / 2
        if abs(following - u) <= near or following in (low, high):
            return following
        u = following
    return u
