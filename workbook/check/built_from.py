"""The case that a workbook was built from: the text on its hidden sheet, if still as built."""

from __future__ import annotations

from model.case import case
from model.case.case import Case
from model.errors import CaseError, InputError
from workbook.check.findings import Finding
from workbook.check.keyed import keyed_sheets
from workbook.package.cells import place
from workbook.package.package import Package
from workbook.template.sheets import case_text

#: What follows if the sheet is missing.
MISSING = "is missing, so changes since the build cannot be detected"


def built_from(package: Package) -> Case:
    """Return the case that a workbook was built from.

    Raises
    ------
    InputError
        If the sheet with its text is missing, if a line is not as built, and if no case may have
        the text: with the cell.
    """
    text = case_text.read(package)
    if text is None:
        raise InputError(case_text.TITLE, MISSING)
    # Older workbooks do not state it.
    stated = {sheet.case for sheet in keyed_sheets(package).values()} - {""}
    if stated and case_text.digest(text) not in stated:
        row, problem = case_text.changed(package)
        raise InputError(f"{case_text.TITLE}!A{row}", problem)
    try:
        return case.of_text(text, case_text.TITLE)
    except InputError as error:
        first = error.errors[0] if isinstance(error, CaseError) else error
        _, colon, line = first.argument.partition(f"{case_text.TITLE}:")
        problem = first.problem if colon else str(first)
        raise InputError(f"{case_text.TITLE}!A{line or 1}", problem) from error


def as_built(package: Package) -> Case | None:
    """Return the case that a workbook was built from; None if that can no longer be read."""
    try:
        return built_from(package)
    except InputError:
        return None


def not_as_built(error: InputError) -> Finding:
    """Name the cell of the case that is not as built."""
    _, mark, at = error.argument.partition("!")
    cause = "lines of the case that are not as built"
    return Finding(case_text.TITLE, place(at) if mark else (1, 1), error.problem, cause)
