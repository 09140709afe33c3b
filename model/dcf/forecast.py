"""Forecast: drivers and contracted revenue to discounted free cash flow."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.arrays import lagged, running
from model.dcf import discounting
from model.dcf.drivers import YEARS, Drivers
from model.dcf.lateness import by_year_later
from model.dcf.paths import fade, faster
from model.dcf.segment_value import of_company
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.taxes import loss_corkscrew
from model.errors import Floats, InputError, everywhere
from model.fields import ROW, Amount, line
from model.functions import function
from model.tables import Schedule
from model.values import same_unit

ContractedRevenue = Annotated[Amount, ROW]


class Forecast(Schedule):
    """Every line of a forecast, each of shape (..., years).

    Growth is 0 if the year before had no revenue.
    """

    contracted_revenue: Floats = line("Contracted revenue")
    renewed_revenue: Floats = line("Renewed revenue")
    uncontracted_revenue: Floats = line("Uncontracted revenue")
    revenue: Floats = line("Revenue", total=True)
    revenue_growth: Floats = line("Revenue growth", "fraction")
    operating_margin: Floats = line("Operating margin", "fraction")
    operating_income: Floats = line("Operating income", total=True)
    loss_opening: Floats = line("Tax losses, opening")
    loss_added: Floats = line("Tax losses, added")
    loss_used: Floats = line("Tax losses, used")
    loss_closing: Floats = line("Tax losses, closing")
    tax_rate: Floats = line("Tax rate", "fraction")
    tax: Floats = line("Tax")
    nopat: Floats = line("Operating income after tax")
    reinvested_by_sales: Floats = line("Reinvestment by sales-to-capital")
    capital_expenditure: Floats = line("Capital expenditure")
    depreciation: Floats = line("Depreciation")
    working_capital_change: Floats = line("Change of working capital")
    reinvestment: Floats = line("Reinvestment")
    free_cash_flow: Floats = line("Free cash flow", total=True)
    period_length: Floats = line("Part of the year valued", "years")
    cash_flow: Floats = line("Cash flow valued")
    wacc: Floats = line("Cost of capital", "fraction")
    time: Floats = line("Time of the cash flow", "years")
    discount_factor: Floats = line("Discount factor", "ratio", form="factor")
    present_value: Floats = line("Present value", total=True)
    #: Discount factor at the end of each year.
    end_factor: Floats
    #: Contracted revenue that contracted_delay_months moves past the last year, (...).
    slipped: Floats


@function
def dcf_forecast(
    drivers: Drivers,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
) -> Forecast:
    """Forecast from drivers and contracted revenue to discounted free cash flow, line by line.

    Parameters
    ----------
    drivers
        Table with headers Driver and Value, or Driver and a column for each forecast year, or
        all of these, headed 2026 (or FY2026, 2026E) or 1, 2, 3 and in any order. The command
        `offtake functions --json` lists the drivers.
    contracted_revenue
        Revenue from signed contracts, one amount for each whole forecast year; or a table with a
        row for each contract, by month or fiscal year, as in DCF_SEGMENTS.
    plant
        Megawatts by vintage, of a company with segments.

    Returns
    -------
    Forecast
        Years are whole, except in the cash flow that is valued: in the first year only the stub
        counts.

    Raises
    ------
    InputError
        For a driver that is unknown, missing, out of its bounds or without a value for every year;
        a blank one that has a default; a year that is repeated or missing; or contracted revenue
        for another number of years.

    Notes
    -----
    Reinvestment is the change of revenue over sales-to-capital, or capital expenditure less
    depreciation plus the change of working capital, if these are given; it is one or the other,
    because the ratio covers all of it. Losses add to the carry-forward and pay no tax; later income
    is offset up to the yearly limit.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 11 and 23, for growth that fades,
    margins that converge, sales-to-capital and loss carry-forwards. The example is the first
    year of Sora Industries, in a problem of J. Berk and P. DeMarzo, *Corporate Finance*, chapter
    9: a free cash flow of 25.3.

    Examples
    --------
    >>> sora = Drivers(base_revenue=433, revenue_growth=468 / 433 - 1, operating_margin=53.8 / 468,
    ...                tax_rate=0.4, capital_expenditure=7.7, depreciation=7,
    ...                working_capital_change=6.3, wacc=0.1, years=1)
    >>> dcf_forecast(sora).free_cash_flow.round(1)
    array([25.3])
    """
    segmented = isinstance(drivers, SegmentedDrivers) or plant is not None
    if segmented or isinstance(contracted_revenue, SignedContracts):
        return Forecast(**of_company(drivers, contracted_revenue, plant)[1].totals)
    return forecast(*aligned(drivers, contracted_revenue))


def aligned(drivers: Drivers, contracted_revenue: Floats | None) -> tuple[Drivers, Floats]:
    """Return drivers and contracted revenue over the same years."""
    given = None if contracted_revenue is None else contracted_revenue.shape[-1]
    years = drivers.years or given or YEARS
    if contracted_revenue is None:
        contracted_revenue = np.zeros(years)
    elif given != years:
        raise InputError(
            "contracted_revenue",
            f"must hold one amount for each of the {years} forecast years, not {given}",
        )
    else:
        base = np.asarray(drivers.base_revenue)[..., None]
        same_unit("contracted_revenue", contracted_revenue, "base_revenue", base)
    return drivers.over(years), contracted_revenue


def forecast(d: Drivers, contracted: Floats) -> Forecast:
    """Forecast over the years of the drivers."""
    later, slipped = by_year_later(contracted, d.contracted_delay_months, d.stub)
    share = np.asarray(d.contracted_share)
    signed = later * share[..., None]
    renewed = d.renewal_rate * (running(np.maximum, signed) - signed)
    uncontracted = _uncontracted(d)
    revenue = signed + renewed + uncontracted
    previous = lagged(d.base_revenue, revenue)
    added = revenue - previous
    growth = added / previous
    if not everywhere(some := previous > 0):
        growth = np.where(some, growth, 0.0)
    margin = d.margins()
    income = revenue * margin
    losses = loss_corkscrew(income, d.loss_carryforward, d.loss_limit)
    tax_rate = d.tax_rates()
    tax = tax_rate * (income + losses["loss_added"] - losses["loss_used"])
    nopat = income - tax
    reinvested = _reinvestment(d, added)
    free_cash_flow = nopat - reinvested["reinvestment"]
    lengths = discounting.period_lengths(contracted.shape[-1], d.stub)
    cash_flow = free_cash_flow * lengths
    if d.contracted_delay_months.any():
        # What comes later is missing in the part of the first year that is left.
        on_time = forecast(d.on_time(), contracted).free_cash_flow[..., 0]
        cash_flow[..., 0] = on_time * lengths[..., 0] + (free_cash_flow[..., 0] - on_time)
    wacc = d.waccs()
    ends = discounting.end_factors(wacc, lengths)
    factor = discounting.at_timing(ends, wacc, lengths, d.timing)
    return Forecast(
        contracted_revenue=signed,
        renewed_revenue=renewed,
        uncontracted_revenue=uncontracted,
        revenue=revenue,
        revenue_growth=growth,
        operating_margin=margin,
        operating_income=income,
        tax_rate=tax_rate,
        tax=tax,
        nopat=nopat,
        free_cash_flow=free_cash_flow,
        period_length=lengths,
        cash_flow=cash_flow,
        wacc=wacc,
        time=discounting.times(lengths, d.timing),
        discount_factor=factor,
        present_value=cash_flow * factor,
        end_factor=ends,
        slipped=slipped * share,
        across=d.across,
        **losses,
        **reinvested,
    )


def _uncontracted(d: Drivers) -> Floats:
    if d.uncontracted_revenue is not None:
        return faster(d.uncontracted_revenue, d.growth_change)
    assert d.revenue_growth is not None  # Drivers guarantee it.
    growth = d.revenue_growth + np.asarray(d.growth_change)[..., None]
    growth = fade(growth, d.terminal_growth, d.growth_years)
    base = d.base_revenue if d.uncontracted_base is None else d.uncontracted_base
    return np.asarray(base[..., None] * running(np.multiply, 1 + growth))


def _reinvestment(d: Drivers, added_revenue: Floats) -> dict[str, Floats]:
    """Reinvestment and the lines that it is made of."""
    nothing = np.zeros(added_revenue.shape[-1])
    if d.sales_to_capital is not None:
        total = added_revenue / d.sales_to_capital
        by_sales, spent, written_off, tied_up = total, nothing, nothing, nothing
    else:
        assert d.capital_expenditure is not None  # Drivers guarantee it,
        assert d.depreciation is not None  # and to this.
        spent, written_off = d.capital_expenditure, d.depreciation
        tied_up = nothing if d.working_capital_change is None else d.working_capital_change
        total = spent - written_off + tied_up
        by_sales = nothing
    return {
        "reinvested_by_sales": by_sales,
        "capital_expenditure": spent,
        "depreciation": written_off,
        "working_capital_change": tied_up,
        "reinvestment": total,
    }
