"""Ladders: shares and market values by price, and prices by equity value."""

from __future__ import annotations

from typing import Annotated

from model.dilution.securities import Securities
from model.dilution.shares import LADDER, Method, diluted_shares, price_per_share
from model.dilution.solution import claimed
from model.errors import Floats
from model.fields import ROW, Money, Names, column, line
from model.functions import function
from model.tables import Listing, Table


class SharesByPrice(Listing):
    """Shares and market values by each method, price by price."""

    at: Names = line("At", "name")
    price: Floats = line("Price", "USD")
    basic_shares: Floats = line("Basic shares", "m shares")
    treasury_shares: Floats = line("Treasury shares", "m shares")
    gross_shares: Floats = line("Gross shares", "m shares")
    basic_value: Floats = line("Basic value", form="whole money")
    treasury_value: Floats = line("Treasury value", form="whole money")
    gross_value: Floats = line("Gross value", form="whole money")
    dilution: Floats = line("Dilution", "fraction")


class Prices(Table):
    """Prices, and the occasion of each: range, pricing, open, close."""

    results = (SharesByPrice,)

    at: Names = column("At", "name", "Occasion of the price.")
    price: Floats = column("Price", "USD", "Share price.", low=0)


@function
def dilution_ladder(prices: Prices, securities: Securities) -> SharesByPrice:
    """Shares and market values by each method, price by price: range, pricing, open, close.

    References
    ----------
    ASC 260-10-45-23. The example is Cerebras at both ends of its first range, 4 May 2026.

    Examples
    --------
    >>> holders = Securities(["Common"], ["common"], [212.965381], [0])
    >>> dilution_ladder(Prices(["Low", "High"], [115, 125]), holders).basic_value.round(1)
    array([24491. , 26620.7])
    """
    shares = [diluted_shares(prices.price, securities, m) for m in LADDER]
    values = [count * prices.price for count in shares]
    return SharesByPrice(
        prices.at,
        prices.price,
        *shares,
        *values,
        shares[1] / shares[0] - 1.0,
    )


class PriceLadder(Listing):
    """Price, shares and market value for each of several equity values."""

    equity_value: Floats = line("Equity value")
    price: Floats = line("Price", "USD")
    diluted_shares: Floats = line("Diluted shares", "m shares")
    market_value: Floats = line("Market value")
    converted_debt: Floats = line("Converted debt")
    tax_paid: Floats = line("Tax paid")
    repaid: Floats = line("Repaid")


@function
def price_ladder(
    equity_values: Annotated[Money, ROW], securities: Securities, method: Method = "treasury"
) -> PriceLadder:
    """Price, diluted shares and market value for each of several equity values.

    Parameters
    ----------
    equity_values
        Values of the equity; see PRICE_PER_SHARE.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    PriceLadder
        Market value is equity value plus converted debt, less tax and the repayment of preferred
        and puttable shares.

    Notes
    -----
    If an equity value is too large for a price just below the one at which a tranche vests, but too
    small to support the whole tranche, the price is the vesting price, and the tranche counts in
    part.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustrations 11.1 and 11.2.

    Examples
    --------
    Google (illustration 11.2), whose options at 24.41 are out of the money at the lower value:

    >>> kinds = ["common", "option"]
    >>> google = Securities(["Common", "Options"], kinds, [277.78, 25.61], [0, 24.41])
    >>> price_ladder([5_000, 32_187], google).price.round(2)
    array([ 18.  , 108.15])
    """
    price = price_per_share(equity_values, securities, method)
    found, _ = claimed(equity_values, price, securities, method)
    shares = found.net.sum(-1)
    return PriceLadder(
        equity_values,
        price,
        shares,
        price * shares,
        found.converted_debt.sum(-1),
        found.tax_paid.sum(-1),
        found.repaid.sum(-1),
    )
