"""Capital spending by capacity, and the resulting plant, vintage by vintage."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from model.arrays import between, lagged, ratio
from model.errors import Floats, InputError, require
from model.fields import ONE_OR_ROW, ROW, ZERO, Amount, Field, Megawatts, Names, line
from model.functions import function
from model.operations.streams import LONGEST
from model.tables import Schedule

Convention = Literal["half-year", "full-year"]
_START = {"half-year": 0.5, "full-year": 0.0}
#: Lives end on the grid of years, except for rounding.
ROUNDING = 1e-9

Life = Annotated[Floats, Field("years", above=0, high=100)]


class Plant(Schedule):
    """Plant by vintage and in total, lines of shape (..., years)."""

    #: The opening plant, then each year's additions.
    vintages: Names
    added: Floats = line("Capacity added", "MW", form="whole money")
    unit_cost: Floats = line("Unit cost", "USD m per MW")
    capital_expenditure: Floats = line("Capital expenditure", total=True)
    by_vintage: Floats = line("Depreciation, {}", each="vintages")
    depreciation: Floats = line("Depreciation", total=True)
    gross_opening: Floats = line("Gross plant, opening")
    gross_added: Floats = line("Gross plant, added")
    retired: Floats = line("Gross plant, retired")
    gross_closing: Floats = line("Gross plant, closing", total=True)
    net_opening: Floats = line("Net plant, opening")
    net_added: Floats = line("Net plant, added")
    net_depreciated: Floats = line("Net plant, depreciated")
    net_closing: Floats = line("Net plant, closing", total=True)


@function
def capex_vintages(
    added: Annotated[Megawatts, ROW],
    unit_cost: Annotated[Floats, Field("USD m per MW", low=0), ONE_OR_ROW],
    life: Life,
    cost_decline: Annotated[Floats, Field("fraction", above=-1, below=1)] = ZERO,
    opening_net: Amount = ZERO,
    opening_gross: Amount | None = None,
    opening_life: Life | None = None,
    convention: Convention = "half-year",
) -> Plant:
    """Capital spending by capacity added, with depreciation by vintage and the resulting plant.

    Parameters
    ----------
    added
        Capacity added in each year, in MW or any other unit.
    unit_cost
        Cost of a unit of capacity: of the first year, or of each year.
    life
        Straight-line life.
    cost_decline
        Fall of the unit cost a year after the first; only with one unit cost.
    opening_net
        Plant before the first year, net of depreciation.
    opening_gross
        The same at cost; opening_net if omitted.
    opening_life
        Years until the opening plant is written off; life * net / gross if omitted.
    convention
        half-year: additions come in mid-year, so half is charged in their first and last years;
        full-year: at the start of the year.

    Raises
    ------
    InputError
        For more than 600 years, a decline with a cost for each year, or opening plant whose cost
        is below its net amount.

    Notes
    -----
    The lines Capital expenditure and Depreciation feed the drivers capital_expenditure and
    depreciation of DCF_FORECAST. Plant is retired at cost when it is written off.

    References
    ----------
    IRS Publication 946, table A-8, which the example reproduces for a life of five years.

    Examples
    --------
    >>> capex_vintages([100, 0, 0, 0, 0, 0], 1, 5).depreciation
    array([10., 20., 20., 20., 20., 10.])
    """
    years = added.shape[-1]
    if not 1 <= years <= LONGEST:
        raise InputError("added", f"must hold from 1 to {LONGEST} years, not {years}")
    cost = _unit_cost(unit_cost, cost_decline, years)
    spending = added * cost
    gross = opening_net if opening_gross is None else opening_gross
    require(gross >= opening_net, "opening_gross", "at least opening_net", gross)
    if opening_life is None:
        opening_life = life * ratio(opening_net, gross)
    shape = np.broadcast_shapes(
        spending.shape[:-1], life.shape, opening_net.shape, gross.shape, opening_life.shape
    )

    def vintages(opening: Floats, additions: Floats) -> Floats:
        """Put the opening plant before each year's additions, along the last axis but one."""
        before = np.broadcast_to(opening[..., None], (*shape, 1))
        after = np.broadcast_to(additions, (*shape, years))
        return np.concatenate([before, after], axis=-1)[..., None]

    amounts, at_cost = vintages(opening_net, spending), vintages(gross, spending)
    lives = vintages(opening_life, life[..., None])
    # Each vintage over the years from its own first one on, as many as the longest life takes.
    longest = max(np.max(life), np.max(opening_life))
    age = np.arange(min(years, int(np.ceil(longest)) + 1))
    bought = np.concatenate([[0], np.arange(years)])[:, None]
    year = bought + age
    # Years from today to the start of each vintage; the opening plant is at work.
    start = bought + _START[convention]
    start[0] = 0.0
    ends = year + 1
    life_of = np.maximum(lives, ROUNDING)
    written_off = start + lives
    overlap = np.minimum(written_off, ends) - np.maximum(start, year)
    depreciated = amounts * np.maximum(overlap, 0.0) / life_of
    remaining = between(0.0, (written_off - ends) / life_of, 1.0)
    in_use = written_off > ends + ROUNDING
    was_in_use = np.ones_like(in_use)
    was_in_use[..., 1:] = in_use[..., :-1]
    retired = at_cost * (was_in_use & ~in_use)

    vintage, of_age = np.nonzero(year < years)
    by_vintage = np.zeros((*depreciated.shape[:-1], years))
    by_vintage[..., vintage, year[vintage, of_age]] = depreciated[..., vintage, of_age]
    depreciation, gross_closing, net_closing, retired = _by_year(
        np.array([depreciated, at_cost * in_use, amounts * remaining, retired]), years
    )
    return Plant(
        vintages=("opening plant", *(f"vintage {year}" for year in range(1, years + 1))),
        added=added,
        unit_cost=np.broadcast_to(cost, spending.shape),
        capital_expenditure=spending,
        by_vintage=by_vintage,
        depreciation=depreciation,
        gross_opening=lagged(gross, gross_closing),
        gross_added=spending,
        retired=retired,
        gross_closing=gross_closing,
        net_opening=lagged(opening_net, net_closing),
        net_added=spending,
        net_depreciated=depreciation,
        net_closing=net_closing,
    )


def _by_year(of_vintages: Floats, years: int) -> Floats:
    """Add up the vintages, (..., vintages, ages), in each year from the oldest to the youngest."""
    ages = of_vintages.shape[-1]
    made = np.zeros((*of_vintages.shape[:-2], years))
    made[..., :ages] = of_vintages[..., 0, :]
    for age in reversed(range(ages)):
        made[..., age:] += of_vintages[..., 1 : years - age + 1, age]
    return made


def _unit_cost(cost: Floats, decline: Floats, years: int) -> Floats:
    if cost.ndim and cost.shape[-1] == years and years > 1:
        require(decline == 0, "cost_decline", "0 where unit_cost has one for each year", decline)
        return cost
    if cost.ndim and cost.shape[-1] != 1:
        raise InputError(
            "unit_cost",
            f"must be one number or one for each of the {years} years, not {cost.shape[-1]}",
        )
    first = cost[..., 0] if cost.ndim else cost
    return np.asarray(first[..., None] * (1 - decline[..., None]) ** np.arange(years))
