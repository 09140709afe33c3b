"""Operations: streams of revenue, costs, plant, working capital, leases."""

from model.operations import capital_spending, costs, leases, reported, streams, working_capital

__all__ = ["capital_spending", "costs", "leases", "reported", "streams", "working_capital"]
