"""A worksheet of a package: its cells in the file, their formulas and their values."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from model.errors import InputError
from workbook.package.archive import reading
from workbook.package.cells import ADDRESS, Formula, Place, Value
from workbook.package.contents import (
    Contents,
    cell_value,
    filled,
    formulas_in,
    present_cells,
    tables_in,
)

if TYPE_CHECKING:
    from workbook.package.package import Package


class Sheet:
    """A worksheet: its cells in the file, their formulas and their values."""

    def __init__(self, package: Package, part: str, title: str) -> None:
        self._package = package
        self.part = part
        self.title = title

    @cached_property
    def cells(self) -> dict[Place, Element]:
        """The elements of the cells that the file has, by row and column, to be changed."""
        with self._reading():
            return present_cells(self._package.tree(self.part))

    @cached_property
    def _in_file(self) -> Contents:
        with self._reading():
            return self._package.contents(self.part)

    @property
    def _changed(self) -> bool:
        return self._package.has_changed(self.part)

    @property
    def places(self) -> Collection[Place]:
        """The rows and columns of the cells that the file has."""
        return self.cells if self._changed else self._in_file.values

    @cached_property
    def formulas(self) -> dict[Place, Formula]:
        """The formulas, with their cached values."""
        if not self._changed:
            return self._in_file.formulas
        with self._reading():
            return formulas_in(self.cells, self._package.strings)

    @cached_property
    def data_tables(self) -> dict[Place, str]:
        """The ranges that what-if data tables fill, by the first cell of each."""
        return tables_in(self.cells) if self._changed else self._in_file.tables

    @cached_property
    def filled(self) -> list[Place]:
        """The cells that formulas fill: their own, and the ranges of array formulas."""
        return filled(self.formulas)

    @cached_property
    def filled_places(self) -> frozenset[Place]:
        """The same cells, to look one up."""
        return frozenset(self.filled)

    def value(self, at: Place) -> Value:
        """Return the value of a cell; None if it is empty."""
        if not self._changed:
            return self._in_file.values.get(at)
        cell = self.cells.get(at)
        return None if cell is None else cell_value(cell, self._package.strings)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Name the sheet and the cell that cannot be read, or else the part."""
        try:
            with reading(self.part):
                yield
        except InputError as error:
            where = error.argument
            cell = f"{self.title}!{where}" if ADDRESS.fullmatch(where) else where
            raise InputError(cell, error.problem) from error

    @property
    def hidden_rows(self) -> set[int]:
        """The rows that are hidden, which some functions leave out."""
        return self._in_file.hidden

    def number_format(self, at: Place) -> str:
        """Return the number format of a cell."""
        return self._package.number_formats[self.style(at)]

    def shows_date(self, at: Place) -> bool:
        """Tell whether a cell shows its number as a date."""
        return self.number_format(at) in self._package.date_formats

    def style(self, at: Place) -> int:
        """Return the number of a cell's style."""
        if not self._changed:
            return self._in_file.styles.get(at, 0)
        cell = self.cells.get(at)
        return 0 if cell is None else int(cell.get("s", "0"))
