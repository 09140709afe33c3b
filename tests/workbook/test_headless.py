"""Does a workbook give the same values without a spreadsheet as in one?

The oracles: results worked out by hand or published (the sources stand with the functions), and
the functions of the catalogue called directly.
"""

from __future__ import annotations

import dataclasses
import datetime
import io
import threading
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from small_package import altered, parts, prefixed

from model.errors import InputError
from workbook import functions
from workbook.catalogue import Function
from workbook.hosts import engine
from workbook.hosts.headless import EvaluationError, evaluate, evaluated
from workbook.package.cells import ErrorValue, Formula, Value
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


def test_calls_at_the_same_time_keep_their_own_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2)

    def waits(*given: object) -> float:
        together.wait(10)
        raise InputError("x", f"must be right, not {given[0]}")

    name = "DCF_TERMINAL_GROWTH"
    stand_in = dataclasses.replace(functions.CATALOGUE[name], call=waits)
    monkeypatch.setitem(functions.CATALOGUE, name, stand_in)
    registered: dict[str, Callable[..., Any]] = {}

    class Book:
        def register_function(self, name: str, call: Callable[..., Any], max_args: int) -> None:
            registered[name] = call

    said = engine.Said()
    cells = [("One", (1, 1)), ("Two", (2, 2))]
    for cell in cells:
        said.numbered(Formula(f"{name}(1,2,3)"), cell)
    engine.register(Book(), said, engine.Clock())
    threads = [
        threading.Thread(target=registered[engine.CALL], args=(i, 0, name, i)) for i in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(said.sentences()) == {
        cell: f"x must be right, not {i}." for i, cell in enumerate(cells)
    }


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
            "It's!A1 calls LAMBDA, which the engine does not support: "
            "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x)(2)",
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
        *("Bands", "'In puts'!C2:C3*2", "{1,2}*3", "_xlfn.SEQUENCE(3)", "IF(1>0,N2:N3)"),
        "IF(1>0,Bands)",
        # Of blank cells alone, in a row and in a column.
        *("'In puts'!Y90:Z90", "'In puts'!Y90:Y93", "TRANSPOSE('In puts'!Y90:Y92)"),
    ],
)
def test_a_plain_formula_that_fills_its_neighbours_is_refused(formula: str) -> None:
    with pytest.raises(EvaluationError, match=r"It's!A1 gives \d x \d cells, and is not an array"):
        evaluate(book(A1=f"={formula}"))


def test_native_functions_may_leave_arguments_out() -> None:
    assert result("=INDEX('In puts'!C2:C3,2,)*IF(1>2,3,)+1") == 1.0


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the functions that are called from now on."""
    answer = engine.answer
    names: list[str] = []

    def counted(function: Function, given: Iterable[Any], sentences: list[str]) -> Any:
        names.append(function.name)
        return answer(function, given, sentences)

    monkeypatch.setattr(engine, "answer", counted)
    return names


def test_a_refusal_is_asked_for_its_sentence_in_the_same_call(called: list[str]) -> None:
    found = result("=DCF_TERMINAL_GROWTH(100,0.05,0.06)")
    assert reason(found).endswith("not 0.06.")
    assert called == ["DCF_TERMINAL_GROWTH"]


def test_a_call_that_reads_another_result_is_made_once(called: list[str]) -> None:
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


# What a user adds --------------------------------------------------------------------------------


def added(names: Mapping[str, str] = MappingProxyType({}), **formulas: Any) -> bytes:
    """Make a workbook with a table of prices, names, and formulas by cell of the sheet Mine."""
    made = openpyxl.Workbook()
    mine = made.active
    assert mine is not None
    mine.title = "Mine"
    prices = made.create_sheet("Price list")
    for line in (["Item", "Price", "Number"], ["a", 10, 1], ["b", 20, 2], ["c", 30, 3]):
        prices.append(line)
    prices.append(["Total", "=SUBTOTAL(109,B2:B4)", None])
    table = Table(displayName="Prices", ref="A1:C5", totalsRowCount=1)
    prices.add_table(table)
    prices.defined_names["Own"] = DefinedName("Own", attr_text="'Price list'!$B$3")
    for name, text in names.items():
        made.defined_names[name] = DefinedName(name, attr_text=text)
    for cell, formula in formulas.items():
        mine[cell] = formula
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


FIRST_SHEET = "xl/worksheets/sheet1.xml"


def with_value(file: bytes, value: str) -> bytes:
    """Give the first formula of the first sheet a value in the file."""
    (empty,) = {v for v in ("<v />", "<v></v>") if v.encode() in parts(file)[FIRST_SHEET]}
    return altered(file, FIRST_SHEET, empty, f"<v>{value}</v>")


NAMES = {
    "My_tax": "0.25",
    "Text_of": '"abc"',
    "Prices_of": "'Price list'!$B$2:$B$4",
    "Twice": "SUM('Price list'!$B$2:$B$4)*2",
    "Next_to": "Mine!B1",  # As the cell to the right of A1.
    "Nested": "My_tax*4",
    "Column_of": "'Price list'!$B:$B",
    "Of_table": "Prices[Price]",
    "Moving": "OFFSET('Price list'!$A$1,1,1,3,1)",
    "Broken": "#REF!",
    "Missing": "#N/A",
    "Mine": "'Price list'!$B$2",  # The name of a sheet, too.
    "Growing": "DCF_TERMINAL_GROWTH(100,0.1,0.02)",
}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("NOSUCH(1)", ErrorValue("#NAME?")),
        ("IFERROR(NOSUCH(1),7)", 7.0),
        ("_xlfn.LET(_xlpm.x,2,_xlpm.x+1)", 3.0),
        ("SUM(Prices[Price])", 60.0),
        ("sum(prices[[price]:[number]])", 66.0),
        ("SUM(Prices)", 66.0),
        ("ROWS(Prices[#All])", 5.0),
        ("Prices[[#Headers],[Price]]", "Price"),
        ("Prices[[#Totals],[Price]]*2", 120.0),
        ("INDEX(Prices[Price],2)", 20.0),
        ('"Prices[Price]"&1', "Prices[Price]1"),
        ("SUM('Price list'!B2:B4)", 60.0),
        ("SUM('price LIST'!B:B)", 120.0),
        ("SUM('Price list'!2:2)", 11.0),
        ("INDIRECT(\"'Price list'!B\"&2)", 10.0),
        ("SUM(OFFSET('Price list'!A1,1,1,3,1))", 60.0),
        ("My_tax*2", 0.5),
        ("my_TAX*2", 0.5),
        ("Text_of&1", "abc1"),
        ("SUM(Prices_of)", 60.0),
        ("Twice", 120.0),
        ("Next_to+1", 8.0),
        ("Nested", 1.0),
        ("SUM(Column_of)", 120.0),
        ("SUM(Of_table)", 60.0),
        ("SUM(Moving)", 60.0),
        ("Broken+1", ErrorValue("#REF!")),
        ("Missing", ErrorValue("#N/A")),
        ("Mine!B1+Mine", 17.0),
        ("Growing", 1250.0),
        ("'Price list'!Own", 20.0),
        ("Own", ErrorValue("#NAME?")),
        ("'Price list'!My_tax", 0.25),
        ("1E308*10", ErrorValue("#NUM!")),
        ('"It is "&0.1+0.2', "It is 0.3"),  # Of a number, Excel joins 15 digits.
        ('TEXT(1234.5,"#,##0.00")&TEXT(46143,"d mmm yyyy")', "1,234.501 May 2026"),
        # Excel shows the digits after # only if they are not 0.
        ('TEXT(0.1,"0.0##")&" "&TEXT(0.12345,"0.0##")&" "&TEXT(2,"0.0##")', "0.1 0.123 2.0"),
    ],
)
def test_what_a_user_may_add_has_the_value_of_excel(formula: str, expected: Value) -> None:
    found = evaluated(added(NAMES, A1=f"={formula}", A2="=A1", B1=7))
    assert found.left == {}
    assert found.values["Mine"][1, 1] == expected
    assert found.values["Mine"][2, 1] == expected


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("_xlfn.LAMBDA(_xlpm.x,_xlpm.x)(2)", "calls LAMBDA, which the engine does not support"),
        ("MMULT(A9:B10,A9:B10)", "calls MMULT, which the engine does not support"),
        ("_xlfn.SINGLE(A9:A10)", "calls SINGLE, which the engine does not support"),
        ('CELL("format",A9)', "calls CELL, which the engine does not support"),
        ("NOSUCH(1)", "calls NOSUCH, which exists neither in Excel nor in Offtake"),
        ("Own_lambda(1)", "calls LAMBDA, which the engine does not support"),
        ("XLOOKUP(1,A9:A10,B9:B10)", "calls XLOOKUP without the prefix by which Excel knows it"),
        ("[1]Rates!A1", "refers to the file 1, and of other files only the functions"),
        ("Elsewhere", "refers to the file 1, and of other files only the functions"),
        ("SUM(Mine:Last!B2)", "refers to cells of several sheets at once"),
        ("SUM('Mine:Price list'!B2)", "refers to cells of several sheets at once"),
        ("A1+1", "refers to itself"),
        ("ROWS(A$1:A1)", "refers to itself"),
        ("Turning", "has a name that refers to itself"),
        ("Prices[Cost]", "refers to Prices[Cost], which no table of the workbook has"),
        ("Prices[[#This Row],[Price]]+1", None),
        ("R[1]C[1]", "refers to R[1], which no table of the workbook has"),
        ("SUM(B1;B2)", "cannot be read as a formula"),
        ("of:=SUM([.B1])", "cannot be read as a formula"),
        ("SUM(B1", "cannot be read as a formula"),
        ("SUM((B1,B2))", "uses what the engine does not support"),
        ("SUMPRODUCT(IF(B1:B3>0,1,0))", "has a range where Excel takes one cell of it"),
        ("SUM(ROUND(B1:B3,0))", "has a range where Excel takes one cell of it"),
        ("B1:B3", "is to fill cells that are not empty"),
        ('TEXT(B1,"0.00E+00")', 'shows a value as "0.00E+00", a form that the engine does not'),
        ("TEXT(B1,B2)", "shows a value as B2, a form that the engine does not support"),
        ('VALUE("1,000")', "gives #VALUE!, and what VALUE reads may be written for Excel alone"),
        ('INDIRECT("R1C2",FALSE)', "gives #REF!, and what INDIRECT reads may be written for"),
        ("1E400", "gives inf, which no cell can hold"),
    ],
)
def test_a_cell_that_cannot_be_evaluated_keeps_its_value(formula: str, why: str | None) -> None:
    """The others follow from it: 5 is in the file."""
    names = {
        "Own_lambda": "_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)",
        "Elsewhere": "[1]Rates!$A$1",
        "Turning": "Turning+1",
    }
    file = added(names, A1=f"={formula}", A2="=A1*2", A3="=A2+1", A4="=B1", B1=7)
    found = evaluated(with_value(file, "5"))
    ((cell, reason),) = found.left.items()
    assert cell == ("Mine", (1, 1))
    assert reason.startswith(why or "refers to Prices[[#This Row],[Price]]")
    assert reason.endswith(f": ={formula}")
    shown = [found.values["Mine"][row, 1] for row in range(1, 5)]
    assert shown == [5.0, 10.0, 11.0, 7.0]
    assert found.dependents(cell) == [("Mine", (2, 1)), ("Mine", (3, 1))]


def test_what_has_no_value_in_the_file_is_not_read_as_0() -> None:
    found = evaluated(added(A1="=MMULT(B1,B1)", A2="=A1+1", A3="=IFERROR(A1,3)", B1=7))
    assert [found.values["Mine"][row, 1] for row in (1, 2, 3)] == [None, ErrorValue("#N/A"), 3.0]


def test_cells_in_a_circle_are_left_and_those_that_follow_are_not() -> None:
    file = added(A1="=A2+1", A2="=A1", A3="=A2*2", A4="=A3+A1", A5="=2")
    found = evaluated(with_value(file, "5"))
    assert [*found.left] == [("Mine", (1, 1)), ("Mine", (2, 1))]
    assert found.left["Mine", (2, 1)] == "refers to itself: =A1"
    # The first has 5 in the file, the second nothing.
    shown = [found.values["Mine"][row, 1] for row in range(1, 6)]
    assert shown == [5.0, None, ErrorValue("#N/A"), ErrorValue("#N/A"), 2.0]


def test_of_cells_that_cannot_be_evaluated_each_has_its_own_reason() -> None:
    file = added(A1="=MMULT(B1,B1)", A2="=SUM(A1", A3="=(A2,A2)", A4="=A3+1")
    found = evaluated(file)
    assert [why.partition(":")[0] for why in found.left.values()] == [
        "calls MMULT, which the engine does not support",
        "cannot be read as a formula",
        "uses what the engine does not support",
    ]
    assert found.values["Mine"][4, 1] == ErrorValue("#N/A")


def test_many_cells_that_cannot_be_evaluated_end() -> None:
    """Each of them depends on the one before."""
    chain = {f"A{row}": f"=(A{row - 1},A{row - 1})" for row in range(2, 200)}
    found = evaluated(added(A1="=SUM(B1", B3="=1+1", **chain))
    assert len(found.left) == 199
    assert found.values["Mine"][3, 2] == 2.0
    assert len(found.dependents(("Mine", (1, 1)))) == 198


SPILLED = "_xlfn.SEQUENCE(3)"


@pytest.mark.parametrize(
    ("ref", "others", "shown", "why"),
    [
        ("A1:A3", {}, [1.0, 2.0, 3.0, 6.0, 6.0], None),
        ("A1:A2", {}, [5.0, None, None, 5.0, 5.0], "gives 3 x 1 cells, and its range A1:A2 has 2"),
        ("A1:A3", {"A2": "=8"}, [5.0, 8.0, None, 13.0, None], "is to fill cells that are not"),
    ],
)
def test_an_array_of_ones_own(
    ref: str, others: dict[str, str], shown: list[Value], why: str | None
) -> None:
    file = added(
        A1=ArrayFormula(ref, f"={SPILLED}"), C1="=SUM(A1:A3)",
        D1="=SUM(_xlfn.ANCHORARRAY(A1))", **others,
    )  # fmt: skip
    found = evaluated(with_value(file, "5"))
    of_sheet = found.values["Mine"]
    assert [of_sheet.get((row, 1)) for row in (1, 2, 3)] == shown[:3]
    assert of_sheet[1, 3] == shown[3]
    if why is None:
        assert found.left == {}
        assert of_sheet[1, 4] == shown[4]
    else:
        assert found.left["Mine", (1, 1)].startswith(why)


def test_a_what_if_data_table_keeps_its_values() -> None:
    """B1 is 7; the table shows what A1 would be for 1 and 2, as Excel found it."""
    file = added(A1="=B1*10", A2="=SUM(D2:D3)", B1=7, C2=1, C3=2, D1="=A1", D2=11, D3=21)
    of_table = '<f t="dataTable" ref="D2:D3" dt2D="0" dtr="0" r1="B1"/>'
    file = altered(file, FIRST_SHEET, "<v>11</v>", f"{of_table}<v>11</v>")
    found = evaluated(file)
    assert found.left == {
        ("Mine", (2, 4)): "is filled by a what-if data table, which the engine does not support"
    }
    assert found.values["Mine"] == {(1, 1): 70.0, (2, 1): 32.0, (1, 4): 70.0}
    assert found.dependents(("Mine", (2, 4))) == [("Mine", (2, 1))]


def test_functions_that_leave_out_hidden_rows() -> None:
    made = openpyxl.load_workbook(io.BytesIO(added(A1="=SUBTOTAL(109,'Price list'!B2:B4)")))
    file = io.BytesIO()
    made.save(file)
    assert evaluated(file.getvalue()).values["Mine"][1, 1] == 60.0
    made["Price list"].row_dimensions[3].hidden = True
    file = io.BytesIO()
    made.save(file)
    found = evaluated(file.getvalue())
    assert {cell: why.partition(":")[0] for cell, why in found.left.items()} == {
        ("Mine", (1, 1)): "calls SUBTOTAL, which may leave out hidden rows",
        ("Price list", (5, 2)): "calls SUBTOTAL, which may leave out hidden rows",
    }


def test_hidden_sheets_and_chart_sheets_and_shared_formulas() -> None:
    made = openpyxl.load_workbook(io.BytesIO(added(A1="='Price list'!B3", B1="=A1", B2="=A2")))
    made.create_chartsheet("Chart", 0)
    made["Price list"].sheet_state = "veryHidden"
    made["Mine"]["A2"] = 4
    file = io.BytesIO()
    made.save(file)
    shared = '<f t="shared" ref="B1:B2" si="0">A1</f>'
    again = altered(file.getvalue(), FIRST_SHEET, "<f>A2</f>", '<f t="shared" si="0"/>')
    found = altered(again, FIRST_SHEET, "<f>A1</f>", shared)
    values = evaluated(found).values["Mine"]
    assert values == {(1, 1): 20.0, (1, 2): 20.0, (2, 2): 4.0}


def test_a_part_with_prefixes_is_the_same_workbook() -> None:
    """Such as the Open XML SDK writes."""
    file = book(A1="=SUM(I3:I4)-I5", B2=ArrayFormula("B2:K5", f"={BRIDGE}"))
    assert evaluate(prefixed(file)) == evaluate(file)


def test_a_formula_that_is_not_taken_may_be_filled_by_another() -> None:
    """The one in A1 gives the whole table, and the engine fills A3 with it."""
    found = evaluated(added(A1="=Prices", A3="=A3+1", E1="=1+1"))
    assert {at: why.partition(":")[0] for (_, at), why in found.left.items()} == {
        (1, 1): "is to fill cells that are not empty",
        (3, 1): "refers to itself",
    }
    assert found.values["Mine"] == {(1, 1): None, (3, 1): None, (1, 5): 2.0}


@pytest.mark.parametrize("formula", ["'Price list'!A1<>1:1"])
def test_a_formula_for_which_the_engine_gives_up(formula: str) -> None:
    found = evaluated(added(A1="=1+1", C3=f"={formula}", D3="=C3", E1="={1,2;3,4}"))
    assert found.left["Mine", (3, 3)].endswith(f"={formula}")
    assert found.values["Mine"][1, 1] == 2.0
    assert found.values["Mine"][3, 4] == ErrorValue("#N/A")
