"""Valuation: growth that falls in stages after the forecast, and the chance of failure."""

from __future__ import annotations

from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import LABEL, column_of, has, put_line, scalar
from workbook.template.sheets.dcf.lines import driver, forecast_line, value_line
from workbook.template.sheets.dilution import at_edge
from workbook.template.sheets.valuation.lines import each, heads, years

NEEDED = ("scalars.stage_years", "scalars.transition_years")
FAILURE = ("scalars.distress_proceeds", "tables.default_rates")
#: Years that a user can add to the stages before the schedule is too short.
ROOM = 2
WAYS = ("At once", "Two stages", "Three stages", "H-model")


def columns(book: Book) -> int:
    """Columns of numbers that the schedule takes, its terminal one included."""
    return _years(book) + 1 if has(book, NEEDED) else 0


def _years(book: Book) -> int:
    return ROOM + sum(
        int(book.case.scalars[path.removeprefix("scalars.")].number) for path in NEEDED
    )


def write(page: Page, book: Book) -> None:
    """Write the value after the forecast by each way, its effect on a share, and a schedule."""
    last = len(book.years) - 1

    def link(unit: str, label: str, at: Area | str, form: str = "") -> str:
        return scalar(page, unit, label, f"={at}", style="link", form=form).local

    flow = link("USD m", "Free cash flow of the final year",
                forecast_line(book, "free_cash_flow").part(0, last))  # fmt: skip
    growth = link("fraction", "Growth of revenue in the final year",
                  forecast_line(book, "revenue_growth").part(0, last))  # fmt: skip
    forever = link("fraction", "Terminal growth", driver(book, "terminal_growth"))
    rate = link("fraction", "Terminal cost of capital", value_line(book, "terminal_wacc"))
    first = link("years", "Years at the final year's growth", "Stage_years", styles.COUNT)
    then = link("years", "Years of decline after them", "Transition_years", styles.COUNT)
    # A perpetuity stands half a year before an exit multiple where flows fall in mid-year.
    stands = f'AND({driver(book, "terminal")}="multiple",{driver(book, "timing")}="mid")'
    factor = scalar(
        page, "ratio", "Discount factor of flows after the forecast",
        f"={value_line(book, 'terminal_factor')}*IF({stands},SQRT(1+{rate}),1)",
        form=styles.FACTOR,
    ).local  # fmt: skip
    page.row += 1
    heads(page, "Growth falls to the terminal rate", WAYS)
    value = put_line(
        page, "USD m", "Value of the flows after the forecast",
        [
            f"=DCF_TERMINAL_GROWTH({flow}*(1+{forever}),{rate},{forever})",
            f"=DCF_TWO_STAGE({flow},{growth},{first},{forever},{rate})",
            f"=DCF_THREE_STAGE({flow},{growth},{first},{then},{forever},{rate})",
            f"=DCF_H_MODEL({flow},{growth},{forever},({first}+{then})/2,{rate})",
        ],
    )  # fmt: skip
    put_line(page, "fraction", "Above that of growth at once",
             [f"=IF({value.part(0, 0).local}=0,0,{v}/{value.part(0, 0).local}-1)"
              for v in each(value)])  # fmt: skip
    present = put_line(page, "USD m", "Present value", [f"={v}*{factor}" for v in each(value)])
    before, survives = value_line(book, "pv_terminal"), driver(book, "failure_probability")
    equity = put_line(
        page, "USD m", "Equity value, the bridge as in the DCF",
        [f"={value_line(book, 'equity_value')}+({p}-{before})*(1-{survives})"
         for p in each(present)],
    )  # fmt: skip
    price = _prices(page, "Value per share", equity, page.row + 4)
    put_line(page, "USD", "Above the value per share of the DCF",
             [f"={p}-{value_line(book, 'value_per_share')}" for p in each(price)])  # fmt: skip
    book.count("Growth in stages", Area(page.title, value.row, value.column, 6, len(WAYS)))
    page.row += 1
    _ladder(page, book, "Prices_by_growth", "by growth in stages", equity, price)
    year, schedule = _schedule(page, book, (flow, growth, forever, rate, first, then))
    at = [str(value.part(0, i)) for i in range(len(WAYS))]
    # Seen from Checks, addresses need their sheet.
    sheet = f"'{page.title}'!"
    f, g, s, r, n, m = (sheet + a for a in (flow, growth, forever, rate, first, then))
    grown = f"(1+{g})/(1+{r})"
    book.checks += [
        Check("Stages: growth at once natively", f"{f}*(1+{s})/({r}-{s})", at[0]),
        Check("Stages: two stages natively",
              f"{f}*(SUMPRODUCT(({year}<={n})*({grown})^{year})"
              f"+({grown})^{n}*(1+{s})/({r}-{s}))", at[1]),
        Check("Stages: three stages are the schedule's present values",
              f"SUM({schedule.line('present_value')})", at[2]),
        Check("Stages: the H-model natively",
              f"{f}*(1+{s}+({n}+{m})/2*({g}-{s}))/({r}-{s})", at[3]),
        Check("Stages: the equity value of growth at once, from the DCF's parts",
              f"{value_line(book, 'equity_value')}+(1-{survives})*({at[0]}*{sheet}{factor}"
              f"-{value_line(book, 'terminal_value')}*{value_line(book, 'terminal_factor')})",
              str(equity.part(0, 0))),
    ]  # fmt: skip


def _prices(page: Page, label: str, equity: Area, ladder: int) -> Area:
    """Write the price of each equity value, found in the ladder that begins in a row below."""
    worth, price = (Area(page.title, ladder + 1, LABEL + j, equity.columns).local for j in (0, 1))
    return put_line(
        page, "USD", label, [f"=INDEX({price},MATCH({e},{worth},0))" for e in each(equity)]
    )


def _ladder(page: Page, book: Book, name: str, told: str, equity: Area, price: Area) -> None:
    """Write one call for the prices of a row of equity values."""
    count = equity.columns
    page.put(page.row, LABEL, f"Prices {told}", "strong")
    page.row += 1
    block = page.block(
        name,
        f"PRICE_LADDER({equity.local},Securities,{driver(book, 'method')})",
        count + 1,
        6,
        column=LABEL,
        column_formats=[styles.MONEY, styles.PRICE, styles.SHARES, *[styles.MONEY] * 3],
        text_columns=(),
        header="@",
    )
    book.name(name, block, f"Prices and shares of the equity values {told}")
    worth, each_price, shares, value, converted, tax = (block.part(1, j, count) for j in range(6))
    owned = f"(SUM({worth})+SUM({converted})-SUM({tax}))"
    book.checks += [
        Check(f"Prices {told}: market value is price times shares",
              f"SUMPRODUCT({each_price}*{shares})", f"SUM({value})"),
        # At the price at which a tranche vests, the shares may be worth more than there is.
        Check(f"Prices {told}: the shares are worth the equity values", f"SUM({value})",
              f"IF({at_edge(book, str(price))},MAX(SUM({value}),{owned}),{owned})"),
    ]  # fmt: skip


def _schedule(page: Page, book: Book, given: tuple[str, ...]) -> tuple[Area, Block]:
    """Write the three stages year by year; years after them grow at the terminal rate."""
    flow, growth, forever, rate, first, then = given
    count = _years(book)
    year = years(page, count)
    path = put_line(
        page, "fraction", "Growth in three stages",
        [f"=IF({y}<={first},{growth},IF({y}<{first}+{then},"
         f"{growth}+({forever}-{growth})*({y}-{first})/{then},{forever}))" for y in each(year)],
    )  # fmt: skip
    page.row += 1
    block = page.result(
        "Growth_stages", f"DCF_STAGES({flow},{path.local},{rate},{forever})", across=count + 1
    )
    book.name("Growth_stages", block, "Growth in three stages after the forecast, year by year")
    return year, block


def _weighted(chance: str, survives: str, fails: str = "") -> str:
    """Weight survival and failure as DCF_FAILURE_VALUE does; no number where the chance is none."""
    brought = f"+{fails}*{chance}" if fails else ""
    return f'=IF(AND({chance}>=0,{chance}<=1),{survives}*(1-{chance}){brought},"n.m.")'


def failure(page: Page, book: Book) -> None:
    """Write the value of a share for the default rate of each rating."""
    ratings, rates = (
        column_of(book, "default_rates", h) for h in book.case.tables["default_rates"].columns
    )
    going = scalar(page, "USD m", "Value of operations as a going concern",
                   f"={value_line(book, 'going_concern_value')}", style="link")  # fmt: skip
    bridge = scalar(
        page, "USD m", "From enterprise value to equity value in the DCF",
        f"={value_line(book, 'equity_value')}-{value_line(book, 'enterprise_value')}",
    )  # fmt: skip
    # A going concern that is worth less than nothing finds no buyer.
    brought = scalar(page, "USD m", "What a sale of operations in failure brings",
                     f"=MAX({going.local},0)*Distress_proceeds")  # fmt: skip
    expected = scalar(
        page, "USD m", "Value of operations at the probability of failure in the DCF",
        _weighted(driver(book, "failure_probability"), going.local,
                  str(value_line(book, "failure_proceeds"))),
    )  # fmt: skip
    page.row += 1
    count = rates.rows
    head = heads(
        page,
        "Rating",
        [f"={ratings.part(i, 0)}" for i in range(count)],
        [row.cells[0] for row in book.case.tables["default_rates"].rows.values()],
    )
    chance = put_line(page, "fraction", "Probability of failure",
                      [f"={rates.part(i, 0)}" for i in range(count)], style="link")  # fmt: skip
    operations = put_line(
        page, "USD m", "Value of operations, survival and failure weighted",
        [_weighted(p, going.local, brought.local) for p in each(chance)],
    )  # fmt: skip
    equity = put_line(page, "USD m", "Equity value, debt and cash in full",
                      [f"={o}+{bridge.local}" for o in each(operations)])  # fmt: skip
    price = _prices(page, "Value per share", equity, page.row + 5)
    nothing = put_line(
        page, "USD m", "Equity value, nothing left in failure",
        [_weighted(p, f"({going.local}+{bridge.local})") for p in each(chance)],
    )  # fmt: skip
    worst = _prices(page, "Value per share, nothing left in failure", nothing, page.row + 6 + count)
    book.count("Failure", Area(page.title, operations.row, operations.column, 5, count))
    page.row += 1
    _ladder(page, book, "Prices_by_rating", "by rating", equity, price)
    _ladder(page, book, "Prices_if_nothing_is_left", "if nothing is left", nothing, worst)
    name = value_line(book, "going_concern_value")
    book.checks += [
        Check("Failure: operations are survival and proceeds, weighted",
              f"{name}*(ROWS({rates})-SUM({rates}))+{brought}*SUM({rates})",
              f"SUM({operations})"),
        Check("Failure: with nothing left, equity is survival alone",
              f"({going}+{bridge})*SUMPRODUCT(1-{chance})", f"SUM({nothing})"),
        Check("Failure: survival and proceeds are the DCF's enterprise value",
              str(expected), str(value_line(book, "enterprise_value"))),
    ]  # fmt: skip
    charts.bars(
        page,
        "Value per share by rating, with what failure leaves and without",
        [(price.part(0, -1), price), (worst.part(0, -1), worst)],
        head,
        LABEL,
        min(8, 1 + count),
        across="Rating",
        unit="USD",
    )
