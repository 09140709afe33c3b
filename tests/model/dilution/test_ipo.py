"""Do the mechanics of an offer match its prospectus, and does every share have an owner?

Oracles: the filings of Cerebras at two prices, of which one must lead to the other; the same lines
added up with plain numbers; and identities: what the company gets and what it pays away are all of
the gross proceeds, parts sum to one, book value after is the average of old and new money.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dilution.holders import Classes, Ownership, ipo_investors, ipo_ownership
from model.dilution.ipo import ipo_book_dilution, ipo_offer, ipo_post_money, ipo_proceeds
from model.errors import InputError

prices = st.floats(0.01, 1000)
counts = st.floats(0, 500)
some = st.floats(0.01, 500)

#: Printed at the middle of the first and of the raised range (S-1/A of 4 and 11 May 2026).
FIRST = {"price": 120.0, "primary": 28.0, "over": 4.2, "issued": 2.405513, "withheld": 1.916764}
RAISED = {"price": 155.0, "primary": 30.0, "over": 4.5, "issued": 2.668673, "withheld": 2.126456}
NET = {120.0: (3241.8, 3729.4), 155.0: (4487.5, 5162.0)}
TAX = {120.0: 230.0, 155.0: 329.6}


@pytest.mark.parametrize("terms", [FIRST, RAISED])
def test_one_discount_explains_both_printed_proceeds(terms: dict[str, float]) -> None:
    """The step between the two printed figures gives the discount, the rest the expenses."""
    without, full = NET[terms["price"]]
    discount = 1 - (full - without) / (terms["over"] * terms["price"])
    expenses = terms["primary"] * terms["price"] * (1 - discount) - without
    assert 0.0320 < discount < 0.0335
    assert 8 < expenses < 11
    made = ipo_proceeds(
        terms["price"], terms["primary"], terms["over"], discount, expenses, terms["withheld"]
    )
    np.testing.assert_allclose(made.net, [without, full], atol=1e-9)
    np.testing.assert_allclose(made.rsu_tax, TAX[terms["price"]], atol=0.05)


def test_the_book_value_of_the_first_terms_leads_to_that_of_the_raised_ones() -> None:
    after_first = 182.559868 + FIRST["primary"] + FIRST["issued"]
    assert after_first == pytest.approx(212.965381, abs=1e-9)  # Printed.
    before = 20.50 * after_first - (NET[120.0][0] - TAX[120.0])
    made = ipo_book_dilution(
        155.0, before, 182.559868, RAISED["primary"] + RAISED["issued"], NET[155.0][0] - TAX[155.0]
    )
    assert float(made.after) == pytest.approx(25.61, abs=0.012)
    assert float(made.dilution) == pytest.approx(129.39, abs=0.012)


@given(prices, counts, counts, st.floats(0, 0.99), st.floats(0, 50), counts)
def test_gross_proceeds_are_all_accounted_for(
    price: float, primary: float, over: float, discount: float, expenses: float, withheld: float
) -> None:
    made = ipo_proceeds(price, primary, over, discount, expenses, withheld)
    for i, sold in enumerate((primary, primary + over)):
        assert made.shares_sold[i] == sold
        assert made.gross[i] == pytest.approx(sold * price)
        paid_away = made.discount[i] + made.expenses[i] + made.rsu_tax[i]
        assert made.cash_kept[i] + paid_away == pytest.approx(
            made.gross[i], rel=1e-12, abs=1e-9 * (1 + paid_away)
        )
        assert made.net[i] == pytest.approx(sold * price * (1 - discount) - expenses)


@given(prices, some, counts, counts, counts, st.floats(0, 1))
def test_post_money_is_pre_money_and_the_new_shares(
    price: float, before: float, primary: float, over: float, rsus: float, sold: float
) -> None:
    made = ipo_post_money(price, before, primary, over, rsus, sold * before)
    new = made.shares_issued + made.rsu_shares
    np.testing.assert_allclose(made.post_money - made.pre_money, new * price, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(made.shares_after - new, before, rtol=1e-12, atol=1e-9)
    assert ((made.float_share >= 0) & (made.float_share <= 1)).all()
    # Numbers so small that they lose digits when multiplied are excluded.
    np.testing.assert_allclose(
        made.float_value, made.float_share * made.post_money, rtol=1e-12, atol=1e-290
    )
    # Before the offer a holder of all shares owns what is not given up after it.
    np.testing.assert_allclose(1 - made.given_up, before / made.shares_after, rtol=1e-9, atol=1e-12)


def ownership(before: Any, issued: Any, votes: Any, moved: Any = 0.0) -> Ownership:
    """Ownership of classes that are numbered."""
    names = list(map(str, range(len(before))))
    return ipo_ownership(Classes(names, before, issued, votes, moved))


classes = st.lists(st.tuples(some, counts, st.integers(0, 20)), min_size=2, max_size=5).filter(
    lambda rows: any(r[2] for r in rows)
)


@given(classes, st.floats(0, 1))
def test_owners_and_voters_are_everybody(rows: list[tuple[float, float, int]], part: float) -> None:
    before, issued, votes = (np.array(x, dtype=float) for x in zip(*rows, strict=True))
    moved = np.zeros(len(rows))
    moved[0], moved[1] = -part * before[0], part * before[0]
    made = ownership(before, issued, votes, moved)
    for parts in (made.owned_before, made.owned_after, made.votes_before, made.votes_after):
        assert float(parts.sum()) == pytest.approx(1.0, rel=1e-12)
        assert (parts >= 0).all()
    assert float(made.after.sum()) == pytest.approx(float((before + issued).sum()), rel=1e-12)
    weights = made.after * votes
    np.testing.assert_allclose(made.votes_after, weights / weights.sum(), rtol=1e-12)


def test_selling_a_share_of_many_votes_gives_votes_away() -> None:
    """Class B becomes class A when it is sold: its seller loses 20 votes, its buyer has one."""
    before, votes = [100.0, 0.0], [20.0, 1.0]
    kept = ownership(before, [0.0, 30.0], votes)
    sold = ownership(before, [0.0, 30.0], votes, [-10.0, 10.0])
    assert float(kept.votes_after[0]) == pytest.approx(2000 / 2030)
    assert float(sold.votes_after[0]) == pytest.approx(1800 / 1840)
    assert float(sold.owned_after[0]) == pytest.approx(90 / 130)


@given(prices, st.floats(-500, 5000), some, some, st.floats(-100, 5000))
def test_book_value_after_is_the_average_of_old_and_new_money(
    price: float, book: float, before: float, issued: float, kept: float
) -> None:
    made = ipo_book_dilution(price, book, before, issued, kept)
    weights = np.array([before, issued]) / (before + issued)
    average = weights @ np.array([book / before, kept / issued])
    assert float(made.after) == pytest.approx(float(average), rel=1e-9, abs=1e-9)
    assert float(made.before + made.increase) == pytest.approx(
        float(made.after), rel=1e-9, abs=1e-9
    )
    assert float(made.after + made.dilution) == pytest.approx(price, rel=1e-9, abs=1e-9)
    assert float(made.dilution_share) == pytest.approx(float(made.dilution) / price)


def test_square_tables_existing_holders_against_new_investors() -> None:
    """Printed on page 58 of its S-1/A of 6 November 2015; 1.35 million shares are a holder's."""
    made = ipo_investors(12.0, 25.65, 297.294713, 764.899, 1.35)
    np.testing.assert_allclose(made.shares, [295.944713, 27.0], atol=1e-9)
    np.testing.assert_allclose(made.consideration, [764.899, 324.0], atol=1e-9)
    np.testing.assert_allclose(made.shares_part, [0.916, 0.084], atol=0.0005)
    np.testing.assert_allclose(made.consideration_part, [0.702, 0.298], atol=0.0005)
    np.testing.assert_allclose(made.average_price, [2.58, 12.00], atol=0.005)
    # With all of the over-allotment: 90.5% and 9.5%.
    full = ipo_investors(12.0, 25.65 + 0.15 * 27.0, 297.294713, 764.899, 1.35)
    np.testing.assert_allclose(full.shares_part, [0.905, 0.095], atol=0.0005)


@given(prices, counts, some, st.floats(0, 5000), st.floats(0, 1))
def test_investors_with_plain_numbers(
    price: float, primary: float, held: float, paid: float, sold: float
) -> None:
    secondary = sold * held
    made = ipo_investors(price, primary, held, paid, secondary)
    shares, money = (held - secondary, primary + secondary), (paid, (primary + secondary) * price)
    for i in range(2):
        assert made.shares[i] == pytest.approx(shares[i])
        assert made.shares_part[i] == pytest.approx(shares[i] / (held + primary))
        assert made.consideration[i] == pytest.approx(money[i])
        assert made.average_price[i] == (
            pytest.approx(money[i] / shares[i], rel=1e-9) if shares[i] else 0.0
        )
        if sum(money):
            assert made.consideration_part[i] == pytest.approx(money[i] / sum(money))
    # The share count does not depend on who sells.
    unsold = ipo_investors(price, primary, held, paid)
    assert float(made.shares.sum()) == pytest.approx(float(unsold.shares.sum()))


def test_an_offer_of_nothing_changes_nothing() -> None:
    made = ipo_post_money(185.0, 182.5, 0.0)
    assert made.shares_after.tolist() == [182.5, 182.5]
    assert made.given_up.tolist() == [0.0, 0.0]
    assert ipo_proceeds(185.0, 0.0).cash_kept.tolist() == [0.0, 0.0]
    book = ipo_book_dilution(185.0, 1000.0, 100.0, 0.0, 0.0)
    assert float(book.increase) == 0.0


def test_many_prices_are_each_one_alone() -> None:
    price = np.array([115.0, 185.0, 350.0])
    made = ipo_proceeds(price, 30.0, 4.5, 0.033, 9.0, 2.1)
    assert made.net.shape == (3, 2)
    for i, p in enumerate(price):
        np.testing.assert_array_equal(made.net[i], ipo_proceeds(p, 30.0, 4.5, 0.033, 9.0, 2.1).net)
    assert ipo_post_money(price, 182.5, 30.0, 4.5).post_money.shape == (3, 2)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: ipo_proceeds(-1.0, 30.0), "price"),
        (lambda: ipo_proceeds(185.0, -30.0), "primary"),
        (lambda: ipo_proceeds(185.0, 30.0, -4.5), "over_allotment"),
        (lambda: ipo_proceeds(185.0, 30.0, 4.5, 3.3), "discount"),
        (lambda: ipo_proceeds(185.0, 30.0, 4.5, 0.033, -9.0), "expenses"),
        (lambda: ipo_proceeds(185.0, 30.0, 4.5, 0.033, 9.0, -2.0), "rsu_withheld"),
        (lambda: ipo_proceeds(math.nan, 30.0), "price"),
        (lambda: ipo_post_money(185.0, 0.0, 30.0), "shares_before"),
        (lambda: ipo_post_money(185.0, 180.0, 30.0, 0.0, -1.0), "rsu_shares"),
        (lambda: ipo_post_money(185.0, 180.0, 30.0, 0.0, 0.0, 200.0), "secondary"),
        (lambda: ownership([-1.0], [0.0], [1.0]), "classes Before"),
        (lambda: ownership([1.0], [-1.0], [1.0]), "classes Issued"),
        (lambda: ownership([1.0], [0.0], [-1.0]), "classes Votes"),
        (lambda: ownership([1.0], [0.0], [0.0]), "classes"),
        (lambda: ownership([9.0, 1.0], [0.0, 0.0], [1, 1], [-1.0, 2.0]), "classes Transferred"),
        (lambda: ownership([9.0, 1.0], [0.0, 0.0], [1, 1], [2.0, -2.0]), "classes Transferred"),
        (lambda: ipo_investors(-1.0, 30.0, 180.0, 2930.0), "price"),
        (lambda: ipo_investors(185.0, -30.0, 180.0, 2930.0), "primary"),
        (lambda: ipo_investors(185.0, 30.0, 0.0, 2930.0), "existing_shares"),
        (lambda: ipo_investors(185.0, 30.0, 180.0, -1.0), "existing_paid"),
        (lambda: ipo_investors(185.0, 30.0, 180.0, 2930.0, 181.0), "secondary"),
        (lambda: ipo_book_dilution(0.0, 1.0, 1.0, 1.0, 1.0), "price"),
        (lambda: ipo_book_dilution(1.0, 1.0, 0.0, 1.0, 1.0), "shares_before"),
        (lambda: ipo_book_dilution(1.0, 1.0, 1.0, -1.0, 1.0), "shares_issued"),
    ],
)
def test_what_is_refused(call: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} "):
        call()


@given(prices, st.floats(-500, 5000), some, counts, counts, st.floats(0, 0.99), counts,
       st.floats(0, 1), st.floats(0, 1))  # fmt: skip
def test_an_offer_is_one_chain(
    price: float, cash: float, before: float, primary: float, over: float, spread: float,
    rsus: float, withheld: float, sold: float,
) -> None:  # fmt: skip
    """Written once more from the holders' side: who pays in, who is paid, and who owns what."""
    made = ipo_offer(
        price, cash, before, primary, over, sold * before, spread, 9.0, rsus, withheld
    )  # fmt: skip
    for i, new in enumerate((primary, primary + over)):
        paid_in = new * price - new * price * spread - 9.0 - rsus * withheld * price
        # Cash is known to the last digit of the largest amount in it.
        near = 1e-12 * (abs(cash) + new * price + rsus * price + 9)
        assert made.cash_after[i] == pytest.approx(cash + paid_in, rel=1e-12, abs=near)
        owners = before + new + rsus - rsus * withheld
        assert made.shares_after[i] == pytest.approx(owners, rel=1e-12)
        assert made.post_money[i] == pytest.approx(owners * price, rel=1e-12)
        assert made.to_holders[i] == pytest.approx(sold * before * price * (1 - spread), rel=1e-12)
    # The same lines as the functions that give a part of the chain each.
    alone = ipo_proceeds(price, primary, over, spread, 9.0, rsus * withheld)
    for name in ("gross", "net", "rsu_tax", "cash_kept"):
        np.testing.assert_array_equal(getattr(made, name), getattr(alone, name))


def test_a_higher_offer_price_moves_all_that_follows_from_it() -> None:
    """185 to 200, for 30 million shares: 450 more before fees, and the tax rises by 2.1 * 15."""
    terms = (1_716.0, 182.559868, 30.0, 4.5, 0.0, 0.033, 9.0, 4.795129, 2.126456 / 4.795129)
    low, high = (ipo_offer(price, *terms) for price in (185.0, 200.0))
    assert float(high.gross[0] - low.gross[0]) == pytest.approx(450)
    kept = 450 * (1 - 0.033) - 2.126456 * 15
    assert float(high.cash_after[0] - low.cash_after[0]) == pytest.approx(kept)
    assert float(high.shares_after[0]) == float(low.shares_after[0])
