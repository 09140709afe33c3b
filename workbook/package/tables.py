"""Excel's tables, and references to their columns as references to cells.

A file has ``Sales[Price]`` for a column of a table, and ``Sales[[#This Row],[Price]]`` for a cell.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from workbook.package.archive import parsed
from workbook.package.cells import Place, address, place
from workbook.package.contents import unescaped

#: A text, a sheet's name, or a reference to a table: its name, and what is in the brackets.
_REFERENCE = re.compile(
    r"""
    "(?:[^"]|"")*+"
  | '(?:[^']|'')*+'
  | (?<![\w.\\\]]) (?P<table>[^\W\d][\w.\\]*)
    \[ (?P<inside>(?: [^\[\]'] | '. | \[(?:[^\[\]']|'.)*+\] )*+) \]
    """,
    re.VERBOSE,
)
_ITEM = re.compile(r"\[((?:[^\[\]']|'.)*+)\]")
#: The part of a table that is the row of the formula itself.
_HERE = "#this row"


class UnknownTableError(ValueError):
    """A reference to a table, or to a part of one, that a workbook does not have."""


@dataclass(frozen=True)
class Table:
    """A table: where it is, and its columns from left to right.

    Parameters
    ----------
    sheet : str
    first, last : tuple of int
        Row and column of its corners, with headers and totals.
    columns : tuple of str
        The names of the columns, in lower case.
    headers, totals : int
        How many rows of each there are.
    """

    sheet: str
    first: Place
    last: Place
    columns: tuple[str, ...]
    headers: int = 1
    totals: int = 0

    def rows(self, part: str, row: int) -> tuple[int, int]:
        """Give the first and the last row of a part of the table, or of the formula's own row."""
        top, bottom = self.first[0] + self.headers, self.last[0] - self.totals
        if part == _HERE and top <= row <= bottom:
            return row, row
        if part == "#all":
            return self.first[0], self.last[0]
        if part == "#data":
            return top, bottom
        if part == "#headers" and self.headers:
            return self.first[0], top - 1
        if part == "#totals" and self.totals:
            return bottom + 1, self.last[0]
        raise UnknownTableError

    @property
    def data(self) -> str:
        """The cells of its rows, without headers and totals."""
        return _cells(self, "", 0)


def tables_of(parts: Mapping[str, bytes], sheets: Mapping[str, str]) -> dict[str, Table]:
    """Find the tables of a workbook.

    Parameters
    ----------
    parts : mapping
        The parts of an .xlsx file.
    sheets : mapping
        The part of each sheet.

    Returns
    -------
    dict
        The tables by their names in lower case.
    """
    found = {}
    for sheet, part in sheets.items():
        folder, file = posixpath.split(part)
        relations = parts.get(f"{folder}/_rels/{file}.rels")
        for relation in () if relations is None else parsed(relations):
            if relation.attrib["Type"].endswith("/table"):
                target = posixpath.join("/", folder, relation.attrib["Target"])
                root = parsed(parts[posixpath.normpath(target).lstrip("/")])
                found[_folded(root.attrib["displayName"])] = _table(sheet, root)
    return found


def _table(sheet: str, root: Element) -> Table:
    first, _, last = root.attrib["ref"].partition(":")
    columns = (column.attrib["name"] for column in root.iterfind("tableColumns/tableColumn"))
    return Table(
        sheet,
        place(first),
        place(last or first),
        tuple(_folded(unescaped(column)) for column in columns),
        int(root.get("headerRowCount", "1")),
        int(root.get("totalsRowCount", "0")),
    )


def without_tables(formula: str, tables: Mapping[str, Table], row: int) -> str:
    r"""Write references to tables as references to cells.

    Parameters
    ----------
    formula : str
        A formula of the row, as the file has it.
    tables : mapping
        The tables by their names in lower case.
    row : int

    Raises
    ------
    UnknownTableError
        For a table that is not there, or a column or row that it does not have.

    Examples
    --------
    >>> sales = Table("My sheet", (1, 1), (4, 2), ("item", "price"))
    >>> without_tables('SUM(Sales[Price])&"Sales[Price]"', {"sales": sales}, 9)
    'SUM(\'My sheet\'!$B$2:$B$4)&"Sales[Price]"'
    """

    def cells(found: re.Match[str]) -> str:
        name = found["table"]
        if name is None:
            return found[0]
        try:
            return _cells(tables[_folded(name)], found["inside"], row)
        except (KeyError, ValueError):
            raise UnknownTableError(found[0]) from None

    return _REFERENCE.sub(cells, formula)


def _cells(table: Table, inside: str, row: int) -> str:
    """Give the cells that are meant by what a reference has in brackets."""
    if inside.startswith("@"):
        inside = f"[{_HERE}],{inside[1:] if inside[1:2] == '[' else f'[{inside[1:]}]'}"
    items = _ITEM.findall(inside) if inside.startswith("[") else [inside] if inside.strip() else []
    items = [_folded(re.sub("'(.)", r"\1", item)) for item in items]
    named = [item for item in items if item.startswith("#")]
    parts = [table.rows(part, row) for part in named or ["#data"]]
    columns = [table.columns.index(item) for item in items if not item.startswith("#")]
    if not columns:
        columns = [0, len(table.columns) - 1]
    left = table.first[1]
    first = min(top for top, _ in parts), left + min(columns)
    last = max(bottom for _, bottom in parts), left + max(columns)
    area = "" if first == last else f":{_absolute(last)}"
    sheet = table.sheet.replace("'", "''")
    return f"'{sheet}'!{_absolute(first)}{area}"


def _absolute(at: Place) -> str:
    return re.sub(r"([A-Z]+)", r"$\1$", address(*at))


def _folded(name: str) -> str:
    return name.strip().casefold()
