"""Quoted market values, and the share counts behind them."""

from __future__ import annotations

from model.dilution.headlines import finding, reconcile
from model.errors import require
from workbook.arguments import Rows, listing
from workbook.functions.declare import function
from workbook.tables.core import Securities
from workbook.tables.equity import Counts, Headlines


@function
def headline_reconciliation(
    headlines: Headlines,
    price: float,
    securities: Securities,
    counts: Counts | None = None,
    tolerance: float = 0.02,
) -> Rows:
    """Share count that each quoted market value implies: basic, diluted, another one, or neither.

    Parameters
    ----------
    headlines : table, USD m and USD
        Table with headers Headline, Value and optionally Price: the market value as quoted, and
        the price that it was quoted at.
    price : number, USD
        Price for headlines without one of their own, above 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at; see DILUTED_SHARES.
    counts : table, m shares, optional
        Table with headers Count and Shares: further counts that are known by name, such as that
        of an earlier prospectus.
    tolerance : number, fraction, optional
        Largest gap at which a count explains a value: as much as headlines are rounded. 0.02 if
        omitted.

    Returns
    -------
    table
        A row for each headline: value, price, the shares it implies, the nearest count and its
        shares, the gap in shares, value and as a fraction, the price at which the nearest count
        would give the value, and the finding in words.

    Raises
    ------
    InputError
        For a value, price or count that is not above 0, or a tolerance that is not from 0 to below
        1.

    References
    ----------
    The example is Cerebras: 25.6 billion are the 212.97 million shares of the first terms at
    120; 100 billion at the first close, 311.07, fit no count (Reuters, CNBC, May 2026).

    Examples
    --------
    >>> quoted = [["Headline", "Value", "Price"], ["26.6", 26_600, 125], ["100", 100_000, 311.07]]
    >>> table = [["Security", "Type", "Count", "Strike"], ["Common", "common", 215.228541, None]]
    >>> known = [["Count", "Shares"], ["First terms", 212.965381], ["Press, diluted", 305]]
    >>> for row in headline_reconciliation(quoted, 185, table, known)[1:]:
    ...     print(row[0], round(row[3], 1), row[-1])
    26.6 212.8 First terms; near enough too: basic
    100 321.5 neither basic nor diluted at 311.07: 5.4% above the nearest, Press, diluted
    """
    require(price > 0, "price", "above 0", price)
    names, shares = counts or ((), ())
    found = reconcile(headlines.value, headlines.at(price), securities, names, shares, tolerance)
    return listing(
        [
            *("Headline", "Value", "Price", "Implied shares", "Nearest", "Nearest shares"),
            *("Gap in shares", "Gap in value", "Gap", "Price that fits", "Finding"),
        ],
        *(
            [
                *(headlines.headline[i], found.value[i], found.price[i], found.implied_shares[i]),
                *(found.names[found.nearest[i]], found.nearest_shares[i], found.gap_shares[i]),
                *(found.gap_value[i], found.gap[i], found.fitting_price[i], finding(found, i)),
            ]
            for i in range(len(headlines.headline))
        ),
    )
