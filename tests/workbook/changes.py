"""Changes of a workbook's inputs, such as a user makes: drawn at random, legal, and near by."""

from __future__ import annotations

import io
import random
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import in_parts
import openpyxl
import pytest
from live import Live, kept

from workbook.functions import CATALOGUE
from workbook.hosts import headless
from workbook.package.cells import ErrorValue, Place, Values
from workbook.refusal import REFUSAL
from workbook.template import styles

Changes = dict[tuple[str, Place], Any]
Candidate = tuple[Any, list[str]]
#: How many inputs are changed together, and how many of them are drawn at a time.
CHANGES, FEW = 20, 4


#: The functions that value the company again and again, and the one that says what is wrong.
COSTLY = frozenset(
    {f.name for f in CATALOGUE.values() if f.family in ("uncertainty", "signals")} | {REFUSAL.name}
)


def drawn(
    workbook: bytes, draw: random.Random, file: bytes | None = None
) -> tuple[Changes, Values]:
    """Draw twenty changes of a workbook that bring no error, and return all values with them.

    They are drawn a few at a time, because of twenty one is nearly always refused; and tried
    without the costly functions first. The values are those of another file with the same inputs,
    if one is given.
    """
    file, candidates = file or workbook, inputs(workbook)
    changes: Changes = {}
    for _ in range(200):
        few = draw.sample(sorted(candidates.keys() - changes.keys()), FEW)
        more = changes | {at: nudged(draw, *candidates[at]) for at in few}
        if _legal(kept(file, COSTLY), more) is None:
            continue
        changes = more
        if len(changes) == CHANGES:
            if after := _legal(kept(file), changes):
                return changes, after
            changes = {}
    pytest.fail("no legal changes were found")


def _legal(running: Live, changes: Changes) -> Values | None:
    """Return the values with changes; None if there are other errors than without."""
    with suppress(headless.EvaluationError):  # A block of another size than its range.
        after = running.values(changes)
        return after if errors(after) == errors(running.base) else None
    return None


def errors(values: Values) -> set[tuple[str, Place]]:
    return {
        (sheet, at)
        for sheet, cells in values.items()
        for at, value in cells.items()
        if isinstance(value, ErrorValue)
    }


@cache
def inputs(workbook: bytes) -> dict[tuple[str, Place], Candidate]:
    """Find what a user may change: typed cells in the style of inputs, and the choices of each.

    Months of bands are left out: they must join, so none can change on its own.
    """
    found: dict[tuple[str, Place], Candidate] = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook)):
        choices = {
            at: rule.formula1.strip('"').split(",")
            for rule in sheet.data_validations.dataValidation
            if rule.type == "list"
            for area in rule.sqref.ranges
            for at in area.cells
        }
        for row in sheet.iter_rows():
            for cell in row:
                value, of = cell.value, choices.get((cell.row, cell.column), [])
                if cell.style not in ("input", "input_text") or value is None:
                    continue
                if not of and (isinstance(value, str) or cell.number_format == styles.COUNT):
                    continue
                found[sheet.title, (cell.row, cell.column)] = value, of
    return found


def nudged(draw: random.Random, value: Any, choices: list[str]) -> Any:
    """Give another legal value nearby: numbers shrink, so that no share exceeds the total."""
    if choices:
        return draw.choice(choices)
    if isinstance(value, datetime):
        return value - timedelta(days=draw.randint(1, 5))
    return value * (1 - 0.02 * draw.random()) if value else 0.001


def changed(workbook: bytes, changes: Changes) -> bytes:
    return in_parts.changed(workbook, changes).saved()
