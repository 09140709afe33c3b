"""Does capacity revenue follow the contract: megawatts, years and a price?

Oracles: an account kept month by month in plain loops, in which a ramp is cut into a thousand
steps a month; the closed total MW x price x utilisation x (term - half the ramp); and the
balance of Cerebras, which 750 MW on three- and four-year terms must give back at the prices that
follow from it, 10.9 and 8.2 USD millions per MW and year.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.rpo import capacity
from model.rpo.capacity import Tranches

Tranche = tuple[float, int, int, float, float, int]


@st.composite
def tranche(draw: st.DrawFn) -> Tranche:
    """MW, start, term, price, utilisation and ramp months."""
    term = draw(st.integers(1, 72))
    return (
        draw(st.floats(0, 2000)),
        draw(st.integers(1, 60)),
        term,
        draw(st.floats(0, 30)),
        draw(st.floats(0, 1)),
        draw(st.integers(0, term)),
    )


blocks = st.lists(tranche(), min_size=1, max_size=4)


def made(rows: list[Tranche]) -> tuple[Tranches, list[float]]:
    mw, start, term, price, used, ramp = (list(c) for c in zip(*rows, strict=True))
    names = [f"T{i}" for i in range(len(rows))]
    return Tranches(names, mw, start, term, utilisation=used, ramp=ramp), price


def online(row: Tranche, month: int) -> float:
    """Average megawatts of a tranche in a month, by a thousand steps."""
    mw, start, term, _, _, ramp = row
    if not start <= month < start + term:
        return 0.0
    if month - start >= ramp:
        return mw
    steps = (month - start + (np.arange(1000) + 0.5) / 1000) / ramp
    return float(mw * steps.mean())


@given(blocks, st.integers(1, 24))
def test_periods_are_the_months_of_a_plain_account(rows: list[Tranche], period: int) -> None:
    tranches, price = made(rows)
    found = capacity.deliveries(tranches, price, period)
    last = max(start + term - 1 for _, start, term, *_ in rows)
    assert found.to_month.tolist() == [min(m + period, last) for m in range(0, last, period)]
    begin = 0
    for i, end in enumerate(found.to_month):
        months = range(begin + 1, int(end) + 1)
        average = sum(online(r, m) for r in rows for m in months) / len(months)
        assert found.online[i] == pytest.approx(average, rel=1e-9, abs=1e-9)
        for j, row in enumerate(rows):
            revenue = sum(online(row, m) for m in months) * row[3] * row[4] / 12
            assert found.by_tranche[j, i] == pytest.approx(revenue, rel=1e-9, abs=1e-8)
        begin = int(end)


@given(blocks, st.integers(1, 24))
def test_the_total_is_closed(rows: list[Tranche], period: int) -> None:
    tranches, price = made(rows)
    found = capacity.deliveries(tranches, price, period)
    closed = [mw * p * used * (term - ramp / 2) / 12 for mw, _, term, p, used, ramp in rows]
    np.testing.assert_allclose(found.by_tranche.sum(-1), closed, rtol=1e-11, atol=1e-8)
    assert found.revenue.sum() == pytest.approx(sum(closed), rel=1e-11, abs=1e-8)


@given(blocks, st.floats(1.0, 1e5))
def test_the_implied_price_gives_the_balance_back(rows: list[Tranche], balance: float) -> None:
    rows = [
        (mw + 1, start, term, 0.0, used + 0.01, ramp) for mw, start, term, _, used, ramp in rows
    ]
    rows = [(*r[:4], min(r[4], 1.0), r[5]) for r in rows]
    tranches, _ = made(rows)
    price = capacity.rpo_capacity_price(balance, tranches)
    assert capacity.deliveries(tranches, price, 3).revenue.sum() == pytest.approx(balance)


@pytest.mark.parametrize(("term", "price"), [(36, 10.9), (48, 8.2)])
def test_the_balance_of_cerebras(term: int, price: float) -> None:
    tranches = Tranches(["2026", "2027", "2028"], [250.0] * 3, [1, 13, 25], [term] * 3)
    implied = capacity.rpo_capacity_price(24_600.0, tranches)
    assert implied == pytest.approx(price, abs=0.05)
    found = capacity.deliveries(tranches, implied, 12)
    assert found.revenue.sum() == pytest.approx(24_600.0, rel=1e-14)
    years = [1, 2, 3, *([3] if term == 48 else []), 2, 1]
    assert found.online.tolist() == [250.0 * n for n in years]
    np.testing.assert_allclose(found.revenue, found.online * implied)


def test_a_later_start_moves_revenue_and_loses_none() -> None:
    early, late = (
        capacity.deliveries(Tranches(["A"], [250], [s], [36], utilisation=0.9, ramp=6), 10.0, 3, 96)
        for s in (1, 13)
    )
    assert late.revenue[4:].tolist() == pytest.approx(early.revenue[:-4].tolist(), abs=1e-9)
    assert not late.revenue[:4].any()


def test_scenarios_are_done_at_once() -> None:
    starts = np.array([[1.0, 13.0], [4.0, 25.0], [2.0, 13.0]])
    price = np.array([[10.0, 11.0], [8.0, 9.0], [10.0, 10.0]])
    together = capacity.deliveries(
        Tranches(["A", "B"], [250.0, 100.0], starts, 36.0, utilisation=0.9, ramp=6.0), price, 3
    )
    for i in range(3):
        alone = capacity.deliveries(
            Tranches(["A", "B"], [250.0, 100.0], starts[i], 36.0, utilisation=0.9, ramp=6.0),
            price[i],
            3,
            60,
        )
        assert together.revenue[i].tolist() == alone.revenue.tolist()


def test_extremes() -> None:
    month = capacity.deliveries(Tranches(["A"], [12.0], [1], [1]), 1.0, 3)
    assert month.revenue.tolist() == [1.0]
    long = capacity.deliveries(Tranches(["A"], [12.0], [1], [600]), 1.0, 1)
    assert long.revenue == pytest.approx(np.ones(600), rel=1e-9)
    nothing = capacity.deliveries(Tranches(["A"], [0.0], [1], [12]), 0.0, 12)
    assert nothing.revenue.tolist() == [0.0]


def test_a_schedule_is_not_cut_short() -> None:
    tranches = Tranches(["A"], [250.0], [1], [36])
    with pytest.raises(InputError, match=r"^final_month must be a month from 36"):
        capacity.deliveries(tranches, 10.0, 3, 35)
    assert capacity.deliveries(tranches, 10.0, 3, 40).to_month[-1] == 40
