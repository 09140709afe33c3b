"""Dividends or free cash flow that grow in stages, and what a terminal value implies.

A stage is a run of years with its own growth; the last one lasts for ever. Flows fall at period
ends unless the timing says otherwise, because that is how dividend discount models are published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.dcf import discounting
from model.dcf.drivers import fade
from model.errors import Floats, InputError, floats, one_of, require, yearly_rate


@dataclass(frozen=True)
class Stages:
    """A staged valuation: lines of shape (..., years), and what follows them of shape (...)."""

    growth: Floats
    rate: Floats
    cash_flow: Floats
    discount_factor: Floats
    present_value: Floats
    terminal_growth: Floats
    terminal_rate: Floats
    terminal_cash_flow: Floats
    terminal_value: Floats
    terminal_factor: Floats
    terminal_present_value: Floats
    value: Floats


def stages(
    cash_flow: npt.ArrayLike,
    growth: npt.ArrayLike,
    rate: npt.ArrayLike,
    terminal_growth: npt.ArrayLike,
    terminal_rate: npt.ArrayLike | None = None,
    terminal_cash_flow: npt.ArrayLike | None = None,
    timing: str = "end",
) -> Stages:
    """Value a cash flow that grows by a path of yearly rates and then for ever.

    Parameters
    ----------
    cash_flow : array_like, shape (...)
        Cash flow of the year before the first, USD millions or USD per share.
    growth : array_like, shape (..., years)
        Growth in each year, above -1.
    rate : array_like, shape (...) or (..., years)
        Discount rate, one for all years or one for each.
    terminal_growth : array_like, shape (...)
        Growth for ever, below the terminal rate.
    terminal_rate : array_like, shape (...), optional
        Discount rate after the path; that of its last year if omitted.
    terminal_cash_flow : array_like, shape (...), optional
        Cash flow of the first year after the path, where payout or reinvestment change with
        maturity; the last cash flow grown once if omitted.
    timing : {"end", "mid"}
        When in its year a cash flow falls. With flows in mid-year, those after the path fall in
        mid-year too, and their value is discounted at N - 0.5.

    Returns
    -------
    Stages

    Raises
    ------
    InputError
        For growth or a rate of -1 or below, or rates that are not as many as the years; ``#NUM!``
        where terminal growth is not below the rate after the path.
    """
    timing = one_of("timing", timing, discounting.TIMINGS)
    start, path = floats("cash_flow", cash_flow), np.atleast_1d(floats("growth", growth))
    require(path > -1, "growth", "above -1", path)
    each = discounting.each_period(yearly_rate("rate", rate), path, "rate")
    flows = start[..., None] * np.cumprod(1 + path, axis=-1)
    factors = discounting.discount_factors(each, timing)
    final = each[..., -1] if terminal_rate is None else yearly_rate("terminal_rate", terminal_rate)
    forever = floats("terminal_growth", terminal_growth)
    require(forever > -1, "terminal_growth", "above -1", forever)
    require(forever < final, "terminal_growth", "below the rate after the path", forever, "#NUM!")
    if terminal_cash_flow is None:
        following = flows[..., -1] * (1 + forever)
    else:
        following = floats("terminal_cash_flow", terminal_cash_flow)
    terminal = discounting.terminal_growth(following, final, forever)
    terminal_factor = discounting.end_factors(each)[..., -1]
    if timing == "mid":
        terminal_factor = terminal_factor * (1 + final) ** 0.5
    present = flows * factors
    return Stages(
        growth=path,
        rate=each,
        cash_flow=flows,
        discount_factor=factors,
        present_value=present,
        terminal_growth=forever,
        terminal_rate=final,
        terminal_cash_flow=following,
        terminal_value=terminal,
        terminal_factor=terminal_factor,
        terminal_present_value=terminal * terminal_factor,
        value=present.sum(-1) + terminal * terminal_factor,
    )


def two_stage_growth(growth: npt.ArrayLike, years: int) -> Floats:
    """Growth that stays for some years; shape (..., years).

    Parameters
    ----------
    growth : array_like, shape (...)
        Fraction a year.
    years : int
        How many, 1 to 12,000.

    Returns
    -------
    ndarray, shape (..., years)

    Raises
    ------
    InputError
        For years out of their bounds.
    """
    g = floats("growth", growth)
    count = _years("years", years)
    return np.broadcast_to(g[..., None], (*g.shape, count))


def three_stage_growth(
    growth: npt.ArrayLike,
    years: int,
    transition_years: int,
    terminal_growth: npt.ArrayLike,
    transition_growth: npt.ArrayLike | None = None,
) -> Floats:
    """Growth that stays, and then declines in a line or stays at a second rate.

    Parameters
    ----------
    growth, terminal_growth : array_like, shape (...)
        Fractions a year, in the first stage and for ever after the transition.
    years, transition_years : int
        Lengths of the two stages.
    transition_growth : array_like, shape (...), optional
        Growth a year in the transition; a line if omitted.

    Returns
    -------
    ndarray, shape (..., years + transition_years)
        A line ends in the last year of the transition at terminal growth.

    Raises
    ------
    InputError
        For a stage outside 1 to 12,000 years.

    Examples
    --------
    >>> three_stage_growth(0.12, 2, 4, 0.04).round(6)
    array([0.12, 0.12, 0.1 , 0.08, 0.06, 0.04])
    """
    held = two_stage_growth(growth, years)
    count = _years("transition_years", transition_years)
    if transition_growth is None:
        return fade(two_stage_growth(growth, years + count), terminal_growth, years)
    second = floats("transition_growth", transition_growth)
    then = two_stage_growth(second, count)
    shape = np.broadcast_shapes(held.shape[:-1], then.shape[:-1])
    return np.concatenate(
        [np.broadcast_to(held, (*shape, years)), np.broadcast_to(then, (*shape, count))], axis=-1
    )


def h_model(
    cash_flow: npt.ArrayLike,
    growth: npt.ArrayLike,
    terminal_growth: npt.ArrayLike,
    half_life: npt.ArrayLike,
    rate: npt.ArrayLike,
) -> Floats:
    """Value of a cash flow whose growth declines in a line, by the H-model.

    Parameters
    ----------
    cash_flow : array_like, shape (...)
        Cash flow of the year before the first.
    growth, terminal_growth : array_like, shape (...)
        Growth at the start of the decline, and for ever after it.
    half_life : array_like, shape (...)
        Half the years of the decline, at least 0.
    rate : array_like, shape (...)
        Discount rate, above terminal growth.

    Returns
    -------
    ndarray, shape (...)
        ``F ((1 + gT) + H (g - gT)) / (r - gT)``.

    Raises
    ------
    InputError
        For growth or a rate of -1 or below, or a negative half-life; ``#NUM!`` where terminal
        growth is not below the rate.

    References
    ----------
    R. Fuller and C. Hsia, "A Simplified Common Stock Valuation Model", *Financial Analysts
    Journal* 40(5), 1984.

    Examples
    --------
    >>> round(float(h_model(5, 0.15, 0.06, 3, 0.112)), 2)
    127.88
    """
    flow, first = floats("cash_flow", cash_flow), floats("growth", growth)
    forever, half = floats("terminal_growth", terminal_growth), floats("half_life", half_life)
    require(first > -1, "growth", "above -1", first)
    require(half >= 0, "half_life", "at least 0 years", half)
    require(forever > -1, "terminal_growth", "above -1", forever)
    require(
        forever < yearly_rate("rate", rate), "terminal_growth", "below the rate", forever, "#NUM!"
    )
    once = discounting.terminal_growth(flow * (1 + forever), rate, forever)
    extra = discounting.terminal_growth(flow * half * (first - forever), rate, forever)
    return np.asarray(once + extra)


def implied_multiple(
    terminal_value: npt.ArrayLike,
    metric: npt.ArrayLike,
    rate: npt.ArrayLike,
    timing: str = "mid",
) -> Floats:
    """Multiple of a metric of the final year that a growth terminal value implies.

    Parameters
    ----------
    terminal_value : array_like, shape (...)
        Value by growth or by value driver, USD millions.
    metric : array_like, shape (...)
        Revenue, EBITDA or operating income of the final year, above 0.
    rate : array_like, shape (...)
        Fraction a year.
    timing : {"mid", "end"}
        With flows in mid-period the value stands at N - 0.5, and an exit multiple at N: it is
        carried forward by half a year.

    Returns
    -------
    ndarray, shape (...)
        ``V h / metric`` with ``h = (1 + r) ** 0.5`` for mid timing and 1 for end.

    Raises
    ------
    InputError
        For a metric that is not above 0, or a rate outside -1 to 1.

    Examples
    --------
    >>> round(float(implied_multiple(1000, 100, 0.21)), 6)
    11.0
    """
    timing = one_of("timing", timing, discounting.TIMINGS)
    value, base, r = (
        floats("terminal_value", terminal_value),
        floats("metric", metric),
        yearly_rate("rate", rate),
    )
    require(base > 0, "metric", "above 0", base)
    return np.asarray(value * ((1 + r) ** 0.5 if timing == "mid" else 1.0) / base)


def faded(value: npt.ArrayLike, target: npt.ArrayLike, hold: int, years: int) -> Floats:
    """A rate that stays for some years and then goes in a line to a target in the last year.

    Parameters
    ----------
    value, target : array_like, shape (...)
        Fractions, above -1: the rate at first and in the last year.
    hold : int
        Years before the fade begins, from 1 to all.
    years : int
        All years.

    Returns
    -------
    ndarray, shape (..., years)

    Raises
    ------
    InputError
        For a rate of -1 or below, years outside 1 to 12,000, or hold outside 1 to years.

    Examples
    --------
    >>> faded(0.20, 0.04, 2, 4)
    array([0.2 , 0.2 , 0.12, 0.04])
    """
    rate, goal = floats("value", value), floats("target", target)
    require(rate > -1, "value", "above -1", rate)
    require(goal > -1, "target", "above -1", goal)
    count = _years("years", years)
    if not 1 <= hold <= count:
        raise InputError("hold", f"must be from 1 to {count}, the years, not {hold}")
    path = np.broadcast_to(rate[..., None], (*rate.shape, count))
    return fade(path, goal, hold)


def _years(argument: str, years: int) -> int:
    if not 1 <= years <= discounting.MOST_PERIODS:
        raise InputError(
            argument, f"must be a whole number from 1 to {discounting.MOST_PERIODS}, not {years}"
        )
    return years
