"""Contracts and RPO: what is under contract and what it has been worth, by fiscal year.

The schedules by quarter, from which the rest follows, are for the screen. They are written before
the sheets that read them, and the parts that are printed above them after those.
"""

from __future__ import annotations

from model.case.megawatt import serves_contracts
from workbook.template import charts
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import FIRST, LABEL, line_head
from workbook.template.sheets.contracts_and_rpo import (
    balance,
    by_year,
    capacity,
    contracts,
    customer,
    earlier,
    filings,
    split,
)
from workbook.template.sheets.contracts_and_rpo.balance import LAST

TITLE = "Contracts and RPO"
#: Columns of the widest table that is not by quarter.
WIDEST = LAST - LABEL
#: Columns of bands and measures, next to which there is a chart.
NARROW = FIRST + 4
FURTHER = "the schedules by quarter, the back-test step by step"


def begin(book: Book) -> None:
    """Begin the sheet, if the company has remaining performance obligations."""
    if book.case.rpo is None:
        return
    months = int(book.rpo.final_month.number) if book.rpo.segment else 0
    page = book.page(
        TITLE,
        "contracts and RPO",
        [11, 2, 2, 44, *[13] * max(_quarters(book), months)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    line_head(page, LAST)
    page.section("The balance, by disclosed band", NARROW)
    chart = page.row
    balance.bands(page, book)
    page.reserve("measures", filings.measures_rows(book))
    high = max(page.row - chart, charts.ROWS)
    page.row = chart + high
    page.kept.append((chart - 1, page.row))
    if _tested(book):
        page.reserve("shapes", 2 + split.rows(book))
    if contracts.has_warrant(book):
        page.reserve("tranches", 2 + customer.rows(book))
    page.reserve("years", by_year.rows(book))
    if serves_contracts(book.case):
        page.reserve("capacity", 2 + capacity.rows(book))
    if "customer_contracts" in book.case.tables:
        page.reserve("chart", 1 + charts.ROWS)
    if "named_customers" in book.case.tables:
        page.reserve("named", 2 + filings.named_rows(book))
    page.on_screen_only(FURTHER, LAST)
    balance.write(page, book, _last(book))
    balance.draw(page, book, NARROW + 1, LAST - NARROW, chart, charts.height_of(high))


def write(book: Book) -> None:
    """Write the rest of it: contracts, and what reads the forecast."""
    page, last = book.resume(TITLE), _last(book)
    if page is None:
        return
    tables = book.case.tables
    if "customer_contracts" in tables:
        contracts.write(page, book, last)
    if "named_customers" in tables:
        with page.within("named"):
            page.section("Concentration of past revenue, as far as filings name customers", LAST)
            filings.named_customers(page, book)
    with page.within("measures"):
        page.section("Measures of the balance", NARROW)
        filings.measures(page, book)
    if book.rpo.earlier:
        page.section("Back-test: earlier balances against revenue up to the opening one", LAST)
        earlier.write(page, book)
    if _tested(book):
        page.section("Bookings that later balances imply", LAST)
        balance.later_balances(page, book)
        page.section("Back-test: the opening schedule against later filings", LAST)
        disclosed = filings.backtest(page, book)
        page.section("Revenue since the opening balance, by where it came from", LAST)
        split.write(page, book, *disclosed)
    with page.within("years"):
        drawn = by_year.write(page, book, LAST)
    if drawn:
        with page.within("chart"):
            # A chart of its own may begin a page.
            page.sections.add(page.row)
            page.row += 1
            by_year.draw(page, drawn)
    page.finish(LAST)


def _tested(book: Book) -> bool:
    """Tell whether later filings say what was recognised."""
    return any(later.recognised for later in book.rpo.later.values())


def _quarters(book: Book) -> int:
    return max(balance.quarters_of(book), contracts.quarters_of(book), WIDEST)


def _last(book: Book) -> int:
    return FIRST + _quarters(book) - 1 if book.case.rpo else 0
