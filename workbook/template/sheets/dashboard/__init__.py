"""Dashboard: what the company is worth and what that rests on, on one page."""

from __future__ import annotations

from workbook.status import FRONT
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.sheets.dashboard import about, answers, funded, prices, segments
from workbook.template.sheets.dashboard.panels import LAST, WIDTHS, panels

TITLE = FRONT


def begin(book: Book) -> None:
    """Begin the sheet: everything but the warnings, which the checks come before."""
    worth = f"what its {'contracts' if book.case.rpo else 'shares'} are worth"
    page = book.page(TITLE, worth, WIDTHS, f"A{HEAD_ROWS + 1}", portrait=True)
    prices.write(page, book)
    segments.write(page, book)
    panels(page, book, funded.contracts, funded.cash)
    panels(page, book, answers.scenarios, answers.requires)


def write(book: Book) -> None:
    """Write the rest; what explains the workbook is below the printed page."""
    page = book.resume(TITLE)
    assert page is not None
    panels(page, book, answers.signals, answers.warnings)
    page.on_screen_only("the company, what the figures rest on, the sheets, limits and names", LAST)
    about.write(page, book)
    page.finish(LAST)
