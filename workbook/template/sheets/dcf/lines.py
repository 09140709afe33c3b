"""Locations of the DCF's lines: the forecast by year, the valuation, and the drivers."""

from __future__ import annotations

from collections.abc import Sequence

from model.dcf.value import SegmentedValue
from model.uncertainty.changes import Business
from model.valuation import Valuation, value
from workbook.template.area import Area
from workbook.template.growing import in_row, room_for
from workbook.template.labels import quoted
from workbook.template.layout import Book, Page
from workbook.template.rows import column_of


def business(book: Book) -> str:
    """Give the last arguments of a call: what is contracted and, with segments, what is built."""
    case = book.case
    if not case.segments:
        return ",Contracted_revenue" if case.rpo else ""
    signed = ",Customer_contracts" if case.signs else ",Contracted_by_month" if case.rpo else ""
    return f"{signed or ','},Plant" if "plant" in case.tables else signed


def forecast_line(book: Book, name: str) -> Area:
    """Find a line of the forecast, all years, by its name in the model."""
    return book.block("Forecast_lines").line(name)


def funding_line(book: Book, name: str) -> Area:
    """Find a line of the sheet Cash flow and funding, all years, by its name in the model."""
    return book.block("Funding_lines").line(name)


def value_line(book: Book, name: str) -> Area:
    """Find a number of the valuation by its name in the model."""
    return book.block("Valuation").value(name)


def valued_lines(book: Book) -> list[str]:
    """Name the lines of value of a company with segments, as the case has them."""
    result = valued(book).result
    assert isinstance(result, SegmentedValue)
    return _labels(book, result.names, result.runs)


def forecast_lines(book: Book) -> list[str]:
    """Name the lines of the forecast of a company with segments."""
    found = valued(book).by_segment
    assert found is not None
    return _labels(book, found.names, found.runs)


def sold_lines(book: Book) -> list[str]:
    """Name the lines of the forecast up to the last with revenue."""
    found = valued(book).by_segment
    assert found is not None
    last = max(i for i in range(len(found.names)) if found.revenue[..., i, :].any())
    names = forecast_lines(book)
    return names[: len(names) - len(found.names) + last + 1]


def _labels(book: Book, names: Sequence[str], runs: Sequence[Sequence[int]]) -> list[str]:
    """Name lines; those of contracts, one for each row of their table, by formulas."""
    if not book.case.signs:
        return [*names]
    key, rows = "customer_contracts", room_for(book, "customer_contracts")
    named = "Contract" in book.case.tables[key].columns
    own = column_of(book, key, "Contract" if named else "Customer")
    found: list[str] = []
    for run, of in enumerate(("Contract ", "Renewals of ")):
        name = in_row(own, run * rows)
        found += [f'=IF({name}="","",{quoted(of)}&{name})'] * rows
    return [*found, *names[sum(map(len, runs)) :]]


def put_name(page: Page, book: Book, row: int, place: int) -> None:
    """Label a row with the name of a line, which may be that of a row of a table that grows."""
    name = book.block("Value_by_line").column_of("name").part(place, 0)
    page.put(row, page.label, f"={name}", "link_text")


def base_revenue(book: Book) -> str:
    """Give the revenue of the year before the forecast, of all segments and contracts."""
    tables = book.case.tables
    stated = [
        str(area)
        for path, area in book.areas.items()
        if path.endswith(".base_revenue") and path.startswith(("drivers.", "segments."))
    ]
    if book.case.signs and "Base revenue" in tables["customer_contracts"].columns:
        stated.append(f"SUM({column_of(book, 'customer_contracts', 'Base revenue')})")
    return f"({'+'.join(stated) or 0})"


def links(area: Area) -> list[str]:
    """Link to each cell of a row on another sheet, so that the formula moves across."""
    return [f"={str(area.part(0, i)).replace('$', '')}" for i in range(area.columns)]


def valued(book: Book) -> Valuation:
    """Value the case, to know which lines it has."""
    if book.valued is None:
        book.valued = value(book.case)
    return book.valued


def made_of(book: Book) -> Business:
    """Give what the DCF takes, as it is when the workbook is built."""
    return valued(book).business


def base_of(book: Book) -> Business:
    """Give what it takes in the base scenario, as it is when the workbook is built."""
    return valued(book).base


def or_default(book: Book, name: str, default: int) -> str:
    """Give a driver that is one number, and its default where its cell is blank, as a formula."""
    cell = driver(book, name)
    return f"IF(ISNUMBER({cell}),{cell},{default})"


def driver(book: Book, name: str) -> str:
    """Find the cell of a driver that is one number or a choice, in the scenario chosen."""
    return str(book.live(f"drivers.{name}"))
