"""The offer on the Equity sheet: proceeds, holders old and new, free float, headlines."""

from __future__ import annotations

from model.dilution.headlines import Reconciliation
from model.dilution.holders import Investors, Ownership
from model.dilution.ipo import PostMoney
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, has, scalar
from workbook.template.sheets.dilution import columns

LABEL, FIRST = 3, 4
PROCEEDS = (
    *("scalars.over_allotment", "offer.price", "offer.shares", "offer.gross_proceeds"),
    *("offer.discount", "offer.expenses", "offer.rsus_withheld", "offer.rsus_issued"),
)
CLASSES = ("tables.share_classes",)
BOOK_VALUE = ("scalars.book_value_before", *PROCEEDS)
INVESTORS = ("scalars.existing_paid", *PROCEEDS)
LOCK_UP = ("tables.lock_up", *PROCEEDS)
HEADLINES = ("tables.headlines",)
SECTIONS = (PROCEEDS, CLASSES, BOOK_VALUE, INVESTORS, LOCK_UP, HEADLINES)


def write_sections(page: Page, book: Book, last: int) -> None:
    """Write the sections whose inputs the case has."""
    known = {needed: has(book, needed) for needed in SECTIONS}
    if known[PROCEEDS]:
        page.section("The offer: proceeds, post-money value and float", last)
        proceeds, money = _proceeds(page, book)
        if known[BOOK_VALUE]:
            page.section("Dilution of new investors in tangible book value", last)
            _book_value(page, book, proceeds, money)
        if known[INVESTORS]:
            page.section("What existing holders paid, and what new investors pay", last)
            _investors(page, book, money)
        if known[LOCK_UP]:
            page.section("Free float as holders are released from lock-up", last)
            _float(page, book, money)
    if known[CLASSES]:
        page.section("Ownership and votes, before and after the offer", last)
        _ownership(page, book)
    if known[HEADLINES]:
        page.section("Headlines: the share count behind each quoted market value", last)
        _headlines(page, book, last)


def _proceeds(page: Page, book: Book) -> tuple[Block, Block]:
    at = {path.partition(".")[2]: book.areas[path] for path in PROCEEDS}
    spread = scalar(
        page, "fraction", "Underwriting discount",
        f"={at['discount']}/{at['gross_proceeds']}", style="link",
    )  # fmt: skip
    kind, number = (book.areas["Securities"].part(1, j, len(book.case.securities)) for j in (1, 2))
    before = scalar(
        page, "m shares", "Common stock before the offer",
        f'=SUMIF({kind},"common",{number})-{at["shares"]}-{at["rsus_issued"]}', style="link",
    )  # fmt: skip
    page.row += 1
    proceeds = page.result(
        "Offer_proceeds_lines",
        f"IPO_PROCEEDS(Share_price,{at['shares']},Over_allotment,{spread.local},"
        f"{at['expenses']},{at['rsus_withheld']})",
        across=2,
    )
    book.name("Offer_proceeds_lines", proceeds, "From gross proceeds to cash retained")
    money = page.result(
        "Post_money",
        f"IPO_POST_MONEY(Share_price,{before.local},{at['shares']},Over_allotment,"
        f"{at['rsus_issued']})",
        across=2,
    )
    book.name("Post_money", money, "Shares after the offer, post-money value and float")
    gross, net, tax, kept = (
        _without(proceeds, name) for name in ("gross", "net", "rsu_tax", "cash_kept")
    )
    full = {name: money.line(name).part(0, 1) for name in PostMoney.declared}
    book.checks += [
        Check("Offer: gross proceeds natively", f"{at['shares']}*Share_price", str(gross)),
        Check("Offer: net proceeds natively", f"{gross}*(1-{spread})-{at['expenses']}", str(net)),
        Check("Offer: tax on RSUs natively", f"{at['rsus_withheld']}*Share_price",
              str(tax)),
        Check("Offer: over-allotment adds its shares at the price after discount",
              f"{net}+Over_allotment*Share_price*(1-{spread})",
              str(proceeds.line("net").part(0, 1))),
        Check("Offer: cash that stays natively", f"{net}-{tax}", str(kept)),
        Check("Post-money: shares after are the common stock", f'SUMIF({kind},"common",{number})',
              str(_without(money, "shares_after"))),
        Check("Post-money: value less pre-money is worth the new shares",
              f"{full['post_money']}-{full['pre_money']}",
              f"({full['shares_issued']}+{full['rsu_shares']})*Share_price"),
        Check("Post-money: float natively", f"{at['shares']}*Share_price",
              str(_without(money, "float_value"))),
        Check("Post-money: float and what is given up, as parts of the shares",
              f"{full['float_shares']}/{full['shares_after']}"
              f"+1-{full['shares_before']}/{full['shares_after']}",
              f"{full['float_share']}+{full['given_up']}"),
    ]  # fmt: skip
    return proceeds, money


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
        Check("Book value: after the offer, natively", after, str(value("after"))),
        Check("Book value: before and increase lead to after",
              f"{value('before')}+{value('increase')}", str(value("after"))),
        Check("Book value: dilution is price less book value after",
              f"Share_price*(1-{value('dilution_share')})", str(value("after"))),
        Check("Book value: dilution per share natively", f"Share_price-{after}",
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
        Check("Investors: average price of existing holders natively",
              f"Existing_paid/({after}-{sold})", str(block.cell(existing, "average_price"))),
        Check("Investors: parts of shares and of money natively",
              f"{block.cell(new, 'shares')}/SUM({shares})"
              f"+{block.cell(new, 'consideration')}/SUM({paid})",
              f"{block.cell(new, 'shares_part')}+{block.cell(new, 'consideration_part')}"),
    ]  # fmt: skip


def _float(page: Page, book: Book, money: Block) -> None:
    count = len(book.case.tables["lock_up"].rows)
    after, sold = _without(money, "shares_after"), _without(money, "shares_issued")
    block = page.result(
        "Free_float",
        f"IPO_FLOAT(Valuation_date,{after.local},{sold.local},Lock_up)",
        rows=1 + count,
    )
    book.name("Free_float", block, "Free float as holders are released from lock-up")
    freed, trading, locked, part = (
        block.column_of(name) for name in ("released", "trading", "locked", "part")
    )
    total = f"SUM({column_of(book, 'lock_up', 'Shares')})"
    book.checks += [
        Check("Float: the offer and all releases trade in the end", f"{sold}+{total}",
              str(trading.part(count, 0))),
        Check("Float: trading and locked shares add up to all shares on every date",
              f"SUMPRODUCT(({trading}+{locked}-{after})^2)", "0"),
        Check("Float: what trades before a release and what it frees, natively",
              f"SUM({trading.part(0, 0, count)})+SUM({freed.part(1, 0, count)})",
              f"SUM({trading.part(1, 0, count)})"),
        Check("Float: parts of the shares natively", f"SUM({trading})/{after}", f"SUM({part})"),
    ]  # fmt: skip


def _ownership(page: Page, book: Book) -> None:
    count = len(book.case.tables["share_classes"].rows)
    block = page.result("Ownership", "IPO_OWNERSHIP(Share_classes)", rows=count)
    book.name("Ownership", block, "Ownership and votes by class, before and after the offer")
    votes = column_of(book, "share_classes", "Votes")
    before, issued, moved, after = (
        block.column_of(name) for name in ("before", "issued", "transferred", "after")
    )
    parts = "+".join(
        f"({block.total(name)}-1)^2"
        for name in ("owned_before", "owned_after", "votes_before", "votes_after")
    )
    first = {name: block.column_of(name).part(0, 0) for name in Ownership.declared}
    book.checks += [
        Check("Ownership: parts of shares and votes sum to one, before and after",
              parts, "0"),
        Check("Ownership: before, issued and transferred lead to after",
              f"SUM({before})+SUM({issued})+SUM({moved})", f"SUM({after})"),
        Check("Ownership: votes of the first class natively",
              f"{first['after']}*{votes.part(0, 0)}/SUMPRODUCT({after}*{votes})",
              str(first["votes_after"])),
        Check("Ownership: shares of the first class natively",
              f"{first['after']}/{block.total('after')}", str(first["owned_after"])),
    ]  # fmt: skip


def _headlines(page: Page, book: Book, last: int) -> None:
    count = len(book.case.tables["headlines"].rows)
    known = ",Share_counts" if "tables.share_counts" in book.areas else ""
    block = page.result(
        "Headline_counts",
        f"HEADLINE_RECONCILIATION(Headlines,Share_price,Securities{known})",
        rows=count,
    )
    # The findings extend to the right.
    for beyond in range(block.column + block.columns, last + 1):
        page.put(block.row, beyond, None, "calc_head")
    book.recount(block.part(1, 1, count, 3), block.part(1, 5, count, 5))
    book.name("Headline_counts", block, "Share count behind each quoted market value")
    if known:
        _known_counts(page, book)
    c = {name: block.column_of(name) for name in Reconciliation.declared}
    quoted = column_of(book, "headlines", "Value")
    book.checks += [
        Check("Headlines: implied shares natively", f"SUMPRODUCT({quoted}/{c['price']})",
              f"SUM({c['implied_shares']})"),
        Check("Headlines: nearest shares and gap are the implied shares",
              f"SUM({c['nearest_shares']})+SUM({c['gap_shares']})", f"SUM({c['implied_shares']})"),
        Check("Headlines: the gap in value is the gap in shares at the price",
              f"SUMPRODUCT({c['gap_shares']}*{c['price']})", f"SUM({c['gap_value']})"),
        Check("Headlines: nearest shares at the price that fits are the value",
              f"SUMPRODUCT({c['nearest_shares']}*{c['fitting_price']})", f"SUM({quoted})"),
        Check("Headlines: the gap as a fraction natively",
              f"SUMPRODUCT({c['implied_shares']}/{c['nearest_shares']})-ROWS({c['implied_shares']})",
              f"SUM({c['gap']})"),
    ]  # fmt: skip


def _known_counts(page: Page, book: Book) -> None:
    """Show how much of the largest named count the securities explain."""
    number = book.areas["Securities"].part(1, 2, len(book.case.securities))
    more = book.areas.get("scalars.over_allotment")

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
    missing = line("Of which not found", f"={largest.local}-{disclosed.local}")
    extra = f"+{more}" if more else ""
    kind, taking_part, strike, withheld = columns(book)
    book.checks += [
        Check("Headlines: gross shares at the share price natively",
              f'SUMPRODUCT({taking_part}*(1-{withheld})'
              f'*(({kind}<>"convertible")+({kind}="convertible")*({strike}<Share_price)))',
              str(gross)),
        Check("Headlines: shares found and not found add up to the largest count",
              f"SUM({number}){extra}+{missing}", str(largest)),
    ]  # fmt: skip
    page.row += 1
