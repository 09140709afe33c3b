"""Staged growth, rates that fade, and what terminal values imply."""

from __future__ import annotations

import numpy as np

from model.dcf import discounting, stages
from model.dcf.discounting import Timing
from workbook.arguments import Rates, Rows, Vector, schedule
from workbook.functions.declare import function


@function
def dcf_two_stage(
    cash_flow: float,
    growth: float,
    years: int,
    terminal_growth: float,
    rate: float,
    terminal_rate: float | None = None,
    terminal_cash_flow: float | None = None,
    timing: Timing = "end",
) -> float:
    """Value of dividends or free cash flow that grow at one rate for some years, then at another.

    Parameters
    ----------
    cash_flow : number, USD m
        Cash flow of the year before the first, or dividend in USD per share.
    growth : number, fraction
        Growth a year in the first stage.
    years : whole, years
        Length of the first stage.
    terminal_growth : number, fraction
        Growth for ever after it, below the rate.
    rate : number, fraction
        Discount rate of the first stage.
    terminal_rate : number, fraction, optional
        Discount rate after the first stage; the same if omitted.
    terminal_cash_flow : number, USD m, optional
        First cash flow after the first stage, where payout or reinvestment change; the last one
        grown once if omitted.
    timing : {"end", "mid"}, optional
        When in its year a cash flow falls; with mid, the value after the stage stands at N - 0.5.

    Returns
    -------
    float
        Value today, in the unit of the cash flow. DCF_STAGES shows the schedule.

    Raises
    ------
    InputError
        For growth or a rate of -1 or below, or years outside 1 to 12,000; ``#NUM!`` where terminal
        growth is not below the rate after the stage.

    References
    ----------
    CFA Program curriculum, level II, discounted dividend valuation; the example is from
    analystnotes.com, which prints 74.638 from a rounded terminal value.

    Examples
    --------
    >>> round(dcf_two_stage(3, 0.10, 3, 0.03, 0.08), 1)
    74.6
    """
    path = stages.two_stage_growth(growth, years)
    return float(
        stages.stages(
            cash_flow, path, rate, terminal_growth, terminal_rate, terminal_cash_flow, timing
        ).value
    )


@function
def dcf_three_stage(
    cash_flow: float,
    growth: float,
    years: int,
    transition_years: int,
    terminal_growth: float,
    rate: float,
    transition_growth: float | None = None,
    terminal_rate: float | None = None,
    timing: Timing = "end",
) -> float:
    """Value of dividends or free cash flow with a transition between high and terminal growth.

    Parameters
    ----------
    cash_flow : number, USD m
        Cash flow of the year before the first, or dividend in USD per share.
    growth : number, fraction
        Growth a year in the first stage.
    years : whole, years
        Length of the first stage.
    transition_years : whole, years
        Length of the transition.
    terminal_growth : number, fraction
        Growth for ever after it, below the rate.
    rate : number, fraction
        Discount rate of both stages.
    transition_growth : number, fraction, optional
        Growth a year in the transition; if omitted, growth declines in a line and is the terminal
        growth in the last year of the transition.
    terminal_rate : number, fraction, optional
        Discount rate after the transition; the same if omitted.
    timing : {"end", "mid"}, optional
        When in its year a cash flow falls; with mid, the value after the stages stands at N - 0.5.

    Returns
    -------
    float
        Value today, in the unit of the cash flow. DCF_STAGES shows the schedule.

    Raises
    ------
    InputError
        For growth or a rate of -1 or below, or a stage outside 1 to 12,000 years; ``#NUM!`` where
        terminal growth is not below the rate after the stages.

    References
    ----------
    CFA Program level II review slides: 15% for two years, 10% for four, 4% after; the slide
    prints 18.864 from dividends rounded to 0.001.

    Examples
    --------
    >>> round(dcf_three_stage(1, 0.15, 2, 4, 0.04, 0.12, 0.10), 1)
    18.9
    """
    path = stages.three_stage_growth(
        growth, years, transition_years, terminal_growth, transition_growth
    )
    return float(
        stages.stages(cash_flow, path, rate, terminal_growth, terminal_rate, None, timing).value
    )


@function
def dcf_h_model(
    cash_flow: float, growth: float, terminal_growth: float, half_life: float, rate: float
) -> float:
    """Value of dividends or free cash flow whose growth declines in a line, by the H-model.

    Parameters
    ----------
    cash_flow : number, USD m
        Cash flow of the year before the first, or dividend in USD per share.
    growth : number, fraction
        Growth at the start of the decline.
    terminal_growth : number, fraction
        Growth for ever after it, below the rate.
    half_life : number, years
        Half the years of the decline, at least 0.
    rate : number, fraction
        Discount rate.

    Returns
    -------
    float
        ``F ((1 + gT) + H (g - gT)) / (r - gT)``, an approximation that stands close to
        DCF_THREE_STAGE for a decline of 2 H years.

    Raises
    ------
    InputError
        For growth or a rate of -1 or below, or a negative half-life; ``#NUM!`` where terminal
        growth is not below the rate.

    References
    ----------
    R. Fuller and C. Hsia, *Financial Analysts Journal* 40(5), 1984; the example is from
    analystnotes.com.

    Examples
    --------
    >>> round(dcf_h_model(5, 0.15, 0.06, 3, 0.112), 2)
    127.88
    """
    return float(stages.h_model(cash_flow, growth, terminal_growth, half_life, rate))


@function
def dcf_stages(
    cash_flow: float,
    growth: Vector,
    rate: Rates,
    terminal_growth: float,
    terminal_rate: float | None = None,
    terminal_cash_flow: float | None = None,
    timing: Timing = "end",
) -> Rows:
    """Schedule of a staged valuation: growth by year, cash flow, discounting, terminal value.

    Parameters
    ----------
    cash_flow : number, USD m
        Cash flow of the year before the first, or dividend in USD per share.
    growth : row or column, fraction
        Growth in each year, such as DCF_FADE gives.
    rate : number, row or column, fraction
        One discount rate, or one for each year.
    terminal_growth : number, fraction
        Growth for ever after the last year, below the rate.
    terminal_rate : number, fraction, optional
        Discount rate after the last year; that of the last year if omitted.
    terminal_cash_flow : number, USD m, optional
        First cash flow after the last year, where payout or reinvestment change; the last one
        grown once if omitted.
    timing : {"end", "mid"}, optional
        When in its year a cash flow falls; with mid, the terminal value stands at N - 0.5.

    Returns
    -------
    table
        Across the years and a terminal column, which holds the first cash flow after the last
        year and its terminal value. The present values sum to the value.

    Raises
    ------
    InputError
        For growth or a rate of -1 or below, or rates that are not as many as the years; ``#NUM!``
        where terminal growth is not below the rate after the last year.

    References
    ----------
    The example is the H-model question of analystnotes.com done year by year, as a reader there
    did it: 123.86.

    Examples
    --------
    >>> growth = [0.135, 0.12, 0.105, 0.09, 0.075, 0.06]
    >>> lines = {row[0]: row[1:] for row in dcf_stages(5, growth, 0.112, 0.06)}
    >>> round(sum(lines["Present value"]), 2)
    123.86
    """
    s = stages.stages(
        cash_flow, growth, rate, terminal_growth, terminal_rate, terminal_cash_flow, timing
    )
    none = np.zeros_like(s.cash_flow)
    return schedule(
        "Year",
        [*range(1, growth.size + 1), "Terminal"],
        {
            "Growth": np.append(s.growth, s.terminal_growth),
            "Rate": np.append(s.rate, s.terminal_rate),
            "Cash flow": np.append(s.cash_flow, s.terminal_cash_flow),
            "Terminal value": np.append(none, s.terminal_value),
            "Discount factor": np.append(s.discount_factor, s.terminal_factor),
            "Present value": np.append(s.present_value, s.terminal_present_value),
        },
    )


@function
def dcf_implied_growth(
    terminal_value: float, cash_flow: float, rate: float, timing: Timing = "mid"
) -> float:
    """Growth for ever that an exit multiple's terminal value implies, given the cash flow's timing.

    Parameters
    ----------
    terminal_value : number, USD m
        Value at the end of the final year, such as a metric times an exit multiple.
    cash_flow : number, USD m
        Free cash flow of the final year.
    rate : number, fraction
        Cost of capital after the forecast.
    timing : {"mid", "end"}, optional
        When in its year a cash flow falls.

    Returns
    -------
    float
        ``(V r - F h) / (V + F h)`` with ``h = (1 + r) ** 0.5`` for mid and 1 for end.

    Raises
    ------
    InputError
        For a terminal value that is not above 0, or a rate outside -1 to 1; ``#NUM!`` where the
        cash flow, brought to N, burns as much as the terminal value.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3: implied perpetuity growth
    rate; the example is a multiple of 5.0 on 237.3, from solutioninn.com.

    Examples
    --------
    >>> round(dcf_implied_growth(5.0 * 237.3, 48.7, 0.065, "end"), 4)
    0.023
    """
    return float(discounting.implied_growth(terminal_value, cash_flow, rate, timing))


@function
def dcf_implied_multiple(
    terminal_value: float, metric: float, rate: float, timing: Timing = "mid"
) -> float:
    """Exit multiple that a growth terminal value implies, given the cash flow's timing.

    Parameters
    ----------
    terminal_value : number, USD m
        Value by growth or by value driver, as DCF_TERMINAL_GROWTH gives it.
    metric : number, USD m
        Revenue, EBITDA or operating income of the final year, above 0.
    rate : number, fraction
        Cost of capital after the forecast.
    timing : {"mid", "end"}, optional
        With mid, the growth value stands at N - 0.5 and is carried forward to N, where a multiple
        stands.

    Returns
    -------
    float
        ``V h / metric`` with ``h = (1 + r) ** 0.5`` for mid and 1 for end.

    Raises
    ------
    InputError
        For a metric that is not above 0, or a rate outside -1 to 1.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3: implied exit multiple. In
    a workout of Financial Edge Training 1,612 in mid-year are 1,690.7 at its end.

    Examples
    --------
    >>> round(dcf_implied_multiple(1612, 1, 0.10), 1)
    1690.7
    """
    return float(stages.implied_multiple(terminal_value, metric, rate, timing))


@function
def dcf_fade(value: float, target: float, hold: int, years: int) -> Rows:
    """Rate that stays for some years and then goes in a line to a target in the last year.

    Parameters
    ----------
    value : number, fraction
        Cost of capital, growth or another rate in the first years, above -1.
    target : number, fraction
        The rate in the last year, above -1.
    hold : whole, years
        Years before the fade begins, from 1 to years.
    years : whole, years
        All years; with as many years of hold, the rate never fades.

    Returns
    -------
    table
        Across the years: the rate, and one dollar compounded at the rates so far, whose inverse
        is the discount factor at the year's end.

    Raises
    ------
    InputError
        For a rate of -1 or below, years outside 1 to 12,000, or hold outside 1 to years.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapter 12: cost of capital that converges. The
    example is Disney's growth in his *Applied Corporate Finance*: 6.38% for five years, then
    5.90%, 5.43%, 4.95%, 4.48% and 4%.

    Examples
    --------
    >>> [round(100 * rate, 2) for rate in dcf_fade(0.0638, 0.04, 5, 10)[1][5:]]
    [6.38, 5.9, 5.43, 4.95, 4.48, 4.0]
    """
    rate = stages.faded(value, target, hold, years)
    return schedule("Year", range(1, years + 1), {"Rate": rate, "Compounded": np.cumprod(1 + rate)})
