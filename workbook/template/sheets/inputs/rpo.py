"""Inputs of the remaining performance obligations: balances and their bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.case.parts import Band
from model.rpo.shapes import SHAPES
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import MONTH, SHARE, Entry, choice
from workbook.template.layout import Book, Page
from workbook.template.sheets.inputs.lines import (
    LABEL,
    VALUE,
    put_headers,
    put_provenance,
    put_row,
    put_value,
)
from workbook.template.sheets.rpo import MONTHS_PER_QUARTER


def write(page: Page, book: Book, width: int) -> None:
    """Write the opening balance, its bands as disclosed and as forecast, and later balances."""
    rpo = book.case.rpo
    put_row(page, "rpo.opening.date", "Balance date", rpo.opening.date, width)
    put_row(page, "rpo.opening.amount", "Balance", rpo.opening.amount, width)
    label = "Shape within a band"
    put_row(page, "rpo.shape", label, rpo.shape, width, choice(label, SHAPES))
    quarters = -(-int(rpo.final_month.number) // MONTHS_PER_QUARTER)
    final = Entry(
        "whole",
        "Final month",
        MONTHS_PER_QUARTER * (quarters - 1) + 1,
        MONTHS_PER_QUARTER * quarters,
        f"The sheet RPO has {quarters} quarters; build the workbook again for more or fewer.",
    )
    label = "Final month of the last band"
    put_row(page, "rpo.final_month", label, rpo.final_month, width, final)
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
        put_row(page, f"{path}.date", "Later balance: date", balance.date, width)
        put_row(page, f"{path}.amount", "Later balance", balance.amount, width)
        if balance.recognised:
            put_row(
                page,
                f"{path}.recognised",
                "Revenue since the balance before",
                balance.recognised,
                width,
            )
        if balance.bands:
            area = _bands(page, book, f"{balance.date.value:%B %Y}", f"{path}.bands",
                          balance.bands, width)  # fmt: skip
            book.areas[f"{path}.bands"] = area


def _bands(
    page: Page, book: Book, told: str, path: str, bands: Mapping[str, Band], width: int
) -> Area:
    top = page.row
    page.put(top, LABEL, f"Bands: {told}", "head_left")
    put_headers(page, VALUE, ["From month", "To month", "Share"])
    page.put(top, VALUE, "From month", "head")
    for key, band in bands.items():
        page.put(page.row, LABEL, key.replace("_", " ").capitalize(), "label")
        here = f"{path}.{key}"
        page.input(page.row, VALUE, band.from_month, MONTH, styles.COUNT, path=f"{here}.from_month")
        last = replace(MONTH, blank=True)
        page.input(page.row, VALUE + 1, band.to_month, last, styles.COUNT, path=f"{here}.to_month")
        if band.share:
            put_value(page, page.row, VALUE + 2, f"{path}.{key}.share", band.share, SHARE)
            put_provenance(page, band.share, width)
        page.row += 1
    return Area(page.title, top, VALUE, page.row - top, 3)
