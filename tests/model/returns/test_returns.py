"""Do returns to an exit satisfy their equations?

Oracles: the equation itself, put back; and round trips, such as an exit at what a price would have
grown to. Internal rates have their own file. Published figures are in `tests/data/published.json`.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.dilution.securities import Securities
from model.dilution.shares import price_per_share
from model.errors import InputError
from model.returns.exits import return_exit_grid, return_to_exit


@given(st.floats(0.01, 1e4), st.floats(-0.9, 5), st.floats(0.1, 20))
def test_an_exit_at_what_the_price_would_have_grown_to(
    entry: float, rate: float, years: float
) -> None:
    grown = entry * (1 + rate) ** years
    assume(grown > 1e-200)
    found = return_to_exit(entry, grown, years)
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
    found = return_to_exit(entry, exit_value, years, interim)
    rate = found.internal_rate
    assume(rate > -0.99)
    back = sum(c * (1 + rate) ** -n for n, c in enumerate(interim, 1))
    back += exit_value * (1 + rate) ** -years
    assert back == pytest.approx(entry, rel=1e-9)
    assert found.multiple_of_money == pytest.approx((exit_value + sum(interim)) / entry, rel=1e-12)
    more = return_to_exit(entry, exit_value + 1, years, interim).internal_rate
    assert more >= rate - 1e-12 * (1 + rate)


def test_further_payments_count_as_paid() -> None:
    found = return_to_exit(100, 300, 3, [-50, 10])
    assert (found.invested, found.received) == (150, 310)
    assert found.multiple_of_money == pytest.approx(310 / 150)
    r = found.internal_rate
    assert -100 - 50 / (1 + r) + 10 / (1 + r) ** 2 + 300 / (1 + r) ** 3 == pytest.approx(
        0, abs=1e-9
    )


def test_what_an_exit_refuses() -> None:
    assert return_to_exit(100, 0, 3).internal_rate == -1
    for arguments, named in (
        ((0, 250, 5), "entry"),
        ((100, -1, 5), "exit_value"),
        ((100, 250, 0), "years"),
        ((100, 250, 1.5, [1, 2]), "interim"),
        # A further payment after a dividend: 25% or 400%, with no way to choose.
        ((4000, 0, 2, [25000, -25000]), "interim"),
    ):
        with pytest.raises(InputError, match=f"^{named} "):
            return_to_exit(*arguments)


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
    grid = return_exit_grid(entry, metric, years, multiples, OFFTAKER, net_debt)
    for i, m in enumerate(multiples):
        for j, (base, when) in enumerate(exits):
            price = max(0.0, float(price_per_share(m * base - net_debt, OFFTAKER)))
            assert float(grid.price[i, j]) == pytest.approx(price, rel=1e-12, abs=1e-12)
            expected = return_to_exit(entry, price, when).internal_rate if price else -1.0
            if abs(expected) < 1e6:
                found = float(grid.values[i, j])
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-7)


def test_scenarios_of_the_grid_are_grids() -> None:
    entry, debt = np.array([100.0, 185.0]), np.array([[0.0, 500.0], [-800.0, 0.0]])
    metric, years, multiples = [1000.0, 2000.0], [1.0, 2.0], [5.0, 10.0, 20.0]
    both = return_exit_grid(entry, metric, years, multiples, OFFTAKER, debt)
    assert both.values.shape == (2, 3, 2)
    for s in range(2):
        one = return_exit_grid(entry[s], metric, years, multiples, OFFTAKER, debt[s])
        assert np.allclose(both.values[s], one.values, rtol=1e-14)


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
        return_exit_grid(**valid | change, securities=OFFTAKER)
