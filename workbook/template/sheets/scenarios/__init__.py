"""Scenarios and sensitivity: how the value per share could differ."""

from __future__ import annotations

from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import FIRST, line_head
from workbook.template.sheets.scenarios import grids, side_by_side, tornado
from workbook.template.sheets.scenarios.lines import STEP, TITLE

__all__ = ["TITLE", "write"]

TABLES = ("scenarios", "grids", "ranges")


def write(book: Book) -> None:
    """Write the sheet, of a case that states scenarios, grids or ranges."""
    if not any(key in book.case.tables for key in TABLES):
        return
    page = book.page(
        TITLE, "what the value per share becomes with other inputs",
        [7, 2, 2, 36, *[10.5] * (STEP - FIRST + 1)], f"E{HEAD_ROWS + 1}", portrait=True,
    )  # fmt: skip
    line_head(page, STEP)
    side_by_side.write(page, book)
    tornado.write(page, book)
    grids.write(page, book)
    page.finish(STEP)
