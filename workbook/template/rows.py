"""Rows and areas that several sheets write or find alike."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.layout import Area, Book, Page

#: Where the unit, the label and the first value of a row stand on a sheet with a timeline.
UNIT, LABEL, FIRST = 1, 4, 5
#: How the count of a block of numbers is told on Checks.
COUNTED = "every cell is a number"


def column_of(book: Book, key: str, header: str) -> Area:
    """Return a column of a table of the case, below its header."""
    table = book.areas[f"tables.{key}"]
    place = list(book.case.tables[key].columns).index(header)
    return table.part(1, place, table.rows - 1)


def scalar(
    page: Page, unit: str, label: str, formula: str, *, style: str = "calc", form: str = ""
) -> Area:
    """Write a row with one value: its unit, its label and its formula."""
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")
    area = page.put(page.row, FIRST, formula, style, form or styles.FORMATS[unit])
    page.row += 1
    return area


def counted(book: Book, name: str, *areas: Area) -> None:
    """Count the numbers of these parts of the last block, in place of all of it."""
    book.numbers[-1:] = [
        (f"{name}{f', part {i}' if i > 1 else ''}: {COUNTED}", area)
        for i, area in enumerate(areas, 1)
    ]


def is_text(area: str, text: str) -> str:
    """Say where cells of a block of results hold a text, as a formula: TRUE or FALSE for each.

    Calc finds no text that an add-in returned in a block equal to the same text typed, until an
    operator has made it anew. MATCH, COUNTIF, SUMIF and the lookups find none either.
    """
    return f'({area}&""={text})'


def place_of(text: str, area: str) -> str:
    """Give the first place of a text in a column of a block of results, as a formula.

    See `is_text`. INDEX has the column taken whole where a program would take the formula's row.
    """
    return f'MATCH({text},INDEX({area}&"",0),0)'
