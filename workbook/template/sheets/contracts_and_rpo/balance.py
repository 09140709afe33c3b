"""The balance: its disclosed bands, its schedule by quarter, and what later balances imply."""

from __future__ import annotations

from model.dcf.signed import SignedContracts
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import band_cells, each, end_quarters, quarters_across, run_rate

UNIT, LABEL, FIRST = 1, 4, 5
MONTHS_PER_QUARTER = 3
#: The last printed column of the sheet.
LAST = FIRST + 11


def quarters_of(book: Book) -> int:
    """Return how many quarters the balance takes."""
    return -(-int(book.rpo.final_month.number) // MONTHS_PER_QUARTER)


def bands(page: Page, book: Book) -> None:
    """Write the balance and its disclosed bands."""
    _balance(page, book)
    block = page.result(
        "Band_amounts",
        "RPO_BANDS(Opening_balance,Disclosed_bands)",
        rows=len(book.rpo.opening.bands),
        column=LABEL,
    )
    book.recount(block.part(1, 3, block.rows - 1, 2))
    book.name("Band_amounts", block, "Amounts of the disclosed bands")


def write(page: Page, book: Book, last: int) -> None:
    """Write the schedule by quarter and, where the balance is of a segment, by month."""
    quarters = quarters_of(book)
    page.section("The balance by quarter", last)
    page.put(page.row, UNIT, "months", "unit")
    page.put(page.row, LABEL, "Length of a period", "label")
    # Not an input: the columns of this part are quarters.
    months = page.put(page.row, FIRST, MONTHS_PER_QUARTER, "fixed", styles.COUNT)
    book.areas["Length of a period"] = months
    page.row += 1
    # A year of 52 or 53 weeks ends a few days off a month's end.
    page.put(page.row, LABEL, "Month in which the first fiscal year ends", "label")
    close = page.put(page.row, FIRST, "=EOMONTH(First_year_end-10,0)", "calc", "mmm yy")
    book.areas["first_close"] = close
    page.row += 1
    head = quarters_across(page, quarters)
    years = page.row
    page.row += 1
    schedule = page.result(
        "Schedule",
        f"RPO_SCHEDULE(Opening_balance,Forecast_bands,{months.local},Rpo_shape,Final_month"
        f"{run_rate(book)})",
        across=quarters,
        column=LABEL,
    )
    book.name("Schedule", schedule, "Quarterly recognition of the opening balance")
    book.areas["quarter_ends"] = head
    end_quarters(page, head, schedule.line("to_month"))
    book.areas["quarter_years"] = fiscal_years(page, book, head, years)
    _schedule_checks(book, schedule, book.block("Band_amounts"))
    if book.rpo.segment is not None:
        _by_month(page, book, last)


def draw(page: Page, book: Book, column: int, columns: int, row: int, height: float) -> None:
    """Draw the recognition of the balance by quarter."""
    recognised, head = book.block("Schedule").line("recognised"), book.areas["quarter_ends"]
    charts.bars(
        page,
        "Recognition of the opening balance by quarter",
        [(recognised.part(0, -1), recognised)],
        head,
        column,
        columns,
        across="Quarter ending",
        row=row,
        height=height,
    )


def fiscal_years(page: Page, book: Book, ends: Area, row: int) -> Area:
    """Write the fiscal year of each quarter, by the month in which it ends."""
    page.put(row, UNIT, "year", "unit")
    page.put(row, LABEL, "Fiscal year", "label")
    close, first = book.areas["first_close"].local, book.areas["years"].part(0, 0)
    for i, end in enumerate(each(ends)):
        formula = f"={first}+YEAR({end})-YEAR({close})+(MONTH({end})>MONTH({close}))"
        page.put(row, ends.column + i, formula, "link", styles.YEAR)
    return Area(page.title, row, ends.column, 1, ends.columns)


def _by_month(page: Page, book: Book, last: int) -> None:
    """Write the balance as what its segment has contracted, month by month."""
    months = int(book.rpo.final_month.number)
    page.section("The balance by month, as its segment's contracted revenue", last)
    page.put(page.row, UNIT, "months", "unit")
    page.put(page.row, LABEL, "Length of a period", "label")
    period = page.put(page.row, FIRST, 1, "fixed", styles.COUNT)
    page.row += 2
    block = page.result(
        "Schedule_by_month",
        f"RPO_SCHEDULE(Opening_balance,Forecast_bands,{period.local},Rpo_shape,Final_month"
        f"{run_rate(book)})",
        across=months,
    )
    month, recognised = (
        [block.line(name).part(0, i).by_column for i in range(months)]
        for name in ("to_month", "recognised")
    )
    further = {
        SignedContracts.declared[name].header: str(book.areas[path])
        for name, path in (
            ("recognised", "rpo.recognised_in_year"),
            ("collected", "rpo.collected"),
        )
        if path in book.areas
    }
    top = page.row
    page.put(top, LABEL, SignedContracts.declared["segment"].header, "head_left")
    page.put(top + 1, UNIT, "USD m", "unit")
    page.put(top + 1, LABEL, f"={book.areas['rpo.segment']}", "link_text")
    for i in range(months):
        page.put(top, FIRST + i, f"={month[i]}", "calc_head", styles.COUNT)
        page.put(top + 1, FIRST + i, f"={recognised[i]}", "calc", styles.MONEY)
    for i, (header, link) in enumerate(further.items(), FIRST + months):
        page.put(top, i, header, "head")
        page.put(top + 1, i, f"={link}", "link", styles.MONEY)
    area = Area(page.title, top, LABEL, 2, 1 + months + len(further))
    book.name("Contracted_by_month", area, "The balance as what its segment has contracted")
    book.checks.append(
        Check("Schedule: the months sum to the opening balance",
              f"SUM({area.part(1, 1, 1, months)})", "Opening_balance")
    )  # fmt: skip
    page.row += 3


def _balance(page: Page, book: Book) -> None:
    """Write the balance, and next to it what it is of."""
    page.put(page.row, UNIT, "USD m", "unit")
    page.put(page.row, LABEL, "Opening balance", "label")
    page.put(page.row, FIRST, "=Opening_balance", "link", styles.MONEY)
    if "rpo.scope" in book.areas:
        page.put(page.row, FIRST + 1, f"={book.areas['rpo.scope']}", "link_note")
    page.row += 2


def _schedule_checks(book: Book, schedule: Block, bands: Block) -> None:
    month, opening, recognised, closing = (
        schedule.line(name) for name in ("to_month", "opening", "recognised", "closing")
    )
    book.checks += [
        Check("Schedule: quarters sum to the opening balance", f"SUM({recognised})",
              "Opening_balance"),
        Check("Schedule: opening less recognised is closing",
              f"SUMPRODUCT(({opening}-{recognised}-{closing})^2)", "0", 1e-12),
        Check("Schedule: the last balance is nil", str(closing.part(0, closing.columns - 1)),
              "0", 1e-6),
        Check("Schedule: no quarter is negative", f"COUNTIF({recognised},\"<0\")", "0"),
        Check("Bands: amounts and remainder sum to the balance",
              f"SUM({bands.column_of('amount')},{bands.total('amount')})", "Opening_balance"),
    ]  # fmt: skip
    disclosed = book.areas["Disclosed_bands"]
    for i, key in enumerate(book.rpo.opening.bands):
        start, end, own = band_cells(disclosed, book.rpo.opening.bands, i)
        typed = disclosed.part(1 + i, 2)
        until = f'IF({end}="",Final_month,{end})'
        inside = f"({month}>={start})*({month}<={until})"
        # By native formula from the typed share, which may be blank in the last band, against the
        # quarters that fall into the band; a quarter across its edge belongs to two bands.
        # Of cumulative shares, the largest is what all bands hold.
        cumulative = any(band.cumulative_share for band in book.rpo.opening.bands.values())
        held = f"{'MAX' if cumulative else 'SUM'}({disclosed.part(1, 2, disclosed.rows - 1)})"
        share = f'IF({typed}="",1-{held},{own})'
        whole = f"MOD({start}-1,{MONTHS_PER_QUARTER})+MOD({until},{MONTHS_PER_QUARTER})=0"
        book.checks.append(
            Check(
                f"Schedule: quarters of the band {key.replace('_', ' ')} sum to its share",
                f"IF({whole},SUMPRODUCT({inside}*{recognised}),Opening_balance*{share})",
                f"Opening_balance*{share}",
            )
        )


def later_balances(page: Page, book: Book) -> None:
    """Write the bookings that later balances imply."""
    later = [k for k, b in book.rpo.later.items() if b.recognised]
    count = len(later)
    # Vertical, because balances belong to dates and the columns of this sheet to quarters.
    top = page.row
    for i, text in enumerate(("Balance at", "Balance", "Recognised since")):
        page.put(top, LABEL + i, text, "head" if i else "head_left")
    for path in ("rpo.opening", *(f"rpo.later.{k}" for k in later)):
        page.row += 1
        page.put(page.row, UNIT, "USD m", "unit")
        for i, name in enumerate(("date", "amount", "recognised")):
            if typed := book.areas.get(f"{path}.{name}"):
                form = styles.MONEY if i else styles.DATE
                outside = book.areas.get(f"{path}.outside") if name == "recognised" else None
                if outside:
                    page.put(page.row, LABEL + i, f"={typed}-{outside}", "calc", form)
                else:
                    page.put(page.row, LABEL + i, f"={typed}", "link", form)
    page.row += 2
    balances = Area(page.title, top + 1, FIRST, count + 1)
    recognised = Area(page.title, top + 2, FIRST + 1, count)
    implied = page.result(
        "Implied_bookings",
        f"RPO_IMPLIED_BOOKINGS({balances.local},{recognised.local})",
        across=count,
        column=LABEL,
    )
    bookings = implied.line("bookings")
    book.name("Implied_bookings", implied, "Bookings that later balances imply")
    rows = []
    for label, sign in (("Booked, net", ""), ("Cancelled, net", "-")):
        page.put(page.row, UNIT, "USD m", "unit")
        page.put(page.row, LABEL, label, "label")
        each = [f"=MAX({sign}{bookings.part(0, i).by_column},0)" for i in range(count)]
        rows.append(page.series(FIRST, each).local)
        page.row += 1
    page.row += 1
    rolled = page.result(
        "Rollforward",
        f"RPO_ROLLFORWARD(Opening_balance,{rows[0]},{recognised.local},{rows[1]})",
        across=count,
        column=LABEL,
    )
    book.checks += [
        Check(
            "Implied bookings roll the opening balance to the last disclosed one",
            str(rolled.line("closing").part(0, count - 1)),
            str(balances.part(count, 0)),
        ),
        Check(
            "Implied bookings: closing less opening plus revenue",
            f"SUM({bookings})",
            f"{balances.part(count, 0)}-{balances.part(0, 0)}+SUM({recognised})",
        ),
    ]
