"""A company by segment: every line year by year, and the value of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.dcf.drivers import Drivers
from model.dcf.failure import failure_proceeds
from model.dcf.forecast import ContractedRevenue
from model.dcf.periods import stacked, whole
from model.dcf.segment_rows import COST, runs
from model.dcf.segment_value import Worth, of_company
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.errors import Floats
from model.fields import Names, line
from model.functions import function
from model.tables import Listing, Schedule

TAX_LINE = "Tax: losses, limits and floor"
FAILURE = "Proceeds in failure"


class SegmentForecast(Schedule):
    """Each line of a company with segments by year; (..., lines, years), in total (..., years)."""

    rows_of = "contracted_revenue"

    revenue: Floats = line("Revenue: {}", each="names")
    total_revenue: Floats = line("Revenue, gross", total=True)
    contra_revenue: Floats = line("Contra-revenue: {}", each="names")
    total_contra_revenue: Floats = line("Contra-revenue", total=True)
    costs: Floats = line("Costs: {}", each="names")
    total_costs: Floats = line("Costs", total=True)
    depreciation: Floats = line("Depreciation: {}", each="names")
    total_depreciation: Floats = line("Depreciation", total=True)
    operating_income: Floats = line("Operating income: {}", each="names")
    total_operating_income: Floats = line("Operating income", total=True)
    capital_spending: Floats = line("Capital spending: {}", each="names")
    total_capital_spending: Floats = line("Capital spending", total=True)
    freed_capital: Floats = line("Capital freed: {}", each="names")
    total_freed_capital: Floats = line("Capital freed", total=True)
    working_capital: Floats = line("Change of working capital: {}", each="names")
    total_working_capital: Floats = line("Change of working capital", total=True)
    collected: Floats = line("Revenue collected before: {}", each="names")
    total_collected: Floats = line("Revenue collected before", total=True)
    given_in_shares: Floats = line("Contra-revenue given in shares: {}", each="names")
    total_given_in_shares: Floats = line("Contra-revenue given in shares", total=True)
    tax: Floats = line("Tax at the company's rate: {}", each="names")
    total_tax: Floats = line("Tax at the company's rate", total=True)
    tax_due: Floats = line("Tax due")
    loss_closing: Floats = line("Tax losses, closing")
    free_cash_flow: Floats = line("Free cash flow: {}", each="names")
    total_free_cash_flow: Floats = line("Free cash flow", total=True)
    cash_flow: Floats = line("Cash flow valued: {}", each="names")
    tax_line: Floats = line("Tax: losses, limits and floor, valued")
    total_cash_flow: Floats = line("Cash flow valued", total=True)
    present_value: Floats = line("Present value: {}", each="names")
    tax_present_value: Floats = line("Present value of tax: losses, limits and floor")
    total_present_value: Floats = line("Present value", total=True)
    #: The lines, whose names follow the name of their item.
    names: Names
    #: The contracts that have a line: signed, and renewed.
    runs: tuple[tuple[int, ...], ...] = ()


class SegmentValue(Listing):
    """Value of each line of a company with segments."""

    rows_of = "contracted_revenue"
    totals = ("Enterprise value",)

    name: Names = line("Line", "name")
    kind: Names = line("Kind", "name")
    segment: Names = line("Segment", "name")
    going_concern: Floats = line("Going concern")
    value: Floats = line("Value", total=True)
    #: The contracts that have a line: signed, and renewed.
    runs: tuple[tuple[int, ...], ...] = ()


@function
def dcf_segments(
    drivers: Drivers,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
) -> SegmentForecast:
    """Forecast by segment, line by line: contracts, renewals, further business, company costs.

    Parameters
    ----------
    drivers
        Table with headers Driver, Segment, and Value or a column for each forecast year. Rows
        without a segment are the company's.
    contracted_revenue
        Table with headers Contract, Segment and a column for each month from the balance date, or
        for each fiscal year.
    plant
        Megawatts by vintage.

    Returns
    -------
    SegmentForecast
        Years are whole, except in the cash flow that is valued.

    Raises
    ------
    InputError
        For a segment without revenue, drivers of no known segment, a contract that ends before the
        valuation date, plant in service before it is paid for, and as for DCF_FORECAST.

    Notes
    -----
    Capital in place falls only by the freed share of a fall in revenue, and is bought only above
    what is in place. Cash already collected is for a contract's earliest revenue. A renewal's level
    is the average month of the contract's last twelve, multiplied once a term by rate and price, or
    once a year by that year's net retention.

    References
    ----------
    FASB, ASC 606-10-50-13, for remaining performance obligations. The example is the first year of
    Sora Industries, in a problem of J. Berk and P. DeMarzo, *Corporate Finance*, chapter 9: a free
    cash flow of 25.3.

    Examples
    --------
    >>> sora = {"base_revenue": 433, "uncontracted_revenue": 468, "operating_margin": 53.8 / 468,
    ...         "capital_expenditure": 7.7, "depreciation": 7, "working_capital_change": 6.3}
    >>> company = {"tax_rate": 0.4, "wacc": 0.1, "years": 1}
    >>> made = dcf_segments(SegmentedDrivers.by_segment(company, {"Sora": sora}))
    >>> made.total_free_cash_flow.round(1)
    array([25.3])
    """
    _, found = of_company(drivers, contracted_revenue, plant)
    flows, total = found.lines.flows, found.totals
    by_line = {
        "revenue": flows.revenue,
        "contra_revenue": flows.contra_revenue,
        "costs": flows.costs,
        "depreciation": flows.depreciation,
        "operating_income": flows.income,
        "capital_spending": flows.spending,
        "freed_capital": flows.freed,
        "working_capital": flows.working_capital,
        "collected": flows.collected,
        "given_in_shares": flows.in_shares,
        "tax": found.tax,
    }
    years = {name: whole(columns) for name, columns in by_line.items()}
    return SegmentForecast(
        **years,
        **{f"total_{name}": amounts.sum(-2) for name, amounts in years.items()},
        tax_due=total["tax"],
        loss_closing=total["loss_closing"],
        free_cash_flow=whole(found.free_cash_flow),
        total_free_cash_flow=total["free_cash_flow"],
        cash_flow=found.cash_flow,
        tax_line=found.tax_line,
        total_cash_flow=total["cash_flow"],
        present_value=found.present_value,
        tax_present_value=found.tax_present_value,
        total_present_value=total["present_value"],
        names=tuple(row.name for row in found.lines.rows),
        runs=runs(found.lines.rows),
        across=total["across"],
    )


@function
def dcf_segment_value(
    drivers: Drivers,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
) -> SegmentValue:
    """Value by segment: what signed contracts, renewals and each business add to enterprise value.

    Parameters
    ----------
    drivers
        As in DCF_SEGMENTS.
    contracted_revenue
        As in DCF_SEGMENTS.
    plant
        Megawatts by vintage.

    Returns
    -------
    SegmentValue
        Lines in this order: signed contracts, renewals, further business, company costs, the tax
        line, terminal values by segment, proceeds in failure. They add up to enterprise value.

    Raises
    ------
    InputError
        As for DCF_SEGMENTS and DCF_VALUE.

    Notes
    -----
    Every line bears tax at the company's rate on its own income, negative income included. The tax
    line is that tax less the tax due, its terminal part included; no other line is a difference.
    Signed contracts have no terminal value. Failure scales every line, and its proceeds are a line.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapter 12, for values that add up by business.
    The example is Kenneth Cole: J. Berk and P. DeMarzo, *Corporate Finance*, example 9.7, an
    enterprise value of 424.8.

    Examples
    --------
    >>> cole = {"base_revenue": 518, "revenue_growth": 0.09, "growth_years": 1,
    ...         "operating_margin": 0.09, "sales_to_capital": 1 / 0.18}
    >>> company = {"tax_rate": 0.37, "wacc": 0.11, "terminal_growth": 0.04, "years": 6,
    ...            "timing": "end"}
    >>> made = dcf_segment_value(SegmentedDrivers.by_segment(company, {"Shoes": cole}))
    >>> round(float(made.value.sum()), 1)
    424.8
    """
    return value_of(*of_company(drivers, contracted_revenue, plant))


def value_of(d: SegmentedDrivers, found: Worth) -> SegmentValue:
    """Value each line, in reading order."""
    rows, terminal = found.lines.rows, found.terminal
    forecast = found.present_value.sum(-1)
    names = [row.name for row in rows]
    kinds = [row.kind for row in rows]
    segments = ["" if row.segment is None else d.segments[row.segment].name for row in rows]
    values: list[Any] = [forecast[..., i] for i in range(len(rows))]
    names.append(TAX_LINE)
    kinds.append("tax")
    segments.append("")
    values.append(found.tax_present_value.sum(-1) + terminal.tax_present_value)
    for i, segment in enumerate(d.segments):
        of = [k for k, row in enumerate(rows) if row.segment == i]
        names.append(f"Terminal value of {segment.name}")
        kinds.append("terminal value")
        segments.append(segment.name)
        values.append(terminal.present_value[..., of].sum(-1))
    of = [k for k, row in enumerate(rows) if row.kind == COST]
    if of:
        names.append("Terminal value of company costs")
        kinds.append("terminal value")
        segments.append("")
        values.append(terminal.present_value[..., of].sum(-1))
    going_concern = stacked(values, -1)
    survival = 1 - np.asarray(d.failure_probability)
    proceeds = failure_proceeds(
        d.failure_proceeds, d.failure_basis, going_concern.sum(-1), d.book_capital
    )
    names.append(FAILURE)
    kinds.append("failure")
    segments.append("")
    return SegmentValue(
        tuple(names),
        tuple(kinds),
        tuple(segments),
        stacked([*values, np.zeros(())], -1),
        stacked([*(v * survival for v in values), proceeds * d.failure_probability], -1),
        runs(rows),
    )
