r"""Options and warrants at their full value: Black-Scholes, adjusted for the dilution they cause.

A company's own options are paid in new shares, so what they are worth depends on the value of
shares and options together, :math:`V = S n + \sum m_i W_i`, which holds what they are worth.
Two adjustments, by name:

``"price"``
    A call on the price after dilution, ``W = C(V / (n + m), K)`` (Damodaran).
``"payoff"``
    The part ``n / (n + m)`` of a call on all value per share, ``W = n / (n + m) C(V / n, K)``
    (Galai and Schneller): exactly what exercise at maturity pays, so worth more by the holders'
    own share of the strikes they pay in.

The circle is closed on :math:`V`. What the options are worth is convex in it with a slope below
one, so that Newton's method started from below climbs to the solution without overshooting.

The last axis of a count or strike is the tranche; whatever stands before it is the scenario axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, one_of, require

Adjustment = Literal["price", "payoff"]
ADJUSTMENTS: tuple[Adjustment, ...] = get_args(Adjustment)
#: Options bring their company a tax deduction when employees exercise them; warrants do not.
TYPES = ("option", "warrant")
#: The type of what is no option: it counts for nothing. A table of all securities has such rows.
NONE = "none"

#: Far more steps than the climb ever takes; it doubles its digits with each.
MOST_STEPS = 100
#: What rounding may leave of the equation, relative to the value: from there on, no step helps.
ROUNDING = 8 * np.finfo(np.float64).eps

_erfc = np.frompyfunc(math.erfc, 1, 1)


@dataclass(frozen=True)
class Options:
    """A company's options and warrants, one tranche per place; make one with `Options.of`."""

    name: tuple[str, ...]
    kind: tuple[str, ...]
    count: Floats
    strike: Floats
    years: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        count: npt.ArrayLike,
        strike: npt.ArrayLike,
        years: npt.ArrayLike,
        kind: Sequence[str] | None = None,
    ) -> Options:
        """Check and collect tranches of options.

        Parameters
        ----------
        name : sequence of str
            What each tranche is called.
        count : array_like, shape (..., tranches)
            Options in millions.
        strike, years : array_like, shape (..., tranches)
            USD per share, and expected life in years.
        kind : sequence of str, optional
            Type of each tranche, from `TYPES`, or `NONE`; options if omitted.
        """
        known = (*TYPES, NONE)
        kinds = tuple(one_of("options Type", k, known) for k in kind or ["option"] * len(name))
        counts, strikes, lives = np.broadcast_arrays(
            floats("options Count", count),
            floats("options Strike", strike),
            floats("options Years", years),
        )
        require(counts >= 0, "options Count", "at least 0", counts)
        require(strikes >= 0, "options Strike", "at least 0", strikes)
        require((lives >= 0) & (lives <= 100), "options Years", "from 0 to 100", lives)
        held = np.array([k != NONE for k in kinds], dtype=bool)
        return cls(tuple(name), kinds, counts * held, strikes * held, lives * held)

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """Whether each place is an option or a warrant."""
        return np.array([k != NONE for k in self.kind], dtype=bool)

    @property
    def total(self) -> Floats:
        """All options, millions."""
        return np.asarray(self.count.sum(-1))


@dataclass(frozen=True)
class Terms:
    """What the market says about a share; make one with `Terms.of`."""

    volatility: Floats
    risk_free: Floats
    dividend_yield: Floats

    @classmethod
    def of(
        cls,
        volatility: npt.ArrayLike,
        risk_free: npt.ArrayLike,
        dividend_yield: npt.ArrayLike = 0.0,
    ) -> Terms:
        """Check fractions a year, the rates compounded continuously."""
        sigma, rate, pay_out = (
            floats("volatility", volatility),
            floats("risk_free", risk_free),
            floats("dividend_yield", dividend_yield),
        )
        require((sigma >= 0) & (sigma <= 10), "volatility", "a fraction from 0 to 10", sigma)
        require(np.abs(rate) < 1, "risk_free", "a fraction between -1 and 1", rate)
        require((pay_out >= 0) & (pay_out < 1), "dividend_yield", "from 0 to below 1", pay_out)
        return cls(sigma, rate, pay_out)


@dataclass(frozen=True)
class Call:
    """A call's value and what it is made of; all of one shape."""

    d1: Floats
    d2: Floats
    n1: Floats
    n2: Floats
    value: Floats
    #: Change of the value with the price.
    delta: Floats


@dataclass(frozen=True)
class OptionValue:
    """Options at a share price; shapes (..., tranches), the first two fields (...)."""

    price: Floats
    adjusted_price: Floats
    call: Call
    per_option: Floats
    value: Floats
    after_tax: Floats
    exercise_value: Floats
    time_value: Floats


class _Fixed(NamedTuple):
    """What a call's value depends on beside the price of the share."""

    kept: Floats
    paid: Floats
    spread: Floats


class _Solved(NamedTuple):
    """Value of shares and options together, and the options that belong to it."""

    whole: Floats
    per_option: Floats
    call: Call


def normal_cdf(x: npt.ArrayLike) -> Floats:
    """Probability that a standard normal variable is at most x, to the last digit of a double.

    Examples
    --------
    >>> round(float(normal_cdf(0.7693)), 4)
    0.7791
    """
    scaled = np.asarray(x, dtype=np.float64) / -math.sqrt(2.0)
    return np.asarray(_erfc(scaled), dtype=np.float64) / 2.0


def black_scholes(
    price: npt.ArrayLike, strike: npt.ArrayLike, years: npt.ArrayLike, terms: Terms
) -> Call:
    r"""Value a European call.

    .. math:: C = S e^{-qT} N(d_1) - K e^{-rT} N(d_2), \qquad
              d_{1,2} = \frac{\ln (S / K) + (r - q) T}{\sigma \sqrt T} \pm \frac{\sigma \sqrt T}{2}

    Where nothing is uncertain (no strike, no time, no volatility), :math:`d` is infinite and the
    value that of certain exercise or none.

    Examples
    --------
    Hull, *Options, Futures, and Other Derivatives*, example 15.6:

    >>> round(float(black_scholes(42.0, 40.0, 0.5, Terms.of(0.2, 0.1)).value), 2)
    4.76
    """
    s, k, t = floats("price", price), floats("strike", strike), floats("years", years)
    return _call(s, _fixed(k, t, terms))


def _fixed(strike: Floats, years: Floats, terms: Terms) -> _Fixed:
    return _Fixed(
        kept=np.exp(-terms.dividend_yield * years),
        paid=np.exp(-terms.risk_free * years) * strike,
        spread=terms.volatility * np.sqrt(years),
    )


def _call(s: Floats, fixed: _Fixed) -> Call:
    kept, paid, spread = fixed
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.log(s * kept / paid) / spread + spread / 2.0
    # Nothing against nothing, or a certain price at its strike: worth nothing either way.
    d1 = np.where(np.isnan(d1), np.inf, d1)
    d2 = d1 - spread
    n1, n2 = normal_cdf(d1), normal_cdf(d2)
    value = np.maximum(s * kept * n1 - paid * n2, 0.0)
    return Call(d1, d2, n1, n2, np.asarray(value), np.asarray(kept * n1))


def at_price(
    price: npt.ArrayLike,
    options: Options,
    shares: npt.ArrayLike,
    terms: Terms,
    tax_rate: npt.ArrayLike = 0.0,
    adjustment: str = "price",
) -> OptionValue:
    """Value options at the price of the share.

    Parameters
    ----------
    price : array_like, shape (...)
        USD per share, at least 0.
    options : Options
        The tranches.
    shares : array_like, shape (...)
        Millions of shares beside the options, above 0.
    terms : Terms
        Volatility, risk-free rate and dividend yield.
    tax_rate : array_like, shape (...)
        Rate at which the exercise of employees' options is deducted, 0 to 1.
    adjustment : {"price", "payoff"}
        How dilution enters.

    Returns
    -------
    OptionValue

    Raises
    ------
    InputError
        For shares that are not above 0, a negative price, a tax rate outside 0 to 1, or an unknown
        adjustment.

    Examples
    --------
    Cisco in 2005, 1,436 million options (*Damodaran on Valuation*, illustration 11.3):

    >>> cisco = Options.of(["Options"], [1436.0], [25.02], [2.58])
    >>> at = at_price(17.67, cisco, 6487.0, Terms.of(0.45, 0.0425))
    >>> round(float(at.per_option[0]), 2), round(float(at.value[0]))
    (2.27, 3257)
    """
    p, n = floats("price", price), _shares(shares)
    require(p >= 0, "price", "at least 0", p)
    solved = _all_value(p * n, np.ones(()), options, n, terms, adjustment)
    return _valued(p, solved, options, n, _rate(tax_rate), adjustment)


def at_value(
    equity_value: npt.ArrayLike,
    options: Options,
    shares: npt.ArrayLike,
    terms: Terms,
    tax_rate: npt.ArrayLike = 0.0,
    adjustment: str = "price",
) -> OptionValue:
    r"""Value options at the value per share that is left when they are subtracted.

    With the tax deduction :math:`\tau_i`, shares and options are together worth

    .. math:: V = E + \sum \tau_i m_i W_i(V),

    so that without tax there is nothing to iterate but the options' own dilution.

    Parameters
    ----------
    equity_value : array_like, shape (...)
        USD millions for shares and options together, at least 0.
    options, shares, terms, tax_rate, adjustment
        As in `at_price`.

    Returns
    -------
    OptionValue
        With the value per share as its price.

    Raises
    ------
    InputError
        For a negative equity value, and what `at_price` refuses of the other arguments.

    Examples
    --------
    Google in 2005 (*Damodaran on Valuation*, illustration 11.3, iterated value):

    >>> google = Options.of(["Options"], [25.61], [24.41], [4.5])
    >>> at = at_value(32_187.0, google, 277.78, Terms.of(0.55, 0.0425), 0.35)
    >>> round(float(at.price), 2), round(float(at.after_tax[0]))
    (110.47, 1502)
    """
    equity, n, rate = floats("equity_value", equity_value), _shares(shares), _rate(tax_rate)
    require(equity >= 0, "equity_value", "at least 0", equity)
    solved = _all_value(equity, _deducted(options, rate), options, n, terms, adjustment)
    price = (solved.whole - (options.count * solved.per_option).sum(-1)) / n
    return _valued(price, solved, options, n, rate, adjustment)


def _shares(shares: npt.ArrayLike) -> Floats:
    n = floats("shares", shares)
    require(n > 0, "shares", "above 0", n)
    return n


def _rate(tax_rate: npt.ArrayLike) -> Floats:
    rate = floats("tax_rate", tax_rate)
    require((rate >= 0) & (rate <= 1), "tax_rate", "from 0 to 1", rate)
    return rate


def _deducted(options: Options, rate: Floats) -> Floats:
    """Return the part of each tranche's value that the company saves in tax."""
    return rate[..., None] * np.array([k == "option" for k in options.kind], dtype=np.float64)


def _per_option(
    whole: Floats, options: Options, shares: Floats, fixed: _Fixed, adjustment: str
) -> tuple[Floats, Call]:
    """Value one option of each tranche, given the value of shares and options together."""
    part = shares / (shares + options.total) if adjustment == "payoff" else np.ones(())
    base = _adjusted(whole, options, shares, adjustment)
    call = _call(base[..., None], fixed)
    return np.asarray(part[..., None] * call.value), call


def _adjusted(whole: Floats, options: Options, shares: Floats, adjustment: str) -> Floats:
    return np.asarray(whole / (shares if adjustment == "payoff" else shares + options.total))


def _all_value(
    own: Floats, part: Floats, options: Options, shares: Floats, terms: Terms, adjustment: str
) -> _Solved:
    """Solve V = own + sum of part * count * W(V)."""
    one_of("adjustment", adjustment, ADJUSTMENTS)
    whole = own = floats("the value of all shares", own)
    each = Terms(*(x[..., None] for x in (terms.volatility, terms.risk_free, terms.dividend_yield)))
    fixed = _fixed(options.strike, options.years, each)
    counted = part * options.count
    diluted = (shares + options.total)[..., None]
    for _ in range(MOST_STEPS):
        per_option, call = _per_option(whole, options, shares, fixed, adjustment)
        missing = own + (counted * per_option).sum(-1) - whole
        if not (missing > ROUNDING * whole).any():
            return _Solved(np.asarray(whole), per_option, call)
        # By either adjustment the slope of an option in V is its delta over all shares.
        whole = whole + missing / (1.0 - (counted * call.delta / diluted).sum(-1))
    raise InputError("the result", "is not defined for these inputs", "#NUM!")


def _valued(
    price: Floats,
    solved: _Solved,
    options: Options,
    shares: Floats,
    rate: Floats,
    adjustment: str,
) -> OptionValue:
    value = options.count * solved.per_option
    exercise = options.count * np.maximum(price[..., None] - options.strike, 0.0)
    return OptionValue(
        price=price,
        adjusted_price=_adjusted(solved.whole, options, shares, adjustment),
        call=solved.call,
        per_option=solved.per_option,
        value=value,
        after_tax=value * (1.0 - _deducted(options, rate)),
        exercise_value=exercise,
        time_value=value - exercise,
    )
