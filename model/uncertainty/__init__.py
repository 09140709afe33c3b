"""Uncertainty: how a valuation changes with its inputs, changed by name."""

from model.uncertainty import choices, reverse, scenarios, sensitivity, target, tornado

__all__ = ["choices", "reverse", "scenarios", "sensitivity", "target", "tornado"]
