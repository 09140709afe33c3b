"""Investor returns: internal rates of cash flows, and what an exit earns."""

from model.returns import exits, internal_rates

__all__ = ["exits", "internal_rates"]
