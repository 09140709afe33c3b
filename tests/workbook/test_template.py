"""Does the built workbook calculate what the model does, and does it notice when it does not?

Oracles: `model.valuation.value`, which shares no code with the formulas between the functions; the
workbook before a change, against which everything after it is compared; and tampering, which every
check must notice. Inputs are changed as a user changes them, in the cells of the file, by openpyxl;
the file is then evaluated anew, without a spreadsheet program.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.formula import Tokenizer
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from model.case import load
from model.dcf import DcfValue
from model.drivers import DRIVERS
from workbook import template
from workbook.check import against_model, report
from workbook.hosts import headless
from workbook.hosts.headless import evaluate
from workbook.names import check_name
from workbook.package import ErrorValue, Place, Value, Values, address, cached, cells, place
from workbook.structure import problems
from workbook.template import styles

CASE = load("cerebras")
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


def errors(values: Values) -> list[str]:
    return [
        f"{sheet}!{address(*at)}: {value} {value.reason}"
        for sheet, of_sheet in values.items()
        for at, value in of_sheet.items()
        if isinstance(value, ErrorValue)
    ]


def masters(values: Values) -> set[Value]:
    """Return what the sheets show in their heads."""
    return {values[sheet][MASTER] for sheet in template.ORDER if sheet != CONFIGURATION}


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


def changes(copied: Copy) -> dict[str, Edits]:
    """Return changes after which the workbook and the model must still agree."""
    at, driver = copied.at, copied.driver
    years = range(1, 1 + len(template.calendar_years(CASE)))
    offer = {at("offer.price"): 200, at("prices.offer"): 200}
    return {
        "another offer price": offer,
        "another price that is shown": {at("prices.first_low"): 90},
        "a later valuation date": {at("company.valuation_date"): datetime(2026, 11, 30)},
        "a year later": {
            at("company.valuation_date"): datetime(2027, 2, 1),
            at("company.first_year_end"): datetime(2027, 12, 31),
        },
        "a balance a quarter later": {
            at("rpo.opening.date"): quarter_later(day_of("rpo.opening.date"))
        },
        "a smaller balance": {at("rpo.opening.amount"): 20_000},
        "flat bands": {at("rpo.shape"): "flat"},
        "a shorter tail": {at("rpo.final_month"): 83},
        "a band that ends later": moved_edge(copied, 24, 3),
        "more in the first band": moved_share(copied, "rpo.opening.bands.next_24.share")
        | moved_share(copied, "rpo.conversion.year_2.share", 0.0015 / 0.119),
        "another later balance": {at("rpo.later.march_2026.amount"): 24_900},
        "options that are convertible debt": {at("securities.options.count", -1): "convertible"},
        "RSUs that are preferred": {at("securities.rsus.count", -1): "preferred"},
        "options that are out of the money": {at("securities.options.strike"): 500},
        "a share of the options": {at("securities.options.count", 2): 0.5},
        "a tranche counted in full": {at("securities.warrant_capacity.included"): None},
        "another beta": {at("cost_of_capital.beta"): 1.5},
        "no growth for ever": {driver("terminal_growth"): 0},
        "a growth terminal value": {driver("terminal"): "growth"},
        "an exit multiple": {driver("terminal"): "multiple", driver("terminal_multiple"): 12},
        "a multiple of revenue": {
            driver("terminal"): "multiple",
            driver("terminal_multiple"): 4,
            driver("terminal_metric"): "revenue",
        },
        "flows at the ends of years": {driver("timing"): "end"},
        "gross dilution": {driver("method"): "gross"},
        "no dilution": {driver("method"): "basic"},
        "a fade to the last year": {driver("wacc_years"): 9},
        "no other terminal cost of capital": {
            driver("terminal_wacc"): None,
            driver("wacc_years"): None,
        },
        "what the case left out": {driver("other_assets"): 100, driver("leases"): 50},
        "a tax rate for each year": {
            driver("tax_rate"): None,
            **{driver("tax_rate", year): 0.2 + year / 100 for year in years},
        },
        "growth in place of a path": {
            **{driver("uncontracted_revenue", year): None for year in years},
            driver("uncontracted_base"): 300,
            driver("revenue_growth"): 0.5,
            driver("growth_years"): 3,
        },
    }


@pytest.fixture(scope="module")
def named_changes(copied: Copy) -> dict[str, Edits]:
    return changes(copied)


CHANGES = (
    "another offer price",
    "another price that is shown",
    "a later valuation date",
    "a year later",
    "a balance a quarter later",
    "a smaller balance",
    "flat bands",
    "a shorter tail",
    "a band that ends later",
    "more in the first band",
    "another later balance",
    "options that are convertible debt",
    "RSUs that are preferred",
    "options that are out of the money",
    "a share of the options",
    "a tranche counted in full",
    "another beta",
    "no growth for ever",
    "a growth terminal value",
    "an exit multiple",
    "a multiple of revenue",
    "flows at the ends of years",
    "gross dilution",
    "no dilution",
    "a fade to the last year",
    "no other terminal cost of capital",
    "what the case left out",
    "a tax rate for each year",
    "growth in place of a path",
)
#: Changes of one figure of a total that the case declares, which is then rightly no total.
UNBALANCED = ("RSUs that are preferred",)


@pytest.mark.parametrize("name", CHANGES)
def test_workbook_and_model_move_together(
    copied: Copy, named_changes: dict[str, Edits], name: str
) -> None:
    package = copied.changed(named_changes[name])
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
    months = {copied.at(path, i) for path in names.values() if path.endswith(".share")
              for i in (-2, -1)}  # fmt: skip
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


def test_every_line_of_the_valuation_moves(
    copied: Copy, named_changes: dict[str, Edits], movements: dict[str, Movement]
) -> None:
    area = copied.book.defined_names["Valuation"].attr_text.rpartition("!")[2]
    top, left = place(area.replace("$", "").partition(":")[0])
    lines = {f.name: (top + i, left + 1) for i, f in enumerate(DcfValue.__dataclass_fields__.values(), 1)}  # fmt: skip  # noqa: E501
    moved = {place(cell) for m in movements.values() for sheet, cell in m.moved if sheet == "DCF"}
    assert {name for name, at in lines.items() if at not in moved} == {"converted_debt"}
    # Of which there is none, until a security is convertible.
    values = copied.values(named_changes["options that are convertible debt"])
    assert values["DCF"][lines["converted_debt"]] == pytest.approx(28.4 * 4.97)


def never_moved(copied: Copy, movements: dict[str, Movement]) -> dict[str, list[Value]]:
    """Return the rows that hold numbers which no step has moved, with those numbers."""
    moved = set().union(*(m.moved for m in movements.values()))
    still: dict[str, list[Value]] = {}
    for sheet in RESULTS:
        for at, value in copied.base[sheet].items():
            if isinstance(value, float) and (sheet, address(*at)) not in moved:
                page = copied.book[sheet]
                label = next(
                    v for v in (copied.base[sheet].get((at[0], 4)), page.cell(at[0], 4).value,
                                copied.base[sheet].get((at[0], 3)), page.cell(at[0], 3).value)
                    if isinstance(v, str)
                )  # fmt: skip
                still.setdefault(f"{sheet}: {label}", []).append(value)
    return still
