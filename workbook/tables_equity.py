"""Tables of the equity family: prices, warrants, options, classes of shares, headlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple

import numpy as np

from model.eps import Potential
from model.errors import Floats, InputError, one_of, shown
from model.option_value import Options
from model.vesting import CONDITIONS
from model.vesting import Tranches as VestingTranches
from workbook.arguments import Table, _numbers, columns, is_blank, table, text
from workbook.tables_rpo import day


class PricePoints(NamedTuple):
    """Prices with the events at which they stood."""

    at: list[str]
    price: Floats


def price_points(argument: str, value: Any) -> PricePoints:
    """Read a table of prices."""
    found = table(argument, value)
    column = columns(found, ["At", "Price"], [])
    price = _numbers(found, "Price", column["Price"], None)
    return PricePoints(_texts(found, "At", column["At"]), np.array(price))


def vesting_tranches(argument: str, value: Any) -> VestingTranches:
    """Read a table of warrant tranches and the conditions by which they vest."""
    found = table(argument, value)
    column = columns(found, ["Tranche", "Count", "Condition", "Threshold"], ["Full at"])
    conditions = [
        one_of(found.where("Condition", row), cell, CONDITIONS)
        for (row, _), cell in zip(found.rows, column["Condition"], strict=True)
    ]
    cells = list(column["Threshold"])
    for i, ((row, _), condition) in enumerate(zip(found.rows, conditions, strict=True)):
        if condition == "date":
            cells[i] = float(day(found.where("Threshold", row), cells[i]).toordinal())
        elif condition == "none" and is_blank(cells[i]):
            cells[i] = 0.0
    thresholds = _numbers(found, "Threshold", cells, None)
    full = list(column.get("Full at", [None] * len(cells)))
    full = [t if is_blank(f) else f for f, t in zip(full, thresholds, strict=True)]
    return VestingTranches.of(
        _texts(found, "Tranche", column["Tranche"]),
        conditions,
        _numbers(found, "Count", column["Count"], None),
        thresholds,
        _numbers(found, "Full at", full, None),
    )


def option_tranches(argument: str, value: Any) -> Options:
    """Read a table of options and warrants."""
    found = table(argument, value)
    column = columns(found, ["Tranche", "Count", "Strike", "Years"], ["Type"])
    kinds = column.get("Type", [None] * len(found.rows))
    return Options.of(
        _texts(found, "Tranche", column["Tranche"]),
        _numbers(found, "Count", column["Count"], None),
        _numbers(found, "Strike", column["Strike"], None),
        _numbers(found, "Years", column["Years"], None),
        _texts(found, "Type", ["option" if is_blank(kind) else kind for kind in kinds]),
    )


def potential_shares(argument: str, value: Any) -> Potential:
    """Read a table of what may become common shares."""
    found = table(argument, value)
    column = columns(found, ["Security", "Type", "Count"], ["Strike", "Income"])
    empty: list[Any] = [None] * len(found.rows)
    return Potential.of(
        _texts(found, "Security", column["Security"]),
        _texts(found, "Type", column["Type"]),
        _numbers(found, "Count", column["Count"], None),
        _numbers(found, "Strike", column.get("Strike", empty), 0.0),
        _numbers(found, "Income", column.get("Income", empty), 0.0),
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
    found = table(argument, value)
    column = columns(found, ["Class", "Before", "Issued", "Votes"], ["Transferred"])
    empty: list[Any] = [None] * len(found.rows)
    return ShareClasses(
        _texts(found, "Class", column["Class"]),
        np.array(_numbers(found, "Before", column["Before"], 0.0)),
        np.array(_numbers(found, "Issued", column["Issued"], 0.0)),
        np.array(_numbers(found, "Votes", column["Votes"], None)),
        np.array(_numbers(found, "Transferred", column.get("Transferred", empty), 0.0)),
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
    found = table(argument, value)
    column = columns(found, ["Headline", "Value"], ["Price"])
    prices = column.get("Price", [None] * len(found.rows))
    return HeadlineTable(
        _texts(found, "Headline", column["Headline"]),
        np.array(_numbers(found, "Value", column["Value"], None)),
        np.array(_numbers(found, "Price", prices, np.nan)),
    )


class ShareCounts(NamedTuple):
    """Share counts that are known by name."""

    name: list[str]
    shares: list[float]


def share_counts(argument: str, value: Any) -> ShareCounts:
    """Read a table of share counts."""
    found = table(argument, value)
    column = columns(found, ["Count", "Shares"], [])
    names = _texts(found, "Count", column["Count"])
    folded = [name.casefold() for name in names]
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise InputError(
                f"{argument} Count", f"must be there once, and {shown(name)} is there twice"
            )
    return ShareCounts(names, _numbers(found, "Shares", column["Shares"], None))


def _texts(found: Table, name: str, cells: Sequence[Any]) -> list[str]:
    return [text(found.where(name, row), c) for (row, _), c in zip(found.rows, cells, strict=True)]


# Parameter types of the family's functions -------------------------------------------------------

Day = Annotated[date, day]
Prices = Annotated[PricePoints, price_points]
Conditions = Annotated[VestingTranches, vesting_tranches]
OptionTable = Annotated[Options, option_tranches]
PotentialShares = Annotated[Potential, potential_shares]
Classes = Annotated[ShareClasses, share_classes]
Headlines = Annotated[HeadlineTable, headlines]
Counts = Annotated[ShareCounts, share_counts]
