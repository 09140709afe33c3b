"""Concentration of customers: dependence on the few largest.

The Herfindahl-Hirschman index is the sum of the squared shares, in points from near 0 (many
small customers) to 10,000 (a single one). Filings name only the largest customers, so that the
index is known within bounds. The last axis is the customer.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.errors import Floats, InputError, require
from model.fields import ROW, Field, Names, Part, line
from model.functions import function
from model.tables import Listing

#: The index of a single customer.
POINTS = 10_000.0
#: An excess of the named customers over the total below this share of it is rounding.
ROUNDING = 1e-9

#: Customers' weights, in any unit: shares, percentages or revenue.
Held = Annotated[Floats, Field("any unit", low=0.0), ROW]
Whole = Annotated[Floats, Field("the same unit", above=0.0)]


@function
def concentration_hhi(
    shares: Held, total: Whole | None = None
) -> Annotated[Floats, Field("points")]:
    """Herfindahl-Hirschman index of customers, in points from near 0 (many small) to 10,000 (one).

    Parameters
    ----------
    shares
        Weight of each named customer: fractions, percentages or revenue.
    total
        Total of all customers, such as 1, 100 or total revenue; the sum of the shares if not
        given. The rest then counts as infinitely many customers, the lowest possible index.

    Returns
    -------
    ndarray, shape (...)
        ``10,000 * sum (share / total)^2``.

    Raises
    ------
    InputError
        For negative shares, shares of zero in total, or shares above the total.

    References
    ----------
    US Department of Justice and Federal Trade Commission, *Merger Guidelines*, 2023, 2.1.

    Examples
    --------
    Four firms with 30, 30, 20 and 20 percent (US Department of Justice):

    >>> round(float(concentration_hhi([30, 30, 20, 20])), 6)
    2600.0
    """
    share, _ = _shares(shares, total)
    return np.asarray(POINTS * (share**2).sum(-1))


class HhiBounds(Listing):
    """Bounds of the index; shapes (..., 2), the lower bound first."""

    labels = ("Lower", "Upper")

    bound: Names = line("Bound", "name")
    hhi: Floats = line("HHI", "points")
    effective: Floats = line("Effective", "customers")
    unnamed: Floats = line("Unnamed", "fraction")


@function
def concentration_bounds(
    shares: Held, total: Whole, largest_unnamed: Whole | None = None
) -> HhiBounds:
    """Bounds of the Herfindahl-Hirschman index when a filing names only some of the customers.

    Parameters
    ----------
    shares
        Weight of each named customer: fractions, percentages or revenue.
    total
        Total of all customers, such as 1, 100 or total revenue.
    largest_unnamed
        Largest possible unnamed customer, such as 10% of revenue if all above it are
        named; the smallest named customer if not given.

    Returns
    -------
    HhiBounds
        At the lower bound the rest is infinitely many customers; at the upper bound, as few
        as the largest unnamed one allows, because a sum of squares is convex.

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

    >>> concentration_bounds([0.62, 0.24], 1, 0.1).hhi.round(6)
    array([4420., 4536.])
    """
    share, whole = _shares(shares, total)
    unnamed = np.clip(1.0 - share.sum(-1), 0.0, 1.0)
    if largest_unnamed is None:
        largest = np.where(share > 0, share, 1.0).min(-1)
    else:
        require(largest_unnamed <= whole, "largest_unnamed", "at most the total", largest_unnamed)
        largest = largest_unnamed / whole
    full = np.floor(unnamed / largest)
    rest = unnamed - full * largest
    lower = POINTS * (share**2).sum(-1)
    hhi = np.stack([lower, lower + POINTS * (full * largest**2 + rest**2)], axis=-1)
    return HhiBounds(
        HhiBounds.labels, hhi, POINTS / hhi, np.broadcast_to(unnamed[..., None], hhi.shape)
    )


@function
def concentration_top(
    shares: Held,
    count: Annotated[int, Field("customers", low=1)] = 1,
    total: Whole | None = None,
) -> Part:
    """Share of the largest customers in the total, as a fraction.

    Parameters
    ----------
    shares
        Weight of each named customer: fractions, percentages or revenue.
    count
        Number of the largest customers, at most as many as are named.
    total
        Total of all customers; the sum of the shares if not given.

    Returns
    -------
    ndarray, shape (...)
        The concentration ratio (CR) for that number of customers.

    Raises
    ------
    InputError
        As for CONCENTRATION_HHI, or for a count of more customers than are named.

    References
    ----------
    The example is the two largest customers of Cerebras in 2025 (S-1).

    Examples
    --------
    >>> round(float(concentration_top([0.62, 0.24], 2, 1)), 6)
    0.86
    """
    share, _ = _shares(shares, total)
    if count > share.shape[-1]:
        raise InputError(
            "count", f"must be a number of customers from 1 to {share.shape[-1]}, not {count}"
        )
    return np.asarray(np.sort(share, axis=-1)[..., ::-1][..., :count].sum(-1))


def by_period(amounts: Floats) -> tuple[Floats, Floats]:
    """Top share and index in each period; NaN in a period without any amount.

    Parameters
    ----------
    amounts : ndarray, shape (..., customers, periods)
        At least 0.

    Returns
    -------
    tuple of ndarray, shape (..., periods)
        Share of the largest customer, and the index in points.
    """
    whole = amounts.sum(-2, keepdims=True)
    share = np.divide(amounts, whole, out=np.full_like(amounts, np.nan), where=whole > 0)
    return share.max(-2), POINTS * (share**2).sum(-2)


def _shares(held: Floats, total: Floats | None) -> tuple[Floats, Floats]:
    named = held.sum(-1)
    require(named > 0, "shares", "above 0 in total", named)
    whole = named if total is None else total
    require(named <= whole * (1 + ROUNDING), "shares", "at most the total together", named)
    return held / whole[..., None], np.asarray(whole)
