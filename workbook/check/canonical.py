"""Formulas written in one way, so that two that calculate the same are equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from workbook.package.cells import Place, address, number_text, place
from workbook.package.formulas import tokens
from workbook.status import undated

#: Where a cell of the file was built: the sheet and the cell, or None.
Where = Callable[[str, Place], "tuple[str, Place] | None"]
#: Where the first corner of a range is, with 1, or its last one, with -1, if rows were removed.
Corner = Callable[[str, Place, int], Place]

#: What a spreadsheet puts in a formula for cells that were deleted.
LOST = "#REF!"
_CELL = re.compile(r"\\?[A-Z]{1,3}\\?[1-9]\d{0,6}", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\d++\.?\d*+|\.\d++)(?:E[+-]?\d+)?", re.IGNORECASE)
#: What files put before functions that older versions lack, and before those of add-ins.
_PREFIX = re.compile(r"^(?:_xlfn\.|_xlws\.|_xludf\.|_xldudf_)+", re.IGNORECASE)
#: A text, the name of a sheet, a mark of what is fixed, or the brackets of a logical value.
_REST = re.compile(
    r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|(\$)|(?:(?<=TRUE)|(?<=FALSE))\(\)""", re.IGNORECASE
)


def itself(sheet: str, at: Place) -> tuple[str, Place]:
    """Take a cell where it is."""
    return sheet, at


def canonical(
    text: str,
    sheet: str,
    where: Where,
    origin: Place | None = None,
    corner: Corner | None = None,
) -> list[str]:
    """Write the tokens of a formula in one way.

    Programs differ in spaces, in the prefixes of functions, in how they write numbers, and in
    whether they name the sheet that a formula is on. A reference becomes the cell that it had when
    the workbook was built.

    Parameters
    ----------
    text : str
        The formula, without its equals sign.
    sheet : str
        The sheet that it is on.
    where : callable
        Where a cell was built.
    origin : tuple of int, optional
        The cell from which relative references count, for the rules of ranges; without it `$` makes
        no difference.
    corner : callable, optional
        Where the corners of a range are, if rows of it were removed.

    Examples
    --------
    >>> canonical("_xlfn.MAXIFS( $A$1 ,0.50)", "Here", itself)
    ['MAXIFS', '(', 'HERE!A1', ',', '0.5', ')']
    """
    found = _joined(_tokens(text, sheet, where, origin, corner))
    return [token if token[0] == '"' else token.upper() for token in found]


def legible(text: str, sheet: str, where: Where) -> list[str]:
    """Write the tokens of a formula as `canonical` does, with the names as they are spelled."""
    return _joined(_tokens(text, sheet, where, None, None))


def _joined(tokens: Iterable[str]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if found[-1:] == [":"] and found[-2] == token:
            found.pop()  # A range of one cell is that cell.
        else:
            found.append(token)
    return found


def _tokens(
    text: str, sheet: str, where: Where, origin: Place | None, corner: Corner | None
) -> Iterator[str]:
    # A backslash keeps the mark of a fixed row or column together with it.
    plain = _REST.sub(lambda rest: rest[1] or ("\\" if rest[2] and origin else ""), text)
    found = [*tokens(plain), ""]
    at = sheet
    for i, token in enumerate(found[:-1]):
        if found[i + 1] == "!":
            at = token[1:-1].replace("''", "'") if token[0] == "'" else token
        elif token == "!":
            continue
        elif _CELL.fullmatch(token) and found[i + 1] != "(":
            step = (found[i + 1] == ":") - (i > 0 and found[i - 1] == ":")
            yield _reference(token, at, _cornered(where, corner, step), origin)
            # The last cell of a range is on the sheet of the first.
            at = at if found[i + 1] == ":" else sheet
        elif token[0] == '"':
            yield undated(token)
        elif _NUMBER.fullmatch(token):
            yield number_text(float(token))
        elif token == ":":
            yield token
        else:
            local = at == sheet or token[0] == "#"  # An error is on no sheet.
            yield _PREFIX.sub("", token) if local else f"{at}!{token}"
            at = sheet


def _cornered(where: Where, corner: Corner | None, step: int) -> Where:
    """Look for a corner of a range where it is now."""
    if corner is None or not step:
        return where
    return lambda sheet, at: where(sheet, corner(sheet, at, step))


def _reference(token: str, sheet: str, where: Where, origin: Place | None) -> str:
    """Write a reference to a cell as it was built; one to a cell that was not, with a mark."""
    plain = token.replace("\\", "").upper()
    found = where(sheet, place(plain))
    if found is None:
        return f"{sheet}!?{plain}"
    title, at = found
    if origin is None:
        return f"{title}!{address(*at)}"
    fixed = "\\" in token[1:], token[0] == "\\"
    row, column = (
        number if kept else f"[{number - first}]"
        for number, kept, first in zip(at, fixed, origin, strict=True)
    )
    return f"{title}!R{row}C{column}"
