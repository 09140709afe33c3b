"""Dilution: what is outstanding, what may come, and the price that belongs to an equity value."""
