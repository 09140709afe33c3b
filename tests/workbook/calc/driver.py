"""Drives a running Calc, inside any Python that has UNO.

Started by `calc.session` with the name of Calc's pipe. A line of JSON comes in for
each command, ``["open", "file:///..."]``, and one goes out: ``{"value": ...}`` or
``{"error": "..."}``. Standard library only, nothing of the project.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

#: What Calc calls the formats in which it saves.
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8"}

#: What `queryFormulaCells` calls the formulas that give numbers, texts and errors.
NUMBERS, TEXTS, ERRORS = 1, 2, 4

#: The roles of dialogs: of alerts, and of others.
DIALOGS = (1, 12)

#: What `queryContentCells` calls formulas.
FORMULAS = 16


class Driver:
    """One Calc, and the workbook that is open in it."""

    def __init__(self, pipe: str) -> None:
        self.pipe = pipe
        self.uno = importlib.import_module("uno")
        self.context: Any = None
        self.desktop: Any = None
        self.document: Any = None

    def connect(self) -> bool:
        """Tell whether Calc is there, and has been connected to."""
        local = self.uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local
        )
        try:
            self.context = resolver.resolve(
                f"uno:pipe,name={self.pipe};urp;StarOffice.ComponentContext"
            )
        except self.uno.getClass("com.sun.star.connection.NoConnectException"):
            return False
        self.desktop = self._service("com.sun.star.frame.Desktop")
        return True

    def open(self, url: str, hidden: bool) -> None:
        """Open a workbook in place of the one before."""
        self.close()
        options = self._with(Hidden=hidden)
        self.document = self.desktop.loadComponentFromURL(url, "_blank", 0, options)
        if self.document is None:
            raise ValueError(f"Calc cannot open {url}")

    def close(self) -> None:
        """Close the workbook."""
        document, self.document = self.document, None
        if document is not None:
            document.close(True)

    def recalculate(self) -> None:
        """Recalculate every formula, ignoring the file's cached values."""
        self.document.calculateAll()

    def modified(self) -> bool:
        """Tell whether the workbook has changed since it was opened."""
        return bool(self.document.isModified())

    def values(self) -> dict[str, list[list[Any]]]:
        """Return, by sheet, ``[row, column, kind, value]`` of every cell that has a formula."""
        found: dict[str, list[list[Any]]] = {}
        for sheet in self.document.Sheets:
            cells = found.setdefault(sheet.Name, [])
            formulas = sheet.queryContentCells(FORMULAS)
            for kind, which in (("number", NUMBERS), ("text", TEXTS), ("error", ERRORS)):
                for area in formulas.queryFormulaCells(which).RangeAddresses:
                    block = sheet.getCellRangeByPosition(
                        area.StartColumn, area.StartRow, area.EndColumn, area.EndRow
                    )
                    for i, row in enumerate(block.getDataArray()):
                        for j, value in enumerate(row):
                            if kind == "error":
                                value = block.getCellByPosition(j, i).getError()
                            at = [area.StartRow + i + 1, area.StartColumn + j + 1]
                            cells.append([*at, kind, value])
        return found

    def change(self, cells: list[list[Any]]) -> None:
        """Type values into cells, each ``[sheet, row, column, value]``; None empties a cell."""
        for name, row, column, value in cells:
            cell = self.document.Sheets.getByName(name).getCellByPosition(column - 1, row - 1)
            if isinstance(value, str):
                cell.setString(value)
            elif value is None:
                cell.setString("")
            else:
                cell.setValue(value)

    def enter(self, cells: list[list[Any]]) -> None:
        """Enter formulas in Calc's own words, each ``[sheet, row, column, formula]``."""
        for name, row, column, formula in cells:
            sheet = self.document.Sheets.getByName(name)
            sheet.getCellByPosition(column - 1, row - 1).setFormula(formula)

    def insert(self, sheet: str, what: str, first: int, count: int) -> None:
        """Insert rows or columns before the first of them, counted from 1."""
        self._lines(sheet, what).insertByIndex(first - 1, count)

    def remove(self, sheet: str, what: str, first: int, count: int) -> None:
        """Remove rows or columns."""
        self._lines(sheet, what).removeByIndex(first - 1, count)

    def rename(self, sheet: str, title: str) -> None:
        """Rename a sheet."""
        self.document.Sheets.getByName(sheet).setName(title)

    def delete(self, sheet: str) -> None:
        """Delete a sheet."""
        self.document.Sheets.removeByName(sheet)

    def copy(self, sheet: str, title: str, place: int) -> None:
        """Copy a sheet, under another title, to a place among the sheets."""
        self.document.Sheets.copyByName(sheet, title, place)

    def sort(self, sheet: str, area: str, column: int) -> None:
        """Sort a range, with a header row, by one of its columns, counted from 0, downwards."""
        field = self.uno.createUnoStruct("com.sun.star.table.TableSortField")
        field.Field, field.IsAscending = column, False
        fields = self.uno.Any("[]com.sun.star.table.TableSortField", (field,))
        cells = self.document.Sheets.getByName(sheet).getCellRangeByName(area)
        cells.sort(self._with(SortFields=fields, ContainsHeader=True))

    def merge(self, sheet: str, area: str) -> None:
        """Merge cells."""
        self.document.Sheets.getByName(sheet).getCellRangeByName(area).merge(True)

    def _lines(self, sheet: str, what: str) -> Any:
        found = self.document.Sheets.getByName(sheet)
        return {"rows": found.Rows, "columns": found.Columns}[what]

    def sheets(self) -> list[str]:
        """Return the names of the sheets, in order."""
        return list(self.document.Sheets.ElementNames)

    def names(self) -> dict[str, str]:
        """Return the reference of each of the workbook's names."""
        return {name.Name: name.Content for name in self.document.NamedRanges}

    def selected(self) -> str:
        """Return the cells that are selected in the window."""
        return str(self.document.CurrentController.getSelection().AbsoluteName)

    def seen(self, sheet: str, cell: str) -> str:
        """Return what a cell shows, as text."""
        return str(self.document.Sheets.getByName(sheet).getCellRangeByName(cell).String)

    def dialogs(self) -> dict[str, list[str]]:
        """Return the texts of the open dialogs, by their titles, as a screen reader has them."""
        toolkit = self._service("com.sun.star.awt.Toolkit")
        windows = [toolkit.getTopWindow(n) for n in range(toolkit.getTopWindowCount())]
        contexts = [window.getAccessibleContext() for window in windows]
        return {
            context.getAccessibleName(): list(_texts(context))
            for context in contexts
            if context.getAccessibleRole() in DIALOGS
        }

    def save(self, url: str, suffix: str, password: str = "") -> None:
        """Save a copy in the format of a suffix, encrypted if there is a password."""
        with_password = {"Password": password} if password else {}
        self.document.storeToURL(url, self._with(FilterName=FILTERS[suffix], **with_password))

    def pdf(self, url: str, single_pages: bool) -> None:
        """Export the workbook as PDF: as it prints, or every sheet on one page."""
        options = self.uno.Any(
            "[]com.sun.star.beans.PropertyValue", self._with(SinglePageSheets=single_pages)
        )
        self.document.storeToURL(url, self._with(FilterName="calc_pdf_Export", FilterData=options))

    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the function wizard's description of every function."""
        found = {}
        descriptions = self._service("com.sun.star.sheet.FunctionDescriptions")
        for place in range(descriptions.Count):
            properties = {p.Name: p.Value for p in descriptions.getByIndex(place)}
            found[properties["Name"]] = {
                "description": properties["Description"],
                "category": properties["Category"],
                "arguments": [
                    [a.Name, a.Description, a.IsOptional] for a in properties["Arguments"] or ()
                ],
            }
        return found

    def quit(self) -> None:
        """End Calc."""
        self.close()
        self.desktop.terminate()

    def _service(self, name: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def _with(self, **properties: Any) -> tuple[Any, ...]:
        made = []
        for name, value in properties.items():
            one = self.uno.createUnoStruct("com.sun.star.beans.PropertyValue")
            one.Name, one.Value = name, value
            made.append(one)
        return tuple(made)


def _texts(context: Any) -> Iterator[str]:
    """Give the texts of what is in a window, from top to bottom."""
    text = context.getText() if hasattr(context, "getText") else context.getAccessibleName()
    if text:
        yield text
    for place in range(context.getAccessibleChildCount()):
        child = context.getAccessibleChild(place)
        if child is not None:
            yield from _texts(child.getAccessibleContext())


def main() -> None:
    """Carry out commands until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    driver = Driver(sys.argv[1])
    for line in sys.stdin:
        command, *given = json.loads(line)
        try:
            answer = {"value": getattr(driver, command)(*given)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
