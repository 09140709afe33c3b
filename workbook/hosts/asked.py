"""Calls to the catalogue in a formula, made one by one: which is refused, and why.

Each call is replaced by one with the same arguments and its number, which the engine makes only
where the formula does: not in a branch of IF that is not taken. What the cells around it hold is
given and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from model.errors import InputError
from workbook.arguments import ERROR_CELLS, EXCEL_ERRORS
from workbook.functions import CATALOGUE
from workbook.hosts.apart import give_up_without_memory
from workbook.hosts.engine import KINDS, argument
from workbook.package.areas import Area, areas_read, is_cells
from workbook.package.cells import ErrorValue, Place, Values
from workbook.package.formulas import LITE_PREFIX, starts
from workbook.package.package import Package
from workbook.refusal import CALLABLE, REFUSAL, place_at_fault

#: The function that stands for each call of the catalogue.
ASKED = "OFFTAKE_ASKED"
#: Why it is not known which calls of a formula are needed.
SINGLY = "its calls cannot be made one by one"
_NAME = re.compile(r"(?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?([^\W\d][\w.]*)")
#: What needs no explanation.
_LITERAL = re.compile(r"""[-+]?[\d.]+(?:E[-+]?\d+)?%?|"(?:[^"]|"")*"|TRUE|FALSE|\{.*\}|""", re.I)


@dataclass(frozen=True)
class Call:
    """A call of the catalogue in a formula: where it begins and ends, and its arguments."""

    function: str
    start: int
    end: int
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """A call that is refused: the sentence, and the cell that it is about or the argument."""

    call: Call
    sentence: str
    cell: tuple[str, Place] | None = None
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.call.function}: {self.sentence}"


@dataclass(frozen=True)
class Answer:
    """What became of the calls of a formula: how many were made and failed, and why.

    A call that fails only because one in its arguments is refused has no refusal of its own. Calls
    that were not made are not needed; or, if `unasked` says why, it is not known whether they are.
    """

    made: int
    failed: int
    refused: list[Refusal]
    unasked: str = ""


def calls_in(formula: str) -> list[Call]:
    """List the calls of the catalogue in a formula, those around others first.

    Examples
    --------
    >>> [(c.function, c.arguments) for c in calls_in("1+RPO_BANDS(A1,INDEX(B1:C9,1,0),)")]
    [('RPO_BANDS', ('A1', 'INDEX(B1:C9,1,0)', ''))]
    """
    found: list[Call] = []
    open_calls: list[tuple[str, int, list[int]]] = []
    before = [(-1, ""), (-1, "")]
    for at, token in starts(formula):
        if token in ("(", "{"):
            (_, mark), (start, name) = before
            called = name.upper().removeprefix(LITE_PREFIX.upper())
            ours = token == "(" and mark != "!" and called in CATALOGUE
            open_calls.append((called if ours else "", start, [at + 1]))
        elif token == "," and open_calls:
            open_calls[-1][2].append(at + 1)
        elif token in (")", "}") and open_calls:
            called, start, marks = open_calls.pop()
            given = [formula[i : j - 1] for i, j in zip(marks, [*marks[1:], at + 1], strict=True)]
            arguments = () if len(given) == 1 and not given[0].strip() else tuple(given)
            if called:
                found.append(Call(called, start, at + 1, arguments))
        before = [before[1], (at, token)]
    return sorted(found, key=lambda call: call.start)


def numbered(formula: str, calls: list[Call]) -> str:
    """Replace each call by one with its number."""
    written, end = "", 0
    for i, call in enumerate(calls):
        opened = formula.index("(", call.start) + 1
        written += f"{formula[end : call.start]}{ASKED}({i}{',' * bool(call.arguments)}"
        end = opened
    return written + formula[end:]


def gaps_filled(formula: str) -> str:
    """Write an empty text where a call of the catalogue leaves out an argument between others.

    To the functions both are nothing; the engine would hand over 0.

    Examples
    --------
    >>> gaps_filled("RPO_BANDS(A1,,INDEX(B1:C9,,1))")
    'RPO_BANDS(A1,"",INDEX(B1:C9,,1))'
    """
    while gaps := [c for c in calls_in(formula) if any(not a.strip() for a in c.arguments)]:
        call = gaps[-1]
        opened = formula.index("(", call.start) + 1
        within = ",".join(argument if argument.strip() else '""' for argument in call.arguments)
        formula = f"{formula[:opened]}{within}{formula[call.end - 1 :]}"
    return formula


@cache
def knows(function: str) -> bool:
    """Tell whether the engine has a function, other than those of the catalogue."""
    import formualizer

    book = formualizer.Workbook()
    book.add_sheet("S")
    try:
        book.set_formula("S", 1, 1, f"={function}()")
        value = book.evaluate_cell("S", 1, 1)
    except Exception:  # It has its own words for a call without arguments.
        return True
    return not (isinstance(value, dict) and value.get("kind") == "Name")


def unknown_in(formula: str) -> str | None:
    """Name the first function of a formula that neither the catalogue nor the engine has."""
    found = [token for _, token in starts(formula)]
    for name, after in zip(found, [*found[1:], ""], strict=True):
        if after != "(" or not _NAME.fullmatch(name):
            continue
        if name.upper().removeprefix(LITE_PREFIX.upper()) not in CALLABLE and not knows(
            name.upper()
        ):
            return name
    return None


class Asked:
    """A workbook in the engine, in which every cell holds its value.

    Parameters
    ----------
    package : Package
        The workbook; what it says of formulas does not count.
    values : Values
        The values of the cells that have formulas or are filled by them.
    left : collection of tuple, optional
        The cells whose formulas cannot be evaluated, by sheet and place.
    """

    def __init__(
        self, package: Package, values: Values, left: Collection[tuple[str, Place]] = ()
    ) -> None:
        import formualizer

        self.names = {name.casefold(): text for name, text in package.all_names.items()}
        self._package, self._values, self._left = package, values, left
        self._book = formualizer.load_workbook_bytes(package.without_formulas())
        self._refuses = formualizer.ExcelEvaluationError
        self._book.set_temporal_egress("serial")
        for sheet, of_sheet in values.items():
            for at, value in of_sheet.items():
                if value is not None:
                    self._book.set_value(sheet, *at, _entered(value))
        self._calls: list[Call] = []
        self._made: dict[int, tuple[list[Any], Exception | None]] = {}
        self._book.register_function(ASKED, self._answer)
        for name in (REFUSAL.name, LITE_PREFIX + REFUSAL.name):
            self._book.register_function(name, REFUSAL.call, max_args=len(REFUSAL.parameters))

    def value(self, sheet: str, at: Place) -> Any:
        """Return what a cell holds; nothing on a sheet that there is not."""
        held = self._package.sheets.get(sheet)
        return self._values.get(sheet, {}).get(at, held.value(at) if held else None)

    def ask(self, sheet: str, at: Place, formula: str) -> Answer:
        """Make the calls of a formula, as in a cell."""
        self._calls, self._made = calls_in(formula), {}
        unasked = self._counted(sheet, at, numbered(formula, self._calls))
        if (sheet, at) not in self._left:
            readable = self._readable(sheet, at, formula)
            if readable != formula:
                unasked = self._counted(sheet, at, numbered(readable, calls_in(readable)))
        refused = [i for i, (_, refusal) in self._made.items() if refusal is not None]
        found = [self._refusal(sheet, i) for i in sorted(refused)]
        own = [one for one in found if not self._follows(one, refused)]
        return Answer(len(self._made), len(refused), own, SINGLY if unasked else "")

    def _counted(self, sheet: str, at: Place, formula: str) -> str:
        """Evaluate a formula in a cell; say why that cannot be, or nothing."""
        before = self._book.get_value(sheet, *at)
        try:
            # One value, whatever the formula gives, so that it fills no cells.
            self._book.set_formula(sheet, *at, f"=COUNTA({formula})")
            found = self._book.evaluate_cell(sheet, *at)
        except (RuntimeError, self._refuses) as error:
            return str(error)
        finally:
            self._book.set_value(sheet, *at, before)
        # Errors are counted like values; but not that of what the engine does not find.
        return str(argument(found)) if isinstance(found, dict) else ""

    def _readable(self, sheet: str, at: Place, formula: str) -> str:
        """Write errors for arguments that refer to nothing, as names that the workbook lacks.

        The engine makes no call with them, also where the formula needs it.
        """
        for number in reversed(range(len(self._calls))):
            call = calls_in(formula)[number]
            if number in self._made:
                continue
            found = [
                self._counted(sheet, at, text) if text.strip() and not calls_in(text) else ""
                for text in call.arguments
            ]
            given = [e if e in KINDS else a for e, a in zip(found, call.arguments, strict=True)]
            if given != [*call.arguments]:
                opened = formula.index("(", call.start) + 1
                formula = f"{formula[:opened]}{','.join(given)}{formula[call.end - 1 :]}"
        return formula

    def lacking(self, argument: str) -> str:
        """Say what an argument refers to that the workbook lacks, or nothing."""
        if is_cells(argument):
            title = next(areas_read(argument, "", self.names)).sheet
            known = {"", *(name.casefold() for name in self._package.sheets)}
            return "" if title.casefold() in known else f"sheet {title}"
        named = _NAME.fullmatch(argument) and argument.casefold() not in self.names
        return f"name {argument}" if named else ""

    def errors_read(self, sheet: str, formula: str) -> Iterator[tuple[str, Place, ErrorValue]]:
        """Yield the first error in each area that a formula reads."""
        for area in areas_read(formula, sheet, self.names):
            for at in sorted(self._held(area)):
                value = self.value(area.sheet, at)
                if isinstance(value, ErrorValue):
                    yield area.sheet, at, value
                    break

    def _held(self, area: Area) -> list[Place]:
        """List the cells of an area that hold something."""
        if area.single:
            return [area.first]
        sheet = self._package.sheets.get(area.sheet)
        held = {*(sheet.places if sheet else ()), *self._values.get(area.sheet, ())}
        return [at for at in held if at in area]

    def _answer(self, number: float, *given: Any) -> Any:
        """Make a call, and keep what it was given and whether it was refused."""
        call = self._calls[int(number)]
        cells = [
            # The engine hands over 0 for what is left out.
            argument(value) if i >= len(call.arguments) or call.arguments[i].strip() else None
            for i, value in enumerate(given)
        ]
        try:
            result = CATALOGUE[call.function].call(*cells)
        except InputError as refused:
            self._made[int(number)] = cells, refused
            return {"type": "Error", "kind": KINDS[EXCEL_ERRORS[refused.reason]]}
        except Exception as defect:
            give_up_without_memory(defect)
            self._made[int(number)] = cells, defect
            return {"type": "Error", "kind": "Value"}
        self._made[int(number)] = cells, None
        return result

    def _refusal(self, sheet: str, number: int) -> Refusal:
        call, (given, refused) = self._calls[number], self._made[number]
        if not isinstance(refused, InputError):
            return Refusal(call, f"{refused}.")
        which, row, column = place_at_fault(refused, CATALOGUE[call.function], given)
        if not 0 < which <= len(call.arguments):
            return Refusal(call, str(refused))
        argument = call.arguments[which - 1].strip()
        row, column = _error_in(given[which - 1]) or (row, column)
        area = self._area(argument, sheet)
        if area is None or self.lacking(argument):
            shown = "" if _LITERAL.fullmatch(argument) else argument
            return Refusal(call, str(refused), argument=shown)
        top, left = area.first
        return Refusal(call, str(refused), (area.sheet, (top + row - 1, left + column - 1)))

    def _follows(self, refusal: Refusal, refused: list[int]) -> bool:
        """Tell whether a call is refused only because one in its argument is."""
        outer = refusal.call
        inner = any(outer.start < self._calls[i].start < outer.end for i in refused)
        return inner and bool(calls_in(refusal.argument))

    def _area(self, argument: str, sheet: str) -> Area | None:
        """Find the cells of an argument; None if it is no reference."""
        while argument.startswith("(") and argument.endswith(")"):
            argument = argument[1:-1].strip()
        if is_cells(argument) or _NAME.fullmatch(argument):
            return next(areas_read(argument, sheet, self.names), None)
        return None


def _entered(value: Any) -> Any:
    if isinstance(value, ErrorValue):
        return {"type": "Error", "kind": KINDS.get(value.text, "Value")}
    return value


def _error_in(given: Any) -> tuple[int, int] | None:
    """Find the first error in an argument: its row and its column."""
    rows = given if isinstance(given, list) else [[given]]
    for i, row in enumerate(rows, 1):
        for j, cell in enumerate(row if isinstance(row, list) else [row], 1):
            if isinstance(cell, str) and cell in ERROR_CELLS:
                return i, j
    return None
