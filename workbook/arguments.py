"""Cell values to typed arguments, and results to cells.

A cell holds a number, text, a date, a boolean or nothing; a range holds rows of cells, or one
flat list if it is a single row or column: `model.plain` converts them. Everything that a host
may pass is read only here, and every error names the argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import chain, groupby, pairwise
from typing import Any, NamedTuple

import numpy as np

from model.calendar import in_order, year_of
from model.errors import Floats, InputError, one_of, shown
from model.fields import LARGEST_WHOLE, Field
from model.plain import FIRST_YEAR, TAIL, Headed, is_blank, one_line, reading
from model.tables import Grid, Line, Lines, Listing, Result, Schedule, Statement
from model.values import Dates
from model.values import day as checked_day

Rows = list[list[Any]]

#: The day whose serial number is 0 in a spreadsheet, and the serial numbers that are read:
#: before March 1900 Excel and Calc do not count alike, and after 9999 there are no dates.
DAY_ZERO = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 61, 2_958_465

#: Spreadsheet errors as text, as some hosts pass them.
ERROR_CELLS = frozenset(
    (
        *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"),
        *("#SPILL!", "#CONNECT!", "#BLOCKED!", "#UNKNOWN!", "#FIELD!", "#CALC!", "#BUSY!"),
    )
)
#: Error shown in a cell when the model refuses an input, by reason.
EXCEL_ERRORS = {"value": "#VALUE!", "number": "#NUM!", "missing": "#N/A"}
#: Cells of a table that is remembered, how many there may be, and characters in their texts.
_PACKED = frozenset((float, str, int, bool, type(None)))
_MOST, _LONGEST = 20_000, 100_000

#: The rows of a table, and the types of its cells.
Packed = tuple[tuple[tuple[Any, ...], ...], tuple[type, ...]]


def packed(value: Any) -> Packed | None:
    """Pack a table, so that equal packs are equal cells of equal types: TRUE, 1 and 1.0 differ.

    Returns
    -------
    tuple or None
        None for cells other than Python's own texts, numbers and booleans, and for a table that
        is too large to cache.
    """
    if type(value) is not list or {*map(type, value)} != {list}:
        return None
    cells = [*chain.from_iterable(value)]
    types = (*map(type, cells),)
    if not _PACKED.issuperset(types) or len(cells) > _MOST:
        return None
    if sum(len(cell) for cell in cells if type(cell) is str) > _LONGEST:
        return None
    return (*map(tuple, value),), types


def is_empty(value: object) -> bool:
    """Tell whether a cell is empty; a formula's empty text counts as empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def number(argument: str, value: Any) -> float:
    """Read a cell that must hold a finite number."""
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        if math.isfinite(value):
            return float(value)
        raise InputError(argument, f"must be a finite number, not {shown(float(value))}")
    raise InputError(argument, f"must be a number, not {described(value)}{reading(value)}")


def whole(argument: str, value: Any) -> int:
    """Read a cell that must hold a whole number."""
    found = number(argument, value)
    if found != int(found) or abs(found) >= LARGEST_WHOLE:
        raise InputError(argument, f"must be a whole number, not {shown(found)}")
    return int(found)


def text(argument: str, value: Any) -> str:
    """Read a cell that must hold text."""
    if isinstance(value, str) and not is_empty(value) and value not in ERROR_CELLS:
        if value != value.strip():
            raise InputError(argument, f"must have no spaces at its ends, not {shown(value)}")
        return value
    raise InputError(argument, f"must be text, not {described(value)}")


def day(argument: str, value: Any) -> date:
    """Read a cell that must hold a date: a date, or its serial number."""
    if isinstance(value, date):
        return checked_day(argument, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(argument, f"must be a date, not {described(value)}")
    serial = number(argument, value)
    if serial != int(serial) or not FIRST_SERIAL <= serial <= LAST_SERIAL:
        raise InputError(
            argument,
            f"must be a date, or its number from {FIRST_SERIAL} to {LAST_SERIAL}, "
            f"not {shown(serial)}",
        )
    return DAY_ZERO + timedelta(days=int(serial))


def days(argument: str, value: Any) -> Dates:
    """Read a date, or a single row or column of dates."""
    if not isinstance(value, list):
        return np.array([day(argument, value)], dtype="datetime64[D]")
    found = [day(where, c) for where, c in _places(argument, _in_use(argument, value))]
    return np.array(found, dtype="datetime64[D]")


def vector(argument: str, value: Any) -> Floats:
    """Read one number, or a single row or column of numbers, as a one-dimensional array."""
    if not isinstance(value, list):
        return np.array([number(argument, value)])
    cells = _in_use(argument, value)
    if {*map(type, cells)} == {float} and all(map(math.isfinite, cells)):
        return np.array(cells)
    return np.array([number(where, c) for where, c in _places(argument, cells)])


def _places(argument: str, cells: list[Any]) -> list[tuple[str, Any]]:
    return [(f"{argument} (place {i})", cell) for i, cell in enumerate(cells, 1)]


def _in_use(argument: str, value: Any) -> list[Any]:
    """Return the cells of a single row or column; of an entire column, those to the last value.

    A few empty cells at the end are missing values, and are left to be refused.
    """
    cells = _single(argument, value)
    if len(cells) < TAIL or not is_empty(cells[-1]):
        return cells
    last = next((i for i in range(len(cells), 0, -1) if not is_empty(cells[i - 1])), 0)
    if not last:
        raise InputError(argument, "must hold at least one value, but it is empty")
    return cells[:last] if len(cells) - last >= TAIL else cells


def _single(argument: str, value: Any) -> list[Any]:
    """Return the cells of a single row or column."""
    cells = value[1:] if isinstance(value, Headed) else value
    if cells and all(isinstance(row, list) for row in cells):
        if len(cells) == 1:
            cells = cells[0]
        elif (line := one_line(cells)) and all(_is_label(row[0]) for row in cells):
            cells = in_order(argument, *line)
        elif all(len(row) == 1 for row in cells):
            cells = [row[0] for row in cells]
        else:
            raise InputError(
                argument,
                f"must be a single row or column, not {len(cells)} rows of {len(cells[0])} cells",
            )
    if not cells:
        raise InputError(argument, "must hold at least one value, but it is empty")
    return cells


def years_of(argument: str, cells: Rows, read: Any) -> list[int]:
    """Return the years given by an argument: a table, or a one-line schedule."""
    line = one_line(cells)
    headings = getattr(read, "across", None) or (
        line[0] if line and type(read) is np.ndarray else ()
    )
    return sorted(year_of(argument, heading) for heading in headings)


def same_years(stated: Mapping[str, Sequence[int]]) -> None:
    """Refuse arguments whose years differ from those of the one before, so that none is shifted."""
    of_years = [(name, years) for name, years in stated.items() if years and years[0] >= FIRST_YEAR]
    for (first, expected), (name, years) in pairwise(of_years):
        if list(years) != list(expected):
            raise InputError(
                name,
                f"must be of the years {expected[0]} to {expected[-1]}, as {first} is, "
                f"not {years[0]} to {years[-1]}",
            )


def _is_label(cell: Any) -> bool:
    return isinstance(cell, str) and not is_blank(cell) and cell not in ERROR_CELLS


def one_or_many(argument: str, value: Any) -> Floats:
    """Read a number as a scalar array, and a row or column as `vector` does."""
    found = vector(argument, value)
    return found[0:1].reshape(()) if found.size == 1 else found


def described(value: object) -> str:
    """Describe the contents of a cell that should have held something else."""
    if is_empty(value):
        return "an empty cell"
    if isinstance(value, str) and value in ERROR_CELLS:
        return f"the error {value}"
    if isinstance(value, list | tuple):
        return "a range"
    if isinstance(value, date):
        return f"the date {value:%Y-%m-%d}"
    return shown(value)


def reader(field: Field) -> tuple[str, Callable[[str, Any], Any]]:
    """Return how cells are read for a declared argument, and the name of its kind."""
    if field.kind == "choice":
        return "choice", partial(_choice, tuple(field.choices))
    if field.kind == "whole":
        return "whole", whole
    if field.kind == "date":
        return ("day", day) if field.extent == "one" else ("days", days)
    if field.kind == "text":
        return "text", text
    return {"one": ("number", number), "row": ("vector", vector)}.get(
        field.extent, ("rates", one_or_many)
    )


def _choice(choices: tuple[str, ...], argument: str, value: Any) -> str:
    return one_of(argument, value, choices)


# Results to cells -----------------------------------------------------------------------------


class Places(NamedTuple):
    """Which rows of a table state something, and whether a result has room for all of them."""

    used: Sequence[bool]
    reserved: bool = False


#: The rows of tables, by the name of the argument.
Filled = Mapping[str, Places]


def cells_of(result: Any, given: Filled | None = None) -> Any:
    """Convert a function's result to a cell, or rows of cells.

    Where a table that it follows row by row has a blank row, the result has one too.
    """
    if not isinstance(result, Result):
        return cell(result)
    # Totals are summed here; an overflow becomes an error in the cell, without a warning.
    with np.errstate(all="ignore"):
        return _rows_of(result, given or {})


def fitted(argument: str, used: Sequence[bool], limit: str, rows: int | None) -> Places:
    """Fit the rows of a table to a number of them: only blank ones below the last are cut."""
    if rows is None:
        return Places(used)
    last = next((i for i in range(len(used), 0, -1) if used[i - 1]), 0)
    if last > rows:
        raise InputError(
            limit,
            f"must be at least {last}, because row {last} of {argument} is in use, not {rows}",
        )
    return Places([*used[:rows], *[False] * (rows - len(used))], reserved=True)


def _spread(result: Lines, rows: Rows, given: Filled, each: str = "") -> Rows:
    """Leave a blank row where the table has one; rows in an order of their own come first."""
    used, reserved = given.get(result.rows_of or each, Places(()))
    if all(used) and not reserved:
        return rows
    own, blank = iter(rows), [""] * len(rows[0])
    if result.runs:
        found = [_in_places(run, own, used, blank) for run in result.runs]
        return [*chain.from_iterable(found), *own]
    if result.sorted or len(rows) != sum(used):
        fewer = max(sum(used) - len(rows), 0) if reserved else 0
        return [*rows, *[blank] * (used.count(False) + fewer)]
    return [next(own) if in_use else blank for in_use in used]


def _in_places(
    run: Sequence[int], own: Iterator[list[Any]], used: Sequence[bool], blank: list[Any]
) -> Iterator[list[Any]]:
    """Yield the lines of some of the rows in use, each in the place of its row."""
    count = 0
    for in_use in used:
        yield next(own) if in_use and count in run else blank
        count += in_use


def _rows_of(result: Result, given: Filled) -> Rows:
    if isinstance(result, Statement | Schedule):
        if isinstance(result, Statement):
            head, shown = ["Line", "Value", "Unit"], _one
        else:
            head, shown = [result.title, *result.periods], _across
        found = [head]
        for _, group in groupby(result.lines(), key=lambda line: id(line.field)):
            lines = list(group)
            own = [[line.label, *shown(line)] for line in lines]
            each = lines[0].field.each
            found += _spread(result, own, given, each) if each else own
        return found
    if isinstance(result, Listing):
        made = list(result.lines())
        columns = [_listed(_defined(column.field, column.values)) for column in made]
        below = [
            [_defined(f, [bottom.get(name)])[0] for name, f in result.declared.items()]
            for bottom in result.bottom()
        ]
        listed = _spread(result, [_cells(row) for row in zip(*columns, strict=True)], given)
        return [[column.label for column in made], *listed, *map(_cells, below)]
    assert isinstance(result, Grid)
    values = (_undefined_as(result.undefined, row) for row in result.values)
    rows = ([at, *row] for at, row in zip(result.down, values, strict=True))
    note = [[result.note, *[""] * len(result.across)]] if result.noted else []
    return listing([result.corner, *map(cell, result.across)], *rows, *note)


def _one(made: Line) -> list[Any]:
    """Return the cells of a line that is one number, and its unit."""
    undefined, values = made.field.undefined, made.values
    number = undefined if undefined is not None and values != values else cell(values)
    return [number, made.field.unit]


def _across(made: Line) -> list[Any]:
    """Return the cells of a line with a number for each period."""
    return _cells(_defined(made.field, made.values))


def _defined(field: Field, values: Any) -> Any:
    """Put what is declared for it in the place of a number that is not defined."""
    return _undefined_as(field.undefined, values)


def _undefined_as(shown: str | None, values: Any) -> Any:
    if shown is None:
        return values
    return [shown if value != value else value for value in _listed(values)]


def _listed(values: Any) -> Any:
    """Turn an array into a list of Python's own numbers, which are recognised sooner."""
    return values.tolist() if isinstance(values, np.ndarray) else values


def listing(headers: Sequence[str], *rows: Iterable[Any]) -> Rows:
    """Make a list: a header row, and the rows below it."""
    return [list(headers), *(_cells(row) for row in rows)]


def _cells(values: Any) -> list[Any]:
    """Turn values into cells; most of them are cells already."""
    plain: list[Any] = _listed(values)
    floats = plain is not values and values.dtype == np.float64
    # An array is looked at as a whole: its sum is finite only if each of its numbers is.
    if floats and math.isfinite(sum(plain)):
        return plain
    return [
        v if type(v) is str or (type(v) is float and math.isfinite(v)) else cell(v) for v in plain
    ]


def cell(value: Any) -> Any:
    """Convert one value of a result to a cell: plain Python, and never NaN."""
    if type(value) is str or (type(value) is float and math.isfinite(value)):
        return value
    if value is None:
        return ""
    if isinstance(value, (float, np.ndarray)):
        plain = float(value)
        if not math.isfinite(plain):
            raise _undefined()
        return plain
    return value.item() if isinstance(value, np.generic) else value


def _undefined() -> InputError:
    return InputError("the result", "is too large or not defined for these inputs", "number")
