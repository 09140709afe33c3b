"""Dilution: market values by price and method, and the bridge from basic to diluted shares."""

from __future__ import annotations

from collections.abc import Callable

from workbook.template import charts, styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Check, Page
from workbook.template.sheets.checks import MASTER

UNIT, METHOD, LABEL, FIRST = 1, 2, 3, 4
#: The methods, from the smallest count to the largest.
TOLD = {
    "basic": "Common stock alone",
    "treasury": "Treasury stock method",
    "gross": "All options and warrants in full",
}


def write(book: Book) -> None:
    """Write the sheet."""
    prices = list(book.case.price_points)
    last = FIRST + len(prices) - 1
    page = book.page(
        "Dilution",
        "dilution by price and method",
        [11, 12, 34, *[12.5] * max(len(prices), 7)],
        freeze=f"D{HEAD_ROWS + 1}",
    )
    labels = _prices(page, book, prices)
    page.section("Diluted shares", last)
    shares = _by_method(page, "m shares", "DILUTED_SHARES", len(prices), styles.SHARES)
    book.name("Shares_by_method", _all(shares), "Diluted shares by method and price")
    page.section("Market value", last)
    values = _by_method(page, "USD m", "DILUTED_MARKET_CAP", len(prices), styles.WHOLE_MONEY)
    book.name("Market_values", _all(values), "Market value by method and price")
    _first_terms(page, book, len(prices))
    page.section("What dilution adds to the basic count", last)
    for method in ("treasury", "gross"):
        _caption(page, "fraction", method, TOLD[method])
        added = [
            f"={shares[method].part(0, i).by_column}/{shares['basic'].part(0, i).by_column}-1"
            for i in range(len(prices))
        ]
        page.series(FIRST, added, number_format=styles.PERCENT)
        page.row += 1

    page.section("From basic to diluted shares at the offer price (treasury stock method)", last)
    bridge = page.block(
        "Bridge",
        "DILUTION_BRIDGE(Offer_price,Securities)",
        len(book.case.securities) + 2,
        8,
        column=LABEL,
        strong=(len(book.case.securities) + 1,),
        text_columns=(0, 1),
        column_formats=["@", "@", *[styles.SHARES] * 5, styles.WHOLE_MONEY],
    )
    book.name("Bridge", bridge, "From basic to diluted shares at the offer price")
    _round_trip(page, last, values["treasury"].part(0, 0), book)
    _checks(book, bridge)

    page.row += 1
    charts.bars(
        page,
        "Market value by price and method",
        [(values[m].part(0, -1), values[m]) for m in TOLD],
        labels,
        LABEL,
        min(8, 1 + len(prices)),
        across="Share price",
    )
    page.finish(MASTER, last)


def _caption(page: Page, unit: str, method: str, label: str) -> None:
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, METHOD, method, "unit")
    page.put(page.row, LABEL, label, "label")


def _prices(page: Page, book: Book, prices: list[str]) -> Area:
    row = HEAD_ROWS
    for column, text in ((UNIT, "Unit"), (METHOD, "Method"), (LABEL, "At")):
        page.put(row, column, text, "head_left")
    page.sheet.row_dimensions[row].height = 28
    for i, key in enumerate(prices):
        source = book.areas[key]
        label = Area(source.sheet, source.row, source.column - 1)
        page.put(row, FIRST + i, f"={label}", "link_head")
    page.put(page.row, UNIT, "USD", "unit")
    page.put(page.row, LABEL, "Share price", "strong")
    links = [f"={book.areas[key]}" for key in prices]
    book.areas["prices"] = page.series(FIRST, links, "link", styles.PRICE)
    page.row += 1
    return Area(page.title, row, FIRST, 1, len(prices))


def _by_method(
    page: Page, unit: str, function: str, count: int, number_format: str
) -> dict[str, Area]:
    rows = {}
    prices = page.book.areas["prices"]
    for method in TOLD:
        _caption(page, unit, method, TOLD[method])
        formulas = [
            f"={function}({prices.part(0, i).by_column},Securities,$B{page.row})"
            for i in range(count)
        ]
        rows[method] = page.series(FIRST, formulas, number_format=number_format)
        book = page.book
        book.areas[f"{function}.{method}"] = rows[method]
        book.count(f"{function}, {method}", rows[method])
        page.row += 1
    return rows


def _all(rows: dict[str, Area]) -> Area:
    first = next(iter(rows.values()))
    return first.part(0, 0, len(rows), first.columns)


def _first_terms(page: Page, book: Book, count: int) -> None:
    """Show the count behind the first headlines, where the case knows it."""
    terms = book.areas.get("offer.first_range_shares")
    if terms is None:
        return
    _caption(page, "USD m", "basic", "Common stock on the first terms")
    prices = book.areas["prices"]
    formulas = [f"={prices.part(0, i).by_column}*{terms}" for i in range(count)]
    book.areas["first_terms"] = page.series(FIRST, formulas, "link", styles.WHOLE_MONEY)
    page.row += 1


def _round_trip(page: Page, last: int, market_cap: Area, book: Book) -> None:
    page.section("The price that the diluted market value gives back", last)
    page.put(page.row, UNIT, "USD", "unit")
    page.put(page.row, LABEL, "Price at which the shares are worth it", "label")
    kind, number, strike, withheld = columns(book)
    # The face of convertible debt comes back to the shareholders when it is converted, and what
    # is withheld from RSUs is paid in cash.
    converted = f'SUMPRODUCT(({kind}="convertible")*{number}*({strike}<Offer_price)*{strike})'
    tax = f"Offer_price*SUMPRODUCT({number}*{withheld})"
    formula = f"=PRICE_PER_SHARE({market_cap.local}-{converted}+{tax},Securities)"
    back = page.put(page.row, FIRST, formula, "calc", styles.PRICE)
    book.count("PRICE_PER_SHARE", back)
    book.checks.append(
        Check(
            "Price found from the diluted market value is the offer price", str(back), "Offer_price"
        )
    )
    page.row += 1


def columns(book: Book) -> tuple[str, str, str, str]:
    """Type, count taking part at the offer price, strike and part withheld, as formulas."""
    table = book.areas["Securities"]
    kind, number, strike, included, withheld, vests_at = (
        str(table.part(1, j, table.rows - 1)) for j in range(1, 7)
    )
    # An empty Included stands for 1; an empty Vests at is met at any price.
    held = f'{number}*(({included}="")+{included})'
    common = f'SUMPRODUCT(({kind}="common")*{held})'
    return kind, f"({held}*({vests_at}<=Offer_price*{common}))", strike, withheld


def taking_part(book: Book, security: Area, price: str) -> str:
    """Give the formula of what takes part at a price of a security, told by its row on Inputs."""
    number, included, vests_at = (security.part(0, j) for j in (2, 4, 6))
    worth = f"{price}*{book.areas['DILUTED_SHARES.basic'].part(0, 0)}"
    return f'{number}*IF({included}="",1,{included})*IF(N({vests_at})<={worth},1,0)'


def worth_of_shares(book: Book, item: Callable[[str], Area]) -> str:
    """Give what the diluted shares must be worth at the value per share, as a formula.

    At the price at which a tranche vests, the shares may be worth more than there is: an equity
    value can be too large for the price just below it, and too small to carry the tranche.
    """
    table = book.areas["Securities"]
    vests_at = table.part(1, table.columns - 1, table.rows - 1)
    owned = f"({item('equity_value')}+{item('converted_debt')}-{item('rsu_tax')})"
    price, shares = item("value_per_share"), item("diluted_shares")
    worth = f"{price}*{book.areas['DILUTED_SHARES.basic'].part(0, 0)}"
    near = f"({vests_at}>={worth}*(1-1E-9))*({vests_at}<={worth}*(1+1E-9))"
    at_edge = f"SUMPRODUCT(({vests_at}>0)*{near})>0"
    return f"IF({at_edge},MAX({price}*{shares},{owned}),{owned})"


def _checks(book: Book, bridge: Area) -> None:
    count = bridge.rows - 2
    kind, number, strike, withheld = columns(book)
    net = bridge.part(1, 5, count)
    # By hand: what is owned outright, and n (1 - K / p) for each option in the money.
    by_hand = (
        f'SUMPRODUCT(({kind}<>"convertible")*{number}*(1-{withheld})'
        f"*({strike}<Offer_price)*(1-{strike}/Offer_price))"
        f'+SUMPRODUCT(({kind}="convertible")*{number}*({strike}<Offer_price))'
    )
    total = bridge.part(count + 1, 5)
    book.checks += [
        Check("Bridge: net shares sum to the total", f"SUM({net})", str(total)),
        Check("Bridge: diluted shares by native formulas", by_hand, str(total)),
        Check(
            "Bridge: the total is the diluted count at the offer price",
            "DILUTED_SHARES(Offer_price,Securities)",
            str(total),
        ),
    ]
