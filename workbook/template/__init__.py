"""The template workbook: a case in, a finished package out."""

from __future__ import annotations

from datetime import date, datetime

from openpyxl import Workbook

from model.case.case import Case
from model.errors import InputError, refuse
from model.valuation import Valuation, calendar_years
from workbook import configuration, status
from workbook.hosts import headless
from workbook.package.cells import Values
from workbook.package.finish import complete
from workbook.package.package import Package
from workbook.package.writing import Draft, packed
from workbook.template import keys, names
from workbook.template.layout import Book
from workbook.template.sheets import (
    case_text,
    cash_flow_and_funding,
    changes,
    checks_and_warnings,
    choices,
    comparables,
    contracts_and_rpo,
    costs_and_capital,
    dashboard,
    dcf,
    equity,
    inputs,
    market,
    price_requires,
    quarters,
    revenue,
    scenarios,
    signals,
    sources,
)

#: Reading order of the sheets; they are written in order of dependency.
ORDER = (
    dashboard.TITLE,
    "Inputs",
    "Contracts and RPO",
    "Revenue",
    "Quarters",
    "Costs and capital",
    "Cash flow and funding",
    "DCF",
    "Choices",
    scenarios.TITLE,
    price_requires.TITLE,
    "Equity",
    "Comparables",
    "Market",
    "Signals",
    status.CHECKS,
    "Sources",
    changes.TITLE,
    case_text.TITLE,
    configuration.SHEET,
)


def build(case: Case) -> bytes:
    """Build a case's workbook: live formulas, the values they have, and checks.

    Parameters
    ----------
    case : Case
        A company's inputs.

    Returns
    -------
    bytes
        An .xlsx file, the same for the same case and day.
    """
    return built(case)[0].saved()


def built(case: Case, valued: Valuation | None = None) -> tuple[Package, Values]:
    """Build the same workbook, and leave it open, with the values of its formulas.

    The case may have been valued before.
    """
    draft = drafted(case, valued)
    values = headless.evaluate(draft)
    return finished(draft, values), values


def finished(draft: Draft, values: Values) -> Package:
    """Put the values into a workbook that has been written and evaluated today."""
    # A user's sheet may have anything where ours have that line.
    ours = {title: values[title] for title in ORDER if title in values}
    status.put_as_built(ours, status.today())
    complete(draft, values)
    return Package(draft.current())


def drafted(case: Case, valued: Valuation | None = None) -> Draft:
    """Write the workbook of a case, not yet evaluated; the case may have been valued before."""
    return Draft(written(case, status.today(), valued))


def write(case: Case, day: date | None = None, valued: Valuation | None = None) -> bytes:
    """Write the workbook's formulas and styles, not yet evaluated; as of a given date, or today."""
    return packed(written(case, day or status.today(), valued))


def written(case: Case, day: date, valued: Valuation | None) -> Workbook:
    """Write the sheets of a case, to which others may be added."""
    book = Book(case, calendar_years(case), day, valued)
    for write_sheet in (
        inputs.write,
        equity.begin,
        contracts_and_rpo.begin,
        dcf.begin,
        contracts_and_rpo.write,
        dcf.write,
        revenue.write,
        quarters.write,
        costs_and_capital.write,
        cash_flow_and_funding.write,
        equity.write,
        choices.write,
        scenarios.write,
        price_requires.write,
        comparables.write,
        market.write,
        signals.write,
        sources.write,
        changes.write,
        dashboard.begin,
        checks_and_warnings.write,
        dashboard.write,
    ):
        try:
            write_sheet(book)
        except InputError as error:
            book.areas.missing.setdefault(error.argument, error)
            break
    refuse(book.areas.missing.values())
    names.finish(book)
    keys.put(book)
    case_text.write(book)
    _configuration(book)
    workbook = book.workbook
    # A sheet is left out if the case lacks its tables.
    written = [title for title in ORDER if title in workbook.sheetnames]
    for place, title in enumerate(written):
        workbook.move_sheet(title, place - workbook.sheetnames.index(title))
    workbook.active = 0
    properties = workbook.properties
    properties.title = f"{case.company.name}: valuation"
    properties.creator = "Offtake"
    # A date without time, so that the same case gives the same file.
    properties.created = properties.modified = datetime.combine(day, datetime.min.time())
    workbook.calculation.calcId = configuration.CALCULATED_BY
    workbook.calculation.fullCalcOnLoad = False
    return workbook


def _configuration(book: Book) -> None:
    """Add the sheet that tells xlwings where the functions are."""
    sheet = book.workbook.create_sheet(configuration.SHEET)
    for setting in configuration.SETTINGS.items():
        sheet.append(setting)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 40
    # Hidden; Unhide in Excel shows it.
    sheet.sheet_state = "hidden"
