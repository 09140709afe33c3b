"""Does a formula over a range, entered as an array or not, get Excel's value, or none?

The oracles: Calc, which calls functions for each cell of a range as Excel does, and, where the two
differ, the values that Excel's documentation implies. Those with Calc are skipped without it,
unless it is required.
"""

from __future__ import annotations

import io

import openpyxl
import pytest
from calc.session import Calc
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from workbook.hosts.headless import evaluated
from workbook.hosts.positions import MOST, MOST_OF_ONE
from workbook.package.cells import ErrorValue, Value

#: What calls a function for each cell of A1:A5 and others, which the engine does not do.
CELL_BY_CELL = [
    *("ABS(B1:B5)", "INT(B1:B5)", "ROUND(A1:A5/3,0)", "SIGN(B1:B5)", "NOT(B1:B5>0)*1"),
    *("ISERROR(1/B1:B5)*1", "ISTEXT(C1:C5)*1", "ISNUMBER(B1:B5)*1", "N(A1:A5)", "EXP(B1:B5)"),
    *("SQRT(A1:A5)", "POWER(A1:A5,2)", "MOD(A1:A5,3)", "LEN(C1:C5)", '(LEFT(C1:C5,1)="x")*1'),
    *('VALUE(TEXT(A1:A5,"0"))', "YEAR(A1:A5+45000)", "DATE(2024,A1:A5,1)", "TRUNC(B1:B5)"),
    *("EOMONTH(A1:A5+45000,1)", "CHOOSE({1;2},3,4)", "LARGE(A1:A5,{1;2})", "INDEX(A1:A5,{1;3})"),
    *("COUNTIF(A1:A5,A1:A5)", "SUMIF(A1:A5,A1:A5,B1:B5)", "MATCH(A1:A5,A1:A5,0)"),
    *("VLOOKUP(A1:A5,A1:B5,2,FALSE)", 'MID("12345",ROW(A1:A5),1)*1', 'EXACT(C1:C5,"xx")*1'),
    "ROW(INDIRECT(C6))",
]
#: What takes an array as such only in a formula that is entered as one.
ENTERED = [
    *("IFERROR(1/B1:B5,7)", "IF(B1:B5>0,A1:A5,1)", "IF(B1:B5>0,IF(A1:A5>20,1,2),3)"),
    *("IF({TRUE;FALSE},1,2)", "SMALL(IF(A1:A5>5,ROW(A1:A5)),2)"),
    "INDEX(A1:A5,MATCH(1,(A1:A5>5)*(B1:B5>0),0))",
]
#: What is calculated either way: operators, rows and columns as numbers.
ANYWHERE = [
    *("-B1:B5", "B1:B5%", "B1:B5^2", "(B1:B5>0)+0", '(C1:C5&"a"="xa")*1'),
    *("A1:A5*TRANSPOSE(A8:E8)", "A1:A5*A8:E8", "ROW(A1:A5)", "COLUMN(A8:E8)", "ROW()+0*A1:A5"),
    *("COLUMN(A8:E8)*A8:E8", "(ROW(A1:A5)>2)*A1:A5", "ROW($2:$4)", "COLUMN($B:$D)", "ROW(Five)"),
    *("INDEX(ROW(A1:A5)*A1:A5,3)", "ROW(('S'!A2:A4))", "ROW(A4:A2)"),
]
#: How each is entered: as an array, or plain in SUMPRODUCT; and what is calculated then.
WAYS = {"array": ("SUM({})", ENTERED + ANYWHERE), "plain": ("SUMPRODUCT({})", ANYWHERE)}


def book(formulas: list[str], *, array: bool) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "S"
    for i in range(1, 6):
        for column, held in enumerate((10 * i if i % 2 else 0, i - 3.5, "x" * i), 1):
            sheet.cell(i, column, held)
        sheet.cell(8, i, i)
    sheet["C6"] = "A1:A5"
    made.defined_names["Five"] = DefinedName("Five", attr_text="S!$A$1:$A$5")
    for row, formula in enumerate(formulas, 20):
        text = f"={formula}"
        sheet.cell(row, 8).value = ArrayFormula(f"H{row}", text) if array else text
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def found(formulas: list[str], *, array: bool) -> dict[str, Value | str]:
    """Evaluate formulas: the value of each, or why it has none."""
    done = evaluated(book(formulas, array=array))
    cells = {formula: ("S", (row, 8)) for row, formula in enumerate(formulas, 20)}
    return {
        formula: f"left: {done.left[cell]}" if cell in done.left else done.values["S"][cell[1]]
        for formula, cell in cells.items()
    }


@pytest.mark.parametrize("way", WAYS)
def test_what_is_calculated_is_as_in_calc(calc: Calc, way: str) -> None:
    form, calculated = WAYS[way]
    each = {form.format(text): text for text in CELL_BY_CELL + ENTERED + ANYWHERE}
    here = found([*each], array=way == "array")
    there = calc.evaluate(book([*each], array=way == "array"))["S"]
    values = {text: value for text, value in here.items() if not str(value).startswith("left: ")}
    assert {each[text] for text in values} == set(calculated)
    assert {text: there[20 + [*each].index(text), 8] for text in values} == {
        text: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
        for text, value in values.items()
    }


@pytest.mark.parametrize(
    ("formula", "array", "value"),
    [
        ("SUMPRODUCT((ROW(A1:A5)>2)*A1:A5)", False, 80.0),
        ("SUMPRODUCT(COLUMN(A8:E8)*A8:E8)", False, 55.0),
        ("MAX(INDEX((A1:A5>0)*ROW(A1:A5),0))", False, 5.0),
        ("SUMPRODUCT(SMALL(ROW(Five)+(Five=0)*10^6,2))", False, 3.0),
        # A plain formula takes the first of what a function gives.
        ("SUM(ROW(A1:A5))", False, 1.0),
        ("SUM(ROW(A1:A5))", True, 15.0),
        ("SUM(ROW())+SUM(ROW(A7))", True, 27.0),
        ('SUM(IF(C1:C5="ROW(A1:A5)",1,0))', True, 0.0),
        ("SUM({1,2}*ROW(A2:A3))", True, 15.0),
    ],
)
def test_rows_and_columns_are_counted_as_excel_does(
    formula: str, array: bool, value: float
) -> None:
    assert found([formula], array=array) == {formula: value}


@pytest.mark.parametrize(
    ("formula", "array", "why"),
    [
        ("SUM(LEN(C1:C5))", True, "has a range where Excel calls a function for each cell of it"),
        ("LEN(C1:C5)", True, "has a range where Excel calls a function for each cell of it"),
        ("SUM(ROW(INDIRECT(C6)))", True, "takes ROW of INDIRECT(C6) as an array"),
        ("SUMPRODUCT(ROW(A:A))", False, "takes ROW of A:A as an array"),
        (
            "SUMPRODUCT(ROW(A1:A1001))", False,
            f"takes ROW of A1:A1001 as an array, and no more than {MOST_OF_ONE:,} numbers of a "
            f"range and {MOST:,} of a workbook are calculated",
        ),
    ],
)  # fmt: skip
def test_what_the_engine_would_get_wrong_is_left(formula: str, array: bool, why: str) -> None:
    assert found([formula], array=array) == {formula: f"left: {why}: ={formula}"}


def test_a_workbook_has_so_many_numbers_of_rows_and_no_more() -> None:
    formulas = [f"SUMPRODUCT(ROW(A1:A{MOST_OF_ONE}))"] * (MOST // MOST_OF_ONE + 1)
    done = evaluated(book(formulas, array=False))
    (left,) = done.left
    assert left == ("S", (19 + len(formulas), 8))
    assert done.values["S"][20, 8] == MOST_OF_ONE * (MOST_OF_ONE + 1) / 2
    assert not any(isinstance(value, ErrorValue) for value in done.values["S"].values())


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(A5:A2)", 80.0),
        ("SUM(B3:A1)", 35.5),
        ("SUM(B$2:$A$1)", 6.0),
        ("SUM(S!A5:A2)", 80.0),
        ("SUM(B2:$A$4:B6)", 80.0),
        ("SUM(B:A)", 90.5),
        ("SUM(3:1)", 35.5),
        ("SUMPRODUCT(ROW(A5:A2)*A5:A2)", 340.0),
    ],
)
def test_a_range_may_be_written_from_any_corner(calc: Calc, formula: str, value: float) -> None:
    assert found([formula, "SUM(A1:A2)"], array=False) == {formula: value, "SUM(A1:A2)": 10.0}
    assert calc.evaluate(book([formula], array=False))["S"][20, 8] == value
