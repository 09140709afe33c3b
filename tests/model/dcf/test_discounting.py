"""Do present and terminal values follow the definitions, flow by flow?

Oracles: powers and sums in plain Python; `numpy_financial.npv`; and for a perpetuity a sum of ten
thousand cash flows, each discounted on its own, because a closed form is no proof of itself.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.discounting import TIMINGS, dcf_discount_factors, dcf_present_value
from model.dcf.terminal import (
    dcf_implied_growth,
    dcf_terminal_growth,
    dcf_terminal_multiple,
    dcf_terminal_roic,
)
from model.errors import InputError

rates = st.floats(-0.5, 1.0) | st.sampled_from([0.0, 0.08, 0.1])
paths = st.lists(rates, min_size=1, max_size=30)
flows = st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=30)
stubs = st.floats(0.01, 1.0) | st.just(1.0)
timings = st.sampled_from(TIMINGS)

FOREVER = 10_000


def factors(path: list[float], timing: str, stub: float) -> list[float]:
    """Each factor as a product of powers, from the first period to its own."""
    lengths = [stub] + [1.0] * (len(path) - 1)
    found = []
    for n in range(len(path)):
        worth = math.prod((1 + r) ** -t for r, t in zip(path[:n], lengths[:n], strict=True))
        part = lengths[n] / 2 if timing == "mid" else lengths[n]
        found.append(worth * (1 + path[n]) ** -part)
    return found


@given(paths, timings, stubs)
def test_factors_are_products_of_powers(path: list[float], timing: str, stub: float) -> None:
    found = dcf_discount_factors(path, None, timing, stub).discount_factor
    assert found.tolist() == pytest.approx(factors(path, timing, stub), rel=1e-12)


@given(rates, st.integers(1, 40))
def test_a_factor_of_a_constant_rate_is_a_power(rate: float, years: int) -> None:
    end = dcf_discount_factors(rate, years, "end").discount_factor
    mid = dcf_discount_factors([rate] * years, None, "mid").discount_factor
    assert end.tolist() == pytest.approx([(1 + rate) ** -n for n in range(1, years + 1)], rel=1e-12)
    assert mid.tolist() == pytest.approx(
        [(1 + rate) ** -(n - 0.5) for n in range(1, years + 1)], rel=1e-12
    )


@given(flows, rates)
def test_present_value_is_npv(flow: list[float], rate: float) -> None:
    found = float(dcf_present_value(flow, rate, "end"))
    # numpy_financial puts its first flow at today.
    expected = float(npf.npv(rate, [0.0, *flow]))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12 * _size(flow, rate))


@given(flows, rates)
def test_flows_in_mid_period_are_worth_half_a_period_more(flow: list[float], rate: float) -> None:
    end = float(dcf_present_value(flow, rate, "end"))
    mid = float(dcf_present_value(flow, rate, "mid"))
    assert mid == pytest.approx(end * (1 + rate) ** 0.5, rel=1e-9, abs=1e-12 * _size(flow, rate))


@given(flows, rates, stubs)
def test_a_stub_shifts_later_flows_and_halves_its_own(
    flow: list[float], rate: float, stub: float
) -> None:
    found = float(dcf_present_value(flow, rate, "mid", stub))
    times = [stub / 2, *(stub + n - 0.5 for n in range(1, len(flow)))]
    expected = math.fsum(f * (1 + rate) ** -t for f, t in zip(flow, times, strict=True))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12 * _size(flow, rate))
    assert dcf_discount_factors(rate, len(flow), "mid", stub).time.tolist() == pytest.approx(times)


@given(flows, flows, rates, timings)
def test_present_values_add(one: list[float], other: list[float], rate: float, timing: str) -> None:
    pairs = list(itertools.zip_longest(one, other, fillvalue=0.0))
    apart = [float(dcf_present_value(c, rate, timing)) for c in zip(*pairs, strict=True)]
    together = float(dcf_present_value([a + b for a, b in pairs], rate, timing))
    size = _size(one, rate) + _size(other, rate)
    assert together == pytest.approx(sum(apart), rel=1e-9, abs=1e-11 * size)


def _size(flow: list[float], rate: float) -> float:
    """How large the terms are that a sum of either sign is made of."""
    return max(map(abs, flow)) * max(1.0, (1 + rate) ** -len(flow)) * len(flow) + 1e-300


# Terminal values ---------------------------------------------------------------------------------

# Far enough apart that the remainder after ten thousand years is below the last digits.
spreads = st.floats(0.01, 0.2)
growths = st.floats(-0.1, 0.06)


@given(growths, spreads)
def test_a_perpetuity_is_a_long_sum_of_its_flows(growth: float, spread: float) -> None:
    rate = growth + spread
    value = float(dcf_terminal_growth(100.0, rate, growth))
    n = np.arange(1, FOREVER + 1)
    worth = math.fsum(100.0 * np.exp((n - 1) * np.log1p(growth) - n * np.log1p(rate)))
    assert value == pytest.approx(worth, rel=1e-11)


@given(st.integers(1, 15), growths, spreads)
def test_a_perpetuity_of_flows_in_mid_period_is_discounted_at_n_less_a_half(
    years: int, growth: float, spread: float
) -> None:
    rate = growth + spread
    value = float(dcf_terminal_growth(100.0, rate, growth))
    n = np.arange(1, FOREVER + 1)
    grown = (n - 1) * np.log1p(growth)
    for timing, earlier in (("end", 0.0), ("mid", 0.5)):
        worth = math.fsum(100.0 * np.exp(grown - (years + n - earlier) * np.log1p(rate)))
        assert value * (1 + rate) ** -(years - earlier) == pytest.approx(worth, rel=1e-10)
        factor = float(dcf_discount_factors(rate, years, timing).discount_factor[-1])
        assert value * factor == pytest.approx(worth, rel=1e-10)


@given(st.floats(0.01, 0.06), spreads, st.floats(1.0, 5.0))
def test_the_value_driver_is_growth_paid_for_by_reinvestment(
    growth: float, spread: float, over: float
) -> None:
    rate, roic = growth + spread, growth * over
    value = float(dcf_terminal_roic(100.0, rate, growth, roic))
    # Each year keeps growth / roic of its profit, and the capital it buys earns the growth.
    profit, worth, factor = 100.0, 0.0, 1.0
    for _ in range(FOREVER):
        kept = profit * growth / roic
        factor /= 1 + rate
        worth += (profit - kept) * factor
        profit += kept * roic
        if profit * factor < 1e-16 * worth:
            break
    assert value == pytest.approx(worth, rel=1e-10, abs=1e-9)
    explicit = dcf_terminal_growth(100.0 * (1 - growth / roic), rate, growth)
    assert value == pytest.approx(float(explicit), rel=1e-12)


@given(st.floats(0, 0.05), spreads)
def test_growth_at_the_cost_of_capital_adds_nothing(growth: float, spread: float) -> None:
    rate = growth + spread
    assert float(dcf_terminal_roic(100.0, rate, growth, rate)) == pytest.approx(
        100.0 / rate, rel=1e-12
    )


@given(growths, spreads, timings)
def test_implied_growth_inverts_the_perpetuity(growth: float, spread: float, timing: str) -> None:
    rate = growth + spread
    at_n = dcf_terminal_growth(100.0 * (1 + growth), rate, growth)
    at_n = at_n * ((1 + rate) ** 0.5 if timing == "mid" else 1.0)
    found = float(dcf_implied_growth(at_n, 100.0, rate, timing))
    assert found == pytest.approx(growth, abs=1e-12)


@pytest.mark.parametrize("growth", [0.10, 0.1000001, 0.5])
def test_growth_at_or_above_the_rate_has_no_value(growth: float) -> None:
    with pytest.raises(InputError, match=r"^growth must be below the discount rate") as refused:
        dcf_terminal_growth(100.0, 0.10, growth)
    assert refused.value.reason == "number"
    with pytest.raises(InputError, match=r"^growth must be below the discount rate"):
        dcf_terminal_roic(100.0, 0.10, growth, 1.0)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: dcf_discount_factors([0.1, -1.0]), "rates"),
        (lambda: dcf_discount_factors([math.nan]), "rates"),
        (lambda: dcf_discount_factors([0.1], None, "middle"), "timing"),
        (lambda: dcf_discount_factors([0.1], None, "mid", 0.0), "stub"),
        (lambda: dcf_discount_factors([0.1], None, "mid", 1.5), "stub"),
        (lambda: dcf_present_value([1.0, 2.0, 3.0], [0.1, 0.2]), "rates"),
        (lambda: dcf_present_value([math.inf], 0.1), "cash_flows"),
        (lambda: dcf_terminal_roic(100.0, 0.1, 0.05, 0.04), "growth"),
        (lambda: dcf_terminal_roic(100.0, 0.1, 0.0, 0.0), "roic"),
        (lambda: dcf_terminal_growth(100.0, 0.1, -1.0), "growth"),
        (lambda: dcf_terminal_growth(103.0, 9.0, 3.0), "rate"),
        (lambda: dcf_terminal_multiple(-1.0, 10.0), "metric"),
        (lambda: dcf_terminal_multiple(1.0, -10.0), "multiple"),
        (lambda: dcf_implied_growth(0.0, 100.0, 0.1), "terminal_value"),
        (lambda: dcf_implied_growth(50.0, -100.0, 0.1, "end"), "cash_flow"),
    ],
)
def test_inputs_that_are_refused(call, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} must be"):
        call()
