"""Diluted earnings per share on the Equity sheet.

The function's table has a row for every security and reads its type, so that it follows when a
user changes one on Inputs.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.dilution import eps
from workbook.template import styles
from workbook.template.growing import if_named, in_row, numbered
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import is_text, linked

NEEDED = ("scalars.eps_income", "scalars.eps_shares", "scalars.eps_price")


def _one_of(kind: str, types: Iterable[str], otherwise: str) -> str:
    """Give the formula of a security's type, limited to the types that the function uses."""
    known = ",".join(f'{kind}="{name}"' for name in types)
    return f'IF(OR({known}),{kind},"{otherwise}")'


def _strike(kind: str, strike: str, priced: Iterable[str]) -> str:
    """Give the formula of a security's strike; a missing one is passed on as a blank."""
    known = ",".join(f'{kind}="{name}"' for name in priced)
    return f'IF(AND({strike}="",OR({known})),"",N({strike}))'


def write(page: Page, book: Book) -> None:
    """Write a row for each security, and the steps from basic to diluted earnings."""
    table = book.areas["Securities"]
    bridge = page.result(
        "Bridge_at_eps_price",
        "DILUTION_BRIDGE(Eps_price,Securities)",
        rows=table.rows - 1,
    )
    counted = bridge.column_of("taking_part")
    priced, turned = ([k for k, how in eps.TYPES.items() if how == way and k != "none"]
                      for way in ("treasury", "converted"))  # fmt: skip
    names = table.part(1, 0, table.rows - 1)
    kind, price = (in_row(table.part(1, j, table.rows - 1)) for j in (1, 3))
    # Convertibles are converted in full, and their strike is the face of the debt.
    strike = ",".join(f'{kind}="{name}"' for name in priced)
    rows = [
        if_named(names, [
            _one_of(kind, (*priced, *turned), "none"),
            counted.part(i, 0).local,
            f"IF(OR({strike}),{_strike(kind, price, eps.PRICED)},0)",
        ])
        for i in range(names.rows)
    ]  # fmt: skip
    found = linked(
        page, ["Security", "Type", "Count", "Strike"], rows,
        ["@", "@", styles.SHARES, styles.SMALL_PRICE],
    )  # fmt: skip
    count = len(rows)
    block = page.result(
        "Diluted_eps",
        f"EPS_DILUTED(Eps_income,Eps_shares,Eps_price,{found.local})",
        rows=1 + count,
        named=["Basic", *numbered(found.part(1, 0, count), "Step")],
    )
    book.recount(block.part(1, 4, count + 4, 3), block.part(1, 1, count + 1, 3))
    book.name("Diluted_eps", block, "Diluted earnings per share and its steps")
    more = block.column_of("incremental_shares")
    basic, diluted = block.column_of("per_share").part(0, 0), block.total("per_share", "Diluted")
    n, strikes = (found.part(1, column, count) for column in (2, 3))
    some = f'({found.part(1, 1, count)}<>"none")'
    # Of options in the money, part is bought back; of others, all.
    bought = (
        f"SUMPRODUCT({n},{strikes},{some}*({strikes}<Eps_price))/(Eps_price+(Eps_price=0))"
        f"+SUMPRODUCT({n},{some}*({strikes}>=Eps_price)*({strikes}<>0))"
    )
    dilutes = is_text(str(block.column_of("counted")), '"yes"')
    book.checks += [
        Check("EPS: basic by native formulas", "Eps_income/Eps_shares", str(basic)),
        Check("EPS: shares counted lead to the diluted ones",
              f"Eps_shares+SUMPRODUCT({dilutes}*1,{more})", str(block.total("shares", "Diluted"))),
        Check("EPS: incremental shares by native formulas",
              f"SUMPRODUCT({n},{some}*1)-({bought})",
              f"SUM({more})"),
        Check("EPS: diluted is never above basic",
              f"MIN({basic},{diluted})", str(diluted)),
    ]  # fmt: skip
