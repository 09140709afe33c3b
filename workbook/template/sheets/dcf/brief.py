"""The value per share in brief: from cash flows to the price of a share, and revenue by year."""

from __future__ import annotations

from model.dcf.value import SegmentedValue
from workbook.template import charts
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import Book, Page
from workbook.template.rows import FIRST, scalar
from workbook.template.sheets.dcf.lines import value_line

PART = "brief"
#: Lines of the value, in order, and how each counts: a result where it does not say.
COUNTED = {
    "pv_forecast": "",
    "pv_terminal": "plus",
    "failure_adjustment": "plus",
    "enterprise_value": "=",
    "cash": "plus",
    "offer_proceeds": "plus",
    "other_assets": "plus",
    "interim_cash_flow": "plus",
    "debt": "less",
    "leases": "less",
    "other_claims": "less",
    "equity_value": "=",
}
#: Labels for one line of the column.
SHORTER = {"interim_cash_flow": "cash flow up to the valuation date"}
#: Lines of the shares.
SHARES = ("diluted_shares", "value_per_share")


def reserve(page: Page) -> None:
    """Leave the rows of the section: those of the value, and three that compare."""
    page.reserve(PART, 2 + len(COUNTED) + 1 + len(SHARES) + 3)


def write(page: Page, book: Book, forecast: Block, years: Area) -> None:
    """Write the lines that lead to the value per share, and draw revenue by year next to them."""
    top = page.row
    declared = SegmentedValue.declared
    for name, sign in COUNTED.items():
        if name == "interim_cash_flow" and not book.case.segments:
            continue
        header = SHORTER.get(name, declared[name].header)
        label = f"{sign} {header[:1].lower()}{header[1:]}" if sign.isalpha() else header
        style = "total" if sign == "=" else "calc"
        scalar(page, declared[name].unit, label, f"={value_line(book, name).local}", style=style)
    converted, tax, repaid = (
        value_line(book, name).local for name in ("converted_debt", "rsu_tax", "repaid")
    )
    scalar(page, "USD m", "plus debt converted, less RSU tax and repayments",
           f"={converted}-{tax}-{repaid}")  # fmt: skip
    for name in SHARES:
        style = "result" if declared[name].total else "calc"
        scalar(page, declared[name].unit, declared[name].header,
               f"={value_line(book, name).local}", style=style)  # fmt: skip
    price = scalar(page, "USD", "Share price", "=Share_price", style="link")
    scalar(page, "fraction", "Value per share over the share price",
           f"={value_line(book, 'value_per_share').local}/{price.local}-1")  # fmt: skip
    scalar(page, "fraction", declared["terminal_share"].header,
           f"={value_line(book, 'terminal_share').local}")  # fmt: skip
    page.kept.append((top, page.row - 1))
    signed = book.case.contracted
    shown = ("contracted", "renewed", "uncontracted") if signed else ("uncontracted",)
    kinds = [forecast.line(f"{kind}_revenue") for kind in shown]
    charts.bars(
        page,
        "Revenue by year: contracted, renewed and uncontracted"
        if signed
        else "Revenue by year of the forecast",
        [(line.part(0, -1), line) for line in kinds],
        years,
        FIRST + 2,
        max(5, years.columns - 2),
        across="Year",
        grouping="stacked",
        total=forecast.line("revenue"),
        row=top,
        height=charts.height_of(page.row - top),
    )
