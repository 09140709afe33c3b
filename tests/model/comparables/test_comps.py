"""Are multiples, quartiles, implied values and the football field what a banker would calculate?

Oracles: ratios and sums in plain Python; quartiles by `statistics.quantiles(method="inclusive")`
of the standard library, which interpolates as Excel's QUARTILE.INC; the price per share put back
into the equity value. The regression has a file of its own, and published multiples stand in
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

from model.comparables import multiples as comps
from model.comparables.multiples import Peers
from model.dilution.shares import Securities, diluted_shares
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
SHOWN = Peers.of(
    ["NVIDIA", "AMD", "Broadcom", "Astera Labs", "Super Micro"],
    {
        "EV": [4780, 839.01, 1860, 50.19, 27.72],
        "Revenue": [253.49, 37.454, 75.47, 1.0014, 33.70],
        "Growth": [0.852, 0.350, 0.480, 0.93, 1.227],
        "Margin": [0.7415, 0.5306, 0.7628, 0.763, 0.099],
    },
)


@st.composite
def companies(draw: st.DrawFn) -> tuple[Peers, dict[str, list[float]]]:
    count = draw(st.integers(1, 12))

    def column(cells: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(cells, min_size=count, max_size=count))

    columns = {
        "EV": column(values),
        "Market value": column(values),
        "Revenue": column(values),
        "Gross profit": column(measures),
        "EBITDA": column(measures),
        "Earnings": column(measures),
        "Growth": column(growths),
        "Margin": column(st.floats(-2, 1)),
    }
    return Peers.of(names[:count], columns), columns


def over(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan


@given(companies())
def test_multiples_are_ratios_where_they_mean_something(
    made: tuple[Peers, dict[str, list[float]]],
) -> None:
    peers, c = made
    for i, ev in enumerate(c["EV"]):
        expected = {
            "EV/Revenue": ev / c["Revenue"][i],
            "EV/Gross profit": over(ev, c["Gross profit"][i]),
            "EV/EBITDA": over(ev, c["EBITDA"][i]),
            "P/E": over(c["Market value"][i], c["Earnings"][i]),
        }
        expected["EV/Revenue to growth"] = over(expected["EV/Revenue"], 100 * c["Growth"][i])
        expected["PEG"] = over(expected["P/E"], 100 * c["Growth"][i])
        found = {name: float(m[i]) for name, m in peers.multiples.items()}
        for name, value in found.items():
            assert value == pytest.approx(expected[name], rel=1e-12, nan_ok=True)


@given(st.lists(st.tuples(values, st.floats(-1e3, 1e3), values), min_size=1, max_size=10))
def test_enterprise_value_is_market_value_and_net_debt(
    rows: list[tuple[float, float, float]],
) -> None:
    market, debt, revenue = zip(*rows, strict=True)
    columns = {"Market value": market, "Net debt": debt, "Revenue": revenue}
    if all(m + d > 0 for m, d in zip(market, debt, strict=True)):
        peers = Peers.of(names[: len(rows)], columns)
        assert peers.enterprise_value.tolist() == [m + d for m, d in zip(market, debt, strict=True)]
    else:
        with pytest.raises(InputError, match=r"^peers EV must be above 0"):
            Peers.of(names[: len(rows)], columns)


@given(st.lists(values, min_size=2, max_size=40), st.integers(0, 5))
def test_statistics_are_those_of_the_standard_library(many: list[float], unknown: int) -> None:
    found = comps.statistics([*many, *[math.nan] * unknown])
    quartiles = standard.quantiles(many, n=4, method="inclusive")
    low, first, middle, mean, third, high = found.tolist()
    assert [first, middle, third] == pytest.approx(quartiles, rel=1e-12)
    assert (low, high) == (min(many), max(many))
    assert mean == pytest.approx(standard.fmean(many), rel=1e-12)
    assert low <= first <= middle <= third <= high


def test_statistics_of_one_company_are_that_company() -> None:
    assert comps.statistics([18.9]).tolist() == [18.9] * 6
    with pytest.raises(InputError, match="at least one meaningful multiple") as refused:
        comps.statistics([math.nan])
    assert refused.value.excel_error == "#N/A"


def test_the_regression_takes_companies_that_state_everything() -> None:
    used, fit = comps.sales_regression(SHOWN)
    assert used == ("Growth", "Margin")
    # By numpy's solver on the plain design matrix.
    y = SHOWN.multiple("EV/Revenue")
    design = np.column_stack([np.ones(5), SHOWN.growth, SHOWN.margin])
    expected, *_ = np.linalg.lstsq(design, y, rcond=None)
    assert fit.coefficient.tolist() == pytest.approx(expected.tolist(), rel=1e-9)
    columns = {"EV": [*SHOWN.enterprise_value, 9.0], "Revenue": [*SHOWN.measures["Revenue"], 1.0],
               "Growth": [*SHOWN.growth, math.nan], "Margin": [*SHOWN.margin, 0.5]}  # fmt: skip
    _, same = comps.sales_regression(Peers.of([*SHOWN.company, "Unknown"], columns))
    assert same.coefficient.tolist() == fit.coefficient.tolist()


def test_a_prediction_for_a_peer_leaves_its_residual() -> None:
    _, fit = comps.sales_regression(SHOWN)
    for i in range(5):
        same, row = comps.sales_prediction(SHOWN, float(SHOWN.growth[i]), float(SHOWN.margin[i]))
        value, error, leverage = same.predict(row)
        residual = float(fit.residuals[i])
        assert value + residual == pytest.approx(float(SHOWN.multiple("EV/Revenue")[i]))
        assert leverage == pytest.approx(float(fit.leverage[i]))
        assert error == pytest.approx(fit.residual_error * math.sqrt(1 + leverage))


@given(values, st.floats(-5e3, 5e3), st.sampled_from(["treasury", "gross", "basic"]))
def test_the_implied_price_makes_the_diluted_shares_worth_the_equity(
    revenue: float, net_debt: float, method: str
) -> None:
    found = comps.implied(SHOWN, "EV/Revenue", revenue, net_debt, SECURITIES, method)
    expected = comps.statistics(SHOWN.multiple("EV/Revenue"))
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
    columns = {"Market value": [price, 2 * price], "Net debt": [0.0, 0.0], "Revenue": [1.0, 1.0],
               "Earnings": [1.0, 1.0]}  # fmt: skip
    found = comps.implied(Peers.of(["A", "B"], columns), "P/E", earnings, net_debt, SECURITIES)
    assert float(found.equity_value[0]) == pytest.approx(price * earnings)
    assert float(found.enterprise_value[0]) == pytest.approx(price * earnings + net_debt)


def test_scenarios_of_implied_values() -> None:
    amounts, debts = np.array([500.0, 1000.0]), np.array([-100.0, 300.0])
    both = comps.implied(SHOWN, "EV/Revenue", amounts, debts, SECURITIES)
    assert both.value_per_share.shape == (2, 6)
    for s in range(2):
        one = comps.implied(SHOWN, "EV/Revenue", amounts[s], debts[s], SECURITIES)
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
    field = comps.football_field(names[: len(rows)], low, high, middle, reference)
    halfway = comps.football_field(names[: len(rows)], low, high, None, reference)
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
    columns: dict[str, Any] = {"EV": [10.0, 20.0], "Revenue": [1.0, 2.0]}
    return Peers.of(["A", "B"], {k: v for k, v in (columns | changes).items() if v is not None})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: Peers.of(["A", "a"], {"EV": [1, 1], "Revenue": [1, 1]}),
            "peers Company must name",
        ),
        (lambda: peers(**{"Net debt": [1.0, 1.0]}), "peers must have the column EV or Net debt"),
        (lambda: peers(EV=None), "peers must have the column EV, or both"),
        (lambda: peers(EV=[1.0, math.nan]), "peers must give the enterprise value of 'B'"),
        (lambda: peers(EV=[1.0, -1.0]), "peers EV must be above 0"),
        (lambda: peers(Revenue=[1.0, 0.0]), "peers Revenue must be above 0"),
        (lambda: peers(Revenue=None), "peers must have the column Revenue"),
        (lambda: peers(**{"Market value": [1.0, 0.0]}), "peers Market value must be above 0"),
        (lambda: peers(Growth=[85.2, 35.0]), "peers Growth must be a fraction"),
        (lambda: peers(Margin=[74.15, 53.0]), "peers Margin must be a fraction"),
        (lambda: comps.sales_regression(peers()), "peers must have the column Growth"),
        (lambda: comps.sales_regression(peers(Growth=[0.1, 0.2])), "peers Growth must have at"),
        (lambda: comps.implied(peers(), "EV/EBITDA", 1, 0, SECURITIES), "peers must have the col"),
        (lambda: comps.implied(peers(), "EV/Sales", 1, 0, SECURITIES), "multiple must be one of"),
        (lambda: comps.implied(peers(), "EV/Revenue", 0, 0, SECURITIES), "amount must be above 0"),
        (lambda: comps.football_field(["A"], [2], [1], None, 1), "ranges Low must not be above"),
        (lambda: comps.football_field(["A"], [1], [2], [3], 1), "ranges Middle must be from"),
    ],
)
def test_what_is_refused(call: Any, told: str) -> None:
    with pytest.raises(InputError, match=f"^{told}"):
        call()


def test_a_predictor_that_no_peer_states_has_no_effect() -> None:
    only = Peers.of(
        ["A", "B", "C"], {"EV": [1, 2, 4], "Revenue": [1, 1, 1], "Growth": [0.1, 0.2, 0.3]}
    )
    _, low = comps.sales_prediction(only, 0.2, 0.1)
    _, high = comps.sales_prediction(only, 0.2, 0.9)
    assert low.tolist() == high.tolist() == [0.2]
