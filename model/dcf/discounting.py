"""Discounting: factors as running products, and present values.

``timing="mid"`` puts each period's cash flow in its middle, ``"end"`` at its end. `stub` is the
length in years of a first, partial period. A rate may change from period to period; the factor
is then the running product of the rates so far.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import numpy as np

from model.arrays import running
from model.errors import Floats, InputError
from model.fields import ONE, ONE_OR_ROW, ROW, Field, Money, Rate, line
from model.functions import function
from model.tables import Schedule

Timing = Literal["mid", "end"]
TIMINGS: tuple[Timing, ...] = get_args(Timing)
#: Most periods: a thousand years of months, beyond which a number is a typing error.
MOST_PERIODS = 12_000

Rates = Annotated[Rate, ONE_OR_ROW]
Stub = Annotated[Floats, Field("years", above=0.0, high=1.0)]


def period_lengths(periods: int, stub: Floats = ONE) -> Floats:
    """Length in years of each period: the stub, then whole years; shape (..., periods)."""
    lengths = np.empty((*np.shape(stub), periods))
    lengths.fill(1.0)
    lengths[..., 0] = stub
    return lengths


def times(lengths: Floats, timing: str = "mid") -> Floats:
    """Years from the valuation date to each period's cash flow; shape (..., periods).

    Examples
    --------
    >>> times(np.array([0.5, 1.0, 1.0]))
    array([0.25, 1.  , 2.  ])
    """
    ends: Floats = lengths.cumsum(-1)
    return ends if timing == "end" else ends - lengths / 2


def end_factors(rates: Floats, lengths: Floats) -> Floats:
    """Factors at the ends of the periods; the first period may be partial."""
    growth = 1.0 + rates
    first = growth[..., :1] ** lengths[..., :1]
    if first.shape[:-1] != growth.shape[:-1]:
        growth = np.array(np.broadcast_to(growth, (*first.shape[:-1], growth.shape[-1])))
    growth[..., :1] = first
    return np.asarray(1.0 / running(np.multiply, growth))


def at_timing(ends: Floats, rates: Floats, lengths: Floats, timing: str) -> Floats:
    """Factors of the cash flows, from those at the ends of their periods."""
    if timing == "end":
        return ends
    growth = 1.0 + rates
    # An exponent for each: NumPy calculates a power otherwise where many share one.
    return np.asarray(ends * growth ** _each(lengths / 2, growth))


def _each(values: Floats, like: Floats) -> Floats:
    """Repeat values for every scenario, as these lie in memory."""
    if values.shape == like.shape:
        return values
    each = np.empty_like(like, shape=np.broadcast(values, like).shape)
    each[...] = values
    return each


def discount_factors(rates: Floats, timing: str = "mid", stub: Floats = ONE) -> Floats:
    """Value today of one dollar in each period; shape (..., periods)."""
    lengths = period_lengths(rates.shape[-1], stub)
    return at_timing(end_factors(rates, lengths), rates, lengths, timing)


def each_period(values: Floats, periods: int, argument: str = "rates") -> Floats:
    """Give a value for each period: one for all, or as many as there are periods.

    Raises
    ------
    InputError
        For values that are neither one nor as many as the periods, by the name of the argument.
    """
    given = np.asarray(values)
    if given.size == 1 and given.ndim <= 1:
        each = np.empty(periods)
        each.fill(given.item())
        return each
    if given.shape[-1] == 1:
        return np.broadcast_to(given, (*given.shape[:-1], periods))
    if given.shape[-1] != periods:
        raise InputError(
            argument,
            f"must be one number or one for each of the {periods} periods, not {given.shape[-1]}",
        )
    return given


class Factors(Schedule):
    """Discount factors across the periods; shapes (..., periods)."""

    title = "Period"

    rate: Floats = line("Rate", "fraction")
    time: Floats = line("Time", "years")
    discount_factor: Floats = line("Discount factor", "ratio", form="factor")


@function
def dcf_discount_factors(
    rates: Rates,
    periods: Annotated[int, Field("years", low=1, high=MOST_PERIODS)] | None = None,
    timing: Timing = "mid",
    stub: Stub = ONE,
) -> Factors:
    """Discount factors across the periods, as a running product of the rates.

    Parameters
    ----------
    rates
        One rate a year, or one for each period.
    periods
        Number of periods; as many as there are rates if omitted.
    timing
        mid: cash flows fall in the middle of their periods; end: at their ends.
    stub
        Length of a first, partial period.

    Raises
    ------
    InputError
        If the number of periods differs from the number of rates.

    References
    ----------
    Mid-period convention: T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed.

    Examples
    --------
    >>> dcf_discount_factors(0.10, 2).discount_factor.round(4)
    array([0.9535, 0.8668])
    """
    given = rates.shape[-1] if rates.ndim else 1
    count = given if periods is None else periods
    if given not in (1, count):
        raise InputError("periods", f"must be {given}, one for each rate, not {count}")
    each, lengths = each_period(rates, count), period_lengths(count, stub)
    return Factors(
        rate=np.broadcast_to(each, np.broadcast_shapes(each.shape, lengths.shape)),
        time=times(lengths, timing),
        discount_factor=at_timing(end_factors(each, lengths), each, lengths, timing),
    )


@function
def dcf_present_value(
    cash_flows: Annotated[Money, ROW], rates: Rates, timing: Timing = "mid", stub: Stub = ONE
) -> Money:
    """Present value of cash flows, in their own unit.

    Parameters
    ----------
    cash_flows
        One for each period; the first falls in the first period, not today.
    rates
        One rate a year, or one for each period.
    timing
        mid: cash flows fall in the middle of their periods; end: at their ends.
    stub
        Length of a first, partial period.

    Returns
    -------
    ndarray, shape (...)
        Sum of cash flow times discount factor.

    Raises
    ------
    InputError
        If the number of rates differs from the number of cash flows.

    References
    ----------
    Microsoft's second example of NPV, which adds an outlay of 40,000 today.

    Examples
    --------
    >>> flows = [8000, 9200, 10000, 12000, 14500]
    >>> round(float(dcf_present_value(flows, 0.08, "end")) - 40000, 2)
    1922.06
    """
    each = each_period(rates, cash_flows.shape[-1])
    return np.asarray((cash_flows * discount_factors(each, timing, stub)).sum(-1))
