"""A customer's warrant and loan."""

from __future__ import annotations

from workbook.template.blocks import Block
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, put_line


def warrant(page: Page, book: Book, capacity: Block) -> None:
    """Write the warrant's contra-revenue, and the shares that vest."""
    online, revenue = capacity.line("online").part(0, -1), capacity.line("revenue")
    delivered = [
        f"=MAX({online.part(0, 1 + i).by_column}-N({online.part(0, i).by_column}),0)"
        for i in range(revenue.columns)
    ]
    brought = put_line(page, "MW", "Capacity that came online", delivered)
    page.row += 1
    block = page.result(
        "Warrant_schedule",
        f"RPO_CUSTOMER_WARRANT(Customer_warrant,{revenue.local},{brought.local},"
        f"{book.areas['Length of a period'].local})",
        across=revenue.columns,
        things={"tranches": len(book.case.tables["customer_warrant"].rows)},
    )
    book.name("Warrant_schedule", block, "The customer's warrant: contra-revenue and shares")
    shares, value, likely = (
        column_of(book, "customer_warrant", name) for name in ("Shares", "Fair value", "Included")
    )
    gross, contra, net, opening, vested, closing = map(block.line, (
        "revenue", "contra_revenue", "net_revenue", "opening", "vested_value", "closing",
    ))  # fmt: skip
    end = revenue.columns - 1
    book.checks += [
        Check("Warrant: contra-revenue is shares times fair value",
              f"SUMPRODUCT({shares}*{value}*{likely})", f"SUM({contra})"),
        Check("Warrant: all shares have vested at the end",
              f"SUMPRODUCT({shares}*{likely})", str(block.line('vested').part(0, end))),
        Check("Warrant: revenue less contra-revenue is net",
              f"SUM({gross})-SUM({contra})", f"SUM({net})"),
        Check("Warrant: the asset is used up at the end",
              str(closing.part(0, end)), "0", 1e-6),
        Check("Warrant: opening and vested less contra-revenue is closing",
              f"SUM({opening})+SUM({vested})-SUM({contra})",
              f"SUM({closing})"),
    ]  # fmt: skip


def loan(page: Page, book: Book, quarters: int) -> None:
    """Write the loan by quarter, from the principal to the cash repaid."""
    month, amount = (column_of(book, "loan_capacity", c) for c in ("Month", "Repaid in capacity"))
    ends, length = book.areas["contract_months"], book.areas["Length of a period"].local
    repaid = [
        f'=SUMIF({month},"<="&{ends.part(0, i).by_column},{amount})'
        f'-SUMIF({month},"<="&{ends.part(0, i).by_column}-{length},{amount})'
        for i in range(quarters)
    ]
    capacity = put_line(page, "USD m", "Principal repaid in capacity", repaid)
    page.row += 1
    principal, rate, first, count = (
        str(book.areas[f"scalars.{name}"])
        for name in ("loan_principal", "loan_rate", "loan_first_instalment", "loan_instalments")
    )
    block = page.result(
        "Loan_schedule",
        f"RPO_CUSTOMER_LOAN({principal},{rate},{capacity.local},{first},{count},"
        f"{book.areas['Length of a period'].local})",
        across=quarters,
    )
    book.name("Loan_schedule", block, "The customer's loan")
    opening, in_capacity, instalment, closing, interest, cash = map(
        block.line, ("opening", "in_capacity", "instalment", "closing", "interest", "cash")
    )
    book.checks += [
        Check("Loan: capacity and instalments repay the principal",
              f"SUM({in_capacity})+SUM({instalment})", principal),
        Check("Loan: opening less repayments is closing",
              f"SUM({opening})-SUM({in_capacity})-SUM({instalment})", f"SUM({closing})"),
        Check("Loan: repaid in capacity as typed", f"SUM({amount})", f"SUM({in_capacity})"),
        Check("Loan: cash is instalments and interest",
              f"SUM({instalment})+SUM({interest})", f"SUM({cash})"),
    ]  # fmt: skip
