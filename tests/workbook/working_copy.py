"""The built workbook in openpyxl, for the changes a user makes in its cells."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import openpyxl
from cases import simple
from live import ERROR, Live, kept
from openpyxl.formula import Tokenizer
from openpyxl.worksheet.formula import ArrayFormula
from ranges import cells_of, typed_at, unspaced

from model.case.case import Case, load, parse
from workbook.hosts.headless import EvaluationError, evaluate
from workbook.package.cells import ErrorValue, Place, Value, Values, address, cells, place

WHOLE = load("cerebras")


def without_further_sheets() -> Case:
    """Return the case without the tables of further sheets.

    Its workbook is small enough to be calculated hundreds of times.
    """
    tree = simple()
    del tree["tables"], tree["scalars"], tree["funding"]
    for name, total in WHOLE.totals.items():
        if any("scalars." in path for path in (total.total, *total.parts)):
            del tree["totals"][name]
    return parse(tree)


CASE = without_further_sheets()
MASTER: Place = (3, 1)
RESULT_COLUMN = 8  # Of the Checks sheet.
RESULT = ("OK", "FAIL")
#: Sheets on which something is calculated from the inputs of the core.
RESULTS = ("Contracts and RPO", "DCF", "Equity")
#: Lines of integers that identify a column's period rather than hold results.
TIMELINE = {
    "As of, public since, and when valued",
    *("Period", "Year", "Quarter", "Raise", "Price", "Fiscal year", "To month"),
    "Month in which the first fiscal year ends",
    "Part of the year valued",
    "Pace / year",
}
#: The sheet that xlwings reads is no page of the model: it has no head, no print area, no freeze.
CONFIGURATION = "xlwings.conf"
#: The sheets that are not in view.
HIDDEN = ("Case", CONFIGURATION)

Cell = tuple[str, str]
Edits = Mapping[Cell, Any]


class Copy:
    """The built workbook in openpyxl, for changes of which each is undone again."""

    def __init__(self, built: bytes) -> None:
        self.built = built
        self.book = openpyxl.load_workbook(io.BytesIO(built))
        self.base = evaluate(built)
        #: Each cell filled by an array formula, and its entire range.
        self.block: dict[Cell, str] = {}
        for page in self.book:
            for cell in [c for row in page.iter_rows() for c in row]:
                if isinstance(cell.value, ArrayFormula):
                    for inside in cells(cell.value.ref):
                        self.block[page.title, address(*inside)] = cell.value.ref
                        if address(*inside) != cell.coordinate:
                            # A result, which openpyxl would save as if it had been typed.
                            page.cell(*inside).value = None
        #: Where each figure of the case is typed.
        self.typed: dict[str, Cell] = {
            path: ("Inputs", address(*at)) for path, at in typed_at(self.book).items()
        }

    def __getitem__(self, cell: Cell) -> Any:
        return self.book[cell[0]][cell[1]]

    def at(self, path: str, right: int = 0) -> Cell:
        """Return the cell in which a figure is typed, or one to the right or left of it."""
        sheet, cell = self.typed[path]
        return sheet, self[sheet, cell].offset(0, right).coordinate

    def named(self, name: str) -> tuple[str, int, int]:
        """Return the sheet, row and column where a named area begins."""
        sheet, area = cells_of(self.book, name)
        return sheet, *place(area.partition(":")[0])

    def label(self, sheet: str, row: int) -> str:
        """Return the text that stands before the numbers of a row."""
        for column in (4, 3):
            held = self.base[sheet].get((row, column), self.book[sheet].cell(row, column).value)
            if isinstance(held, str):
                return held
        return ""

    def driver(self, name: str, column: int = 0) -> Cell:
        """Return the cell of a driver in the column Value, or a year's, from 1."""
        typed = "Base_drivers" if "Base_drivers" in self.book.defined_names else "Drivers"
        sheet, area = cells_of(self.book, typed)
        for row in self.book[sheet][area]:
            if unspaced(row[0].value) == unspaced(name):
                return "Inputs", row[1 + column].coordinate
        raise KeyError(name)

    def changed(self, edits: Edits) -> bytes:
        """Save the workbook with some cells changed."""
        before = {cell: self[cell].value for cell in edits}
        try:
            for cell, new in edits.items():
                self[cell].value = new
            file = io.BytesIO()
            self.book.save(file)
            return file.getvalue()
        finally:
            for cell, old in before.items():
                self[cell].value = old

    def values(self, edits: Edits) -> Values:
        """Evaluate the workbook with some cells changed.

        What is typed is put into the engine, which holds the workbook. From the start, as a file,
        goes another formula; and an input after which there are errors, for their sentences, and
        because of a block that it makes smaller the engine then says nothing.
        """
        if all(map(self._is_typed, edits, edits.values())):
            with suppress(EvaluationError):
                values = self.quick(edits)
                if not errors(values) or all(
                    self.live.is_result(sheet, place(at)) for sheet, at in edits
                ):
                    return values
        return evaluate(self.changed(edits))

    def quick(self, edits: Edits) -> Values:
        """Evaluate the workbook with something else typed, without the sentences of errors."""
        return self.live.values(typed(edits))

    @cached_property
    def live(self) -> Live:
        return kept(self.built)

    def _is_typed(self, cell: Cell, new: Any) -> bool:
        """Tell whether a cell is to hold no formula, but one that is an error."""
        return isinstance(new, int | float | datetime | None) or (
            isinstance(new, str) and (new == ERROR or not new.startswith("="))
        )

    def frozen(self, cell: Cell, new: Any) -> Edits:
        """Write a wrong value over a result: where a function fills a block, over all of it."""
        sheet, where = cell
        held = self.base[sheet] if cell in self.block else {}
        block = cells(self.block.get(cell, where))
        return {(sheet, address(*at)): held.get(at) for at in block} | {cell: new}


def typed(edits: Edits) -> dict[tuple[str, Place], Any]:
    """Return edits by place, with the 16 digits of a number that openpyxl saves."""
    return {
        (sheet, place(at)): float(f"{new:.16g}") if isinstance(new, float) else new
        for (sheet, at), new in edits.items()
    }


def errors(values: Values) -> list[str]:
    return [
        f"{sheet}!{address(*at)}: {value} {value.reason}"
        for sheet, of_sheet in values.items()
        for at, value in of_sheet.items()
        if isinstance(value, ErrorValue)
    ]


def masters(values: Values) -> set[Value]:
    """Return what the sheets show in their heads."""
    return {values[sheet][MASTER] for sheet in values if sheet not in HIDDEN}


def references(copied: Copy, formula: str) -> Iterator[Cell]:
    """Yield cells that a formula of Checks refers to: of a long range, the first and the last."""
    for token in Tokenizer(formula).items:
        if token.type == "OPERAND" and token.subtype == "RANGE":
            named = copied.book.defined_names.get(token.value)
            sheet, _, area = (named.attr_text if named else token.value).rpartition("!")
            inside = cells(area.replace("$", ""))
            for at in inside if len(inside) <= 6 else (inside[0], inside[-1]):
                yield sheet.strip("'"), address(*at)


#: What every block of numbers is counted by: there a wrong number is one, and a text is none.
COUNTED = "every cell is a number"
#: Checks of what is typed in one cell.
TYPED = "Inputs: "
#: What is said of single results that may be texts: none of them is an error.
NO_ERROR = "none is an error"
#: That of a driver whose row may have been cleared.
STATED = "because the case states it"
#: What the rows of a table on Inputs are counted by: one more stands right below it.
BUILT_FOR = "the rows that the workbook was built for"
#: What the rows of a table that grows are counted by, with what stands right below it.
ROOM = "the rows that the other sheets have room for"
#: What the rows of a table that grows are counted by, with its header and without its first row.
ABOVE = "no row in use was inserted above the first one"
#: Checks that count words.
WORDS = {"Signals: each condition holds, does not hold or is not observed"}
#: Checks that a slightly wrong number still passes, and why.
COARSE = {
    "Schedule: no quarter is negative": "It looks at the sign alone",
    "Contracts: their values are the opening balance": "A filing rounds its balance",
    "Funding: debt is the debt in the bridge": "A balance carries costs of issue",
}


def tamperings(copied: Copy, row: int, label: str) -> Iterator[Edits]:
    """Yield ways of writing something wrong where a check looks for a right number.

    Results come before inputs, because both sides of a check follow an input; and what is expected
    before what is compared with it.
    """
    found = [
        c
        for column in "ED"
        for c in references(copied, str(copied["Checks and warnings", f"{column}{row}"].value))
    ]
    if label.endswith(STATED):
        (row_of,) = re.findall(
            r"\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+", copied["Checks and warnings", f"D{row}"].value
        )
        yield {("Inputs", address(*at)): None for at in cells(row_of.replace("$", ""))}
        return
    if label.endswith(ABOVE):
        (header, *_) = references(copied, str(copied["Checks and warnings", f"D{row}"].value))
        yield {header: None}
        return
    if label.endswith((BUILT_FOR, ROOM)) or label.startswith(TYPED):
        yield {found[-1]: "One more"}
        return
    for cell in sorted(dict.fromkeys(found), key=lambda c: c[0] == "Inputs"):
        held = copied.base[cell[0]].get(place(cell[1]), copied[cell].value)
        if label in WORDS and isinstance(held, str):
            yield copied.frozen(cell, "another word")
        if not isinstance(held, int | float):
            continue
        if label.endswith(COUNTED):
            yield copied.frozen(cell, "none")
        elif label.endswith(NO_ERROR):
            yield copied.frozen(cell, ERROR)
        else:
            yield copied.frozen(cell, -held - 1 if label in COARSE else held * 1.0001 + 0.0001)


def checks(copied: Copy) -> dict[int, str]:
    """Return what each row of Checks says."""
    page = copied.book["Checks and warnings"]
    held = copied.base["Checks and warnings"].items()
    rows = [row for (row, column), said in held if column == RESULT_COLUMN and said in RESULT]
    return {row: str(page.cell(row, 3).value) for row in rows}


def quarter_later(day: date) -> datetime:
    """Return the end of the month three months later."""
    return datetime(day.year + (day.month + 3) // 12, (day.month + 3) % 12 + 1, 1) - timedelta(1)


def day_of(path: str) -> date:
    day = CASE.figures[path].value
    assert isinstance(day, date)
    return day


def moved_share(copied: Copy, path: str, by: float = 0.01) -> Edits:
    """Raise a share and take as much from the last band, or of that from the first."""
    bands = path.rpartition(".")[0].rpartition(".")[0]
    group = [p for p in CASE.figures if p.startswith(f"{bands}.") and p.endswith(".share")]
    other = group[0] if path == group[-1] else group[-1]
    step = CASE.figures[path].number * by
    return {
        copied.at(path): CASE.figures[path].number + step,
        copied.at(other): CASE.figures[other].number - step,
    }


@dataclass(frozen=True)
class Movement:
    """What a change of one input did."""

    moved: frozenset[Cell]
    errors: list[str]
    master: Value


def movement(base: Values, values: Values) -> Movement:
    """Return what differs from before; the line in the head of each sheet only once."""
    return Movement(
        frozenset(
            (sheet, address(*at))
            for sheet, of_sheet in values.items()
            for at, value in of_sheet.items()
            if value != base[sheet][at] and at != MASTER
        ),
        errors(values),
        values["Checks and warnings"][MASTER],
    )
