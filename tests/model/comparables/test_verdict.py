"""Is a regression used only where it deserves to be, and is the reason said in a plain sentence?

Oracles: `scipy.stats.linregress` and `scipy.stats.f` for the numbers, numpy's solver for two
explanatory figures; the thresholds of the sources, tried on both sides of each.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from model.comparables.peers import Peers
from model.comparables.sales_regression import comps_predicted, comps_regression
from model.comparables.significance import chance, incomplete_beta
from model.comparables.verdict import (
    CHANCE,
    COMPANIES_EACH,
    RELATIVE_ERROR,
    USED,
    comps_verdict,
)


def companies(y: object, growth: object = None, **more: object) -> Peers:
    count = len(y)  # type: ignore[arg-type]
    names = [f"Company {i}" for i in range(count)]
    return Peers(names, revenue=[1.0] * count, ev=y, growth=growth, **more)


def drawn(count: int, noise: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    growth = generator.uniform(0, 1, count)
    return growth, 5 + 10 * growth + noise * generator.normal(size=count)


@given(st.floats(0, 1e4), st.integers(1, 8), st.integers(1, 400))
def test_chance_is_the_tail_of_f(f: float, explaining: int, free: int) -> None:
    expected = scipy.stats.f.sf(f, explaining, free)
    assert chance(f, explaining, free) == pytest.approx(expected, rel=1e-8, abs=1e-14)


@given(st.floats(0.5, 200), st.floats(0.5, 200), st.floats(0, 1))
def test_the_incomplete_beta_function(a: float, b: float, x: float) -> None:
    expected = scipy.stats.beta.cdf(x, a, b)
    assert incomplete_beta(a, b, x, 1 - x) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@given(st.integers(3, 40), st.floats(0.1, 20), st.integers(0, 10**6), st.floats(-0.5, 2))
def test_one_explanatory_figure(count: int, noise: float, seed: int, own: float) -> None:
    growth, y = drawn(count, noise, seed)
    y = np.abs(y) + 0.1
    found = comps_verdict(companies(y, growth), own, 0)
    line = scipy.stats.linregress(growth, y)
    residual = y - line.intercept - line.slope * growth
    variance = (residual**2).sum() / (count - 2)
    spread = ((growth - growth.mean()) ** 2).sum()
    error = math.sqrt(variance * (1 + 1 / count + (own - growth.mean()) ** 2 / spread))
    predicted = line.intercept + line.slope * own
    assert found.multiple == ("EV/Revenue",)
    assert (found.companies[0], found.degrees_of_freedom[0]) == (count, count - 2)
    assert found.r_squared[0] == pytest.approx(line.rvalue**2, rel=1e-6, abs=1e-12)
    assert found.chance[0] == pytest.approx(line.pvalue, rel=1e-6, abs=1e-12)
    assert found.predicted[0] == pytest.approx(predicted, rel=1e-7, abs=1e-9)
    assert found.standard_error[0] == pytest.approx(error, rel=1e-7)
    if predicted > 1e-6:
        assert found.relative_error[0] == pytest.approx(error / predicted, rel=1e-6)


@given(st.integers(4, 30), st.integers(0, 10**6))
def test_two_explanatory_figures(count: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    growth, margin = generator.uniform(0, 1, (2, count))
    y = 20 + 5 * growth - 3 * margin + generator.normal(size=count)
    peers = companies(y, growth, margin=margin)
    found = comps_verdict(peers, 0.5, 0.4)
    design = np.column_stack([np.ones(count), growth, margin])
    fitted, *_ = np.linalg.lstsq(design, y, rcond=None)
    assert found.predicted[0] == pytest.approx(fitted @ [1, 0.5, 0.4], rel=1e-8)
    left = ((y - design @ fitted) ** 2).sum()
    f = (((y - y.mean()) ** 2).sum() - left) / 2 / (left / (count - 3))
    assert found.chance[0] == pytest.approx(scipy.stats.f.sf(f, 2, count - 3), rel=1e-6, abs=1e-12)
    # Its parts are those of the regression and of the prediction.
    one, fit = comps_predicted(peers, 0.5, 0.4), comps_regression(peers).fit
    assert found.standard_error[0] == pytest.approx(one.standard_error)
    assert found.r_squared[0] == pytest.approx(fit.r_squared)


def test_a_regression_that_deserves_it_is_used() -> None:
    growth, y = drawn(24, 1)
    found = comps_verdict(companies(y, growth), 0.5, 0)
    assert found.verdict[0].startswith(
        f"{USED}: 24 companies leave 22 degrees of freedom, and the standard error is "
    )
    assert found.chance[0] <= CHANCE
    assert found.relative_error[0] <= RELATIVE_ERROR


def test_five_companies_and_two_figures_do_not_deserve_it() -> None:
    """The five accelerator and server makers of June 2026, which once were used without a word."""
    peers = Peers(
        ["NVIDIA", "AMD", "Broadcom", "Astera Labs", "Super Micro"],
        ev=[4780, 839.01, 1860, 50.19, 27.72],
        revenue=[253.49, 37.454, 75.47, 1.0014, 33.70],
        growth=[0.852, 0.350, 0.480, 0.93, 1.227],
        margin=[0.7415, 0.5306, 0.7628, 0.763, 0.099],
    )
    (verdict,) = comps_verdict(peers, 0.76, 0.39).verdict
    assert verdict.startswith(
        "Not used: 5 companies leave 2 degrees of freedom where at least 20 companies are needed, "
        "the standard error is 18.4 on 13.3, and chance alone explains as much in "
    )


@pytest.mark.parametrize("count", [COMPANIES_EACH - 1, COMPANIES_EACH])
def test_the_number_of_companies_decides(count: int) -> None:
    growth, y = drawn(count, 0.1)
    (verdict,) = comps_verdict(companies(y, growth), float(growth.mean()), 0).verdict
    assert verdict.startswith(USED) == (count == COMPANIES_EACH)
    assert ("are needed" in verdict) == (count < COMPANIES_EACH)


@pytest.mark.parametrize("noise", [0.5, 30])
def test_chance_and_error_decide(noise: float) -> None:
    growth, y = drawn(40, noise)
    found = comps_verdict(companies(np.abs(y) + 0.1, growth), float(growth.mean()), 0)
    within = found.chance[0] <= CHANCE and found.relative_error[0] <= RELATIVE_ERROR
    assert found.verdict[0].startswith(USED) == within == (noise == 0.5)
    assert ("chance alone explains as much" in found.verdict[0]) == (found.chance[0] > CHANCE)


def test_an_extrapolation_is_not_used() -> None:
    growth, y = drawn(24, 1)
    (verdict,) = comps_verdict(companies(y, growth), 2.0, 0).verdict
    assert verdict.startswith("Not used: ")
    assert verdict.endswith("and the company's own growth is beyond its peers'.")


def test_a_multiple_below_zero_is_not_used() -> None:
    growth, y = drawn(24, 0.1)
    found = comps_verdict(companies(y, growth), -0.9, 0)
    assert found.predicted[0] < 0
    assert math.isnan(found.relative_error[0])
    assert found.verdict[0].startswith("Not used: ")
    assert found.verdict[0].endswith("and such a multiple is impossible.")


@pytest.mark.parametrize(
    ("peers", "sentence"),
    [
        (companies([1.0, 2.0, 4.0]), "the peers state neither growth nor margin."),
        (
            companies([1.0, 2.0], [0.1, 0.3]),
            "2 companies with growth and EV/Revenue leave no degree of freedom.",
        ),
        (
            companies([1.0], [0.1]),
            "1 company with growth and EV/Revenue leaves no degree of freedom.",
        ),
        (
            companies([1.0, 2.0, 4.0], [0.1, 0.3, math.nan]),
            "2 companies with growth and EV/Revenue leave no degree of freedom.",
        ),
        (
            companies([1.0, 2.0, 4.0], [0.1, 0.3, 0.4], margin=[0.5, 0.4, 0.7]),
            "3 companies with growth, margin and EV/Revenue leave no degree of freedom.",
        ),
        (companies([1.0, 2.0, 4.0], [0.5] * 3), "growth is the same for every company."),
        (companies([1.0, 2.0, 4.0], [0.0] * 3), "growth is the same for every company."),
        (
            companies([1.0, 2.0, 4.0, 5.0], [0.5] * 4, margin=[0.2] * 4),
            "growth and margin are the same for every company.",
        ),
        (
            companies([1.0, 2.0, 4.0, 5.0], [0.1, 0.2, 0.3, 0.5], margin=[0.2, 0.4, 0.6, 1.0]),
            "growth and margin follow from one another in every company.",
        ),
        (
            companies([3.0, 3.0, 3.0], [0.1, 0.2, 0.4]),
            "EV/Revenue is the same for every company, so there is nothing to explain.",
        ),
        (
            companies([1.0, 2.0, 3.0], [0.1, 0.2, 0.3]),
            "the fit is exact, as if the multiple had been calculated from growth.",
        ),
    ],
)
def test_data_without_a_regression_have_a_sentence(peers: Peers, sentence: str) -> None:
    found = comps_verdict(peers, 0.2, 0.3)
    assert found.verdict == (f"Not used: {sentence}",)
    if "exact" not in sentence:
        assert math.isnan(found.predicted[0])
        assert math.isnan(found.degrees_of_freedom[0])


def test_an_exact_fit_is_exact_in_its_numbers() -> None:
    found = comps_verdict(companies([1.0, 2.0, 3.0], [0.1, 0.2, 0.3]), 0.25, 0)
    assert (found.r_squared[0], found.chance[0], found.standard_error[0]) == (1, 0, 0)
    assert found.predicted[0] == pytest.approx(2.5)


def test_the_forward_multiple_has_its_own_verdict() -> None:
    growth, y = drawn(12, 1)
    peers = companies(y, growth, forward_revenue=[2.0] * 11 + [math.nan])
    found = comps_verdict(peers, 0.5, 0)
    assert found.multiple == ("EV/Revenue", "Forward EV/Revenue")
    assert found.companies.tolist() == [12, 11]
    without = companies(y[:11] / 2, growth[:11])
    assert found.predicted[1] == pytest.approx(comps_verdict(without, 0.5, 0).predicted[0])


def test_every_verdict_fits_into_a_line() -> None:
    growth, y = drawn(5, 30, 3)
    peers = companies(np.abs(y) + 1000, growth, margin=growth**2)
    (verdict,) = comps_verdict(peers, 12, -15).verdict
    assert len(verdict) <= 255
