"""Single values and columns of them, checked by type."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, first, shown
from model.plain import FIRST_DAY, LAST_DAY, plain

Dates = npt.NDArray[np.datetime64]
#: An amount this many times another of the same company is in another unit.
APART = 1e6


def day(argument: str, value: Any) -> date:
    """Check a plain value that must be a date.

    Text that looks like a date means different days in different countries, and is refused.
    """
    if isinstance(value, datetime):
        raise InputError(argument, f"must be a date without a time, not {value:%Y-%m-%d %H:%M}")
    if isinstance(value, date):
        return value
    raise InputError(argument, f"must be a date, not {'blank' if value is None else shown(value)}")


def days(argument: str, value: Any) -> Dates:
    """Check one date or several; an array of days is not taken apart."""
    whole = isinstance(value, np.ndarray) and value.ndim and value.dtype == "datetime64[D]"
    if whole and ((value >= FIRST_DAY) & (value <= LAST_DAY)).all():
        return cast(Dates, value)
    found = plain(value)
    several = found if isinstance(found, list) else [found]
    return np.array([day(argument, one) for one in several], dtype="datetime64[D]")


def text(argument: str, value: Any) -> str:
    """Check a plain value that must be text.

    A sheet compares texts with the spaces that they have, so none may be at an end.
    """
    if isinstance(value, str) and value.strip():
        if value != value.strip():
            raise InputError(argument, f"must have no spaces at its ends, not {shown(value)}")
        return value
    raise InputError(argument, f"must be text, not {'blank' if value is None else shown(value)}")


def each(argument: str, value: Any, rows: int) -> list[Any]:
    """Return the values of a column: one for each row, or one for all."""
    found = plain(value)
    values = found if isinstance(found, list) else [found] * rows
    if len(values) != rows:
        raise InputError(argument, f"must hold {rows} values, one for each row, not {len(values)}")
    return values


def refuse_twice(argument: str, names: Collection[str]) -> None:
    """Refuse repeated names, ignoring case."""
    if len({name.casefold() for name in names}) == len(names):
        return
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise InputError(argument, f"must be unique, but {shown(name)} appears twice")
        seen.add(name.casefold())


def same_unit(argument: str, amount: Floats, other: str, of: Floats) -> None:
    """Refuse an amount that is in a different unit from another of the same company."""
    if np.count_nonzero(wrong := (of > 0) & (amount > APART * of)):
        large, small = (float(first(np.broadcast_to(a, wrong.shape), wrong)) for a in (amount, of))
        millions = f"{shown(large)} USD are {shown(large / 1e6)} USD millions"
        raise InputError(
            argument,
            f"must be in the unit of {other} {shown(small)}, not {shown(large)} ({millions})",
        )
