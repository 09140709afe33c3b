"""Inputs of the remaining performance obligations: balances and their bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.case import declared
from model.case.parts import Balance, Band
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import Entry
from workbook.template.entries import of as entry_of
from workbook.template.layout import Book, Page
from workbook.template.sheets.contracts_and_rpo.balance import MONTHS_PER_QUARTER
from workbook.template.sheets.inputs.lines import (
    LABEL,
    VALUE,
    put_figure_heads,
    put_headers,
    put_heads,
    put_provenance,
    put_row,
    put_value,
)


def write(page: Page, book: Book, width: int) -> None:
    """Write the opening balance, its bands as disclosed and as forecast, and other balances."""
    rpo = book.rpo
    put_figure_heads(page, width)
    _balance(page, "rpo.opening", rpo.opening, width)
    put_row(page, "rpo.shape", rpo.shape, declared.RPO["shape"], width)
    quarters = -(-int(rpo.final_month.number) // MONTHS_PER_QUARTER)
    final = Entry(
        "whole",
        rpo.final_month.label,
        MONTHS_PER_QUARTER * (quarters - 1) + 1,
        MONTHS_PER_QUARTER * quarters,
        f"There are {quarters} quarters on Contracts and RPO; build the workbook again for more or "
        "fewer.",
    )
    if rpo.segment is not None:
        # What is contracted by month has a column for each.
        final = replace(final, low=rpo.final_month.number, high=rpo.final_month.number)
    for key, declared_as in declared.RPO_FURTHER.items():
        if (figure := getattr(rpo, key)) is not None:
            put_row(page, f"rpo.{key}", figure, declared_as, width)
    if rpo.run_rate is not None:
        meaning = "Revenue last recognised from the same scope, a month"
        book.name("Run_rate", book.areas["rpo.run_rate"], meaning)
    field = declared.RPO["final_month"]
    put_row(page, "rpo.final_month", rpo.final_month, field, width, final)
    for name, path, meaning in (
        ("Balance_date", "rpo.opening.date", "Date of the opening balance"),
        ("Opening_balance", "rpo.opening.amount", "Remaining performance obligations"),
        ("Rpo_shape", "rpo.shape", "Shape of recognition within a band"),
        ("Final_month", "rpo.final_month", "Final month of the last band"),
    ):
        book.name(name, book.areas[path], meaning)
    disclosed = _bands(page, book, "disclosed", "rpo.opening.bands", rpo.opening.bands, width)
    book.name("Disclosed_bands", disclosed, "Bands as the filing gives them")
    conversion = _bands(page, book, "in the forecast", "rpo.conversion", rpo.conversion, width)
    book.name("Forecast_bands", conversion, "Bands as the forecast splits them")
    for place, balance in rpo.balances.items():
        if balance is rpo.opening:
            continue
        path, key = f"rpo.{place}", place.rpartition(".")[2]
        _balance(page, path, balance, width, f"{key.replace('_', ' ').capitalize()}: ")
        if balance.bands:
            when = f"{balance.date.value:%B %Y}"
            area = _bands(page, book, when, f"{path}.bands", balance.bands, width)
            book.areas[f"{path}.bands"] = area


def _balance(page: Page, path: str, balance: Balance, width: int, before: str = "") -> None:
    for name, field in declared.BALANCE.items():
        figure = getattr(balance, name)
        if figure is not None:
            label = figure.label
            label = f"{before}{label[:1].lower()}{label[1:]}" if before else label
            # What was outside the balance may turn out not to be disclosed.
            entry = entry_of(field, blank=name == "outside")
            put_row(page, f"{path}.{name}", replace(figure, label=label), field, width, entry)


def _bands(
    page: Page, book: Book, meaning: str, path: str, bands: Mapping[str, Band], width: int
) -> Area:
    top = page.row
    page.put(top, LABEL, f"Bands: {meaning}", "head_left")
    way = next((name for name in declared.SHARES for b in bands.values() if getattr(b, name)),
               "share")  # fmt: skip
    put_headers(page, VALUE, ["From month", "To month", declared.SHARES[way].header])
    page.put(top, VALUE, "From month", "head")
    page.row = top
    put_heads(page, VALUE + 3, width)
    page.row += 1
    month = entry_of(declared.MONTH)
    for key, band in bands.items():
        page.put(page.row, LABEL, key.replace("_", " ").capitalize(), "label")
        here = f"{path}.{key}"
        page.input(page.row, VALUE, band.from_month, month, styles.COUNT, path=f"{here}.from_month")
        last = replace(month, blank=True)
        page.input(page.row, VALUE + 1, band.to_month, last, styles.COUNT, path=f"{here}.to_month")
        if band.stated:
            entry = entry_of(declared.SHARES[way])
            put_value(page, page.row, VALUE + 2, f"{here}.{way}", band.stated, entry)
            put_provenance(page, band.stated, VALUE + 3, width)
        page.row += 1
    return Area(page.title, top, VALUE, page.row - top, 3)
