"""A workbook with other contents in some cells, changed in its parts.

To open and save a workbook by openpyxl takes several times as long as to evaluate it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from openpyxl.utils.datetime import to_excel

from workbook.check import reader
from workbook.check.held import area_of, linked
from workbook.package.cells import Place, address, number_text, place
from workbook.package.package import Package
from workbook.template.sheets import sources

#: What is put into each of some cells: a number, a text, a date, a formula, or None to clear it.
Edits = Mapping[tuple[str, Place], Any]


def changed(file: bytes | Package, edits: Edits) -> Package:
    """Return a workbook, open, with some cells changed; no formula is calculated again."""
    package = Package.opened(file)
    for (sheet, at), new in edits.items():
        page = package.sheets[sheet]
        if at not in page.cells:
            page.cells[at] = _added(package.edited(page.part), at)
        package.edited(page.part)
        _put(page.cells[at], new)
    # What has been read of the parts before would be of the cells as they were.
    return Package(package.current())


def renamed(file: bytes, names: Mapping[str, str]) -> Package:
    """Return a workbook, open, in which some names refer to something else."""
    package = Package.opened(file)
    for name in package.edited("xl/workbook.xml").iterfind("definedNames/definedName"):
        if "localSheetId" not in name.attrib:
            name.text = names.get(name.attrib["name"], name.text)
    return Package(package.current())


def ranges(package: Package) -> dict[str, str]:
    """Return where each range of a workbook is, with a defined name or as Sources lists it."""
    return reader.ranges(package)


def areas(package: Package) -> dict[str, tuple[str, Place, Place]]:
    """Return the sheet, the first and the last cell of each range of a workbook."""
    found = {name: area_of(text) for name, text in ranges(package).items()}
    return {name: area for name, area in found.items() if area}


def typed(package: Package, path: str) -> tuple[str, Place]:
    """Return the cell in which a figure is typed."""
    page = package.sheets["Sources"]
    (row,) = (
        row
        for row, column in page.cells
        if column == sources.FIGURE and page.value((row, column)) == path
    )
    area = area_of(linked(page.formulas[row, sources.VALUE].text))
    assert area is not None
    return area[0], area[1]


def valued(package: Package) -> tuple[str, Place]:
    """Return the cell of the value per share."""
    sheet, (top, left), (bottom, _) = areas(package)["Valuation"]
    page = package.sheets[sheet]
    (row,) = (r for r in range(top, bottom + 1) if page.value((r, left)) == "Value per share")
    return sheet, (row, left + 1)


def _put(cell: Element, new: Any) -> None:
    for inside in [*cell]:
        cell.remove(inside)
    for about_value in ("t", "cm"):
        cell.attrib.pop(about_value, None)
    if new is None:
        return
    if isinstance(new, str) and new.startswith("="):
        SubElement(cell, "f").text = new[1:]
    elif isinstance(new, str):
        cell.set("t", "inlineStr")
        SubElement(SubElement(cell, "is"), "t").text = new
    else:
        number = to_excel(new) if isinstance(new, date) else new
        SubElement(cell, "v").text = number_text(number)


def _added(sheet: Element, at: Place) -> Element:
    """Add a cell that the part lacks, in the order of its rows and cells."""
    data = sheet.find("sheetData")
    assert data is not None
    row = next((row for row in data if row.get("r") == str(at[0])), None)
    if row is None:
        row = Element("row", r=str(at[0]))
        data.insert(sum(int(other.attrib["r"]) < at[0] for other in data), row)
    cell = Element("c", r=address(*at))
    row.insert(sum(place(other.attrib["r"])[1] < at[1] for other in row), cell)
    return cell
