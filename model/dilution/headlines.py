"""Headlines: which share count stands behind a quoted market value.

A market value at a known price implies a count. It is set beside the counts that the company has
at that price (basic, treasury, gross) and beside any other count that is known by name, such as
the one of an earlier prospectus. The nearest explains the headline if it comes near enough; if
none does, the headline fits neither basic nor diluted shares at that price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.dilution.shares import LADDER, Securities, diluted_shares
from model.errors import Floats, floats, require, shown


@dataclass(frozen=True)
class Reconciliation:
    """Headlines against counts; shapes (headlines,), with a last axis of counts for two fields."""

    value: Floats
    price: Floats
    #: Names of the counts, and each count at each headline's price.
    names: tuple[str, ...]
    counts: Floats
    implied_shares: Floats
    nearest: npt.NDArray[np.intp]
    #: Whether each count comes near enough, and so whether any does.
    near: npt.NDArray[np.bool_]
    explained: npt.NDArray[np.bool_]
    nearest_shares: Floats
    #: Implied less nearest: shares, the value of them, and as a fraction of the nearest.
    gap_shares: Floats
    gap_value: Floats
    gap: Floats
    #: Price at which the nearest count gives the headline's value.
    fitting_price: Floats


def reconcile(
    value: npt.ArrayLike,
    price: npt.ArrayLike,
    securities: Securities,
    known: Sequence[str] = (),
    known_shares: npt.ArrayLike = (),
    tolerance: float = 0.02,
) -> Reconciliation:
    """Find the share count behind each quoted market value.

    Parameters
    ----------
    value, price : array_like, shape (headlines,)
        USD millions as quoted, and the price that it was quoted at, USD, both above 0.
    securities : Securities
        The company's securities.
    known : sequence of str
        Names of further counts.
    known_shares : array_like, shape (known,)
        These counts, millions, above 0.
    tolerance : float
        Largest gap, as a fraction of the count, at which a count explains a value: as much as
        a headline's rounding.

    Returns
    -------
    Reconciliation

    Raises
    ------
    InputError
        For a value, price or count that is not above 0, or a tolerance that is not from 0 to below
        1.

    Examples
    --------
    100 billion at the first close of Cerebras would take 321 million shares:

    >>> cerebras = Securities(["Common"], ["common"], [215.228541])
    >>> found = reconcile([100_000.0], [311.07], cerebras, ["Press, diluted"], [305.0])
    >>> found.implied_shares.round(1), found.explained, found.gap.round(3)
    (array([321.5]), array([False]), array([0.054]))
    """
    v, p = floats("headlines Value", value), floats("headlines Price", price)
    require(v > 0, "headlines Value", "above 0", v)
    require(p > 0, "headlines Price", "above 0", p)
    others = floats("counts Shares", known_shares)
    require(others > 0, "counts Shares", "above 0", others)
    within = floats("tolerance", tolerance)
    require((within >= 0) & (within < 1), "tolerance", "from 0 to below 1", within)
    own = [diluted_shares(p, securities, method) for method in LADDER]
    counts = np.stack([*own, *(np.full(p.shape, n) for n in others)], -1)
    implied = v / p
    gaps = implied[..., None] / counts - 1.0
    near = np.abs(gaps) <= within
    nearest = np.abs(gaps).argmin(-1)
    best = np.take_along_axis(counts, nearest[..., None], -1)[..., 0]
    return Reconciliation(
        value=v,
        price=p,
        names=(*LADDER, *known),
        counts=counts,
        implied_shares=implied,
        nearest=nearest,
        near=near,
        explained=near.any(-1),
        nearest_shares=best,
        gap_shares=implied - best,
        gap_value=v - best * p,
        gap=implied / best - 1.0,
        fitting_price=v / best,
    )


def finding(found: Reconciliation, headline: int) -> str:
    """Say in words what explains a headline, and what else would.

    Parameters
    ----------
    found : Reconciliation
        As `reconcile` gives it.
    headline : int
        Place of the headline, from 0.

    Returns
    -------
    str

    Examples
    --------
    >>> cerebras = Securities(["Common"], ["common"], [215.228541])
    >>> finding(reconcile([100_000.0], [311.07], cerebras), 0)
    'neither basic nor diluted at 311.07: 49.4% above the nearest, basic'
    """
    name = found.names[found.nearest[headline]]
    gap = float(found.gap[headline])
    if not found.explained[headline]:
        side = "above" if gap > 0 else "below"
        at = shown(float(found.price[headline]))
        return f"neither basic nor diluted at {at}: {abs(gap):.1%} {side} the nearest, {name}"
    counts, near = found.counts[headline].tolist(), found.near[headline].tolist()
    implied = float(found.implied_shares[headline])
    # Counts that are the same, as all are without options, are told by their first name.
    firsts = [i for i, count in enumerate(counts) if count not in counts[:i]]
    others = [i for i in firsts if near[i] and found.names[i] != name]
    others.sort(key=lambda i: abs(counts[i] - implied))
    also = ", ".join(found.names[i] for i in others)
    return f"{name}; near enough too: {also}" if also else name
