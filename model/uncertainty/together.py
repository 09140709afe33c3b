"""Businesses that differ only in numbers, valued together as scenarios of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from model.dcf.drivers import YEARLY
from model.errors import Floats
from model.tables import Table
from model.uncertainty.changes import Business
from model.uncertainty.outputs import VALUE_PER_SHARE, worth


def worths(
    made: Sequence[Business], business: Business, base: Floats, output: str = VALUE_PER_SHARE
) -> list[Floats]:
    """Value businesses made of one, whose value is known; those alike as scenarios of one."""
    values = [base] * len(made)
    groups: dict[Any, list[int]] = {}
    for place, each in enumerate(made):
        if each is not business:
            # Scenarios of the business take the axis that businesses would.
            key = place if np.ndim(base) else alike(each)
            groups.setdefault(key, []).append(place)
    for places in groups.values():
        if len(places) == 1:
            values[places[0]] = worth(made[places[0]], output)
            continue
        found = worth(together([made[i] for i in places]), output)
        for place, value in zip(places, np.broadcast_to(found, (len(places),)), strict=True):
            values[place] = value
    return values


def alike(business: Business) -> tuple[Any, ...]:
    """Return all that businesses must have in common to be valued together: names, not numbers."""
    found = [_marked(v) for _, v in _values(business)]
    return (type(business.drivers), *found)


def together(businesses: Sequence[Business]) -> Business:
    """Return businesses that are alike as the scenarios of one, on the first axis."""
    first = businesses[0]

    def stacked(one: Any, each: list[Any]) -> dict[str, Any]:
        return {
            name: _stacked([getattr(e, name) for e in each], f.extent == YEARLY)
            for name, f in type(one).declared.items()
        }

    stated = [b.drivers.stated for b in businesses]
    values = {
        name: _stacked([s[name] for s in stated], f.extent == YEARLY)
        for name, f in type(first.drivers).declared.items()
    }
    if segments := stated[0].get("segments"):
        owned = [[s["segments"][i] for s in stated] for i in range(len(segments))]
        values["segments"] = tuple(
            s.changed(**stacked(s, each)) for s, each in zip(segments, owned, strict=True)
        )
    tables = {}
    for name in ("securities", "contracted", "plant"):
        each = [getattr(b, name) for b in businesses]
        tables[name] = _stacked(each, False)
        if isinstance(each[0], Table) and any(e is not each[0] for e in each):
            tables[name] = each[0].changed(**stacked(each[0], each))
    return Business(first.drivers.changed(**values), **tables)


def _values(business: Business) -> Iterator[tuple[str, Any]]:
    """Yield everything that can be changed."""
    stated = business.drivers.stated
    yield from ((name, stated[name]) for name in type(business.drivers).declared)
    of = (*stated.get("segments", ()), business.securities, business.contracted, business.plant)
    for each in of:
        if isinstance(each, Table):
            yield from ((name, getattr(each, name)) for name in type(each).declared)
        else:
            yield "", each


def _marked(value: Any) -> Any:
    """Return a mark for numbers, and everything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype != np.float64:
        return value.tobytes()
    return "#" if isinstance(value, float | np.ndarray) else value


def _stacked(values: list[Any], yearly: bool) -> Any:
    first = values[0]
    if all(v is first for v in values) or _marked(first) != "#":
        return first
    arrays = [np.atleast_1d(v) if yearly else np.asarray(v) for v in values]
    return np.stack(np.broadcast_arrays(*arrays))
