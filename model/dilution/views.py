"""Value per share by several views of dilution, including the full value of options."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from model.arrays import side_by_side, total
from model.dilution.black_scholes import Terms
from model.dilution.claims import Claims
from model.dilution.option_value import (
    Adjustment,
    Circle,
    DividendYield,
    Options,
    Volatility,
)
from model.dilution.securities import Securities
from model.dilution.shares import price_at
from model.dilution.solution import claimed
from model.errors import Floats, InputError, nearest, shown
from model.fields import ZERO, Amount, Names, Part, Price, Rate, SharesIssued, column, line
from model.functions import function
from model.tables import Listing, Schedule, Table


class ValueLessOptions(Schedule):
    """From the equity value to the value per share; shapes (..., 2)."""

    title = "Line"

    equity_value: Floats = line("Equity value")
    price: Floats = line("Price at which options are valued", "USD")
    diluted_price: Floats = line("Price after dilution", "USD")
    value: Floats = line("Value of options")
    deduction: Floats = line("Tax deduction")
    after_tax: Floats = line("Value of options after tax")
    left: Floats = line("Equity left to the shares")
    shares: Floats = line("Shares", "m shares")
    per_share: Floats = line("Value per share", "USD", total=True)


@function
def equity_less_options(
    equity_value: Amount,
    price: Price,
    options: Options,
    shares: SharesIssued,
    volatility: Volatility,
    risk_free: Rate,
    dividend_yield: DividendYield = ZERO,
    tax_rate: Part = ZERO,
    adjustment: Adjustment = "price",
) -> ValueLessOptions:
    """Value per share with the value of options subtracted, at the market price and iterated.

    Parameters
    ----------
    equity_value
        Value of the equity that belongs to shares and options together.
    price
        Share price at which the market values the options.
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
        How dilution enters; see OPTION_VALUE_DILUTED.

    Returns
    -------
    ValueLessOptions
        From the equity value to the value per share, in two columns: with the options valued at
        the market price, and at the value per share that results.

    Notes
    -----
    Options at the market's price are inconsistent with your own equity value if the two prices
    differ. The second column solves ``n v + (1 - t) sum m W(v) = E`` for the value per share v.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 11.3.

    Examples
    --------
    Google in 2005, with shares at 295.97: 99.44, and 110.47 iterated (illustration 11.3):

    >>> google = Options(["Options"], [25.61], [24.41], [4.5])
    >>> made = equity_less_options(32_187, 295.97, google, 277.78, 0.55, 0.0425, 0, 0.35)
    >>> made.per_share.round(2)
    array([ 99.44, 110.47])
    """
    circle = Circle(options, shares, Terms(volatility, risk_free, dividend_yield), adjustment)
    columns = []
    for at, solved in (
        (price, circle.at_price(price)),
        circle.at_value(equity_value, tax_rate),
    ):
        value, after_tax = (
            np.where(options.held, each, 0.0).sum(-1) for each in circle.worth(solved, tax_rate)
        )
        left = equity_value - after_tax
        columns.append((
            *(equity_value, at, circle.adjusted(solved.whole), value, value - after_tax, after_tax),
            *(left, shares, left / shares),
        ))  # fmt: skip
    lines = (side_by_side(*both) for both in zip(*columns, strict=True))
    return ValueLessOptions(*lines, across=("At the market price", "At the value itself"))


class Lives(Table):
    """Expected lives of options, warrants and convertibles; others may be blank or left out."""

    name: Names = column("Security", "name", "Its name in the table of securities.", key=True)
    years: Floats = column("Years", "years", "Expected life.", low=0, high=100, blank=np.nan)

    def of(self, securities: Securities, places: Any) -> Floats:
        """Return the lives of some of the securities, by name."""
        names = [name.casefold() for name in securities.name]
        known = dict(zip((name.casefold() for name in self.name), self.years.tolist(), strict=True))
        for name, folded in zip(self.name, known, strict=True):
            if names.count(folded) != 1:
                problem = (
                    f"must name one of securities, but there are two named {shown(name)}"
                    if folded in names
                    else f"must be one of securities, not {shown(name)}"
                    f"{nearest(name, securities.name)}"
                )
                raise InputError("lives Security", problem)
        for i in places:
            if math.isnan(known.get(names[i], math.nan)):
                raise InputError(
                    "lives", f"must hold the life of {shown(securities.name[i])} in years"
                )
        return np.array([known[names[i]] for i in places])


class Views(Listing):
    """Value per share by each view; shapes (..., 4)."""

    labels = ("Primary", "Gross", "Treasury", "Option value")

    view: Names = line("View", "name")
    shares: Floats = line("Shares", "m shares")
    value: Floats = line("Value of the shares")
    per_share: Floats = line("Value per share", "USD")
    against_primary: Floats = line("Against primary", "fraction")


@function
def equity_per_share_views(
    equity_value: Amount,
    securities: Securities,
    lives: Lives,
    volatility: Volatility,
    risk_free: Rate,
    dividend_yield: DividendYield = ZERO,
    tax_rate: Part = ZERO,
    adjustment: Adjustment = "price",
) -> Views:
    """Value per share by four views of dilution: primary, gross, treasury and option value.

    Parameters
    ----------
    equity_value
        Value of the equity after all debt, the face of convertible debt included.
    lives
        Expected lives of all options, warrants and convertibles among the securities.
    volatility
        Standard deviation of the return in a year.
    risk_free
        Risk-free rate a year for the life of the options, compounded continuously.
    dividend_yield
        Dividends of a year over price, compounded continuously.
    tax_rate
        Rate at which the value of employees' options is deducted.
    adjustment
        How dilution enters the value of options; see OPTION_VALUE_DILUTED.

    Raises
    ------
    InputError
        For a negative equity value, a life that is missing, lives of names that the securities
        lack, and what OPTION_VALUE_DILUTED refuses.

    Notes
    -----
    Primary: common stock alone. Gross: every option counts and pays nothing. Treasury: the price
    at which diluted shares are worth the equity value, so that nothing out of the money counts.
    Option value: what options, warrants and the right to convert are worth, after tax for
    employees' options, is subtracted at the value per share that results; tranches with a
    condition take part if the treasury view meets it.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustrations 11.1 to 11.3. He prints 12.82
    for Cisco by the treasury stock method, which exercises options at 25.02; out of the money
    as they are, the answer is the primary value.

    Examples
    --------
    >>> kinds = ["common", "option"]
    >>> cisco = Securities(["Common", "Options"], kinds, [6_487, 1_436], [None, 25.02])
    >>> lives = Lives(["Options"], [2.58])
    >>> equity_per_share_views(65_622, cisco, lives, 0.45, 0.0425, 0, 0.368).per_share.round(2)
    array([10.12,  8.28, 10.12, 10.06])
    """
    counts = [securities.outstanding]
    prices = [price_at(equity_value, securities, "basic")]
    for method in ("gross", "treasury"):
        prices.append(price_at(equity_value, securities, method))
        counted, _ = claimed(equity_value, prices[-1], securities, method)
        counts.append(total(counted.net))
    terms = Terms(volatility, risk_free, dividend_yield)
    options = _claims(securities, counted, lives)
    outright = ~(securities.role["option"] | securities.role["convertible"])
    # RSUs count in full: the cash that pays their tax is worth the shares that are withheld.
    # Preferred and puttable shares count where treasury counts them, and are repaid elsewhere.
    owned = counted.taking_part
    if "preferred" in securities.has:
        owned = np.where(securities.role["preferred"], counted.issued, owned)
    circle = Circle(options, total(owned * outright), terms, adjustment)
    left = np.maximum(equity_value - total(counted.repaid), 0.0)
    prices.append(circle.at_value(left, tax_rate)[0])
    counts.append(total(counted.net * outright))
    shares, price = side_by_side(*counts), side_by_side(*prices)
    primary = price[..., :1]
    against = np.where(primary != 0, price / primary, 1.0) - 1.0
    return Views(Views.labels, shares, shares * price, price, against)


def _claims(securities: Securities, counted: Claims, lives: Lives) -> Options:
    """Return what is not owned outright, as far as it takes part."""
    places = np.flatnonzero(securities.role["option"] | securities.role["convertible"])
    kinds = (securities.kind[i] for i in places)
    options = Options.known(
        name=tuple(securities.name[i] for i in places),
        count=counted.taking_part[..., places],
        strike=securities.exchange[..., places],
        years=lives.of(securities, places),
        kind=tuple("option" if kind == "option" else "warrant" for kind in kinds),
    )
    options.align("count", "strike", "years")
    return options
