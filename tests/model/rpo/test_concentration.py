"""Is the index right, and does it lie within its bounds however the unnamed rest is spread?

Oracles: published indices (US Department of Justice, textbooks) in `data/published.json`; the
merger arithmetic of the Horizontal Merger Guidelines, by which joining customers a and b adds
2ab; and any number of random ways to spread an unnamed rest, none of which may leave the bounds,
while the extreme ones must reach them.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.rpo.concentration import (
    by_period,
    concentration_bounds,
    concentration_hhi,
    concentration_top,
)

shares = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=8)


@given(shares, st.floats(0.01, 1e4))
def test_the_unit_does_not_matter(amounts: list[float], unit: float) -> None:
    once = concentration_hhi(amounts)
    assert concentration_hhi(np.array(amounts) * unit) == pytest.approx(float(once))
    assert 10_000 / len(amounts) <= once * (1 + 1e-12)
    assert once <= 10_000 * (1 + 1e-12)


@given(shares.filter(lambda s: len(s) >= 2))
def test_a_merger_adds_twice_the_product(amounts: list[float]) -> None:
    a, b, *rest = (x / sum(amounts) for x in amounts)
    change = concentration_hhi([a + b, *rest], 1.0) - concentration_hhi([a, b, *rest], 1.0)
    assert change == pytest.approx(10_000 * 2 * a * b, abs=1e-8)


@pytest.mark.parametrize("count", [1, 4, 20, 10_000])
def test_equal_customers(count: int) -> None:
    assert concentration_hhi([3.0] * count) == pytest.approx(10_000 / count)
    found = concentration_bounds([3.0] * count, 3.0 * count)
    assert found.hhi[0] == pytest.approx(10_000 / count)
    assert found.hhi[1] == pytest.approx(10_000 / count, rel=1e-6)


@given(shares, st.floats(0.0, 3.0), st.data())
def test_no_spread_of_the_rest_leaves_the_bounds(
    named: list[float], unnamed: float, data: st.DataObject
) -> None:
    total = sum(named) + unnamed
    limit = data.draw(st.none() | st.floats(0.01, min(named)))
    found = concentration_bounds(named, total, limit)
    largest = min(named) if limit is None else limit
    rest, left = [], unnamed
    while left > 1e-9 and len(rest) < 400:
        part = min(left, largest, data.draw(st.floats(0.02, 1.0)) * largest)
        rest.append(part)
        left -= part
    assume(left <= 1e-9)
    index = concentration_hhi([*named, *rest], total)
    assert found.hhi[0] - 1e-4 <= index <= found.hhi[1] + 1e-4


@given(shares, st.integers(0, 5), st.floats(0.0, 0.99))
def test_the_upper_bound_is_reached(named: list[float], full: int, part: float) -> None:
    smallest = min(named)
    rest = [smallest] * full + [part * smallest]
    found = concentration_bounds(named, sum(named) + sum(rest))
    reached = concentration_hhi([*named, *rest])
    assert found.hhi[1] == pytest.approx(float(reached), rel=1e-9)


@given(shares, st.floats(0.01, 3.0))
def test_the_lower_bound_is_approached(named: list[float], unnamed: float) -> None:
    total = sum(named) + unnamed
    lower = concentration_bounds(named, total).hhi[0]
    many = concentration_hhi([*named, *[unnamed / 10_000] * 10_000], total)
    assert many == pytest.approx(float(lower), abs=1.1)


def test_cerebras_in_2025() -> None:
    # 62% and 24% of revenue; customers of 10% and more are named, so that 14% is at most 10 + 4.
    found = concentration_bounds([0.62, 0.24], 1.0, 0.10)
    assert found.hhi[0] == pytest.approx(62**2 + 24**2)
    assert found.hhi[1] == pytest.approx(62**2 + 24**2 + 10**2 + 4**2)
    # Without that rule, the rest may be one customer, smaller than the smallest named.
    assert concentration_bounds([0.62, 0.24], 1.0).hhi[1] == pytest.approx(62**2 + 24**2 + 14**2)


@given(shares, st.integers(1, 8))
def test_the_largest_customers(amounts: list[float], count: int) -> None:
    assume(count <= len(amounts))
    expected = sum(sorted(amounts, reverse=True)[:count]) / sum(amounts)
    assert concentration_top(amounts, count) == pytest.approx(expected)
    assert concentration_top(amounts[::-1], count) == pytest.approx(expected)


def test_customers_with_nothing_do_not_count() -> None:
    with_nobody, alone = (concentration_bounds(held, 1.0) for held in ([0.6, 0.0], [0.6]))
    assert with_nobody.hhi.tolist() == alone.hhi.tolist()
    assert with_nobody.unnamed.tolist() == alone.unnamed.tolist()


def test_by_period() -> None:
    top, index = by_period(np.array([[90.0, 30.0, 0.0], [10.0, 10.0, 0.0]]))
    assert top[:2].tolist() == [0.9, 0.75]
    assert index[:2].tolist() == pytest.approx([8200.0, 6250.0])
    assert np.isnan(top[2])
    assert np.isnan(index[2])
    np.testing.assert_allclose(index[:2], concentration_hhi([[90.0, 10.0], [30.0, 10.0]]))
