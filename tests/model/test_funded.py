"""Is a case's forecast funded as by hand, and does what contradicts it end in a sentence?

Oracle: a small made-up company whose cash, debt and gap are worked by hand in `funded_company`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from funded_company import (
    CASH_BEFORE,
    DRAWN,
    FREE_CASH_FLOW,
    GAP,
    HEADROOM,
    INTEREST,
    INTEREST_ON_CASH,
    REPAID,
    funded,
)

from model.case.case import load, parse
from model.errors import InputError
from model.plausibility import warnings
from model.valuation import Valuation, value

COST_OF_EQUITY = 0.1


def valued(**figures: Any) -> Valuation:
    tree = funded()
    tree["funding"] |= figures
    return value(parse(tree))


def test_cash_debt_and_the_gap_are_those_by_hand() -> None:
    found = valued().funding
    assert found is not None
    assert found.periods == [2026, 2027, 2028]
    for name, by_hand in {
        "free_cash_flow": FREE_CASH_FLOW,
        "cash_opening": [300, 100, 100],
        "interest_received": INTEREST_ON_CASH,
        "interest_paid": INTEREST,
        "debt_repaid": [0, 200, 100],
        "cash_before": CASH_BEFORE,
        "drawn": DRAWN,
        "repaid": REPAID,
        "gap": GAP,
        "cash_closing": [100, 100, 100],
        "debt_closing": [750, 550, 398],
    }.items():
        assert getattr(found, name) == pytest.approx(by_hand), name
    assert found.headroom[0] == pytest.approx(HEADROOM)


def test_a_raise_at_the_models_own_forward_value_changes_nothing() -> None:
    found = valued()
    assert found.raised is not None
    assert found.raised.amount == pytest.approx(GAP)
    assert found.raised.new_shares[:2].min() > 1
    assert found.raised.value_per_share == pytest.approx([found.value_per_share] * 3, rel=1e-9)


def test_debt_at_the_market_rate_changes_nothing() -> None:
    found = valued(raise_issue="debt")
    assert found.raised is not None
    assert found.raised.new_debt == pytest.approx(GAP)
    assert found.raised.value_per_share == pytest.approx([found.value_per_share] * 3, rel=1e-9)


@pytest.mark.parametrize("price", [5.0, 30.0])
def test_a_raise_at_a_stated_price_dilutes_as_by_hand(price: float) -> None:
    found = valued(raise_price=price)
    before = found.value_per_share
    after = 100 * before + 48 / 1.1 + 568 / 1.1**2
    assert found.raised is not None
    assert found.raised.value_per_share[-1] == pytest.approx(after / (100 + 616 / price), rel=1e-12)
    assert (found.raised.value_per_share[-1] < before) == (price < before)


def test_worthless_shares_are_sold_at_the_share_price() -> None:
    tree = funded()
    tree["balance_sheet"]["borrowings"] = 9_000.0
    found = value(parse(tree))
    assert found.value_per_share < 0
    assert found.raised is not None
    prices = [20 * 1.1**year for year in (1, 2, 3)]
    assert found.raised.price == pytest.approx(prices)


@pytest.mark.parametrize(("worth", "sold_at_market"), [(0.39, True), (0.41, False)])
def test_shares_worth_next_to_nothing_are_sold_at_the_share_price(
    worth: float, sold_at_market: bool
) -> None:
    """Of 20 a share, 2% are 0.40: at less, the gap would take more than the whole company."""
    tree = funded()
    before = value(parse(tree))
    # Each dollar of debt is a dollar of the equity of 100 million shares.
    excess = (before.value_per_share - worth) * float(before.result.diluted_shares)
    tree["balance_sheet"]["borrowings"] += excess
    found = value(parse(tree))
    assert found.raised is not None
    price = float(found.raised.price[0]) / float(1 + found.cost_of_equity)
    assert found.value_per_share == pytest.approx(worth, abs=0.005)
    assert price == pytest.approx(20 if sold_at_market else found.value_per_share)


def test_the_gap_and_the_covenant_are_warnings() -> None:
    found = {one.measure.key: one for one in warnings(valued())}
    assert found["funding_gap"].value == pytest.approx(616)
    assert "the forecast needs money that nobody has committed" in str(found["funding_gap"]).lower()
    assert found["headroom"].value == pytest.approx(-50)


def test_enough_cash_leaves_no_gap_and_no_warning() -> None:
    tree = funded()
    tree["balance_sheet"]["cash"] = 2_000.0
    found = value(parse(tree))
    keys = {one.measure.key for one in warnings(found)}
    assert found.funding is not None and found.raised is not None
    assert not found.funding.gap.any()
    assert not {"funding_gap", "headroom"} & keys
    assert found.raised.value_per_share == pytest.approx([found.value_per_share] * 3, rel=1e-12)


def test_a_case_without_funding_has_none() -> None:
    tree = funded()
    del tree["funding"], tree["tables"]
    found = value(parse(tree))
    assert found.funding is None
    assert found.raised is None
    assert not {"funding_gap", "headroom"} & {one.measure.key for one in warnings(found)}


def test_the_shipped_case_starts_from_its_bridge() -> None:
    found = value(load("cerebras"))
    assert found.funding is not None
    # No cash is restricted on the balance sheet from which it starts.
    assert "restricted_cash" not in found.case.balance_sheet
    assert found.funding.cash_opening[0] == pytest.approx(float(found.result.cash))
    assert found.funding.proceeds[0] == pytest.approx(float(found.result.offer_proceeds))
    assert found.funding.free_cash_flow == pytest.approx(found.forecast.cash_flow)
    # What it owes is the debt that its bridge deducts.
    assert found.funding.debt_opening[0] == pytest.approx(float(found.result.debt))


#: What is changed, and the sentence that refuses it.
REFUSED: dict[str, tuple[str, Any, str]] = {
    "a raise at a price of zero": (
        "funding.raise_price", 0.0, "funding.raise_price must be above 0",
    ),
    "an issue of something else": (
        "funding.raise_issue", "bonds", "funding.raise_issue must be one of",
    ),
    "more due than is owed": (
        "tables.commitments.loan.2026", 301.0,
        "tables.commitments: commitments Balance of 'Loan' must be at least what falls due",
    ),
    "a payment that comes in": (
        "tables.commitments.loan.2026", -1.0, "tables.commitments.loan.2026 must be from 0",
    ),
    "a year after the forecast": (
        "tables.commitments.loan.2029", 1.0, "tables.commitments.loan.2029 is an unknown key",
    ),
    "a year before the forecast": (
        "tables.commitments.loan.2025", 1.0, "tables.commitments.loan.2025 is an unknown key",
    ),
    "debt without a rate": (
        "tables.commitments.loan.rate", None, "tables.commitments: commitments Rate",
    ),
    "more drawn than can be": (
        "tables.facilities.revolver.drawn", 151.0, "tables.facilities: facilities Drawn",
    ),
    "a facility that is over": (
        "tables.facilities.revolver.expiry", 2025, "tables.facilities: facilities Expiry must be",
    ),
    "an unknown covenant": (
        "tables.covenants.leverage.measure", "patience",
        "tables.covenants.leverage.measure must be one of",
    ),
    "no minimum cash": ("funding.minimum_cash", None, "funding.minimum_cash is missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_contradicts_the_case_is_refused_in_a_sentence(case: str) -> None:
    path, bad, sentence = REFUSED[case]
    tree = funded()
    *parents, leaf = path.split(".")
    node: Any = tree
    for parent in parents:
        node = node[parent]
    if bad is None:
        del node[leaf]
    else:
        node[leaf] = bad
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


def test_no_more_cash_is_restricted_than_there_is() -> None:
    tree = funded()
    del tree["balance_sheet"]["cash"]
    tree["drivers"]["cash"] = 99.0
    with pytest.raises(InputError, match=r"^balance_sheet\.restricted_cash must be at most driv"):
        parse(tree)


def test_restricted_cash_that_is_not_in_the_bridge_is_not_deducted_again() -> None:
    tree = funded()
    tree["balance_sheet"]["restricted_cash_counts"] = "excluded"
    found = value(parse(tree))
    assert found.funding is not None
    assert float(found.result.cash) == found.funding.cash_opening[0] == 300


def test_tables_of_funding_need_the_section() -> None:
    tree = funded()
    del tree["funding"]
    with pytest.raises(InputError, match=r"tables\.commitments needs \[funding\]"):
        parse(tree)


def test_facilities_need_the_years_of_commitments() -> None:
    tree = funded()
    del tree["tables"]["commitments"]
    with pytest.raises(InputError, match=r"^tables\.commitments must be given with"):
        parse(tree)


def test_the_years_of_payments_are_those_of_a_fiscal_year() -> None:
    tree = funded()
    tree["company"]["valuation_date"] = date(2025, 1, 31)
    tree["company"]["first_year_end"] = date(2026, 1, 31)
    found = value(parse(tree)).funding
    assert found is not None
    assert found.periods == [2026, 2027, 2028]
