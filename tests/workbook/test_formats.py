"""Do built sheets keep what a user has formatted when a workbook is built from another?

Oracles: every cell as openpyxl reads it before and after; Calc, which writes all formats in its own
way and inserts rows; and the workbook as built, in which nothing is formatted by a user.
"""

from __future__ import annotations

import openpyxl
import pytest
from calc.session import Calc
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.colors import Color
from openpyxl.worksheet.datavalidation import DataValidation
from test_rebuild import BETA, CASE, WHEN, cell_of, read, saved

from workbook import template
from workbook.edits.rebuild import rebuilt
from workbook.package.cells import place
from workbook.package.package import Package

YELLOW = PatternFill("solid", fgColor="FFFFFF00")
#: Cells of built sheets: an input, its label, results, and one that is empty; column F of DCF.
CELLS = {"Inputs": ["D12", "B10", "H12"], "DCF": ["D20", "F21"], "Dashboard": ["A1"]}


@pytest.fixture(scope="module")
def small() -> bytes:
    return template.build(CASE)


def formatted(small: bytes) -> openpyxl.Workbook:
    book = read(small)
    for title, cells in CELLS.items():
        for cell in cells:
            book[title][cell].fill = YELLOW
    book["Inputs"]["D12"].number_format = "0.000"
    book["DCF"]["D20"].font = Font(name="Arial", size=15, bold=True, color="FFFF0000")
    book["DCF"]["F21"].border = Border(top=Side("double", color="FF00FF00"))
    book["Inputs"]["B10"].alignment = Alignment(horizontal="right", wrap_text=False)
    book["DCF"].column_dimensions["F"].width = 31
    return book


def look(book: openpyxl.Workbook, title: str, cell: str) -> list[object]:
    """Return what is seen of a cell, in colours without their first byte, as Calc writes them."""
    there = book[title][cell]
    font, fill, side, aligned = there.font, there.fill, there.border.top, there.alignment
    return [
        *(font.name, font.sz, bool(font.b), rgb(font.color), fill.patternType, rgb(fill.fgColor)),
        *(side and side.style, there.number_format.replace("\\", ""), bool(aligned.wrap_text)),
        aligned.horizontal in ("right", "center") and aligned.horizontal,
    ]


def rgb(colour: Color | None) -> str:
    return str(colour.rgb)[2:] if colour and colour.type == "rgb" else ""


@pytest.mark.parametrize("by", ["openpyxl", "Calc"])
def test_cells_and_columns_look_as_in_the_file(
    request: pytest.FixtureRequest, small: bytes, by: str
) -> None:
    book = formatted(small)
    file = saved(book)
    if by == "Calc":
        calc: Calc = request.getfixturevalue("calc")
        calc.open(file)
        file = calc.xlsx()
    found = rebuilt(Package.opened(file), WHEN)
    after, fresh = read(found.package), read(small)
    for title, cells in CELLS.items():
        for cell in cells:
            assert look(after, title, cell) == look(book, title, cell) != look(fresh, title, cell)
    assert after["DCF"].column_dimensions["F"].width == pytest.approx(31, abs=0.2)
    assert (found.carried, found.left) == ({"cell format": 6, "column width": 1}, [])
    changed = {(title, cell) for title, cells in CELLS.items() for cell in cells}
    others = [
        (sheet.title, cell.coordinate)
        for sheet in fresh
        for row in sheet.iter_rows()
        for cell in row
        if cell.has_style and (sheet.title, cell.coordinate) not in changed
    ]
    assert [at for at in others if look(after, *at) != look(fresh, *at)] == []


def test_a_format_is_kept_from_one_workbook_to_the_next(small: bytes) -> None:
    first = rebuilt(Package.opened(saved(formatted(small))), WHEN)
    again = rebuilt(Package.opened(first.package.saved()), WHEN, added=1)
    assert again.carried == first.carried
    book = read(again.package)
    assert all(book[title][cell].fill == YELLOW for title in CELLS for cell in CELLS[title])


def test_a_format_goes_with_its_row(calc: Calc, small: bytes) -> None:
    """Rows inserted in a table move the inputs below it, here and in the new workbook."""
    book, beta = read(small), place(cell_of(Package.opened(small), BETA))
    book["Inputs"].cell(*beta).fill = YELLOW
    calc.open(saved(book))
    securities = Package.opened(small).names["Securities"]
    row, _ = place(securities.rpartition("!")[2].partition(":")[0].replace("$", ""))
    calc.edit("insert", "Inputs", "rows", row + 2, 2)
    file = Package.opened(calc.xlsx())
    found = rebuilt(file, WHEN)
    there = place(cell_of(found.package, BETA))
    yellow = [
        (cell.row, cell.column)
        for line in read(found.package)["Inputs"].iter_rows()
        for cell in line
        if rgb(cell.fill.fgColor) == "FFFF00"
    ]
    assert yellow == [there]


def test_frozen_panes_are_kept_and_rules_and_filters_are_named(small: bytes) -> None:
    book = read(small)
    book["DCF"].freeze_panes, book["Equity"].freeze_panes = "D9", None
    red = PatternFill("solid", bgColor="FFFF0000")
    book["DCF"].conditional_formatting.add("D20:F22", CellIsRule("lessThan", ["0"], fill=red))
    choice = DataValidation("list", formula1='"a,b"')
    choice.add("H12")
    choice.add("H13")
    book["Inputs"].add_data_validation(choice)
    book["Sources"].auto_filter.ref = "B5:E40"
    found = rebuilt(Package.opened(saved(book)), WHEN)
    after = read(found.package)
    assert (after["DCF"].freeze_panes, after["Equity"].freeze_panes) == ("D9", None)
    assert found.left == [
        "Inputs!H12: the permitted entries that you added must be added again",
        "DCF!D20: the conditional format that you added must be added again",
        "Sources: 1 filter",
    ]


def test_what_another_version_has_formatted_is_not_taken_for_the_user_s(
    small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What most cells of one style look like is that version's; what single ones do, the user's."""
    with monkeypatch.context() as patched:
        patched.setattr("workbook.template.keys.edition", lambda: "another")
        book = read(template.build(CASE))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.has_style]
    one = book["DCF"]["D20"]
    alike = [cell for cell in cells if cell._style == one._style]
    for cell in alike:
        cell.font = Font(name="Arial", size=9)
    one.fill = YELLOW
    found = rebuilt(Package.opened(saved(book)), WHEN)
    after, fresh = read(found.package), read(small)
    assert found.carried == {"cell format": 1}
    places = [(cell.parent.title, cell.coordinate) for cell in alike]
    assert [at for at in places if look(after, *at) != look(fresh, *at)] == [
        (one.parent.title, one.coordinate)
    ]
    assert len(places) > 10
