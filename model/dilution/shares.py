"""Dilution: share counts, market values and the price implied by an equity value.

Three methods, by name:

``"treasury"``
    Options and warrants in the money are exercised and their proceeds buy shares back at the
    price: ``n * (1 - K / p)`` net shares each (ASC 260-10-45-23). RSUs count in full, less what
    is withheld for tax. Convertible debt, preferred and puttable shares are taken as shares where
    these are worth at least the repayment.
``"gross"``
    As treasury, but nothing is bought back and every option counts, in the money or not: the
    count behind most "fully diluted" headlines.
``"basic"``
    Common stock alone.

RSUs that are settled net issue ``n * (1 - w)`` shares, and the company pays ``n * w * p`` in cash
to the tax office. A tranche with a condition counts, under treasury and gross, where what the
condition measures reaches its threshold.

Counts are in millions and prices in USD, so that values are in USD millions. The last axis of
a count or strike is the security; any axis before it is the scenario axis.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import numpy as np

from model.arrays import total
from model.dilution.claims import Claims, claims
from model.dilution.securities import Securities
from model.dilution.solution import claimed, in_blocks, met_at, solved
from model.errors import Floats
from model.fields import Field, Money, Names, Price, Shares, line
from model.functions import function
from model.tables import Listing

Method = Literal["treasury", "gross", "basic"]
METHODS: tuple[Method, ...] = get_args(Method)
#: The methods from the smallest count to the largest.
LADDER: tuple[Method, ...] = ("basic", "treasury", "gross")


#: What a security counts as: see `_counted_as`.
STANDING = np.array(
    ["shares", "shares, in part", "not vested", "out of the money", "debt", "repayment"]
)


class Bridge(Listing):
    """How each security adds to the count at a price; shapes (..., securities)."""

    totals = ("Diluted shares",)
    rows_of = "securities"

    name: Names = line("Security", "name")
    kind: Names = line("Type", "name")
    taking_part: Floats = line("Taking part", "m shares", total=True)
    issued: Floats = line("Issued", "m shares", total=True)
    bought_back: Floats = line("Bought back", "m shares", total=True)
    net: Floats = line("Net", "m shares", total=True)
    running: Floats = line("Running", "m shares")
    value: Floats = line("Value", total=True, form="whole money")
    claim: Floats = line("Claim", total=True, form="whole money")
    counted_as: Names = line("Counted as", "name")
    #: Debt that conversion removes, tax that net settlement pays in cash, and what holders are paid
    #: who do not take shares, USD millions.
    converted_debt: Floats
    tax_paid: Floats
    repaid: Floats

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
    p = np.asarray(price)
    part = met_at(p, securities, method).astype(float)
    return _bridge(p, securities, method, claims(p, securities, method, part), part)


@function
def equity_bridge(
    equity_value: Money, securities: Securities, method: Method = "treasury"
) -> Bridge:
    """What each security claims of an equity value: shares, debt or repayment.

    Parameters
    ----------
    equity_value
        Value of the equity; see PRICE_PER_SHARE.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    Bridge
        The bridge at the price that corresponds to the equity value. Its claims sum to that value.

    Notes
    -----
    A claim is the value of the shares, the tax paid for them and what is repaid, less the debt that
    conversion removes. Counted as says which it is, and whether a condition is met in part: then no
    price is consistent with all or nothing, and the tranche counts as far as the value supports it.
    Preferences that exceed the equity value share it in proportion.

    References
    ----------
    ASC 260-10-45-40, if-converted method. The example is a note of Nebius over 500 million,
    convertible at 51.45 and repaid at 120% (6-K of 2 June 2025).

    Examples
    --------
    >>> names, kinds = ["Common", "2029 notes"], ["common", "convertible"]
    >>> notes = Securities(names, kinds, [238, 9.718], [None, 51.45], repayment=[None, 61.74])
    >>> [equity_bridge(value, notes).counted_as[1] for value in (14_000, 15_000)]
    ['debt', 'shares']
    """
    value = np.asarray(equity_value)
    price = price_at(value, securities, method)
    found, part = claimed(value, price, securities, method)
    return _bridge(price, securities, method, found, part)


def _bridge(
    price: Floats, securities: Securities, method: str, found: Claims, part: Floats
) -> Bridge:
    """Return claims as a bridge."""
    net = found.net
    return Bridge(
        name=securities.name,
        kind=securities.kind,
        taking_part=found.taking_part,
        issued=found.issued,
        bought_back=found.bought_back,
        net=net,
        running=net.cumsum(-1),
        value=net * price[..., None],
        claim=found.of_equity(price),
        counted_as=_counted_as(price, securities, method, part),
        converted_debt=found.converted_debt,
        tax_paid=found.tax_paid,
        repaid=found.repaid,
    )


def _counted_as(price: Floats, securities: Securities, method: str, part: Floats) -> Any:
    """Say what each security counts as; shape (..., securities), names where there is one price."""
    p, role = price[..., None], securities.role
    if method == "basic":
        common = securities.basic > 0
        expected = np.broadcast_to(np.where(common, "shares", "not counted"), part.shape)
    else:
        exercised = (securities.strike < p) | (securities.strike == 0) | (method == "gross")
        turned = np.where(role["option"], exercised, securities.exchange <= p) | role["share"]
        unturned = 3 * role["option"] + 4 * role["convertible"] + 5 * role["preferred"]
        taken = np.where(turned, (part < 1) * 1, unturned)
        expected = STANDING[np.where(part > 0, taken, np.where(role["convertible"], 4, 2))]
    return tuple(expected.tolist()) if expected.ndim == 1 else expected


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
        price; convertible debt, preferred and puttable shares count as a whole when a share is
        worth at least their repayment, and otherwise not at all.

    Notes
    -----
    A blank is never read as a number: an option without a cost needs a typed strike of 0, and
    the columns Included, Withheld and Vests at, if present, must be filled in every row to which
    they apply.

    Withheld is the part of an RSU that is kept for tax: ``n (1 - w)`` shares are issued, and
    ``n w p`` is paid to the tax office in cash.

    A performance tranche counts if what its Condition measures reaches Vests at, and otherwise not
    at all, under both treasury and gross: the price, the market value of the common stock, the
    diluted market value with the tranche in it, or the day or capacity in Measured. Without the
    column Condition it is the market value.

    Repayment is what holders are paid for each share that they do not take: the accreted principal
    of convertible debt (its Strike if it is repaid at par), a liquidation preference, a put price.
    A capped call on convertible debt brings ``n (min(p, C) - K)`` above the conversion price K,
    and buys back shares with it; under gross it does not count.

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
        met = met_at(prices, securities, method)
        return total(claims(prices, securities, method, met).net)

    return in_blocks(shares, np.asarray(price), securities)


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
        Value of the equity after all debt, convertible debt included at its repayment, and before
        preferred and puttable shares. A negative value gives a negative price on the basic shares.
    method
        Which shares count; see DILUTED_SHARES.

    Returns
    -------
    ndarray, shape (...)
        Treasury: ``p = (E + sum n K) / (N + sum n)`` over the tranches that are in the money at p,
        found exactly by walking the strikes; converted debt adds to E, and the repayment of
        preferred and puttable shares is deducted from it.

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

    An equity value inside a jump is too large for the price just below the hurdle and too small to
    support the tranche as well. The answer is the hurdle price, at which the tranche counts in
    part: see EQUITY_BRIDGE. A diluted market value is the equity value plus converted debt, less
    repayments and tax, so that its hurdle is the price at which conversion has brought it there; of
    several prices, at each of which all conditions are met or not met as counted, or met in part,
    the lowest is returned.

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
    price = solved(np.asarray(equity_value), securities, method)
    if not np.count_nonzero(below := equity_value < 0):
        return price
    return np.asarray(np.where(below, equity_value / basic, price))
