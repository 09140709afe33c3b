"""What a workbook holds: its names, its cells, and what is typed in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from typing import Any, NamedTuple

from openpyxl.utils.datetime import from_excel

from model.errors import InputError
from model.plain import plain
from workbook.check.keyed import keyed_sheets
from workbook.hosts.headless import Evaluation
from workbook.package.cells import ErrorValue, Place, Value, address, place
from workbook.package.package import Package, Sheet

#: A cell or a range, as links and names write it.
_AREA = re.compile(
    r"(?:'(?P<quoted>(?:[^'\[]|'')+)'|(?P<plain>[\w.]+))!"
    r"(?P<first>\$?[A-Z]{1,3}\$?[1-9]\d*)(?::(?P<last>\$?[A-Z]{1,3}\$?[1-9]\d*))?"
)

#: What a link has around its cells.
_LINK = re.compile(
    r"=?(?:IF\(ISERROR\(ROW\((?P<row>.+?)\)\),.*|(?:ROWS?\()?(?P<cells>.*?)\)?)", re.IGNORECASE
)

#: The sheet, the first and the last cell of a range.
Area = tuple[str, Place, Place]


class Cell(NamedTuple):
    """The contents of a cell, and whether it is a formula."""

    value: Any
    data_type: str


EMPTY_CELL = Cell(None, "n")


class Held:
    """The names and non-empty cells of a workbook: everything from which a case is read.

    Cells are given by the rows that they have now and by the columns in which they were built, so
    that columns inserted by a user are no part of a table.

    Parameters
    ----------
    package : Package
    evaluation : Evaluation, optional
        The values of the formulas, if a formula may stand for what is typed.
    """

    def __init__(self, package: Package, evaluation: Evaluation | None = None) -> None:
        self._package = package
        self._evaluation = evaluation
        #: Sheet and row -> the row whose cells are read there, of rows that have been sorted.
        self._moved: Mapping[tuple[str, int], int] = {}
        self.names = dict(package.names)
        self._keyed = keyed_sheets(package)
        # Of a sheet that has lost them all, columns are read where they are.
        columns = {keyed.title: keyed.built_columns for keyed in self._keyed.values()}
        self._columns = {title: built for title, built in columns.items() if built}
        self._cells: dict[str, dict[Place, Cell]] = {}
        #: What Sources lists, once it has been read.
        self.lists: dict[str, list[tuple[int, list[Any]]]] = {}

    def with_sorted(self, moved: Mapping[tuple[str, int], int]) -> Held:
        """Return the same workbook, with rows read in the place of others."""
        found = copy(self)
        found._moved = moved
        return found

    @property
    def evaluated(self) -> bool:
        """Whether the values of the formulas are known."""
        return self._evaluation is not None

    def title(self, built: str) -> str:
        """Return the title that a sheet has now, by the one that it was built with."""
        return self._keyed[built].title if built in self._keyed else built

    def cells(self, title: str) -> dict[Place, Cell]:
        """Return a sheet's cells; none for a missing sheet."""
        if title not in self._cells and title in self._package.sheets:
            page = self._package.sheets[title]
            if (columns := self._columns.get(title)) is None:
                self._cells[title] = {at: _cell(page, at) for at in page.places}
            else:
                keys = next(k.corner[0] for k in self._keyed.values() if k.title == title)
                self._cells[title] = {
                    (row, columns[column]): _cell(page, (row, column))
                    for row, column in page.places
                    if column in columns and row != keys
                }
        return self._cells.get(title, {})

    def cell(self, title: str, row: int, column: int) -> Cell:
        """Return a cell; an empty one if it does not exist."""
        return self.cells(title).get(self.place(title, row, column), EMPTY_CELL)

    def place(self, title: str, row: int, column: int) -> Place:
        """Return where a cell stands that is read as if its row had not been sorted."""
        return self._moved.get((title, row), row), column

    def typed(self, title: str, row: int, column: int) -> Cell:
        """Return a cell, or the value of its formula if the values are known."""
        cell = self.cell(title, row, column)
        if cell.data_type != "f" or self._evaluation is None:
            return cell
        at = self.now(title, self.place(title, row, column))
        value = self._evaluation.values.get(title, {}).get(at)
        if value is None or isinstance(value, ErrorValue):
            why = self._evaluation.left.get((title, at))
            empty = f"an empty result, because it {why}" if why else "an empty result"
            shown = empty if value is None else f"the error {value}"
            raise InputError(
                f"{title}!{address(*at)}", f"must have a value to be an input, not {shown}"
            )
        return _typed(self._package.sheets[title], at, None if value == "" else value)

    def area(self, text: str) -> Area | None:
        """Return the sheet, first and last cell of an area; None for other text."""
        if (found := area_of(text)) is None:
            return None
        title, first, last = found
        columns = self._columns.get(title, {})
        at, end = ((row, columns.get(column, column)) for row, column in (first, last))
        return title, at, end

    def now(self, title: str, at: Place) -> Place:
        """Return where a cell is in the file."""
        now = {built: column for column, built in self._columns.get(title, {}).items()}
        return at[0], now.get(at[1], at[1])

    def where(self, title: str, at: Place) -> str:
        """Return the address of a cell in the file."""
        return f"{title}!{address(*self.now(title, at))}"


def _cell(page: Sheet, at: Place) -> Cell:
    if at in page.formulas:
        return Cell(f"={page.formulas[at].text}", "f")
    return _typed(page, at, page.value(at))


def _typed(page: Sheet, at: Place, value: Value) -> Cell:
    found: Any = value
    if isinstance(value, float) and page.shows_date(at):
        found = from_excel(value)
    elif isinstance(value, float) and value.is_integer():
        found = int(value)
    return Cell(str(value) if isinstance(value, ErrorValue) else found, "n")


def area_of(text: str) -> Area | None:
    """Return the sheet, first and last cell of an area; None for other text."""
    found = _AREA.fullmatch(text)
    if found is None:
        return None
    title = found["plain"] or found["quoted"].replace("''", "'")
    return title, place(found["first"]), place(found["last"] or found["first"])


def linked(link: Any) -> str:
    """Return the cells to which a figure's link leads, or the number of a row, or of its rows."""
    found = _LINK.fullmatch(str(link))
    return found["row"] or found["cells"] if found else str(link)


def value_of(cell: Any) -> Any:
    """Return a cell's value as the functions read it: a date that has a time keeps it."""
    return plain(cell.value)


def typed_in(book: Held, title: str, row: int, column: int) -> Any:
    """Return the value typed in a cell of the inputs."""
    cell = book.typed(title, row, column)
    if cell.data_type == "f":
        raise InputError(
            book.where(title, (row, column)),
            f"must be typed to be compared with the model, not the formula {cell.value!r}",
        )
    return value_of(cell)


def result_in(book: Held, title: str, row: int, column: int) -> Any:
    """Return the value of a cell; of a formula without one, its text."""
    try:
        return value_of(book.typed(title, row, column))
    except InputError:
        return value_of(book.cell(title, row, column))


def table_of(book: Held, name: str) -> list[list[Any]]:
    """Return the values typed in a named table, with its headers."""
    title, (top, left), (bottom, right) = _named(book, name)
    return [
        [value_of(book.cell(title, row, column)) for column in range(left, right + 1)]
        for row in range(top, bottom + 1)
    ]


def results_in(book: Held, name: str, number: int) -> list[Any]:
    """Return a row of a named table, with what its formulas result in if that is known."""
    title, (top, left), (_, right) = _named(book, name)
    cells = (book.typed(title, top + number, column) for column in range(left, right + 1))
    return [value_of(cell) for cell in cells]


def _named(book: Held, name: str) -> Area:
    area = book.area(book.names.get(name, ""))
    if area is None:
        raise InputError(name, f"must name a range, not {book.names.get(name, '')!r}")
    return area
