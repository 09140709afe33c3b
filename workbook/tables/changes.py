"""Tables of changed inputs: the declared columns, and years across where a path is replaced."""

from __future__ import annotations

import math
from typing import Any

from model.calendar import year_of
from model.plain import is_blank
from model.uncertainty.changes import Changes
from workbook.arguments import number
from workbook.tables import Grid, grid, heading
from workbook.tables import read as read_declared


def read(cls: type[Changes], argument: str, value: Any) -> Changes:
    """Read a table of changed inputs; the columns of years may be in any order, and blank."""
    found = grid(argument, value)
    known = {f.header.casefold() for f in cls.declared.values()}
    others = [j for j, folded in enumerate(found.folded) if folded in known]
    years = {j: year_of(argument, h) for j, h in enumerate(found.headers) if j not in others}
    in_order = sorted(years, key=years.__getitem__)
    paths = [
        [
            math.nan if is_blank(cells[j]) else number(found.where(str(years[j]), row), cells[j])
            for j in in_order
        ]
        for row, cells in found.rows
    ]
    declared = Grid(
        argument,
        [found.headers[j] for j in others],
        [found.folded[j] for j in others],
        [(row, [cells[j] for j in others]) for row, cells in found.rows],
    )
    across = [heading(found.headers[j]) for j in in_order] or None
    made: Changes = read_declared(cls, argument, declared, paths=paths, across=across)
    return made
