"""Uncertainty: what a valuation is worth if its inputs are others, changed by name."""

from model.uncertainty import choices, reverse, scenarios, sensitivity, target, tornado

__all__ = ["choices", "reverse", "scenarios", "sensitivity", "target", "tornado"]
