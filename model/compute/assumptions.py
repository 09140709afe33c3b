"""Assumptions for a megawatt of computing capacity.

Everything is per MW of IT capacity: money in USD millions, and USD millions a year where it
flows. `utilisation` is the share of the capacity that is paid for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from model.errors import Floats, InputError, require
from model.fields import ByRow, column, further
from model.tables import Rows

#: An amount a year.
YEARLY = "USD m a MW-year"


class Assumptions(Rows):
    """Assumptions about a megawatt of capacity."""

    heading = "Assumption"

    price: Floats = column("Price", YEARLY, "Revenue at full utilisation, first year.", low=0)
    utilisation: Floats = column(
        "Utilisation", "fraction", "Share of the capacity that is paid for.", low=0, high=1
    )
    capex: Floats = column("Capex", "USD m a MW", "Capital expenditure.", low=0)
    life: Floats = column(
        "Life",
        "years",
        "Years of use, over which capital is depreciated straight-line.",
        low=1 / 12,
        high=100,
    )
    power_price: Floats = column(
        "Power price", "USD a MWh", "Price of electricity.", low=0, default=0.0
    )
    pue: Floats = column(
        "PUE", "ratio", "Power of the facility over power of the IT.", low=1, high=10, default=1.0
    )
    idle_draw: Floats = column(
        "Idle draw",
        "fraction",
        "Power drawn when idle, as a share of power at full use.",
        low=0,
        high=1,
        default=1.0,
    )
    other_cost: Floats = column(
        "Other cost", YEARLY, "Rent, staff, network and maintenance.", low=0, default=0.0
    )
    price_growth: Floats = column(
        "Price growth",
        "fraction",
        "Yearly change of the price; below 0 where it erodes.",
        low=-0.99,
        high=5,
        default=0.0,
    )
    residual: Floats = column(
        "Residual",
        "fraction",
        "Share of capital recovered by a sale at the end of life.",
        low=0,
        high=1,
        default=0.0,
    )
    tax_rate: Floats = column(
        "Tax rate",
        "fraction",
        "Tax on gross profit; a loss saves tax elsewhere.",
        low=0,
        high=1,
        default=0.0,
    )
    rate: Floats = column(
        "Rate",
        "fraction",
        "Discount rate, for value.",
        low=0,
        high=1,
        default=np.nan,
        blank=np.nan,
    )
    low: ByRow = further("Low")
    high: ByRow = further("High")

    def check(self) -> None:
        """Refuse a low without a high, and a value outside them."""
        for name in (*self.low, *self.high):
            value: Any = getattr(self, name)
            header = self.declared[name].header
            if name not in self.low or name not in self.high:
                raise InputError(self.argument(), f"must have both Low and High for {header}")
            if np.isnan(value).any():
                raise InputError(self.argument(), f"must have a Value for {header}, which varies")
            inside = (self.low[name] <= value) & (value <= self.high[name])
            require(inside, self.places[name], "from its Low to its High", value)

    def moved(self, **values: Any) -> Assumptions:
        """Return these assumptions with some replaced."""
        read = {n: self._value(n, f, values[n]) for n, f in self.declared.items() if n in values}
        return self.known(**vars(self) | read | {"low": {}, "high": {}})

    @property
    def discount_rate(self) -> Floats:
        """The discount rate, needed only for values."""
        if np.isnan(self.rate).any():
            raise InputError(
                self.argument(), "must give Rate, the discount rate, for a value", "missing"
            )
        return self.rate
