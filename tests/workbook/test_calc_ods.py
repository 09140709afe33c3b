"""Is what Calc saves as .ods read as what it saves as .xlsx: formulas, values, names, findings?

The oracle is Calc, which writes both. Skipped without LibreOffice, unless it is required.
"""

from __future__ import annotations

import io
import math
import re
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from calc.session import Calc
from in_parts import renamed
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from test_calls import SAID, deal

from model.errors import InputError
from workbook.check import calls, report
from workbook.check.safety.verdict import judged
from workbook.hosts import libreoffice
from workbook.package import ods
from workbook.package.cells import Formula, Value
from workbook.package.package import Package

#: Formulas of every kind that one of the two writes in its own words.
FORMULAS = [
    *("=SUM(Deal!A:A)", "=SUM(Deal!1:2)", "=SUM(Deal!$B$2:C$3)", "=Deal!$B5&Deal!B$5", "=+B5"),
    *("=_xlfn.NORM.S.DIST(1,TRUE)", "=NORMSDIST(1)", "=CHIDIST(1,2)", "=_xlfn.IFNA(1,2)"),
    *("=_xlfn.CHISQ.DIST.RT(1,2)", "=_xlfn.STDEV.S(1,2)", "=STDEV(1,2)", "=POISSON(1,2,TRUE)"),
    *("=CEILING(2.5,1)", "=FLOOR(-2.5,-1)", "=_xlfn.CEILING.MATH(2.5)", "=_xlfn.CONCAT(1,2)"),
    *("=EDATE(G1,1)", "=NETWORKDAYS(1,20)", "=-2^2", "=50%", '="x;,|"&"a""b"', "=1<>2"),
    *("=SUM({1,-2;3,4})", "=IF(TRUE,1,)", "=ROUND(1.5,)", "=#N/A", "=1E+20+1.5"),
    *("='It''s a sheet'!A1", "=A1:B2 B1:C3", "=_xlfn.LET(_xlpm.x,1,_xlpm.x+1)"),
    *('=INDIRECT("Deal!B5")', "=OFFSET(B5,0,0)", '=TEXT(1,"0.0;-0.0")', "=ROW()", "=Mine", "=1=1"),
]

#: Calls of the catalogue but those on a sheet that is not there, which to Calc is a name.
CALLS = [formula for formula in SAID if "Other!" not in formula]


def book() -> bytes:
    """Make a workbook with a cell of every kind."""
    made = deal(**{f"F{i}": formula for i, formula in enumerate(CALLS, 1)})
    sheet = made["Deal"]
    other = made.create_sheet("It's a sheet")
    for row, formula in enumerate(FORMULAS, 1):
        other.cell(row, 5, formula)
    held: list[Any] = [
        *("two\nlines", "  three  spaces\ttab", True, "'quoted", "1,234", "<&>", "_x0041_", 1e22),
        *(date(2026, 5, 1), datetime(2026, 5, 1, 12, 30), time(6, 30), "=TRUE()", '=""', 0.1 + 0.2),
    ]
    for row, value in enumerate(held, 1):
        sheet.cell(row, 7, value)
    for cell, kind in (("I1", "0%"), ("I2", "[$€-407]#,##0.00"), ("I3", "yyyy"), ("I4", "[h]:mm")):
        sheet[cell], sheet[cell].number_format = 1900.25, kind
    sheet.merge_cells("J1:K2")
    sheet["J1"] = "merged"
    sheet["J3"].comment = Comment("note\nof two lines", "me")
    sheet["J3"] = "noted"
    sheet["A2000"], sheet["ZZ5"] = "far", 3
    sheet["M1"] = ArrayFormula("M1:V4", "=DILUTION_BRIDGE(B5,A1:D3)")
    sheet["M6"] = ArrayFormula("M6:V9", "=DILUTION_BRIDGE(-1,A1:D3)")
    sheet.row_dimensions[13].hidden = True
    sheet.protection.sheet = True
    made.defined_names["Twice"] = DefinedName("Twice", attr_text="2*Deal!$B$5")
    made.create_sheet("Back")["A1"] = "x"
    made["Back"].sheet_state = "hidden"
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def read(file: bytes) -> Package:
    return ods.opened(file, libreoffice.methods())


@pytest.fixture(scope="module")
def saved(calc: Calc) -> tuple[Package, Package]:
    """Return what Calc saves as .ods and as .xlsx."""
    calc.evaluate(book())
    return read(calc.ods()), Package.opened(calc.xlsx())


def plain(text: str) -> str:
    """Write what Calc writes in .xlsx alone: a cell for a range of one, a number for a file."""
    numbered = re.sub(r"'file:[^\[]*\[[^\]]*\]Deal'", "[1]Deal", text)
    return re.sub(r"(\$?[A-Z]+\$?\d+):\1(?![\w$])", r"\1", numbered)


def values(package: Package) -> dict[tuple[str, int, int], Value]:
    found = {
        (name, *at): sheet.value(at) for name, sheet in package.sheets.items() for at in sheet.cells
    }
    return {at: value for at, value in found.items() if value is not None}


def same(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        # Calc writes 15 digits.
        return math.isclose(one, other, rel_tol=1e-14)
    return type(one) is type(other) and one == other


def test_both_have_the_same_cells(saved: tuple[Package, Package]) -> None:
    one, other = map(values, saved)
    assert len(one) > 150
    assert {at: (one.get(at), other.get(at)) for at in one.keys() | other.keys()
            if not same(one.get(at), other.get(at))} == {}  # fmt: skip


def test_both_have_the_same_formulas(saved: tuple[Package, Package]) -> None:
    one, other = (
        {
            (sheet, *at): (plain(formula.text), formula.ref)
            for sheet, of_sheet in package.formulas.items()
            for at, formula in of_sheet.items()
        }
        for package in saved
    )
    assert len(one) > len(CALLS) + len(FORMULAS)
    assert one == other


def test_both_have_the_same_names_and_hide_the_same(saved: tuple[Package, Package]) -> None:
    one, other = saved
    assert one.names == other.names
    assert calls._hidden(one) == calls._hidden(other)
    assert calls._hidden(one)["Back"] is None


def test_both_have_the_same_findings(saved: tuple[Package, Package]) -> None:
    one, other = (calls.report(package) for package in saved)
    # What Calc has written of the other file is not the same in the two.
    safety = [judged(package).faults for package in saved]
    assert [len(each) for each in safety] == [1, 1]
    lines = [*map(plain, one.faults[1:])]
    assert (one.faults[:1], other.faults[:1]) == (safety[0], safety[1])
    assert len(lines) > 20
    assert lines == other.faults[1:]
    assert (one.warnings, one.summary) == (other.warnings, other.summary)


def test_a_built_workbook_saved_as_ods_is_checked_as_one(calc: Calc, finished: bytes) -> None:
    calc.open(finished)
    calc.recalculate()
    checked = report.report(read(calc.ods()))
    assert checked == report.report(finished)
    assert checked.faults == []
    # A number typed over a formula is found by the name of the cell's style.
    sheet = "DCF"
    formulas = Package.opened(finished).formulas[sheet]
    calc.change({(sheet, next(at for at in sorted(formulas) if is_number(formulas[at]))): 1.5})
    typed = read(calc.ods())
    assert report.report(typed).faults == report.report(calc.xlsx()).faults != []


def test_a_name_that_means_something_else_is_named_in_ods_too(calc: Calc, finished: bytes) -> None:
    calc.open(renamed(finished, {"Wacc": "'DCF'!$A$2"}).saved())
    calc.recalculate()
    names = [line for line in report.report(read(calc.ods())).faults if " the name " in line]
    (line,) = names
    assert "the name Wacc is " in line and "$A$2, and was 'DCF'!" in line


def is_number(formula: Formula) -> bool:
    return formula.ref is None and isinstance(formula.value, float)


def test_a_file_with_a_password_is_refused(calc: Calc) -> None:
    made = openpyxl.Workbook()
    file = io.BytesIO()
    made.save(file)
    calc.open(file.getvalue())
    assert read(calc.ods()).sheets.keys() == {"Sheet"}
    with pytest.raises(InputError, match=r"^workbook is encrypted; save it without a password"):
        read(calc.ods("secret"))
