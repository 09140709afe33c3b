"""Bands: a filing's disclosure of the months in which a balance becomes revenue.

A filing gives a balance and the part of it that will become revenue in bands of months
(ASC 606-10-50-13). Months count 1, 2, 3 ... from the balance date and both ends belong to the
band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from model.arrays import floats
from model.calendar import LAST_MONTH
from model.errors import Floats, InputError, everywhere, require, shown
from model.fields import Amount, Names, column, line
from model.functions import function
from model.rpo.stated import RPO, cumulative_column, one_scope, scope_column, taken_apart
from model.tables import Listing, Table

#: A remainder below this share of the balance is rounding of the typed shares.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Banded:
    """Amounts of a balance by band; make it with `Banded.of`.

    Attributes
    ----------
    first, last : tuple of int
        First and last month of each band; the last month of an open band is None.
    amount : ndarray, shape (..., bands)
        USD millions.
    remainder : ndarray, shape (...)
        Balance that no band states, USD millions.
    scope : str
        What the balance is of.
    """

    first: tuple[int, ...]
    last: tuple[int | None, ...]
    amount: Floats
    remainder: Floats
    scope: str = RPO

    @cached_property
    def lengths(self) -> npt.NDArray[np.int_]:
        """Months of each band but an open one."""
        return np.array([b - a + 1 for a, b in zip(self.first, self.last, strict=True) if b])

    @classmethod
    def of(
        cls,
        balance: npt.ArrayLike,
        first: Sequence[int],
        last: Sequence[int | None],
        *,
        share: npt.ArrayLike | None = None,
        amount: npt.ArrayLike | None = None,
        scope: str = RPO,
    ) -> Banded:
        """Check disclosed bands and express them as amounts.

        Parameters
        ----------
        balance : array_like, shape (...)
            Remaining performance obligations, USD millions.
        first, last : sequence of int
            Months from the balance date, in ascending order, without gap or overlap and from
            month 1 on; only the final band may lack its last month.
        share, amount : array_like, shape (..., bands)
            One of the two: fractions of the balance, or USD millions. NaN in the final, open
            band means the rest of the balance.
        scope : str
            What the balance is of.

        Raises
        ------
        InputError
            When the bands overlap, leave a gap, or hold more than the balance.

        Examples
        --------
        Cerebras at 31 December 2025 (S-1): 15% within 24 months, 43% in the next 24.

        >>> round(float(Banded.of(24_600, [1, 25], [24, 48], share=[0.15, 0.43]).remainder), 6)
        10332.0
        """
        total = floats("balance", balance)
        require(total >= 0, "balance", "at least 0", total)
        _check_months(first, last)
        if (share is None) == (amount is None):
            raise InputError("bands", "must give either Share or Amount")
        title, stated = ("Share", share) if share is not None else ("Amount", amount)
        parts = np.array(stated, dtype=np.float64)
        rest = np.isnan(parts)
        is_open = np.count_nonzero(rest) > 0
        if is_open:
            if last[-1] is not None or rest[..., :-1].any():
                raise InputError(
                    f"bands {title}", "must not be blank, except in a last band without To month"
                )
            parts[rest] = 0.0
        floats(f"bands {title}", parts)
        require(parts >= 0, f"bands {title}", "at least 0", parts)
        if title == "Share":
            whole = parts.sum(-1)
            require(whole <= 1 + ROUNDING, "bands Share", "at most 1 in total", whole)
            parts = parts * total[..., None]
        together = parts.sum(-1)
        remainder = total - together
        rounding = ROUNDING * total
        if np.count_nonzero(remainder < -rounding):
            expected = f"at most the balance in total, {shown(first_of(total))}"
            require(remainder >= -rounding, f"bands {title}", expected, together)
        remainder = np.where(remainder > rounding, remainder, 0.0)
        if is_open:
            parts = np.where(rest, remainder[..., None], parts)
            remainder = np.where(rest.any(-1), 0.0, remainder)
        return cls(tuple(first), tuple(last), parts, remainder, scope)

    def closed(self, final_month: int | None) -> Banded:
        """Give every band a last month, and the remainder its own band."""
        first, last, amount = self.first, self.last, self.amount
        stated = last[-1]
        open_end = stated is None
        if not open_end and (self.remainder == 0).all() and final_month is None:
            return self
        if final_month is None:
            what = "the last band has no To month" if open_end else "the bands leave a remainder"
            raise InputError("final_month", f"must be given because {what}")
        floor = first[-1] if stated is None else stated
        if final_month < floor or final_month > LAST_MONTH:
            raise InputError(
                "final_month",
                f"must be a month from {floor} to {LAST_MONTH}, not {shown(final_month)}",
            )
        if stated is None:
            if (self.remainder > 0).any():
                raise InputError(
                    "bands",
                    "must hold the entire balance when the last band has no To month, "
                    f"but they leave {shown(first_of(self.remainder))}",
                )
            last = (*last[:-1], final_month)
        elif final_month > stated:
            first, last = (*first, stated + 1), (*last, final_month)
            amount = np.concatenate([amount, self.remainder[..., None]], axis=-1)
        else:
            require(
                self.remainder == 0,
                "final_month",
                f"after month {stated} because the bands leave a remainder",
                final_month,
            )
        return Banded(first, last, amount, np.zeros_like(self.remainder), self.scope)


class BandAmounts(Listing):
    """Amounts of a balance by band; the last band may have no end."""

    totals = ("Unstated remainder",)
    rows_of = "bands"

    band: Names = line("Band", "name")
    first: Any = line("From month", "months")
    last: Any = line("To month", "months")
    share: Floats = line("Share", "fraction")
    amount: Floats = line("Amount")
    #: The balance outside the bands: its share, and its amount.
    rest: tuple[Floats, Floats]

    def bottom(self) -> list[dict[str, Any]]:
        """Return the balance outside the bands, from the month after the last band."""
        share, amount = self.rest
        end = self.last[-1]
        return [
            {
                "band": self.totals[0],
                "first": end + 1 if end else None,
                "share": share,
                "amount": amount,
            }
        ]


class Bands(Table):
    """Bands as a filing states them, in any order of rows: shares of a balance, or amounts.

    A filing that says "within 12 months, within 24 months" states cumulative parts: a band's From
    month may then be 1. A last band without To month takes what the others leave.
    """

    results = (BandAmounts,)

    first: Any = column("From month", "months", "First month of the band.", whole=True)
    last: Any = column(
        "To month",
        "months",
        "Last month of the band; may be blank in the last band.",
        whole=True,
        blank=np.nan,
    )
    share: Any = column(
        "Share", "fraction", "Part of the balance.", low=0, high=1, default=None, blank=np.nan
    )
    amount: Any = column(
        "Amount", "USD m", "Part of the balance.", low=0, default=None, blank=np.nan
    )
    cumulative_share: Any = cumulative_column("Cumulative share", "fraction")
    cumulative_amount: Any = cumulative_column("Cumulative amount", "USD m")
    scope: Any = scope_column()

    def check(self) -> None:
        """Put the bands in the order of their months, and take cumulative parts apart."""
        apart = self.cumulative_share is None and self.cumulative_amount is None
        month = self.first if apart else self.last
        if not everywhere(month[1:] > month[:-1]):
            order = np.argsort(month, kind="stable")
            for name in self.declared:
                values = getattr(self, name)
                if values is not None and name != "scope":
                    self._put(**{name: np.asarray(values)[..., order]})
        one_scope("bands Scope", self.scope)
        for name in ("share", "amount"):
            reached = getattr(self, f"cumulative_{name}")
            if reached is None:
                continue
            if self.share is not None or self.amount is not None:
                raise InputError(
                    "bands", "must give parts of the balance either by band or cumulatively"
                )
            title = self.places[f"cumulative_{name}"]
            first, parts = taken_apart(title, self.first, self.last, reached)
            self._put(**{"first": first, name: parts, f"cumulative_{name}": None})

    def of(self, balance: npt.ArrayLike) -> Banded:
        """Apply the bands to a balance; both Share and Amount may be given if they agree."""
        share, amount = self.share, self.amount
        if share is not None and amount is not None:
            of_share = share * np.asarray(balance)[..., None]
            if np.allclose(of_share, amount, rtol=1e-9, atol=0.0, equal_nan=True):
                amount = None
        last = [None if month != month else int(month) for month in self.last.tolist()]
        first = [int(month) for month in self.first.tolist()]
        return Banded.of(balance, first, last, share=share, amount=amount, scope=self.scope[0])


@function
def rpo_bands(balance: Amount, bands: Bands) -> BandAmounts:
    """Remaining performance obligations by disclosed band, and the balance outside the bands.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    bands
        Months count from the balance date and both ends belong to the band: 1 to 24, 25 to 48.

    Raises
    ------
    InputError
        For a negative balance, or bands that overlap, leave gaps or exceed it.

    References
    ----------
    ASC 606-10-50-13.

    Examples
    --------
    Cerebras at 31 December 2025 (S-1), USD billions:

    >>> made = rpo_bands(24.6, Bands([1, 25], [24, 48], share=[0.15, 0.43]))
    >>> made.amount.round(3), round(float(made.rest[1]), 3)
    (array([ 3.69 , 10.578]), 10.332)
    """
    found = bands.of(balance)

    def share(amount: Floats, total: Floats) -> Floats:
        # A zero balance has zero shares; rounding may put an amount above the balance.
        part = np.divide(amount, total, out=np.zeros_like(amount), where=total > 0)
        return np.minimum(part, 1.0)

    return BandAmounts(
        tuple(map(band_label, found.first, found.last)),
        found.first,
        found.last,
        share(found.amount, balance[..., None]),
        found.amount,
        (share(found.remainder, balance), found.remainder),
    )


def band_label(first: int, last: int | None) -> str:
    """Name a band by its months."""
    return f"Months {first} to {last}" if last else f"After month {first - 1}"


def _check_months(first: Sequence[int], last: Sequence[int | None]) -> None:
    if len(first) == 0:
        raise InputError("bands", "must hold at least one band")
    due = 1
    for i, (start, end) in enumerate(zip(first, last, strict=True)):
        others = np.arange(len(first)) != i
        if start != due:
            wrong = "overlap" if start < due else "leave a gap"
            band = f"after To month {due - 1}" if i else "in the first band"
            problem = f"must be {due} {band}, not {start}, or the bands {wrong}"
            raise InputError("bands From month", problem, holds=others)
        if end is None:
            if i < len(first) - 1:
                problem = "must not be blank before the last band"
                raise InputError("bands To month", problem, holds=others)
            return
        if end < start or end > LAST_MONTH:
            months = f"from {start} to {LAST_MONTH} in the band from {start}"
            problem = f"must be a month {months}, not {end}"
            raise InputError("bands To month", problem, holds=others)
        due = end + 1


def first_of(values: Floats) -> float:
    """Return the first element of an array, for a message."""
    return float(values.ravel()[0])
