"""Costs and capital: what each line costs and ties up, leases, research and reported income."""

from __future__ import annotations

from collections.abc import Iterator

from model.dcf.segments import COSTS
from workbook.template import charts, published, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import nth, room_for, summed
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    UNIT,
    by_year,
    check_years_of,
    column_of,
    contracted_megawatts,
    line_head,
    put_line,
    scalar,
    years_across,
)
from workbook.template.sheets.dcf.lines import forecast_line, forecast_lines, links, put_name

#: The bridges of the last year and the year before, each with the published figure.
BRIDGES = {
    "non_gaap_bridge": "scalars.non_gaap", "non_gaap_bridge_before": "scalars.non_gaap_before",
}  # fmt: skip
#: Leases of which the values fit into one formula.
SEVERAL = 8
#: What capital takes from cash, or gives to it, of a company with segments.
CAPITAL = {
    "total_capital_spending": "Capital spending",
    "total_depreciation": "Depreciation",
    "total_freed_capital": "Capital freed",
    "total_working_capital": "Change of working capital",
    "total_collected": "Revenue collected before",
}
#: The same without segments.
REINVESTED = {
    "reinvested_by_sales": "Reinvestment by sales-to-capital",
    "capital_expenditure": "Capital expenditure",
    "depreciation": "Depreciation",
    "working_capital_change": "Change of working capital",
}


def write(book: Book) -> None:
    """Write the sheet."""
    tables = book.case.tables
    last = FIRST + len(book.years) - 1
    page = book.page(
        "Costs and capital",
        "costs, and the capital they require",
        [11, 2, 2, 52, *[12.5] * len(book.years)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    line_head(page, last)
    page.section("Costs by line, before depreciation, and operating income", last)
    years = years_across(page, book, page.row)
    _costs(page, book, years)
    page.section("Capital by year", last)
    if "plant" in tables:
        mw = scalar(page, "MW", "Plant that serves contracts", f"={contracted_megawatts(book)}")
        book.name("Contracted_megawatts", mw, "Megawatts of plant that serves contracts")
        page.row += 1
    _capital(page, book, last)
    if "leases_signed" in tables:
        page.section("Leases signed, including those not yet commenced", last)
        _leases(page, book)
    if "research_expense" in tables:
        page.section("Research as capital", last)
        _research(page, book)
    for key in (key for key in BRIDGES if key in tables):
        page.section(tables[key].label, last)
        _bridge(page, book, key)
    page.finish(published.by_year(page, book, published.CAPITAL, years_again=True))


def _costs(page: Page, book: Book, heads: Area) -> None:
    """Write the costs of each line, and lead from revenue to operating income."""
    income = forecast_line(book, "operating_income")
    if book.case.segments:
        block = book.block("Segment_lines")
        revenue = put_line(page, "USD m", "Revenue", links(book.areas["revenue"]), style="link")
        rows = []
        for i in range(len(forecast_lines(book))):
            rows.append(put_line(page, "USD m", "", links(block.line("costs", i)), style="link"))
            put_name(page, book, rows[i].row, i)
        written_off = put_line(
            page, "USD m", "Depreciation", links(block.line("total_depreciation")), style="link"
        )
        above = Area(page.title, rows[0].row, FIRST, len(rows) + 1)
        formulas = [
            f"={revenue.part(0, i).local.replace('$', '')}"
            f"-SUM({above.part(0, i, above.rows).local.replace('$', '')})"
            for i in range(heads.columns)
        ]
        made = put_line(page, "USD m", "Operating income", formulas)
        book.checks += [
            Check("Costs: revenue less costs and depreciation is the forecast's income",
                  f"SUMPRODUCT({heads}*{made})", f"SUMPRODUCT({heads}*{income})"),
            *_company_costs(book, block),
            Check("Costs: depreciation is the forecast's",
                  f"SUM({written_off})", f"SUM({forecast_line(book, 'depreciation')})"),
        ]  # fmt: skip
    else:
        put_line(page, "USD m", "Operating income", links(income), style="link")
    margin = links(forecast_line(book, "operating_margin"))
    put_line(page, "fraction", "Operating margin", margin, style="link")
    page.row += 1


def _company_costs(book: Book, block: Block) -> Iterator[Check]:
    """Check that the costs of the company are those on Inputs."""
    names = [name.casefold() for name in forecast_lines(book)]
    for driver, label in COSTS.items():
        if driver in book.case.drivers:
            line, stated = block.line("costs", names.index(label.casefold())), f"drivers.{driver}"
            of, value = book.live(stated), book.areas["driver_values"].column
            one = Area(of.sheet, of.row, value)
            by_year = Area(of.sheet, of.row, value + 1, 1, len(book.years))
            yield Check(
                f"Costs: {label.lower()} by year are those on Inputs",
                f"SUM({line})",
                f"{len(book.years)}*SUM({one})+SUM({by_year})",
            )


def _plant(book: Book, spent: Area) -> None:
    """Check the spending on plant that falls within the forecast's years."""
    begun, lead, mw, price = (
        column_of(book, "plant", h) for h in ("In service", "Lead time", "MW", "Price per MW")
    )
    start = "EDATE(First_year_end,-12)"
    end = f"EDATE(First_year_end,{len(book.years)}*12-12)"
    # A month has 31 days at most, so that spending begins after the start.
    book.checks.append(
        Check("Capital: spending on plant is megawatts at their price",
              f"IF(SUMPRODUCT(({mw}>0)*(({begun}-31*{lead}<{start})+({begun}>{end})))=0,"
              f"SUMPRODUCT({mw}*{price}),SUM({spent}))", f"SUM({spent})")
    )  # fmt: skip


def _capital(page: Page, book: Book, last: int) -> None:
    """Write what is spent on capital, depreciated, freed and tied up."""
    years = years_across(page, book, page.row)
    if book.case.segments:
        block = book.block("Segment_lines")
        lines = {label: block.line(name) for name, label in CAPITAL.items()}
    else:
        lines = {label: forecast_line(book, name) for name, label in REINVESTED.items()}
    rows = {
        label: put_line(page, "USD m", label, links(line), style="link")
        for label, line in lines.items()
    }
    put_line(
        page, "USD m", "Reinvestment", links(forecast_line(book, "reinvestment")), style="link"
    )
    if book.case.segments:
        signs = {"Depreciation": "-", "Capital freed": "-"}
        total = "".join(f"{signs.get(label, '+')}SUM({row})" for label, row in rows.items())
        shares = block.line("total_given_in_shares")
        book.checks.append(
            Check("Capital: spending, depreciation and what is tied up are the reinvestment",
                  f"{total.removeprefix('+')}-SUM({shares})",
                  f"SUM({forecast_line(book, 'reinvestment')})")
        )  # fmt: skip
        stated = [book.case.drivers, *(s.figures for s in book.case.segments.values())]
        if "plant" in book.case.tables and not any("capital_expenditure" in of for of in stated):
            _plant(book, forecast_line(book, "capital_expenditure"))
    page.row += 1
    charts.bars(
        page,
        "Capital spending and depreciation by year",
        [
            (row.part(0, -1), row)
            for label, row in rows.items()
            if label in ("Capital spending", "Capital expenditure", "Depreciation")
        ],
        years,
        LABEL,
        min(10, last - LABEL + 1),
        across="Year",
        values=True,
    )


def _leases(page: Page, book: Book) -> None:
    """Write the present value of signed leases and their cost by year."""
    years, leases = len(book.years), room_for(book, "leases_signed")
    rate, signed = book.areas["cost_of_capital.cost_of_debt"], "Leases_signed"
    block = page.result("Lease_liability", f"LEASE_COMMITMENTS({signed},{rate})", rows=leases)
    total, worth = block.total("commitment"), block.total("present_value")
    # The total has no yearly cost, which is not an error.
    book.recount(block.part(1, 1, leases, block.columns - 1))
    book.count("Lease commitments, total", total)
    book.count("Lease commitments, total present value", worth)
    book.name("Lease_liability", block, "Leases signed: present value")
    costs = page.result(
        "Lease_payments",
        f"LEASE_COSTS({signed},COLUMNS({book.areas['years']}))",
        across=years,
        things={"leases": leases},
    )
    book.name("Lease_payments", costs, "Leases signed: cost by year")
    columns = [column_of(book, "leases_signed", c) for c in ("Commitment", "Start", "Term")]
    values, annuities = block.column_of("present_value"), []
    for i in range(leases):
        amount, start, term = (nth(column, i + 1) for column in columns)
        whole = f"AND({start}=INT({start}),{term}=INT({term}))"
        annuity = f"{amount}/{term}*(1-(1+{rate})^-{term})/{rate}*(1+{rate})^(0.5-{start})"
        # The closed form holds only for whole years; the function holds for any.
        annuities.append(f'IF({amount}="",0,IF({whole},{annuity},{values.part(i, 0)}))')
    book.checks += [
        Check("Leases: payments shown and later ones add up to the commitments",
              f"SUM({costs.line('cost')})+{costs.line('closing').part(0, years - 1)}", str(total)),
        Check("Leases: present value of all", f"SUM({values})", str(worth)),
        *(Check(f"Leases: present value as annuities{f', from number {i + 1}' * (i > 0)}",
                summed(annuities[i : i + SEVERAL]),
                f"SUM({values.part(i, 0, min(SEVERAL, leases - i))})")
          for i in range(0, leases, SEVERAL)),
    ]  # fmt: skip


def _research(page: Page, book: Book) -> None:
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
