"""Cells that two workbooks have in common, wherever they are in each, and what differs there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from workbook import configuration
from workbook.check.canonical import canonical
from workbook.check.changed import around, cut, spoken
from workbook.check.findings import Finding
from workbook.check.keyed import keyed_sheets
from workbook.check.moved import Moved
from workbook.package.cells import Formula, Place, Value, address, number_text
from workbook.package.package import Package, Sheet
from workbook.template.sheets import case_text

#: Sheets of settings and of the case's text, which are no part of the calculation.
APART = (configuration.SHEET, case_text.TITLE)
#: Sheets on which what is typed is an input, and compared as such.
TYPED = ("Inputs", "Sources")

Cell = tuple[str, Place]
#: Where a cell of one workbook is in the other; None if it is not there.
Where = Callable[[str, Place], Cell | None]


@dataclass(frozen=True)
class FormulaDifference:
    """A cell with a formula that the other workbook does not have there.

    Parameters
    ----------
    sheet : str
        The sheet in the first workbook.
    cell, other : str
        The cell in the first workbook, and in the second.
    before, after : str
        What each has there: the part of a formula around what differs, or a value.
    """

    sheet: str
    cell: str
    other: str
    before: str
    after: str


@dataclass(frozen=True)
class Cells:
    """What differs in the cells of two workbooks."""

    formulas: list[FormulaDifference]
    only: list[Finding]


def matched(first: Package, second: Package, names: tuple[str, str]) -> Cells:
    """Compare the formulas of two workbooks, and say which cells only one of them has.

    Parameters
    ----------
    first, second : Package
        Two workbooks, with calls by way of the add-in as plain calls.
    names : tuple of str
        What the workbooks are called.
    """
    moved = Moved(first, second)
    here = {positions.title: built for built, positions in moved.sheets.items()}
    there = {keyed.title: built for built, keyed in keyed_sheets(second).items()}
    titles = {built: title for title, built in there.items()}

    def onward(title: str, at: Place) -> Cell | None:
        found = moved.built(title, at)
        return found and (titles[found[0]], found[1])

    def back(title: str, at: Place) -> Cell | None:
        return moved.now(there[title], at)

    one = _Side(first, names[0], here, onward)
    other = _Side(second, names[1], there, back)
    one.other = other
    other.other = one
    formulas = [*_formulas(one, moved.still), *_replaced(other)]
    return Cells(formulas, [*_only(one), *_only(other)])


class _Side:
    """One of two workbooks, and where its cells are in the other.

    Parameters
    ----------
    package : Package
    name : str
        What it is called.
    built : dict
        The titles of its sheets with keys, and those with which they were built.
    keyed : callable
        Where a cell of such a sheet is in the other workbook.
    """

    other: _Side

    def __init__(self, package: Package, name: str, built: dict[str, str], keyed: Where) -> None:
        self.sheets = {t: s for t, s in package.sheets.items() if t not in APART}
        self.name, self.built = name, built
        self._keyed = keyed
        self.corners = {keyed.title: keyed.corner for keyed in keyed_sheets(package).values()}

    def has(self, title: str) -> bool:
        """Tell whether the other workbook has a sheet; one without keys has the same title."""
        if title in self.built:
            return self.built[title] in self.other.built.values()
        return title in self.other.sheets and title not in self.other.built

    def there(self, title: str, at: Place) -> Cell | None:
        """Return where a cell is in the other workbook; None if it is not there."""
        if not self.has(title):
            return None
        return self._keyed(title, at) if title in self.built else (title, at)

    def formulas(self) -> Iterator[tuple[Cell, Formula]]:
        """Yield the formulas with their cells."""
        for title, sheet in self.sheets.items():
            for at, formula in sheet.formulas.items():
                yield (title, at), formula

    def formula(self, cell: Cell) -> Formula | None:
        """Return the formula in a cell."""
        return self.sheets[cell[0]].formulas.get(cell[1])

    def value(self, cell: Cell) -> Value:
        """Return the value in a cell."""
        return self.sheets[cell[0]].value(cell[1])


def _formulas(side: _Side, still: bool) -> Iterator[FormulaDifference]:
    """Find the formulas that the other workbook has otherwise, or not at all in the same cell."""
    for here, formula in side.formulas():
        if (there := side.there(*here)) is None:
            continue
        other = side.other.formula(there)
        if other is None:
            yield _difference(
                here, there, f"={_cut(formula, here)}", _held(side.other.value(there))
            )
        elif not (still and here == there and _same(formula, other)):
            yield from _compared(side, here, formula, there, other)


def _replaced(side: _Side) -> Iterator[FormulaDifference]:
    """Find the formulas of the second workbook in cells of the first that have none."""
    for there, formula in side.formulas():
        here = side.there(*there)
        if here is not None and side.other.formula(here) is None:
            held = _held(side.other.value(here))
            yield _difference(here, there, held, f"={_cut(formula, there)}")


def _compared(
    side: _Side, here: Cell, formula: Formula, there: Cell, other: Formula
) -> Iterator[FormulaDifference]:
    """Compare two formulas, and what they fill, with the cells that the second workbook has."""
    found = canonical(formula.text, here[0], side.there)
    belongs = canonical(other.text, there[0], _itself)
    if found != belongs:
        pairs = enumerate(zip_longest(found, belongs))
        first = next(i for i, (a, b) in pairs if a != b)
        texts = (f"={around(_tokens(*f), first)}" for f in ((formula, here), (other, there)))
        yield _difference(here, there, *texts)
    elif canonical(formula.ref or "", here[0], side.there) != canonical(
        other.ref or "", there[0], _itself
    ):
        fills = (f"fills {f.ref or 'one cell'}" for f in (formula, other))
        yield _difference(here, there, *fills)


def _only(side: _Side) -> Iterator[Finding]:
    """Find the cells of a workbook that the other does not have, or has empty."""
    for title, sheet in side.sheets.items():
        if not side.has(title):
            text = f"the sheet is only in {side.name}"
            yield Finding(title, (1, 1), text, f"sheets that only {side.name} has")
            continue
        keys = side.corners.get(title, (0, 0))
        for at in sorted(sheet.places):
            formula, value = sheet.formulas.get(at), sheet.value(at)
            there = side.there(title, at)
            if formula is None and (
                value is None
                or at in sheet.filled_places
                or side.built.get(title, title) in TYPED
                or (there and _holds(side.other.sheets[there[0]], there[1]))
            ):
                continue
            if (formula and there) or at[0] == keys[0] or at[1] == keys[1]:
                continue
            held = f"={_cut(formula, (title, at))}" if formula else _held(value)
            text = f"{held}, only in {side.name}"
            yield Finding(title, at, text, f"cells that only {side.name} has")


def _holds(sheet: Sheet, at: Place) -> bool:
    """Tell whether a cell holds anything."""
    return at in sheet.filled_places or sheet.value(at) is not None


def _difference(here: Cell, there: Cell, before: str, after: str) -> FormulaDifference:
    one, other = (f"{sheet}!{address(*at)}" for sheet, at in (here, there))
    return FormulaDifference(here[0], one, other, before, after)


def _same(one: Formula, other: Formula) -> bool:
    return (one.text, one.ref) == (other.text, other.ref)


def _itself(sheet: str, at: Place) -> Cell:
    return sheet, at


def _tokens(formula: Formula, cell: Cell) -> list[str]:
    """Write a formula as a spreadsheet shows it, in tokens."""
    return spoken(canonical(formula.text, cell[0], _itself), cell[0])


def _cut(formula: Formula, cell: Cell) -> str:
    return cut("".join(_tokens(formula, cell)))


def _held(value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return number_text(value) if isinstance(value, float) else cut(str(value))
