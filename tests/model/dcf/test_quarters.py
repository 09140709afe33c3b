"""Do quarters add up to their years, and are they those of the contracts' own dates?

Oracles: the forecast by year, summed exactly; contracts recognised day by day in plain Python; a
straight line, which must stay one across the ends of years; and what an analyst subtracts by hand.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from cases import in_bands_only, shipped, simple
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_companies import as_model, companies

from model.calendar import quarter_of
from model.case.case import parse
from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.dcf.quarters import Quarters, ReportedQuarters, dcf_quarters
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import SignedContracts
from model.errors import InputError
from model.rpo.bands import Bands
from model.rpo.by_quarter import rpo_by_quarter
from model.rpo.schedule import rpo_by_year
from model.rpo.shapes import smooth_amounts
from model.valuation import value

TIED = ("contracted_revenue", "revenue", "operating_income", "tax", "capital_expenditure",
        "reinvestment", "free_cash_flow")  # fmt: skip
PLAIN: dict[str, Any] = {
    "years": 4,
    "base_revenue": 60,
    "uncontracted_revenue": [100, 140, 180, 220],
    "operating_margin": [0.1, 0.2, 0.25, 0.25],
    "sales_to_capital": 2,
    "tax_rate": 0.25,
    "wacc": 0.1,
    "terminal_growth": 0.02,
}


def tied(quarters: Quarters, whole: Any) -> None:
    """Each line's quarters sum to its year."""
    for name in TIED:
        by_year = getattr(whole, name)
        sums = [math.fsum(getattr(quarters, name)[4 * i : 4 * i + 4]) for i in range(len(by_year))]
        size = max(np.abs(getattr(quarters, name)).max(), 1.0)
        assert np.abs(sums - by_year).max() <= 1e-12 * size, name


@settings(max_examples=60)
@given(companies())
def test_quarters_sum_to_the_years_of_any_company(company: Any) -> None:
    drivers, contracts, plant = as_model(*company)
    tied(dcf_quarters(drivers, contracts, plant), dcf_forecast(drivers, contracts, plant))


@pytest.mark.parametrize("tree", [shipped, simple, in_bands_only])
def test_quarters_of_a_case_sum_to_its_years(tree: Any) -> None:
    made = value(parse(tree()))
    years = len(made.quarters.periods) // 4
    whole = {name: getattr(made.forecast, name)[:years] for name in TIED}
    tied(made.quarters, type("Whole", (), whole))


# Contracts ---------------------------------------------------------------------------------------


def month_ends(start: date, months: int) -> list[date]:
    """Ends of months: those of the calendar, or the same day."""
    found = []
    for i in range(1, months + 1):
        year, month = divmod(start.year * 12 + start.month - 1 + i, 12)
        after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
        last = after - timedelta(days=1)
        ends = (start + timedelta(days=1)).day == 1
        found.append(last if ends else last.replace(day=min(start.day, last.day)))
    return found


def by_hand(start: date, amounts: list[float], ends: list[date]) -> list[float]:
    """Sum months to quarters day by day; the first quarter begins after the first end."""
    found, before = [0.0] * (len(ends) - 1), start
    for amount, end in zip(amounts, month_ends(start, len(amounts)), strict=True):
        days = (end - before).days
        for k in range(days):
            day = before + timedelta(days=k + 1)
            for q in range(len(ends) - 1):
                if ends[q] < day <= ends[q + 1]:
                    found[q] += amount / days
        before = end
    return found


CALENDAR = [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30),
            date(2026, 12, 31), date(2027, 3, 31), date(2027, 6, 30), date(2027, 9, 30),
            date(2027, 12, 31)]  # fmt: skip
TO_JANUARY = [date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31), date(2026, 10, 31),
              date(2027, 1, 31), date(2027, 4, 30), date(2027, 7, 31), date(2027, 10, 31),
              date(2028, 1, 31)]  # fmt: skip


@pytest.mark.parametrize(
    ("balance", "ends"),
    [
        (date(2025, 12, 31), CALENDAR),
        (date(2026, 3, 31), CALENDAR),
        (date(2026, 4, 30), CALENDAR),
        (date(2026, 5, 14), CALENDAR),
        (date(2026, 7, 31), TO_JANUARY),
        (date(2026, 6, 18), TO_JANUARY),
    ],
)
def test_contracted_quarters_are_the_contracts_days(balance: date, ends: list[date]) -> None:
    amounts = [float(10 + i % 7) for i in range(40)]
    recognised = 90.0 if balance > ends[0] else 0.0
    drivers = SegmentedDrivers.by_segment(
        {"tax_rate": 0.2, "wacc": 0.1, "terminal_growth": 0.02, "years": 2,
         "valuation_date": balance, "first_year_end": ends[4], "balance_date": balance},
        {"Cloud": {"base_revenue": 100, "uncontracted_revenue": [50, 60], "sales_to_capital": 2,
                   "operating_margin": 0.2}},
    )  # fmt: skip
    contracts = SignedContracts(
        ["One"], ["Cloud"], amounts=[amounts], recognised=[recognised], probability=[0.5]
    )
    expected = [0.5 * q for q in by_hand(balance, amounts, ends)]
    # What was recognised before the balance counts once, by days.
    elapsed = (balance - ends[0]).days
    for q in range(4):
        inside = (min(balance, ends[q + 1]) - ends[q]).days
        expected[q] += recognised * max(inside, 0) / elapsed if elapsed else 0.0
    found = dcf_quarters(drivers, contracts)
    assert found.contracted_revenue == pytest.approx(expected, rel=1e-12)
    tied(found, dcf_forecast(drivers, contracts))


def test_a_balance_by_quarter_is_its_days_and_sums_to_the_years() -> None:
    bands = Bands([1, 13], [12, 36], amount=[1200.0, 2400.0])
    balance, ends = date(2026, 6, 18), TO_JANUARY
    found = rpo_by_quarter(3600, bands, balance, ends[4], 8, "flat").contracted_revenue
    assert found == pytest.approx(by_hand(balance, [100.0] * 36, ends), rel=1e-12)
    years = rpo_by_year(3600, bands, balance, ends[4], 2, "flat").contracted_revenue
    assert found.reshape(2, 4).sum(-1) == pytest.approx(years, rel=1e-12)


def test_quarters_of_52_weeks_are_those_of_the_month() -> None:
    bands = Bands([1], [12], amount=[1200.0])
    weeks = rpo_by_quarter(1200, bands, date(2026, 1, 3), date(2027, 1, 2), 4, "flat")
    months = rpo_by_quarter(1200, bands, date(2025, 12, 31), date(2026, 12, 31), 4, "flat")
    assert (weeks.contracted_revenue == months.contracted_revenue).all()
    assert months.contracted_revenue.tolist() == [300.0] * 4


@pytest.mark.parametrize(
    ("day", "end", "quarter"),
    [
        (date(2025, 7, 3), date(2025, 12, 31), 2),
        (date(2026, 9, 3), date(2027, 1, 31), 2),
        (date(2026, 9, 24), date(2027, 6, 30), 0),
        (date(2026, 12, 31), date(2026, 12, 31), 3),
    ],
)
def test_a_valuation_date_lies_in_a_quarter(day: date, end: date, quarter: int) -> None:
    assert quarter_of(day, end) == quarter


# The curve ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [16.0, -8.0])
@pytest.mark.parametrize("level", [100.0, 0.0, -5.0])
def test_a_straight_line_stays_one_across_the_ends_of_years(level: float, slope: float) -> None:
    years = level + slope * np.arange(-2.0, 3.0)
    found = smooth_amounts(years, np.full(5, 4))
    assert np.diff(found) == pytest.approx([slope / 16] * 19, rel=1e-9)


AMOUNTS = st.lists(st.floats(-1e4, 1e4, allow_subnormal=False), min_size=1, max_size=6)


@given(AMOUNTS, st.data())
def test_what_is_spread_sums_to_its_bands_and_turns_with_its_sign(
    amounts: list[float], data: st.DataObject
) -> None:
    lengths = np.array(
        data.draw(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=len(amounts),
                           max_size=len(amounts)))
    )  # fmt: skip
    found = smooth_amounts(np.array(amounts), lengths)
    ends = lengths.cumsum()
    for amount, end, length in zip(amounts, ends, lengths, strict=True):
        part = found[end - length : end]
        total = math.fsum(part)
        if min(amounts) >= 0:
            assert total == amount
            assert part.min() >= 0
        else:
            assert total == pytest.approx(amount, abs=1e-12 * max(1.0, np.abs(part).max()))
    if min(amounts) < 0 < max(amounts):
        turned = smooth_amounts(-np.array(amounts), lengths)
        assert turned == pytest.approx(-found, abs=1e-9)


def test_other_revenue_on_a_line_has_no_step_where_a_year_ends() -> None:
    found = dcf_quarters(Drivers(**PLAIN))
    assert np.diff(found.other_revenue) == pytest.approx([40 / 16] * 15, rel=1e-9)


def test_scenarios_are_those_one_by_one() -> None:
    margins = [[0.1, 0.2, 0.25, 0.25], [-0.5, 0.0, 0.1, 0.2]]
    together = dcf_quarters(Drivers(**PLAIN | {"operating_margin": margins}))
    for i, margin in enumerate(margins):
        alone = dcf_quarters(Drivers(**PLAIN | {"operating_margin": margin}))
        assert (together.operating_income[i] == alone.operating_income).all()
        assert (together.free_cash_flow[i] == alone.free_cash_flow).all()


# Reported quarters -------------------------------------------------------------------------------


def test_reported_quarters_stay_and_the_rest_ties_to_the_year() -> None:
    reported = ReportedQuarters(
        ["Revenue", "Operating income", "Free cash flow"],
        [20.1, 3.3, -7.7], [23.3, np.nan, -1.1], [np.nan] * 3,
    )  # fmt: skip
    found = dcf_quarters(Drivers(**PLAIN), reported=reported)
    assert found.revenue[:2].tolist() == [20.1, 23.3]
    assert found.operating_income[0] == 3.3
    assert found.free_cash_flow[:2].tolist() == [-7.7, -1.1]
    tied(found, dcf_forecast(Drivers(**PLAIN)))
    # Left for the year: 100 less what is reported.
    assert found.revenue_left[:4] == pytest.approx([79.9, 56.6, found.revenue[3], 0.0])


def test_reported_revenue_beyond_the_years_forecast_is_refused() -> None:
    reported = ReportedQuarters(["Revenue"], [60.0], [45.0], [np.nan])
    with pytest.raises(
        InputError,
        match="reported Revenue must be at most 100 in sum, the forecast of their year, not 105",
    ):
        dcf_quarters(Drivers(**PLAIN), reported=reported)


def test_less_than_contracts_bring_shows_below_zero() -> None:
    """The contracts of the rest of the year then bring more than is left of it."""
    drivers = Drivers(**PLAIN | {"uncontracted_revenue": 20})
    reported = ReportedQuarters(["Revenue"], [50.0], [np.nan], [np.nan])
    found = dcf_quarters(
        drivers, [80] * 4, reported=reported, contracted_by_quarter=[20, 20, 20, 20]
    )
    assert found.other_revenue[:4].sum() == pytest.approx(20)
    assert found.other_revenue[0] == pytest.approx(30)
    assert found.other_revenue[1:4].sum() == pytest.approx(-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reported": (["Revenue"], [np.nan], [1.0], [np.nan])}, "reported Q2 must be blank"),
        ({"quarters": 17}, "quarters must be at most 16, those of the 4 forecast years, not 17"),
        ({"contracted_by_quarter": [1.0] * 3}, "must hold four amounts for each of up to 4"),
        ({"contracted_by_quarter": [1.0] * 4}, "the contracted_revenue of each year, in sum"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        if "reported" in change:
            change = {"reported": ReportedQuarters(*change["reported"])}
        dcf_quarters(Drivers(**PLAIN), **change)


def test_months_of_contracts_are_not_given_twice() -> None:
    contracts = SignedContracts(["One"], [""], amounts=[[5.0] * 4])
    with pytest.raises(InputError, match="contracted_by_quarter must be left out"):
        dcf_quarters(Drivers(**PLAIN), contracts, contracted_by_quarter=[15.0] * 4)
