"""An openpyxl workbook as a file, with the rows of its sheets written as text.

openpyxl builds each cell as elements, which takes longer than everything else that it writes; and
it keeps 16 digits of numbers, while some need 17.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.writer.excel import ExcelWriter

from workbook.package.archive import escaped_text
from workbook.package.cells import number_text


def packed(workbook: Workbook) -> bytes:
    """Write a workbook of numbers, text, booleans, dates and formulas.

    Parameters
    ----------
    workbook : openpyxl.Workbook
        The workbook, without comments.

    Returns
    -------
    bytes
        An .xlsx file, not compressed, in which no formula has a value.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        _Writer(workbook, archive).write_data()
    return file.getvalue()


class _Writer(ExcelWriter):
    """Writes sheets in memory, without temporary files."""

    _archive: zipfile.ZipFile

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        out = io.BytesIO()
        writer: Any = _SheetWriter(ws, out)
        writer.write()
        ws._rels = writer._rels
        rows = "".join(_rows(writer)).encode()
        self._archive.writestr(ws.path[1:], _SHEET_DATA.sub(lambda _: rows, out.getvalue(), 1))
        self.manifest.append(ws)


class _SheetWriter(WorksheetWriter):
    """Leaves the rows empty, to be filled later."""

    def write_rows(self) -> None:
        sheet: Any = self.ws
        stream: Any = self.xf
        linked = [cell for cell in sheet._cells.values() if cell.hyperlink]
        linked.sort(key=lambda cell: (cell.row, cell.column))
        sheet._hyperlinks += [cell.hyperlink for cell in linked]
        with stream.send(True).element("sheetData"):
            pass
        stream.send(None)


_SHEET_DATA = re.compile(rb"<sheetData\s*/>|<sheetData></sheetData>")


def _rows(writer: Any) -> Iterator[str]:
    yield "<sheetData>"
    heights = writer.ws.row_dimensions
    styles: dict[bytes, str] = {}
    for number, row in writer.rows():
        stated = dict(heights.get(number, {}))
        attributes = "".join(f' {name}="{text}"' for name, text in stated.items())
        yield f'<row r="{number}"{attributes}>'
        for cell in row:
            yield _cell(cell, styles)
        yield "</row>"
    yield "</sheetData>"


def _style(cell: Any, known: dict[bytes, str]) -> str:
    """Give the attribute of a cell's style; empty for a cell without one."""
    if cell._style is None:
        return ""
    key = cell._style.tobytes()
    if key not in known:
        known[key] = f' s="{cell.style_id}"' if cell.has_style else ""
    return known[key]


def _cell(cell: Any, styles: dict[bytes, str]) -> str:
    value, kind, style = cell._value, cell.data_type, _style(cell, styles)
    if value is None and not style:
        return ""
    start = f'<c r="{cell.coordinate}"{style}'
    if value is None or value == "":
        return f"{start}/>"
    if isinstance(value, ArrayFormula):
        text = escaped_text((value.text or "")[1:])
        return f'{start}><f t="array" ref="{value.ref}">{text}</f></c>'
    if kind == "f":
        return f"{start}><f>{escaped_text(value[1:])}</f></c>"
    if kind == "s":
        spaces = ' xml:space="preserve"' if value != value.strip() else ""
        return f'{start} t="inlineStr"><is><t{spaces}>{escaped_text(value)}</t></is></c>'
    if kind == "b":
        return f'{start} t="b"><v>{value:d}</v></c>'
    number = to_excel(value) if kind == "d" else value  # type: ignore[no-untyped-call]
    return f"{start}><v>{number_text(number)}</v></c>"
