"""Valuation: other ways to look at what the DCF says, and what an investor makes of it.

Leverage, growth in stages, failure, and returns on dated flows. A section stands where the case
has what it needs.
"""

from __future__ import annotations

from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import FIRST, LABEL, UNIT, has
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.valuation import leverage as valuation_leverage
from workbook.template.sheets.valuation import returns as valuation_returns
from workbook.template.sheets.valuation import stages as valuation_stages

#: Columns of numbers that the sheet has at least.
COLUMNS = 7

#: Each section: its heading, what it needs of the case, and how it is written.
SECTIONS = (
    (
        "Leverage: the beta without debt and with it, and the cost of capital",
        valuation_leverage.NEEDED,
        valuation_leverage.write,
    ),
    (
        "Growth in stages after the forecast, in place of terminal growth at once",
        valuation_stages.NEEDED,
        valuation_stages.write,
    ),
    (
        "The chance of failure, by rating",
        valuation_stages.FAILURE,
        valuation_stages.failure,
    ),
    (
        "An investor who buys at the share price and sells over some years",
        valuation_returns.NEEDED,
        valuation_returns.write,
    ),
)


def write(book: Book) -> None:
    """Write the sheet, if the case has what one of its sections needs."""
    written = [(title, section) for title, needed, section in SECTIONS if has(book, needed)]
    if not written:
        return
    columns = max(COLUMNS, len(book.years) + 1, valuation_stages.columns(book))
    last = FIRST + columns - 1
    page = book.page(
        "Valuation",
        "leverage, stages of growth, failure and returns",
        [11, 2, 2, 46, *[12.5] * columns],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    for column in range(UNIT, last + 1):
        text = {UNIT: "Unit", LABEL: "Line"}.get(column)
        page.put(HEAD_ROWS, column, text, "head_left")
    for title, section in written:
        page.section(title, last)
        section(page, book)
    page.finish(MASTER, last)
