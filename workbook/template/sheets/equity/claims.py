"""Who has what of the equity value, and which conditions are met, on the Equity sheet."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import NAME, place, room_for
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import linked
from workbook.template.sheets.dcf.lines import driver, value_line
from workbook.template.sheets.equity.dilution import at_share_price
from workbook.template.sheets.securities import Natively, column


def write(page: Page, book: Book) -> Block:
    """Write each security's claim on the equity value of the DCF."""
    equity, price, shares, tax, converted, repaid = (
        str(value_line(book, name))
        for name in (
            *("equity_value", "value_per_share", "diluted_shares"),
            *("rsu_tax", "converted_debt", "repaid"),
        )
    )
    method = driver(book, "method")
    block = page.result(
        "Claims",
        f"EQUITY_BRIDGE({equity},Securities,{method})",
        rows=room_for(book, "Securities"),
    )
    book.name("Claims", block, "Each security's claim on the equity value")
    at = Natively(book, price, shares)
    claim, net, value = (block.total(name) for name in ("claim", "net", "value"))
    # Where a condition counts in part, no formula at the price alone gives the part.
    other = f'OR({method}<>"treasury",{equity}<=0,{price}=0,{at.at_edge})'
    book.checks += [
        Check("Claims: they add up to the equity value", f"SUM({block.column_of('claim')})",
              equity),
        Check("Claims: shares are the diluted shares of the value", str(net), shares),
        Check("Claims: value of the shares, tax and repayments, less converted debt",
              f"{value}+{tax}+{repaid}-{converted}", str(claim)),
        Check("Claims: all of them at the value per share, by native formulas",
              f"IF({other},{claim},{at.claims})", str(claim)),
        Check("Claims: the shares at the value per share, by native formulas",
              f"IF({other},{net},{at.treasury})", str(net)),
    ]  # fmt: skip
    return block


def conditions(page: Page, book: Book, claims: Block) -> None:
    """Write what counts of each security with a condition, at the share price and at the value."""
    names, condition, hurdle, count = (
        column(book, name) for name in ("name", "condition", "vests_at", "count")
    )
    bridge = book.block("Bridge").column_of("taking_part")
    worth = claims.column_of("taking_part")
    has_one = f"({hurdle}>0)*1"
    # In the order of the rows, wherever they have been moved to; the others are behind them.
    at = f"ROW({names})-ROW({names.part(-1, 0)})+1"
    nth = f"SUMPRODUCT(SMALL({at}+({hurdle}<=0)*ROWS({names}),{place()}-1))"
    name = f'IF(SUMPRODUCT({has_one})<{place()}-1,"",INDEX({_with_header(names)},{nth}))'
    found = f"MATCH({NAME},{_with_header(names)},0)"
    cells = [f"INDEX({_with_header(of)},{found})" for of in (condition, hurdle, count)]
    cells += [f"INDEX({_with_header(of).local},{found})" for of in (bridge, worth)]
    rows = [[name, *(f'IF({NAME}="","",{cell})' for cell in cells)]] * conditional_rows(book)
    table = linked(
        page,
        ["Security", "Condition", "Vests at", "Of", "At the share price", "At the value"],
        rows,
        ["@", "@", styles.MONEY, styles.SHARES, styles.SHARES, styles.SHARES],
    )
    page.two_lines(table)
    book.checks.append(
        Check("Conditions: what counts at the share price of all that have one, natively",
              f"SUMPRODUCT({has_one}*{at_share_price(book).taking_part})",
              f"SUM({table.part(1, 4, len(rows))})")
    )  # fmt: skip


def _with_header(column: Area) -> Area:
    """Return a column with its header, right below which rows may be inserted."""
    return column.part(-1, 0, 1 + column.rows)


def conditional_rows(book: Book) -> int:
    """Return how many securities with a condition there is room for: none, if the case has none."""
    stated = book.case.securities.values()
    count = sum(s.vests_at is not None for s in stated)
    return count and count + room_for(book, "Securities") - len(stated)
