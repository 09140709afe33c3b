"""Is diluted EPS the maximum dilution, with securities ranked as in the standards?

Oracles: every subset of the securities tried in turn, whose least earnings per share the ranking
must reach; the standards' procedure once more as a plain loop; and identities. The published
examples (IAS 33 and textbooks) are in the data file.
"""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dilution.eps import Earnings, EpsSteps, Potential, eps_diluted, ranked
from model.errors import InputError


class Item(NamedTuple):
    kind: str
    count: float
    strike: float
    income: float


counts = st.floats(0.01, 500) | st.just(0.0)
options = st.builds(Item, st.sampled_from(["option", "warrant", "rsu"]), counts,
                    st.floats(0, 200), st.just(0.0))  # fmt: skip
converted = st.builds(Item, st.sampled_from(["convertible", "preferred"]), counts, st.just(0.0),
                      st.floats(0, 1000))  # fmt: skip
items = st.lists(st.one_of(options, converted), max_size=6)
shares = st.floats(1, 1000)
prices = st.floats(0, 300) | st.just(75.0)
profits = st.floats(0, 5000)


def potential(rows: list[Item]) -> Potential:
    kind, count, strike, income = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Potential(list(map(str, range(len(rows)))), kind, count, strike, income)


def added(item: Item, price: float) -> float:
    """Shares that a security adds, from the text of the standard."""
    if item.kind in ("convertible", "preferred") or item.strike == 0:
        return item.count
    return max(item.count - item.count * item.strike / price, 0.0) if price > item.strike else 0.0


def steps(rows: list[Item], income: float, n: float, price: float) -> Earnings:
    """The steps, which the function lists as they are."""
    listed = eps_diluted(income, n, price, potential(rows))
    made = ranked(np.float64(income), np.float64(n), np.float64(price), potential(rows))
    diluted, basic, _ = (float(total["per_share"]) for total in listed.bottom())
    assert (diluted, basic) == (made.diluted, made.basic)
    assert [mark == "yes" for mark in listed.counted[1:]] == made.counted.tolist()
    return made


@given(items, profits, shares, prices)
def test_no_subset_of_the_securities_dilutes_more(
    rows: list[Item], income: float, n: float, price: float
) -> None:
    live = [r for r in rows if added(r, price) > 0]
    least = min(
        (income + sum(r.income for r in chosen)) / (n + sum(added(r, price) for r in chosen))
        for size in range(len(live) + 1)
        for chosen in combinations(live, size)
    )
    assert float(steps(rows, income, n, price).diluted) == pytest.approx(least, rel=1e-12)


@given(items, st.floats(-5000, 5000), shares, prices)
def test_the_procedure_of_the_standards_in_a_plain_loop(
    rows: list[Item], income: float, n: float, price: float
) -> None:
    total, count = income, n
    live = [r for r in rows if added(r, price) > 0]
    for r in sorted(live, key=lambda r: r.income / added(r, price)):
        if income < 0 or r.income / added(r, price) >= total / count:
            break
        total, count = total + r.income, count + added(r, price)
    found = steps(rows, income, n, price)
    assert float(found.diluted) == pytest.approx(total / count, rel=1e-12, abs=1e-300)
    assert float(found.diluted_shares) == pytest.approx(count, rel=1e-12)


@given(items, st.floats(-5000, -0.01), shares, prices)
def test_a_loss_is_not_diluted(rows: list[Item], income: float, n: float, price: float) -> None:
    found = steps(rows, income, n, price)
    assert float(found.diluted) == float(found.basic) == income / n
    assert not found.counted.any()


def test_a_loss_from_continuing_operations_governs_a_net_profit() -> None:
    """The control number: nothing counts, although net income is positive (IAS 33.43)."""
    options = Potential(["Options"], ["option"], [10.0], [1.0])
    made: EpsSteps = eps_diluted(-10.0, 100.0, 20.0, options, 50.0)
    assert [float(total["per_share"]) for total in made.bottom()] == [-0.1, 0.4, 0.4]
    assert made.counted == ("", "no: loss")


@given(items, profits, shares, prices)
def test_the_steps_are_in_order_and_lead_to_the_result(
    rows: list[Item], income: float, n: float, price: float
) -> None:
    found = steps(rows, income, n, price)
    assert found.diluted <= found.basic * (1 + 1e-15)
    each = found.per_incremental_share
    assert (each[:-1] <= each[1:]).all()
    # Those counted come first, and each lowers what was before it.
    assert (found.counted[:-1] >= found.counted[1:]).all()
    path = [float(found.basic), *found.per_share[found.counted].tolist()]
    assert all(a >= b for a, b in pairwise(path))
    assert path[-1] == pytest.approx(float(found.diluted), rel=1e-13)
    # A security left out would not have lowered it.
    left = found.per_share[~found.counted & (found.incremental_shares > 0)]
    assert (left >= found.diluted * (1 - 1e-13)).all()


@given(items, profits, shares, prices, st.randoms(use_true_random=False))
def test_the_order_of_the_table_does_not_matter(
    rows: list[Item], income: float, n: float, price: float, random: Any
) -> None:
    mixed = list(rows)
    random.shuffle(mixed)
    assert float(steps(rows, income, n, price).diluted) == pytest.approx(
        float(steps(mixed, income, n, price).diluted), rel=1e-13
    )


@given(items, profits, shares, prices)
def test_twice_the_shares_halve_it(rows: list[Item], income: float, n: float, price: float) -> None:
    twice = [r._replace(count=2 * r.count) for r in rows]
    once = steps(rows, income, n, price)
    assert float(steps(twice, income, 2 * n, price).diluted) == pytest.approx(
        float(once.diluted) / 2, rel=1e-12, abs=1e-300
    )


def test_many_scenarios_are_each_one_alone() -> None:
    rows = [Item("option", 10, 60, 0), Item("preferred", 160, 0, 640), Item("convertible", 200, 0, 300)]  # noqa: E501  # fmt: skip
    income, price = np.array([[1000.0], [-5.0], [200.0]]), np.array([50.0, 75.0])
    together = ranked(income, np.float64(200.0), price, potential(rows))
    for i in range(3):
        for j in range(2):
            alone = steps(rows, float(income[i, 0]), 200.0, float(price[j]))
            assert float(together.diluted[i, j]) == float(alone.diluted)
            assert together.counted[i, j].tolist() == alone.counted.tolist()


def test_nothing_that_could_dilute() -> None:
    assert float(steps([], 10.0, 4.0, 0.0).diluted) == 2.5
    # At a price of zero no option is exercised, but what costs nothing is.
    free = [Item("rsu", 1.0, 0.0, 0.0), Item("option", 5.0, 1e-5, 0.0)]
    assert float(steps(free, 10.0, 4.0, 0.0).diluted) == 2.0


def test_an_option_at_the_money_adds_nothing() -> None:
    at = [Item("option", 5.0, 20.0, 0.0)]
    assert float(steps(at, 10.0, 4.0, 20.0).diluted) == 2.5
    assert not steps(at, 10.0, 4.0, 20.0).counted.any()


def test_what_is_no_potential_share_changes_nothing() -> None:
    items = [Item("option", 5.0, 20.0, 0.0), Item("convertible", 3.0, 0.0, 1.0)]
    alone, with_others = (
        steps(items, 10.0, 4.0, 30.0),
        steps([Item("none", 50.0, 0.0, 0.0), *items], 10.0, 4.0, 30.0),
    )
    assert float(with_others.diluted) == float(alone.diluted)
    assert int(with_others.rank[-1]) == 0 and not with_others.counted[-1]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: potential([Item("common", 1, 0, 0)]), "securities Type"),
        (lambda: potential([Item("option", -1, 0, 0)]), "securities Count"),
        (lambda: potential([Item("option", 1, -1, 0)]), "securities Strike"),
        (lambda: potential([Item("convertible", 1, 5, 0)]), "securities Strike"),
        (lambda: potential([Item("option", 1, 5, math.inf)]), "securities Income"),
        (lambda: steps([], 1.0, 0.0, 1.0), "shares"),
        (lambda: steps([], 1.0, 1.0, -1.0), "price"),
        (lambda: steps([], math.nan, 1.0, 1.0), "income"),
    ],
)
def test_what_is_refused(call: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} "):
        call()
