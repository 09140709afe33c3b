"""Contracts and RPO: the balance, contracts one by one, measures, and later filings, by quarter.

The balance is written before the sheets that read its schedule, and the rest after them.
"""

from __future__ import annotations

from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import FIRST, LABEL, line_head
from workbook.template.sheets.contracts_and_rpo import balance, contracts, earlier, filings, split

TITLE = "Contracts and RPO"
#: Columns of the widest table that is not by quarter.
WIDEST = 9


def begin(book: Book) -> None:
    """Begin the sheet, if the company has remaining performance obligations."""
    if book.case.rpo is None:
        return
    quarters = _quarters(book)
    months = int(book.rpo.final_month.number) if book.rpo.segment else 0
    page = book.page(
        TITLE,
        "contracts and RPO",
        [11, 2, 2, 40, *[11.5] * max(quarters, months)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    line_head(page, _last(book))
    balance.write(page, book, _last(book))


def write(book: Book) -> None:
    """Write the rest of it: contracts, and what reads the forecast."""
    page, last = book.resume(TITLE), _last(book)
    if page is None:
        return
    tables = book.case.tables
    if "customer_contracts" in tables:
        contracts.write(page, book, last)
    if "named_customers" in tables:
        page.section("Concentration of past revenue, within what filings name", last)
        filings.named_customers(page, book)
    page.section("Measures of the balance", last)
    filings.measures(page, book)
    if book.rpo.earlier:
        page.section("Back-test: earlier balances against revenue up to the opening one", last)
        earlier.write(page, book)
    if any(b.recognised for b in book.rpo.later.values()):
        page.section("Bookings that later balances imply", last)
        balance.later_balances(page, book)
        page.section("Back-test: the opening schedule against later filings", last)
        disclosed = filings.backtest(page, book)
        page.section("Back-test by shape: the old balance, contracts signed since, the rest", last)
        split.write(page, book, *disclosed)
    by_month = book.areas.get("Contracted_by_month")
    widest = by_month.column + by_month.columns - 1 if by_month else last
    page.finish(max(last, widest), repeated=LABEL)


def _quarters(book: Book) -> int:
    return max(balance.quarters_of(book), contracts.quarters_of(book), WIDEST)


def _last(book: Book) -> int:
    return FIRST + _quarters(book) - 1 if book.case.rpo else 0
