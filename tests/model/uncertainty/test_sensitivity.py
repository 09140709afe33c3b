"""Are the values of a grid those of the company with the two inputs typed?

Oracles: the value of the company with its inputs changed by hand, one at a time; published values;
the case's own value, to the last bit; what the model refuses of one pair alone.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from varied_companies import COMMON, PLAIN, STORES, alone, company

from model.case.file import names
from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError
from model.uncertainty import sensitivity
from model.uncertainty.changes import Business
from model.uncertainty.outputs import worth
from model.uncertainty.sensitivity import SensitivityGrid, dcf_sensitivity
from workbook.functions import CATALOGUE


def grid(of: Business, *arguments: Any, **more: Any) -> SensitivityGrid:
    return dcf_sensitivity(
        of.drivers, of.securities, of.contracted, *arguments, plant=of.plant, **more
    )


#: Grids that a company has: one number, a path, inputs moved together, a column of contracts.
GRIDS: list[tuple[str, str, list[float], str, list[float]]] = [
    ("simple", "wacc", [0.1, 0.12, 0.14], "terminal_growth", [0.03, 0.04]),
    ("simple", "operating_margin", [-0.02, 0.0, 0.02], "contracted_share", [0.8, 1.0]),
    ("cerebras", "wacc & terminal_wacc", [-0.01, 0.0, 0.01], "terminal_growth", [0.03, 0.04]),
    ("cerebras", "contracted_share", [0.7, 0.85, 1.0], "margin_change", [-0.05, 0.0, 0.05]),
    ("cerebras", "renewal", [0.3, 0.5], "Cloud/operating_margin", [-0.1, 0.0, 0.1]),
    ("cerebras", "MW", [100.0, 125.0], "growth_change", [0.0, 0.02]),
    ("nebius", "Further contracts/operating_margin", [0.0, -0.1], "rsu/count", [1.0, 20.0]),
    ("snowflake", "Platform/net_retention", [-0.1, 0.0], "loss_carryforward", [0.0, 3986.0]),
    ("supermicro", "wacc & terminal_wacc", [0.0, 0.01], "wacc_years", [3, 5, 7]),
]


@pytest.mark.parametrize(("name", "down", "rows", "across", "columns"), GRIDS)
def test_each_value_is_that_of_the_company_with_the_two_typed(
    name: str, down: str, rows: list[float], across: str, columns: list[float]
) -> None:
    of = company(name)
    found = grid(of, down, rows, across, columns)
    assert found.values.shape == (len(rows), len(columns))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            typed = alone(of, (down, row), (across, column))
            assert found.values[i, j] == pytest.approx(typed, rel=1e-12), (row, column)


@pytest.mark.parametrize("name", names())
def test_a_case_is_in_its_grids_to_the_last_bit_and_marked(name: str) -> None:
    of = company(name)
    own = dcf_value(of.drivers, of.securities, of.contracted, of.plant)
    growth = float(of.drivers.terminal_growth)
    for row, column in (("wacc & terminal_wacc", "contracted_share"), ("tax_rate", "margin_change"),
                        ("terminal_growth", "growth_change")):  # fmt: skip
        mine = growth if row == "terminal_growth" else 0.0
        if row == "tax_rate" and np.ndim(of.drivers.stated["tax_rate"]) == 0:
            mine = float(of.drivers.stated["tax_rate"])
        other = 1.0 if column == "contracted_share" else 0.0
        for output in ("value_per_share", "Equity value"):
            found = grid(of, row, [mine + 0.01, mine], column, [other, other - 0.05], output=output)
            expected = own.value_per_share if output == "value_per_share" else own.equity_value
            assert found.own.tolist() == [[False, False], [True, False]]
            assert found.values[1, 0] == float(expected)
            assert found.note.startswith("The case itself: ")


def test_a_grid_without_the_case_says_so() -> None:
    found = grid(PLAIN, "wacc", [0.11, 0.12], "terminal_growth", [0.02, 0.03])
    assert not found.own.any()
    assert found.note == "No value is the case itself: wacc 0.1, terminal_growth 0.02"
    unknown = grid(PLAIN, "terminal_wacc", [0.1], "terminal_roic", [0.1])
    # What the case leaves out follows from other inputs, and is no number of its own.
    assert unknown.note == "No value is the case itself"


def test_steps_that_add_up_with_rounding_reach_the_case() -> None:
    rows = [0.07 + 0.01 + 0.01 + 0.01, 0.1 + 3e-12]
    assert rows[0] != 0.1
    found = grid(PLAIN, "wacc", rows, "revenue_growth", [-0.03 + 0.01 + 0.01 + 0.01, 0.01])
    assert found.own.tolist() == [[True, False], [False, False]]
    assert found.down[0] == 0.1
    assert found.across[0] == 0
    assert found.values[0, 0] == float(worth(PLAIN))


def test_the_published_ranges_of_kenneth_cole() -> None:
    shared: dict[str, Any] = {
        "base_revenue": 518, "operating_margin": 0.09, "tax_rate": 0.37, "wacc": 0.11,
        "sales_to_capital": 1 / 0.18, "terminal_growth": 0.04, "years": 6, "timing": "end",
        "cash": 100, "debt": 3,
    }  # fmt: skip
    one = Securities(["Common"], ["common"], [21])
    as_it_is = Business(Drivers(**shared, revenue_growth=0.09, growth_years=1), one)
    slow = Business(Drivers(**shared, revenue_growth=0.04), one)
    margins, rates = [0.07, 0.09, 0.10], [0.11, 0.12]
    found = grid(as_it_is, "operating_margin", margins, "wacc", rates).values.round(2)
    assert found[:, 0].tolist() == [19.59, 24.85, 27.48]
    low = grid(slow, "operating_margin", margins, "wacc", rates).values.round(2)
    assert low[1, 0] == 22.86
    assert low[0, 1] == 16.54


def test_what_is_left_out_follows_inputs_that_are_moved_with_it() -> None:
    found = grid(PLAIN, "wacc & terminal_wacc", [-0.01, 0.0], "terminal_growth", [0.02])
    assert found.note == "The case itself: wacc & terminal_wacc 0, terminal_growth 0.02"
    assert found.values[0, 0] == pytest.approx(alone(PLAIN, ("wacc", 0.09)), rel=1e-12)


# What the model refuses --------------------------------------------------------------------------


def test_pairs_that_the_model_refuses_are_not_meaningful_and_the_others_stand() -> None:
    rates, growths = np.linspace(0.03, 0.15, 13), np.linspace(0.01, 0.09, 9)
    found = grid(PLAIN, "wacc", rates, "terminal_growth", growths)
    for i, rate in enumerate(rates):
        for j, growth in enumerate(growths):
            if growth < rate:
                typed = alone(PLAIN, ("wacc", rate), ("terminal_growth", growth))
                assert found.values[i, j] == pytest.approx(typed, rel=1e-12)
            else:
                assert np.isnan(found.values[i, j])


@pytest.mark.parametrize("name", ["simple", "cerebras"])
def test_several_refusals_in_one_grid_are_found(name: str) -> None:
    of = company(name)
    rows, columns = [-0.2, -0.5, 0.0, 0.9, 2.0], [0.0, 0.5, 1.0, 1.0001, 7.0]
    found = grid(of, "margin_change", rows, "contracted_share", columns)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            try:
                typed = alone(of, ("margin_change", row), ("contracted_share", column))
            except InputError:
                typed = np.nan
            assert found.values[i, j] == pytest.approx(typed, rel=1e-12, nan_ok=True)
    assert np.isnan(found.values).any()
    assert not np.isnan(found.values).all()


def test_refusals_that_name_no_scenario_are_found_by_halves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = grid(PLAIN, "wacc", [0.01, 0.05, 0.1], "terminal_growth", [0.02, 0.04, 0.06]).values
    monkeypatch.setattr(sensitivity, "_held", lambda error, count: None)
    found = grid(PLAIN, "wacc", [0.01, 0.05, 0.1], "terminal_growth", [0.02, 0.04, 0.06]).values
    assert np.isnan(found).sum() == 4
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_a_case_that_the_model_refuses_may_have_a_grid() -> None:
    refused = Business(Drivers.of(STORES | {"terminal_growth": 0.2}), COMMON)
    found = grid(refused, "terminal_growth", [0.02, 0.2], "wacc", [0.1])
    assert found.values[0, 0] == pytest.approx(float(worth(PLAIN)), rel=1e-12)
    assert np.isnan(found.values[1, 0])


def test_where_every_pair_is_refused_the_sentence_is_raised() -> None:
    with pytest.raises(InputError, match=r"^terminal_growth must be below the terminal cost of"):
        grid(PLAIN, "wacc", [0.01, 0.02], "terminal_growth", [0.02, 0.03])
    with pytest.raises(InputError, match=r"^wacc must be from 0 to 1, not 10 \(10% is 0\.1\)\.$"):
        grid(PLAIN, "wacc", [10, 11], "terminal_growth", [0.02, 0.03])


# Blocks and size ---------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(0.02, 0.3), min_size=1, max_size=7),
    st.lists(st.floats(-0.05, 0.1), min_size=1, max_size=7),
    st.integers(1, 12),
)
def test_blocks_of_any_size_give_the_same_grid(
    rates: list[float], growths: list[float], block: int
) -> None:
    arguments = ("wacc", [0.1, *rates], "terminal_growth", [0.02, *growths])
    whole = grid(PLAIN, *arguments)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sensitivity, "BLOCK", block)
        assert grid(PLAIN, *arguments).values == pytest.approx(whole.values, rel=1e-12, nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.06, 0.3), min_size=2, max_size=6, unique=True))
def test_value_falls_with_the_cost_of_capital_and_rises_with_the_margin(rates: list[float]) -> None:
    found = grid(PLAIN, "wacc", sorted(rates), "operating_margin", [0.1, 0.2, 0.3]).values
    # The stores earn more than they invest at each of these margins.
    assert (np.diff(found, axis=0) <= 0).all()
    assert (np.diff(found, axis=1) > 0).all()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(0.05, 0.3), min_size=1, max_size=4),
    st.lists(st.floats(0.1, 0.4), min_size=1, max_size=4),
)
def test_down_and_across_change_places(rates: list[float], margins: list[float]) -> None:
    one = grid(PLAIN, "wacc", rates, "operating_margin", margins).values
    other = grid(PLAIN, "operating_margin", margins, "wacc", rates).values
    assert one == pytest.approx(other.T, rel=1e-13)


@pytest.mark.parametrize("name", ["simple", "cerebras"])
def test_a_grid_of_5000_by_5000_is_refused_with_its_size_and_time(name: str) -> None:
    many = np.linspace(0.06, 0.2, 5000)
    with pytest.raises(InputError) as refused:
        grid(company(name), "wacc", many, "terminal_growth", many)
    assert re.fullmatch(
        r"row_values must make a grid of at most 1,000,000 values with column_values, not 5,000 by "
        r"5,000: 25,000,000 values, about \d+ (seconds|minutes)\.",
        str(refused.value),
    )


def test_a_large_grid_from_cells_is_refused_too() -> None:
    many = [[0.06 + i / 1e5] for i in range(5000)]
    with pytest.raises(InputError, match=r"not 5,000 by 5,000: 25,000,000 values, about"):
        in_cells("wacc", many, "terminal_growth", many)


# In cells, and bad input -------------------------------------------------------------------------


def in_cells(*arguments: Any) -> list[list[Any]]:
    rows = [["Driver", "Value"], *([n, v] for n, v in STORES.items() if n != "revenue_growth"),
            ["revenue_growth", 0.1]]  # fmt: skip
    held = [["Security", "Type", "Count", "Strike"], ["Common", "common", 10.0, None]]
    found: list[list[Any]] = CATALOGUE["DCF_SENSITIVITY"].call(rows, held, None, *arguments)
    return found


def test_a_block_of_cells_has_headings_values_words_and_a_line_about_the_case() -> None:
    found = in_cells("wacc", [[0.01], [0.1]], "terminal_growth", [[0.02, 0.03]])
    of = Business(Drivers.of(STORES | {"revenue_growth": 0.1}), Securities(
        ["Common"], ["common"], [10.0]))  # fmt: skip
    assert found[0] == ["wacc / terminal_growth", 0.02, 0.03]
    assert found[1] == [0.01, "n.m.", "n.m."]
    assert found[2][:2] == [0.1, float(worth(of))]
    assert found[3] == ["The case itself: wacc 0.1, terminal_growth 0.02", "", ""]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("wac", [0.1], "terminal_growth", [0.02]),
         "row_driver must be an input, not 'wac' (did you mean 'wacc'?)."),
        (("wacc", [0.1], "terminal_growht", [0.02]),
         "column_driver must be an input, not 'terminal_growht' (did you mean "
         "'terminal_growth'?)."),
        (("wacc & terminal_wac", [0.1], "terminal_growth", [0.02]),
         "row_driver must be an input, not 'terminal_wac' (did you mean 'terminal_wacc'?)."),
        (("wacc & timing", [0.0], "terminal_growth", [0.02]),
         "row_driver must join inputs that are numbers, but timing is not one."),
        (("wacc & wacc", [0.0], "terminal_growth", [0.02]), "row_driver must change wacc once."),
        (("timing", [0.1], "terminal_growth", [0.02]),
         "row_driver must be an input that is a number, not 'timing'."),
        (("wacc", [0.1], "Wacc", [0.1]),
         "column_driver must differ from row_driver, not be 'Wacc'."),
        (("wacc", [], "terminal_growth", [0.1]),
         "row_values must hold a row of at least one number, but it is empty."),
        (("wacc", [[0.1, 0.2], [0.3, 0.4]], "terminal_growth", [0.1]),
         "row_values must hold a row of at least one number, not an array of shape (2, 2)."),
        (("wacc", ["ten"], "terminal_growth", [0.1]),
         "row_values must be a number, or numbers, not 'ten'."),
        (("wacc", [0.1], "terminal_growth", [np.nan]),
         "column_values must be finite, not nan."),
        (("wacc", [0.1], "terminal_growth", [0.02], "value per shar"),
         "output must be a line of DCF_VALUE, not 'value per shar' (did you mean "
         "'value_per_share'?)."),
        (("wacc", [0.1], "terminal_growth", [0.02], "terminal cash"),
         "output must be a line of DCF_VALUE, not 'terminal cash' (did you mean "
         "'terminal_cash_flow', 'terminal_share' or 'terminal_wacc'?)."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        grid(PLAIN, *arguments)
    assert str(refused.value) == sentence


def test_drivers_of_many_scenarios_have_no_grid() -> None:
    many = Business(Drivers.of(STORES | {"operating_margin": [[0.1], [0.2]]}), COMMON)
    with pytest.raises(InputError, match=r"^drivers must be those of one scenario\.$"):
        grid(many, "wacc", [0.1], "terminal_growth", [0.02])
