"""Texts that formulas join: none may be longer than a cell holds, as in Excel.

The engine knows no such limit: a column of formulas of which each joins the one above to itself
would take all memory, and end the process.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from workbook.package.cells import Formula
from workbook.package.limits import LIMITS, check

#: The function through which the engine passes what it has joined.
HELD = "TEXT_OF_CELL"
_JOINS = re.compile(r"&|\b(?:REPT|CONCAT|CONCATENATE|TEXTJOIN|SUBSTITUTE|REPLACE)\s*\(", re.I)


class Texts:
    """Passes on what formulas have joined, and counts its characters."""

    def __init__(self) -> None:
        self._characters = 0

    def held(self, formula: Formula) -> Formula:
        """Let a formula that may join texts pass its value."""
        joins = _JOINS.search(formula.text)
        return replace(formula, text=f"{HELD}({formula.text})") if joins else formula

    def passed(self, value: Any) -> Any:
        """Pass a value, or an error in place of a text that no cell holds."""
        if isinstance(value, list):
            return [self.passed(each) for each in value]
        if not isinstance(value, str):
            return value
        self._characters += len(value)
        too_long = len(value) > LIMITS["text"].most or self._characters > LIMITS["texts"].most
        return {"type": "Error", "kind": "Value"} if too_long else value

    def check(self) -> None:
        """Refuse a workbook whose formulas join more than is allowed."""
        check("texts", self._characters)
