"""Revenue by stream, each with growth and a margin that fade."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from model.arrays import lagged, ratio
from model.errors import Floats, InputError, require
from model.fields import Field, Names, column, line
from model.functions import function
from model.tables import Schedule, Table

#: Longest horizon of a schedule, years.
LONGEST = 600
Years = Annotated[int, Field("years", low=1, high=LONGEST)]
#: A column, or value, that may be left blank: NaN.
OPTIONAL: dict[str, Any] = {"default": np.nan, "blank": np.nan}
#: Years that a path takes.
PATH = OPTIONAL | {"low": 1, "high": LONGEST, "whole": True}


class Streams(Table):
    """Revenue streams in the base year, one a row."""

    name: Names = column("Stream", "name", "Name of the stream.", key=True)
    revenue: Floats = column("Revenue", "USD m", "Revenue of the base year.", low=0)
    growth: Floats = column("Growth", "fraction", "Growth a year.", low=-1, high=5)
    margin: Floats = column(
        "Margin",
        "fraction",
        "Gross margin; where it converges, that of the base year.",
        low=-100,
        high=1,
    )
    growth_years: Floats = column(
        "Growth years",
        "years",
        "Years before growth fades linearly to the terminal growth.",
        **PATH,
    )
    terminal_growth: Floats = column(
        "Terminal growth", "fraction", "Growth of the final year.", low=-1, high=5, **OPTIONAL
    )
    target_margin: Floats = column(
        "Target margin",
        "fraction",
        "Margin that is reached linearly.",
        low=-100,
        high=1,
        **OPTIONAL,
    )
    margin_years: Floats = column(
        "Margin years",
        "years",
        "Years in which the margin reaches its target; all if blank.",
        **PATH,
    )

    def check(self) -> None:
        """Refuse a path without its end, or an end without its path."""
        needs(self, "growth_years", "terminal_growth")
        needs(self, "terminal_growth", "growth_years")
        needs(self, "target_margin", "margin_years")


def needs(table: Table, name: str, other: str) -> None:
    """Refuse a row with a value that is meaningless without another column."""
    if (np.isnan(getattr(table, name)) & ~np.isnan(getattr(table, other))).any():
        headers = table.declared[name].header, table.declared[other].header
        raise InputError(f"{table.argument()} {headers[0]}", f"must be given where {headers[1]} is")


class StreamForecast(Schedule):
    """Revenue and gross profit, by stream (..., streams, years) and in total (..., years)."""

    streams: Names
    revenue: Floats = line("{}: revenue", each="streams")
    total_revenue: Floats = line("Revenue", total=True)
    growth: Floats = line("{}: growth", "fraction", each="streams")
    total_growth: Floats = line("Growth", "fraction")
    gross_profit: Floats = line("{}: gross profit", each="streams")
    total_gross_profit: Floats = line("Gross profit", total=True)
    margin: Floats = line("{}: margin", "fraction", each="streams")
    blended_margin: Floats = line("Blended margin", "fraction")


@function
def operating_streams(streams: Streams, years: Years = 10) -> StreamForecast:
    """Revenue and gross profit by stream and in total, with growth and margins that fade.

    Parameters
    ----------
    years
        Years of the forecast.

    Raises
    ------
    InputError
        For a stream whose growth or margin path is longer than the forecast, one of
        Growth years and Terminal growth without the other, or Margin years without a target.

    Notes
    -----
    Growth holds for its Growth years and then moves linearly to the Terminal growth of the
    final year; without them it is constant. Margin moves linearly to the Target margin, which it
    reaches after the Margin years, or in the final year; without a target it is constant.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 11 and 23. The example is J. Berk
    and P. DeMarzo, *Corporate Finance*, example 9.7: growth slows from 9% to 4% by 2011.

    Examples
    --------
    >>> sales = Streams(["Sales"], [518], [0.09], [0.09], growth_years=[1], terminal_growth=[0.04])
    >>> operating_streams(sales, 6).total_revenue.round(1)
    array([564.6, 609.8, 652.5, 691.6, 726.2, 755.3])
    """
    t = np.arange(1.0, years + 1)
    hold = np.where(np.isnan(streams.growth_years), years, streams.growth_years)[..., None]
    reach = np.where(np.isnan(streams.margin_years), years, streams.margin_years)[..., None]
    require(hold <= years, "streams Growth years", f"at most {years}, the years", hold)
    require(reach <= years, "streams Margin years", f"at most {years}, the years", reach)
    first = streams.growth[..., None]
    final = np.where(np.isnan(streams.terminal_growth), streams.growth, streams.terminal_growth)
    faded = np.clip((t - hold) / np.maximum(years - hold, 1), 0.0, 1.0)
    # The terminal growth is reached exactly.
    growth = np.where(faded == 1, final[..., None], first + (final[..., None] - first) * faded)
    revenue = streams.revenue[..., None] * np.cumprod(1 + growth, axis=-1)
    target = np.where(np.isnan(streams.target_margin), streams.margin, streams.target_margin)
    weight = np.minimum(t / reach, 1.0)
    margin = streams.margin[..., None] * (1 - weight) + target[..., None] * weight
    profit = revenue * margin
    total, total_profit = revenue.sum(-2), profit.sum(-2)
    before = lagged(streams.revenue.sum(-1), total)
    return StreamForecast(
        streams=streams.name,
        revenue=revenue,
        total_revenue=total,
        growth=np.broadcast_to(growth, revenue.shape),
        total_growth=ratio(total - before, before),
        gross_profit=profit,
        total_gross_profit=total_profit,
        margin=np.broadcast_to(margin, profit.shape),
        blended_margin=ratio(total_profit, total),
    )
