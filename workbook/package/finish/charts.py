"""Charts: the numbers that they show, kept in their own parts, and what they are in words.

A program that draws a chart without calculating the workbook, such as a previewer, knows its
cells from these copies alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from openpyxl.styles.numbers import BUILTIN_FORMATS

from workbook.package.cells import Place, Value, cells, number_text
from workbook.package.contents import cell_value
from workbook.package.finish.sheets import escaped

#: Cells of one sheet, as a chart refers to them.
_AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!(),\[\]]+))!(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")


@dataclass
class Cells:
    """The cells of a finished workbook, by sheet."""

    sheets: Mapping[str, dict[Place, Element]]
    strings: list[str]
    #: Number formats by the index of a style.
    formats: list[str]

    def find(self, area: str) -> tuple[list[Value], str] | None:
        """Give the values of an area, and the number format of its first cell.

        None where the area is not one of cells of this workbook.
        """
        found = _AREA.fullmatch(area)
        if found is None:
            return None
        present = self.sheets.get((found[1] or found[2]).replace("''", "'"))
        if present is None:
            return None
        at = [present.get(place) for place in cells(found[3].replace("$", ""))]
        values = [None if cell is None else cell_value(cell, self.strings) for cell in at]
        style = "0" if at[0] is None else at[0].get("s", "0")
        return values, self.formats[int(style)]


def number_formats(styles: Element) -> list[str]:
    """Return the number formats of a workbook's cell styles, in their order."""
    own = {f.attrib["numFmtId"]: f.attrib["formatCode"] for f in styles.iterfind("numFmts/numFmt")}
    used = [xf.get("numFmtId", "0") for xf in styles.iterfind("cellXfs/xf")]
    return [own.get(n) or BUILTIN_FORMATS.get(int(n), "General") for n in used]


def keep_numbers(chart: Element, held: Cells) -> None:
    """Put what a chart's references refer to into the chart, in place of what is there."""
    for parent, reference in list(_references(chart)):
        prefix, kind = _split(reference.tag)
        found = held.find(reference.findtext(f"{prefix}f", ""))
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


def describe(drawing: Element, charts: Mapping[str, Element]) -> None:
    """Give every chart of a drawing its title as the text that is read out in its place.

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
    """Part a tag into its prefix, with the colon, and its name."""
    prefix, colon, name = tag.rpartition(":")
    return prefix + colon, name


def _number(value: Value) -> str | None:
    return number_text(value) if isinstance(value, float) else None


def _text(value: Value) -> str | None:
    return escaped(value) if isinstance(value, str) else _number(value)
