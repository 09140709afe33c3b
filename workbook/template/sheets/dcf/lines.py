"""Where the lines of the DCF stand: the forecast by year, the valuation, and the drivers."""

from __future__ import annotations

from dataclasses import fields

from model.dcf.forecast import DcfValue, Forecast
from workbook.template.area import Area
from workbook.template.layout import Book

FORECAST_LINES = [f.name for f in fields(Forecast)]
VALUE_LINES = [f.name for f in fields(DcfValue)]


def forecast_line(book: Book, name: str) -> Area:
    """Find a line of the forecast, all its years, by its name in the model."""
    return book.areas["Forecast_lines"].body(FORECAST_LINES.index(name) + 1)


def value_line(book: Book, name: str) -> Area:
    """Find a number of the valuation by its name in the model."""
    return book.areas["Valuation"].part(VALUE_LINES.index(name) + 1, 1)


def driver(book: Book, name: str) -> str:
    """Find the cell of a driver that is one number or a choice."""
    return str(book.areas[f"drivers.{name}"])
