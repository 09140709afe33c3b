"""Does a substitution follow its law, and does revenue shrink as the market that is bought does?

Oracles: the ratio of new to old written out in plain Python; two kinds that grow at constant rates;
the year found by bisection in the path; and the share of the path against what is left.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.compute.market import Points, market_path
from model.compute.substitution import (
    Shift,
    market_crossing,
    market_displacement,
    market_substitution,
)
from model.errors import InputError
from workbook.functions import market_crossing as in_cells

parts = st.floats(0.02, 0.98)


@given(st.dictionaries(st.integers(2000, 2030), parts, min_size=2, max_size=5))
def test_published_shares_are_kept_and_the_ratio_grows_evenly(shares: dict[int, float]) -> None:
    known = sorted(shares)
    years = [*range(known[0] - 2, known[-1] + 3)]
    made = market_substitution(Shift(list(shares), list(shares.values())), years)
    assert made.periods == years
    for year, share in shares.items():
        assert made.new[years.index(year)] == share
    assert made.new + made.old == pytest.approx(np.ones(len(years)))
    for year in years[:-1]:
        first = max([k for k in known[:-1] if k <= year], default=known[0])
        last = known[known.index(first) + 1]
        ratio = [shares[k] / (1 - shares[k]) for k in (first, last)]
        pace = (ratio[1] / ratio[0]) ** (1 / (last - first))
        wanted = ratio[0] * pace ** (year - first)
        assert made.new[years.index(year)] == pytest.approx(wanted / (1 + wanted), rel=1e-6)


@given(st.floats(1, 100), st.floats(1, 100), st.floats(-0.3, 1), st.floats(-0.3, 1))
def test_two_kinds_that_grow_at_constant_rates_substitute_by_this_law(
    new: float, old: float, fast: float, slow: float
) -> None:
    then = new * (1 + fast) ** 5, old * (1 + slow) ** 5
    made = market_substitution(
        Shift([2025, 2030], [new / (new + old), then[0] / sum(then)]), [2025, 2028, 2030]
    )
    of_new = market_path(Points([2025, 2030], [new, then[0]])).size[3]
    of_old = market_path(Points([2025, 2030], [old, then[1]])).size[3]
    assert made.new[1] == pytest.approx(of_new / (of_new + of_old), rel=1e-9)


@given(st.lists(parts, min_size=2, max_size=5), parts)
def test_the_crossing_is_where_the_path_reaches_the_share(
    shares: list[float], wanted: float
) -> None:
    known = [2020 + 3 * i for i in range(len(shares))]
    shift = Shift(known, shares)
    year = float(market_crossing(shift, wanted).year)
    pace = float(market_crossing(shift, wanted).pace)
    last = [share / (1 - share) for share in shares[-2:]]
    assert pace == pytest.approx((last[1] / last[0]) ** (1 / 3) - 1, rel=1e-9, abs=1e-12)
    if math.isnan(year):
        # It is never reached: neither between the years known, nor by going on at their paces.
        assert wanted < min(shares) or wanted > max(shares)
        return
    if not 1900 <= year <= 9999:
        return
    if known[0] <= year <= known[-1]:
        ratios = [share / (1 - share) for share in shares]
        i = min(int((year - known[0]) // 3), len(shares) - 2)
        t = (year - known[i]) / 3
        ratio = ratios[i] ** (1 - t) * ratios[i + 1] ** t
        assert ratio / (1 + ratio) == pytest.approx(wanted, rel=1e-6)
    near = market_substitution(shift, [year]).new[0]
    assert near == pytest.approx(wanted, rel=1e-6)


def test_a_share_that_falls_is_never_reached() -> None:
    made = market_crossing(Shift([2025, 2029], [0.4, 0.4]))
    assert math.isnan(made.year)
    assert math.isnan(made.takeover)
    falling = market_crossing(Shift([2025, 2029], [0.4, 0.3]))
    assert math.isnan(falling.takeover)
    assert falling.year < 2025
    _, year, pace, takeover = in_cells([["Year", "Share"], [2025, 0.4], [2029, 0.4]])
    assert (year[1], pace[1], takeover[1]) == ("never", 0.0, "never")


def test_scenarios_of_shares_are_one_call() -> None:
    shift = Shift([2025, 2030], np.array([[0.5, 0.6], [0.2, 0.5]]))
    assert market_substitution(shift, [2025, 2030, 2035]).new.shape == (2, 3)
    assert market_crossing(shift).year == pytest.approx([2025.0, 2030.0])


@given(parts, st.floats(0, 3), st.integers(1, 10))
def test_what_is_left_is_the_part_of_the_market_that_is_bought(
    share: float, pace: float, ahead: int
) -> None:
    ratio = share / (1 - share) * (1 + pace) ** ahead
    later = ratio / (1 + ratio)
    made = market_displacement([2026, 2026 + ahead], [100.0, 300.0], share, [0.0, pace])
    assert made.values[0].tolist() == pytest.approx([100.0, 300.0])
    assert made.values[1, 0] == pytest.approx(100.0)
    assert made.values[1, 1] == pytest.approx(300 * (1 - later) / (1 - share), rel=1e-9)


def test_without_own_products_nothing_is_replaced() -> None:
    made = market_displacement([2026, 2030], [5.0, 7.0], 0.0, [0.0, 1.0])
    assert made.values.tolist() == [[5.0, 7.0], [5.0, 7.0]]


@pytest.mark.parametrize(
    ("years", "sentence"),
    [
        ([2027, 2026], "years must be in order, each after the one before, not 2026"),
        ([2026, 2026], "years must be in order, each after the one before, not 2026"),
        ([], "years must hold at least one year"),
    ],
)
def test_years_in_disorder_are_refused(years: list[int], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        market_substitution(Shift([2025, 2030], [0.2, 0.5]), years)
