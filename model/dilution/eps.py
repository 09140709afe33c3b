"""Diluted earnings per share: the accounting measure (ASC 260, IAS 33).

Options, warrants and RSUs enter by the treasury stock method at the average price of the period,
convertible debt and preferred stock as if converted. Each has earnings per incremental share;
the securities are counted in ascending order of it, and the count stops before earnings per share
would rise. The control number is income from continuing operations: at a loss nothing is counted.

The last axis is the security; any axis before it is the scenario axis.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from model.dilution.securities import fill_strikes
from model.errors import Floats, require
from model.fields import ZERO, Money, Names, Price, SharesIssued, column, line
from model.functions import function
from model.tables import Listing, Table

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
    """Potential common shares, one security a row."""

    name: Names = column("Security", "name", "Name of the security.", key=True)
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
        "Price paid for a share; for RSUs, the cost not yet recognised.",
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


class EpsSteps(Listing):
    """From basic to diluted earnings per share, a security a row after basic."""

    totals = ("Diluted", "Basic, with discontinued", "Diluted, with discontinued")
    rows_of = "securities"

    step: Names = line("Step", "name")
    incremental_income: Floats = line("Incremental income")
    incremental_shares: Floats = line("Incremental shares", "m shares")
    per_incremental_share: Floats = line("Per incremental share", "USD")
    income: Floats = line("Income")
    shares: Floats = line("Shares", "m shares")
    per_share: Floats = line("Per share", "USD")
    counted: Names = line("Counted", "name")
    #: Income and shares of each total.
    sums: tuple[tuple[float, float], ...]

    def bottom(self) -> list[dict[str, Any]]:
        """Return earnings per share as they are reported."""
        return [
            {"step": label, "income": income, "shares": shares, "per_share": income / shares}
            for label, (income, shares) in zip(self.totals, self.sums, strict=True)
        ]


@function
def eps_diluted(
    income: Money,
    shares: SharesIssued,
    price: Price,
    securities: Potential,
    discontinued: Money = ZERO,
) -> EpsSteps:
    """Diluted earnings per share (ASC 260, IAS 33), with the ranking by dilution and its steps.

    Parameters
    ----------
    income
        Income from continuing operations for common shareholders: the control number.
    shares
        Weighted average of common shares.
    price
        Average share price of the period.
    discontinued
        Income from discontinued operations.

    Raises
    ------
    InputError
        For a strike on what is converted, an option or warrant without a strike, or a blank Income
        of what is converted.

    Notes
    -----
    Options, warrants and RSUs add ``n (1 - K / p)`` shares when K is below the average price; the
    rest is converted in full. A security counts while its earnings per incremental share are below
    earnings per share so far; a row that does not count shows what counting it would give. A row of
    type none, such as common stock in a table of all securities, adds nothing. At a loss from
    continuing operations nothing counts, whatever net income is.

    References
    ----------
    ASC 260-10-45-17 to 45-48; IAS 33, paragraphs 30 to 63 and illustrative example 9.

    Examples
    --------
    Illustrative example 9: 5.00 basic, then 4.95 and 3.23; the preference shares do not count.

    >>> names, kinds = ["Options", "Preference", "Bonds"], ["option", "preferred", "convertible"]
    >>> found = Potential(names, kinds, [0.1, 1.6, 2], [60, None, None], [None, 6.4, 3])
    >>> steps = eps_diluted(10, 2, 75, found, -4)
    >>> for name, per_share, counted in zip(steps.step, steps.per_share, steps.counted):
    ...     print(name, round(float(per_share), 2), counted)
    Basic 5.0
    Options 4.95 yes
    Bonds 3.23 yes
    Preference 3.45 no: antidilutive
    >>> [round(float(total["per_share"]), 2) for total in steps.bottom()]
    [3.23, 3.0, 2.24]
    """
    made = ranked(income, shares, price, securities)
    added = made.incremental_shares
    continuing, diluted = (income, shares), (made.diluted_income, made.diluted_shares)
    return EpsSteps(
        ("Basic", *(securities.name[place] for place in made.rank)),
        _after(0.0, made.incremental_income),
        _after(0.0, added),
        _after(0.0, np.where(added > 0, made.per_incremental_share, 0.0)),
        _after(income, made.income),
        _after(shares, made.shares),
        _after(made.basic, made.per_share),
        (
            "",
            *(
                "yes" if counted else f"no: {_why_not(securities.kind[place], income, more)}"
                for counted, place, more in zip(made.counted, made.rank, added, strict=True)
            ),
        ),
        (diluted, *((earned + discontinued, n) for earned, n in (continuing, diluted))),
    )


def _after(first: Any, others: Floats) -> Floats:
    return np.concatenate([[first], others])


def _why_not(kind: str, income: Any, added: float) -> str:
    if kind == "none":
        return "no potential shares"
    if added <= 0:
        return "out of the money"
    return "loss" if income < 0 else "antidilutive"


class Earnings(NamedTuple):
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


def ranked(earned: Floats, n: Floats, price: Floats, securities: Potential) -> Earnings:
    """Rank potential shares and count those that dilute, in every scenario."""
    earned, n = np.asarray(earned), np.asarray(n)
    added = _incremental_shares(np.asarray(price)[..., None], securities)
    shape = np.broadcast_shapes(earned.shape, n.shape, added.shape[:-1])
    added = np.broadcast_to(added, (*shape, added.shape[-1]))
    gain = np.broadcast_to(np.where(added > 0, securities.income, 0.0), added.shape)
    each = np.divide(gain, added, out=np.full(added.shape, np.inf), where=added > 0)
    # Ties keep the order in which they are given.
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
