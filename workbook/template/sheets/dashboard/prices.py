"""The value per share next to prices and other views."""

from __future__ import annotations

from model.uncertainty.target import TargetPrice
from workbook.template import charts, printing, styles
from workbook.template.area import Area
from workbook.template.layout import Book, Page
from workbook.template.sheets.dashboard.panels import LEFT, NUMBERS, RIGHT, Half
from workbook.template.sheets.dcf.lines import value_line

#: Rows of the chart at least: fewer would hide the names of some bars.
LEAST = 14
TARGET = TargetPrice.declared["target_price"].header


def write(page: Page, book: Book) -> None:
    """Write the table with its chart."""
    half = Half(page, LEFT, page.row + 1)
    half.head("Value per share, prices and other views")
    half.heads("USD a share", "Amount", "vs value")
    value = str(value_line(book, "value_per_share"))
    first = half.row
    half.line("This model", [value], [styles.PRICE], strong=True)
    target = book.block("Target price").value("target_price")
    for label, cell in ((TARGET, target), *_prices(book), *_views(book)):
        against = f'IF({value}>0,{cell}/{value}-1,"n.m.")'
        half.line(label, [str(cell), against], [styles.PRICE, styles.PERCENT])
    names = Area(page.title, first, LEFT, half.row - first)
    rows = max(names.rows + 2, LEAST)
    charts.listed(
        page, "Value per share, prices and other views", names, names.part(0, 1, names.rows),
        1 + NUMBERS, unit="USD a share", across="Price or view", next_to=RIGHT,
        points=rows * printing.ROW,
    )  # fmt: skip
    page.row = first - 1 + rows
    page.kept.append((first - 2, page.row - 1))


def _prices(book: Book) -> list[tuple[str, Area]]:
    """Give the case's prices from the lowest up, each with a link to its name on Inputs."""
    points = book.case.price_points
    found = []
    for path in sorted(points, key=lambda path: points[path].number):
        cell = book.areas[path]
        found.append((f"={Area(cell.sheet, cell.row, cell.column - 1)}", cell))
    return found


def _views(book: Book) -> list[tuple[str, Area]]:
    """Give the published values per share that are none of the prices, from the lowest up."""
    prices = {point.label for point in book.case.price_points.values()}
    found = [(key, item) for key, item in book.case.published.items()
             if item.line == "value_per_share" and item.label not in prices]  # fmt: skip
    found.sort(key=lambda each: each[1].number)
    return [(item.label, book.areas[f"published.{key}"]) for key, item in found]
