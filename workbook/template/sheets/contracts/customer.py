"""What a customer of the contracts holds beside them: its warrant, and its loan."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import LABEL, column_of, put_line


def warrant(page: Page, book: Book, capacity: Area) -> None:
    """Write what the warrant takes from revenue, and the shares that vest."""
    count = len(book.case.tables["customer_warrant"].rows)
    online, revenue = capacity.part(2, 0), capacity.body(capacity.rows - 1)
    delivered = [
        f"=MAX({online.part(0, 1 + i).by_column}-N({online.part(0, i).by_column}),0)"
        for i in range(revenue.columns)
    ]
    brought = put_line(page, "MW", "Capacity that came online", delivered)
    page.row += 1
    block = page.block(
        "Warrant_schedule",
        f"RPO_CUSTOMER_WARRANT(Customer_warrant,{revenue.local},{brought.local},"
        f"{book.areas['Length of a period'].local})",
        count + 9,
        revenue.columns + 1,
        column=LABEL,
        row_formats=[*[styles.MONEY] * 6, *[styles.SHARES] * (count + 2)],
        strong=[3, 6, count + 8],
        units=[*["USD m"] * 6, *["m shares"] * (count + 2)],
    )
    book.name("Warrant_schedule", block, "The customer's warrant: contra-revenue and shares")
    shares, value, likely = (
        column_of(book, "customer_warrant", name) for name in ("Shares", "Fair value", "Included")
    )
    row = {name: block.body(i) for i, name in enumerate(
        ("gross", "contra", "net", "opening", "vested", "closing"), 1
    )}  # fmt: skip
    end = block.columns - 1
    book.checks += [
        Check("Warrant: contra-revenue is shares times fair value",
              f"SUMPRODUCT({shares}*{value}*{likely})", f"SUM({row['contra']})"),
        Check("Warrant: all shares have vested at the end",
              f"SUMPRODUCT({shares}*{likely})", str(block.part(count + 8, end))),
        Check("Warrant: revenue less contra-revenue is net",
              f"SUM({row['gross']})-SUM({row['contra']})", f"SUM({row['net']})"),
        Check("Warrant: the asset is used up at the end",
              str(row["closing"].part(0, end - 1)), "0", 1e-6),
        Check("Warrant: opening and vested less contra-revenue is closing",
              f"SUM({row['opening']})+SUM({row['vested']})-SUM({row['contra']})",
              f"SUM({row['closing']})"),
    ]  # fmt: skip


def loan(page: Page, book: Book, quarters: int) -> None:
    """Write the loan by quarter, from the principal to the cash that comes back."""
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
    block = page.block(
        "Loan_schedule",
        f"RPO_CUSTOMER_LOAN({principal},{rate},{capacity.local},{first},{count},"
        f"{book.areas['Length of a period'].local})",
        7,
        quarters + 1,
        column=LABEL,
        row_formats=[styles.MONEY] * 6,
        strong=[4],
        units=["USD m"] * 6,
    )
    book.name("Loan_schedule", block, "The customer's loan")
    opening, in_capacity, instalment, closing, interest, cash = (block.body(i) for i in range(1, 7))
    book.checks += [
        Check("Loan: capacity and instalments repay the principal",
              f"SUM({in_capacity})+SUM({instalment})", principal),
        Check("Loan: opening less repayments is closing",
              f"SUM({opening})-SUM({in_capacity})-SUM({instalment})", f"SUM({closing})"),
        Check("Loan: repaid in capacity as typed", f"SUM({amount})", f"SUM({in_capacity})"),
        Check("Loan: cash is instalments and interest",
              f"SUM({instalment})+SUM({interest})", f"SUM({cash})"),
    ]  # fmt: skip
