"""What the inputs of a workbook must keep: their tables' headers, and the date system."""

from __future__ import annotations

from collections.abc import Iterator

from model.case.case import Case
from model.errors import InputError
from workbook.check.findings import Finding
from workbook.check.held import Held
from workbook.check.reader import lists_of
from workbook.package.cells import address
from workbook.package.package import Package
from workbook.package.readable import counts_from_1904
from workbook.template.sheets.inputs.scenario import LIVE, TYPED
from workbook.template.sheets.inputs.securities import HEADERS


def check_days(package: Package) -> None:
    """Refuse a workbook that counts its days from 1904: its dates are no longer those as built."""
    if counts_from_1904(package):
        raise InputError(
            "workbook",
            "must use the 1900 date system, as built, not 1904; in Excel that is a workbook option "
            "under Advanced",
        )


def check_headers(book: Held, built: Case) -> None:
    """Refuse a workbook in which the header of an input table is not as it was built.

    What a column means would be a guess.
    """
    for finding in renamed_headers(book, built):
        where = f"{finding.sheet}!{address(*finding.at)}"
        raise InputError(where, finding.text)


def renamed_headers(book: Held, built: Case) -> Iterator[Finding]:
    """Find the headers of input tables that are not as they were built."""
    lists_of(book)  # It finds the ranges without a name.
    drivers = TYPED if TYPED in book.names else LIVE
    tables = {"Securities": HEADERS, drivers: ("Driver", "Value")}
    tables |= {key.capitalize(): tuple(table.columns) for key, table in built.tables.items()}
    for name, headers in tables.items():
        if (area := book.area(book.names.get(name, ""))) is None:
            continue
        title, (top, left), _ = area
        for column, header in enumerate(headers, left):
            cell = book.cell(title, top, column)
            # A year is a formula. Functions read headers in any case.
            same = str(cell.value).strip().casefold() == header.casefold()
            if cell.data_type != "f" and not same:
                there = "is empty" if cell.value is None else f"holds {cell.value!r}"
                text = f"{there}, and the header {header} of the table {name} belongs there"
                yield Finding(title, book.now(title, (top, column)), text, "headers that differ")
