"""Capital spending by capacity, and the plant that it builds, vintage by vintage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.arrays import lagged
from model.errors import Floats, InputError, floats, one_of, require

Convention = Literal["half-year", "full-year"]
#: When in its first year plant starts to depreciate.
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
_START = {"half-year": 0.5, "full-year": 0.0}
#: Longest time that a schedule looks ahead, years.
LONGEST = 600
#: Lives end on the grid of the years, but for what division leaves.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Plant:
    """Plant by vintage and in total, USD millions, lines of shape (..., years).

    Attributes
    ----------
    unit_cost, capital_expenditure : ndarray
        Cost of a unit of capacity, and spending.
    by_vintage : ndarray, shape (..., 1 + years, years)
        Depreciation of the opening plant, then of each year's additions, by year.
    depreciation : ndarray
    gross_opening, retired, gross_closing : ndarray
        At cost; plant is retired when it is written off.
    net_opening, net_closing : ndarray
        Net of depreciation.
    """

    unit_cost: Floats
    capital_expenditure: Floats
    by_vintage: Floats
    depreciation: Floats
    gross_opening: Floats
    retired: Floats
    gross_closing: Floats
    net_opening: Floats
    net_closing: Floats


def plant(
    added: npt.ArrayLike,
    unit_cost: npt.ArrayLike,
    life: npt.ArrayLike,
    cost_decline: npt.ArrayLike = 0.0,
    opening_net: npt.ArrayLike = 0.0,
    opening_gross: npt.ArrayLike | None = None,
    opening_life: npt.ArrayLike | None = None,
    convention: str = "half-year",
) -> Plant:
    """Capital spending by capacity, depreciated in a straight line vintage by vintage.

    Parameters
    ----------
    added : array_like, shape (..., years)
        Capacity added in each year, such as MW, at least 0.
    unit_cost : array_like, shape (...) or (..., years)
        USD millions for a unit of capacity: of the first year, or of each year.
    life : array_like, shape (...)
        Years of depreciation, above 0.
    cost_decline : array_like, shape (...)
        Fall of the unit cost a year after the first, below 1; not with a cost for each year.
    opening_net, opening_gross : array_like, shape (...)
        Plant before the first year, net and at cost; at cost it is the net amount if omitted.
    opening_life : array_like, shape (...), optional
        Years until the opening plant is written off: ``life * net / gross`` if omitted, which
        is the remaining life of plant of which the share net / gross is left.
    convention : {"half-year", "full-year"}
        half-year: additions come in mid-year, so that their first and last calendar year bear
        half; full-year: they come at the start of the year.

    Returns
    -------
    Plant

    Raises
    ------
    InputError
        For negative capacity or cost, a life that is not above 0, a decline beside a cost for each
        year, opening plant whose cost is below its net amount, or more than 600 years.

    References
    ----------
    IRS Publication 946, table A-8: straight line with the half-year convention.

    Examples
    --------
    >>> made = plant([100, 0, 0, 0, 0, 0], 1.0, 5)
    >>> made.depreciation
    array([10., 20., 20., 20., 20., 10.])
    """
    convention = one_of("convention", convention, CONVENTIONS)
    units = np.atleast_1d(floats("added", added))
    require(units >= 0, "added", "at least 0", units)
    years = units.shape[-1]
    if not 1 <= years <= LONGEST:
        raise InputError("added", f"must hold from 1 to {LONGEST} years, not {years}")
    cost = _unit_cost(unit_cost, cost_decline, years)
    span = floats("life", life)
    require((span > 0) & (span <= LONGEST), "life", f"above 0 and at most {LONGEST}", span)
    spending = units * cost
    net, gross, left = _opening(opening_net, opening_gross, opening_life, span)

    shape = np.broadcast_shapes(spending.shape[:-1], span.shape, net.shape, left.shape)
    amounts = np.concatenate(
        [
            np.broadcast_to(net[..., None], (*shape, 1)),
            np.broadcast_to(spending, (*shape, years)),
        ],
        axis=-1,
    )
    at_cost = amounts.copy()
    at_cost[..., 0] = gross
    lives = np.concatenate(
        [
            np.broadcast_to(left[..., None], (*shape, 1)),
            np.broadcast_to(span[..., None], (*shape, years)),
        ],
        axis=-1,
    )
    # Years from today to the start of each vintage; the opening plant is at work.
    start = np.concatenate([[0.0], np.arange(years) + _START[convention]])[:, None]
    ends = np.arange(1, years + 1)
    life_of = np.maximum(lives, ROUNDING)[..., None]
    written_off = start + lives[..., None]
    overlap = np.minimum(written_off, ends) - np.maximum(start, ends - 1)
    by_vintage = amounts[..., None] * np.maximum(overlap, 0.0) / life_of
    bought = np.arange(-1, years)[:, None] < ends
    remaining = np.clip((written_off - ends) / life_of, 0.0, 1.0)
    held = amounts[..., None] * np.where(bought, remaining, 0.0)
    in_use = bought & (written_off > ends + ROUNDING)
    new = np.eye(years + 1, years, -1, dtype=bool)
    new[0, 0] = True
    was_in_use = np.concatenate([np.zeros_like(in_use[..., :1]), in_use[..., :-1]], axis=-1)
    retired = at_cost[..., None] * ((was_in_use | new) & ~in_use)

    net_closing, gross_closing = held.sum(-2), (at_cost[..., None] * in_use).sum(-2)
    return Plant(
        unit_cost=np.broadcast_to(cost, spending.shape),
        capital_expenditure=spending,
        by_vintage=by_vintage,
        depreciation=by_vintage.sum(-2),
        gross_opening=lagged(np.broadcast_to(gross, shape), gross_closing),
        retired=retired.sum(-2),
        gross_closing=gross_closing,
        net_opening=lagged(np.broadcast_to(net, shape), net_closing),
        net_closing=net_closing,
    )


def _unit_cost(unit_cost: npt.ArrayLike, cost_decline: npt.ArrayLike, years: int) -> Floats:
    cost, decline = floats("unit_cost", unit_cost), floats("cost_decline", cost_decline)
    require(cost >= 0, "unit_cost", "at least 0", cost)
    require((decline > -1) & (decline < 1), "cost_decline", "above -1 and below 1", decline)
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


def _opening(
    opening_net: npt.ArrayLike,
    opening_gross: npt.ArrayLike | None,
    opening_life: npt.ArrayLike | None,
    life: Floats,
) -> tuple[Floats, Floats, Floats]:
    net = floats("opening_net", opening_net)
    require(net >= 0, "opening_net", "at least 0", net)
    gross = net if opening_gross is None else floats("opening_gross", opening_gross)
    require(gross >= net, "opening_gross", "at least opening_net", gross)
    if opening_life is not None:
        left = floats("opening_life", opening_life)
        require(
            (left > 0) & (left <= LONGEST), "opening_life", f"above 0 and at most {LONGEST}", left
        )
        return net, gross, left
    share = np.divide(net, gross, out=np.zeros(np.broadcast(net, gross).shape), where=gross > 0)
    return net, gross, np.asarray(life * share)
