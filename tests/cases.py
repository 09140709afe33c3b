"""Cases as fully spelled-out trees, for tests that change one thing in them."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from model.case import derived
from model.case.case import Case, load
from model.case.parts import Figure, Table
from model.case.values import row_key

Tree = dict[str, Any]
#: Sections that name their company.
OWN = (
    *("offer", "price", "balance_sheet", "prices", "securities", "rpo", "cost_of_capital"),
    *("drivers", "published", "scalars", "tables"),
)


def stated(case: Case) -> Tree:
    """Spell out a case: each figure with value and origin, each row with its cells by key."""
    tree: Tree = {f.name: _node(getattr(case, f.name)) for f in fields(case)}
    tree = {name: node for name, node in tree.items() if node}
    for name in OWN:
        if name in tree:
            tree[name]["company"] = case.company.ticker
    return tree


def shipped() -> Tree:
    return stated(_cerebras())


def state_capacity(tree: Tree) -> None:
    """State the capacity with which a condition is compared, for a case without its scalar."""
    tranche = tree["securities"]["warrant_capacity"]
    tranche["measured"] = tranche["vests_at"] | {"value": 750.0, "label": "Measured"}


def list_shares(tree: Tree) -> None:
    """Make a case that of a listed company: a price, and what followed from its offer."""
    price = tree.pop("offer")["price"]
    del price["label"]
    tree["price"] = {"company": "CBRS", "share": price}
    counts = derived.counts(_cerebras())
    for key in ("common", "rsus"):
        tree["securities"][key]["count"] = price | {"value": counts[key]}
    proceeds = derived.drivers(_cerebras())["offer_proceeds"]
    tree["drivers"]["offer_proceeds"] = price | {"value": proceeds}


@cache
def _cerebras() -> Case:
    return load("cerebras")


def _node(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _node(child) for key, child in node.items()}
    if isinstance(node, Table):
        keys = [row_key(header) for header in node.fields]
        return {"label": node.label} | {
            name: {k: c for k, c in zip(keys, row.values, strict=True) if c != ""} | _origin(row)
            for name, row in node.rows.items()
        }
    if isinstance(node, list):
        return list(node)
    if not hasattr(type(node), "__dataclass_fields__"):
        return node
    if isinstance(node, Figure):
        return {n: getattr(node, n) for n in ("line", "year") if getattr(node, n, None)} | {
            "value": list(node.value) if isinstance(node.value, list) else node.value,
            "label": node.label,
            **_origin(node),
        }
    children = {f.name: _node(getattr(node, f.name)) for f in fields(node)}
    # The figures of a security are next to its name.
    children |= children.pop("figures", {})
    return {name: child for name, child in children.items() if child is not None}


def _origin(of: Any) -> Tree:
    names = ("as_of", "source", "quality", "note", "known")
    return {n: getattr(of, n) for n in names if getattr(of, n) is not None}
