"""Is all data text or a number in the file, and never a formula?

Oracle: the file as the standard has it. A formula is an element ``f`` in a cell and nothing else
is one; a link is a relationship of the sheet. Both are looked for in the parts of files that were
written with texts that a spreadsheet would calculate, follow or choke on.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
from cases import simple
from openpyxl import Workbook
from working_copy import WHOLE

from model.case import load, parse
from model.case.tables import TABLES
from model.case.values import row_key
from model.errors import CaseError, InputError
from workbook.check.reader import read_case
from workbook.template import styles, write
from workbook.template.layout import Book, Page

FORMULAS = (
    '=WEBSERVICE("http://localhost/")',
    "=1+1",
    "+1+1",
    "-1",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
    "'1",
    "\t=1+1",
    "\n=1+1",
)
#: Styles of a case's contents, and of the template's.
DATA = ("label", "note", "unit", "text", "aside", "head", "head_left", "input", "input_text")


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


def test_a_formula_longer_than_excel_takes_is_refused(page: Page) -> None:
    """Microsoft's specifications of Excel: 8,192 characters, the equals sign among them."""
    page.put(7, 2, "=" + "1" * 8_191, "calc")
    with pytest.raises(InputError, match=r"^Data!B7 must hold at most 8,192 characters, not 8,193"):
        page.put(7, 2, "=" + "1" * 8_192, "calc")
    page.put(7, 2, "=" + "1" * 8_192, "note")  # A text, which has more room.


@pytest.mark.parametrize(
    "address",
    [
        *(
            "file:///etc/passwd",
            "\\\\server\\share\\a.xlsx",
            "javascript:alert(1)",
            "mailto:a@b.c",
            "",
        ),
        *("http://", "https:///x", "http://a b/", 'https://a.b/"c', "https://a.b/" + "c" * 2_001),
        *("https://a.b@c.d/", " https://a.b/", "https://a.b/\u00e9"),
    ],
)
def test_only_pages_of_the_web_are_links(page: Page, address: str) -> None:
    page.link(7, 1, "A source", address)
    parts = saved(page)
    assert not any("hyperlink" in name for name in parts)
    assert "hyperlink" not in parts["xl/worksheets/sheet1.xml"]
    page.link(8, 1, "A source", "https://www.sec.gov/")
    assert "https://www.sec.gov/" in saved(page)["xl/worksheets/_rels/sheet1.xml.rels"]


#: What each text of a case begins with in turn; whatever follows is its own text.
BEGINNINGS = (
    *("+1+", "-1+2 ", "@x ", "'x ", "[x]!'*?: ", "inf ", "nan ", "1e5", "2026 ", "TRUE ", "{=1} "),
    *("file:///etc/passwd ", "javascript:alert(1) ", "\\\\server\\share\\a ", "R1C1 ", "<&>\"' "),
    *("http://x.y/ ", "|cmd ", "#", "&L&", "\U0001f600 ", "a, b "),
)
#: Keys whose texts are names that are known, or paths.
KNOWN_NAMES = {"quality", "source", "type", "line", "total", "parts", "basis", "kind"}
#: Tables whose first column holds names that functions know.
NAMED_ROWS = ("infrastructure", "measures", "observations", "default_rates")


def texts(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a case at which any text may stand: what holds it, and its key there."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        here = (*path, key)
        if isinstance(value, dict | list):
            yield from texts(value, here)
        elif isinstance(value, str) and value and not KNOWN_NAMES & set(here) and free(here):
            yield node, key


def free(path: tuple[Any, ...]) -> bool:
    if path[-1] == "company":
        return path[:2] == ("tables", "peers")
    if path == ("company", "scenario"):
        return False
    if path[:2] == ("tables", "shocks") and path[-1] == "input":
        return False
    if path[0] == "tables" and len(path) == 4:
        columns = {row_key(f.header): f for f in TABLES[path[1]].columns.declared.values()}
        named = path[1] in NAMED_ROWS and path[-1] == next(iter(columns))
        return not named and not (path[-1] in columns and columns[path[-1]].choices)
    # A name of a customer is one, whatever it is.
    return path[-1] != "value" or path == ("scalars", "warrant_customer", "value")


def formulas(package: bytes) -> dict[tuple[str, str], str]:
    sheets = openpyxl.load_workbook(io.BytesIO(package))
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    # Of a link to a section, the name that it shows is the section's own.
    shown = re.compile(r'(=HYPERLINK\(.*),"(?:[^"]|"")*"\)')
    return {(c.parent.title, c.coordinate):
            shown.sub(r"\1)", str(getattr(c.value, "text", c.value)))
            for c in cells if c.data_type == "f"}  # fmt: skip


def test_every_text_of_a_case_is_written_as_one_and_comes_back() -> None:
    """Wherever a case holds a text: the formulas stay those that they are without it."""
    tree = simple()
    places = list(texts(tree))
    assert len(places) > 500
    # The same text stays the same: tables name securities.
    new = {
        text: BEGINNINGS[i % len(BEGINNINGS)] + text
        for i, text in enumerate(sorted({node[key] for node, key in places}))
    }
    for node, key in places:
        node[key] = new[node[key]]
    tree["company"]["ticker"] = "CBRS"
    case = parse(tree)
    package = write(case)
    assert read_case(package)[0] == case
    with zipfile.ZipFile(io.BytesIO(package)) as parts:
        assert not any(b"hyperlink" in parts.read(n) for n in parts.namelist() if "_rels" in n)
    found, expected = formulas(package), formulas(write(parse(simple())))
    for place, formula in expected.items():
        # Where a formula looks for a security by its name, it looks for the new one.
        for name in {s.name for s in WHOLE.securities.values()}:
            quoted = new[name].replace('"', '""')
            formula = formula.replace(f'"{name}"', f'"{quoted}"')
        expected[place] = formula
    rows, expected_rows = (
        [formula for (sheet, _), formula in of.items() if sheet == "Sources"]
        for of in (found, expected)
    )
    # A label of one's own has a row there, above the ranges.
    assert sorted(rows) == sorted(expected_rows)
    differ = {
        place
        for place in (found.keys() | expected.keys())
        if place[0] != "Sources" and found.get(place) != expected.get(place)
    }
    assert differ == set()


@pytest.mark.parametrize(
    "text",
    ["=1+1", "\t=1", "a\rb", "\x00", "\x1b[2J", "\u202ex", "#REF!", "_x0041_", "  ", "x" * 32_768],
)
def test_what_is_no_text_is_refused_wherever_it_stands(text: str) -> None:
    tree = simple()
    places = list(texts(tree))
    for node, key in places:
        node[key] = text
    with pytest.raises(CaseError) as refused:
        parse(tree)
    sentences = str(refused.value).splitlines()
    assert len(sentences) == len(refused.value.errors)
    assert all(sentence.isprintable() and len(sentence) < 500 for sentence in sentences)
    found = {error.argument for error in refused.value.errors}
    # Sentences of a list are under its own key.
    assert len(found) >= len(places) - len(tree["company"]["limits"])


def test_every_formula_of_the_workbook_looks_like_one() -> None:
    """By the style one sees what is calculated, and by the style the writer knows it."""
    sheets = openpyxl.load_workbook(io.BytesIO(write(load())))
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    formulas = [cell for cell in cells if cell.data_type == "f"]
    assert len(formulas) > 1_000
    assert all(cell.style.startswith(styles.CALCULATED) for cell in formulas)
