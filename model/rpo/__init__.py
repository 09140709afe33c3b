"""Remaining performance obligations: bands, schedules, contracts, capacity, filings."""

from model.rpo import concentration, measures

__all__ = ["concentration", "measures"]
