"""What may be typed in a cell: its kind and bounds, and what a spreadsheet says about them.

A cell of inputs gets its entry from the unit that it stands in, from the driver's own bounds, or
from a list of names. A spreadsheet shows the prompt when the cell is selected, and refuses
anything else with a title and a message.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation

from model.calendar import LAST_MONTH
from model.errors import InputError, shown
from model.fields import Field

Kind = Literal["decimal", "whole", "date", "text", "list"]

#: The most characters that Excel takes: of a title, of a message, of a list of names.
TITLE_LENGTH, MESSAGE_LENGTH, LIST_LENGTH = 32, 255, 255
#: The longest text that is typed on Inputs; the names of tables and securities are shorter.
TEXT_LENGTH = 255


@dataclass(frozen=True)
class Entry:
    """What may be typed in a cell; for a text, the bounds are those of its length.

    Parameters
    ----------
    kind : {"decimal", "whole", "date", "text", "list"}
    title : str
        Head of the prompt and of the message.
    low, high : float or date
        Least and greatest value.
    meaning : str
        What the prompt says before the bounds.
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
        """Say what is accepted, as the rest of the sentence "Type ..."."""
        if self.kind == "list":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "text":
            return f"a text of {_plain(self.low)} to {_plain(self.high)} characters"
        if self.kind == "date":
            return f"a date from {_plain(self.low)} to {_plain(self.high)}"
        noun = "a whole number" if self.kind == "whole" else "a number"
        return f"{noun} from {_plain(self.low)} to {_plain(self.high)}"

    def check(self, path: str, value: object) -> None:
        """Refuse a value of a case that its own cell would refuse.

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

    def validation(self, cells: Iterable[str]) -> DataValidation:
        """Return the rule for some cells, which refuses what is not accepted."""
        blank = ", or leave it empty" if self.blank else ""
        rule = DataValidation(
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
        )
        for cell in cells:
            rule.add(cell)
        return rule


def _money(title: str, most: float) -> Entry:
    return Entry("decimal", title, -most, most)


#: Beyond these bounds no figure of a company lies: a number there has another unit.
BY_UNIT = {
    "USD m": _money("USD millions", 10_000_000),
    "USD": _money("USD", 10_000_000),
    "m shares": Entry("decimal", "Millions of shares", 0, 1_000_000),
    "fraction": Entry("decimal", "Fraction", -10, 10, "9% is typed as 9% or 0.09."),
    "ratio": Entry("decimal", "Ratio", -100_000, 100_000),
    "years": Entry("decimal", "Years", 0, LAST_MONTH / 12),
    "months": Entry("decimal", "Months", 0, LAST_MONTH),
    "MW": Entry("decimal", "Megawatts", 0, 1_000_000),
    "kW": Entry("decimal", "Kilowatts", 0, 1_000_000),
    "count": Entry("decimal", "Number", 0, 1e15),
    "date": Entry("date", "Date", date(1990, 1, 1), date(2199, 12, 31)),
    "name": Entry("text", "Name", 1, TEXT_LENGTH),
}
#: A part of a whole, such as the share of a balance.
SHARE = replace(BY_UNIT["fraction"], title="Share", low=0, high=1)
#: A rate of interest, of tax, of return.
RATE = replace(BY_UNIT["fraction"], title="Rate a year", low=-1, high=1)
PRICE = replace(BY_UNIT["USD"], title="Price, USD", low=0)
MONTH = Entry("whole", "Month", 1, LAST_MONTH, "Months count from the balance date.")


def choice(title: str, names: Iterable[str]) -> Entry:
    """Return the entry of a cell that holds one of some names."""
    return Entry("list", title, choices=tuple(names))


def of_driver(name: str, driver: Field) -> Entry:
    """Return the entry of a driver's cells, within its own bounds and its unit's."""
    if driver.choices:
        return replace(choice(name, driver.choices), meaning=driver.meaning, blank=True)
    unit = BY_UNIT[driver.unit]
    return Entry(
        "whole" if driver.kind == "whole" else "decimal",
        name,
        driver.low if math.isfinite(driver.low) else unit.low,
        driver.high if math.isfinite(driver.high) else unit.high,
        driver.meaning,
        blank=True,
    )


def _plain(value: float | date) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else f"{value:,.15g}"


def _written(value: float | date) -> str:
    number: float = to_excel(value) if isinstance(value, date) else value  # type: ignore[no-untyped-call]
    return f"{number:.15G}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
