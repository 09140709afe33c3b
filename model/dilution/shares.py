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

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, one_of, require, shown

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


@dataclass(frozen=True)
class Securities:
    """A company's securities, one per place on the last axis; make one with `Securities.of`."""

    name: tuple[str, ...]
    kind: tuple[str, ...]
    count: Floats
    strike: Floats
    included: Floats
    withheld: Floats
    vests_at: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        kind: Sequence[str],
        count: npt.ArrayLike,
        strike: npt.ArrayLike | None = None,
        included: npt.ArrayLike = 1.0,
        withheld: npt.ArrayLike = 0.0,
        vests_at: npt.ArrayLike = 0.0,
    ) -> Securities:
        """Check and collect a company's securities.

        Parameters
        ----------
        name, kind : sequence of str
            What each security is called, and its type: a key of `TYPES`.
        count : array_like, shape (..., securities)
            Shares in millions: outstanding, granted, as converted or on conversion.
        strike : array_like, shape (..., securities)
            USD per share; for convertible debt its face value per share on conversion. Options,
            warrants and convertibles must have one, 0 included; for common, RSUs and preferred
            it is left out (None or NaN) or 0.
        included : array_like, shape (..., securities)
            Share of the count that takes part, 0 to 1.
        withheld : array_like, shape (..., securities)
            Share of RSUs that is withheld for tax and paid in cash, 0 to 1.
        vests_at : array_like, shape (..., securities)
            Market value of the common stock, USD millions, at or above which the security
            counts; zero where there is no such condition.

        Raises
        ------
        InputError
            For an unknown type, a negative count, strike or market value, a share outside 0 to
            1, an option, warrant or convertible without a strike, a strike, a share withheld or
            a condition on a security that has none, or no common stock.
        """
        kinds = tuple(one_of("securities Type", k, TYPES) for k in kind)
        counts, strikes, shares, cut, hurdles = np.broadcast_arrays(
            floats("securities Count", count),
            strikes_of(name, kinds, strike, PRICED),
            floats("securities Included", included),
            floats("securities Withheld", withheld),
            floats("securities Vests at", vests_at),
        )
        made = cls(tuple(name), kinds, counts, strikes, shares, cut, hurdles)
        require(counts >= 0, "securities Count", "at least 0", counts)
        require(strikes >= 0, "securities Strike", "at least 0", strikes)
        require((shares >= 0) & (shares <= 1), "securities Included", "from 0 to 1", shares)
        require(
            (strikes == 0) | ~made.role["share"],
            "securities Strike",
            "blank or 0 for common, rsu and preferred",
            strikes,
        )
        if cut.any():
            require((cut >= 0) & (cut <= 1), "securities Withheld", "from 0 to 1", cut)
            settled = np.array([k == "rsu" for k in kinds])
            require((cut == 0) | settled, "securities Withheld", "blank or 0 except for rsu", cut)
        if hurdles.any():
            require(hurdles >= 0, "securities Vests at", "at least 0", hurdles)
            common = np.array([k == "common" for k in kinds])
            require((hurdles == 0) | ~common, "securities Vests at", "blank for common", hurdles)
        if not (made.basic.sum(-1) > 0).all():
            raise InputError("securities", "must hold common stock with a Count above 0")
        return made

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


def strikes_of(
    name: Sequence[str],
    kinds: Sequence[str],
    strike: npt.ArrayLike | None,
    priced: Collection[str],
) -> Floats:
    """Return strikes, 0 for what has none; refuse a blank one where it would count in full."""
    stated = np.asarray(np.nan if strike is None else strike, dtype=np.float64)
    blank = np.isnan(stated)
    missing = blank & np.array([kind in priced for kind in kinds], dtype=bool)
    if missing.any():
        place = missing.nonzero()[-1][0]
        raise InputError(
            "securities Strike",
            f"must be typed for {shown(name[place])} of type {kinds[place]!r} (0 if it has none), "
            "not left blank",
        )
    return floats("securities Strike", np.where(blank, 0.0, stated))


@dataclass(frozen=True)
class Bridge:
    """How each security adds to the count at a price; shapes (..., securities)."""

    taking_part: Floats
    issued: Floats
    bought_back: Floats
    net: Floats
    converted_debt: Floats
    tax_paid: Floats


def bridge(price: npt.ArrayLike, securities: Securities, method: str = "treasury") -> Bridge:
    """Shares that each security adds to the diluted count at a price.

    Parameters
    ----------
    price : array_like, shape (...)
        USD per share, at least 0.
    securities : Securities
        The company's securities.
    method : {"treasury", "gross", "basic"}
        Treatment of everything that is not common stock.

    Returns
    -------
    Bridge
        Shares taking part, issued, bought back and net (millions), the debt that conversion
        removes and the tax that net settlement pays in cash (USD millions), by security.

    Raises
    ------
    InputError
        For a negative price, or an unknown method.

    Examples
    --------
    >>> holders = Securities.of(["Common", "Options"], ["common", "option"], [100, 10], [0, 50])
    >>> bridge(100.0, holders).net
    array([100.,   5.])
    """
    method = one_of("method", method, METHODS)
    p = floats("price", price)
    require(p >= 0, "price", "at least 0", p)
    p = p[..., None]
    # Whether a condition on the market value is met is asked of the price, as the solution does.
    met = securities.hurdle <= p
    taking_part = np.where(met, securities.included_count, 0.0)
    if method == "basic":
        basic = np.broadcast_to(securities.basic, met.shape)
        zero = np.zeros_like(basic)
        return Bridge(taking_part, basic, zero, basic, zero, zero)
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
    return Bridge(
        taking_part=taking_part,
        issued=issued,
        bought_back=bought_back,
        net=issued - bought_back,
        converted_debt=converted * securities.strike,
        tax_paid=outright * securities.withheld * p,
    )


def diluted_shares(
    price: npt.ArrayLike, securities: Securities, method: str = "treasury"
) -> Floats:
    """Diluted shares at a price, millions; see `bridge`.

    Parameters
    ----------
    price, securities, method
        As in `bridge`.

    Returns
    -------
    ndarray, shape (...)
        Millions of shares.

    Raises
    ------
    InputError
        For what `bridge` refuses.

    Examples
    --------
    The treasury stock method on 10,000 options at 10 when the share trades at 15 adds 3,333.33
    shares (a worked example of the CFA curriculum):

    >>> holders = Securities.of(["Common", "Options"], ["common", "option"], [1e6, 1e4], [0, 10])
    >>> round(float(diluted_shares(15.0, holders)) - 1e6, 2)
    3333.33
    """
    return np.asarray(bridge(price, securities, method).net.sum(-1))


def market_cap(price: npt.ArrayLike, securities: Securities, method: str = "treasury") -> Floats:
    """Price times diluted shares, USD millions.

    Parameters
    ----------
    price, securities, method
        As in `bridge`.

    Returns
    -------
    ndarray, shape (...)
        ``price * diluted_shares(price, securities, method)``, USD millions.

    Raises
    ------
    InputError
        For what `bridge` refuses.
    """
    return np.asarray(floats("price", price) * diluted_shares(price, securities, method))


def price_per_share(
    equity_value: npt.ArrayLike, securities: Securities, method: str = "treasury"
) -> Floats:
    r"""Price at which the diluted shares are worth exactly the equity value, USD.

    Under the treasury stock method the holders' claim ``p N + sum n max(p - K, 0)`` is
    increasing, convex and piecewise linear in the price, so the price is the least of the lines
    through its pieces,

    .. math:: p = \min_k \frac{E + \sum_{i \le k} n_i K_i}{N + \sum_{i \le k} n_i},

    with the strikes in ascending order: exact, with no iteration. Convertible debt obeys the
    same equation, because its face leaves the debt when it is converted. RSUs count in full
    whatever is withheld: the cash for the tax is worth the shares that are not issued.

    Where tranches vest at a market value, the claim jumps at the price :math:`h` of each such
    hurdle. With :math:`p_j` the price when the hurdles up to :math:`h_j` count as passed,

    .. math:: p = \min_j \max(p_j, h_j), \qquad h_0 = 0.

    An equity value inside a jump is too large for the price just below the hurdle and too small
    to carry the tranche as well, and its answer is the hurdle price.

    Parameters
    ----------
    equity_value : array_like, shape (...)
        USD millions, after all debt including the face of convertible debt.
    securities : Securities
        The company's securities.
    method : {"treasury", "gross", "basic"}
        As in `bridge`.

    Returns
    -------
    ndarray, shape (...)
        USD per share. A negative equity value is spread over the basic shares alone, because
        nothing is exercised or vests into a negative price.

    Raises
    ------
    InputError
        For an unknown method, or an equity value that is not finite.

    Examples
    --------
    Damodaran's Google example (*Damodaran on Valuation*, 2nd ed., illustration 11.2):

    >>> kinds = ["common", "option"]
    >>> google = Securities.of(["Common", "Options"], kinds, [277.78, 25.61], [0, 24.41])
    >>> round(float(price_per_share(32187.0, google)), 2)
    108.15
    """
    method = one_of("method", method, METHODS)
    equity = floats("equity_value", equity_value)
    basic = securities.basic.sum(-1)
    if method == "basic":
        return np.asarray(equity / basic)
    hurdle = securities.hurdle
    price = _price(equity, securities, method, hurdle <= 0)
    for j in set(hurdle.nonzero()[-1].tolist()):
        own = hurdle[..., j]
        passed = _price(equity, securities, method, hurdle <= own[..., None])
        price = np.minimum(price, np.maximum(passed, own))
    return np.asarray(np.where(equity < 0, equity / basic, price))


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
