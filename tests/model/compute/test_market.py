"""Does a market's path pass through what was published, and is a required share a share's value?

Oracles: growth from point to point written out in plain Python; the value of a share against the
share of a value, which are each other's inverse; and the identity of tokens, price and spending.
The published numbers are in `data/published.json`.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.compute.market import (
    Points,
    Scenarios,
    market_implied_share,
    market_path,
    market_share_scenarios,
    market_token_growth,
)
from model.errors import InputError

sizes = st.floats(1e-3, 1e9)


@given(st.dictionaries(st.integers(2000, 2060), sizes, min_size=2, max_size=6))
def test_a_path_passes_through_every_published_size(points: dict[int, float]) -> None:
    made = market_path(Points(list(points), list(points.values())))
    years = made.periods
    assert years == list(range(min(points), max(points) + 1))
    assert math.isnan(made.growth[0])
    for year, size in points.items():
        assert made.size[years.index(year)] == size
    known = sorted(points)
    for first, last in itertools.pairwise(known):
        factor = (points[last] / points[first]) ** (1 / (last - first))
        for year in range(first, last):
            place = years.index(year)
            assert made.size[place] == pytest.approx(
                points[first] * factor ** (year - first), rel=1e-9
            )
            assert made.growth[place + 1] == pytest.approx(factor - 1, rel=1e-8, abs=1e-8)


def test_the_order_of_the_points_does_not_matter() -> None:
    one = market_path(Points([2025, 2029, 2030], [106, 230, 255]))
    other = market_path(Points([2030, 2025, 2029], [255, 106, 230]))
    assert one.size.tolist() == other.size.tolist()


def test_markets_of_many_scenarios_are_one_call() -> None:
    made = market_path(Points([2025, 2030], np.array([[106.0, 255.0], [50.0, 50.0]])))
    assert made.size.shape == (2, 6)
    assert made.size[1] == pytest.approx([50.0] * 6)


@given(
    st.floats(0.001, 1),
    st.floats(0.01, 1),
    st.floats(0.1, 60),
    st.floats(1, 1e6),
    st.floats(-0.5, 1),
    st.floats(0, 30),
)
def test_the_share_that_a_value_requires_is_the_share_it_came_from(
    share: float, margin: float, multiple: float, size: float, rate: float, years: float
) -> None:
    made = market_share_scenarios(
        Scenarios(["One"], [share], [margin], [multiple]), size, rate, years
    )
    assert made.future_value[0] == pytest.approx(size * share * margin * multiple)
    back = market_implied_share(made.present_value[0], size, margin, multiple, rate, years)
    assert float(back) == pytest.approx(share, rel=1e-9)


def test_a_market_that_is_too_small_requires_more_than_all_of_it() -> None:
    found = market_implied_share(100_000, 100_000, 0.2, 15, 0.12, 4)
    assert float(found) == pytest.approx(100_000 * 1.12**4 / 300_000)
    assert float(market_implied_share(100_000, 50_000, 0.2, 15, 0.12, 4)) > 1


def test_scenarios_of_a_market_that_varies() -> None:
    shares = Scenarios(["Low", "High"], [0.15, 0.2], [0.2, 0.2], [20, 20], [0.5, 0.5])
    made = market_share_scenarios(shares, np.array([100.0, 200.0]), 0.1, np.array([0.0, 1.0]))
    assert made.revenue.tolist() == [[15.0, 20.0], [30.0, 40.0]]
    assert made.present_value[1] == pytest.approx([120 / 1.1, 160 / 1.1])


@given(st.floats(0.1, 1e3), st.floats(0.1, 1e3), st.floats(0.5, 20))
def test_tokens_times_price_is_spending(tokens: float, spending: float, years: float) -> None:
    made = market_token_growth(tokens, spending, years)
    of_tokens, of_spending, of_price = made.multiple
    assert of_tokens * of_price == pytest.approx(spending)
    assert of_spending == spending
    of_tokens, of_spending, of_price = 1 + made.growth
    assert of_tokens * of_price == pytest.approx(of_spending, rel=1e-7)


@pytest.mark.parametrize(
    ("years", "amounts", "sentence"),
    [
        ([2025], [106], "points must hold at least two years"),
        ([2025, 2025], [106, 110], "points Year must be unique, but 2025"),
        ([2025, 2030], [106, 0], "points Size must be above 0"),
        ([2025, 2030], [106, math.inf], "points Size must be finite"),
        ([1900, 2300], [106, 255], "points Year must be at most 200 years apart, not 400"),
    ],
)
def test_points_that_make_no_path_are_refused(
    years: list[int], amounts: list[float], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        market_path(Points(years, amounts))


def test_probabilities_must_be_whole() -> None:
    with pytest.raises(InputError, match=r"scenarios Probability must sum to 1, not 0\.9"):
        Scenarios(["A", "B"], [0.1, 0.2], [0.2, 0.2], [20, 20], [0.5, 0.4])
