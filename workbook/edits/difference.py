"""Differences between two workbooks, two cases, or a workbook and a case."""

from __future__ import annotations

from dataclasses import dataclass, field

from model.case.case import Case
from model.case.file import located
from model.errors import CaseError, InputError
from model.valuation import value
from workbook.check.differences import same
from workbook.check.findings import Finding, listed
from workbook.check.key_results import KeyResult, results_of
from workbook.check.report import read_inputs
from workbook.edits.compared import Change, Compared
from workbook.edits.matched import FormulaDifference, matched
from workbook.edits.recalculate import recalculate
from workbook.package.cells import Value, address
from workbook.package.package import Package


@dataclass(frozen=True)
class Side:
    """A workbook, or a case, to be compared.

    Parameters
    ----------
    name : str
        What it is called.
    case : Case
        What it states.
    results : list of KeyResult
        Its key results, as they are now.
    package : Package, optional
        The workbook.
    notes : list of str
        What is to be known of its values.
    """

    name: str
    case: Case
    results: list[KeyResult]
    package: Package | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """What differs between two sides.

    Parameters
    ----------
    inputs : list of Change
        The inputs, before in the first and after in the second.
    formulas : list of FormulaDifference or None
        The formulas, of two workbooks; None if one side is a case.
    only : list of Finding
        The cells that only one workbook has.
    results : list of KeyResult
        The key results, before in the first and after in the second.
    notes : list of str
        What is to be known of the values of both.
    """

    inputs: list[Change]
    formulas: list[FormulaDifference] | None
    only: list[Finding]
    results: list[KeyResult]
    notes: list[str]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.inputs or self.formulas or self.only or self.results)


def of_case(name: str, case: Case) -> Side:
    """Value a case, to be compared."""
    with located(name):
        return Side(name, case, results_of(value(case)))


def of_workbook(name: str, package: Package) -> Side:
    """Read and evaluate a workbook that was built from a case, to be compared.

    Raises
    ------
    InputError
        For a file that is damaged or not a workbook of a case, for a copy that holds values only,
        and for inputs that no case may have.
    """
    done = recalculate(package)
    inputs = read_inputs(package, done.evaluation)
    if inputs.now is None:
        errors = [
            InputError(f"{name}: {finding.sheet}!{address(*finding.at)}", finding.text)
            for finding in inputs.refused
        ]
        raise errors[0] if len(errors) == 1 else CaseError(errors)
    kept = "cells that cannot be evaluated"
    left = (Finding(sheet, at, why, kept) for (sheet, at), why in done.evaluation.left.items())
    notes = [f"{name} keeps a value: {line}" for line in listed(left)]
    if done.changed:
        notes.append(
            f"{name} holds values that differ from its formulas' current results, in "
            f"{done.changed:,} cells; the results are those of the formulas."
        )
    return Side(name, inputs.now, done.results, package.plain, notes)


def difference(first: Side, second: Side) -> Difference:
    """Compare two sides: inputs by path, formulas by key, results by name.

    Raises
    ------
    InputError
        When they are of different companies.
    """
    one, other = (side.case.company.ticker for side in (first, second))
    if one != other:
        raise InputError(
            second.name, f"must be of {one}, as {first.name} is, to be compared, not of {other}"
        )
    cells = None
    if first.package is not None and second.package is not None:
        cells = matched(first.package, second.package, (first.name, second.name))
    return Difference(
        Compared(first.case, second.case).changes,
        cells.formulas if cells else None,
        cells.only if cells else [],
        _results(first.results, second.results),
        [*first.notes, *second.notes],
    )


def _results(first: list[KeyResult], second: list[KeyResult]) -> list[KeyResult]:
    """Return the results that differ; one that only one side has is nothing in the other."""
    units = {result.label: result.unit for result in (*first, *second)}
    before, after = ({r.label: r.after for r in side} for side in (first, second))
    return [
        KeyResult(label, unit, before.get(label), after.get(label))
        for label, unit in units.items()
        if not _equal(before.get(label), after.get(label))
    ]


def _equal(one: Value, other: Value) -> bool:
    """Tell whether two results are the same; two errors are, if they are the same error."""
    return one == other or same(one, other)
