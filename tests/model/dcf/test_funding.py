"""Does the cash of each year tie, and is the gap what facilities leave?

Oracles: an example worked by hand; the cash budget of a textbook in its three scenarios; a filing;
and the library for loans and savings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.commitments import Commitments, Covenants, Facilities
from model.dcf.funding import dcf_funding
from model.dilution.raises import equity_after_raise
from model.errors import InputError

YEARS = [2026, 2027, 2028]
OWED = {
    "name": ["Loan", "Halls", "Chips"],
    "kind": ["debt", "lease", "purchase"],
    "balance": [200.0, 30.0, 40.0],
    "rate": [0.10, None, None],
    "payments": [[0.0, 120.0, 80.0], [0.0, 10.0, 10.0], [40.0, 0.0, 0.0]],
    "across": YEARS,
}
REVOLVER = {
    "name": ["Revolver"],
    "limit": [100.0],
    "drawn": [0.0],
    "rate": [0.08],
    "expiry": [2028],
}
DEMANDS = Covenants(
    ["Leverage", "Cover", "Liquidity"],
    ["net debt to EBITDA", "interest cover", "liquidity"],
    [3.0, 2.5, 100.0],
)
TERMS: dict[str, Any] = {
    "cash_flows": [-100.0, -20.0, 30.0],
    "cash": 100.0,
    "minimum_cash": 50.0,
    "commitments": Commitments(**OWED),
    "facilities": Facilities(**REVOLVER),
    "offer_proceeds": 60.0,
    "interest_on_cash": 0.04,
    "covenants": DEMANDS,
    "ebitda": [60.0, 70.0, 80.0],
}


def test_worked_by_hand() -> None:
    found = dcf_funding(**TERMS)
    assert found.periods == YEARS
    by_hand = {
        # 100 x 4%, and the minimum of 50 x 4% from then on.
        "interest_received": [4, 2, 2],
        # 200 x 10%; 200 x 10% + 46 x 8%; 80 x 10% + 100 x 8%.
        "interest_paid": [20, 23.68, 16],
        # 100 - 100 + 60 + 4 - 20 - 40; 50 - 20 + 2 - 23.68 - 120 - 10; 50 + 30 + 2 - 16 - 80 - 10.
        "cash_before": [4, -121.68, -24],
        # 46 are lacking; of 171.68, the revolver has 54 left; it is over at the end of 2028.
        "drawn": [46, 54, 0],
        "repaid": [0, 0, 100],
        "gap": [0, 117.68, 174],
        "gap_to_date": [0, 117.68, 291.68],
        "cash_closing": [50, 50, 50],
        "debt_opening": [200, 246, 180],
        "debt_closing": [246, 180, 0],
        "undrawn": [54, 0, 0],
        "liquidity": [104, 50, 50],
        # 70 in total, of which 40, 10 and 10 are paid.
        "due_later": [30, 20, 10],
        "time": [1, 2, 3],
    }
    for name, expected in by_hand.items():
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-12, err_msg=name)
    headroom = [
        # 3 x 60 - 196; 3 x 70 - 130; 3 x 80 + 50.
        [-16, 80, 290],
        # 60 - 2.5 x 20; 70 - 2.5 x 23.68; 80 - 2.5 x 16.
        [10, 10.8, 40],
        [4, -50, -50],
    ]
    np.testing.assert_allclose(found.headroom, headroom, rtol=1e-12)


def test_the_gap_in_shares_at_a_stated_price() -> None:
    found = dcf_funding(**TERMS)
    made = equity_after_raise(1000.0, 100.0, found.gap, 8.0, 0.10, found.time)
    # 117.68 / 8 and 174 / 8 shares.
    np.testing.assert_allclose(made.new_shares, [0.0, 14.71, 21.75])
    worth = (1000 + 117.68 / 1.1**2 + 174 / 1.1**3) / (100 + 14.71 + 21.75)
    assert made.value_per_share[-1] == pytest.approx(worth, rel=1e-12)
    assert made.value_per_share[-1] < 10


def test_before_the_valuation_date_interest_runs_as_well() -> None:
    found = dcf_funding(
        **TERMS | {"cash_to_valuation": -12.0, "years_to_valuation": 0.25, "stub": 0.5}
    )
    # 100 x 4% and 200 x 10%, for three quarters of a year.
    np.testing.assert_allclose(found.interest_received[0], 3.0)
    np.testing.assert_allclose(found.interest_paid[0], 15.0)
    assert found.cash_to_valuation.tolist() == [-12.0, 0.0, 0.0]
    np.testing.assert_allclose(found.cash_before[0], 100 - 100 - 12 + 60 + 3 - 15 - 40)
    np.testing.assert_allclose(found.time, [0.5, 1.5, 2.5])
    # Cover is that of a whole year's interest, as EBITDA is.
    np.testing.assert_allclose(found.headroom[1, 0], 60 - 2.5 * 20)


def test_a_cash_budget_in_three_scenarios() -> None:
    """Coulson Industries: L. Gitman, Principles of Managerial Finance, 11th ed., table 3.11."""
    net = [[-40.0, -170.0, -5.0], [-3.0, -98.0, 35.0], [37.0, -57.0, 102.0]]
    financing = [[15, 185, 190], [0, 76, 41], [0, 0, 0]]
    excess = [[0, 0, 0], [22, 0, 0], [62, 5, 107]]
    credit = Facilities(["Notes payable"], [1000.0], [0.0], [0.0], [4])
    found = dcf_funding(net, 50.0, 25.0, facilities=credit)
    assert found.by_facility[:, 0].tolist() == financing
    assert (found.cash_closing - 25.0).tolist() == excess
    # Without credit, the same is raised by month.
    without = dcf_funding(net, 50.0, 25.0)
    assert without.gap[0].tolist() == [15.0, 170.0, 5.0]
    assert without.gap[1].tolist() == [0.0, 76.0, 0.0]


def test_coreweave_in_the_filing_of_march_2025() -> None:
    """10-Q for the first quarter of 2025: six kinds of debt, and what falls due by year."""
    kinds = Commitments(
        ["DDTL 1.0", "DDTL 2.0", "2024 term loan", "OEM financing", "Magnetar loan"],
        ["debt"] * 5,
        [1897.500, 4386.303, 1000.000, 1225.201, 248.917],
        [0.15, 0.11, 0.12, 0.095, 0.12],
        payments=np.zeros((5, 1)),
    )
    revolver = Facilities(["Revolver"], [650.0], [50.0], [0.06], [2])
    quarter = dcf_funding([0.0], 1276.456, 0.0, kinds, revolver, stub=0.25)
    assert quarter.debt_opening[0] == pytest.approx(8807.921, abs=5e-4)
    # Interest of the quarter was 257.371 after 13.092 that was capitalised. The effective rates are
    # printed in whole percent, and the term loan and others were drawn down in the quarter.
    assert quarter.interest_paid[0] == pytest.approx(257.371 + 13.092, rel=0.05)
    due = [2615.048, 3172.359, 2169.980, 721.597, 128.937]
    all_debt = Commitments(["Debt"], ["debt"], [8807.921], [0.0], payments=[due])
    found = dcf_funding([0.0] * 5, 1276.456, 0.0, all_debt)
    np.testing.assert_allclose(found.debt_closing[3:], [128.937, 0.0], atol=1e-9)
    # Nothing but the cash there is goes towards what falls due.
    np.testing.assert_allclose(found.gap_to_date[-1], 8807.921 - 1276.456)


@given(st.floats(0.001, 0.3), st.integers(1, 30), st.floats(1.0, 1e4))
def test_interest_on_a_level_loan_is_the_library_s(rate: float, years: int, loan: float) -> None:
    periods = np.arange(1, years + 1)
    principal, interest = (-f(rate, periods, years, loan) for f in (npf.ppmt, npf.ipmt))
    owed = Commitments(["Loan"], ["debt"], [loan], [rate], payments=[principal])
    found = dcf_funding(principal + interest, 0.0, 0.0, owed)
    np.testing.assert_allclose(found.interest_paid, interest, rtol=1e-6, atol=1e-9 * loan)
    np.testing.assert_allclose(found.cash_closing, 0.0, atol=1e-9 * loan)
    np.testing.assert_allclose(found.debt_closing[-1], 0.0, atol=1e-9 * loan)


# Next to a rate of 0, the library's annuities lose their digits.
@given(
    st.just(0.0) | st.floats(0.001, 0.3),
    st.integers(1, 30),
    st.floats(0.0, 1e4),
    st.floats(0.0, 1e3),
)
def test_cash_grows_as_savings_do(rate: float, years: int, cash: float, flow: float) -> None:
    found = dcf_funding([flow] * years, cash, 0.0, interest_on_cash=rate)
    with np.errstate(invalid="ignore"):
        expected = -npf.fv(rate, years, flow, cash)
    np.testing.assert_allclose(found.cash_closing[-1], expected, rtol=1e-9, atol=1e-9)


OTHER = {
    "commitments": [
        ({"balance": [190.0, 30.0, 40.0]}, "commitments Balance of 'Loan' must be at least what"),
        ({"payments": [[0, -1, 0], [0] * 3, [0] * 3]}, "2027 of 'Loan' must be at least 0, not -1"),
        ({"payments": [[0.0, 120.0, 80.0]]}, "payments for each of its 3 rows, not 1"),
        ({"payments": None}, "a column for each forecast year"),
        ({"rate": [None] * 3}, "commitments Rate must be typed for 'Loan'"),
        (
            {"rate": [0.1, 0.1, None]},
            "Rate of 'Halls' must be blank, because it is not debt, not 0.1",
        ),
        ({"across": [2026, 2028, 2029]}, "must have every year, but 2027 is missing"),
        ({"across": [2026, 2027]}, "across must be a list of 3 years, not a list of 2"),
        ({"kind": ["bond", "lease", "purchase"]}, "commitments Kind must be one of"),
        ({"name": ["A", "a", "B"]}, "'a' appears twice"),
    ],
    "facilities": [
        (
            {"expiry": [2025]},
            "facilities Expiry must be 2026, the first forecast year, or later, not 2025",
        ),
        ({"expiry": [3]}, "facilities Expiry must be 2026"),
        ({"drawn": [101.0]}, "facilities Drawn must be at most the Limit, not 101"),
        ({"limit": [-1.0]}, "facilities Limit must be at least 0, not -1"),
        ({"rate": [8.0]}, "8% is 0.08"),
    ],
}


@pytest.mark.parametrize(
    ("table", "changes", "said"),
    [(name, *case) for name, cases in OTHER.items() for case in cases],
)
def test_wrong_tables(table: str, changes: dict[str, Any], said: str) -> None:
    cls, columns = {
        "commitments": (Commitments, OWED),
        "facilities": (Facilities, REVOLVER),
    }[table]
    with pytest.raises(InputError, match=said):
        dcf_funding(**TERMS | {table: cls(**columns | changes)})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"minimum_cash": -1.0}, "minimum_cash must be at least 0, not -1"),
        ({"cash_flows": []}, "cash_flows must hold at least one year"),
        ({"cash_flows": [1.0, 2.0]}, "commitments must have the 2 years of cash_flows, not 3"),
        ({"raised": [1.0]}, "raised must have the 3 years of cash_flows, not 1"),
        ({"ebitda": None}, "ebitda must be given for the covenant 'Leverage'"),
        ({"commitments": None}, "facilities Expiry must be a number of years"),
        ({"cash_to_valuation": np.nan}, "cash_to_valuation must be finite"),
    ],
)
def test_wrong_arguments(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        dcf_funding(**TERMS | changes)
