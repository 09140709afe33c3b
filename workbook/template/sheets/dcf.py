"""DCF: contracted revenue by year, cost of capital, forecast, terminal value, value per share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from model.case import CostOfCapital
from model.dcf import DcfValue, Forecast
from workbook.template import charts, styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Check, Page
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.dilution import worth_of_shares

UNIT, LABEL, FIRST = 1, 4, 5
FORECAST_LINES = [f.name for f in fields(Forecast)]
VALUE_LINES = [f.name for f in fields(DcfValue)]
Find = Callable[[str], Area]

STRONG = ("revenue", "operating_income", "free_cash_flow", "present_value")
STRONG_VALUES = ("enterprise_value", "equity_value", "value_per_share")


def write(book: Book) -> None:
    """Write the sheet."""
    years = len(book.years)
    last = FIRST + years - 1
    page = book.page(
        "DCF",
        "discounted cash flow",
        [11, 2, 2, 38, *[12.5] * years],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    page.put(HEAD_ROWS, UNIT, "Unit", "head_left")
    for column in (2, 3):
        page.put(HEAD_ROWS, column, None, "head_left")
    page.put(HEAD_ROWS, LABEL, "Year", "head_left")
    for i in range(years):
        link = f"='Inputs'!{book.areas['years'].part(0, i).by_column}"
        page.put(HEAD_ROWS, FIRST + i, link, "link_head", styles.YEAR)

    page.section("Contracted revenue by year, from the RPO schedule", last)
    contracted = _contracted(page, book)
    page.section("Cost of capital before it fades", last)
    _cost_of_capital(page, book)
    page.row += 1
    # The chart of the forecast stands before it, where one looks first.
    chart = page.leave(charts.HEIGHT)
    page.section("Forecast", last)
    forecast = _forecast(page, book, contracted)
    page.section("Value", last)
    value = _value(page, book, contracted)
    page.section("Cross-checks of the terminal value and of discounting", last)
    _cross_checks(page, book, forecast, value)
    page.section("Beside published figures", last)
    _published(page, book, forecast, value)

    rows = [FORECAST_LINES.index(f"{kind}_revenue") + 1
            for kind in ("contracted", "renewed", "uncontracted")]  # fmt: skip
    charts.bars(
        page,
        "Revenue by year: contracted, renewed and uncontracted",
        [(forecast.part(r, 0), forecast.body(r)) for r in rows],
        Area(page.title, HEAD_ROWS, FIRST, 1, years),
        LABEL,
        min(10, 1 + years),
        across="Year",
        grouping="stacked",
        row=chart,
    )
    page.finish(MASTER, last)


def _scalar(
    page: Page, unit: str, label: str, formula: str, *, style: str = "calc", form: str = ""
) -> Area:
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")
    area = page.put(page.row, FIRST, formula, style, form or styles.FORMATS[unit])
    page.row += 1
    return area


def _contracted(page: Page, book: Book) -> Area:
    block = page.block(
        "Contracted",
        "RPO_BY_YEAR(Opening_balance,Forecast_bands,Balance_date,First_year_end,"
        f"COLUMNS({book.areas['years']}),Rpo_shape,Final_month)",
        2,
        len(book.years) + 1,
        column=LABEL,
        row_formats=[styles.MONEY],
    )
    page.put(block.row + 1, UNIT, "USD m", "unit")
    area = block.body(1)
    book.name("Contracted_revenue", area, "Revenue from the opening balance by year")
    ends, recognised = book.areas["quarter_ends"], book.areas["Schedule"].body(3)
    last = f"EDATE(First_year_end,12*(COLUMNS({area})-1))"
    end, start = (f"YEAR({day})*12+MONTH({day})" for day in ("First_year_end", "Balance_date"))
    apart = f"{end}-({start})"
    inside = f"({ends}>EDATE(First_year_end,-12))*({ends}<={last})"
    book.checks.append(
        Check(
            "Contracted revenue is that of the quarters inside the forecast",
            # A quarter that lies across the end of a year belongs to neither.
            f"IF(MOD({apart},3)=0,SUMPRODUCT({inside}*{recognised}),SUM({area}))",
            f"SUM({area})",
        )
    )
    return area


def _cost_of_capital(page: Page, book: Book) -> None:
    a = book.areas
    inputs = {n: str(a[f"cost_of_capital.{n}"]) for n in CostOfCapital.model_fields}
    equity = _scalar(
        page, "USD m", "Market value of equity at the offer price",
        "=DILUTED_MARKET_CAP(Offer_price,Securities)",
    )  # fmt: skip
    debt = _scalar(page, "USD m", "Debt", f"={a['drivers.debt']}", style="link")
    cost = _scalar(
        page, "fraction", "Cost of equity",
        "=DCF_COST_OF_EQUITY({risk_free},{beta},{equity_risk_premium},{size_premium},"
        "{country_premium})".format(**inputs),
    )  # fmt: skip
    wacc = _scalar(
        page, "fraction", "Weighted average cost of capital",
        f"=DCF_WACC({equity.local},{debt.local},{cost.local},{inputs['cost_of_debt']},"
        f"{inputs['tax_rate']})",
    )  # fmt: skip
    book.name("Cost_of_equity", cost, "Cost of equity")
    book.name("Wacc", wacc, "Cost of capital before it fades")
    driver = a["drivers.wacc"]
    inputs_sheet = book.workbook[driver.sheet]
    cell = inputs_sheet.cell(driver.row, driver.column, f"={wacc}")
    cell.style, cell.number_format = "link", styles.PERCENT
    by_hand = (
        f"({equity}*({inputs['risk_free']}+{inputs['beta']}*{inputs['equity_risk_premium']}"
        f"+{inputs['size_premium']}+{inputs['country_premium']})"
        f"+{debt}*{inputs['cost_of_debt']}*(1-{inputs['tax_rate']}))/({equity}+{debt})"
    )
    book.numbers.append(("Cost of capital: every cell is a number", Area(
        page.title, equity.row, FIRST, 4)))  # fmt: skip
    book.checks.append(Check("Cost of capital by native formulas", by_hand, str(wacc)))


def _forecast(page: Page, book: Book, contracted: Area) -> Area:
    block = page.block(
        "Forecast",
        f"DCF_FORECAST(Drivers,{contracted.local})",
        len(FORECAST_LINES) + 1,
        len(book.years) + 1,
        column=LABEL,
        row_formats=[
            styles.FACTOR if f.name == "discount_factor" else styles.FORMATS[f.metadata["unit"]]
            for f in fields(Forecast)
        ],
        strong=[FORECAST_LINES.index(n) + 1 for n in STRONG],
    )
    for i, f in enumerate(fields(Forecast), 1):
        page.put(block.row + i, UNIT, f.metadata["unit"], "unit")
    book.name("Forecast", block, "Forecast, line by line")
    line = _lines(block)
    if block.columns > 2:
        book.checks.append(
            Check("Forecast: each year's tax losses open where the last closed",
                  f"SUMPRODUCT(({_from_second(line('loss_opening'))}"
                  f"-{_but_last(line('loss_closing'))})^2)", "0", 1e-12)
        )  # fmt: skip
    book.checks += [
        Check("Forecast: revenue is contracted, renewed and uncontracted",
              f"SUM({line('contracted_revenue')},{line('renewed_revenue')},"
              f"{line('uncontracted_revenue')})", f"SUM({line('revenue')})"),
        Check("Forecast: contracted revenue is the schedule's",
              f"SUM({line('contracted_revenue')})", f"SUM({contracted})"),
        Check("Forecast: operating income is revenue times margin",
              f"SUMPRODUCT({line('revenue')}*{line('operating_margin')})",
              f"SUM({line('operating_income')})"),
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


def _value(page: Page, book: Book, contracted: Area) -> Area:
    block = page.block(
        "Valuation",
        f"DCF_VALUE(Drivers,Securities,{contracted.local})",
        len(VALUE_LINES) + 1,
        3,
        column=LABEL,
        row_formats=[
            styles.FACTOR if f.name == "terminal_factor" else styles.FORMATS[f.metadata["unit"]]
            for f in fields(DcfValue)
        ],
        strong=[VALUE_LINES.index(n) + 1 for n in STRONG_VALUES],
        text_columns=(0, 2),
        header="@",
    )
    book.numbers[-1] = (book.numbers[-1][0], block.part(1, 1, block.rows - 1, 1))
    book.name("Valuation", block, "From the forecast to the value per share")
    return block


def _cross_checks(page: Page, book: Book, forecast: Area, value: Area) -> None:
    line = _lines(forecast)
    item = _values(value)
    factors = page.block(
        "Discounting",
        f"DCF_DISCOUNT_FACTORS({line('wacc').local},COLUMNS({line('wacc').local}),"
        f"{_driver(book, 'timing')},{_driver(book, 'stub')})",
        4,
        len(book.years) + 1,
        column=LABEL,
        row_formats=[styles.PERCENT, styles.PLAIN, styles.FACTOR],
        units=["fraction", "years", "ratio"],
    )
    page.row -= 1
    end = _end_factors(page, line, len(book.years)).part(0, len(book.years) - 1)
    first = page.row
    present = _scalar(
        page, "USD m", "Present value of the forecast",
        f"=DCF_PRESENT_VALUE({line('cash_flow').local},{line('wacc').local},"
        f"{_driver(book, 'timing')},{_driver(book, 'stub')})",
    )  # fmt: skip
    rate, growth = item("terminal_wacc").local, _driver(book, "terminal_growth")
    perpetuity = _scalar(
        page, "USD m", "Terminal value as a growing perpetuity",
        f"=DCF_TERMINAL_GROWTH({item('terminal_cash_flow').local},{rate},{growth})",
    )  # fmt: skip
    nopat, taken = (item(f"terminal_{name}").local for name in ("nopat", "reinvestment"))
    returns = _scalar(
        page, "fraction", "Return on new capital that it implies",
        # A loss has none; nor has growth that takes no capital, or capital that brings no growth.
        f'=IF(AND({nopat}>0,{growth}*{taken}>0),{growth}*{nopat}/{taken},"n.m.")',
    )  # fmt: skip
    driver = _scalar(
        page, "USD m", "Terminal value by the value driver formula",
        # Where growth takes more than the profit, no return on capital explains it.
        f"=IF(ISNUMBER({returns.local}),IF({returns.local}>={growth},"
        f"DCF_TERMINAL_ROIC({nopat},{rate},{growth},{returns.local}),{perpetuity.local}),"
        f"{perpetuity.local})",
    )  # fmt: skip
    last = len(book.years) - 1
    revenue, income, flow = (
        line(name).part(0, last) for name in ("revenue", "operating_income", "free_cash_flow")
    )
    multiple = _scalar(
        page, "ratio", "Multiple of final revenue that it implies, at N",
        f"=IF({revenue.local}=0,0,{item('pv_terminal').local}/{end.local}/{revenue.local})",
        form=styles.RATIO,
    )  # fmt: skip
    exit_value = _scalar(
        page, "USD m", "Terminal value by that multiple, at N",
        f"=IF({multiple.local}<0,{revenue.local}*{multiple.local},"
        f"DCF_TERMINAL_MULTIPLE({revenue.local},{multiple.local}))",
    )  # fmt: skip
    # A multiple stands at N already, whatever the timing of the flows.
    stands = f'IF({_driver(book, "terminal")}="multiple","end",{_driver(book, "timing")})'
    of_income = _scalar(
        page, "ratio", "Multiple of final operating income that it implies, at N",
        f"=IF({income.local}>0,DCF_IMPLIED_MULTIPLE({item('terminal_value').local},"
        f'{income.local},{rate},{stands}),"n.m.")',
        form=styles.RATIO,
    )  # fmt: skip
    implied = _scalar(
        page, "fraction", "Growth for ever of the final free cash flow that it implies",
        f"=IF(MIN({exit_value.local},{exit_value.local}+{flow.local}*(1+{rate}))>0,"
        f"DCF_IMPLIED_GROWTH({exit_value.local},{flow.local},{rate},"
        f'{_driver(book, "timing")}),"n.m.")',
    )  # fmt: skip
    price = _scalar(
        page, "USD", "Price of the equity value",
        f"=PRICE_PER_SHARE({item('equity_value').local},Securities,{_driver(book, 'method')})",
    )  # fmt: skip
    # What is implied may mean nothing.
    book.numbers += [
        (f"Cross-checks, {told}: every cell is a number", Area(page.title, row, FIRST, count))
        for told, row, count in (
            ("present value", first, 2), ("terminal value", driver.row, 3), ("price", price.row, 1)
        )
    ]  # fmt: skip
    middle = f'IF({_driver(book, "timing")}="mid",0.5,0)'
    book.checks += [
        Check("Discounting: present value by SUMPRODUCT",
              f"SUMPRODUCT({line('cash_flow')},{line('discount_factor')})",
              str(item("pv_forecast"))),
        Check("Discounting: present value by DCF_PRESENT_VALUE", str(present),
              str(item("pv_forecast"))),
        Check("Discounting: the last factor as a product of rates",
              f"{end}*(1+{line('wacc').part(0, last)})"
              f"^({middle}*{line('period_length').part(0, last)})",
              str(factors.part(3, 1 + last))),
        Check("Discounting: factors of the forecast and of DCF_DISCOUNT_FACTORS",
              f"SUM({line('discount_factor')})", f"SUM({factors.body(3)})"),
        Check("Terminal value: growing perpetuity and value driver formula agree",
              str(driver), str(perpetuity)),
        Check("Terminal value: multiple at N is worth the same today",
              f"{exit_value}*{end}", str(item("pv_terminal"))),
        Check("Terminal value: the multiples of revenue and of operating income agree",
              f"IF(ISNUMBER({of_income}),{of_income}*{income},{exit_value})", str(exit_value)),
        Check("Terminal value: the final cash flow at its implied growth is worth it",
              f"IF(ISNUMBER({implied}),{flow}*(1+{implied})*(1+{item('terminal_wacc')})^{middle}"
              f"/({item('terminal_wacc')}-{implied}),{exit_value})", str(exit_value)),
        Check("Terminal value: discounted at N - 0.5 for mid-period flows, at N otherwise",
              f"IF({_driver(book, 'terminal')}=\"multiple\",{end},"
              f"{end}*(1+{item('terminal_wacc')})^{middle})", str(item("terminal_factor"))),
        Check("Value: forecast and terminal value sum to the going-concern value",
              f"{item('pv_forecast')}+{item('pv_terminal')}", str(item("going_concern_value"))),
        Check("Value: survival and failure weighted by their probability",
              f"{item('going_concern_value')}*(1-{_driver(book, 'failure_probability')})"
              f"+{item('failure_proceeds')}*{_driver(book, 'failure_probability')}",
              str(item("enterprise_value"))),
        Check("Value: the bridge leads to the equity value",
              f"{item('enterprise_value')}+{item('cash')}+{item('offer_proceeds')}"
              f"+{item('other_assets')}-{item('debt')}-{item('leases')}-{item('other_claims')}",
              str(item("equity_value"))),
        Check("Value: price times diluted shares is equity, converted debt, less tax on RSUs",
              f"{item('value_per_share')}*{item('diluted_shares')}",
              worth_of_shares(book, item)),
        Check("Value: PRICE_PER_SHARE gives the value per share", str(price),
              str(item("value_per_share"))),
    ]  # fmt: skip


def _end_factors(page: Page, line: Find, years: int) -> Area:
    """Write factors at the ends of the years as a native running product.

    The label to the left of the first year is no number, so that one formula serves the row.
    """
    page.put(page.row, UNIT, "ratio", "unit")
    page.put(page.row, LABEL, "Factor at the end of the year, natively", "label")
    formulas = []
    for i in range(years):
        before = Area(page.title, page.row, FIRST + i - 1).local.replace("$", "")
        rate, length = (
            line(n).part(0, i).local.replace("$", "") for n in ("wacc", "period_length")
        )
        formulas.append(f"=IF(ISNUMBER({before}),{before},1)/(1+{rate})^{length}")
    area = page.series(FIRST, formulas, number_format=styles.FACTOR)
    page.row += 1
    return area


def _published(page: Page, book: Book, forecast: Area, value: Area) -> None:
    page.put(page.row, UNIT, "Unit", "head_left")
    for column, text in ((LABEL, "Figure"), (FIRST, "Published"), (FIRST + 1, "Here"),
                         (FIRST + 2, "Difference")):  # fmt: skip
        page.put(page.row, column, text, "head_left" if column == LABEL else "head")
    page.put(page.row, FIRST + 3, "Why", "note_head")
    for column in range(FIRST + 4, FIRST + len(book.years)):
        page.put(page.row, column, None, "head_left")
    page.row += 1
    line, item = _lines(forecast), _values(value)
    for key, published in book.case.published.items():
        figure = published.figure
        form = styles.FORMATS[figure.unit]
        if published.year is None:
            here = item(published.beside)
        else:
            here = line(published.beside).part(0, book.years.index(published.year))
        page.put(page.row, UNIT, figure.unit, "unit")
        page.put(page.row, LABEL, published.label, "label")
        theirs = page.put(page.row, FIRST, f"={book.areas[f'published.{key}']}", "link", form)
        ours = page.put(page.row, FIRST + 1, f"={here.local}", "calc", form)
        page.put(
            page.row,
            FIRST + 2,
            f"=IF({theirs.local}=0,0,{ours.local}/{theirs.local}-1)",
            "calc",
            styles.PERCENT,
        )
        note = book.areas[f"published.{key}"]
        why = Area(note.sheet, note.row, note.column + len(book.years) + 1)
        page.put(page.row, FIRST + 3, f'={why}&""', "link_text")
        page.sheet.cell(page.row, FIRST + 3).style = "note"
        if len(book.years) > 4:
            page.sheet.merge_cells(
                start_row=page.row, end_row=page.row,
                start_column=FIRST + 3, end_column=FIRST + len(book.years) - 1,
            )  # fmt: skip
        page.fit(figure.note, FIRST + 3, max(1, len(book.years) - 3))
        page.row += 1


def _lines(block: Area) -> Find:
    """Find a line of the forecast, all its years, by its name in the model."""
    return lambda name: block.body(FORECAST_LINES.index(name) + 1)


def _values(block: Area) -> Find:
    """Find a number of the valuation by its name in the model."""
    return lambda name: block.part(VALUE_LINES.index(name) + 1, 1)


def _driver(book: Book, name: str) -> str:
    return str(book.areas[f"drivers.{name}"])


def _from_second(area: Area) -> Area:
    return area.part(0, 1, 1, area.columns - 1)


def _but_last(area: Area) -> Area:
    return area.part(0, 0, 1, area.columns - 1)
