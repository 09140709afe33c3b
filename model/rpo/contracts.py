"""Contracts one by one: when each becomes revenue, its risks, and its renewal.

A contract's value is recognised from its start, counted 1, 2, 3 ... in months from the balance
date, through its term. A delay moves the start and keeps value and term. Three risks are kept
apart: `probability` that the contract is performed at all, default of the customer at an
`intensity`, after which the share `recovery` of what falls due is still earned, because the
capacity is relet; and renewal at the end of the term, which is not part of the contract and
is shown separately.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from model.arrays import between, lagged
from model.calendar import MONTHS_PER_YEAR, check_last_month, period_ends
from model.errors import Floats, require
from model.fields import Names, column, line
from model.functions import function
from model.rpo.concentration import by_period
from model.rpo.schedule import Month
from model.rpo.shapes import LINEAR
from model.tables import Schedule, Table


class Contracts(Table):
    """Contracts; one customer may have several."""

    customer: Names = column("Customer", "name", "Name of the customer.")
    value: Floats = column("Value", "USD m", "Amount contracted and not yet recognised.", low=0)
    start: Floats = column(
        "Start", "months", "First month from the balance date.", low=1, whole=True
    )
    term: Floats = column("Term", "months", "Length of the contract.", above=0, whole=True)
    shape: Names = column(
        "Shape",
        "name",
        "Shape of recognition over the term.",
        choices=tuple(LINEAR),
        default="flat",
        blank="flat",
    )
    delay: Floats = column("Delay", "months", "Delay of the start.", low=0, default=0.0)
    probability: Floats = column(
        "Probability",
        "fraction",
        "Probability that the contract is performed at all.",
        low=0,
        high=1,
        default=1.0,
    )
    intensity: Floats = column(
        "Default intensity",
        "a year",
        "Default intensity of the customer.",
        low=0,
        high=2,
        default=0.0,
    )
    recovery: Floats = column(
        "Recovery",
        "fraction",
        "Share of revenue due after a default that is still earned.",
        low=0,
        high=1,
        default=0.0,
    )
    renewal: Floats = column(
        "Renewal",
        "fraction",
        "Share of the contract's yearly value that is renewed when its term ends; if left out, its "
        "segment's, or none.",
        low=0,
        high=1,
        default=np.nan,
        blank=np.nan,
    )
    renewal_term: Floats = column(
        "Renewal term",
        "months",
        "Length of the renewal; if blank, its segment's, or the contract's term.",
        above=0,
        whole=True,
        default=np.nan,
        blank=np.nan,
    )
    name: Names = column(
        "Contract", "name", "Name of the contract; the customer's if blank.", default="", blank=""
    )
    segment: Names = column(
        "Segment", "name", "The segment that it belongs to.", default="", blank=""
    )
    base_revenue: Floats = column(
        "Base revenue", "USD m", "Its revenue of the year before the forecast.", low=0, default=0.0
    )
    recognised: Floats = column(
        "Recognised",
        "USD m",
        "Its revenue of the first fiscal year up to the balance date, which is not valued.",
        low=0,
        default=0.0,
    )
    collected: Floats = column(
        "Collected", "USD m", "Cash collected and not yet recognised.", low=0, default=0.0
    )
    renewal_price: Floats = column(
        "Renewal price",
        "ratio",
        "Price of each renewal over the one before; if left out, its segment's, or 1.",
        low=0,
        high=10,
        default=np.nan,
        blank=np.nan,
    )
    net_retention: Floats = column(
        "Net retention",
        "ratio",
        "Revenue over that of a year before, after the contract ends, in place of renewals.",
        low=0,
        high=5,
        default=np.nan,
        blank=np.nan,
    )

    def check(self) -> None:
        """Refuse two ways of renewing, more collected than contracted, and an endless schedule."""
        numbers = [name for name, f in self.declared.items() if f.kind in ("number", "whole")]
        self.align(*numbers)
        # A column that is filled in some rows may have been cleared in the others.
        retained = ~np.isnan(self.net_retention)
        for name, neutral in (("renewal", 0.0), ("renewal_price", 1.0)):
            if not np.isnan(getattr(self, name)).all():
                self.fill(name, neutral, ~retained)
        collected = self.collected <= self.value
        require(collected, self.places["collected"], "at most the Value", self.collected)
        both = retained & (self.renewal > 0)
        require(~both, self.places["renewal"], "0 where Net retention is given", self.renewal)
        check_last_month("contracts", self.last_month)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each contract; its customer's where it has none."""
        return tuple(
            name or customer for name, customer in zip(self.name, self.customer, strict=True)
        )

    @property
    def begins(self) -> Floats:
        """First month after the delay."""
        return np.asarray(self.start + self.delay)

    @property
    def customers(self) -> tuple[str, ...]:
        """Each customer once, in the order and spelling of their first contracts."""
        return tuple(self.customer[first] for first in self.firsts)

    @property
    def firsts(self) -> tuple[int, ...]:
        """The place of the first contract of each customer."""
        found: dict[str, int] = {}
        for place, name in enumerate(self.customer):
            found.setdefault(name.casefold(), place)
        return tuple(found.values())

    @property
    def again_term(self) -> Floats:
        """Length of each renewal in months: the contract's term where none is stated."""
        return np.where(np.isnan(self.renewal_term), self.term, self.renewal_term)

    @property
    def last_month(self) -> int:
        """Last month of any contract, or of its renewal, in any scenario."""
        ends = self.begins + self.term + np.where(self.renewal > 0, self.again_term, 0.0)
        return int(np.ceil(ends.max())) - 1

    def recognised_by(self, months: Floats) -> Floats:
        """Value recognised by the ends of months, (..., contracts, months)."""
        return np.asarray(self.value[..., None] * self.begun(months - self.delay[..., None]))

    def begun(self, months: Floats) -> Floats:
        """Share recognised by the ends of months if there is no delay, (..., contracts, months)."""
        position = between(0.0, (months - (self.start[..., None] - 1)) / self.term[..., None], 1.0)
        share = np.empty_like(position)
        for shape in set(self.shape):
            theirs = [i for i, s in enumerate(self.shape) if s == shape]
            share[..., theirs, :] = LINEAR[shape](position[..., theirs, :])
        return share

    def renewed_by(self, months: Floats) -> Floats:
        """Value of renewals recognised by the ends of months, (..., contracts, months)."""
        ended = self.begins + self.term - 1
        elapsed = between(0.0, months - ended[..., None], self.again_term[..., None])
        monthly = np.nan_to_num(self.renewal) * self.value / self.term
        return np.asarray(monthly[..., None] * elapsed)


class Recognition(Schedule):
    """Revenue from contracts; shapes (..., customers, periods), and (..., periods) in total."""

    title = "Period"
    rows_of = "contracts"

    to_month: Any = line("To month", "months")
    contracted: Floats = line("{}", each="customers")
    total_contracted: Floats = line("Contracted", total=True)
    expected: Floats = line("{}, expected", each="customers")
    total_expected: Floats = line("Expected", total=True)
    renewals: Floats = line("Renewals")
    #: The customers, whose names precede their lines.
    customers: Names
    renewals_by_customer: Floats
    #: The first contract of each, in whose place it has its line.
    runs: tuple[tuple[int, ...], ...] = ()


@function
def rpo_contracts(
    contracts: Contracts, months_per_period: Month = 3, final_month: Month | None = None
) -> Recognition:
    r"""Recognition of contracts, customer by customer: as contracted, as expected, and renewed.

    Parameters
    ----------
    contracts
        The contracts. By default they are certain, on time and not renewed.
    months_per_period
        1 for months, 3 for quarters, 12 for years.
    final_month
        Last month of the schedule: that of the last contract or renewal, or later.

    Returns
    -------
    Recognition
        Without risk, a contract's periods sum to its value.

    Raises
    ------
    InputError
        For a final month before the last contract or renewal ends.

    Notes
    -----
    Expected revenue of a month whose middle is t years from the balance date is

    .. math:: p \, a_t \, (S_t + (1 - S_t) R), \qquad S_t = e^{-\lambda t},

    with the contracted amount a, the probability p, the intensity :math:`\lambda` and the
    recovery R; a renewal counts p S.

    References
    ----------
    J. Hull, *Options, Futures, and Other Derivatives*, 10th ed., chapter 24: survival under a
    constant hazard rate. The example is ASC 606-10-55-298 to 55-305: of contracts B and C,
    4,800 and 1,575 are earned in the first year, 2,400 and 788 in the half after it.

    Examples
    --------
    >>> made = rpo_contracts(Contracts(["B", "C"], [7200, 2362.5], [1, 1], [18, 18]), 12)
    >>> made.contracted.tolist()
    [[4800.0, 2400.0], [1575.0, 787.5]]
    """
    ends = period_ends(contracts.last_month, months_per_period, final_month)
    months = np.arange(1.0, ends[-1] + 1)
    reached, renewals = contracts.recognised_by(months), contracts.renewed_by(months)
    contracted = reached - lagged(np.zeros(()), reached)
    renewed = renewals - lagged(np.zeros(()), renewals)
    survival = np.exp(-contracts.intensity[..., None] * (months - 0.5) / MONTHS_PER_YEAR)
    recovered = (1.0 - survival) * contracts.recovery[..., None]
    likely = contracts.probability[..., None]
    starts = np.append(0, ends[:-1])
    # Sum the months of a period, and then the contracts of a customer.
    number = {name.casefold(): i for i, name in enumerate(contracts.customers)}
    owner = np.array([number[name.casefold()] for name in contracts.customer])
    order = np.argsort(owner, kind="stable")
    groups = np.searchsorted(owner[order], np.arange(len(number)))

    def summed(amounts: Floats) -> Floats:
        by_period = np.add.reduceat(amounts, starts, axis=-1)
        return np.asarray(np.add.reduceat(by_period[..., order, :], groups, axis=-2))

    signed, expected = summed(contracted), summed(likely * contracted * (survival + recovered))
    again = summed(likely * renewed * survival)
    return Recognition(
        to_month=ends,
        contracted=signed,
        total_contracted=signed.sum(-2),
        expected=expected,
        total_expected=expected.sum(-2),
        renewals=again.sum(-2),
        renewals_by_customer=again,
        customers=contracts.customers,
        runs=(contracts.firsts,),
    )


class ConcentrationByPeriod(Schedule):
    """Share of the largest customer, and the index; NaN where nothing is recognised."""

    title = "Period"

    to_month: Any = line("To month", "months")
    top_contracted: Floats = line("Top share, contracted", "fraction", undefined="")
    hhi_contracted: Floats = line("HHI, contracted", "points", undefined="")
    top_expected: Floats = line("Top share, expected", "fraction", undefined="")
    hhi_expected: Floats = line("HHI, expected", "points", undefined="")


@function
def rpo_concentration(
    contracts: Contracts, months_per_period: Month = 3, final_month: Month | None = None
) -> ConcentrationByPeriod:
    """Concentration of contracted and of expected revenue in few customers, period by period.

    Parameters
    ----------
    contracts
        As in RPO_CONTRACTS; several contracts of a customer count as one.
    months_per_period
        1 for months, 3 for quarters, 12 for years.
    final_month
        Last month of the schedule: that of the last contract or renewal, or later.

    Returns
    -------
    ConcentrationByPeriod
        Across the periods: share of the largest customer and Herfindahl-Hirschman index (10,000
        for one customer), as contracted and as expected, without renewals. Blank in a period in
        which nothing is recognised.

    References
    ----------
    CONCENTRATION_HHI of each period's revenue by customer; the example is that of the US
    Department of Justice, 2,600 points for shares of 30, 30, 20 and 20 percent.

    Examples
    --------
    >>> held = Contracts(["A", "B", "C", "D"], [30, 30, 20, 20], [1] * 4, [12] * 4)
    >>> rpo_concentration(held, 12).hhi_contracted.round(6)
    array([2600.])
    """
    made = rpo_contracts(contracts, months_per_period, final_month)
    return ConcentrationByPeriod(
        made.to_month, *by_period(made.contracted), *by_period(made.expected)
    )
