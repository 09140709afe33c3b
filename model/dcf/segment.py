"""Drivers of one segment: its revenue, its costs and its capital.

Tax, cost of capital, terminal value, failure and the bridge are the company's, in
`model.dcf.segments`; so are costs and plant that serve every segment. What a driver of a
company without segments means is declared in `model.dcf.drivers`, and here where it differs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, cast

import numpy as np

from model.dcf.declaring import driver, lacking
from model.dcf.discounting import each_period
from model.dcf.drivers import DRIVERS, YEARLY
from model.dcf.paths import check_fade, converge, fade, faster
from model.errors import Floats, InputError, shown
from model.fields import ONE, ZERO, row
from model.tables import Settings

#: The name of the one segment of a company whose drivers name none.
COMPANY = "Company"
#: Between a segment and its driver in a table of drivers: no part of a name.
SLASH = "/"
CONTRA = ("cash", "shares")
UNIT_COSTS = ("power_cost", "hosting_cost", "other_cost")
_GROWING = ("revenue_growth", "uncontracted_revenue", "price")


def as_company(name: str, **changes: Any) -> Any:
    """Declare a driver as a company without segments does."""
    return row(replace(DRIVERS[name], **changes))


def _optional(name: str, otherwise: str) -> Any:
    return as_company(name, default=None, otherwise=otherwise)


class Segment(Settings):
    """Drivers of one segment."""

    base_revenue: Floats = driver(
        "USD m",
        "Revenue outside the contracts in the year before the first forecast year.",
        low=0,
        default=ZERO,
    )
    revenue_growth: Floats | None = _optional("revenue_growth", "no growing revenue")
    growth_years: int | None = as_company("growth_years")
    uncontracted_revenue: Floats | None = as_company(
        "uncontracted_revenue", otherwise="base_revenue and revenue_growth"
    )
    price: Floats | None = driver(
        "USD m per MW",
        "Price of a megawatt-year; revenue is megawatts in service times utilisation times price.",
        extent=YEARLY,
        low=0,
        otherwise="no revenue by megawatts",
    )
    utilisation: Floats = driver(
        "fraction",
        "Share of the megawatts that is paid for.",
        extent=YEARLY,
        low=0,
        high=1,
        default=ONE,
    )
    renewal_rate: Floats = driver(
        "fraction",
        "Share of a contract that is renewed at the end of each term.",
        low=0,
        high=1,
        default=ZERO,
    )
    renewal_price: Floats = driver(
        "ratio", "Price of each renewal over the price before it.", low=0, high=10, default=ONE
    )
    renewal_term: Floats | None = driver(
        "months", "Length of each renewal.", low=1, otherwise="the contract's own"
    )
    net_retention: Floats | None = driver(
        "ratio",
        "Revenue of a contract's customers over that of a year before, in place of renewals.",
        extent=YEARLY,
        low=0,
        high=5,
        otherwise="renewal_rate times renewal_price",
    )
    operating_margin: Floats | None = _optional("operating_margin", "costs per megawatt")
    target_margin: Floats | None = as_company("target_margin")
    margin_years: int | None = as_company("margin_years")
    power_cost: Floats | None = driver(
        "USD m per MW", "Power, per megawatt-year in service.", extent=YEARLY, low=0, otherwise="0"
    )
    hosting_cost: Floats | None = driver(
        "USD m per MW",
        "Hosting, per megawatt-year in service.",
        extent=YEARLY,
        low=0,
        otherwise="0",
    )
    other_cost: Floats | None = driver(
        "USD m per MW",
        "Other cost per megawatt-year in service.",
        extent=YEARLY,
        low=0,
        otherwise="0",
    )
    contra_revenue: Floats = driver(
        "fraction",
        "Share of revenue that is given back to customers and lowers income.",
        extent=YEARLY,
        low=0,
        high=1,
        default=ZERO,
    )
    contra_basis: str = driver(
        "name",
        "What is given back: cash, or shares that are counted as such and take no cash.",
        choices=CONTRA,
        default="cash",
    )
    sales_to_capital: Floats | None = _optional(
        "sales_to_capital", "vintages of megawatts, or capital_expenditure"
    )
    freed_capital: Floats = driver(
        "fraction",
        "Share of the capital behind revenue that is freed when the revenue falls.",
        low=0,
        high=1,
        default=ZERO,
    )
    capital_expenditure: Floats | None = as_company("capital_expenditure")
    depreciation: Floats | None = as_company("depreciation")
    working_capital_change: Floats | None = as_company("working_capital_change")
    working_capital: Floats = driver(
        "fraction",
        "Working capital over revenue, if sales_to_capital covers only fixed capital.",
        extent=YEARLY,
        low=-5,
        high=5,
        default=ZERO,
    )
    wacc: Floats | None = _optional("wacc", "the company's")
    name: str = COMPANY

    @classmethod
    def argument(cls) -> str:
        """Name the argument that holds them."""
        return "drivers"

    def _read(self, names: Collection[str]) -> None:
        try:
            super()._read(names)
        except InputError as e:
            argument = f"{e.argument} of {self.called}"
            raise InputError(argument, e.problem, e.reason, e.holds) from None

    def check(self) -> None:
        """Refuse drivers that exclude one another or lack one another."""
        stated = [name for name in _GROWING if getattr(self, name) is not None]
        if len(stated) > 1:
            raise InputError(stated[1], f"must be left out where {stated[0]} is given")
        if (self.operating_margin is None) == (not self.has_unit_costs):
            raise lacking(f"either operating_margin or {', '.join(UNIT_COSTS)} by megawatt")
        if self.target_margin is not None and self.operating_margin is None:
            raise InputError("target_margin", "must be given with operating_margin only")
        if self.net_retention is not None and (self.renewal_rate != 0).any():
            raise InputError("net_retention", "must be left out where renewal_rate is given")
        if self.capital_expenditure is not None:
            if self.sales_to_capital is not None:
                raise InputError("capital_expenditure", "must be given without sales_to_capital")
            if self.depreciation is None:
                raise lacking("depreciation with capital_expenditure")
        elif self.depreciation is not None or self.working_capital_change is not None:
            raise lacking("capital_expenditure with depreciation and working_capital_change")

    @property
    def called(self) -> str:
        """The name as a message shows it."""
        return shown(self.name)

    @property
    def has_unit_costs(self) -> bool:
        """Whether costs are by megawatt."""
        return any(getattr(self, name) is not None for name in UNIT_COSTS)

    @property
    def grows(self) -> bool:
        """Whether the segment has revenue outside its contracts."""
        return any(getattr(self, name) is not None for name in _GROWING)

    @property
    def renews(self) -> bool:
        """Whether something is said about the renewal of its contracts."""
        left_out = self.renewal_rate is self.declared["renewal_rate"].default
        return not left_out or self.net_retention is not None

    def over(self, years: int, terminal_growth: Floats, change: Floats = ZERO) -> Segment:
        """Return these drivers with a value for each year, and paths that fade or converge."""
        made = object.__new__(Segment)
        made._put(**vars(self))
        for name, f in self.declared.items():
            value = getattr(self, name)
            if f.extent == YEARLY and value is not None:
                made._put(**{name: each_period(value, years, f"{name} of {self.called}")})
        for hold in (self.growth_years, self.margin_years):
            if hold is not None and hold > years:
                raise InputError(f"drivers of {self.called}", f"must fade within {years} years")
        if made.revenue_growth is not None:
            path, held = made.revenue_growth, self.growth_years
            if held is not None:
                check_fade("revenue_growth", path, "growth_years", held, years)
            path = path + np.asarray(change)[..., None]
            made._put(revenue_growth=fade(path, terminal_growth, held))
        if made.uncontracted_revenue is not None:
            made._put(uncontracted_revenue=faster(made.uncontracted_revenue, change))
        if made.target_margin is not None:
            base = cast(Floats, made.operating_margin)[..., :1]
            led = converge(base, made.target_margin, self.margin_years or years, years)
            made._put(operating_margin=led)
        return made
