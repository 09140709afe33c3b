"""The worker: answers calls from Calc's cells with the catalogue, in the project's Python.

A line of JSON comes in, ``["DILUTED_SHARES", [185.0, [["Security", ...], ...]]]``, and a line goes
out: ``{"value": ...}``, or ``{"error": "#VALUE!", "reason": "price must be ..."}``. While it
calculates, an empty line goes out every second, so that it is not taken for a process that hangs.
It uses only standard input and output, and ends when its input does. Function names are looked up
and arguments are data: nothing that comes in is ever evaluated.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from threading import Event, Lock, Thread
from time import sleep
from typing import Any

from model.errors import InputError
from workbook import arguments
from workbook.hosts.calc.component import WHY
from workbook.refusal import CALLABLE

#: Seconds between two heartbeats: far less than the time after which one is missed.
BEAT = 1.0


def answer(line: bytes) -> str:
    """Answer one line with one line, whatever it contains."""
    try:
        name, given = json.loads(line)
        if name == WHY:
            return json.dumps({"value": _why(*given)})
        function = CALLABLE.get(name)
        if function is None:
            return _error("#NAME?", f"there is no function {name!r}")
        found = function.call(*map(_given, given))
        if isinstance(found, list):
            return json.dumps({"value": [[_cell(c) for c in row] for row in found]})
        return json.dumps({"value": _cell(found)})
    except InputError as refusal:
        return _error(arguments.EXCEL_ERRORS[refusal.reason], str(refusal))
    except Exception as defect:
        return _error("#VALUE!", f"{type(defect).__name__}: {defect}")


def _why(*asked: Any) -> Any:
    # It needs the engine, which takes as long to start as all else.
    from workbook.hosts.calc.why import why

    return why(*asked)


def _given(value: Any) -> Any:
    """Return an argument as other hosts do: a single cell as its value, a blank cell as None."""
    match value:
        case [[single]]:
            return None if single == "" else single
    return value


def _error(error: str, reason: str) -> str:
    return json.dumps({"error": error, "reason": reason})


def _cell(value: Any) -> float | str:
    """Return a cell as Calc accepts it from an add-in: a number or text."""
    plain = arguments.cell(value)
    if isinstance(plain, date):
        moment = plain if isinstance(plain, datetime) else datetime.combine(plain, time())
        return (moment - datetime.combine(arguments.DAY_ZERO, time())) / timedelta(days=1)
    # Integers and logical values too: in Calc only the cell's format distinguishes them.
    return plain if isinstance(plain, str) else float(plain)


def main() -> None:
    """Answer until the input ends."""
    # What a library prints must not be mistaken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)
    calculating, writing = Event(), Lock()

    def say(line: str) -> None:
        with writing:
            answers.write(line + "\n")
            answers.flush()

    def beat() -> None:
        while calculating.wait():
            sleep(BEAT)
            if calculating.is_set():
                with suppress(OSError):
                    say("")

    Thread(target=beat, daemon=True).start()
    for line in sys.stdin.buffer:
        calculating.set()
        said = answer(line)
        calculating.clear()
        say(said)


if __name__ == "__main__":
    main()
