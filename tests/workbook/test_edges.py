"""Does the workbook hold up if a result is not meaningful, or the worst is assumed?

The oracles are the workbook's own native checks, the model in Python, and numbers by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cases import simple
from looked_at import looked_at

from model.case.case import parse
from workbook import template
from workbook.check.report import report

Tree = dict[str, Any]
LABEL = 3


@cache
def built(change: Callable[[Tree], object]) -> bytes:
    tree = simple()
    change(tree)
    return template.build(parse(tree))


def line(package: bytes, sheet: str, label: str) -> list[Any]:
    """Give the cell to the right of a label."""
    page = looked_at(package, values=True)[sheet]
    for row in page.iter_rows(values_only=True):
        if label in row:
            after = list(row[row.index(label) + 1 :])
            # The narrow column next to a label holds the same, and shows nothing.
            return after[1:] if after[0] == label else after
    raise KeyError(label)


def losses(tree: Tree) -> None:
    tree["drivers"]["operating_margin"]["value"] = [-0.2] * 10


def no_growth(tree: Tree) -> None:
    tree["drivers"]["terminal_growth"]["value"] = 0.0


def steady_plant(tree: Tree) -> None:
    """Spend what is depreciated, so that growth takes no capital."""
    ratio = tree["drivers"].pop("sales_to_capital")
    for name in ("capital_expenditure", "depreciation"):
        tree["drivers"][name] = ratio | {"value": [100.0] * 10}
    tree["drivers"]["terminal"]["value"] = "growth"
    tree["drivers"]["terminal_growth"]["value"] = 0.03


def shrinking(tree: Tree) -> None:
    tree["drivers"]["terminal_growth"]["value"] = -0.05
    tree["drivers"]["terminal"]["value"] = "growth"


def exit_multiple(tree: Tree) -> None:
    tree["drivers"]["terminal"]["value"] = "multiple"
    tree["drivers"]["terminal_multiple"] = tree["drivers"]["terminal_roic"] | {"value": 12.0}


@pytest.mark.parametrize("change", [losses, no_growth, steady_plant, shrinking, exit_multiple])
def test_no_cell_fails(change: Callable[[Tree], None]) -> None:
    assert report(built(change)).faults == []


@pytest.mark.parametrize("change", [losses, no_growth, steady_plant])
def test_an_implied_return_that_means_nothing_is_no_number(
    change: Callable[[Tree], None],
) -> None:
    assert line(built(change), "DCF", "Return on new capital that it implies")[0] == "n.m."


def test_the_implied_multiple_of_an_exit_multiple_is_that_multiple() -> None:
    label = "Multiple of final operating income that it implies, at N"
    assert line(built(exit_multiple), "DCF", label)[0] == pytest.approx(12.0, rel=1e-12)


def faster_and_dearer(tree: Tree) -> None:
    tree["tables"]["offers"]["groq"] |= {"price": 1.0, "speed": 5000.0}


def as_fast(tree: Tree) -> None:
    tree["tables"]["offers"]["groq"] |= {"price": 0.14, "speed": 1861.0}


@pytest.mark.parametrize("change", [faster_and_dearer, as_fast])
def test_speed_is_judged_against_slower_offers(change: Callable[[Tree], None]) -> None:
    package = built(change)
    assert report(package).faults == []
    # 0.39 against the 0.05 of the only offer that is slower.
    assert line(package, "Signals", "Price premium")[0] == pytest.approx(7.8)
    assert "off" in line(package, "Signals", "Kill switch: pricing power")


def test_without_a_slower_offer_nothing_is_observed() -> None:
    def change(tree: Tree) -> None:
        for row in tree["tables"]["offers"].values():
            if isinstance(row, dict):
                row["speed"] = 1861.0

    package = built(change)
    assert report(package).faults == []
    assert "undecided" in line(package, "Signals", "Kill switch: pricing power")
