"""Discounting, terminal values, forecasts and the value per share."""

from __future__ import annotations

from model.dcf import discounting
from model.dcf import forecast as dcf
from model.dcf.discounting import Timing
from model.errors import InputError
from workbook.arguments import Rates, Rows, Vector, listing, schedule
from workbook.functions.declare import function
from workbook.tables.core import DriversTable, Securities


@function
def dcf_discount_factors(
    rates: Rates, periods: int | None = None, timing: Timing = "mid", stub: float = 1.0
) -> Rows:
    """Discount factors across the periods, as a running product of the rates.

    Parameters
    ----------
    rates : number, row or column, fraction
        One rate a year, or one for each period.
    periods : whole, years, optional
        Number of periods; as many as there are rates if omitted.
    timing : {"mid", "end"}, optional
        mid: cash flows fall in the middle of their periods; end: at their ends.
    stub : number, years, optional
        Length of a first, partial period: above 0, at most 1.

    Returns
    -------
    table
        Across the periods: rate, time in years and discount factor.

    Raises
    ------
    InputError
        For a rate outside -1 to 1, periods that are not as many as the rates, or a stub out of its
        bounds.

    References
    ----------
    Mid-period convention: T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed.

    Examples
    --------
    >>> round(dcf_discount_factors(0.10)[3][1], 4)
    0.9535
    """
    count = rates.size if periods is None else periods
    if rates.size not in (1, count):
        raise InputError("periods", f"must be {rates.size}, one for each rate, not {count}")
    lengths = discounting.times(count, timing, stub)
    each = rates + 0.0 * lengths
    return schedule(
        "Period",
        range(1, count + 1),
        {
            "Rate": each,
            "Time": lengths,
            "Discount factor": discounting.discount_factors(each, timing, stub),
        },
    )


@function
def dcf_present_value(
    cash_flows: Vector, rates: Rates, timing: Timing = "mid", stub: float = 1.0
) -> float:
    """Present value of cash flows, in their own unit.

    Parameters
    ----------
    cash_flows : row or column, USD m
        One for each period; the first falls in the first period, not today.
    rates : number, row or column, fraction
        One rate a year, or one for each period.
    timing : {"mid", "end"}, optional
        mid: cash flows fall in the middle of their periods; end: at their ends.
    stub : number, years, optional
        Length of a first, partial period: above 0, at most 1.

    Returns
    -------
    float
        Sum of cash flow times discount factor.

    Raises
    ------
    InputError
        For a rate outside -1 to 1, rates that are not as many as the cash flows, or a stub out of
        its bounds.

    References
    ----------
    Microsoft's second example of NPV, which adds an outlay of 40,000 today.

    Examples
    --------
    >>> round(dcf_present_value([8000, 9200, 10000, 12000, 14500], 0.08, "end") - 40000, 2)
    1922.06
    """
    return float(discounting.present_value(cash_flows, rates, timing, stub))


@function
def dcf_terminal_growth(next_cash_flow: float, rate: float, growth: float) -> float:
    """Terminal value of a cash flow that grows for ever, in its own unit.

    Parameters
    ----------
    next_cash_flow : number, USD m
        Cash flow of the first year after the forecast.
    rate : number, fraction
        Cost of capital after the forecast.
    growth : number, fraction
        Growth for ever, below the rate.

    Returns
    -------
    float
        ``next_cash_flow / (rate - growth)``, to be discounted at N with cash flows at period
        ends and at N - 0.5 with cash flows in mid-period.

    Raises
    ------
    InputError
        For growth of -1 or below; ``#NUM!`` where growth is not below the rate.

    References
    ----------
    M. Gordon, "Dividends, Earnings, and Stock Prices", 1959; the example is from CFA level II
    review slides.

    Examples
    --------
    >>> round(dcf_terminal_growth(1.6, 0.13, 0.09), 6)
    40.0
    """
    return float(discounting.terminal_growth(next_cash_flow, rate, growth))


@function
def dcf_terminal_roic(next_nopat: float, rate: float, growth: float, roic: float) -> float:
    """Terminal value by the value driver formula, where growth takes growth / ROIC of profit.

    Parameters
    ----------
    next_nopat : number, USD m
        Operating profit after tax of the first year after the forecast, at least 0.
    rate : number, fraction
        Cost of capital after the forecast.
    growth : number, fraction
        Growth for ever, below the rate and at most roic.
    roic : number, fraction
        Return on new capital, above 0.

    Returns
    -------
    float
        ``next_nopat * (1 - growth / roic) / (rate - growth)``, discounted as for
        DCF_TERMINAL_GROWTH.

    Raises
    ------
    InputError
        For a roic that is not above 0; ``#NUM!`` for a loss, and for growth that is not below the
        rate or is above roic.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed., key value driver formula; the
    example is Value Inc. in its chapter 2.

    Examples
    --------
    >>> round(dcf_terminal_roic(100, 0.10, 0.05, 0.20), 6)
    1500.0
    """
    return float(discounting.terminal_roic(next_nopat, rate, growth, roic))


@function
def dcf_terminal_multiple(metric: float, multiple: float) -> float:
    """Terminal value as a multiple of a metric of the final year.

    Parameters
    ----------
    metric : number, USD m
        Revenue, EBITDA or operating income of the final year, at least 0.
    multiple : number, ratio
        Exit multiple, at least 0.

    Returns
    -------
    float
        ``metric * multiple``, to be discounted at N whatever the timing of the cash flows.

    Raises
    ------
    InputError
        For a negative metric or multiple.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3: exit multiple method. The
    example is Global Crossing in year 5: *Damodaran on Valuation*, 2nd ed., illustration 17.7.

    Examples
    --------
    >>> round(dcf_terminal_multiple(1371, 7.2))
    9871
    """
    return float(discounting.terminal_multiple(metric, multiple))


@function
def dcf_forecast(drivers: DriversTable, contracted_revenue: Vector | None = None) -> Rows:
    """Forecast from drivers and contracted revenue to discounted free cash flow, line by line.

    Parameters
    ----------
    drivers : table, as each driver says
        Table with headers Driver and Value, or Driver and a column for each forecast year, or
        all of these, headed 2026 (or FY2026, 2026E) or 1, 2, 3 and in any order. The command
        `offtake functions --json` lists the drivers.
    contracted_revenue : row or column, USD m, optional
        Revenue from signed contracts, one amount for each whole forecast year.

    Returns
    -------
    table
        Across the years: revenue by kind, margin, tax with its loss corkscrew, reinvestment,
        free cash flow, and discounting.

    Raises
    ------
    InputError
        For a driver that is unknown, out of its bounds or without a value for every year, a blank
        one that has a default, years of which one is there twice or missing, or contracted
        revenue of another number of years; ``#N/A`` for a driver that is missing.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 11 and 23. The example is the first
    year of Sora Industries, in a problem of J. Berk and P. DeMarzo, *Corporate Finance*, chapter
    9: a free cash flow of 25.3.

    Examples
    --------
    >>> table = [["Driver", "Value"], ["base_revenue", 433], ["revenue_growth", 468 / 433 - 1],
    ...          ["operating_margin", 53.8 / 468], ["tax_rate", 0.4],
    ...          ["capital_expenditure", 7.7], ["depreciation", 7], ["working_capital_change", 6.3],
    ...          ["wacc", 0.1], ["years", 1]]
    >>> lines = {row[0]: row[1:] for row in dcf_forecast(table)}
    >>> round(lines["Free cash flow"][0], 1)
    25.3
    """
    made, years = drivers.of(contracted_revenue)
    lines = dcf.forecast(made, contracted_revenue).lines()
    return schedule("Year", years, {line.label: line.values for line in lines})


@function
def dcf_value(
    drivers: DriversTable, securities: Securities, contracted_revenue: Vector | None = None
) -> Rows:
    """Value per share by discounted cash flow: forecast, terminal value, bridge and dilution.

    Parameters
    ----------
    drivers : table, as each driver says
        Table of drivers; see DCF_FORECAST.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included.
    contracted_revenue : row or column, USD m, optional
        Revenue from signed contracts, one amount for each whole forecast year.

    Returns
    -------
    table
        Lines down, with value and unit, from the present value of the forecast to the value
        per share.

    Raises
    ------
    InputError
        For what DCF_FORECAST refuses, and a table that is not one of securities; ``#NUM!`` where
        terminal growth is not below the terminal cost of capital, or is above terminal_roic.

    Notes
    -----
    With cash flows in mid-period a perpetuity is discounted at N - 0.5 and an exit multiple
    at N.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 12 and 16. The example is Kenneth
    Cole: J. Berk and P. DeMarzo, *Corporate Finance*, example 9.7, 24.85 a share.

    Examples
    --------
    >>> drivers = [["Driver", "Value"], ["base_revenue", 518], ["revenue_growth", 0.09],
    ...            ["growth_years", 1], ["operating_margin", 0.09], ["tax_rate", 0.37],
    ...            ["sales_to_capital", 1 / 0.18], ["wacc", 0.11], ["terminal_growth", 0.04],
    ...            ["years", 6], ["timing", "end"], ["cash", 100], ["debt", 3]]
    >>> securities = [["Security", "Type", "Count", "Strike"], ["Common", "common", 21, None]]
    >>> lines = {row[0]: row[1] for row in dcf_value(drivers, securities)}
    >>> round(lines["Value per share"], 2)
    24.85
    """
    made, _ = drivers.of(contracted_revenue)
    _, result = dcf.value(made, securities, contracted_revenue)
    return listing(
        ["Line", "Value", "Unit"], *([x.label, x.values, x.unit] for x in result.lines())
    )
