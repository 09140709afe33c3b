"""Working capital, with customers' deposits released as capacity is delivered."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import numpy as np

from model.arrays import lagged
from model.errors import Floats, InputError
from model.fields import ROW, ZERO, Amount, Megawatts, Names, column, line
from model.functions import function
from model.operations.streams import OPTIONAL
from model.tables import Schedule, Table

Kind = Literal["asset", "liability"]
WorkingBasis = Literal["revenue", "costs"]
#: Days in a year, for balances given in days of revenue or of costs.
DAYS = 365.0


class WorkingItems(Table):
    """Items of working capital, one a row: each in days or as a share of its basis."""

    name: Names = column("Item", "name", "Name of the item.", key=True)
    kind: Names = column("Kind", "name", "Which side it is on.", choices=get_args(Kind))
    opening: Floats = column("Opening", "USD m", "Balance before the first year.", low=0)
    days: Floats = column("Days", "days", "Days of the basis.", low=0, **OPTIONAL)
    share: Floats = column("Share", "fraction", "Share of the basis.", low=0, high=5, **OPTIONAL)
    basis: Names = column(
        "Basis",
        "name",
        "What the balance is a share of.",
        choices=get_args(WorkingBasis),
        default="revenue",
        blank="revenue",
    )

    @classmethod
    def argument(cls) -> str:
        """Name the table as the function does."""
        return "items"

    def check(self) -> None:
        """Refuse an item without exactly one of days and share."""
        in_share = ~np.isnan(self.share)
        if (np.isnan(self.days) == ~in_share).any():
            raise InputError("items", "must have either Days or a Share in every row")

    @property
    def part(self) -> Floats:
        """A balance as a fraction of the year's basis."""
        return np.where(np.isnan(self.share), self.days / DAYS, self.share)


class WorkingCapital(Schedule):
    """Balances by item (..., items, years), of deposits, and net (..., years)."""

    items: Names
    by_item: Floats = line("{}", each="items")
    deposits_opening: Floats = line("Deposits, opening")
    deposits_received: Floats = line("Deposits, received")
    deposits_released: Floats = line("Deposits, released")
    deposits_closing: Floats = line("Deposits, closing", total=True)
    net_opening: Floats = line("Net working capital, opening")
    change: Floats = line("Change of working capital")
    net_closing: Floats = line("Net working capital, closing", total=True)


@function
def working_capital(
    revenue: Annotated[Amount, ROW],
    items: WorkingItems,
    costs: Annotated[Amount, ROW] | None = None,
    deposits_received: Annotated[Amount, ROW] | None = None,
    capacity_delivered: Annotated[Megawatts, ROW] | None = None,
    opening_deposits: Amount = ZERO,
) -> WorkingCapital:
    """Working capital by item, with customers' deposits released as capacity is delivered.

    Parameters
    ----------
    revenue
        Revenue of each year.
    costs
        Costs of each year, if an item has the basis costs.
    deposits_received
        Deposits and other advances received in each year.
    capacity_delivered
        Capacity delivered in each year; needed where there are deposits.
    opening_deposits
        Deposits before the first year.

    Returns
    -------
    WorkingCapital
        A positive change uses cash.

    Raises
    ------
    InputError
        For ranges of different lengths, or an item without exactly one of Days and Share;
        for deposits without deliveries, and for a basis without its costs.

    Notes
    -----
    A balance is ``days / 365`` or the share, times the year's revenue or costs. Deposits are
    released in proportion to the deliveries still to come, so that the last one releases all.
    The line Change of working capital feeds the driver working_capital_change of DCF_FORECAST;
    deposits that are in it must not be deducted again among other_claims.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed., on operating working capital;
    ASC 606-10-45-2 for customers' advances as contract liabilities.

    Examples
    --------
    Deposits of 300 for three equal deliveries, and receivables of 100 days:

    >>> items = WorkingItems(["Receivables"], ["asset"], [80_394], days=[100])
    >>> made = working_capital([318_402] * 3, items, None, [0, 0, 0], [1, 1, 1], 300)
    >>> made.by_item[0].round(), made.deposits_closing
    (array([87233., 87233., 87233.]), array([200., 100.,   0.]))
    """
    bases = {"revenue": revenue}
    if costs is not None:
        bases["costs"] = costs
        _same_years("costs", costs, revenue)
    elif "costs" in items.basis:
        raise InputError("costs", "must be given, because items have the basis costs", "missing")
    if capacity_delivered is None:
        if deposits_received is not None or np.any(opening_deposits):
            raise InputError("capacity_delivered", "must be given with deposits", "missing")
        capacity_delivered = 0.0 * revenue
    if deposits_received is None:
        deposits_received = 0.0 * revenue
    _same_years("deposits_received", deposits_received, revenue)
    held, released, left = deposits(deposits_received, capacity_delivered, opening_deposits)

    part = items.part
    balances = [part[..., i, None] * bases[basis] for i, basis in enumerate(items.basis)]
    shape = np.broadcast_shapes(*(b.shape for b in balances), (*items.opening.shape[:-1], 1))
    by_item = np.stack([np.broadcast_to(b, shape) for b in balances], axis=-2)
    sign = np.array([1.0 if kind == "asset" else -1.0 for kind in items.kind])
    closing = (sign[:, None] * by_item).sum(-2) - left
    opening = lagged((sign * items.opening).sum(-1) - held[..., 0], closing)
    return WorkingCapital(
        items=items.name,
        by_item=by_item,
        deposits_opening=held,
        deposits_received=deposits_received,
        deposits_released=released,
        deposits_closing=left,
        net_opening=opening,
        change=closing - opening,
        net_closing=closing,
    )


def deposits(received: Floats, delivered: Floats, opening: Floats) -> tuple[Floats, ...]:
    """Roll customers' deposits forward, released as the capacity that they paid for is delivered.

    Each year releases what is held in proportion to its part of the deliveries still to come, so
    that the last delivery releases all; what comes later stays.

    Returns
    -------
    tuple of ndarray, shape (..., years)
        Opening, released, closing.

    Examples
    --------
    >>> deposits(np.zeros(3), np.array([250.0, 250.0, 250.0]), np.float64(300))[-1]
    array([200., 100.,   0.])
    """
    _same_years("capacity_delivered", delivered, received)
    to_come = np.cumsum(delivered[..., ::-1], axis=-1)[..., ::-1]
    part = np.divide(delivered, to_come, out=np.zeros_like(delivered), where=to_come > 0)
    balance = opening
    rows = []
    for year in range(received.shape[-1]):
        held = balance + received[..., year]
        released = held * part[..., year]
        rows.append((balance + 0.0 * held, released, held - released))
        balance = held - released
    return tuple(np.stack(of, axis=-1) for of in zip(*rows, strict=True))


def _same_years(argument: str, values: Floats, others: Floats) -> None:
    if values.shape[-1] != others.shape[-1]:
        raise InputError(argument, f"must hold {others.shape[-1]} years, not {values.shape[-1]}")
