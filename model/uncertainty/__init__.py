"""Uncertainty: what a valuation is worth if its inputs are others, changed by name."""

from model.uncertainty import choices

__all__ = ["choices"]
