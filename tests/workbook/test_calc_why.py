"""Does OFFTAKE_WHY say in Calc why the calls in a cell fail?

Oracle: the test spoils the cells, and the sentences are the catalogue's. Skipped without
LibreOffice, unless it is required.
"""

from __future__ import annotations

import pytest
from calc.session import Calc
from openpyxl.worksheet.formula import ArrayFormula
from small_package import saved
from test_calc_ods import read
from test_calls import AT_LEAST_0, BELOW, NOT_DIVIDED, SPOILT, STRIKE, TABLE, deal

from workbook.hosts import libreoffice
from workbook.hosts.calc import component
from workbook.package.cells import ErrorValue, Value
from workbook.package.package import Package

#: What is in a cell, and what is said of it.
WHY = {
    # What is well, or nothing to be asked about.
    f"=DILUTED_SHARES(B5,{TABLE})": "",
    f"=DILUTED_SHARES(Z99,{TABLE})": "",  # An empty cell is 0 in Calc.
    "=B5": "",
    "typed": "",
    "=A5": "",
    # A call with ranges, names and calls in it.
    f"=DILUTED_SHARES(B5,{SPOILT})": f"DILUTED_SHARES: {STRIKE}; see Deal!D13.",
    "=DILUTED_SHARES(B5,Mine)": f"DILUTED_SHARES: {STRIKE}; see Deal!D13.",
    "=2*Shares": "DILUTED_SHARES: price must be at least 0, not -5.",
    f"=DILUTED_SHARES(-1,{TABLE},)": f"DILUTED_SHARES: {AT_LEAST_0}.",
    f"=IF(B5>0,ROUND(DILUTED_SHARES(DCF_TERMINAL_GROWTH(100,0.05,0.06),{TABLE}),1))":
        f"DCF_TERMINAL_GROWTH: {BELOW}.",
    f"=DILUTED_SHARES(-1,{TABLE})+DCF_TERMINAL_GROWTH(100,0.05,0.06)":
        f"DILUTED_SHARES: {AT_LEAST_0}. DCF_TERMINAL_GROWTH: {BELOW}.",
    f"=IFERROR(DILUTED_SHARES(-1,{TABLE}),7)": f"DILUTED_SHARES: {AT_LEAST_0}.",
    f"=IF(B5>0,DILUTED_SHARES(B5,{TABLE}),DILUTED_SHARES(-1,{TABLE}))": "",
    # What Calc refuses before it calls a function.
    f"=DILUTED_SHARES(B6,{TABLE})": f"DILUTED_SHARES: {NOT_DIVIDED}; see Deal!B6.",
    "=DCF_PRESENT_VALUE(B5:B6,0.1)":
        "DCF_PRESENT_VALUE: cash_flows (place 2) must be a number, not the error #DIV/0!; "
        "see Deal!B6.",
    f'=DILUTED_SHARES(B5,{TABLE},"basic",1)':
        "DILUTED_SHARES: DILUTED_SHARES takes 3 arguments, not 4.",
    # Whole columns and rows.
    "=DCF_PRESENT_VALUE(60:60,0.1)":
        "DCF_PRESENT_VALUE: cash_flows (place 1) must be a number, not 'Last'; see Deal!A60.",
    f"=DILUTED_SHARES(Back!A1,{TABLE})":
        "DILUTED_SHARES: price must be a number, not 'x'; see Back!A1.",
    # Errors that no call gives.
    f"=DILUTED_SHARES(B5,{TABLE})+B7":
        "No call in it is refused; the error comes from Deal!B7 (#DIV/0!).",
    "=B7*2": "The formula calls no Offtake function; the error comes from Deal!B7 (#DIV/0!).",
    "=1/0": "The formula calls no Offtake function; the error is in the rest of the formula.",
    f"=MYFUNC(DILUTED_SHARES(B5,{TABLE}))":
        "The formula calls myfunc, which Offtake cannot calculate.",
    # Entered with Enter alone, a table shows its first cell.
    f"=DILUTION_BRIDGE(B5,{TABLE})":
        "DILUTION_BRIDGE returns a table, of which the cell shows only the first cell; to get all "
        "of it, press F2, type a space after the formula, and press Ctrl+Shift+Enter.",
    f"=INDEX(DILUTION_BRIDGE(B5,{TABLE}),1,1)": "",
    "=DCF_TERMINAL_GROWTH(100)":
        "DCF_TERMINAL_GROWTH: rate must be given: cost of capital after the forecast.",
}  # fmt: skip

Shown = dict[tuple[int, int], Value]


@pytest.fixture(scope="module")
def shown(calc: Calc) -> Shown:
    made = deal(**{f"F{row}": held for row, held in enumerate(WHY, 20)})
    sheet = made["Deal"]
    back = made.create_sheet("Back")
    back["A1"], back.sheet_state = "x", "hidden"
    for row in range(20, 20 + len(WHY)):
        sheet[f"G{row}"] = f"=OFFTAKE_WHY(F{row})"
    sheet["G1"], sheet["G2"] = "=OFFTAKE_WHY(F20:F21)", "=OFFTAKE_WHY(Z98)"
    sheet["G3"], sheet["G4"] = "=OFFTAKE_WHY(7)", '=IF(ISERROR(F25),OFFTAKE_WHY(F25),"fine")'
    return calc.evaluate(saved(made))["Deal"]


@pytest.mark.parametrize(("row", "held"), [*enumerate(WHY, 20)])
def test_a_cell_says_why_another_fails(shown: Shown, row: int, held: str) -> None:
    assert shown[row, 7] == WHY[held]


def test_it_takes_one_cell(shown: Shown) -> None:
    assert shown[1, 7] == "OFFTAKE_WHY must get one cell, not a range."
    assert shown[2, 7] == ""
    # Calc itself refuses what is no cell.
    assert shown[3, 7] == ErrorValue("Err:504")
    assert shown[4, 7] == f"DILUTED_SHARES: {STRIKE}; see Deal!D13."


def test_it_is_calculated_again_when_the_cell_changes(calc: Calc) -> None:
    made = deal(F1=f"=DILUTED_SHARES(B5,{SPOILT})", F2="=OFFTAKE_WHY(F1)")
    calc.open(saved(made))
    calc.recalculate()
    assert calc.values()["Deal"][2, 6] == f"DILUTED_SHARES: {STRIKE}; see Deal!D13."
    calc.change({("Deal", (13, 4)): 50.0})
    assert calc.values()["Deal"][2, 6] == ""
    calc.change({("Deal", (5, 2)): -1.0})
    assert calc.values()["Deal"][2, 6] == f"DILUTED_SHARES: {AT_LEAST_0}; see Deal!B5."


def test_any_cell_of_a_block_says_why_the_block_fails(calc: Calc) -> None:
    block = ArrayFormula("F1:O4", f"=DILUTION_BRIDGE(-1,{TABLE})")
    works = ArrayFormula("F6:O9", f"=DILUTION_BRIDGE(5,{TABLE})")
    asked = {"F12": "=OFFTAKE_WHY(H3)", "F13": "=OFFTAKE_WHY(H8)"}
    values = calc.evaluate(saved(deal(F1=block, F6=works, **asked)))["Deal"]
    assert values[13, 6] == ""
    assert values[3, 8] == ErrorValue("#VALUE!")
    assert values[12, 6] == f"DILUTION_BRIDGE: {AT_LEAST_0}."


def test_it_keeps_its_name_in_files(calc: Calc) -> None:
    calc.open(saved(deal(F1="=OFFTAKE_WHY(B5)")))
    for package in (Package.opened(calc.xlsx()), read(calc.ods())):
        assert package.formulas["Deal"][1, 6].text == "OFFTAKE_WHY(B5)"


def test_the_function_wizard_describes_it(calc: Calc) -> None:
    described = calc.functions()[component.WHY]
    assert described["description"] == libreoffice.WHY_DESCRIPTION
    assert described["arguments"] == [["cell", "The cell to explain.", False]]
