"""Comparables: the peers' multiples, what they imply, published ranges, and returns to an exit.

Wherever years stand across, a column is the year that it is on Inputs and DCF.
"""

from __future__ import annotations

import numpy as np

from model import comps
from model.case import Case
from model.errors import InputError
from workbook.tables_comps import peers as read_peers
from workbook.template import charts, styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Check, Page
from workbook.template.sheets.checks import MASTER
from workbook.template.sheets.dcf import FORECAST_LINES, VALUE_LINES

UNIT, LABEL, FIRST = 1, 4, 5
#: What the sheet needs of a case; without it there is no sheet.
FIGURES = ("comparable_revenue", "comparable_growth", "comparable_margin")
#: Where a range of the comparables stands among the statistics of a multiple.
RANGE = ("First quartile", "Median", "Third quartile")
COUNTED = "every cell is a number"


def write(book: Book) -> None:
    """Write the sheet, if the case has peers and the figures to compare with them."""
    case = book.case
    if "peers" not in case.tables or any(name not in case.scalars for name in FIGURES):
        return
    known = _known(case)
    last = FIRST + len(book.years) - 1
    page = book.page(
        "Comparables",
        "comparable companies and investor returns",
        [11, 2, 2, 38, *[12.5] * len(book.years)],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    page.put(HEAD_ROWS, UNIT, "Unit", "head_left")
    for column in (2, 3):
        page.put(HEAD_ROWS, column, None, "head_left")
    page.put(HEAD_ROWS, LABEL, "Year", "head_left")
    for i in range(len(book.years)):
        link = f"='Inputs'!{book.areas['years'].part(0, i).by_column}"
        page.put(HEAD_ROWS, FIRST + i, link, "link_head", styles.YEAR)

    page.section("Multiples of comparable companies", last)
    multiples = _multiples(page, book, known)
    page.section("Quartiles of the multiples", last)
    _quartiles(page, book, known, multiples)
    if _regressed(known):
        page.section("Regression of EV/Revenue on growth and margin", last)
        _regression(page, book, known, multiples)
    page.section("Value that the quartiles of EV/Revenue imply", last)
    implied = _implied(page, book)
    page.new_page()
    page.section("Ranges of value beside the offer price", last)
    _football_field(page, book, implied)
    if "exit_multiples" in case.tables:
        page.new_page()
        page.section("Yearly return from the offer price, by year and multiple of the exit", last)
        _exits(page, book)
    page.finish(MASTER, last)


def _known(case: Case) -> comps.Peers:
    """Read the peers as the functions will, to know which of their results are numbers."""
    table = case.tables["peers"]
    cells = [[None if c == "" else c for c in row.cells] for row in table.rows.values()]
    return read_peers("peers", [list(table.columns), *cells])


def _regressed(known: comps.Peers) -> bool:
    try:
        comps.sales_regression(known)
    except InputError:
        return False
    return True


def _column(book: Book, key: str, header: str) -> Area:
    """Return a column of a table of the case, below its header."""
    table = book.areas[f"tables.{key}"]
    place = list(book.case.tables[key].columns).index(header)
    return table.part(1, place, table.rows - 1)


def _scalar(
    page: Page, unit: str, label: str, formula: str, *, style: str = "calc", form: str = ""
) -> Area:
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, LABEL, label, "label")
    area = page.put(page.row, FIRST, formula, style, form or styles.FORMATS[unit])
    page.row += 1
    return area


def _counted(book: Book, name: str, *areas: Area) -> None:
    """Count the numbers of these parts of the last block, in place of all of it."""
    book.numbers[-1:] = [
        (f"{name}{f', part {i}' if i > 1 else ''}: {COUNTED}", area)
        for i, area in enumerate(areas, 1)
    ]


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
    _counted(book, "Multiples", *(block.part(1, j, block.rows - 1) for j in numeric))
    book.name("Multiples", block, "Multiples of the comparable companies")
    value, sales = block.part(1, 1, block.rows - 1), block.part(1, 2, block.rows - 1)
    book.checks.append(
        Check(
            "Comparables: EV/Revenue by native formulas",
            f"SUMPRODUCT({value}/{_column(book, 'peers', 'Revenue')})",
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
    _counted(book, "Regression", block.part(1, 1, terms + 6), block.part(1, 2, terms, 2))
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
    columns = [_column(book, "peers", name) for name in names]
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
    valuation = book.areas["Valuation"]
    enterprise, equity = (
        valuation.part(VALUE_LINES.index(line) + 1, 1)
        for line in ("enterprise_value", "equity_value")
    )
    revenue = _scalar(
        page, "USD m", "Revenue of the last twelve months", "=Comparable_revenue", style="link"
    )
    claims = _scalar(
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
        Check("Implied values: the first price by PRICE_PER_SHARE",
              f"PRICE_PER_SHARE({first['equity']},Securities)", str(first["price"])),
    ]  # fmt: skip
    return block


def _football_field(page: Page, book: Book, implied: Area) -> None:
    page.put(page.row, LABEL, "Statistic of the comparables", "label")
    picked = page.row
    # Low, Middle, High: each picks its statistic by the name above it.
    for i, name in enumerate(RANGE):
        page.put(picked, FIRST + i, name, "unit")
    page.row += 1
    top = page.row
    for i, header in enumerate(("Method", "Low", "Middle", "High")):
        page.put(top, LABEL + i, header, "head" if i else "head_left")
    page.row += 1
    page.put(page.row, UNIT, "USD", "unit")
    page.put(page.row, LABEL, "Comparables: EV/Revenue, quartiles", "label")
    names = implied.part(1, 0, implied.rows - 1).local
    prices = implied.part(1, 5, implied.rows - 1).local
    found = [
        f"=INDEX({prices},MATCH({Area(page.title, picked, FIRST + i).by_column},{names},0))"
        for i in range(len(RANGE))
    ]
    page.series(FIRST, found, number_format=styles.PRICE)
    page.row += 1
    for row in range(len(book.case.tables["value_ranges"].rows) if _has_ranges(book) else 0):
        page.put(page.row, UNIT, "USD", "unit")
        cells = [_column(book, "value_ranges", h).part(row, 0) for h in ("Method", "Low", "High")]
        page.put(page.row, LABEL, f"={cells[0]}", "link_text")
        page.put(page.row, FIRST, f"={cells[1]}", "link", styles.PRICE)
        page.put(page.row, FIRST + 2, f"={cells[2]}", "link", styles.PRICE)
        page.row += 1
    table = Area(page.title, top, LABEL, page.row - top, 4)
    page.row += 1
    field = page.block(
        "Football_field",
        f"COMPS_FOOTBALL_FIELD({table.local},Offer_price)",
        table.rows,
        6,
        column=LABEL,
        column_formats=["@", *[styles.PRICE] * 4, styles.PLAIN],
        header="@",
    )
    book.name("Football_field", field, "Ranges of value beside the offer price")
    low, width, position = (field.part(1, j, field.rows - 1) for j in (1, 4, 5))
    book.checks += [
        Check("Football field: low end and position lead to the offer price",
              f"SUMPRODUCT({low}+{position}*{width})", f"ROWS({low})*Offer_price"),
        Check("Football field: low end and width lead to the high end",
              f"SUM({low})+SUM({width})", f"SUM({field.part(1, 3, field.rows - 1)})"),
    ]  # fmt: skip
    charts.ranges(
        page, "Ranges of value per share", field, f"D{page.row}", size=(27.0, 1.2 * field.rows + 3)
    )
    page.row += 2 * field.rows + 8


def _has_ranges(book: Book) -> bool:
    return "value_ranges" in book.case.tables


def _exits(page: Page, book: Book) -> None:
    years = len(book.years)
    forecast = book.areas["Forecast"]

    def line(name: str) -> Area:
        return forecast.body(FORECAST_LINES.index(name) + 1)

    def row(unit: str, label: str, formulas: list[str], form: str, style: str = "calc") -> Area:
        page.put(page.row, UNIT, unit, "unit")
        page.put(page.row, LABEL, label, "label")
        area = page.series(FIRST, formulas, style, form)
        page.row += 1
        return area

    head = Area(page.title, HEAD_ROWS, FIRST, 1, years)
    ends = row(
        "date", "End of the year",
        [f"=DATE({head.part(0, i).by_column},MONTH(First_year_end),DAY(First_year_end))"
         for i in range(years)],
        styles.DATE,
    )  # fmt: skip
    held = row(
        "years", "Years from the purchase",
        [f'=RETURN_YEARFRAC(Valuation_date,{ends.part(0, i).by_column},"actual/365")'
         for i in range(years)],
        styles.PLAIN,
    )  # fmt: skip
    book.numbers.append((f"Years from the purchase: {COUNTED}", held))
    revenue = row(
        "USD m", "Revenue",
        [f"='{forecast.sheet}'!{line('revenue').part(0, i).by_column}" for i in range(years)],
        styles.WHOLE_MONEY, "link",
    )  # fmt: skip
    # Free cash flow pays debt back; the label left of the first year is no number.
    debt_row = page.row
    debt = row(
        "USD m", "Net debt and other claims, less cash flow since",
        [
            f"=IF(ISNUMBER({Area(page.title, debt_row, FIRST + i - 1).by_column}),"
            f"{Area(page.title, debt_row, FIRST + i - 1).by_column},Net_claims)"
            f"-'{forecast.sheet}'!{line('cash_flow').part(0, i).by_column}"
            for i in range(years)
        ],
        styles.WHOLE_MONEY,
    )  # fmt: skip
    page.row += 1
    multiples = _column(book, "exit_multiples", "Exit multiple")
    grid = page.block(
        "Exit_returns",
        f"RETURN_EXIT_GRID(Offer_price,{revenue.local},{held.local},{multiples},Securities,"
        f"{debt.local})",
        multiples.rows + 1,
        years + 1,
        column=LABEL,
        column_formats=[styles.RATIO, *[styles.PERCENT] * years],
        text_columns=(),
        header=styles.PLAIN,
    )
    _counted(
        book, "Exit returns", grid.part(0, 1, 1, years), grid.part(1, 0, grid.rows - 1, years + 1)
    )
    book.name("Exit_returns", grid, "Yearly return by year and multiple of the exit")
    for i in range(1, grid.rows):
        page.put(grid.row + i, UNIT, "fraction", "unit")
    _one_exit(page, book, grid, revenue, held, debt)


def _one_exit(page: Page, book: Book, grid: Area, revenue: Area, held: Area, debt: Area) -> None:
    """Follow one exit of the grid in full: the middle multiple, in the middle year."""
    i, j = grid.rows // 2, (grid.columns - 1) // 2
    multiple = grid.part(i, 0)
    equity = _scalar(
        page, "USD m", "One exit: equity value at the middle multiple and year",
        f"={multiple.local}*{revenue.part(0, j).local}-{debt.part(0, j).local}",
    )  # fmt: skip
    price = _scalar(
        page, "USD", "Price at the exit", f"=MAX(0,PRICE_PER_SHARE({equity.local},Securities))"
    )
    page.row += 1
    exit_ = page.block(
        "One_exit",
        f"RETURN_TO_EXIT(Offer_price,{price.local},{held.part(0, j).local})",
        6,
        3,
        column=LABEL,
        row_formats=[*[styles.PRICE] * 3, styles.RATIO, styles.PERCENT],
        text_columns=(0, 2),
        header="@",
    )
    _counted(book, "One exit", exit_.part(1, 1, 5))
    book.name("One_exit", exit_, "Multiple of money and yearly return of one exit")
    rate = exit_.part(5, 1)
    book.checks += [
        Check("Exit: the return of the grid", str(grid.part(i, 1 + j)), str(rate)),
        Check("Exit: the offer price grows to the price at the exit",
              f"Offer_price*(1+{rate})^{held.part(0, j)}", str(price)),
        Check("Exit: net debt and other claims less all cash flow",
              f"Net_claims-SUM('{book.areas['Forecast'].sheet}'!"
              f"{book.areas['Forecast'].body(FORECAST_LINES.index('cash_flow') + 1).local})",
              str(debt.part(0, debt.columns - 1))),
        Check("Exit: one multiple of money", f"{price}/Offer_price", str(exit_.part(4, 1))),
    ]  # fmt: skip
