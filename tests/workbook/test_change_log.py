"""Does the workbook keep a log of the inputs that were changed in it, and nothing else?

Oracles: what was typed, with the cell in which it was; the case as built; every other part of the
file, byte for byte; and the log put over the inputs as built, which must give those of the file.
"""

from __future__ import annotations

import io
import os
import random
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import gate
import open_xml
import openpyxl
import pytest
from calc.session import Calc
from calc_comparison import built as built_case
from calc_comparison import every_case
from command import Command
from in_parts import Edits, areas, changed, renamed, typed
from small_package import parts, prefixed, saved

from model.case.case import of_text
from model.case.starter import starter
from workbook import status, template
from workbook.check.report import report
from workbook.edits.difference import difference, of_workbook
from workbook.edits.log import NOT_KEPT, Logged, logged
from workbook.edits.rebuild import rebuilt
from workbook.edits.recalculate import recalculate
from workbook.edits.unlogged import inputs_of, unlogged
from workbook.edits.values_only import values_only
from workbook.hosts.headless import Evaluation
from workbook.package.cells import Place, address
from workbook.package.package import Package
from workbook.template.sheets.changes import HEADERS, SENTENCE, TITLE

Cells = dict[str, tuple[str, Place]]
DAY = date(2026, 5, 13)
WHEN, LATER = datetime(2026, 5, 14, 9, 30), datetime(2026, 5, 15, 17, 5)
CASE = of_text(starter("acme", DAY))
PRICE, STRIKE = "price.share", "securities.options.strike"
Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def small() -> bytes:
    return template.build(CASE)


@pytest.fixture(scope="module")
def cells(small: bytes) -> Cells:
    """Return the cells of some inputs by what they are called."""
    package = Package.opened(small)
    at = {path: typed(package, path) for path in CASE.figures if "drivers" not in path}
    sheet, (top, left), (bottom, _) = areas(package)["Drivers"]
    page = package.sheets[sheet]
    for row in range(top + 1, bottom + 1):
        at |= {f"{page.value((row, left))}, {year}": (sheet, (row, left + 1 + n))
               for n, year in enumerate(("all", *CASE.forecast_years))}  # fmt: skip
    return at


def typed_at(file: bytes, at: tuple[str, Place]) -> Any:
    """Return what is in the cell of an input."""
    return Package.opened(file).sheets[at[0]].value(at[1])


def run(file: bytes | Package, when: datetime = WHEN) -> Logged:
    """Recalculate a workbook and log what has been changed, as the command does."""
    package = Package.opened(file.saved() if isinstance(file, Package) else file)
    done = recalculate(package)
    return logged(package, done.file, lambda: inputs_of(package.plain, done.evaluation), when)


def rows(file: bytes) -> list[Row]:
    """Return the log as openpyxl reads it, below its headers."""
    page = openpyxl.load_workbook(io.BytesIO(file))[TITLE]
    found = [*page.iter_rows(min_row=5, max_row=100, max_col=5, values_only=True)]
    assert found[:2] == [tuple(HEADERS.values()), (SENTENCE, *[None] * 4)]
    assert not any(any(row) for row in found[2 + sum(any(row) for row in found[2:]) :])
    return [row for row in found[2:] if any(row)]


def where(at: tuple[str, Place]) -> str:
    return f"{at[0]}!{address(*at[1])}"


# What is logged ----------------------------------------------------------------------------------


def test_each_kind_of_input_is_logged_as_it_was_typed(small: bytes, cells: Cells) -> None:
    growth = cells["Uncontracted revenue, 2027"]
    name = typed(Package.opened(small), STRIKE)[0], (cells[STRIKE][1][0], cells[STRIKE][1][1] - 3)
    edits: Edits = {
        cells["company.valuation_date"]: date(2026, 6, 1),
        cells[PRICE]: 21.5,
        cells[STRIKE]: "=8+4",
        name: "@view",
        growth: 275,
        cells["Terminal ROIC, all"]: None,
        cells["Terminal, all"]: "growth",
        cells["Other assets, all"]: 40,
    }
    file = run(changed(small, edits)).file
    expected = {
        ("Employee options, Name", where(name), "Employee options", "@view"),
        ("Valuation date", where(cells["company.valuation_date"]), datetime(2026, 5, 13),
         datetime(2026, 6, 1)),
        ("Share price", where(cells[PRICE]), 20, 21.5),
        ("Employee options, Strike", where(cells[STRIKE]), 10, "=8+4"),
        ("Uncontracted revenue, 2027", where(growth), 260, 275),
        ("Terminal ROIC", where(cells["Terminal ROIC, all"]), 0.12, "blank"),
        ("Terminal", where(cells["Terminal, all"]), "roic", "growth"),
        ("Other assets", where(cells["Other assets, all"]), 0, 40),
    }  # fmt: skip
    assert {row[1:] for row in rows(file)} == expected
    assert {row[0] for row in rows(file)} == {WHEN}
    page = openpyxl.load_workbook(io.BytesIO(file))[TITLE]
    for row in page.iter_rows(min_row=7, max_row=6 + len(expected), max_col=5):
        when, label, cell, *both = row
        assert when.number_format == "d mmm yyyy hh:mm"
        # What begins with = or @ is a text, and stays one when it is edited.
        for each in (label, cell, *(c for c in both if isinstance(c.value, str))):
            assert (each.data_type, each.quotePrefix) == ("s", True)
        dates = [c.number_format for c in both if isinstance(c.value, datetime)]
        assert dates in ([], ["d mmm yyyy"] * 2)
        numbers = [c.number_format for c in both if isinstance(c.value, int | float)]
        assert {*numbers} <= {"General"}
    assert report(file).faults == []
    assert run(file).file == file


def test_a_change_back_is_a_change(small: bytes, cells: Cells) -> None:
    first = run(changed(small, {cells[PRICE]: 30})).file
    second = run(changed(first, {cells[PRICE]: 20}), LATER).file
    cell = where(cells[PRICE])
    assert rows(second) == [
        (WHEN, "Share price", cell, 20, 30),
        (LATER, "Share price", cell, 30, 20),
    ]
    again = run(second, LATER)
    assert (again.added, again.note, again.file) == (0, "", second)
    assert rows(run(small).file) == []


@pytest.mark.parametrize("newest_first", [False, True])
def test_old_is_what_was_logged_last_in_whatever_order(
    small: bytes, cells: Cells, newest_first: bool
) -> None:
    first = run(changed(small, {cells[PRICE]: 30})).file
    file = run(changed(first, {cells[PRICE]: 31}), LATER).file
    if newest_first:
        book = openpyxl.load_workbook(io.BytesIO(file))
        for row, content in enumerate(reversed(rows(file)), 7):
            for column, each in enumerate(content, 1):
                book[TITLE].cell(row, column).value = each
        file = saved(book)
    later = datetime(2026, 6, 1, 8, 0)
    cell = where(cells[PRICE])
    assert rows(run(changed(file, {cells[PRICE]: 32}), later).file)[2:] == [
        (later, "Share price", cell, 31, 32)
    ]


def test_the_log_over_the_inputs_as_built_gives_those_of_the_file(
    small: bytes, cells: Cells
) -> None:
    draw = random.Random(5)
    chosen = [at for path, at in cells.items()
              if path.startswith(("cost", "balance", "price", "secur", "Unc", "Oper"))
              and isinstance(typed_at(small, at), float)]  # fmt: skip
    page = Package.opened(small).sheets["Inputs"]
    kept = [("Inputs", at) for at in page.places if at not in page.filled_places]
    held = {where(at): page.value(at[1]) for at in kept}
    file = small
    for day in range(1, 4):
        edits = {at: typed_at(file, at) * draw.uniform(0.9, 1) for at in draw.sample(chosen, 5)}
        file = run(changed(file, edits), datetime(2026, 6, day)).file
    log = rows(file)
    assert len(log) == 15
    for _, _, cell, old, new in log:
        assert held[cell] == old
        held[cell] = new
    after = Package.opened(file).sheets["Inputs"]
    assert held == {where(at): after.value(at[1]) for at in kept}


def longer(small: bytes, contents: Row) -> Package:
    """Return a workbook with a security more, as a row inserted in the table gives it."""
    package = Package.opened(small)
    sheet, (_, left), (last, _) = areas(package)["Securities"]
    area = package.names["Securities"]
    assert area.endswith(f"${last}")
    name = {"Securities": f"{area.removesuffix(str(last))}{last + 1}"}
    cells = {(sheet, (last + 1, left + i)): each for i, each in enumerate(contents)}
    return changed(renamed(small, name), cells)


def test_a_row_added_and_removed_is_logged(small: bytes) -> None:
    sheet, (_, left), (last, _) = areas(Package.opened(small))["Securities"]
    row = [(sheet, (last + 1, left + i)) for i in range(4)]
    added = run(longer(small, ("Warrants", "warrant", 2, 15))).file
    names = ("Warrants", "Warrants, Name", "Warrants, Type", "Warrants, Count", "Warrants, Strike")
    contents = ("row added", "Warrants", "warrant", 2, 15)
    places = (where(row[0]), *map(where, row))
    assert rows(added) == [
        (WHEN, label, cell, "blank", new)
        for label, cell, new in zip(names, places, contents, strict=True)
    ]
    removed = run(changed(added, dict.fromkeys(row)), LATER).file
    assert [(label, old, new) for when, label, _, old, new in rows(removed) if when == LATER] == [
        ("Warrants", "row added", "row removed"),
        *((label, old, "blank") for label, old in zip(names[1:], contents[1:], strict=True)),
    ]
    assert run(removed).file == removed


def test_a_row_that_was_added_may_be_renamed_in_a_workbook_built_again(small: bytes) -> None:
    file = longer(small, ("Warrants", "warrant", 2, 15))
    again = rebuilt(Package.opened(run(file).file), WHEN).package.saved()
    sheet, (row, left) = typed(Package.opened(again), "securities.warrants.count")
    renamed_file = run(changed(again, {(sheet, (row, left - 2)): "Warrants of 2026"}), LATER).file
    assert [row[1:] for row in rows(renamed_file) if row[0] == LATER] == [
        ("Warrants, Name", where((sheet, (row, left - 2))), "Warrants", "Warrants of 2026")
    ]
    last = rebuilt(Package.opened(renamed_file), LATER).package
    assert rows(last.saved()) == rows(renamed_file)
    assert run(last).added == 0


def test_a_row_as_built_that_is_cleared_is_logged_with_its_contents(small: bytes) -> None:
    package = Package.opened(small)
    sheet, (top, left), (last, right) = areas(package)["Securities"]
    page = package.sheets[sheet]
    (row,) = (r for r in range(top, last + 1) if page.value((r, left)) == "RSUs")
    edits = {(sheet, (row, column)): None for column in range(left, right + 1)}
    log = rows(run(changed(small, edits)).file)
    assert [(label, old, new) for _, label, _, old, new in log] == [
        ("RSUs", "row as built", "row removed"),
        ("RSUs, Name", "RSUs", "blank"),
        ("RSUs, Type", "rsu", "blank"),
        ("RSUs, Count", 3, "blank"),
    ]


def test_inputs_of_the_same_name_have_their_paths(finished: bytes) -> None:
    sheet, (row, left) = typed(Package.opened(finished), "tables.facts.series_g_press")
    at = sheet, (row, left + 2)
    ((_, *found),) = rows(run(changed(finished, {at: 1150})).file)
    assert found == ["Series G, Value (tables.facts.series_g_press.value)", where(at), 1100, 1150]


# What stays ---------------------------------------------------------------------------------------


def test_nothing_else_of_the_file_changes(small: bytes, cells: Cells) -> None:
    edited = changed(small, {cells[PRICE]: 30})
    done = recalculate(edited)
    file = logged(edited, done.file, lambda: inputs_of(edited, done.evaluation), WHEN).file
    before, after = parts(done.file), parts(file)
    assert [*before] == [*after]
    (part,) = (name for name in before if before[name] != after[name])
    assert part == edited.sheets[TITLE].part
    added = re.compile(rb'<c r="[A-E]7"[^>]*>.*?</c>')
    assert len(added.findall(after[part])) == 5
    row = re.compile(rb'<row r="7"([^>]*?)(?:/>|>.*?</row>)')
    assert row.sub(b"", added.sub(b"", after[part])) == row.sub(b"", before[part])


def through_openpyxl(file: bytes) -> bytes:
    return saved(openpyxl.load_workbook(io.BytesIO(file)))


def test_a_log_that_calc_has_saved_is_continued(
    calc: Calc, small: bytes, cells: Cells, tmp_path: Path
) -> None:
    """Calc has columns inserted before and within it, and the sheet renamed."""
    dated = {cells[PRICE]: 30, cells["company.valuation_date"]: date(2026, 6, 1)}
    first = run(changed(small, dated)).file
    assert gate.structure(first) == []
    assert open_xml.findings(first, tmp_path) == []
    calc.open(first)
    calc.change({cells[PRICE]: 31.0, cells[STRIKE]: 12.0})
    calc.edit("insert", TITLE, "columns", 1, 1)
    calc.edit("insert", TITLE, "columns", 4, 1)
    calc.edit("rename", TITLE, "Log")
    file = run(calc.xlsx(), LATER).file
    page = openpyxl.load_workbook(io.BytesIO(file))["Log"]
    found = [[page.cell(row, column) for column in (2, 3, 5, 6, 7)] for row in range(7, 12)]
    assert [[cell.value for cell in row] for row in found] == [
        [WHEN, "Valuation date", "Inputs!D9", datetime(2026, 5, 13), datetime(2026, 6, 1)],
        [WHEN, "Share price", "Inputs!D11", 20, 30],
        [LATER, "Share price", "Inputs!D11", 30, 31],
        [LATER, "Employee options, Strike", "Inputs!F25", 10, 12],
        [None] * 5,
    ]
    assert found[2][0].number_format == found[1][0].number_format
    assert found[2][4].number_format == "General"
    assert report(file).faults == []


@every_case
def test_a_built_workbook_has_nothing_to_log(name: str) -> None:
    package = Package.opened(built_case(name))
    assert unlogged(inputs_of(package, Evaluation.as_cached(package)), {}) == []


@pytest.mark.parametrize("program", [through_openpyxl, prefixed])
def test_a_file_of_another_program_is_logged_on(
    small: bytes, cells: Cells, program: Callable[[bytes], bytes]
) -> None:
    first = program(run(changed(small, {cells[PRICE]: 30})).file)
    second = run(program(changed(first, {cells[STRIKE]: "=5*2"}).saved()), LATER).file
    assert rows(second) == [
        (WHEN, "Share price", where(cells[PRICE]), 20, 30),
        (LATER, "Employee options, Strike", where(cells[STRIKE]), 10, "=5*2"),
    ]
    page = openpyxl.load_workbook(io.BytesIO(second))[TITLE]
    assert [page.cell(8, column).number_format for column in (1, 4, 5)] == [
        "d mmm yyyy hh:mm", "General", "General"
    ]  # fmt: skip
    assert page["E8"].quotePrefix


def test_the_reader_may_delete_rows_and_type_notes(small: bytes, cells: Cells) -> None:
    edits = {cells[PRICE]: 30, cells[STRIKE]: 12}
    book = openpyxl.load_workbook(io.BytesIO(run(changed(small, edits)).file))
    page = book[TITLE]
    # All rows that have the formats, and the sentence with them.
    for row in range(6, 9):
        for column in range(1, 6):
            del page._cells[row, column]
    page["G7"], page["B20"] = "Agreed with the board", "Reviewed"
    file = run(saved(book), LATER).file
    assert report(file).faults == [f"{TITLE}!A6: is empty, and '{SENTENCE}' belongs there"]
    page = openpyxl.load_workbook(io.BytesIO(file))[TITLE]
    assert [page.cell(row, 2).value for row in (20, 21, 22, 23)] == [
        "Reviewed", "Share price", "Employee options, Strike", None
    ]  # fmt: skip
    assert page["G7"].value == "Agreed with the board"
    assert (page["A21"].value, page["A21"].is_date) == (LATER, True)


def test_a_log_longer_than_the_room_before_the_keys(small: bytes, cells: Cells) -> None:
    file = small
    entries = [(WHEN, "Share price", "Inputs!D11", 20.0, float(n)) for n in range(99)]
    edits = {(TITLE, (7 + i, 1 + j)): v for i, e in enumerate(entries) for j, v in enumerate(e)}
    file = run(changed(changed(file, edits).saved(), {cells[PRICE]: 7}), LATER).file
    page = openpyxl.load_workbook(io.BytesIO(file))[TITLE]
    assert str(page["DA106"].value).startswith(f"Keys of {TITLE}, edition ")
    assert [cell.value for cell in page[107]][:5] == [LATER, "Share price", "Inputs!D11", 98, 7]
    assert report(file).faults == []
    again = rebuilt(Package.opened(file), LATER).package
    assert again.sheets[TITLE].value((107, 5)) == 7
    assert run(again).added == 0


# Without a log ------------------------------------------------------------------------------------


def without_sheet(file: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(file))
    del book[TITLE]
    return saved(book)


def test_a_deleted_sheet_is_named_and_written_again(
    small: bytes, cells: Cells, offtake: Command
) -> None:
    file = offtake.folder / "acme.xlsx"
    file.write_bytes(without_sheet(changed(small, {cells[PRICE]: 30}).saved()))
    why = "the sheet Changes is missing; `offtake build --from` restores it."
    sentence = f"{NOT_KEPT}: {why}"
    ran = offtake("recalc", file)
    assert ran.code == 0 and sentence in ran.out
    ran = offtake("pull", file, "-o", "new.toml")
    assert ran.code == 0 and sentence in ran.out
    assert "Changes!A1: is missing" in offtake("check", file).out
    ran = offtake("build", "--from", file, "-o", "new.xlsx")
    assert ran.code == 0
    new = (offtake.folder / "new.xlsx").read_bytes()
    assert [row[1:] for row in rows(new)] == [("Share price", where(cells[PRICE]), 20, 30)]


def test_a_renamed_header_loses_nothing(small: bytes, cells: Cells) -> None:
    first = run(changed(small, {cells[PRICE]: 30})).file
    package = changed(first, {(TITLE, (5, 4)): "Was", cells[PRICE]: 31})
    done = run(package)
    assert done.added == 0
    assert done.note == f"{NOT_KEPT}: Changes!D5 holds 'Was', and the header Old belongs there."
    assert done.file == recalculate(package).file
    found = rebuilt(Package.opened(done.file), LATER)
    assert rows(found.package.saved()) == [(WHEN, "Share price", where(cells[PRICE]), 20, 30)]
    assert found.left == [done.note,
                          "Changes!D5: 'Was' would replace 'Old'"]  # fmt: skip
    # With the header, the log is kept again.
    log = rows(run(found.package, LATER).file)
    assert log[1:] == [(LATER, "Share price", where(cells[PRICE]), 30, 31)]


def test_an_input_that_no_case_may_have_is_named(small: bytes, cells: Cells) -> None:
    done = run(changed(small, {cells["cost_of_capital.beta"]: "high"}))
    at = where(cells["cost_of_capital.beta"])
    assert done.added == 0
    assert done.note == f"{NOT_KEPT}: {at}: Beta must be a number, not 'high'."


# The commands -------------------------------------------------------------------------------------


def test_recalc_writes_the_log_with_the_values(
    small: bytes, cells: Cells, offtake: Command
) -> None:
    file = offtake.folder / "acme.xlsx"
    file.write_bytes(changed(small, {cells[PRICE]: 30}).saved())
    ran = offtake("recalc", file)
    assert ran.code == 0
    assert "Logged 1 change on the sheet Changes.\n" in ran.out
    now = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC).replace(tzinfo=None)
    after = file.read_bytes()
    assert rows(after) == [(now, "Share price", where(cells[PRICE]), 20, 30)]
    assert "left as it is" in offtake("recalc", file).out
    assert file.read_bytes() == after


def test_pull_adds_to_the_log_and_nothing_else(
    small: bytes, cells: Cells, offtake: Command
) -> None:
    file, case = offtake.folder / "acme.xlsx", offtake.folder / "acme.toml"
    file.write_bytes(before := changed(small, {cells[PRICE]: 30}).saved())
    case.write_text(CASE.text)
    ran = offtake("pull", file, "--into", case)
    assert ran.code == 0 and "Logged 1 change on the sheet Changes.\n" in ran.out
    assert "share = { value = 30" in case.read_text()
    old, new = parts(before), parts(file.read_bytes())
    part = Package.opened(small).sheets[TITLE].part
    assert [name for name in old if old[name] != new[name]] == [part]
    assert [row[1:] for row in rows(file.read_bytes())] == [
        ("Share price", where(cells[PRICE]), 20, 30)
    ]
    after = file.read_bytes()
    assert offtake("pull", file, "--into", case).code == 0
    assert file.read_bytes() == after


@pytest.mark.parametrize(
    ("lock", "why"),
    [("", "it is read-only."), ("~$acme.xlsx", "it is open in a spreadsheet, as ~$acme.xlsx says"),
     (".~lock.acme.xlsx#", "it is open in a spreadsheet, as .~lock.acme.xlsx# says")],
)  # fmt: skip
def test_pull_succeeds_without_the_log_where_the_file_cannot_be_written(
    small: bytes, cells: Cells, offtake: Command, lock: str, why: str
) -> None:
    file = offtake.folder / "acme.xlsx"
    file.write_bytes(before := changed(small, {cells[PRICE]: 30}).saved())
    if lock:
        (offtake.folder / lock).touch()
    else:
        file.chmod(0o444)
    ran = offtake("pull", file, "-o", "new.toml")
    assert ran.code == 0
    assert f"{NOT_KEPT}: {file} cannot be written: {why}" in ran.out
    assert "Logged" not in ran.out
    assert file.read_bytes() == before
    assert "share = { value = 30" in (offtake.folder / "new.toml").read_text()


def test_a_rebuild_carries_the_log_and_adds_to_it(
    small: bytes, cells: Cells, offtake: Command
) -> None:
    dated = {cells[PRICE]: 30, cells["company.valuation_date"]: date(2026, 6, 1)}
    first = run(changed(small, dated))
    file = offtake.folder / "acme.xlsx"
    edits = {cells[STRIKE]: 12, (TITLE, (7, 7)): "As agreed"}
    file.write_bytes(changed(first.file, edits).saved())
    ran = offtake("build", "--from", file, "-o", "new.xlsx")
    assert ran.code == 0 and "2 logged changes" in ran.out
    new = (offtake.folder / "new.xlsx").read_bytes()
    before = rows(first.file)
    assert len(before) == 2
    assert rows(new)[:2] == before
    assert [row[1:] for row in rows(new)[2:]] == [
        ("Employee options, Strike", where(cells[STRIKE]), 10, 12)
    ]
    page = openpyxl.load_workbook(io.BytesIO(new))[TITLE]
    assert page["G7"].value == "As agreed"
    assert {page.cell(7 + i, 4).number_format for i, row in enumerate(before)
            if isinstance(row[3], datetime)} == {"d mmm yyyy"}  # fmt: skip
    assert report(new).faults == []
    assert run(new).file == new
    # The case is that of now, and no change of it is logged twice.
    assert rows(rebuilt(Package.opened(new), LATER).package.saved()) == rows(new)


def test_an_unedited_file_is_built_with_the_same_bytes(small: bytes) -> None:
    day = datetime.combine(status.today(), datetime.min.time())
    assert rebuilt(Package.opened(small), day).package.saved() == small


def test_diff_compares_no_logs_and_values_keeps_one(small: bytes, cells: Cells) -> None:
    edited = changed(small, {cells[PRICE]: 30}).saved()
    file = run(edited).file
    one, other = (of_workbook(name, Package.opened(f))
                  for name, f in (("one", recalculate(edited).file), ("other", file)))  # fmt: skip
    assert not difference(one, other)
    kept = rows(values_only(file, DAY).file)
    assert kept == rows(file)
    assert [row[1] for row in kept] == ["Share price"]
