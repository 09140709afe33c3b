"""Rows shared by the sections of the sheet Valuation."""

from __future__ import annotations

from collections.abc import Sequence

from workbook.template import printing
from workbook.template.area import Area
from workbook.template.layout import Page
from workbook.template.rows import FIRST, LABEL, UNIT


def heads(page: Page, label: str, texts: Sequence[str], shown: Sequence[object] = ()) -> Area:
    """Write column headings: words, or links to words that are also passed."""
    high = printing.ROW
    page.put(page.row, UNIT, None, "head_left")
    for column in (2, 3):
        page.put(page.row, column, None, "head_left")
    page.put(page.row, LABEL, label, "head_left")
    for i, text in enumerate(texts):
        page.put(page.row, FIRST + i, text, "link_head" if "!" in text else "head")
        cell = page.sheet.cell(page.row, FIRST + i)
        width = page.sheet.column_dimensions[cell.column_letter].width
        high = max(high, printing.height(str(shown[i] if shown else text), width, cell.font))
    page.heights[page.row] = high
    page.row += 1
    return Area(page.title, page.row - 1, FIRST, 1, len(texts))


def each(area: Area) -> list[str]:
    """Give the addresses of a row's cells, relative when a formula is copied across."""
    return [area.part(0, i).by_column for i in range(area.columns)]
