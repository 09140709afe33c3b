"""Lock-ups: how the shares that trade grow as holders are released.

After an offer only what was sold in it trades. The other holders have agreed not to sell, and are
released on dates: in stages, after results, or all at once, as a rule 180 days later.

The last axis is the release; whatever stands before it is the scenario axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import Floats, floats, require

#: What is less than this part of all shares is the rounding of a sum.
ROUNDING = 1e-9


@dataclass(frozen=True)
class FreeFloat:
    """Shares that trade after the offer and after each release; shapes (..., 1 + releases).

    Attributes
    ----------
    released : ndarray
        What becomes free: first the shares sold in the offer, then those of each release.
    trading, locked : ndarray
        What trades from then on, and what is still locked, millions.
    part : ndarray
        Trading shares as a fraction of all shares.
    growth : ndarray
        What becomes free as a fraction of what traded before; zero for the offer itself, and
        where nothing traded.
    """

    released: Floats
    trading: Floats
    locked: Floats
    part: Floats
    growth: Floats


def free_float(shares: npt.ArrayLike, offered: npt.ArrayLike, releases: npt.ArrayLike) -> FreeFloat:
    """Add releases from lock-up to the shares that trade.

    Parameters
    ----------
    shares : array_like, shape (...)
        All shares after the offer, millions, above 0.
    offered : array_like, shape (...)
        Shares sold in the offer, new ones and those of holders, millions.
    releases : array_like, shape (..., releases)
        Shares released, millions, in the order of their dates.

    Returns
    -------
    FreeFloat

    Raises
    ------
    InputError
        For shares that are not above 0, or more shares offered and released than there are.

    Examples
    --------
    Facebook (prospectus of May 2012): 421 million shares traded, 1,717 million did not.

    >>> made = free_float(2_138.085037, 421.233615, [271.0, 234.0, 777.0, 156.0, 47.0])
    >>> round(float(made.locked[0]), 6), round(float(made.trading[-1]), 1)
    (1716.851422, 1906.2)
    """
    whole, sold = floats("shares", shares), floats("offered", offered)
    require(whole > 0, "shares", "above 0", whole)
    require((sold >= 0) & (sold <= whole), "offered", "from 0 to all shares", sold)
    freed = np.atleast_1d(floats("releases Shares", releases))
    require(freed >= 0, "releases Shares", "at least 0", freed)
    lead = np.broadcast_shapes(sold.shape, whole.shape, freed.shape[:-1])
    first = np.broadcast_to(sold[..., None], (*lead, 1))
    released = np.concatenate([first, np.broadcast_to(freed, (*lead, freed.shape[-1]))], -1)
    trading = np.cumsum(released, -1)
    locked = whole[..., None] - trading
    # What rounding leaves of a sum that is to be all shares is no share, locked or too many.
    locked = np.where(np.abs(locked) <= ROUNDING * whole[..., None], 0.0, locked)
    enough = locked[..., -1] >= 0
    left = "at most what the offer leaves locked, in total"
    require(enough, "releases Shares", left, freed.sum(-1))
    before = np.concatenate([np.zeros_like(first), trading[..., :-1]], -1)
    some = before > ROUNDING * whole[..., None]
    return FreeFloat(
        released=released,
        trading=trading,
        locked=locked,
        part=trading / whole[..., None],
        growth=np.divide(released, before, out=np.zeros(trading.shape), where=some),
    )
