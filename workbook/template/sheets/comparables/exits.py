"""Returns from the share price to an exit: a section of the sheet of comparables."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, UNIT, column_of, put_line, scalar, years_across
from workbook.template.sheets.dcf.lines import forecast_line


def middle(count: int) -> int:
    """Return the place, from 0, of the exit that is shown in full, given the number of exits."""
    return count // 2


def write(page: Page, book: Book) -> None:
    """Write the section: the forecast's figures by year, the grid, and one exit in full."""
    years = len(book.years)
    sold, earned = (forecast_line(book, name) for name in ("revenue", "cash_flow"))
    head = years_across(page, book, page.row)
    ends = put_line(
        page, "date", "End of the year",
        [f"=DATE({head.part(0, i).by_column},MONTH(First_year_end),DAY(First_year_end))"
         for i in range(years)],
    )  # fmt: skip
    held = put_line(
        page, "years", "Years from the purchase",
        [f"=({ends.part(0, i).by_column}-Valuation_date)/365" for i in range(years)],
    )  # fmt: skip
    book.count("Years from the purchase", held)
    revenue = put_line(
        page, "USD m", "Revenue",
        [f"='{sold.sheet}'!{sold.part(0, i).by_column}" for i in range(years)],
        style="link", form=styles.WHOLE_MONEY,
    )  # fmt: skip
    # Free cash flow repays debt; the label left of the first year is not a number.
    debt_row, claims = page.row, book.areas["net_claims"].local
    debt = put_line(
        page, "USD m", "Net claims, less cash flow since",
        [
            f"=IF(ISNUMBER({Area(page.title, debt_row, FIRST + i - 1).by_column}),"
            f"{Area(page.title, debt_row, FIRST + i - 1).by_column},{claims})"
            f"-'{earned.sheet}'!{earned.part(0, i).by_column}"
            for i in range(years)
        ],
        form=styles.WHOLE_MONEY,
    )  # fmt: skip
    book.areas["exit_debt"] = debt
    page.row += 1
    multiples = column_of(book, "exit_multiples", "Exit multiple")
    grid = page.result(
        "Exit returns",
        f"RETURN_EXIT_GRID(Share_price,{revenue.local},{held.local},{multiples},Securities,"
        f"{debt.local})",
        rows=multiples.rows,
        across=years,
        header=styles.PLAIN,
    )
    book.recount(grid.part(0, 1, 1, years), grid.part(1, 0, grid.rows - 1, years + 1))
    for i in range(1, grid.rows):
        page.put(grid.row + i, UNIT, "fraction", "unit")
    book.areas["exit_years"] = held
    book.areas["exit_grid"] = grid.part(1, 0, multiples.rows, years + 1)
    _one_exit(page, book, revenue, debt)


def middle_multiple(book: Book) -> str:
    """Find the exit multiple in the middle of all, in whatever order they are."""
    multiples = column_of(book, "exit_multiples", "Exit multiple")
    return f"SMALL({multiples},INT((ROWS({multiples})+1)/2))"


def of_middle(book: Book, year: str) -> str:
    """Find the return of the middle multiple in a year, counted from 1."""
    grid = book.areas["exit_grid"]
    place = f"MATCH({middle_multiple(book)},{grid.part(0, 0, grid.rows)},0)"
    return f"INDEX({grid.part(0, 1, grid.rows, grid.columns - 1)},{place},{year})"


def _one_exit(page: Page, book: Book, revenue: Area, debt: Area) -> None:
    """Follow one exit of the grid in full: the middle multiple, in the middle year."""
    j = middle(revenue.columns)
    equity = scalar(
        page, "USD m", "Equity value, middle multiple and year",
        f"={middle_multiple(book)}*{revenue.part(0, j).local}-{debt.part(0, j).local}",
    )  # fmt: skip
    price = scalar(
        page, "USD", "Price at the exit", f"=MAX(0,PRICE_PER_SHARE({equity.local},Securities))"
    )
    book.areas["exit_price"] = price
    held = book.areas["exit_years"].part(0, j)
    page.row += 1
    exit_ = page.result("One exit", f"RETURN_TO_EXIT(Share_price,{price.local},{held.local})")
    rate = exit_.value("internal_rate")
    book.checks += [
        Check("Exit: the return of the grid",
              of_middle(book, f"COLUMNS({revenue.part(0, 0, 1, 1 + j)})"), str(rate)),
        Check("Exit: the share price grows to the price at the exit",
              f"Share_price*(1+{rate})^{held}", str(price)),
        Check("Exit: net debt and other claims less all cash flow",
              f"{book.areas['net_claims']}-SUM({forecast_line(book, 'cash_flow')})",
              str(debt.part(0, debt.columns - 1))),
        Check("Exit: one multiple of money", f"{price}/Share_price",
              str(exit_.value("multiple_of_money"))),
    ]  # fmt: skip
