"""Companies whose inputs are varied by name, and one value of them at a time."""

from __future__ import annotations

from functools import cache
from typing import Any

import cases

from model.case.case import load, parse
from model.dcf.drivers import Drivers
from model.dilution.securities import Securities
from model.uncertainty.changes import Business, changed
from model.uncertainty.outputs import worth
from model.valuation import value

COMMON = Securities(["Common", "Options"], ["common", "option"], [10.0, 2.0], [0, 5.0])
STORES: dict[str, Any] = {
    "base_revenue": 100.0,
    "revenue_growth": [0.2, 0.1, 0.05],
    "operating_margin": 0.2,
    "tax_rate": 0.25,
    "sales_to_capital": 2.0,
    "wacc": 0.1,
    "terminal_growth": 0.02,
    "cash": 20.0,
    "years": 3,
}
PLAIN = Business(Drivers.of(STORES), COMMON)


@cache
def company(name: str) -> Business:
    """Return a shipped case's business, or that of the simple company."""
    return value(parse(cases.simple()) if name == "simple" else load(name)).business


def alone(of: Business, *changes: tuple[str, float], output: str = "value_per_share") -> float:
    return float(worth(changed(of, changes, "changes"), output))
