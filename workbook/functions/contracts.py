"""Contracts one by one: capacity tranches, customers, and a customer's warrants and loan."""

from __future__ import annotations

from model.errors import InputError
from model.rpo import capacity, concentration, customer_terms
from model.rpo import contracts as model_contracts
from workbook.arguments import Rows, Vector, listing, schedule
from workbook.functions.declare import function
from workbook.tables.operations import with_results
from workbook.tables.rpo import Contracts, Tranches, Warrant


@function
def rpo_capacity(
    tranches: Tranches, months_per_period: int = 3, final_month: int | None = None
) -> Rows:
    """Capacity online and the revenue it brings, period by period, from tranches of megawatts.

    Parameters
    ----------
    tranches : table, MW, months and USD m
        Table with headers Tranche, MW, Start (month from the balance date, from 1), Term
        (months), Price (USD m per MW and year), and optionally Utilisation (share paid for)
        and Ramp months (online in a straight line, within the term).
    months_per_period : whole, months, optional
        1 for months, 3 for quarters, 12 for years.
    final_month : whole, months, optional
        Last month of the schedule: that of the last tranche, or later.

    Returns
    -------
    table
        Across the periods: last month, average megawatts online, revenue of each tranche and
        of all, USD millions. Revenue sums to ``MW * Price * Utilisation * (Term - Ramp / 2) / 12``.

    Raises
    ------
    InputError
        For tranches without a Price, a Start before month 1, a ramp longer than the term, a blank
        Utilisation or Ramp months in a table that has the column, or a final month before the last
        tranche ends.

    References
    ----------
    The example is Cerebras (S-1): 750 MW in three yearly tranches for a balance of 24,600.

    Examples
    --------
    >>> table = [["Tranche", "MW", "Start", "Term", "Price"], ["2026", 250, 1, 36, 24_600 / 2250],
    ...          ["2027", 250, 13, 36, 24_600 / 2250], ["2028", 250, 25, 36, 24_600 / 2250]]
    >>> made = rpo_capacity(table, 12)
    >>> made[2]
    ['MW online', 250.0, 500.0, 750.0, 500.0, 250.0]
    >>> round(sum(made[-1][1:]), 6)
    24600.0
    """
    if tranches.price is None:
        raise InputError("tranches", "must have the header Price")
    made = capacity.deliveries(tranches.tranches, tranches.price, months_per_period, final_month)
    lines = with_results(
        "tranches Tranche", tranches.tranches.name, made.by_tranche, {"Revenue": made.revenue}
    )
    return schedule(
        "Period",
        range(1, len(made.to_month) + 1),
        {"To month": made.to_month, "MW online": made.online, **lines},
    )


@function
def rpo_capacity_price(balance: float, tranches: Tranches) -> float:
    """Price per megawatt and year at which tranches of capacity bring exactly a balance, USD m.

    Parameters
    ----------
    balance : number, USD m
        Revenue of all tranches together, such as the remaining performance obligations.
    tranches : table, MW and months
        Table as in RPO_CAPACITY; a Price is what is solved for, and is not read.

    Returns
    -------
    float
        ``balance / sum (MW * Utilisation * (Term - Ramp / 2) / 12)``.

    Raises
    ------
    InputError
        For a negative balance; ``#NUM!`` where no capacity is delivered that is paid for.

    References
    ----------
    The example is Cerebras (S-1): an upper bound, because other customers share the balance.

    Examples
    --------
    >>> table = [["Tranche", "MW", "Start", "Term"], ["All", 750, 1, 36]]
    >>> round(rpo_capacity_price(24_600, table), 1)
    10.9
    """
    return float(capacity.implied_price(balance, tranches.tranches))


@function
def rpo_contracts(
    contracts: Contracts, months_per_period: int = 3, final_month: int | None = None
) -> Rows:
    """Recognition of contracts, customer by customer: as contracted, as expected, and renewed.

    Parameters
    ----------
    contracts : table, USD m and months
        Headers Customer, Value, Start, Term, and optionally Shape (flat, front, back), Delay,
        Probability, Default intensity (a year), Recovery, Renewal (share renewed at the end)
        and Renewal term. Left out: certain, on time, not renewed.
    months_per_period : whole, months, optional
        1 for months, 3 for quarters, 12 for years.
    final_month : whole, months, optional
        Last month of the schedule: that of the last contract or renewal, or later.

    Returns
    -------
    table
        Across the periods, USD millions: each customer as contracted, Contracted in total, each
        customer as expected, Expected in total, and what renewals are expected to add. A month
        at t years counts ``Probability * (S + (1 - S) * Recovery)``, S being exp(-intensity t);
        a renewal counts ``Probability * S``.

    Raises
    ------
    InputError
        For a Start before month 1, a Term of 0, a share outside 0 to 1, a negative amount, a blank
        number in a column that the table has (but for Renewal term), or a final month before the
        last contract or renewal ends.

    References
    ----------
    J. Hull, *Options, Futures, and Other Derivatives*, 10th ed., chapter 24: survival under a
    constant hazard rate. The example is ASC 606-10-55-298 to 55-305: of contracts B and C,
    4,800 and 1,575 are earned in the first year, 2,400 and 788 in the half after it.

    Examples
    --------
    >>> table = [["Customer", "Value", "Start", "Term"], ["B", 7200, 1, 18], ["C", 2362.5, 1, 18]]
    >>> for row in rpo_contracts(table, 12)[2:4]: print(row)
    ['B', 4800.0, 2400.0]
    ['C', 1575.0, 787.5]
    """
    made = model_contracts.recognition(contracts, months_per_period, final_month)
    expected = [f"{name}, expected" for name in contracts.customers]
    lines = with_results(
        "contracts Customer",
        [*contracts.customers, *expected],
        [*made.contracted, *made.expected],
        {
            "Contracted": made.contracted.sum(0),
            "Expected": made.expected.sum(0),
            "Renewals": made.renewals.sum(0),
        },
    )
    order = [*contracts.customers, "Contracted", *expected, "Expected", "Renewals"]
    return schedule(
        "Period",
        range(1, len(made.to_month) + 1),
        {"To month": made.to_month, **{name: lines[name] for name in order}},
    )


@function
def rpo_concentration(
    contracts: Contracts, months_per_period: int = 3, final_month: int | None = None
) -> Rows:
    """Concentration of contracted and of expected revenue on few customers, period by period.

    Parameters
    ----------
    contracts : table, USD m and months
        Table as in RPO_CONTRACTS; several contracts of a customer count as one.
    months_per_period : whole, months, optional
        1 for months, 3 for quarters, 12 for years.
    final_month : whole, months, optional
        Last month of the schedule: that of the last contract or renewal, or later.

    Returns
    -------
    table
        Across the periods: share of the largest customer (fraction) and Herfindahl-Hirschman
        index (points, 10,000 for one customer), as contracted and as expected, without
        renewals. Blank in a period in which nothing is recognised.

    Raises
    ------
    InputError
        For contracts that RPO_CONTRACTS refuses.

    References
    ----------
    CONCENTRATION_HHI of each period's revenue by customer; the example is that of the US
    Department of Justice, 2,600 points for shares of 30, 30, 20 and 20 percent.

    Examples
    --------
    >>> table = [["Customer", "Value", "Start", "Term"], ["A", 30, 1, 12], ["B", 30, 1, 12],
    ...          ["C", 20, 1, 12], ["D", 20, 1, 12]]
    >>> [round(row[1], 6) for row in rpo_concentration(table, 12)[2:4]]
    [0.3, 2600.0]
    """
    made = model_contracts.recognition(contracts, months_per_period, final_month)
    rows = [["To month", *made.to_month.tolist()]]
    for basis, amounts in (("contracted", made.contracted), ("expected", made.expected)):
        top, index = concentration.by_period(amounts)
        rows += [
            [f"{label}, {basis}", *(None if v != v else v for v in values.tolist())]
            for label, values in (("Top share", top), ("HHI", index))
        ]
    return listing(["Period", *range(1, len(made.to_month) + 1)], *rows)


@function
def rpo_customer_warrant(
    tranches: Warrant,
    revenue: Vector,
    deliveries: Vector | None = None,
    months_per_period: int = 3,
) -> Rows:
    """A customer's warrant as contra-revenue and as dilution, period by period, from one table.

    Parameters
    ----------
    tranches : table, m shares and USD
        Headers Tranche, Shares (millions), Fair value (USD per share at the grant), and
        optionally Vest month (0 or less: vested already; blank: with deliveries) and Included
        (share judged probable to vest, 0 to 1).
    revenue : row or column, USD m
        Revenue from the customer in each period, before the warrant, to the end of the
        contract; contra-revenue is spread in proportion to it.
    deliveries : row or column, any unit, optional
        What is delivered in each period: tranches without a Vest month vest in proportion to
        it. The revenue if not given.
    months_per_period : whole, months, optional
        Length of the periods.

    Returns
    -------
    table
        Across the periods: revenue, contra-revenue and net revenue; the warrant asset, opening
        + value vested - contra-revenue = closing, negative while contra-revenue is ahead of
        vesting; shares vested of each tranche and in total (millions) and those vesting.

    Raises
    ------
    InputError
        For negative amounts, a Vest month after the last period, or periods that differ.

    References
    ----------
    ASC 606-10-32-25 to 27 and 718-10-25-2C, consideration payable to a customer, recognised
    with the revenue; ASC 718-10-30, its measurement at the grant. The example is the warrant of
    Cerebras's largest customer (S-1).

    Examples
    --------
    33.445026 million shares at 82.02 take 2,743 off the revenue of the contract:

    >>> table = [["Tranche", "Shares", "Fair value", "Vest month"], ["Loan", 4.459337, 82.02, 0],
    ...          ["Value", 5.574171, 82.02, 5], ["Capacity", 23.411518, 82.02, None]]
    >>> made = rpo_customer_warrant(table, [4000, 8000, 8000], [250, 250, 250], 12)
    >>> round(sum(made[2][1:])), [round(shares, 3) for shares in made[-1][1:]]
    (2743, [17.837, 25.641, 33.445])
    """
    made = customer_terms.customer_warrant(tranches, revenue, deliveries, months_per_period)
    lines = with_results(
        "tranches Tranche",
        tranches.name,
        made.vested_by_tranche,
        {"Shares vesting": made.vesting, "Shares vested": made.vested},
    )
    return schedule(
        "Period",
        range(1, made.revenue.size + 1),
        {
            "Revenue": made.revenue,
            "Contra-revenue": made.contra_revenue,
            "Net revenue": made.net_revenue,
            "Opening warrant asset": made.opening,
            "Value vested": made.vested_value,
            "Closing warrant asset": made.closing,
            **lines,
        },
    )


@function
def rpo_customer_loan(
    principal: float,
    rate: float,
    in_capacity: Vector,
    first_instalment: int,
    instalments: int = 3,
    months_per_period: int = 3,
) -> Rows:
    """A customer's loan, repaid in capacity as it is delivered and the rest in instalments.

    Parameters
    ----------
    principal : number, USD m
        Outstanding at the balance date.
    rate : number, fraction a year
        Simple interest, paid as it accrues and waived on what is repaid in capacity.
    in_capacity : row or column, USD m
        Principal repaid in capacity in each period; at most the principal together.
    first_instalment : whole, months
        Month of the first instalment from the balance date.
    instalments : whole, number, optional
        How many equal instalments, a year apart, repay what capacity does not.
    months_per_period : whole, months, optional
        Length of the periods.

    Returns
    -------
    table
        Across the periods, USD millions: opening - repaid in capacity - instalment = closing,
        interest, and cash paid.

    Raises
    ------
    InputError
        When capacity repays more than the principal, or the last instalment falls due after
        the last period.

    References
    ----------
    Terms of the working capital loan in Cerebras's S-1: three equal yearly instalments after
    the first 250 MW are delivered, interest waived on what is repaid in capacity. Without
    capacity it is the loan of S. Ross, R. Westerfield and B. Jordan, *Fundamentals of Corporate
    Finance*, section 6.4.

    Examples
    --------
    5,000 at 9%, repaid by 1,000 a year (Ross, Westerfield and Jordan):

    >>> [round(paid) for paid in rpo_customer_loan(5000, 0.09, [0] * 5, 12, 5, 12)[6][1:]]
    [1450, 1360, 1270, 1180, 1090]

    Repaid in capacity by 22.1 in the first quarter of 2026 and 64.9 in the second (10-Q):

    >>> made = rpo_customer_loan(1005, 0.06, [22.1, 64.9] + [0] * 14, 15, 3)
    >>> [round(balance, 1) for balance in made[4][1:3]]
    [982.9, 918.0]
    """
    made = customer_terms.customer_loan(
        principal, rate, in_capacity, first_instalment, instalments, months_per_period
    )
    return schedule(
        "Period",
        range(1, made.opening.size + 1),
        {
            "Opening": made.opening,
            "Repaid in capacity": made.in_capacity,
            "Instalment": made.instalment,
            "Closing": made.closing,
            "Interest": made.interest,
            "Cash paid": made.cash,
        },
    )
