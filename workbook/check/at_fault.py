"""Which cell is at fault where the inputs of a workbook are not those of a case."""

from __future__ import annotations

import re

from model.case.values import row_key
from model.errors import InputError
from workbook.check.findings import Finding
from workbook.check.held import Area, Held, linked, value_of
from workbook.check.reader import lists
from workbook.package.cells import Place, place
from workbook.package.package import Package
from workbook.template.sheets import sources as sheet

#: A cell, as it is named in a sentence.
_CELL = re.compile(r"(?P<sheet>.+)!(?P<at>[A-Z]{1,3}[1-9]\d*)")
#: A row of a table that has a name, and the header of a column.
_ROW = re.compile(r"(?P<table>\w+) (?P<header>.+) \(row (?P<row>\d+)\)")


def refused(package: Package, error: InputError) -> Finding:
    """Return the cell of an input that no case may have, and why.

    An input that cannot be found is named by its path in a case.
    """
    cause = "inputs that no case may have"
    if (cell := _CELL.fullmatch(error.argument)) is not None:
        return Finding(cell["sheet"], place(cell["at"]), f"the input {error.problem}", cause)
    book = Held(package)
    title, at = _row(book, error.argument) or _figure(book, error.argument) or ("", (1, 1))
    sentence = str(error).removesuffix(".")
    return Finding(title or "workbook", book.now(title, at), sentence, cause)


def _row(book: Held, argument: str) -> tuple[str, Place] | None:
    """Find a row of a table, as the functions that take the table name it."""
    found = _ROW.fullmatch(argument)
    area = book.area(book.names.get(found["table"], "")) if found else None
    if found is None or area is None:
        return None
    title, (top, _), _ = area
    return title, (top + int(found["row"]) - 1, _column(book, area, found["header"]))


def _figure(book: Held, path: str) -> tuple[str, Place] | None:
    """Find a figure, or a cell of a table's row, by its path in a case."""
    if not book.cells(book.title("Sources")):
        return None
    links = {str(row[sheet.FIGURE]): row[sheet.VALUE] for _, row in lists(book)[sheet.FIGURES]}
    steps = path.replace(" ", ".").split(".")
    for count in range(len(steps), 1, -1):
        known = ".".join(steps[:count])
        near = [each for each in links if each == known or each.startswith(f"{known}.")]
        if near and (area := book.area(linked(links[near[0]]))) is not None:
            title, (row, column), _ = area
            name = steps[1] if steps[0] == "tables" else steps[0]
            table = book.area(book.names.get(name.capitalize(), ""))
            if name in ("securities", steps[1]) and steps[count:] and table is not None:
                column = _column(book, table, " ".join(steps[count:]))
            return title, (row, column)
    return None


def _column(book: Held, table: Area, header: str) -> int:
    """Find the column of a table by its header; the first if there is no such header."""
    title, (top, left), (_, right) = table
    for column in range(left, right + 1):
        if row_key(str(value_of(book.cell(title, top, column)))) == row_key(header):
            return column
    return left
