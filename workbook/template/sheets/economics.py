"""Economics: a megawatt, a system, a token and the market around them."""

from __future__ import annotations

from model.infrastructure import ASSUMPTIONS
from workbook.template import charts, styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Check, Page
from workbook.template.sheets.checks import MASTER

UNIT, LABEL, FIRST = 1, 4, 5
#: Columns of the widest block, the sensitivity: three places of three numbers.
COLUMNS = 9
LAST = FIRST + COLUMNS - 1
#: Figures and tables of a case that each section needs.
MEGAWATT = ("tables.infrastructure",)
SYSTEMS = (
    *("tables.deliveries", "scalars.system_power", "scalars.system_cost", "scalars.system_price"),
    *("scalars.learning_curve", "scalars.systems_before"),
)
TOKENS = ("tables.offers", "tables.infrastructure", "scalars.tokens_per_second")
MARKET = ("tables.inference_market", "tables.share_scenarios", "scalars.token_multiple")


def write(book: Book) -> None:
    """Write the sheet, if the case has what one of its sections needs."""
    if not any(_has(book, needed) for needed in (MEGAWATT, SYSTEMS, TOKENS, MARKET)):
        return
    page = book.page(
        "Economics",
        "a megawatt, a system, a token and their market",
        [13, 2, 2, 44, *[13.5] * COLUMNS],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    for column, text in ((UNIT, "Unit"), (2, None), (3, None), (LABEL, "Line")):
        page.put(HEAD_ROWS, column, text, "head_left")
    if _has(book, MEGAWATT):
        page.section("A megawatt of capacity: margin, value and what they rest on", LAST)
        _megawatt(page, book)
    if _has(book, SYSTEMS):
        page.new_page()
        page.section("Systems along a learning curve", LAST)
        _systems(page, book)
    if _has(book, TOKENS):
        page.section("Tokens: what one costs, and what speed earns", LAST)
        _tokens(page, book)
    if _has(book, MARKET):
        page.new_page()
        page.section("The market, and what a share of it is worth", LAST)
        _market(page, book)
    page.finish(MASTER, LAST)


# A megawatt --------------------------------------------------------------------------------------


def _megawatt(page: Page, book: Book) -> None:
    if _has(book, ("scalars.contract_capacity", "scalars.contract_term")):
        _scalar(
            page, "USD m", "Revenue a MW-year that the RPO implies, as an upper bound",
            "=INFRA_PRICE(Opening_balance,Contract_capacity,Contract_term)", styles.PRICE,
        )  # fmt: skip
    page.row += 1
    margin = page.block(
        "Megawatt_margin",
        "INFRA_MARGIN(Infrastructure)",
        6,
        3,
        column=LABEL,
        column_formats=["@", styles.PRICE, styles.PERCENT],
        strong=[5],
    )
    value = _scalar(page, "USD m", "Net present value of a MW", "=INFRA_VALUE(Infrastructure)",
                    styles.PRICE)  # fmt: skip
    even = _scalar(page, "fraction", "Utilisation at which gross profit is nil",
                   "=INFRA_BREAK_EVEN(Infrastructure)")  # fmt: skip
    even_value = _scalar(page, "fraction", "Utilisation at which net present value is nil",
                         '=INFRA_BREAK_EVEN(Infrastructure,"value")')  # fmt: skip
    book.name("Megawatt_value", value, "Net present value of a MW, USD millions")
    page.row += 1
    moved = [row for row in _rows(book, "infrastructure") if row[2] != ""]
    sensitivity = page.block(
        "Megawatt_sensitivity",
        "INFRA_SENSITIVITY(Infrastructure)",
        len(moved) + 1,
        10,
        column=LABEL,
        column_formats=["@", *[styles.PLAIN] * 3, *[styles.PERCENT] * 3, *[styles.PRICE] * 3],
    )
    places = sensitivity.part(1, 1, len(moved), 9)
    margins, values = places.part(0, 4, len(moved)), places.part(0, 7, len(moved))
    a = {name: _assumed(book, name) for name in ASSUMPTIONS}
    power = f"{a['power_price']}*8760*{a['pue']}/10^6"
    used = f"({a['idle_draw']}+(1-{a['idle_draw']})*{a['utilisation']})"
    cost = f"({power}*{used}+{a['other_cost']})"
    written_off = f"({a['capex']}*(1-{a['residual']})/{a['life']})"
    earned = f"{a['price']}*{a['utilisation']}"
    per_use = f"({a['price']}-{power}*(1-{a['idle_draw']}))"
    standing = f"({power}*{a['idle_draw']}+{a['other_cost']}+{written_off})"
    book.checks += [
        Check("Megawatt: gross margin from the assumptions",
              f"1-({cost}+{written_off})/({earned})", str(margin.part(5, 2))),
        Check("Megawatt: lines sum to gross profit",
              f"{margin.part(1, 1)}-SUM({margin.part(2, 1, 3)})", str(margin.part(5, 1))),
        Check("Megawatt: break-even is standing cost over what use earns",
              f"{standing}/{per_use}", str(even)),
        Check("Megawatt: the base of the sensitivity is the margin",
              f"SUM({margins})", f"{len(moved)}*{margin.part(5, 2)}"),
        Check("Megawatt: the base of the sensitivity is the value",
              f"SUM({values})", f"{len(moved)}*{value}"),
    ]  # fmt: skip
    _value_check(book, a, cost, written_off, earned, value)
    book.checks.append(
        Check(
            "Megawatt: value is a line in utilisation, nil at its break-even",
            # Through the value at the utilisation assumed and the one at break-even.
            f"({a['utilisation']}-{even_value})*{_slope(a, power)}",
            str(value),
        )
    )
    if all(_moves(book, name) for name in ("utilisation", "life")):
        _grid(page, book, margin)


def _annuity(a: dict[str, str], growth: str) -> str:
    """Value of one dollar a year in mid-year over the life, natively; a last part of a year too."""
    q = f"((1+{growth})/(1+{a['rate']}))"
    n, part = f"INT({a['life']})", f"({a['life']}-INT({a['life']}))"
    whole = f"IF({q}=1,{n},(1-{q}^{n})/(1-{q}))*(1+{a['rate']})^-0.5"
    return f"({whole}+{part}*{q}^{n}*(1+{a['rate']})^(-{part}/2))"


def _value_check(
    book: Book, a: dict[str, str], cost: str, written_off: str, earned: str, value: Area
) -> None:
    flat, growing = _annuity(a, "0"), _annuity(a, a["price_growth"])
    book.checks.append(
        Check(
            "Megawatt: value by annuities",
            f"(1-{a['tax_rate']})*({earned}*{growing}-{cost}*{flat})"
            f"+{a['tax_rate']}*{written_off}*{flat}-{a['capex']}"
            f"+{a['capex']}*{a['residual']}*(1+{a['rate']})^-{a['life']}",
            str(value),
        )
    )


def _slope(a: dict[str, str], power: str) -> str:
    flat, growing = _annuity(a, "0"), _annuity(a, a["price_growth"])
    return f"(1-{a['tax_rate']})*({a['price']}*{growing}-{power}*(1-{a['idle_draw']})*{flat})"


def _grid(page: Page, book: Book, margin: Area) -> None:
    """Margin over utilisation and life: five places each, the base in the centre."""
    steps = {}
    for name, label in (("utilisation", "Utilisation, down"), ("life", "Life in years, across")):
        low, base, high = (str(_cell(book, name, j)) for j in (2, 1, 3))
        places = [low, f"AVERAGE({low},{base})", base, f"AVERAGE({base},{high})", high]
        unit = "fraction" if name == "utilisation" else "years"
        page.put(page.row, UNIT, unit, "unit")
        page.put(page.row, LABEL, label, "label")
        formulas = [f"={place}" for place in places]
        steps[name] = page.series(FIRST, formulas, "link", styles.FORMATS[unit])
        page.row += 1
    page.row += 1
    grid = page.block(
        "Megawatt_grid",
        f'INFRA_GRID(Infrastructure,"utilisation",{steps["utilisation"].local},'
        f'"life",{steps["life"].local})',
        6,
        6,
        column=LABEL,
        column_formats=[styles.PERCENT, *[styles.PERCENT] * 5],
        header=styles.PLAIN,
    )
    centre = grid.part(3, 3)
    page.sheet.cell(centre.row, centre.column).style = "result"
    page.sheet.cell(centre.row, centre.column).number_format = styles.PERCENT
    book.checks.append(
        Check("Megawatt: the centre of the grid is the margin", str(centre), str(margin.part(5, 2)))
    )


# Systems -----------------------------------------------------------------------------------------


def _systems(page: Page, book: Book) -> None:
    table, names = book.areas["tables.deliveries"], _rows(book, "deliveries")
    count = len(names)
    density = _scalar(page, "systems", "Systems a MW", "=SYSTEM_DENSITY(System_power)",
                      styles.PLAIN)  # fmt: skip
    book.name("Systems_per_megawatt", density, "Systems a MW of IT power")
    page.row += 1
    for column, label in ((0, "Delivery"), (1, "Capacity, MW")):
        page.put(page.row, LABEL, label, "strong" if column == 0 else "label")
        links = [f"={table.part(1 + i, column)}" for i in range(count)]
        style, form = ("link_head", "@") if column == 0 else ("link", styles.MONEY)
        capacity = page.series(FIRST, links, style, form)
        page.row += 1
    page.put(page.row, UNIT, "systems", "unit")
    page.put(page.row, LABEL, "Systems delivered", "label")
    each = [f"=SYSTEM_DENSITY(System_power,{capacity.part(0, i).by_column})" for i in range(count)]
    volume = page.series(FIRST, each, "calc", styles.MONEY)
    page.row += 2
    block = page.block(
        "System_forecast",
        f"SYSTEM_ECONOMICS({volume.local},System_price,System_cost,Learning_curve,Systems_before)",
        10,
        count + 1,
        column=LABEL,
        row_formats=[*[styles.WHOLE_MONEY] * 2, *[styles.FACTOR] * 3, *[styles.MONEY] * 3,
                     styles.PERCENT],
        strong=[8],
    )  # fmt: skip
    book.name("System_forecast", block, "Systems, cost and margin along a learning curve")
    made, total = block.body(1), block.part(2, count)
    b = "LOG(Learning_curve,2)"
    book.checks += [
        Check("Systems: delivered MW times systems a MW", f"SUM({capacity})*{density}",
              f"SUM({made})"),
        Check("Systems: cost by Wright's curve from the first system on",
              f"System_cost*({total}^(1+{b})-Systems_before^(1+{b}))"
              f"/((Systems_before+1)^(1+{b})-Systems_before^(1+{b}))",
              f"SUM({block.body(6)})", 1e-7),
        Check("Systems: gross profit is revenue less cost",
              f"System_price*SUM({made})-SUM({block.body(6)})", f"SUM({block.body(8)})"),
    ]  # fmt: skip
    if _has(book, ("scalars.system_cost_low", "scalars.system_price_high")):
        for cost, price in (
            ("System_cost", "System_price"),
            ("System_cost_low", "System_price_high"),
        ):
            at = "low" if cost == "System_cost_low" else "high"
            to = "high" if at == "low" else "low"
            _scalar(page, "fraction", f"Gross margin at the {at} cost and the {to} price published",
                    f"=1-{cost}/{price}")  # fmt: skip


# Tokens ------------------------------------------------------------------------------------------


def _tokens(page: Page, book: Book) -> None:
    a = {name: _assumed(book, name) for name in ASSUMPTIONS}
    if _has(book, SYSTEMS):
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
    block = page.block(
        "Cost_of_tokens",
        f"TOKEN_COST({given})",
        5,
        3,
        column=LABEL,
        column_formats=["@", styles.FACTOR, styles.FACTOR],
        strong=[4],
    )
    even = _scalar(page, "USD", "Price a million tokens that earns the cost of capital",
                   f"=TOKEN_BREAK_EVEN({a['rate']},{given})", styles.FACTOR)  # fmt: skip
    if _has(book, ("scalars.target_gross_margin",)):
        price = _scalar(page, "USD", "Price a million tokens at the target gross margin",
                        f"=TOKEN_PRICE(Target_gross_margin,{given})", styles.FACTOR)  # fmt: skip
        book.checks.append(
            Check("Tokens: price less cost is the target margin",
                  f"1-{block.part(4, 2)}/{price}", "Target_gross_margin")
        )  # fmt: skip
    served = f"(Tokens_per_second*{a['utilisation']}*8760*3600)"
    energy = f"{power}/1000*{a['pue']}*8760*{a['power_price']}/10^6"
    running = f"{energy}+{other}"
    book.checks += [
        Check("Tokens: cost of a million from the assumptions",
              f"({system}/{a['life']}+{running})*10^12/{served}", str(block.part(4, 2))),
        Check("Tokens: break-even by the level payment",
              f"(PMT({a['rate']},{a['life']},-{system})+{running})*10^12/{served}", str(even)),
    ]  # fmt: skip
    page.row += 1
    count = len(_rows(book, "offers"))
    premium = page.block(
        "Speed_premium",
        "TOKEN_PREMIUM(Offers)",
        count,
        6,
        column=LABEL,
        column_formats=["@", styles.PRICE, styles.WHOLE_MONEY, *[styles.RATIO] * 2, styles.PLAIN],
    )
    # An elasticity is empty where the speeds are equal.
    book.numbers[-1] = (book.numbers[-1][0], premium.part(1, 1, count - 1, 4))
    book.name("Speed_premium", premium, "Price and speed against other offers")
    table = book.areas["tables.offers"]
    book.checks.append(
        Check("Tokens: price multiples times others' prices are the own price",
              f"SUMPRODUCT({premium.part(1, 1, count - 1)}*{premium.part(1, 3, count - 1)})",
              f"{count - 1}*{table.part(1, 1)}")
    )  # fmt: skip


# Market ------------------------------------------------------------------------------------------


def _market(page: Page, book: Book) -> None:
    table, rows = book.areas["tables.inference_market"], _rows(book, "inference_market")
    top = page.row
    for i, header in enumerate(("Year", "Size")):
        page.put(top, FIRST + i, header, "head")
    page.put(top, LABEL, "Published sizes, dated in the middle of the year", "head_left")
    page.row += 1
    for i in range(len(rows)):
        page.put(page.row, LABEL, f"={table.part(1 + i, 0)}", "link", styles.DATE)
        page.put(page.row, FIRST, f"=YEAR({table.part(1 + i, 0)})", "link", styles.YEAR)
        page.put(page.row, FIRST + 1, f"={table.part(1 + i, 1)}", "link", styles.WHOLE_MONEY)
        page.row += 1
    points = Area(page.title, top, FIRST, len(rows) + 1, 2)
    page.row += 1
    dates = [row[0] for row in rows]
    first, last = min(dates), max(dates)  # type: ignore[type-var]
    years = last.year - first.year + 1  # type: ignore[union-attr]
    path = page.block(
        "Market_forecast",
        f"MARKET_PATH({points.local})",
        3,
        years + 1,
        column=LABEL,
        row_formats=[styles.WHOLE_MONEY, styles.PERCENT],
    )
    # The first year has no growth.
    book.numbers[-1] = (book.numbers[-1][0], path.part(1, 2, 2, years - 1))
    book.name("Market_forecast", path, "Market by year")
    sizes = path.body(1)
    start, target = sizes.part(0, 0), sizes.part(0, years - 1)
    growth = _scalar(page, "fraction", "Growth a year", f"=MARKET_GROWTH({start.local},"
                     f"{target.local},COLUMNS({sizes.local})-1)")  # fmt: skip
    ended = table.part(1 + dates.index(last), 0)
    years_ahead = _scalar(page, "years", "Years from the valuation date to the last one",
                          f"=({ended}-Valuation_date)/365.25")  # fmt: skip
    page.row += 1
    tokens = page.block(
        "Token_growth",
        f"MARKET_TOKEN_GROWTH(Token_multiple,(1+{growth.local})^Token_years,Token_years)",
        4,
        3,
        column=LABEL,
        column_formats=["@", styles.PLAIN, styles.PERCENT],
    )
    scenarios = _rows(book, "share_scenarios")
    shares = page.block(
        "Market_shares",
        f"MARKET_SHARE_SCENARIOS(Share_scenarios,{target.local},Wacc,{years_ahead.local})",
        len(scenarios) + 1,
        6,
        column=LABEL,
        column_formats=["@", styles.PERCENT, *[styles.WHOLE_MONEY] * 4],
    )
    book.name("Market_shares", shares, "Shares of the market and their value")
    typed = book.areas["tables.share_scenarios"]
    headers = list(book.case.tables["share_scenarios"].columns)
    at = {h: typed.part(1, headers.index(h), len(scenarios)) for h in headers}
    value = _scalar(page, "USD m", "Market value at the offer price, diluted",
                    "=DILUTED_MARKET_CAP(Offer_price,Securities)")  # fmt: skip
    needed = _scalar(
        page, "fraction", "Share of the market that it requires, first scenario's terms",
        f"=MARKET_IMPLIED_SHARE({value.local},{target.local},{at['Margin'].part(0, 0)},"
        f"{at['Multiple'].part(0, 0)},Wacc,{years_ahead.local})",
    )  # fmt: skip
    terms = f"{at['Margin']}*{at['Multiple']}"
    book.checks += [
        Check("Market: growth leads from the first size to the last",
              f"{start}*(1+{growth})^(COLUMNS({sizes})-1)", str(target)),
        Check("Tokens times their price are spending",
              f"{tokens.part(1, 1)}*{tokens.part(3, 1)}", str(tokens.part(2, 1))),
        Check("Tokens: growth a year leads to the multiple",
              f"(1+{tokens.part(1, 2)})^Token_years", "Token_multiple"),
        Check("Market: values of the shares today",
              f"SUMPRODUCT({at['Share']}*{terms})*{target}/(1+Wacc)^{years_ahead}",
              f"SUM({shares.part(1, 5, len(scenarios))})"),
        Check("Market: the share that is required is worth the market value",
              f"{needed}*{target}*{at['Margin'].part(0, 0)}*{at['Multiple'].part(0, 0)}"
              f"/(1+Wacc)^{years_ahead}", str(value)),
    ]  # fmt: skip
    page.row += 1
    charts.bars(
        page,
        "Market by year",
        [(path.part(1, 0), sizes)],
        Area(page.title, path.row, FIRST, 1, years),
        f"D{page.row}",
        size=(22.0, 7.5),
    )
    page.row += 16


# Helpers -----------------------------------------------------------------------------------------


def _has(book: Book, paths: tuple[str, ...]) -> bool:
    groups = {"tables": book.case.tables, "scalars": book.case.scalars}
    return all(key in groups[group] for group, key in (path.split(".") for path in paths))


def _scalar(page: Page, unit: str, label: str, formula: str, form: str = "") -> Area:
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")
    area = page.put(page.row, FIRST, formula, "calc", form or styles.FORMATS[unit])
    page.row += 1
    return area


def _rows(book: Book, key: str) -> list[list[object]]:
    return [list(row.cells) for row in book.case.tables[key].rows.values()]


def _place(book: Book, name: str) -> int | None:
    for i, row in enumerate(_rows(book, "infrastructure"), 1):
        if str(row[0]).casefold().replace(" ", "_") == name:
            return i
    return None


def _cell(book: Book, name: str, column: int) -> Area:
    place = _place(book, name)
    assert place is not None  # _moves has seen to it.
    return book.areas["tables.infrastructure"].part(place, column)


def _moves(book: Book, name: str) -> bool:
    place = _place(book, name)
    return place is not None and _rows(book, "infrastructure")[place - 1][2] != ""


def _assumed(book: Book, name: str) -> str:
    """Return where an assumption is typed, or what stands for one that the case leaves out."""
    if _place(book, name) is not None:
        return str(_cell(book, name, 1))
    return "1" if name in ("pue", "idle_draw") else "0"
