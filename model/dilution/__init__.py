"""Dilution: what is outstanding, what may come, and the price that belongs to an equity value."""

from model.dilution import (
    eps,
    headlines,
    holders,
    ipo,
    ladders,
    lockup,
    option_value,
    raises,
    securities,
    shares,
    vesting,
    views,
)

__all__ = [
    "eps",
    "headlines",
    "holders",
    "ipo",
    "ladders",
    "lockup",
    "option_value",
    "raises",
    "securities",
    "shares",
    "vesting",
    "views",
]
