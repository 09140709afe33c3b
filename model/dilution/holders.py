"""Who holds a company around an offer: what each paid, what each owns, and how they vote.

Counts are in millions and prices in USD, so that values are in USD millions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from model.errors import Floats, InputError, require
from model.fields import ZERO, Amount, Names, Price, Shares, SharesIssued, column, line
from model.functions import function
from model.tables import Listing, Table

#: Below this fraction of all transfers, a difference is rounding.
ROUNDING = 1e-9


class Investors(Listing):
    """Who paid what, as in a prospectus table; shapes (..., 2)."""

    labels = ("Existing holders", "New investors")
    totals = ("All holders",)

    holders: Names = line("Holders", "name")
    shares: Floats = line("Shares", "m shares", total=True)
    shares_part: Floats = line("Part of shares", "fraction", total=True)
    consideration: Floats = line("Consideration", total=True)
    consideration_part: Floats = line("Part of consideration", "fraction", total=True)
    #: Zero where a group has no shares.
    average_price: Floats = line("Average price", "USD")

    def bottom(self) -> list[dict[str, Any]]:
        """Return the total, with the average price of all shares."""
        (total,) = super().bottom()
        return [total | {"average_price": total["consideration"] / total["shares"]}]


@function
def ipo_investors(
    price: Price,
    primary: Shares,
    existing_shares: SharesIssued,
    existing_paid: Amount,
    secondary: Shares = ZERO,
) -> Investors:
    """What existing holders paid for their shares and what new investors pay, as in a prospectus.

    Parameters
    ----------
    price
        Offer price, before the underwriting discount.
    primary
        New shares that the company sells.
    existing_shares
        Shares of holders before the offer, pro forma for conversions and for RSUs that settle at
        the offer.
    existing_paid
        What these holders paid the company for them.
    secondary
        Shares that holders sell in the offer: these pass to the new investors, but what the sellers
        once paid stays with the existing holders.

    Raises
    ------
    InputError
        For holders who sell more shares than they have.

    References
    ----------
    Regulation S-K, item 506. The example is Square (S-1/A of 6 November 2015, page 58): 91.6%
    of the shares for 70.2% of the money, 2.58 a share against 12.00.

    Examples
    --------
    >>> made = ipo_investors(12, 25.65, 297.294713, 764.899, 1.35)
    >>> made.shares_part.round(3), made.consideration_part.round(3)
    (array([0.916, 0.084]), array([0.702, 0.298]))
    """
    require(secondary <= existing_shares, "secondary", "at most the existing shares", secondary)
    bought = np.asarray(primary + secondary)
    shares = np.stack(np.broadcast_arrays(existing_shares - secondary, bought), -1)
    money = np.stack(np.broadcast_arrays(existing_paid, bought * price), -1)
    average = np.zeros(np.broadcast_shapes(money.shape, shares.shape))
    np.divide(money, shares, out=average, where=shares > 0)
    return Investors(Investors.labels, shares, _parts(shares), money, _parts(money), average)


class Ownership(Listing):
    """Shares and votes by class; shapes (..., classes)."""

    totals = ("All classes",)
    rows_of = "classes"

    name: Names = line("Class", "name")
    before: Floats = line("Before", "m shares", total=True)
    issued: Floats = line("Issued", "m shares", total=True)
    transferred: Floats = line("Transferred", "m shares", total=True)
    after: Floats = line("After", "m shares", total=True)
    owned_before: Floats = line("Owned before", "fraction", total=True)
    owned_after: Floats = line("Owned after", "fraction", total=True)
    votes_before: Floats = line("Votes before", "fraction", total=True)
    votes_after: Floats = line("Votes after", "fraction", total=True)


class Classes(Table):
    """Classes of shares, or groups of holders, around an offer."""

    name: Names = column("Class", "name", "Name of the class.", key=True)
    before: Floats = column("Before", "m shares", "Shares before the offer.", low=0)
    issued: Floats = column("Issued", "m shares", "New shares.", low=0, blank=np.nan)
    votes: Floats = column("Votes", "number", "Votes of a share.", low=0)
    transferred: Floats = column(
        "Transferred",
        "m shares",
        "Shares sold or converted between classes: negative where they leave, positive where they "
        "arrive. They sum to 0.",
        default=0.0,
        blank=np.nan,
    )

    def check(self) -> None:
        """Refuse transfers that do not sum to 0 or exceed their class; refuse no votes at all."""
        self.fill("issued", 0.0, True)
        # A row cleared by mistake shows in the sum.
        self.fill("transferred", 0.0, False)
        self.align("before", "issued", "votes", "transferred")
        moved = self.transferred
        left = moved.sum(-1)
        balanced = np.abs(left) <= ROUNDING * np.maximum(1.0, np.abs(moved).sum(-1))
        require(balanced, "classes Transferred", "a column that sums to 0", left)
        after = self.before + self.issued + moved
        require(after >= 0, "classes Transferred", "at most the shares of its class", moved)
        if not ((after.sum(-1) > 0) & ((after * self.votes).sum(-1) > 0)).all():
            raise InputError("classes", "must hold shares with votes after the offer")


@function
def ipo_ownership(classes: Classes) -> Ownership:
    """Ownership and voting power by class of shares or group of holders, before and after.

    Raises
    ------
    InputError
        For transfers that do not sum to 0 or exceed their class, or no votes after the offer.

    References
    ----------
    Regulation S-K, item 403. The example is Facebook (prospectus of May 2012): class B, at ten
    votes a share, keeps 96.3% of the votes.

    Examples
    --------
    >>> facebook = Classes(["A", "B"], [418.396119, 1_539.688918], [180, 0], [1, 10])
    >>> ipo_ownership(facebook).votes_after.round(3)
    array([0.037, 0.963])
    """
    c = classes
    after = c.before + c.issued + c.transferred
    votes = (_parts(shares * c.votes) for shares in (c.before, after))
    return Ownership(
        c.name, c.before, c.issued, c.transferred, after, _parts(c.before), _parts(after), *votes
    )


def _parts(amounts: Floats) -> Floats:
    """Each amount as a fraction of their sum; 0 if the sum is 0."""
    total = amounts.sum(-1, keepdims=True)
    parts = np.zeros(amounts.shape)
    np.divide(amounts, total, out=parts, where=np.asarray(total) > 0)
    return parts
