"""Do the model's functions and tables accept in Python what cells may hold, and no more?

Oracles: the contract of inputs, under which a text, a truth value, a complex number or a date is no
number, wherever it comes from; and arithmetic by hand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sweep import core
from test_bad_input import VALID, is_one_sentence
from test_what_people_pass import STRANGE, WAYS, datetime64, midnight, timestamp

from model.dilution.lockup import Releases
from model.dilution.securities import Securities
from model.dilution.shares import diluted_shares
from model.errors import InputError
from model.functions import FUNCTIONS
from model.plain import plain
from model.tables import Table
from workbook.functions import CATALOGUE


def typed(name: str) -> dict[str, Any]:
    """Return the valid arguments of a function as the model takes them."""
    cells = {p.name: (p, plain(VALID[name].get(p.name))) for p in CATALOGUE[name].parameters}
    return {n: p.cells(n, value) for n, (p, value) in cells.items() if value is not None}


def made_of(table: Any) -> dict[str, Any]:
    return {f.name: getattr(table, f.name) for f in dataclasses.fields(table) if f.init}


#: A table of each class, as the first function that takes it has it.
TABLES = {
    type(value): value
    for name in reversed(CATALOGUE)
    for value in typed(name).values()
    if isinstance(value, Table)
}
WRONG = STRANGE | {
    "a truth value": True,
    "truth values": [True, False],
    "a number as text": "12",
    "texts": ["1", "2"],
    "NumPy's texts": np.array(["1", "2"]),
    "bytes in an array": np.array([b"1"]),
    "complex numbers": np.array([1j, 2]),
    "spans in an array": np.array([1, 2], dtype="m8[D]"),
    "days in an array": np.array(["2026-01-01"], dtype="M8[D]"),
    "rows of several lengths": [[1.0], [1.0, 2.0]],
    "a generator": (x for x in [1.0]),
    "a set": {1.0},
}


#: What NumPy would take for numbers.
NO_NUMBERS = {
    *("a truth value", "truth values", "a number as text", "texts", "NumPy's texts"),
    *("bytes in an array", "complex numbers", "spans in an array", "days in an array"),
}


def refused(call: Callable[..., Any], where: Any, given: dict[str, Any]) -> bool:
    """Tell whether a call is refused, in one sentence; anything else that fails fails the test."""
    try:
        call(**given)
    except InputError as refusal:
        assert is_one_sentence(str(refusal)), (where, str(refusal))
        return True
    return False


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_column_is_refused_or_read(what: str) -> None:
    for cls, table in TABLES.items():
        columns = made_of(table)
        for name, column in columns.items():
            cells = [WRONG[what]]
            if isinstance(column, tuple | np.ndarray) and np.ndim(column) == 1:
                cells.append([*column[:-1], WRONG[what]])
            for value in cells:
                no = refused(cls, (cls, name), columns | {name: value})
                declared = cls.declared.get(name)
                if declared is not None and declared.kind == "number" and what in NO_NUMBERS:
                    assert no, (cls, name)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_argument_is_refused_or_read(what: str) -> None:
    for name, function in FUNCTIONS.items():
        arguments = typed(name)
        for p in function.parameters:
            if p.name in arguments:
                no = refused(function.call, (name, p.name), arguments | {p.name: WRONG[what]})
                if p.field is not None and p.field.kind == "number" and what in NO_NUMBERS:
                    assert no, (name, p.name)


@pytest.mark.parametrize("way", ["array", "tuples", "series", "decimals", "fractions", "missing"])
def test_a_table_made_in_python_is_the_same_in_every_way(way: str) -> None:
    names, kinds = ["Common", "Options"], ["common", "option"]
    count, strike = [100.0, 10.0], [None, 60.0]
    held = Securities(*(WAYS[way](column) for column in (names, kinds, count, strike)))
    # 10 (1 - 60 / 100) = 4.
    assert diluted_shares(WAYS[way](100.0), held) == 104


def test_days_are_dates_in_python_too() -> None:
    day = date(2026, 5, 14)
    for passed in (day, midnight(day), timestamp(day), datetime64(day), [day], pd.Series([day])):
        assert Releases(["Staff"], passed, [1.0]).day.tolist() == [day]
    # Of numbers, NumPy counts days from 1970.
    for wrong in (46_156, "2026-05-14", datetime(2026, 5, 14, 9), None, pd.NaT, True):
        with pytest.raises(InputError, match=r"^releases Date must be a date"):
            Releases(["Staff"], wrong, [1.0])


def test_a_series_of_years_is_read_by_its_years() -> None:
    drivers = [["Driver", "Value", 2026, 2027], *core.DRIVERS[1:]]
    drivers = [row[:4] for row in drivers]
    call = CATALOGUE["DCF_FORECAST"].call
    expected = call(drivers, [10.0, 20.0])
    assert call(drivers, pd.Series([20.0, 10.0], index=[2027, 2026])) == expected
    assert call(drivers, pd.Series([10.0, 20.0])) == expected
    with pytest.raises(InputError, match="2026 to 2027, as drivers is, not 2025 to 2026"):
        call(drivers, pd.Series([20.0, 10.0], index=[2026, 2025]))
    with pytest.raises(InputError, match="must have every year, but 2027 is missing"):
        call(drivers, pd.Series([20.0, 10.0], index=[2028, 2026]))
