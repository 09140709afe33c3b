"""Unit economics: systems along a learning curve, and how many a capacity holds."""

from __future__ import annotations

from model.compute import learning, unit_economics
from model.compute.learning import Curve
from workbook.arguments import Rates, Rows, Vector, listing, schedule
from workbook.functions.declare import function


@function
def system_learning(
    units: Vector,
    unit_cost: float,
    learning_curve: float,
    unit: float = 1.0,
    curve: Curve = "wright",
) -> Rows:
    """Cost of single units, on average and in total, along a learning curve.

    Parameters
    ----------
    units : row or column, number
        Numbers of the units asked for, the first made being 1.
    unit_cost : number, any currency or hours
        Cost of the unit whose number is given next, at least 0.
    learning_curve : number, fraction
        What a doubling of the count leaves of the cost: 0.8 for an 80% curve. Above 0.5, and at
        most 1.
    unit : number, number
        Number of the unit whose cost is given; the first if omitted.
    curve : {"wright", "crawford"}, optional
        What falls with every doubling. wright: the average of all units so far; crawford: the
        cost of the last unit.

    Returns
    -------
    table
        A row for each unit asked for: its number and cost, and the average and total cost of all
        units to it.

    Raises
    ------
    InputError
        For a unit below 1, a negative cost, or a learning curve out of its bounds.

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
    >>> [row[2:] for row in system_learning([2, 4], 100, 0.8)[1:]]
    [[80.0, 160.0], [64.0, 256.0]]
    """
    made = learning.learning(units, unit_cost, learning_curve, unit, curve)
    columns = (made.unit_cost, made.average_cost, made.total_cost)
    return listing(
        ["Unit", "Unit cost", "Average cost", "Total cost"], *zip(units, *columns, strict=True)
    )


@function
def system_economics(
    volume: Vector,
    price: Rates,
    unit_cost: float,
    learning_curve: float = 1.0,
    units_before: float = 0.0,
    curve: Curve = "wright",
) -> Rows:
    """Cost, revenue and gross margin of systems period by period, along a learning curve.

    Parameters
    ----------
    volume : row or column, systems
        Systems made and sold in each period, at least 0.
    price : number, row or column, USD m
        Price of a system, one for all periods or one for each.
    unit_cost : number, USD m
        Cost of the next system, the one after units_before, at least 0.
    learning_curve : number, fraction, optional
        What a doubling of the cumulative count leaves of the cost: 0.8 for an 80% curve; 1 for
        no learning. Above 0.5, and at most 1.
    units_before : number, systems, optional
        Systems made before the first period, at least 0.
    curve : {"wright", "crawford"}, optional
        What falls with every doubling. wright: the average of all units so far; crawford: the
        cost of the last unit.

    Returns
    -------
    table
        Across the periods: systems, cumulative systems, cost of the last one, average cost in
        the period and since the first period, cost, revenue, gross profit and gross margin.

    Raises
    ------
    InputError
        For a negative number, a learning curve out of its bounds, or prices that are not as many as
        the periods.

    Notes
    -----
    Averages and margins are 0 where there is nothing to divide by. Learning is on the systems
    since the first ever made, so that a doubling takes longer the more there are: with
    units_before left at 0, the first period learns most.

    References
    ----------
    T. P. Wright, 1936; the R package learningCurve, whose manual has the example: 75 hours for
    the first unit, 85%, and the 50 units after the first 200. For Cerebras, costs of 0.30 to
    0.45 and prices of 1.0 to 2.0 million a system are published.

    Examples
    --------
    >>> lines = {row[0]: row[1:] for row in system_economics([200, 50], 0, 75, 0.85)}
    >>> round(lines["Cost"][1], 3)
    806.772
    """
    made = unit_economics.systems(volume, price, unit_cost, learning_curve, units_before, curve)
    return schedule(
        "Period",
        range(1, made.made.size + 1),
        {
            "Systems": made.made,
            "Cumulative systems": made.cumulative,
            "Cost of the last system": made.unit_cost,
            "Average cost": made.average_cost,
            "Average cost since the first period": made.cumulative_average,
            "Cost": made.cost,
            "Revenue": made.revenue,
            "Gross profit": made.gross_profit,
            "Gross margin": made.gross_margin,
        },
    )


@function
def system_density(system_power: float, capacity: float = 1.0) -> float:
    """Systems that a capacity of IT power holds: per MW, or in all.

    Parameters
    ----------
    system_power : number, kW
        Power of one system, above 0.
    capacity : number, MW, optional
        Capacity of IT power, at least 0; 1 if omitted.

    Returns
    -------
    float
        ``1000 * capacity / system_power``, not rounded to whole systems.

    Raises
    ------
    InputError
        For a power that is not above 0, or a negative capacity.

    References
    ----------
    SemiAnalysis, 13 May 2026: 23 kW by specification, 25 kW with the WSE-3; 750 MW are 30,000
    to 32,600 systems.

    Examples
    --------
    >>> round(system_density(23), 1), system_density(25), system_density(25, 750)
    (43.5, 40.0, 30000.0)
    """
    return float(unit_economics.density(system_power, capacity))
