"""Does a target price follow from its parts, and the return to it from its own?

Oracles: sums; the return of buying today and selling at the target; a price at its value.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.uncertainty.target import dcf_target_price

money, rates = st.floats(0.01, 1e4), st.floats(0.0, 1.0)


@given(st.floats(-100.0, 1e4), money, rates, st.floats(0.5, 60.0), st.floats(0.0, 1.0), money)
def test_the_parts_sum_to_the_target_and_to_the_return(
    value: float, price: float, rate: float, months: float, paid: float, raised: float
) -> None:
    for after in (None, raised):
        held = max(value if after is None else after, 0.0)
        dividends = paid * held
        found = dcf_target_price(value, price, rate, months, dividends, after)
        parts = (found.value_today, found.raises, found.limited, found.rolled_forward,
                 found.dividends)  # fmt: skip
        assert sum(parts) == pytest.approx(found.target_price, rel=1e-9, abs=1e-6)
        assert found.target_price == pytest.approx(
            held * (1 + rate) ** (months / 12) - dividends, rel=1e-9, abs=1e-9
        )
        # Bought today, and sold at the target.
        got = (found.target_price + dividends) / price - 1
        parts = found.required_return, found.gap_return, found.return_on_gap
        assert sum(parts) == pytest.approx(got, rel=1e-9, abs=1e-9)
        assert found.expected_return == pytest.approx(got, rel=1e-9, abs=1e-9)
        assert found.from_price + found.from_dividends == pytest.approx(got, rel=1e-9, abs=1e-9)
        a_year = (1 + got) ** (12 / months) - 1
        assert found.a_year == pytest.approx(a_year, rel=1e-9, abs=1e-9)


def test_a_price_at_its_value_returns_the_cost_of_equity() -> None:
    found = dcf_target_price(50.0, 50.0, 0.12)
    assert found.expected_return == pytest.approx(0.12, rel=1e-14)
    assert found.gap_return == 0
    assert found.a_year == pytest.approx(0.12, rel=1e-14)


def test_half_a_year_is_half_of_the_way() -> None:
    whole, half = (dcf_target_price(50.0, 40.0, 0.21, months) for months in (12, 6))
    assert half.target_price == pytest.approx(55.0)
    assert whole.target_price == pytest.approx(60.5)


def test_several_scenarios_are_those_one_by_one() -> None:
    values = np.array([-3.0, 20.0, 75.0])
    found = dcf_target_price(values, 40.0, 0.1)
    alone = [float(dcf_target_price(v, 40.0, 0.1).expected_return) for v in values]
    assert found.expected_return.tolist() == alone
    assert alone[0] == -1.0


def test_more_dividends_than_there_will_be_value_are_refused() -> None:
    with pytest.raises(InputError, match=r"^dividends must be at most the value per share by then"):
        dcf_target_price(10.0, 8.0, 0.1, dividends=12.0)
