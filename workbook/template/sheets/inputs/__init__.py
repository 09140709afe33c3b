"""Inputs: everything that a user may change, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from model.case.case import DERIVED
from model.case.parts import Security, Table
from model.dcf.drivers import DRIVERS, YEARLY
from model.dilution.shares import TYPES
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import BY_UNIT, PRICE, RATE, SHARE, choice, of_driver
from workbook.template.layout import HEAD_ROWS, Book, Page
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.inputs import rpo as inputs_rpo
from workbook.template.sheets.inputs.lines import (
    AS_OF,
    FIRST,
    LABEL,
    UNIT,
    VALUE,
    header_style,
    put_headers,
    put_origin,
    put_provenance,
    put_row,
    put_value,
)

SECURITIES = ["Security", "Type", "Count", "Strike", "Included", "Withheld", "Vests at"]


def write(book: Book) -> None:
    """Write the sheet, and remember where each figure of the case stands."""
    case = book.case
    # What is said of a figure stands right of the years, and of every table.
    tables = [SECURITIES, *(table.columns for table in case.tables.values())]
    across = max(len(book.years), *(len(headers) - 2 for headers in tables))
    page = book.page(
        "Inputs",
        "inputs",
        [11, 12, 40, 15, *[10.5] * across, 56, 110],
        freeze=f"D{HEAD_ROWS + 1}",
    )
    width = VALUE + across + 2
    page.section("Valuation date", width)
    for path, label in (
        ("company.valuation_date", "Valuation date"),
        ("company.first_year_end", "End of the first forecast year"),
    ):
        put_row(page, path, label, case.figures[path], width)
    book.name("Valuation_date", book.areas["company.valuation_date"], "Valuation date")
    book.name("First_year_end", book.areas["company.first_year_end"], "End of the first year")
    _head(page, book, width)

    page.section("Offer and balance sheet", width)
    for key, item in case.offer.items():
        entry = PRICE if item.figure.unit == "USD" else None
        put_row(page, f"offer.{key}", item.label, item.figure, width, entry)
    book.name("Offer_price", book.areas["offer.price"], "Offer price, USD")

    page.section("Prices at which dilution is shown", width)
    for key, item in case.prices.items():
        put_row(page, f"prices.{key}", item.label, item.figure, width, PRICE)

    page.section("Securities", width)
    _securities(page, book, width)

    page.section("Remaining performance obligations", width)
    inputs_rpo.write(page, book, width)

    page.section("Cost of capital before it fades", width)
    for name in type(case.cost_of_capital).model_fields:
        path = f"cost_of_capital.{name}"
        figure = case.figures[path]
        entry = RATE if figure.unit == "fraction" else None
        put_row(page, path, name.replace("_", " ").capitalize(), figure, width, entry)

    page.section("Drivers of the forecast (a Value for every year, or one number a year)", width)
    _drivers(page, book, width)

    page.section("Published figures beside the results", width)
    for key, item in case.published.items():
        put_row(page, f"published.{key}", item.label, item.figure, width)
    if case.scalars:
        page.section("Further figures", width)
    for key, item in case.scalars.items():
        area = put_row(page, f"scalars.{key}", item.label, item.figure, width)
        book.name(key.capitalize(), area, item.label, f"scalars.{key}")
    for key, table in case.tables.items():
        page.section(table.label, width)
        _table(page, book, key, table, width)
    # The sources stand on their own sheet in print.
    page.finish(MASTER, width - 1)


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


def _securities(page: Page, book: Book, width: int) -> None:
    top = page.row
    put_headers(page, LABEL, SECURITIES, (0, 1))
    for key, security in book.case.securities.items():
        path = f"securities.{key}"
        page.input(page.row, LABEL, security.name, BY_UNIT["name"], path=f"{path}.name")
        types = choice("Type of security", TYPES)
        page.input(page.row, VALUE, security.type, types, path=f"{path}.type")
        put_value(page, page.row, VALUE + 1, f"{path}.count", security.count)
        for column, name, figure, entry, otherwise in (
            (VALUE + 2, "strike", security.strike, PRICE, None),
            (VALUE + 3, "included", security.included, replace(SHARE, title="Included"), 1.0),
            (VALUE + 4, "withheld", security.withheld, replace(SHARE, title="Withheld"), 0.0),
            (VALUE + 5, "vests_at", security.vests_at, replace(BY_UNIT["USD m"], low=0), 0.0),
        ):
            optional = replace(entry, blank=True)
            if figure is None:
                # What the case leaves out is typed: a blank could be one that was cleared.
                page.input(page.row, column, otherwise, optional, path=f"{path}.{name}")
            else:
                put_value(page, page.row, column, f"{path}.{name}", figure, optional)
        put_provenance(page, security.count, width, _also(security))
        page.row += 1
    area = Area(page.title, top, LABEL, page.row - top, len(SECURITIES))
    book.name("Securities", area, "Table of securities")


def _also(security: Security) -> str:
    """Say what stands behind the figures of a security beside its count and strike."""
    told = {
        "Included": security.included,
        "Withheld": security.withheld,
        "Vests at": security.vests_at,
    }
    return " ".join(
        f"{name}: {figure.note[:1].lower()}{figure.note[1:]} ({figure.quality})."
        for name, figure in told.items()
        if figure is not None and figure.note
    )


def _drivers(page: Page, book: Book, width: int) -> None:
    top, years = page.row, len(book.years)
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
            values, start = [_stated(name)], VALUE
            page.put(page.row, UNIT, driver.unit, "unit")
            page.put(page.row, width - 1, _absent(name), "note")
            page.put(page.row, width, driver.meaning, "note")
        typed = dict(enumerate(values, start))
        for i in range(VALUE, FIRST + (years if driver.extent == YEARLY else 0)):
            entry = of_driver(name, driver)
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


def _stated(name: str) -> Any:
    """Return the default to type for a driver that the case leaves out, if it has one."""
    driver = DRIVERS[name]
    return None if name in DERIVED or driver.required else driver.default


def _table(page: Page, book: Book, key: str, table: Table, width: int) -> None:
    """Write a table of the case, and name it for the sheets that hand it to functions."""
    top = page.row
    for i, (header, unit) in enumerate(table.columns.items()):
        page.put(top, LABEL + i, header, header_style(i, unit == "name"))
    page.row += 1
    for name, row in table.rows.items():
        columns = zip(row.cells, table.columns.items(), strict=True)
        for i, (value, (header, unit)) in enumerate(columns):
            cell = None if value == "" else value
            entry = replace(BY_UNIT[unit], blank=True)
            path = f"tables.{key}.rows.{name}: {header}"
            page.input(page.row, LABEL + i, cell, entry, styles.FORMATS[unit], path=path)
        put_origin(page, row.date, row.note, row.source, row.quality, width)
        page.row += 1
    book.areas[f"tables.{key}"] = Area(page.title, top, LABEL, page.row - top, len(table.columns))
    book.name(key.capitalize(), book.areas[f"tables.{key}"], table.label, f"tables.{key}")


def _absent(name: str) -> str:
    """Say what stands for a driver that the case does not state."""
    if name in DERIVED:
        return "Calculated from other inputs"
    driver = DRIVERS[name]
    return f"Not used; stands for it: {driver.otherwise}" if driver.otherwise else "Default"
