"""Contracts one by one: customers, concentration, capacity, a warrant and a loan, by quarter."""

from __future__ import annotations

from model.case.megawatt import serves_contracts
from model.rpo import concentration
from model.rpo.contracts import Contracts
from workbook.tables import read
from workbook.template import charts, styles
from workbook.template.blocks import Block
from workbook.template.growing import in_row, place, room_for
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    UNIT,
    column_of,
    end_quarters,
    has,
    put_line,
    quarters_across,
    quarters_again,
    table_of,
)
from workbook.template.sheets.contracts_and_rpo import capacity
from workbook.template.sheets.contracts_and_rpo import customer as contracts_customer
from workbook.template.sheets.contracts_and_rpo.balance import MONTHS_PER_QUARTER, fiscal_years

#: Months by which a user can delay the last contract before the sheet is too short.
ROOM = 12
LAST_MONTH = "Last month of the contracts below"


def quarters_of(book: Book) -> int:
    """Return how many quarters the contracts take, with room for delay; none without a list."""
    if "customer_contracts" not in book.case.tables:
        return 0
    return -(-(_last_month(book) + ROOM) // MONTHS_PER_QUARTER)


def has_warrant(book: Book) -> bool:
    """Tell whether the case has a customer's warrant, which vests as plant is in service."""
    return serves_contracts(book.case) and has(book, contracts_customer.WARRANT)


def write(page: Page, book: Book, last: int) -> None:
    """Write the contracts' sections, as far as the case has their inputs."""
    tables, quarters = book.case.tables, quarters_of(book)
    page.section("Contracts, customer by customer", last)
    contracted = _contracts(page, book, quarters)
    # Those of the build: for one more series there is no colour, and a blank one has no name.
    by_customer = [contracted.line("contracted", i) for i in firsts(book)]
    charts.bars(
        page,
        "Contracted revenue by quarter and customer",
        [(each.part(0, -1), each) for each in by_customer],
        book.areas["contract_ends"],
        FIRST,
        min(8, quarters),
        across="Quarter ending",
        grouping="stacked",
    )
    # A case that names one customer for all says nothing of their shares.
    if len(by_customer) > 1:
        page.section("Concentration of contracted revenue", last)
        quarters_again(page, book.areas["contract_ends"])
        _concentration(page, book, contracted)
    if serves_contracts(book.case):
        page.section("Capacity by quarter: megawatts in service, and what each earns", last)
        capacity.section(page, book, contracted)
        if has_warrant(book):
            page.section("The customer's warrant by quarter: contra-revenue and shares", last)
            contracts_customer.warrant(page, book, contracted)
    if "loan_capacity" in tables:
        page.section("The customer's loan, repaid in capacity and in instalments", last)
        quarters_again(page, book.areas["contract_ends"])
        contracts_customer.loan(page, book, quarters)


# Sections ----------------------------------------------------------------------------------------


def _contracts(page: Page, book: Book, quarters: int) -> Block:
    # Not an input: there are as many quarters as the contracts need.
    page.put(page.row, UNIT, "months", "unit")
    page.put(page.row, LABEL, LAST_MONTH, "label")
    months = MONTHS_PER_QUARTER * quarters
    book.areas[LAST_MONTH] = page.put(page.row, FIRST, months, "fixed", styles.COUNT)
    page.row += 1
    head = quarters_across(page, quarters)
    book.areas["contract_ends"], years = head, page.row
    page.row += 1
    block = page.result(
        "Contract_schedule",
        f"RPO_CONTRACTS(Customer_contracts,{_periods(book)})",
        across=quarters,
        things={"customers": room_for(book, "customer_contracts")},
        named=_customers(book),
    )
    book.name("Contract_schedule", block, "Recognition of contracts, customer by customer")
    book.areas["contract_months"] = block.line("to_month")
    end_quarters(page, head, block.line("to_month"))
    book.areas["contract_years"] = fiscal_years(page, book, head, years)
    contracted, expected = block.line("total_contracted"), block.line("total_expected")
    value = column_of(book, "customer_contracts", "Value")
    book.checks += [
        Check("Contracts: what is contracted sums to the contracts' values",
              f"SUM({contracted})", f"SUM({value})"),
        Check("Contracts: the total is the sum of the customers",
              f"SUM({block.lines('contracted')})", f"SUM({contracted})"),
        Check("Contracts: the expected total is the sum of the customers",
              f"SUM({block.lines('expected')})", f"SUM({expected})"),
    ]  # fmt: skip
    if book.case.signs:
        # A filing rounds its balance.
        book.checks.append(
            Check("Contracts: their values are the opening balance", f"SUM({value})",
                  "Opening_balance", 0.005)
        )  # fmt: skip
    _bands(page, book, block)
    put_line(
        page,
        "USD m",
        "Balance not explained by these contracts",
        [f"=Opening_balance-SUM({value})"],
    )
    return block


def _bands(page: Page, book: Book, block: Block) -> None:
    """Write the contracts' share of each disclosed band, and its difference to the filing's."""
    count = len(book.rpo.opening.bands)
    stated = book.block("Band_amounts")
    starts = [f"={stated.column_of('first').part(i, 0)}" for i in range(count)]
    first = put_line(
        page, "month", "Disclosed band from month", starts, style="link", form=styles.COUNT
    )
    amounts = stated.column_of("amount")
    shares = [f"={amounts.part(i, 0)}/Opening_balance" for i in range(count)]
    share = put_line(page, "fraction", "Share of the band, disclosed", shares, style="link")
    value = column_of(book, "customer_contracts", "Value")
    before = put_line(
        page,
        "fraction",
        "Share before that month, by contracts",
        [
            f"=SUMPRODUCT({value}*{capacity.by_inputs(book, f'({month.by_column}-1)')})"
            f"/SUM({value})"
            for i in range(count)
            for month in [first.part(0, i)]
        ],
        style="link",
    )
    inside = [
        f'=IF({following}="",1,{following})-{before.part(0, i).by_column}'
        for i in range(count)
        for following in [before.part(0, i + 1).by_column]
    ]
    by_contracts = put_line(page, "fraction", "Share of the band, by contracts", inside)
    apart = put_line(
        page,
        "fraction",
        "Difference",
        [
            f"={by_contracts.part(0, i).by_column}-{share.part(0, i).by_column}"
            for i in range(count)
        ],
    )
    book.areas["contracts.apart"] = apart
    to_month, contracted = block.line("to_month"), block.line("total_contracted")
    book.checks += [
        # A quarter across the edge of a band belongs to two.
        Check(f"Contracts: what is contracted before month {band.from_month}, by native formulas",
              f"IF(MOD({month}-1,{MONTHS_PER_QUARTER})=0,SUMPRODUCT(({to_month}<{month})"
              f"*{contracted})/SUM({contracted}),{share_before})", str(share_before))
        for i, band in enumerate(book.rpo.opening.bands.values())
        if i
        for month, share_before in [(first.part(0, i), before.part(0, i))]
    ]  # fmt: skip


def _concentration(page: Page, book: Book, contracts: Block) -> None:
    quarters = contracts.columns - 1
    block = page.result(
        "Contract_concentration",
        f"RPO_CONCENTRATION(Customer_contracts,{_periods(book)})",
        across=quarters,
    )
    book.name("Contract_concentration", block, "Concentration of contracts by quarter")
    # Quarters without contracted revenue have no concentration, and are left blank: the months are
    # counted as in any block, and the rest against the quarters with revenue.
    book.recount(block.line("to_month"))
    for kind in ("contracted", "expected"):
        total = contracts.line(f"total_{kind}")
        each, sold = contracts.lines(kind), total.part(0, 0)
        quarter = each.part(0, 0, each.rows)
        top, index = block.line(f"top_{kind}"), block.line(f"hhi_{kind}")
        points = f"{concentration.POINTS:.0f}"
        book.checks += [
            Check(f"Concentration, {kind}: numbers in every quarter with revenue",
                  f'2*COUNTIF({total},">0")', f"COUNT({top},{index})"),
            Check(f"Concentration, {kind}: top share of the first quarter",
                  f"IF({sold}=0,0,MAX({quarter})/{sold})", f"N({top.part(0, 0)})"),
            Check(f"Concentration, {kind}: index of the first quarter",
                  f"IF({sold}=0,0,{points}*SUMSQ({quarter})/{sold}^2)",
                  f"N({index.part(0, 0)})"),
        ]  # fmt: skip


# Helpers -----------------------------------------------------------------------------------------


def firsts(book: Book) -> tuple[int, ...]:
    """Return the place of the first contract of each customer, in which the customer has a line."""
    return _stated(book).firsts


def _customers(book: Book) -> list[str]:
    """Name the customer of a row's contract, as a formula, if it is the customer's first."""
    customer = column_of(book, "customer_contracts", "Customer")
    name = in_row(customer)
    first = f"MATCH({name},{customer.part(-1, 0, 1 + customer.rows)},0)"
    return [f'=IF({first}={place()},{name}&"","")'] * customer.rows


def _stated(book: Book) -> Contracts:
    found: Contracts = read(Contracts, "customer_contracts", table_of(book, "customer_contracts"))
    return found


def _last_month(book: Book) -> int:
    """Return the last month of any contract or renewal."""
    return _stated(book).last_month


def _periods(book: Book) -> str:
    """Return the arguments that give every block of contracts the same columns."""
    areas = book.areas
    return f"{areas['Length of a period'].local},{areas[LAST_MONTH].local}"
