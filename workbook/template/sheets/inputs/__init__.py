"""Inputs: everything that a user may change, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.case import declared, derived
from model.case.parts import Table
from model.case.sections import DERIVED
from model.case.values import driver_field, row_key
from model.dcf.drivers import DRIVERS, YEARLY
from model.fields import NOTHING, Field
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import of as entry_of
from workbook.template.layout import HEAD_ROWS, Book, Page
from workbook.template.sheets.inputs import rpo as inputs_rpo
from workbook.template.sheets.inputs import securities as inputs_securities
from workbook.template.sheets.inputs.lines import (
    AS_OF,
    FIRST,
    LABEL,
    UNIT,
    VALUE,
    header_style,
    put_origin,
    put_provenance,
    put_row,
)


def write(book: Book) -> None:
    """Write the sheet, and record the cell of each figure of the case."""
    case = book.case
    # Notes on a figure are to the right of the years, and of every table.
    tables = [inputs_securities.HEADERS, *(table.columns for table in case.tables.values())]
    across = max(len(book.years), *(len(headers) - 2 for headers in tables))
    page = book.page(
        "Inputs",
        "inputs",
        [11, 12, 40, 15, *[11] * across, 56, 110],
        freeze=f"D{HEAD_ROWS + 1}",
    )
    width = VALUE + across + 2
    page.section("Valuation date", width)
    for key, field in declared.COMPANY.items():
        path = f"company.{key}"
        put_row(page, path, case.figures[path], field, width)
        book.name(key.capitalize(), book.areas[path], field.header)
    _head(page, book, width)

    path, price = case.share_price
    page.section("Offer and balance sheet" if case.offer else "Share and balance sheet", width)
    for section, fields in (
        ("offer", declared.OFFER), ("price", declared.PRICE),
        ("balance_sheet", declared.BALANCE_SHEET),
    ):  # fmt: skip
        _figures(page, book, section, fields, width)
    book.name("Share_price", book.areas[path], f"{price.label}, USD")

    if case.prices:
        page.section("Prices at which dilution is shown", width)
    for key, item in case.prices.items():
        put_row(page, f"prices.{key}", item, declared.FURTHER_PRICE, width)

    page.section("Securities", width)
    inputs_securities.write(page, book, width)

    if case.rpo is not None:
        page.section("Remaining performance obligations", width)
        inputs_rpo.write(page, book, case.rpo, width)

    page.section("Cost of capital before it fades", width)
    _figures(page, book, "cost_of_capital", declared.COST_OF_CAPITAL, width)

    page.section("Drivers of the forecast (a Value for every year, or one number a year)", width)
    _drivers(page, book, width)

    if case.published:
        page.section("Published figures, compared with the results", width)
    for key, known in case.published.items():
        put_row(page, f"published.{key}", known, Field(known.unit, known.label), width)
    if case.scalars:
        page.section("Further figures", width)
        _figures(page, book, "scalars", declared.SCALARS, width)
    for key, item in case.scalars.items():
        book.name(key.capitalize(), book.areas[f"scalars.{key}"], item.label)
    for key, table in case.tables.items():
        page.section(table.label, width)
        _table(page, book, key, table, width)
    # In print, the sources are on their own page.
    page.finish(width - 1)


def _figures(page: Page, book: Book, section: str, fields: Mapping[str, Field], width: int) -> None:
    """Write the declared figures in a section of the case."""
    for key, figure in getattr(book.case, section).items():
        put_row(page, f"{section}.{key}", figure, fields[key], width)


def _head(page: Page, book: Book, width: int) -> None:
    row = HEAD_ROWS
    for column, text in ((UNIT, "Unit"), (AS_OF, "As of"), (LABEL, "Input"), (VALUE, "Value")):
        page.put(row, column, text, "head_left" if column < VALUE else "head")
    page.put(row, width - 1, "Why", "note_head")
    page.put(row, width, "Source and meaning", "note_head")
    first = book.areas["First_year_end"].local
    page.put(row, FIRST, f"=YEAR({first})", "calc_head", styles.YEAR)
    years = len(book.years)
    for i in range(1, years):
        before = page.sheet.cell(row, FIRST + i - 1).coordinate
        page.put(row, FIRST + i, f"={before}+1", "calc_head", styles.YEAR)
    book.areas["years"] = Area(page.title, row, FIRST, 1, years)


def _drivers(page: Page, book: Book, width: int) -> None:
    top, years = page.row, len(book.years)
    follows = derived.follows(vars(book.case))
    page.put(top, LABEL, "Driver", "head_left")
    page.put(top, VALUE, "Value", "head")
    for i in range(years):
        above = book.areas["years"].part(0, i)
        page.put(top, FIRST + i, f"={above.by_column}", "calc_head", styles.YEAR)
    page.row += 1
    for name, driver in DRIVERS.items():
        if name == "years":
            continue
        figure = book.case.drivers.get(name)
        number_format = styles.FORMATS[driver.unit]
        page.put(page.row, LABEL, name, "label")
        if figure is not None:
            values: list[Any] = figure.value if isinstance(figure.value, list) else [figure.value]
            start = FIRST if isinstance(figure.value, list) else VALUE
            put_provenance(page, figure, width, driver.meaning)
        else:
            source = follows.get(f"drivers.{name}", "")
            values, start = [_stated(name, name in DERIVED or bool(source))], VALUE
            page.put(page.row, UNIT, driver.unit, "unit")
            page.put(page.row, width - 1, _absent(name, source), "note")
            page.put(page.row, width, driver.meaning, "note")
        typed = dict(enumerate(values, start))
        for i in range(VALUE, FIRST + (years if driver.extent == YEARLY else 0)):
            entry = entry_of(driver_field(name), blank=True)
            path = f"drivers.{name}"
            page.input(page.row, i, typed.get(i), entry, number_format, path=path)
        book.areas[f"drivers.{name}"] = Area(page.title, page.row, start, 1, len(values))
        page.row += 1
    stub, end = book.areas["drivers.stub"], book.areas["First_year_end"].local
    page.put(
        stub.row,
        stub.column,
        f"=MIN(1,({end}-{book.areas['Valuation_date'].local})/({end}-EDATE({end},-12)))",
        "calc",
        styles.FACTOR,
    )
    book.name(
        "Drivers", Area(page.title, top, LABEL, page.row - top, 2 + years), "Table of drivers"
    )


def _stated(name: str, followed: bool) -> Any:
    """Return the default to type for a driver that the case leaves out, if it has one."""
    driver = DRIVERS[name]
    return None if followed or driver.required else driver.default


def _table(page: Page, book: Book, key: str, table: Table, width: int) -> None:
    """Write a table of the case, and name it for the sheets that pass it to functions."""
    top = page.row
    fields = list(table.fields.values())
    for i, field in enumerate(fields):
        page.put(top, LABEL + i, field.header, header_style(i, field.kind in ("text", "choice")))
    page.row += 1
    for name, row in table.rows.items():
        for i, (value, field) in enumerate(zip(row.values, fields, strict=True)):
            cell = None if value == "" else value
            entry = entry_of(field, blank=field.blank is not NOTHING)
            form = styles.FORMATS.get(field.unit, styles.PLAIN)
            path = f"tables.{key}.{name}.{row_key(field.header)}"
            page.input(page.row, LABEL + i, cell, entry, form, path=path)
        put_origin(page, row, width)
        page.row += 1
    book.areas[f"tables.{key}"] = Area(page.title, top, LABEL, page.row - top, len(fields))
    book.name(key.capitalize(), book.areas[f"tables.{key}"], table.label)


def _absent(name: str, source: str) -> str:
    """Describe the default of a driver that the case leaves out."""
    if source:
        return f"Follows from {source}"
    if name in DERIVED:
        return "Calculated from other inputs"
    driver = DRIVERS[name]
    return f"If blank: {driver.otherwise}" if driver.otherwise else "Default"
