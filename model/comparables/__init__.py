"""Comparable companies: multiples, regression, implied values, the football field."""

from model.comparables import football_field, implied, peers, sales_regression, verdict

__all__ = ["football_field", "implied", "peers", "sales_regression", "verdict"]
