"""Are all holders' claims at the price worth exactly the equity value?

Oracles: the definition of the treasury stock method, written again with plain numbers and solved
by bisection, which shares nothing with the walk along the strikes; and identities that hold
for every company: bounds, inversion, scaling and monotony.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dilution import shares as dilution
from model.dilution.securities import Securities
from model.dilution.shares import METHODS
from model.errors import InputError


class Tranche(NamedTuple):
    kind: str
    count: float
    strike: float
    included: float = 1.0


counts = st.floats(0, 500) | st.sampled_from([0.0, 1.0, 33.445026])
strikes = st.floats(0.01, 1000) | st.sampled_from([1e-5, 50.0, 120.0])
included = st.floats(0, 1) | st.sampled_from([0.0, 1.0])
common = st.builds(Tranche, st.just("common"), st.floats(1, 1000), st.just(0.0), st.just(1.0))
outright = st.builds(Tranche, st.sampled_from(["rsu", "preferred"]), counts, st.just(0.0), included)
options = st.builds(
    Tranche, st.sampled_from(["option", "warrant"]), counts, strikes | st.just(0.0), included
)
convertibles = st.builds(Tranche, st.just("convertible"), counts, strikes, included)
equities = st.floats(0, 1e6) | st.sampled_from([0.0, 1.0, 25_556.0])


def companies(*others: st.SearchStrategy[Tranche]) -> st.SearchStrategy[list[Tranche]]:
    return st.builds(
        lambda first, rest: [first, *rest], common, st.lists(st.one_of(*others), max_size=6)
    )


any_company = companies(outright, options, convertibles)


def securities(company: list[Tranche], counts: float = 1.0, strikes: float = 1.0) -> Securities:
    kind, count, strike, included = zip(*company, strict=True)
    names = list(map(str, range(len(kind))))
    return Securities(
        names, kind, np.array(count) * counts, np.array(strike) * strikes, list(included)
    )


def claim(company: list[Tranche], price: float) -> float:
    """Value of the holders' claims at a price, options and conversions after their cost."""
    worth = 0.0
    for t in company:
        worth += t.count * t.included * max(price - t.strike, 0.0)
    return worth


def bisected(company: list[Tranche], equity: float) -> float:
    low, high = 0.0, 1.0
    while claim(company, high) < equity:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if claim(company, middle) < equity else (low, middle)
    return (low + high) / 2


@given(any_company, equities)
def test_a_bisection_of_the_claims_finds_the_same_price(
    company: list[Tranche], equity: float
) -> None:
    found = float(dilution.price_per_share(equity, securities(company)))
    assert found == pytest.approx(bisected(company, equity), rel=1e-12, abs=1e-12)


@given(any_company, equities, st.sampled_from(METHODS))
def test_the_market_value_at_the_price_is_the_equity_and_the_converted_debt(
    company: list[Tranche], equity: float, method: str
) -> None:
    holders = securities(company)
    price = dilution.price_per_share(equity, holders, method)
    worth = dilution.diluted_market_cap(price, holders, method)
    converted = dilution.dilution_bridge(price, holders, method).converted_debt.sum(-1)
    assert worth - converted == pytest.approx(equity, rel=1e-12, abs=1e-9 * (1 + float(converted)))


@given(companies(outright, options), equities)
def test_the_price_lies_between_all_exercised_for_nothing_and_none(
    company: list[Tranche], equity: float
) -> None:
    price = dilution.price_per_share(equity, securities(company))
    kept = sum(t.count * t.included for t in company if t.kind in ("common", "rsu", "preferred"))
    issued = sum(t.count * t.included for t in company) - kept
    assert equity / (kept + issued) * (1 - 1e-12) <= price <= equity / kept * (1 + 1e-12)


@given(companies(options), equities)
def test_more_generous_methods_give_lower_prices(company: list[Tranche], equity: float) -> None:
    basic, treasury, gross = (
        float(dilution.price_per_share(equity, securities(company), m))
        for m in ("basic", "treasury", "gross")
    )
    assert gross * (1 - 1e-12) <= treasury <= basic * (1 + 1e-12)


@given(any_company, equities, st.sampled_from(METHODS))
def test_twice_the_shares_at_half_the_strikes_halve_the_price(
    company: list[Tranche], equity: float, method: str
) -> None:
    once = dilution.price_per_share(equity, securities(company), method)
    twice = dilution.price_per_share(equity, securities(company, 2.0, 0.5), method)
    # Exact, but for numbers so small that they lose digits when halved.
    assert float(twice) == pytest.approx(float(once) / 2, rel=0, abs=1e-300)


@given(any_company, equities, equities, st.sampled_from(METHODS))
def test_a_higher_equity_value_never_lowers_the_price(
    company: list[Tranche], one: float, other: float, method: str
) -> None:
    low, high = dilution.price_per_share(sorted((one, other)), securities(company), method)
    assert low <= high * (1 + 1e-12)


@given(any_company, st.floats(0, 2000), st.floats(0, 2000))
def test_a_higher_price_never_lowers_the_diluted_shares(
    company: list[Tranche], one: float, other: float
) -> None:
    low, high = dilution.diluted_shares(sorted((one, other)), securities(company))
    assert low <= high * (1 + 1e-12)


@given(companies(options, convertibles), equities)
def test_convertible_debt_has_the_claim_of_an_option(company: list[Tranche], equity: float) -> None:
    as_options = [t._replace(kind="option") if t.kind == "convertible" else t for t in company]
    assert float(dilution.price_per_share(equity, securities(company))) == float(
        dilution.price_per_share(equity, securities(as_options))
    )


@given(any_company, st.floats(-1e6, -1e-6), st.sampled_from(METHODS))
def test_a_negative_equity_value_falls_on_the_common_stock_alone(
    company: list[Tranche], equity: float, method: str
) -> None:
    price = dilution.price_per_share(equity, securities(company), method)
    assert float(price) == pytest.approx(equity / company[0].count, rel=1e-15)


@given(any_company, st.floats(0, 2000), st.sampled_from(METHODS))
def test_the_bridge_adds_up(company: list[Tranche], price: float, method: str) -> None:
    holders = securities(company)
    steps = dilution.dilution_bridge(price, holders, method)
    assert (steps.net == steps.issued - steps.bought_back).all()
    assert (steps.net >= 0).all()
    assert (steps.bought_back >= 0).all()
    assert (steps.issued <= holders.count * holders.included).all()
    # The cost of shares bought back equals the exercise proceeds.
    if method == "treasury" and price > 0:
        paid_in = sum(
            t.count * t.included * t.strike
            for t in company
            if t.kind in ("option", "warrant") and t.strike < price
        )
        assert float(steps.bought_back.sum()) * price == pytest.approx(paid_in, rel=1e-12)


def test_an_option_at_the_money_adds_nothing() -> None:
    holders = securities([Tranche("common", 100, 0), Tranche("option", 10, 50)])
    assert dilution.diluted_shares([49.0, 50.0, 100.0], holders).tolist() == [100.0, 100.0, 105.0]


def test_convertible_debt_counts_as_a_whole_from_its_conversion_price_on() -> None:
    # Holders convert when the shares are worth at least the repayment.
    holders = securities([Tranche("common", 100, 0), Tranche("convertible", 10, 50)])
    assert dilution.diluted_shares([49.99, 50.0], holders).tolist() == [100.0, 110.0]
    assert dilution.dilution_bridge([49.99, 50.0], holders).converted_debt.sum(-1).tolist() == [
        0.0,
        500.0,
    ]


@pytest.mark.parametrize(
    ("company", "named"),
    [
        ([Tranche("rsu", 1, 0)], "securities "),
        ([Tranche("common", 0, 0)], "securities "),
        ([Tranche("common", 1, 5)], "securities Strike"),
        ([Tranche("common", 1, 0), Tranche("option", -1, 5)], "securities Count"),
        ([Tranche("common", 1, 0), Tranche("option", 1, -5)], "securities Strike"),
        ([Tranche("common", 1, 0), Tranche("option", 1, 5, 1.1)], "securities Included"),
        ([Tranche("common", 1, 0), Tranche("optoin", 1, 5)], "securities Type"),
    ],
)
def test_securities_that_are_refused(company: list[Tranche], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        securities(company)
