"""Filings: balances at successive dates, the revenue between them, and their bands."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, cast

import numpy as np

from model.arrays import periods_first
from model.calendar import months_between
from model.errors import Floats, InputError, require, shown
from model.fields import ZERO, column
from model.rpo.bands import Banded, Bands, first_of
from model.rpo.stated import cumulative_column, one_scope, scope_column
from model.tables import Table


class Filings(Table):
    """Balances at successive dates, in any order, and the revenue from each to the next."""

    at: Any = column("Date", "date", "Date of the balance.")
    balance: Floats = column("Balance", "USD m", "The balance.", low=0)
    recognised: Floats = column(
        "Recognised",
        "USD m",
        "Revenue since the filing before, blank at the first.",
        low=0,
        blank=np.nan,
    )
    scope: Any = scope_column()
    outside: Floats = column(
        "Outside",
        "USD m",
        "Part of Recognised that was never in the balance, such as on-demand use: 0 if there is "
        "none, blank if it is not disclosed.",
        low=0,
        default=np.nan,
        blank=np.nan,
    )
    #: Months of each filing after the first.
    month: tuple[int, ...] = ()
    #: Revenue from each balance to the next without what is stated to be outside.
    from_balance: Floats = ZERO

    def check(self) -> None:
        """Sort the filings by date."""
        if len(self) < 2:
            raise InputError("filings", "must hold at least two dates")
        one_scope("filings Scope", self.scope)
        order = np.argsort(self.at, kind="stable")
        self._put(
            at=self.at[order],
            balance=self.balance[..., order],
            recognised=self.recognised[..., order],
            outside=self.outside[..., order],
        )
        for name in ("recognised", "outside"):
            first = getattr(self, name)[..., 0]
            if not np.isnan(first).all():
                raise InputError(
                    self.places[name],
                    f"must be blank at the first date, not {shown(first_of(first))}",
                )
        later, outside = self.recognised[..., 1:], self.outside[..., 1:]
        missing = np.isnan(later)
        if missing.any():
            day = self.days[1:][int(missing.nonzero()[-1][0])]
            raise InputError("filings Recognised", f"must be typed at {day}, not left blank")
        days = self.days
        months = tuple(months_between("filings", days[0], day) for day in days)
        if any(after <= before for before, after in pairwise(months)):
            raise InputError("filings", "must hold dates in ascending order, months apart")
        part = np.isnan(outside) | (outside <= later)
        require(part, "filings Outside", "at most Recognised", outside)
        own = later - np.where(np.isnan(outside), 0.0, outside)
        self._put(month=months, recognised=later, outside=outside, from_balance=own)

    @property
    def days(self) -> list[date]:
        """The dates, in their order."""
        return cast(list[date], self.at.tolist())


class DatedBands(Table):
    """Bands of the balances at several dates."""

    at: Any = column("Date", "date", "Date of the balance.")
    first: Any = column("From month", "months", "First month of the band.", whole=True)
    last: Any = column("To month", "months", "Last month of the band.", whole=True, blank=np.nan)
    share: Any = column(
        "Share", "fraction", "Part of the balance.", low=0, high=1, default=None, blank=np.nan
    )
    amount: Any = column(
        "Amount", "USD m", "Part of the balance.", low=0, default=None, blank=np.nan
    )
    cumulative_share: Any = cumulative_column("Cumulative share", "fraction")
    cumulative_amount: Any = cumulative_column("Cumulative amount", "USD m")
    scope: Any = scope_column()

    @classmethod
    def argument(cls) -> str:
        """Name the table as the functions do."""
        return "bands"

    def of(self, filings: Filings) -> dict[int, Banded]:
        """Apply the bands to the balances of their dates, by the place of the filing."""
        one_scope("bands Scope", self.scope, filings.scope[0], "that of the filings")
        days = filings.days
        disclosed = set(self.at.tolist())
        unknown = sorted(disclosed - set(days))
        if unknown:
            raise InputError(
                "bands Date", f"must be one of the dates of filings, not {shown(unknown[0])}"
            )
        if days[0] not in disclosed:
            raise InputError("bands", f"must hold the bands of the first filing, {shown(days[0])}")
        stated = [(name, getattr(self, name)) for name in Bands.declared if name != "scope"]
        found = {}
        balances = periods_first(filings.balance)
        for place, (day, at, balance) in enumerate(zip(days, filings.at, balances, strict=True)):
            if day in disclosed:
                rows = self.at == at
                parts = {name: None if v is None else v[..., rows] for name, v in stated}
                of_date = Bands.known(**parts, scope=self.scope)
                of_date.check()
                found[place] = of_date.of(balance)
        return found
