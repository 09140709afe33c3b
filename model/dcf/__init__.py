"""Discounted cash flow: drivers, forecast, cost of capital, terminal values."""

from model.dcf import (
    capital_cost,
    commitments,
    discounting,
    economic_profit,
    failure,
    forecast,
    funding,
    paths,
    research,
    stages,
    taxes,
    terminal,
    value,
)

__all__ = [
    "capital_cost",
    "commitments",
    "discounting",
    "economic_profit",
    "failure",
    "forecast",
    "funding",
    "paths",
    "research",
    "stages",
    "taxes",
    "terminal",
    "value",
]
