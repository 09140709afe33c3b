"""Does every catalogue function receive its arguments from Excel, and return its result?

A valid call of every function is made through xlwings' own code, under stand-ins for Windows, in
the forms that Excel hands over: cells and ranges, values of formulas, arguments left out, empty
cells, dates and error codes. Oracle: the same call of the catalogue with plain values.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from test_bad_input import NEEDED, VALID, is_one_sentence
from xlwings_on_windows import MISSING, Call, InCells, Text, answered

from model.errors import InputError
from workbook.catalogue import Parameter
from workbook.functions import CATALOGUE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in for Windows")

FUNCTIONS = pytest.mark.parametrize("name", CATALOGUE)
N_A = -2146826246
#: The day whose serial number is 0.
DAY_ZERO = datetime(1899, 12, 30)


def cell(value: Any) -> Any:
    """Give what COM hands over for a cell: every number is a float, every date has a time."""
    if isinstance(value, bool | str | None):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return float(value)


def rows(value: Any) -> Any:
    """Give what COM hands over for a range: rows of cells, or the one cell."""
    if not isinstance(value, list):
        return cell(value)
    lines = value if isinstance(value[0], list) else [[c] for c in value]
    return tuple(tuple(cell(c) for c in line) for line in lines)


def in_a_row(value: Any) -> Any:
    """Lay a single column as a row."""
    flat = isinstance(value, list) and not isinstance(value[0], list)
    return (tuple(cell(c) for c in value),) if flat else rows(value)


def serial(value: Any) -> Any:
    """Give dates as the numbers that count them, as formulas do."""
    if isinstance(value, list):
        return [serial(c) for c in value]
    return (cell(value) - DAY_ZERO) / timedelta(1) if isinstance(value, date) else value


def with_error(value: Any) -> Any:
    """Put an error code into the last cell of a range, or into the one cell."""
    there = rows(value)
    return (*there[:-1], (*there[-1][:-1], N_A)) if isinstance(there, tuple) else N_A


def parameters(name: str) -> tuple[Parameter, ...]:
    return CATALOGUE[name].parameters


def call(name: str, form: Any, **other: Any) -> Call:
    """Make the valid call of a function with every argument in a form, but for some others."""
    given = VALID[name]
    cells = {argument: form(value) for argument, value in given.items()} | other
    return name.lower(), [cells.get(p.name, MISSING) for p in parameters(name)]


#: The forms in which a whole call can come.
FORMS = {
    "ranges": lambda value: InCells(rows(value)),
    "rows": lambda value: InCells(in_a_row(value)),
    "values of formulas": lambda value: rows(serial(value)),
}


def left_out(name: str) -> list[str]:
    """Name the arguments that the valid call can do without, the last first."""
    free = [p.name for p in parameters(name) if p.blank and p.name in VALID[name]]
    return [argument for argument in free[::-1] if (name, argument) not in NEEDED]


def calls() -> dict[tuple[str, str], Call]:
    """Name every call that is made: function, and what is special about it."""
    made: dict[tuple[str, str], Call] = {}
    for name in CATALOGUE:
        for message, form in FORMS.items():
            made[name, message] = call(name, form)
        for argument in left_out(name):
            made[name, f"{argument} missing"] = call(name, FORMS["ranges"], **{argument: MISSING})
            made[name, f"{argument} empty"] = call(
                name, FORMS["ranges"], **{argument: InCells(None)}
            )
        for p in (p for p in parameters(name) if p.name in VALID[name]):
            wrong = InCells(with_error(VALID[name][p.name]))
            made[name, f"{p.name} error"] = call(name, FORMS["ranges"], **{p.name: wrong})
            if not p.blank:
                made[name, f"{p.name} empty"] = call(
                    name, FORMS["ranges"], **{p.name: InCells(None)}
                )
    return made


@pytest.fixture(scope="module")
def shown() -> dict[tuple[str, str], Any]:
    made = calls()
    return dict(zip(made, answered(list(made.values())), strict=True))


def expected(name: str, **changed: Any) -> Any:
    """Call the catalogue with plain values, and write the result as Excel takes it."""
    try:
        found = CATALOGUE[name].call(**VALID[name] | changed)
    except InputError as refused:
        return Text(str(refused))
    return [[written(c) for c in row] for row in found] if isinstance(found, list) else found


def written(value: Any) -> Any:
    """Give a cell as xlwings writes it: nothing is the empty text."""
    return "" if value is None else value


def plain(value: Any) -> Any:
    """Take the time off dates: in a cell, a day is its midnight."""
    if isinstance(value, list):
        return [plain(c) for c in value]
    return value.date() if isinstance(value, datetime) else value


@FUNCTIONS
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_valid_call_gives_the_same(
    name: str, form: str, shown: dict[tuple[str, str], Any]
) -> None:
    assert plain(shown[name, form]) == plain(expected(name))


@FUNCTIONS
def test_what_is_left_out_or_empty_is_its_default(
    name: str, shown: dict[tuple[str, str], Any]
) -> None:
    for argument in left_out(name):
        result = plain(expected(name, **{argument: None}))
        assert plain(shown[name, f"{argument} missing"]) == result, argument
        assert plain(shown[name, f"{argument} empty"]) == result, argument


@FUNCTIONS
def test_an_empty_cell_that_must_be_filled_is_named(
    name: str, shown: dict[tuple[str, str], Any]
) -> None:
    for p in parameters(name):
        if not p.blank:
            found = shown[name, f"{p.name} empty"]
            assert isinstance(found, Text)
            assert found.sentence.startswith(f"{p.name} must be given: ")
            assert is_one_sentence(found.sentence)


@FUNCTIONS
def test_an_error_code_is_given_by_its_name(name: str, shown: dict[tuple[str, str], Any]) -> None:
    for argument in VALID[name]:
        found = shown[name, f"{argument} error"]
        assert isinstance(found, Text), argument
        assert "#N/A" in found.sentence, (argument, found.sentence)
        assert is_one_sentence(found.sentence)
