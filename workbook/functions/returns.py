"""Investor returns: net present values, internal rates, day counts, exits."""

from __future__ import annotations

import numpy as np

from model.dilution.shares import Method
from model.errors import InputError
from model.returns import day_count, internal_rates
from model.returns import exits as returns
from model.returns.annuities import When
from model.returns.day_count import Basis
from workbook.arguments import Day, Days, Rates, Rows, Vector, listing
from workbook.functions.declare import function
from workbook.tables.core import Securities


@function
def return_npv(rate: float, cash_flows: Vector, first: When = "end") -> float:
    """Net present value of equally spaced cash flows, in their own unit.

    Parameters
    ----------
    rate : number, fraction
        Discount rate a period, above -1.
    cash_flows : row or column, USD m
        One for each period: paid below zero, received above.
    first : {"end", "begin"}, optional
        When the first flow falls. end: at the end of the first period, as for Excel's NPV; begin:
        today, as for numpy-financial's.

    Returns
    -------
    float
        Sum of flow over ``(1 + rate) ** n`` with n from 1 for end and from 0 for begin.

    Raises
    ------
    InputError
        For a rate of -1 or below.

    References
    ----------
    numpy-financial, test of npv.

    Examples
    --------
    >>> round(return_npv(0.05, [-15000, 1500, 2500, 3500, 4500, 6000], "begin"), 4)
    122.8949
    """
    return returns.net_present_value(rate, cash_flows, first)


@function
def return_irr(cash_flows: Vector) -> float:
    """Internal rate of return of equally spaced cash flows: the only one there is.

    Parameters
    ----------
    cash_flows : row or column, USD m
        One for each period, the first today: paid below zero, received above.

    Returns
    -------
    float
        Rate a period, above -1, at which the flows are worth nothing.

    Raises
    ------
    InputError
        ``#NUM!`` for flows of one sign, for flows without any internal rate, and for flows with
        several: the sentence gives them, and RETURN_IRR_ALL lists them.

    Notes
    -----
    All rates above -1 are found, without a guess: see RETURN_IRR_ALL. Excel's IRR and
    numpy-financial's give one of several rates without saying that there are more.

    References
    ----------
    numpy-financial, test of irr.

    Examples
    --------
    >>> round(return_irr([-100, 39, 59, 55, 20]), 5)
    0.28095
    >>> return_irr([-4000, 25000, -25000])
    Traceback (most recent call last):
    model.errors.InputError: cash_flows have 2 internal rates above -1 and no single one: 0.25, 4.
    """
    return internal_rates.internal_rate(cash_flows, np.arange(cash_flows.size))


@function
def return_irr_all(cash_flows: Vector, dates: Days | None = None) -> Rows:
    """All internal rates of return of cash flows, and how the present value passes through zero.

    Parameters
    ----------
    cash_flows : row or column, USD m
        Paid below zero, received above; without dates one for each period, the first today.
    dates : row or column, date, optional
        Date of each flow, in any order.

    Returns
    -------
    table
        A row for each rate above -1, in ascending order, a year if there are dates and a period
        if not: the net present value falls or rises through zero there, or touches it.

    Raises
    ------
    InputError
        For dates that are not as many as the flows; ``#NUM!`` for flows of one sign, and for flows
        without any internal rate.

    Notes
    -----
    The number of rates is at most the number of changes of sign of the flows in order of time
    (Laguerre's rule). The flows are differentiated, with a weight that takes one change of sign
    away each time, until one is left; the zeros of each derivative bracket those before it, so
    that none is missed. A rate that no number is does not count beside others: a small flow a
    day after a large one of the other sign brings one of -100% to all digits.

    References
    ----------
    J. Lorie and L. Savage, "Three Problems in Rationing Capital", *Journal of Business* 28(4),
    1955: a pump with two rates.

    Examples
    --------
    >>> [[round(rate, 9), way] for rate, way in return_irr_all([-1600, 10000, -10000])[1:]]
    [[0.25, 'rises'], [4.0, 'falls']]
    """
    times = np.arange(cash_flows.size) if dates is None else returns.dated(cash_flows, dates)
    rates = internal_rates.internal_rates(cash_flows, times)
    if rates.size == 0:
        raise InputError(
            "cash_flows",
            "have no internal rate: no rate above -1 makes them worth nothing",
            "#NUM!",
        )
    passing = internal_rates.passing(cash_flows, times, rates)
    return listing(["Rate", "Net present value"], *zip(rates, passing, strict=True))


@function
def return_mirr(cash_flows: Vector, finance_rate: float, reinvest_rate: float) -> float:
    """Modified internal rate of return: payments financed and receipts reinvested at given rates.

    Parameters
    ----------
    cash_flows : row or column, USD m
        One for each period, the first today: paid below zero, received above; both signs.
    finance_rate : number, fraction
        Rate at which payments are discounted, above -1.
    reinvest_rate : number, fraction
        Rate at which receipts are reinvested, above -1.

    Returns
    -------
    float
        Rate a period that leads the discounted payments to the reinvested receipts.

    Raises
    ------
    InputError
        For a rate of -1 or below; ``#NUM!`` for flows of one sign.

    References
    ----------
    numpy-financial, test of mirr; Microsoft's example of MIRR has the same flows.

    Examples
    --------
    >>> round(return_mirr([-120000, 39000, 30000, 21000, 37000, 46000], 0.10, 0.12), 6)
    0.126094
    """
    return returns.modified_internal_rate(cash_flows, finance_rate, reinvest_rate)


@function
def return_xnpv(rate: float, cash_flows: Vector, dates: Days) -> float:
    """Net present value of dated cash flows at the first date, by actual/365.

    Parameters
    ----------
    rate : number, fraction
        Discount rate a year, above -1.
    cash_flows : row or column, USD m
        Paid below zero, received above.
    dates : row or column, date
        Date of each flow; none before the first.

    Returns
    -------
    float
        Sum of flow over ``(1 + rate) ** (days / 365)``.

    Raises
    ------
    InputError
        For a rate of -1 or below, or dates that are not as many as the flows; ``#NUM!`` for a date
        before the first.

    References
    ----------
    Microsoft's example of XNPV.

    Examples
    --------
    >>> flows, days = [-10000, 2750, 4250, 3250, 2750], [39448, 39508, 39751, 39859, 39904]
    >>> round(return_xnpv(0.09, flows, days), 6)
    2086.647602
    """
    return returns.dated_present_value(rate, cash_flows, dates)


@function
def return_xirr(cash_flows: Vector, dates: Days) -> float:
    """Internal rate of return a year of dated cash flows: the only one there is.

    Parameters
    ----------
    cash_flows : row or column, USD m
        Paid below zero, received above.
    dates : row or column, date
        Date of each flow, in any order; years have 365 days.

    Returns
    -------
    float
        Rate a year, above -1, at which the flows are worth nothing.

    Raises
    ------
    InputError
        ``#NUM!`` for flows of one sign, for flows without any internal rate, and for flows with
        several: the sentence gives them, and RETURN_IRR_ALL lists them.

    References
    ----------
    Microsoft's example of XIRR, which stops at 0.373362535; the exact rate is 0.37336253352.

    Examples
    --------
    >>> flows, days = [-10000, 2750, 4250, 3250, 2750], [39448, 39508, 39751, 39859, 39904]
    >>> round(return_xirr(flows, days), 8)
    0.37336253
    """
    return internal_rates.internal_rate(cash_flows, returns.dated(cash_flows, dates))


@function
def return_yearfrac(start_date: Day, end_date: Day, basis: Basis = "30/360") -> float:
    """Part of a year between two dates by a day count, as Excel's YEARFRAC counts it.

    Parameters
    ----------
    start_date : date, date
        First date.
    end_date : date, date
        Last date, not before the first (Excel would exchange them).
    basis : {"30/360", "actual/actual", "actual/360", "actual/365", "30e/360"}, optional
        Excel's basis 0, 1, 2, 3 and 4, in this order: United States 30/360, actual days over the
        year's length, over 360, over 365, and European 30/360.

    Returns
    -------
    float
        Years.

    Raises
    ------
    InputError
        ``#NUM!`` for a last date before the first.

    References
    ----------
    Microsoft's example of YEARFRAC; D. Wheeler, "YEARFRAC Incompatibilities between Excel 2007
    and OOXML", 2008, for what Excel does at the ends of months and in leap years.

    Examples
    --------
    >>> round(return_yearfrac(40909, 41120, "actual/actual"), 8)
    0.57650273
    """
    return float(day_count.year_fraction(np.datetime64(start_date), np.datetime64(end_date), basis))


@function
def return_to_exit(
    entry: float, exit_value: float, years: float, interim: Vector | None = None
) -> Rows:
    """Multiple of money and yearly return from a price paid to an exit.

    Parameters
    ----------
    entry : number, USD
        Price or amount paid, above 0, such as the offer price.
    exit_value : number, USD
        Price or amount received at the exit, at least 0.
    years : number, years
        Years from the purchase to the exit, above 0; RETURN_YEARFRAC counts them.
    interim : row or column, USD, optional
        Flows at the ends of years 1, 2, 3 ... up to the exit: dividends above zero, further
        payments below.

    Returns
    -------
    table
        Paid, received, gain, multiple of money, and internal rate a year: -1 where nothing is
        received.

    Raises
    ------
    InputError
        For an entry or years that are not above 0, a negative exit value, or interim flows after
        the exit; ``#NUM!`` where the flows have no single internal rate.

    References
    ----------
    C. Demaria, *Introduction to Private Equity*, 3rd ed.: multiple and internal rate; the
    example is that 2.5 times in five years is 20.1% a year.

    Examples
    --------
    >>> [round(row[1], 3) for row in return_to_exit(100, 250, 5)[1:]]
    [100.0, 250.0, 150.0, 2.5, 0.201]
    """
    found = returns.to_exit(entry, exit_value, years, () if interim is None else interim)
    return listing(
        ["Line", "Value", "Unit"],
        ["Paid", found.invested, "USD"],
        ["Received", found.received, "USD"],
        ["Gain", found.received - found.invested, "USD"],
        ["Multiple of money", found.multiple_of_money, "ratio"],
        ["Internal rate", found.internal_rate, "fraction"],
    )


@function
def return_exit_grid(
    entry_price: float,
    metric: Vector,
    years: Vector,
    multiples: Vector,
    securities: Securities,
    net_debt: Rates | None = None,
    method: Method = "treasury",
) -> Rows:
    """Yearly return on a share by year of the exit and exit multiple.

    Parameters
    ----------
    entry_price : number, USD
        Price paid for a share, above 0, such as the offer price.
    metric : row or column, USD m
        Revenue, EBITDA or another measure in the year of each exit, at least 0.
    years : row or column, years
        Years from the purchase to each exit, above 0.
    multiples : row or column, ratio
        Exit multiples of the metric, at least 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included, at the exit.
    net_debt : number, row or column, USD m, optional
        Debt less cash at each exit, below zero for net cash; none if omitted.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    table
        A row for each multiple and a column for each exit, headed by its years: the internal
        rate a year, and -1 where debt leaves nothing to the shareholders.

    Raises
    ------
    InputError
        For an entry price or years that are not above 0, a negative metric or multiple, or ranges
        of different lengths.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 5: returns at various exits.
    The example is a question of the CFA level II forum: 250 paid, an EBITDA of 75 at 8 times in
    year 3 and a net debt of 150 are 21.64% a year.

    Examples
    --------
    >>> shares = [["Security", "Type", "Count", "Strike"], ["Common", "common", 1, None]]
    >>> round(return_exit_grid(250, [75], [3], [8], shares, 150)[1][1], 4)
    0.2164
    """
    debt = 0.0 if net_debt is None else net_debt
    found = returns.exit_grid(entry_price, metric, years, multiples, securities, debt, method)
    rows = ([m, *earned] for m, earned in zip(multiples, found.internal_rate, strict=True))
    return listing(["Exit multiple", *years.tolist()], *rows)
