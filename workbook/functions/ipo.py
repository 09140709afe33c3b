"""Mechanics of an offer: proceeds, post-money value, ownership and votes, book value."""

from __future__ import annotations

import numpy as np

from model import ipo
from workbook.arguments import Rows, listing, schedule
from workbook.catalogue import function
from workbook.tables_equity import Classes


@function
def ipo_proceeds(
    price: float,
    primary: float,
    over_allotment: float = 0.0,
    discount: float = 0.0,
    expenses: float = 0.0,
    rsu_withheld: float = 0.0,
) -> Rows:
    """Proceeds of an offer, from gross to the cash that stays, without and with over-allotment.

    Parameters
    ----------
    price : number, USD
        Offer price, at least 0.
    primary : number, m shares
        New shares that the company sells.
    over_allotment : number, m shares, optional
        New shares that the underwriters may take besides (the greenshoe).
    discount : number, fraction, optional
        Underwriting discount (the spread), of gross proceeds.
    expenses : number, USD m, optional
        Other costs of the offer.
    rsu_withheld : number, m shares, optional
        Shares withheld from RSUs that settle at the offer, whose tax is paid from proceeds.

    Returns
    -------
    table
        Line by line in USD millions, without over-allotment and with all of it: shares sold,
        gross proceeds, discount, expenses, net proceeds, tax on RSUs, cash that stays.

    References
    ----------
    Regulation S-K, items 501 and 504. The example is Cerebras at the middle of its first range
    (S-1/A of 4 May 2026): 3,241.8 net, 3,729.4 with over-allotment, 230.0 of tax.

    Examples
    --------
    >>> lines = ipo_proceeds(120, 28, 4.2, 0.0325, 9, 1.916764)
    >>> for line in lines[5:7]:
    ...     print(line[0], [round(value, 1) for value in line[1:]])
    Net proceeds [3241.8, 3729.4]
    Tax on RSUs [230.0, 230.0]
    """
    made = ipo.proceeds(price, primary, over_allotment, discount, expenses, rsu_withheld)
    return schedule(
        "Line",
        ipo.CASES,
        {
            "Shares sold": made.shares_sold,
            "Gross proceeds": made.gross,
            "Underwriting discount": made.discount,
            "Expenses": made.expenses,
            "Net proceeds": made.net,
            "Tax on RSUs": made.rsu_tax,
            "Cash that stays": made.cash_kept,
        },
    )


@function
def ipo_post_money(
    price: float,
    shares_before: float,
    primary: float,
    over_allotment: float = 0.0,
    rsu_shares: float = 0.0,
    secondary: float = 0.0,
) -> Rows:
    """Shares after an offer, post-money value and float, without and with over-allotment.

    Parameters
    ----------
    price : number, USD
        Offer price, at least 0.
    shares_before : number, m shares
        Outstanding before the offer, preferred stock as converted.
    primary : number, m shares
        New shares that the company sells.
    over_allotment : number, m shares, optional
        New shares that the underwriters may take besides.
    rsu_shares : number, m shares, optional
        Shares issued for RSUs that settle at the offer, after what is withheld.
    secondary : number, m shares, optional
        Shares that holders sell in the offer, which are not new.

    Returns
    -------
    table
        Line by line, without over-allotment and with all of it: shares before, issued and after;
        pre-money and post-money value (USD millions, basic shares); the float, its part of the
        shares and its value; the part of the company given up to new shares.

    References
    ----------
    Regulation S-K, item 506. The example is Cerebras at 185, with 215.2 and 219.7 million
    shares after the offer (S-1/A of 11 May 2026 and 8-K of 15 May 2026).

    Examples
    --------
    >>> lines = ipo_post_money(185, 182.559868, 30, 4.5, 2.668673)
    >>> for line in (lines[4], lines[6]):
    ...     print(line[0], [round(value, 1) for value in line[1:]])
    Shares after [215.2, 219.7]
    Post-money value [39817.3, 40649.8]
    """
    made = ipo.post_money(price, shares_before, primary, over_allotment, rsu_shares, secondary)
    return schedule(
        "Line",
        ipo.CASES,
        {
            "Shares before": made.shares_before,
            "Shares issued": made.shares_issued,
            "RSU shares issued": made.rsu_shares,
            "Shares after": made.shares_after,
            "Pre-money value": made.pre_money,
            "Post-money value": made.post_money,
            "Float": made.float_shares,
            "Float, part of shares": made.float_share,
            "Float value": made.float_value,
            "Given up to new shares": made.given_up,
        },
    )


@function
def ipo_ownership(classes: Classes) -> Rows:
    """Ownership and voting power by class of shares or group of holders, before and after.

    Parameters
    ----------
    classes : table, m shares
        Table with headers Class, Before, Issued, Votes and optionally Transferred. Votes: per
        share. Transferred: shares sold or converted between classes, negative where they leave
        and positive where they arrive; they sum to 0.

    Returns
    -------
    table
        A row for each class and a total: shares before and after (millions), and fractions of
        all shares and of all votes before and after.

    References
    ----------
    Regulation S-K, item 403. The example is Facebook (prospectus of May 2012): class B, at ten
    votes a share, keeps 96.3% of the votes.

    Examples
    --------
    >>> table = [["Class", "Before", "Issued", "Votes"],
    ...          ["A", 418.396119, 180, 1], ["B", 1_539.688918, None, 10]]
    >>> [round(row[-1], 3) for row in ipo_ownership(table)[1:]]
    [0.037, 0.963, 1.0]
    """
    made = ipo.ownership(classes.before, classes.issued, classes.votes, classes.transferred)
    columns = (
        *(classes.before, classes.issued, classes.transferred, made.after),
        *(made.owned_before, made.owned_after, made.votes_before, made.votes_after),
    )
    return listing(
        [
            *("Class", "Before", "Issued", "Transferred", "After"),
            *("Owned before", "Owned after", "Votes before", "Votes after"),
        ],
        *zip(classes.name, *columns, strict=True),
        ["All classes", *(np.sum(column) for column in columns)],
    )


@function
def ipo_book_dilution(
    price: float,
    book_value: float,
    shares_before: float,
    shares_issued: float,
    cash_kept: float,
) -> Rows:
    """Dilution of new investors in net tangible book value per share, as a prospectus tables it.

    Parameters
    ----------
    price : number, USD
        Offer price, above 0.
    book_value : number, USD m
        Net tangible book value before the offer, pro forma for conversions; may be negative.
    shares_before : number, m shares
        Outstanding before the offer, pro forma for conversions.
    shares_issued : number, m shares
        All shares that come with the offer: sold by the company, and issued for RSUs.
    cash_kept : number, USD m
        Net proceeds less the tax paid for RSUs; see IPO_PROCEEDS.

    Returns
    -------
    table
        Per share in USD: the price, book value before, the increase through the offer, book
        value after, dilution of new investors; and that dilution as a fraction of the price.

    References
    ----------
    Regulation S-K, item 506. The example is Cerebras: the book value behind 20.50 a share at
    120 (S-1/A of 4 May 2026) gives the 25.61 and 129.39 of the raised terms at 155 (11 May).

    Examples
    --------
    >>> before = 20.50 * 212.965381 - (3_241.8 - 230.0)
    >>> lines = ipo_book_dilution(155, before, 182.559868, 32.668673, 4_487.5 - 329.6)
    >>> [round(line[1], 2) for line in lines[1:]]
    [155.0, 7.42, 18.19, 25.61, 129.39, 0.83]
    """
    made = ipo.book_dilution(price, book_value, shares_before, shares_issued, cash_kept)
    return listing(
        ["Line", "Per share"],
        ["Offer price", made.price],
        ["Book value before the offer", made.before],
        ["Increase through the offer", made.increase],
        ["Book value after the offer", made.after],
        ["Dilution of new investors", made.dilution],
        ["Dilution, part of the price", made.dilution_share],
    )
