"""Operations: costs by line, pass-through revenue, and the bridge from GAAP to non-GAAP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.arrays import ratio
from model.errors import Floats, InputError, floats, one_of, require
from model.operations.streams import needs, optional_column, whole_years

SbcConvention = Literal["cost", "excluded"]
#: Whether stock-based compensation counts among the costs.
SBC_CONVENTIONS: tuple[SbcConvention, ...] = get_args(SbcConvention)


# Costs by line -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Costs:
    """Operating costs by line; make them with `Costs.of`. Arrays end in the lines.

    A line is a share of revenue or an amount; NaN stands in the column that it does not use.
    """

    name: tuple[str, ...]
    share: Floats
    amount: Floats
    target_share: Floats
    years: Floats
    growth: Floats
    sbc: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        *,
        share: npt.ArrayLike | None = None,
        amount: npt.ArrayLike | None = None,
        target_share: npt.ArrayLike | None = None,
        years: npt.ArrayLike | None = None,
        growth: npt.ArrayLike | None = None,
        sbc: npt.ArrayLike = 0.0,
    ) -> Costs:
        """Check costs.

        Parameters
        ----------
        name : sequence of str
        share, target_share, years : array_like, optional
            Share of revenue, of the base year where it converges, the share that is reached in
            a line, and the years that this takes (all of them if left out).
        amount, growth : array_like, optional
            USD millions in the first year, and growth a year after it.
        sbc : array_like
            Part of the line that is stock-based compensation, 0 to 1.
        """
        count = len(name)
        of_sales = optional_column("costs Share", share, count)
        fixed = optional_column("costs Amount", amount, count)
        target = optional_column("costs Target share", target_share, count)
        reach = optional_column("costs Years", years, count)
        rate = optional_column("costs Growth", growth, count)
        paid_in_stock = floats("costs SBC", sbc) + np.zeros(count)
        if (np.isnan(of_sales) == np.isnan(fixed)).any():
            raise InputError("costs", "must have either a Share or an Amount in every row")
        whole_years("costs Years", reach)
        needs("costs", "Share", of_sales, "Target share", target)
        needs("costs", "Target share", target, "Years", reach)
        needs("costs", "Amount", fixed, "Growth", rate)
        for argument, values in (
            ("costs Share", of_sales),
            ("costs Amount", fixed),
            ("costs Target share", target),
        ):
            given = values[~np.isnan(values)]
            require(given >= 0, argument, "at least 0", given)
        for argument, values in (("costs Share", of_sales), ("costs Target share", target)):
            given = values[~np.isnan(values)]
            require(given <= 100, argument, "at most 100, a fraction of revenue", given)
        known = rate[~np.isnan(rate)]
        require((known >= -1) & (known <= 100), "costs Growth", "from -1 to 100", known)
        require((paid_in_stock >= 0) & (paid_in_stock <= 1), "costs SBC", "from 0 to 1",
                paid_in_stock)  # fmt: skip
        return cls(tuple(name), of_sales, fixed, target, reach, rate, paid_in_stock)


@dataclass(frozen=True)
class OperatingCosts:
    """Costs by line (..., lines, years), and what they leave of revenue (..., years).

    Attributes
    ----------
    by_line : ndarray
        In full, stock-based compensation included.
    sbc : ndarray
        Stock-based compensation in them.
    counted : ndarray
        Costs that the convention counts.
    operating_income, operating_margin : ndarray
    overstated : ndarray
        Part of the margin that is stock-based compensation left out; 0 where it is a cost.
    """

    by_line: Floats
    sbc: Floats
    counted: Floats
    operating_income: Floats
    operating_margin: Floats
    overstated: Floats


def operating_costs(
    revenue: npt.ArrayLike,
    costs: Costs,
    gross_profit: npt.ArrayLike | None = None,
    sbc: str = "cost",
) -> OperatingCosts:
    """Operating costs by line and the operating income that they leave.

    Parameters
    ----------
    revenue : array_like, shape (..., years)
        USD millions, at least 0.
    costs : Costs
    gross_profit : array_like, shape (..., years), optional
        What the costs are taken from, where the cost of revenue is not among them.
    sbc : {"cost", "excluded"}
        Whether stock-based compensation counts. Left out, income is higher by all of it while
        the shares that pay for it still dilute: value per share is overstated by the present
        value of the grants to come, unless the share count holds those too.

    Returns
    -------
    OperatingCosts

    Raises
    ------
    InputError
        For negative revenue, a target that takes longer than there are years, or a gross profit of
        another number of years.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., chapter 11, on grants to come.

    Examples
    --------
    Cerebras in 2025 (S-1):

    >>> lines = Costs.of(["R&D", "S&M", "G&A"], amount=[243.319, 70.645, 30.969])
    >>> operating_costs([509.991], lines, [199.071]).operating_income.round(3)
    array([-145.862])
    """
    convention = one_of("sbc", sbc, SBC_CONVENTIONS)
    sales = np.atleast_1d(floats("revenue", revenue))
    require(sales >= 0, "revenue", "at least 0", sales)
    years = sales.shape[-1]
    base = sales if gross_profit is None else np.atleast_1d(floats("gross_profit", gross_profit))
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
    by_line = share * sales[..., None, :] + amount
    in_stock = (by_line * costs.sbc[..., None]).sum(-2)
    counted = by_line.sum(-2) - (in_stock if convention == "excluded" else 0.0)
    income = base - counted
    return OperatingCosts(
        by_line=by_line,
        sbc=in_stock,
        counted=counted,
        operating_income=income,
        operating_margin=ratio(income, sales),
        overstated=ratio(in_stock if convention == "excluded" else 0.0 * in_stock, sales),
    )


# Pass-through revenue ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PassThrough:
    """Revenue at cost plus a mark-up beside the core business, lines of shape (..., years)."""

    revenue: Floats
    income: Floats
    total_revenue: Floats
    total_income: Floats
    core_margin: Floats
    reported_margin: Floats


def pass_through(
    core_revenue: npt.ArrayLike,
    core_income: npt.ArrayLike,
    cost: npt.ArrayLike,
    markup: npt.ArrayLike,
) -> PassThrough:
    """Keep revenue that passes a cost on to the customer apart from the core business.

    Parameters
    ----------
    core_revenue, core_income : array_like, shape (..., years)
        Revenue, and gross or operating income, without what is passed through, USD millions.
    cost : array_like, shape (..., years)
        Cost that the customer reimburses, at least 0.
    markup : array_like, shape (...)
        Added to the cost, fraction, at least 0.

    Returns
    -------
    PassThrough
        Reported margin lies below the core margin wherever that exceeds m / (1 + m).

    Raises
    ------
    InputError
        For negative revenue or cost, a mark-up outside 0 to 1, or lines of different lengths.

    Examples
    --------
    >>> float(pass_through([1000.0], [400.0], [100.0], 0.03).reported_margin[0].round(4))
    0.3654
    """
    sales = np.atleast_1d(floats("core_revenue", core_revenue))
    earned = np.atleast_1d(floats("core_income", core_income))
    spent = np.atleast_1d(floats("cost", cost))
    added = floats("markup", markup)
    require(sales >= 0, "core_revenue", "at least 0", sales)
    require(spent >= 0, "cost", "at least 0", spent)
    require((added >= 0) & (added <= 1), "markup", "from 0 to 1", added)
    for argument, values in (("core_income", earned), ("cost", spent)):
        if values.shape[-1] != sales.shape[-1]:
            raise InputError(argument, f"must hold {sales.shape[-1]} years, not {values.shape[-1]}")
    income = spent * added[..., None]
    revenue = spent + income
    total, total_income = sales + revenue, earned + income
    return PassThrough(
        revenue=revenue,
        income=income,
        total_revenue=total,
        total_income=total_income,
        core_margin=ratio(earned, sales),
        reported_margin=ratio(total_income, total),
    )


# GAAP to non-GAAP --------------------------------------------------------------------------------


def gaap_bridge(amounts: npt.ArrayLike) -> Floats:
    """Running total from a GAAP figure over what is added to it or taken out of it.

    Parameters
    ----------
    amounts : array_like, shape (..., lines)
        The GAAP figure, then the adjustments by their effect: a charge that is added back is
        positive, a gain that is taken out is negative, USD millions.

    Returns
    -------
    ndarray, shape (..., lines)
        The last is the non-GAAP figure.

    Raises
    ------
    InputError
        For an amount that is not finite.

    References
    ----------
    Regulation G, 17 CFR 244.100(a)(2), which requires such a reconciliation.

    Examples
    --------
    Cerebras in 2025 (S-1): a gain on a forward contract makes the profit.

    >>> gaap_bridge([237.827, -363.3, 49.8]).round(1)
    array([ 237.8, -125.5,  -75.7])
    """
    return np.asarray(np.cumsum(np.atleast_1d(floats("lines Amount", amounts)), axis=-1))
