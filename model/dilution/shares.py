"""Dilution: share counts, market values and the price that belongs to an equity value.

Three methods, by name:

``"treasury"``
    Options and warrants in the money are exercised and their proceeds buy shares back at the
    price: ``n * (1 - K / p)`` net shares each (ASC 260-10-45-23). RSUs and preferred stock
    count in full, less what is withheld for tax; convertible debt is converted as a whole above
    its conversion price.
``"gross"``
    As treasury, but nothing is bought back and every option counts, in the money or not: the
    count behind most "fully diluted" headlines.
``"basic"``
    Common stock alone.

RSUs that are settled net issue ``n * (1 - w)`` shares, and the company pays ``n * w * p`` in cash
to the tax office. A tranche that vests at a market value counts, under treasury and gross, at
prices at which the common stock is worth that much.

Counts are in millions and prices in USD, so that values are in USD millions. The last axis of
a count or strike is the security; whatever stands before it is the scenario axis.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, require, shown
from model.fields import ROW, Field, Money, Names, Price, Shares, column, line
from model.functions import function
from model.tables import Listing, Table

Method = Literal["treasury", "gross", "basic"]
METHODS: tuple[Method, ...] = get_args(Method)
#: The methods from the smallest count to the largest.
LADDER: tuple[Method, ...] = ("basic", "treasury", "gross")

Role = Literal["share", "option", "convertible"]
#: What a security of each type does to the count: always outstanding, issued for its strike,
#: or exchanged for debt.
TYPES: dict[str, Role] = {
    "common": "share",
    "rsu": "share",
    "preferred": "share",
    "option": "option",
    "warrant": "option",
    "convertible": "convertible",
}
#: What has a strike, which must be stated: one of 0 counts in full.
PRICED = tuple(kind for kind, role in TYPES.items() if role != "share")


class Securities(Table):
    """A company's securities, one a row."""

    name: Names = column("Security", "name", "What the security is called.")
    kind: Names = column("Type", "name", "Kind of security.", choices=TYPES)
    count: Floats = column(
        "Count",
        "m shares",
        "Outstanding, granted, as converted or on conversion.",
        low=0,
    )
    strike: Floats = column(
        "Strike",
        "USD",
        "Price paid for a share; of convertible debt, its face value a share on conversion. Common "
        "stock, RSUs and preferred stock have none.",
        low=0,
        default=np.nan,
        blank=np.nan,
    )
    included: Floats = column(
        "Included", "fraction", "Part of the count that takes part.", low=0, high=1, default=1.0
    )
    withheld: Floats = column(
        "Withheld",
        "fraction",
        "Part of RSUs that is withheld for tax and paid in cash.",
        low=0,
        high=1,
        default=0.0,
        blank=np.nan,
    )
    vests_at: Floats = column(
        "Vests at",
        "USD m",
        "Market value of the common stock at and above which the security counts.",
        low=0,
        default=0.0,
        blank=np.nan,
    )

    def check(self) -> None:
        """Refuse a strike that is missing or out of place, and a company without common stock."""
        fill_strikes(self, PRICED)
        settled = np.array([kind == "rsu" for kind in self.kind])
        common = np.array([kind == "common" for kind in self.kind])
        self.fill("withheld", 0.0, settled)
        self.fill("vests_at", 0.0, ~common)
        self.align("count", "strike", "included", "withheld", "vests_at")
        require(
            (self.strike == 0) | ~self.role["share"],
            "securities Strike",
            "blank or 0 for common, rsu and preferred",
            self.strike,
        )
        require(
            (self.withheld == 0) | settled,
            "securities Withheld",
            "blank or 0 except for rsu",
            self.withheld,
        )
        require(
            (self.vests_at == 0) | ~common,
            "securities Vests at",
            "blank for common",
            self.vests_at,
        )
        if not (self.basic.sum(-1) > 0).all():
            raise InputError("securities", "must hold common stock with a Count above 0")

    @cached_property
    def role(self) -> dict[Role, npt.NDArray[np.bool_]]:
        """Which securities have each role, shapes (securities,)."""
        roles = [TYPES[k] for k in self.kind]
        return {role: np.array([r == role for r in roles]) for role in get_args(Role)}

    @cached_property
    def included_count(self) -> Floats:
        """Millions of shares that may take part."""
        return np.asarray(self.count * self.included)

    @cached_property
    def basic(self) -> Floats:
        """Common stock outstanding, millions of shares."""
        return np.where([k == "common" for k in self.kind], self.included_count, 0.0)

    @cached_property
    def hurdle(self) -> Floats:
        """Price at and above which each security counts, USD."""
        return np.asarray(self.vests_at / self.basic.sum(-1)[..., None])


def fill_strikes(table: Any, priced: tuple[str, ...]) -> None:
    """Read a blank strike as 0 for what has none; refuse it where it would count in full."""
    missing = np.isnan(table.strike)
    wrong = missing & np.array([kind in priced for kind in table.kind], dtype=bool)
    if wrong.any():
        place = wrong.nonzero()[-1][0]
        raise InputError(
            f"{table.argument()} Strike",
            f"must be typed for {shown(table.name[place])} of type {table.kind[place]!r} "
            "(0 if it has none), not left blank",
        )
    table._put(strike=np.where(missing, 0.0, table.strike))


class Bridge(Listing):
    """How each security adds to the count at a price; shapes (..., securities)."""

    totals = ("Diluted shares",)

    name: Names = line("Security", "name")
    kind: Names = line("Type", "name")
    taking_part: Floats = line("Taking part", "m shares", total=True)
    issued: Floats = line("Issued", "m shares", total=True)
    bought_back: Floats = line("Bought back", "m shares", total=True)
    net: Floats = line("Net", "m shares", total=True)
    running: Floats = line("Running", "m shares")
    value: Floats = line("Value", total=True, form="whole money")
    #: Debt that conversion removes, and tax that net settlement pays in cash, USD millions.
    converted_debt: Floats
    tax_paid: Floats

    def bottom(self) -> list[dict[str, Any]]:
        """Return the total, with the last of the running counts."""
        (total,) = super().bottom()
        return [total | {"running": self.running[-1]}]


@function
def dilution_bridge(price: Price, securities: Securities, method: Method = "treasury") -> Bridge:
    """From basic to diluted shares, security by security, at a share price.

    Parameters
    ----------
    price
        Share price.
    securities
        The company's securities.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    Bridge
        For each security, and in total: shares taking part, issued, bought back and net, the
        running total, and the value at the price.

    Raises
    ------
    InputError
        For what DILUTED_SHARES refuses.

    References
    ----------
    ASC 260-10-45-23 and 45-40. The example is IAS 33, illustrative example 5: of 100,000 options
    at 15 the proceeds buy 75,000 shares back at 20.

    Examples
    --------
    >>> kinds = ["common", "option"]
    >>> holders = Securities(["Common", "Options"], kinds, [500_000, 100_000], [0, 15])
    >>> dilution_bridge(20, holders).bought_back
    array([    0., 75000.])
    """
    p = np.asarray(price)[..., None]
    # Whether a condition on the market value is met is asked of the price, as the solution does.
    met = securities.hurdle <= p
    taking_part = np.where(met, securities.included_count, 0.0)
    if method == "basic":
        issued = np.broadcast_to(securities.basic, met.shape)
        bought_back = debt = tax = np.zeros_like(issued)
    else:
        # A strike of zero is always in the money, even at a price of zero.
        in_money = (securities.strike < p) | (securities.strike == 0)
        role = securities.role
        outright = taking_part * role["share"]
        converted = taking_part * (role["convertible"] & in_money)
        if method == "gross":
            exercised = taking_part * role["option"]
            bought_back = np.zeros(met.shape)
        else:
            exercised = taking_part * (role["option"] & in_money)
            paid = np.zeros(met.shape)
            np.divide(securities.strike, p, out=paid, where=in_money & (p > 0))
            bought_back = exercised * paid
        issued = outright * (1.0 - securities.withheld) + exercised + converted
        debt = converted * securities.strike
        tax = outright * securities.withheld * p
    net = issued - bought_back
    return Bridge(
        name=securities.name,
        kind=securities.kind,
        taking_part=taking_part,
        issued=issued,
        bought_back=bought_back,
        net=net,
        running=net.cumsum(-1),
        value=net * p,
        converted_debt=debt,
        tax_paid=tax,
    )


@function
def diluted_shares(price: Price, securities: Securities, method: Method = "treasury") -> Shares:
    """Diluted shares at a share price, in millions.

    Parameters
    ----------
    price
        Share price.
    securities
        The company's securities.
    method
        treasury: options in the money buy shares back; gross: every option counts and nothing
        is bought back; basic: common stock alone.

    Returns
    -------
    ndarray, shape (...)
        Treasury: ``N + sum n (1 - K / p)`` over options and warrants with a strike below the
        price; convertible debt counts as a whole above its conversion price.

    Raises
    ------
    InputError
        For a negative price, a table that is not one of securities, a strike or another number of
        a security left blank, or an unknown method.

    Notes
    -----
    A blank is never read as a number: an option without a cost has a strike of 0 that is typed,
    and a table with the column Included, Withheld or Vests at states it in every row that can
    have it.

    Withheld is the part of an RSU that is kept for tax: ``n (1 - w)`` shares are issued, and
    ``n w p`` is paid to the tax office in cash. Vests at is a market value of the common stock:
    a performance tranche counts at prices at which the common stock is worth as much, and
    otherwise not at all, under treasury and gross alike.

    References
    ----------
    ASC 260-10-45-23, treasury stock method; ASC 260-10-45-40, if-converted method;
    ASC 718-10-25-18, withholding for tax.

    Examples
    --------
    10,000 options at 10 with the share at 15 add 3,333.33 shares (CFA curriculum):

    >>> holders = Securities(["Common", "Options"], ["common", "option"], [1e6, 1e4], [0, 10])
    >>> round(float(diluted_shares(15, holders)) - 1e6, 2)
    3333.33
    """
    return np.asarray(dilution_bridge(price, securities, method).net.sum(-1))


@function
def diluted_market_cap(price: Price, securities: Securities, method: Method = "treasury") -> Money:
    """Market capitalisation at a share price, on diluted shares, in USD millions.

    Parameters
    ----------
    price
        Share price.
    securities
        The company's securities.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    ndarray, shape (...)
        ``price * DILUTED_SHARES(price, securities, method)``.

    Raises
    ------
    InputError
        For what DILUTED_SHARES refuses.

    References
    ----------
    The example is Cerebras at the middle of its first range (S-1/A of 4 May 2026).

    Examples
    --------
    >>> holders = Securities(["Common"], ["common"], [212.965381], [0])
    >>> round(float(diluted_market_cap(120, holders, "basic")) / 1000, 1)
    25.6
    """
    return np.asarray(price * diluted_shares(price, securities, method))


@function
def price_per_share(
    equity_value: Money, securities: Securities, method: Method = "treasury"
) -> Annotated[Floats, Field("USD")]:
    r"""Price per share at which the diluted shares are worth exactly an equity value, in USD.

    Parameters
    ----------
    equity_value
        Value of the equity after all debt, the face of convertible debt included. A negative
        value gives a negative price on the basic shares.
    securities
        The company's securities.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    ndarray, shape (...)
        Treasury: ``p = (E + sum n K) / (N + sum n)`` over the tranches that are in the money at
        p, found exactly by walking the strikes; the face of converted debt adds to E.

    Raises
    ------
    InputError
        For a table that is not one of securities, or an unknown method.

    Notes
    -----
    Under the treasury stock method the holders' claim ``p N + sum n max(p - K, 0)`` is
    increasing, convex and piecewise linear in the price, so the price is the least of the lines
    through its pieces,

    .. math:: p = \min_k \frac{E + \sum_{i \le k} n_i K_i}{N + \sum_{i \le k} n_i},

    with the strikes in ascending order: exact, with no iteration. Convertible debt obeys the
    same equation, because its face leaves the debt when it is converted. The equity value is
    that before the tax on RSUs settled net; the cash for it equals the value of the shares
    withheld, so that RSUs count in full for the price.

    Where tranches vest at a market value, the claim jumps at the price :math:`h` of each such
    hurdle. With :math:`p_j` the price when the hurdles up to :math:`h_j` count as passed,

    .. math:: p = \min_j \max(p_j, h_j), \qquad h_0 = 0.

    An equity value inside a jump is too large for the price just below the hurdle and too small
    to carry the tranche as well, and its answer is the hurdle price.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustrations 11.1 and 11.2.

    Examples
    --------
    Google with 25.61 million options at 24.41 (illustration 11.2):

    >>> kinds = ["common", "option"]
    >>> google = Securities(["Common", "Options"], kinds, [277.78, 25.61], [0, 24.41])
    >>> round(float(price_per_share(32_187, google)), 2)
    108.15
    """
    basic = securities.basic.sum(-1)
    if method == "basic":
        return np.asarray(equity_value / basic)
    hurdle = securities.hurdle
    price = _price(equity_value, securities, method, hurdle <= 0)
    for j in set(hurdle.nonzero()[-1].tolist()):
        own = hurdle[..., j]
        passed = _price(equity_value, securities, method, hurdle <= own[..., None])
        price = np.minimum(price, np.maximum(passed, own))
    return np.asarray(np.where(equity_value < 0, equity_value / basic, price))


def _price(
    equity: Floats, securities: Securities, method: str, met: npt.NDArray[np.bool_]
) -> Floats:
    """Price at which the securities whose condition is met are worth the equity value."""
    counted = np.where(met, securities.included_count, 0.0)
    role = securities.role
    pays = role["convertible"] if method == "gross" else ~role["share"]
    outright = (counted * ~pays).sum(-1)
    order = securities.strike.argsort(-1, kind="stable")
    count = np.take_along_axis(counted * pays, order, -1)
    strike = np.take_along_axis(securities.strike, order, -1)
    lines = (equity[..., None] + (count * strike).cumsum(-1)) / (
        outright[..., None] + count.cumsum(-1)
    )
    # The line before the first strike has no option in it at all.
    return np.asarray(np.minimum(equity / outright, lines.min(-1)))


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
    """Prices, and what stood at each: range, pricing, open, close."""

    results = (SharesByPrice,)

    at: Names = column("At", "name", "What the price stood at.")
    price: Floats = column("Price", "USD", "Share price.", low=0)


@function
def dilution_ladder(prices: Prices, securities: Securities) -> SharesByPrice:
    """Shares and market values by each method, price by price: range, pricing, open, close.

    Parameters
    ----------
    prices
        Prices, and what stood at each.
    securities
        The company's securities.

    Returns
    -------
    SharesByPrice
        For each price, shares and market value on basic shares, by the treasury stock method and
        gross; what treasury adds to basic.

    Raises
    ------
    InputError
        For a negative price, or a table that is not one of securities.

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
    return SharesByPrice(prices.at, prices.price, *shares, *values, shares[1] / shares[0] - 1.0)


class PriceLadder(Listing):
    """Price, shares and market value for each of several equity values."""

    equity_value: Floats = line("Equity value")
    price: Floats = line("Price", "USD")
    diluted_shares: Floats = line("Diluted shares", "m shares")
    market_value: Floats = line("Market value")
    converted_debt: Floats = line("Converted debt")
    tax_paid: Floats = line("Tax paid")


@function
def price_ladder(
    equity_values: Annotated[Money, ROW], securities: Securities, method: Method = "treasury"
) -> PriceLadder:
    """Price, diluted shares and market value for each of several equity values.

    Parameters
    ----------
    equity_values
        Values of the equity; see PRICE_PER_SHARE.
    securities
        The company's securities.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    PriceLadder
        For each equity value, its price, the diluted shares, their market value, the debt that
        conversion removes and the tax that net settlement pays. Market value is equity value
        plus converted debt less tax.

    Raises
    ------
    InputError
        For what PRICE_PER_SHARE refuses.

    Notes
    -----
    Where an equity value is too large for the price just below the one at which a tranche vests,
    and too small to carry it, the price is that one, and the market value is more than the
    equity value brings.

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
    steps = dilution_bridge(np.maximum(price, 0.0), securities, method)
    # Nothing is exercised or vests into a negative price.
    shares = np.where(price < 0, securities.basic.sum(), steps.net.sum(-1))
    return PriceLadder(
        equity_values,
        price,
        shares,
        price * shares,
        steps.converted_debt.sum(-1),
        steps.tax_paid.sum(-1),
    )
