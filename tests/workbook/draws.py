"""Changes of a workbook's inputs, drawn while the workbook is kept in the headless engine."""

from __future__ import annotations

import random
from contextlib import suppress
from unittest.mock import patch

import pytest
from changes import CHANGES, FEW, Changes, errors, inputs, nudged
from live import Live, kept
from native_formulas import with_calls
from openpyxl.worksheet.merge import MergedCellRange

from workbook.functions import CATALOGUE
from workbook.hosts import headless
from workbook.package.cells import Values
from workbook.refusal import REFUSAL

#: The functions that value the company again and again, and the one that says what is wrong.
COSTLY = frozenset(
    {f.name for f in CATALOGUE.values() if f.family in ("uncertainty", "signals")} | {REFUSAL.name}
)


def drawn(workbook: bytes, draw: random.Random) -> tuple[Changes, Values]:
    """Draw twenty changes that bring no error, and return all values with them.

    They are drawn a few at a time, because of twenty one is nearly always refused; and tried
    without the costly functions first. The values are those of `native_formulas.live`.
    """
    with patch.object(MergedCellRange, "format"):  # Which takes half of the time to read a file.
        candidates = inputs(workbook)
    file = with_calls(workbook)
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
