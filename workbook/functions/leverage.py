"""Cost of capital: equity and debt, betas and leverage; and what operations earn over it."""

from __future__ import annotations

import numpy as np

from model.dcf import capital_cost, discounting, economic_profit
from model.dcf.capital_cost import Relevering
from workbook.arguments import Rates, Rows, Vector, schedule
from workbook.functions.declare import function


@function
def dcf_cost_of_equity(
    risk_free: float,
    beta: float,
    equity_risk_premium: float,
    size_premium: float = 0.0,
    country_premium: float = 0.0,
) -> float:
    """Cost of equity by the capital asset pricing model, with premiums added.

    Parameters
    ----------
    risk_free : number, fraction
        Risk-free rate a year.
    beta : number, ratio
        Relevered beta.
    equity_risk_premium : number, fraction
        Premium of the market over the risk-free rate, at least 0.
    size_premium : number, fraction, optional
        Premium for size.
    country_premium : number, fraction, optional
        Premium for country risk.

    Returns
    -------
    float
        ``risk_free + beta * equity_risk_premium + size_premium + country_premium``.

    Raises
    ------
    InputError
        For a negative equity risk premium.

    References
    ----------
    W. Sharpe, "Capital Asset Prices", *Journal of Finance* 19(3), 1964; the example is Disney at
    10% debt in A. Damodaran, *Applied Corporate Finance*.

    Examples
    --------
    >>> round(dcf_cost_of_equity(0.04, 1.1418, 0.0482), 4)
    0.095
    """
    return float(
        capital_cost.cost_of_equity(
            risk_free, beta, equity_risk_premium, size_premium, country_premium
        )
    )


@function
def dcf_wacc(
    equity_value: float,
    debt_value: float,
    cost_of_equity: float,
    cost_of_debt: float,
    tax_rate: float,
    preferred_value: float = 0.0,
    cost_of_preferred: float = 0.0,
) -> float:
    """Weighted average cost of capital, after tax.

    Parameters
    ----------
    equity_value : number, USD m
        Market value of the equity.
    debt_value : number, USD m
        Market value of the debt.
    cost_of_equity : number, fraction
        Cost of equity a year.
    cost_of_debt : number, fraction
        Cost of debt a year, before tax.
    tax_rate : number, fraction
        Marginal rate at which interest saves tax, 0 to 1.
    preferred_value : number, USD m, optional
        Market value of the preferred stock.
    cost_of_preferred : number, fraction, optional
        Cost of the preferred stock a year.

    Returns
    -------
    float
        ``(E ke + D kd (1 - t) + P kp) / (E + D + P)``.

    Raises
    ------
    InputError
        For a negative value, values of nothing in total, or a tax rate outside 0 to 1.

    References
    ----------
    CFA Program curriculum, level I, cost of capital, example 1.

    Examples
    --------
    >>> round(dcf_wacc(60, 30, 0.15, 0.08, 0.40, 10, 0.10), 6)
    0.1144
    """
    return float(
        capital_cost.wacc(
            equity_value,
            debt_value,
            cost_of_equity,
            cost_of_debt,
            tax_rate,
            preferred_value,
            cost_of_preferred,
        )
    )


@function
def dcf_relever(
    unlevered_beta: float,
    debt_to_equity: float,
    tax_rate: float,
    method: Relevering = "hamada",
    cost_of_debt: float | None = None,
    debt_beta: float = 0.0,
) -> float:
    """Beta of the equity from the beta of the operations and the leverage.

    Parameters
    ----------
    unlevered_beta : number, ratio
        Beta of the operations.
    debt_to_equity : number, ratio
        Debt over equity at market values, at least 0.
    tax_rate : number, fraction
        Rate at which interest saves tax, 0 to 1.
    method : {"hamada", "miles-ezzell"}, optional
        hamada: debt of a fixed amount; miles-ezzell: debt that is a fixed part of the value,
        adjusted once a year.
    cost_of_debt : number, fraction, optional
        Cost of debt before tax; miles-ezzell needs it, hamada makes no use of it.
    debt_beta : number, ratio, optional
        Beta of the debt.

    Returns
    -------
    float
        ``bu + (bu - bd) k D/E`` with ``k = 1 - t`` for hamada and ``1 - t rd / (1 + rd)`` for
        miles-ezzell.

    Raises
    ------
    InputError
        For negative leverage, a tax rate outside 0 to 1, or miles-ezzell without a cost of debt.

    References
    ----------
    R. Hamada, *Journal of Finance* 27(2), 1972; J. Miles and J. Ezzell, *JFQA* 15(3), 1980; the
    example is Disney at 20% debt in A. Damodaran, *Applied Corporate Finance*.

    Examples
    --------
    >>> round(dcf_relever(1.0674, 0.25, 0.373), 4)
    1.2347
    """
    return float(
        capital_cost.relever(
            unlevered_beta, debt_to_equity, tax_rate, method, cost_of_debt, debt_beta
        )
    )


@function
def dcf_unlever(
    beta: float,
    debt_to_equity: float,
    tax_rate: float,
    method: Relevering = "hamada",
    cost_of_debt: float | None = None,
    debt_beta: float = 0.0,
    cash_to_value: float = 0.0,
) -> float:
    """Beta of the operations from the beta of the equity: DCF_RELEVER the other way round.

    Parameters
    ----------
    beta : number, ratio
        Beta of the equity.
    debt_to_equity : number, ratio
        Debt over equity at market values, at least 0.
    tax_rate : number, fraction
        Rate at which interest saves tax, 0 to 1.
    method : {"hamada", "miles-ezzell"}, optional
        hamada: debt of a fixed amount; miles-ezzell: debt that is a fixed part of the value,
        adjusted once a year.
    cost_of_debt : number, fraction, optional
        Cost of debt before tax; miles-ezzell needs it, hamada makes no use of it.
    debt_beta : number, ratio, optional
        Beta of the debt.
    cash_to_value : number, fraction, optional
        Part of the company's value that is cash with a beta of 0: at least 0, below 1.

    Returns
    -------
    float
        ``(bl + bd k D/E) / (1 + k D/E) / (1 - cash)``, with k as in DCF_RELEVER.

    Raises
    ------
    InputError
        For what DCF_RELEVER refuses, or a cash_to_value out of its bounds.

    References
    ----------
    The example is Disney's media networks in A. Damodaran, *Applied Corporate Finance*.

    Examples
    --------
    >>> round(dcf_unlever(1.22, 0.2045, 0.35), 3)
    1.077
    """
    return float(
        capital_cost.unlever(
            beta, debt_to_equity, tax_rate, method, cost_of_debt, debt_beta, cash_to_value
        )
    )


@function
def dcf_cost_of_capital(
    unlevered_beta: Rates,
    debt_to_capital: Rates,
    risk_free: Rates,
    equity_risk_premium: Rates,
    cost_of_debt: Rates,
    tax_rate: Rates,
    method: Relevering = "hamada",
    debt_beta: float = 0.0,
) -> Rows:
    """Cost of capital by year, or by capital structure, with the beta relevered for each.

    Parameters
    ----------
    unlevered_beta : number, row or column, ratio
        Beta of the operations, one for all or one for each year; so for the others below.
    debt_to_capital : number, row or column, fraction
        Debt over debt and equity at market values, at least 0 and below 1.
    risk_free : number, row or column, fraction
        Risk-free rate a year.
    equity_risk_premium : number, row or column, fraction
        Premium of the market over the risk-free rate, at least 0.
    cost_of_debt : number, row or column, fraction
        Cost of debt a year, before tax.
    tax_rate : number, row or column, fraction
        Rate at which interest saves tax, 0 to 1.
    method : {"hamada", "miles-ezzell"}, optional
        How leverage adds to the beta; see DCF_RELEVER.
    debt_beta : number, ratio, optional
        Beta of the debt.

    Returns
    -------
    table
        Across the years: debt to capital, beta, cost of equity, cost of debt after tax, weighted
        average, and discount factor at the year's end.

    Raises
    ------
    InputError
        For a debt ratio out of its bounds, a negative premium, a tax rate outside 0 to 1, or ranges
        of different lengths.

    References
    ----------
    A. Damodaran, *Applied Corporate Finance*: Disney at 10% to 30% debt.

    Examples
    --------
    >>> debt = [0.10, 0.20, 0.30]
    >>> before_tax = [0.0273 / 0.627, 0.0314 / 0.627, 0.0376 / 0.627]
    >>> rows = dcf_cost_of_capital(1.0674, debt, 0.04, 0.0482, before_tax, 0.373)
    >>> [round(100 * cost, 1) for cost in rows[5][1:]]
    [8.8, 8.6, 8.5]
    """
    inputs = {
        "unlevered_beta": unlevered_beta,
        "debt_to_capital": debt_to_capital,
        "risk_free": risk_free,
        "equity_risk_premium": equity_risk_premium,
        "cost_of_debt": cost_of_debt,
        "tax_rate": tax_rate,
    }
    years = max(values.size for values in inputs.values())
    each = {
        name: discounting.each_period(values, np.zeros(years), name)
        for name, values in inputs.items()
    }
    found = capital_cost.cost_of_capital(**each, method=method, debt_beta=debt_beta)
    return schedule(
        "Year",
        range(1, years + 1),
        {
            "Debt to capital": found.debt_to_capital,
            "Beta": found.beta,
            "Cost of equity": found.cost_of_equity,
            "Cost of debt after tax": found.after_tax_cost_of_debt,
            "Cost of capital": found.wacc,
            "Discount factor": found.discount_factor,
        },
    )


@function
def dcf_economic_profit(
    invested_capital: float, nopat: Vector, rates: Rates, reinvestment: Rates | None = None
) -> Rows:
    """Economic profit by year, with the spread of ROIC over the cost of capital.

    Parameters
    ----------
    invested_capital : number, USD m
        Capital at the start of the first year, above 0.
    nopat : row or column, USD m
        Operating profit after tax, one for each year.
    rates : number, row or column, fraction
        Cost of capital, one for all years or one for each.
    reinvestment : number, row or column, USD m, optional
        Added to the capital in each year, one for all or one for each; nothing if omitted.

    Returns
    -------
    table
        Across the years: capital with its corkscrew, ROIC on the opening capital, spread, charge,
        economic profit and the value created to date. Flows fall at period ends. Capital, value
        created, and what a terminal value exceeds closing capital by, discounted, are the value
        by discounted cash flow.

    Raises
    ------
    InputError
        For capital that is not above 0 when a year begins, a rate outside -1 to 1, or ranges that
        are not as long as nopat.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, 7th ed.; the example is from the CFA level
    II questions of analystnotes.com.

    Examples
    --------
    >>> lines = {row[0]: row[1:] for row in dcf_economic_profit(300, [50], 0.15)}
    >>> lines["Economic profit"]
    [5.0]
    """
    added = np.array(0.0) if reinvestment is None else reinvestment
    e = economic_profit.economic_profit(invested_capital, nopat, rates, added)
    return schedule(
        "Year",
        range(1, nopat.size + 1),
        {
            "Opening capital": e.opening_capital,
            "Reinvestment": e.reinvestment,
            "Closing capital": e.closing_capital,
            "NOPAT": e.nopat,
            "ROIC": e.roic,
            "Cost of capital": e.cost_of_capital,
            "Spread": e.spread,
            "Capital charge": e.capital_charge,
            "Economic profit": e.economic_profit,
            "Discount factor": e.discount_factor,
            "Present value": e.present_value,
            "Value created to date": e.value_created,
        },
    )
