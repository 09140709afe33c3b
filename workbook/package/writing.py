"""An openpyxl workbook as a package whose rows are written as text, once they have their values.

openpyxl builds each cell as elements, which takes longer than everything else that it writes; and
it keeps 16 digits of numbers, while some need 17.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from openpyxl import Workbook
from openpyxl.comments.comment_sheet import CommentRecord
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.writer.excel import ExcelWriter

from workbook.package.archive import escaped_text, read, spaced, zipped
from workbook.package.cells import ErrorValue, Formula, Place, Value, Values, cells, number_text
from workbook.package.package import Package, Sheet


def packed(workbook: Workbook) -> bytes:
    """Write a workbook of numbers, text, booleans, dates, errors and formulas.

    Parameters
    ----------
    workbook : openpyxl.Workbook

    Returns
    -------
    bytes
        An .xlsx file, not compressed, in which no formula has a value.
    """
    return zipped(Draft(workbook).current(), zipfile.ZIP_STORED)


class Draft(Package):
    """The same workbook as a package, whose sheets get their rows when it is written."""

    def __init__(self, workbook: Workbook) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            writer = _Writer(workbook, archive, self)
            writer.write_data()
        super().__init__(read(file.getvalue()))
        self._drafts = writer.drafts
        #: What was written; changes of it are in none of the parts, and it can be written again.
        self.workbook = workbook

    @cached_property
    def sheets(self) -> dict[str, DraftSheet]:  # type: ignore[override]
        """The worksheets by their names, in the order of the file."""
        return {name: self._drafts[sheet.part] for name, sheet in super().sheets.items()}

    def know(self, values: Values) -> None:
        """Take values for formulas that may be left when the workbook is evaluated."""
        for name, of_sheet in values.items():
            self.sheets[name].hold(of_sheet, {})

    def current(self) -> dict[str, bytes]:
        """Give the parts, with the values that formulas have by now."""
        return self._filled(super().current(), formulas=True)

    def without_formulas(self) -> bytes:
        """Give the file of what was typed."""
        return zipped(self._filled(self.parts, formulas=False), zipfile.ZIP_STORED)

    def _filled(self, parts: dict[str, bytes], *, formulas: bool) -> dict[str, bytes]:
        return parts | {
            part: sheet.rows(formulas=formulas).join(_SHEET_DATA.split(parts[part], 1))
            for part, sheet in self._drafts.items()
        }


class DraftSheet(Sheet):
    """A worksheet of openpyxl: its cells as text, with places for the values of formulas."""

    def __init__(self, package: Package, part: str, worksheet: Any) -> None:
        super().__init__(package, part, worksheet.title)
        self.formulas: dict[Place, Formula] = {}
        self._typed: dict[Place, Value] = {}
        #: The text of each cell; or its start and its formula, if a value may follow.
        self._cells: dict[Place, str | tuple[str, str]] = {}
        self._rows: list[tuple[str, list[Place]]] = []
        self._values: Mapping[Place, Value] = {}
        self._held: Mapping[Place, tuple[str, str]] = {}
        styles: dict[bytes, str] = {}
        arrays = (c._value for c in worksheet._cells.values() if isinstance(c._value, ArrayFormula))
        self._inside = {at for array in arrays for at in cells(array.ref)}
        heights = worksheet.row_dimensions
        rows: dict[int, list[Place]] = {number: [] for number in heights}
        for at, cell in sorted(worksheet._cells.items()):
            row = rows.setdefault(at[0], [])
            if self._keep(at, cell, styles):
                row.append(at)
        for number, places in sorted(rows.items()):
            stated = dict(heights.get(number, {}))
            attributes = "".join(f' {name}="{text}"' for name, text in stated.items())
            self._rows.append((f'<row r="{number}"{attributes}', places))

    def _keep(self, at: Place, cell: Any, styles: dict[bytes, str]) -> bool:
        """Keep a cell, unless it is empty, has no style, and no array formula fills it."""
        value, kind, style = cell._value, cell.data_type, _style(cell, styles)
        start = f'<c r="{cell.coordinate}"{style}'
        if isinstance(value, ArrayFormula):
            self.formulas[at] = formula = Formula((value.text or "")[1:], value.ref)
            text = escaped_text(formula.text)
            self._cells[at] = start, f'<f t="array" ref="{value.ref}">{text}</f>'
        elif kind == "f":
            self.formulas[at] = formula = Formula(value[1:])
            self._cells[at] = start, f"<f>{escaped_text(formula.text)}</f>"
        elif value is None or value == "":
            if value is None and not style and at not in self._inside:
                return False
            self._cells[at] = start, ""
        elif kind == "s":
            self._typed[at] = value
            text = f"<is><t{spaced(value)}>{escaped_text(value)}</t></is>"
            self._cells[at] = f'{start} t="inlineStr">{text}</c>'
        elif kind == "e":
            self._typed[at] = ErrorValue(value)
            self._cells[at] = f'{start} t="e"><v>{escaped_text(value)}</v></c>'
        elif kind == "b":
            self._typed[at] = value
            self._cells[at] = f'{start} t="b"><v>{value:d}</v></c>'
        else:
            number = to_excel(value) if kind == "d" else value  # type: ignore[no-untyped-call]
            self._typed[at] = float(number)
            self._cells[at] = f"{start}><v>{number_text(number)}</v></c>"
        return True

    @property
    def places(self) -> Collection[Place]:
        """The rows and columns of the cells that the sheet has."""
        return self._cells

    def value(self, at: Place) -> Value:
        """Return the value of a cell; None if it is empty."""
        return self._values.get(at, self._typed.get(at))

    def style(self, at: Place) -> int:
        """Return the number of a cell's style."""
        kept = self._cells.get(at, "")
        found = _STYLE.match(kept if isinstance(kept, str) else kept[0])
        return int(found[1]) if found else 0

    def hold(self, values: Mapping[Place, Value], held: Mapping[Place, tuple[str, str]]) -> None:
        """Take the values of formulas, and the type and the text of each."""
        self._values, self._held = values, held

    def rows(self, *, formulas: bool) -> bytes:
        """Give the text of the rows: with formulas, and the values that they have, or without."""
        found = ["<sheetData>"]
        for start, places in self._rows:
            found.append(f"{start}>" if places else f"{start} />")
            for at in places:
                cell = self._cells[at]
                if isinstance(cell, tuple):
                    start, inside = cell
                    attributes, value = self._valued(at) if formulas else ("", "")
                    inside = inside + value if formulas else ""
                    end = f">{inside}</c>" if inside else " />"
                    cell = f"{start}{attributes}{end}"
                found.append(cell)
            if places:
                found.append("</row>")
        found.append("</sheetData>")
        return "".join(found).encode()

    def _valued(self, at: Place) -> tuple[str, str]:
        """Give the attributes and the element of a value; both are empty where there is none."""
        if at not in self._held:
            return "", ""
        kind, text = self._held[at]
        # An array formula with a value is a dynamic array.
        array = ' cm="1"' if at in self.formulas and self.formulas[at].ref else ""
        if not kind:
            return array, ""
        if kind == "n":
            return array, f"<v>{text}</v>"
        value = f"<v{spaced(text)}>{escaped_text(text)}</v>" if text else "<v />"
        return f'{array} t="{kind}"', value


class _Writer(ExcelWriter):
    """Writes sheets in memory and without their rows, without temporary files."""

    _archive: zipfile.ZipFile

    def __init__(self, workbook: Workbook, archive: zipfile.ZipFile, package: Package) -> None:
        super().__init__(workbook, archive)
        self._package = package
        #: The sheets by their parts.
        self.drafts: dict[str, DraftSheet] = {}

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        for cell in [c for c in ws._cells.values() if isinstance(c._value, ArrayFormula)]:
            for at in cells(cell._value.ref):
                ws.cell(*at)
        out = io.BytesIO()
        writer: Any = _SheetWriter(ws, out)
        writer.write()
        ws._rels = writer._rels
        part = ws.path[1:]
        self._archive.writestr(part, out.getvalue())
        self.drafts[part] = DraftSheet(self._package, part, ws)
        self.manifest.append(ws)


class _SheetWriter(WorksheetWriter):
    """Leaves the rows empty, to be filled later."""

    def write_rows(self) -> None:
        sheet: Any = self.ws
        stream: Any = self.xf
        linked = [cell for cell in sheet._cells.values() if cell.hyperlink]
        linked.sort(key=lambda cell: (cell.row, cell.column))
        sheet._hyperlinks = [cell.hyperlink for cell in linked]
        remarked = sorted((at, cell) for at, cell in sheet._cells.items() if cell.comment)
        sheet._comments = [CommentRecord.from_cell(cell) for _, cell in remarked]
        with stream.send(True).element("sheetData"):
            pass
        stream.send(None)

    def write_format(self) -> None:
        # Writing the columns sets it, so that a workbook that is written again would differ.
        self.ws.column_dimensions.max_outline = None  # type: ignore[union-attr]
        super().write_format()


_SHEET_DATA = re.compile(rb"<sheetData\s*/>|<sheetData></sheetData>")
_STYLE = re.compile(r'<c r="\w+" s="(\d+)"')


def _style(cell: Any, known: dict[bytes, str]) -> str:
    """Give the attribute of a cell's style; empty for a cell without one."""
    if cell._style is None:
        return ""
    key = cell._style.tobytes()
    if key not in known:
        known[key] = f' s="{cell.style_id}"' if cell.has_style else ""
    return known[key]
