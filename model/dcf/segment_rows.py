"""Which lines a company with segments has, and which of them bears what is built.

The lines are, in this order: each signed contract, the renewals of each, the further business of
each segment, plant for an entire segment, the company's costs one by one, and plant that all
segments share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.dcf.periods import joined
from model.dcf.segment import Segment
from model.dcf.segment_capital import vintages
from model.dcf.segment_contracts import Recognised
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, owners
from model.errors import Floats, InputError, nearest, shown

SIGNED, RENEWALS, FURTHER, PLANT, COST = (
    "signed contracts",
    "renewals",
    "further business",
    "plant",
    "company costs",
)
#: The end of lines without an end.
_NEVER = np.array(np.inf)


@dataclass(frozen=True)
class Row:
    """A line: what it is, of which segment (none for the company's), and of which contract."""

    name: str
    kind: str
    segment: int | None = None
    contract: int | None = None


@dataclass(frozen=True)
class Business:
    """A company's drivers, what becomes of its contracts, and the lines of its segments."""

    drivers: SegmentedDrivers
    made: Recognised | None
    rows: tuple[Row, ...]

    @property
    def owners(self) -> list[int]:
        """The place of the segment of each line."""
        return [row.segment for row in self.rows if row.segment is not None]

    @property
    def segments(self) -> list[Segment]:
        """The segment of each line."""
        return [self.drivers.segments[owner] for owner in self.owners]

    def place(self, kind: str, segment: int | None, contract: int | None = None) -> int | None:
        """Find a line, if there is one."""
        for i, row in enumerate(self.rows):
            if (row.kind, row.segment, row.contract) == (kind, segment, contract):
                return i
        return None

    def kinds(self, kind: str) -> list[int]:
        """Return the places of the lines of a kind."""
        return [i for i, row in enumerate(self.rows) if row.kind == kind]


def business(d: SegmentedDrivers, made: Recognised | None, plant: Plant | None) -> Business:
    """List the lines of the segments, and refuse a segment that earns nothing."""
    signed = () if made is None else tuple(zip(made.contracts.name, made.owner, strict=True))
    earning = {owner for _, owner in signed}
    for i, segment in enumerate(d.segments):
        if not segment.grows and i not in earning:
            named = () if made is None else [name for name in made.contracts.segment if name]
            raise InputError(
                f"drivers of {segment.called}",
                "must give revenue: contracts, revenue_growth, uncontracted_revenue or price"
                f"{nearest(segment.name, named)}",
                "missing",
            )
    rows = [Row(f"Contract {name}", SIGNED, owner, c) for c, (name, owner) in enumerate(signed)]
    if made is not None:
        rows += [
            Row(f"Renewals of {name}", RENEWALS, owner, c)
            for c, (name, owner) in enumerate(signed)
            if made.renews[c]
        ]
    rows += [Row(s.name, FURTHER, i) for i, s in enumerate(d.segments) if s.grows]
    served: set[int] = set()
    if plant is not None:
        of = _owners(d, plant)
        served = {s for s, contract in zip(of, plant.contract, strict=True) if not contract}
    for i, segment in enumerate(d.segments):
        if segment.capital_expenditure is not None or (i in served and not segment.grows):
            what = (
                "Plant" if segment.working_capital_change is None else "Plant and working capital"
            )
            rows.append(Row(f"{what} of {segment.name}", PLANT, i))
    return Business(d, made, tuple(rows))


def runs(rows: Sequence[Row]) -> tuple[tuple[int, ...], ...]:
    """Return the contracts that have a line, of each of the two kinds that come first."""
    signed, renewed = (
        tuple(row.contract for row in rows if row.kind == kind and row.contract is not None)
        for kind in (SIGNED, RENEWALS)
    )
    return (signed, renewed) if signed else ()


def _owners(d: SegmentedDrivers, plant: Plant) -> list[int]:
    return owners("plant Segment", plant.segment, tuple(s.name for s in d.segments))


def built(of: Business, plant: Plant | None) -> tuple[Floats, Floats, Floats]:
    """Megawatt-years in service, spending and depreciation of plant, (..., lines, columns)."""
    d, rows = of.drivers, of.rows
    assert d.years is not None  # The forecast guarantees it.
    owner = [] if plant is None else _owners(d, plant)
    _check_capital(d, set(owner))
    if plant is None:
        nothing = np.zeros((len(rows), d.years + 2))
        return nothing, nothing, nothing
    ends = []
    until, after = np.zeros((2, len(rows), len(plant)))
    for v, (segment, contract) in enumerate(zip(owner, plant.contract, strict=True)):
        first, second, end = _served(of, segment, contract)
        until[first, v] = after[second, v] = 1.0
        ends.append(end)
    early, late = vintages(d, plant, ends)
    kinds = np.array([row.kind for row in rows])

    def by_line(name: str) -> Floats:
        found = until @ getattr(early, name) + after @ getattr(late, name)
        # A renewal's terminal year is the next one; what grows carries the last one on.
        carried = found[..., -2] * (1 + np.asarray(d.terminal_growth)[..., None])
        last = np.where(kinds == RENEWALS, found[..., -1], np.where(kinds == SIGNED, 0.0, carried))
        return joined([found[..., :-1], last[..., None]], -1)

    return by_line("megawatts"), by_line("spending"), by_line("depreciation")


def _served(of: Business, segment: int, contract: str) -> tuple[int, int, Floats]:
    """Return the lines that bear a vintage until its contract ends and after it, and that end."""
    if not contract:
        line = of.place(FURTHER, segment)
        line = of.place(PLANT, segment) if line is None else line
        assert line is not None
        return line, line, _NEVER
    known = () if of.made is None else of.made.contracts.name
    place = next((c for c, name in enumerate(known) if name.casefold() == contract.casefold()), 0)
    first, second = of.place(SIGNED, segment, place), of.place(RENEWALS, segment, place)
    if first is None or of.made is None or known[place].casefold() != contract.casefold():
        owner = [] if of.made is None else of.made.owner
        own = [name for name, of_segment in zip(known, owner, strict=True) if of_segment == segment]
        raise InputError(
            "plant Contract",
            f"must be a contract of segment {of.drivers.segments[segment].called}, "
            f"not {shown(contract)}{nearest(contract, own)}",
        )
    return (first, first, _NEVER) if second is None else (first, second, of.made.ends[..., place])


def _check_capital(d: SegmentedDrivers, built_for: set[int]) -> None:
    """Refuse a segment whose capital is not stated, or is stated in two ways."""
    for i, segment in enumerate(d.segments):
        if segment.sales_to_capital is not None and i in built_for:
            raise InputError(
                f"sales_to_capital of {segment.called}",
                "must be left out where plant gives the capital of the segment",
            )
        ways = (segment.sales_to_capital, segment.capital_expenditure)
        if all(way is None for way in ways) and i not in built_for:
            raise InputError(
                f"drivers of {segment.called}",
                "must give capital: sales_to_capital, capital_expenditure with depreciation, or "
                "vintages of plant",
                "missing",
            )
        if i not in built_for and (segment.has_unit_costs or segment.price is not None):
            raise InputError(
                f"drivers of {segment.called}",
                "must have vintages of plant, to which its price and costs per megawatt apply",
                "missing",
            )
