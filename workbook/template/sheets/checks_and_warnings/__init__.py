"""Checks and warnings: what fails, what is implausible, and every check."""

from __future__ import annotations

from workbook.status import CHECKS
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.sheets.checks_and_warnings import checks, warnings
from workbook.template.sheets.checks_and_warnings.checks import LABEL, NUMBER
from workbook.template.sheets.checks_and_warnings.warnings import LOOK


def write(book: Book) -> None:
    """Write the sheet: failures and warnings first."""
    page = book.page(
        CHECKS,
        "checks and warnings",
        [6, 2, 68, 16, 16, 11, 11, 8, 52, 36],
        freeze=f"D{HEAD_ROWS + 1}",
        label=LABEL,
    )
    for column in range(1, LOOK + 1):
        page.put(HEAD_ROWS, column, {NUMBER: "No.", LABEL: "Line"}.get(column), "head_left")
    page.section("Failures", LOOK)
    failures = page.row
    page.row += checks.FAILURES
    warnings.write(page, book)
    checks.write(page, book, failures)
    page.finish(LOOK)
