"""Reads a case back from the workbook that was built from it.

The Sources sheet lists every figure by its path, and links to the cell where it is typed; so the
cells of Inputs are found by what they mean and not by where they stood when they were written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from model import case
from model.case import Case
from model.errors import InputError
from workbook.template.layout import HEAD_ROWS
from workbook.template.sheets import sources as sheet

_LINK = re.compile(r"^='?([^'!]+)'?!\$?([A-Z]+)\$?(\d+)$")


#: Where a named area starts: sheet, row, column.
Start = tuple[str, int, int]


def read_case(package: bytes) -> tuple[Case, dict[str, Start]]:
    """Read the case that a workbook holds, with whatever has been typed since it was built.

    Returns
    -------
    case : Case
    areas : dict
        Where each of the workbook's named areas starts.

    Published figures, further tables and declared totals stay behind: sheets show and check
    them, and `model.valuation.value` calculates nothing from them.

    Raises
    ------
    InputError
        When the workbook is none of this model's, or its inputs are not those of a case.
    """
    book = load_workbook(io.BytesIO(package))
    if not {"Inputs", "Sources"} <= set(book.sheetnames):
        raise InputError("workbook", "must have the sheets Inputs and Sources of a built workbook")
    titles = dict(_sources(book["Sources"]))
    tree: dict[str, Any] = {
        "company": {"name": "", "ticker": "", "about": ""},
        "sources": {key: {"title": title} for title, key in titles.items()},
        "published": {},
    }
    for path, figure, cell in _figures(book, titles):
        group, _, name = path.partition(".")
        if group in ("published", "scalars"):
            continue
        if group in ("offer", "prices"):
            figure = {"label": name, "figure": figure}
        node = tree
        *parents, leaf = path.split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = figure
        if leaf == "count":
            node["name"], node["type"] = cell.offset(0, -2).value, cell.offset(0, -1).value
        elif leaf == "share":
            node["from_month"], node["to_month"] = (cell.offset(0, i).value for i in (-2, -1))
    return case.parse(tree), {name: _start(d.attr_text) for name, d in book.defined_names.items()}


def _start(area: str) -> Start:
    sheet_name, _, cells = area.rpartition("!")
    left, top, _, _ = range_boundaries(cells.replace("$", ""))
    assert left and top
    return sheet_name.strip("'"), top, left


def _sources(page: Worksheet) -> Iterator[tuple[str, str]]:
    """Yield the title and key of each source, from the list below the figures."""
    for row in page.iter_rows(min_row=HEAD_ROWS + 1):
        key, title = row[sheet.FIGURE - 1].value, row[sheet.SOURCE - 1].value
        if key and title and row[sheet.QUALITY - 1].value is None:
            yield str(title), str(key)


def _figures(book: Workbook, titles: dict[str, str]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each figure's path, the figure as a case states it, and the cell of its value."""
    row: Any
    for row in book["Sources"].iter_rows(min_row=HEAD_ROWS + 1):
        link = _LINK.match(str(row[sheet.VALUE - 1].value))
        if link is None:
            continue
        typed: Any = book[link[1]][f"{link[2]}{link[3]}"]
        yield (
            str(row[sheet.FIGURE - 1].value),
            {
                "value": _value(book, typed),
                "unit": row[sheet.UNIT - 1].value,
                "date": row[sheet.AS_OF - 1].value.date(),
                "source": titles[row[sheet.SOURCE - 1].value],
                "quality": row[sheet.QUALITY - 1].value,
                "note": row[sheet.NOTE - 1].value or "",
            },
            typed,
        )


def _value(book: Workbook, typed: Any) -> Any:
    """Read a figure's value: of a driver with a path, one number for each year."""
    left, top, right, bottom = range_boundaries(
        book.defined_names["Drivers"].attr_text.rpartition("!")[2].replace("$", "")
    )
    assert left and top and right and bottom
    by_year = top < typed.row <= bottom and left + 1 < typed.column <= right
    if by_year:
        return [typed.offset(0, i).value for i in range(right - typed.column + 1)]
    return typed.value.date() if typed.is_date else typed.value
