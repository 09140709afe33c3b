"""Does `differences` find every kind of wrong cell, and nothing else?

The oracle is the workbook itself: finished, it has no difference; then one cached value is changed
at a time, by hand.
"""

from __future__ import annotations

import io

import in_parts
import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from test_pull import reversed_rows

from model.case.case import load
from workbook import template
from workbook.check.changed import changed
from workbook.check.differences import differences
from workbook.check.keyed import keyed_sheets
from workbook.check.moved import Moved
from workbook.check.report import report
from workbook.hosts.headless import evaluate
from workbook.package import archive
from workbook.package.cells import ErrorValue, Place, Value, address
from workbook.package.contents import present_cells
from workbook.package.finish import finish
from workbook.package.package import Package

RIGHT: dict[Place, Value] = {
    (1, 1): 1250.0,
    (2, 1): "text",
    (3, 1): True,
    (4, 1): 0.0,
    (1, 2): 0.8,
    (2, 2): 0.64,
}


@pytest.fixture(scope="module")
def raw() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "=DCF_TERMINAL_GROWTH(100,0.1,0.02)"
    sheet["A2"] = '="te"&"xt"'
    sheet["A3"] = "=2>1"
    sheet["A4"] = "=0.1+0.2-0.3"
    sheet["B1"] = ArrayFormula("B1:B2", "=C1:C2")
    sheet["C1"], sheet["C2"] = 0.8, 0.64
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def built() -> bytes:
    return template.build(load("cerebras"))


def with_value(raw: bytes, at: Place, value: Value) -> bytes:
    return finish(raw, {"Sheet": RIGHT | {at: value}})


def test_a_finished_workbook_has_no_differences(raw: bytes) -> None:
    assert differences(finish(raw, evaluate(raw))) == []
    assert differences(finish(raw, {"Sheet": RIGHT})) == []


@pytest.mark.parametrize(
    ("at", "value", "line"),
    [
        (
            (1, 1),
            1250.00001,
            "Sheet!A1: the file holds 1250.00001, its formula gives 1250.0",
        ),
        ((1, 1), "1250", "Sheet!A1: the file holds '1250', its formula gives 1250.0"),
        ((2, 1), "Text", "Sheet!A2: the file holds 'Text', its formula gives 'text'"),
        ((3, 1), False, "Sheet!A3: the file holds FALSE, its formula gives TRUE"),
        ((3, 1), 1.0, "Sheet!A3: the file holds 1.0, its formula gives TRUE"),
        ((2, 2), 0.64001, "Sheet!B2: the file holds 0.64001, its formula gives 0.64"),
        ((2, 2), None, "Sheet!B2: the file holds nothing, its formula gives 0.64"),
        (
            (2, 2),
            ErrorValue("#N/A"),
            "Sheet!B2: the file holds #N/A, its formula gives 0.64",
        ),
    ],
)
def test_a_wrong_value_is_reported(raw: bytes, at: Place, value: Value, line: str) -> None:
    assert [str(d) for d in differences(with_value(raw, at, value))] == [line]


@pytest.mark.parametrize(
    ("at", "value"), [((1, 1), 1250 * (1 + 9e-10)), ((4, 1), 5.6e-17), ((4, 1), -9e-14)]
)
def test_rounding_is_not_reported(raw: bytes, at: Place, value: Value) -> None:
    assert differences(with_value(raw, at, value)) == []


@pytest.mark.parametrize(("value", "count"), [(0.0, 0), (1e-8, 1)])
def test_what_rounding_leaves_of_numbers_in_other_rows_is_not_reported(
    value: float, count: int
) -> None:
    """A sum less itself, which Calc makes 0."""
    assert 121.8 + 762.8 + 687.6 - 1572.2 != 0.0
    book = openpyxl.Workbook()
    for row, number in enumerate((121.8, 762.8, 687.6, 1572.2), 1):
        book.active.cell(row, 2, number)
    book.active["A9"] = "=SUM(B1:B3)-B4"
    file = io.BytesIO()
    book.save(file)
    held = finish(file.getvalue(), {"Sheet": {(9, 1): value}})
    assert len(differences(held)) == count


def test_a_workbook_is_checked_after_openpyxl_has_saved_it(built: bytes) -> None:
    def beta(book: openpyxl.Workbook) -> None:
        row = next(row for row in book["Inputs"].iter_rows() if row[2].value == "Beta")
        row[3].value = 1.5

    for edit in (None, beta):
        book = openpyxl.load_workbook(io.BytesIO(built))
        if edit:
            edit(book)
        file = io.BytesIO()
        book.save(file)
        found = report(file.getvalue())
        assert found.faults == []
        assert (
            "all agree; the file has no values until a spreadsheet calculates it." in found.summary
        )


def test_an_error_is_reported_even_where_both_sides_agree() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "=DCF_TERMINAL_GROWTH(100,0.05,0.06)"
    file = io.BytesIO()
    book.save(file)
    raw = file.getvalue()
    (found,) = differences(finish(raw, evaluate(raw)))
    assert str(found) == (
        "Sheet!A1: the file holds #NUM!, its formula gives #NUM! "
        "(growth must be below the discount rate, not 0.06.)"
    )


# Formulas typed over ---------------------------------------------------------------------------


def typed_over(package: bytes, sheet: str, cells: list[Place]) -> bytes:
    """Take the formulas out of cells and leave the values, as one does who pastes values."""
    parts = archive.read(package)
    part = archive.sheet_parts(parts)[sheet]
    root = archive.parsed(parts[part])
    present = present_cells(root)
    for at in cells:
        formula = present[at].find("f")
        assert formula is not None
        present[at].remove(formula)
    return archive.zipped(parts | {part: archive.written(root)})


def test_a_number_typed_over_a_formula_is_found(built: bytes) -> None:
    """Though it is the very number that the formula gave, and everything still agrees."""
    draft, tried = template.drafted(load("cerebras")), 0
    for sheet, found in Package.opened(built).formulas.items():
        numbers = [at for at, f in found.items() if f.ref is None and isinstance(f.value, float)]
        chosen = numbers[:: max(1, len(numbers) // 5)]
        over = Package.opened(typed_over(built, sheet, chosen)) if chosen else Package.opened(built)
        assert {(f.sheet, f.at) for f in changed(over, draft, Moved(over, draft))} == {
            (sheet, at) for at in chosen
        }
        tried += len(chosen)
    assert tried > 50


def test_a_verdict_typed_over_a_check_is_a_fault(built: bytes) -> None:
    checks = openpyxl.load_workbook(io.BytesIO(built))["Checks and warnings"]
    row = next(row for row in range(1, checks.max_row) if checks.cell(row, 1).value == 1)
    (sentence,) = report(typed_over(built, "Checks and warnings", [(row, 8)])).faults
    assert sentence.startswith(
        f"Checks and warnings!H{row}: holds 'OK', and a formula belongs there: =IF("
    )


def test_a_name_typed_twice_is_named_with_its_table() -> None:
    """A sentence that names the cell and the table, in which a colon stands twice."""
    file = template.build(load("cerebras"))
    package = Package.opened(file)
    sheet, (top, left), (_, right) = in_parts.areas(package)["Customer_contracts"]
    held = package.sheets[sheet].value
    column = next(c for c in range(left, right + 1) if held((top, c)) == "Contract")
    name = held((top + 1, column))
    (found,) = (
        finding
        for finding in report(in_parts.changed(file, {(sheet, (top + 2, column)): name})).findings
        if finding.cause.startswith("inputs that no case")
    )
    assert str(found) == (
        f"Inputs!{address(top + 2, column)}: Customer contracts: Contract must be unique, but "
        f"{name!r} appears twice"
    )


@pytest.mark.parametrize(
    ("company", "table"),
    [
        *(("cerebras", table) for table in ("Securities", "Customer_contracts", "Plant", "Peers")),
        *(("cerebras", table) for table in ("Named_customers", "Measures", "Observations")),
        *((company, "Securities") for company in ("coreweave", "nebius")),
    ],
)
def test_sorted_rows_are_compared_in_the_order_that_they_have(company: str, table: str) -> None:
    """With the formulas that follow from their own row, and the repayments typed over some."""
    file = template.build(load(company))
    found = report(in_parts.changed(file, reversed_rows(Package.opened(file), table))).findings
    # The file still has the values from before.
    assert [str(f) for f in found if not f.cause.startswith("cells hold values")] == []


# The case as built -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["[[[", 'price = { value = 186, source = "pricing" }', "", None])
def test_a_line_of_the_case_that_is_not_as_built_is_named(built: bytes, text: str | None) -> None:
    """Another price there would make the price of the inputs a change that nobody made."""
    lines = load("cerebras").text.split("\n")
    row = 1 + next(i for i, line in enumerate(lines) if line.startswith("price = { value = 185"))
    found = report(in_parts.changed(built, {("Case", (row, 1)): text}))
    assert found.faults == [
        f"Case!A{row}: must be the line that the workbook was built from, not {text or ''!r}"
    ]
    assert found.results == []


def test_lines_of_the_case_that_were_moved_or_removed_are_a_fault(built: bytes) -> None:
    package = Package.opened(built)
    rows = package.edited(package.sheets["Case"].part).find("sheetData")
    assert rows is not None
    rows.remove(rows[-1])
    (line,) = report(Package(package.current())).faults
    assert line == "Case!A1: must have all lines that the workbook was built from, in their order"


def test_a_workbook_without_its_case_is_a_fault(built: bytes) -> None:
    package = Package.opened(built)
    sheets = package.edited("xl/workbook.xml").find("sheets")
    assert sheets is not None
    sheets.remove(next(sheet for sheet in sheets if sheet.attrib["name"] == "Case"))
    (line,) = report(Package(package.current())).faults
    assert line == "Case!A1: is missing, so changes since the build cannot be detected"


def test_the_row_below_a_sheet_has_a_key() -> None:
    """A check looks at the row below a table, which may be the last of its sheet."""
    package = Package.opened(template.write(load("coreweave")))
    for title, keyed in keyed_sheets(package).items():
        filled = [row for row, column in package.sheets[title].cells
                  if row != keyed.corner[0] and column != keyed.corner[1]
                  and package.sheets[title].value((row, column)) is not None]  # fmt: skip
        assert max(keyed.rows) > max(filled)
