"""The calls of a workbook in order of dependency, and the first that fails with the cell at fault.

What needs a result is written after it, so the order in which cells are written is that in which
they depend on each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl.formula import Tokenizer
from openpyxl.worksheet.formula import ArrayFormula

from workbook.functions import CATALOGUE
from workbook.package.formulas import tokens
from workbook.refusal import PARTS, REFUSAL
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import Book, Page
from workbook.template.sheets.inputs.scenario import LIVE, TYPED

LABEL, FAILS, ROW, COLUMN, FOUND = range(3, 8)
#: How it is shown whether a call fails.
FAILING = '"first";"too";"–"'
#: What looks like a call: to read all formulas token by token takes longer.
_CALL = re.compile(r"(\w++)\(")
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'!)?(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)")


@dataclass(frozen=True)
class Call:
    """A call of the catalogue in a cell: its arguments as formulas on any sheet."""

    at: Area
    function: str
    arguments: tuple[str, ...]
    #: Whether the cell holds an array formula, and whether a call of one number is all it holds.
    array: bool
    number: bool

    @property
    def fails(self) -> str:
        """A formula that is true where the call fails."""
        if self.array:
            # A block that fails has no headings, whether it shows an error or a sentence.
            return f'IFERROR({self.at.part(0, 1)}&"","")=""'
        return f"NOT(ISNUMBER({self.at}))" if self.number else f"ISERROR({self.at})"


def calls(book: Book) -> Iterator[Call]:
    """Yield the first call in each cell that has one, in order of dependency."""
    for part in book.parts:
        sheet, rows = book.workbook[part.sheet], set(book.rows(part))
        for (row, column), cell in list(sheet._cells.items()):
            if cell.data_type != "f" or row not in rows:
                continue
            held = cell.value
            array = isinstance(held, ArrayFormula)
            text = held.text if isinstance(held, ArrayFormula) else held
            if not isinstance(text, str):
                continue
            if not any(name.upper() in CATALOGUE for name in _CALL.findall(text)):
                continue
            found = tokens(text)
            name = next((t.upper() for t in found if t.upper() in CATALOGUE), None)
            if name is None:
                continue
            at = Area(sheet.title, row, column)
            number = found[1].upper() == name and CATALOGUE[name].returns == "number"
            given = tuple(_arguments(text, name, sheet.title))
            yield Call(at, name, given, array, number and not array)


def _arguments(text: str, name: str, sheet: str) -> Iterator[str]:
    """Yield the arguments of the first call of a function, with the sheets of their cells."""
    depth, argument = 0, ""
    for token in Tokenizer(text).items:
        opens, closes = token.subtype == "OPEN", token.subtype == "CLOSE"
        if not depth:
            depth = int(opens and token.value.upper() == f"{name}(")
            continue
        depth += opens - closes
        if not depth or (depth == 1 and token.type == "SEP" and token.value == ","):
            yield argument
            argument = ""
        else:
            argument += _qualified(token, sheet)
        if not depth:
            return


def _qualified(token: Any, sheet: str) -> str:
    value = str(token.value)
    if token.type == "OPERAND" and token.subtype == "RANGE":
        found = _REFERENCE.fullmatch(value)
        if found and not found[1]:
            return f"{quoted_sheet(sheet)}!{value}"
    return value


def quoted_sheet(title: str) -> str:
    """Write the name of a sheet as a reference has it."""
    return "'" + title.replace("'", "''") + "'"


def write(page: Page, book: Book, listed: list[Call]) -> Area:
    """Write a row for each call, and return the cell that says what is wrong, and where."""
    heads = {LABEL: "Call", FAILS: "Fails", ROW: "Row", COLUMN: "Column", FOUND: "At fault"}
    for column in range(1, FOUND + 2):
        style = "head_left" if column <= LABEL else "head"
        page.put(page.row, column, heads.get(column), style)
    page.row += 1
    top = page.row
    for call in listed:
        _row(page, book, call, top)
    fails, found = (Area(page.title, top, c, page.row - top).local for c in (FAILS, FOUND))
    page.put(page.row, LABEL, "What is wrong, and where", "strong")
    first = f"INDEX({found},MATCH(MAX({fails}),{fails},0))"
    # A call that is not refused when it is asked again has not been calculated.
    formula = f'=IFERROR(IF(RIGHT({first},LEN(": "))=": ","",{first}),"")'
    area = page.put(page.row, FAILS, formula, "calc_text")
    page.row += 1
    return area


def _row(page: Page, book: Book, call: Call, top: int) -> None:
    row = page.row
    fails, found = f"D{row}", f"D{top - 1}:D{row - 1}"
    asked = {
        part: f"{REFUSAL.name}({','.join((quoted(part), quoted(call.function), *call.arguments))})"
        for part in PARTS
    }
    page.put(row, LABEL, f"{call.function} in {call.at.sheet}!{_plain(call.at)}", "label")
    # For the first call that fails, 1 and the argument at fault; for those after it, less than 0.
    first = f'IF(COUNTIF({found},">0")=0,1+{asked["argument"]},0-1)'
    page.put(row, FAILS, f"=IF({call.fails},{first},0)", "link", FAILING)
    at = [_area(book, argument) or call.at for argument in call.arguments]
    for column, part in ((ROW, "row"), (COLUMN, "column")):
        starts = ",".join(f"{part.upper()}({a.part(0, 0)})" for a in (call.at, *at))
        place = f"CHOOSE({fails},{starts})+MAX(1,{asked[part]})-1"
        page.put(row, column, f"=IF({fails}>0,{place},0)", "link", styles.COUNT)
    sheets = ",".join(quoted(a.sheet) for a in (call.at, *at))
    address = f'CHOOSE({fails},{sheets})&"!"&ADDRESS(E{row},F{row},4)'
    for linking, source in dict.fromkeys(link for area in at for link in _links(book, area)):
        same = f"AND(E{row}=ROW({linking}),F{row}=COLUMN({linking}))"
        address = f"IF({same},{quoted(f'{source.sheet}!{_plain(source)}')},{address})"
    text = f'{address}&": "&{asked["sentence"]}'
    page.put(row, FOUND, f'=IF({fails}>0,{text},"")', "link_indented")
    page.row += 1


def _links(book: Book, area: Area) -> Iterator[tuple[Area, Area]]:
    """Yield the cells of a table on Inputs that only show another input, and that input."""
    sheet = book.workbook[area.sheet]
    for i in range(1, area.rows if area.sheet == "Inputs" else 0):
        for j in range(1, area.columns):
            cell = sheet._cells.get((area.row + i, area.column + j))
            name = str(cell.value).removeprefix("=") if cell and cell.data_type == "f" else ""
            if name in book.named and (source := book.named[name][1]).sheet == "Inputs":
                yield area.part(i, j), source


def _area(book: Book, argument: str) -> Area | None:
    """Return the cells of an argument; of a single cell that links to another, that one.

    Of the drivers in a scenario, cell by cell, where they are typed.
    """
    argument = TYPED if argument == LIVE and TYPED in book.named else argument
    if argument in book.named:
        return book.named[argument][1]
    found = _REFERENCE.fullmatch(argument)
    if found is None:
        return None
    area = Area.at(found[1].replace("''", "'"), found[2])
    if area.rows == area.columns == 1:
        link = str(book.workbook[area.sheet].cell(area.row, area.column).value).removeprefix("=")
        if "!" in link and _REFERENCE.fullmatch(link):
            return _area(book, link)
    return area


def _plain(area: Area) -> str:
    return area.local.replace("$", "")
