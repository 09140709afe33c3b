"""Inputs: everything that a user may change, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING
from datetime import date
from typing import Any

from openpyxl.worksheet.datavalidation import DataValidation

from model.case import DERIVED, Band, Figure, Security, Table
from model.dilution import TYPES
from model.drivers import DEFAULTS, DRIVERS
from model.rpo import SHAPES
from workbook.template import styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Page
from workbook.template.sheets.checks import MASTER

UNIT, AS_OF, LABEL, VALUE, FIRST = 1, 2, 3, 4, 5
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
        _row(page, path, label, case.figures[path], width)
    book.name("Valuation_date", book.areas["company.valuation_date"], "Valuation date")
    book.name("First_year_end", book.areas["company.first_year_end"], "End of the first year")
    _head(page, book, width)

    page.section("Offer and balance sheet", width)
    for key, item in case.offer.items():
        _row(page, f"offer.{key}", item.label, item.figure, width)
    book.name("Offer_price", book.areas["offer.price"], "Offer price, USD")

    page.section("Prices at which dilution is shown", width)
    for key, item in case.prices.items():
        _row(page, f"prices.{key}", item.label, item.figure, width)

    page.section("Securities", width)
    _securities(page, book, width)

    page.section("Remaining performance obligations", width)
    _rpo(page, book, width)

    page.section("Cost of capital before it fades", width)
    for name in type(case.cost_of_capital).model_fields:
        path = f"cost_of_capital.{name}"
        _row(page, path, name.replace("_", " ").capitalize(), case.figures[path], width)

    page.section("Drivers of the forecast (a Value for every year, or one number a year)", width)
    _drivers(page, book, width)

    page.section("Published figures beside the results", width)
    for key, item in case.published.items():
        _row(page, f"published.{key}", item.label, item.figure, width)
    if case.scalars:
        page.section("Further figures", width)
    for key, item in case.scalars.items():
        area = _row(page, f"scalars.{key}", item.label, item.figure, width)
        book.name(key.capitalize(), area, item.label)
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


def _row(page: Page, path: str, label: str, figure: Figure, width: int) -> Area:
    """Write one scalar figure with its unit, date, reason and source."""
    page.put(page.row, LABEL, label, "label")
    area = _value(page, page.row, VALUE, path, figure)
    _provenance(page, figure, width)
    page.row += 1
    return area


def _value(page: Page, row: int, column: int, path: str, figure: Figure) -> Area:
    style = "input_text" if isinstance(figure.value, str) else "input"
    small = figure.unit == "USD" and isinstance(figure.value, float) and 0 < figure.value < 0.005
    number_format = styles.SMALL_PRICE if small else styles.FORMATS[figure.unit]
    area = page.put(row, column, figure.value, style, number_format)
    page.book.areas[path] = area
    return area


def _provenance(page: Page, figure: Figure, width: int, meaning: str = "") -> None:
    page.put(page.row, UNIT, figure.unit, "unit")
    _told(page, figure.date, figure.note, figure.source, figure.quality, width, meaning)


def _told(
    page: Page, as_of: date, note: str, source: str, quality: str, width: int, meaning: str = ""
) -> None:
    page.put(page.row, AS_OF, as_of, "unit", styles.DATE)
    page.put(page.row, width - 1, note, "note")
    told = f"{page.book.case.sources[source].title} ({quality})"
    told = f"{told}. {meaning}" if meaning else told
    page.put(page.row, width, told, "note")


def _choices(page: Page, area: Area, choices: Any) -> None:
    rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
    rule.add(area.local.replace("$", ""))
    page.sheet.add_data_validation(rule)


def _headers(page: Page, column: int, texts: list[str], names: Collection[int] = (0,)) -> None:
    for i, text in enumerate(texts):
        page.put(page.row, column + i, text, _header(i, i in names))
    page.row += 1


def _header(place: int, name: bool) -> str:
    """Return the style of a header: over numbers at the right, over names at the left."""
    return "head" if not name else "calc_head_beside" if place else "head_left"


def _securities(page: Page, book: Book, width: int) -> None:
    top = page.row
    _headers(page, LABEL, SECURITIES, (0, 1))
    for key, security in book.case.securities.items():
        path = f"securities.{key}"
        page.put(page.row, LABEL, security.name, "input_text")
        kind = page.put(page.row, VALUE, security.type, "input_text")
        _choices(page, kind, TYPES)
        _value(page, page.row, VALUE + 1, f"{path}.count", security.count)
        for column, name, figure in (
            (VALUE + 2, "strike", security.strike),
            (VALUE + 3, "included", security.included),
            (VALUE + 4, "withheld", security.withheld),
            (VALUE + 5, "vests_at", security.vests_at),
        ):
            if figure is None:
                page.put(page.row, column, None, "input")
            else:
                _value(page, page.row, column, f"{path}.{name}", figure)
        _provenance(page, security.count, width, _also(security))
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


def _rpo(page: Page, book: Book, width: int) -> None:
    case = book.case
    rpo = case.rpo
    _row(page, "rpo.opening.date", "Balance date", rpo.opening.date, width)
    _row(page, "rpo.opening.amount", "Balance", rpo.opening.amount, width)
    shape = _row(page, "rpo.shape", "Shape within a band", rpo.shape, width)
    _choices(page, shape, SHAPES)
    _row(page, "rpo.final_month", "Final month of the last band", rpo.final_month, width)
    quarters = -(-int(rpo.final_month.number) // 3)
    rule = DataValidation(
        type="whole",
        operator="between",
        formula1=str(3 * quarters - 2),
        formula2=str(3 * quarters),
        errorTitle="Final month",
        error=f"The sheet RPO has {quarters} quarters; build the workbook anew for more or fewer.",
    )
    rule.add(book.areas["rpo.final_month"].local.replace("$", ""))
    page.sheet.add_data_validation(rule)
    for name, path, told in (
        ("Balance_date", "rpo.opening.date", "Date of the opening balance"),
        ("Opening_balance", "rpo.opening.amount", "Remaining performance obligations"),
        ("Rpo_shape", "rpo.shape", "Shape of recognition within a band"),
        ("Final_month", "rpo.final_month", "Final month of the last band"),
    ):
        book.name(name, book.areas[path], told)
    disclosed = _bands(page, book, "disclosed", "rpo.opening.bands", rpo.opening.bands, width)
    book.name("Disclosed_bands", disclosed, "Bands as the filing gives them")
    conversion = _bands(page, book, "in the forecast", "rpo.conversion", rpo.conversion, width)
    book.name("Forecast_bands", conversion, "Bands as the forecast splits them")
    for key, balance in rpo.later.items():
        path = f"rpo.later.{key}"
        _row(page, f"{path}.date", "Later balance: date", balance.date, width)
        _row(page, f"{path}.amount", "Later balance", balance.amount, width)
        if balance.recognised:
            _row(page, f"{path}.recognised", "Revenue since the balance before",
                 balance.recognised, width)  # fmt: skip
        if balance.bands:
            area = _bands(page, book, f"{balance.date.value:%B %Y}", f"{path}.bands",
                          balance.bands, width)  # fmt: skip
            book.areas[f"{path}.bands"] = area


def _bands(
    page: Page, book: Book, told: str, path: str, bands: Mapping[str, Band], width: int
) -> Area:
    top = page.row
    page.put(top, LABEL, f"Bands: {told}", "head_left")
    _headers(page, VALUE, ["From month", "To month", "Share"])
    page.put(top, VALUE, "From month", "head")
    for key, band in bands.items():
        page.put(page.row, LABEL, key.replace("_", " ").capitalize(), "label")
        page.put(page.row, VALUE, band.from_month, "input", styles.COUNT)
        page.put(page.row, VALUE + 1, band.to_month, "input", styles.COUNT)
        if band.share:
            _value(page, page.row, VALUE + 2, f"{path}.{key}.share", band.share)
            _provenance(page, band.share, width)
        page.row += 1
    return Area(page.title, top, VALUE, page.row - top, 3)


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
        cells = Area(page.title, page.row, VALUE, 1, 1 + years)
        for i in range(1 + (years if driver.kind == "yearly" else 0)):
            page.put(page.row, VALUE + i, None, "input", number_format)
        if figure is not None:
            values: list[Any] = figure.value if isinstance(figure.value, list) else [figure.value]
            start = FIRST if isinstance(figure.value, list) else VALUE
            _provenance(page, figure, width, driver.meaning)
        else:
            values, start = [_stated(name)], VALUE
            page.put(page.row, UNIT, driver.unit, "unit")
            page.put(page.row, width - 1, _absent(name), "note")
            page.put(page.row, width, driver.meaning, "note")
        for i, value in enumerate(values):
            style = "input_text" if isinstance(value, str) else "input"
            page.put(page.row, start + i, value, style, number_format)
        book.areas[f"drivers.{name}"] = Area(page.title, page.row, start, 1, len(values))
        if driver.choices:
            _choices(page, cells.part(0, 0), driver.choices)
        page.row += 1
    stub, end = book.areas["drivers.stub"], book.areas["First_year_end"].local
    page.put(
        stub.row,
        stub.column,
        f"=({end}-{book.areas['Valuation_date'].local})/({end}-EDATE({end},-12))",
        "calc",
        styles.FACTOR,
    )
    book.name(
        "Drivers", Area(page.title, top, LABEL, page.row - top, 2 + years), "Table of drivers"
    )


def _stated(name: str) -> Any:
    """Return the default to type for a driver that the case leaves out, if it has one."""
    default = None if name in DERIVED else DEFAULTS[name]
    return None if default is MISSING else default


def _table(page: Page, book: Book, key: str, table: Table, width: int) -> None:
    """Write a table of the case, and name it for the sheets that hand it to functions."""
    top = page.row
    for i, (header, unit) in enumerate(table.columns.items()):
        page.put(top, LABEL + i, header, _header(i, unit == "name"))
    page.row += 1
    for row in table.rows.values():
        for i, (value, unit) in enumerate(zip(row.cells, table.columns.values(), strict=True)):
            style = "input_text" if unit == "name" else "input"
            cell = None if value == "" else value
            page.put(page.row, LABEL + i, cell, style, styles.FORMATS[unit])
        _told(page, row.date, row.note, row.source, row.quality, width)
        page.row += 1
    book.areas[f"tables.{key}"] = Area(page.title, top, LABEL, page.row - top, len(table.columns))
    book.name(key.capitalize(), book.areas[f"tables.{key}"], table.label)


def _absent(name: str) -> str:
    """Say what stands for a driver that the case does not state."""
    if name in DERIVED:
        return "Calculated from other inputs"
    if DEFAULTS[name] is not None:
        return "Default"
    return f"Not used; stands for it: {DRIVERS[name].otherwise}"
