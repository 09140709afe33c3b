"""Cells: their addresses, and the text and value of their formulas."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from workbook.package.limits import check

Place = tuple[int, int]

ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]*)")
#: Columns of a sheet, and so the last one (XFD) that a reference can mean; and its rows.
LAST_COLUMN = 16_384
LAST_ROW = 1_048_576


@dataclass(frozen=True)
class ErrorValue:
    """An error in a cell.

    Parameters
    ----------
    text : str
        The error as a spreadsheet shows it, such as ``#VALUE!``.
    reason : str, optional
        The reason, in one sentence, if known. Two errors are equal if their texts are.
    """

    text: str
    reason: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text


#: The value of a formula. Dates are serial numbers.
Value = float | str | bool | ErrorValue | None


#: Sheet -> (row, column) -> value.
Values = dict[str, dict[Place, Value]]


@dataclass(frozen=True)
class Formula:
    """A formula of a sheet.

    Parameters
    ----------
    text : str
        The formula as the file has it: without ``=``.
    ref : str or None
        The range that an array formula fills.
    value : float, str, bool, ErrorValue or None
        The cached value; None if the file has none.
    """

    text: str
    ref: str | None = None
    value: Value = None


@lru_cache(maxsize=1 << 16)
def place(cell: str) -> Place:
    """Give the row and column of a cell.

    Examples
    --------
    >>> place("B7")
    (7, 2)
    """
    found = ADDRESS.fullmatch(cell)
    if found is None:
        raise ValueError(f"{cell!r} is not the address of a cell")
    return int(found[2]), column_number(found[1])


def address(row: int, column: int) -> str:
    """Give the address of a cell.

    Examples
    --------
    >>> address(7, 2)
    'B7'
    """
    return f"{column_letters(column)}{row}"


def number_text(number: float) -> str:
    """Give the shortest text for a number in a file that is read back exactly.

    Examples
    --------
    >>> number_text(0.1 + 0.2), number_text(2.0), number_text(1e22)
    ('0.30000000000000004', '2', '1e+22')
    """
    text = repr(float(number))
    # A reader that takes -0 for an integer would lose the sign.
    return text if text == "-0.0" else text.removesuffix(".0")


def size(ref: str) -> int:
    """Count the cells of a range.

    Examples
    --------
    >>> size("B2:C3"), size("A1:XFD1048576")
    (4, 17179869184)
    """
    (top, left), (bottom, right) = _corners(ref)
    return max(bottom - top + 1, 0) * max(right - left + 1, 0)


def cells(ref: str) -> list[Place]:
    """Give the cells of a range, row by row; refuse one of more cells than are ever listed.

    Examples
    --------
    >>> cells("B2:C3")
    [(2, 2), (2, 3), (3, 2), (3, 3)]
    """
    check("listed", size(ref), ref)
    (top, left), (bottom, right) = _corners(ref)
    return [(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]


def _corners(ref: str) -> tuple[Place, Place]:
    first, _, last = ref.partition(":")
    return place(first), place(last or first)


@lru_cache(maxsize=LAST_COLUMN)
def column_number(letters: str) -> int:
    """Give the number of a column by its letters.

    Examples
    --------
    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


@lru_cache(maxsize=LAST_COLUMN)
def column_letters(number: int) -> str:
    """Give the letters of a column by its number.

    Examples
    --------
    >>> column_letters(1), column_letters(16384)
    ('A', 'XFD')
    """
    if number < 1:
        raise ValueError(f"{number} is no number of a column")
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
