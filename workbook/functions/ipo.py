"""Mechanics of an offer: proceeds, post-money value, ownership and votes, book value."""

from __future__ import annotations

import numpy as np

from model.dilution import ipo
from model.dilution.lockup import free_float
from model.errors import InputError, shown
from workbook.arguments import Day, Rows, listing, schedule
from workbook.functions.declare import function
from workbook.tables.equity import Classes, Releases


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

    Raises
    ------
    InputError
        For a negative amount, or a discount of 1 or more.

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

    Raises
    ------
    InputError
        For a negative amount, no shares before the offer, or holders who sell more than these.

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

    Raises
    ------
    InputError
        For a negative number, transfers that do not sum to 0 or exceed their class, or no votes
        after the offer.

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

    Raises
    ------
    InputError
        For a price or shares before the offer that are not above 0, or negative shares issued.

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


@function
def ipo_investors(
    price: float,
    primary: float,
    existing_shares: float,
    existing_paid: float,
    secondary: float = 0.0,
) -> Rows:
    """What existing holders paid for their shares and what new investors pay, as in a prospectus.

    Parameters
    ----------
    price : number, USD
        Offer price, before the underwriting discount.
    primary : number, m shares
        New shares that the company sells.
    existing_shares : number, m shares
        Shares of holders before the offer, pro forma for conversions and for RSUs that settle
        at it, above 0.
    existing_paid : number, USD m
        What these holders paid the company for them.
    secondary : number, m shares, optional
        Shares that holders sell in the offer: they pass to the new investors, and what the
        sellers once paid stays with the existing holders.

    Returns
    -------
    table
        A row for existing holders, one for new investors and a total: shares (millions), their
        part of all shares, consideration (USD millions), its part, and the average price (USD).

    Raises
    ------
    InputError
        For a negative amount, no existing shares, or holders who sell more than these.

    References
    ----------
    Regulation S-K, item 506. The example is Square (S-1/A of 6 November 2015, page 58): 91.6%
    of the shares for 70.2% of the money, 2.58 a share against 12.00.

    Examples
    --------
    >>> for row in ipo_investors(12, 25.65, 297.294713, 764.899, 1.35)[1:]:
    ...     print(row[0], [round(cell, 3) for cell in row[1:]])
    Existing holders [295.945, 0.916, 764.899, 0.702, 2.585]
    New investors [27.0, 0.084, 324.0, 0.298, 12.0]
    All holders [322.945, 1.0, 1088.899, 1.0, 3.372]
    """
    made = ipo.investors(price, primary, existing_shares, existing_paid, secondary)
    columns = (
        *(made.shares, made.shares_part, made.consideration, made.consideration_part),
        made.average_price,
    )
    shares, money = made.shares.sum(), made.consideration.sum()
    return listing(
        [
            *("Holders", "Shares", "Part of shares", "Consideration", "Part of consideration"),
            "Average price",
        ],
        *zip(("Existing holders", "New investors"), *columns, strict=True),
        ["All holders", shares, 1.0, money, made.consideration_part.sum(), money / shares],
    )


@function
def ipo_float(offer_date: Day, shares: float, offered: float, releases: Releases) -> Rows:
    """Shares that trade after an offer, and after each release from lock-up, by date.

    Parameters
    ----------
    offer_date : date, day
        Day of the offer.
    shares : number, m shares
        All shares after the offer.
    offered : number, m shares
        Shares sold in the offer, new ones and those of holders.
    releases : table, dates and m shares
        Table with headers Release, Date and Shares: what is released from lock-up, on dates not
        before the offer, in any order of rows.

    Returns
    -------
    table
        A row for the offer and one for each release, by date: shares that become free, that
        trade from then on, and that are still locked (millions); the float as a fraction of all
        shares; what becomes free as a fraction of what traded before.

    Raises
    ------
    InputError
        For shares that are not above 0, more shares offered and released than there are, or a
        release before the offer.

    References
    ----------
    Securities Act, rule 144, and the section "Shares eligible for future sale" of a prospectus.
    The example is Facebook (prospectus of May 2012; releases as reported in October 2012).

    Examples
    --------
    >>> table = [["Release", "Date", "Shares"], ["Investors", 41137, 271], ["Staff", 41211, 234]]
    >>> for row in ipo_float(41047, 2_138.085037, 421.233615, table)[1:]:
    ...     print(row[0], row[1], [round(cell, 3) for cell in row[2:]])
    Offer 2012-05-18 [421.234, 421.234, 1716.851, 0.197, 0.0]
    Investors 2012-08-16 [271.0, 692.234, 1445.851, 0.324, 0.643]
    Staff 2012-10-29 [234.0, 926.234, 1211.851, 0.433, 0.338]
    """
    for name, day in zip(releases.name, releases.day, strict=True):
        if day < offer_date:
            raise InputError(
                "releases Date",
                f"must not be before the offer, {offer_date}, and {shown(name)} is on {day}",
            )
    order = sorted(range(len(releases.day)), key=lambda i: releases.day[i])
    made = free_float(shares, offered, releases.shares[order])
    return listing(
        [
            *("Release", "Date", "Released", "Float", "Locked"),
            *("Part of shares", "Added to the float"),
        ],
        *zip(
            ["Offer", *(releases.name[i] for i in order)],
            [offer_date, *(releases.day[i] for i in order)],
            *(made.released, made.trading, made.locked, made.part, made.growth),
            strict=True,
        ),
    )
