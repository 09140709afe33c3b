"""Equity: dilution, the balance sheet and the offer, claims, diluted EPS, headlines.

Dilution is written before the sheets that read it, and the rest after them.
"""

from __future__ import annotations

from model.dilution.headlines import Reconciliation
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import LABEL, has, line_head
from workbook.template.sheets.equity import balance, claims, dilution, earnings, offer

TITLE = "Equity"
#: Columns of the widest block, the headlines, whose findings extend over two more.
COLUMNS = max(len(Reconciliation.declared) + 2, dilution.WIDTH)
LAST = LABEL + COLUMNS


def begin(book: Book) -> None:
    """Begin the sheet with dilution, on which the cost of capital and the value depend."""
    terms = "the offer, " if has(book, offer.TERMS) else ""
    page = book.page(
        TITLE,
        f"dilution, {terms}claims on the equity value",
        [11, 2, 2, 34, 18, 15, 12.5, 22.5, *[12.5] * (COLUMNS - 5), 34],
        freeze=f"E{HEAD_ROWS + 1}",
        label=LABEL,
    )
    line_head(page, LAST)
    dilution.write(page, book, LAST)


def write(book: Book) -> None:
    """Write the rest of it: the offer, claims, earnings per share, headlines."""
    page = book.resume(TITLE)
    assert page is not None
    page.tall_heads = True
    if balance.follows(book):
        page.section("Cash, debt and claims: from the balance sheet to the bridge", LAST)
        balance.write(page, book)
    offer.write_terms(page, book, LAST)
    page.section("Each security's claim on the equity value", LAST)
    found = claims.write(page, book)
    if claims.conditional(book):
        page.section("Conditions: what counts at the share price, and at the value", LAST)
        claims.conditions(page, book, found)
    if has(book, earnings.NEEDED):
        page.section("Diluted earnings per share, the accounting measure", LAST)
        earnings.write(page, book)
    offer.write_sections(page, book, LAST)
    page.finish(LAST)
