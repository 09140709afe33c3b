"""Formulas that the engine would calculate differently from Excel or not at all, by their text.

Nothing of this is in a workbook as it is built; it is in what users add.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from workbook.functions import CATALOGUE
from workbook.hosts.intersection import intersections, several, typed
from workbook.package.cells import ErrorValue, Formula
from workbook.package.formulas import LITE_PREFIX, NEWER_FUNCTIONS, calls_with_gaps, tokens
from workbook.package.links import ADDIN, other_file
from workbook.package.names import EXCEL_FUNCTIONS
from workbook.refusal import CALLABLE

#: A formula without ranges, names and arrays, whose functions give one value for single cells.
_ONE_VALUE = re.compile(
    r"""(?:'[^':\[]*+'!|\$?[A-Z]{1,3}\$?\d++|"[^"]*+"|[-+*/^&=<>(),.\d\s%]|TRUE|FALSE
    |(?:ABS|AND|COLUMN|EOMONTH|HYPERLINK|IF|IFERROR|ISERROR|ISNUMBER|ISTEXT|LEFT|LEN|MAX|MIN|N|NOT
    |OR|RIGHT|ROUND|ROW|SUBSTITUTE|SUM)\()*+""",
    re.VERBOSE,
)
#: A text, the name of a sheet, or a function that is called.
_CALLS = re.compile(r""""[^"]*+"|'[^']*+'|(?<![\w.])([^\W\d][\w.]*+)(?=\s*+\()""")
#: Sheets from one to another.
_SHEETS = re.compile(r""""[^"]*+"|('[^':]*+:[^']*+'!|(?<![\w.])[^\W\d][\w.]*+:[^\W\d][\w.]*+!)""")
#: What these show depends on the program, or on what of a formula or a sheet the engine lacks.
_OF_THE_PROGRAM = {"CELL", "FORMULATEXT", "INFO", "ISFORMULA", "LAMBDA", "SHEET", "SHEETS"}
#: What a what-if data table has for a formula.
TABLE = "TABLE()"
#: These leave out hidden rows.
_OF_HIDDEN_ROWS = {"AGGREGATE", "SUBTOTAL"}
#: Where these give an error, the text that they read may be written as only Excel reads it.
_OF_TEXTS = {"DATEVALUE", "INDIRECT", "NUMBERVALUE", "TIMEVALUE", "VALUE"}
#: The form of a number or of a date that TEXT shows as Excel does.
_NUMBER = r'[-+$(]*(?:#,##0|0+)(?:\.0+#*)?%?(?:""[^"]*"")?\)?'
_DATE = r"(?:yy|[-dm/., ])++|hh:mm"
_FORM = re.compile(rf'"(?:{_NUMBER}(?:;{_NUMBER})?|{_DATE}|General)"')
#: Formulas of which is remembered what they may give.
FORMULAS = 2**16


def of_files(text: str, files: Mapping[str, str]) -> str | None:
    """Say which other file a formula refers to."""
    file = other_file(text, files)
    if file is None:
        return None
    return f"refers to the file {file}, and of other files only the functions of {ADDIN} are known"


def fault(
    formula: Formula, files: Mapping[str, str], names: Mapping[str, str], hidden: bool
) -> str | None:
    """Say why a formula cannot be calculated as Excel would, as far as its text shows that.

    Parameters
    ----------
    formula : Formula
        With names and tables written out, and its cached value.
    files : mapping
        The other files to which the workbook refers by number.
    names : mapping
        References of the workbook's names, in lower case.
    hidden : bool
        Whether rows of the workbook are hidden.

    Returns
    -------
    str or None
        What the cell of the formula does, as the rest of a sentence.
    """
    text, array = formula.text, formula.ref is not None
    if not array and gives_one_value(text):
        return None
    if text == TABLE:
        return "is filled by a what-if data table, which the engine does not support"
    if (problem := of_files(text, files)) is not None:
        return problem
    for called in calls(text):
        if (problem := _of_call(called)) is not None:
            return problem
        if not _known(called) and formula.value not in (None, ErrorValue("#NAME?")):
            return f"calls {called}, which exists neither in Excel nor in Offtake"
        if hidden and typed(called) in _OF_HIDDEN_ROWS:
            return f"calls {typed(called)}, which may leave out hidden rows"
    return _of_text(text) or _of_ranges(text, names, array)


@lru_cache(maxsize=FORMULAS)
def gives_one_value(text: str) -> bool:
    """Tell whether a formula gives one value, whatever its cells hold."""
    return _ONE_VALUE.fullmatch(text) is not None


@lru_cache(maxsize=FORMULAS)
def calls(text: str) -> frozenset[str]:
    """Return the functions that a formula calls, as the file has them."""
    return frozenset(_CALLS.findall(text)) - {""}


def may_misread(text: str) -> str | None:
    """Name a function of a formula whose error may be the engine's alone."""
    return next((called for called in calls(text) if typed(called) in _OF_TEXTS), None)


def catalogued(called: str) -> bool:
    """Tell whether a function is the catalogue's, however the file has its name."""
    return called.upper().removeprefix(LITE_PREFIX.upper()) in CATALOGUE


def _known(called: str) -> bool:
    return typed(called) in EXCEL_FUNCTIONS or typed(called) in CALLABLE


@cache
def _of_call(called: str) -> str | None:
    name = typed(called)
    if name in CALLABLE:
        return None
    if name in EXCEL_FUNCTIONS:
        if name in _OF_THE_PROGRAM or not _has(called):
            return f"calls {name}, which the engine does not support"
        if name in NEWER_FUNCTIONS and not called.lower().startswith("_xlfn."):
            return f"calls {name} without the prefix by which Excel knows it in a file"
        return None
    return f"calls {name}, which does not exist in Excel" if _has(called) else None


@cache
def _engine() -> Any:
    import formualizer

    book = formualizer.Workbook()
    book.add_sheet("Sheet")
    return book


def _has(called: str) -> bool:
    """Tell whether the engine has a function: without arguments it gives another error."""
    book = _engine()
    book.set_formula("Sheet", 1, 1, f"={called}()")
    value = book.evaluate_cell("Sheet", 1, 1)
    return not (isinstance(value, dict) and value["kind"] == "Name")


@lru_cache(maxsize=FORMULAS)
def _of_text(text: str) -> str | None:
    """Find what can be seen of a formula alone."""
    if any(map(catalogued, calls_with_gaps(text))):
        return "leaves out an argument between others"
    if any(_SHEETS.findall(text)):
        return "refers to cells of several sheets at once, which the engine does not support"
    for form in _forms(text):
        if not _FORM.fullmatch(form):
            return f"shows a value as {form}, a form that the engine does not support"
    return None


def _forms(text: str) -> Iterator[str]:
    """Yield the last argument of each call of TEXT, as it is written."""
    if "TEXT" not in text.upper():
        return
    #: The calls that are open, and what has been read of the last argument of each.
    open_calls: list[tuple[str, list[str]]] = []
    before = ""
    for token in tokens(text):
        if token == "(":
            open_calls.append((before.upper(), []))
        elif token == ")" and open_calls:
            called, last = open_calls.pop()
            if called == "TEXT":
                yield "".join(last)
        elif open_calls:
            if token == ",":
                open_calls[-1][1].clear()
            else:
                open_calls[-1][1].append(token)
        before = token


_WORD = re.compile(r"[^\W\d][\w.]*+")
#: A range, or a cell.
_AREA = re.compile(r"(\$?[A-Z]{1,3}\$?\d++)(?::(\$?[A-Z]{1,3}\$?\d++))?(?![\w(!.])")


def _of_ranges(text: str, names: Mapping[str, str], array: bool) -> str | None:
    """Tell whether Excel takes one cell of a range, or each: it does not matter which range it is.

    What is several cells outside calls is so in the engine's result too, which shows that better.
    """
    alike = _AREA.sub(lambda found: "A1:A2" if found[2] not in (None, found[1]) else "A1", text)
    used = sorted(names.keys() & set(_WORD.findall(text.casefold())))
    return _of_ranges_alike(alike, tuple((name, names[name]) for name in used), array)


@lru_cache(maxsize=FORMULAS)
def _of_ranges_alike(text: str, names: tuple[tuple[str, str], ...], array: bool) -> str | None:
    import formualizer

    try:
        nodes = [formualizer.parse(f"={text}")]
    except Exception:  # The engine says so when it is given the formula.
        return None
    areas = dict(names)
    if array:
        if any(True for _ in intersections(nodes[0], areas, array=True)):
            return "has a range where Excel calls a function for each cell of it"
        return None
    while nodes:
        node = nodes.pop()
        if node.get_operator():
            nodes += node.children()
        elif not several(node, areas) and any(True for _ in intersections(node, areas)):
            return "has a range where Excel takes one cell of it"
    return None
