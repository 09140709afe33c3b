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
from model.case import DERIVED, Case
from model.drivers import DEFAULTS, DRIVERS, YEARS
from model.errors import InputError
from workbook.arguments import is_blank
from workbook.tables import core, key
from workbook.template.layout import HEAD_ROWS
from workbook.template.sheets import sources as sheet

_LINK = re.compile(r"^='?([^'!]+)'?!\$?([A-Z]+)\$?(\d+)$")


#: Source of the drivers that the case left out and somebody has typed into the workbook.
TYPED = "typed"
#: What may stand to the right of a security's count, in this order: its unit, and the number that
#: is typed where the case leaves it out.
FURTHER: dict[str, tuple[str, float | None]] = {
    "strike": ("USD", None),
    "included": ("fraction", 1.0),
    "withheld": ("fraction", 0.0),
    "vests_at": ("USD m", 0.0),
}
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
    if not {"Inputs", "Sources"} <= set(book.sheetnames) or "Drivers" not in book.defined_names:
        raise InputError(
            "workbook", "must have the sheets Inputs and Sources and the names of a built workbook"
        )
    titles = dict(_sources(book["Sources"]))
    tree: dict[str, Any] = {
        "company": {"name": "As in the workbook", "ticker": "", "about": ""},
        "sources": {key: {"title": title} for title, key in titles.items()},
        "published": {},
    }
    for path, figure, cell in _figures(book, titles):
        group, _, name = path.partition(".")
        if group in ("published", "scalars"):
            continue
        if group in ("offer", "prices"):
            figure = {"label": name, "figure": figure}
        *parents, leaf = path.split(".")
        if leaf in FURTHER and figure["value"] is None:
            continue  # Cleared: refused below, unless it is of no use to this security.
        if leaf == "count" and figure["value"] is None and is_blank(cell.offset(0, -2).value):
            continue  # A security whose whole row is cleared.
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = figure
        if leaf == "count":
            node["name"], node["type"] = cell.offset(0, -2).value, cell.offset(0, -1).value
            for offset, (further, (unit, otherwise)) in enumerate(FURTHER.items(), 1):
                if (typed := cell.offset(0, offset).value) not in (None, otherwise):
                    node[further] = figure | {"value": typed, "unit": unit}
        elif leaf == "share":
            node["from_month"], node["to_month"] = (cell.offset(0, i).value for i in (-2, -1))
    _put_drivers(book, tree)
    found = case.parse(tree)
    # Cells that the functions would refuse, such as blank ones, are no case either.
    core.securities("Securities", _rows(book, "Securities"))
    return found, {name: _start(d.attr_text) for name, d in book.defined_names.items()}


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
        shown_in = row[sheet.VALUE - 1]
        link = _LINK.match(str(shown_in.value))
        if link is None:
            path = str(row[sheet.FIGURE - 1].value)
            if row[sheet.QUALITY - 1].value is None or path.startswith("tables."):
                continue  # A heading, a row of the list of sources, or a row of many figures.
            raise InputError(
                f"Sources!{shown_in.coordinate}",
                f"must be the formula that shows where {path} is typed, not {shown_in.value!r}",
            )
        typed: Any = book[link[1]][f"{link[2]}{link[3]}"]
        if typed.data_type == "f":
            raise InputError(
                f"{link[1]}!{link[2]}{link[3]}",
                f"must be typed to be compared with the model, not the formula {typed.value!r}",
            )
        yield (
            str(row[sheet.FIGURE - 1].value),
            {
                "value": typed.value.date() if typed.is_date else typed.value,
                "unit": row[sheet.UNIT - 1].value,
                "date": row[sheet.AS_OF - 1].value.date(),
                "source": titles[row[sheet.SOURCE - 1].value],
                "quality": row[sheet.QUALITY - 1].value,
                "note": row[sheet.NOTE - 1].value or "",
            },
            typed,
        )


def _rows(book: Workbook, name: str) -> list[list[Any]]:
    """Return what is typed in a named table, with its headers."""
    sheet_name, _, cells = book.defined_names[name].attr_text.rpartition("!")
    return [[cell.value for cell in row] for row in book[sheet_name.strip("'")][cells]]


def _put_drivers(book: Workbook, tree: dict[str, Any]) -> None:
    """Put the drivers as the functions read them, also those that the case had left out."""
    rows = _rows(book, "Drivers")
    years = range(1, len(rows[0]) - 1)
    typed = [row for row in rows[1:] if row[0] not in DERIVED]
    found = core.drivers("Drivers", [["Driver", "Value", *years], *typed]).values
    if len(years) == 1:
        # A path of one year is a path, and says how long the forecast is.
        yearly = [row for row in typed if DRIVERS[key(row[0])].kind == "yearly"]
        found |= {key(row[0]): [row[2]] for row in yearly if not is_blank(row[2])}
    if len(years) != YEARS and not any(isinstance(value, list) for value in found.values()):
        raise InputError(
            "Drivers",
            f"must have a driver with a number for each year, which tells the {len(years)} years",
        )
    stated = tree.get("drivers", {})
    tree["sources"][TYPED] = {"title": "Typed in the workbook"}
    tree["drivers"] = {
        name: stated.get(name, _typed(name, tree)) | {"value": value}
        for name, value in found.items()
        if name in stated or value != DEFAULTS[name]
    }


def _typed(driver: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Give what is known of a driver that somebody has typed: as much as of any typed number."""
    return {
        "unit": DRIVERS[driver].unit,
        "date": tree["company"]["valuation_date"]["date"],
        "source": TYPED,
        "quality": "assumption",
    }
