"""Does the workbook look as it should, on the screen and on paper?

Oracles: arithmetic over the row heights, column widths, margins and page ends that stand in the
file, and Calc, which prints the workbook on as many pages.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from calc_comparison import need
from looked_at import looked_at
from on_paper import HEAD, Printed, sheets_of
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula
from working_copy import WHOLE, Copy

from workbook.template import styles
from workbook.template.labels import NOTHING_SHOWN
from workbook.template.layout import ON_SCREEN
from workbook.template.printing import page_ends

#: What a digit of the largest letters of a cell takes of a unit of column width.
DIGIT = 10 / 11


@pytest.fixture(scope="module")
def shown(finished: bytes) -> Any:
    """Return the entire workbook with its values."""
    return looked_at(finished, values=True)


@pytest.fixture(scope="module")
def printed(shown: Any) -> list[Printed]:
    return sheets_of(shown)


def texts(page: Printed) -> Iterator[Any]:
    for row in page.sheet.iter_rows(min_row=HEAD):
        yield from (cell for cell in row if isinstance(cell.value, str))


# On paper ----------------------------------------------------------------------------------------


def test_every_sheet_prints_all_above_what_is_on_screen_only(printed: list[Printed]) -> None:
    shortened = 0
    for page in printed:
        # In print, the sources of the inputs are on their own page.
        aside = page.sheet.max_column if page.sheet.title == "Inputs" else 0
        (first, last), (left, right) = (1, page.last), page.columns
        headings = [
            row for row in range(HEAD, page.sheet.max_row + 1)
            if str(page.sheet.cell(row, 1).value).startswith(f"{ON_SCREEN}:")
        ]  # fmt: skip
        end = headings[0] if headings else page.sheet.max_row + 1
        for cell in [c for row in page.sheet.iter_rows() for c in row]:
            if cell.value is not None and cell.column != aside and cell.row < end:
                inside = first <= cell.row <= last and left <= cell.column <= right
                assert inside, (page.sheet.title, cell.coordinate)
        if headings:
            shortened += 1
            # One heading, below what is printed, to which the last printed line leads.
            assert len(headings) == 1 and headings[0] > last
            said = page.sheet.cell(last, 1).value
            assert said == page.sheet.cell(end, 1).value.replace(":", f", from row {end}:"), said
        else:
            assert last >= page.sheet.max_row, page.sheet.title
    assert shortened


def test_no_sheet_is_printed_too_small_or_too_wide(printed: list[Printed]) -> None:
    for page in printed:
        assert page.scale >= 0.55, (page.sheet.title, page.scale)
        # A unit is 7 pixels in Excel, and in Calc a digit of Calibri at 11 points.
        assert 11 * 0.507 * page.width(*page.columns) <= page.room[0], page.sheet.title


def test_pages_end_where_the_file_says(printed: list[Printed]) -> None:
    for page in printed:
        for first, last in page.rows:
            high = page.height(1, HEAD) + page.height(first, last)
            assert high <= page.room[1], (page.sheet.title, first, last)


def test_calc_prints_as_many_pages(finished: bytes, printed: list[Printed], tmp_path: Path) -> None:
    program = shutil.which("soffice")
    need(None if program else "No LibreOffice was found.")
    # Without its formulas, which Calc would try to calculate without the functions.
    with (
        zipfile.ZipFile(BytesIO(finished)) as book,
        zipfile.ZipFile(tmp_path / "book.xlsx", "w") as values,
    ):
        for name in book.namelist():
            data = book.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"<f[^>]*?/>|<f.*?</f>", b"", data, flags=re.S)
            values.writestr(name, data)
    subprocess.run(
        [program, "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "book.xlsx")],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    pages = re.findall(rb"/Type\s*/Page\b(?!s)", (tmp_path / "book.pdf").read_bytes())
    # The sheet that xlwings reads is hidden, and not printed.
    assert len(pages) == sum(len(page.rows) for page in printed)


def test_no_chart_and_no_table_that_fits_on_a_page_is_cut(
    whole: Copy, printed: list[Printed]
) -> None:
    charts = 0
    for page in printed:
        for chart in page.sheet._charts:
            charts += 1
            left, top = chart.anchor._from.col + 1, chart.anchor._from.row + 1
            if top > page.last:
                continue
            assert chart.anchor._from.rowOff == chart.anchor._from.colOff == 0
            first, last = next((a, b) for a, b in page.rows if a <= top <= b)
            # The frame is in units of 914400 to an inch.
            wide, high = (
                72 * n / 914400 for n in (chart.anchor.ext.width, chart.anchor.ext.height)
            )
            assert high <= page.height(top, last), (page.sheet.title, top)
            assert wide <= 5.25 * page.width(left, page.columns[1]), (page.sheet.title, top)
            assert top > first, "an empty row above it"
        for row in whole.book[page.sheet.title].iter_rows():
            for cell in [c for c in row if isinstance(c.value, ArrayFormula)]:
                _, top, _, bottom = range_boundaries(cell.value.ref)
                if top > page.last:
                    continue
                fits = page.height(1, HEAD) + page.height(top, bottom) <= 0.95 * page.room[1]
                cut = any(top <= last < bottom for _, last in page.rows)
                assert not (cut and fits), (page.sheet.title, cell.coordinate)
    assert charts >= 7


def test_no_heading_ends_a_page_and_no_page_is_empty(printed: list[Printed]) -> None:
    headings = {"section", "head", "head_left", "calc_head", "calc_head_text"}
    for page in printed:
        for first, last in page.rows:
            filled = [
                row for row in range(first, last + 1)
                if any(cell.value is not None for cell in page.sheet[row])
            ]  # fmt: skip
            assert filled or any(
                first <= chart.anchor._from.row <= last for chart in page.sheet._charts
            )
            if filled and last != page.last:
                assert not page.style(filled[-1]) & headings, (page.sheet.title, filled[-1])


def test_every_page_says_what_it_is(printed: list[Printed]) -> None:
    for page in printed:
        footer = page.sheet.oddFooter
        assert footer.left.text == WHOLE.company.name
        assert footer.center.text == "&A"
        assert footer.right.text == "Page &P of &N"
        assert page.sheet.print_title_rows == f"$1:${HEAD}"


# In the cells ------------------------------------------------------------------------------------


def letters(cell: Any) -> float:
    """Return the points that a text takes at the least: Calibri's letters are 0.43 em each."""
    return 0.43 * cell.font.size * len(cell.value)


def test_no_text_is_cut(printed: list[Printed]) -> None:
    cut = []
    for page in printed:
        merged = {(r.min_row, r.min_col): r.max_col for r in page.sheet.merged_cells.ranges}
        for cell in texts(page):
            last = merged.get((cell.row, cell.column), cell.column)
            wide = 5.58 * page.width(cell.column, last) - 3 - 6.75 * cell.alignment.indent
            if cell.alignment.shrink_to_fit or cell.number_format == NOTHING_SHOWN:
                continue
            if cell.alignment.wrap_text:
                lines = math.ceil(letters(cell) / wide)
                if 1.2 * cell.font.size * lines > page.sheet.row_dimensions[cell.row].height:
                    cut.append((page.sheet.title, cell.coordinate, cell.value))
            elif letters(cell) > wide:
                # It runs over the neighbouring cells, if they are empty.
                right = cell.alignment.horizontal == "right"
                neighbours = page.sheet.cell(cell.row, max(1, last + (-1 if right else 1)))
                edge = 5.25 * page.width(cell.column, page.columns[1])
                if neighbours.value is not None or (not right and letters(cell) > edge):
                    cut.append((page.sheet.title, cell.coordinate, cell.value))
    assert cut == []


def test_no_number_is_too_wide_for_its_column(printed: list[Printed]) -> None:
    for page in printed:
        for cell in [c for row in page.sheet.iter_rows() for c in row]:
            if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
                continue
            if cell.number_format == NOTHING_SHOWN:
                continue
            positive = cell.number_format.partition(";")[0]
            value = cell.value * (100 if "%" in positive else 1)
            decimals = len(re.findall(r"\.(0+)", positive)[0]) if "." in positive else 0
            digits = f"{value:.1E}" if "E" in positive else f"{value:,.{decimals}f}"
            signs = ("%" in positive) + ("x" in positive) + 2 * ("_)" in positive)
            wide = DIGIT * (len(digits.replace(",", "").replace(".", "")) + 0.6 * signs)
            wide += DIGIT * 0.5 * (digits.count(",") + digits.count("."))
            column = page.sheet.column_dimensions[cell.column_letter].width
            assert wide <= column, (page.sheet.title, cell.coordinate, digits)


def test_text_keeps_its_distance_from_the_number_before_it(printed: list[Printed]) -> None:
    close = []
    for page in printed:
        for cell in texts(page):
            if cell.column == 1 or cell.alignment.horizontal not in (None, "left"):
                continue
            before = page.sheet.cell(cell.row, cell.column - 1)
            number = isinstance(before.value, int | float)
            if number and before.alignment.horizontal == "right" and not cell.alignment.indent:
                close.append((page.sheet.title, cell.coordinate))
    assert close == []


# On the screen -----------------------------------------------------------------------------------


def test_the_workbook_opens_at_its_beginning(shown: Any, printed: list[Printed]) -> None:
    assert shown.active.title == "Dashboard"
    assert sum(bool(sheet.sheet_view.tabSelected) for sheet in shown) <= 1
    for page in printed:
        view = page.sheet.sheet_view
        assert not view.showGridLines
        assert view.zoomScale == 90
        assert {s.activeCell for s in view.selection if s.activeCell} == {"A1"}
        assert page.sheet.freeze_panes


def test_charts_say_what_they_show(printed: list[Printed]) -> None:
    for page in printed:
        for chart in page.sheet._charts:
            title = "".join(run.t for p in chart.title.tx.rich.p for run in p.r or [])
            assert len(title.split()) >= 4, title
            for axis in (chart.x_axis, chart.y_axis):
                assert axis.title is not None, title
                assert not axis.title.overlay, title
            seen = [s for s in chart.series if not s.graphicalProperties.noFill]
            # A legend would list the bars that are not seen; the title names the colours.
            in_words = "dark" in title or "red" in title.split()
            assert (chart.legend is not None) == (len(seen) > 1 and not in_words), title
            if chart.legend:
                assert chart.legend.position == "b"
                colours = [s.graphicalProperties.solidFill.srgbClr for s in seen]
                assert tuple(colours) == styles.SERIES[: len(seen)], title


def test_a_chart_is_read_out_by_its_title(finished: bytes, printed: list[Printed]) -> None:
    with zipfile.ZipFile(BytesIO(finished)) as file:
        drawings = [file.read(n).decode() for n in file.namelist() if "drawings/drawing" in n]
    described = [
        text for part in drawings for text in re.findall(r'<cNvPr [^>]*descr="([^"]+)"', part)
    ]
    titles = [
        "".join(run.t for p in chart.title.tx.rich.p for run in p.r or [])
        for page in printed
        for chart in page.sheet._charts
    ]
    assert len(titles) > 5
    assert sorted(described) == sorted(titles)


# The rule for page breaks ------------------------------------------------------------------------


def test_a_page_ends_before_what_it_cannot_hold_whole() -> None:
    heights = dict.fromkeys(range(1, 31), 10.0)
    # Ten rows a page, and a table over the end of the first.
    assert page_ends(heights, 1, 100, [(8, 12)], set(), set()) == [7, 17, 27]
    # What is larger than a page is cut where it must be.
    assert page_ends(heights, 1, 100, [(3, 28)], set(), set()) == [10, 20]
    # A row that no page can hold has a page of its own.
    assert page_ends({1: 500.0, 2: 10.0}, 1, 100, [], set(), set()) == [1]
    # A section begins the next page if enough stands before it, else an empty row is as good.
    assert page_ends(heights, 1, 100, [], {6}, {8})[0] == 5
    assert page_ends(heights, 1, 100, [], {3}, {8})[0] == 8
