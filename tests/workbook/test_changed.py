"""Is every changed formula, name and rule of a workbook named with its cell, and nothing else?

The oracle is the change: it is made in one cell of a built workbook, and that cell is to be named.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache

import openpyxl
import pytest
from calc_comparison import built
from in_parts import areas, renamed, typed
from in_parts import changed as put
from openpyxl.workbook.defined_name import DefinedName

from model.case.case import load
from workbook import template
from workbook.check.canonical import canonical
from workbook.check.changed import INPUTS, _lost_rows, changed
from workbook.check.charts import changed_charts
from workbook.check.findings import MOST, SOME, Finding, listed
from workbook.check.keyed import keyed_sheets
from workbook.check.moved import Moved, Positions
from workbook.check.outside import outside
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.check.rules import changed_names, changed_rules, changed_settings
from workbook.package.cells import Formula, Place, address
from workbook.package.cells import cells as in_range
from workbook.package.limits import LIMITS
from workbook.package.minimal import Page, package
from workbook.package.package import Package
from workbook.status import STATUS, as_built
from workbook.template.keys import CORNER

#: Files, each with several changed formulas, and formulas changed in each.
FILES, FORMULAS = 10, 20
Cell = tuple[str, Place]


@cache
def draft() -> Package:
    return template.drafted(load("cerebras"))


def found(file: Package) -> list[Finding]:
    moved = Moved(file, draft())
    return [*moved.findings, *changed(file, draft(), moved)]


# Formulas ---------------------------------------------------------------------------------------


def more(text: str) -> str:
    return f"({text})*1.1"


def hardly_more(text: str) -> str:
    return f"{text}+1E-9"


def another_number(text: str) -> str:
    return re.sub(r"(?<![\w$.])\d+(?![\w.!])", lambda n: str(int(n[0]) + 1), text, count=1)


def the_next_row(text: str) -> str:
    return re.sub(r"(\$?[A-Z]{1,2}\$?)(\d+)\b", lambda c: f"{c[1]}{int(c[2]) + 1}", text, count=1)


def the_next_column(text: str) -> str:
    return re.sub(
        r"(\$?)([A-Y])(\$?\d+)\b", lambda c: c[1] + chr(ord(c[2]) + 1) + c[3], text, count=1
    )


def another_sign(text: str) -> str:
    return text.replace("+", "-", 1) if "+" in text else f"-{text}"


def another_text(text: str) -> str:
    return re.sub(r'"(\w[^"]*)"', r'"\1 "', text, count=1)


def one_argument_more(text: str) -> str:
    return re.sub(r"\)(?!.*\))", ",0)", text, count=1)


WAYS: list[Callable[[str], str]] = [
    *(more, hardly_more, another_number, the_next_row, the_next_column),
    *(another_sign, another_text, one_argument_more),
]


@pytest.mark.parametrize("seed", range(FILES))
def test_every_changed_formula_is_named_and_no_other(seed: int) -> None:
    draw = random.Random(seed)
    file = Package.opened(built("cerebras"))
    cells = [(sheet, at) for sheet, of in file.formulas.items() for at in of]
    picked: set[Cell] = set()
    for sheet, at in draw.sample(cells, FORMULAS):
        formula = file.edited(file.sheets[sheet].part) and file.sheets[sheet].cells[at].find("f")
        assert formula is not None and formula.text
        text = draw.choice(WAYS)(formula.text)
        if text == formula.text:
            text = more(text)
        formula.text = text
        picked.add((sheet, at))
    named = found(Package(file.current()))
    assert {(finding.sheet, finding.at) for finding in named} == picked
    assert all("belongs there" in finding.text for finding in named)


def test_what_is_there_and_what_belongs_there_is_said() -> None:
    file = put(built("cerebras"), {("Dashboard", (2, 9)): "=1"})
    assert found(file) == []  # A formula of one's own is no finding.
    page = "Contracts and RPO"
    at = next(at for at, f in file.formulas[page].items() if f.text == "Opening_balance")
    (finding,) = found(put(file, {(page, at): "=Opening_balance*1.1"}))
    assert str(finding) == (
        f"{page}!{address(*at)}: holds =Opening_balance*1.1, and =Opening_balance belongs there"
    )
    (finding,) = found(put(file, {(page, at): 24600}))
    assert finding.text == "holds 24600.0, and a formula belongs there: =Opening_balance"
    (finding,) = found(put(file, {(page, at): None}))
    assert finding.text == "is empty, and a formula belongs there: =Opening_balance"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SUM( $A$1:B2 , 0.50)", "sum(A1:$B$2,.5)"),
        ("_xlfn.CONCAT(A1)&TRUE()", "CONCAT('Here'!A1)&TRUE"),
        ("_xlfn._xlws.SORT(A1:A1)", "SORT(A1)"),
        ("(1-1E-9)*1e3", "(1.0-1e-9)*1000"),
        ("'It''s'!A1+Other!B2", "'It''s'!$A$1+'Other'!B2"),
    ],
)
def test_what_calculates_the_same_is_the_same(one: str, other: str) -> None:
    assert canonical(one, "Here", lambda *at: at) == canonical(other, "Here", lambda *at: at)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A1", "B1"),
        ("Other!A1", "A1"),
        ("A1:B2", "A1,B2"),
        ('"a "', '"a"'),
        ('"A"', '"a"'),
        ("LOG10(A1)", "LOG(A1)"),
        ("1E-9", "1E-8"),
        ("-A1", "A1"),
        ("#REF!", "#N/A"),
    ],
)
def test_what_calculates_something_else_is_not(one: str, other: str) -> None:
    assert canonical(one, "Here", lambda *at: at) != canonical(other, "Here", lambda *at: at)


def test_in_a_rule_it_matters_what_is_fixed() -> None:
    """Of a range's rule, relative references move along from its first cell."""

    def rule(text: str, origin: Place) -> list[str]:
        return canonical(text, "Here", lambda *at: at, origin)

    assert rule("$A1>B$1", (1, 3)) == rule("$A5>B$1", (5, 3))
    assert rule("$A1>B$1", (1, 3)) != rule("$A5>B$5", (5, 3))
    assert rule("$A1", (1, 3)) != rule("A1", (1, 3))


# Texts and numbers of the sheets of results ---------------------------------------------------


def typed_there(file: Package) -> list[Cell]:
    """Return the cells with a text or a number on the sheets on which nobody types."""
    keyed = keyed_sheets(file)
    return [
        (title, at)
        for title, sheet in file.sheets.items()
        if title in keyed and title not in INPUTS
        for at in sheet.places
        if at not in sheet.filled_places
        and sheet.value(at) is not None
        and at[0] in keyed[title].rows
        and at[1] in keyed[title].columns
    ]


@pytest.mark.parametrize("seed", range(3))
def test_every_changed_text_or_number_is_named_and_no_other(seed: int) -> None:
    draw = random.Random(seed)
    file = Package.opened(built("cerebras"))
    picked = draw.sample(typed_there(file), 3 * FORMULAS)
    news = [draw.choice([None, "Another text", 12.5, "=1+1"]) for _ in picked]
    named = found(put(file, dict(zip(picked, news, strict=True))))
    assert {(finding.sheet, finding.at) for finding in named} == set(picked)


def test_a_tolerance_that_lets_everything_pass_is_named() -> None:
    """No value changes: every check still passes, and would for any numbers."""
    file = Package.opened(built("cerebras"))
    tolerances = [
        (title, at)
        for title, at in typed_there(file)
        if title == "Checks and warnings" and file.sheets[title].value(at) == 1e-9
    ]
    assert len(tolerances) > 50
    for cell in (tolerances[0], tolerances[-1]):
        (finding,) = found(put(built("cerebras"), {cell: 1e9}))
        assert (finding.sheet, finding.at) == cell
        assert finding.text == "holds 1000000000.0, and 1e-09 belongs there"


def test_of_the_line_of_the_build_the_date_alone_may_be_another() -> None:
    cell, day = ("Checks and warnings", STATUS), as_built(date(2030, 1, 1))
    formula = Package.opened(built("cerebras")).formulas[cell[0]][cell[1]].text
    (line,) = re.findall(r'"(Values as built on [^"]*)"', formula)
    assert line != day
    assert found(put(built("cerebras"), {cell: "=" + formula.replace(line, day)})) == []
    for lie in ("Values as built on 1 January 2030: all 120 checks pass", f"{day} now"):
        (finding,) = found(put(built("cerebras"), {cell: "=" + formula.replace(line, lie)}))
        assert (finding.sheet, finding.at) == cell and lie in finding.text


# Keys ------------------------------------------------------------------------------------------


def test_every_row_and_column_has_a_key_of_its_own() -> None:
    file = Package.opened(built("cerebras"))
    keyed = keyed_sheets(file)
    assert set(file.sheets) - set(keyed) == {"xlwings.conf", "Case"}
    for sheet in keyed.values():
        page = file.sheets[sheet.title]
        row, column = sheet.corner
        inside = [at for at in page.cells if at[0] < row and at[1] < column]
        for which, keys in ((0, sheet.rows), (1, sheet.columns)):
            assert {at[which] for at in inside} <= keys.keys()
            assert len(set(keys.values())) == len(keys)


def key_of(file: Package, row: int) -> Cell:
    return "Inputs", (row, keyed_sheets(file)["Inputs"].corner[1])


def test_a_key_that_is_there_twice_is_a_finding() -> None:
    file = Package.opened(built("cerebras"))
    sheet = keyed_sheets(file)["Inputs"]
    extra = max(sheet.rows) + 3
    (finding,) = found(put(file, {key_of(file, extra): sheet.rows[40]}))
    assert (finding.sheet, finding.at[0]) == ("Inputs", extra)
    assert "has the same key as another row" in finding.text


def test_a_key_that_is_gone_is_a_finding_and_its_row_is_still_found() -> None:
    file = Package.opened(built("cerebras"))
    (finding,) = found(put(file, {key_of(file, 40): None}))
    assert (finding.sheet, finding.at[0]) == ("Inputs", 40)
    assert finding.text.startswith("has lost its key")


def without_keys(file: Package, rows: Iterable[int]) -> dict[Cell, object]:
    """Clear the keys of some rows of Inputs."""
    return {key_of(file, row): None for row in rows}


@pytest.mark.parametrize("where", ["first", "last", "all"])
def test_rows_at_an_end_without_keys_are_found_from_there(where: str) -> None:
    """And so is a formula that was changed in them."""
    file = Package.opened(built("cerebras"))
    rows = sorted(keyed_sheets(file)["Inputs"].rows)
    bare = {"first": rows[:4], "last": rows[-6:], "all": rows}[where]
    at = max(at for at, f in file.formulas["Inputs"].items() if at[0] in bare and f.ref is None)
    named = found(put(file, {**without_keys(file, bare), ("Inputs", at): "=1+1"}))
    *lost, changed_there = named
    assert (changed_there.sheet, changed_there.at) == ("Inputs", at)
    assert changed_there.text.startswith("holds =1+1, and =")
    if where == "all":
        (none_left,) = lost
        assert none_left.text.startswith("has lost the keys of all rows, ")
    else:
        assert [finding.at for finding in lost] == [(row, 1) for row in bare]
        assert all(finding.text.startswith("has lost its key") for finding in lost)
    assert rules(put(file, without_keys(file, bare))) == []


@pytest.mark.parametrize("count", [1, 2, None])
def test_columns_without_keys_are_findings_and_still_read(count: int | None) -> None:
    file = Package.opened(built("cerebras"))
    sheet = keyed_sheets(file)["Inputs"]
    bare = sorted(sheet.columns)[:count]
    edited = put(file, {("Inputs", (sheet.corner[0], column)): None for column in bare})
    named = found(edited)
    if count is None:
        (none_left,) = named
        assert none_left.text.startswith("has lost the keys of all columns, ")
        assert read_case(edited)[0] == load("cerebras")
    else:
        assert [(finding.sheet, finding.at) for finding in named] == [
            ("Inputs", (1, column)) for column in bare
        ]


def test_a_row_with_one_formula_that_is_missing_has_one_formula() -> None:
    sheet = package({"Deal": Page({}, {(2, 1): Formula("1")})}, {}).sheets["Deal"]
    (finding,) = _lost_rows(sheet, Positions("Deal", {1: 1}, {1: 1}), ())
    assert str(finding) == (
        "Deal!A2: a row with 1 formula is missing here, row 2 of the workbook as built"
    )


def test_a_sheet_without_keys_is_compared_where_it_was_built() -> None:
    file = Package.opened(built("cerebras"))
    corner = keyed_sheets(file)["Equity"].corner
    assert str(file.sheets["Equity"].value(corner)).startswith(f"{CORNER}Equity")
    at = next(at for at, f in file.formulas["Equity"].items() if f.ref is None)
    edited = put(file, {("Equity", corner): None, ("Equity", at): "=1"})
    lost, changed_there = found(edited)
    assert (lost.sheet, changed_there.sheet, changed_there.at) == ("Equity", "Equity", at)


# Names, permitted entries, conditional formats --------------------------------------------------


def rules(file: Package) -> list[Finding]:
    moved = Moved(file, draft())
    return [*changed_names(file, draft(), moved), *changed_rules(file, draft(), moved)]


def test_rules_and_names_as_built_are_no_findings() -> None:
    assert rules(Package.opened(built("cerebras"))) == []


@pytest.mark.parametrize("text", ["'Inputs'!$D$11", "#REF!", "0.1", "'Inputs'!$A:$A"])
def test_every_name_that_means_something_else_is_named(text: str) -> None:
    names = draft().names
    named = rules(renamed(built("cerebras"), dict.fromkeys(names, text)))
    same = {name for name, area in names.items() if area == text}
    assert len(named) == len(names) - len(same)
    for name in names.keys() - same:
        assert sum(f"the name {name} is" in finding.text for finding in named) == 1


def test_a_workbook_that_takes_too_much_is_compared_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = renamed(built("supermicro"), {"Wacc": "0.1"})
    monkeypatch.setitem(LIMITS, "seconds", LIMITS["seconds"]._replace(most=0))
    first, *others = report(file).findings
    assert first.text.startswith(
        "the workbook must take at most 0 seconds of processor time in its functions, which it "
        "has taken up to "
    )
    assert [finding.text.partition(",")[0] for finding in others] == ["the name Wacc is 0.1"]


@pytest.mark.parametrize("name", ["Share_price", "share_PRICE", "Securities"])
def test_a_name_of_a_sheet_that_hides_one_of_the_workbook_is_named(name: str) -> None:
    """There the formulas of the sheet take what the sheet calls so."""
    book = openpyxl.load_workbook(io.BytesIO(built("cerebras")))
    for title in ("DCF", "Equity"):
        book[title].defined_names[name] = DefinedName(name, attr_text="0.123")
    book["DCF"].defined_names["My_own"] = DefinedName("My_own", attr_text="0.5")
    file = io.BytesIO()
    book.save(file)
    assert [str(finding) for finding in rules(Package.opened(file.getvalue()))] == [
        f"{title}!A1: the name {name} of this sheet is 0.123, and hides that of the workbook"
        for title in ("DCF", "Equity")
    ]


@pytest.mark.parametrize("kind", ["dataValidation", "cfRule"])
def test_every_changed_rule_is_named_with_its_cells(kind: str) -> None:
    original = Package.opened(built("cerebras"))
    tried = 0
    for title, sheet in original.sheets.items():
        count = len([*original.tree(sheet.part).iter(kind)])
        for i in sorted({0, count // 2, count - 1} - {-1}) if count else []:
            file = Package.opened(built("cerebras"))
            rule = [*file.edited(sheet.part).iter(kind)][i]
            rule[0].text = f"{rule[0].text}+1"
            named = rules(Package(file.current()))
            assert named and {finding.sheet for finding in named} == {title}
            tried += 1
    assert tried > 3


@pytest.mark.parametrize("change", [("showErrorMessage", "0"), ("errorStyle", "warning")])
def test_every_entry_that_no_longer_refuses_is_named(change: tuple[str, str]) -> None:
    file = Package.opened(built("cerebras"))
    cells = 0
    for sheet in file.sheets.values():
        for rule in [*file.edited(sheet.part).iter("dataValidation")]:
            rule.set(*change)
            cells += sum(len(in_range(area)) for area in rule.attrib["sqref"].split())
    named = rules(Package(file.current()))
    assert len(named) == cells > 500
    assert {finding.cause for finding in named} == {"permitted entries that differ"}


@pytest.mark.parametrize(
    ("attributes", "sentences"),
    [
        ({}, []),
        ({"fullPrecision": "1", "iterate": "false", "calcMode": "autoNoTable"}, []),
        ({"fullPrecision": "0"}, [("Set precision as displayed is on", False)]),
        ({"iterate": "1"}, [("Enable iterative calculation is on", False)]),
        ({"calcMode": "manual"}, [("The workbook is set to manual calculation", True)]),
    ],
)
def test_settings_that_change_what_is_calculated_are_named(
    attributes: dict[str, str], sentences: list[tuple[str, bool]]
) -> None:
    file = Package.opened(built("cerebras"))
    settings = file.edited("xl/workbook.xml").find("calcPr")
    assert settings is not None
    settings.attrib |= attributes
    found = changed_settings(Package(file.current()))
    assert [(text[: len(said)], note) for (text, note), (said, _) in
            zip(found, sentences, strict=True)] == sentences  # fmt: skip


# Charts -----------------------------------------------------------------------------------------

#: A reference of a chart: up to its row, the row, and the rest.
REFERENCE = re.compile(rb"(<f>[^<]*?\$[A-Z]+\$)(\d+)([^<]*</f>)")


def charts(parts: dict[str, bytes]) -> list[Finding]:
    file = Package(parts)
    return list(changed_charts(file, draft(), Moved(file, draft())))


def drawn() -> dict[str, bytes]:
    """Return the parts that are charts."""
    parts = Package.opened(built("cerebras")).parts
    return {name: part for name, part in parts.items() if name.startswith("xl/charts/")}


def chart_titles(part: bytes) -> str:
    found = re.search(rb"<a:t>([^<]*)</a:t>", part)
    assert found is not None
    return found[1].decode()


def test_every_chart_that_draws_other_cells_is_named_and_no_other() -> None:
    parts, original = dict(Package.opened(built("cerebras")).parts), drawn()
    assert charts(dict(parts)) == [] and len(original) > 10
    titles = {chart_titles(part) for part in original.values()}
    assert len(titles) == len(original)

    def lower(found: re.Match[bytes]) -> bytes:
        return found[1] + str(int(found[2]) + 3).encode() + found[3]

    for name, part in original.items():
        (finding,) = charts(parts | {name: REFERENCE.sub(lower, part)})
        assert finding.text.startswith(f"the chart {chart_titles(part)!r} draws ")
    named = charts(parts | {name: REFERENCE.sub(lower, part) for name, part in original.items()})
    assert len(named) == len(original)


def test_what_a_chart_draws_and_what_belongs_there_is_said() -> None:
    parts = dict(Package.opened(built("cerebras")).parts)
    name, part = next(
        (name, part) for name, part in drawn().items() if chart_titles(part) == "Value per share, "
        "prices and other views"
    )  # fmt: skip
    first = re.search(rb"<cat>.*?<f>('Dashboard'!\$A\$9:\$A\$(\d+))</f>", part)
    assert first is not None
    last = int(first[2])
    (finding,) = charts(parts | {name: part.replace(first[1], b"Revenue!$A$10:$A$11")})
    assert (finding.sheet, finding.text) == (
        "Dashboard",
        "the chart 'Value per share, prices and other views' draws Revenue!A10:A11, "
        f"and Dashboard!A9:A{last} belongs there",
    )
    series = part[part.index(b"<ser>") : part.index(b"</ser>") + len(b"</ser>")]
    (finding,) = charts(parts | {name: part.replace(series, b"")})
    assert "draws nothing, and Dashboard!A9:" in finding.text
    (finding,) = charts(parts | {name: part.replace(series, series * 2)})
    assert "draws Dashboard!A9:" in finding.text and "does not belong there" in finding.text


def test_a_chart_may_have_another_title_but_not_that_of_another() -> None:
    parts = dict(Package.opened(built("cerebras")).parts)
    (name, one), (other_name, other) = list(drawn().items())[:2]
    old, new = chart_titles(one).encode(), chart_titles(other).encode()
    assert charts(parts | {name: one.replace(b">" + old + b"<", b">My view<")}) == []
    assert charts(parts | {name: other, other_name: one}) == []
    swapped = {
        name: one.replace(b">" + old + b"<", b">" + new + b"<"),
        other_name: other.replace(b">" + new + b"<", b">" + old + b"<"),
    }
    assert len(charts(parts | swapped)) == 2


def test_a_chart_that_is_gone_is_named_and_all_of_them_in_one_line() -> None:
    parts, original = dict(Package.opened(built("cerebras")).parts), drawn()
    name, part = list(original.items())[-1]
    (finding,) = charts({each: held for each, held in parts.items() if each != name})
    assert finding.text == f"the chart {chart_titles(part)!r} is missing"
    (finding,) = charts({each: held for each, held in parts.items() if each not in original})
    assert finding.text.startswith(
        f"the workbook has no charts, and was built with {len(original)}, on Dashboard, "
    )


# Lists of findings -------------------------------------------------------------------------------


def test_many_findings_of_one_cause_are_summed_up() -> None:
    def some(count: int, cause: str) -> list[Finding]:
        return [Finding("Inputs", (row, 1), "is wrong", cause) for row in range(1, count + 1)]

    assert list(listed(some(2, "a"))) == ["Inputs!A1: is wrong", "Inputs!A2: is wrong"]
    assert len(list(listed(some(MOST, "a")))) == MOST
    *lines, rest = listed([*some(1234, "cells are wrong"), *some(0, "b")])
    assert len(lines) == SOME
    assert rest == "1,224 more cells are wrong, on Inputs"


# Outside a table ---------------------------------------------------------------------------------


def below(file: Package) -> list[Finding]:
    return list(outside(file, load("cerebras"), lambda: (draft(), Moved(file, draft()))))


@pytest.mark.parametrize("name", ["Securities", "Peers", "Customer_contracts", "Base_drivers"])
@pytest.mark.parametrize("by", [1, 2])
def test_a_row_typed_below_a_table_is_named(name: str, by: int) -> None:
    title, (_, left), (bottom, _) = areas(Package.opened(built("cerebras")))[name]
    file = put(built("cerebras"), {(title, (bottom + by, left + 1)): 12.5})
    (finding,) = below(file)
    assert (finding.sheet, finding.at) == (title, (bottom + by, left + 1))
    assert finding.text.startswith(
        f"holds 12.5, below the table {name}, which ends in row {bottom}: "
    )


@pytest.mark.parametrize("new", [2036, 12.5])
def test_a_number_after_the_last_year_is_named(new: float) -> None:
    """Where a table by year ends, Inputs has the sources, which are overwritten."""
    title, (top, _), (_, right) = areas(Package.opened(built("cerebras")))["Base_drivers"]
    file = put(built("cerebras"), {(title, (top + 38, right + 1)): new})
    (finding,) = below(file)
    assert (finding.sheet, finding.at) == (title, (top + 38, right + 1))
    assert finding.text.startswith(f"holds {float(new)}, after the last year of the table ")


@pytest.mark.parametrize(
    ("section", "right", "called"),
    [
        ("rpo.later.june_2026.bands", -1, "the list Bands: June 2026"),
        ("cost_of_capital", 0, "the input "),
    ],
)
def test_a_number_typed_below_bands_and_single_inputs_is_named(
    section: str, right: int, called: str
) -> None:
    figures = [path for path in load("cerebras").figures if path.startswith(f"{section}.")]
    package = Package.opened(built("cerebras"))
    sheet, (bottom, column) = max(typed(package, path) for path in figures)
    here = sheet, (bottom + 1, column + right)
    (finding,) = below(put(built("cerebras"), {here: 12.5}))
    assert (finding.sheet, finding.at) == here
    assert finding.text.startswith(f"holds 12.5, below {called}")
    assert f", which ends in row {bottom}: no formula reads it; " in finding.text
    # A note is the user's own, and what an input follows from is read.
    if called == "the input ":
        assert below(put(built("cerebras"), {here: "as agreed"})) == []
    follows = f"={address(*here[1])}*0.01"
    assert below(put(built("cerebras"), {here: 12.5, (sheet, (bottom, column)): follows})) == []


def test_nothing_is_outside_the_tables_as_built() -> None:
    file = Package.opened(built("cerebras"))
    assert below(file) == []
