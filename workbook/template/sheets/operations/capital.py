"""Operations, second part: plant, working capital, leases and research."""

from __future__ import annotations

from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, by_year, check_years_of, column_of, put_line
from workbook.template.sheets.dcf.lines import forecast_line
from workbook.template.sheets.operations.lines import here, put_against, there, yearly

#: Balance sheet figures released as capacity is delivered.
DEPOSITS = ("balance_sheet.customer_deposits", "balance_sheet.deferred_revenue")


def plant(page: Page, book: Book) -> None:
    """Write capital spending, depreciation by vintage, and the corkscrews of plant."""
    years = len(book.years)
    added, deposits = yearly(page, book, "plant_additions", ["Added", "Deposits"], years)
    book.areas |= {"plant.added": added, "plant.deposits": deposits}
    inputs = {
        name: str(book.areas[f"scalars.plant_{name}"])
        for name in ("unit_cost", "life", "cost_decline", "opening", "convention")
    }
    block = page.result(
        "Plant",
        f"CAPEX_VINTAGES({added.local},{inputs['unit_cost']},{inputs['life']},{inputs['cost_decline']},"
        f"{inputs['opening']},{inputs['opening']},{inputs['life']},{inputs['convention']})",
        across=years,
        things={"vintages": 1 + years},
    )
    book.name("Plant", block, "Capital spending and depreciation by vintage")
    units, cost, spent = map(block.line, ("added", "unit_cost", "capital_expenditure"))
    vintages, depreciation = block.lines("by_vintage"), block.line("depreciation")
    gross_opening, retired, gross_closing = map(
        block.line, ("gross_opening", "retired", "gross_closing")
    )
    net_opening, net_closing = block.line("net_opening"), block.line("net_closing")
    start = f'IF({inputs["convention"]}="full-year",0,0.5)'
    book.checks += [
        Check("Plant: spending is capacity times unit cost",
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
    put_against(page, book, "Reinvestment in the DCF", "reinvestment", net, "USD m")
    page.row += 1
    charts.bars(
        page,
        "Capital expenditure and depreciation by year",
        [(line.part(0, -1), line) for line in (spent, depreciation)],
        Area(page.title, HEAD_ROWS, FIRST, 1, years),
        LABEL,
        min(10, 1 + years),
        across="Year",
    )


def working_capital(page: Page, book: Book) -> None:
    """Write working capital on the revenue and the costs of the DCF."""
    years = len(book.years)
    revenue = forecast_line(book, "revenue")
    received, delivered = (book.areas[f"plant.{name}"].local for name in ("deposits", "added"))
    deposits = "+".join(str(book.areas[path]) for path in DEPOSITS if path in book.areas) or "0"
    income = forecast_line(book, "operating_income")
    links = [f"={there(revenue.part(0, i))}-{there(income.part(0, i))}" for i in range(years)]
    costs = put_line(page, "USD m", "Costs in the DCF", links, style="link")
    page.row += 1
    block = page.result(
        "Working_capital_forecast",
        f"WORKING_CAPITAL({revenue},Working_items,{costs.local},{received},{delivered},{deposits})",
        across=years,
        things={"items": len(book.case.tables["working_items"].rows)},
    )
    book.name("Working_capital_forecast", block, "Working capital and deposits")
    opening, taken, released, closing = (
        block.line(f"deposits_{part}") for part in ("opening", "received", "released", "closing")
    )
    net_opening, change, net_closing = map(block.line, ("net_opening", "change", "net_closing"))
    kind, days, share = (column_of(book, "working_items", c) for c in ("Kind", "Days", "Share"))
    # Each row has days or a share, and an empty cell counts as zero in a product.
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
    """Write the present value of signed leases and their cost by year."""
    years, leases = len(book.years), len(book.case.tables["leases_signed"].rows)
    rate = book.areas["cost_of_capital.cost_of_debt"]
    block = page.result("Lease_liability", f"LEASE_COMMITMENTS(Leases_signed,{rate})", rows=leases)
    total, worth = block.total("commitment"), block.total("present_value")
    # The total has no yearly cost, which is not an error.
    book.recount(block.part(1, 1, leases, block.columns - 1))
    book.count("Lease commitments, total", total)
    book.count("Lease commitments, total present value", worth)
    book.name("Lease_liability", block, "Leases signed: present value")
    costs = page.result(
        "Lease_payments",
        f"LEASE_COSTS(Leases_signed,COLUMNS({book.areas['years']}))",
        across=years,
        things={"leases": leases},
    )
    book.name("Lease_payments", costs, "Leases signed: cost by year")
    columns = [column_of(book, "leases_signed", c) for c in ("Commitment", "Start", "Term")]
    annuities = []
    for i in range(leases):
        amount, start, term = (str(column.part(i, 0)) for column in columns)
        whole = f"AND({start}=INT({start}),{term}=INT({term}))"
        annuity = f"{amount}/{term}*(1-(1+{rate})^-{term})/{rate}*(1+{rate})^(0.5-{start})"
        # The closed form holds only for whole years; the function holds for any.
        each = block.column_of("present_value").part(i, 0)
        annuities.append(f"IF({whole},{annuity},{each})")
    book.checks += [
        Check("Leases: payments shown and later ones add up to the commitments",
              f"SUM({costs.line('cost')})+{costs.line('closing').part(0, years - 1)}", str(total)),
        Check("Leases: present value as annuities", "+".join(annuities), str(worth)),
    ]  # fmt: skip


def research(page: Page, book: Book) -> None:
    """Write research as capital, over the number of years in the case before the latest."""
    check_years_of(book, "research_expense", back=True)
    stated = column_of(book, "research_expense", "Year")
    years = stated.rows
    backwards = [f"=MAX({stated})-{i}" for i in range(years)]
    across = put_line(page, "year", "Year", backwards, style="link", form=styles.YEAR)
    spent = put_line(
        page, "USD m", "Research expense",
        [f"={by_year(book, 'research_expense', 'Expense', across.part(0, i).by_column)}"
         for i in range(years)], style="link",
    )  # fmt: skip
    page.row += 1
    current, past = spent.part(0, 0), spent.part(0, 1, 1, years - 1)
    life = f"COLUMNS({past})"
    block = page.result("Research", f"DCF_RESEARCH_CAPITAL({current},{past},{life})", rows=years)
    for row in range(1, block.rows):
        page.put(block.row + row, UNIT, "USD m", "unit")
    book.name("Research", block, "Research as capital")
    expense, part = block.column_of("expense"), block.column_of("unamortised")
    asset, charge = block.column_of("asset"), block.column_of("amortisation")
    book.checks += [
        Check("Research: the asset is what is left of each year's expense",
              f"SUMPRODUCT({expense}*{part})", str(block.total('asset'))),
        Check("Research: half of a steady expense remains, and half a year", f"({life}+1)/2",
              f"SUM({part})"),
        Check("Research: the adjustment is the expense less the amortisation",
              f"{current}-SUM({charge})", str(block.total('adjustment'))),
        Check("Research: the asset of all years", f"SUM({asset})", str(block.total('asset'))),
    ]  # fmt: skip
