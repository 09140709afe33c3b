"""Cells that two workbooks have in common, wherever they are in each, and their differences."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from workbook import configuration
from workbook.check.canonical import canonical, itself, legible
from workbook.check.changed import INPUTS, around, cut, spoken
from workbook.check.differences import same
from workbook.check.findings import Finding
from workbook.check.keyed import keyed_sheets
from workbook.check.moved import Moved
from workbook.package.cells import Formula, Place, Value, address, number_text
from workbook.package.package import Package
from workbook.template.sheets import case_text, changes

#: Sheets of settings and of the case's text, which are no part of the calculation.
APART = (configuration.SHEET, case_text.TITLE)

Cell = tuple[str, Place]


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
    there = keyed_sheets(second)
    onward, back = {}, {}
    for built, here in moved.sheets.items():
        if built == changes.TITLE:
            continue
        title = there[built].title
        rows, columns = _turned(here.rows), _turned(here.columns)
        onward[here.title] = _Page(built, title, rows, columns)
        back[title] = _Page(built, here.title, here.rows, here.columns)
    one, other = _Side(first, names[0], onward), _Side(second, names[1], back)
    one.other = other
    other.other = one
    formulas = [*_formulas(one, moved.still), *_replaced(other), *_constants(one)]
    return Cells(formulas, [*_only(one), *_only(other)])


def _turned(numbers: dict[int, int]) -> dict[int, int]:
    return {there: here for here, there in numbers.items()}


@dataclass(frozen=True)
class _Page:
    """A sheet with keys that both workbooks have.

    Parameters
    ----------
    built, other : str
        Its title when it was built, and in the other workbook.
    rows, columns : dict
        Those of the other workbook by its own.
    """

    built: str
    other: str
    rows: dict[int, int]
    columns: dict[int, int]


class _Side:
    """One of two workbooks, and where its cells are in the other.

    Parameters
    ----------
    package : Package
    name : str
        What it is called.
    pages : dict
        The sheets with keys that both have, by their titles.
    """

    other: _Side

    def __init__(self, package: Package, name: str, pages: dict[str, _Page]) -> None:
        keyed = keyed_sheets(package)
        apart = (*APART, *(k.title for built, k in keyed.items() if built == changes.TITLE))
        self.sheets = {t: s for t, s in package.sheets.items() if t not in apart}
        self.name, self.pages = name, pages
        self.keys = {each.title: each for each in keyed.values()}

    def has(self, title: str) -> bool:
        """Tell whether the other workbook has a sheet; one without keys has the same title."""
        same = title in self.other.sheets and title not in self.other.pages
        return title in self.pages or same

    def there(self, title: str, at: Place) -> Cell | None:
        """Return where a cell is in the other workbook; None if it is not there."""
        if not self.has(title):
            return None
        if (page := self.pages.get(title)) is None:
            return title, at
        keys = self.keys.get(title)
        row = _moved(at[0], page.rows, keys.rows if keys else {})
        column = _moved(at[1], page.columns, keys.columns if keys else {})
        return (page.other, (row, column)) if row and column else None

    def formulas(self) -> Iterator[tuple[Cell, Formula]]:
        """Yield the formulas with their cells."""
        for title, sheet in self.sheets.items():
            for at, formula in sheet.formulas.items():
                yield (title, at), formula

    def formula(self, cell: Cell) -> Formula | None:
        """Return the formula in a cell."""
        return self.sheets[cell[0]].formulas.get(cell[1])

    def is_filled(self, cell: Cell) -> bool:
        """Tell whether a formula is in a cell, or fills it."""
        return cell[1] in self.sheets[cell[0]].filled_places

    def holds(self, cell: Cell) -> bool:
        """Tell whether a cell holds anything."""
        return self.is_filled(cell) or self.value(cell) is not None

    def value(self, cell: Cell) -> Value:
        """Return the value in a cell."""
        return self.sheets[cell[0]].value(cell[1])


def _moved(number: int, known: dict[int, int], keys: Container[int]) -> int | None:
    """Return where a row or a column is; one without a key is as far from one with a key."""
    if number in known or number in keys:
        return known.get(number)
    above = max((each for each in known if each < number), default=0)
    found = known.get(above, 0) + number - above
    return None if found in known.values() else found


def _formulas(side: _Side, still: bool) -> Iterator[FormulaDifference]:
    """Find the formulas that the other workbook has otherwise, or not at all in the same cell."""
    for here, formula in side.formulas():
        if (there := side.there(*here)) is None:
            continue
        other = side.other.formula(there)
        if other is None:
            if side.other.holds(there):
                held = _held(side.other.value(there))
                yield _difference(here, there, f"={_cut(formula, here)}", held)
        elif not (still and here == there and _same(formula, other)):
            yield from _compared(side, here, formula, there, other)


def _replaced(side: _Side) -> Iterator[FormulaDifference]:
    """Find the formulas of the second workbook in cells of the first that have none."""
    for there, formula in side.formulas():
        here = side.there(*there)
        if here and side.other.formula(here) is None and side.other.holds(here):
            held = _held(side.other.value(here))
            yield _difference(here, there, held, f"={_cut(formula, there)}")


def _constants(side: _Side) -> Iterator[FormulaDifference]:
    """Find the numbers of sheets of results that the other workbook has otherwise; no labels."""
    for title, page in side.pages.items():
        sheet = side.sheets[title]
        for at in sheet.places if page.built not in INPUTS else ():
            there = side.there(title, at)
            if there is None or at in sheet.filled_places or side.other.is_filled(there):
                continue
            one, other = sheet.value(at), side.other.value(there)
            numbers = isinstance(one, float) and isinstance(other, float)
            if numbers and not same(one, other):
                yield _difference((title, at), there, _held(one), _held(other))


def _compared(
    side: _Side, here: Cell, formula: Formula, there: Cell, other: Formula
) -> Iterator[FormulaDifference]:
    """Compare two formulas, and what they fill, with the cells that the second workbook has."""
    found = canonical(formula.text, here[0], side.there)
    belongs = canonical(other.text, there[0], itself)
    if found != belongs:
        pairs = enumerate(zip_longest(found, belongs))
        first = next(i for i, (a, b) in pairs if a != b)
        texts = (f"={around(_tokens(*f), first)}" for f in ((formula, here), (other, there)))
        yield _difference(here, there, *texts)
    elif canonical(formula.ref or "", here[0], side.there) != canonical(
        other.ref or "", there[0], itself
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
        page, keys = side.pages.get(title), side.keys.get(title)
        corner = keys.corner if keys else (0, 0)
        for at in sorted(sheet.places):
            formula, value = sheet.formulas.get(at), sheet.value(at)
            there = side.there(title, at)
            if at[0] == corner[0] or at[1] == corner[1] or (there and side.other.holds(there)):
                continue
            nothing = value is None or at in sheet.filled_places
            if formula is None and (nothing or (page and page.built in INPUTS)):
                continue
            held = f"={_cut(formula, (title, at))}" if formula else _held(value)
            text = f"{held}, only in {side.name}"
            yield Finding(title, at, text, f"cells that only {side.name} has")


def _difference(here: Cell, there: Cell, before: str, after: str) -> FormulaDifference:
    one, other = (f"{sheet}!{address(*at)}" for sheet, at in (here, there))
    return FormulaDifference(here[0], one, other, before, after)


def _same(one: Formula, other: Formula) -> bool:
    return (one.text, one.ref) == (other.text, other.ref)


def _tokens(formula: Formula, cell: Cell) -> list[str]:
    """Write a formula as a spreadsheet shows it, in tokens."""
    return spoken(legible(formula.text, cell[0], itself), cell[0])


def _cut(formula: Formula, cell: Cell) -> str:
    return cut("".join(_tokens(formula, cell)))


def _held(value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return number_text(value) if isinstance(value, float) else cut(str(value))
