"""Are staged values the sums of their flows, and terminal values what they imply?

Oracles: every cash flow of four thousand years discounted on its own; the closed form of a
growing annuity; the terminal value that an exit multiple makes, led back and forth between N and
N - 0.5; discounted cash flow against capital and economic profit. Published figures are in
`tests/data/published.json`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.dcf.discounting import TIMINGS
from model.dcf.economic_profit import dcf_economic_profit
from model.dcf.paths import constant, dcf_fade, stages_of
from model.dcf.stages import dcf_h_model, dcf_stages, dcf_three_stage, dcf_two_stage
from model.dcf.terminal import (
    dcf_implied_growth,
    dcf_implied_multiple,
    dcf_terminal_growth,
    dcf_terminal_multiple,
)
from model.errors import InputError

FOREVER = 4_000

flows = st.floats(0.01, 1e4)
growths = st.floats(-0.3, 0.8)
terminals = st.floats(-0.1, 0.05)
spreads = st.floats(0.02, 0.3)
years = st.integers(1, 30)
timings = st.sampled_from(TIMINGS)


def long_sum(
    flow: float, path: list[float], forever: float, rate: float, later: float, timing: str
) -> float:
    """Each flow separately, at one rate for the path and another after it."""
    total, half = [], 0.5 if timing == "mid" else 0.0
    for n in range(1, FOREVER + 1):
        flow *= 1 + (path[n - 1] if n <= len(path) else forever)
        at = min(n - half, len(path)) if n > len(path) else n - half
        beyond = n - half - at
        total.append(flow * (1 + rate) ** -at * (1 + later) ** -beyond)
    return math.fsum(total)


@given(flows, growths, years, terminals, spreads, spreads, timings)
def test_two_stages_are_the_sum_of_all_flows(
    flow: float, growth: float, count: int, forever: float, spread: float, later: float, timing: str
) -> None:
    rate, final = forever + spread, forever + later
    found = dcf_two_stage(flow, growth, count, forever, rate, final, timing=timing)
    expected = long_sum(flow, [growth] * count, forever, rate, final, timing)
    assert float(found) == pytest.approx(expected, rel=1e-9)


@given(flows, growths, years, terminals, spreads)
def test_two_stages_are_a_growing_annuity_and_a_perpetuity(
    flow: float, growth: float, count: int, forever: float, spread: float
) -> None:
    rate = forever + spread
    assume(abs(rate - growth) > 1e-3)
    ratio = ((1 + growth) / (1 + rate)) ** count
    annuity = flow * (1 + growth) / (rate - growth) * (1 - ratio)
    perpetuity = flow * ratio * (1 + forever) / (rate - forever)
    found = dcf_stages(flow, constant(growth, count), rate, forever)
    assert float(found.value) == pytest.approx(annuity + perpetuity, rel=1e-9)


@given(flows, growths, years, st.integers(1, 20), terminals, spreads, timings)
def test_a_transition_in_a_line_is_the_sum_of_all_flows(
    flow: float, growth: float, hold: int, turn: int, forever: float, spread: float, timing: str
) -> None:
    path = stages_of(growth, hold, turn, forever)
    expected = [growth] * hold
    expected += [growth + (forever - growth) * k / turn for k in range(1, turn + 1)]
    assert path.tolist() == pytest.approx(expected, abs=1e-14)
    rate = forever + spread
    found = dcf_three_stage(flow, growth, hold, turn, forever, rate, timing=timing)
    by_hand = long_sum(flow, expected, forever, rate, rate, timing)
    assert float(found) == pytest.approx(by_hand, rel=1e-9)


@given(flows, growths, growths, years, st.integers(1, 20), terminals, spreads)
def test_a_second_constant_stage_is_two_paths_in_a_row(
    flow: float, first: float, second: float, hold: int, turn: int, forever: float, spread: float
) -> None:
    path = stages_of(first, hold, turn, forever, second)
    assert path.tolist() == [first] * hold + [second] * turn
    # The later stages seen from the end of the first are a two-stage value of their own.
    rate = forever + spread
    grown = flow * (1 + first) ** hold
    later = float(dcf_stages(grown, constant(second, turn), rate, forever).value)
    early = sum(flow * ((1 + first) / (1 + rate)) ** n for n in range(1, hold + 1))
    found = float(dcf_three_stage(flow, first, hold, turn, forever, rate, second))
    assert found == pytest.approx(early + later * (1 + rate) ** -hold, rel=1e-9)


@given(flows, growths, years, terminals, spreads)
def test_mid_year_flows_are_worth_half_a_year_more(
    flow: float, growth: float, count: int, forever: float, spread: float
) -> None:
    path, rate = constant(growth, count), forever + spread
    end = float(dcf_stages(flow, path, rate, forever).value)
    mid = float(dcf_stages(flow, path, rate, forever, timing="mid").value)
    assert mid == pytest.approx(end * (1 + rate) ** 0.5, rel=1e-12)


@given(flows, terminals, years, spreads)
def test_one_growth_throughout_is_a_perpetuity(
    flow: float, growth: float, count: int, spread: float
) -> None:
    path = stages_of(growth, count, count, growth)
    found = float(dcf_stages(flow, path, growth + spread, growth).value)
    assert found == pytest.approx(flow * (1 + growth) / spread, rel=1e-9)


@given(flows, growths, years, terminals, spreads, st.floats(0.1, 3))
def test_a_stated_terminal_flow_takes_the_place_of_the_grown_one(
    flow: float, growth: float, count: int, forever: float, spread: float, payout: float
) -> None:
    path, rate = constant(growth, count), forever + spread
    plain = dcf_stages(flow, path, rate, forever)
    stated = float(plain.cash_flow[-1]) * payout
    other = dcf_stages(flow, path, rate, forever, terminal_cash_flow=stated)
    expected = float(plain.present_value[:-1].sum() + payout * plain.present_value[-1])
    assert float(other.value) == pytest.approx(expected, rel=1e-12)


def test_rates_by_year_and_scenarios() -> None:
    growth = np.array([[0.2, 0.1, 0.05], [0.1, 0.1, 0.1]])
    rates = [0.15, 0.12, 0.10]
    both = dcf_stages([100.0, 50.0], growth, rates, [0.03, 0.02], timing="mid")
    for s, (flow, path, forever) in enumerate(
        zip((100.0, 50.0), growth, (0.03, 0.02), strict=True)
    ):
        one = dcf_stages(flow, path, rates, forever, timing="mid")
        assert float(both.value[s]) == pytest.approx(float(one.value), rel=1e-14)
        by_hand, worth = 0.0, 1.0
        for g, r in zip(path, rates, strict=True):
            flow *= 1 + g
            by_hand += flow * worth * (1 + r) ** -0.5
            worth /= 1 + r
        by_hand += flow * (1 + forever) / (0.10 - forever) * worth * 1.10**0.5
        assert float(one.value) == pytest.approx(by_hand, rel=1e-12)


# H-model --------------------------------------------------------------------------------------


@given(flows, growths, terminals, st.floats(0, 20), spreads)
def test_the_h_model_is_a_perpetuity_and_a_premium_for_growth(
    flow: float, growth: float, forever: float, half: float, spread: float
) -> None:
    rate = forever + spread
    found = float(dcf_h_model(flow, growth, forever, half, rate))
    perpetuity = flow * (1 + forever) / spread
    premium = flow * half * (growth - forever) / spread
    assert found == pytest.approx(perpetuity + premium, rel=1e-9, abs=1e-9 * flow / spread)
    assert float(dcf_h_model(flow, forever, forever, half, rate)) == pytest.approx(perpetuity)


@given(terminals, st.integers(1, 5), st.floats(0.04, 0.12), st.sampled_from([-1, 1]))
def test_the_h_model_stands_in_for_a_decline_year_by_year(
    forever: float, half: int, spread: float, sign: int
) -> None:
    # An approximation: near where the decline is short and small, and nearer where it is smaller.
    rate, turn = forever + spread, 2 * half

    def errors(extra: float) -> tuple[float, float]:
        steps = [forever + extra * (1 - k / turn) for k in range(1, turn + 1)]
        exact = float(dcf_stages(1.0, steps, rate, forever).value)
        return float(dcf_h_model(1.0, forever + extra, forever, half, rate)) - exact, exact

    error, exact = errors(0.01 * sign)
    smaller, _ = errors(0.005 * sign)
    assert abs(error) < 0.03 * exact
    assert abs(smaller) < abs(error)


# What a terminal value implies ----------------------------------------------------------------


@given(flows, terminals, spreads, flows, timings)
def test_growth_and_multiple_imply_one_another(
    flow: float, growth: float, spread: float, metric: float, timing: str
) -> None:
    rate = growth + spread
    value = float(dcf_terminal_growth(flow * (1 + growth), rate, growth))
    multiple = float(dcf_implied_multiple(value, metric, rate, timing))
    exit_value = float(dcf_terminal_multiple(metric, multiple))
    back = float(dcf_implied_growth(exit_value, flow, rate, timing))
    assert back == pytest.approx(growth, abs=1e-12)


@given(flows, growths, terminals, spreads, st.integers(1, 10), flows, timings)
def test_the_implied_multiple_gives_the_same_value_today(
    flow: float,
    growth: float,
    forever: float,
    spread: float,
    count: int,
    metric: float,
    timing: str,
) -> None:
    rate = forever + spread
    s = dcf_stages(flow, [growth] * count, rate, forever, timing=timing)
    multiple = float(dcf_implied_multiple(s.terminal_value[-1], metric, rate, timing))
    # A multiple is discounted at N, regardless of the timing of the flows.
    at_exit = metric * multiple * (1 + rate) ** -count
    assert at_exit == pytest.approx(float(s.present_value[-1]), rel=1e-12)


# Fading rates, and economic profit ----------------------------------------------------------------


@given(growths, growths, st.integers(1, 600), st.data())
def test_a_fade_holds_and_ends_at_its_target(
    value: float, target: float, count: int, data: st.DataObject
) -> None:
    hold = data.draw(st.integers(1, count))
    path = dcf_fade(value, target, hold, count).rate
    assert path.shape == (count,)
    assert path[:hold].tolist() == [value] * hold
    if hold < count:
        assert float(path[-1]) == target
        steps = np.diff(path[hold - 1 :])
        assert steps.tolist() == pytest.approx([(target - value) / (count - hold)] * steps.size)


@given(
    st.floats(10, 1e4),
    st.lists(st.tuples(st.floats(-500, 5e3), st.floats(0, 2e3), st.floats(0, 0.4)), min_size=1,
             max_size=15),
    st.floats(-1e4, 1e5),
)  # fmt: skip
def test_cash_flow_and_economic_profit_value_alike(
    capital: float, plan: list[tuple[float, float, float]], terminal: float
) -> None:
    nopat, added, rates = (list(column) for column in zip(*plan, strict=True))
    found = dcf_economic_profit(capital, nopat, rates, added)
    # By discounted cash flow: profit less reinvestment, and any terminal value.
    worth, by_cash_flow, held = 1.0, 0.0, capital
    for profit, more, rate in plan:
        worth /= 1 + rate
        by_cash_flow += (profit - more) * worth
        held += more
    by_cash_flow += terminal * worth
    by_profit = capital + float(found.value_created[-1]) + (terminal - held) * worth
    scale = capital + sum(map(abs, nopat)) + sum(added) + abs(terminal)
    assert by_profit == pytest.approx(by_cash_flow, abs=1e-11 * scale)
    assert float(found.closing_capital[-1]) == pytest.approx(held)
    spread = (found.spread * found.opening_capital).tolist()
    assert spread == pytest.approx(found.economic_profit.tolist(), abs=1e-9)


@given(st.floats(10, 1e4), st.floats(0, 0.4), st.integers(1, 20), st.floats(0, 0.2))
def test_a_return_at_the_cost_of_capital_creates_nothing(
    capital: float, rate: float, count: int, growth: float
) -> None:
    opening = capital * (1 + growth) ** np.arange(count)
    found = dcf_economic_profit(capital, opening * rate, rate, opening * growth)
    assert np.allclose(found.spread, 0, atol=1e-12)
    assert float(found.value_created[-1]) == pytest.approx(0, abs=1e-9 * capital * count)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: dcf_stages(1, [-1.0], 0.1, 0.03), "growth"),
        (lambda: dcf_stages(1, [0.1], 0.1, 0.1), "terminal_growth"),
        (lambda: dcf_stages(1, [0.1], 0.1, 0.05, 0.05), "terminal_growth"),
        (lambda: dcf_stages(1, [0.1], 0.1, -1.0), "terminal_growth"),
        (lambda: dcf_stages(1, [0.1], [0.1, 0.1], 0.03), "rate"),
        (lambda: dcf_stages(1, [0.1], -1.0, 0.03), "rate"),
        (lambda: dcf_stages(1, [0.1], 0.1, 0.03, -1.0), "terminal_rate"),
        (lambda: dcf_stages(1, [0.1], 0.1, 0.03, timing="start"), "timing"),
        (lambda: dcf_two_stage(1, 0.1, 0, 0.03, 0.1), "years"),
        (lambda: dcf_two_stage(1, 0.1, 10**9, 0.03, 0.1), "years"),
        (lambda: dcf_three_stage(1, 0.1, 1, 0, 0.03, 0.1), "transition_years"),
        (lambda: dcf_h_model(1, 0.1, 0.03, -1, 0.1), "half_life"),
        (lambda: dcf_h_model(1, 0.2, 0.1, 1, 0.1), "terminal_growth"),
        (lambda: dcf_implied_multiple(100, 0, 0.1), "metric"),
        (lambda: dcf_implied_multiple(100, 1, -1.0), "rate"),
        (lambda: dcf_implied_growth(100, 1, -2.0), "rate"),
        (lambda: dcf_fade(0.1, 0.05, 6, 5), "hold"),
        (lambda: dcf_fade(0.1, 0.05, 0, 5), "hold"),
        (lambda: dcf_fade(-1.0, 0.05, 1, 5), "value"),
        (lambda: dcf_economic_profit(0, [1.0], 0.1), "invested_capital"),
        (lambda: dcf_economic_profit(100, [1.0, 1.0], 0.1, [-100.0, 0.0]), "reinvestment"),
        (lambda: dcf_economic_profit(100, [1.0, 1.0], 0.1, [1.0, 1.0, 1.0]), "reinvestment"),
    ],
)
def test_what_is_refused(call: object, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} must"):
        call()
