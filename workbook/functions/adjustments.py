"""Adjustments to income and value: research as capital, tax losses, the chance of failure."""

from __future__ import annotations

from model.dcf import failure, research, taxes
from workbook.arguments import Rates, Rows, Vector, listing, schedule
from workbook.functions.declare import function


@function
def research_capital(current: float, past: Vector, life: int) -> Rows:
    """Research as capital: its unamortised value, this year's charge, and income adjusted for it.

    Parameters
    ----------
    current : number, USD m
        Research and development expense of the current year, at least 0.
    past : row or column, USD m
        The expense of the year before, the year before that, and so on: at least life of them.
    life : whole, years
        Years over which research is of use, 1 to 100.

    Returns
    -------
    table
        A row for each year, the current one first, and a total: expense, part unamortised,
        asset, amortisation this year, and adjustment to operating income.

    Raises
    ------
    InputError
        For negative expenses, a life outside 1 to 100, or fewer past years than the life.

    Notes
    -----
    Expense of k years ago has ``(life - k) / life`` left and bears ``1 / life`` this year; the
    current year's bears nothing yet. The total of Adjustment is added to operating income, the
    total of Asset to invested capital.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 3.2; the example is Amgen
    from his valuation slides: asset 13,284, amortisation 1,694, and 5,120 of income is 6,456.

    Examples
    --------
    >>> past = [3266, 3366, 2314, 2028, 1655.9, 1117.1, 864.5, 845, 823, 663]
    >>> [round(total) for total in research_capital(3030, past, 10)[-1][3:]]
    [13284, 1694, 1336]
    """
    made = research.research_capital(current, past, life)
    ages = ["Current year", "1 year before"]
    ages += [f"{age} years before" for age in range(2, made.expense.size)]
    asset, spent = made.asset.sum(), made.expense.sum()
    return listing(
        ["Year", "Expense", "Unamortised", "Asset", "Amortisation", "Adjustment"],
        *zip(
            ages,
            made.expense,
            made.unamortised,
            made.asset,
            made.amortisation,
            made.adjustment,
            strict=True,
        ),
        [
            "Total",
            spent,
            asset / spent if spent else 0.0,
            asset,
            made.amortisation.sum(),
            made.adjustment.sum(),
        ],
    )


@function
def tax_losses(income: Vector, tax_rate: Rates, opening: float = 0.0, limit: float = 1.0) -> Rows:
    """Tax on income after losses carried forward, with a limit on what a year may use.

    Parameters
    ----------
    income : row or column, USD m
        Operating income of each year; a loss adds to what is carried forward.
    tax_rate : number, row or column, fraction
        One rate, or one for each year, 0 to 1.
    opening : number, USD m, optional
        Losses brought forward at the start, at least 0.
    limit : number, fraction, optional
        Share of a year's income that losses may offset, 0 to 1; 0.8 for US federal losses since
        2018.

    Returns
    -------
    table
        Across the years: income, the corkscrew of the losses, taxable income, tax and the
        effective rate, which is 0 where there is no income.

    Raises
    ------
    InputError
        For a rate or limit outside 0 to 1, negative opening losses, or rates that are not as many
        as the years.

    References
    ----------
    Internal Revenue Code, section 172(a)(2). The example is Sirius: *Damodaran on Valuation*,
    2nd ed., illustration 3.5, where 327 of losses are left for year 9.

    Examples
    --------
    >>> lines = {row[0]: row[1] for row in tax_losses([1647], 0.35, 327)}
    >>> round(lines["Effective tax rate"], 4)
    0.2805
    """
    made = taxes.tax_schedule(income, tax_rate, opening, limit)
    return schedule(
        "Year",
        range(1, len(income) + 1),
        {
            "Income": income,
            "Losses, opening": made.losses.opening,
            "Losses, added": made.losses.added,
            "Losses, used": made.losses.used,
            "Losses, closing": made.losses.closing,
            "Taxable income": made.taxable_income,
            "Tax": made.tax,
            "Effective tax rate": made.effective_rate,
        },
    )


@function
def failure_value(going_concern: float, probability: float, proceeds: float) -> float:
    """Value of a company that may fail: survival and failure, weighted by their probability.

    Parameters
    ----------
    going_concern : number, USD m
        Value if it survives, of its operations or of its equity.
    probability : number, fraction
        Cumulative probability of failure over the forecast, 0 to 1.
    proceeds : number, USD m
        What a sale in failure brings to the same holders, at least 0: nothing for shareholders
        where it does not cover the debt.

    Returns
    -------
    float
        ``going_concern * (1 - probability) + proceeds * probability``.

    Raises
    ------
    InputError
        For a probability outside 0 to 1, or negative proceeds.

    Notes
    -----
    DCF_VALUE does the same to the operations with the drivers failure_probability,
    failure_proceeds and failure_basis.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 17.2: Global Crossing, whose
    assets would bring 15% of their book value of 14,531.

    Examples
    --------
    >>> round(failure_value(5529.92, 0.7663, 2180), 1)
    2962.9
    """
    return float(failure.failure_value(going_concern, probability, proceeds))
