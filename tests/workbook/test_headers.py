"""Does a changed header of an input table stop every command, with its cell, and nothing written?

What a column means would be a guess. The oracle is the header as built.
"""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from command import Command
from in_parts import areas, changed
from working_copy import CASE

from workbook.package.cells import Place, address
from workbook.package.package import Package
from workbook.template.sheets.inputs.scenario import LIVE, TYPED


def header(built: bytes, table: str, place: int) -> tuple[str, Place]:
    """Return the cell of a header of a table, counted from 0."""
    found = areas(Package.opened(built))
    title, (top, left), _ = found.get(table, found[LIVE])
    return title, (top, left + place)


@pytest.mark.parametrize(
    ("table", "place", "new", "there"),
    [
        ("Securities", 3, "Strke", "holds 'Strke', and the header Strike of the table Securities"),
        ("Securities", 0, None, "is empty, and the header Security of the table Securities"),
        (TYPED, 1, "Amount", f"holds 'Amount', and the header Value of the table {LIVE}"),
    ],
)
def test_a_renamed_header_stops_every_command(
    offtake: Command, built: bytes, table: str, place: int, new: Any, there: str
) -> None:
    sheet, at = header(built, table, place)
    file, case = offtake.folder / "book.xlsx", offtake.folder / "own.toml"
    file.write_bytes(changed(built, {(sheet, at): new}).saved())
    case.write_text(CASE.text)
    before = file.read_bytes()
    run = offtake("check", file)
    assert run.code == 1
    assert f"{sheet}!{address(*at)}: {there} belongs there" in run.out.splitlines()
    for command in (("recalc", file), ("pull", file, "--into", case)):
        run = offtake(*command)
        assert (run.code, run.sentence) == (2, f"{sheet}!{address(*at)} {there} belongs there.")
    assert file.read_bytes() == before
    assert case.read_text() == CASE.text


def test_functions_read_headers_in_any_case(offtake: Command, built: bytes) -> None:
    (offtake.folder / "book.xlsx").write_bytes(
        changed(built, {header(built, "Securities", 3): " STRIKE "}).saved()
    )
    run = offtake("check", "book.xlsx")
    assert (run.code, run.err) == (0, "")


def test_an_unknown_driver_is_named_with_its_cell(offtake: Command, built: bytes) -> None:
    sheet, (top, left) = header(built, TYPED, 0)
    (offtake.folder / "book.xlsx").write_bytes(
        changed(built, {(sheet, (top + 3, left)): "My driver"}).saved()
    )
    run = offtake("check", "book.xlsx")
    assert run.code == 1
    assert run.out.splitlines()[0] == (
        f"{sheet}!{address(top + 3, left)}: drivers must hold known drivers only, "
        "not 'my_driver' in row 4"
    )


def test_days_counted_from_1904_are_named(offtake: Command, built: bytes) -> None:
    """Every date of the workbook would be another one in Excel."""
    package = Package.opened(built)
    properties = package.edited("xl/workbook.xml").find("workbookPr")
    assert properties is not None
    properties.set("date1904", "1")
    file = package.saved()
    (offtake.folder / "book.xlsx").write_bytes(file)
    (offtake.folder / "own.toml").write_text(CASE.text)
    says = "workbook must use the 1900 date system, as built, not 1904; "
    run = offtake("check", "book.xlsx")
    assert run.code == 1
    assert run.out.splitlines()[0].startswith(f"Inputs!A1: {says}")
    for command in (("recalc", "book.xlsx"), ("pull", "book.xlsx", "--into", "own.toml")):
        run = offtake(*command)
        assert run.code == 2
        assert run.sentence.startswith(says)
    assert (offtake.folder / "book.xlsx").read_bytes() == file


@pytest.mark.parametrize("sheet", ["Inputs", "Sources"])
def test_a_deleted_input_sheet_is_a_finding_and_stops_the_rest(
    offtake: Command, built: bytes, sheet: str
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(built))
    del book[sheet]
    file = offtake.folder / "book.xlsx"
    book.save(file)
    before = file.read_bytes()
    (offtake.folder / "own.toml").write_text(CASE.text)
    run = offtake("check", "book.xlsx")
    assert run.code == 1
    assert f"{sheet}!A1: is missing" in run.out.splitlines()
    assert any("must have the sheets Inputs and Sources" in line for line in run.out.splitlines())
    for command in (
        ("recalc", "book.xlsx"),
        ("pull", "book.xlsx", "--into", "own.toml"),
        ("build", "--from", "book.xlsx"),
    ):
        run = offtake(*command)
        assert run.code == 2
        assert "must have the sheets Inputs and Sources" in run.sentence
    assert file.read_bytes() == before


def test_names_that_are_all_deleted_are_findings(offtake: Command, built: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(built))
    names = [*book.defined_names]
    for name in names:
        del book.defined_names[name]
    book.save(offtake.folder / "book.xlsx")
    run = offtake("check", "book.xlsx")
    assert run.code == 1
    for name in names:
        assert sum(f"the name {name} is missing" in line for line in run.out.splitlines()) == 1
