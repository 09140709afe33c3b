"""Is each claim counted once, and is the price the one at which all claims are the equity value?

Oracles: exact fractions, with every subset of securities that convert and of tranches that count
tried in turn, and each kept that its own price confirms; a search on a fine grid; identities; and
notes and shares of Nebius, Snowflake and CoreWeave.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dilution.ladders import price_ladder
from model.dilution.securities import Securities
from model.dilution.shares import (
    diluted_market_cap,
    diluted_shares,
    dilution_bridge,
    equity_bridge,
    price_per_share,
)
from model.errors import InputError
from workbook.functions import CATALOGUE


class Holder(NamedTuple):
    kind: str
    count: int
    strike: int = 0
    repayment: int = 0
    cap: int = 0
    condition: str = "market value"
    vests_at: int = 0
    withheld: Fraction = Fraction(0)


def securities(company: list[Holder]) -> Securities:
    kind, count, strike, repaid, cap, condition, vests_at, withheld = zip(*company, strict=True)
    return Securities(
        list(map(str, range(len(kind)))), kind, [float(c) for c in count], list(map(float, strike)),
        1.0, list(map(float, withheld)), list(map(float, vests_at)), list(map(float, repaid)),
        list(map(float, cap)), condition,
    )  # fmt: skip


def convertible(h: Holder) -> bool:
    return h.kind == "convertible"


def prior(h: Holder) -> bool:
    return h.kind in ("preferred", "puttable")


class State(NamedTuple):
    """One way in which a company may stand: who takes shares, and what counts."""

    price: Fraction
    shares: Fraction
    diluted_value: Fraction


def claim(h: Holder, shares: bool, part: Fraction | int) -> tuple[Fraction, Fraction]:
    """What one takes of the equity, as a factor of the price and an amount."""
    n = part * Fraction(h.count)
    if convertible(h):
        return (n, -n * h.repayment) if shares else (Fraction(0), Fraction(0))
    if prior(h):
        return (n, Fraction(0)) if shares else (Fraction(0), n * h.repayment)
    if h.kind in ("option", "warrant"):
        return (n, -n * h.strike) if shares else (Fraction(0), Fraction(0))
    return n, Fraction(0)


def call(h: Holder, price: Fraction) -> Fraction:
    """What the company's capped call brings at a price."""
    return h.count * max(min(price, Fraction(h.cap)) - h.strike, Fraction(0))


def takes_shares(h: Holder, price: Fraction) -> bool:
    if h.kind in ("option", "warrant"):
        return price > h.strike or h.strike == 0
    return price >= h.repayment


def states(company: list[Holder], equity: Fraction) -> Iterator[State]:
    """Every subset of decisions and conditions whose own price confirms it.

    The capped call is one of three pieces: out of the money, below the cap, above it.
    """
    free = [i for i, h in enumerate(company) if h.kind not in ("common", "rsu")]
    bound = [i for i, h in enumerate(company) if h.vests_at]
    calls = [i for i, h in enumerate(company) if h.cap > h.strike]
    for shares in product((False, True), repeat=len(free)):
        for counted in product((0, 1), repeat=len(bound)):
            for piece in product((0, 1, 2), repeat=len(calls)):
                takes = dict(zip(free, shares, strict=True))
                part = dict(zip(bound, counted, strict=True))
                factor = amount = Fraction(0)
                for i, h in enumerate(company):
                    f, a = claim(h, takes.get(i, True), part.get(i, 1))
                    factor, amount = factor + f, amount + a
                for i, where in zip(calls, piece, strict=True):
                    h = company[i]
                    factor -= h.count if where == 1 else 0
                    amount += (0, h.count * h.strike, -h.count * (h.cap - h.strike))[where]
                if factor <= 0:
                    continue
                price = (equity - amount) / factor
                if price < 0 or any(
                    takes_shares(company[i], price) != takes[i]
                    for i in free
                    if part.get(i, 1)
                    and (company[i].kind != "option" or price != company[i].strike)
                ):
                    continue
                if any(
                    not (
                        (0 <= price <= h.strike, h.strike <= price <= h.cap, price >= h.cap)[where]
                    )
                    for h, where in ((company[i], w) for i, w in zip(calls, piece, strict=True))
                ):
                    continue
                found = standing(company, price, part)
                if all(
                    met(company, h, price, found) == bool(part[i])
                    for i, h in enumerate(company)
                    if h.vests_at
                ):
                    yield found


def standing(company: list[Holder], price: Fraction, part: dict[int, Any]) -> State:
    """Net shares at a price, and what they are worth."""
    net = Fraction(0)
    for i, h in enumerate(company):
        n = Fraction(h.count) * part.get(i, 1)
        if h.kind in ("option", "warrant"):
            net += n * (1 - Fraction(h.strike) / price) if price > h.strike else 0
        elif convertible(h) or prior(h):
            net += n if takes_shares(h, price) else 0
            if h.cap > h.strike and price > 0:
                net -= call(h, price) / price
        else:
            net += n * (1 - h.withheld)
    return State(price, net, net * price)


def met(company: list[Holder], h: Holder, price: Fraction, found: State) -> bool:
    measured = {
        "price": price,
        "market value": price * sum(c.count for c in company if c.kind == "common"),
        "diluted market value": found.diluted_value,
    }[h.condition]
    return measured >= h.vests_at


def claimed(company: list[Holder], equity: int, price: Fraction) -> Fraction:
    """All claims at a price, where a diluted value is the equity with what conversion changes."""
    diluted = Fraction(equity)
    for h in company:
        if convertible(h):
            diluted += h.count * h.repayment * takes_shares(h, price)
        elif prior(h):
            diluted -= h.count * h.repayment * (not takes_shares(h, price))
        diluted -= h.count * h.withheld * price
    found = State(price, Fraction(0), diluted)
    worth = Fraction(0)
    for h in company:
        factor, amount = claim(h, takes_shares(h, price), 1)
        if not h.vests_at or met(company, h, price, found):
            worth += factor * price + amount - (call(h, price) if h.cap > h.strike else 0)
    return worth


small = st.integers(1, 60)
strikes = st.integers(1, 40)
measures = st.sampled_from(["price", "market value", "diluted market value"])
levels = {"price": 20, "market value": 2_000, "diluted market value": 2_500}


@st.composite
def tranche(draw: st.DrawFn) -> Holder:
    condition = draw(measures)
    kind = draw(st.sampled_from(["warrant", "option", "rsu"]))
    strike = 0 if kind == "rsu" else draw(st.integers(0, 25))
    at = draw(st.integers(1, 40)) * levels[condition] // 20
    return Holder(kind, draw(small), strike, condition=condition, vests_at=max(at, 1))


@st.composite
def note(draw: st.DrawFn, capped: bool = True) -> Holder:
    strike = draw(strikes)
    repaid = strike + draw(st.sampled_from([0, 0, 1, 5, 10]))
    return Holder("convertible", draw(small), strike, min(repaid, 10 * strike),
                  strike + (draw(st.sampled_from([0, 5, 20])) if capped else 0))  # fmt: skip


shared = st.tuples(st.sampled_from(["preferred", "puttable"]), small, st.integers(0, 30)).map(
    lambda made: Holder(made[0], made[1], repayment=made[2])
)
options = st.tuples(st.sampled_from(["option", "warrant"]), small, st.integers(0, 40)).map(
    lambda made: Holder(*made)
)
parts = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)])
rsus = st.tuples(small, parts).map(lambda made: Holder("rsu", made[0], withheld=made[1]))
#: More than all capped notes together, so that a higher price never lowers what is claimed.
common = st.integers(181, 400).map(lambda count: Holder("common", count))


def firms(*others: st.SearchStrategy[Holder]) -> st.SearchStrategy[list[Holder]]:
    return st.builds(
        lambda first, rest: [first, *rest], common, st.lists(st.one_of(*others), max_size=3)
    )


equities = st.integers(0, 12_000)


@given(firms(note(), shared, options, rsus, tranche()), equities)
def test_the_lowest_price_that_confirms_itself_among_all_subsets(
    company: list[Holder], equity: int
) -> None:
    held = securities(company)
    found = float(price_per_share(equity, held))
    preferences = sum(h.count * h.repayment for h in company if prior(h))
    if equity <= preferences:
        assert found == 0 or not preferences
        return
    prices = [s.price for s in states(company, Fraction(equity))]
    if prices:
        assert found == pytest.approx(float(min(prices)), rel=1e-12)
    else:
        # No price is consistent: a hurdle is met there, and what is claimed jumps past the value.
        step = Fraction(1, 10**9)
        below, above = (claimed(company, equity, Fraction(found) + s) for s in (-step, step))
        assert below < equity + 1e-4
        assert above > equity - 1e-4
        assert above - below > 1e-3


@given(firms(note(), shared, options, rsus, tranche()), equities)
def test_all_claims_are_the_equity_value(company: list[Holder], equity: int) -> None:
    held = securities(company)
    for method in ("treasury", "gross", "basic"):
        made = equity_bridge(equity, held, method)
        assert float(made.claim.sum()) == pytest.approx(equity, rel=1e-12, abs=1e-8)
        # Nothing is both shares and debt, or both shares and a repayment.
        for h, issued, debt, repaid in zip(
            company, made.issued, made.converted_debt, made.repaid, strict=True
        ):
            if convertible(h):
                assert debt == issued * h.repayment
            assert repaid == 0 or (prior(h) and issued == 0)


@given(firms(note(), shared, options, rsus), equities, equities)
def test_a_higher_equity_value_never_lowers_the_price(
    company: list[Holder], one: int, other: int
) -> None:
    low, high = price_per_share(sorted((one, other)), securities(company))
    assert low <= high * (1 + 1e-12)


@given(firms(note(), shared, options, rsus), st.integers(1, 12_000))
def test_a_search_on_a_fine_grid_finds_the_same_price(company: list[Holder], equity: int) -> None:
    """At each price of the grid, the value of the company when each holder decides alone."""
    grid = np.arange(0.0, 80.0, 1 / 256)
    value = np.zeros_like(grid)
    for h in company:
        n = float(h.count)
        if convertible(h):
            value += n * np.maximum(grid - h.repayment, 0)
            value -= n * np.maximum(np.minimum(grid, h.cap) - h.strike, 0)
        elif prior(h):
            value += n * np.maximum(grid, h.repayment)
        else:
            value += n * np.maximum(grid - h.strike, 0)
    place = int(np.searchsorted(value, equity))
    found = float(price_per_share(equity, securities(company)))
    assert grid[max(place - 1, 0)] - 1e-9 <= found <= grid[place] + 1e-9


@given(firms(note(), shared, options, rsus, tranche()), st.lists(equities, min_size=2, max_size=4))
def test_scenarios_are_each_one_alone(company: list[Holder], values: list[int]) -> None:
    held = securities(company)
    together = equity_bridge(values, held)
    several = securities(company)
    counts = np.stack([several.count] * len(values))
    spread = Securities(
        several.name, several.kind, counts, several.strike, 1.0, several.withheld,
        several.vests_at, several.repayment, several.cap, several.condition,
    )  # fmt: skip
    by_scenario = equity_bridge(values, spread)
    for i, value in enumerate(values):
        alone = equity_bridge(value, held)
        for name in ("net", "claim", "converted_debt", "repaid", "tax_paid"):
            np.testing.assert_array_equal(getattr(together, name)[i], getattr(alone, name))
            np.testing.assert_allclose(
                getattr(by_scenario, name)[i], getattr(alone, name), rtol=1e-12, atol=1e-9
            )
        assert tuple(together.counted_as[i]) == alone.counted_as


# Conditions, worked by hand ----------------------------------------------------------------------


def by_diluted_value(count: float = 20, at: float = 1_000, **more: Any) -> Securities:
    return Securities(
        ["Common", "Tranche"], ["common", "warrant"], [100, count], [None, 0],
        vests_at=[None, at], condition=["none", "diluted market value"], **more,
    )  # fmt: skip


def test_a_tranche_by_diluted_market_value() -> None:
    held = by_diluted_value()
    values = [999.0, 1_000.0, 1_100.0, 1_200.0]
    # Its own shares are part of the diluted value, which is the equity value itself.
    expected = [9.99, 1_000 / 120, 1_100 / 120, 10.0]
    assert price_per_share(values, held).tolist() == expected
    made = equity_bridge(values, held)
    assert made.net.sum(-1).tolist() == [100, 120, 120, 120]
    np.testing.assert_allclose(made.claim.sum(-1), values, rtol=1e-15)
    assert made.counted_as[:, 1].tolist() == ["not vested", "shares", "shares", "shares"]
    # At a price, it counts if the value is reached with it.
    assert diluted_shares([8.0, 1_000 / 120, 9.0], held).tolist() == [100, 120, 120]
    assert float(diluted_market_cap(1_100 / 120, held)) == pytest.approx(1_100)


def test_conversion_moves_the_diluted_value_past_a_hurdle() -> None:
    """Equity of 950 after a note of 90: 10 shares on conversion at 9.

    Without the tranche the price is (950 + 90) / 110 = 9.45, the note converts and the shares are
    worth 1,040: the tranche counts. With it the price is 950 / 120 = 7.92, the note does not
    convert, and the shares are worth 950: it does not. The value of 1,000 is met where the note
    converts, at 9, where (1,040 - 110 * 9) / 9 = 5.56 of the 20 count.
    """
    held = Securities(
        ["Common", "Tranche", "Note"], ["common", "warrant", "convertible"], [100, 20, 10],
        [None, 0, 9], vests_at=[None, 1_000, 0],
        condition=["none", "diluted market value", "market value"],
    )  # fmt: skip
    made = equity_bridge(950, held)
    assert float(price_per_share(950, held)) == 9.0
    assert made.taking_part.tolist() == pytest.approx([100, 50 / 9, 10])
    assert made.counted_as == ("shares", "shares, in part", "shares")
    assert float(made.claim.sum()) == pytest.approx(950, rel=1e-15)
    assert float(made.value.sum()) == pytest.approx(1_040, rel=1e-15)


def test_tax_lowers_the_diluted_value_and_the_lowest_price_is_found() -> None:
    """100 common and 20 RSUs, half withheld; 30 vest at a diluted value of 1,100.

    Equity of 1,200: with the tranche the price is 8 and the tax 10 * 8, so that the shares are
    worth 1,120. Without it the price is 10 and they are worth 1,100, which counts it too. At
    1,190 and without it the shares are worth 1,090.83, with it 1,110.67: two prices are consistent,
    and the lower is 1,190 / 150.
    """
    held = Securities(
        ["Common", "RSUs", "Tranche"], ["common", "rsu", "warrant"], [100, 20, 30], [None, None, 0],
        withheld=[None, 0.5, None], vests_at=[None, 0, 1_100],
        condition=["none", "none", "diluted market value"],
    )  # fmt: skip
    found = price_per_share([1_200, 1_190, 1_178, 1_180], held)
    # At 1,178: 1,178 - 10 * 1,178 / 150 = 1,099.47 misses it; at 1,180 it is 1,101.33.
    np.testing.assert_allclose(found, [8, 1_190 / 150, 1_178 / 120, 1_180 / 150], rtol=1e-15)


@pytest.mark.parametrize(
    ("condition", "at", "price"),
    [("price", 10, 10.0), ("market value", 1_000, 10.0)],
)
def test_a_hurdle_reached_exactly_counts_and_inside_the_jump_in_part(
    condition: str, at: float, price: float
) -> None:
    held = Securities(
        ["Common", "Tranche"], ["common", "warrant"], [100, 20], [None, 0], vests_at=[None, at],
        condition=["none", condition],
    )  # fmt: skip
    assert diluted_shares([9.99, 10.0], held).tolist() == [100, 120]
    values = [999.0, 1_000.0, 1_050.0, 1_200.0, 1_320.0]
    made = equity_bridge(values, held)
    np.testing.assert_allclose(price_per_share(values, held), [9.99, 10, 10, 10, 11], rtol=1e-15)
    np.testing.assert_allclose(made.taking_part[:, 1], [0, 0, 5, 20, 20], atol=1e-9)
    np.testing.assert_allclose(made.claim.sum(-1), values, rtol=1e-15)
    counted_as = ["not vested", "not vested", "shares, in part", "shares", "shares"]
    assert made.counted_as[:, 1].tolist() == counted_as
    shares = price_ladder(values, held)
    np.testing.assert_allclose(shares.market_value, values, rtol=1e-15)


def test_dates_and_deliveries_are_compared_with_what_is_stated() -> None:
    table = [
        ["Security", "Type", "Count", "Strike", "Condition", "Vests at", "Measured"],
        ["Common", "common", 100, None, None, None, None],
        ["By date", "warrant", 10, 0, "date", date(2026, 5, 14), date(2026, 5, 13)],
        ["Today", "warrant", 20, 0, "date", date(2026, 5, 13), date(2026, 5, 13)],
        ["250 MW", "warrant", 30, 0, "delivered", 250, 250],
        ["1,250 MW", "warrant", 40, 0, "delivered", 1_250, 750],
    ]
    assert CATALOGUE["DILUTED_SHARES"].call(1.0, table) == 150
    assert CATALOGUE["PRICE_PER_SHARE"].call(1_500, table) == 10
    rows = CATALOGUE["DILUTION_BRIDGE"].call(1.0, table)
    assert [row[-1] for row in rows[1:6]] == [
        "shares", "not vested", "shares", "shares", "not vested",
    ]  # fmt: skip


def test_ten_thousand_hurdles_of_each_measure() -> None:
    for condition, step in (("price", 0.02), ("market value", 20), ("diluted market value", 20)):
        held = Securities(
            ["Common", *map(str, range(9_999))], ["common", *["warrant"] * 9_999],
            [1_000, *[0.05] * 9_999], [None, *[1.0] * 9_999],
            vests_at=[None, *(step * i for i in range(1, 10_000))],
            condition=["none", *[condition] * 9_999],
        )  # fmt: skip
        for equity in (5_000.0, 60_001.0, 3e5):
            made = equity_bridge(equity, held)
            price = float(price_per_share(equity, held))
            assert float(made.claim.sum()) == pytest.approx(equity, rel=1e-11)
            measured = {"price": price, "market value": price * 1_000}.get(condition, equity)
            counted = int((made.taking_part[1:] > 0).sum())
            assert abs(counted - min(measured // step, 9_999)) <= 1


# Published ---------------------------------------------------------------------------------------


def test_nebius_repays_above_par() -> None:
    """500 million each due 2029 and 2031 at 51.45, repaid at 120% and 125%; 1,581.25 due 2030 at
    138.75 and 115%: at 60 a holder of the first is better repaid, at 61.74 he converts.
    """
    face = np.array([500.0, 500.0, 1_581.25])
    price, above = np.array([51.45, 51.45, 138.75]), np.array([1.2, 1.25, 1.15])
    notes = Securities(
        ["Common", "2029", "2031", "2030"], ["common", *["convertible"] * 3],
        [238, *face / price], [None, *price], repayment=[None, *above * price],
    )  # fmt: skip
    for equity in (14_000.0, 15_500.0, 40_000.0):
        made, p = equity_bridge(equity, notes), float(price_per_share(equity, notes))
        converted = [n * p >= f * a for n, f, a in zip(face / price, face, above, strict=True)]
        repaid = [f * a if c else 0 for f, a, c in zip(face, above, converted, strict=True)]
        np.testing.assert_allclose(made.converted_debt[1:], repaid, rtol=1e-12)
        owners = 238 + sum(f / k for f, k, c in zip(face, price, converted, strict=True) if c)
        assert p == pytest.approx((equity + sum(repaid)) / owners, rel=1e-12)
    assert dilution_bridge(60.0, notes).counted_as == ("shares", *["debt"] * 3)
    assert dilution_bridge(61.74, notes).counted_as == ("shares", "shares", "debt", "debt")


def test_snowflake_capped_calls() -> None:
    """14.604 million shares at 157.50, capped at 225: at 338.39 the calls bring 985.8 million, and
    11.7 million shares are left, worth 3,956 (10-Q for the second quarter of fiscal 2027).
    """
    held = Securities(
        ["Common", "2027", "2029"], ["common", "convertible", "convertible"], [340, 7.302, 7.302],
        [None, 157.5, 157.5], cap=[None, 225, 225],
    )  # fmt: skip
    made = dilution_bridge(338.39, held)
    assert float(made.bought_back.sum() * 338.39) == pytest.approx(985.8, abs=0.05)
    assert float(made.net[1:].sum()) == pytest.approx(11.7, abs=0.05)
    assert float(made.value[1:].sum()) == pytest.approx(3_956, abs=0.5)
    # Up to the cap the calls deliver what conversion costs above the face.
    below = dilution_bridge(200.0, held)
    assert float(below.claim[1:].sum()) == pytest.approx(0, abs=1e-9)
    assert float(dilution_bridge(338.39, held, "gross").net[1:].sum()) == pytest.approx(14.604)


def test_coreweave_puttable_shares() -> None:
    """29.874066 million redeemable shares with a put at 38.95: 1,163.6 million, or shares
    (10-Q for the first quarter of 2025; the balance sheet holds 1,163.159).
    """
    held = Securities(
        ["Class A and B", "Redeemable"], ["common", "puttable"], [435.533, 29.874066],
        repayment=[None, 38.95],
    )  # fmt: skip
    low, high = (equity_bridge(value, held) for value in (15_000.0, 20_000.0))
    assert float(low.repaid.sum()) == pytest.approx(1_163.159, rel=1e-3)
    assert low.counted_as == ("shares", "repayment")
    expected = (15_000 - 29.874066 * 38.95) / 435.533
    assert float(price_per_share(15_000.0, held)) == pytest.approx(expected)
    assert high.counted_as == ("shares", "shares")
    assert float(price_per_share(20_000.0, held)) == pytest.approx(20_000 / 465.407066)
    # At the put price a share is worth as much.
    even = 38.95 * 465.407066
    assert equity_bridge(even * (1 + 1e-12), held).counted_as[1] == "shares"


def test_preferences_that_exceed_the_equity_share_it() -> None:
    held = Securities(
        ["Common", "A", "B"], ["common", "preferred", "preferred"], [100, 10, 30],
        repayment=[None, 10, 10],
    )  # fmt: skip
    made = equity_bridge([-100, 0, 200, 400, 500, 1_400], held)
    assert made.repaid.tolist() == [
        [0, 0, 0], [0, 0, 0], [0, 50, 150], [0, 100, 300], [0, 100, 300], [0, 0, 0],
    ]  # fmt: skip
    np.testing.assert_allclose(made.claim.sum(-1), [-100, 0, 200, 400, 500, 1_400], atol=1e-12)
    found = price_per_share([-100, 0, 200, 400, 500, 1_400], held)
    assert found.tolist() == [-1, 0, 0, 0, 1, 10]


# Refusals ----------------------------------------------------------------------------------------

HELD = {"kind": ["common", "convertible"], "count": [100.0, 10.0], "strike": [None, 50.0]}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"condition": ["none", "revenue"]},
            "securities Condition must be one of 'none', 'price', 'market value', 'diluted market "
            "value', 'date', 'delivered', 'delivered pro rata', not 'revenue'.",
        ),
        (
            {"cap": [None, 40.0]},
            "securities Cap must be at least the Strike, which is the conversion price, or 0, not "
            "40.",
        ),
        ({"repayment": [None, -1.0]}, "securities Repayment must be at least 0, not -1."),
        (
            {"kind": ["common", "preferred"], "strike": None, "repayment": [None, -10.0]},
            "securities Repayment must be at least 0, not -10.",
        ),
        (
            {"kind": ["common", "puttable"], "strike": None},
            "securities Repayment must be typed for 'B' (0 for no effect), not left blank.",
        ),
        (
            {"repayment": [None, None]},
            "securities Repayment must be typed for 'B' (50 for no effect), not left blank.",
        ),
        (
            {"strike": [None, 5e7]},
            "securities Strike must be at most 10000000 for convertible debt, or it can never "
            "convert, not 50000000.",
        ),
        (
            {"repayment": [None, 1_200.0]},
            "securities Repayment must be that of a share on conversion, at most 10 times the "
            "Strike, not 1200.",
        ),
        (
            {"kind": ["common", "option"], "cap": [None, 60.0]},
            "securities Cap must be blank or 0 except for convertible, not 60.",
        ),
        (
            {"kind": ["common", "option"], "repayment": [None, 60.0]},
            "securities Repayment must be blank or 0 except for convertible, preferred and "
            "puttable, not 60.",
        ),
        (
            {"condition": ["none", "price"]},
            "securities Vests at must be above 0 where Condition is price, diluted market value, "
            "date or delivered, not 0.",
        ),
        (
            {"condition": "none", "vests_at": [None, 40.0]},
            "securities Vests at must be blank without a Condition, not 40.",
        ),
        (
            {"condition": ["none", "delivered"], "vests_at": [None, 40.0]},
            "securities Measured must be typed for 'B' (0 for no effect), not left blank.",
        ),
        (
            {"condition": ["none", "price"], "vests_at": [None, 40.0], "measured": [None, 40.0]},
            "securities Measured must be blank where Condition is neither date nor delivered, "
            "not 40.",
        ),
        (
            {"condition": ["none", "diluted market value"], "vests_at": [None, 40.0]},
            "securities Condition must not be 'diluted market value' for convertible debt or "
            "for RSUs that are partly withheld, because they change that value themselves.",
        ),
        (
            {
                "kind": ["common", "preferred"],
                "strike": None,
                "repayment": [None, 10.0],
                "vests_at": [None, 10.0],
            },
            "securities Vests at must be blank or 0 for what is repaid if it is not taken as "
            "shares, not 10.",
        ),
    ],
)
def test_what_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        Securities(name=["A", "B"], **(HELD | changed))
    assert str(caught.value) == sentence


def test_a_capped_call_in_some_scenarios_alone() -> None:
    """A cap of 0 is no call: as a company without the column, next to one with the call."""
    company: dict[str, Any] = {
        "name": ["A", "B"], "kind": ["common", "convertible"], "count": [100.0, 10.0],
        "strike": [0.0, 50.0],
    }  # fmt: skip
    both = Securities(**company, cap=np.array([[0.0, 0.0], [0.0, 80.0]]))
    plain, called = Securities(**company), Securities(**company, cap=[None, 80.0])
    assert plain.cap.tolist() == [0, 0]
    assert not plain.capped.any()
    for equity in (1_000.0, 6_000.0, 7_500.0, 20_000.0):
        found = price_per_share(np.array([equity, equity]), both)
        one, other = (float(price_per_share(equity, each)) for each in (plain, called))
        assert found.tolist() == pytest.approx([one, other], rel=1e-12)
        assert other >= one
