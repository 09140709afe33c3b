"""Is what is contracted valued once, whatever the dates?

Oracle: the contract itself. At a rate of zero, a margin of one and no tax, 12 of revenue over the
12 months after the balance date is worth the part of it that lies after the valuation date.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import SignedContracts
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError

COMMON = Securities(["Common"], ["common"], [1.0])
FREE = {"operating_margin": 1.0, "capital_expenditure": 0.0, "depreciation": 0.0}


def month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def valued(balance: date, at: date, year_end: date, amounts: Any, years: int = 4) -> Any:
    company = {"tax_rate": 0.0, "wacc": 0.0, "years": years, "valuation_date": at}
    company |= {"balance_date": balance, "first_year_end": year_end}
    drivers = SegmentedDrivers.by_segment(company, {"All": FREE})
    return dcf_value(drivers, COMMON, SignedContracts(["A"], amounts=[amounts]))


def year_end_after(day: date, month: int) -> date:
    """The next end of a fiscal year that ends with a month, after a month's end."""
    end = month_end(day.year, month)
    return end if end > day else month_end(day.year + 1, month)


@pytest.mark.parametrize("year", [2023, 2026, 2027])
def test_twelve_over_twelve_months_is_twelve(year: int) -> None:
    for month in range(1, 13):
        balance = month_end(year, month)
        for last in range(1, 13):
            end = year_end_after(balance, last)
            found = valued(balance, balance, end, [1.0] * 12)
            assert float(found.enterprise_value) == pytest.approx(12.0, abs=1e-12), (balance, end)
            assert float(found.interim_cash_flow) == 0.0


# Two dates of a calendar of weeks lie at most a week further apart, or nearer, than months do.
APART = (0, 3, 6, 7)
WEEKS = [(a, b) for a in range(-7, 8) for b in range(-7, 8) if abs(a - b) in APART]


@pytest.mark.parametrize(("off", "end_off"), WEEKS)
def test_years_of_52_and_53_weeks_count_as_months(off: int, end_off: int) -> None:
    """Each way of lying off a month's end meets every balance month with every last month.

    One pair of days meets every month of both three times: a quarter of the combinations, and pairs
    of the other distances have the rest.
    """
    quarter = APART.index(abs(off - end_off))
    for month in range(1, 13):
        balance = month_end(2026, month) + timedelta(days=off)
        for last in (last for last in range(1, 13) if (month + last) % len(APART) == quarter):
            ends = year_end_after(month_end(2026, month), last)
            end = ends + timedelta(days=end_off)
            found = valued(balance, balance, end, [1.0] * 12)
            assert float(found.enterprise_value) == pytest.approx(12.0, abs=1e-12), (balance, end)
            years = found.forecast.contracted_revenue
            months = (ends.year - 2026) * 12 + last - month
            assert years[:2].tolist() == pytest.approx([months, 12 - months], abs=1e-12)


def test_a_balance_date_within_a_month_starts_months_on_its_own_day() -> None:
    for day in range(8, 21):
        balance = date(2026, 2, day)
        found = valued(balance, balance, date(2026, 12, 31), [1.0] * 12)
        assert float(found.enterprise_value) == pytest.approx(12.0, abs=1e-12)
        # The month that holds the year's end is split by its days: here 31 from December's.
        within = 10 + (31 - day) / 31
        assert float(found.forecast.contracted_revenue[0]) == pytest.approx(within, abs=1e-12)


def test_the_month_of_the_valuation_date_counts_by_the_days_after_it() -> None:
    # 13 May leaves 18 of 31 days; April is over.
    found = valued(date(2026, 3, 31), date(2026, 5, 13), date(2026, 12, 31), [1.0] * 12)
    assert float(found.enterprise_value) == pytest.approx(10 + 18 / 31, abs=1e-12)
    # The whole year has what is left of it after the balance date.
    assert float(found.forecast.contracted_revenue[0]) == pytest.approx(9.0, abs=1e-12)
    # 43 days lie between the dates, and 232 are left of the year: 7 18/31 is valued in them.
    assert float(found.interim_cash_flow) == pytest.approx((7 + 18 / 31) * 43 / 232, abs=1e-12)
    assert float(found.equity_value) == pytest.approx(
        10 + 18 / 31 + (7 + 18 / 31) * 43 / 232, abs=1e-12
    )


@pytest.mark.parametrize("day", [24, 25, 31])
def test_a_valuation_date_within_a_week_of_a_months_end_is_that_end(day: int) -> None:
    found = valued(date(2026, 3, 31), date(2026, 5, day), date(2026, 12, 31), [1.0] * 12)
    assert float(found.enterprise_value) == pytest.approx(10.0, abs=1e-12)


def test_a_valuation_on_a_years_end_opens_the_next_year() -> None:
    end = date(2026, 12, 31)
    for at in (end, end - timedelta(days=4), end + timedelta(days=4)):
        found = valued(date(2026, 12, 31) if at >= end else at, at, date(2027, 12, 31), [1.0] * 12)
        assert float(found.enterprise_value) == pytest.approx(12.0, abs=1e-12)
    # That day is in the year, of which nothing is left: the sentence must not deny the first.
    for balance, at in ((end, end), (date(2026, 9, 30), end - timedelta(days=4))):
        with pytest.raises(InputError) as refused:
            valued(balance, at, end, [1.0] * 12)
        assert str(refused.value).endswith(
            f"valuation_date must be before the end of the first year, {end}: nothing of it "
            f"is left on {at}, so the first year is then the next one."
        )
    with pytest.raises(InputError, match="must be in the year that ends on first_year_end"):
        valued(date(2025, 6, 30), date(2025, 9, 30), end, [1.0] * 12)


def test_what_was_recognised_earlier_in_the_year_is_shown_and_not_valued() -> None:
    company = {"tax_rate": 0.0, "wacc": 0.0, "years": 2, "valuation_date": date(2026, 9, 30)}
    company["first_year_end"] = date(2026, 12, 31)
    drivers = SegmentedDrivers.by_segment(company, {"All": FREE})
    signed = SignedContracts(["A"], recognised=[7.0], amounts=[[1.0] * 12])
    found = dcf_value(drivers, COMMON, signed)
    assert found.forecast.contracted_revenue.tolist() == pytest.approx([10.0, 9.0])
    assert float(found.enterprise_value) == pytest.approx(12.0)


def test_months_after_the_forecast_are_a_line_and_not_valued() -> None:
    found = valued(date(2026, 12, 31), date(2026, 12, 31), date(2027, 12, 31), [1.0] * 30, years=2)
    assert float(found.enterprise_value) == pytest.approx(24.0)
    assert float(found.beyond_forecast) == pytest.approx(6.0)


def test_a_years_amount_counts_by_the_part_of_the_year_that_is_left() -> None:
    company = {"tax_rate": 0.0, "wacc": 0.0, "years": 2, "valuation_date": date(2026, 9, 30)}
    company["first_year_end"] = date(2026, 12, 31)
    signed = SignedContracts(["A"], amounts=[[100.0, 40.0]], across=[2026, 2027])
    # Drivers that do not name their years have those that follow from their dates.
    for across in ([2026, 2027], None):
        drivers = SegmentedDrivers.by_segment(company, {"All": FREE}, across=across)
        found = dcf_value(drivers, COMMON, signed)
        assert float(found.enterprise_value) == pytest.approx(100 * 92 / 365 + 40)


def test_contracts_by_year_name_the_years_of_drivers_without_any() -> None:
    company = {"tax_rate": 0.0, "wacc": 0.0, "years": 2, "stub": 0.25}
    drivers = SegmentedDrivers.by_segment(company, {"All": FREE})
    for years in ([2026, 2027], [2031, 2032], [1, 2]):
        signed = SignedContracts(["A"], amounts=[[100.0, 40.0]], across=years)
        assert float(dcf_value(drivers, COMMON, signed).enterprise_value) == pytest.approx(65.0)
    signed = SignedContracts(["A"], amounts=[[100.0, 40.0, 9.0]], across=[2026, 2027, 2028])
    with pytest.raises(InputError, match="must be of the years 2026 to 2027"):
        dcf_value(drivers, COMMON, signed)
