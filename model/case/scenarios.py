"""A case's scenarios: what each changes of its drivers, and the one that it is valued in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.case.business import ANY_RATE, valued
from model.case.parts import TYPED
from model.case.sections import DERIVED
from model.dcf.drivers import Drivers
from model.dcf.segment import SLASH
from model.dcf.segments import SegmentedDrivers
from model.errors import InputError, nearest, shown
from model.uncertainty.changes import AND, Business, changed
from model.uncertainty.scenarios import BASE, ScenarioValues, dcf_scenarios

if TYPE_CHECKING:
    from model.case.case import Case
    from model.uncertainty.scenarios import ScenarioChanges

PLACE = "tables.scenarios"
#: What cannot be in a name that is chosen from a list in a cell, and how long such a list may be.
SEPARATORS, LONGEST = ',"', 255


def check(case: Case) -> None:
    """Refuse a scenario that the case does not have, and changes of what is no driver of it."""
    if "scenarios" not in case.tables:
        if case.company.scenario.casefold() != BASE.casefold():
            raise InputError(
                "company.scenario",
                f"must be {BASE} without [tables.scenarios], not {shown(case.company.scenario)}",
            )
        return
    table: ScenarioChanges = case.table("scenarios")
    for (row, origin), name in zip(case.tables["scenarios"].rows.items(), table.input, strict=True):
        if name and not origin.note and origin.source != TYPED:
            raise InputError(f"{PLACE}.{row}.note", f"must give the reason for changing {name}")
    _check_names(case, list(dict.fromkeys(table.scenario)))
    known = [name.casefold() for name in drivers(case)]
    for _, _, changes in table.groups():
        for name, _ in changes:
            joined = name.split(AND)
            # The workbook looks for the first and for the rest.
            if len(joined) > 2:
                raise InputError(f"{PLACE} Input", f"must join two drivers at most, not {name}")
            for each in joined:
                if each.casefold() not in known:
                    hint = nearest(each, drivers(case))
                    raise InputError(
                        f"{PLACE} Input",
                        f"must be a driver as Inputs names it, not {shown(each)}{hint}",
                    )
    try:
        start = valued(case, ANY_RATE)
    except InputError:
        return  # What the DCF refuses is reported in its own place.
    for scenario, _, changes in table.groups():
        try:
            changed(start, changes, PLACE)
        except InputError as error:
            raise InputError(f"{PLACE} {scenario}: {error.argument}", error.problem) from None


def _check_names(case: Case, names: list[str]) -> None:
    """Refuse names that no list can hold, and a chosen one that is not among them."""
    for name in names:
        if any(each in name for each in SEPARATORS):
            problem = f"must be without a comma or a quotation mark, not {shown(name)}"
            raise InputError(f"{PLACE} Scenario", problem)
    if len(",".join(names)) > LONGEST:
        problem = f"must have names of {LONGEST} characters at most, all together"
        raise InputError(f"{PLACE} Scenario", problem)
    stated = case.company.scenario
    if stated.casefold() not in [name.casefold() for name in names]:
        raise InputError(
            "company.scenario",
            f"must be a scenario of [tables.scenarios], not {shown(stated)}"
            f"{nearest(stated, names)}",
        )


def drivers(case: Case) -> list[str]:
    """Name the drivers that a scenario can change: the company's, and those of each segment."""
    declared = (SegmentedDrivers if case.segments else Drivers).declared
    named = [name for name in declared if name not in DERIVED or name == "wacc"]
    for segment in case.segments.values():
        named += [f"{segment.name}{SLASH}{name}" for name in segment.figures]
    return named


def chosen(case: Case, base: Business) -> Business:
    """Return what the DCF takes in the scenario that the case is valued in.

    Parameters
    ----------
    case : Case
    base : Business
        What it takes in the base scenario.
    """
    stated = case.company.scenario.casefold()
    if stated == BASE.casefold():
        return base
    for scenario, _, changes in case.table("scenarios").groups():
        if scenario.casefold() == stated:
            try:
                return changed(base, changes, PLACE)
            except InputError as error:
                raise InputError(f"{PLACE} {scenario}: {error.argument}", error.problem) from None
    raise AssertionError(f"{case.company.scenario} is checked when the case is read")


def values(case: Case, base: Business) -> ScenarioValues | None:
    """Return the value per share in each scenario, of a case that states them."""
    if "scenarios" not in case.tables:
        return None
    return dcf_scenarios(
        base.drivers, base.securities, base.contracted, case.table("scenarios"), plant=base.plant
    )
