"""A company's securities: what is outstanding, and what may come."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, require, shown
from model.fields import Names, column
from model.tables import Table

Role = Literal["share", "option", "convertible"]
#: What a security of each type does to the count: always outstanding, issued for its strike,
#: or exchanged for debt.
TYPES: dict[str, Role] = {
    "common": "share",
    "rsu": "share",
    "preferred": "share",
    "option": "option",
    "warrant": "option",
    "convertible": "convertible",
}
#: What has a strike, which must be stated: one of 0 counts in full.
PRICED = tuple(kind for kind, role in TYPES.items() if role != "share")


class Claims(NamedTuple):
    """What holders have of a company: shares outright, and more with each strike in ascent."""

    #: Shares that nothing is paid for, shapes (...).
    outright: Floats
    #: Strikes paid, USD millions, and all shares, up to each strike; shapes (..., securities).
    paid: Floats
    shares: Floats


class Securities(Table):
    """A company's securities, one a row."""

    name: Names = column("Security", "name", "What the security is called.", key=True)
    kind: Names = column("Type", "name", "Kind of security.", choices=TYPES)
    count: Floats = column(
        "Count",
        "m shares",
        "Outstanding, granted, as converted or on conversion.",
        low=0,
    )
    strike: Floats = column(
        "Strike",
        "USD",
        "Price paid for a share; of convertible debt, its face value a share on conversion. Common "
        "stock, RSUs and preferred stock have none.",
        low=0,
        default=np.nan,
        blank=np.nan,
    )
    included: Floats = column(
        "Included", "fraction", "Part of the count that takes part.", low=0, high=1, default=1.0
    )
    withheld: Floats = column(
        "Withheld",
        "fraction",
        "Part of RSUs that is withheld for tax and paid in cash.",
        low=0,
        high=1,
        default=0.0,
        blank=np.nan,
    )
    vests_at: Floats = column(
        "Vests at",
        "USD m",
        "Market value of the common stock at and above which the security counts.",
        low=0,
        default=0.0,
        blank=np.nan,
    )

    def check(self) -> None:
        """Refuse a strike that is missing or out of place, and a company without common stock."""
        fill_strikes(self, PRICED)
        settled = np.array([kind == "rsu" for kind in self.kind])
        common = np.array([kind == "common" for kind in self.kind])
        self.fill("withheld", 0.0, settled)
        self.fill("vests_at", 0.0, ~common)
        self.align("count", "strike", "included", "withheld", "vests_at")
        require(
            (self.strike == 0) | ~self.role["share"],
            "securities Strike",
            "blank or 0 for common, rsu and preferred",
            self.strike,
        )
        require(
            (self.withheld == 0) | settled,
            "securities Withheld",
            "blank or 0 except for rsu",
            self.withheld,
        )
        require(
            (self.vests_at == 0) | ~common,
            "securities Vests at",
            "blank for common",
            self.vests_at,
        )
        if not (self.outstanding > 0).all():
            raise InputError("securities", "must hold common stock with a Count above 0")

    @cached_property
    def role(self) -> dict[Role, npt.NDArray[np.bool_]]:
        """Which securities have each role, shapes (securities,)."""
        roles = [TYPES[k] for k in self.kind]
        return {role: np.array([r == role for r in roles]) for role in get_args(Role)}

    @cached_property
    def included_count(self) -> Floats:
        """Millions of shares that may take part."""
        return np.asarray(self.count * self.included)

    @cached_property
    def basic(self) -> Floats:
        """Common stock outstanding, millions of shares."""
        return np.where([k == "common" for k in self.kind], self.included_count, 0.0)

    @cached_property
    def outstanding(self) -> Floats:
        """All common stock outstanding, millions of shares."""
        return np.asarray(self.basic.sum(-1))

    @cached_property
    def hurdle(self) -> Floats:
        """Price at and above which each security counts, USD."""
        return np.asarray(self.vests_at / self.outstanding[..., None])

    @cached_property
    def conditional(self) -> npt.NDArray[np.intp]:
        """Places of the securities that have a hurdle."""
        return np.unique(self.hurdle.nonzero()[-1])

    @cached_property
    def always(self) -> dict[str, Claims]:
        """What holders have without a hurdle, by the method that counts it."""
        return {method: self.claims(method, self.hurdle <= 0) for method in ("treasury", "gross")}

    def claims(self, method: str, met: npt.NDArray[np.bool_]) -> Claims:
        """Add up, along the strikes, what the securities have whose condition is met."""
        counted = np.where(met, self.included_count, 0.0)
        pays = self.role["convertible"] if method == "gross" else ~self.role["share"]
        outright = np.asarray((counted * ~pays).sum(-1))
        order = self.strike.argsort(-1, kind="stable")
        count, strike = counted * pays, self.strike
        if order.ndim == 1:
            count, strike = count[..., order], strike[order]
        else:
            count, strike, order = np.broadcast_arrays(count, strike, order)
            count, strike = (np.take_along_axis(values, order, -1) for values in (count, strike))
        return Claims(outright, (count * strike).cumsum(-1), outright[..., None] + count.cumsum(-1))


def fill_strikes(table: Any, priced: tuple[str, ...]) -> None:
    """Read a blank strike as 0 for what has none; refuse it where it would count in full."""
    missing = np.isnan(table.strike)
    wrong = missing & np.array([kind in priced for kind in table.kind], dtype=bool)
    if wrong.any():
        place = wrong.nonzero()[-1][0]
        raise InputError(
            f"{table.argument()} Strike",
            f"must be typed for {shown(table.name[place])} of type {table.kind[place]!r} "
            "(0 if it has none), not left blank",
        )
    table._put(strike=np.where(missing, 0.0, table.strike))
