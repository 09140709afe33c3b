"""Investor returns: net present values, and what an exit earns on a price paid.

What is paid stands below zero and what is received above. `numpy_financial` does the present
values of periodic flows; rates of return come from `internal_rates`, which finds all there
are, where a search from a guess would give one of several without a word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.dilution import shares as dilution
from model.dilution.shares import Securities
from model.errors import Floats, InputError, floats, one_of, require
from model.returns.annuities import WHENS, above_minus_one
from model.returns.day_count import Dates, days_between
from model.returns.internal_rates import internal_rate

#: A year of dated cash flows, as Excel's XNPV and XIRR count it.
DAYS = 365.0


def net_present_value(rate: float, cash_flows: npt.ArrayLike, first: str = "end") -> float:
    """Net present value of equally spaced cash flows.

    Parameters
    ----------
    rate : float
        Fraction a period, above -1.
    cash_flows : array_like, shape (periods,)
        Paid below zero, received above.
    first : {"end", "begin"}
        When the first one falls: at the end of the first period, as for Excel's NPV, or today.

    Returns
    -------
    float
        Value today in the unit of the flows.

    Raises
    ------
    InputError
        For a rate of -1 or below.

    Examples
    --------
    >>> round(net_present_value(0.05, [-15000, 1500, 2500, 3500, 4500, 6000], "begin"), 5)
    122.89485
    """
    import numpy_financial as npf

    flows = floats("cash_flows", cash_flows)
    today = float(npf.npv(above_minus_one("rate", rate), flows))
    return today if one_of("first", first, WHENS) == "begin" else today / (1 + rate)


def modified_internal_rate(
    cash_flows: npt.ArrayLike, finance_rate: float, reinvest_rate: float
) -> float:
    """Rate that leads the discounted payments to the reinvested receipts.

    Parameters
    ----------
    cash_flows : array_like, shape (periods,)
        The first today: paid below zero, received above.
    finance_rate, reinvest_rate : float
        Fractions a period, above -1.

    Returns
    -------
    float
        Fraction a period.

    Raises
    ------
    InputError
        For a rate of -1 or below; ``#NUM!`` for flows of one sign.

    Examples
    --------
    >>> flows = [-120000, 39000, 30000, 21000, 37000, 46000]
    >>> round(modified_internal_rate(flows, 0.10, 0.12), 6)
    0.126094
    """
    import numpy_financial as npf

    flows = floats("cash_flows", cash_flows)
    if not ((flows > 0).any() and (flows < 0).any()):
        raise InputError("cash_flows", "must hold amounts below zero and above zero", "#NUM!")
    finance, reinvest = (
        above_minus_one("finance_rate", finance_rate),
        above_minus_one("reinvest_rate", reinvest_rate),
    )
    return float(npf.mirr(flows, finance, reinvest))


def dated_present_value(rate: float, amounts: npt.ArrayLike, dates: Dates) -> float:
    """Net present value of dated cash flows at the first date, by actual/365.

    Parameters
    ----------
    rate : float
        Fraction a year, above -1.
    amounts : array_like, shape (flows,)
        Paid below zero, received above.
    dates : ndarray of datetime64, shape (flows,)
        None before the first.

    Returns
    -------
    float
        Value at the first date in the unit of the flows.

    Raises
    ------
    InputError
        For a rate of -1 or below, or dates that are not as many as the flows; ``#NUM!`` for a date
        before the first.

    Examples
    --------
    >>> days = ["2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"]
    >>> flows = [-10000, 2750, 4250, 3250, 2750]
    >>> round(dated_present_value(0.09, flows, np.array(days, "datetime64[D]")), 6)
    2086.647602
    """
    flows, years = floats("amounts", amounts), dated(amounts, dates)
    if (years < 0).any():
        early = dates[years < 0][0]
        raise InputError(
            "dates", f"must not be before the first, {dates[0]}, and {early} is", "#NUM!"
        )
    return float((flows * (1 + above_minus_one("rate", rate)) ** -years).sum())


def dated(amounts: npt.ArrayLike, dates: Dates) -> Floats:
    """Years of 365 days from the first date to each.

    Parameters
    ----------
    amounts : array_like, shape (flows,)
        As many as the dates.
    dates : ndarray of datetime64, shape (flows,)
        In any order.

    Returns
    -------
    ndarray, shape (flows,)

    Raises
    ------
    InputError
        For dates that are not as many as the amounts.
    """
    flows = floats("amounts", amounts)
    if flows.size != dates.size:
        raise InputError("dates", f"must be {flows.size}, one for each amount, not {dates.size}")
    return np.asarray(days_between(dates[0], dates) / DAYS)


# Returns to an exit -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ExitReturn:
    """What an investor gets for a price paid."""

    invested: float
    received: float
    multiple_of_money: float
    internal_rate: float


def to_exit(
    entry: float, exit_value: float, years: float, interim: npt.ArrayLike = ()
) -> ExitReturn:
    """Multiple of money and yearly return from an entry to an exit.

    Parameters
    ----------
    entry : float
        Price or amount paid today, above 0.
    exit_value : float
        Price or amount received at the exit, at least 0.
    years : float
        Years from the entry to the exit, above 0.
    interim : array_like, shape (flows,)
        Flows at the ends of years 1, 2, 3 ... and not after the exit: dividends above zero,
        further payments below.

    Returns
    -------
    ExitReturn
        The multiple is all that is received over all that is paid. Where nothing is received,
        the return is -1.

    Raises
    ------
    InputError
        For an entry or years that are not above 0, a negative exit value, or interim flows after
        the exit; ``#NUM!`` where the flows have no single internal rate.

    Examples
    --------
    >>> done = to_exit(100, 250, 5)
    >>> done.multiple_of_money, round(done.internal_rate, 4)
    (2.5, 0.2011)
    """
    flows = floats("interim", interim)
    require(np.bool_(entry > 0), "entry", "above 0", entry)
    require(np.bool_(exit_value >= 0), "exit_value", "at least 0", exit_value)
    require(np.bool_(years > 0), "years", "above 0", years)
    if flows.size > years:
        raise InputError(
            "interim",
            f"must hold at most {int(years)} yearly flows before the exit, not {flows.size}",
        )
    invested = entry - float(np.minimum(flows, 0.0).sum())
    received = exit_value + float(np.maximum(flows, 0.0).sum())
    if received == 0:
        return ExitReturn(invested, 0.0, 0.0, -1.0)
    if flows.size == 0:
        with np.errstate(over="ignore"):
            rate = float(np.float64(exit_value / entry) ** (1 / years) - 1)
        return ExitReturn(invested, received, received / invested, rate)
    try:
        rate = internal_rate([-entry, *flows, exit_value], [*range(flows.size + 1), years])
    except InputError as refused:
        told = f"with entry and exit_value {refused.problem}"
        raise InputError("interim", told, refused.excel_error) from None
    return ExitReturn(invested, received, received / invested, rate)


@dataclass(frozen=True)
class ExitGrid:
    """Prices and returns by multiple and year of the exit; shapes (..., multiples, years)."""

    price: Floats
    internal_rate: Floats


def exit_grid(
    entry_price: npt.ArrayLike,
    metric: npt.ArrayLike,
    years: npt.ArrayLike,
    multiples: npt.ArrayLike,
    securities: Securities,
    net_debt: npt.ArrayLike = 0.0,
    method: str = "treasury",
) -> ExitGrid:
    """Return on a share bought today and sold at a multiple of a later year's metric.

    Parameters
    ----------
    entry_price : array_like, shape (...)
        USD per share, above 0.
    metric : array_like, shape (..., years)
        Revenue, EBITDA or another measure in the year of each exit, USD millions, at least 0.
    years : array_like, shape (..., years)
        Years from the purchase to each exit, above 0.
    multiples : array_like, shape (multiples,)
        Enterprise value over the metric, at least 0.
    securities : Securities
        Securities at the exit; the price is the one at which the diluted shares are worth the
        equity value.
    net_debt : array_like, shape (...) or (..., years)
        Debt less cash at each exit, USD millions.
    method : {"treasury", "gross", "basic"}
        As in `dilution.price_per_share`.

    Returns
    -------
    ExitGrid
        A price below zero, where debt exceeds the enterprise, is given as zero: shareholders
        lose what they paid and no more.

    Raises
    ------
    InputError
        For an entry price or years that are not above 0, a negative metric or multiple, or lines of
        different lengths.
    """
    entry, base = floats("entry_price", entry_price), np.atleast_1d(floats("metric", metric))
    when, times = (
        np.atleast_1d(floats("years", years)),
        np.atleast_1d(floats("multiples", multiples)),
    )
    debt = floats("net_debt", net_debt)
    require(entry > 0, "entry_price", "above 0", entry)
    require(base >= 0, "metric", "at least 0", base)
    require(when > 0, "years", "above 0", when)
    require(times >= 0, "multiples", "at least 0", times)
    if when.shape[-1] != base.shape[-1]:
        raise InputError(
            "years", f"must be {base.shape[-1]}, one for each metric, not {when.shape[-1]}"
        )
    if debt.ndim and debt.shape[-1] not in (1, base.shape[-1]):
        raise InputError(
            "net_debt",
            f"must be one number or one for each of the {base.shape[-1]} years, "
            f"not {debt.shape[-1]}",
        )
    debt = debt if debt.ndim == 0 else debt[..., None, :]
    equity = times[:, None] * base[..., None, :] - debt
    price = np.maximum(dilution.price_per_share(equity, securities, method), 0.0)
    with np.errstate(over="ignore"):  # What is beyond all numbers is told where it is shown.
        earned = (price / entry[..., None, None]) ** (1 / when[..., None, :]) - 1
    return ExitGrid(price, earned)
