"""The log of changed inputs, on a sheet of the workbook: read, and continued."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from openpyxl.utils.datetime import from_excel

from model.errors import CaseError, InputError
from workbook.check.keyed import Keyed, keyed_sheets
from workbook.edits.unlogged import BLANK, Entry, Inputs, in_cell, unlogged
from workbook.package.archive import read, reading, with_parts
from workbook.package.cells import Place, Value, address
from workbook.package.finish.sheets import kind_and_text
from workbook.package.package import Package
from workbook.package.values import Held, with_values
from workbook.template.sheets.changes import (
    CELL,
    HEADER_KEY,
    HEADERS,
    INPUT,
    NEW,
    OLD,
    SENTENCE_KEY,
    TITLE,
    WHEN,
)

#: How the sentence begins that says why a log is not kept.
NOT_KEPT = "The log of changes was not updated"
#: What is in some rows of the log, by its columns.
Rows = Mapping[int, Mapping[int, Any]]


@dataclass(frozen=True)
class Logged:
    """A file with what its log lacked, how many rows that is, and why it is not kept if so."""

    file: bytes
    added: int = 0
    note: str = ""
    #: Whether no case may have the inputs.
    refused: bool = False


def logged(package: Package, file: bytes, inputs: Callable[[], Inputs], when: datetime) -> Logged:
    """Add what has been changed to the log of a workbook.

    Parameters
    ----------
    package : Package
        The workbook.
    file : bytes
        Its file, in which values may have been written since.
    inputs : callable
        Returns its inputs; if it refuses them, the log is not kept.
    when : datetime
        The time of the changes.
    """
    try:
        with reading():
            log = Log.opened(package.plain)
    except InputError as error:
        return Logged(file, note=f"{NOT_KEPT}: {error}")
    if log is None:
        why = f"the sheet {TITLE} is missing; `offtake build --from` restores it"
        return Logged(file, note=f"{NOT_KEPT}: {why}.")
    try:
        entries = unlogged(inputs(), log.known)
    except InputError as error:
        first = error.errors[0] if isinstance(error, CaseError) else error
        return Logged(file, note=f"{NOT_KEPT}: {first}", refused=True)
    if entries:
        part = log.with_rows(read(file)[log.part], log.following(log.last, entries, when))
        file = with_parts(file, {log.part: part})
    return Logged(file, len(entries))


def carried(made: Package, before: Log | None, entries: list[Entry], when: datetime) -> Package:
    """Put the rows of a log, and what it lacks, into a workbook that has just been built."""
    log = Log.opened(made)
    assert log is not None  # Every workbook is built with the sheet.
    rows: dict[int, Mapping[int, Any]] = {}
    last = log.first - 1
    if before is not None:
        for row, cells in before.rows.items():
            last = next(log.free(max(last, log.first + row - before.first - 1)))
            rows[last] = cells
    rows |= log.following(last, entries, when)
    if not rows:
        return made
    return Package(made.parts | {log.part: log.with_rows(made.parts[log.part], rows)})


class Log:
    """The log of a workbook, as it is in the file.

    Raises
    ------
    InputError
        If a header is not as it was built.
    """

    def __init__(self, package: Package, keyed: Keyed) -> None:
        self.title, self._page = keyed.title, package.sheets[keyed.title]
        self.part, self._keys = self._page.part, keyed.corner[0]
        columns = {built: here for here, built in keyed.built_columns.items()}
        places = {key: row for row, key in keyed.rows.items()}
        self._header = places.get(HEADER_KEY, 0)
        for column, text in HEADERS.items():
            at = self._header, columns.get(column, 0)
            if not all(at):
                raise InputError(keyed.title, f"must have the header {text}")
            if (held := self._page.value(at)) != text:
                there = "is empty" if held is None else f"holds {held!r}"
                where = f"{keyed.title}!{address(*at)}"
                raise InputError(where, f"{there}, and the header {text} belongs there")
        self._columns = {columns[column]: column for column in HEADERS}
        self._sentence = places.get(SENTENCE_KEY, self._header)
        #: The first row of the log.
        self.first = self._sentence + 1

    @classmethod
    def opened(cls, package: Package) -> Log | None:
        """Find the log of a workbook; None if it has none."""
        keyed = keyed_sheets(package).get(TITLE)
        if keyed is None and TITLE in package.sheets:
            raise InputError(TITLE, "must have its hidden row and column of keys")
        return None if keyed is None else cls(package, keyed)

    @cached_property
    def places(self) -> list[Place]:
        """The cells of the log in which something was typed."""
        apart = (self._keys, self._sentence)
        return [
            (row, column)
            for row, column in sorted(self._page.places)
            if row > self._header and row not in apart and column in self._columns
            and self._page.value((row, column)) is not None
            and (row, column) not in self._page.formulas
        ]  # fmt: skip

    @cached_property
    def rows(self) -> dict[int, dict[int, Any]]:
        """What is in its rows, by its columns; dates as such."""
        found: dict[int, dict[int, Any]] = {}
        for at in self.places:
            content: Any = self._page.value(at)
            if isinstance(content, float) and self._page.shows_date(at):
                content = from_excel(content)
            found.setdefault(at[0], {})[self._columns[at[1]]] = content
        return found

    @property
    def known(self) -> dict[str, Value]:
        """The new contents that are logged last of each input, whatever the order of the rows."""
        stated = [row for row in self.rows.values() if INPUT in row and NEW in row]
        stated.sort(key=lambda row: _number(row.get(WHEN)))
        return {str(row[INPUT]): in_cell(row[NEW]) for row in stated}

    @property
    def last(self) -> int:
        """The last row in which anything is."""
        used = {row for row, column in self._page.formulas if column in self._columns}
        return max({self._sentence, *self.rows, *used} - {self._keys})

    def free(self, after: int) -> Iterator[int]:
        """Yield the rows after one, without that of the keys."""
        while True:
            after += 1
            if after != self._keys:
                yield after

    def following(self, last: int, entries: Iterable[Entry], when: datetime) -> Rows:
        """Return the rows of changes, after one."""
        found: dict[int, dict[int, Any]] = {}
        for row, entry in zip(self.free(last), entries, strict=False):
            old, new = (BLANK if each is None else each for each in (entry.old, entry.new))
            cells = {WHEN: when, INPUT: entry.label, CELL: entry.cell or None, OLD: old, NEW: new}
            found[row] = {column: each for column, each in cells.items() if each is not None}
        return found

    def with_rows(self, part: bytes, rows: Rows) -> bytes:
        """Write rows into the part of the sheet."""
        values: dict[Place, Held] = {}
        styles: dict[Place, str] = {}
        here = {column: at for at, column in self._columns.items()}
        for row, cells in rows.items():
            for column, content in cells.items():
                values[row, here[column]] = kind_and_text(in_cell(content))
                styles[row, here[column]] = self._style(column, content)
        return with_values(part, values, styles)

    def _style(self, column: int, content: Any) -> str:
        """Return the style of such contents, as the row of the sentence or another one has it."""
        dated = isinstance(content, date)
        columns: tuple[int, ...] = (OLD, NEW, WHEN) if dated else (NEW, OLD)
        if column == WHEN:
            columns = (WHEN,)
        elif isinstance(content, str):
            # A text of any column has the style of a label, in which it stays a text.
            columns = (INPUT,)
        here = [at for each in columns for at, built in self._columns.items() if built == each]
        rows = sorted({row for row, _ in self._page.places if row > self._header} - {self._keys})
        for at in ((row, column) for column in here for row in (*rows, self._header)):
            if at in self._page.places and self._page.shows_date(at) == dated:
                return str(self._page.style(at))
        return "0"


def _number(content: Any) -> float:
    number = in_cell(content)
    return float(number) if isinstance(number, int | float) else 0.0
