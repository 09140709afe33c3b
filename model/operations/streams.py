"""Revenue by stream, each with growth and a margin that fade, and the paths that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.arrays import ratio
from model.errors import Floats, InputError, floats, require, shown

#: Longest forecast, years.
LONGEST = 600


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
        hold = optional_column("streams Growth years", growth_years, count)
        final = optional_column("streams Terminal growth", terminal_growth, count)
        target = optional_column("streams Target margin", target_margin, count)
        reach = optional_column("streams Margin years", margin_years, count)
        whole_years("streams Growth years", hold)
        whole_years("streams Margin years", reach)
        needs("streams", "Growth years", hold, "Terminal growth", final)
        needs("streams", "Terminal growth", final, "Growth years", hold)
        needs("streams", "Target margin", target, "Margin years", reach)
        for argument, values, low, high in (
            ("streams Terminal growth", final, -1, 100),
            ("streams Target margin", target, -100, 1),
        ):
            given = values[~np.isnan(values)]
            require((given >= low) & (given <= high), argument, f"from {low} to {high}", given)
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

    Raises
    ------
    InputError
        For years outside 1 to 600, or a stream whose growth holds or whose margin leads for longer.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 11 and 23, for the linear paths.

    Examples
    --------
    >>> made = stream_forecast(Streams.of(["A"], [100.0], [0.2], [0.1], target_margin=[0.4]), 3)
    >>> made.total_revenue.round(9), made.blended_margin.round(9)
    (array([120. , 144. , 172.8]), array([0.2, 0.3, 0.4]))
    """
    if not 1 <= years <= LONGEST:
        raise InputError("years", f"must be from 1 to {LONGEST}, not {shown(years)}")
    t = np.arange(1.0, years + 1)
    hold = np.where(np.isnan(streams.growth_years), years, streams.growth_years)[..., None]
    reach = np.where(np.isnan(streams.margin_years), years, streams.margin_years)[..., None]
    require(hold <= years, "streams Growth years", f"at most {years}, the years", hold)
    require(reach <= years, "streams Margin years", f"at most {years}, the years", reach)
    first = streams.growth[..., None]
    final = np.where(np.isnan(streams.terminal_growth), streams.growth, streams.terminal_growth)
    faded = np.clip((t - hold) / np.maximum(years - hold, 1), 0.0, 1.0)
    # The terminal growth itself is reached, and not a number beside it.
    growth = np.where(faded == 1, final[..., None], first + (final[..., None] - first) * faded)
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
        total_growth=ratio(total - before, before),
        total_gross_profit=total_profit,
        blended_margin=ratio(total_profit, total),
    )


# Columns that may be left out --------------------------------------------------------------------


def optional_column(argument: str, values: npt.ArrayLike | None, count: int) -> Floats:
    """Read a column in which NaN stands for what is left out."""
    if values is None:
        return np.full(count, np.nan)
    array = np.asarray(values, dtype=np.float64)
    if np.isinf(array).any():
        raise InputError(argument, "must be finite")
    return array


def needs(table: str, column: str, values: Floats, other: str, others: Floats) -> None:
    """Refuse a row that states what has no meaning without another column."""
    if (np.isnan(values) & ~np.isnan(others)).any():
        raise InputError(f"{table} {column}", f"must be given where {other} is")


def whole_years(argument: str, years: Floats) -> None:
    """Refuse years that are not whole, where they are given."""
    given = years[~np.isnan(years)]
    require((given >= 1) & (given == np.floor(given)), argument, "whole years from 1 on", given)
