"""The months over which contracts are recognised, and in which columns of a forecast they lie.

They count from the balance date; of contracts by year they are those of the fiscal years. They
reach as far as the contracts do, however late these come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from model.calendar import MONTHS_PER_YEAR, fiscal_year, months_after, year_of
from model.dcf.contract_drivers import ContractDrivers
from model.dcf.periods import Calendar, months_in, months_of
from model.dcf.signed import SignedContracts
from model.errors import Floats, InputError


@dataclass(frozen=True)
class Months:
    """Months over which contracts are recognised.

    Attributes
    ----------
    amounts : ndarray, shape (..., contracts, months)
        As contracted, before delay.
    weights : ndarray, shape (months, columns)
        Share of each month in each column of the forecast, before the valuation date from the
        balance date on, and after the forecast.
    after : ndarray, shape (months, columns)
        The same of what of each month is after the valuation date.
    passed : ndarray, shape (months,)
        Share of each month before the valuation date.
    elapsed : ndarray, shape (months,)
        Months until its middle.
    edges : ndarray, shape (months + 1,)
    on_time : int
        How many months there are where nothing is later than the contracts' own delay.
    """

    amounts: Floats
    weights: Floats
    after: Floats
    passed: Floats
    elapsed: Floats
    edges: Floats
    on_time: int


def by_month(d: ContractDrivers, contracts: SignedContracts, late: float) -> Months:
    """Months from the balance date."""
    calendar = Calendar.of(d, "contracts by month")
    reaching, ending = calendar.reaching(d.balance_date), contracts.amounts.shape[-1]
    on_time, months = (
        max(reaching, ending + _rounded_up(contracts.delay.max(), more)) for more in (0.0, late)
    )
    assert d.balance_date is not None
    edges, columns = months_in(calendar, d.balance_date, 0, months)
    weights = np.column_stack(
        [
            columns,
            calendar.within(edges, edges[0], calendar.start),
            calendar.within(edges, calendar.ends[-2], edges[-1]),
        ]
    )
    passed = weights[:, -2]
    left = (1 - passed)[:, None]
    after = np.divide(weights, left, out=np.zeros_like(weights), where=left > 0)
    after[:, 1], after[:, -2] = after[:, 0], 0.0
    return Months(
        _padded(contracts.amounts, months),
        weights,
        after,
        passed,
        np.arange(months) + 0.5,
        edges,
        on_time,
    )


def _rounded_up(*delays: float) -> int:
    """Count the months that delays reach: one after the other, each moves a part a month further.

    Examples
    --------
    >>> _rounded_up(0.25, 0.5)
    2
    """
    return sum(math.ceil(delay) for delay in delays)


def by_year(d: ContractDrivers, contracts: SignedContracts, late: float) -> Months:
    """Fiscal years in twelve equal months, of which the first year's count by its part left."""
    amounts = contracts.amounts
    numbers = list(range(1, d.years + 1))
    years = list(range(1, amounts.shape[-1] + 1) if contracts.across is None else contracts.across)
    if d.across is not None:
        expected = [year_of("drivers", y) for y in d.across]
    else:
        first = years[0] if d.first_year_end is None else fiscal_year(d.first_year_end)
        expected = list(range(first, first + d.years))
    if years not in (expected, numbers):
        raise InputError(
            "contracted_revenue",
            f"must be of the years {expected[0]} to {expected[-1]}, as the drivers are, "
            f"not {years[0]} to {years[-1]}",
        )
    columns = months_of(d.years)
    on_time, months = (
        len(columns) + _rounded_up(contracts.delay.max(), more) for more in (0.0, late)
    )
    columns = np.pad(columns, ((0, months - len(columns)), (0, 0)))
    beyond = np.arange(months) >= MONTHS_PER_YEAR * d.years
    weights = np.column_stack([columns, np.zeros(months), beyond])
    stub = float(d.stub) if np.ndim(d.stub) == 0 else None
    if stub is None:
        raise InputError("stub", "must be one number for all scenarios with contracts by year")
    after = weights.copy()
    weights[:, 0] *= stub
    passed = np.clip(MONTHS_PER_YEAR * (1 - stub) - np.arange(months), 0.0, 1.0)
    elapsed = np.maximum(np.arange(months) + 0.5 - 12 * (1 - stub), 0.0)
    if d.first_year_end is None:
        edges = np.arange(months + 1.0)
    else:
        edges = months_after(d.first_year_end, np.arange(-12, months - 11))
    amounts = np.repeat(amounts, MONTHS_PER_YEAR, axis=-1) / MONTHS_PER_YEAR
    return Months(_padded(amounts, months), weights, after, passed, elapsed, edges, on_time)


def _padded(amounts: Floats, months: int) -> Floats:
    """Carry amounts on to as many months, with nothing in those after their own."""
    none = np.zeros((*amounts.shape[:-1], months - amounts.shape[-1]))
    return np.concatenate([amounts, none], axis=-1)
