"""Uncertainty: what a company is worth if inputs, changed by name, are different."""

from model.uncertainty import choices

__all__ = ["choices"]
