"""Is a wrong input always refused, in one sentence that names the argument, and never computed?

Oracle: the contract of the cells. A valid call for every function is changed in one argument at a
time, by what a spreadsheet can hand over where it does not belong. What is wrong for an argument
follows from its declaration; what the columns of a table say together is listed once for the table
and applied in every function that takes it.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import pytest
from every import every
from hypothesis import given, settings
from hypothesis import strategies as st
from sweep import (
    comparables,
    contracts,
    core,
    declared,
    economics,
    equity,
    funding,
    operations,
)
from sweep.core import BANDS, COUNT, DRIVERS, FROM, SECURITIES, STRIKE, changed, without

from model.dcf.drivers import Drivers
from model.errors import InputError
from model.tables import Table as Declared
from workbook.catalogue import Parameter
from workbook.functions import CATALOGUE

FAMILIES = (equity, contracts, operations, economics, comparables, funding)

#: A valid call for every function, with every argument that the sweep is to change: its published
#: example with the most arguments, unless one with more of them is stated.
VALID: dict[str, dict[str, Any]] = declared.valid_calls(CATALOGUE) | core.VALID
#: What is wrong in each table that its columns alone do not show.
WRONG: dict[type[Declared] | None, dict[str, Any]] = dict(core.WRONG)
#: What is wrong for one function alone, and the argument that its message names.
ALONE: list[tuple[str, str, Any, str]] = list(core.ALONE)
for family in FAMILIES:
    VALID |= family.CALLS
    WRONG |= getattr(family, "WRONG", {})
    ALONE += getattr(family, "ALONE", [])

#: Optional arguments that another argument of the valid call makes necessary.
NEEDED: set[tuple[str, str]] = operations.NEEDED | funding.NEEDED | contracts.NEEDED

#: The helpful part of some messages, word for word.
MESSAGES: list[tuple[str, str, Any, str]] = [
    (
        "DILUTED_SHARES",
        "method",
        "tresury",
        "method must be one of 'treasury', 'gross', 'basic', not 'tresury' "
        "(did you mean 'treasury'?).",
    ),
    (
        "DILUTED_SHARES",
        "securities",
        changed(SECURITIES, 0, STRIKE, "Strke"),
        "securities must have the headers Security, Type, Count, Strike, Included, Withheld, "
        "Vests at, Repayment, Cap, Condition, Measured only, not 'Strke' (did you mean 'Strike'?).",
    ),
    (
        "RPO_CONTRACTS",
        "contracts",
        changed(VALID["RPO_CONTRACTS"]["contracts"], 0, 1, "Vaule"),
        "contracts must have the headers Customer, Value, Start, Term, Shape, Delay, Probability, "
        "Default intensity, Recovery, Renewal, Renewal term, Contract and 6 others only, not "
        "'Vaule' (did you mean 'Value'?).",
    ),
    (
        "DILUTED_SHARES",
        "securities",
        without(SECURITIES, COUNT),
        "securities must have the headers Security, Type, Count, but Count is missing.",
    ),
    (
        "DILUTED_SHARES",
        "securities",
        changed(SECURITIES, 3, COUNT, "28.4m"),
        "securities Count (row 4) must be a number, not '28.4m'.",
    ),
    (
        "DILUTED_SHARES",
        "securities",
        changed(SECURITIES, 0, STRIKE, date(2026, 5, 14)),
        "securities must have the headers Security, Type, Count, Strike, Included, Withheld, "
        "Vests at, Repayment, Cap, Condition, Measured only, not 2026-05-14.",
    ),
    (
        "DCF_VALUE",
        "drivers",
        changed(DRIVERS, 7, 0, "wac"),
        "drivers must hold known drivers only, not 'wac' in row 8 (did you mean 'wacc'?).",
    ),
    (
        "DCF_REVERSE",
        "solve_for",
        "RPO conversion",
        "solve_for must not be RPO conversion, because the company has no contracts.",
    ),
    (
        "DCF_TERMINAL_GROWTH",
        "growth",
        0.13,
        "growth must be below the discount rate, not 0.13.",
    ),
    (
        "RPO_BANDS",
        "bands",
        changed(BANDS, 2, FROM, 26),
        "bands From month must be 25 after To month 24, not 26, or the bands leave a gap.",
    ),
    (
        "DCF_PRESENT_VALUE",
        "cash_flows",
        [100.0, "#N/A"],
        "cash_flows (place 2) must be a number, not the error #N/A.",
    ),
    ("DILUTED_SHARES", "price", None, "price must be given: share price."),
]


def wrong(name: str, p: Parameter) -> dict[str, Any]:
    """What is wrong for an argument: by its declaration, and by what its columns say together."""
    return declared.wrong(p, VALID[name].get(p.name)) | WRONG.get(p.table, {})


ARGUMENTS = [
    pytest.param(name, p, id=f"{name}-{p.name}")
    for name, function in CATALOGUE.items()
    for p in function.parameters
]


def refusal(function: str, argument: str, value: Any) -> str:
    arguments = VALID[function] | {argument: value}
    with pytest.raises(InputError) as refused:
        CATALOGUE[function].call(**arguments)
    assert isinstance(refused.value, ValueError)
    assert refused.value.reason in ("value", "number", "missing")
    return str(refused.value)


def is_one_sentence(message: str) -> bool:
    # What a user typed may hold anything.
    message = re.sub(r"'[^']*'|\"[^\"]*\"", "''", message)
    return (
        message.endswith(".")
        and not message.endswith("..")
        and "\n" not in message
        # No second sentence, and nothing that only a programmer would read.
        and not re.search(r"\.\s", message)
        and not re.search(r"array\(|np\.|float64|datetime\.|Traceback|<.*>", message)
        and len(message) <= 255
    )


def test_every_wrong_value_differs_from_the_valid_one() -> None:
    for name, function in CATALOGUE.items():
        for p in function.parameters:
            for what, value in wrong(name, p).items():
                assert repr(value) != repr(VALID[name].get(p.name)), (name, p.name, what)


def test_every_function_has_a_valid_call() -> None:
    assert set(VALID) >= set(CATALOGUE)
    for name, function in CATALOGUE.items():
        assert {p.name for p in function.parameters if p.required} <= set(VALID[name])


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_valid_call_is_valid(name: str) -> None:
    result = CATALOGUE[name].call(**VALID[name])
    cells = [c for row in result for c in row] if isinstance(result, list) else [result]
    numbers = [c for c in cells if not isinstance(c, str | date)]
    assert numbers
    assert all(math.isfinite(n) for n in numbers)


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_empty_optional_argument_is_its_default(name: str) -> None:
    for p in CATALOGUE[name].parameters:
        if not p.required and p.name != "final_month" and (name, p.name) not in NEEDED:
            rest = {k: v for k, v in VALID[name].items() if k != p.name}
            omitted = CATALOGUE[name].call(**rest)
            for empty in (None, ""):
                assert CATALOGUE[name].call(**rest, **{p.name: empty}) == omitted


@pytest.mark.parametrize(("name", "p"), ARGUMENTS)
def test_what_is_wrong_for_its_kind_is_refused(name: str, p: Parameter) -> None:
    empty = [] if p.blank else [("empty", None), ("empty text", "")]

    def refused(value: Any) -> None:
        message = refusal(name, p.name, value)
        assert is_one_sentence(message), message
        if p.name == "drivers":
            # A driver is an argument in its own right, and named as one.
            assert message.split()[0] in {"drivers", *Drivers.declared}, message
        else:
            assert message.startswith(p.name), message

    every(refused, [(what, (value,)) for what, value in [*wrong(name, p).items(), *empty]])


@pytest.mark.parametrize("name", dict.fromkeys(name for name, *_ in ALONE))
def test_what_is_wrong_for_one_function_is_refused(name: str) -> None:
    def refused(argument: str, value: Any, named: str) -> None:
        message = refusal(name, argument, value)
        assert is_one_sentence(message), message
        assert re.match(rf"{named}\b", message), message

    every(refused, [(case[:2], case) for function, *case in ALONE if function == name])


@pytest.mark.parametrize(("function", "argument", "value", "message"), MESSAGES)
def test_what_the_message_tells(function: str, argument: str, value: Any, message: str) -> None:
    assert refusal(function, argument, value) == message


def test_periods_without_end_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(InputError, match=r"^periods must be from 1 to 12000"):
        CATALOGUE["DCF_DISCOUNT_FACTORS"].call(0.1, 1e10)


LARGE: list[tuple[str, str, Any]] = [
    ("DILUTED_MARKET_CAP", "price", 1e307),
    ("DILUTION_BRIDGE", "price", 1e307),
    ("RPO_ROLLFORWARD", "bookings", [1e308, 1e308]),
    ("DCF_PRESENT_VALUE", "cash_flows", [1e308, 1.7e308]),
    ("DCF_TERMINAL_GROWTH", "next_cash_flow", 1e308),
    ("DCF_TERMINAL_MULTIPLE", "metric", 1e308),
    *economics.LARGE,
    *operations.LARGE,
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("function", "argument", "value"), LARGE)
def test_a_result_that_is_no_number_is_not_given(function: str, argument: str, value: Any) -> None:
    message = refusal(function, argument, value)
    assert message == "the result is too large or not defined for these inputs."


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.floats(-10, 100),
    st.integers(),
    st.dates(),
    st.text(max_size=5),
    st.sampled_from(["", " ", "#N/A", "Value", "Driver", "Count", "wacc", "common", "mid", "nan"]),
)
RANGES = st.lists(CELLS, max_size=4) | st.lists(st.lists(CELLS, max_size=4), max_size=4)


@st.composite
def damaged(draw: st.DrawFn, valid: Any) -> Any:
    """Anything in place of an argument, or a valid table with some cells replaced."""
    if not isinstance(valid, list) or draw(st.integers(0, 3)) == 0:
        return draw(CELLS | RANGES)
    table = [list(row) if isinstance(row, list) else row for row in valid]
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.integers(0, len(table) - 1))
        if isinstance(table[row], list):
            table[row][draw(st.integers(0, len(table[row]) - 1))] = draw(CELLS)
        else:
            table[row] = draw(CELLS)
    return table


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CATALOGUE)
@settings(max_examples=30)
@given(data=st.data())
def test_whatever_comes_gives_numbers_or_one_sentence(name: str, data: st.DataObject) -> None:
    argument = data.draw(st.sampled_from(sorted(VALID[name])))
    value = data.draw(damaged(VALID[name][argument]))
    try:
        result = CATALOGUE[name].call(**VALID[name] | {argument: value})
    except InputError as refused:
        assert is_one_sentence(str(refused)), str(refused)
    else:
        cells = [c for row in result for c in row] if isinstance(result, list) else [result]
        assert all(isinstance(c, str | date) or math.isfinite(c) for c in cells)


@pytest.mark.parametrize("name", CATALOGUE)
def test_too_many_arguments_are_refused(name: str) -> None:
    with pytest.raises(TypeError):
        CATALOGUE[name].call(*[1.0] * (len(CATALOGUE[name].parameters) + 1))
