"""Does Calc, with the add-in, match the built workbooks, and our values after changes?

Calc is a spreadsheet program that is not ours: its own formulas are an oracle for the headless
engine's, and the other way round. Skipped without LibreOffice, unless it is required.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import in_parts
import openpyxl
import pytest
from calc import profile, session
from calc.session import Calc
from calc_comparison import FULL, built, disagreements, every_case, need, seeds
from changes import drawn

from model.case import case
from workbook import template
from workbook.arguments import DAY_ZERO
from workbook.check.reader import read_case
from workbook.check.safety.verdict import Safety, judged
from workbook.functions import CATALOGUE
from workbook.hosts import headless
from workbook.package.cells import ErrorValue, Formula, Place, Value
from workbook.package.finish import finish
from workbook.package.formulas import tokens
from workbook.package.package import Package

# When two values agree ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "agree"),
    [
        (1.0, 1.0, True),
        (1.0, 1.0 + 2e-12, False),
        (True, 1.0, True),
        (0.0, 1e-12, True),
        (0.0, 2e-12, False),
        (1e-12, 2e-12, False),
        (1e-25, 4e-25, True),
        (1e-19, 2e-19, False),
        ("a", "A", False),
        ("", None, False),
        ("", 0.0, False),
        (1.0, ErrorValue("#N/A"), False),
        (ErrorValue("#NUM!"), ErrorValue("#NUM!"), True),
        (ErrorValue("#NUM!"), ErrorValue("#N/A"), False),
    ],
)
def test_what_is_called_the_same(left: Value, right: Value, agree: bool) -> None:
    assert (disagreements({"S": {(1, 1): left}}, {"S": {(1, 1): right}}) == []) is agree


def test_rounding_is_measured_in_its_row() -> None:
    def found(row: int) -> list[str]:
        large: dict[Place, Value] = {(row, 1): 1e4}
        return disagreements({"S": large | {(1, 2): 3e-9}}, {"S": large | {(1, 2): 2e-9}})

    assert found(1) == []
    assert found(2) == ["S!B1: 3e-09, 2e-09"]


# Every shipped case ------------------------------------------------------------------------------


@every_case
def test_calc_gives_the_cached_values(calc: Calc, name: str) -> None:
    workbook = built(name)
    assert disagreements(Package.opened(workbook).cached, calc.evaluate(workbook)) == []


def test_calc_calculates_and_does_not_repeat_what_the_file_says(calc: Calc) -> None:
    right = Package.opened(built(FULL)).cached
    wrong = {
        sheet: {at: v + 1 if isinstance(v, float) else v for at, v in cells.items()}
        for sheet, cells in right.items()
    }
    calc.open(finish(template.write(case.load(FULL)), wrong))
    shown = calc.values()
    assert len(disagreements(right, shown)) > 100
    calc.recalculate()
    assert disagreements(right, calc.values()) == []


@seeds(3)
def test_after_changes_of_the_inputs_both_still_agree(calc: Calc, name: str, seed: int) -> None:
    workbook = built(name)
    changes, _ = drawn(workbook, random.Random(f"{name} {seed}"))
    after = headless.evaluate(in_parts.changed(workbook, changes))
    assert len(disagreements(Package.opened(workbook).cached, after)) > 20
    calc.open(workbook)
    calc.change({at: serial(value) for at, value in changes.items()})
    calc.recalculate()
    assert disagreements(after, calc.values()) == []


def serial(value: Any) -> float | str:
    return (value.date() - DAY_ZERO).days if isinstance(value, datetime) else value


@every_case
def test_the_full_case_has_what_every_other_has(name: str) -> None:
    """Its sheets and its functions: what holds of its cells then holds of the other's."""
    of_full, of_other = (Package.opened(built(each)).formulas for each in (FULL, name))
    assert of_other.keys() <= of_full.keys()
    assert functions(of_other) <= functions(of_full)


def functions(formulas: Mapping[str, Mapping[Place, Formula]]) -> set[str]:
    return {
        name for of_sheet in formulas.values() for f in of_sheet.values() for name in called(f.text)
    }


def test_what_calc_saves_is_intact(calc: Calc) -> None:
    workbook = built(FULL)
    values = calc.evaluate(workbook)
    names = calc.names()
    again = calc.xlsx()
    assert disagreements(Package.opened(workbook).cached, Package.opened(again).cached) == []
    assert typed(again) == typed(workbook)
    assert areas(again) == areas(workbook)
    assert read_case(again)[0] == read_case(workbook)[0]
    for sheet, cells in Package.opened(workbook).formulas.items():
        kept = Package.opened(again).formulas[sheet]
        assert {at: f.ref for at, f in kept.items()} == {at: f.ref for at, f in cells.items()}
        # Add-in functions under Excel's names, not Calc's.
        assert {at: called(f.text) for at, f in kept.items()} == {
            at: called(f.text) for at, f in cells.items()
        }
    assert disagreements(values, headless.evaluate(again)) == []
    assert disagreements(values, calc.evaluate(again)) == []
    assert judged(Package.opened(again)) == Safety()
    assert calc.names() == names


def typed(workbook: bytes) -> dict[tuple[str, str], Any]:
    """Return everything that is not a formula, nor filled by one."""
    filled = Package.opened(workbook).cached
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in openpyxl.load_workbook(io.BytesIO(workbook))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and (cell.row, cell.column) not in filled[sheet.title]
    }


def areas(workbook: bytes) -> dict[str, str]:
    names = openpyxl.load_workbook(io.BytesIO(workbook)).defined_names
    return {name: defined.attr_text.replace("'", "") for name, defined in names.items()}


def called(formula: str) -> set[str]:
    found = tokens(formula)
    return {name for name, sign in pairwise(found) if sign == "("} & set(CATALOGUE)


def test_every_sheet_can_be_drawn(tmp_path: Path) -> None:
    need(profile.missing())
    need(None if session.can_draw() else "pdftoppm of poppler-utils was not found.")
    workbook = built(FULL)
    drawn = session.draw(workbook, tmp_path / "pictures", 40)
    sheets = openpyxl.load_workbook(io.BytesIO(workbook)).sheetnames
    assert [picture.stem for picture in drawn] == sheets
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in drawn)


def test_a_workbook_is_printed_as_pdf(calc: Calc) -> None:
    calc.open(built(FULL))
    assert calc.pdf().startswith(b"%PDF")
