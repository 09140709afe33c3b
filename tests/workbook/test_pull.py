"""Does `offtake pull` put what was changed in a workbook into its case, and nothing else?

Oracles: the text of the case with the same change made by hand, as tomllib and the model read it;
the lines that have not changed, byte for byte; the case that the workbook was built from; and what
is refused, with nothing written.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calc_comparison import built as built_case
from calc_comparison import every_case
from command import Command
from hypothesis import given, settings
from hypothesis import strategies as st
from in_parts import areas, changed, ranges, renamed, typed

from model.case.case import Case, load, of_text
from model.case.case import typed as typed_case
from model.case.starter import starter
from model.case.stated import differ, stated
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.held import Held
from workbook.check.reader import tree_of
from workbook.check.sorted_rows import matched
from workbook.edits.changes import Taking
from workbook.edits.pull import Pulled, taken
from workbook.package.cells import Place, address
from workbook.package.package import Package
from workbook.template.layout import Book
from workbook.template.sheets import case_text, sources
from workbook.template.sheets.inputs.lines import LABEL

#: The day of the builds, and of the changes.
DAY = date(2026, 5, 13)
TEXT = starter("acme", DAY)
CASE = of_text(TEXT)
ACME = "acme.toml"
WHOLE = load("cerebras")
Edits = Mapping[tuple[str, Place], Any]
#: What a figure of the starter has after it was typed.
TYPED_LINE = 'typed = { title = "Typed in the workbook" }'


@pytest.fixture(scope="module")
def small() -> bytes:
    return template.build(CASE)


@pytest.fixture(scope="module")
def opened(small: bytes) -> Package:
    return Package.opened(small)


@pytest.fixture(scope="module")
def large(finished: bytes) -> Package:
    return Package.opened(finished)


def unchanged(found: Pulled, text: str) -> bool:
    """Tell whether a workbook gives the text of its case again, without a change or a note."""
    return (found.text, found.changes, found.notes) == (text, [], [])


def pulled(file: bytes | Package, case: Case, edits: Edits | None = None) -> Pulled:
    """Take a workbook with some other cells into the text of a case."""
    package = changed(file.saved() if isinstance(file, Package) else file, edits or {})
    return taken(package, case, ACME, DAY)


def at(package: Package, path: str, right: int = 0) -> tuple[str, Place]:
    """Return the cell of a figure, or one to its right."""
    sheet, (row, column) = typed(package, path)
    return sheet, (row, column + right)


def origin(package: Package, path: str, column: int) -> tuple[str, Place]:
    """Return the cell of Sources in a column of a figure."""
    page = package.sheets["Sources"]
    (row,) = (
        row
        for row, place in page.cells
        if place == sources.FIGURE and page.value((row, place)) == path
    )
    return "Sources", (row, column)


def lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that one text alone has, and those that the other alone has."""
    old, new = before.split("\n"), after.split("\n")
    return [x for x in old if x not in new], [x for x in new if x not in old]


def same(one: Case, other: Case) -> bool:
    """Tell whether two cases state the same, whatever the origins of their figures."""
    a, b = stated(one), stated(other)
    return a.keys() == b.keys() and not any(differ(a[path], b[path]) for path in a)


# Nothing has changed -----------------------------------------------------------------------------


@every_case
def test_a_built_workbook_changes_nothing(name: str) -> None:
    case = load(name)
    assert unchanged(pulled(built_case(name), case), case.text)


def test_the_starter_s_workbook_changes_nothing(small: bytes) -> None:
    assert unchanged(pulled(small, CASE), TEXT)


def test_what_another_program_has_saved_changes_nothing(small: bytes) -> None:
    """It has no values, and other styles, strings and names."""
    book = openpyxl.load_workbook(io.BytesIO(small))
    file = io.BytesIO()
    book.save(file)
    assert unchanged(pulled(file.getvalue(), CASE), TEXT)


# One thing has changed ---------------------------------------------------------------------------

#: A figure, how far its cell is to the right, what is typed, and how the text would have it.
TYPED: list[tuple[str, int, Any, str, str]] = [
    ("price.share", 0, 25.5, "share = 20", "share = 25.5"),
    ("balance_sheet.cash", 0, 310, "cash = 300", "cash = 310"),
    ("securities.options.count", 0, 6, "count = 5,", "count = 6,"),
    ("securities.options.strike", 0, 9.5, "strike = 10 ", "strike = 9.5 "),
    ("rpo.shape", 0, "flat", 'shape = "smooth"', 'shape = "flat"'),
    ("rpo.final_month", 0, 58, "final_month = 60", "final_month = 58"),
    ("rpo.opening.amount", 0, 1100, "amount = 1000", "amount = 1100"),
    ("drivers.uncontracted_revenue", 2, 335, "260, 330,", "260, 335,"),
    ("drivers.wacc_years", 0, 6, "wacc_years = 5", "wacc_years = 6"),
    ("drivers.terminal", 0, "growth", 'terminal = "roic"', 'terminal = "growth"'),
    ("cost_of_capital.beta", 0, 1.4, "beta = 1.3", "beta = 1.4"),
]


@pytest.mark.parametrize(("path", "right", "new", "old_text", "new_text"), TYPED)
def test_a_typed_figure_is_that_of_the_text_changed_by_hand(
    opened: Package, path: str, right: int, new: Any, old_text: str, new_text: str
) -> None:
    assert TEXT.count(old_text) == 1
    by_hand = of_text(TEXT.replace(old_text, new_text))
    found = pulled(opened, CASE, {at(opened, path, right): new})
    after = of_text(found.text)
    assert same(after, by_hand)
    assert value(after).value_per_share == value(by_hand).value_per_share
    assert [change.path for change in found.changes] == [path]
    assert found.notes == []
    # The line of the figure, and the one of its new source; all else is as it was.
    gone, added = lines(TEXT, found.text)
    assert len(gone) == 1
    assert old_text in gone[0]
    assert len(added) == 2
    assert TYPED_LINE in added
    kept = [line for line in TEXT.split("\n") if line not in gone]
    assert [line for line in found.text.split("\n") if line not in added] == kept
    # The rest of the line too, such as its comment.
    assert added[1].endswith(gone[0].partition(" #")[2])
    figure = after.figures[path]
    assert (figure.source, figure.quality) == ("typed", "assumption")
    dated = path.startswith("balance_sheet.")
    assert figure.as_of == (CASE.figures[path].as_of if dated else DAY)
    others = {p: of for p, of in after.figures.items() if p != path}
    assert others == {p: of for p, of in CASE.figures.items() if p != path}


def test_the_line_of_a_typed_figure_says_what_was_there(opened: Package) -> None:
    _, added = lines(TEXT, pulled(opened, CASE, {at(opened, "price.share"): 25}).text)
    assert added == [
        TYPED_LINE,
        'share = { value = 25, source = "typed", quality = "assumption", as_of = 2026-05-13, '
        'note = "20 before, from Placeholder: to be replaced" }',
    ]


def test_a_figure_typed_twice_keeps_what_was_there_first(opened: Package) -> None:
    once = of_text(pulled(opened, CASE, {at(opened, "price.share"): 25}).text)
    twice = of_text(pulled(opened, once, {at(opened, "price.share"): 30}).text)
    assert twice.price["share"].value == 30
    assert twice.price["share"].note == "20 before, from Placeholder: to be replaced"
    assert twice.text.count(TYPED_LINE) == 1


def test_a_path_s_note_names_the_years(opened: Package) -> None:
    cells = [at(opened, "drivers.uncontracted_revenue", i) for i in (2, 4)]
    found = of_text(pulled(opened, CASE, dict.fromkeys(cells, 335)).text)
    note = found.drivers["uncontracted_revenue"].note
    assert note == "330 in 2028, 500 in 2030 before, from Placeholder: to be replaced"


def test_a_formula_is_taken_as_its_value_and_kept_in_the_note(opened: Package) -> None:
    edits = {
        at(opened, "price.share"): "=15+10",
        at(opened, "drivers.uncontracted_revenue", 2): "=300*1.1+5",
        at(opened, "cost_of_capital.beta"): "=1.3",
    }
    found = pulled(opened, CASE, edits)
    after = of_text(found.text)
    assert (after.price["share"].value, after.figures["drivers.uncontracted_revenue"].value[2]) == (
        25, pytest.approx(335),
    )  # fmt: skip
    assert after.price["share"].note == (
        "Calculated as 15+10. 20 before, from Placeholder: to be replaced"
    )
    assert {change.path for change in found.changes} == {
        "price.share", "drivers.uncontracted_revenue"
    }  # fmt: skip


def test_what_sources_says_of_a_figure_is_kept(large: Package) -> None:
    """Whether or not the figure itself is typed; of a row of a table as well."""
    edits = {
        at(large, "offer.price"): 190,
        origin(large, "offer.price", sources.NOTE): "My reason",
        origin(large, "cost_of_capital.beta", sources.NOTE): "Another reason",
        origin(large, "tables.peers.amd", sources.QUALITY): "press",
    }
    found = pulled(large, WHOLE, edits)
    after = of_text(found.text)
    assert after.offer["price"].note == "My reason"
    assert after.offer["price"].source == "typed"
    beta, before = after.cost_of_capital["beta"], WHOLE.cost_of_capital["beta"]
    assert (beta.note, beta.source, beta.value) == ("Another reason", before.source, before.value)
    assert after.tables["peers"].rows["amd"].quality == "press"
    assert [(c.path, c.before, c.after) for c in found.changes] == [
        ("offer.price", "185", "190"),
        ("cost_of_capital.beta.note", before.note, "Another reason"),
        ("tables.peers.amd.quality", "analyst", "press"),
    ]


def test_another_source_typed_in_sources_is_that_of_the_figure(large: Package) -> None:
    title = WHOLE.sources["debut"].title
    edits = {at(large, "offer.price"): 190, origin(large, "offer.price", sources.SOURCE): title}
    price = of_text(pulled(large, WHOLE, edits).text).offer["price"]
    quality = WHOLE.offer["price"].quality
    assert (price.value, price.source, price.quality) == (190, "debut", quality)


def test_a_driver_goes_from_one_number_to_one_a_year_and_back(opened: Package) -> None:
    rates = [0.2 + i / 100 for i in range(10)]
    edits = {at(opened, "drivers.tax_rate", i): new for i, new in enumerate([None, *rates])}
    after = of_text(pulled(opened, CASE, edits).text)
    assert after.drivers["tax_rate"].value == rates
    assert after.drivers["tax_rate"].note == "0.25 before, from Placeholder: to be replaced"
    edits = {at(opened, "drivers.operating_margin", i): None for i in range(10)}
    edits |= {at(opened, "drivers.operating_margin", -1): 0.2}
    after = of_text(pulled(opened, CASE, edits).text)
    assert after.drivers["operating_margin"].value == 0.2


# Rows --------------------------------------------------------------------------------------------


def rows_of(package: Package, name: str) -> tuple[str, list[list[Place]]]:
    sheet, (top, left), (bottom, right) = areas(package)[name]
    return sheet, [
        [(row, column) for column in range(left, right + 1)] for row in range(top + 1, bottom + 1)
    ]


def reversed_rows(package: Package, name: str, *, to: int | None = None) -> dict[Any, Any]:
    """Return a table's cells with its rows in the other order, and formulas moved with them.

    Blank rows stay below the others, as a spreadsheet sorts them.
    """
    sheet, rows = rows_of(package, name)
    page = package.sheets[sheet]
    rows = [row for row in rows if page.value(row[0]) is not None or row[0] in page.formulas]
    wide = [[(row[0][0], c) for c in range(1, to)] if to else row for row in rows]

    def held(place: Place) -> Any:
        found = page.formulas.get(place)
        return f"={found.text}" if found else page.value(place)

    return {
        (sheet, here): held(there)
        for row, source in zip(wide, wide[::-1], strict=True)
        for here, there in zip(row, source, strict=True)
        if here in page.cells
    }


@pytest.mark.parametrize(
    "name", ["Peers", "Securities", "Scenarios", "Customer_contracts", "Plant", "Facts",
             "Forecast_bands", "Measures"]
)  # fmt: skip
def test_sorted_rows_change_nothing(large: Package, name: str) -> None:
    """Rows are known by their names; with the same name, by what else they hold."""
    edits = reversed_rows(large, name)
    assert len({row for _, (row, _) in edits}) > 3
    assert unchanged(pulled(large, WHOLE, edits), WHOLE.text)


def test_whole_rows_sorted_with_their_notes_change_nothing(large: Package) -> None:
    edits = reversed_rows(large, "Peers", to=40)
    last = areas(large)["Peers"][2][1]
    assert {column > last for _, (_, column) in edits} == {True, False}
    assert unchanged(pulled(large, WHOLE, edits), WHOLE.text)


@pytest.mark.parametrize("to", [None, 40])
def test_a_row_changed_and_sorted_keeps_its_own_source(large: Package, to: int | None) -> None:
    edits = reversed_rows(large, "Peers", to=to)
    page, column = large.sheets["Inputs"], areas(large)["Peers"][1][1]
    (row,) = (r for (_, (r, c)), v in edits.items() if c == column and v == "AMD")
    revenue = next(c for c in range(column, column + 9)
                   if page.value((areas(large)["Peers"][1][0], c)) == "Revenue")  # fmt: skip
    after = of_text(pulled(large, WHOLE, edits | {("Inputs", (row, revenue)): 40_000}).text)
    before = WHOLE.tables["peers"].rows
    amd = after.tables["peers"].rows["amd"]
    title = WHOLE.sources[before["amd"].source].title
    assert amd.note == f"Revenue 37,454 before, from {title}: {before['amd'].note}"
    assert amd.source == "typed"
    others = {key: row for key, row in after.tables["peers"].rows.items() if key != "amd"}
    assert others == {key: row for key, row in before.items() if key != "amd"}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        # Sorted, of which one has been changed.
        ("ab", {1: ("b", 2), 2: ("a", 9)}, {1: 2, 2: 1}),
        # Renamed where it is; and renamed as well as sorted.
        ("ab", {1: ("x", 1), 2: ("b", 2)}, {}),
        ("ab", {1: ("b", 2), 2: ("x", 1)}, {1: 2, 2: 1}),
        # Names that are there twice: by the rest of the row.
        ("aab", {1: ("b", 3), 2: ("a", 2), 3: ("a", 1)}, {1: 3, 3: 1}),
        # A new row among them, and one that has been cleared.
        ("ab", {1: ("new", 5), 2: ("a", 1), 3: ("b", 2)}, {1: 2, 2: 3, 3: 1}),
        ("ab", {1: None, 2: ("a", 1)}, {1: 2, 2: 1}),
    ],
)
def test_rows_are_matched_by_name(
    before: str, now: dict[int, tuple[str, float] | None], expected: dict[int, int]
) -> None:
    built = [(i, {"name": name, "number": float(i)}) for i, name in enumerate(before, 1)]
    rows = {
        row: {"name": cells[0], "number": float(cells[1])} if cells else {}
        for row, cells in now.items()
    }
    assert matched(built, rows) == expected


def longer(package: Package, name: str) -> Package:
    """Return a workbook in which a named table has a row more, as one inserted in it gives."""
    area = ranges(package)[name]
    last = areas(package)[name][2][0]
    assert area.endswith(f"${last}")
    return renamed(package.saved(), {name: f"{area.removesuffix(str(last))}{last + 1}"})


def test_a_new_row_of_a_table_is_added_below_the_others(large: Package) -> None:
    sheet, (_, left), (last, _) = areas(large)["Peers"]
    cells = {"Société X": 0, 900: 1, 5000: 2}
    edits = {(sheet, (last + 1, left + i)): new for new, i in cells.items()}
    found = pulled(longer(large, "Peers"), WHOLE, edits)
    gone, added = lines(WHOLE.text, found.text)
    assert gone == []
    assert added == [
        TYPED_LINE,
        'societe_x = { company = "Société X", revenue = 900, ev = 5000, source = "typed", '
        'quality = "assumption", as_of = 2026-05-13 }',
    ]
    rows = [*of_text(found.text).tables["peers"].rows]
    assert rows == [*WHOLE.tables["peers"].rows, "societe_x"]
    # The list of multiples has no room for it, but the value does not depend on that.
    assert found.notes == []


def test_a_new_security_is_added(opened: Package) -> None:
    sheet, (_, left), (last, _) = areas(opened)["Securities"]
    row = ("Warrants of 2026", "warrant", 2, 15)
    edits = {(sheet, (last + 1, left + i)): new for i, new in enumerate(row)}
    found = pulled(longer(opened, "Securities"), CASE, edits)
    gone, added = lines(TEXT, found.text)
    assert gone == []
    assert added == [
        TYPED_LINE,
        'warrants_of_2026 = { name = "Warrants of 2026", type = "warrant", count = { value = 2 }, '
        'strike = { value = 15 }, source = "typed", quality = "assumption", as_of = 2026-05-13 }',
    ]
    by_hand = TEXT.replace(
        'rsus = { name = "RSUs", type = "rsu", count = 3 }\n',
        'rsus = { name = "RSUs", type = "rsu", count = 3 }\n'
        'w = { name = "Warrants of 2026", type = "warrant", count = 2, strike = 15 }\n',
    )
    assert value(of_text(found.text)).value_per_share == value(of_text(by_hand)).value_per_share


def test_a_new_band_is_added(opened: Package) -> None:
    sheet, (_, left), (last, _) = areas(opened)["Forecast_bands"]
    edits = {
        at(opened, "rpo.conversion.thereafter.share", -1): 24,
        at(opened, "rpo.conversion.thereafter.share"): 0.4,
        (sheet, (last + 1, LABEL)): "After two years",
        (sheet, (last + 1, left)): 25,
        (sheet, (last + 1, left + 2)): 0.3,
    }
    bands = of_text(pulled(longer(opened, "Forecast_bands"), CASE, edits).text).rpo.conversion
    assert [(k, b.from_month, b.to_month, b.share.value) for k, b in bands.items()] == [
        ("next_12", 1, 12, 0.3), ("thereafter", 13, 24, 0.4), ("after_two_years", 25, None, 0.3)
    ]  # fmt: skip


def test_a_driver_that_the_case_left_out_is_added(opened: Package) -> None:
    sheet, (top, left), (last, _) = areas(opened)["Drivers"]
    page = opened.sheets[sheet]
    (row,) = (r for r in range(top, last + 1) if page.value((r, left)) == "Other assets")
    found = pulled(opened, CASE, {(sheet, (row, left + 1)): 40})
    gone, added = lines(TEXT, found.text)
    assert gone == []
    assert added == [
        TYPED_LINE,
        'other_assets = { value = 40, source = "typed", quality = "assumption", '
        "as_of = 2026-05-13 }",
    ]
    after = found.text.split("\n")
    assert after[after.index(added[1]) - 1] == "terminal_roic = 0.12"


@pytest.mark.parametrize("deleted", [True, False])
def test_a_removed_row_is_removed_and_no_other_line(large: Package, deleted: bool) -> None:
    """Its cells are cleared; and if the row is deleted, no link leads to it."""
    sheet, (row, _) = typed(large, "tables.peers.amd")
    (places,) = (cells for cells in rows_of(large, "Peers")[1] if cells[0][0] == row)
    edits: dict[Any, Any] = {(sheet, place): None for place in places}
    if deleted:
        edits[origin(large, "tables.peers.amd", sources.VALUE)] = "=ROW(#REF!)"
    found = pulled(large, WHOLE, edits)
    gone, added = lines(WHOLE.text, found.text)
    assert (len(gone), added) == (1, [])
    assert gone[0].startswith('amd = { company = "AMD"')
    assert [(c.path, c.label, c.after) for c in found.changes] == [("tables.peers.amd", "AMD", "")]


def test_a_removed_security_is_removed(opened: Package) -> None:
    sheet, rows = rows_of(opened, "Securities")
    (places,) = (r for r in rows if opened.sheets[sheet].value(r[0]) == "RSUs")
    found = pulled(opened, CASE, {(sheet, place): None for place in places})
    gone, added = lines(TEXT, found.text)
    assert (gone, added) == (['rsus = { name = "RSUs", type = "rsu", count = 3 }'], [])


def test_a_cleared_figure_is_left_out_where_the_case_may(opened: Package) -> None:
    found = pulled(opened, CASE, {at(opened, "drivers.terminal_roic"): None,
                                  at(opened, "drivers.terminal"): "growth"})  # fmt: skip
    assert "terminal_roic" not in of_text(found.text).drivers
    assert "terminal_roic" not in found.text
    assert ("drivers.terminal_roic", "0.12", "") in [
        (c.path, c.before, c.after) for c in found.changes
    ]


# Some random changes, read from the cells and not evaluated --------------------------------------

NUMBERS = ["price.share", "balance_sheet.cash", "securities.common.count", "rpo.opening.amount",
           "cost_of_capital.risk_free", "drivers.base_revenue", "drivers.renewal_rate"]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(NUMBERS), st.floats(0.001, 0.999), min_size=1))
def test_any_changes_are_those_of_the_cells(numbers: dict[str, float]) -> None:
    package = Package.opened(_built())
    book = Held(changed(_built(), {at(package, path): new for path, new in numbers.items()}))
    new = typed_case(tree_of(book))
    taking = Taking(CASE, new, CASE, DAY, lambda path: [])
    after = of_text(taking.text())
    assert {path: after.figures[path].value for path in numbers} == numbers
    assert same(after, new)
    moved = {path for path, number in numbers.items() if CASE.figures[path].value != number}
    assert {change.path for change in taking.changes} == moved
    gone, _ = lines(TEXT, after.text)
    assert len(gone) == len(moved)


_BUILT: list[bytes] = []


def _built() -> bytes:
    if not _BUILT:
        _BUILT.append(template.write(CASE, DAY))
    return _BUILT[0]


# The text in the workbook ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["", "  = 1", "=1+1", "'quoted'", "+x", "@x\t# tab", " spaces ", "_x0041_ and _x005F_",
     "\ufffe", "é" * 40_000, "𝒳" * 20_000, f"{'x' * 16_380}_x0041_"],
)  # fmt: skip
def test_any_line_is_read_back_from_the_hidden_sheet(line: str) -> None:
    text = f"# first\n\n{line}\n# last\n"
    case = of_text(TEXT)
    vars(case)["text"] = text
    book = Book(case, [2026], DAY)
    book.workbook.create_sheet("In view")
    case_text.write(book)
    file = io.BytesIO()
    book.workbook.save(file)
    assert case_text.read(Package.opened(file.getvalue())) == text
    again = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(file.getvalue())).save(again)
    assert case_text.read(Package.opened(again.getvalue())) == text


def test_the_workbook_has_the_text_of_its_file(large: Package, opened: Package) -> None:
    assert case_text.read(large) == WHOLE.text
    assert case_text.read(opened) == TEXT


# Refusals, each with its cell --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "right", "new", "sentence"),
    [
        ("cost_of_capital.beta", 0, "high",
         "{cell}: Beta must be a number, not 'high'."),
        ("cost_of_capital.beta", 0, None, "{cell}: Beta is empty."),
        ("cost_of_capital.beta", 0, "=1/0",
         "{cell} must have a value to be an input, not the error #DIV/0!."),
        ("drivers.sales_to_capital", 0, "much",
         "{cell}: Drivers sales_to_capital must be a number, not 'much'."),
        ("drivers.uncontracted_revenue", 3, "many",
         "{cell}: Drivers uncontracted_revenue must be a number, not 'many'."),
        ("drivers.tax_rate", 0, 3,
         "{cell}: Tax rate must be from 0 to 1, not 3"),
        ("securities.options.count", -1, "optoin",
         "{cell}: Type must be one of"),
        ("company.valuation_date", 0, 5,
         "{cell}: Valuation date must be a date from 1900-03-01 on"),
        # Texts and errors in place of numbers and dates, and a date with a time.
        ("price.share", 0, "20\u00a0",
         "{cell}: Share price must be a number, not '20' (text that reads as 20)."),
        ("price.share", 0, "#N/A", "{cell}: Share price must be a number, not the error #N/A."),
        ("company.valuation_date", 0, "#VALUE!",
         "{cell}: Valuation date must be a date, not the error #VALUE!."),
        ("company.valuation_date", 0, 46155.5,
         "{cell}: Valuation date must be a date without a time, not 2026-05-13 12:00:00."),
        # Cells of tables, of which another may hold the same.
        ("securities.rsus.count", 1, 10, "{cell}: securities Strike must be blank or 0 for"),
        ("securities.rsus.count", 6, 5, "{cell}: securities Cap must be blank or 0 except"),
        ("securities.rsus.count", -2, "Common stock", "{cell}: securities Security must be unique"),
        ("drivers.uncontracted_revenue", 4, "#N/A", "{cell}: Drivers (row 6) must be free of"),
        ("drivers.uncontracted_revenue", 9, None,
         "{cell}: Drivers uncontracted_revenue must have a value for every year, but 10 is empty."),
        ("drivers.terminal_growth", -1, None,
         "{cell}: Drivers Driver (row 28) must be text, not an empty cell."),
        # Months of bands.
        ("rpo.opening.bands.next_12.share", -2, 0, "{cell}: From month must be from 1 to 12000"),
        ("rpo.opening.bands.next_12.share", -1, 5.5, "{cell}: To month must be a whole number"),
        ("rpo.opening.bands.thereafter.share", -1, 12,
         "{cell}: Opening: bands To month must be a month from 13 to 12000 in the band from 13"),
        ("rpo.conversion.next_12.share", -2, 2,
         "{cell}: Conversion: bands From month must be 1 in the first band, not 2"),
        ("rpo.conversion.thereafter.share", -2, 14,
         "{cell}: Conversion: bands From month must be 13"),
    ],
)  # fmt: skip
def test_an_input_that_is_none_is_refused_with_its_cell(
    opened: Package, path: str, right: int, new: Any, sentence: str
) -> None:
    sheet, place = at(opened, path, right)
    with pytest.raises(InputError) as refused:
        pulled(opened, CASE, {(sheet, place): new})
    said = str(refused.value)
    assert said.count("\n") == 0
    assert said.startswith(sentence.format(cell=f"{sheet}!{address(*place)}"))


def test_an_input_that_refers_to_itself_is_refused_as_that(opened: Package) -> None:
    sheet, place = at(opened, "price.share")
    with pytest.raises(InputError) as refused:
        pulled(opened, CASE, {(sheet, place): f"={address(*place)}"})
    here = f"{sheet}!{address(*place)} must have a value to be an input, not an empty result, "
    assert str(refused.value) == f"{here}because it refers to itself: ={address(*place)}."


def test_of_several_years_the_wrong_one_is_named(opened: Package) -> None:
    """Not one with which its number begins."""
    rates = [None, 1, 0.2, 1.5, *[0.2] * 7]
    edits = {at(opened, "drivers.tax_rate", i): rate for i, rate in enumerate(rates)}
    sheet, wrong = at(opened, "drivers.tax_rate", 3)
    with pytest.raises(InputError) as refused:
        pulled(opened, CASE, edits)
    sentence = "Tax rate must be from 0 to 1, not 1.5"
    assert str(refused.value).startswith(f"{sheet}!{address(*wrong)}: {sentence}")


def test_a_total_that_no_longer_adds_up_is_refused(large: Package) -> None:
    with pytest.raises(InputError, match=r"totals\.warrant"):
        pulled(large, WHOLE, {at(large, "securities.warrant_loan.count"): 5})


def test_a_workbook_with_another_value_than_its_inputs_have_is_refused(opened: Package) -> None:
    """A number typed over the formula of a result."""
    sheet, (top, left), _ = areas(opened)["Wacc"]
    with pytest.raises(InputError) as refused:
        pulled(opened, CASE, {(sheet, (top, left)): 0.2})
    assert "the model's value per share for the inputs of the workbook" in str(refused.value)


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def own(offtake: Command, opened: Package) -> Command:
    """Return the command in a folder with a case, and its workbook with another share price."""
    (offtake.folder / ACME).write_text(TEXT, encoding="utf-8")
    book = changed(opened.saved(), {at(opened, "price.share"): 25})
    (offtake.folder / "acme.xlsx").write_bytes(book.saved())
    return offtake


def test_pull_changes_the_case_and_keeps_the_file_as_it_was(own: Command) -> None:
    case, text = own.folder / ACME, TEXT
    for suffix, price in (("", 25), ("2", 25)):
        case.write_text(TEXT, encoding="utf-8")
        run = own("pull", "acme.xlsx", "--into", ACME)
        assert (run.code, run.err) == (0, "")
        assert f"Wrote acme.toml, with 1 change; acme.toml.bak{suffix} is the file as it was." in (
            run.out
        )
        (row,) = (line.split() for line in run.out.splitlines() if "price.share" in line)
        assert row == ["price.share", "Share", "price", "20", "25"]
        assert (own.folder / f"acme.toml.bak{suffix}").read_text(encoding="utf-8") == text
        assert load(case).price["share"].value == price
    names = {"acme.toml", "acme.xlsx", "acme.toml.bak", "acme.toml.bak2"}
    assert {f.name for f in own.folder.iterdir()} == names
    # What has been taken is not taken again.
    before = case.read_bytes()
    run = own("pull", "acme.xlsx", "--into", ACME)
    assert (run.code, run.out) == (
        0, "acme.toml already matches the workbook; nothing was written.\n"
    )  # fmt: skip
    assert case.read_bytes() == before
    assert {f.name for f in own.folder.iterdir()} == names


def test_line_ends_and_the_mark_before_the_text_are_kept(own: Command) -> None:
    before = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    (own.folder / ACME).write_bytes(before)
    assert own("pull", "acme.xlsx", "--into", ACME).code == 0
    after = (own.folder / ACME).read_bytes()
    assert after.startswith(b"\xef\xbb\xbf#")
    assert after.count(b"\n") == after.count(b"\r\n") == before.count(b"\r\n") + 1
    assert (own.folder / "acme.toml.bak").read_bytes() == before


def test_a_change_of_the_file_since_the_build_is_replaced_with_a_warning(own: Command) -> None:
    text = TEXT.replace("beta = 1.3", "beta = 1.5")
    (own.folder / ACME).write_text(text, encoding="utf-8")
    run = own("pull", "acme.xlsx", "--into", ACME)
    assert (
        "Warning: cost_of_capital.beta was changed in acme.toml after the workbook was built; the "
        "workbook's value replaces it.\n" in run.out
    )
    beta = load(own.folder / ACME).cost_of_capital["beta"]
    assert (beta.value, beta.source) == (1.3, "placeholder")


def test_pull_writes_a_whole_new_case(own: Command) -> None:
    run = own("pull", "acme.xlsx", "-o", "new.toml")
    assert (run.code, run.err) == (0, "")
    assert run.out.endswith(
        "Wrote new.toml, with 1 change of the case as built.\n"
        "Logged 1 change on the sheet Changes.\n"
    )
    new = (own.folder / "new.toml").read_text(encoding="utf-8")
    assert own("pull", "acme.xlsx", "--into", ACME).code == 0
    assert new == (own.folder / ACME).read_text(encoding="utf-8")
    assert "-o" not in own("pull", "acme.xlsx", "-o", "new.toml").sentence.split()[0]
    (own.folder / "new.toml").write_text("mine")
    run = own("pull", "acme.xlsx", "-o", "new.toml", "--force")
    assert run.code == 0 and "; new.toml.bak is the file as it was.\n" in run.out
    assert (own.folder / "new.toml.bak").read_text() == "mine"
    assert own("value", "new.toml").code == 0


def test_a_workbook_without_the_text_of_its_case_gives_one(own: Command) -> None:
    file = own.folder / "acme.xlsx"
    book = openpyxl.load_workbook(file)
    del book[case_text.TITLE]
    book.save(file)
    run = own("pull", "acme.xlsx", "-o", "new.toml")
    assert run.code == 0 and "of the case as built" not in run.out
    missing = "The sheet Case is missing, so changes since the build cannot be detected."
    assert missing in " ".join(run.out.split())
    after = load(own.folder / "new.toml")
    assert after.price["share"].value == 25
    before = stated(CASE)
    assert {p for p, v in stated(after).items() if differ(v, before.get(p))} == {"price.share"}
    assert own("pull", "acme.xlsx", "--into", ACME).code == 0
    price = load(own.folder / ACME).price["share"]
    assert (price.value, price.source) == (25, "typed")


def test_a_case_that_is_not_as_built_is_refused(own: Command) -> None:
    """What was changed in it would be taken for a change of the inputs, or undo one."""
    file = own.folder / "acme.xlsx"
    book = openpyxl.load_workbook(file)
    (cell,) = (c for (c,) in book["Case"].iter_rows(max_col=1) if "share = 20" in str(c.value))
    cell.value = "share = 21"
    book.save(file)
    sentence = (
        f"Case!A{cell.row} must be the line that the workbook was built from, not 'share = 21'."
    )
    before = file.read_bytes()
    for arguments in (("pull", file.name, "-o", "new.toml"), ("build", "--from", file.name)):
        run = own(*arguments)
        assert (run.code, run.sentence) == (2, sentence)
    assert file.read_bytes() == before and not (own.folder / "new.toml").exists()
    assert f"The log of changes was not updated: {sentence}" in own("recalc", file.name).out


def without(sheet: str, file: Path) -> None:
    book = openpyxl.load_workbook(file)
    del book[sheet]
    book.save(file)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("none.xlsx", "--into", ACME), "none.xlsx is not a file."),
        (
            (ACME, "--into", ACME),
            "acme.toml is a text, such as a CSV file, not an .xlsx, .xlsm or .ods workbook.",
        ),
        (("acme.xlsx",), "pull takes either --into CASE.toml, which it changes, or -o NEW.toml."),
        (("acme.xlsx", "--into", ACME, "-o", "new.toml"),
         "pull takes either --into CASE.toml, which it changes, or -o NEW.toml."),
        (("acme.xlsx", "--into", "cerebras"),
         "--into must be the path of a .toml file, not 'cerebras', a shipped case."),
        (("acme.xlsx", "--into", "none.toml"),
         "case must be a file that exists, not 'none.toml'."),
        (("acme.xlsx", "--into", "acme.txt"), "The case must be a .toml file, not 'acme.txt'."),
        (("acme.xlsx", "-o", ACME), "acme.toml already exists; use --force to replace it."),
        (("acme.xlsx", "--into", "other.toml"),
         "workbook must be of OTHER, as other.toml is, not of ACME."),
        (("acme.xlsx", "--into", "bad.toml"), "bad.toml:2 is not valid TOML: "),
        (("no_sources.xlsx", "--into", ACME),
         "workbook must have the sheets Inputs and Sources and the names of a built workbook."),
        (("no_inputs.xlsx", "-o", "new.toml"),
         "workbook must have the sheets Inputs and Sources and the names of a built workbook."),
    ],
)  # fmt: skip
def test_pull_refuses_in_one_sentence_and_writes_nothing(
    own: Command, arguments: tuple[str, ...], sentence: str
) -> None:
    (own.folder / "other.toml").write_text(starter("other", DAY), encoding="utf-8")
    (own.folder / "bad.toml").write_text("[company]\nname = Acme\n", encoding="utf-8")
    if arguments[0].startswith("no_"):
        file = own.folder / arguments[0]
        file.write_bytes((own.folder / "acme.xlsx").read_bytes())
        without("Sources" if "sources" in file.name else "Inputs", file)
    before = {f.name: f.read_bytes() for f in own.folder.iterdir()}
    run = own("pull", *arguments)
    assert run.code == 2
    assert run.sentence.startswith(sentence)
    assert {f.name: f.read_bytes() for f in own.folder.iterdir()} == before


def test_an_unreadable_input_leaves_the_case_as_it_was(own: Command, opened: Package) -> None:
    sheet, place = at(opened, "cost_of_capital.beta")
    book = changed(opened.saved(), {(sheet, place): "high"})
    (own.folder / "acme.xlsx").write_bytes(book.saved())
    run = own("pull", "acme.xlsx", "--into", ACME)
    assert run.code == 2
    assert run.sentence.startswith(f"{sheet}!{address(*place)}: Beta must be a num")
    assert (own.folder / ACME).read_text(encoding="utf-8") == TEXT
    assert tomllib.loads(TEXT)["cost_of_capital"]["beta"] == 1.3
