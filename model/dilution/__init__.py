"""Dilution: what is outstanding, what may come, and the price that belongs to an equity value."""

from model.dilution import shares

__all__ = ["shares"]
