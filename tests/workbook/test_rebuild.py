"""Does `offtake build --from` build what a workbook states, with everything that was added to it?

Oracles: a fresh build of the changed case, byte for byte or formula by formula; the model's value
of that case; every cell of the user's own as openpyxl reads it before and after; and Calc, which
inserts rows as a spreadsheet does.
"""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import gate
import open_xml
import openpyxl
import pytest
from calc.session import Calc
from command import Command
from in_parts import areas, changed, typed, valued
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill, Protection
from openpyxl.utils.protection import hash_password
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table
from own_parts import retitled
from test_pull import reversed_rows

from model.case.case import of_text
from model.case.starter import starter
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.edits.corresponding import CannotCarryError, Corresponding
from workbook.edits.lost import lost
from workbook.edits.rebuild import OLDER, Rebuilt, rebuilt
from workbook.hosts.headless import evaluate
from workbook.package.cells import Place, address
from workbook.package.package import Package
from workbook.template.sheets import case_text

DAY = datetime.date(2026, 5, 13)
WHEN = datetime.datetime(2026, 5, 13, 9, 30)
CASE = of_text(starter("acme", DAY))
BETA, RISK_FREE, PRICE = "cost_of_capital.beta", "cost_of_capital.risk_free", "prices.share_price"
#: What an array formula of the user's fills, which a file as openpyxl saves it lacks.
FILLED = ("B7", "B8")
#: Parts of a cell's style.
STYLE = ("font", "fill", "border", "alignment", "number_format", "protection")


@pytest.fixture(scope="module")
def small() -> bytes:
    return template.build(CASE)


@pytest.fixture(scope="module")
def opened(small: bytes) -> Package:
    return Package.opened(small)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(file: bytes | Package) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(Package.opened(file).saved()))


def cell_of(package: Package, path: str) -> str:
    return address(*typed(package, path)[1])


def user_s(small: bytes) -> openpyxl.Workbook:
    """Return the workbook with sheets, cells, notes and names of a user's own."""
    book = read(small)
    beta = cell_of(Package.opened(small), BETA)
    mine = book.create_sheet("Mine, all", 2)
    mine["A1"], mine["A1"].font = "My view", Font(bold=True, color="FFFF0000", size=14)
    mine.merge_cells("A1:C1")
    mine["A3"] = f"=SUM(Inputs!${beta[0]}${beta[1:]}:{beta})"
    mine["B3"], mine["B3"].number_format = 1.25, '0.00"x"'
    mine["B4"], mine["B5"] = f"=Inputs!{beta}*2", "=my_rate*2+tripled"
    mine["B6"] = ArrayFormula("B6:B8", "=B3*{1;2;3}")
    mine["B9"] = "=DILUTED_MARKET_CAP(20,Securities)"
    mine["B10"] = '=IF(B3>1,"Inputs!D12","\'DCF\'!A1")'
    mine["C3"], mine["C6"], mine["C7"] = True, datetime.datetime(2026, 5, 1), 0.1 + 0.2
    mine["C4"], mine["C4"].data_type = "#N/A", "e"
    mine["C5"], mine["C5"].data_type, mine["C5"].quotePrefix = "=text", "s", True
    mine["C8"] = "two\nlines  "
    mine["D3"], mine["D3"].hyperlink = "link", "https://example.com/"
    mine["D4"].hyperlink = Hyperlink(ref="D4", location=f"Inputs!{beta}")
    mine["A4"].comment = Comment("why 1.25", "Ann", height=60, width=200)
    red = PatternFill("solid", bgColor="FFFF0000")
    mine.conditional_formatting.add("B3:B9", CellIsRule("greaterThan", ["1"], fill=red))
    choice = DataValidation("list", formula1='"a,b"')
    choice.add("D5")
    mine.add_data_validation(choice)
    mine["F1"], mine["G1"], mine["F2"], mine["G2"] = "Name", "N", "x", 2
    mine.add_table(Table(displayName="Mine_table", ref="F1:G2"))
    mine.column_dimensions["A"].width, mine.row_dimensions[3].height = 33, 40
    mine.freeze_panes, mine.sheet_properties.tabColor = "B2", "FF00FF00"
    hidden = book.create_sheet("Hidden")
    hidden["A1"], hidden.sheet_state = "='Mine, all'!B4+1", "veryHidden"
    book.defined_names["my_rate"] = DefinedName("my_rate", attr_text="'Mine, all'!$B$3")
    book.defined_names["tripled"] = DefinedName(
        "tripled", attr_text=f"Inputs!${beta[0]}${beta[1:]}*3"
    )
    book["Inputs"][beta].comment = Comment("from the desk", "Bob")
    book["Inputs"]["AA9"] = f"={beta}+1"
    book["Inputs"]["AB9"] = "in the margin"
    book["Inputs"]["AB9"].hyperlink = "https://example.com/margin"
    return book


@pytest.fixture(scope="module")
def added(small: bytes) -> tuple[openpyxl.Workbook, Rebuilt]:
    """Return a workbook with everything of a user's own, and the one that is built from it."""
    file = saved(user_s(small))
    return read(file), rebuilt(Package.opened(file), WHEN)


# Nothing lost ------------------------------------------------------------------------------------


def test_a_workbook_as_built_is_built_again_byte_by_byte(small: bytes, finished: bytes) -> None:
    for file in (small, finished):
        found = rebuilt(Package.opened(file), WHEN)
        assert found.package.saved() == file
        assert (found.changes, found.rows, found.carried, found.left) == ([], 0, {}, [])


def test_sheets_of_one_s_own_are_as_they_were(added: tuple[openpyxl.Workbook, Rebuilt]) -> None:
    book, found = added
    there = read(found.package)
    assert found.left == []
    assert there.sheetnames == book.sheetnames
    compared = 0
    for title in ("Mine, all", "Hidden"):
        one, other = book[title], there[title]
        for row in one.iter_rows():
            for cell in row:
                twin = other[cell.coordinate]
                if cell.coordinate not in FILLED:
                    assert _content(twin) == _content(cell), cell
                for part in STYLE:
                    assert repr(getattr(twin, part)) == repr(getattr(cell, part)), cell
                assert _said(twin) == _said(cell)
                assert (twin.hyperlink is None) == (cell.hyperlink is None)
                compared += cell.value is not None
        assert other.sheet_state == one.sheet_state
        assert other.freeze_panes == one.freeze_panes
        assert {*map(str, other.merged_cells.ranges)} == {*map(str, one.merged_cells.ranges)}
    assert compared == 21
    one, other = book["Mine, all"], there["Mine, all"]
    assert other.column_dimensions["A"].width == 33
    assert other.row_dimensions[3].height == 40
    assert other["D3"].hyperlink.target == "https://example.com/"
    assert other["D4"].hyperlink.location == one["D4"].hyperlink.location
    assert str(other.sheet_properties.tabColor.rgb) == "FF00FF00"
    assert other["C5"].quotePrefix
    (rules,) = other.conditional_formatting
    assert (str(rules.sqref), rules.rules[0].formula) == ("B3:B9", ["1"])
    assert [str(each.sqref) for each in other.data_validations.dataValidation] == ["D5"]
    assert other.tables["Mine_table"].ref == "F1:G2"


def _content(cell: Any) -> tuple[Any, Any]:
    held = cell.value
    return (held.ref, held.text) if isinstance(held, ArrayFormula) else (held, cell.data_type)


def _said(cell: Any) -> tuple[str, str] | None:
    return None if cell.comment is None else (cell.comment.text, cell.comment.author)


def test_what_is_between_our_cells_is_carried(added: tuple[openpyxl.Workbook, Rebuilt]) -> None:
    found = added[1]
    there = read(found.package)
    beta = cell_of(found.package, BETA)
    inputs = there["Inputs"]
    assert inputs["AA9"].value == f"={beta}+1"
    assert inputs["AB9"].value == "in the margin"
    assert inputs["AB9"].hyperlink.target == "https://example.com/margin"
    assert _said(inputs[beta]) == ("from the desk", "Bob")
    assert there.defined_names["my_rate"].attr_text == "'Mine, all'!$B$3"
    assert found.carried == {
        "own sheet": 2, "own cell": 2, "note": 2, "own name": 2
    }  # fmt: skip


def test_formulas_of_one_s_own_have_the_values_that_they_must_have(
    added: tuple[openpyxl.Workbook, Rebuilt],
) -> None:
    """By hand, with the beta of the case."""
    beta = CASE.figures[BETA].number
    values = added[1].values["Mine, all"]
    expected = {(3, 1): beta, (4, 2): 2 * beta, (5, 2): 2.5 + 3 * beta, (7, 2): 2.5, (8, 2): 3.75}
    assert {at: values[at] for at in expected} == pytest.approx(expected, rel=1e-15)
    assert values[10, 2] == "Inputs!D12"
    page = added[1].package.sheets["Mine, all"]
    assert {at: page.value(at) for at in expected} == pytest.approx(expected, rel=1e-15)
    assert added[1].values["Hidden"][1, 1] == pytest.approx(2 * beta + 1, rel=1e-15)


def test_the_built_sheets_are_those_of_the_case(
    added: tuple[openpyxl.Workbook, Rebuilt], opened: Package
) -> None:
    made = added[1].package
    for title, sheet in opened.sheets.items():
        own = {(9, 27)} if title == "Inputs" else set()
        here = {at: (f.text, f.ref) for at, f in made.sheets[title].formulas.items()}
        there = {at: (f.text, f.ref) for at, f in sheet.formulas.items()}
        assert {at: f for at, f in here.items() if at not in own} == there
        if title in added[1].values:
            assert {at: made.sheets[title].value(at) for at in sheet.filled} == {
                at: sheet.value(at) for at in sheet.filled
            }


def test_a_workbook_built_from_another_is_built_again_byte_by_byte(
    added: tuple[openpyxl.Workbook, Rebuilt],
) -> None:
    file = added[1].package.saved()
    assert rebuilt(Package.opened(file), WHEN).package.saved() == file


def test_the_file_is_one_that_excel_accepts(
    added: tuple[openpyxl.Workbook, Rebuilt], tmp_path: Path
) -> None:
    file = added[1].package.saved()
    assert gate.structure(file) == []
    assert open_xml.findings(file, tmp_path) == []


# Inputs ------------------------------------------------------------------------------------------


def test_formulas_in_inputs_stay(small: bytes) -> None:
    """The oracle is the workbook of the case with the values that the formulas give."""
    book, package = read(small), Package.opened(small)
    beta, risk_free = cell_of(package, BETA), cell_of(package, RISK_FREE)
    mine = book.create_sheet("Mine")
    mine["B3"] = 1.5
    book["Inputs"][beta], book["Inputs"][risk_free] = "=Mine!B3*1.1", "=0.04+0.004"
    found = rebuilt(Package.opened(saved(book)), WHEN)
    there = read(found.package)["Inputs"]
    assert (there[beta].value, there[risk_free].value) == ("=Mine!B3*1.1", "=0.04+0.004")
    assert found.carried == {"own sheet": 1, "input formula": 2}
    assert {each.path: each.after for each in found.changes} == {BETA: "1.65", RISK_FREE: "0.044"}
    case = of_text(case_text.read(found.package) or "")
    assert case.figures[BETA].number == pytest.approx(1.65)
    assert found.valued.value_per_share == pytest.approx(value(case).value_per_share, rel=1e-15)
    title, at = valued(found.package)
    assert found.values[title][at] == pytest.approx(value(case).value_per_share, rel=1e-12)
    fresh = template.drafted(case)
    for title, sheet in fresh.sheets.items():
        assert {a: f.text for a, f in sheet.formulas.items()} == {
            a: f.text
            for a, f in found.package.sheets[title].formulas.items()
            if (title, address(*a)) not in (("Inputs", beta), ("Inputs", risk_free))
        }


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ('=WEBSERVICE("http://localhost/")+1.2', "calls WEBSERVICE"),
        ('=IF(1,1.2,HYPERLINK("x"))', "calls HYPERLINK"),
        ("='[rates.xlsx]S'!$B$3", "refers to the file rates.xlsx"),
    ],
)
def test_a_formula_that_is_not_safe_is_typed_as_its_value(
    small: bytes, formula: str, why: str
) -> None:
    """It has the value with which the file was saved."""
    where = typed(Package.opened(small), BETA)
    package = _with_value(changed(small, {where: formula}), where, "1.2")
    found = rebuilt(package, WHEN)
    assert found.left == [
        f"{where[0]}!{address(*where[1])}: {formula} {why}, so its value is typed"
    ]
    page = found.package.sheets[where[0]]
    assert where[1] not in page.formulas
    assert page.value(where[1]) == 1.2


def test_a_formula_that_cannot_be_evaluated_keeps_its_value(small: bytes) -> None:
    """And what depends on it follows from that."""
    book = read(small)
    mine = book.create_sheet("Mine")
    mine["A1"], mine["A2"] = '=CELL("row",B7)', "=A1*2"
    found = rebuilt(_with_value(Package.opened(saved(book)), ("Mine", (1, 1)), "7"), WHEN)
    assert found.left == []
    page = found.package.sheets["Mine"]
    assert page.formulas[1, 1].text == 'CELL("row",B7)'
    assert (page.value((1, 1)), page.value((2, 1))) == (7, 14)


def _with_value(package: Package, cell: tuple[str, Place], text: str) -> Package:
    """Put the value of a formula, as a spreadsheet saves it."""
    page = package.sheets[cell[0]]
    package.edited(page.part)
    held = page.cells[cell[1]]
    for before in held.findall("v"):
        held.remove(before)
    SubElement(held, "v").text = text
    return Package(package.current())


def test_a_name_that_this_workbook_does_not_need_may_be_one_s_own(opened: Package) -> None:
    assert "Peers" not in opened.names
    book = read(opened)
    book.defined_names["Peers"] = DefinedName("Peers", attr_text="1.5")
    found = rebuilt(Package.opened(saved(book)), WHEN)
    assert found.package.names["Peers"] == "1.5"


def test_a_name_of_a_sheet_that_hides_one_of_the_workbook_is_carried_with_an_own_sheet_only(
    small: bytes,
) -> None:
    book = read(small)
    book.create_sheet("Mine")["A1"] = "=Share_price*2"
    for title in ("Mine", "DCF"):
        book[title].defined_names["Share_price"] = DefinedName("Share_price", attr_text="3")
    found = rebuilt(Package.opened(saved(book)), WHEN)
    assert found.package.names_of_sheets["Mine"] == {"Share_price": "3"}
    assert "DCF" not in found.package.names_of_sheets
    assert found.left == ["DCF: the name Share_price of this sheet, =3, hides that of the workbook"]


@pytest.mark.parametrize(
    ("inside", "element", "stated"),
    [
        ("sheetViews", "sheetView", {"zoomScale": "large", "workbookViewId": "0"}),
        ("", "sheetProtection", {"sheet": "1", "spinCount": "many"}),
        ("sheetPr", "tabColor", {"theme": "red"}),
    ],
)
def test_settings_that_no_sheet_may_have_are_refused_with_the_part(
    small: bytes, inside: str, element: str, stated: dict[str, str]
) -> None:
    package = Package.opened(small)
    part = package.sheets["DCF"].part
    tree = package.edited(part)
    parent = tree if not inside else tree.find(inside)
    if parent is None:
        parent = Element(inside)
        tree.insert(0, parent)
    SubElement(parent, element, stated)
    with pytest.raises(InputError, match=f"^{part} cannot be read"):
        rebuilt(Package(package.current()), WHEN)


# What is not carried -----------------------------------------------------------------------------


def test_what_cannot_be_carried_is_listed(small: bytes) -> None:
    book = read(small)
    formula = next(
        cell
        for row in book["DCF"].iter_rows(min_row=8)
        for cell in row
        if cell.data_type == "f" and isinstance(cell.value, str)
    )
    label = next(c for row in book["DCF"].iter_rows(min_row=8) for c in row if c.data_type == "s")
    built, formula.value = formula.value, "=1+1"
    label.value = "My heading"
    mine = book.create_sheet("Mine")
    mine["A1"], mine["A2"] = 1, '=WEBSERVICE("http://localhost/")'
    chart = BarChart()
    chart.add_data(Reference(mine, min_col=1, min_row=1))
    mine.add_chart(chart, "H3")
    book.defined_names["far"] = DefinedName("far", attr_text="'[x.xlsx]S'!$B$3")
    mine["A3"] = "=far*2"
    found = rebuilt(Package.opened(saved(book)), WHEN)
    assert found.left[0].startswith('Mine!A2: =WEBSERVICE("http://localhost/") calls WEBSERVICE')
    text = "\n".join(found.left)
    assert "Mine!A3: =far*2 uses the name far, which is not carried" in text
    assert f"DCF!{formula.coordinate}: =1+1 would replace the workbook's own formula" in text
    assert f"DCF!{label.coordinate}: 'My heading' would replace " in text
    assert "the name far, ='[x.xlsx]S'!$B$3, refers to the file x.xlsx" in text
    assert found.left[-1] == "Mine: 1 chart"
    assert len(found.left) == 6
    there = read(found.package)
    assert there["DCF"][formula.coordinate].value == built
    assert there["Mine"]["A2"].data_type != "f"


def test_parts_that_are_not_carried_are_named_by_sheet_and_kind(opened: Package) -> None:
    """Relationships and elements as Excel writes them."""
    parts = dict(opened.parts)
    part = opened.sheets["DCF"].part
    folder, _, name = part.rpartition("/")
    kinds = {
        "2006/relationships/pivotTable": "pivotTables/pivotTable1.xml",
        "2017/10/relationships/threadedComment": "threadedComments/threadedComment1.xml",
        "2006/relationships/ctrlProp": "ctrlProps/ctrlProp1.xml",
        "2006/relationships/printerSettings": "printerSettings/printerSettings1.bin",
        "2006/relationships/image": "media/image1.png",
    }
    added = "".join(
        f'<Relationship Id="own{i}" Type="http://schemas.example/{kind}" Target="../{target}"/>'
        for i, (kind, target) in enumerate(kinds.items())
    )
    relations = f"{folder}/_rels/{name}.rels"
    before = parts.get(relations, b"<Relationships></Relationships>").decode()
    before = before.replace("<Relationships />", "<Relationships></Relationships>")
    parts[relations] = before.replace("</Relationships>", f"{added}</Relationships>").encode()
    sparklines = b"<extLst><ext><x14:sparklineGroup/><x14:sparklineGroup/></ext></extLst>"
    parts[part] = parts[part].replace(b"</worksheet>", sparklines + b"</worksheet>")
    parts["xl/connections.xml"] = b"<connections/>"
    titles = {title: title for title in opened.sheets}
    assert lost(opened, opened, titles, ()) == []
    assert lost(Package(parts), opened, titles, ()) == [
        "DCF: 1 pivot table",
        "DCF: 1 comment thread (its text is kept in a note)",
        "DCF: 1 form control",
        "DCF: 1 picture",
        "DCF: 2 sparkline groups",
        "the workbook: data connections",
    ]


def test_an_array_formula_without_room_is_listed(small: bytes) -> None:
    """One has three empty cells in the margin; the other would fill a label's."""
    book = read(small)
    sheet, (row, column) = typed(Package.opened(small), BETA)
    page = book[sheet]
    free = next(
        r for r in range(row, row + 40) if page.cell(r, column).value is not None
        and all(page.cell(r, c).value is None for c in range(column + 20, column + 23))
    )  # fmt: skip
    first = page.cell(free, column + 20).coordinate
    last = page.cell(free, column + 22).coordinate
    page[first] = ArrayFormula(f"{first}:{last}", "={1,2,3}")
    below = next(r for r in range(7, 40) if page.cell(r, 2).value is None and page.cell(r, 3).value)
    page.cell(below, 2).value = ArrayFormula(f"B{below}:C{below}", "={1,2}")
    label = page.cell(below, 3).value
    page.cell(below, 3).value = None
    found = rebuilt(Package.opened(saved(book)), WHEN)
    assert found.left == [f"{sheet}!B{below}: ={{1,2}} has no room for all that it fills"]
    there = read(found.package)[sheet]
    assert there[first].value.ref == f"{first}:{last}"
    assert found.values[sheet][free, column + 22] == 3
    assert there.cell(below, 3).value == label


def test_an_input_whose_formula_gives_another_value_there_is_typed(finished: bytes) -> None:
    """ROW() of the first peer is that of the last one, once the rows are in their order again."""
    package = Package.opened(finished)
    sheet, (top, left), (bottom, right) = areas(package)["Peers"]
    held = package.sheets[sheet].value
    number = next(c for c in range(left, right) if isinstance(held((top + 1, c)), float))
    at = top + 1, number
    last = max(row for row in range(top + 1, bottom + 1) if held((row, left)) is not None)
    edits = reversed_rows(package, "Peers") | {(sheet, at): "=ROW()+0"}
    found = rebuilt(Package.opened(changed(finished, edits).saved()), WHEN)
    why = "gives another value in the new workbook, so its value is typed"
    assert found.left == [f"{sheet}!{address(*at)}: =ROW()+0 {why}"]
    page = found.package.sheets[sheet]
    assert page.value((last, number)) == at[0]
    assert (last, number) not in page.formulas


def test_a_sheet_with_a_name_of_ours_is_renamed(small: bytes) -> None:
    book = read(small)
    book["DCF"].title = "My DCF"
    mine = book.create_sheet("DCF")
    mine["A1"] = "='My DCF'!A1"
    other = book.create_sheet("Other")
    other["A1"] = "=DCF!A1"
    found = rebuilt(Package.opened(saved(book)), WHEN)
    there = read(found.package)
    assert there["DCF 2"]["A1"].value == "='DCF'!A1"
    assert there["Other"]["A1"].value == "='DCF 2'!A1"
    assert "DCF is called DCF 2, because the workbook has a sheet DCF" in found.left
    title = there["DCF"]["A1"].value
    assert found.values["DCF 2"][1, 1] == found.values["Other"][1, 1] == title


def test_links_and_merged_cells_on_built_sheets_are_carried(small: bytes) -> None:
    """Not a link that the workbook has itself, nor what would hide a cell that it has."""
    book = read(small)
    beta = cell_of(Package.opened(small), BETA)
    page, linked = book["Inputs"], [cell for row in book["Sources"] for cell in row]
    pages = {cell.coordinate: cell.hyperlink.target for cell in linked if cell.hyperlink}
    page[beta].hyperlink = "https://example.com/beta"
    page.merge_cells("AB12:AC13")
    row, column = typed(Package.opened(small), BETA)[1]
    page.merged_cells.ranges.add(CellRange(f"{address(row, column - 1)}:{beta}"))
    found = rebuilt(Package.opened(saved(book)), WHEN)
    there = read(found.package)
    assert there["Inputs"][beta].hyperlink.target == "https://example.com/beta"
    assert there["Inputs"][beta].value == page[beta].value
    after = {c.coordinate: c.hyperlink.target for r in there["Sources"] for c in r if c.hyperlink}
    assert after == pages
    merged = {each.coord for each in there["Inputs"].merged_cells.ranges}
    assert merged - {each.coord for each in read(small)["Inputs"].merged_cells.ranges} == {
        "AB12:AC13"
    }
    assert found.carried == {"link": 1, "merged range": 1}
    assert found.left == [
        f"Inputs!{address(row, column - 1)}: the merged cells {address(row, column - 1)}:{beta} "
        "have no room in the new workbook",
    ]


# Rows --------------------------------------------------------------------------------------------


def test_rows_that_were_added_have_room(calc: Calc, small: bytes) -> None:
    """Calc inserts a row, and moves what refers to the rows below it."""
    package = Package.opened(small)
    named = areas(package)
    _, (top, left), (bottom, _) = named["Securities"]
    bridge, (_, first), (total, _) = named["Bridge"]
    book = read(small)
    mine = book.create_sheet("Mine")
    mine["A1"] = f"='{bridge}'!{address(total, first + 2)}"
    mine["A2"] = f"=SUM(Inputs!{address(top + 1, left + 2)}:{address(bottom, left + 2)})"
    mine["A3"] = f"=Inputs!{address(bottom, left)}"
    calc.open(saved(book))
    calc.edit("insert", "Inputs", "rows", top + 2, 1)
    calc.edit("rename", bridge, "Bob's shares")
    new = (top + 2, left)
    calc.enter({
        ("Inputs", new): "New shares",
        ("Inputs", (new[0], left + 1)): "common",
        ("Inputs", (new[0], left + 2)): 12.5,
    })  # fmt: skip
    found = rebuilt(Package.opened(calc.xlsx()), WHEN)
    assert found.left == [f"Bob's shares: the name of the sheet, which is called {bridge} again"]
    assert [each.path for each in found.changes] == ["securities.new_shares"]
    assert found.rows == 1
    now = areas(found.package)
    _, (_, _), (after, _) = now["Securities"]
    assert after == bottom + 1
    case = of_text(case_text.read(found.package) or "")
    counts = sum(figure.number for path, figure in case.figures.items() if path.endswith(".count"))
    mine_s = found.values["Mine"]
    assert mine_s[2, 1] == pytest.approx(counts, rel=1e-12)
    formula = found.package.sheets["Mine"].formulas[1, 1].text
    assert formula == f"'{bridge}'!{address(now['Bridge'][2][0], first + 2)}"
    assert evaluate(found.package)["Mine"][1, 1] == mine_s[1, 1]
    fresh = template.drafted(case)
    for title, sheet in fresh.sheets.items():
        here = {at: f.text for at, f in found.package.sheets[title].formulas.items()}
        assert here == {at: f.text for at, f in sheet.formulas.items()}


def test_what_calc_has_saved_is_built_again_and_a_removed_row_is_left_out(
    calc: Calc, finished: bytes
) -> None:
    """Formulas that referred to the row are as in the workbook without it."""
    calc.open(finished)
    assert rebuilt(Package.opened(calc.xlsx()), WHEN).package.saved() == finished
    sheet, (top, left), _ = areas(Package.opened(finished))["Peers"]
    name = Package.opened(finished).sheets[sheet].value((top + 2, left))
    calc.edit("remove", sheet, "rows", top + 2, 1)
    calc.edit("insert", "DCF", "rows", 8, 1)
    calc.enter({("DCF", (8, 4)): "in a row of its own"})
    found = rebuilt(Package.opened(calc.xlsx()), WHEN)
    (change,) = found.changes
    assert (change.before.split(",")[0], change.after) == (name, "")
    assert found.left == ["DCF!D8: 'in a row of its own' has no place in the new workbook"]
    case = of_text(case_text.read(found.package) or "")
    fresh = template.drafted(case)
    for title, page in fresh.sheets.items():
        here = {at: f.text for at, f in found.package.sheets[title].formulas.items()}
        assert here == {at: f.text for at, f in page.formulas.items()}


def test_what_is_said_of_a_row_goes_with_it_when_rows_are_sorted(finished: bytes) -> None:
    """The new workbook has the rows in the order of the case, and notes where the names are."""
    package = Package.opened(finished)
    sheet, (top, left), (bottom, _) = areas(package)["Peers"]
    names = [package.sheets[sheet].value((row, left)) for row in range(top + 1, bottom + 1)]
    book = read(changed(finished, reversed_rows(package, "Peers")))
    for row in range(top + 1, bottom + 1):
        cell = book[sheet].cell(row, left)
        cell.comment = Comment(f"about {cell.value}", "Ann")
    mine = book.create_sheet("Mine")
    mine["A1"] = f"={sheet}!{address(top + 1, left)}"
    mine["A2"] = f"=COUNTA({sheet}!{address(top + 1, left)}:{address(bottom, left)})"
    mine["A3"] = f"=COUNTA({sheet}!{address(top + 1, left)}:{address(top + 2, left)})"
    found = rebuilt(Package.opened(saved(book)), WHEN)
    assert (found.changes, found.left) == ([], [])
    there = read(found.package)[sheet]
    cells = [there.cell(row, left) for row in range(top + 1, bottom + 1)]
    assert [cell.value for cell in cells] == names
    assert [cell.comment.text for cell in cells] == [f"about {name}" for name in names]
    peers = [name for name in names if name is not None]
    assert found.values["Mine"] == {
        (1, 1): peers[-1], (2, 1): float(len(peers)), (3, 1): 2.0
    }  # fmt: skip


def test_what_is_set_of_sheets_and_of_the_document_is_carried(small: bytes) -> None:
    """As openpyxl reads it from both, with both kinds of passwords, and what cannot be is named."""
    book = read(small)
    book.move_sheet("Equity", -5)
    book["Choices"].sheet_state, book["Revenue"].sheet_state = "hidden", "veryHidden"
    book["DCF"].sheet_properties.tabColor = "FF1234"
    book["Inputs"].sheet_view.zoomScale = 70
    book["Inputs"]["D11"].protection = Protection(locked=False)
    book.create_sheet("Mine", 2)["A1"] = 1
    for title in ("Inputs", "Mine", "Case"):
        book[title].protection.sheet, book[title].protection.password = True, "secret"
    hashed = {"algorithmName": "SHA-512", "hashValue": "aGFzaA==", "saltValue": "c2FsdA=="}
    for name, said in {"sheet": True, "spinCount": 100_000, **hashed}.items():
        setattr(book["Equity"].protection, name, said)
    book.security.lockStructure, book.security.workbookPassword = True, "other"
    book.properties.title, book.properties.creator = "Project X", "Me"
    book["Equity"].row_dimensions.group(10, 12, hidden=True)
    book["DCF"].column_dimensions["F"].hidden = True
    before = read(saved(book))
    found = rebuilt(Package.opened(saved(book)), WHEN)
    after = read(found.package.saved())
    assert after.sheetnames == before.sheetnames != read(small).sheetnames
    for sheet in before:
        there = after[sheet.title]
        assert there.sheet_state == sheet.sheet_state
        assert dict(there.protection) == dict(sheet.protection)
        assert there.sheet_view.zoomScale == sheet.sheet_view.zoomScale
    assert hash_password("secret") == after["Mine"].protection.password
    assert after["DCF"].sheet_properties.tabColor.rgb == "00FF1234"
    assert dict(after.security) == dict(before.security) != {}
    assert (after.properties.title, after.properties.creator) == ("Project X", "Me")
    locked = [after["Inputs"][at].protection.locked for at in ("D11", "D10")]
    assert locked == [False, True]
    assert found.left == [
        "DCF: 1 hidden column", "Equity: 3 hidden rows", "Equity: 3 grouped rows",
    ]  # fmt: skip
    assert after.active.title == "Dashboard"


def test_the_name_of_a_built_sheet_is_not_carried_and_named(small: bytes) -> None:
    found = rebuilt(retitled(Package.opened(small), {"Equity": "Shares"}), WHEN)
    assert found.left == ["Shares: the name of the sheet, which is called Equity again"]


def test_references_follow_their_cells(opened: Package) -> None:
    """Two rows further down, and one sheet renamed: written by hand."""
    there = Corresponding(opened, opened, {"Mine": "Mine 2"})
    for formula, expected in {
        "SUM(Inputs!$A$1:B2)+Mine!C3": "SUM(Inputs!$A$1:B2)+'Mine 2'!C3",
        "'Mine'!rate*D$4": "'Mine 2'!rate*D$4",
        'IF(A1="Mine!A1",Table[Mine!A1],LOG10(2))': 'IF(A1="Mine!A1",Table[Mine!A1],LOG10(2))',
        "SUM(DCF!$B:$D,DCF!3:4)": "SUM(DCF!$B:$D,DCF!3:4)",
    }.items():
        assert there.rewritten(formula, "Inputs") == expected
    for formula in ("SUM(Inputs:DCF!A1)", "SUM('Inputs:DCF'!A1)", "Gone!A1"):
        with pytest.raises(CannotCarryError, match="refers to"):
            there.rewritten(formula, "Inputs")


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def own(offtake: Command, small: bytes) -> Command:
    (offtake.folder / "acme.xlsx").write_bytes(small)
    return offtake


def test_the_file_is_replaced_and_kept(own: Command, small: bytes) -> None:
    where = typed(Package.opened(small), BETA)
    file = changed(small, {where: 1.5}).saved()
    (own.folder / "acme.xlsx").write_bytes(file)
    run = own("build", "--from", "acme.xlsx")
    assert (run.code, run.err) == (0, "")
    assert BETA in run.out
    assert "Carried: 1 changed input.\n" in run.out
    assert "; acme.xlsx.bak is the file as it was." in run.out
    assert (own.folder / "acme.xlsx.bak").read_bytes() == file
    assert own("check", "acme.xlsx").code == 0
    new = (own.folder / "acme.xlsx").read_bytes()
    # Nothing was changed in the new one: the same file comes again, and there is nothing to keep.
    assert own("build", "--from", "acme.xlsx").code == 0
    assert (own.folder / "acme.xlsx").read_bytes() == new
    assert not (own.folder / "acme.xlsx.bak2").exists()


def test_another_file_is_written_and_the_first_left(own: Command, small: bytes) -> None:
    assert own("build", "--from", "acme.xlsx", "-o", "new.xlsx").code == 0
    assert sorted(f.name for f in own.folder.iterdir()) == ["acme.xlsx", "new.xlsx"]
    assert (own.folder / "new.xlsx").read_bytes() == small
    assert own("build", "--from", "acme.xlsx", "-o", "new.xlsx").sentence == (
        "new.xlsx already exists; use --force to replace it."
    )
    assert own("build", "--from", "acme.xlsx", "--host", "excel", "-o", "new.xlsm").code == 0
    run = own("build", "--from", "new.xlsm")
    assert run.code == 0, run
    assert "Not carried" not in run.out


def test_what_could_not_be_carried_makes_the_code_1(own: Command, small: bytes) -> None:
    book = read(small)
    book.create_sheet("Mine")["A1"] = '=WEBSERVICE("http://localhost/")'
    (own.folder / "acme.xlsx").write_bytes(saved(book))
    run = own("build", "--from", "acme.xlsx")
    assert (run.code, run.err) == (1, "")
    assert 'Not carried: Mine!A1: =WEBSERVICE("http://localhost/") calls WEBSERVICE' in run.out


def _without_case(book: openpyxl.Workbook) -> None:
    del book["Case"]


def _without_inputs(book: openpyxl.Workbook) -> None:
    del book["Inputs"]


def _without_keys(book: openpyxl.Workbook) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if str(cell.value).startswith("Keys of "):
                    cell.value = None


def _without_keys_of_one(book: openpyxl.Workbook) -> None:
    for row in book["DCF"].iter_rows():
        for cell in row:
            if str(cell.value).startswith("Keys of "):
                cell.value = None


def _with_text(book: openpyxl.Workbook) -> None:
    book["Inputs"][cell_of(Package.opened(saved(book)), BETA)] = "high"


def _with_another_header(book: openpyxl.Workbook) -> None:
    _, (top, left), _ = areas(Package.opened(saved(book)))["Securities"]
    book["Inputs"].cell(top, left + 2).value = "Number"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_without_case, f"workbook {OLDER}."),
        (_without_keys, f"workbook {OLDER}."),
        (_without_keys_of_one, "DCF must have its hidden row and column of keys, or else another"),
        (_without_inputs, "workbook must have the sheets Inputs and Sources"),
        (_with_text, "Inputs!D"),
        (
            _with_another_header,
            "holds 'Number', and the header Count of the table Securities belongs there.",
        ),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused(
    own: Command, small: bytes, edit: Any, words: str
) -> None:
    book = read(small)
    edit(book)
    file = saved(book)
    (own.folder / "acme.xlsx").write_bytes(file)
    run = own("build", "--from", "acme.xlsx")
    assert (run.code, run.err.count("\n")) == (2, 1)
    assert words.casefold() in run.err.casefold()
    # Without its keys nobody knows that a calculated link is the workbook's own.
    assert [line for line in run.out.splitlines() if "has a link" not in line] == []
    assert [f.name for f in own.folder.iterdir()] == ["acme.xlsx"]
    assert (own.folder / "acme.xlsx").read_bytes() == file


def test_what_goes_with_from_is_said(own: Command) -> None:
    for given, sentence in {
        ("gone.xlsx",): "gone.xlsx is not a file.",
        ("acme.xlsx", "acme.toml"): "--from takes the case in acme.xlsx; remove 'acme.toml'.",
        ("acme.xlsx", "--host", "addin"): (
            "--host addin is the same for every workbook; remove --from."
        ),
        ("acme.xlsx", "-o", "new.ods"): "The output must be a .xlsx file, not 'new.ods'.",
    }.items():
        run = own("build", "--from", *given)
        assert (run.code, run.sentence) == (2, sentence)
    (own.folder / "other.xlsx").write_bytes(saved(openpyxl.Workbook()))
    assert own("build", "--from", "other.xlsx").sentence == (
        "workbook must have been built with `offtake build`."
    )
