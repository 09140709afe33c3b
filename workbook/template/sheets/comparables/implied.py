"""What the peers' multiples imply, and whether a regression deserves use: sections of the sheet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from openpyxl.styles import Alignment

from model.comparables.implied import ImpliedRanges
from model.comparables.peers import OF_EQUITY, Peers
from model.comparables.sales_regression import explanatory
from model.comparables.verdict import COMPANIES_EACH, EXPLAINED, USED
from workbook.template import printing, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.labels import NOTHING_SHOWN, quoted
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, column_of, linked, scalar
from workbook.template.sheets.dcf.lines import forecast_line, value_line
from workbook.template.sheets.equity.dilution import price_check

#: The company's own figure for the last twelve months, by the multiple that is applied to it.
OWN = {
    "EV/Revenue": "scalars.comparable_revenue",
    "EV/Gross profit": "scalars.comparable_gross_profit",
    "EV/EBITDA": "scalars.comparable_ebitda",
    "P/E": "scalars.comparable_earnings",
}
FORWARD = "Forward EV/Revenue"
#: Fewer companies have no quartiles worth a range.
LEAST = 3


def own_figures(book: Book, known: Peers) -> dict[str, Area]:
    """Return where the company's own figures are, for the multiples that some peer has."""
    found = {}
    for name, multiples in known.multiples.items():
        if np.isnan(multiples).all():
            continue
        if name == FORWARD:
            found[name] = forecast_line(book, "revenue").part(0, 0)
        elif OWN.get(name) in book.areas:
            found[name] = book.areas[OWN[name]]
    return found


def ranged(known: Peers, names: Iterable[str]) -> dict[str, int]:
    """Return the multiples that enough peers have for a range, with their places."""
    return {
        name: place
        for place, name in enumerate(names)
        if np.count_nonzero(~np.isnan(known.multiple(name))) >= LEAST
    }


def write(page: Page, book: Book, figures: dict[str, Area]) -> Block:
    """Write the value per share by each multiple, and the company's own multiples next to it."""
    enterprise, equity = (value_line(book, name) for name in ("enterprise_value", "equity_value"))
    claims = scalar(
        page, "USD m", "Net debt and other claims, from the DCF", f"={enterprise}-{equity}",
        style="link",
    )  # fmt: skip
    book.areas["net_claims"] = claims
    quoted_at = scalar(
        page, "USD m", "Enterprise value at the share price",
        f"=DILUTED_MARKET_CAP(Share_price,Securities)+{claims.local}",
    )  # fmt: skip
    page.row += 1
    table = linked(
        page,
        ["Multiple", "Own figure"],
        [[quoted(name), str(figure)] for name, figure in figures.items()],
        ["@", styles.WHOLE_MONEY],
    )
    block = page.result(
        "Implied values",
        f"COMPS_IMPLIED_RANGES(Peers,{table.local},{claims.local},Securities)",
        rows=len(figures),
    )
    page.two_lines(block)
    own = block.column_of("amount")
    _own_multiples(page, block, list(figures), (enterprise, equity), quoted_at)
    # What follows from a figure at or below zero is not meaningful, which is text.
    book.recount(block.column_of("companies"))
    _checks(book, block, own, claims)
    return block


def _own_multiples(
    page: Page, block: Block, names: list[str], valued: tuple[Area, Area], quoted_at: Area
) -> None:
    """Write the multiple at which the company stands, in this model and at the share price."""
    right = block.column + block.columns
    for i, text in enumerate(("This model's multiple", "At the share price")):
        page.put(block.row, right + i, text, "head")
    for i, name in enumerate(names):
        figure = block.column_of("amount").part(i, 0).local
        of_equity = name in OF_EQUITY
        claims = page.book.areas["net_claims"].local
        here = str(valued[1 if of_equity else 0])
        there = f"({quoted_at.local}-{claims})" if of_equity else quoted_at.local
        for j, (value, style) in enumerate(((here, "link"), (there, "calc"))):
            formula = f'=IF(N({figure})>0,{value}/{figure},"n.m.")'
            page.put(block.row + 1 + i, right + j, formula, style, styles.RATIO)


def _checks(book: Book, block: Block, own: Area, claims: Area) -> None:
    """Recompute the first multiple, which every peer has, by native formulas."""
    low, high = (str(block.column_of(name).part(0, 0)) for name in ("low", "high"))
    sales = book.areas["multiples.EV/Revenue"]
    first = str(own.part(0, 0))
    book.checks += [
        *(Check(f"Implied values: {ImpliedRanges.declared[name].header.lower()} of EV/Revenue",
                f"QUARTILE({sales},{rank})", str(block.column_of(name).part(0, 0)))
          for rank, name in enumerate(("first_quartile", "median", "third_quartile"), 1)),
        *(price_check(book, f"Implied values: at the {which} price, all holders own the equity",
                      f"{block.column_of(name).part(0, 0)}*{first}-{claims}", price)
          for which, name, price in (("low", "first_quartile", low),
                                     ("high", "third_quartile", high))),
        Check("Implied values: this model's enterprise value over its own revenue",
              f"{value_line(book, 'enterprise_value')}/{first}",
              str(block.part(1, block.columns))),
    ]  # fmt: skip


def regression(
    page: Page, book: Book, known: Peers, figures: dict[str, Area], last: int
) -> dict[str, list[str]]:
    """Write whether the regression is used, and the numbers that decide it.

    Returns the value per share from a standard error below the prediction to one above, as
    formulas, of each regression that has companies enough to be used.
    """
    rows = [name for name in EXPLAINED if name in known.available]
    top = page.row
    # The verdicts come first, and are found in the block below.
    page.row += len(rows)
    growth = scalar(
        page, "fraction", "Own growth of revenue, first forecast year",
        f"={forecast_line(book, 'revenue_growth').part(0, 0)}", style="link",
    )  # fmt: skip
    arguments = [growth.local]
    if "Margin" in explanatory(known):
        margin = scalar(
            page, "fraction", "Own operating margin, first forecast year",
            f"={forecast_line(book, 'operating_margin').part(0, 0)}", style="link",
        )  # fmt: skip
        arguments.append(margin.local)
    page.row += 1
    block = page.result(
        "Regression", f"COMPS_VERDICT(Peers,{','.join(arguments)})", rows=len(rows), named=rows
    )
    page.two_lines(block)
    said = block.column_of("verdict")
    for i in range(-1, len(rows)):
        # It is shown above, where it has room.
        cell = page.sheet.cell(said.row + i, said.column)
        cell.style, cell.number_format = "calc", NOTHING_SHOWN
        if i >= 0:
            page.put(top + i, 4, rows[i], "label")
            page.put(top + i, FIRST, f"={said.part(i, 0).local}", "calc_text")
            # The longest verdicts take two lines.
            page.merge(top + i, FIRST, last)
            page.sheet.cell(top + i, FIRST).alignment = Alignment(
                horizontal="left", vertical="center", wrap_text=True
            )
            page.heights[top + i] = 2 * printing.ROW
    book.recount(block.column_of("companies"))
    if list(explanatory(known)) == ["Growth"]:
        _line_natively(book, block, growth)
    return {
        name: _fitted(book, block, place, str(figures[name]))
        for place, name in enumerate(rows)
        if _enough(known, name) and name in figures
    }


def _enough(known: Peers, name: str) -> bool:
    """Tell whether a regression of a multiple has companies enough to be used."""
    used = explanatory(known)
    columns = np.stack([*used.values(), known.multiple(name)])
    rows = np.count_nonzero(~np.isnan(columns).any(axis=0))
    return bool(used and rows >= COMPANIES_EACH * len(used))


def _fitted(book: Book, block: Block, place: int, figure: str) -> list[str]:
    """Give the value per share around a regression's prediction; blank while it is not used."""
    said, predicted, error = (
        block.column_of(name).part(place, 0).local
        for name in ("verdict", "predicted", "standard_error")
    )
    claims, used = book.areas["net_claims"].local, f'LEFT({said},{len(USED)})="{USED}"'
    prices = (
        f"PRICE_PER_SHARE(({multiple})*{figure}-{claims},Securities)"
        for multiple in (f"{predicted}-{error}", predicted, f"{predicted}+{error}")
    )
    return [f'=IF({used},MAX(0,{price}),"")' for price in prices]


def sales_multiples(book: Book) -> str:
    """Give EV/Revenue of each peer as it is typed, as a formula; zero without revenue."""
    revenue = column_of(book, "peers", "Revenue")
    of = ("EV",) if "EV" in book.case.tables["peers"].columns else ("Market value", "Net debt")
    worth = "+".join(str(column_of(book, "peers", header)) for header in of)
    return f"(({worth})*({revenue}>0)/({revenue}+({revenue}=0)))"


def _line_natively(book: Book, block: Block, growth: Area) -> None:
    """Recompute the line through EV/Revenue and growth from sums."""
    x, y = column_of(book, "peers", "Growth"), sales_multiples(book)
    both = f'(({x}<>"")*({column_of(book, "peers", "Revenue")}>0))'
    count = f"SUMPRODUCT({both}*1)"
    mean = f"(SUMPRODUCT({x}*{both})/{count})", f"(SUMPRODUCT({y}*{both})/{count})"
    spread = f"(SUMPRODUCT({x}*{x}*{both})-{count}*{mean[0]}^2)"
    product = f"(SUMPRODUCT({x}*{y}*{both})-{count}*{mean[0]}*{mean[1]})"
    total = f"(SUMPRODUCT({y}*{y}*{both})-{count}*{mean[1]}^2)"
    free = f"({count}-2)"
    predicted, error, free_found, squared = (
        block.column_of(name).part(0, 0)
        for name in ("predicted", "standard_error", "degrees_of_freedom", "r_squared")
    )
    off = f"({growth}-{mean[0]})"
    natively = {
        predicted: f"{mean[1]}+{product}/{spread}*{off}",
        squared: f"{product}^2/{spread}/{total}",
        free_found: free,
        error: f"SQRT(({total}-{product}^2/{spread})/{free}*(1+1/{count}+{off}^2/{spread}))",
    }
    labels = ("prediction", "R squared", "degrees of freedom", "standard error")
    book.checks += [
        Check(f"Regression of EV/Revenue on growth: {label}",
              f"IF(ISNUMBER({cell}),{formula},0)",
              f"IF(ISNUMBER({cell}),{cell},0)")
        for label, (cell, formula) in zip(labels, natively.items(), strict=True)
    ]  # fmt: skip
