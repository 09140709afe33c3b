"""Are leases paid year by year from commencement, and worth what their payments are worth?

Oracles: payments laid out month by month in plain Python, each discounted separately; the closed
form of an annuity for whole years; sums that must be recovered; and the library itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.operations.leases import Leases, lease_commitments, lease_costs

# Zero, or large enough to divide by.
money = st.just(0.0) | st.floats(1e-3, 1e4)


@given(
    st.lists(
        st.tuples(money, st.integers(0, 60), st.integers(1, 120)),
        min_size=1,
        max_size=4,
    ),
    st.floats(0, 0.2),
    st.sampled_from(["mid", "end"]),
)
def test_lease_payments_month_by_month(
    rows: list[tuple[float, int, int]], rate: float, timing: str
) -> None:
    leases = Leases(
        [f"L{i}" for i in range(len(rows))],
        [r[0] for r in rows],
        [r[1] / 12 for r in rows],
        [r[2] / 12 for r in rows],
    )
    paid = lease_costs(leases).payments
    found = lease_commitments(leases, rate, timing).present_value
    for i, (amount, start, term) in enumerate(rows):
        by_year = [0.0] * paid.shape[-1]
        for month in range(start, start + term):
            by_year[month // 12] += amount / term
        np.testing.assert_allclose(paid[i], by_year, rtol=1e-9, atol=1e-9 * (1 + amount))
        at = 0.5 if timing == "mid" else 1.0
        worth = sum(paid * (1 + rate) ** -(year + at) for year, paid in enumerate(by_year))
        assert found[i] == pytest.approx(worth, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("years", [1, 3, 5, 9])
def test_fewer_or_more_years_show_the_same_payments(years: int) -> None:
    leases = Leases(["A", "B"], [100.0, 50.0], [0.5, 1.0], [4.0, 2.0])
    whole, found = lease_costs(leases).payments, lease_costs(leases, years).payments
    assert found.shape == (2, years)
    np.testing.assert_array_equal(found[:, :5], whole[:, :years])
    assert not found[:, 5:].any()


def test_a_lease_without_a_rate_is_worth_what_it_costs() -> None:
    long = Leases(["A"], [100.0], [0.0], [100.0])
    assert lease_costs(long).payments.shape == (1, 100)
    for rate in (0.0, 1e-18, -1e-12, 1e-12):
        found = lease_commitments(long, rate).present_value[0]
        assert found == pytest.approx(100.0 * (1 - 50 * rate), rel=1e-12)
    short = Leases(["A"], [100.0], [0.0], [1 / 12])
    assert lease_costs(short).payments.tolist() == [[100.0]]
    assert lease_commitments(short, 0.5, "end").present_value[0] == pytest.approx(100 / 1.5)


@given(money, st.integers(0, 20), st.integers(1, 40), st.floats(0.001, 0.2))
def test_a_lease_of_whole_years_is_an_annuity(
    amount: float, start: int, term: int, rate: float
) -> None:
    found = lease_commitments(Leases(["A"], [amount], [start], [term]), rate, "end")
    annuity = amount / term * (1 - (1 + rate) ** -term) / rate
    assert found.present_value[0] == pytest.approx(annuity * (1 + rate) ** -start, rel=1e-9)


@given(st.lists(st.tuples(money, st.floats(0, 9), st.floats(0.1, 30)), min_size=1, max_size=4))
def test_the_commitment_is_paid_once(rows: list[tuple[float, float, float]]) -> None:
    names = [f"L{i}" for i in range(len(rows))]
    found = lease_costs(Leases(names, *(list(column) for column in zip(*rows, strict=True))))
    total = sum(row[0] for row in rows)
    assert found.opening[0] == pytest.approx(total)
    assert found.closing[-1] == pytest.approx(0.0, abs=1e-9 * (1 + total))
    np.testing.assert_allclose(found.opening - found.cost, found.closing, atol=1e-9 * (1 + total))


def test_present_values_are_those_of_numpy_financial(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def twice(*given: Any) -> Any:
        asked.append(given)
        return 2 * library(*given)

    leases = Leases(["A", "B"], [100.0, 50.0], [0.5, 1.0], [4.0, 2.0])
    own, library = lease_commitments(leases, 0.06).present_value, npf.pv
    monkeypatch.setattr(npf, "pv", twice)
    assert (lease_commitments(leases, 0.06).present_value == 2 * own).all()
    assert len(asked) == 1
