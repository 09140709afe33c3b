"""Do tables grow and shrink in a spreadsheet that is not ours?

Calc inserts and deletes rows, as Excel does: it rewrites every reference to them. The oracles: a
row that is split into two changes no result, and neither does a blank row that is gone; a row in
use that is gone changes the workbook as it changes the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from calc import profile
from calc.session import Calc
from calc_comparison import built, need
from in_parts import areas, changed
from test_growing_tables import WHOLE, Edits, filled, row_of, split

from model.case.case import load
from model.case.file import names
from workbook.check.reader import read_case
from workbook.check.report import Report, report
from workbook.package.package import Package
from workbook.template.growing import growing
from workbook.template.sheets.checks_and_warnings.checks import ABOVE


@pytest.fixture(scope="module")
def calc() -> Iterator[Calc]:
    """Return a Calc of its own: rows are deleted in it."""
    need(profile.missing())
    with Calc() as started:
        yield started


def tables(name: str) -> dict[str, tuple[str, int, int]]:
    """Return where the tables of a company that grow are, from the last one up: header and end."""
    found = areas(Package.opened(built(name)))
    here = {t: (found[t][0], found[t][1][0], found[t][2][0]) for t in growing(load(name))}
    return dict(sorted(here.items(), key=lambda each: -each[1][1]))


def edited(calc: Calc, name: str, edits: list[tuple[str, str, str, int, int]]) -> bytes:
    """Return a company's workbook as Calc saves it after rows were inserted or deleted."""
    calc.open(built(name))
    for edit in edits:
        calc.edit(*edit)
    calc.recalculate()
    return calc.xlsx()


def same_results(found: Report) -> None:
    for result in found.results:
        assert result.after == pytest.approx(result.before, rel=1e-9), result.label


@pytest.mark.parametrize("name", names())
def test_a_row_inserted_in_each_table_takes_part_of_another(calc: Calc, name: str) -> None:
    inserted = [("insert", sheet, "rows", top + 2, 1) for sheet, top, _ in tables(name).values()]
    file = edited(calc, name, inserted)
    assert [str(finding) for finding in report(file).findings] == []
    package, edits = Package.opened(file), Edits()
    for table in growing(load(name)):
        if (name, table) not in WHOLE:
            edits |= split(package, table)
    found = report(changed(file, edits))
    # The file has the values from before the change.
    assert [str(f) for f in found.findings if not f.cause.startswith("cells hold values")] == []
    same_results(found)


@pytest.mark.parametrize("name", ["cerebras", "coreweave"])
def test_blank_rows_deleted_change_nothing(calc: Calc, name: str) -> None:
    """The last one in some tables, both in the others."""
    deleted = [
        ("remove", sheet, "rows", end - place % 2, 1 + place % 2)
        for place, (sheet, _, end) in enumerate(tables(name).values())
    ]
    found = report(edited(calc, name, deleted))
    assert [str(finding) for finding in found.findings] == []
    same_results(found)


@pytest.mark.parametrize(
    ("name", "table", "key"),
    [
        ("cerebras", "Lock_up", "lock_up"),
        ("cerebras", "Leases_signed", "leases_signed"),
        ("coreweave", "Facilities", "facilities"),
        ("nebius", "Peers", "peers"),
        ("snowflake", "Headlines", "headlines"),
    ],
)
def test_a_deleted_row_is_no_longer_in_the_case(
    calc: Calc, name: str, table: str, key: str
) -> None:
    """The last one, of a table of which no other input needs it."""
    sheet, top, _ = tables(name)[table]
    rows = list(load(name).tables[key].rows)
    file = edited(calc, name, [("remove", sheet, "rows", top + len(rows), 1)])
    assert [str(finding) for finding in report(file).findings] == []
    assert list(read_case(Package.opened(file))[0].tables[key].rows) == rows[:-1]


@pytest.mark.parametrize("name", ["cerebras", "snowflake"])
def test_a_row_inserted_above_the_first_one_is_named_once_it_is_in_use(
    calc: Calc, name: str
) -> None:
    inserted = [("insert", sheet, "rows", top + 1, 1) for sheet, top, _ in tables(name).values()]
    file = edited(calc, name, inserted)
    assert [str(finding) for finding in report(file).findings] == []
    package = Package.opened(file)
    edits: Edits = {}
    for table in growing(load(name)):
        row = row_of(package, table)
        none: list[Any] = [None] * len(row.values)
        edits |= filled(package, row, [(row.first, none), (row.blank[0], row.values)])
    found = [str(finding) for finding in report(changed(file, edits)).findings]
    named = [finding.split(": ")[2] for finding in found if finding.endswith(ABOVE)]
    assert named == [table.replace("_", " ") for table in growing(load(name))]


@pytest.mark.parametrize(("name", "table"), [("cerebras", "Lock_up"), ("nebius", "Peers")])
def test_a_row_inserted_where_one_was_deleted_has_no_wrong_key(
    calc: Calc, name: str, table: str
) -> None:
    sheet, top, _ = tables(name)[table]
    file = edited(calc, name, [(how, sheet, "rows", top + 2, 1) for how in ("remove", "insert")])
    assert [str(finding) for finding in report(file).findings] == []
