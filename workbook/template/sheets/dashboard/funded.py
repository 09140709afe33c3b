"""What is under contract, and whether there is cash for the plan."""

from __future__ import annotations

from collections.abc import Sequence

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import is_text
from workbook.template.sheets.dashboard.panels import NUMBERS, Half
from workbook.template.sheets.dcf.lines import forecast_line, funding_line, value_line


def contracts(half: Half, book: Book) -> bool:
    """Write how contracts turn into revenue, and how much of the revenue they cover."""
    if not book.case.contracted:
        return False
    half.head("RPO conversion and coverage")
    years = _years(half, book)
    revenue, signed = (forecast_line(book, f"{name}revenue") for name in ("", "contracted_"))
    pairs = list(zip(_first(signed, years), _first(revenue, years), strict=True))
    money, share = [styles.WHOLE_MONEY] * years, [styles.PERCENT] * years
    half.line("Revenue from signed contracts", [str(part) for part, _ in pairs], money)
    half.line("Revenue, signed or not", [str(whole) for _, whole in pairs], money)
    covered = [f"IF({whole}=0,0,{part}/{whole})" for part, whole in pairs]
    half.line("Coverage: share under contract", covered, share)
    whole = f"IF(SUM({revenue})=0,0,SUM({signed})/SUM({revenue}))"
    half.line("Coverage of the whole forecast", [whole], [styles.PERCENT])
    if book.case.rpo:
        opening = str(book.areas["rpo.opening.amount"])
        half.line("RPO at the balance date", [opening], [styles.WHOLE_MONEY])
    if book.case.segments:
        beyond = str(value_line(book, "beyond_forecast"))
        half.line("Of it after the forecast, not valued", [beyond], [styles.WHOLE_MONEY])
        block = book.block("Value_by_line")
        own = is_text(str(block.column_of("kind")), quoted("signed contracts"))
        a_share = (
            f"SUMPRODUCT({own}*1,{block.column_of('value')})/{value_line(book, 'diluted_shares')}"
        )
        half.line("Signed contracts, USD a share before claims", [a_share], [styles.PRICE])
    return True


def cash(half: Half, book: Book) -> bool:
    """Write cash, debt and the funding gap."""
    if not book.case.funding:
        return False
    half.head("Cash and funding")
    years = _years(half, book)
    money = [styles.WHOLE_MONEY] * years
    for name, label in (
        ("cash_closing", "Cash at the end of the year"),
        ("debt_closing", "Debt at the end of the year"),
        ("gap", "Funding gap"),
    ):
        cells = _first(funding_line(book, name), years)
        half.line(label, [str(cell) for cell in cells], money)
    gap = funding_line(book, "gap")
    half.line("Funding gap of the whole forecast", [f"SUM({gap})"], [styles.WHOLE_MONEY])
    heads = Area("Revenue", HEAD_ROWS, gap.column, 1, gap.columns)
    first = f'IF(SUM({gap})=0,"none",INDEX({heads},MATCH(1,INDEX(({gap}>0)*1,0),0)))'
    half.line("First year with a gap", [first], [styles.YEAR])
    after = book.block("Raises").line("value_per_share")
    last = str(after.part(0, after.columns - 1))
    half.line("Value per share once it is filled (USD)", [last], [styles.PRICE])
    return True


def _years(half: Half, book: Book) -> int:
    """Write the heads of the first years; return how many there are."""
    revenue = forecast_line(book, "revenue")
    heads = _first(Area("Revenue", HEAD_ROWS, revenue.column, 1, revenue.columns), NUMBERS)
    half.heads("USD m")
    for i, head in enumerate(heads, 1):
        half.page.put(half.row - 1, half.column + i, f"={head}", "link_head", styles.YEAR)
    return len(heads)


def _first(line: Area, count: int) -> Sequence[Area]:
    """Give the first cells of a line."""
    return [line.part(0, i) for i in range(min(count, line.columns))]
