"""What Excel keeps in a file in other words than those that everything here reads."""

from __future__ import annotations

import re

from workbook.package.cells import number_text, place
from workbook.package.open_formula import quoted_where_needed
from workbook.package.package import Package
from workbook.package.tables import in_cells, tables_of

#: A reference to all that an array formula fills.
_FILLED = re.compile(
    r"_xlfn\.ANCHORARRAY\((?:(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[\w.]+))!)?"
    r"(?P<cell>\$?[A-Z]{1,3}\$?[1-9]\d*)\)",
    re.IGNORECASE,
)
#: Days from the day whose serial number is 0 to that of a workbook that counts from 1904.
DAYS_1904 = 1_462


def counts_from_1904(package: Package) -> bool:
    """Tell whether a workbook counts its days from 1904, as Excel for the Mac once did."""
    properties = package.tree("xl/workbook.xml").find("workbookPr")
    return properties is not None and properties.get("date1904") in ("1", "true")


def readable(package: Package) -> Package:
    """Give a workbook with references to cells, each formula in its own cell, and days from 1900.

    Structured references to Excel's tables, and those to all that an array formula fills (``A1#``),
    become references to cells. In a workbook that counts days from 1904, the numbers in cells with
    the format of a date become those from 1900, which the functions read.
    """
    made = Package(dict(package.current()))
    tables = tables_of(made)
    for name, sheet in made.sheets.items():
        for at, formula in sheet.formulas.items():
            text = in_cells(formula.text, at[0], tables) if tables else formula.text
            text = _FILLED.sub(lambda found, name=name: _filled(found, name, made), text)
            element = sheet.cells[at].find("f")
            assert element is not None
            if text != element.text:
                made.edited(sheet.part)
                element.text = text
            if element.get("t") == "shared":
                made.edited(sheet.part)
                element.attrib.clear()
    if counts_from_1904(made):
        _count_from_1900(made)
    return Package(made.current())


def _filled(found: re.Match[str], sheet: str, package: Package) -> str:
    """Give the cells that the array formula in a cell fills."""
    title = (found["quoted"] or "").replace("''", "'") or found["plain"] or sheet
    formulas = package.sheets[title].formulas if title in package.sheets else {}
    formula = formulas.get(place(found["cell"]))
    ref = formula.ref if formula else None
    return found[0] if ref is None else f"{quoted_where_needed(title)}!{ref}"


def _count_from_1900(package: Package) -> None:
    from openpyxl.styles.numbers import is_datetime

    for sheet in package.sheets.values():
        for at, cell in sheet.cells.items():
            value = cell.find("v")
            if value is None or not value.text or cell.get("t", "n") != "n":
                continue
            if is_datetime(sheet.number_format(at)) in ("date", "datetime"):
                package.edited(sheet.part)
                value.text = number_text(float(value.text) + DAYS_1904)
    properties = package.edited("xl/workbook.xml").find("workbookPr")
    assert properties is not None
    del properties.attrib["date1904"]
