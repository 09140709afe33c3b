"""Operations, second part: plant, working capital, leases and research."""

from __future__ import annotations

from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, column_by_year, column_of, put_line
from workbook.template.sheets.dcf.lines import forecast_line
from workbook.template.sheets.operations.lines import figure, here, put_beside, there, yearly

#: Figures of the offer's balance sheet that are released as capacity is delivered.
DEPOSITS = ("balance_sheet.customer_deposits", "balance_sheet.deferred_revenue")


def plant(page: Page, book: Book) -> None:
    """Write capital spending, depreciation by vintage, and the corkscrews of plant."""
    years = len(book.years)
    added = yearly(book, "plant_additions", "Added", years)
    inputs = {
        name: str(figure(book, f"plant_{name}"))
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
        units=["MW", "USD m per MW", *["USD m"] * (years + 11)],
    )
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
    formulas = [f"={here(spent.part(0, i))}-{here(depreciation.part(0, i))}" for i in range(years)]
    net = put_line(page, "USD m", "Capital spending less depreciation", formulas)
    put_beside(page, book, "Reinvestment in the DCF", "reinvestment", net, "USD m")
    page.row += 1
    charts.bars(
        page,
        "Capital expenditure and depreciation by year",
        [(block.part(3, 0), spent), (block.part(years + 5, 0), depreciation)],
        Area(page.title, HEAD_ROWS, FIRST, 1, years),
        LABEL,
        min(10, 1 + years),
        across="Year",
    )


def working_capital(page: Page, book: Book) -> None:
    """Write working capital on the revenue and the costs of the DCF."""
    years, items = len(book.years), len(book.case.tables["working_items"].rows)
    revenue = forecast_line(book, "revenue")
    received = yearly(book, "plant_additions", "Deposits", years)
    delivered = yearly(book, "plant_additions", "Added", years)
    deposits = "+".join(str(book.areas[path]) for path in DEPOSITS if path in book.areas) or "0"
    income = forecast_line(book, "operating_income")
    links = [f"={there(revenue.part(0, i))}-{there(income.part(0, i))}" for i in range(years)]
    costs = put_line(page, "USD m", "Costs in the DCF", links, style="link")
    page.row += 1
    block = page.block(
        "Working_capital_forecast",
        f"WORKING_CAPITAL({revenue},Working_items,{costs.local},{received},{delivered},{deposits})",
        items + 8,
        years + 1,
        column=LABEL,
        row_formats=[styles.MONEY] * (items + 7),
        strong=[items + 4, items + 7],
        units=["USD m"] * (items + 7),
    )
    book.name("Working_capital_forecast", block, "Working capital and deposits")
    opening, taken, released, closing = (block.body(items + i) for i in (1, 2, 3, 4))
    net_opening, change, net_closing = (block.body(items + i) for i in (5, 6, 7))
    kind, days, share = (column_of(book, "working_items", c) for c in ("Kind", "Days", "Share"))
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


def leases(page: Page, book: Book) -> None:
    """Write what signed leases are worth and what they cost by year."""
    years, leases = len(book.years), len(book.case.tables["leases_signed"].rows)
    rate = book.areas["cost_of_capital.cost_of_debt"]
    block = page.block(
        "Lease_liability",
        f"LEASE_COMMITMENTS(Leases_signed,{rate})",
        leases + 2,
        4,
        column=LABEL,
        column_formats=["@", *[styles.MONEY] * 3],
        strong=[leases + 1],
        header="@",
        units=["USD m"] * (leases + 1),
    )
    # The total has no yearly cost, and that is no fault.
    book.recount(block.part(1, 1, leases, 3))
    book.count("Lease commitments, total", block.part(leases + 1, 1))
    book.count("Lease commitments, total present value", block.part(leases + 1, 3))
    book.name("Lease_liability", block, "Leases signed: present value")
    costs = page.block(
        "Lease_payments",
        f"LEASE_COSTS(Leases_signed,COLUMNS({book.areas['years']}))",
        leases + 4,
        years + 1,
        column=LABEL,
        row_formats=[styles.MONEY] * (leases + 3),
        strong=[leases + 1],
        units=["USD m"] * (leases + 3),
    )
    book.name("Lease_payments", costs, "Leases signed: cost by year")
    columns = [column_of(book, "leases_signed", c) for c in ("Commitment", "Start", "Term")]
    worth = []
    for i in range(leases):
        amount, start, term = (str(column.part(i, 0)) for column in columns)
        whole = f"AND({start}=INT({start}),{term}=INT({term}))"
        annuity = f"{amount}/{term}*(1-(1+{rate})^-{term})/{rate}*(1+{rate})^(0.5-{start})"
        # The closed form holds for whole years; the function needs no such thing.
        worth.append(f"IF({whole},{annuity},{block.part(1 + i, 3)})")
    book.checks += [
        Check("Leases: payments of the years shown and what is left are the commitments",
              f"SUM({costs.body(leases + 1)})+{costs.part(leases + 3, years)}",
              str(block.part(leases + 1, 1))),
        Check("Leases: present value as annuities", "+".join(worth),
              str(block.part(leases + 1, 3))),
    ]  # fmt: skip


def research(page: Page, book: Book) -> None:
    """Write research as capital, over as many years as the case knows before the latest."""
    spent = column_by_year(book, "research_expense", "Expense", -1)
    years = spent.rows
    current, past = spent.part(0, 0), spent.part(1, 0, years - 1)
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
        units=["USD m"] * (years + 1),
    )
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
