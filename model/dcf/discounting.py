"""Discounting: factors as running products, present values, and terminal values.

``timing="mid"`` puts each period's cash flow in its middle, ``"end"`` at its end. `stub` is the
length in years of a first, partial period. A rate may change from period to period; the factor
is then the running product of the rates so far.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, one_of, require, yearly_rate

Timing = Literal["mid", "end"]
TIMINGS: tuple[Timing, ...] = get_args(Timing)
#: Most periods: a thousand years of months, beyond which a number is a slip of the keyboard.
MOST_PERIODS = 12_000


def period_lengths(periods: int, stub: npt.ArrayLike = 1.0) -> Floats:
    """Length in years of each period: the stub, then whole years; shape (..., periods)."""
    first = floats("stub", stub)
    require((first > 0) & (first <= 1), "stub", "above 0 and at most 1 year", first)
    if periods < 1 or periods > MOST_PERIODS:
        raise InputError(
            "periods", f"must be a whole number from 1 to {MOST_PERIODS}, not {periods}"
        )
    lengths = np.ones((*first.shape, periods))
    lengths[..., 0] = first
    return lengths


def times(periods: int, timing: str = "mid", stub: npt.ArrayLike = 1.0) -> Floats:
    """Years from the valuation date to each period's cash flow; shape (..., periods).

    Parameters
    ----------
    periods : int
        How many, 1 to 12,000.
    timing, stub
        As in `discount_factors`.

    Returns
    -------
    ndarray, shape (..., periods)

    Raises
    ------
    InputError
        For periods or a stub out of their bounds, or an unknown timing.

    Examples
    --------
    >>> times(3, "mid", 0.5)
    array([0.25, 1.  , 2.  ])
    """
    timing = one_of("timing", timing, TIMINGS)
    lengths = period_lengths(periods, stub)
    ends: Floats = np.cumsum(lengths, axis=-1)
    return np.asarray(ends if timing == "end" else ends - lengths / 2)


def end_factors(rates: npt.ArrayLike, stub: npt.ArrayLike = 1.0) -> Floats:
    """Factors at the ends of the periods, whatever the timing; shape (..., periods)."""
    growth = _growth_by_period(rates)
    return _end_factors(growth, period_lengths(growth.shape[-1], stub))


def discount_factors(
    rates: npt.ArrayLike, timing: str = "mid", stub: npt.ArrayLike = 1.0
) -> Floats:
    """Value today of one dollar in each period.

    Parameters
    ----------
    rates : array_like, shape (..., periods)
        Fraction a year, one for each period.
    timing : {"mid", "end"}
        When in its period a cash flow falls.
    stub : array_like, shape (...)
        Length of the first period in years, above 0 and at most 1.

    Returns
    -------
    ndarray, shape (..., periods)

    Raises
    ------
    InputError
        For a rate outside -1 to 1, a stub out of its bounds, or an unknown timing.

    Examples
    --------
    >>> round(float(discount_factors([0.10])[0]), 4)
    0.9535
    """
    timing = one_of("timing", timing, TIMINGS)
    growth = _growth_by_period(rates)
    lengths = period_lengths(growth.shape[-1], stub)
    ends = _end_factors(growth, lengths)
    return ends if timing == "end" else np.asarray(ends * growth ** (lengths / 2))


def _growth_by_period(rates: npt.ArrayLike) -> Floats:
    r = yearly_rate("rates", rates)
    return 1.0 + (r if r.ndim else r[None])


def _end_factors(growth: Floats, lengths: Floats) -> Floats:
    """Running product of the growth of the periods, of which the first may be partial."""
    first = growth[..., :1] ** lengths[..., :1]
    product = np.empty((*first.shape[:-1], growth.shape[-1]))
    product[...] = growth
    product[..., :1] = first
    np.cumprod(product, axis=-1, out=product)
    return np.asarray(1.0 / product)


def present_value(
    cash_flows: npt.ArrayLike,
    rates: npt.ArrayLike,
    timing: str = "mid",
    stub: npt.ArrayLike = 1.0,
) -> Floats:
    """Present value of cash flows.

    Parameters
    ----------
    cash_flows : array_like, shape (..., periods)
        USD millions, the first at the end (or in the middle) of the first period, not today.
    rates : array_like, shape (...) or (..., periods)
        One rate for all periods, or one for each.
    timing, stub
        As in `discount_factors`.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    InputError
        For what `discount_factors` refuses, or rates that are not as many as the cash flows.

    Examples
    --------
    Microsoft's second example of NPV, without the outlay today of 40,000:

    >>> flows = [8000, 9200, 10000, 12000, 14500]
    >>> round(float(present_value(flows, 0.08, "end")) - 40000, 2)
    1922.06
    """
    flows = np.atleast_1d(floats("cash_flows", cash_flows))
    return np.asarray((flows * discount_factors(each_period(rates, flows), timing, stub)).sum(-1))


def each_period(rates: npt.ArrayLike, flows: Floats, argument: str = "rates") -> Floats:
    """Give a rate for each period of some flows: one for all, or as many as there are flows.

    Parameters
    ----------
    rates : array_like, shape (...) or (..., periods)
        One for all, or one for each period.
    flows : ndarray, shape (..., periods)
        What the rates are for.
    argument : str
        Name of the rates in a message.

    Returns
    -------
    ndarray, shape (..., periods)

    Raises
    ------
    InputError
        For rates that are neither one nor as many as the periods.
    """
    r = floats(argument, rates)
    periods = flows.shape[-1]
    if r.ndim == 0:
        return np.full(periods, r)
    if r.shape[-1] == 1:
        return np.broadcast_to(r, (*r.shape[:-1], periods))
    if r.shape[-1] != periods:
        raise InputError(
            argument, f"must be one number or one for each of the {periods} periods, not {r.size}"
        )
    return r


def terminal_growth(
    next_cash_flow: npt.ArrayLike, rate: npt.ArrayLike, growth: npt.ArrayLike
) -> Floats:
    """Value, one period before its first cash flow, of a cash flow that grows for ever.

    Parameters
    ----------
    next_cash_flow : array_like, shape (...)
        Cash flow of the first year after the forecast, USD millions.
    rate, growth : array_like, shape (...)
        Fractions a year; growth must stay below the rate.

    Returns
    -------
    ndarray, shape (...)
        ``next_cash_flow / (rate - growth)``. Discount it at N with flows at period ends and at
        N - 0.5 with flows in mid-period: it stands one year before its own first flow.

    Raises
    ------
    InputError
        For growth of -1 or below; ``#NUM!`` where growth is not below the rate.

    Examples
    --------
    >>> float(terminal_growth(1.6, 0.13, 0.09).round(6))
    40.0
    """
    flow, g = floats("next_cash_flow", next_cash_flow), _growth(growth)
    r = yearly_rate("rate", rate)
    _below(g, r)
    return np.asarray(flow / (r - g))


def terminal_roic(
    next_nopat: npt.ArrayLike,
    rate: npt.ArrayLike,
    growth: npt.ArrayLike,
    roic: npt.ArrayLike,
) -> Floats:
    """Terminal value by the value driver formula: reinvestment is growth over ROIC.

    Parameters
    ----------
    next_nopat : array_like, shape (...)
        After-tax operating profit of the first year after the forecast, USD millions, at least
        0: a share of a loss is not reinvested.
    rate, growth : array_like, shape (...)
        Fractions a year; growth must stay below the rate.
    roic : array_like, shape (...)
        Return on new invested capital, above 0 and not below growth.

    Returns
    -------
    ndarray, shape (...)
        ``next_nopat * (1 - growth / roic) / (rate - growth)``; discount it as `terminal_growth`.

    Raises
    ------
    InputError
        For a roic that is not above 0; ``#NUM!`` for a loss, and for growth that is not below the
        rate or is above roic.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed., the key value driver formula.

    Examples
    --------
    With ROIC equal to the rate, growth adds nothing:

    >>> float(terminal_roic(100, 0.10, 0.04, 0.10).round(6))
    1000.0
    """
    profit, r, g = floats("next_nopat", next_nopat), yearly_rate("rate", rate), _growth(growth)
    require(profit >= 0, "next_nopat", "at least 0", profit, "#NUM!")
    _below(g, r)
    return np.asarray(profit * (1 - reinvestment_rate(g, roic)) / (r - g))


def reinvestment_rate(growth: npt.ArrayLike, roic: npt.ArrayLike) -> Floats:
    """Share of profit that growth takes at a return on new capital: growth / ROIC."""
    g, returns = _growth(growth), floats("roic", roic)
    require(returns > 0, "roic", "above 0", returns)
    require(
        g <= returns,
        "growth",
        "at most roic, or it would take more than the whole profit",
        g,
        "#NUM!",
    )
    return np.asarray(g / returns)


def terminal_multiple(metric: npt.ArrayLike, multiple: npt.ArrayLike) -> Floats:
    """Terminal value as a multiple of a metric of the final year; discount it at N.

    Parameters
    ----------
    metric : array_like, shape (...)
        Revenue, EBITDA or operating income of the final year, USD millions, at least 0.
    multiple : array_like, shape (...)
        At least 0.

    Returns
    -------
    ndarray, shape (...)
        ``metric * multiple``, USD millions.

    Raises
    ------
    InputError
        For a negative metric or multiple.

    Examples
    --------
    >>> float(terminal_multiple(120, 11.5))
    1380.0
    """
    base, times_ = floats("metric", metric), floats("multiple", multiple)
    require(base >= 0, "metric", "at least 0", base)
    require(times_ >= 0, "multiple", "at least 0", times_)
    return np.asarray(base * times_)


def implied_growth(
    terminal_value: npt.ArrayLike,
    cash_flow: npt.ArrayLike,
    rate: npt.ArrayLike,
    timing: str = "mid",
) -> Floats:
    """Growth for ever that a terminal value at the end of the forecast implies.

    Parameters
    ----------
    terminal_value : array_like, shape (...)
        Value at the end of the final year, such as an exit multiple gives, USD millions.
    cash_flow : array_like, shape (...)
        Free cash flow of the final year, USD millions.
    rate : array_like, shape (...)
        Fraction a year.
    timing : {"mid", "end"}
        With flows in mid-period each stands half a year earlier and is worth more at N.

    Returns
    -------
    ndarray, shape (...)
        ``(V r - F h) / (V + F h)`` with ``h = (1 + r) ** 0.5`` for mid timing and 1 for end.

    Raises
    ------
    InputError
        For a terminal value that is not above 0, or a rate outside -1 to 1; ``#NUM!`` where the
        cash flow, brought to N, burns as much as the terminal value.

    Examples
    --------
    >>> round(float(implied_growth(1543.2473051646516, 100, 0.10)), 12)
    0.03
    """
    timing = one_of("timing", timing, TIMINGS)
    value, r = floats("terminal_value", terminal_value), yearly_rate("rate", rate)
    require(value > 0, "terminal_value", "above 0", value)
    flow = floats("cash_flow", cash_flow) * ((1 + r) ** 0.5 if timing == "mid" else 1.0)
    require(value + flow > 0, "cash_flow", "above minus the terminal value", cash_flow, "#NUM!")
    return np.asarray((value * r - flow) / (value + flow))


def _growth(growth: npt.ArrayLike) -> Floats:
    g = floats("growth", growth)
    require(g > -1, "growth", "above -1", g)
    return g


def _below(growth: Floats, rate: Floats) -> None:
    require(growth < rate, "growth", "below the discount rate", growth, "#NUM!")
