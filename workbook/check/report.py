"""The report of a check: on a workbook's values, formulas and checks, and on the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from model.case.case import Case
from model.case.stated import differ, stated
from model.errors import CaseError, InputError
from model.valuation import Valuation, value
from workbook import template
from workbook.check.built_from import built_from, not_as_built
from workbook.check.changed import changed
from workbook.check.charts import changed_charts
from workbook.check.differences import differing
from workbook.check.findings import MOST, Finding, listed
from workbook.check.headers import check_days, renamed_headers
from workbook.check.held import Held
from workbook.check.key_results import KeyResult, valued_results
from workbook.check.keyed import keyed_sheets, of_another_edition
from workbook.check.moved import Moved
from workbook.check.outside import outside
from workbook.check.places import Places
from workbook.check.reader import areas_of, case_of
from workbook.check.results import against_model
from workbook.check.rules import changed_names, changed_rules, changed_settings
from workbook.check.safety.verdict import Safety, judged
from workbook.check.sorted_rows import sorted_rows
from workbook.hosts.apart import TooMuchError
from workbook.hosts.headless import Evaluation, evaluated
from workbook.package.archive import reading
from workbook.package.cells import ErrorValue, Place, Values, place
from workbook.package.package import Package
from workbook.package.without_formulas import check_formulas
from workbook.status import CHECKS
from workbook.template.sheets.inputs.scenario import LIVE

#: What a workbook lacks that was not built from a case.
NOT_OURS = "must have the sheets Inputs and Sources and the names of a built workbook"
#: What the cells have in common that cannot be evaluated.
LEFT = "cells that cannot be judged"
SETTINGS = "settings of the workbook that differ"
#: Columns of the sheet of checks: what a check is of, and whether it passes.
LABEL_COLUMN, CHECK_COLUMN = 3, 8


@dataclass
class Report:
    """What was found in a workbook.

    Parameters
    ----------
    findings : list of Finding
        What is not as it should be.
    safety : Safety
        What in the file could run code, or reaches outside of it, and is not Offtake's.
    warnings : list of str
        Sentences on improbable figures, as for a case, and on errors in cells of the user's own.
    summary : str
        What was checked.
    results : list of KeyResult
        The key results as built and now, if an input has been changed since.
    """

    findings: list[Finding] = field(default_factory=list)
    safety: Safety = field(default_factory=Safety)
    warnings: list[str] = field(default_factory=list)
    summary: str = ""
    results: list[KeyResult] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """A line for each finding, or for many of the same cause."""
        return [*self.safety.faults, *listed(self.findings)]


@dataclass(frozen=True)
class Inputs:
    """What the inputs of a workbook state now, and what they stated when it was built."""

    now: Case | None
    valued: Valuation | None
    built: Case | None
    #: What they state now, with the rows of tables in the order that they have, and its valuation.
    in_order: Case | None
    valued_in_order: Valuation | None
    #: What its names refer to; none if the inputs cannot be found.
    names: dict[str, str]
    refused: list[Finding]

    @cached_property
    def has_changed(self) -> bool:
        """Whether an input states something else than when the workbook was built."""
        if self.now is None or self.built is None:
            return self.now is not self.built
        now, built = stated(self.now), stated(self.built)
        return any(differ(now.get(path), built.get(path)) for path in now.keys() | built.keys())

    @cached_property
    def valued_as_built(self) -> Valuation | None:
        """The valuation of the case as built."""
        if not self.has_changed:
            return self.valued
        return None if self.built is None else value(self.built)


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
        For a file that is damaged, that is not a workbook of a case, or that has only values.
    """
    with reading():
        package = Package.opened(file)
        if not is_ours(package):
            raise InputError("workbook", NOT_OURS)
        check_formulas(package)
        formulas = package.formulas
    evaluation, stopped = _evaluated(package)
    found = evaluation.values
    inputs = read_inputs(package, evaluation)
    with reading():
        safety = judged(package)
        draft, moved, changes = _formulas(package, inputs)
    calculated = any(f.value is not None for of in formulas.values() for f in of.values())
    values: list[Finding] = []
    notes: list[Finding] = []
    for finding in (*_left(evaluation), *_differing(package, evaluation)):
        error = isinstance(found[finding.sheet][finding.at], ErrorValue)
        if finding.cause == LEFT or error:
            (values if _is_built(finding, draft, moved) else notes).append(finding)
        elif calculated:
            values.append(finding)
    compared: list[Finding | None] = []
    if inputs.valued_in_order is not None:
        compared = list(against_model(inputs.valued_in_order, areas_of(inputs.names), found))
    settings = [*changed_settings(package)]
    front = next(iter(package.sheets))
    findings = [
        *stopped,
        *inputs.refused,
        *(Finding(front, (1, 1), s, SETTINGS) for s, is_note in settings if not is_note),
        *changes,
        *(_failing(package, found, moved) if moved else ()),
        *values,
        *(finding for finding in compared if finding is not None),
    ]
    count = sum(len(of_sheet) for of_sheet in found.values())
    verdict = f"{len(findings):,} differ or fail" if findings else "all agree"
    if not calculated:
        verdict += "; the file has no values until a spreadsheet calculates it"
    return Report(
        findings,
        safety,
        [
            *safety.warnings,
            *(sentence for sentence, is_note in settings if is_note),
            *(inputs.valued.warnings if inputs.valued else ()),
            *(f"{line}, in a cell of your own" for line in listed(notes)),
        ],
        f"{count} formula cells evaluated, {len(compared)} of them compared with the model: "
        f"{verdict}{safety.verdict}.",
        valued_results(inputs.valued_as_built, inputs.valued)
        if inputs.has_changed and inputs.valued_as_built and inputs.valued
        else [],
    )


def _evaluated(package: Package) -> tuple[Evaluation, list[Finding]]:
    """Evaluate a workbook; one that takes too much has the values of its file."""
    try:
        return evaluated(package), []
    except TooMuchError as error:
        text = f"the {error.argument} {error.problem}; the file's own values are compared"
        stopped = Finding(next(iter(package.sheets)), (1, 1), text, "workbooks that take too much")
        return Evaluation.as_cached(package), [stopped]


def is_ours(package: Package) -> bool:
    """Tell whether a workbook was built from a case, whatever has become of its sheets."""
    named = {"Inputs", "Sources"} <= package.sheets.keys() and LIVE in package.names
    return named or bool(keyed_sheets(package))


def read_inputs(package: Package, evaluation: Evaluation) -> Inputs:
    """Read and value the case of a workbook; where it is none, say which cells are at fault."""
    built, lost = None, list[Finding]()
    try:
        with reading():
            built = built_from(package)
    except InputError as error:
        lost = [not_as_built(error)]
    now = valued = in_order = valued_in_order = None
    names: dict[str, str] = {}
    refused: list[Finding] = []
    try:
        check_days(package)
        with reading():
            book = Held(package, evaluation)
            if built is not None:
                book = book.with_sorted(sorted_rows(book, built))
            places = Places(book, built)
            refused = [*renamed_headers(book, built)] if built is not None else []
        names = book.names
        with places.located():
            now = case_of(book)
            valued = valued_in_order = value(now)
            in_order = places.in_order(now)
            if in_order is not now:
                valued_in_order = value(in_order)
    except InputError as error:
        several = error.errors if isinstance(error, CaseError) else (error,)
        refused = refused or [_refused(each) for each in several]
    return Inputs(now, valued, built, in_order, valued_in_order, names, lost + refused)


def _refused(error: InputError) -> Finding:
    """Name the cell that is at fault, which an error may begin with."""
    cell, _, argument = error.argument.partition(": ")
    sheet, _, at = cell.rpartition("!")
    # Without a cell, all of it is the argument; titles of sheets have no colon.
    argument = argument if sheet else error.argument
    sentence = f"{argument} {error.problem}" if argument else error.problem
    cause = "inputs that no case may have"
    return Finding(sheet or "Inputs", place(at) if sheet else (1, 1), sentence, cause)


def _formulas(
    package: Package, inputs: Inputs
) -> tuple[Package | None, Moved | None, list[Finding]]:
    """Compare the formulas with those of the workbook as built.

    A formula may also be as in the workbook that the inputs give now, with their rows as they are:
    what a text or an omitted figure is written into changes with it.
    """
    plain = package.plain
    first = inputs.built or inputs.now
    if first is None:
        return None, None, []
    draft = template.drafted(first, inputs.valued_as_built or inputs.valued)
    moved = Moved(plain, draft)
    found = [*changed(plain, draft, moved), *_rules(package, draft, moved)]
    moved_rows = inputs.in_order is not inputs.now
    if found and inputs.in_order is not None and (inputs.has_changed or moved_rows):
        other = template.drafted(inputs.in_order, inputs.valued_in_order)
        there = Moved(plain, other)
        again = [*changed(plain, other, there), *_rules(package, other, there)]
        still = {(finding.sheet, finding.at, finding.cause) for finding in again}
        found = [each for each in found if (each.sheet, each.at, each.cause) in still]
    found = [*moved.findings, *found]
    # So few may well be changes of the user's.
    if len(found) > MOST and of_another_edition(keyed_sheets(plain)):
        found = [_of_another_edition(found)]
    beyond = outside(plain, first, lambda: (draft, moved)) if inputs.names else ()
    return draft, moved, [*found, *beyond]


def _of_another_edition(found: list[Finding]) -> Finding:
    """Sum up what differs from a workbook of this edition, and may be as another one built it."""
    sheets = ", ".join(dict.fromkeys(finding.sheet for finding in found))
    text = (
        f"was built by another version of Offtake: {len(found):,} formulas, texts, names and rows "
        f"are not as this version builds them, on {sheets}; rebuild it with `offtake build "
        "--from`, because only then can changed formulas be detected"
    )
    return Finding(found[0].sheet, (1, 1), text, "workbooks of another version")


def _rules(package: Package, draft: Package, moved: Moved) -> Iterator[Finding]:
    """Compare names, and rules and charts, which a translation of another kind of file lacks."""
    plain = package.plain
    yield from changed_names(plain, draft, moved)
    if package.translated is None:
        yield from changed_rules(plain, draft, moved)
        yield from changed_charts(plain, draft, moved)


def _left(evaluation: Evaluation) -> Iterator[Finding]:
    """Name the cells that cannot be evaluated; others follow from the values that they have."""
    for (sheet, at), why in evaluation.left.items():
        yield Finding(sheet, at, f"cannot be judged, because it {why}", LEFT)


def _differing(package: Package, evaluation: Evaluation) -> Iterator[Finding]:
    """Find the cells whose values differ, but for those that keep their own."""
    for finding in differing(package.cached, evaluation.values, package):
        if (finding.sheet, finding.at) not in evaluation.left:
            yield finding


def _is_built(finding: Finding, draft: Package | None, moved: Moved | None) -> bool:
    """Tell whether a cell holds a formula, or part of a block, as built."""
    if draft is None or moved is None:
        return True
    at = moved.built(finding.sheet, finding.at)
    return at is not None and at[1] in draft.sheets[at[0]].filled_places


def failing(values: Values) -> list[Place]:
    """Return the cells of the checks of a workbook that fail, of all its values."""
    of_sheet = values.get(CHECKS, {})
    return [at for at, value in of_sheet.items() if at[1] == CHECK_COLUMN and value == "FAIL"]


def _failing(package: Package, values: Values, moved: Moved) -> Iterator[Finding]:
    """Find the checks that fail, wherever they are."""
    if (positions := moved.sheets.get(CHECKS)) is None:
        return
    title, label = positions.title, positions.columns.get(LABEL_COLUMN, LABEL_COLUMN)
    for at, held in values.get(title, {}).items():
        if held == "FAIL" and at[1] == positions.columns.get(CHECK_COLUMN):
            text = f"the check of its row fails: {package.sheets[title].value((at[0], label))}"
            yield Finding(title, at, text, "checks that fail")
