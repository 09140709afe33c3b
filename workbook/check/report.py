"""What a check says of a workbook: of its values, its formulas, its checks, and the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from model.errors import InputError
from workbook import template
from workbook.check.at_fault import refused
from workbook.check.changed import changed
from workbook.check.differences import differing
from workbook.check.findings import Finding, listed
from workbook.check.keyed import keyed_sheets
from workbook.check.moved import Moved
from workbook.check.outside import outside
from workbook.check.reader import read_case
from workbook.check.results import against_model
from workbook.check.rules import changed_rules
from workbook.hosts.headless import Evaluation, evaluated
from workbook.package.archive import reading
from workbook.package.cells import ErrorValue, Place, Values
from workbook.package.package import Package
from workbook.status import CHECKS
from workbook.template.sheets.inputs.scenario import LIVE

#: What a workbook lacks that was not built from a case.
NOT_OURS = "must have the sheets Inputs and Sources and the names of a built workbook"
#: What the cells have in common that cannot be evaluated.
LEFT = "cells that cannot be judged"
#: Columns of the sheet of checks: what a check is of, and whether it passes.
LABEL_COLUMN, CHECK_COLUMN = 3, 8


@dataclass
class Report:
    """What was found in a workbook.

    Parameters
    ----------
    findings : list of Finding
        What is not as it should be.
    warnings : list of str
        Sentences on improbable figures, as for a case, and on errors in cells of the user's own.
    summary : str
        What was checked.
    """

    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    summary: str = ""

    @property
    def faults(self) -> list[str]:
        """A line for each finding, or for many of the same cause."""
        return list(listed(self.findings))


def report(file: bytes | Package) -> Report:
    """Compare a workbook with its own formulas, those that its inputs give, and the model.

    Parameters
    ----------
    file : bytes or Package
        An .xlsx file that was built from a case, whatever has been done to it since.

    Returns
    -------
    Report
        A finding for each cell that differs from its formula, holds an error, fails as a check,
        has another formula than the inputs give or none, or differs from what
        `model.valuation.value` gives for the case of the inputs; and for an input that no case may
        have. A file without cached values, as saved by openpyxl, has none to compare.

    Raises
    ------
    InputError
        For a file that is damaged, or that is not a workbook of a case.
    """
    with reading():
        package = Package.opened(file)
        if not is_ours(package):
            raise InputError("workbook", NOT_OURS)
        formulas = package.formulas
    evaluation = evaluated(package)
    found = evaluation.values
    calculated = any(f.value is not None for of in formulas.values() for f in of.values())
    left = {(sheet, at) for sheet, at in evaluation.left}
    made = Report(
        [
            *_left(evaluation),
            *(
                finding
                for finding in differing(package.cached, found)
                if (calculated or isinstance(found[finding.sheet][finding.at], ErrorValue))
                and (finding.sheet, finding.at) not in left
            ),
        ]
    )
    compared = 0
    try:
        compared = _against_inputs(package, found, made)
    except InputError as error:
        if error.argument == "workbook":
            raise
        made.findings.insert(0, refused(package, error))
    count = sum(len(of_sheet) for of_sheet in found.values())
    verdict = f"{len(made.findings):,} differ or fail" if made.findings else "all agree"
    if not calculated:
        verdict += "; the file holds no values of its own until a spreadsheet calculates it"
    made.summary = (
        f"{count} formula cells evaluated, {compared} of them compared with the model: {verdict}."
    )
    return made


def _left(evaluation: Evaluation) -> Iterator[Finding]:
    """Name the cells that cannot be evaluated; others follow from the values that they have."""
    for (sheet, at), why in evaluation.left.items():
        yield Finding(sheet, at, f"cannot be judged, because it {why}", LEFT)


def is_ours(package: Package) -> bool:
    """Tell whether a workbook was built from a case, whatever has become of its sheets."""
    named = {"Inputs", "Sources"} <= package.sheets.keys() and LIVE in package.names
    return named or bool(keyed_sheets(package))


def _against_inputs(package: Package, found: Values, made: Report) -> int:
    """Compare a workbook with what its inputs give; return how many results the model has."""
    from model.valuation import value

    case, areas = read_case(package)
    valued = value(case)
    built = template.drafted(case, valued)
    moved = Moved(package.plain, built)
    ours = {(title, at) for title, sheet in built.sheets.items() for at in sheet.filled}
    values: list[Finding] = []
    notes: list[Finding] = []
    for finding in made.findings:
        error = isinstance(found[finding.sheet][finding.at], ErrorValue)
        foreign = moved.built(finding.sheet, finding.at) not in ours
        foreign = foreign and (error or finding.cause == LEFT)
        (notes if foreign else values).append(finding)
    made.warnings = [
        *valued.warnings,
        *(f"{line}, in a cell of your own" for line in listed(notes)),
    ]
    compared = list(against_model(valued, areas, found))
    made.findings[:] = [
        *moved.findings,
        *changed(package.plain, built, moved),
        *changed_rules(package.plain, built, moved),
        *outside(package.plain, built, moved, case),
        *_failing(package, found, moved),
        *values,
        *(finding for finding in compared if finding is not None),
    ]
    return len(compared)


def failing(values: Values) -> list[Place]:
    """Return the cells of the checks of a workbook that fail, of all its values."""
    of_sheet = values.get(CHECKS, {})
    return [at for at, value in of_sheet.items() if at[1] == CHECK_COLUMN and value == "FAIL"]


def _failing(package: Package, values: Values, moved: Moved) -> Iterator[Finding]:
    """Find the checks that fail, wherever they are."""
    if (positions := moved.sheets.get(CHECKS)) is None:
        return
    title, label = positions.title, positions.columns.get(LABEL_COLUMN, LABEL_COLUMN)
    for at, value in values.get(title, {}).items():
        if value == "FAIL" and at[1] == positions.columns.get(CHECK_COLUMN):
            text = f"the check of its row fails: {package.sheets[title].value((at[0], label))}"
            yield Finding(title, at, text, "checks that fail")
