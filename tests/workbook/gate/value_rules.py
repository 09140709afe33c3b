"""What Excel accepts as the value of a cell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from gate.opened import Opened
from gate.rule import Rule, formula, value
from workbook.package.cells import ErrorValue, address

#: Characters of a cell, of a header or footer.
TEXT, FOOTER = 32_767, 255
ERRORS = {
    *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"),
    *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#PYTHON!"),
}
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
#: By the type of a cell, what its value may be.
_LEGAL = {
    "n": lambda text: bool(_NUMBER.fullmatch(text)) and math.isfinite(float(text)),
    "b": lambda text: text in ("0", "1"),
    "e": lambda text: text in ERRORS,
    "s": str.isdecimal,
    "str": lambda text: True,
    "inlineStr": lambda text: True,
}


def _cells(file: Opened) -> Iterator[tuple[str, Element]]:
    for title, sheet in file.sheets.items():
        for cell in sheet.iterfind("sheetData/row/c"):
            yield f"{title}!{cell.get('r')}", cell


def _types(file: Opened) -> Iterator[str]:
    for where, cell in _cells(file):
        if "t" in cell.attrib and not len(cell):
            yield f"{where} is empty and has the type {cell.get('t')}"


def _values(file: Opened) -> Iterator[str]:
    for where, cell in _cells(file):
        kind, text = cell.get("t", "n"), cell.findtext("v")
        if kind not in _LEGAL:
            yield f"{where} has the type {kind}, which Excel does not write"
        elif text is not None and not _LEGAL[kind](text):
            yield f"{where} holds {text}, which is none of Excel's values of the type {kind}"


def _errors(file: Opened) -> Iterator[str]:
    for title, present in file.cells.items():
        for at in present:
            held = file.value(title, at)
            if isinstance(held, ErrorValue) or held in ERRORS:
                yield f"{title}!{address(*at)} shows {held}"


def _texts(file: Opened) -> Iterator[str]:
    for title, present in file.cells.items():
        for at in present:
            held = file.value(title, at)
            if isinstance(held, str) and len(held) > TEXT:
                yield f"{title}!{address(*at)} has {len(held)} characters, and Excel takes {TEXT}"
        for element in file.sheets[title].iterfind("headerFooter/*"):
            if len(element.text or "") > FOOTER:
                yield f"{title} has a {element.tag} of {len(element.text or '')} characters"


RULES = (
    Rule(
        "no empty cell has a type",
        "ECMA-376 part 1, 18.3.1.4: t is the type of the value; IronCalc reads such a cell as 0",
        _types,
        {"an empty number": value(None, t="n"), "an empty text": value(None, t="str")},
    ),
    Rule(
        "every value is one of Excel's, of its cell's type",
        "ECMA-376 part 1, 18.18.11 (types), 22.9.2 (simple types); Microsoft: Excel does not hold "
        "infinities or NaN",
        _values,
        {
            "infinity": value("inf"),
            "not a number": value("nan"),
            "beyond the greatest number": value("1e999"),
            "digits in groups": value("1_005"),
            "a space": value(" 5"),
            "neither true nor false": value("2", t="b"),
            "no error of Excel's": value("#OOPS!", t="e"),
            "a type of another program": value("5", t="float"),
        },
    ),
    Rule(
        "no cell shows an error",
        "Protected View and previewers show the value in the file",
        _errors,
        {
            "a name that Excel does not know": formula("1+1", "#NAME?", "e"),
            "an array that could not spill": formula("1+1", "#SPILL!", "e"),
            "a division by 0": formula("1/0", "#DIV/0!", "e"),
            "an error as a text": formula("1+1", "#NAME?", "str"),
        },
    ),
    Rule(
        "no text is longer than a cell or a footer takes",
        "Microsoft: Excel specifications and limits",
        _texts,
        {"32,768 characters": value("x" * 32_768, t="str")},
    ),
)
