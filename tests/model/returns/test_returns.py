"""Are present values, annuities and returns to an exit what their equations say?

Oracles: sums and corkscrews in plain Python, period by period; pyxirr, a program of its own; the
equation itself, put back; and round trips, such as an exit at what a price would have grown to.
Internal rates have their own file. Published figures are in `tests/data/published.json`.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import assume, given
from hypothesis import strategies as st

from model.dilution.shares import Securities, price_per_share
from model.errors import InputError
from model.returns import annuities
from model.returns import exits as returns
from model.returns.annuities import WHENS

rates = st.floats(-0.5, 2.0) | st.sampled_from([0.0, 0.01, 0.1])
amounts = st.floats(-1e5, 1e5)
flows = st.lists(amounts, min_size=1, max_size=30)
counts = st.integers(1, 120)
whens = st.sampled_from(WHENS)
#: Down to what a difference of rates leaves.
small_rates = st.floats(-0.05, 0.2) | st.floats(-1e-6, 1e-6)


def size(cash_flows: list[float], rate: float) -> float:
    return sum(abs(c) * (1 + rate) ** -n for n, c in enumerate(cash_flows)) + 1


@given(rates, flows, whens)
def test_net_present_value_is_a_sum(rate: float, cash_flows: list[float], first: str) -> None:
    found = returns.net_present_value(rate, cash_flows, first)
    start = 1 if first == "end" else 0
    expected = math.fsum(c * (1 + rate) ** -n for n, c in enumerate(cash_flows, start))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-11 * size(cash_flows, rate))


@given(rates, flows)
def test_both_conventions_are_pyxirrs(rate: float, cash_flows: list[float]) -> None:
    tolerance = 1e-10 * size(cash_flows, rate)
    for first, today in (("begin", True), ("end", False)):
        theirs = pyxirr.npv(rate, cash_flows, start_from_zero=today)
        assert theirs is not None
        found = returns.net_present_value(rate, cash_flows, first)
        assert found == pytest.approx(theirs, rel=1e-9, abs=tolerance)


@given(rates, st.lists(st.tuples(amounts, st.integers(0, 5000)), min_size=1, max_size=20))
def test_dated_present_value_is_a_sum(rate: float, dated: list[tuple[float, int]]) -> None:
    start = date(2026, 5, 14)
    values, offsets = [0.0, *(c for c, _ in dated)], [0, *(d for _, d in dated)]
    days = [start + timedelta(days=d) for d in offsets]
    found = returns.dated_present_value(rate, values, np.array(days, "datetime64[D]"))
    terms = [c * (1 + rate) ** (-d / 365) for c, d in zip(values, offsets, strict=True)]
    near = 1e-10 * (sum(map(abs, terms)) + 1)
    assert found == pytest.approx(math.fsum(terms), rel=1e-9, abs=near)
    assert found == pytest.approx(pyxirr.xnpv(rate, days, values), rel=1e-9, abs=near)


@given(st.lists(amounts, min_size=2, max_size=20), st.floats(-0.2, 0.5), st.floats(-0.2, 0.5))
def test_modified_rate_joins_payments_and_receipts(
    cash_flows: list[float], finance: float, reinvest: float
) -> None:
    assume(min(cash_flows) < -1 and max(cash_flows) > 1)
    found = returns.modified_internal_rate(cash_flows, finance, reinvest)
    last = len(cash_flows) - 1
    paid = -sum(min(c, 0) * (1 + finance) ** -n for n, c in enumerate(cash_flows))
    received = sum(max(c, 0) * (1 + reinvest) ** (last - n) for n, c in enumerate(cash_flows))
    assert paid * (1 + found) ** last == pytest.approx(received, rel=1e-9)


# Annuities ------------------------------------------------------------------------------------


def balance(rate: float, periods: int, payment: float, start: float, when: str) -> float:
    """What has accrued at the end, period by period: the opposite of a final amount."""
    held = start
    for _ in range(periods):
        held = (held + payment) * (1 + rate) if when == "begin" else held * (1 + rate) + payment
    return held


@given(small_rates, counts, amounts, amounts, whens)
def test_all_of_an_annuity_settles_in_a_corkscrew(
    rate: float, periods: int, payment: float, other: float, when: str
) -> None:
    growth = max(1.0, (1 + rate) ** periods)
    near = 1e-12 * periods * growth * (abs(payment) * periods + abs(other) + 1)
    final = annuities.future_value(rate, periods, payment, other, when)
    assert balance(rate, periods, payment, other, when) + final == pytest.approx(0, abs=near)
    start = annuities.present_value(rate, periods, payment, other, when)
    assert balance(rate, periods, payment, start, when) + other == pytest.approx(0, abs=near)
    each = annuities.payment(rate, periods, payment, other, when)
    near = 1e-12 * periods * growth * (abs(each) * periods + abs(payment) + abs(other) + 1)
    assert balance(rate, periods, each, payment, when) + other == pytest.approx(0, abs=near)


@given(st.floats(1e-3, 0.2) | st.floats(-0.05, -1e-3), counts, amounts, amounts, whens)
def test_annuities_are_numpy_financials(
    rate: float, periods: int, payment: float, other: float, when: str
) -> None:
    n = periods
    near = {"rel": 1e-9, "abs": 1e-9 * (abs(payment) + abs(other)) * n * max(1, (1 + rate) ** n)}
    # Below the smallest normal number, digits are lost.
    near["abs"] = near["abs"] * max(1.0, (1 + rate) ** -n) + np.finfo(float).tiny
    pairs = (
        (annuities.present_value, npf.pv),
        (annuities.future_value, npf.fv),
        (annuities.payment, npf.pmt),
    )
    for ours, theirs in pairs:
        assert ours(rate, n, payment, other, when) == pytest.approx(
            float(theirs(rate, n, payment, other, when)), **near
        )


@pytest.mark.parametrize("rate", [1e-17, -1e-17, 1e-14, 1e-12, -1e-9])
def test_next_to_no_rate_is_next_to_nothing(rate: float) -> None:
    for when in WHENS:
        assert annuities.present_value(rate, 120, -100, 0, when) == pytest.approx(12000)
        assert annuities.future_value(rate, 120, -100, 0, when) == pytest.approx(12000)
        assert annuities.payment(rate, 120, 12000, 0, when) == pytest.approx(-100)
        assert annuities.periods(rate, -100, 12000, 0, when) == pytest.approx(120)


@given(st.floats(0.001, 0.2), counts, st.floats(1, 1e4), st.floats(0, 1e5), whens)
def test_periods_and_rate_of_an_annuity_are_found_again(
    rate: float, periods: int, payment: float, final: float, when: str
) -> None:
    price = annuities.present_value(rate, periods, payment, final, when)
    assert price < 0
    assume(periods * math.log1p(rate) < 12)
    back = annuities.periods(rate, payment, price, final, when)
    # Where the payments are the interest, any number of periods settles.
    interest = -price * rate / (1 + rate if when == "begin" else 1)
    if abs(payment / interest - 1) > 1e-3:
        assert back == pytest.approx(periods, rel=1e-6)
    if when == "begin" and periods == 1 and final == 0:
        return  # Paid and received at once.
    found = annuities.rate(periods, payment, price, final, when)
    if when == "end" or abs(price + payment) > 1e-6 * payment:
        assert found == pytest.approx(rate, rel=1e-6)


@pytest.mark.parametrize("when", WHENS)
def test_rate_is_pyxirrs(when: str) -> None:
    theirs = pyxirr.rate(48, -200, 8000, -500, pmt_at_beginning=when == "begin")
    found = annuities.rate(48, -200, 8000, -500, when)
    assert theirs is not None
    assert found == pytest.approx(theirs, rel=1e-8)


def test_an_annuity_without_a_rate_or_a_term() -> None:
    with pytest.raises(InputError, match=r"^payment with present_value and future_value must make"):
        annuities.rate(12, 100, 1000, 0, "end")
    with pytest.raises(InputError, match=r"^payment with .* leave 2 internal rates above -1"):
        annuities.rate(2, 25000, -4000, -50000, "end")
    # 5 a month never repays 1,000 at 1% a month.
    with pytest.raises(InputError, match=r"^payment must settle .* which -5 never does"):
        annuities.periods(0.01, -5, 1000, 0, "end")
    with pytest.raises(InputError, match=r"^payment must settle .* which 0 never does"):
        annuities.periods(0.0, 0.0, 1000, 0, "end")
    with pytest.raises(InputError, match=r"^periods must be above 0 and at most 12000, not 0"):
        annuities.payment(0.01, 0, 1000, 0, "end")


# Exits ----------------------------------------------------------------------------------------


@given(st.floats(0.01, 1e4), st.floats(-0.9, 5), st.floats(0.1, 20))
def test_an_exit_at_what_the_price_would_have_grown_to(
    entry: float, rate: float, years: float
) -> None:
    grown = entry * (1 + rate) ** years
    assume(grown > 1e-200)
    found = returns.to_exit(entry, grown, years)
    assert found.internal_rate == pytest.approx(rate, rel=1e-9, abs=1e-9)
    assert found.multiple_of_money == pytest.approx((1 + rate) ** years, rel=1e-12)


@given(
    st.floats(1, 1e4), st.floats(0.01, 1e5), st.floats(1, 20),
    st.lists(st.floats(0, 1e3), max_size=20),
)  # fmt: skip
def test_interim_flows_are_discounted_from_their_years(
    entry: float, exit_value: float, years: float, interim: list[float]
) -> None:
    interim = interim[: int(years)]
    found = returns.to_exit(entry, exit_value, years, interim)
    rate = found.internal_rate
    assume(rate > -0.99)
    back = sum(c * (1 + rate) ** -n for n, c in enumerate(interim, 1))
    back += exit_value * (1 + rate) ** -years
    assert back == pytest.approx(entry, rel=1e-9)
    assert found.multiple_of_money == pytest.approx((exit_value + sum(interim)) / entry, rel=1e-12)
    more = returns.to_exit(entry, exit_value + 1, years, interim).internal_rate
    assert more >= rate - 1e-12 * (1 + rate)


def test_further_payments_count_as_paid() -> None:
    found = returns.to_exit(100, 300, 3, [-50, 10])
    assert (found.invested, found.received) == (150, 310)
    assert found.multiple_of_money == pytest.approx(310 / 150)
    r = found.internal_rate
    assert -100 - 50 / (1 + r) + 10 / (1 + r) ** 2 + 300 / (1 + r) ** 3 == pytest.approx(
        0, abs=1e-9
    )


def test_what_an_exit_refuses() -> None:
    assert returns.to_exit(100, 0, 3).internal_rate == -1
    for arguments, named in (
        ((0, 250, 5), "entry"),
        ((100, -1, 5), "exit_value"),
        ((100, 250, 0), "years"),
        ((100, 250, 1.5, [1, 2]), "interim"),
        # Paid in again after a dividend: 25% or 400%, and nobody can say which.
        ((4000, 0, 2, [25000, -25000]), "interim"),
    ):
        with pytest.raises(InputError, match=f"^{named} "):
            returns.to_exit(*arguments)


OFFTAKER = Securities(
    ["Common", "Options", "Warrant"],
    ["common", "option", "warrant"],
    [215, 28.4, 33.4],
    [0, 4.97, 0.01],
)


@given(
    st.floats(1, 500),
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0.2, 10)), min_size=1, max_size=6),
    st.lists(st.floats(0, 60), min_size=1, max_size=6),
    st.floats(-9e3, 9e3),
)
def test_each_cell_of_the_grid_is_an_exit(
    entry: float, exits: list[tuple[float, float]], multiples: list[float], net_debt: float
) -> None:
    metric, years = zip(*exits, strict=True)
    grid = returns.exit_grid(entry, metric, years, multiples, OFFTAKER, net_debt)
    for i, m in enumerate(multiples):
        for j, (base, when) in enumerate(exits):
            price = max(0.0, float(price_per_share(m * base - net_debt, OFFTAKER)))
            assert float(grid.price[i, j]) == pytest.approx(price, rel=1e-12, abs=1e-12)
            expected = returns.to_exit(entry, price, when).internal_rate if price else -1.0
            if abs(expected) < 1e6:
                found = float(grid.internal_rate[i, j])
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-7)


def test_scenarios_of_the_grid_are_grids() -> None:
    entry, debt = np.array([100.0, 185.0]), np.array([[0.0, 500.0], [-800.0, 0.0]])
    metric, years, multiples = [1000.0, 2000.0], [1.0, 2.0], [5.0, 10.0, 20.0]
    both = returns.exit_grid(entry, metric, years, multiples, OFFTAKER, debt)
    assert both.internal_rate.shape == (2, 3, 2)
    for s in range(2):
        one = returns.exit_grid(entry[s], metric, years, multiples, OFFTAKER, debt[s])
        assert np.allclose(both.internal_rate[s], one.internal_rate, rtol=1e-14)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"entry_price": 0}, "entry_price"),
        ({"metric": [-1.0, 2.0]}, "metric"),
        ({"years": [1.0]}, "years"),
        ({"years": [0.0, 1.0]}, "years"),
        ({"multiples": [-1.0]}, "multiples"),
        ({"net_debt": [1.0, 2.0, 3.0]}, "net_debt"),
    ],
)
def test_what_the_grid_refuses(change: dict[str, object], named: str) -> None:
    valid = {"entry_price": 100, "metric": [1.0, 2.0], "years": [1.0, 2.0], "multiples": [5.0]}
    with pytest.raises(InputError, match=f"^{named} must"):
        returns.exit_grid(**valid | change, securities=OFFTAKER)
