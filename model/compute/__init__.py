"""Compute: megawatts, systems, tokens, and the market around them."""

from model.compute import fragility, infrastructure, learning, market, systems, tokens

__all__ = ["fragility", "infrastructure", "learning", "market", "systems", "tokens"]
