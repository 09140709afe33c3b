"""Funding: the cash of each year, drawings and repayments, and the remaining gap."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.arrays import between, lagged
from model.dcf.commitments import KINDS, Commitments, Covenants, Facilities
from model.dcf.discounting import Stub, period_lengths
from model.errors import Floats, InputError
from model.fields import ONE, ROW, ZERO, Amount, Field, Money, Names, Rate, line
from model.functions import function
from model.tables import Schedule


class Funding(Schedule):
    """Cash and debt by year; lines of shape (..., years), and of each facility and covenant."""

    facilities: Names
    covenants: Names
    cash_opening: Floats = line("Cash, opening")
    free_cash_flow: Floats = line("Free cash flow")
    cash_to_valuation: Floats = line("Cash flow from balance date to valuation date")
    proceeds: Floats = line("Proceeds of shares issued")
    interest_received: Floats = line("Interest on cash")
    interest_paid: Floats = line("Interest on debt and facilities")
    debt_repaid: Floats = line("Debt falling due")
    leases_paid: Floats = line("Leases not commenced")
    purchases: Floats = line("Purchase commitments")
    cash_before: Floats = line("Cash before facilities", total=True)
    drawn: Floats = line("Facilities, drawn")
    repaid: Floats = line("Facilities, repaid")
    gap: Floats = line("Funding gap", total=True)
    cash_closing: Floats = line("Cash, closing", total=True)
    debt_opening: Floats = line("Debt, opening")
    debt_closing: Floats = line("Debt, closing", total=True)
    by_facility: Floats = line("{}, drawn at year end", each="facilities")
    undrawn: Floats = line("Facilities, undrawn at year end")
    liquidity: Floats = line("Cash and undrawn facilities")
    due_later: Floats = line("Leases and purchases due later")
    gap_to_date: Floats = line("Funding gap to date")
    time: Floats = line("Time of the year end", "years")
    headroom: Floats = line("Headroom, {}", each="covenants")


@function
def dcf_funding(
    cash_flows: Annotated[Money, ROW],
    cash: Amount,
    minimum_cash: Amount,
    commitments: Commitments | None = None,
    facilities: Facilities | None = None,
    offer_proceeds: Amount = ZERO,
    interest_on_cash: Rate = ZERO,
    covenants: Covenants | None = None,
    ebitda: Annotated[Money, ROW] | None = None,
    cash_to_valuation: Money = ZERO,
    stub: Stub = ONE,
    years_to_valuation: Annotated[Floats, Field("years", low=0.0, high=1.0)] = ZERO,
    raised: Annotated[Amount, ROW] | None = None,
) -> Funding:
    """Funding by year: cash, interest, debt falling due, facilities, and the gap to be filled.

    Parameters
    ----------
    cash_flows
        Free cash flow of each year, after tax and before interest; in the first year, only what
        follows the valuation date.
    cash
        Cash at the balance date, without restricted cash.
    minimum_cash
        Cash that the company keeps at each year end.
    commitments
        Debt, leases not commenced and purchase commitments, with a column for each forecast year;
        leave out leases and purchases that the free cash flow pays.
    facilities
        Credit facilities, drawn before there is a gap.
    offer_proceeds
        Net proceeds of an offer at the valuation date.
    interest_on_cash
        Interest a year on cash.
    covenants
        What lenders require at each year end.
    ebitda
        EBITDA of each whole year, for covenants that are measured by it.
    cash_to_valuation
        Free cash flow from the balance date to the valuation date.
    stub
        Part of the first year after the valuation date.
    years_to_valuation
        Years from the balance date to the valuation date, for which interest also runs.
    raised
        Net proceeds of shares issued later, one amount for each year.

    Raises
    ------
    InputError
        For lines of different numbers of years, more falling due than the balance, a facility that
        is drawn above its limit or ends before the first year, or a covenant on EBITDA without
        EBITDA.

    Notes
    -----
    Interest is charged on opening balances, for the length of the year, and saves no tax. At the
    year end, facilities are drawn to bring cash up to the minimum, and repaid with cash above it;
    drawings are always on the cheapest facilities that have not expired. The gap is what is still
    missing. It is assumed to be filled with shares, so that the year closes at the minimum;
    EQUITY_AFTER_RAISE gives the value per share after that. To fill it with debt, add a facility.

    The headroom of a covenant is an amount, negative in a breach: for net debt to EBITDA, limit
    times EBITDA less net debt; for interest cover, EBITDA less limit times a year's interest; for
    liquidity, cash and undrawn facilities less the limit.

    References
    ----------
    L. Gitman, *Principles of Managerial Finance*, 11th ed., chapter 3: required total financing in
    the cash budget of Coulson Industries, of months in place of years, is the example.

    Examples
    --------
    >>> credit = Facilities(["Notes payable"], [100], [0], [0], [4])
    >>> made = dcf_funding([-3, -98, 35], 50, 25, facilities=credit)
    >>> made.by_facility[0], made.cash_closing
    (array([ 0., 76., 41.]), array([47., 25., 25.]))
    """
    count = cash_flows.shape[-1]
    if not count:
        raise InputError("cash_flows", "must hold at least one year, but it is empty")
    due = commitments
    if due is None:
        due = Commitments([], [], [], payments=np.zeros((0, count)))
    credit = Facilities([], [], [], [], []) if facilities is None else facilities
    tests = Covenants([], [], []) if covenants is None else covenants
    years = due.years
    credit.check_expiry(years)
    _same_years(count, commitments=due.payments, raised=raised, ebitda=ebitda)

    lengths = period_lengths(count, years_to_valuation + stub)
    owed_after = np.maximum(due.balance[..., None] - due.payments.cumsum(-1), 0.0)
    owed_before = lagged(due.balance, owed_after)
    debt, lease, purchase = (due.of(kind)[:, None] for kind in KINDS)
    debt_repaid, leases_paid, purchases = (
        (due.payments * kind).sum(-2) for kind in (debt, lease, purchase)
    )
    debt_interest = (due.rate[..., None] * owed_before).sum(-2) * lengths
    first = np.arange(count) == 0
    before_valuation = np.where(first, cash_to_valuation[..., None], 0.0)
    proceeds = np.where(first, offer_proceeds[..., None], 0.0)
    if raised is not None:
        proceeds = proceeds + raised
    scheduled = (
        cash_flows + before_valuation + proceeds
        - debt_interest - debt_repaid - leases_paid - purchases
    )  # fmt: skip

    available = credit.available(years)
    cash_closing, used, gap = _rolled(
        cash, minimum_cash, scheduled, interest_on_cash, lengths, credit, available
    )
    cash_opening, was_used = lagged(cash, cash_closing), lagged(credit.drawn, used)
    received = interest_on_cash[..., None] * cash_opening * lengths
    paid = (credit.rate[..., None] * was_used).sum(-2) * lengths
    cash_before = cash_opening + scheduled + received - paid

    interest_paid = debt_interest + paid
    in_use = used.sum(-2)
    debt_closing = (owed_after * debt).sum(-2) + in_use
    undrawn = available.sum(-2) - in_use
    liquidity = cash_closing + undrawn
    return Funding(
        facilities=credit.name,
        covenants=tests.name,
        cash_opening=cash_opening,
        free_cash_flow=cash_flows,
        cash_to_valuation=before_valuation,
        proceeds=proceeds,
        interest_received=received,
        interest_paid=interest_paid,
        debt_repaid=debt_repaid,
        leases_paid=leases_paid,
        purchases=purchases,
        cash_before=cash_before,
        drawn=np.maximum(used - was_used, 0.0).sum(-2),
        repaid=np.maximum(was_used - used, 0.0).sum(-2),
        gap=gap,
        cash_closing=cash_closing,
        debt_opening=(owed_before * debt).sum(-2) + was_used.sum(-2),
        debt_closing=debt_closing,
        by_facility=used,
        undrawn=undrawn,
        liquidity=liquidity,
        due_later=(owed_after * ~debt).sum(-2),
        gap_to_date=gap.cumsum(-1),
        time=period_lengths(count, stub).cumsum(-1),
        headroom=tests.headroom(
            ebitda, debt_closing - cash_closing, interest_paid / lengths, liquidity
        ),
        across=due.across,
    )


def _rolled(
    cash: Floats,
    minimum: Floats,
    scheduled: Floats,
    rate: Floats,
    lengths: Floats,
    credit: Facilities,
    available: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return the cash at each year end, what is drawn then by facility, and the gap.

    Parameters
    ----------
    cash, minimum, rate : ndarray, shape (...)
    scheduled : ndarray, shape (..., years)
        What is added to the cash, apart from interest on it and on what is drawn.
    lengths : ndarray, shape (..., years)
    credit : Facilities
    available : ndarray, shape (..., facilities, years)
        How much of each can be drawn.
    """
    count = available.shape[-1]
    cheaper, most = credit.drawn_before() @ available, available.sum(-2)
    # Value at year end of a dollar of cash, and of a dollar drawn.
    kept = 1.0 + rate[..., None] * lengths
    owed = 1.0 + credit.rate[..., None] * lengths[..., None, :]
    scenarios = np.broadcast_shapes(
        *(np.shape(values) for values in (cash, minimum, kept[..., 0], scheduled[..., 0])),
        *(values.shape[:-2] for values in (cheaper, owed)),
    )
    closing, gap = np.empty((2, *scenarios, count))
    used = np.empty((*scenarios, len(credit), count))
    drawn = credit.drawn
    for t in range(count):
        # With every facility repaid, the year would close with this much.
        free = cash * kept[..., t] + scheduled[..., t] - (drawn * owed[..., t]).sum(-1)
        closing[..., t] = cash = np.maximum(free, minimum)
        missing = cash - free
        used[..., t] = drawn = between(0.0, missing[..., None] - cheaper[..., t], available[..., t])
        gap[..., t] = np.maximum(missing - most[..., t], 0.0)
    return closing, used, gap


def _same_years(count: int, **rows: Floats | None) -> None:
    for name, row in rows.items():
        if row is not None and row.shape[-1] != count:
            raise InputError(
                name, f"must have the {count} years of cash_flows, not {row.shape[-1]}"
            )
