"""From the balance sheet to the cash, debt and claims of the bridge, natively."""

from __future__ import annotations

from model.case import derived
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.growing import in_use
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, scalar
from workbook.template.sheets.dcf.lines import value_line

#: What the bridge takes: its driver, its label, its figures, and the column of later events.
LINES = (
    ("cash", "Cash in the bridge", ("cash", "restricted_cash", "investments"), "Cash"),
    ("debt", "Debt in the bridge", ("borrowings",), "Borrowings"),
    ("other_claims", "Claims in the bridge", ("customer_deposits", "deferred_revenue"),
     "Collected"),
)  # fmt: skip


def follows(book: Book) -> list[str]:
    """Return the drivers that follow from the balance sheet."""
    found = derived.follows(vars(book.case))
    return [name for name, *_ in LINES if f"drivers.{name}" in found]


def rows(book: Book) -> int:
    """Return the rows: of each line its figures, later events, the sum and one below."""
    events = book.case.tables.get("balance_events")
    return sum(
        sum(key in book.case.balance_sheet for key in keys)
        + (events is not None and header in events.columns)
        + 2
        for name, _, keys, header in LINES
        if name in follows(book)
    )


def write(page: Page, book: Book) -> None:
    """Write each figure that counts, and their sum, to which the driver on Inputs links."""
    for name, label, keys, header in LINES:
        if name not in follows(book):
            continue
        top = page.row
        for key in keys:
            if key in book.case.balance_sheet:
                _figure(page, book, key)
        events = book.case.tables.get("balance_events")
        if events is not None and header in events.columns:
            amount = column_of(book, "balance_events", header)
            dates = column_of(book, "balance_events", "Date")
            events_in_use = in_use(column_of(book, "balance_events", "Event"))
            scalar(
                page, "USD m", "Events up to the valuation date",
                f"=SUMPRODUCT(({dates}<=Valuation_date)*{amount})", style="link",
            )  # fmt: skip
            book.checks.append(
                Check(f"Balance events, {header} and Date: every cell is a number",
                      f"2*{events_in_use}-COUNT({dates},{amount})", "0")
            )  # fmt: skip
        parts = Area(page.title, top, page.label + 1, page.row - top)
        how = book.areas.get("balance_sheet.collected_counts")
        counts = f'*({how}="claim")' if name == "other_claims" else ""
        found = scalar(page, "USD m", label, f"=SUM({parts.local}){counts}", style="total")
        book.link(f"drivers.{name}", found, styles.MONEY)
        book.checks.append(
            Check(f"Balance sheet: {label[:1].lower()}{label[1:]} is that of the DCF", str(found),
                  str(value_line(book, name)))
        )  # fmt: skip
        page.row += 1
        if name == "other_claims":
            _counted_once(book, str(how))


def _counted_once(book: Book, how: str) -> None:
    """Check that cash collected is a claim, or stands for the contracts' revenue."""
    if book.case.signs and "Collected" in book.case.tables["customer_contracts"].columns:
        by_contract = f"SUM({column_of(book, 'customer_contracts', 'Collected')})"
    elif not book.case.signs and "rpo.collected" in book.areas:
        by_contract = str(book.areas["rpo.collected"])
    else:
        return
    stated = by_contract
    if derived.of_balance_date(book.case):
        areas = [str(book.areas[f"balance_sheet.{key}"]) for key in derived.COLLECTED
                 if key in book.case.balance_sheet]  # fmt: skip
        stated = "+".join(areas)
    book.checks.append(
        Check("Balance sheet: cash collected counts once", f'IF({how}="claim",0,{stated})',
              by_contract)
    )  # fmt: skip


def _figure(page: Page, book: Book, key: str) -> None:
    at = book.areas[f"balance_sheet.{key}"]
    formula = f"={at}"
    if key == "restricted_cash":
        counts = book.areas["balance_sheet.restricted_cash_counts"]
        formula = f'={at}*({counts}="included")'
    scalar(page, "USD m", book.case.balance_sheet[key].label, formula, style="link")
