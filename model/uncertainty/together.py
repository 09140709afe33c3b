"""Businesses that differ in numbers alone, valued together as scenarios of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from model.dcf.drivers import YEARLY
from model.tables import Table
from model.uncertainty.changes import Business, segment_of


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
    more: dict[str, Any] = {"across": stated[0]["across"]}
    if segments := stated[0].get("segments"):
        owned = [[s["segments"][i] for s in stated] for i in range(len(segments))]
        more["segments"] = tuple(
            segment_of({"name": s.name, **stacked(s, each)})
            for s, each in zip(segments, owned, strict=True)
        )
    tables = {}
    for name in ("securities", "contracted", "plant"):
        each = [getattr(b, name) for b in businesses]
        tables[name] = _stacked(each, False)
        if isinstance(each[0], Table) and any(e is not each[0] for e in each):
            kept = {n: getattr(each[0], n) for n in type(each[0])._names}
            tables[name] = type(each[0])(**kept | stacked(each[0], each))
    known = {n: v for n, v in values.items() if v is not None}
    return Business(type(first.drivers).of(known, **more), **tables)


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
