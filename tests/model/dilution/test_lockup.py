"""Does the float grow by what is released, on the date on which it is, and never beyond all shares?

Oracles: Facebook's prospectus and its releases as the press reported them; the same sum by a plain
loop over days.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dilution.lockup import FreeFloat, Releases, ipo_float
from model.errors import InputError
from workbook.functions import CATALOGUE

OFFER = date(2012, 5, 18)
HEADER = ["Release", "Date", "Shares"]
#: Facebook, as reported on 31 October 2012: about 1.5 billion shares, 3.5 times the offer.
FACEBOOK = [
    ["Investors", date(2012, 8, 16), 271.0],
    ["Staff", date(2012, 10, 29), 234.0],
    ["Staff and founders", date(2012, 11, 14), 777.0],
    ["Others in the offer", date(2012, 12, 14), 156.0],
    ["DST and Mail.ru", date(2013, 5, 18), 47.0],
]


def by_date(offered: float, shares: float, releases: list[list[Any]]) -> list[list[Any]]:
    """Call the function as a cell does, and leave out the header row."""
    call = CATALOGUE["IPO_FLOAT"].call
    return list(call(OFFER, shares, offered, [HEADER, *releases])[1:])


def test_facebook() -> None:
    rows = by_date(421.233615, 2_138.085037, FACEBOOK)
    assert rows[0][:2] == ["Offer", OFFER]
    # "The 1,716,851,422 shares of common stock that were not offered and sold".
    assert rows[0][4] == pytest.approx(1_716.851422, abs=1e-9)
    assert (rows[-1][3] - rows[0][3]) / rows[0][3] == pytest.approx(3.5, abs=0.05)
    # What 14 November 2012 freed was more than all that had been sold in the offer.
    assert rows[3][2] > rows[0][3]


def free_float(shares: Any, offered: float, releases: Any) -> FreeFloat:
    """Release on days that follow the offer."""
    count = np.shape(releases)[-1]
    days = np.datetime64(OFFER) + np.arange(count)
    return ipo_float(OFFER, shares, offered, Releases(["release"] * count, days, releases))


days = st.integers(0, 400).map(lambda n: OFFER + timedelta(n))
releases = st.lists(st.tuples(days, st.just(0.0) | st.floats(0.01, 100)), min_size=1, max_size=8)


@given(st.just(0.0) | st.floats(0.01, 500), releases, st.floats(0, 500))
def test_a_walk_through_the_days(
    offered: float, released: list[tuple[date, float]], kept: float
) -> None:
    shares = offered + sum(n for _, n in released) + kept + 1.0
    rows = by_date(offered, shares, [[f"{i}", *r] for i, r in enumerate(released)])
    assert [row[1] for row in rows] == [OFFER, *sorted(day for day, _ in released)]
    on_day: dict[date, float] = {}
    trading = offered
    for n in range(401):
        day = OFFER + timedelta(n)
        trading += sum(freed for at, freed in released if at == day)
        on_day[day] = trading
    last = {row[1]: row for row in rows}
    for day, row in last.items():
        assert row[3] == pytest.approx(on_day[day], rel=1e-12)
        assert row[4] == pytest.approx(shares - on_day[day], rel=1e-9, abs=1e-9)
        assert row[5] == pytest.approx(on_day[day] / shares, rel=1e-12)
    for before, row in pairwise(rows):
        grown = row[2] / before[3] if before[3] else 0.0
        assert row[6] == pytest.approx(grown)


def test_all_shares_may_be_released_and_no_more() -> None:
    # In tenths, whose sum is not ten in binary.
    tenths = [0.1] * 70
    assert float(free_float(10.0, 3.0, tenths).locked[-1]) == 0.0
    with pytest.raises(InputError, match=r"^releases Shares must be at most"):
        free_float(10.0, 3.0, [*tenths, 0.001])


def test_ten_thousand_releases_and_scenarios_of_them() -> None:
    many = free_float(20_000.0, 1.0, np.ones(10_000))
    assert float(many.trading[-1]) == 10_001.0
    together = free_float([100.0, 200.0], 10.0, [[5.0, 6.0], [7.0, 8.0]])
    for i, (whole, freed) in enumerate(((100.0, [5.0, 6.0]), (200.0, [7.0, 8.0]))):
        np.testing.assert_array_equal(together.part[i], free_float(whole, 10.0, freed).part)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0.0, 0.0, [0.0]), "shares"),
        ((10.0, -1.0, [1.0]), "offered"),
        ((10.0, 11.0, [1.0]), "offered"),
        ((10.0, 1.0, [-1.0]), "releases Shares"),
        ((10.0, 1.0, [9.1]), "releases Shares"),
        ((10.0, 1.0, [float("nan")]), "releases Shares"),
    ],
)
def test_what_is_refused(arguments: tuple[float, float, list[float]], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} "):
        free_float(*arguments)


def test_a_release_before_the_offer_is_named() -> None:
    with pytest.raises(
        InputError, match=r"^releases Date must not be before the offer, 2012-05-18"
    ):
        by_date(1.0, 10.0, [["Early", OFFER - timedelta(1), 1.0]])
