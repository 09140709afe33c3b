"""DCF: value per share and by segment, cost of capital, forecast, chance of failure, cross-checks.

The forecast and its value are written before the sheets that read them, and the rest after them.
What is read first stands first, in rows that are reserved for it.
"""

from __future__ import annotations

from functools import partial

from model.case.declared import COST_OF_CAPITAL
from model.dcf.value import DcfValue, SegmentedValue
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    has,
    line_head,
    run_rate,
    scalar,
    years_across,
    years_but_last,
    years_from_second,
)
from workbook.template.sheets.dcf import brief, failure, segments
from workbook.template.sheets.dcf import checks as dcf_checks
from workbook.template.sheets.dcf.lines import (
    business,
    forecast_line,
    or_default,
    valued_lines,
)

TITLE = "DCF"
#: Minimum number of numeric columns.
COLUMNS = 7


def begin(book: Book) -> None:
    """Begin the sheet: all that its first sections value."""
    last = _last(book)
    # Wide enough for what a line of a segment is, and of which segment.
    width = 16 if book.case.segments else 12.5
    page = book.page(
        TITLE,
        "discounted cash flow",
        [11, 2, 2, 52, *[width] * (last - LABEL)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    line_head(page, last)
    # In this order they fill three pages, even with blank rows for contracts.
    brief.reserve(page)
    dcf_checks.reserve(page, book)
    if book.case.segments:
        segments.reserve(page, book)
    if has(book, failure.NEEDED):
        failure.reserve(page)
    if book.case.rpo is not None and not book.case.segments:
        page.section("Contracted revenue by year, from the RPO schedule", last)
        _contracted(page, book)
    page.section("Cost of capital before it fades", last)
    _cost_of_capital(page, book)
    page.section("Forecast", last)
    years = years_across(page, book, page.row)
    forecast = _forecast(page, book)
    page.head_above(forecast)
    page.on_screen_only(_further(book), last)
    page.section("Value", last)
    _value(page, book)
    with page.within(brief.PART):
        page.section("Value per share", FIRST + 1)
        brief.write(page, book, forecast, years)
    if book.case.segments:
        with page.within(segments.PART):
            page.section("Value by segment: what each line is worth", FIRST + 3)
            segments.worth(page, book, last)


def write(book: Book) -> None:
    """Write the rest of it: forecast by line, value by failure, cross-checks, published figures."""
    page, last = book.resume(TITLE), _last(book)
    assert page is not None
    if book.case.segments:
        page.section("Forecast by line: contracts, renewals, further business, company costs", last)
        segments.write(page, book)
    if has(book, failure.NEEDED):
        page.section("Value by the chance of failure: what the prices rest on", last)
        failure.write(page, book)
    page.section("Discounting by year, and the cost of capital as it fades", last)
    end = dcf_checks.by_year(page, book)
    with page.within(dcf_checks.PART):
        page.section("Cross-checks of the terminal value and of discounting", last)
        dcf_checks.cross_checks(page, book, end)
        if dcf_checks.not_by_year(book):
            page.section("Compared with published figures", last)
            dcf_checks.published(page, book)
    page.finish(last)


def _further(book: Book) -> str:
    """Say what the sheet holds below what is printed."""
    by_line = "the forecast by line, " if book.case.segments else ""
    prices = "prices by rating, " if has(book, failure.NEEDED) else ""
    return f"the value line by line, {by_line}{prices}discounting by year"


def _last(book: Book) -> int:
    return FIRST + max(COLUMNS, len(book.years)) - 1


def _contracted(page: Page, book: Book) -> None:
    years_across(page, book, page.row)
    block = page.result(
        "Contracted",
        "RPO_BY_YEAR(Opening_balance,Forecast_bands,Balance_date,First_year_end,"
        f"COLUMNS({book.areas['years']}),Rpo_shape,Final_month{run_rate(book)})",
        across=len(book.years),
    )
    page.head_above(block)
    area = block.line("contracted_revenue")
    book.name("Contracted_revenue", area, "Revenue from the opening balance by year")
    ends, recognised = book.areas["quarter_ends"], book.block("Schedule").line("recognised")
    last = f"EDATE(First_year_end,12*(COLUMNS({area})-1))"
    end, start = (f"YEAR({day})*12+MONTH({day})" for day in ("First_year_end", "Balance_date"))
    apart = f"{end}-({start})"
    inside = f"({ends}>EDATE(First_year_end,-12))*({ends}<={last})"
    book.checks.append(
        Check(
            "Contracted revenue is that of the quarters inside the forecast",
            # A quarter that spans the end of a year belongs to neither.
            f"IF(MOD({apart},3)=0,SUMPRODUCT({inside}*{recognised}),SUM({area}))",
            f"SUM({area})",
        )
    )


def _cost_of_capital(page: Page, book: Book) -> None:
    a = book.areas
    inputs = {n: str(a[f"cost_of_capital.{n}"]) for n in COST_OF_CAPITAL}
    bridge = book.block("Bridge")
    equity = scalar(
        page, "USD m", "Market value of equity at the share price",
        f"={bridge.total('value')}", style="link",
    )  # fmt: skip
    a["market_value"] = equity
    debt = scalar(page, "USD m", "Debt", f"={a['drivers.debt']}", style="link")
    cost = scalar(
        page, "fraction", "Cost of equity",
        "=DCF_COST_OF_EQUITY({risk_free},{beta},{equity_risk_premium},{size_premium},"
        "{country_premium})".format(**inputs),
    )  # fmt: skip
    wacc = scalar(
        page, "fraction", "Weighted average cost of capital",
        f"=DCF_WACC({equity.local},{debt.local},{cost.local},{inputs['cost_of_debt']},"
        f"{inputs['tax_rate']})",
    )  # fmt: skip
    book.name("Cost_of_equity", cost, "Cost of equity")
    book.name("Wacc", wacc, "Cost of capital before it fades")
    book.link("drivers.wacc", wacc, styles.PERCENT)
    by_hand = (
        f"({equity}*({inputs['risk_free']}+{inputs['beta']}*{inputs['equity_risk_premium']}"
        f"+{inputs['size_premium']}+{inputs['country_premium']})"
        f"+{debt}*{inputs['cost_of_debt']}*(1-{inputs['tax_rate']}))/({equity}+{debt})"
    )
    book.count("Cost of capital", Area(page.title, equity.row, FIRST, 4))
    book.checks += [
        Check("Cost of capital: the market value is the share price times diluted shares",
              f"Share_price*{bridge.total('net')}", str(equity)),
        Check("Cost of capital by native formulas", by_hand, str(wacc)),
    ]  # fmt: skip


def _forecast(page: Page, book: Book) -> Block:
    call = f"DCF_FORECAST(Drivers{business(book)})"
    block = page.result("Forecast_lines", call, across=len(book.years))
    book.name("Forecast_lines", block, "Forecast, line by line")
    line = partial(forecast_line, book)
    if block.columns > 2:
        book.checks.append(
            Check("Forecast: each year's tax losses open where the last closed",
                  f"SUMPRODUCT(({years_from_second(line('loss_opening'))}"
                  f"-{years_but_last(line('loss_closing'))})^2)", "0", 1e-12)
        )  # fmt: skip
    book.checks += [
        Check("Forecast: revenue is contracted, renewed and uncontracted",
              f"SUM({line('contracted_revenue')},{line('renewed_revenue')},"
              f"{line('uncontracted_revenue')})", f"SUM({line('revenue')})"),
        Check("Forecast: operating income is revenue times margin",
              f"SUMPRODUCT({line('revenue')}*{line('operating_margin')})",
              f"SUMPRODUCT(({line('revenue')}>0)*{line('operating_income')})"),
        Check("Forecast: tax losses open, add, use and close",
              f"SUMPRODUCT(({line('loss_opening')}+{line('loss_added')}-{line('loss_used')}"
              f"-{line('loss_closing')})^2)", "0", 1e-12),
        Check("Forecast: reinvestment by sales-to-capital, or spending less depreciation",
              f"SUM({line('reinvested_by_sales')})+SUM({line('capital_expenditure')})"
              f"-SUM({line('depreciation')})+SUM({line('working_capital_change')})",
              f"SUM({line('reinvestment')})"),
        Check("Forecast: free cash flow is profit after tax less reinvestment",
              f"SUM({line('operating_income')})-SUM({line('tax')})-SUM({line('reinvestment')})",
              f"SUM({line('free_cash_flow')})"),
    ]  # fmt: skip
    return block


def _value(page: Page, book: Book) -> None:
    call, made = f"DCF_VALUE(Drivers,Securities{business(book)})", DcfValue
    names = valued_lines(book) if book.case.segments else []
    if names:
        made = SegmentedValue
    block = page.result("Valuation", call, things={"names": len(names)}, declared=made, named=names)
    book.name("Valuation", block, "From the forecast to the value per share")
    if not book.case.segments:
        schedule = "0"
        if book.case.rpo:
            share = or_default(book, "contracted_share", 1)
            schedule = f"SUM({book.areas['Contracted_revenue']})*{share}"
        book.checks.append(
            Check("Forecast: contracted revenue, and what slips past it, is the schedule's",
                  f"SUM({forecast_line(book, 'contracted_revenue')})"
                  f"+{block.value('slipped_revenue')}",
                  schedule)
        )  # fmt: skip
