"""Diluted earnings per share: the accounting measure (ASC 260, IAS 33).

Options, warrants and RSUs enter by the treasury stock method at the average price of the period,
convertible debt and preferred stock as if converted. Each has earnings per incremental share;
the securities are counted in ascending order of it, and the count stops before earnings per share
would rise. The control number is income from continuing operations: at a loss nothing is counted.

The last axis is the security; whatever stands before it is the scenario axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.dilution.shares import fill_strikes
from model.errors import Floats, floats, require
from model.fields import Names, column
from model.tables import Table

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


class Potential(Table):
    """What may become common shares, one security a row."""

    name: Names = column("Security", "name", "What the security is called.")
    kind: Names = column("Type", "name", "How the security becomes shares.", choices=TYPES)
    count: Floats = column(
        "Count",
        "m shares",
        "Options or units, or shares on conversion, weighted by the part of the period for which "
        "they were outstanding.",
        low=0,
    )
    strike: Floats = column(
        "Strike",
        "USD",
        "Price paid for a share; of RSUs, the cost that is not yet recognised.",
        low=0,
        default=np.nan,
        blank=np.nan,
    )
    income: Floats = column(
        "Income",
        "USD m",
        "What earnings gain on exercise or conversion, after tax: interest or preferred dividends "
        "that are no longer paid.",
        default=0.0,
        blank=np.nan,
    )

    @classmethod
    def argument(cls) -> str:
        """Name the table as the functions do."""
        return "securities"

    def check(self) -> None:
        """Refuse a strike that is missing or out of place."""
        fill_strikes(self, PRICED)
        kinds = [TYPES[k] for k in self.kind]
        self.fill("income", 0.0, np.array([kind == "converted" for kind in kinds], dtype=bool))
        self.align("count", "strike", "income")
        require(
            (self.strike == 0) | np.array([kind == "treasury" for kind in kinds], dtype=bool),
            "securities Strike",
            "blank or 0 for convertible, preferred and none",
            self.strike,
        )
        self._put(count=self.count * np.array([kind != "none" for kind in kinds], dtype=bool))


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
    >>> found = Potential(names, kinds, [0.1, 1.6, 2.0], [60.0, 0.0, 0.0], [0.0, 6.4, 3.0])
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
