"""Where each input of a workbook is, and errors that name its cell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any

from model.case.case import Case
from model.case.parts import SECURITY
from model.case.values import SECTIONS, label_of, row_key
from model.dcf.segment import SLASH
from model.errors import CaseError, InputError, refuse, shown
from workbook.check.added import lists_of_bands
from workbook.check.held import Area, Held, result_in, value_of
from workbook.check.reader import columns_of, listed, lists_of, tree_of
from workbook.package.cells import Place
from workbook.refusal import cell_at_fault
from workbook.template.sheets import sources as sheet
from workbook.template.sheets.inputs.lines import spoken
from workbook.template.sheets.inputs.scenario import LIVE
from workbook.template.sheets.inputs.scenario import TYPED as TYPED_DRIVERS

#: A cell: its sheet, row and column.
Where = tuple[str, Place]
#: Steps of the path of a table's row.
OF_ROW = 3
#: A path of the case in a sentence.
_PATH = re.compile(rf"\b(?:{'|'.join(SECTIONS)}|tables)(?:\.\w+)+")
#: What may be left out and is found by its name: the scenario, and figures of funding.
NAMED = ("company", "funding")
#: Where Sources has the origin of a figure.
ORIGIN = {
    "as_of": sheet.AS_OF, "source": sheet.SOURCE, "quality": sheet.QUALITY, "note": sheet.NOTE,
    "known": sheet.KNOWN,
}  # fmt: skip
#: The columns of a band before its share.
MONTHS = ("from_month", "to_month")


class Places:
    """The cells of the inputs of a workbook, by their paths in the case.

    Parameters
    ----------
    book : Held
    case : Case, optional
        One with the forecast years and the segments of the workbook.
    """

    def __init__(self, book: Held, case: Case | None) -> None:
        self._book = book
        self._first_year = case.forecast_years[0] if case else 0
        self._segments = {s.name.casefold(): k for k, s in case.segments.items()} if case else {}
        lists, sources = lists_of(book), book.title("Sources")
        self._listed = listed(book, lists[sheet.FIGURES])
        self._sources = {
            str(row[sheet.FIGURE]): (sources, (number, column))
            for of, column in ((sheet.FURTHER, sheet.SOURCE), (sheet.FIGURES, sheet.VALUE))
            for number, row in lists[of]
        }
        self._origins = {
            f"{row[sheet.FIGURE]}.{name}": (sources, (number, column))
            for number, row in lists[sheet.FIGURES]
            for name, column in ORIGIN.items()
        } | {
            f"sources.{row[sheet.FIGURE]}.{name}": (sources, (number, column))
            for number, row in lists[sheet.SOURCES]
            for name, column in sheet.SOURCE_COLUMNS.items()
        }
        self._bands = lists_of_bands(book, self._listed)
        self._drivers = self._of_drivers()

    def cells(self, path: str) -> list[Where]:
        """Return the cells of an input, or those that are nearest to it; none if it is unknown."""
        steps = path.split(".")
        for end in range(len(steps), 0, -1):
            if found := self._cells(".".join(steps[:end]), steps[end:]):
                return [(t, self._book.place(t, *at)) for t, at in found]
            above = f"{'.'.join(steps[:end])}."
            inside = (where for p, where in self._listed.items() if p.startswith(above))
            if end > 1 and (first := next(inside, None)):
                return [first]
        return []

    def exactly(self, path: str, number: int = 0) -> Where | None:
        """Return the cell of an input, or of one number of a path; None if it has none."""
        above, _, leaf = path.rpartition(".")
        found = self._cells(path, []) or self._cells(above, [leaf])
        if not found:
            return None
        title, at = found[min(number, len(found) - 1)]
        return title, self._book.place(title, *at)

    def find_added(self, now: Case) -> None:
        """Find the rows of tables and securities that a user has inserted, which are in a case."""
        tables = {f"tables.{key}": table.rows for key, table in now.tables.items()}
        self._find_added({"securities": now.securities, **tables})

    def _find_typed(self) -> None:
        """Find them where the inputs are no valid case: under the keys that they would have."""
        with suppress(InputError):
            tree = tree_of(self._book)
            tables = {f"tables.{key}": rows for key, rows in tree.get("tables", {}).items()}
            nodes = {"securities": tree.get("securities", {}), **tables}
            self._find_added({
                owner: {key: row for key, row in rows.items() if isinstance(row, dict)}
                for owner, rows in nodes.items()
                if isinstance(rows, dict)
            })  # fmt: skip

    def _find_added(self, added: Mapping[str, Mapping[str, object]]) -> None:
        for owner, rows in added.items():
            area = self._book.area(self._book.names.get(owner.split(".")[-1].capitalize(), ""))
            if area is None:
                continue
            title, (top, left), (bottom, _) = area
            inside = {p: w for p, w in self._listed.items() if p.startswith(f"{owner}.")}
            known = {row for _, (row, _) in inside.values()}
            keys = {path.removeprefix(f"{owner}.").split(".")[0] for path in inside}
            free = (row for row in range(top + 1, bottom + 1) if row not in known
                    and self._book.cell(title, row, left).value is not None)  # fmt: skip
            for key, row in zip((key for key in rows if key not in keys), free, strict=False):
                name = f"{owner}.{key}.name" if owner == "securities" else f"{owner}.{key}"
                self._listed[name] = title, (row, left)

    def in_order(self, now: Case) -> Case:
        """Return a case with the rows of its tables in the order of the workbook, or itself."""
        self.find_added(now)

        def row(path: str) -> float:
            found = self.exactly(path)
            return found[1][0] if found else math.inf

        of_securities = sorted(now.securities, key=lambda key: row(f"securities.{key}.name"))
        of_tables = {
            name: sorted(table.rows, key=lambda key: row(f"tables.{name}.{key}"))
            for name, table in now.tables.items()
        }
        if of_securities == [*now.securities] and of_tables == {
            name: [*table.rows] for name, table in now.tables.items()
        }:
            return now
        return replace(
            now,
            securities={key: now.securities[key] for key in of_securities},
            tables={
                name: replace(table, rows={key: table.rows[key] for key in of_tables[name]})
                for name, table in now.tables.items()
            },
        )

    def formulas(self, path: str) -> list[str]:
        """Return the formulas in the cells of an input, without their equals signs."""
        found = [self._book.cells(title).get(at) for title, at in self.cells(path)]
        return [str(cell.value)[1:] for cell in found if cell is not None and cell.data_type == "f"]

    @contextmanager
    def located(self) -> Iterator[None]:
        """Put the cell before the message of any error in a case."""
        try:
            yield
        except InputError as error:
            self._find_typed()
            refuse(self._located(error))

    def _located(self, error: InputError) -> Iterator[InputError]:
        several = error.errors if isinstance(error, CaseError) else (error,)
        for each in several:
            # A driver is named as in the table that functions take.
            words = each.argument.removeprefix("Drivers ")
            path = self._names.get(words.casefold(), words.split(" ")[0].rstrip(":"))
            cells = self.cells(path)
            # Of a driver's years the one that the sentence is about.
            said = (where for where in cells if self._is_said(each, where))
            where = self._in_table(each) or next(said, cells[0] if cells else None)
            problem = _PATH.sub(self._cell_of, each.problem)
            if where is None:
                yield InputError(each.argument, problem)
            else:
                called = _PATH.sub(_label, each.argument)
                yield InputError(f"{self._book.where(*where)}: {called}", problem)

    def _in_table(self, error: InputError) -> Where | None:
        """Return the cell that an error in a table of Inputs is about, as in a function's range."""
        owner, colon, where = error.argument.partition(": ")
        if not colon:
            owner, _, where = error.argument.partition(" ")
        name = owner.removeprefix("tables.").capitalize()
        typed = TYPED_DRIVERS if TYPED_DRIVERS in self._book.names else LIVE
        area = (
            self._bands.get(owner)
            or self._bands.get(f"{owner}.bands")
            or self._book.area(self._book.names.get(typed if name == LIVE else name, ""))
        )
        if area is None or area[0] != self._book.title("Inputs"):
            return None
        title, (top, left), _ = area
        row, column = cell_at_fault(error, where.removeprefix("bands "), self._rows(area, name))
        return title, self._book.place(title, top + row - 1, left + column - 1)

    def _rows(self, area: Area, name: str) -> list[list[Any]]:
        """Return a table as functions are given it; of drivers the years count from 1."""
        title, (top, left), (bottom, right) = area
        years = count(1 if name == LIVE else self._first_year)
        heads = [self._book.cell(title, top, column) for column in range(left, right + 1)]
        return [
            [next(years) if head.data_type == "f" else value_of(head) for head in heads],
            *(
                [result_in(self._book, title, row, column) for column in range(left, right + 1)]
                for row in range(top + 1, bottom + 1)
            ),
        ]

    def _is_said(self, error: InputError, where: Where) -> bool:
        held = re.escape(self._shown(*where))
        # Not the beginning of another number.
        return bool(re.search(rf"(?:\bnot|\bbut) {held}(?!\.?\w)", error.problem))

    def _cell_of(self, path: re.Match[str]) -> str:
        """Return the cell of an input that is named in a sentence; its label without one."""
        cells = self.cells(path[0])
        return self._book.where(*cells[0]) if cells else _label(path)

    def _shown(self, title: str, at: Place) -> str:
        cell = self._book.cells(title).get(at)
        return shown(None if cell is None else cell.value)

    def _cells(self, path: str, below: list[str]) -> list[Where]:
        """Return the cells of a path, or of a column of it."""
        if path in self._drivers:
            return self._drivers[path]
        if path in self._origins:
            return [self._origins[path]]
        section, *steps = path.split(".")
        named = self._book.area(self._book.names.get(path.rpartition(".")[2].capitalize(), ""))
        if section in NAMED and named is not None and path not in self._listed:
            return [named[:2]]
        if path not in self._listed:
            if steps and steps[-1] in MONTHS:
                return self._month(path.rpartition(".")[0], steps[-1])
            if section == "securities" and len(steps) == 1:
                return self._of_security(path, below)
            return [self._sources[path]] if path in self._sources else []
        title, (row, column) = self._listed[path]
        if section == "tables" and below:
            columns = columns_of(self._book, steps[0], self._first_year)
            return [(title, (row, columns[below[0]]))] if below[0] in columns else []
        if below and below[0] != "value":
            return []
        return [(title, (row, column))]

    def _month(self, band: str, leaf: str) -> list[Where]:
        """Return the cell of the first or last month of a band."""
        area, of_band = self._bands.get(band.rpartition(".")[0]), f"{band}."
        rows = (row for path, (_, (row, _)) in self._listed.items() if path.startswith(of_band))
        if area is None or (row := next(rows, None)) is None:
            return []
        return [(area[0], (row, area[1][1] + MONTHS.index(leaf)))]

    def _of_security(self, path: str, below: list[str]) -> list[Where]:
        area = self._book.area(self._book.names.get("Securities", ""))
        row = next((w[1][0] for p, w in self._listed.items() if p.startswith(f"{path}.")), None)
        if area is None or row is None:
            return []
        name = "kind" if below == ["type"] else below[0] if below else "name"
        return [(area[0], (row, area[1][1] + [*SECURITY].index(name)))] if name in SECURITY else []

    def _of_drivers(self) -> dict[str, list[Where]]:
        """Return the cells of each driver; and record the path of each by its name there."""
        names = self._book.names
        area = self._book.area(names.get(TYPED_DRIVERS if TYPED_DRIVERS in names else LIVE, ""))
        self._names: dict[str, str] = {}
        if area is None:
            return {}
        title, (top, left), (bottom, right) = area
        found = {}
        for row in range(top + 1, bottom + 1):
            owner, _, label = str(self._book.cell(title, row, left).value or "").rpartition(SLASH)
            key, name = self._segments.get(owner.casefold(), owner), row_key(label)
            path = f"segments.{key}.{name}" if owner else f"drivers.{name}"
            found[path] = [(title, (row, column)) for column in range(left + 1, right + 1)]
            self._names[f"{owner}{SLASH}{name}".casefold().removeprefix(SLASH)] = path
        return found


def _label(path: re.Match[str]) -> str:
    """Return what Inputs calls an input: the header of a column, or the label of a figure."""
    section, *_, leaf = steps = path[0].split(".")
    if section == "tables" and len(steps) == OF_ROW:
        return "This row"
    if section in ("tables", "drivers", "segments"):
        return spoken(leaf)
    figure = path[0].removesuffix(".value")
    return label_of(figure) or spoken(figure.rpartition(".")[2])
