"""DCF, last part: terminal value and discounting by other methods, and published figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from model.case.parts import Published
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.published import CAPITAL, REVENUE, dates
from workbook.template.rows import FIRST, LABEL, UNIT, scalar
from workbook.template.sheets.dcf.lines import driver, forecast_line, value_line
from workbook.template.sheets.inputs.lines import WHY, note_of

PART = "cross-checks"
#: Rows of the cross-checks.
CROSS_CHECKS = 9


def reserve(page: Page, book: Book) -> None:
    """Leave the rows of the cross-checks, and two rows for each published figure."""
    figures = len(not_by_year(book))
    page.reserve(PART, 2 + CROSS_CHECKS + (2 + 1 + 2 * figures if figures else 0) + 1)


def by_year(page: Page, book: Book) -> Area:
    """Write discounting and fading by year, and return the factor at the last year's end."""
    line = partial(forecast_line, book)
    if book.case.segments:
        # The drivers state the dates, and no part of the year.
        left = "=MIN(1,(First_year_end-Valuation_date)/(First_year_end-EDATE(First_year_end,-12)))"
        book.areas["drivers.stub"] = scalar(
            page, "ratio", "Part of the first year that is left", left, form=styles.FACTOR
        )
        page.row += 1
    factors = page.result(
        "Discounting",
        f"DCF_DISCOUNT_FACTORS({line('wacc').local},COLUMNS({line('wacc').local}),"
        f"{driver(book, 'timing')},{driver(book, 'stub')})",
        across=len(book.years),
    ).line("discount_factor")
    page.row -= 1
    last = len(book.years) - 1
    end = _end_factors(page, line, len(book.years)).part(0, last)
    page.row += 1
    _fade(page, book, line("wacc"))
    middle = _middle(book)
    book.checks += [
        Check("Discounting: the last factor as a product of rates",
              f"{end}*(1+{line('wacc').part(0, last)})"
              f"^({middle}*{line('period_length').part(0, last)})",
              str(factors.part(0, last))),
        Check("Discounting: factors of the forecast and of DCF_DISCOUNT_FACTORS",
              f"SUM({line('discount_factor')})", f"SUM({factors})"),
    ]  # fmt: skip
    return end


def _middle(book: Book) -> str:
    """Give the part of a year by which flows come before its end, as a formula."""
    return f'IF({driver(book, "timing")}="mid",0.5,0)'


def cross_checks(page: Page, book: Book, end: Area) -> None:
    """Write the terminal value and the discounting by other methods."""
    line, item = partial(forecast_line, book), partial(value_line, book)
    first = page.row
    present = scalar(
        page, "USD m", "Present value of the forecast",
        f"=DCF_PRESENT_VALUE({line('cash_flow').local},{line('wacc').local},"
        f"{driver(book, 'timing')},{driver(book, 'stub')})",
    )  # fmt: skip
    rate, growth = item("terminal_wacc").local, driver(book, "terminal_growth")
    perpetuity = scalar(
        page, "USD m", "Terminal value as a growing perpetuity",
        f"=IF({rate}>{growth},{item('terminal_cash_flow').local}/({rate}-{growth}),\"n.m.\")",
    )  # fmt: skip
    nopat, taken = (item(f"terminal_{name}").local for name in ("nopat", "reinvestment"))
    returns = scalar(
        page, "fraction", "Return on new capital that it implies",
        # A loss has none; neither has growth without capital, nor capital without growth.
        f'=IF(AND({nopat}>0,{growth}*{taken}>0),{growth}*{nopat}/{taken},"n.m.")',
    )  # fmt: skip
    by_driver = scalar(
        page, "USD m", "Terminal value by the value driver formula",
        # If growth requires more than the profit, no return on capital explains it.
        f"=IF(ISNUMBER({returns.local}),IF({returns.local}>={growth},"
        f"DCF_TERMINAL_ROIC({nopat},{rate},{growth},{returns.local}),{perpetuity.local}),"
        f"{perpetuity.local})",
    )  # fmt: skip
    last = len(book.years) - 1
    revenue, income, flow = (
        line(name).part(0, last) for name in ("revenue", "operating_income", "free_cash_flow")
    )
    multiple = scalar(
        page, "ratio", "Multiple of final revenue that it implies, at N",
        f"=IF({revenue.local}=0,0,{item('pv_terminal').local}/{end.local}/{revenue.local})",
        form=styles.RATIO,
    )  # fmt: skip
    exit_value = scalar(
        page, "USD m", "Terminal value by that multiple, at N",
        f"={revenue.local}*{multiple.local}",
    )  # fmt: skip
    # A multiple is already at N, regardless of the timing of the flows.
    stands = f'IF({driver(book, "terminal")}="multiple","end",{driver(book, "timing")})'
    of_income = scalar(
        page, "ratio", "Multiple of final operating income that it implies, at N",
        f"=IF({income.local}>0,DCF_IMPLIED_MULTIPLE({item('terminal_value').local},"
        f'{income.local},{rate},{stands}),"n.m.")',
        form=styles.RATIO,
    )  # fmt: skip
    implied = scalar(
        page, "fraction", "Perpetual growth of the final free cash flow that it implies",
        f"=IF(MIN({exit_value.local},{exit_value.local}+{flow.local}*(1+{rate}))>0,"
        f"DCF_IMPLIED_GROWTH({exit_value.local},{flow.local},{rate},"
        f'{driver(book, "timing")}),"n.m.")',
    )  # fmt: skip
    price = scalar(
        page, "USD", "Price of the equity value",
        f"=PRICE_PER_SHARE({item('equity_value').local},Securities,{driver(book, 'method')})",
    )  # fmt: skip
    # Implied figures may be not meaningful; any other text in their place is a failure, and the
    # checks calculate with them.
    for kind, row, count in (
        ("present value", first, 2),
        ("terminal value", by_driver.row, 3),
        ("price", price.row, 1),
    ):
        book.count(f"Cross-checks, {kind}", Area(page.title, row, FIRST, count))
    middle = _middle(book)
    if not any("wacc" in segment.figures for segment in book.case.segments.values()):
        # A segment's own cost of capital discounts its lines, and no factor the sum.
        book.checks += [
            Check("Discounting: present value by SUMPRODUCT",
                  f"SUMPRODUCT({line('cash_flow')},{line('discount_factor')})",
                  str(item("pv_forecast"))),
            Check("Discounting: present value by DCF_PRESENT_VALUE", str(present),
                  str(item("pv_forecast"))),
            Check("Terminal value: growing perpetuity and value driver formula agree",
                  str(by_driver), str(perpetuity)),
            Check("Terminal value: the multiples of revenue and of operating income agree",
                  f'IF({of_income}="n.m.",{exit_value},{of_income}*{income})', str(exit_value)),
        ]  # fmt: skip
    book.checks += [
        Check("Terminal value: multiple at N is worth the same today",
              f"{exit_value}*{end}", str(item("pv_terminal"))),
        Check("Terminal value: the final cash flow at its implied growth is worth it",
              f'IF({implied}="n.m.",{exit_value},'
              f"{flow}*(1+{implied})*(1+{item('terminal_wacc')})^{middle}"
              f"/({item('terminal_wacc')}-{implied}))", str(exit_value)),
        Check("Terminal value: discounted at N - 0.5 for mid-period flows, at N otherwise",
              f"IF({driver(book, 'terminal')}=\"multiple\",{end},"
              f"{end}*(1+{item('terminal_wacc')})^{middle})", str(item("terminal_factor"))),
        Check("Value: forecast and terminal value sum to the going-concern value",
              f"{item('pv_forecast')}+{item('pv_terminal')}", str(item("going_concern_value"))),
        Check("Value: survival and failure weighted by their probability",
              f"{item('going_concern_value')}*(1-{driver(book, 'failure_probability')})"
              f"+{item('failure_proceeds')}*{driver(book, 'failure_probability')}",
              str(item("enterprise_value"))),
        Check("Value: the bridge leads to the equity value",
              f"{item('enterprise_value')}+{item('cash')}+{item('offer_proceeds')}"
              f"+{item('other_assets')}-{item('debt')}-{item('leases')}-{item('other_claims')}"
              + (f"+{item('interim_cash_flow')}" if book.case.segments else ""),
              str(item("equity_value"))),
        Check("Value: price times diluted shares is equity, converted debt, less tax on RSUs",
              f"{item('value_per_share')}*{item('diluted_shares')}",
              f"{item('equity_value')}+{item('converted_debt')}-{item('rsu_tax')}"
              f"-{item('repaid')}"),
        Check("Value: PRICE_PER_SHARE gives the value per share", str(price),
              str(item("value_per_share"))),
    ]  # fmt: skip


def _fade(page: Page, book: Book, wacc: Area) -> None:
    """Write the fading cost of capital again, from the year in which it begins to fade."""
    years = f"COLUMNS({wacc.local})"
    hold, target = driver(book, "wacc_years"), driver(book, "terminal_wacc")
    held = scalar(page, "years", "Years before the cost of capital fades",
                  f"=IF(ISNUMBER({hold}),{hold},{years})")  # fmt: skip
    goal = scalar(
        page, "fraction", "Cost of capital that it fades to",
        f"=IF(ISNUMBER({target}),{target},INDEX({wacc.local},{years}))",
    )  # fmt: skip
    page.row += 1
    block = page.result(
        "Fading",
        f"DCF_FADE(INDEX({wacc.local},{held.local}),{goal.local},{held.local},{years})",
        across=len(book.years),
    )
    rate, compounded = block.line("rate"), block.line("compounded")
    year = block.body(0)
    book.checks += [
        # Before it fades, the cost of capital may differ from year to year.
        Check("Cost of capital: it fades as by DCF_FADE",
              f"SUMPRODUCT(({year}>={held})*{rate})", f"SUMPRODUCT(({year}>={held})*{wacc})"),
        Check("Cost of capital: compounded year upon year",
              f"1+SUMPRODUCT({rate}*{compounded}/(1+{rate}))",
              str(compounded.part(0, wacc.columns - 1))),
    ]  # fmt: skip


def _end_factors(page: Page, line: Callable[[str], Area], years: int) -> Area:
    """Write factors at the ends of the years as a native running product.

    The label to the left of the first year is not a number, so that one formula fits the row.
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


def published(page: Page, book: Book) -> None:
    """Compare published figures with those of the sheet; the rest is on the sheets of its lines."""
    page.put(page.row, UNIT, "Unit", "head_left")
    for column, text in ((LABEL, "Figure"), (FIRST, "Published"), (FIRST + 1, "Here"),
                         (FIRST + 2, "Difference")):  # fmt: skip
        page.put(page.row, column, text, "head_left" if column == LABEL else "head")
    why = FIRST + 3
    page.put(page.row, why, "Why", "note_head")
    for column in range(why + 1, FIRST + len(book.years)):
        page.put(page.row, column, None, "head_left")
    page.row += 1
    for key, known in not_by_year(book):
        form = styles.FORMATS[known.unit]
        if known.year is None:
            here = value_line(book, known.line)
        else:
            here = forecast_line(book, known.line).part(0, book.years.index(known.year))
        page.put(page.row, UNIT, known.unit, "unit")
        page.put(page.row, LABEL, known.label, "label")
        theirs = page.put(page.row, FIRST, f"={book.areas[f'published.{key}']}", "link", form)
        ours = page.put(page.row, FIRST + 1, f"={here.local}", "calc", form)
        page.put(
            page.row,
            FIRST + 2,
            f"=IF({theirs.local}=0,0,{ours.local}/{theirs.local}-1)",
            "calc",
            styles.PERCENT,
        )
        said = note_of(book, WHY, book.areas[f"published.{key}"].row)
        page.put(page.row, why, f'={said}&""', "link_note")
        across = FIRST + len(book.years) - why
        if across > 1:
            page.merge(page.row, why, why + across - 1)
        page.fit(known.note, why, max(1, across))
        page.row += 1
        page.put(page.row, LABEL, "As of, public since, and when valued", "note")
        dates(page, book, key, FIRST)
        page.row += 1


def not_by_year(book: Book) -> list[tuple[str, Published]]:
    """Return the figures that are not next to their line on a sheet of its own."""
    shown = (*REVENUE, *CAPITAL)
    return [
        (key, known)
        for key, known in book.case.published.items()
        if known.quarter is None and not (known.year is not None and known.line in shown)
    ]
