"""Concentration of customers."""

from __future__ import annotations

import numpy as np

from model.rpo import concentration
from workbook.arguments import Rows, Vector, listing
from workbook.functions.declare import function


@function
def concentration_hhi(shares: Vector, total: float | None = None) -> float:
    """Herfindahl-Hirschman index of customers, in points from near 0 (many small) to 10,000 (one).

    Parameters
    ----------
    shares : row or column, any unit
        What each named customer stands for: fractions, percentages or revenue.
    total : number, the same unit, optional
        What all customers stand for, such as 1, 100 or total revenue; the sum of the shares if
        not given. The rest then counts as infinitely many customers, the least it can be.

    Returns
    -------
    float
        ``10,000 * sum (share / total)^2``.

    Raises
    ------
    InputError
        For negative shares, shares of nothing, or more of them than the total.

    References
    ----------
    US Department of Justice and Federal Trade Commission, *Merger Guidelines*, 2023, 2.1.

    Examples
    --------
    Four firms with 30, 30, 20 and 20 percent (US Department of Justice):

    >>> round(concentration_hhi([30, 30, 20, 20]), 6)
    2600.0
    """
    return float(concentration.index(shares, total))


@function
def concentration_bounds(
    shares: Vector, total: float, largest_unnamed: float | None = None
) -> Rows:
    """Bounds of the Herfindahl-Hirschman index when a filing names only some of the customers.

    Parameters
    ----------
    shares : row or column, any unit
        What each named customer stands for: fractions, percentages or revenue.
    total : number, the same unit
        What all customers stand for, such as 1, 100 or total revenue.
    largest_unnamed : number, the same unit, optional
        The most an unnamed customer can stand for, such as 10% of revenue where all above it
        are named; the smallest named customer if not given.

    Returns
    -------
    table
        Lower and upper bound in points, the number of equal customers that each is worth, and
        the share that nobody named has. At the lower bound the rest is spread without end; at
        the upper bound it is as few customers as the largest unnamed one allows.

    Raises
    ------
    InputError
        For shares that CONCENTRATION_HHI refuses, or a largest_unnamed that is not above 0 and at
        most the total.

    References
    ----------
    SFAS 131 and ASC 280-10-50-42: customers with 10% or more of revenue are disclosed.

    Examples
    --------
    Cerebras in 2025: 62% and 24% of revenue, and nobody else above 10%:

    >>> for row in concentration_bounds([0.62, 0.24], 1, 0.1)[1:]:
    ...     print(row[0], [round(cell, 3) for cell in row[1:]])
    Lower [4420.0, 2.262, 0.14]
    Upper [4536.0, 2.205, 0.14]
    """
    found = concentration.bounds(shares, total, largest_unnamed)
    return listing(
        ["Bound", "HHI", "Effective", "Unnamed"],
        *(
            [label, value, concentration.POINTS / np.asarray(value), found.unnamed]
            for label, value in (("Lower", found.lower), ("Upper", found.upper))
        ),
    )


@function
def concentration_top(shares: Vector, count: int = 1, total: float | None = None) -> float:
    """Share of the largest customers in the total, as a fraction.

    Parameters
    ----------
    shares : row or column, any unit
        What each named customer stands for: fractions, percentages or revenue.
    count : whole, customers, optional
        How many of the largest, at most as many as are named.
    total : number, the same unit, optional
        What all customers stand for; the sum of the shares if not given.

    Returns
    -------
    float
        The concentration ratio CR of so many customers.

    Raises
    ------
    InputError
        For shares that CONCENTRATION_HHI refuses, or a count of more customers than are named.

    References
    ----------
    The example is the two largest customers of Cerebras in 2025 (S-1).

    Examples
    --------
    >>> round(concentration_top([0.62, 0.24], 2, 1), 6)
    0.86
    """
    return float(concentration.top(shares, count, total))
