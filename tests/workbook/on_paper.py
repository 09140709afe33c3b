"""Sheets as they stand in a file, and the pages that they are printed on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from looked_at import without_keys
from openpyxl.utils import get_column_letter, range_boundaries
from working_copy import HIDDEN

from workbook.template.layout import HEAD_ROWS

#: A4 in points.
LONG, SHORT = 841.9, 595.3
#: The head of every sheet, which is repeated on every page.
HEAD = HEAD_ROWS


@dataclass
class Printed:
    """A sheet, and its print area."""

    sheet: Any
    columns: tuple[int, int]
    last: int

    @property
    def scale(self) -> float:
        return float(self.sheet.page_setup.scale) / 100

    @property
    def rows(self) -> list[tuple[int, int]]:
        """First and last row of every page, from top to bottom."""
        ends = [HEAD, *(b.id for b in self.sheet.row_breaks.brk), self.last]
        return [(before + 1, end) for before, end in pairwise(ends)]

    @property
    def room(self) -> tuple[float, float]:
        """Width and height of what fits on a page, at the sheet's scale."""
        upright = self.sheet.page_setup.orientation == "portrait"
        wide, high = (SHORT, LONG) if upright else (LONG, SHORT)
        margins = self.sheet.page_margins
        return (
            (wide - 72 * (margins.left + margins.right)) / self.scale,
            (high - 72 * (margins.top + margins.bottom)) / self.scale,
        )

    def height(self, first: int, last: int) -> float:
        return math.fsum(self.sheet.row_dimensions[row].height for row in range(first, last + 1))

    def width(self, first: int, last: int) -> float:
        letters = [get_column_letter(column) for column in range(first, last + 1)]
        return math.fsum(self.sheet.column_dimensions[letter].width for letter in letters)

    def style(self, row: int) -> set[str]:
        return {cell.style for cell in self.sheet[row]}


def sheets_of(book: Any) -> list[Printed]:
    """Return the printed part of every sheet: one piece, from the first cell on."""
    found = []
    for sheet in book:
        if sheet.title not in HIDDEN:
            left, top, right, last = range_boundaries(sheet.print_area.rpartition("!")[2])
            assert (left, top) == (1, 1), sheet.title
            without_keys(sheet)
            found.append(Printed(sheet, (left, right), last))
    return found
