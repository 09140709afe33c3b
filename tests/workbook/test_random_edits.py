"""Do random edits of every kind survive recalc and pull, with nothing lost?

Each round edits a workbook at random: figures typed, formulas as inputs, and a copy in which a user
has sheets, names, merged cells and notes. Oracles: the case with the same figures, which the
model values; and the user's cells as they were.

OFFTAKE_ROUNDS sets how many rounds are run.
"""

from __future__ import annotations

import io
import os
from datetime import date
from functools import cache
from typing import Any

import openpyxl
import pytest
from cases import stated as tree_of
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from in_parts import changed, typed
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from working_copy import CASE

from model.case.case import Case, of_text
from model.case.case import typed as case_of
from model.case.stated import differ, stated
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.report import report
from workbook.edits.pull import taken
from workbook.edits.recalculate import recalculate
from workbook.package.package import Package

ROUNDS = int(os.environ.get("OFFTAKE_ROUNDS", "12"))
DAY = date(2026, 11, 1)
#: A change of a figure: which, by how much, and whether a formula says so.
CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0.98, 1.02), st.booleans()),
    max_size=6,
)


@cache
def built() -> bytes:
    return template.build(CASE)


@cache
def owned() -> bytes:
    """Return the workbook with what is a user's own, as openpyxl saves it."""
    book = openpyxl.load_workbook(io.BytesIO(built()))
    own = book.create_sheet("Mine", 0)
    own["A1"], own["A2"], own["B2"] = "My view", "Twice the price", "=Share_price*2"
    own["B3"], own["B4"] = "=My_tax*SUM('DCF'!F50:H50)", '=Equity!$D$20&" shares"'
    own["C5"] = 12.5
    own.merge_cells("A7:C9")
    own["A7"].comment = Comment("Ask the company", "me")
    book["Inputs"]["D11"].comment = Comment("From the prospectus", "me")
    book["DCF"].merge_cells("K2:L2")
    book.defined_names["My_tax"] = DefinedName("My_tax", attr_text="0.25")
    book.create_sheet("Notes")["B2"] = "kept"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@cache
def numbers() -> dict[str, tuple[str, tuple[int, int]]]:
    """Return the cells of the figures that are numbers, by their paths, but for parts of totals."""
    package = Package.opened(built())
    summed = {
        part.removeprefix("-") for of in CASE.totals.values() for part in (of.total, *of.parts)
    }
    return {
        path: typed(package, path)
        for path, figure in CASE.figures.items()
        if isinstance(figure.value, float)
        and figure.value
        and path not in summed
        and not path.startswith(("rpo.", "published.", "drivers.", "segments.", "prices."))
    }


def with_figures(changes: dict[str, float]) -> Case:
    """Return the case with other figures."""
    tree = tree_of(CASE)
    for path, new in changes.items():
        *steps, leaf = path.split(".")
        node: Any = tree
        for step in steps:
            node = node[step]
        node[leaf]["value"] = new
    return case_of(tree)


def own_cells(file: bytes) -> dict[tuple[str, str], Any]:
    """Return what openpyxl finds on the user's sheets: contents, formats, notes, merged cells."""
    book = openpyxl.load_workbook(io.BytesIO(file))
    found: dict[tuple[str, str], Any] = {}
    for title in {"Mine", "Notes"} & set(book.sheetnames):
        found[title, "merged"] = sorted(map(str, book[title].merged_cells.ranges))
        for cell in [c for row in book[title].iter_rows() for c in row]:
            note = cell.comment.text if getattr(cell, "comment", None) else None
            found[title, cell.coordinate] = (cell.value, cell.number_format, note)
    found["", "names"] = book.defined_names.get("My_tax") and book.defined_names["My_tax"].value
    return found


@settings(
    max_examples=ROUNDS,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(changes=CHANGES, own=st.booleans())
def test_edits_survive(changes: list[tuple[float, float, bool]], own: bool) -> None:
    base, cells = owned() if own else built(), numbers()
    paths = sorted(cells)
    figures: dict[str, float] = {}
    edits: dict[tuple[str, tuple[int, int]], Any] = {}
    for which, factor, as_formula in changes:
        path = paths[int(which * len(paths))]
        before = CASE.figures[path].number
        figures[path] = before * factor
        edits[cells[path]] = f"={before!r}*{factor!r}" if as_formula else before * factor
    try:
        expected = with_figures(figures)
        worth = value(expected).value_per_share
    except InputError:
        assume(False)
        raise
    file = changed(base, edits).saved()
    new = recalculate(file).file
    assert own_cells(new) == own_cells(file)
    found = report(new)
    assert found.faults == []
    moved = {path for path, figure in figures.items() if differ(figure, CASE.figures[path].value)}
    values = [result.after for result in found.results if result.label == "Value per share"]
    assert values == ([pytest.approx(worth, rel=1e-12)] if moved else [])
    pulled = taken(Package.opened(new), None, "own.toml", DAY)
    one, other = stated(of_text(pulled.text, "own.toml")), stated(expected)
    assert [p for p in one.keys() | other.keys() if differ(one.get(p), other.get(p))] == []
    assert {change.path for change in pulled.changes} == moved
