"""The offer on the Equity sheet: cash and shares, holders old and new, free float, headlines."""

from __future__ import annotations

from functools import partial

from model.case import derived
from model.dilution.headlines import Reconciliation
from model.dilution.holders import Investors
from model.dilution.ipo import Offer, PostMoney
from workbook.template import blocks, printing, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import numbered, room_for
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, column_of, has, scalar
from workbook.template.sheets import securities
from workbook.template.sheets.dcf.lines import value_line
from workbook.template.sheets.equity.dilution import at_share_price

TERMS = tuple(f"offer.{name}" for name in ("price", *derived.TERMS))
CLASSES = ("tables.share_classes",)
BOOK_VALUE = ("scalars.book_value_before", *TERMS)
INVESTORS = ("scalars.existing_paid", *TERMS)
LOCK_UP = ("tables.lock_up", *TERMS)
HEADLINES = ("tables.headlines",)


def chain_rows(book: Book) -> int:
    """Return the rows of the chain: RSUs, the offer, and what counts of it in the value."""
    remain = all(f"offer.{name}" in book.areas for name in derived.REMAINING)
    return 2 + remain + 1 + blocks.rows_of(Offer) + 2 + 1


def headline_rows(book: Book) -> int:
    """Return the rows of the headlines, and of the largest count known by name."""
    known = "tables.share_counts" in book.areas
    more = "offer.over_allotment" in book.areas
    count = room_for(book, "headlines")
    return blocks.rows_of(Reconciliation, count) + known * (5 + more + 1)


def reserve(page: Page, book: Book) -> None:
    """Leave the rows of what is printed of the value."""
    if has(book, TERMS):
        page.reserve("post-money", 2 + blocks.rows_of(PostMoney))


def write_terms(page: Page, book: Book, last: int) -> None:
    """Write the offer, from its price to cash, shares and market value, where its terms are given.

    The proceeds in the bridge and the common stock on Inputs link to it.
    """
    if not has(book, TERMS):
        return
    with page.within("offer"):
        page.section("The offer: one chain from its price to cash, shares and market value", last)
        _chain(page, book)


def write_sections(page: Page, book: Book, last: int) -> None:
    """Write the sections whose inputs the case has."""
    if has(book, TERMS):
        with page.within("post-money"):
            page.section("The offer: pre-money value and float", last)
            money = _post_money(page, book)
        if has(book, BOOK_VALUE):
            page.section("Dilution of new investors in tangible book value", last)
            _book_value(page, book, book.block("Offer"), money)
        if has(book, INVESTORS):
            page.section("What existing holders paid, and what new investors pay", last)
            _investors(page, book, money)
        if has(book, LOCK_UP):
            page.section("Free float as holders are released from lock-up", last)
            _float(page, book, money)
    if has(book, CLASSES):
        when = ", before and after the offer" if has(book, TERMS) else " by class"
        page.section(f"Ownership and votes{when}", last)
        _ownership(page, book)
    if has(book, HEADLINES):
        with page.within("headlines"):
            page.section("Headlines: the share count behind each quoted market value", last)
            _headlines(page, book, last)


def _term(book: Book, name: str) -> str:
    """Return the cell of a figure of the offer; zero if the case has none."""
    at = book.areas.get(f"offer.{name}")
    return str(at) if at else "0"


def _chain(page: Page, book: Book) -> None:
    term = partial(_term, book)
    issued, withheld = (term(name) for name in derived.SETTLED)
    settled = scalar(
        page, "m shares", "RSUs settled at the offer", f"={issued}+{withheld}", style="link"
    )
    part = scalar(
        page, "fraction", "Part of them withheld for tax",
        f"=IF({settled.local}>0,{withheld}/{settled.local},0)", style="link",
    )  # fmt: skip
    if all(f"offer.{name}" in book.areas for name in derived.REMAINING):
        remaining = scalar(
            page, "m shares", "RSUs that remain", f"={term('rsus_converting')}-{settled.local}",
            style="link",
        )  # fmt: skip
        if rsus := derived.following(book.case.securities, "rsu"):
            book.link(f"securities.{rsus}.count", remaining, styles.SHARES)
    page.row += 1
    cash = book.areas["drivers.cash"]
    block = page.result(
        "Offer",
        f"IPO_OFFER(Share_price,{cash},{term('shares_before')},{term('shares')},"
        f"{term('over_allotment')},{term('secondary')},{term('spread')},{term('expenses')},"
        f"{settled.local},{part.local})",
        across=2,
    )
    book.name("Offer_lines", block, "From the offer price to cash, shares and market value")
    counts = book.areas.get("offer.over_allotment_counts")
    column = f'IF({counts}="included",2,1)' if counts else "1"

    def counted(unit: str, label: str, line: str) -> Area:
        return scalar(page, unit, label, f"=INDEX({block.line(line).local},1,{column})")

    proceeds = counted("USD m", "Proceeds in the bridge", "cash_kept")
    after = counted("m shares", "Common stock in the value", "shares_after")
    page.row += 1
    book.link("drivers.offer_proceeds", proceeds, styles.MONEY)
    common = derived.following(book.case.securities, "common")
    book.link(f"securities.{common}.count", after, styles.SHARES)
    gross, net, tax, kept, cash_after = (
        _without(block, name) for name in ("gross", "net", "rsu_tax", "cash_kept", "cash_after")
    )
    kind, count = (securities.column(book, name) for name in ("kind", "count"))
    in_bridge = [value_line(book, name) for name in ("cash", "offer_proceeds")]
    book.checks += [
        Check("Offer: gross proceeds by native formulas",
              f"{term('shares')}*Share_price", str(gross)),
        Check("Offer: net proceeds by native formulas",
              f"{gross}*(1-{term('spread')})-{term('expenses')}", str(net)),
        Check("Offer: tax on RSUs by native formulas", f"{withheld}*Share_price", str(tax)),
        Check("Offer: over-allotment adds its shares at the price after discount",
              f"{net}+{term('over_allotment')}*Share_price*(1-{term('spread')})",
              str(block.line("net").part(0, 1))),
        Check("Offer: cash that stays, by native formulas", f"{net}-{tax}", str(kept)),
        Check("Offer: cash before and cash that stays lead to cash after", f"{cash}+{kept}",
              str(cash_after)),
        Check("Offer: the DCF adds the cash after it",
              f"INDEX({block.line('cash_after')},1,{column})", f"{in_bridge[0]}+{in_bridge[1]}"),
        Check("Offer: shares after it by native formulas",
              f"{term('shares_before')}+{term('shares')}+{issued}",
              str(_without(block, "shares_after"))),
        Check("Offer: the common stock is that after it", str(after),
              f'SUMPRODUCT(({kind}="common")*({count}={after})*{count})'),
        Check("Offer: market value after it by native formulas",
              f"Share_price*{_without(block, 'shares_after')}", str(_without(block, "post_money"))),
    ]  # fmt: skip


def _post_money(page: Page, book: Book) -> Block:
    term = partial(_term, book)
    money = page.result(
        "Post_money",
        f"IPO_POST_MONEY(Share_price,{term('shares_before')},{term('shares')},"
        f"{term('over_allotment')},{term('rsus_issued')},{term('secondary')})",
        across=2,
    )
    book.name("Post_money", money, "Pre-money and post-money value, and float")
    full = {name: money.line(name).part(0, 1) for name in PostMoney.declared}
    chain = book.block("Offer")
    book.checks += [
        Check("Post-money: shares and value are those of the chain",
              f"SUM({money.line('shares_after')})+SUM({money.line('post_money')})",
              f"SUM({chain.line('shares_after')})+SUM({chain.line('post_money')})"),
        Check("Post-money: value less pre-money is worth the new shares",
              f"{full['post_money']}-{full['pre_money']}",
              f"({full['shares_issued']}+{full['rsu_shares']})*Share_price"),
        Check("Post-money: float by native formulas",
              f"({term('shares')}+{term('secondary')})*Share_price",
              str(_without(money, "float_value"))),
        Check("Post-money: float and what is given up, as parts of the shares",
              f"{full['float_shares']}/{full['shares_after']}"
              f"+1-{full['shares_before']}/{full['shares_after']}",
              f"{full['float_share']}+{full['given_up']}"),
    ]  # fmt: skip
    return money


def _without(block: Block, line: str) -> Area:
    """Return a line without the over-allotment."""
    return block.line(line).part(0, 0)


def _book_value(page: Page, book: Book, proceeds: Block, money: Block) -> None:
    before, sold, settled, shares_after = (
        _without(money, name)
        for name in ("shares_before", "shares_issued", "rsu_shares", "shares_after")
    )
    kept = _without(proceeds, "cash_kept")
    block = page.result(
        "Book_dilution",
        f"IPO_BOOK_DILUTION(Share_price,Book_value_before,{before.local},"
        f"{sold.local}+{settled.local},{kept.local})",
    )
    book.name("Book_dilution", block, "Dilution of new investors in tangible book value")
    value = block.value
    after = f"(Book_value_before+{kept})/{shares_after}"
    book.checks += [
        Check("Book value: after the offer, by native formulas", after, str(value("after"))),
        Check("Book value: before and increase lead to after",
              f"{value('before')}+{value('increase')}", str(value("after"))),
        Check("Book value: dilution is price less book value after",
              f"Share_price*(1-{value('dilution_share')})", str(value("after"))),
        Check("Book value: dilution per share by native formulas", f"Share_price-{after}",
              str(value("dilution"))),
    ]  # fmt: skip


def _investors(page: Page, book: Book, money: Block) -> None:
    before, sold, settled, after = (
        _without(money, name)
        for name in ("shares_before", "shares_issued", "rsu_shares", "shares_after")
    )
    block = page.result(
        "Investors",
        f"IPO_INVESTORS(Share_price,{sold.local},{before.local}+{settled.local},Existing_paid)",
    )
    book.name("Investors", block, "What existing holders paid, and what new investors pay")
    existing, new = Investors.labels
    shares, paid = block.column_of("shares"), block.column_of("consideration")
    book.checks += [
        Check("Investors: all shares are those after the offer", str(block.total("shares")),
              str(after)),
        Check("Investors: new money is the gross proceeds", f"{sold}*Share_price",
              str(block.cell(new, "consideration"))),
        Check("Investors: average price of existing holders by native formulas",
              f"Existing_paid/({after}-{sold})", str(block.cell(existing, "average_price"))),
        Check("Investors: parts of shares and of money by native formulas",
              f"{block.cell(new, 'shares')}/SUM({shares})"
              f"+{block.cell(new, 'consideration')}/SUM({paid})",
              f"{block.cell(new, 'shares_part')}+{block.cell(new, 'consideration_part')}"),
    ]  # fmt: skip


def _float(page: Page, book: Book, money: Block) -> None:
    count = room_for(book, "lock_up")
    after, sold = _without(money, "shares_after"), _without(money, "shares_issued")
    block = page.result(
        "Free_float",
        f"IPO_FLOAT(Valuation_date,{after.local},{sold.local},Lock_up)",
        rows=1 + count,
        named=["Offer", *numbered(column_of(book, "lock_up", "Release"), "Release")],
    )
    book.name("Free_float", block, "Free float as holders are released from lock-up")
    freed, trading, locked, part = (
        block.column_of(name) for name in ("released", "trading", "locked", "part")
    )
    total = f"SUM({column_of(book, 'lock_up', 'Shares')})"
    book.checks += [
        Check("Float: the offer and all releases trade in the end", f"{sold}+{total}",
              f"MAX({trading})"),
        Check("Float: trading and locked shares add up to all shares on every date",
              f"SUM({trading})+SUM({locked})", f"COUNT({trading})*{after}"),
        Check("Float: what trades before a release and what it frees, by native formulas",
              f"SUM({trading})-MAX({trading})+SUM({freed.part(1, 0, count)})",
              f"SUM({trading.part(1, 0, count)})"),
        Check("Float: parts of the shares by native formulas",
              f"SUM({trading})/{after}", f"SUM({part})"),
    ]  # fmt: skip


def _ownership(page: Page, book: Book) -> None:
    count = room_for(book, "share_classes")
    block = page.result("Ownership", "IPO_OWNERSHIP(Share_classes)", rows=count)
    book.name("Ownership", block, "Ownership and votes by class, before and after the offer")
    before, issued, moved, after = (
        block.column_of(name) for name in ("before", "issued", "transferred", "after")
    )
    parts = "+".join(
        f"({block.total(name)}-1)^2"
        for name in ("owned_before", "owned_after", "votes_before", "votes_after")
    )
    owned, voting = block.column_of("owned_after"), block.column_of("votes_after")
    stated = book.case.tables["share_classes"].columns
    held = [header for header in ("Before", "Issued", "Transferred") if header in stated]
    typed = (str(column_of(book, "share_classes", header)) for header in held)
    votes = f"(({'+'.join(typed)})*{column_of(book, 'share_classes', 'Votes')})"
    book.checks += [
        Check("Ownership: parts of shares and votes sum to one, before and after",
              parts, "0"),
        Check("Ownership: before, issued and transferred lead to after",
              f"SUM({before})+SUM({issued})+SUM({moved})", f"SUM({after})"),
        Check("Ownership: squares of the parts of votes by native formulas",
              f"SUMPRODUCT({votes}^2)/SUMPRODUCT({votes})^2", f"SUMSQ({voting})"),
        Check("Ownership: shares by native formulas, each class weighted by its own",
              f"SUMPRODUCT({after},{owned})/{block.total('after')}",
              f"SUMPRODUCT({owned},{owned})"),
    ]  # fmt: skip


def _headlines(page: Page, book: Book, last: int) -> None:
    count = room_for(book, "headlines")
    known = ",Share_counts" if "tables.share_counts" in book.areas else ""
    block = page.result(
        "Headline_counts",
        f"HEADLINE_RECONCILIATION(Headlines,Share_price,Securities{known})",
        rows=count,
    )
    # The findings extend to the right.
    for beyond in range(block.column + block.columns, last + 1):
        page.put(block.row, beyond, None, "calc_head")
    _wrap_names(page, book, block.column_of("nearest"))
    book.recount(block.part(1, 1, count, 3), block.part(1, 5, count, 5))
    book.name("Headline_counts", block, "Share count behind each quoted market value")
    if known:
        _known_counts(page, book)
    c = {name: block.column_of(name) for name in Reconciliation.declared}
    quoted = column_of(book, "headlines", "Value")
    book.checks += [
        Check("Headlines: implied shares by native formulas", f"SUM({quoted})",
              f"SUMPRODUCT({c['implied_shares']},{c['price']})"),
        Check("Headlines: nearest shares and gap are the implied shares",
              f"SUM({c['nearest_shares']})+SUM({c['gap_shares']})", f"SUM({c['implied_shares']})"),
        Check("Headlines: the gap in value is the gap in shares at the price",
              f"SUMPRODUCT({c['gap_shares']},{c['price']})", f"SUM({c['gap_value']})"),
        Check("Headlines: nearest shares at the price that fits are the value",
              f"SUMPRODUCT({c['nearest_shares']},{c['fitting_price']})", f"SUM({quoted})"),
        Check("Headlines: the gap as a fraction by native formulas",
              f"SUMPRODUCT({c['gap']},{c['nearest_shares']})", f"SUM({c['gap_shares']})"),
    ]  # fmt: skip


def _wrap_names(page: Page, book: Book, nearest: Area) -> None:
    """Let a count's name take several lines, where its column is too narrow for one of them."""
    table = book.case.tables.get("share_counts")
    names = [str(row.values[0]) for row in table.rows.values()] if table else [""]
    width = page.width(nearest.column, nearest.column)
    for row in range(nearest.row, nearest.row + nearest.rows):
        cell = page.sheet.cell(row, nearest.column)
        cell.style = "calc_note"
        page.heights[row] = max(printing.height(name, width, cell.font, 1) for name in names)


def _known_counts(page: Page, book: Book) -> None:
    """Show how much of the largest named count the securities explain."""
    number = book.areas["Securities"].part(1, 2, room_for(book, "Securities"))
    more = book.areas.get("offer.over_allotment")

    def line(label: str, formula: str, style: str = "calc") -> Area:
        return scalar(page, "m shares", label, formula, style=style)

    ladder = book.areas["Shares.gross"].part(0, 0)
    gross = line("Gross shares at the share price", f"={ladder}", "link")
    # Partial tranches, shares withheld for tax, and unvested shares.
    line("Securities that this count leaves out", f"=SUM({number})-{gross.local}")
    if more:
        line("Over-allotment", f"={more}", "link")
    found = Area(page.title, gross.row, FIRST, page.row - gross.row)
    disclosed = line("All that is disclosed", f"=SUM({found.local})")
    known = column_of(book, "share_counts", "Shares")
    largest = line("Largest count known by name", f"=MAX({known})")
    missing = line("That count less all that is disclosed", f"={largest.local}-{disclosed.local}")
    extra = f"+{more}" if more else ""
    book.checks += [
        Check("Headlines: gross shares at the share price by native formulas",
              at_share_price(book).gross, str(gross)),
        Check("Headlines: what is disclosed and the rest add up to the largest count",
              f"SUM({number}){extra}+{missing}", str(largest)),
    ]  # fmt: skip
    page.row += 1
