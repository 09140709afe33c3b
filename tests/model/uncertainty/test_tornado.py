"""Are the bars of a tornado the company with one input changed, and is nothing left unexplained?

Oracles: the value of the company with the input typed; all inputs typed at once; sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from varied_companies import COMMON, PLAIN, STORES, alone, company

from model.dcf.drivers import Drivers
from model.errors import InputError
from model.uncertainty.changes import Business
from model.uncertainty.outputs import worth
from model.uncertainty.tornado import BETTER, CASE, LEFT, WORSE, DriverRanges, Tornado, dcf_tornado
from workbook.functions import CATALOGUE

#: By input, the low and the high end; the cost of capital is worth less at its high end.
RANGES = {
    "simple": {
        "wacc": (0.11, 0.15),
        "terminal_growth": (0.03, 0.045),
        "operating_margin": (-0.05, 0.03),
        "contracted_share": (0.8, 1.0),
        "terminal_roic": (0.12, 0.2),
    },
    "cerebras": {
        "wacc & terminal_wacc": (-0.01, 0.02),
        "contracted_share": (0.7, 1.0),
        "renewal": (0.2, 0.8),
        "Cloud/operating_margin": (-0.1, 0.05),
        "wacc_years": (3.0, 8.0),
    },
}


def tornado(of: Business, ranges: dict[str, tuple[float, float]], **more: Any) -> Tornado:
    low, high = zip(*ranges.values(), strict=True)
    table = DriverRanges(list(ranges), list(low), list(high))
    return dcf_tornado(of.drivers, of.securities, of.contracted, table, plant=of.plant, **more)


@pytest.mark.parametrize("name", RANGES)
def test_each_end_is_the_company_with_the_input_typed(name: str) -> None:
    of, ranges = company(name), RANGES[name]
    found = tornado(of, ranges)
    base = float(worth(of))
    assert found.base == base
    for i, each in enumerate(found.input):
        low, high = ranges[each]
        assert (found.low[i], found.high[i]) == (low, high)
        assert found.at_low[i] == pytest.approx(alone(of, (each, low)), rel=1e-12)
        assert found.at_high[i] == pytest.approx(alone(of, (each, high)), rel=1e-12)
        assert found.change_low[i] == found.at_low[i] - base
        assert found.change_high[i] == found.at_high[i] - base
    assert sorted(found.input) == sorted(ranges)
    assert (np.diff(found.width) <= 0).all()


@pytest.mark.parametrize("name", RANGES)
def test_all_together_are_the_single_changes_and_what_is_left_over(name: str) -> None:
    of, ranges = company(name), RANGES[name]
    found = tornado(of, ranges)
    worst, best = [], []
    for each, ends in ranges.items():
        low, high = (alone(of, (each, end)) for end in ends)
        worst.append((each, ends[0] if low <= high else ends[1]))
        best.append((each, ends[1] if low <= high else ends[0]))
    assert found.worse == pytest.approx(alone(of, *worst), rel=1e-12)
    assert found.better == pytest.approx(alone(of, *best), rel=1e-12)
    left = found.interaction
    single = np.minimum(found.change_low, found.change_high).sum()
    assert found.base + single + left[0] == pytest.approx(found.worse, rel=1e-12)
    single = np.maximum(found.change_low, found.change_high).sum()
    assert found.base + single + left[1] == pytest.approx(found.better, rel=1e-12)
    assert abs(left[0]) > 0.01


def test_the_low_end_of_a_cost_is_the_better_one() -> None:
    found = tornado(PLAIN, {"wacc": (0.08, 0.12)})
    assert found.at_low[0] > found.base > found.at_high[0]
    # Of one input alone nothing is left over.
    assert (found.worse, found.better) == (found.at_high[0], found.at_low[0])
    assert found.interaction == (0.0, 0.0)


def test_inputs_of_one_width_stay_in_the_order_of_the_table() -> None:
    # Debt and other claims are deducted alike, and cash moves the other way.
    ranges = dict.fromkeys(("other_claims", "debt", "leases"), (0.0, 5.0))
    still = {"terminal_wacc": (0.1, 0.1)}
    found = tornado(PLAIN, still | ranges)
    assert found.input == ("other_claims", "debt", "leases", "terminal_wacc")
    assert len(set(found.width[:3].tolist())) == 1
    # What does not change the value has no width, and both of its ends are the case.
    assert found.width[3] == pytest.approx(0, abs=1e-12)


def test_a_bar_reaches_to_the_case_where_both_ends_are_worse() -> None:
    found = tornado(PLAIN, {"cash": (10.0, 15.0)})
    base = float(worth(PLAIN))
    assert found.at_low[0] < found.at_high[0] < base
    assert found.width[0] == base - found.at_low[0]


def test_an_end_that_the_model_refuses_is_not_meaningful_and_the_others_stand() -> None:
    ranges = {"terminal_growth": (0.0, 0.3), "wacc": (0.08, 10.0), "cash": (10.0, 40.0)}
    found = tornado(PLAIN, ranges)
    by_name = dict(zip(found.input, zip(found.at_low, found.at_high, strict=True), strict=True))
    assert np.isnan(by_name["terminal_growth"][1])
    assert np.isnan(by_name["wacc"][1])
    ends = [("terminal_growth", 0.0), ("wacc", 0.08)]
    assert by_name["wacc"][0] == pytest.approx(alone(PLAIN, ends[1]), rel=1e-12)
    # The end that has a value is the worse and the better of its input.
    assert found.worse == pytest.approx(alone(PLAIN, *ends, ("cash", 10.0)), rel=1e-12)
    assert found.better == pytest.approx(alone(PLAIN, *ends, ("cash", 40.0)), rel=1e-12)
    single = [np.nanmin([low, high]) - found.base for low, high in by_name.values()]
    assert found.worse == pytest.approx(found.base + sum(single) + found.interaction[0], rel=1e-12)


def test_all_ends_together_may_have_no_value_where_each_alone_has() -> None:
    found = tornado(PLAIN, {"wacc": (0.04, 0.1), "terminal_growth": (0.02, 0.05)})
    assert not np.isnan([*found.at_low, *found.at_high, found.worse]).any()
    assert np.isnan([found.better, found.interaction[1]]).all()


@settings(max_examples=15, deadline=None)
@given(st.permutations(list(RANGES["simple"])))
def test_the_order_of_the_table_changes_nothing(order: list[str]) -> None:
    ranges = RANGES["simple"]
    one, other = tornado(company("simple"), ranges), tornado(
        company("simple"), {name: ranges[name] for name in order})  # fmt: skip
    assert one.input == other.input
    assert one.worse == pytest.approx(other.worse, rel=1e-12)
    assert one.interaction == pytest.approx(other.interaction, abs=1e-9)


def test_another_line_may_be_asked_for() -> None:
    found = tornado(PLAIN, {"wacc": (0.08, 0.12), "cash": (0.0, 40.0)}, output="Enterprise value")
    assert found.input == ("wacc", "cash")
    assert found.width[1] == 0
    assert found.at_low[0] == pytest.approx(
        alone(PLAIN, ("wacc", 0.08), output="enterprise_value"), rel=1e-12
    )


def test_in_cells_the_rows_below_are_named() -> None:
    rows = [["Driver", "Value"], *([n, v] for n, v in STORES.items() if n != "revenue_growth"),
            ["revenue_growth", 0.1]]  # fmt: skip
    held = [["Security", "Type", "Count", "Strike"], ["Common", "common", 10.0, None]]
    table = [["Input", "Label", "High", "Low"], ["cash", "Cash at hand", 30.0, 10.0],
             ["wacc", "", 0.12, 0.08]]  # fmt: skip
    found = CATALOGUE["DCF_TORNADO"].call(rows, held, None, table)
    assert [row[0] for row in found] == ["Input", "wacc", "Cash at hand", CASE, WORSE, BETTER, LEFT]
    header = found[0]
    by_label = {row[0]: dict(zip(header, row, strict=True)) for row in found[1:]}
    assert by_label[CASE]["At low"] == by_label[CASE]["At high"]
    single = by_label["wacc"]["Change at high"] + by_label["Cash at hand"]["Change at low"]
    assert single + by_label[LEFT]["Change at low"] == pytest.approx(
        by_label[WORSE]["Change at low"], rel=1e-12
    )
    assert by_label[WORSE]["At high"] == ""


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"wac": (0.1, 0.2)}, "ranges Input must be an input, not 'wac' (did you mean 'wacc'?)."),
        ({"wacc": (0.2, 0.1)}, "ranges Low must be at most High, not 0.2."),
        ({"cash": (0.0, 1.0), "terminal_growth": (0.2, 0.3)},
         "ranges, terminal_growth at either end: terminal_growth must be below the terminal cost "
         "of capital, not 0.2."),
        ({"wacc": (10, 12)},
         "ranges, wacc at either end: wacc must be from 0 to 1, not 10 (10% is 0.1)."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(
    table: dict[str, tuple[float, float]], sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        tornado(PLAIN, table)
    assert str(refused.value) == sentence


def test_an_input_is_given_once() -> None:
    with pytest.raises(InputError, match=r"^ranges Input must be unique, but 'WACC' appears twice"):
        DriverRanges(["wacc", "WACC"], [0.1, 0.1], [0.2, 0.2])
    # All inputs are moved together as well, where an input can have one number only.
    for twice in ("Terminal wacc", "wacc & terminal_wacc"):
        with pytest.raises(InputError, match=r"^ranges Input must change [Tt]erminal.wacc once\.$"):
            DriverRanges(["terminal_wacc", twice], [0.0, 0.0], [0.2, 0.2])


def test_drivers_of_many_scenarios_have_no_tornado() -> None:
    many = Business(Drivers.of(STORES | {"operating_margin": [[0.1], [0.2]]}), COMMON)
    with pytest.raises(InputError, match=r"^drivers and ranges must be those of one scenario\.$"):
        tornado(many, {"wacc": (0.1, 0.2)})
