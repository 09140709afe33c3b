"""Measures of a balance: coverage, duration, present value, multiples.

All use the balance month by month, so that a band's edge is never rounded to a year.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.calendar import MONTHS_PER_YEAR
from model.dcf.discounting import TIMINGS, Timing
from model.errors import Floats, InputError, one_of, require
from model.fields import ZERO, Amount, Day, Field, Names, Part, Rate, line
from model.fiscal_years import left_of_months
from model.functions import function
from model.rpo.bands import Banded, Bands
from model.rpo.schedule import Month, RunRate, Shape, monthly
from model.tables import Listing
from model.values import same_unit

AmountEarned = Annotated[Floats, Field("USD m", above=0.0)]
#: A hazard rate: 3 a year is 95% within the year, and 3% without its percent sign.
Intensity = Annotated[Floats, Field("a year", low=0.0, high=2.0)]


@function
def rpo_coverage(
    balance: Amount,
    bands: Bands,
    revenue: AmountEarned,
    months: Month = 12,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    run_rate: RunRate | None = None,
) -> Annotated[Floats, Field("fraction")]:
    """Share of the next period's revenue that is under contract when the period begins.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    revenue
        Revenue of the next period, forecast or actual.
    months
        Length of the period.
    shape
        As in RPO_SCHEDULE; matters if no band ends with the period.
    final_month
        As in RPO_SCHEDULE; needed if no band ends with the period.

    Returns
    -------
    ndarray, shape (...)
        Balance due within the period over its revenue.

    References
    ----------
    The current part of the balance ("cRPO") over the revenue of the next twelve months.

    Examples
    --------
    Oracle at 31 May 2023: 49% of 67.9 billion within a year, whose revenue was 52.961:

    >>> round(float(rpo_coverage(67.9, Bands([1, 13], [12, 36], share=[0.49, 0.35]), 52.961)), 3)
    0.628
    """
    same_unit("balance", balance, "revenue", revenue)
    return np.asarray(due_within(bands.of(balance), months, shape, final_month, run_rate) / revenue)


def due_within(
    banded: Banded,
    months: int,
    shape: str = "smooth",
    final_month: int | None = None,
    run_rate: Floats | None = None,
) -> Floats:
    """Balance due within a number of months, USD millions; shape (...).

    If a band ends with these months, its amount is used directly, and nothing needs to be
    known about the bands after it.
    """
    if months in banded.last:
        return np.asarray(banded.amount[..., : banded.last.index(months) + 1].sum(-1))
    by_month = monthly(banded, shape, final_month, run_rate)
    return np.asarray(by_month[..., :months].sum(-1))


def years_to(months: int, timing: str = "mid") -> Floats:
    """Years from the balance date to the middle or the end of each month."""
    timing = one_of("timing", timing, TIMINGS)
    ends = np.arange(1, months + 1)
    return np.asarray((ends if timing == "end" else ends - 0.5) / MONTHS_PER_YEAR)


@function
def rpo_duration(
    balance: AmountEarned,
    bands: Bands,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    timing: Timing = "mid",
    run_rate: RunRate | None = None,
) -> Annotated[Floats, Field("years")]:
    """Weighted average life of remaining performance obligations, in years.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    shape
        As in RPO_SCHEDULE.
    final_month
        As in RPO_SCHEDULE.
    timing
        Where in its month an amount falls.

    Returns
    -------
    ndarray, shape (...)
        ``sum (amount * years) / sum amount`` over the months.

    Raises
    ------
    InputError
        As for RPO_SCHEDULE, and for bands without any amount.

    References
    ----------
    Weighted average life as of an amortising bond; the example is that of Investopedia.

    Examples
    --------
    Payments of 1,000, 2,000, 4,000, 6,000 and 10,000 at the ends of five years:

    >>> ends = [12, 24, 36, 48, 60]
    >>> first = [month for end in ends for month in (end - 11, end)]
    >>> last = [month for end in ends for month in (end - 1, end)]
    >>> paid = [amount for each in (1000, 2000, 4000, 6000, 10_000) for amount in (0, each)]
    >>> bands = Bands(first, last, amount=paid)
    >>> round(float(rpo_duration(23_000, bands, "flat", None, "end")), 2)
    3.96
    """
    by_month = monthly(bands.of(balance), shape, final_month, run_rate)
    return average_life(by_month, timing)


def average_life(by_month: Floats, timing: str = "mid") -> Floats:
    """Average life in years of a balance, weighted by what is recognised in each month.

    Examples
    --------
    >>> average_life(np.array([1.0] * 24))
    array(1.)
    """
    total = by_month.sum(-1)
    require(total > 0, "balance", "above 0", total)
    return np.asarray((by_month * years_to(by_month.shape[-1], timing)).sum(-1) / total)


@function
def rpo_present_value(
    balance: Amount,
    bands: Bands,
    rate: Rate,
    default_intensity: Intensity = ZERO,
    recovery: Part = ZERO,
    shape: Shape = "smooth",
    final_month: Month | None = None,
    timing: Timing = "mid",
    run_rate: RunRate | None = None,
    balance_date: Day | None = None,
    valuation_date: Day | None = None,
) -> Annotated[Floats, Field("USD m")]:
    """Value today of remaining performance obligations, after default and recovery, in USD m.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    rate
        Discount rate, compounded yearly.
    default_intensity
        Default intensity of the customers.
    recovery
        Share of revenue due after a default that is still earned.
    shape
        As in RPO_SCHEDULE.
    final_month
        As in RPO_SCHEDULE.
    timing
        Where in its month an amount falls.
    balance_date
        Date of the balance, as in RPO_BY_YEAR; needed with a valuation date.
    valuation_date
        Date of the value; that of the balance if omitted. Only what falls due after it is valued:
        its own month by days, later ones in full.

    Returns
    -------
    ndarray, shape (...)
        ``sum amount * (S + (1 - S) * recovery) / (1 + rate)^t`` over the months, with survival
        ``S = exp(-default_intensity * t)``. This values revenue, not profit.

    References
    ----------
    J. Hull, *Options, Futures, and Other Derivatives*, 10th ed., chapter 24.

    Examples
    --------
    A hazard rate of 1.5% a year is a probability of default of 2.955% within two years (Hull):

    >>> bands = Bands([1, 24], [23, 24], amount=[0, 1])
    >>> round(1 - float(rpo_present_value(1, bands, 0, 0.015, 0, "flat", None, "end")), 5)
    0.02955
    """
    by_month = monthly(bands.of(balance), shape, final_month, run_rate)
    left = None
    if valuation_date is not None:
        if balance_date is None:
            raise InputError("balance_date", "must be given with valuation_date", "missing")
        left = left_of_months(balance_date, valuation_date, by_month.shape[-1])
    return present_value(by_month, rate, default_intensity, recovery, timing, left)


def present_value(
    by_month: Floats,
    rate: Floats,
    intensity: Floats = ZERO,
    recovery: Floats = ZERO,
    timing: str = "mid",
    left: Floats | None = None,
) -> Floats:
    """Value today of monthly amounts, after default and recovery; see RPO_PRESENT_VALUE.

    Examples
    --------
    One dollar at the end of a year at 10%:

    >>> month = np.array([0.0] * 11 + [1.0])
    >>> round(float(present_value(month, np.float64(0.1), timing="end")), 6)
    0.909091
    """
    years = years_to(by_month.shape[-1], timing)
    if left is not None:
        by_month, years = by_month * left, _years_after(left, timing)
    rate, intensity, recovery = (np.asarray(x)[..., None] for x in (rate, intensity, recovery))
    survival = np.exp(-intensity * years)
    kept = survival + (1.0 - survival) * recovery
    return np.asarray((by_month * kept * (1.0 + rate) ** -years).sum(-1))


def _years_after(left: Floats, timing: str) -> Floats:
    """Years from a valuation date to the middle or the end of what it leaves of each month."""
    ends = np.cumsum(left)
    return np.asarray((ends if timing == "end" else ends - left / 2) / MONTHS_PER_YEAR)


class Multiples(Listing):
    """A balance against revenue and market value."""

    labels = ("RPO to sales", "RPO to market value", "Market value to sales")

    measure: Names = line("Measure", "name")
    multiple: Floats = line("Multiple", "ratio", form="multiple")


@function
def rpo_multiples(balance: Amount, revenue: AmountEarned, market_value: AmountEarned) -> Multiples:
    """Remaining performance obligations as a multiple of revenue and of the market value.

    Parameters
    ----------
    balance
        Remaining performance obligations.
    revenue
        Revenue of the trailing twelve months.
    market_value
        Market value of the equity, or enterprise value.

    References
    ----------
    The example is Cerebras at its first price range: 24,600 of obligations, 509.991 of revenue
    (S-1) and 26.62 billion of market value.

    Examples
    --------
    >>> rpo_multiples(24_600, 509.991, 26_620.7).multiple.round(2)
    array([48.24,  0.92, 52.2 ])
    """
    same_unit("balance", balance, "revenue", revenue)
    ratios = (balance / revenue, balance / market_value, market_value / revenue)
    return Multiples(Multiples.labels, np.stack(np.broadcast_arrays(*ratios), axis=-1))
