"""Facts as sources state them: readings of one fact, of which the case takes one.

A fact that has several readings is stated once for each. Readings that differ by more than
rounding are in conflict, and the case must choose one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from model.case import derived
from model.case.parts import Row
from model.case.tables import AS_FILED, BACKLOG, MARKET_VALUE, RESTATED
from model.case.values import row_key
from model.errors import InputError, nearest, refuse, shown

if TYPE_CHECKING:
    from model.case.case import Case

#: Readings of one number differ by less, as a share of the larger: how many digits a source has
#: rounded to is not known.
ROUNDING = 0.005
#: Units of inputs that may stand for any.
ANY = ("number", "ratio", "one currency")
#: The unit in which amounts are compared with the case's own.
MONEY = "USD m"


@dataclass(frozen=True)
class Reading:
    """One reading of a fact."""

    path: str
    fact: str
    kind: str
    value: float
    unit: str
    chosen: bool
    input: str
    row: Row

    @property
    def group(self) -> tuple[str, str, date]:
        """What readings of one fact have in common; figures as filed and restated are one fact."""
        kind = AS_FILED if self.kind == RESTATED else self.kind
        return self.fact.casefold(), kind, self.row.as_of


def readings(case: Case) -> list[Reading]:
    """Return the readings of a case in the order of its table."""
    table = case.tables.get("facts")
    if table is None:
        return []
    found = []
    for key, row in table.rows.items():
        of: dict[str, Any] = dict(zip(map(row_key, table.fields), row.values, strict=True))
        of["chosen"] = of["chosen"] == 1
        found.append(Reading(path=f"tables.facts.{key}", row=row, **of))
    return found


def groups(case: Case) -> dict[tuple[str, str, date], list[Reading]]:
    """Return the readings of each fact."""
    found: dict[tuple[str, str, date], list[Reading]] = {}
    for reading in readings(case):
        found.setdefault(reading.group, []).append(reading)
    return found


def stands(reading: Reading, of_one: list[Reading]) -> bool:
    """Tell whether the case takes a reading: the chosen one, or each of those that agree."""
    return reading.chosen or not any(other.chosen for other in of_one)


def same(a: float, b: float) -> bool:
    """Tell whether two numbers differ by no more than rounding."""
    return abs(a - b) <= ROUNDING * max(abs(a), abs(b))


def inputs(case: Case) -> dict[str, tuple[float, str]]:
    """Return every number that a reading may be about, with its unit, by path."""
    found = {path: (figure.value, figure.unit) for path, figure in case.figures.items()
             if isinstance(figure.value, float)}  # fmt: skip
    for key, count in derived.counts(case).items():
        found.setdefault(f"securities.{key}.count", (count, "m shares"))
    for key, table in case.tables.items():
        for name, row in table.rows.items():
            for field, value in zip(table.fields.values(), row.values, strict=True):
                if isinstance(value, float) and key != "facts":
                    path = f"tables.{key}.{name}.{row_key(field.header)}"
                    found[path] = value, field.unit
    return found


def check(case: Case) -> None:
    """Refuse facts in conflict, readings in several units, and paths that name no number."""
    known = inputs(case) if "facts" in case.tables else {}
    refuse(error for of_one in groups(case).values() for error in _faults(case, of_one, known))


def _faults(
    case: Case, of_one: list[Reading], known: dict[str, tuple[float, str]]
) -> Iterator[InputError]:
    """Yield what is wrong with the readings of one fact: the first thing."""
    first = of_one[0]
    for reading in of_one:
        if reading.input and reading.input not in known:
            hint = nearest(reading.input, known, 0.8)
            problem = f"does not name a number of the case: {shown(reading.input)}{hint}"
            yield InputError(f"{reading.path}.input", problem)
            return
    units = {reading.unit: None for reading in of_one}
    paths = {reading.input: None for reading in of_one if reading.input}
    for name, stated in (("unit", [*units]), ("input", [*paths])):
        if len(stated) > 1:
            problem = f"must be the same in every reading of {shown(first.fact)}, not {stated[0]!r}"
            yield InputError(f"{first.path}.{name}", f"{problem} and {stated[1]!r}")
            return
    wanted = {path: known[path][1] for path in paths}
    if first.kind in (MARKET_VALUE, BACKLOG):
        wanted[f"a {first.kind}"] = MONEY
    for path, unit in wanted.items():
        if unit not in (*ANY, first.unit):
            problem = f"must be {unit!r}, the unit of {path}, not {first.unit!r}"
            yield InputError(f"{first.path}.unit", problem)
            return
    yield from _conflict(case, of_one)


def _conflict(case: Case, of_one: list[Reading]) -> Iterator[InputError]:
    """Yield the error of readings that differ of which none is chosen, or of several chosen."""
    first, chosen = of_one[0], [reading for reading in of_one if reading.chosen]
    if len(chosen) == 1 or (not chosen and all(same(a.value, b.value)
                                               for a in of_one for b in of_one)):  # fmt: skip
        return
    of = f"reading of {shown(first.fact)} on {first.row.as_of}"
    listed = "; ".join(
        f"{shown(r.value)} ({case.sources[r.row.source].title})" for r in chosen or of_one
    )
    problem = (
        f"must be the only {of} with chosen = 1, and {len(chosen)} are: {listed}"
        if chosen
        else f"or another {of} must have chosen = 1, because they differ: {listed}"
    )
    yield InputError((chosen or of_one)[0].path, problem)
