"""Rows that are typed just below an input table, where no formula reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model.case.case import Case
from workbook.check.findings import Finding
from workbook.check.held import area_of
from workbook.check.moved import Moved
from workbook.package.package import Package
from workbook.template.growing import growing

#: Rows below a table in which somebody might continue it.
BELOW = 2


def outside(
    file: Package, built: Package, moved: Moved, case: Case, named: Mapping[str, str]
) -> Iterator[Finding]:
    """Find what a user has typed below an input table of a case, of ranges by their names."""
    grown = growing(case)
    for name in ("Securities", *(key.capitalize() for key in case.tables)):
        if (area := area_of(named.get(name, ""))) is None:
            continue
        title, (_, left), (bottom, right) = area
        page = file.sheets[title]
        for row in range(bottom + 1, bottom + 1 + BELOW):
            typed = [
                column
                for column in range(left, right + 1)
                if page.value((row, column)) is not None
                and not _is_built(title, row, column, built, moved)
            ]
            if typed:
                instead = "type it in a blank row of" if name in grown else "insert a row within"
                text = (
                    f"holds {page.value((row, typed[0]))}, below the table {name}, which ends in "
                    f"row {bottom}: no formula reads it; {instead} the table instead"
                )
                yield Finding(title, (row, typed[0]), text, "cells below a table")


def _is_built(title: str, row: int, column: int, built: Package, moved: Moved) -> bool:
    place = moved.built(title, (row, column))
    if place is None:
        return False
    sheet = built.sheets[place[0]]
    return place[1] in sheet.formulas or sheet.value(place[1]) is not None
