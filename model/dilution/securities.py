"""A company's securities: outstanding and potential shares."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, require, shown
from model.fields import Names, column
from model.tables import Table

Role = Literal["share", "option", "convertible", "preferred"]
#: What a security of each type does to the count: always outstanding, issued for its strike,
#: exchanged for debt, or outstanding unless it is repaid.
TYPES: dict[str, Role] = {
    "common": "share",
    "rsu": "share",
    "preferred": "preferred",
    "puttable": "preferred",
    "option": "option",
    "warrant": "option",
    "convertible": "convertible",
}
#: Types with a strike, which must be given: one of 0 counts in full.
PRICED = tuple(kind for kind, role in TYPES.items() if role in ("option", "convertible"))
#: What the condition of a security may measure. A market value is that of the common stock; a
#: diluted one is the price times the diluted shares, the security itself among them.
PRO_RATA = "delivered pro rata"
CONDITIONS = (
    *("none", "price", "market value", "diluted market value", "date", "delivered"), PRO_RATA,
)  # fmt: skip
#: What is compared with a number that the table states.
STATED = ("date", "delivered", PRO_RATA)
#: Above any share price: a conversion above it never happens.
HIGHEST_PRICE = 1e7
#: Accreted principal over face; above it, the repayment is probably that of a whole note.
MOST_ACCRETED = 10.0


class Securities(Table):
    """A company's securities, one a row."""

    name: Names = column("Security", "name", "Name of the security.", key=True)
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
        "Price paid for a share; for convertible debt, its face value a share on conversion. "
        "Common stock, RSUs, preferred and puttable shares have none.",
        low=0,
        default=np.nan,
        blank=np.nan,
    )
    included: Floats = column(
        "Included", "fraction", "Share of the count that is included.", low=0, high=1, default=1.0
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
        "Market value of the common stock at and above which the security counts; with another "
        "Condition, the price, diluted market value, date or MW; pro rata, the MW for all of it.",
        low=0,
        default=0.0,
        blank=np.nan,
    )
    repayment: Floats = column(
        "Repayment",
        "USD",
        "What holders are paid for each share if they do not take the share: accreted principal of "
        "convertible debt, liquidation preference, put price.",
        low=0,
        default=None,
        blank=np.nan,
    )
    cap: Floats = column(
        "Cap",
        "USD",
        "Cap price of the capped call that the company holds on convertible debt; 0 if it has "
        "none.",
        low=0,
        default=0.0,
        blank=np.nan,
    )
    condition: Names = column(
        "Condition",
        "name",
        "What Vests at is compared with.",
        choices=CONDITIONS,
        default="market value",
        blank="none",
    )
    #: Of a condition by date, the number of the day, as `datetime.date.toordinal` counts it; so
    #: is what it vests at.
    measured: Floats = column(
        "Measured",
        "MW or a date",
        "Capacity delivered, or valuation date, with which a condition of that kind is compared.",
        low=0,
        default=None,
        blank=np.nan,
    )

    def check(self) -> None:
        """Refuse missing or misplaced values, and a company without common stock."""
        fill_strikes(self, PRICED)
        settled, common = self._of("rsu"), self._of("common")
        self.fill("withheld", 0.0, settled)
        self.fill("vests_at", 0.0, ~common & ~self.measures("none"))
        if self.measured is None:
            self._put(measured=np.full(len(self), np.nan))
        self.fill("measured", 0.0, self.measures(*STATED))
        self._repayments()
        names = ("count", "strike", "included", "withheld", "vests_at", "repayment", "cap")
        self.align(*names, "measured")
        require(
            (self.strike == 0) | self.role["option"] | self.role["convertible"],
            "securities Strike",
            "blank or 0 for common, rsu, preferred and puttable",
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
        self._conditions()
        if not (self.outstanding > 0).all():
            raise InputError("securities", "must hold common stock with a Count above 0")

    def _repayments(self) -> None:
        """Fill in what is repaid, and the cap; refuse what contradicts the conversion price."""
        convertible, preferred = self.role["convertible"], self.role["preferred"]
        face = self.strike * convertible
        expected = f"at most {shown(HIGHEST_PRICE)} for convertible debt, or it can never convert"
        require(face <= HIGHEST_PRICE, "securities Strike", expected, face)
        if self.repayment is None and "puttable" not in self.kind:
            self._put(repayment=face)
        else:
            if self.repayment is None:
                self._put(repayment=np.where(self._of("puttable"), np.nan, face))
            self.fill("repayment", face, convertible | preferred)
            require(
                (self.repayment == 0) | convertible | preferred,
                "securities Repayment",
                "blank or 0 except for convertible, preferred and puttable",
                self.repayment,
            )
            require(
                ~convertible | (self.repayment <= MOST_ACCRETED * face),
                "securities Repayment",
                f"that of a share on conversion, at most {shown(MOST_ACCRETED)} times the Strike",
                self.repayment,
            )
        self.fill("cap", 0.0, convertible)
        without = self.cap == 0
        none = "blank or 0 except for convertible"
        require(without | convertible, "securities Cap", none, self.cap)
        expected = "at least the Strike, which is the conversion price, or 0"
        require(without | (self.cap >= face), "securities Cap", expected, self.cap)

    def _conditions(self) -> None:
        """Refuse a condition that cannot be judged."""
        stated = self.measures(*STATED)
        expected = "blank where Condition is neither date nor delivered"
        require((self.measured == 0) | stated, "securities Measured", expected, self.measured)
        vests_at = self.vests_at
        none, free = self.measures("none"), self.measures("none", "market value")
        require(
            ~none | (vests_at == 0), "securities Vests at", "blank without a Condition", vests_at
        )
        expected = "above 0 where Condition is price, diluted market value, date or delivered"
        require(free | (vests_at > 0), "securities Vests at", expected, vests_at)
        require(
            ~self.role["preferred"] | (self.repayment == 0) | (vests_at == 0),
            "securities Vests at",
            "blank or 0 for what is repaid if it is not taken as shares",
            vests_at,
        )
        moved = self.role["convertible"] | (self.withheld > 0)
        if (moved & self.diluted).any():
            raise InputError(
                "securities Condition",
                "must not be 'diluted market value' for convertible debt or for RSUs that are "
                "partly withheld, because they change that value themselves",
            )

    def _of(self, kind: str) -> npt.NDArray[np.bool_]:
        """Which securities are of a type."""
        return np.array([k == kind for k in self.kind], dtype=bool)

    def measures(self, *conditions: str) -> npt.NDArray[np.bool_]:
        """Which securities have one of these conditions."""
        kinds = set(self.condition)
        if len(kinds) == 1:
            return np.full(len(self), kinds.pop() in conditions)
        return np.array([c in conditions for c in self.condition], dtype=bool)

    @cached_property
    def role(self) -> dict[Role, npt.NDArray[np.bool_]]:
        """Which securities have each role, shapes (securities,)."""
        roles = [TYPES[k] for k in self.kind]
        return {role: np.array([r == role for r in roles]) for role in get_args(Role)}

    @cached_property
    def has(self) -> frozenset[str]:
        """What some of the securities have: most companies lack most of it, and are sooner done."""
        masks = {
            "withheld": self.withheld,
            "hurdle": self.hurdle,
            "diluted": self.diluted,
            "capped": self.capped,
            "preferred": self.role["preferred"],
            "exchange": self.role["convertible"] | self.role["preferred"],
        }
        return frozenset(name for name, mask in masks.items() if mask.any())

    @cached_property
    def included_count(self) -> Floats:
        """Millions of shares that may be included; of capacity pro rata, what is delivered."""
        held = np.asarray(self.count * self.included)
        if PRO_RATA not in self.condition:
            return held
        pro_rata = self.measures(PRO_RATA)
        whole = np.where(pro_rata, self.vests_at, 1.0)
        return held * np.minimum(np.where(pro_rata, self.measured, 1.0) / whole, 1.0)

    @cached_property
    def basic(self) -> Floats:
        """Common stock outstanding, millions of shares."""
        return np.where(self._of("common"), self.included_count, 0.0)

    @cached_property
    def outstanding(self) -> Floats:
        """All common stock outstanding, millions of shares."""
        return np.asarray(self.basic.sum(-1))

    @cached_property
    def hurdle(self) -> Floats:
        """Price at and above which each security counts, USD; by diluted value, infinite."""
        worth = np.asarray(self.vests_at / self.outstanding[..., None])
        if all(condition == "market value" for condition in self.condition):
            return worth
        reached = np.where((self.measured >= self.vests_at) | self.measures(PRO_RATA), 0.0, np.inf)
        is_price, is_stated = self.measures("price"), self.measures(*STATED)
        hurdle = np.where(is_price, self.vests_at, np.where(is_stated, reached, worth))
        return np.where(self.diluted, np.inf, hurdle)

    @cached_property
    def diluted(self) -> npt.NDArray[np.bool_]:
        """Which securities count by the diluted market value."""
        return self.measures("diluted market value")

    @cached_property
    def exchange(self) -> Floats:
        """Price from which each security is taken as shares, USD."""
        return np.where(self.role["option"], self.strike, self.repayment)

    @cached_property
    def capped(self) -> npt.NDArray[np.bool_]:
        """Which securities have a capped call."""
        return np.asarray(self.role["convertible"] & (self.cap > self.strike))

    @cached_property
    def owned(self) -> npt.NDArray[np.bool_]:
        """Which securities are shares at any price."""
        kept = self.role["preferred"] & (self.repayment == 0)
        return np.asarray(self.role["share"] | kept)


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
