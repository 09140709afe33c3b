"""Inputs of funding: figures that may be typed even where the case leaves them out."""

from __future__ import annotations

from model.case import declared
from workbook.template import styles
from workbook.template.entries import of as entry_of
from workbook.template.layout import Book, Page
from workbook.template.sheets.inputs.lines import (
    FIRST,
    LABEL,
    UNIT,
    VALUE,
    put_figure_heads,
    put_notes,
    put_row,
)


def write(page: Page, book: Book, width: int) -> None:
    """Write every figure of funding, and name it."""
    put_figure_heads(page, width)
    for key, field in declared.FUNDING.items():
        path, figure = f"funding.{key}", book.case.funding.get(key)
        if figure is not None:
            put_row(page, path, figure, field, width, entry_of(field, blank=not field.required))
        else:
            page.put(page.row, UNIT, field.unit, "unit")
            page.put(page.row, LABEL, field.header, "label")
            entry = entry_of(field, blank=True)
            page.input(page.row, VALUE, field.default, entry, styles.FORMATS[field.unit], path=path)
            put_notes(page, otherwise(field.otherwise), field.meaning, FIRST, width)
            page.row += 1
        book.name(key.capitalize(), book.areas[path], field.header)


def otherwise(text: str) -> str:
    """Describe the default of what the case leaves out."""
    return f"If blank: {text}" if text else "Default"
