"""Tables of commitments: the declared columns, and a column for each forecast year."""

from __future__ import annotations

from typing import Any

from model.calendar import check_years, year_of
from model.dcf.commitments import Commitments
from workbook.arguments import number
from workbook.tables import Grid, grid, heading
from workbook.tables import read as read_declared


def read(argument: str, value: Any) -> Commitments:
    """Read a table of commitments; the columns of years may be in any order."""
    found = grid(argument, value)
    known = {f.header.casefold() for f in Commitments.declared.values()}
    others = [j for j, folded in enumerate(found.folded) if folded in known]
    years = {j: year_of(argument, h) for j, h in enumerate(found.headers) if j not in others}
    in_order = sorted(years, key=years.__getitem__)
    check_years(argument, [years[j] for j in in_order])
    payments = [
        [number(found.where(str(years[j]), row), cells[j]) for j in in_order]
        for row, cells in found.rows
    ]
    declared = Grid(
        argument,
        [found.headers[j] for j in others],
        [found.folded[j] for j in others],
        [(row, [cells[j] for j in others]) for row, cells in found.rows],
    )
    across = [heading(found.headers[j]) for j in in_order]
    made: Commitments = read_declared(
        Commitments, argument, declared, payments=payments, across=across
    )
    return made
