"""Training and inference by year, and the year in which inference becomes the larger."""

from __future__ import annotations

from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, each, put_line, scalar, years_from_second
from workbook.template.sheets.market.on_the_right import LAST, NARROW, fits, on_the_right

NEEDED = ("tables.compute_market", "tables.inference_share")
#: Height of the chart, in centimetres.
HEIGHT = 6.2


def section(page: Page, book: Book) -> None:
    """Write the market by year, its two parts, and when they cross."""
    top, table = page.row, book.areas["tables.compute_market"]
    known = [int(year) for year in book.case.table("compute_market").year]
    count = fits("tables.compute_market", max(known) - min(known) + 1)
    path = page.result("Compute_market", f"MARKET_PATH({table})", across=count)
    book.recount(path.line("size"))
    book.count("Compute market growth", years_from_second(path.line("growth")))
    head, size = path.part(0, 1, 1, count), path.line("size")
    shift = book.areas["tables.inference_share"]
    block = page.result(
        "Inference_by_year", f"MARKET_SUBSTITUTION({shift},{head.local})", across=count
    )
    new, old = block.line("new"), block.line("old")
    parts = {
        label: put_line(
            page, "USD m", label,
            [f"={a}*{b}" for a, b in zip(each(size), each(share), strict=True)],
            form=styles.WHOLE_MONEY,
        )
        for label, share in (("Training (the old kind)", old), ("Inference (the new kind)", new))
    }  # fmt: skip
    training, inference = parts.values()
    book.areas |= {"market.inference": inference, "market.years": head}
    larger = put_line(
        page, "year", "Years in which inference is larger",
        [f'=IF({a}>{b},{year},"")'
         for a, b, year in zip(each(inference), each(training), each(head), strict=True)],
    )  # fmt: skip
    found = scalar(
        page, "year", "First year in which inference is larger",
        f'=IF(COUNT({larger.local})=0,"not by "&MAX({head.local}),MIN({larger.local}))',
    )  # fmt: skip
    book.areas["market.crossing"] = found
    first = FIRST + max(count, NARROW) + 1
    with on_the_right(page, top):
        at = page.leave(HEIGHT)
        charts.bars(
            page, "Training and inference by year",
            [(area.part(0, -1), area) for area in parts.values()],
            head, first, LAST - first + 1,
            across="Year", grouping="stacked", row=at, height=HEIGHT, total=size,
        )  # fmt: skip
    years, shares = shift.part(1, 0, shift.rows - 1), shift.part(1, 1, shift.rows - 1)
    book.checks += [
        Check("Market: training and inference are the market",
              f"SUM({training})+SUM({inference})", f"SUM({size})"),
        Check("Market: inference has the shares that are published",
              "+".join(_kept(head, new, years.part(i, 0), shares.part(i, 0))
                       for i in range(years.rows)),
              f"SUM({shares})"),
    ]  # fmt: skip


def _kept(head: Area, new: Area, year: Area, share: Area) -> str:
    """Give the share of a published year by the path, or as typed if the year is not shown."""
    return f"IFERROR(INDEX({new},MATCH({year},{head},0)),{share})"
