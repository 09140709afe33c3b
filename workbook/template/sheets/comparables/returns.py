"""Returns to an investor who buys at the share price and sells over some years.

Sold at the prices of the middle exit multiple, or at the DCF's value per share, carried forward at
the cost of equity.
"""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    UNIT,
    check_years_of,
    column_of,
    each,
    heads,
    put_line,
    years_from_second,
)
from workbook.template.sheets.comparables.exits import middle, middle_multiple, of_middle
from workbook.template.sheets.dcf.lines import forecast_line, value_line

NEEDED = ("tables.share_sales", "exit_debt")
PLACES = ("At the exit multiple", "At the DCF's value")


def write(page: Page, book: Book) -> None:
    """Write the flows and their returns."""
    count = len(book.years)
    check_years_of(book, "share_sales")
    sold, parts = (column_of(book, "share_sales", header) for header in ("Year", "Part"))
    first = book.areas["years"].part(0, 0)
    multiple = middle_multiple(book)
    # The purchase is year 0, and comes before the first year's end.
    row = page.row
    before = [Area(page.title, row, FIRST + i - 1).by_column for i in range(count + 1)]
    year = put_line(page, "year", "Year", [f"=IF(ISNUMBER({b}),{b}+1,0)" for b in before],
                    form=styles.YEAR)  # fmt: skip
    day = put_line(
        page, "date", "Purchase date and year ends",
        [f"=IF({y}=0,Valuation_date,EDATE(First_year_end,12*({y}-1)))" for y in each(year)],
    )  # fmt: skip
    # The rest is sold in the last year.
    rest, row = f"=COLUMNS({year.local})-1", page.row
    before = [
        f"{Area(page.title, row, LABEL).local}:{Area(page.title, row, FIRST + i - 1).by_column}"
        for i in range(count + 1)
    ]
    part = put_line(
        page, "fraction", "Part of the holding sold",
        [f"=IF({y}=0,0,IF({y}{rest},1-SUM({b}),"
         f"SUMIF({sold},{first}+{y}-1,{parts})))"
         for y, b in zip(each(year), before, strict=True)],
    )  # fmt: skip
    revenue, debt = forecast_line(book, "revenue"), book.areas["exit_debt"]
    equity = put_line(
        page, "USD m", "Equity value at the middle exit multiple",
        [f"=IF({y}=0,0,{multiple}*INDEX({revenue},MAX({y},1))-INDEX({debt},MAX({y},1)))"
         for y in each(year)],
    )  # fmt: skip
    # The grid implies a price for each year, from the return that leads to it.
    held = book.areas["exit_years"]
    quoted = put_line(
        page, "USD", "Share price at the exit multiple",
        [f"=IF({y}=0,Share_price,"
         f"Share_price*(1+{of_middle(book, f'MAX({y},1)')})^INDEX({held},MAX({y},1)))"
         for y in each(year)],
    )  # fmt: skip
    book.checks += [
        Check("Investor: equity values are revenue times the multiple, less debt",
              f"{multiple}*SUM({revenue})-SUM({debt})", f"SUM({equity})"),
        Check("Investor: the price of the middle year by PRICE_PER_SHARE",
              str(book.areas["exit_price"]), str(quoted.part(0, 1 + middle(count)))),
    ]  # fmt: skip
    start = day.part(0, 0).local
    since = f"({{}}-{start})/365"
    carried = put_line(
        page, "USD", "Share price at the DCF's value",
        [f"=IF({y}=0,Share_price,MAX(0,{value_line(book, 'value_per_share')})"
         f"*(1+Cost_of_equity)^({since.format(d)}))"
         for y, d in zip(each(year), each(day), strict=True)],
    )  # fmt: skip
    flows = [
        put_line(page, "USD", f"Cash flow per share, {place.lower().replace('dcf', 'DCF')}",
                 [f"=IF({y}=0,-{p},{s}*{p})"
                  for y, p, s in zip(each(year), each(price), each(part), strict=True)])
        for place, price in zip(PLACES, (quoted, carried), strict=True)
    ]  # fmt: skip
    book.count("Investor's flows", Area(page.title, part.row, FIRST, 6, count + 1))
    page.row += 1
    _earned(page, book, year, day, flows)


def _earned(page: Page, book: Book, year: Area, day: Area, flows: list[Area]) -> None:
    """Write present values and internal rates, by dates and by whole years."""
    # If nothing is received, everything is lost, and there is no rate to find.
    rate = "=IF(SUM({0})>-Share_price,{1},-1)"
    heads(page, "Return on the cash flows", PLACES)

    def row(unit: str, label: str, formula: str, *, found: bool = False) -> Area:
        texts = [formula.format(f.local, day.local) for f in flows]
        guarded = [rate.format(f.local, t) for f, t in zip(flows, texts, strict=True)]
        return put_line(page, unit, label, guarded if found else [f"={t}" for t in texts])

    xnpv = row("USD", "Net present value per share, by dates", "XNPV(Cost_of_equity,{0},{1})")
    xirr = row("fraction", "Internal rate of return, by dates", "RETURN_XIRR({0},{1})", found=True)
    npv = put_line(
        page, "USD", "Net present value per share, whole years",
        [f"={flow.part(0, 0).local}+NPV(Cost_of_equity,{years_from_second(flow).local})"
         for flow in flows],
    )  # fmt: skip
    irr = row("fraction", "Internal rate of return, whole years", "RETURN_IRR({0})", found=True)
    debt = book.areas["cost_of_capital.cost_of_debt"]
    row("fraction", "Modified internal rate of return, whole years",
        f"MIRR({{0}},{debt},Cost_of_equity)", found=True)  # fmt: skip
    book.count("Investor's returns", Area(page.title, xnpv.row, FIRST, 5, len(flows)))
    page.row += 1
    block = page.result(
        "Internal rates",
        f"RETURN_IRR_ALL({flows[0].local},{day.local})",
        rows=1,
        column=FIRST,
    )
    page.put(block.row + 1, UNIT, "fraction", "unit")
    page.put(
        block.row + 1, LABEL, "All internal rates of return at the exit multiple, by dates", "label"
    )
    worth = value_line(book, "value_per_share")
    book.checks += [
        Check("Investor: at the DCF's value, the present value is that value less the price paid",
              f"MAX(0,{worth})-Share_price", str(xnpv.part(0, 1))),
        Check("Investor: the only internal rate of return by dates",
              f"IF(SUM({flows[0]})>-Share_price,{block.column_of('rate')},-1)",
              str(xirr.part(0, 0))),
    ]  # fmt: skip
    for i, flow in enumerate(flows):
        x, y, z = (line.part(0, i) for line in (xirr, irr, npv))
        lost = f"SUM({flow})=-Share_price"
        place = PLACES[i][0].lower() + PLACES[i][1:]
        book.checks += [
            Check(f"Investor, {place}: present value by SUMPRODUCT",
                  f"SUMPRODUCT({flow}/(1+Cost_of_equity)^(({day}-Valuation_date)/365))",
                  str(xnpv.part(0, i))),
            # The rates found serve as the spreadsheet's first guesses.
            Check(f"Investor, {place}: XIRR", f"IF({lost},-1,XIRR({flow},{day},{x}))", str(x)),
            Check(f"Investor, {place}: IRR", f"IF({lost},-1,IRR({flow},{y}))", str(y)),
            Check(f"Investor, {place}: present value of whole years by SUMPRODUCT",
                  f"SUMPRODUCT({flow}/(1+Cost_of_equity)^{year})", str(z)),
        ]  # fmt: skip
