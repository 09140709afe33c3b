"""Annuities: equal payments, an amount today, a final amount, and the rate that joins them.

All five functions solve ``FV + PV (1 + r)^n + PMT (1 + r b) ((1 + r)^n - 1) / r = 0``, with ``b``
1 for payments at the beginning of their periods and 0 at the end. The quotient is taken by expm1
and log1p, because of a rate near 0, such as a difference leaves, the plain one keeps no digits.
What is paid stands below zero and what is received above.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np

from model.dcf.discounting import MOST_PERIODS
from model.errors import InputError, one_of, require, shown
from model.returns.internal_rates import internal_rate

When = Literal["end", "begin"]
WHENS: tuple[When, ...] = get_args(When)


def present_value(
    rate: float, periods: float, payment: float, future_value: float, when: str
) -> float:
    """Amount today that stands against payments and a final amount.

    Parameters
    ----------
    rate : float
        Fraction a period, above -1.
    periods : float
        Number of payments, above 0.
    payment : float
        Each period, USD millions: paid below zero, received above.
    future_value : float
        Amount at the end, USD millions.
    when : {"end", "begin"}
        When in its period a payment falls.

    Returns
    -------
    float
        USD millions, of the opposite sign.

    Raises
    ------
    InputError
        For a rate of -1 or below, or periods that are not above 0 and at most 12,000.

    Examples
    --------
    >>> round(present_value(0.08 / 12, 240, 500, 0, "end"), 2)
    -59777.15
    """
    factor, paid = _accrued(rate, periods, when, -1)
    return -(future_value * factor + payment * paid)


def future_value(
    rate: float, periods: float, payment: float, present_value: float, when: str
) -> float:
    """Final amount that stands against payments and an amount today.

    Parameters
    ----------
    rate : float
        Fraction a period, above -1.
    periods : float
        Number of payments, above 0.
    payment : float
        Each period, USD millions: paid below zero, received above.
    present_value : float
        Amount today, USD millions.
    when : {"end", "begin"}
        When in its period a payment falls.

    Returns
    -------
    float
        USD millions, of the opposite sign.

    Raises
    ------
    InputError
        For a rate of -1 or below, or periods that are not above 0 and at most 12,000.

    Examples
    --------
    >>> round(future_value(0.06 / 12, 10, -200, -500, "begin"), 2)
    2581.4
    """
    factor, paid = _accrued(rate, periods, when, 1)
    return -(present_value * factor + payment * paid)


def payment(
    rate: float, periods: float, present_value: float, future_value: float, when: str
) -> float:
    """Payment a period that stands against an amount today and a final amount.

    Parameters
    ----------
    rate : float
        Fraction a period, above -1.
    periods : float
        Number of payments, above 0.
    present_value : float
        Amount today, USD millions.
    future_value : float
        Amount at the end, USD millions.
    when : {"end", "begin"}
        When in its period a payment falls.

    Returns
    -------
    float
        USD millions, of the opposite sign.

    Raises
    ------
    InputError
        For a rate of -1 or below, or periods that are not above 0 and at most 12,000; ``#NUM!`` for
        periods so short that nothing accrues.

    Examples
    --------
    >>> round(payment(0.08 / 12, 10, 10000, 0, "end"), 2)
    -1037.03
    """
    factor, paid = _accrued(rate, periods, when, -1)
    # Of the smallest part of a period nothing accrues that a float can hold.
    require(np.bool_(paid > 0), "periods", "enough for a payment to accrue", periods, "#NUM!")
    return -(present_value + future_value * factor) / paid


def periods(
    rate: float, payment: float, present_value: float, future_value: float, when: str
) -> float:
    """Number of periods after which payments settle an amount today and a final amount.

    Parameters
    ----------
    rate : float
        Fraction a period, above -1.
    payment : float
        Each period, USD millions: paid below zero, received above.
    present_value : float
        Amount today, USD millions.
    future_value : float
        Amount at the end, USD millions.
    when : {"end", "begin"}
        When in its period a payment falls.

    Returns
    -------
    float
        Periods; below zero where the payments would have had to begin earlier.

    Raises
    ------
    InputError
        For a rate of -1 or below; ``#NUM!`` where the payments never settle the amounts.

    Examples
    --------
    >>> round(periods(0.12 / 12, -100, -1000, 10000, "begin"), 7)
    59.6738657
    """
    r = above_minus_one("rate", rate)
    each = payment * (1 + r) if one_of("when", when, WHENS) == "begin" else payment
    owed, against = -(present_value + future_value), each + present_value * r
    if against != 0:
        if r == 0:
            return owed / against
        if owed * r / against > -1:
            return math.log1p(owed * r / against) / math.log1p(r)
    raise InputError(
        "payment",
        f"must settle present_value and future_value at some time, which {shown(payment)} "
        "never does",
        "#NUM!",
    )


def _accrued(rate: float, periods: float, when: str, direction: int) -> tuple[float, float]:
    """What one dollar, and one a period, come to: 1 at the end, -1 today."""
    r, n = above_minus_one("rate", rate), _periods(periods)
    due = 1 + r if one_of("when", when, WHENS) == "begin" else 1.0
    with np.errstate(over="ignore"):
        gain = float(np.expm1(direction * n * math.log1p(r)))
    return 1 + gain, (direction * gain / r if r else n) * due


def rate(
    periods: int, payment: float, present_value: float, future_value: float, when: str
) -> float:
    """Rate a period that payments earn on an amount today; the only one there is.

    Parameters
    ----------
    periods : float
        Number of payments, above 0.
    payment : float
        Each period, USD millions: paid below zero, received above.
    present_value : float
        Amount today, USD millions.
    future_value : float
        Amount at the end, USD millions.
    when : {"end", "begin"}
        When in its period a payment falls.

    Returns
    -------
    float
        Fraction a period, above -1.

    Raises
    ------
    InputError
        For periods outside 1 to 12,000; ``#NUM!`` where there is no rate above -1, or several.

    Examples
    --------
    >>> round(rate(48, -200, 8000, 0, "end"), 9)
    0.007701472
    """
    count = int(_periods(periods))
    flows = np.zeros(count + 1)
    flows[0], flows[-1] = present_value, future_value
    flows[slice(None, -1) if one_of("when", when, WHENS) == "begin" else slice(1, None)] += payment
    try:
        return internal_rate(flows, np.arange(count + 1.0))
    except InputError as refused:
        told = refused.problem.replace("must hold", "must make").replace("have ", "leave ")
        raise InputError(
            "payment", f"with present_value and future_value {told}", "#NUM!"
        ) from None


def above_minus_one(argument: str, rate: float) -> float:
    """Return a rate at which money is worth something, or refuse it."""
    require(np.bool_(rate > -1), argument, "above -1", rate)
    return rate


def _periods(periods: float) -> float:
    require(
        np.bool_(0 < periods <= MOST_PERIODS),
        "periods",
        f"above 0 and at most {MOST_PERIODS}",
        periods,
    )
    return periods
