"""Contracts: customers, capacity, concentration, and a back-test, quarter by quarter."""

from __future__ import annotations

from model.case.megawatt import serves_contracts
from model.rpo import concentration
from model.rpo.contracts import Contracts
from workbook.tables import read
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, has, put_line, table_of
from workbook.template.sheets.contracts import capacity, filings
from workbook.template.sheets.contracts import customer as contracts_customer
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
    if serves_contracts(book.case):
        page.section("Capacity: megawatts under contract, and what each earns", last)
        capacity.section(page, book, contracted)
        if has(book, contracts_customer.WARRANT):
            page.section("The customer's warrant: contra-revenue and dilution", last)
            contracts_customer.warrant(page, book, contracted)
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
    disclosed, stated = book.areas["Disclosed_bands"], book.block("Band_amounts")
    starts = [f"={disclosed.part(1 + i, 0)}" for i in range(count)]
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
            f"=SUMPRODUCT({value}*{capacity.recognised(book, f'({month.by_column}-1)')})"
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
        Check(f"Contracts: what is contracted before month {band.from_month}, natively",
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


def _customers(book: Book) -> list[str]:
    return list(_stated(book).customers)


def _stated(book: Book) -> Contracts:
    found: Contracts = read(Contracts, "customer_contracts", table_of(book, "customer_contracts"))
    return found


def _last_month(book: Book) -> int:
    """Return the last month of any contract or renewal."""
    return _stated(book).last_month


def _periods(book: Book) -> str:
    """Return the arguments that give every block of this sheet the same columns."""
    areas = book.areas
    return f"{areas['Length of a period'].local},{areas['Last month of this sheet'].local}"
