"""Value drivers: what a forecast is made of, each with its unit, meaning, default and bounds.

`Drivers` is the only declaration: its fields are the drivers' names, and all descriptions of them
(in a table, on the command line, in messages) are read from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Self

import numpy as np

from model.dcf.declaring import driver, lacking
from model.dcf.discounting import TIMINGS, each_period
from model.dcf.failure import BASES
from model.dcf.paths import check_fade, converge, fade, raised
from model.dilution.shares import METHODS
from model.errors import Floats, InputError, shown
from model.fields import ONE, ZERO, Extent, Field
from model.plain import plain
from model.tables import Settings

TERMINALS = ("growth", "roic", "multiple")
TERMINAL_METRICS = ("revenue", "ebit")
#: Forecast years when neither the drivers nor the contracted revenue give a number.
YEARS = 10
#: A driver that is one number or holds one for each forecast year, on its last axis.
YEARLY: Extent = "one or row"


class Drivers(Settings):
    """Drivers of a forecast.

    Arrays carry a leading scenario axis where there is one, and yearly drivers the forecast
    years last.
    """

    base_revenue: Floats = driver(
        "USD m", "Revenue of the year before the first forecast year.", low=0
    )
    uncontracted_base: Floats | None = driver(
        "USD m",
        "Part of base_revenue outside the contracts: what revenue_growth starts from.",
        low=0,
        otherwise="base_revenue",
    )
    revenue_growth: Floats | None = driver(
        "fraction",
        "Growth of uncontracted revenue.",
        extent=YEARLY,
        low=-1,
        high=5,
        otherwise="required unless uncontracted_revenue is given",
    )
    growth_years: int | None = driver(
        "years",
        "Years before growth fades linearly to terminal_growth.",
        whole=True,
        low=1,
        otherwise="years, so that it does not fade",
    )
    uncontracted_revenue: Floats | None = driver(
        "USD m",
        "Uncontracted revenue itself, in place of a base and its growth; the first year includes "
        "what was recognised before the balance date.",
        extent=YEARLY,
        low=0,
        otherwise="uncontracted_base and revenue_growth",
    )
    growth_change: Floats = driver(
        "fraction",
        "Points added to each year's growth of uncontracted revenue; for a path, from its second "
        "year on.",
        low=-1,
        high=5,
        default=ZERO,
    )
    contracted_share: Floats = driver(
        "fraction",
        "Share of contracted revenue, and of its renewals, that becomes revenue.",
        low=0,
        high=1,
        default=ONE,
    )
    contracted_delay_months: Floats = driver(
        "months",
        "Months by which contracted revenue after the valuation date, and its renewals, come "
        "later.",
        low=0,
        high=240,
        default=ZERO,
    )
    renewal_rate: Floats = driver(
        "fraction",
        "Share of the fall of contracted revenue from its highest year that renewals fill.",
        extent=YEARLY,
        low=0,
        high=1,
        default=ZERO,
    )
    operating_margin: Floats = driver(
        "fraction",
        "Operating income over revenue, with SBC as a cost; with target_margin, of the base year.",
        extent=YEARLY,
        low=-100,
        high=1,
    )
    target_margin: Floats | None = driver(
        "fraction",
        "Operating margin to which operating_margin converges linearly.",
        low=-100,
        high=1,
        otherwise="no convergence",
    )
    margin_change: Floats = driver(
        "fraction",
        "Points added to each year's operating margin, of every segment.",
        low=-100,
        high=1,
        default=ZERO,
    )
    margin_years: int | None = driver(
        "years", "Years until target_margin is reached.", whole=True, low=1, otherwise="years"
    )
    tax_rate: Floats = driver(
        "fraction", "Tax on operating income after losses.", extent=YEARLY, low=0, high=1
    )
    tax_years: int | None = driver(
        "years",
        "Years before tax_rate fades linearly to terminal_tax_rate.",
        whole=True,
        low=1,
        otherwise="years, so that it does not fade",
    )
    terminal_tax_rate: Floats | None = driver(
        "fraction",
        "Tax rate after the forecast: the marginal rate.",
        low=0,
        high=1,
        otherwise="tax_rate of the final year",
    )
    loss_carryforward: Floats = driver(
        "USD m", "Tax losses brought forward at the start.", low=0, default=ZERO
    )
    loss_limit: Floats = driver(
        "fraction", "Share of a year's income that losses may offset.", low=0, high=1, default=ONE
    )
    sales_to_capital: Floats | None = driver(
        "ratio",
        "Revenue added by each dollar reinvested.",
        extent=YEARLY,
        low=1e-6,
        otherwise="required unless capital_expenditure is given",
    )
    capital_expenditure: Floats | None = driver(
        "USD m",
        "Capital expenditure, in place of sales_to_capital; with depreciation.",
        extent=YEARLY,
        low=0,
        otherwise="sales_to_capital",
    )
    depreciation: Floats | None = driver(
        "USD m",
        "Depreciation, already deducted in operating_margin; with capital_expenditure.",
        extent=YEARLY,
        low=0,
        otherwise="sales_to_capital",
    )
    working_capital_change: Floats | None = driver(
        "USD m",
        "Cash that working capital absorbs; with capital_expenditure.",
        extent=YEARLY,
        otherwise="0, or sales_to_capital",
    )
    wacc: Floats = driver("fraction", "Cost of capital.", extent=YEARLY, low=0, high=1)
    wacc_years: int | None = driver(
        "years",
        "Years before wacc fades linearly to terminal_wacc.",
        whole=True,
        low=1,
        otherwise="years, so that it does not fade",
    )
    terminal_wacc: Floats | None = driver(
        "fraction",
        "Cost of capital after the forecast.",
        low=0,
        high=1,
        otherwise="wacc of the final year",
    )
    terminal: str = driver(
        "name", "How the terminal value is found.", choices=TERMINALS, default="growth"
    )
    terminal_growth: Floats = driver(
        "fraction", "Perpetual growth after the forecast.", low=-1, high=1, default=ZERO
    )
    terminal_roic: Floats | None = driver(
        "fraction",
        "Return on new capital after the forecast, for terminal roic.",
        low=1e-6,
        high=5,
        otherwise="terminal_wacc",
    )
    terminal_multiple: Floats | None = driver(
        "ratio",
        "Exit multiple, for terminal multiple.",
        low=0,
        otherwise="required for terminal multiple",
    )
    terminal_metric: str = driver(
        "name",
        "What the exit multiple applies to, in the final year.",
        choices=TERMINAL_METRICS,
        default="ebit",
    )
    timing: str = driver(
        "name", "When in its period a cash flow falls.", choices=TIMINGS, default="mid"
    )
    failure_probability: Floats = driver(
        "fraction",
        "Probability, over the forecast, that the company fails.",
        low=0,
        high=1,
        default=ZERO,
    )
    failure_proceeds: Floats = driver(
        "fraction",
        "Proceeds of the operations in failure, as a share of failure_basis.",
        low=0,
        high=1,
        default=ZERO,
    )
    failure_basis: str = driver(
        "name",
        "What failure_proceeds is a share of: going-concern value or book_capital.",
        choices=BASES,
        default="value",
    )
    book_capital: Floats | None = driver(
        "USD m",
        "Book value of equity and debt, for failure_basis book.",
        low=0,
        otherwise="required for failure_basis book",
    )
    stub: Floats = driver(
        "years",
        "Part of the first forecast year after the valuation date.",
        low=1e-6,
        high=1,
        default=ONE,
    )
    cash: Floats = driver("USD m", "Cash and investments before the offer.", low=0, default=ZERO)
    offer_proceeds: Floats = driver("USD m", "Net proceeds of the offer.", low=0, default=ZERO)
    other_assets: Floats = driver("USD m", "Other assets outside operations.", low=0, default=ZERO)
    debt: Floats = driver("USD m", "Debt, with the face of convertible debt.", low=0, default=ZERO)
    leases: Floats = driver("USD m", "Lease liabilities.", low=0, default=ZERO)
    other_claims: Floats = driver(
        "USD m", "Other claims ahead of the shareholders.", low=0, default=ZERO
    )
    method: str = driver(
        "name", "How securities dilute the value per share.", choices=METHODS, default="treasury"
    )
    years: int | None = driver(
        "years",
        "Forecast years.",
        whole=True,
        low=1,
        high=600,
        otherwise=f"the years that are given, or {YEARS}",
    )
    #: What the forecast years are called: 1, 2, 3 ... if there is nothing.
    across: Any = None
    #: The drivers by name as they were given, before they are spread over the years.
    stated: Any = field(default=None, init=False)

    @property
    def as_given(self) -> Mapping[str, Any]:
        """The drivers as they were given, before they are spread over the years."""
        found: Mapping[str, Any] = self.stated
        return found

    def check(self) -> None:
        """Refuse drivers that exclude one another or lack one another."""
        self._put(stated=dict(vars(self)))
        if (self.revenue_growth is None) == (self.uncontracted_revenue is None):
            raise lacking(
                "either revenue_growth or uncontracted_revenue, the path of uncontracted revenue"
            )
        if self.terminal == "multiple" and self.terminal_multiple is None:
            raise lacking("terminal_multiple for terminal 'multiple'")
        if self.failure_basis == "book" and self.book_capital is None:
            raise lacking("book_capital for failure_basis 'book'")
        self._check_reinvestment()
        self._check_across()

    def _check_across(self) -> None:
        """Read how many years there are, and spread the drivers over them."""
        if self.across is not None:
            across = plain(self.across)
            if not isinstance(across, list):
                raise InputError("across", f"must be a list of years, not {shown(across)}")
            years = len(across)
            if self.years not in (None, years):
                raise InputError(
                    "years", f"must be {years}, the years that are given, not {self.years}"
                )
            self._put(years=years)
        if self.years is not None:
            self._spread(self.years)

    def over(self, years: int) -> Self:
        """Return these drivers over their own years or, if they give none, the number passed."""
        if self.years is not None:
            return self
        made = type(self).known(**vars(self) | {"years": years})
        made._spread(years)
        return made

    def on_time(self) -> Self:
        """Return these drivers without a delay of contracted revenue."""
        return type(self).known(**vars(self) | {"contracted_delay_months": ZERO})

    @property
    def final_wacc(self) -> Floats:
        """Cost of capital after the forecast."""
        return self.wacc[..., -1] if self.terminal_wacc is None else self.terminal_wacc

    @property
    def final_tax_rate(self) -> Floats:
        """Tax rate after the forecast."""
        return self.tax_rate[..., -1] if self.terminal_tax_rate is None else self.terminal_tax_rate

    def margins(self) -> Floats:
        """Operating margin of each year."""
        margin = self.operating_margin
        if self.target_margin is not None:
            assert self.years is not None  # A forecast guarantees it.
            led = self.margin_years or self.years
            margin = converge(margin[..., :1], self.target_margin, led, self.years)
        return margin if self.margin_change is ZERO else raised(margin, self.margin_change)

    def waccs(self) -> Floats:
        """Cost of capital of each year."""
        return fade(self.wacc, self.final_wacc, self.wacc_years)

    def tax_rates(self) -> Floats:
        """Tax rate of each year."""
        return fade(self.tax_rate, self.final_tax_rate, self.tax_years)

    def _spread(self, years: int) -> None:
        """Give each yearly driver a value for each year, and check those that fade."""
        drivers = vars(self)
        for name in _YEARLY:
            if (given := drivers[name]) is not None:
                # Years first in memory, so that the scenarios of a year lie together.
                each, hold = each_period(given, years, name), _FADING.get(name, "")
                drivers[name] = each if hold else np.asfortranarray(each)
                if drivers.get(hold) is not None:
                    check_fade(name, np.atleast_1d(given), hold, drivers[hold], years)
        margin = self.operating_margin
        if self.target_margin is not None and (margin != margin[..., :1]).any():
            raise InputError(
                "operating_margin",
                "must be one number, the base year's margin, where target_margin is given",
            )
        if self.margin_years is not None and self.margin_years > years:
            raise InputError("margin_years", f"must be at most {years}, not {self.margin_years}")

    def _check_reinvestment(self) -> None:
        """Hold one way of reinvesting: a ratio for all of it, or what it is made of."""
        if (self.sales_to_capital is None) == (self.capital_expenditure is None):
            raise lacking(
                "either sales_to_capital, for all reinvestment, or capital_expenditure with "
                "depreciation and working_capital_change"
            )
        if self.capital_expenditure is None:
            for name in ("depreciation", "working_capital_change"):
                if getattr(self, name) is not None:
                    raise InputError(
                        name,
                        "must be given only with capital_expenditure, because sales_to_capital "
                        "already includes it",
                    )
        elif self.depreciation is None:
            raise lacking("depreciation with capital_expenditure")


#: The drivers by name, in the order in which they are read.
DRIVERS: dict[str, Field] = Drivers.declared
_YEARLY = [name for name, f in DRIVERS.items() if f.extent == YEARLY]
#: Drivers that fade, and those that set after how many years.
_FADING = {"revenue_growth": "growth_years", "wacc": "wacc_years", "tax_rate": "tax_years"}
