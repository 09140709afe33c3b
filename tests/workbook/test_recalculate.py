"""Does `offtake recalc` write the values that a workbook's formulas have, and nothing else?

Oracles: the model, which values the changed case; a workbook built from the changed case; and the
file before, of which only values may differ.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator

import openpyxl
import pytest
from cases import stated
from command import Command
from in_parts import changed, renamed, typed
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from small_package import altered, parts, prefixed, saved, zipped
from working_copy import CASE

from model import valuation
from model.case import case
from model.case.case import Case
from workbook import template
from workbook.edits.recalculate import recalculate
from workbook.package.cells import ErrorValue, Values
from workbook.package.package import Package
from workbook.package.values import with_values
from workbook.status import is_as_built

PRICE = 200.0


@pytest.fixture(scope="module")
def dearer() -> Case:
    """Return the case at another price."""
    tree = stated(CASE)
    tree["offer"]["price"]["value"] = PRICE
    return case.typed(tree)


@pytest.fixture(scope="module")
def edited(built: bytes) -> bytes:
    """Return its workbook with that price typed, and the values of before."""
    at = typed(Package.opened(built), "offer.price")
    return changed(built, {at: PRICE}).saved()


@pytest.fixture(scope="module")
def expected(dearer: Case) -> Values:
    """Return all values of a workbook that is built at that price."""
    return without_line(Package.opened(template.build(dearer)).cached)


def without_line(values: Values) -> Values:
    """Return values without the line that says whether they are those of the build."""
    found = {}
    for sheet, of_sheet in values.items():
        lines = [
            at
            for at, value in of_sheet.items()
            if is_as_built(at, value) or str(value).startswith("All ")
        ]
        found[sheet] = {at: value for at, value in of_sheet.items() if at not in lines}
    return found


def held(file: bytes) -> Values:
    return without_line(Package.opened(file).cached)


# The values --------------------------------------------------------------------------------------


def test_the_values_are_those_of_a_workbook_that_is_built_so(
    edited: bytes, expected: Values
) -> None:
    done = recalculate(edited)
    assert done.evaluation.left == {}
    assert held(done.file) == expected
    assert str(Package.opened(done.file).cached["Dashboard"][3, 1]).startswith("All ")


def test_the_value_per_share_is_the_models(edited: bytes, dearer: Case) -> None:
    before, after = valuation.value(CASE), valuation.value(dearer)
    shown = {result.label: result for result in recalculate(edited).results}
    value = shown["Value per share"]
    assert (value.before, value.after) == (before.value_per_share, after.value_per_share)
    assert before.value_per_share != after.value_per_share
    market = shown["Market value: treasury stock method"]
    assert market.before == pytest.approx(before.market_caps["treasury"][0], rel=1e-12)
    assert market.after == pytest.approx(after.market_caps["treasury"][0], rel=1e-12)
    assert shown["Cost of capital"].after == pytest.approx(after.wacc, rel=1e-12)
    assert shown["Enterprise value"].after == float(after.result.enterprise_value)


def as_openpyxl_saves(file: bytes) -> bytes:
    return saved(openpyxl.load_workbook(io.BytesIO(file)))


def without_cells(file: bytes) -> bytes:
    """Leave out the cells that arrays fill and have no style, with rows that get empty."""
    package = Package.opened(file)
    found = dict(package.parts)
    for sheet in package.sheets.values():
        fills = {at for at in sheet.filled if at not in sheet.formulas}
        for at in fills:
            pattern = rb'<c r="%b"(?:[^>]*/>|[^>]*>.*?</c>)' % _address(at)
            found[sheet.part] = re.sub(pattern, b"", found[sheet.part], count=1)
        found[sheet.part] = re.sub(rb"<row [^>]*></row>", b"", found[sheet.part])
    return zipped([*found.items()])


def _address(at: tuple[int, int]) -> bytes:
    from workbook.package.cells import address

    return address(*at).encode()


@pytest.mark.parametrize("change", [as_openpyxl_saves, prefixed, without_cells])
def test_a_file_of_another_program_gets_the_same_values(
    edited: bytes, expected: Values, change: Callable[[bytes], bytes]
) -> None:
    file = change(edited)
    done = recalculate(file)
    assert held(done.file) == expected
    assert recalculate(done.file).changed == 0
    for name, before, after in sheets(file, done.file):
        assert values_out(before) == values_out(after), name


# All else ----------------------------------------------------------------------------------------


def sheets(before: bytes, after: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the sheets, after all other parts have been found to be the same, in their order."""
    old, new = parts(before), parts(after)
    assert [*old] == [*new]
    for name in old:
        if name.startswith("xl/worksheets/sheet"):
            yield name, old[name], new[name]
        else:
            assert old[name] == new[name], name


def values_out(sheet: bytes) -> bytes:
    """Take the values of all cells out of a sheet, with cells that have nothing else."""
    inside = re.sub(rb"<((?:\w+:)?(?:v|is))(?:\s[^>]*?)?(?:/>|>.*?</\1>)", b"", sheet)
    inside = re.sub(rb'(<(?:\w+:)?c\b[^>]*?) t="\w+"', rb"\1", inside)
    inside = re.sub(rb"<((?:\w+:)?c)( [^>]*?) ?/>", rb"<\1\2></\1>", inside)
    inside = re.sub(rb'<((?:\w+:)?c) r="\w+"></\1>', b"", inside)
    return re.sub(rb'<((?:\w+:)?row) r="\d+"></\1>', b"", inside)


def test_nothing_but_values_changes(edited: bytes) -> None:
    done = recalculate(edited)
    different = [name for name, old, new in sheets(edited, done.file) if old != new]
    assert len(different) > 5
    for name, before, after in sheets(edited, done.file):
        assert values_out(before) == values_out(after), name
    # Each changed value is in the file once, where the one before was.
    assert 100 < done.changed < 4000


def test_the_archive_stays_as_it_is(edited: bytes) -> None:
    file = zipped_with_dates(edited)
    before, after = (zipfile.ZipFile(io.BytesIO(f)) for f in (file, recalculate(file).file))
    for old, new in zip(before.infolist(), after.infolist(), strict=True):
        assert (old.filename, old.date_time, old.compress_type) == (
            new.filename, new.date_time, new.compress_type,
        )  # fmt: skip


def zipped_with_dates(file: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, (name, content) in enumerate(parts(file).items()):
            entry = zipfile.ZipInfo(name, (2026, 5, 1 + number % 28, 12, 0, 0))
            entry.compress_type = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[number % 2]
            archive.writestr(entry, content)
    return made.getvalue()


def test_values_are_written_wherever_cells_are_missing() -> None:
    """Rows without numbers, an empty row, other quotation marks, a prefix, what looks like cells.

    The value of a cell without one is taken out; what a cell has after its value stays.
    """
    sheet = (
        b'<?xml version="1.0"?><x:worksheet xmlns:x="m"><x:cols><x:c/></x:cols><x:sheetData>'
        b'<!-- <x:c r="A1"/> --><x:row r="2" spans="1:2">'
        b"<x:c r='A2' t='s' s='7' cm='1' vm='1'><x:f>B2&gt;\"<\"</x:f><x:v>1</x:v><x:extLst/></x:c>"
        b'<x:c r="C2" t="n"/></x:row><x:row r="5" ht="3"/>'
        b'<x:row><x:c t="b"><x:f/><x:v>1</x:v></x:c>'
        b'<x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row></x:sheetData>'
        b'<x:extLst><x:c r="A2"><x:v>9</x:v></x:c></x:extLst></x:worksheet>'
    )
    sheet = sheet.replace(b'"<"', b'"a"')
    values = {
        (1, 2): ("n", "1"), (2, 1): ("b", "1"), (2, 2): ("str", " a&b"), (2, 3): ("n", "3"),
        (3, 1): ("", ""), (4, 1): ("e", "#N/A"), (5, 2): ("n", "5"), (6, 1): ("", ""),
        (6, 2): ("str", ""), (9, 9): ("n", "9"),
    }  # fmt: skip
    assert with_values(sheet, values).decode() == (
        '<?xml version="1.0"?><x:worksheet xmlns:x="m"><x:cols><x:c/></x:cols><x:sheetData>'
        '<!-- <x:c r="A1"/> --><x:row r="1"><x:c r="B1"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="2" spans="1:2">'
        "<x:c r='A2' t='b' s='7' cm='1'><x:f>B2&gt;\"a\"</x:f><x:v>1</x:v><x:extLst/></x:c>"
        '<x:c r="B2" t="str"><x:v xml:space="preserve"> a&amp;b</x:v></x:c>'
        '<x:c r="C2" t="n"><x:v>3</x:v></x:c></x:row>'
        '<x:row r="4"><x:c r="A4" t="e"><x:v>#N/A</x:v></x:c></x:row>'
        '<x:row r="5" ht="3"><x:c r="B5"><x:v>5</x:v></x:c></x:row>'
        '<x:row><x:c><x:f/></x:c><x:c t="str"><x:v></x:v></x:c></x:row>'
        '<x:row r="9"><x:c r="I9"><x:v>9</x:v></x:c></x:row></x:sheetData>'
        '<x:extLst><x:c r="A2"><x:v>9</x:v></x:c></x:extLst></x:worksheet>'
    )


def test_a_sheet_without_rows_gets_them() -> None:
    assert with_values(b"<a><sheetData/></a>", {(1, 1): ("n", "1")}) == (
        b'<a><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></a>'
    )


# What users do -----------------------------------------------------------------------------------


def small(**formulas: str | ArrayFormula) -> bytes:
    """Make a workbook with the names of a built one, and a valuation that was moved."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Renamed"
    for row, (label, value) in enumerate(
        [("Line", "Value"), ("Value per share", "=B1*3"), ("Enterprise value", "=1/0")], 7
    ):
        sheet.cell(row, 4, label)
        sheet.cell(row, 5, value)
    sheet["B1"], sheet["B2"] = 25, 0.1
    for name, area in {"Drivers": "$A$1", "Securities": "$A$2", "Valuation": "$D$7:$E$9",
                       "Wacc": "$B$2"}.items():  # fmt: skip
        book.defined_names[name] = DefinedName(name, attr_text=f"Renamed!{area}")
    for cell, formula in formulas.items():
        sheet[cell] = formula
    return saved(book)


def test_key_results_are_found_by_their_names() -> None:
    found = recalculate(small()).results
    assert [(r.label, r.before, r.after) for r in found] == [
        ("Cost of capital", 0.1, 0.1),
        ("Enterprise value", None, ErrorValue("#DIV/0!")),
        ("Value per share", None, 75.0),
    ]


def test_each_kind_of_value_is_written() -> None:
    file = small(
        A1="=1/4", A2='="a<b "', A3="=2>1", A4="=NA()", A5='=""', F1=ArrayFormula("F1:G2", "=B1:C2")
    )
    values = Package.opened(recalculate(file).file).cached["Renamed"]
    assert {at: value for at, value in values.items() if at[1] in (1, 6, 7)} == {
        (1, 1): 0.25, (2, 1): "a<b ", (3, 1): True, (4, 1): ErrorValue("#N/A"), (5, 1): "",
        (1, 6): 25.0, (1, 7): 0.0, (2, 6): 0.1, (2, 7): 0.0,
    }  # fmt: skip


def test_an_input_may_be_a_formula(built: bytes, edited: bytes, expected: Values) -> None:
    at = typed(Package.opened(built), "offer.price")
    found = held(recalculate(changed(edited, {at: "=150+50"}).saved()).file)
    assert found[at[0]].pop(at[1]) == PRICE
    assert found == expected


def test_sheets_may_be_renamed(edited: bytes, expected: Values) -> None:
    names = {"DCF": "Worth", "Sources": "Where from", "Inputs": "Typed"}
    found = parts(edited)
    for old, new in names.items():
        found = {
            name: part.replace(f"'{old}'!".encode(), f"'{new}'!".encode())
            .replace(f' name="{old}"'.encode(), f' name="{new}"'.encode())
            for name, part in found.items()
        }  # fmt: skip
    done = recalculate(zipped([*found.items()]))
    shown = {result.label: result.after for result in done.results}
    assert shown["Value per share"] == recalculate(edited).results[-1].after
    assert "Shares: treasury stock method" in shown
    assert held(done.file)["Worth"].keys() == expected["DCF"].keys()


def with_foreign(file: bytes) -> bytes:
    """Add cells of one's own below the dashboard; the first has 5 in the file."""
    own = {
        (900, 1): "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)(2)",
        (901, 1): "=A900*2",
        (902, 1): "=A901+Wacc*0",
        (903, 1): "=NOSUCH(1)",
    }
    package = changed(file, {("Dashboard", at): formula for at, formula in own.items()})
    part = package.sheets["Dashboard"].part
    sheet = with_values(package.parts[part], {(900, 1): ("n", "5")})
    return zipped([*(package.parts | {part: sheet}).items()])


def test_what_cannot_be_evaluated_is_left_and_listed(
    offtake: Command, edited: bytes, expected: Values
) -> None:
    book = offtake.folder / "book.xlsx"
    book.write_bytes(with_foreign(edited))
    run = offtake("recalc", "book.xlsx")
    assert (run.code, run.err) == (1, "")
    assert [line for line in run.out.splitlines() if "A90" in line] == [
        "Left with its value: Dashboard!A900 calls LAMBDA, which the engine does not support: "
        "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)(2)",
        "  Cells that depend on it: 2; Dashboard!A901, Dashboard!A902",
    ]
    found = held(book.read_bytes())
    own = [found["Dashboard"].pop((row, 1)) for row in range(900, 904)]
    assert own == [5.0, 10.0, 10.0, ErrorValue("#NAME?")]
    assert found == expected


def test_the_command_shows_key_results_and_what_changed(
    offtake: Command, edited: bytes, dearer: Case
) -> None:
    book = offtake.folder / "book.xlsx"
    book.write_bytes(edited)
    book.chmod(0o640)
    done = recalculate(edited)
    run = offtake("recalc", "book.xlsx")
    assert (run.code, run.err) == (0, "")
    before, after = (valuation.value(c).value_per_share for c in (CASE, dearer))
    assert re.search(rf"Value per share +{before:.2f} +{after:.2f} +USD", run.out)
    cells = sum(map(len, Package.opened(edited).cached.values()))
    assert run.out.splitlines()[-1] == (
        f"{done.changed} of {cells} formula cells changed; wrote book.xlsx."
    )
    # And the log, on which the price is the only change.
    log = Package.opened(edited).sheets["Changes"].part
    new, expected = parts(book.read_bytes()), parts(done.file)
    assert [name for name in new if new[name] != expected[name]] == [log]
    assert book.stat().st_mode & 0o777 == 0o640
    assert [*offtake.folder.iterdir()] == [book]


def test_a_file_in_which_nothing_changes_is_not_written(offtake: Command, built: bytes) -> None:
    """Its line says that the values are those of the build, and they still are."""
    book = offtake.folder / "book.xlsx"
    book.write_bytes(built)
    stamp = book.stat().st_mtime_ns
    run = offtake("recalc", "book.xlsx")
    assert run.code == 0
    assert run.out.splitlines()[-1].endswith("cells changed; book.xlsx is left as it is.")
    assert (book.stat().st_mtime_ns, book.read_bytes()) == (stamp, built)


def test_a_workbook_with_macros_keeps_them(offtake: Command) -> None:
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    file = altered(small(), "[Content_Types].xml", plain, kind)
    macros = bytes(range(256))
    book = offtake.folder / "book.xlsm"
    book.write_bytes(zipped([*parts(file).items(), ("xl/vbaProject.bin", macros)]))
    assert offtake("recalc", "book.xlsm").code == 0
    assert parts(book.read_bytes())["xl/vbaProject.bin"] == macros
    assert Package.opened(book.read_bytes()).cached["Renamed"][8, 5] == 75.0


# What is refused ---------------------------------------------------------------------------------


def test_a_workbook_of_others_is_refused(offtake: Command) -> None:
    book = offtake.folder / "book.xlsx"
    openpyxl.Workbook().save(book)
    before = book.read_bytes()
    run = offtake("recalc", "book.xlsx")
    assert run.code == 2
    assert run.sentence == "workbook must have the name Drivers, as every built workbook has."
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "book.xlsx is empty, not an .xlsx, .xlsm or .ods workbook."),
        (
            b"no workbook",
            "book.xlsx is a text, such as a CSV file, not an .xlsx, .xlsm or .ods workbook.",
        ),
        (None, "book.xlsx is not a file."),
    ],
)
def test_what_is_no_workbook_is_refused(
    offtake: Command, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (offtake.folder / "book.xlsx").write_bytes(content)
    run = offtake("recalc", "book.xlsx")
    assert (run.code, run.sentence) == (2, sentence)


def test_a_workbook_whose_names_are_lost_has_no_key_results(built: bytes) -> None:
    lost = dict.fromkeys(("Valuation", "Wacc", "Cost_of_equity"), "#REF!")
    labels = {result.label for result in recalculate(renamed(built, lost).saved()).results}
    assert labels == {
        f"{of}: {method}"
        for of in ("Shares", "Market value")
        for method in (
            "common stock alone", "treasury stock method", "all options and warrants in full",
        )
    }  # fmt: skip
