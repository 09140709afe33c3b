"""Tables of the equity family: prices, warrants, options, classes of shares, headlines."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Any, NamedTuple

import numpy as np

from model.eps import Potential
from model.errors import Floats, one_of
from model.option_value import NONE, Options
from model.vesting import CONDITIONS
from model.vesting import Tranches as VestingTranches
from workbook.arguments import day, is_blank, line, number
from workbook.tables import table

#: What the ladder of dilution, and the reconciliation of headlines, put next to what they read.
_WAYS = ("Basic", "Treasury", "Gross")
_RECONCILED = (
    *("Implied shares", "Nearest", "Nearest shares", "Gap in shares", "Gap in value", "Gap"),
    *("Price that fits", "Finding"),
)


class PricePoints(NamedTuple):
    """Prices with the events at which they stood."""

    at: list[str]
    price: Floats


def price_points(argument: str, value: Any) -> PricePoints:
    """Read a table of prices."""
    results = [f"{way} {what}" for way in _WAYS for what in ("shares", "value")] + ["Dilution"]
    found = table(argument, value, ["At", "Price"], (), results)
    price = found.numbers("Price")
    return PricePoints(found.texts("At"), np.array(price))


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
    full = [
        threshold if is_blank(cell) else number(found.where("Full at", row), cell)
        for (row, cell), threshold in zip(found.cells("Full at"), thresholds, strict=True)
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
    # What is no option has no life either.
    years = [
        0.0 if kind == NONE and is_blank(cell) else number(found.where("Years", row), cell)
        for (row, cell), kind in zip(found.cells("Years"), kinds, strict=True)
    ]
    return Options.of(
        found.texts("Tranche"), found.numbers("Count"), found.numbers("Strike"), years, kinds
    )


def lives(argument: str, value: Any) -> Floats:
    """Read one life, or a row or column of them; those that are blank are NaN."""
    if not isinstance(value, list):
        return np.array(number(argument, value))
    cells = line(argument, value)
    return np.array([math.nan if is_blank(cell) else number(where, cell) for where, cell in cells])


def potential_shares(argument: str, value: Any) -> Potential:
    """Read a table of what may become common shares."""
    found = table(argument, value, ["Security", "Type", "Count"], ["Strike", "Income"])
    return Potential.of(
        found.texts("Security"),
        found.texts("Type"),
        found.numbers("Count"),
        found.numbers("Strike", 0.0),
        found.numbers("Income", 0.0),
    )


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
        np.array(found.numbers("Before", 0.0)),
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

Prices = Annotated[PricePoints, price_points]
Conditions = Annotated[VestingTranches, vesting_tranches]
OptionTable = Annotated[Options, option_tranches]
Lives = Annotated[Floats, lives]
PotentialShares = Annotated[Potential, potential_shares]
Classes = Annotated[ShareClasses, share_classes]
Releases = Annotated[ReleaseTable, lock_up_releases]
Headlines = Annotated[HeadlineTable, headlines]
Counts = Annotated[ShareCounts, share_counts]
