"""Comparable companies: multiples, quartiles, regression, implied values, football field."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from model.comparables import multiples as comps
from model.dilution.shares import Method
from model.errors import Floats
from workbook.arguments import Rows, listing
from workbook.functions.declare import function
from workbook.tables.comps import Peers, RangesTable
from workbook.tables.core import Securities

Multiple = Literal["EV/Revenue", "EV/Gross profit", "EV/EBITDA", "P/E"]
#: What stands where a ratio means nothing: a divisor of zero or below, or one that is not known.
NOT_MEANINGFUL = "n.m."


@function
def comps_multiples(peers: Peers) -> Rows:
    """Multiples of comparable companies, from enterprise value to growth-adjusted ones.

    Parameters
    ----------
    peers : table, one currency and unit
        Table with headers Company, Revenue, and EV or both Market value and Net debt; optionally
        Gross profit, EBITDA, Earnings, Growth and Margin (fractions). An empty cell is not known.

    Returns
    -------
    table
        A row for each company: enterprise value, and each multiple whose columns are there.
        ``EV/Revenue to growth`` and ``PEG`` are multiples over growth in percent. A multiple of
        something at or below zero, or not known, is n.m.

    Raises
    ------
    InputError
        For a table with neither EV nor both Market value and Net debt, with EV and Net debt, or
        with a value or revenue that is not above 0.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 17 to 20; figures of 25 June 2026 from
    StockAnalysis.

    Examples
    --------
    >>> peers = [["Company", "EV", "Revenue"], ["NVIDIA", 4780, 253.49], ["AMD", 839.01, 37.454]]
    >>> [round(row[2], 1) for row in comps_multiples(peers)[1:]]
    [18.9, 22.4]
    """
    found = peers.multiples
    columns = [[_meaningful(v) for v in values] for values in found.values()]
    return listing(
        ["Company", "Enterprise value", *found],
        *zip(peers.company, peers.enterprise_value, *columns, strict=True),
    )


@function
def comps_quartiles(peers: Peers) -> Rows:
    """Quartiles, median, mean and range of each multiple of comparable companies.

    Parameters
    ----------
    peers : table, one currency and unit
        Table of companies; see COMPS_MULTIPLES.

    Returns
    -------
    table
        A row for each multiple that at least one company has: minimum, first quartile, median,
        mean, third quartile, maximum, and how many companies have it.

    Raises
    ------
    InputError
        For companies that COMPS_MULTIPLES refuses.

    Notes
    -----
    Quartiles are interpolated at rank p (n - 1), as by Excel's QUARTILE.INC. What is n.m. takes
    no part.

    References
    ----------
    R. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", *The American Statistician*
    50(4), 1996, definition 7; the example is Excel's own for QUARTILE.INC.

    Examples
    --------
    >>> peers = [["Company", "EV", "Revenue"],
    ...          *([name, ev, 1] for name, ev in zip("ABCDEFGH", [1, 2, 4, 7, 8, 9, 10, 12]))]
    >>> comps_quartiles(peers)[1][2:4]
    [3.5, 7.5]
    """
    found = {n: v for n, v in peers.multiples.items() if not np.isnan(v).all()}
    return listing(
        ["Multiple", *comps.STATISTICS, "Companies"],
        *(
            [name, *comps.statistics(values), int((~np.isnan(values)).sum())]
            for name, values in found.items()
        ),
    )


@function
def comps_regression(peers: Peers) -> Rows:
    """Regression of EV/Revenue on growth and margin over comparable companies, with its fit.

    Parameters
    ----------
    peers : table, one currency and unit
        Table of companies, see COMPS_MULTIPLES, with Growth, Margin or both (fractions). A
        company without one of them takes no part; two more companies than columns are needed.

    Returns
    -------
    table
        Coefficient, standard error and t of the constant and of each column; then R squared,
        adjusted R squared, standard error, F, companies and degrees of freedom. What an exact
        fit leaves undefined is n.m.

    Raises
    ------
    InputError
        For neither Growth nor Margin; ``#N/A`` for too few companies; ``#NUM!`` where EV/Revenue or
        a column is the same for all, or one column follows from the other.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapter 20: sector regressions; the example is
    Excel's own for SLOPE.

    Examples
    --------
    >>> y, x = [2, 3, 9, 1, 8, 7, 5], [6, 5, 11, 7, 5, 4, 4]
    >>> peers = [["Company", "EV", "Revenue", "Growth"],
    ...          *([name, ev, 1, g] for name, ev, g in zip("ABCDEFG", y, x))]
    >>> round(comps_regression(peers)[2][1], 9)
    0.305555556
    """
    names, fit = comps.sales_regression(peers)
    exact = fit.residual_error == 0
    errors, ratios = fit.standard_error, [NOT_MEANINGFUL if exact else t for t in fit.t]
    return listing(
        ["Term", "Coefficient", "Standard error", "t"],
        *zip(["Constant", *names], fit.coefficient, errors, ratios, strict=True),
        ["R squared", fit.r_squared, None, None],
        ["Adjusted R squared", fit.adjusted_r_squared, None, None],
        ["Standard error of the fit", fit.residual_error, None, None],
        ["F", NOT_MEANINGFUL if exact else fit.f, None, None],
        ["Companies", fit.observations, None, None],
        ["Degrees of freedom", fit.degrees_of_freedom, None, None],
    )


@function
def comps_predicted(peers: Peers, growth: float, margin: float) -> Rows:
    """EV/Revenue that the regression on growth and margin predicts for a company.

    Parameters
    ----------
    peers : table, one currency and unit
        Table of companies; see COMPS_REGRESSION.
    growth : number, fraction
        The company's growth; of no effect if no peer states Growth.
    margin : number, fraction
        The company's margin, measured as the peers' is; of no effect if none states Margin.

    Returns
    -------
    table
        Predicted multiple, its standard error for a single company, the company's leverage, and
        the largest leverage of a peer: a leverage above it is an extrapolation.

    Raises
    ------
    InputError
        For companies that COMPS_REGRESSION refuses.

    References
    ----------
    N. Draper and H. Smith, *Applied Regression Analysis*, 3rd ed., chapters 5 and 8; the example
    is Excel's own for FORECAST.

    Examples
    --------
    >>> y, x = [6, 7, 9, 15, 21], [20, 28, 31, 38, 40]
    >>> peers = [["Company", "EV", "Revenue", "Growth"],
    ...          *([name, ev, 1, g / 10] for name, ev, g in zip("ABCDE", y, x))]
    >>> round(comps_predicted(peers, 3.0, 0)[1][1], 5)
    10.60725
    """
    fit, row = comps.sales_prediction(peers, growth, margin)
    predicted, error, leverage = fit.predict(row)
    return listing(
        ["Line", "Value"],
        ["EV/Revenue", predicted],
        ["Standard error", error],
        ["Leverage", leverage],
        ["Largest leverage of a peer", float(fit.leverage.max())],
    )


@function
def comps_implied(
    peers: Peers,
    multiple: Multiple,
    amount: float,
    net_debt: float,
    securities: Securities,
    method: Method = "treasury",
) -> Rows:
    """Value per share that the quartiles of the peers' multiples imply for a company.

    Parameters
    ----------
    peers : table, one currency and unit
        Table of companies; see COMPS_MULTIPLES.
    multiple : {"EV/Revenue", "EV/Gross profit", "EV/EBITDA", "P/E"}
        Which multiple.
    amount : number, USD m
        The company's own revenue, gross profit, EBITDA or earnings, above 0, of the period that
        the peers' figures are of.
    net_debt : number, USD m
        Debt less cash; below zero for net cash.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included.
    method : {"treasury", "gross", "basic"}, optional
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    table
        From the minimum to the maximum: multiple, enterprise value, net debt, equity value and
        value per share, in USD.

    Raises
    ------
    InputError
        For an amount that is not above 0; ``#N/A`` where the companies lack the columns of the
        multiple, or none has a meaningful one.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 1. The example is Kenneth
    Cole by the multiple of Tommy Hilfiger, from the test bank to J. Berk and P. DeMarzo,
    *Corporate Finance*: 25.77 a share.

    Examples
    --------
    >>> peers = [["Company", "EV", "Revenue", "EBITDA"], ["Tommy Hilfiger", 7.99, 10, 1]]
    >>> shares = [["Security", "Type", "Count", "Strike"], ["Common", "common", 21, None]]
    >>> round(comps_implied(peers, "EV/EBITDA", 55.6, 3 - 100, shares)[1][5], 2)
    25.77
    """
    found = comps.implied(peers, multiple, amount, net_debt, securities, method)
    rows = zip(
        comps.STATISTICS,
        found.multiple,
        found.enterprise_value,
        np.full(len(comps.STATISTICS), net_debt),
        found.equity_value,
        found.value_per_share,
        strict=True,
    )
    headers = ["Multiple", "Enterprise value", "Net debt", "Equity value", "Value per share"]
    return listing(["Statistic", *headers], *rows)


@function
def comps_football_field(ranges: RangesTable, reference: float) -> Rows:
    """Ranges of value side by side, and where a reference price stands in each.

    Parameters
    ----------
    ranges : table, USD
        Table with headers Method, Low, High and optionally Middle.
    reference : number, USD
        Price to compare, such as the offer price.

    Returns
    -------
    table
        A row for each method: low, middle (halfway if not given), high, width, and position of
        the reference: 0 at the low end, 1 at the high end, beyond them outside, n.m. for a range
        without width.

    Raises
    ------
    InputError
        For a Low above its High, or a Middle that is not between them.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3; the example is the raised
    price range of the Cerebras offer and its price.

    Examples
    --------
    >>> comps_football_field([["Method", "Low", "High"], ["Raised range", 150, 160]], 185)[1]
    ['Raised range', 150.0, 155.0, 160.0, 10.0, 3.5]
    """
    field = comps.football_field(ranges.method, ranges.low, ranges.high, ranges.middle, reference)
    position: Iterable[Any] = map(_meaningful, field.position)
    rows = zip(
        field.method, field.low, field.middle, field.high, field.width, position, strict=True
    )
    return listing(["Method", "Low", "Middle", "High", "Width", "Position"], *rows)


def _meaningful(value: Floats) -> float | str:
    return NOT_MEANINGFUL if math.isnan(value) else float(value)
