"""Systems: cost along a learning curve, earnings period by period, and break-even volume."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from model.arrays import lagged, ratio
from model.compute.learning import Curve, LearningCurve, exponent, first_cost, total_cost
from model.errors import Floats, InputError, require, shown
from model.fields import ONE, ONE_OR_ROW, ROW, ZERO, Amount, Field, line
from model.functions import function
from model.tables import Schedule

#: More systems than anyone makes: a volume beyond it is none.
MOST = 1e18
#: Parts into which a bracket is cut in each step of a search.
PARTS = 16
Count = Annotated[Floats, Field("systems", low=0.0)]


class Systems(Schedule):
    """Systems made and sold by period, each line of shape (..., periods)."""

    title = "Period"

    made: Floats = line("Systems", "systems", form="whole money")
    cumulative: Floats = line("Cumulative systems", "systems", form="whole money")
    unit_cost: Floats = line("Cost of the last system", form="factor")
    average_cost: Floats = line("Average cost", form="factor")
    cumulative_average: Floats = line("Average cost since the first period", form="factor")
    cost: Floats = line("Cost")
    revenue: Floats = line("Revenue")
    gross_profit: Floats = line("Gross profit", total=True)
    gross_margin: Floats = line("Gross margin", "fraction")


@function
def system_economics(
    volume: Annotated[Count, ROW],
    price: Annotated[Amount, ONE_OR_ROW],
    unit_cost: Amount,
    learning_curve: LearningCurve = ONE,
    units_before: Count = ZERO,
    curve: Curve = "wright",
) -> Systems:
    """Cost, revenue and gross margin of systems period by period, along a learning curve.

    Parameters
    ----------
    volume
        Systems made and sold in each period.
    price
        Price of a system, one for all periods or one for each.
    unit_cost
        Cost of the next system, the one after units_before.
    learning_curve
        Share of cost that remains after the cumulative count doubles: 0.8 for an 80% curve;
        1 for no learning.
    units_before
        Systems made before the first period.
    curve
        Cost that falls with every doubling: wright, the average of all units; crawford, the
        cost of the last unit.

    Raises
    ------
    InputError
        For a negative number, a learning curve out of its bounds, or prices that do not match the
        periods.

    Notes
    -----
    Averages and margins are 0 if there is nothing to divide by; in a period without production, the
    last system is the last one made earlier. Learning counts all systems ever made, so each
    doubling takes longer: with units_before left at 0, the first period learns most.

    References
    ----------
    T. P. Wright, 1936; the R package learningCurve, whose manual has the example: 75 hours for
    the first unit, 85%, and the 50 units after the first 200. For Cerebras, costs of 0.30 to
    0.45 and prices of 1.0 to 2.0 million a system are published.

    Examples
    --------
    >>> system_economics([200, 50], 0, 75, 0.85).cost.round(3)
    array([4330.915,  806.772])
    """
    periods = volume.shape[-1]
    if price.ndim and price.shape[-1] != periods:
        raise InputError(
            "price",
            f"must hold one number or {periods}, one for each period, not {price.shape[-1]}",
        )
    power = exponent(learning_curve)
    first = first_cost(unit_cost, units_before + 1, power, curve)[..., None]
    power = power[..., None]
    closing = units_before[..., None] + np.cumsum(volume, axis=-1)
    cost = first * total_cost(lagged(units_before, closing), volume, power, curve)
    # An incomplete first unit still costs as much as the first unit.
    last = first * total_cost(np.maximum(closing - 1, 0.0), 1.0, power, curve)
    so_far = np.cumsum(cost, axis=-1)
    made = np.cumsum(volume, axis=-1)
    revenue = volume * price
    return Systems(
        *np.broadcast_arrays(
            volume,
            closing,
            last,
            ratio(cost, volume),
            ratio(so_far, made),
            cost,
            revenue,
            revenue - cost,
            ratio(revenue - cost, revenue),
        )
    )


@function
def system_break_even(
    price: Amount,
    unit_cost: Amount,
    fixed_cost: Annotated[Floats, Field("USD m", above=0.0)],
    learning_curve: LearningCurve = ONE,
    units_before: Count = ZERO,
    curve: Curve = "wright",
) -> Annotated[Floats, Field("systems")]:
    """Volume at which the gross profit of systems covers a fixed cost, along a learning curve.

    Parameters
    ----------
    price
        Price of a system.
    unit_cost
        Cost of the next system, the one after units_before.
    fixed_cost
        What the gross profit has to cover, such as a year's research and sales costs.
    learning_curve
        Share of cost that remains after the cumulative count doubles: 0.8 for an 80% curve;
        1 for no learning.
    units_before
        Systems made before.
    curve
        Cost that falls with every doubling: wright, the average of all units; crawford, the
        cost of the last unit.

    Returns
    -------
    ndarray, shape (...)
        Number of systems, which need not be whole.

    Raises
    ------
    InputError
        If no volume covers the fixed cost: without learning, at a price that is not above the cost.

    Notes
    -----
    Without learning, ``fixed_cost / (price - unit_cost)``. With it, the volume at which price times
    volume, less SYSTEM_ECONOMICS's cost, equals the fixed cost, found by shrinking a bracket: costs
    rise ever more slowly, so there is only one.

    References
    ----------
    OpenStax, *Principles of Accounting*, volume 2, section 3.2: fixed costs of 18,000, a price of
    100 and a cost of 20 break even at 225 units.

    Examples
    --------
    >>> float(system_break_even(100, 20, 18_000))
    225.0
    """
    power = exponent(learning_curve)
    first = first_cost(unit_cost, units_before + 1, power, curve)

    def short(volume: Floats) -> npt.NDArray[np.bool_]:
        cost = first * total_cost(units_before, volume, power, curve)
        return np.asarray(price * volume - cost < fixed_cost)

    shape = np.broadcast_shapes(price.shape, first.shape, np.shape(fixed_cost))
    doubled = (2.0 ** np.arange(np.ceil(np.log2(MOST)) + 1)).reshape(-1, *[1] * len(shape))
    high = 2.0 ** np.argmin(short(doubled) & (doubled < MOST), axis=0)
    # Where a system earns more than it costs, some volume is enough: more than anyone makes.
    most = f"covered by at most {shown(MOST)} systems"
    require(~(short(high) & (price > unit_cost)), "fixed_cost", most, fixed_cost, "number")
    above = "above the cost of a system, at some volume"
    require(~short(high), "price", above, price, "number")
    low_end = np.where(high > 1, high / 2, 0.0)
    parts = np.linspace(0, 1, PARTS + 1)[1:-1].reshape(-1, *[1] * len(shape))
    while True:
        inner = low_end + (high - low_end) * parts
        # Without learning, a division is exact.
        if ((inner <= low_end) | (inner >= high) | (learning_curve == 1)).all():
            break
        points = np.concatenate([low_end[None], inner, high[None]])
        place = short(inner).sum(0)[None]
        low_end, high = (np.take_along_axis(points, place + i, 0)[0] for i in (0, 1))
    plain = fixed_cost / np.where(price > unit_cost, price - unit_cost, np.nan)
    return np.asarray(np.where(learning_curve == 1, plain, high))
