"""Inputs of the securities: typed, or what follows from the offer and from the row itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from model.case import derived
from model.case.parts import SECURITY, Security
from model.dilution.securities import STATED
from model.fields import Field
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import of as entry_of
from workbook.template.layout import Book, Page
from workbook.template.sheets.inputs.lines import (
    LABEL,
    UNIT,
    VALUE,
    put_headers,
    put_heads,
    put_notes,
    put_provenance,
    put_value,
)

HEADERS = [f.header for f in SECURITY.values()]
#: Columns that follow from the others of their row until they are typed.
FOLLOWING = ("repayment", "measured")


def write(page: Page, book: Book, width: int) -> None:
    """Write the table of securities."""
    top, follows = page.row, derived.follows(vars(book.case))
    put_heads(page, LABEL + len(HEADERS), width)
    put_headers(page, LABEL, HEADERS, (0, 1))
    for key, security in book.case.securities.items():
        path = f"securities.{key}"
        name = entry_of(SECURITY["name"])
        page.input(page.row, LABEL, security.name, name, path=f"{path}.name")
        for column, field in enumerate([f for f in SECURITY.values() if f.name != "name"], VALUE):
            _cell(page, book, top, path, security, field, column)
        if count := security.count:
            put_provenance(page, count, LABEL + len(HEADERS), width, _also(security))
        else:
            page.put(page.row, UNIT, SECURITY["count"].unit, "unit")
            source = f"Follows from {follows[f'{path}.count']}"
            put_notes(page, source, _also(security), LABEL + len(HEADERS), width)
        page.row += 1
    for _ in range(book.case.company.blank_rows):
        _blank(page, book, top)
        page.row += 1
    area = Area(page.title, top, LABEL, page.row - top, len(HEADERS))
    book.name("Securities", area, "Table of securities")


def _cell(
    page: Page, book: Book, top: int, path: str, security: Security, field: Field, column: int
) -> None:
    """Write one cell of a security."""
    here = f"{path}.{'type' if field.name == 'kind' else field.name}"
    entry = entry_of(field, blank=not field.required)
    figure = security.figures.get(field.name)
    if field.name == "kind":
        page.input(page.row, column, security.type, entry, path=here)
    elif figure is not None:
        dated = (
            replace(field, unit="date", kind="date") if isinstance(figure.value, date) else field
        )
        put_value(page, page.row, column, here, figure, entry_of(dated, blank=entry.blank))
    elif field.name == "count":
        # The sheet Equity links it to the offer.
        book.areas[here] = page.put(page.row, column, None, "link", styles.SHARES)
    else:
        book.areas[here] = _left_out(page, book, top, field, column)


def _blank(page: Page, book: Book, top: int) -> None:
    """Write a row in which a security may be typed."""
    for column, field in enumerate(SECURITY.values(), LABEL):
        if field.required:
            form = styles.FORMATS.get(field.unit)
            page.input(page.row, column, None, entry_of(field, blank=True), form)
        else:
            _left_out(page, book, top, field, column)


def _left_out(page: Page, book: Book, top: int, field: Field, column: int) -> Area:
    """Write what stands for a figure that nobody states: a formula, or a default to type over.

    A default is typed, because a blank could be a cleared value.
    """
    if field.name in FOLLOWING:
        return page.put(page.row, column, _default(page, book, top, field.name), "calc",
                        styles.PRICE)  # fmt: skip
    none = None if field.default != field.default else field.default
    entry = entry_of(field, blank=True)
    return page.input(page.row, column, none, entry, styles.FORMATS.get(field.unit))


def _default(page: Page, book: Book, top: int, name: str) -> str:
    """Return the formula of what follows from the other columns until it is typed.

    Convertible debt is repaid at par; preferred stock has no preference.
    The formula is the same in every row, so that rows can be sorted.
    """
    rows = len(book.case.securities) + book.case.company.blank_rows

    def cell(column: str) -> str:
        # With the header, so that a row inserted right below it is part of the range.
        of = Area(page.title, top, LABEL + list(SECURITY).index(column), 1 + rows)
        return f"INDEX({of.local},ROW()-ROW({of.part(0, 0).local})+1)"

    kind, condition = cell("kind"), cell("condition")
    par = f'IF({kind}="convertible",{cell("strike")},0)'
    capacity = "Contracted_megawatts" if "plant" in book.case.tables else '""'
    delivered = ",".join(f'{condition}="{each}"' for each in STATED if each != "date")
    return {
        "repayment": f'=IF({kind}="puttable","",{par})',
        "measured": f'=IF({condition}="date",Valuation_date,IF(OR({delivered}),{capacity},0))',
    }[name]


def _also(security: Security) -> str:
    """Describe the figures of a security apart from its count and strike."""
    return " ".join(
        f"{figure.label}: {figure.note} ({figure.quality})."
        for name, figure in security.figures.items()
        if name not in ("count", "strike") and figure.note
    )
