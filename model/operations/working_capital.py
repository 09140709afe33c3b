"""Working capital with customers' deposits, and commitments under leases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.arrays import lagged
from model.dcf import discounting
from model.errors import Floats, InputError, floats, one_of, require, shown, yearly_rate

Kind = Literal["asset", "liability"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WorkingBasis = Literal["revenue", "costs"]
WORKING_BASES: tuple[WorkingBasis, ...] = get_args(WorkingBasis)
#: Days in a year, where a balance is given in days of revenue or of costs.
DAYS = 365.0
#: Longest time that a lease may run, years from today.
LONGEST = 600
#: Leases end on the grid of the years, but for what division leaves.
ROUNDING = 1e-9


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

    Raises
    ------
    InputError
        For a negative amount, or deliveries of another number of years.

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

    Raises
    ------
    InputError
        For negative revenue or costs, or lines of different lengths; ``#N/A`` where an item has the
        basis costs and there are none.
    """
    bases = {"revenue": _basis("revenue", revenue, None)}
    years = bases["revenue"].shape[-1]
    if costs is not None:
        bases["costs"] = _basis("costs", costs, years)
    elif "costs" in items.basis:
        raise InputError("costs", "must be given, because items have the basis costs", "#N/A")
    balances = [items.share[..., i, None] * bases[basis] for i, basis in enumerate(items.basis)]
    shape = np.broadcast_shapes(*(b.shape for b in balances), (*items.opening.shape[:-1], 1))
    by_item = np.stack([np.broadcast_to(b, shape) for b in balances], axis=-2)
    sign = np.array([1.0 if k == "asset" else -1.0 for k in items.kind])
    closing = (sign[:, None] * by_item).sum(-2)
    opening = (sign * items.opening).sum(-1)
    if held is not None:
        if held.closing.shape[-1] != years:
            raise InputError(
                "deposits_received", f"must hold {years} years, not {held.closing.shape[-1]}"
            )
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


def lease_payments(leases: Leases, years: int | None = None) -> Floats:
    """Lay lease payments out by year from commencement.

    Parameters
    ----------
    leases : Leases
        Payments are level over each lease's term.
    years : int, optional
        Until the last lease ends if omitted.

    Returns
    -------
    ndarray, shape (..., leases, years)
        USD millions.

    Raises
    ------
    InputError
        For years outside 1 to 600.

    Examples
    --------
    >>> lease_payments(Leases.of(["Hall"], [60.0], [0.5], [2.0]))
    array([[15., 30., 15.]])
    """
    ends = leases.start + leases.term
    if years is None:
        years = max(1, int(np.ceil(ends.max() - ROUNDING)))
    elif not 1 <= years <= LONGEST:
        raise InputError("years", f"must be from 1 to {LONGEST}, not {shown(years)}")
    year = np.arange(years)
    overlap = np.minimum(ends[..., None], year + 1) - np.maximum(leases.start[..., None], year)
    part = np.maximum(overlap, 0.0) / leases.term[..., None]
    return np.asarray(leases.commitment[..., None] * part)


def lease_costs(leases: Leases, rate: npt.ArrayLike, timing: str = "mid") -> LeaseCosts:
    """Discount lease payments from commencement to their end.

    Parameters
    ----------
    leases : Leases
    rate : array_like, shape (...)
        Incremental borrowing rate a year, above -1 and at most 1.
    timing : {"mid", "end"}
        When in its year a payment falls.

    Returns
    -------
    LeaseCosts

    Raises
    ------
    InputError
        For a rate outside -1 to 1, or an unknown timing.

    References
    ----------
    ASC 842-20-30-1 for the present value; ASC 842-20-50-3(b) for leases not yet commenced.

    Examples
    --------
    >>> lease_costs(Leases.of(["Hall"], [60.0], [1.0], [2.0]), 0.0).present_value
    array([60.])
    """
    r = yearly_rate("rate", rate)
    payment = lease_payments(leases)
    factor = discounting.discount_factors(r[..., None] + np.zeros(payment.shape[-1]), timing)
    return LeaseCosts(payment, (payment * factor[..., None, :]).sum(-1))
