"""Systems: those delivered, their cost along a learning curve, and the volume that pays."""

from __future__ import annotations

from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, has, put_line, scalar
from workbook.template.sheets.market.on_the_right import (
    NARROW,
    RIGHT,
    fits,
    heads,
    on_the_right,
    put_row,
)

#: Height of the chart, in centimetres.
HEIGHT = 7.9
NEEDED = (
    *("tables.plant", "scalars.system_power", "scalars.system_cost", "scalars.system_price"),
    *("scalars.learning_curve", "scalars.systems_before"),
)
#: What the gross profit of systems has to cover, and the terms that others publish.
FIXED = ("drivers.research", "drivers.sales", "drivers.administration")
#: A price that is not above the cost of the next system is taken to pay at no volume.
NONE = "none"
PUBLISHED = ("scalars.system_cost_low", "scalars.system_price_high")


def section(page: Page, book: Book) -> None:
    """Write systems delivered, their cost along the curve, and the volume that pays."""
    top = page.row
    density = scalar(page, "systems", "Systems a MW", "=1000/System_power",
                     form=styles.PLAIN)  # fmt: skip
    book.areas["Systems_per_megawatt"] = density
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
    made, spent, profit = (block.line(name) for name in ("made", "cost", "gross_profit"))
    total = block.line("cumulative").part(0, count - 1)
    b = "LOG(Learning_curve,2)"
    book.checks += [
        Check("Systems: delivered MW times systems a MW", f"SUM({capacity})*{density}",
              f"SUM({made})"),
        Check("Systems: cost by Wright's curve from the first system on",
              f"System_cost*({total}^(1+{b})-Systems_before^(1+{b}))"
              f"/((Systems_before+1)^(1+{b})-Systems_before^(1+{b}))",
              f"SUM({spent})", 1e-7),
        Check("Systems: gross profit is revenue less cost",
              f"System_price*SUM({made})-SUM({spent})", f"SUM({profit})"),
    ]  # fmt: skip
    if has(book, FIXED):
        with on_the_right(page, top):
            _break_even(page, book, density)
    first = FIRST + max(count, NARROW)
    if first + NARROW <= RIGHT:
        charts.bars(
            page, "Cost of a system along the curve",
            [(line.part(0, -1), line) for line in map(block.line, ("unit_cost", "average_cost"))],
            Area(page.title, density.row + 1, FIRST, 1, count), first, RIGHT - first - 1,
            across="Year of service", row=top, height=HEIGHT, form="0.00",
            values=True,
        )  # fmt: skip


def _break_even(page: Page, book: Book, density: Area) -> None:
    """Write the volume whose gross profit covers a year of fixed cost, on each set of terms."""
    terms = [("scalars.system_cost", "scalars.system_price")]
    if has(book, PUBLISHED):
        terms.append(PUBLISHED)
    heads(page, ("Volume that pays", "As forecast", "As published")[: 1 + len(terms)])
    cost, price = ([f"={book.areas[pair[i]]}" for pair in terms] for i in (0, 1))
    forms = [styles.PRICE] * len(terms)
    costs = put_row(page, "Cost of a system, USD m", cost, forms)
    prices = put_row(page, "Price of a system, USD m", price, forms)
    at = range(1, 1 + len(terms))
    put_row(
        page, "Gross margin",
        [f"=1-{costs.part(0, i).local}/{prices.part(0, i).local}" for i in at],
        [styles.PERCENT] * len(terms),
    )  # fmt: skip
    fixed = put_row(
        page, "Research, sales, administration",
        ["=" + "+".join(str(book.live(path).part(0, 0)) for path in FIXED)] * len(terms),
        [styles.MONEY] * len(terms),
    )  # fmt: skip
    whole = [styles.WHOLE_MONEY] * len(terms)
    flat, learned = (
        put_row(
            page, label,
            [f"=IF({prices.part(0, i).local}>{costs.part(0, i).local},SYSTEM_BREAK_EVEN("
             f"{prices.part(0, i).local},{costs.part(0, i).local},{fixed.part(0, i).local}{more}),"
             f'"{NONE}")' for i in at],
            whole,
        )
        for label, more in (("Systems a year that cover them", ""),
                            ("The same, with learning", ",Learning_curve,Systems_before"))
    )  # fmt: skip
    put_row(page, "MW of them, without learning",
            [f'=IF(ISNUMBER({flat.part(0, i).local}),{flat.part(0, i).local}/{density.local},'
             f'"{NONE}")' for i in at],
            [styles.MONEY] * len(terms))  # fmt: skip
    power = "(1+LOG(Learning_curve,2))"
    for i in at:
        sold, spent, paid = (area.part(0, i) for area in (prices, costs, fixed))
        volume = learned.part(0, i)
        made = (
            f"{spent}*((Systems_before+{volume})^{power}-Systems_before^{power})"
            f"/((Systems_before+1)^{power}-Systems_before^{power})"
        )
        book.checks += [
            Check(f"Systems: volume that pays, terms {i}",
                  f"IF({sold}>{spent},{flat.part(0, i)}*({sold}-{spent}),{paid})", f"{paid}"),
            Check(f"Systems: volume that pays by Wright's curve, terms {i}",
                  f"IF({sold}>{spent},{volume}*{sold}-{made},{paid})", f"{paid}", 1e-7),
        ]  # fmt: skip


def _by_year(page: Page, book: Book) -> Area:
    """Write megawatts by the year in which they come into service, from the table of plant."""
    begun, mw = (column_of(book, "plant", header) for header in ("In service", "MW"))
    days = book.case.table("plant").in_service
    begins, *_, ends = sorted([day.year for day in days.tolist()] * 2)
    count = fits("tables.plant", ends - begins + 1)
    years = put_line(
        page, "year", "Year of service",
        [f"=YEAR(MIN({begun}))+COLUMNS({Area(page.title, HEAD_ROWS, FIRST, 1, i + 1).local})-1"
         for i in range(count)], style="link", form=styles.YEAR,
    )  # fmt: skip
    book.areas["market.service_years"] = years
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
