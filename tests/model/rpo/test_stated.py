"""Are bands read as filings word them: cumulatively, as a remainder, and of one scope?

Oracles: the same bands stated one by one, and the filing of CoreWeave that has two scopes.
"""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.rpo.backtest import rpo_backtest_bands
from model.rpo.bands import Bands, rpo_bands
from model.rpo.filings import DatedBands, Filings
from model.rpo.run_rate import rpo_run_rate
from model.rpo.schedule import rpo_schedule

# Amounts and their sums are exact: whole numbers.
pieces = st.lists(st.tuples(st.integers(1, 36), st.integers(0, 10**6)), min_size=1, max_size=5)


@given(pieces, st.booleans(), st.booleans(), st.randoms())
def test_cumulative_amounts_are_those_band_by_band(
    given_bands: list[tuple[int, int]], from_the_start: bool, rest: bool, shuffle: Any
) -> None:
    months, amount = zip(*given_bands, strict=True)
    last: list[float] = list(itertools.accumulate(months))
    first = [1, *(month + 1 for month in last[:-1])]
    reached: list[float] = list(itertools.accumulate(amount))
    balance = sum(amount) + 1
    if rest:
        # What comes thereafter is what is left of the balance.
        first, last = [*first, last[-1] + 1], [*last, np.nan]
        amount, reached = (*amount, 1), [*reached, np.nan]
    expected = Bands(first, last, amount=amount).of(balance)
    rows = [
        (1 if from_the_start and to == to else since, to, to_date)
        for since, to, to_date in zip(first, last, reached, strict=True)
    ]
    shuffle.shuffle(rows)
    since, to, to_date = zip(*rows, strict=True)
    found = Bands(since, to, cumulative_amount=to_date).of(balance)
    assert (found.first, found.last) == (expected.first, expected.last)
    assert found.amount.tolist() == expected.amount.tolist()
    assert found.remainder == expected.remainder


def test_cumulative_shares_of_a_filing() -> None:
    # Cerebras at 31 December 2025: 15% within 24 months, 58% within 48, the rest thereafter.
    months = [1, 1, 49], [24, 48, None]
    found = rpo_bands(24_600, Bands(*months, cumulative_share=[0.15, 0.58, None]))
    assert found.share == pytest.approx([0.15, 0.43, 0.42], rel=1e-14)
    # A last band that is stated as the whole says the same.
    whole = rpo_bands(24_600, Bands(*months, cumulative_share=[0.15, 0.58, 1.0]))
    assert whole.amount == pytest.approx(found.amount, rel=1e-14)


def test_cumulative_shares_in_scenarios() -> None:
    reached = np.array([[0.2, 0.5, 1.0], [0.4, 0.9, 0.9]])
    found = Bands([1, 13, 25], [12, 24, 36], cumulative_share=reached).of(1000.0).amount
    assert found == pytest.approx(np.array([[200, 300, 500], [400, 500, 0]]))


def test_bands_by_date_may_be_cumulative() -> None:
    start, now = date(2025, 12, 31), date(2026, 6, 30)
    filings = Filings([start, now], [24_600, 25_400], [None, 373.5])
    first, last = [1, 25, 49] * 2, [24, 48, 84, 24, 48, None]
    dates = [start] * 3 + [now] * 3
    by_band = DatedBands(dates, first, last, share=[0.15, 0.43, 0.42, 0.22, 0.43, 0.35])
    reached = DatedBands(dates, first, last, cumulative_share=[0.15, 0.58, 1, 0.22, 0.65, 1])
    expected, found = (rpo_backtest_bands(filings, b, "flat") for b in (by_band, reached))
    assert found.band == expected.band
    assert found.difference == pytest.approx(expected.difference, abs=1e-9)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        (
            {"cumulative_share": [0.6, 0.5]},
            "bands Cumulative share must not decrease, and after 0.6 by month 12 it is 0.5.",
        ),
        (
            {"cumulative_amount": [60.0, 50.0]},
            "bands Cumulative amount must not decrease, and after 60 by month 12 it is 50.",
        ),
        (
            {"cumulative_share": [0.6, None]},
            "bands Cumulative share must not be blank, except in a last band without To month.",
        ),
        (
            {"cumulative_share": [0.3, 0.6], "share": [0.3, 0.3]},
            "bands must give parts of the balance either by band or cumulatively.",
        ),
        (
            {"cumulative_share": [0.3, 0.6], "cumulative_amount": [30.0, 60.0]},
            "bands must give parts of the balance either by band or cumulatively.",
        ),
        (
            {"share": [0.3, 0.3], "scope": ["RPO", "backlog"]},
            "bands Scope must be the same in every row, 'RPO', not 'backlog'.",
        ),
    ],
)
def test_what_is_refused(stated: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        Bands([1, 13], [12, 24], **stated).of(100.0)
    assert str(refused.value) == sentence


# Scopes ------------------------------------------------------------------------------------------


def test_coreweave_had_a_backlog_of_more_than_its_rpo() -> None:
    # At 31 March 2025 (10-Q and release): RPO of 14.7 billion, backlog of 25.9 billion with a
    # contract that was no RPO yet. Revenue of the quarter, 981.632, was from RPO.
    months = [1, 25, 49], [24, 48, 72]
    of_rpo = Bands(*months, share=[0.58, 0.40, 0.02], scope=["RPO"] * 3)
    found = rpo_run_rate(14_700, of_rpo, 981.632, 3, "rpo")
    assert found.run_rate == pytest.approx(981.632 / 3)
    assert found.average == pytest.approx(14_700 * 0.58 / 24)
    assert found.ratio == pytest.approx(981.632 / 3 / (14_700 * 0.58 / 24))
    assert found.limit == 2
    assert found.warning == ""
    of_backlog = Bands(*months, share=[0.5, 0.3, 0.2], scope=["backlog"] * 3)
    with pytest.raises(InputError, match=r"^scope must be that of the bands, 'backlog', not 'RPO'"):
        rpo_run_rate(25_900, of_backlog, 981.632)


def test_a_scope_left_out_is_rpo() -> None:
    assert Bands([1], [12], share=[1.0]).of(100.0).scope == "RPO"
    assert Bands([1], [12], share=[1.0], scope=[None]).of(100.0).scope == "RPO"
    named = Bands([1], [12], share=[0.9], scope=["RPO without Atlas"]).of(100.0)
    assert named.closed(24).scope == "RPO without Atlas"


def test_filings_are_of_one_scope_and_their_bands_too() -> None:
    days = [date(2025, 12, 31), date(2026, 3, 31)]
    with pytest.raises(InputError, match=r"^filings Scope must be the same in every row, 'RPO'"):
        Filings(days, [100, 110], [None, 5], ["RPO", "backlog"])
    filings = Filings(days, [100, 110], [None, 5], ["backlog"] * 2)
    bands = DatedBands(days, [1, 1], [12, 12], share=[1, 1])
    with pytest.raises(InputError, match=r"^bands Scope must be that of the filings, 'backlog'"):
        rpo_backtest_bands(filings, bands)
    same = DatedBands(days, [1, 1], [12, 12], share=[1, 1], scope=["Backlog"] * 2)
    # Nine of the twelve months are to come, and nothing after them.
    assert rpo_backtest_bands(filings, same, "flat").old == pytest.approx([75.0, 0.0])


# Run rates ---------------------------------------------------------------------------------------


def test_a_run_rate_and_the_schedule_warn_alike() -> None:
    bands = Bands([1, 13], [12, 24], share=[0.1, 0.9])
    found = rpo_run_rate(1200, bands, 75.0, 3)
    assert found.ratio == pytest.approx(2.5)
    assert found.warning.startswith("run_rate is 2.5 times the first band's average month")
    made = rpo_schedule(1200, bands, 1, "anchored", None, found.run_rate)
    assert made.warning == found.warning


def test_a_single_open_band_needs_its_last_month() -> None:
    bands = Bands([1], [None], share=[None])
    assert rpo_run_rate(1200, bands, 30.0, 3, "RPO", 120).average == pytest.approx(10.0)
    with pytest.raises(InputError, match=r"^final_month must be given because the last band"):
        rpo_run_rate(1200, bands, 30.0, 3)


def test_a_first_band_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match=r"^bands must be above 0 in the first band"):
        rpo_run_rate(1200, Bands([1, 13], [12, 24], share=[0.0, 1.0]), 30.0)
