"""Do the internal rates of many scenarios agree with those of other programs, and of one alone?

Oracles: `numpy_financial.irr` and `pyxirr`, scenario by scenario; every rate put back into the sum;
and the search that brackets every rate of a single scenario.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy_financial as npf
import pytest
import pyxirr

from model.errors import Floats, InputError
from model.returns.exponential_sums import ExponentialSum, _zeros
from model.returns.internal_rates import internal_rate, return_irr, return_xirr

FIRST = np.datetime64("2026-05-14", "D")


def investments(random: np.random.Generator, count: int, flows: int) -> Floats:
    """Payments in the first few periods, receipts in the others, of very different sizes."""
    sizes = random.lognormal(3, 1.5, (count, flows))
    paid = np.arange(flows) < random.integers(1, flows, (count, 1))
    return np.where(paid, -sizes, sizes).round(2)


@pytest.mark.parametrize("flows", [2, 5, 11, 40])
def test_each_rate_is_that_of_numpy_financial_and_pyxirr(flows: int) -> None:
    given = investments(np.random.default_rng(flows), 300, flows)
    found = return_irr(given)
    factors = (1 + found[:, None]) ** -np.arange(flows)
    terms = given * factors
    assert (np.abs(terms.sum(-1)) <= 1e-11 * np.abs(terms).sum(-1)).all()
    compared = 0
    for row, rate in zip(given, found, strict=True):
        if -0.9 < rate < 10:
            for theirs in (npf.irr(row), pyxirr.irr(row)):
                # Eigenvalues of a large matrix may fail, and a search from a guess may stop.
                if theirs is not None and np.isfinite(theirs):
                    assert rate == pytest.approx(theirs, rel=1e-6, abs=1e-7)
                    compared += 1
    assert compared > 300


def test_each_dated_rate_is_that_of_pyxirr() -> None:
    random = np.random.default_rng(3)
    given = investments(random, 400, 9)
    days = FIRST + random.integers(1, 500, given.shape).cumsum(-1)
    found = return_xirr(given, days)
    compared = 0
    for row, dates, rate in zip(given, days, found, strict=True):
        theirs = pyxirr.xirr(dates.tolist(), row.tolist())
        if theirs is not None and -0.9 < rate < 10:
            assert rate == pytest.approx(theirs, rel=1e-6, abs=1e-7)
            compared += 1
    assert compared > 300
    # Neither the order of the flows matters, nor whether one is paid in two parts.
    order = random.permuted(np.tile(np.arange(9), (400, 1)), axis=1)
    shuffled = [np.take_along_axis(values, order, 1) for values in (given, days)]
    parts = np.concatenate([shuffled[0] / 2] * 2, -1), np.concatenate([shuffled[1]] * 2, -1)
    for flows, dates in (shuffled, parts):
        assert return_xirr(flows, dates) == pytest.approx(found, rel=1e-9, abs=1e-12)


def test_dates_may_be_the_same_for_all_scenarios() -> None:
    given = investments(np.random.default_rng(4), 50, 6)
    days = FIRST + np.array([0, 90, 400, 401, 900, 2000])
    each = return_xirr(given, np.tile(days, (50, 1)))
    assert (return_xirr(given, days) == each).all()
    assert (return_xirr(given, days.tolist()) == each).all()


def test_a_scenario_has_the_same_bits_alone_and_among_others() -> None:
    random = np.random.default_rng(5)
    # Enough for two blocks; some of them lose or gain a million times their price.
    given = investments(random, 2500, 12)
    given[::7, -1] *= 1e6
    given[::11, 0] *= 1e6
    # Two changes of sign, and three, but one rate.
    given[3] = [-100, 220, -121, *[0] * 9]
    given[4] = [-100, *[30] * 5, -1, *[30] * 5]
    found = return_irr(given)
    alone = np.array([return_irr(row) for row in given])
    assert (found == alone).all()
    assert (return_irr(given.reshape(50, 50, 12)) == found.reshape(50, 50)).all()


def test_the_search_with_brackets_finds_the_same() -> None:
    given = investments(np.random.default_rng(6), 300, 8)
    found = np.log1p(return_irr(given))
    for row, u in zip(given, found, strict=True):
        of = ExponentialSum(np.log(np.abs(row)), np.sign(row), np.arange(8.0))
        (bracketed,) = _zeros(of, [])
        assert u == pytest.approx(bracketed, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    "row",
    [
        [-4000.0, 25000.0, -25000.0],
        [1000.0, -3000.0, 2500.0],
        [1.0, 2.0, 3.0],
        [0.0, 0.0, 0.0],
        [-1.0, 0.0, -1.0],
    ],
)
@pytest.mark.parametrize("at", [0, 6, 2999])
def test_a_scenario_without_a_single_rate_is_refused_as_it_is_alone(
    row: list[float], at: int
) -> None:
    given = np.tile([-100.0, 60.0, 60.0], (3000, 1))
    given[at] = row
    sentence = refusal(lambda: return_irr(row)).removeprefix("cash_flows ")
    assert refusal(lambda: return_irr(given)) == f"cash_flows (scenario {at + 1}) {sentence}"
    days = FIRST + 365 * np.arange(3)
    assert refusal(lambda: return_xirr(given, days)) == f"cash_flows (scenario {at + 1}) {sentence}"


def test_a_rate_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match=r"^cash_flows \(scenario 2\) have an internal rate that"):
        internal_rate([[-1.0, 1.1], [-1.0, 1000.0]], [0.0, 1 / 365])


def test_dates_that_do_not_fit_are_refused() -> None:
    given = [[-100.0, 60.0, 60.0]] * 4
    days = FIRST + np.arange(4)
    assert refusal(lambda: return_xirr(given, days)) == (
        "dates must be 3, one for each cash flow, not 4."
    )
    three = np.tile(days[:3], (5, 1))
    assert "must hold one scenario, or as many as" in refusal(lambda: return_xirr(given, three))
    three[2, 1] = np.datetime64("NaT")
    assert refusal(lambda: return_xirr(given * 2, three)).startswith("dates must be a date, not ")


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(InputError) as refused:
        call()
    return str(refused.value)
