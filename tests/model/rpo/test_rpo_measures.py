"""Are coverage, duration and present value right, and is a back-test correct?

Oracles: numpy-financial's annuity for a flat band without default; the identity that default
without recovery is a higher discount rate, (1 + r) e^lambda - 1; long sums; and, for the
back-test, filings made from a schedule that was kept exactly, which it must find without
difference, and the identity that the closing balance less what the schedule leaves is all
bookings and all that was not recognised in time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.calendar import months_between
from model.errors import InputError
from model.rpo import measures as rpo_measures
from model.rpo import schedule as rpo
from model.rpo.backtest import (
    backtest,
    rebanded,
    rpo_backtest,
    rpo_backtest_bands,
    with_rest,
)
from model.rpo.bands import Banded
from model.rpo.filings import DatedBands, Filings

CEREBRAS = Banded.of(24_600.0, [1, 25, 49], [24, 48, 84], share=[0.15, 0.43, 0.42])
schedules = st.lists(st.floats(0.01, 1e3), min_size=1, max_size=84).map(np.array)
rates = st.floats(-0.5, 1.0)


# Coverage and duration ---------------------------------------------------------------------------


def test_a_band_that_ends_with_the_period_is_due_in_full() -> None:
    oracle = Banded.of(67.9, [1, 13, 37], [12, 36, None], share=[0.49, 0.35, 0.16])
    # The open end does not matter, and needs no month.
    assert rpo_measures.due_within(oracle, 12) == pytest.approx(33.271)
    assert rpo_measures.due_within(oracle, 36) == pytest.approx(0.84 * 67.9)
    with pytest.raises(InputError, match=r"^final_month must be given"):
        rpo_measures.due_within(oracle, 24)


@given(st.integers(1, 84), st.sampled_from(list(rpo.SHAPES)))
def test_what_is_due_is_the_start_of_the_schedule(months: int, shape: str) -> None:
    due = rpo_measures.due_within(CEREBRAS, months, shape)
    expected = math.fsum(rpo.schedule(CEREBRAS, 1, shape).by_month[:months])
    assert due == pytest.approx(expected, rel=1e-12)


@given(schedules)
def test_duration_by_a_long_sum(by_month: np.ndarray) -> None:
    held = sum(a * (m + 0.5) / 12 for m, a in enumerate(by_month)) / sum(by_month)
    assert rpo_measures.average_life(by_month) == pytest.approx(held)
    # A month's end is half a month after its middle.
    later = rpo_measures.average_life(by_month, "end")
    assert later == pytest.approx(held + 1 / 24)


def test_duration_is_the_area_under_the_balance() -> None:
    # Amounts recognised at month ends stay in the balance until then.
    made = rpo.schedule(CEREBRAS, 1)
    area = made.opening.sum() / 12 / 24_600
    assert rpo_measures.average_life(made.by_month, "end") == pytest.approx(area)


# Present value -----------------------------------------------------------------------------------


@given(st.floats(0.001, 0.5), st.integers(1, 600))
def test_a_flat_band_is_an_annuity(rate: float, months: int) -> None:
    by_month = np.full(months, 10.0)
    monthly = (1 + rate) ** (1 / 12) - 1
    end = rpo_measures.present_value(by_month, rate, timing="end")
    assert end == pytest.approx(-npf.pv(monthly, months, 10.0), rel=1e-9)
    # In the middle of months it is worth half a month more.
    middle = rpo_measures.present_value(by_month, rate)
    assert middle == pytest.approx(float(end) * (1 + rate) ** (1 / 24), rel=1e-12)


@given(schedules, rates, st.floats(0, 1), st.floats(0, 1))
def test_present_value_by_a_long_sum(
    by_month: np.ndarray, rate: float, intensity: float, recovery: float
) -> None:
    total = 0.0
    for m, amount in enumerate(by_month):
        t = (m + 0.5) / 12
        survival = math.exp(-intensity * t)
        total += amount * (survival + (1 - survival) * recovery) / (1 + rate) ** t
    found = rpo_measures.present_value(by_month, rate, intensity, recovery)
    assert found == pytest.approx(total, rel=1e-10)


# Together they stay a rate of at most 100%.
@given(schedules, st.floats(0, 0.4), st.floats(0, 0.35), st.floats(0, 1))
def test_default_is_a_higher_rate(
    by_month: np.ndarray, rate: float, intensity: float, recovery: float
) -> None:
    higher = (1 + rate) * math.exp(intensity) - 1
    lost = rpo_measures.present_value(by_month, higher)
    assert rpo_measures.present_value(by_month, rate, intensity) == pytest.approx(float(lost))
    # Recovery is an average of a customer who may default and one who cannot.
    safe = rpo_measures.present_value(by_month, rate)
    mixed = recovery * float(safe) + (1 - recovery) * float(lost)
    found = rpo_measures.present_value(by_month, rate, intensity, recovery)
    assert found == pytest.approx(mixed)


@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5), st.floats(0, 1))
def test_order_of_values(rate: float, intensity: float, recovery: float) -> None:
    front, flat, back = (
        float(
            rpo_measures.present_value(
                rpo.schedule(CEREBRAS, 1, shape).by_month, rate, intensity, recovery
            )
        )
        for shape in ("front", "flat", "back")
    )
    assert 24_600 * (1 + 1e-12) >= front >= flat * (1 - 1e-12) >= back * (1 - 1e-12) ** 2 > 0


def test_scenarios_are_done_at_once() -> None:
    by_month = rpo.schedule(CEREBRAS, 1).by_month
    rate, risk = np.array([0.05, 0.1, 0.2]), np.array([0.0, 0.02, 0.1])
    together = rpo_measures.present_value(by_month, rate, risk, 0.4)
    alone = [
        rpo_measures.present_value(by_month, r, x, 0.4) for r, x in zip(rate, risk, strict=True)
    ]
    np.testing.assert_allclose(together, alone)


# Back-tests --------------------------------------------------------------------------------------


def filed(months: Sequence[int], balances: Sequence[float], recognised: Sequence[float]) -> Filings:
    """Filings these numbers of months after the end of 2025, in order of their dates."""
    ends = np.datetime64("2026-01") + np.array(months)
    days = ends.astype("datetime64[D]") - 1
    return Filings(days, balances, [None, *recognised])


gaps = st.lists(st.integers(1, 24), min_size=1, max_size=5)


@given(schedules, gaps)
def test_a_schedule_that_was_kept_has_no_difference(
    by_month: np.ndarray, months_apart: list[int]
) -> None:
    months = [0, *itertools.accumulate(months_apart)]
    reached = [float(by_month[:m].sum()) for m in months]
    balances = [max(float(by_month.sum()) - r, 0.0) for r in reached]
    filings = filed(months, balances, np.diff(reached))
    found = backtest(filings, by_month)
    tolerance = 1e-11 * float(by_month.sum())
    assert found.recognised == pytest.approx(found.scheduled, abs=tolerance)
    assert found.bookings == pytest.approx(np.zeros(len(months_apart)), abs=tolerance)
    assert found.left == pytest.approx(found.closing, abs=tolerance)


@given(schedules, gaps, st.data())
def test_the_closing_balance_is_explained(
    by_month: np.ndarray, months_apart: list[int], data: st.DataObject
) -> None:
    n = len(months_apart)
    amounts = st.floats(0, 1e5)
    later = data.draw(st.lists(amounts, min_size=n, max_size=n))
    recognised = data.draw(st.lists(amounts, min_size=n, max_size=n))
    months = (0, *itertools.accumulate(months_apart))
    filings = filed(months, [float(by_month.sum()), *later], recognised)
    found = backtest(filings, by_month)
    explained = np.cumsum(found.bookings + found.scheduled - found.recognised)
    assert found.closing - found.left == pytest.approx(explained, abs=1e-8)


@given(schedules, st.integers(0, 100), gaps)
def test_new_bands_lose_nothing_of_the_old_schedule(
    by_month: np.ndarray, month: int, lengths: list[int]
) -> None:
    last = list(itertools.accumulate(lengths))
    first = [1, *(m + 1 for m in last[:-1])]
    new = with_rest(Banded.of(100.0, first, last, share=[0.5 / len(last)] * len(last)))
    found = rebanded(by_month, month, new)
    assert found.sum() == pytest.approx(by_month[month:].sum(), abs=1e-9)
    for amount, a, b in zip(found, new.first, new.last, strict=True):
        expected = by_month[month + a - 1 : None if b is None else month + b].sum()
        assert amount == pytest.approx(expected, abs=1e-9)


def test_the_filings_of_cerebras() -> None:
    # From filings: 24.6, 25.0 and 25.4 billion, and 193.4 and 180.1 million of revenue between.
    filings = filed((0, 3, 6), [24_600.0, 25_000.0, 25_400.0], [193.4, 180.1])
    found = backtest(filings, rpo.schedule(CEREBRAS, 1, "flat").by_month)
    assert found.bookings == pytest.approx([593.4, 580.1])
    # A flat band of 15% over 24 months puts 461.25 into each quarter.
    assert found.scheduled == pytest.approx([461.25, 461.25])
    assert found.left == pytest.approx([24_138.75, 23_677.5])


# Dates -------------------------------------------------------------------------------------------


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 600), st.integers(-6, 6))
def test_months_between_month_ends_and_near_them(start: date, months: int, off: int) -> None:
    def month_end(n: int) -> date:
        first = date(start.year + (start.month + n) // 12, (start.month + n) % 12 + 1, 1)
        return first - timedelta(days=1)

    assert months_between("filings", month_end(0), month_end(months)) == months
    off = 0 if months == 0 else off
    assert months_between("filings", month_end(0), month_end(months) + timedelta(off)) == months


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2025, 2, 28), date(2024 + 4, 2, 29), 36),
        (date(2025, 6, 15), date(2026, 6, 15), 12),
        # NVIDIA's fiscal quarters end on Sundays.
        (date(2025, 1, 26), date(2025, 4, 27), 3),
        (date(2025, 1, 26), date(2026, 1, 25), 12),
    ],
)
def test_months_between_known_dates(start: date, end: date, months: int) -> None:
    assert months_between("filings", start, end) == months


@pytest.mark.parametrize("end", [date(2026, 1, 15), date(2026, 2, 12), date(2025, 12, 20)])
def test_dates_that_are_no_months_apart(end: date) -> None:
    with pytest.raises(InputError, match=r"^filings Date must be a whole number of months apart"):
        months_between("filings", date(2025, 12, 31), end)


def test_several_balances_at_once_are_each_on_its_own() -> None:
    balances = [[24_600.0, 25_000.0, 25_400.0], [20_000.0, 26_000.0, 21_000.0]]
    days = [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)]
    disclosed = DatedBands(
        [days[2], days[0], days[2], days[0]],
        [25, 25, 1, 1],
        [None, 48, 24, 24],
        share=[None, 0.5, 0.3, 0.5],
    )
    revenue = [None, 193.4, 180.1]
    arguments = (disclosed, "flat", 48)
    together = rpo_backtest(Filings(days, balances, revenue), *arguments)
    in_bands = rpo_backtest_bands(Filings(days, balances, revenue), *arguments)
    for i, held in enumerate(balances):
        # The filings of one scenario, from the last to the first.
        alone = Filings(days[::-1], held[::-1], revenue[::-1])
        for name in ("scheduled", "bookings", "left", "added"):
            expected = getattr(rpo_backtest(alone, *arguments), name)
            assert getattr(together, name)[i].tolist() == expected.tolist()
        for name in ("old", "disclosed", "difference"):
            expected = getattr(rpo_backtest_bands(alone, *arguments), name)
            assert getattr(in_bands, name)[i].tolist() == expected.tolist()
