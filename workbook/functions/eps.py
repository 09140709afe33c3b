"""Diluted earnings per share, the accounting measure."""

from __future__ import annotations

from model.dilution import eps
from workbook.arguments import Rows, listing
from workbook.functions.declare import function
from workbook.tables.equity import PotentialShares


@function
def eps_diluted(
    income: float,
    shares: float,
    price: float,
    securities: PotentialShares,
    discontinued: float = 0.0,
) -> Rows:
    """Diluted earnings per share (ASC 260, IAS 33), with the ranking by dilution and its steps.

    Parameters
    ----------
    income : number, USD m
        Income from continuing operations for common shareholders: the control number.
    shares : number, m
        Weighted average of common shares, above 0.
    price : number, USD
        Average share price of the period, at least 0.
    securities : table, m and USD
        Table with headers Security, Type, Count and optionally Strike, Income. Type: option,
        warrant, rsu, convertible, preferred, none. Strike of an RSU: cost to be recognised.
        Income: interest or dividends that end on conversion, after tax, USD m.
    discontinued : number, USD m, optional
        Income from discontinued operations.

    Returns
    -------
    table
        Basic earnings per share, a row for each security in order of its earnings per
        incremental share (0 where it adds none), diluted earnings per share, and both with
        discontinued operations.

    Raises
    ------
    InputError
        For shares that are not above 0, a negative price, count or strike, an unknown type, a
        strike on what is converted, an option or warrant without a strike, or a blank Income of
        what is converted.

    Notes
    -----
    Options, warrants and RSUs add ``n (1 - K / p)`` shares when K is below the average price;
    the rest is converted as a whole. A security counts while its earnings per incremental share
    are below earnings per share so far; a row that does not count shows what would become of
    it. A row of type none adds nothing, such as common stock in a table of all securities. At a
    loss from continuing operations nothing counts, whatever net income is.

    References
    ----------
    ASC 260-10-45-17 to 45-48; IAS 33, paragraphs 30 to 63 and illustrative example 9.

    Examples
    --------
    Illustrative example 9: 5.00 basic, then 4.95 and 3.23; the preference shares do not count.

    >>> table = [["Security", "Type", "Count", "Strike", "Income"],
    ...          ["Options", "option", 0.1, 60, None], ["Preference", "preferred", 1.6, None, 6.4],
    ...          ["Bonds", "convertible", 2, None, 3]]
    >>> for row in eps_diluted(10, 2, 75, table, -4)[1:]:
    ...     print(row[0], round(row[6], 2), row[7])
    Basic 5.0
    Options 4.95 yes
    Bonds 3.23 yes
    Preference 3.45 no: antidilutive
    Diluted 3.23
    Basic, with discontinued 3.0
    Diluted, with discontinued 2.24
    """
    made = eps.diluted_eps(income, shares, price, securities)
    rows = []
    for i, place in enumerate(made.rank):
        added = made.incremental_shares[i]
        each = made.per_incremental_share[i] if added > 0 else 0.0
        kind = securities.kind[place]
        told = "yes" if made.counted[i] else f"no: {_why_not(kind, income, added)}"
        steps = made.incremental_income[i], added, each, made.income[i], made.shares[i]
        rows.append([securities.name[place], *steps, made.per_share[i], told])
    empty = [None] * 3
    total, more = income + discontinued, made.diluted_income + discontinued
    diluted = made.diluted_shares
    return listing(
        [
            *("Step", "Incremental income", "Incremental shares", "Per incremental share"),
            *("Income", "Shares", "Per share", "Counted"),
        ],
        ["Basic", *empty, income, shares, made.basic, None],
        *rows,
        ["Diluted", *empty, made.diluted_income, diluted, made.diluted, None],
        ["Basic, with discontinued", *empty, total, shares, total / shares, None],
        ["Diluted, with discontinued", *empty, more, diluted, more / diluted, None],
    )


def _why_not(kind: str, income: float, added: float) -> str:
    if kind == "none":
        return "no potential shares"
    if added <= 0:
        return "out of the money"
    return "loss" if income < 0 else "antidilutive"
