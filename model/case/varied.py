"""A case's grids and ranges: inputs that it has, and values that the model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.case.business import ANY_RATE, valued
from model.errors import InputError, shown
from model.uncertainty.changes import AND, Business, changed, moves, parts, stated

if TYPE_CHECKING:
    from model.case.case import Case

GRIDS, RANGES = "tables.grids", "tables.ranges"


def check(case: Case) -> None:
    """Refuse grids and ranges of inputs that the case does not have."""
    if "grids" not in case.tables and "ranges" not in case.tables:
        return
    try:
        business = valued(case, ANY_RATE)
    except InputError:
        return  # What the DCF refuses is reported in its own place.
    if "grids" in case.tables:
        grids = case.table("grids")
        _check_pairs(grids)
        for header, names in (("Row input", grids.row_input), ("By input", grids.by_input)):
            for name in names:
                _check_driver(business, name, f"{GRIDS} {header}")
    if "ranges" in case.tables:
        ranges = case.table("ranges")
        for header, numbers in (("Low", ranges.low), ("High", ranges.high)):
            for name, number in zip(ranges.input, numbers, strict=True):
                # How far an input can be moved depends on others, and is for the result to say.
                if not moves(stated(business, name, f"{RANGES} Input"), name):
                    _check_end(business, name, float(number), header)


def _check_pairs(grids: Any) -> None:
    """Refuse two grids of one name, which nobody can tell apart, and one input down and across."""
    seen: set[tuple[str, str]] = set()
    pairs = zip(grids.rows, grids.by, grids.row_input, grids.by_input, strict=True)
    for rows, by, row_input, by_input in pairs:
        key = rows.casefold(), by.casefold()
        if key in seen:
            raise InputError(GRIDS, f"must have only one grid of {shown(rows)} by {shown(by)}")
        seen.add(key)
        down = {each for each, _ in parts(row_input)}
        if any(each in down for each, _ in parts(by_input)):
            problem = f"must differ from Row input, not be {shown(by_input)}"
            raise InputError(f"{GRIDS} By input", problem)


def _check_end(business: Business, name: str, number: float, header: str) -> None:
    """Refuse an end that its input refuses."""
    try:
        changed(business, [(name, number)], RANGES)
    except InputError as error:
        raise InputError(f"{RANGES} {header} of {name}: {error.argument}", error.problem) from None


def _check_driver(business: Business, name: str, place: str) -> None:
    """Refuse a column of a table, whose rows may have several numbers of their own."""
    found = stated(business, name, place)
    # The columns of tables have headers.
    if AND not in name and any(field.header for field, _ in found):
        raise InputError(
            place,
            f"must be a driver, or several inputs joined by {AND.strip()}, not {shown(name)}",
        )
    if not found or any(field.kind not in ("number", "whole") for field, _ in found):
        raise InputError(place, f"must be an input that is a number, not {shown(name)}")
    if all(value is None for _, value in found):
        raise InputError(place, f"must be stated in the case to be varied, not left out: {name}")
