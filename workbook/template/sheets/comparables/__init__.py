"""Comparables: the peers' multiples, what they imply, ranges of value, and an investor's returns.

Wherever forecast years run across, each is in the same column as on Inputs and DCF.
"""

from __future__ import annotations

import numpy as np

from model.comparables.peers import Peers, Quartiles
from workbook import tables
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, column_of, has, line_head, scalar, table_of
from workbook.template.sheets.comparables import exits, football_field, returns
from workbook.template.sheets.dcf.lines import value_line
from workbook.template.sheets.equity.dilution import price_check

#: Minimum number of numeric columns.
COLUMNS = 7
#: What the sheet needs from a case; without it the sheet is left out.
REVENUE = "comparable_revenue"


def write(book: Book) -> None:
    """Write the sheet, if the case has peers and a revenue to apply their multiples to."""
    case = book.case
    if "peers" not in case.tables or REVENUE not in case.scalars:
        return
    # Read as the functions will, to know which of their results are numbers.
    known: Peers = tables.read(Peers, "peers", table_of(book, "peers"))
    # An investor's flows begin a year before.
    last = FIRST + max(COLUMNS, len(book.years) + 1) - 1
    page = book.page(
        "Comparables",
        "comparable companies and investor returns",
        [11, 2, 2, 46, *[12.5] * (last - LABEL)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    line_head(page, last)
    page.section("Multiples of comparable companies", last)
    sales = _multiples(page, book, known)
    page.section("Quartiles of the multiples", last)
    _quartiles(page, book, known, sales)
    page.section("Value that the quartiles of EV/Revenue imply", last)
    implied = _implied(page, book)
    page.section("Ranges of value around the share price", last)
    football_field.write(page, book, implied)
    if "exit_multiples" in case.tables:
        page.section("Annual return from the share price, by exit year and multiple", last)
        exits.write(page, book)
    if has(book, returns.NEEDED):
        page.section("Returns to an investor who buys today and sells over several years", last)
        returns.write(page, book)
    page.finish(last)


# Sections ----------------------------------------------------------------------------------------


def _multiples(page: Page, book: Book, known: Peers) -> Area:
    """Write the multiples, and return those of revenue."""
    found = known.multiples
    block = page.result(
        "Multiples",
        "COMPS_MULTIPLES(Peers)",
        rows=len(known),
        things={"names": len(found)},
    )
    value = block.column_of("enterprise_value")
    columns = {name: block.column_of("multiple", j) for j, name in enumerate(found)}
    # A multiple that is not meaningful is text, and not a failure.
    book.recount(value, *(columns[n] for n, v in found.items() if not np.isnan(v).any()))
    page.two_lines(block)
    book.name("Multiples", block, "Multiples of the comparable companies")
    sales = columns["EV/Revenue"]
    book.checks.append(
        Check(
            "Comparables: EV/Revenue by native formulas",
            f"SUMPRODUCT({value}/{column_of(book, 'peers', 'Revenue')})",
            f"SUM({sales})",
        )
    )
    return sales


def _quartiles(page: Page, book: Book, known: Peers, sales: Area) -> None:
    count = sum(not np.isnan(v).all() for v in known.multiples.values())
    block = page.result("Quartiles", "COMPS_QUARTILES(Peers)", rows=count)
    book.name("Quartiles", block, "Quartiles of the multiples")
    by_hand = {
        "minimum": f"MIN({sales})",
        "first_quartile": f"QUARTILE({sales},1)",
        "median": f"MEDIAN({sales})",
        "mean": f"AVERAGE({sales})",
        "third_quartile": f"QUARTILE({sales},3)",
        "maximum": f"MAX({sales})",
    }
    book.checks += [
        Check(f"Comparables: {Quartiles.declared[name].header.lower()} of EV/Revenue by native "
              "formulas", formula, str(block.column_of(name).part(0, 0)))
        for name, formula in by_hand.items()
    ]  # fmt: skip


def _implied(page: Page, book: Book) -> Block:
    enterprise, equity = (value_line(book, name) for name in ("enterprise_value", "equity_value"))
    revenue = scalar(
        page, "USD m", "Revenue of the last twelve months", "=Comparable_revenue", style="link"
    )
    claims = scalar(
        page, "USD m", "Net debt and other claims, from the DCF", f"={enterprise}-{equity}",
        style="link",
    )  # fmt: skip
    book.name("Net_claims", claims, "Net debt and other claims on the enterprise value")
    page.row += 1
    block = page.result(
        "Implied_values",
        f'COMPS_IMPLIED(Peers,"EV/Revenue",{revenue.local},{claims.local},Securities)',
    )
    page.two_lines(block)
    book.name("Implied_values", block, "Values that the quartiles of EV/Revenue imply")
    multiple, enterprise, debt, equity, price = map(
        block.column_of,
        ("multiple", "enterprise_value", "net_debt", "equity_value", "value_per_share"),
    )
    book.checks += [
        Check("Implied values: multiple times revenue less net debt",
              f"SUM({multiple})*Comparable_revenue-SUM({debt})", f"SUM({equity})"),
        Check("Implied values: enterprise value less net debt is equity value",
              f"SUM({enterprise})-SUM({debt})", f"SUM({equity})"),
        price_check(book, "Implied values: at the first price, all holders own the equity value",
                    str(equity.part(0, 0)), str(price.part(0, 0))),
    ]  # fmt: skip
    return block
