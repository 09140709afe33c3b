"""Do all commands name the same cell for an input that no case may have?

Oracle: the cell that was edited, and what was typed in it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from in_parts import areas, changed, typed

from model.errors import CaseError, InputError
from workbook.check.report import report
from workbook.edits.log import NOT_KEPT, logged
from workbook.edits.pull import taken
from workbook.edits.recalculate import recalculate
from workbook.edits.unlogged import inputs_of
from workbook.package.cells import Place, address
from workbook.package.package import Package
from workbook.template.sheets import sources

CASH = "balance_sheet.cash"


@pytest.fixture(scope="module")
def whole(finished: bytes) -> Package:
    return Package.opened(finished)


def on_sources(package: Package, figure: str, column: int) -> tuple[str, Place]:
    """Find a cell of Sources by the figure of its row."""
    sheet = package.sheets["Sources"]
    (row,) = [at[0] for at in sheet.places if at[1] == sources.FIGURE and sheet.value(at) == figure]
    return "Sources", (row, column)


def in_scenarios(package: Package) -> tuple[str, Place]:
    """Find the name of a scenario in the first row of its table."""
    title, (top, left), _ = areas(package)["Scenarios"]
    return title, (top + 1, left + 1)


#: What is edited, to what, and what is said of it.
EDITS: dict[str, tuple[Any, Any, str]] = {
    "another source": (
        lambda package: on_sources(package, CASH, sources.SOURCE), "A call of 9 July",
        "Source does not name a source: 'A call of 9 July'",
    ),
    "another quality": (
        lambda package: on_sources(package, CASH, sources.QUALITY), "hearsay",
        "Quality must be one of",
    ),
    "a date as text": (
        lambda package: on_sources(package, CASH, sources.AS_OF), "31 Dec 2025",
        "As of must be a date, not '31 Dec 2025'",
    ),
    "no scenario": (
        lambda package: areas(package)["Scenario"][:2], None,
        "Scenario must have from 1 to 255 characters, not ''",
    ),
    "a scenario that there is not": (
        lambda package: areas(package)["Scenario"][:2], "Bera", "Scenario must be a scenario of",
    ),
    "a choice with a space": (
        lambda package: typed(package, "drivers.terminal"), "roic ",
        "must have no spaces at its ends, not 'roic '",
    ),
    "no cash": (
        lambda package: typed(package, CASH), None, "Cash and equivalents is empty",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_every_command_names_the_cell(whole: Package, what: str) -> None:
    place, new, said = EDITS[what]
    title, at = place(whole)
    package = changed(whole.saved(), {(title, at): new})
    cell = f"{title}!{address(*at)}"
    found = [str(each) for each in report(package.saved()).findings]
    assert any(line.startswith(f"{cell}: ") and said in line for line in found), found[:3]
    with pytest.raises(InputError) as refused:
        taken(package, None, "own.toml", date(2026, 5, 13))
    error = refused.value
    lines = [str(one) for one in (error.errors if isinstance(error, CaseError) else [error])]
    assert any(line.startswith(f"{cell}: ") and said in line for line in lines), lines
    done = recalculate(package.saved())
    log = logged(package, done.file, lambda: inputs_of(package, done.evaluation),
                 datetime(2026, 5, 13))  # fmt: skip
    assert log.refused
    assert log.note.startswith(f"{NOT_KEPT}: {cell}: ")


def test_a_name_with_a_space_at_its_end_is_refused_where_sheets_compare_it(whole: Package) -> None:
    """A sheet would not find it, and the functions would."""
    title, at = in_scenarios(whole)
    name = whole.sheets[title].value(at)
    package = changed(whole.saved(), {(title, at): f"{name} "})
    with pytest.raises(InputError, match="must have no spaces at its ends"):
        taken(package, None, "own.toml", date(2026, 5, 13))
    found = [str(each) for each in report(package.saved()).findings]
    assert any(line.startswith(f"{title}!{address(*at)}: ") for line in found), found[:3]
