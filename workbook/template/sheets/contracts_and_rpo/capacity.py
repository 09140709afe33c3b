"""Capacity under contract: megawatts and price by contract, and megawatts by quarter.

Megawatts, dates and lives are those of the table of plant; amounts and terms those of the table of
contracts. Nothing is stated here.
"""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import NAME, if_named, in_row, room_for
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

#: A number of a blank row is 0, and does not show.
BY_CONTRACT = {
    "Contract": "@",
    "Value": styles.MONEY,
    "MW": styles.MONEY,
    "Years": f"{styles.PLAIN};",
    "A MW-year": styles.PRICE,
    "First month": "0_);(0);",
    "Months": "0_);(0);",
    "Shape": "@",
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
        contracts, total, years, price = _under_contract(page, book)
    name, value, mw = contracts["Contract"], contracts["Value"], contracts["MW"]
    plant = _by_vintage(page, book, name)
    online = _by_quarter(page, book, plant, name, schedule.columns - 1)
    length = book.areas["Length of a period"].local
    first, term, shape = (contracts[h].local for h in ("First month", "Months", "Shape"))
    revenue = put_line(
        page,
        "USD m",
        "Contracted revenue of the contracts that plant serves",
        [
            f"=SUMPRODUCT(({mw.local}>0)*({recognised(by_end, first, term, shape)}"
            f"-{recognised(before, first, term, shape)}),{value.local})"
            for i in range(online.columns)
            for by_end in [schedule.line("to_month").part(0, i).by_column]
            for before in [f"({by_end}-{length})"]
        ],
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
              served_by_the_rest(book), f"{years}*{price}"),
        Check("Capacity: quarters sum to the contracts that plant serves",
              f"SUM({revenue})", str(total)),
    ]  # fmt: skip


def rows(book: Book) -> int:
    """Return the rows that are printed: contracts, and three values."""
    return 1 + room_for(book, "customer_contracts") + 3


def _under_contract(page: Page, book: Book) -> tuple[dict[str, Area], Area, Area, Area]:
    """Write each contract's capacity; return its columns, and value, MW-years and price."""
    table = _by_contract(page, book)
    columns = {h: table.part(1, j, table.rows - 1) for j, h in enumerate(BY_CONTRACT)}
    value, mw, term = (columns[h] for h in ("Value", "MW", "Years"))
    page.row -= 1
    served = f'SUMIF({mw.local},">0",{value.local})'
    total = put_line(page, "USD m", "Value of the contracts that plant serves", [f"={served}"])
    years = put_line(
        page,
        "MW-years",
        "MW-years under contract",
        [f"=SUMPRODUCT({mw.local},{term.local})"],
        form=styles.MONEY,
    )
    price = put_line(
        page,
        "USD m a MW-year",
        "Price of a MW-year under contract",
        [f"={total.local}/{years.local}"],
        form=styles.PRICE,
    )
    for key, header in (("value", "Value"), ("megawatts", "MW"), ("months", "Months")):
        book.areas[f"contracts.{key}"] = columns[header]
    book.areas["contracts.megawatt_years"], book.areas["contracts.price"] = years, price
    return columns, total, years, price


def served_by_the_rest(book: Book) -> str:
    """Give the value of the contracts that plant serves: of all on Inputs, less the others."""
    value, mw = (book.areas[f"contracts.{key}"] for key in ("value", "megawatts"))
    return f"(SUM({column_of(book, 'customer_contracts', 'Value')})-SUMIF({mw},0,{value}))"


def recognised(month: str, start: str, term: str, shape: str) -> str:
    """Give the share of each contract recognised by the end of a month, as a formula.

    The start includes the delay. A blank row has a term of one month, and no value.
    """
    passed = f"({month}-{start}+1)/({term}+({term}=0))"
    part = f"(({passed}>0)*({passed}<1)*({passed})+({passed}>=1))"
    back, front = (f'({shape}="{s}")' for s in ("back", "front"))
    return f"({part}+({part}^2-{part})*({back}-{front}))"


def by_inputs(book: Book, month: str) -> str:
    """Give the same share of each contract on Inputs."""
    start, term = (_column(book, header) for header in ("Start", "Term"))
    delay, shape = _column(book, "Delay", "0"), _column(book, "Shape", '""')
    return recognised(month, f"({start}+{delay})", term, shape)


def _by_contract(page: Page, book: Book) -> Area:
    """Write the table of contracts, each with its megawatts, years and price."""
    contract, megawatts = (column_of(book, "plant", header) for header in ("Contract", "MW"))
    customer = column_of(book, "customer_contracts", "Customer")
    worth, start, term, delay, shape, own = (
        in_row(column_of(book, "customer_contracts", header)) if header in given else ""
        for given in [book.case.tables["customer_contracts"].columns]
        for header in ("Value", "Start", "Term", "Delay", "Shape", "Contract")
    )
    buyer, value, shown = if_named(customer, [worth, f'{shape}&""' if shape else '"flat"'])
    name = f'IF({buyer}="","",IF({own}="",{buyer},{own}&""))' if own else buyer

    def number(formula: str) -> str:
        # Sums multiply it, so that a blank row has 0, which does not show.
        return f'IF({NAME}="",0,{formula})'

    rows = []
    for at in range(page.row + 1, page.row + 1 + customer.rows):
        mw, years = (Area(page.title, at, page.label + j).local for j in (2, 3))
        rows.append([
            name,
            value,
            f'IF({NAME}="","",SUMPRODUCT(({contract}={NAME})*{megawatts}))',
            number(f"{term}/12"),
            f'IF({NAME}="","",IF({mw}=0,"",{worth}/({mw}*{years})))',
            number(f"{start}+{delay}" if delay else start),
            number(term),
            shown,
        ])  # fmt: skip
    return linked(page, list(BY_CONTRACT), rows, list(BY_CONTRACT.values()))


def _by_vintage(page: Page, book: Book, names: Area) -> Area:
    """Write the vintages of plant, each with the last day of its life and its customer."""
    vintage, begun, life, mw, contract = (
        column_of(book, "plant", h) for h in ("Vintage", "In service", "Life", "MW", "Contract")
    )
    customers = column_of(book, "customer_contracts", "Customer").part(-1, 0, 1 + names.rows)
    day, years, size, of = map(in_row, (begun, life, mw, contract))
    row = if_named(vintage, [
        day,
        f"EDATE({day},12*{years})-1",
        size,
        f'IF({of}="","",INDEX({customers},1+MATCH({of},{names.local},0)))',
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
            f'=IF({own}="","",SUMPRODUCT(({contract}={own})*({begun}<={end})*({until}>={end}),{mw}))'
            for end in ends
        ]
        put_line(page, "MW", "", in_service, form=styles.MONEY)
        page.put(page.row - 1, page.label, f'=IF({own}="","",{own}&", MW in service")', "calc_text")
    above = Area(page.title, top, FIRST, names.rows, quarters)
    sums = [
        f"=SUM({above.part(0, j).by_column}:{above.part(names.rows - 1, j).by_column})"
        for j in range(quarters)
    ]
    return put_line(page, "MW", "MW in service under contract", sums, form=styles.MONEY)


def _column(book: Book, header: str, absent: str = "") -> str:
    """Give a column of the contracts, or what stands for one that the case leaves out."""
    if absent and header not in book.case.tables["customer_contracts"].columns:
        return absent
    return str(column_of(book, "customer_contracts", header))
