"""Capacity under contract: megawatts and price by contract, and megawatts by quarter.

Megawatts, dates and lives are those of the table of plant; amounts and terms those of the table of
contracts. Nothing is stated here.
"""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import if_named, in_row, room_for
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import (
    FIRST,
    column_of,
    contracted_megawatts,
    each,
    linked,
    put_line,
    quarters_again,
)
from workbook.template.sheets.contracts_and_rpo.balance import LAST

BY_CONTRACT = {
    "Contract": "@",
    "Value": styles.MONEY,
    "MW": styles.MONEY,
    "Years": styles.PLAIN,
    "A MW-year": styles.PRICE,
}
BY_VINTAGE = {
    "Vintage": "@",
    "In service": styles.DATE,
    "Until": styles.DATE,
    "MW": styles.MONEY,
    "Customer": "@",
    "Contract": "@",
}


def section(page: Page, book: Book, schedule: Block) -> None:
    """Write capacity in service by quarter and, where it is printed, each contract's capacity."""
    with page.within("capacity"):
        page.section("Capacity: megawatts under contract, and what each earns", LAST)
        name, mw, total, years, price = _under_contract(page, book)
    plant = _by_vintage(page, book, name)
    online = _by_quarter(page, book, plant, name, schedule.columns - 1)
    length = book.areas["Length of a period"].local
    revenue = put_line(
        page,
        "USD m",
        "Contracted revenue of the contracts that plant serves",
        [
            f"=SUMPRODUCT(({mw.local}>0)*{_column(book, 'Value')}"
            f"*({recognised(book, month)}-{recognised(book, f'({month}-{length})')}))"
            for i in range(online.columns)
            for month in [schedule.line("to_month").part(0, i).by_column]
        ],
        style="link",
    )
    book.areas["contracts.served"] = revenue
    book.areas["contracts.online_years"] = put_line(
        page,
        "MW-years",
        "MW-years in service at the MW of the quarter's end",
        [f"={there}*{length}/12" for there in each(online)],
        form=styles.MONEY,
    )
    earned = [
        f'=IF({there}=0,"",{revenue.part(0, i).by_column}*12/{length}/{there})'
        for i in range(online.columns)
        for there in [online.part(0, i).by_column]
    ]
    put_line(
        page,
        "USD m a MW-year",
        "Revenue per MW-year, on the MW in service at the quarter's end",
        earned,
        form=styles.PRICE,
    )
    book.checks += [
        Check("Capacity: MW of the contracts are those of the plant that serves them",
              contracted_megawatts(book), f"SUM({mw})"),
        Check("Capacity: MW-years times their price are the contracts' value",
              f"SUMPRODUCT(({mw}>0)*{_column(book, 'Value')})", f"{years}*{price}"),
        Check("Capacity: quarters sum to the contracts that plant serves",
              f"SUM({revenue})", str(total)),
    ]  # fmt: skip


def rows(book: Book) -> int:
    """Return the rows that are printed: contracts, and three values."""
    return 1 + room_for(book, "customer_contracts") + 3


def _under_contract(page: Page, book: Book) -> tuple[Area, Area, Area, Area, Area]:
    """Write each contract's capacity; return names, megawatts, and value, MW-years and price."""
    table = _by_contract(page, book)
    name, value, mw, term = (table.part(1, j, table.rows - 1) for j in range(4))
    page.row -= 1
    served = f'SUMIF({mw.local},">0",{value.local})'
    total = put_line(page, "USD m", "Value of the contracts that plant serves", [f"={served}"])
    years = put_line(
        page,
        "MW-years",
        "MW-years under contract",
        [f"=SUMPRODUCT({mw.local}*{term.local})"],
        form=styles.MONEY,
    )
    price = put_line(
        page,
        "USD m a MW-year",
        "Price of a MW-year under contract",
        [f"={total.local}/{years.local}"],
        form=styles.PRICE,
    )
    for key, area in (("megawatts", mw), ("megawatt_years", years), ("price", price)):
        book.areas[f"contracts.{key}"] = area
    return name, mw, total, years, price


def recognised(book: Book, month: str) -> str:
    """Give the share of each contract recognised by the end of a month, as a formula."""
    start, term = (_column(book, header) for header in ("Start", "Term"))
    passed = f"({month}-{start}+1-{_column(book, 'Delay', '0')})/{term}"
    part = f"(({passed}>0)*({passed}<1)*({passed})+({passed}>=1))"
    back, front = (f'({_column(book, "Shape", chr(34) * 2)}="{s}")' for s in ("back", "front"))
    return f"({part}+({part}^2-{part})*({back}-{front}))"


def _by_contract(page: Page, book: Book) -> Area:
    """Write the table of contracts, each with its megawatts, years and price."""
    value, term = (column_of(book, "customer_contracts", header) for header in ("Value", "Term"))
    contract, megawatts = (column_of(book, "plant", header) for header in ("Contract", "MW"))
    rows = []
    for i, name in enumerate(_names(book)):
        at = page.row + 1 + i
        own, worth, mw, years = (Area(page.title, at, page.label + j).local for j in range(4))
        rows.append([
            name,
            str(value.part(i, 0)),
            f"SUMPRODUCT(({contract}={own})*{megawatts})",
            f"{term.part(i, 0)}/12",
            f'IF({mw}=0,"",{worth}/({mw}*{years}))',
        ])  # fmt: skip
    return linked(page, list(BY_CONTRACT), rows, list(BY_CONTRACT.values()))


def _by_vintage(page: Page, book: Book, names: Area) -> Area:
    """Write the vintages of plant, each with the last day of its life and its customer."""
    vintage, begun, life, mw, contract = (
        column_of(book, "plant", h) for h in ("Vintage", "In service", "Life", "MW", "Contract")
    )
    customers = column_of(book, "customer_contracts", "Customer")
    day, years, size, of = map(in_row, (begun, life, mw, contract))
    row = if_named(vintage, [
        day,
        f"EDATE({day},12*{years})-1",
        size,
        f'IF({of}="","",INDEX({customers},MATCH({of},{names.local},0)))',
        f'IF({of}="","",{of})',
    ])  # fmt: skip
    table = linked(page, list(BY_VINTAGE), [row] * vintage.rows, list(BY_VINTAGE.values()))
    for j, header in enumerate(BY_VINTAGE):
        book.areas[f"vintages.{header}"] = table.part(1, j, vintage.rows)
    return table


def _by_quarter(page: Page, book: Book, plant: Area, names: Area, quarters: int) -> Area:
    """Write megawatts in service at the end of each quarter, by contract and in total."""
    begun, until, mw, contract = (plant.part(1, j, plant.rows - 1).local for j in (1, 2, 3, 5))
    ends = each(quarters_again(page, book.areas["contract_ends"]))
    top = page.row
    for i in range(names.rows):
        own = names.part(i, 0).local
        in_service = [
            f"=SUMPRODUCT(({contract}={own})*({begun}<={end})*({until}>={end}),{mw})"
            for end in ends
        ]
        put_line(page, "MW", "", in_service, form=styles.MONEY)
        page.put(page.row - 1, page.label, f'={own}&", MW in service"', "calc_text")
    above = Area(page.title, top, FIRST, names.rows, quarters)
    sums = [
        f"=SUM({above.part(0, j).by_column}:{above.part(names.rows - 1, j).by_column})"
        for j in range(quarters)
    ]
    return put_line(page, "MW", "MW in service under contract", sums, form=styles.MONEY)


def _names(book: Book) -> list[str]:
    """Give the name of each contract as a formula: its customer's where it has none."""
    customer = column_of(book, "customer_contracts", "Customer")
    own = [customer.part(i, 0) for i in range(customer.rows)]
    if "Contract" not in book.case.tables["customer_contracts"].columns:
        return [str(c) for c in own]
    name = column_of(book, "customer_contracts", "Contract")
    return [f'IF({name.part(i, 0)}="",{c},{name.part(i, 0)})' for i, c in enumerate(own)]


def _column(book: Book, header: str, absent: str = "") -> str:
    """Give a column of the contracts, or what stands for one that the case leaves out."""
    if absent and header not in book.case.tables["customer_contracts"].columns:
        return absent
    return str(column_of(book, "customer_contracts", header))
