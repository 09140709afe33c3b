"""Comparables: the peers' multiples, what they imply, ranges of value, and an investor's returns.

Wherever forecast years run across, each is in the same column as on Inputs and DCF.
"""

from __future__ import annotations

import numpy as np

from model.comparables.peers import Peers
from workbook import tables
from workbook.template.blocks import Block
from workbook.template.growing import room_for
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, has, line_head, table_of
from workbook.template.sheets.comparables import exits, football_field, implied, returns

#: Minimum number of numeric columns.
COLUMNS = 11
#: What the sheet needs from a case; without it the sheet is left out.
REVENUE = "comparable_revenue"
#: What is shown of the multiples below the companies.
STATISTICS = {
    "Third quartile": "QUARTILE({},1+2)",
    "Median": "MEDIAN({})",
    "Mean": "AVERAGE({})",
    "First quartile": "QUARTILE({},1)",
}


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
        [11, 2, 2, 56, *[13.5] * (last - LABEL)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    line_head(page, last)
    page.section("Multiples of comparable companies, trailing and forward", last)
    _multiples(page, book, known)
    page.section("What they imply, on this model's claims and share count", last)
    figures = implied.own_figures(book, known)
    values = implied.write(page, book, figures)
    page.section("Whether a regression on growth and margin is good enough to use", last)
    fitted = implied.regression(page, book, known, figures, last)
    page.section("Value per share by method, and the share price", last)
    football_field.write(page, book, values, implied.ranged(known, figures), fitted)
    if "exit_multiples" in case.tables:
        page.section("Annual return from the share price, by exit year and multiple", last)
        exits.write(page, book)
    if has(book, returns.NEEDED):
        page.section("Returns to an investor who buys today and sells over several years", last)
        returns.write(page, book)
    page.finish(last)


def _multiples(page: Page, book: Book, known: Peers) -> None:
    """Write the multiples, with their quartiles below."""
    found = known.multiples
    block = page.result(
        "Multiples",
        "COMPS_MULTIPLES(Peers)",
        rows=room_for(book, "peers"),
        things={"names": len(found)},
    )
    page.two_lines(block)
    page.row -= 1
    value = block.column_of("enterprise_value")
    columns = {name: block.column_of("multiple", j) for j, name in enumerate(found)}
    # A multiple that is not meaningful is text, and not a failure.
    book.recount(value, *(columns[n] for n, v in found.items() if not np.isnan(v).any()))
    _statistics(page, block)
    sales = columns["EV/Revenue"]
    book.areas["multiples.EV/Revenue"] = sales
    book.checks.append(
        Check(
            "Comparables: EV/Revenue by native formulas",
            f"SUMPRODUCT({implied.sales_multiples(book)})",
            f"SUM({sales})",
        )
    )


def _statistics(page: Page, block: Block) -> None:
    """Write the quartiles of growth, of the margin and of every multiple, below the companies."""
    first = block.column_of("growth").column - block.column
    for label, formula in STATISTICS.items():
        page.put(page.row, LABEL, label, "strong")
        for j in range(first, block.columns):
            top, end = block.part(1, j), block.part(block.rows - 1, j)
            cells = f"{top.by_column}:{end.by_column}"
            form = page.sheet.cell(top.row, top.column).number_format
            text = f'=IF(COUNT({cells})>0,{formula.format(cells)},"n.m.")'
            page.put(page.row, top.column, text, "total", form)
        page.row += 1
