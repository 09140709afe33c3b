"""Single values of a case: numbers, dates and texts, checked by their declarations."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from model.case import declared
from model.case.parts import SECURITY
from model.case.tables import TABLES
from model.dcf.drivers import DRIVERS
from model.dcf.segment import Segment
from model.dcf.segments import SegmentedDrivers
from model.errors import InputError, shown
from model.fields import Field
from model.plain import reading

#: Pattern of a key: it is part of a path and also appears alone in tables.
KEY = re.compile(r"[\w-]{1,50}")
#: What a file may read as the code of another character.
_CODE = re.compile(r"_x[0-9A-Fa-f]{4}_")
#: Text that programs read as errors, and the most characters that one place can hold.
ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
TEXT_LENGTH = 32_767
#: Bits of the largest whole number that is a float.
LARGEST = 1023
#: Before this date, days are off by one where 1900 counts as a leap year.
EARLIEST = date(1900, 3, 1)
#: Sections of a case and the keys that are declared in each; balances and bands are in "rpo".
SECTIONS: dict[str, Mapping[str, Field]] = {
    "company": declared.COMPANY,
    "offer": declared.OFFER,
    "price": declared.PRICE,
    "balance_sheet": declared.BALANCE_SHEET,
    "securities": {"type" if name == "kind" else name: field for name, field in SECURITY.items()},
    "rpo": declared.RPO | declared.RPO_FURTHER | declared.BALANCE | declared.SHARES,
    "cost_of_capital": declared.COST_OF_CAPITAL,
    "funding": declared.FUNDING,
    "drivers": DRIVERS | SegmentedDrivers.declared,
    "segments": Segment.declared,
    "scalars": declared.SCALARS,
}


def read_value(path: str, value: Any, field: Field) -> Any:
    """Check a value against its declaration; numbers become floats, including those by year."""
    if field.kind in ("number", "whole"):
        values = value if isinstance(value, list) and field.extent != "one" else [value]
        for each in values:
            if isinstance(each, bool) or not isinstance(each, int | float):
                raise InputError(path, f"must be a number, not {_held(each)}")
            if (isinstance(each, int) and each.bit_length() > LARGEST) or not math.isfinite(each):
                raise InputError(path, f"must be a finite number, not {shown(each)}")
        # One at a time, so that integers are read as integers.
        made = [float(field.read(path, each)) for each in values]
        if not made:
            raise InputError(path, "must hold a number for each year, but it is empty")
        return made if isinstance(value, list) else made[0]
    if field.kind == "date":
        if not isinstance(value, date):
            raise InputError(path, f"must be a date, not {_held(value)}")
        if not declared.FIRST_DAY <= value <= declared.LAST_DAY:
            raise InputError(
                path,
                f"must be a date from {declared.FIRST_DAY} to {declared.LAST_DAY}, not {value}",
            )
        return value
    found = field.read(path, value)
    if not 1 <= len(found) <= declared.NAME_LENGTH:
        raise InputError(
            path, f"must have from 1 to {declared.NAME_LENGTH} characters, not {shown(found)}"
        )
    return found


def _held(value: Any) -> str:
    """Describe a value that is no number or date: an error, or a text that may read as a number."""
    error = isinstance(value, str) and value.upper() in ERRORS
    return f"the error {value}" if error else f"{shown(value)}{reading(value)}"


def row_key(header: str) -> str:
    """Return the key of a column in a row: its header in small letters, as one word."""
    return header.lower().replace(" ", "_")


def driver_field(name: str, section: str = "drivers") -> Field:
    """Return the declaration of a driver, bounded by its unit where it has no bounds."""
    return declared.within(replace(SECTIONS[section][name], header=name))


def label_of(path: str) -> str:
    """Return the declared label of a figure or table; None if the case must give one."""
    section, *steps = path.split(".")
    if section == "tables":
        return TABLES[steps[0]].label
    if section in ("drivers", "segments"):
        return steps[-1]
    field = SECTIONS.get(section, {}).get(steps[-1])
    return field.header if field else ""


def leaves(path: str, node: Any) -> Iterator[tuple[str, str | None, Any]]:
    """Yield each key, and each value, below a node: its path, the key or None, and either."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield join(path, key), key, key
            yield from leaves(join(path, key), child)
    elif isinstance(node, list):
        for child in node:
            yield from leaves(path, child)
    else:
        yield path, None, node


def check_text(path: str, value: Any) -> None:
    """Refuse text or dates that no host can hold or that it would misread."""
    if isinstance(value, str):
        if value.startswith("=") or not value.isprintable():
            raise InputError(path, f"must be printable text and not a formula, not {shown(value)}")
        if value and not value.strip():
            raise InputError(path, "must be more than spaces, or be left out")
        if code := _CODE.search(value):
            raise InputError(path, f"must not contain {code[0]}, which files read as a character")
        if value.upper() in ERRORS:
            raise InputError(path, f"must be text and not an error value, not {shown(value)}")
        # Hosts count in units of 16 bits.
        if (length := len(value.encode("utf-16-le", "replace")) // 2) > TEXT_LENGTH:
            raise InputError(path, f"must have {TEXT_LENGTH} characters at most, not {length}")
    elif isinstance(value, datetime | time):
        raise InputError(path, f"must be a date without a time, not {value}")
    elif isinstance(value, date) and value < EARLIEST:
        raise InputError(path, f"must be a date from {EARLIEST} on, not {value}")


def join(path: str, key: str) -> str:
    """Return the path of a key below another one."""
    return f"{path}.{key}" if path else key
