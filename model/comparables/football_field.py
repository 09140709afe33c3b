"""The football field: ranges of value side by side, and a reference price among them."""

from __future__ import annotations

import numpy as np

from model.comparables.peers import over
from model.errors import Floats, InputError, shown
from model.fields import NOT_MEANINGFUL, Names, Price, column, line
from model.functions import function
from model.tables import Listing, Table


class FootballField(Listing):
    """Ranges of value side by side, each of shape (methods,)."""

    rows_of = "ranges"

    method: Names = line("Method", "name")
    low: Floats = line("Low", "USD", undefined=NOT_MEANINGFUL)
    middle: Floats = line("Middle", "USD", undefined=NOT_MEANINGFUL)
    high: Floats = line("High", "USD", undefined=NOT_MEANINGFUL)
    width: Floats = line("Width", "USD", undefined=NOT_MEANINGFUL)
    position: Floats = line("Position", "number", undefined=NOT_MEANINGFUL)


class Ranges(Table):
    """Ranges of value, one a row."""

    results = (FootballField,)

    method: Names = column("Method", "name", "What the range comes from.")
    low: Floats = column(
        "Low", "USD", "Low end; blank, with High, for a method without a range.", blank=np.nan
    )
    high: Floats = column("High", "USD", "High end.", blank=np.nan)
    middle: Floats = column(
        "Middle", "USD", "A value within the range; halfway if blank.", default=np.nan, blank=np.nan
    )

    def check(self) -> None:
        """Refuse one end alone, ends in the wrong order, and a middle that is not between them."""
        self.align("low", "high", "middle")
        none = np.isnan(self.low), np.isnan(self.high)
        for at in zip(*(none[0] != none[1]).nonzero(), strict=True):
            which = "Low" if none[0][at] else "High"
            raise InputError(
                f"ranges {which}",
                f"must be typed for {self.method[at[-1]]!r}, because the other end is",
            )
        middle = np.where(np.isnan(self.middle), (self.low + self.high) / 2, self.middle)
        self._put(middle=middle)
        for at in zip(*(self.low > self.high).nonzero(), strict=True):
            raise InputError(
                "ranges Low",
                f"must not be above High, but {self.method[at[-1]]!r} has {shown(self.low[at])} "
                f"over {shown(self.high[at])}",
            )
        for at in zip(*((middle < self.low) | (middle > self.high)).nonzero(), strict=True):
            raise InputError(
                "ranges Middle",
                f"must be from Low to High, but {self.method[at[-1]]!r} has {shown(middle[at])}",
            )


@function
def comps_football_field(ranges: Ranges, reference: Price) -> FootballField:
    """Ranges of value side by side, and the position of a reference price in each.

    Parameters
    ----------
    reference
        Price to compare, such as the offer price.

    Returns
    -------
    FootballField
        The position of the reference is 0 at the low end and 1 at the high end; outside the range
        it is below 0 or above 1. A method without a range is n.m.

    Raises
    ------
    InputError
        For a Low above its High, one of the two alone, or a Middle that is not between them.

    References
    ----------
    J. Rosenbaum and J. Pearl, *Investment Banking*, 3rd ed., chapter 3; the example is the raised
    price range of the Cerebras offer and its price.

    Examples
    --------
    >>> found = comps_football_field(Ranges(["Raised range"], [150], [160]), 185)
    >>> float(found.middle[0]), float(found.position[0])
    (155.0, 3.5)
    """
    width = ranges.high - ranges.low
    return FootballField(
        method=ranges.method,
        low=ranges.low,
        middle=ranges.middle,
        high=ranges.high,
        width=width,
        position=over(reference - ranges.low, width),
    )
