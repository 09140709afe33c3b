"""Capital of segments: what revenue ties up, and plant by vintage.

Capital behind revenue is bought above what is in place alone. It falls by the freed share of a fall
of revenue, and by nothing else: revenue of 100, 50 and 100 is paid for once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from model.arrays import lagged, read_only
from model.calendar import MONTHS_PER_YEAR
from model.dcf.periods import KEPT, MOST_KEPT, Calendar, joined, months_in, stacked
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant
from model.errors import Floats


def bought_and_freed(revenue: Floats, base: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Revenue for which capital is bought, and whose capital is freed; (..., lines, years).

    Parameters
    ----------
    revenue : ndarray, shape (..., lines, years)
    base : ndarray, shape (..., lines)
        Revenue whose capital is in place at the start.
    share : ndarray, shape (..., lines)
        Share of a fall of revenue whose capital is freed.

    Examples
    --------
    >>> bought, freed = bought_and_freed(np.array([[50.0, 120.0]]), np.array([100.0]), np.zeros(1))
    >>> bought
    array([[ 0., 20.]])
    """
    fallen = np.maximum(lagged(base, revenue) - revenue, 0.0) * share[..., None]
    all_fallen = fallen.cumsum(-1)
    level = np.maximum.accumulate(
        joined([np.asarray(base)[..., None], revenue + all_fallen], -1), axis=-1
    )
    in_place = level[..., :-1] - lagged(np.zeros(()), all_fallen)
    return np.maximum(revenue - in_place, 0.0), fallen


@dataclass(frozen=True)
class Vintages:
    """Plant over the columns of a forecast, (..., vintages, columns).

    Each has two rows, of which the second is what falls after the end of its contract.

    Attributes
    ----------
    megawatts : ndarray
        Megawatt-years in service.
    spending, depreciation : ndarray
    """

    megawatts: Floats
    spending: Floats
    depreciation: Floats


def vintages(d: SegmentedDrivers, plant: Plant, ends: list[Floats]) -> tuple[Vintages, Vintages]:
    """Plant over the columns: until the contract of each vintage ends, and after it.

    Parameters
    ----------
    d : SegmentedDrivers
    plant : Plant
    ends : list of ndarray, shape (...)
        Last day of what each vintage serves, as an ordinal.
    """
    calendar, stub = Calendar.of(d, "plant"), d.stub
    small = 2 * len(plant) * len(calendar.ends) <= MOST_KEPT
    if small and plant.of_one and not any(map(np.ndim, (stub, *ends))):
        return _of_one(calendar, d.service, float(stub), plant, tuple(map(float, ends)))
    return _vintages(calendar, d.service, stub, plant, ends)


@lru_cache(maxsize=KEPT)
def _of_one(
    calendar: Calendar, service: str, stub: float, plant: Plant, ends: tuple[float, ...]
) -> tuple[Vintages, Vintages]:
    """Plant of one scenario, which valuations with other drivers have too."""
    found = _vintages(calendar, service, np.asarray(stub), plant, [np.asarray(e) for e in ends])
    for vintage in found:
        read_only(*vars(vintage).values())
    return found


def _vintages(
    calendar: Calendar, rule: str, stub: Floats, plant: Plant, ends: list[Floats]
) -> tuple[Vintages, Vintages]:
    until: list[tuple[Floats, Floats, Floats]] = []
    after: list[tuple[Floats, Floats, Floats]] = []
    for v, end in enumerate(ends):
        day = plant.in_service[v].item()
        lead, life = int(np.max(plant.lead_time[..., v])), round(12 * float(plant.life[v]))
        paid, service, spent, months, online = _timetable(calendar, day, lead, life)
        worn = online if rule == "month" else _half_years(calendar, stub, service[0], life)
        # A month is on one side of the end: what is left of a sum without it would be rounding.
        early, served = paid[1:] <= end[..., None], service[1:] <= end[..., None]
        # Half a year's depreciation may precede the first month of service; the contract has it.
        sides = ((until, early, served, 1.0), (after, ~early, ~served, 0.0))
        for found, is_paid, serves, idle in sides:
            share = serves @ months
            part = np.divide(share, online, out=np.full_like(share, idle), where=online > 0)
            found.append((share, is_paid @ spent, worn * part))
    return _amounts(plant, until), _amounts(plant, after)


@lru_cache(maxsize=KEPT)
def _timetable(calendar: Calendar, day: date, lead: int, life: int) -> tuple[Floats, ...]:
    """Ends of the months of spending and of service, each month's share by column, and all service.

    Spending takes the months up to the one before service. Valuations with other drivers have the
    same plant, so its months are counted once.
    """
    edges, shares = months_in(calendar, day, -lead, life)
    spent, months = shares[:lead] / lead, shares[lead:]
    found = (edges[: lead + 1], edges[lead:], spent, months, months.sum(0))
    read_only(*found)
    return found


def _half_years(calendar: Calendar, stub: Floats, service: float, life: int) -> Floats:
    """Months of depreciation by column: half a year in the fiscal year of service."""
    # The end of a fiscal year opens the next one.
    age = np.arange(len(calendar.ends) - 1) - calendar.year_after(service)
    years = np.clip(age + 0.5, 0, life / 12) - np.clip(age - 0.5, 0, life / 12)
    return MONTHS_PER_YEAR * np.concatenate([years[:1] * stub, years])


def _amounts(plant: Plant, shares: list[tuple[Floats, Floats, Floats]]) -> Vintages:
    online, spent, worn = (stacked(list(part), -2) for part in zip(*shares, strict=True))
    cost = plant.megawatts * plant.capex
    life = np.asarray(plant.life)[:, None] * MONTHS_PER_YEAR
    return Vintages(
        megawatts=plant.megawatts[..., None] * online / MONTHS_PER_YEAR,
        spending=cost[..., None] * spent,
        depreciation=cost[..., None] * (worn / life),
    )
