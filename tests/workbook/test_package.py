"""Is a finished file what Excel would have written?

The oracles: Microsoft's Open XML SDK validator for the schema; openpyxl reading the values back;
and the bytes of the file before.
"""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import gate
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from open_xml import findings
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.formula import ArrayFormula
from small_package import OUTPUT, SHEET, VALUES, altered, made, parts, saved, zipped

from model.errors import InputError
from workbook.package.cells import ErrorValue, Formula, Values
from workbook.package.finish import finish
from workbook.package.package import Package

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def raw() -> bytes:
    return made()


@pytest.fixture(scope="module")
def finished(raw: bytes) -> bytes:
    return finish(raw, VALUES)


# The finished file -----------------------------------------------------------------------------


def test_the_open_xml_validator_finds_nothing(finished: bytes, tmp_path: Path) -> None:
    assert findings(finished, tmp_path) == []


def test_the_open_xml_validator_finds_what_finish_repairs(raw: bytes, tmp_path: Path) -> None:
    assert {f["path"] for f in findings(raw, tmp_path)} == {"/xl/styles.xml"}


def test_openpyxl_reads_every_cached_value(finished: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(finished), data_only=True)[OUTPUT]
    read = [[cell.value for cell in row] for row in sheet["A1:F4"]]
    assert read == [
        [200.0, None, None, None, None, None],
        [" a & b ", None, "Head", 0.1 + 0.2, None, None],
        [True, None, False, -1e-300, 1e22, "right"],
        ["#DIV/0!", None, "#VALUE!", "x", None, None],
    ]
    assert [sheet["A3"].data_type, sheet["A4"].data_type] == ["b", "e"]


def test_openpyxl_reads_the_formulas_as_before(raw: bytes, finished: bytes) -> None:
    def read(file: bytes) -> list[object]:
        sheet = openpyxl.load_workbook(io.BytesIO(file))[OUTPUT]
        array = sheet["C2"].value
        return [*(sheet[f"A{i}"].value for i in range(1, 5)), array.ref, array.text]

    assert read(finished) == read(raw)


def test_array_formulas_are_dynamic(finished: bytes) -> None:
    found = parts(finished)
    sheet = ElementTree.fromstring(found[SHEET])
    marked = [c.attrib["r"] for c in sheet.iter(f"{MAIN}c") if c.get("cm") == "1"]
    assert marked == ["C2"]
    assert b'<xda:dynamicArrayProperties fDynamic="1"' in found["xl/metadata.xml"]
    assert found["[Content_Types].xml"].count(b"/xl/metadata.xml") == 1
    assert found["xl/_rels/workbook.xml.rels"].count(b"/xl/metadata.xml") == 1


def test_a_workbook_without_arrays_gets_no_metadata() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "=1"
    file = finish(saved(book), {"Sheet": {(1, 1): 1.0}})
    assert "xl/metadata.xml" not in parts(file)
    assert gate.structure(file) == []


def test_filled_cells_stand_in_order_with_their_styles(raw: bytes, finished: bytes) -> None:
    data = ElementTree.fromstring(parts(finished)[SHEET]).find(f"{MAIN}sheetData")
    assert data is not None
    assert [[c.attrib["r"] for c in row] for row in data] == [
        ["A1"],
        ["A2", "C2", "D2", "E2"],
        ["A3", "C3", "D3", "E3", "F3"],
        ["A4", "C4", "D4", "E4"],
        ["A9"],
    ]
    before = openpyxl.load_workbook(io.BytesIO(raw))[OUTPUT]["D3"]
    after = openpyxl.load_workbook(io.BytesIO(finished))[OUTPUT]["D3"]
    assert after.fill.fgColor.rgb == before.fill.fgColor.rgb == "FFFFFF00"
    assert after.number_format == "0.00"


def test_rows_and_columns_that_were_not_there_are_created() -> None:
    book = openpyxl.Workbook()
    book.active["C3"] = ArrayFormula("C3:D5", "=F()")
    book.active["A7"] = "last"
    values: Values = {"Sheet": dict.fromkeys([(r, c) for r in (3, 4, 5) for c in (3, 4)], 1.0)}
    file = finish(saved(book), values)
    assert gate.structure(file) == []
    sheet = openpyxl.load_workbook(io.BytesIO(file), data_only=True).active
    assert [[c.value for c in row] for row in sheet["C3:D5"]] == [[1, 1]] * 3
    assert b'<dimension ref="A3:D7"' in parts(file)["xl/worksheets/sheet1.xml"]


def test_a_cell_without_content_has_no_type(raw: bytes, finished: bytes) -> None:
    def typed(file: bytes) -> dict[str, str | None]:
        sheets = [part for name, part in parts(file).items() if "worksheets/sheet" in name]
        every = [
            cell for sheet in sheets for cell in ElementTree.fromstring(sheet).iter(f"{MAIN}c")
        ]
        return {c.attrib["r"]: c.get("t") for c in every if len(c) == 0 or c.get("t") == "n"}

    # IronCalc, for one, reads an empty cell of a type as 0. B1 of Inputs holds a number.
    assert typed(raw) == {"D3": "n", "B1": "n"}
    assert typed(finished) == {"E4": None}


def test_fonts_are_the_same_fonts(raw: bytes, finished: bytes) -> None:
    before = openpyxl.load_workbook(io.BytesIO(raw))["Inputs"]["A1"].font
    after = openpyxl.load_workbook(io.BytesIO(finished))["Inputs"]["A1"].font
    assert repr(after) == repr(before)


def test_the_file_was_last_changed_when_it_was_made(finished: bytes) -> None:
    # openpyxl writes the moment of saving, by which two files of one case would differ.
    properties = openpyxl.load_workbook(io.BytesIO(finished)).properties
    assert properties.modified == properties.created


def test_all_other_parts_say_what_they_said(raw: bytes, finished: bytes) -> None:
    # In the canonical form of the W3C, two texts of the same content are one.
    before = {name: ElementTree.canonicalize(part) for name, part in parts(raw).items()}
    after = {name: ElementTree.canonicalize(part) for name, part in parts(finished).items()}
    # The moment of saving may be the one in which it was made.
    changed = {n for n in after if after[n] != before.get(n)} - {"docProps/core.xml"}
    assert changed == {
        *(SHEET, "xl/worksheets/sheet1.xml"),
        "xl/charts/chart1.xml",
        "xl/styles.xml",
        "xl/metadata.xml",
        "xl/_rels/workbook.xml.rels",
        "[Content_Types].xml",
    }
    assert set(before) < set(after)
    assert any(name.startswith("xl/charts/") for name in after)


def test_texts_that_were_there_stay(raw: bytes) -> None:
    typed = altered(raw, SHEET, "<t>right</t>", '<t xml:space="preserve"> a&#13;&#10;b&amp; </t>')
    file = finish(typed, VALUES)
    assert openpyxl.load_workbook(io.BytesIO(file))[OUTPUT]["F3"].value == " a\r\nb& "


def test_what_is_not_xml_is_copied(raw: bytes) -> None:
    image = b"\x89PNG <?xml"
    file = finish(zipped([*parts(raw).items(), ("xl/media/image1.png", image)]), VALUES)
    assert parts(file)["xl/media/image1.png"] == image


def test_namespaces_stay_under_their_prefixes(raw: bytes) -> None:
    root = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    declared = [
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"',
        'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"',
        'mc:Ignorable="x14ac"',
    ]
    file = finish(altered(raw, SHEET, root, " ".join([root, *declared])), VALUES)
    start, _, _ = parts(file)[SHEET].decode().partition("><")
    assert start.partition("\n")[2].startswith(root)
    assert all(said in start for said in declared)


def test_a_prefix_of_two_namespaces_keeps_both(raw: bytes) -> None:
    nested = '<a xmlns="m" xmlns:p="one"><p:b q:z="" xmlns:q="q" /><c xmlns:p="two"><p:b /></c></a>'
    file = finish(zipped([*parts(raw).items(), ("customXml/item1.xml", nested.encode())]), VALUES)
    kept = parts(file)["customXml/item1.xml"]
    assert ElementTree.canonicalize(kept) == ElementTree.canonicalize(nested)
    assert b'<a xmlns="m" xmlns:q="q" xmlns:p="one"><p:b q:z="" />' in kept


def test_the_same_input_gives_the_same_bytes(raw: bytes, finished: bytes) -> None:
    assert finish(raw, VALUES) == finished
    with zipfile.ZipFile(io.BytesIO(finished)) as archive:
        stamps = {(entry.date_time, entry.create_system) for entry in archive.infolist()}
    assert stamps == {((1980, 1, 1, 0, 0, 0), 0)}


def test_a_finished_file_is_finished_again_without_change(finished: bytes) -> None:
    assert finish(finished, VALUES) == finished


# Cached values ---------------------------------------------------------------------------------


def one_formula() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "=B1"
    return saved(book)


ONE = one_formula()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_bit_for_bit(number: float) -> None:
    file = finish(ONE, {"Sheet": {(1, 1): number}})
    read = openpyxl.load_workbook(io.BytesIO(file), data_only=True).active["A1"].value
    assert struct.pack("<d", read) == struct.pack("<d", number)
    held = Package.opened(file).cached["Sheet"][1, 1]
    assert isinstance(held, float)
    assert struct.pack("<d", held) == struct.pack("<d", number)


@given(st.text() | st.sampled_from(["_x0041_", "\r", "a\r\nb", "\x00", " ", "&lt;", "\ufffe"]))
def test_texts_come_back(text: str) -> None:
    file = finish(ONE, {"Sheet": {(1, 1): text}})
    assert Package.opened(file).cached == {"Sheet": {(1, 1): text}}
    read = openpyxl.load_workbook(io.BytesIO(file), data_only=True).active["A1"].value
    assert unescape(read or "") == text


@pytest.mark.parametrize(
    ("text", "written"),
    [("a b", b"<v>a b</v>"), (" a", b'<v xml:space="preserve"> a</v>'), ("", b"<v />")],
)
def test_outer_spaces_are_marked_as_excel_marks_them(text: str, written: bytes) -> None:
    file = finish(ONE, {"Sheet": {(1, 1): text}})
    assert written in parts(file)["xl/worksheets/sheet1.xml"]


def test_cached_gives_back_what_finish_wrote(finished: bytes) -> None:
    expected = VALUES | {OUTPUT: VALUES[OUTPUT] | {(4, 3): ErrorValue("#VALUE!")}}
    assert Package.opened(finished).cached == expected


def test_cached_reads_shared_strings(finished: bytes) -> None:
    file = altered(finished, SHEET, '<c r="D4" t="str"><v>x</v>', '<c r="D4" t="s"><v>1</v>')
    strings = b"<sst><si><t>no</t></si><si><r><t>ri</t></r><r><t>ch</t></r></si></sst>"
    file = zipped([*parts(file).items(), ("xl/sharedStrings.xml", strings)])
    assert Package.opened(file).cached[OUTPUT][4, 4] == "rich"


def test_formulas_are_read_with_ranges_and_values(raw: bytes, finished: bytes) -> None:
    found = Package.opened(finished).formulas
    assert found["Inputs"] == {}
    assert found[OUTPUT][1, 1] == Formula("Inputs!B1*2", None, 200.0)
    assert found[OUTPUT][2, 3] == Formula(
        "DILUTION_BRIDGE(Inputs!B1,Inputs!A1:B1)", "C2:E4", "Head"
    )
    assert len(found[OUTPUT]) == 5
    assert Package.opened(raw).formulas[OUTPUT][1, 1].value is None


def test_formulas_that_excel_shares_are_read_for_every_cell(finished: bytes) -> None:
    shared = '<f t="shared" ref="A1:A3" si="0">Inputs!B1*$B$2</f>'
    file = altered(finished, SHEET, "<f>Inputs!B1*2</f>", shared)
    file = altered(file, SHEET, "<f>1=1</f>", '<f t="shared" si="0" />')
    found = Package.opened(file).formulas[OUTPUT]
    assert found[3, 1].text == "Inputs!B3*$B$2"
    assert found[3, 1].ref is None


def test_data_tables_are_no_formulas(finished: bytes) -> None:
    table = '<f t="dataTable" ref="A3:A4" dt2D="0" dtr="0" r1="A1" />'
    found = Package.opened(altered(finished, SHEET, "<f>1=1</f>", table)).formulas[OUTPUT]
    assert (3, 1) not in found


# What is refused -------------------------------------------------------------------------------


def test_a_formula_without_a_value_is_refused(raw: bytes) -> None:
    lacking = {OUTPUT: {at: v for at, v in VALUES[OUTPUT].items() if at != (3, 4)}}
    with pytest.raises(ValueError, match=r"Analyst's output!D3 has no value"):
        finish(raw, lacking)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match=r"Sheet!A1 cannot hold the number (nan|inf)"):
        finish(ONE, {"Sheet": {(1, 1): number}})


def test_a_filled_cell_in_an_array_is_refused(raw: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(raw))
    book[OUTPUT]["D3"] = 7
    with pytest.raises(ValueError, match=r"D3 is not empty, and the array formula at C2 fills it"):
        finish(saved(book), VALUES)


def test_a_part_that_is_there_twice_is_refused(raw: bytes) -> None:
    twice = zipped([*parts(raw).items(), ("XL/styles.xml", b"")])
    with pytest.raises(ValueError, match=r"^workbook has the part XL/styles\.xml twice\.$"):
        finish(twice, VALUES)


def test_metadata_of_another_kind_are_refused(finished: bytes) -> None:
    other = altered(finished, "xl/metadata.xml", 'fCollapsed="0"', 'fCollapsed="1"')
    with pytest.raises(ValueError, match=r"has a part xl/metadata\.xml of its own"):
        finish(other, VALUES)


def test_xml_entities_are_refused(raw: bytes) -> None:
    bomb = '<!DOCTYPE worksheet [<!ENTITY a "aaaa">]><worksheet '
    with pytest.raises(InputError, match="has a document type"):
        _ = Package.opened(altered(raw, SHEET, "<worksheet ", bomb)).formulas
