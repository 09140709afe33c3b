"""Formulas over which somebody has typed.

What is typed over a formula stays what it is when the inputs change, and nothing on the sheet
shows it. A workbook gives each cell a style by what it is for, so what was typed where the style
says that something is calculated stands in the place of a formula.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbook.package.archive import parsed, read, sheet_parts
from workbook.package.cells import address
from workbook.package.contents import cell_value, filled, formulas_in, present_cells, shared_strings

#: First words of the styles of cells that calculate; the rest of a name is a matter of looks.
CALCULATED = {"calc", "link", "total", "result", "check"}


def overwritten(package: bytes) -> Iterator[str]:
    """Find the cells of a workbook that hold something typed where they should calculate.

    Parameters
    ----------
    package : bytes
        An .xlsx file that was built from a case.

    Yields
    ------
    str
        A sentence for each cell.
    """
    parts = read(package)
    names, strings = _styles(parts), shared_strings(parts)
    for sheet, part in sheet_parts(parts).items():
        present = present_cells(parsed(parts[part]))
        found = formulas_in(present, strings)
        for at in sorted(present.keys() - set(filled(found))):
            value = cell_value(present[at], strings)
            style = names[int(present[at].get("s", "0"))]
            number = isinstance(value, float) and style.partition("_")[0] in CALCULATED
            # Styles for texts head columns, too; the others have texts from formulas alone.
            if number or (value is not None and style in CALCULATED):
                yield f"{sheet}!{address(*at)}: holds {value}, typed where a formula should be"


def _styles(parts: dict[str, bytes]) -> list[str]:
    """Return the name of the style of each format that cells refer to."""
    sheet = parsed(parts["xl/styles.xml"])
    named = {s.attrib["xfId"]: s.attrib["name"] for s in sheet.iterfind("cellStyles/cellStyle")}
    return [named.get(xf.get("xfId", "0"), "") for xf in sheet.iterfind("cellXfs/xf")]
