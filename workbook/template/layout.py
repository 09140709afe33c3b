"""The page layout of every sheet: sections, rows, tables, blocks of results, checks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.hyperlink import Hyperlink

from model.case.case import Case
from model.case.parts import Rpo
from model.errors import InputError, shown
from model.tables import Lines, Result
from model.valuation import Valuation
from workbook.functions import CATALOGUE
from workbook.package.formulas import called
from workbook.package.names import check_name
from workbook.template import blocks, head, labels, printing, styles
from workbook.template.area import Area, Areas
from workbook.template.blocks import Block
from workbook.template.entries import Entry
from workbook.template.growing import with_room
from workbook.template.labels import Labelled

#: Height of the frozen head of every sheet: title, subtitle, master check, value, timeline.
HEAD_ROWS = 5
#: How the heading begins of what a sheet does not print.
ON_SCREEN = "On screen only"

#: First characters of text that a spreadsheet would calculate, or remove, if it were typed.
PREFIXES = ("=", "+", "-", "@", "'", "\t", "\r", "\n")
#: A web address; Excel would repair a file with a longer one, or one with spaces.
_PAGE = re.compile(r"https?://[\w.-]+(:\d+)?(?:[/?#][\w!#$%&'()*+,./:;=?@~-]{0,2000})?", re.ASCII)
#: The longest text in a cell.
LONGEST = 32_767
#: Most characters in a formula.
LONGEST_FORMULA = 8_192


def _fault(value: Any, most: int) -> str:
    """Tell why no cell can hold a value, with the most characters; empty for other values."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"must be a finite number, not {value}"
    if isinstance(value, str):
        if len(value) > most:
            return f"must hold at most {most:,} characters, not {len(value):,}"
        if ILLEGAL_CHARACTERS_RE.search(value):
            return f"must be free of control characters, not {shown(value)}"
    return ""


@dataclass(frozen=True)
class Check:
    """Two numbers that must agree, each a formula without its equals sign."""

    label: str
    value: str
    expected: str
    tolerance: float = 1e-9


@dataclass(frozen=True)
class Part:
    """Rows of a sheet that are written in one go: up to a last row, or to where others begin."""

    sheet: str
    first: int
    last: int | None = None


@dataclass
class Book:
    """The workbook under construction, and what its sheets share."""

    case: Case
    years: list[int]
    #: The date of the build.
    built: date
    #: The case's valuation, once a sheet needs to know the lines that it has.
    valued: Valuation | None = None
    workbook: Workbook = field(default_factory=Workbook)
    areas: Areas = field(default_factory=Areas)
    named: dict[str, tuple[str, Area]] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    #: Numbers that functions return, with their labels: a failed call would leave text.
    numbers: list[tuple[str, Area]] = field(default_factory=list)
    #: Results with a row for each row of a table, of which some may be blank.
    growing: list[Block] = field(default_factory=list)
    #: The rows of a sheet that an input follows from: where that part begins, and the last.
    feeding: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: The parts of sheets in the order in which they are written.
    parts: list[Part] = field(default_factory=list)
    #: Sheets that are begun before those that read them, and finished after.
    begun: dict[str, Page] = field(default_factory=dict)
    #: The drivers that are typed, in the order of their rows.
    drivers: list[Any] = field(default_factory=list)
    #: Cell formats in use, by style and number format.
    looks: dict[tuple[str, str | None], StyleArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workbook.remove(self.workbook.worksheets[0])
        styles.register(self.workbook)

    @property
    def rpo(self) -> Rpo:
        """The remaining performance obligations, for a case that has them."""
        assert self.case.rpo is not None
        return self.case.rpo

    def name(self, name: str, area: Area, label: str) -> None:
        """Give an area the name by which sheets and checks ask for it; users, if it is kept."""
        check_name(name)
        assert name not in self.named, f"{name} appears twice"
        self.named[name] = (label, area)
        self.areas[name] = area

    def live(self, path: str) -> Area:
        """Return where a driver is in the scenario chosen; without scenarios, where it is typed."""
        return self.areas[live if (live := f"live.{path}") in self.areas else path]

    def block(self, name: str) -> Block:
        """Return a result written by a sheet."""
        found = self.areas[name]
        assert isinstance(found, Block), f"{name} is no result"
        return found

    def link(self, path: str, found: Area | str, number_format: str) -> None:
        """Fill the cell of an input that follows from others: where it is found, or a formula."""
        at = self.areas[path]
        if isinstance(found, Area):
            begins = next(rows[0] for part in self.parts if part.sheet == found.sheet
                          if found.row in (rows := self.rows(part)))  # fmt: skip
            first, last = self.feeding.get(found.sheet, (begins, 0))
            self.feeding[found.sheet] = min(begins, first), max(found.row, last)
        cell = self.workbook[at.sheet].cell(at.row, at.column, f"={found}")
        cell.style, cell.number_format = "link", number_format

    def begin(self, title: str, row: int) -> None:
        """Begin a part of a sheet; one that has no rows yet begins instead of another."""
        empty = Part(title, row)
        self.parts = [*(part for part in self.parts if part != empty), empty]

    def rows(self, part: Part) -> Sequence[int]:
        """Return the rows of a part; the head of a sheet belongs to its first part."""
        if part.last is not None:
            return range(part.first, part.last + 1)
        others = [other for other in self.parts if other.sheet == part.sheet]
        last = max(self.workbook[part.sheet].max_row, part.first)
        ends = [p.first - 1 for p in others if p.last is None and p.first > part.first]
        apart = {row for p in others if p.last is not None for row in range(p.first, p.last + 1)}
        first = 1 if part == others[0] else part.first
        return [row for row in range(first, min(ends, default=last) + 1) if row not in apart]

    def count(self, label: str, *areas: Area) -> None:
        """Have the checks count numbers, because a sum silently ignores text."""
        for i, area in enumerate(areas, 1):
            self.numbers.append((f"{label}, part {i}" if i > 1 else label, area))

    def recount(self, *areas: Area) -> None:
        """Count only these parts of the last block."""
        label, _ = self.numbers.pop()
        self.count(label, *areas)

    def page(
        self,
        title: str,
        subtitle: str,
        widths: Sequence[float],
        freeze: str,
        *,
        portrait: bool = False,
        label: int = 4,
    ) -> Page:
        """Start a sheet with its head; its row labels are in one column.

        The column before it is narrow. When the sheet is finished, the two change their widths,
        and the labels are shown in the column before, outside the blocks.
        """
        page = Page(self, title, subtitle, widths, freeze, portrait, label)
        self.begin(title, page.row)
        self.begun[title] = page
        return page

    def resume(self, title: str) -> Page | None:
        """Go on with a sheet below what is written of it; None if it was not begun."""
        page = self.begun.get(title)
        if page is not None:
            self.begin(title, page.row)
        return page


class Page:
    """A sheet that is written from top to bottom."""

    def __init__(
        self,
        book: Book,
        title: str,
        subtitle: str,
        widths: Sequence[float],
        freeze: str,
        portrait: bool,
        label: int,
    ) -> None:
        self.book = book
        self.title = title
        self.label = label
        self.portrait = portrait
        #: Ranges of rows without a page break, and rows before which a break is preferred.
        self.kept: list[tuple[int, int]] = []
        self.sections: set[int] = set()
        #: Rows with which a part begins: a section, a block, or what follows it.
        self.begins: set[int] = set()
        #: The last row that is printed, where the sheet goes on for the screen only.
        self.printed: int | None = None
        #: Rows left for parts of the sheet that are written later: the first, and how many.
        self.reserved: dict[str, tuple[int, int]] = {}
        #: Permitted entries on the sheet, with their cells.
        self.entries: dict[Entry, list[str]] = {}
        #: Whether the headers of blocks take two lines.
        self.tall_heads = False
        #: Blocks whose labels are shown outside them, and rows of headers that are.
        self.labelled: list[Labelled] = []
        self.headed: list[Area] = []
        self.sheet = book.workbook.create_sheet(title)
        self.row = HEAD_ROWS + 1
        for i, width in enumerate(widths, 1):
            self.sheet.column_dimensions[get_column_letter(i)].width = width
        self.put(1, 1, f"{book.case.company.name}: {subtitle}", "title")
        #: Heights of rows, in points, if they do not follow from their contents.
        self.heights = {1: 24.0}
        self.sheet.freeze_panes = freeze
        self.sheet.sheet_view.showGridLines = False
        self.sheet.sheet_view.zoomScale = 90
        self.sheet.print_title_rows = f"1:{HEAD_ROWS}"
        printing.set_up(self.sheet, book.case.company.name, portrait)

    def put(
        self, row: int, column: int, value: Any, style: str, number_format: str | None = None
    ) -> Area:
        """Write one cell and return its location.

        Raises
        ------
        InputError
            For NaN or infinity, or text that no cell can hold.
        """
        self._put(row, column, value, style, number_format)
        return Area(self.title, row, column)

    def _put(
        self, row: int, column: int, value: Any, style: str, number_format: str | None = None
    ) -> None:
        """Write one cell.

        All cell contents are written here. Text is a formula only if the style is that of a
        calculated cell: text from a case never is.
        """
        calculated = (
            isinstance(value, str) and value[:1] == "=" and style.startswith(styles.CALCULATED)
        )
        if fault := _fault(value, LONGEST_FORMULA if calculated else LONGEST):
            raise InputError(f"{self.title}!{get_column_letter(column)}{row}", fault)
        cells = self.sheet._cells
        cell = cells.get((row, column))
        if cell is None:
            cell = cells[row, column] = Cell(self.sheet, row, column)
        if isinstance(value, str):
            cell._value = value
            cell.data_type = "f" if calculated else "s"
        elif value is not cell._value:
            cell.value = value
        look = self.book.looks.get((style, number_format))
        if look is None:
            cell.style = style
            if number_format:
                cell.number_format = number_format
            self.book.looks[style, number_format] = copy(cell._style)
        else:
            # Looking styles up by name takes as long as everything else done for a cell.
            cell._style = StyleArray(look)
        if cell.data_type == "s" and value[:1] in PREFIXES:
            # A spreadsheet shows the text unchanged, and keeps it as text when it is edited.
            cell.quotePrefix = True

    def link(self, row: int, column: int, text: str, address: str = "", place: str = "") -> Area:
        """Write text with a link to a web page, or to a place in the workbook.

        Any other address is written as plain text.
        """
        if not place and not _PAGE.fullmatch(address):
            return self.put(row, column, text, "note")
        area = self.put(row, column, text, "hyperlink")
        cell = self.sheet.cell(row, column)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place) if place else address
        cell.style = "hyperlink"
        return area

    def go_to(self, row: int, column: int, text: str, to: Area) -> Area:
        """Write a link to a cell, which leads there after rows have been inserted as well."""
        place = f"\"#'{to.sheet}'!\"&ADDRESS(ROW({to}),COLUMN({to}))"
        return self.put(row, column, f"=HYPERLINK({place},{labels.quoted(text)})", "calc_go")

    def input(
        self,
        row: int,
        column: int,
        value: Any,
        entry: Entry,
        number_format: str | None = None,
        *,
        path: str = "",
    ) -> Area:
        """Write a cell that the user may change, with its permitted entries.

        One of a blank row is no figure of the case, and has no path.

        No other cell looks like an input, so every input has its entry rule. A value of the case
        that the cell itself would refuse is refused by its path.
        """
        entry.check(path, value)
        style = "input_text" if entry.kind in ("text", "list") else "input"
        area = self.put(row, column, value, style, number_format)
        if path:
            self.book.areas[path] = area
        self.entries.setdefault(entry, []).append(area.local.replace("$", ""))
        return area

    def section(self, text: str, columns: int) -> None:
        """Write the heading of a section across the page."""
        self.sections.add(self.row)
        self.begins.add(self.row)
        # A heading is not left alone at the end of a page.
        self.kept.append((self.row, self.row + 4))
        self.row += 1
        for column in range(1, columns + 1):
            self._put(self.row, column, text if column == 1 else None, "section")
        self.row += 1

    def on_screen_only(self, what: str, columns: int) -> None:
        """End what is printed with a line that says what follows, and head what follows."""
        assert self.printed is None, f"{self.title} is printed in one piece"
        # A line apart from what is above it, and the heading apart from the line.
        self.put(self.row, 1, f"{ON_SCREEN}, from row {self.row + 2}: {what}", "subtitle")
        self.printed = self.row
        self.row += 1
        self.section(f"{ON_SCREEN}: {what}", columns)

    def reserve(self, part: str, rows: int) -> None:
        """Leave rows for a part of the sheet that is written later, `within` them."""
        self.reserved[part] = self.row, rows
        self.row += rows

    @contextmanager
    def within(self, part: str) -> Iterator[None]:
        """Write in the rows reserved for a part, and go on below what is written of the sheet."""
        top, rows = self.reserved[part]
        below, self.row = self.row, top
        self.book.parts.append(Part(self.title, top, top + rows - 1))
        yield
        used = self.row - top
        assert used <= rows, f"{self.title}, {part}: {used} rows, of which {rows} are reserved"
        self.row = below
        self.book.begin(self.title, below)

    def series(
        self,
        column: int,
        formulas: Sequence[Any],
        style: str = "calc",
        number_format: str = styles.MONEY,
    ) -> Area:
        """Write formulas, or values, across the current row."""
        for i, formula in enumerate(formulas):
            self._put(self.row, column + i, formula, style, number_format)
        return Area(self.title, self.row, column, 1, len(formulas))

    def block(
        self,
        name: str,
        formula: str,
        rows: int,
        columns: int,
        *,
        column: int,
        row_formats: Sequence[str] | None = None,
        column_formats: Sequence[str] | None = None,
        strong: Sequence[int] = (),
        text_columns: Sequence[int] = (0,),
        header: str = styles.YEAR,
        units: Sequence[str] = (),
        labels: Sequence[str] = (),
    ) -> Area:
        """Write a function's table as one dynamic array, header row first.

        Formats are given for the rows below the header, or for the columns, and units for the
        rows; labels are formulas for the first column, which stand where the call fails. The
        checks count the numbers of the block.
        """
        area = Area(self.title, self.row, column, rows, columns)
        self.labelled.append(Labelled(area, labels or self._heads(formula, rows)))
        self.kept.append((area.row, area.row + rows - 1))
        self.begins |= {area.row, area.row + rows}
        for i, unit in enumerate(units, 1):
            self.put(area.row + i, 1, unit, "unit")
        for i in range(rows):
            for j in range(columns):
                kind = "calc_head" if i == 0 else "total" if i in strong else "calc"
                # Indent, to keep text apart from the number before it.
                side = "" if j not in text_columns else "_text" if j == 0 else "_indented"
                number_format = (
                    header if i == 0 else row_formats[i - 1] if row_formats else None
                ) or (column_formats[j] if column_formats else None)
                if number_format == "@":
                    # A formula retyped in a cell with text format would become plain text.
                    number_format = "General"
                self._put(area.row + i, column + j, None, kind + side, number_format)
        self.sheet.cell(area.row, column).value = ArrayFormula(
            area.local.replace("$", ""), f"={formula}"
        )
        self.book.areas[name] = area
        numeric = [j for j in range(columns) if j not in text_columns]
        self.book.count(name.replace("_", " "), area.part(1, numeric[0], rows - 1, len(numeric)))
        if self.tall_heads:
            self.two_lines(area)
        self.row += rows + 1
        return area

    @staticmethod
    def _heads(formula: str, rows: int) -> list[str]:
        """Return formulas for the first column of a result of which only the header is known."""
        result = CATALOGUE[called(formula)].result
        assert isinstance(result, type), f"{formula} gives a number"
        first = next(iter(result.declared.values()))
        return [labels.quoted(first.header), *['""'] * (rows - 1)]

    def result(
        self,
        name: str,
        formula: str,
        *,
        rows: int = 0,
        across: int = 0,
        things: Mapping[str, int] | None = None,
        column: int | None = None,
        header: str = styles.YEAR,
        declared: type[Result] | None = None,
        named: Sequence[str | Area] = (),
    ) -> Block:
        """Write a catalogue function's result, and return it with its named parts.

        Parameters
        ----------
        name : str
            Name of the block in the checks.
        formula : str
            The call, without its equals sign.
        rows : int
            Rows of a listing above its totals, if its declaration does not fix them.
        across : int
            Periods of a schedule, or columns of a grid.
        things : mapping
            Number of items with a line each, by the field that names them.
        column : int, optional
            First column; the column of the labels if omitted.
        header : str
            Number format of the periods.
        declared : type, optional
            What the function returns here, if not what it declares.
        named : sequence of str or Area
            Names of the items, or rows, or their cells, if no table that the function takes has a
            row for each.
        """
        result = declared or CATALOGUE[called(formula)].result
        formula = with_room(self.book, formula)
        assert isinstance(result, type), f"{formula} gives a number"
        block = blocks.write(
            self,
            name,
            formula,
            result,
            column=column or self.label,
            rows=rows,
            across=across,
            things=things or {},
            header=header,
            named=named,
        )
        self.book.areas[name] = block
        if issubclass(result, Lines) and result.follows():
            self.book.growing.append(block)
        return block

    def head_above(self, block: Area) -> None:
        """Show nothing in the header of a block, which is right above it: it stands if it fails."""
        self.headed.append(block.part(0, 0, 1, block.columns))

    def leave(self, height: float) -> int:
        """Leave rows for a chart of a height in centimetres, and return the first of them."""
        top = self.row
        rows = math.ceil(height * 72 / 2.54 / printing.ROW)
        # Including the empty row above it.
        self.kept.append((top - 1, top + rows))
        self.row += rows + 2
        return top

    def chart(
        self, chart: Any, column: int, columns: int, height: float, row: int | None = None
    ) -> None:
        """Place a chart, as wide as some columns, in reserved rows or at the current row."""
        letters = [get_column_letter(column + i) for i in range(columns)]
        width = sum(self.sheet.column_dimensions[letter].width for letter in letters)
        chart.width, chart.height = width * printing.NARROW * 2.54 / 72, height
        self.sheet.add_chart(chart, f"{letters[0]}{row or self.leave(height)}")

    def two_lines(self, block: Area) -> None:
        """Let the headers of a block take two lines."""
        self.heights[block.row] = 2 * printing.ROW
        for j in range(1, block.columns):
            cell = self.sheet.cell(block.row, block.column + j)
            cell.alignment = Alignment(
                horizontal=cell.alignment.horizontal,
                vertical="center",
                wrap_text=True,
                indent=cell.alignment.indent,
            )

    def merge(self, row: int, first: int, last: int) -> None:
        """Let the text of a cell without borders run over the empty cells to its right.

        openpyxl's own way makes an object with a border for each of them, and compares each range
        with all others.
        """
        across = CellRange(min_row=row, max_row=row, min_col=first, max_col=last)
        self.sheet.merged_cells.ranges.add(across)

    def fit(self, text: str, column: int, columns: int = 1) -> None:
        """Make the current row high enough for text from a formula."""
        width = self.width(column, column + columns - 1)
        font = self.sheet.cell(self.row, column).font
        self.heights[self.row] = printing.height(text, width, font)

    def fill_where(self, cells: str, formula: str, colour: str) -> None:
        """Fill cells with a colour where a formula is true."""
        rule = FormulaRule(  # type: ignore[no-untyped-call]
            formula=[formula],
            fill=PatternFill("solid", bgColor=colour),
            font=Font(color=styles.BLACK),
        )
        self.sheet.conditional_formatting.add(cells, rule)

    def width(self, first: int, last: int) -> float:
        """Return how wide some columns are together."""
        letters = [get_column_letter(column) for column in range(first, last + 1)]
        return float(sum(self.sheet.column_dimensions[letter].width for letter in letters))

    def finish(self, columns: int) -> None:
        """Complete the head, and print these columns."""
        head.complete(self, columns)
        labels.show(self, HEAD_ROWS)
        for area in self.headed:
            for column in range(area.column - 1, area.column + area.columns):
                self.sheet.cell(area.row, column).style = "calc"
                self.sheet.cell(area.row, column).number_format = labels.NOTHING_SHOWN
        for entry, cells in self.entries.items():
            self.sheet.add_data_validation(entry.validation(cells))
        last = max(self.row - 1, self.sheet.max_row)
        printing.lay_out(
            self.sheet,
            printing.Sheet(columns, last, self.printed or last, HEAD_ROWS),
            self.portrait,
            self.heights,
            self.kept,
            self.sections,
        )
