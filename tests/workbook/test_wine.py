"""Do calls in Excel's way on Windows give Python's results, and do failures give the reason?

Excel itself is not there. All else is real: Windows by Wine, a Python for it, xlwings' DLL, which
starts the server by the command of xlwings' VBA, and COM between the two. A client plays Excel: it
hands over the types that Excel does, arrays with errors in them and objects that xlwings takes for
ranges of cells. Oracles: the catalogue under the Python of this environment, and what was
published.

`.ci/wine FOLDER` fetches what is needed, and OFFTAKE_WINE names that folder; without it the tests
are skipped.
"""

from __future__ import annotations

import math
import pickle
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import wine
from test_bad_input import VALID, is_one_sentence
from test_excel_calls import (
    FUNCTIONS,
    calls,
    expected,
    left_out,
    parameters,
    plain,
    written,
)
from test_inputs import as_excel_calls, assert_same_as_python
from test_published import EXAMPLES, picked
from test_pyodide import ANY_PROCESSOR, answered_here, bits, cells_of
from wine import Wine
from xlwings_on_windows import MISSING, Call, InCells, Text

from workbook.functions import CATALOGUE
from workbook.hosts import HostError
from workbook.hosts.excel import ERRORS, FIRST_ERROR

pytestmark = pytest.mark.skipif(
    wine.folder() is None, reason="needs a folder that .ci/wine filled, by OFFTAKE_WINE"
)

#: Functions that solve by linear algebra, of which there is another build: what differs at most,
#: relative to the number. All others give the same bits.
LINEAR_ALGEBRA = {"COMPS_REGRESSION", "COMPS_PREDICTED", "COMPS_VERDICT"}
RELATIVE = 1e-14

#: Functions that were called with their valid arguments, for the last test of this file.
called: set[str] = set()


def values(call: Call) -> Call:
    """Hand over the values of cells, as formulas do."""
    name, arguments = call
    return name, [a.value if isinstance(a, InCells) else a for a in arguments]


@pytest.fixture(scope="module")
def shown(windows: Wine) -> dict[tuple[str, str], Any]:
    made = {key: values(call) for key, call in calls().items()}
    return dict(zip(made, windows.answered(list(made.values())), strict=True))


def close(value: Any, other: Any) -> bool:
    """Tell whether two results are the same but for their last bits."""
    if isinstance(value, list):
        return len(value) == len(other) and all(map(close, value, other))
    if isinstance(value, float):
        return isinstance(other, float) and math.isclose(value, other, rel_tol=RELATIVE)
    return bits(value) == bits(other)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the results of a Python here without what numpy does for one processor only.

    Where these routines are not known, of this Python as it comes.
    """
    file = tmp_path_factory.mktemp("calls") / "calls"
    file.write_bytes(pickle.dumps([(name.lower(), cells_of(name)) for name in CATALOGUE], 4))
    return answered_here(file, **ANY_PROCESSOR)


def rows(result: Any) -> Any:
    """Give a result as rows: COM hands a single one over as no more than a row."""
    if isinstance(result, list) and not isinstance(result[0], list):
        return [result]
    return result


def as_shown(result: Any) -> Any:
    """Write a result as a cell gets it."""
    return [[written(c) for c in row] for row in result] if isinstance(result, list) else result


def test_it_is_windows(windows: Wine) -> None:
    assert windows.ask("version").startswith("win32 3.11")
    assert "MSC" in windows.ask("version")


@FUNCTIONS
def test_every_function_gives_what_it_gives_here(
    name: str, shown: dict[tuple[str, str], Any], here: dict[str, Any]
) -> None:
    found, result = plain(shown[name, "ranges"]), plain(as_shown(here[name]))
    called.add(name)
    if name in LINEAR_ALGEBRA:
        assert close(found, result)
    else:
        assert bits(found) == bits(result)


@FUNCTIONS
def test_cells_are_read_as_their_values(
    name: str, windows: Wine, shown: dict[tuple[str, str], Any]
) -> None:
    (found,) = windows.answered([calls()[name, "ranges"]])
    assert bits(rows(found)) == bits(rows(shown[name, "ranges"]))


@FUNCTIONS
@pytest.mark.parametrize("form", ["rows", "values of formulas"])
def test_every_form_of_a_valid_call_gives_the_same(
    name: str, form: str, shown: dict[tuple[str, str], Any]
) -> None:
    assert bits(plain(shown[name, form])) == bits(plain(shown[name, "ranges"]))


@FUNCTIONS
def test_what_is_left_out_or_empty_is_its_default(
    name: str, shown: dict[tuple[str, str], Any]
) -> None:
    for argument in left_out(name):
        result = plain(expected(name, **{argument: None}))
        assert close(plain(shown[name, f"{argument} missing"]), result), argument
        assert close(plain(shown[name, f"{argument} empty"]), result), argument


@FUNCTIONS
def test_bad_input_arrives_as_its_sentence(name: str, shown: dict[tuple[str, str], Any]) -> None:
    for p in (p for p in parameters(name) if p.name in VALID[name]):
        found = shown[name, f"{p.name} error"]
        assert isinstance(found, Text), p.name
        assert "#N/A" in found.sentence, found.sentence
        assert is_one_sentence(found.sentence)
        if not p.blank:
            assert shown[name, f"{p.name} empty"] == expected(name, **{p.name: None})


def test_what_was_published_is_published_here(windows: Wine) -> None:
    made = []
    for example in EXAMPLES:
        given = example["arguments"]
        named = [given.get(p.name, MISSING) for p in parameters(example["function"])]
        made.append((example["function"].lower(), named))
    for example, found in zip(EXAMPLES, windows.answered(made), strict=True):
        declared = CATALOGUE[example["function"]]
        if declared.returns == "table":
            found = rows(found)
        number = picked(found, example.get("pick"))
        if isinstance(example["expected"], str):
            assert number == example["expected"], example["id"]
        else:
            wanted = pytest.approx(example["expected"], rel=0, abs=example["tolerance"])
            assert number + example.get("plus", 0.0) == wanted, example["id"]


def test_the_calls_of_the_contract_of_inputs_give_the_same(windows: Wine) -> None:
    assert_same_as_python(windows.answered(list(as_excel_calls())))


# What Excel hands over in other types than a cell shows -----------------------------------------


def test_every_error_is_given_by_its_name(windows: Wine) -> None:
    errors = {FIRST_ERROR + code: name for code, name in ERRORS.items()}
    found = windows.answered([("dcf_terminal_multiple", [number, 2.0]) for number in errors])
    assert [f.sentence for f in found] == [
        f"metric must be a number, not the error {name}." for name in errors.values()
    ]
    in_cells = windows.answered([("dcf_terminal_multiple", [InCells(n), 2.0]) for n in errors])
    assert in_cells == found


def test_currency_is_the_whole_number(windows: Wine) -> None:
    number = 120.123456
    short = Decimal("120.1235")
    in_cells, of_a_formula, in_a_range = windows.answered(
        [
            ("dcf_terminal_multiple", [InCells(short, number), 2.0]),
            ("dcf_terminal_multiple", [short, 2.0]),
            (
                "dcf_present_value",
                [InCells(((short, 5.0),), ((number, 5.0),)), 0.1],
            ),
        ]
    )
    assert in_cells == CATALOGUE["DCF_TERMINAL_MULTIPLE"].call(number, 2.0)
    # A formula's value has no cell to look at, and the four places are all that is there.
    assert of_a_formula == CATALOGUE["DCF_TERMINAL_MULTIPLE"].call(120.1235, 2.0)
    assert in_a_range == CATALOGUE["DCF_PRESENT_VALUE"].call([number, 5.0], 0.1)


def test_dates_are_days_in_every_form(windows: Wine) -> None:
    days = {"balance_date": datetime(2025, 12, 31), "first_year_end": datetime(2026, 12, 31)}
    result = as_shown(CATALOGUE["RPO_BY_YEAR"].call(**VALID["RPO_BY_YEAR"] | days))
    for form in (lambda day: day, lambda day: (day - wine.DAY_ZERO).days, InCells):
        given = VALID["RPO_BY_YEAR"] | {name: form(day) for name, day in days.items()}
        (found,) = windows.answered([("rpo_by_year", list(given.values()))])
        assert bits(plain(found)) == bits(plain(result))


@pytest.mark.parametrize(
    "block", [((7.0,),), ((7.0, 8.0, 9.0),), ((7.0,), (8.0,), (9.0,))], ids=["1x1", "1xn", "nx1"]
)
def test_blocks_of_one_row_or_column(block: tuple[tuple[float, ...], ...], windows: Wine) -> None:
    flat = [cell for row in block for cell in row]
    result = CATALOGUE["DCF_PRESENT_VALUE"].call(flat, 0.1)
    # One cell comes as no block at all.
    value = flat[0] if len(flat) == 1 else block
    assert windows.answered(
        [("dcf_present_value", [InCells(value), 0.1]), ("dcf_present_value", [block, 0.1])]
    ) == [result, result]


# What fails -------------------------------------------------------------------------------------

#: Defines a function that has a defect, in the server.
DEFECT = """
import dataclasses
import workbook.udfs
from workbook.functions import CATALOGUE
from workbook.hosts import excel

def broken(*cells):
    raise ZeroDivisionError("division by zero")

workbook.udfs.broken = excel.udf(dataclasses.replace(CATALOGUE["DCF_PRESENT_VALUE"], call=broken))
"""


def test_a_function_that_raises_leaves_a_sentence(windows: Wine) -> None:
    windows.ask("execute", DEFECT)
    (found,) = windows.answered([("broken", [[[1.0]], 0.1])])
    assert found == Text("ZeroDivisionError: division by zero")
    # The server is as it was.
    assert windows.answered([("dcf_terminal_multiple", [3.0, 2.0])]) == [6.0]


def test_a_server_that_is_killed_blocks_nobody(windows: Wine) -> None:
    windows.ask("kill")
    (found,) = windows.answered([("dcf_terminal_multiple", [3.0, 2.0])])
    assert isinstance(found, Text)
    assert windows.seconds < 5
    with pytest.raises(HostError, match="Could not activate Python COM server"):
        windows.ask("start")
    assert windows.seconds < 5
    # Another command is another server to the DLL.
    windows.ask("start", "C:\\Another.xlsm")
    assert windows.answered([("dcf_terminal_multiple", [3.0, 2.0])]) == [6.0]


def test_as_many_functions_were_called_as_there_are() -> None:
    assert called == set(CATALOGUE)


# Last, because it takes two minutes, which are used for all other tests under Wine.
@pytest.mark.parametrize("why", ["no Python", "no import"])
def test_a_start_that_fails_blocks_for_two_minutes(why: str, failing: dict[str, Wine]) -> None:
    with pytest.raises(HostError, match="Could not activate Python COM server"):
        failing[why].get()
    assert 110 < failing[why].seconds < 180
