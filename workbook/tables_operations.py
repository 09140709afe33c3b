"""Tables of the operations family: revenue streams, costs, working capital and leases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple

from model.errors import Floats, InputError, shown
from model.operations import Costs as ModelCosts
from model.streams import Streams as ModelStreams
from model.working_capital import DAYS, WorkingItems
from model.working_capital import Leases as ModelLeases
from workbook.arguments import Table, _numbers, columns, is_blank, number, table, text


def streams(argument: str, value: Any) -> ModelStreams:
    """Read a table of revenue streams."""
    found = table(argument, value)
    optional = ["Growth years", "Terminal growth", "Target margin", "Margin years"]
    column = columns(found, ["Stream", "Revenue", "Growth", "Margin"], optional)
    return ModelStreams.of(
        _names(found, "Stream", column["Stream"]),
        _numbers(found, "Revenue", column["Revenue"], None),
        _numbers(found, "Growth", column["Growth"], None),
        _numbers(found, "Margin", column["Margin"], None),
        growth_years=_stated(found, "Growth years", column),
        terminal_growth=_stated(found, "Terminal growth", column),
        target_margin=_stated(found, "Target margin", column),
        margin_years=_stated(found, "Margin years", column),
    )


def costs(argument: str, value: Any) -> ModelCosts:
    """Read a table of operating costs."""
    found = table(argument, value)
    optional = ["Share", "Amount", "Target share", "Years", "Growth"]
    column = columns(found, ["Cost"], [*optional, "SBC"])
    return ModelCosts.of(
        _names(found, "Cost", column["Cost"]),
        share=_stated(found, "Share", column),
        amount=_stated(found, "Amount", column),
        target_share=_stated(found, "Target share", column),
        years=_stated(found, "Years", column),
        growth=_stated(found, "Growth", column),
        sbc=_numbers(found, "SBC", column.get("SBC", [None] * len(found.rows)), 0.0),
    )


class BridgeLines(NamedTuple):
    """Lines of a reconciliation, the first of them the figure that it starts from."""

    name: list[str]
    amount: list[float]


def bridge_lines(argument: str, value: Any) -> BridgeLines:
    """Read the lines of a reconciliation."""
    found = table(argument, value)
    column = columns(found, ["Line", "Amount"], [])
    return BridgeLines(
        _names(found, "Line", column["Line"]),
        _numbers(found, "Amount", column["Amount"], None),
    )


def working_items(argument: str, value: Any) -> WorkingItems:
    """Read the items of working capital, each in days or as a share of its basis."""
    found = table(argument, value)
    column = columns(found, ["Item", "Kind", "Opening"], ["Basis", "Days", "Share"])
    empty: list[Any] = [None] * len(found.rows)
    days, share = column.get("Days", empty), column.get("Share", empty)
    parts = []
    for (row, _), in_days, as_share in zip(found.rows, days, share, strict=True):
        if is_blank(in_days) == is_blank(as_share):
            raise InputError(argument, f"must have either Days or a Share in row {row}")
        if is_blank(as_share):
            parts.append(_at_least_zero(found.where("Days", row), in_days) / DAYS)
        else:
            parts.append(_at_least_zero(found.where("Share", row), as_share))
    return WorkingItems.of(
        _names(found, "Item", column["Item"]),
        _texts(found, "Kind", column["Kind"]),
        _numbers(found, "Opening", column["Opening"], None),
        parts,
        [
            "revenue" if is_blank(cell) else text(found.where("Basis", row), cell)
            for (row, _), cell in zip(found.rows, column.get("Basis", empty), strict=True)
        ],
    )


def leases(argument: str, value: Any) -> ModelLeases:
    """Read a table of signed leases."""
    found = table(argument, value)
    column = columns(found, ["Lease", "Commitment", "Start", "Term"], [])
    return ModelLeases.of(
        _names(found, "Lease", column["Lease"]),
        *(_numbers(found, c, column[c], None) for c in ("Commitment", "Start", "Term")),
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


def _texts(found: Table, name: str, cells: Sequence[Any]) -> list[str]:
    return [text(found.where(name, row), c) for (row, _), c in zip(found.rows, cells, strict=True)]


def _names(found: Table, name: str, cells: Sequence[Any]) -> list[str]:
    """Read names, each once: a line that is there twice is counted twice."""
    names = _texts(found, name, cells)
    seen: set[str] = set()
    for each in names:
        if each.casefold() in seen:
            raise InputError(
                f"{found.argument} {name}", f"must be there once, and {shown(each)} is there twice"
            )
        seen.add(each.casefold())
    return names


def _stated(found: Table, name: str, column: dict[str, list[Any]]) -> list[float] | None:
    """Read a column that may be left out, or left blank in some of the rows."""
    return _numbers(found, name, column[name], math.nan) if name in column else None


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
