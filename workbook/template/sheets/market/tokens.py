"""Tokens: their cost now and by year, their price, and what speed earns."""

from __future__ import annotations

from model.compute.assumptions import Assumptions
from model.compute.market import TokenGrowth
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    UNIT,
    by_year,
    check_years_of,
    column_of,
    each,
    has,
    put_line,
    scalar,
)
from workbook.template.sheets.market import assumptions, systems
from workbook.template.sheets.market.on_the_right import LAST, NARROW, RIGHT, fits, on_the_right

NEEDED = (
    *("tables.offers", "scalars.token_provider"),
    *("tables.infrastructure", "scalars.tokens_per_second"),
)
#: Height of the chart, in centimetres.
HEIGHT = 6.2
YEARS = ("tables.token_path",)
GROWTH = ("tables.inference_market", "scalars.token_multiple", "scalars.token_years")


def section(page: Page, book: Book) -> None:
    """Write the cost of a million tokens, by line and by year, and the premium for speed."""
    a = {name: assumptions.assumed(book, name) for name in Assumptions.declared}
    if has(book, systems.NEEDED):
        density = str(book.areas["Systems_per_megawatt"])
        other, system, power = f"{a['other_cost']}/{density}", "System_cost", "System_power"
    else:
        # Without systems, a megawatt is one.
        density, other, system, power = "1", a["other_cost"], a["capex"], "1000"
    running = f"{a['life']},{a['utilisation']},{power},{a['power_price']},{a['pue']},{other}"
    given = f"Tokens_per_second,{system},{running}"
    top = page.row
    page.tall_heads = True
    block = page.result("Cost_of_tokens", f"TOKEN_COST({given})")
    page.tall_heads = False
    yearly, per_million = block.total("amount"), block.total("per_million")
    even = scalar(page, "USD", "Price that earns the cost of capital",
                  f"=TOKEN_PRICE(0,{given},{a['rate']})", form=styles.FACTOR)  # fmt: skip
    if has(book, ("scalars.target_gross_margin",)):
        price = scalar(page, "USD", "Price at the target gross margin",
                       f"=TOKEN_PRICE(Target_gross_margin,{given})",
                       form=styles.FACTOR)  # fmt: skip
        book.checks.append(
            Check("Tokens: price less cost is the target margin",
                  f"1-{per_million}/{price}", "Target_gross_margin")
        )  # fmt: skip
    with on_the_right(page, top):
        if has(book, GROWTH):
            _growth(page, book)
    served = f"(Tokens_per_second*{a['utilisation']}*8760*3600)"
    energy = f"{power}/1000*{a['pue']}*8760*{a['power_price']}/10^6"
    spent = f"({energy}+{other})"
    book.checks += [
        Check("Tokens: cost of a million, times the millions served, is the cost of the system",
              f"{per_million}*TOKEN_VOLUME(Tokens_per_second,{a['utilisation']})/10^6",
              str(yearly)),
        Check("Tokens: cost of a million from the assumptions",
              f"({system}/{a['life']}+{spent})*10^12/{served}", str(per_million)),
        Check("Tokens: break-even by the level payment",
              f"(PMT({a['rate']},{a['life']},-{system})+{spent})*10^12/{served}", str(even)),
    ]  # fmt: skip
    page.row += 1
    if has(book, YEARS):
        _by_year(page, book, running, density, spent)
    _premium(page, book)


def _by_year(page: Page, book: Book, running: str, density: str, spent: str) -> None:
    """Write what a system serves in each year, and the cost and the price of a million tokens."""
    life, use = (assumptions.assumed(book, name) for name in ("life", "utilisation"))
    check_years_of(book, "token_path", back=True)
    years, top = column_of(book, "token_path", "Year"), page.row
    fits("tables.token_path", years.rows)
    for column, text in ((UNIT, "Unit"), (2, None), (3, None), (LABEL, "Year")):
        page.put(page.row, column, text, "head_left")
    for i in range(years.rows):
        # In order, wherever the rows are sorted to; none follows the last, if a row was deleted.
        before = Area(page.title, page.row, FIRST + i - 1).by_column
        year = f"IF({before}<MAX({years}),{before}+1,NA())" if i else f"MIN({years})"
        page.put(page.row, FIRST + i, f"={year}", "link_head", styles.YEAR)
    head = each(Area(page.title, page.row, FIRST, 1, years.rows))
    page.row += 1

    def typed(header: str, year: str) -> str:
        return by_year(book, "token_path", header, year)

    def path(label: str, unit: str, first: str, header: str, form: str) -> Area:
        """Write a line that grows from a first number."""
        row, formulas = page.row, []
        for i, year in enumerate(head):
            before = Area(page.title, row, FIRST + i - 1).by_column if i else first
            formulas.append(f"={before}*(1+{typed(header, year)})")
        return put_line(page, unit, label, formulas, form=form)

    provider, price = (column_of(book, "offers", header) for header in ("Provider", "Price"))
    own = f"INDEX({price},MATCH(Token_provider,{provider},0))"
    speed = path("Tokens a second of a system in full use", "count", "Tokens_per_second",
                 "Speed growth", styles.WHOLE_MONEY)  # fmt: skip
    made = _system_costs(book, head)
    costs = put_line(page, "USD m", "Cost of a system, average of the year", made,
                     form=styles.SHARES)  # fmt: skip
    own_cost = put_line(
        page, "USD", "Cost of a million tokens, from these",
        [f"=TOKEN_PRICE(0,{s},{c},{running})"
         for s, c in zip(each(speed), each(costs), strict=True)],
        form=styles.FACTOR,
    )  # fmt: skip
    taken = put_line(
        page, "USD", "Cost of a million tokens, or as typed",
        [f'=IF({typed("Cost", year)}="",{ours},{typed("Cost", year)})'
         for year, ours in zip(head, each(own_cost), strict=True)], form=styles.FACTOR,
    )  # fmt: skip
    sold = path("Price of a million tokens", "USD", own, "Price growth", styles.FACTOR)
    put_line(
        page, "fraction", "Gross margin",
        [f"=1-{c}/{p}" for c, p in zip(each(taken), each(sold), strict=True)],
    )  # fmt: skip
    put_line(
        page, "USD m", "Revenue of a MW-year at this price",
        [f"={p}*TOKEN_VOLUME({s},{use},{density})/1000/1000"
         for p, s in zip(each(sold), each(speed), strict=True)],
        form=styles.PRICE,
    )  # fmt: skip
    page.row += 1
    first = FIRST + max(years.rows, NARROW) + 1
    with on_the_right(page, top):
        at = page.leave(HEIGHT)
        charts.bars(
            page, "Cost and price of a million tokens",
            [(line.part(0, -1), line) for line in (taken, sold)],
            Area(page.title, top, FIRST, 1, years.rows), first, LAST - first + 1,
            across="Year", unit="USD", row=at, height=HEIGHT, form="0.00",
            values=True,
        )  # fmt: skip
    last = years.rows - 1
    growth = column_of(book, "token_path", "Price growth")
    fallen = "*".join(f"(1+{growth.part(i, 0)})" for i in range(growth.rows))
    book.checks += [
        Check("Tokens: cost of a million in the last year from the assumptions",
              f"({costs.part(0, last)}/{life}+{spent})*10^12"
              f"/({speed.part(0, last)}*{use}*8760*3600)",
              f"{own_cost.part(0, last)}"),
        Check("Tokens: price of the last year by its yearly fall",
              f"{own}*{fallen}",
              f"{sold.part(0, last)}"),
    ]  # fmt: skip


def _system_costs(book: Book, head: list[str]) -> list[str]:
    """Give a system's cost in each year: the average of those delivered, or the next one's."""
    if "System_forecast" not in book.areas:
        return [f"={book.areas['scalars.system_cost']}"] * len(head)
    average = book.block("System_forecast").line("average_cost")
    made = book.areas["market.service_years"]
    return [
        f"=IFERROR(INDEX({average.local},MATCH({year},{made.local},0)),System_cost)"
        for year in head
    ]


def _growth(page: Page, book: Book) -> None:
    """Split the growth of spending into growth of tokens and of their price."""
    path = book.block("Market_forecast").line("size") if "Market_forecast" in book.areas else None
    if path is None:
        return
    last = path.columns - 1
    grown = f"({path.part(0, last).local}/{path.part(0, 0).local})^(Token_years/{last})"
    block = page.result(
        "Token_growth", f"MARKET_TOKEN_GROWTH(Token_multiple,{grown},Token_years)", column=RIGHT
    )
    tokens, spending, price = (block.cell(label, "multiple") for label in TokenGrowth.labels)
    book.checks += [
        Check("Tokens times their price are spending",
              f"{tokens}*{price}", str(spending)),
        Check("Tokens: growth a year leads to the multiple",
              f"(1+{block.cell('Tokens', 'growth')})^Token_years", "Token_multiple"),
    ]  # fmt: skip


def _premium(page: Page, book: Book) -> None:
    """Write the company's price and speed against every other offer."""
    table = book.areas["tables.offers"]
    count = table.rows - 1
    page.tall_heads = True
    premium = page.result("Speed_premium", "TOKEN_PREMIUM(Offers,Token_provider)", rows=count - 1)
    page.tall_heads = False
    others, dearer, faster, exponent = (
        premium.column_of(name)
        for name in ("price", "price_multiple", "speed_multiple", "elasticity")
    )
    # With equal speeds there is no elasticity.
    book.recount(premium.part(1, 1, count - 1, 4))
    provider, price = (column_of(book, "offers", header) for header in ("Provider", "Price"))
    book.checks.append(
        Check("Tokens: price multiples times others' prices are the own price",
              f"SUMPRODUCT({others}*{dearer})",
              f"{count - 1}*INDEX({price},MATCH(Token_provider,{provider},0))")
    )  # fmt: skip
    explained = "+".join(
        f"IF(ISNUMBER({exponent.part(i, 0)}),{faster.part(i, 0)}^{exponent.part(i, 0)},"
        f"{dearer.part(i, 0)})"
        for i in range(count - 1)
    )
    book.checks.append(
        Check("Tokens: the speeds to the power of their elasticities are the price multiples",
              explained, f"SUM({dearer})")
    )  # fmt: skip
