"""From the value of the segments to the value per share, and the revenue behind it."""

from __future__ import annotations

from workbook.template import charts, printing, styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import is_text
from workbook.template.sheets.dashboard.panels import LEFT, NUMBERS, RIGHT, Half
from workbook.template.sheets.dcf.lines import forecast_line, value_line

#: Rows of the chart at least.
LEAST = 13
#: USD m as billions, which leaves room for a label above each year.
BILLIONS = "#,##0.0,"
#: What leads from enterprise value to equity value, by name in the model.
ASSETS = ("cash", "offer_proceeds", "other_assets", "interim_cash_flow")
CLAIMS = ("debt", "leases", "other_claims")


def write(page: Page, book: Book) -> None:
    """Write the table with the chart of revenue."""
    half = Half(page, LEFT, page.row + 1)
    half.head("Value by segment")
    first = half.row
    _segments(half, book)
    _bridge(half, book)
    kinds = ("contracted", "renewed", "uncontracted") if book.case.contracted else ("uncontracted",)
    rows = max(half.row - first + 1, LEAST)
    lines = [forecast_line(book, f"{kind}_revenue") for kind in kinds]
    # Labels are shown in the column before a block's own.
    named = [(line.part(0, -2), line) for line in lines]
    charts.bars(
        page, "Revenue by year of the forecast", named,
        Area("Revenue", HEAD_ROWS, lines[0].column, 1, lines[0].columns),
        RIGHT, 1 + NUMBERS, across="Year", grouping="stacked", row=first - 1, unit="USD bn",
        height=rows * printing.ROW * 2.54 / 72, form=BILLIONS, total=forecast_line(book, "revenue"),
    )  # fmt: skip
    page.row = first - 1 + rows
    page.kept.append((first - 1, page.row - 1))


def _segments(half: Half, book: Book) -> None:
    """Write what each segment is worth: its contracts, and what comes after them."""
    total = value_line(book, "enterprise_value")
    if not book.case.segments:
        half.heads("USD m", "Total")
        for name in ("pv_forecast", "pv_terminal", "failure_adjustment"):
            cell = value_line(book, name)
            half.line(f"={cell.part(0, -1)}", [str(cell)], [styles.WHOLE_MONEY])
    else:
        half.heads("USD m", "Contracts", "Further", "Total")
        block = book.block("Value_by_line")
        kinds, owners, worth = (block.column_of(n) for n in ("kind", "segment", "value"))
        contract = "+".join(
            is_text(str(kinds), quoted(kind)) for kind in ("signed contracts", "renewals")
        )
        rows = []
        for name in (*(s.name for s in book.case.segments.values()), ""):
            own = f"{is_text(str(owners), quoted(name))},{worth}"
            formulas = [f"SUMPRODUCT(({contract})*{own})", f"SUMPRODUCT((1-({contract}))*{own})"]
            at = Area(half.page.title, half.row, half.column + 1, 1, 2)
            rows.append(
                half.line(name or "Company: costs, tax, failure",
                          [*formulas, f"SUM({at.local})"], [styles.WHOLE_MONEY] * 3)
            )  # fmt: skip
        sums = Area(half.page.title, rows[0].row, rows[0].column + 2, len(rows))
        book.checks.append(
            Check("Dashboard: the segments and the company add up to enterprise value",
                  f"SUM({sums})", str(total))
        )  # fmt: skip
    half.line("Enterprise value", [str(total)], [styles.WHOLE_MONEY], strong=True)


def _bridge(half: Half, book: Book) -> None:
    """Write the bridge from enterprise value to the value per share."""
    declared = book.block("Valuation").result.declared
    own, owed = (
        "+".join(str(value_line(book, name)) for name in names if name in declared)
        for names in (ASSETS, CLAIMS)
    )
    assets = half.line("Cash, other assets and the cash flow to date", [own], [styles.WHOLE_MONEY])
    claims = half.line("Debt, leases and other claims", [f"0-({owed})"], [styles.WHOLE_MONEY])
    equity = value_line(book, "equity_value")
    half.line("Equity value", [str(equity)], [styles.WHOLE_MONEY], strong=True)
    half.line("Diluted shares (m)", [str(value_line(book, "diluted_shares"))], [styles.SHARES])
    per_share = str(value_line(book, "value_per_share"))
    half.line("Value per share (USD)", [per_share], [styles.PRICE], strong=True)
    book.checks.append(
        Check("Dashboard: enterprise value leads to the equity value",
              f"{value_line(book, 'enterprise_value')}+{assets}+{claims}", str(equity))
    )  # fmt: skip
