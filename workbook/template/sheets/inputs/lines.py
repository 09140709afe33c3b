"""Rows that the sections of the sheet Inputs write alike, and what is told of each figure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from model.case.parts import Figure
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import BY_UNIT, Entry
from workbook.template.layout import Page

UNIT, AS_OF, LABEL, VALUE, FIRST = 1, 2, 3, 4, 5


def put_row(
    page: Page, path: str, label: str, figure: Figure, width: int, entry: Entry | None = None
) -> Area:
    """Write one scalar figure with its unit, date, reason and source."""
    page.put(page.row, LABEL, label, "label")
    area = put_value(page, page.row, VALUE, path, figure, entry)
    put_provenance(page, figure, width)
    page.row += 1
    return area


def put_value(
    page: Page, row: int, column: int, path: str, figure: Figure, entry: Entry | None = None
) -> Area:
    """Write a figure where it is to be typed, and remember the cell by its path.

    What may be typed follows from the figure's unit, unless an entry says it more closely.
    """
    small = figure.unit == "USD" and isinstance(figure.value, float) and 0 < figure.value < 0.005
    number_format = styles.SMALL_PRICE if small else styles.FORMATS[figure.unit]
    entry = entry or BY_UNIT[figure.unit]
    area = page.input(row, column, figure.value, entry, number_format, path=path)
    page.book.areas[path] = area
    return area


def put_provenance(page: Page, figure: Figure, width: int, meaning: str = "") -> None:
    """Write what is told of a figure: unit, date, reason, source and meaning."""
    page.put(page.row, UNIT, figure.unit, "unit")
    put_origin(page, figure.date, figure.note, figure.source, figure.quality, width, meaning)


def put_origin(
    page: Page, as_of: date, note: str, source: str, quality: str, width: int, meaning: str = ""
) -> None:
    """Write the date, reason and source of what stands in the current row."""
    page.put(page.row, AS_OF, as_of, "unit", styles.DATE)
    page.put(page.row, width - 1, note, "note")
    told = f"{page.book.case.sources[source].title} ({quality})"
    told = f"{told}. {meaning}" if meaning else told
    page.put(page.row, width, told, "note")


def put_headers(page: Page, column: int, texts: list[str], names: Collection[int] = (0,)) -> None:
    """Write the headers of a table, of which some columns hold names."""
    for i, text in enumerate(texts):
        page.put(page.row, column + i, text, header_style(i, i in names))
    page.row += 1


def header_style(place: int, name: bool) -> str:
    """Return the style of a header: over numbers at the right, over names at the left."""
    return "head" if not name else "calc_head_beside" if place else "head_left"
