"""Does capitalised research match a ledger of yearly projects, each written off separately?

Oracle: the ledger, in plain Python, project by project; and a company whose research never
changes, for which the closed form is known.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.research import dcf_research_capital
from model.errors import InputError

expenses = st.floats(0, 1e5)


@st.composite
def companies(draw: st.DrawFn) -> tuple[float, list[float], int]:
    life = draw(st.integers(1, 15))
    return draw(expenses), draw(st.lists(expenses, min_size=life, max_size=life + 5)), life


@given(companies())
def test_each_project_is_written_off_on_its_own(
    company: tuple[float, list[float], int],
) -> None:
    current, past, life = company
    asset, charge = current, 0.0
    for age, spent in enumerate(past, 1):
        book = spent
        for year in range(1, age + 1):
            written_off = min(spent / life, book)
            book -= written_off
            if year == age and year <= life:
                charge += written_off
        asset += book if age < life else 0.0
    made = dcf_research_capital(current, past, life)
    size = 1e-9 * (1 + current + sum(past))
    assert made.asset.sum() == pytest.approx(asset, rel=1e-9, abs=size)
    assert made.amortisation.sum() == pytest.approx(charge, rel=1e-9, abs=size)
    assert made.adjustment.sum() == pytest.approx(current - charge, rel=1e-9, abs=size)


@given(companies(), expenses)
def test_next_years_asset_rolls_forward(
    company: tuple[float, list[float], int], following: float
) -> None:
    # Opening asset plus spending less amortisation is the closing asset.
    current, past, life = company
    now = dcf_research_capital(current, past, life)
    later = dcf_research_capital(following, [current, *past], life)
    rolled = now.asset.sum() + following - later.amortisation.sum()
    assert later.asset.sum() == pytest.approx(rolled, rel=1e-9, abs=1e-9 * (1 + rolled))


@given(st.floats(1, 1e5), st.integers(1, 40))
def test_steady_research_is_charged_as_it_is_spent(spent: float, life: int) -> None:
    made = dcf_research_capital(spent, [spent] * life, life)
    assert made.asset.sum() == pytest.approx(spent * (life + 1) / 2, rel=1e-12)
    assert made.adjustment.sum() == pytest.approx(0.0, abs=1e-9 * spent)


def test_extremes() -> None:
    assert dcf_research_capital(0.0, [0.0], 1).asset.sum() == 0
    one = dcf_research_capital(100.0, [80.0], 1)
    assert one.asset.tolist() == [100.0, 0.0]
    assert one.adjustment.sum() == 20.0
    assert dcf_research_capital(1.0, np.ones(100), 100).asset.sum() == pytest.approx(50.5)


def test_scenarios_are_single_calls() -> None:
    seed = np.random.default_rng(3)
    current, past = seed.uniform(0, 9, 5), seed.uniform(0, 9, (5, 4))
    together = dcf_research_capital(current, past, 3)
    for i in range(5):
        single = dcf_research_capital(current[i], past[i], 3)
        np.testing.assert_array_equal(together.asset[i], single.asset)
        np.testing.assert_array_equal(together.adjustment[i], single.adjustment)


@pytest.mark.parametrize(
    ("past", "life", "message"),
    [
        ([1.0], 2, "past must hold at least 2 years, the life, not 1"),
        ([1.0], 0, "life must be from 1 to 100, not 0"),
        ([-1.0], 1, "past must be at least 0, not -1"),
    ],
)
def test_what_is_refused(past: list[float], life: int, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        dcf_research_capital(1.0, past, life)
