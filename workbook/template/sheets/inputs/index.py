"""The top of Inputs: what moves the value most, and an index of the parts of the sheet.

The links are formulas, so that they lead to the same cells after rows have been inserted.
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Font

from model.uncertainty.changes import AND
from workbook.template import printing, styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import Book, Page
from workbook.template.rows import column_of, spaced
from workbook.template.sheets.inputs.lines import LABEL, VALUE

#: First and last columns of the links of the index.
COLUMNS = ((3, 4), (5, 9), (10, 14))
#: How many inputs are shown that move the value most.
MOVERS = 5


def leave(page: Page, titles: Sequence[str], width: int) -> list[tuple[int, int, str]]:
    """Leave room for the index; return the row, the column and the text of each link."""
    page.section("Parts of this sheet", width)
    rows = -(-len(titles) // len(COLUMNS))
    top = page.row
    page.kept.append((top - 1, top + rows))
    page.row += rows
    found = []
    for i, title in enumerate(titles):
        first, last = COLUMNS[i // rows]
        found.append((top + i % rows, first, _short(title, page.width(first, last))))
    return found


def _short(title: str, width: float) -> str:
    """Cut a title to what fits: what it has in brackets or after commas is read where it leads."""
    text = title.partition(" (")[0].partition(":")[0]
    while printing.height(text, width, Font(size=10), 1) > printing.ROW and ", " in text:
        text = text.rpartition(", ")[0]
    return text


def link(page: Page, at: tuple[int, int, str], to: Area) -> None:
    """Write a link of the index."""
    row, column, text = at
    page.go_to(row, column, text, to)
    last = dict(COLUMNS)[column]
    page.merge(row, column, last)


def leave_movers(page: Page, book: Book, width: int) -> None:
    """Leave room for the inputs that move the value most, of a case that states ranges."""
    if "ranges" not in book.case.tables:
        return
    count = min(MOVERS, len(book.case.tables["ranges"].rows))
    book.areas["movers"] = Area(page.title, page.row, LABEL, 1 + count)
    page.row += 1 + count


def put_movers(page: Page, book: Book, names: Area, low: Area, high: Area) -> None:
    """Write which inputs move the value most, and how far, each with a link to it."""
    at, drivers = book.areas["movers"], book.areas["driver_names"]
    ranges = book.areas["tables.ranges"].part(0, 0)
    heads = (
        (at.column, "Moves the value per share most", "head_left"), (VALUE, "Low end", "head"),
        (VALUE + 1, "High end", "head"), (VALUE + 2, None, "head"),
        (VALUE + 3, "Input", "calc_head_indented"),
    )  # fmt: skip
    for column, text, style in heads:
        page.put(at.row, column, text, style)
    for i in range(1, at.rows):
        row, name = at.row + i, str(names.part(i - 1, 0))
        page.put(row, 1, "USD", "unit")
        page.put(row, at.column, f'={name}&""', "link_text")
        for column, ends in ((VALUE, low), (VALUE + 1, high)):
            page.put(row, column, f"={ends.part(i - 1, 0)}", "link", styles.PRICE)
        found = f'=IF({name}&""="","",{_input(book, name)})'
        typed = page.put(row, VALUE + 3, found, "calc_indented").local
        # Of inputs that are moved together, the first.
        first = spaced(f"LEFT({typed},FIND({quoted(AND)},{typed}&{quoted(AND)})-1)")
        driver = f"MATCH({first},{drivers.local},0)-1+ROW({drivers.part(0, 0).local})"
        cell = f"ADDRESS(IFERROR({driver},ROW({ranges.local})),COLUMN({ranges.local}))"
        link = f'HYPERLINK("#\'{page.title}\'!"&{cell},"Go to it")'
        page.put(row, VALUE + 2, f'=IF({typed}="","",{link})', "calc_go")


def _input(book: Book, name: str) -> str:
    """Find the input of a range by its label, which the tornado shows where there is one."""
    inputs = column_of(book, "ranges", "Input")
    # In Calc, text of a block matches only after an operator has recreated it: see `is_text`.
    name = f'{name}&""'
    place = f"MATCH({name},{inputs.local},0)"
    if "Label" in book.case.tables["ranges"].columns:
        place = f"IFERROR(MATCH({name},{column_of(book, 'ranges', 'Label').local},0),{place})"
    return f"INDEX({inputs.local},{place})"
