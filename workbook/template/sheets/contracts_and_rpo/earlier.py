"""Back-test of earlier balances: revenue up to the opening balance, by the shapes of a schedule.

A section of the sheet Contracts and RPO. All of it was public on the valuation date.
"""

from __future__ import annotations

from model.rpo.backtest_split import COMPARED
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, band_cells, put_line
from workbook.template.sheets.contracts_and_rpo import filings


def write(page: Page, book: Book) -> None:
    """Write the balances, their bands, and the error of each shape."""
    balances = book.rpo.until_opening
    filed = filings.filed(page, book, list(balances))
    dated = {place: balance.bands for place, balance in balances.items() if balance.bands}
    bands = filings.dated_bands(page, book, dated)
    # Nothing has followed on the opening balance yet.
    tested = len(dated) - ("opening" in dated) - 1
    place, first = next(iter(balances.items()))
    # Without the run rate before it, anchored recognition has no start.
    shapes = [*(COMPARED if first.run_rate else COMPARED[:-1]), *COMPARED * tested]
    before = Area(page.title, page.row, FIRST)
    rate = book.areas.get(f"rpo.{place}.run_rate")
    label = "Monthly revenue before the earliest, where stated"
    put_line(page, "USD m", label, [f"={rate}" if rate else '=""'])
    page.row += 1
    errors = page.result(
        "Earlier_shapes",
        f"RPO_BACKTEST_SHAPES({filed.local},{bands.local},Final_month,{before.local})",
        rows=len(shapes),
        column=LABEL,
        named=shapes,
    )
    page.two_lines(errors)
    # What is not disclosed is a text.
    book.recount(errors.part(1, 1, len(shapes), 4), errors.part(1, 6, len(shapes), 4))
    book.name("Earlier_shapes", errors, "Errors of earlier balances, by shape")
    scheduled, new, predicted, actual, error, alone, months = (
        errors.column_of(name)
        for name in ("scheduled", "new", "predicted", "actual", "error", "alone", "months")
    )
    since = [f"rpo.{place}.recognised" for place in list(balances)[1:]]
    outside = [book.areas.get(f"rpo.{place}.outside") for place in list(balances)[1:]]
    known = "+".join(str(area) for area in outside if area) or "0"
    revenue = str(actual.part(0, 0))
    book.checks += [
        Check("Earlier balances: revenue since the earliest",
              "+".join(str(book.areas[path]) for path in since), revenue),
        Check("Earlier balances: the parts of the earliest, flat, add up",
              f"{scheduled.part(0, 0)}+{new.part(0, 0)}+{known}", str(predicted.part(0, 0))),
        Check("Earlier balances: errors weighted by revenue add up to the overprediction",
              f"SUMPRODUCT({error}*{actual})", f"SUM({predicted})-SUM({actual})"),
        Check("Earlier balances: the same without contracts signed since",
              f"SUMPRODUCT({alone}*{actual})", f"SUM({predicted})-SUM({new})-SUM({actual})"),
    ]  # fmt: skip
    band = next(iter(first.bands.values()))
    if band.to_month is not None and band.stated is not None:
        _, last, share = band_cells(book.areas[f"rpo.{place}.bands"], first.bands, 0)
        amount, time = book.areas[f"rpo.{place}.amount"], str(months.part(0, 0))
        by_hand = f"{amount}*({share})*{time}/{last}"
        flat = str(scheduled.part(0, 0))
        book.checks.append(
            Check("Earlier balances: the earliest, flat, by hand",
                  f"IF({time}<={last},{by_hand},{flat})", flat)
        )  # fmt: skip
