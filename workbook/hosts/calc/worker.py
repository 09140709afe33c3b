"""The worker: answers the calls of cells in Calc from the catalogue, under the project's Python.

A line of JSON comes in, ``["DILUTED_SHARES", [185.0, [["Security", ...], ...]]]``, and a line goes
out: ``{"value": ...}``, or ``{"error": "#VALUE!", "reason": "price must be ..."}``. It speaks over
standard input and output alone, and ends when its input does. The names of functions are looked up
and arguments are data: nothing that comes in is ever evaluated.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

from model.errors import InputError
from workbook import arguments
from workbook.functions import CATALOGUE


def answer(line: bytes) -> str:
    """Answer one line; whatever it holds, the answer is a line."""
    try:
        name, given = json.loads(line)
        function = CATALOGUE.get(name)
        if function is None:
            return _told("#NAME?", f"there is no function {name!r}")
        found = function.call(*given)
        if isinstance(found, list):
            return json.dumps({"value": [[_cell(c) for c in row] for row in found]})
        return json.dumps({"value": _cell(found)})
    except InputError as refusal:
        return _told(arguments.EXCEL_ERRORS[refusal.reason], str(refusal))
    except Exception as defect:
        return _told("#VALUE!", f"{type(defect).__name__}: {defect}")


def _told(error: str, reason: str) -> str:
    return json.dumps({"error": error, "reason": reason})


def _cell(value: Any) -> float | str:
    """Give a cell as Calc takes it from an add-in: a number or text."""
    plain = arguments.cell(value)
    if isinstance(plain, date):
        moment = plain if isinstance(plain, datetime) else datetime.combine(plain, time())
        return (moment - datetime.combine(arguments.DAY_ZERO, time())) / timedelta(days=1)
    # Whole numbers and truth values too: Calc tells them by the cell's format.
    return plain if isinstance(plain, str) else float(plain)


def main() -> None:
    """Answer until the input ends."""
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        answers.write(answer(line) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
