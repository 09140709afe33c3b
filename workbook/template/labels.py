"""Labels of results outside their blocks: what a failing call cannot erase.

A result is one dynamic array with its lines' names in its first column, which a call that fails
loses with the numbers. So that column is narrow and shows nothing, and the column before it shows
the names: those of the block or, where it has none, those known from its declaration. It shows what
else the narrow column holds as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter

from model.fields import Field
from model.tables import Grid, Listing, Result, Schedule
from workbook.template import printing
from workbook.template.area import Area
from workbook.template.growing import further, growing, in_row, placed

if TYPE_CHECKING:
    from workbook.template.layout import Book, Page

#: A number format that shows nothing.
NOTHING_SHOWN = ";;;"
#: As many letters of a name are the same in the plural.
STEM = 5
#: A column as narrow as this keeps others apart, and has room for labels.
SPACER = 3.0
#: A range in a formula, with its sheet if it is another one, or a name.
_ARGUMENT = re.compile(
    r"(?:'((?:[^']|'')+)'!)?(\$[A-Z]+\$\d+:\$[A-Z]+\$\d+)|([A-Za-z_]\w*)(?!\w|\()"
)


@dataclass(frozen=True)
class Labelled:
    """A block whose labels are shown next to it: formulas for those known without the block."""

    area: Area
    known: Sequence[str]


def known(
    page: Page,
    formula: str,
    result: type[Result],
    lines: Sequence[Field],
    things: Mapping[str, int],
    named: Sequence[str | Area],
    rows: int,
) -> list[str]:
    """Return formulas for the first column of a result, from its header row down."""
    given = [_given(name) for name in named]
    if issubclass(result, Grid):
        return [quoted(result.corner), *['""'] * rows]
    if issubclass(result, Listing):
        names = [quoted(label) for label in result.labels] or given
        names = names or _names(page, formula, rows, lines[0].header)
        return [quoted(lines[0].header), *names, *map(quoted, result.totals)]
    found = [quoted(result.title if issubclass(result, Schedule) else "Line")]
    for f in result.declared.values():
        if f.each:
            one = f.each.removesuffix("s").capitalize()
            above = len(found) - 1
            names = [further(name, above) for name in given]
            names = names or _names(page, formula, things[f.each], one, above)
            found += [_filled(f.header, name) for name in names]
        else:
            found.append(quoted(f.header))
    return found


def _given(name: str | Area) -> str:
    """Write a name, the formula of one, or the cell that holds it, as a formula has it."""
    if not isinstance(name, str):
        return f'{name}&""'
    return name[1:] if name.startswith("=") else quoted(name)


def quoted(text: str) -> str:
    """Write a text as a formula has it."""
    return '"' + text.replace('"', '""') + '"'


def _filled(header: str, name: str) -> str:
    """Put the formula of a name into the header of a repeated line."""
    parts = [quoted(part) for part in header.split("{}")]
    filled = f"&{name}&".join(parts).removeprefix('""&').removesuffix('&""')
    return filled if header == "{}" else f'IF({name}="","",{filled})'


def _names(page: Page, formula: str, count: int, one: str, above: int = 0) -> list[str]:
    """Find the names of what a call is given, in or before the first column of a table.

    It has as many rows, and if there are several such tables, a header like what is named. Where
    there is none, the result alone has the names, and things are numbered. Those of a table that
    grows are found by their places, as the result has them after a row has been inserted; its lines
    begin below some others.
    """
    found: dict[str, list[str]] = {}
    grown = [page.book.areas[name] for name in growing(page.book.case)]
    for area in _arguments(page, formula):
        grows = area in grown
        if area.columns > 1 and (area.rows == count + 1 or (grows and area.rows <= count)):
            header = page.book.workbook[area.sheet]._cells.get((area.row, area.column))
            for column in (0, -1):
                names = area.part(1, column, area.rows - 1)
                cells = [names.part(i, 0) for i in range(names.rows)]
                if not all(_is_name(page.book, cell) for cell in cells):
                    continue
                known = [cell.local if cell.sheet == page.title else str(cell) for cell in cells]
                if grows:
                    known = [f'{in_row(names, above)}&""'] * count
                found.setdefault(str(header.value if header else "")[:STEM].casefold(), known)
    numbered = [quoted(f"{one} {i}") for i in range(1, count + 1)]
    return found.get(one[:STEM].casefold(), next(iter(found.values()), numbered))


def _arguments(page: Page, formula: str) -> Iterator[Area]:
    for sheet, ref, name in _ARGUMENT.findall(formula):
        if ref:
            yield Area.at(sheet.replace("''", "'") or page.title, ref)
        elif name in page.book.named:
            yield page.book.named[name][1]


def _is_name(book: Book, area: Area) -> bool:
    """Tell whether a cell holds a name, or is one of a blank row."""
    cell = book.workbook[area.sheet]._cells.get((area.row, area.column))
    if cell is not None and cell.value is None and cell.style == "input_text":
        return True
    if cell is None or not isinstance(cell.value, str):
        return False
    return not cell.value.startswith("=") or cell.style.endswith("_text")


def show(page: Page, first: int) -> None:
    """Show the labels of a sheet, from a row on, in the columns before those of its blocks."""
    sheet, widths = page.sheet, page.sheet.column_dimensions
    columns = {block.area.column for block in page.labelled} - {1}
    for column in [c for c in columns if widths[get_column_letter(c - 1)].width <= SPACER]:
        narrow, wide = widths[get_column_letter(column - 1)], widths[get_column_letter(column)]
        narrow.width, wide.width = wide.width, narrow.width
        known = {
            block.area.row + i: _shown(label, block.area, block.area.row + i)
            for block in page.labelled
            if block.area.column == column
            for i, label in enumerate(block.known)
        }
        for row in [row for row, at in sheet._cells if at == column and row >= first]:
            _show(page, row, column, known.get(row), linked=row > first)
        for chart in sheet._charts:
            _point(page, chart, column)


def _shown(label: str, block: Area, row: int) -> str:
    """Give the formula of a label, which a block has in its first column while the call works."""
    letter = get_column_letter(block.column)
    own, known = f"${letter}{row}", placed(label, letter, block.row, row)
    if known == label:
        return f'IFERROR(IF({own}&""="",{label},{own}),{label})'
    # Nothing stands for the name of a blank row, or of a row that was deleted.
    return f'IF(ISERROR(${letter}${block.row}),IFERROR({known},""),{own}&"")'


def _show(page: Page, row: int, column: int, label: str | None, *, linked: bool) -> None:
    """Show one cell of the narrow column in the column before it.

    Typed text moves, and leaves a link for those who read the narrow column: charts, and tables
    that are passed to functions. What is calculated stays, and is linked to.
    """
    cell, before = page.sheet._cells[row, column], page.sheet.cell(row, column - 1)
    if before.value is not None or (cell.value is None and label is None):
        return
    before._style = copy(cell._style)
    own, other = (f"${get_column_letter(c)}{row}" for c in (column, column - 1))
    if label is None and cell.data_type != "f":
        before._value, before.data_type = cell._value, cell.data_type
        linked = not _runs_over(page, before) and linked
        cell._value, cell.data_type = (f"={other}", "f") if linked else (None, "n")
        if linked:
            cell.style = "calc_head_text" if "head" in cell.style else "calc_text"
    else:
        text = own if label is None else label
        before._value, before.data_type = f"={text}", "f"
        if before.style.startswith("link"):
            # What a cell takes from its neighbour is no link to another sheet.
            form = before.number_format
            before.style = before.style.replace("link", "calc", 1)
            before.number_format = form
    cell.number_format = NOTHING_SHOWN


def _runs_over(page: Page, cell: Any) -> bool:
    """Tell whether a text runs over the cells to its right, and so leaves none of them filled."""
    for across in page.sheet.merged_cells.ranges:
        if (across.min_row, across.min_col) == (cell.row, cell.column + 1):
            across.min_col -= 1
            return True
    width = page.sheet.column_dimensions[cell.column_letter].width
    return (
        isinstance(cell.value, str)
        and not cell.alignment.wrap_text
        and printing.height(cell.value, width, cell.font) > printing.ROW
    )


def _point(page: Page, chart: Any, column: int) -> None:
    """Take a chart's names from the labels that are shown, and begin it at their column."""
    hidden, shown = f"${get_column_letter(column)}$", f"${get_column_letter(column - 1)}$"
    own = f"'{page.title}'!{hidden}"
    for series in chart.series:
        for names in filter(None, (series.tx, series.cat)):
            found: Any = names.strRef or getattr(names, "numRef", None)
            if found is None or not found.f.startswith(own):
                continue
            if set(re.findall(r"\$[A-Z]+\$", found.f)) == {hidden}:
                found.f = found.f.replace(hidden, shown)
    place = re.fullmatch(rf"{hidden.strip('$')}(\d+)", chart.anchor)
    if place:
        chart.anchor = f"{shown.strip('$')}{place[1]}"
