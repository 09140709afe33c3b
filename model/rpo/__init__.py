"""Remaining performance obligations: bands, schedules, contracts, capacity, filings."""
