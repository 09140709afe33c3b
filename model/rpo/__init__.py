"""Remaining performance obligations: bands, schedules, contracts, capacity, filings."""

from model.rpo import backtest, bands, concentration, measures, schedule

__all__ = ["backtest", "bands", "concentration", "measures", "schedule"]
