"""Commitments: amounts due by year, facilities that can be drawn, and covenants."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.arrays import floats
from model.calendar import check_years, year_of
from model.errors import Floats, InputError, first, require, shown
from model.fields import OF_ROW, Names, column
from model.plain import FIRST_YEAR, plain
from model.tables import Table

KINDS = ("debt", "lease", "purchase")
MEASURES = ("net debt to EBITDA", "interest cover", "liquidity")
#: Rounding left by division and sums of equal amounts.
ROUNDING = 1e-9


class Commitments(Table):
    """Debt, leases not commenced and purchase commitments, with what falls due in each year.

    The columns next to those listed are headed by the forecast years, 2026 (or FY2026, 2026E) or
    1, 2, 3, in any order. They hold what is paid in each year, and 0 where nothing is. The rest of
    the balance is due later.
    """

    by_year = "payments"

    name: Names = column("Commitment", "name", "Name of the commitment.", key=True)
    kind: Names = column(
        "Kind",
        "name",
        "Debt; a lease that has not commenced; or a purchase commitment.",
        choices=KINDS,
    )
    balance: Floats = column("Balance", "USD m", "Amount owed, or committed in total.", low=0)
    rate: Floats = column(
        "Rate",
        "fraction",
        "Interest a year on debt; blank for leases and purchases.",
        low=0,
        high=1,
        default=np.nan,
        blank=np.nan,
    )
    #: What falls due, shape (..., commitments, years).
    payments: Any = None
    #: What the years are called: 1, 2, 3 ... if there is nothing.
    across: Any = None

    def check(self) -> None:
        """Refuse payments that are not one for each year, or that exceed the balance."""
        payments = floats("commitments", () if self.payments is None else self.payments)
        if payments.ndim < 2 or not payments.shape[-1]:
            raise InputError("commitments", "must have a column for each forecast year", "missing")
        if payments.shape[-2] != len(self):
            raise InputError(
                "commitments",
                f"must have payments for each of its {len(self)} rows, not {payments.shape[-2]}",
            )
        years = payments.shape[-1]
        across = list(range(1, years + 1)) if self.across is None else plain(self.across)
        if not isinstance(across, list) or len(across) != years:
            raise InputError("across", f"must be a list of {years} years, not {shown(across)}")
        check_years("commitments", [year_of("commitments", heading) for heading in across])
        self._put(payments=payments, across=tuple(across))
        debt = self.of("debt")
        self.fill("rate", 0.0, debt)
        self._refuse((self.rate > 0) & ~debt, "Rate", "blank, because it is not debt", self.rate)
        for year, due in zip(across, np.moveaxis(payments, -1, 0), strict=True):
            self._refuse(due < 0, str(year), "at least 0", due)
        due = payments.sum(-1)
        too_much = due > self.balance * (1 + ROUNDING)
        self._refuse(too_much, "Balance", "at least what falls due in its years", self.balance)

    def of(self, kind: str) -> Any:
        """Tell which rows are of a kind."""
        return np.array([each == kind for each in self.kind], dtype=bool)

    @property
    def years(self) -> list[int]:
        """The years as numbers."""
        return [year_of("commitments", heading) for heading in self.across]

    def _refuse(self, wrong: Any, header: str, expected: str, values: Floats) -> None:
        if np.count_nonzero(wrong):
            name = self.name[wrong.nonzero()[-1][0]]
            culprit = first(np.broadcast_to(values, wrong.shape), wrong)
            raise InputError(
                f"commitments {header}",
                f"of {shown(name)} must be {expected}, not {shown(culprit)}",
            )


class Facilities(Table):
    """Credit facilities that are drawn when cash runs short, and repaid when there is more."""

    name: Names = column("Facility", "name", "Name of the facility.", key=True)
    limit: Floats = column("Limit", "USD m", "The most that can be drawn.", low=0)
    drawn: Floats = column(
        "Drawn",
        "USD m",
        "Amount drawn at the balance date; do not include it in Commitments.",
        low=0,
    )
    rate: Floats = column("Rate", "fraction", "Interest a year on what is drawn.", low=0, high=1)
    expiry: Floats = column(
        "Expiry",
        "year",
        "Forecast year, 2028 or 3, at whose end what is drawn must be repaid.",
        whole=True,
        low=1,
    )

    def check(self) -> None:
        """Refuse more drawn than can be."""
        self.align("limit", "drawn", "rate", "expiry")
        require(self.drawn <= self.limit, "facilities Drawn", "at most the Limit", self.drawn)

    def check_expiry(self, years: list[int]) -> None:
        """Refuse a facility that is over, or whose years are counted otherwise.

        Parameters
        ----------
        years : list of int
            The forecast years.
        """
        where = "facilities Expiry"
        expected = f"{years[0]}, the first forecast year, or later"
        require(self.expiry >= years[0], where, expected, self.expiry)
        if years[0] < FIRST_YEAR:
            expected = "a number of years, because the forecast years are not calendar years"
            require(self.expiry < FIRST_YEAR, where, expected, self.expiry)

    def available(self, years: list[int]) -> Floats:
        """Tell how much can be drawn at each year end, shape (..., facilities, years).

        Parameters
        ----------
        years : list of int
            The forecast years.
        """
        return np.where(self.expiry[..., None] > np.array(years), self.limit[..., None], 0.0)

    def drawn_before(self) -> Floats:
        """Tell which others are drawn before each, shape (..., facilities, facilities).

        The cheapest is drawn first, and repaid last; of those that cost the same, the first by
        name.
        """
        names = [name.casefold() for name in self.name]
        place = {name: i for i, name in enumerate(sorted(names))}
        rank = np.array([place[name] for name in names], dtype=np.intp)
        own, other = self.rate[..., :, None], self.rate[..., None, :]
        first_by_name = rank[None, :] < rank[:, None]
        return np.where((other < own) | ((other == own) & first_by_name), 1.0, 0.0)


class Covenants(Table):
    """What lenders require at the end of each year."""

    name: Names = column("Covenant", "name", "Name of the covenant.", key=True)
    measure: Names = column(
        "Measure",
        "name",
        "Net debt over EBITDA, at most the limit; EBITDA over a year's interest, or cash and "
        "undrawn facilities, at least the limit.",
        choices=MEASURES,
    )
    limit: Floats = column("Limit", OF_ROW, "The ratio, or the amount in USD millions.", low=0)

    def headroom(
        self, ebitda: Floats | None, net_debt: Floats, interest: Floats, liquidity: Floats
    ) -> Floats:
        """Tell by how much each covenant is kept, in USD millions, shape (..., covenants, years).

        Parameters
        ----------
        ebitda : ndarray, shape (..., years), optional
        net_debt, interest, liquidity : ndarray, shape (..., years)
            The interest of whole years.
        """
        room = []
        for i, measure in enumerate(self.measure):
            limit = self.limit[..., i, None]
            if measure == "liquidity":
                room.append(liquidity - limit)
                continue
            if ebitda is None:
                expected = f"must be given for the covenant {shown(self.name[i])}, on {measure}"
                raise InputError("ebitda", expected, "missing")
            if measure == "interest cover":
                room.append(ebitda - limit * interest)
            else:
                room.append(limit * ebitda - net_debt)
        if not room:
            return np.zeros((0, liquidity.shape[-1]))
        return np.stack(np.broadcast_arrays(*room), axis=-2)
