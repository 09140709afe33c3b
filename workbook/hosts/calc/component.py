"""The add-in inside LibreOffice: passes each call to a worker process and returns its answer.

It runs in Calc's own Python, whose version and packages we cannot choose, so it imports only the
standard library. `workbook.hosts.libreoffice` puts it into the extension, together with a
`settings.json` that lists the functions and names the worker's Python. Nothing here depends on a
particular function.
"""

from __future__ import annotations

import importlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

#: The UNO service that Calc creates, and the interface with a method for each function.
SERVICE = "offtake.AddIn"
INTERFACE = "offtake.XFunctions"

#: The function that says why a cell fails. It gets the cell itself, where others get values.
WHY = "OFFTAKE_WHY"

#: Selects a Python for the worker other than the one that made the extension.
PYTHON_VARIABLE = "OFFTAKE_PYTHON"

#: What a cell shows when no worker answers: as in Excel, the function is missing.
UNAVAILABLE = "#NAME?"

#: Seconds before a worker that did not start is tried again; otherwise every cell would wait.
PATIENCE = 5.0

#: Calc's numbers for Excel's errors.
ERROR_CODES = {
    "#NULL!": 521,
    "#DIV/0!": 532,
    "#VALUE!": 519,
    "#REF!": 524,
    "#NAME?": 525,
    "#NUM!": 503,
    "#N/A": 32767,
}
_ERRORS = {code: text for text, code in ERROR_CODES.items()}

#: Calc's number for formulas as Excel's files have them.
EXCEL_FORMULAS = 3


def error(text: str) -> float:
    """Return an error as Calc expects it: a NaN that contains the error's code."""
    code = ERROR_CODES.get(text, ERROR_CODES["#VALUE!"])
    number: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8 << 48 | code))[0]
    return number


class Worker:
    """A process that answers calls over its own pipes, a line of JSON each way.

    The first call starts it. It is restarted if it has died, or has sent something that is not an
    answer.
    """

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._not_before = 0.0

    def call(self, function: str, arguments: Any) -> dict[str, Any]:
        """Return ``{"value": ...}`` or ``{"error": ..., "reason": ...}``."""
        request = json.dumps([function, arguments]).encode("ascii") + b"\n"
        with self._lock:
            if time.monotonic() >= self._not_before:
                # Twice, because the worker may have died since the last call.
                for _ in range(2):
                    answer = self._ask(request)
                    if answer is not None:
                        return answer
                self._not_before = time.monotonic() + PATIENCE
        return {"error": UNAVAILABLE, "reason": "the worker does not answer"}

    def close(self) -> None:
        """End the process; the next call starts another."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, request: bytes) -> dict[str, Any] | None:
        try:
            if self.process is None:
                self.process = _start(self.command)
            assert self.process.stdin and self.process.stdout
            self.process.stdin.write(request)
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
            if isinstance(answer, dict) and ("value" in answer or "error" in answer):
                return answer
        except (OSError, ValueError):
            pass
        except BaseException:
            # Otherwise the next call would receive this call's answer.
            self.close()
            raise
        self.close()
        return None


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # LibreOffice sets these for its own Python; they would mislead another one.
    hidden = ("PYTHONHOME", "PYTHONPATH")
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        creationflags=0x08000000 if sys.platform == "win32" else 0,  # No console window.
    )


def worker_command(python: str) -> list[str]:
    """Return a worker's command, which never imports from the current folder."""
    return [python, "-E", "-P", "-m", "workbook.hosts.calc.worker"]


def result(answer: dict[str, Any], returns: str) -> Any:
    """Turn a worker's answer into what Calc expects: a cell, or rows of cells."""
    value = error(answer["error"]) if "error" in answer else answer["value"]
    if returns == "number":
        return value
    # Calc shows a single cell in every cell of the array formula.
    rows = value if isinstance(value, list) else [[value]]
    return tuple(tuple(row) for row in rows)


def method_name(function: str) -> str:
    """Return a function's method name: UNO allows no underscores.

    Examples
    --------
    >>> method_name("DILUTED_MARKET_CAP")
    'dilutedMarketCap'
    """
    first, *rest = function.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def addin_class(functions: dict[str, str], worker: Worker) -> type:
    """Make the class of the UNO object, with a method for each function.

    Parameters
    ----------
    functions : dict
        Name of each function -> "number" or "table".
    worker : Worker
        The worker that answers.
    """
    uno, unohelper = importlib.import_module("uno"), importlib.import_module("unohelper")

    def method(name: str, returns: str) -> Any:
        def call(self: Any, *arguments: Any) -> Any:
            return result(worker.call(name, arguments), returns)

        return call

    methods = {method_name(name): method(name, returns) for name, returns in functions.items()}
    methods[method_name(WHY)] = lambda self, document, cells: why(document, cells, worker)
    # UNO passes its context, which nothing here needs.
    methods["__init__"] = lambda self, context: None
    return type("AddIn", (unohelper.Base, uno.getClass(INTERFACE)), methods)


def why(document: Any, cells: Any, worker: Worker) -> Any:
    """Ask the worker why the calls in a cell fail, and give it what the formula refers to.

    Parameters
    ----------
    document : com.sun.star.sheet.SpreadsheetDocument
        The document of the cell that asks.
    cells : com.sun.star.table.XCellRange
        The cell that is asked about.
    worker : Worker
        The worker that answers.
    """
    place = cells.getRangeAddress()
    if (place.StartRow, place.StartColumn) != (place.EndRow, place.EndColumn):
        return f"{WHY} must get one cell, not a range."
    sheet = cells.getSpreadsheet()
    # The formula of an array is in its first cell.
    cursor = sheet.createCursorByRange(cells)
    cursor.collapseToCurrentArray()
    cell = cursor.getCellByPosition(0, 0)
    if not cell.getFormula().startswith(("=", "{=")):
        return ""
    parser = document.createInstance("com.sun.star.sheet.FormulaParser")
    parser.CompileEnglish, parser.FormulaConvention = True, EXCEL_FORMULAS
    at = cell.getCellAddress()
    start = importlib.import_module("uno").createUnoStruct("com.sun.star.table.CellAddress")
    names = {
        name.Name: parser.printFormula(name.getTokens(), start)
        for named in (document.NamedRanges, sheet.NamedRanges)
        for name in named
    }
    formula = parser.printFormula(cell.getTokens(), at)
    asked = [sheet.Name, at.Row + 1, at.Column + 1, formula, names]
    areas = worker.call(WHY, asked)
    if "error" in areas:
        return result(areas, "number")
    held = [
        [name, *_held(document.Sheets.getByName(name), *area)] for name, *area in areas["value"]
    ]
    return result(worker.call(WHY, [*asked, held, bool(cell.getError())]), "number")


def _held(sheet: Any, top: int, left: int, bottom: int, right: int) -> tuple[int, int, Any]:
    """Return the first row and column of an area, and its rows up to the last that is used."""
    used = sheet.createCursor()
    used.gotoEndOfUsedArea(False)
    last = used.getRangeAddress()
    bottom, right = min(bottom, last.EndRow + 1), min(right, last.EndColumn + 1)
    if bottom < top or right < left:
        return top, left, []
    block = sheet.getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1)
    rows = [
        # Of an error there is no value.
        [{"error": _ERRORS.get(block.getCellByPosition(j, i).getError(), "#VALUE!")}
         if value is None else value for j, value in enumerate(row)]
        for i, row in enumerate(block.getDataArray())
    ]  # fmt: skip
    return top, left, rows


def getComponentFactory(name: str, manager: Any, key: Any) -> Any:  # noqa: N802
    """Return the add-in's factory; LibreOffice's loader of Python components calls this."""
    settings = json.loads(Path(__file__).with_name("settings.json").read_text("utf-8"))
    python = os.environ.get(PYTHON_VARIABLE) or settings["python"]
    made = addin_class(settings["functions"], Worker(worker_command(python)))
    helper = importlib.import_module("unohelper").ImplementationHelper()
    helper.addImplementation(made, SERVICE, (SERVICE,))
    return helper.getComponentFactory(name, key, manager)
