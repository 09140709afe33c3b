"""Valid names of cells and ranges.

Names, functions and cell references share one namespace. Spreadsheet programs differ in what they
read as a cell reference, and a name that one of them reads as a cell gives a wrong number without
any error; a name that equals a function turns every call of that function into an error. So a name
must be safe in all of them.
"""

from __future__ import annotations

import re
import unicodedata

from openpyxl.utils import FORMULAE

from model.errors import InputError, shown
from workbook.package.cells import LAST_COLUMN, column_number
from workbook.package.formulas import NEWER_FUNCTIONS, OLDER_FUNCTIONS
from workbook.refusal import CALLABLE

#: Longest name that Excel accepts.
NAME_LENGTH = 255

#: The functions of Excel, as a user types them.
EXCEL_FUNCTIONS = FORMULAE | NEWER_FUNCTIONS.keys() | OLDER_FUNCTIONS

_A1 = re.compile(r"([A-Z]{1,3})[0-9]+", re.I)
#: The letters of row and column in the languages of Excel (Z1S1 in German, L1C1 in French). Excel
#: offers to repair a file with a name that begins with one of them and a digit: orbeon-forms issue
#: 6391 (``s001-something``, in German), rust_xlsxwriter issue 189 (``R2D2``, ``R1_total``).
_ROW_AND_COLUMN = "RC|ZS|LC|FC|RK|WK|RS|SO"
_R1C1 = re.compile(rf"([CFKLORSWZ]|{_ROW_AND_COLUMN})([0-9].*)?", re.I)
#: Names reserved by Excel (ECMA-376 part 1, 18.2.5, and its macros that start by name).
RESERVED = {
    *("print_area", "print_titles", "criteria", "_filterdatabase", "extract", "consolidate_area"),
    *("database", "sheet_title", "auto_open", "auto_close", "auto_activate", "auto_deactivate"),
    *("recorder", "data_form"),
}


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
        and underscores, that does not begin with a letter or an underscore, that is a logical
        value, that reads as a cell in the A1 style (``FY26``) or begins as one in the R1C1 style
        of some language (``RC``, ``R1_total``, ``Z1S1``), that Excel reserves, or that is
        the name of a function, Excel's or the catalogue's.

    Examples
    --------
    >>> check_name("tax_rate")
    >>> check_name("FY26")
    Traceback (most recent call last):
    model.errors.InputError: name must not read as a cell reference, and 'FY26' does.
    """
    if not 1 <= len(name) <= NAME_LENGTH:
        raise InputError("name", f"must have 1 to {NAME_LENGTH} characters, not {len(name)}")
    if not all(map(_legal, name)) or name[0] == "." or name[0].isdecimal():
        raise InputError(
            "name",
            "must be letters, digits, periods and underscores, and begin with a letter or an "
            f"underscore, not {shown(name)}",
        )
    if name.upper() in ("TRUE", "FALSE"):
        raise InputError("name", f"must not be a logical value, and {name!r} is one")
    cell = _A1.fullmatch(name)
    if (cell and column_number(cell[1]) <= LAST_COLUMN) or _R1C1.fullmatch(name):
        raise InputError("name", f"must not read as a cell reference, and {name!r} does")
    if name.casefold() in RESERVED or name.casefold().startswith("_xl"):
        raise InputError("name", f"must not be reserved by Excel, as {name!r} is")
    if name.upper() in CALLABLE or name.upper() in EXCEL_FUNCTIONS:
        raise InputError("name", f"must not be the name of a function, and {name!r} is one")


def _legal(character: str) -> bool:
    """Tell whether a name may contain a character: not a superscript or similar variant."""
    if character in "._":
        return True
    plain = unicodedata.normalize("NFKC", character) == character
    return plain and (character.isalpha() or character.isdecimal())
