"""Signed contracts of a segment by month or by year, and its plant."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

import numpy as np

from model.arrays import floats
from model.calendar import MONTHS_PER_YEAR, check_last_month, check_years, year_of
from model.errors import Floats, InputError, nearest, shown
from model.fields import Names, column, row
from model.plain import plain
from model.rpo.contracts import Contracts
from model.tables import Table
from model.values import Dates

_OF = Contracts.declared


class SignedContracts(Table):
    """Contracted revenue by contract and by month, or by fiscal year, as contracted."""

    name: Names = column("Contract", "name", "Name of the contract.", key=True)
    segment: Names = row(_OF["segment"])
    base_revenue: Floats = row(_OF["base_revenue"])
    recognised: Floats = row(_OF["recognised"])
    collected: Floats = row(_OF["collected"])
    delay: Floats = row(_OF["delay"])
    probability: Floats = row(_OF["probability"])
    intensity: Floats = row(_OF["intensity"])
    recovery: Floats = row(_OF["recovery"])
    renewal_rate: Floats = column(
        "Renewal rate",
        "fraction",
        "Share that is renewed at the end of each term; the segment's where it is blank.",
        low=0,
        high=1,
        default=np.nan,
        blank=np.nan,
    )
    renewal_price: Floats = column(
        "Renewal price",
        "ratio",
        "Price of each renewal over the one before; the segment's where it is blank.",
        low=0,
        high=10,
        default=np.nan,
        blank=np.nan,
    )
    renewal_term: Floats = column(
        "Renewal term",
        "months",
        "Length of each renewal; the segment's, or the contract's own, where it is blank.",
        low=1,
        default=np.nan,
        blank=np.nan,
    )
    net_retention: Floats = row(_OF["net_retention"])
    #: Amounts of the months from the balance date, or of fiscal years; (..., contracts, periods).
    amounts: Any = None
    #: The fiscal years that the amounts are of; if there is nothing, they are of months from the
    #: balance date, or of the forecast years where the drivers have no dates.
    across: Any = None

    @classmethod
    def argument(cls) -> str:
        """Name the argument for messages."""
        return "contracted_revenue"

    @classmethod
    def of(cls, contracts: Contracts) -> Self:
        """Take contracts by their terms: value, start, term and shape give the months."""
        months = np.arange(1.0, (contracts.start + contracts.term).max())
        value = contracts.value[..., None] * contracts.begun(months)
        retained = ~np.isnan(contracts.net_retention)
        alike = (
            *("segment", "base_revenue", "recognised", "collected", "delay", "probability"),
            *("intensity", "recovery", "renewal_price", "renewal_term", "net_retention"),
        )
        return cls(
            contracts.names,
            renewal_rate=np.where(retained, np.nan, contracts.renewal),
            amounts=np.diff(value, prepend=0.0),
            **{name: getattr(contracts, name) for name in alike},
        )

    @cached_property
    def of_one(self) -> bool:
        """Whether these are contracts of one scenario."""
        columns = [getattr(self, name) for name in self.declared]
        return self.amounts.ndim == 2 and all(np.ndim(column) <= 1 for column in columns)

    @property
    def first_quarter(self) -> Floats:
        """What is contracted for the first three months, before delay."""
        return np.asarray(self.amounts[..., :3].sum((-2, -1)))

    def check(self) -> None:
        """Read the amounts, and refuse two ways of renewing."""
        found = np.asarray(floats(self.argument(), self.amounts))
        rows = len(self.name)
        if found.ndim < 2 or found.shape[-2] != rows or not found.shape[-1]:
            raise InputError(
                self.argument(),
                f"must hold amounts by period for each of {rows} contracts, not an array of shape "
                f"{found.shape}",
            )
        if (found < 0).any():
            worst = float(found.min())
            raise InputError(self.argument(), f"must be at least 0, not {shown(worst)}")
        if self.across is not None:
            self._put(across=self._years(found.shape[-1]))
        last = found.shape[-1] * (1 if self.across is None else MONTHS_PER_YEAR)
        check_last_month(self.argument(), last + int(np.ceil(np.max(self.delay))))
        both = ~np.isnan(self.renewal_rate) & ~np.isnan(self.net_retention)
        if both.any():
            raise InputError(
                self.places["net_retention"], "must be left blank where Renewal rate is given"
            )
        self._put(amounts=found)

    def _years(self, amounts: int) -> list[int]:
        headings = plain(self.across)
        if not isinstance(headings, list):
            raise InputError(self.argument(), f"must be of a list of years, not {shown(headings)}")
        years = [year_of(self.argument(), heading) for heading in headings]
        check_years(self.argument(), years)
        if len(years) != amounts:
            raise InputError(
                self.argument(), f"must hold {len(years)} amounts for each contract, not {amounts}"
            )
        return years


class Plant(Table):
    """Megawatts by vintage: when each is in service, what it costs and how long it lasts."""

    name: Names = column("Vintage", "name", "Name of the vintage.", key=True)
    megawatts: Floats = column("MW", "MW", "Megawatts in service.", low=0)
    in_service: Dates = column("In service", "date", "Day from which they are in service.")
    lead_time: Floats = column(
        "Lead time",
        "months",
        "Months before service over which they are paid.",
        high=240,
        whole=True,
    )
    capex: Floats = column("Price per MW", "USD m per MW", "Cost of a megawatt.", low=0)
    life: Floats = column("Life", "years", "Years in service, and of depreciation.", low=1, high=99)
    segment: Names = column("Segment", "name", "The segment that it serves.", default="", blank="")
    contract: Names = column(
        "Contract",
        "name",
        "The contract that it serves; where it is blank, the segment's other revenue.",
        default="",
        blank="",
    )

    @classmethod
    def argument(cls) -> str:
        """Name the argument for messages."""
        return "plant"

    @cached_property
    def of_one(self) -> bool:
        """Whether this is the plant of one scenario."""
        return all(np.ndim(getattr(self, name)) <= 1 for name in self.declared)

    def check(self) -> None:
        """Refuse plant in service before it is paid for, and a life that is not whole months."""
        early = np.asarray(self.lead_time) < 1
        if early.any():
            culprit = self.name[int(early.nonzero()[-1][0])]
            raise InputError(
                self.places["lead_time"],
                f"must be at least 1 month, because {shown(culprit)} cannot be in service before "
                "it is paid for",
            )
        months = np.asarray(self.life) * 12
        if np.abs(months - np.rint(months)).max() > 1e-9 or np.ndim(months) > 1:
            raise InputError(self.places["life"], "must be whole months, the same in all scenarios")


def owners(argument: str, names: Names, known: Names) -> list[int]:
    """Find the segment of each name; where there is only one, a blank is of it."""
    places = {name.casefold(): i for i, name in enumerate(known)}
    found = []
    for name in names:
        place = 0 if not name and len(known) == 1 else places.get(name.casefold())
        if place is None and not name:
            raise InputError(argument, "must be named, because there are several segments")
        if place is None:
            hint = nearest(name, known)
            raise InputError(argument, f"must be a segment with drivers, not {shown(name)}{hint}")
        found.append(place)
    return found
