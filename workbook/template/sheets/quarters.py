"""Quarters: the forecast by fiscal quarter, with what is reported, guided and expected of it."""

from __future__ import annotations

from collections.abc import Mapping

from model.calendar import MONTHS_PER_QUARTER, QUARTERS
from model.case import quarterly
from model.dcf.quarters import REPORTED, Quarters, ReportedQuarters
from model.rpo.by_quarter import RevenueByQuarter
from workbook.template import blocks, charts, published, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, each, put_line, run_rate
from workbook.template.sheets.dcf.lines import business, forecast_line
from workbook.template.sheets.inputs.lines import AS_OF

TITLE = "Quarters"
#: Lines that add up to those of the years.
TIED = ("contracted_revenue", "revenue", "operating_income", "tax", "capital_expenditure",
        "reinvestment", "free_cash_flow")  # fmt: skip
GUIDANCE = "guidance"
QUARTER = ("first", "second", "third")


def relative(cell: Area) -> str:
    """Return the address of a cell, relative when its formula is copied."""
    return cell.local.replace("$", "")


def write(book: Book) -> None:
    """Write the sheet."""
    quarters = quarterly.count(book.case)
    last = FIRST + quarters - 1
    places = _places(book)
    wide = last + (len(published.HEADS) if places else 0)
    page = book.page(
        TITLE,
        "the next quarters, in their fiscal years",
        [11, 2, 2, 52, *[10.5] * quarters],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    for column, text in ((UNIT, "Unit"), (2, None), (3, None), (LABEL, "Quarter ending")):
        page.put(HEAD_ROWS, column, text, "head_left")
    head = Area(page.title, HEAD_ROWS, FIRST, 1, quarters)
    page.row += 1
    chart = page.leave(charts.HEIGHT)
    guided = any(book.case.published[key].kind == GUIDANCE for key in places.get("revenue", {}))
    page.reserve("forecast", _rows(book))
    if places:
        rows = sum(published.rows_of(book, keys) for keys in places.values())
        page.reserve("published", 2 + 1 + rows)
    if guided:
        page.reserve("left", 2 + 4)
    page.on_screen_only("what the quarters are, and what was reported for the first year", wide)
    page.section("The quarters", last)
    year, quarter, count = _timeline(page, book, head)
    page.section("Reported by the valuation date, for the first year", last)
    reported = _reported(page)
    with page.within("forecast"):
        page.section("Forecast by quarter", last)
        block = _forecast(page, book, reported, year)
        other = block.line("other_revenue")
        over = "Contracts beyond what is left of the year"
        book.areas["quarters.contracts_over"] = _beyond(page, over, [
            # Of quarters to come; rounding is no warning.
            f"IF(AND({end}>=Valuation_date,{cell}<-1/1000),0-{cell},0)"
            for i, end in enumerate(each(head))
            for cell in [relative(other.part(0, i))]
        ])  # fmt: skip
        page.row += 1
        _growth(page, book, block, count)
        whole = _to_date(page, book, block, quarter, count)
    if places:
        with page.within("published"):
            page.section("Published figures next to the forecast", wide)
            published.heads(page, page.row, last + 1)
            page.row += 1
            found = _figures(page, book, block, places, last + 1)
    if guided:
        with page.within("left"):
            page.section("Revenue that the year leaves to its other quarters", wide)
            guided_by = found["revenue"][GUIDANCE]
            left = _left(page, reported, guided_by, year, whole, last + 1)
            book.areas["quarters.guided_over"] = left
    _fill_reported(page, book, reported, head)
    signed = book.case.contracted
    kinds = ("contracted_revenue", "other_revenue") if signed else ("revenue",)
    parts = [block.line(name) for name in kinds]
    charts.bars(
        page,
        "Contracted and other revenue by quarter" if signed else "Revenue by quarter, forecast",
        [(line.part(0, -1), line) for line in parts],
        head,
        LABEL,
        min(12, 1 + quarters),
        across="Quarter ending",
        grouping="stacked",
        total=block.line("revenue"),
        row=chart,
    )
    page.finish(wide)


def _rows(book: Book) -> int:
    """Return the rows of the forecast: its heading, its lines, a warning, growth and the year."""
    given = blocks.rows_of(RevenueByQuarter) if _by_quarter(book) else 0
    return 2 + given + blocks.rows_of(Quarters) + 2 + 3 + 2


def _by_quarter(book: Book) -> bool:
    """Tell whether contracted revenue is calculated by quarter on this sheet."""
    return book.case.rpo is not None and not book.case.segments


def _timeline(page: Page, book: Book, head: Area) -> tuple[Area, Area, list[str]]:
    """Write the ends of the quarters, their years and numbers, and which ones are next."""
    page.put(page.row, UNIT, "months", "unit")
    page.put(page.row, LABEL, "Length of a period", "label")
    # Not an input: the columns of this sheet are quarters.
    length = page.put(page.row, FIRST, MONTHS_PER_QUARTER, "fixed", styles.COUNT).local
    book.areas["quarters.length"] = Area(page.title, page.row, FIRST)
    page.row += 1
    # Counted in the row above: a head that counts its own cells would refer to itself.
    above = head.part(-1, 0, 1, head.columns)
    count = [f"COLUMNS({above.part(0, 0).local}:{cell})" for cell in each(above)]
    for i, n in enumerate(count):
        # A year of 52 or 53 weeks ends a few days off a month's end.
        end = f"=EOMONTH(First_year_end-10,{length}*{n}-12)"
        page.put(head.row, head.column + i, end, "calc_head", "mmm yy")
    years = book.areas["years"]
    year = put_line(
        page, "year", "Fiscal year",
        [f"=INDEX({years},1,INT(({n}-1)*{length}/12)+1)" for n in count], style="link",
    )  # fmt: skip
    quarter = put_line(
        page, "count", "Quarter of the year",
        [f"=MOD({n}-1,12/{length})+1" for n in count], form=styles.COUNT,
    )  # fmt: skip
    following = [
        f'COUNTIF({head.part(0, 0).local}:{cell},">="&Valuation_date)' for cell in each(head)
    ]
    put_line(
        page, "count", "The next eight, from that of the valuation date",
        # Two years of them.
        [f"=IF({n}<=2*12/{length},{n},0)" for n in following], style="link", form=styles.COUNT,
    )  # fmt: skip
    return year, quarter, count


def _reported(page: Page) -> Area:
    """Leave the table of reported quarters, which the function takes."""
    columns = ReportedQuarters.declared
    top = page.row
    page.put(top, LABEL, columns["line"].header, "head_left")
    for i, name in enumerate(QUARTER):
        page.put(top, FIRST + i, columns[name].header, "head")
    for i, label in enumerate(REPORTED, 1):
        page.put(top + i, UNIT, "USD m", "unit")
        page.put(top + i, LABEL, label, "label")
        for j in range(len(QUARTER)):
            page.put(top + i, FIRST + j, None, "link", styles.MONEY)
    page.row = top + len(REPORTED) + 1
    return Area(page.title, top, LABEL, len(REPORTED) + 1, 1 + len(QUARTER))


def _fill_reported(page: Page, book: Book, table: Area, head: Area) -> None:
    """Show in the table what was public on the valuation date."""
    lines = list(REPORTED.values())
    for (line, quarter), key in quarterly.actuals(book.case).items():
        if line in lines and quarter <= len(QUARTER):
            cell = table.part(1 + lines.index(line), quarter)
            public = book.areas[f"published.{key}.known"].local
            link = _of_quarter(book, key, f"{head.part(0, quarter - 1)}")
            link = f'=IF(N({public})>Valuation_date,"",{link})'
            page.put(cell.row, cell.column, link, "link", styles.MONEY)


def _of_quarter(book: Book, key: str, end: str) -> str:
    """Give what was reported of a quarter, as a formula: nothing once the forecast has moved on."""
    stated = book.areas[f"published.{key}"]
    as_of = Area(stated.sheet, stated.row, AS_OF)
    # Some days before or after the month's end, in years of 52 or 53 weeks.
    return f'IF(ABS({as_of}-{end})<=10,{stated},"")'


def _forecast(page: Page, book: Book, reported: Area, year: Area) -> Block:
    """Call the function, and check that its quarters add up to the years."""
    by_quarter, count = "", f"COLUMNS({year.local})"
    if _by_quarter(book):
        contracted = page.result(
            "Contracted_by_quarter",
            "RPO_BY_QUARTER(Opening_balance,Forecast_bands,Balance_date,First_year_end,"
            f"{count},Rpo_shape,Final_month{run_rate(book)})",
            across=year.columns,
        )
        by_quarter = f",{contracted.line('contracted_revenue').local}"
    if by_quarter:
        given = ["Contracted_revenue", ""]
    else:
        given = [*business(book).split(",")[1:], "", ""][:2]
    # An empty text stands for what the case has none of.
    call = "".join(f",{argument}" if argument else ',""' for argument in given)
    block = page.result(
        "Quarters",
        f"DCF_QUARTERS(Drivers{call},{count},{reported.local}{by_quarter})",
        across=year.columns,
        header="@",
    )
    book.name("Quarters", block, "The forecast by fiscal quarter")
    heads = book.areas["years"].part(0, 0, 1, year.columns // QUARTERS)
    for name in TIED:
        whole = forecast_line(book, name).part(0, 0, 1, heads.columns)
        label = Quarters.declared[name].header
        book.checks.append(
            Check(f"Quarters: {label[:1].lower()}{label[1:]} adds up to the forecast's years",
                  f"SUMPRODUCT({year}*{block.line(name)})", f"SUMPRODUCT({heads}*{whole})")
        )  # fmt: skip
    line = block.line
    book.checks += [
        Check("Quarters: revenue is contracted and other revenue",
              f"SUM({line('contracted_revenue')},{line('other_revenue')})",
              f"SUM({line('revenue')})"),
        Check("Quarters: free cash flow is income less tax and reinvestment",
              f"SUM({line('operating_income')})-SUM({line('tax')})-SUM({line('reinvestment')})",
              f"SUM({line('free_cash_flow')})"),
    ]  # fmt: skip
    return block


def _growth(page: Page, book: Book, block: Block, count: list[str]) -> None:
    """Write what each quarter grows from: of the year before as far as it was reported."""
    revenue, length = block.line("revenue"), book.areas["quarters.length"].local
    before = {
        item.quarter: key
        for key, item in book.case.published.items()
        if item.quarter and item.line == "revenue" and item.year == book.years[0] - 1
    }
    reported = page.row
    if before:
        page.put(page.row, UNIT, "USD m", "unit")
        page.put(page.row, LABEL, "Revenue of the year before the forecast, reported", "label")
        for quarter, key in before.items():
            end = f"EOMONTH({Area(page.title, HEAD_ROWS, FIRST + quarter - 1).local},-12)"
            link = f"={_of_quarter(book, key, end)}"
            page.put(page.row, FIRST + quarter - 1, link, "link", styles.MONEY)
        page.row += 1
    earlier = put_line(
        page, "USD m", "Revenue, the same quarter a year before",
        [
            f"=IF({n}*{length}>12,INDEX({revenue.local},1,MAX(1,{n}-12/{length})),{own})"
            for i, n in enumerate(count)
            for cell in [relative(Area(page.title, reported, FIRST + i))]
            for own in [f'IF({cell}="","",{cell})' if before else '""']
        ],
    )  # fmt: skip
    put_line(
        page, "fraction", "Growth on it",
        [
            f'=IF(N({relative(earlier.part(0, i))})=0,"",'
            f"{relative(revenue.part(0, i))}/{relative(earlier.part(0, i))}-1)"
            for i in range(revenue.columns)
        ],
    )  # fmt: skip


def _to_date(page: Page, book: Book, block: Block, quarter: Area, count: list[str]) -> Area:
    """Write the year to date, which with what is left is the year's forecast."""
    revenue, length = block.line("revenue"), book.areas["quarters.length"].local
    row = page.row
    to_date = put_line(
        page, "USD m", "Revenue, year to date",
        [
            f"=IF({relative(quarter.part(0, i))}=1,0,N({relative(Area(page.title, row, at))}))"
            f"+{relative(revenue.part(0, i))}"
            for i, at in enumerate(range(page.label, page.label + revenue.columns))
        ],
    )  # fmt: skip
    whole = forecast_line(book, "revenue")
    year = put_line(
        page, "USD m", "Revenue, the year's forecast",
        [f"=INDEX({whole},1,INT(({n}-1)*{length}/12)+1)" for n in count], style="link",
    )  # fmt: skip
    book.checks.append(
        Check("Quarters: the year to date and what is left are the year's forecast",
              f"SUMPRODUCT(({to_date}+{block.line('revenue_left')}-{year})^2)", "0", 1e-12)
    )  # fmt: skip
    return year


def _left(page: Page, reported: Area, guided: Area, year: Area, whole: Area, notes: int) -> Area:
    """Write what the year's forecast leaves to quarters that are neither reported nor guided.

    Returns by how much they exceed the year.
    """
    lines = list(REPORTED.values())
    sold = reported.part(1 + lines.index("revenue"), 1, 1, len(QUARTER))
    status = Area(page.title, guided.row, notes + 2, guided.rows).local
    formulas = []
    for i in range(year.columns):
        own = guided.part(0, i, guided.rows)
        column = f"{relative(own.part(0, 0))}:{relative(own.part(own.rows - 1, 0))}"
        found = f'SUMPRODUCT(({status}="{published.PUBLIC}")*({column}<>""))'
        mean = f'SUMIF({status},"{published.PUBLIC}",{column})/{found}'
        formulas.append(f'=IF({found}=0,"",{mean})')
    middle = put_line(page, "USD m", "Middle of what is guided and public", formulas)
    first = year.part(0, 0).local
    known = put_line(
        page, "USD m", "Reported, or else guided",
        [
            # The fourth quarter is reported with its year.
            f"=IF(AND({relative(year.part(0, i))}={first},{place}<=COLUMNS({sold.local}),"
            f"COUNT({cell})>0),{cell},{middle_cell})"
            for i in range(year.columns)
            for middle_cell in [relative(middle.part(0, i))]
            for place in [f"COLUMNS({year.part(0, 0).local}:{year.part(0, i).by_column})"]
            for cell in [f"INDEX({sold.local},1,MIN(COLUMNS({sold.local}),{place}))"]
        ],
    )  # fmt: skip
    left = put_line(
        page, "USD m", "Left of the year's forecast for its other quarters",
        [
            f"={relative(whole.part(0, i))}-SUMIF({year.local},{relative(year.part(0, i))},"
            f"{known.local})"
            for i in range(year.columns)
        ],
    )  # fmt: skip
    over = "Reported and guided beyond the year's forecast"
    return _beyond(page, over, [f"MAX(0,0-{cell})" for cell in each(left)])


def _beyond(page: Page, label: str, amounts: list[str]) -> Area:
    """Write under each quarter what a warning is about, 0 if there is none."""
    row = put_line(page, "USD m", label, [f"={amount}" for amount in amounts])
    page.fill_where(relative(row), f"{relative(row.part(0, 0))}>0", styles.NOTE_FILL)
    return row


def _places(book: Book) -> dict[str, dict[str, int]]:
    """Return the figures of quarters by the line that each is about, with its quarter's place."""
    first, found = book.years[0], {}
    for name in Quarters.declared:
        places = {
            key: QUARTERS * (item.year - first) + item.quarter - 1
            for key, item in book.case.published.items()
            if item.line == name and item.quarter and item.year and item.year >= first
        }
        if places:
            found[name] = places
    return found


def _figures(
    page: Page, book: Book, block: Block, places: Mapping[str, Mapping[str, int]], notes: int
) -> dict[str, dict[str, Area]]:
    """Write the figures of quarters below the line that each is about; return where, by kind."""
    found = {}
    for name, of_line in places.items():
        declared, cells = Quarters.declared[name], block.line(name)
        line = put_line(
            page, declared.unit, declared.header,
            [f"={relative(cells.part(0, i))}" for i in range(cells.columns)],
        )  # fmt: skip
        found[name] = published.figures(page, book, line, of_line, notes)
    return found
