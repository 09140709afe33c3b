"""Shares of inference: what they are worth, what others paid, and what buyers' own chips take."""

from __future__ import annotations

from openpyxl.utils import get_column_letter

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.growing import if_named, in_row, placed
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import (
    FIRST,
    column_of,
    has,
    of_first,
    put_line,
    scalar,
    years_from_second,
)
from workbook.template.sheets.dcf.lines import base_revenue, forecast_line
from workbook.template.sheets.market.on_the_right import (
    COLUMNS,
    LAST,
    RIGHT,
    fits,
    heads,
    on_the_right,
    put_row,
)

NEEDED = ("tables.inference_market", "tables.vendors", "scalars.share_year")
OWN = ("tables.own_chips", "tables.substitution_paces")
PRECEDENTS = ("tables.precedents",)
FORMS = (styles.WHOLE_MONEY, styles.RATIO, styles.RATIO)


def section(page: Page, book: Book) -> None:
    """Write the market in the target year, its vendors, precedents, and substitution."""
    top = page.row
    known = [int(year) for year in book.case.table("inference_market").year]
    count = fits("tables.inference_market", max(known) - min(known) + 1)
    path = page.result(
        "Market_forecast", f"MARKET_PATH({book.areas['tables.inference_market']})", across=count
    )
    # The first year has no growth.
    book.recount(path.line("size"))
    book.count("Market growth", years_from_second(path.line("growth")))
    year = book.areas["scalars.share_year"]
    size = scalar(
        page, "USD m", "Inference in the year of the shares",
        f"=INDEX({path.line('size').local},MATCH({year},{path.part(0, 1, 1, count).local},0))",
        form=styles.WHOLE_MONEY,
    )  # fmt: skip
    if "market.inference" in book.areas:
        line, head = (book.areas[f"market.{name}"].local for name in ("inference", "years"))
        scalar(
            page, "USD m", "The same by the section above, another source",
            f'=IFERROR(INDEX({line},MATCH({year},{head},0)),"n.m.")', form=styles.WHOLE_MONEY,
        )  # fmt: skip
    ahead = scalar(
        page, "years", "Years to its middle",
        f"=(DATE({year},1,1)+365.25/2-Valuation_date)/365.25",
    )  # fmt: skip
    page.row += 1
    needed = _vendors(page, book, size, ahead)
    if has(book, PRECEDENTS):
        with on_the_right(page, top):
            _precedents(page, book)
    if has(book, OWN):
        page.section(
            "Substitution: buyers' own chips (the new kind), and what they leave of free revenue",
            LAST,
        )
        _substitution(page, book)
    sizes = path.line("size")
    grown = f"({sizes.part(0, 1)}/{sizes.part(0, 0)})"
    book.checks += [
        Check("Market: growth of the first year is that between its sizes",
              f"{grown}-1", f"{path.line('growth').part(0, 1)}"),
        Check("Market: the share that is required is worth the market value",
              f"{needed}*{_terms(book)}*{size}/(1+Cost_of_equity)^{ahead}",
              f"{book.areas['market_value']}"),
    ]  # fmt: skip


def _terms(book: Book) -> str:
    """Give value over revenue on the first vendor's margin and multiple."""
    return "*".join(of_first(book, "vendors", header) for header in ("Margin", "Multiple"))


def _vendors(page: Page, book: Book, size: Area, ahead: Area) -> Area:
    """Write the vendors' revenue and value, and the share that the market value requires."""
    low, high, margin, multiple = (
        column_of(book, "vendors", header) for header in ("Low", "High", "Margin", "Multiple")
    )
    page.tall_heads = True
    # Margins are after tax and multiples are on earnings, so the result is equity value.
    block = page.result(
        "Market_vendors",
        f"MARKET_VENDORS(Vendors,{size.local},Cost_of_equity,{ahead.local})",
        rows=low.rows,
    )
    page.tall_heads = False
    # What the vendors leave to all others has no value of its own.
    book.recount(block.part(1, 1, low.rows + 1, 8), block.part(low.rows + 2, 1, 1, 4))
    for end in ("low", "high"):
        book.areas[f"market.one_vendor_{end}"] = block.column_of(f"value_{end}").part(0, 0)
    value = book.areas["market_value"]
    needed = scalar(
        page, "fraction", "Share that the market value requires",
        f"=MARKET_IMPLIED_SHARE({value},{size.local},{of_first(book, 'vendors', 'Margin')},"
        f"{of_first(book, 'vendors', 'Multiple')},Cost_of_equity,{ahead.local})",
    )  # fmt: skip
    first = of_first(book, "vendors", "High")
    scalar(page, "count", "Vendors of the first one's size among them",
           f'=IF({first}=0,"n.m.",SUM({high})/{first})', form=styles.PLAIN)  # fmt: skip
    book.checks += [
        Check("Market: values of the vendors today",
              f"SUMPRODUCT({low}*{margin}*{multiple})*{size}/(1+Cost_of_equity)^{ahead}",
              f"{block.total('today_low', 'Together')}"),
        Check("Market: the vendors leave the rest of the market",
              f"(1-SUM({low}))*{size}", f"{block.total('revenue_high', 'All others')}"),
    ]  # fmt: skip
    return needed


def _precedents(page: Page, book: Book) -> None:
    """Write what others were worth against this offer, and against their sales."""
    name, value, sales = (
        column_of(book, "precedents", header) for header in ("Deal", "Value", "Revenue")
    )
    ours, own = str(book.areas["market_value"]), base_revenue(book)
    heads(page, ("Precedents", "Value", "Of this one's", "Times sales"))
    worth, of = in_row(value), in_row(sales)
    times = f'IF({of}="","n.m.",{worth}/{of})'
    cells = if_named(name, [worth, f"{worth}/{ours}", times])
    top, letter = page.row - 1, get_column_letter(RIGHT)
    for row in range(page.row, page.row + name.rows):
        label, *numbers = (f"={placed(cell, letter, top, row)}" for cell in cells)
        put_row(page, label, numbers, FORMS)
    put_row(
        page, "This company, diluted",
        [f"={ours}", "", f'=IF({own}=0,"n.m.",{ours}/{own})'], FORMS,
    )  # fmt: skip


def _substitution(page: Page, book: Book) -> None:
    """Write the buyers' own chips by year, and revenue by the pace at which they substitute."""
    top, count = page.row, min(COLUMNS - 1, len(book.years))
    for column, text in ((FIRST - 1, "Year"), (1, "Unit")):
        page.put(top, column, text, "head_left")
    years = Area(page.title, top, FIRST, 1, count)
    for i in range(count):
        page.put(top, FIRST + i, f"='Inputs'!{book.areas['years'].part(0, i).by_column}",
                 "link_head", styles.YEAR)  # fmt: skip
    page.row += 1
    free = [forecast_line(book, name) for name in ("renewed_revenue", "uncontracted_revenue")]
    revenue = put_line(
        page, "USD m", "Revenue renewed, or not under contract",
        ["=" + "+".join(str(line.part(0, i)).replace("$", "") for line in free)
         for i in range(count)],
        style="link", form=styles.WHOLE_MONEY,
    )  # fmt: skip
    shift = book.areas["tables.own_chips"]
    own = page.result(
        "Own_chips_by_year", f"MARKET_SUBSTITUTION({shift},{years.local})", across=count
    )
    share = own.line("new").part(0, 0)
    with on_the_right(page, top):
        crossing = page.result("Own_chips_crossing", f"MARKET_CROSSING({shift})", column=RIGHT)
        book.recount(crossing.value("pace"))
        paces = _paces(page, book, crossing.value("pace"))
    below, page.row = page.row, own.row + own.rows + 1
    block = page.result(
        "Revenue_left",
        f"MARKET_DISPLACEMENT({years.local},{revenue.local},{share.local},{paces.local})",
        rows=paces.rows, across=count,
    )  # fmt: skip
    page.row = max(page.row, below)
    last, ratio = count - 1, f"({share}/(1-{share}))"
    steps = f"({years.part(0, last)}-{years.part(0, 0)})"
    for row in sorted({0, paces.rows - 1}):
        pace = paces.part(row, 0)
        book.checks.append(
            Check(f"Market: revenue left in the last year at pace {row + 1}",
                  f"{revenue.part(0, last)}*(1+{ratio})/(1+{ratio}*(1+{pace})^{steps})",
                  f"{block.part(1 + row, 1 + last)}")
        )  # fmt: skip
    known, typed = shift.part(1, 0, shift.rows - 1), shift.part(1, 1, shift.rows - 1)
    first = f"INDEX({typed},MATCH({years.part(0, 0)},{known},0))"
    book.checks.append(
        Check("Market: buyers' own chips have the share that is published",
              f"IFERROR({first},{share})", f"{share}")
    )  # fmt: skip


def _paces(page: Page, book: Book, published: Area) -> Area:
    """Write the paces of substitution, each a multiple of the published one."""
    name, times = (column_of(book, "substitution_paces", h) for h in ("Pace", "Multiple"))
    heads(page, ("Pace of substitution", "Times published", "Growth a year"))
    top = page.row
    for i in range(name.rows):
        multiple = times.part(i, 0)
        put_row(page, f"={name.part(i, 0)}", [f"={multiple}", f"={multiple}*{published.local}"],
                (styles.PLAIN, styles.PERCENT))  # fmt: skip
    return Area(page.title, top, RIGHT + 2, name.rows, 1)
