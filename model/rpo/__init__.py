"""Remaining performance obligations: bands, schedules, contracts, capacity, filings."""

from model.rpo import measures

__all__ = ["measures"]
