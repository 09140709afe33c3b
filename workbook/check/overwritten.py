"""Formulas that have been overwritten.

A value typed over a formula does not change with the inputs, and nothing on the sheet shows it. A
workbook gives each cell a style by its purpose, so a typed value in a cell with the style of a
calculation has replaced a formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from workbook.package.cells import address
from workbook.package.package import Package

#: First words of the styles of calculated cells; the rest of a name concerns appearance.
CALCULATED = {"calc", "link", "total", "result", "check"}


def overwritten(package: Package) -> Iterator[str]:
    """Find the cells of a workbook that hold a typed value instead of a formula.

    Parameters
    ----------
    package : Package
        An .xlsx file that was built from a case.

    Yields
    ------
    str
        A sentence for each cell.
    """
    names = _styles(package.tree("xl/styles.xml"))
    for name, sheet in package.sheets.items():
        for at in sorted(sheet.cells.keys() - set(sheet.filled)):
            style = names[int(sheet.cells[at].get("s", "0"))]
            if style.partition("_")[0] not in CALCULATED:
                continue
            value = sheet.value(at)
            # Text styles are also used for column headings; other text comes only from formulas.
            if isinstance(value, float) or (value is not None and style in CALCULATED):
                yield f"{name}!{address(*at)}: holds {value}, typed where a formula should be"


def _styles(sheet: Element) -> list[str]:
    """Return the name of the style of each format that cells refer to."""
    named = {s.attrib["xfId"]: s.attrib["name"] for s in sheet.iterfind("cellStyles/cellStyle")}
    return [named.get(xf.get("xfId", "0"), "") for xf in sheet.iterfind("cellXfs/xf")]
