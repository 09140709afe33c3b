"""Discounted cash flow: drivers, forecast, cost of capital, terminal values."""

from model.dcf import (
    by_segment,
    capital_cost,
    commitments,
    discounting,
    economic_profit,
    failure,
    forecast,
    funding,
    paths,
    quarters,
    research,
    stages,
    taxes,
    terminal,
    value,
)

__all__ = [
    "by_segment",
    "capital_cost",
    "commitments",
    "discounting",
    "economic_profit",
    "failure",
    "forecast",
    "funding",
    "paths",
    "quarters",
    "research",
    "stages",
    "taxes",
    "terminal",
    "value",
]
