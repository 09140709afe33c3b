"""Market: a megawatt, a system, a token and the market around them."""

from __future__ import annotations

from model.compute.assumptions import Assumptions
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, has, put_line, scalar
from workbook.template.sheets.market import assumptions, market, megawatt

#: Columns of the sensitivity: three groups of three numbers.
COLUMNS = 9
#: Figures and tables of a case that each section needs.
MEGAWATT = ("tables.infrastructure",)
SYSTEMS = (
    *("tables.plant", "scalars.system_power", "scalars.system_cost", "scalars.system_price"),
    *("scalars.learning_curve", "scalars.systems_before"),
)
TOKENS = (
    *("tables.offers", "scalars.token_provider"),
    *("tables.infrastructure", "scalars.tokens_per_second"),
)


def write(book: Book) -> None:
    """Write the sheet, if the case has the inputs of at least one section."""
    subjects = {
        "a megawatt of capacity": MEGAWATT,
        "systems": SYSTEMS,
        "tokens": TOKENS,
        "the market": market.NEEDED,
    }
    found = [text for text, needed in subjects.items() if has(book, needed)]
    if not found:
        return
    # The years of a megawatt, from 0, may need more columns.
    columns = max(COLUMNS, assumptions.years_shown(book) + 1 if has(book, MEGAWATT) else 0)
    last = FIRST + columns - 1
    page = book.page(
        "Market",
        " and ".join(", ".join(found).rsplit(", ", 1)),
        [13, 2, 2, 52, 17, 22, 15, 23, *[15] * (columns - 4)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    for column in range(UNIT, last + 1):
        text = {UNIT: "Unit", LABEL: "Line"}.get(column)
        page.put(HEAD_ROWS, column, text, "head_left")
    if has(book, MEGAWATT):
        page.section("A megawatt of capacity: margin, value and assumptions", last)
        megawatt.section(page, book)
    if has(book, SYSTEMS):
        page.section("Systems along a learning curve", last)
        _systems(page, book)
    if has(book, TOKENS):
        page.section("Tokens: cost per million, and what speed earns", last)
        _tokens(page, book)
    if has(book, market.NEEDED):
        page.section("The market, and what a share of it is worth", last)
        market.section(page, book)
    page.finish(last)


# Systems -----------------------------------------------------------------------------------------


def _systems(page: Page, book: Book) -> None:
    density = scalar(page, "systems", "Systems a MW", "=1000/System_power",
                     form=styles.PLAIN)  # fmt: skip
    book.name("Systems_per_megawatt", density, "Systems per MW of IT power")
    page.row += 1
    capacity = _by_year(page, book)
    count = capacity.columns
    page.put(page.row, UNIT, "systems", "unit")
    page.put(page.row, LABEL, "Systems delivered", "label")
    each = [f"={capacity.part(0, i).by_column}*{density.local}" for i in range(count)]
    volume = page.series(FIRST, each, "calc", styles.MONEY)
    page.row += 2
    block = page.result(
        "System_forecast",
        f"SYSTEM_ECONOMICS({volume.local},System_price,System_cost,Learning_curve,Systems_before)",
        across=count,
    )
    book.name("System_forecast", block, "Systems, cost and margin along a learning curve")
    made, spent, profit = (block.line(name) for name in ("made", "cost", "gross_profit"))
    total = block.line("cumulative").part(0, count - 1)
    learned = _learning(page, block.line("cumulative"))
    units, average, in_total = (
        learned.column_of(name) for name in ("unit", "average_cost", "total_cost")
    )
    b = "LOG(Learning_curve,2)"
    if count > 1:
        book.checks.append(
            Check("Systems: total cost between deliveries by SYSTEM_LEARNING",
                  f"{in_total.part(count - 1, 0)}-{in_total.part(0, 0)}",
                  f"SUM({spent.part(0, 1, 1, count - 1)})", 1e-7)
        )  # fmt: skip
    book.checks += [
        Check("Systems: average cost at each delivery's end by Wright's curve",
              f"System_cost/((Systems_before+1)^(1+{b})-Systems_before^(1+{b}))"
              f"*SUMPRODUCT({units}^{b})", f"SUM({average})",
              1e-7),
        Check("Systems: delivered MW times systems a MW", f"SUM({capacity})*{density}",
              f"SUM({made})"),
        Check("Systems: cost by Wright's curve from the first system on",
              f"System_cost*({total}^(1+{b})-Systems_before^(1+{b}))"
              f"/((Systems_before+1)^(1+{b})-Systems_before^(1+{b}))",
              f"SUM({spent})", 1e-7),
        Check("Systems: gross profit is revenue less cost",
              f"System_price*SUM({made})-SUM({spent})", f"SUM({profit})"),
    ]  # fmt: skip
    if has(book, ("scalars.system_cost_low", "scalars.system_price_high")):
        for cost, price in (
            ("System_cost", "System_price"),
            ("System_cost_low", "System_price_high"),
        ):
            at = "low" if cost == "System_cost_low" else "high"
            to = "high" if at == "low" else "low"
            scalar(page, "fraction", f"Gross margin at the {at} cost and the {to} price published",
                    f"=1-{cost}/{price}")  # fmt: skip


def _by_year(page: Page, book: Book) -> Area:
    """Write megawatts by the year in which they come into service, from the table of plant."""
    begun, mw = (column_of(book, "plant", header) for header in ("In service", "MW"))
    days = book.case.table("plant").in_service
    count = max(day.year for day in days.tolist()) - min(day.year for day in days.tolist()) + 1
    years = put_line(
        page, "year", "Year of service",
        [f"=YEAR(MIN({begun}))+COLUMNS({Area(page.title, HEAD_ROWS, FIRST, 1, i + 1).local})-1"
         for i in range(count)], style="link", form=styles.YEAR,
    )  # fmt: skip
    each = [
        f"=SUMPRODUCT(({begun}>=DATE({year},1,1))*({begun}<DATE({year}+1,1,1))*{mw})"
        for i in range(count)
        for year in [years.part(0, i).by_column]
    ]
    capacity = put_line(page, "MW", "Capacity", each, style="link", form=styles.MONEY)
    book.checks.append(
        Check("Systems: capacity by year is all plant", f"SUM({capacity})", f"SUM({mw})")
    )
    return capacity


def _learning(page: Page, made: Area) -> Block:
    """Write the cost of each delivery's last system, with average and total cost to date."""
    block = page.result(
        "Cost_by_system",
        f"SYSTEM_LEARNING({made.local},System_cost,Learning_curve,Systems_before+1)",
        rows=made.columns,
    )
    page.book.name("Cost_by_system", block, "Cost of a system along the learning curve")
    return block


# Tokens ------------------------------------------------------------------------------------------


def _tokens(page: Page, book: Book) -> None:
    a = {name: assumptions.assumed(book, name) for name in Assumptions.declared}
    if has(book, SYSTEMS):
        other = f"{a['other_cost']}/Systems_per_megawatt"
        system = "System_cost"
        power = "System_power"
    else:
        # Without systems, a megawatt is one.
        other, system, power = a["other_cost"], a["capex"], "1000"
    given = (
        f"Tokens_per_second,{system},{a['life']},{a['utilisation']},{power},"
        f"{a['power_price']},{a['pue']},{other}"
    )
    block = page.result("Cost_of_tokens", f"TOKEN_COST({given})")
    yearly, per_million = block.total("amount"), block.total("per_million")
    even = scalar(page, "USD", "Price per million tokens that earns the cost of capital",
                   f"=TOKEN_PRICE(0,{given},{a['rate']})", form=styles.FACTOR)  # fmt: skip
    if has(book, ("scalars.target_gross_margin",)):
        price = scalar(page, "USD", "Price per million tokens at the target gross margin",
                       f"=TOKEN_PRICE(Target_gross_margin,{given})",
                       form=styles.FACTOR)  # fmt: skip
        book.checks.append(
            Check("Tokens: price less cost is the target margin",
                  f"1-{per_million}/{price}", "Target_gross_margin")
        )  # fmt: skip
    served = f"(Tokens_per_second*{a['utilisation']}*8760*3600)"
    volume = scalar(page, "millions", "Tokens served by a system in a year",
                    f"=TOKEN_VOLUME(Tokens_per_second,{a['utilisation']})",
                    form=styles.WHOLE_MONEY)  # fmt: skip
    if has(book, SYSTEMS):
        made = book.block("System_forecast").line("made")
        fleet = scalar(page, "trillions", "Tokens served in a year by all systems delivered",
                       f"={volume.local}*SUM({made.local})/1000/1000",
                       form=styles.WHOLE_MONEY)  # fmt: skip
        book.checks.append(
            Check("Tokens: all systems serve what the assumptions say",
                  f"{served}*SUM({made})/10^12", str(fleet))
        )  # fmt: skip
    energy = f"{power}/1000*{a['pue']}*8760*{a['power_price']}/10^6"
    running = f"{energy}+{other}"
    book.checks += [
        Check("Tokens: cost of a million, times the millions served, is the cost of the system",
              f"{per_million}*{volume}/10^6", str(yearly)),
        Check("Tokens: cost of a million from the assumptions",
              f"({system}/{a['life']}+{running})*10^12/{served}", str(per_million)),
        Check("Tokens: break-even by the level payment",
              f"(PMT({a['rate']},{a['life']},-{system})+{running})*10^12/{served}", str(even)),
    ]  # fmt: skip
    page.row += 1
    table = book.areas["tables.offers"]
    count = table.rows - 1
    premium = page.result("Speed_premium", "TOKEN_PREMIUM(Offers,Token_provider)", rows=count - 1)
    others, dearer, faster, exponent = (
        premium.column_of(name)
        for name in ("price", "price_multiple", "speed_multiple", "elasticity")
    )
    # With equal speeds there is no elasticity.
    book.recount(premium.part(1, 1, count - 1, 4))
    book.name("Speed_premium", premium, "Price and speed against other offers")
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
