"""The calls of our functions in any workbook: which of them fail, why, and at which cell.

Unlike `workbook.check.report`, this needs nothing of how the workbook was made.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from model.errors import InputError, nearest
from workbook.check.safety.verdict import judged
from workbook.functions import CATALOGUE
from workbook.hosts.apart import TooMuchError, apart
from workbook.hosts.asked import Answer, Asked, Refusal, calls_in, gaps_filled, unknown_in
from workbook.hosts.calc.component import WHY
from workbook.hosts.headless import evaluated
from workbook.hosts.reach import Reach
from workbook.package.archive import reading
from workbook.package.areas import in_order
from workbook.package.cells import ErrorValue, Formula, Place, Value, Values, address, number_text
from workbook.package.formulas import LITE_PREFIX, calls_with_gaps
from workbook.package.links import linked_files, other_file
from workbook.package.open_formula import quoted_where_needed
from workbook.package.package import Package
from workbook.package.readable import counts_from_1904, readable
from workbook.package.written_out import CannotWriteOutError, Scope

#: Characters of a formula that are shown, and cells that are named in a note.
SHOWN, NAMED = 80, 5

Cell = tuple[str, Place]


@dataclass(frozen=True)
class Report:
    """A line for each call that fails, warnings of what is taken as it is, and a summary."""

    faults: list[str]
    warnings: list[str]
    summary: str
    results: tuple[()] = ()


def report(file: bytes | Package) -> Report:
    """Say which calls of the catalogue fail in a workbook, and why.

    Parameters
    ----------
    file : bytes or Package
        An .xlsx file.

    Returns
    -------
    Report
        A fault for each finding on the file's safety, for each call that is refused, also where its
        formula hides that, for each cell with calls that gives an error for another reason, and for
        each that cannot be judged.

    Raises
    ------
    InputError
        For a file that is damaged, and for a workbook without calls.
    """
    with reading():
        package = Package.opened(file)
        book = _Book(package)
    if not book.calling:
        raise InputError("workbook", "calls no Offtake function, so there is nothing to check")
    found: Report | TooMuchError
    try:
        found = book.report()
    except TooMuchError as error:
        found = error
    # Afterwards, because it keeps the trees of the sheets in memory.
    with reading():
        safety = judged(package)
    if isinstance(found, TooMuchError):
        # What was found of its safety must not be lost.
        if not safety.findings:
            raise found
        cells = _some(len(book.calling), "cell")
        line = f"No call is judged: the {found.argument} {found.problem}."
        found = Report([line], [], f"{cells} with calls to Offtake's functions: none judged.")
    return Report(
        [*safety.faults, *found.faults],
        [*safety.warnings, *found.warnings],
        f"{found.summary.removesuffix('.')}{safety.verdict}.",
    )


class _Book:
    """A workbook, its formulas, and those that call the catalogue."""

    def __init__(self, package: Package) -> None:
        self.from_1904 = counts_from_1904(package)
        package = readable(package).plain
        self.written = package.formulas
        files = linked_files(package.parts)
        scope = Scope.of(package)
        cells = {
            (sheet, at): _with_names(scope, formula, sheet, at)
            for sheet, of_sheet in self.written.items()
            for at, formula in of_sheet.items()
        }
        reach = Reach(package)
        reasons = {
            (sheet, at): _beyond(formula.text, files) or reach.fault(formula.text, sheet)
            for (sheet, at), formula in cells.items()
        }
        #: Why cells keep the values that the file has.
        self.kept = {cell: reason for cell, reason in reasons.items() if reason}
        self.calling = {cell: f for cell, f in cells.items() if calls_in(f.text)}
        self.package = _typed(_without_gaps(package), self.kept)
        self.hidden = _hidden(package)
        #: The cells that the engine cannot calculate.
        self.left: Collection[Cell] = ()

    def report(self) -> Report:
        """Ask each cell that calls the catalogue."""
        values, faults = self._values()
        return apart(lambda: self._asked(values, faults))

    def _asked(self, values: Values, faults: list[str]) -> Report:
        asked = Asked(self.package, values, self.left)
        total = made = failed = judged = 0
        for cell, formula in self.calling.items():
            calls = len(calls_in(formula.text))
            total += calls
            if cell in self.kept:
                at, reason = self._at(cell), self.kept[cell]
                faults.append(f"{at} is not judged, because it {reason}: {self._short(cell)}")
                continue
            answer = asked.ask(*cell, formula.text)
            judged += answer.made if answer.unasked else calls
            made, failed = made + answer.made, failed + answer.failed
            lines = [*self._lines(asked, cell, answer, calls)]
            if answer.unasked and not lines and cell not in self.left:
                lines = [f"{self._at(cell)} is not judged, because {answer.unasked}: "
                         f"{self._short(cell)}"]  # fmt: skip
            faults += lines
        counts = {
            "work": made - failed,
            "fail": failed,
            "not needed": judged - made,
            "not judged": total - judged,
        }
        summary = ", ".join(f"{n} {what}" for what, n in counts.items() if n or what == "work")
        of = (
            f"{_some(len(self.calling), 'cell')} with {_some(total, 'call')} to Offtake's functions"
        )
        return Report(faults, [*self._warnings()], f"{of}: {summary}.")

    def _values(self) -> tuple[Values, list[str]]:
        """Evaluate the workbook; the cells that cannot be keep the values of the file."""
        found = evaluated(self.package)
        lines = dict(zip(found.left, found.lines, strict=True))
        self.left = lines.keys()
        return found.values, [line for cell, line in lines.items() if cell in self.calling]

    def _lines(self, asked: Asked, cell: Cell, answer: Answer, calls: int) -> Iterator[str]:
        """Say what is wrong with a cell."""
        value = asked.value(*cell)
        at, text = self._at(cell), self._short(cell)
        hides = "" if isinstance(value, ErrorValue | None) else ", which hides an error"
        for refusal in answer.refused:
            sentence = str(refusal) if calls > 1 else refusal.sentence
            see = self._see(asked, refusal)
            yield f"{at} shows {_shown(value)}{hides}: {text}: {sentence.removesuffix('.')}{see}."
        if isinstance(value, ErrorValue) and not answer.refused:
            read = asked.errors_read(cell[0], self.calling[cell].text)
            named = ", ".join(f"{self._at((sheet, at))} ({e})" for sheet, at, e in read)
            cause = f"comes from {named}" if named else "is in the rest of the formula"
            yield f"{at} shows {value}: {text}: no call is refused; the error {cause}."

    def _see(self, asked: Asked, refusal: Refusal) -> str:
        """Name the cell that a refusal is about, with its formula and its error."""
        if refusal.cell is None:
            lacking = asked.lacking(refusal.argument)
            why = f", and the workbook has no {lacking}" if lacking else ""
            return f"; the argument is {_cut(refusal.argument)}{why}" if refusal.argument else ""
        sheet, at = refusal.cell
        formula = at in self.written.get(sheet, {})
        value = asked.value(sheet, at)
        error = f", {value}" if isinstance(value, ErrorValue) else ""
        follows = f": {self._short(refusal.cell)}" if formula else ""
        return f"; see {self._at(refusal.cell)}{error}{follows}"

    def _short(self, cell: Cell) -> str:
        """Give a formula as it is written, without Lite's prefix and without its end."""
        text = self.written[cell[0]][cell[1]].text
        return _cut("=" + re.sub(LITE_PREFIX, "", text, flags=re.I))

    def _at(self, cell: Cell) -> str:
        """Name a cell, and say if it is hidden."""
        sheet, at = cell
        hidden = self.hidden.get(sheet, set())
        where = " (on a hidden sheet)" if hidden is None else ""
        if hidden and at[0] in hidden:
            where = " (in a hidden row)"
        return f"{quoted_where_needed(sheet)}!{address(*at)}{where}"

    def _warnings(self) -> Iterator[str]:
        if self.from_1904:
            yield (
                "The workbook uses the 1904 date system; cells formatted as dates are read as the "
                "dates that they show, and other numbers as days from 1900."
            )
        others = [cell for cell in (*self.kept, *self.left) if cell not in self.calling]
        if others:
            named = ", ".join(
                f"{self._at(c)} ({self.kept.get(c) or self._short(c)})" for c in others[:NAMED]
            )
            more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
            yield f"Not calculated, and taken as they are in the file: {named}{more}."


def _with_names(scope: Scope, formula: Formula, sheet: str, at: Place) -> Formula:
    """Write out the names of a formula, behind which there may be calls."""
    try:
        return replace(formula, text=in_order(scope.written_out(formula.text, sheet, at)))
    except CannotWriteOutError:
        return formula


def _beyond(formula: str, files: dict[str, str]) -> str | None:
    """Say what a formula has that cannot be calculated here."""
    if file := other_file(formula, files):
        return f"refers to the file {file}"
    unknown = unknown_in(formula)
    if unknown is None:
        return None
    if unknown.upper() == WHY:
        return f"calls {unknown}, which exists only in Calc"
    return f"calls {unknown}, which Offtake cannot calculate{nearest(unknown, CATALOGUE, 0.8)}"


def _without_gaps(package: Package) -> Package:
    """Give a workbook in which every argument that is left out is an empty text."""
    made = package.copied()
    for sheet in made.sheets.values():
        for at in [at for at, f in sheet.formulas.items() if calls_with_gaps(f.text)]:
            made.edited(sheet.part)
            formula = sheet.cells[at].find("f")
            assert formula is not None
            formula.text = gaps_filled(formula.text or "")
    return made.again()


def _typed(package: Package, cells: Collection[Cell]) -> Package:
    """Give a workbook in which some formulas are the values that the file has of them."""
    made = package.copied()
    for sheet, at in cells:
        cell = made.sheets[sheet].cells[at]
        made.edited(made.sheets[sheet].part)
        cell.remove(cell.find("f"))  # type: ignore[arg-type]
    return made.again()


def _hidden(package: Package) -> dict[str, set[int] | None]:
    """Return the hidden rows of each sheet; None for a hidden sheet."""
    states = {
        sheet.attrib["name"]: sheet.get("state", "visible")
        for sheet in package.tree("xl/workbook.xml").iterfind("sheets/sheet")
    }
    return {
        name: None if states[name] != "visible" else sheet.hidden_rows
        for name, sheet in package.sheets.items()
    }


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return number_text(value)
    return "nothing" if value is None else _cut(repr(value) if value == "" else str(value))


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
