"""Cases as fully spelled-out trees, for tests that change one thing in them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields
from datetime import date
from functools import cache
from typing import Any

from model.case import declared, derived
from model.case.case import Case, load
from model.case.parts import Figure, Table
from model.case.values import row_key
from model.dcf.drivers import DRIVERS

Tree = dict[str, Any]
#: Sections that name their company.
OWN = (
    *("offer", "price", "balance_sheet", "prices", "securities", "rpo", "cost_of_capital"),
    *("drivers", "segments", "funding", "published", "scalars", "tables"),
)


def stated(case: Case) -> Tree:
    """Spell out a case: each figure with value and origin, each row with its cells by key."""
    tree: Tree = {f.name: _node(getattr(case, f.name)) for f in fields(case)}
    tree = {name: node for name, node in tree.items() if node}
    for name in OWN:
        if name in tree:
            tree[name]["company"] = case.company.ticker
    return tree


def whole() -> Tree:
    """Spell out the shipped case with all that it states."""
    return stated(_cerebras())


def shipped() -> Tree:
    """Spell out the shipped case to change it: what is said of its figures needs all of them."""
    tree = whole()
    del tree["tables"]["quoted_claims"]
    return tree


#: Drivers of the shipped company as one business, with one margin for all of its revenue.
ONE_BUSINESS: Tree = {
    "base_revenue": 509.991,
    "uncontracted_revenue": [122, 200, 800, 1900, 3600, 5400, 7000, 8600, 9900, 10900],
    "renewal_rate": 0.5,
    "operating_margin": [-0.45, -0.05, 0.11, 0.18, 0.22, 0.25, 0.28, 0.3, 0.31, 0.32],
    "sales_to_capital": [0.75, 0.75, 0.75, 1, 1, 1, 1, 1, 1, 1],
}


#: Assumptions about a megawatt that follow from segments, as a company without them types them.
A_MEGAWATT: Tree = {
    "price": 8.2,
    "utilisation": 0.9,
    "capex": 15.9,
    "life": 5.0,
    "power_price": 60.0,
    "other_cost": 0.45,
}


#: The balance sheet of 31 March 2026, which was published after the valuation date.
MARCH_2026: Tree = {
    "cash": 1716.0,
    "restricted_cash": 1029.0,
    "restricted_cash_counts": "included",
    "investments": 516.0,
    "borrowings": 982.9,
    "customer_deposits": 368.4,
    "deferred_revenue": 244.3,
    "collected_counts": "claim",
}


def simple() -> Tree:
    """Spell out the shipped case without segments, on the balance sheet of 31 March 2026."""
    tree = shipped()
    of_march = {
        "as_of": date(2026, 3, 31),
        "source": "q1",
        "quality": "filing-via-secondary",
        "known": date(2026, 6, 23),
    }
    tree["balance_sheet"] = {"company": tree["balance_sheet"]["company"]} | {
        name: {"value": stated, "label": declared.BALANCE_SHEET[name].header, **of_march}
        for name, stated in MARCH_2026.items()
    }
    for year, share in (("year_1", 0.031), ("year_2", 0.119)):
        tree["rpo"]["conversion"][year]["share"]["value"] = share
    # Some facts and inputs, and all steps to a view, are about what is taken away here.
    for key in ("balance_events", "facts", "view_steps", "grids", "ranges", "scenarios"):
        del tree["tables"][key]
    keep_shocks_of_the_company(tree)
    del tree["segments"]
    tree["company"]["basis"] = "latest"
    for name, number in A_MEGAWATT.items():
        tree["tables"]["infrastructure"][name]["value"] = number
    stated = {name: d for name, d in tree["drivers"].items() if name in DRIVERS}
    origin = _origin(_cerebras().drivers["terminal_growth"])
    made = {
        name: {"value": deepcopy(v), "label": name, **origin} for name, v in ONE_BUSINESS.items()
    }
    tree["drivers"] = made | stated | {"company": _cerebras().company.ticker}
    # The megawatts that its last tranche is compared with, for cases without plant.
    capacity = tree["securities"]["warrant_capacity"]
    capacity["measured"] = capacity["vests_at"] | {"value": 750.0, "label": "Measured"}
    for total in tree["totals"].values():
        of = [path for path in total["parts"] if path.startswith("segments.")]
        if of:
            rest = [path for path in total["parts"] if path not in of]
            total["parts"] = ["drivers.base_revenue", *rest]
    return tree


def in_bands_only() -> Tree:
    """Spell out the shipped case as one that discloses bands, of one segment, and no contracts."""
    tree = shipped()
    for table in ("plant", "infrastructure", "customer_warrant", "loan_capacity",
                  "customer_contracts", "view_steps", "grids", "ranges"):  # fmt: skip
        del tree["tables"][table]
    keep_shocks_of_the_company(tree)
    del tree["segments"]["openai"], tree["scalars"]["warrant_customer"]
    capacity = tree["securities"]["warrant_capacity"]
    capacity["measured"] = capacity["vests_at"] | {"value": 0.0, "label": "Measured"}
    tree["rpo"]["opening"]["amount"]["value"] = 4_600.0
    tree["rpo"]["segment"] = of_model("Cloud")
    return tree


def keep_shocks_of_the_company(tree: Tree) -> None:
    """Leave out shocks to what only some segments have, and to contracts listed one by one."""
    shocks = tree["tables"]["shocks"]
    for key in ("fatigue_renewal", "power", "power_late", "foundry"):
        del shocks[key]


def of_model(stated: Any) -> Tree:
    """Return a figure as the model's own."""
    return {"value": stated, **_origin(_cerebras().drivers["terminal_growth"])}


def list_shares(tree: Tree) -> None:
    """Make a case that of a listed company: a price, and what followed from its offer."""
    price = tree.pop("offer")["price"]
    tree["tables"].pop("facts", None)
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
        own = ("line", "year", "quarter", "kind")
        return {n: getattr(node, n) for n in own if getattr(node, n, None)} | {
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
