"""Do grids and tornado show the company with its inputs typed, for every company?

Oracles: the business of the case with the inputs changed, one pair at a time; the value per share
of the same workbook; a case read back from a changed workbook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import cases
import pytest
from calc_comparison import built, every_case
from live import kept
from looked_at import cached, looked_at, typed
from varied_companies import alone

from model.case.case import load, parse
from model.case.parts import BLANK_ROWS
from model.errors import InputError
from model.uncertainty.changes import spelled
from model.uncertainty.tornado import BETTER, CASE, LEFT, WORSE, dcf_tornado
from model.valuation import Valuation, value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.package import Package
from workbook.template.rows import FIRST, LABEL
from workbook.template.sheets.scenarios.lines import COUNT, OWN, TITLE

Cells = Mapping[tuple[int, int], Any]
BLOCK = LABEL


def cells(name: str) -> Cells:
    return cached(built(name))[TITLE]


def grids(of: Cells) -> list[int]:
    """Find the header rows of the grids: the names of two inputs in their corner."""
    return sorted(row for (row, column), held in of.items()
                  if column == BLOCK and isinstance(held, str) and " / " in held)  # fmt: skip


def agree(of: Cells, made: Valuation) -> int:
    """Compare every value with the case after both inputs are typed; count its own."""
    table, own = made.case.table("grids"), 0
    assert len(grids(of)) == len(table)
    for place, top in enumerate(grids(of)):
        down, across = table.row_input[place], table.by_input[place]
        assert of[top, BLOCK] == f"{down} / {across}"
        for i in range(1, COUNT + 1):
            for j in range(1, COUNT + 1):
                held = of[top + i, BLOCK + j]
                changes = (down, of[top + i, BLOCK]), (across, of[top, BLOCK + j])
                try:
                    assert held == pytest.approx(alone(made.business, *changes), rel=1e-12)
                except InputError:
                    assert held == "n.m."
                case = (of[top - 3, OWN], of[top - 2, OWN])
                if (of[top + i, BLOCK], of[top, BLOCK + j]) == case:
                    own += 1
                    assert held == pytest.approx(made.value_per_share, rel=1e-12)
    return own


@every_case
def test_every_value_is_that_of_the_case_with_both_inputs_typed(name: str) -> None:
    made = value(load(name))
    assert agree(cells(name), made) == len(made.case.table("grids"))


@every_case
def test_values_are_in_steps_around_the_case_or_below_its_limit(name: str) -> None:
    of, table = cells(name), load(name).table("grids")
    for place, top in enumerate(grids(of)):
        steps = (table.row_step[place], table.by_step[place])
        names = (table.row_input[place], table.by_input[place])
        for row, step, each in zip((top - 3, top - 2), steps, names, strict=True):
            values = [of[row, FIRST + i] for i in range(COUNT)]
            assert values == pytest.approx([values[0] + i * step for i in range(COUNT)], abs=1e-11)
            middle = COUNT - 1 if each == "contracted_share" else COUNT // 2
            assert values[middle] == pytest.approx(of[row, OWN], abs=1e-11)


@every_case
def test_the_case_is_marked_in_words_and_filled(name: str) -> None:
    of = cells(name)
    sheet = looked_at(built(name))[TITLE]
    formulas = {
        str(area.sqref): rules for area, rules in sheet.conditional_formatting._cf_rules.items()
    }
    for top in grids(of):
        assert of[top + COUNT + 1, BLOCK].startswith("The case itself: ")
        words = of[top + COUNT + 1, LABEL - 1]
        assert re.fullmatch(r"The case itself: \d+\.\d%? down, \d+\.\d%? across", words)
        first, last = (sheet.cell(top + i, BLOCK + i).coordinate for i in (1, COUNT))
        ((rule,),) = [rules for area, rules in formulas.items() if area == f"{first}:{last}"]
        # The rule of the first cell; it moves with rows and columns.
        assert rule.formula == [
            f'AND(LEFT($C${top + COUNT + 1},15)="The case itself",'
            f"$D{top + 1}=$L${top - 3},E${top}=$L${top - 2})"
        ]


@every_case
def test_the_tornado_is_that_of_the_function_and_sums(name: str) -> None:
    made, of = value(load(name)), cells(name)
    b = made.business
    found = dcf_tornado(
        b.drivers, b.securities, b.contracted, made.case.table("ranges"), plant=b.plant
    )
    (top,) = [row for (row, column), held in of.items() if column == BLOCK and held == "Input"]
    for i, label in enumerate(found.input, 1):
        held = [of[top + i, BLOCK + j] for j in range(8)]
        assert held[0] == label
        line = [found.low, found.high, found.at_low, found.at_high]
        line += [found.change_low, found.change_high, found.width]
        assert held[1:] == pytest.approx([each[i - 1] for each in line], rel=1e-9, abs=1e-9)
    below = range(top + len(found.input) + 1, top + len(found.input) + 3 + BLANK_ROWS + 2)
    rows = {of[row, BLOCK]: row for row in below if of[row, BLOCK] != ""}
    assert list(rows) == [CASE, WORSE, BETTER, LEFT]
    assert of[rows[CASE], BLOCK + 3] == pytest.approx(made.value_per_share, rel=1e-12)
    assert of[rows[LEFT], BLOCK + 5] == pytest.approx(found.interaction[0], abs=1e-9)
    # Of a bar, one end at least is away from the case.
    assert (found.width > 0).all()


@every_case
def test_it_prints_on_three_pages(name: str) -> None:
    sheet = looked_at(built(name))[TITLE]
    assert len(sheet.row_breaks.brk) <= 2
    assert "," not in sheet.print_area


def typed_over(name: str, changes: dict[str, Any]) -> dict[tuple[str, tuple[int, int]], Any]:
    """Return what is typed into which cells, by their labels on Inputs."""
    cells = {}
    for row in looked_at(built(name))["Inputs"].iter_rows(min_col=LABEL - 1, max_col=LABEL):
        # Inputs says a driver's name in words.
        if (driver := spelled(str(row[0].value))) in changes:
            cells["Inputs", (row[1].row, row[1].column)] = changes.pop(driver)
    assert not changes
    return cells


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal_wacc": 0.1, "terminal_growth": 0.02, "contracted_share": 0.9},
        # Growth above the cost of capital in some pairs, and a share with room on both sides.
        {"terminal_wacc": 0.07, "terminal_growth": 0.055, "terminal_roic": 0.2,
         "contracted_share": 0.5, "margin_change": 0.01},
    ],
)  # fmt: skip
def test_the_grids_follow_the_inputs(changes: dict[str, Any]) -> None:
    cells = typed_over("cerebras", dict(changes))
    made = value(read_case(typed(built("cerebras"), cells))[0])
    of = kept(built("cerebras")).values(cells)[TITLE]
    assert agree(of, made) == len(made.case.table("grids"))
    first = min(grids(of))  # Above the grids, the interaction of scenarios has no value either.
    refused = [held for (row, _), held in of.items() if row >= first and held == "n.m."]
    assert bool(refused) == ("terminal_roic" in changes)


def test_a_case_without_grids_has_no_such_sheet_and_one_table_is_enough() -> None:
    tree = cases.simple()
    for key in ("grids", "ranges", "scenarios"):
        tree["tables"].pop(key, None)
    assert TITLE not in Package.opened(template.write(parse(tree))).sheets
    tree["tables"]["ranges"] = {
        "label": "Ranges",
        "rate": {"input": "wacc", "low": 0.11, "high": 0.15} | origin(),
    }
    package = template.build(parse(tree))
    assert report(package).faults == []
    assert not grids(cached(package)[TITLE])


def test_a_grid_may_have_a_price_and_a_utilisation_of_a_segment() -> None:
    """Revenue of megawatts in service times utilisation times price."""
    tree = cases.stated(load("nebius"))
    further = tree["segments"]["cloud"]
    for name in ("uncontracted_revenue", "base_revenue"):
        further.pop(name, None)
    further["price"] = cases.of_model(4.0)
    further["utilisation"] = cases.of_model(0.8)
    for row in tree["tables"]["plant"].values():
        if isinstance(row, dict):
            row.pop("contract", None)
    tree["tables"]["grids"] = {
        "label": "Grids",
        "use": {
            "rows": "Utilisation", "row_input": "Cloud/utilisation", "row_step": 0.1,
            "by": "Price of a megawatt-year", "by_input": "Cloud/price",
            "by_step": 0.5,
        } | origin(),
    }  # fmt: skip
    del tree["published"], tree["totals"]
    case = parse(tree)
    of = cached(template.build(case))[TITLE]
    assert agree(of, value(case)) == 1
    (top,) = grids(of)
    # No more than all of a megawatt is let.
    assert [of[top + i, BLOCK] for i in (1, COUNT)] == pytest.approx([0.4, 1.0])
    assert of[top + COUNT, BLOCK + COUNT] > of[top + 1, BLOCK + 1]


def origin() -> dict[str, Any]:
    return {k: v for k, v in cases.of_model(0).items() if k != "value"}


@pytest.mark.parametrize(
    ("key", "row", "column", "wrong", "sentence"),
    [
        ("grids", "rate", "row_input", "wac", "tables.grids Row input must be an input, not 'wac' "
         "(did you mean 'wacc'?)."),
        ("grids", "rate", "by_input", "renewal",
         "tables.grids By input must be a driver, or several inputs joined by &, not "
         "'renewal'."),
        ("grids", "rate", "row_step", 0.0, "tables.grids.rate.row_step must be above 0 and at most "
         "100000, not 0."),
        ("grids", "rate", "by_input", "loss_cap",
         "tables.grids By input must be stated in the case to be varied, not left out: "
         "loss_cap."),
        ("grids", "rate", "row_input", "timing",
         "tables.grids Row input must be an input that is a number, not 'timing'."),
        ("grids", "rate", "by_input", "terminal_wacc",
         "tables.grids By input must differ from Row input, not be 'terminal_wacc'."),
        ("ranges", "margin", "input", "margin_chang", "tables.ranges Input must be an input, not "
         "'margin_chang' (did you mean 'margin_change'?)."),
        ("ranges", "margin", "low", 0.1, "tables.ranges: ranges Low must be at most High, not "
         "0.1."),
        ("ranges", "growth_after", "high", 4.0,
         "tables.ranges High of terminal_growth: terminal_growth must be from -1 to 1, not 4 "
         "(4% is 0.04)."),
    ],
)  # fmt: skip
def test_a_case_varies_inputs_that_it_has(
    key: str, row: str, column: str, wrong: Any, sentence: str
) -> None:
    tree = cases.shipped()
    tree["tables"][key][row][column] = wrong
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert sentence in str(refused.value)
