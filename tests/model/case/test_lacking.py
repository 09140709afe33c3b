"""Is a line that the company reports, and that the forecast lacks, named?

Oracle: the shipped cases, which have each such line, with the line taken out.
"""

from __future__ import annotations

from typing import Any

import pytest
from cases import Tree, stated

from model.case.case import load, parse
from model.case.lacking import ADVANCES, warnings
from model.errors import InputError


def without(name: str, *paths: str) -> list[str]:
    tree: Tree = stated(load(name))
    for path in paths:
        *parents, leaf = path.split(".")
        node: Any = tree
        for parent in parents:
            node = node[parent]
        del node[leaf]
    tree.get("totals", {}).clear()
    for table in ("grids", "ranges", "shocks", "view_steps"):
        tree["tables"].pop(table, None)
    return list(warnings(parse(tree)))


@pytest.mark.parametrize("name", ["cerebras", "coreweave", "nebius", "snowflake", "supermicro"])
def test_the_shipped_forecasts_lack_nothing(name: str) -> None:
    assert without(name) == []


@pytest.mark.parametrize(
    ("name", "amount"), [("supermicro", "412.115"), ("snowflake", "1599.5"), ("nebius", "102.5")]
)
def test_stock_compensation(name: str, amount: str) -> None:
    (sentence,) = without(name, "drivers.stock_compensation")
    assert f"reports {amount} of stock compensation, but the forecast has none" in sentence


def test_leases() -> None:
    (sentence,) = without("coreweave", "drivers.leases")
    assert sentence.startswith("tables.leases_signed has ")
    assert sentence.endswith("type drivers.leases, 0 if rent is in the margin.")


def test_deferred_revenue() -> None:
    tree = stated(load("supermicro"))
    cash = tree["balance_sheet"]["cash"]
    tree["balance_sheet"] |= {
        "deferred_revenue": cash | {"value": 412.0},
        "collected_counts": cash | {"value": "forecast"},
    }
    # It follows from the deposits.
    tree["drivers"].pop("other_claims", None)
    segments = [node for node in tree["segments"].values() if isinstance(node, dict)]
    for node in (tree["drivers"], *segments):
        for name in ADVANCES:
            node.pop(name, None)
    for table in ("grids", "ranges", "shocks", "scenarios"):
        tree["tables"].pop(table, None)
    (sentence,) = warnings(parse(tree))
    assert sentence.startswith("balance_sheet.collected_counts is 'forecast' for 412 that ")


def test_deferred_revenue_of_a_balance_of_contracts_is_refused() -> None:
    missing = (
        r"^rpo\.collected must have the amount that the balance sheet has as collected, "
        r"4047\.999, not 0"
    )
    with pytest.raises(InputError, match=missing):
        without("coreweave", "rpo.collected")
