"""Operations: streams, costs, plant, working capital, leases and research, beside the DCF.

The sheet takes its tables from the case and shows beside each result what the DCF has for it: the
drivers stay what they are, and the reader sees how far a forecast from the bottom up is from them.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.errors import InputError
from workbook.template import charts, styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Check, Page
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.dcf import FORECAST_LINES

UNIT, LABEL, FIRST = 1, 4, 5
BRIDGE = "gaap_bridge"
#: Figures of the offer's balance sheet that are released as capacity is delivered.
DEPOSITS = ("offer.customer_deposits", "offer.deferred_revenue")
#: The tables of a case that the sheet is made of; a section stands where its table does.
TABLES = (
    "revenue_streams",
    "operating_costs",
    "pass_through_costs",
    "plant_additions",
    "working_items",
    "leases_signed",
    "research_expense",
)


def write(book: Book) -> None:
    """Write the sheet, if the case has any of its tables."""
    tables = book.case.tables
    bridges = [key for key in tables if key.startswith(BRIDGE)]
    if not bridges and not any(key in tables for key in TABLES):
        return
    last = FIRST + len(book.years) - 1
    page = book.page(
        "Operations",
        "operations and the capital that they take",
        [11, 2, 2, 40, *[12.5] * len(book.years)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    page.put(HEAD_ROWS, UNIT, "Unit", "head_left")
    for column in (2, 3):
        page.put(HEAD_ROWS, column, None, "head_left")
    page.put(HEAD_ROWS, LABEL, "Year", "head_left")
    for i in range(len(book.years)):
        link = f"={book.areas['years'].part(0, i)}"
        page.put(HEAD_ROWS, FIRST + i, link, "link_head", styles.YEAR)

    if "revenue_streams" in tables:
        page.section("Revenue and gross profit by stream", last)
        streams = _streams(page, book)
        if "operating_costs" in tables:
            page.section("Operating costs by line", last)
            _costs(page, book, streams)
        if "pass_through_costs" in tables:
            page.new_page()
            page.section("Revenue passed through at cost plus a mark-up, beside the core", last)
            _pass_through(page, book, streams)
    for key in bridges:
        page.section(tables[key].label, last)
        _bridge(page, book, key)
    if "plant_additions" in tables:
        page.new_page()
        page.section("Capital spending by capacity, and the plant that it builds", last)
        _plant(page, book)
    if "working_items" in tables:
        page.section("Working capital, with deposits released as capacity is delivered", last)
        _working_capital(page, book)
    if "leases_signed" in tables:
        page.section("Leases signed, also those not yet commenced", last)
        _leases(page, book)
    if "research_expense" in tables:
        page.section("Research as capital", last)
        _research(page, book)
    page.finish(MASTER, last)


# Sections ----------------------------------------------------------------------------------------


def _streams(page: Page, book: Book) -> Area:
    table = book.areas["tables.revenue_streams"]
    count, years = table.rows - 1, _stream_years(book)
    shown = f"COLUMNS({book.areas['years'].part(0, 0, 1, years)})"
    formats = [styles.MONEY, styles.PERCENT, styles.MONEY, styles.PERCENT]
    block = page.block(
        "Stream_forecast",
        f"OPERATING_STREAMS(Revenue_streams,{shown})",
        4 * (count + 1) + 1,
        years + 1,
        column=LABEL,
        row_formats=[f for f in formats for _ in range(count + 1)],
        strong=[count + 1, 3 * (count + 1)],
    )
    units = ["USD m", "fraction", "USD m", "fraction"]
    _units(page, block, [u for u in units for _ in range(count + 1)])
    book.name("Stream_forecast", block, "Revenue and gross profit by stream")
    rows = [block.body(i) for i in range(1, block.rows)]
    revenue, growth, margin = (rows[i * (count + 1) :][:count] for i in (0, 1, 3))
    total, total_profit = rows[count], rows[3 * count + 2]
    base = table.part(1, _column(book, "revenue_streams", "Revenue"), count)
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
            f"SUMPRODUCT(({_later(r)}-{_earlier(r)}*(1+{_later(g)}))^2)"
            for r, g in zip(revenue, growth, strict=True)
        )
        book.checks.append(Check("Streams: each year grows from the one before", steps, "0", 1e-9))
    _beside(page, book, "Revenue in the DCF", "revenue", total, "USD m")
    return block


def _costs(page: Page, book: Book, streams: Area) -> None:
    lines, count = len(book.case.tables["operating_costs"].rows), _stream_count(book)
    revenue, profit = streams.body(count + 1), streams.body(3 * (count + 1))
    convention = book.areas["scalars.sbc_convention"]
    block = page.block(
        "Cost_forecast",
        f"OPERATING_COSTS({revenue.local},Operating_costs,{profit.local},{convention})",
        lines + 6,
        streams.columns,
        column=LABEL,
        row_formats=[*[styles.MONEY] * (lines + 3), styles.PERCENT, styles.PERCENT],
        strong=[lines + 3],
    )
    _units(page, block, [*["USD m"] * (lines + 3), "fraction", "fraction"])
    book.name("Cost_forecast", block, "Operating costs by line")
    costs = block.part(1, 1, lines, block.columns - 1)
    in_stock, counted, income, margin = (block.body(lines + i) for i in (1, 2, 3, 4))
    book.checks += [
        Check("Costs: counted are all lines, less stock-based compensation where it is left out",
              f"SUM({costs})-IF({convention}=\"excluded\",SUM({in_stock}),0)", f"SUM({counted})"),
        Check("Costs: operating income is gross profit less the costs counted",
              f"SUM({profit})-SUM({counted})", f"SUM({income})"),
    ]  # fmt: skip
    _beside(page, book, "Operating margin in the DCF", "operating_margin", margin, "fraction")


def _pass_through(page: Page, book: Book, streams: Area) -> None:
    count = _stream_count(book)
    revenue, profit = streams.body(count + 1), streams.body(3 * (count + 1))
    cost = _path(book, "pass_through_costs", "Cost", streams.columns - 1)
    markup = book.areas["scalars.pass_through_markup"]
    block = page.block(
        "Passed_through",
        f"PASS_THROUGH({revenue.local},{profit.local},{cost},{markup})",
        9,
        streams.columns,
        column=LABEL,
        row_formats=[*[styles.MONEY] * 6, styles.PERCENT, styles.PERCENT],
        strong=[3, 6],
    )
    _units(page, block, [*["USD m"] * 6, "fraction", "fraction"])
    book.name("Passed_through", block, "Pass-through revenue beside the core")
    book.checks += [
        Check("Pass-through: revenue is cost and mark-up", f"SUM({cost})*(1+{markup})",
              f"SUM({block.body(2)})"),
        Check("Pass-through: income is the core's and the mark-up",
              f"SUM({profit})+SUM({cost})*{markup}", f"SUM({block.body(6)})"),
    ]  # fmt: skip


def _bridge(page: Page, book: Book, key: str) -> None:
    table, name = book.areas[f"tables.{key}"], key.capitalize()
    block = page.block(
        f"{name}_result",
        f"GAAP_BRIDGE({name})",
        table.rows + 1,
        3,
        column=LABEL,
        column_formats=["@", styles.MONEY, styles.MONEY],
        strong=[table.rows],
        header="@",
    )
    _units(page, block, ["USD m"] * table.rows)
    book.name(f"{name}_result", block, book.case.tables[key].label)
    amounts = table.part(1, _column(book, key, "Amount"), table.rows - 1)
    non_gaap = block.part(table.rows, 2)
    book.checks.append(
        Check(f"{book.case.tables[key].label}: the lines add up", f"SUM({amounts})", str(non_gaap))
    )
    published = book.areas.get(f"scalars.non_gaap{key.removeprefix(BRIDGE)}")
    if published is not None:
        page.row -= 1
        page.put(page.row, UNIT, "USD m", "unit")
        page.put(page.row, LABEL, "As published, and the difference", "label")
        theirs = page.put(page.row, FIRST, f"={published}", "link", styles.MONEY)
        page.put(page.row, FIRST + 1, f"={non_gaap.local}-{theirs.local}", "calc", styles.MONEY)
        page.row += 2


def _plant(page: Page, book: Book) -> None:
    years = len(book.years)
    added = _path(book, "plant_additions", "Added", years)
    inputs = {
        name: str(book.areas[f"scalars.plant_{name}"])
        for name in ("unit_cost", "life", "cost_decline", "opening", "convention")
    }
    block = page.block(
        "Plant",
        f"CAPEX_VINTAGES({added},{inputs['unit_cost']},{inputs['life']},{inputs['cost_decline']},"
        f"{inputs['opening']},{inputs['opening']},{inputs['life']},{inputs['convention']})",
        years + 14,
        years + 1,
        column=LABEL,
        row_formats=[styles.WHOLE_MONEY, styles.PLAIN, *[styles.MONEY] * (years + 11)],
        strong=[3, years + 5, years + 9, years + 13],
    )
    _units(page, block, ["MW", "USD m per MW", *["USD m"] * (years + 11)])
    book.name("Plant", block, "Capital spending and depreciation by vintage")
    units, cost, spent = (block.body(i) for i in (1, 2, 3))
    vintages = block.part(4, 1, years + 1, years)
    depreciation = block.body(years + 5)
    gross_opening, _, retired, gross_closing = (block.body(years + i) for i in (6, 7, 8, 9))
    net_opening, _, _, net_closing = (block.body(years + i) for i in (10, 11, 12, 13))
    start = f'IF({inputs["convention"]}="full-year",0,0.5)'
    book.checks += [
        Check("Plant: spending is capacity times the cost of a unit",
              f"SUMPRODUCT({units}*{cost})", f"SUM({spent})"),
        Check("Plant: the last unit cost has fallen every year",
              f"{inputs['unit_cost']}*(1-{inputs['cost_decline']})^{years - 1}",
              str(cost.part(0, years - 1))),
        Check("Plant: depreciation is that of all vintages", f"SUM({vintages})",
              f"SUM({depreciation})"),
        Check("Plant: the first vintage in its first year",
              f"{spent.part(0, 0)}*MIN(1-{start},{inputs['life']})/{inputs['life']}",
              str(vintages.part(1, 0))),
        Check("Plant: gross opens, adds, retires and closes",
              f"SUMPRODUCT(({gross_opening}+{spent}-{retired}-{gross_closing})^2)", "0", 1e-9),
        Check("Plant: net opens, adds, depreciates and closes",
              f"SUMPRODUCT(({net_opening}+{spent}-{depreciation}-{net_closing})^2)", "0", 1e-9),
        Check("Plant: net opens with the plant of the last balance sheet", inputs["opening"],
              str(net_opening.part(0, 0))),
    ]  # fmt: skip
    page.row -= 1
    formulas = [
        f"={_here(spent.part(0, i))}-{_here(depreciation.part(0, i))}" for i in range(years)
    ]
    net = _line(page, "USD m", "Capital spending less depreciation", formulas)
    _beside(page, book, "Reinvestment in the DCF", "reinvestment", net, "USD m")
    page.new_page()
    page.row += 1
    charts.bars(
        page,
        "Capital expenditure and depreciation",
        [(block.part(3, 0), spent), (block.part(years + 5, 0), depreciation)],
        Area(page.title, HEAD_ROWS, FIRST, 1, years),
        f"D{page.row}",
        size=(28.0, 8.0),
    )
    page.row += 18


def _working_capital(page: Page, book: Book) -> None:
    years, items = len(book.years), len(book.case.tables["working_items"].rows)
    revenue = book.areas["Forecast"].body(FORECAST_LINES.index("revenue") + 1)
    received = _path(book, "plant_additions", "Deposits", years)
    delivered = _path(book, "plant_additions", "Added", years)
    deposits = "+".join(str(book.areas[path]) for path in DEPOSITS if path in book.areas) or "0"
    income = book.areas["Forecast"].body(FORECAST_LINES.index("operating_income") + 1)
    links = [f"={_there(revenue.part(0, i))}-{_there(income.part(0, i))}" for i in range(years)]
    costs = _line(page, "USD m", "Costs in the DCF", links, style="link")
    page.row += 1
    block = page.block(
        "Working_capital_forecast",
        f"WORKING_CAPITAL({revenue},Working_items,{costs.local},{received},{delivered},{deposits})",
        items + 8,
        years + 1,
        column=LABEL,
        row_formats=[styles.MONEY] * (items + 7),
        strong=[items + 4, items + 7],
    )
    _units(page, block, ["USD m"] * (items + 7))
    book.name("Working_capital_forecast", block, "Working capital and deposits")
    opening, taken, released, closing = (block.body(items + i) for i in (1, 2, 3, 4))
    net_opening, change, net_closing = (block.body(items + i) for i in (5, 6, 7))
    table = book.areas["tables.working_items"]
    kind, days, share = (
        table.part(1, _column(book, "working_items", c), items) for c in ("Kind", "Days", "Share")
    )
    # Days or a share stands in each row, and an empty cell counts as nothing in a product.
    by_hand = f'SUMPRODUCT(({kind}="asset")*2-1,{days}/365+{share})*{revenue.part(0, years - 1)}'
    book.checks += [
        Check("Working capital: deposits open, come in, are released and close",
              f"SUMPRODUCT(({opening}+{taken}-{released}-{closing})^2)", "0", 1e-9),
        Check("Working capital: it opens, changes and closes",
              f"SUMPRODUCT(({net_opening}+{change}-{net_closing})^2)", "0", 1e-9),
        Check("Working capital: the last balance from days, shares and deposits",
              f"{by_hand}-{closing.part(0, years - 1)}", str(net_closing.part(0, years - 1))),
    ]  # fmt: skip


def _leases(page: Page, book: Book) -> None:
    years, leases = len(book.years), len(book.case.tables["leases_signed"].rows)
    rate = book.areas["cost_of_capital.cost_of_debt"]
    block = page.block(
        "Lease_commitments",
        f"LEASE_COMMITMENTS(Leases_signed,{rate})",
        leases + 2,
        4,
        column=LABEL,
        column_formats=["@", *[styles.MONEY] * 3],
        strong=[leases + 1],
        header="@",
    )
    # The total has no yearly cost, and that is no fault.
    told = book.numbers[-1][0]
    book.numbers[-1] = (told, block.part(1, 1, leases, 3))
    book.numbers += [(told.replace(":", f", {part}:"), block.part(leases + 1, column))
                     for part, column in (("total", 1), ("total present value", 3))]  # fmt: skip
    _units(page, block, ["USD m"] * (leases + 1))
    book.name("Lease_commitments", block, "Leases signed: present value")
    costs = page.block(
        "Lease_payments",
        f"LEASE_COSTS(Leases_signed,COLUMNS({book.areas['years']}))",
        leases + 4,
        years + 1,
        column=LABEL,
        row_formats=[styles.MONEY] * (leases + 3),
        strong=[leases + 1],
    )
    _units(page, costs, ["USD m"] * (leases + 3))
    book.name("Lease_payments", costs, "Leases signed: cost by year")
    table = book.areas["tables.leases_signed"]
    worth = []
    for i in range(1, leases + 1):
        amount, start, term = (
            str(table.part(i, _column(book, "leases_signed", c)))
            for c in ("Commitment", "Start", "Term")
        )
        whole = f"AND({start}=INT({start}),{term}=INT({term}))"
        annuity = f"{amount}/{term}*(1-(1+{rate})^-{term})/{rate}*(1+{rate})^(0.5-{start})"
        # The closed form holds for whole years; the function needs no such thing.
        worth.append(f"IF({whole},{annuity},{block.part(i, 3)})")
    book.checks += [
        Check("Leases: payments of the years shown and what is left are the commitments",
              f"SUM({costs.body(leases + 1)})+{costs.part(leases + 3, years)}",
              str(block.part(leases + 1, 1))),
        Check("Leases: present value as annuities", "+".join(worth),
              str(block.part(leases + 1, 3))),
    ]  # fmt: skip


def _research(page: Page, book: Book) -> None:
    table = book.areas["tables.research_expense"]
    column, years = _column(book, "research_expense", "Expense"), table.rows - 1
    current, past = table.part(1, column), table.part(2, column, years - 1)
    life = f"ROWS({past})"
    block = page.block(
        "Research",
        f"RESEARCH_CAPITAL({current},{past},{life})",
        years + 2,
        6,
        column=LABEL,
        column_formats=["@", styles.MONEY, styles.PERCENT, *[styles.MONEY] * 3],
        strong=[years + 1],
        header="@",
    )
    _units(page, block, ["USD m"] * (years + 1))
    book.name("Research", block, "Research as capital")
    expense, part, asset, charge = (block.part(1, i, years) for i in (1, 2, 3, 4))
    book.checks += [
        Check("Research: the asset is what is left of each year's expense",
              f"SUMPRODUCT({expense}*{part})", str(block.part(years + 1, 3))),
        Check("Research: half of a steady expense is left, and half a year", f"({life}+1)/2",
              f"SUM({part})"),
        Check("Research: the adjustment is the expense less the amortisation",
              f"{current}-SUM({charge})", str(block.part(years + 1, 5))),
        Check("Research: the asset of all years", f"SUM({asset})", str(block.part(years + 1, 3))),
    ]  # fmt: skip


# Helpers -----------------------------------------------------------------------------------------


def _units(page: Page, block: Area, units: Sequence[str]) -> None:
    for i, unit in enumerate(units, 1):
        page.put(block.row + i, UNIT, unit, "unit")


def _line(
    page: Page, unit: str, label: str, formulas: Sequence[str], *, style: str = "calc"
) -> Area:
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")
    area = page.series(FIRST, formulas, style, styles.FORMATS[unit])
    page.row += 1
    return area


def _beside(page: Page, book: Book, label: str, line: str, ours: Area, unit: str) -> None:
    """Show a line of the DCF below the same line from the bottom up, and the difference."""
    if page.sheet.cell(page.row - 1, LABEL).value is None:
        page.row -= 1
    theirs = book.areas["Forecast"].body(FORECAST_LINES.index(line) + 1)
    years = range(ours.columns)
    links = [f"={_there(theirs.part(0, i))}" for i in years]
    linked = _line(page, unit, label, links, style="link")
    differences = [f"={_here(ours.part(0, i))}-{_here(linked.part(0, i))}" for i in years]
    _line(page, unit, "Here less there", differences)
    page.row += 1


def _stream_count(book: Book) -> int:
    return len(book.case.tables["revenue_streams"].rows)


def _stream_years(book: Book) -> int:
    """Years of the streams: those of which the table of pass-through costs has a row."""
    passed = book.case.tables.get("pass_through_costs")
    return len(passed.rows) if passed else len(book.years)


def _column(book: Book, key: str, header: str) -> int:
    return list(book.case.tables[key].columns).index(header)


def _path(book: Book, key: str, header: str, years: int) -> Area:
    """Find a column of a table that has a row for each year."""
    table = book.areas[f"tables.{key}"]
    if table.rows - 1 != years:
        raise InputError(
            f"tables.{key}", f"must have a row for each of {years} years, not {table.rows - 1}"
        )
    return table.part(1, _column(book, key, header), years)


def _later(area: Area) -> Area:
    return area.part(0, 1, 1, area.columns - 1)


def _earlier(area: Area) -> Area:
    return area.part(0, 0, 1, area.columns - 1)


def _here(area: Area) -> str:
    """Address of a cell on its own sheet that moves with the formula."""
    return area.local.replace("$", "")


def _there(area: Area) -> str:
    """Address of a cell on another sheet that moves with the formula."""
    return str(area).replace("$", "")
