"""Annuities: equal payments, an amount today, a final amount, and the rate that joins them."""

from __future__ import annotations

from model.returns import annuities
from model.returns.annuities import When
from workbook.functions.declare import function


@function
def return_pv(
    rate: float, periods: float, payment: float, future_value: float = 0.0, when: When = "end"
) -> float:
    """Present value of equal payments and a final amount.

    Parameters
    ----------
    rate : number, fraction
        Rate a period, above -1.
    periods : number, periods
        Number of payments, above 0.
    payment : number, USD m
        Payment a period: paid below zero, received above.
    future_value : number, USD m, optional
        Amount at the end.
    when : {"end", "begin"}, optional
        When in its period a payment falls.

    Returns
    -------
    float
        Amount today of the opposite sign, as by Excel's PV.

    Raises
    ------
    InputError
        For a rate of -1 or below, or periods that are not above 0 and at most 12,000.

    References
    ----------
    Microsoft's example of PV: 500 a month for 20 years at 8% a year.

    Examples
    --------
    >>> round(return_pv(0.08 / 12, 240, 500), 2)
    -59777.15
    """
    return annuities.present_value(rate, periods, payment, future_value, when)


@function
def return_fv(
    rate: float, periods: float, payment: float, present_value: float = 0.0, when: When = "end"
) -> float:
    """Future value of equal payments and an amount today.

    Parameters
    ----------
    rate : number, fraction
        Rate a period, above -1.
    periods : number, periods
        Number of payments, above 0.
    payment : number, USD m
        Payment a period: paid below zero, received above.
    present_value : number, USD m, optional
        Amount today.
    when : {"end", "begin"}, optional
        When in its period a payment falls.

    Returns
    -------
    float
        Amount at the end of the opposite sign, as by Excel's FV.

    Raises
    ------
    InputError
        For a rate of -1 or below, or periods that are not above 0 and at most 12,000.

    References
    ----------
    Microsoft's first example of FV.

    Examples
    --------
    >>> round(return_fv(0.06 / 12, 10, -200, -500, "begin"), 2)
    2581.4
    """
    return annuities.future_value(rate, periods, payment, present_value, when)


@function
def return_pmt(
    rate: float, periods: float, present_value: float, future_value: float = 0.0, when: When = "end"
) -> float:
    """Payment a period that settles an amount today and a final amount.

    Parameters
    ----------
    rate : number, fraction
        Rate a period, above -1.
    periods : number, periods
        Number of payments, above 0.
    present_value : number, USD m
        Amount today: received above zero, paid below.
    future_value : number, USD m, optional
        Amount at the end.
    when : {"end", "begin"}, optional
        When in its period a payment falls.

    Returns
    -------
    float
        Payment of the opposite sign, as by Excel's PMT.

    Raises
    ------
    InputError
        For a rate of -1 or below, or periods that are not above 0 and at most 12,000; ``#NUM!`` for
        periods so short that nothing accrues.

    References
    ----------
    Microsoft's example of PMT: 10,000 over ten months at 8% a year.

    Examples
    --------
    >>> round(return_pmt(0.08 / 12, 10, 10000), 2)
    -1037.03
    """
    return annuities.payment(rate, periods, present_value, future_value, when)


@function
def return_nper(
    rate: float,
    payment: float,
    present_value: float,
    future_value: float = 0.0,
    when: When = "end",
) -> float:
    """Number of periods after which payments settle an amount today and a final amount.

    Parameters
    ----------
    rate : number, fraction
        Rate a period, above -1.
    payment : number, USD m
        Payment a period: paid below zero, received above.
    present_value : number, USD m
        Amount today.
    future_value : number, USD m, optional
        Amount at the end.
    when : {"end", "begin"}, optional
        When in its period a payment falls.

    Returns
    -------
    float
        Periods, as by Excel's NPER: below zero where the payments would have had to begin earlier.

    Raises
    ------
    InputError
        For a rate of -1 or below; ``#NUM!`` where the payments never settle the amounts.

    References
    ----------
    Microsoft's first example of NPER.

    Examples
    --------
    >>> round(return_nper(0.12 / 12, -100, -1000, 10000, "begin"), 7)
    59.6738657
    """
    return annuities.periods(rate, payment, present_value, future_value, when)


@function
def return_rate(
    periods: int,
    payment: float,
    present_value: float,
    future_value: float = 0.0,
    when: When = "end",
) -> float:
    """Rate a period that equal payments earn on an amount today: the only one there is.

    Parameters
    ----------
    periods : whole, periods
        Number of payments.
    payment : number, USD m
        Payment a period: paid below zero, received above.
    present_value : number, USD m
        Amount today.
    future_value : number, USD m, optional
        Amount at the end.
    when : {"end", "begin"}, optional
        When in its period a payment falls.

    Returns
    -------
    float
        Rate a period, above -1. No guess is needed; several rates or none are refused.

    Raises
    ------
    InputError
        For periods outside 1 to 12,000; ``#NUM!`` for payments and amounts that have no rate above
        -1, or several.

    References
    ----------
    Microsoft's example of RATE: 48 payments of 200 on 8,000.

    Examples
    --------
    >>> round(return_rate(48, -200, 8000), 9)
    0.007701472
    """
    return annuities.rate(periods, payment, present_value, future_value, when)
