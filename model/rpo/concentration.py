"""Concentration of customers: how much hangs on the few largest.

The Herfindahl-Hirschman index is the sum of the squared shares, in points from near 0 (many
small customers) to 10,000 (a single one). Filings name only the largest customers, so that the
index is known within bounds. The last axis is the customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, require

#: The index of a single customer.
POINTS = 10_000.0
#: An excess of the named customers over the total below this share of it is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Bounds:
    """Between what the index must lie; shapes (...).

    Attributes
    ----------
    lower, upper : ndarray
        Index in points, with the unnamed customers infinitely many, and as few as possible.
    unnamed : ndarray
        Share of the total that no named customer has.
    """

    lower: Floats
    upper: Floats
    unnamed: Floats


def index(amounts: npt.ArrayLike, total: npt.ArrayLike | None = None) -> Floats:
    """Herfindahl-Hirschman index of named customers, in points.

    Parameters
    ----------
    amounts : array_like, shape (..., customers)
        What each customer stands for, in any unit: shares, percentages or revenue.
    total : array_like, shape (...), optional
        What all customers stand for, in the same unit; the sum of the amounts if not given.
        The rest is taken as spread over infinitely many customers: the least the index can be.

    Returns
    -------
    ndarray, shape (...)
        ``10,000 * sum (amount / total)^2``.

    Raises
    ------
    InputError
        For negative amounts, amounts of nothing, or more of them than the total.

    Examples
    --------
    Four firms with 30, 30, 20 and 20 percent (US Department of Justice):

    >>> round(float(index([30, 30, 20, 20])), 6)
    2600.0
    """
    share, _ = _shares(amounts, total)
    return np.asarray(POINTS * (share**2).sum(-1))


def top(amounts: npt.ArrayLike, count: int = 1, total: npt.ArrayLike | None = None) -> Floats:
    """Share of the largest customers in the total, as a fraction.

    Parameters
    ----------
    amounts, total : array_like
        As in `index`.
    count : int
        How many of the largest customers, at least 1 and at most as many as are named.

    Returns
    -------
    ndarray, shape (...)
        A fraction.

    Raises
    ------
    InputError
        For what `index` refuses, or a count of more customers than are named.

    Examples
    --------
    The two largest customers of Cerebras in 2025:

    >>> round(float(top([0.62, 0.24], 2, 1.0)), 6)
    0.86
    """
    share, _ = _shares(amounts, total)
    if not 1 <= count <= share.shape[-1]:
        raise InputError(
            "count", f"must be a number of customers from 1 to {share.shape[-1]}, not {count}"
        )
    return np.asarray(np.sort(share, axis=-1)[..., ::-1][..., :count].sum(-1))


def bounds(
    amounts: npt.ArrayLike,
    total: npt.ArrayLike,
    largest_unnamed: npt.ArrayLike | None = None,
) -> Bounds:
    """Bounds of the index when only some customers are named.

    Parameters
    ----------
    amounts, total : array_like
        As in `index`.
    largest_unnamed : array_like, shape (...), optional
        The most that an unnamed customer can stand for, in the unit of the amounts: the
        smallest named customer if not given, because the largest are named first. A filing
        that names every customer above 10% of revenue gives a better bound.

    Returns
    -------
    Bounds
        A sum of squares is convex, so that it is largest where as many customers as fit are as
        large as they may be, and one takes what is left.

    Raises
    ------
    InputError
        For what `index` refuses, or a largest_unnamed that is not above 0 and at most the total.

    Examples
    --------
    Cerebras in 2025: 62% and 24% are named, and nobody else is above 10%:

    >>> found = bounds([0.62, 0.24], 1.0, 0.10)
    >>> round(float(found.lower), 6), round(float(found.upper), 6)
    (4420.0, 4536.0)
    """
    share, whole = _shares(amounts, total)
    unnamed = np.clip(1.0 - share.sum(-1), 0.0, 1.0)
    if largest_unnamed is None:
        largest = np.where(share > 0, share, 1.0).min(-1)
    else:
        limit = floats("largest_unnamed", largest_unnamed)
        require(
            (limit > 0) & (limit <= whole), "largest_unnamed", "above 0, up to the total", limit
        )
        largest = limit / whole
    full = np.floor(unnamed / largest)
    rest = unnamed - full * largest
    lower = POINTS * (share**2).sum(-1)
    return Bounds(
        np.asarray(lower), np.asarray(lower + POINTS * (full * largest**2 + rest**2)), unnamed
    )


def by_period(amounts: Floats) -> tuple[Floats, Floats]:
    """Top share and index in each period; NaN in a period in which nobody has anything.

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


def _shares(amounts: npt.ArrayLike, total: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    held = np.atleast_1d(floats("shares", amounts))
    require(held >= 0, "shares", "at least 0", held)
    named = held.sum(-1)
    require(named > 0, "shares", "above 0 in total", named)
    whole = named if total is None else floats("total", total)
    require(whole > 0, "total", "above 0", whole)
    require(named <= whole * (1 + ROUNDING), "shares", "at most the total together", named)
    return held / whole[..., None], np.asarray(whole)
