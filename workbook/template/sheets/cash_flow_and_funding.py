"""Funding: cash and debt by year, the remaining gap, and the effect of filling it on the value.

The free cash flow and the bridge are the DCF's; what falls due, the facilities and the covenants
are typed on Inputs.
"""

from __future__ import annotations

from model.case.tables import FUNDING
from model.funded import LEAST
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import nth, room_for, summed
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    UNIT,
    column_of,
    put_line,
    scalar,
    yearly_page,
    years_but_last,
    years_from_second,
)
from workbook.template.sheets.dcf.lines import forecast_line, links, value_line

#: Labels of the tables that a case leaves out.
TABLES_LACKING = {
    "commitments": "No amounts due are stated",
    "facilities": "No credit facilities are stated",
    "covenants": "No covenants are stated",
}


def write(book: Book) -> None:
    """Write the sheet, if the case says how much cash the company keeps."""
    if not book.case.funding:
        return
    years = len(book.years)
    last = FIRST + years - 1
    page = yearly_page(book, "Cash flow and funding", "cash flow and funding", 46)
    page.row += 1
    chart = page.leave(charts.HEIGHT)
    page.section("What funding starts from", last)
    block = _funding(page, book)
    page.section("Value per share if each year's gap is filled", last)
    _raises(page, book, block)
    charts.bars(
        page,
        "Cash at year end and funding gap",
        [(line.part(0, -1), line) for line in map(block.line, ("cash_closing", "gap"))],
        Area(page.title, HEAD_ROWS, FIRST, 1, years),
        LABEL,
        min(10, 1 + years),
        across="Year",
        row=chart,
        values=True,
    )
    page.finish(last)


def _funding(page: Page, book: Book) -> Block:
    """Write what the case and the DCF give, and call the function with it.

    A cell that stays empty is an argument that the case leaves out.
    """
    tables, interim = book.case.tables, None
    if "interim_cash_flow" in book.block("Valuation").result.declared:
        interim = value_line(book, "interim_cash_flow")
    cash = _cash(page, book)
    offered = value_line(book, "offer_proceeds")
    proceeds = str(offered)
    if book.case.offer or "offer_proceeds" in book.case.drivers:
        proceeds = _given(page, "Net proceeds of the offer", offered).local
    before = _given(page, "Cash flow from balance date to valuation date", interim)
    stub = _given(page, "Part of the first year that is left",
                  forecast_line(book, "period_length").part(0, 0), "years")  # fmt: skip
    ebitda = _ebitda(page, book)
    stated = {
        key: key.capitalize() if key in tables else _lacking(page, TABLES_LACKING[key])
        for key in FUNDING
    }
    rooms = ("facilities", "covenants")
    most = max((room_for(book, key) for key in rooms if key in tables), default=0)
    page.section("Cash, debt and the gap", FIRST + len(book.years) - 1)
    block = page.result(
        "Funding_lines",
        f"DCF_FUNDING({forecast_line(book, 'cash_flow')},{cash.local},Minimum_cash,"
        f"{stated['commitments']},{stated['facilities']},{proceeds},Interest_on_cash,"
        f"{stated['covenants']},{ebitda.local},{before.local},{stub.local})",
        across=len(book.years),
        things={key: most if key in tables else 0 for key in rooms},
    )  # fmt: skip
    page.head_above(block)
    book.name("Funding_lines", block, "Cash, debt and the funding gap by year")
    _owed(book)
    _corkscrews(book, block)
    _interest(book, block)
    _covenants(book, block, ebitda)
    return block


def _lacking(page: Page, label: str) -> str:
    """Write that a table is not stated, and give the argument in its place."""
    _given(page, label, None)
    # An empty text: a blank cell would be 0 in Calc.
    return '""'


def _given(page: Page, label: str, area: Area | None, unit: str = "USD m") -> Area:
    """Write a row that shows another cell; without one, the row stays empty."""
    if area is not None:
        return scalar(page, unit, label, f"={area}", style="link")
    page.put(page.row, LABEL, label, "label")
    page.row += 1
    return Area(page.title, page.row - 1, FIRST)


def _cash(page: Page, book: Book) -> Area:
    """Write the cash of the bridge that is free to be spent."""
    held = _given(page, "Cash and investments in the DCF", value_line(book, "cash"))
    if "balance_sheet.restricted_cash" not in book.areas:
        return held
    restricted = _given(page, "Restricted cash", book.areas["balance_sheet.restricted_cash"])
    counts = f'({book.areas["balance_sheet.restricted_cash_counts"]}="included")'
    return scalar(page, "USD m", "Cash without what is restricted",
                  f"={held.local}-{restricted.local}*{counts}")  # fmt: skip


def _ebitda(page: Page, book: Book) -> Area:
    """Write EBITDA, by which covenants are measured."""
    income, depreciation = (
        links(forecast_line(book, name)) for name in ("operating_income", "depreciation")
    )
    formulas = [f"{i}+{d[1:]}" for i, d in zip(income, depreciation, strict=True)]
    return put_line(page, "USD m", "EBITDA", formulas, style="link")


def _owed(book: Book) -> None:
    """Check that debt is the same in commitments and facilities as in the bridge to equity."""
    tables = book.case.tables
    if "commitments" not in tables:
        return
    kind, balance = (column_of(book, "commitments", name) for name in ("Kind", "Balance"))
    owed = f'SUMPRODUCT(({kind}="debt")*{balance})'
    if "facilities" in tables:
        owed += f"+SUM({column_of(book, 'facilities', 'Drawn')})"
    book.checks.append(
        # Balances carry costs of issue, and what falls due does not.
        Check("Funding: debt is the debt in the bridge", owed,
              str(value_line(book, "debt")), 0.05)
    )  # fmt: skip


def _corkscrews(book: Book, block: Block) -> None:
    line = block.line
    moved = {
        "cash_opening": "+", "free_cash_flow": "+", "cash_to_valuation": "+", "proceeds": "+",
        "interest_received": "+", "interest_paid": "-", "debt_repaid": "-", "leases_paid": "-",
        "purchases": "-",
    }  # fmt: skip
    before = "".join(f"{sign}{line(name)}" for name, sign in moved.items())
    drawn, repaid, cash = line("drawn"), line("repaid"), line("cash_before")
    book.checks += [
        Check("Funding: cash rolls from opening to closing in every year",
              f"SUMPRODUCT(({before}+{drawn}-{repaid}+{line('gap')}-{line('cash_closing')})^2)",
              "0", 1e-12),
        Check("Funding: the gap is what cash and facilities leave below the minimum",
              f"SUMPRODUCT((Minimum_cash-{cash}-{drawn}+{repaid})"
              f"*({cash}+{drawn}-{repaid}<Minimum_cash))", f"SUM({line('gap')})"),
        Check("Funding: debt rolls from opening to closing in every year",
              f"SUMPRODUCT(({line('debt_opening')}-{line('debt_repaid')}+{drawn}-{repaid}"
              f"-{line('debt_closing')})^2)", "0", 1e-12),
        Check("Funding: the cash flows are those that the DCF values",
              f"SUM({forecast_line(book, 'cash_flow')})", f"SUM({line('free_cash_flow')})"),
    ]  # fmt: skip
    if block.columns > 2:
        book.checks += [
            Check(f"Funding: each year's {what} opens where the last closed",
                  f"SUMPRODUCT(({years_from_second(line(f'{what}_opening'))}"
                  f"-{years_but_last(line(f'{what}_closing'))})^2)", "0", 1e-12)
            for what in ("cash", "debt")
        ]  # fmt: skip


def _interest(book: Book, block: Block) -> None:
    """Check interest on opening balances, of debt by what is left after each year's payments."""
    line, tables = block.line, book.case.tables
    length, time = forecast_line(book, "period_length"), line("time")
    book.checks.append(
        Check("Funding: interest on cash is on its opening balance",
              f"Interest_on_cash*SUMPRODUCT({line('cash_opening')}*{length})",
              f"SUM({line('interest_received')})")
    )  # fmt: skip
    parts = []
    if "commitments" in tables:
        rate, balance = (column_of(book, "commitments", h) for h in ("Rate", "Balance"))
        first = column_of(book, "commitments", f"{book.years[0]}")
        payments = first.part(0, 0, first.rows, len(book.years))
        whole = f"INDEX({time},COLUMNS({time}))"
        parts.append(
            f"SUMPRODUCT({rate}*{balance})*{whole}-SUMPRODUCT({rate}*{payments}*({whole}-{time}))"
        )
    if "facilities" in tables:
        rate, drawn = (column_of(book, "facilities", h) for h in ("Rate", "Drawn"))
        parts.append(f"SUMPRODUCT({rate}*{drawn})*{length.part(0, 0)}")
        if block.columns > 2:
            used = block.lines("by_facility")
            lengths, years = years_from_second(length), used.columns - 1
            parts.append(summed(
                f"N({nth(rate, i + 1)})*SUMPRODUCT({lengths},{used.part(i, 0, 1, years)})"
                for i in range(rate.rows)
            ))  # fmt: skip
    book.checks.append(
        Check("Funding: interest is on opening debt and facilities",
              "+".join(parts) or "0", f"SUM({line('interest_paid')})")
    )  # fmt: skip


def _covenants(book: Book, block: Block, ebitda: Area) -> None:
    if "covenants" not in book.case.tables:
        return
    line = block.line
    measure, limit = (column_of(book, "covenants", h) for h in ("Measure", "Limit"))
    net_debt = f"({line('debt_closing')}-{line('cash_closing')})"
    interest = f"{line('interest_paid')}/{forecast_line(book, 'period_length')}"
    for i in range(measure.rows):
        what, most = (nth(column, i + 1) for column in (measure, limit))
        by_hand = (
            f'SUMPRODUCT(({what}="liquidity")*({line("liquidity")}-{most})'
            f'+({what}="interest cover")*({ebitda}-{most}*{interest})'
            f'+({what}="net debt to EBITDA")*({most}*{ebitda}-{net_debt}))'
        )
        label = f"Funding: headroom of covenant {i + 1} by native formulas"
        book.checks.append(Check(label, summed([by_hand]), f"SUM({line('headroom', i)})"))


def _raises(page: Page, book: Book, block: Block) -> None:
    """Write the value per share after each year's gap is filled."""
    value, shares = value_line(book, "value_per_share"), value_line(book, "diluted_shares")
    stated, issue = book.areas["funding.raise_price"], book.areas["funding.raise_issue"]
    equity = scalar(page, "USD m", "Value per share times diluted shares, before",
                    f"={value}*{shares}", style="link")  # fmt: skip
    page.put(page.row, UNIT, "fraction", "unit")
    page.put(page.row, LABEL, "Least part of the share price at which shares can be sold", "label")
    least = page.put(page.row, FIRST, LEAST, "fixed", styles.PERCENT).local
    page.row += 1
    today = scalar(
        page, "USD", "Price today of shares to be sold, if none is typed",
        f"=IF({value}>={least}*Share_price,{value},Share_price)", style="link",
    )  # fmt: skip
    time = block.line("time")
    price = put_line(
        page, "USD", "Price at which each year's gap is filled",
        [f"=IF(ISNUMBER({stated}),{stated},IF({issue}=\"debt\",1,{today.local}"
         f"*(1+Cost_of_equity)^{time.part(0, i).local.replace('$', '')}))"
         for i in range(time.columns)], style="link",
    )  # fmt: skip
    book.count("Price of a raise", Area(page.title, equity.row, FIRST, 2), price)
    page.row += 1
    gap = block.line("gap")
    raised = page.result(
        "Raises",
        f"EQUITY_AFTER_RAISE({equity.local},{shares},{gap.local},{price.local},Cost_of_equity,"
        f"{time.local},{issue})",
        across=len(book.years),
    )
    book.name("Raises", raised, "Value per share after each year's gap is filled")
    after = raised.line("value_per_share")
    after = after.part(0, after.columns - 1)
    issued = f"SUMPRODUCT({gap}/{price})"
    # What is raised is worth its amount today; debt takes its own value away again, and no shares.
    worth = f"SUMPRODUCT({gap}/(1+Cost_of_equity)^{time})"
    debt = f"SUMPRODUCT({gap}/{price}/(1+Cost_of_equity)^{time})"
    book.checks += [
        Check("Funding: the amount raised is the sum of the gaps",
              f"SUM({raised.line('amount')})", f"SUM({gap})"),
        Check("Funding: value per share after the raises, (E + nP / (1 + ke)^t) / (N + n)",
              f'IF({issue}="debt",({equity}+{worth}-{debt})/{shares},'
              f"({equity}+{worth})/({shares}+{issued}))", str(after)),
        Check("Funding: raises without a stated price change nothing",
              f"IF(OR(ISNUMBER({stated}),{value}<=0),{after},{value})", str(after)),
    ]  # fmt: skip
