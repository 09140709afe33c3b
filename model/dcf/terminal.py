"""Terminal values: by perpetual growth, return on capital or multiple; and what they imply."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.dcf.discounting import Timing
from model.errors import Floats, require
from model.fields import Field, Money, Rate
from model.functions import function

Metric = Annotated[Floats, Field("USD m", low=0.0)]
Multiple = Annotated[Floats, Field("ratio", low=0.0)]
#: A return on new capital.
Roic = Annotated[Floats, Field("fraction", above=0.0, high=5.0)]


@function
def dcf_terminal_growth(next_cash_flow: Money, rate: Rate, growth: Rate) -> Money:
    """Terminal value of a cash flow that grows in perpetuity, in its own unit.

    Parameters
    ----------
    next_cash_flow
        Cash flow of the first year after the forecast.
    rate
        Cost of capital after the forecast.
    growth
        Perpetual growth, below the rate.

    Returns
    -------
    ndarray, shape (...)
        ``next_cash_flow / (rate - growth)``, to be discounted at N with cash flows at period
        ends and at N - 0.5 with cash flows in mid-period: it is dated one year before its own
        first flow.

    Raises
    ------
    InputError
        If growth is not below the rate.

    References
    ----------
    M. Gordon, "Dividends, Earnings, and Stock Prices", 1959; the example is from CFA level II
    review slides.

    Examples
    --------
    >>> round(float(dcf_terminal_growth(1.6, 0.13, 0.09)), 6)
    40.0
    """
    _below(growth, rate)
    return np.asarray(next_cash_flow / (rate - growth))


@function
def dcf_terminal_roic(next_nopat: Money, rate: Rate, growth: Rate, roic: Roic) -> Money:
    """Terminal value by the value driver formula, where growth takes growth / ROIC of profit.

    Parameters
    ----------
    next_nopat
        Operating profit after tax of the first year after the forecast, at least 0: a share of
        a loss is not reinvested.
    rate
        Cost of capital after the forecast.
    growth
        Perpetual growth, below the rate and at most roic.
    roic
        Return on new capital.

    Returns
    -------
    ndarray, shape (...)
        ``next_nopat * (1 - growth / roic) / (rate - growth)``, discounted as for
        DCF_TERMINAL_GROWTH.

    Raises
    ------
    InputError
        For a loss, and for growth that is not below the rate or is above roic.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed., key value driver formula; the
    example is Value Inc. in its chapter 2.

    Examples
    --------
    >>> round(float(dcf_terminal_roic(100, 0.10, 0.05, 0.20)), 6)
    1500.0
    """
    require(next_nopat >= 0, "next_nopat", "at least 0", next_nopat, "number")
    _below(growth, rate)
    expected = "at most roic, or it would take more than the entire profit"
    require(growth <= roic, "growth", expected, growth, "number")
    return np.asarray(next_nopat * (1 - growth / roic) / (rate - growth))


@function
def dcf_terminal_multiple(metric: Metric, multiple: Multiple) -> Money:
    """Terminal value as a multiple of a metric of the final year.

    Parameters
    ----------
    metric
        Revenue, EBITDA or operating income of the final year.
    multiple
        Exit multiple.

    Returns
    -------
    ndarray, shape (...)
        ``metric * multiple``, to be discounted at N regardless of cash flow timing.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3: exit multiple method. The
    example is Global Crossing in year 5: *Damodaran on Valuation*, 2nd ed., illustration 17.7.

    Examples
    --------
    >>> round(float(dcf_terminal_multiple(1371, 7.2)))
    9871
    """
    return np.asarray(metric * multiple)


@function
def dcf_implied_growth(
    terminal_value: Annotated[Floats, Field("USD m", above=0.0)],
    cash_flow: Money,
    rate: Rate,
    timing: Timing = "mid",
) -> Rate:
    """Perpetual growth that an exit multiple's terminal value implies, given cash flow timing.

    Parameters
    ----------
    terminal_value
        Value at the end of the final year, such as a metric times an exit multiple.
    cash_flow
        Free cash flow of the final year.
    rate
        Cost of capital after the forecast.
    timing
        When in its year a cash flow falls. Mid-year flows come half a year
        earlier and are worth more at year end.

    Returns
    -------
    ndarray, shape (...)
        ``(V r - F h) / (V + F h)`` with ``h = (1 + r) ** 0.5`` for mid and 1 for end.

    Raises
    ------
    InputError
        If the cash burn, compounded to N, is as large as the terminal value.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3: implied perpetuity growth
    rate; the example is a multiple of 5.0 on 237.3, from solutioninn.com.

    Examples
    --------
    >>> round(float(dcf_implied_growth(5.0 * 237.3, 48.7, 0.065, "end")), 4)
    0.023
    """
    flow = cash_flow * half_year(rate, timing)
    require(
        terminal_value + flow > 0,
        "cash_flow",
        "above minus the terminal value",
        cash_flow,
        "number",
    )
    return np.asarray((terminal_value * rate - flow) / (terminal_value + flow))


@function
def dcf_implied_multiple(
    terminal_value: Money,
    metric: Annotated[Floats, Field("USD m", above=0.0)],
    rate: Rate,
    timing: Timing = "mid",
) -> Annotated[Floats, Field("ratio")]:
    """Exit multiple that a growth terminal value implies, given the cash flow's timing.

    Parameters
    ----------
    terminal_value
        Value by growth or by value driver, as DCF_TERMINAL_GROWTH gives it.
    metric
        Revenue, EBITDA or operating income of the final year.
    rate
        Cost of capital after the forecast.
    timing
        With mid, the growth value is at N - 0.5 and is carried forward to N, the date of a
        multiple.

    Returns
    -------
    ndarray, shape (...)
        ``V h / metric`` with ``h = (1 + r) ** 0.5`` for mid and 1 for end.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3: implied exit multiple. In
    a workout of Financial Edge Training 1,612 in mid-year are 1,690.7 at its end.

    Examples
    --------
    >>> round(float(dcf_implied_multiple(1612, 1, 0.10)), 1)
    1690.7
    """
    return np.asarray(terminal_value * half_year(rate, timing) / metric)


def half_year(rate: Floats, timing: str) -> Floats | float:
    """Growth over half a year of a value at N - 0.5 with flows in mid-period."""
    return (1 + rate) ** 0.5 if timing == "mid" else 1.0


def _below(growth: Floats, rate: Floats) -> None:
    require(growth < rate, "growth", "below the discount rate", growth, "number")
