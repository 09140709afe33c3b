"""Does the sheet What the price requires show what the functions return, for every company?

Oracles: the functions, called with the case that is read back; the prices and the value per share
of the same workbook, with inputs as built and changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from calc_comparison import built, every_case
from live import kept
from looked_at import cached, looked_at

from model.case.case import load
from model.uncertainty.reverse import dcf_reverse
from model.uncertainty.target import dcf_target_price
from model.valuation import Valuation, value
from workbook.template.layout import HEAD_ROWS
from workbook.template.rows import FIRST, LABEL
from workbook.template.sheets import price_requires
from workbook.template.sheets.price_requires import ROWS, TITLE

#: The row of the prices, below the heading of the first section and what each price is of.
PRICES = HEAD_ROWS + 4
Cells = Mapping[tuple[int, int], Any]


def cells(name: str) -> Cells:
    return cached(built(name))[TITLE]


def across(of: Cells, row: int) -> list[Any]:
    """Return what a row holds from the first price on."""
    return [of[row, column] for column in range(FIRST, FIRST + 12) if (row, column) in of]


def rows_of(of: Cells, label: str) -> list[int]:
    """Find the rows with a label, which stands in one of two columns."""
    return sorted({row for (row, column), held in of.items()
                   if column in (LABEL - 1, LABEL) and held == label})  # fmt: skip


def shown(made: Valuation) -> list[str]:
    return [row.handle for row in price_requires.rows_of(made.case)]


@every_case
def test_the_blocks_are_what_the_functions_return(name: str) -> None:
    made, of = value(load(name)), cells(name)
    b, prices = made.business, across(of, PRICES)
    points = sorted(p.number for p in made.case.price_points.values())
    assert prices == [made.value_per_share, *points]
    required = rows_of(of, "Required")
    assert len(required) == len(shown(made))
    for row, handle in zip(required, shown(made), strict=True):
        found = dcf_reverse(b.drivers, b.securities, b.contracted, prices, handle, b.plant)
        for place, line in enumerate((found.required, found.input, found.value_per_share)):
            for held, number in zip(across(of, row + place), line.tolist(), strict=True):
                if number == number:
                    assert held == pytest.approx(number, rel=1e-9, abs=1e-12)
                else:
                    assert held == "none"
        assert across(of, row + 4) == found.count.tolist()
        assert of[row + 5, FIRST] == pytest.approx(found.lowest[0], rel=1e-9)
        assert of[row + 7, FIRST] == pytest.approx(found.highest[0], rel=1e-9)


@every_case
def test_the_summary_has_what_the_blocks_have(name: str) -> None:
    of = cells(name)
    handles = [row for row in ROWS if rows_of(of, row.label)]
    assert len(handles) == len(rows_of(of, "Required"))
    for row, block in zip(handles, rows_of(of, "Required"), strict=True):
        (summary,) = rows_of(of, row.label)
        assert across(of, summary) == across(of, block)
        if row.change:
            assert across(of, summary + 1) == across(of, block + 1)


@every_case
def test_words_name_the_prices_that_nothing_gives(name: str) -> None:
    of = cells(name)
    for handle, block in zip(shown(value(load(name))), rows_of(of, "Required"), strict=True):
        row = rows_of(of, handle[:1].upper() + handle[1:])[0]
        counts, prices = across(of, block + 4), across(of, PRICES)
        none = [f"{p:,.0f}" for p, count in zip(prices, counts, strict=True) if not count]
        start = f"Nothing gives {', '.join(none)}: " if none else "Every price can be reached: "
        assert of[row, FIRST].startswith(start + "value per share from ")


@every_case
def test_the_target_price_is_that_of_the_function(name: str) -> None:
    made, of = value(load(name)), cells(name)
    raised = None if made.raised is None else float(made.raised.value_per_share[-1])
    found = dcf_target_price(
        made.value_per_share, made.case.share_price[1].number, made.cost_of_equity,
        value_after_raises=raised,
    )  # fmt: skip
    for line in found.lines():
        (row,) = rows_of(of, line.label)
        assert of[row, FIRST] == pytest.approx(float(line.values), rel=1e-9, abs=1e-12)


@every_case
def test_it_prints_on_two_pages(name: str) -> None:
    sheet = looked_at(built(name))[TITLE]
    assert len(sheet.row_breaks.brk) <= 1
    assert "," not in sheet.print_area


def input_of(name: str, label: str) -> tuple[str, tuple[int, int]]:
    """Find the cell of an input of a case by its label on Inputs."""
    inputs = looked_at(built(name))["Inputs"]
    (row,) = [row[0].row for row in inputs.iter_rows(min_col=LABEL - 1) if row[0].value == label]
    return "Inputs", (row, LABEL)


def test_a_value_below_zero_leaves_the_sheet_standing() -> None:
    """A price is above 0: the share price takes the place of the model's own value."""
    live = kept(built("coreweave"))
    dearer = {input_of("coreweave", "Terminal WACC"): 0.2}
    of = live.values(dearer)[TITLE]
    price = load("coreweave").share_price[1].number
    assert across(of, PRICES)[0] == price
    for row in rows_of(of, "Required"):
        assert across(of, row)[0] == across(of, row)[across(of, PRICES).index(price, 1)]
    (target,) = rows_of(of, "Target price")
    assert of[target, FIRST] == 0


def test_of_two_solutions_the_nearest_is_shown_and_the_next_below() -> None:
    live = kept(built("cerebras"))
    # At rates above 60% the costs of the first years weigh less, and the value rises again.
    low = {input_of("cerebras", "First range, low"): 4.8}
    of = live.values(low)[TITLE]
    place = across(of, PRICES).index(4.8)
    row = rows_of(of, "Required")[shown(value(load("cerebras"))).index("cost of capital")]
    required, count, following = (across(of, row + i)[place] for i in (0, 4, 9))
    assert count == 2
    assert 0.1 < required < 0.6 < following < 1
    assert across(of, row + 11)[place] == pytest.approx(4.8)
