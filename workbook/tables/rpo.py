"""Tables of contracts, capacity, customers' warrants and filings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import numpy as np

from model.calendar import months_between
from model.errors import Floats, InputError, shown
from model.rpo.capacity import Tranches as ModelTranches
from model.rpo.contracts import Contracts as ModelContracts
from model.rpo.customer_terms import WarrantTranches as ModelWarrant
from model.rpo.measures import Filings as ModelFilings
from model.rpo.schedule import Bands as ModelBands
from workbook.arguments import day, is_blank, number, whole
from workbook.tables import table
from workbook.tables.core import BandTable, bands_of


@dataclass(frozen=True)
class TrancheTable:
    """Tranches of capacity, and their prices where the table has any."""

    tranches: ModelTranches
    price: Floats | None


def tranches(argument: str, value: Any) -> TrancheTable:
    """Read a table of capacity tranches."""
    found = table(
        argument,
        value,
        ["Tranche", "MW", "Start", "Term"],
        ["Price", "Utilisation", "Ramp months"],
    )
    made = ModelTranches.of(
        found.names("Tranche"),
        found.numbers("MW"),
        found.wholes("Start"),
        found.wholes("Term"),
        found.filled("Utilisation", 1.0),
        found.filled("Ramp months", 0.0),
    )
    return TrancheTable(made, np.array(found.numbers("Price")) if "Price" in found else None)


def contracts(argument: str, value: Any) -> ModelContracts:
    """Read a table of contracts."""
    found = table(
        argument,
        value,
        ["Customer", "Value", "Start", "Term"],
        [
            *("Shape", "Delay", "Probability", "Default intensity", "Recovery"),
            *("Renewal", "Renewal term"),
        ],
    )
    term = found.wholes("Term")
    return ModelContracts.of(
        found.texts("Customer"),
        found.numbers("Value"),
        found.wholes("Start"),
        term,
        shape=found.texts("Shape", "flat"),
        delay=found.filled("Delay", 0.0),
        probability=found.filled("Probability", 1.0),
        intensity=found.filled("Default intensity", 0.0),
        recovery=found.filled("Recovery", 0.0),
        renewal=found.filled("Renewal", 0.0),
        renewal_term=[
            months if is_blank(cell) else whole(found.where("Renewal term", row), cell)
            for (row, cell), months in zip(found.cells("Renewal term"), term, strict=True)
        ],
    )


def warrant(argument: str, value: Any) -> ModelWarrant:
    """Read a table of the tranches of a customer's warrant."""
    found = table(argument, value, ["Tranche", "Shares", "Fair value"], ["Vest month", "Included"])
    return ModelWarrant.of(
        found.names("Tranche"),
        found.numbers("Shares"),
        found.numbers("Fair value"),
        [
            None if is_blank(cell) else whole(found.where("Vest month", row), cell)
            for row, cell in found.cells("Vest month")
        ],
        found.filled("Included", 1.0),
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
    found = table(argument, value, ["Date", "Balance", "Recognised"])
    rows = sorted(
        (
            (at, held, row, out)
            for at, held, (row, out) in zip(
                found.read("Date", day),
                found.numbers("Balance"),
                found.cells("Recognised"),
                strict=True,
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
    found = table(argument, value, ["Date", "From month", "To month"], ["Share", "Amount"])
    at = found.read("Date", day)
    return {
        each: bands_of(
            found.part(
                f"{argument} of {shown(each)}", [i for i, its in enumerate(at) if its == each]
            )
        )
        for each in sorted(set(at))
    }


# Parameter types of the family's functions -------------------------------------------------------

Tranches = Annotated[TrancheTable, tranches]
Contracts = Annotated[ModelContracts, contracts]
Warrant = Annotated[ModelWarrant, warrant]
Filings = Annotated[FilingTable, filings]
DatedBands = Annotated[dict[date, BandTable], dated_bands]
