"""Whether the targets of formulas exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gate.opened import Opened, Text
from gate.ranges import LAST_ROW
from gate.rule import Rule, formula, name
from workbook.package.cells import LAST_COLUMN, column_number

_CELL, _COLUMN, _ROW = r"\$?[A-Z]{1,3}\$?[0-9]+", r"\$?[A-Z]{1,3}", r"\$?[0-9]+"
_AREA = re.compile(rf"{_CELL}(:{_CELL})?|{_COLUMN}:{_COLUMN}|{_ROW}:{_ROW}", re.I)


def _lost(file: Opened) -> Iterator[str]:
    titles = {title.casefold() for title in file.titles}
    for text in file.readable:
        for node in text.nodes:
            if node.get_literal_value() == "#REF!":
                yield f"{text.where} refers to what is no longer there"
            sheet, mark, _ = (node.get_reference_string() or "").rpartition("!")
            # Sheet1:Sheet3!A1 is a cell of several sheets.
            for title in _unquoted(sheet).split(":") if mark else ():
                if title.casefold() not in titles:
                    yield f"{text.where} refers to the sheet {title}, which is not there"


def _unquoted(sheet: str) -> str:
    return sheet.strip("'").replace("''", "'")


def _undefined(file: Opened) -> Iterator[str]:
    scopes: dict[str, set[str]] = {}
    for element in file.defined:
        scopes.setdefault(element.get("name", "").casefold(), set()).add(file.scope(element))
    tables = {
        file.tree(part).get("displayName", "").casefold()
        for part in file.parts
        if re.fullmatch(r"xl/tables/[^/]+\.xml", part)
    }
    for text in file.readable:
        for reference in filter(None, (node.get_reference_string() for node in text.nodes)):
            if fault := _fault(reference, text, scopes, tables):
                yield f"{text.where} refers to {reference}, which {fault}"


def _fault(reference: str, text: Text, scopes: dict[str, set[str]], tables: set[str]) -> str:
    sheet, _, what = reference.rpartition("!")
    # Variables of LET and LAMBDA, and functions that are arguments, bear such a prefix.
    known = scopes.get(what.casefold(), set()) & {"", _unquoted(sheet) or text.sheet}
    if known or what.lower().startswith("_xl"):
        return ""
    if _AREA.fullmatch(what):
        far = any(
            not 1 <= int(end) <= LAST_ROW if end.isdecimal() else column_number(end) > LAST_COLUMN
            for end in re.findall(r"[A-Z]+|[0-9]+", what.upper())
        )
        return "lies beyond the last cell" if far else ""
    table, bracket, _ = what.partition("[")
    if bracket:
        return "" if table.casefold() in tables else "is of no table of the file"
    return "no name stands for"


RULES = (
    Rule(
        "every reference leads to a sheet of the file",
        "Microsoft: How to correct a #REF! error",
        _lost,
        {
            "a sheet that is not there": formula("'No such sheet'!A1"),
            "the last of several sheets is not there": formula("SUM(Inputs:Nowhere!A1)"),
            "another file": formula("[1]Inputs!A1"),
            "a reference that was lost": formula("SUM(#REF!)"),
            "a name of nothing": name("Lost", "'No such sheet'!$A$1"),
        },
    ),
    Rule(
        "every name, table and cell in a formula exists",
        "Microsoft: How to correct a #NAME? error; Excel specifications and limits",
        _undefined,
        {
            "a name": formula("Offer_pric*2"),
            "a name in a name": name("Doubled", "Offer_pric*2"),
            "a name of a sheet": formula("Inputs!Offer_pric"),
            "a table": formula("SUM(Table1[Col])"),
            "a column": formula("XFE1"),
            "a row": formula("A1048577"),
            "row 0": formula("SUM(A0:A2)"),
        },
    ),
)
