"""A customer's warrant and loan."""

from __future__ import annotations

from model.dilution.securities import PRO_RATA
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import NAME, if_named, in_row, nth, room_for, summed
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, linked, of_segment, place_of, put_line, quarters_again
from workbook.template.sheets.contracts_and_rpo.balance import LAST
from workbook.template.sheets.securities import column

#: Figures and tables of a case that the warrant's section needs, with capacity under contract.
WARRANT = ("tables.customer_warrant", "scalars.warrant_customer")


def warrant(page: Page, book: Book, contracted: Block) -> None:
    """Write the warrant's contra-revenue, and the shares that vest."""
    quarters = contracted.columns - 1
    with page.within("tranches"):
        page.section("The customer's warrant, by tranche", LAST)
        tranches = _tranches(page, book)
    shares, value, likely = (tranches.part(1, j, tranches.rows - 1) for j in (1, 2, 4))
    begun, mw, customer = (
        book.areas[f"vintages.{header}"] for header in ("In service", "MW", "Customer")
    )
    theirs = f"({customer.local}=Warrant_customer)"
    ends = quarters_again(page, book.areas["contract_ends"])
    brought = put_line(
        page,
        "MW",
        "MW that came into service for the customer",
        [
            # Those in service before the first quarter came in it.
            f"=SUMPRODUCT({theirs}*({begun.local}<={end})*({begun.local}>{before}),{mw.local})"
            for i in range(quarters)
            for end in [ends.part(0, i).by_column]
            for before in [f"N({ends.part(0, i - 1).by_column})"]
        ],
        form=styles.MONEY,
    )
    each = contracted.lines("contracted")
    place = place_of("Warrant_customer", each.part(0, -1, each.rows).local)
    revenue = put_line(
        page,
        "USD m",
        "Revenue from the customer's contracts",
        [
            f"=INDEX({each.part(0, i).by_column}:{each.part(each.rows - 1, i).by_column},{place})"
            for i in range(quarters)
        ],
    )
    page.row += 1
    block = page.result(
        "Warrant_schedule",
        f"RPO_CUSTOMER_WARRANT({tranches.local},{revenue.local},{brought.local},"
        f"{book.areas['Length of a period'].local})",
        across=quarters,
        things={"tranches": tranches.rows - 1},
    )
    book.name("Warrant_schedule", block, "The customer's warrant: contra-revenue and shares")
    if book.case.signs:
        _given_back(book, f"SUMPRODUCT({shares},{value},{likely})")
    _under_option(book, f"SUMPRODUCT(({customer}=Warrant_customer)*1,{mw})")
    gross, contra, net, opening, vested, closing = map(block.line, (
        "revenue", "contra_revenue", "net_revenue", "opening", "vested_value", "closing",
    ))  # fmt: skip
    end = quarters - 1
    book.checks += [
        Check("Warrant: contra-revenue is shares times fair value",
              f"SUMPRODUCT({shares},{value},{likely})", f"SUM({contra})"),
        Check("Warrant: all shares have vested at the end",
              f"SUMPRODUCT({shares},{likely})", str(block.line('vested').part(0, end))),
        Check("Warrant: revenue less contra-revenue is net",
              f"SUM({gross})-SUM({contra})", f"SUM({net})"),
        Check("Warrant: the asset is used up at the end",
              str(closing.part(0, end)), "0", 1e-6),
        Check("Warrant: opening and vested less contra-revenue is closing",
              f"SUM({opening})+SUM({vested})-SUM({contra})",
              f"SUM({closing})"),
    ]  # fmt: skip


def rows(book: Book) -> int:
    """Return the rows of the tranches that are printed."""
    return 1 + room_for(book, "customer_warrant") + 1


def _tranches(page: Page, book: Book) -> Area:
    """Write the tranches, each with what the table of securities has of it: shares and part.

    The tranche is found by the name of its security; an unknown one is an error.
    """
    table = book.case.tables["customer_warrant"]
    headers, stated = list(table.columns), book.areas["tables.customer_warrant"]
    value, month = (
        in_row(stated.part(1, headers.index(h), stated.rows - 1)) if h in headers else '""'
        for h in ("Fair value", "Vest month")
    )
    row = if_named(stated.part(1, headers.index("Tranche"), stated.rows - 1), [
        _of(book, "count", NAME), value, f'IF({month}="","",{month})', _probable(book, NAME),
    ])  # fmt: skip
    return linked(
        page,
        ["Tranche", "Shares", "Fair value", "Vest month", "Included"],
        [row] * (stated.rows - 1),
        ["@", styles.SHARES, styles.PRICE, styles.COUNT, styles.PERCENT],
    )


def _probable(book: Book, name: str) -> str:
    """Give the part of a tranche that is probable, as a formula.

    A condition on a price or a market value is in the fair value already, whether it is met or not
    (ASC 718-10-30-14); one on deliveries counts by the megawatts under contract.
    """
    included, condition, hurdle, mw = (
        _of(book, column, name) for column in ("included", "condition", "vests_at", "measured")
    )
    by_delivery = (
        f'IF({condition}="{PRO_RATA}",MIN(1,{mw}/{hurdle}),'
        f'IF({condition}="delivered",IF({mw}>={hurdle},1,0),1))'
    )
    return f'IF({included}="",1,{included})*{by_delivery}'


def _of(book: Book, name: str, security: str) -> str:
    return f"INDEX({column(book, name)},MATCH({security},{column(book, 'name')},0))"


def _under_option(book: Book, mw: str) -> None:
    """Check that what the share count has of tranches by delivery is what plant is of their MW."""
    kind, count, hurdle = (column(book, name) for name in ("condition", "count", "vests_at"))
    counted = book.block("Bridge").column_of("taking_part")
    part = f"(({mw}>={hurdle})+({mw}<{hurdle})*{mw}/({hurdle}+({hurdle}=0)))"
    expected = f'SUMPRODUCT(({kind}="{PRO_RATA}")*{count}*{part})'
    found = summed(
        f'({nth(kind, i + 1)}="{PRO_RATA}")*N({counted.part(i, 0)})' for i in range(counted.rows)
    )
    book.checks.append(Check("Warrant: MW under option match their warrants", found, expected))


def _given_back(book: Book, worth: str) -> None:
    """Check that what the forecast gives back to the customer is what the warrant is worth."""
    value, customer = (column_of(book, "customer_contracts", h) for h in ("Value", "Customer"))
    theirs = f"({customer}=Warrant_customer)*{value}"
    given = []
    for segment in book.case.segments:
        path = f"segments.{segment}.contra_revenue"
        if path in book.areas:
            share = book.live(path)
            of = of_segment(book, "customer_contracts", segment)
            given.append(f"{share.part(0, 0)}*SUMPRODUCT({of}*{theirs})")
    book.checks.append(
        Check("Warrant: the forecast gives back its fair value over the customer's contracts",
              "+".join(given) or "0", worth)
    )  # fmt: skip


def loan(page: Page, book: Book, quarters: int) -> None:
    """Write the loan by quarter, from the principal to the cash repaid."""
    month, amount = (column_of(book, "loan_capacity", c) for c in ("Month", "Repaid in capacity"))
    ends, length = book.areas["contract_months"], book.areas["Length of a period"].local
    repaid = [
        f'=SUMIF({month},"<="&{ends.part(0, i).by_column},{amount})'
        f'-SUMIF({month},"<="&{ends.part(0, i).by_column}-{length},{amount})'
        for i in range(quarters)
    ]
    in_kind = put_line(page, "USD m", "Principal repaid in capacity", repaid)
    page.row += 1
    principal, rate, first, count = (
        str(book.areas[f"scalars.{name}"])
        for name in ("loan_principal", "loan_rate", "loan_first_instalment", "loan_instalments")
    )
    block = page.result(
        "Loan_schedule",
        f"RPO_CUSTOMER_LOAN({principal},{rate},{in_kind.local},{first},{count},"
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
    owed = book.case.tables.get("commitments")
    if owed is not None and "Rate" in owed.columns:
        balance, interests = (column_of(book, "commitments", h) for h in ("Balance", "Rate"))
        book.checks.append(
            Check("Loan: it is one of the commitments, at its rate",
                  f"MIN(1,SUMPRODUCT(({balance}={principal})*({interests}={rate})))", "1")
        )  # fmt: skip
