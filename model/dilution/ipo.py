"""Mechanics of an offer: proceeds, post-money value and float, book value.

Counts are in millions and prices in USD, so that values are in USD millions. Results that depend
on the over-allotment option come without and with it, on the last axis.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any

import numpy as np

from model.errors import Floats, require
from model.fields import ZERO, Amount, Field, Money, Part, Shares, SharesIssued, line
from model.functions import function
from model.tables import Schedule, Statement

#: Underwriting discount.
Spread = Annotated[Floats, Field("fraction", low=0, below=1)]
OfferPrice = Annotated[Floats, Field("USD", above=0)]


class ByOverAllotment(Schedule):
    """Lines without and with the over-allotment; shapes (..., 2)."""

    title = "Line"
    across: Any = field(default=("Without over-allotment", "With over-allotment"), kw_only=True)


class Proceeds(ByOverAllotment):
    """From gross proceeds to cash retained."""

    shares_sold: Floats = line("Shares sold", "m shares")
    gross: Floats = line("Gross proceeds")
    discount: Floats = line("Underwriting discount")
    expenses: Floats = line("Expenses")
    net: Floats = line("Net proceeds", total=True)
    rsu_tax: Floats = line("Tax on RSUs")
    cash_kept: Floats = line("Cash retained", total=True)


@function
def ipo_proceeds(
    price: OfferPrice,
    primary: Shares,
    over_allotment: Shares = ZERO,
    discount: Spread = ZERO,
    expenses: Amount = ZERO,
    rsu_withheld: Shares = ZERO,
) -> Proceeds:
    """Proceeds of an offer, from gross to the cash that stays, without and with over-allotment.

    Parameters
    ----------
    price
        Offer price.
    primary
        New shares that the company sells.
    over_allotment
        Additional new shares that the underwriters may buy (the greenshoe).
    discount
        Underwriting discount (the spread), of gross proceeds.
    expenses
        Other costs of the offer.
    rsu_withheld
        Shares withheld from RSUs that settle at the offer, whose tax is paid from proceeds.

    References
    ----------
    Regulation S-K, items 501 and 504. The example is Cerebras at the middle of its first range
    (S-1/A of 4 May 2026): 3,241.8 net, 3,729.4 with over-allotment, 230.0 of tax.

    Examples
    --------
    >>> made = ipo_proceeds(120, 28, 4.2, 0.0325, 9, 1.916764)
    >>> made.net.round(1), made.rsu_tax.round(1)
    (array([3241.8, 3729.4]), array([230., 230.]))
    """
    p, spread, costs, withheld = _alike(price, discount, expenses, rsu_withheld)
    sold = _without_and_with(primary, over_allotment)
    gross = sold * p
    net = gross * (1.0 - spread) - costs
    tax = withheld * p
    return Proceeds(*np.broadcast_arrays(sold, gross, gross * spread, costs, net, tax, net - tax))


class PostMoney(ByOverAllotment):
    """Shares and values around an offer."""

    shares_before: Floats = line("Shares before", "m shares")
    shares_issued: Floats = line("Shares issued", "m shares")
    rsu_shares: Floats = line("RSU shares issued", "m shares")
    shares_after: Floats = line("Shares after", "m shares", total=True)
    pre_money: Floats = line("Pre-money value", form="whole money")
    post_money: Floats = line("Post-money value", form="whole money", total=True)
    float_shares: Floats = line("Float", "m shares")
    float_share: Floats = line("Float, share of stock", "fraction")
    float_value: Floats = line("Float value", form="whole money")
    given_up: Floats = line("Given up to new shares", "fraction")


@function
def ipo_post_money(
    price: OfferPrice,
    shares_before: SharesIssued,
    primary: Shares,
    over_allotment: Shares = ZERO,
    rsu_shares: Shares = ZERO,
    secondary: Shares = ZERO,
) -> PostMoney:
    """Shares after an offer, post-money value and float, without and with over-allotment.

    Parameters
    ----------
    price
        Offer price.
    shares_before
        Outstanding before the offer, preferred stock as converted.
    primary
        New shares that the company sells.
    over_allotment
        Additional new shares that the underwriters may buy.
    rsu_shares
        Shares issued for RSUs that settle at the offer, after what is withheld.
    secondary
        Shares that holders sell in the offer, which are not new.

    Raises
    ------
    InputError
        For holders who sell more shares than there were before the offer.

    References
    ----------
    Regulation S-K, item 506. The example is Cerebras at 185, with 215.2 and 219.7 million
    shares after the offer (S-1/A of 11 May 2026 and 8-K of 15 May 2026).

    Examples
    --------
    >>> made = ipo_post_money(185, 182.559868, 30, 4.5, 2.668673)
    >>> made.shares_after.round(1), made.post_money.round(1)
    (array([215.2, 219.7]), array([39817.3, 40649.8]))
    """
    require(secondary <= shares_before, "secondary", "at most the shares before the offer", secondary)  # noqa: E501  # fmt: skip
    p, before, settled, sold = _alike(price, shares_before, rsu_shares, secondary)
    issued = _without_and_with(primary, over_allotment)
    after, trading = before + issued + settled, issued + sold
    return PostMoney(
        *np.broadcast_arrays(
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
    )


class Offer(ByOverAllotment):
    """From the offer price to cash, shares and market value after the offer."""

    shares_sold: Floats = line("Shares sold by the company", "m shares")
    gross: Floats = line("Gross proceeds")
    discount: Floats = line("Underwriting discount")
    expenses: Floats = line("Expenses")
    net: Floats = line("Net proceeds", total=True)
    rsu_tax: Floats = line("Tax on RSUs")
    cash_kept: Floats = line("Cash that stays", total=True)
    cash_before: Floats = line("Cash before the offer")
    cash_after: Floats = line("Cash after the offer", total=True)
    shares_before: Floats = line("Shares before", "m shares")
    rsus_withheld: Floats = line("RSUs withheld for tax", "m shares")
    rsu_shares: Floats = line("RSU shares issued", "m shares")
    shares_after: Floats = line("Shares after", "m shares", total=True)
    post_money: Floats = line("Post-money value", form="whole money", total=True)
    to_holders: Floats = line("Net proceeds of selling holders")


@function
def ipo_offer(
    price: OfferPrice,
    cash_before: Money,
    shares_before: SharesIssued,
    primary: Shares,
    over_allotment: Shares = ZERO,
    secondary: Shares = ZERO,
    discount: Spread = ZERO,
    expenses: Amount = ZERO,
    rsus: Shares = ZERO,
    withheld: Part = ZERO,
) -> Offer:
    """Cash, shares and market value after an offer, in one chain from the offer price.

    Parameters
    ----------
    price
        Offer price.
    cash_before
        Cash of the balance sheet, before the offer; negative if the offer repays an overdraft.
    shares_before
        Outstanding before the offer, preferred stock as converted.
    primary
        New shares that the company sells.
    over_allotment
        Additional new shares that the underwriters may buy (the greenshoe).
    secondary
        Shares that holders sell in the offer, which are not new.
    discount
        Underwriting discount (the spread), of gross proceeds; holders pay it on theirs.
    expenses
        Other costs of the offer, which the company pays.
    rsus
        RSUs that settle at the offer.
    withheld
        Part of these RSUs that is withheld for tax, which the company pays at the offer price.

    Returns
    -------
    Offer
        The lines of IPO_PROCEEDS and IPO_POST_MONEY, and the cash after the offer.

    Raises
    ------
    InputError
        For holders who sell more shares than there were before the offer.

    Notes
    -----
    Cash after the offer and shares after it belong together in a valuation. RSUs that settle at the
    offer are in these shares and their tax is paid; if instead they are among the securities with a
    part withheld, the price takes the tax from the equity value, and the cash is before the tax.

    References
    ----------
    Regulation S-K, items 501, 504 and 506. The example is Cerebras at the middle of its raised
    range (S-1/A of 11 May 2026): of 4,795,129 RSUs 2,126,456 are withheld.

    Examples
    --------
    >>> rsus = 4.795129
    >>> part = 2.126456 / rsus
    >>> made = ipo_offer(155, 1_716, 182.559868, 30, 4.5, 0, 0.033, 9, rsus, part)
    >>> made.net.round(2), made.rsu_tax.round(1), made.shares_after.round(1)
    (array([4487.55, 5162.03]), array([329.6, 329.6]), array([215.2, 219.7]))
    """
    tax = rsus * withheld
    sold = ipo_proceeds(price, primary, over_allotment, discount, expenses, tax)
    after = ipo_post_money(price, shares_before, primary, over_allotment, rsus - tax, secondary)
    p, cash, kept, of_holders, spread = _alike(price, cash_before, tax, secondary, discount)
    lines = {
        "cash_before": cash,
        "cash_after": cash + sold.cash_kept,
        "rsus_withheld": kept,
        "to_holders": of_holders * p * (1.0 - spread),
    }
    lines = {n: v for made in (after, sold) for n, v in vars(made).items()} | lines
    names = tuple(Offer.declared)
    return Offer(*np.broadcast_arrays(*(lines[name] for name in names)))


class BookDilution(Statement):
    """Net tangible book value per share, as in a prospectus table; shapes (...)."""

    price: Floats = line("Offer price", "USD")
    before: Floats = line("Book value before the offer", "USD")
    increase: Floats = line("Increase through the offer", "USD")
    after: Floats = line("Book value after the offer", "USD")
    dilution: Floats = line("Dilution of new investors", "USD", total=True)
    dilution_share: Floats = line("Dilution, share of the price", "fraction")


@function
def ipo_book_dilution(
    price: OfferPrice,
    book_value: Money,
    shares_before: SharesIssued,
    shares_issued: Shares,
    cash_kept: Money,
) -> BookDilution:
    """Dilution of new investors in net tangible book value per share, as in a prospectus table.

    Parameters
    ----------
    price
        Offer price.
    book_value
        Net tangible book value before the offer, pro forma for conversions; may be negative.
    shares_before
        Outstanding before the offer, pro forma for conversions.
    shares_issued
        All shares issued with the offer: sold by the company, and issued for RSUs.
    cash_kept
        Net proceeds less the tax paid for RSUs; see IPO_PROCEEDS.

    References
    ----------
    Regulation S-K, item 506. The example is Cerebras: the book value behind 20.50 a share at
    120 (S-1/A of 4 May 2026) gives the 25.61 and 129.39 of the raised terms at 155 (11 May).

    Examples
    --------
    >>> before = 20.50 * 212.965381 - (3_241.8 - 230.0)
    >>> made = ipo_book_dilution(155, before, 182.559868, 32.668673, 4_487.5 - 329.6)
    >>> round(float(made.after), 2), round(float(made.dilution), 2)
    (25.61, 129.39)
    """
    before = book_value / shares_before
    after = (book_value + cash_kept) / (shares_before + shares_issued)
    dilution = price - after
    return BookDilution(price, before, after - before, after, dilution, dilution / price)


def _alike(*values: Floats) -> list[Floats]:
    """Give values that do not depend on the over-allotment the last axis of the results."""
    return [np.asarray(value)[..., None] for value in values]


def _without_and_with(primary: Floats, over_allotment: Floats) -> Floats:
    """New shares without and with the over-allotment."""
    return np.stack(np.broadcast_arrays(primary, primary + over_allotment), -1)
