"""The cells to which formulas refer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbook.package.cells import LAST_COLUMN, LAST_ROW, Place, column_letters, column_number
from workbook.package.formulas import starts

#: What a name may stand for that every engine knows: cells of one sheet.
CELLS_OF_A_SHEET = re.compile(
    r"(?:'(?:[^'\[\]:]|'')++'|[^\W\d][\w.]*+)!\$[A-Z]{1,3}\$\d++(?::\$[A-Z]{1,3}\$\d++)?"
)
#: A reference; or a text or the name of a sheet, in which there is none.
_CELLS = re.compile(
    r"""
    "(?:[^"]|"")*"
  | (?<![\w.$])(?:'(?P<quoted>(?:[^']|'')+)'!|(?P<plain>[^\W\d][\w.]*+)!)?
    (?: \$?(?P<left>[A-Z]{1,3})\$?(?P<top>[1-9]\d*)
        (?: :\$?(?P<right>[A-Z]{1,3})\$?(?P<bottom>[1-9]\d*) )?
      | \$?(?P<first_column>[A-Z]{1,3}):\$?(?P<last_column>[A-Z]{1,3})
      | \$?(?P<first_row>[1-9]\d*):\$?(?P<last_row>[1-9]\d*) )(?![\w.(!])
  | '(?:[^']|'')*'
    """,
    re.VERBOSE,
)
#: A cell in a reference; or a text or the name of a sheet, in which there is none.
_CELL = re.compile(
    r"""
    "(?:[^"]|"")*" | '(?:[^']|'')*'
  | (?<![\w.$])(?P<column>\$?[A-Z]{1,3})(?P<row>\$?[1-9]\d*)(?![\w.(!])
    """,
    re.VERBOSE,
)
#: A range, from cell to cell, or of entire columns or rows; or a text or the name of a sheet.
_RANGE = re.compile(
    r"""
    "(?:[^"]|"")*" | '(?:[^']|'')*'
  | (?<![\w.$]) (?: \$?[A-Z]{1,3}\$?\d+ (?: :\$?[A-Z]{1,3}\$?\d+ )+
                 | \$?[A-Z]{1,3}:\$?[A-Z]{1,3} | \$?\d+:\$?\d+ ) (?![\w.(!])
    """,
    re.VERBOSE,
)
_PART = re.compile(r"\$?(?:[A-Z]+|\d+)")


@dataclass(frozen=True)
class Area:
    """Cells to which a formula refers; those of whole rows and columns reach to the last."""

    sheet: str
    first: Place
    last: Place
    single: bool

    def __contains__(self, at: Place) -> bool:
        return all(a <= i <= b for a, i, b in zip(self.first, at, self.last, strict=True))


def is_cells(text: str) -> bool:
    """Tell whether a text is a reference to cells, and nothing more."""
    found = _CELLS.fullmatch(text)
    return found is not None and found.lastgroup is not None


def areas_read(formula: str, sheet: str, names: Mapping[str, str]) -> Iterator[Area]:
    """Yield the cells to which a formula on a sheet refers, also by names in small letters.

    Examples
    --------
    >>> [*areas_read('SUM(B2:C3,rate,"A1")', "Deal", {"rate": "Inputs!$B$1"})]
    ... # doctest: +NORMALIZE_WHITESPACE
    [Area(sheet='Deal', first=(2, 2), last=(3, 3), single=False),
     Area(sheet='Inputs', first=(1, 2), last=(1, 2), single=True)]
    """
    for found in _CELLS.finditer(formula):
        if found.lastgroup is not None:
            yield _area_of(found, sheet)
    for _, token in starts(formula):
        if token.casefold() in names:
            yield from areas_read(names[token.casefold()], sheet, {})


def in_order(formula: str) -> str:
    """Write each range from its top left to its bottom right, as Excel does when it is typed.

    Examples
    --------
    >>> in_order("SUM(A$5:A2,$D2:B$3,C:$A,3:1,B2:$A4:C6)")
    'SUM(A2:A$5,B2:$D$3,$A:C,1:3,$A2:C6)'
    """

    def ordered(found: re.Match[str]) -> str:
        if found[0][0] in "\"'":
            return found[0]
        parts = _PART.findall(found[0])
        columns = sorted((part for part in parts if not part[-1].isdecimal()), key=_number)
        rows = sorted((part for part in parts if part[-1].isdecimal()), key=_number)
        first, last = ("".join(of[i] for of in (columns, rows) if of) for i in (0, -1))
        return f"{first}:{last}"

    return _RANGE.sub(ordered, formula) if ":" in formula else formula


def _number(part: str) -> int:
    """Return the number of a row or a column in a reference."""
    part = part.removeprefix("$")
    return int(part) if part.isdecimal() else column_number(part)


def _area_of(found: re.Match[str], sheet: str) -> Area:
    title = (found["quoted"] or "").replace("''", "'") or found["plain"] or sheet
    left, right = found["left"] or found["first_column"], found["right"] or found["last_column"]
    top, bottom = found["top"] or found["first_row"], found["bottom"] or found["last_row"]
    single = found["left"] is not None and right is None
    first = int(top or 1), column_number(left or "A")
    if single:
        return Area(title, first, first, True)
    last = int(bottom or LAST_ROW), column_number(right or "XFD")
    rows, columns = zip(first, last, strict=True)
    return Area(title, (min(rows), min(columns)), (max(rows), max(columns)), False)


def is_relative(formula: str) -> bool:
    """Tell whether a formula refers to other cells when it is moved.

    Examples
    --------
    >>> is_relative("Deal!$A$1*2"), is_relative("Deal!A$1")
    (False, True)
    """
    return moved(formula, 1, 1) != formula


def moved(formula: str, down: int, across: int) -> str:
    """Give a formula as it is in another cell; beyond its end, a sheet begins again.

    Examples
    --------
    >>> moved("Deal!B2+$B$2", 1, -2)
    'Deal!XFD3+$B$2'
    """

    def cell(found: re.Match[str]) -> str:
        if found["column"] is None:
            return found[0]
        return _shifted(found["column"], across) + _shifted(found["row"], down)

    return _CELL.sub(cell, formula)


def _shifted(part: str, by: int) -> str:
    if part.startswith("$"):
        return part
    if part.isdigit():
        return str((int(part) - 1 + by) % LAST_ROW + 1)
    return column_letters((column_number(part) - 1 + by) % LAST_COLUMN + 1)
