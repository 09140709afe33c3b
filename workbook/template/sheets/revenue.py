"""Revenue: the forecast's revenue by line, its growth, and how much of it is under contract."""

from __future__ import annotations

from openpyxl.utils import get_column_letter

from workbook.template import charts, published, styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, is_text, put_line, yearly_page, years_from_second
from workbook.template.sheets.dcf.lines import (
    forecast_line,
    links,
    put_name,
    sold_lines,
)

#: Revenue of a company without segments, by kind.
KINDS = {
    "contracted_revenue": "Contracted revenue",
    "renewed_revenue": "Renewed revenue",
    "uncontracted_revenue": "Uncontracted revenue",
}


def write(book: Book) -> None:
    """Write the sheet."""
    years = len(book.years)
    last = FIRST + years - 1
    page = yearly_page(book, "Revenue", "revenue by line", 52)
    page.row += 1
    chart = page.leave(charts.HEIGHT)
    page.section("Revenue by line", last)
    rows = _lines(page, book)
    _measures(page, book)
    if book.case.segments:
        page.section("Revenue by segment", last)
        rows = _by_segment(page, book, rows)
    charts.bars(
        page,
        "Revenue by segment and year" if book.case.segments else "Revenue by kind and year",
        [(row.part(0, -1), row) for row in rows],
        Area(page.title, HEAD_ROWS, FIRST, 1, years),
        LABEL,
        min(10, 1 + years),
        across="Year",
        grouping="stacked",
        total=book.block("Segment_lines").line("total_revenue")
        if book.case.segments
        else book.areas["revenue"],
        row=chart,
    )
    page.finish(published.by_year(page, book, published.REVENUE))


def _lines(page: Page, book: Book) -> list[Area]:
    """Write the revenue of each line, and lead to the company's."""
    if book.case.segments:
        block, rows = book.block("Segment_lines"), []
        for i in range(len(sold_lines(book))):
            rows.append(put_line(page, "USD m", "", links(block.line("revenue", i)), style="link"))
            put_name(page, book, rows[i].row, i)
    else:
        rows = [
            put_line(page, "USD m", label, links(forecast_line(book, name)), style="link")
            for name, label in KINDS.items()
        ]
    columns = range(rows[0].columns)
    above = Area(page.title, rows[0].row, FIRST, len(rows))
    sums = [f"=SUM({above.part(0, i, len(rows)).local.replace('$', '')})" for i in columns]
    total = put_line(page, "USD m", "Revenue, gross", sums)
    if book.case.segments:
        given = links(book.block("Segment_lines").line("total_contra_revenue"))
        contra = put_line(page, "USD m", "Contra-revenue", given, style="link")
        net = [f"={_at(total, i)}-{_at(contra, i)}" for i in columns]
        total = put_line(page, "USD m", "Revenue", net)
    book.areas["revenue"] = total
    heads = Area(page.title, HEAD_ROWS, FIRST, 1, total.columns)
    book.checks.append(
        Check("Revenue: the lines lead to the forecast's revenue in every year",
              f"SUMPRODUCT({heads}*{total})",
              f"SUMPRODUCT({heads}*{forecast_line(book, 'revenue')})")
    )  # fmt: skip
    return rows


def _by_segment(page: Page, book: Book, rows: list[Area]) -> list[Area]:
    """Add up the lines of each segment."""
    of = book.block("Value_by_line").column_of("segment").part(0, 0, len(rows))
    lines = Area(page.title, rows[0].row, FIRST, len(rows), rows[0].columns)
    found = []
    for segment in book.case.segments.values():
        name = f"${get_column_letter(page.label)}{page.row}"
        own = is_text(str(of), name)
        sums = [
            f"=SUMPRODUCT({own}*1,{lines.part(0, i, lines.rows).local.replace('$', '')})"
            for i in range(lines.columns)
        ]
        found.append(put_line(page, "USD m", segment.name, sums))
    above = Area(page.title, found[0].row, FIRST, len(found), found[0].columns)
    gross = book.block("Segment_lines").line("total_revenue")
    book.checks.append(
        Check("Revenue: the segments add up to gross revenue", f"SUM({above})", f"SUM({gross})")
    )
    page.row += 1
    return found


def _measures(page: Page, book: Book) -> None:
    page.row += 1
    total = book.areas["revenue"]
    growth = forecast_line(book, "revenue_growth")
    put_line(page, "fraction", "Growth", links(growth), style="link")
    for name, label in (("contracted", "Under contract"), ("renewed", "Renewed")):
        part = forecast_line(book, f"{name}_revenue")
        put_line(
            page,
            "fraction",
            f"{label}, share of revenue",
            [
                f"=IF({_at(total, i)}=0,0,{link[1:]}/{_at(total, i)})"
                for i, link in enumerate(links(part))
            ],
            style="link",
            form=styles.PERCENT,
        )
    if total.columns > 1:
        before = total.part(0, 0, 1, total.columns - 1)
        later = years_from_second(total)
        book.checks.append(
            Check("Revenue: each year grows from the one before",
                  f"SUMPRODUCT({before}*(1+{years_from_second(growth)}))",
                  f"SUMPRODUCT(({before}>0)*{later})")
        )  # fmt: skip
    page.row += 1


def _at(area: Area, year: int) -> str:
    """Address of a year's cell that moves with the formula."""
    return area.part(0, year).local.replace("$", "")
