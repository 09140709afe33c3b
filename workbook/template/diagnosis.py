"""The calls of a workbook in order of dependency, and the first that fails with the cell at fault.

A sheet that needs a result is written after it, so the order in which cells are written is that in
which they depend on each other.
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

LABEL, FAILS, ARGUMENT, ROW, COLUMN = range(3, 8)
#: To the right of what is printed.
CELL, SENTENCE = 9, 10
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'!)?(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)")


@dataclass(frozen=True)
class Call:
    """A call of the catalogue in a cell: its arguments as formulas on any sheet."""

    at: Area
    function: str
    arguments: tuple[str, ...]
    #: A formula that is true where the call fails.
    fails: str
    #: Whether the cell holds an array formula.
    array: bool


def calls(book: Book) -> Iterator[Call]:
    """Yield the first call in each cell that has one, in order of dependency."""
    for sheet in book.workbook:
        for (row, column), cell in list(sheet._cells.items()):
            held = cell.value
            array = isinstance(held, ArrayFormula)
            text = held.text if isinstance(held, ArrayFormula) else held
            if cell.data_type != "f" or not isinstance(text, str):
                continue
            found = tokens(text)
            name = next((t.upper() for t in found if t.upper() in CATALOGUE), None)
            if name is None:
                continue
            at = Area(sheet.title, row, column)
            if array:
                # A block that fails has no headings, whether it shows an error or a sentence.
                fails = f'IFERROR({at.part(0, 1)}&"","")=""'
            elif found[1].upper() == name and CATALOGUE[name].returns == "number":
                fails = f"NOT(ISNUMBER({at}))"
            else:
                fails = f"ISERROR({at})"
            yield Call(at, name, tuple(_arguments(text, name, sheet.title)), fails, array)


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


def write(page: Page, book: Book) -> tuple[Area, Area]:
    """Write a row for each call, and return where the first failing one's cell and sentence are."""
    heads = {LABEL: "Call", FAILS: "Fails", ARGUMENT: "Argument", ROW: "Row", COLUMN: "Column"}
    for column in range(1, COLUMN + 2):
        style = "head_left" if column <= LABEL else "head"
        page.put(page.row, column, heads.get(column), style)
    page.row += 1
    top = page.row
    for call in calls(book):
        _row(page, book, call, top)
    rows = page.row - top
    fails, cell, sentence = (
        Area(page.title, top, column, rows) for column in (FAILS, CELL, SENTENCE)
    )
    found = []
    for label, found_in in (("The cell at fault", cell), ("What is wrong with it", sentence)):
        page.put(page.row, LABEL, label, "strong")
        formula = f'=IFERROR(INDEX({found_in.local},MATCH(1,{fails.local},0)),"")'
        found.append(page.put(page.row, FAILS, formula, "calc_text"))
        page.row += 1
    return found[0], found[1]


def _row(page: Page, book: Book, call: Call, top: int) -> None:
    row = page.row
    page.put(row, LABEL, f"{call.function} in {call.at.sheet}!{_plain(call.at)}", "label")
    before = f"+SUM(D{top - 1}:D{row - 1})"
    # 1 for the first call that fails, 2 for those that fail after it.
    page.put(row, FAILS, f"=IF({call.fails},IF(0{before}=0,1,2),0)", "link", styles.COUNT)
    given = ",".join((quoted(call.function), *call.arguments))
    for part, column, nothing in zip(PARTS, (SENTENCE, ARGUMENT, ROW, COLUMN), ('""', 0, 0, 0),
                                     strict=True):  # fmt: skip
        asked = f"=IF($D{row}=1,{REFUSAL.name}({quoted(part)},{given}),{nothing})"
        page.put(row, column, asked, "calc_text" if part == "sentence" else "calc", styles.COUNT)
    own = quoted(f"{call.at.sheet}!{_plain(call.at)}")
    places = [_address(book, argument, row) or own for argument in call.arguments]
    blamed = f"CHOOSE(1+E{row},{','.join([own, *places])})"
    page.put(row, CELL, f'=IF($D{row}=1,{blamed},"")', "calc_text")
    page.row += 1


def _address(book: Book, argument: str, row: int) -> str | None:
    """Return a formula for the address of the cell at fault in an argument that is a range."""
    area = _area(book, argument)
    if area is None:
        return None
    first = area.part(0, 0)
    found = f"ADDRESS(ROW({first})+MAX(1,F{row})-1,COLUMN({first})+MAX(1,G{row})-1,4)"
    return f"{quoted(area.sheet + '!')}&{found}"


def _area(book: Book, argument: str) -> Area | None:
    """Return the cells of an argument; of a single cell that links to another, that one."""
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
