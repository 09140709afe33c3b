"""Headlines: which share count lies behind a quoted market value.

A market value at a known price implies a count. It is compared with the counts that the company
has at that price (basic, treasury, gross) and with any other count that is known by name, such as
the one of an earlier prospectus. The nearest explains the headline if it comes near enough; if
none does, the headline fits neither basic nor diluted shares at that price.
"""

from __future__ import annotations

from typing import Annotated, cast

import numpy as np
import numpy.typing as npt

from model.arrays import side_by_side
from model.dilution.securities import Securities
from model.dilution.shares import LADDER, shares_at
from model.errors import Floats, shown
from model.fields import Field, Names, column, line
from model.functions import function
from model.tables import Listing, Table

#: Headlines are rounded to two digits.
TOLERANCE = cast(Floats, 0.02)


class Reconciliation(Listing):
    """Headlines and the share counts nearest to them; shapes (headlines,)."""

    rows_of = "headlines"

    headline: Names = line("Headline", "name")
    value: Floats = line("Value", form="whole money")
    price: Floats = line("Price", "USD")
    implied_shares: Floats = line("Implied shares", "m shares")
    nearest: Names = line("Nearest", "name")
    nearest_shares: Floats = line("Nearest shares", "m shares")
    #: Implied less nearest: shares, the value of them, and as a fraction of the nearest.
    gap_shares: Floats = line("Gap in shares", "m shares")
    gap_value: Floats = line("Gap in value", form="whole money")
    gap: Floats = line("Gap", "fraction")
    #: Price at which the nearest count gives the headline's value.
    fitting_price: Floats = line("Price that fits", "USD")
    finding: Names = line("Finding", "name")
    #: Whether some count is close enough.
    explained: npt.NDArray[np.bool_]


class Headlines(Table):
    """Quoted market values."""

    results = (Reconciliation,)

    headline: Names = column("Headline", "name", "Who quoted it, or when.")
    value: Floats = column("Value", "USD m", "Market value as quoted.", above=0)
    price: Floats = column(
        "Price",
        "USD",
        "Share price at which it was quoted, if it differs from that of the call.",
        above=0,
        default=np.nan,
        blank=np.nan,
    )


class Counts(Table):
    """Share counts that are known by name."""

    name: Names = column("Count", "name", "Name of the count.", key=True)
    shares: Floats = column("Shares", "m shares", "The count.", above=0)


@function
def headline_reconciliation(
    headlines: Headlines,
    price: Annotated[Floats, Field("USD", above=0)],
    securities: Securities,
    counts: Counts | None = None,
    tolerance: Annotated[Floats, Field("fraction", low=0, below=1)] = TOLERANCE,
) -> Reconciliation:
    """Share count that each quoted market value implies: basic, diluted, another one, or neither.

    Parameters
    ----------
    price
        Price for headlines that state none.
    counts
        Further counts that are known by name, such as that of an earlier prospectus.
    tolerance
        Largest gap at which a count explains a value, such as the rounding of headlines. 0.02 if
        omitted.

    References
    ----------
    The example is Cerebras: 25.6 billion are the 212.97 million shares of the first terms at
    120; 100 billion at the first close, 311.07, fit no count (Reuters, CNBC, May 2026).

    Examples
    --------
    >>> quoted = Headlines(["26.6", "100"], [26_600, 100_000], [125, 311.07])
    >>> holders = Securities(["Common"], ["common"], [215.228541])
    >>> known = Counts(["First terms", "Press, diluted"], [212.965381, 305])
    >>> found = headline_reconciliation(quoted, 185, holders, known)
    >>> found.implied_shares.round(1)
    array([212.8, 321.5])
    >>> for finding in found.finding:
    ...     print(finding)
    First terms; also close: basic
    neither basic nor diluted at 311.07: 5.4% above the nearest, Press, diluted
    """
    value = headlines.value
    p = np.where(np.isnan(headlines.price), price, headlines.price)
    known: tuple[Names, Floats] = (counts.name, counts.shares) if counts else ((), np.zeros(0))
    names = (*LADDER, *known[0])
    own = [shares_at(p, securities, method) for method in LADDER]
    each = side_by_side(*own, *known[1])
    implied = value / p
    gaps = np.abs(implied[:, None] / each - 1.0)
    near, nearest = gaps <= tolerance, gaps.argmin(-1)
    best = each[np.arange(p.size), nearest]
    gap = implied / best - 1.0
    return Reconciliation(
        headlines.headline,
        value,
        p,
        implied,
        tuple(names[i] for i in nearest),
        best,
        implied - best,
        value - best * p,
        gap,
        value / best,
        tuple(
            _finding(names, *row)
            for row in zip(p, implied, gap, nearest, each.tolist(), near, strict=True)
        ),
        near.any(-1),
    )


def _finding(
    names: Names,
    price: float,
    implied: float,
    gap: float,
    nearest: int,
    counts: list[float],
    near: npt.NDArray[np.bool_],
) -> str:
    """Describe what explains a headline, and what else would."""
    name = names[nearest]
    if not near.any():
        side = "above" if gap > 0 else "below"
        distance = f"{abs(gap):.1%} {side} the nearest, {name}"
        return f"neither basic nor diluted at {shown(price)}: {distance}"
    # Of counts that are the same, as all are without options, the first is named.
    firsts = [i for i, count in enumerate(counts) if count not in counts[:i]]
    others = [i for i in firsts if near[i] and names[i] != name]
    also = ", ".join(names[i] for i in sorted(others, key=lambda i: abs(counts[i] - implied)))
    return f"{name}; also close: {also}" if also else name
