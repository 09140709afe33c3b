"""A copy of a workbook to send out: its values, without formulas, code and the case's text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from workbook import configuration
from workbook.check.findings import Finding, listed
from workbook.edits.recalculate import recalculate
from workbook.hosts.headless import Evaluation
from workbook.package.archive import reading, zipped
from workbook.package.cells import ErrorValue, Place
from workbook.package.finish.sheets import kind_and_text
from workbook.package.package import Package, Sheet
from workbook.package.values import with_values
from workbook.package.without_formulas import without_formulas
from workbook.template.head import UNITS
from workbook.template.sheets import case_text

#: The sheets that are not for others: settings, and the text of the case with its comments.
APART = (configuration.SHEET, case_text.TITLE)


@dataclass(frozen=True)
class ValuesOnly:
    """A copy of a workbook with values in place of its formulas.

    Parameters
    ----------
    file : bytes
        The .xlsx file.
    count : int
        How many formulas it had.
    calculated : bool
        Whether the file held other values than its formulas gave.
    evaluation : Evaluation
        All values, and the cells that could not be evaluated.
    errors : list of str
        A line for each cell that holds an error, or for many.
    """

    file: bytes
    count: int
    calculated: bool
    evaluation: Evaluation
    errors: list[str]


def values_only(file: bytes | Package, day: date) -> ValuesOnly:
    """Write the values of a workbook in place of its formulas.

    Parameters
    ----------
    file : bytes or Package
        An .xlsx or .xlsm file that was built from a case, with whatever was added since.
    day : date
        The date of the copy, which the top of every sheet shows.

    Raises
    ------
    InputError
        For a file that is damaged, not a workbook of this model, or has no formulas.
    """
    done = recalculate(file)
    with reading():
        package = Package.opened(done.file)
        pages = {title: page for title, page in package.sheets.items() if title not in APART}
        errors = [
            Finding(title, at, f"holds {value}", "cells with errors")
            for title, page in pages.items()
            for at in page.filled
            if isinstance(value := page.value(at), ErrorValue)
        ]
        parts = without_formulas(package, APART)
        for page in pages.values():
            lines = {at: ("str", _dated(page, at, day)) for at in _lines(page)}
            parts[page.part] = with_values(parts[page.part], lines)
    count = sum(len(page.formulas) for page in pages.values())
    found = [*listed(errors)]
    return ValuesOnly(zipped(parts), count, done.changed > 0, done.evaluation, found)


def _lines(page: Sheet) -> list[Place]:
    """Return the cell above the master check, which shows the units or leads to what fails."""
    return [
        at
        for at, formula in page.formulas.items()
        if formula.text.startswith("HYPERLINK(") and UNITS in formula.text
    ]


def _dated(page: Sheet, at: Place, day: date) -> str:
    """Say of what date the values are, before what the cell says."""
    return kind_and_text(f"Values only, {day.day} {day:%B %Y}. {page.value(at) or UNITS}")[1]
