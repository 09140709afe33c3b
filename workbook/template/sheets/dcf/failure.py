"""Value per share by probability of failure: a section of the DCF."""

from __future__ import annotations

from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, column_of, each, heads, put_line, scalar
from workbook.template.sheets.dcf.lines import driver, value_line

PART = "failure"
NEEDED = ("scalars.distress_proceeds", "tables.default_rates")


def _prices(page: Page, label: str, equity: Area, ladder: int) -> Area:
    """Write the price of each equity value, found in the ladder below."""
    worth, price = (Area(page.title, ladder + 1, LABEL + j, equity.columns).local for j in (0, 1))
    return put_line(
        page, "USD", label, [f"=INDEX({price},MATCH({e},{worth},0))" for e in each(equity)]
    )


def _ladder(page: Page, book: Book, name: str, when: str, equity: Area) -> None:
    """Write one call for the prices of a row of equity values."""
    count = equity.columns
    page.put(page.row, LABEL, f"Prices {when}", "strong")
    page.row += 1
    block = page.block(
        name,
        f"PRICE_LADDER({equity.local},Securities,{driver(book, 'method')})",
        count + 1,
        7,
        column=LABEL,
        column_formats=[styles.MONEY, styles.PRICE, styles.SHARES, *[styles.MONEY] * 4],
        text_columns=(),
        header="@",
    )
    book.name(name, block, f"Prices and shares of the equity values {when}")
    worth, each_price, shares, value, converted, tax, repaid = (
        block.part(1, j, count) for j in range(7)
    )
    book.checks += [
        Check(f"Prices {when}: market value is price times shares",
              f"SUMPRODUCT({each_price}*{shares})", f"SUM({value})"),
        Check(f"Prices {when}: the shares are worth the equity values", f"SUM({value})",
              f"SUM({worth})+SUM({converted})-SUM({tax})-SUM({repaid})"),
    ]  # fmt: skip


def _weighted(chance: str, survives: str, fails: str = "") -> str:
    """Weight survival and failure as DCF_FAILURE_VALUE does; no number without a probability."""
    brought = f"+{fails}*{chance}" if fails else ""
    return f'=IF(AND({chance}>=0,{chance}<=1),{survives}*(1-{chance}){brought},"n.m.")'


def reserve(page: Page) -> None:
    """Leave the rows of what is printed: a heading, four values, and a table of seven rows."""
    page.reserve(PART, 2 + 4 + 1 + 7 + 1)


def write(page: Page, book: Book) -> None:
    """Write the value per share at the default rate of each rating, and below it its prices."""
    ratings, rates = (
        column_of(book, "default_rates", h) for h in book.case.tables["default_rates"].columns
    )
    count, ladder = rates.rows, page.row + 1
    with page.within(PART):
        page.section("Value by the chance of failure, by rating", FIRST + len(book.years) - 1)
        going, bridge, brought, expected = _operations(page, book)
        page.row += 1
        head = heads(
            page,
            "Rating",
            [f"={ratings.part(i, 0)}" for i in range(count)],
            [row.values[0] for row in book.case.tables["default_rates"].rows.values()],
        )
        chance = put_line(page, "fraction", "Probability of failure",
                          [f"={rates.part(i, 0)}" for i in range(count)], style="link")  # fmt: skip
        operations = put_line(
            page, "USD m", "Value of operations, weighted by survival and failure",
            [_weighted(p, going.local, brought.local) for p in each(chance)],
        )  # fmt: skip
        equity = put_line(page, "USD m", "Equity value, debt and cash in full",
                          [f"={o}+{bridge.local}" for o in each(operations)])  # fmt: skip
        price = _prices(page, "Value per share", equity, ladder)
        book.areas["Value by rating"] = price
        nothing = put_line(
            page, "USD m", "Equity value, nothing left in failure",
            [_weighted(p, f"({going.local}+{bridge.local})") for p in each(chance)],
        )  # fmt: skip
        # A ladder has its caption and its header, and an empty row below it.
        worst = _prices(page, "Value per share, nothing left in failure", nothing,
                        ladder + count + 3)  # fmt: skip
    book.count("Failure", Area(page.title, operations.row, operations.column, 5, count))
    _ladder(page, book, "Prices_by_rating", "by rating", equity)
    _ladder(page, book, "Prices_if_nothing_is_left", "if nothing is left", nothing)
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
        values=True,
    )


def _operations(page: Page, book: Book) -> tuple[Area, Area, Area, Area]:
    """Write what survival and failure bring, and the bridge from it to equity value."""
    going = scalar(page, "USD m", "Value of operations as a going concern",
                   f"={value_line(book, 'going_concern_value')}", style="link")  # fmt: skip
    bridge = scalar(
        page, "USD m", "From enterprise value to equity value in the DCF",
        f"={value_line(book, 'equity_value')}-{value_line(book, 'enterprise_value')}",
    )  # fmt: skip
    # A going concern with a negative value finds no buyer.
    brought = scalar(page, "USD m", "Proceeds of a sale of operations in failure",
                     f"=MAX({going.local},0)*Distress_proceeds")  # fmt: skip
    expected = scalar(
        page, "USD m", "Value of operations at the probability of failure in the DCF",
        _weighted(driver(book, "failure_probability"), going.local,
                  str(value_line(book, "failure_proceeds"))),
    )  # fmt: skip
    return going, bridge, brought, expected
