"""Is the value of a company that may fail the expected value over survival and failure?

Oracles: two draws of the same company, one that lives and one that is sold, weighted by hand; the
value without failure where the probability is zero, and the sale alone where it is one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.drivers import Drivers
from model.dcf.failure import dcf_failure_value
from model.dcf.value import DcfValue, dcf_value
from model.dilution.securities import Securities
from model.errors import InputError

HOLDERS = Securities(["Common", "Options"], ["common", "option"], [100.0, 10.0], [0.0, 5.0])
parts = st.floats(0, 1)


def valued(**changes: Any) -> DcfValue:
    drivers = {
        "base_revenue": 1000.0,
        "revenue_growth": 0.05,
        "operating_margin": 0.2,
        "tax_rate": 0.25,
        "sales_to_capital": 2.0,
        "wacc": 0.1,
        "terminal_growth": 0.02,
        "years": 5,
        "cash": 300.0,
        "debt": 200.0,
        **changes,
    }
    return dcf_value(Drivers.of(drivers), HOLDERS)


@given(st.floats(-1e5, 1e5), parts, st.floats(0, 1e5))
def test_it_is_an_average(going_concern: float, probability: float, proceeds: float) -> None:
    found = float(dcf_failure_value(going_concern, probability, proceeds))
    low, high = sorted((going_concern, proceeds))
    assert low - 1e-9 * (1 + abs(low)) <= found <= high + 1e-9 * (1 + abs(high))
    assert dcf_failure_value(going_concern, 0.0, proceeds) == going_concern
    assert dcf_failure_value(going_concern, 1.0, proceeds) == proceeds


@given(parts, parts)
def test_a_share_of_the_going_concern(probability: float, share: float) -> None:
    sound = valued()
    found = valued(failure_probability=probability, failure_proceeds=share)
    assert found.going_concern_value == sound.enterprise_value
    operations = float(sound.enterprise_value) * (1 - probability * (1 - share))
    assert float(found.enterprise_value) == pytest.approx(operations, rel=1e-12)
    assert float(found.equity_value) == pytest.approx(operations + 100, rel=1e-12)


@given(parts, parts, st.floats(0, 1e5))
def test_a_share_of_book_capital(probability: float, share: float, book: float) -> None:
    sound = valued()
    found = valued(
        failure_probability=probability,
        failure_proceeds=share,
        failure_basis="book",
        book_capital=book,
    )
    operations = (1 - probability) * float(sound.enterprise_value) + probability * share * book
    assert float(found.enterprise_value) == pytest.approx(operations, rel=1e-12)
    lines = float(found.going_concern_value) + float(found.failure_adjustment)
    assert lines == pytest.approx(float(found.enterprise_value), rel=1e-12)


def test_without_a_probability_nothing_changes_and_with_certainty_the_sale_is_left() -> None:
    sound = valued()
    assert valued(failure_proceeds=0.5).value_per_share == sound.value_per_share
    certain = valued(
        failure_probability=1.0, failure_proceeds=0.15, failure_basis="book", book_capital=14_531.0
    )
    assert float(certain.enterprise_value) == pytest.approx(2179.65)


def test_a_going_concern_of_negative_value_sells_for_nothing() -> None:
    sound = valued(operating_margin=-0.2)
    found = valued(operating_margin=-0.2, failure_probability=0.4, failure_proceeds=0.5)
    assert sound.enterprise_value < 0
    assert found.failure_proceeds == 0
    assert float(found.enterprise_value) == pytest.approx(0.6 * float(sound.enterprise_value))


def test_the_terminal_share_is_of_the_going_concern() -> None:
    assert valued(failure_probability=0.9).terminal_share == valued().terminal_share


def test_scenarios_are_single_calls() -> None:
    seed = np.random.default_rng(7)
    chance, share, book = seed.random(6), seed.random(6), 1e4 * seed.random(6)
    for basis in ("value", "book"):
        together = valued(
            failure_probability=chance,
            failure_proceeds=share,
            failure_basis=basis,
            book_capital=book,
        )
        single = [
            valued(
                failure_probability=chance[i],
                failure_proceeds=share[i],
                failure_basis=basis,
                book_capital=book[i],
            ).value_per_share
            for i in range(6)
        ]
        np.testing.assert_allclose(together.value_per_share, single, rtol=2e-15)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"failure_basis": "book"}, "drivers must give book_capital for failure_basis 'book'"),
        ({"failure_basis": "books"}, "failure_basis must be one of 'value', 'book'"),
        ({"failure_probability": 76.63}, "failure_probability must be from 0 to 1, not 76.63"),
        ({"failure_proceeds": -0.1}, "failure_proceeds must be from 0 to 1, not -0.1"),
        ({"book_capital": -1.0}, "book_capital must be at least 0, not -1"),
    ],
)
def test_drivers_that_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        valued(**changes)
