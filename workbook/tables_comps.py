"""Tables of the comparables family: peers, and the ranges of a football field."""

from __future__ import annotations

import math
from typing import Annotated, Any, NamedTuple

from model.comps import Peers as ModelPeers
from workbook.arguments import Table, _numbers, columns, table, text

PEER_COLUMNS = (
    *("Market value", "Net debt", "EV", "Gross profit", "EBITDA", "Earnings"),
    *("Growth", "Margin"),
)


def peers(argument: str, value: Any) -> ModelPeers:
    """Read a table of comparable companies; an empty cell is a figure that is not known."""
    found = table(argument, value)
    column = columns(found, ["Company", "Revenue"], PEER_COLUMNS)
    figures = {
        name: _numbers(found, name, cells, None if name == "Revenue" else math.nan)
        for name, cells in column.items()
        if name != "Company"
    }
    return ModelPeers.of(_names(found, "Company", column["Company"]), figures)


class Ranges(NamedTuple):
    """Ranges of value by method."""

    method: list[str]
    low: list[float]
    high: list[float]
    middle: list[float] | None


def ranges(argument: str, value: Any) -> Ranges:
    """Read a table of ranges of value."""
    found = table(argument, value)
    column = columns(found, ["Method", "Low", "High"], ["Middle"])
    return Ranges(
        _names(found, "Method", column["Method"]),
        _numbers(found, "Low", column["Low"], None),
        _numbers(found, "High", column["High"], None),
        _numbers(found, "Middle", column["Middle"], math.nan) if "Middle" in column else None,
    )


def _names(found: Table, header: str, cells: list[Any]) -> list[str]:
    return [
        text(found.where(header, row), cell)
        for (row, _), cell in zip(found.rows, cells, strict=True)
    ]


Peers = Annotated[ModelPeers, peers]
RangesTable = Annotated[Ranges, ranges]
