"""The line at the top of every sheet: whether the checks pass, or where the values come from.

Without the functions, a spreadsheet shows the values stored in the file, and any cell that it
recalculates becomes an error. So the line first calls a function. It is recalculated whenever the
file is opened, because it uses today's date; and its stored value is correct in a
program that does not calculate.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime

from workbook.package.cells import Place, Value, Values

#: The sheet that comes first, to which every other one leads back.
FRONT = "Dashboard"
#: The sheet that the lines are from, and how the one below the master check names it.
CHECKS = "Checks and warnings"
SEE = f"see {CHECKS}"
#: How the line begins that has the value of another scenario than the base.
SCENARIO = "Scenario "
#: The line's cell on every sheet.
STATUS: Place = (3, 1)
#: The cell below it: the value per share, the share price, and how many warnings there are.
SUMMARY: Place = (4, 1)
#: The cell above the line, which leads to the cell at fault; and, on Checks alone, its target.
LINK: Place = (2, 1)
TARGET: Place = (2, 7)
#: A number if the functions answer, and text if they do not.
ANSWER = 'IFERROR(DCF_TERMINAL_MULTIPLE(1,1)*TODAY(),"")'

#: The line of a workbook that was not recalculated, and its date.
_AS_BUILT = "Values as built on {}; install Offtake to recalculate"
_DATE = r"\d{1,2} [A-Z][a-z]+ \d{4}"
_DATED = re.compile(_AS_BUILT.format(_DATE))


def as_built(day: date) -> str:
    """Return the line for a workbook whose values are those of the build."""
    return _AS_BUILT.format(f"{day.day} {day:%B %Y}")


def is_as_built(at: Place, held: Value) -> bool:
    """Return whether a cell is the line and shows that the values are those of the build."""
    return at == STATUS and isinstance(held, str) and _DATED.fullmatch(held) is not None


def undated(text: str) -> str:
    """Return a text of a formula; the line without its date, which differs between builds."""
    return f'"{_AS_BUILT.format("...")}"' if _DATED.fullmatch(text[1:-1]) else text


def put_as_built(values: Values, day: date) -> None:
    """Make the line on every sheet show that the values are those of the build."""
    for of_sheet in values.values():
        if STATUS in of_sheet:
            of_sheet[STATUS] = as_built(day)


def today() -> date:
    """Return the date of a build, or SOURCE_DATE_EPOCH's if set, for reproducible builds."""
    return now().date()


def now() -> datetime:
    """Return the minute of a change, or SOURCE_DATE_EPOCH's if set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.now() if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    return moment.replace(second=0, microsecond=0, tzinfo=None)
