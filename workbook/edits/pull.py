"""Copies the changes in a workbook back into the file of its case."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from model.case import case
from model.case.case import Case
from model.case.stated import differ, stated
from model.case.written import written
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.built_from import MISSING, built_from
from workbook.check.differences import RELATIVE
from workbook.check.findings import Finding
from workbook.check.headers import check_days, check_headers
from workbook.check.held import Held
from workbook.check.moved import Moved
from workbook.check.outside import outside
from workbook.check.places import Places
from workbook.check.reader import lists_of, stated_in
from workbook.check.sorted_rows import sorted_rows
from workbook.edits.changes import Taking
from workbook.edits.compared import Change
from workbook.edits.unlogged import Inputs, built_case
from workbook.hosts.headless import Evaluation, evaluated
from workbook.package.archive import reading
from workbook.package.cells import Values
from workbook.package.package import Package
from workbook.package.without_formulas import check_formulas
from workbook.template.sheets import case_text
from workbook.template.sheets import sources as sheet

#: The result whose lines are compared with the workbook's.
VALUED = "Valuation"


@dataclass(frozen=True)
class Pulled:
    """What was read of a workbook: the text of a case, what that changes, and notes on it."""

    text: str
    changes: list[Change]
    case: Case
    built: Case | None
    evaluation: Evaluation
    book: Held
    places: Places
    sorted: bool
    notes: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> Inputs:
        """The inputs of the workbook, if it has the case that it was built from."""
        return Inputs(built_case(self.built), self.case, self.book, self.places)


def taken(package: Package, old: Case | None, name: str, day: date) -> Pulled:
    """Take what has been changed in a workbook into the text of a case.

    Parameters
    ----------
    package : Package
        A workbook that was built from a case.
    old : Case, optional
        The case whose text is changed; the one that the workbook was built from if omitted.
    name : str
        The name of its file.
    day : date
        The date of the changes.

    Raises
    ------
    InputError
        When the workbook is of another company, an input cannot be read, or the text would be
        refused as a case or have another value than the workbook.
    """
    found = read(package.plain, old, name, day)
    notes = [
        f"The value is not compared with the workbook's, which cannot be calculated: {line}."
        for line in found.evaluation.lines[:1]
    ]
    if not notes:
        notes = _check_value(found.book, found.case, found.evaluation.values)
    if found.built is not None:
        notes += [f"{each}." for each in _outside(package.plain, found.built)]
    else:
        notes.append(f"The sheet {case_text.TITLE} {MISSING}.")
    notes += [
        f"{each.path} was changed in {name} after the workbook was built; the workbook's value "
        "replaces it."
        for each in found.changes
        if each.from_file
    ]
    return replace(found, notes=notes)


def _outside(package: Package, built: Case) -> Iterator[Finding]:
    """Find what is typed next to the inputs, which is not taken."""

    @cache
    def drafted() -> tuple[Package, Moved]:
        draft = template.drafted(built)
        return draft, Moved(package, draft)

    with reading():
        yield from outside(package, built, drafted)


def read(package: Package, old: Case | None, name: str, day: date) -> Pulled:
    """Read what a workbook states into the text of a case, whatever its value is; as `taken`."""
    with reading():
        check_formulas(package)
        check_days(package)
    evaluation = evaluated(package)
    with reading():
        book, said = Held(package, evaluation), case_text.read(package)
        lists = lists_of(book)
    if old is not None:
        _check_company(lists[sheet.FURTHER], old, name)
    built = None if said is None else built_from(package)
    known = built or old
    moved = {}
    with reading():
        if built:
            check_headers(book, built)
        if known:
            moved = sorted_rows(book, known)
            book = book.with_sorted(moved)
        places = Places(book, known)
    with places.located(), reading():
        new = stated_in(book)
    old = old or built or case.of_text(written(new), name)
    taking = Taking(old, new, built or old, day, places.formulas)
    text = taking.text()
    with places.located():
        after = case.of_text(text, name)
    _check(after, new)
    return Pulled(text, taking.changes, after, built, evaluation, book, places, bool(moved))


def _check_company(further: list[tuple[int, list[Any]]], old: Case, name: str) -> None:
    """Refuse a workbook of another company than that of a case."""
    tickers = (row[sheet.SOURCE] for _, row in further if row[sheet.FIGURE] == "company.ticker")
    if (ticker := next(tickers, "no company")) != old.company.ticker:
        raise InputError(
            "workbook", f"must be of {old.company.ticker}, as {name} is, not of {ticker}"
        )


def _check(after: Case, new: Case) -> None:
    """Refuse a text that states anything else than the workbook."""
    one, other = stated(after), stated(new)
    for path in dict.fromkeys((*one, *other)):
        if differ(one.get(path), other.get(path)):
            raise InputError(path, "cannot be changed in the text of the case; change it by hand")


def _check_value(book: Held, after: Case, values: Values) -> list[str]:
    """Refuse a case that has another value than the workbook; say so if that has none."""
    area = book.area(book.names.get(VALUED, ""))
    if area is None:
        raise InputError(VALUED, "must name the lines from the forecast to the value per share")
    title, (top, left), (bottom, _) = area
    valued, found = value(after), values.get(title, {})
    # By its label: there are more lines or fewer above it, as there are contracts.
    label = valued.result.declared["value_per_share"].header
    rows = range(top, bottom + 1)
    row = next((row for row in rows if found.get(book.now(title, (row, left))) == label), bottom)
    at, number = (row, left + 1), valued.value_per_share
    shown = found.get(book.now(title, at))
    if not isinstance(shown, float):
        return [f"The value is not compared with the workbook's, because {title} has none."]
    if not math.isclose(shown, number, rel_tol=RELATIVE, abs_tol=RELATIVE):
        raise InputError(
            book.where(title, at),
            f"must be {number:,.10g}, the model's value per share for the inputs of the workbook, "
            f"not {shown:,.10g}; `offtake check` lists what differs",
        )
    return []
