"""Formulas over which somebody has typed.

What is typed over a formula stays what it is when the inputs change, and nothing on the sheet
shows it. A workbook gives each cell a style by what it is for, so what was typed where the style
says that something is calculated stands in the place of a formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from workbook.package.cells import address
from workbook.package.package import Package

#: First words of the styles of cells that calculate; the rest of a name is a matter of looks.
CALCULATED = {"calc", "link", "total", "result", "check"}


def overwritten(package: Package) -> Iterator[str]:
    """Find the cells of a workbook that hold something typed where they should calculate.

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
            value = sheet.value(at)
            style = names[int(sheet.cells[at].get("s", "0"))]
            number = isinstance(value, float) and style.partition("_")[0] in CALCULATED
            # Styles for texts head columns, too; the others have texts from formulas alone.
            if number or (value is not None and style in CALCULATED):
                yield f"{name}!{address(*at)}: holds {value}, typed where a formula should be"


def _styles(sheet: Element) -> list[str]:
    """Return the name of the style of each format that cells refer to."""
    named = {s.attrib["xfId"]: s.attrib["name"] for s in sheet.iterfind("cellStyles/cellStyle")}
    return [named.get(xf.get("xfId", "0"), "") for xf in sheet.iterfind("cellXfs/xf")]
