"""Does a table on Inputs grow?

The oracles: a row that is split into two, or typed elsewhere in its table, changes no result of the
company; and the model values the case that the workbook then states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import in_parts
import pytest
from cases import stated

from model.case.case import load, parse
from model.case.file import names
from model.case.parts import MOST_BLANK_ROWS
from model.case.room import with_blank_rows
from model.uncertainty.tornado import dcf_tornado
from model.valuation import value
from workbook import template
from workbook.check.report import report
from workbook.edits.recalculate import recalculate
from workbook.package.cells import Place, address
from workbook.package.package import Package
from workbook.template.growing import growing

#: What is divided when a row is split into two: by table, the headers of amounts.
PARTS = {
    "Securities": ("Count",),
    "Balance_events": ("Cash", "Borrowings"),
    "Customer_contracts": ("Value", "Base revenue", "Recognised", "Collected"),
    "Plant": ("MW",),
    "Loan_capacity": ("Repaid in capacity",),
    "Vendors": ("Low", "High"),
    "Non_gaap_bridge": ("Amount",),
    "Non_gaap_bridge_before": ("Amount",),
    "Leases_signed": ("Commitment",),
    "Lock_up": ("Shares",),
    "Share_classes": ("Before", "Issued", "Transferred"),
    "Commitments": ("Balance",),
    "Facilities": ("Limit", "Drawn"),
}
#: Rows that are looked for elsewhere: warrants among the securities, a loan among what falls due,
#: and contracts of which a total names one. An input has one range.
WHOLE = {
    ("cerebras", "Customer_warrant"),
    ("cerebras", "Commitments"),
    ("snowflake", "Customer_contracts"),
    *((name, "Ranges") for name in names()),
}


Edits = dict[tuple[str, Place], Any]


class Row(NamedTuple):
    """A row of a table, and the blank ones of the table."""

    sheet: str
    headers: list[Any]
    first: Place
    values: list[Any]
    blank: list[Place]


def row_of(package: Package, table: str) -> Row:
    """Find the last row of a table, of Securities the last options."""
    sheet, (top, left), (bottom, right) = in_parts.areas(package)[table]
    held = package.sheets[sheet].value
    columns = range(left, right + 1)
    used = [row for row in range(top + 1, bottom + 1) if held((row, left)) is not None]
    if table == "Securities":
        used = [row for row in used if held((row, left + 1)) == "option"] or used[-1:]
    return Row(
        sheet,
        [held((top, column)) for column in columns],
        (used[-1], left),
        [held((used[-1], column)) for column in columns],
        [(row, left) for row in range(top + 1, bottom + 1) if held((row, left)) is None],
    )


def filled(package: Package, row: Row, rows: list[tuple[Place, list[Any]]]) -> Edits:
    """Type rows, but not over formulas."""
    formulas = package.sheets[row.sheet].formulas
    return {
        (row.sheet, cell): value
        for at, values in rows
        for column, value in enumerate(values, at[1])
        if (cell := (at[0], column)) not in formulas
    }


def parts_of(row: Row, table: str) -> tuple[list[Any], list[Any]]:
    """Divide a row into two, or copy it where nothing can be divided."""
    by_year = table == "Commitments"
    divided = [
        isinstance(v, float) and (h in PARTS.get(table, ()) or (by_year and not isinstance(h, str)))
        for h, v in zip(row.headers, row.values, strict=True)
    ]
    part, rest = (
        [v * share if is_amount else v for v, is_amount in zip(row.values, divided, strict=True)]
        for share in (0.25, 0.75)
    )
    for column, header in enumerate(row.headers):
        named = column == 0 or (table, header) == ("Customer_contracts", "Contract")
        if named and isinstance(rest[column], str):
            rest[column] = f"More {rest[column]}"
    return part, rest


def split(package: Package, table: str) -> Edits:
    """Split a row into two, of which the second is typed in the first blank row."""
    row = row_of(package, table)
    part, rest = parts_of(row, table)
    return filled(package, row, [(row.first, part), (row.blank[0], rest)])


def moved(package: Package, table: str) -> Edits:
    """Type a row in the last blank row, and leave its own and others blank."""
    row = row_of(package, table)
    none: list[Any] = [None] * len(row.values)
    return filled(package, row, [(row.first, none), (row.blank[-1], row.values)])


def swapped(package: Package, table: str) -> Edits:
    """Exchange the last two rows, of Securities the last two with a count of their own."""
    sheet, (top, left), (bottom, right) = in_parts.areas(package)[table]
    page = package.sheets[sheet]
    used = [
        row
        for row in range(top + 1, bottom + 1)
        if page.value((row, left)) is not None and (row, left + 2) not in page.formulas
    ]
    if len(used) < 2 or table.startswith("Non_gaap"):
        return {}  # The first line of a bridge is the one that it starts from.
    rows = [[page.value((row, column)) for column in range(left, right + 1)] for row in used[-2:]]
    found = Row(sheet, [], (used[-1], left), [], [])
    return filled(package, found, [((used[-2], left), rows[1]), ((used[-1], left), rows[0])])


def first_moved(package: Package, table: str) -> Edits:
    """Type the first row in the last blank row, but for the line that a bridge starts from."""
    sheet, (top, left), (bottom, right) = in_parts.areas(package)[table]
    page, first = package.sheets[sheet], (top + 1, left)
    values = [page.value((top + 1, column)) for column in range(left, right + 1)]
    if any((top + 1, left + 2 * count) in page.formulas for count in (0, 1)):
        return {}  # A count that follows from the offer.
    if table.startswith("Non_gaap"):
        return {}
    found = Row(sheet, [], first, values, [])
    none: list[Any] = [None] * len(values)
    return filled(package, found, [(first, none), ((bottom, left), values)])


@pytest.fixture(scope="module", params=names())
def company(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    return request.param, template.build(load(request.param))


@pytest.mark.parametrize("change", [split, moved, first_moved, swapped])
def test_a_row_split_or_typed_elsewhere_changes_no_result(
    company: tuple[str, bytes],
    change: Callable[[Package, str], Edits],
) -> None:
    """Of all tables at once: what each shows has the names and the numbers that it has now."""
    name, file = company
    package = Package.opened(file)
    edits: Edits = {}
    for table in growing(load(name)):
        if change in (moved, first_moved) or (name, table) not in WHOLE:
            edits |= change(package, table)
    found = report(in_parts.changed(file, edits))
    # The file has the values from before the change.
    assert [str(f) for f in found.findings if not f.cause.startswith("cells hold values")] == []
    for result in found.results:
        assert result.after == pytest.approx(result.before, rel=1e-9), result.label


@pytest.mark.parametrize("name", names())
def test_the_most_blank_rows_have_room_in_every_formula(name: str) -> None:
    """Excel takes formulas of 8,192 characters."""
    package = template.drafted(with_blank_rows(load(name), MOST_BLANK_ROWS))
    lengths = [len(f.text) for of in package.formulas.values() for f in of.values()]
    assert max(lengths) < 8192


def test_a_workbook_with_the_most_blank_rows_agrees() -> None:
    file = template.build(with_blank_rows(load("nebius"), MOST_BLANK_ROWS))
    assert [str(finding) for finding in report(file).findings] == []


def test_a_new_contract_counts_as_one_of_the_case() -> None:
    """Typed in a blank row, with a customer of its own; the balance is that of the filing."""
    package, tree = Package.opened(template.build(load("cerebras"))), stated(load("cerebras"))
    row, signed = row_of(package, "Customer_contracts"), tree["tables"]["customer_contracts"]
    new = {"customer": "Meta", "contract": "Meta 2027", "value": 3000.0, "start": 13.0}
    typed = dict(zip(row.headers, row.values, strict=True))
    typed |= {key.capitalize(): value for key, value in new.items()}
    signed["meta"] = signed["systems"] | new
    edits = filled(package, row, [(row.blank[0], [*typed.values()])])
    found = report(in_parts.changed(package, edits))
    failing = [f.text for f in found.findings if not f.cause.startswith("cells hold values")]
    assert failing == [
        "the check of its row fails: Contracts: their values are the opening balance"
    ]
    (now,) = (each.after for each in found.results if each.label == "Value per share")
    with_it = value(parse(tree)).result.value_per_share
    assert now == pytest.approx(float(with_it), rel=1e-9)
    assert now > float(value(load("cerebras")).result.value_per_share) + 1


def test_a_new_range_has_its_place_in_the_tornado_and_in_the_football_field() -> None:
    """Typed in blank rows: the widest first, and a method's own width and position, by hand."""
    case = load("cerebras")
    package, tree = Package.opened(template.build(case)), stated(case)
    new = {"input": "tax_rate", "low": 0.1, "high": 0.4, "label": "Tax rate"}
    edits: Edits = {}
    for table, values in (("Ranges", new.values()), ("Value_ranges", ("Own view", 100, 300))):
        row = row_of(package, table)
        edits |= filled(package, row, [(row.blank[-1], [*values])])
    file = in_parts.changed(package, edits).saved()
    done = recalculate(file)
    assert report(done.file).findings == []
    tree["tables"]["ranges"]["tax"] = tree["tables"]["ranges"]["rate"] | new
    made = value(parse(tree))
    b, ranges = made.business, made.case.table("ranges")
    tornado = dcf_tornado(b.drivers, b.securities, b.contracted, ranges, plant=b.plant)
    held = done.evaluation.values["Scenarios and sensitivity"]
    (top, left), *_ = block_row(held, tornado.input[0], 4)
    rows = [[held[top + i, left + j] for j in (0, 3, 4)] for i in range(len(ranges))]
    assert rows == [
        [name, pytest.approx(low), pytest.approx(high)]
        for name, low, high in zip(tornado.input, tornado.at_low, tornado.at_high, strict=True)
    ]
    assert "Tax rate" in tornado.input
    field = done.evaluation.values["Comparables"]
    ((row, column),) = block_row(field, "Own view", 5)
    numbers = [field[row, column + j] for j in range(1, 6)]
    price = case.figures["offer.price"].value
    assert numbers == pytest.approx([100, 200, 300, 200, (price - 100) / 200])


def block_row(held: Mapping[Place, Any], label: str, numbers: int) -> list[Place]:
    """Find a label that has numbers after it."""
    return [
        (row, column)
        for (row, column), value in held.items()
        if value == label
        and all(isinstance(held.get((row, column + j)), float) for j in range(1, 1 + numbers))
    ]


def test_a_renamed_row_keeps_the_figure_that_a_total_takes_from_it() -> None:
    package = Package.opened(template.build(load("snowflake")))
    sheet, (top, left), _ = in_parts.areas(package)["Customer_contracts"]
    total = load("snowflake").totals["comparable_revenue"]
    assert any(part.startswith("tables.customer_contracts.") for part in total.parts)
    headers = [package.sheets[sheet].value((top, column)) for column in range(left, left + 20)]
    named = [left + headers.index(h) for h in ("Customer", "Contract") if h in headers]
    edits = {(sheet, (top + 1, column)): "Renamed" for column in named}
    found = report(in_parts.changed(package, edits))
    assert [str(f) for f in found.findings if not f.cause.startswith("cells hold values")] == []
    (worth,) = (each for each in found.results if each.label == "Value per share")
    assert worth.after == pytest.approx(worth.before, rel=1e-9)


@pytest.mark.parametrize(
    ("header", "typed", "sentence"),
    [
        ("Value", "a lot", "Value must be a number, not 'a lot'"),
        ("Term", None, "Term is missing"),
        ("Shape", "humped", "Shape must be one of 'flat', 'front', 'back', not 'humped'"),
        ("Segment", "Nowhere", "Customer contracts: Segment must be a segment with drivers, not "),
        ("Contract", "Systems, others", "Customer contracts: Contract must be unique, but "),
    ],
)
def test_what_is_wrong_in_a_new_row_is_named_with_its_cell(
    header: str, typed: str | None, sentence: str
) -> None:
    package = Package.opened(template.build(load("cerebras")))
    row = row_of(package, "Customer_contracts")
    new = {**dict(zip(row.headers, row.values, strict=True)), "Contract": "Meta", header: typed}
    edits = filled(package, row, [(row.blank[0], [*new.values()])])
    (first, *_) = report(in_parts.changed(package, edits)).findings
    top, left = row.blank[0]
    at = address(top, left + row.headers.index(header))
    assert str(first).startswith(f"{row.sheet}!{at}: {sentence}")
