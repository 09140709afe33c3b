"""Do the workbook and the model move together, and does every result move with its inputs?

Oracles: `model.valuation.value`, which shares no code with the formulas between the functions, and
the workbook before a change, against which everything after it is compared. Inputs are changed as a
user changes them, in the cells of the file, of some changes by openpyxl too, and the file is then
evaluated without a spreadsheet program. Steps of single inputs are put into an engine that holds
the workbook already: after every change of CHANGES, it must show what the evaluated file shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import in_parts
import pytest
from working_copy import (
    CASE,
    RESULTS,
    TIMELINE,
    Cell,
    Copy,
    Edits,
    Movement,
    day_of,
    errors,
    masters,
    moved_share,
    movement,
    quarter_later,
    typed,
)

from model.case.parts import BLANK_ROWS
from model.dcf.drivers import DRIVERS
from model.dcf.value import DcfValue
from model.valuation import calendar_years, value
from workbook.check.reader import read_case
from workbook.check.results import against_model
from workbook.hosts.headless import evaluate
from workbook.package.cells import Value, address, place


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
    "preferred stock": lambda c: {
        c.at("securities.rsus.type"): "preferred",
        c.at("securities.rsus.type", 1): 11.892215,
    },
    "preferred stock with a preference": lambda c: {
        c.at("securities.rsus.type"): "preferred",
        c.at("securities.rsus.type", 1): 11.892215,
        c.at("securities.rsus.type", 6): 100,
    },
    "puttable shares": lambda c: {
        c.at("securities.rsus.type"): "puttable",
        c.at("securities.rsus.type", 1): 11.892215,
        c.at("securities.rsus.type", 6): 50,
    },
    "convertible debt repaid above par, with a capped call": lambda c: {
        c.at("securities.options.count", -1): "convertible",
        c.at("securities.options.strike"): 40,
        c.at("securities.options.count", 5): 48,
        c.at("securities.options.count", 6): 70,
    },
    "convertible debt out of the money": lambda c: {
        c.at("securities.options.count", -1): "convertible",
        c.at("securities.options.strike"): 300,
    },
    "over-allotment in the value": lambda c: {c.at("offer.over_allotment_counts"): "included"},
    "restricted cash left out": lambda c: {
        c.at("balance_sheet.restricted_cash_counts"): "excluded"
    },
    "deposits in the forecast": lambda c: {c.at("balance_sheet.collected_counts"): "forecast"},
    "more cash and less debt": lambda c: {
        c.at("balance_sheet.cash"): 5_000,
        c.at("balance_sheet.borrowings"): 0,
    },
    "another offer": lambda c: {
        c.at("offer.price"): 1_850,
        c.at("offer.shares"): 20,
        c.at("offer.spread"): 0.05,
        c.at("offer.rsus_issued"): 0,
        c.at("offer.rsus_withheld"): 0,
    },
    "options out of the money": lambda c: {c.at("securities.options.strike"): 500},
    "a share of the options": lambda c: {c.at("securities.options.count", 2): 0.5},
    "half a tranche": lambda c: {c.at("securities.warrant_capacity.count", 2): 0.5},
    "RSUs settled net": lambda c: {c.at("securities.rsus.type", 4): 0.443},
    "a tranche whose hurdle is met": lambda c: {c.at("securities.warrant_value.vests_at"): 10_000},
    "a tranche that vests at a price": lambda c: {
        c.at("securities.warrant_value.condition"): "price",
        c.at("securities.warrant_value.vests_at"): 120,
    },
    "a tranche that vests at a diluted market value": lambda c: {
        c.at("securities.warrant_value.condition"): "diluted market value",
        c.at("securities.warrant_value.vests_at"): 21_000,
    },
    "a tranche by capacity, all or nothing": lambda c: {
        c.at("securities.warrant_capacity.condition"): "delivered"
    },
    "a tranche without a condition": lambda c: {
        c.at("securities.warrant_capacity.condition"): "none",
        c.at("securities.warrant_capacity.vests_at"): 0,
        c.at("securities.warrant_capacity.measured"): 0,
    },
    "an equity value between with a tranche and without": lambda c: {
        c.at("securities.warrant_value.count", 4): 17_433.5
    },
    "another beta": lambda c: {c.at("cost_of_capital.beta"): 1.5},
    "no perpetual growth": lambda c: {c.driver("terminal_growth"): 0},
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
    edits = CHANGES[name](copied)
    package = in_parts.changed(copied.built, typed(edits))
    values = evaluate(package)
    assert copied.values(edits) == values
    assert errors(values) == []
    case, areas = read_case(package)
    assert [line for line in against_model(value(case), areas, values) if line] == []
    assert values != copied.base
    assert masters(values) == masters(copied.base)


@pytest.mark.parametrize("name", [*CHANGES][::9])
def test_a_change_by_openpyxl_is_the_same(copied: Copy, name: str) -> None:
    edits = CHANGES[name](copied)
    assert evaluate(copied.changed(edits)) == copied.values(edits)


# Every result moves when its inputs move ---------------------------------------------------------


def steps(copied: Copy) -> Iterator[tuple[str, Edits]]:
    """Yield a legal step for every number and date that is typed on Inputs, one at a time."""
    names = {cell: path for path, cell in copied.typed.items()}
    shares = [path for path in names.values() if path.endswith(".share")]
    months = {copied.at(path, right) for path in shares for right in (-2, -1)}
    drivers = {copied.driver(name)[1][1:]: name for name in DRIVERS if name != "years"}
    # What the template types for securities has no effect, and a step may be of no use, or refused,
    # as a cap on what is no convertible is: CHANGES.
    neutral = {
        copied.at(f"securities.{key}.{leaf}", right)
        for key in CASE.securities
        for leaf, offset in (("count", 0), ("type", 1))
        if f"securities.{key}.{leaf}" in copied.typed
        for right in (2 + offset, 3 + offset, 4 + offset, 6 + offset)
    } - set(names)
    _, top, _ = copied.named("Securities")
    first, last = top + 1 + len(CASE.securities), top + len(CASE.securities) + BLANK_ROWS
    path, held = "", ("", "")
    for cell in [c for row in copied.book["Inputs"].iter_rows() for c in row]:
        here = "Inputs", cell.coordinate
        typed = isinstance(cell.value, int | float | datetime)
        if not typed or here in months | neutral or not cell.style.startswith("input"):
            continue
        if first <= cell.row <= last:
            continue  # A blank row.
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
            # A quarter earlier, because later balances follow.
            yield name, {here: datetime(2025, 9, 30)}
        elif isinstance(cell.value, datetime):
            yield name, {here: cell.value + timedelta(-1 if name.endswith("year_end") else 1)}
        elif unit == "months":
            # A delay from which some of the contracts slip past the forecast.
            yield name, {here: cell.value - 1 if cell.value else 100}
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
        found[name] = movement(copied.base, copied.values(edits))
    return found


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
    assert still == set()


def test_what_moves_no_result_is_part_of_a_total_that_then_fails(
    movements: dict[str, Movement],
) -> None:
    parts = {p.removeprefix("-") for t in CASE.totals.values() for p in (t.total, *t.parts)}
    for name, m in movements.items():
        # What was published stands under the forecast's lines.
        if {sheet for sheet, _ in m.moved} & {*RESULTS, "Revenue", "Quarters", "Costs and capital"}:
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
    (sheet, top, left), rows = copied.named("Valuation"), list(DcfValue.declared)
    lines = {name: (sheet, address(top + i, left + 1)) for i, name in enumerate(rows, 1)}
    moved = set().union(*(m.moved for m in movements.values()))
    still = {name for name, cell in lines.items() if cell not in moved}
    assert still == {"converted_debt", "rsu_tax", "repaid"}
    # Of which there is none, until a security is convertible, or RSUs are settled net; what is
    # repaid to preferred and puttable shares is not among the inputs of a case.
    values = copied.values(CHANGES["convertible debt"](copied))
    at = place(lines["converted_debt"][1])
    assert values["DCF"][at] == pytest.approx(28.4 * 4.97)
    values = copied.values(CHANGES["RSUs settled net"](copied))
    tax, price = (values["DCF"][place(lines[name][1])] for name in ("rsu_tax", "value_per_share"))
    assert tax == pytest.approx(11.892215 * 0.443 * price)


def above(copied: Copy, sheet: str, row: int, column: int) -> str:
    """Return the nearest text above a cell: the head of its column."""
    held = ((copied.base[sheet].get((r, column)), copied.book[sheet].cell(r, column).value)
            for r in range(row, 0, -1))  # fmt: skip
    return next((text for each in held for text in each
                 if isinstance(text, str) and not text.startswith("=")), "")  # fmt: skip


def test_every_number_moves_but_zeros_and_timelines(
    copied: Copy, movements: dict[str, Movement]
) -> None:
    moved = set().union(*(m.moved for m in movements.values()))
    still: dict[Cell, Value] = {}
    for sheet in RESULTS:
        for at, held in copied.base[sheet].items():
            if isinstance(held, float) and held != 0 and (sheet, address(*at)) not in moved:
                still[sheet, address(*at)] = held
    for (sheet, cell), held in still.items():
        row, column = place(cell)
        # Months of bands, which the steps above leave unchanged.
        if above(copied, sheet, row, column) not in ("From month", "To month"):
            assert copied.label(sheet, row) in TIMELINE, (sheet, cell, held)
            assert held == int(held)
