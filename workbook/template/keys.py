"""Keys of rows and columns: by them a cell is found again after a user has moved it.

A column and a row of every sheet, hidden and at a distance from the rest, hold text. A row's key is
the part of the sheet that it belongs to and its place there, so that a row added to one part
changes no key of another. Spreadsheets move the keys with their rows and columns, and every program
saves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from workbook.template.edition import edition
from workbook.template.sheets.case_text import digest, written

if TYPE_CHECKING:
    from workbook.template.layout import Book, Page

#: Rows and columns between the sheet and its keys, into which results may grow.
DISTANCE = 100
#: How the cell begins in which the keys' row and column meet; the sheet's title follows, then the
#: edition that built it, and a digest of the case that it was built from.
CORNER, BUILT_BY, BUILT_FROM = "Keys of ", ", edition ", ", case "


def put(book: Book) -> None:
    """Write the keys of every sheet, each of which is finished."""
    built = f"{BUILT_BY}{edition()}{BUILT_FROM}{digest(written(book.case.text))}"
    for page in book.begun.values():
        _put(page, list(page.sheet._cells), built)


def row_key(part: int, row: int) -> str:
    """Return the key of a row, by the part of the sheet that it is in and its place there."""
    return f"{part}.{row}"


def _put(page: Page, places: Iterable[tuple[int, int]], built: str) -> None:
    rows, columns = (max(numbers) for numbers in zip(*places, strict=True))
    last, right = rows + DISTANCE, columns + DISTANCE
    begins = {1, *page.begins}
    part = first = 0
    # A check looks at the row below a table, which may be the last of its sheet.
    for row in range(1, rows + 2):
        if row in begins:
            part, first = part + 1, row
        page.put(row, right, row_key(part, row - first), "unit")
    for column in range(1, columns + 1):
        page.put(last, column, get_column_letter(column), "unit")
    page.put(last, right, f"{CORNER}{page.title}{built}", "unit")
    page.sheet.column_dimensions[get_column_letter(right)].hidden = True
    page.sheet.row_dimensions[last] = {"hidden": "1"}
