"""A case's steps from its value to published views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.case.business import ANY_RATE, valued
from model.errors import InputError, nearest, shown
from model.uncertainty.changes import Business, changed
from model.uncertainty.choices import StepValues, dcf_steps

if TYPE_CHECKING:
    from model.case.case import Case

PLACE = "tables.view_steps"


def check(case: Case) -> None:
    """Refuse steps to a view that is not published, and of inputs that the case does not have."""
    if "view_steps" not in case.tables:
        return
    steps = case.table("view_steps")
    known = [key for key, item in case.published.items() if item.line == "value_per_share"]
    for view in steps.view:
        if view not in known:
            raise InputError(
                f"{PLACE} View",
                f"must be the key of a value per share in [published], not {shown(view)}"
                f"{nearest(view, known)}",
            )
    try:
        start = valued(case, ANY_RATE)
    except InputError:
        return  # What the DCF refuses is reported in its own place.
    at = dict.fromkeys(known, start)
    for view, _, changes in steps.groups():
        try:
            at[view] = changed(at[view], changes, PLACE)
        except InputError as error:
            raise _placed(error) from None


def values(case: Case, business: Business) -> StepValues | None:
    """Return the value per share after each step; refuse steps that nothing can be worth after."""
    if "view_steps" not in case.tables:
        return None
    b = business
    try:
        return dcf_steps(b.drivers, b.securities, case.table("view_steps"), b.contracted, b.plant)
    except InputError as error:
        raise _placed(error) from None


def _placed(error: InputError) -> InputError:
    place = error.argument if error.argument == PLACE else f"{PLACE}: {error.argument}"
    return InputError(place, error.problem)
