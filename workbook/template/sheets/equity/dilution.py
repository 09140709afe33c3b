"""Dilution: shares and market values by price and method, and the bridge from basic to diluted.

One call of DILUTION_LADDER gives all of them, price by price; the rows by method link to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.dilution.ladders import SharesByPrice
from model.dilution.shares import LADDER, Bridge
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import room_for
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, linked
from workbook.template.sheets.securities import Natively, common

#: Columns of the widest block.
WIDTH = max(len(SharesByPrice.declared), len(Bridge.declared))
#: The methods, from the smallest count to the largest.
METHOD_NOTES = {
    "basic": "Common stock alone",
    "treasury": "Treasury stock method",
    "gross": "All options and warrants in full",
}
#: Columns of a chart next to the prices, at least; below them it is as wide as the sheet.
WIDE = 4


@dataclass(frozen=True)
class Shown:
    """Rows by method that the ladder fills, and the bridge that it is compared with."""

    shares: dict[str, Area]
    values: dict[str, Area]
    bridge: Block


def write(page: Page, book: Book, last: int) -> Shown:
    """Write shares and values by price and method, and the bridge at the share price."""
    prices = list(book.case.price_points)
    top, narrow = page.row + 1, FIRST + len(prices) - 1
    page.section("Diluted shares, by price and method", narrow)
    labels = _heads(page, book, prices)
    page.put(page.row, UNIT, "USD", "unit")
    page.put(page.row, LABEL, "Share price", "strong")
    links = [f"={book.areas[key]}" for key in prices]
    book.areas["prices"] = page.series(FIRST, links, "link", styles.PRICE)
    page.row += 1
    shares = _by_method(page, "m shares", "Shares", len(prices))
    book.name("Shares_by_method", _all(shares), "Diluted shares by method and price")
    page.section("Market value, by price and method", narrow)
    _heads(page, book, prices)
    values = _by_method(page, "USD m", "Market value", len(prices))
    book.name("Market_values", _all(values), "Market value by method and price")
    _first_terms(page, book, len(prices))
    page.section("Dilution over the basic count, by price and method", narrow)
    _heads(page, book, prices)
    for method in ("treasury", "gross"):
        _caption(page, "fraction", METHOD_NOTES[method])
        added = [
            f"={shares[method].part(0, i).by_column}/{shares['basic'].part(0, i).by_column}-1"
            for i in range(len(prices))
        ]
        page.series(FIRST, added, number_format=styles.PERCENT)
        page.row += 1
    # Next to many prices there is no room.
    room = last - narrow >= WIDE
    charts.bars(
        page,
        "Market value by price and method",
        [(values[m].part(0, -1), values[m]) for m in METHOD_NOTES],
        labels,
        *((narrow + 1, last - narrow) if room else (FIRST, last - FIRST + 1)),
        across="Share price",
        row=top if room else None,
        height=charts.height_of(page.row - top) if room else charts.HEIGHT,
    )
    page.kept.append((top, page.row))
    page.section("From basic to diluted shares at the share price (treasury stock method)", last)
    bridge = page.result(
        "Bridge",
        "DILUTION_BRIDGE(Share_price,Securities)",
        rows=room_for(book, "Securities"),
    )
    book.name("Bridge", bridge, "From basic to diluted shares at the share price")
    return Shown(shares, values, bridge)


def by_price(page: Page, book: Book, last: int, shown: Shown) -> None:
    """Write the ladder that fills the rows by method, and the price that a value implies."""
    page.section("Shares and market values, price by price", last)
    ladder = _ladder(page, book)
    _take(page, ladder, shown.shares, "shares", styles.SHARES)
    _take(page, ladder, shown.values, "value", styles.WHOLE_MONEY)
    _round_trip(page, last, shown.values["treasury"].part(0, 0), book)
    _checks(book, shown.bridge)


def _caption(page: Page, unit: str, label: str) -> None:
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")


def _heads(page: Page, book: Book, prices: list[str]) -> Area:
    """Write the head of a section with prices across."""
    row = page.row
    for column, text in ((UNIT, "Unit"), (2, None), (3, None), (LABEL, "At")):
        page.put(row, column, text, "head_left")
    tallest = 28.0
    for i, key in enumerate(prices):
        source = book.areas[key]
        label = Area(source.sheet, source.row, source.column - 1)
        page.put(row, FIRST + i, f"={label}", "link_head")
        page.fit(book.case.price_points[key].label, FIRST + i)
        tallest = max(tallest, page.heights[row])
    page.heights[row] = tallest
    page.row += 1
    return Area(page.title, row, FIRST, 1, len(prices))


def _by_method(page: Page, unit: str, caption: str, count: int) -> dict[str, Area]:
    """Write the captions of the rows, which the ladder fills; `caption.method` finds the cells."""
    rows = {}
    for method in METHOD_NOTES:
        _caption(page, unit, METHOD_NOTES[method])
        rows[method] = Area(page.title, page.row, FIRST, 1, count)
        page.book.areas[f"{caption}.{method}"] = rows[method]
        page.book.count(f"{caption}, {method}", rows[method])
        page.row += 1
    return rows


def _ladder(page: Page, book: Book) -> Block:
    """Write the ladder of the prices."""
    rows = []
    for key in book.case.price_points:
        price = book.areas[key]
        rows.append([str(Area(price.sheet, price.row, price.column - 1)), str(price)])
    prices = linked(page, ["At", "Price"], rows, ["@", styles.PRICE])
    count = len(rows)
    block = page.result(
        "Shares_by_price", f"DILUTION_LADDER({prices.local},Securities)", rows=count
    )
    page.two_lines(block)
    book.name("Shares_by_price", block, "Shares and market values, price by price")
    c = {name: block.column_of(name) for name in SharesByPrice.declared}
    shares = "+".join(str(c[f"{method}_shares"]) for method in LADDER)
    values = ",".join(str(c[f"{method}_value"]) for method in LADDER)
    book.checks += [
        Check("Ladder: basic value is price times common stock",
              f"SUM({c['price']})*{common(book)}",
              f"SUMPRODUCT({c['price']}*{c['basic_shares']})"),
        Check("Ladder: values are price times shares",
              f"SUMPRODUCT({c['price']}*({shares}))", f"SUM({values})"),
        Check("Ladder: dilution is treasury over basic",
              f"SUMPRODUCT({c['treasury_shares']}/{c['basic_shares']})-ROWS({c['price']})",
              f"SUM({c['dilution']})"),
    ]  # fmt: skip
    return block


def _take(page: Page, ladder: Block, rows: dict[str, Area], what: str, number_format: str) -> None:
    """Fill rows by method with the ladder's columns, each cell by its price."""
    prices, at = page.book.areas["prices"], ladder.column_of("price").local
    for method, row in rows.items():
        found = ladder.column_of(f"{method}_{what}").local
        for i in range(row.columns):
            formula = f"=INDEX({found},MATCH({prices.part(0, i).by_column},{at},0))"
            page.put(row.row, row.column + i, formula, "calc", number_format)


def _all(rows: dict[str, Area]) -> Area:
    first = next(iter(rows.values()))
    return first.part(0, 0, len(rows), first.columns)


def _first_terms(page: Page, book: Book, count: int) -> None:
    """Show the count behind the first headlines, if the case has it."""
    terms = book.areas.get("offer.first_range_shares")
    if terms is None:
        return
    _caption(page, "USD m", "Common stock on the first terms")
    prices = book.areas["prices"]
    formulas = [f"={prices.part(0, i).by_column}*{terms}" for i in range(count)]
    book.areas["first_terms"] = page.series(FIRST, formulas, "link", styles.WHOLE_MONEY)
    page.row += 1


def _round_trip(page: Page, last: int, market_cap: Area, book: Book) -> None:
    page.section("Share price implied by the diluted market value", last)
    page.put(page.row, UNIT, "USD", "unit")
    page.put(page.row, LABEL, "Price at which the shares are worth that value", "label")
    # Conversion returns its debt to the shareholders; tax on RSUs and repayments are paid in cash.
    beyond = at_share_price(book).beyond_shares
    formula = f"=PRICE_PER_SHARE({market_cap.local}+{beyond},Securities)"
    back = page.put(page.row, FIRST, formula, "calc", styles.PRICE)
    book.count("PRICE_PER_SHARE", back)
    book.checks.append(
        Check(
            "Price found from the diluted market value is the share price", str(back), "Share_price"
        )
    )
    page.row += 1


def at_share_price(book: Book) -> Natively:
    """Return the securities at the share price, by native formulas."""
    return Natively(book, "Share_price", str(book.areas["Shares.treasury"].part(0, 0)))


def price_check(book: Book, caption: str, equity: str, price: str) -> Check:
    """Check by native formulas that all holdings at a price are worth its equity value.

    Below zero, only the common stock bears it. Where a condition is met exactly, or all goes to
    what is repaid first, the claims may be worth more than the equity value.
    """
    at = Natively(book, price, f"DILUTED_SHARES(MAX({price},0),Securities)")
    found = f"IF({equity}<0,{price}*{common(book)},{at.claims})"
    more = f"IF(OR({at.at_edge},{price}=0),MAX({at.claims},{equity}),{equity})"
    return Check(caption, found, more)


def _checks(book: Book, bridge: Block) -> None:
    net, total = bridge.column_of("net"), bridge.total("net")
    at = at_share_price(book)
    book.checks += [
        Check("Bridge: net shares sum to the total", f"SUM({net})", str(total)),
        Check("Bridge: diluted shares by native formulas", at.treasury, str(total)),
        Check(
            "Bridge: what takes part, with conditions by native formulas",
            f"SUMPRODUCT({at.taking_part})",
            str(bridge.total("taking_part")),
        ),
        Check(
            "Bridge: the total is the ladder's count at the share price",
            str(book.areas["Shares.treasury"].part(0, 0)),
            str(total),
        ),
    ]
