"""A workbook kept in the headless engine, for changes that are each undone.

To evaluate a file takes most of its time to read it. Here it is read once, something else is put
into cells, and the engine calculates what depends on them. What this shows must be what the file
with the same changes shows when it is evaluated from the start; tests that use it compare some of
both.

What is typed over a block of results becomes a formula that gives all of it: of cells into which
an array formula has filled its results, the engine does not forget what was typed there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import formualizer
from openpyxl.utils.datetime import to_excel

from workbook.catalogue import Function
from workbook.hosts import engine, order
from workbook.hosts.headless import EvaluationError
from workbook.hosts.positions import Positions
from workbook.package.cells import ErrorValue, Place, Value, Values, address, cells
from workbook.package.package import Package
from workbook.refusal import CALLABLE

#: What is put into each of some cells: a number, a text, a date, None to clear it, or an error by
#: its formula; into one of a block of results, and then into all of it.
Typed = Mapping[tuple[str, Place], Any]
ERROR = "=NA()"
#: The function that gives what is typed over a block of results.
TYPED = "TYPED_OVER"


def _calling(function: Function) -> Callable[..., Any]:
    return lambda *given: engine.answer(function, given, [])


class Live:
    """A workbook in the engine; formulas that call some functions may be still, as their values."""

    def __init__(self, file: bytes, still: frozenset[str] = frozenset()) -> None:
        self._package = Package.opened(file)
        self.formulas = self._package.formulas
        values = {} if not still else kept(file).base
        self._book = formualizer.load_workbook_bytes(self._package.without_formulas())
        self._book.set_temporal_egress("serial")
        for function in CALLABLE.values():
            most = len(function.parameters)
            self._book.register_function(function.name, _calling(function), max_args=most)
        self._blocks: list[list[list[Any]]] = []
        self._book.register_function(TYPED, lambda i: self._blocks[int(i)], max_args=1)
        #: Each cell that an array formula fills, and the cell of the formula.
        self._first = {
            (sheet, at): first
            for sheet, of_sheet in self.formulas.items()
            for first, formula in of_sheet.items()
            if formula.ref
            for at in cells(formula.ref)
        }
        for sheet, of_sheet in self.formulas.items() if still else ():
            for first, formula in [*of_sheet.items()]:
                if not still.isdisjoint(re.findall(r"\w+(?=\()", formula.text)):
                    del of_sheet[first]
                    for at in cells(formula.ref or address(*first)):
                        self._first.pop((sheet, at), None)
                        held = values[sheet][at]
                        if held is not None and not isinstance(held, ErrorValue):
                            self._book.set_value(sheet, *at, held)
        names = self._package.all_names
        turns = order.in_turns(self.formulas, names)
        # What is entered later has the right order once, and here it is calculated again.
        reads = order.reader(self.formulas, names)
        arrays = {(sheet, first) for (sheet, _), first in self._first.items()}
        positions = Positions({name.casefold(): text for name, text in names.items()})
        texts = {
            (sheet, at): positions.written_out(formula.text, array=formula.ref is not None)
            for sheet, of_sheet in self.formulas.items()
            for at, formula in of_sheet.items()
        }
        self._texts = {
            (sheet, at): f"={order.ordered(texts[sheet, at], reads((sheet, at)) & arrays)}"
            for sheet, of_sheet in self.formulas.items()
            for at, formula in of_sheet.items()
        }
        engine.enter(self._book, [{cell: self._texts[cell] for cell in turn} for turn in turns])
        self.base = self._shown()

    def values(self, typed: Typed) -> Values:
        """Return every value with something else in some cells."""
        results = {at for at in typed if self.is_result(*at)}
        inputs = [at for at in typed if at not in results]
        before = {(sheet, at): self._book.get_value(sheet, *at) for sheet, at in inputs}
        self._put({at: typed[at] for at in inputs})
        over = self._type_over({at: typed[at] for at in results})
        try:
            shown = self._shown()
        finally:
            self._put(before)
            self.enter_again(over)
        for sheet, at in results:
            if typed[sheet, at] != ERROR:  # Which is a formula as well.
                del shown[sheet][at]
        return shown

    def changes(self, typed: Typed, sheets: Iterable[str]) -> Iterator[tuple[str, Place, Value]]:
        """Yield each value on some sheets that changes with something else in some inputs.

        To stop at the first one takes a fraction of the time of all values.
        """
        before = {(sheet, at): self._book.get_value(sheet, *at) for sheet, at in typed}
        self._put(typed)
        try:
            self._book.evaluate_all()
            for sheet in sheets:
                for at, held in self.base[sheet].items():
                    value = engine.value_of(self._book.get_value(sheet, *at))
                    if value != held:
                        yield sheet, at, value
        finally:
            self._put(before)

    def enter_again(self, places: Iterable[tuple[str, Place]]) -> None:
        """Have some formulas calculated again, because what they call has changed."""
        for sheet, at in places:
            self._book.set_formula(sheet, *at, self._texts[sheet, at])

    def is_result(self, sheet: str, at: Place) -> bool:
        """Tell whether a cell has a formula, or is filled by one."""
        return (sheet, at) in self._first or at in self.formulas[sheet]

    def _put(self, typed: Typed) -> None:
        for (sheet, at), held in typed.items():
            number = to_excel(held) if isinstance(held, datetime) else held
            self._book.set_value(sheet, *at, float(number) if isinstance(number, int) else number)

    def _type_over(self, results: Typed) -> set[tuple[str, Place]]:
        """Type over results, and return the cells of the formulas that gave them."""
        formulas = {(sheet, self._first.get((sheet, at), at)) for sheet, at in results}
        for sheet, at in formulas:
            block = cells(self.formulas[sheet][at].ref or address(*at))
            rows: dict[int, list[Any]] = {}
            for row, column in block:
                held = results[sheet, (row, column)]
                error = {"type": "Error", "kind": "Na"}
                rows.setdefault(row, []).append(error if held == ERROR else held)
            self._blocks.append([*rows.values()])
            self._book.set_formula(sheet, *at, f"={TYPED}({len(self._blocks) - 1})")
        return formulas

    def _shown(self) -> Values:
        self._book.evaluate_all()
        filled = {name: sheet.filled for name, sheet in self._package.sheets.items()}
        raw = engine.raw_values(self._book, filled)
        if faults := engine.faults(self._book, self.formulas, raw):
            raise EvaluationError(str(faults))
        return {
            sheet: {at: engine.value_of(value) for at, value in of_sheet.items()}
            for sheet, of_sheet in raw.items()
        }


@lru_cache(maxsize=8)
def kept(file: bytes, still: frozenset[str] = frozenset()) -> Live:
    """Return a workbook in the engine, the same one to all tests that ask for it."""
    return Live(file, still)
