"""Equity: dilution, headlines, the balance sheet and the offer, claims, diluted EPS.

Dilution is written before the sheets that read it, and the rest after them, in reserved rows.
"""

from __future__ import annotations

from model.dilution.headlines import Reconciliation
from model.dilution.shares import Bridge
from workbook.template import blocks
from workbook.template.growing import room_for
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import FIRST, LABEL, has, line_head
from workbook.template.sheets.equity import balance, claims, dilution, earnings, offer

TITLE = "Equity"
#: Columns of the widest block, the headlines, whose findings extend over two more.
COLUMNS = max(len(Reconciliation.declared) + 2, dilution.WIDTH)
LAST = LABEL + COLUMNS
WIDTHS = (11, 2, 2, 34, 17, 13, 12, 22, *[11.5] * (COLUMNS - 5), 34.5)


def begin(book: Book) -> None:
    """Begin the sheet with dilution, on which the cost of capital and the value depend."""
    terms = "the offer, " if has(book, offer.TERMS) else ""
    page = book.page(
        TITLE,
        f"dilution, {terms}claims on the equity value",
        [*WIDTHS, *[11.5] * (_last(book) - LAST)],
        freeze=f"E{HEAD_ROWS + 1}",
        label=LABEL,
    )
    line_head(page, _last(book))
    shown = dilution.write(page, book, LAST)
    if balance.follows(book):
        page.reserve("balance", 2 + balance.rows(book))
    if has(book, offer.HEADLINES):
        page.reserve("headlines", 2 + offer.headline_rows(book))
    if has(book, offer.TERMS):
        page.reserve("offer", 2 + offer.chain_rows(book))
    page.reserve("claims", 2 + blocks.rows_of(Bridge, room_for(book, "Securities")))
    if conditional := claims.conditional_rows(book):
        page.reserve("conditions", 2 + 1 + conditional + 1)
    offer.reserve(page, book)
    page.on_screen_only(_further(book), LAST)
    dilution.by_price(page, book, LAST, shown)


def write(book: Book) -> None:
    """Write the rest of it: the offer, claims, earnings per share, headlines."""
    page = book.resume(TITLE)
    assert page is not None
    page.tall_heads = True
    if balance.follows(book):
        with page.within("balance"):
            page.section("Cash, debt and claims: from the balance sheet to the bridge", LAST)
            balance.write(page, book)
    offer.write_terms(page, book, LAST)
    with page.within("claims"):
        page.section("Each security's claim on the equity value", LAST)
        found = claims.write(page, book)
    if claims.conditional_rows(book):
        with page.within("conditions"):
            page.section("Conditions: what counts at the share price, and at the value", LAST)
            claims.conditions(page, book, found)
    if has(book, earnings.NEEDED):
        page.section("Diluted earnings per share, the accounting measure", LAST)
        earnings.write(page, book)
    offer.write_sections(page, book, LAST)
    page.finish(_last(book))


def _last(book: Book) -> int:
    """Return the last column: many prices extend over more than the widest block."""
    return max(LAST, FIRST + len(book.case.price_points) - 1)


def _further(book: Book) -> str:
    """Say what the sheet holds below what is printed."""
    parts = ["shares and market values price by price"]
    if has(book, offer.CLASSES):
        parts.append("ownership by class")
    if has(book, earnings.NEEDED):
        parts.append("diluted earnings per share")
    if has(book, offer.BOOK_VALUE) or has(book, offer.INVESTORS):
        parts.append("what new investors pay")
    if has(book, offer.LOCK_UP):
        parts.append("the free float")
    return ", ".join(parts)
