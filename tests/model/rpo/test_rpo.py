"""Does a schedule match the filing, and is the smooth shape the published curve?

Oracles: exact addition (`math.fsum`) for the sums of the bands; and for the smooth shape the curve
of Hagan and West's paper, written here from its four regions as a rate at a point in time, and
integrated month by month by Gauss quadrature between its kinks, which is exact for its quadratic
pieces. The model's own code holds closed integrals and never evaluates the rate.
"""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.errors import InputError
from model.rpo import schedule as rpo
from model.rpo.bands import Banded, Bands, rpo_bands

NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)
CEREBRAS = Banded.of(24_600.0, [1, 25, 49], [24, 48, 84], share=[0.15, 0.43, 0.42])

lengths = st.lists(st.integers(1, 40), min_size=1, max_size=5)
amounts = st.floats(0, 1e5) | st.sampled_from([0.0, 0.1, 3690.0])


def banded(months: list[int], amount: list[float]) -> Banded:
    last = list(itertools.accumulate(months))
    first = [1, *(m + 1 for m in last[:-1])]
    return Banded.of(sum(amount), first, last, amount=amount)


@st.composite
def any_bands(draw: st.DrawFn) -> Banded:
    """Bands of any amounts, or of rates near each other, where no bound touches the curve."""
    months = draw(lengths)
    amount = draw(st.lists(amounts, min_size=len(months), max_size=len(months)))
    if draw(st.booleans()):
        amount = [n * (100 + a / 2e3) for n, a in zip(months, amount, strict=True)]
    return banded(months, amount)


def months_of(bands: Banded) -> list[slice]:
    return [slice(a - 1, b) for a, b in zip(bands.first, bands.last, strict=True) if b]


# The published curve -----------------------------------------------------------------------------


def deviation(x: float, left: float, right: float) -> float:
    """Hagan and West's g(x) from their regions (i) to (iv); it averages to zero over 0 to 1."""
    if left == 0 and right == 0:
        return 0.0
    if left * right > 0:  # (iv)
        turn = right / (right + left)
        trough = -left * right / (left + right)
        if x < turn:
            return trough + (left - trough) * ((turn - x) / turn) ** 2
        return trough + (right - trough) * ((x - turn) / (1 - turn)) ** 2 if x > turn else trough
    if abs(right) > 2 * abs(left) and left != 0:  # (ii)
        turn = (right + 2 * left) / (right - left)
        return left if x <= turn else left + (right - left) * ((x - turn) / (1 - turn)) ** 2
    if abs(right) < abs(left) / 2 and right != 0:  # (iii)
        turn = 3 * right / (right - left)
        return right if x >= turn else right + (left - right) * ((turn - x) / turn) ** 2
    return left * (1 - 4 * x + 3 * x**2) + right * (-2 * x + 3 * x**2)  # (i)


def kink(left: float, right: float) -> list[float]:
    turns = []
    if right != left:
        turns += [(right + 2 * left) / (right - left), 3 * right / (right - left)]
    if right != -left:
        turns += [right / (right + left)]
    return [t for t in turns if 0 < t < 1]


def edge_rates(rates: list[float], months: list[int]) -> list[float]:
    """Rates at the edges of the bands: weighted by length, and bounded to stay positive."""
    if len(rates) == 1:
        return rates * 2
    inner = [
        min(max(0.0, (m * b + n * a) / (m + n)), 2 * min(a, b))
        for (a, b), (m, n) in zip(
            itertools.pairwise(rates), itertools.pairwise(months), strict=True
        )
    ]
    start = min(max(0.0, 1.5 * rates[0] - 0.5 * inner[0]), 2 * rates[0])
    end = min(max(0.0, 1.5 * rates[-1] - 0.5 * inner[-1]), 2 * rates[-1])
    return [start, *inner, end]


def integrated(bands: Banded) -> list[float]:
    """Recognition by month: the integral of the curve over each month."""
    months = [s.stop - s.start for s in months_of(bands)]
    rates = [float(a) / n for a, n in zip(bands.amount, months, strict=True)]
    edges = edge_rates(rates, months)
    found = []
    for rate, n, (start, end) in zip(rates, months, itertools.pairwise(edges), strict=True):
        # On the average but for rounding is on the average.
        left, right = (g if abs(g) > 1e-9 * rate else 0.0 for g in (start - rate, end - rate))
        turns = kink(left, right)
        for month in range(n):
            a, b = month / n, (month + 1) / n
            cuts = [a, *sorted(t for t in turns if a < t < b), b]
            area = 0.0
            for low, high in itertools.pairwise(cuts):
                half = (high - low) / 2
                points = low + half * (NODES + 1)
                area += half * sum(
                    w * (rate + deviation(x, left, right))
                    for x, w in zip(points, WEIGHTS, strict=True)
                )
            found.append(area * n)
    return found


@given(any_bands())
def test_smooth_is_the_published_curve(bands: Banded) -> None:
    found = rpo.schedule(bands, 1, "smooth").by_month
    largest = float(bands.amount.max(initial=0.0))
    np.testing.assert_allclose(found, integrated(bands), rtol=0, atol=1e-11 * (1 + largest))


@given(st.floats(0.01, 10), st.floats(0.01, 10))
def test_the_published_curve_averages_to_its_band(left: float, right: float) -> None:
    # A check of the oracle: where it starts and ends, and that it integrates to zero.
    for g0, g1 in ((left, right), (left, -right), (-left, right), (-left, -right)):
        cuts = [0.0, *sorted(kink(g0, g1)), 1.0]
        assume(all(b - a > 1e-9 for a, b in itertools.pairwise(cuts)))
        area = sum(
            (b - a) / 2 * w * deviation(a + (b - a) / 2 * (x + 1), g0, g1)
            for a, b in itertools.pairwise(cuts)
            for x, w in zip(NODES, WEIGHTS, strict=True)
        )
        assert area == pytest.approx(0.0, abs=1e-12 * (1 + left + right))
        assert deviation(0.0, g0, g1) == pytest.approx(g0, abs=1e-12)
        assert deviation(1.0, g0, g1) == pytest.approx(g1, abs=1e-12)


def steps(months_times: int) -> float:
    """The largest step between months when every month is cut into shorter ones, as a rate."""
    fine = banded([24 * months_times, 24 * months_times, 36 * months_times], [3690, 10578, 10332])
    rates = rpo.schedule(fine, 1, "smooth").by_month * months_times
    return float(np.abs(np.diff(rates)).max())


def test_smooth_has_no_jump() -> None:
    flat = np.diff(rpo.schedule(CEREBRAS, 1, "flat").by_month)
    jump = float(np.abs(flat).max())
    assert jump == pytest.approx(10578 / 24 - 3690 / 24)
    assert steps(1) < jump / 6
    # A step that halves whenever time is cut in half is a slope and not a jump.
    assert steps(2) == pytest.approx(steps(1) / 2, rel=0.1)
    assert steps(64) == pytest.approx(steps(32) / 2, rel=0.01)


# What a schedule preserves------------------------------------------------------------------------


@given(any_bands(), st.sampled_from(list(rpo.SHAPES)), st.randoms())
def test_the_months_of_a_band_sum_to_its_amount_to_the_last_bit(
    bands: Banded, shape: str, shuffle: random.Random
) -> None:
    by_month = rpo.schedule(bands, 1, shape).by_month
    for part, amount in zip(months_of(bands), bands.amount, strict=True):
        months = by_month[part].tolist()
        assert math.fsum(months) == amount
        assert sum(months) == amount
        shuffle.shuffle(months)
        assert sum(months) == amount
        assert by_month[part].sum() == amount


@given(any_bands(), st.sampled_from(list(rpo.SHAPES)), st.integers(1, 60))
def test_no_month_and_no_balance_is_negative(bands: Banded, shape: str, period: int) -> None:
    made = rpo.schedule(bands, period, shape)
    assert (made.by_month >= 0).all()
    assert (made.closing >= 0).all()


@given(any_bands(), st.sampled_from(list(rpo.SHAPES)), st.integers(1, 60))
def test_the_months_sum_to_the_periods(bands: Banded, shape: str, period: int) -> None:
    made = rpo.schedule(bands, period, shape)
    months = made.by_month.tolist()
    chunks = [months[i : i + period] for i in range(0, len(months), period)]
    assert made.to_month.tolist() == [
        min(i + period, len(months)) for i in range(0, len(months), period)
    ]
    assert made.recognised.tolist() == pytest.approx([math.fsum(c) for c in chunks], rel=1e-14)


@given(any_bands(), st.sampled_from(list(rpo.SHAPES)), st.integers(1, 60))
def test_the_corkscrew_closes(bands: Banded, shape: str, period: int) -> None:
    made = rpo.schedule(bands, period, shape)
    total = math.fsum(bands.amount)
    assert made.opening[0] == pytest.approx(total, rel=1e-14)
    assert (made.opening[1:] == made.closing[:-1]).all()
    assert made.closing[-1] == 0
    np.testing.assert_allclose(made.opening - made.recognised, made.closing, atol=1e-14 * total)


@given(any_bands(), st.sampled_from(list(rpo.SHAPES)), st.floats(1e-3, 1e3))
def test_a_schedule_scales_with_its_balance(bands: Banded, shape: str, factor: float) -> None:
    months = [s.stop - s.start for s in months_of(bands)]
    scaled = banded(months, (bands.amount * factor).tolist())
    once, times = (rpo.schedule(b, 1, shape).by_month for b in (bands, scaled))
    largest = float(bands.amount.max(initial=0.0)) * factor
    np.testing.assert_allclose(times, once * factor, rtol=0, atol=1e-13 * largest + 1e-300)


def test_the_last_bit_of_the_balance_does_not_choose_the_shape() -> None:
    # Two neighbouring bands with the same rate: rounding puts their edge above or below it.
    first, last, share = [1, 25, 37], [24, 36, 72], [2 / 14, 3 / 14, 9 / 14]
    found = [
        rpo.schedule(Banded.of(balance, first, last, share=share), 1, "smooth").by_month / balance
        for balance in np.linspace(1_000.0, 30_000.0, 200)
    ]
    np.testing.assert_allclose(found, found[:1] * len(found), rtol=0, atol=1e-14)


@given(st.integers(1, 60), st.floats(0, 1e6))
def test_a_single_band_is_flat_in_either_shape(months: int, amount: float) -> None:
    smooth, flat = (
        rpo.schedule(banded([months], [amount]), 1, s).by_month for s in ("smooth", "flat")
    )
    assert (smooth == flat).all()
    np.testing.assert_allclose(flat, amount / months, atol=1e-15 * amount + 1e-300)


@given(st.floats(0, 1e6), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_shares_and_remainder_make_up_the_balance(balance: float, shares: list[float]) -> None:
    assume(sum(shares) <= 1)
    n = len(shares)
    bands = Banded.of(balance, range(1, n + 1), range(1, n + 1), share=shares)
    assert float(bands.amount.sum() + bands.remainder) == pytest.approx(balance, rel=2e-9)
    # An open band without a share takes exactly the rest.
    rest = Banded.of(balance, range(1, n + 2), [*range(1, n + 1), None], share=[*shares, math.nan])
    assert rest.amount[-1] == bands.remainder
    assert rest.remainder == 0


def test_a_remainder_becomes_a_band_of_its_own() -> None:
    bands = Banded.of(24_600.0, [1, 25], [24, 48], share=[0.15, 0.43])
    by_month = rpo.schedule(bands, 1, "flat", 84).by_month
    assert by_month.size == 84
    assert by_month[48:].sum() == pytest.approx(24_600 * 0.42)
    with pytest.raises(InputError, match=r"^final_month must be given because the bands leave"):
        rpo.schedule(bands, 1, "flat")


def test_rows_of_bands_stand_in_any_order() -> None:
    ordered = Bands([1, 25, 49], [24, 48, None], share=[0.15, 0.43, None])
    shuffled = Bands([49, 1, 25], [None, 24, 48], share=[None, 0.15, 0.43])
    assert rpo_bands(24_600, shuffled).last == (24, 48, None)
    for name in ("share", "amount"):
        found, expected = (getattr(rpo_bands(24_600, b), name) for b in (shuffled, ordered))
        assert found.tolist() == expected.tolist()


def test_bands_of_several_balances_at_once() -> None:
    balances = np.array([100.0, 200.0, 0.0])
    share = [0.25, 0.5]
    together = rpo_bands(balances, Bands([1, 25], [24, 48], share=share))
    assert together.amount.tolist() == [[25, 50], [50, 100], [0, 0]]
    assert together.share.tolist() == [share, share, [0, 0]]
    share_left, left = together.rest
    assert left.tolist() == [25, 50, 0]
    assert share_left.tolist() == [0.25, 0.25, 0]
    # Values repeated in a result are read once, in every scenario.
    again = Bands([1, 25], [24, 48], share=share, amount=together.amount)
    assert rpo_bands(balances, again).amount.tolist() == together.amount.tolist()


def test_a_share_in_percent_is_refused_with_what_was_probably_meant() -> None:
    with pytest.raises(InputError, match=r"^bands Share must be from 0 to 1, not 43 \(43% is 0.43"):
        Bands([1, 25], [24, 48], share=[0.15, 43])


def test_the_rounding_of_a_sum_is_no_share_above_one() -> None:
    amount = 0.1 + 0.2
    written = rpo_bands(0.3, Bands([1], [24], amount=[amount]))
    assert (
        Bands(written.first, written.last, written.share, written.amount).of(0.3).amount <= amount
    )


# Roll-forwards -----------------------------------------------------------------------------------

flows = st.floats(0, 1e5)


@given(flows, st.lists(st.tuples(flows, flows), min_size=1, max_size=12))
def test_implied_bookings_invert_a_rollforward(
    opening: float, moves: list[tuple[float, float]]
) -> None:
    balance, bookings, recognised = opening, [], []
    for booked, share in moves:
        out = (balance + booked) * share / 1e5
        bookings.append(booked)
        recognised.append(out)
        balance = max(balance + booked - out, 0.0)
    made = rpo.rpo_rollforward(opening, bookings, recognised)
    balances = np.maximum([opening, *made.closing], 0.0)
    implied = rpo.rpo_implied_bookings(balances, recognised)
    largest = max(float(balances.max()), *bookings, 1.0)
    np.testing.assert_allclose(implied.bookings, bookings, rtol=0, atol=1e-12 * largest)
    np.testing.assert_allclose(implied.closing, made.closing, rtol=0, atol=1e-12 * largest)


def test_a_rollforward_by_hand() -> None:
    made = rpo.rpo_rollforward(100, [50, 20], [30, 40], [0, 10])
    assert made.opening.tolist() == [100, 120]
    assert made.closing.tolist() == [120, 90]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"first": [1, 24], "last": [24, 48]}, "bands From month must be 25 after To month 24, not 24"),
    ({"first": [1, 26], "last": [24, 48]}, "bands From month must be 25 after To month 24, not 26"),
    ({"first": [2, 25], "last": [24, 48]}, "bands From month must be 1 in the first band, not 2"),
    ({"first": [1, 25], "last": [24, 24]}, "bands To month must be a month from 25"),
    ({"first": [1, 25], "last": [None, 48]}, "bands To month must not be blank"),
    ({"share": [0.6, 0.6]}, "bands Share must be at most 1 in total"),
    ({"share": [-0.1, 0.6]}, "bands Share must be at least 0"),
    ({"share": [math.nan, 0.6]}, "bands Share must not be blank"),
    ({"share": [math.inf, 0.6]}, "bands Share must be finite"),
    ({"share": None}, "bands must give either Share or Amount"),
    ({"amount": [1.0, 2.0]}, "bands must give either Share or Amount"),
    ({"share": None, "amount": [60.0, 60.0]}, "bands Amount must be at most the balance"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_bands_that_are_refused(changes: dict[str, Any], message: str) -> None:
    base: dict[str, Any] = {"first": [1, 25], "last": [24, 48], "share": [0.5, 0.5]}
    with pytest.raises(InputError, match=f"^{message}"):
        Banded.of(100.0, **(base | changes))
