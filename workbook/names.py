"""What may be the name of a cell or range.

Spreadsheet programs differ in what they take for a cell reference, and a name that one of them
reads as a cell gives a wrong number without any error. So a name must be safe in all of them.
"""

from __future__ import annotations

import re

from model.errors import InputError, shown

#: Longest name that Excel accepts.
NAME_LENGTH = 255

#: Columns of a sheet, and so the last one (XFD) that a reference can mean.
LAST_COLUMN = 16_384

_LEGAL = re.compile(r"[^\W\d][\w.]*")
_A1 = re.compile(r"([A-Z]{1,3})[0-9]+", re.I)
_R1C1 = re.compile(r"(R[0-9]*)?(C[0-9]*)?", re.I)


def check_name(name: str) -> None:
    """Refuse a defined name that is illegal, or that some spreadsheet reads as a cell.

    Parameters
    ----------
    name : str
        The name of a cell or range.

    Raises
    ------
    InputError
        For a name that is empty or too long, that holds anything but letters, digits, periods
        and underscores, that does not begin with a letter or an underscore, that is a truth
        value, or that reads as a cell in the A1 style (``FY26``) or the R1C1 style (``RC``).

    Examples
    --------
    >>> check_name("tax_rate")
    >>> check_name("FY26")
    Traceback (most recent call last):
    model.errors.InputError: name must not read as a cell reference, and 'FY26' does.
    """
    if not 1 <= len(name) <= NAME_LENGTH:
        raise InputError("name", f"must have 1 to {NAME_LENGTH} characters, not {len(name)}")
    if not _LEGAL.fullmatch(name):
        raise InputError(
            "name",
            "must be letters, digits, periods and underscores, and begin with a letter or an "
            f"underscore, not {shown(name)}",
        )
    if name.upper() in ("TRUE", "FALSE"):
        raise InputError("name", f"must not be a truth value, and {name!r} is one")
    cell = _A1.fullmatch(name)
    if (cell and column_number(cell[1]) <= LAST_COLUMN) or _R1C1.fullmatch(name):
        raise InputError("name", f"must not read as a cell reference, and {name!r} does")


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


def column_letters(number: int) -> str:
    """Give the letters of a column by its number.

    Examples
    --------
    >>> column_letters(1), column_letters(16384)
    ('A', 'XFD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
