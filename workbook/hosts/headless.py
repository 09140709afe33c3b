"""Evaluates a workbook without any spreadsheet program, by the engine formualizer.

The engine calls the same functions of the catalogue as every other host. A formula for which it
would give another answer than Excel without saying so is left: its cell keeps the value that the
file has. `foreign` finds such formulas by their text, and `engine` by what the engine gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from workbook.hosts import engine, foreign
from workbook.hosts.apart import TooMuchError, apart
from workbook.hosts.order import Cell, followers, in_turns, reader
from workbook.hosts.positions import Positions
from workbook.hosts.reach import Reach
from workbook.hosts.texts import HELD, Texts
from workbook.package.archive import reading
from workbook.package.areas import in_order
from workbook.package.cells import ErrorValue, Formula, Place, Values, address, cells
from workbook.package.limits import LIMITS
from workbook.package.links import linked_files
from workbook.package.package import Package
from workbook.package.written_out import CannotWriteOutError, Scope

__all__ = ["ErrorValue", "Evaluation", "EvaluationError", "Values", "evaluate", "evaluated"]

#: How often cells at fault are separated from those that only depend on them.
ROUNDS = 20

Formulas = dict[str, dict[Place, Formula]]


class EvaluationError(ValueError):
    """A workbook that cannot be evaluated as Excel would: one line for each cell at fault."""


@dataclass(frozen=True)
class Evaluation:
    """The values of a workbook, and the cells that could not be evaluated.

    Parameters
    ----------
    values : dict
        Sheet -> (row, column) -> value, for every cell that holds a formula or is filled by an
        array formula. A cell that could not be evaluated has its value in the file, and others
        follow from that; if the file has none, it is the error #N/A to them.
    left : dict
        Sheet and (row, column) of each formula that could not be evaluated -> why, as the rest of a
        sentence that begins with the cell. A what-if data table is one, in its first cell.
    """

    values: Values
    left: dict[Cell, str]
    _found: Formulas = field(repr=False)
    _names: Mapping[str, str] = field(repr=False)

    @classmethod
    def as_cached(cls, package: Package) -> Evaluation:
        """Take the values that a file has."""
        return cls(package.cached, {}, _formulas(package.plain), package.all_names)

    @property
    def lines(self) -> list[str]:
        """A sentence for each cell that could not be evaluated."""
        return [f"{sheet}!{address(*at)} {why}" for (sheet, at), why in self.left.items()]

    def filled(self, cell: Cell) -> list[Place]:
        """Return the cells that a formula fills, or that are to keep what it has filled."""
        return _filled(self._found, cell)

    def dependents(self, cell: Cell) -> list[Cell]:
        """Return the formulas that depend on a formula, directly or not."""
        return self._followers(cell)

    @cached_property
    def _followers(self) -> Callable[[Cell], list[Cell]]:
        return followers(self._found, self._names)


def evaluate(package: bytes | Package) -> Values:
    """Evaluate every formula of a workbook, or refuse it.

    Parameters
    ----------
    package : bytes or Package
        An .xlsx file, with cached values or without.

    Returns
    -------
    dict
        Sheet -> (row, column) -> value, for every cell that holds a formula or is filled by an
        array formula. Dates are serial numbers. An error is an `ErrorValue`; where a function
        of the catalogue refused its arguments, with the sentence that it gave. Where an array
        formula gives an error, the cells that it would have filled are None.

    Raises
    ------
    InputError
        For a file that is damaged.
    EvaluationError
        For an array formula whose result has another shape than its range or finds cells that
        are not empty, any other formula that gives more than one value, a call of the catalogue
        that leaves an argument out between others, a formula that refers to itself or to another
        file, and one that the engine cannot read or does not support.
    """
    found = evaluated(package)
    if found.left:
        raise EvaluationError("\n".join(found.lines))
    return found.values


def evaluated(package: bytes | Package) -> Evaluation:
    """Evaluate the formulas of a workbook, and leave those that cannot be evaluated as in Excel.

    Parameters
    ----------
    package : bytes or Package
        An .xlsx file, with cached values or without, whatever its formulas are.

    Returns
    -------
    Evaluation
        The values, and the cells that are left, each with the reason.

    Raises
    ------
    InputError
        For a file that is damaged.
    TooMuchError
        For one that takes too much memory or time.
    """
    with reading():
        package = Package.opened(package).plain
        found = _formulas(package)
        left = _written_out(package, found)
        bare = package.without_formulas()

    def calculated() -> tuple[Values, dict[Cell, str]]:
        import formualizer

        with reading():
            run = _Run(formualizer.load_workbook_bytes(bare), package, found, left)
            return run.values(run.evaluate()), run.left

    values, left = apart(calculated)
    texts = {name: sheet.formulas for name, sheet in package.sheets.items()}
    left = {
        (sheet, at): f"{why}: ={texts[sheet][at].text}" if at in texts[sheet] else why
        for sheet, of_sheet in found.items()
        for at in of_sheet
        if (why := left.get((sheet, at)))
    }
    return Evaluation(values, left, found, package.all_names)


def _formulas(package: Package) -> Formulas:
    """Return the formulas, with what-if data tables as array formulas."""
    return {
        name: sheet.formulas
        | {at: Formula(foreign.TABLE, r, sheet.value(at)) for at, r in sheet.data_tables.items()}
        for name, sheet in package.sheets.items()
    }


def _written_out(package: Package, found: Formulas) -> dict[Cell, str]:
    """Write out names and tables in formulas, and say which formulas cannot be evaluated."""
    scope, files, reach = Scope.of(package), linked_files(package.parts), Reach(package)
    positions = Positions(scope.every)
    hidden = any(sheet.hidden_rows for sheet in package.sheets.values())
    left = {}
    for sheet, of_sheet in found.items():
        for at, formula in of_sheet.items():
            why = foreign.of_files(formula.text, files)
            try:
                text = formula.text if why else scope.written_out(formula.text, sheet, at)
                text = positions.written_out(in_order(text), array=formula.ref is not None)
            except CannotWriteOutError as problem:
                why = str(problem)
            else:
                if text != formula.text:
                    of_sheet[at] = formula = replace(formula, text=text)
                why = why or reach.fault(text, sheet)
                why = why or foreign.fault(formula, files, scope.every, hidden)
            if why is not None:
                left[sheet, at] = why
    return left


def _cells(found: Formulas) -> list[Cell]:
    return [(sheet, at) for sheet, of_sheet in found.items() for at in of_sheet]


def _filled(found: Formulas, cell: Cell) -> list[Place]:
    """Return the cells that a formula fills, other formulas in its range left out."""
    sheet, at = cell
    ref = found[sheet][at].ref
    return [at, *(c for c in cells(ref) if c not in found[sheet])] if ref else [at]


class _Run:
    """An evaluation of a workbook in the engine."""

    def __init__(self, book: Any, package: Package, found: Formulas, left: dict[Cell, str]) -> None:
        self.left = left
        self._book, self._package, self._found = book, package, found
        #: The formulas that the engine has.
        self._entered = {
            sheet: {at: formula for at, formula in of_sheet.items() if (sheet, at) not in left}
            for sheet, of_sheet in found.items()
        }
        self._said, self._texts, self._clock = engine.Said(), Texts(), engine.Clock()
        book.set_temporal_egress("serial")
        engine.register(book, self._said, self._clock)
        book.register_function(HELD, self._texts.passed, min_args=1, max_args=1)

    def evaluate(self) -> engine.Raw:
        """Enter the formulas, take those out again that give what Excel would not, and return all.

        A cell that only depends on such a cell is not at fault, which shows when that one has a
        value: so they are taken out in rounds.
        """
        names = self._package.all_names
        self._keep(self.left)
        numbered = {
            sheet: {
                at: self._texts.held(self._said.numbered(formula, (sheet, at)))
                for at, formula in of.items()
            }
            for sheet, of in self._entered.items()
        }
        refused = engine.enter(self._book, in_turns(numbered, names))
        reads = None
        for number in range(ROUNDS + 1):
            failed = engine.calculate(self._book, _cells(self._entered))
            self._texts.check()
            self._check_time()
            raw = self._raw()
            faults = engine.faults(self._book, self._entered, raw) | failed | refused
            if not faults:
                return raw
            reads = reads or reader(self._entered, names)
            own = {*_own(faults, reads), *refused} if number < ROUNDS else {*faults}
            refused = {}
            for sheet, at in own:
                del self._entered[sheet][at]
                self.left[sheet, at] = faults[sheet, at]
            self._keep(own)
        engine.calculate(self._book, _cells(self._entered))
        return self._raw()

    def values(self, raw: engine.Raw) -> Values:
        """Return the values that the engine has found, and for cells that are left, the file's."""
        values: Values = {
            sheet: {at: engine.value_of(value) for at, value in of_sheet.items()}
            for sheet, of_sheet in raw.items()
        }
        sentences = dict(self._said.sentences())
        for (sheet, at), sentence in sentences.items():
            value = values[sheet][at]
            if isinstance(value, ErrorValue):
                values[sheet][at] = ErrorValue(value.text, sentence)
        for sheet, of_sheet in self._entered.items():
            for at, formula in of_sheet.items():
                value = values[sheet][at]
                if isinstance(value, str) and formula.ref is None:
                    values[sheet][at] = engine.as_excel_joins(value, sentences.values())
        for sheet, at in self.left:
            for place in _filled(self._found, (sheet, at)):
                if place in values[sheet]:
                    values[sheet][place] = self._package.sheets[sheet].value(place)
        return values

    def _check_time(self) -> None:
        """Refuse a workbook whose functions take more time than is allowed."""
        if self._clock.stopped_at is not None:
            sheet, at = self._said.cell(self._clock.stopped_at)
            limit = LIMITS["seconds"]
            problem = f"must take at most {limit.most} {limit.of}, which it has taken up to"
            raise TooMuchError("workbook", f"{problem} {sheet}!{address(*at)}")

    def _raw(self) -> engine.Raw:
        sheets = self._package.sheets
        return engine.raw_values(self._book, {name: sheets[name].filled for name in self._found})

    def _keep(self, left: Iterable[Cell]) -> None:
        """Put the values of the file into cells; nothing is an error, so that it is not read as 0.

        What an array formula has filled is empty where the file has nothing there.
        """
        for sheet, at in left:
            held = self._package.sheets[sheet]
            missing = None if held.value(at) is not None else ErrorValue("#N/A")
            for place in _filled(self._found, (sheet, at)):
                value = held.value(place)
                engine.put(self._book, sheet, place, missing if value is None else value)


def _own(faults: Collection[Cell], reads: Callable[[Cell], set[Cell]]) -> list[Cell]:
    """Return the cells at fault that read no others at fault; or else those that go in circles."""
    behind = {c: {o for o in reads(c) if o in faults and o != c} for c in faults}
    if own := [cell for cell, others in behind.items() if not others]:
        return own
    readers = Counter(other for others in behind.values() for other in others)
    ends = [cell for cell in behind if not readers[cell]]
    while ends:
        for other in behind.pop(ends.pop()):
            readers[other] -= 1
            if not readers[other]:
                ends.append(other)
    return [*behind]
