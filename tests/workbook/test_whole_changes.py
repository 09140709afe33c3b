"""Does the full workbook follow when a user changes a security, or report that it cannot?

Oracles: the model, which shares no code with the formulas between the functions; and the workbook
that is rebuilt from the case that the changed cells make, which must show the same numbers under
the same names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import in_parts
import pytest
from cases import shipped, stated
from openpyxl.formula.translate import Translator
from ranges import cells_of, reference
from working_copy import (
    BUILT_FOR,
    RESULT_COLUMN,
    ROOM,
    WHOLE,
    Cell,
    Copy,
    Edits,
    checks,
    errors,
    masters,
)

from model.case.case import Case, parse
from model.case.parts import SECURITY
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.results import against_model
from workbook.hosts.headless import evaluate
from workbook.package.cells import Value, Values, address, cells, place
from workbook.package.package import Package

#: Sheets on which something is calculated from the securities.
RESULTS = ("Equity", "DCF", "Comparables")


def kind(whole: Copy, security: str, new: str) -> Edits:
    """Change a security's type; the count of RSUs then no longer follows from the offer."""
    counted = {whole.at("securities.rsus.type", 1): 11.892215} if security == "rsus" else {}
    return {type_cell(whole, security): new} | counted


def type_cell(whole: Copy, security: str) -> Cell:
    path = f"securities.{security}.count"
    return whole.at(path, -1) if path in whole.typed else whole.at(f"securities.{security}.type")


def strike(whole: Copy, security: str, new: float | None) -> Edits:
    sheet, at = type_cell(whole, security)
    return {(sheet, whole[sheet, at].offset(0, 2).coordinate): new}


#: Changes after which every check must pass.
CHANGES: dict[str, Callable[[Copy], Edits]] = {
    "options are convertible debt": lambda w: kind(w, "options", "convertible"),
    "options are a warrant": lambda w: kind(w, "options", "warrant"),
    "options are preferred stock": lambda w: (
        kind(w, "options", "preferred") | strike(w, "options", None)
    ),
    "options are RSUs": lambda w: kind(w, "options", "rsu") | strike(w, "options", None),
    "a warrant is the staff's options": lambda w: kind(w, "warrant_loan", "option"),
    "a warrant is convertible debt": lambda w: kind(w, "warrant_value", "convertible"),
    "nothing is an option": lambda w: {
        cell: new
        for security in ("options", "warrant_loan", "warrant_value", "warrant_capacity")
        for cell, new in kind(w, security, "convertible").items()
    },
    "RSUs are options": lambda w: kind(w, "rsus", "option") | strike(w, "rsus", 100.0),
    "RSUs are preferred stock": lambda w: kind(w, "rsus", "preferred"),
    "RSUs are common stock": lambda w: kind(w, "rsus", "common"),
    "options out of the money": lambda w: strike(w, "options", 500.0),
    "options for nothing": lambda w: strike(w, "options", 0.0),
    "no options at all": lambda w: {w.at("securities.options.count"): 0.0},
    "twice as many options": lambda w: {w.at("securities.options.count"): 56.8},
    "options by another name": lambda w: {
        w.at("securities.options.count", -2): "Staff options",
    },
}


def with_securities_of(found: Case) -> Case:
    """Return the full case with the securities of another."""
    tree = shipped()
    tree |= {name: stated(found)[name] for name in ("securities", "sources")}
    return parse(tree)


def changed(whole: Copy, edits: Edits) -> Package:
    """Return the workbook with some cells changed."""
    return in_parts.changed(
        whole.built, {(sheet, place(at)): new for (sheet, at), new in edits.items()}
    )


@cache
def after(whole: Copy, name: str) -> Values:
    """Evaluate the workbook after one of the changes, once."""
    return whole.values(CHANGES[name](whole))


@cache
def ranges(built: bytes) -> dict[str, str]:
    """Return where each range of a workbook is, with a name or without."""
    return in_parts.ranges(Package.opened(built))


def shown(values: Values, area: str) -> list[Value]:
    """Return the contents of an area."""
    sheet, _, where = area.rpartition("!")
    return [values[sheet.strip("'")].get(at) for at in cells(where.replace("$", ""))]


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_security_is_as_if_the_workbook_were_built_again(whole: Copy, name: str) -> None:
    values = after(whole, name)
    assert errors(values) == []
    case, areas = read_case(changed(whole, CHANGES[name](whole)))
    assert [line for line in against_model(value(case), areas, values) if line] == []
    assert masters(values) == masters(whole.base)
    rebuilt = Package.opened(template.write(with_securities_of(case)))
    before, moved = ranges(whole.built), in_parts.ranges(rebuilt)
    again = evaluate(rebuilt)
    compared = [area for area in before if before[area].partition("!")[0].strip("'") in RESULTS]
    assert len(compared) > 20
    for area in compared:
        assert shown(values, before[area]) == shown(again, moved[area]), area


@pytest.mark.parametrize("name", [*CHANGES][::3])
def test_the_file_with_a_change_shows_the_same(whole: Copy, name: str) -> None:
    assert evaluate(changed(whole, CHANGES[name](whole))) == after(whole, name)


BLANKS = {
    "an option's strike": (("options", 1), "Strike must be typed for 'Employee options'"),
    "a warrant's strike": (("warrant_loan", 1), "Strike must be typed for 'OpenAI warrant: loan"),
    "a warrant's share": (("warrant_capacity", 2), "Included (row 7) must be typed (1"),
    "an option's share": (("options", 2), "Included (row 3) must be typed (1"),
    "what is withheld": (("rsus", 3), "Withheld must be typed for 'RSUs after net settlement' (0"),
    "when it vests": (
        ("warrant_value", 4),
        "Vests at must be typed for 'OpenAI warrant: market value tranche' (0",
    ),
}


@pytest.mark.parametrize(
    ("book", "name"), [*(("copied", name) for name in BLANKS), ("whole", "an option's strike")]
)
def test_a_cleared_cell_of_a_security_is_never_read_as_a_number(
    request: pytest.FixtureRequest, book: str, name: str
) -> None:
    """In the workbook without further sheets, and once in the full one."""
    of_case: Copy = request.getfixturevalue(book)
    (security, column), sentence = BLANKS[name]
    sheet, at = type_cell(of_case, security)
    edits: Edits = {(sheet, of_case[sheet, at].offset(0, 1 + column).coordinate): None}
    file = changed(of_case, edits)
    values = evaluate(file)
    assert {str(label)[:6] for label in masters(values)} == {"FAIL: "}
    assert f"securities {sentence}" in "\n".join(errors(values))
    with pytest.raises(InputError, match=r"must (be typed|have a strike)"):
        read_case(file)


def test_sorted_securities_give_the_same_values(whole: Copy) -> None:
    edits: Edits = {}
    sheet, top, left = whole.named("Securities")
    count = rows_of(whole, "Securities")
    typed = whole.book[sheet]
    for i in range(count):
        for j in range(len(SECURITY)):
            # Upside down; a formula refers to its own row, as a program that sorts makes it.
            old = typed.cell(top + count - i, left + j)
            at = address(top + 1 + i, left + j)
            text = str(old.value)
            moved = Translator(text, old.coordinate).translate_formula(at)
            edits[sheet, at] = moved if text.startswith("=IF(") else old.value
    values = whole.values(edits)
    assert errors(values) == []
    failing = [
        label
        for row, label in checks(whole).items()
        if values["Checks and warnings"][row, RESULT_COLUMN] != "OK"
    ]
    # The case's own totals add rows by the names of their securities.
    assert failing == []
    for area in ("Valuation", "Prices_by_rating"):
        where = reference(whole.book, area)
        for found, before in zip(shown(values, where), shown(whole.base, where), strict=True):
            text = isinstance(before, str | None)
            assert found == (before if text else pytest.approx(before, rel=1e-12))


# Rows that the workbook was not built for --------------------------------------------------------


def inputs(whole: Copy, table: str, row: int) -> list[Cell]:
    """Return the cells of a row of a table on Inputs: 0 is its header."""
    sheet, area = cells_of(whole.book, table)
    rows = cells(area)
    first = rows[0][0]
    columns = [column for at, column in rows if at == first]
    return [(sheet, address(first + row, column)) for column in columns]


def rows_of(whole: Copy, table: str) -> int:
    corners = [place(corner)[0] for corner in cells_of(whole.book, table)[1].split(":")]
    return corners[1] - corners[0]


@pytest.mark.parametrize("table", ["Securities", "Peers", "Loan_capacity", "Share_counts"])
def test_a_row_typed_below_a_table_fails_a_check(whole: Copy, table: str) -> None:
    below = inputs(whole, table, rows_of(whole, table) + 1)[0]
    values = whole.values({below: "One more"})
    failing = [
        label
        for row, label in checks(whole).items()
        if values["Checks and warnings"][row, RESULT_COLUMN] != "OK"
    ]
    assert failing == [f"{table.replace('_', ' ')}: {ROOM}"]
    (label,) = masters(values)
    assert re.fullmatch(
        r"FAIL: 1 of \d+ checks; rows of Inputs were added or cleared: build the workbook again",
        str(label),
    )


def test_every_table_of_the_case_is_counted(whole: Copy) -> None:
    counted = {
        label.partition(":")[0].replace(" ", "_").casefold()
        for label in checks(whole).values()
        if label.endswith((BUILT_FOR, ROOM))
    }
    # A row more of the drivers is a driver that no scenario can change.
    assert counted == {"securities", "base_drivers", *WHOLE.tables}


@pytest.mark.parametrize("table", ["Exit_multiples", "Observations", "Substitution_paces"])
def test_a_cleared_row_fails_in_words(whole: Copy, table: str) -> None:
    last = inputs(whole, table, rows_of(whole, table))
    (label,) = masters(evaluate(changed(whole, dict.fromkeys(last))))
    assert "rows of Inputs were added or cleared: build the workbook again" in str(label)
