"""Is what falls after the valuation date valued, once and in its own year, whatever the dates are?

Oracles: every month's amount laid out day by day and counted with the calendar of the standard
library; the whole that must come back; 13 May by hand; and present values summed in plain Python.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.calendar import months_between, year_left
from model.dcf.discounting import dcf_present_value
from model.errors import InputError
from model.fiscal_years import by_fiscal_year, left_of_months
from model.rpo.bands import Bands
from model.rpo.measures import rpo_present_value
from model.rpo.schedule import rpo_by_year

days = st.dates(date(2023, 1, 1), date(2028, 12, 31))


def end_of(year: int, month: int) -> date:
    """Last day of a month, of which those after December belong to the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def counts_as(day: date) -> date:
    """The month's end within seven days of a date, or the date."""
    for end in (end_of(day.year, day.month), date(day.year, day.month, 1) - timedelta(1)):
        if abs((day - end).days) <= 7:
            return end
    return day


def later(start: date, months: int) -> date:
    """The same day of a later month; a month's end stays one."""
    end = end_of(start.year, start.month + months)
    return end if start == end_of(start.year, start.month) else end.replace(day=start.day)


def day_by_day(by_month: list[float], balance: date) -> dict[date, float]:
    """What falls on each day, of months that are spread evenly over theirs."""
    start, found = counts_as(balance), {}
    for i, amount in enumerate(by_month):
        first, last = later(start, i), later(start, i + 1)
        length = (last - first).days
        for k in range(length):
            found[first + timedelta(k + 1)] = amount / length
    return found


amounts = st.lists(st.floats(0, 9), min_size=1, max_size=30)


@given(days, st.integers(0, 700), st.integers(1, 12), amounts)
def test_the_days_after_a_date_are_summed_to_their_years(
    balance: date, passed: int, closing: int, by_month: list[float]
) -> None:
    valued = balance + timedelta(passed)
    reached = counts_as(valued)
    # The fiscal year that the valuation date is in; one that begins on it if it ends a year.
    year_end = next(e for y in range(2022, 2033) if (e := end_of(y, closing)) > reached)
    ends = [end_of(year_end.year + k, closing) for k in range(-1, 6)]
    of_day = day_by_day(by_month, balance)
    expected = [
        sum(a for d, a in of_day.items() if start < d <= end and d > reached)
        for start, end in pairwise(ends)
    ]
    found = by_fiscal_year(np.array(by_month), balance, year_end, 6, valued)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    # And without a valuation date the whole of each year.
    whole = [sum(a for d, a in of_day.items() if start < d <= end) for start, end in pairwise(ends)]
    found = by_fiscal_year(np.array(by_month), balance, year_end, 6)
    np.testing.assert_allclose(found, whole, atol=1e-9)


TWELVE = Bands([1], [12], amount=[12.0])


@pytest.mark.parametrize("closing", range(1, 13))
@pytest.mark.parametrize("month", range(1, 13))
def test_twelve_over_twelve_months_come_back_as_twelve(month: int, closing: int) -> None:
    # On every day of the month, valued on the day of the balance, in years of any end, which may
    # be years of 52 or 53 weeks and lie a week off it: each day meets each of these, by turns with
    # the month that the year ends in.
    for day in range(1, monthrange(2026, month)[1] + 1):
        balance = date(2026, month, day)
        year_end = next(
            e for y in (2025, 2026, 2027) if (e := end_of(y, closing)) > counts_as(balance)
        )
        year_end += timedelta((-7, 0, 7)[(day + closing) % 3])
        made = rpo_by_year(
            12, TWELVE, balance, year_end, 3, "flat", None, None, balance
        ).contracted_revenue
        assert made.sum() == pytest.approx(12, rel=1e-14)


def test_a_quarterly_balance_of_30_september() -> None:
    # Three months of the year are left, and they are valued at one each, not at a quarter of it.
    dates = date(2026, 9, 30), date(2026, 12, 31)
    made = rpo_by_year(12, TWELVE, *dates, 2, "flat", None, None, dates[0]).contracted_revenue
    assert made.tolist() == [3.0, 9.0]
    assert rpo_present_value(
        12, TWELVE, 0, 0, 0, "flat", None, "mid", None, dates[0], dates[0]
    ) == pytest.approx(12, rel=1e-15)


def test_the_months_left_are_discounted_from_the_valuation_date_by_days() -> None:
    # 92 of 365 days are left: three months in their middle, nine in the middle of the next year.
    valued, end = date(2026, 9, 30), date(2026, 12, 31)
    left = year_left(valued, end)
    made = rpo_by_year(12, TWELVE, valued, end, 2, "flat", None, None, valued).contracted_revenue
    expected = 3 / 1.1 ** (92 / 365 / 2) + 9 / 1.1 ** (92 / 365 + 0.5)
    assert dcf_present_value(made, 0.1, "mid", left) == pytest.approx(expected, rel=1e-14)


def test_13_may_leaves_18_of_31_days() -> None:
    balance, valued = date(2025, 12, 31), date(2026, 5, 13)
    made = rpo_by_year(
        12, TWELVE, balance, date(2026, 12, 31), 2, "flat", None, None, valued
    ).contracted_revenue
    assert made == pytest.approx([18 / 31 + 7, 0.0])
    assert left_of_months(balance, valued, 12) == pytest.approx([0, 0, 0, 0, 18 / 31, *[1] * 7])


def test_years_of_52_and_53_weeks() -> None:
    # Balances of NVIDIA's and Broadcom's calendars: 25 January and 2 November count as the months'
    # ends next to them, for the valuation too.
    for balance, year_end in (
        (date(2026, 1, 25), date(2027, 1, 31)),
        (date(2025, 11, 2), date(2026, 11, 1)),
        (date(2027, 1, 2), date(2028, 1, 1)),
    ):
        made = rpo_by_year(12, TWELVE, balance, year_end, 2, "flat", None, None, balance)
        assert made.contracted_revenue.tolist() == [12.0, 0.0]


def test_a_month_on_both_sides_of_a_year_end_is_shared_by_days() -> None:
    # From 15 December: 16 of the 31 days of the first month are in the year that ends.
    made = rpo_by_year(
        12, TWELVE, date(2026, 12, 15), date(2026, 12, 31), 2, "flat"
    ).contracted_revenue
    assert made == pytest.approx([16 / 31, 12 - 16 / 31])


@given(days, st.integers(0, 400), st.sampled_from(["mid", "end"]))
def test_a_present_value_at_a_later_date(balance: date, passed: int, timing: str) -> None:
    valued = balance + timedelta(passed)
    start, reached = counts_as(balance), counts_as(valued)
    # Months from the valuation date on: what is left of its own is a part of a month.
    expected, ends = 0.0, 0.0
    for i in range(24):
        first, last = later(start, i), later(start, i + 1)
        left = min(max((last - reached).days / (last - first).days, 0.0), 1.0)
        ends += left
        years = (ends if timing == "end" else ends - left / 2) / 12
        survival = np.exp(-0.02 * years)
        expected += left * (survival + (1 - survival) * 0.4) * 1.1**-years
    found = rpo_present_value(
        24, Bands([1], [24], amount=[24.0]), 0.1, 0.02, 0.4, "flat", None, timing, None, balance,
        valued,
    )  # fmt: skip
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_valuation_on_the_balance_date_is_that_without_dates() -> None:
    arguments = (24_600, Bands([1, 25], [24, 84], share=[0.4, 0.6]), 0.1, 0.02, 0.4, "smooth")
    day = date(2026, 3, 31)
    dated = rpo_present_value(*arguments, None, "mid", None, day, day)
    assert float(dated) == float(rpo_present_value(*arguments))


def test_back_tests_take_balances_on_any_day_of_the_month() -> None:
    assert months_between("filings", date(2026, 3, 15), date(2026, 6, 15)) == 3
    assert months_between("filings", date(2026, 2, 10), date(2027, 2, 12)) == 12


def test_what_is_refused() -> None:
    year = date(2026, 12, 31)
    for dates, sentence in (
        (
            (date(2026, 6, 30), year, date(2026, 5, 13)),
            "valuation_date must not be before the balance of 2026-06-30, but it is 2026-05-13.",
        ),
        (
            (date(2025, 6, 30), year, date(2025, 7, 15)),
            "valuation_date must be in the year that ends on 2026-12-31, but it is 2025-07-15.",
        ),
    ):
        balance, end, valued = dates
        with pytest.raises(InputError) as refused:
            rpo_by_year(12, TWELVE, balance, end, 2, "flat", None, None, valued)
        assert str(refused.value) == sentence
    with pytest.raises(InputError, match=r"^balance_date must be given with valuation_date"):
        rpo_present_value(12, TWELVE, 0, 0, 0, "flat", None, "mid", None, None, year)
    with pytest.raises(InputError, match=r"^valuation_date must not be before the balance"):
        rpo_present_value(12, TWELVE, 0, 0, 0, "flat", None, "mid", None, year, date(2026, 5, 13))
