"""Operations: revenue by stream, costs by line, pass-through revenue, and the non-GAAP bridge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, one_of, require, shown

SbcConvention = Literal["cost", "excluded"]
#: Whether stock-based compensation counts among the costs.
SBC_CONVENTIONS: tuple[SbcConvention, ...] = get_args(SbcConvention)
#: Longest forecast, years.
LONGEST = 600


def _optional(argument: str, values: npt.ArrayLike | None, count: int) -> Floats:
    """Read a column in which NaN stands for what is left out."""
    if values is None:
        return np.full(count, np.nan)
    array = np.asarray(values, dtype=np.float64)
    if np.isinf(array).any():
        raise InputError(argument, "must be finite")
    return array


def _both_or_neither(one: str, first: Floats, other: str, second: Floats) -> None:
    if (np.isnan(first) & ~np.isnan(second)).any():
        raise InputError(one, f"must be given where {other.rpartition(' ')[0] or other} is")


def _whole_years(argument: str, years: Floats) -> None:
    given = years[~np.isnan(years)]
    require((given >= 1) & (given == np.floor(given)), argument, "whole years from 1 on", given)


def _horizon(years: int) -> Floats:
    if not 1 <= years <= LONGEST:
        raise InputError("years", f"must be from 1 to {LONGEST}, not {shown(years)}")
    return np.arange(1.0, years + 1)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Divide, with 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole != 0)


# Revenue by stream -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Streams:
    """Revenue streams in the base year; make them with `Streams.of`. Arrays end in the streams.

    NaN in a column that may be left out says that it is.
    """

    name: tuple[str, ...]
    revenue: Floats
    growth: Floats
    margin: Floats
    growth_years: Floats
    terminal_growth: Floats
    target_margin: Floats
    margin_years: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        revenue: npt.ArrayLike,
        growth: npt.ArrayLike,
        margin: npt.ArrayLike,
        *,
        growth_years: npt.ArrayLike | None = None,
        terminal_growth: npt.ArrayLike | None = None,
        target_margin: npt.ArrayLike | None = None,
        margin_years: npt.ArrayLike | None = None,
    ) -> Streams:
        """Check streams.

        Parameters
        ----------
        name : sequence of str
        revenue : array_like, shape (..., streams)
            Of the base year, USD millions, at least 0.
        growth, margin : array_like, shape (..., streams)
            Growth a year; gross margin, of the base year where it converges.
        growth_years, terminal_growth : array_like, optional
            Years before growth fades in a line to the terminal growth of the final year.
        target_margin, margin_years : array_like, optional
            Margin that is reached in a line, and the years that this takes.
        """
        count = len(name)
        sales, rate = floats("streams Revenue", revenue), floats("streams Growth", growth)
        share = floats("streams Margin", margin)
        require(sales >= 0, "streams Revenue", "at least 0", sales)
        require((rate >= -1) & (rate <= 100), "streams Growth", "from -1 to 100", rate)
        require((share >= -100) & (share <= 1), "streams Margin", "from -100 to 1", share)
        hold = _optional("streams Growth years", growth_years, count)
        final = _optional("streams Terminal growth", terminal_growth, count)
        target = _optional("streams Target margin", target_margin, count)
        reach = _optional("streams Margin years", margin_years, count)
        _whole_years("streams Growth years", hold)
        _whole_years("streams Margin years", reach)
        _both_or_neither("streams Growth years", hold, "Terminal growth ", final)
        _both_or_neither("streams Terminal growth", final, "Growth years ", hold)
        _both_or_neither("streams Target margin", target, "Margin years ", reach)
        for argument, values, low, high in (
            ("streams Terminal growth", final, -1, 100),
            ("streams Target margin", target, -100, 1),
        ):
            given = values[~np.isnan(values)]
            require(
                (given >= low) & (given <= high), argument, f"from {low} to {high}", given
            )
        return cls(tuple(name), sales, rate, share, hold, final, target, reach)


@dataclass(frozen=True)
class StreamForecast:
    """Revenue and gross profit, by stream (..., streams, years) and in total (..., years)."""

    revenue: Floats
    growth: Floats
    gross_profit: Floats
    margin: Floats
    total_revenue: Floats
    total_growth: Floats
    total_gross_profit: Floats
    blended_margin: Floats


def stream_forecast(streams: Streams, years: int = 10) -> StreamForecast:
    """Forecast revenue and gross profit stream by stream.

    Parameters
    ----------
    streams : Streams
    years : int
        Years of the forecast; none of the streams may hold or converge for longer.

    Returns
    -------
    StreamForecast
        Total growth and blended margin are 0 where there is no revenue.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 11 and 23, for the linear paths.

    Examples
    --------
    >>> made = stream_forecast(Streams.of(["A"], [100.0], [0.2], [0.1], target_margin=[0.4]), 3)
    >>> made.total_revenue.round(9), made.blended_margin.round(9)
    (array([120. , 144. , 172.8]), array([0.2, 0.3, 0.4]))
    """
    t = _horizon(years)
    hold = np.where(np.isnan(streams.growth_years), years, streams.growth_years)[..., None]
    reach = np.where(np.isnan(streams.margin_years), years, streams.margin_years)[..., None]
    require(hold <= years, "streams Growth years", f"at most {years}, the years", hold)
    require(reach <= years, "streams Margin years", f"at most {years}, the years", reach)
    first = streams.growth[..., None]
    final = np.where(np.isnan(streams.terminal_growth), streams.growth, streams.terminal_growth)
    faded = np.clip((t - hold) / np.maximum(years - hold, 1), 0.0, 1.0)
    growth = first + (final[..., None] - first) * faded
    revenue = streams.revenue[..., None] * np.cumprod(1 + growth, axis=-1)
    target = np.where(np.isnan(streams.target_margin), streams.margin, streams.target_margin)
    weight = np.minimum(t / reach, 1.0)
    margin = streams.margin[..., None] * (1 - weight) + target[..., None] * weight
    profit = revenue * margin
    total, total_profit = revenue.sum(-2), profit.sum(-2)
    base = streams.revenue.sum(-1)[..., None]
    before = np.concatenate([np.broadcast_to(base, total[..., :1].shape), total[..., :-1]], axis=-1)
    return StreamForecast(
        revenue=revenue,
        growth=np.broadcast_to(growth, revenue.shape),
        gross_profit=profit,
        margin=np.broadcast_to(margin, profit.shape),
        total_revenue=total,
        total_growth=_ratio(total - before, before),
        total_gross_profit=total_profit,
        blended_margin=_ratio(total_profit, total),
    )


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
        of_sales = _optional("costs Share", share, count)
        fixed = _optional("costs Amount", amount, count)
        target = _optional("costs Target share", target_share, count)
        reach = _optional("costs Years", years, count)
        rate = _optional("costs Growth", growth, count)
        paid_in_stock = floats("costs SBC", sbc) + np.zeros(count)
        if (np.isnan(of_sales) == np.isnan(fixed)).any():
            raise InputError("costs", "must have either a Share or an Amount in every row")
        _whole_years("costs Years", reach)
        _both_or_neither("costs Share", of_sales, "Target share ", target)
        _both_or_neither("costs Target share", target, "Years ", reach)
        _both_or_neither("costs Amount", fixed, "Growth ", rate)
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
    t = _horizon(years)
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
        operating_margin=_ratio(income, sales),
        overstated=_ratio(in_stock if convention == "excluded" else 0.0 * in_stock, sales),
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
            raise InputError(
                argument, f"must hold {sales.shape[-1]} years, not {values.shape[-1]}"
            )
    income = spent * added[..., None]
    revenue = spent + income
    total, total_income = sales + revenue, earned + income
    return PassThrough(
        revenue=revenue,
        income=income,
        total_revenue=total,
        total_income=total_income,
        core_margin=_ratio(earned, sales),
        reported_margin=_ratio(total_income, total),
    )
