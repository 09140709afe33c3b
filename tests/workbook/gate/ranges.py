"""Ranges of a sheet by their corners: entire columns cost no more than a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from workbook.package.cells import LAST_COLUMN, Place, place

LAST_ROW = 1_048_576
Corners = tuple[Place, Place]

_RANGE = re.compile(r"[A-Z]{1,3}[1-9][0-9]*(:[A-Z]{1,3}[1-9][0-9]*)?")


def corners(ref: str) -> Corners:
    """Give the first and the last cell of a range."""
    first, _, last = ref.replace("$", "").partition(":")
    return place(first), place(last or first)


def overlap(one: Corners, other: Corners) -> bool:
    (top, left), (bottom, right) = one
    (other_top, other_left), (other_bottom, other_right) = other
    return (
        top <= other_bottom and other_top <= bottom and left <= other_right and other_left <= right
    )


def holds(area: Corners, at: Place) -> bool:
    return overlap(area, (at, at))


def within(areas: Iterable[Corners], present: Mapping[Place, object]) -> Iterator[Place]:
    """Yield the existing cells in some areas."""
    for area in areas:
        (top, left), (bottom, right) = area
        if size(area) < len(present):
            every = product(range(top, bottom + 1), range(left, right + 1))
            yield from (at for at in every if at in present)
        else:
            yield from (at for at in present if holds(area, at))


def size(area: Corners) -> int:
    """Count the cells of a range."""
    (top, left), (bottom, right) = area
    return max(0, bottom - top + 1) * max(0, right - left + 1)


def legal(ranges: str) -> list[Corners]:
    """Give the corners of space-separated ranges that are ranges of a sheet."""
    return [corners(ref) for ref in ranges.split() if not fault(ref)]


def faults(ranges: str) -> Iterator[str]:
    """Give the fault of some ranges, as the rest of a sentence."""
    if not ranges.split():
        yield "is of no cells"
    yield from filter(None, map(fault, ranges.split()))


def fault(ref: str) -> str:
    """Give the fault of a range in a file; empty if there is none."""
    if not _RANGE.fullmatch(ref):
        return f"is of {ref}, which is no range"
    (top, left), (bottom, right) = corners(ref)
    if max(top, bottom) > LAST_ROW or max(left, right) > LAST_COLUMN:
        return f"is of {ref}, which reaches beyond the last cell"
    if top > bottom or left > right:
        return f"is of {ref}, which ends before it begins"
    return ""
