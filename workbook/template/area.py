"""Rectangles of cells, and how formulas refer to them."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from model.errors import InputError
from workbook.package.cells import place


def ref(row: int, column: int) -> str:
    """Absolute address of a cell on its own sheet."""
    return f"${get_column_letter(column)}${row}"


@dataclass(frozen=True)
class Area:
    """A rectangle of cells on a sheet."""

    sheet: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1

    @property
    def local(self) -> str:
        """Absolute address within the sheet."""
        first = ref(self.row, self.column)
        if self.rows == self.columns == 1:
            return first
        return f"{first}:{ref(self.row + self.rows - 1, self.column + self.columns - 1)}"

    @property
    def by_column(self) -> str:
        """Address of a cell, relative when its formula is copied across the row."""
        return f"{get_column_letter(self.column)}${self.row}"

    def __str__(self) -> str:
        return f"'{self.sheet}'!{self.local}"

    def part(self, row: int, column: int, rows: int = 1, columns: int = 1) -> Area:
        """Return a rectangle inside this one, counted from 0."""
        return Area(self.sheet, self.row + row, self.column + column, rows, columns)

    def contains(self, other: Area) -> bool:
        """Tell whether a rectangle is inside this one."""
        down, right = other.row - self.row, other.column - self.column
        return (
            self.sheet == other.sheet
            and 0 <= down <= self.rows - other.rows
            and 0 <= right <= self.columns - other.columns
        )

    @classmethod
    def at(cls, sheet: str, reference: str) -> Area:
        """Return the cells that an address means, such as $A$1:$B$2."""
        first, _, last = reference.replace("$", "").partition(":")
        (top, left), (bottom, right) = place(first), place(last or first)
        return cls(sheet, top, left, bottom - top + 1, right - left + 1)

    def body(self, row: int) -> Area:
        """Return a row's numbers, without the line's name in the first column."""
        return self.part(row, 1, 1, self.columns - 1)


class Areas(dict[str, Area]):
    """Locations of the workbook's inputs and results, by path or name.

    A scalar that the case lacks is recorded and replaced by another cell, so that all missing ones
    are reported at once; nothing is written in that case.
    """

    def __init__(self) -> None:
        super().__init__()
        self.missing: dict[str, InputError] = {}

    def __missing__(self, name: str) -> Area:
        if not name.startswith(("scalars.", "tables.")):
            raise KeyError(name)
        lacking = InputError(name, "is missing, and a sheet of this case needs it")
        self.missing.setdefault(name, lacking)
        if name.startswith("tables."):
            raise lacking
        return Area("Inputs", 1, 1)
