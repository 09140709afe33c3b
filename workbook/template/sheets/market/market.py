"""Economics of the market: its size by year, its tokens, and the value of a share of it."""

from __future__ import annotations

from datetime import date

from model.compute.market import TokenGrowth
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, column_of, scalar, years_from_second

#: Figures and tables of a case that the section needs.
NEEDED = (
    *("tables.inference_market", "tables.share_scenarios"),
    *("scalars.token_multiple", "scalars.token_years"),
)


def section(page: Page, book: Book) -> None:
    """Write the market by year, its tokens, and the value of shares of it."""
    points = _points(page, book)
    dates = [row.values[0] for row in book.case.tables["inference_market"].rows.values()]
    days = [day for day in dates if isinstance(day, date)]
    years = max(days).year - min(days).year + 1
    path = page.result("Market_forecast", f"MARKET_PATH({points.local})", across=years)
    sizes = path.line("size")
    # The first year has no growth.
    book.recount(sizes)
    book.count("Market growth", years_from_second(path.line("growth")))
    book.name("Market_forecast", path, "Market by year")
    start, target = sizes.part(0, 0), sizes.part(0, years - 1)
    growth = scalar(
        page, "fraction", "Growth a year",
        f"=({target.local}/{start.local})^(1/(COLUMNS({sizes.local})-1))-1",
    )  # fmt: skip
    ended = book.areas["tables.inference_market"].part(1 + dates.index(max(days)), 0)
    ahead = scalar(
        page, "years", "Years from the valuation date to the last one",
        f"=({ended}-Valuation_date)/365.25",
    )  # fmt: skip
    book.checks.append(
        Check(
            "Market: growth leads from the first size to the last",
            f"{start}*(1+{growth})^(COLUMNS({sizes})-1)",
            str(target),
        )
    )
    page.row += 1
    _tokens(page, book, growth)
    _shares(page, book, target, ahead)
    page.row += 1
    charts.bars(
        page,
        "Size of the market by year",
        [(path.part(1, 0), sizes)],
        Area(page.title, path.row, FIRST, 1, years),
        LABEL,
        6,
        across="Year",
    )


def _points(page: Page, book: Book) -> Area:
    """Write the published sizes by year, as the function takes them."""
    table, top = book.areas["tables.inference_market"], page.row
    for i, header in enumerate(("Year", "Size")):
        page.put(top, FIRST + i, header, "head")
    page.put(top, LABEL, "Published sizes, dated in the middle of the year", "head_left")
    page.row += 1
    for i in range(1, table.rows):
        page.put(page.row, LABEL, f"={table.part(i, 0)}", "link", styles.DATE)
        page.put(page.row, FIRST, f"=YEAR({table.part(i, 0)})", "link", styles.YEAR)
        page.put(page.row, FIRST + 1, f"={table.part(i, 1)}", "link", styles.WHOLE_MONEY)
        page.row += 1
    page.row += 1
    return Area(page.title, top, FIRST, table.rows, 2)


def _tokens(page: Page, book: Book, growth: Area) -> None:
    """Split the growth of spending into growth of tokens and of their price."""
    block = page.result(
        "Token_growth",
        f"MARKET_TOKEN_GROWTH(Token_multiple,(1+{growth.local})^Token_years,Token_years)",
    )
    tokens, spending, price = (block.cell(label, "multiple") for label in TokenGrowth.labels)
    book.checks += [
        Check("Tokens times their price are spending",
              f"{tokens}*{price}", str(spending)),
        Check("Tokens: growth a year leads to the multiple",
              f"(1+{block.cell('Tokens', 'growth')})^Token_years", "Token_multiple"),
    ]  # fmt: skip


def _shares(page: Page, book: Book, target: Area, ahead: Area) -> None:
    """Write the value of shares of the market, and the share that the price requires."""
    share, margin, multiple = (
        column_of(book, "share_scenarios", header) for header in ("Share", "Margin", "Multiple")
    )
    # Margins are after tax and multiples are on earnings, so the result is equity value.
    shares = page.result(
        "Market_shares",
        f"MARKET_SHARE_SCENARIOS(Share_scenarios,{target.local},Cost_of_equity,{ahead.local})",
        rows=share.rows,
    )
    book.name("Market_shares", shares, "Shares of the market and their value")
    value = scalar(
        page, "USD m", "Market value at the share price, diluted",
        f"={book.areas['market_value']}", style="link",
    )  # fmt: skip
    terms = [margin.part(0, 0), multiple.part(0, 0)]
    needed = scalar(
        page, "fraction", "Market share that this value requires, on the first scenario's terms",
        f"=MARKET_IMPLIED_SHARE({value.local},{target.local},{terms[0]},{terms[1]},"
        f"Cost_of_equity,{ahead.local})",
    )  # fmt: skip
    book.checks += [
        Check("Market: values of the shares today",
              f"SUMPRODUCT({share}*{margin}*{multiple})*{target}/(1+Cost_of_equity)^{ahead}",
              f"SUM({shares.column_of('present_value')})"),
        Check("Market: the share that is required is worth the market value",
              f"{needed}*{target}*{terms[0]}*{terms[1]}/(1+Cost_of_equity)^{ahead}", str(value)),
    ]  # fmt: skip
