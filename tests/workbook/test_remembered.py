"""Is a cached table identical to the one passed, to the type of each cell?

What a call gives must not depend on the calls before it.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from model.errors import InputError
from workbook import catalogue
from workbook.arguments import packed
from workbook.functions import CATALOGUE

#: Equal to one another, and hashed alike.
ONES: tuple[Any, ...] = (1, 1.0, True)


def holders(options: Any, name: Any = "Options", common: float = 200.0) -> list[list[Any]]:
    return [
        ["Security", "Type", "Count", "Strike"],
        ["Common", "common", common, None],
        [name, "option", options, 0.0],
    ]


def answer(securities: Any) -> Any:
    try:
        return CATALOGUE["DILUTED_SHARES"].call(10.0, securities)
    except InputError as refused:
        return str(refused)


@pytest.mark.parametrize("order", list(itertools.permutations(ONES)))
def test_true_is_refused_whatever_was_passed_before(order: tuple[Any, ...]) -> None:
    catalogue._remembered.cache_clear()
    for one in order:
        if one is True:
            assert "must be a number, not True" in str(answer(holders(one)))
        else:
            assert answer(holders(one)) == 201.0


@pytest.mark.parametrize("order", list(itertools.permutations(("1", 1, 1.0))))
def test_a_name_is_no_number_whatever_was_passed_before(order: tuple[Any, ...]) -> None:
    catalogue._remembered.cache_clear()
    for name in order:
        if name == "1":
            assert answer(holders(2.0, name)) == 202.0
        else:
            assert "must be text" in str(answer(holders(2.0, name)))


def test_a_driver_that_is_true_is_refused_after_one() -> None:
    def forecast(stub: Any) -> Any:
        table = [
            ["Driver", "Value"],
            ["base_revenue", 100.0],
            ["revenue_growth", 0.1],
            ["operating_margin", 0.2],
            ["tax_rate", 0.25],
            ["sales_to_capital", 2.0],
            ["wacc", 0.1],
            ["stub", stub],
        ]
        return CATALOGUE["DCF_FORECAST"].call(table)

    assert forecast(1) == forecast(1.0)
    with pytest.raises(InputError, match="stub must be a number, not True"):
        forecast(True)


def test_what_is_changed_after_a_call_is_seen_and_what_is_remembered_stays() -> None:
    table = holders(2.0)
    assert answer(table) == 202.0
    table[2][2] = 3.0
    assert answer(table) == 203.0
    assert answer(holders(2.0)) == 202.0


def test_a_result_that_is_spoilt_does_not_come_back() -> None:
    first = CATALOGUE["DILUTION_BRIDGE"].call(10.0, holders(2.0))
    kept = [list(row) for row in first]
    for row in first:
        row[:] = ["spoilt"] * len(row)
    assert CATALOGUE["DILUTION_BRIDGE"].call(10.0, holders(2.0)) == kept


def test_arrays_that_are_remembered_cannot_be_written_to() -> None:
    text = packed(holders(2.0))
    assert text is not None
    table = CATALOGUE["DILUTED_SHARES"].parameters[1].table
    assert table is not None
    kept = catalogue._remembered(table, "securities", text).table
    with pytest.raises(ValueError, match="read-only"):
        vars(kept)["count"][0] = 1.0


def test_no_more_is_remembered_than_the_bound() -> None:
    bound = catalogue._remembered.cache_info().maxsize
    assert bound is not None
    for count in range(2 * bound):
        assert answer(holders(float(count))) == 200.0 + count
    assert catalogue._remembered.cache_info().currsize == bound


@pytest.mark.parametrize("value", [1.0, "abc", None, [1.0, 2.0], [["a"], ("b",)], [[object()]]])
def test_what_is_no_table_of_plain_cells_is_not_packed(value: Any) -> None:
    assert packed(value) is None


def test_a_table_that_would_take_much_memory_is_not_kept_and_is_read_all_the_same() -> None:
    assert packed([["x" * 200_000]]) is None
    rows = [[f"Options {i}", "option", 1.0, 0.0] for i in range(5000)]
    securities = [["Security", "Type", "Count", "Strike"], ["Common", "common", 200.0, None], *rows]
    assert packed(securities) is None
    assert answer(securities) == 5200.0
