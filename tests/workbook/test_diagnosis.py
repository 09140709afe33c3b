"""Does the workbook say which input is wrong, and keep its labels where a call fails?

Oracle: the test itself types the wrong input, so it knows the cell and what is wrong with it. The
headless engine calculates, as Calc does, with an error in the cells of a call that fails, and as
Excel does, with the sentence in the first of them; IronCalc calculates the native formulas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from live import Live
from native_formulas import IronCalc, natively
from native_formulas import live as with_their_calls
from working_copy import MASTER, WHOLE, Cell, Copy, masters

from model.errors import InputError
from model.valuation import calendar_years
from workbook import status
from workbook.check.differences import differing
from workbook.hosts import engine, order
from workbook.package.cells import ErrorValue, Values, address, cells, place
from workbook.package.package import Package
from workbook.template.labels import NOTHING_SHOWN


def security(whole: Copy, name: str, column: str) -> Cell:
    """Return a cell of the table of securities, by its row and its column."""
    sheet, top, left = whole.named("Securities")
    page = whole.book[sheet]
    headers = [cell.value for cell in page[top]]
    row = next(r for r in range(top, page.max_row) if page.cell(r, left).value == name)
    return sheet, page.cell(row, 1 + headers.index(column)).coordinate


def inside(whole: Copy, name: str, down: int, right: int) -> Cell:
    """Return a cell of a named range, counted from its first."""
    sheet, row, column = whole.named(name)
    return sheet, whole.book[sheet].cell(row + down, column + right).coordinate


#: What is wrong: the cell, what is typed there, and words of the sentence.
Wrong = tuple[Callable[[Copy], Cell], Any, str]
WRONG: dict[str, Wrong] = {
    "a driver is emptied": (lambda w: w.driver("tax_rate"), None, "drivers must give tax_rate"),
    "a driver's year is emptied": (
        lambda w: w.driver("Cloud/operating_margin", 2),
        None,
        "operating_margin must have a value for every year, but 2027 is empty",
    ),
    "a driver's year is a text": (
        lambda w: w.driver("Cloud/operating_margin", 2),
        "abc",
        "operating_margin must be a number, not 'abc'",
    ),
    "a year's heading is no year": (
        lambda w: w.driver("Driver", 3),
        "x",
        "drivers must have years such as 2026",
    ),
    "a year's heading appears twice": (
        lambda w: w.driver("Driver", 3),
        2027.0,
        "must have each header once, but 2027 appears twice",
    ),
    "a rate of 9": (
        lambda w: w.at("cost_of_capital.risk_free"),
        9.0,
        "risk_free must be above -1 and at most 1, not 9 (9% is 0.09)",
    ),
    "a text for a number": (
        lambda w: w.at("cost_of_capital.cost_of_debt"),
        "six",
        "cost_of_debt must be a number, not 'six'",
    ),
    "a text for losses": (
        lambda w: w.driver("loss_carryforward"),
        "much",
        "loss_carryforward must be a number, not 'much'",
    ),
    "a fraction above 1": (
        lambda w: inside(w, "Forecast_bands", 4, 2),
        1.5,
        "bands Share must be from 0 to 1, not 1.5",
    ),
    "bands overlap": (
        lambda w: inside(w, "Forecast_bands", 3, 0),
        20.0,
        "bands From month must be 25 after To month 24, not 20, or the bands overlap",
    ),
    "a strike is cleared": (
        lambda w: security(w, "Employee options", "Strike"),
        None,
        "securities Strike must be typed for 'Employee options'",
    ),
    "an unknown type of security": (
        lambda w: security(w, "Employee options", "Type"),
        "optoin",
        "did you mean 'option'?",
    ),
    "a count is a text": (
        lambda w: security(w, "Employee options", "Count"),
        "many",
        "securities Count (row 3) must be a number, not 'many'",
    ),
    "an unknown choice": (
        lambda w: w.driver("terminal"),
        "rioc",
        "terminal must be one of",
    ),
    "a date far after": (
        lambda w: w.at("rpo.opening.date"),
        60_000.0,
        "balance_date must be at most the valuation date",
    ),
    "a balance is cleared": (
        lambda w: w.at("rpo.opening.amount"),
        None,
        "balance must be given: remaining performance obligations",
    ),
    "a table's number is cleared": (
        lambda w: inside(w, "Peers", 2, 1),
        None,
        "must be",
    ),
    "megawatts are a text": (
        lambda w: inside(w, "Plant", 1, 1),
        "125 MW",
        "plant MW (row 2) must be a number, not '125 MW'",
    ),
    "a table's number is negative": (
        lambda w: inside(w, "Customer_contracts", 1, 1),
        -5.0,
        "not -5",
    ),
}
#: What has its name from the result alone is numbered, or has that of Inputs.
NUMBERED = re.compile(
    r"(Step|Band|Multiple|Customer|Layer) \d+(, expected)?|Next 24|Next 48|Thereafter"
)
every_fault = pytest.mark.parametrize("name", WRONG)


def typed(whole: Copy, name: str) -> tuple[Cell, dict[Any, Any], str]:
    where, value, words = WRONG[name]
    sheet, cell = where(whole)
    return (sheet, cell), {(sheet, place(cell)): value}, words


@pytest.fixture(scope="module")
def labels(whole: Copy) -> dict[tuple[str, tuple[int, int]], Any]:
    """Return the labels outside the blocks, by their cells: those next to what shows nothing."""
    found = {}
    for sheet in whole.book:
        for row in sheet.iter_rows():
            for cell in row[1:]:
                here = sheet.title, cell.coordinate
                at = (cell.row, cell.column - 1)
                # What is typed next to a block cannot be lost.
                calculated = at in whole.base.get(sheet.title, {})
                shown = calculated and sheet.cell(*at).number_format != NOTHING_SHOWN
                before = (sheet.title, address(*at)) in whole.block
                hidden = cell.number_format == NOTHING_SHOWN and here in whole.block
                if shown and hidden and not before:
                    found[sheet.title, at] = whole.base[sheet.title][at]
    # Where a result begins with a number, that number is a result as well.
    return {at: label for at, label in found.items() if isinstance(label, str)}


def is_named(values: Values, cell: Cell, words: str) -> None:
    """Check that every sheet names a cell and the sentence, and leads to that cell."""
    (line,) = masters(values)
    assert str(line).startswith(f"FAIL: {cell[0]}!{cell[1]}: "), line
    assert words in str(line)
    for sheet in values:
        if status.LINK in values[sheet]:
            assert values[sheet][status.LINK] == f"Go to {cell[0]}!{cell[1]}"
            assert str(values[sheet][status.SUMMARY]).count("185.00") == 1
    assert values["Checks and warnings"][status.TARGET] == f"#{cell[0]}!{cell[1]}"


@pytest.fixture(scope="module")
def with_fault(live: Live, whole: Copy) -> dict[str, Values]:
    """Return what the workbook shows with each of the wrong inputs."""
    shown = {name: live.values(typed(whole, name)[1]) for name in WRONG}
    # Of none of them anything is left.
    assert live.values({}) == live.base == whole.base
    return shown


@every_fault
def test_the_line_names_the_cell_and_what_is_wrong(
    name: str, with_fault: dict[str, Values], whole: Copy
) -> None:
    cell, _, words = typed(whole, name)
    is_named(with_fault[name], cell, words)


@every_fault
def test_a_value_that_is_lost_is_said_to_be(
    name: str, with_fault: dict[str, Values], whole: Copy
) -> None:
    sheet, row, column = whole.named("Valuation")
    place = next(
        at for at, held in whole.base[sheet].items()
        if at[0] > row and at[1] == column and held == "Value per share"
    )  # fmt: skip
    held = with_fault[name][sheet].get((place[0], column + 1))
    line = str(with_fault[name][sheet][status.SUMMARY])
    if isinstance(held, float):
        assert line.startswith(f"Value per share {held:,.2f}, offer price 185.00 (")
    else:
        assert line.startswith("Value lost, offer price 185.00; ")


@every_fault
def test_the_labels_stand(
    name: str,
    with_fault: dict[str, Values],
    whole: Copy,
    labels: Mapping[tuple[str, tuple[int, int]], Any],
) -> None:
    assert len(labels) > 300
    names = {security.name for security in WHOLE.securities.values()}
    ranged = {*WHOLE.table("ranges").label}
    values = with_fault[name]
    lost = {
        (sheet, at): (label, values[sheet][at])
        for (sheet, at), label in labels.items()
        if values[sheet][at] != label
        and not NUMBERED.fullmatch(str(values[sheet][at]))
        # EPS adds securities in the order of what each brings, and goes on without one.
        and not (sheet == "Equity" and values[sheet][at] in names)
        # What moves the value most comes first, and without a value, what was typed first.
        and not (sheet == "Scenarios and sensitivity" and values[sheet][at] in ranged)
        # Without a value, no cell of a grid is that of the case, and its note says so.
        and not str(label).startswith("The case itself: ")
    }
    assert lost == {}


def test_the_years_stand_where_a_forecast_fails(live: Live, whole: Copy) -> None:
    values = live.values(typed(whole, "a rate of 9")[1])
    for name in ("Forecast_lines", "Segment_lines"):
        sheet, top, first = whole.named(name)
        assert isinstance(values[sheet][top + 1, first + 1], ErrorValue | type(None))
        years = {at: v for at, v in whole.base[sheet].items() if at[0] == top - 1}
        assert sum(isinstance(v, float) for v in years.values()) == len(calendar_years(WHOLE))
        assert {at: values[sheet][at] for at in years} == years


@pytest.fixture
def in_excel(finished: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """Return the workbook as Excel shows it: a call that fails leaves its sentence."""

    def answer(function: Any, given: Iterable[Any], sentences: list[str]) -> Any:
        try:
            return function.call(*map(engine.argument, given))
        except InputError as refused:
            return str(refused)

    monkeypatch.setattr(engine, "answer", answer)
    monkeypatch.setattr(engine, "fault", lambda *cell: None)
    yield Live(finished)


def test_in_excel_the_line_names_the_same(in_excel: Live, whole: Copy) -> None:
    for name in WRONG:
        cell, change, words = typed(whole, name)
        is_named(in_excel.values(change), cell, words)


@pytest.mark.parametrize("name", ["a strike is cleared", "a rate of 9", "bands overlap"])
def test_ironcalc_calculates_the_same_lines(name: str, finished: bytes, whole: Copy) -> None:
    _, change, _ = typed(whole, name)
    after, third = with_their_calls(finished).values(change), IronCalc(finished)
    third.change(change, after)
    held = natively(finished, after)
    found = third.values(held)
    for sheet in ("Checks and warnings", "DCF", "Equity"):
        errors = {at for at, v in held[sheet].items() if isinstance(v, ErrorValue)}
        assert errors == {at for at, v in found[sheet].items() if isinstance(v, ErrorValue)}
        there, here = (
            {sheet: {at: v for at, v in of[sheet].items() if at not in errors}}
            for of in (held, found)
        )
        assert [str(d) for d in differing(there, here)] == []


# A check that fails without an error --------------------------------------------------------------


def test_a_sheet_with_a_space_in_its_name_is_quoted(live: Live, whole: Copy) -> None:
    sheet, cell = whole.at("funding.minimum_cash")
    values = live.values({(sheet, place(cell)): "much"})
    fault = str(values["Checks and warnings"][MASTER])
    assert fault.startswith(f"FAIL: {sheet}!{cell}: minimum_cash must be")
    block = whole.named("Funding_lines")[0]
    assert block == "Cash flow and funding"
    page = whole.book["Checks and warnings"]
    formula = str(page.cell(*status.TARGET).value)
    assert """"'"&SUBSTITUTE(""" in formula


def test_a_failing_check_is_named_and_linked(whole: Copy) -> None:
    page = whole.book["DCF"]
    row = next(
        cell.row for cell in page["C"] if cell.value == "Market value of equity at the share price"
    )
    values = whole.values({("DCF", f"E{row}"): 50_000.0})
    (line,) = masters(values)
    labels = [
        (row, whole.book["Checks and warnings"].cell(row, 3).value)
        for (row, column), held in sorted(values["Checks and warnings"].items())
        if column == 8 and held == "FAIL"
    ]
    assert labels
    assert re.match(r"FAIL: \d+ of \d+ checks", str(line))
    assert str(line).endswith(f"; the first: {labels[0][1]}")
    assert values["DCF"][status.LINK] == f"Go to '{status.CHECKS}'!C{labels[0][0]}"


def test_where_nothing_fails_the_line_leads_to_the_checks(whole: Copy) -> None:
    assert whole.base["Checks and warnings"][status.TARGET] == f"#'{status.CHECKS}'!A1"
    assert str(whole.base["DCF"][MASTER]).startswith("All ")
    assert "unless a unit says otherwise" in str(whole.base["DCF"][status.LINK])


# The order of the calls ---------------------------------------------------------------------------


def test_a_call_comes_after_those_that_it_depends_on(finished: bytes, whole: Copy) -> None:
    """Followed through every native formula, from the text of the file."""
    page = whole.book["Checks and warnings"]
    rows = [str(page.cell(row, 3).value) for row in range(1, page.max_row)]
    listed = [m for m in (re.fullmatch(r"([A-Z_]+) in ([\w ]+)!([A-Z]+\d+)", r) for r in rows) if m]
    order = {(m[2], place(m[3])): i for i, m in enumerate(listed)}
    assert len(order) > 80
    reads = dependencies(finished)
    assert [
        (cell, other)
        for cell, i in order.items()
        for other in reached(reads, cell)
        if other in order and order[other] > i
    ] == []


def dependencies(workbook: bytes) -> dict[Any, set[Any]]:
    """Return what each formula's cell reads: other cells with formulas, arrays by their first."""
    package = Package.opened(workbook)
    found, areas = package.formulas, package.all_names
    reads: dict[Any, set[Any]] = {}
    filled = {
        (sheet, at): (sheet, first)
        for sheet, of in found.items()
        for first, formula in of.items()
        for at in cells(formula.ref or address(*first))
    }
    folded = {name.casefold(): area for name, area in areas.items()}
    for sheet, of in found.items():
        for at, formula in of.items():
            reads[sheet, at] = {
                filled[other, cell]
                for other, ref in order.references(formula.text, sheet, folded)
                for cell in cells(ref.replace("$", ""))
                if (other, cell) in filled
            }
    return reads


def reached(reads: Mapping[Any, set[Any]], cell: Any) -> set[Any]:
    seen: set[Any] = set()
    left = [cell]
    while left:
        for other in reads.get(left.pop(), set()) - seen:
            seen.add(other)
            left.append(other)
    return seen - {cell}
