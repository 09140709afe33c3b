"""Does an anchored schedule start at its run rate, keep its bands and never jump or go negative?

Oracles: SciPy's cubic spline, clamped at the run rate and natural at the end; the rate as the
docstrings say it, written here at a point in time and integrated by quadrature (SciPy); the rates
at the edges of bands, recovered from three months on one side of them, of which a cubic's integral
leaves no doubt; exact addition; limits; and what CoreWeave and Cerebras recognised afterwards.
"""

from __future__ import annotations

import itertools
import math
import random
from datetime import date

import numpy as np
import pytest
import scipy
from hypothesis import assume, given
from hypothesis import strategies as st

from model.errors import Floats, InputError
from model.rpo.backtest import rpo_backtest, rpo_backtest_bands
from model.rpo.bands import Banded, Bands
from model.rpo.filings import DatedBands, Filings
from model.rpo.measures import rpo_coverage, rpo_duration, rpo_present_value
from model.rpo.schedule import RecognitionSchedule, rpo_by_year, rpo_schedule, schedule

amounts = st.floats(0, 1e5) | st.sampled_from([0.0, 0.1, 3690.0])
#: The run rate over the average of the first band.
ratios = st.floats(0, 12) | st.sampled_from([0.0, 1.0, 2.0, 3.0, 1e-9, 3 + 1e-9, 1e4])


def banded(months: list[int], amount: list[float]) -> Banded:
    last = list(itertools.accumulate(months))
    return Banded.of(sum(amount), [1, *(m + 1 for m in last[:-1])], last, amount=amount)


@st.composite
def any_bands(draw: st.DrawFn, shortest: int = 1) -> tuple[list[int], list[float]]:
    """Months and amounts of bands: any amounts, or rates near each other."""
    months = draw(st.lists(st.integers(shortest, 40), min_size=1, max_size=5))
    several = {"min_size": len(months), "max_size": len(months)}
    amount = draw(st.lists(amounts, **several))
    if draw(st.booleans()):
        amount = [n * (100 + a / 2e3) for n, a in zip(months, amount, strict=True)]
    assume(amount[0] > 1e-3)
    return months, amount


def anchored(months: list[int], amount: list[float], ratio: float) -> RecognitionSchedule:
    run_rate = np.float64(ratio * amount[0] / months[0])
    return schedule(banded(months, amount), 1, "anchored", None, run_rate)


def rate_before(months: Floats) -> float:
    """Rate at the start of three months, of a recognition that is a cubic within them."""
    one, two, three = np.cumsum(months[:3])
    return float(3 * one - 1.5 * two + three / 3)


# What it keeps -----------------------------------------------------------------------------------


@given(any_bands(), ratios, st.randoms())
def test_the_months_of_a_band_sum_to_its_amount_to_the_last_bit(
    bands: tuple[list[int], list[float]], ratio: float, shuffle: random.Random
) -> None:
    by_month = anchored(*bands, ratio).by_month
    parts = np.split(by_month, np.cumsum(bands[0])[:-1])
    for part, amount in zip(parts, bands[1], strict=True):
        months = part.tolist()
        assert math.fsum(months) == amount
        assert sum(months) == amount
        shuffle.shuffle(months)
        assert sum(months) == amount
        assert part.sum() == amount


@given(any_bands(), ratios)
def test_no_month_and_no_balance_is_negative(
    bands: tuple[list[int], list[float]], ratio: float
) -> None:
    made = anchored(*bands, ratio)
    assert (made.by_month >= 0).all()
    assert (made.closing >= 0).all()
    assert np.isfinite(made.by_month).all()


@given(any_bands(shortest=4), st.floats(0, 3))
def test_the_rate_at_month_0_is_the_run_rate(
    bands: tuple[list[int], list[float]], ratio: float
) -> None:
    run_rate = ratio * bands[1][0] / bands[0][0]
    found = rate_before(anchored(*bands, ratio).by_month)
    assert found == pytest.approx(run_rate, rel=1e-9, abs=1e-12 * bands[1][0])


@given(st.floats(3, 50), st.floats(0, 1e4))
def test_a_high_run_rate_is_met_at_month_0_too(ratio: float, second: float) -> None:
    # With months so short that the rate is still falling in the third.
    cut = 200
    made = anchored([24 * cut, 24 * cut], [1000.0, second], ratio)
    run_rate = ratio * 1000 / (24 * cut)
    assert rate_before(made.by_month) == pytest.approx(run_rate, rel=1e-9)


@given(any_bands(shortest=8), st.floats(0, 3))
def test_the_rate_does_not_jump_at_the_edge_of_a_band(
    bands: tuple[list[int], list[float]], ratio: float
) -> None:
    by_month = anchored(*bands, ratio).by_month
    for edge in np.cumsum(bands[0])[:-1]:
        left, right = by_month[edge - 3 : edge][::-1], by_month[edge : edge + 3]
        scale = max(*bands[1], 1.0)
        assert rate_before(left) == pytest.approx(rate_before(right), rel=1e-9, abs=1e-12 * scale)


@pytest.mark.parametrize("ratio", [4.0, 10.0, 40.0])
@pytest.mark.parametrize("second", [500.0, 1000.0, 5000.0, 0.0])
def test_the_rate_does_not_jump_after_a_high_run_rate(ratio: float, second: float) -> None:
    steps = []
    for cut in (120, 240):
        rate = cut * anchored([24 * cut, 24 * cut], [1000.0, second], ratio).by_month
        steps.append(np.abs(np.diff(rate)).max())
    # A step that halves whenever time is cut in half is a slope and not a jump.
    assert steps[1] == pytest.approx(steps[0] / 2, rel=0.05)


# Which curve it is -------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(6, 40), st.floats(80, 120)), min_size=1, max_size=5
    ),
    st.floats(0.6, 1.4),
)  # fmt: skip
def test_it_is_the_cubic_spline(pieces: list[tuple[int, float]], ratio: float) -> None:
    # Rates that do not lie far apart, so that no edge is bounded.
    months, amount = [n for n, _ in pieces], [n * rate for n, rate in pieces]
    reached = np.concatenate([[0.0], np.cumsum(amount)])
    knots = np.concatenate([[0], np.cumsum(months)])
    start = ratio * amount[0] / months[0]
    spline = scipy.interpolate.CubicSpline(knots, reached, bc_type=((1, start), (2, 0.0)))
    expected = np.diff(spline(np.arange(knots[-1] + 1)))
    found = anchored(months, amount, ratio).by_month
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def rate(x: float, left: float, right: float) -> float:
    """Rate over a band's average at a part x of the band, from its rates at the edges."""
    if left <= 3:
        return left + (6 - 4 * left - 2 * right) * x + 3 * (left + right - 2) * x**2
    # The lowest rate of the curve above that starts at 3, from where an arc leads up to the edge.
    floor = 3 + (6 - 12 - 2 * right) ** 2 / (-12 * (1 + right)) if right else 0.0
    # Two arcs of which the mean is 1: floor + (left - floor) t / 3 + (right - floor) (1 - t) / 3.
    turn = (3 - 3 * floor - (right - floor)) / (left - right)
    if x < turn:
        return floor + (left - floor) * ((turn - x) / turn) ** 2
    return floor + (right - floor) * ((x - turn) / (1 - turn)) ** 2 if turn < 1 else floor


def edges(months: list[int], amount: list[float], start: float) -> list[float]:
    """Rates at the edges: the spline's slopes as a system of equations, then bounded."""
    rates = [a / n for a, n in zip(amount, months, strict=True)]
    count = len(months)
    matrix, known = np.zeros((count + 1, count + 1)), np.zeros(count + 1)
    matrix[0, 0], known[0] = 1.0, min(start, 3 * rates[0])
    for i in range(1, count):
        before, after = 1 / months[i - 1], 1 / months[i]
        matrix[i, i - 1 : i + 2] = before, 2 * (before + after), after
        known[i] = 3 * (rates[i - 1] * before + rates[i] * after)
    matrix[count, count - 1 :] = 1.0, 2.0
    known[count] = 3 * rates[-1]
    found = np.linalg.solve(matrix, known).tolist()
    for i in range(1, count):
        found[i] = min(max(found[i], 0.0), 2 * min(rates[i - 1], rates[i]))
    found[0] = start
    found[-1] = min(max(1.5 * rates[-1] - found[-2] / 2, 0.0), 2 * rates[-1])
    return found


@pytest.mark.parametrize("ratio", [0.0, 0.4, 1.0, 1.9, 2.5, 3.0, 3.001, 5.0, 20.0])
@pytest.mark.parametrize(
    ("months", "amount"),
    [
        ([24], [240.0]),
        ([12, 12, 36], [120.0, 600.0, 360.0]),
        ([24, 24, 36], [3690.0, 10_578.0, 10_332.0]),
        ([24, 24, 24], [8526.0, 5880.0, 294.0]),
        ([6, 12, 12], [60.0, 0.0, 240.0]),
        ([3, 1, 7], [10.0, 90.0, 20.0]),
    ],
)
def test_a_month_is_the_integral_of_the_rate(
    months: list[int], amount: list[float], ratio: float
) -> None:
    at = edges(months, amount, ratio * amount[0] / months[0])
    expected = []
    for n, a, (left, right) in zip(months, amount, itertools.pairwise(at), strict=True):
        mean = a / n
        for month in range(n):
            sides = (left / mean, right / mean) if mean else (0.0, 0.0)
            area, _ = scipy.integrate.quad(rate, month / n, (month + 1) / n, args=sides, limit=200)
            expected.append(a * area)
    found = anchored(months, amount, ratio).by_month
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7 * max(amount))


def test_a_shape_does_not_depend_on_how_time_is_cut() -> None:
    lengths, amount = [24, 24, 36], [3690.0, 10578.0, 10332.0]
    for ratio in (0.3, 1.0, 2.9, 3.1, 8.0):
        once = anchored(lengths, amount, ratio).by_month
        fine = anchored([4 * n for n in lengths], amount, ratio).by_month.reshape(-1, 4).sum(-1)
        np.testing.assert_allclose(fine, once, rtol=0, atol=1e-9)


@given(any_bands(), st.sampled_from([1.0, 2.0, 3.0]))
def test_a_little_more_changes_little(bands: tuple[list[int], list[float]], ratio: float) -> None:
    # Nowhere does the schedule depend on which side of a limit the run rate is.
    low, high = (anchored(*bands, ratio * (1 + off)).by_month for off in (-1e-9, 1e-9))
    np.testing.assert_allclose(low, high, rtol=0, atol=1e-7 * max(bands[1]))


# Limits ------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.floats(0.01, 1e4))
def test_the_average_of_a_flat_schedule_leaves_it_flat(months: list[int], average: float) -> None:
    found = anchored(months, [n * average for n in months], 1.0).by_month
    np.testing.assert_allclose(found, average, rtol=1e-12)


def test_a_single_band_from_zero_and_from_three_times_its_average() -> None:
    # From 0 the rate is 3/2 (1 - (1 - x)^2) of its average, which is level at the end; from three
    # times the average it is 3 (1 - x)^2: their integrals are worked out here.
    x = np.arange(25) / 24
    for ratio, reached in ((0.0, (3 * x**2 - x**3) / 2), (3.0, 1 - (1 - x) ** 3)):
        found = anchored([24], [240.0], ratio).by_month
        np.testing.assert_allclose(found, 240 * np.diff(reached), rtol=0, atol=1e-12)


def test_the_higher_the_run_rate_the_earlier_the_fall() -> None:
    halves = []
    for ratio in (2.0, 2.9, 3.1, 6.0, 12.0, 100.0):
        by_month = anchored([240, 240], [1000.0, 1000.0], ratio).by_month
        halves.append(int(np.argmax(by_month < by_month[0] / 2)))
    assert halves == sorted(halves, reverse=True)
    assert halves[0] > 10 * halves[-1]


@pytest.mark.parametrize(
    ("ratio", "warned"), [(1.0, False), (2.0, False), (2.01, True), (9.0, True)]
)
def test_a_run_rate_above_twice_the_average_is_warned_of(ratio: float, warned: bool) -> None:
    made = anchored([24, 24], [240.0, 480.0], ratio)
    expected = f"run_rate is {ratio:.3g} times the first band's average month"
    assert made.warning.startswith(expected) if warned else made.warning == ""
    assert schedule(banded([24], [240.0]), 1, "smooth").warning == ""


def test_scenarios_are_done_at_once() -> None:
    shares = np.array([[0.15, 0.43, 0.42], [0.3, 0.3, 0.4], [0.6, 0.4, 0.0]])
    first, last = [1, 25, 49], [24, 48, 84]
    balances, rates = np.array([24_600.0, 25_400.0, 10.0]), np.array([60.0, 800.0, 2.0])
    several = Banded.of(balances, first, last, share=shares)
    together = schedule(several, 3, "anchored", None, rates).recognised
    for i, (balance, share) in enumerate(zip(balances, shares, strict=True)):
        one = Banded.of(balance, first, last, share=share)
        alone = schedule(one, 3, "anchored", None, rates[i]).recognised
        assert together[i].tolist() == alone.tolist()
    # Run rates may be the only thing that differs.
    single = Banded.of(24_600.0, first, last, share=shares[0])
    for row, run_rate in zip(
        schedule(single, 3, "anchored", None, rates).recognised, rates, strict=True
    ):
        assert row.tolist() == schedule(single, 3, "anchored", None, run_rate).recognised.tolist()


# What companies recognised afterwards ------------------------------------------------------------


def test_coreweave_in_the_quarter_after_march_2026() -> None:
    # RPO of 98.8 billion, 36% / 39% / 25% (10-Q), after a quarter with revenue of 2,078. The next
    # quarter brought 2,575. A flat first band of 24 months has 4,446 in each quarter.
    bands = Bands([1, 25, 49], [24, 48, 84], share=[0.36, 0.39, 0.25])
    first = {
        shape: rpo_schedule(98_800, bands, 3, shape, None, 2078 / 3).recognised[0]
        for shape in ("anchored", "smooth", "flat")
    }
    assert first["anchored"] == pytest.approx(2575, rel=0.05)
    assert first["smooth"] > 1.5 * 2575
    assert first["flat"] == pytest.approx(98_800 * 0.36 / 8)


def test_cerebras_in_the_half_year_after_december_2025() -> None:
    # RPO of 24.6 billion (S-1), after a quarter with revenue of 171; then 193.4 and 180.1 (10-Qs).
    dates = [np.datetime64(day).item() for day in ("2025-12-31", "2026-03-31", "2026-06-30")]
    filings = Filings(dates, [24_600, 25_000, 25_400], [None, 193.4, 180.1])
    bands = DatedBands(
        [dates[0]] * 3 + [dates[2]] * 3,
        [1, 25, 49] * 2,
        [24, 48, 84, 24, 48, None],
        share=[0.15, 0.43, 0.42, 0.22, 0.43, 0.35],
    )
    missed = {
        shape: np.abs(rpo_backtest(filings, bands, shape, None, 171 / 3).over).sum()
        for shape in ("anchored", "smooth", "flat", "front", "back")
    }
    assert min(missed, key=lambda shape: missed[shape]) == "anchored"
    # What is left of the schedule falls into the later filing's bands.
    found = rpo_backtest_bands(filings, bands, "anchored", None, 171 / 3)
    left = rpo_backtest(filings, bands, "anchored", None, 171 / 3).left[-1]
    assert found.old.sum() == pytest.approx(left, rel=1e-12)


# Wherever a shape is taken -----------------------------------------------------------------------


def test_measures_read_the_anchored_months() -> None:
    bands, run_rate = Bands([1, 25], [24, 84], share=[0.5, 0.5]), 20.0
    by_month = rpo_schedule(1200, bands, 1, "anchored", None, run_rate).by_month
    middle = (np.arange(84) + 0.5) / 12
    assert rpo_coverage(1200, bands, 400, 12, "anchored", None, run_rate) == pytest.approx(
        by_month[:12].sum() / 400
    )
    assert rpo_duration(1200, bands, "anchored", None, "mid", run_rate) == pytest.approx(
        (by_month * middle).sum() / 1200
    )
    assert rpo_present_value(
        1200, bands, 0.1, 0, 0, "anchored", None, "mid", run_rate
    ) == pytest.approx((by_month * 1.1**-middle).sum())
    end = date(2025, 12, 31), date(2026, 12, 31)
    made = rpo_by_year(1200, bands, *end, 7, "anchored", None, run_rate)
    assert made.contracted_revenue == pytest.approx(by_month.reshape(7, 12).sum(-1))


def test_what_is_refused() -> None:
    bands = banded([12, 12], [0.0, 120.0])
    with pytest.raises(InputError, match=r"^bands must be above 0 in the first band for the shape"):
        schedule(bands, 1, "anchored", None, np.float64(10.0))
    with pytest.raises(InputError, match=r"^run_rate must be given for the shape 'anchored'"):
        rpo_schedule(120, Bands([1], [12], share=[1.0]), 3, "anchored")
    with pytest.raises(InputError, match=r"^run_rate must be at least 0, not -1"):
        rpo_schedule(120, Bands([1], [12], share=[1.0]), 3, "anchored", None, -1)
