"""Do a customer's warrants cost as much revenue as they are worth, and dilute as they vest?

Oracles: the facts of Cerebras's largest customer (33.445026 million shares at 82.02 make 2,743;
the first two tranches 366 and 457); accounts kept period by period in plain loops; and the
corkscrew of the warrant asset, which must be used up when the contract ends.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.rpo import customer_terms
from model.rpo.capacity import Tranches, deliveries
from model.rpo.customer_terms import WarrantTranches

Tranche = tuple[float, float, int | None, float]

SHARES, FAIR_VALUE = [4.459337, 5.574171, 23.411518], 82.02
CEREBRAS = WarrantTranches(["Loan", "Market value", "Capacity"], SHARES, FAIR_VALUE, [0, 5, None])

flows = st.lists(st.floats(0.1, 1e4), min_size=1, max_size=12)


def tranche(periods: int) -> st.SearchStrategy[Tranche]:
    """Shares, fair value, month of vesting, and the share judged probable."""
    return st.tuples(
        st.floats(0, 50),
        st.floats(0, 500),
        st.none() | st.integers(-12, 3 * periods),
        st.floats(0, 1),
    )


@given(flows, st.data())
def test_one_schedule_by_plain_loops(revenue: list[float], data: st.DataObject) -> None:
    n = len(revenue)
    rows = data.draw(st.lists(tranche(n), min_size=1, max_size=4))
    delivered = data.draw(st.lists(st.floats(0.1, 500), min_size=n, max_size=n))
    shares, value, month, likely = (list(c) for c in zip(*rows, strict=True))
    warrant = WarrantTranches([str(i) for i in range(len(rows))], shares, value, month, likely)
    found = customer_terms.rpo_customer_warrant(warrant, revenue, delivered, 3)
    worth = sum(s * v * q for s, v, _, q in rows)
    asset = sum(s * v * q for s, v, m, q in rows if m is not None and m <= 0)
    before = sum(s * q for s, _, m, q in rows if m is not None and m <= 0)
    tight = {"rel": 1e-9, "abs": 1e-9 * (1 + worth)}
    for i in range(n):
        contra = worth * revenue[i] / sum(revenue)
        shares_vested = value_vested = 0.0
        for s, v, m, q in rows:
            part = sum(delivered[: i + 1]) / sum(delivered) if m is None else float(3 * i + 3 >= m)
            shares_vested += s * q * part
            value_vested += s * v * q * part
        assert found.contra_revenue[i] == pytest.approx(contra, **tight)
        assert found.net_revenue[i] == pytest.approx(revenue[i] - contra, **tight)
        assert found.vested[i] == pytest.approx(shares_vested, **tight)
        assert found.vesting[i] == pytest.approx(shares_vested - before, **tight)
        assert found.opening[i] == pytest.approx(asset, **tight)
        asset = value_vested - worth * sum(revenue[: i + 1]) / sum(revenue)
        assert found.closing[i] == pytest.approx(asset, **tight)
        assert found.opening[i] + found.vested_value[i] - contra == pytest.approx(asset, **tight)
        before = shares_vested
    # Everything has vested, and has been taken off the revenue.
    assert found.closing[-1] == pytest.approx(0.0, abs=1e-9 * (1 + worth))
    assert found.vested[-1] == pytest.approx(sum(s * q for s, _, _, q in rows))


def test_the_warrant_of_cerebras() -> None:
    tranches = Tranches(["2026", "2027", "2028"], [250.0] * 3, [1, 13, 25], [36] * 3)
    revenue = deliveries(tranches, 24_600 / 750 / 3, 12).revenue
    found = customer_terms.rpo_customer_warrant(CEREBRAS, revenue, [250, 250, 250, 0, 0], 12)
    assert found.contra_revenue.sum() == pytest.approx(2743, abs=0.5)
    assert found.vested[-1] == pytest.approx(33.445026)
    values = np.array(SHARES[:2]) * FAIR_VALUE
    assert values == pytest.approx([366, 457], abs=0.5)
    # Before any delivery the balance sheet holds the tranche that vested with the loan.
    assert found.opening[0] == pytest.approx(366, abs=0.5)
    # Shares come with the capacity, revenue and contra-revenue with its use.
    assert found.vested_by_tranche[2] == pytest.approx(23.411518 * np.array([1, 2, 3, 3, 3]) / 3)
    rate = found.contra_revenue / found.revenue
    assert rate == pytest.approx([2743.16 / 24_600] * 5, rel=1e-4)


def test_shares_that_vest_with_revenue_are_recognised_as_they_vest() -> None:
    warrant = WarrantTranches(["Capacity"], [10.0], 80.0, [None])
    found = customer_terms.rpo_customer_warrant(warrant, [100.0, 300.0, 600.0])
    np.testing.assert_allclose(found.contra_revenue, 80.0 * found.vesting)
    np.testing.assert_allclose(found.closing, 0.0, atol=1e-9)


def test_scenarios_are_done_at_once() -> None:
    revenue = np.array([[100.0, 300.0], [50.0, 50.0]])
    together = customer_terms.rpo_customer_warrant(CEREBRAS, revenue)
    for i in range(2):
        alone = customer_terms.rpo_customer_warrant(CEREBRAS, revenue[i])
        np.testing.assert_allclose(together.contra_revenue[i], alone.contra_revenue)
        np.testing.assert_allclose(together.vested[i], alone.vested)
        np.testing.assert_allclose(together.closing[i], alone.closing, atol=1e-9)


# The loan ----------------------------------------------------------------------------------------


@given(
    st.floats(1, 2000),
    st.floats(0, 0.2),
    st.lists(st.floats(0, 1), min_size=16, max_size=40),
    st.integers(1, 24),
    st.integers(1, 3),
    st.floats(0, 1),
)
def test_a_loan_by_plain_loops(
    principal: float, rate: float, shares: list[float], first: int, count: int, part: float
) -> None:
    total = sum(shares) or 1.0
    capacity = [principal * part * s / total for s in shares]
    found = customer_terms.rpo_customer_loan(principal, rate, capacity, first, count, 3)
    balance, in_cash = principal, principal - sum(capacity)
    owed = in_cash
    for i, repaid in enumerate(capacity):
        due = sum(3 * i < first + 12 * k <= 3 * i + 3 for k in range(count)) * in_cash / count
        assert found.opening[i] == pytest.approx(balance, abs=1e-6)
        assert found.interest[i] == pytest.approx(owed * rate / 4, abs=1e-6)
        assert found.cash[i] == pytest.approx(due + owed * rate / 4, abs=1e-6)
        balance -= repaid + due
        owed -= due
        assert found.closing[i] == pytest.approx(balance, abs=1e-6)
    assert found.closing[-1] == 0.0
    assert found.in_capacity.sum() + found.instalment.sum() == pytest.approx(principal)


def test_a_loan_repaid_in_capacity_bears_no_interest() -> None:
    found = customer_terms.rpo_customer_loan(100.0, 0.06, [25.0] * 4, 3, 1, 3)
    assert not found.cash.any()
    assert found.closing.tolist() == [75.0, 50.0, 25.0, 0.0]


def test_the_balances_of_cerebras() -> None:
    # 10-Qs: 1,005 at the start of 2026, 982.9 at 31 March and 918 at 30 June.
    found = customer_terms.rpo_customer_loan(1005.0, 0.06, [22.1, 64.9, *[0.0] * 14], 15, 3)
    assert found.closing[:2] == pytest.approx([982.9, 918.0])
    assert found.instalment[[4, 8, 12]] == pytest.approx([918 / 3] * 3)
