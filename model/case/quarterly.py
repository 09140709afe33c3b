"""The quarters of a case: which ones are next, what is reported of them, what is published."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from model.calendar import (
    MONTHS_PER_QUARTER,
    QUARTERS,
    WEEK,
    fiscal_year,
    months_after,
    quarter_ends,
    quarter_of,
)
from model.case import business
from model.case.parts import Published
from model.dcf.drivers import Drivers
from model.dcf.quarters import REPORTED, Quarters, ReportedQuarters, dcf_quarters
from model.dcf.signed import Plant, SignedContracts
from model.errors import Floats, InputError, shown
from model.fiscal_years import by_fiscal_year

if TYPE_CHECKING:
    from model.case.case import Case

#: Quarters that are shown from that of the valuation date on.
NEXT = 8
ACTUAL, GUIDANCE = "actual", "guidance"
#: Contracts may bring this much more than is left of a year, by rounding, in USD millions.
ROUNDING = 1e-3


def first_quarter(case: Case) -> int:
    """Number, from 0, of the quarter of the first forecast year that has the valuation date."""
    return quarter_of(case.company.valuation_date.day, case.company.first_year_end.day)


def count(case: Case) -> int:
    """Quarters of the fiscal years that hold the next eight, as far as the forecast reaches."""
    years = -(-(first_quarter(case) + NEXT) // QUARTERS)
    return QUARTERS * min(years, case.years)


def actuals(case: Case) -> dict[tuple[str, int], str]:
    """Return the keys of what is reported of the first year's quarters, by line and quarter."""
    first = fiscal_year(case.company.first_year_end.day)
    return {
        (item.line, item.quarter): key
        for key, item in case.published.items()
        if item.kind == ACTUAL and item.quarter and item.year == first
    }


def reported(case: Case) -> ReportedQuarters | None:
    """Return what was reported of the first year's quarters, and public on the valuation date."""
    valued = case.company.valuation_date.day
    found: dict[str, list[float]] = {}
    for (line, quarter), key in actuals(case).items():
        item = case.published[key]
        label = next((label for label, name in REPORTED.items() if name == line), None)
        if label and quarter < QUARTERS and item.known is not None and item.known <= valued:
            row = found.setdefault(label, [np.nan] * (QUARTERS - 1))
            row[quarter - 1] = item.number
    if not found:
        return None
    return ReportedQuarters(list(found), *zip(*found.values(), strict=True))


def quarters(
    case: Case,
    drivers: Drivers,
    contracted: Floats | SignedContracts | None,
    plant: Plant | None = None,
) -> Quarters:
    """Return a case's forecast by quarter, over the fiscal years that hold the next eight.

    Parameters
    ----------
    case : Case
    drivers, contracted, plant
        As DCF_FORECAST takes them.
    """
    wanted, by_quarter = count(case), None
    if case.rpo is not None and not case.segments:
        by_quarter = by_fiscal_year(
            business.recognition(case, 1).recognised,
            case.rpo.opening.date.day,
            case.company.first_year_end.day,
            wanted,
            months_per_period=MONTHS_PER_QUARTER,
        )
    try:
        return dcf_quarters(drivers, contracted, plant, wanted, reported(case), by_quarter)
    except InputError as error:
        if not error.argument.startswith("reported"):
            raise
        raise InputError(f"published: {error.argument}", error.problem) from None


def beyond_year(case: Case, found: Quarters) -> Floats:
    """Return what contracts bring in each quarter to come beyond what is left of its year.

    Parameters
    ----------
    case : Case
    found : Quarters
        The case's quarters.
    """
    count = found.other_revenue.shape[-1]
    ends = quarter_ends(case.company.first_year_end.day, count)[1:]
    coming = ends >= case.company.valuation_date.day.toordinal()
    over = np.maximum(-found.other_revenue, 0.0)
    return np.where(coming & (over > ROUNDING), over, 0.0)


def guided_beyond_year(case: Case, revenue: Floats) -> Floats:
    """Return by how much reported or guided quarters exceed the revenue of their year.

    A quarter is what was reported of it, or else the middle of the guidance that was public on the
    valuation date.

    Parameters
    ----------
    case : Case
    revenue : ndarray, shape (years,)
        Forecast revenue.
    """
    valued, first = case.company.valuation_date.day, case.forecast_years[0]
    years = range(count(case) // QUARTERS)
    known: dict[tuple[int, int], float] = {}
    guided: dict[tuple[int, int], list[float]] = {}
    for item in case.published.values():
        public = item.known is not None and max(item.known, item.as_of) <= valued
        if item.line == "revenue" and item.quarter and item.year and public:
            at = item.year - first, item.quarter
            if at[0] not in years:
                continue
            if item.kind == GUIDANCE:
                guided.setdefault(at, []).append(item.number)
            elif item.kind == ACTUAL and at[0] == 0 and at[1] < QUARTERS:
                known[at] = item.number
    means = {at: sum(numbers) / len(numbers) for at, numbers in guided.items()}
    found = np.zeros(len(years))
    if means:
        found -= revenue[: len(found)]
        for (year, _), number in (means | known).items():
            found[year] += number
    return np.maximum(found, 0.0)


def check(case: Case) -> None:
    """Refuse a published figure of a year or quarter that the forecast does not show."""
    first = fiscal_year(case.company.first_year_end.day)
    last = first + case.years - 1
    shown_last = first + count(case) // QUARTERS - 1
    seen: dict[tuple[str, int | None, int | None], str] = {}
    for key, item in case.published.items():
        path = f"published.{key}"
        if item.year is None:
            continue
        if item.quarter is None:
            if not first <= item.year <= last:
                raise InputError(
                    f"{path}.year", f"must be a forecast year, {first} to {last}, not {item.year}"
                )
            continue
        # Of the year before, what was reported is what the first quarters grow from.
        earliest = first - (item.kind == ACTUAL)
        if not earliest <= item.year <= shown_last:
            raise InputError(
                f"{path}.year",
                f"must be from {earliest} to {shown_last}, the years of the quarters that are "
                f"shown, not {item.year}",
            )
        if item.kind == ACTUAL:
            _check_actual(case, path, item)
            other = seen.setdefault((item.line, item.year, item.quarter), path)
            if other != path:
                raise InputError(
                    path, f"must not be actual for the same line and quarter as {other}"
                )


def _check_actual(case: Case, path: str, item: Published) -> None:
    """Refuse what was reported without a day, or before its quarter was over."""
    if item.known is None:
        raise InputError(
            f"{path}.known",
            "must be given for an actual figure: the day on which it became public",
            "missing",
        )
    end = quarter_end(case, item)
    if item.known <= end:
        raise InputError(
            f"{path}.known",
            f"must be after the end of the quarter on {shown(end)}, not {item.known}",
        )
    if abs(item.as_of - end) > WEEK:
        raise InputError(
            f"{path}.as_of",
            f"must be within a week of the end of the quarter, {shown(end)}, for an actual "
            f"figure, not {item.as_of}",
        )


def quarter_end(case: Case, item: Published) -> date:
    """Return the last day of a published figure's quarter."""
    assert item.year is not None and item.quarter is not None
    end = case.company.first_year_end.day
    ahead = QUARTERS * (item.year - fiscal_year(end)) + item.quarter - QUARTERS
    return date.fromordinal(int(months_after(end, MONTHS_PER_QUARTER * ahead)))
