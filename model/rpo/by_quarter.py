"""Remaining performance obligations by fiscal quarter."""

from __future__ import annotations

from typing import Annotated

from model.calendar import MONTHS_PER_QUARTER, QUARTERS
from model.errors import Floats
from model.fields import Amount, Day, Field, line
from model.fiscal_years import by_fiscal_year
from model.functions import function
from model.rpo.bands import Bands
from model.rpo.schedule import LONGEST, Month, RunRate, Shape, check_dates, monthly
from model.tables import Schedule


class RevenueByQuarter(Schedule):
    """Revenue from a balance in each fiscal quarter."""

    title = "Quarter"

    contracted_revenue: Floats = line("Contracted revenue")


@function
def rpo_by_quarter(
    balance: Amount,
    bands: Bands,
    balance_date: Day,
    first_year_end: Day,
    quarters: Annotated[int, Field("quarters", low=1, high=QUARTERS * LONGEST)] = 8,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
) -> RevenueByQuarter:
    """Revenue from remaining performance obligations in each fiscal quarter.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    balance_date
        Date of the balance, as in RPO_BY_YEAR.
    first_year_end
        End of the fiscal year that begins with the first quarter wanted, as in RPO_BY_YEAR.
    quarters
        Fiscal quarters wanted.
    shape
        How a band is spread over its months; see RPO_SCHEDULE.
    final_month
        Last month of a last band without To month, or of the remainder that no band states.

    Returns
    -------
    RevenueByQuarter
        Contracted revenue across the quarters, of which four sum to the year in RPO_BY_YEAR; a
        month on both sides of a quarter's end is shared by days.

    Raises
    ------
    InputError
        For what RPO_SCHEDULE refuses, or a balance that is dated after the first year or more than
        ten years before its end.

    References
    ----------
    ASC 606-10-50-13; the months are those of RPO_SCHEDULE. The example is contract B of
    ASC 606-10-55-298 to 55-305: 7,200 over 18 months, so that 2,400 are left after a year.

    Examples
    --------
    >>> from datetime import date
    >>> dates = date(2017, 12, 31), date(2018, 12, 31)
    >>> found = rpo_by_quarter(7200, Bands([1], [18], amount=[7200]), *dates, 8, "flat")
    >>> found.contracted_revenue
    array([1200., 1200., 1200., 1200., 1200., 1200.,    0.,    0.])
    """
    by_month = monthly(bands.of(balance), shape, final_month, run_rate)
    check_dates(balance_date, first_year_end)
    made = by_fiscal_year(
        by_month, balance_date, first_year_end, quarters, months_per_period=MONTHS_PER_QUARTER
    )
    return RevenueByQuarter(made)
