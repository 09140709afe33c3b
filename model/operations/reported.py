"""Reported figures: pass-through revenue, and the bridge from GAAP to non-GAAP."""

from __future__ import annotations

from typing import Annotated, Any

from model.arrays import ratio
from model.errors import Floats, InputError
from model.fields import ROW, Amount, Money, Names, Part, column, line
from model.functions import function
from model.tables import Listing, Schedule, Table


class PassThrough(Schedule):
    """Pass-through and core revenue; lines of shape (..., years)."""

    core_revenue: Floats = line("Core revenue")
    revenue: Floats = line("Pass-through revenue")
    total_revenue: Floats = line("Revenue", total=True)
    core_income: Floats = line("Core income")
    income: Floats = line("Mark-up")
    total_income: Floats = line("Income", total=True)
    core_margin: Floats = line("Core margin", "fraction")
    reported_margin: Floats = line("Reported margin", "fraction")


@function
def pass_through(
    core_revenue: Annotated[Amount, ROW],
    core_income: Annotated[Money, ROW],
    cost: Annotated[Amount, ROW],
    markup: Part,
) -> PassThrough:
    """Pass-through revenue at cost plus a mark-up, kept apart from the core business.

    Parameters
    ----------
    core_revenue
        Revenue of each year without pass-through revenue.
    core_income
        Gross profit or operating income on it.
    cost
        Cost that customers reimburse in each year, such as that of data centres.
    markup
        Added to the cost.

    Returns
    -------
    PassThrough
        The reported margin is lower wherever the core margin exceeds m / (1 + m).

    Raises
    ------
    InputError
        For ranges of different lengths.

    References
    ----------
    ASC 606-10-55-36 to 55-40: gross revenue where the company is principal. Cerebras marks
    data-centre cost up by 3% (call on the first quarter of 2026). The example is from Lumen
    Learning, *Managerial Accounting*: 1,000 marked up by 57% sell for 1,570, a margin of 36.31%.

    Examples
    --------
    >>> made = pass_through([0], [0], [1000], 0.57)
    >>> made.revenue.round(6), made.reported_margin.round(4)
    (array([1570.]), array([0.3631]))
    """
    for argument, values in (("core_income", core_income), ("cost", cost)):
        if values.shape[-1] != core_revenue.shape[-1]:
            raise InputError(
                argument, f"must hold {core_revenue.shape[-1]} years, not {values.shape[-1]}"
            )
    income = cost * markup[..., None]
    revenue = cost + income
    total, total_income = core_revenue + revenue, core_income + income
    return PassThrough(
        core_revenue=core_revenue,
        revenue=revenue,
        total_revenue=total,
        core_income=core_income,
        income=income,
        total_income=total_income,
        core_margin=ratio(core_income, core_revenue),
        reported_margin=ratio(total_income, total),
    )


class GaapBridge(Listing):
    """From a GAAP figure to the non-GAAP one; shapes (..., lines)."""

    totals = ("Non-GAAP",)
    rows_of = "lines"

    name: Names = line("Line", "name")
    amount: Floats = line("Amount")
    running: Floats = line("Running total")

    def bottom(self) -> list[dict[str, Any]]:
        """Return the non-GAAP figure, and the sum of the adjustments that lead to it."""
        (label,) = self.totals
        return [{"name": label, "amount": self.amount[1:].sum(), "running": self.running[-1]}]


class BridgeLines(Table):
    """Lines of a reconciliation: the GAAP figure first, then each adjustment."""

    results = (GaapBridge,)

    name: Names = column("Line", "name", "Name of the line.", key=True)
    amount: Floats = column(
        "Amount",
        "USD m",
        "The GAAP figure; of an adjustment, its effect: charges that are added back are positive, "
        "gains that are taken out negative.",
    )

    @classmethod
    def argument(cls) -> str:
        """Name the table as the function does."""
        return "lines"


@function
def gaap_bridge(lines: BridgeLines) -> GaapBridge:
    """Bridge from a GAAP figure to the non-GAAP figure, adjustment by adjustment.

    Raises
    ------
    InputError
        For a table that is not one of lines and amounts, or a repeated line.

    References
    ----------
    Regulation G, 17 CFR 244.100(a)(2). The example is Cerebras in 2025 (S-1), where a gain on
    a forward contract makes the profit.

    Examples
    --------
    >>> names = ["Net income", "Gain on the forward contract", "Stock-based compensation"]
    >>> gaap_bridge(BridgeLines(names, [237.827, -363.3, 49.8])).running.round(1)
    array([ 237.8, -125.5,  -75.7])
    """
    return GaapBridge(name=lines.name, amount=lines.amount, running=lines.amount.cumsum(-1))
