"""What is typed just outside the inputs of a section, where no formula reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from model.case.case import Case
from workbook.check.added import Listed, lists_of_bands
from workbook.check.findings import Finding
from workbook.check.held import Area, Cell, Held
from workbook.check.moved import Moved
from workbook.check.reader import listed, lists_of
from workbook.package import areas
from workbook.package.cells import Place
from workbook.package.package import Package
from workbook.template.growing import growing
from workbook.template.sheets import sources
from workbook.template.sheets.inputs.scenario import LIVE, TYPED

#: Rows below a table in which somebody might continue it.
BELOW = 2


class Block(NamedTuple):
    """A table of inputs, or one input: what it is called, its range, and what to do instead."""

    called: str
    area: Area
    instead: str
    single: bool = False


#: The workbook as built, and where its cells are in a file; asked for where something is typed.
Built = Callable[[], tuple[Package, Moved]]


def outside(file: Package, case: Case, built: Built) -> Iterator[Finding]:
    """Find what a user has typed below the inputs of a case, or after the years of a table."""
    book = Held(file)
    figures = listed(book, lists_of(book)[sources.FIGURES])
    blocks = [*_tables(book, figures, case)]
    blocks += _singles(book, figures, [block.area for block in blocks])
    formulas = _Formulas(file)

    def typed(title: str, places: Iterable[Place]) -> list[Place]:
        return [
            book.now(title, at)
            for at in places
            if book.cell(title, *at).value is not None
            and not any(_is_in(title, at, other.area) for other in blocks)
            and not _is_built(file, title, book.now(title, at), *built())
            and not formulas.read(title, book.now(title, at))
        ]

    for block in blocks:
        title, (top, left), (bottom, right) = block.area
        for row in range(bottom + 1, bottom + 1 + BELOW):
            places = [(row, column) for column in range(left, right + 1)]
            found = typed(title, places)
            # Below a single input, a text or a formula is a note of the user's.
            last = book.cell(title, *places[-1])
            if found and (not block.single or _is_number(last)):
                text = (
                    f"holds {file.sheets[title].value(found[0])}, below {block.called}, which ends "
                    f"in row {bottom}: no formula reads it; {block.instead}"
                )
                yield Finding(title, found[0], text, "cells below a table")
        if not block.single and _is_year(book.cell(title, top, right)):
            beyond = [(row, right + 1) for row in range(top, bottom + 1)]
            numbers = [at for at in beyond if _is_number(book.cell(title, *at))]
            for at in typed(title, numbers):
                text = (
                    f"holds {file.sheets[title].value(at)}, after the last year of {block.called}: "
                    "no formula reads it; `offtake build --from` adds years, by --years"
                )
                yield Finding(title, at, text, "cells after the years of a table")


def _tables(book: Held, figures: Listed, case: Case) -> Iterator[Block]:
    """Yield the tables of a case, that of the drivers, and the lists of bands."""
    grown = growing(case)
    drivers = TYPED if TYPED in book.names else LIVE
    for name in ("Securities", drivers, *(key.capitalize() for key in case.tables)):
        if area := book.area(book.names.get(name, "")):
            instead = "type it in a blank row of" if name in grown else "insert a row within"
            if name == drivers:
                instead = "type it in the row of its driver in"
            yield Block(f"the table {name}", area, f"{instead} the table instead")
    for title, (top, left), last in lists_of_bands(book, figures).values():
        area = title, (top, left - 1), last
        head = book.cell(title, top, left - 1).value
        yield Block(f"the list {head}", area, "insert a row within the list instead")


def _singles(book: Held, figures: Listed, tables: list[Area]) -> list[Block]:
    """List the inputs in none of the tables, the last of each section, with their labels."""
    named = (book.area(text) for text in book.names.values())
    inputs = book.title("Inputs")
    cells = {*figures.values(), *(a[:2] for a in named if a and a[0] == inputs and a[1] == a[2])}
    return [
        Block(
            f"the input {book.cell(title, row, column - 1).value}",
            (title, (row, column - 1), (row, column)),
            "an input that a case may have has a row of its own",
            single=True,
        )
        for title, (row, column) in sorted(cells)
        if not any(_is_in(title, (row, column), area) for area in tables)
        # Nothing is below those that have another below them.
        and (title, (row + 1, column)) not in cells
    ]


def _is_in(title: str, at: Place, area: Area) -> bool:
    return title == area[0] and all(
        a <= i <= b for a, i, b in zip(area[1], at, area[2], strict=True)
    )


def _is_year(head: Cell) -> bool:
    """Tell whether a header is a year, which the sheet may calculate."""
    return head.data_type == "f" or isinstance(head.value, int)


def _is_number(cell: Cell) -> bool:
    return cell.data_type != "f" and not isinstance(cell.value, str | None)


class _Formulas:
    """The formulas of a workbook, and the cells that they read, found when first asked for."""

    def __init__(self, file: Package) -> None:
        self._file = file

    @cached_property
    def _areas(self) -> dict[str, set[areas.Area]]:
        names = {name.casefold(): text for name, text in self._file.all_names.items()}
        found: dict[str, set[areas.Area]] = defaultdict(set)
        for sheet, formulas in self._file.formulas.items():
            for formula in formulas.values():
                for area in areas.areas_read(formula.text, sheet, names):
                    found[area.sheet.casefold()].add(area)
        return found

    def read(self, title: str, at: Place) -> bool:
        """Tell whether a formula reads a cell, as one of the user's own."""
        return any(at in area for area in self._areas[title.casefold()])


def _is_built(file: Package, title: str, at: Place, built: Package, moved: Moved) -> bool:
    """Tell whether a cell has a formula of the workbook as built, or what that has there."""
    place = moved.built(title, at)
    if place is None:
        return False
    sheet, held = built.sheets[place[0]], file.sheets[title].value(at)
    return place[1] in sheet.formulas or (held is not None and sheet.value(place[1]) == held)
