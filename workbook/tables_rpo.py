"""Tables of contracts, capacity, customers' warrants and filings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import numpy as np

from model.capacity import Tranches as ModelTranches
from model.contracts import Contracts as ModelContracts
from model.customer_terms import WarrantTranches as ModelWarrant
from model.errors import Floats, InputError, shown
from model.periods import months_between
from model.rpo import Bands as ModelBands
from model.rpo_measures import Filings as ModelFilings
from workbook.arguments import (
    BandTable,
    Table,
    _numbers,
    bands,
    columns,
    is_blank,
    number,
    table,
    text,
    whole,
)

#: The day whose serial number is 0 in a spreadsheet, for dates from March 1900 on.
DAY_ZERO = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 61, 2_958_465


def day(argument: str, value: Any) -> date:
    """Read a cell that must hold a date: a date, or its serial number."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    serial = number(argument, value)
    if serial != int(serial) or not FIRST_SERIAL <= serial <= LAST_SERIAL:
        raise InputError(argument, f"must be a date, not {shown(serial)}")
    return DAY_ZERO + timedelta(days=int(serial))


@dataclass(frozen=True)
class TrancheTable:
    """Tranches of capacity, and their prices where the table has any."""

    tranches: ModelTranches
    price: Floats | None


def tranches(argument: str, value: Any) -> TrancheTable:
    """Read a table of capacity tranches."""
    found = table(argument, value)
    required = ["Tranche", "MW", "Start", "Term"]
    column = columns(found, required, ["Price", "Utilisation", "Ramp months"])
    made = ModelTranches.of(
        _names_once(found, "Tranche", column),
        _numbers(found, "MW", column["MW"], None),
        _wholes(found, "Start", column),
        _wholes(found, "Term", column),
        _or_default(found, "Utilisation", column, 1.0),
        _or_default(found, "Ramp months", column, 0.0),
    )
    price = _numbers(found, "Price", column["Price"], None) if "Price" in column else None
    return TrancheTable(made, None if price is None else np.array(price))


def contracts(argument: str, value: Any) -> ModelContracts:
    """Read a table of contracts."""
    found = table(argument, value)
    optional = ["Shape", "Delay", "Probability", "Default intensity", "Recovery"]
    column = columns(
        found, ["Customer", "Value", "Start", "Term"], [*optional, "Renewal", "Renewal term"]
    )
    term = _wholes(found, "Term", column)
    empty = [None] * len(found.rows)
    renewed = column.get("Renewal term", empty)
    return ModelContracts.of(
        _texts(found, "Customer", column),
        _numbers(found, "Value", column["Value"], None),
        _wholes(found, "Start", column),
        term,
        shape=[
            "flat" if is_blank(c) else text(found.where("Shape", row), c)
            for (row, _), c in zip(found.rows, column.get("Shape", empty), strict=True)
        ],
        delay=_or_default(found, "Delay", column, 0.0),
        probability=_or_default(found, "Probability", column, 1.0),
        intensity=_or_default(found, "Default intensity", column, 0.0),
        recovery=_or_default(found, "Recovery", column, 0.0),
        renewal=_or_default(found, "Renewal", column, 0.0),
        renewal_term=[
            months if is_blank(c) else whole(found.where("Renewal term", row), c)
            for (row, _), c, months in zip(found.rows, renewed, term, strict=True)
        ],
    )


def warrant(argument: str, value: Any) -> ModelWarrant:
    """Read a table of the tranches of a customer's warrant."""
    found = table(argument, value)
    column = columns(found, ["Tranche", "Shares", "Fair value"], ["Vest month", "Included"])
    vest = column.get("Vest month", [None] * len(found.rows))
    return ModelWarrant.of(
        _names_once(found, "Tranche", column),
        _numbers(found, "Shares", column["Shares"], None),
        _numbers(found, "Fair value", column["Fair value"], None),
        [
            None if is_blank(c) else whole(found.where("Vest month", row), c)
            for (row, _), c in zip(found.rows, vest, strict=True)
        ],
        _or_default(found, "Included", column, 1.0),
    )


@dataclass(frozen=True)
class FilingTable:
    """Filings in the order of their dates."""

    dates: list[date]
    made: ModelFilings

    def bands_by_month(self, disclosed: dict[date, BandTable]) -> dict[int, ModelBands]:
        """Apply disclosed bands to the balances of their dates, by months from the first."""
        unknown = sorted(set(disclosed) - set(self.dates))
        if unknown:
            raise InputError(
                "bands Date", f"must be one of the dates of filings, not {shown(unknown[0])}"
            )
        if self.dates[0] not in disclosed:
            raise InputError(
                "bands", f"must hold the bands of the first filing, {shown(self.dates[0])}"
            )
        return {
            month: disclosed[at].of(float(balance))
            for month, at, balance in zip(
                self.made.month, self.dates, self.made.balance, strict=True
            )
            if at in disclosed
        }


def filings(argument: str, value: Any) -> FilingTable:
    """Read a table of balances at successive dates, in any order of rows."""
    found = table(argument, value)
    column = columns(found, ["Date", "Balance", "Recognised"], [])
    rows = sorted(
        (
            (day(found.where("Date", row), at), number(found.where("Balance", row), held), row, out)
            for (row, _), at, held, out in zip(
                found.rows, column["Date"], column["Balance"], column["Recognised"], strict=True
            )
        ),
        key=lambda r: r[0],
    )
    first = rows[0]
    if not is_blank(first[3]):
        raise InputError(
            found.where("Recognised", first[2]),
            f"must be blank at the first date, not {shown(first[3])}",
        )
    return FilingTable(
        [r[0] for r in rows],
        ModelFilings.of(
            tuple(months_between(argument, first[0], r[0]) for r in rows),
            [r[1] for r in rows],
            [number(found.where("Recognised", r[2]), r[3]) for r in rows[1:]],
        ),
    )


def dated_bands(argument: str, value: Any) -> dict[date, BandTable]:
    """Read a table of recognition bands at several dates."""
    found = table(argument, value)
    column = columns(found, ["Date", "From month", "To month"], ["Share", "Amount"])
    at = [
        day(found.where("Date", row), c)
        for (row, _), c in zip(found.rows, column["Date"], strict=True)
    ]
    headers = [name for name in column if name != "Date"]
    return {
        each: bands(
            f"{argument} of {shown(each)}",
            [headers]
            + [[column[h][i] for h in headers] for i, its in enumerate(at) if its == each],
        )
        for each in sorted(set(at))
    }


def _texts(found: Table, name: str, column: dict[str, list[Any]]) -> list[str]:
    return [
        text(found.where(name, row), c)
        for (row, _), c in zip(found.rows, column[name], strict=True)
    ]


def _names_once(found: Table, name: str, column: dict[str, list[Any]]) -> list[str]:
    """Read names, each once: what is there twice is counted twice."""
    names = _texts(found, name, column)
    folded = [n.casefold() for n in names]
    for n in names:
        if folded.count(n.casefold()) > 1:
            raise InputError(
                f"{found.argument} {name}", f"must be there once, and {shown(n)} is there twice"
            )
    return names


def _wholes(found: Table, name: str, column: dict[str, list[Any]]) -> list[int]:
    return [
        whole(found.where(name, row), c)
        for (row, _), c in zip(found.rows, column[name], strict=True)
    ]


def _or_default(
    found: Table, name: str, column: dict[str, list[Any]], default: float
) -> list[float]:
    return _numbers(found, name, column.get(name, [None] * len(found.rows)), default)


# Parameter types of the family's functions -------------------------------------------------------

Tranches = Annotated[TrancheTable, tranches]
Contracts = Annotated[ModelContracts, contracts]
Warrant = Annotated[ModelWarrant, warrant]
Filings = Annotated[FilingTable, filings]
DatedBands = Annotated[dict[date, BandTable], dated_bands]
