"""Rows shared by the sections of the sheet Inputs, and the notes on each figure."""

from __future__ import annotations

from collections.abc import Collection

from model.case.parts import Figure, Origin
from model.fields import Field
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import Entry
from workbook.template.entries import of as entry_of
from workbook.template.layout import Page

UNIT, AS_OF, LABEL, VALUE, FIRST = 1, 2, 3, 4, 5


def put_row(
    page: Page, path: str, figure: Figure, field: Field, width: int, entry: Entry | None = None
) -> Area:
    """Write one figure with its label, unit, date, reason and source."""
    page.put(page.row, LABEL, figure.label, "label")
    area = put_value(page, page.row, VALUE, path, figure, entry or entry_of(field))
    put_provenance(page, figure, width)
    page.row += 1
    return area


def put_value(page: Page, row: int, column: int, path: str, figure: Figure, entry: Entry) -> Area:
    """Write a figure in its input cell, and record the cell by its path."""
    small = figure.unit == "USD" and isinstance(figure.value, float) and 0 < figure.value < 0.005
    number_format = styles.SMALL_PRICE if small else styles.form_of(figure.unit, figure.value)
    return page.input(row, column, figure.value, entry, number_format, path=path)


def put_provenance(page: Page, figure: Figure, width: int, meaning: str = "") -> None:
    """Write the notes on a figure: unit, date, reason, source and meaning."""
    page.put(page.row, UNIT, figure.unit, "unit")
    put_origin(page, figure, width, meaning)


def put_origin(page: Page, of: Origin, width: int, meaning: str = "") -> None:
    """Write the date, reason and source of the current row."""
    page.put(page.row, AS_OF, of.as_of, "unit", styles.DATE)
    page.put(page.row, width - 1, of.note, "note")
    origin = f"{page.book.case.sources[of.source].title} ({of.quality})"
    origin = f"{origin}. {meaning}" if meaning else origin
    page.put(page.row, width, origin, "note")


def put_headers(page: Page, column: int, texts: list[str], names: Collection[int] = (0,)) -> None:
    """Write the headers of a table, of which some columns hold names."""
    for i, text in enumerate(texts):
        page.put(page.row, column + i, text, header_style(i, i in names))
    page.row += 1


def header_style(place: int, name: bool) -> str:
    """Return the style of a header: right-aligned over numbers, left-aligned over names."""
    return "head" if not name else "calc_head_beside" if place else "head_left"
