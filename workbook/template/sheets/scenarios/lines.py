"""What the parts of the sheet share: its columns, its notes, and how inputs are shown."""

from __future__ import annotations

import numpy as np

from model.fields import Field
from model.uncertainty.changes import Business, moves, stated
from workbook.template.labels import quoted
from workbook.template.layout import Book, Page
from workbook.template.rows import FIRST, LABEL
from workbook.template.sheets.dcf.lines import business

TITLE = "Scenarios and sensitivity"
#: Values on either side of the case.
SIDES = 3
COUNT = 2 * SIDES + 1
#: Columns after the values: what the case has, and the step.
OWN, STEP = range(FIRST + COUNT, FIRST + COUNT + 2)
#: Fractions are percentages, and what is moved has a sign; numbers beyond these are no fractions.
PERCENT, MOVED, NUMBER, LARGEST = "0.0%_)", "+0.0%_);-0.0%_);0.0%_)", "#,##0.0##_)", 1.5
#: Numbers at the ends of bars; no change has none.
LABELS = '+#,##0.0;-#,##0.0;""'


def note(page: Page, text: str) -> None:
    """Write a note across the page."""
    page.put(page.row, LABEL, text, "calc_note")
    page.fit(text, LABEL, STEP - LABEL + 1)
    page.merge(page.row, LABEL, STEP)
    page.row += 1


def last_arguments(book: Book) -> tuple[str, str]:
    """Give what is contracted, and the end of a call: the output by default, and the plant."""
    contracted, _, plant = business(book).removeprefix(",").partition(",")
    return contracted or quoted(""), f',"",{plant}' if plant else ""


def input_of(of: Business, name: str) -> tuple[Field, bool, bool]:
    """Return an input's declaration, whether it is moved, and whether 0 is the case."""
    found = stated(of, name, TITLE)
    field, value = found[0]
    moved = moves(found, name)
    return field, moved, moved or bool(np.all(value == 0))


def form_of(of: Business, name: str) -> str:
    """Return the number format of an input's values: with a sign where 0 is the case."""
    field, moved, zero = input_of(of, name)
    if field.unit != "fraction" and not (moved and field.unit == "ratio"):
        return NUMBER
    return MOVED if zero else PERCENT
