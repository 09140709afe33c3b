"""Are multiples, quartiles, implied values and the football field what a banker would calculate?

Oracles: ratios and sums in plain Python; quartiles by `statistics.quantiles(method="inclusive")`
of the standard library, which interpolates as Excel's QUARTILE.INC; the price per share put back
into the equity value. The regression has a file of its own, and published multiples are in
`tests/data/published.json`.
"""

from __future__ import annotations

import math
import statistics as standard
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.comparables.football_field import Ranges, comps_football_field
from model.comparables.implied import comps_implied
from model.comparables.peers import Peers, comps_multiples, comps_quartiles, statistics
from model.comparables.sales_regression import comps_predicted, comps_regression
from model.dilution.securities import Securities
from model.dilution.shares import diluted_shares
from model.errors import InputError

values = st.floats(0.01, 1e5)
measures = st.floats(-1e4, 1e5) | st.just(math.nan)
growths = st.floats(-0.9, 3) | st.just(math.nan)
names = [f"Company {i}" for i in range(50)]
SECURITIES = Securities(
    ["Common", "Options", "Warrant"],
    ["common", "option", "warrant"],
    [215, 28.4, 33.4],
    [0, 4.97, 40],
)
# Four accelerator makers and a server maker, June and July 2026, USD billions.
SHOWN = Peers(
    ["NVIDIA", "AMD", "Broadcom", "Astera Labs", "Super Micro"],
    ev=[4780, 839.01, 1860, 50.19, 27.72],
    revenue=[253.49, 37.454, 75.47, 1.0014, 33.70],
    growth=[0.852, 0.350, 0.480, 0.93, 1.227],
    margin=[0.7415, 0.5306, 0.7628, 0.763, 0.099],
)


@st.composite
def companies(draw: st.DrawFn) -> tuple[Peers, dict[str, list[float]]]:
    count = draw(st.integers(1, 12))

    def column(cells: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(cells, min_size=count, max_size=count))

    columns = {
        "ev": column(values),
        "market_value": column(values),
        "revenue": column(values),
        "gross_profit": column(measures),
        "ebitda": column(measures),
        "earnings": column(measures),
        "growth": column(growths),
        "margin": column(st.floats(-2, 1)),
    }
    return Peers(names[:count], **columns), columns


def over(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan


@given(companies())
def test_multiples_are_ratios_where_they_mean_something(
    made: tuple[Peers, dict[str, list[float]]],
) -> None:
    peers, c = made
    for i, ev in enumerate(c["ev"]):
        expected = {
            "EV/Revenue": ev / c["revenue"][i],
            "EV/Gross profit": over(ev, c["gross_profit"][i]),
            "EV/EBITDA": over(ev, c["ebitda"][i]),
            "P/E": over(c["market_value"][i], c["earnings"][i]),
        }
        expected["EV/Revenue to growth"] = over(expected["EV/Revenue"], 100 * c["growth"][i])
        expected["PEG"] = over(expected["P/E"], 100 * c["growth"][i])
        made = comps_multiples(peers)
        found = {n: float(m[i]) for n, m in zip(made.names, made.multiple, strict=True)}
        for name, value in found.items():
            assert value == pytest.approx(expected[name], rel=1e-12, nan_ok=True)


@given(st.lists(st.tuples(values, st.floats(-1e3, 1e3), values), min_size=1, max_size=10))
def test_enterprise_value_is_market_value_and_net_debt(
    rows: list[tuple[float, float, float]],
) -> None:
    market, debt, revenue = zip(*rows, strict=True)
    columns = {"market_value": market, "net_debt": debt, "revenue": revenue}
    if all(m + d > 0 for m, d in zip(market, debt, strict=True)):
        peers = Peers(names[: len(rows)], **columns)
        assert peers.enterprise_value.tolist() == [m + d for m, d in zip(market, debt, strict=True)]
    else:
        with pytest.raises(InputError, match=r"^peers EV must be above 0"):
            Peers(names[: len(rows)], **columns)


@given(st.lists(values, min_size=2, max_size=40), st.integers(0, 5))
def test_statistics_are_those_of_the_standard_library(many: list[float], unknown: int) -> None:
    found = statistics([*many, *[math.nan] * unknown])
    quartiles = standard.quantiles(many, n=4, method="inclusive")
    low, first, middle, mean, third, high = found.tolist()
    assert [first, middle, third] == pytest.approx(quartiles, rel=1e-12)
    assert (low, high) == (min(many), max(many))
    assert mean == pytest.approx(standard.fmean(many), rel=1e-12)
    assert low <= first <= middle <= third <= high


def test_statistics_of_one_company_are_that_company() -> None:
    assert statistics([18.9]).tolist() == [18.9] * 6
    with pytest.raises(InputError, match="at least one meaningful multiple") as refused:
        statistics([math.nan])
    assert refused.value.reason == "missing"


def test_the_regression_takes_companies_that_state_everything() -> None:
    fit = comps_regression(SHOWN)
    assert fit.term == ("Constant", "Growth", "Margin")
    # By numpy's solver on the plain design matrix.
    y = SHOWN.multiple("EV/Revenue")
    design = np.column_stack([np.ones(5), SHOWN.growth, SHOWN.margin])
    expected, *_ = np.linalg.lstsq(design, y, rcond=None)
    assert fit.coefficient.tolist() == pytest.approx(expected.tolist(), rel=1e-9)
    further = {"ev": 9.0, "revenue": 1.0, "growth": math.nan, "margin": 0.5}
    columns = {name: [*getattr(SHOWN, name), value] for name, value in further.items()}
    same = comps_regression(Peers([*SHOWN.company, "Unknown"], **columns))
    assert same.coefficient.tolist() == fit.coefficient.tolist()


def test_a_prediction_for_a_peer_leaves_its_residual() -> None:
    fit = comps_regression(SHOWN).fit
    for i in range(5):
        found = comps_predicted(SHOWN, float(SHOWN.growth[i]), float(SHOWN.margin[i]))
        residual = float(fit.residuals[i])
        assert found.multiple + residual == pytest.approx(float(SHOWN.multiple("EV/Revenue")[i]))
        assert found.leverage == pytest.approx(float(fit.leverage[i]))
        error = fit.residual_error * math.sqrt(1 + found.leverage)
        assert found.standard_error == pytest.approx(error)
        assert found.largest_leverage == max(fit.leverage)


@given(values, st.floats(-5e3, 5e3), st.sampled_from(["treasury", "gross", "basic"]))
def test_the_implied_price_makes_the_diluted_shares_worth_the_equity(
    revenue: float, net_debt: float, method: str
) -> None:
    found = comps_implied(SHOWN, "EV/Revenue", revenue, net_debt, SECURITIES, method)
    expected = statistics(SHOWN.multiple("EV/Revenue"))
    assert found.multiple.tolist() == expected.tolist()
    for i, price in enumerate(found.value_per_share):
        enterprise = float(expected[i]) * revenue
        assert float(found.enterprise_value[i]) == pytest.approx(enterprise)
        assert float(found.equity_value[i]) == pytest.approx(enterprise - net_debt, abs=1e-9)
        if price > 0 and method != "gross":
            worth = float(price) * float(diluted_shares(price, SECURITIES, method))
            assert worth == pytest.approx(enterprise - net_debt, rel=1e-9)
    assert (np.diff(found.value_per_share[[0, 1, 2, 4, 5]]) >= 0).all()


@given(values, values, st.floats(-5e3, 5e3))
def test_earnings_give_equity_and_leave_debt_to_the_enterprise(
    price: float, earnings: float, net_debt: float
) -> None:
    ones = [1.0, 1.0]
    both = Peers(["A", "B"], ones, [price, 2 * price], net_debt=[0.0, 0.0], earnings=ones)
    found = comps_implied(both, "P/E", earnings, net_debt, SECURITIES)
    assert float(found.equity_value[0]) == pytest.approx(price * earnings)
    assert float(found.enterprise_value[0]) == pytest.approx(price * earnings + net_debt)


def test_scenarios_of_implied_values() -> None:
    amounts, debts = np.array([500.0, 1000.0]), np.array([-100.0, 300.0])
    both = comps_implied(SHOWN, "EV/Revenue", amounts, debts, SECURITIES)
    assert both.value_per_share.shape == (2, 6)
    for s in range(2):
        one = comps_implied(SHOWN, "EV/Revenue", amounts[s], debts[s], SECURITIES)
        assert both.value_per_share[s].tolist() == pytest.approx(one.value_per_share.tolist())


@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500), st.floats(0, 1)), min_size=1,
             max_size=10),
    st.floats(0, 1000),
)  # fmt: skip
def test_the_football_field(rows: list[tuple[float, float, float]], reference: float) -> None:
    low = [min(a, b) for a, b, _ in rows]
    high = [max(a, b) for a, b, _ in rows]
    middle = [
        min(max(a + (b - a) * w, a), b) for a, b, (_, _, w) in zip(low, high, rows, strict=True)
    ]
    methods = names[: len(rows)]
    field = comps_football_field(Ranges(methods, low, high, middle), reference)
    halfway = comps_football_field(Ranges(methods, low, high), reference)
    for i, (a, b) in enumerate(zip(low, high, strict=True)):
        assert float(field.middle[i]) == middle[i]
        assert float(halfway.middle[i]) == (a + b) / 2
        assert float(field.width[i]) == b - a
        if b > a + 1e-6:
            position = float(field.position[i])
            assert a + position * (b - a) == pytest.approx(reference, abs=1e-6)
        elif b == a:
            assert math.isnan(field.position[i])


def peers(**changes: Any) -> Peers:
    columns: dict[str, Any] = {"ev": [10.0, 20.0], "revenue": [1.0, 2.0]}
    return Peers(["A", "B"], **columns | changes)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (
            lambda: Peers(["A", "a"], ev=[1, 1], revenue=[1, 1]),
            "peers Company must be unique, but 'a' appears twice",
        ),
        (lambda: peers(net_debt=[1.0, 1.0]), "peers must have the column EV or Net debt"),
        (lambda: peers(ev=None), "peers must have the column EV, or both"),
        (lambda: peers(ev=[1.0, math.nan]), "peers must give the enterprise value of 'B'"),
        (lambda: peers(ev=[1.0, -1.0]), "peers EV must be above 0"),
        (lambda: peers(revenue=[1.0, 0.0]), "peers Revenue must be above 0"),
        (lambda: peers(revenue=[1.0, math.nan]), "peers Revenue must be finite"),
        (lambda: peers(market_value=[1.0, 0.0]), "peers Market value must be above 0"),
        (
            lambda: peers(growth=[85.2, 35.0]),
            r"peers Growth must be from -1 to 15, not 85.2 \(85.2% is 0.852\)",
        ),
        (
            lambda: peers(margin=[74.15, 53.0]),
            r"peers Margin must be from -20 to 1, not 74.15 \(74.15% is 0.7415\)",
        ),
        (lambda: comps_regression(peers()), "peers must have the column Growth"),
        (lambda: comps_regression(peers(growth=[0.1, 0.2])), "peers Growth must have at"),
        (lambda: comps_predicted(peers(growth=[0.1, 0.2]), 35.0, 0.5), "growth must be from -1 to"),
        (lambda: comps_implied(peers(), "EV/EBITDA", 1, 0, SECURITIES), "peers must have the col"),
        (lambda: comps_implied(peers(), "EV/Sales", 1, 0, SECURITIES), "multiple must be one of"),
        (lambda: comps_implied(peers(), "EV/Revenue", 0, 0, SECURITIES), "amount must be above 0"),
        (lambda: Ranges(["A"], [2], [1]), "ranges Low must not be above"),
        (lambda: Ranges(["A"], [1], [2], [3]), "ranges Middle must be from"),
    ],
)
def test_what_is_refused(call: Any, problem: str) -> None:
    with pytest.raises(InputError, match=f"^{problem}"):
        call()


def test_a_predictor_that_no_peer_states_has_no_effect() -> None:
    only = Peers(["A", "B", "C"], [1, 1, 1], ev=[1, 2, 4], growth=[0.1, 0.2, 0.3])
    low, high = (comps_predicted(only, 0.2, margin) for margin in (0.1, 0.9))
    assert (low.multiple, low.standard_error) == (high.multiple, high.standard_error)


@given(companies())
def test_quartiles_are_of_the_companies_that_have_the_multiple(
    made: tuple[Peers, dict[str, list[float]]],
) -> None:
    peers, _ = made
    found = comps_quartiles(peers)
    for i, name in enumerate(found.multiple):
        known = [m for m in peers.multiple(name).tolist() if not math.isnan(m)]
        assert found.companies[i] == len(known) > 0
        assert float(found.median[i]) == pytest.approx(standard.median(known), rel=1e-12)
        assert float(found.maximum[i]) == max(known)
    without = [n for n in peers.available if n not in found.multiple]
    assert all(np.isnan(peers.multiple(name)).all() for name in without)
