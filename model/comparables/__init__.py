"""Comparable companies: multiples, regression, the football field."""
