"""Rows and areas that several sheets write or find in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl.utils import get_column_letter

from model.calendar import check_years, year_of
from model.case.parts import Band
from model.errors import InputError
from workbook.template import printing, styles
from workbook.template.area import Area
from workbook.template.growing import placed
from workbook.template.layout import HEAD_ROWS, Book, Check, Page

#: Columns of a row's unit, label and first value, unless a page sets others.
UNIT, LABEL, FIRST = 1, 4, 5


def has(book: Book, paths: Iterable[str]) -> bool:
    """Tell whether the case has all figures and tables in a list of paths."""
    return all(path in book.areas for path in paths)


def yearly_page(book: Book, title: str, subtitle: str, label: float, year: float = 12.5) -> Page:
    """Start a sheet with the forecast years across; the widths are those of labels and years."""
    page = book.page(
        title, subtitle, [11, 2, 2, label, *[year] * len(book.years)], freeze=f"E{HEAD_ROWS + 1}"
    )
    years_across(page, book)
    return page


def line_head(page: Page, last: int, label: int = LABEL) -> None:
    """Write the frozen head of a sheet whose tables have heads of their own."""
    for column in range(UNIT, last + 1):
        page.put(HEAD_ROWS, column, {UNIT: "Unit", label: "Line"}.get(column), "head_left")


def years_across(page: Page, book: Book, row: int = HEAD_ROWS) -> Area:
    """Write a head with the forecast years across, as on Inputs; the sheet's, or a section's."""
    for column, text in ((UNIT, "Unit"), (2, None), (3, None), (LABEL, "Year")):
        page.put(row, column, text, "head_left")
    for i in range(len(book.years)):
        link = f"='Inputs'!{book.areas['years'].part(0, i).by_column}"
        page.put(row, FIRST + i, link, "link_head", styles.YEAR)
    page.row = max(page.row, row + 1)
    return Area(page.title, row, FIRST, 1, len(book.years))


def quarters_across(page: Page, quarters: int) -> Area:
    """Leave a row for the head of a section with quarters across; see `end_quarters`."""
    for column, text in ((UNIT, "Unit"), (2, None), (3, None), (LABEL, "Quarter ending")):
        page.put(page.row, column, text, "head_left")
    page.row += 1
    return Area(page.title, page.row - 1, FIRST, 1, quarters)


def end_quarters(page: Page, head: Area, months: Area) -> None:
    """Write the last day of each quarter in its head, from its last month."""
    for i, month in enumerate(each(months)):
        formula = f"=EOMONTH(Balance_date,{month})"
        page.put(head.row, head.column + i, formula, "calc_head", "mmm yy")


def quarters_again(page: Page, head: Area) -> Area:
    """Write the head of a further section with the same quarters across."""
    found = quarters_across(page, head.columns)
    for i, end in enumerate(each(head)):
        page.put(found.row, found.column + i, f"={end}", "calc_head", "mmm yy")
    return found


def heads(page: Page, label: str, texts: Sequence[str], shown: Sequence[object] = ()) -> Area:
    """Write column headings: words, or links to words that are also passed."""
    high = printing.ROW
    page.put(page.row, UNIT, None, "head_left")
    for column in (2, 3):
        page.put(page.row, column, None, "head_left")
    page.put(page.row, LABEL, label, "head_left")
    for i, text in enumerate(texts):
        page.put(page.row, FIRST + i, text, "link_head" if "!" in text else "head")
        cell = page.sheet.cell(page.row, FIRST + i)
        width = page.sheet.column_dimensions[cell.column_letter].width
        high = max(high, printing.height(str(shown[i] if shown else text), width, cell.font))
    page.heights[page.row] = high
    page.row += 1
    return Area(page.title, page.row - 1, FIRST, 1, len(texts))


def each(area: Area) -> list[str]:
    """Give the addresses of a row's cells, relative when a formula is copied across."""
    return [area.part(0, i).by_column for i in range(area.columns)]


def column_of(book: Book, key: str, header: str) -> Area:
    """Return a column of a table of the case, below its header."""
    table, headers = book.areas[f"tables.{key}"], list(book.case.tables[key].columns)
    if header not in headers:
        raise InputError(f"tables.{key}", f"must have the column {header}: a sheet needs it")
    return table.part(1, headers.index(header), table.rows - 1)


def run_rate(book: Book, timed: bool = False) -> str:
    """Give a stated run rate as a last argument, after the timing if there is one."""
    if book.rpo.run_rate is None:
        return ""
    return ',"mid",Run_rate' if timed else ",Run_rate"


def band_cells(area: Area, bands: Mapping[str, Band], place: int) -> list[str]:
    """Give the first month, last month and own share of a band on Inputs, as formulas.

    Of cumulative shares, a band has what it adds, from the month after the one before it.
    """
    first, last, share = (str(area.part(1 + place, column)) for column in range(3))
    if place and any(band.cumulative_share for band in bands.values()):
        _, before, less = (area.part(place, column) for column in range(3))
        return [f"IF({first}=1,{before}+1,{first})", last, f"{share}-{less}"]
    return [first, last, share]


def contracted_megawatts(book: Book) -> str:
    """Give the megawatts of plant that serves contracts, as a formula."""
    mw = column_of(book, "plant", "MW")
    if "Contract" not in book.case.tables["plant"].columns:
        return "0"
    return f'SUMPRODUCT(({column_of(book, "plant", "Contract")}<>"")*1,{mw})'


def of_segment(book: Book, key: str, segment: str) -> str:
    """Tell, as a formula, which rows of a table are of a segment: all, if there is no other."""
    if len(book.case.segments) == 1:
        return "1"
    name = book.case.segments[segment].name.replace('"', '""')
    return f'({column_of(book, key, "Segment")}="{name}")'


def of_first(book: Book, key: str, header: str) -> str:
    """Find the cell of the first row of a table that holds something, as a formula."""
    names = column_of(book, key, next(iter(book.case.tables[key].columns)))
    return f'INDEX({column_of(book, key, header)},MATCH(TRUE,INDEX({names}<>"",0),0))'


def by_year(book: Book, key: str, header: str, year: str) -> str:
    """Find a number of a table that has a row for each year, by its year, as a formula.

    The rows may be in any order. A missing year is an error, and a repeated one fails a check.
    """
    years = column_of(book, key, "Year")
    return f"INDEX({column_of(book, key, header)},MATCH({year},{years},0))"


def check_years_of(book: Book, key: str, *, back: bool = False) -> None:
    """Refuse a table whose years are not those of the forecast, or do not follow one another."""
    place, table = f"tables.{key} Year", book.case.tables[key]
    stated = list(table.columns).index("Year")
    years = sorted(year_of(place, row.values[stated]) for row in table.rows.values())
    check_years(place, years)
    if not back and years[0] != book.years[0]:
        raise InputError(place, f"must start with {book.years[0]}, not {years[0]}")
    typed = column_of(book, key, "Year")
    rule = f"{table.label}: each year appears once, and none is missing"
    # For n consecutive years, squared deviations from the mean sum to n (n^2 - 1) / 12.
    middle = f"(MIN({typed})+MAX({typed}))/2"
    book.checks.append(
        Check(rule, f"SUMPRODUCT(({typed}-{middle})^2)", f"ROWS({typed})*(ROWS({typed})^2-1)/12")
    )


def table_of(book: Book, key: str) -> list[list[Any]]:
    """Return a table of the case as functions take it: its headers, and the cells of its rows."""
    table = book.case.tables[key]
    return [list(table.columns), *(list(row.values) for row in table.rows.values())]


def scalar(
    page: Page, unit: str, label: str, formula: str, *, style: str = "calc", form: str = ""
) -> Area:
    """Write a row with one value: its unit, its label and its formula."""
    return put_line(page, unit, label, [formula], style=style, form=form)


def put_line(
    page: Page,
    unit: str,
    label: str,
    formulas: Sequence[str],
    *,
    style: str = "calc",
    form: str = "",
) -> Area:
    """Write a row of formulas after its unit and its label."""
    page.put(page.row, UNIT, unit, "unit")
    page.put(page.row, page.label, label, "label")
    area = page.series(page.label + 1, formulas, style, form or styles.FORMATS[unit])
    page.row += 1
    return area


def linked(page: Page, headers: list[str], rows: list[list[str]], formats: list[str]) -> Area:
    """Write a table of formulas, which a function below it takes with its header row."""
    top, letter = page.row, get_column_letter(page.label)
    for i, row in enumerate([headers, *rows]):
        for j, formula in enumerate(row):
            cell = placed(formula, letter, top, top + i)
            text = formats[j].endswith("@")
            side = "" if not text else "_text" if j == 0 else "_indented"
            origin = "link" if "!" in cell else "calc"
            style = f"{origin}{side}" if i else "head" if not text else f"calc_head{side}"
            page.put(top + i, page.label + j, f"={cell}" if i else cell, style, formats[j])
    page.row = top + len(rows) + 2
    return Area(page.title, top, page.label, len(rows) + 1, len(headers))


def is_text(area: str, text: str) -> str:
    """Return a formula for whether each cell of a block of results equals a text.

    In Calc, text that an add-in returned in a block does not equal the same typed text until an
    operator has recreated it. MATCH, COUNTIF, SUMIF and the lookups do not find it either.
    """
    return f'({area}&""={text})'


def place_of(text: str, area: str) -> str:
    """Return a formula for the first position of a text in a column of a block of results.

    See `is_text`. INDEX keeps the entire column where a program would use only the formula's row.
    """
    return f'MATCH({text},INDEX({area}&"",0),0)'


def spaced(name: str) -> str:
    """Return a formula for the name of a driver as Inputs spells it: a table may have it otherwise.

    Texts are compared in any case.
    """
    return f'SUBSTITUTE({name},"_"," ")'


def years_from_second(area: Area) -> Area:
    """Return the years of a line from the second on."""
    return area.part(0, 1, 1, area.columns - 1)


def years_but_last(area: Area) -> Area:
    """Return the years of a line but the last."""
    return area.part(0, 0, 1, area.columns - 1)
