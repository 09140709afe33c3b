"""Is whatever comes from data a text or a number in the file, and never a formula?

Oracle: the file as the standard has it. A formula is an element ``f`` in a cell and nothing else
is one; a link is a relationship of the sheet. Both are looked for in the parts of files that were
written with texts that a spreadsheet would calculate, follow or choke on.
"""

from __future__ import annotations

import io
import math
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook

from model.case import load
from model.errors import InputError
from workbook.template import styles, write
from workbook.template.layout import Book, Page

FORMULAS = (
    '=WEBSERVICE("http://localhost/")',
    "=1+1",
    "+1+1",
    "-1",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
)
#: Styles of what a case states, and of what the template says.
DATA = ("label", "note", "unit", "text", "beside", "head", "head_left", "input", "input_text")


@pytest.fixture
def page() -> Page:
    book = Book(load(), [2026, 2027], date(2026, 5, 13), Workbook())
    return book.page("Data", "data", [20] * 4, "A5")


def saved(page: Page) -> dict[str, str]:
    stream = io.BytesIO()
    page.book.workbook.save(stream)
    with zipfile.ZipFile(stream) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


@pytest.mark.parametrize("style", DATA)
def test_a_text_that_looks_like_a_formula_is_a_text(page: Page, style: str) -> None:
    for row, text in enumerate(FORMULAS, 10):
        page.put(row, 1, text, style)
    parts = saved(page)
    assert "<f>" not in parts["xl/worksheets/sheet1.xml"]
    stream = io.BytesIO()
    page.book.workbook.save(stream)
    sheet = openpyxl.load_workbook(stream)["Data"]
    for row, text in enumerate(FORMULAS, 10):
        assert sheet.cell(row, 1).value == text
        assert sheet.cell(row, 1).data_type == "s"
        # With the mark, it is still a text after somebody has edited it.
        assert sheet.cell(row, 1).quotePrefix


def test_a_formula_of_the_template_is_one(page: Page) -> None:
    page.put(10, 1, "=1+1", "calc")
    assert "<f>1+1</f>" in saved(page)["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (math.inf, "must be a finite number, not inf"),
        (math.nan, "must be a finite number, not nan"),
        ("a" * 32_768, "must hold at most 32,767 characters, not 32,768"),
        ("a\x00b", "must be free of control characters"),
        ("\x1b[2J", "must be free of control characters"),
    ],
)
def test_what_no_cell_can_hold_is_refused(page: Page, value: Any, problem: str) -> None:
    with pytest.raises(InputError, match=rf"^Data!B7 {problem}"):
        page.put(7, 2, value, "note")


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "\\\\server\\share\\a.xlsx", "javascript:alert(1)", "mailto:a@b.c", ""],
)
def test_only_pages_of_the_web_are_links(page: Page, address: str) -> None:
    page.link(7, 1, "A source", address)
    parts = saved(page)
    assert not any("hyperlink" in name for name in parts)
    assert "hyperlink" not in parts["xl/worksheets/sheet1.xml"]
    page.link(8, 1, "A source", "https://www.sec.gov/")
    assert "https://www.sec.gov/" in saved(page)["xl/worksheets/_rels/sheet1.xml.rels"]


def test_every_formula_of_the_workbook_looks_like_one() -> None:
    """By the style one sees what is calculated, and by the style the writer knows it."""
    sheets = openpyxl.load_workbook(io.BytesIO(write(load())))
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    formulas = [cell for cell in cells if cell.data_type == "f"]
    assert len(formulas) > 1_000
    assert all(cell.style.startswith(styles.CALCULATED) for cell in formulas)
