"""Discounted cash flow: drivers, forecast, cost of capital, terminal values."""

from model.dcf import (
    by_segment,
    capital_cost,
    discounting,
    economic_profit,
    failure,
    forecast,
    paths,
    research,
    stages,
    taxes,
    terminal,
    value,
)

__all__ = [
    "by_segment",
    "capital_cost",
    "discounting",
    "economic_profit",
    "failure",
    "forecast",
    "paths",
    "research",
    "stages",
    "taxes",
    "terminal",
    "value",
]
