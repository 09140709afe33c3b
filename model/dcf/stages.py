"""Dividends or free cash flow that grow in stages.

A stage is a run of years with its own growth; the last one lasts forever. Flows fall at period
ends unless the timing says otherwise, because that is how dividend discount models are published.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from model.dcf.discounting import (
    Rates,
    Timing,
    at_timing,
    each_period,
    end_factors,
    period_lengths,
)
from model.dcf.paths import Change, Years, constant, stages_of
from model.dcf.terminal import half_year
from model.errors import Floats, require
from model.fields import ROW, Field, Money, Rate, line
from model.functions import function
from model.tables import Schedule


class Stages(Schedule):
    """A staged valuation: its years and a last column for all that follows, (..., years + 1)."""

    growth: Floats = line("Growth", "fraction")
    rate: Floats = line("Rate", "fraction")
    cash_flow: Floats = line("Cash flow")
    terminal_value: Floats = line("Terminal value")
    discount_factor: Floats = line("Discount factor", "ratio", form="factor")
    present_value: Floats = line("Present value", total=True)
    #: Value today, shape (...).
    value: Floats


@function
def dcf_stages(
    cash_flow: Money,
    growth: Annotated[Change, ROW],
    rate: Rates,
    terminal_growth: Rate,
    terminal_rate: Rate | None = None,
    terminal_cash_flow: Money | None = None,
    timing: Timing = "end",
) -> Stages:
    """Schedule of a staged valuation: growth by year, cash flow, discounting, terminal value.

    Parameters
    ----------
    cash_flow
        Cash flow of the year before the first, or dividend in USD per share.
    growth
        Growth in each year, such as DCF_FADE gives.
    rate
        One discount rate, or one for each year.
    terminal_growth
        Perpetual growth after the last year, below the rate.
    terminal_rate
        Discount rate after the last year; that of the last year if omitted.
    terminal_cash_flow
        First cash flow after the last year, if payout or reinvestment changes; the last one
        grown once if omitted.
    timing
        When in its year a cash flow falls; with mid, the terminal value is at N - 0.5.

    Returns
    -------
    Stages
        Across the years and a terminal column, which holds the first cash flow after the last
        year and its terminal value. The present values sum to the value.

    Raises
    ------
    InputError
        If the number of rates differs from the years; if terminal growth is not below the rate
        after the last year.

    References
    ----------
    The example is the H-model question of analystnotes.com calculated year by year, as a reader
    there did: 123.86.

    Examples
    --------
    >>> growth = [0.135, 0.12, 0.105, 0.09, 0.075, 0.06]
    >>> round(float(dcf_stages(5, growth, 0.112, 0.06).value), 2)
    123.86
    """
    made = _discounted(
        cash_flow, growth, rate, terminal_growth, terminal_rate, terminal_cash_flow, timing
    )
    years = growth.shape[-1]
    return Stages(
        growth=_with(growth, terminal_growth),
        rate=_with(made.rate, made.final),
        cash_flow=_with(made.flows, made.following),
        terminal_value=_with(np.zeros(years), made.worth),
        discount_factor=_with(made.factors, made.terminal_factor),
        present_value=_with(made.present, made.terminal_present),
        value=made.value,
        across=[*range(1, years + 1), "Terminal"],
    )


class _Discounted(NamedTuple):
    """Cash flows of the years, (..., years), what follows them, (...), and their value today."""

    rate: Floats
    final: Floats
    flows: Floats
    following: Floats
    worth: Floats
    factors: Floats
    terminal_factor: Floats
    present: Floats
    terminal_present: Floats

    @property
    def value(self) -> Floats:
        return np.asarray(self.present.sum(-1) + self.terminal_present)


def _discounted(
    cash_flow: Floats,
    growth: Floats,
    rate: Floats,
    terminal_growth: Floats,
    terminal_rate: Floats | None,
    terminal_cash_flow: Floats | None,
    timing: str,
) -> _Discounted:
    years = growth.shape[-1]
    each = each_period(rate, years, "rate")
    final = each[..., -1] if terminal_rate is None else terminal_rate
    condition = "below the rate after the path"
    require(terminal_growth < final, "terminal_growth", condition, terminal_growth, "number")
    flows = cash_flow[..., None] * (1 + growth).cumprod(-1)
    following = terminal_cash_flow
    if following is None:
        following = flows[..., -1] * (1 + terminal_growth)
    worth = following / (final - terminal_growth)
    lengths = period_lengths(years)
    ends = end_factors(each, lengths)
    factors = at_timing(ends, each, lengths, timing)
    terminal_factor = ends[..., -1] * half_year(final, timing)
    present, terminal_present = flows * factors, worth * terminal_factor
    return _Discounted(
        each, final, flows, following, worth, factors, terminal_factor, present, terminal_present
    )


def _with(path: Floats, last: Floats) -> Floats:
    """Add what follows to a path."""
    scenarios = np.broadcast_shapes(path.shape[:-1], np.shape(last))
    joined = np.empty((*scenarios, path.shape[-1] + 1))
    joined[..., :-1], joined[..., -1] = path, last
    return joined


@function
def dcf_two_stage(
    cash_flow: Money,
    growth: Change,
    years: Years,
    terminal_growth: Rate,
    rate: Rate,
    terminal_rate: Rate | None = None,
    terminal_cash_flow: Money | None = None,
    timing: Timing = "end",
) -> Money:
    """Value of dividends or free cash flow that grow at one rate for some years, then at another.

    Parameters
    ----------
    cash_flow
        Cash flow of the year before the first, or dividend in USD per share.
    growth
        Growth a year in the first stage.
    years
        Length of the first stage.
    terminal_growth
        Perpetual growth after it, below the rate.
    rate
        Discount rate of the first stage.
    terminal_rate
        Discount rate after the first stage; the same if omitted.
    terminal_cash_flow
        First cash flow after the first stage, if payout or reinvestment changes; the last one
        grown once if omitted.
    timing
        When in its year a cash flow falls; with mid, the value after the stage is at N - 0.5.

    Returns
    -------
    ndarray, shape (...)
        Value today, in the unit of the cash flow. DCF_STAGES shows the schedule.

    Raises
    ------
    InputError
        If terminal growth is not below the rate after the stage.

    References
    ----------
    CFA Program curriculum, level II, discounted dividend valuation; the example is from
    analystnotes.com, which prints 74.638 from a rounded terminal value.

    Examples
    --------
    >>> round(float(dcf_two_stage(3, 0.10, 3, 0.03, 0.08)), 1)
    74.6
    """
    path = constant(growth, years)
    return _discounted(
        cash_flow, path, _alone(rate), terminal_growth, terminal_rate, terminal_cash_flow, timing
    ).value


@function
def dcf_three_stage(
    cash_flow: Money,
    growth: Change,
    years: Years,
    transition_years: Years,
    terminal_growth: Rate,
    rate: Rate,
    transition_growth: Change | None = None,
    terminal_rate: Rate | None = None,
    timing: Timing = "end",
) -> Money:
    """Value of dividends or free cash flow with a transition between high and terminal growth.

    Parameters
    ----------
    cash_flow
        Cash flow of the year before the first, or dividend in USD per share.
    growth
        Growth a year in the first stage.
    years
        Length of the first stage.
    transition_years
        Length of the transition.
    terminal_growth
        Perpetual growth after it, below the rate.
    rate
        Discount rate of both stages.
    transition_growth
        Growth a year in the transition; if omitted, growth declines linearly and reaches terminal
        growth in the last year of the transition.
    terminal_rate
        Discount rate after the transition; the same if omitted.
    timing
        When in its year a cash flow falls; with mid, the value after the stages is at N - 0.5.

    Returns
    -------
    ndarray, shape (...)
        Value today, in the unit of the cash flow. DCF_STAGES shows the schedule.

    Raises
    ------
    InputError
        If terminal growth is not below the rate after the stages.

    References
    ----------
    CFA Program level II review slides: 15% for two years, 10% for four, 4% after; the slide
    prints 18.864 from dividends rounded to 0.001.

    Examples
    --------
    >>> round(float(dcf_three_stage(1, 0.15, 2, 4, 0.04, 0.12, 0.10)), 1)
    18.9
    """
    path = stages_of(growth, years, transition_years, terminal_growth, transition_growth)
    return _discounted(
        cash_flow, path, _alone(rate), terminal_growth, terminal_rate, None, timing
    ).value


def _alone(rate: Floats) -> Floats:
    """Give a rate, which may have scenarios on its last axis, an axis of years."""
    return np.asarray(rate)[..., None]


@function
def dcf_h_model(
    cash_flow: Money,
    growth: Change,
    terminal_growth: Rate,
    half_life: Annotated[Floats, Field("years", low=0.0, high=100.0)],
    rate: Rate,
) -> Money:
    """Value of dividends or free cash flow whose growth declines linearly, by the H-model.

    Parameters
    ----------
    cash_flow
        Cash flow of the year before the first, or dividend in USD per share.
    growth
        Growth at the start of the decline.
    terminal_growth
        Perpetual growth after it, below the rate.
    half_life
        Half the years of the decline.
    rate
        Discount rate.

    Returns
    -------
    ndarray, shape (...)
        ``F ((1 + gT) + H (g - gT)) / (r - gT)``, an approximation that is close to
        DCF_THREE_STAGE for a decline of 2 H years.

    Raises
    ------
    InputError
        If terminal growth is not below the rate.

    References
    ----------
    R. Fuller and C. Hsia, "A Simplified Common Stock Valuation Model", *Financial Analysts
    Journal* 40(5), 1984; the example is from analystnotes.com.

    Examples
    --------
    >>> round(float(dcf_h_model(5, 0.15, 0.06, 3, 0.112)), 2)
    127.88
    """
    forever = terminal_growth
    require(forever < rate, "terminal_growth", "below the rate", forever, "number")
    once = cash_flow * (1 + forever) / (rate - forever)
    extra = cash_flow * half_life * (growth - forever) / (rate - forever)
    return np.asarray(once + extra)
