r"""Internal rates of return: all rates of a series of cash flows, on any dates.

With :math:`u = \ln(1 + r)` the net present value is an exponential sum,
:math:`f(u) = \sum c_i e^{-t_i u}`, defined for every :math:`u`, that is for every rate above
-100%; its zeros are the internal rates. A search from a guess would give one of several without
revealing the others.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import numpy as np
import numpy.typing as npt

from model.arrays import floats
from model.errors import Floats, InputError
from model.fields import ROW, Days, Field, Money, Names, line
from model.functions import function
from model.returns.exponential_sums import ExponentialSum, zeros
from model.tables import Listing
from model.values import Dates

#: Logarithms of 1 and a rate between which the rate is a number above -1.
LEAST, MOST = float(np.log(np.finfo(float).epsneg)), float(np.log(np.finfo(float).max))
#: A year of dated cash flows.
DAYS = 365.0

CashFlows = Annotated[Money, ROW]
InternalRate = Annotated[float, Field("fraction")]


@function
def return_irr(cash_flows: CashFlows) -> InternalRate:
    """Internal rate of return of equally spaced cash flows, if it is unique.

    Parameters
    ----------
    cash_flows
        One for each period, the first today: payments negative, receipts positive.

    Returns
    -------
    float
        Rate a period, above -1, at which the flows are worth nothing.

    Raises
    ------
    InputError
        For flows of one sign, for flows without any internal rate, and for flows with
        several: the sentence gives them, and RETURN_IRR_ALL lists them.

    Notes
    -----
    All rates above -1 are found, without a guess: see RETURN_IRR_ALL. A search from a guess, such
    as numpy-financial's, gives one of several rates without revealing the others.

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
    return internal_rate(cash_flows, np.arange(cash_flows.size))


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
    float
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
    >>> round(return_xirr([-10000, 2750, 4250, 3250, 2750], days), 8)
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
    (Laguerre's rule). The flows are differentiated, with a weight that takes one change of sign
    away each time, until one is left; the zeros of each derivative bracket those before it, so
    that none is missed. A rate outside the range of floats is ignored if there are others: a small
    flow a day after a large one of the other sign gives one of -100% to all digits.

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
    sizes, signs, when = _netted(floats("cash_flows", amounts), floats("times", times))
    if signs.size == 0 or (signs == signs[0]).all():
        raise InputError(
            "cash_flows", "must hold amounts below zero and above zero at different times", "number"
        )
    found = zeros(sizes, signs, when)
    rates = np.expm1([u for u in found if LEAST < u < MOST])
    if found and not rates.size:
        raise InputError("cash_flows", "have an internal rate that is beyond all numbers", "number")
    return np.asarray(rates, dtype=np.float64)


def internal_rate(amounts: npt.ArrayLike, times: npt.ArrayLike) -> float:
    """Return the one internal rate, and refuse flows that have none or several.

    Parameters
    ----------
    amounts, times
        As in `internal_rates`.

    Returns
    -------
    float
        Fraction a year.

    Raises
    ------
    InputError
        For flows that `internal_rates` refuses, or that have none or several.

    Examples
    --------
    >>> round(internal_rate([-100, 39, 59, 55, 20], range(5)), 5)
    0.28095
    """
    rates = internal_rates(amounts, times)
    if rates.size == 0:
        raise _no_rate()
    if rates.size > 1:
        listed = ", ".join(f"{round(float(r), 9) + 0.0:.6g}" for r in rates[:6])
        more = " and more" if rates.size > 6 else ""
        raise InputError(
            "cash_flows",
            f"have {rates.size} internal rates above -1 and no single one: {listed}{more}",
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
    sizes, signs, when = _netted(floats("cash_flows", amounts), floats("times", times))
    of = ExponentialSum(sizes, signs, when)
    low, high = np.clip(of.limits(), LEAST, MOST).tolist()
    at = [low, *np.log1p(rates), high]
    between = [of.sign((a + b) / 2) for a, b in pairwise(at)]
    ways = {(1, -1): "falls", (-1, 1): "rises"}
    return tuple(ways.get(change, "touches") for change in pairwise(between))


def dated(cash_flows: Floats, dates: Dates) -> Floats:
    """Years of 365 days from the first date to each."""
    if dates.size != cash_flows.size:
        raise InputError(
            "dates", f"must be {cash_flows.size}, one for each cash flow, not {dates.size}"
        )
    return np.asarray((dates - dates[0]).astype(np.int64) / DAYS)


def _netted(amounts: Floats, times: Floats) -> tuple[Floats, Floats, Floats]:
    """Logarithm, sign and time of each flow, after adding those of the same time."""
    order = times.argsort(kind="stable")
    when = times[order]
    new = np.ones(when.size, dtype=np.bool_)
    new[1:] = when[1:] != when[:-1]
    # Divided by the largest, so that no sum overflows.
    largest = np.abs(amounts).max(initial=0.0) or 1.0
    total = np.add.reduceat(amounts[order] / largest, np.flatnonzero(new))
    kept = total != 0
    return np.log(np.abs(total[kept])), np.sign(total[kept]), when[new][kept]
