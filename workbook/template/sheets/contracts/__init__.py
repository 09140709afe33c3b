"""Contracts: customers, capacity, concentration, and a back-test, quarter by quarter."""

from __future__ import annotations

from model.rpo import concentration
from workbook.tables.rpo import contracts as read_contracts
from workbook.tables.rpo import tranches as read_tranches
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, put_line, table_of
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.contracts import customer as contracts_customer
from workbook.template.sheets.contracts import filings
from workbook.template.sheets.rpo import MONTHS_PER_QUARTER

#: Months that a user can delay the last contract by before the sheet is too short.
ROOM = 12


def write(book: Book) -> None:
    """Write the sheet, if the case tells its contracts one by one."""
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
    page.section("Concentration of what the contracts bring", last)
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
    customers = _customers(book)
    charts.bars(
        page,
        "Contracted revenue by quarter and customer",
        [(contracted.part(2 + i, 0), contracted.body(2 + i)) for i in range(len(customers))],
        Area(page.title, HEAD_ROWS, FIRST, 1, quarters),
        LABEL,
        min(11, 1 + quarters),
        across="Quarter ending",
        grouping="stacked",
    )
    if any(b.recognised for b in book.rpo.later.values()):
        page.section("Back-test: the opening schedule against later filings", 12)
        filings.backtest(page, book)
    page.finish(MASTER, last, repeated=LABEL)


# Sections ----------------------------------------------------------------------------------------


def _contracts(page: Page, book: Book, quarters: int) -> Area:
    count = len(_customers(book))
    # No inputs: the columns of this sheet are quarters, and as many as the contracts need.
    for label, months in (
        ("Length of a period", MONTHS_PER_QUARTER),
        ("Last month of this sheet", MONTHS_PER_QUARTER * quarters),
    ):
        page.put(page.row, UNIT, "months", "unit")
        page.put(page.row, LABEL, label, "label")
        book.areas[label] = page.put(page.row, FIRST, months, "fixed", styles.COUNT)
        page.row += 1
    page.row += 1
    block = page.block(
        "Contract_schedule",
        f"RPO_CONTRACTS(Customer_contracts,{_periods(book)})",
        2 * count + 5,
        quarters + 1,
        column=LABEL,
        row_formats=[styles.COUNT, *[styles.MONEY] * (2 * count + 3)],
        strong=[count + 2, 2 * count + 3],
        units=["months", *["USD m"] * (2 * count + 3)],
    )
    book.name("Contract_schedule", block, "Recognition of contracts, customer by customer")
    book.areas["contract_months"] = block.body(1)
    for i in range(quarters):
        month = block.part(1, 1 + i).by_column
        page.put(HEAD_ROWS, FIRST + i, f"=EOMONTH(Balance_date,{month})", "calc_head", "mmm yy")
    contracted, expected = block.body(count + 2), block.body(2 * count + 3)
    value = column_of(book, "customer_contracts", "Value")
    book.checks += [
        Check("Contracts: what is contracted sums to the contracts' values",
              f"SUM({contracted})", f"SUM({value})"),
        Check("Contracts: the total is the sum of the customers",
              f"SUM({block.part(2, 1, count, quarters)})", f"SUM({contracted})"),
        Check("Contracts: the expected total is the sum of the customers",
              f"SUM({block.part(count + 3, 1, count, quarters)})", f"SUM({expected})"),
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
        f"=SUMPRODUCT(({block.body(1).local}>={first.part(0, i).by_column})*{contracted.local})"
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
        "Balance that no contract here explains",
        [f"=Opening_balance-SUM({contracted.local})"],
    )
    return block


def _concentration(page: Page, book: Book, contracts: Area) -> None:
    count = len(_customers(book))
    block = page.block(
        "Contract_concentration",
        f"RPO_CONCENTRATION(Customer_contracts,{_periods(book)})",
        6,
        contracts.columns,
        column=LABEL,
        row_formats=[styles.COUNT, *[styles.PERCENT, styles.WHOLE_MONEY] * 2],
        units=["months", "fraction", "points", "fraction", "points"],
    )
    book.name("Contract_concentration", block, "Concentration of contracts by quarter")
    # Quarters in which nothing is contracted have no concentration, and are left blank: the months
    # are counted as in any block, and the rest against the quarters that have revenue.
    quarters = contracts.columns - 1
    book.recount(block.part(1, 1, 1, quarters))
    for kind, first, row in (("contracted", 2, 2), ("expected", count + 3, 4)):
        total = contracts.part(first + count, 1, 1, quarters)
        quarter, sold = contracts.part(first, 1, count), total.part(0, 0)
        points = f"{concentration.POINTS:.0f}"
        book.checks += [
            Check(f"Concentration, {kind}: numbers in every quarter with revenue",
                  f'2*COUNTIF({total},">0")', f"COUNT({block.part(row, 1, 2, quarters)})"),
            Check(f"Concentration, {kind}: top share of the first quarter",
                  f"IF({sold}=0,0,MAX({quarter})/{sold})", f"N({block.part(row, 1)})"),
            Check(f"Concentration, {kind}: index of the first quarter",
                  f"IF({sold}=0,0,{points}*SUMSQ({quarter})/{sold}^2)",
                  f"N({block.part(row + 1, 1)})"),
        ]  # fmt: skip


def _capacity(page: Page, book: Book, quarters: int) -> Area:
    count = len(book.case.tables["capacity_tranches"].rows)
    price = put_line(
        page,
        "USD m",
        "Price per MW and year if it were the whole balance",
        ["=RPO_CAPACITY_PRICE(Opening_balance,Capacity_tranches)"],
        form=styles.PRICE,
    )
    page.row += 1
    block = page.block(
        "Capacity_schedule",
        f"RPO_CAPACITY(Capacity_tranches,{_periods(book)})",
        count + 4,
        quarters + 1,
        column=LABEL,
        row_formats=[styles.COUNT, *[styles.MONEY] * (count + 2)],
        strong=[count + 3],
        units=["months", "MW", *["USD m"] * (count + 1)],
    )
    book.name("Capacity_schedule", block, "Capacity online and its revenue")
    mw, term, used, ramp, paid = (
        column_of(book, "capacity_tranches", name)
        for name in ("MW", "Term", "Utilisation", "Ramp months", "Price")
    )
    served = f"{mw}*{used}*({term}-{ramp}/2)/12"
    revenue = block.body(count + 3)
    book.checks += [
        Check("Capacity: revenue is MW, years and price",
              f"SUMPRODUCT({served}*{paid})", f"SUM({revenue})"),
        Check("Capacity: the total is the sum of the tranches",
              f"SUM({block.part(3, 1, count, quarters)})", f"SUM({revenue})"),
        Check("Capacity: the whole balance at its price",
              f"{price}*SUMPRODUCT({served})", "Opening_balance"),
    ]  # fmt: skip
    return block


# Helpers -----------------------------------------------------------------------------------------


def _customers(book: Book) -> list[str]:
    table = book.case.tables["customer_contracts"]
    at = list(table.columns).index("Customer")
    return list(dict.fromkeys(str(row.cells[at]) for row in table.rows.values()))


def _last_month(book: Book) -> int:
    """Return the last month of any contract, renewal or tranche."""
    months = read_contracts("customer_contracts", table_of(book, "customer_contracts")).last_month
    if "capacity_tranches" in book.case.tables:
        tranches = read_tranches("capacity_tranches", table_of(book, "capacity_tranches"))
        months = max(months, tranches.tranches.last_month)
    return months


def _periods(book: Book) -> str:
    """Return the arguments that give every block of this sheet the same columns."""
    areas = book.areas
    return f"{areas['Length of a period'].local},{areas['Last month of this sheet'].local}"
