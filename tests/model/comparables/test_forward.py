"""Are forward multiples, gross margins and the values that several multiples imply right?

Oracles: ratios in plain Python; `numpy.percentile`; COMPS_IMPLIED one multiple at a time; the price
per share put back into the equity value.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.comparables.implied import OwnFigures, comps_implied, comps_implied_ranges
from model.comparables.peers import MEASURES, Peers, comps_multiples, comps_quartiles
from model.dilution.securities import Securities
from model.dilution.shares import diluted_shares
from model.errors import InputError

SECURITIES = Securities(
    ["Common", "Options", "Warrant"],
    ["common", "option", "warrant"],
    [215, 28.4, 33.4],
    [0, 4.97, 40],
)
#: Three makers of servers in September 2026, USD millions; HPE and HP per 100 of sales.
MAKERS: dict[str, Any] = {
    "company": ["Dell", "HPE", "HP"],
    "revenue": [151197, 100, 100],
    "ev": [369564, 197.6, 49.0],
    "market_value": [349589, 197.6, 49.0],
    "ebitda": [17794, math.nan, math.nan],
    "earnings": [10930, 6.28, 4.01],
    "forward_revenue": [193512.4, math.nan, math.nan],
    "forward_earnings": [16466.0, math.nan, math.nan],
    "gross_margin": [0.198, math.nan, math.nan],
}


def makers(**changes: Any) -> Peers:
    return Peers(**MAKERS | changes)


def multiple(peers: Peers, name: str, company: int = 0) -> float:
    found = comps_multiples(peers)
    return float(found.multiple[found.names.index(name), company])


def test_forward_multiples_are_over_forward_figures() -> None:
    peers = makers()
    assert multiple(peers, "Forward EV/Revenue") == pytest.approx(369564 / 193512.4)
    assert multiple(peers, "Forward P/E") == pytest.approx(349589 / 16466)
    assert multiple(peers, "EV/Gross profit") == pytest.approx(369564 / (0.198 * 151197))
    # What is not known is not meaningful, and never zero.
    for name in ("Forward EV/Revenue", "Forward P/E", "EV/EBITDA", "EV/Gross profit"):
        assert math.isnan(multiple(peers, name, 1))
    assert np.isnan(comps_multiples(peers).gross_margin[1:]).all()


def test_multiples_without_forward_columns_are_trailing_only() -> None:
    trailing = Peers(["A"], [10.0], ev=[20.0])
    assert comps_multiples(trailing).names == ("EV/Revenue",)
    assert math.isnan(comps_multiples(trailing).growth[0])


def test_quartiles_have_a_row_for_each_multiple() -> None:
    found = comps_quartiles(makers())
    assert dict(zip(found.multiple, found.companies.tolist(), strict=True)) == {
        "EV/Revenue": 3, "Forward EV/Revenue": 1, "EV/Gross profit": 1, "EV/EBITDA": 1, "P/E": 3,
        "Forward P/E": 1,
    }  # fmt: skip


@given(st.floats(0.01, 0.99), st.floats(1, 1e6))
def test_gross_profit_and_gross_margin_follow_from_each_other(margin: float, sold: float) -> None:
    of_margin = Peers(["A"], [sold], ev=[sold], gross_margin=[margin])
    of_profit = Peers(["A"], [sold], ev=[sold], gross_profit=[margin * sold])
    assert multiple(of_margin, "EV/Gross profit") == pytest.approx(1 / margin)
    assert comps_multiples(of_profit).gross_margin[0] == pytest.approx(margin)
    both = Peers(["A"], [sold], ev=[sold], gross_profit=[margin * sold], gross_margin=[margin])
    assert multiple(both, "EV/Gross profit") == pytest.approx(1 / margin)


@given(
    st.lists(st.tuples(st.floats(1, 1e4), st.floats(0.1, 1e3)), min_size=1, max_size=8),
    st.floats(-5e3, 5e3),
    st.sampled_from(["treasury", "gross", "basic"]),
)
def test_ranges_are_the_quartiles_of_each_multiple(
    rows: list[tuple[float, float]], net_debt: float, method: str
) -> None:
    ev, sold = zip(*rows, strict=True)
    names = [f"Company {i}" for i in range(len(rows))]
    peers = Peers(names, sold, ev, ev=ev, forward_revenue=[2 * s for s in sold], earnings=sold)
    own = {"EV/Revenue": 500.0, "Forward EV/Revenue": 900.0, "P/E": 50.0}
    found = comps_implied_ranges(
        peers, OwnFigures(list(own), list(own.values())), net_debt, SECURITIES, method
    )
    assert found.multiple == tuple(own)
    assert found.companies.tolist() == [len(rows)] * 3
    for i, (name, amount) in enumerate(own.items()):
        expected = np.percentile(peers.multiple(name), [25, 50, 75])
        quartiles = [found.first_quartile[i], found.median[i], found.third_quartile[i]]
        assert quartiles == pytest.approx(expected.tolist(), rel=1e-12)
        one = comps_implied(peers, name, amount, net_debt, SECURITIES, method)
        prices = [found.low[i], found.middle[i], found.high[i]]
        assert prices == pytest.approx(one.value_per_share[[1, 2, 4]].tolist(), rel=1e-12)
        if prices[1] > 0 and method == "treasury":
            debt = 0 if name == "P/E" else net_debt
            worth = prices[1] * float(diluted_shares(prices[1], SECURITIES))
            assert worth == pytest.approx(expected[1] * amount - debt, rel=1e-9)


@pytest.mark.parametrize("amount", [math.nan, 0.0, -75.7])
def test_nothing_follows_from_a_figure_that_is_not_above_zero(amount: float) -> None:
    own = OwnFigures(["EV/Revenue", "P/E"], [39063.0, amount])
    found = comps_implied_ranges(makers(), own, 0, SECURITIES)
    assert math.isnan(found.low[1])
    assert math.isnan(found.high[1])
    assert found.low[0] > 0
    assert found.median[1] == pytest.approx(31.5, abs=0.05)


def test_a_multiple_that_no_peer_has_is_not_meaningful() -> None:
    own = OwnFigures(["EV/EBITDA"], [2823.486])
    found = comps_implied_ranges(makers(ebitda=[math.nan] * 3), own, 0, SECURITIES)
    assert found.companies[0] == 0
    assert np.isnan([found.median[0], found.low[0], found.middle[0], found.high[0]]).all()


def test_scenarios_of_ranges() -> None:
    names, debts = ["EV/Revenue", "P/E"], np.array([-100.0, 300.0])
    amounts = np.array([[500.0, 20.0], [1000.0, 30.0]])
    both = comps_implied_ranges(makers(), OwnFigures(names, amounts), debts, SECURITIES)
    assert both.middle.shape == (2, 2)
    for s in range(2):
        one = comps_implied_ranges(makers(), OwnFigures(names, amounts[s]), debts[s], SECURITIES)
        assert both.middle[s].tolist() == pytest.approx(one.middle.tolist())


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (
            lambda: makers(gross_margin=[19.8, None, None]),
            r"peers Gross margin must be from -20 to 1, not 19.8 \(19.8% is 0.198\)",
        ),
        (
            lambda: makers(gross_profit=[20000.0, math.nan, math.nan]),
            "peers Gross margin must be Gross profit over Revenue, but 'Dell' has 0.198 instead",
        ),
        (
            lambda: makers(forward_revenue=[0.0, math.nan, math.nan]),
            "peers Forward revenue must be above 0",
        ),
        (lambda: OwnFigures(["EV/Sales"], [1.0]), "own_figures Multiple must be one of"),
        (lambda: OwnFigures(["P/E", "P/E"], [1.0, 2.0]), "own_figures Multiple must be unique"),
        (
            lambda: comps_implied_ranges(
                makers(), OwnFigures(["Forward EV/EBITDA"], [1.0]), 0, SECURITIES
            ),
            "peers must have the columns of the multiple 'Forward EV/EBITDA'",
        ),
    ],
)
def test_what_is_refused(call: Any, problem: str) -> None:
    with pytest.raises(InputError, match=f"^{problem}"):
        call()


def test_every_measure_is_a_column_of_the_table() -> None:
    assert set(MEASURES.values()) <= set(Peers.declared)
