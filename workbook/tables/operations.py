"""Tables of the operations family: revenue streams, costs, working capital and leases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple

from model.errors import Floats, InputError, shown
from model.operations.costs import Costs as ModelCosts
from model.operations.streams import Streams as ModelStreams
from model.operations.working_capital import DAYS, WorkingItems
from model.operations.working_capital import Leases as ModelLeases
from workbook.arguments import is_blank, number
from workbook.tables import table


def streams(argument: str, value: Any) -> ModelStreams:
    """Read a table of revenue streams."""
    optional = ["Growth years", "Terminal growth", "Target margin", "Margin years"]
    found = table(argument, value, ["Stream", "Revenue", "Growth", "Margin"], optional)
    return ModelStreams.of(
        found.names("Stream"),
        found.numbers("Revenue"),
        found.numbers("Growth"),
        found.numbers("Margin"),
        growth_years=found.stated("Growth years"),
        terminal_growth=found.stated("Terminal growth"),
        target_margin=found.stated("Target margin"),
        margin_years=found.stated("Margin years"),
    )


def costs(argument: str, value: Any) -> ModelCosts:
    """Read a table of operating costs."""
    optional = ["Share", "Amount", "Target share", "Years", "Growth"]
    found = table(argument, value, ["Cost"], [*optional, "SBC"])
    # A column without a single number is one that the table lacks.
    without = all(is_blank(cell) for _, cell in found.cells("SBC"))
    return ModelCosts.of(
        found.names("Cost"),
        share=found.stated("Share"),
        amount=found.stated("Amount"),
        target_share=found.stated("Target share"),
        years=found.stated("Years"),
        growth=found.stated("Growth"),
        sbc=[0.0] * len(found.rows) if without else found.filled("SBC", 0.0),
    )


class BridgeLines(NamedTuple):
    """Lines of a reconciliation, the first of them the figure that it starts from."""

    name: list[str]
    amount: list[float]


def bridge_lines(argument: str, value: Any) -> BridgeLines:
    """Read the lines of a reconciliation."""
    found = table(argument, value, ["Line", "Amount"], (), ["Running total"], ["Non-GAAP"])
    return BridgeLines(
        found.names("Line"),
        found.numbers("Amount"),
    )


def working_items(argument: str, value: Any) -> WorkingItems:
    """Read the items of working capital, each in days or as a share of its basis."""
    found = table(argument, value, ["Item", "Kind", "Opening"], ["Basis", "Days", "Share"])
    parts = []
    for (row, in_days), (_, as_share) in zip(
        found.cells("Days"), found.cells("Share"), strict=True
    ):
        if is_blank(in_days) == is_blank(as_share):
            raise InputError(argument, f"must have either Days or a Share in row {row}")
        if is_blank(as_share):
            parts.append(_at_least_zero(found.where("Days", row), in_days) / DAYS)
        else:
            parts.append(_at_least_zero(found.where("Share", row), as_share))
    return WorkingItems.of(
        found.names("Item"),
        found.texts("Kind"),
        found.numbers("Opening"),
        parts,
        found.texts("Basis", "revenue"),
    )


def leases(argument: str, value: Any) -> ModelLeases:
    """Read a table of signed leases."""
    found = table(argument, value, ["Lease", "Commitment", "Start", "Term"])
    return ModelLeases.of(
        found.names("Lease"),
        found.numbers("Commitment"),
        found.numbers("Start"),
        found.numbers("Term"),
    )


def with_results(
    argument: str, names: Sequence[str], values: Iterable[Floats], results: dict[str, Floats]
) -> dict[str, Floats]:
    """Put results below the lines that a table names; none may bear the name of a result."""
    taken = {result.casefold(): result for result in results}
    for name in names:
        if name.casefold() in taken:
            raise InputError(argument, f"must not hold {shown(name)}, the name of a result")
    return dict(zip(names, values, strict=True)) | results


def _at_least_zero(where: str, cell: Any) -> float:
    found = number(where, cell)
    if found < 0:
        raise InputError(where, f"must be at least 0, not {shown(found)}")
    return found


# Parameter types of the family's functions -------------------------------------------------------

Streams = Annotated[ModelStreams, streams]
Costs = Annotated[ModelCosts, costs]
Lines = Annotated[BridgeLines, bridge_lines]
Items = Annotated[WorkingItems, working_items]
Leases = Annotated[ModelLeases, leases]
