"""Is an .ods file read as what it is: the same cells, formulas and names as in .xlsx?

Oracle: OpenDocument 1.3, parts 3 and 4, by hand; test_calc_ods.py compares with what Calc saves.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from command import Command

from model.errors import InputError
from workbook.check import calls
from workbook.hosts import libreoffice
from workbook.package import ods
from workbook.package.cells import ErrorValue, Formula, Value
from workbook.package.open_formula import excel_formula
from workbook.package.package import Package

SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
    }.items()
)
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
STYLES = """
<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/>
</style:style>
<style:style style:name="ce1" style:family="table-cell" style:parent-style-name="calc_5f_text"/>"""
NAMED = f"""<office:document-styles {SPACES}><office:styles>
<style:style style:name="calc_5f_text" style:display-name="calc_text" style:family="table-cell"/>
</office:styles></office:document-styles>"""
MANIFEST = '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def file(tables: str, names: str = "", *, manifest: str = MANIFEST, body: str = "") -> bytes:
    """Make an .ods file of tables."""
    content = (
        f"<office:document-content {SPACES} {CALC}>"
        f"<office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{body or tables}"
        f"<table:named-expressions>{names}</table:named-expressions>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": manifest,
        "content.xml": content,
        "styles.xml": NAMED,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def table(*rows: str, name: str = "Deal", style: str = "") -> str:
    return (
        f'<table:table table:name="{name}" table:style-name="{style}">'
        f"<table:table-column/>{''.join(rows)}</table:table>"
    )


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def cell(attributes: str = "", inside: str = "") -> str:
    return f"<table:table-cell {attributes}>{inside}</table:table-cell>"


def number(value: float, more: str = "") -> str:
    return cell(f'office:value-type="float" office:value="{value}" {more}')


def text(*paragraphs: str, more: str = "") -> str:
    inside = "".join(f"<text:p>{p}</text:p>" for p in paragraphs)
    return cell(f'office:value-type="string" {more}', inside)


def opened(made: bytes) -> Package:
    return ods.opened(made, libreoffice.methods())


def values(made: bytes, sheet: str = "Deal") -> dict[tuple[int, int], Value]:
    page = opened(made).sheets[sheet]
    return {at: page.value(at) for at in page.cells}


#: A cell, and its value.
HELD: dict[str, Value] = {
    number(-1.5): -1.5,
    number(1e22): 1e22,
    cell('office:value-type="percentage" office:value="0.25"', "<text:p>25%</text:p>"): 0.25,
    cell('office:value-type="currency" office:value="12.5" office:currency="EUR"'): 12.5,
    cell('office:value-type="boolean" office:boolean-value="true"'): True,
    cell('office:value-type="boolean" office:boolean-value="false"'): False,
    # 46,143 days after the last but one day of 1899.
    cell('office:value-type="date" office:date-value="2026-05-01"'): 46143.0,
    cell('office:value-type="date" office:date-value="2026-05-01T12:00:00"'): 46143.5,
    cell('office:value-type="time" office:time-value="PT06H30M36S"'): 0.27125,
    cell('office:value-type="time" office:time-value="-PT36H00M00,0S"'): -1.5,
    text("one"): "one",
    text("two", "paragraphs"): "two\nparagraphs",
    text("a <text:s/>b<text:s text:c='3'/>c<text:tab/>d<text:line-break/>e"): "a  b   c\td\ne",
    text("runs\n   of\n space"): "runs of space",
    text("<text:span>a<text:span>b</text:span></text:span><text:a>c</text:a>d"): "abcd",
    text("shown", more='office:string-value="meant"'): "meant",
    text("&lt;&amp;&gt; _x0041_"): "<&> _x0041_",
    cell(
        'office:value-type="string" office:string-value="" calcext:value-type="error"',
        "<text:p>#DIV/0!</text:p>",
    ): ErrorValue("#DIV/0!"),
    cell('office:value-type="string" calcext:value-type="error"', "<text:p>Err:502</text:p>"):
        ErrorValue("#VALUE!"),
    # A note is none of the text.
    text("<office:annotation><text:p>note</text:p></office:annotation>of"): "of",
    # A formula that gives an empty text has no type.
    cell('table:formula="of:=&quot;&quot;"', "<text:p/>"): "",
}  # fmt: skip


@pytest.mark.parametrize(("written", "value"), [*HELD.items()])
def test_a_value_is_what_is_stated(written: str, value: Value) -> None:
    found = values(file(table(row(cell(), written))))
    assert found == {(1, 2): value}
    assert type(found[1, 2]) is type(value)


def test_what_is_repeated_is_where_it_is_and_what_is_empty_takes_no_time() -> None:
    made = file(
        table(
            row(cell(more := 'table:number-columns-repeated="16384"')),
            row(number(1, 'table:number-columns-repeated="3"'), cell(), number(2)),
            row(cell(more), more='table:number-rows-repeated="1000000"'),
            "<table:table-row-group><table:table-header-rows>"
            + row(number(3), more='table:number-rows-repeated="2"')
            + "</table:table-header-rows></table:table-row-group>",
            row(cell('table:number-columns-spanned="2" office:value-type="float" office:value="4"'),
                "<table:covered-table-cell/>", number(5)),
            row(cell(more), more='table:number-rows-repeated="48570"'),
        )
    )  # fmt: skip
    assert values(made) == {
        **{(2, 1): 1.0, (2, 2): 1.0, (2, 3): 1.0, (2, 5): 2.0},
        **{(1_000_003, 1): 3.0, (1_000_004, 1): 3.0},
        **{(1_000_005, 1): 4.0, (1_000_005, 3): 5.0},
    }


def test_too_many_cells_are_refused_at_once() -> None:
    full = row(
        number(1, 'table:number-columns-repeated="16384"'),
        more='table:number-rows-repeated="1048576"',
    )
    with pytest.raises(InputError, match=r"^row 1 of 'Deal' must have at most 500,000 cells, "):
        opened(file(table(full)))


#: A formula of OpenDocument, and as Excel's files have it.
WRITTEN = {
    "of:=SUM([.A1:.B2];[.$C$3])": "SUM(A1:B2,$C$3)",
    "of:=[$Deal.A1]+[Deal.$B2]": "Deal!A1+Deal!$B2",
    "of:=['My ''own'' sheet'.A1:.B2]": "'My ''own'' sheet'!A1:B2",
    "of:=[$'2026'.A1]&[Q1.A1]": "'2026'!A1&'Q1'!A1",
    "of:=SUM([.A:.C];[.1:.$2];[$Deal.$B:.$B])": "SUM(A:C,1:$2,Deal!$B:$B)",
    "of:=SUM([Deal.A1:Peers.B2])": "SUM('Deal:Peers'!A1:B2)",
    "of:=SUM([.A1]~[.B2])*([.A1:.B9]![.B2:.C3])": "SUM(A1,B2)*(A1:B9 B2:C3)",
    "of:=['file:///home/me/rates.ods'#$Rates.A1]": "'file:///home/me/[rates.ods]Rates'!A1",
    "of:=[.#REF!]+[#REF!.A1]+[$Deal.#REF!]": "#REF!+#REF!+#REF!",
    "of:=#N/A": "#N/A",
    'of:={1;2|"a;b|";-4}': '{1,2;"a;b|",-4}',
    'of:="[.A1];~!""of:="': '"[.A1];~!""of:="',
    "of:=rate*Mine_2": "rate*Mine_2",
    "of:=IF(TRUE();1;)": "IF(TRUE(),1,)",
    "of:=-2^2*50%<>1E+020": "-2^2*50%<>1E+020",
    "of:=COM.MICROSOFT.STDEV.S(1)+LEGACY.NORMSDIST(1)+IFNA(1;2)": "_xlfn.STDEV.S(1)+NORMSDIST(1)"
    "+_xlfn.IFNA(1,2)",
    "of:=ORG.LIBREOFFICE.RAWSUBTRACT(1;2)": "RAWSUBTRACT(1,2)",
    "of:=OFFTAKE.ADDIN.DILUTEDSHARES([.B5];[.A1:.D3];)": "DILUTED_SHARES(B5,A1:D3,)",
    "of:=1+offtake.addin.rpoBands ([.B5])": "1+RPO_BANDS (B5)",
    "of:=DILUTED_SHARES([.B5])": "DILUTED_SHARES(B5)",
    "oooc:=SUM([.A1];[.B1])": "SUM(A1,B1)",
    "msoxl:=SUM(A1,B1)": "SUM(A1,B1)",
    "=SUM(A1,B1)": "SUM(A1,B1)",
}


@pytest.mark.parametrize(("formula", "expected"), [*WRITTEN.items()])
def test_a_formula_is_what_excel_has_for_it(formula: str, expected: str) -> None:
    assert excel_formula(formula, libreoffice.methods()) == expected


def test_array_formulas_fill_their_cells() -> None:
    spanned = 'table:number-matrix-columns-spanned="{}" table:number-matrix-rows-spanned="{}"'
    made = file(
        table(
            row(number(1, 'table:formula="of:=[.B9]" ' + spanned.format(2, 2)), number(2)),
            row(number(3), number(4), number(5, 'table:formula="of:=1" ' + spanned.format(1, 1))),
        )
    )
    package = opened(made)
    assert package.formulas == {
        "Deal": {(1, 1): Formula("B9", "A1:B2", 1.0), (2, 3): Formula("1", "C2", 5.0)}
    }
    assert package.cached["Deal"] == {(1, 1): 1.0, (1, 2): 2.0, (2, 1): 3.0, (2, 2): 4.0,
                                      (2, 3): 5.0}  # fmt: skip


def test_names_sheets_and_what_is_hidden() -> None:
    names = """
        <table:named-range table:name="Held" table:base-cell-address="$Deal.$A$1"
            table:cell-range-address="$Deal.$A$1:.$D$3"/>
        <table:named-expression table:name="Twice" table:base-cell-address="$Deal.$B$2"
            table:expression="2*[.A2]+[$Deal.$C$1]"/>"""
    made = file(
        table(row(number(1)), row(number(2), more='table:visibility="collapse"'))
        + table(row(number(3)), name="Back", style="ta1")
        + table(row(number(4)), name="'file:///other.ods'#Deal"),
        names,
    )
    package = opened(made)
    assert package.names["Held"] == "Deal!$A$1:$D$3"
    # The cell to the left: to that of A1, Excel's files say, the last column is.
    assert package.names["Twice"] == "2*XFD1+Deal!$C$1"
    assert [*package.sheets] == ["Deal", "Back"]
    assert calls._hidden(package) == {"Deal": {2}, "Back": None}


def test_the_named_style_of_a_cell_stays_with_it() -> None:
    # As the check for typed results needs it.
    package = opened(file(table(row(number(1, 'table:style-name="ce1"'), number(2)))))
    styles = package.tree("xl/styles.xml")
    named = [style.attrib["name"] for style in styles.iterfind("cellStyles/cellStyle")]
    formats = [int(xf.attrib["xfId"]) for xf in styles.iterfind("cellXfs/xf")]
    cells = package.sheets["Deal"].cells
    assert [named[formats[int(cells[1, c].attrib["s"])]] for c in (1, 2)] == ["calc_text", "Normal"]


def test_findings_are_those_of_an_xlsx_file(offtake: Command, tmp_path: Path) -> None:
    rows = [
        row(*map(text, ("Security", "Type", "Count", "Strike"))),
        row(text("Common"), text("common"), number(100)),
        row(text("Options"), text("option"), number(10), text("1,234")),
        row(cell('table:formula="of:=OFFTAKE.ADDIN.DILUTEDSHARES(100;[.A1:.D3])" '
                 'office:value-type="string" calcext:value-type="error"',
                 "<text:p>#VALUE!</text:p>")),
    ]  # fmt: skip
    own = tmp_path / "own.ods"
    own.write_bytes(file(table(*rows)))
    run = offtake("check", own)
    assert (run.code, run.err) == (1, "")
    assert run.out.splitlines()[0] == (
        "Deal!A4 shows #VALUE!: =DILUTED_SHARES(100,A1:D3): securities Strike (row 3) must be a "
        "number, not '1,234' (text that reads as 1234); see Deal!D3."
    )


ENCRYPTED = MANIFEST.replace("/>", "><encryption-data/></manifest>")


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (
            file(table(), manifest=ENCRYPTED),
            "{} is encrypted; save it without a password to have it checked.",
        ),
        (file(table()), "workbook calls no Offtake function, so there is nothing to check."),
        (
            file("<table:broken>"),
            "{}: content.xml is not well-formed XML: mismatched tag: line 4, column 222.",
        ),
        (
            file(table(row(cell('office:value-type="date" office:date-value="May"')))),
            "{}: Deal!A1 cannot be read: Invalid isoformat string: 'May'.",
        ),
        (
            file(table())[:300],
            "{} is cut short: the list of its parts, with which a workbook ends, is missing.",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    offtake: Command, tmp_path: Path, made: bytes, sentence: str
) -> None:
    own = tmp_path / "own.ods"
    own.write_bytes(made)
    run = offtake("check", own)
    assert run.code == 2
    assert run.sentence == sentence.format(own)


def test_a_document_type_is_refused() -> None:
    made = file(table())
    parts = {}
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["content.xml"] = b'<!DOCTYPE x [<!ENTITY e "boom">]>' + parts["content.xml"]
    unsafe = io.BytesIO()
    with zipfile.ZipFile(unsafe, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(Exception, match=r"^content\.xml has a document type"):
        opened(unsafe.getvalue())


def test_it_is_not_recalculated_in_place(offtake: Command) -> None:
    (offtake.folder / "book.ods").write_bytes(file(table()))
    run = offtake("recalc", "book.ods")
    assert (run.code, run.sentence) == (
        2,
        "book.ods is an OpenDocument spreadsheet, which only `check` reads; save it as .xlsx.",
    )
    assert (offtake.folder / "book.ods").read_bytes() == file(table())
