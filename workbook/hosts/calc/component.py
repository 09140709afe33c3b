"""The add-in inside LibreOffice: passes each call to a worker process and returns its answer.

It runs in Calc's own Python, whose version and packages we cannot choose, so it imports only the
standard library, and `supervisor`, which has another name in the extension.
`workbook.hosts.libreoffice` puts both into it, together with a `settings.json` that lists the
functions and names the worker's Python. Nothing here depends on a particular function.
"""

from __future__ import annotations

import importlib
import json
import os
import struct
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbook.hosts.calc.supervisor import Worker

#: The UNO service that Calc creates, and the interface with a method for each function.
SERVICE = "offtake.AddIn"
INTERFACE = "offtake.XFunctions"

#: The name of `supervisor` in the extension, among the modules of Calc's Python.
SUPERVISOR = "offtake_supervisor"

#: The function that says why a cell fails. It gets the cell itself, where others get values.
WHY = "OFFTAKE_WHY"

#: Selects a Python for the worker other than the one that made the extension.
PYTHON_VARIABLE = "OFFTAKE_PYTHON"

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

#: Calc's number for formulas as Excel's files have them, and for cells that hold a formula.
EXCEL_FORMULAS, FORMULAS = 3, 16


def error(text: str) -> float:
    """Return an error as Calc expects it: a NaN that contains the error's code."""
    code = ERROR_CODES.get(text, ERROR_CODES["#VALUE!"])
    number: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8 << 48 | code))[0]
    return number


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

    def begin(self: Any, context: Any) -> None:
        worker.found = lambda: recalculate_later(context)

    methods = {method_name(name): method(name, returns) for name, returns in functions.items()}
    methods[method_name(WHY)] = lambda self, document, cells: why(document, cells, worker)
    methods["__init__"] = begin
    return type("AddIn", (unohelper.Base, uno.getClass(INTERFACE)), methods)


def why(document: Any, cells: Any, worker: Worker) -> Any:
    """Ask the worker why the calls in a cell fail, and give it what the formula refers to.

    Parameters
    ----------
    document : com.sun.star.sheet.SpreadsheetDocument
        The document of the cell that asks.
    cells : com.sun.star.table.XCellRange
        The cell to explain.
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
    entered = cell.getFormula()
    if not entered.startswith(("=", "{=")):
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
        return areas["reason"]
    held = [
        [name, *_held(document.Sheets.getByName(name), *area)] for name, *area in areas["value"]
    ]
    shown = [bool(cell.getError()), entered.startswith("{")]
    said = worker.call(WHY, [*asked, held, *shown])
    return said["reason"] if "error" in said else said["value"]


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


def recalculate_later(context: Any) -> None:
    """Have Calc recalculate every open document that calls our functions, in its own thread.

    Calc cannot be asked to calculate single cells, and a cell that hides an error shows none.
    """
    uno, unohelper = importlib.import_module("uno"), importlib.import_module("unohelper")

    def create(name: str) -> Any:
        return context.ServiceManager.createInstanceWithContext(name, context)

    def notify(self: Any, data: Any) -> None:
        for document in create("com.sun.star.frame.Desktop").Components:
            if _calls_us(document):
                document.calculateAll()

    interface = uno.getClass("com.sun.star.awt.XCallback")
    callback = type("Recalculation", (unohelper.Base, interface), {"notify": notify})()
    create("com.sun.star.awt.AsyncCallback").addCallback(callback, None)


def _calls_us(document: Any) -> bool:
    """Return whether a name or a cell of a document has a formula that calls our functions."""
    if not hasattr(document, "calculateAll"):
        return False
    named = (name.Content for name in document.NamedRanges)
    entered = (
        formula
        for sheet in document.Sheets
        for area in sheet.queryContentCells(FORMULAS)
        for row in area.getFormulaArray()
        for formula in row
    )
    return any(SERVICE.upper() in formula.upper() for formula in chain(named, entered))


def getComponentFactory(name: str, manager: Any, key: Any) -> Any:  # noqa: N802
    """Return the add-in's factory; LibreOffice's loader of Python components calls this."""
    settings = json.loads(Path(__file__).with_name("settings.json").read_text("utf-8"))
    python = os.environ.get(PYTHON_VARIABLE) or settings["python"]
    supervisor = importlib.import_module(SUPERVISOR)
    worker = supervisor.Worker(supervisor.worker_command(python))
    made = addin_class(settings["functions"], worker)
    helper = importlib.import_module("unohelper").ImplementationHelper()
    helper.addImplementation(made, SERVICE, (SERVICE,))
    return helper.getComponentFactory(name, key, manager)
