"""Do the native formulas match the workbooks in a third engine?

IronCalc is the oracle: a spreadsheet engine that is not ours, which takes one cell of a range where
Excel would, and so sees faults that the headless engine and Calc hide. It calculates the native
formulas. Calls of the catalogue are constants in it, about which this says nothing: as a whole
where a formula is one call, and else within the formula, whose native parts it calculates.
"""

from __future__ import annotations

import io
import random
import re

import openpyxl
import pytest
from calc_comparison import FULL, built, saved
from changes import changed, drawn
from kinds_of_change import NAMES, every_kind
from native_formulas import (
    NOT_CALCULATED,
    IronCalc,
    calls,
    constant,
    live,
    mixed,
    native,
    natively,
    prepared,
    with_calls,
)

from model.case import case
from workbook import template
from workbook.check.differences import differing
from workbook.hosts.headless import evaluate
from workbook.package.cells import ErrorValue, Value, Values, place
from workbook.package.finish import finish
from workbook.package.package import Package
from workbook.status import STATUS


def disagreements(workbook: bytes, calculated: IronCalc | None = None) -> list[str]:
    """List the native formulas of which IronCalc gives another value than the file has.

    It calculates the file, or has calculated one with the same formulas and other values.
    """
    held = native(workbook)[1]
    return differences(held, (calculated or IronCalc(workbook)).values(held))


def differences(held: Values, found: Values) -> list[str]:
    # The rule of `offtake check`, also for what rounding leaves of a subtraction.
    return [str(d) for d in differing(held, found)]


# Every shipped case ------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=case.names())
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each case, for all tests of one before those of the next."""
    return str(request.param)


@pytest.fixture(scope="module")
def third(name: str) -> IronCalc:
    """Return a case's workbook in IronCalc, as it was built."""
    return IronCalc(built(name))


def test_native_formulas_have_the_values_of_the_file(name: str, third: IronCalc) -> None:
    assert disagreements(built(name), third) == []


def test_every_native_formula_is_compared(name: str) -> None:
    formulas, held = native(built(name))
    # Counted another way: openpyxl reads the file that IronCalc gets, and finds formulas there.
    left = openpyxl.load_workbook(io.BytesIO(prepared(built(name))), read_only=True)
    cells = [c for sheet in left for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert len(cells) == sum(map(len, formulas.values())) == sum(map(len, held.values())) > 0


def test_what_calls_the_catalogue_is_the_value_of_the_file_bit_for_bit(
    name: str, third: IronCalc
) -> None:
    held, own = Package.opened(built(name)).cached, native(built(name))[1]
    constants = {s: {at: v for at, v in of.items() if at not in own[s]} for s, of in held.items()}
    assert third.values(constants) == constants


def test_no_value_of_a_native_formula_comes_from_the_file(name: str) -> None:
    given = native(prepared(built(name)))[1]
    assert {value for of in given.values() for value in of.values()} == {NOT_CALCULATED}


def test_formulas_that_stay_constants_have_nothing_native_to_calculate(name: str) -> None:
    """But for the line at the top, all are a call, or what INDEX takes from the table of one."""
    for sheet, of_sheet in Package.opened(built(name)).formulas.items():
        for at, formula in of_sheet.items():
            if constant(at, formula) and (sheet, at) != ("Checks and warnings", STATUS):
                outside = formula.text
                for start, end in reversed(calls(outside)):
                    outside = outside[:start] + outside[end:]
                assert re.fullmatch(r"|INDEX\(,\d+(,\d+)?\)", outside.strip()), formula.text


def test_after_changes_of_the_inputs_they_agree_as_well(name: str) -> None:
    workbook = built(name)
    for seed in range(3 if name == FULL else 1):
        changes, after = drawn(
            workbook, random.Random(f"{name} third {seed}"), with_calls(workbook)
        )
        now = natively(workbook, after)
        assert len(differences(native(workbook)[1], now)) > 20
        third = IronCalc(workbook)
        third.change(changes, after)
        assert differences(now, third.values(now)) == [], seed


def test_a_file_with_changes_of_the_inputs_is_calculated_as_if_they_were_typed() -> None:
    workbook = built("supermicro")
    changes, after = drawn(workbook, random.Random("as a file"), with_calls(workbook))
    typed = changed(workbook, changes)
    workbook = finish(typed, evaluate(typed))
    # But for the line at the top, which says in this file what is true.
    assert differences(natively(built("supermicro"), after), native(workbook)[1]) == []
    assert disagreements(workbook) == []


@pytest.fixture(scope="module")
def scenarios() -> bytes:
    """Return the workbook of a company whose scenarios change drivers in every way."""
    return template.build(case.parse(every_kind()))


@pytest.mark.parametrize("scenario", NAMES[1:])
def test_drivers_in_a_scenario_are_those_of_the_file(scenario: str, scenarios: bytes) -> None:
    sheet, _, cell = Package.opened(scenarios).names["Scenario"].rpartition("!")
    chosen = {(sheet.strip("'"), place(cell.replace("$", ""))): scenario}
    after = live(scenarios).values(chosen)
    now = natively(scenarios, after)
    assert len(differences(native(scenarios)[1], now)) > 20
    third = IronCalc(scenarios)
    third.change(chosen, after)
    assert differences(now, third.values(now)) == []


# Formulas of both kinds ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("SUM(A1:A3)", []),
        ("DCF_WACC(A1,MAX(1,(2)))", ["DCF_WACC(A1,MAX(1,(2)))"]),
        (
            "MAX(0,PRICE_PER_SHARE(A1,B1:C2))*dcf_wacc(1)",
            ["PRICE_PER_SHARE(A1,B1:C2)", "dcf_wacc(1)"],
        ),
        ("DCF_WACC(DCF_UNLEVER(1,2))+1", ["DCF_WACC(DCF_UNLEVER(1,2))"]),
        ('"DCF_WACC("&DCF_WACC(")")', ['DCF_WACC(")")']),
        ("DCF_WACC+1", []),
    ],
)
def test_calls_within_a_formula(formula: str, found: list[str]) -> None:
    assert [formula[start:end] for start, end in calls(formula)] == found


def test_a_wrong_value_of_a_formula_of_both_kinds_is_found() -> None:
    workbook = built(FULL)
    wrong, places = Package.opened(workbook).cached, 0
    for sheet, of_sheet in mixed(workbook).items():
        for at in of_sheet:
            held = wrong[sheet][at]
            wrong[sheet][at] = held * (1 + 2e-9) + 1 if isinstance(held, float) else "wrong"
            places += 1
    assert len(disagreements(finish(workbook, wrong), IronCalc(workbook))) == places > 0


def test_an_error_next_to_a_call_is_found() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "=DCF_TERMINAL_MULTIPLE(2,3)*0+1/0"
    wrong = finish(saved(book), {"Sheet": {(1, 1): 5.0}})
    assert len(disagreements(wrong)) == 1


# Whether IronCalc would see a fault --------------------------------------------------------------


def calculated(formula: str) -> IronCalc:
    """Calculate three rows of texts and numbers, and a formula in D9 that is shown as "0"."""
    book = openpyxl.Workbook()
    for line in (["a", 2.0], ["b", 30.0], ["a", 400.0]):
        book.active.append(line)
    book.active["D9"] = formula
    book.active["D9"].number_format = "0"
    return IronCalc(saved(book))


D9 = "Sheet", (9, 4)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('=SUMPRODUCT(IF(A1:A3="a",B1:B3,0))', ErrorValue("#VALUE!")),
        ('=SUMPRODUCT((A1:A3="a")*B1:B3)', 402.0),
        ("=B1:B3", ErrorValue("#VALUE!")),
        ("=ABS(B1:B3)", ErrorValue("#VALUE!")),
    ],
)
def test_it_takes_one_cell_of_a_range_where_excel_does(formula: str, value: Value) -> None:
    assert calculated(formula).value(*D9) == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1/3", 1 / 3),
        ("=0.1+0.2", 0.1 + 0.2),
        ("=2/3E+300", 2 / 3e300),
        ("=1E+15+0.3", 1e15 + 0.3),
    ],
)
def test_its_numbers_are_read_in_full_whatever_the_format_shows(formula: str, value: float) -> None:
    book = calculated(formula)
    assert float(book.model.get_formatted_cell_value(0, 9, 4)) != value
    assert book.value(*D9) == value


def test_its_values_follow_an_input() -> None:
    book = calculated("=SUM(B1:B3)*2")
    assert book.value(*D9) == 864.0
    book.enter("Sheet", (1, 2), 3.0)
    assert book.value(*D9) == 866.0


def test_a_wrong_value_in_a_file_is_found() -> None:
    workbook = built("supermicro")
    wrong = Package.opened(workbook).cached
    numbers = {at: v for at, v in native(workbook)[1]["DCF"].items() if isinstance(v, float) and v}
    at = min(numbers)
    wrong["DCF"][at] = numbers[at] * (1 + 2e-9)
    assert len(disagreements(finish(workbook, wrong))) == 1
