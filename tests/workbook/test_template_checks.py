"""Can every check of the workbook be made to fail?

The oracle is tampering: a wrong number, a failing function or a missing one, which the checks must
notice.
"""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.worksheet.formula import ArrayFormula
from working_copy import (
    COUNTED,
    RESULT_COLUMN,
    TIMELINE,
    Cell,
    Copy,
    checks,
    errors,
    masters,
    tamperings,
)

from workbook.check.report import report
from workbook.hosts import headless
from workbook.package.cells import address, cells, place


def test_every_check_can_be_made_to_fail(copied: Copy) -> None:
    assert len(checks(copied)) > 40
    never = []
    for row, told in checks(copied).items():
        for edits in tamperings(copied, row, told):
            values = copied.values(edits)
            if values["Checks"][row, RESULT_COLUMN] == "FAIL":
                (shown,) = masters(values)
                assert str(shown).startswith("FAIL: "), told
                break
        else:
            never.append(told)
    assert never == []


def test_the_whole_workbook_agrees_with_itself_and_the_model(finished: bytes) -> None:
    assert report(finished).faults == []


def test_every_check_of_the_further_sheets_can_be_made_to_fail(copied: Copy, whole: Copy) -> None:
    core = set(checks(copied).values())
    left = {
        row: tamperings(whole, row, told) for row, told in checks(whole).items() if told not in core
    }
    assert len(left) > 100
    # First all at once, because the whole takes its time, and then by itself what the changes to
    # the others have kept from failing.
    edits: dict[Cell, Any] = {}
    for ways in left.values():
        edits |= next(ways, {})
    values = whole.values(edits)["Checks"]
    never = [
        told
        for row, told in checks(whole).items()
        if row in left
        and values[row, RESULT_COLUMN] != "FAIL"
        and not any(
            whole.values(way)["Checks"][row, RESULT_COLUMN] == "FAIL"
            for way in tamperings(whole, row, told)
        )
    ]
    assert never == []


@pytest.mark.parametrize(
    "name",
    ["Bridge", "Band_amounts", "Schedule", "Implied_bookings", "Forecast_lines", "Valuation"],
)
def test_a_function_that_fails_fails_its_block(copied: Copy, name: str) -> None:
    sheet, top, left = copied.named(name)
    cell = sheet, address(top, left)
    values = copied.values({cell: ArrayFormula(copied.block[cell], "=NA()")})
    (row,) = (
        r for r, told in checks(copied).items()
        if told == f"{name.replace('_', ' ')}: {COUNTED}"
    )  # fmt: skip
    assert values["Checks"][row, RESULT_COLUMN] == "FAIL"
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}


def test_every_block_of_a_function_is_named_or_counted(copied: Copy) -> None:
    """No array formula stands outside the count of numbers."""
    counted = {
        (sheet, address(*at))
        for row, told in checks(copied).items()
        if told.endswith(COUNTED)
        for counted in copied["Checks", f"D{row}"].value.split("COUNT(")[1].rstrip(")").split(",")
        for sheet, area in [counted[1:].split("'!")]
        for at in cells(area.replace("$", ""))
    }
    numbers = {
        cell for cell in copied.block if isinstance(copied.base[cell[0]][place(cell[1])], float)
    }
    for cell in numbers - counted:
        # Headers of periods, and months of the bands: texts to read by.
        row, _ = place(cell[1])
        assert copied.label(cell[0], row) in TIMELINE or "onth" in copied.label(cell[0], row)


def test_a_misspelt_input_fails_the_master_check(copied: Copy) -> None:
    values = copied.values({copied.at("securities.options.count", -1): "optoin"})
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}
    assert any("did you mean 'option'" in line for line in errors(values))


def test_where_the_functions_are_not_installed_nothing_passes_in_silence(
    copied: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headless, "CATALOGUE", {})
    values = copied.values({})
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}
    assert any("#NAME?" in line for line in errors(values))
