"""Tables of contracts, capacity, customers' warrants and filings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from model.errors import Floats
from model.rpo.capacity import Tranches as ModelTranches
from model.rpo.contracts import Contracts as ModelContracts
from model.rpo.customer_terms import WarrantTranches as ModelWarrant
from workbook.arguments import is_blank, whole
from workbook.tables import table


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


# Parameter types of the family's functions -------------------------------------------------------

Tranches = Annotated[TrancheTable, tranches]
Contracts = Annotated[ModelContracts, contracts]
Warrant = Annotated[ModelWarrant, warrant]
