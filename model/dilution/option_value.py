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

The last axis of a count or strike is the tranche; any axis before it is the scenario axis.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from model.arrays import between, total
from model.dilution.black_scholes import Call, Contract, Terms, black_scholes
from model.dilution.securities import fill_strikes
from model.errors import Floats, InputError
from model.fields import ZERO, Field, Names, Part, Price, Rate, SharesIssued, column, line
from model.functions import function
from model.tables import Listing, Table

Adjustment = Literal["price", "payoff"]
#: Standard deviation of a share's return in a year.
Volatility = Annotated[Floats, Field("fraction", low=0, high=10)]
DividendYield = Annotated[Floats, Field("fraction", low=0, below=1)]
#: Options bring their company a tax deduction when employees exercise them; warrants do not.
TYPES = ("option", "warrant")
#: The type of rows that are not options and are ignored, as in a table of all securities.
NONE = "none"

#: Far more steps than the climb ever takes; it doubles its digits with each.
MOST_STEPS = 100
#: What rounding may leave of the equation, relative to the value: from there on, no step helps.
ROUNDING = 8 * np.finfo(np.float64).eps
#: Where N(d) is 1 to the last digit; without strike, time or volatility d is infinite.
LARGEST_D = 40.0


class Options(Table):
    """A company's options and warrants, one tranche a row."""

    name: Names = column("Tranche", "name", "Name of the tranche.", key=True)
    count: Floats = column("Count", "m shares", "Options.", low=0)
    strike: Floats = column("Strike", "USD", "Price paid for a share.", low=0, blank=np.nan)
    years: Floats = column("Years", "years", "Expected life.", low=0, high=100, blank=np.nan)
    kind: Names = column(
        "Type",
        "name",
        "Option, whose exercise by employees is deducted from taxable income; warrant; or none: "
        "no option.",
        choices=(*TYPES, NONE),
        default="option",
        blank="option",
    )

    def check(self) -> None:
        """Refuse a missing strike or life; rows that are not options need neither."""
        held = self.held
        fill_strikes(self, TYPES)
        self.fill("years", 0.0, held)
        self.align("count", "strike", "years")
        self._put(count=self.count * held, strike=self.strike * held, years=self.years * held)

    @cached_property
    def held(self) -> npt.NDArray[np.bool_]:
        """Whether each row is an option or a warrant."""
        return np.array([k != NONE for k in self.kind], dtype=bool)

    @cached_property
    def employees(self) -> Floats:
        """1 for what employees hold, 0 for what others do."""
        return np.array([k == "option" for k in self.kind], dtype=np.float64)

    @cached_property
    def total(self) -> Floats:
        """All options, millions."""
        return np.asarray(self.count.sum(-1))


class OptionValues(Listing):
    """Options at a share price, zero for other rows; shapes (..., tranches)."""

    totals = ("All options",)
    rows_of = "options"

    name: Names = line("Tranche", "name")
    count: Floats = line("Count", "m shares", total=True)
    strike: Floats = line("Strike", "USD", form="small price")
    years: Floats = line("Years", "years")
    adjusted_price: Floats = line("Adjusted price", "USD")
    d1: Floats = line("d1", "number", form="factor")
    d2: Floats = line("d2", "number", form="factor")
    n1: Floats = line("N(d1)", "number", form="factor")
    n2: Floats = line("N(d2)", "number", form="factor")
    per_option: Floats = line("Value per option", "USD")
    value: Floats = line("Value", total=True)
    after_tax: Floats = line("After tax", total=True)
    exercise_value: Floats = line("Exercise value", total=True)
    time_value: Floats = line("Time value", total=True)
    #: Price of a share, and the price after dilution, shapes (...).
    price: Floats
    diluted_price: Floats


@function
def option_value_diluted(
    price: Price,
    options: Options,
    shares: SharesIssued,
    volatility: Volatility,
    risk_free: Rate,
    dividend_yield: DividendYield = ZERO,
    tax_rate: Part = ZERO,
    adjustment: Adjustment = "price",
) -> OptionValues:
    """Value of options and warrants by Black-Scholes adjusted for their dilution, line by line.

    Parameters
    ----------
    price
        Share price.
    shares
        Shares without the options.
    volatility
        Standard deviation of the return in a year.
    risk_free
        Risk-free rate a year for the life of the options, compounded continuously.
    dividend_yield
        Dividends of a year over price, compounded continuously.
    tax_rate
        Rate at which the value of employees' options is deducted.
    adjustment
        price: a call on the price after dilution; payoff: shares / (shares + options) of a call on
        the value of shares and options together, per share.

    Returns
    -------
    OptionValues
        d1 and d2 end at 40 and -40, where N(d) is 1 and 0 to the last digit: without strike, time
        or volatility they are infinite.

    Notes
    -----
    ``S* = (S n + sum m W) / (n + sum m)`` and ``W = C(S*, K)`` are solved together, to the last
    digits of a double. The adjustment payoff has ``W = n / (n + sum m) C((S n + sum m W) / n, K)``
    instead, which is what exercise at maturity pays, and is never below the other. The time value
    is what the options are worth beyond exercise at today's price; it is negative if dilution costs
    more than the time is worth.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 11.3, for price; D. Galai and
    M. Schneller, Journal of Finance 33 (1978), for payoff.

    Examples
    --------
    Cisco in 2005: 2.27 an option, 3,257 in all, 2,058 after tax (illustration 11.3):

    >>> held = Options(["Options"], [1_436], [25.02], [2.58])
    >>> cisco = option_value_diluted(17.67, held, 6_487, 0.45, 0.0425, 0, 0.368)
    >>> cisco.per_option.round(2), cisco.value.round(), cisco.after_tax.round()
    (array([2.27]), array([3257.]), array([2058.]))
    """
    circle = Circle(options, shares, Terms(volatility, risk_free, dividend_yield), adjustment)
    return circle.valued(price, circle.at_price(price), tax_rate)


def at_value(
    equity_value: Floats,
    options: Options,
    shares: Floats,
    terms: Terms,
    tax_rate: Floats = ZERO,
    adjustment: Adjustment = "price",
) -> OptionValues:
    r"""Value options at the value per share that is left when they are subtracted.

    With the tax deduction :math:`\tau_i`, shares and options are together worth

    .. math:: V = E + \sum \tau_i m_i W_i(V),

    so that without tax there is nothing to iterate but the options' own dilution.

    Examples
    --------
    Google in 2005 (*Damodaran on Valuation*, illustration 11.3, iterated value):

    >>> google = Options(["Options"], [25.61], [24.41], [4.5])
    >>> at = at_value(32_187.0, google, 277.78, Terms(0.55, 0.0425, 0.0), 0.35)
    >>> round(float(at.price), 2), round(float(at.after_tax[0]))
    (110.47, 1502)
    """
    circle = Circle(options, shares, terms, adjustment)
    with np.errstate(all="ignore"):
        return circle.valued(*circle.at_value(equity_value, tax_rate), tax_rate)


def _deducted(options: Options, tax_rate: Floats) -> Floats:
    """Return the part of each tranche's value that the company saves in tax."""
    return np.asarray(tax_rate)[..., None] * options.employees


class Solved(NamedTuple):
    """Value of shares and options together, and the options that belong to it."""

    whole: Floats
    per_option: Floats
    call: Call


class Circle:
    """Options whose value depends on the value of shares and options together."""

    def __init__(
        self, options: Options, shares: Floats, terms: Terms, adjustment: Adjustment
    ) -> None:
        self.options, self.shares = options, shares
        each = Terms(*(np.asarray(term)[..., None] for term in terms))
        self.contract = Contract.of(options.strike, options.years, each)
        self.everyone = shares + options.total
        # What exercise at maturity pays is a part of a call on all value per share.
        payoff = adjustment == "payoff"
        self.over = shares if payoff else self.everyone
        self.of_call = (shares / self.everyone)[..., None] if payoff else np.ones(1)

    def at_price(self, price: Floats) -> Solved:
        """Solve at a share price."""
        return self._solved(price * self.shares, np.ones(()))

    def at_value(self, equity_value: Floats, tax_rate: Floats) -> tuple[Floats, Solved]:
        """Solve at the value per share that is left without the options, and return it too."""
        solved = self._solved(equity_value, _deducted(self.options, tax_rate))
        left = solved.whole - (self.options.count * solved.per_option).sum(-1)
        return left / self.shares, solved

    def _solved(self, own: Floats, part: Floats) -> Solved:
        """Solve V = own + sum of part * count * W(V)."""
        counted = part * self.options.count
        priced, diluted = np.asarray(self.over)[..., None], np.asarray(self.everyone)[..., None]
        whole = own
        for _ in range(MOST_STEPS):
            call = black_scholes(np.asarray(whole)[..., None] / priced, self.contract)
            per_option = self.of_call * call.value
            missing = own + total(counted * per_option) - whole
            if not np.count_nonzero(missing > ROUNDING * whole):
                return Solved(whole, per_option, call)
            # By either adjustment the slope of an option in V is its delta over all shares.
            whole = whole + missing / (1.0 - total(counted * call.delta / diluted))
        raise InputError("the result", "is not defined for these inputs", "number")

    def adjusted(self, whole: Floats) -> Floats:
        """Price of a share on which a call is an option."""
        return np.asarray(whole / self.over)

    def worth(self, solved: Solved, tax_rate: Floats) -> tuple[Floats, Floats]:
        """Value of each tranche, before and after tax."""
        value = self.options.count * solved.per_option
        return value, value * (1.0 - _deducted(self.options, tax_rate))

    def valued(self, price: Floats, solved: Solved, tax_rate: Floats) -> OptionValues:
        """Value the options at a price, line by line."""
        options, call = self.options, solved.call
        adjusted = self.adjusted(solved.whole)
        value, after_tax = self.worth(solved, tax_rate)
        exercise = options.count * np.maximum(np.asarray(price)[..., None] - options.strike, 0.0)
        lines = (
            options.count,
            options.strike,
            options.years,
            np.asarray(adjusted)[..., None],
            between(-LARGEST_D, call.d1, LARGEST_D),
            between(-LARGEST_D, call.d2, LARGEST_D),
            call.n1,
            call.n2,
            solved.per_option,
            value,
            after_tax,
            exercise,
            value - exercise,
        )
        held = (np.where(options.held, of_all, 0.0) for of_all in lines)
        return OptionValues(options.name, *held, price=price, diluted_price=adjusted)
