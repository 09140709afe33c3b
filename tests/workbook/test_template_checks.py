"""Can every check of the workbook be made to fail?

The oracle is tampering: a wrong number, a failing function or a missing one, which the checks must
notice.
"""

from __future__ import annotations

from itertools import product

import pytest
from openpyxl.worksheet.formula import ArrayFormula
from working_copy import (
    COUNTED,
    NO_ERROR,
    RESULT_COLUMN,
    TIMELINE,
    Copy,
    Edits,
    checks,
    errors,
    masters,
    tamperings,
)

from workbook.check.report import report
from workbook.hosts import engine, foreign, headless
from workbook.package.cells import address, cells, place


def test_every_check_can_be_made_to_fail(copied: Copy) -> None:
    assert len(checks(copied)) > 40
    never = []
    for row, title in checks(copied).items():
        for edits in tamperings(copied, row, title):
            values = copied.quick(edits)
            if values["Checks and warnings"][row, RESULT_COLUMN] == "FAIL":
                (shown,) = masters(values)
                assert str(shown).startswith("FAIL: "), title
                break
        else:
            never.append(title)
    assert never == []


def test_a_file_with_the_same_typed_over_shows_the_same(copied: Copy, whole: Copy) -> None:
    for copy in (copied, whole):
        rows = [*checks(copy).items()]
        for row, title in rows[:: len(rows) // 3]:
            for edits in [*tamperings(copy, row, title)][:1]:
                assert copy.values(edits) == headless.evaluate(copy.changed(edits)), title
        assert copy.live.values({}) == copy.base


def test_the_whole_workbook_agrees_with_itself_and_the_model(finished: bytes) -> None:
    assert report(finished).faults == []


def never_failing(whole: Copy, ways: dict[int, list[Edits]]) -> set[int]:
    """Return the rows of Checks that never fail under their tamperings.

    Many are tried at once, to save time: each way, again without those that have failed. What
    others may have kept from failing all the time is tried in halves, down to itself.
    """
    left = set(ways)
    for in_halves, n in product((False, True), range(max(map(len, ways.values())))):
        groups = [sorted(row for row in left if n < len(ways[row]))]
        while groups:
            if not (rows := groups.pop()):
                continue
            edits = {cell: new for row in rows for cell, new in ways[row][n].items()}
            values = whole.quick(edits)["Checks and warnings"]
            seen = {row for row in rows if values[row, RESULT_COLUMN] == "FAIL"}
            left -= seen
            rest = [row for row in rows if row not in seen]
            half = 0 if seen else len(rest) // 2
            if len(rows) > 1 and (seen or in_halves):
                groups += [rest[:half], rest[half:]]
    return left


def test_every_check_of_the_further_sheets_can_be_made_to_fail(copied: Copy, whole: Copy) -> None:
    core = set(checks(copied).values())
    left = {row: title for row, title in checks(whole).items() if title not in core}
    assert len(left) > 100
    never = set()
    # Apart, because a text or an error in place of a number fails whatever is calculated from it.
    for no_number in (True, False):
        ways = {
            row: list(tamperings(whole, row, title))
            for row, title in left.items()
            if title.endswith((COUNTED, NO_ERROR)) == no_number
        }
        never |= never_failing(whole, ways)
    assert [left[row] for row in sorted(never)] == []


@pytest.mark.parametrize(
    "name",
    ["Bridge", "Band_amounts", "Schedule", "Implied_bookings", "Forecast_lines", "Valuation"],
)
def test_a_function_that_fails_fails_its_block(copied: Copy, name: str) -> None:
    sheet, top, left = copied.named(name)
    cell = sheet, address(top, left)
    values = copied.values({cell: ArrayFormula(copied.block[cell], "=NA()")})
    (row,) = (
        r for r, title in checks(copied).items()
        if title == f"{name.replace('_', ' ')}: {COUNTED}"
    )  # fmt: skip
    assert values["Checks and warnings"][row, RESULT_COLUMN] == "FAIL"
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}


#: Lines that have a word in the place of a number where nothing gives a price.
NONE = {
    *("Required", "Input that gives it", "Value per share with it", "Difference from the price"),
    *("Next solution", "Next solution: input", "Next solution: value per share"),
}


def test_every_block_of_a_function_is_named_or_counted(copied: Copy) -> None:
    """No array formula stands outside the count of numbers."""
    counted = {
        (sheet, address(*at))
        for row, title in checks(copied).items()
        if title.endswith(COUNTED)
        for counted in copied["Checks and warnings", f"D{row}"]
        .value.split("COUNT(")[1]
        .rstrip(")")
        .split(",")
        for sheet, area in [counted[1:].split("'!")]
        for at in cells(area.replace("$", ""))
    }
    numbers = {
        cell for cell in copied.block if isinstance(copied.base[cell[0]][place(cell[1])], float)
    }
    for cell in numbers - counted:
        # Headers of periods, and months of the bands: texts to read by.
        row, column = place(cell[1])
        above = (copied.base[cell[0]].get((each, column)) for each in range(row, 0, -1))
        if "Of this value" in above or copied.label(cell[0], row) in NONE:
            # A part of a value that is not above 0 is not meaningful: a text. So is a price that
            # nothing gives.
            continue
        assert copied.label(cell[0], row) in TIMELINE or "onth" in copied.label(cell[0], row)


def test_a_misspelt_input_fails_the_master_check(copied: Copy) -> None:
    values = copied.values({copied.at("securities.options.count", -1): "optoin"})
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}
    assert any("did you mean 'option'" in line for line in errors(values))


def test_where_the_functions_are_not_installed_nothing_passes_in_silence(
    copied: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (engine, foreign):
        monkeypatch.setattr(module, "CATALOGUE", {})
    values = headless.evaluate(copied.changed({}))
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}
    assert any("#NAME?" in line for line in errors(values))
