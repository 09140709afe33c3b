"""Compute: megawatts, systems, tokens, and the market around them."""

from model.compute import (
    fragility,
    infrastructure,
    learning,
    market,
    substitution,
    systems,
    tokens,
    vendors,
)

__all__ = [
    "fragility",
    "infrastructure",
    "learning",
    "market",
    "substitution",
    "systems",
    "tokens",
    "vendors",
]
