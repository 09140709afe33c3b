"""Uncertainty: what a valuation is worth if its inputs are others, changed by name."""

from model.uncertainty import choices, reverse, target

__all__ = ["choices", "reverse", "target"]
