"""Is the built workbook sound: its structure, its appearance, and its contents when opened?"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from open_xml import findings
from openpyxl.formula import Tokenizer
from small_package import parts
from working_copy import (
    CASE,
    CONFIGURATION,
    HIDDEN,
    MASTER,
    RESULT_COLUMN,
    RESULTS,
    Copy,
    checks,
    errors,
    masters,
)

from model.valuation import calendar_years
from workbook import template
from workbook.check.report import report
from workbook.hosts.excel_files import macro_workbook
from workbook.hosts.lite import lite_workbook
from workbook.package.cells import Place, address, place
from workbook.package.names import check_name
from workbook.package.package import Package
from workbook.status import is_as_built
from workbook.template import styles
from workbook.template.layout import HEAD_ROWS


def test_every_number_agrees_with_the_model(built: bytes) -> None:
    found = report(built)
    assert found.faults == []
    compared = re.search(r"(\d+) of them compared", found.summary)
    assert compared
    assert int(compared[1]) > 300


def test_openpyxl_gives_back_the_same_workbook(copied: Copy) -> None:
    """Or else the changes below would be compared with something else."""
    assert copied.values({}) == copied.base


def test_nothing_is_an_error_and_every_check_passes(copied: Copy) -> None:
    assert errors(copied.base) == []
    results = {copied.base["Checks and warnings"][row, RESULT_COLUMN] for row in checks(copied)}
    assert results == {"OK"}
    assert masters(copied.base) == {f"All {len(checks(copied))} checks pass"}


# Structure ---------------------------------------------------------------------------------------


def pages(copied: Copy) -> list[Any]:
    return [page for page in copied.book if page.title not in HIDDEN]


def test_sheets_stand_in_their_order(copied: Copy, whole: Copy) -> None:
    names = copied.book.sheetnames
    assert names == [name for name in template.ORDER if name in names]
    assert whole.book.sheetnames == list(template.ORDER)
    assert names[:2] == ["Dashboard", "Inputs"]
    assert names[-5:] == ["Checks and warnings", "Sources", "Changes", *HIDDEN]
    assert {page.title for page in copied.book if page.sheet_state != "visible"} == {*HIDDEN}
    assert {copied.book[title].sheet_state for title in HIDDEN} == {"hidden"}


def test_every_sheet_shows_the_master_check_in_its_frozen_head(copied: Copy) -> None:
    for page in pages(copied):
        if page.title != "Checks and warnings":
            assert page["A3"].value == "='Checks and warnings'!$A$3"
        assert place(page.freeze_panes)[0] == HEAD_ROWS + 1, page.title
        assert page.print_title_rows == f"$1:${HEAD_ROWS}"


def test_a_column_is_the_same_year_on_every_sheet(copied: Copy) -> None:
    header = copied.named("Forecast_lines")[1]
    first = copied.named("Drivers")[1]
    inputs, dcf = (
        {column: v for (at, column), v in copied.base[sheet].items()
         if at == row and isinstance(v, float)}
        for sheet, row in (("Inputs", first), ("DCF", header - 1))
    )  # fmt: skip
    assert inputs == dcf
    assert list(inputs.values()) == [float(year) for year in calendar_years(CASE)]
    assert {c: copied.base["DCF"][header, c] for c in dcf} == dcf


def relative(formula: str, at: Place) -> str:
    """Write the references of a formula as distances from its cell, where they are relative."""

    def distance(found: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = found.groups()
        row, column = place(letters + digits)
        return (
            f"R{row}" if fixed_row else f"R[{row - at[0]}]"
        ) + (f"C{column}" if fixed_column else f"C[{column - at[1]}]")  # fmt: skip

    return re.sub(r"(\$?)\b([A-Z]{1,3})(\$?)([1-9]\d*)\b", distance, formula)


def timeline_rows(copied: Copy) -> Iterator[tuple[str, list[str]]]:
    """Yield each row of formulas across periods or prices, with references made relative.

    Left out are rows that only turn a column of Inputs into a row, cell by cell, and the tables of
    securities and of published figures, whose columns are no periods.
    """
    _, top, _ = copied.named("Securities")
    securities = range(top, top + 1 + len(CASE.securities))
    for sheet in ("Inputs", *RESULTS):
        for row in copied.book[sheet].iter_rows(min_row=HEAD_ROWS):
            if any(c.value in ("Published", "At the value") for c in row):
                break
            # The labels, before the first period, link to each other.
            after = 3 if sheet == "Inputs" else 4
            found = [c for c in row[after:] if isinstance(c.value, str) and c.value.startswith("=")]
            turned = all(re.fullmatch(r"='Inputs'!\$[A-Z]+\$\d+", c.value) for c in found)
            if sheet == "Inputs" and row[0].row in securities:
                continue
            if len(found) > 2 and not turned:
                yield (
                    f"{sheet} row {row[0].row}",
                    [relative(c.value, (c.row, c.column)) for c in found],
                )


def test_a_row_has_one_formula(copied: Copy) -> None:
    rows = dict(timeline_rows(copied))
    assert len(rows) >= 15
    assert rows[f"Inputs row {copied.named('Drivers')[1]}"][0].startswith("=YEAR(")
    assert {name: set(found) for name, found in rows.items() if len(set(found)) > 1} == {}


def test_formulas_across_a_timeline_hold_no_constants(copied: Copy) -> None:
    for name, found in timeline_rows(copied):
        for formula in found:
            for token in Tokenizer(re.sub(r"R\[?-?\d+\]?C\[?-?\d+\]?", "A1", formula)).items:
                if token.subtype == "NUMBER":
                    assert token.value in ("0", "1"), (name, formula)


def test_inputs_are_blue_and_typed(copied: Copy) -> None:
    blue = 0
    for cell in [c for row in copied.book["Inputs"].iter_rows() for c in row]:
        is_formula = isinstance(cell.value, str) and cell.value.startswith("=")
        if cell.style.startswith("input"):
            assert cell.font.color.rgb == styles.BLUE
            assert not is_formula, cell.coordinate
            blue += 1
        elif is_formula:
            assert cell.font.color.rgb != styles.BLUE, cell.coordinate
        elif isinstance(cell.value, int | float):
            raise AssertionError(f"{cell.coordinate} is a number that is not an input")
    assert blue > 150


#: Typed numbers that are not inputs, by their labels, and why.
CONSTANTS = {
    "Length of a period": "The sheet has a column for each quarter: no other length fits it",
}


def test_no_number_is_typed_among_the_results(copied: Copy) -> None:
    for sheet in RESULTS:
        for cell in [c for row in copied.book[sheet].iter_rows() for c in row]:
            inside = (sheet, cell.coordinate) in copied.block
            if isinstance(cell.value, int | float) and not inside:
                assert copied.label(sheet, cell.row) in CONSTANTS, (sheet, cell.coordinate)
            blue = cell.font.color is not None and cell.font.color.rgb == styles.BLUE
            assert not blue or inside or cell.hyperlink


def test_every_formula_has_the_value_that_it_gives(built: bytes, copied: Copy) -> None:
    held, found = Package.opened(built).cached, copied.base
    # The stored line at the top must be true in a program that does not calculate.
    lines = {(sheet, MASTER) for sheet in held if MASTER in held[sheet]}
    assert all(is_as_built(at, held[sheet][at]) for sheet, at in lines)
    assert all(
        value == found[sheet][at]
        for sheet, of_sheet in held.items()
        for at, value in of_sheet.items()
        if (sheet, at) not in lines
    )
    assert {sheet: of_sheet.keys() for sheet, of_sheet in held.items()} == {
        sheet: of_sheet.keys() for sheet, of_sheet in found.items()
    }
    at_all = [value for of_sheet in held.values() for value in of_sheet.values()]
    assert len(at_all) > 1000
    blank = [
        (sheet, address(*at)) for sheet, of_sheet in held.items()
        for at, value in of_sheet.items() if value is None
    ]  # fmt: skip
    assert blank == []


def test_names_are_legal_and_stand_where_they_say(copied: Copy) -> None:
    assert len(copied.book.defined_names) > 10
    for name, defined in copied.book.defined_names.items():
        check_name(name)
        sheet, _, area = defined.attr_text.rpartition("!")
        assert copied.book[sheet.strip("'")][area.replace("$", "")]


def test_the_open_xml_validator_finds_nothing(finished: bytes, tmp_path: Path) -> None:
    assert findings(finished, tmp_path) == []


def test_the_same_case_gives_the_same_bytes(built: bytes) -> None:
    assert template.build(CASE) == built


def test_no_cell_without_content_has_a_type(finished: bytes) -> None:
    for file in (finished, macro_workbook(finished), lite_workbook(finished)):
        sheets = [part for name, part in parts(file).items() if "worksheets/sheet" in name]
        assert len(sheets) == len(template.ORDER)
        # All of an empty cell, and the start of one marked as a number.
        empty = [cell for part in sheets for cell in re.findall(rb"<c [^>]*/>|<c [^>]*></c>", part)]
        assert len(empty) > 1000
        assert not [cell for cell in empty if b" t=" in cell]
        assert not [part for part in sheets if re.search(rb'<c [^>]*t="n"', part)]


def test_xlwings_finds_where_the_functions_are(copied: Copy) -> None:
    page = copied.book[CONFIGURATION]
    settings = dict(page.iter_rows(values_only=True))
    assert settings == {"UDF Modules": "workbook.udfs", "ADD_WORKBOOK_TO_PYTHONPATH": "False"}
    assert importlib.util.find_spec(settings["UDF Modules"])
