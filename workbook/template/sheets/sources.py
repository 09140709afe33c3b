"""Sources: every figure with its date, source, quality and reason, and every source once."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.sheets.checks import MASTER

UNIT, AS_OF, FIGURE, VALUE, QUALITY, SOURCE, NOTE = range(1, 8)


def write(book: Book) -> None:
    """Write the sheet; the value of each figure is linked to where it is typed."""
    page = book.page(
        "Sources",
        "sources of the inputs",
        [11, 12, 38, 15, 20, 52, 72],
        freeze=f"D{HEAD_ROWS + 1}",
    )
    for column, title in (
        (UNIT, "Unit"), (AS_OF, "As of"), (FIGURE, "Figure"), (VALUE, "Value"),
        (QUALITY, "Quality"), (SOURCE, "Source"), (NOTE, "Note"),
    ):  # fmt: skip
        style = "head" if column == VALUE else "head_left" if column < VALUE else "note_head"
        page.put(HEAD_ROWS, column, title, style)
    page.section("Figures (of a path by year, the first year's value)", NOTE)
    for path, figure in book.case.figures.items():
        text = isinstance(figure.value, str)
        page.put(page.row, UNIT, figure.unit, "unit")
        page.put(page.row, AS_OF, figure.date, "unit", styles.DATE)
        page.put(page.row, FIGURE, path, "label")
        page.put(
            page.row,
            VALUE,
            f"={book.areas[path].part(0, 0)}",
            "link_text" if text else "link",
            styles.FORMATS[figure.unit],
        )
        page.put(page.row, QUALITY, figure.quality, "beside")
        page.put(page.row, SOURCE, book.case.sources[figure.source].title, "note")
        page.put(page.row, NOTE, figure.note, "note")
        page.row += 1
    for key, table in book.case.tables.items():
        for name, row in table.rows.items():
            page.put(page.row, AS_OF, row.date, "unit", styles.DATE)
            page.put(page.row, FIGURE, f"tables.{key}.{name}", "label")
            page.put(page.row, QUALITY, row.quality, "beside")
            page.put(page.row, SOURCE, book.case.sources[row.source].title, "note")
            page.put(page.row, NOTE, row.note, "note")
            page.row += 1
    page.section("Where to find the sources", NOTE)
    for key, source in book.case.sources.items():
        page.put(page.row, FIGURE, key, "label")
        page.put(page.row, SOURCE, source.title, "note")
        if source.address:
            page.link(page.row, NOTE, source.address, source.address)
        page.row += 1
    page.finish(MASTER, NOTE)
