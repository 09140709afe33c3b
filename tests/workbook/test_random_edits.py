"""Do random edits of every kind survive recalc, pull and a build from the file, with nothing lost?

Each round edits a workbook at random: figures typed and formulas as inputs; rows split, cleared,
exchanged and moved to blank ones; notes, links, merged cells, names, cells in the margin and titles
of sheets; and a copy in which a user has sheets, as another program has saved it. Oracles: the case
with the same inputs, which the model values; that a row may be split, exchanged or moved; what was
typed, for the log; and what is the user's own, as it was.

OFFTAKE_ROUNDS sets how many rounds are run.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from copy import deepcopy
from datetime import datetime
from functools import cache
from typing import Any

import kept
import openpyxl
import pytest
from cases import Tree, simple, whole
from cases import stated as tree_of
from drawn_edits import Cleared, Edited, Exchanged, Figure, Moved, Split, opened
from drawn_edits import logged as must_be_logged
from hypothesis import HealthCheck, Phase, assume, example, given, note, settings
from hypothesis import strategies as st
from in_parts import changed
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from own_parts import Linked, Merged, Named, Noted, Retitled, Typed

from model.case.case import Case, of_text, parse
from model.case.case import typed as case_of
from model.case.stated import differ, stated
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.key_results import results_of
from workbook.check.report import Report, report
from workbook.edits.log import logged
from workbook.edits.pull import taken
from workbook.edits.rebuild import rebuilt
from workbook.edits.recalculate import recalculate
from workbook.edits.unlogged import inputs_of
from workbook.package.package import Package
from workbook.template.sheets import case_text

ROUNDS = int(os.environ.get("OFFTAKE_ROUNDS", "10"))
WHEN = datetime(2026, 11, 1, 9, 30)
#: Tables that grow, most of them without further sheets.
TABLES = (
    *("Securities", "Plant", "Peers", "Lock_up", "Vendors", "Leases_signed", "Share_classes"),
    *("Precedents", "Non_gaap_bridge", "Loan_capacity", "Commitments", "Facilities"),
)
#: Sheets of ours, and one of the user's.
OURS = ("Dashboard", "Inputs", "Revenue", "DCF", "Equity", "Checks and warnings", "Sources")
MINE = "Mine"
CHANGES = "Changes"


@cache
def case() -> Case:
    """Return the case without further sheets, but with tables that grow."""
    tree: Tree = simple()
    tables = whole()["tables"]
    tree["tables"] = {"company": tables["company"]} | {
        key: tables[key] for name in TABLES if (key := name[0].lower() + name[1:]) in tables
    }
    for name, total in [*tree["totals"].items()]:
        used = [path.removeprefix("-") for path in (total["total"], *total["parts"])]
        if any(p.startswith("tables.") and p.split(".")[1] not in tree["tables"] for p in used):
            del tree["totals"][name]
    return parse(tree)


@cache
def built() -> Package:
    return Package.opened(template.build(case()))


@cache
def owned() -> Package:
    """Return the workbook with what is a user's own, as openpyxl saves it."""
    book = openpyxl.load_workbook(io.BytesIO(built().saved()))
    own = book.create_sheet(MINE, 0)
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
    return Package.opened(file.getvalue())


@cache
def unedited(user_s: bool) -> Edited:
    return opened(owned() if user_s else built(), tree_of(case()), TABLES)


@cache
def figures() -> list[str]:
    """Return the paths of the figures that are numbers, but for parts of totals.

    Shares are such parts: all of them trade after the last lock-up.
    """
    summed = {p.removeprefix("-") for of in case().totals.values() for p in (of.total, *of.parts)}
    apart = ("rpo.", "published.", "drivers.", "segments.", "prices.")
    return sorted(
        path
        for path, figure in case().figures.items()
        if isinstance(figure.value, float)
        and figure.value
        and figure.unit != "m shares"
        and path not in summed
        and not path.startswith(apart)
    )


def contents(of: Case) -> tuple[dict[str, Any], Counter[tuple[Any, ...]]]:
    """Return what a case states, and the rows of its tables by what they hold, not by keys."""
    rows: Counter[tuple[Any, ...]] = Counter()
    for table, each in of.tables.items():
        rows.update((table, *row.values) for row in each.rows.values())
    for security in of.securities.values():
        numbers = sorted((name, figure.value) for name, figure in security.figures.items())
        rows["securities", security.name, security.type, *numbers] += 1
    return {
        path: each for path, each in stated(of).items()
        if not path.startswith(("tables.", "securities."))
    }, rows  # fmt: skip


# The rounds --------------------------------------------------------------------------------------

FIGURES = st.builds(
    Figure, st.deferred(lambda: st.sampled_from(figures())), st.floats(0.98, 1.02), st.booleans()
)
TABLE, ROW = st.sampled_from(TABLES), st.integers(0, 7)
CLEARED = st.builds(Cleared, TABLE, ROW)
ROWS = st.one_of(
    st.builds(Split, TABLE, ROW),
    st.builds(Exchanged, TABLE, ROW, ROW),
    st.builds(Moved, TABLE, ROW, st.integers(0, 2)),
)
SHEET = st.sampled_from(OURS)
AT = st.tuples(st.integers(5, 70), st.integers(2, 9))
OWN = st.one_of(
    st.builds(Noted, SHEET, AT),
    st.builds(Linked, SHEET, AT),
    st.builds(Merged, SHEET, st.integers(5, 70)),
    st.builds(
        Typed, SHEET, st.integers(5, 70), st.sampled_from(["mine", 2.5, "=Share_price*2", "=1+1"])
    ),
    st.builds(Named, st.sampled_from(["0.25", "Inputs!$D$11", "SUM(DCF!$F$50:$H$50)"])),
    st.builds(Retitled, st.sampled_from([MINE, *OURS])),
)


@settings(
    max_examples=ROUNDS,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    typed_figures=st.lists(FIGURES, max_size=4, unique_by=lambda figure: figure.path),
    cleared=st.lists(CLEARED, max_size=1),
    rows=st.lists(ROWS, max_size=4),
    added=st.lists(OWN, max_size=4),
    user_s=st.booleans(),
    built_again=st.sampled_from([False, False, False, True]),
)
@example(  # Rows moved next to added ones were typed a second time where they had been moved to.
    typed_figures=[],
    cleared=[],
    rows=[
        Moved("Precedents", 4, 0),
        Moved("Vendors", 4, 2),
        Split("Leases_signed", 5),
        Exchanged("Loan_capacity", 4, 1),
    ],
    added=[],
    user_s=False,
    built_again=True,
)
@example(  # A cleared row was taken for one that had been moved, which then had no place.
    typed_figures=[],
    cleared=[Cleared("Lock_up", 2)],
    rows=[Exchanged("Lock_up", 2, 1)],
    added=[],
    user_s=False,
    built_again=True,
)
@example(  # A sheet that was renamed has a line.
    typed_figures=[],
    cleared=[],
    rows=[Split("Securities", 0)],
    added=[Named("0.25"), Retitled("Inputs"), Retitled("DCF")],
    user_s=True,
    built_again=True,
)
@example(  # What counts of securities with a condition was looked for where the first one had been.
    typed_figures=[],
    cleared=[],
    rows=[Moved("Securities", 4, 0)],
    added=[],
    user_s=False,
    built_again=False,
)
def test_edits_survive(
    typed_figures: list[Figure],
    cleared: list[Cleared],
    rows: list[Any],
    added: list[Any],
    user_s: bool,
    built_again: bool,
) -> None:
    before = unedited(user_s)
    book = before.copy()
    for edit in (*typed_figures, *cleared):
        edit.to(book)
    plain = deepcopy(book.tree)
    for edit in rows:
        edit.to(book)
    expected, worth = valued(book.tree, plain)
    file = changed(Package(dict(before.base.parts)), book.cells)
    numbered = [*enumerate(added)]
    for number, edit in sorted(numbered, key=lambda each: isinstance(each[1], Retitled)):
        file = edit.to(file, number)
    new = recalculated(file, before, book, worth)
    found = report(new)
    assert unexpected(found, bool(cleared)) == []
    pulled = taken(new, None, "own.toml", WHEN.date())
    again = of_text(pulled.text, "own.toml")
    alike(again, expected)
    assert value(again).value_per_share == pytest.approx(worth["Value per share"], rel=1e-9)
    if built_again:
        # A built sheet has its own title again.
        left = [
            f"It's {number}: the name of the sheet, which is called {edit.sheet} again"
            for number, edit in numbered
            if isinstance(edit, Retitled) and edit.sheet in OURS and f"It's {number}" in new.sheets
        ]
        from_file(new, book, worth, bool(cleared), left)


def unexpected(found: Report, cleared: bool) -> list[str]:
    """Return the findings; without a row, others may no longer add up, which checks say."""
    return [
        f"{each.cause}: {each}"
        for each in found.findings
        if not (cleared and each.cause == "checks that fail")
    ]


def valued(tree: Tree, plain: Tree) -> tuple[Case, dict[str, float]]:
    """Return the case, and its results, which are those without the rows that change none."""
    try:
        expected, without = case_of(tree), value(case_of(plain))
    except InputError as error:
        note(str(error))
        assume(False)
        raise
    return expected, {result.label: result.after for result in results_of(without)}  # type: ignore[misc]


def recalculated(file: Package, before: Edited, book: Edited, worth: dict[str, float]) -> Package:
    """Recalculate a file and log its changes, as the command does; nothing else may change."""
    done = recalculate(file.saved())
    shown = {result.label: result.after for result in done.results}
    assert shown == {label: pytest.approx(number, rel=1e-9) for label, number in worth.items()}
    log = logged(file, done.file, lambda: inputs_of(file, done.evaluation), WHEN)
    assert log.note == ""
    new = Package.opened(log.file)
    assert kept.outside_cells(new) == kept.outside_cells(file)
    for title, sheet in new.sheets.items():
        same = new.parts[sheet.part] == file.parts[sheet.part] or title == CHANGES
        assert same or kept.typed_cells(sheet) == kept.typed_cells(file.sheets[title]), title
    log_held = new.sheets[CHANGES].value
    entries = [
        [log_held((row, column)) for column in (4, 5)]
        for row in range(7, 200) if isinstance(log_held((row, 1)), float)
    ]  # fmt: skip
    assert Counter(map(tuple, entries)) == must_be_logged(before, book)
    return new


def alike(one: Case, other: Case) -> None:
    """Assert that two cases state the same."""
    (figures, rows), (of_other, other_rows) = contents(one), contents(other)
    paths = figures.keys() | of_other.keys()
    assert [p for p in paths if differ(figures.get(p), of_other.get(p))] == []
    assert rows == other_rows


def from_file(
    file: Package, book: Edited, worth: dict[str, float], cleared: bool, left: list[str]
) -> None:
    """Build a file again: it states the same, and has what is the user's own."""
    done = rebuilt(file, WHEN)
    assert sorted(done.left) == left
    assert done.valued.value_per_share == pytest.approx(worth["Value per share"], rel=1e-9)
    new = Package.opened(done.package.saved())
    alike(of_text(case_text.read(new) or ""), case_of(book.tree))
    before, after = kept.user_s(file), kept.user_s(new)
    assert {what: after.get(what, "lost") for what in before} == {
        what: pytest.approx(held, rel=1e-9) if isinstance(held, float) else held
        for what, held in before.items()
    }
    formulas = {formula.text for formula in new.sheets["Inputs"].formulas.values()}
    assert {
        each[1:] for each in book.cells.values() if isinstance(each, str) and each[:1] == "="
    } <= formulas
    assert unexpected(report(new), cleared) == []
