"""A workbook kept in the headless engine, for changes that are each undone.

To evaluate a file takes most of its time to read it. Here it is read once, inputs are put into
cells, and the engine calculates what depends on them. What this shows must be what the file with
the same inputs shows when it is evaluated from the start; tests that use it compare some of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import formualizer
from openpyxl.utils.datetime import to_excel

from workbook.hosts import headless
from workbook.package.cells import Place, Values, address
from workbook.package.package import Package
from workbook.refusal import CALLABLE

#: What is put into each of some cells: a number, a text, a date, or None to clear it.
Typed = Mapping[tuple[str, Place], Any]


class Live:
    """A workbook in the engine."""

    def __init__(self, file: bytes) -> None:
        self._package = Package.opened(file)
        self.formulas = self._package.formulas
        self._book = formualizer.load_workbook_bytes(self._package.without_formulas())
        self._book.set_temporal_egress("serial")
        for function in CALLABLE.values():
            call = headless._callback(function, [])
            self._book.register_function(function.name, call, max_args=len(function.parameters))
        headless.enter(self._book, self.formulas, self._package.all_names)
        self.base = self._shown()

    def values(self, typed: Typed) -> Values:
        """Return every value with other inputs in some cells."""
        before = {(sheet, at): self._book.get_value(sheet, *at) for sheet, at in typed}
        self._put(typed)
        try:
            return self._shown()
        finally:
            self._put(before)

    def _put(self, typed: Typed) -> None:
        for (sheet, at), held in typed.items():
            number = to_excel(held) if isinstance(held, datetime) else held
            self._book.set_value(sheet, *at, float(number) if isinstance(number, int) else number)

    def _shown(self) -> Values:
        self._book.evaluate_all()
        raw = {
            name: {at: self._book.get_value(name, *at) for at in sheet.filled}
            for name, sheet in self._package.sheets.items()
        }
        faults = [
            f"{sheet}!{address(*at)} {fault}"
            for sheet, of_sheet in self.formulas.items()
            for at, formula in of_sheet.items()
            if (
                fault := headless._fault(
                    formula, raw[sheet][at], headless._extent(self._book, sheet, at)
                )
            )
        ]
        if faults:
            raise headless.EvaluationError("\n".join(faults))
        return {s: {at: headless._value(v) for at, v in of.items()} for s, of in raw.items()}
