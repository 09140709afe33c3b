"""Tables of drivers: a row for each, with a Value or a column for each forecast year.

Its rows are known by name and its years by their headers, and so it is not read column by column.
"""

from __future__ import annotations

from typing import Any

from model.calendar import check_years, year_of
from model.dcf.drivers import DRIVERS, YEARLY, Drivers
from model.errors import InputError, shown
from model.fields import Field
from model.plain import is_blank
from workbook.arguments import number, text
from workbook.tables import grid, heading, key


def read(argument: str, value: Any) -> Drivers:
    """Read a table of drivers."""
    values, years = stated(argument, value)
    return Drivers.of(values, across=years)


def stated(argument: str, value: Any) -> tuple[dict[str, Any], list[Any] | None]:
    """Read what a table of drivers states, and the headers of its forecast years.

    The columns of years stand in any order; each one's heading says which year it is.
    """
    found = grid(argument, value)
    heads = found.folded
    if "driver" not in heads or len(heads) < 2:
        raise InputError(
            argument, "must have the header Driver, and Value or a column for each forecast year"
        )
    name_at = heads.index("driver")
    value_at = heads.index("value") if "value" in heads else None
    year_at = [j for j in range(len(heads)) if j not in (name_at, value_at)]
    known = {j: year_of(argument, found.headers[j]) for j in year_at}
    year_at.sort(key=known.__getitem__)
    check_years(argument, [known[j] for j in year_at])
    years = [heading(found.headers[j]) for j in year_at]
    values: dict[str, Any] = {}
    for row, cells in found.rows:
        name = cells[name_at]
        if type(name) is not str or name not in DRIVERS:
            name = key(text(found.where("Driver", row), name))
            if name not in DRIVERS:
                raise Drivers.unknown(name, f" in row {row}")
        if name in values:
            raise InputError(argument, f"must hold each driver once, and {name} is there twice")
        single = None if value_at is None else cells[value_at]
        path = [cells[j] for j in year_at]
        values[name] = _value(argument, name, single, path, years, value_at is not None)
    return {k: v for k, v in values.items() if v is not None}, years or None


def _value(
    argument: str, name: str, single: Any, path: list[Any], years: list[Any], has_value: bool
) -> Any:
    where, driver = f"{argument} {name}", DRIVERS[name]
    # As most are, which takes no time.
    empty = all(cell is None for cell in path) or all(map(is_blank, path))
    if not is_blank(single):
        if not empty:
            raise InputError(where, "must have a Value or one value for each year, not both")
        return _cell(where, driver, single)
    if empty:
        if driver.required or driver.default is None:
            return None
        raise InputError(
            where,
            f"must be typed, or its row left out for {shown(driver.default)}, not left blank",
        )
    filled = [not is_blank(c) for c in path]
    if all(filled) and len(path) > 1:
        if driver.extent != YEARLY:
            raise InputError(where, "must be a single value, not one for each year")
        return [_cell(where, driver, c) for c in path]
    # Beside a column Value, a path of which one year is left is one that was cleared.
    single_here = not has_value or driver.extent != YEARLY or len(path) == 1
    if single_here and filled[0] and not any(filled[1:]):
        return _cell(where, driver, path[0])
    blank = next(y for y, f in zip(years, filled, strict=True) if not f)
    raise InputError(where, f"must have a value for every year, and {shown(blank)} is empty")


def _cell(where: str, driver: Field, cell: Any) -> float | str:
    return text(where, cell) if driver.kind == "choice" else number(where, cell)
