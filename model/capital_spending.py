"""Capital that the business ties up: plant by vintage, working capital, lease commitments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model import discounting
from model.arrays import lagged
from model.errors import Floats, InputError, floats, one_of, require

Convention = Literal["half-year", "full-year"]
#: When in its first year plant starts to depreciate.
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
_START = {"half-year": 0.5, "full-year": 0.0}
Kind = Literal["asset", "liability"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WorkingBasis = Literal["revenue", "costs"]
WORKING_BASES: tuple[WorkingBasis, ...] = get_args(WorkingBasis)
#: Days in a year, where a balance is given in days of revenue or of costs.
DAYS = 365.0
#: Longest time that a schedule looks ahead, years.
LONGEST = 600
#: Lives end on the grid of the years, but for what division leaves.
ROUNDING = 1e-9


# Plant -------------------------------------------------------------------------------------------


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


# Working capital ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class WorkingItems:
    """Items of working capital; make them with `WorkingItems.of`. Arrays end in the items."""

    name: tuple[str, ...]
    kind: tuple[str, ...]
    basis: tuple[str, ...]
    share: Floats
    opening: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        kind: Sequence[str],
        opening: npt.ArrayLike,
        share: npt.ArrayLike,
        basis: Sequence[str] | None = None,
    ) -> WorkingItems:
        """Check items: balances as a share of a year's revenue or costs, and where they open."""
        share_, opening_ = floats("items Share", share), floats("items Opening", opening)
        require(share_ >= 0, "items Share", "at least 0", share_)
        require(opening_ >= 0, "items Opening", "at least 0", opening_)
        return cls(
            tuple(name),
            tuple(one_of("items Kind", k, KINDS) for k in kind),
            tuple(
                one_of("items Basis", b, WORKING_BASES) for b in basis or ["revenue"] * len(name)
            ),
            share_,
            opening_,
        )


@dataclass(frozen=True)
class Deposits:
    """Customers' deposits: opening + received - released = closing, (..., years)."""

    opening: Floats
    received: Floats
    released: Floats
    closing: Floats


@dataclass(frozen=True)
class WorkingCapital:
    """Working capital by item and in total, USD millions.

    Attributes
    ----------
    by_item : ndarray, shape (..., items, years)
        Balances at the ends of the years, all at least 0.
    net_opening, net_closing, change : ndarray, shape (..., years)
        Assets less liabilities and deposits; a positive change takes cash.
    """

    by_item: Floats
    net_opening: Floats
    net_closing: Floats
    change: Floats


def deposits(
    received: npt.ArrayLike, delivered: npt.ArrayLike, opening: npt.ArrayLike = 0.0
) -> Deposits:
    """Roll customers' deposits forward, released as the capacity that they paid for is delivered.

    Parameters
    ----------
    received : array_like, shape (..., years)
        Deposits received in each year, USD millions, at least 0.
    delivered : array_like, shape (..., years)
        Capacity delivered in each year, in any unit, at least 0.
    opening : array_like, shape (...)
        Deposits held before the first year.

    Returns
    -------
    Deposits
        Each year releases what is held in proportion to its part of the deliveries still to
        come, so that the last delivery releases all; what comes later stays.

    Examples
    --------
    >>> deposits([0, 0, 0], [250, 250, 250], 300).closing
    array([200., 100.,   0.])
    """
    taken = np.atleast_1d(floats("deposits_received", received))
    units = np.atleast_1d(floats("capacity_delivered", delivered))
    start = floats("opening_deposits", opening)
    require(taken >= 0, "deposits_received", "at least 0", taken)
    require(units >= 0, "capacity_delivered", "at least 0", units)
    require(start >= 0, "opening_deposits", "at least 0", start)
    if units.shape[-1] != taken.shape[-1]:
        raise InputError(
            "capacity_delivered", f"must hold {taken.shape[-1]} years, not {units.shape[-1]}"
        )
    to_come = np.cumsum(units[..., ::-1], axis=-1)[..., ::-1]
    part = np.divide(units, to_come, out=np.zeros_like(units), where=to_come > 0)
    balance = start
    rows = []
    for year in range(taken.shape[-1]):
        held = balance + taken[..., year]
        released = held * part[..., year]
        rows.append((balance + 0.0 * held, released, held - released))
        balance = held - released
    opened, out, closed = (np.stack(column, axis=-1) for column in zip(*rows, strict=True))
    return Deposits(opened, np.broadcast_to(taken, out.shape), out, closed)


def working_capital(
    items: WorkingItems,
    revenue: npt.ArrayLike,
    costs: npt.ArrayLike | None = None,
    held: Deposits | None = None,
) -> WorkingCapital:
    """Working capital from revenue and costs, with the deposits that customers have paid.

    Parameters
    ----------
    items : WorkingItems
    revenue, costs : array_like, shape (..., years)
        USD millions, at least 0; costs are needed where an item is a share of them.
    held : Deposits, optional

    Returns
    -------
    WorkingCapital
    """
    bases = {"revenue": _basis("revenue", revenue, None)}
    years = bases["revenue"].shape[-1]
    if costs is not None:
        bases["costs"] = _basis("costs", costs, years)
    elif "costs" in items.basis:
        raise InputError("costs", "must be given, because items have the basis costs", "#N/A")
    balances = [
        items.share[..., i, None] * bases[basis] for i, basis in enumerate(items.basis)
    ]
    shape = np.broadcast_shapes(*(b.shape for b in balances), items.opening.shape[:-1] + (1,))
    by_item = np.stack([np.broadcast_to(b, shape) for b in balances], axis=-2)
    sign = np.array([1.0 if k == "asset" else -1.0 for k in items.kind])
    closing = (sign[:, None] * by_item).sum(-2)
    opening = (sign * items.opening).sum(-1)
    if held is not None:
        closing = closing - held.closing
        opening = opening - held.opening[..., 0]
    before = lagged(opening, closing)
    return WorkingCapital(by_item, before, closing, closing - before)


def _basis(argument: str, values: npt.ArrayLike, years: int | None) -> Floats:
    found = np.atleast_1d(floats(argument, values))
    require(found >= 0, argument, "at least 0", found)
    if years is not None and found.shape[-1] != years:
        raise InputError(argument, f"must hold {years} years, not {found.shape[-1]}")
    return found


# Leases ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leases:
    """Signed leases, also those not yet commenced; make them with `Leases.of`."""

    name: tuple[str, ...]
    commitment: Floats
    start: Floats
    term: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        commitment: npt.ArrayLike,
        start: npt.ArrayLike,
        term: npt.ArrayLike,
    ) -> Leases:
        """Check leases: payments in total, years until they start, and years they last."""
        amount, begin = floats("leases Commitment", commitment), floats("leases Start", start)
        last = floats("leases Term", term)
        require(amount >= 0, "leases Commitment", "at least 0", amount)
        require(begin >= 0, "leases Start", "at least 0", begin)
        require(last > 0, "leases Term", "above 0", last)
        require(
            begin + last <= LONGEST, "leases Term", f"at most {LONGEST} years after today", last
        )
        return cls(tuple(name), amount, begin, last)


@dataclass(frozen=True)
class LeaseCosts:
    """Payments by lease and year (..., leases, years), and their present value (..., leases)."""

    payment: Floats
    present_value: Floats


def lease_costs(leases: Leases, rate: npt.ArrayLike, timing: str = "mid") -> LeaseCosts:
    """Lay lease payments out by year from commencement, and discount them.

    Parameters
    ----------
    leases : Leases
        Payments are level over each lease's term.
    rate : array_like, shape (...)
        Incremental borrowing rate a year, above -1.
    timing : {"mid", "end"}
        When in its year a payment falls.

    Returns
    -------
    LeaseCosts
        Over as many years as the last lease runs.

    References
    ----------
    ASC 842-20-30-1 for the present value; ASC 842-20-50-3(b) for leases not yet commenced.

    Examples
    --------
    >>> made = lease_costs(Leases.of(["Hall"], [60.0], [1.0], [2.0]), 0.0)
    >>> made.payment, made.present_value
    (array([[ 0., 30., 30.]]), array([60.]))
    """
    r = floats("rate", rate)
    require(r > -1, "rate", "above -1", r)
    ends = leases.start + leases.term
    years = max(1, int(np.ceil(ends.max() - ROUNDING)))
    year = np.arange(years)
    overlap = np.minimum(ends[..., None], year + 1) - np.maximum(leases.start[..., None], year)
    part = np.maximum(overlap, 0.0) / leases.term[..., None]
    payment = leases.commitment[..., None] * part
    factor = discounting.discount_factors(r[..., None] + np.zeros(years), timing)
    return LeaseCosts(payment, (payment * factor[..., None, :]).sum(-1))
