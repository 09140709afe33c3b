"""Structured references, such as ``Peers[[#All],[EV]]``, as references to cells."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import NamedTuple

from workbook.package.archive import parsed
from workbook.package.cells import Place, column_letters, place
from workbook.package.open_formula import quoted_where_needed
from workbook.package.package import Package

_TABLE = "xl/tables/"
_REFERENCE = re.compile(
    r"""
    "(?:[^"]|"")*" | '(?:[^']|'')*'
  | (?P<name>[^\W\d][\w.]*)\[(?P<inside>(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*)\]
    """,
    re.VERBOSE,
)
_ITEM = re.compile(r"\[((?:[^\[\]']|'.)*)\]")


class Table(NamedTuple):
    """A table of Excel's: its place, its columns, and its rows of headers and of totals."""

    sheet: str
    first: Place
    last: Place
    columns: list[str]
    headers: int
    totals: int


def tables_of(package: Package) -> dict[str, Table]:
    """Find the tables of a workbook, by their names in small letters."""
    found = {}
    for title, sheet in package.sheets.items():
        folder, file = posixpath.split(sheet.part)
        relations = package.parts.get(f"{folder}/_rels/{file}.rels")
        for relation in parsed(relations) if relations else ():
            part = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:]
            if part.startswith(_TABLE) and part in package.parts:
                table = package.tree(part)
                first, _, last = table.attrib["ref"].partition(":")
                found[table.attrib["displayName"].casefold()] = Table(
                    title,
                    place(first),
                    place(last or first),
                    [c.attrib["name"].casefold() for c in table.iterfind("tableColumns/*")],
                    int(table.get("headerRowCount", "1")),
                    int(table.get("totalsRowCount", "0")),
                )
    return found


def in_cells(formula: str, row: int, tables: Mapping[str, Table]) -> str:
    """Write the structured references of a formula in a row as references to cells.

    Examples
    --------
    >>> peers = Table("Deal", (1, 1), (9, 3), ["company", "ev", "revenue"], 1, 0)
    >>> in_cells("SUM(Peers[EV])/Peers[[#This Row],[Revenue]]", 4, {"peers": peers})
    'SUM(Deal!$B$2:$B$9)/Deal!$C$4'
    """

    def cells(found: re.Match[str]) -> str:
        table = tables.get((found["name"] or "").casefold())
        return found[0] if table is None else _cells(table, found["inside"], row)

    return _REFERENCE.sub(cells, formula)


def _cells(table: Table, inside: str, row: int) -> str:
    items = [item.casefold() for item in _ITEM.findall(inside)] or [inside.casefold()]
    if items[0].startswith("@"):
        items = ["#this row", items[0][1:]]
    elif inside.startswith("@"):
        items.insert(0, "#this row")
    parts = [item for item in items if item.startswith("#")]
    named = [re.sub("'(.)", r"\1", item) for item in items if item and item not in parts]
    if not set(named) <= set(table.columns):
        return "#REF!"
    places = [table.columns.index(name) for name in named] or [0, len(table.columns) - 1]
    left, right = table.first[1] + min(places), table.first[1] + max(places)
    top, bottom = table.first[0] + table.headers, table.last[0] - table.totals
    rows = {
        "#all": (table.first[0], table.last[0]),
        "#data": (top, bottom),
        "#headers": (table.first[0], top - 1),
        "#totals": (bottom + 1, table.last[0]),
        "#this row": (row, row),
    }
    spans = [rows[part] for part in parts if part in rows] or [rows["#data"]]
    first, last = min(spans)[0], max(end for _, end in spans)
    if last < first:
        return "#REF!"
    corners = [f"${column_letters(c)}${r}" for c, r in ((left, first), (right, last))]
    return f"{quoted_where_needed(table.sheet)}!" + ":".join(dict.fromkeys(corners))
