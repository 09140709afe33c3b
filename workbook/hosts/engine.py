"""The engine formualizer: its input and output, and where it differs from Excel.

- It fills as many cells as a function returns, whatever range the file names.
- It lets a formula that is not an array formula fill its neighbours; Excel shows one value.
- It hands over 0 for an argument that is left out before a comma or a closing bracket, as in
  ``F(a, , b)``; Excel hands over nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from time import thread_time
from typing import Any

from model.errors import InputError
from workbook import interruption
from workbook.arguments import EXCEL_ERRORS
from workbook.catalogue import Function
from workbook.functions import CATALOGUE
from workbook.hosts import foreign
from workbook.hosts.apart import give_up_without_memory
from workbook.hosts.intersection import typed
from workbook.hosts.order import Cell, Formulas, corners
from workbook.package.cells import ErrorValue, Formula, Place, Value, address, cells
from workbook.package.formulas import quoted
from workbook.package.limits import LIMITS, check
from workbook.refusal import REFUSAL

#: Excel's errors by the engine's names for them. The engine has further ones, such as a
#: circular reference or a function that it lacks: these are no values of a cell in Excel.
_ERRORS = {
    "Null": "#NULL!",
    "Div": "#DIV/0!",
    "Value": "#VALUE!",
    "Ref": "#REF!",
    "Name": "#NAME?",
    "Num": "#NUM!",
    "Na": "#N/A",
    "Calc": "#CALC!",
}
KINDS = {text: kind for kind, text in _ERRORS.items()}
_REFUSED = {
    "Spill": "is to fill cells that are not empty",
    "Circ": "refers to itself",
    "Error": "cannot be read as a formula",
    "NImpl": "uses what the engine does not support",
}
#: The function by which formulas call the catalogue.
CALL = "CALL_OF_CELL"
#: A text, the name of a sheet, or a call: the function, and a bracket that closes at once.
_CALL = re.compile(r""""[^"]*+"|'[^']*+'|(?<![\w.])([^\W\d][\w.]*+)\s*+\((\s*+\))?""")
#: The digits of a number that Excel joins to a text, and the least that it does not shorten more.
_DIGITS, _SMALL = 15, 1e-4
#: As many arguments as any function may have.
_MOST = 255

#: Sheet -> (row, column) -> value as the engine gives it.
Raw = Mapping[str, Mapping[Place, Any]]


class Said:
    """What functions of the catalogue say when they refuse their arguments, cell by cell.

    The engine does not say for which cell it calls a function. So each call is given the number of
    its cell, and its own among those of the cell.
    """

    def __init__(self) -> None:
        self._cells: list[Cell] = []
        self._count = 0
        #: By the number of a cell; the calls in the order in which they were last made.
        self._sentences: dict[int, dict[int, str]] = {}

    def numbered(self, formula: Formula, cell: Cell) -> Formula:
        """Let a formula call the catalogue with the number of its cell."""
        if not any(map(foreign.catalogued, foreign.calls(formula.text))):
            return formula
        self._cells.append(cell)
        number, calls = len(self._cells) - 1, count()

        def call(found: re.Match[str]) -> str:
            called, nothing = found.groups()
            if called is None or not foreign.catalogued(called):
                return found[0]
            self._count += 1
            check("calls", self._count)
            name = typed(called)
            return f'{CALL}({number},{next(calls)},"{name}"{")" if nothing else ","}'

        return replace(formula, text=_CALL.sub(call, formula.text))

    def cell(self, number: int) -> Cell:
        """Return the cell of a number."""
        return self._cells[number]

    def keep(self, number: int, call: int, said: list[str]) -> None:
        """Keep what a call says, or that it says nothing."""
        of_cell = self._sentences.setdefault(number, {})
        of_cell.pop(call, None)
        if said:
            of_cell[call] = said[0]

    def sentences(self) -> Iterator[tuple[Cell, str]]:
        """Yield the cells and what is said of each: of nested calls, by the first one."""
        for number, of_cell in self._sentences.items():
            if of_cell:
                yield self._cells[number], next(iter(of_cell.values()))


class Clock:
    """The processor time that functions of the catalogue take in a workbook."""

    def __init__(self) -> None:
        self._seconds = 0.0
        #: The number of the cell whose call has used up the time that is left.
        self.stopped_at: int | None = None

    def add(self, seconds: float, number: int) -> None:
        """Count the time of a call."""
        self._seconds += seconds
        if self._seconds > LIMITS["seconds"].most and self.stopped_at is None:
            self.stopped_at = number


def register(book: Any, said: Said, clock: Clock) -> None:
    """Give the engine the functions of the catalogue, by way of one that keeps what they say."""

    def call(number: float, place: float, name: str, *given: Any) -> Any:
        if clock.stopped_at is not None or len(given) > len(CATALOGUE[name].parameters):
            return {"type": "Error", "kind": "Value"}
        # The engine makes several calls at a time.
        sentences: list[str] = []
        started = thread_time()
        try:
            return answer(CATALOGUE[name], given, sentences)
        finally:
            said.keep(int(number), int(place), sentences)
            clock.add(thread_time() - started, int(number))

    def refusal(*given: Any) -> Any:
        return answer(REFUSAL, given, [])

    book.register_function(CALL, call, max_args=_MOST)
    # Too few arguments are for the function to refuse: it names the one that is missing.
    book.register_function(REFUSAL.name, refusal, max_args=len(REFUSAL.parameters))


def answer(function: Function, given: Iterable[Any], sentences: list[str]) -> Any:
    """Call a function of the catalogue for the engine, keeping what it says when it refuses."""
    try:
        return function.call(*map(argument, given))
    except InputError as error:
        sentences.append(str(error))
        return {"type": "Error", "kind": KINDS[EXCEL_ERRORS[error.reason]]}
    except Exception as error:
        give_up_without_memory(error)
        sentences.append(f"{type(error).__name__}: {error}")
        raise  # The engine makes it #VALUE!.


def argument(value: Any) -> Any:
    """Give an error as the text that the catalogue knows and refuses."""
    if isinstance(value, list):
        return [[argument(cell) for cell in row] for row in value]
    if isinstance(value, dict):
        return _ERRORS.get(value["kind"], "#VALUE!")
    return value


def enter(book: Any, turns: Iterable[Mapping[Cell, str]]) -> dict[Cell, str]:
    """Enter formulas into the engine and evaluate them, turn by turn.

    Returns
    -------
    dict
        The cells whose formulas it does not take -> why.
    """
    refused = {}
    for turn in turns:
        for (sheet, at), text in turn.items():
            try:
                book.set_formula(sheet, *at, text)
            except Exception as error:  # Of a cell that reads itself; of others it shows an error.
                kind = "Circ" if "#CIRC!" in str(error) else "Error"
                refused[sheet, at] = _REFUSED[kind]
        calculate(book, turn)
    return refused


def calculate(book: Any, entered: Iterable[Cell]) -> dict[Cell, str]:
    """Evaluate what has changed in the engine.

    Returns
    -------
    dict
        Where the engine gives up for all cells: those that it gives up for alone -> why.
    """
    try:
        book.evaluate_all()
    except Exception:  # Such as of a range of ranges, or of a circle by way of an array.
        return {cell: why for cell in entered if (why := _gives_up(book, *cell))}
    finally:
        interruption.check()  # To the engine, it was an error of the call in which it came.
    return {}


def _gives_up(book: Any, sheet: str, at: Place) -> str:
    try:
        book.evaluate_cell(sheet, *at)
    except Exception as error:
        return f"makes the engine give up: {str(error).partition('[')[0].strip()}"
    return ""


def put(book: Any, sheet: str, at: Place, value: Value) -> None:
    """Put a value into a cell of the engine."""
    if isinstance(value, ErrorValue):
        text = value.text if value.text in KINDS else "#VALUE!"
        book.set_formula(sheet, *at, f"={text}")
    else:
        book.set_value(sheet, *at, value)


def raw_values(book: Any, filled: Mapping[str, Iterable[Place]]) -> Raw:
    """Return what the engine has found for the cells that formulas fill."""
    return {sheet: {at: book.get_value(sheet, *at) for at in of} for sheet, of in filled.items()}


def faults(book: Any, found: Formulas, raw: Raw) -> dict[Cell, str]:
    """Say of each cell that Excel would show otherwise what it does."""
    return {
        (sheet, at): why
        for sheet, of_sheet in found.items()
        for at, formula in of_sheet.items()
        if (why := fault(book, sheet, at, formula, raw[sheet]))
    }


def fault(
    book: Any, sheet: str, at: Place, formula: Formula, raw: Mapping[Place, Any]
) -> str | None:
    """Say where the engine does other than Excel would."""
    value = raw[at]
    if isinstance(value, dict):
        kind = value["kind"]
        if kind not in _ERRORS:
            return _REFUSED.get(kind, f"gives the error {kind}")
        if called := foreign.may_misread(formula.text):
            return f"gives {_ERRORS[kind]}, and what {called} reads may be written for Excel alone"
        return None
    for inside in cells(formula.ref) if formula.ref else [at]:
        number = raw.get(inside)
        if isinstance(number, float) and not math.isfinite(number):
            return f"gives {number}, which no cell can hold"
    one_value = formula.ref is None and foreign.gives_one_value(formula.text)
    if one_value or (formula.ref is None and not _may_spill(book, sheet, at, raw)):
        return None
    if (extent := _extent(book, sheet, at)) == formula.ref:
        return None
    shape, expected = _shape(extent), _shape(formula.ref)
    if shape == expected:
        return None
    if formula.ref is None:
        return f"gives {shape}, and is not an array formula"
    return (
        f"gives {shape}, and its range {formula.ref} has {expected}, as when rows of a table are "
        "added or cleared after the workbook was built"
    )


def _extent(book: Any, sheet: str, at: Place) -> str | None:
    """Give the range that a formula fills; None for its own cell alone."""
    spill = book.inspect_cell(f"{quoted(sheet)}!{address(*at)}", include_values=False).cell.spill
    # A cell that another formula fills has no extent of its own.
    return spill.extent.rpartition("!")[2] if spill and spill.extent else None


def _may_spill(book: Any, sheet: str, at: Place, raw: Mapping[Place, Any]) -> bool:
    """Tell whether something is in a cell next to a formula that the file may have left empty.

    To ask the engine for the extent takes thirty times as long as for a value.
    """
    row, column = at
    return any(
        cell not in raw and book.get_value(sheet, *cell) is not None
        for cell in ((row, column + 1), (row + 1, column))
    )


def _shape(ref: str | None) -> str:
    if ref is None:
        return "1 x 1 cells"
    (top, left), (bottom, right) = corners(ref)
    return f"{bottom - top + 1} x {right - left + 1} cells"


def value_of(raw: Any) -> Value:
    """Give a value of the engine as that of a cell."""
    if isinstance(raw, dict):
        return ErrorValue(_ERRORS.get(raw["kind"], "#VALUE!"))
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return float(raw)
    return raw  # type: ignore[no-any-return]


#: A number in a text.
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d{10,}(?![\w.])")


def as_excel_joins(text: str, exact: Collection[str]) -> str:
    """Give numbers that a formula has joined to a text the 15 digits that Excel gives them.

    What functions of the catalogue say is exact.

    Examples
    --------
    >>> as_excel_joins("0.30000000000000004 and 75.07944282313001", ["not 75.07944282313001."])
    '0.3 and 75.07944282313001'
    """

    def joined(found: re.Match[str]) -> str:
        digits = found[0].replace(".", "").lstrip("0")
        number = float(found[0])
        if len(digits) <= _DIGITS or number < _SMALL or any(found[0] in said for said in exact):
            return found[0]
        return f"{number:.{_DIGITS}g}"

    return _DECIMAL.sub(joined, text)
