"""Operations: streams, costs, plant, working capital, leases and research, against the DCF.

The sheet takes its tables from the case and shows the DCF's figure below each result: the drivers
stay unchanged, and the reader sees how far a bottom-up forecast differs from them and why. It does
not feed the DCF: streams and costs are forecast only as far as guidance goes, and a DCF that
changed its basis part-way would be inconsistent.
"""

from __future__ import annotations

from model.errors import InputError
from workbook.template import styles
from workbook.template.blocks import Block
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    UNIT,
    column_of,
    years_across,
    years_but_last,
    years_from_second,
)
from workbook.template.sheets.operations import bridge as operations_bridge
from workbook.template.sheets.operations import capital as operations_capital
from workbook.template.sheets.operations.lines import put_against, yearly

#: The bridges of the last year and the year before, each with the published figure.
BRIDGES = {
    "non_gaap_bridge": "scalars.non_gaap", "non_gaap_bridge_before": "scalars.non_gaap_before",
}  # fmt: skip
#: The case's tables for this sheet; a section is written if its table is given.
TABLES = (
    "revenue_streams",
    "cost_lines",
    "pass_through_costs",
    "plant_additions",
    "working_items",
    "leases_signed",
    "research_expense",
)


def write(book: Book) -> None:
    """Write the sheet, if the case has any of its tables."""
    tables = book.case.tables
    if not any(key in tables for key in (*TABLES, *BRIDGES)):
        return
    last = FIRST + len(book.years) - 1
    page = book.page(
        "Operations",
        "operations and the capital they require",
        [11, 2, 2, 40, *[12.5] * len(book.years)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    years_across(page, book)

    if "revenue_streams" in tables:
        page.section("Revenue and gross profit by stream", last)
        streams = _streams(page, book)
        if "cost_lines" in tables:
            page.section("Operating costs by line", last)
            _costs(page, book, streams)
        if "pass_through_costs" in tables:
            page.section("Revenue passed through at cost plus a mark-up, and the core", last)
            _pass_through(page, book, streams)
    for key in (key for key in BRIDGES if key in tables):
        page.section(tables[key].label, last)
        _bridge(page, book, key)
    if "plant_additions" in tables:
        page.section("Capital spending by capacity, and the plant that it builds", last)
        operations_capital.plant(page, book)
    # Deposits are released with the capacity of that table.
    if "working_items" in tables and "plant_additions" in tables:
        page.section("Working capital, with deposits released as capacity is delivered", last)
        operations_capital.working_capital(page, book)
    if "leases_signed" in tables:
        page.section("Leases signed, including those not yet commenced", last)
        operations_capital.leases(page, book)
    if "research_expense" in tables:
        page.section("Research as capital", last)
        operations_capital.research(page, book)
    if all(key in tables for key in operations_bridge.NEEDED):
        page.section("Bottom-up forecast and DCF: the differences by cause", last)
        operations_bridge.write(page, book)
        page.section("Economic profit: what the DCF's capital earns above its cost", last)
        if operations_bridge.capital_lasts(book):
            operations_bridge.spread(page, book)
        else:
            page.put(page.row, LABEL, operations_bridge.NO_CAPITAL, "label")
            page.row += 2
    page.finish(last)


# Sections ----------------------------------------------------------------------------------------


def _streams(page: Page, book: Book) -> Block:
    count, years = len(book.case.tables["revenue_streams"].rows), _stream_years(book)
    shown = f"COLUMNS({book.areas['years'].part(0, 0, 1, years)})"
    block = page.result(
        "Stream_forecast",
        f"OPERATING_STREAMS(Revenue_streams,{shown})",
        across=years,
        things={"streams": count},
    )
    book.name("Stream_forecast", block, "Revenue and gross profit by stream")
    revenue, growth, margin = (
        [block.line(name, i) for i in range(count)] for name in ("revenue", "growth", "margin")
    )
    total, total_profit = block.line("total_revenue"), block.line("total_gross_profit")
    base = column_of(book, "revenue_streams", "Revenue")
    first = "+".join(f"{base.part(i, 0)}*(1+{growth[i].part(0, 0)})" for i in range(count))
    book.checks += [
        Check("Streams: revenue is the sum of the streams",
              "+".join(f"SUM({r})" for r in revenue), f"SUM({total})"),
        Check("Streams: the first year is the base year and its growth", first,
              str(total.part(0, 0))),
        Check("Streams: gross profit is revenue times margin",
              "+".join(f"SUMPRODUCT({r}*{m})" for r, m in zip(revenue, margin, strict=True)),
              f"SUM({total_profit})"),
    ]  # fmt: skip
    if years > 1:
        steps = "+".join(
            f"SUMPRODUCT(({years_from_second(r)}-{years_but_last(r)}*(1+{years_from_second(g)}))^2)"
            for r, g in zip(revenue, growth, strict=True)
        )
        book.checks.append(Check("Streams: each year grows from the one before", steps, "0", 1e-9))
    put_against(page, book, "Revenue in the DCF", "revenue", total, "USD m")
    return block


def _costs(page: Page, book: Book, streams: Block) -> None:
    revenue, profit = streams.line("total_revenue"), streams.line("total_gross_profit")
    convention = book.areas["scalars.sbc_convention"]
    block = page.result(
        "Cost_forecast",
        f"OPERATING_COSTS({revenue.local},Cost_lines,{profit.local},{convention})",
        across=revenue.columns,
        things={"costs": len(book.case.tables["cost_lines"].rows)},
    )
    book.name("Cost_forecast", block, "Operating costs by line")
    costs, in_stock, counted, income, margin = (
        block.lines("by_line"),
        *map(block.line, ("sbc", "counted", "operating_income", "operating_margin")),
    )
    book.checks += [
        Check("Costs: all lines are counted, less stock-based compensation where excluded",
              f"SUM({costs})-IF({convention}=\"excluded\",SUM({in_stock}),0)", f"SUM({counted})"),
        Check("Costs: operating income is gross profit less the costs counted",
              f"SUM({profit})-SUM({counted})", f"SUM({income})"),
    ]  # fmt: skip
    put_against(page, book, "Operating margin in the DCF", "operating_margin", margin, "fraction")


def _pass_through(page: Page, book: Book, streams: Block) -> None:
    revenue, profit = streams.line("total_revenue"), streams.line("total_gross_profit")
    (cost,) = yearly(page, book, "pass_through_costs", ["Cost"], revenue.columns)
    markup = book.areas["scalars.pass_through_markup"]
    block = page.result(
        "Passed_through",
        f"PASS_THROUGH({revenue.local},{profit.local},{cost.local},{markup})",
        across=revenue.columns,
    )
    book.name("Passed_through", block, "Pass-through and core revenue")
    book.checks += [
        Check("Pass-through: revenue is cost and mark-up", f"SUM({cost})*(1+{markup})",
              f"SUM({block.line('revenue')})"),
        Check("Pass-through: income is the core's and the mark-up",
              f"SUM({profit})+SUM({cost})*{markup}", f"SUM({block.line('total_income')})"),
    ]  # fmt: skip


def _bridge(page: Page, book: Book, key: str) -> None:
    table, name = book.areas[f"tables.{key}"], key.capitalize()
    block = page.result(f"{name}_result", f"GAAP_BRIDGE({name})", rows=table.rows - 1)
    book.name(f"{name}_result", block, book.case.tables[key].label)
    amounts = column_of(book, key, "Amount")
    non_gaap = block.total("running")
    book.checks.append(
        Check(f"{book.case.tables[key].label}: the lines add up", f"SUM({amounts})", str(non_gaap))
    )
    published = book.areas.get(BRIDGES[key])
    if published is not None:
        page.row -= 1
        page.put(page.row, UNIT, "USD m", "unit")
        page.put(page.row, LABEL, "As published, and the difference", "label")
        theirs = page.put(page.row, FIRST, f"={published}", "link", styles.MONEY)
        page.put(page.row, FIRST + 1, f"={non_gaap.local}-{theirs.local}", "calc", styles.MONEY)
        page.row += 2


def _stream_years(book: Book) -> int:
    """Years of the streams: those in the table of pass-through costs."""
    passed = book.case.tables.get("pass_through_costs")
    if passed and len(passed.rows) > len(book.years):
        raise InputError(
            "tables.pass_through_costs",
            f"must have a row for each of {len(book.years)} years at most, not {len(passed.rows)}",
        )
    return len(passed.rows) if passed else len(book.years)
