"""A company of few shares, prices and balances, with the facts that a test states of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from cases import shipped

from model.case.case import Case, parse

BALANCE, VALUED = date(2025, 12, 31), date(2026, 5, 13)


def reading(value: float, kind: str = "stated", **more: Any) -> dict[str, Any]:
    """State a reading of one fact, unless it is said to be of another."""
    origin = {"source": "s1", "as_of": BALANCE, "quality": "filing", "known": date(2026, 4, 17)}
    return {"fact": "Fact", "kind": kind, "value": value, "unit": "USD m"} | origin | more


def stating(*rows: dict[str, Any]) -> Case:
    """State facts of a company with 701.7 of cash, RPO of 24,600 and 200 million shares at 185.

    10 million options have a strike of 92.5, so that at 185 they are 5 million shares.
    """
    tree = shipped()
    del tree["offer"], tree["segments"], tree["totals"], tree["funding"], tree["scalars"]
    figure = {"as_of": VALUED, "source": "pricing", "quality": "press"}
    tree["price"] = {"company": "CBRS", "share": {"value": 185.0, **figure}}
    common = {"name": "Common", "type": "common", "count": {"value": 200.0, **figure}}
    options = {
        "name": "Options", "type": "option",
        "count": {"value": 10.0, **figure}, "strike": {"value": 92.5, **figure},
    }  # fmt: skip
    tree["securities"] = {"company": "CBRS", "common": common, "options": options}
    tree["tables"] = {"company": "CBRS"}
    if rows:
        tree["tables"]["facts"] = {f"r{number}": row for number, row in enumerate(rows)}
    tree["drivers"] = {
        name: driver for name, driver in tree["drivers"].items()
        if name in ("company", "tax_rate", "terminal_growth")
    } | {
        name: {"value": number, **figure}
        for name, number in {
            "base_revenue": 500.0, "operating_margin": 0.3, "sales_to_capital": 1.0,
            "uncontracted_revenue": [100.0] * 10,
        }.items()
    }  # fmt: skip
    del tree["published"]
    tree["company"]["basis"] = "latest"  # Tests value it on other days.
    return parse(tree)
