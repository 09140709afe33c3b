"""Equity: ladder of prices, vesting, options at full value, diluted EPS, the offer, headlines."""

from __future__ import annotations

from model import dilution, eps, option_value
from model.errors import InputError
from workbook.template import styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Check, Page
from workbook.template.rows import is_text
from workbook.template.sheets import offer
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.dcf import VALUE_LINES
from workbook.template.sheets.dilution import columns

UNIT, LABEL, FIRST = 1, 3, 4
#: Columns of the widest block, the options, its first one included.
COLUMNS = 14
LAST = LABEL + COLUMNS - 1
#: Figures of a case that each section needs; a section stands where they all do.
VESTING = ("tables.warrant_conditions", "scalars.contract_capacity")
OPTIONS = ("tables.option_lives", "scalars.option_volatility", "scalars.option_dividend_yield")
EARNINGS = ("scalars.eps_income", "scalars.eps_shares", "scalars.eps_price")


def write(book: Book) -> None:
    """Write the sheet, if the case has what one of its sections needs."""
    sections = (VESTING, OPTIONS, EARNINGS, *offer.SECTIONS)
    if not any(has(book, needed) for needed in sections):
        return
    page = book.page(
        "Equity",
        "dilution in depth, the offer and the headlines",
        [11, 2, 36, 15, 15, 12.5, 21, *[12.5] * (COLUMNS - 5), 22],
        freeze=f"D{HEAD_ROWS + 1}",
    )
    page.tall_heads = True
    for column in range(UNIT, LAST + 1):
        text = {UNIT: "Unit", LABEL: "Line"}.get(column)
        page.put(HEAD_ROWS, column, text, "head_left")
    page.section("Shares and market values, price by price", LAST)
    _ladder(page, book)
    if has(book, VESTING):
        page.section(
            "Performance warrants: what vests at the offer price and with the capacity contracted",
            LAST,
        )
        _vesting(page, book)
    if has(book, OPTIONS):
        page.section("Options and warrants at their full value", LAST)
        _options(page, book)
    if has(book, EARNINGS):
        page.section("Diluted earnings per share, the accounting measure", LAST)
        _earnings(page, book)
    offer.write_sections(page, book, LAST)
    # What the headlines find runs over the column after the last.
    page.finish(MASTER, LAST + 1)


def has(book: Book, needed: tuple[str, ...]) -> bool:
    """Tell whether the case has all figures and tables that a section needs."""
    return all(path in book.areas for path in needed)


def scalar(page: Page, unit: str, label: str, formula: str, style: str = "calc") -> Area:
    """Write one number with its unit and its name."""
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")
    area = page.put(page.row, FIRST, formula, style, styles.FORMATS[unit])
    page.row += 1
    return area


def linked(page: Page, headers: list[str], rows: list[list[str]], formats: list[str]) -> Area:
    """Write a table of links, which a function below it takes with its header row."""
    top = page.row
    for i, row in enumerate([headers, *rows]):
        for j, cell in enumerate(row):
            text = formats[j].endswith("@")
            side = "" if not text else "_text" if j == 0 else "_beside"
            origin = "link" if "!" in cell else "calc"
            style = f"{origin}{side}" if i else "head" if not text else f"calc_head{side}"
            page.put(top + i, LABEL + j, f"={cell}" if i else cell, style, formats[j])
    page.row = top + len(rows) + 2
    return Area(page.title, top, LABEL, len(rows) + 1, len(headers))


def numbers(book: Book, block: Area, *parts: tuple[int, int, int, int]) -> None:
    """Count as numbers only these parts of the last block: row, column, rows, columns."""
    told, _ = book.numbers.pop()
    name, _, counted = told.partition(":")
    for i, part in enumerate(parts, 1):
        which = f"{name} ({i})" if len(parts) > 1 else name
        book.numbers.append((f"{which}:{counted}", block.part(*part)))


# Sections ----------------------------------------------------------------------------------------


def _ladder(page: Page, book: Book) -> None:
    rows = []
    for key in book.case.price_points:
        price = book.areas[key]
        rows.append([str(Area(price.sheet, price.row, price.column - 1)), str(price)])
    prices = linked(page, ["At", "Price"], rows, ["@", styles.PRICE])
    count = len(rows)
    block = page.block(
        "Dilution_ladder",
        f"DILUTION_LADDER({prices.local},Securities)",
        count + 1,
        9,
        column=LABEL,
        column_formats=[
            *("@", styles.PRICE, *[styles.SHARES] * 3, *[styles.WHOLE_MONEY] * 3, styles.PERCENT)
        ],
    )
    book.name("Dilution_ladder", block, "Shares and market values, price by price")
    column = [block.part(1, j, count) for j in range(9)]
    kind, number, *_ = columns(book)
    worth = f"SUMPRODUCT({column[1]}*{column[2]})"
    book.checks += [
        Check("Ladder: basic value is price times common stock",
              f'SUM({column[1]})*SUMPRODUCT(({kind}="common")*{number})', worth),
        Check("Ladder: values are price times shares",
              f"SUMPRODUCT({column[1]}*({column[2]}+{column[3]}+{column[4]}))",
              f"SUM({block.part(1, 5, count, 3)})"),
        Check("Ladder: the first rung by DILUTED_SHARES",
              f"DILUTED_SHARES({column[1].part(0, 0)},Securities)", str(column[3].part(0, 0))),
        Check("Ladder: dilution is treasury over basic",
              f"SUMPRODUCT({column[3]}/{column[2]})-ROWS({column[3]})", f"SUM({column[8]})"),
    ]  # fmt: skip


def _vesting(page: Page, book: Book) -> None:
    kind, number, *_ = columns(book)
    common = scalar(
        page, "m shares", "Common stock behind the market value",
        f'=SUMPRODUCT(({kind}="common")*{number})',
    )  # fmt: skip
    page.row += 1
    count = len(book.case.tables["warrant_conditions"].rows)
    block = page.block(
        "Warrant_vesting",
        f"WARRANT_VESTING(Warrant_conditions,Offer_price,{common.local},Valuation_date,"
        "Contract_capacity)",
        count + 2,
        7,
        column=LABEL,
        strong=(count + 1,),
        text_columns=(0, 1),
        column_formats=[
            *("@", "@", *[styles.WHOLE_MONEY] * 2, styles.SHARES, styles.PERCENT, styles.SHARES)
        ],
    )
    numbers(book, block, (1, 2, count, 5), (count + 1, 4, 1, 3))
    book.name("Warrant_vesting", block, "What has vested of performance warrants")
    conditions, of, share, vested = (block.part(1, j, count) for j in (1, 4, 5, 6))
    ahead = _counted(page, book, block.part(count + 1, 6))
    by_value = "+".join(is_text(str(conditions), f'"{name}"') for name in ("none", "market value"))
    book.checks += [
        Check("Vesting: shares vested are count times vested share",
              f"SUMPRODUCT({of}*{share})", str(block.part(count + 1, 6))),
        Check("Vesting: the tranches sum to the total", f"SUM({vested})",
              str(block.part(count + 1, 6))),
        Check("Vesting: tranches without a condition or on a market value, natively",
              _vested_by_value(book, common),
              f"SUMPRODUCT(({by_value})*{vested})"),
        Check("Vesting: warrants counted less those vested, natively",
              f'SUMPRODUCT(({kind}="warrant")*{number})-{block.part(count + 1, 6)}',
              str(ahead)),
    ]  # fmt: skip


def _counted(page: Page, book: Book, vested: Area) -> Area:
    """Set what the market value counts of each warrant, and why, beside what has vested."""
    warrants = {k: s for k, s in book.case.securities.items() if s.type == "warrant"}
    rows = []
    for key in warrants:
        at = book.areas[f"securities.{key}.count"]
        rows.append([str(at.part(0, -2)), counted(book, at, "Offer_price"), str(at)])
    top = page.row + 1
    table = linked(
        page, ["Counted at the offer price", "Shares", "Of"], rows,
        ["@", styles.SHARES, styles.SHARES],
    )  # fmt: skip
    for i, security in enumerate(warrants.values()):
        page.put(top + i, FIRST + 2, security.included.note if security.included else "", "note")
        page.sheet.merge_cells(
            start_row=top + i, end_row=top + i, start_column=FIRST + 2, end_column=LAST
        )
    page.row -= 1
    ahead = f"=SUM({table.part(1, 1, len(rows)).local})-{vested.local}"
    return scalar(page, "m shares", "Counted ahead of vesting", ahead)


def _vested_by_value(book: Book, common: Area) -> str:
    table = book.areas["tables.warrant_conditions"]
    headers = list(book.case.tables["warrant_conditions"].columns)
    count, condition, threshold = (
        table.part(1, headers.index(h), table.rows - 1) for h in ("Count", "Condition", "Threshold")
    )
    reached = f'({condition}="market value")*(Offer_price*{common}>={threshold})'
    return f'SUMPRODUCT((({condition}="none")+{reached})*{count})'


def _options(page: Page, book: Book) -> None:
    claims = {k: s for k, s in book.case.securities.items() if dilution.TYPES[s.type] != "share"}
    if list(book.case.tables["option_lives"].rows) != list(claims):
        raise InputError(
            "tables.option_lives",
            "must have a row for each option, warrant and convertible, in the order and by the "
            "keys of securities",
        )
    lives = book.areas["tables.option_lives"]
    lives = lives.part(
        1, list(book.case.tables["option_lives"].columns).index("Years"), len(claims)
    )
    rows = []
    for i, (key, security) in enumerate(claims.items()):
        # Convertible debt is an option in the views, and debt where options stand alone.
        if security.type in option_value.TYPES:
            at = book.areas[f"securities.{key}.count"]
            name, type_, strike = (str(at.part(0, j)) for j in (-2, -1, 1))
            held = counted(book, at, "Offer_price")
            rows.append([name, held, f"N({strike})", str(lives.part(i, 0)), type_])
    options = linked(
        page, ["Tranche", "Count", "Strike", "Years", "Type"], rows,
        ["@", styles.SHARES, styles.SMALL_PRICE, styles.PLAIN, "@"],
    )  # fmt: skip
    kind, number, *_ = columns(book)
    outright = "+".join(f'({kind}="{k}")' for k, role in dilution.TYPES.items() if role == "share")
    shares = scalar(page, "m shares", "Shares owned outright",
                    f"=SUMPRODUCT(({outright})*{number})")  # fmt: skip
    value = book.areas["Valuation"].part(VALUE_LINES.index("equity_value") + 1, 1)
    # Options on a company worth less than nothing are worth nothing.
    equity = scalar(page, "USD m", "Value of the equity in the DCF", f"=MAX({value},0)", "link")
    riskless = book.areas["cost_of_capital.risk_free"]
    terms = f"Option_volatility,{riskless},Option_dividend_yield"
    tax = book.areas["drivers.tax_rate"].part(0, 0)
    page.row += 1
    count = len(rows)
    block = page.block(
        "Option_values",
        f"OPTION_VALUE_DILUTED(Offer_price,{options.local},{shares.local},{terms},{tax})",
        count + 2,
        COLUMNS,
        column=LABEL,
        strong=(count + 1,),
        column_formats=[
            *("@", styles.SHARES, styles.SMALL_PRICE, styles.PLAIN, styles.PRICE),
            *([styles.FACTOR] * 4), styles.PRICE, *([styles.MONEY] * 4),
        ],
    )  # fmt: skip
    numbers(book, block, (1, 1, count, COLUMNS - 1), (count + 1, 1, 1, 1), (count + 1, 10, 1, 4))
    book.name("Option_values", block, "Options and warrants at their full value")
    total = block.part(count + 1, 10)
    column = {j: block.part(1, j, count) for j in range(1, COLUMNS)}
    less = page.block(
        "Equity_less_options",
        f"EQUITY_LESS_OPTIONS({equity.local},Offer_price,{options.local},{shares.local},"
        f"{terms},{tax})",
        10,
        3,
        column=LABEL,
        strong=(9,),
        row_formats=[styles.MONEY, styles.PRICE, styles.PRICE, *[styles.MONEY] * 4, styles.SHARES,
                     styles.PRICE],
    )  # fmt: skip
    for i, unit in enumerate(["USD m", "USD", "USD", *["USD m"] * 4, "m shares", "USD"], 1):
        page.put(less.row + i, UNIT, unit, "unit")
    book.name("Equity_less_options", less, "Value per share with options subtracted")
    views = page.block(
        "Views",
        f"EQUITY_PER_SHARE_VIEWS({equity.local},Securities,{lives},{terms},{tax})",
        5,
        5,
        column=LABEL,
        column_formats=["@", styles.SHARES, styles.MONEY, styles.PRICE, styles.PERCENT],
    )
    book.name("Views", views, "Value per share by four views of dilution")
    book.checks += [
        Check("Options: the price after dilution holds what the options are worth",
              f"{column[4].part(0, 0)}*({shares}+SUM({column[1]}))",
              f"Offer_price*{shares}+{total}"),
        Check("Options: Black-Scholes natively, from the probabilities",
              "+".join(_black_scholes(block.part(i, 1, 1, COLUMNS - 1), riskless)
                       for i in range(1, count + 1)), str(total)),
        Check("Options: the probabilities natively",
              "+".join(f"NORMSDIST({column[j].part(i, 0)})"
                       for i in range(count) for j in (5, 6)),
              f"SUM({block.part(1, 7, count, 2)})"),
        Check("Options: time value is value less exercise value",
              f"SUMPRODUCT({column[10]}-{column[12]})", f"SUM({column[13]})"),
        Check("Options: after tax natively",
              f"SUMPRODUCT({column[10]}*(1-{tax}*({options.part(1, 4, count)}=\"option\")))",
              f"SUM({column[11]})"),
        Check("Value less options: shares and options are the equity value",
              f"{less.part(9, 2)}*{shares}+{less.part(6, 2)}", str(equity)),
        Check("Value less options: at the market price, natively",
              f"({equity}-{block.part(count + 1, 11)})/{shares}", str(less.part(9, 1))),
        Check("Views: the primary value natively",
              f'{equity}/SUMPRODUCT(({kind}="common")*{number})', str(views.part(1, 3))),
        Check("Views: treasury is PRICE_PER_SHARE", f"PRICE_PER_SHARE({equity},Securities)",
              str(views.part(3, 3))),
        Check("Views: value is shares times value per share",
              f"SUMPRODUCT({views.part(1, 1, 4)}*{views.part(1, 3, 4)})",
              f"SUM({views.part(1, 2, 4)})"),
    ]  # fmt: skip


def _black_scholes(row: Area, riskless: Area) -> str:
    """Give the native formula of a tranche's value, from its row in the block."""
    count, strike, years, price, n1, n2 = (row.part(0, j) for j in (0, 1, 2, 3, 6, 7))
    paid = f"{strike}*EXP(-{riskless}*{years})*{n2}"
    return f"{count}*({price}*EXP(-Option_dividend_yield*{years})*{n1}-{paid})"


def _earnings(page: Page, book: Book) -> None:
    rows = []
    for key, security in book.case.securities.items():
        if security.type in eps.TYPES:
            at = book.areas[f"securities.{key}.count"]
            name, type_, strike = (str(at.part(0, j)) for j in (-2, -1, 1))
            # What is converted is converted whole, and its strike is the face of the debt.
            priced = eps.TYPES[security.type] == "treasury"
            held = counted(book, at, "Eps_price")
            rows.append([name, type_, held, f"N({strike})" if priced else "0"])
    found = linked(
        page, ["Security", "Type", "Count", "Strike"], rows,
        ["@", "@", styles.SHARES, styles.SMALL_PRICE],
    )  # fmt: skip
    count = len(rows)
    block = page.block(
        "Diluted_eps",
        f"EPS_DILUTED(Eps_income,Eps_shares,Eps_price,{found.local})",
        count + 5,
        8,
        column=LABEL,
        strong=(1, count + 2),
        text_columns=(0, 7),
        column_formats=[
            *("@", styles.MONEY, styles.SHARES, styles.PRICE, styles.MONEY, styles.SHARES),
            *(styles.PRICE, "@"),
        ],
    )
    numbers(book, block, (1, 4, count + 4, 3), (2, 1, count, 3))
    book.name("Diluted_eps", block, "Diluted earnings per share and its steps")
    steps = [block.part(2, j, count) for j in range(8)]
    bought = f"IF({found.part(1, 3, count)}<Eps_price,{found.part(1, 3, count)}/Eps_price,1)"
    free = f"({found.part(1, 3, count)}=0)"
    dilutes = is_text(str(steps[7]), '"yes"')
    book.checks += [
        Check("EPS: basic natively", "Eps_income/Eps_shares", str(block.part(1, 6))),
        Check("EPS: shares counted lead to the diluted ones",
              f"Eps_shares+SUMPRODUCT({dilutes}*{steps[2]})", str(block.part(count + 2, 5))),
        Check("EPS: incremental shares natively",
              f"SUMPRODUCT({found.part(1, 2, count)}*(1-(1-{free})*{bought}))",
              f"SUM({steps[2]})"),
        Check("EPS: diluted is never above basic",
              f"MIN({block.part(1, 6)},{block.part(count + 2, 6)})", str(block.part(count + 2, 6))),
    ]  # fmt: skip


def counted(book: Book, count: Area, price: str) -> str:
    """Give the formula of what takes part of a security's count at a price."""
    included, vests_at = count.part(0, 2), count.part(0, 4)
    worth = f"{price}*{book.areas['DILUTED_SHARES.basic'].part(0, 0)}"
    return f'{count}*IF({included}="",1,{included})*IF(N({vests_at})<={worth},1,0)'
