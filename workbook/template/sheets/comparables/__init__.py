"""Comparables: the peers' multiples, what they imply, published ranges, and returns to an exit.

Wherever years stand across, a column is the year that it is on Inputs and DCF.
"""

from __future__ import annotations

import numpy as np

from model.comparables import multiples as comps
from model.errors import InputError
from workbook.tables.comps import peers as read_peers
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, column_of, scalar, table_of, years_across
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.comparables import exits, football_field
from workbook.template.sheets.dcf.lines import value_line
from workbook.template.sheets.dilution import price_check

#: What the sheet needs of a case; without it there is no sheet.
FIGURES = ("comparable_revenue", "comparable_growth", "comparable_margin")


def write(book: Book) -> None:
    """Write the sheet, if the case has peers and the figures to compare with them."""
    case = book.case
    if "peers" not in case.tables or any(name not in case.scalars for name in FIGURES):
        return
    # As the functions will read them, to know which of their results are numbers.
    known = read_peers("peers", table_of(book, "peers"))
    last = FIRST + len(book.years) - 1
    page = book.page(
        "Comparables",
        "comparable companies and investor returns",
        [11, 2, 2, 38, *[12.5] * len(book.years)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    years_across(page, book)

    page.section("Multiples of comparable companies", last)
    multiples = _multiples(page, book, known)
    page.section("Quartiles of the multiples", last)
    _quartiles(page, book, known, multiples)
    if _regressed(known):
        page.section("Regression of EV/Revenue on growth and margin", last)
        _regression(page, book, known, multiples)
    page.section("Value that the quartiles of EV/Revenue imply", last)
    implied = _implied(page, book)
    page.section("Ranges of value beside the share price", last)
    football_field.write(page, book, implied)
    if "exit_multiples" in case.tables:
        page.section("Yearly return from the share price, by year and multiple of the exit", last)
        exits.write(page, book)
    page.finish(MASTER, last)


def _regressed(known: comps.Peers) -> bool:
    try:
        comps.sales_regression(known)
    except InputError:
        return False
    return True


# Sections ----------------------------------------------------------------------------------------


def _multiples(page: Page, book: Book, known: comps.Peers) -> Area:
    found = known.multiples
    block = page.block(
        "Multiples",
        "COMPS_MULTIPLES(Peers)",
        len(known.company) + 1,
        2 + len(found),
        column=LABEL,
        column_formats=["@", styles.WHOLE_MONEY, *[styles.RATIO] * len(found)],
        header="@",
    )
    # What is not meaningful is a text, and no failure.
    numeric = [1, *(2 + j for j, v in enumerate(found.values()) if not np.isnan(v).any())]
    book.recount(*(block.part(1, j, block.rows - 1) for j in numeric))
    page.two_lines(block)
    book.name("Multiples", block, "Multiples of the comparable companies")
    value, sales = block.part(1, 1, block.rows - 1), block.part(1, 2, block.rows - 1)
    book.checks.append(
        Check(
            "Comparables: EV/Revenue by native formulas",
            f"SUMPRODUCT({value}/{column_of(book, 'peers', 'Revenue')})",
            f"SUM({sales})",
        )
    )
    return block


def _quartiles(page: Page, book: Book, known: comps.Peers, multiples: Area) -> None:
    names = [n for n, v in known.multiples.items() if not np.isnan(v).all()]
    block = page.block(
        "Quartiles",
        "COMPS_QUARTILES(Peers)",
        len(names) + 1,
        len(comps.STATISTICS) + 2,
        column=LABEL,
        column_formats=["@", *[styles.RATIO] * len(comps.STATISTICS), styles.COUNT],
        header="@",
    )
    book.name("Quartiles", block, "Quartiles of the multiples")
    sales = multiples.part(1, 2, multiples.rows - 1)
    by_hand = (
        f"MIN({sales})",
        f"QUARTILE({sales},1)",
        f"MEDIAN({sales})",
        f"AVERAGE({sales})",
        f"QUARTILE({sales},3)",
        f"MAX({sales})",
    )
    book.checks += [
        Check(f"Comparables: {told.lower()} of EV/Revenue by native formulas", formula,
              str(block.part(1, 1 + j)))
        for j, (told, formula) in enumerate(zip(comps.STATISTICS, by_hand, strict=True))
    ]  # fmt: skip


def _regression(page: Page, book: Book, known: comps.Peers, multiples: Area) -> None:
    names, _ = comps.sales_regression(known)
    terms = 1 + len(names)
    block = page.block(
        "Regression",
        "COMPS_REGRESSION(Peers)",
        terms + 7,
        4,
        column=LABEL,
        row_formats=[*[styles.PLAIN] * terms, *[styles.PERCENT] * 2, *[styles.PLAIN] * 2,
                     *[styles.COUNT] * 2],
        header="@",
    )  # fmt: skip
    book.recount(block.part(1, 1, terms + 6), block.part(1, 2, terms, 2))
    book.name("Regression", block, "Regression of EV/Revenue on growth and margin")
    page.row -= 1
    predicted = page.block(
        "Predicted",
        "COMPS_PREDICTED(Peers,Comparable_growth,Comparable_margin)",
        5,
        2,
        column=LABEL,
        row_formats=[styles.RATIO, styles.RATIO, styles.PLAIN, styles.PLAIN],
        header="@",
    )
    book.name("Predicted", predicted, "EV/Revenue that the regression predicts")
    coefficients = [block.part(1 + i, 1) for i in range(terms)]
    own = ["1", *(f"Comparable_{name.lower()}" for name in names)]
    told = "+".join(f"{c}*{figure}" for c, figure in zip(coefficients, own, strict=True))
    book.checks.append(
        Check("Regression: the prediction by native formulas", told, str(predicted.part(1, 1)))
    )
    if not any(np.isnan(c).any() for c in (known.growth, known.margin)):
        _normal_equations(book, names, coefficients, multiples)


def _normal_equations(
    book: Book, names: tuple[str, ...], coefficients: list[Area], multiples: Area
) -> None:
    """Check that the residuals stand at right angles to the constant and each predictor."""
    sales = multiples.part(1, 2, multiples.rows - 1)
    columns = [column_of(book, "peers", name) for name in names]
    constant, *slopes = coefficients
    fitted = f"{constant}+" + "+".join(f"{b}*{c}" for b, c in zip(slopes, columns, strict=True))
    book.checks.append(
        Check("Regression: the residuals sum to nothing", f"SUM({sales})", f"SUMPRODUCT({fitted})")
    )
    book.checks += [
        Check(
            f"Regression: the residuals are at right angles to {name.lower()}",
            f"SUMPRODUCT({sales}*{column})",
            f"SUMPRODUCT(({fitted})*{column})",
        )
        for name, column in zip(names, columns, strict=True)
    ]


def _implied(page: Page, book: Book) -> Area:
    enterprise, equity = (value_line(book, name) for name in ("enterprise_value", "equity_value"))
    revenue = scalar(
        page, "USD m", "Revenue of the last twelve months", "=Comparable_revenue", style="link"
    )
    claims = scalar(
        page, "USD m", "Net debt and other claims, from the DCF", f"={enterprise}-{equity}",
        style="link",
    )  # fmt: skip
    book.name("Net_claims", claims, "Net debt and other claims on the enterprise value")
    page.row += 1
    block = page.block(
        "Implied_values",
        f'COMPS_IMPLIED(Peers,"EV/Revenue",{revenue.local},{claims.local},Securities)',
        len(comps.STATISTICS) + 1,
        6,
        column=LABEL,
        column_formats=["@", styles.RATIO, *[styles.WHOLE_MONEY] * 3, styles.PRICE],
        header="@",
    )
    page.two_lines(block)
    book.name("Implied_values", block, "Values that the quartiles of EV/Revenue imply")
    column = {name: block.part(1, j, block.rows - 1) for j, name in
              enumerate(("multiple", "enterprise", "debt", "equity", "price"), 1)}  # fmt: skip
    first = {name: area.part(0, 0) for name, area in column.items()}
    book.checks += [
        Check("Implied values: multiple times revenue less net debt",
              f"SUM({column['multiple']})*Comparable_revenue-SUM({column['debt']})",
              f"SUM({column['equity']})"),
        Check("Implied values: enterprise value less net debt is equity value",
              f"SUM({column['enterprise']})-SUM({column['debt']})", f"SUM({column['equity']})"),
        price_check(book, "Implied values: at the first price, all holders own the equity value",
                    str(first["equity"]), str(first["price"])),
    ]  # fmt: skip
    return block
