"""The offer on the Equity sheet: proceeds, holders old and new, free float, headlines."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
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
    """Write the sections for which the case has what they need."""
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


def _proceeds(page: Page, book: Book) -> tuple[Area, Area]:
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
    proceeds = page.block(
        "Offer_proceeds_lines",
        f"IPO_PROCEEDS(Share_price,{at['shares']},Over_allotment,{spread.local},"
        f"{at['expenses']},{at['rsus_withheld']})",
        8,
        3,
        column=LABEL,
        strong=(5, 7),
        row_formats=[styles.SHARES, *[styles.MONEY] * 6],
        units=["m shares", *["USD m"] * 6],
    )
    book.name("Offer_proceeds_lines", proceeds, "From gross proceeds to the cash that stays")
    money = page.block(
        "Post_money",
        f"IPO_POST_MONEY(Share_price,{before.local},{at['shares']},Over_allotment,"
        f"{at['rsus_issued']})",
        11,
        3,
        column=LABEL,
        strong=(4, 6),
        row_formats=[*[styles.SHARES] * 4, *[styles.WHOLE_MONEY] * 2, styles.SHARES,
                     styles.PERCENT, styles.WHOLE_MONEY, styles.PERCENT],
        units=["m shares"] * 4 + ["USD m"] * 2 + ["m shares", "fraction", "USD m", "fraction"],
    )  # fmt: skip
    book.name("Post_money", money, "Shares after the offer, post-money value and float")
    gross, net = proceeds.part(2, 1), proceeds.part(5, 1)
    book.checks += [
        Check("Offer: gross proceeds natively", f"{at['shares']}*Share_price", str(gross)),
        Check("Offer: net proceeds natively", f"{gross}*(1-{spread})-{at['expenses']}", str(net)),
        Check("Offer: tax on RSUs natively", f"{at['rsus_withheld']}*Share_price",
              str(proceeds.part(6, 1))),
        Check("Offer: over-allotment adds its shares at the price after discount",
              f"{net}+Over_allotment*Share_price*(1-{spread})", str(proceeds.part(5, 2))),
        Check("Offer: cash that stays natively", f"{net}-{proceeds.part(6, 1)}",
              str(proceeds.part(7, 1))),
        Check("Post-money: shares after are the common stock", f'SUMIF({kind},"common",{number})',
              str(money.part(4, 1))),
        Check("Post-money: value less pre-money is worth the new shares",
              f"{money.part(6, 2)}-{money.part(5, 2)}",
              f"({money.part(2, 2)}+{money.part(3, 2)})*Share_price"),
        Check("Post-money: float natively", f"{at['shares']}*Share_price", str(money.part(9, 1))),
        Check("Post-money: float and what is given up, as parts of the shares",
              f"{money.part(7, 2)}/{money.part(4, 2)}+1-{money.part(1, 2)}/{money.part(4, 2)}",
              f"{money.part(8, 2)}+{money.part(10, 2)}"),
    ]  # fmt: skip
    return proceeds, money


def _book_value(page: Page, book: Book, proceeds: Area, money: Area) -> None:
    before = money.part(1, 1).local
    issued = f"{money.part(2, 1).local}+{money.part(3, 1).local}"
    kept = proceeds.part(7, 1)
    block = page.block(
        "Book_dilution",
        f"IPO_BOOK_DILUTION(Share_price,Book_value_before,{before},{issued},{kept.local})",
        7,
        2,
        column=LABEL,
        strong=(5,),
        row_formats=[*[styles.PRICE] * 5, styles.PERCENT],
        units=[*["USD"] * 5, "fraction"],
    )
    book.name("Book_dilution", block, "Dilution of new investors in tangible book value")
    after = f"(Book_value_before+{kept})/{money.part(4, 1)}"
    book.checks += [
        Check("Book value: after the offer, natively", after, str(block.part(4, 1))),
        Check("Book value: before and increase lead to after",
              f"{block.part(2, 1)}+{block.part(3, 1)}", str(block.part(4, 1))),
        Check("Book value: dilution is price less book value after",
              f"Share_price*(1-{block.part(6, 1)})", str(block.part(4, 1))),
        Check("Book value: dilution per share natively", f"Share_price-{after}",
              str(block.part(5, 1))),
    ]  # fmt: skip


def _investors(page: Page, book: Book, money: Area) -> None:
    before, sold, settled = (money.part(i, 1).local for i in (1, 2, 3))
    block = page.block(
        "Investors",
        f"IPO_INVESTORS(Share_price,{sold},{before}+{settled},Existing_paid)",
        4,
        6,
        column=LABEL,
        strong=(3,),
        column_formats=["@", styles.SHARES, styles.PERCENT, styles.MONEY, styles.PERCENT,
                        styles.PRICE],
    )  # fmt: skip
    book.name("Investors", block, "What existing holders paid, and what new investors pay")
    shares, paid = block.part(1, 1, 2), block.part(1, 3, 2)
    book.checks += [
        Check("Investors: all shares are those after the offer", str(block.part(3, 1)),
              str(money.part(4, 1))),
        Check("Investors: new money is the gross proceeds", f"{money.part(2, 1)}*Share_price",
              str(paid.part(1, 0))),
        Check("Investors: average price of existing holders natively",
              f"Existing_paid/({money.part(4, 1)}-{money.part(2, 1)})", str(block.part(1, 5))),
        Check("Investors: parts of shares and of money natively",
              f"{shares.part(1, 0)}/SUM({shares})+{paid.part(1, 0)}/SUM({paid})",
              f"{block.part(2, 2)}+{block.part(2, 4)}"),
    ]  # fmt: skip


def _float(page: Page, book: Book, money: Area) -> None:
    count = len(book.case.tables["lock_up"].rows)
    after, sold = money.part(4, 1), money.part(2, 1)
    block = page.block(
        "Free_float",
        f"IPO_FLOAT(Valuation_date,{after.local},{sold.local},Lock_up)",
        count + 2,
        7,
        column=LABEL,
        column_formats=["@", styles.DATE, *[styles.SHARES] * 3, *[styles.PERCENT] * 2],
    )
    book.name("Free_float", block, "Shares that trade, as holders are released from lock-up")
    freed, trading, locked, part = (block.part(1, j, count + 1) for j in (2, 3, 4, 5))
    total = f"SUM({column_of(book, 'lock_up', 'Shares')})"
    book.checks += [
        Check("Float: the offer and all releases trade in the end", f"{sold}+{total}",
              str(trading.part(count, 0))),
        Check("Float: trading and locked are all shares, on every date",
              f"SUMPRODUCT(({trading}+{locked}-{after})^2)", "0"),
        Check("Float: what trades before a release and what it frees, natively",
              f"SUM({trading.part(0, 0, count)})+SUM({freed.part(1, 0, count)})",
              f"SUM({trading.part(1, 0, count)})"),
        Check("Float: parts of the shares natively", f"SUM({trading})/{after}", f"SUM({part})"),
    ]  # fmt: skip


def _ownership(page: Page, book: Book) -> None:
    count = len(book.case.tables["share_classes"].rows)
    block = page.block(
        "Ownership",
        "IPO_OWNERSHIP(Share_classes)",
        count + 2,
        9,
        column=LABEL,
        strong=(count + 1,),
        column_formats=["@", *[styles.SHARES] * 4, *[styles.PERCENT] * 4],
    )
    book.name("Ownership", block, "Ownership and votes by class, before and after the offer")
    votes = column_of(book, "share_classes", "Votes")
    column = {j: block.part(1, j, count) for j in range(1, 9)}
    book.checks += [
        Check("Ownership: parts of shares and votes sum to one, before and after",
              f"SUMPRODUCT(({block.part(count + 1, 5, 1, 4)}-1)^2)", "0"),
        Check("Ownership: before, issued and transferred lead to after",
              f"SUM({column[1]})+SUM({column[2]})+SUM({column[3]})", f"SUM({column[4]})"),
        Check("Ownership: votes of the first class natively",
              f"{column[4].part(0, 0)}*{votes.part(0, 0)}/SUMPRODUCT({column[4]}*{votes})",
              str(column[8].part(0, 0))),
        Check("Ownership: shares of the first class natively",
              f"{column[4].part(0, 0)}/{block.part(count + 1, 4)}", str(column[6].part(0, 0))),
    ]  # fmt: skip


def _headlines(page: Page, book: Book, last: int) -> None:
    count = len(book.case.tables["headlines"].rows)
    known = ",Share_counts" if "tables.share_counts" in book.areas else ""
    block = page.block(
        "Headline_counts",
        f"HEADLINE_RECONCILIATION(Headlines,Share_price,Securities{known})",
        count + 1,
        11,
        column=LABEL,
        text_columns=(0, 4, 10),
        column_formats=[
            *("@", styles.WHOLE_MONEY, styles.PRICE, styles.SHARES, "@", styles.SHARES),
            *(styles.SHARES, styles.WHOLE_MONEY, styles.PERCENT, styles.PRICE, "@"),
        ],
    )
    # What is found runs on to the right.
    for beyond in range(block.column + block.columns, last + 1):
        page.put(block.row, beyond, None, "calc_head")
    book.recount(block.part(1, 1, count, 3), block.part(1, 5, count, 5))
    book.name("Headline_counts", block, "Share count behind each quoted market value")
    if known:
        _known_counts(page, book)
    column = {j: block.part(1, j, count) for j in range(1, 10)}
    quoted = column_of(book, "headlines", "Value")
    book.checks += [
        Check("Headlines: implied shares natively", f"SUMPRODUCT({quoted}/{column[2]})",
              f"SUM({column[3]})"),
        Check("Headlines: nearest shares and gap are the implied shares",
              f"SUM({column[5]})+SUM({column[6]})", f"SUM({column[3]})"),
        Check("Headlines: the gap in value is the gap in shares at the price",
              f"SUMPRODUCT({column[6]}*{column[2]})", f"SUM({column[7]})"),
        Check("Headlines: nearest shares at the price that fits are the value",
              f"SUMPRODUCT({column[5]}*{column[9]})", f"SUM({quoted})"),
        Check("Headlines: the gap as a fraction natively",
              f"SUMPRODUCT({column[3]}/{column[5]})-ROWS({column[3]})", f"SUM({column[8]})"),
    ]  # fmt: skip


def _known_counts(page: Page, book: Book) -> None:
    """Show how far the securities go towards the largest count that is known by name."""
    number = book.areas["Securities"].part(1, 2, len(book.case.securities))
    more = book.areas.get("scalars.over_allotment")

    def line(label: str, formula: str, style: str = "calc") -> Area:
        return scalar(page, "m shares", label, formula, style=style)

    ladder = book.areas["Shares.gross"].part(0, 0)
    gross = line("Gross shares at the share price", f"={ladder}", "link")
    # Tranches in part, what is withheld for tax, and what has yet to vest.
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
        Check("Headlines: what is found and what is not are the largest count",
              f"SUM({number}){extra}+{missing}", str(largest)),
    ]  # fmt: skip
    page.row += 1
