"""Options on the Equity sheet: their full value, what they leave a share, and diluted EPS.

The tables that the functions take have a row for every security and read its type, so that they
follow when a user changes one on Inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from model.dilution import eps, option_value
from model.dilution.option_value import OptionValues
from model.dilution.securities import TYPES
from model.errors import InputError
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, has, is_text, linked, scalar
from workbook.template.sheets.dcf.lines import value_line
from workbook.template.sheets.dilution import columns, price_check, taking_part

LABEL = 3
#: Columns of the widest block, its first one included.
COLUMNS = len(OptionValues.declared)
#: Figures of a case that each section needs; a section stands where they all do.
OPTIONS = ("tables.option_lives", "scalars.option_volatility", "scalars.option_dividend_yield")
EARNINGS = ("scalars.eps_income", "scalars.eps_shares", "scalars.eps_price")
SECTIONS = (OPTIONS, EARNINGS)


def write_sections(page: Page, book: Book, last: int) -> None:
    """Write the sections for which the case has what they need."""
    if has(book, OPTIONS):
        page.section("Options and warrants at their full value", last)
        _options(page, book)
    if has(book, EARNINGS):
        page.section("Diluted earnings per share, the accounting measure", last)
        _earnings(page, book)


def _tranches(page: Page, book: Book) -> Area:
    """Write a row for every security, so that one that becomes an option has its row.

    Convertible debt is an option in the views, and debt where options stand alone.
    """
    case, table = book.case, book.areas["Securities"]
    named = list(case.tables["option_lives"].columns).index("Security")
    lives = [row.cells[named] for row in case.tables["option_lives"].rows.values()]
    without = [s.name for s in case.securities.values()
               if TYPES[s.type] != "share" and s.name not in lives]  # fmt: skip
    if without:
        raise InputError(
            "tables.option_lives",
            "must have a row for each option, warrant and convertible, by its name in securities, "
            f"and has none for {', '.join(without)}",
        )
    names, years = (column_of(book, "option_lives", header) for header in ("Security", "Years"))
    rows = []
    for i in range(1, len(case.securities) + 1):
        at = table.part(i, 0, 1, table.columns)
        # By its name, so that either table may be sorted.
        life = f"INDEX({years},MATCH({at.part(0, 0)},{names},0))"
        rows.append(
            [
                str(at.part(0, 0)),
                _one_of(at, option_value.TYPES, option_value.NONE),
                taking_part(book, at, "Share_price"),
                _strike(at, option_value.TYPES),
                f'IFERROR(IF({life}="","",{life}),"")',
            ]
        )
    return linked(
        page, ["Tranche", "Type", "Count", "Strike", "Years"], rows,
        ["@", "@", styles.SHARES, styles.SMALL_PRICE, styles.PLAIN],
    )  # fmt: skip


def _one_of(security: Area, types: Iterable[str], otherwise: str) -> str:
    """Give the formula of a security's type, as a function knows it that has no use for others."""
    kind = security.part(0, 1)
    known = ",".join(f'{kind}="{name}"' for name in types)
    return f'IF(OR({known}),{kind},"{otherwise}")'


def _strike(security: Area, priced: Iterable[str]) -> str:
    """Give the formula of a security's strike; one that must be typed is handed on blank."""
    kind, strike = security.part(0, 1), security.part(0, 3)
    known = ",".join(f'{kind}="{name}"' for name in priced)
    return f'IF(AND({strike}="",OR({known})),"",N({strike}))'


def _options(page: Page, book: Book) -> None:
    options = _tranches(page, book)
    kind, number, *_ = columns(book)
    outright = "+".join(f'({kind}="{k}")' for k, role in TYPES.items() if role == "share")
    shares = scalar(page, "m shares", "Shares owned outright",
                    f"=SUMPRODUCT(({outright})*{number})")  # fmt: skip
    value = value_line(book, "equity_value")
    # Options on a company worth less than nothing are worth nothing.
    equity = scalar(
        page, "USD m", "Value of the equity in the DCF", f"=MAX({value},0)", style="link"
    )
    riskless = book.areas["cost_of_capital.risk_free"]
    terms = f"Option_volatility,{riskless},Option_dividend_yield"
    tax = book.areas["drivers.tax_rate"].part(0, 0)
    page.row += 1
    count = options.rows - 1
    block = page.result(
        "Option_values",
        f"OPTION_VALUE_DILUTED(Share_price,{options.local},{shares.local},{terms},{tax})",
        rows=count,
    )
    book.recount(
        block.part(1, 1, count, COLUMNS - 1),
        block.part(count + 1, 1),
        block.part(count + 1, 10, 1, 4),
    )
    book.name("Option_values", block, "Options and warrants at their full value")
    total = block.total("value")
    column = {name: block.column_of(name) for name in OptionValues.declared}
    less = page.result(
        "Options_subtracted",
        f"EQUITY_LESS_OPTIONS({equity.local},Share_price,{options.local},{shares.local},"
        f"{terms},{tax})",
        across=2,
    )
    book.name("Options_subtracted", less, "Value per share with options subtracted")
    views = page.result(
        "Views", f"EQUITY_PER_SHARE_VIEWS({equity.local},Securities,Option_lives,{terms},{tax})"
    )
    book.name("Views", views, "Value per share by four views of dilution")
    at_market, iterated = (less.line("per_share").part(0, i) for i in range(2))
    book.checks += [
        Check("Options: the price after dilution holds what the options are worth",
              f"MAX({column['adjusted_price']})*({shares}+SUM({column['count']}))",
              # Without any there is no price after dilution.
              f"IF(MAX({column['adjusted_price']})=0,0,Share_price*{shares}+{total})"),
        Check("Options: Black-Scholes natively, from the probabilities",
              "+".join(_black_scholes(column, i, riskless) for i in range(count)), str(total)),
        Check("Options: the probabilities natively",
              # What is no option has a row of zeros.
              "+".join(f'({options.part(1 + i, 1)}<>"none")*NORMSDIST({column[d].part(i, 0)})'
                       for i in range(count) for d in ("d1", "d2")),
              f"SUM({column['n1']})+SUM({column['n2']})"),
        Check("Options: time value is value less exercise value",
              f"SUMPRODUCT({column['value']}-{column['exercise_value']})",
              f"SUM({column['time_value']})"),
        Check("Options: after tax natively",
              f"SUMPRODUCT({column['value']}"
              f"*(1-{tax}*({options.part(1, 1, count)}=\"option\")))",
              f"SUM({column['after_tax']})"),
        Check("Value less options: shares and options are the equity value",
              f"{iterated}*{shares}+{less.line('after_tax').part(0, 1)}", str(equity)),
        Check("Value less options: at the market price, natively",
              f"({equity}-{block.total('after_tax')})/{shares}", str(at_market)),
        Check("Views: the primary value natively",
              f'{equity}/SUMPRODUCT(({kind}="common")*{number})',
              str(views.cell("Primary", "per_share"))),
        price_check(book, "Views: at treasury's price, all holders own the equity value",
                    str(equity), str(views.cell("Treasury", "per_share"))),
        Check("Views: value is shares times value per share",
              f"SUMPRODUCT({views.column_of('shares')}*{views.column_of('per_share')})",
              f"SUM({views.column_of('value')})"),
    ]  # fmt: skip


def _black_scholes(column: Mapping[str, Area], tranche: int, riskless: Area) -> str:
    """Give the native formula of a tranche's value, from its row in the block."""
    count, strike, years, price, n1, n2 = (
        column[name].part(tranche, 0)
        for name in ("count", "strike", "years", "adjusted_price", "n1", "n2")
    )
    paid = f"{strike}*EXP(-{riskless}*{years})*{n2}"
    return f"{count}*({price}*EXP(-Option_dividend_yield*{years})*{n1}-{paid})"


def _earnings(page: Page, book: Book) -> None:
    rows = []
    table = book.areas["Securities"]
    priced, turned = ([k for k, how in eps.TYPES.items() if how == way and k != "none"]
                      for way in ("treasury", "converted"))  # fmt: skip
    for i in range(1, table.rows):
        at = table.part(i, 0, 1, table.columns)
        # What is converted is converted whole, and its strike is the face of the debt.
        strike = ",".join(f'{at.part(0, 1)}="{name}"' for name in priced)
        rows.append(
            [
                str(at.part(0, 0)),
                _one_of(at, (*priced, *turned), "none"),
                taking_part(book, at, "Eps_price"),
                f"IF(OR({strike}),{_strike(at, eps.PRICED)},0)",
            ]
        )
    found = linked(
        page, ["Security", "Type", "Count", "Strike"], rows,
        ["@", "@", styles.SHARES, styles.SMALL_PRICE],
    )  # fmt: skip
    count = len(rows)
    block = page.result(
        "Diluted_eps",
        f"EPS_DILUTED(Eps_income,Eps_shares,Eps_price,{found.local})",
        rows=1 + count,
    )
    book.recount(block.part(1, 4, count + 4, 3), block.part(1, 1, count + 1, 3))
    book.name("Diluted_eps", block, "Diluted earnings per share and its steps")
    more = block.column_of("incremental_shares")
    basic, diluted = block.column_of("per_share").part(0, 0), block.total("per_share", "Diluted")
    strikes = str(found.part(1, 3, count))
    # Of each share that is issued, what the strike buys back; without IF, which takes one row.
    bought = f"(({strikes}<Eps_price)*{strikes}/(Eps_price+(Eps_price=0))+({strikes}>=Eps_price))"
    free = f"({strikes}=0)"
    dilutes = is_text(str(block.column_of("counted")), '"yes"')
    book.checks += [
        Check("EPS: basic natively", "Eps_income/Eps_shares", str(basic)),
        Check("EPS: shares counted lead to the diluted ones",
              f"Eps_shares+SUMPRODUCT({dilutes}*{more})", str(block.total("shares", "Diluted"))),
        Check("EPS: incremental shares natively",
              f'SUMPRODUCT({found.part(1, 2, count)}*({found.part(1, 1, count)}<>"none")'
              f"*(1-(1-{free})*{bought}))",
              f"SUM({more})"),
        Check("EPS: diluted is never above basic",
              f"MIN({basic},{diluted})", str(diluted)),
    ]  # fmt: skip
