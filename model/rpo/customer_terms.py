"""A customer who is also holder of warrants and lender: what that does to revenue and shares.

Warrants granted to a customer are consideration payable to it: their fair value at the grant is
taken off the revenue from that customer as the revenue is recognised, because it was promised
when the contract was made (ASC 606-10-32-25 to 27 and 718-10-25-2C; measured by ASC 718-10-30).
The same warrants dilute as they vest. Both come from one table here, so that contra-revenue and
share count cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.arrays import lagged
from model.calendar import MONTHS_PER_YEAR, whole_periods
from model.errors import Floats, InputError, floats, require


@dataclass(frozen=True)
class WarrantTranches:
    """Tranches of a customer's warrant, one per place on the last axis.

    Attributes
    ----------
    name : tuple of str
        What each tranche is called.
    shares, fair_value : ndarray, shape (..., tranches)
        Millions of shares that are expected to vest, and USD per share at the grant.
    vest_month : tuple of int or None
        Month from the balance date in which a tranche vests as a whole, 0 or less where it has
        vested already; None where it vests with deliveries.
    """

    name: tuple[str, ...]
    shares: Floats
    fair_value: Floats
    vest_month: tuple[int | None, ...]

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        shares: npt.ArrayLike,
        fair_value: npt.ArrayLike,
        vest_month: Sequence[int | None],
        included: npt.ArrayLike = 1.0,
    ) -> WarrantTranches:
        """Check and collect tranches; `included` is the share judged probable to vest."""
        count, value, likely, _ = np.broadcast_arrays(
            floats("tranches Shares", shares),
            floats("tranches Fair value", fair_value),
            floats("tranches Included", included),
            np.zeros(len(name)),
        )
        require(count >= 0, "tranches Shares", "at least 0", count)
        require(value >= 0, "tranches Fair value", "at least 0", value)
        require((likely >= 0) & (likely <= 1), "tranches Included", "from 0 to 1", likely)
        return cls(tuple(name), count * likely, value, tuple(vest_month))


@dataclass(frozen=True)
class CustomerWarrant:
    """Warrants as contra-revenue and as dilution; shapes (..., periods).

    Attributes
    ----------
    revenue, contra_revenue, net_revenue : ndarray
        Revenue from the customer before and after the warrants, USD millions.
    opening, vested_value, closing : ndarray
        Corkscrew of the warrant asset: opening + value vested - contra-revenue = closing.
        Negative while contra-revenue runs ahead of vesting.
    vested_by_tranche : ndarray, shape (..., tranches, periods)
        Millions of shares vested by the ends of periods.
    vesting, vested : ndarray
        Millions of shares that vest in a period, and that have vested by its end.
    """

    revenue: Floats
    contra_revenue: Floats
    net_revenue: Floats
    opening: Floats
    vested_value: Floats
    closing: Floats
    vested_by_tranche: Floats
    vesting: Floats
    vested: Floats


def customer_warrant(
    tranches: WarrantTranches,
    revenue: npt.ArrayLike,
    deliveries: npt.ArrayLike | None = None,
    months_per_period: int = 3,
) -> CustomerWarrant:
    """Contra-revenue and vested shares of a customer's warrant, in one schedule.

    Parameters
    ----------
    tranches : WarrantTranches
        Shares, fair value at the grant, and when each tranche vests.
    revenue : array_like, shape (..., periods)
        Revenue from the customer before the warrants, through the end of the contract, USD
        millions: contra-revenue is spread in proportion to it.
    deliveries : array_like, shape (..., periods), optional
        What is delivered in each period, in any unit: tranches without a month vest in
        proportion to it. The revenue if not given.
    months_per_period : int
        Length of the periods, for the tranches that vest in a month.

    Returns
    -------
    CustomerWarrant
        Its contra-revenue sums to shares times fair value, and its vested shares end at the
        shares of all tranches.

    Raises
    ------
    InputError
        For negative amounts, flows of nothing, periods that differ, or a tranche that vests after
        the last period.

    Examples
    --------
    >>> warrant = WarrantTranches.of(["Loan", "Capacity"], [1.0, 3.0], 80.0, [0, None])
    >>> made = customer_warrant(warrant, [100.0, 300.0])
    >>> made.contra_revenue.tolist(), made.vested.tolist()
    ([80.0, 240.0], [1.75, 4.0])
    """
    sales = np.atleast_1d(floats("revenue", revenue))
    require(sales >= 0, "revenue", "at least 0", sales)
    periods = sales.shape[-1]
    delivered = sales if deliveries is None else np.atleast_1d(floats("deliveries", deliveries))
    require(delivered >= 0, "deliveries", "at least 0", delivered)
    if delivered.shape[-1] != periods:
        raise InputError(
            "deliveries",
            f"must hold as many periods as revenue, {periods}, not {delivered.shape[-1]}",
        )
    for argument, flow in (("revenue", sales), ("deliveries", delivered)):
        require(flow.sum(-1) > 0, argument, "above 0 in total", flow.sum(-1))
    months = whole_periods(periods, months_per_period)
    vested_share = _vested_share(tranches.vest_month, delivered, months)
    vested_by_tranche = tranches.shares[..., None] * vested_share
    worth = tranches.shares * tranches.fair_value
    by_revenue = sales / sales.sum(-1, keepdims=True)
    contra = worth.sum(-1)[..., None] * by_revenue
    at_start = np.array([month is not None and month <= 0 for month in tranches.vest_month])
    before = (worth * at_start).sum(-1)
    vested = vested_by_tranche.sum(-2)
    value = (worth[..., None] * vested_share).sum(-2)
    vested_value = value - lagged(before, value)
    # What is yet to be taken off revenue less what is yet to vest, so that it ends at zero.
    ahead = np.cumsum((contra - vested_value)[..., ::-1], axis=-1)[..., ::-1]
    closing = np.concatenate([ahead[..., 1:], np.zeros_like(ahead[..., :1])], axis=-1)
    return CustomerWarrant(
        revenue=sales,
        contra_revenue=contra,
        net_revenue=sales - contra,
        opening=lagged(before, closing),
        vested_value=vested_value,
        closing=closing,
        vested_by_tranche=vested_by_tranche,
        vesting=vested - lagged((tranches.shares * at_start).sum(-1), vested),
        vested=vested,
    )


def _vested_share(
    vest_month: tuple[int | None, ...], delivered: Floats, months: npt.NDArray[np.int_]
) -> Floats:
    """Share of each tranche vested by the ends of periods, shape (..., tranches, periods)."""
    late = [m for m in vest_month if m is not None and m > months[-1]]
    if late:
        raise InputError(
            "tranches Vest month", f"must be within the {months[-1]} months, not {late[0]}"
        )
    reached = np.cumsum(delivered, axis=-1) / delivered.sum(-1, keepdims=True)
    return np.stack(
        [
            reached if month is None else np.broadcast_to(months >= month, reached.shape)
            for month in vest_month
        ],
        axis=-2,
    )


@dataclass(frozen=True)
class CustomerLoan:
    """A customer's loan; shapes (..., periods), USD millions.

    Attributes
    ----------
    opening, in_capacity, instalment, closing : ndarray
        The principal's corkscrew: opening - repaid in capacity - instalment = closing.
    interest : ndarray
        Interest of the period on what will be repaid in cash.
    cash : ndarray
        Instalment and interest paid.
    """

    opening: Floats
    in_capacity: Floats
    instalment: Floats
    interest: Floats
    closing: Floats
    cash: Floats


def customer_loan(
    principal: npt.ArrayLike,
    rate: npt.ArrayLike,
    in_capacity: npt.ArrayLike,
    first_instalment: int,
    instalments: int = 3,
    months_per_period: int = 3,
) -> CustomerLoan:
    """Repay a customer's loan in capacity as it is delivered, and the rest in yearly instalments.

    Parameters
    ----------
    principal : array_like, shape (...)
        USD millions outstanding at the balance date.
    rate : array_like, shape (...)
        Simple interest, fraction a year, waived on what is repaid in capacity.
    in_capacity : array_like, shape (..., periods)
        Principal repaid in capacity in each period, USD millions; at most the principal.
    first_instalment : int
        Month of the first instalment from the balance date.
    instalments : int
        How many equal instalments, a year apart, repay what capacity does not.
    months_per_period : int
        Length of the periods.

    Returns
    -------
    CustomerLoan
        Interest accrues on the part repaid in cash and is paid as it accrues.

    Raises
    ------
    InputError
        For negative amounts, capacity that repays more than the principal, or instalments after the
        last period.

    Examples
    --------
    >>> made = customer_loan(100.0, 0.06, [10.0, 0.0, 0.0], 24, 2, 12)
    >>> made.closing.tolist(), made.interest.round(3).tolist()
    ([90.0, 45.0, 0.0], [5.4, 5.4, 2.7])
    """
    owed = floats("principal", principal)
    r = floats("rate", rate)
    capacity = np.atleast_1d(floats("in_capacity", in_capacity))
    require(owed >= 0, "principal", "at least 0", owed)
    require((r >= 0) & (r <= 1), "rate", "a fraction from 0 to 1", r)
    require(capacity >= 0, "in_capacity", "at least 0", capacity)
    by_capacity = capacity.sum(-1)
    require(by_capacity <= owed * (1 + 1e-9), "in_capacity", "at most the principal", by_capacity)
    ends = whole_periods(capacity.shape[-1], months_per_period)
    if not 1 <= first_instalment <= ends[-1]:
        raise InputError(
            "first_instalment", f"must be a month from 1 to {ends[-1]}, not {first_instalment}"
        )
    room = 1 + (int(ends[-1]) - first_instalment) // MONTHS_PER_YEAR
    if not 1 <= instalments <= room:
        raise InputError(
            "instalments",
            f"must be a number from 1 to {room}, so that the last one falls within the "
            f"{ends[-1]} months of the schedule, not {instalments}",
        )
    due = first_instalment + MONTHS_PER_YEAR * np.arange(instalments)
    in_cash = np.maximum(owed - by_capacity, 0.0)
    paid = (due[:, None] <= ends).sum(0) / instalments
    instalment = in_cash[..., None] * np.diff(paid, prepend=0.0)
    outstanding = in_cash[..., None] * (1.0 - np.append(0.0, paid[:-1]))
    interest = r[..., None] * outstanding * (months_per_period / MONTHS_PER_YEAR)
    # What is yet to be repaid, summed from the end, so that the last balance is exactly zero.
    later = np.cumsum((capacity + instalment)[..., ::-1], axis=-1)[..., ::-1]
    closing = np.concatenate([later[..., 1:], np.zeros_like(later[..., :1])], axis=-1)
    return CustomerLoan(
        lagged(owed, closing), capacity, instalment, interest, closing, instalment + interest
    )
