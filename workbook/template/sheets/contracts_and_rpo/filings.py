"""Filings' data on customers and balances: concentration, measures, and the back-test.

Sections of the sheet Contracts and RPO.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from model.case.parts import Balance, Band
from model.rpo.concentration import POINTS, HhiBounds
from model.rpo.measures import Multiples
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import LABEL, band_cells, column_of, put_line, run_rate
from workbook.template.sheets.contracts_and_rpo.balance import MONTHS_PER_QUARTER
from workbook.template.sheets.dcf.lines import base_revenue, forecast_line


def named_rows(book: Book) -> int:
    """Return the rows of named customers: of each period a caption, bounds and four lines."""
    return (1 + 1 + len(HhiBounds.labels) + 4 + 1) * len(_periods(book))


def _periods(book: Book) -> Counter[str]:
    """Count the named customers of each period."""
    table = book.case.tables["named_customers"]
    at = list(table.columns).index("Period")
    return Counter(str(row.values[at]) for row in table.rows.values())


def measures_rows(book: Book) -> int:
    """Return the rows of the measures with their heading."""
    multiples = book.case.base_revenue > 0
    risky = "customer_default_intensity" in book.case.scalars
    return 2 + 3 + 2 * risky + (1 + 1 + len(Multiples.labels) + 1) * multiples


def named_customers(page: Page, book: Book) -> None:
    """Write the bounds of the index for each period in the table."""
    of, share = (column_of(book, "named_customers", header) for header in ("Period", "Share"))
    limit = book.areas["scalars.largest_unnamed"]
    for i, (period, count) in enumerate(_periods(book).items(), 1):
        caption = page.put(page.row, LABEL, period, "strong")
        page.row += 1
        # By the period, because the rows may be sorted.
        theirs = f'({of}&""={caption.local}&"")*{share}'
        place = f"COLUMN()-COLUMN({caption.local})"
        named = put_line(page, "fraction", "Shares of the named customers, largest first",
                         [f"=SUMPRODUCT(LARGE({theirs},{place}))"] * count)  # fmt: skip
        block = page.result(
            f"Named_{i}_bounds", f"CONCENTRATION_BOUNDS({named.local},1,{limit})", column=LABEL
        )
        lower, upper = (block.cell(bound, "hhi") for bound in HhiBounds.labels)
        unnamed = block.cell("Lower", "unnamed")
        page.row -= 1
        index = put_line(page, "points", "Index of the named customers alone",
                         [f"={lower.local}"], form=styles.WHOLE_MONEY)  # fmt: skip
        largest = put_line(page, "fraction", "Share of the largest customer",
                           [f"=MAX({named})"])  # fmt: skip
        upto = f"MIN(2,COLUMNS({named}))"
        second = f"LARGE({named},{upto})"
        two = put_line(page, "fraction", "Share of the two largest customers",
                       [f"={largest.local}+IF(COLUMNS({named})>1,{second},0)"])  # fmt: skip
        page.row += 1
        book.name(f"Named_{i}_bounds", block, f"Bounds of the index, {period}")
        book.checks += [
            Check(f"Named customers, {period}: the index, the lower bound, by squares",
                  f'{POINTS:.0f}*SUMPRODUCT(({of}&""={caption}&"")*{share}^2)', str(index)),
            Check(f"Named customers, {period}: the upper bound by squares",
                  f"{lower}+{POINTS:.0f}*(INT({unnamed}/{limit})"
                  f"*{limit}^2+MOD({unnamed},{limit})^2)", str(upper), 1e-6),
            Check(f"Named customers, {period}: the two largest by what is above the second",
                  f"IF(COLUMNS({named})>1,{upto}*{second}+"
                  f"SUMPRODUCT(({named}>{second})*({named}-{second})),SUM({named}))",
                  str(two)),
        ]  # fmt: skip


def measures(page: Page, book: Book) -> None:
    """Write coverage, average life, present value and multiples of the opening balance."""
    revenue = forecast_line(book, "revenue").part(0, 0)
    bands = "Opening_balance,Forecast_bands"
    shape = "Rpo_shape,Final_month"
    coverage = put_line(
        page,
        "fraction",
        "Coverage of the first forecast year's revenue",
        [f"=RPO_COVERAGE({bands},{revenue},12,{shape}{run_rate(book)})"],
        form=styles.PERCENT,
    )
    life = put_line(
        page,
        "years",
        "Weighted average life",
        [f"=RPO_DURATION({bands},{shape}{run_rate(book, timed=True)})"],
        form=styles.PLAIN,
    )
    book.count("RPO coverage", coverage)
    book.count("RPO weighted average life", life)
    safe = put_line(
        page,
        "USD m",
        "Present value at the cost of capital",
        [f"=RPO_PRESENT_VALUE({bands},Wacc,0,0,{shape}{run_rate(book, timed=True)})"],
    )
    if "customer_default_intensity" in book.case.scalars:
        intensity, recovery = (
            book.areas[f"scalars.customer_{name}"] for name in ("default_intensity", "recovery")
        )
        risky = put_line(
            page,
            "USD m",
            "The same, after default and recovery",
            [
                f"=RPO_PRESENT_VALUE({bands},Wacc,{intensity},{recovery},{shape}"
                f"{run_rate(book, timed=True)})"
            ],
        )
        lost = put_line(
            page,
            "USD m",
            "The same, if nothing were recovered",
            [f"=RPO_PRESENT_VALUE({bands},Wacc,{intensity},0,{shape}{run_rate(book, timed=True)})"],
        )
        book.checks.append(
            Check(
                "Present value: recovery lies between default and none",
                f"{recovery}*{safe}+(1-{recovery})*{lost}",
                str(risky),
            )
        )
        _one_risk(book, str(intensity), str(recovery))
    # A company without sales has no multiples of them.
    if book.case.base_revenue > 0:
        _multiples(page, book, base_revenue(book))


def _multiples(page: Page, book: Book, base: str) -> None:
    """Write the balance against the last year's sales and the market value."""
    page.row += 1
    block = page.result(
        "Balance_multiples",
        f"RPO_MULTIPLES(Opening_balance,{base},{book.areas['market_value']})",
        column=LABEL,
    )
    book.name("Balance_multiples", block, "The balance against sales and market value")
    to_sales, to_value, value_to_sales = (
        block.cell(label, "multiple") for label in Multiples.labels
    )
    book.checks += [
        Check("Multiples: balance to sales", f"Opening_balance/{base}", str(to_sales)),
        Check(
            "Multiples: market value to sales is RPO to sales over RPO to market value",
            f"{to_sales}/{to_value}",
            str(value_to_sales),
        ),
    ]


def _one_risk(book: Book, intensity: str, recovery: str) -> None:
    """Check that the balance's risk is that of a contract, where contracts state theirs."""
    stated = {"Default intensity": intensity, "Recovery": recovery}
    table = book.case.tables.get("customer_contracts")
    if table is None or not stated.keys() <= table.columns.keys():
        return
    customers, *columns = (
        column_of(book, "customer_contracts", header) for header in ("Customer", *stated)
    )
    same = (f"({of}={value})" for of, value in zip(columns, stated.values(), strict=True))
    alike = "*".join([f'({customers}<>"")', *same])
    book.checks.append(
        Check("Present value: default and recovery are those of a contract",
              f"MIN(1,SUMPRODUCT({alike}))", "1")
    )  # fmt: skip


def backtest(page: Page, book: Book) -> tuple[Area, Area]:
    """Compare the opening schedule with what later filings disclosed.

    Returns the tables of balances and of disclosed bands that it reads.
    """
    later = {k: b for k, b in book.rpo.later.items() if b.recognised}
    filings = filed(page, book, ["opening", *(f"later.{key}" for key in later)])
    case = book.rpo
    dated = {f"later.{key}": b.bands for key, b in later.items() if b.bands}
    bands = dated_bands(page, book, {"opening": case.opening.bands, **dated})
    arguments = f"{filings.local},{bands.local},Rpo_shape,Final_month{run_rate(book)}"
    block = _backtested(page, book, "Backtest", arguments, len(later))
    book.name("Backtest", block, "The schedule that the first filing implies, and later filings")
    scheduled, recognised, bookings, left, gap = (
        block.line(name) for name in ("scheduled", "recognised", "bookings", "left", "added")
    )
    implied = book.block("Implied_bookings").line("bookings")
    book.checks += [
        Check("Back-test: bookings are those of the roll-forward",
              f"SUM({implied})", f"SUM({bookings})"),
        Check("Back-test: the last gap is bookings and what was not recognised in time",
              f"SUM({bookings})+SUM({scheduled})-SUM({recognised})",
              str(gap.part(0, len(later) - 1))),
        Check("Back-test: what is left of the schedule",
              f"Opening_balance-SUM({scheduled})", str(left.part(0, len(later) - 1))),
    ]  # fmt: skip
    _quarter(book, later)
    _by_band(page, book, later, arguments)
    page.put(page.row, LABEL, "The same with the bands as the forecast splits them", "strong")
    page.row += 1
    split = dated_bands(page, book, {"opening": case.conversion}, "Forecast_bands")
    arguments = f"{filings.local},{split.local},Rpo_shape,Final_month{run_rate(book)}"
    forecast = _backtested(page, book, "Backtest_forecast", arguments, len(later))
    book.name("Backtest_forecast", forecast, "The schedule of the forecast, and later filings")
    quarterly = book.block("Schedule")
    ends, due = quarterly.line("to_month"), quarterly.line("recognised")
    last = str(forecast.line("to_month").part(0, len(later) - 1))
    due_by_then = f"SUM({forecast.line('scheduled')})"
    # The schedule can be summed by quarter only if the last filing ends a quarter.
    whole = f"MOD({last},{MONTHS_PER_QUARTER})=0"
    book.checks.append(
        Check("Back-test: the forecast's parts are the quarters of the schedule",
              f"IF({whole},SUMPRODUCT(({ends}<={last})*{due}),{due_by_then})", due_by_then)
    )  # fmt: skip
    return filings, bands


def _backtested(page: Page, book: Book, name: str, arguments: str, count: int) -> Block:
    return page.result(name, f"RPO_BACKTEST({arguments})", across=count, column=LABEL)


def _quarter(book: Book, later: Mapping[str, Balance]) -> None:
    """Check that the revenue of a filing is the same where it is stated again."""
    since = book.case.scalars.get("revenue_since")
    for key in list(later)[:1]:
        if since is not None and later[key].date.value == since.as_of:
            book.checks.append(
                Check("Back-test: the first filing's revenue is that of the last twelve months",
                      str(book.areas[f"rpo.later.{key}.recognised"]),
                      str(book.areas["scalars.revenue_since"]))
            )  # fmt: skip


def _by_band(page: Page, book: Book, later: Mapping[str, Balance], arguments: str) -> None:
    """Write the old schedule in the bands of later filings that disclose any."""
    banded = {k: b for k, b in later.items() if b.bands}
    if not banded:
        return
    # Closed bands leave a last one, for everything after them.
    count = sum(
        len(b.bands) + (list(b.bands.values())[-1].to_month is not None) for b in banded.values()
    )
    by_band = page.result(
        "Backtest_bands", f"RPO_BACKTEST_BANDS({arguments})", rows=count, column=LABEL
    )
    old, disclosed, difference = map(by_band.column_of, ("old", "disclosed", "difference"))
    book.recount(by_band.part(1, 4, count, 3))
    book.name("Backtest_bands", by_band, "The opening schedule in the bands of later filings")
    book.checks += [
        Check("Back-test: bands of later filings sum to their balances",
              "+".join(str(book.areas[f"rpo.later.{k}.amount"]) for k in banded),
              f"SUM({disclosed})"),
        Check("Back-test: disclosed less old schedule, band by band",
              f"SUM({disclosed})-SUM({old})", f"SUM({difference})"),
    ]  # fmt: skip


def filed(page: Page, book: Book, places: Sequence[str]) -> Area:
    """Write balances, by their places in the section, as a table for a back-test."""
    top = page.row
    heads = ["Date", "Balance", "Recognised"]
    stated = any(f"rpo.{place}.outside" in book.areas for place in places[1:])
    _heads(page, [*heads, "Outside"] if stated else heads)
    for path in (f"rpo.{place}" for place in places):
        # Revenue before the first balance is not since one of these.
        names = ("date", "amount", *(() if path == f"rpo.{places[0]}" else ("recognised",)))
        cells = {name: book.areas.get(f"{path}.{name}") for name in names}
        formats = {"date": styles.DATE, "amount": styles.MONEY, "recognised": styles.MONEY}
        for i, (name, shown) in enumerate(formats.items()):
            area = cells.get(name)
            page.put(page.row, LABEL + i, f"={area}" if area else None, "link", shown)
        if "recognised" in cells and (outside := book.areas.get(f"{path}.outside")):
            # A link to a cleared cell would say that nothing was outside.
            known = f'=IF({outside}="","",{outside})'
            page.put(page.row, LABEL + len(heads), known, "calc", styles.MONEY)
        page.row += 1
    page.row += 1
    return Area(page.title, top, LABEL, page.row - top - 1, len(heads) + stated)


def dated_bands(
    page: Page,
    book: Book,
    disclosed: Mapping[str, Mapping[str, Band]],
    opening: str = "Disclosed_bands",
) -> Area:
    """Write the bands of balances by their places; those of the opening one from a named area."""
    top = page.row
    _heads(page, ["Date", "From month", "To month", "Share"])
    for at, bands in disclosed.items():
        date = f"rpo.{at}.date"
        area = book.areas[opening if at == "opening" else f"rpo.{at}.bands"]
        for i, band in enumerate(bands.values()):
            # A link to an empty cell would give a month of 0, and a share of 0.
            stated = (True, True, band.to_month is not None, band.stated is not None)
            places = [book.areas[date], *band_cells(area, bands, i)]
            formats = (styles.DATE, styles.COUNT, styles.COUNT, styles.PERCENT)
            for j, (place, known, shown) in enumerate(zip(places, stated, formats, strict=True)):
                page.put(page.row, LABEL + j, f"={place}" if known else None, "link", shown)
            page.row += 1
    page.row += 1
    return Area(page.title, top, LABEL, page.row - top - 1, 4)


def _heads(page: Page, texts: Sequence[str]) -> None:
    for i, text in enumerate(texts):
        page.put(page.row, LABEL + i, text, "head")
    page.row += 1
