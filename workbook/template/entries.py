"""What may be typed in a cell: its kind and bounds, and the prompts for them.

A cell of inputs gets its entry from the declaration of what is typed in it. A spreadsheet shows
the prompt when the cell is selected, and refuses anything else with a title and a message.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation

from model.case.declared import FIRST_DAY, LAST_DAY, NAME_LENGTH, within
from model.errors import InputError, shown
from model.fields import Field

Kind = Literal["decimal", "whole", "date", "text", "list"]

#: The most characters that Excel accepts in a title, a message, and a list of names.
TITLE_LENGTH, MESSAGE_LENGTH, LIST_LENGTH = 32, 255, 255
#: Bounds if a declaration sets none.
LARGEST = 1e15
PERCENT = "9% is typed as 9% or 0.09."


@dataclass(frozen=True)
class Entry:
    """What may be typed in a cell; for a text, the bounds are those of its length.

    Parameters
    ----------
    kind : {"decimal", "whole", "date", "text", "list"}
    title : str
        Head of the prompt and of the message.
    low, high : float or date
        Smallest and largest value.
    meaning : str
        Text of the prompt before the bounds.
    choices : tuple of str
        The names of a list.
    blank : bool
        Whether the cell may be left empty.
    """

    kind: Kind
    title: str
    low: float | date = -math.inf
    high: float | date = math.inf
    meaning: str = ""
    choices: tuple[str, ...] = ()
    blank: bool = False

    @property
    def expected(self) -> str:
        """Describe what is accepted, as the rest of the sentence "Type ..."."""
        if self.kind == "list":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "text":
            return f"a text of {_plain(self.low)} to {_plain(self.high)} characters"
        if self.kind == "date":
            return f"a date from {_plain(self.low)} to {_plain(self.high)}"
        noun = "a whole number" if self.kind == "whole" else "a number"
        return f"{noun} from {_plain(self.low)} to {_plain(self.high)}"

    def check(self, path: str, value: object) -> None:
        """Refuse a case's value that its own cell would refuse.

        Raises
        ------
        InputError
            For a value of another kind, or outside the bounds.
        """
        if value is None and self.blank:
            return
        size = len(value) if self.kind == "text" and isinstance(value, str) else value
        fits = (
            value in self.choices
            if self.kind == "list"
            else isinstance(size, date if self.kind == "date" else int | float)
            and self.low <= size <= self.high  # type: ignore[operator]
            and (self.kind != "whole" or float(size).is_integer())  # type: ignore[arg-type]
        )
        if not fits:
            raise InputError(path, f"must be {self.expected}, not {shown(value)}")

    def holds(self, cell: str) -> str:
        """Give 1 or 0, as a formula, for whether a cell of numbers or names holds what is accepted.

        A paste, or a cell that is cleared, passes the spreadsheet's own rule.
        """
        if self.choices:
            return "+".join(f'({cell}="{choice}")' for choice in self.choices)
        low, high = map(_written, (self.low, self.high))
        return f"IF(ISNUMBER({cell}),({cell}>={low})*({cell}<={high}),0)"

    def validation(self, cells: Iterable[str]) -> DataValidation:
        """Return the validation rule for some cells."""
        blank = ", or leave it empty" if self.blank else ""
        return DataValidation(
            type="textLength" if self.kind == "text" else self.kind,
            operator="between" if self.kind != "list" else None,
            formula1=f'"{",".join(self.choices)}"' if self.choices else _written(self.low),
            formula2=None if self.choices else _written(self.high),
            allow_blank=self.blank,
            showInputMessage=True,
            promptTitle=_cut(self.title, TITLE_LENGTH),
            prompt=_cut(f"{self.meaning} Type {self.expected}{blank}.".strip(), MESSAGE_LENGTH),
            showErrorMessage=True,
            errorStyle="stop",
            errorTitle=_cut(self.title, TITLE_LENGTH),
            error=_cut(f"Type {self.expected}{blank}.", MESSAGE_LENGTH),
            sqref=" ".join(cells),
        )


def of(field: Field, *, blank: bool = False) -> Entry:
    """Return the entry of a declared value, within its own bounds and its unit's."""
    title, meaning = field.header or field.name, field.meaning
    if field.choices:
        return Entry("list", title, meaning=meaning, choices=tuple(field.choices), blank=blank)
    if field.kind == "text":
        return Entry("text", title, 1, NAME_LENGTH, meaning, blank=blank)
    if field.kind == "date":
        return Entry("date", title, FIRST_DAY, LAST_DAY, meaning, blank=blank)
    bounded = within(field)
    return Entry(
        "whole" if field.kind == "whole" else "decimal",
        title,
        max(bounded.low, bounded.above, -LARGEST),
        min(bounded.high, bounded.below, LARGEST),
        f"{meaning} {PERCENT}".strip() if field.unit == "fraction" else meaning,
        blank=blank,
    )


def _plain(value: float | date) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else f"{value:,.15g}"


def _written(value: float | date) -> str:
    number: float = to_excel(value) if isinstance(value, date) else value  # type: ignore[no-untyped-call]
    return f"{number:.15G}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
