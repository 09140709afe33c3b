"""Equity: the bridge from the balance sheet and the offer, claims, diluted EPS, headlines."""

from __future__ import annotations

from model.dilution.headlines import Reconciliation
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import UNIT, has
from workbook.template.sheets.equity_and_offer import balance, claims, earnings, offer

LABEL = 3
#: Columns of the widest block, the headlines, whose findings extend over two more.
COLUMNS = len(Reconciliation.declared) + 2
LAST = LABEL + COLUMNS


def write(book: Book) -> None:
    """Write the sheet."""
    page = book.page(
        "Equity and offer",
        "the offer, claims on the equity value, and the headlines",
        [11, 2, 36, 18, 15, 12.5, 21, *[12.5] * (COLUMNS - 5), 34],
        freeze=f"D{HEAD_ROWS + 1}",
        label=LABEL,
    )
    page.tall_heads = True
    for column in range(UNIT, LAST + 1):
        text = {UNIT: "Unit", LABEL: "Line"}.get(column)
        page.put(HEAD_ROWS, column, text, "head_left")
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
