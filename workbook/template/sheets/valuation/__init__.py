"""Valuation: other views of the DCF's result, and an investor's returns.

Failure, and returns on dated flows. A section is written if the case has its inputs.
"""

from __future__ import annotations

from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import FIRST, LABEL, UNIT, has
from workbook.template.sheets.valuation import failure, returns

#: Minimum number of numeric columns.
COLUMNS = 7

#: Each section: its heading, what it needs from the case, and how it is written.
SECTIONS = (
    ("The chance of failure, by rating", failure.NEEDED, failure.write),
    (
        "Returns to an investor who buys at the share price and sells over several years",
        returns.NEEDED,
        returns.write,
    ),
)


def write(book: Book) -> None:
    """Write the sheet, if the case has the inputs of at least one section."""
    written = [(title, section) for title, needed, section in SECTIONS if has(book, needed)]
    if not written:
        return
    columns = max(COLUMNS, len(book.years) + 1)
    last = FIRST + columns - 1
    page = book.page(
        "Valuation",
        "failure and returns",
        [11, 2, 2, 46, *[12.5] * columns],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    for column in range(UNIT, last + 1):
        text = {UNIT: "Unit", LABEL: "Line"}.get(column)
        page.put(HEAD_ROWS, column, text, "head_left")
    for title, section in written:
        page.section(title, last)
        section(page, book)
    page.finish(last)
