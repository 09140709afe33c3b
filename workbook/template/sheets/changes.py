"""Changes: the log of inputs changed since the workbook was built, to which commands add rows."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.layout import HEAD_ROWS, Book

TITLE = "Changes"
WHEN, INPUT, CELL, OLD, NEW = range(1, 6)
HEADERS = {WHEN: "When", INPUT: "Input", CELL: "Cell", OLD: "Old", NEW: "New"}
#: The keys of the row of headers, the last of the head, and of the row below it.
HEADER_KEY, SENTENCE_KEY = f"1.{HEAD_ROWS - 1}", "2.0"
SENTENCE = "A row for each changed input, added by offtake recalc, pull and build --from."
#: The formats of moments and dates among the columns.
_FORMATS = {WHEN: styles.MOMENT, OLD: styles.DATE}
#: Rows that are printed.
_PRINTED = 40


def write(book: Book) -> None:
    """Write the sheet without rows; the row of its sentence has the styles that they will have."""
    page = book.page(
        TITLE,
        "changes of the inputs",
        [19, 46, 18, 24, 24],
        freeze=f"A{HEAD_ROWS + 1}",
        portrait=True,
    )
    page.begins.add(page.row)
    for column, header in HEADERS.items():
        page.put(HEAD_ROWS, column, header, "note_head", _FORMATS.get(column))
        sentence = SENTENCE if column == WHEN else None
        page.put(page.row, column, sentence, "aside", _FORMATS.get(column))
    # Texts of the log stay texts, whatever they begin with.
    page.sheet.cell(page.row, INPUT).quotePrefix = True
    page.row += 1 + _PRINTED
    page.finish(NEW)
