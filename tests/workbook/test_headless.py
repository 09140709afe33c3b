"""Does a workbook give the same values without a spreadsheet as in one?

The oracles: results worked out by hand or published (the sources stand with the functions), and
the functions of the catalogue called directly.
"""

from __future__ import annotations

import dataclasses
import datetime
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from workbook import functions
from workbook.catalogue import Function
from workbook.hosts import headless
from workbook.hosts.headless import EvaluationError, evaluate
from workbook.package.cells import ErrorValue, Value
from workbook.package.finish import finish

SECURITIES = [
    ["Security", "Type", "Count", "Strike"],
    ["Common", "common", 100.0, None],
    ["Options", "option", 10.0, 50.0],
]
BANDS = [["From month", "To month", "Share"], [1.0, 24.0, 0.15], [25.0, 48.0, 0.43]]


def book(**formulas: Any) -> bytes:
    """Make a workbook: a sheet of tables, and a sheet of formulas by cell."""
    made = openpyxl.Workbook()
    inputs = made.active
    assert inputs is not None
    inputs.title = "In puts"
    for line in SECURITIES:
        inputs.append(line)
    for row, line in enumerate(BANDS, 1):
        for column, cell in enumerate(line, 6):
            inputs.cell(row, column, cell)
    inputs["A10"] = datetime.date(2026, 5, 1)
    inputs["A11"] = "#N/A"
    made.defined_names["Securities"] = DefinedName("Securities", attr_text="'In puts'!$A$1:$D$3")
    made.defined_names["Bands"] = DefinedName("Bands", attr_text="'In puts'!$F$1:$H$3")
    sheet = made.create_sheet("It's")
    for cell, formula in formulas.items():
        sheet[cell] = formula
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def result(formula: str, **others: Any) -> Value:
    return evaluate(book(A1=formula, **others))["It's"][1, 1]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=1/4", 0.25),
        ('="a"&"b"', "ab"),
        ('=""', ""),
        ("=2>1", True),
        ("=1/0", ErrorValue("#DIV/0!")),
        ("=NA()", ErrorValue("#N/A")),
        ("=SQRT(-1)", ErrorValue("#NUM!")),
        ("=NOTHING_SUCH(1)", ErrorValue("#NAME?")),
        ("=SUM('Not there'!A1)", ErrorValue("#REF!")),
        ('=1+"a"', ErrorValue("#VALUE!")),
        ("='In puts'!A10", 46143.0),  # 1 May 2026 as Excel's serial number
        ("='In puts'!Z99", 0.0),
        ("=DCF_TERMINAL_GROWTH(100,0.1,0.02)", 1250.0),
        ("=dcf_terminal_growth(100,0.1,0.02)*2", 2500.0),
        ("=_xldudf_DCF_TERMINAL_GROWTH(100,0.1,0.02)", 1250.0),
        ("=DILUTED_SHARES(100,Securities)", 105.0),  # 10 options at 50 buy 5 shares back
        ('=DILUTED_SHARES(100,Securities,"gross")', 110.0),
    ],
)
def test_a_formula_gives_what_excel_gives(formula: str, expected: Value) -> None:
    found = result(formula)
    assert found == expected
    assert type(found) is type(expected)


def test_an_array_formula_fills_its_range() -> None:
    values = evaluate(
        book(
            B2=ArrayFormula("B2:K5", "=DILUTION_BRIDGE(100,Securities)"),
            B8=ArrayFormula("B8:I12", '=RPO_SCHEDULE(24600,Bands,12,"flat",84)'),
        )
    )["It's"]
    bridge = [[values[row, column] for column in range(2, 12)] for row in range(2, 6)]
    assert bridge == functions.dilution_bridge(100.0, SECURITIES)
    assert bridge[-1][:8] == ["Diluted shares", "", 110.0, 110.0, 5.0, 105.0, 105.0, 10500.0]
    # All claims together are the 105 shares at 100.
    assert bridge[-1][8:] == [10500.0, ""]
    # 15% of 24,600 in two years, 43% in the next two, and the rest in three.
    recognised = [values[11, column] for column in range(3, 10)]
    assert recognised == pytest.approx([1845, 1845, 5289, 5289, 3444, 3444, 3444], rel=1e-12)
    assert len(values) == 80


def test_formulas_read_what_arrays_fill() -> None:
    array = ArrayFormula("B2:K5", "=DILUTION_BRIDGE(100,Securities)")
    assert result("=SUM(I3:I4)-I5", B2=array) == 0.0


def test_a_finished_workbook_gives_the_same_values() -> None:
    raw = book(
        A1="=I5+1",
        B2=ArrayFormula("B2:K5", "=DILUTION_BRIDGE(100,Securities)"),
        B7=ArrayFormula("B7:B7", '=""'),
    )
    values = evaluate(raw)
    assert values["It's"][1, 1] == 10501.0
    assert evaluate(finish(raw, values)) == values


@pytest.mark.parametrize("left", ["label", 7.0, True])
def test_what_stands_in_the_range_of_an_array_is_its_result(left: Any) -> None:
    """openpyxl keeps what an array filled before, and drops the array's own value."""
    array = ArrayFormula("B2:K5", "=DILUTION_BRIDGE(100,Securities)")
    assert evaluate(book(B2=array, C3=left)) == evaluate(book(B2=array))


# Errors ----------------------------------------------------------------------------------------


def reason(value: Value) -> str:
    assert isinstance(value, ErrorValue)
    return value.reason


def test_a_refusal_shows_its_error_and_keeps_its_sentence() -> None:
    found = result("=DCF_TERMINAL_GROWTH(100,0.05,0.06)")
    assert found == ErrorValue("#NUM!")
    assert reason(found) == "growth must be below the discount rate, not 0.06."


def test_every_cell_keeps_its_own_sentence() -> None:
    values = evaluate(
        book(
            A1="=DCF_TERMINAL_GROWTH(A2,0.05,0.04)",
            A2="=DCF_TERMINAL_GROWTH(100,0.05,0.06)",
            A3="=DCF_TERMINAL_GROWTH(100,0.05,0.07)+1",
            A4="=A3",
            A5=ArrayFormula("A5:B6", "=DILUTION_BRIDGE(-1,Securities)"),
        )
    )["It's"]
    assert reason(values[1, 1]) == "next_cash_flow must be a number, not the error #NUM!."
    assert reason(values[2, 1]).endswith("not 0.06.")
    assert reason(values[3, 1]).endswith("not 0.07.")
    assert (values[4, 1], reason(values[4, 1])) == (ErrorValue("#NUM!"), "")
    assert reason(values[5, 1]) == "price must be at least 0, not -1."
    # An error is one value, and what it would have filled stays empty.
    assert [values[at] for at in ((5, 2), (6, 1), (6, 2))] == [None] * 3


def test_a_sentence_is_not_that_of_a_cell_referred_to() -> None:
    values = evaluate(
        book(
            A1="=DCF_TERMINAL_GROWTH(100,0.05,0.06)",
            A2="=IFERROR(DCF_TERMINAL_GROWTH(A1,0.05,0.07),1)",
            A3="=DCF_TERMINAL_GROWTH(A2,0.05,0.08)",
        )
    )["It's"]
    assert reason(values[3, 1]).endswith("not 0.08.")


def test_of_nested_calls_the_first_to_refuse_is_named() -> None:
    inner = "DCF_TERMINAL_GROWTH(100,0.05,0.06)"
    assert reason(result(f"=DILUTED_SHARES({inner},Securities)")).endswith("not 0.06.")


def test_an_error_cell_is_refused_by_name() -> None:
    found = result("=DCF_PRESENT_VALUE('In puts'!A10:A11,0.1)")
    assert found == ErrorValue("#VALUE!")
    assert "#N/A" in reason(found)


def test_an_error_can_be_caught_by_a_formula() -> None:
    assert result("=IFERROR(DCF_TERMINAL_GROWTH(100,0.05,0.06),7)") == 7.0


@pytest.mark.parametrize(
    ("arguments", "begins"), [("", "next_cash_flow"), ("1,0.1", "growth"), ("1,2,3,4", "")]
)
def test_the_number_of_arguments_is_checked(arguments: str, begins: str) -> None:
    found = result(f"=DCF_TERMINAL_GROWTH({arguments})")
    assert found == ErrorValue("#VALUE!")
    assert reason(found).partition(" must be given")[0] == begins


def test_a_defect_of_a_function_shows_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> float:
        raise KeyError("no such thing")

    right = functions.CATALOGUE["DCF_TERMINAL_GROWTH"]
    monkeypatch.setitem(
        functions.CATALOGUE, "DCF_TERMINAL_GROWTH", dataclasses.replace(right, call=broken)
    )
    found = result("=DCF_TERMINAL_GROWTH(100,0.1,0.02)")
    assert found == ErrorValue("#VALUE!")
    assert reason(found) == "KeyError: 'no such thing'"


# What the engine would do other than Excel -------------------------------------------------------


BRIDGE = "DILUTION_BRIDGE(100,Securities)"


@pytest.mark.parametrize(
    ("formulas", "fault"),
    [
        (
            {"B2": ArrayFormula("B2:K4", f"={BRIDGE}")},
            f"It's!B2 gives 4 x 10 cells, and its range B2:K4 has 3 x 10 cells, "
            f"as when rows of a table are added or cleared after the workbook was built: ={BRIDGE}",
        ),
        (
            {"B2": ArrayFormula("B2:K6", f"={BRIDGE}")},
            f"It's!B2 gives 4 x 10 cells, and its range B2:K6 has 5 x 10 cells, "
            f"as when rows of a table are added or cleared after the workbook was built: ={BRIDGE}",
        ),
        (
            {"B2": ArrayFormula("B2:B3", "=1")},
            "It's!B2 gives 1 x 1 cells, and its range B2:B3 has 2 x 1 cells, "
            "as when rows of a table are added or cleared after the workbook was built: =1",
        ),
        (
            {"B2": f"={BRIDGE}"},
            f"It's!B2 gives 4 x 10 cells, and is not an array formula: ={BRIDGE}",
        ),
        (
            {"B2": ArrayFormula("B2:K5", f"={BRIDGE}"), "C3": "=1"},
            f"It's!B2 is to fill cells that are not empty: ={BRIDGE}",
        ),
        (
            {"A1": "=RPO_SCHEDULE(24600,Bands,,3)"},
            "It's!A1 leaves out an argument between others: =RPO_SCHEDULE(24600,Bands,,3)",
        ),
        (
            {"A1": "=A2", "A2": "=A1"},
            "It's!A1 refers to itself: =A2\nIt's!A2 refers to itself: =A1",
        ),
        ({"A1": "=1+A1"}, "It's!A1 refers to itself: =1+A1"),
        ({"A1": "=SUM(1"}, "It's!A1 cannot be read as a formula: =SUM(1"),
        (
            {"A1": "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x)(2)"},
            "It's!A1 uses what the engine does not support: =_xlfn.LAMBDA(_xlpm.x,_xlpm.x)(2)",
        ),
    ],
)
def test_a_workbook_that_would_give_another_answer_is_refused(
    formulas: dict[str, Any], fault: str
) -> None:
    with pytest.raises(EvaluationError) as refusal:
        evaluate(book(**formulas))
    assert str(refusal.value) == fault


@pytest.mark.parametrize(
    "formula",
    [
        *("Bands", "'In puts'!C2:C3*2", "{1,2}*3", "SEQUENCE(3)", "IF(1>0,N2:N3)", "IF(1>0,Bands)"),
        # Of blank cells alone, in a row and in a column.
        *("'In puts'!Y90:Z90", "'In puts'!Y90:Y93", "TRANSPOSE('In puts'!Y90:Y92)"),
    ],
)
def test_a_plain_formula_that_fills_its_neighbours_is_refused(formula: str) -> None:
    with pytest.raises(EvaluationError, match=r"It's!A1 gives \d x \d cells, and is not an array"):
        evaluate(book(A1=f"={formula}"))


def test_native_functions_may_leave_arguments_out() -> None:
    assert result("=INDEX('In puts'!C2:C3,2,)*IF(1>2,3,)+1") == 1.0


def test_a_call_that_reads_another_result_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    adapted = headless._callback
    called: list[str] = []

    def counted(function: Function, sentences: list[str]) -> Callable[..., Any]:
        call = adapted(function, sentences)

        def once(*given: Any) -> Any:
            called.append(function.name)
            return call(*given)

        return once

    monkeypatch.setattr(headless, "_callback", counted)
    values = evaluate(
        book(
            A1="=DCF_TERMINAL_GROWTH(SUM(N2:N3),0.1,0.02)",
            B1=ArrayFormula("B1:F4", "=RPO_BANDS(1000,Bands)"),
            H3="=F3*2",
            J1=ArrayFormula("J1:N4", "=RPO_BANDS(H3,Bands)"),
        )
    )["It's"]
    assert called == ["RPO_BANDS", "RPO_BANDS", "DCF_TERMINAL_GROWTH"]
    assert values[1, 1] == pytest.approx(1000 * 0.43 * 2 * (0.15 + 0.43) * 12.5)
