"""Discounted cash flow: drivers, forecast, cost of capital, terminal values."""
