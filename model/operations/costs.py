"""Operating costs by line, and operating income."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from model.arrays import ratio
from model.errors import Floats, InputError, require
from model.fields import ROW, Amount, Money, Names, column, line
from model.functions import function
from model.operations.streams import OPTIONAL, PATH, needs
from model.tables import Schedule, Table

SbcConvention = Literal["cost", "excluded"]


class Costs(Table):
    """Operating costs by line: a share of revenue or an amount."""

    name: Names = column("Cost", "name", "Name of the cost.", key=True)
    share: Floats = column(
        "Share",
        "fraction",
        "Share of revenue; where it converges, that of the base year.",
        low=0,
        high=5,
        **OPTIONAL,
    )
    amount: Floats = column("Amount", "USD m", "Cost of the first year.", low=0, **OPTIONAL)
    target_share: Floats = column(
        "Target share", "fraction", "Share that is reached linearly.", low=0, high=5, **OPTIONAL
    )
    years: Floats = column(
        "Years", "years", "Years in which the share reaches its target; all if blank.", **PATH
    )
    growth: Floats = column(
        "Growth",
        "fraction",
        "Growth of an amount a year after the first.",
        low=-1,
        high=5,
        **OPTIONAL,
    )
    sbc: Floats = column(
        "SBC",
        "fraction",
        "Part of the cost that is stock-based compensation.",
        low=0,
        high=1,
        default=0.0,
        blank=np.nan,
    )

    def check(self) -> None:
        """Refuse a line without exactly one of share and amount, and a path without its end."""
        if (np.isnan(self.share) == np.isnan(self.amount)).any():
            raise InputError("costs", "must have either a Share or an Amount in every row")
        needs(self, "share", "target_share")
        needs(self, "target_share", "years")
        needs(self, "amount", "growth")
        # A column without any number is treated as missing.
        self.fill("growth", 0.0, ~np.isnan(self.amount) & ~np.isnan(self.growth).all())
        self.fill("sbc", 0.0, not np.isnan(self.sbc).all())


class OperatingCosts(Schedule):
    """Costs by line (..., costs, years), and operating income (..., years)."""

    costs: Names
    by_line: Floats = line("{}", each="costs")
    sbc: Floats = line("Stock-based compensation included")
    counted: Floats = line("Costs counted")
    operating_income: Floats = line("Operating income", total=True)
    operating_margin: Floats = line("Operating margin", "fraction")
    overstated: Floats = line("Margin gained by excluding SBC", "fraction")


@function
def operating_costs(
    revenue: Annotated[Amount, ROW],
    costs: Costs,
    gross_profit: Annotated[Money, ROW] | None = None,
    sbc: SbcConvention = "cost",
) -> OperatingCosts:
    """Operating costs by line, as shares of revenue or amounts, and the operating income left.

    Parameters
    ----------
    revenue
        Revenue of each year.
    gross_profit
        Gross profit before the costs; if omitted, revenue, and the cost of revenue must then be a
        line.
    sbc
        cost: stock-based compensation counts; excluded: it does not, as in non-GAAP figures.

    Raises
    ------
    InputError
        For a line without exactly one of Share and Amount, a target that takes longer than there
        are years, or gross profit for another number of years.

    Notes
    -----
    A Share with a Target share is the base year's and moves to it linearly over the Years.

    With sbc excluded, operating income is higher by all stock-based compensation, although
    employees are paid with it and would otherwise have to be paid in cash. A value from such income
    is overstated twice: the cash flows omit a recurring cost, and today's share count excludes
    future grants. Excluding it is consistent only if those grants are in the share count.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., chapter 11; ASC 718-10-35 for the cost. The
    example is Cerebras in 2025 (S-1).

    Examples
    --------
    >>> lines = Costs(["R&D", "S&M", "G&A"], amount=[243.319, 70.645, 30.969])
    >>> operating_costs([509.991], lines, [199.071]).operating_income.round(3)
    array([-145.862])
    """
    years = revenue.shape[-1]
    base = revenue if gross_profit is None else gross_profit
    if base.shape[-1] != years:
        raise InputError("gross_profit", f"must hold {years} years, not {base.shape[-1]}")
    t = np.arange(1.0, years + 1)
    reach = np.where(np.isnan(costs.years), years, costs.years)[..., None]
    require(reach <= years, "costs Years", f"at most {years}, the years of revenue", reach)
    of_sales = np.nan_to_num(costs.share)
    target = np.where(np.isnan(costs.target_share), of_sales, costs.target_share)
    weight = np.minimum(t / reach, 1.0)
    share = of_sales[..., None] * (1 - weight) + target[..., None] * weight
    growth = np.nan_to_num(costs.growth)[..., None]
    amount = np.nan_to_num(costs.amount)[..., None] * (1 + growth) ** (t - 1)
    by_line = share * revenue[..., None, :] + amount
    in_stock = (by_line * costs.sbc[..., None]).sum(-2)
    left_out = in_stock if sbc == "excluded" else np.zeros_like(in_stock)
    counted = by_line.sum(-2) - left_out
    income = base - counted
    return OperatingCosts(
        costs=costs.name,
        by_line=by_line,
        sbc=in_stock,
        counted=counted,
        operating_income=income,
        operating_margin=ratio(income, revenue),
        overstated=ratio(left_out, revenue),
    )
