"""Charts that plot cells other than those as built, or are missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple
from xml.etree.ElementTree import Element

from workbook.check.canonical import itself, legible
from workbook.check.changed import spoken
from workbook.check.findings import Finding
from workbook.check.moved import Moved
from workbook.package.cells import Place
from workbook.package.contents import check_formula
from workbook.package.package import Package

#: What refers to cells: numbers, texts, and names in several columns.
REFERENCES = ("numRef", "strRef", "multiLvlStrRef")


class Chart(NamedTuple):
    """A chart: its sheet, the cell at its first corner, its title, and the cells that it draws."""

    sheet: str
    at: Place
    title: str
    drawn: list[str]


def changed_charts(file: Package, built: Package, moved: Moved) -> Iterator[Finding]:
    """Find the charts that do not draw what they were built to draw.

    A chart is known by its title or, where that was changed, by its cells. What else was changed of
    it, and other charts, are the user's own.

    Yields
    ------
    Finding
        For each chart that is missing, and the first cells of each that are others.
    """
    here = [*_charts(file)]
    missing = []
    for chart in _charts(built):
        if (positions := moved.sheets.get(chart.sheet)) is None:
            continue
        title, at = moved.now(chart.sheet, chart.at) or (positions.title, (1, 1))
        known = [each for each in here if (each.sheet, each.title) == (title, chart.title)]
        others = [_other(each, chart, moved) for each in known or here]
        if "" in others:
            continue
        if known:
            text = f"the chart {chart.title!r} {others[0]}"
            yield Finding(title, at, text, "charts that differ")
        else:
            text = f"the chart {chart.title!r} is missing"
            missing.append(Finding(title, at, text, "charts that are missing"))
    if missing and not here:
        # Some programs leave out all of them.
        first, sheets = missing[0], ", ".join(dict.fromkeys(each.sheet for each in missing))
        text = f"the workbook has no charts, and was built with {len(missing)}, on {sheets}"
        missing = [Finding(first.sheet, first.at, text, first.cause)]
    yield from missing


def _other(held: Chart, built: Chart, moved: Moved) -> str:
    """Say which cells of a chart are the first that are others; nothing if none are."""
    for there, text in zip_longest(held.drawn, built.drawn):
        if there and text and moved.as_built(there, "") == moved.belongs(text, ""):
            continue
        found = "".join(spoken(legible(there or "", "", itself), ""))
        belongs = "".join(spoken(legible(text or "", "", moved.shown), ""))
        if not text:
            return f"draws {found} as well, which does not belong there"
        return f"draws {found or 'nothing'}, and {belongs} belongs there"
    return ""


def _charts(package: Package) -> Iterator[Chart]:
    for title, sheet in package.sheets.items():
        for _, kind, drawing in package.related(sheet.part):
            if kind == "drawing":
                for anchor in package.tree(drawing):
                    yield from _anchored(package, drawing, title, anchor)


def _anchored(package: Package, drawing: str, title: str, anchor: Element) -> Iterator[Chart]:
    """Yield the charts of a place in a drawing."""
    parts = {number: part for number, kind, part in package.related(drawing) if kind == "chart"}
    inside = [*anchor.iter()]
    counted = {_plain(e): int(e.text or 0) + 1 for e in inside[::-1] if _plain(e) in ("row", "col")}
    for element in inside:
        part = parts.get(element.get("r:id", ""), "")
        if _plain(element) == "chart" and part in package.parts:
            tree = package.tree(part)
            at = counted.get("row", 1), counted.get("col", 1)
            yield Chart(title, at, _title(tree), [*_drawn(tree, part)])


def _title(chart: Element) -> str:
    titles = (e for of in chart if _plain(of) == "chart" for e in of if _plain(e) == "title")
    return "".join(e.text or "" for e in next(titles, ()) for e in e.iter() if _plain(e) == "t")


def _drawn(chart: Element, part: str) -> Iterator[str]:
    for parent in chart.iter():
        for element in parent if _plain(parent) in REFERENCES else ():
            if _plain(element) == "f":
                check_formula(element.text or "", part)
                yield element.text or ""


def _plain(element: Element) -> str:
    return element.tag.rpartition(":")[2]
