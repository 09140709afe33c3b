"""Excel's treatment of defined names, and of its own names for printing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from gate.opened import Opened
from gate.ranges import LAST_ROW
from gate.rule import Fault, Rule, name
from model.errors import InputError
from workbook.package.cells import LAST_COLUMN, column_number
from workbook.package.names import check_name

_PRINTED = ("_xlnm.Print_Titles", "_xlnm.Print_Area")
_SHEET = r"'((?:[^']|'')+)'!"
_ROWS_OR_COLUMNS = re.compile(rf"{_SHEET}(?:\$(\d+):\$(\d+)|\$([A-Z]+):\$([A-Z]+))")
_CELLS = re.compile(rf"{_SHEET}\$([A-Z]+)\$(\d+)(?::\$([A-Z]+)\$(\d+))?")
#: Attributes that our names never have: hidden from the user, or a macro.
_UNWANTED = ("hidden", "function", "vbProcedure", "xlm")


def _names(file: Opened) -> Iterator[str]:
    # Excel ignores the case of names; the same name may occur once in each sheet's scope.
    scoped = Counter((n.get("name", "").casefold(), n.get("localSheetId")) for n in file.defined)
    yield from (f"the name {n} is defined twice" for (n, _), count in scoped.items() if count > 1)
    for element in file.defined:
        own = element.get("name", "")
        if element.get("localSheetId") is not None and not file.scope(element):
            yield f"the name {own} is of a sheet that is not there"
        if own.startswith("_xlnm."):  # Excel's own, such as the print area.
            continue
        for kind in _UNWANTED:
            if element.get(kind, "0") not in ("0", "false"):
                yield f"the name {own} is marked as {kind}"
        try:
            check_name(own)
        except InputError as error:
            yield f"the {error}"


def _printed(file: Opened) -> Iterator[str]:
    for element in file.defined:
        kind, text = element.get("name"), element.text or ""
        if kind in _PRINTED:
            title = file.scope(element)
            pattern = _ROWS_OR_COLUMNS if kind == "_xlnm.Print_Titles" else _CELLS
            for piece in re.split(r",(?=')", text):
                if fault := _print_fault(pattern.fullmatch(piece), title):
                    yield f"{kind} of {title or 'no sheet'} is {text}, {fault}"


def _print_fault(found: re.Match[str] | None, title: str) -> str:
    if found is None or not title or found[1].replace("''", "'") != title:
        return "not rows, columns or cells of its own sheet"
    ends = [e for e in found.groups()[1:] if e]
    rows = [int(end) for end in ends if end.isdecimal()]
    columns = [column_number(end) for end in ends if end.isalpha()]
    if max(rows, default=1) > LAST_ROW or max(columns, default=1) > LAST_COLUMN:
        return "beyond the last cell"
    return "" if rows == sorted(rows) and columns == sorted(columns) else "the wrong way round"


def _print(text: str, kind: str = _PRINTED[0], **attributes: str) -> Fault:
    return name(kind, text, **{"localSheetId": "0", **attributes})


def _of_none(parts: dict[str, bytes]) -> None:
    name(_PRINTED[0], "'Inputs'!$1:$4")(parts)


NAMES = Rule(
    "no name is illegal, a cell, a function, one of Excel's own, hidden or there twice",
    "Microsoft: Names in formulas; xlwings issue 566 (a range with a function's name); "
    "ECMA-376 part 1, 18.2.5",
    _names,
    {
        "a function of the catalogue": name("Diluted_Shares"),
        "in capitals": name("OPERATING_COSTS"),
        "a function of Excel": name("Forecast"),
        "a newer function of Excel": name("Filter"),
        "one of the newest": name("GroupBy"),
        "a cell in A1": name("FY26"),
        "a cell in R1C1": name("R1C1"),
        "a row in R1C1": name("r"),
        "a cell in German": name("Z1S1"),
        "Excel's own": name("Print_Area"),
        "a space": name("two words"),
        "300 characters": name("n" * 300),
        "of a sheet that is not there": name("Rate_here", localSheetId="99"),
        "hidden": name("Rate_here", hidden="1"),
        "a function of a macro sheet": name("Rate_here", function="1"),
    },
)

RULES = (
    NAMES,
    Rule(
        "print titles and areas are rows, columns and cells of their own sheet",
        "ECMA-376 part 1, 18.2.5: _xlnm.Print_Titles and _xlnm.Print_Area are local to a sheet",
        _printed,
        {
            "titles of another sheet": _print("'Elsewhere'!$1:$4"),
            "titles that are cells": _print("'Inputs'!$A$1:$B$2"),
            "titles from below": _print("'Inputs'!$4:$1", localSheetId="1"),
            "titles of no sheet": _of_none,
            "titles of a sheet that is not there": _print("'Inputs'!$1:$4", localSheetId="99"),
            "no sheet": _print("$1:$4"),
            "an error": _print("#REF!"),
            "an area beyond the last row": _print("'Inputs'!$A$1:$B$1048577", _PRINTED[1]),
        },
    ),
)
