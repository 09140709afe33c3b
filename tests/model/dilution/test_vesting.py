"""Does the price stay exact where the count itself depends on it, and do conditions vest as stated?

Oracles: the holders' claim written once more with plain numbers, with a tranche that counts only at
a market value or above, and bisected; the cash that net settlement pays, added up by hand; and each
vesting condition asked again without arrays.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.dilution import shares as dilution
from model.dilution.securities import Securities
from model.dilution.shares import METHODS
from model.dilution.vesting import Tranches, warrant_vesting
from model.errors import InputError
from workbook.functions import CATALOGUE


class Holder(NamedTuple):
    kind: str
    count: float
    strike: float = 0.0
    withheld: float = 0.0
    vests_at: float = 0.0


counts = st.floats(0, 500) | st.sampled_from([0.0, 5.574171])
strikes = st.floats(0.01, 1000) | st.sampled_from([0.0, 1e-5])
hurdles = st.floats(0, 2e5) | st.sampled_from([0.0, 0.0, 40_000.0])
nothing = st.just(0.0)
common = st.builds(Holder, st.just("common"), st.floats(1, 1000), nothing, nothing, nothing)
rsus = st.builds(Holder, st.just("rsu"), counts, nothing, st.floats(0, 1), hurdles)
warrants = st.builds(Holder, st.sampled_from(["warrant", "option"]), counts, strikes, nothing,
                     hurdles)  # fmt: skip
notes = st.builds(Holder, st.just("convertible"), counts, st.floats(0.01, 1000), nothing,
                  hurdles)  # fmt: skip
companies = st.builds(
    lambda first, rest: [first, *rest],
    common,
    st.lists(st.one_of(rsus, warrants, notes), max_size=6),
)
equities = st.floats(0, 3e5) | st.sampled_from([0.0, 39_999.0, 40_000.0])


def securities(company: list[Holder]) -> Securities:
    kind, count, strike, withheld, vests_at = zip(*company, strict=True)
    names = list(map(str, range(len(kind))))
    return Securities(names, kind, count, strike, 1.0, withheld, vests_at)


def vested(company: list[Holder], holder: Holder, price: float) -> bool:
    return price >= holder.vests_at / company[0].count


def claim(company: list[Holder], price: float, method: str = "treasury") -> float:
    """What holders and the tax office can claim of the equity at a price."""
    worth = 0.0
    for h in company:
        if vested(company, h, price):
            cost = 0.0 if method == "gross" and h.kind in ("option", "warrant") else h.strike
            worth += h.count * max(price - cost, 0.0)
    return worth


def bisected(company: list[Holder], equity: float, method: str = "treasury") -> float:
    """The least price at which the claims reach the equity value."""
    low, high = 0.0, 1.0
    while claim(company, high, method) < equity:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if claim(company, middle, method) < equity else (low, middle)
    return high


@given(companies, equities, st.sampled_from(["treasury", "gross"]))
def test_a_bisection_of_the_jumping_claim_finds_the_same_price(
    company: list[Holder], equity: float, method: str
) -> None:
    found = float(dilution.price_per_share(equity, securities(company), method))
    assert found == pytest.approx(bisected(company, equity, method), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("equity", [1e3, 2.5e5, 3e6])
def test_of_thousands_of_hurdles_those_that_the_price_passes_count(equity: float) -> None:
    steps = [Holder("warrant", 0.05, i % 7, 0.0, 500.0 * i) for i in range(1, 3000)]
    company = [Holder("common", 1000), *steps]
    found = float(dilution.price_per_share(equity, securities(company)))
    assert found == pytest.approx(bisected(company, equity), rel=1e-11)


def test_an_equity_value_inside_the_jump_has_the_hurdle_price() -> None:
    company = [Holder("common", 200), Holder("warrant", 10, 0.0, 0.0, 40_000.0)]
    holders = securities(company)
    # Up to 40,000 the tranche does not count; from 42,000 on the price carries it.
    values = [39_000.0, 40_000.0, 41_000.0, 42_000.0, 43_000.0]
    found = dilution.price_per_share(values, holders)
    np.testing.assert_allclose(found, [195.0, 200.0, 200.0, 200.0, 43_000 / 210], rtol=1e-15)
    assert dilution.diluted_shares([199.99, 200.0], holders).tolist() == [200.0, 210.0]
    assert dilution.diluted_shares([199.99, 200.0], holders, "gross").tolist() == [200.0, 210.0]
    assert dilution.diluted_shares([199.99, 200.0], holders, "basic").tolist() == [200.0, 200.0]


@given(companies, equities, st.sampled_from(METHODS))
def test_value_and_tax_are_the_equity_and_the_converted_debt(
    company: list[Holder], equity: float, method: str
) -> None:
    holders = securities(company)
    price = dilution.price_per_share(equity, holders, method)
    # At a hurdle price the equity value lies anywhere inside the jump.
    edges = [h.vests_at / company[0].count for h in company if h.vests_at]
    assume(not any(math.isclose(float(price), edge, rel_tol=1e-9) for edge in edges))
    worth = dilution.diluted_market_cap(price, holders, method)
    tax = dilution.dilution_bridge(price, holders, method).tax_paid.sum(-1)
    converted = dilution.dilution_bridge(price, holders, method).converted_debt.sum(-1)
    assert worth + tax - converted == pytest.approx(
        equity, rel=1e-11, abs=1e-9 * (1 + float(converted))
    )


@given(companies, equities, equities)
def test_a_higher_equity_value_never_lowers_the_price(
    company: list[Holder], one: float, other: float
) -> None:
    low, high = dilution.price_per_share(sorted((one, other)), securities(company))
    assert low <= high * (1 + 1e-12)


@given(companies, equities)
def test_a_condition_never_lowers_the_price(company: list[Holder], equity: float) -> None:
    free = [h._replace(vests_at=0.0) for h in company]
    bound = dilution.price_per_share(equity, securities(company))
    assert bound >= dilution.price_per_share(equity, securities(free)) * (1 - 1e-12)


@given(companies, st.floats(0, 2000), st.sampled_from(["treasury", "gross"]))
def test_what_is_withheld_is_paid_at_the_price(
    company: list[Holder], price: float, method: str
) -> None:
    steps = dilution.dilution_bridge(price, securities(company), method)
    for h, net, tax in zip(company, steps.net, steps.tax_paid, strict=True):
        if h.kind == "rsu" and vested(company, h, price):
            assert float(net) == pytest.approx(h.count * (1 - h.withheld))
            assert float(tax) == pytest.approx(h.count * h.withheld * price)
            assert net * price + tax == pytest.approx(h.count * price)
        else:
            assert tax == 0


def test_the_rsus_of_an_offer() -> None:
    """Cerebras: of 4,795,129 RSUs, 2,126,456 are withheld; 329.6 million at 155 (S-1/A, 11 May)."""
    rsus = Holder("rsu", 4.795129, 0.0, 2.126456 / 4.795129)
    holders = securities([Holder("common", 212.559868), rsus])
    assert float(dilution.diluted_shares(155.0, holders)) == pytest.approx(215.228541, abs=1e-9)
    assert float(dilution.dilution_bridge(155.0, holders).tax_paid.sum(-1)) == pytest.approx(
        329.6, abs=0.05
    )


def test_conditions_hold_scenario_by_scenario() -> None:
    counted = Securities(
        ["Common", "Warrant"],
        ["common", "warrant"],
        [[200.0, 10.0], [400.0, 10.0]],
        [0.0, 0.0],
        vests_at=[0.0, 40_000.0],
    )
    for equity in (30_000.0, 41_000.0, [30_000.0, 90_000.0]):
        together = dilution.price_per_share(equity, counted)
        for i, n in enumerate((200.0, 400.0)):
            company = [Holder("common", n), Holder("warrant", 10.0, 0.0, 0.0, 40_000.0)]
            alone = bisected(company, float(np.broadcast_to(equity, 2)[i]))
            assert float(together[i]) == pytest.approx(alone, rel=1e-12)


def test_ten_thousand_securities_with_a_few_conditions() -> None:
    kinds = ["common", *["option"] * 9_999]
    many = Securities(
        list(map(str, range(10_000))),
        kinds,
        [200.0, *[0.01] * 9_999],
        [0.0, *np.linspace(0, 900, 9_999)],
        vests_at=[0.0] * 9_990 + [10_000.0 * i for i in range(1, 11)],
    )
    for equity in (0.0, 39_999.0, 4e6):
        price = dilution.price_per_share(equity, many)
        converted = dilution.dilution_bridge(price, many).converted_debt.sum(-1)
        worth = dilution.diluted_market_cap(price, many) - converted
        assert float(worth) == pytest.approx(equity, rel=1e-11)


# Conditions by date, market value and deliveries --------------------------------------------------

CONDITIONS = st.sampled_from(["none", "date", "market value", "delivered"])
tranche = st.tuples(CONDITIONS, counts, st.floats(0, 1e5), st.floats(0, 1e5))


@given(st.lists(tranche, min_size=1, max_size=6), st.floats(0, 1e5), st.integers(1, 100_000),
       st.floats(0, 1e5))  # fmt: skip
def test_each_condition_asked_alone(
    rows: list[tuple[str, float, float, float]], value: float, day: int, delivered: float
) -> None:
    # Thresholds by date are whole days.
    rows = [(c, n, max(1.0, t // 1) if c == "date" else t, w) for c, n, t, w in rows]
    names = [f"{i}" for i in range(len(rows))]
    thresholds = [0.0 if c == "none" else t for c, _, t, _ in rows]
    full = [
        t + w if c == "delivered" else t for (c, _, _, w), t in zip(rows, thresholds, strict=True)
    ]
    made = warrant_vesting(
        Tranches(names, [r[1] for r in rows], [r[0] for r in rows], thresholds, full),
        value, 1.0, date.fromordinal(day), delivered,
    )  # fmt: skip
    measured = {"none": 0.0, "date": day, "market value": value, "delivered": delivered}
    for (condition, count, _, _), start, end, share, got in zip(
        rows, thresholds, full, made.share, made.vested, strict=True
    ):
        reached = measured[condition]
        if condition == "delivered" and end > start:
            expected = min(max((reached - start) / (end - start), 0.0), 1.0)
        else:
            expected = 1.0 if reached >= start else 0.0
        assert share == pytest.approx(expected, rel=1e-12)
        assert got == pytest.approx(count * expected, rel=1e-12)


def test_vesting_through_time() -> None:
    capacity = Tranches(["a"], [20.0], ["delivered"], [250.0], [750.0])
    made = warrant_vesting(capacity, 0.0, 1.0, delivered=[0, 250, 500, 750, 2000])
    assert made.vested[:, 0].tolist() == [0.0, 0.0, 10.0, 20.0, 20.0]


def test_vested_shares_feed_the_securities() -> None:
    """The shares of WARRANT_VESTING as Included, and as Vests at, give the same count."""
    tranches = [
        ["Tranche", "Count", "Condition", "Threshold"],
        ["Value", 10.0, "market value", 40_000.0],
    ]
    for price in (199.0, 200.0, 201.0):
        part = CATALOGUE["WARRANT_VESTING"].call(tranches, price, 200.0)[1][5]
        header = ["Security", "Type", "Count", "Strike"]
        owned, held = ["Common", "common", 200.0, None], ["Warrant", "warrant", 10.0, 1e-5]
        by_share = [[*header, "Included"], [*owned, 1.0], [*held, part]]
        by_value = [[*header, "Vests at"], [*owned, None], [*held, 40_000.0]]
        count = CATALOGUE["DILUTED_SHARES"].call
        assert count(price, by_share) == count(price, by_value)


def test_dates_come_as_dates_and_as_serial_numbers() -> None:
    for threshold in (date(2026, 11, 9), datetime(2026, 11, 9), 46_335.0):
        table = [
            ["Tranche", "Count", "Condition", "Threshold"],
            ["Later", 3.0, "date", threshold],
        ]
        for day, expected in ((date(2026, 11, 8), 0.0), (date(2026, 11, 9), 3.0), (46_336, 3.0)):
            rows = CATALOGUE["WARRANT_VESTING"].call(table, 185, 215, day)
            assert rows[1][6] == expected
            assert rows[1][3] == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Tranches(["a"], [1.0], ["deliverd"], [1.0]), "tranches Condition"),
        (lambda: Tranches(["a"], [-1.0], ["date"], [1.0]), "tranches Count"),
        (lambda: Tranches(["a"], [1.0], ["delivered"], [-1.0]), "tranches Threshold"),
        (lambda: Tranches(["a"], [1.0], ["none"], [5.0]), "tranches Threshold"),
        (lambda: Tranches(["a"], [1.0], ["delivered"], [5.0], [4.0]), "tranches Full at"),
        (lambda: Tranches(["a"], [1.0], ["date"], [5.0], [9.0]), "tranches Full at"),
        (lambda: warrant_vesting(Tranches(["a"], [1.0], ["date"], [5.0]), 0.0, 1.0), "as_of"),
        (
            lambda: warrant_vesting(Tranches(["a"], [1.0], ["delivered"], [5.0]), 0.0, 1.0),
            "delivered",
        ),
        (
            lambda: warrant_vesting(
                Tranches(["a"], [1], ["delivered"], [5]), 0.0, 1.0, delivered=-1.0
            ),
            "delivered",
        ),
        (lambda: securities([Holder("common", 1), Holder("option", 1, 1, 0.4)]), "securities With"),
        (lambda: securities([Holder("common", 1), Holder("rsu", 1, 0, 1.4)]), "securities With"),
        (lambda: securities([Holder("common", 1, 0, 0, 5.0)]), "securities Vests at"),
        (
            lambda: securities([Holder("common", 1), Holder("warrant", 1, 1, 0, -5.0)]),
            "securities Vests at",
        ),
    ],
)
def test_what_is_refused(call: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        call()
