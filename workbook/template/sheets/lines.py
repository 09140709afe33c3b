"""Rows that several sheets are made of: a line across, the units of a block, a table's column."""

from __future__ import annotations

from collections.abc import Sequence

from workbook.template import styles
from workbook.template.layout import Area, Book, Page

UNIT, LABEL, FIRST = 1, 4, 5


def units(page: Page, block: Area, told: Sequence[str]) -> None:
    """Write the unit before each row of a block, below its header."""
    for i, unit in enumerate(told, 1):
        page.put(block.row + i, UNIT, unit, "unit")


def line(
    page: Page,
    unit: str,
    label: str,
    formulas: Sequence[str],
    style: str = "calc",
    number_format: str = styles.MONEY,
) -> Area:
    """Write a row of formulas with its unit and its name."""
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")
    area = page.series(FIRST, formulas, style, number_format)
    page.row += 1
    return area


def column(book: Book, key: str, header: str) -> Area:
    """Find a column of a table on Inputs, without its header."""
    table = book.areas[f"tables.{key}"]
    return table.part(1, list(book.case.tables[key].columns).index(header), table.rows - 1)
