"""Reading of tables: a range with its header row, read column by column.

Columns are found by header, in any order and case. Special tables are read in the modules of this
package; how any table is read, and refused, is defined here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar

import numpy as np

from model.dilution.securities import Securities
from model.dilution.vesting import Tranches
from model.errors import InputError, nearest, shown
from model.fields import NOTHING, Field
from model.plain import TAIL, is_blank
from model.tables import Rows
from model.tables import Table as Declared
from workbook.arguments import ERROR_CELLS, day, described, number, text, whole

T = TypeVar("T")
#: The types of numbers as hosts pass them; booleans are not numbers.
_PLAIN = (float, int)
#: As many headers are listed where another one is refused.
MANY = 12


class Grid(NamedTuple):
    """A range with its header row, with any headers; `folded` ignores their case."""

    argument: str
    headers: list[Any]
    folded: list[Any]
    rows: list[tuple[int, list[Any]]]

    def where(self, header: str, row: int) -> str:
        """Give the location of a cell; row 1 is the header."""
        return f"{self.argument} {header} (row {row})"


@dataclass(frozen=True)
class Table:
    """A range with known headers: its columns by their proper names."""

    argument: str
    rows: list[int]
    columns: dict[str, list[Any]]

    def where(self, header: str, row: int) -> str:
        """Give the location of a cell; row 1 is the header."""
        return f"{self.argument} {header} (row {row})"

    def __contains__(self, header: str) -> bool:
        return header in self.columns

    def cells(self, header: str) -> list[tuple[int, Any]]:
        """Return a column's cells with their rows; blank ones if the table lacks it."""
        return list(zip(self.rows, self._column(header), strict=True))

    def read(self, header: str, reader: Callable[[str, Any], T], blank: T | None = None) -> list[T]:
        """Read a column; a blank cell is refused, or means a default."""
        return [
            blank if blank is not None and is_blank(cell) else reader(self.where(header, row), cell)
            for row, cell in self.cells(header)
        ]

    def numbers(self, header: str, blank: float | None = None) -> list[float]:
        """Read a column of numbers; a blank cell is refused, or means a default."""
        cells = self._column(header)
        if blank is not None:
            cells = [blank if cell is None else cell for cell in cells]
        if all(type(cell) in _PLAIN and math.isfinite(cell) for cell in cells):
            # The usual case, without preparing locations for messages.
            return [float(cell) for cell in cells]
        return self.read(header, number, blank)

    def stated(self, header: str) -> list[float] | None:
        """Read a column of numbers that may be left out, or left blank (NaN) in some rows."""
        return self.numbers(header, math.nan) if header in self else None

    def filled(
        self, header: str, neutral: float, asked: Sequence[bool] | None = None
    ) -> list[float]:
        """Read a column of numbers that may be left out, but only for all rows.

        A blank cell may have been cleared: it is refused rather than read as the number without
        effect, which is used for the entire column if the table lacks it.

        Parameters
        ----------
        header : str
            Name of the column.
        neutral : float
            The number that has no effect.
        asked : sequence of bool, optional
            Which rows must have a number; all if omitted. In others a blank is the neutral one.
        """
        if header in self:
            for place, (row, cell) in enumerate(self.cells(header)):
                if is_blank(cell) and (asked is None or asked[place]):
                    raise InputError(
                        self.where(header, row),
                        f"must be typed ({shown(neutral)} for no effect), not left blank",
                    )
        return self.numbers(header, neutral)

    def wholes(self, header: str) -> list[int]:
        """Read a column of whole numbers."""
        cells = self._column(header)
        if all(type(cell) in _PLAIN and cell % 1 == 0 and abs(cell) < 2**53 for cell in cells):
            return [int(cell) for cell in cells]
        return self.read(header, whole)

    def texts(self, header: str, blank: str | None = None) -> list[str]:
        """Read a column of texts; a blank cell is refused, or means a default."""
        cells = [cell if type(cell) is str else "" for cell in self._column(header)]
        stated = all(cell and cell == cell.strip() for cell in cells) and (
            blank is None or not any(map(is_blank, cells))
        )
        return cells if stated else self.read(header, text, blank)

    def part(self, argument: str, places: Sequence[int]) -> Table:
        """Take some of the rows, by position, as a table of another name."""
        return Table(
            argument,
            [self.rows[i] for i in places],
            {header: [cells[i] for i in places] for header, cells in self.columns.items()},
        )

    def names(self, header: str) -> list[str]:
        """Read a column of unique names: a repeated one would be counted twice."""
        found = self.texts(header)
        self._refuse_twice(header, found)
        return found

    def keys(self, header: str) -> list[str]:
        """Read known names: in any case, with spaces or underscores, each once."""
        found = [key(name) for name in self.texts(header)]
        self._refuse_twice(header, found)
        return found

    def _column(self, header: str) -> list[Any]:
        found = self.columns.get(header)
        return [None] * len(self.rows) if found is None else found

    def _refuse_twice(self, header: str, names: list[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if name.casefold() in seen:
                raise InputError(
                    f"{self.argument} {header}",
                    f"must be unique, but {shown(name)} appears twice",
                )
            seen.add(name.casefold())


def table(
    argument: str,
    value: Any,
    required: Sequence[str],
    optional: Sequence[str] = (),
    results: Sequence[str] = (),
    totals: Sequence[str] = (),
) -> Table:
    """Read a range as a table, refusing headers that are missing or unknown.

    A function's result may be passed on to another one: `results` are its columns that are only
    for readers and, if one of them is present, `totals` its rows.
    """
    found = value if isinstance(value, Grid) else grid(argument, value)
    known = [*required, *optional]
    proper = {name.casefold(): name for name in known}
    shown_only = {name.casefold() for name in results}
    rows = found.rows
    place: dict[str, int] = {}
    for j, folded in enumerate(found.folded):
        name = proper.get(folded)
        if name is None and folded in shown_only:
            if totals:
                rows = [r for r in rows if not (isinstance(r[1][0], str) and r[1][0] in totals)]
            continue
        if name is None:
            header, listed = found.headers[j], ", ".join(known[:MANY])
            # A cell shows 255 characters of a sentence.
            more = f"{listed} and {len(known) - MANY} others" if len(known) > MANY else listed
            raise InputError(
                argument,
                f"must have the headers {more} only, not {shown(header)}"
                f"{nearest(str(header), known)}",
            )
        place[name] = j
    missing = [name for name in required if name not in place]
    if missing:
        raise InputError(
            argument,
            f"must have the headers {', '.join(required)}, but {', '.join(missing)} is missing",
        )
    return Table(
        argument,
        [row for row, _ in rows],
        {name: [cells[j] for _, cells in rows] for name, j in place.items()},
    )


def grid(argument: str, value: Any) -> Grid:
    """Read a range: a header row and at least one row that is not blank.

    Blank rows, and columns without a single value, are left out.
    """
    if not isinstance(value, list) or not value:
        raise InputError(argument, f"must be a table with a header row, not {described(value)}")
    if not any(isinstance(row, list) for row in value):
        # A single row, as some hosts pass it.
        value = [value]
    if not all(isinstance(row, list) for row in value):
        raise InputError(argument, "must be a table with a header row and rows below it")
    width = len(value[0])
    for i, row in enumerate(value, 1):
        if len(row) != width:
            raise InputError(
                argument, f"must have {width} cells in every row, but row {i} has {len(row)}"
            )
        for cell in row:
            if type(cell) is str and cell in ERROR_CELLS:
                problem = f"must be free of errors, but holds {described(cell)}"
                raise InputError(f"{argument} (row {i})", problem)
    body = [(i, row) for i, row in enumerate(value[1:], 2) if not all(map(is_blank, row))]
    if not body:
        raise InputError(argument, "must have at least one row below its header row")
    bare = [j for j, header in enumerate(value[0]) if is_blank(header)]
    if any(not is_blank(row[j]) for j in bare for _, row in body):
        raise InputError(argument, "must have a header above every column that is in use")
    headers = value[0]
    if bare:
        used = [j for j in range(width) if j not in bare]
        headers = [headers[j] for j in used]
        body = [(i, [row[j] for j in used]) for i, row in body]
    return Grid(argument, headers, _folded(argument, headers), body)


def _folded(argument: str, headers: list[Any]) -> list[Any]:
    """Fold the headers' case; refuse unreadable or repeated ones."""
    folded: dict[Any, None] = {}
    for header in headers:
        finite = isinstance(header, int | float) and math.isfinite(header)
        if not finite and not isinstance(header, str | date):
            raise InputError(argument, f"must have readable headers, not {described(header)}")
        name = header.strip().casefold() if isinstance(header, str) else header
        if name in folded:
            raise InputError(
                argument, f"must have each header once, but {shown(header)} appears twice"
            )
        folded[name] = None
    return list(folded)


def heading(header: Any) -> Any:
    """Give a year column's header as a cell shows it: 2026 rather than 2026.0."""
    return int(header) if isinstance(header, float) and header.is_integer() else header


def key(name: str) -> str:
    """Spell a known name as the model does.

    Examples
    --------
    >>> key("Operating margin")
    'operating_margin'
    """
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def headers(cls: type[Declared]) -> str:
    """List the headers of a declared table and, if its rows have names, the rows."""
    needed, others = _names(cls.declared.values())
    if not issubclass(cls, Rows):
        return f"Headers: {needed}{f'; optional: {others}' if others else ''}."
    further = ", ".join(f.header for f in cls.further.values())
    rows = f"{needed}; optional: {others}" if needed else others
    return f"Headers: {cls.heading}, Value; optional: {further}. Rows: {rows}."


def _names(declared: Iterable[Field]) -> tuple[str, str]:
    """List required names, and optional ones."""
    every = list(declared)
    return (
        ", ".join(f.header for f in every if f.required),
        ", ".join(f.header for f in every if not f.required),
    )


def read(cls: type[Declared], argument: str, value: Any, **more: Any) -> Any:
    """Read a range as a declared table; `more` is anything beyond its declared columns."""
    if isinstance(value, cls):
        return value
    if issubclass(cls, Rows):
        return _rows(cls, argument, value)
    declared = cls.declared
    found = _found(
        cls,
        argument,
        value,
        [f.header for f in declared.values() if f.required],
        [f.header for f in declared.values() if not f.required],
    )
    return cls(**columns(cls, found), **more)


def columns(cls: type[Declared], found: Table) -> dict[str, Any]:
    """Read the columns that a table states, and those that it must have."""
    return {
        name: _OWN.get((cls, name), _column)(found, f)
        for name, f in cls.declared.items()
        if f.required or f.header in found
    }


def _thresholds(found: Table, f: Field) -> Any:
    """Read what a condition compares: by the condition of its row, a day or a number."""
    if "Condition" not in found:
        return _column(found, f)
    thresholds = []
    for (row, cell), condition in zip(
        found.cells(f.header), found.texts("Condition", ""), strict=True
    ):
        where = found.where(f.header, row)
        if condition.casefold() == "date":
            thresholds.append(float(day(where, cell).toordinal()))
        else:
            thresholds.append(math.nan if is_blank(cell) else number(where, cell))
    return thresholds


#: Columns whose contents do not follow from the declaration alone.
_OWN: dict[tuple[type[Declared], str], Callable[[Table, Field], Any]] = {
    (Tranches, "threshold"): _thresholds,
    (Securities, "vests_at"): _thresholds,
    (Securities, "measured"): _thresholds,
}


def in_use(cls: type[Declared], value: Any) -> list[bool]:
    """Tell which rows below the header of a table state something.

    Those below a table in entire columns are not rows of it.
    """
    if type(value) is not list or not all(type(row) is list for row in value):
        return []
    headers = [header.strip().casefold() if type(header) is str else header for header in value[0]]
    neutral = _neutral(cls)
    found = [_states(headers, row, neutral) for row in value[1:]]
    last = next((i for i in range(len(found), 0, -1) if found[i - 1]), 0)
    return found[:last] if len(found) - last >= TAIL else found


def _states(headers: list[Any], row: list[Any], neutral: Mapping[str, Any]) -> bool:
    """Tell whether a row holds more than what stands for figures that nobody states."""
    return any(
        not is_blank(cell)
        and not (isinstance(cell, str | float | int) and cell == neutral.get(header))
        for header, cell in zip(headers, row, strict=True)
    )


def _neutral(cls: type[Declared]) -> dict[str, Any]:
    """Return what stands in each column of a table for a figure that nobody states."""
    return {f.header.casefold(): f.default or 0 for f in cls.declared.values() if not f.required}


def _found(
    cls: type[Declared], argument: str, value: Any, required: list[str], optional: list[str]
) -> Table:
    """Read the columns of a declared table, ignoring those that are only results."""
    known = {*required, *optional}
    found = value if isinstance(value, Grid) else grid(argument, value)
    neutral = _neutral(cls)
    stating = [row for row in found.rows if _states(found.folded, row[1], neutral)]
    return table(
        argument,
        # A table of nothing but defaults is refused for what its first row lacks.
        found._replace(rows=stating or found.rows[:1]),
        required,
        optional,
        [f.header for r in cls.results for f in r.declared.values() if f.header not in known],
        [label for r in cls.results for label in r.totals],
    )


def _rows(cls: type[Rows], argument: str, value: Any) -> Any:
    """Read a table with named rows, in any order; a blank is NaN, and left out."""
    further = cls.further
    found = _found(
        cls, argument, value, [cls.heading, "Value"], [f.header for f in further.values()]
    )
    names = found.keys(cls.heading)
    for name, typed in zip(names, found.texts(cls.heading), strict=True):
        if name not in cls.declared:
            raise cls.unknown(typed)
    stated = {
        column: {
            name: number
            for name, number in zip(names, found.numbers(f.header, math.nan), strict=True)
            if not math.isnan(number)
        }
        for column, f in further.items()
    }
    return cls.of(dict(zip(names, found.numbers("Value", math.nan), strict=True)), **stated)


def _column(found: Table, f: Field) -> Any:
    if f.kind in ("text", "choice"):
        return found.texts(f.header, None if f.blank is NOTHING else f.blank)
    if f.kind == "date":
        return np.array(found.read(f.header, day), dtype="datetime64[D]")
    if f.blank is not NOTHING:
        return found.numbers(f.header, math.nan)
    if not f.required:
        return found.filled(f.header, f.default)
    return found.wholes(f.header) if f.kind == "whole" else found.numbers(f.header)
