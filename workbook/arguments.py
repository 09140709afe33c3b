"""Cell values to typed arguments, and results to cells.

A cell holds a number, text, a date, a truth value or nothing; a range holds rows of cells, or
one flat list where it is a single row or column. Everything that a host may hand over is read
here and nowhere else, and every refusal names the argument.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, NamedTuple

import numpy as np

from model.dilution import Securities as ModelSecurities
from model.drivers import DRIVERS, Drivers
from model.errors import Floats, InputError, nearest, shown
from model.rpo import Bands as ModelBands

Cell = float | str | bool | date | None
Rows = list[list[Any]]

#: What the errors of a spreadsheet look like when a host hands them over as text.
ERROR_CELLS = frozenset(
    (
        *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"),
        *("#SPILL!", "#CONNECT!", "#BLOCKED!", "#UNKNOWN!", "#FIELD!", "#CALC!", "#BUSY!"),
    )
)


def is_blank(value: object) -> bool:
    """Tell whether a cell is empty; the empty text of a formula counts as empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def number(argument: str, value: Any) -> float:
    """Read a cell that must hold a finite number."""
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
        raise InputError(argument, f"must be a finite number, not {shown(float(value))}")
    raise InputError(argument, f"must be a number, not {_told(value)}")


def whole(argument: str, value: Any) -> int:
    """Read a cell that must hold a whole number."""
    found = number(argument, value)
    # From 2 ** 53 on, a float cannot tell a whole number from the next one.
    if found != int(found) or abs(found) >= 2**53:
        raise InputError(argument, f"must be a whole number, not {shown(found)}")
    return int(found)


def text(argument: str, value: Any) -> str:
    """Read a cell that must hold text."""
    if isinstance(value, str) and not is_blank(value) and value not in ERROR_CELLS:
        return value.strip()
    raise InputError(argument, f"must be text, not {_told(value)}")


def vector(argument: str, value: Any) -> Floats:
    """Read one number, or a single row or column of numbers, as a one-dimensional array."""
    if not isinstance(value, list | tuple | np.ndarray):
        return np.array([number(argument, value)])
    return np.array([number(where, c) for where, c in line(argument, value)])


def line(argument: str, value: Any) -> list[tuple[str, Any]]:
    """Return the cells of a single row or column, each with where it stands."""
    cells = list(value)
    if cells and all(isinstance(row, list | tuple | np.ndarray) for row in cells):
        if len(cells) == 1:
            cells = list(cells[0])
        elif all(len(row) == 1 for row in cells):
            cells = [row[0] for row in cells]
        else:
            raise InputError(
                argument,
                f"must be a single row or column, not {len(cells)} rows of {len(cells[0])} cells",
            )
    if not cells:
        raise InputError(argument, "must hold at least one value, and it is empty")
    return [(f"{argument} (place {i})", c) for i, c in enumerate(cells, 1)]


def one_or_many(argument: str, value: Any) -> Floats:
    """Read a number as a scalar array, and a row or column as `vector` does."""
    found = vector(argument, value)
    return found[0:1].reshape(()) if found.size == 1 else found


def _told(value: object) -> str:
    if is_blank(value):
        return "an empty cell"
    if isinstance(value, str) and value in ERROR_CELLS:
        return f"the error {value}"
    if isinstance(value, list | tuple):
        return "a range"
    if isinstance(value, date):
        return f"the date {value:%Y-%m-%d}"
    return shown(value)


# Tables ----------------------------------------------------------------------------------------


class Table(NamedTuple):
    """A range with its header row, found by header in any order and case."""

    argument: str
    headers: list[Any]
    rows: list[tuple[int, list[Any]]]

    def where(self, column: str, row: int) -> str:
        """Say where a cell of the table stands; row 1 is the header."""
        return f"{self.argument} {column} (row {row})"


def table(argument: str, value: Any) -> Table:
    """Read a range as a table: a header row and at least one row that is not blank."""
    if not isinstance(value, list | tuple) or len(value) == 0:
        raise InputError(argument, f"must be a table with a header row, not {_told(value)}")
    rows = [list(r) if isinstance(r, list | tuple) else None for r in value]
    if any(r is None for r in rows):
        raise InputError(argument, "must be a table with a header row and rows below it")
    grid = [r for r in rows if r is not None]
    width = len(grid[0])
    for i, row in enumerate(grid, 1):
        if len(row) != width:
            raise InputError(
                argument, f"must have {width} cells in every row, and row {i} has {len(row)}"
            )
        for cell in row:
            if isinstance(cell, str) and cell in ERROR_CELLS:
                raise InputError(argument, f"must be free of errors, and row {i} holds {cell}")
    body = [(i, r) for i, r in enumerate(grid[1:], 2) if not all(map(is_blank, r))]
    if not body:
        raise InputError(argument, "must have at least one row below its header row")
    used = [j for j in range(width) if not all(is_blank(r[j]) for r in grid)]
    headers = [grid[0][j] for j in used]
    if any(map(is_blank, headers)):
        raise InputError(argument, "must have a header above every column that is in use")
    seen: set[object] = set()
    for header in headers:
        if isinstance(header, float) and not math.isfinite(header):
            raise InputError(argument, f"must have readable headers, not {shown(header)}")
        key = _folded(header)
        if key in seen:
            raise InputError(
                argument, f"must have each header once, and {shown(header)} is there twice"
            )
        seen.add(key)
    return Table(argument, headers, [(i, [r[j] for j in used]) for i, r in body])


def columns(found: Table, required: Sequence[str], optional: Sequence[str]) -> dict[str, list[Any]]:
    """Return a table's columns under their proper names, refusing what is missing or unknown."""
    known = [*required, *optional]
    proper = {_folded(k): k for k in known}
    place: dict[str, int] = {}
    for j, header in enumerate(found.headers):
        name = proper.get(_folded(header))
        if name is None:
            hint = nearest(str(header), known)
            raise InputError(
                found.argument,
                f"must have the headers {', '.join(known)} only, not {shown(header)}{hint}",
            )
        place[name] = j
    missing = [name for name in required if name not in place]
    if missing:
        raise InputError(
            found.argument,
            f"must have the headers {', '.join(required)}, and {', '.join(missing)} is missing",
        )
    return {name: [row[j] for _, row in found.rows] for name, j in place.items()}


def _numbers(found: Table, name: str, cells: list[Any], blank: float | None) -> list[float]:
    """Read a column of numbers; a blank cell is refused, or stands for a value."""
    return [
        blank if blank is not None and is_blank(cell) else number(found.where(name, row), cell)
        for (row, _), cell in zip(found.rows, cells, strict=True)
    ]


def securities(argument: str, value: Any) -> ModelSecurities:
    """Read a table of securities."""
    found = table(argument, value)
    column = columns(
        found, ["Security", "Type", "Count", "Strike"], ["Included", "Withheld", "Vests at"]
    )
    empty = [None] * len(found.rows)
    at = [row for row, _ in found.rows]
    return ModelSecurities.of(
        [text(found.where("Security", i), c) for i, c in zip(at, column["Security"], strict=True)],
        [text(found.where("Type", i), c) for i, c in zip(at, column["Type"], strict=True)],
        _numbers(found, "Count", column["Count"], None),
        _numbers(found, "Strike", column["Strike"], 0.0),
        _numbers(found, "Included", column.get("Included", empty), 1.0),
        _numbers(found, "Withheld", column.get("Withheld", empty), 0.0),
        _numbers(found, "Vests at", column.get("Vests at", empty), 0.0),
    )


@dataclass(frozen=True)
class BandTable:
    """Bands as a table states them, until the balance is known."""

    first: list[int]
    last: list[int | None]
    share: list[float] | None
    amount: list[float] | None

    def of(self, balance: float) -> ModelBands:
        """Apply the bands to a balance."""
        return ModelBands.of(balance, self.first, self.last, share=self.share, amount=self.amount)


def bands(argument: str, value: Any) -> BandTable:
    """Read a table of recognition bands, in any order of rows."""
    found = table(argument, value)
    column = columns(found, ["From month", "To month"], ["Share", "Amount"])
    months = [
        (
            whole(found.where("From month", row), a),
            None if is_blank(b) else whole(found.where("To month", row), b),
        )
        for (row, _), a, b in zip(found.rows, column["From month"], column["To month"], strict=True)
    ]
    order = sorted(range(len(months)), key=lambda i: months[i][0])
    stated = {
        name: [_numbers(found, name, column[name], math.nan)[i] for i in order]
        for name in ("Share", "Amount")
        if name in column
    }
    return BandTable(
        [months[i][0] for i in order],
        [months[i][1] for i in order],
        stated.get("Share"),
        stated.get("Amount"),
    )


@dataclass(frozen=True)
class DriverTable:
    """Drivers as a table states them, with the headers of its forecast years."""

    values: dict[str, Any]
    years: list[Any] | None

    def of(self, contracted_revenue: Floats | None) -> tuple[Drivers, list[Any]]:
        """Check the drivers, and name the forecast years: by header, or 1, 2, 3 ..."""
        if self.years is not None:
            return Drivers.of(self.values, len(self.years)), self.years
        stated = "years" in self.values or contracted_revenue is None
        made = Drivers.of(self.values, None if stated else len(contracted_revenue))  # type: ignore[arg-type]
        return made, list(range(1, made.years + 1))


def drivers(argument: str, value: Any) -> DriverTable:
    """Read a table of drivers: a Value for all years, a column for each year, or both."""
    found = table(argument, value)
    heads = [_folded(h) for h in found.headers]
    if "driver" not in heads or len(heads) < 2:
        raise InputError(
            argument, "must have the header Driver, and Value or a column for each forecast year"
        )
    name_at = heads.index("driver")
    value_at = heads.index("value") if "value" in heads else None
    year_at = [j for j in range(len(heads)) if j not in (name_at, value_at)]
    years = [_year(found.headers[j]) for j in year_at]
    values: dict[str, Any] = {}
    for row, cells in found.rows:
        name = text(found.where("Driver", row), cells[name_at])
        name = name.casefold().replace(" ", "_").replace("-", "_")
        if name not in DRIVERS:
            raise InputError(
                argument,
                f"must hold known drivers only, not {name!r} in row {row}{nearest(name, DRIVERS)}",
            )
        if name in values:
            raise InputError(argument, f"must hold each driver once, and {name} is there twice")
        single = None if value_at is None else cells[value_at]
        values[name] = _driver_value(argument, name, single, [cells[j] for j in year_at], years)
    return DriverTable({k: v for k, v in values.items() if v is not None}, years or None)


def _driver_value(argument: str, name: str, single: Any, path: list[Any], years: list[Any]) -> Any:
    where = f"{argument} {name}"
    filled = [not is_blank(c) for c in path]
    if not is_blank(single):
        if any(filled):
            raise InputError(where, "must have a Value or one value for each year, not both")
        return _driver_cell(where, name, single)
    if not any(filled):
        return None
    if all(filled) and len(path) > 1:
        if DRIVERS[name].kind != "yearly":
            raise InputError(where, "must be a single value, not one for each year")
        return [_driver_cell(where, name, c) for c in path]
    if filled[0] and not any(filled[1:]):
        return _driver_cell(where, name, path[0])
    blank = next(y for y, f in zip(years, filled, strict=True) if not f)
    raise InputError(where, f"must have a value for every year, and {shown(blank)} is empty")


def _driver_cell(where: str, name: str, cell: Any) -> float | str:
    return text(where, cell) if DRIVERS[name].kind == "choice" else number(where, cell)


def _year(header: Any) -> Any:
    """Give a year column's header as a cell shows it: 2026 rather than 2026.0."""
    if isinstance(header, float) and header.is_integer():
        return int(header)
    return header


def _folded(header: Any) -> object:
    return header.strip().casefold() if isinstance(header, str) else header


# Parameter types of the catalogue's functions ----------------------------------------------------

Vector = Annotated[Floats, vector]
Rates = Annotated[Floats, one_or_many]
Securities = Annotated[ModelSecurities, securities]
Bands = Annotated[BandTable, bands]
DriversTable = Annotated[DriverTable, drivers]


# Results to cells -----------------------------------------------------------------------------


def listing(headers: Sequence[str], *rows: Iterable[Any]) -> Rows:
    """Make a list: a header row, and the rows below it."""
    return [list(headers), *([cell(v) for v in row] for row in rows)]


def schedule(title: str, periods: Iterable[Any], lines: Mapping[str, np.ndarray[Any, Any]]) -> Rows:
    """Make a schedule: the periods across, and each line's name in the first column."""
    rows = [[title, *periods]]
    for label, values in lines.items():
        if not np.isfinite(values).all():
            raise _undefined()
        rows.append([label, *values.tolist()])
    return rows


def cell(value: Any) -> Any:
    """Turn one value of a result into a cell: plain Python, and never a number that is none."""
    if isinstance(value, float | np.ndarray):
        plain = float(value)
        if not math.isfinite(plain):
            raise _undefined()
        return plain
    if isinstance(value, np.generic):
        return value.item()
    return "" if value is None else value


def _undefined() -> InputError:
    return InputError("the result", "is too large or not defined for these inputs", "#NUM!")
