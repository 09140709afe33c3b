"""Reads a case back from the workbook that was built from it.

The Sources sheet lists every figure by its path, and links to the cell where it is typed; so the
cells of Inputs are found by what they mean and not by where they stood when they were written.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL

from model.case import case
from model.case.case import DERIVED, Case
from model.dcf.drivers import DRIVERS, YEARLY, YEARS
from model.errors import InputError
from workbook.arguments import is_blank
from workbook.package.archive import reading
from workbook.package.cells import Place, address, place
from workbook.tables import core, drivers, key
from workbook.template.layout import HEAD_ROWS
from workbook.template.sheets import sources as sheet

#: A cell or a range, as links and names write it.
_AREA = re.compile(
    r"(?:'(?P<quoted>(?:[^'\[]|'')+)'|(?P<plain>[\w.]+))!"
    r"(?P<first>\$?[A-Z]{1,3}\$?[1-9]\d*)(?::(?P<last>\$?[A-Z]{1,3}\$?[1-9]\d*))?"
)

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


class _Book:
    """The names of a workbook and the cells that hold something: all that a case is read from.

    Whatever else a person has put there, openpyxl passes over.
    """

    def __init__(self, package: bytes) -> None:
        self._book = load_workbook(io.BytesIO(package), read_only=True, keep_links=False)
        self.names = {name: d.attr_text or "" for name, d in self._book.defined_names.items()}
        self._cells: dict[str, dict[Place, Any]] = {}

    def cells(self, title: str) -> dict[Place, Any]:
        """Return a sheet's cells by row and column; none for a sheet that is not there."""
        if title not in self._cells and title in self._book.sheetnames:
            page: Any = self._book[title]
            page.reset_dimensions()
            found = (cell for row in page.rows for cell in row if cell is not EMPTY_CELL)
            self._cells[title] = {(cell.row, cell.column): cell for cell in found}
        return self._cells.get(title, {})

    def cell(self, title: str, row: int, column: int) -> Any:
        """Return a cell, an empty one where nothing stands."""
        return self.cells(title).get((row, column), EMPTY_CELL)


def read_case(package: bytes) -> tuple[Case, dict[str, Start]]:
    """Read the case that a workbook holds, with whatever has been typed since it was built.

    Returns
    -------
    case : Case
    areas : dict
        Where each of the workbook's named areas starts; names that stand for something else are
        left out.

    Published figures, further tables and declared totals stay behind: sheets show and check
    them, and `model.valuation.value` calculates nothing from them.

    Raises
    ------
    InputError
        When the workbook is damaged or none of this model's, or its inputs are not those of a
        case.
    """
    # openpyxl warns of what it passes over.
    with reading(), warnings.catch_warnings(action="ignore"):
        book = _Book(package)
        tree, securities = _tree(book), _table(book, "Securities")
    areas = {name: area for name, text in book.names.items() if (area := _area(text))}
    found = case.parse(tree)
    # Cells that the functions would refuse, such as blank ones, are no case either.
    core.securities("Securities", securities)
    return found, {name: (title, *first) for name, (title, first, _) in areas.items()}


def _area(text: str) -> tuple[str, Place, Place] | None:
    """Return the sheet, first and last cell of an area; None for a text that is none."""
    found = _AREA.fullmatch(text)
    if found is None:
        return None
    title = found["plain"] or found["quoted"].replace("''", "'")
    return title, place(found["first"]), place(found["last"] or found["first"])


def _tree(book: _Book) -> dict[str, Any]:
    """Put the figures of a workbook as a case states them."""
    if not book.cells("Inputs") or not book.cells("Sources") or "Drivers" not in book.names:
        raise InputError(
            "workbook", "must have the sheets Inputs and Sources and the names of a built workbook"
        )
    titles = dict(_sources(book))
    tree: dict[str, Any] = {
        "company": {"name": "As in the workbook", "ticker": "", "about": ""},
        "sources": {key: {"title": title} for title, key in titles.items()},
        "published": {},
    }
    for path, figure, (title, row, column) in _figures(book, titles):
        group, _, name = path.partition(".")
        if group in ("published", "scalars"):
            continue
        if group in ("offer", "prices"):
            figure = {"label": name, "figure": figure}
        *parents, leaf = path.split(".")
        before = [book.cell(title, row, column + offset).value for offset in (-2, -1)]
        if leaf in FURTHER and figure["value"] is None:
            continue  # Cleared: refused below, unless it is of no use to this security.
        if leaf == "count" and figure["value"] is None and is_blank(before[0]):
            continue  # A security whose whole row is cleared.
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = figure
        if leaf == "count":
            node["name"], node["type"] = before
            for offset, (further, (unit, otherwise)) in enumerate(FURTHER.items(), 1):
                if (typed := book.cell(title, row, column + offset).value) not in (None, otherwise):
                    node[further] = figure | {"value": typed, "unit": unit}
        elif leaf == "share":
            node["from_month"], node["to_month"] = before
    _put_drivers(book, tree)
    return tree


def _rows(book: _Book) -> Iterator[tuple[int, list[Any]]]:
    """Yield the number of each row of Sources below the head, and its values from column 0."""
    for row in range(HEAD_ROWS + 1, max(book.cells("Sources"))[0] + 1):
        yield row, [_value(book.cell("Sources", row, at)) for at in range(sheet.NOTE + 1)]


def _value(cell: Any) -> Any:
    return cell.value.date() if isinstance(cell.value, datetime) else cell.value


def _sources(book: _Book) -> Iterator[tuple[str, str]]:
    """Yield the title and key of each source, from the list below the figures."""
    for _, row in _rows(book):
        if row[sheet.FIGURE] and row[sheet.SOURCE] and row[sheet.QUALITY] is None:
            yield str(row[sheet.SOURCE]), str(row[sheet.FIGURE])


def _figures(book: _Book, titles: dict[str, str]) -> Iterator[tuple[str, dict[str, Any], Start]]:
    """Yield each figure's path, the figure as a case states it, and where its value stands."""
    for number, row in _rows(book):
        path, link = str(row[sheet.FIGURE]), str(row[sheet.VALUE])
        area = _area(link.removeprefix("="))
        if area is None:
            if row[sheet.QUALITY] is None or path.startswith("tables."):
                continue  # A heading, a row of the list of sources, or a row of many figures.
            raise InputError(
                f"Sources!{address(number, sheet.VALUE)}",
                f"must be the formula that shows where {path} is typed, not {row[sheet.VALUE]!r}",
            )
        title, at, _ = area
        typed = book.cell(title, *at)
        if typed.data_type == "f":
            raise InputError(
                f"{title}!{address(*at)}",
                f"must be typed to be compared with the model, not the formula {typed.value!r}",
            )
        figure = {
            "value": _value(typed),
            "unit": row[sheet.UNIT],
            "date": row[sheet.AS_OF],
            "source": titles.get(row[sheet.SOURCE]),
            "quality": row[sheet.QUALITY],
            "note": row[sheet.NOTE] or "",
        }
        yield path, figure, (title, *at)


def _table(book: _Book, name: str) -> list[list[Any]]:
    """Return what is typed in a named table, with its headers."""
    area = _area(book.names.get(name, ""))
    if area is None:
        raise InputError(name, f"must name a range, not {book.names.get(name, '')!r}")
    title, (top, left), (bottom, right) = area
    return [
        [book.cell(title, row, column).value for column in range(left, right + 1)]
        for row in range(top, bottom + 1)
    ]


def _put_drivers(book: _Book, tree: dict[str, Any]) -> None:
    """Put the drivers as the functions read them, also those that the case had left out."""
    rows = _table(book, "Drivers")
    years = range(1, len(rows[0]) - 1)
    typed = [row for row in rows[1:] if row[0] not in DERIVED]
    found, _ = drivers.stated("Drivers", [["Driver", "Value", *years], *typed])
    if len(years) == 1:
        # A path of one year is a path, and says how long the forecast is.
        yearly = [row for row in typed if DRIVERS[key(row[0])].extent == YEARLY]
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
        if name in stated or value != DRIVERS[name].default
    }


def _typed(driver: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Give what is known of a driver that somebody has typed: as much as of any typed number."""
    return {
        "unit": DRIVERS[driver].unit,
        "date": tree["company"]["valuation_date"]["date"],
        "source": TYPED,
        "quality": "assumption",
    }
