"""Tables of the equity family: prices, warrants, options, classes of shares, headlines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple

import numpy as np

from model.dilution.eps import Potential
from model.dilution.option_value import NONE, Options
from model.dilution.vesting import CONDITIONS
from model.dilution.vesting import Tranches as VestingTranches
from model.errors import Floats, InputError, nearest, one_of, shown
from workbook.arguments import day, is_blank, line, number
from workbook.tables import read, table

#: What the reconciliation of headlines puts next to what it reads.
_RECONCILED = (
    *("Implied shares", "Nearest", "Nearest shares", "Gap in shares", "Gap in value", "Gap"),
    *("Price that fits", "Finding"),
)


def vesting_tranches(argument: str, value: Any) -> VestingTranches:
    """Read a table of warrant tranches and the conditions by which they vest."""
    found = table(argument, value, ["Tranche", "Count", "Condition", "Threshold"], ["Full at"])
    conditions = [
        one_of(found.where("Condition", row), cell, CONDITIONS)
        for row, cell in found.cells("Condition")
    ]
    thresholds = [
        _threshold(found.where("Threshold", row), condition, cell)
        for (row, cell), condition in zip(found.cells("Threshold"), conditions, strict=True)
    ]
    # Deliveries that would vest at once, were the cell blank, must say so by their threshold.
    full = [
        threshold
        if is_blank(cell) and not (condition == "delivered" and "Full at" in found)
        else number(found.where("Full at", row), cell)
        for (row, cell), condition, threshold in zip(
            found.cells("Full at"), conditions, thresholds, strict=True
        )
    ]
    return VestingTranches.of(
        found.texts("Tranche"),
        conditions,
        found.numbers("Count"),
        thresholds,
        full,
    )


def _threshold(where: str, condition: str, cell: Any) -> float:
    """Read what a condition asks for: a day for a date, and nothing for none."""
    if condition == "date":
        return float(day(where, cell).toordinal())
    return 0.0 if condition == "none" and is_blank(cell) else number(where, cell)


def option_tranches(argument: str, value: Any) -> Options:
    """Read a table of options and warrants."""
    found = table(argument, value, ["Tranche", "Count", "Strike", "Years"], ["Type"])
    kinds = found.texts("Type", "option")
    # What is no option has no strike and no life either.
    strike, years = (
        [
            0.0 if kind == NONE and is_blank(cell) else number(found.where(header, row), cell)
            for (row, cell), kind in zip(found.cells(header), kinds, strict=True)
        ]
        for header in ("Strike", "Years")
    )
    return Options.of(found.texts("Tranche"), found.numbers("Count"), strike, years, kinds)


class LifeTable(NamedTuple):
    """Lives of securities: one for all, one for each in their order, or by name; blank is NaN."""

    years: Floats
    name: list[str] | None = None

    def of(self, securities: Sequence[str]) -> Floats:
        """Give each security its life; one that a table of names lacks has none."""
        count = len(securities)
        if self.name is None:
            if self.years.ndim and self.years.size != count:
                raise InputError(
                    "years",
                    f"must be one number or {count}, one for each security, not {self.years.size}",
                )
            return np.broadcast_to(self.years, count)
        known = dict(zip((name.casefold() for name in self.name), self.years, strict=True))
        names = [name.casefold() for name in securities]
        for name, folded in zip(self.name, known, strict=True):
            if folded not in names:
                raise InputError(
                    "years Security",
                    f"must be one of securities, not {shown(name)}{nearest(name, securities)}",
                )
            if names.count(folded) > 1:
                raise InputError(
                    "years Security", f"must name one of securities, and {shown(name)} is two"
                )
        return np.array([known.get(name, math.nan) for name in names])


def lives(argument: str, value: Any) -> LifeTable:
    """Read one life, a row or column of them, or a table of them by the security's name."""
    if not isinstance(value, list | tuple | np.ndarray):
        return LifeTable(np.array(number(argument, value)))
    if isinstance(value, list | tuple) and len(value) > 1 and _has_names(value[0]):
        found = table(argument, value, ["Security", "Years"])
        return LifeTable(np.array(found.numbers("Years", math.nan)), found.names("Security"))
    cells = line(argument, value)
    return LifeTable(
        np.array([math.nan if is_blank(cell) else number(where, cell) for where, cell in cells])
    )


def _has_names(header: Any) -> bool:
    """Tell whether a range's first row is the header of a table."""
    return (
        isinstance(header, list | tuple)
        and len(header) > 1
        and any(isinstance(cell, str) and not is_blank(cell) for cell in header)
    )


def potential_shares(argument: str, value: Any) -> Potential:
    """Read a table of what may become common shares."""
    made: Potential = read(Potential, argument, value)
    return made


class ShareClasses(NamedTuple):
    """Classes of shares or groups of holders around an offer."""

    name: list[str]
    before: Floats
    issued: Floats
    votes: Floats
    transferred: Floats


def share_classes(argument: str, value: Any) -> ShareClasses:
    """Read a table of classes of shares."""
    found = table(argument, value, ["Class", "Before", "Issued", "Votes"], ["Transferred"])
    return ShareClasses(
        found.texts("Class"),
        np.array(found.numbers("Before")),
        # A blank is a class of which nothing is issued, as offers state it.
        np.array(found.numbers("Issued", 0.0)),
        np.array(found.numbers("Votes")),
        np.array(found.numbers("Transferred", 0.0)),
    )


class ReleaseTable(NamedTuple):
    """Releases from lock-up."""

    name: list[str]
    day: list[date]
    shares: Floats


def lock_up_releases(argument: str, value: Any) -> ReleaseTable:
    """Read a table of releases from lock-up."""
    found = table(argument, value, ["Release", "Date", "Shares"])
    return ReleaseTable(
        found.texts("Release"),
        found.read("Date", day),
        np.array(found.numbers("Shares")),
    )


class HeadlineTable(NamedTuple):
    """Quoted market values; a price that is not quoted is NaN until it is known."""

    headline: list[str]
    value: Floats
    price: Floats

    def at(self, price: float) -> Floats:
        """Prices of the headlines, with one for those that quote none."""
        return np.where(np.isnan(self.price), price, self.price)


def headlines(argument: str, value: Any) -> HeadlineTable:
    """Read a table of quoted market values."""
    found = table(argument, value, ["Headline", "Value"], ["Price"], _RECONCILED)
    return HeadlineTable(
        found.texts("Headline"),
        np.array(found.numbers("Value")),
        np.array(found.numbers("Price", np.nan)),
    )


class ShareCounts(NamedTuple):
    """Share counts that are known by name."""

    name: list[str]
    shares: list[float]


def share_counts(argument: str, value: Any) -> ShareCounts:
    """Read a table of share counts."""
    found = table(argument, value, ["Count", "Shares"])
    return ShareCounts(found.names("Count"), found.numbers("Shares"))


# Parameter types of the family's functions -------------------------------------------------------

Conditions = Annotated[VestingTranches, vesting_tranches]
OptionTable = Annotated[Options, option_tranches]
Lives = Annotated[LifeTable, lives]
PotentialShares = Annotated[Potential, potential_shares]
Classes = Annotated[ShareClasses, share_classes]
Releases = Annotated[ReleaseTable, lock_up_releases]
Headlines = Annotated[HeadlineTable, headlines]
Counts = Annotated[ShareCounts, share_counts]
