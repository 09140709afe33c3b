"""Learning curves: unit costs as more units are made.

Two conventions, by name. With every doubling of the cumulative count,

``"wright"``
    the cumulative *average* cost falls to the curve's fraction (Wright, 1936);
``"crawford"``
    the cost of the *last unit* does.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt

from model.errors import Floats
from model.fields import ONE, ROW, Field, line
from model.functions import function
from model.tables import Listing

Curve = Literal["wright", "crawford"]
#: Share of the cost that remains after the count doubles.
LearningCurve = Annotated[Floats, Field("fraction", above=0.5, high=1.0)]
UnitNumber = Annotated[Floats, Field("number", low=1.0)]
Cost = Annotated[Floats, Field("any currency or hours", low=0.0)]
#: From here on the asymptotic sum of powers holds to the last digits.
_ASYMPTOTIC = 24


def exponent(learning_curve: npt.ArrayLike) -> Floats:
    """Power of the cumulative count in the cost: ``log2`` of the curve's fraction.

    Examples
    --------
    >>> round(float(exponent(0.8)), 4)
    -0.3219
    """
    return np.asarray(np.log2(learning_curve))


def total_cost(
    before: npt.ArrayLike, made: npt.ArrayLike, power: npt.ArrayLike, curve: Curve
) -> Floats:
    r"""Cost of the units after `before`, in multiples of the first unit's cost.

    Parameters
    ----------
    before, made : array_like
        Units made earlier, and units to be costed. Neither need be a whole number.
    power : array_like
        The curve's `exponent`.
    curve : {"wright", "crawford"}
        Cost that falls with every doubling.

    Returns
    -------
    ndarray
        :math:`(m+n)^{1+b} - m^{1+b}` under Wright, :math:`\sum_{i=m+1}^{m+n} i^b` under Crawford.

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
    m, n, b = (np.asarray(x, dtype=np.float64) for x in (before, made, power))
    if curve == "wright":
        return _power_step(m, m + n, 1 + b)
    # The sum from m + 1 is the sum from m + 25 plus 24 terms that move with m.
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


def first_cost(unit_cost: Floats, unit: Floats, power: npt.ArrayLike, curve: Curve) -> Floats:
    """Cost of the first unit, from the cost of a later one.

    Examples
    --------
    Kerzner's 120 hours for the 100th unit on a 75% curve, "in approximate agreement" with 812
    for the first:

    >>> round(float(first_cost(120, 100, exponent(0.75), "crawford")), 1)
    811.4
    """
    return np.asarray(unit_cost / total_cost(np.subtract(unit, 1), 1.0, power, curve))


class CostByUnit(Listing):
    """Costs at points on a learning curve, each of shape (..., units)."""

    unit: Floats = line("Unit", "number", form="whole money")
    unit_cost: Floats = line("Unit cost", "any currency or hours", form="factor")
    average_cost: Floats = line("Average cost", "any currency or hours", form="factor")
    total_cost: Floats = line("Total cost", "any currency or hours", form="money")


@function
def system_learning(
    units: Annotated[UnitNumber, ROW],
    unit_cost: Cost,
    learning_curve: LearningCurve,
    unit: UnitNumber = ONE,
    curve: Curve = "wright",
) -> CostByUnit:
    """Unit, average and total cost along a learning curve.

    Parameters
    ----------
    units
        Numbers of the units to be costed; the first unit made is 1.
    unit_cost
        Cost of the unit whose number is given next.
    learning_curve
        Share of the cost that remains after the count doubles: 0.8 for an 80% curve.
    unit
        Number of the unit whose cost is given; the first if omitted.
    curve
        Cost that falls with every doubling: wright, the average of all units; crawford, the
        cost of the last unit.

    Notes
    -----
    With ``b = log2(learning_curve)``: wright ``average(n) = first * n ** b``; crawford
    ``cost(n) = first * n ** b``. The same percentage gives lower costs under wright.

    References
    ----------
    T. P. Wright, "Factors Affecting the Cost of Airplanes", 1936. The example is a management
    accounting text: 100 hours for the first unit, 80%.

    Examples
    --------
    >>> system_learning([1, 2, 4, 8, 16], 100, 0.8).average_cost.round(2)
    array([100.  ,  80.  ,  64.  ,  51.2 ,  40.96])
    """
    power = exponent(learning_curve)
    first = first_cost(unit_cost, unit, power, curve)[..., None]
    power = power[..., None]
    total = first * total_cost(0.0, units, power, curve)
    single = first * total_cost(units - 1, 1.0, power, curve)
    return CostByUnit(units, single, total / units, total)
