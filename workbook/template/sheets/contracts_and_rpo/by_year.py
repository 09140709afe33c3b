"""What is under contract by fiscal year: sums of the schedules by quarter, which are on screen.

A quarter is in the fiscal year in which it ends; what comes after the forecast is in one column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from model.case.megawatt import serves_contracts
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import room_for
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, column_of, put_line, years_across
from workbook.template.sheets.contracts_and_rpo.contracts import firsts, has_warrant

HEADING = "By fiscal year, each quarter in the year in which it ends"


@dataclass(frozen=True)
class Line:
    """A line of a schedule by quarter, which is added up by year."""

    unit: str
    label: str
    quarters: Area
    #: Where the fiscal years of its quarters stand.
    years: str = "contract_years"
    #: Number format, if it is not that of the unit.
    form: str = ""


def rows(book: Book) -> int:
    """Return the rows of the section."""
    count = 2 + 1 + 4
    tables = book.case.tables
    if "customer_contracts" in tables:
        count += 1 + room_for(book, "customer_contracts") + 3 + 2 * (len(firsts(book)) > 1)
        count += 3 * serves_contracts(book.case) + 4 * has_warrant(book)
        count += 5 * ("loan_capacity" in tables)
    return count


@dataclass(frozen=True)
class Drawn:
    """What the chart shows: years across, the customers and all of them."""

    head: Area
    customers: list[Area]
    total: Area


def write(page: Page, book: Book, last: int) -> Drawn | None:
    """Write the section, and return what there is to draw of contracts."""
    page.section(HEADING, last)
    years = years_across(page, book, page.row)
    head = Area(page.title, years.row, FIRST, 1, years.columns + 1)
    page.put(head.row, FIRST + years.columns, "Later", "head")
    _balance(page, book, head)
    return _contracts(page, book, head) if "customer_contracts" in book.case.tables else None


def draw(page: Page, drawn: Drawn) -> None:
    """Draw contracted revenue by year and customer, as far as the forecast goes."""
    # What comes later has no year.
    years = drawn.head.columns - 1
    page.kept.append((page.row - 1, page.row + charts.ROWS - 1))
    charts.bars(
        page,
        "Contracted revenue by fiscal year and customer",
        [(line.part(0, -1), line.part(0, 0, 1, years)) for line in drawn.customers],
        drawn.head.part(0, 0, 1, years),
        LABEL,
        1 + years,
        across="Fiscal year",
        grouping="stacked",
        total=drawn.total.part(0, 0, 1, years),
        row=page.row,
        height=charts.height_of(charts.ROWS),
    )
    page.row += charts.ROWS


def _sums(book: Book, head: Area, line: Line) -> list[str]:
    """Add up the quarters of each year, and of all that come after the last."""
    of, quarters = book.areas[line.years].local, line.quarters.local
    found = []
    for i in range(head.columns):
        year, before = (head.part(0, j).by_column for j in (i, i - 1))
        found.append(f'=SUMIF({of},IF(ISNUMBER({year}),{year},">"&{before}),{quarters})')
    return found


def _balance(page: Page, book: Book, head: Area) -> None:
    """Write the opening balance, and what is recognised and left of it in each year."""
    caption(page, "The balance")
    recognised = Line("USD m", "Recognised", book.block("Schedule").line("recognised"),
                      "quarter_years")  # fmt: skip
    of, quarters = book.areas[recognised.years].local, recognised.quarters.local
    at = [head.part(0, i).by_column for i in range(-1, head.columns)]
    # Sums of what is still to come, because differences would leave rests of rounding.
    opening = put_line(page, "USD m", "Opening", [
        f'=SUMIF({of},IF(ISNUMBER({year}),">="&{year},">"&{before}),{quarters})'
        for before, year in pairwise(at)
    ])  # fmt: skip
    taken = put_line(page, recognised.unit, recognised.label, _sums(book, head, recognised))
    closing = put_line(page, "USD m", "Closing", [
        f'=IF(ISNUMBER({year}),SUMIF({of},">"&{year},{quarters}),0)' for year in at[1:]
    ], style="total")  # fmt: skip
    years, each = book.areas[recognised.years], recognised.quarters
    earlier = f'SUMIF({years},"<"&{head.part(0, 0)},{each})'
    book.checks += [
        Check("By fiscal year: opens with the balance less what was recognised before",
              f"Opening_balance-{earlier}", str(opening.part(0, 0))),
        Check("By fiscal year: opening less recognised is closing",
              f"SUMPRODUCT(({opening}-{taken}-{closing})^2)", "0", 1e-12),
    ]  # fmt: skip


def _contracts(page: Page, book: Book, head: Area) -> Drawn:
    """Write revenue by customer, capacity, and the customer's warrant and loan."""
    block = book.block("Contract_schedule")
    count = block.things["customers"]
    caption(page, "Contracted revenue")
    top, each = page.row, []
    for i in range(count):
        name = block.line("contracted", i).part(0, -1).local
        sums = _sums(book, head, _of(block, "contracted", i))
        each.append(put_line(page, "USD m", "", [f'=IF({name}&""="","",{s[1:]})' for s in sums]))
        page.put(each[i].row, LABEL, f"={name}", "calc_text")
    total = put_line(page, "USD m", "All customers, contracted",
                     _sums(book, head, _of(block, "total_contracted")), style="total")  # fmt: skip
    for name, label in (("total_expected", "Expected, after losses and delays"),
                        ("renewals", "Renewals")):  # fmt: skip
        put_line(page, "USD m", label, _sums(book, head, _of(block, name)))
    above = Area(page.title, top, FIRST, count, head.columns)
    if len(firsts(book)) > 1:
        _concentration(page, above, total)
    value = column_of(book, "customer_contracts", "Value")
    book.checks += [
        Check("By fiscal year: what is contracted sums to the contracts' values", f"SUM({total})",
              f"SUM({value})"),
        Check("By fiscal year: the customers add up", f"SUM({above})", f"SUM({total})"),
    ]  # fmt: skip
    for text, lines in _further(book):
        if text:
            caption(page, text)
        written = [put_line(page, line.unit, line.label, _sums(book, head, line), form=line.form)
                   for line in lines]  # fmt: skip
        if lines[0].unit == "MW-years":
            _price(page, *written)
    return Drawn(head, [each[i] for i in firsts(book)], total)


def caption(page: Page, text: str) -> None:
    """Write what the lines below are of."""
    page.put(page.row, LABEL, text, "strong")
    page.row += 1


def _of(block: Block, name: str, thing: int = 0) -> Line:
    return Line("USD m", block.result.declared[name].header, block.line(name, thing))


def _concentration(page: Page, above: Area, total: Area) -> None:
    """Write the share of the largest customer and the sum of squared percentages."""
    top, index = [], []
    for i in range(total.columns):
        first, last = (above.part(j, i).by_column for j in (0, above.rows - 1))
        all_of = total.part(0, i).by_column
        top.append(f'=IF({all_of}=0,"",MAX({first}:{last})/{all_of})')
        index.append(f'=IF({all_of}=0,"",100^2*SUMSQ({first}:{last})/{all_of}^2)')
    put_line(page, "fraction", "Share of the largest customer", top)
    put_line(page, "points", "Index of concentration (HHI)", index)


def _price(page: Page, years: Area, revenue: Area) -> None:
    """Write what a MW-year in service earns."""
    each = [
        f'=IF({there}=0,"",{revenue.part(0, i).by_column}/{there})'
        for i in range(years.columns)
        for there in [years.part(0, i).by_column]
    ]
    put_line(page, "USD m a MW-year", "Revenue per MW-year", each, form=styles.PRICE)


def _further(book: Book) -> Iterator[tuple[str, list[Line]]]:
    """Yield what else the contracts bring, with its caption."""
    if serves_contracts(book.case):
        yield "", [
            Line("MW-years", "MW-years in service at the ends of quarters",
                 book.areas["contracts.online_years"], form=styles.MONEY),
            Line("USD m", "Revenue of the contracts that plant serves",
                 book.areas["contracts.served"]),
        ]  # fmt: skip
    if has_warrant(book):
        block = book.block("Warrant_schedule")
        vesting = Line("m shares", "Shares vesting", block.line("vesting"))
        yield "The customer's warrant", [
            _of(block, "contra_revenue"), _of(block, "vested_value"), vesting,
        ]  # fmt: skip
    if "loan_capacity" in book.case.tables:
        block = book.block("Loan_schedule")
        yield (
            "The customer's loan",
            [_of(block, name) for name in ("in_capacity", "instalment", "interest", "cash")],
        )
