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

from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

import numpy as np

from model.arrays import CACHED, by_blocks, running, total
from model.dilution.securities import Claims, Securities
from model.errors import Floats
from model.fields import Field, Money, Names, Price, Shares, line
from model.functions import function
from model.tables import Listing

Method = Literal["treasury", "gross", "basic"]
METHODS: tuple[Method, ...] = get_args(Method)
#: The methods from the smallest count to the largest.
LADDER: tuple[Method, ...] = ("basic", "treasury", "gross")


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
    method
        Which shares count; see DILUTED_SHARES.

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
    return bridge_at(price, securities, method)


def bridge_at(price: Floats, securities: Securities, method: str) -> Bridge:
    """Count each security at a price that needs no check."""
    p = _for_each(price, securities)
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
            bought_back = np.zeros_like(taking_part)
        else:
            exercised = taking_part * (role["option"] & in_money)
            paid = np.zeros_like(taking_part)
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
        running=running(np.add, net),
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
    method
        treasury: options in the money buy shares back; gross: every option counts and nothing
        is bought back; basic: common stock alone.

    Returns
    -------
    ndarray, shape (...)
        Treasury: ``N + sum n (1 - K / p)`` over options and warrants with a strike below the
        price; convertible debt counts as a whole above its conversion price.

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
    return shares_at(price, securities, method)


def shares_at(price: Floats, securities: Securities, method: str) -> Floats:
    """Count the diluted shares at a price that needs no check."""
    if method == "basic":
        return np.asarray(securities.outstanding + np.zeros(price.shape))

    def shares(prices: Floats) -> Floats:
        return total(bridge_at(prices, securities, method).net)

    return _by_blocks(shares, price, securities)


@function
def diluted_market_cap(price: Price, securities: Securities, method: Method = "treasury") -> Money:
    """Market capitalisation at a share price, on diluted shares, in USD millions.

    Parameters
    ----------
    price
        Share price.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    ndarray, shape (...)
        ``price * DILUTED_SHARES(price, securities, method)``.

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
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    ndarray, shape (...)
        Treasury: ``p = (E + sum n K) / (N + sum n)`` over the tranches that are in the money at
        p, found exactly by walking the strikes; the face of converted debt adds to E.

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
    return price_at(equity_value, securities, method)


def price_at(equity_value: Floats, securities: Securities, method: str) -> Floats:
    """Solve for the price of an equity value that needs no check."""
    basic = securities.outstanding
    if method == "basic":
        return np.asarray(equity_value / basic)

    def prices(equity: Floats) -> Floats:
        return _beyond_hurdles(equity, securities, method)

    price = _by_blocks(prices, equity_value, securities)
    return np.asarray(np.where(equity_value < 0, equity_value / basic, price))


def _by_blocks(calculate: Callable[[Floats], Floats], of: Floats, holders: Securities) -> Floats:
    """Calculate for many prices or values, of which each takes a number for every security."""
    block = max(1, CACHED // len(holders))
    if of.size <= block or holders.count.ndim > 1:
        return calculate(of)
    return by_blocks(calculate, of.reshape(-1), block=block).reshape(of.shape)


def _beyond_hurdles(equity: Floats, securities: Securities, method: str) -> Floats:
    """Price with the tranches whose hurdles it passes.

    The more hurdles are passed, the lower is the price: how many it passes is found by halving.
    """
    price = _price(equity, securities.always[method], securities)
    some = securities.conditional
    if not some.size:
        return price
    hurdle = securities.hurdle
    shape = np.broadcast_shapes(price.shape, hurdle.shape[:-1])
    # In ascending order, and then one that nothing passes.
    steps = np.full((*shape, some.size + 1), np.inf)
    steps[..., :-1] = np.sort(hurdle[..., some], -1)
    count = np.zeros((*shape, 1), dtype=int)
    for power in reversed(range(some.size.bit_length())):
        more = count + 2**power
        step = np.take_along_axis(steps, np.minimum(more - 1, some.size), -1)
        claims = securities.claims(method, hurdle <= step)
        found = _price(equity, claims, securities)
        passed = found > step[..., 0]
        price = np.where(passed, found, price)
        count = np.where(passed[..., None], more, count)
    # Just below the next hurdle the price is too low for the value, and at it too high.
    return np.asarray(np.minimum(price, np.take_along_axis(steps, count, -1)[..., 0]))


def _price(equity: Floats, claims: Claims, securities: Securities) -> Floats:
    """Price at which the securities that count are worth the equity value."""
    lines = (_for_each(equity, securities) + claims.paid) / claims.shares
    # The line before the first strike has no option in it at all.
    return np.asarray(np.minimum(equity / claims.outright, lines.min(-1)))


def _for_each(values: Floats, securities: Securities) -> Floats:
    """Repeat prices or values for each security, all scenarios of one together in memory."""
    if not values.ndim:
        return values[None]
    each = np.empty((*values.shape, len(securities)), order="F")
    each[...] = values[..., None]
    return each
