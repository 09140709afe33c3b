"""OpenFormula, the formulas of OpenDocument files, as Excel writes them.

``of:=SUM([.A1:.B2];[$'My sheet'.C3])`` is ``SUM(A1:B2,'My sheet'!C3)``. Calc names the functions of
an add-in by its service and its method, ``OFFTAKE.ADDIN.DILUTEDSHARES``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbook.package.formulas import NEWER_FUNCTIONS

#: What Calc writes before the name of a function that OpenFormula does not define.
_PREFIXES = re.compile(r"(?:COM\.MICROSOFT|LEGACY|ORG\.OPENOFFICE|ORG\.LIBREOFFICE)\.", re.I)
#: The prefix of a formula: OpenFormula, and its predecessor with the same references.
_OPEN = re.compile(r"(?:of|oooc):=", re.I)
_EXCEL = re.compile(r"(?:msoxl:)?=", re.I)
_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"]|"")*")
  | \[(?P<reference>(?:'(?:[^']|'')*+'|[^\[\]'])*+)\]
  | (?P<array>[{}])
  | (?P<error>\#[A-Z0-9/]+[!?]?)
  | (?P<function>[A-Za-z_][\w.]*+)(?=\s*+\()
  | (?P<other>'(?:[^']|'')*'|[\w.]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGNS = {";": ",", "~": ",", "!": " "}
_IN_ARRAYS = {";": ",", "|": ";"}
#: A corner of a reference: another file, a sheet, and a cell, a column or a row.
_CORNER = re.compile(
    r"""
    (?<![^:])
    (?:'(?P<file>(?:[^']|'')*)'\#)?
    (?:\$?(?:'(?P<quoted>(?:[^']|'')*)'|(?P<plain>[^.'\#:]++)))?
    \.(?P<cell>\$?[A-Z]{1,3}\$?[0-9]+|\$?[A-Z]{1,3}|\$?[0-9]+)
    """,
    re.VERBOSE,
)
_PLAIN_SHEET = re.compile(r"[A-Za-z_]\w*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*[Cc]?[0-9]*|[Cc][0-9]*")


def excel_formula(formula: str, functions: Mapping[str, str]) -> str:
    """Give a formula of an OpenDocument cell as Excel's files have it, without ``=``.

    Parameters
    ----------
    formula : str
        The formula, with its prefix.
    functions : mapping
        What an add-in's functions are called in the file, in capitals, and in Excel.

    Examples
    --------
    >>> excel_formula("of:=MY.ADDIN.RATE([$Deal.B1];['A b'.$A$1:.D$9];)", {"MY.ADDIN.RATE": "RT"})
    "RT(Deal!B1,'A b'!$A$1:D$9,)"
    >>> excel_formula("of:=COM.MICROSOFT.CONCAT({1;2|3;4})", {})
    '_xlfn.CONCAT({1,2;3,4})'
    """
    opened = _OPEN.match(formula)
    if opened is None:
        # Excel's own words, as Excel writes them where OpenFormula has none.
        return formula[excel.end() :] if (excel := _EXCEL.match(formula)) else formula
    return excel_expression(formula[opened.end() :], functions)


def excel_expression(expression: str, functions: Mapping[str, str]) -> str:
    """Give an expression of OpenFormula, as of a name, in Excel's words."""
    written = []
    depth = 0
    for token in _TOKEN.finditer(expression):
        whole = token[0]
        depth += (whole == "{") - (whole == "}")
        if token["reference"] is not None:
            whole = excel_reference(token["reference"])
        elif token["function"]:
            whole = _function(whole, functions)
        elif token["other"]:
            whole = (_IN_ARRAYS if depth else _SIGNS).get(whole, whole)
        written.append(whole)
    return "".join(written)


def excel_reference(reference: str) -> str:
    """Give a reference without its brackets as Excel has it; one that is lost as ``#REF!``.

    Examples
    --------
    >>> excel_reference(".A1"), excel_reference("$'It''s'.A$1:.B2"), excel_reference(".A:.C")
    ('A1', "'It''s'!A$1:B2", 'A:C')
    """
    found = [*_CORNER.finditer(reference)]
    if ":".join(corner[0] for corner in found) != reference or len(found) not in (1, 2):
        return "#REF!"
    first, last = found[0], found[-1]
    cells = ":".join(corner["cell"] for corner in found)
    sheets = [_sheet(corner) for corner in found]
    if first is last and not re.search(r"[A-Z]\$?[0-9]", cells):
        cells = f"{cells}:{cells}"
    if not sheets[0]:
        return cells
    three = sheets[-1] not in ("", sheets[0])
    name = f"{sheets[0]}:{sheets[-1]}" if three else sheets[0]
    if first["file"] is not None:
        folder, _, file = first["file"].rpartition("/")
        return f"'{folder}/[{file}]{_doubled(name)}'!{cells}"
    return f"{quoted_where_needed(name)}!{cells}"


def quoted_where_needed(sheet: str) -> str:
    """Write the name of a sheet before a reference, in quotation marks where it needs them."""
    if _PLAIN_SHEET.fullmatch(sheet) and not _LIKE_A_CELL.fullmatch(sheet):
        return sheet
    return f"'{_doubled(sheet)}'"


def _doubled(text: str) -> str:
    return text.replace("'", "''")


def _sheet(corner: re.Match[str]) -> str:
    return corner["plain"] or (corner["quoted"] or "").replace("''", "'")


def _function(name: str, functions: Mapping[str, str]) -> str:
    own = functions.get(name.upper())
    if own:
        return own
    plain = _PREFIXES.sub("", name, 1) if _PREFIXES.match(name) else name
    # What Calc does not know it writes in small letters.
    return NEWER_FUNCTIONS.get(plain, "") + plain
