"""Printing of a sheet: row heights, scale, and page breaks.

Every row gets a height, so that Excel and Calc end the pages at the same rows, and so that page
breaks can be chosen: never through a chart or a table that fits on a page, and
never below a heading.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break

#: Height of a row of one line, and the most that Excel accepts, in points.
ROW: Final = 15.0
TALLEST: Final = 409.0
#: Points in a unit of column width: 7 whole pixels in Excel, a digit of 11-point Calibri in Calc.
#: The first measures what must fit into a column, the second what must fit on paper.
NARROW, WIDE = 5.25, 5.58
#: Sides of A4 in points, and margins in inches.
LONG, SHORT = 841.9, 595.3
SIDE, TOP, BOTTOM, EDGE = 0.4, 0.5, 0.75, 0.35
#: Allowance for differences between printers.
USED: Final = 0.985
#: Fraction at which a page is full enough to end before a section, to keep it together.
LEAST_FULL: Final = 0.4


@dataclass(frozen=True)
class Sheet:
    """The extent of a sheet: printed columns, all rows, those printed, and those on every page."""

    columns: int
    rows: int
    printed: int
    head_rows: int


def lay_out(
    sheet: Any,
    extent: Sheet,
    portrait: bool,
    stated: Mapping[int, float],
    kept: Collection[tuple[int, int]],
    sections: Collection[int],
) -> None:
    """Set a sheet's print area, scale, and page breaks.

    Rows have the given heights, or those that their text needs. No page ends within the rows of
    `kept`; pages preferably end before the rows of `sections`.
    """
    wide, high = room(portrait)
    widest = sum(_width(sheet, column) for column in range(1, extent.columns + 1))
    scale = min(1.0, wide / (widest * WIDE))
    sheet.page_setup.scale = int(100 * scale)
    heights = fit_rows(sheet, extent.rows, stated)
    body = high / scale - sum(heights[row] for row in range(1, extent.head_rows + 1))
    whole = [(top, min(end, extent.printed)) for top, end in kept if top <= extent.printed]
    held = {row for top, end in whole for row in range(top, end + 1)}
    filled = {c.row for c in sheet._cells.values() if c.value is not None}
    printed = {row: heights[row] for row in range(1, extent.printed + 1)}
    empty = set(printed) - held - filled
    for end in page_ends(printed, extent.head_rows + 1, body, whole, sections, empty):
        sheet.row_breaks.append(Break(id=end))
    sheet.print_area = f"A1:{get_column_letter(extent.columns)}{extent.printed}"


def room(portrait: bool) -> tuple[float, float]:
    """Return the width and height, in points, that a page holds at full size."""
    wide, high = (SHORT, LONG) if portrait else (LONG, SHORT)
    return USED * (wide - 144 * SIDE), USED * (high - 72 * (TOP + BOTTOM))


def set_up(sheet: Any, company: str, portrait: bool) -> None:
    """Set the paper, its margins and the footer."""
    sheet.page_setup.orientation = "portrait" if portrait else "landscape"
    sheet.page_setup.paperSize = 9
    margins = sheet.page_margins
    margins.left = margins.right = SIDE
    margins.top, margins.bottom, margins.header, margins.footer = TOP, BOTTOM, EDGE, EDGE
    # An ampersand begins a code, and is doubled to be literal.
    sheet.oddFooter.left.text = company.replace("&", "&&")
    sheet.oddFooter.center.text = "&A"
    sheet.oddFooter.right.text = "Page &P of &N"
    sheet.HeaderFooter.scaleWithDoc = False


def height(text: str, width: float, font: Font, indent: float = 0) -> float:
    """Return the row height needed for text in a column of a given width, in points."""
    letter = (font.size or 10) * (0.49 if font.bold else 0.47)
    # Three points are the cell's own edges, and an indent is as wide as three blanks.
    letters = max(1, int((width * NARROW - 3 - 7 * indent) / letter))
    parts = text.split("\n")
    count = sum(1 if len(p) <= letters else len(textwrap.wrap(p, letters)) for p in parts)
    return min(TALLEST, max(ROW, 1.25 * float(font.size or 10) * count + 2.5))


def fit_rows(sheet: Any, last: int, stated: Mapping[int, float]) -> dict[int, float]:
    """Give every row its set height, or what its wrapped text needs, and return all."""
    merged = {
        (r.min_row, r.min_col): sum(
            _width(sheet, column) for column in range(r.min_col, r.max_col + 1)
        )
        for r in sheet.merged_cells.ranges
    }
    heights = dict.fromkeys(range(1, last + 1), ROW)
    # Asked of a cell, its font and its alignment would be wrapped in an object each time.
    fonts, alignments = sheet.parent._fonts, sheet.parent._alignments
    # Iterating over rows would create missing cells.
    for (row, column), cell in sheet._cells.items():
        text, style = cell.value, cell._style
        if row in stated or not isinstance(text, str) or text.startswith("="):
            continue
        alignment = alignments[style.alignmentId]
        if alignment.wrap_text:
            width = merged.get((row, column), _width(sheet, column))
            high = height(text, width, fonts[style.fontId], alignment.indent)
            heights[row] = max(heights[row], high)
    heights |= stated
    for row, high in heights.items():
        # As openpyxl's own object writes them; creating one takes far longer.
        sheet.row_dimensions[row] = {"ht": f"{high:.16g}", "customHeight": "1"}
    return {row: heights[row] for row in range(1, last + 1)}


def _width(sheet: Any, column: int) -> float:
    return float(sheet.column_dimensions[get_column_letter(column)].width)


def page_ends(
    heights: Mapping[int, float],
    first: int,
    room: float,
    kept: Collection[tuple[int, int]],
    sections: Collection[int],
    blank: Collection[int],
) -> list[int]:
    """Return the last row of every page but the last one.

    A page ends before a section if it is full enough there, else below an empty row, else where
    it must; but never within rows that are kept together and fit on a page.
    """
    last = max(heights)
    held = {
        row
        for top, bottom in kept
        if sum(heights[row] for row in range(top, bottom + 1)) <= room
        for row in range(top + 1, bottom + 1)
    }
    ends: list[int] = []
    top = first
    while True:
        used, row, places = 0.0, top, []
        while row <= last and used + heights[row] <= room:
            used += heights[row]
            row += 1
            if row not in held:
                rank = 2 if row in sections else 1 if row - 1 in blank else 0
                places.append((used >= LEAST_FULL * room, rank, row))
        if row > last:
            return ends
        top = max(places)[2] if places else max(row, top + 1)
        ends.append(top - 1)
