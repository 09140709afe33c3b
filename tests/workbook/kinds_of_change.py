"""A company whose scenarios change drivers in every way that they can be changed."""

from __future__ import annotations

from typing import Any

import cases

from model.case.case import parse

#: Changes of every kind: a number for another, for none and for a path; a path for a path and for a
#: number; a name; what is left out; inputs that are moved together, stated and not.
KINDS: dict[str, dict[str, Any]] = {
    "base": {"scenario": "Base", "weight": 0.2},
    "number": {"scenario": "One", "weight": 0.2, "input": "terminal_growth", "value": 0.03},
    "none": {"scenario": "One", "input": "failure_probability", "value": 0.1},
    "moved": {"scenario": "One", "input": "uncontracted_revenue", "value": -20.0},
    "name": {"scenario": "Two", "weight": 0.2, "input": "timing", "option": "end"},
    "left": {"scenario": "Two", "input": "terminal_roic", "option": "none"},
    "cleared": {"scenario": "Two", "input": "uncontracted_revenue", "option": "none"},
    "path": {"scenario": "Two", "input": "revenue_growth"},
    "together": {"scenario": "Three", "weight": 0.4, "input": "wacc & terminal_wacc",
                 "value": 0.01},
    "unstated": {"scenario": "Three", "input": "terminal_growth & book_capital", "value": 0.001},
    "over": {"scenario": "Three", "input": "tax_rate"},
}  # fmt: skip


#: The scenarios.
NAMES = ("Base", "One", "Two", "Three")


def every_kind() -> dict[str, Any]:
    """Return the case of a company without segments, with scenarios."""
    tree = cases.simple()
    # A shock cannot change what a scenario leaves out.
    del tree["tables"]["shocks"]
    origin = {k: v for k, v in cases.of_model(0).items() if k != "value"} | {"note": "Its reason"}
    years = parse(tree).forecast_years
    rows = {key: dict(row) for key, row in KINDS.items()}
    rows["path"] |= {str(year): 0.5 - i / 25 for i, year in enumerate(years)}
    rows["over"] |= {str(year): 0.2 + i / 1000 for i, year in enumerate(years)}
    tree["tables"]["scenarios"] = {"label": "Scenarios"} | {k: r | origin for k, r in rows.items()}
    return tree
