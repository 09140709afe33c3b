"""Mechanics of an offer: proceeds, post-money value and float, ownership and votes, book value.

Counts are in millions and prices in USD, so that values are in USD millions. Results that depend
on the over-allotment option come without and with it, on the last axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, require

#: What the last axis of the results stands for.
CASES = ("Without over-allotment", "With over-allotment")


@dataclass(frozen=True)
class Proceeds:
    """From gross proceeds to the cash that stays; shapes (..., 2)."""

    shares_sold: Floats
    gross: Floats
    discount: Floats
    expenses: Floats
    net: Floats
    rsu_tax: Floats
    cash_kept: Floats


@dataclass(frozen=True)
class PostMoney:
    """Shares and values around an offer; shapes (..., 2)."""

    shares_before: Floats
    shares_issued: Floats
    rsu_shares: Floats
    shares_after: Floats
    pre_money: Floats
    post_money: Floats
    float_shares: Floats
    float_share: Floats
    float_value: Floats
    given_up: Floats


@dataclass(frozen=True)
class Ownership:
    """Shares and votes by class; the first three fields by class, shares of the whole too."""

    after: Floats
    owned_before: Floats
    owned_after: Floats
    votes_before: Floats
    votes_after: Floats


@dataclass(frozen=True)
class BookDilution:
    """Net tangible book value per share, as a prospectus tables it; shapes (...), USD."""

    price: Floats
    before: Floats
    increase: Floats
    after: Floats
    dilution: Floats
    dilution_share: Floats


@dataclass(frozen=True)
class Investors:
    """Who paid what, as a prospectus tables it; shapes (..., 2): existing and new holders."""

    shares: Floats
    shares_part: Floats
    consideration: Floats
    consideration_part: Floats
    #: Zero where a group has no shares.
    average_price: Floats


def proceeds(
    price: npt.ArrayLike,
    primary: npt.ArrayLike,
    over_allotment: npt.ArrayLike = 0.0,
    discount: npt.ArrayLike = 0.0,
    expenses: npt.ArrayLike = 0.0,
    rsu_withheld: npt.ArrayLike = 0.0,
) -> Proceeds:
    """From the shares a company sells to the cash it keeps.

    Parameters
    ----------
    price : array_like, shape (...)
        Offer price, USD.
    primary, over_allotment : array_like, shape (...)
        New shares sold, and those that the underwriters may take besides, millions.
    discount : array_like, shape (...)
        Underwriting discount, fraction of gross proceeds.
    expenses : array_like, shape (...)
        Other costs of the offer, USD millions.
    rsu_withheld : array_like, shape (...)
        Shares withheld from RSUs that settle at the offer, millions: their tax is paid in cash.

    Returns
    -------
    Proceeds

    Raises
    ------
    InputError
        For a negative amount, or a discount of 1 or more.

    Examples
    --------
    Cerebras at the middle of its first range (S-1/A of 4 May 2026): 3,241.8 or 3,729.4.

    >>> proceeds(120.0, 28.0, 4.2, 0.0325, 9.0).net.round(1)
    array([3241.8, 3729.4])
    """
    p = _at_least_zero("price", price)[..., None]
    sold = _without_and_with(primary, over_allotment)
    spread = floats("discount", discount)[..., None]
    require((spread >= 0) & (spread < 1), "discount", "from 0 to below 1", spread)
    costs = _at_least_zero("expenses", expenses)[..., None]
    tax = _at_least_zero("rsu_withheld", rsu_withheld)[..., None] * p
    gross = sold * p
    net = gross * (1.0 - spread) - costs
    shape = np.broadcast_shapes(net.shape, tax.shape)
    return Proceeds(
        *(
            np.broadcast_to(line, shape)
            for line in (sold, gross, gross * spread, costs, net, tax, net - tax)
        )
    )


def post_money(
    price: npt.ArrayLike,
    shares_before: npt.ArrayLike,
    primary: npt.ArrayLike,
    over_allotment: npt.ArrayLike = 0.0,
    rsu_shares: npt.ArrayLike = 0.0,
    secondary: npt.ArrayLike = 0.0,
) -> PostMoney:
    """Shares after an offer, what they are worth at its price, and how many trade.

    Parameters
    ----------
    price : array_like, shape (...)
        Offer price, USD.
    shares_before : array_like, shape (...)
        Outstanding before the offer, preferred stock as converted, millions.
    primary, over_allotment : array_like, shape (...)
        As in `proceeds`.
    rsu_shares : array_like, shape (...)
        Shares issued for RSUs that settle at the offer, millions.
    secondary : array_like, shape (...)
        Shares sold by holders, which are not new, millions.

    Returns
    -------
    PostMoney
        Pre-money is the value of the shares before; given up, the part of the company that
        passes to new shares.

    Raises
    ------
    InputError
        For a negative amount, no shares before the offer, or holders who sell more than these.

    Examples
    --------
    Cerebras on its final terms, with the over-allotment as a second case:

    >>> post_money(185.0, 182.559868, 30.0, 4.5, 2.668673).shares_after
    array([215.228541, 219.728541])
    """
    p = _at_least_zero("price", price)[..., None]
    before = floats("shares_before", shares_before)[..., None]
    require(before > 0, "shares_before", "above 0", before)
    issued = _without_and_with(primary, over_allotment)
    settled = _at_least_zero("rsu_shares", rsu_shares)[..., None]
    sold = _at_least_zero("secondary", secondary)[..., None]
    require(sold <= before, "secondary", "at most the shares before the offer", sold)
    after = before + issued + settled
    trading = issued + sold
    lines = (
        before,
        issued,
        settled,
        after,
        before * p,
        after * p,
        trading,
        trading / after,
        trading * p,
        (issued + settled) / after,
    )
    shape = np.broadcast_shapes(*(line.shape for line in lines))
    return PostMoney(*(np.broadcast_to(line, shape) for line in lines))


def ownership(
    before: npt.ArrayLike,
    issued: npt.ArrayLike,
    votes: npt.ArrayLike,
    transferred: npt.ArrayLike = 0.0,
) -> Ownership:
    """Who owns and who votes, by class of shares or group of holders.

    Parameters
    ----------
    before, issued : array_like, shape (..., classes)
        Shares before the offer, and new ones, millions.
    votes : array_like, shape (..., classes)
        Votes per share.
    transferred : array_like, shape (..., classes)
        Shares sold or converted from one class to another, millions: negative where they
        leave, positive where they arrive, so that they sum to zero.

    Returns
    -------
    Ownership

    Raises
    ------
    InputError
        For a negative number, transfers that do not sum to 0 or exceed their class, or no votes
        after the offer.

    Examples
    --------
    Holders of class B, at 20 votes, against the class A of Cerebras's offer: 99.2% of the votes.

    >>> made = ownership([185.423145, 0.0], [0.0, 30.0], [20.0, 1.0])
    >>> made.votes_after.round(3)
    array([0.992, 0.008])
    """
    was = _at_least_zero("classes Before", before)
    new = _at_least_zero("classes Issued", issued)
    each = _at_least_zero("classes Votes", votes)
    moved = floats("classes Transferred", transferred)
    moved = np.broadcast_to(moved, np.broadcast_shapes(moved.shape, was.shape))
    left = moved.sum(-1)
    balanced = np.abs(left) <= 1e-9 * np.maximum(1.0, np.abs(moved).sum(-1))
    require(balanced, "classes Transferred", "a column that sums to 0", left)
    after = was + new + moved
    require(after >= 0, "classes Transferred", "at most the shares of its class", moved)
    if not ((after.sum(-1) > 0) & ((after * each).sum(-1) > 0)).all():
        raise InputError("classes", "must hold shares with votes after the offer")
    return Ownership(
        np.asarray(after),
        _parts(was),
        _parts(after),
        _parts(was * each),
        _parts(after * each),
    )


def book_dilution(
    price: npt.ArrayLike,
    book_value: npt.ArrayLike,
    shares_before: npt.ArrayLike,
    shares_issued: npt.ArrayLike,
    cash_kept: npt.ArrayLike,
) -> BookDilution:
    """What new investors pay over the tangible book value that they receive.

    Parameters
    ----------
    price : array_like, shape (...)
        Offer price, USD, above 0.
    book_value : array_like, shape (...)
        Net tangible book value before the offer, pro forma, USD millions; may be negative.
    shares_before, shares_issued : array_like, shape (...)
        Shares outstanding before, and all that the offer adds, RSUs included, millions.
    cash_kept : array_like, shape (...)
        Net proceeds less the tax paid for RSUs, USD millions.

    Returns
    -------
    BookDilution

    Raises
    ------
    InputError
        For a price or shares before the offer that are not above 0, or negative shares issued.

    Examples
    --------
    From the first range of Cerebras (20.50 a share at 120) to the raised one: 25.61 at 155.

    >>> first = 20.50 * 212.965381 - (3241.8 - 230.0)
    >>> made = book_dilution(155.0, first, 182.559868, 32.668673, 4487.5 - 329.6)
    >>> round(float(made.after), 2), round(float(made.dilution), 2)
    (25.61, 129.39)
    """
    p, book = floats("price", price), floats("book_value", book_value)
    require(p > 0, "price", "above 0", p)
    count = floats("shares_before", shares_before)
    require(count > 0, "shares_before", "above 0", count)
    new, kept = _at_least_zero("shares_issued", shares_issued), floats("cash_kept", cash_kept)
    before = book / count
    after = (book + kept) / (count + new)
    return BookDilution(
        price=p,
        before=np.asarray(before),
        increase=np.asarray(after - before),
        after=np.asarray(after),
        dilution=np.asarray(p - after),
        dilution_share=np.asarray((p - after) / p),
    )


def investors(
    price: npt.ArrayLike,
    primary: npt.ArrayLike,
    existing_shares: npt.ArrayLike,
    existing_paid: npt.ArrayLike,
    secondary: npt.ArrayLike = 0.0,
) -> Investors:
    """What existing holders paid for their part of a company, and what new investors pay.

    Parameters
    ----------
    price : array_like, shape (...)
        Offer price, USD, before the underwriting discount.
    primary : array_like, shape (...)
        New shares sold, millions.
    existing_shares : array_like, shape (...)
        Shares of holders before the offer, pro forma for conversions and for RSUs that settle
        at it, millions, above 0.
    existing_paid : array_like, shape (...)
        What these holders paid the company for them, USD millions.
    secondary : array_like, shape (...)
        Shares that holders sell in the offer: they pass from the first group to the second.
        What the sellers once paid stays with the first group.

    Returns
    -------
    Investors

    Raises
    ------
    InputError
        For a negative amount, no existing shares, or holders who sell more than these.

    Examples
    --------
    Square (S-1/A of 6 November 2015): 8.4% of the shares for 29.8% of the money.

    >>> made = investors(12.0, 25.65, 297.294713, 764.899, 1.35)
    >>> made.shares_part.round(3), made.consideration_part.round(3)
    (array([0.916, 0.084]), array([0.702, 0.298]))
    """
    p, sold = _at_least_zero("price", price), _at_least_zero("primary", primary)
    held = _at_least_zero("existing_shares", existing_shares)
    require(held > 0, "existing_shares", "above 0", held)
    paid = _at_least_zero("existing_paid", existing_paid)
    passed = _at_least_zero("secondary", secondary)
    require(passed <= held, "secondary", "at most the existing shares", passed)
    bought = sold + passed
    shares = np.stack(np.broadcast_arrays(held - passed, bought), -1)
    money = np.stack(np.broadcast_arrays(paid, bought * p), -1)
    return Investors(
        shares=shares,
        shares_part=_parts(shares),
        consideration=money,
        consideration_part=_parts(money),
        average_price=np.divide(
            money, shares, out=np.zeros(np.broadcast_shapes(money.shape, shares.shape)),
            where=shares > 0,
        ),
    )  # fmt: skip


def _at_least_zero(argument: str, value: npt.ArrayLike) -> Floats:
    array = floats(argument, value)
    require(array >= 0, argument, "at least 0", array)
    return array


def _without_and_with(primary: npt.ArrayLike, over_allotment: npt.ArrayLike) -> Floats:
    """New shares without and with the over-allotment, on a last axis of two."""
    base = _at_least_zero("primary", primary)
    more = _at_least_zero("over_allotment", over_allotment)
    return np.stack(np.broadcast_arrays(base, base + more), -1)


def _parts(amounts: Floats) -> Floats:
    """Each amount as a fraction of their sum; nothing of nothing is zero."""
    total = amounts.sum(-1, keepdims=True)
    return np.asarray(
        np.divide(amounts, total, out=np.zeros(amounts.shape), where=np.asarray(total) > 0)
    )
