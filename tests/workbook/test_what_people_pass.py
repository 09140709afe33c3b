"""Does a table give the same answer in every Python form, and is anything else refused?

Oracle: the list of rows, as a spreadsheet hands it over. Every function's valid call is passed
once more as tuples, arrays, series and frames, with the numbers and dates of NumPy, pandas and
the standard library: the answer is the same. What no cell holds is refused in one sentence, in
every place of every argument.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from every import every
from hypothesis import given
from hypothesis import strategies as st
from test_bad_input import VALID, is_one_sentence

from model.errors import InputError
from model.plain import plain
from workbook.functions import CATALOGUE

SECURITIES = VALID["DILUTED_SHARES"]["securities"]
BANDS = [["From month", "To month", "Share"], [1.0, 24.0, 0.15], [25.0, None, 0.85]]
FLOWS = [-100.0, 60.0, 70.0]


def is_table(value: Any) -> bool:
    return isinstance(value, list) and isinstance(value[0], list) and isinstance(value[0][0], str)


def each(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Change every cell of an argument."""

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(v) for v in value]
        return change(value)

    return changed


def frame(value: Any) -> Any:
    return pd.DataFrame(value[1:], columns=value[0]) if is_table(value) else value


def named_index(value: Any) -> Any:
    made = frame(value)
    return made.set_index(value[0][0]) if is_table(value) else value


def array(value: Any) -> Any:
    return np.array(value, dtype=object) if isinstance(value, list) else value


def tuples(value: Any) -> Any:
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def series(value: Any) -> Any:
    flat = isinstance(value, list) and not isinstance(value[0], list)
    return pd.Series(value, name="A name") if flat else value


def column_frame(value: Any) -> Any:
    flat = isinstance(value, list) and not isinstance(value[0], list)
    return pd.DataFrame({"A header": value}) if flat else value


def numpy_numbers(value: Any) -> Any:
    if type(value) is float:
        return np.float64(value)
    return np.int64(value) if type(value) is int else value


def decimals(value: Any) -> Any:
    return Decimal(repr(value)) if type(value) is float else value


def fractions(value: Any) -> Any:
    return Fraction(value) if type(value) is float else value


def midnight(value: Any) -> Any:
    return datetime.combine(value, time()) if type(value) is date else value


def timestamp(value: Any) -> Any:
    return pd.Timestamp(value) if type(value) is date else value


def datetime64(value: Any) -> Any:
    return np.datetime64(value, "ns") if type(value) is date else value


def missing(value: Any) -> Any:
    return pd.NA if value is None else value


def not_a_time(value: Any) -> Any:
    return pd.NaT if value is None else value


def vendors(value: Any) -> Any:
    return "n.a." if value is None else value


def odd_spaces(value: Any) -> Any:
    """Write every text with a no-break space, a mark of right-to-left text, a line break."""
    return f"\u200f{value.replace(' ', chr(0xA0))}\u2009\n" if isinstance(value, str) else value


WAYS: dict[str, Callable[[Any], Any]] = {
    **{f.__name__: f for f in (frame, named_index, array, tuples, series, column_frame)},
    **{f.__name__: each(f) for f in (numpy_numbers, decimals, fractions)},
    **{f.__name__: each(f) for f in (midnight, timestamp, datetime64)},
    **{f.__name__: each(f) for f in (missing, not_a_time, vendors, odd_spaces)},
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_same_answer_in_every_way(name: str) -> None:
    expected = CATALOGUE[name].call(**VALID[name])

    def same(way: Callable[[Any], Any]) -> None:
        passed = {argument: way(value) for argument, value in VALID[name].items()}
        assert CATALOGUE[name].call(**passed) == expected

    every(same, [(message, (way,)) for message, way in WAYS.items()])


def test_a_whole_column_ends_with_its_last_value() -> None:
    irr = CATALOGUE["RETURN_IRR"].call
    assert irr(FLOWS + [None] * 1000) == irr(FLOWS)
    assert irr([[flow] for flow in FLOWS] + [[""]] * 1000) == irr(FLOWS)
    rows = SECURITIES + [[None] * len(SECURITIES[0])] * 1000
    assert CATALOGUE["DILUTED_SHARES"].call(185.0, rows) == CATALOGUE["DILUTED_SHARES"].call(
        185.0, SECURITIES
    )
    # A few at the end are values that are missing.
    with pytest.raises(InputError, match=r"\(place 4\) must be a number, not an empty cell"):
        irr([*FLOWS, None, None])
    with pytest.raises(InputError, match="must hold at least one value, but it is empty"):
        irr([None] * 1000)


def test_a_table_of_headers_alone_is_refused() -> None:
    for empty in (SECURITIES[:1], pd.DataFrame(columns=SECURITIES[0])):
        with pytest.raises(InputError, match="at least one row below its header row"):
            CATALOGUE["DILUTED_SHARES"].call(185.0, empty)


@pytest.mark.parametrize("marker", ["NM", "n.a.", "N/A", "-", "–", " nm ", "n/m", "\u00a0"])
def test_no_value_is_a_blank_cell(marker: str) -> None:
    bands = [[marker if c is None else c for c in row] for row in BANDS]
    found = CATALOGUE["RPO_BANDS"].call(1000.0, bands)
    assert found == CATALOGUE["RPO_BANDS"].call(1000.0, BANDS)
    # As an optional argument too; where a number is required, it is none.
    call = CATALOGUE["DCF_COST_OF_EQUITY"].call
    assert call(0.04, 1.2, 0.05, marker) == call(0.04, 1.2, 0.05)
    with pytest.raises(InputError, match=r"^beta must be (a number|given)"):
        call(0.04, marker, 0.05)


def test_a_company_may_be_called_what_means_no_value_elsewhere() -> None:
    renamed = [list(row) for row in SECURITIES]
    renamed[1][0] = "NM"
    bridge = CATALOGUE["DILUTION_BRIDGE"].call(185.0, renamed)
    assert bridge[1][0] == "NM"


def test_names_are_kept_but_for_what_nobody_sees() -> None:
    shown = {
        "Café \U0001f680": "Café \U0001f680",
        "\U0001f469\u200d\U0001f4bb staff": "\U0001f469\u200d\U0001f4bb staff",
        "\u200fעברית\u200f": "עברית",
        "First\nsecond\r\nline": "First second line",
        "No\u00a0break\u2009thin": "No break thin",
    }
    for typed, kept in shown.items():
        renamed = [list(row) for row in SECURITIES]
        renamed[1][0] = typed
        assert CATALOGUE["DILUTION_BRIDGE"].call(185.0, renamed)[1][0] == kept


def test_a_number_that_is_none_is_refused_but_pandas_has_no_other_blank() -> None:
    rows = [list(row) for row in BANDS]
    rows[2][1] = float("nan")
    with pytest.raises(InputError, match=r"bands To month \(row 3\) must be a finite number"):
        CATALOGUE["RPO_BANDS"].call(1000.0, rows)
    made = pd.DataFrame(rows[1:], columns=rows[0])
    assert made["To month"].dtype == np.float64
    assert CATALOGUE["RPO_BANDS"].call(1000.0, made) == CATALOGUE["RPO_BANDS"].call(1000.0, BANDS)


ITSELF: list[Any] = []
ITSELF.append(ITSELF)
#: Values that no cell holds: refused anywhere, or read as blank.
STRANGE: dict[str, Any] = {
    "NaT": pd.NaT,
    "NA": pd.NA,
    "NumPy's NaT": np.datetime64("NaT"),
    "a year beyond": np.datetime64("20000-01-01"),
    "a large whole number": 10**400,
    "one of 5,001 digits": -(10**5000),
    "a signalling NaN": Decimal("sNaN"),
    "infinity": Decimal("Infinity"),
    "a long double": np.longdouble("1e4000"),
    "an array": np.arange(3.0),
    "an array of no dimensions": np.array("x"),
    "an array of three dimensions": np.ones((2, 2, 2)),
    "a frame": pd.DataFrame({"a": [1, 2]}),
    "an empty frame": pd.DataFrame(),
    "headers in two rows": pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
    "a frame in a list": [pd.DataFrame({"a": [1]})],
    "a series": pd.Series([1.0, None]),
    "a mapping": {},
    "an object": object(),
    "a function": is_table,
    "a complex number": 1j,
    "a span": timedelta(1),
    "NumPy's span": np.timedelta64(3, "D"),
    "a time": time(1),
    "bytes": b"x",
    "a list that holds itself": ITSELF,
    "half a character": "\ud800",
    "line breaks": "a\nb\u2028c",
    "a long text": "x" * 100_000,
    "lists in a header": [[[1], "a"], [1, 2]],
    "a masked array": np.ma.array([1.0, 2.0], mask=[False, True]),
}


def put_everywhere(valid: Any, value: Any) -> list[Any]:
    """Put a value in place of an argument, of a header, and of a cell of each column."""
    passed = [value]
    if isinstance(valid, list) and isinstance(valid[-1], list):
        for row in (0, -1):
            for column in range(len(valid[0])):
                rows = [list(cells) for cells in valid]
                rows[row][column] = value
                passed.append(rows)
    elif isinstance(valid, list):
        passed.append([*valid[:-1], value])
    return passed


@pytest.mark.parametrize("what", STRANGE)
def test_what_no_cell_holds_is_never_a_raw_exception(what: str) -> None:
    for name, declared in CATALOGUE.items():
        for argument, valid in VALID[name].items():
            for passed in put_everywhere(valid, STRANGE[what]):
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    try:
                        declared.call(**VALID[name] | {argument: passed})
                    except InputError as refused:
                        assert is_one_sentence(str(refused)), (name, argument, str(refused))


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()


@given(st.lists(st.lists(CELLS | st.datetimes() | st.decimals() | st.complex_numbers())) | CELLS)
def test_what_is_plain_stays_as_it_is(value: Any) -> None:
    once = plain(value)
    assert repr(plain(once)) == repr(once)


def test_a_message_is_one_line_whatever_its_argument_is_called() -> None:
    assert str(InputError("tables.a\nb", "must be\u2028short")) == "tables.a b must be short."


def test_the_catalogue_does_not_import_pandas() -> None:
    code = (
        "import sys\n"
        "from workbook.functions import CATALOGUE\n"
        "CATALOGUE['DCF_TERMINAL_GROWTH'].call(100, 0.1, 0.02)\n"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
