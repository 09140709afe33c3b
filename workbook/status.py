"""The line at the top of every sheet: whether the checks pass, or whose values the cells show.

Where the functions are missing, a spreadsheet shows the values that the file holds, and what it
calculates after a change is an error. So the line asks a function first. It is calculated whenever
a file is opened, because it asks for the day too; and what the file itself holds for it is what is
true of a program that calculates nothing.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

from workbook.package.cells import Place, Value, Values

#: Where the line stands on every sheet.
STATUS: Place = (3, 1)
#: A number where the functions answer, and a text where they do not.
ANSWER = 'IFERROR(DCF_TERMINAL_MULTIPLE(1,1)*TODAY(),"")'

_AS_BUILT = "Values as built on "


def as_built(day: date) -> str:
    """Say whose values a workbook shows where nothing calculates them."""
    return f"{_AS_BUILT}{day.day} {day:%B %Y}; install Offtake to recalculate"


def is_as_built(at: Place, held: Value) -> bool:
    """Tell whether a file holds for a cell that its values are those of the build."""
    return at == STATUS and isinstance(held, str) and held.startswith(_AS_BUILT)


def put_as_built(values: Values, day: date) -> None:
    """Have the line of every sheet say whose values the file holds."""
    for of_sheet in values.values():
        if STATUS in of_sheet:
            of_sheet[STATUS] = as_built(day)


def today() -> date:
    """Return the day of a build: SOURCE_DATE_EPOCH's where it is set, for builds to be repeated."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return date.today() if epoch is None else datetime.fromtimestamp(int(epoch), UTC).date()
