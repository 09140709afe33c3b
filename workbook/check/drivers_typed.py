"""Reads the drivers of a case, its scenario and its funding from the cells where they are typed."""

from __future__ import annotations

from typing import Any

from model.case import derived
from model.case.case import DERIVED
from model.case.declared import FUNDING
from model.case.parts import TYPED, TYPED_TITLE
from model.case.values import row_key
from model.dcf.drivers import YEARLY, YEARS, Drivers
from model.dcf.segment import SLASH, Segment
from model.dcf.segments import SegmentedDrivers
from model.errors import InputError
from model.plain import is_blank
from workbook.check.held import Held, results_in, table_of, typed_in
from workbook.tables import drivers
from workbook.template.sheets.inputs.scenario import LIVE
from workbook.template.sheets.inputs.scenario import TYPED as TYPED_DRIVERS


def put_drivers(book: Held, tree: dict[str, Any]) -> None:
    """Put the drivers as the functions read them, including those that the case had left out."""
    table = TYPED_DRIVERS if TYPED_DRIVERS in book.names else LIVE
    rows = table_of(book, table)
    for row in rows[1:]:
        # As the case spells it: the sheet has spaces.
        owner, slash, name = str(row[0] or "").rpartition(SLASH)
        row[0] = f"{owner}{slash}{row_key(name)}"
    years = range(1, len(rows[0]) - 1)
    follows = derived.follows(tree)
    typed = [
        [row[0], *results_in(book, table, number)[1:]]
        if row[0] not in DERIVED
        # A number typed over a link is refused by name.
        and not (
            f"drivers.{row[0]}" in follows
            and str(row[1] or "=").startswith("=")
            and all(is_blank(cell) or isinstance(cell, str) for cell in row[2:])
        )
        # Blank, so that errors have the number of their row on the sheet.
        else [None] * len(row)
        for number, row in enumerate(rows[1:], 1)
    ]
    found, _ = drivers.stated("Drivers", [["Driver", "Value", *years], *typed])
    keys = {str(s["name"]).casefold(): name for name, s in tree.get("segments", {}).items()}
    places = {
        (segment, name): (tree["segments"][_key_of(keys, segment)] if segment
                          else tree.setdefault("drivers", {}))
        for segment, name in found
    }  # fmt: skip
    declared = {
        at: (Segment if at[0] else SegmentedDrivers if keys else Drivers).declared[at[1]]
        for at in found
    }
    if len(years) == 1:
        # A path of one year is a path, and sets the length of the forecast.
        typed_years = {str(row[0]).casefold(): row[2] for row in typed if not is_blank(row[2])}
        for (segment, name), field in declared.items():
            typed_as = f"{segment}{SLASH}{name}" if segment else name
            if field.extent == YEARLY and typed_as.casefold() in typed_years:
                found[segment, name] = [typed_years[typed_as.casefold()]]
    if len(years) != YEARS and not any(isinstance(value, list) for value in found.values()):
        raise InputError(
            "Drivers",
            f"must have a driver with a number for each of the {len(years)} years, because nothing "
            "else in a case sets the number of years",
        )
    for at, value in found.items():
        node, name = places[at], at[1]
        if name in node:
            node[name] = node[name] | {"value": value}
        elif value != declared[at].default:
            node[name] = typed_origin(tree) | {"value": value}
    stated = {name for segment, name in found if not segment}
    for name in [n for n in tree["drivers"] if n not in stated]:
        del tree["drivers"][name]
    for key, segment in tree.get("segments", {}).items():
        own = {n for s, n in found if s and _key_of(keys, s) == key}
        for name in [n for n in segment if n not in own and n != "name"]:
            del segment[name]


def _key_of(keys: dict[str, str], segment: str) -> str:
    """Find the key of a segment by its name; a new one is its own key."""
    try:
        return keys[segment.casefold()]
    except KeyError:
        raise InputError("Drivers", f"must be of the company's segments, not {segment!r}") from None


def put_named(book: Held, tree: dict[str, Any]) -> None:
    """Put the scenario chosen, and the figures of funding that the case had left out, if typed."""
    if (chosen := book.area(book.names.get("Scenario", ""))) is not None:
        # Cleared, it is refused: the sheets would have no scenario.
        tree["company"]["scenario"] = typed_in(book, chosen[0], *chosen[1]) or ""
    for name, field in FUNDING.items() if "funding" in tree else ():
        area = book.area(book.names.get(name.capitalize(), ""))
        if name in tree["funding"] or area is None:
            continue
        typed = typed_in(book, area[0], *area[1])
        if not is_blank(typed) and typed != field.default:
            tree["funding"][name] = typed_origin(tree) | {"value": typed}


def typed_origin(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the origin of a typed number, as far as it is known."""
    tree["sources"][TYPED] = {"title": TYPED_TITLE}
    as_of = tree["company"]["valuation_date"]["as_of"]
    return {"as_of": as_of, "source": TYPED, "quality": "assumption"}
