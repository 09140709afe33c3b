"""Do companies with segments of other kinds build, agree with the model, and come back?

The oracle is the model on the case, whose numbers the check compares with the workbook's, and the
case itself. What each change does to the value is known by its sign.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cases import Tree, in_bands_only, of_model, shipped

from model.case.case import parse
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.package import Package

BASE = value(parse(shipped())).value_per_share
#: Tables of a megawatt, of a customer's warrant and of its loan.
OF_CAPACITY = ("infrastructure", "customer_warrant", "loan_capacity")


def figure(tree: Tree, stated: Any) -> Tree:
    return {k: v for k, v in tree["drivers"]["tax_rate"].items() if k != "label"} | {
        "value": stated
    }


def without(tree: Tree, *tables: str) -> None:
    for name in tables:
        del tree["tables"][name]


def no_balance(tree: Tree) -> None:
    """Contracts, and no remaining performance obligations disclosed."""
    del tree["rpo"]
    without(tree, *OF_CAPACITY)


def no_capacity(tree: Tree) -> None:
    """No plant and no contract that needs it."""
    without(tree, "plant", "view_steps", "grids", "ranges", "shocks", *OF_CAPACITY)
    for key in ("first", "second", "third"):
        del tree["tables"]["customer_contracts"][key]
    del tree["segments"]["openai"], tree["scalars"]["warrant_customer"]
    tree["scalars"]["customer_default_intensity"]["value"] = 0.01
    capacity = tree["securities"]["warrant_capacity"]
    capacity["measured"] = capacity["vests_at"] | {"value": 0.0, "label": "Measured"}
    tree["rpo"]["opening"]["amount"]["value"] = 4_600.0


def no_contracts(tree: Tree) -> None:
    """Further business alone, without revenue in the first year."""
    no_capacity(tree)
    del tree["rpo"], tree["tables"]["customer_contracts"]


def no_sales_before(tree: Tree) -> None:
    """A company that has sold nothing yet."""
    for key in ("cloud", "systems"):
        tree["segments"][key]["base_revenue"]["value"] = 0.0
    del tree["totals"]["comparable_revenue"]


def no_renewals(tree: Tree) -> None:
    for row in tree["tables"]["customer_contracts"].values():
        if isinstance(row, dict):
            row["renewal"] = 0.0


def net_retention(tree: Tree) -> None:
    """Revenue of a contract's customers grows by a fifth a year after it."""
    tree["tables"]["customer_contracts"]["cloud"] |= {"renewal": 0.0, "net_retention": 1.2}


def own_rate(tree: Tree) -> None:
    """A segment under contract, with a cost of capital below the company's."""
    tree["segments"]["openai"]["wacc"] = figure(tree, 0.1)


def failure(tree: Tree) -> None:
    tree["drivers"] |= {
        "failure_probability": figure(tree, 0.2),
        "failure_proceeds": figure(tree, 0.3),
    }


def by_growth(tree: Tree) -> None:
    tree["drivers"]["terminal"]["value"] = "growth"
    del tree["drivers"]["terminal_roic"]


def by_multiple(tree: Tree) -> None:
    tree["drivers"]["terminal"]["value"] = "multiple"
    tree["drivers"] |= {
        "terminal_multiple": figure(tree, 12.0),
        "terminal_metric": figure(tree, "ebit"),
    }


#: What is changed, and whether the value rises, falls, or may do either; None: it stays.
CHANGES: dict[Callable[[Tree], None], int | None] = {
    # Contracts by their terms then count from the balance sheet, which is of the same day.
    no_balance: None,
    no_capacity: 0,
    no_contracts: 0,
    no_sales_before: 0,
    no_renewals: -1,
    net_retention: 1,
    own_rate: 1,
    failure: -1,
    by_growth: 0,
    by_multiple: 0,
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_another_company_with_segments_is_sound(change: Callable[[Tree], None]) -> None:
    tree = shipped()
    change(tree)
    case = parse(tree)
    moved, side = value(case).value_per_share - BASE, CHANGES[change]
    assert moved == 0 if side is None else moved * side > 0 or (side == 0 and moved != 0)
    # Evaluated once, by the report: what a build writes into the cells is another test's.
    package = Package.opened(template.write(case))
    assert report(package).faults == []
    assert read_case(package)[0] == case


@pytest.mark.parametrize(
    "further", [{}, {"collected": 600.0, "recognised_in_year": 120.0}], ids=["bands", "collected"]
)
def test_a_balance_of_a_segment_is_sound(further: dict[str, float]) -> None:
    tree = in_bands_only()
    tree["rpo"] |= {key: of_model(stated) for key, stated in further.items()}
    case = parse(tree)
    package = Package.opened(template.write(case))
    assert report(package).faults == []
    assert read_case(package)[0] == case
