"""Does the entire workbook follow modelling standards, on every sheet?

One formula in a row, no number inside a formula, a year in the same column everywhere, a unit
before every line, a colour for where a number comes from, and the master check on top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from openpyxl.formula import Tokenizer
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula
from test_template import relative
from working_copy import HIDDEN, MASTER, Copy

from workbook.functions import CATALOGUE
from workbook.package.formulas import tokens
from workbook.package.package import Package
from workbook.status import SUMMARY
from workbook.template import styles
from workbook.template.layout import HEAD_ROWS

#: Sheets on which something is calculated, and which of them have years across.
CALCULATED = (
    *("Contracts and RPO", "DCF", "Choices", "Scenarios and sensitivity"),
    *("What the price requires", "Equity", "Comparables"),
    *("Revenue", "Quarters", "Costs and capital", "Cash flow and funding", "Market", "Signals"),
)
YEARLY = (
    "Inputs",
    "Revenue",
    "Costs and capital",
    "DCF",
    "Cash flow and funding",
    "Comparables",
)
#: Formulas that call a function of the catalogue, at most; one of them is the status line's, which
#: asks whether functions answer. That every function works in a cell is for `test_every_function`.
CALLS = 130
#: The first column after the labels on sheets with periods across.
FIRST = 5
#: Months of a year, hours of a day and the like are no assumptions.
FIXED = {"0", "1", "2", "12", "10", "100", "365", "365.25", "8760", "1000"}


def formulas(whole: Copy, sheet: str) -> Iterator[Any]:
    for row in whole.book[sheet].iter_rows():
        yield from (c for c in row if isinstance(c.value, str) and c.value.startswith("="))


def test_the_workbook_asks_for_an_answer_once(finished: bytes) -> None:
    """A call takes 2 to 9 ms through COM, so that each one more makes Excel slower for everybody.

    What a block already holds, a cell takes from the block.
    """
    calling = [
        formula.text
        for of_sheet in Package.opened(finished).formulas.values()
        for formula in of_sheet.values()
        if any(name.upper() in CATALOGUE for name in tokens(formula.text))
    ]
    assert len(calling) <= CALLS
    assert len(set(calling)) == len(calling)


def test_a_row_across_periods_has_one_formula(whole: Copy) -> None:
    several = []
    rows = 0
    for sheet in ("Contracts and RPO", *YEARLY[1:]):
        head = [c.value for c in whole.book[sheet][HEAD_ROWS]]
        assert head[0] == "Unit", sheet
        for row in whole.book[sheet].iter_rows(min_row=HEAD_ROWS):
            found = [
                c for c in row[FIRST - 1 :] if isinstance(c.value, str) and c.value.startswith("=")
            ]
            # A column of Inputs turned into a row has an address of its own in each cell.
            turned = all(re.fullmatch(r"='Inputs'!\$[A-Z]+\$\d+", c.value) for c in found)
            # Neither is a row of a table, of which each column has a formula of its own.
            listed = all(c.value.startswith(f'=IF($D{c.row}="",') for c in found)
            if len(found) > 4 and not turned and not listed:
                rows += 1
                if len({relative(c.value, (c.row, c.column)) for c in found}) > 1:
                    several.append((sheet, row[0].row, [c.value for c in found[:3]]))
    assert rows > 12
    assert several == []


def test_no_assumption_stands_inside_a_formula(whole: Copy) -> None:
    held = [
        (sheet, cell.coordinate, token.value)
        for sheet in CALCULATED
        for cell in formulas(whole, sheet)
        for token in Tokenizer(cell.value).items
        if token.subtype == "NUMBER" and token.value not in FIXED
    ]
    assert held == []


def test_no_number_is_typed_outside_inputs(whole: Copy) -> None:
    typed = [
        (sheet, cell.coordinate, cell.value)
        for sheet in CALCULATED
        for row in whole.book[sheet].iter_rows()
        for cell in row
        if isinstance(cell.value, int | float)
        and (sheet, cell.coordinate) not in whole.block
        # How long a column is: the sheet has no other columns.
        and cell.style != "fixed"
    ]
    assert typed == []
    fixed = [
        cell.coordinate for sheet in CALCULATED for row in whole.book[sheet].iter_rows()
        for cell in row if cell.style == "fixed" and isinstance(cell.value, int | float)
    ]  # fmt: skip
    assert len(fixed) <= 4


def test_a_year_is_the_same_column_wherever_years_stand_across(whole: Copy) -> None:
    """In the head of a sheet, or of its sections: wherever Year stands before them."""
    _, head, _ = whole.named("Drivers")
    years = {column: v for (row, column), v in whole.base["Inputs"].items()
             if row == head and column > 4 and isinstance(v, float)}  # fmt: skip
    assert len(years) >= 5
    for sheet in YEARLY[1:]:
        rows = [r[0].row for r in whole.book[sheet].iter_rows(min_row=HEAD_ROWS)
                if r[0].value == "Unit" and "Year" in (r[2].value, r[3].value)]  # fmt: skip
        assert rows, sheet
        for row in rows:
            found = {at[1]: v for at, v in whole.base[sheet].items()
                     if at[0] == row and isinstance(v, float)}  # fmt: skip
            assert found == years, (sheet, row)


def test_every_line_across_periods_has_its_unit(whole: Copy) -> None:
    without = []
    for sheet in CALCULATED:
        for row in whole.book[sheet].iter_rows():
            for cell in [c for c in row if isinstance(c.value, ArrayFormula)]:
                if whole.base[sheet].get((cell.row, cell.column)) in ("Period", "Year"):
                    _, top, _, bottom = range_boundaries(cell.value.ref)
                    without += [
                        (sheet, line) for line in range(top + 1, bottom + 1)
                        if not whole.book[sheet].cell(line, 1).value
                    ]  # fmt: skip
    assert without == []


def test_links_to_other_sheets_are_green_and_nothing_else_is(whole: Copy) -> None:
    names = "|".join(whole.book.defined_names)
    black, green = [], []
    for sheet in whole.book.sheetnames:
        for cell in formulas(whole, sheet):
            link = re.fullmatch(r"='[^']+'!\$?[A-Z]+\$?\d+", cell.value)
            if cell.font.color is not None and cell.font.color.rgb == styles.GREEN:
                if "!" not in cell.value and not re.search(rf"\b({names})\b", cell.value):
                    green.append((sheet, cell.coordinate, cell.value))
            # The check, a note or a result has the looks of one, wherever it comes from.
            elif link and cell.style not in ("check", "note", "result"):
                black.append((sheet, cell.coordinate, cell.value))
    assert black == []
    assert green == []


def test_only_inputs_are_blue(whole: Copy) -> None:
    blue = [
        (sheet.title, cell.coordinate) for sheet in whole.book for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and cell.font.color is not None
        and cell.font.color.rgb == styles.BLUE and sheet.title != "Inputs"
        # The example on Dashboard, and what can be clicked on.
        and not cell.hyperlink and not (sheet.title == "Dashboard" and cell.style == "input")
    ]  # fmt: skip
    assert blue == []


def test_every_sheet_has_the_master_check_on_top(whole: Copy) -> None:
    for sheet in whole.book:
        if sheet.title not in ("Checks and warnings", *HIDDEN):
            assert sheet.cell(*MASTER).value == "='Checks and warnings'!$A$3", sheet.title
            assert sheet.cell(*SUMMARY).value == "='Checks and warnings'!$A$4", sheet.title


def test_what_a_colour_says_stands_in_words_too(whole: Copy) -> None:
    """Every rule that colours a cell looks for a word that it shows, or that is below its grid.

    Others colour an amount where there should be none, which its label says.
    """
    rules = [
        rule.formula[0] for sheet in whole.book
        for ranges in sheet.conditional_formatting for rule in ranges.rules
        # Others choose the format of a number.
        if rule.dxf.fill or rule.dxf.font
    ]  # fmt: skip
    assert rules
    words = (
        r'="(All|Values|FAIL|on|undecided|not observed|close|WARNING|look-ahead|IN CONFLICT'
        r'|The case itself|Scenario |All changes)"|>0$'
        r'|SEARCH\("(see Checks and warnings|no warnings)",\$A\$4\)'
    )
    assert all(re.search(words, formula) for formula in rules), rules
