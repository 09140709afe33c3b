"""Charts: cached copies of the numbers they show, and their alternative text.

A program that draws a chart without calculating the workbook, such as a previewer, only has
these copies of its cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement

from workbook.package.cells import Value, cells, number_text
from workbook.package.finish.sheets import escaped
from workbook.package.package import Package

#: Cells of one sheet, as a chart refers to them.
_AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!(),\[\]]+))!(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")


def _shown(package: Package, area: str) -> tuple[list[Value], str] | None:
    """Give the values of an area, and the number format of its first cell.

    None if the area is not in this workbook's cells.
    """
    found = _AREA.fullmatch(area)
    sheet = package.sheets.get((found[1] or found[2]).replace("''", "'")) if found else None
    if found is None or sheet is None:
        return None
    at = cells(found[3].replace("$", ""))
    return [sheet.value(place) for place in at], sheet.number_format(at[0])


def keep_numbers(chart: Element, package: Package) -> None:
    """Replace a chart's cached values by those of the cells to which it refers."""
    for parent, reference in list(_references(chart)):
        prefix, kind = _split(reference.tag)
        found = _shown(package, reference.findtext(f"{prefix}f", ""))
        if found is None:
            continue
        values, number_format = found
        if _split(parent.tag)[1] == "cat" and any(isinstance(value, str) for value in values):
            # openpyxl refers to all categories as numbers.
            kind, reference.tag = "strRef", f"{prefix}strRef"
        for old in [child for child in reference if child.tag.endswith("Cache")]:
            reference.remove(old)
        numeric = kind == "numRef"
        cache = Element(f"{prefix}{'numCache' if numeric else 'strCache'}")
        if numeric:
            SubElement(cache, f"{prefix}formatCode").text = number_format
        SubElement(cache, f"{prefix}ptCount", val=str(len(values)))
        for i, value in enumerate(values):
            text = _number(value) if numeric else _text(value)
            if text is not None:
                point = SubElement(cache, f"{prefix}pt", idx=str(i))
                SubElement(point, f"{prefix}v").text = text
        reference.insert(1, cache)


def keep_formats(chart: Element) -> None:
    """Give the labels of values their own number format, instead of that of the cells.

    openpyxl does not say whether it is linked to the cells, and Calc takes it as linked.
    """
    for labels in chart.iter("dLbls"):
        for number_format in labels.findall("numFmt"):
            number_format.set("sourceLinked", "0")


def describe(drawing: Element, charts: Mapping[str, Element]) -> None:
    """Give every chart of a drawing its title as alternative text.

    Charts are given by the numbers of their relationships.
    """
    for frame in drawing.iter("graphicFrame"):
        chart, shown = next(frame.iter("c:chart")), next(frame.iter("cNvPr"))
        title = charts[chart.attrib["r:id"]].find("chart/title")
        if title is not None:
            shown.set("descr", "".join(text.text or "" for text in title.iter("a:t")))


def _references(chart: Element) -> Iterator[tuple[Element, Element]]:
    for parent in chart.iter():
        for child in parent:
            if child.tag.endswith(("numRef", "strRef")):
                yield parent, child


def _split(tag: str) -> tuple[str, str]:
    """Split a tag into its prefix, with the colon, and its name."""
    prefix, colon, name = tag.rpartition(":")
    return prefix + colon, name


def _number(value: Value) -> str | None:
    return number_text(value) if isinstance(value, float) else None


def _text(value: Value) -> str | None:
    return escaped(value) if isinstance(value, str) else _number(value)
