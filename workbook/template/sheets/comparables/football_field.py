"""Ranges of value around the share price: a section of the sheet of comparables."""

from __future__ import annotations

from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, place_of

#: Position of a range of the comparables among the statistics of a multiple.
RANGE = ("First quartile", "Median", "Third quartile")


def write(page: Page, book: Book, implied: Block) -> None:
    """Write the ranges of the comparables and of others, and the chart of them."""
    page.put(page.row, LABEL, "Statistic of the comparables", "label")
    picked = page.row
    # Low, Middle, High: each finds its statistic by the name above it.
    for i, name in enumerate(RANGE):
        page.put(picked, FIRST + i, name, "fixed")
    page.row += 1
    top = page.row
    for i, header in enumerate(("Method", "Low", "Middle", "High")):
        page.put(top, LABEL + i, header, "head" if i else "head_left")
    page.row += 1
    page.put(page.row, UNIT, "USD", "unit")
    page.put(page.row, LABEL, "Comparables: EV/Revenue, quartiles", "label")
    names = implied.column_of("statistic").local
    prices = implied.column_of("value_per_share").local
    found = [
        f"=INDEX({prices},{place_of(Area(page.title, picked, FIRST + i).by_column, names)})"
        for i in range(len(RANGE))
    ]
    page.series(FIRST, found, number_format=styles.PRICE)
    page.row += 1
    for row in range(len(book.case.tables["value_ranges"].rows) if _has_ranges(book) else 0):
        page.put(page.row, UNIT, "USD", "unit")
        cells = [column_of(book, "value_ranges", h).part(row, 0) for h in ("Method", "Low", "High")]
        page.put(page.row, LABEL, f"={cells[0]}", "link_text")
        page.put(page.row, FIRST, f"={cells[1]}", "link", styles.PRICE)
        page.put(page.row, FIRST + 2, f"={cells[2]}", "link", styles.PRICE)
        page.row += 1
    table = Area(page.title, top, LABEL, page.row - top, 4)
    page.row += 1
    field = page.result(
        "Football_field",
        f"COMPS_FOOTBALL_FIELD({table.local},Share_price)",
        rows=table.rows - 1,
    )
    book.name("Football_field", field, "Ranges of value around the share price")
    low, high, width, position = map(field.column_of, ("low", "high", "width", "position"))
    split = _split(page, field)
    book.checks += [
        Check("Football field: low end and position lead to the share price",
              f"SUMPRODUCT({low}+{position}*{width})", f"ROWS({low})*Share_price"),
        Check("Football field: low end and width lead to the high end",
              f"SUM({low})+SUM({width})", f"SUM({high})"),
        Check("Football field: the parts below and above the share price are the width",
              f"SUM({split})", f"SUM({width})"),
    ]  # fmt: skip
    charts.ranges(
        page,
        "Value per share by method: dark up to the share price, light above it",
        field.column_of("method"),
        low,
        [split.part(0, j, split.rows) for j in range(2)],
        min(9, 1 + len(book.years)),
    )


def _split(page: Page, field: Block) -> Area:
    """Split each range at the share price: its parts below and above, right of the block."""
    right = field.column + field.columns
    page.put(field.row, right, "Up to price", "calc_head")
    page.put(field.row, right + 1, "Above price", "calc_head")
    ends = field.column_of("low"), field.column_of("high")
    for i in range(field.rows - 1):
        low, high = (column.part(i, 0).local.replace("$", "") for column in ends)
        row = field.row + 1 + i
        page.put(row, right, f"=MAX(0,MIN({high},Share_price)-{low})", "calc", styles.PRICE)
        page.put(row, right + 1, f"=MAX(0,{high}-MAX({low},Share_price))", "calc", styles.PRICE)
    return Area(page.title, field.row + 1, right, field.rows - 1, 2)


def _has_ranges(book: Book) -> bool:
    return "value_ranges" in book.case.tables
