r"""All internal rates of return of a series of cash flows, on any dates.

With :math:`u = \ln(1 + r)` the net present value is an exponential sum,
:math:`f(u) = \sum c_i e^{-t_i u}`, defined for every :math:`u`, that is for every rate above
-100%. Its zeros are isolated by Laguerre's proof of the rule of signs: for a time :math:`s`
between two flows of opposite sign, :math:`(e^{su} f)'` has the terms
:math:`(s - t_i) c_i e^{(s - t_i) u}` and so one change of sign less, and by Rolle's theorem its
zeros separate those of :math:`f`. A sum without a change of sign has no zero. So the zeros of
each sum bracket those of the one before it, and none is missed, whatever the times.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats

#: Two sides of a net present value that differ by less than this, relative to the size of their
#: exponents, are equal to a computer: there the value touches zero.
ROUNDING = 16 * float(np.finfo(float).eps)
#: Most steps of a search; halving alone would need fewer than this over any interval.
STEPS = 200
#: Logarithms of 1 and a rate between which the rate is a number above -1.
LEAST, MOST = float(np.log(np.finfo(float).epsneg)), float(np.log(np.finfo(float).max))
#: Rates below this are found to the digits of this one, not to their own.
NEAR_ZERO = 1e-3


def internal_rates(amounts: npt.ArrayLike, times: npt.ArrayLike) -> Floats:
    """Every rate above -100% at which the flows are worth nothing, in ascending order.

    Parameters
    ----------
    amounts : array_like, shape (flows,)
        Cash flows: what is paid in below zero, what comes back above.
    times : array_like, shape (flows,)
        Years from any one date, in any order; flows of the same time are added up.

    Returns
    -------
    ndarray, shape (rates,)
        Fractions a year; empty where there is none. A rate at which the value touches zero
        without a change of sign is there once. A small flow a day from a large one of the other
        sign brings a rate that no number is: that differs from -100% by less than the numbers
        there do, or is beyond them. Such a rate does not count beside others.

    Raises
    ------
    InputError
        When the flows do not have both signs, or no rate that there is can be written as a number.

    References
    ----------
    E. Laguerre, "Sur la théorie des équations numériques", *Journal de Mathématiques* 9, 1883;
    G. Pólya and G. Szegő, *Problems and Theorems in Analysis* II, part V, problems 75-80.

    Examples
    --------
    The oil pump of J. Lorie and L. Savage, scaled, with its two rates:

    >>> internal_rates([-4000, 25000, -25000], [0, 1, 2]).round(12)
    array([0.25, 4.  ])
    """
    sizes, signs, when = _netted(floats("cash_flows", amounts), floats("times", times))
    if signs.size == 0 or (signs == signs[0]).all():
        raise InputError(
            "cash_flows", "must hold amounts below zero and above zero at different times", "#NUM!"
        )
    sums = [(sizes, signs)]
    while (changes := np.flatnonzero(np.diff(sums[-1][1]))).size > 1:
        middle = changes[changes.size // 2]
        shift = (when[middle] + when[middle + 1]) / 2 - when
        sizes, signs = sums[-1]
        sizes = sizes + np.log(np.abs(shift))
        sums.append((sizes - sizes.max(), signs * np.sign(shift)))
    turning: list[float] = []
    for sizes, signs in reversed(sums):
        turning = _zeros(_Sum(sizes, signs, when), turning)
    rates = np.expm1([u for u in turning if LEAST < u < MOST])
    if turning and not rates.size:
        raise InputError("cash_flows", "have an internal rate that is beyond all numbers", "#NUM!")
    return np.asarray(rates, dtype=np.float64)


def internal_rate(amounts: npt.ArrayLike, times: npt.ArrayLike) -> float:
    """Return the one internal rate, and refuse flows that have none or several.

    Parameters
    ----------
    amounts, times
        As in `internal_rates`.

    Returns
    -------
    float
        Fraction a year.

    Raises
    ------
    InputError
        ``#NUM!`` for flows that `internal_rates` refuses, or that have none or several.

    Examples
    --------
    >>> round(internal_rate([-100, 39, 59, 55, 20], range(5)), 5)
    0.28095
    """
    rates = internal_rates(amounts, times)
    if rates.size == 0:
        raise InputError(
            "cash_flows",
            "have no internal rate: no rate above -1 makes them worth nothing",
            "#NUM!",
        )
    if rates.size > 1:
        listed = ", ".join(f"{round(float(r), 9) + 0.0:.6g}" for r in rates[:6])
        more = " and more" if rates.size > 6 else ""
        raise InputError(
            "cash_flows",
            f"have {rates.size} internal rates above -1 and no single one: {listed}{more}",
            "#NUM!",
        )
    return float(rates[0])


def passing(amounts: npt.ArrayLike, times: npt.ArrayLike, rates: Floats) -> list[str]:
    """Say for each internal rate how the net present value passes through zero there.

    Parameters
    ----------
    amounts, times
        As in `internal_rates`.
    rates : ndarray, shape (rates,)
        Its answer.

    Returns
    -------
    list of str
        For each rate: falls, rises or touches.

    Examples
    --------
    >>> passing([-100, 220, -121], [0, 1, 2], np.array([0.1]))
    ['touches']
    """
    sizes, signs, when = _netted(floats("cash_flows", amounts), floats("times", times))
    of = _Sum(sizes, signs, when)
    low, high = np.clip(of.limits(), LEAST, MOST).tolist()
    at = [low, *np.log1p(rates), high]
    beside = [of.sign((a + b) / 2) for a, b in pairwise(at)]
    told = {(1, -1): "falls", (-1, 1): "rises"}
    return [told.get(change, "touches") for change in pairwise(beside)]


def _netted(amounts: Floats, times: Floats) -> tuple[Floats, Floats, Floats]:
    """Logarithm, sign and time of each flow that is left when those of one time are added."""
    order = times.argsort(kind="stable")
    when = times[order]
    new = np.ones(when.size, dtype=np.bool_)
    new[1:] = when[1:] != when[:-1]
    # Divided by the largest, so that no sum is beyond all numbers.
    largest = np.abs(amounts).max(initial=0.0) or 1.0
    total = np.add.reduceat(amounts[order] / largest, np.flatnonzero(new))
    kept = total != 0
    return np.log(np.abs(total[kept])), np.sign(total[kept]), when[new][kept]


class _Sum:
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
        # Each of the others may have its share of the outweighing term, and no more.
        return float(((excess + math.log(2 * gaps.size)) / gaps).max())


def _zeros(of: _Sum, turning: list[float]) -> list[float]:
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


def _zero(of: _Sum, low: float, high: float, sign: int) -> float:
    """Zero in a bracket: Newton's method, halving wherever that would leave the bracket."""
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
        # A step of no size ends the search, on whichever side of the bracket's end it falls.
        if abs(following - u) > near and not low < following < high:
            following = (low + high) / 2
        if abs(following - u) <= near or following in (low, high):
            return following
        u = following
    return u
