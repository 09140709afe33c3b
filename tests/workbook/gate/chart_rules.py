"""What programs show for a chart that they do not calculate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from gate.opened import Opened
from gate.ranges import Corners, corners, fault, size
from gate.rule import Fault, Parts, Rule, edit
from workbook.package.cells import Value

_AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(.+)")
#: More points than any chart of ours draws.
MOST_POINTS = 10_000


def charts(parts: Parts) -> list[str]:
    """List the parts that are charts."""
    return [part for part in parts if re.fullmatch(r"xl/charts/chart\d+\.xml", part)]


def _named(tag: str) -> str:
    return tag.rpartition(":")[2]


def _references(chart: Element) -> Iterator[Element]:
    for element in chart.iter():
        if _named(element.tag) in ("numRef", "strRef"):
            yield element


def _stale(file: Opened) -> Iterator[str]:
    for part in charts(file.parts):
        for reference in _references(file.tree(part)):
            text = next((e.text or "" for e in reference if _named(e.tag) == "f"), "")
            cells = _cells(file, text)
            if cells is None:
                yield f"{part} refers to {text}, which is no range of the file"
                continue
            numeric = _named(reference.tag) == "numRef"
            expected = {
                str(i): value
                for i, value in enumerate(_values(file, *cells))
                if isinstance(value, float) or (isinstance(value, str) and not numeric)
            }
            count, held = _cache(reference)
            if count != str(size(cells[1])):
                yield f"{part} has {count} points for {text}"
            for i in expected.keys() | held.keys():
                if not _same(expected.get(i), held.get(i)):
                    yield f"{part} shows {held.get(i)} for {expected.get(i)}, point {i} of {text}"


def _cells(file: Opened, text: str) -> tuple[str, Corners] | None:
    found = _AREA.fullmatch(text)
    if found is None or fault(found[3].replace("$", "")):
        return None
    sheet, area = (found[1] or found[2]).replace("''", "'"), corners(found[3])
    return (sheet, area) if sheet in file.sheets and size(area) <= MOST_POINTS else None


def _values(file: Opened, sheet: str, area: Corners) -> Iterator[Value]:
    (top, left), (bottom, right) = area
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield file.value(sheet, (row, column))


def _cache(reference: Element) -> tuple[str | None, dict[str | None, str]]:
    """Give how many points a reference keeps, and their values by their places."""
    points = [e for cache in reference if _named(cache.tag).endswith("Cache") for e in cache]
    counts = [e.get("val") for e in points if _named(e.tag) == "ptCount"]
    held = {e.get("idx"): "".join(e.itertext()) for e in points if _named(e.tag) == "pt"}
    return (counts[0] if counts else None), held


def _same(cell: Value, point: str | None) -> bool:
    if not isinstance(cell, float) or point is None:
        return cell == point
    try:
        return float(point) == cell
    except ValueError:
        return False


def _change(change: Callable[[Element], None]) -> Fault:
    """Change the points of the first chart's first series."""

    def inject(parts: Parts) -> None:
        def of_chart(root: Element) -> None:
            numbers = (e for e in root.iter() if _named(e.tag) == "numCache")
            change(next(numbers))

        edit(charts(parts)[0], of_chart)(parts)

    return inject


def _points(cache: Element) -> list[Element]:
    return [e for e in cache if _named(e.tag) == "pt"]


def _empty(cache: Element) -> None:
    for child in list(cache):
        cache.remove(child)


def _wrong(cache: Element) -> None:
    _points(cache)[0][0].text = "-12345.678"


def _words(cache: Element) -> None:
    _points(cache)[0][0].text = "many"


def _one_only(cache: Element) -> None:
    for point in _points(cache)[1:]:
        cache.remove(point)
    next(e for e in cache if _named(e.tag) == "ptCount").set("val", "1")


def _elsewhere(parts: Parts) -> None:
    def move(root: Element) -> None:
        reference = next(_references(root))
        next(e for e in reference if _named(e.tag) == "f").text = "'Nowhere'!$A$1:$A$9"

    edit(charts(parts)[0], move)(parts)


RULES = (
    Rule(
        "every chart carries the numbers of its cells",
        "ECMA-376 part 1, 21.2.2.123 (numRef), 21.2.2.201 (strRef): what is shown until calculated",
        _stale,
        {
            "one has none": _change(_empty),
            "a wrong number": _change(_wrong),
            "a word for a number": _change(_words),
            "one point for many cells": _change(_one_only),
            "cells of a sheet that is not there": _elsewhere,
        },
    ),
)
