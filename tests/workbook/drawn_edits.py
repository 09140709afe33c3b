"""Edits of a workbook, each small and with a name, applied to it one after another.

What the inputs must then be is kept next to the cells: in the tree of the case, and by the name of
each row whatever its place.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from in_parts import areas, typed
from test_growing_tables import PARTS

from model.case.parts import SECURITY
from model.case.values import row_key
from workbook.package.cells import Place
from workbook.package.package import Package

#: A row of a table: the table and the key of the row in the case.
Key = tuple[str, str]


class OfInputs(Protocol):
    """An edit of the inputs."""

    def to(self, book: Edited) -> None:
        """Apply it; where it cannot be, nothing changes."""


@dataclass
class Edited:
    """A workbook with edits of its inputs, and what it must state then."""

    base: Package
    #: The sheet, the first and the last cell of each table.
    areas: dict[str, tuple[str, Place, Place]]
    tree: dict[str, Any]
    #: The keys of the rows of each table that hold something.
    rows: dict[str, dict[int, str]] = field(default_factory=dict)
    cells: dict[tuple[str, Place], Any] = field(default_factory=dict)
    #: Rows that were cleared: what is typed in one is another contents of that row.
    cleared: set[tuple[str, int]] = field(default_factory=set)

    def copy(self) -> Edited:
        """Return one to be edited."""
        tree, rows = deepcopy(self.tree), deepcopy(self.rows)
        return replace(self, tree=tree, rows=rows, cells={}, cleared=set())

    def held(self, sheet: str, at: Place) -> Any:
        """Return what is typed in a cell."""
        return self.cells.get((sheet, at), self.base.sheets[sheet].value(at))

    def row(self, table: str, number: int) -> int | None:
        """Return a row of a table that holds something, counted in their order."""
        used = sorted(self.rows[table])
        return used[number % len(used)] if used else None

    def blank(self, table: str, number: int) -> int | None:
        """Return a blank row of a table, but for one that was cleared."""
        _, (top, _), (bottom, _) = self.areas[table]
        blank = [
            row
            for row in range(top + 1, bottom + 1)
            if row not in self.rows[table] and (table, row) not in self.cleared
        ]
        return blank[number % len(blank)] if blank else None

    def contents(self, table: str, row: int) -> dict[int, Any]:
        """Return what is typed in a row, by columns; those with formulas of ours are not."""
        sheet, (_, left), (_, right) = self.areas[table]
        formulas = self.base.sheets[sheet].formulas
        return {
            column: self.held(sheet, (row, column))
            for column in range(left, right + 1)
            if (row, column) not in formulas
        }

    def put(self, table: str, row: int, contents: dict[int, Any]) -> None:
        sheet = self.areas[table][0]
        self.cells |= {(sheet, (row, column)): each for column, each in contents.items()}

    def headers(self, table: str) -> dict[int, str]:
        sheet, (top, left), (_, right) = self.areas[table]
        columns = range(left, right + 1)
        held = {column: self.base.sheets[sheet].value((top, column)) for column in columns}
        return {c: str(int(h)) if isinstance(h, float) else str(h) for c, h in held.items()}

    def nodes(self, table: str) -> dict[str, Any]:
        """Return the rows of a table in the tree of the case."""
        if table == "Securities":
            return self.tree["securities"]
        return self.tree["tables"][table[0].lower() + table[1:]]


def opened(base: Package, tree: dict[str, Any], tables: tuple[str, ...]) -> Edited:
    """Return a workbook as it is, with the rows of some tables."""
    book = Edited(base, areas(base), tree)
    for table in tables:
        _, (top, _), _ = book.areas[table]
        keys = [key for key, node in book.nodes(table).items() if isinstance(node, dict)]
        book.rows[table] = dict(enumerate(keys, top + 1))
    return book


# Inputs ------------------------------------------------------------------------------------------


class Figure(NamedTuple):
    """A figure times a factor, typed as a number or as a formula."""

    path: str
    factor: float
    as_formula: bool

    def to(self, book: Edited) -> None:
        """Type it."""
        *steps, leaf = self.path.split(".")
        node: Any = book.tree
        for step in steps:
            node = node[step]
        before = node[leaf]["value"]
        node[leaf]["value"] = new = before * self.factor
        book.cells[typed(book.base, self.path)] = (
            f"={before!r}*{self.factor!r}" if self.as_formula else new
        )


class Cleared(NamedTuple):
    """A row of which every cell is cleared."""

    table: str
    row: int

    def to(self, book: Edited) -> None:
        """Clear it, but not the last one of its table."""
        row = book.row(self.table, self.row)
        if row is None or len(book.rows[self.table]) == 1 or not _is_typed(book, self.table, row):
            return
        if not _is_alone(self.table, book.contents(self.table, row)):
            return
        del book.nodes(self.table)[book.rows[self.table].pop(row)]
        book.cleared.add((self.table, row))
        book.put(self.table, row, dict.fromkeys(book.contents(self.table, row)))


class Split(NamedTuple):
    """A row of which three quarters are in a new one, or a copy if nothing can be divided."""

    table: str
    row: int

    def to(self, book: Edited) -> None:
        """Type the second part in the first blank row."""
        row, blank = book.row(self.table, self.row), book.blank(self.table, 0)
        if row is None or blank is None or not _is_typed(book, self.table, row):
            return
        contents, key = book.contents(self.table, row), book.rows[self.table][row]
        name, *_ = contents
        if not isinstance(contents[name], str) or not _is_alone(self.table, contents):
            return
        nodes, headers = book.nodes(self.table), book.headers(self.table)
        more = f"More {contents[name]}"
        while any(more in (n.get("name"), *n.values()) for n in nodes.values() if _is_row(n)):
            more = f"More {more}"
        first, second = dict(contents), dict(contents)
        node, other = nodes[key], deepcopy(nodes[key])
        for column, content in contents.items():
            if headers[column] in PARTS.get(self.table, ()) and content is not None:
                leaf = _leaf(self.table, headers[column])
                for into, of, share in ((first, node, 0.25), (second, other, 0.75)):
                    into[column] = _times(content, share)
                    if self.table == "Securities":
                        of[leaf]["value"] *= share
                    else:
                        of[leaf] *= share
        second[name] = more
        other["name" if self.table == "Securities" else _leaf(self.table, headers[name])] = more
        nodes[new := f"new_{len(nodes)}_{key}"[:50]] = other
        book.rows[self.table][blank] = new
        book.put(self.table, row, first)
        book.put(self.table, blank, second)


class Exchanged(NamedTuple):
    """Two rows, each in the place of the other."""

    table: str
    one: int
    other: int

    def to(self, book: Edited) -> None:
        """Type each in the place of the other."""
        one, other = (book.row(self.table, number) for number in self[1:])
        if one is None or other is None or self.table == "Non_gaap_bridge":
            return  # The first line of a bridge is the one that it starts from.
        if not _is_typed(book, self.table, one):
            return  # What follows from the offer is a formula of that row.
        here, there = (book.contents(self.table, row) for row in (one, other))
        if here.keys() == there.keys():
            rows = book.rows[self.table]
            rows[one], rows[other] = rows[other], rows[one]
            book.put(self.table, one, there)
            book.put(self.table, other, here)


class Moved(NamedTuple):
    """A row in a blank one, with its own left blank."""

    table: str
    row: int
    to_blank: int

    def to(self, book: Edited) -> None:
        """Type it there."""
        row, blank = book.row(self.table, self.row), book.blank(self.table, self.to_blank)
        if row is None or blank is None or self.table == "Non_gaap_bridge":
            return
        contents = book.contents(self.table, row)
        if contents.keys() == book.contents(self.table, blank).keys():
            book.rows[self.table][blank] = book.rows[self.table].pop(row)
            book.put(self.table, blank, contents)
            book.put(self.table, row, dict.fromkeys(contents))


def _is_row(node: Any) -> bool:
    return isinstance(node, dict)


def _is_typed(book: Edited, table: str, row: int) -> bool:
    """Tell whether a row has formulas of ours only where a blank one has them."""
    _, _, (bottom, _) = book.areas[table]
    return book.contents(table, row).keys() == book.contents(table, bottom).keys()


def _is_alone(table: str, contents: dict[int, Any]) -> bool:
    """Tell whether nothing else looks for the row, as for warrants or for a loan."""
    return table != "Commitments" and (table != "Securities" or "option" in contents.values())


def _leaf(table: str, header: str) -> str:
    if table == "Securities":
        return next(key for key, of in SECURITY.items() if of.header == header)
    return row_key(header)


def _times(content: Any, share: float) -> Any:
    return f"=({content[1:]})*{share}" if isinstance(content, str) else content * share


def logged(before: Edited, after: Edited) -> Counter[tuple[Any, Any]]:
    """Return the old and the new contents of each input that a log must have, in no order."""
    found: Counter[tuple[Any, Any]] = Counter()
    in_rows = set()
    for table, (sheet, (top, left), (bottom, right)) in after.areas.items():
        if table not in after.rows:
            continue
        in_rows |= {
            (sheet, (row, column))
            for row in range(top + 1, bottom + 1)
            for column in range(left, right + 1)
        }
        blank = before.contents(table, bottom)
        was, now = (
            {key: book.contents(table, row) for row, key in book.rows[table].items()}
            for book in (before, after)
        )
        for key in was.keys() | now.keys():
            if key not in now:
                found["row as built", "row removed"] += 1
            if key not in was:
                found["blank", "row added"] += 1
            old, new = was.get(key, blank), now.get(key, blank)
            found.update(
                (_said(old[column]), _said(new[column]))
                for column in old
                if old[column] != new[column]
            )
    for (sheet, at), new in after.cells.items():
        if (sheet, at) not in in_rows and before.held(sheet, at) != new:
            found[_said(before.held(sheet, at)), _said(new)] += 1
    return found


def _said(content: Any) -> Any:
    return "blank" if content is None else content
