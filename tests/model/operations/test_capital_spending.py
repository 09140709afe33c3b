"""Is depreciation by vintage right for each year's plant, and do gross and net plant tie?

Oracles: the IRS's own percentages (in the published examples); each vintage written off in days,
added up in plain Python; sums that must come back, because all that is spent is written off once.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.operations.capital_spending import capex_vintages

#: MW, zero or at least a watt: below the least normal number a product has no digits to compare.
capacities = st.lists(st.just(0.0) | st.floats(1e-6, 500), min_size=1, max_size=15)
#: Lives that are a whole number of half years, which a half-yearly calendar can hold.
lives = st.integers(1, 24).map(lambda halves: halves / 2)
conventions = st.sampled_from(["half-year", "full-year"])


@given(capacities, lives, conventions, st.floats(-0.1, 0.3), st.floats(0.1, 50))
def test_vintages_half_year_by_half_year(
    added: list[float], life: float, convention: str, decline: float, cost: float
) -> None:
    years, halves = len(added), round(life * 2)
    found = capex_vintages(added, cost, life, decline, convention=convention)
    spent = [units * cost * (1 - decline) ** i for i, units in enumerate(added)]
    charged = [0.0] * (2 * years + halves + 2)
    gross = [0.0] * years
    for i, amount in enumerate(spent):
        first = 2 * i + (1 if convention == "half-year" else 0)
        for half in range(first, first + halves):
            charged[half] += amount / halves
        for year in range(i, years):
            # In use at the end of a year unless it is written off by then.
            gross[year] += amount if first + halves > 2 * year + 2 else 0.0
    by_year = [charged[2 * y] + charged[2 * y + 1] for y in range(years)]
    size = 1e-9 * (1 + sum(spent))
    np.testing.assert_allclose(found.capital_expenditure, spent, rtol=1e-12)
    np.testing.assert_allclose(found.depreciation, by_year, rtol=1e-10, atol=size)
    np.testing.assert_allclose(found.gross_closing, gross, rtol=1e-10, atol=size)
    net = np.cumsum(spent) - np.cumsum(by_year)
    np.testing.assert_allclose(found.net_closing, net, rtol=1e-9, atol=size)


@given(
    capacities,
    st.floats(0.3, 40),
    conventions,
    st.floats(0, 1e4),
    st.floats(0, 1),
    st.none() | st.floats(0.2, 30),
)
def test_the_corkscrews_close(
    added: list[float],
    life: float,
    convention: str,
    gross: float,
    part: float,
    left: float | None,
) -> None:
    p = capex_vintages(added, 2.0, life, 0.1, gross * part, gross, left, convention)
    size = 1e-9 * (1 + gross + 2 * sum(added))
    close = np.testing.assert_allclose
    close(p.net_opening + p.capital_expenditure - p.depreciation, p.net_closing, atol=size)
    close(p.gross_opening + p.capital_expenditure - p.retired, p.gross_closing, atol=size)
    close(p.by_vintage.sum(0), p.depreciation, atol=size)
    assert (p.net_opening[1:] == p.net_closing[:-1]).all()
    assert (p.gross_opening[1:] == p.gross_closing[:-1]).all()
    assert (p.net_closing >= 0).all()
    assert (p.net_closing <= p.gross_closing + size).all()
    assert (p.by_vintage >= 0).all()
    assert (p.retired >= 0).all()


@given(capacities, st.floats(0.3, 20), conventions, st.floats(0, 1e4))
def test_all_that_is_spent_is_written_off_once(
    added: list[float], life: float, convention: str, opening: float
) -> None:
    late = [0.0] * 22
    p = capex_vintages(added + late, 3.0, life, 0.0, opening, convention=convention)
    total = opening + 3.0 * sum(added)
    assert p.depreciation.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert p.retired.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert p.net_closing[-1] == p.gross_closing[-1] == 0
    np.testing.assert_allclose(
        p.by_vintage.sum(-1), [opening, *p.capital_expenditure], rtol=1e-9, atol=1e-9
    )


def test_the_opening_plant_runs_off() -> None:
    # A net part of three quarters has three quarters of its life to go.
    p = capex_vintages([0.0] * 4, 1.0, 4.0, opening_net=75.0, opening_gross=100.0)
    assert p.depreciation.tolist() == [25.0, 25.0, 25.0, 0.0]
    assert p.gross_closing.tolist() == [100.0, 100.0, 0.0, 0.0]
    stated = capex_vintages(
        [0.0] * 4, 1.0, 4.0, opening_net=75.0, opening_gross=100.0, opening_life=1.5
    )
    assert stated.depreciation.tolist() == [50.0, 25.0, 0.0, 0.0]
    # Fully written off but still counted: it is retired first.
    old = capex_vintages([0.0], 1.0, 4.0, opening_gross=100.0)
    assert (old.depreciation[0], old.retired[0]) == (0.0, 100.0)


def test_a_steady_plant_depreciates_what_it_spends() -> None:
    p = capex_vintages([10.0] * 30, 2.0, 7.0)
    np.testing.assert_allclose(p.depreciation[7:], 20.0, rtol=1e-12)
    # Bought in mid-year, half of the life is gone on average, and half a year is not yet.
    np.testing.assert_allclose(p.net_closing[7:], 20.0 * 7 / 2, rtol=1e-12)


def test_extremes() -> None:
    assert capex_vintages([5.0], 0.0, 5.0).depreciation.tolist() == [0.0]
    assert capex_vintages([5.0], 1.0, 0.25).depreciation.tolist() == [5.0]
    assert capex_vintages([5.0], 1.0, 100.0, convention="full-year").depreciation[0] == 5 / 100
    long = capex_vintages(np.ones(600), 1.0, 5.0)
    assert long.by_vintage.shape == (601, 600)
    assert long.depreciation[-1] == pytest.approx(1.0, rel=1e-12)


def test_the_cost_of_a_unit_by_year_or_from_the_first() -> None:
    path = capex_vintages([1.0, 1.0, 1.0], [10.0, 9.0, 8.1], 5.0)
    np.testing.assert_allclose(
        capex_vintages([1.0, 1.0, 1.0], 10.0, 5.0, 0.1).depreciation, path.depreciation, rtol=1e-14
    )


def test_scenarios_are_single_calls() -> None:
    seed = np.random.default_rng(2)
    added, cost = seed.uniform(0, 9, (5, 6)), seed.uniform(1, 9, 5)
    life, net = seed.uniform(2, 7, 5), seed.uniform(0, 50, 5)
    decline, gross = seed.uniform(-0.1, 0.2, 5), seed.uniform(50, 90, 5)
    together = capex_vintages(added, cost[:, None], life, decline, net, gross)
    for i in range(5):
        single = capex_vintages(added[i], cost[i], life[i], decline[i], net[i], gross[i])
        for name in ("depreciation", "gross_closing", "net_closing", "retired", "by_vintage"):
            np.testing.assert_allclose(
                getattr(together, name)[i], getattr(single, name), rtol=1e-14, err_msg=name
            )


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match=r"^unit_cost must be one number or one for each"):
        capex_vintages([1.0, 1.0], [1.0, 1.0, 1.0], 5.0)
    with pytest.raises(InputError, match=r"^opening_gross must be at least opening_net, not 5"):
        capex_vintages([1.0], 1.0, 5.0, opening_net=9.0, opening_gross=5.0)
    with pytest.raises(InputError, match=r"^convention must be one of 'half-year', 'full-year'"):
        capex_vintages([1.0], 1.0, 5.0, convention="mid")
