"""Does a quarter of an analyst's work go well: from a new case to a file sent out and returned?

The oracle is a case that is written along by hand, with the same figures, and valued by the model.
After each step the workbook passes its check, has that value, and has all that she has typed.
"""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from calc.session import Calc
from command import Command
from desk import BALANCE, MARGIN_2028, PRICE, Desk, Security, blank_rows, cell, securities
from in_parts import areas, changed
from test_change_log import rows as rows_of_log
from test_pull import lines

from model.case.case import of_text
from model.case.parts import BLANK_ROWS
from workbook.package.cells import Place, place

#: The days on which she works, and on which the company is valued.
SPRING, SUMMER = datetime(2026, 5, 13), datetime(2026, 8, 13)
WARRANT: Security = ("Customer warrant", "warrant", 4, 8)
NEW_SHARES: Security = ("New shares", "common", 6, None)
#: What DCF calls the rate.
WACC = "Weighted average cost of capital"


@pytest.fixture
def desk(offtake: Command, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return the desk after the first day: a case, its workbook, and what was added to that."""
    desk = Desk(offtake, monkeypatch)
    desk.on(SPRING)
    desk.run("new", "acme")
    desk.by_hand = desk.file("acme.toml").decode()
    desk.write_by_hand(("share = 20", "share = 30"), ("cash = 300", "cash = 420"))
    desk.write(desk.by_hand.encode(), "acme.toml")
    desk.run("build", "acme.toml")
    desk.built = desk.value
    desk.write(desk.file(), "first.xlsx")
    desk.securities = {*securities(desk.package)}
    assert blank_rows(desk.package) == BLANK_ROWS
    with desk.opened() as book:
        desk.type(book, {PRICE: 32, ("balance_sheet.borrowings", 0): "=180+5", MARGIN_2028: 0.12})
        desk.add_own_sheet(book)
    desk.write_by_hand(
        ("share = 30", "share = 32"), ("borrowings = 200", "borrowings = 185"),
        ("0.08, 0.11, 0.14", "0.08, 0.12, 0.14"),
    )  # fmt: skip
    desk.run("recalc", "acme.xlsx")
    desk.is_sound()
    return desk


def test_a_quarter(desk: Desk) -> None:
    a_security_and_another_order(desk)
    back_into_the_case(desk)
    the_next_quarter(desk)
    the_log(desk)
    a_longer_workbook(desk)
    a_copy_to_send_out(desk)
    returned_by_a_colleague(desk)


def a_security_and_another_order(desk: Desk) -> None:
    """She types a warrant in the first blank row, and later sorts the rows by their names."""
    before = desk.value
    with desk.opened() as book:
        desk.type_rows(book, 4, [WARRANT])
    desk.add_by_hand(WARRANT)
    assert desk.value < before
    desk.run("recalc", "acme.xlsx")
    desk.is_sound()
    rows = sorted(securities(desk.package))
    with desk.opened() as book:
        desk.type_rows(book, 1, rows)
    assert "Logged" not in desk.run("recalc", "acme.xlsx").out
    assert securities(desk.package) == rows
    desk.is_sound()


def back_into_the_case(desk: Desk) -> None:
    """Only the lines of what was typed change in the text of the case."""
    before = desk.file("acme.toml").decode()
    desk.run("pull", "acme.xlsx", "--into", "acme.toml")
    after = desk.file("acme.toml").decode()
    gone, added = lines(before, after)
    changes = ["share", "borrowings", "operating_margin"]
    assert [line.partition(" ")[0] for line in gone] == changes
    changes.insert(2, "customer_warrant")
    assert [line.partition(" ")[0] for line in added] == ["typed", *changes]
    assert [line for line in before.split("\n") if line not in gone] == [
        line for line in after.split("\n") if line not in added
    ]
    case = of_text(after)
    assert case.sources["typed"].title == "Typed in the workbook"
    for path, was in {
        "price.share": "30 before", "drivers.operating_margin": "0.11 in 2028 before",
        "balance_sheet.borrowings": "Calculated as 180+5. 200 before",
    }.items():  # fmt: skip
        figure = case.figures[path]
        assert figure.source == "typed"
        assert figure.note == f"{was}, from Placeholder: to be replaced"
    assert case.figures["price.share"].as_of == SPRING.date()
    ran = desk.run("diff", "acme.xlsx", "acme.toml")
    assert "Inputs: no difference.\n" in ran.out and "Results: no difference.\n" in ran.out
    desk.is_sound()


def the_next_quarter(desk: Desk) -> None:
    desk.on(SUMMER)
    with desk.opened() as book:
        desk.type(book, {
            ("company.valuation_date", 0): SUMMER, ("balance_sheet.cash", 0): 390,
            ("rpo.opening.date", 0): datetime(2026, 6, 30), BALANCE: 1250,
        })  # fmt: skip
    desk.write_by_hand(
        ("valuation_date = 2026-05-13", "valuation_date = 2026-08-13"),
        ("cash = 420", "cash = 390"), ("date = 2026-03-31", "date = 2026-06-30"),
        ("amount = 1000", "amount = 1250"),
    )  # fmt: skip
    desk.run("recalc", "acme.xlsx")
    desk.is_sound()


def the_log(desk: Desk) -> None:
    """Typed into the first workbook, what was logged gives the inputs of this one."""
    log = rows_of_log(desk.file())
    assert [row[0] for row in log] == [SPRING] * 8 + [SUMMER] * 4
    assert [(label, old, new) for _, label, _, old, new in log] == [
        ("Share price", 30, 32),
        ("Borrowings", 200, "=180+5"),
        ("Operating margin, 2028", 0.11, 0.12),
        ("Customer warrant", "blank", "row added"),
        ("Customer warrant, Name", "blank", "Customer warrant"),
        ("Customer warrant, Type", "blank", "warrant"),
        ("Customer warrant, Count", "blank", 4),
        ("Customer warrant, Strike", "blank", 8),
        ("Valuation date", SPRING, SUMMER),
        ("Cash and equivalents", 420, 390),
        ("Balance date", datetime(2026, 3, 31), datetime(2026, 6, 30)),
        ("Balance", 1000, 1250),
    ]
    edits: dict[tuple[str, Place], Any] = {}
    for _, _, at, _, new in log:
        sheet, _, in_sheet = at.partition("!")
        # The name of an added row replaces that it was added.
        edits[sheet, place(in_sheet)] = new
    desk.write(changed(desk.file("first.xlsx"), edits).saved(), "replayed.xlsx")
    ran = desk.run("diff", "replayed.xlsx", "acme.xlsx", code=1)
    assert "Inputs: no difference.\n" in ran.out and "Results: no difference.\n" in ran.out


def a_longer_workbook(desk: Desk) -> None:
    """The new year has the last margin, and revenue of 890 and 3% more."""
    log = rows_of_log(desk.file())
    ran = desk.run("build", "--from", "acme.xlsx", "--years", "1", "--rows", "5")
    desk.write_by_hand(("830, 890]", "830, 890, 916.7]"), ("0.20, 0.20]", "0.20, 0.20, 0.20]"))
    assert (
        "Carried: 8 changed inputs, 1 added row, 1 own sheet, 1 input formula, 1 note, 1 own name, "
        "12 logged changes.\n"
    ) in ran.out
    assert "Not carried" not in ran.out
    desk.built = desk.value
    assert blank_rows(desk.package) == 5
    assert rows_of_log(desk.file()) == log
    desk.is_sound()


def a_copy_to_send_out(desk: Desk) -> None:
    desk.run("values", "acme.xlsx")
    desk.write(desk.file(), "sent.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(desk.file()), data_only=True)
    copy = openpyxl.load_workbook(io.BytesIO(desk.file("acme-values.xlsx")))
    assert {*book.sheetnames} - {*copy.sheetnames} == {"Case", "xlwings.conf"}
    compared = 0
    for page in copy:
        # The head of each sheet says what it is a copy of.
        for row in page.iter_rows(min_row=3):
            for held in row:
                assert held.data_type != "f", held
                assert held.value == book[page.title][held.coordinate].value, held
                compared += held.value is not None
    assert compared > 3000
    assert desk.run("check", "acme-values.xlsx", code=2).sentence == (
        "workbook has no formulas, only values, as `offtake values` writes them; use the workbook "
        "that the values are from."
    )


def returned_by_a_colleague(desk: Desk) -> None:
    """The colleague types a row between others, another price, and over a formula."""
    rows = securities(desk.package)
    with desk.opened() as book:
        desk.type_rows(book, 1, [*rows[:2], NEW_SHARES, *rows[2:]])
        desk.type(book, {PRICE: 28})
        (rate,) = (row[0].row for row in book["DCF"]["C1:C99"] if row[0].value == WACC)
        book["DCF"][f"E{rate}"].value += "*1.1"
    found = is_found_and_repaired(desk, f"DCF!E{rate}")
    # All else that is found follows from the rate.
    assert {line.partition("!")[0] for line in found[1:] if "!" in line} == {
        "Checks and warnings", "DCF"
    }  # fmt: skip


def test_a_row_that_calc_inserts_for_a_colleague(desk: Desk, calc: Calc) -> None:
    """The bridge has room for the row: its last blank one makes up for it."""
    desk.write(desk.file(), "sent.xlsx")
    package = desk.package
    sheet, (top, left), (_, right) = areas(package)["Securities"]
    page = package.sheets[sheet]
    # What the colleague does not fill in is as in the row above.
    columns = [c for c in range(left + 4, right + 1) if (top + 1, c) not in page.formulas]
    row = dict(enumerate(NEW_SHARES, left)) | {c: page.value((top + 1, c)) for c in columns}
    calc.open(desk.file())
    calc.change({cell(package, PRICE): 28})
    calc.edit("insert", sheet, "rows", top + 2, 1)
    calc.change({(sheet, (top + 2, column)): content for column, content in row.items()})
    calc.enter({("DCF", (22, 5)): "=Share_price*1.1"})
    desk.write(calc.xlsx())
    desk.typed[PRICE] = 28
    is_found_and_repaired(desk, "DCF!E22")


def is_found_and_repaired(desk: Desk, damaged: str) -> list[str]:
    """Return what the check says of the workbook, which is then built again."""
    desk.add_by_hand(NEW_SHARES)
    desk.write_by_hand(("share = 32", "share = 28"))
    desk.has_everything()
    found = desk.run("check", "acme.xlsx", code=1).out.splitlines()
    assert found[0].startswith(f"{damaged}: holds =")
    assert "*1.1, and =" in found[0] and found[0].endswith(" belongs there")
    (shown,) = (line.split() for line in found if line.startswith(" Value per share "))
    assert shown[3:] == [f"{desk.built:.2f}", f"{desk.value:.2f}", "USD"]
    ran = desk.run("diff", "sent.xlsx", "acme.xlsx", "--json", code=1)
    differing = json.loads(ran.out)
    assert [(each["path"], each["a"], each["b"]) for each in differing["inputs"]] == [
        ("securities.new_shares", "", "New shares, common, 6"), ("price.share", "32", "28")
    ]  # fmt: skip
    (formula,) = differing["formulas"]
    assert (formula["cell_a"], formula["b"]) == (damaged, f"{formula['a']}*1.1")
    ran = desk.run("build", "--from", "acme.xlsx", code=1)
    (left,) = (line for line in ran.out.splitlines() if line.startswith("Not carried: "))
    assert left.startswith(f"Not carried: {damaged}: =")
    assert left.endswith("*1.1 would replace the workbook's own formula")
    desk.is_sound()
    return found
