"""Locations of the DCF's lines: the forecast by year, the valuation, and the drivers."""

from __future__ import annotations

from workbook.template.area import Area
from workbook.template.layout import Book


def forecast_line(book: Book, name: str) -> Area:
    """Find a line of the forecast, all years, by its name in the model."""
    return book.block("Forecast_lines").line(name)


def value_line(book: Book, name: str) -> Area:
    """Find a number of the valuation by its name in the model."""
    return book.block("Valuation").value(name)


def driver(book: Book, name: str) -> str:
    """Find the cell of a driver that is one number or a choice."""
    return str(book.areas[f"drivers.{name}"])
