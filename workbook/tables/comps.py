"""Tables of the comparables family: peers, and the ranges of a football field."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from model.comparables.multiples import Peers as ModelPeers
from workbook.tables import table

PEER_COLUMNS = (
    *("Market value", "Net debt", "EV", "Gross profit", "EBITDA", "Earnings"),
    *("Growth", "Margin"),
)


def peers(argument: str, value: Any) -> ModelPeers:
    """Read a table of comparable companies; an empty cell is a figure that is not known."""
    found = table(argument, value, ["Company", "Revenue"], PEER_COLUMNS)
    names = found.names("Company")
    known = ((name, found.stated(name)) for name in PEER_COLUMNS)
    figures = {name: figure for name, figure in known if figure is not None}
    return ModelPeers.of(names, {"Revenue": found.numbers("Revenue"), **figures})


class Ranges(NamedTuple):
    """Ranges of value by method."""

    method: list[str]
    low: list[float]
    high: list[float]
    middle: list[float] | None


def ranges(argument: str, value: Any) -> Ranges:
    """Read a table of ranges of value."""
    found = table(argument, value, ["Method", "Low", "High"], ["Middle"], ["Width", "Position"])
    return Ranges(
        found.texts("Method"),
        found.numbers("Low"),
        found.numbers("High"),
        found.stated("Middle"),
    )


Peers = Annotated[ModelPeers, peers]
RangesTable = Annotated[Ranges, ranges]
