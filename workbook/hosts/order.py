"""What formulas read, and the order in which the engine is given them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from workbook.package.cells import (
    LAST_COLUMN,
    LAST_ROW,
    Formula,
    Place,
    address,
    cells,
    column_letters,
    place,
)
from workbook.package.formulas import quoted

#: A cell with a formula, and its sheet.
Cell = tuple[str, Place]
#: Sheet -> (row, column) -> formula.
Formulas = Mapping[str, Mapping[Place, Formula]]

#: A text; or a reference: its sheet, in quotation marks or not, and its cells, with entire columns
#: and rows; or a name; or the name of a sheet before what is none of these.
_REFERENCE = re.compile(
    r'"[^"]*+"'
    r"|(?:'((?:[^']|'')+)'!|([^\W\d][\w.]*+)!)?"
    r"(?:(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?"
    r"|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?(?<!\d)\d++:\$?\d+)\b|([^\W\d][\w.]*+))"
    r"|'(?:[^']|'')*'"
)


def in_turns(found: Formulas, areas: Mapping[str, str]) -> list[dict[Cell, str]]:
    """Return the formulas as the engine evaluates them, each once and in the right order.

    The engine orders formulas by the cells that they name, and knows of an array formula as its
    first cell alone. So of the formulas that array formulas depend on, those that read an array
    name that cell too, where it makes no difference to the value. Whenever an array formula fills
    cells, the engine goes through all formulas that follow from them. So the others are entered
    later, when the arrays have their values: nothing has to be known of what these read.
    """
    arrays = {(sheet, at) for sheet, of in found.items() for at in of if of[at].ref}
    reads = reader(found, areas)
    first: dict[Cell, set[Cell]] = {}
    reached = arrays
    while reached:
        first |= {cell: reads(cell) for cell in reached}
        reached = set().union(*(first[cell] for cell in reached)) - first.keys()
    turns: list[dict[Cell, str]] = [{}, {}]
    for sheet, of_sheet in found.items():
        for at, formula in of_sheet.items():
            read = first.get((sheet, at))
            turns[read is None][sheet, at] = f"={ordered(formula.text, (read or set()) & arrays)}"
    return turns


def ordered(text: str, arrays: Iterable[Cell]) -> str:
    """Let a formula name the first cells of the arrays that it reads."""
    named = ",".join(f"{quoted(sheet)}!{address(*at)}" for sheet, at in sorted(arrays))
    return f"IF(TRUE,{text},COUNTA({named}))" if named else text


def reader(found: Formulas, areas: Mapping[str, str]) -> Callable[[Cell], set[Cell]]:
    """Tell which formulas a formula reads: in their own cells or in those that they fill."""
    columns: dict[tuple[str, int], list[tuple[int, Cell]]] = {}
    for sheet, of_sheet in found.items():
        for at, formula in of_sheet.items():
            for row, column in cells(formula.ref) if formula.ref else [at]:
                columns.setdefault((sheet.casefold(), column), []).append((row, (sheet, at)))
    for filled in columns.values():
        filled.sort()
    widest = {sheet: max(c for s, c in columns if s == sheet) for sheet, _ in columns}
    folded = {name.casefold(): area for name, area in areas.items()}

    @cache
    def behind(sheet: str, ref: str) -> set[Cell]:
        (top, left), (bottom, right) = corners(ref)
        read: set[Cell] = set()
        for column in range(left, min(right, widest.get(sheet, 0)) + 1):
            filled = columns.get((sheet, column), [])
            first = bisect_left(filled, top, key=_row)
            read.update(cell for _, cell in filled[first : bisect_right(filled, bottom, key=_row)])
        return read

    def reads(cell: Cell) -> set[Cell]:
        sheet, at = cell
        read = references(found[sheet][at].text, sheet, folded)
        return set().union(*(behind(of.casefold(), ref) for of, ref in read))

    return reads


def _row(filled: tuple[int, Cell]) -> int:
    return filled[0]


def followers(found: Formulas, areas: Mapping[str, str]) -> Callable[[Cell], list[Cell]]:
    """Tell which formulas depend on a formula, directly or not, in the order of the workbook."""
    reads = reader(found, areas)
    read_by: dict[Cell, list[Cell]] = {}
    every = [(sheet, at) for sheet, of_sheet in found.items() for at in of_sheet]
    for cell in every:
        for other in reads(cell):
            read_by.setdefault(other, []).append(cell)
    places = {cell: number for number, cell in enumerate(every)}

    def follow(cell: Cell) -> list[Cell]:
        reached, last = {cell}, [cell]
        while last:
            last = [*{follower for one in last for follower in read_by.get(one, ())} - reached]
            reached.update(last)
        return sorted(reached - {cell}, key=places.__getitem__)

    return follow


def references(text: str, sheet: str, areas: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the sheet and the cells of each reference in a formula, also behind names."""
    for in_quotes, plain, ref, name in _REFERENCE.findall(text):
        if ref:
            yield in_quotes.replace("''", "'") or plain or sheet, ref
        elif name.casefold() in areas:
            yield from references(areas[name.casefold()], sheet, {})


def corners(ref: str) -> tuple[Place, Place]:
    """Give the first and the last cell of a reference, also of one to entire columns or rows.

    Examples
    --------
    >>> corners("$B$2:C3"), corners("B:B")
    (((2, 2), (3, 3)), ((1, 2), (1048576, 2)))
    """
    first, _, last = ref.replace("$", "").partition(":")
    if first.isalpha():
        first, last = f"{first}1", f"{last}{LAST_ROW}"
    elif first.isdigit():
        first, last = f"A{first}", f"{column_letters(LAST_COLUMN)}{last}"
    (top, left), (bottom, right) = place(first), place(last or first)
    return (min(top, bottom), min(left, right)), (max(top, bottom), max(left, right))
