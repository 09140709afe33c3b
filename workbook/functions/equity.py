"""Options at their full value, and the value per share that they leave."""

from __future__ import annotations

import numpy as np

from model.dilution import option_value
from model.dilution import shares as dilution
from model.dilution.option_value import Adjustment, Options, Terms
from model.dilution.shares import price_per_share
from model.errors import InputError, require
from workbook.arguments import Rows, listing
from workbook.functions.declare import function
from workbook.tables.core import Securities
from workbook.tables.equity import LifeTable, Lives, OptionTable


@function
def option_value_diluted(
    price: float,
    options: OptionTable,
    shares: float,
    volatility: float,
    risk_free: float,
    dividend_yield: float = 0.0,
    tax_rate: float = 0.0,
    adjustment: Adjustment = "price",
) -> Rows:
    """Value of options and warrants by Black-Scholes adjusted for their dilution, line by line.

    Parameters
    ----------
    price : number, USD
        Share price, at least 0.
    options : table, m and USD
        Table with headers Tranche, Count, Strike, Years and optionally Type. Years: expected
        life. Type: option (the default), whose exercise by employees is deducted from taxable
        income, warrant, or none: no option, a row of zeros.
    shares : number, m
        Shares beside the options, above 0.
    volatility : number, fraction a year
        Standard deviation of the return, 0 to 10.
    risk_free : number, fraction a year
        Riskless rate for the life of the options, compounded continuously.
    dividend_yield : number, fraction a year, optional
        Dividends over price, compounded continuously.
    tax_rate : number, fraction, optional
        Rate at which the value of employees' options is deducted, 0 to 1.
    adjustment : {"price", "payoff"}, optional
        price: a call on the price after dilution; payoff: shares / (shares + options) of a call
        on the value of shares and options together, per share.

    Returns
    -------
    table
        A row for each tranche: the price after dilution, d1, d2, N(d1), N(d2), value per option,
        value of all, after tax, value on exercise today and time value; and a total. d1 and d2
        end at 40 and -40, where N(d) is 1 and 0 to the last digit: without strike, time or
        volatility they are infinite.

    Raises
    ------
    InputError
        For shares that are not above 0, a negative price, count or strike, a life outside 0 to 100
        years, a riskless rate not between -1 and 1, or a yield not from 0 to below 1.

    Notes
    -----
    ``S* = (S n + sum m W) / (n + sum m)`` and ``W = C(S*, K)`` are solved together, to the last
    digits of a double. The adjustment payoff has ``W = n / (n + sum m) C((S n + sum m W) / n, K)``
    instead, which is what exercise at maturity pays, and is never below the other. The time
    value is what the options are worth beyond exercise at today's price; where dilution costs
    more than time is worth, it is negative.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 11.3, for price; D. Galai and
    M. Schneller, Journal of Finance 33 (1978), for payoff.

    Examples
    --------
    Cisco in 2005: 2.27 an option, 3,257 in all, 2,058 after tax (illustration 11.3):

    >>> table = [["Tranche", "Count", "Strike", "Years"], ["Options", 1_436, 25.02, 2.58]]
    >>> cisco = option_value_diluted(17.67, table, 6_487, 0.45, 0.0425, 0, 0.368)[1]
    >>> round(cisco[9], 2), round(cisco[10]), round(cisco[11])
    (2.27, 3257, 2058)
    """
    terms = Terms.of(volatility, risk_free, dividend_yield)
    at = option_value.at_price(price, options, shares, terms, tax_rate, adjustment)
    call = at.call
    lines = [
        *(
            options.count,
            options.strike,
            options.years,
            np.full(options.count.shape, at.adjusted_price),
        ),
        *(np.clip(call.d1, -40.0, 40.0), np.clip(call.d2, -40.0, 40.0), call.n1, call.n2),
        *(at.per_option, at.value, at.after_tax, at.exercise_value, at.time_value),
    ]
    lines = [np.where(options.held, of_all, 0.0) for of_all in lines]
    sums = (at.value, at.after_tax, at.exercise_value, at.time_value)
    return listing(
        [
            *("Tranche", "Count", "Strike", "Years", "Adjusted price", "d1", "d2", "N(d1)"),
            *("N(d2)", "Value per option", "Value", "After tax", "Exercise value", "Time value"),
        ],
        *([name, *row] for name, *row in zip(options.name, *lines, strict=True)),
        ["All options", options.total, *[None] * 8, *(x.sum() for x in sums)],
    )


@function
def equity_less_options(
    equity_value: float,
    price: float,
    options: OptionTable,
    shares: float,
    volatility: float,
    risk_free: float,
    dividend_yield: float = 0.0,
    tax_rate: float = 0.0,
    adjustment: Adjustment = "price",
) -> Rows:
    """Value per share with the value of options subtracted, at the market price and iterated.

    Parameters
    ----------
    equity_value : number, USD m
        Value of the equity that shares and options have together, at least 0.
    price : number, USD
        Share price at which the market values the options, at least 0.
    options : table, m and USD
        Table with headers Tranche, Count, Strike, Years and optionally Type; see
        OPTION_VALUE_DILUTED.
    shares : number, m
        Shares beside the options, above 0.
    volatility : number, fraction a year
        Standard deviation of the return, 0 to 10.
    risk_free : number, fraction a year
        Riskless rate for the life of the options, compounded continuously.
    dividend_yield : number, fraction a year, optional
        Dividends over price, compounded continuously.
    tax_rate : number, fraction, optional
        Rate at which the value of employees' options is deducted, 0 to 1.
    adjustment : {"price", "payoff"}, optional
        How dilution enters; see OPTION_VALUE_DILUTED.

    Returns
    -------
    table
        From the equity value to the value per share, in two columns: with the options valued at
        the market price, and at the value per share that results.

    Raises
    ------
    InputError
        For a negative equity value, and what OPTION_VALUE_DILUTED refuses.

    Notes
    -----
    The market's options against one's own equity value are inconsistent if the two prices
    differ. The second column solves ``n v + (1 - t) sum m W(v) = E`` for the value per share v.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 11.3.

    Examples
    --------
    Google in 2005, with shares at 295.97: 99.44, and 110.47 iterated (illustration 11.3):

    >>> table = [["Tranche", "Count", "Strike", "Years"], ["Options", 25.61, 24.41, 4.5]]
    >>> made = equity_less_options(32_187, 295.97, table, 277.78, 0.55, 0.0425, 0, 0.35)
    >>> [round(value, 2) for value in made[-1][1:]]
    [99.44, 110.47]
    """
    terms = Terms.of(volatility, risk_free, dividend_yield)
    both = [
        option_value.at_price(price, options, shares, terms, tax_rate, adjustment),
        option_value.at_value(equity_value, options, shares, terms, tax_rate, adjustment),
    ]
    left = [equity_value - at.after_tax.sum() for at in both]
    return listing(
        ["Line", "At the market price", "At the value itself"],
        ["Equity value", equity_value, equity_value],
        ["Price at which options are valued", *(at.price for at in both)],
        ["Price after dilution", *(at.adjusted_price for at in both)],
        ["Value of options", *(at.value.sum() for at in both)],
        ["Tax deduction", *((at.value - at.after_tax).sum() for at in both)],
        ["Value of options after tax", *(at.after_tax.sum() for at in both)],
        ["Equity left to the shares", *left],
        ["Shares", shares, shares],
        ["Value per share", *(x / shares for x in left)],
    )


@function
def equity_per_share_views(
    equity_value: float,
    securities: Securities,
    years: Lives,
    volatility: float,
    risk_free: float,
    dividend_yield: float = 0.0,
    tax_rate: float = 0.0,
    adjustment: Adjustment = "price",
) -> Rows:
    """Value per share by four views of dilution: primary, gross, treasury and option value.

    Parameters
    ----------
    equity_value : number, USD m
        Value of the equity after all debt, the face of convertible debt included; at least 0.
    securities : table, m shares and USD
        Table with headers Security, Type, Count, Strike and optionally Included, Withheld, Vests
        at; see DILUTED_SHARES.
    years : number, row or column, or table, years
        Expected life of every option, warrant and convertible, or one for each security in the
        order of the table, or a table with headers Security, Years; those of other securities
        may be blank.
    volatility : number, fraction a year
        Standard deviation of the return, 0 to 10.
    risk_free : number, fraction a year
        Riskless rate for the life of the options, compounded continuously.
    dividend_yield : number, fraction a year, optional
        Dividends over price, compounded continuously.
    tax_rate : number, fraction, optional
        Rate at which the value of employees' options is deducted, 0 to 1.
    adjustment : {"price", "payoff"}, optional
        How dilution enters the value of options; see OPTION_VALUE_DILUTED.

    Returns
    -------
    table
        A row for each view: shares (millions), what they are worth (USD millions), the value
        per share, and how far that is from the primary value (fraction).

    Raises
    ------
    InputError
        For a negative equity value, a life that is missing or outside 0 to 100 years, lives that
        are not as many as the securities or have names that these lack, and what
        OPTION_VALUE_DILUTED refuses.

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
    >>> table = [["Security", "Type", "Count", "Strike"],
    ...          ["Common", "common", 6_487, None], ["Options", "option", 1_436, 25.02]]
    >>> views = equity_per_share_views(65_622, table, 2.58, 0.45, 0.0425, 0, 0.368)
    >>> [(row[0], round(row[3], 2)) for row in views[1:]]
    [('Primary', 10.12), ('Gross', 8.28), ('Treasury', 10.12), ('Option value', 10.06)]
    """
    require(equity_value >= 0, "equity_value", "at least 0", equity_value)
    views = []
    for view, method in (("Primary", "basic"), ("Gross", "gross"), ("Treasury", "treasury")):
        price = float(price_per_share(equity_value, securities, method))
        count = float(dilution.diluted_shares(price, securities, method))
        views.append((view, count, price))
    counted = dilution.dilution_bridge(price, securities)
    terms = Terms.of(volatility, risk_free, dividend_yield)
    left = _less_options(equity_value, securities, counted, years, terms, tax_rate, adjustment)
    primary = views[0][2]
    return listing(
        ["View", "Shares", "Value of the shares", "Value per share", "Against primary"],
        *(
            [view, count, count * price, price, price / primary - 1.0 if primary else 0.0]
            for view, count, price in [*views, ("Option value", *left)]
        ),
    )


def _less_options(
    equity_value: float,
    securities: Securities,
    counted: dilution.Bridge,
    lives: LifeTable,
    terms: Terms,
    tax_rate: float,
    adjustment: Adjustment,
) -> tuple[float, float]:
    """Shares that are owned outright, and their value when options are subtracted."""
    outright = np.array([dilution.TYPES[k] == "share" for k in securities.kind])
    claims = np.flatnonzero(~outright)
    years = lives.of(securities.name)[claims]
    for i, life in zip(claims, years, strict=True):
        if np.isnan(life):
            raise InputError(
                f"years (place {i + 1})" if lives.name is None else "years",
                f"must be the life of {securities.name[i]} in years, not an empty cell",
            )
    require((years >= 0) & (years <= 100), "years", "from 0 to 100", years)
    options = Options.of(
        [securities.name[i] for i in claims],
        counted.taking_part[claims],
        securities.strike[claims],
        years,
        ["option" if securities.kind[i] == "option" else "warrant" for i in claims],
    )
    # RSUs count in full: the cash that pays their tax is worth the shares that are withheld.
    owned = float(counted.taking_part[outright].sum())
    at = option_value.at_value(equity_value, options, owned, terms, tax_rate, adjustment)
    return float(counted.net[outright].sum()), float(at.price)
