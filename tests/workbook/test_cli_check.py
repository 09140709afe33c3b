"""Does `offtake check` pass sound workbooks, and report each fault in a line?

Oracles: the model's own results, and workbooks that are spoilt on purpose.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from cases import stated
from command import Command
from in_parts import changed, typed
from working_copy import CASE

from model import valuation
from model.case.case import Case, load
from model.case.case import typed as typed_case
from model.case.tables import STATED
from workbook.package.cells import address
from workbook.package.kinds import NO_WORKBOOK
from workbook.package.package import Package

WHOLE = load("cerebras")


@pytest.fixture
def book(built: bytes, tmp_path: Path) -> Path:
    """Return the workbook without further sheets, as a file."""
    file = tmp_path / "book.xlsx"
    file.write_bytes(built)
    return file


def with_part(package: bytes, name: str, pattern: str, new: str) -> bytes:
    """Replace what a pattern finds in a part of a package, where it must occur once."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(made, "w") as archive:
        for part in old.namelist():
            text = old.read(part)
            if part == name:
                text, count = re.subn(pattern.encode(), new.encode(), text)
                assert count == 1, (part, count)
            archive.writestr(part, text)
    return made.getvalue()


def sheet_part(package: bytes, title: str) -> str:
    return Package.opened(package).sheets[title].part


def with_number(package: bytes, title: str, label: str, new: str) -> bytes:
    """Change the number to the right of a label, and nothing else: no value is recalculated."""
    page = Package.opened(package).sheets[title]
    after = [(row, column + 1) for row, column in page.cells if page.value((row, column)) == label]
    # A fact may have the name of the input that it is about; next to it is its kind.
    (at,) = (at for at in after if page.value(at) != STATED)
    there = f'(<c r="{address(*at)}"[^>]*>(?:<f>[^<]*</f>)?<v>)[^<]*'
    return with_part(package, page.part, there, rf"\g<1>{new}")


# check -------------------------------------------------------------------------------------------


def test_check_passes_the_built_workbook(offtake: Command, finished: bytes, book: Path) -> None:
    book.write_bytes(finished)
    run = offtake("check", book)
    assert (run.code, run.err) == (0, "")
    *warnings, summary = run.out.splitlines()
    assert warnings == [f"Warning: {sentence}" for sentence in valuation.value(WHOLE).warnings]
    assert re.fullmatch(
        r"\d{4,} formula cells evaluated, \d{3,} of them compared with the model: all agree\.",
        summary,
    )


def test_check_finds_a_cached_value_that_was_changed(
    offtake: Command, built: bytes, book: Path
) -> None:
    book.write_bytes(with_number(built, "Dashboard", "Value per share (USD)", "99"))
    run = offtake("check", book)
    assert run.code == 1
    fault, *warnings, summary = run.out.splitlines()
    assert all(line.startswith("Warning: ") for line in warnings)
    price = repr(valuation.value(CASE).value_per_share)[:12]
    assert re.match(rf"Dashboard!B\d+: the file holds 99\.0, its formula gives {price}", fault)
    assert summary.endswith("1 differ or fail.")


def test_check_finds_an_input_that_was_changed_without_calculation(
    offtake: Command, built: bytes, book: Path
) -> None:
    book.write_bytes(with_number(built, "Inputs", "Beta", "1.5"))
    run = offtake("check", book)
    assert run.code == 1
    *found, summary = run.out.splitlines()
    faults = found[: next(i for i, line in enumerate(found) if line.startswith("Warning: "))]
    assert any("DCF" in line for line in faults)
    # The model moves along.
    assert all("the file holds" in line or "more cells hold values" in line for line in faults)
    built_with, now = (valuation.value(case) for case in (CASE, dearer(CASE, 1.5)))
    assert re.search(r": [\d,]+ differ or fail\.$", summary)
    assert any(
        line.split()[:5] == ["Value", "per", "share", *(f"{v.value_per_share:,.2f}" for v in
                                                        (built_with, now))]
        for line in found
    )  # fmt: skip


def dearer(case: Case, beta: float) -> Case:
    """Return a case with another beta."""
    tree = stated(case)
    tree["cost_of_capital"]["beta"]["value"] = beta
    return typed_case(tree)


def test_check_warns_of_what_can_hardly_be_meant(
    offtake: Command, built: bytes, book: Path
) -> None:
    book.write_bytes(with_number(built, "Inputs", "Offer price", "1850"))
    *_, summary = found = offtake("check", book).out.splitlines()
    warnings = [line for line in found if line.startswith("Warning: ")]
    assert any("is far from offer.price of 1850" in line for line in warnings)
    assert summary not in warnings


def test_check_tells_an_input_that_no_case_may_have(
    offtake: Command, built: bytes, book: Path
) -> None:
    part = sheet_part(built, "Inputs")
    book.write_bytes(with_part(built, part, "<t>option</t>", "<t>optoin</t>"))
    run = offtake("check", book)
    assert run.code == 1
    assert re.match(r"Inputs!D\d+: Type must be one of 'common',", run.out)


def test_check_names_a_cost_that_was_cleared(offtake: Command, finished: bytes, book: Path) -> None:
    """A blank is no cost, which the model accepts, and the case states one."""
    driver = "OpenAI capacity/Other cost"
    page = Package.opened(finished).sheets["Inputs"]
    rows = {row for row, column in page.cells.keys() - set(page.filled) if column == 3}
    (row,) = (row for row in rows if page.value((row, 3)) == driver)
    cleared = {("Inputs", (row, column)): None for column in range(4, 15)}
    book.write_bytes(changed(finished, cleared).saved())
    run = offtake("check", book)
    assert run.code == 1
    sentence = f"Inputs: {driver} must be typed, because the case states it"
    assert sum(line.endswith(f"the check of its row fails: {sentence}")
               for line in run.out.splitlines()) == 1  # fmt: skip


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            "=100+85",
            "Inputs!D11: the file holds nothing, its formula gives 185.0",
        ),
        (None, "Inputs!D11: Offer price is empty"),
    ],
)
def test_check_tells_an_input_that_is_not_typed(
    offtake: Command, built: bytes, book: Path, value: str | None, sentence: str
) -> None:
    price = typed(Package.opened(built), "offer.price")
    assert price == ("Inputs", (11, 4))
    book.write_bytes(changed(built, {price: value}).saved())
    run = offtake("check", book)
    assert run.code == 1
    assert sentence in run.out.splitlines()


def test_check_finds_a_formula_that_gives_an_error(
    offtake: Command, built: bytes, book: Path
) -> None:
    part = sheet_part(built, "Contracts and RPO")
    book.write_bytes(with_part(built, part, "<f>Opening_balance</f>", "<f>Opening_balance/0</f>"))
    run = offtake("check", book)
    assert run.code == 1
    holds, gives = run.out.splitlines()[:2]
    assert holds.endswith(": holds =Opening_balance/0, and =Opening_balance belongs there")
    assert gives.endswith("the file holds 24600.0, its formula gives #DIV/0!")


def test_check_tells_a_cell_that_cannot_be_evaluated(
    offtake: Command, built: bytes, book: Path
) -> None:
    # A longer schedule than the sheet has columns for.
    book.write_bytes(with_number(built, "Inputs", "Final month of the last band", "96"))
    run = offtake("check", book)
    assert run.code == 1
    assert run.err == ""
    assert re.search(
        r"^Contracts and RPO!D\d+: cannot be judged, because it gives .*, and its range .*: ",
        run.out,
        re.M,
    )


def test_check_ignores_a_persons_own_names(offtake: Command, built: bytes, book: Path) -> None:
    names = """
        <definedName name="Rate_x">0.05</definedName>
        <definedName name="Lost" hidden="1">#REF!</definedName>
        <definedName name="My_drivers" localSheetId="2">Inputs!$A:$A</definedName>
        <definedName name="My_shares">[1]!DILUTED_SHARES(185,Securities)</definedName>
        <definedName name="My_rate">[2]Rates!$A$1</definedName>"""
    named = with_part(built, "xl/workbook.xml", "</definedNames>", f"{names}</definedNames>")
    book.write_bytes(named)
    run = offtake("check", book)
    assert (run.code, run.err) == (0, "")


def test_check_tells_a_name_of_the_model_that_is_lost(
    offtake: Command, built: bytes, book: Path
) -> None:
    defined = r'(<definedName name="Forecast_lines">)[^<]*'
    book.write_bytes(with_part(built, "xl/workbook.xml", defined, r"\g<1>#REF!"))
    run = offtake("check", book)
    assert run.code == 1
    assert re.search(r"^DCF!D\d+: the name Forecast_lines is #REF!, and was 'DCF'", run.out, re.M)


def no_workbooks(finished: bytes) -> dict[str, bytes]:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    with zipfile.ZipFile(io.BytesIO(finished)) as archive:
        entry = archive.getinfo("xl/styles.xml")
    middle = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
    return {
        "empty": b"",
        "text": b"hello, this is no workbook\n",
        "cut short": finished[: len(finished) // 2],
        "one byte changed": finished[:middle]
        + bytes([finished[middle] ^ 0xFF])
        + finished[middle + 1 :],
        "another archive": other.getvalue(),
        "not well-formed": with_part(finished, "xl/workbook.xml", "</sheets>", "</sheet>"),
        **{f"without {part}": without_part(finished, part) for part in PARTS},
    }


#: Parts without which a package is no workbook (ECMA-376, part 1, 12.3 and part 2, 7.2.3).
PARTS = ("[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml")


def without_part(finished: bytes, part: str) -> bytes:
    rest = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(finished)) as held, zipfile.ZipFile(rest, "w") as archive:
        assert part in held.namelist()
        for name in held.namelist():
            if name != part:
                archive.writestr(name, held.read(name))
    return rest.getvalue()


#: What the command says of each, after the file.
SAID = {
    "empty": f" is empty, {NO_WORKBOOK}.",
    "text": f" is a text, such as a CSV file, {NO_WORKBOOK}.",
    "cut short": " is cut short: the list of its parts, with which a workbook ends, is missing.",
    "one byte changed": ": xl/styles.xml is damaged in the zip archive: it cannot be unpacked.",
    "another archive": f" is a Word document, {NO_WORKBOOK}.",
    "not well-formed": ": xl/workbook.xml is not well-formed XML: mismatched tag: line ",
    **{f"without {p}": f" has no part {p}, without which it cannot be read." for p in PARTS},
}


@pytest.mark.parametrize("kind", SAID)
def test_check_refuses_what_is_no_workbook(
    offtake: Command, finished: bytes, book: Path, kind: str
) -> None:
    book.write_bytes(no_workbooks(finished)[kind])
    run = offtake("check", book)
    assert run.code == 2
    assert run.sentence.startswith(f"{book}{SAID[kind]}")


def test_check_refuses_a_workbook_of_others(offtake: Command, book: Path) -> None:
    openpyxl.Workbook().save(book)
    run = offtake("check", book)
    assert run.code == 2
    assert run.sentence == "workbook calls no Offtake function, so there is nothing to check."


@pytest.mark.parametrize("name", ["nothing.xlsx", "."])
def test_check_refuses_what_is_no_file(offtake: Command, name: str) -> None:
    run = offtake("check", name)
    assert run.code == 2
    assert run.sentence == f"{name} is not a file."
