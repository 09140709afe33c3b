"""Lock-ups: how the shares that trade grow as holders are released.

After an offer only what was sold in it trades. The other holders have agreed not to sell, and are
released on dates: in stages, after results, or all at once, as a rule 180 days later.

The last axis is the release; any axis before it is the scenario axis.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, require, shown
from model.fields import Day, Names, Shares, SharesIssued, column, line
from model.functions import function
from model.tables import Listing, Table

#: Below this fraction of all shares, a difference is rounding.
ROUNDING = 1e-9
Dates = npt.NDArray[np.datetime64]


class Releases(Table):
    """Releases from lock-up, in any order of rows."""

    name: Names = column("Release", "name", "Whose shares are released.")
    day: Dates = column("Date", "date", "Day of the release, not before the offer.")
    shares: Floats = column("Shares", "m shares", "Shares released.", low=0)


class FreeFloat(Listing):
    """Shares that trade after the offer and after each release; shapes (..., 1 + releases)."""

    rows_of = "releases"

    name: Names = line("Release", "name")
    day: Dates = line("Date", "date")
    #: What becomes free: first the shares sold in the offer, then those of each release.
    released: Floats = line("Released", "m shares")
    trading: Floats = line("Float", "m shares")
    locked: Floats = line("Locked", "m shares")
    part: Floats = line("Part of shares", "fraction")
    #: What becomes free over what traded before; zero for the offer, and where nothing traded.
    growth: Floats = line("Added to the float", "fraction")


@function
def ipo_float(
    offer_date: Day, shares: SharesIssued, offered: Shares, releases: Releases
) -> FreeFloat:
    """Shares that trade after an offer, and after each release from lock-up, by date.

    Parameters
    ----------
    offer_date
        Day of the offer.
    shares
        All shares after the offer.
    offered
        Shares sold in the offer, new ones and those of holders.

    Raises
    ------
    InputError
        For more shares offered and released than there are, or a release before the offer.

    References
    ----------
    Securities Act, rule 144, and the section "Shares eligible for future sale" of a prospectus.
    The example is Facebook (prospectus of May 2012; releases as reported in October 2012).

    Examples
    --------
    421 million shares traded, 1,717 million did not:

    >>> from datetime import date
    >>> days = [date(2012, 8, 16), date(2012, 10, 29)]
    >>> freed = Releases(["Investors", "Staff"], days, [271, 234])
    >>> made = ipo_float(date(2012, 5, 18), 2_138.085037, 421.233615, freed)
    >>> made.trading.round(1), made.locked.round(1)
    (array([421.2, 692.2, 926.2]), array([1716.9, 1445.9, 1211.9]))
    """
    offer = np.datetime64(offer_date, "D")
    for name, day in zip(releases.name, releases.day, strict=True):
        if day < offer:
            raise InputError(
                "releases Date",
                f"must not be before the offer, {offer_date}, but {shown(name)} is on {day}",
            )
    require(offered <= shares, "offered", "at most all shares", offered)
    order = np.argsort(releases.day, kind="stable")
    freed = releases.shares[..., order]
    whole, sold = np.asarray(shares)[..., None], np.asarray(offered)[..., None]
    lead = np.broadcast_shapes(whole.shape[:-1], sold.shape[:-1], freed.shape[:-1])
    first = np.broadcast_to(sold, (*lead, 1))
    released = np.concatenate([first, np.broadcast_to(freed, (*lead, freed.shape[-1]))], -1)
    trading = np.cumsum(released, -1)
    locked = whole - trading
    # A rounding difference from the sum of all shares is neither a locked nor an excess share.
    locked = np.where(np.abs(locked) <= ROUNDING * whole, 0.0, locked)
    left = "at most what the offer leaves locked, in total"
    require(locked[..., -1] >= 0, "releases Shares", left, freed.sum(-1))
    before = np.concatenate([np.zeros_like(first), trading[..., :-1]], -1)
    some = before > ROUNDING * whole
    return FreeFloat(
        ("Offer", *(releases.name[i] for i in order)),
        np.concatenate([[offer], releases.day[order]]),
        released,
        trading,
        locked,
        trading / whole,
        np.divide(released, before, out=np.zeros(trading.shape), where=some),
    )
