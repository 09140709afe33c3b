"""Remaining performance obligations: bands, schedules, contracts, capacity, filings."""

from model.rpo import (
    backtest,
    bands,
    capacity,
    concentration,
    contracts,
    customer_terms,
    measures,
    schedule,
)

__all__ = [
    "backtest",
    "bands",
    "capacity",
    "concentration",
    "contracts",
    "customer_terms",
    "measures",
    "schedule",
]
