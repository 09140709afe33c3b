"""A case's shocks to its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.case.business import ANY_RATE, valued
from model.errors import InputError
from model.signals.shocks import apart
from model.uncertainty.changes import changed

if TYPE_CHECKING:
    from model.case.case import Case

PLACE = "tables.shocks"


def check(case: Case) -> None:
    """Refuse shocks to inputs that the case does not have."""
    if "shocks" not in case.tables:
        return
    shocks = case.table("shocks")
    try:
        start = valued(case, ANY_RATE)
    except InputError:
        return  # What the DCF refuses is reported in its own place.
    for _, changes in shocks.groups():
        try:
            changed(start, apart(changes)[0], PLACE)
        except InputError as error:
            place = error.argument if error.argument == PLACE else f"{PLACE}: {error.argument}"
            raise InputError(place, error.problem) from None
