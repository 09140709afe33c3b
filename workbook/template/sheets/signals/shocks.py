"""Shocks to this model's value: rates, spending, power, suppliers, and the sales multiple."""

from __future__ import annotations

from model.signals.shocks import SALES_MULTIPLE
from model.uncertainty.changes import spelled
from workbook.template import charts, printing, styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.sheets.dcf.lines import business, forecast_line, value_line
from workbook.template.sheets.equity.dilution import at_share_price
from workbook.template.sheets.inputs.lines import WHY, note_of
from workbook.template.sheets.signals.lines import LABEL, LAST, REASON
from workbook.template.sheets.signals.observed import reasons, reasons_head

#: The columns of the value, its difference, and its part, as the function has them.
VALUE, DIFFERENCE, PART = LABEL + 1, LABEL + 2, LABEL + 3
#: The first of the columns between them and the reasons.
CHART = PART + 1


def write(page: Page, book: Book) -> None:
    """Write the value per share after each shock, with a chart, and what each changes."""
    rows = _by_shock(book)
    table = book.areas["tables.shocks"]
    page.section("Shocks to this model's value per share, one at a time (USD)", LAST)
    top = page.row
    block = page.result(
        "Shocks_to_value",
        f"SIGNAL_SHOCKS(Drivers,Securities,Shocks{business(book)})",
        rows=len(rows),
        named=[table.part(of[0], 0) for of in rows],
    )
    values, differences = block.column_of("value_per_share"), block.column_of("difference")
    # A part of a value that is not above 0 is not meaningful.
    book.recount(Area(page.title, values.row, VALUE, len(rows), 2))
    reasons_head(page, top)
    _reasons(page, book, top)
    page.row = top + 1 + len(rows)
    here = value_line(book, "value_per_share")
    book.checks += [
        Check("Signals: shocks and differences are from the value per share",
              f"SUM({values})-SUM({differences})", f"ROWS({values})*{here}"),
    ]  # fmt: skip
    _multiple(page, book)
    charts.listed(
        page,
        "Change in value per share",
        block.column_of("shock"),
        differences,
        REASON - CHART,
        unit="USD",
        across="Shock",
        next_to=CHART,
        points=sum(page.heights.get(row, printing.ROW) for row in range(top, page.row)),
    )


def _by_shock(book: Book) -> list[list[int]]:
    """Give the rows of each shock on Inputs, in the order in which the function lists them."""
    found: dict[str, list[int]] = {}
    for i, shock in enumerate(book.case.table("shocks").shock, 1):
        found.setdefault(shock, []).append(i)
    return list(found.values())


def _reasons(page: Page, book: Book, top: int) -> None:
    """Put the reasons of each shock next to it: those of all its rows on Inputs."""
    table, stated = book.areas["tables.shocks"], [*book.case.tables["shocks"].rows.values()]
    for place, of in enumerate(_by_shock(book), 1):
        page.row = top + place
        first = stated[of[0] - 1]
        notes = [i for i in of if stated[i - 1].note]
        text = ". ".join(stated[i - 1].note for i in notes)
        origin = f"{book.case.sources[first.source].title} ({first.quality})"
        reasons(page, book, table.row + of[0], text, origin)
        joined = '&". "&'.join(str(note_of(book, WHY, table.row + i)) for i in notes)
        if joined:
            page.put(page.row, REASON, f"={joined}", "link_note")


def _multiple(page: Page, book: Book) -> None:
    """Write what the shock to the sales multiple is from, and the same at the share price."""
    table, stated = book.areas["tables.shocks"], book.case.tables["shocks"]
    headers = list(stated.columns)
    inputs = [spelled(str(row.values[headers.index("Input")])) for row in stated.rows.values()]
    if SALES_MULTIPLE not in inputs:
        return
    at = 1 + inputs.index(SALES_MULTIPLE)
    revenue = forecast_line(book, "revenue").part(0, 0)
    equity, enterprise = value_line(book, "equity_value"), value_line(book, "enterprise_value")
    # Conversion returns its debt to the shareholders; tax on RSUs and repayments are paid in cash.
    market = f"({book.areas['market_value']}+{at_share_price(book).beyond_shares})"
    costs = f"({market}-{equity}+{enterprise})"
    for label, formula, form in (
        ("Revenue of the first forecast year", f"={revenue}", styles.MONEY),
        ("This model's enterprise value over it", f"={enterprise}/{revenue}", styles.RATIO),
        ("The same at the share price", f"={costs}/{revenue}", styles.RATIO),
    ):
        page.put(page.row, LABEL, label, "label")
        multiple = page.put(page.row, VALUE, formula, "link", form)
        page.row += 1
    before = after = str(multiple.local)
    for header, changed in (("Times", f"{before}*"), ("Adds", f"{before}+"), ("Value", "")):
        if header in headers:
            cell = table.part(at, headers.index(header))
            after = f'IF({cell}="",{after},{changed}{cell})'
    page.put(page.row, LABEL, "Share price after the shock to the multiple", "label")
    price = f"=PRICE_PER_SHARE({market}+({after}-{before})*{revenue},Securities)"
    found = page.put(page.row, VALUE, price, "link", styles.PRICE)
    book.count("Signals: share price after the shock", found)
    more = page.put(page.row, DIFFERENCE, f"={found.local}-Share_price", "link", styles.PRICE)
    page.put(page.row, PART, f"={more.local}/Share_price", "link", styles.PERCENT)
    page.put(page.row, REASON, "Against the share price, not against this model's value", "note")
    page.row += 1
