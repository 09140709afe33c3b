r"""Internal rates of return: all rates of a series of cash flows, on any dates.

With :math:`u = \ln(1 + r)` the net present value is an exponential sum,
:math:`f(u) = \sum c_i e^{-t_i u}`, defined for every :math:`u`, that is for every rate above
-100%; its zeros are the internal rates. A search from a guess would give one of several without
revealing the others. Flows that change their sign once have one rate, and those of many scenarios
are found together.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, cast

import numpy as np
import numpy.typing as npt

from model.arrays import CACHED, by_blocks, floats
from model.errors import Floats, InputError
from model.fields import ROW, Days, Field, Money, Names, line
from model.functions import function
from model.returns.exponential_sums import ExponentialSum, single_zeros, zeros
from model.tables import Listing
from model.values import Dates

#: Logarithms of 1 and a rate between which the rate is a number above -1.
LEAST, MOST = float(np.log(np.finfo(float).epsneg)), float(np.log(np.finfo(float).max))
#: A year of dated cash flows.
DAYS = 365.0

CashFlows = Annotated[Money, ROW]
InternalRate = Annotated[Floats, Field("fraction")]


@function
def return_irr(cash_flows: CashFlows) -> InternalRate:
    """Internal rate of return of equally spaced cash flows, if it is unique.

    Parameters
    ----------
    cash_flows
        One for each period, the first today: payments negative, receipts positive.

    Returns
    -------
    ndarray, shape (...)
        Rate a period, above -1, at which the flows are worth nothing.

    Raises
    ------
    InputError
        For flows of one sign, for flows without any internal rate, and for flows with several: the
        sentence gives these, and RETURN_IRR_ALL lists them.

    Notes
    -----
    All rates above -1 are found, without a guess: see RETURN_IRR_ALL. A search from a guess, such
    as numpy-financial's, gives one of several rates without revealing the others.

    References
    ----------
    numpy-financial, test of irr.

    Examples
    --------
    >>> round(float(return_irr([-100, 39, 59, 55, 20])), 5)
    0.28095
    >>> return_irr([-4000, 25000, -25000])
    Traceback (most recent call last):
    model.errors.InputError: cash_flows have 2 internal rates above -1, not just one: 0.25, 4.
    """
    return internal_rate(cash_flows, np.arange(cash_flows.shape[-1]))


@function
def return_xirr(cash_flows: CashFlows, dates: Days) -> InternalRate:
    """Annual internal rate of return of dated cash flows, if it is unique.

    Parameters
    ----------
    cash_flows
        Payments negative, receipts positive.
    dates
        Date of each flow, in any order; years have 365 days.

    Returns
    -------
    ndarray, shape (...)
        Rate a year, above -1, at which the flows are worth nothing.

    Raises
    ------
    InputError
        If the number of dates differs from the flows; for flows of one sign, for flows
        without any internal rate, and for flows with several: the sentence gives them, and
        RETURN_IRR_ALL lists them.

    References
    ----------
    Microsoft, function reference, XIRR, which stops at 0.373362535; the exact rate is
    0.37336253352.

    Examples
    --------
    >>> from datetime import date
    >>> days = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15),
    ...         date(2009, 4, 1)]
    >>> round(float(return_xirr([-10000, 2750, 4250, 3250, 2750], days)), 8)
    0.37336253
    """
    return internal_rate(cash_flows, dated(cash_flows, dates))


class InternalRates(Listing):
    """Internal rates in ascending order, and how the net present value passes through zero."""

    rate: Floats = line("Rate", "fraction")
    passing: Names = line("Net present value", "name")


@function
def return_irr_all(cash_flows: CashFlows, dates: Days | None = None) -> InternalRates:
    """All internal rates of return of cash flows, and how the present value passes through zero.

    Parameters
    ----------
    cash_flows
        Payments negative, receipts positive; without dates one for each period, the first today.
    dates
        Date of each flow, in any order.

    Returns
    -------
    InternalRates
        A row for each rate above -1, in ascending order, a year if there are dates and a period
        if not: the net present value falls or rises through zero there, or touches it.

    Raises
    ------
    InputError
        If the number of dates differs from the flows; for flows of one sign, and for flows
        without any internal rate.

    Notes
    -----
    The number of rates is at most the number of changes of sign of the flows in order of time
    (Laguerre's rule). The flows are differentiated, with a weight that removes one change of sign
    each time, until one is left; the zeros of each derivative bracket those of the function before
    it, so none is missed. A rate outside the range of floats is ignored if there are others: a
    small flow a day after a large one of the other sign gives one of -100% to all digits.

    References
    ----------
    J. Lorie and L. Savage, "Three Problems in Rationing Capital", *Journal of Business* 28(4),
    1955: a pump with two rates.

    Examples
    --------
    >>> found = return_irr_all([-1600, 10000, -10000])
    >>> found.rate.round(9), found.passing
    (array([0.25, 4.  ]), ('rises', 'falls'))
    """
    times = np.arange(cash_flows.size) if dates is None else dated(cash_flows, dates)
    rates = internal_rates(cash_flows, times)
    if not rates.size:
        raise _no_rate()
    return InternalRates(rate=rates, passing=passing(cash_flows, times, rates))


def internal_rates(amounts: npt.ArrayLike, times: npt.ArrayLike) -> Floats:
    """Every rate above -100% at which the flows are worth nothing, in ascending order.

    Parameters
    ----------
    amounts : array_like, shape (flows,)
        Cash flows: payments negative, receipts positive.
    times : array_like, shape (flows,)
        Years from any one date, in any order; flows of the same time are added up.

    Returns
    -------
    ndarray, shape (rates,)
        Fractions a year; empty where there is none. A rate at which the value touches zero
        without a change of sign is listed once. A small flow a day from a large one of the other
        sign gives a rate that no float can hold: it differs from -100% by less than the spacing
        of floats there, or exceeds them. Such a rate is ignored if there are others.

    Raises
    ------
    InputError
        When the flows do not have both signs, or no rate can be written as a float.

    References
    ----------
    E. Laguerre, "Sur la théorie des équations numériques", *Journal de Mathématiques* 9, 1883;
    G. Pólya and G. Szegő, *Problems and Theorems in Analysis* II, part V, problems 75-80.

    Examples
    --------
    The oil pump of J. Lorie and L. Savage, scaled, with its two rates:

    >>> internal_rates([-4000, 25000, -25000], [0, 1, 2]).round(12)
    array([0.25, 4.  ])
    """
    flows, when = _one(floats("cash_flows", amounts), floats("times", times))
    if not (flows.min(initial=0.0) < 0 < flows.max(initial=0.0)):
        raise InputError(
            "cash_flows", "must hold amounts below zero and above zero at different times", "number"
        )
    found = zeros(flows, when)
    rates = np.expm1([u for u in found if LEAST < u < MOST])
    if found and not rates.size:
        raise InputError("cash_flows", "have an internal rate that is out of range", "number")
    return np.asarray(rates, dtype=np.float64)


def internal_rate(amounts: npt.ArrayLike, times: npt.ArrayLike) -> Floats:
    """Return the one internal rate, and refuse flows that have none or several.

    Parameters
    ----------
    amounts, times : array_like, shape (..., flows)
        As in `internal_rates`.

    Returns
    -------
    ndarray, shape (...)
        Fractions a year.

    Raises
    ------
    InputError
        For flows that `internal_rates` refuses, or that have none or several, with the number of
        their scenario.

    Examples
    --------
    >>> internal_rate([[-100, 39, 59, 55, 20], [-100, 0, 0, 0, 100]], range(5)).round(5)
    array([0.28095, 0.     ])
    """
    flows, when = floats("cash_flows", amounts), floats("times", times)
    if flows.ndim == when.ndim == 1:
        return cast(Floats, np.float64(_only(internal_rates(flows, when))))
    *scenarios, count = np.broadcast_shapes(flows.shape, when.shape)
    flows, when = (
        np.broadcast_to(a, (*scenarios, count)).reshape(-1, count) for a in (flows, when)
    )
    found = by_blocks(_first, flows, when, block=max(1, CACHED // (4 * count + 1)))
    for i in np.flatnonzero(np.isnan(found)):
        try:
            found[i] = _only(internal_rates(flows[i], when[i]))
        except InputError as refused:
            where = f"cash_flows (scenario {i + 1})"
            raise InputError(where, refused.problem, refused.reason) from None
    return found.reshape(scenarios)


def _first(flows: Floats, when: Floats) -> Floats:
    """Return the rates of scenarios that change their sign once, and NaN for the others."""
    found = single_zeros(*_netted(flows.T, when.T))
    found[(found <= LEAST) | (found >= MOST)] = np.nan
    return np.expm1(found)


def _only(rates: Floats) -> float:
    """Return the one rate, or refuse the flows."""
    if rates.size == 0:
        raise _no_rate()
    if rates.size > 1:
        listed = ", ".join(f"{round(float(r), 9) + 0.0:.6g}" for r in rates[:6])
        more = " and more" if rates.size > 6 else ""
        raise InputError(
            "cash_flows",
            f"have {rates.size} internal rates above -1, not just one: {listed}{more}",
            "number",
        )
    return float(rates[0])


def _no_rate() -> InputError:
    return InputError(
        "cash_flows", "have no internal rate: no rate above -1 makes them worth nothing", "number"
    )


def passing(amounts: npt.ArrayLike, times: npt.ArrayLike, rates: Floats) -> Names:
    """Tell for each internal rate how the net present value passes through zero there.

    Parameters
    ----------
    amounts, times
        As in `internal_rates`.
    rates : ndarray, shape (rates,)
        Its answer.

    Returns
    -------
    tuple of str
        For each rate: falls, rises or touches.

    Examples
    --------
    >>> passing([-100, 220, -121], [0, 1, 2], np.array([0.1]))
    ('touches',)
    """
    flows, when = _one(floats("cash_flows", amounts), floats("times", times))
    of = ExponentialSum(np.log(np.abs(flows)), np.sign(flows), when)
    low, high = np.clip(of.limits(), LEAST, MOST).tolist()
    at = [low, *np.log1p(rates), high]
    between = [of.sign((a + b) / 2) for a, b in pairwise(at)]
    ways = {(1, -1): "falls", (-1, 1): "rises"}
    return tuple(ways.get(change, "touches") for change in pairwise(between))


def dated(cash_flows: Floats, dates: Dates) -> Floats:
    """Years of 365 days from the first date to each."""
    if dates.shape[-1] != (count := cash_flows.shape[-1]):
        raise InputError("dates", f"must be {count}, one for each cash flow, not {dates.shape[-1]}")
    return np.asarray((dates - dates[..., :1]).astype(np.int64) / DAYS)


def _one(amounts: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Amounts other than zero of one scenario, and their times."""
    flows, when = _netted(amounts[:, None], times[:, None])
    kept = flows != 0
    return flows[kept], when[kept]


def _netted(amounts: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Order flows by time, and add up those of the same time; shapes (flows, scenarios)."""
    amounts, times = map(np.ascontiguousarray, (amounts, times))
    # Divided by the largest, so that no sum overflows.
    largest = np.abs(amounts).max(0, initial=0.0)
    amounts = amounts / np.where(largest, largest, 1.0)
    if (times[1:] > times[:-1]).all():
        return amounts, times
    order = times.argsort(0, kind="stable")
    amounts, times = (np.take_along_axis(values, order, 0) for values in (amounts, times))
    for i in range(1, len(times)):
        same = times[i] == times[i - 1]
        amounts[i, same] += amounts[i - 1, same]
        amounts[i - 1, same] = 0.0
    return amounts, times
