"""Rows shared by the sections of the sheet Inputs, and what is noted next to each figure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from openpyxl.utils import get_column_letter

from model.case.parts import Figure, Origin
from model.fields import Field
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import Entry
from workbook.template.entries import of as entry_of
from workbook.template.layout import Book, Page

UNIT, AS_OF, LABEL, VALUE, FIRST = 1, 2, 3, 4, 5
#: What stands next to a figure.
SOURCE, WHY = "Source", "Why"
#: Words of the names of drivers that are initials.
SHORT = {"roic", "wacc"}
#: How wide a source is, and a reason at least and at most; a wider reason is hard to read.
WIDE, LEAST, MOST = 42.0, 45.0, 76.0


def put_row(
    page: Page, path: str, figure: Figure, field: Field, width: int, entry: Entry | None = None
) -> Area:
    """Write one figure with its label, unit, date, source and reason."""
    page.put(page.row, LABEL, figure.label, "label")
    area = put_value(page, page.row, VALUE, path, figure, entry or entry_of(field))
    put_provenance(page, figure, FIRST, width)
    page.row += 1
    return area


def put_value(page: Page, row: int, column: int, path: str, figure: Figure, entry: Entry) -> Area:
    """Write a figure in its input cell, and record the cell by its path."""
    small = figure.unit == "USD" and isinstance(figure.value, float) and 0 < figure.value < 0.005
    number_format = styles.SMALL_PRICE if small else styles.form_of(figure.unit, figure.value)
    return page.input(row, column, figure.value, entry, number_format, path=path)


def put_provenance(page: Page, figure: Figure, first: int, width: int, meaning: str = "") -> None:
    """Write the unit of a figure and its date, and from a column on its source and reason."""
    page.put(page.row, UNIT, figure.unit, "unit")
    put_origin(page, figure, first, width, meaning)


def put_origin(page: Page, of: Origin, first: int, width: int, meaning: str = "") -> None:
    """Write the date of the current row, and from a column on its source and reason."""
    page.put(page.row, AS_OF, of.as_of, "unit", styles.DATE)
    source = f"{page.book.case.sources[of.source].title} ({of.quality})"
    put_notes(page, source, sentences(of.note, meaning), first, width)


def put_notes(page: Page, source: str, why: str, first: int, width: int) -> None:
    """Write a source and a reason next to what they are about, and record where they are."""
    for kind, text, (left, right) in zip(
        (SOURCE, WHY), (source, why), places(page, first, width), strict=True
    ):
        note = page.put(page.row, left, text or None, "note")
        page.book.areas[f"{kind} of row {page.row}"] = note
        if right > left:
            page.merge(page.row, left, right)


def note_of(book: Book, kind: str, row: int) -> Area:
    """Return the cell of the source, or of the reason, of a row of Inputs."""
    return book.areas[f"{kind} of row {row}"]


def sentences(*texts: str) -> str:
    """Join texts of which each but the last ends with a full stop."""
    given = [text for text in texts if text]
    return " ".join([*(f"{text.removesuffix('.')}." for text in given[:-1]), *given[-1:]])


def places(page: Page, first: int, width: int) -> Iterator[tuple[int, int]]:
    """Give the columns of a source and of a reason: right after a column, and at once readable.

    The last column alone is not printed, so that nothing begins before it and ends in it.
    """
    wide = [page.sheet.column_dimensions[get_column_letter(c)].width for c in range(1, width + 1)]

    def end(start: int, room: float) -> int:
        last = start
        while last < width - 1 and sum(wide[start - 1 : last]) < room:
            last += 1
        return last

    source = end(first, WIDE)
    if sum(wide[source : width - 1]) < LEAST:
        yield first, width - 1
        yield width, width
    else:
        yield first, source
        yield source + 1, end(source + 1, MOST)


def put_heads(page: Page, first: int, width: int) -> None:
    """Head the source and the reason from a column on."""
    for column in range(1, first):
        if (page.row, column) not in page.sheet._cells:
            page.put(page.row, column, None, "head")
    for text, (left, right) in zip((SOURCE, WHY), places(page, first, width), strict=True):
        for column in range(left, right + 1):
            page.put(page.row, column, text if column == left else None, "note_head")


def put_figure_heads(page: Page, width: int) -> None:
    """Head a section of figures, each with its value, source and reason."""
    page.put(page.row, VALUE, "Value", "head")
    put_heads(page, FIRST, width)
    page.row += 1


def spoken(name: str) -> str:
    """Spell the name of a driver as an analyst says it, and functions take it.

    Examples
    --------
    >>> spoken("terminal_roic")
    'Terminal ROIC'
    """
    words = [word.upper() if word in SHORT else word for word in name.split("_")]
    return f"{words[0][:1].upper()}{words[0][1:]}{''.join(f' {word}' for word in words[1:])}"


def put_headers(page: Page, column: int, texts: list[str], names: Collection[int] = (0,)) -> None:
    """Write the headers of a table, of which some columns hold names."""
    for i, text in enumerate(texts):
        page.put(page.row, column + i, text, header_style(i, i in names))
    page.row += 1


def header_style(place: int, name: bool) -> str:
    """Return the style of a header: right-aligned over numbers, left-aligned over names."""
    return "head" if not name else "calc_head_indented" if place else "head_left"
