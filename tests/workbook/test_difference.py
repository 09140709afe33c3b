"""Does `offtake diff` show what two workbooks or cases differ in, and nothing else?

Oracles: the text of a case with a change made by hand, the model's value of each, and workbooks in
which single cells were changed.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from command import Command
from in_parts import changed, typed, valued
from small_package import parts, zipped

from model.case.case import Case, load, of_text
from model.case.starter import starter
from model.valuation import value
from workbook import template
from workbook.check.findings import MOST, SOME
from workbook.edits.difference import Difference, difference, of_case, of_workbook
from workbook.edits.matched import FormulaDifference
from workbook.edits.recalculate import recalculate
from workbook.package.cells import address
from workbook.package.package import Package

DAY = date(2026, 5, 13)
TEXT = starter("acme", DAY)
CASE = of_text(TEXT)
#: A security more than the case has.
WARRANT = 'warrant = { name = "Customer warrant", type = "warrant", count = 2, strike = 12 }\n'
#: The line of the value per share; its cell depends on the case.
VALUE = "Value per share"


@pytest.fixture(scope="module")
def small() -> bytes:
    return template.build(CASE)


@pytest.fixture(scope="module")
def larger() -> bytes:
    """Return the workbook of the case with a security more."""
    return template.build(of_text(with_text("rsus = {", f"{WARRANT}rsus = {{")))


def with_text(old: str, new: str) -> str:
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def compared(first: bytes | Package | Case, second: bytes | Package | Case) -> Difference:
    sides = (
        of_case(name, of) if isinstance(of, Case) else of_workbook(name, Package.opened(of))
        for name, of in (("A", first), ("B", second))
    )
    return difference(*sides)


# Nothing differs ---------------------------------------------------------------------------------


def test_a_workbook_is_its_case(small: bytes, finished: bytes) -> None:
    for file, case in ((small, CASE), (finished, load("cerebras"))):
        found = compared(file, case)
        assert found == Difference([], None, [], [], [])
        assert not found


def test_a_workbook_is_itself_on_another_day(small: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    later = template.build(CASE)
    assert later != small
    assert compared(small, later) == Difference([], [], [], [], [])


# Inputs and results ------------------------------------------------------------------------------

#: What is changed in the text: the path, its label, and what each case has.
CHANGES = [
    ("share = 20", "share = 25.5", ("price.share", "Share price", "20", "25.5")),
    ("260, 330,", "265, 335,", (
        "drivers.uncontracted_revenue", "uncontracted_revenue",
        "260 in 2027, 330 in 2028", "265 in 2027, 335 in 2028",
    )),
    ('shape = "smooth"', 'shape = "flat"', ("rpo.shape", "Shape within a band", "smooth", "flat")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_a_changed_figure_is_shown_with_what_it_changes(
    old: str, new: str, expected: tuple[str, ...]
) -> None:
    other = of_text(with_text(old, new))
    found = compared(CASE, other)
    (change,) = found.inputs
    assert (change.path, change.label, change.before, change.after) == expected
    results = {result.label: (result.before, result.after) for result in found.results}
    before, after = value(CASE), value(other)
    assert (VALUE in results) == (before.value_per_share != after.value_per_share)
    if VALUE in results:
        assert results[VALUE] == (before.value_per_share, after.value_per_share)
    market = "Market value: treasury stock method"
    assert (market in results) == (old == "share = 20")
    if market in results:
        assert results[market] == tuple(v.market_caps["treasury"][0] for v in (before, after))


def test_years_are_compared_by_their_own_numbers() -> None:
    """A forecast that begins a year later has the figures of the same years."""
    text = TEXT
    for old, new in (
        ("first_year_end = 2026-12-31", "first_year_end = 2027-12-31"),
        ("valuation_date = 2026-05-13", "valuation_date = 2027-05-13"),
        ("date = 2026-03-31", "date = 2027-03-31"),
        ("[200, 260, 330, 410, 500, 590, 680, 760, 830, 890]",
         "[260, 330, 410, 505, 590, 680, 760, 830, 890, 900]"),
    ):  # fmt: skip
        assert text.count(old) == 1
        text = text.replace(old, new)
    found = {change.path: change for change in compared(CASE, of_text(text)).inputs}
    revenue = found["drivers.uncontracted_revenue"]
    assert (revenue.before, revenue.after) == (
        "200 in 2026, 500 in 2030", "505 in 2030, 900 in 2036"
    )  # fmt: skip


def test_a_typed_figure_is_that_of_the_case_with_it(small: bytes) -> None:
    """The file is not recalculated, so it says that it holds other values."""
    at = typed(Package.opened(small), "price.share")
    edited = changed(small, {at: 25.5}).saved()
    other = of_text(with_text("share = 20", "share = 25.5"))
    found = compared(edited, other)
    assert (found.inputs, found.results) == ([], [])
    (note,) = found.notes
    count = recalculate(edited).changed
    assert note == (
        f"A holds values that differ from its formulas' current results, in {count:,} cells; the "
        "results are "
        "those of the formulas."
    )
    both = compared(edited, template.build(other))
    assert (both.inputs, both.formulas, both.only, both.results) == ([], [], [], [])
    (change,) = compared(small, edited).inputs
    assert (change.path, change.before, change.after) == ("price.share", "20", "25.5")


# Formulas and cells ------------------------------------------------------------------------------


def of_value(package: Package) -> str:
    """Return the cell of the value per share."""
    sheet, at = valued(package)
    return f"{sheet}!{address(*at)}"


def test_a_formula_typed_over_another_is_shown_around_what_differs(small: bytes) -> None:
    package = Package.opened(small)
    page = package.sheets["Dashboard"]
    assert page.formulas[9, 2].text.replace("$", "").replace("'", "") == of_value(package)
    edited = changed(small, {("Dashboard", (9, 2)): f"={page.formulas[9, 2].text}*2"})
    found = compared(small, edited)
    assert found.formulas == [
        FormulaDifference(
            "Dashboard", "Dashboard!B9", "Dashboard!B9", f"={of_value(package)}",
            f"={of_value(package)}*2",
        )
    ]  # fmt: skip
    assert (found.inputs, found.only) == ([], [])
    (back,) = compared(edited, small).formulas or []
    assert (back.before, back.after) == (found.formulas[0].after, found.formulas[0].before)


def test_a_value_typed_over_a_formula_is_shown(small: bytes) -> None:
    edited = changed(small, {("Dashboard", (9, 2)): 99.5})
    (found,) = compared(small, edited).formulas or []
    assert (found.cell, found.after) == ("Dashboard!B9", "99.5")
    (back,) = compared(edited, small).formulas or []
    assert (back.cell, back.before) == ("Dashboard!B9", "99.5")


def test_renamed_sheets_are_the_same(small: bytes) -> None:
    found = {
        name: part.replace(b"'DCF'!", b"'My DCF'!").replace(b' name="DCF"', b' name="My DCF"')
        for name, part in parts(small).items()
    }
    renamed = zipped([*found.items()])
    assert "My DCF" in Package.opened(renamed).sheets
    assert compared(small, renamed) == Difference([], [], [], [], [])
    edited = changed(renamed, {("My DCF", (9, 30)): "='My DCF'!A1"})
    (only,) = compared(edited, small).only
    assert str(only) == "My DCF!AD9: =A1, only in A"


def test_cells_of_one_s_own_are_shown_once(small: bytes) -> None:
    own = {("DCF", (900, 2)): "my note", ("DCF", (900, 3)): 5.0, ("DCF", (901, 3)): "=C900*2"}
    edited = changed(small, own)
    found = compared(small, edited)
    assert [str(each) for each in found.only] == [
        "DCF!B900: my note, only in B", "DCF!C900: 5, only in B", "DCF!C901: =C900*2, only in B"
    ]  # fmt: skip
    assert (found.inputs, found.formulas, found.results) == ([], [], [])
    assert not compared(edited, edited)


def test_a_number_typed_over_another_is_shown(small: bytes) -> None:
    """Such as the tolerance of a check, which moves no value."""
    package = Package.opened(small)
    page = package.sheets["Checks and warnings"]
    at = next(at for at in sorted(page.places) if page.value(at) == 1e-9)
    edited = changed(small, {("Checks and warnings", at): 1e9}).saved()
    (shown,) = compared(small, edited).formulas or ()
    assert shown.cell == f"Checks and warnings!{address(*at)}"
    assert (shown.before, shown.after) == ("1e-09", "1000000000")


def test_a_row_more_moves_others_and_changes_none(small: bytes, larger: bytes) -> None:
    """Of the formulas below it, only those differ that read or count the rows."""
    found = compared(small, larger)
    (change,) = found.inputs
    assert (change.path, change.label, change.before, change.after) == (
        "securities.warrant", "Customer warrant", "", "Customer warrant, warrant, 2, 12"
    )  # fmt: skip
    one, other = (Package.opened(file) for file in (small, larger))
    assert of_value(one) == of_value(other)
    assert found.formulas is not None
    # The drivers on Inputs are a row lower, and DCF reads them; it reads one total of the bridge.
    assert [(each.before, each.after) for each in found.formulas if each.sheet == "DCF"] == [
        ("=Equity!K32", "=Equity!K33")
    ]
    total = sum(map(len, one.formulas.values()))
    assert 0 < len(found.formulas) < total / 15
    assert found.only
    assert all(each.text.endswith("only in B") for each in found.only)
    results = {result.label: result for result in found.results}
    assert results[VALUE].before == value(CASE).value_per_share
    assert "Shares: all options and warrants in full" in results


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def books(offtake: Command, small: bytes, larger: bytes) -> Path:
    """Return a folder with both workbooks and the case."""
    for name, content in (
        ("small.xlsx", small), ("larger.xlsx", larger), ("acme.toml", TEXT.encode()),
    ):  # fmt: skip
        (offtake.folder / name).write_bytes(content)
    return offtake.folder


def test_the_command_says_what_does_not_differ(offtake: Command, books: Path) -> None:
    run = offtake("diff", "small.xlsx", "acme.toml")
    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines() == [
        "A is small.xlsx, and B is acme.toml.",
        "",
        "Inputs: no difference.",
        "Formulas: only those of two workbooks are compared.",
        "Results: no difference.",
    ]
    run = offtake("diff", "small.xlsx", "small.xlsx")
    assert run.code == 0
    assert "Formulas: no difference." in run.out


def test_the_command_sums_up_what_is_long(offtake: Command, books: Path) -> None:
    found = compared((books / "small.xlsx").read_bytes(), (books / "larger.xlsx").read_bytes())
    assert found.formulas is not None
    run = offtake("diff", "small.xlsx", "larger.xlsx")
    assert (run.code, run.err) == (1, "")
    many = len(found.formulas)
    assert many > MOST
    assert f"{many - SOME} more formulas that differ, on " in run.out
    assert "securities.warrant  Customer warrant" in run.out


def test_the_command_says_which_values_it_uses(offtake: Command, books: Path, small: bytes) -> None:
    edits = {
        typed(Package.opened(small), "price.share"): 25.0,
        ("DCF", (900, 1)): "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)(2)",
    }
    (books / "edited.xlsx").write_bytes(changed(small, edits).saved())
    run = offtake("diff", "small.xlsx", "edited.xlsx")
    assert run.code == 1
    first, second = (line for line in run.out.splitlines() if line.startswith("Note: "))
    assert first.startswith("Note: edited.xlsx keeps a value: DCF!A900: calls LAMBDA, which the ")
    assert second.startswith(
        "Note: edited.xlsx holds values that differ from its formulas' current results, in "
    )
    assert "DCF!A900: =LAMBDA(_xlpm.x,_xlpm.x+1)(2), only in edited.xlsx" in run.out


def test_json_has_all_of_it(offtake: Command, books: Path) -> None:
    (books / "dear.toml").write_text(with_text("share = 20", "share = 25"))
    run = offtake("diff", "acme.toml", "dear.toml", "--json")
    assert run.code == 1
    found = json.loads(run.out)
    assert (found["a"], found["b"], found["formulas"], found["only"]) == (
        "acme.toml", "dear.toml", None, []
    )  # fmt: skip
    assert [each["path"] for each in found["inputs"]] == ["price.share"]
    shown = {each["label"]: each for each in found["results"]}
    market = shown["Market value: common stock alone"]
    assert (market["a"], market["b"], market["change"], market["percent"]) == (
        2000, 2500, 500, pytest.approx(25)
    )  # fmt: skip
    run = offtake("diff", "small.xlsx", "larger.xlsx", "--json")
    both = compared((books / "small.xlsx").read_bytes(), (books / "larger.xlsx").read_bytes())
    assert len(json.loads(run.out)["formulas"]) == len(both.formulas or [])
    table = offtake("diff", "acme.toml", "dear.toml").out
    (line,) = (line for line in table.splitlines() if "Market value: common" in line)
    assert line.split()[-6:] == ["2,000", "2,500", "+500", "+25.0%", "USD", "m"]


def test_what_cannot_be_compared_is_one_sentence(
    offtake: Command, books: Path, small: bytes
) -> None:
    run = offtake("diff", "small.xlsx", "nebius")
    assert (run.code, run.sentence) == (
        2, "nebius must be of ACME, as small.xlsx is, to be compared, not of NBIS."
    )  # fmt: skip
    sheet, at = typed(Package.opened(small), "price.share")
    (books / "text.xlsx").write_bytes(changed(small, {(sheet, at): "high"}).saved())
    run = offtake("diff", "acme.toml", "text.xlsx")
    assert run.code == 2
    assert run.sentence.startswith(f"text.xlsx: {sheet}!D{at[0]} ")
    assert "'high'" in run.sentence
    for name, sentence in (
        ("none.xlsx", "none.xlsx is not a file."),
        ("none.toml", "case must be a file that exists, not 'none.toml'."),
        (
            "notes.xlsx",
            "notes.xlsx is a text, such as a CSV file, not an .xlsx, .xlsm or .ods workbook.",
        ),
    ):
        (books / "notes.xlsx").write_text("notes")
        run = offtake("diff", "acme.toml", name)
        assert (run.code, run.sentence) == (2, sentence)
    run = offtake("diff", "acme.toml", "acme")
    assert run.code == 2
    assert "case must be" in run.sentence
