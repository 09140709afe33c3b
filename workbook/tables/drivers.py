"""Tables of drivers: a row for each, with a Value or a column for each forecast year.

A segment's driver has its segment in the column Segment, or in front of its name: Cloud/price. The
rows are identified by name and its years by header, so it is not read column by column.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from model.calendar import check_years, year_of
from model.dcf.drivers import DRIVERS, YEARLY, Drivers
from model.dcf.segment import COMPANY, SLASH, Segment
from model.dcf.segments import SegmentedDrivers
from model.errors import InputError, shown
from model.fields import Field
from model.plain import is_blank
from workbook.arguments import day, number, text
from workbook.tables import Grid, grid, heading, key

#: Drivers of the company where it has segments, and of a segment.
_COMPANY, _SEGMENT = SegmentedDrivers.declared, Segment.declared


def read(argument: str, value: Any) -> Drivers:
    """Read a table of drivers, with or without segments."""
    found = grid(argument, value)
    if "segment" in found.folded or not _is_simple(found):
        return _segmented(argument, found)
    values, years = _stated(argument, found, _simple)
    return Drivers.of({name: v for (_, name), v in values.items()}, across=years)


def stated(argument: str, value: Any) -> tuple[dict[tuple[str, str], Any], list[Any] | None]:
    """Read what a table of drivers states, by segment and name, and its forecast years."""
    found = grid(argument, value)
    return _stated(argument, found, _simple if _is_simple(found) else _of_either)


def _is_simple(found: Grid) -> bool:
    """Tell whether a table without segments holds no driver that segments brought."""
    if "driver" not in found.folded:
        return True
    at = found.folded.index("driver")
    typed = [cells[at] for _, cells in found.rows if type(cells[at]) is str]
    of_segments = (_COMPANY.keys() | _SEGMENT.keys()) - DRIVERS.keys()
    return not any(SLASH in name or key(name) in of_segments for name in typed)


def _simple(name: str, segment: str) -> Field | None:
    return DRIVERS.get(name)


def _of_either(name: str, segment: str) -> Field | None:
    first, second = (_SEGMENT, _COMPANY) if segment else (_COMPANY, _SEGMENT)
    return first.get(name) or second.get(name)


def _segmented(argument: str, found: Grid) -> SegmentedDrivers:
    """Read drivers of the company and of its segments; of one segment where none is named."""
    values, years = _stated(argument, found, _of_either)
    named = any(segment for segment, _ in values)
    company: dict[str, Any] = {}
    segments: dict[str, dict[str, Any]] = {}
    for (segment, name), v in values.items():
        if not named and name in _SEGMENT and name != "wacc":
            segment = COMPANY
        if segment:
            segments.setdefault(segment, {})[name] = v
        else:
            company[name] = v
    return SegmentedDrivers.by_segment(company, segments, across=years)


def _stated(
    argument: str, found: Grid, declared: Callable[[str, str], Field | None]
) -> tuple[dict[tuple[str, str], Any], list[Any] | None]:
    """Read the value of each driver by segment and name, and the headers of the forecast years.

    The columns of years may be in any order; each heading gives its year.
    """
    heads = found.folded
    if "driver" not in heads or len(heads) < 2:
        raise InputError(
            argument, "must have the header Driver, and Value or a column for each forecast year"
        )
    name_at = heads.index("driver")
    value_at = heads.index("value") if "value" in heads else None
    segment_at = heads.index("segment") if "segment" in heads else None
    year_at = [j for j in range(len(heads)) if j not in (name_at, value_at, segment_at)]
    known = {j: year_of(argument, found.headers[j]) for j in year_at}
    year_at.sort(key=known.__getitem__)
    check_years(argument, [known[j] for j in year_at])
    years = [heading(found.headers[j]) for j in year_at]
    values: dict[tuple[str, str], Any] = {}
    spelled: dict[str, str] = {}
    for row, cells in found.rows:
        cell = None if segment_at is None else cells[segment_at]
        segment = "" if is_blank(cell) else text(found.where("Segment", row), cell)
        name = cells[name_at]
        if type(name) is str and SLASH in name and not segment:
            segment, _, name = (part.strip() for part in name.rpartition(SLASH))
        driver = declared(name, segment) if type(name) is str else None
        if driver is None:
            name = key(text(found.where("Driver", row), name))
            driver = declared(name, segment)
            if driver is None:
                owner = Segment if segment else SegmentedDrivers
                raise (Drivers if segment_at is None else owner).unknown(name, f" in row {row}")
        # Segments in any case, as they are first spelled.
        segment = spelled.setdefault(segment.casefold(), segment)
        place = (segment, name)
        if place in values:
            raise InputError(argument, f"must hold each driver once, but {name} appears twice")
        single = None if value_at is None else cells[value_at]
        path = [cells[j] for j in year_at]
        where = f"{argument} {f'{segment}{SLASH}' if segment else ''}{driver.name}"
        values[place] = _value(where, driver, single, path, years, value_at is not None)
    return {k: v for k, v in values.items() if v is not None}, years or None


def _value(
    where: str, driver: Field, single: Any, path: list[Any], years: list[Any], has_value: bool
) -> Any:
    if has_value and driver.extent != YEARLY:
        # Words next to a single value are a note.
        path = [None if isinstance(cell, str) else cell for cell in path]
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
    # If there is a Value column, a path with only one year left was cleared.
    single_here = not has_value or driver.extent != YEARLY or len(path) == 1
    if single_here and filled[0] and not any(filled[1:]):
        return _cell(where, driver, path[0])
    blank = next(y for y, f in zip(years, filled, strict=True) if not f)
    raise InputError(where, f"must have a value for every year, but {shown(blank)} is empty")


def _cell(where: str, driver: Field, cell: Any) -> float | str | date:
    if driver.kind == "date":
        return day(where, cell)
    return text(where, cell) if driver.kind == "choice" else number(where, cell)
