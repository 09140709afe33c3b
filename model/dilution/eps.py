"""Diluted earnings per share: the accounting measure (ASC 260, IAS 33).

Options, warrants and RSUs enter by the treasury stock method at the average price of the period,
convertible debt and preferred stock as if converted. Each has earnings per incremental share;
the securities are counted in ascending order of it, and the count stops before earnings per share
would rise. The control number is income from continuing operations: at a loss nothing is counted.

The last axis is the security; whatever stands before it is the scenario axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.dilution.shares import strikes_of
from model.errors import Floats, floats, one_of, require

#: How a security of each type becomes shares; none is the type of what cannot become any.
TYPES: dict[str, Literal["treasury", "converted", "none"]] = {
    "option": "treasury",
    "warrant": "treasury",
    "rsu": "treasury",
    "convertible": "converted",
    "preferred": "converted",
    "none": "none",
}
#: What must state its strike; for RSUs it is a cost that may have been recognised in full.
PRICED = ("option", "warrant")


@dataclass(frozen=True)
class Potential:
    """Potential common shares, one security per place; make one with `Potential.of`."""

    name: tuple[str, ...]
    kind: tuple[str, ...]
    count: Floats
    strike: Floats
    income: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        kind: Sequence[str],
        count: npt.ArrayLike,
        strike: npt.ArrayLike | None = None,
        income: npt.ArrayLike = 0.0,
    ) -> Potential:
        """Check and collect potential common shares.

        Parameters
        ----------
        name, kind : sequence of str
            What each security is called, and its type: a key of `TYPES`.
        count : array_like, shape (..., securities)
            Millions of options or units, or of shares on conversion, weighted by the part of
            the period for which they were outstanding.
        strike : array_like, shape (..., securities)
            USD per share paid on exercise, which options and warrants must have, 0 included; for
            RSUs the cost that is not yet recognised. None or NaN for others.
        income : array_like, shape (..., securities)
            What earnings gain on exercise or conversion, after tax, USD millions: interest or
            preferred dividends that are no longer paid.
        """
        kinds = tuple(one_of("securities Type", k, TYPES) for k in kind)
        counts, strikes, gains = np.broadcast_arrays(
            floats("securities Count", count),
            strikes_of(name, kinds, strike, PRICED),
            floats("securities Income", income),
        )
        require(counts >= 0, "securities Count", "at least 0", counts)
        require(strikes >= 0, "securities Strike", "at least 0", strikes)
        priced = np.array([TYPES[k] == "treasury" for k in kinds], dtype=bool)
        require(
            priced | (strikes == 0),
            "securities Strike",
            "blank or 0 for convertible, preferred and none",
            strikes,
        )
        counted = np.array([k != "none" for k in kinds], dtype=bool)
        return cls(tuple(name), kinds, counts * counted, strikes, gains)


@dataclass(frozen=True)
class Earnings:
    """Basic and diluted earnings per share; (..., securities) in order of rank from `rank` on."""

    basic: Floats
    diluted: Floats
    diluted_income: Floats
    diluted_shares: Floats
    rank: npt.NDArray[np.intp]
    incremental_income: Floats
    incremental_shares: Floats
    #: Infinite where a security adds no share.
    per_incremental_share: Floats
    counted: npt.NDArray[np.bool_]
    #: What earnings, shares and earnings per share are with the securities up to this one.
    income: Floats
    shares: Floats
    per_share: Floats


def diluted_eps(
    income: npt.ArrayLike, shares: npt.ArrayLike, price: npt.ArrayLike, securities: Potential
) -> Earnings:
    """Rank potential shares, count those that dilute, and give the steps.

    Parameters
    ----------
    income : array_like, shape (...)
        From continuing operations, for common shareholders, USD millions.
    shares : array_like, shape (...)
        Weighted average common shares, millions, above 0.
    price : array_like, shape (...)
        Average price of the period, USD, at least 0.
    securities : Potential
        Potential common shares.

    Returns
    -------
    Earnings

    Raises
    ------
    InputError
        For shares that are not above 0, or a negative price.

    Examples
    --------
    IAS 33, illustrative example 9: 3.23, and the preference shares are left out.

    >>> names = ["Options", "Preference shares", "Bonds"]
    >>> kinds = ["option", "preferred", "convertible"]
    >>> found = Potential.of(names, kinds, [0.1, 1.6, 2.0], [60.0, 0.0, 0.0], [0.0, 6.4, 3.0])
    >>> made = diluted_eps(10.0, 2.0, 75.0, found)
    >>> round(float(made.diluted), 2), made.counted
    (3.23, array([ True,  True, False]))
    """
    earned, n, p = floats("income", income), floats("shares", shares), floats("price", price)
    require(n > 0, "shares", "above 0", n)
    require(p >= 0, "price", "at least 0", p)
    added = _incremental_shares(p[..., None], securities)
    shape = np.broadcast_shapes(earned.shape, n.shape, added.shape[:-1])
    added = np.broadcast_to(added, (*shape, added.shape[-1]))
    gain = np.broadcast_to(np.where(added > 0, securities.income, 0.0), added.shape)
    each = np.divide(gain, added, out=np.full(added.shape, np.inf), where=added > 0)
    # Equal ones keep the order in which they are given.
    rank = np.argsort(each, axis=-1, kind="stable")
    gain, added, each = (np.take_along_axis(x, rank, -1) for x in (gain, added, each))

    earned, n = np.broadcast_to(earned, shape), np.broadcast_to(n, shape)
    total = np.cumsum(np.concatenate([earned[..., None], gain], -1), -1)
    count = np.cumsum(np.concatenate([n[..., None], added], -1), -1)
    per_share = total / count
    dilutes = (each < per_share[..., :-1]) & (earned >= 0)[..., None]
    # One that does not dilute ends the count: every one after it dilutes less.
    counted = np.logical_and.accumulate(dilutes, axis=-1)
    all_gain = np.where(counted, gain, 0.0).sum(-1)
    all_added = np.where(counted, added, 0.0).sum(-1)
    # A security that is left out shows what would become of those counted if it were not.
    shown_income = np.where(counted, total[..., 1:], (earned + all_gain)[..., None] + gain)
    shown_shares = np.where(counted, count[..., 1:], (n + all_added)[..., None] + added)
    return Earnings(
        basic=np.asarray(earned / n),
        diluted=np.asarray((earned + all_gain) / (n + all_added)),
        diluted_income=np.asarray(earned + all_gain),
        diluted_shares=np.asarray(n + all_added),
        rank=rank,
        incremental_income=gain,
        incremental_shares=added,
        per_incremental_share=each,
        counted=counted,
        income=shown_income,
        shares=shown_shares,
        per_share=shown_income / shown_shares,
    )


def _incremental_shares(price: Floats, securities: Potential) -> Floats:
    """Shares that each security adds: all on conversion, net of those bought back otherwise."""
    bought_back = np.divide(
        securities.strike,
        price,
        out=np.ones(np.broadcast_shapes(securities.strike.shape, price.shape)),
        where=securities.strike < price,
    )
    free = securities.strike == 0
    return np.asarray(securities.count * np.where(free, 1.0, 1.0 - bought_back))
