"""Formulas, texts and numbers that differ from those of the workbook that a file's inputs give."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise, zip_longest

from workbook.check.canonical import canonical, itself, legible
from workbook.check.differences import same, shown
from workbook.check.findings import Finding
from workbook.check.moved import Moved, Positions
from workbook.package.cells import Formula, Place, Value
from workbook.package.formulas import quoted
from workbook.package.package import Package, Sheet

#: The sheets on which a user types.
INPUTS = ("Inputs", "Sources")
#: Tokens shown of a formula, before and after the first that differs.
BEFORE, AFTER = 8, 16


def changed(file: Package, built: Package, moved: Moved) -> Iterator[Finding]:
    """Find what is not as it was built in a file, cell by cell: what is typed in inputs may be.

    Parameters
    ----------
    file : Package
        The file, with calls by way of the add-in as plain calls.
    built : Package
        The workbook that its inputs give.
    moved : Moved
        Where the cells of one are in the other.

    Yields
    ------
    Finding
        For each formula, text or number that is another or is gone.
    """
    still = moved.still
    for title, sheet in built.sheets.items():
        if (positions := moved.sheets.get(title)) is None:
            continue
        here = file.sheets[positions.title]
        yield from _lost_rows(sheet, positions, moved.deleted[title])
        for at, formula in sheet.formulas.items():
            now = positions.now(at)
            if now is None:
                continue
            held = here.formulas.get(now)
            if held is None:
                yield _replaced(positions.title, now, here.value(now), formula, title, moved)
            elif not (still and (held.text, held.ref) == (formula.text, formula.ref)):
                yield from _compared(positions.title, now, held, formula, title, moved)
        if title not in INPUTS:
            yield from _constants(here, sheet, positions)


def _lost_rows(sheet: Sheet, positions: Positions, deleted: Collection[int]) -> Iterator[Finding]:
    """Find the rows with formulas that are no longer on a sheet."""
    counts: dict[int, int] = {}
    for row, _ in sheet.formulas:
        counts[row] = counts.get(row, 0) + 1
    for row, count in counts.items():
        if row in positions.rows or row in deleted:
            continue
        above = max((r for r in positions.rows if r < row), default=0)
        place = positions.rows.get(above, 0) + 1, 1
        formulas = f"{count} formula{'s' * (count != 1)}"
        text = f"a row with {formulas} is missing here, row {row} of the workbook as built"
        yield Finding(positions.title, place, text, "rows with formulas that are missing")


def _constants(here: Sheet, sheet: Sheet, positions: Positions) -> Iterator[Finding]:
    """Find the texts and numbers of a sheet of results that differ, such as a tolerance."""
    for at in sheet.places:
        value, now = sheet.value(at), positions.now(at)
        if value is None or now is None:
            continue
        held = here.formulas.get(now)
        if held is not None or not same(here.value(now), value):
            there = f"holds ={cut(held.text)}" if held else _there(here.value(now))
            text = f"{there}, and {shown(value)} belongs there"
            yield Finding(positions.title, now, text, "texts and numbers that differ")


def _there(value: Value) -> str:
    return "is empty" if value is None else f"holds {shown(value)}"


def _replaced(
    title: str, at: Place, value: Value, formula: Formula, sheet: str, moved: Moved
) -> Finding:
    there = _there(value)
    belongs = "".join(spoken(legible(formula.text, sheet, moved.shown), title))
    text = f"{there}, and a formula belongs there: ={cut(belongs)}"
    return Finding(title, at, text, "cells that have lost their formulas")


def _compared(
    title: str, at: Place, held: Formula, formula: Formula, sheet: str, moved: Moved
) -> Iterator[Finding]:
    """Compare two formulas token by token, and what they fill."""
    there = moved.as_built(held.text, title)
    belongs = moved.belongs(formula.text, sheet)
    if there != belongs:
        pairs = zip_longest(there, belongs)
        first = next(i for i, (a, b) in enumerate(pairs) if a != b)
        now = legible(formula.text, sheet, moved.shown)
        found = legible(held.text, title, itself)
        text = (
            f"holds ={around(spoken(found, title), first)}, "
            f"and ={around(spoken(now, title), first)} belongs there"
        )
        yield Finding(title, at, text, "formulas that differ")
    elif _filled(held, title, moved) != _filled(formula, sheet, None):
        text = f"fills {held.ref or 'one cell'}, and {formula.ref or 'one cell'} as built"
        yield Finding(title, at, text, "formulas that fill other cells")


def _filled(formula: Formula, sheet: str, moved: Moved | None) -> list[str]:
    return canonical(formula.ref or "", sheet, moved.built if moved else itself)


def spoken(tokens: list[str], sheet: str) -> list[str]:
    """Write tokens as a spreadsheet shows them: without the name of their own sheet."""
    spoken = []
    for before, token in pairwise(["", *tokens]):
        name, mark, cell = token.partition("!")
        if token[0] in '"#' or not mark:
            spoken.append(token)
        elif name == sheet or before == ":":
            spoken.append(cell)
        else:
            spoken.append(f"{quoted(name)}!{cell}" if " " in name else token)
    return spoken


def around(tokens: list[str], first: int) -> str:
    """Show what is around the first token that differs."""
    begin, end = max(0, first - BEFORE), first + AFTER
    return f"{'...' if begin else ''}{''.join(tokens[begin:end])}{'...' if tokens[end:] else ''}"


def cut(text: str, most: int = 120) -> str:
    """Show the beginning of a formula."""
    return text if len(text) <= most else f"{text[:most]}..."
