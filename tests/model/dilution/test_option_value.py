"""Are options valued consistently with payoffs that depend on their own value?

Oracles: the definition, expected payments under the lognormal distribution, by scipy's quadrature;
the circular equations by scipy's bracketed root finder and by plain repetition; scipy's normal
distribution; and identities: what shares and options have together, scaling, the order of the two
adjustments, and that options valued at the iterated value give this value back.
"""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
import scipy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model.dilution import option_value
from model.dilution.black_scholes import Call, Contract, Terms, black_scholes, normal_cdf
from model.dilution.option_value import Adjustment, Options, OptionValues, option_value_diluted
from model.dilution.views import equity_less_options
from model.errors import InputError

prices = st.floats(0.01, 1000) | st.sampled_from([185.0, 17.67])
strikes = st.floats(0.01, 1000) | st.sampled_from([0.0, 1e-5, 25.02])
lives = st.floats(0.01, 15) | st.sampled_from([0.0, 2.58])
shares = st.floats(0.1, 10_000)
counts = st.floats(0, 2000) | st.sampled_from([0.0, 1.0])
volatilities = st.floats(0.01, 1.5) | st.just(0.0)
rates = st.floats(-0.02, 0.15)
yields = st.floats(0, 0.1) | st.just(0.0)
taxes = st.floats(0, 0.9) | st.sampled_from([0.0, 0.35])
ADJUSTMENTS = get_args(Adjustment)
adjustments = st.sampled_from(ADJUSTMENTS)
terms = st.builds(Terms, volatilities, rates, yields)
tranches = st.lists(st.tuples(counts, strikes, lives), min_size=1, max_size=5)


def options(rows: list[tuple[float, float, float]], kind: list[str] | None = None) -> Options:
    count, strike, years = zip(*rows, strict=True)
    return Options(list(map(str, range(len(rows)))), count, strike, years, kind)


def market(volatility: Any, risk_free: Any, dividend_yield: Any = 0.0) -> Terms:
    return Terms(volatility, risk_free, dividend_yield)


@np.errstate(divide="ignore", invalid="ignore")
def call_of(price: Any, strike: float, years: float, t: Terms) -> Call:
    return black_scholes(price, Contract.of(np.float64(strike), np.float64(years), t))


def at_price(
    price: Any, own: Options, n: float, t: Terms, tax: float = 0.0, adjustment: Any = "price"
) -> OptionValues:
    return option_value_diluted(price, own, n, *t, tax, adjustment)


def at_value(
    equity: Any, own: Options, n: float, t: Terms, tax: float = 0.0, adjustment: Any = "price"
) -> OptionValues:
    """Value options at the value per share, which is the second column of the function."""
    listed = equity_less_options(equity, 1.0, own, n, *t, tax, adjustment)
    made = option_value.at_value(equity, own, n, t, tax, adjustment)
    assert listed.price[1] == made.price
    assert listed.after_tax[1] == made.after_tax.sum()
    return made


def expected_payment(
    price: float, strike: float, years: float, t: Terms, payment: Any = None
) -> float:
    """Present value of a payment at maturity, by quadrature over the normal distribution."""
    sigma, r, q = float(t.volatility), float(t.risk_free), float(t.dividend_yield)
    pay = payment or (lambda s: s - strike)
    drift, spread = (r - q - sigma**2 / 2) * years, sigma * math.sqrt(years)
    # Exercise starts here, and quadrature is exact only where the payment is smooth.
    start = (math.log(strike / price) - drift) / spread if strike else -40.0
    found, _ = scipy.integrate.quad(
        lambda z: pay(price * math.exp(drift + spread * z)) * scipy.stats.norm.pdf(z),
        max(start, -40.0),
        spread + 40.0,
        points=[spread] if start < spread else None,
        epsabs=1e-13 * price,
        epsrel=1e-12,
        limit=200,
    )
    return math.exp(-r * years) * found


@settings(max_examples=40)
@given(st.floats(1, 500), st.floats(1, 500), st.floats(0.1, 10), st.floats(0.1, 1), rates, yields)
def test_a_call_is_worth_its_expected_payment(
    price: float, strike: float, years: float, sigma: float, r: float, q: float
) -> None:
    t = market(sigma, r, q)
    found = float(call_of(price, strike, years, t).value)
    assert found == pytest.approx(expected_payment(price, strike, years, t), abs=1e-9 * price)


@given(st.lists(st.floats(-38, 38), min_size=1, max_size=50))
def test_the_normal_distribution_is_that_of_scipy(x: list[float]) -> None:
    np.testing.assert_allclose(normal_cdf(x), scipy.stats.norm.cdf(x), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(normal_cdf(x) + normal_cdf([-y for y in x]), 1, rtol=1e-15)


@given(prices, strikes, lives, terms)
def test_a_call_lies_between_certain_exercise_and_the_share(
    price: float, strike: float, years: float, t: Terms
) -> None:
    call = call_of(price, strike, years, t)
    kept = price * math.exp(-float(t.dividend_yield) * years)
    paid = strike * math.exp(-float(t.risk_free) * years)
    assert max(kept - paid, 0) - 1e-12 * (kept + paid) <= call.value <= kept * (1 + 1e-15)


@given(prices, tranches, shares, terms, adjustments)
def test_the_circle_closes_to_the_last_digits(
    price: float, rows: list[tuple[float, float, float]], n: float, t: Terms, adjustment: str
) -> None:
    made = at_price(price, options(rows), n, t, 0.0, adjustment)
    total = sum(row[0] for row in rows)
    # The value of shares and options together, as the results have it and as the price implies.
    whole = price * n + float(made.value.sum())
    over = n if adjustment == "payoff" else n + total
    assert float(made.diluted_price) * over == pytest.approx(whole, rel=1e-13)
    part = n / (n + total) if adjustment == "payoff" else 1.0
    for (_, strike, years), found in zip(rows, made.per_option, strict=True):
        plain = call_of(made.diluted_price, strike, years, t)
        assert float(found) == pytest.approx(part * float(plain.value), rel=1e-14)


@settings(max_examples=50)
@given(st.floats(1, 500), st.floats(1, 500), st.floats(0.1, 10), shares, st.floats(0.1, 2000))
def test_a_root_finder_finds_the_same_value(
    price: float, strike: float, years: float, n: float, m: float
) -> None:
    t = market(0.45, 0.04)

    def call(s: float) -> float:
        d = (math.log(s / strike) + (0.04 + 0.45**2 / 2) * years) / (0.45 * math.sqrt(years))
        later = scipy.stats.norm.cdf(d - 0.45 * math.sqrt(years))
        return float(s * scipy.stats.norm.cdf(d) - strike * math.exp(-0.04 * years) * later)

    for adjustment, gap in (
        ("price", lambda w: call((price * n + m * w) / (n + m)) - w),
        ("payoff", lambda w: n / (n + m) * call((price * n + m * w) / n) - w),
    ):
        root = scipy.optimize.brentq(gap, 0.0, price + 1.0, xtol=1e-15 * price, rtol=1e-14)
        found = at_price(price, options([(m, strike, years)]), n, t, 0.0, adjustment).per_option[0]
        assert float(found) == pytest.approx(root, rel=1e-10, abs=1e-12 * price)


def test_what_is_no_option_changes_nothing() -> None:
    t, rows = market(0.45, 0.0425), [(1436.0, 25.02, 2.58)]
    alone = at_price(17.67, options(rows), 6487, t)
    with_others = at_price(17.67, options([(900.0, 5.0, 3.0), *rows], ["none", "option"]), 6487, t)
    assert float(with_others.diluted_price) == float(alone.diluted_price)
    assert with_others.value.tolist() == [0.0, float(alone.value[0])]


def test_repeating_the_sheet_by_hand_leads_to_the_same_value() -> None:
    """As a spreadsheet with circular references does: value, price after dilution, value ..."""
    t, worth = market(0.45, 0.0425), 0.0
    for _ in range(200):
        after = (17.67 * 6487 + worth * 1436) / (6487 + 1436)
        worth = float(call_of(after, 25.02, 2.58, t).value)
    made = at_price(17.67, options([(1436, 25.02, 2.58)]), 6487, t)
    assert float(made.per_option[0]) == pytest.approx(worth, rel=1e-14)


@settings(max_examples=25)
@given(st.floats(5, 300), st.floats(5, 300), st.floats(0.5, 8), st.floats(10, 1000), counts)
def test_the_payoff_adjustment_is_what_exercise_at_maturity_pays(
    price: float, strike: float, years: float, n: float, m: float
) -> None:
    t = market(0.4, 0.03)
    made = at_price(price, options([(m, strike, years)]), n, t, 0.0, "payoff")
    whole = float(made.diluted_price)  # per share, today
    # At maturity holders pay K each into the company and own their part of it.
    paid = expected_payment(
        whole, strike, years, t, lambda v: (v * n + m * strike) / (n + m) - strike
    )
    assert float(made.per_option[0]) == pytest.approx(paid, abs=1e-8 * price)


@given(prices, tranches, shares, terms)
def test_payoff_is_never_below_price_and_both_never_above_the_plain_call(
    price: float, rows: list[tuple[float, float, float]], n: float, t: Terms
) -> None:
    if len({row[1:] for row in rows}) > 1:
        rows = [(sum(row[0] for row in rows), *rows[0][1:])]
    low, high = (at_price(price, options(rows), n, t, 0.0, a).per_option[0] for a in ADJUSTMENTS)
    plain = call_of(price, rows[0][1], rows[0][2], t).value
    assert low <= high * (1 + 1e-11) + 1e-300
    # A call may grow on the price after dilution only as much as the price itself does.
    assert high <= plain * (1 + 1e-11) + 1e-11 * price


@given(prices, strikes, lives, shares, terms, adjustments)
def test_no_options_dilute_nothing(
    price: float, strike: float, years: float, n: float, t: Terms, adjustment: str
) -> None:
    made = at_price(price, options([(0.0, strike, years)]), n, t, 0.0, adjustment)
    assert float(made.diluted_price) == pytest.approx(price, rel=1e-15)
    plain = call_of(price, strike, years, t).value
    assert float(made.per_option[0]) == pytest.approx(float(plain), rel=1e-11, abs=1e-13 * price)
    assert float(made.value.sum()) == 0


@given(prices, tranches, shares, terms, adjustments, st.sampled_from([0.25, 4.0, 1024.0]))
def test_prices_and_counts_scale(
    price: float,
    rows: list[tuple[float, float, float]],
    n: float,
    t: Terms,
    adjustment: str,
    by: float,
) -> None:
    once = at_price(price, options(rows), n, t, 0.0, adjustment).value
    dearer = options([(m, k * by, y) for m, k, y in rows])
    more = options([(m * by, k, y) for m, k, y in rows])
    for scaled in (
        at_price(price * by, dearer, n, t, 0.0, adjustment).value,
        at_price(price, more, n * by, t, 0.0, adjustment).value,
    ):
        np.testing.assert_allclose(scaled, once * by, rtol=1e-11, atol=1e-13 * price * by * n)


@given(prices, prices, tranches, shares, terms, adjustments)
def test_options_never_fall_when_the_share_rises(
    one: float,
    other: float,
    rows: list[tuple[float, float, float]],
    n: float,
    t: Terms,
    adjustment: str,
) -> None:
    both = np.array(sorted((one, other)))
    low, high = at_price(both, options(rows), n, t, 0.0, adjustment).value
    assert (low <= high * (1 + 1e-12) + 1e-13 * one).all()


@given(st.floats(1, 1e5), tranches, shares, terms, taxes, adjustments)
def test_the_iterated_value_is_consistent(
    equity: float,
    rows: list[tuple[float, float, float]],
    n: float,
    t: Terms,
    tax: float,
    adjustment: str,
) -> None:
    own = options(rows)
    made = at_value(equity, own, n, t, tax, adjustment)
    # Shares and options after tax are worth the equity value ...
    assert float(made.price) * n + float(made.after_tax.sum()) == pytest.approx(equity, rel=1e-11)
    # ... and at that price the options are worth what was subtracted.
    assume(float(made.price) > 1e-9)
    again = at_price(made.price, own, n, t, tax, adjustment)
    np.testing.assert_allclose(again.value, made.value, rtol=1e-8, atol=1e-11 * equity)


def test_the_iterated_value_by_repetition() -> None:
    """Google: value per share, options at it, value per share ... as the book describes."""
    own, t, value = options([(25.61, 24.41, 4.5)]), market(0.55, 0.0425), 295.97
    for _ in range(200):
        value = (32_187 - float(at_price(value, own, 277.78, t, 0.35).after_tax.sum())) / 277.78
    assert float(at_value(32_187, own, 277.78, t, 0.35).price) == pytest.approx(value, rel=1e-13)


@given(st.floats(1, 1e5), tranches, shares, terms, adjustments)
def test_tax_lowers_only_what_employees_cost(
    equity: float, rows: list[tuple[float, float, float]], n: float, t: Terms, adjustment: str
) -> None:
    warrants = options(rows, ["warrant"] * len(rows))
    employees = options(rows)
    untaxed = at_value(equity, employees, n, t, 0.0, adjustment)
    np.testing.assert_array_equal(
        at_value(equity, warrants, n, t, 0.35, adjustment).after_tax, untaxed.value
    )
    assert at_value(equity, employees, n, t, 0.35, adjustment).price >= untaxed.price * (1 - 1e-12)


@given(prices, tranches, shares, terms, taxes)
def test_the_lines_add_up(
    price: float, rows: list[tuple[float, float, float]], n: float, t: Terms, tax: float
) -> None:
    made = at_price(price, options(rows), n, t, tax)
    count = np.array([row[0] for row in rows])
    np.testing.assert_array_equal(made.value, count * made.per_option)
    np.testing.assert_allclose(made.after_tax, made.value * (1 - tax), rtol=1e-15)
    np.testing.assert_array_equal(
        made.exercise_value, count * [max(price - row[1], 0) for row in rows]
    )
    np.testing.assert_array_equal(made.time_value, made.value - made.exercise_value)


def test_many_scenarios_are_each_one_alone() -> None:
    price = np.array([1.0, 17.67, 400.0])
    sigma = np.array([[0.2], [0.45]])
    own = options([(1436, 25.02, 2.58), (30, 1e-5, 9.0)])
    together = at_price(price, own, 6487, market(sigma, 0.0425), 0.368)
    assert together.value.shape == (2, 3, 2)
    for i, s in enumerate(sigma[:, 0]):
        for j, p in enumerate(price):
            alone = at_price(p, own, 6487, market(s, 0.0425), 0.368)
            np.testing.assert_allclose(together.after_tax[i, j], alone.after_tax, rtol=1e-13)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@pytest.mark.parametrize("strike", [0.0, 1e-5, 10.0, 1e6])
@pytest.mark.parametrize("n", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("sigma", [0.0, 0.5, 5.0])
@pytest.mark.parametrize("years", [0.0, 5.0, 100.0])
def test_extremes(adjustment: str, strike: float, n: float, sigma: float, years: float) -> None:
    own = options([(1000.0, strike, years)])
    for price in (0.0, 10.0):
        made = at_price(price, own, n, market(sigma, 0.04), 0.0, adjustment)
        over = n if adjustment == "payoff" else n + 1000.0
        whole = price * n + float(made.value[0])
        assert float(made.diluted_price) * over == pytest.approx(whole, rel=1e-13)
        # With a million options to a share, a digit of the total is a million times one of its own.
        assert 0 <= made.per_option[0] <= price * (1 + 1e-9)


def test_ten_thousand_tranches_and_none() -> None:
    names = list(map(str, range(10_000)))
    many = Options(names, np.full(10_000, 0.01), np.linspace(0, 500, 10_000), 3.0)
    made = at_price(185.0, many, 215.2, market(0.6, 0.04))
    whole = 185 * 215.2 + made.value.sum()
    assert float(made.diluted_price) * 315.2 == pytest.approx(whole, rel=1e-13)
    none = Options([], [], [], [])
    assert float(at_price(185.0, none, 215.2, market(0.6, 0.04)).diluted_price) == 185.0
    assert float(at_value(4e4, none, 200.0, market(0.6, 0.04), 0.3).price) == 200.0


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Options(["a"], [-1.0], [1.0], [1.0]), "options Count"),
        (lambda: Options(["a"], [1.0], [-1.0], [1.0]), "options Strike"),
        (lambda: Options(["a"], [1.0], [1.0], [-1.0]), "options Years"),
        (lambda: Options(["a"], [1.0], [1.0], [365.0]), "options Years"),
        (lambda: Options(["a"], [1.0], [1.0], [math.nan]), "options Years"),
        (lambda: Options(["a"], [1.0], [1.0], [1.0], ["rsu"]), "options Type"),
        (lambda: at_price(1.0, options([(1, 1, 1)]), 1, market(-0.1, 0.04)), "volatility"),
        (lambda: at_price(1.0, options([(1, 1, 1)]), 1, market(45.0, 0.04)), "volatility"),
        (lambda: at_price(1.0, options([(1, 1, 1)]), 1, market(0.45, 4.25)), "risk_free"),
        (
            lambda: at_price(1.0, options([(1, 1, 1)]), 1, market(0.45, 0.04, -0.01)),
            "dividend_yield",
        ),
        (lambda: at_price(-1.0, options([(1, 1, 1)]), 1, market(0.4, 0.04)), "price"),
        (lambda: at_price(1.0, options([(1, 1, 1)]), 0, market(0.4, 0.04)), "shares"),
        (lambda: at_price(1.0, options([(1, 1, 1)]), 1, market(0.4, 0.04), 35.0), "tax_rate"),
        (lambda: at_value(-1.0, options([(1, 1, 1)]), 1, market(0.4, 0.04)), "equity_value"),
        (
            lambda: at_price(1.0, options([(1, 1, 1)]), 1, market(0.4, 0.04), 0.0, "dilution"),
            "adjustment",
        ),
    ],
)
def test_what_is_refused(call: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named} "):
        call()
