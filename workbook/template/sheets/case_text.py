"""The hidden sheet with the case as built: the text of its file, a line of it in each row."""

from __future__ import annotations

import re
from hashlib import sha256

from workbook.package.package import Package, Sheet
from workbook.template.layout import LONGEST, PREFIXES, Book

TITLE = "Case"
#: A cell holds this much of a line: less than it may, because it counts some characters twice.
_LENGTH = LONGEST // 2
#: The column with a mark of each line, far from its text: by them a changed line is found.
_MARKS = 100
#: What files read as the code of another character, and characters that no file may hold.
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\ufffe\uffff]")


def written(text: str) -> str:
    """Give the text of a case without Windows' line ends, and with one after the last line."""
    return text.replace("\r\n", "\n").rstrip("\n") + "\n"


def digest(text: str) -> str:
    """Return a short text that hardly any other text has."""
    return sha256(text.encode()).hexdigest()[:8]


def write(book: Book) -> None:
    """Write the sheet."""
    sheet = book.workbook.create_sheet(TITLE)
    for row, line in enumerate(written(book.case.text)[:-1].split("\n"), 1):
        # A line that is too long for a cell is continued in the next one.
        for column, at in enumerate(range(0, len(line), _LENGTH), 1):
            text = line[at : at + _LENGTH]
            cell = sheet.cell(row, column)
            cell._value, cell.data_type = _CODED.sub(_code, text), "s"
            if text.startswith(PREFIXES):
                cell.quotePrefix = True
        mark = sheet.cell(row, _MARKS)
        mark._value, mark.data_type = digest(line), "s"
    sheet.column_dimensions["A"].width = 150
    # Hidden; Unhide in Excel shows it.
    sheet.sheet_state = "hidden"


def read(package: Package) -> str | None:
    """Return the text of the case that a workbook was built from; None if it has none."""
    page = package.sheets.get(TITLE)
    if page is None or not page.places:
        return None
    lines = _lines(page)
    return "".join(f"{lines.get(row, '')}\n" for row in range(1, max(lines, default=0) + 1))


def changed(package: Package) -> tuple[int, str]:
    """Return the row of the first line that is not as built, and what is wrong there.

    Of lines that were removed or moved there is none.
    """
    page = package.sheets[TITLE]
    lines = _lines(page)
    for row in sorted({at[0] for at in page.places}):
        if page.value((row, _MARKS)) != digest(line := lines.get(row, "")):
            return row, f"must be the line that the workbook was built from, not {line!r}"
    return 1, "must have all lines that the workbook was built from, in their order"


def _lines(page: Sheet) -> dict[int, str]:
    lines: dict[int, str] = {}
    for at in sorted(page.places):
        if at[1] < _MARKS:
            lines[at[0]] = lines.get(at[0], "") + str(page.value(at) or "")
    return lines


def _code(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"
