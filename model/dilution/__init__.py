"""Dilution: shares outstanding, potential shares, and the price implied by an equity value."""

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
