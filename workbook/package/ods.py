"""An OpenDocument spreadsheet as the .xlsx package of the same cells.

Only what is calculated is read: values, formulas, names, and what hides them. The rest of the
project then reads one kind of file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from model.errors import LONG, InputError, cut
from workbook.package.archive import check_depth, reading, said
from workbook.package.areas import moved
from workbook.package.cells import (
    LAST_COLUMN,
    LAST_ROW,
    ErrorValue,
    Formula,
    Place,
    Value,
    address,
    place,
)
from workbook.package.gate import count
from workbook.package.limits import check
from workbook.package.minimal import PLAIN, Page, Style, package
from workbook.package.open_formula import excel_expression, excel_formula, excel_reference
from workbook.package.package import Package

MIMETYPES = (
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.spreadsheet-template",
)
#: The day whose serial number is 0.
_DAY_ZERO = datetime(1899, 12, 30)

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
#: What groups rows or columns.
_GROUPS = {f"{_TABLE}table-{kind}" for kind in ("row-group", "header-rows", "rows")}
#: The most rows and columns that an array can fill.
_SPANNED = {"rows": LAST_ROW, "columns": LAST_COLUMN}
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
_TIME = re.compile(r"(-?)P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.,]+)S)?")


#: What is in a cell of a row: its column, its value, its formula and its style.
_Cell = tuple[int, Value, Formula | None, Style]


class _Styles(NamedTuple):
    """Styles by their names in the file: those of cells, and the tables that are hidden."""

    cells: dict[str, str]
    hidden: set[str]


def is_ods(parts: Mapping[str, bytes]) -> bool:
    """Tell whether an archive is an OpenDocument spreadsheet."""
    return parts.get("mimetype", b"").strip() in MIMETYPES


def opened(file: bytes | Package, functions: Mapping[str, str]) -> Package:
    """Read an OpenDocument spreadsheet.

    Parameters
    ----------
    file : bytes or Package
        An .ods file.
    functions : mapping
        What an add-in's functions are called in the file, in capitals, and in Excel.

    Raises
    ------
    InputError
        For a file that is damaged or encrypted, or that has more cells than is allowed.
    """
    parts = Package.opened(file).parts
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b"") or (
        "encrypted-package" in parts
    ):
        raise InputError("workbook", "is encrypted; save it without a password to have it checked")
    root = _parsed(parts, "content.xml")
    named = _parsed(parts, "styles.xml") if "styles.xml" in parts else root
    with reading("content.xml"):
        pages, names = _contents(root, named, functions)
    made = package(pages, names)
    count(made.parts)
    made.translated = parts
    return made


def _parsed(parts: Mapping[str, bytes], part: str) -> Element:
    if part not in parts:
        raise InputError("workbook", f"has no part {part}, without which it cannot be read")
    with reading(part):
        root = fromstring(parts[part], forbid_dtd=True)
        check_depth(root)
    return root


def _contents(
    root: Element, named: Element, functions: Mapping[str, str]
) -> tuple[dict[str, Page], dict[str, str]]:
    """Read the tables of a spreadsheet, and its names."""
    styles = _styles(named, root)
    book = root.find(f"{_OFFICE}body/{_OFFICE}spreadsheet")
    if book is None:
        raise InputError("workbook", "must have the part of a spreadsheet")
    reader = _Reader(styles, functions)
    pages = {
        table.get(f"{_TABLE}name", ""): reader.page(table)
        for table in book.findall(f"{_TABLE}table")
        # What Calc keeps of other files.
        if not table.get(f"{_TABLE}name", "").startswith("'file:")
    }
    return pages, dict(_names(book, functions))


def _styles(named: Element, content: Element) -> _Styles:
    """Find the named style behind each style, and the styles of hidden tables."""
    shown = {
        style.get(f"{_STYLE}name", ""): style.get(
            f"{_STYLE}display-name", style.get(f"{_STYLE}name", "")
        )
        for style in named.iter(f"{_STYLE}style")
    }
    cells, hidden = {}, set()
    for style in content.iter(f"{_STYLE}style"):
        name = style.get(f"{_STYLE}name", "")
        table = style.find(f"{_STYLE}table-properties")
        if table is not None and table.get(f"{_TABLE}display") == "false":
            hidden.add(name)
        cells[name] = shown.get(style.get(f"{_STYLE}parent-style-name", ""), PLAIN[0])
    return _Styles(shown | cells, hidden)


def _names(book: Element, functions: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names, those of the workbook last, and what each refers to."""
    groups = book.findall(f"{_TABLE}table/{_TABLE}named-expressions")
    for group in (*groups, *book.findall(f"{_TABLE}named-expressions")):
        for name in group:
            defined = name.get(f"{_TABLE}name", "")
            if area := name.get(f"{_TABLE}cell-range-address"):
                yield defined, excel_reference(area)
            elif expression := name.get(f"{_TABLE}expression"):
                text = excel_expression(expression, functions)
                yield defined, _from_a1(text, name.get(f"{_TABLE}base-cell-address", ""))


def _from_a1(text: str, base: str) -> str:
    """Give an expression as it is from cell A1, as Excel's files have it."""
    row, column = place(base.rpartition(".")[2] or "A1")
    return moved(text, 1 - row, 1 - column)


class _Reader:
    """Reads tables, and counts the cells."""

    def __init__(self, styles: _Styles, functions: Mapping[str, str]) -> None:
        self.styles = styles
        self.functions = functions
        self.cells = self.texts = self.written = 0

    def page(self, table: Element) -> Page:
        """Read a table."""
        title = table.get(f"{_TABLE}name", "")
        page = Page(hidden=table.get(f"{_TABLE}style-name", "") in self.styles.hidden)
        columns = [*_column_styles(table)]
        row = 1
        for element in _rows(table):
            with reading(f"row {row} of {title!r}"):
                times = _times(element, "rows", LAST_ROW)
                cells = [*self._cells(element, columns, (title, row))]
                self._spend(cells, times)
                if cells and element.get(f"{_TABLE}visibility", "visible") != "visible":
                    page.hidden_rows |= {row + i for i in range(times)}
                for i in range(times if cells else 0):
                    for column, value, formula, style in cells:
                        _put(page, (row + i, column), value, formula, style)
            row += times
        return page

    def _cells(
        self, row: Element, columns: Sequence[tuple[int, str]], where: tuple[str, int]
    ) -> Iterator[_Cell]:
        """Yield what is in a row, by column; nothing of empty cells."""
        of_row = row.get(f"{_TABLE}default-cell-style-name")
        column = 1
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            times = _times(cell, "columns", LAST_COLUMN)
            try:
                formula, value = self._formula(cell), _value(cell)
            except InputError:
                raise
            except ValueError as error:
                title, number = where
                raise InputError(f"{title}!{address(number, column)}", said(error)) from error
            if formula is not None and value is None:
                value = ""
            if value is not None:
                kind = cell.get(f"{_OFFICE}value-type")
                own = cell.get(f"{_TABLE}style-name") or of_row
                group = bisect_left(columns, column, key=_last)
                of_column = columns[group][1] if group < len(columns) else ""
                named = self.styles.cells.get(own or of_column, PLAIN[0])
                for i in range(times):
                    yield column + i, value, formula, (named, kind == "date")
            column += times

    def _formula(self, cell: Element) -> Formula | None:
        """Read a formula; the range that an array fills is known once its place is."""
        text = cell.get(f"{_TABLE}formula")
        if text is None:
            return None
        ref = None
        if all(f"{_TABLE}number-matrix-{what}-spanned" in cell.attrib for what in _SPANNED):
            ref = address(*(_number(cell, f"matrix-{w}-spanned", n) for w, n in _SPANNED.items()))
        return Formula(excel_formula(text, self.functions), ref)

    def _spend(self, cells: Sequence[_Cell], times: int) -> None:
        """Count what is in the cells of a row before it is repeated."""
        self.cells += len(cells) * times
        self.texts += sum(len(cell[1]) for cell in cells if isinstance(cell[1], str)) * times
        self.written += sum(len(cell[2].text) for cell in cells if cell[2] is not None) * times
        check("cells", self.cells)
        check("texts", self.texts)
        check("written", self.written)


def _last(group: tuple[int, str]) -> int:
    return group[0]


def _times(element: Element, what: str, most: int) -> int:
    """Read how often a row, or a cell of a row, is repeated."""
    return _number(element, f"{what}-repeated", most)


def _number(element: Element, what: str, most: int) -> int:
    """Read a number of rows or columns."""
    text = element.get(f"{_TABLE}number-{what}", "1")
    if not (text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        shown = cut(text, LONG)
        raise ValueError(f"its number-{what} must be a number from 1 to {most:,}, not {shown!r}")
    return int(text)


def _column_styles(table: Element) -> Iterator[tuple[int, str]]:
    """Yield the last of each group of columns, and the style of its cells."""
    last = 0
    for column in table.iter(f"{_TABLE}table-column"):
        last += _times(column, "columns", LAST_COLUMN)
        yield last, column.get(f"{_TABLE}default-cell-style-name", "")


def _rows(element: Element) -> Iterator[Element]:
    for inside in element:
        if inside.tag == f"{_TABLE}table-row":
            yield inside
        elif inside.tag in _GROUPS:
            yield from _rows(inside)


def _put(page: Page, at: Place, value: Value, formula: Formula | None, style: Style) -> None:
    page.values[at] = value
    if style != PLAIN:
        page.styles[at] = style
    if formula is not None:
        if formula.ref is not None:
            down, across = place(formula.ref)
            bottom, right = at[0] + down - 1, at[1] + across - 1
            first, last = address(*at), address(bottom, right)
            if bottom > LAST_ROW or right > LAST_COLUMN:
                raise InputError("workbook", f"has an array formula for {first}:{last}, "
                                 "which is no range of a sheet")  # fmt: skip
            formula = replace(formula, ref=first if first == last else f"{first}:{last}")
        page.formulas[at] = formula


def _value(cell: Element) -> Value:
    """Read the value of a cell; None if it is empty."""
    kind = cell.get(f"{_OFFICE}value-type")
    if cell.get(f"{_CALC}value-type") == "error":
        shown = _shown(cell)
        return ErrorValue(shown if shown in _ERRORS else "#VALUE!")
    match kind:
        case "float" | "percentage" | "currency":
            return float(cell.get(f"{_OFFICE}value", "nan"))
        case "boolean":
            return cell.get(f"{_OFFICE}boolean-value") == "true"
        case "date":
            moment = datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", ""))
            return (moment.replace(tzinfo=None) - _DAY_ZERO) / timedelta(days=1)
        case "time":
            return _days(cell.get(f"{_OFFICE}time-value", ""))
        case "string":
            return cell.get(f"{_OFFICE}string-value", _shown(cell))
    # Of an empty text Calc does not state the type.
    return _shown(cell) if cell.find(f"{_TEXT}p") is not None else None


def _days(duration: str) -> float:
    """Give a duration, such as ``PT06H30M00S``, in days."""
    found = _TIME.fullmatch(duration)
    if found is None:
        raise ValueError(f"{duration!r} is no duration")
    sign, *amounts = found.groups()
    days, hours, minutes, seconds = (float((n or "0").replace(",", ".")) for n in amounts)
    total = days + (hours + (minutes + seconds / 60) / 60) / 24
    return -total if sign else total


def _shown(cell: Element) -> str:
    """Give the text of a cell: its paragraphs, without its note."""
    return "\n".join(_paragraph(p) for p in cell.findall(f"{_TEXT}p"))


def _paragraph(element: Element) -> str:
    written = _collapsed(element.text)
    for inside in element:
        if inside.tag == f"{_TEXT}s":
            spaces = int(inside.get(f"{_TEXT}c", "1"))
            check("text", spaces)
            written += " " * spaces
        elif inside.tag == f"{_TEXT}tab":
            written += "\t"
        elif inside.tag == f"{_TEXT}line-break":
            written += "\n"
        elif inside.tag != f"{_OFFICE}annotation":
            written += _paragraph(inside)
        written += _collapsed(inside.tail)
    return written


def _collapsed(text: str | None) -> str:
    """Read white space as OpenDocument does: any run of it is one space."""
    return re.sub(r"[ \t\r\n]+", " ", text or "")
