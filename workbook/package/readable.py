"""What Excel keeps in a file in other words than those that everything here reads."""

from __future__ import annotations

from workbook.package.cells import number_text
from workbook.package.package import Package
from workbook.package.tables import in_cells, tables_of

#: Days from the day whose serial number is 0 to that of a workbook that counts from 1904.
DAYS_1904 = 1_462


def counts_from_1904(package: Package) -> bool:
    """Tell whether a workbook counts its days from 1904, as Excel for the Mac once did."""
    properties = package.tree("xl/workbook.xml").find("workbookPr")
    return properties is not None and properties.get("date1904") in ("1", "true")


def readable(package: Package) -> Package:
    """Give a workbook with references to cells and days counted from 1900.

    Structured references to Excel's tables become references to cells. In a workbook that counts
    days from 1904, the numbers in cells with the format of a date become those from 1900, which
    the functions read.
    """
    made = Package(dict(package.current()))
    tables = tables_of(made)
    for sheet in made.sheets.values() if tables else ():
        for at, cell in sheet.cells.items():
            formula = cell.find("f")
            if formula is not None and "[" in (formula.text or ""):
                made.edited(sheet.part)
                formula.text = in_cells(formula.text or "", at[0], tables)
    if counts_from_1904(made):
        _count_from_1900(made)
    return Package(made.current())


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
