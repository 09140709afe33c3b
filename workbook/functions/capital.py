"""Capital that operations tie up: plant, working capital, leases."""

from __future__ import annotations

from model.dcf.discounting import Timing
from model.errors import Floats, InputError
from model.operations import capital_spending
from model.operations import working_capital as working
from model.operations.capital_spending import Convention
from workbook.arguments import Rates, Rows, Vector, listing, schedule
from workbook.functions.declare import function
from workbook.tables.operations import Items, Leases, with_results


@function
def capex_vintages(
    added: Vector,
    unit_cost: Rates,
    life: float,
    cost_decline: float = 0.0,
    opening_net: float = 0.0,
    opening_gross: float | None = None,
    opening_life: float | None = None,
    convention: Convention = "half-year",
) -> Rows:
    """Capital spending by capacity added, with depreciation by vintage and the plant it builds.

    Parameters
    ----------
    added : row or column, MW
        Capacity added in each year, at least 0; any other unit will do.
    unit_cost : number, row or column, USD m per MW
        Cost of a unit of capacity: of the first year, or of each year.
    life : number, years
        Straight-line life, above 0.
    cost_decline : number, fraction, optional
        Fall of the unit cost a year after the first, below 1; only with one unit cost.
    opening_net : number, USD m, optional
        Plant before the first year, net of depreciation.
    opening_gross : number, USD m, optional
        The same at cost; opening_net if omitted.
    opening_life : number, years, optional
        Years until the opening plant is written off; life * net / gross if omitted.
    convention : {"half-year", "full-year"}, optional
        half-year: additions come in mid-year, so that their first and last year bear half;
        full-year: at the start of the year.

    Returns
    -------
    table
        Across the years: capacity, unit cost, capital expenditure, depreciation of the opening
        plant and of each vintage, and the corkscrews of gross and net plant.

    Raises
    ------
    InputError
        For negative capacity or cost, a life that is not above 0, a decline beside a cost for each
        year, or opening plant whose cost is below its net amount.

    Notes
    -----
    The lines Capital expenditure and Depreciation feed the drivers capital_expenditure and
    depreciation of DCF_FORECAST. Plant is retired at cost when it is written off.

    References
    ----------
    IRS Publication 946, table A-8, which the example reproduces for a life of five years.

    Examples
    --------
    >>> lines = {row[0]: row[1:] for row in capex_vintages([100, 0, 0, 0, 0, 0], 1, 5)}
    >>> lines["Depreciation"]
    [10.0, 20.0, 20.0, 20.0, 20.0, 10.0]
    """
    made = capital_spending.plant(
        added,
        unit_cost,
        life,
        cost_decline,
        opening_net,
        opening_gross,
        opening_life,
        convention,
    )
    vintages = ["opening plant", *(f"vintage {year}" for year in range(1, len(added) + 1))]
    by_vintage = zip(vintages, made.by_vintage, strict=True)
    return schedule(
        "Year",
        range(1, len(added) + 1),
        {
            "Capacity added": added,
            "Unit cost": made.unit_cost,
            "Capital expenditure": made.capital_expenditure,
            **{f"Depreciation, {name}": values for name, values in by_vintage},
            "Depreciation": made.depreciation,
            "Gross plant, opening": made.gross_opening,
            "Gross plant, added": made.capital_expenditure,
            "Gross plant, retired": made.retired,
            "Gross plant, closing": made.gross_closing,
            "Net plant, opening": made.net_opening,
            "Net plant, added": made.capital_expenditure,
            "Net plant, depreciated": made.depreciation,
            "Net plant, closing": made.net_closing,
        },
    )


@function
def working_capital(
    revenue: Vector,
    items: Items,
    costs: Vector | None = None,
    deposits_received: Vector | None = None,
    capacity_delivered: Vector | None = None,
    opening_deposits: float = 0.0,
) -> Rows:
    """Working capital by item, with customers' deposits released as capacity is delivered.

    Parameters
    ----------
    revenue : row or column, USD m
        Revenue of each year, at least 0.
    items : table, days or fractions, and USD m
        Table with headers Item, Kind, Opening, Days or Share, and optionally Basis. Kind: asset
        or liability. Basis: revenue (if blank) or costs. Opening is the balance before the
        first year.
    costs : row or column, USD m, optional
        Costs of each year, where an item has the basis costs.
    deposits_received : row or column, USD m, optional
        Deposits and other advances received in each year.
    capacity_delivered : row or column, MW, optional
        Capacity delivered in each year; needed where there are deposits.
    opening_deposits : number, USD m, optional
        Deposits before the first year.

    Returns
    -------
    table
        Across the years: each balance, the corkscrew of the deposits, and the corkscrew of net
        working capital; a positive change takes cash.

    Raises
    ------
    InputError
        For negative amounts, ranges of different lengths, or an item without exactly one of Days
        and Share; ``#N/A`` for deposits without deliveries, and for a basis without its costs.

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

    >>> items = [["Item", "Kind", "Days", "Opening"], ["Receivables", "asset", 100, 80_394]]
    >>> made = working_capital([318_402, 318_402, 318_402], items, None, [0, 0, 0], [1, 1, 1], 300)
    >>> lines = {row[0]: row[1:] for row in made}
    >>> round(lines["Receivables"][0]), lines["Deposits, closing"]
    (87233, [200.0, 100.0, 0.0])
    """
    years = len(revenue)
    held = None
    if deposits_received is not None or capacity_delivered is not None or opening_deposits != 0:
        if capacity_delivered is None:
            raise InputError("capacity_delivered", "must be given with deposits", "#N/A")
        received = 0.0 * revenue if deposits_received is None else deposits_received
        held = working.deposits(received, capacity_delivered, opening_deposits)
    made = working.working_capital(items, revenue, costs, held)
    results: dict[str, Floats] = {}
    if held is not None:
        results |= {
            "Deposits, opening": held.opening,
            "Deposits, received": held.received,
            "Deposits, released": held.released,
            "Deposits, closing": held.closing,
        }
    results |= {
        "Net working capital, opening": made.net_opening,
        "Change of working capital": made.change,
        "Net working capital, closing": made.net_closing,
    }
    lines = with_results("items", items.name, made.by_item, results)
    return schedule("Year", range(1, years + 1), lines)


@function
def lease_commitments(leases: Leases, rate: float, timing: Timing = "mid") -> Rows:
    """Signed leases, also those not yet commenced: yearly cost and present value.

    Parameters
    ----------
    leases : table, USD m and years
        Table with headers Lease, Commitment, Start, Term: payments in total, years from today
        until the lease commences, and years that it runs.
    rate : number, fraction
        Incremental borrowing rate a year, above -1 and at most 1.
    timing : {"mid", "end"}, optional
        mid: payments fall in the middle of their years; end: at their ends.

    Returns
    -------
    table
        A row for each lease and a total: commitment, cost of a full year, and present value.

    Raises
    ------
    InputError
        For a negative commitment or start, a term that is not above 0 or ends after 600 years, or a
        rate outside -1 to 1.

    Notes
    -----
    A lease that has not commenced is on no balance sheet. Its cost belongs into the margins of
    the years from commencement on, as LEASE_COSTS lays it out; where it is there, its present
    value must not be deducted from the value of the company as well.

    References
    ----------
    ASC 842-20-30-1 and 842-20-50-3(b). The example is Target: *Damodaran on Valuation*, 2nd
    ed., chapter 6, where payments after year 5 run for 18 years.

    Examples
    --------
    >>> table = [["Lease", "Commitment", "Start", "Term"], ["Year 1", 146, 0, 1],
    ...          ["Year 2", 142, 1, 1], ["Year 3", 137, 2, 1], ["Year 4", 117, 3, 1],
    ...          ["Year 5", 102, 4, 1], ["Later", 2405, 5, 18]]
    >>> [round(row[3], 2) for row in lease_commitments(table, 0.055, "end")[-2:]]
    [1149.69, 1704.82]
    """
    made = working.lease_costs(leases, rate, timing)
    rows = zip(
        leases.name,
        leases.commitment,
        leases.commitment / leases.term,
        made.present_value,
        strict=True,
    )
    return listing(
        ["Lease", "Commitment", "Yearly cost", "Present value"],
        *rows,
        # The leases need not run at the same time, so that their yearly costs have no sum.
        ["Total", leases.commitment.sum(), None, made.present_value.sum()],
    )


@function
def lease_costs(leases: Leases, years: int | None = None) -> Rows:
    """Cost of signed leases year by year from commencement, and the commitment that is left.

    Parameters
    ----------
    leases : table, USD m and years
        Table with headers Lease, Commitment, Start, Term; see LEASE_COMMITMENTS.
    years : whole, years, optional
        Years that are shown, 1 to 600; until the last lease ends if omitted.

    Returns
    -------
    table
        Across the years: payments on each lease and on all, and the corkscrew of the
        commitment; what closes after the last year shown is due later.

    Raises
    ------
    InputError
        For leases that LEASE_COMMITMENTS refuses, or years outside 1 to 600.

    References
    ----------
    ASC 842-20-25-6: a straight-line cost over the term of an operating lease; the example is
    842-20-55-41 to 55-46, where 120,779 over ten years cost 12,078 a year.

    Examples
    --------
    >>> table = [["Lease", "Commitment", "Start", "Term"], ["Property", 120_779, 0, 10]]
    >>> [round(cost) for cost in lease_costs(table, 3)[-3][1:]]
    [12078, 12078, 12078]
    """
    payment = working.lease_payments(leases, years)
    cost = payment.sum(0)
    closing = leases.commitment.sum() - cost.cumsum()
    results = {
        "Cost": cost,
        "Commitment, opening": closing + cost,
        "Commitment, closing": closing,
    }
    lines = with_results("leases", leases.name, payment, results)
    return schedule("Year", range(1, len(cost) + 1), lines)
