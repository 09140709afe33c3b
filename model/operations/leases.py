"""Leases: signed commitments, cost by year, and present value."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf

from model.dcf.discounting import Timing, period_lengths, times
from model.errors import Floats
from model.fields import Names, Rate, column, line
from model.functions import function
from model.operations.streams import Years
from model.tables import Listing, Schedule, Table

#: Leases end on the grid of years, except for rounding.
ROUNDING = 1e-9


class Leases(Table):
    """Signed leases, one a row, including those not yet commenced."""

    name: Names = column("Lease", "name", "Name of the lease.", key=True)
    commitment: Floats = column("Commitment", "USD m", "Payments in total.", low=0)
    start: Floats = column(
        "Start", "years", "Years from today until the lease commences.", low=0, high=100
    )
    term: Floats = column("Term", "years", "Length of the lease.", above=0, high=100)


class LeaseCommitments(Listing):
    """Cost and value of each lease; shapes (..., leases)."""

    totals = ("Total",)
    rows_of = "leases"

    name: Names = line("Lease", "name")
    commitment: Floats = line("Commitment", total=True)
    #: Leases may run at different times, so their yearly costs have no total.
    yearly_cost: Floats = line("Yearly cost")
    present_value: Floats = line("Present value", total=True)


class LeaseCosts(Schedule):
    """Payments by lease (..., leases, years), and the remaining commitment (..., years)."""

    leases: Names
    payments: Floats = line("{}", each="leases")
    cost: Floats = line("Cost", total=True)
    opening: Floats = line("Commitment, opening")
    closing: Floats = line("Commitment, closing")


@function
def lease_commitments(leases: Leases, rate: Rate, timing: Timing = "mid") -> LeaseCommitments:
    """Signed leases, including those not yet commenced: yearly cost and present value.

    Parameters
    ----------
    rate
        Incremental borrowing rate a year.
    timing
        mid: payments fall in the middle of their years; end: at their ends.

    Raises
    ------
    InputError
        For a term that ends after 600 years.

    Notes
    -----
    A lease that has not commenced is not on the balance sheet. Its cost belongs in the margins of
    the years from commencement on, as in LEASE_COSTS; if it is there, its present value must
    not also be deducted from the value of the company.

    Present values are those of ``numpy_financial.pv`` for each year's payment separately: its
    annuities would lose digits at a rate near 0.

    References
    ----------
    ASC 842-20-30-1 and 842-20-50-3(b). The example is Target: *Damodaran on Valuation*, 2nd
    ed., chapter 6, where payments after year 5 run for 18 years.

    Examples
    --------
    >>> names = ["Year 1", "Year 2", "Year 3", "Year 4", "Year 5", "Later"]
    >>> amounts, starts = [146, 142, 137, 117, 102, 2405], [0, 1, 2, 3, 4, 5]
    >>> made = lease_commitments(Leases(names, amounts, starts, [*[1] * 5, 18]), 0.055, "end")
    >>> float(made.present_value[-1].round(2)), float(made.present_value.sum().round(2))
    (1149.69, 1704.82)
    """
    paid = payments(leases)
    # Each year's payment is discounted separately: an annuity would lose digits near a rate of 0.
    years = times(period_lengths(paid.shape[-1]), timing)
    worth = npf.pv(rate[..., None, None], years, 0.0, -paid)
    return LeaseCommitments(
        name=leases.name,
        commitment=leases.commitment,
        yearly_cost=leases.commitment / leases.term,
        present_value=worth.sum(-1),
    )


@function
def lease_costs(leases: Leases, years: Years | None = None) -> LeaseCosts:
    """Cost of signed leases year by year from commencement, and the remaining commitment.

    Parameters
    ----------
    years
        Years to show; until the last lease ends if omitted.

    Returns
    -------
    LeaseCosts
        The closing commitment of the last year shown is due later.

    References
    ----------
    ASC 842-20-25-6: a straight-line cost over the term of an operating lease; the example is
    842-20-55-41 to 55-46, where 120,779 over ten years cost 12,078 a year.

    Examples
    --------
    >>> lease_costs(Leases(["Property"], [120_779], [0], [10]), 3).cost.round()
    array([12078., 12078., 12078.])
    """
    paid = payments(leases, years)
    cost = paid.sum(-2)
    closing = leases.commitment.sum(-1)[..., None] - cost.cumsum(-1)
    return LeaseCosts(
        leases=leases.name, payments=paid, cost=cost, opening=closing + cost, closing=closing
    )


def payments(leases: Leases, years: int | None = None) -> Floats:
    """Allocate level payments to years from commencement, shape (..., leases, years).

    Examples
    --------
    >>> payments(Leases(["Hall"], [60.0], [0.5], [2.0]))
    array([[15., 30., 15.]])
    """
    ends = leases.start + leases.term
    if years is None:
        years = max(1, int(np.ceil(ends.max() - ROUNDING)))
    year = np.arange(years)
    overlap = np.minimum(ends[..., None], year + 1) - np.maximum(leases.start[..., None], year)
    part = np.maximum(overlap, 0.0) / leases.term[..., None]
    return np.asarray(leases.commitment[..., None] * part)
