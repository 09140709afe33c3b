"""A customer that is also a warrant holder and lender: the effect on revenue and shares.

Warrants granted to a customer are consideration payable to it: their fair value at the grant is
taken off the revenue from that customer as the revenue is recognised, because it was promised
when the contract was made (ASC 606-10-32-25 to 27 and 718-10-25-2C; measured by ASC 718-10-30).
The same warrants dilute as they vest. Both come from one table here, so that contra-revenue and
share count stay consistent.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from model.arrays import lagged
from model.calendar import MONTHS_PER_YEAR, whole_periods
from model.errors import Floats, InputError, require
from model.fields import ROW, Amount, Field, Names, Part, column, line
from model.functions import function
from model.rpo.schedule import Month
from model.tables import Schedule, Table

Delivered = Annotated[Floats, Field("any unit", low=0.0), ROW]
Instalments = Annotated[int, Field("instalments", low=1)]


class WarrantTranches(Table):
    """Tranches of a customer's warrant."""

    name: Names = column("Tranche", "name", "Name of the tranche.", key=True)
    shares: Floats = column("Shares", "m shares", "Shares in the tranche.", low=0)
    fair_value: Floats = column(
        "Fair value", "USD", "Grant-date fair value of a warrant on one share.", low=0
    )
    vest_month: Any = column(
        "Vest month",
        "months",
        "Month from the balance date in which the entire tranche vests: 0 or less if it has "
        "already vested, blank if it vests with deliveries.",
        whole=True,
        default=np.nan,
        blank=np.nan,
    )
    included: Floats = column(
        "Included", "fraction", "Share judged probable to vest.", low=0, high=1, default=1.0
    )

    @classmethod
    def argument(cls) -> str:
        """Name the table as the functions do."""
        return "tranches"

    def check(self) -> None:
        """Broadcast the columns to common scenarios."""
        self.align("shares", "fair_value", "included")

    @property
    def likely(self) -> Floats:
        """Millions of shares that are expected to vest."""
        return np.asarray(self.shares * self.included)


class CustomerWarrant(Schedule):
    """Warrants as contra-revenue and as dilution; shapes (..., periods).

    The warrant asset is negative while contra-revenue runs ahead of vesting.
    """

    title = "Period"

    revenue: Floats = line("Revenue")
    contra_revenue: Floats = line("Contra-revenue")
    net_revenue: Floats = line("Net revenue", total=True)
    opening: Floats = line("Opening warrant asset")
    vested_value: Floats = line("Value vested")
    closing: Floats = line("Closing warrant asset", total=True)
    vested_by_tranche: Floats = line("{}", "m shares", each="tranches")
    vesting: Floats = line("Shares vesting", "m shares")
    vested: Floats = line("Shares vested", "m shares", total=True)
    tranches: Names


@function
def rpo_customer_warrant(
    tranches: WarrantTranches,
    revenue: Annotated[Amount, ROW],
    deliveries: Delivered | None = None,
    months_per_period: Month = 3,
) -> CustomerWarrant:
    """A customer's warrant as contra-revenue and as dilution, period by period, from one table.

    Parameters
    ----------
    tranches
        Shares, fair value at the grant, and when each tranche vests.
    revenue
        Revenue from the customer in each period, before the warrant, to the end of the
        contract; contra-revenue is spread in proportion to it.
    deliveries
        Deliveries in each period: tranches without a Vest month vest in proportion to them. If not
        given, revenue.
    months_per_period
        Length of the periods.

    Returns
    -------
    CustomerWarrant
        The asset is opening + value vested - contra-revenue = closing. Contra-revenue sums to
        shares times fair value.

    Raises
    ------
    InputError
        For flows that are all zero, a Vest month after the last period, or periods that differ.

    References
    ----------
    ASC 606-10-32-25 to 27 and 718-10-25-2C, consideration payable to a customer, recognised
    with the revenue; ASC 718-10-30, its measurement at the grant. The example is the warrant of
    Cerebras's largest customer (S-1).

    Examples
    --------
    33.445026 million shares at 82.02 take 2,743 off the revenue of the contract:

    >>> counts = [4.459337, 5.574171, 23.411518]
    >>> warrant = WarrantTranches(["Loan", "Value", "Capacity"], counts, 82.02, [0, 5, None])
    >>> made = rpo_customer_warrant(warrant, [4000, 8000, 8000], [250, 250, 250], 12)
    >>> round(float(made.contra_revenue.sum())), made.vested.round(3)
    (2743, array([17.837, 25.641, 33.445]))
    """
    vest_month = tuple(None if np.isnan(m) else int(m) for m in tranches.vest_month)
    periods = revenue.shape[-1]
    delivered = revenue if deliveries is None else deliveries
    if delivered.shape[-1] != periods:
        raise InputError(
            "deliveries",
            f"must hold as many periods as revenue, {periods}, not {delivered.shape[-1]}",
        )
    for argument, flow in (("revenue", revenue), ("deliveries", delivered)):
        require(flow.sum(-1) > 0, argument, "above 0 in total", flow.sum(-1))
    months = whole_periods(periods, months_per_period)
    vested_share = _vested_share(vest_month, delivered, months)
    vested_by_tranche = tranches.likely[..., None] * vested_share
    worth = tranches.likely * tranches.fair_value
    by_revenue = revenue / revenue.sum(-1, keepdims=True)
    contra = worth.sum(-1)[..., None] * by_revenue
    at_start = np.array([month is not None and month <= 0 for month in vest_month])
    before = (worth * at_start).sum(-1)
    vested = vested_by_tranche.sum(-2)
    value = (worth[..., None] * vested_share).sum(-2)
    vested_value = value - lagged(before, value)
    # Remaining contra-revenue less remaining vesting, so that it ends at zero.
    ahead = np.cumsum((contra - vested_value)[..., ::-1], axis=-1)[..., ::-1]
    closing = np.concatenate([ahead[..., 1:], np.zeros_like(ahead[..., :1])], axis=-1)
    return CustomerWarrant(
        revenue=revenue,
        contra_revenue=contra,
        net_revenue=revenue - contra,
        opening=lagged(before, closing),
        vested_value=vested_value,
        closing=closing,
        vested_by_tranche=vested_by_tranche,
        tranches=tranches.name,
        vesting=vested - lagged((tranches.likely * at_start).sum(-1), vested),
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


class CustomerLoan(Schedule):
    """A customer's loan; shapes (..., periods)."""

    title = "Period"

    opening: Floats = line("Opening")
    in_capacity: Floats = line("Repaid in capacity")
    instalment: Floats = line("Instalment")
    closing: Floats = line("Closing", total=True)
    interest: Floats = line("Interest")
    cash: Floats = line("Cash paid")


@function
def rpo_customer_loan(
    principal: Amount,
    rate: Part,
    in_capacity: Annotated[Amount, ROW],
    first_instalment: Month,
    instalments: Instalments = 3,
    months_per_period: Month = 3,
) -> CustomerLoan:
    """A customer's loan, repaid in capacity as it is delivered and the rest in instalments.

    Parameters
    ----------
    principal
        Outstanding at the balance date.
    rate
        Simple interest a year, paid as it accrues and waived on what is repaid in capacity.
    in_capacity
        Principal repaid in capacity in each period; at most the principal together.
    first_instalment
        Month of the first instalment from the balance date.
    instalments
        Number of equal instalments, a year apart, that repay the rest.
    months_per_period
        Length of the periods.

    Raises
    ------
    InputError
        If capacity repays more than the principal, or the last instalment falls due after the last
        period.

    References
    ----------
    Terms of the working capital loan in Cerebras's S-1: three equal yearly instalments after
    the first 250 MW are delivered, interest waived on what is repaid in capacity. Without
    capacity it is the loan of S. Ross, R. Westerfield and B. Jordan, *Fundamentals of Corporate
    Finance*, section 6.4.

    Examples
    --------
    5,000 at 9%, repaid by 1,000 a year (Ross, Westerfield and Jordan):

    >>> rpo_customer_loan(5000, 0.09, [0] * 5, 12, 5, 12).cash
    array([1450., 1360., 1270., 1180., 1090.])

    Repaid in capacity by 22.1 in the first quarter of 2026 and 64.9 in the second (10-Q):

    >>> made = rpo_customer_loan(1005, 0.06, [22.1, 64.9] + [0] * 14, 15, 3)
    >>> made.closing[:2].round(1)
    array([982.9, 918. ])
    """
    by_capacity = in_capacity.sum(-1)
    require(
        by_capacity <= principal * (1 + 1e-9), "in_capacity", "at most the principal", by_capacity
    )
    ends = whole_periods(in_capacity.shape[-1], months_per_period)
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
    in_cash = np.maximum(principal - by_capacity, 0.0)
    paid = (due[:, None] <= ends).sum(0) / instalments
    instalment = np.asarray(in_cash)[..., None] * np.diff(paid, prepend=0.0)
    outstanding = np.asarray(in_cash)[..., None] * (1.0 - np.append(0.0, paid[:-1]))
    interest = np.asarray(rate)[..., None] * outstanding * (months_per_period / MONTHS_PER_YEAR)
    # Remaining repayments, summed from the end, so that the last balance is exactly zero.
    later = np.cumsum((in_capacity + instalment)[..., ::-1], axis=-1)[..., ::-1]
    closing = np.concatenate([later[..., 1:], np.zeros_like(later[..., :1])], axis=-1)
    return CustomerLoan(
        lagged(principal, closing),
        in_capacity,
        instalment,
        closing,
        interest,
        instalment + interest,
    )
