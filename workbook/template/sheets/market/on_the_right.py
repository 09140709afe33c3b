"""The columns of the sheet: tables on the left, and small ones next to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from model.errors import InputError
from workbook.template.area import Area
from workbook.template.layout import Page
from workbook.template.rows import FIRST

#: Numbers of the tables on the left, and the columns of those on the right: a label, and numbers.
COLUMNS, NUMBERS = 9, 3
RIGHT = FIRST + COLUMNS + 1
LAST = RIGHT + NUMBERS
#: Columns of a table on the left that leave room for a chart before those on the right.
NARROW = 5
WIDTHS = (14, 2, 2, 42, *[11.5] * COLUMNS, 2, 29, 18, 13, 13)
#: A formula that only shows a cell of another sheet.
LINK = re.compile(r"='[^']+'!\$?[A-Z]+\$?\d+")


def fits(place: str, years: int) -> int:
    """Return a number of years across, if the tables on the left have room for them."""
    if years > COLUMNS:
        raise InputError(
            place, f"must have at most {COLUMNS} years for the sheet Market, not {years}"
        )
    return years


@contextmanager
def on_the_right(page: Page, top: int) -> Iterator[None]:
    """Write next to what is already there from a row on; then go on below the lower of the two."""
    left, page.row = page.row, top
    yield
    page.row = max(page.row, left)


def heads(page: Page, texts: Sequence[str], words: int = 1) -> None:
    """Write the head of a table on the right, of which some first columns hold words."""
    for i, text in enumerate(texts):
        style = "head" if i >= words else "note_head" if i else "head_left"
        page.put(page.row, RIGHT + i, text, style)
    page.row += 1


def put_row(page: Page, label: str, formulas: Sequence[str], forms: Sequence[str]) -> Area:
    """Write a row of a table on the right: its label, or a link to it, and its formulas."""
    page.put(page.row, RIGHT, label, "link_text" if label.startswith("=") else "label")
    for i, (formula, form) in enumerate(zip(formulas, forms, strict=True), 1):
        if formula:
            origin = "link" if LINK.fullmatch(formula) else "calc"
            side = "_indented" if form == "@" else ""
            page.put(page.row, RIGHT + i, formula, origin + side, "" if side else form)
    page.row += 1
    return Area(page.title, page.row - 1, RIGHT, 1, 1 + len(formulas))


def each_of(area: Area) -> list[str]:
    """Give the cells of a column of Inputs one by one, for a row across."""
    return [f"={area.part(i, 0)}" for i in range(area.rows)]
