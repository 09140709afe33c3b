"""Inputs: everything that a user may change, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from openpyxl.styles import Alignment

from model.case import business, declared, derived
from model.case.case import Case
from model.case.declared import within
from model.case.parts import Figure, Table
from model.case.sections import DERIVED
from model.case.tables import LONG, TABLES
from model.case.values import row_key
from model.dcf.drivers import DRIVERS, YEARLY
from model.dcf.segment import SLASH, UNIT_COSTS, Segment
from model.dcf.segments import SegmentedDrivers
from model.fields import NOTHING, Field
from workbook.template import styles
from workbook.template.area import Area, ref
from workbook.template.entries import of as entry_of
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.sheets.inputs import funding as inputs_funding
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

#: Drivers of a company with segments that are dates of the case.
CALCULATED = {
    "valuation_date": "Valuation_date",
    "first_year_end": "First_year_end",
    "balance_date": "Balance_date",
}
#: Drivers of what is contracted.
CONVERSION = ("contracted_share", "contracted_delay_months")


def write(book: Book) -> None:
    """Write the sheet, and record the cell of each figure of the case."""
    case = book.case
    # Notes on a figure are to the right of the years, and of every table.
    tables = [inputs_securities.HEADERS, *(table.columns for table in case.tables.values())]
    across = max(len(book.years), *(len(headers) - 2 for headers in tables))
    page = book.page(
        "Inputs",
        "inputs",
        [11, 12, 37, 15, *[10.65] * across, 38, 110],
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
        _hold(book, section, fields)
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

    if case.funding:
        page.section("Cash and funding", width)
        inputs_funding.write(page, book, width)

    if case.published:
        page.section("Published figures, compared with the results", width)
    for key, known in case.published.items():
        path = f"published.{key}"
        put_row(page, path, known, Field(known.unit, known.label), width)
        row = book.areas[path].row
        book.areas[f"{path}.as_of"] = Area(page.title, row, AS_OF)
        book.areas[f"{path}.note"] = Area(page.title, row, width - 1)
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


def _hold(book: Book, section: str, fields: Mapping[str, Field]) -> None:
    """Check figures that native formulas add up, which read a blank or a text as zero."""
    for key, figure in getattr(book.case, section).items():
        entry, area = entry_of(fields[key]), book.areas[f"{section}.{key}"]
        book.checks.append(
            Check(f"Inputs: {figure.label} must be {entry.expected}", entry.holds(str(area)), "1")
        )


def _head(page: Page, book: Book, width: int) -> None:
    row = HEAD_ROWS
    for column, text in ((UNIT, "Unit"), (AS_OF, "As of"), (LABEL, "Input"), (VALUE, "Value")):
        page.put(row, column, text, "head_left" if column < VALUE else "head")
    book.areas["why"] = page.put(row, width - 1, "Why", "note_head")
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
    book.areas["driver_names"] = page.put(top, LABEL, "Driver", "head_left")
    book.areas["driver_values"] = page.put(top, VALUE, "Value", "head")
    for i in range(years):
        above = book.areas["years"].part(0, i)
        page.put(top, FIRST + i, f"={above.by_column}", "calc_head", styles.YEAR)
    page.row += 1
    for path, label, field, figure in _rows(book.case):
        number_format = styles.FORMATS[field.unit]
        page.put(page.row, LABEL, label, "label")
        if figure is not None:
            values: list[Any] = figure.value if isinstance(figure.value, list) else [figure.value]
            start = FIRST if isinstance(figure.value, list) else VALUE
            put_provenance(page, figure, width, field.meaning)
        else:
            source = follows.get(path, "")
            values, start = [_stated(field, source)], VALUE
            page.put(page.row, UNIT, field.unit, "unit")
            page.put(page.row, width - 1, _absent(field, source), "note")
            page.put(page.row, width, field.meaning, "note")
        typed = dict(enumerate(values, start))
        for i in range(VALUE, FIRST + (years if field.extent == YEARLY else 0)):
            entry = entry_of(within(replace(field, header=field.name)), blank=True)
            page.input(page.row, i, typed.get(i), entry, number_format, path=path)
        book.areas[path] = Area(page.title, page.row, start, 1, len(values))
        if figure is not None and field.name in UNIT_COSTS:
            _hold_driver(book, label, Area(page.title, page.row, VALUE, 1, 1 + years))
        page.row += 1
    _calculated(page, book)
    book.name(
        "Drivers", Area(page.title, top, LABEL, page.row - top, 2 + years), "Table of drivers"
    )


def _hold_driver(book: Book, label: str, row: Area) -> None:
    """Check a stated cost of which a cleared row would be taken for none."""
    book.checks.append(
        Check(
            f"Inputs: {label} must be typed, because the case states it",
            f"IF(COUNTA({row})>0,1,0)",
            "1",
        )
    )


def _rows(case: Case) -> Iterator[tuple[str, str, Field, Figure | None]]:
    """Yield the rows of the table of drivers: path, label, declaration, and what is stated.

    All drivers of the company are there, and those of a segment that the case states; how contracts
    convert only where there are any.
    """
    undated = business.balance_date(case) is None
    for name, field in (SegmentedDrivers.declared if case.segments else DRIVERS).items():
        if name in CONVERSION and not case.contracted and name not in case.drivers:
            continue
        dated = name in CALCULATED and not (undated and name == "balance_date")
        if name not in DERIVED or dated or name == "wacc" or (name == "stub" and not case.segments):
            yield f"drivers.{name}", name, field, case.drivers.get(name)
    for key, segment in case.segments.items():
        for name, figure in segment.figures.items():
            path = f"segments.{key}.{name}"
            yield path, f"{segment.name}{SLASH}{name}", Segment.declared[name], figure


def _calculated(page: Page, book: Book) -> None:
    """Write the drivers that follow from the dates of the case."""
    end, start = (book.areas[name].local for name in ("First_year_end", "Valuation_date"))
    left = f"MIN(1,({end}-{start})/({end}-EDATE({end},-12)))"
    formulas = {**CALCULATED, "stub": left}
    if book.case.rpo is None and "balance_sheet.cash" in book.areas:
        formulas["balance_date"] = ref(book.areas["balance_sheet.cash"].row, AS_OF)
    for name, formula in formulas.items():
        if f"drivers.{name}" in book.areas:
            at = book.areas[f"drivers.{name}"]
            form = styles.FACTOR if name == "stub" else styles.DATE
            page.put(at.row, at.column, f"={formula}", "calc", form)


def _stated(field: Field, source: str) -> Any:
    """Return the default to type for a driver that the case leaves out, if it has one."""
    followed = source or field.name in DERIVED
    return None if followed or field.required else field.default


def _table(page: Page, book: Book, key: str, table: Table, width: int) -> None:
    """Write a table of the case, and name it for the sheets that pass it to functions."""
    top = page.row
    fields = list(table.fields.values())
    stated = {f.header for f in TABLES[key].columns.declared.values()}
    for i, field in enumerate(fields):
        if field.header not in stated:
            above = book.areas["years"].part(0, book.years.index(int(field.header)))
            page.put(top, LABEL + i, f"={above.by_column}", "calc_head", styles.YEAR)
            continue
        page.put(top, LABEL + i, field.header, header_style(i, field.kind in ("text", "choice")))
    page.row += 1
    for name, row in table.rows.items():
        for i, (value, field) in enumerate(zip(row.values, fields, strict=True)):
            cell = None if value == "" else value
            entry = entry_of(field, blank=field.blank is not NOTHING)
            form = styles.FORMATS.get(field.unit, styles.PLAIN)
            path = f"tables.{key}.{name}.{row_key(field.header)}"
            page.input(page.row, LABEL + i, cell, entry, form, path=path)
            if field.form == LONG:
                _spread(page, LABEL + i, width - 2)
        put_origin(page, row, width)
        page.row += 1
    book.areas[f"tables.{key}"] = Area(page.title, top, LABEL, page.row - top, len(fields))
    book.name(key.capitalize(), book.areas[f"tables.{key}"], table.label)


def _spread(page: Page, first: int, last: int) -> None:
    """Let a long text of the current row run over several columns and lines."""
    page.sheet.merge_cells(
        start_row=page.row, end_row=page.row, start_column=first, end_column=last
    )
    page.sheet.cell(page.row, first).alignment = Alignment(
        horizontal="left", vertical="center", wrap_text=True, indent=1
    )


def _absent(driver: Field, source: str) -> str:
    """Describe the default of a driver that the case leaves out."""
    if source:
        return f"Follows from {source}"
    if driver.name in DERIVED:
        return "Calculated from other inputs"
    return inputs_funding.otherwise(driver.otherwise)
