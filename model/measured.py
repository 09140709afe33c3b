"""Values of the plausibility measures, from a valuation and its case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model import evidence
from model.calendar import year_left
from model.dcf.signed import SignedContracts
from model.dcf.value import SegmentedValue
from model.dilution.holders import ipo_ownership
from model.rpo.anchored import first_average

if TYPE_CHECKING:
    from model.case.case import Case
    from model.valuation import Valuation


def driver(valued: Valuation, name: str) -> float:
    """Return a driver that is one number, or its default, in the scenario of the case."""
    return float(getattr(valued.business.drivers, name))


def yearly_growth(valued: Valuation) -> float:
    """Annual revenue growth over the forecast; NaN without revenue before it."""
    base = valued.case.base_revenue
    last = float(valued.forecast.revenue[-1])
    return (last / base) ** (1 / len(valued.years)) - 1 if base > 0 else 0.0


def beyond_forecast(valued: Valuation) -> float:
    """Return what is contracted and falls due after the forecast."""
    if isinstance(valued.result, SegmentedValue):
        return float(valued.result.beyond_forecast)
    stated = valued.case.rpo
    return stated.opening.amount.number - float(sum(valued.contracted_revenue)) if stated else 0.0


def bands_missed(valued: Valuation) -> float:
    """Return the largest difference of the contracts' share of a disclosed band to the filing's."""
    case = valued.case
    if case.rpo is None or valued.bands is None or "customer_contracts" not in case.tables:
        return 0.0
    balance, signed = case.rpo.opening.amount.number, case.table("customer_contracts")
    if balance == 0:
        return 0.0
    before = np.array(valued.bands.first) - 1.0
    reached = signed.recognised_by(before).sum(-2) / signed.value.sum()
    shares = np.diff(np.append(reached, 1.0))
    disclosed = valued.bands.amount / balance
    return float(np.abs(shares - disclosed).max())


def freed_capital(valued: Valuation) -> float:
    """Return what falling revenue pays back; with segments, what they say that it frees."""
    if valued.by_segment is not None:
        return float(valued.by_segment.total_freed_capital.sum())
    return sum(max(0.0 - float(spent), 0.0) for spent in valued.forecast.reinvestment)


def run_rate(valued: Valuation) -> float:
    """Return the first quarter's contracted revenue over the most that a quarter is known to be."""
    before, first = quarter_before(valued.case), 0.0
    if valued.case.rpo is not None and valued.case.signs:
        first = float(SignedContracts.of(valued.case.table("customer_contracts")).first_quarter)
    elif valued.schedule is not None:
        first = float(valued.schedule.recognised[0])
    return first / before if before > 0 else 0.0


def quarter_before(case: Case) -> float:
    """Return a quarter's revenue: of the year before, or of what the balance states since."""
    found = [case.base_revenue / 4]
    if case.rpo is not None and case.rpo.run_rate is not None:
        found.append(3 * case.rpo.run_rate.number)
    if case.rpo is not None and case.rpo.recognised_in_year is not None:
        left = year_left(case.rpo.opening.date.day, case.company.first_year_end.day)
        if left is not None and left < 1:
            found.append(case.rpo.recognised_in_year.number / (1 - left) / 4)
    return max(found)


def early_fall(valued: Valuation) -> float:
    """Return the run rate of an anchored schedule over the average month of its first band."""
    case = valued.case
    if case.rpo is None or case.rpo.run_rate is None or case.rpo.shape.value != "anchored":
        return 0.0
    average = first_average(case.bands(case.rpo.conversion), int(case.rpo.final_month.number))
    return float(case.rpo.run_rate.number / average)


def quoted_apart(valued: Valuation) -> float:
    """Return the largest gap of a quoted market value to that of the nearest share count."""
    found = evidence.headlines(valued.case)
    return float(np.abs(found.gap).max()) if found else 0.0


def unexplained(valued: Valuation) -> list[str]:
    """Return the quoted market values that are of no share count."""
    found = evidence.headlines(valued.case)
    rows = zip(found.headline, found.finding, found.explained, strict=True) if found else ()
    return [f"{headline} is {finding}" for headline, finding, explained in rows if not explained]


def classes_apart(valued: Valuation) -> float:
    """Return by how much the classes of shares differ from the shares outstanding."""
    if "share_classes" not in valued.case.tables:
        return 0.0
    securities = valued.case.dilution
    shares = [kind in ("common", "puttable") for kind in securities.kind]
    outstanding = float(securities.included_count[..., shares].sum())
    after = float(ipo_ownership(valued.case.table("share_classes")).after.sum())
    return abs(after / outstanding - 1)
