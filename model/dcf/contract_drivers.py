"""What contracts take from the drivers of a company and of its segments.

Contracts can read nothing else, so what was calculated for them can be used again wherever all of
it is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from model.dcf.segments import SegmentedDrivers
from model.errors import Floats
from model.plain import plain


class Renewal(NamedTuple):
    """What the contracts of a segment take from its drivers."""

    name: str
    base_revenue: Floats
    renewal_rate: Floats
    renewal_price: Floats
    renewal_term: Floats | None
    net_retention: Floats | None
    renews: bool


@dataclass(frozen=True, eq=False)
class ContractDrivers:
    """What contracts take from drivers that are over years; equal where all of it is."""

    years: int
    across: tuple[Any, ...] | None
    valuation_date: date | None
    first_year_end: date | None
    balance_date: date | None
    stub: Floats
    contracted_delay_months: Floats
    contracted_share: Floats
    segments: tuple[Renewal, ...]

    @classmethod
    def of(cls, d: SegmentedDrivers) -> ContractDrivers:
        """Read it from the drivers."""
        assert d.years is not None
        return cls(
            d.years,
            None if d.across is None else tuple(plain(d.across)),
            d.valuation_date,
            d.first_year_end,
            d.balance_date,
            d.stub,
            d.contracted_delay_months,
            d.contracted_share,
            tuple(Renewal(*(getattr(s, name) for name in Renewal._fields)) for s in d.segments),
        )

    @property
    def of_one(self) -> bool:
        """Whether these are the drivers of one scenario."""
        numbers = (self.stub, self.contracted_delay_months, self.contracted_share)
        of_segments: list[Any] = [value for segment in self.segments for value in segment]
        # Only net retention is by year.
        return not any(map(np.ndim, numbers)) and all(
            np.ndim(value) == 0 or np.shape(value) == (self.years,) for value in of_segments
        )

    @cached_property
    def _key(self) -> Any:
        return _by_value(tuple(getattr(self, name) for name in self.__match_args__))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ContractDrivers) and self._key == other._key


def _by_value(value: Any) -> Any:
    """Return what is equal where values are: of an array its shape and its bytes."""
    if isinstance(value, tuple):
        return tuple(map(_by_value, value))
    return (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value
