"""Do the day counts give what Excel gives, at the ends of months and in leap years too?

Oracles: values that Excel calculated, as the PhpSpreadsheet project keeps them in its tests
(tests/data/Calculation/DateTime/YEARFRAC.php); pyxirr's day counts where they mean the same; and
counts of days done with the standard library.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.returns.day_count import BASES, days_between, year_fraction

#: Start, end, and Excel's years by basis 0 to 4.
EXCEL = [
    ("2007-01-01", "2007-01-10", 0.025, 0.02465753424658, 0.025, 0.02465753424658, 0.025),
    ("2007-01-01", "2007-12-31", 1.0, 0.9972602739726, 1.01111111111111, 0.9972602739726,
     0.99722222222222),
    ("2007-01-01", "2008-07-01", 1.5, 1.49658002735978, 1.51944444444444, 1.4986301369863, 1.5),
    ("2007-01-01", "2007-01-31", 0.08333333333333, 0.08219178082192, 0.08333333333333,
     0.08219178082192, 0.08055555555556),
    ("2007-01-01", "2007-02-01", 0.08333333333333, 0.08493150684932, 0.08611111111111,
     0.08493150684932, 0.08333333333333),
    ("2007-01-01", "2007-02-28", 0.15833333333333, 0.15890410958904, 0.16111111111111,
     0.15890410958904, 0.15833333333333),
    ("2007-01-31", "2007-02-01", 0.00277777777778, 0.0027397260274, 0.00277777777778,
     0.0027397260274, 0.00277777777778),
    ("2007-01-31", "2007-03-01", 0.08611111111111, 0.07945205479452, 0.08055555555556,
     0.07945205479452, 0.08611111111111),
    ("2007-01-31", "2007-03-31", 0.16666666666667, 0.16164383561644, 0.16388888888889,
     0.16164383561644, 0.16666666666667),
    ("2008-01-01", "2008-09-01", 0.66666666666667, 0.66666666666667, 0.67777777777778,
     0.66849315068493, 0.66666666666667),
    ("2007-02-01", "2008-04-01", 1.16666666666667, 1.16279069767442, 1.18055555555556,
     1.16438356164384, 1.16666666666667),
    ("1960-12-19", "2008-06-28", 47.525, 47.5216225276567, 48.2166666666667, 47.5561643835616,
     47.525),
    ("1982-12-07", "2008-06-28", 25.5583333333333, 25.5571892111134, 25.9305555555556,
     25.5753424657534, 25.5583333333333),
]  # fmt: skip
#: Start, end, and Excel's years by actual/actual.
EXCEL_ACTUAL = [
    ("1960-01-01", "1960-03-01", 0.163934426),
    ("1961-01-01", "1961-03-01", 0.161643836),
    ("1960-01-01", "1961-02-01", 1.086183311),
    ("1961-01-01", "1962-02-01", 1.084931507),
    ("1963-01-01", "1964-02-01", 1.083447332),
    ("1963-01-01", "1964-03-01", 1.162790698),
    ("2020-02-28", "2021-01-01", 0.841530055),
    ("2020-03-28", "2021-01-01", 0.764383562),
    ("2023-04-28", "2024-03-01", 0.841530055),
    ("2023-04-28", "2024-02-29", 0.838797814),
    ("2023-04-28", "2024-02-28", 0.838356164),
    ("2023-04-28", "2024-01-28", 0.753424658),
    ("2022-04-28", "2023-01-28", 0.753424658),
    ("2020-01-01", "2021-01-01", 1.0),
    ("2020-02-28", "2021-02-27", 0.99726776),
    ("2022-04-28", "2023-05-28", 1.082191781),
    ("2022-04-27", "2023-04-28", 1.002739726),
    ("2024-04-27", "2024-05-28", 0.084699454),
    ("2023-04-27", "2023-05-28", 0.084931507),
    ("2023-04-27", "2025-05-28", 2.085766423),
]

dates = st.dates(date(1901, 1, 1), date(2199, 12, 31))
pairs = st.tuples(dates, dates).map(sorted)


@pytest.mark.parametrize("row", EXCEL, ids=lambda r: f"{r[0]}-{r[1]}")
def test_all_bases_are_excels(row: tuple[str, str, float, float, float, float, float]) -> None:
    start, end, *expected = row
    found = [float(year_fraction(start, end, basis)) for basis in BASES]
    assert found == pytest.approx(expected, rel=0, abs=1e-12 * 50)


@pytest.mark.parametrize(("start", "end", "expected"), EXCEL_ACTUAL)
def test_actual_over_actual_is_excels(start: str, end: str, expected: float) -> None:
    found = float(year_fraction(start, end, "actual/actual"))
    assert found == pytest.approx(expected, rel=0, abs=5e-10)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        # The last of February counts as a 30th, and leaves a 31st at the end alone.
        ("2023-02-28", "2023-03-31", 31),
        ("2023-02-28", "2024-02-29", 360),
        ("2024-02-29", "2025-02-28", 360),
        ("2024-02-28", "2025-02-28", 360),
        ("2023-01-30", "2023-03-31", 60),
        ("2023-01-29", "2023-03-31", 62),
        ("2023-08-31", "2024-02-29", 179),
    ],
)
def test_february_under_the_united_states_rule(start: str, end: str, days: int) -> None:
    # Days by hand from the rule that D. Wheeler found Excel to follow.
    assert float(year_fraction(start, end, "30/360")) == days / 360


@given(pairs)
def test_three_bases_are_pyxirrs(pair: list[date]) -> None:
    start, end = pair
    for basis, theirs in (
        ("actual/360", pyxirr.DayCount.ACT_360),
        ("actual/365", pyxirr.DayCount.ACT_365F),
        ("30e/360", pyxirr.DayCount.THIRTY_E_360),
    ):
        found = float(year_fraction(start, end, basis))
        assert found == pytest.approx(pyxirr.year_fraction(start, end, theirs), rel=1e-14)


@given(pairs)
def test_days_are_those_of_the_calendar(pair: list[date]) -> None:
    start, end = pair
    assert int(days_between(start, end)) == (end - start).days
    assert int(days_between(end, start)) == -(end - start).days


@given(dates, st.integers(0, 30))
def test_whole_years_are_whole_numbers(start: date, years: int) -> None:
    if (start.month, start.day) == (2, 29):
        start -= timedelta(days=1)
    end = start.replace(year=start.year + years)
    ends_february = (start + timedelta(days=1)).month == 3 and start.month == 2
    if not ends_february:
        assert float(year_fraction(start, end, "30/360")) == years
    assert float(year_fraction(start, end, "30e/360")) == years
    assert float(year_fraction(start, end, "actual/actual")) == pytest.approx(years, abs=0.004)


@given(pairs, st.sampled_from(BASES))
def test_counts_stay_near_the_calendar_and_never_fall(pair: list[date], basis: str) -> None:
    start, end = pair
    years = float(year_fraction(start, end, basis))
    days = (end - start).days
    assert abs(years - days / 365.2425) <= 0.0152 * days / 365.2425 + 4 / 360
    later = float(year_fraction(start, end + timedelta(days=40), basis))
    assert later > years
    assert float(year_fraction(start, start, basis)) == 0


@given(st.lists(pairs, min_size=1, max_size=20), st.sampled_from(BASES))
def test_many_dates_are_counted_as_each(many: list[list[date]], basis: str) -> None:
    starts, ends = (np.array(column, "datetime64[D]") for column in zip(*many, strict=True))
    each = [float(year_fraction(a, b, basis)) for a, b in many]
    assert year_fraction(starts, ends, basis).tolist() == each


def test_what_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"^end_date must not be before start_date 2026-05-14, and it is"
    ):
        year_fraction("2026-05-14", "2026-05-13")
    with pytest.raises(InputError, match=r"^basis must be one of"):
        year_fraction("2026-05-14", "2026-05-15", "act/act")
