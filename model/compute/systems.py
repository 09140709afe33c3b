"""Systems: cost along a learning curve, and earnings, period by period."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.arrays import lagged, ratio
from model.compute.learning import Curve, LearningCurve, exponent, first_cost, total_cost
from model.errors import Floats, InputError
from model.fields import ONE, ONE_OR_ROW, ROW, ZERO, Amount, Field, line
from model.functions import function
from model.tables import Schedule

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
    Averages and margins are 0 where there is nothing to divide by; in a period without
    production, the last system is the last one made before. Learning counts all systems ever
    made, so each doubling takes longer: with units_before left at 0, the first period learns
    most.

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
