"""Drivers of a company with segments: what is the company's, and the segments themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Any, Self

import numpy as np

from model.calendar import counted_day, not_in_year, year_left
from model.dcf.declaring import driver, lacking
from model.dcf.discounting import each_period
from model.dcf.drivers import DRIVERS, YEARLY, Drivers
from model.dcf.paths import check_fade
from model.dcf.segment import COMPANY, Segment, as_company
from model.errors import Floats, InputError, nearest, shown
from model.fields import ONE, ZERO

SERVICES = ("month", "half-year")
#: Company costs by line.
COSTS = {
    "research": "Research",
    "sales": "Sales and marketing",
    "administration": "Administration",
    "stock_compensation": "Stock compensation",
    "other_costs": "Other costs",
}


def _a_segments() -> Any:
    """Take back a driver that is not the company's where it has segments."""
    return field(default=None, init=False)


class SegmentedDrivers(Drivers):
    """Drivers of a company with segments: the company's own, and each segment's."""

    base_revenue: Any = _a_segments()
    uncontracted_base: Any = _a_segments()
    revenue_growth: Any = _a_segments()
    growth_years: Any = _a_segments()
    uncontracted_revenue: Any = _a_segments()
    renewal_rate: Any = _a_segments()
    operating_margin: Any = _a_segments()
    target_margin: Any = _a_segments()
    margin_years: Any = _a_segments()
    sales_to_capital: Any = _a_segments()
    working_capital_change: Any = _a_segments()
    capital_expenditure: Floats | None = as_company(
        "capital_expenditure", meaning="Capital expenditure on plant that all segments share."
    )
    depreciation: Floats | None = as_company(
        "depreciation", meaning="Depreciation of plant that all segments share, a cost."
    )
    valuation_date: date | None = driver(
        "date",
        "Date from which cash flows are valued.",
        otherwise="stub gives the rest of the year",
    )
    first_year_end: date | None = driver(
        "date", "End of the first forecast year, with valuation_date.", otherwise="none"
    )
    balance_date: date | None = driver(
        "date", "Balance date from which contracted months count.", otherwise="valuation_date"
    )
    interim_cash_flow: Floats | None = driver(
        "USD m",
        "Cash flow from the balance date to the valuation date.",
        otherwise="in proportion to the days, from the first year's",
    )
    loss_cap: Floats | None = driver(
        "USD m",
        "Most losses that a year may use, as after a change of ownership.",
        low=0,
        otherwise="no cap",
    )
    service: str = driver(
        "name",
        "How depreciation begins: with the month of service, or half a year in the first year.",
        choices=SERVICES,
        default="month",
    )
    research: Floats | None = driver(
        "USD m", "Research and development.", extent=YEARLY, low=0, otherwise="0"
    )
    sales: Floats | None = driver(
        "USD m", "Sales and marketing.", extent=YEARLY, low=0, otherwise="0"
    )
    administration: Floats | None = driver(
        "USD m", "General and administrative cost.", extent=YEARLY, low=0, otherwise="0"
    )
    stock_compensation: Floats | None = driver(
        "USD m", "Stock-based compensation, a cost.", extent=YEARLY, low=0, otherwise="0"
    )
    other_costs: Floats | None = driver(
        "USD m", "Other company costs.", extent=YEARLY, low=0, otherwise="0"
    )
    #: The segments, in the order in which they are read.
    segments: tuple[Segment, ...] = ()

    @classmethod
    def argument(cls) -> str:
        """Name the argument that holds them."""
        return "drivers"

    @classmethod
    def by_segment(
        cls, company: Mapping[str, Any], segments: Mapping[str, Mapping[str, Any]], **more: Any
    ) -> Self:
        """Make drivers of the company's values by name, and of each segment's.

        Raises
        ------
        InputError
            For an unknown name, and one that is a segment's or the company's where it is not.
        """
        for name in company:
            if name in Segment.declared and name not in cls.declared:
                raise InputError("drivers", f"must give {name} for a segment, in column Segment")
        for segment, values in segments.items():
            for name in values:
                if name not in Segment.declared:
                    known = (
                        f"must give {name} without a Segment, because it is the company's"
                        if name in cls.declared
                        else f"must hold known drivers only, not {shown(name)}"
                        f"{nearest(name, Segment.declared)}"
                    )
                    raise InputError(f"drivers of {shown(segment)}", known)
        made = tuple(Segment.of(values, name=name) for name, values in segments.items())
        return cls.of(company, segments=made, **more)

    def check(self) -> None:
        """Refuse missing drivers, and derive the rest of the first year from its dates."""
        self._put(stated=dict(vars(self)))
        if not isinstance(self.segments, tuple) or not all(
            isinstance(segment, Segment) for segment in self.segments
        ):
            raise InputError("segments", f"must be a tuple of segments, not {shown(self.segments)}")
        if not self.segments:
            raise lacking("at least one segment")
        if self.terminal == "multiple" and self.terminal_multiple is None:
            raise lacking("terminal_multiple for terminal 'multiple'")
        if self.failure_basis == "book" and self.book_capital is None:
            raise lacking("book_capital for failure_basis 'book'")
        if (self.capital_expenditure is None) != (self.depreciation is None):
            raise lacking("capital_expenditure and depreciation of shared plant, or neither")
        self._check_dates()
        self._check_across()

    @property
    def days_before_over_after(self) -> float:
        """Days from the balance date to the valuation date, over those left of the year."""
        if self.valuation_date is None or self.first_year_end is None or self.balance_date is None:
            return 0.0
        left = (self.first_year_end - self.valuation_date).days
        return (self.valuation_date - self.balance_date).days / left

    def _check_dates(self) -> None:
        start, end = self.valuation_date, self.first_year_end
        if (start is None) != (end is None):
            raise lacking("valuation_date and first_year_end, or neither")
        if start is None or end is None:
            if self.balance_date is not None:
                raise lacking("valuation_date and first_year_end with balance_date")
            return
        if self.stub is not ONE:
            raise InputError("stub", "must be left out where valuation_date says what is left")
        left = year_left(start, end)
        if left is None or counted_day(start) >= counted_day(end):
            raise InputError("valuation_date", not_in_year(start, end))
        if self.balance_date is None:
            self._put(balance_date=start)
        elif self.balance_date > start:
            raise InputError(
                "balance_date",
                f"must be at most the valuation date {start}, not {self.balance_date}",
            )
        self._put(stub=ZERO + left)

    def _spread(self, years: int) -> None:
        """Give each yearly driver a value for each year, the segments' too."""
        drivers = vars(self)
        for name, f in self.declared.items():
            if f.extent == YEARLY and drivers[name] is not None:
                drivers[name] = each_period(drivers[name], years, name)
        for path, hold in (("wacc", self.wacc_years), ("tax_rate", self.tax_years)):
            if hold is not None:
                check_fade(path, drivers[path], f"{path.partition('_')[0]}_years", hold, years)
        growth = self.terminal_growth
        change = self.growth_change
        self._put(segments=tuple(s.over(years, growth, change) for s in self.segments))


def segmented(d: Drivers) -> SegmentedDrivers:
    """Return drivers without segments as those of a company with one."""
    if isinstance(d, SegmentedDrivers):
        return d
    of_segment = {n: getattr(d, n) for n in Segment.declared if n in DRIVERS and n != "wacc"}
    if d.uncontracted_base is not None:
        of_segment["base_revenue"] = d.uncontracted_base
    rate = np.atleast_1d(of_segment.pop("renewal_rate"))
    if (rate != rate[..., :1]).any():
        raise InputError("renewal_rate", "must be the same in all years with a table of contracts")
    if rate.any():
        of_segment["renewal_rate"] = rate[..., 0]
    company = {n: getattr(d, n) for n in SegmentedDrivers.declared if n in DRIVERS}
    for shared in ("capital_expenditure", "depreciation"):
        company[shared] = None
    return SegmentedDrivers.by_segment(company, {COMPANY: of_segment}, across=d.across)
