"""Lines, units and addresses that the sections of the Operations sheet share."""

from __future__ import annotations

from model.errors import InputError
from workbook.template.area import Area
from workbook.template.layout import Book, Page
from workbook.template.rows import LABEL, check_years_of, put_by_year, put_line
from workbook.template.sheets.dcf.lines import forecast_line


def put_against(page: Page, book: Book, label: str, line: str, ours: Area, unit: str) -> None:
    """Show a DCF line below the same bottom-up line, and the difference."""
    if page.sheet.cell(page.row - 1, LABEL).value is None:
        page.row -= 1
    theirs = forecast_line(book, line)
    years = range(ours.columns)
    links = [f"={there(theirs.part(0, i))}" for i in years]
    linked = put_line(page, unit, label, links, style="link")
    differences = [f"={here(ours.part(0, i))}-{here(linked.part(0, i))}" for i in years]
    put_line(page, unit, "Difference", differences)
    page.row += 1


def yearly(page: Page, book: Book, key: str, headers: list[str], years: int) -> list[Area]:
    """Write columns of a table that has a row for each of the first years across the years."""
    check_years_of(book, key)
    count = len(book.case.tables[key].rows)
    if count != years:
        raise InputError(f"tables.{key}", f"must have a row for each of {years} years, not {count}")
    rows = [put_by_year(page, book, key, header, years) for header in headers]
    page.row += 1
    return rows


def here(area: Area) -> str:
    """Address of a cell on its own sheet that moves with the formula."""
    return area.local.replace("$", "")


def there(area: Area) -> str:
    """Address of a cell on another sheet that moves with the formula."""
    return str(area).replace("$", "")
