"""Are all internal rates found, none missed and none made up?

Oracles: flows multiplied out from rates that are chosen beforehand; the eigenvalues by which
`numpy.roots` finds the zeros of a polynomial; `numpy_financial.irr`, `pyxirr` and scipy's
`brentq` where there is one rate only; a scan of the net present value over a fine grid, which can
miss a pair of rates but not invent a change of sign; and every rate put back into the sum.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import numpy_financial as npf
import pytest
import pyxirr
import scipy
from hypothesis import assume, given
from hypothesis import strategies as st

from model.errors import Floats, InputError
from model.returns.internal_rates import internal_rate, internal_rates, passing

amounts = st.floats(-1e6, 1e6).map(lambda x: round(x, 2))
flows = st.lists(amounts, min_size=2, max_size=15)
paid = st.floats(1.0, 1e6)
cents = st.floats(0, 1e6).map(lambda x: round(x, 2))
received = st.lists(cents, min_size=1, max_size=30)

#: Flows and all their rates, as textbooks and test suites print them.
PRINTED = [
    ([-800, 5000, -5000], [0.25, 4.0]),  # wizedu.com 140520
    ([-1600, 10000, -10000], [0.25, 4.0]),  # J. Lorie and L. Savage
    ([-4000, 25000, -25000], [0.25, 4.0]),  # R. Brealey and S. Myers
    ([-100, 230, -132], [0.1, 0.2]),  # S. Ross, R. Westerfield and J. Jaffe
    ([-60, 155, -100], [0.25, 1 / 3]),  # the same authors, strip mining
    ([-3, *[1] * 9, -6.5], [0.035, 0.1954]),  # R. Brealey, S. Myers and F. Allen, Helmsley Iron
    ([1000, -3000, 2500], []),  # the same authors, project C
]


def worth(cash_flows: object, times: object, rate: float) -> tuple[float, float]:
    """Net present value, and the sum of its terms without their signs."""
    terms = [c * math.exp(-t * math.log1p(rate)) for c, t in zip(cash_flows, times, strict=True)]
    return math.fsum(terms), math.fsum(map(abs, terms))


def changes_of_sign(cash_flows: list[float]) -> int:
    signs = [math.copysign(1, c) for c in cash_flows if c]
    return sum(a != b for a, b in pairwise(signs))


def both_signs(cash_flows: list[float]) -> bool:
    return min(cash_flows) < 0 < max(cash_flows)


@pytest.mark.parametrize(("cash_flows", "printed"), PRINTED)
def test_printed_rates(cash_flows: list[float], printed: list[float]) -> None:
    found = internal_rates(cash_flows, range(len(cash_flows)))
    assert found.tolist() == pytest.approx(printed, abs=5e-5)


@given(st.lists(st.integers(-18, 60), min_size=1, max_size=6, unique=True))
def test_rates_chosen_beforehand_are_found(twentieths: list[int]) -> None:
    # In steps of 5%: six rates closer than that are lost in the rounding of the multiplied flows.
    rates = sorted(n / 20 for n in twentieths)
    cash_flows = np.array([1.0])
    for r in rates:
        cash_flows = np.convolve(cash_flows, [-1.0, 1 + r])
    found = internal_rates(cash_flows, np.arange(cash_flows.size))
    assert found.tolist() == pytest.approx(rates, abs=2e-4)


@given(flows)
def test_every_rate_put_back_gives_nothing(cash_flows: list[float]) -> None:
    assume(both_signs(cash_flows))
    times = range(len(cash_flows))
    for rate in internal_rates(cash_flows, times):
        value, size = worth(cash_flows, times, float(rate))
        # Near -100% the rate itself, as a number, has few digits of 1 + rate left.
        assert abs(value) <= (1e-11 + 1e-14 / (1 + rate)) * size


@given(flows)
def test_the_number_of_rates_obeys_the_rule_of_signs(cash_flows: list[float]) -> None:
    assume(both_signs(cash_flows))
    times = range(len(cash_flows))
    found = internal_rates(cash_flows, times)
    changes = changes_of_sign(cash_flows)
    assert found.size <= changes
    if "touches" not in passing(cash_flows, times, found):
        assert (changes - found.size) % 2 == 0


@given(st.lists(st.integers(-20, 20), min_size=3, max_size=9))
def test_as_many_as_numpy_roots(cash_flows: list[int]) -> None:
    assume(both_signs(cash_flows))
    zeros = np.roots(np.trim_zeros(np.array(cash_flows, float)))
    positive = zeros[zeros.real > 1e-6]
    # Double zeros come as pairs off the real axis, so eigenvalues cannot identify them.
    gaps = np.abs(positive[:, None] - positive[None, :]) + 10 * np.eye(positive.size)
    assume(positive.size == 0 or gaps.min() > 1e-3)
    real = np.sort(positive.real[np.abs(positive.imag) < 1e-9]) - 1
    found = internal_rates(cash_flows, range(len(cash_flows)))
    assert found.tolist() == pytest.approx(real.tolist(), rel=1e-6, abs=1e-6)


@given(st.data())
def test_a_scan_finds_no_change_of_sign_without_a_rate(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 10))
    times = data.draw(st.lists(st.integers(0, 4000), min_size=count, max_size=count, unique=True))
    cash_flows = data.draw(st.lists(amounts, min_size=count, max_size=count))
    assume(both_signs(cash_flows))
    years = np.array(times) / 365
    try:
        found = np.log1p(internal_rates(cash_flows, years))
    except InputError as refused:  # A rate of e ** 710 and more, from two flows a day apart.
        assert "out of range" in str(refused)
        return
    grid = np.linspace(-3, 3, 3001)
    terms = np.array(cash_flows)[:, None] * np.exp(-np.outer(years, grid))
    value, size = terms.sum(0), np.abs(terms).sum(0)
    sure = np.abs(value) > 1e-12 * size
    places = np.flatnonzero(sure)
    for i, j in pairwise(places):
        if value[i] * value[j] < 0:
            assert ((found >= grid[i]) & (found <= grid[j])).sum() % 2 == 1


@given(paid, received)
def test_an_investment_has_one_rate_and_other_programs_find_it(
    price: float, back: list[float]
) -> None:
    assume(sum(back) > 1e-3 * price)
    cash_flows = [-price, *back]
    found = internal_rate(cash_flows, range(len(cash_flows)))
    # Theirs stops within its own tolerance, ours within rounding.
    theirs = pyxirr.irr(cash_flows)
    if theirs is not None and abs(found) < 10:
        assert found == pytest.approx(theirs, rel=1e-6, abs=1e-8)
    eigenvalue = float(npf.irr(cash_flows))
    if not math.isnan(eigenvalue) and -0.9 < found < 10:
        assert found == pytest.approx(eigenvalue, rel=1e-6, abs=1e-7)


@given(paid, st.lists(st.tuples(st.integers(1, 7000), st.floats(1, 1e6)), min_size=1, max_size=20))
def test_dated_flows_have_the_rate_of_pyxirr_and_brentq(
    price: float, back: list[tuple[int, float]]
) -> None:
    days = [0, *(d for d, _ in back)]
    cash_flows = [-price, *(c for _, c in back)]
    years = np.array(days) / 365
    try:
        found = internal_rate(cash_flows, years)
    except InputError as refused:
        assert "out of range" in str(refused)
        return
    assume(-0.99 < found < 100)
    by_bracket = scipy.optimize.brentq(
        lambda r: worth(cash_flows, years, r)[0], -0.9999, 1000, xtol=1e-14
    )
    assert found == pytest.approx(by_bracket, rel=1e-9, abs=1e-11)
    start = date(2026, 5, 14)
    theirs = pyxirr.xirr([start + timedelta(days=d) for d in days], cash_flows)
    if theirs is not None:
        assert found == pytest.approx(theirs, rel=1e-6, abs=1e-7)


@given(flows, st.floats(-3, 3), st.randoms())
def test_neither_size_nor_order_nor_the_first_date_matters(
    cash_flows: list[float], shift: float, random: object
) -> None:
    assume(both_signs(cash_flows))
    times = np.arange(len(cash_flows), dtype=float)
    found = internal_rates(cash_flows, times)
    assume("touches" not in passing(cash_flows, times, found))
    order = np.array(random.sample(range(times.size), times.size))
    scaled = -3.7 * np.array(cash_flows)
    again = internal_rates(scaled[order], (times + shift)[order])
    assert again.tolist() == pytest.approx(found.tolist(), rel=1e-7, abs=1e-9)


@given(flows)
def test_flows_of_one_time_are_added_up(cash_flows: list[float]) -> None:
    assume(both_signs(cash_flows))
    times = np.arange(len(cash_flows))
    halves = np.repeat(np.array(cash_flows) / 2, 2)
    found = internal_rates(halves, np.repeat(times, 2))
    expected = internal_rates(cash_flows, times).tolist()
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(flows)
def test_how_the_value_passes_is_how_it_changes(cash_flows: list[float]) -> None:
    assume(both_signs(cash_flows))
    times = range(len(cash_flows))
    found = internal_rates(cash_flows, times)
    ways = passing(cash_flows, times, found)
    middles = np.sqrt((1 + found[:-1]) * (1 + found[1:])) - 1
    points = [float(found[0]) / 2 - 0.5, *middles, 2 * float(found[-1]) + 1] if found.size else []
    for i, way in enumerate(ways):
        before, after = (worth(cash_flows, times, float(r)) for r in points[i : i + 2])
        assume(abs(before[0]) > 1e-9 * before[1] and abs(after[0]) > 1e-9 * after[1])
        rises, falls = before[0] < 0 < after[0], before[0] > 0 > after[0]
        assert way == ("rises" if rises else "falls" if falls else "touches")


@pytest.mark.parametrize(
    ("cash_flows", "rates"),
    [
        # (1 + r) (v - 1 / 1.1) ** 2: the value touches zero at 10%.
        ([-100.0, 220.0, -121.0], [0.1]),
        # Three equal rates of zero.
        ([-1.0, 3.0, -3.0, 1.0], [0.0]),
        ([-1.0, 1.0], [0.0]),
        ([0.0, -1.0, 0.0, 4.0, 0.0], [1.0]),
        ([1e-300, -1e-300], [0.0]),
        ([-1.0, 1e300], [1e300]),
        ([-3000.0, 2.3926932267015667e-07], [-0.9999999999202436]),
    ],
)
def test_extremes(cash_flows: list[float], rates: list[float]) -> None:
    found = internal_rates(cash_flows, range(len(cash_flows)))
    assert found.tolist() == pytest.approx(rates, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("cash_flows", "days"),
    [
        # A fee on the day before the purchase, and one nine days after the sale.
        ([1.0, -1000.0, 1100.0], [0, 1, 366]),
        ([-238080.0, -30210.0, 90.51, 121860.0, -1430.0], [0, 1285, 1595, 1684, 1693]),
    ],
)
def test_a_rate_beyond_all_numbers_does_not_count(cash_flows: list[float], days: list[int]) -> None:
    years = np.array(days) / 365
    low, high = -30.0, 100.0  # Of the rate's logarithm; the other one is -178, or 2,521.
    signs = [np.sign(worth_at(cash_flows, years, u)) for u in (low, high)]
    assert signs[0] != signs[1]
    for _ in range(200):
        middle = (low + high) / 2
        if np.sign(worth_at(cash_flows, years, middle)) == signs[0]:
            low = middle
        else:
            high = middle
    assert internal_rate(cash_flows, years) == pytest.approx(math.expm1(low), rel=1e-11)
    way = "rises" if signs[0] < 0 else "falls"
    assert passing(cash_flows, years, internal_rates(cash_flows, years)) == (way,)


def worth_at(cash_flows: list[float], years: Floats, u: float) -> float:
    # Moved to the date of the largest term, so that none overflows.
    exponents = -years * u
    return float((np.array(cash_flows) * np.exp(exponents - exponents.max())).sum())


def test_a_single_rate_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(InputError, match=r"^cash_flows have an internal rate that is out of"):
        internal_rates([-1.0, 1000.0], [0.0, 1 / 365])


def test_six_hundred_periods() -> None:
    bond: Floats = np.array([-1000.0, *[10.0] * 599, 1010.0])
    assert internal_rate(bond, np.arange(601)) == pytest.approx(0.01, rel=1e-12)
    times = np.arange(601)
    noise = np.random.default_rng(7).normal(size=601)
    assert changes_of_sign(noise.tolist()) > 250
    found = internal_rates(noise, times)
    # Eigenvalues of so large a matrix take long: a scan instead, and each rate put back.
    grid = np.linspace(-2, 2, 8001)
    signs = np.sign([float((noise * np.exp(-times * u - 600 * max(-u, 0))).sum()) for u in grid])
    crossed = np.flatnonzero(np.diff(signs))
    assert np.log1p(found).tolist() == pytest.approx(grid[crossed].tolist(), abs=6e-4)
    for rate in found:
        value, size = worth(noise, times, float(rate))
        assert abs(value) <= 1e-11 * size


@pytest.mark.parametrize(
    ("cash_flows", "sentence"),
    [
        ([-1, -2, -3], "must hold amounts below zero and above zero at different times"),
        ([1, 2, 3], "must hold amounts below zero and above zero at different times"),
        ([0, 0], "must hold amounts below zero and above zero at different times"),
        ([1000, -3000, 2500], "have no internal rate: no rate above -1 makes them worth nothing"),
        ([-4000, 25000, -25000], "have 2 internal rates above -1, not just one: 0.25, 4"),
    ],
)
def test_no_rate_is_given_where_there_is_none_or_more(
    cash_flows: list[float], sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        internal_rate(cash_flows, range(len(cash_flows)))
    assert str(refused.value) == f"cash_flows {sentence}."
    assert refused.value.reason == "number"


def test_more_rates_than_a_sentence_holds() -> None:
    cash_flows = np.array([1.0])
    for percent in range(0, 160, 20):
        cash_flows = np.convolve(cash_flows, [-1.0, 1 + percent / 100])
    with pytest.raises(InputError, match=r"have 8 internal rates .*: 0, 0.2, .* and more\.$"):
        internal_rate(cash_flows, range(9))


def test_flows_that_cancel_on_one_day_have_no_rate() -> None:
    with pytest.raises(InputError, match="at different times"):
        internal_rates([-100, 110], [1, 1])
