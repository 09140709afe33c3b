"""Learning curves: what units cost as more of them are made.

Two conventions, by name. With every doubling of the cumulative count,

``"wright"``
    the cumulative *average* cost falls to the curve's fraction (Wright, 1936);
``"crawford"``
    the cost of the *last unit* does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, floats, one_of, require

Curve = Literal["wright", "crawford"]
CURVES: tuple[Curve, ...] = get_args(Curve)
#: From here on the asymptotic sum of powers holds to the last digits.
_ASYMPTOTIC = 24


def exponent(learning_curve: npt.ArrayLike) -> Floats:
    """Power of the cumulative count in the cost: ``log2`` of the curve's fraction.

    Examples
    --------
    >>> round(float(exponent(0.8)), 4)
    -0.3219
    """
    curve = floats("learning_curve", learning_curve)
    inside = (curve > 0.5) & (curve <= 1)
    require(inside, "learning_curve", "above 0.5 and at most 1", curve)
    return np.asarray(np.log2(curve))


def total_cost(
    before: npt.ArrayLike, made: npt.ArrayLike, power: npt.ArrayLike, curve: str
) -> Floats:
    r"""Cost of the units after `before`, in multiples of the first unit's cost.

    Parameters
    ----------
    before, made : array_like
        Units made earlier, and units whose cost is asked for. Both need not be whole.
    power : array_like
        The curve's `exponent`.
    curve : {"wright", "crawford"}
        What falls with every doubling.

    Returns
    -------
    ndarray
        :math:`(m+n)^{1+b} - m^{1+b}` under Wright, :math:`\sum_{i=m+1}^{m+n} i^b` under Crawford.

    Raises
    ------
    InputError
        For an unknown curve.

    Notes
    -----
    Crawford's sum is exact: the first units are added one by one, the rest by the
    Euler-Maclaurin formula, so that a million units cost no more time than ten.

    Examples
    --------
    An 85% curve, 100 hours for the first unit, 125 units (manual of the R package
    learningCurve):

    >>> round(100 * float(total_cost(0, 125, exponent(0.85), "crawford")), 3)
    5201.085
    """
    m, n = floats("before", before), floats("made", made)
    b = floats("power", power)
    if one_of("curve", curve, CURVES) == "wright":
        return _power_step(m, m + n, 1 + b)
    # The sum from m + 1 on is that from m + 25 on, and 24 terms that move along with m.
    dimensions = max(m.ndim, n.ndim, b.ndim)
    step = np.arange(1.0, _ASYMPTOTIC + 1).reshape(-1, *[1] * dimensions)
    head = ((m + step) ** b - (m + n + step) ** b).sum(0)
    low, high = m + _ASYMPTOTIC, m + n + _ASYMPTOTIC
    c = b * (b - 1) * (b - 2)
    return np.asarray(
        head
        + _power_step(low, high, 1 + b) / (1 + b)
        + (high**b - low**b) / 2
        + b * (high ** (b - 1) - low ** (b - 1)) / 12
        - c * (high ** (b - 3) - low ** (b - 3)) / 720
        + c * (b - 3) * (b - 4) * (high ** (b - 5) - low ** (b - 5)) / 30240
    )


def _power_step(low: Floats, high: Floats, power: Floats) -> Floats:
    """``high ** power - low ** power`` without cancellation between numbers close together."""
    near = (low > 0) & (high <= 2 * low)
    base = np.where(near, low, 1.0)
    step = base**power * np.expm1(power * np.log(np.where(near, high, 1.0) / base))
    return np.asarray(np.where(near, step, high**power - low**power))


def first_cost(
    unit_cost: npt.ArrayLike, unit: npt.ArrayLike, power: npt.ArrayLike, curve: str
) -> Floats:
    """Cost of the first unit, from the cost of a later one.

    Examples
    --------
    Kerzner's 120 hours for the 100th unit on a 75% curve, "in approximate agreement" with 812
    for the first:

    >>> round(float(first_cost(120, 100, exponent(0.75), "crawford")), 1)
    811.4
    """
    cost, number = floats("unit_cost", unit_cost), floats("unit", unit)
    require(cost >= 0, "unit_cost", "at least 0", cost)
    require(number >= 1, "unit", "at least 1", number)
    return np.asarray(cost / total_cost(number - 1, 1.0, power, curve))


@dataclass(frozen=True)
class Learning:
    """Costs at places on a learning curve, each of shape (..., units)."""

    unit_cost: Floats
    average_cost: Floats
    total_cost: Floats


def learning(
    units: npt.ArrayLike,
    unit_cost: npt.ArrayLike,
    learning_curve: npt.ArrayLike,
    unit: npt.ArrayLike = 1.0,
    curve: str = "wright",
) -> Learning:
    """Cost of single units, on average so far and in total so far.

    Parameters
    ----------
    units : array_like, shape (..., units)
        Numbers of the units asked for, the first made being 1.
    unit_cost : array_like, shape (...)
        Cost of the unit whose number is `unit`.
    learning_curve : array_like, shape (...)
        What a doubling leaves of the cost: 0.8 for an 80% curve.
    unit, curve
        As in `first_cost`.

    Returns
    -------
    Learning
        In the currency of the unit cost.

    Raises
    ------
    InputError
        For a unit below 1, a negative cost, or a learning curve that is not above 0.5 and at most
        1.

    Examples
    --------
    >>> learning([1, 2, 4, 8, 16], 100, 0.8).average_cost.round(2)
    array([100.  ,  80.  ,  64.  ,  51.2 ,  40.96])
    """
    number = np.atleast_1d(floats("units", units))
    require(number >= 1, "units", "at least 1", number)
    power = exponent(learning_curve)
    first = first_cost(unit_cost, unit, power, curve)[..., None]
    power = power[..., None]
    total = first * total_cost(0.0, number, power, curve)
    single = first * total_cost(number - 1, 1.0, power, curve)
    return Learning(single, total / number, total)
