"""Is a published figure in another unit, or of a line that the forecast lacks, doubted?

Oracle: the shipped cases, in which none is, with one published figure in billions or thousands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from model.case.case import load
from model.case.file import names
from model.doubts import IN_MILLIONS, doubts, forecast
from model.valuation import Valuation, value

CASES = names()


@cache
def valued(name: str) -> Valuation:
    return value(load(name))


def with_figure(of: Valuation, key: str, factor: float) -> list[str]:
    """Return the doubts with one published figure in another unit."""
    item = of.case.published[key]
    published = of.case.published | {key: replace(item, value=item.number * factor)}
    return doubts(replace(of, case=replace(of.case, published=published)))


@pytest.mark.parametrize("name", CASES)
def test_the_shipped_cases_are_not_doubted(name: str) -> None:
    assert doubts(valued(name)) == []


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("factor", "unit"), [(1e-3, "billions"), (1e3, "thousands"), (1e6, "units")]
)
def test_every_published_amount_in_another_unit_is_doubted(
    name: str, factor: float, unit: str
) -> None:
    of = valued(name)
    tried = 0
    for key, item in of.case.published.items():
        if item.unit in IN_MILLIONS and forecast(of, item) is not None:
            (sentence,) = with_figure(of, key, factor)
            assert sentence.startswith(f"published.{key} of ")
            assert f" is probably in {unit}: " in sentence
            assert sentence.endswith(" in millions.")
            tried += 1
    assert tried >= 7


def test_9_3_billion_among_millions() -> None:
    """Snowflake's revenue of about 6,000 typed as 6.07."""
    of = valued("snowflake")
    key = next(k for k, p in of.case.published.items() if p.line == "revenue" and not p.quarter)
    amount = of.case.published[key].number
    ours = float(of.forecast.revenue[0])
    assert with_figure(of, key, 1e-3) == [
        f"published.{key} of {amount / 1000:g} against {ours:.1f} in the forecast is probably in "
        f"billions: {amount:g} in millions."
    ]
    assert with_figure(of, key, 1e-3)[0] in replace(
        of, case=replace(of.case, published={
            key: replace(of.case.published[key], value=amount / 1000)
        })
    ).warnings  # fmt: skip


def test_a_published_line_that_the_forecast_lacks_is_named() -> None:
    of = valued("snowflake")
    key, item = next((k, p) for k, p in of.case.published.items() if p.year and not p.quarter)
    lacks = replace(of.forecast, depreciation=of.forecast.depreciation * float("nan"))
    asked = {key: replace(item, line="depreciation", value=100.0)}
    found = doubts(replace(of, forecast=lacks, case=replace(of.case, published=asked)))
    assert found == [
        f"published.{key} is for depreciation, a line that this forecast does not have."
    ]


@pytest.mark.parametrize("end", [date(2025, 12, 31), date(2027, 12, 31)])
def test_what_a_typed_year_end_moves_out_of_the_forecast_is_compared_with_nothing(
    end: date,
) -> None:
    """A workbook may hold another end of the first year than the figures were published for."""
    of = value(load("cerebras"))
    years = [year + end.year - 2026 for year in of.years]
    moved = replace(of, years=years)
    published = moved.case.published
    outside = [k for k, p in published.items() if p.year and p.year not in years]
    assert outside
    assert all(forecast(moved, published[key]) is None for key in outside)
    assert isinstance(doubts(moved), list)


def test_a_line_of_quarters_alone() -> None:
    of = valued("snowflake")
    item = next(p for p in of.case.published.values() if p.quarter)
    left = replace(item, line="revenue_left", year=of.years[0], quarter=1)
    assert forecast(of, left) == float(of.quarters.revenue_left[0])
