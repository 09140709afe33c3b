"""Differences between two workbooks or cases, for the terminal and as plain data."""

from __future__ import annotations

from typing import Any

from workbook.check.findings import MOST, SOME, listed
from workbook.check.key_results import KeyResult
from workbook.cli.printed import say
from workbook.cli.terminal import Console, escape, held, new_table, shown
from workbook.edits.difference import Difference
from workbook.edits.matched import FormulaDifference
from workbook.package.cells import ErrorValue, Value, address

Names = tuple[str, str]


def show(found: Difference, names: Names) -> None:
    """Print what differs, section by section."""
    console = Console(highlight=False)
    say(f"A is {names[0]}, and B is {names[1]}.", "")
    if found.inputs:
        table = new_table("Inputs", "Input", "Label", "A", "B", left=True)
        for each in found.inputs:
            table.add_row(*map(escape, (each.path, each.label, each.before, each.after)))
        console.print(table)
    else:
        say("Inputs: no difference.")
    _show_cells(console, found)
    if not found.results:
        say("Results: no difference.")
        return
    table = new_table("Results", "Result", "A", "B", "Change", "Percent", "Unit")
    # Rather the names than the numbers are broken where there is little room.
    table.columns[0].no_wrap = False
    for result in found.results:
        before, after = (held(value, result.unit) for value in (result.before, result.after))
        change, percent = _change(result)
        table.add_row(
            result.label,
            before,
            after,
            "" if change is None else _signed(change, result.unit),
            "" if percent is None else f"{percent:+.1%}",
            result.unit,
        )
    console.print(table)


def _show_cells(console: Console, found: Difference) -> None:
    """Print the formulas that differ, and the cells that only one workbook has."""
    if found.formulas is None:
        say("Formulas: only those of two workbooks are compared.")
        return
    if found.formulas:
        table = new_table("Formulas", "Cell", "A", "B", left=True)
        for column in table.columns[1:]:
            column.overflow = "fold"
        shown_ones = found.formulas if len(found.formulas) <= MOST else found.formulas[:SOME]
        for each in shown_ones:
            cell = each.cell if each.cell == each.other else f"{each.cell}, {each.other}"
            table.add_row(*map(escape, (cell, each.before, each.after)))
        console.print(table)
        _show_rest(found.formulas[len(shown_ones) :])
    else:
        say("Formulas: no difference.")
    for line in listed(found.only):
        say(line)
    if not found.only:
        say("Cells that only one of them has: none.")


def _show_rest(others: list[FormulaDifference]) -> None:
    if others:
        sheets = dict.fromkeys(each.sheet for each in others)
        say(f"{len(others):,} more formulas that differ, on {', '.join(sheets)}")


def as_json(found: Difference, names: Names) -> dict[str, Any]:
    """Return what differs as plain data."""
    return {
        "a": names[0],
        "b": names[1],
        "inputs": [
            {"path": each.path, "label": each.label, "a": each.before, "b": each.after}
            for each in found.inputs
        ],
        "formulas": None
        if found.formulas is None
        else [
            {"cell_a": each.cell, "cell_b": each.other, "a": each.before, "b": each.after}
            for each in found.formulas
        ],
        "only": [
            {"sheet": each.sheet, "cell": address(*each.at), "text": each.text}
            for each in found.only
        ],
        "results": [_result(each) for each in found.results],
        "notes": found.notes,
    }


def _result(result: KeyResult) -> dict[str, Any]:
    change, percent = _change(result)
    return {
        "label": result.label,
        "unit": result.unit,
        "a": _plain(result.before),
        "b": _plain(result.after),
        "change": change,
        "percent": None if percent is None else 100 * percent,
    }


def _change(result: KeyResult) -> tuple[float | None, float | None]:
    """Return by how much a result differs, and as a fraction of the first; None for no number."""
    before, after = result.before, result.after
    if not (isinstance(before, float) and isinstance(after, float)):
        return None, None
    return after - before, (after - before) / abs(before) if before else None


def _signed(change: float, unit: str) -> str:
    return f"{'' if change < 0 else '+'}{shown(change, unit)}"


def _plain(value: Value) -> Any:
    return str(value) if isinstance(value, ErrorValue) else value
