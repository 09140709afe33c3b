"""Does one function accept another's result, if its meaning is unambiguous?

Oracle: the table that the first function was given. What the second one makes of the result is
what it makes of that table; where the result lacks a column that counts, it is refused by name.
"""

from __future__ import annotations

from typing import Any

import pytest
from sweep import core
from test_bad_input import VALID

from model.errors import InputError
from workbook.functions import CATALOGUE

#: Functions whose result has every column of their own table, and the argument that takes it.
AGAIN = {
    "RPO_BANDS": "bands",
    "DILUTION_LADDER": "prices",
    "COMPS_FOOTBALL_FIELD": "ranges",
    "HEADLINE_RECONCILIATION": "headlines",
    "GAAP_BRIDGE": "lines",
    "SIGNAL_GROWTH_LIQUIDITY": "measures",
}


def assert_same(found: Any, expected: Any) -> None:
    """Compare results to the rounding of sums."""
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, str):
        assert found == expected
    else:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", AGAIN)
def test_a_result_is_the_table_that_it_was_made_from(name: str) -> None:
    call, valid = CATALOGUE[name].call, VALID[name]
    once = call(**valid)
    assert_same(call(**valid | {AGAIN[name]: once}), once)


@pytest.mark.parametrize(
    "name", [n for n, f in CATALOGUE.items() for p in f.parameters if p.name == "bands"]
)
def test_every_function_of_bands_takes_what_rpo_bands_writes(name: str) -> None:
    if "Date" in VALID[name]["bands"][0]:
        return  # Bands of several dates.
    valid = VALID[name]
    balance = next(valid[k] for k in ("balance", "opening", "rpo") if k in valid)
    written = CATALOGUE["RPO_BANDS"].call(balance, valid["bands"])
    found = CATALOGUE[name].call(**valid | {"bands": written})
    expected = CATALOGUE[name].call(**valid)
    assert_same(found, expected)


def test_contracted_revenue_is_taken_as_rpo_by_year_gives_it() -> None:
    bands = [["From month", "To month", "Amount"], [1, 36, 600.0]]
    by_year = CATALOGUE["RPO_BY_YEAR"].call(600.0, bands, 46_022, 46_387, 3, "flat")
    valid = core.VALID["DCF_VALUE"]
    call = CATALOGUE["DCF_VALUE"].call
    expected = call(**valid | {"contracted_revenue": by_year[1][1:]})
    assert call(**valid | {"contracted_revenue": by_year}) == expected


def test_bands_whose_shares_and_amounts_disagree_are_refused() -> None:
    call = CATALOGUE["RPO_BANDS"].call
    written = call(1000.0, [["From month", "To month", "Share"], [1, 24, 0.4]])
    assert call(1000.0, written) == written
    # Of another balance, it is not clear which of the two to keep.
    with pytest.raises(InputError, match="bands must give either Share or Amount"):
        call(2000.0, written)


def test_a_row_of_a_total_is_left_out_of_a_result_alone() -> None:
    lines = [["Line", "Amount"], ["Net income", 10.0], ["Non-GAAP", 5.0]]
    assert CATALOGUE["GAAP_BRIDGE"].call(lines)[-1][2] == 15.0


@pytest.mark.parametrize(
    ("name", "argument", "result", "missing"),
    [
        ("DILUTED_SHARES", "securities", "DILUTION_BRIDGE", "Taking part"),
        ("LEASE_COMMITMENTS", "leases", "LEASE_COMMITMENTS", "Yearly cost"),
        ("OPTION_VALUE_DILUTED", "options", "OPTION_VALUE_DILUTED", "Adjusted price"),
    ],
)
def test_a_result_that_lacks_what_counts_is_refused(
    name: str, argument: str, result: str, missing: str
) -> None:
    made: Any = CATALOGUE[result].call(**VALID[result])
    with pytest.raises(InputError, match=rf"^{argument} must have the headers .*not '{missing}'"):
        CATALOGUE[name].call(**VALID[name] | {argument: made})


@pytest.mark.parametrize("years", [1, 2, 4, 30])
@pytest.mark.parametrize("name", ["DCF_FORECAST", "DCF_VALUE"])
def test_contracted_revenue_of_another_length_is_refused(name: str, years: int) -> None:
    with pytest.raises(InputError) as refused:
        CATALOGUE[name].call(**core.VALID[name] | {"contracted_revenue": [1.0] * years})
    assert str(refused.value) == (
        f"contracted_revenue must hold one amount for each of the 3 forecast years, not {years}."
    )
