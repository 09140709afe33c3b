"""Is a workbook checked in which a user has moved rows, columns and sheets?

Calc moves them, as a spreadsheet that is not ours does: it rewrites every formula that refers to
them. The oracle is that the values stay as they were, and that what was removed is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from calc import profile
from calc.session import Calc
from calc_comparison import built, need
from in_parts import areas
from own_parts import retitled
from test_random_edits import built as ends_with_a_table

from model.case.case import load
from workbook import template
from workbook.check.changed import changed
from workbook.check.charts import changed_charts
from workbook.check.findings import Finding
from workbook.check.keyed import keyed_sheets
from workbook.check.moved import Moved
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.check.rules import changed_names, changed_rules
from workbook.package.package import Package

Edits = Sequence[tuple[Any, ...]]
CASE = load("cerebras")


@pytest.fixture(scope="module")
def calc() -> Iterator[Calc]:
    """Return a Calc of its own: sheets are deleted in it."""
    need(profile.missing())
    with Calc() as started:
        yield started


@cache
def draft() -> Package:
    return template.drafted(CASE)


def edited(calc: Calc, edits: Edits) -> Package:
    """Return the workbook as Calc saves it after some edits."""
    calc.open(built("cerebras"))
    for edit in edits:
        calc.edit(*edit)
    return Package.opened(calc.xlsx())


def findings(file: Package) -> list[Finding]:
    moved = Moved(file, draft())
    return [
        *moved.findings,
        *changed(file, draft(), moved),
        *changed_names(file, draft(), moved),
        *changed_rules(file, draft(), moved),
        *changed_charts(file, draft(), moved),
    ]


def in_table(name: str) -> int:
    """Return a row within a table on Inputs."""
    return int(Package.opened(built("cerebras")).names[name].split("$")[2].rstrip(":")) + 2


#: What leaves every formula where it belongs.
MOVES: dict[str, Edits] = {
    "nothing, but saved by Calc": [],
    "rows between sections": [("insert", "Inputs", "rows", 30, 3), ("insert", "DCF", "rows", 8, 1)],
    "rows in the head": [("insert", "Inputs", "rows", 2, 1), ("insert", "Sources", "rows", 4, 2)],
    "a row within the securities": [("insert", "Inputs", "rows", in_table("Securities"), 1)],
    "columns in front": [("insert", sheet, "columns", 1, 1) for sheet in ("Inputs", "Sources")],
    "a column among the inputs": [("insert", "Inputs", "columns", 6, 2)],
    "titles": [("rename", "Inputs", "Bob's (1) inputs"), ("rename", "Sources", "Where from")],
    "merged cells": [("merge", "Dashboard", "A3:C3"), ("merge", "Inputs", "F20:G20")],
}  # fmt: skip


@pytest.mark.parametrize("kind", MOVES)
def test_what_is_moved_is_found(calc: Calc, kind: str) -> None:
    file = edited(calc, MOVES[kind])
    assert findings(file) == []
    assert read_case(file)[0] == CASE


def test_all_of_it_is_checked_where_it_is_now(calc: Calc) -> None:
    apart = ("titles", "a row within the securities")
    edits = [edit for kind in MOVES if kind not in apart for edit in MOVES[kind]]
    file = edited(calc, [*edits, *MOVES["titles"]])
    assert report(file).faults == []


def test_the_row_below_the_last_table_of_a_sheet_is_found() -> None:
    """A check looks there: here the sheet ends with a table."""
    book = Package.opened(ends_with_a_table().saved())
    sheet, _, (bottom, _) = areas(book)["Facilities"]
    assert {row for row, _ in book.sheets[sheet].places if bottom < row <= bottom + 50} == {
        bottom + 1
    }
    assert report(retitled(book, {"Equity": "Shares"})).faults == []


def test_a_formula_is_named_where_it_is_now(calc: Calc) -> None:
    calc.open(built("cerebras"))
    calc.edit("insert", "Contracts and RPO", "rows", 7, 2)
    calc.enter({("Contracts and RPO", (10, 5)): "=Opening_balance*1.1"})
    (finding,) = findings(Package.opened(calc.xlsx()))
    assert str(finding) == (
        "Contracts and RPO!E10: holds =Opening_balance*1.1, and =Opening_balance belongs there"
    )


def test_removed_rows_are_named_with_what_read_them(calc: Calc) -> None:
    row = 30
    formulas = [at for at in draft().sheets["Dashboard"].formulas if at[0] == row]
    lost, *readers = findings(edited(calc, [("remove", "Dashboard", "rows", row, 1)]))
    assert str(lost) == (
        f"Dashboard!A{row}: a row with {len(formulas)} formulas is missing here, row {row} of the "
        "workbook as built"
    )
    assert readers and all("belongs there" in finding.text for finding in readers)


def test_a_removed_sheet_is_named_with_what_read_it(calc: Calc) -> None:
    lost, *readers = findings(edited(calc, [("delete", "Signals")]))
    assert str(lost) == "Signals!A1: is missing"
    assert {finding.sheet for finding in readers} >= {"Dashboard", "Checks and warnings"}
    assert all("Signals" in finding.text for finding in readers)


def test_a_copy_of_a_sheet_is_not_taken_for_the_sheet(calc: Calc) -> None:
    file = edited(calc, [("copy", "Equity", "Equity, my view", 0)])
    assert keyed_sheets(file)["Equity"].title == "Equity"
    assert findings(file) == []
