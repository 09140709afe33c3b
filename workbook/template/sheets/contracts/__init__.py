"""Contracts: customers, capacity, concentration, and a back-test, quarter by quarter."""

from __future__ import annotations

from model.rpo import concentration
from model.rpo.capacity import Tranches
from model.rpo.contracts import Contracts
from workbook.tables import read
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, put_line, table_of
from workbook.template.sheets.contracts import customer as contracts_customer
from workbook.template.sheets.contracts import filings
from workbook.template.sheets.rpo import MONTHS_PER_QUARTER

#: Months by which a user can delay the last contract before the sheet is too short.
ROOM = 12


def write(book: Book) -> None:
    """Write the sheet, if the case lists its contracts one by one."""
    tables = book.case.tables
    if "customer_contracts" not in tables or book.case.rpo is None:
        return
    quarters = -(-(_last_month(book) + ROOM) // MONTHS_PER_QUARTER)
    last = FIRST + quarters - 1
    page = book.page(
        "Contracts",
        "contracts by quarter",
        [11, 2, 2, 40, *[11.5] * quarters],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    page.put(HEAD_ROWS, UNIT, "Unit", "head_left")
    for empty in (2, 3):
        page.put(HEAD_ROWS, empty, None, "head_left")
    page.put(HEAD_ROWS, LABEL, "Quarter ending", "head_left")
    page.section("Contracts, customer by customer", last)
    contracted = _contracts(page, book, quarters)
    page.section("Concentration of contracted revenue", last)
    _concentration(page, book, contracted)
    if "capacity_tranches" in tables:
        page.section("Capacity by tranche, and the revenue it brings", last)
        capacity = _capacity(page, book, quarters)
        if "customer_warrant" in tables:
            page.section("The customer's warrant: contra-revenue and dilution", last)
            contracts_customer.warrant(page, book, capacity)
        if "loan_capacity" in tables:
            page.section("The customer's loan, repaid in capacity and in instalments", last)
            contracts_customer.loan(page, book, quarters)
    if "named_customers" in tables:
        page.section("Concentration of past revenue, within what filings name", 12)
        filings.named_customers(page, book)
    page.section("Measures of the balance", 12)
    filings.measures(page, book)
    page.row += 1
    by_customer = [contracted.line("contracted", i) for i in range(len(_customers(book)))]
    charts.bars(
        page,
        "Contracted revenue by quarter and customer",
        [(each.part(0, -1), each) for each in by_customer],
        Area(page.title, HEAD_ROWS, FIRST, 1, quarters),
        LABEL,
        min(11, 1 + quarters),
        across="Quarter ending",
        grouping="stacked",
    )
    if any(b.recognised for b in book.rpo.later.values()):
        page.section("Back-test: the opening schedule against later filings", 12)
        filings.backtest(page, book)
    page.finish(last, repeated=LABEL)


# Sections ----------------------------------------------------------------------------------------


def _contracts(page: Page, book: Book, quarters: int) -> Block:
    # Not inputs: the columns of this sheet are quarters, as many as the contracts need.
    for label, months in (
        ("Length of a period", MONTHS_PER_QUARTER),
        ("Last month of this sheet", MONTHS_PER_QUARTER * quarters),
    ):
        page.put(page.row, UNIT, "months", "unit")
        page.put(page.row, LABEL, label, "label")
        book.areas[label] = page.put(page.row, FIRST, months, "fixed", styles.COUNT)
        page.row += 1
    page.row += 1
    block = page.result(
        "Contract_schedule",
        f"RPO_CONTRACTS(Customer_contracts,{_periods(book)})",
        across=quarters,
        things={"customers": len(_customers(book))},
    )
    book.name("Contract_schedule", block, "Recognition of contracts, customer by customer")
    book.areas["contract_months"] = block.line("to_month")
    for i in range(quarters):
        month = block.line("to_month").part(0, i).by_column
        page.put(HEAD_ROWS, FIRST + i, f"=EOMONTH(Balance_date,{month})", "calc_head", "mmm yy")
    to_month = block.line("to_month")
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
    bands = list(book.rpo.opening.bands)
    disclosed = book.areas["Disclosed_bands"]
    starts = [f"={disclosed.part(1 + i, 0)}" for i in range(len(bands))]
    first = put_line(
        page, "month", "Disclosed band from month", starts, style="link", form=styles.COUNT
    )
    shares = [f"={disclosed.part(1 + i, 2)}" for i in range(len(bands))]
    share = put_line(page, "fraction", "Disclosed share", shares, style="link", form=styles.PERCENT)
    before = share.part(0, -1)
    ahead = [
        f"=1-SUM({before.local}:{share.part(0, i - 1).local.replace('$', '')})"
        for i in range(len(bands))
    ]
    put_line(
        page, "fraction", "Disclosed, from that month on", ahead, style="calc", form=styles.PERCENT
    )
    later = [
        f"=SUMPRODUCT(({to_month.local}>={first.part(0, i).by_column})*{contracted.local})"
        f"/SUM({contracted.local})"
        for i in range(len(bands))
    ]
    put_line(
        page,
        "fraction",
        "By contracts, from that month on",
        later,
        style="calc",
        form=styles.PERCENT,
    )
    put_line(
        page,
        "USD m",
        "Balance not explained by these contracts",
        [f"=Opening_balance-SUM({contracted.local})"],
    )
    return block


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


def _capacity(page: Page, book: Book, quarters: int) -> Block:
    price = put_line(
        page,
        "USD m",
        "Price per MW-year if it were the entire balance",
        ["=RPO_CAPACITY_PRICE(Opening_balance,Capacity_tranches)"],
        form=styles.PRICE,
    )
    page.row += 1
    block = page.result(
        "Capacity_schedule",
        f"RPO_CAPACITY(Capacity_tranches,{_periods(book)})",
        across=quarters,
        things={"tranches": len(book.case.tables["capacity_tranches"].rows)},
    )
    book.name("Capacity_schedule", block, "Capacity online and its revenue")
    mw, term, used, ramp, paid = (
        column_of(book, "capacity_tranches", name)
        for name in ("MW", "Term", "Utilisation", "Ramp months", "Price")
    )
    served = f"{mw}*{used}*({term}-{ramp}/2)/12"
    revenue = block.line("revenue")
    book.checks += [
        Check("Capacity: revenue is MW, years and price",
              f"SUMPRODUCT({served}*{paid})", f"SUM({revenue})"),
        Check("Capacity: the total is the sum of the tranches",
              f"SUM({block.lines('by_tranche')})", f"SUM({revenue})"),
        Check("Capacity: the whole balance at its price",
              f"{price}*SUMPRODUCT({served})", "Opening_balance"),
    ]  # fmt: skip
    return block


# Helpers -----------------------------------------------------------------------------------------


def _customers(book: Book) -> list[str]:
    return list(_stated(book).customers)


def _stated(book: Book) -> Contracts:
    found: Contracts = read(Contracts, "customer_contracts", table_of(book, "customer_contracts"))
    return found


def _last_month(book: Book) -> int:
    """Return the last month of any contract, renewal or tranche."""
    months = _stated(book).last_month
    if "capacity_tranches" in book.case.tables:
        stated = table_of(book, "capacity_tranches")
        months = max(months, read(Tranches, "capacity_tranches", stated).last_month)
    return months


def _periods(book: Book) -> str:
    """Return the arguments that give every block of this sheet the same columns."""
    areas = book.areas
    return f"{areas['Length of a period'].local},{areas['Last month of this sheet'].local}"
