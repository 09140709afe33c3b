"""Are calls through the add-in's file read as plain calls?

The oracle is the workbook itself, with plain calls: its values, and openpyxl's and a validator's
judgement of the altered file. The parts are made by hand as Excel writes them. Their shape is known
from files that it wrote and from a support engineer of Microsoft's, who shows the parts of a
workbook that calls a function of ``Book1.xlam``
(https://office-forums.com/threads/what-is-1-in-an-excel-formula.2164420).
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from command import Command
from open_xml import findings
from openpyxl.formatting.rule import FormulaRule
from openpyxl.worksheet.datavalidation import DataValidation
from small_package import altered, parts, saved

from workbook.check.differences import differences
from workbook.check.findings import MOST, SOME
from workbook.check.reader import read_case
from workbook.check.report import Report
from workbook.check.report import report as reported
from workbook.functions import CATALOGUE
from workbook.hosts import lite
from workbook.hosts.headless import EvaluationError, evaluate
from workbook.package import archive
from workbook.package.cells import Values, address
from workbook.package.contents import present_cells
from workbook.package.links import linked_files, other_file, plain_calls
from workbook.package.package import Package

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships/xlExternalLinkPath"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"

#: What a link may lead to, and how Excel calls the relation.
TARGETS = {
    "the same drive": ("/Users/Ann/AppData/Roaming/Microsoft/AddIns/offtake.xlam", "path"),
    "another drive": ("file:///D:\\Add%20ins\\OFFTAKE.XLAM", "path"),
    "a share": ("file:///\\\\server\\tools\\offtake.xlam", "path"),
    "the web, to be opened in the browser": (
        "https://example.org/personal/ann/Documents/offtake.xlam?web=1&amp;file=/a.xlsx",
        "path",
    ),
    "the web": ("https://example.org/Shared%20Documents/Offtake.xlam", "path"),
    "the same folder": ("offtake.xlam", "path"),
    "no folder": ("offtake.xlam", "xlPathMissing"),
    "Excel's own add-ins": ("OFFTAKE.XLAM", "xlLibrary"),
}
#: More calls than this has the workbook without further sheets.
SMALL = 40
#: A call of the catalogue's functions, by the longest name that fits.
CALL = re.compile(rf"(?<!\w)(?:_xldudf_)?({'|'.join(sorted(CATALOGUE, key=len, reverse=True))})\(")

ELSEWHERE = "'C:\\Users\\Ann O''Neill\\offtake.xlam'!"


def with_links(file: bytes, *targets: tuple[str, str]) -> bytes:
    """Add the parts that list other files."""
    held = parts(file)
    for number, (target, kind) in enumerate(targets, 1):
        kind = f"{OFFICE}/externalLinkPath" if kind == "path" else f"{MICROSOFT}/{kind}"
        held[f"xl/externalLinks/externalLink{number}.xml"] = (
            f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1">'
            '<sheetNames><sheetName val="myaddin.conf"/></sheetNames>'
            '<definedNames><definedName name="RPO_BANDS"/></definedNames>'
            "</externalBook></externalLink>"
        ).encode()
        held[f"xl/externalLinks/_rels/externalLink{number}.xml.rels"] = (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{kind}" '
            f'Target="{target}" TargetMode="External"/></Relationships>'
        ).encode()
    each = range(1, len(targets) + 1)
    references = "".join(f'<externalReference r:id="link{n}" xmlns:r="{OFFICE}"/>' for n in each)
    for part, before, added in (
        (
            "[Content_Types].xml",
            b"</Types>",
            "".join(
                f'<Override PartName="/xl/externalLinks/externalLink{n}.xml" ContentType="{TYPE}"/>'
                for n in each
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            b"</Relationships>",
            "".join(
                f'<Relationship Id="link{n}" Type="{OFFICE}/externalLink" '
                f'Target="externalLinks/externalLink{n}.xml"/>'
                for n in each
            ),
        ),
        (
            "xl/workbook.xml",
            b"<definedNames" if b"<definedNames" in held["xl/workbook.xml"] else b"<calcPr",
            f"<externalReferences>{references}</externalReferences>",
        ),
    ):
        assert held[part].count(before) == 1
        held[part] = held[part].replace(before, added.encode() + before)
    return archive.zipped(held)


def with_calls(file: bytes, before: str, more_than: int = 50) -> bytes:
    """Put something before each call of the catalogue's functions."""
    held = parts(file)
    count = 0
    for part in archive.sheet_parts(held).values():
        sheet = archive.parsed(held[part])
        for f in sheet.iter("f"):
            f.text, found = CALL.subn(lambda call: before + call[0], f.text or "")
            count += found
        held[part] = archive.written(sheet)
    assert count > more_than
    return archive.zipped(held)


def book(*formulas: str) -> bytes:
    made = openpyxl.Workbook()
    assert made.active is not None
    for row, formula in enumerate(formulas, 1):
        made.active.cell(row, 1, formula)
    return saved(made)


@cache
def report(file: bytes) -> Report:
    return reported(file)


@cache
def values(file: bytes) -> Values:
    return evaluate(file)


def linking(file: bytes, more_than: int = 50) -> bytes:
    return with_calls(with_links(file, TARGETS["the same drive"]), "[1]!", more_than)


@pytest.fixture(scope="module")
def linked(built: bytes) -> bytes:
    """Return the workbook without further sheets, with its calls by way of the file."""
    return linking(built, SMALL)


# A built workbook ------------------------------------------------------------------------------


def test_the_altered_file_is_one_that_programs_read(linked: bytes, tmp_path: Path) -> None:
    assert findings(linked, tmp_path) == []
    (link,) = openpyxl.load_workbook(io.BytesIO(linked))._external_links
    assert link.file_link.Target == TARGETS["the same drive"][0]


def test_formulas_and_values_are_those_of_plain_calls(finished: bytes) -> None:
    """In every function that a workbook calls."""
    linked = linking(finished)
    assert values(linked) == values(finished)
    assert Package.opened(linked).formulas == Package.opened(finished).formulas
    assert differences(linked) == []


def test_the_file_spelled_out_is_the_same(finished: bytes) -> None:
    spelled = with_calls(finished, ELSEWHERE)
    assert Package.opened(spelled).formulas == Package.opened(finished).formulas
    assert values(spelled) == values(finished)


def test_check_accepts_it_and_still_sees_a_wrong_value(built: bytes, linked: bytes) -> None:
    assert report(linked) == report(built)
    assert report(linked).faults == []
    name, at, value = next(
        (name, at, formula.value)
        for name, of_sheet in Package.opened(linked).formulas.items()
        for at, formula in of_sheet.items()
        if CALL.match(formula.text) and isinstance(formula.value, float)
    )
    part = archive.sheet_parts(parts(linked))[name]
    sheet = archive.parsed(parts(linked)[part])
    held = present_cells(sheet)[at].find("v")
    assert held is not None
    held.text = "-1.5"
    wrong = archive.zipped(parts(linked) | {part: archive.written(sheet)})
    assert report(wrong).faults == [
        f"{name}!{address(*at)}: the file holds -1.5, its formula gives {value!r}"
    ]


def test_the_case_is_read(built: bytes, linked: bytes) -> None:
    plain = read_case(built)
    assert read_case(linked) == plain
    assert read_case(with_calls(built, ELSEWHERE, SMALL)) == plain


# Where the file is -----------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_wherever_the_file_was_the_function_is_ours(target: tuple[str, str]) -> None:
    file = with_links(book("=[1]!DCF_TERMINAL_GROWTH(100,0.1,0.02)"), target)
    assert evaluate(file) == {"Sheet": {(1, 1): 1250.0}}


def test_the_number_is_a_place_in_the_list() -> None:
    others = ("rates.xlsx", "path"), TARGETS["the web"]
    file = with_links(book("=[2]!DCF_TERMINAL_GROWTH(100,0.1,0.02)"), *others)
    assert linked_files(parts(file)) == {"1": "rates.xlsx", "2": "Offtake.xlam"}
    assert evaluate(file) == {"Sheet": {(1, 1): 1250.0}}
    with pytest.raises(EvaluationError, match=r"Sheet!A1 refers to the file rates\.xlsx"):
        evaluate(altered(file, "xl/worksheets/sheet1.xml", "[2]", "[1]"))


@pytest.mark.parametrize(
    "formula",
    [
        "=[1]!dcf_terminal_growth(100,0.1,0.02)",
        "=1*([1]!DCF_TERMINAL_GROWTH(100,0.1,0.02))",
        "=[1]!DCF_TERMINAL_GROWTH (100,0.1,0.02)",
        "='https://example.org/offtake.xlam?web=1'!DCF_TERMINAL_GROWTH(100,0.1,0.02)",
        "=offtake.xlam!DCF_TERMINAL_GROWTH(100,0.1,0.02)",
        "='Offtake.xlam'!DCF_TERMINAL_GROWTH(100,0.1,0.02)",
        "='https://example.org/a b/offtake.xlam'!DCF_TERMINAL_GROWTH(100,0.1,0.02)",
        "='/Users/ann/offtake.xlam'!DCF_TERMINAL_GROWTH(100,0.1,0.02)",
    ],
)
def test_however_it_is_written_the_function_is_ours(formula: str) -> None:
    assert evaluate(with_links(book(formula), TARGETS["no folder"])) == {"Sheet": {(1, 1): 1250.0}}


def with_name(file: bytes, text: str) -> bytes:
    name = f'<definedNames><definedName name="My_worth">{text}</definedName></definedNames>'
    return altered(file, "xl/workbook.xml", "<calcPr", f"{name}<calcPr")


@pytest.mark.parametrize("before", ["", "[1]!", "_xldudf_", "offtake.xlam!"])
def test_a_name_may_hold_the_call(before: str) -> None:
    """The relative reference of a name is as seen from A1."""
    file = with_links(book("=my_worth*2", '="My_worth"', "=My_worth"), TARGETS["no folder"])
    file = with_name(file, f"{before}DCF_TERMINAL_GROWTH(100,0.1,0.02)+N(Sheet!B1)")
    file = altered(
        file, "xl/worksheets/sheet1.xml", '<row r="3">', '<row r="3"><c r="B3"><v>5</v></c>'
    )
    assert evaluate(file) == {"Sheet": {(1, 1): 2500.0, (2, 1): "My_worth", (3, 1): 1255.0}}


def test_a_name_that_leads_to_another_file_matters_where_it_is_used() -> None:
    used, unused = (
        with_name(with_links(book(f), ("rates.xlsx", "path")), "[1]Rates!$A$1")
        for f in ("=My_worth*2", "=2")
    )
    assert evaluate(unused) == {"Sheet": {(1, 1): 2.0}}
    with pytest.raises(EvaluationError, match=r"^Sheet!A1 refers to the file rates\.xlsx"):
        evaluate(used)


def test_formats_and_validations_are_read_as_plain_calls() -> None:
    call = "DCF_TERMINAL_MULTIPLE($A$1,2)"
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.conditional_formatting.add("A1:A4", FormulaRule([f"[1]!{call}>5"]))
    made.active.add_data_validation(DataValidation("custom", f"[1]!{call}>1", sqref="A9"))
    file = with_links(saved(made), TARGETS["no folder"])
    plain = openpyxl.load_workbook(io.BytesIO(archive.zipped(plain_calls(parts(file)))))
    (rules,) = plain.worksheets[0].conditional_formatting
    assert rules.rules[0].formula == [f"{call}>5"]
    (validation,) = plain.worksheets[0].data_validations.dataValidation
    assert validation.formula1 == f"{call}>1"


def as_calc_saves(file: bytes) -> bytes:
    """Write calls in small letters, as Calc saves functions that it does not know."""
    held = parts(file)
    for part in archive.sheet_parts(held).values():
        sheet = archive.parsed(held[part])
        for f in sheet.iter("f"):
            f.text = CALL.sub(lambda call: call[0].lower(), f.text or "")
        held[part] = archive.written(sheet)
    return archive.zipped(held)


def test_calls_of_the_other_hosts_are_read_too(built: bytes) -> None:
    """xlwings Lite's have a prefix; and one workbook may hold both kinds, where it was edited."""
    prefixed = parts(lite.lite_workbook(built))
    plain = archive.sheet_parts(parts(built))["Equity"]
    both = archive.zipped(prefixed | {plain: parts(built)[plain]})
    case = read_case(built)
    for file in (archive.zipped(prefixed), both, as_calc_saves(built)):
        assert report(file) == report(built)
        assert read_case(file) == case
    assert report(as_calc_saves(lite.lite_workbook(built))) == report(built)


def test_texts_and_sheets_are_left_alone() -> None:
    """A text that looks like a call stays a text, and the name of a sheet may look like a file."""
    made = openpyxl.Workbook()
    sheet = made.create_sheet("It's (1)!")
    sheet["A1"] = '="[1]!DCF_WACC(" & "it\'s \'C:\\offtake.xlam\'!DCF_WACC("'
    sheet["A2"] = "='It''s (1)!'!A1"
    file = with_links(saved(made), TARGETS["no folder"])
    text = "[1]!DCF_WACC(it's 'C:\\offtake.xlam'!DCF_WACC("
    assert evaluate(file)["It's (1)!"] == {(1, 1): text, (2, 1): text}


# Other files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "file"),
    [
        ("[1]!DCF_WACC(1)", "tools.xlam"),
        ("IFERROR([1]!OTHER(1),3)", "tools.xlam"),
        ("SUM([1]!Rates)", "tools.xlam"),
        ("[1]Sheet1!A1*2", "tools.xlam"),
        ("SUM('[1]Sheet 1'!A1:B2)", "tools.xlam"),
        ("[2]!NOT_OURS(1)", "offtake.xlam"),
        ("[2]myaddin.conf!A1", "offtake.xlam"),
        ("'C:\\x\\[book.xlsx]Sheet1'!A1", "book.xlsx"),
        ("'C:\\x\\tools.xlam'!DCF_WACC(1)", "tools.xlam"),
        # A name of a sheet, which no function of the add-in is.
        ("[2]Sheet1!DCF_WACC(1)", "offtake.xlam"),
        ("'[2]Sheet 1'!DCF_WACC(1)", "offtake.xlam"),
        ("'C:\\x\\[offtake.xlam]Sheet1'!DCF_WACC(1)", "offtake.xlam"),
        ("'C:\\offtake.xlam\\tools.xlam'!DCF_WACC(1)", "tools.xlam"),
        ("myofftake.xlam!DCF_WACC(1)", "myofftake.xlam"),
    ],
)
def test_another_file_is_refused_in_a_sentence(formula: str, file: str) -> None:
    links = with_links(book(f"={formula}"), ("tools.xlam", "path"), TARGETS["no folder"])
    with pytest.raises(EvaluationError) as refused:
        evaluate(links)
    assert str(refused.value) == (
        f"Sheet!A1 refers to the file {file}, and of other files only the functions of "
        f"offtake.xlam are known: ={formula}"
    )
    assert Package.opened(links).formulas["Sheet"][1, 1].text == formula


def test_check_says_it_once_for_each_cell(offtake: Command, built: bytes) -> None:
    file = with_calls(with_links(built, ("tools.xlam", "path")), "[1]!", SMALL)
    (offtake.folder / "book.xlsx").write_bytes(file)
    done = offtake("check", "book.xlsx")
    assert done.code == 1
    calls = sum(
        bool(CALL.search(f.text))
        for of in Package.opened(file).formulas.values()
        for f in of.values()
    )
    assert calls > MOST
    assert done.out.count(": cannot be judged, because it refers to the file tools.xlam") == SOME
    assert f"{calls - SOME} more cells that cannot be judged, on " in done.out


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(Peers[EV])",
        "Peers[[#This Row],[EV]]*2",
        "Peers[2024]!A1",
        "'A sheet.x'!A1",
        "Inputs!A1+'Cap table'!B2",
        "Sheet1!Own_lambda(2)",
        '"[1]Sheet!A1"',
        "MEDIAN(1/2)!A1",
    ],
)
def test_what_stays_in_the_workbook_is_no_other_file(formula: str) -> None:
    assert other_file(formula, {"1": "book.xlsx"}) is None


def test_a_link_that_is_no_workbook_is_ignored() -> None:
    """Such as one of dynamic data exchange, or one whose part has gone."""
    file = parts(with_links(book("=1+1"), TARGETS["no folder"]))
    part = "xl/externalLinks/externalLink1.xml"
    dde = f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="a" ddeTopic="b"/></externalLink>'
    assert linked_files(file | {part: dde.encode()}) == {}
    del file[part]
    assert linked_files(file) == {}
    assert evaluate(archive.zipped(file)) == {"Sheet": {(1, 1): 2.0}}


@pytest.mark.parametrize("part", ["externalLink1.xml", "_rels/externalLink1.xml.rels"])
def test_a_link_that_no_formula_follows_may_be_damaged(built: bytes, part: str) -> None:
    file = parts(with_links(built, TARGETS["no folder"]))
    del file[f"xl/externalLinks/{part}"]
    found, plain = report(archive.zipped(file)), report(built)
    # Where the part itself is lacking, that is said.
    lacking = (
        f"xl/_rels/workbook.xml.rels: leads to xl/externalLinks/{part}, which is not a part of"
    )
    assert found.safety.faults == ([] if "_rels" in part else [f"{lacking} the file"])
    assert replace(found, safety=plain.safety, summary=plain.summary) == plain


def test_a_call_by_way_of_a_damaged_link_is_refused() -> None:
    file = parts(with_links(book("=[1]!DCF_WACC(1)"), TARGETS["no folder"]))
    del file["xl/externalLinks/_rels/externalLink1.xml.rels"]
    with pytest.raises(EvaluationError, match=r"^Sheet!A1 refers to the file 1, and of other"):
        evaluate(archive.zipped(file))
