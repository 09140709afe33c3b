"""Has a workbook few names, each of use, and does every formula find what it refers to?

Oracles: the limits that we set ourselves, openpyxl's list of functions and its reader of formulas,
and the case that comes back after a name is no longer there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calc_comparison import built, every_case
from looked_at import looked_at
from openpyxl.formula import Tokenizer
from openpyxl.utils import FORMULAE
from ranges import listed, reference

from model.case.case import load
from model.case.file import names
from model.case.tables import TABLES
from model.errors import InputError
from workbook.check.reader import read_case
from workbook.package.package import Package
from workbook.refusal import CALLABLE
from workbook.template.names import KEPT

#: The most names, and sheets in view, that an analyst finds their way among.
NAMES, SHEETS = 40, 18
#: A cell or a range with or without its sheet, and whole columns or rows.
CELLS = re.compile(
    r"('([^']|'')+'!|\w+!)?\$?[A-Z]{1,3}\$?\d+(:\$?[A-Z]{1,3}\$?\d+)?"
    r"|('([^']|'')+'!|\w+!)?(\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d+:\$?\d+)"
)


def opened(name: str) -> Any:
    return looked_at(built(name))


def formulas(name: str) -> Iterator[tuple[str, str]]:
    """Yield the formulas of a workbook, of cells, validations and conditional formats."""
    package = Package.opened(built(name))
    for sheet in package.sheets.values():
        for element in package.tree(sheet.part).iter():
            if element.tag in ("f", "formula", "formula1", "formula2") and element.text:
                yield sheet.part, element.text


@every_case
def test_a_workbook_has_few_names_and_sheets(name: str) -> None:
    book = opened(name)
    of_sheets = [each for sheet in book for each in sheet.defined_names]
    assert len(book.defined_names) + len(of_sheets) <= NAMES
    assert set(book.defined_names) <= set(KEPT)
    assert len([sheet for sheet in book if sheet.sheet_state == "visible"]) <= SHEETS


@every_case
def test_each_name_stands_on_the_front_sheet_with_its_meaning(name: str) -> None:
    book = opened(name)
    rows = list(book["Dashboard"].iter_rows(values_only=True))
    (head,) = [i for i, row in enumerate(rows) if row[0] == "Name"]
    listed_there = {row[0]: row[5] for row in rows[head + 1 :] if row[0]}
    assert set(listed_there) == set(book.defined_names)
    assert all(listed_there.values())


def test_each_kept_name_is_of_a_workbook_and_documented() -> None:
    used = {each for name in names() for each in opened(name).defined_names}
    assert used == set(KEPT)
    assert len(set(KEPT)) == len(KEPT)
    page = (Path(__file__).parents[2] / "docs" / "sheets.md").read_text(encoding="utf-8")
    _, _, section = page.partition("\n## Names\n")
    table = [line for line in section.partition("\n## ")[0].splitlines() if line[:1] == "|"]
    documented = [name for line in table for name in re.findall(r"`(\w+)`", line)]
    assert sorted(documented) == sorted(KEPT)


def test_no_name_is_a_function_or_a_cell() -> None:
    assert not {each.upper() for each in KEPT} & (FORMULAE | set(CALLABLE))
    assert not [each for each in KEPT if re.fullmatch(r"[A-Za-z]{1,3}\d+|R\d*C\d*", each, re.I)]


@every_case
def test_every_formula_refers_to_cells_or_to_names_that_exist(name: str) -> None:
    known = {each.casefold() for each in opened(name).defined_names}
    assert list(formulas(name))
    lost = {
        (part, token.value)
        for part, text in formulas(name)
        for token in Tokenizer(f"={text}").items
        if token.type == "OPERAND"
        and token.subtype == "RANGE"
        and not CELLS.fullmatch(token.value)
        and token.value.casefold() not in known
    }
    assert lost == set()


@every_case
def test_what_has_no_name_is_listed_on_sources(name: str) -> None:
    """Every table of the case, by either way; and nothing stands in both lists."""
    book = opened(name)
    ranges = listed(book)
    assert not set(ranges) & set(book.defined_names)
    for key in load(name).tables:
        sheet, _, area = reference(book, key.capitalize()).rpartition("!")
        heads = [c.value for c in book[sheet.strip("'")][area.replace("$", "")][0]]
        assert {f.header for f in TABLES[key].columns.declared.values() if f.required} <= set(heads)


def test_a_table_whose_place_is_lost_is_refused_by_name() -> None:
    book = openpyxl.load_workbook(io.BytesIO(built("supermicro")))
    listed(book)["Share_counts"].value = "=ROWS(#REF!)"
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(InputError, match=r"^Share_counts must name the range of its table, or be "):
        read_case(file.getvalue())
