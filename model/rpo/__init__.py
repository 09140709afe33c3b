"""Remaining performance obligations: bands, schedules, contracts, capacity, filings."""

from model.rpo import (
    backtest,
    backtest_split,
    bands,
    by_quarter,
    capacity,
    concentration,
    contracts,
    customer_terms,
    measures,
    run_rate,
    schedule,
)

__all__ = [
    "backtest",
    "backtest_split",
    "bands",
    "by_quarter",
    "capacity",
    "concentration",
    "contracts",
    "customer_terms",
    "measures",
    "run_rate",
    "schedule",
]
