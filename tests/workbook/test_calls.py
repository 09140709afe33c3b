"""Does `offtake check` say of any workbook which calls fail, why, and at which cell?

Oracle: the tests themselves spoil the cells, so they know which is at fault, and the sentences are
those that the functions give when they are called from Python.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command import Command
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from small_package import altered, saved
from test_bad_input import VALID

from model.errors import InputError
from workbook.check import calls
from workbook.functions import CATALOGUE
from workbook.hosts.asked import calls_in, gaps_filled
from workbook.package.cells import address

SECURITIES = [
    ["Security", "Type", "Count", "Strike"],
    ["Common", "common", 100.0, None],
    ["Options", "option", 10.0, 50.0],
]
#: Where they are, and a table with a text in place of a number.
TABLE, SPOILT = "A1:D3", "A11:D13"


def deal(**cells: Any) -> openpyxl.Workbook:
    """Make a workbook of a user's own: two tables, a price, an error, and formulas."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Deal"
    put(sheet, 1, SECURITIES)
    put(sheet, 11, SECURITIES)
    sheet["D13"] = "1,234"
    sheet["A5"], sheet["B5"] = "Price", 100.0
    sheet["A6"], sheet["B6"] = "Nothing", "=1/0"
    sheet["A7"], sheet["B7"] = "Linked", "=B6"
    sheet["A60"] = "Last"
    made.defined_names["Mine"] = DefinedName("Mine", attr_text="Deal!$A$11:$D$13")
    made.defined_names["Shares"] = DefinedName(
        "Shares", attr_text="DILUTED_SHARES(-5,Deal!$A$1:$D$3)"
    )
    for cell, value in cells.items():
        sheet[cell] = value
    return made


def put(sheet: Any, top: int, rows: list[list[Any]]) -> None:
    for row, line in enumerate(rows, top):
        for column, value in enumerate(line, 1):
            sheet.cell(row, column, value)


def faults(book: openpyxl.Workbook) -> list[str]:
    return calls.report(saved(book)).faults


STRIKE = "securities Strike (row 3) must be a number, not '1,234' (text that reads as 1234)"
AT_LEAST_0 = "price must be at least 0, not -1"
BELOW = "growth must be below the discount rate, not 0.06"
NOT_DIVIDED = "price must be a number, not the error #DIV/0!"

NO_TABLE = "securities must be a table with a header row, not the error"
#: As many calls in a row as a formula may have with nothing around it.
DEEP = 254
MANY = "+".join([f"DILUTED_SHARES(B6,{TABLE})"] * DEEP)

#: A formula, and what is said of it; nothing where all calls work.
SAID: dict[str, str] = {
    # The argument as a range, by name, with a column, a row or a bracket around it.
    f"=DILUTED_SHARES(B5,{SPOILT})": f" shows #VALUE!: §: {STRIKE}; see Deal!D13.",
    "=DILUTED_SHARES(B5,Mine)": f" shows #VALUE!: §: {STRIKE}; see Deal!D13.",
    f"=DILUTED_SHARES(B5,(Deal!{SPOILT}))": f" shows #VALUE!: §: {STRIKE}; see Deal!D13.",
    "=DCF_PRESENT_VALUE(60:60,0.1)": " shows #VALUE!: §: cash_flows must be a number, "
    "not 'Last'; see Deal!A60.",
    "=DCF_PRESENT_VALUE(A:A,0.1)": " shows #VALUE!: §: cash_flows (place 1) must be a number, "
    "not 'Security'; see Deal!A1.",
    # An argument that is calculated, typed, left out, or too many.
    f"=DILUTED_SHARES(B5*-0.01,{TABLE})": f" shows #VALUE!: §: {AT_LEAST_0}; the argument is "
    "B5*-0.01.",
    f"=DILUTED_SHARES(-1,{TABLE})": f" shows #VALUE!: §: {AT_LEAST_0}.",
    "=DILUTED_SHARES(B5)": " shows #VALUE!: §: securities must be given: a company's securities, "
    "one a row.",
    f'=DILUTED_SHARES(B5,{TABLE},"basic",1)': " shows #VALUE!: §: DILUTED_SHARES takes 3 "
    "arguments, not 4.",
    f"=DILUTED_SHARES(B5,,{TABLE})": " shows #VALUE!: §: securities must be given: a company's "
    "securities, one a row.",
    f"=DILUTED_SHARES(B5,{TABLE},)": "",
    # An argument that is an error of another cell.
    f"=DILUTED_SHARES(B6,{TABLE})": f" shows #VALUE!: §: {NOT_DIVIDED}; see "
    "Deal!B6, #DIV/0!: =1/0.",
    f"=DILUTED_SHARES(B7,{TABLE})": f" shows #VALUE!: §: {NOT_DIVIDED}; see Deal!B7, #DIV/0!: =B6.",
    "=DCF_PRESENT_VALUE(B5:B6,0.1)": " shows #VALUE!: §: cash_flows (place 2) must be a number, "
    "not the error #DIV/0!; see Deal!B6, #DIV/0!: =1/0.",
    # Calls in calls, and in other functions: the one that is refused.
    f"=1+DILUTED_SHARES(DCF_TERMINAL_GROWTH(100,0.05,0.06),{TABLE})": " shows #VALUE!: §: "
    f"DCF_TERMINAL_GROWTH: {BELOW}.",
    f"=DILUTED_SHARES(B5,{TABLE})+DCF_TERMINAL_GROWTH(100,0.05,0.06)": " shows #NUM!: §: "
    f"DCF_TERMINAL_GROWTH: {BELOW}.",
    f"=SUM(DILUTED_SHARES(B5,{TABLE}),ROUND(DILUTED_SHARES(B5,INDEX({TABLE},0,0)),2))": "",
    # Behind a name.
    "=2*Shares": " shows #VALUE!: §: price must be at least 0, not -5.",
    # With Lite's prefix, and as `@` is written.
    f"=_xldudf_DILUTED_SHARES(-1,{TABLE})": f" shows #VALUE!: =DILUTED_SHARES(-1,{TABLE}): "
    f"{AT_LEAST_0}.",
    f"=_xlfn.SINGLE(DILUTED_SHARES(-1,{TABLE}))": " shows #VALUE!: "
    f"=@(DILUTED_SHARES(-1,{TABLE})): {AT_LEAST_0}.",
    # Errors that are hidden, and that the calls do not give.
    f"=IFERROR(DILUTED_SHARES(-1,{TABLE}),7)": f" shows 7, which hides an error: §: {AT_LEAST_0}.",
    f'=IF(ISERROR(DILUTED_SHARES(-1,{TABLE})),"no","yes")': " shows no, which hides an error: §: "
    f"{AT_LEAST_0}.",
    f"=DILUTED_SHARES(B5,{TABLE})/0": " shows #DIV/0!: §: no call is refused; the error is in the "
    "rest of the formula.",
    f"=DILUTED_SHARES(B5,{TABLE})+B7": " shows #DIV/0!: §: no call is refused; the error comes "
    "from Deal!B7 (#DIV/0!).",
    # An argument that refers to nothing, as in Excel: needed, hidden, or not needed.
    "=DILUTED_SHARES(B5,Nope)": f" shows #NAME?: §: {NO_TABLE} #NAME?; the argument is Nope, and "
    "the workbook has no name Nope.",
    "=DILUTED_SHARES(B5,Other!A1:D3)": f" shows #REF!: §: {NO_TABLE} #REF!; the argument is "
    "Other!A1:D3, and the workbook has no sheet Other.",
    "=IFERROR(DILUTED_SHARES(B5,Nope),7)": f" shows 7, which hides an error: §: {NO_TABLE} "
    "#NAME?; the argument is Nope, and the workbook has no name Nope.",
    "=IF(B5>0,7,DILUTED_SHARES(B5,Nope))": "",
    # Branches that are not taken are not called.
    f"=IF(B5>0,DILUTED_SHARES(B5,{TABLE}),DILUTED_SHARES(-1,{TABLE}))": "",
    f"=CHOOSE(2,DILUTED_SHARES(-1,{TABLE}),DILUTED_SHARES(B5,{TABLE}))": "",
    # Nothing but a text, or another's function of that name.
    f'="DILUTED_SHARES(-1,{TABLE})"': "",
    # What cannot be judged; the engine takes 256 levels, and here are as many calls in a row.
    f"=IFERROR({MANY},0)": " is not judged, because its calls cannot be made one by one: "
    f"{f'=IFERROR({MANY}'[: calls.SHOWN - 1]}…",
    f"=MYFUNC(DILUTED_SHARES(B5,{TABLE}))": " is not judged, because it calls MYFUNC, which "
    "Offtake cannot calculate: §",
    f"=DILUTED_SHARES('C:\\[other.xlsx]Deal'!A1,{TABLE})": " is not judged, because it refers to "
    "the file other.xlsx: §",
}


@pytest.fixture(scope="module")
def said() -> calls.Report:
    return calls.report(saved(deal(**{f"F{row}": f for row, f in enumerate(SAID, 1)})))


@pytest.mark.parametrize(("row", "formula"), [*enumerate(SAID, 1)])
def test_each_call_that_fails_has_its_line(said: calls.Report, row: int, formula: str) -> None:
    expected = f"Deal!F{row}{SAID[formula].replace('§', formula)}" if SAID[formula] else ""
    begins = f"Deal!F{row} "
    assert "\n".join(line for line in said.faults if line.startswith(begins)) == expected


def test_calls_are_counted(said: calls.Report) -> None:
    # By hand from the table above: the text calls nothing, three branches are not taken, and a call
    # whose argument is a call that is refused fails as well.
    assert said.summary == (
        f"33 cells with {37 + DEEP} calls to Offtake's functions: 8 work, 24 fail, 3 not needed, "
        f"{2 + DEEP} not judged; 1 safety finding."
    )


def test_an_error_is_found_in_whatever_argument_it_is() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    row, expected = 1, {}
    for name, function in CATALOGUE.items():
        given = [p for p in function.parameters if VALID[name].get(p.name) is not None]
        for wrong in given:
            arguments = []
            for p in function.parameters:
                value = VALID[name].get(p.name)
                block = value if isinstance(value, list) else [[value]]
                rows = [line if isinstance(line, list) else [line] for line in block]
                for i, line in enumerate(rows):
                    for j, cell in enumerate(line):
                        sheet.cell(row + i, 2 + j, cell)
                last = row + len(rows) - 1, 1 + len(rows[-1])
                arguments.append("" if value is None else f"B{row}:{address(*last)}")
                if p is wrong:
                    sheet.cell(*last, "=1/0")
                    fault = address(*last)
                row = last[0] + 1
            sheet.cell(row, 1, f"={name}({','.join(arguments)})")
            expected[f"S!A{row}"] = f"; see S!{fault}, #DIV/0!: =1/0."
            row += 1
    lines = {line.partition(" ")[0]: line for line in faults(book)}
    assert len(expected) > 300
    wrong_lines = {at: lines.get(at) for at, end in expected.items()
                   if not (lines.get(at) or "").endswith(end)}  # fmt: skip
    assert wrong_lines == {}


def test_a_function_with_nearly_the_name_of_ours_is_suggested() -> None:
    found = calls.report(
        saved(deal(F1=f"=DILUTED_SHAREZ(B5,{TABLE})", F2=f"=DILUTED_SHARES(B5,{TABLE})"))
    )
    assert any(
        "calls DILUTED_SHAREZ, which Offtake cannot calculate (did you mean 'DILUTED_SHARES'?)"
        in line
        for line in found.warnings
    )


def test_array_formulas_and_what_they_fill() -> None:
    book = deal(
        F1=ArrayFormula("F1:O4", f"=DILUTION_BRIDGE(B5,{TABLE})"),
        F6=ArrayFormula("F6:O9", f"=DILUTION_BRIDGE(B5,{SPOILT})"),
        # The values of a block as an argument, as `=...(F1#)` is written.
        F11="=DCF_PRESENT_VALUE(_xlfn.ANCHORARRAY(F1),0.1)",
        F12="=DCF_PRESENT_VALUE(_xlfn.ANCHORARRAY(B5),0.1)",
        # A block that a formula gives which is no array formula.
        F14=f"=DILUTION_BRIDGE(B5,{TABLE})",
    )
    book["Deal"]["F15"] = None
    first, *lines = faults(book)
    assert first.startswith("Deal!F14 gives 4 x 10 cells, and is not an array formula: ")
    assert lines[0] == (
        f"Deal!F6 shows #VALUE!: =DILUTION_BRIDGE(B5,{SPOILT}): {STRIKE}; see Deal!D13."
    )
    assert lines[1] == (
        "Deal!F11 shows #VALUE!: =DCF_PRESENT_VALUE(Deal!F1:O4,0.1): cash_flows must be a single "
        "row or column, not 4 rows of 10 cells; see Deal!F1: =DILUTION_BRIDGE(B5,A1:D3)."
    )
    assert lines[2].startswith("Deal!F12 ")


def test_a_formula_that_is_written_once_for_several_cells() -> None:
    file = saved(deal(F1="=DILUTED_SHARES(B5,$A$1:$D$3,)", F2="=1"))
    shared = '<f t="shared" ref="F1:F2" si="0">DILUTED_SHARES(B5,$A$1:$D$3,)</f>'
    file = altered(file, SHEET, "<f>DILUTED_SHARES(B5,$A$1:$D$3,)</f>", shared)
    file = altered(file, SHEET, "<f>1</f>", '<f t="shared" si="0"/>')
    (line,) = calls.report(file).faults
    assert line == (
        f"Deal!F2 shows #VALUE!: =DILUTED_SHARES(B6,$A$1:$D$3,): {NOT_DIVIDED}; "
        "see Deal!B6, #DIV/0!: =1/0."
    )


SHEET = "xl/worksheets/sheet1.xml"


def test_excels_tables_by_their_columns() -> None:
    book = deal(
        F1="=DILUTED_SHARES(B5,Held[#All])",
        F2="=DILUTED_SHARES(B5,Broken[#All])",
        F3="=DILUTED_SHARES(B5,Held[[#All],[Security]:[Count]])",
        F4="=DCF_PRESENT_VALUE(Broken[Strike],0.1)",
        F5="=DCF_PRESENT_VALUE(Broken[Lost],0.1)",
        F6="=DCF_PRESENT_VALUE(Odd[It''s '[new'] '#1],0.1)",
        G13="=DCF_TERMINAL_MULTIPLE(Broken[[#This Row],[Count]],Broken[[#This Row],[Strike]])",
        G12="=DCF_TERMINAL_MULTIPLE(Broken[[#This Row],[Count]],2)",
    )
    put(book["Deal"], 20, [["It's [new] #1"], [1.0], ["x"]])
    book["Deal"].add_table(Table(displayName="Odd", ref="A20:A22"))
    book["Deal"].add_table(Table(displayName="Held", ref=TABLE))
    book["Deal"].add_table(Table(displayName="Broken", ref=SPOILT))
    ends = {line.partition(" ")[0]: line.rpartition("; ")[2] for line in faults(book)}
    assert ends == {
        "Deal!F2": "see Deal!D13.",
        "Deal!F3": "see Deal!B3.",
        "Deal!F4": "see Deal!D12.",
        "Deal!F5": "Deal!F5 refers to Broken[Lost], which no table of the workbook has: "
        "=DCF_PRESENT_VALUE(Broken[Lost],0.1)",
        "Deal!F6": "see Deal!A22.",
        "Deal!G13": "see Deal!D13.",
    }


def test_names_that_mean_other_cells_in_each_cell() -> None:
    book = deal(F1="=DILUTED_SHARES(Left,A1:D3)", F2="=2*Both", E1=100.0, E2="x")
    for name, text in {
        "Left": "Deal!XFD1",
        "Both": "DILUTED_SHARES(Left,Deal!$A$1:$D$3)",
    }.items():
        book.defined_names[name] = DefinedName(name, attr_text=text)
    (line,) = faults(book)
    assert line.startswith("Deal!F2 ")
    assert line.endswith(": price must be a number, not 'x'; see Deal!E2.")


def test_days_from_1904_are_the_same_days() -> None:
    bands = [["From month", "To month", "Share"], [1, 12, 0.4], [13, 24, 0.6]]
    said = []
    for epoch in (None, MAC_EPOCH):
        book = deal()
        sheet = book["Deal"]
        put(sheet, 20, bands)
        sheet["F1"], sheet["G1"] = date(2026, 3, 31), date(2026, 2, 28)
        # The year must not end before the balance; the sentence has both days.
        sheet["F2"] = "=RPO_BY_YEAR(100,A20:C22,F1,G1,2)"
        if epoch:
            book.epoch = epoch
        report = calls.report(saved(book))
        said.append((report.faults, report.warnings))
    (faults_1900, none), (faults_1904, warned) = said
    assert len(faults_1900) == 1
    assert "2026" in faults_1900[0]
    assert faults_1904 == faults_1900
    assert none == []
    assert [line.partition(";")[0] for line in warned] == ["The workbook uses the 1904 date system"]


def test_what_is_hidden_is_read_and_named() -> None:
    book = deal(F1="=DILUTED_SHARES(Back!A1,A1:D3)", F2="=DILUTED_SHARES(B5,Mine)")
    back = book.create_sheet("Back")
    back["A1"] = "x"
    back.sheet_state = "veryHidden"
    book["Deal"].row_dimensions[13].hidden = True
    book["Deal"].auto_filter.ref = SPOILT
    book["Deal"].protection.sheet = True
    first, second = faults(book)
    assert first.endswith("price must be a number, not 'x'; see Back!A1 (on a hidden sheet).")
    assert second.endswith("; see Deal!D13 (in a hidden row).")


def test_values_of_others_are_taken_as_the_file_has_them() -> None:
    file = saved(deal(F1="=OTHER(1)", F2="=F1*2", F3=f"=DILUTED_MARKET_CAP(F2,{TABLE})"))
    report = calls.report(
        altered(file, SHEET, "<f>OTHER(1)</f><v></v>", "<f>OTHER(1)</f><v>-4</v>")
    )
    (line,) = report.faults
    assert line.endswith(": price must be at least 0, not -8; see Deal!F2: =F1*2.")
    assert report.warnings == [
        "Not calculated, and taken as they are in the file: Deal!F1 (calls OTHER, which Offtake "
        "cannot calculate)."
    ]


def test_what_the_engine_cannot_calculate_is_no_fault_of_the_calls() -> None:
    formula = "=SUM(A1:B2 B2:C3)"
    file = saved(deal(F1=f"=DILUTED_SHARES(F2,{TABLE})", F2=formula))
    file = altered(file, SHEET, f"<f>{formula[1:]}</f><v></v>", f"<f>{formula[1:]}</f><v>100</v>")
    report = calls.report(file)
    assert report.faults == []
    assert report.warnings == [
        f"Not calculated, and taken as they are in the file: Deal!F2 ({formula})."
    ]


def test_the_add_ins_functions_by_way_of_its_file() -> None:
    file = saved(deal(F1=f"='C:\\x\\offtake.xlam'!DILUTED_SHARES(-1,{TABLE})"))
    (line,) = calls.report(file).faults
    assert line == f"Deal!F1 shows #VALUE!: =DILUTED_SHARES(-1,{TABLE}): {AT_LEAST_0}."


@pytest.mark.parametrize("formula", ["=F1+DILUTED_SHARES(F1,A1:D3)", "=DILUTED_SHARES(F1,A1:D3)"])
def test_a_formula_that_refers_to_itself_is_named(formula: str) -> None:
    lines = faults(deal(F1=formula))
    assert lines[0].startswith("Deal!F1 ")


def test_calls_and_their_arguments_are_found_in_a_formula() -> None:
    (outer, inner) = calls_in('IF(A1,"RPO_BANDS(1)",rpo_bands(DCF_WACC({1,2;3,4},B1 ,""),,(C1)))')
    assert (outer.function, outer.arguments) == (
        "RPO_BANDS",
        ('DCF_WACC({1,2;3,4},B1 ,"")', "", "(C1)"),
    )
    assert (inner.function, inner.arguments) == ("DCF_WACC", ("{1,2;3,4}", "B1 ", '""'))
    # A function of another file or sheet, and a name.
    assert calls_in("[1]!RPO_BANDS(A1)+Deal!RPO_BANDS(A1)+RPO_BANDS+MY_RPO_BANDS(1)") == []
    assert gaps_filled("RPO_BANDS(,DCF_WACC(1,,2),)") == 'RPO_BANDS("",DCF_WACC(1,"",2),"")'


def test_the_function_that_only_calc_has_is_said_to_be_so() -> None:
    report = calls.report(saved(deal(F1=f"=DILUTED_SHARES(B5,{TABLE})", F2="=OFFTAKE_WHY(F1)")))
    assert report.faults == []
    assert report.warnings == [
        "Not calculated, and taken as they are in the file: Deal!F2 (calls OFFTAKE_WHY, which "
        "exists only in Calc)."
    ]


# The command --------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own.xlsx"


def test_all_calls_work(offtake: Command, own: Path) -> None:
    deal(F1=f"=DILUTED_SHARES(B5,{TABLE})").save(own)
    run = offtake("check", own)
    assert (run.code, run.err) == (0, "")
    assert run.out == "1 cell with 1 call to Offtake's functions: 1 work.\n"


def test_a_call_that_fails(offtake: Command, own: Path) -> None:
    deal(F1=f"=DILUTED_SHARES(B5,{SPOILT})").save(own)
    run = offtake("check", own)
    assert (run.code, run.err) == (1, "")
    assert run.out.splitlines() == [
        f"Deal!F1 shows #VALUE!: =DILUTED_SHARES(B5,{SPOILT}): {STRIKE}; see Deal!D13.",
        "1 cell with 1 call to Offtake's functions: 0 work, 1 fail.",
    ]


def test_a_workbook_without_calls_is_refused(offtake: Command, own: Path) -> None:
    deal().save(own)
    run = offtake("check", own)
    assert run.code == 2
    assert run.sentence == "workbook calls no Offtake function, so there is nothing to check."


def test_a_damaged_sheet_is_one_sentence(offtake: Command, own: Path) -> None:
    file = saved(deal(F1=f"=DILUTED_SHARES(B5,{TABLE})"))
    own.write_bytes(altered(file, SHEET, "</sheetData>", "</sheetdata>"))
    run = offtake("check", own)
    assert run.code == 2
    assert run.sentence.startswith(f"{SHEET} is not well-formed XML: mismatched tag: line 1, ")


def test_a_report_needs_no_values_in_the_file() -> None:
    with pytest.raises(InputError, match="nothing to check"):
        calls.report(saved(openpyxl.Workbook()))
    file = saved(deal(F1=f"=DILUTED_SHARES(B5,{TABLE})"))
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert b"<v></v>" in archive.read(SHEET)
    assert calls.report(file).faults == []
