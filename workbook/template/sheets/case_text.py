"""The hidden sheet with the case as built: the text of its file, a line of it in each row."""

from __future__ import annotations

import re

from workbook.package.package import Package
from workbook.template.layout import LONGEST, PREFIXES, Book

TITLE = "Case"
#: A cell holds this much of a line: less than it may, because it counts some characters twice.
_LENGTH = LONGEST // 2
#: What files read as the code of another character, and characters that no file may hold.
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\ufffe\uffff]")


def write(book: Book) -> None:
    """Write the sheet: without Windows' line ends, and with one end of line after the last line."""
    sheet = book.workbook.create_sheet(TITLE)
    for row, line in enumerate(book.case.text.replace("\r\n", "\n").rstrip("\n").split("\n"), 1):
        # A line that is too long for a cell is continued in the next one.
        for column, at in enumerate(range(0, len(line), _LENGTH), 1):
            text = line[at : at + _LENGTH]
            cell = sheet.cell(row, column)
            cell._value, cell.data_type = _CODED.sub(_code, text), "s"
            if text.startswith(PREFIXES):
                cell.quotePrefix = True
    sheet.column_dimensions["A"].width = 150
    # Hidden; Unhide in Excel shows it.
    sheet.sheet_state = "hidden"


def read(package: Package) -> str | None:
    """Return the text of the case that a workbook was built from; None if it has none."""
    page = package.sheets.get(TITLE)
    if page is None or not page.places:
        return None
    lines: dict[int, str] = {}
    for at in sorted(page.places):
        lines[at[0]] = lines.get(at[0], "") + str(page.value(at) or "")
    return "".join(f"{lines.get(row, '')}\n" for row in range(1, max(lines) + 1))


def _code(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"
