"""Is `offtake values` a copy that shows what the workbook shows, without what calculates it?

Oracles: openpyxl, which reads the values of both files; the file before, of which all that is no
formula stays; the model, for a workbook that was edited; a validator, and the rules of the gate.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import gate
import openpyxl
import pytest
from calc_comparison import built as built_case
from calc_comparison import every_case
from cases import stated
from command import Command
from gate.opened import Opened
from gate.package_rules import RULES as PACKAGE_RULES
from in_parts import changed, typed
from open_xml import findings
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table, TableFormula
from small_package import parts, saved, zipped
from test_links import TARGETS, linking, with_links
from working_copy import CASE

from model import valuation
from model.case import case
from model.case.case import load
from workbook import configuration
from workbook.edits.values_only import APART, values_only
from workbook.hosts.excel_files import macro_workbook
from workbook.hosts.lite import lite_workbook
from workbook.package.package import Package
from workbook.package.without_formulas import without_formulas

DAY = date(2026, 11, 30)
NOTE = "Values only, 30 November 2026. "
#: The cell above the master check.
ABOVE = "A2"


@pytest.fixture(scope="module")
def made(built: bytes) -> bytes:
    return values_only(built, DAY).file


def read(file: bytes, *, formulas: bool = False) -> Any:
    return openpyxl.load_workbook(io.BytesIO(file), data_only=not formulas)


def cells(file: bytes) -> Iterator[tuple[str, str, Any]]:
    """Yield the values of a file as openpyxl reads them, apart from the sheets that go."""
    for page in read(file):
        for row in page.iter_rows() if page.title not in APART else ():
            yield from ((page.title, c.coordinate, c.value) for c in row if c.value is not None)


# What it shows -----------------------------------------------------------------------------------


@every_case
def test_every_value_is_that_of_the_workbook(name: str, tmp_path: Path) -> None:
    file = built_case(name)
    copy = values_only(file, DAY)
    assert (copy.calculated, copy.errors, copy.evaluation.left) == (False, [], {})
    after = {(title, at): value for title, at, value in cells(copy.file)}
    for title, at, value in cells(file):
        expected = f"{NOTE}{value}" if at == ABOVE else value
        assert after.pop((title, at)) == expected, (title, at)
    assert after == {}
    before = Package.opened(file).formulas
    assert copy.count == sum(len(of) for title, of in before.items() if title not in APART) > 500
    assert not any(Package.opened(copy.file).formulas.values())
    assert b"<f" not in re.sub(rb"<f(?:orm|ont|ill)", b"", b"".join(sheets_data(copy.file)))
    assert findings(copy.file, tmp_path) == []
    assert gate.problems(copy.file, "copy.xlsx") == []


def sheets_data(file: bytes) -> Iterator[bytes]:
    for name, part in parts(file).items():
        if name.startswith("xl/worksheets/sheet"):
            yield part.partition(b"<sheetData")[2].partition(b"</sheetData>")[0]


def test_all_else_stays_as_it_is(built: bytes, made: bytes) -> None:
    """Styles, charts, comments, formats, validations, merged cells and print settings."""
    before, after = parts(built), parts(made)
    one, other = Package.opened(built), Package.opened(made)
    kept = {title: sheet.part for title, sheet in one.sheets.items() if title not in APART}
    assert {title: sheet.part for title, sheet in other.sheets.items()} == kept
    for name in kept.values():
        old, new = (re.split(rb"</?sheetData>", of[name]) for of in (before, after))
        assert (old[0], old[2]) == (new[0], new[2]), name
        # Cells without a formula, and where each cell is, with its style.
        shape = rb'<c r="\w+"(?: s="\d+")?'
        assert re.findall(shape, old[1]) == re.findall(shape, new[1])
    others = {
        name
        for name in before
        if name not in kept.values() and name in after and before[name] != after[name]
    }
    assert others == {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
    gone = {one.sheets[title].part for title in APART} | {"xl/metadata.xml"}
    assert before.keys() - after.keys() == gone
    assert after.keys() <= before.keys()
    names = {k: v for k, v in one.names.items() if v.partition("!")[0].strip("'") not in APART}
    assert other.names == names
    pages = read(made, formulas=True)
    for page in read(built, formulas=True):
        if page.title not in APART:
            assert pages[page.title].print_area == page.print_area
            assert pages[page.title].print_title_rows == page.print_title_rows
            assert pages[page.title].sheet_state == page.sheet_state


def test_the_line_says_what_it_said(built: bytes, made: bytes) -> None:
    lines = {page.title: page["A3"].value for page in read(built) if page.title not in APART}
    assert {page.title: page["A3"].value for page in read(made)} == lines
    assert all(line.startswith("Values as built on 13 May 2026") for line in lines.values())
    assert {page[ABOVE].value for page in read(made)} == {
        f"{NOTE}USD millions and millions of shares unless a unit says otherwise"
    }


def test_nothing_of_the_case_s_text_and_the_settings_is_left(finished: bytes) -> None:
    comment = next(line for line in load("cerebras").text.splitlines() if line.startswith("#"))
    made = values_only(finished, DAY).file
    for secret in (comment, configuration.UDF_MODULE):
        held = [secret.encode() in b"".join(parts(file).values()) for file in (finished, made)]
        assert held == [True, False], secret
    assert read(made).sheetnames == [n for n in read(finished).sheetnames if n not in APART]


# Files for other hosts ---------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["excel", "lite", "linked"])
def test_code_and_add_ins_are_gone(built: bytes, made: bytes, host: str, tmp_path: Path) -> None:
    if host == "excel":
        file = macro_workbook(built, "C:\\python.exe")
    else:
        file = lite_workbook(built) if host == "lite" else linking(built, 20)
    copy = values_only(file, DAY).file
    assert findings(copy, tmp_path) == []
    assert gate.structure(copy) == []
    assert parts(copy).keys() == parts(made).keys()
    assert [*cells(copy)] == [*cells(made)]
    assert b"macroEnabled" not in parts(copy)["[Content_Types].xml"]
    for word in (b"vba", b"offtake.xlam", b"webextension", b"externalReference"):
        assert not any(word in part for part in parts(copy).values()), word


# What users do -----------------------------------------------------------------------------------


def test_an_edited_workbook_gets_the_values_of_its_formulas(built: bytes) -> None:
    at = typed(Package.opened(built), "offer.price")
    copy = values_only(changed(built, {at: 200.0}).saved(), DAY)
    assert copy.calculated
    tree = stated(CASE)
    tree["offer"]["price"]["value"] = 200.0
    result = valuation.value(case.typed(tree))
    book = read(copy.file)
    assert book["Dashboard"]["B9"].value == result.value_per_share
    assert result.value_per_share != valuation.value(CASE).value_per_share
    assert book["Dashboard"]["A3"].value.startswith("All ")
    assert book["DCF"][ABOVE].value.startswith(NOTE)


def own() -> bytes:
    """Make a workbook with the names of a built one, and with whatever a user may add."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Mine"
    page["A1"], page["A2"], page["A3"] = 2.0, "=A1*2", '=" a "&"b"'
    page["A4"], page["A5"] = "=NA()", '=HYPERLINK("#Mine!A1","to the top")'
    page["A6"], page["A7"] = "=NOSUCH(1)", '=""'
    page["C1"] = ArrayFormula("C1:D2", "=A1:B2*1")
    page["A2"].comment = Comment("a comment", "me")
    for column, head in ((6, "One"), (7, "Two")):
        page.cell(1, column, head)
        page.cell(2, column, 1 if column == 6 else "=F2*2")
    table = Table(displayName="Own", ref="F1:G2")
    table._initialise_columns()
    table.tableColumns[0].name, table.tableColumns[1].name = "One", "Two"
    table.tableColumns[1].calculatedColumnFormula = TableFormula(attr_text="F2*2")
    page.add_table(table)
    hidden = book.create_sheet("Hidden")
    hidden["A1"] = "=Mine!A2"
    hidden.sheet_state = "veryHidden"
    settings = book.create_sheet(configuration.SHEET)
    settings["A1"] = "UDF Modules"
    settings.sheet_state = "hidden"
    last = book.create_sheet("LastCase")
    last["A1"] = "=1+1"
    last.print_title_rows = "1:1"
    book.active = 3
    for name, text in {"Drivers": "Mine!$A$1", "Securities": "Mine!$A$2", "Kept": "LastCase!$A$1",
                       "Settings": f"'{configuration.SHEET}'!$A$1"}.items():  # fmt: skip
        book.defined_names[name] = DefinedName(name, attr_text=text)
    return saved(book)


def test_what_users_add_stays_as_values(tmp_path: Path) -> None:
    copy = values_only(own(), DAY)
    assert (copy.count, copy.calculated, copy.evaluation.left) == (10, True, {})
    assert copy.errors == ["Mine!A4: holds #N/A", "Mine!A6: holds #NAME?"]
    book = read(copy.file)
    page = book["Mine"]
    assert [page[f"A{row}"].value for row in range(1, 8)] == [
        2, 4, " a b", "#N/A", "to the top", "#NAME?", None
    ]  # fmt: skip
    assert [[cell.value for cell in row] for row in page["C1:D2"]] == [[2, 0], [4, 0]]
    assert page["A2"].comment.text == "a comment"
    assert (page["G2"].value, page.tables["Own"].ref) == (2, "F1:G2")
    assert (book["Hidden"].sheet_state, book["Hidden"]["A1"].value) == ("veryHidden", 4)
    assert book.sheetnames == ["Mine", "Hidden", "LastCase"]
    assert (book.active.title, book["LastCase"].print_title_rows) == ("LastCase", "$1:$1")
    assert [*book.defined_names] == ["Drivers", "Securities", "Kept"]
    held = [b"calculatedColumnFormula" in b"".join(parts(f).values()) for f in (own(), copy.file)]
    assert held == [True, False]
    # openpyxl writes a font in another order than the schema's.
    assert findings(copy.file, tmp_path) == findings(own(), tmp_path)
    assert gate.structure(copy.file) == []


def test_a_link_that_something_still_reads_stays() -> None:
    """A name refers to another file; without it, the links go with the formulas."""
    linked = with_links(own(), ("rates.xlsx", "path"), TARGETS["no folder"])
    assert not any("externalLink" in part for part in parts(values_only(linked, DAY).file))
    name = b'<definedName name="Rate">[1]Rates!$A$1</definedName></definedNames>'
    held = parts(linked)
    held["xl/workbook.xml"] = held["xl/workbook.xml"].replace(b"</definedNames>", name)
    after = values_only(zipped([*held.items()]), DAY).file
    assert {p for p in parts(linked) if "externalLink" in p} <= parts(after).keys()
    before, now = (
        {line for rule in PACKAGE_RULES for line in rule.find(Opened([*parts(file).items()], ""))}
        for file in (zipped([*held.items()]), after)
    )
    assert now <= before


def test_other_metadata_and_the_calculation_chain(built: bytes) -> None:
    """What shows a picture in a cell needs the metadata; the chain of formulas needs nothing."""
    held = parts(built)
    page = Package.opened(built).sheets["Inputs"].part
    held[page] = held[page].replace(b'<c r="A1"', b'<c vm="1" r="A1"', 1)
    chain = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    chains = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    held["xl/calcChain.xml"] = b'<calcChain><c r="A2" i="1"/></calcChain>'
    for part, added in (
        ("[Content_Types].xml",
         f'<Override PartName="/xl/calcChain.xml" ContentType="{chain}"/></Types>'),
        ("xl/_rels/workbook.xml.rels",
         f'<Relationship Id="c" Type="{chains}" Target="calcChain.xml"/></Relationships>'),
    ):  # fmt: skip
        end = added[added.rindex("</") :].encode()
        held[part] = held[part].replace(end, added.encode())
    after = without_formulas(Package(held), APART)
    assert "xl/metadata.xml" in after
    assert b"sheetMetadata" in after["[Content_Types].xml"]
    assert b' cm="' not in b"".join(after.values())
    assert not any(b"calcChain" in part for part in after.values())
    assert "xl/calcChain.xml" not in after


def test_cells_as_other_programs_write_them() -> None:
    sheet = (
        b'<x:worksheet xmlns:x="m"><x:sheetData><!-- <x:c r="A1"><x:f>1</x:f> --><x:row r="1">'
        b"<x:c r='A1' t='str' cm='1'><x:f t='array' ref='A1:B1'>\"a>b\"</x:f><x:v>a</x:v></x:c>"
        b'<x:c r="B1" s="3"/><x:c r="C1" t="e" s="2"><x:f ca="1"/></x:c>'
        b'<x:c r="D1" t="s"><x:v>1</x:v></x:c></x:row></x:sheetData>'
        b"<x:f>kept</x:f></x:worksheet>"
    )
    start = b'<x xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="r">'
    held = {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": b'<R><R Id="1" Type="/officeDocument" Target="xl/workbook.xml"/></R>',
        "xl/workbook.xml": start + b'<sheets><sheet name="S" r:id="a"/></sheets></x>',
        "xl/_rels/workbook.xml.rels": b'<R><R Id="a" Type="r/worksheet" Target="s.xml"/></R>',
        "xl/s.xml": sheet,
    }
    assert without_formulas(Package(held), ())["xl/s.xml"].decode() == (
        '<x:worksheet xmlns:x="m"><x:sheetData><!-- <x:c r="A1"><x:f>1</x:f> --><x:row r="1">'
        "<x:c r='A1' t='str'><x:v>a</x:v></x:c>"
        '<x:c r="B1" s="3"/><x:c r="C1" s="2"/>'
        '<x:c r="D1" t="s"><x:v>1</x:v></x:c></x:row></x:sheetData>'
        "<x:f>kept</x:f></x:worksheet>"
    )


# The command -------------------------------------------------------------------------------------


def test_the_command_writes_next_to_the_file(offtake: Command, built: bytes) -> None:
    folder = offtake.folder / "deal"
    folder.mkdir()
    (folder / "book.xlsx").write_bytes(built)
    run = offtake("values", "deal/book.xlsx")
    assert (run.code, run.err) == (0, "")
    target = folder / "book-values.xlsx"
    count = values_only(built, DAY).count
    assert run.out == f"Wrote {Path('deal/book-values.xlsx')}: {count:,} formulas are now values.\n"
    assert (folder / "book.xlsx").read_bytes() == built
    before = target.read_bytes()
    run = offtake("values", "deal/book.xlsx")
    assert (run.code, run.sentence) == (
        2, f"{Path('deal/book-values.xlsx')} already exists; use --force to replace it."
    )  # fmt: skip
    target.write_bytes(b"mine")
    run = offtake("values", "deal/book.xlsx", "--force")
    kept = Path("deal/book-values.xlsx.bak")
    assert run.code == 0 and run.out.endswith(f"now values; {kept} is the file as it was.\n")
    assert target.read_bytes() == before
    assert (offtake.folder / kept).read_bytes() == b"mine"
    run = offtake("values", "deal/book.xlsx", "-o", "out.xlsx")
    assert (run.code, (offtake.folder / "out.xlsx").read_bytes()) == (0, before)


def test_what_cannot_be_evaluated_is_listed(offtake: Command, built: bytes) -> None:
    edited = changed(built, {("Dashboard", (900, 1)): "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)(2)"})
    (offtake.folder / "book.xlsx").write_bytes(edited.saved())
    run = offtake("values", "book.xlsx")
    assert (run.code, run.err) == (1, "")
    assert run.out.startswith("Left with its value: Dashboard!A900 calls LAMBDA, which")
    assert (
        read((offtake.folder / "book-values.xlsx").read_bytes())["Dashboard"]["A900"].value is None
    )


def test_refusals_are_one_sentence_and_write_nothing(
    offtake: Command, built: bytes, made: bytes
) -> None:
    folder = offtake.folder
    (folder / "book.xlsx").write_bytes(built)
    (folder / "copy.xlsx").write_bytes(made)
    (folder / "notes.xlsx").write_text("notes")
    (folder / "other.xlsx").write_bytes(saved(openpyxl.Workbook()))
    before = sorted(folder.iterdir())
    only = (
        "workbook has no formulas, only values, as `offtake values` writes them; use the workbook "
        "that the values are from."
    )
    for given, sentence in (
        (["values", "none.xlsx"], "none.xlsx is not a file."),
        (
            ["values", "notes.xlsx"],
            "notes.xlsx is a text, such as a CSV file, not an .xlsx, .xlsm or .ods workbook.",
        ),
        (["values", "other.xlsx"],
         "workbook must have the name Drivers, as every built workbook has."),
        (["values", "book.xlsx", "-o", "out.xlsm"],
         "The copy must be an .xlsx file, not 'out.xlsm'."),
        (["values", "book.xlsx", "-o", "book.xlsx", "--force"],
         "The copy must be a different file from book.xlsx, which has the formulas."),
        (["values", "book.xlsx", "-o", "none/out.xlsx"],
         "none/out.xlsx cannot be written: none is not a folder."),
        *((given, only) for given in (
            ["values", "copy.xlsx"], ["check", "copy.xlsx"], ["recalc", "copy.xlsx"],
            ["pull", "copy.xlsx", "-o", "new.toml"], ["diff", "copy.xlsx", "cerebras"],
            ["diff", "book.xlsx", "copy.xlsx"],
        )),
    ):  # fmt: skip
        run = offtake(*given)
        assert (run.code, run.sentence) == (2, sentence), given
    assert sorted(folder.iterdir()) == before
    assert (folder / "book.xlsx").read_bytes() == built
