"""Columns of the sheet Signals, and texts in them."""

from __future__ import annotations

from openpyxl.styles import Alignment

from workbook.template.layout import Page

LABEL = 2
#: Columns of sentences, to the right of the numbers.
REASON, SOURCE = 10, 11
LAST = SOURCE


def wrap(page: Page, row: int, column: int, indent: int = 2) -> None:
    """Let the text of a cell take several lines."""
    page.sheet.cell(row, column).alignment = Alignment(
        horizontal="left", vertical="center", wrap_text=True, indent=indent
    )
