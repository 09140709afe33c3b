"""Uncertainty: what a valuation is worth if its inputs are others, changed by name."""

from model.uncertainty import choices, reverse, sensitivity, target, tornado

__all__ = ["choices", "reverse", "sensitivity", "target", "tornado"]
