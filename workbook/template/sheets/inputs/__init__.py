"""Inputs: everything that a user may change, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

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
from workbook.template.sheets.inputs import index as inputs_index
from workbook.template.sheets.inputs import rpo as inputs_rpo
from workbook.template.sheets.inputs import scenario as inputs_scenario
from workbook.template.sheets.inputs import securities as inputs_securities
from workbook.template.sheets.inputs.lines import (
    AS_OF,
    FIRST,
    LABEL,
    UNIT,
    VALUE,
    header_style,
    put_figure_heads,
    put_heads,
    put_notes,
    put_origin,
    put_provenance,
    put_row,
    spoken,
)

#: Drivers of a company with segments that are dates of the case.
CALCULATED = {
    "valuation_date": "Valuation_date",
    "first_year_end": "First_year_end",
    "balance_date": "Balance_date",
}
#: Drivers of what is contracted.
CONVERSION = ("contracted_share", "contracted_delay_months")


class Part(NamedTuple):
    """A section of the sheet, and what writes it below its heading."""

    title: str
    write: Callable[[Page, Book, int], object]


def write(book: Book) -> None:
    """Write the sheet, and record the cell of each figure of the case."""
    case = book.case
    tables = [inputs_securities.HEADERS, *(table.columns for table in case.tables.values())]
    across = max(len(book.years), *(len(headers) - 2 for headers in tables))
    page = book.page(
        "Inputs",
        "inputs",
        [11, 12, 37, 15, *[10.65] * across, 24, 90],
        freeze=f"D{HEAD_ROWS + 1}",
    )
    width = VALUE + across + 2
    for column in range(1, width + 1):
        head = {UNIT: "Unit", AS_OF: "As of", LABEL: "Input"}.get(column)
        page.put(HEAD_ROWS, column, head, "head_left")
    parts = list(_parts(book))
    page.section("What matters most", width)
    _most(page, book, width)
    index = inputs_index.leave(page, [part.title for part in parts], width)
    for part, at in zip(parts, index, strict=True):
        page.section(part.title, width)
        inputs_index.link(page, at, Area(page.title, page.row - 1, 1))
        part.write(page, book, width)
    # The reasons of the widest tables are on Sources too, and not printed here.
    page.finish(width - 1)


def _parts(book: Book) -> Iterator[Part]:
    """Yield the parts of the sheet after the first, in order."""
    case = book.case
    title = "Offer and balance sheet" if case.offer else "Share and balance sheet"
    yield Part(title, _balance_sheet)
    if case.prices:
        yield Part("Prices at which dilution is shown", _prices)
    yield Part("Securities", inputs_securities.write)
    if case.rpo is not None:
        yield Part("Remaining performance obligations", inputs_rpo.write)
    yield Part("Cost of capital before it fades", _cost_of_capital)
    yield Part("Drivers of the forecast (a Value for every year, or one number a year)", _drivers)
    if case.funding:
        yield Part("Cash and funding", inputs_funding.write)
    if case.published:
        yield Part("Published figures, compared with the results", _published)
    if case.scalars:
        yield Part("Further figures", _scalars)
    for key, table in case.tables.items():
        yield Part(table.label, partial(_table, key=key, table=table))
    if inputs_scenario.KEY in case.tables:
        yield Part(inputs_scenario.TITLE, inputs_scenario.drivers)


def _most(page: Page, book: Book, width: int) -> None:
    """Write the dates, the scenario and the share price, and leave room for what moves the value.

    The sheet of sensitivities, which comes later, fills it.
    """
    put_figure_heads(page, width)
    for key, field in declared.COMPANY.items():
        path = f"company.{key}"
        put_row(page, path, book.case.figures[path], field, width)
        book.name(key.capitalize(), book.areas[path], field.header)
    inputs_scenario.write(page, book, width)
    path, price = book.case.share_price
    section, _, key = path.partition(".")
    fields = {"offer": declared.OFFER, "price": declared.PRICE}[section]
    put_row(page, path, price, fields[key], width)
    book.name("Share_price", book.areas[path], f"{price.label}, USD")
    inputs_index.leave_movers(page, book, width)


def _balance_sheet(page: Page, book: Book, width: int) -> None:
    put_figure_heads(page, width)
    for section, fields in (
        ("offer", declared.OFFER), ("price", declared.PRICE),
        ("balance_sheet", declared.BALANCE_SHEET),
    ):  # fmt: skip
        _figures(page, book, section, fields, width)
        _hold(book, section, fields)


def _prices(page: Page, book: Book, width: int) -> None:
    put_figure_heads(page, width)
    for key, item in book.case.prices.items():
        put_row(page, f"prices.{key}", item, declared.FURTHER_PRICE, width)


def _cost_of_capital(page: Page, book: Book, width: int) -> None:
    put_figure_heads(page, width)
    _figures(page, book, "cost_of_capital", declared.COST_OF_CAPITAL, width)


def _published(page: Page, book: Book, width: int) -> None:
    put_figure_heads(page, width)
    for key, known in book.case.published.items():
        put_row(page, f"published.{key}", known, Field(known.unit, known.label), width)


def _scalars(page: Page, book: Book, width: int) -> None:
    put_figure_heads(page, width)
    _figures(page, book, "scalars", declared.SCALARS, width)
    for key, item in book.case.scalars.items():
        book.name(key.capitalize(), book.areas[f"scalars.{key}"], item.label)


def _figures(page: Page, book: Book, section: str, fields: Mapping[str, Field], width: int) -> None:
    """Write the declared figures in a section of the case, but for the share price on top."""
    for key, figure in getattr(book.case, section).items():
        if (path := f"{section}.{key}") not in book.areas:
            put_row(page, path, figure, fields[key], width)


def _hold(book: Book, section: str, fields: Mapping[str, Field]) -> None:
    """Check figures that native formulas add up, which read a blank or a text as zero."""
    for key, figure in getattr(book.case, section).items():
        entry, area = entry_of(fields[key]), book.areas[f"{section}.{key}"]
        book.checks.append(
            Check(f"Inputs: {figure.label} must be {entry.expected}", entry.holds(str(area)), "1")
        )


def _drivers(page: Page, book: Book, width: int) -> None:
    """Write the table of drivers as they are typed."""
    top, years = page.row, len(book.years)
    follows = derived.follows(vars(book.case))
    book.areas["driver_names"] = page.put(top, LABEL, "Driver", "head_left")
    book.areas["driver_values"] = page.put(top, VALUE, "Value", "head")
    _years(page, book)
    put_heads(page, FIRST + years, width)
    page.row += 1
    written = []
    for path, label, field, figure in _rows(book.case):
        number_format = styles.FORMATS[field.unit]
        page.put(page.row, LABEL, label, "label")
        # Next to what is one number, the table has its source and its reason.
        last = FIRST + (years if field.extent == YEARLY else 0)
        if figure is not None:
            values: list[Any] = figure.value if isinstance(figure.value, list) else [figure.value]
            start = FIRST if isinstance(figure.value, list) else VALUE
            put_provenance(page, figure, last, width, field.meaning)
        else:
            source = follows.get(path, "")
            values, start = [_stated(field, source)], VALUE
            page.put(page.row, UNIT, field.unit, "unit")
            put_notes(page, _absent(field, source), field.meaning, last, width)
        typed = dict(enumerate(values, start))
        for i in range(VALUE, last):
            entry = entry_of(within(replace(field, header=field.name)), blank=True)
            page.input(page.row, i, typed.get(i), entry, number_format, path=path)
        book.areas[path] = Area(page.title, page.row, start, 1, len(values))
        if figure is not None and field.name in UNIT_COSTS:
            _hold_driver(book, label, Area(page.title, page.row, VALUE, 1, 1 + years))
        written.append(inputs_scenario.Driver(path, field, page.row, number_format))
        page.row += 1
    _calculated(page, book)
    several = inputs_scenario.KEY in book.case.tables
    name = inputs_scenario.TYPED if several else inputs_scenario.LIVE
    table = Area(page.title, top, LABEL, page.row - top, 2 + years)
    book.name(name, table, "Table of drivers")
    book.areas["driver_names"] = table.part(0, 0, table.rows)
    book.drivers += written


def _years(page: Page, book: Book) -> None:
    """Write the forecast years, which all sheets take from here, in the head of the drivers."""
    end = book.areas["First_year_end"].local
    first = Area(page.title, HEAD_ROWS, FIRST)
    for i in range(len(book.years)):
        # None follows from the one before, so that a fault in one is in that one alone.
        here = Area(page.title, HEAD_ROWS, FIRST + i).by_column
        years = f"=YEAR({end})+COLUMN({here})-COLUMN({first.local})"
        page.put(page.row, FIRST + i, years, "calc_head", styles.YEAR)
    book.areas["years"] = Area(page.title, page.row, FIRST, 1, len(book.years))


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
            yield f"drivers.{name}", spoken(name), field, case.drivers.get(name)
    for key, segment in case.segments.items():
        for name, figure in segment.figures.items():
            path = f"segments.{key}.{name}"
            label = f"{segment.name}{SLASH}{spoken(name)}"
            yield path, label, Segment.declared[name], figure


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


def _table(page: Page, book: Book, width: int, key: str, table: Table) -> None:
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
    after = width - 1 if any(f.form == LONG for f in fields) else LABEL + len(fields)
    put_heads(page, after, width)
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
        put_origin(page, row, after, width)
        page.row += 1
    for _ in range(book.case.company.blank_rows if TABLES[key].grows else 0):
        for i, field in enumerate(fields):
            entry, form = entry_of(field, blank=True), styles.FORMATS.get(field.unit, styles.PLAIN)
            page.input(page.row, LABEL + i, None, entry, form)
            if field.form == LONG:
                _spread(page, LABEL + i, width - 2)
        page.row += 1
    book.areas[f"tables.{key}"] = Area(page.title, top, LABEL, page.row - top, len(fields))
    book.name(key.capitalize(), book.areas[f"tables.{key}"], table.label)


def _spread(page: Page, first: int, last: int) -> None:
    """Let a long text of the current row run over several columns and lines."""
    page.merge(page.row, first, last)
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
