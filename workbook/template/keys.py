"""Keys of rows and columns: by them a cell is found again after a user has moved it.

The last column and the last row of every sheet are hidden and hold text. A row's key is the part of
the sheet that it belongs to and its place there, so that a row added to one part changes no key of
another. Spreadsheets move the keys with their rows and columns, and every program saves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

if TYPE_CHECKING:
    from workbook.template.layout import Book, Page

#: How the cell begins in which the keys' row and column meet; the sheet's title follows.
CORNER = "Keys of "


def put(book: Book) -> None:
    """Write the keys of every sheet, each of which is finished."""
    for page in book.begun.values():
        _put(page, list(page.sheet._cells))


def _put(page: Page, places: Iterable[tuple[int, int]]) -> None:
    rows, columns = (max(numbers) for numbers in zip(*places, strict=True))
    begins = {1, *page.begins}
    part = first = 0
    for row in range(1, rows + 1):
        if row in begins:
            part, first = part + 1, row
        page.put(row, columns + 1, f"{part}.{row - first}", "unit")
    for column in range(1, columns + 1):
        page.put(rows + 1, column, get_column_letter(column), "unit")
    page.put(rows + 1, columns + 1, f"{CORNER}{page.title}", "unit")
    page.sheet.column_dimensions[get_column_letter(columns + 1)].hidden = True
    page.sheet.row_dimensions[rows + 1] = {"hidden": "1"}
