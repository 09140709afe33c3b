"""Tables that grow: rows of them in formulas, and the room that results have for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from model.case.case import Case
from model.case.tables import TABLES
from workbook.catalogue import ROWS
from workbook.functions import CATALOGUE
from workbook.package.formulas import called, tokens
from workbook.template.area import Area

if TYPE_CHECKING:
    from workbook.template.layout import Book


#: Stands in the formulas of a row for the cell with its name.
NAME = "{name}"
_PLACE = re.compile(r"\{place(-?\d+)\}")
#: What a formula shows of a row that was deleted.
DELETED = "deleted"
#: The names of the tables that grow.
GROWING = frozenset(("Securities", *(key.capitalize() for key in TABLES if TABLES[key].grows)))


def growing(case: Case) -> list[str]:
    """Name the tables of a case that grow."""
    return [n for n in ("Securities", *map(str.capitalize, case.tables)) if n in GROWING]


def room_for(book: Book, key: str) -> int:
    """Return how many rows a table has, the blank ones among them."""
    return book.areas[key if key in book.areas else f"tables.{key}"].rows - 1


def place(first: int = 0) -> str:
    """Stand in a formula for the place of its row, counted from a row of what it is part of."""
    return f"{{place{first}}}"


def in_row(column: Area, above: int = 0) -> str:
    """Give the cell of a table's column in the place that a row has among those that show it.

    They begin below some other rows, if not right below the header.
    """
    return f"INDEX({column.part(-1, 0, 1 + column.rows)},{place(above)})"


def if_named(names: Area, cells: Sequence[str]) -> list[str]:
    """Give the formulas of a row, its name first: a row without a name shows nothing."""
    column = names.part(-1, 0, 1 + names.rows)
    name = f'IF(ROWS({column})<{place()},"",{in_row(names)}&"")'
    return [name, *(f'IF({NAME}="","",{cell})' for cell in cells)]


def placed(formula: str, letter: str, top: int, row: int) -> str:
    """Put the name and the place of a row into a formula, of rows whose names are in a column."""
    named = formula.replace(NAME, f"${letter}{row}")
    return _PLACE.sub(lambda at: f"ROW()-ROW({letter}${top + int(at[1])})+1", named)


def further(formula: str, rows: int) -> str:
    """Move the places in a formula down by some rows."""
    return _PLACE.sub(lambda at: place(rows + int(at[1])), formula)


def unless_deleted(cell: object, formula: str = "") -> str:
    """Give a formula that reads a cell of a table, and says so when its row was deleted."""
    return f'IF(ISERROR(ROW({cell})),"{DELETED}",{formula or cell})'


def nth(column: Area, place: int) -> str:
    """Give a cell of a table's column by its place below the header: an error if it has fewer."""
    return f"INDEX({column.part(-1, 0, 1 + column.rows)},{place + 1})"


def summed(terms: Iterable[str]) -> str:
    """Add up what is calculated row by row, without the rows that were deleted."""
    return "+".join(f"IFERROR({term},0)" for term in terms)


def in_use(names: Area) -> str:
    """Count the rows of a table that have a name, as a formula."""
    return f'SUMPRODUCT(({names}<>"")*1)'


def numbered(names: Area, word: str) -> list[str]:
    """Label the rows of a result that has them in its own order, below another, as formulas."""
    number = place(2)
    return [f'=IF({in_use(names)}<{number},"","{word} "&{number})'] * names.rows


def with_room(book: Book, formula: str) -> str:
    """Let a call say how many rows its result has, if the tables that it follows grow.

    So a row that is inserted or deleted moves nothing below the rows of the result. An argument
    left out in between is an empty text: add-ins of Calc lose count of those that are missing.
    """
    function = CATALOGUE[called(formula)]
    if function.parameters[-1].name != ROWS:
        return formula
    given, grown = list(_arguments(formula)), growing(book.case)
    rooms = [
        room_for(book, argument)
        for p, argument in zip(function.parameters, given, strict=False)
        if p.name in function.followed and argument in grown
    ]
    if not rooms:
        return formula
    left_out = ['""'] * (len(function.parameters) - 1 - len(given))
    return f"{function.name}({','.join([*given, *left_out, str(max(rooms))])})"


def _arguments(formula: str) -> Iterator[str]:
    """Yield the arguments of a formula that is one call."""
    depth, argument = 0, ""
    for token in tokens(formula)[1:]:
        depth += (token == "(") - (token == ")")
        if not depth or (depth == 1 and token == ","):
            yield argument
            argument = ""
        elif (depth, token, argument) != (1, "(", ""):
            argument += token
