"""Market: its path between published sizes, the value of a share of it, and token growth."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from model.errors import Floats, InputError, require, shown
from model.fields import Amount, Field, Names, Rate, column, line
from model.functions import function
from model.tables import Listing, Schedule, Table

#: Maximum gap between published years: beyond it, one of them is a typing error.
LONGEST = 200
#: Time from today to the target year.
YearsAhead = Annotated[Floats, Field("years", low=0.0, high=LONGEST)]


class MarketPath(Schedule):
    """A market year by year, each line of shape (..., years)."""

    size: Floats = line("Market", form="whole money")
    growth: Floats = line("Growth", "fraction", undefined="n.m.")


class Points(Table):
    """Published sizes of a market, in any order; any unit of size."""

    year: Floats = column(
        "Year", "year", "Year of a published size.", whole=True, low=1900, high=9999
    )
    size: Floats = column("Size", "USD m", "Size of the market in the year.", above=0)

    def check(self) -> None:
        """Refuse years that do not make a path."""
        check_path(self, self.year)


def check_path(table: Table, years: Floats) -> None:
    """Refuse a table whose years do not make a path."""
    where = table.places["year"]
    if len(table) < 2:
        raise InputError(table.argument(), f"must hold at least two years, not {len(table)}")
    known = np.sort(years)
    twice = known[1:][np.diff(known) == 0]
    if twice.size:
        raise InputError(where, f"must be unique, but {twice[0]:.0f} appears twice")
    span = known[-1] - known[0]
    require(span <= LONGEST, where, f"at most {LONGEST} years apart", span)


@function
def market_path(points: Points) -> MarketPath:
    """Market size in every year between published ones, at constant growth between them.

    Parameters
    ----------
    points
        Published sizes: two years at least, in any order, and any unit of size.

    Raises
    ------
    InputError
        For fewer than two years, a repeated year, a size that is not above 0, or years
        more than 200 apart.

    Notes
    -----
    Between two published years ``size = first * (last / first) ** (part of the time)``. Nothing is
    extrapolated beyond the last one.

    References
    ----------
    Cerebras, S-1, citing Bloomberg Intelligence: 251 billion in 2025 and 672 in 2029, growth of
    28% a year.

    Examples
    --------
    >>> made = market_path(Points([2025, 2029], [251, 672]))
    >>> round(float(made.size[3])), round(float(made.growth[3]), 2)
    (525, 0.28)
    """
    order = np.argsort(points.year, kind="stable")
    known, sizes = points.year[order].astype(int), points.size[..., order]
    every = np.arange(known[0], known[-1] + 1)
    after = np.clip(np.searchsorted(known, every), 1, known.size - 1)
    before = after - 1
    logs = np.log(sizes)
    weight = (every - known[before]) / (known[after] - known[before])
    made = np.exp(logs[..., before] * (1 - weight) + logs[..., after] * weight)
    # Published sizes are kept exactly.
    made[..., known - known[0]] = sizes
    growth = np.full_like(made, np.nan)
    growth[..., 1:] = made[..., 1:] / made[..., :-1] - 1
    return MarketPath(made, growth, across=every.tolist())


# Shares of a market ------------------------------------------------------------------------------


class Scenarios(Table):
    """Shares of a market and their value; the last axis is the scenario."""

    name: Names = column("Scenario", "name", "Name of the scenario.", key=True)
    share: Floats = column("Share", "fraction", "Share of the market.", low=0, high=1)
    margin: Floats = column("Margin", "fraction", "Profit over revenue.", low=0, high=1)
    multiple: Floats = column("Multiple", "ratio", "Value over that profit.", low=0)
    probability: Floats = column(
        "Probability",
        "fraction",
        "Probability of the scenario; they sum to 1.",
        low=0,
        high=1,
        default=np.nan,
        blank=np.nan,
    )

    @property
    def weighed(self) -> bool:
        """Whether the scenarios have probabilities."""
        return bool((~np.isnan(self.probability)).any())

    def check(self) -> None:
        """Refuse probabilities that do not sum to 1, or that some scenarios lack."""
        if self.weighed:
            self.fill("probability", 0.0, True)
            total = self.probability.sum(-1)
            if not np.allclose(total, 1.0, rtol=0, atol=1e-9):
                raise InputError(self.places["probability"], f"must sum to 1, not {shown(total)}")


class ShareValue(Listing):
    """Results of shares of a market, (..., scenarios)."""

    rows_of = "scenarios"

    name: Names = line("Scenario", "name")
    share: Floats = line("Share", "fraction")
    revenue: Floats = line("Revenue", form="whole money")
    profit: Floats = line("Profit", form="whole money")
    future_value: Floats = line("Value in the target year", form="whole money")
    present_value: Floats = line("Value today", form="whole money")
    #: Probabilities of the scenarios, if given.
    probability: Floats | None

    def bottom(self) -> list[dict[str, Any]]:
        """Return the expected values, if the scenarios have probabilities."""
        if self.probability is None:
            return []
        _, *numbers = self.declared
        return [{"name": "Expected", **{n: self.probability @ getattr(self, n) for n in numbers}}]


@function
def market_share_scenarios(
    scenarios: Scenarios, market_size: Amount, rate: Rate, years: YearsAhead
) -> ShareValue:
    """Revenue, profit and today's value of shares of a future market.

    Parameters
    ----------
    market_size
        Size of the market in the target year.
    rate
        Discount rate a year.
    years
        Time from today to the target year.

    Returns
    -------
    ShareValue
        With Probability, the last row holds the expected values.

    Raises
    ------
    InputError
        For a Share, Margin or Probability outside 0 to 1, probabilities that do not sum to 1, a
        negative multiple or market, or a rate or years out of their bounds.

    Notes
    -----
    A multiple of net income gives the value of equity; a multiple of operating income, that of the
    enterprise. With a Margin of 1, the Multiple is a multiple of sales.

    References
    ----------
    *Damodaran on Valuation*, 2nd ed., chapter 4: 5% of a market of 70 billion that grows at 3%
    for ten years are 4.703 billion. The venture capital method: 2.5 million of earnings in year 5
    at 15 times and 50% a year are worth 4,938,271.61 today (vcmethod.com).

    Examples
    --------
    >>> toys = Scenarios(["Toys"], [0.05], [0.1], [20])
    >>> market_share_scenarios(toys, 70_000 * 1.03**10, 0.12, 10).revenue.round(1)
    array([4703.7])
    >>> all_of_it = Scenarios(["All"], [1], [1], [15])
    >>> market_share_scenarios(all_of_it, 2.5, 0.5, 5).present_value.round(5)
    array([4.93827])
    """
    revenue = scenarios.share * market_size[..., None]
    profit = revenue * scenarios.margin
    value = profit * scenarios.multiple
    return ShareValue(
        scenarios.name,
        scenarios.share,
        revenue,
        profit,
        value,
        value * ((1 + rate) ** -years)[..., None],
        scenarios.probability if scenarios.weighed else None,
    )


@function
def market_implied_share(
    value: Amount,
    market_size: Annotated[Floats, Field("USD m", above=0.0)],
    margin: Annotated[Floats, Field("fraction", above=0.0, high=1.0)],
    multiple: Annotated[Floats, Field("ratio", above=0.0)],
    rate: Rate,
    years: YearsAhead,
) -> Annotated[Floats, Field("fraction")]:
    """Share of a future market that a value today requires.

    Parameters
    ----------
    value
        Value today: of the equity, if the margin is after tax and interest.
    market_size
        Size of the market in the target year.
    margin
        Profit over revenue.
    multiple
        Value over that profit in the target year.
    rate
        Discount rate a year.
    years
        Time from today to the target year.

    Returns
    -------
    ndarray, shape (...)
        A fraction; above 1 if even the entire market would not be enough.

    Notes
    -----
    ``value * (1 + rate) ** years / (market_size * margin * multiple)``. Shares issued
    before the target year raise it further.

    References
    ----------
    The inverse of the venture capital method. vcmethod.com: 2.5 million of earnings in year 5 at
    15 times and 50% a year are worth 4,938,271.61 today.

    Examples
    --------
    >>> round(float(market_implied_share(4.93827161, 10, 0.25, 15, 0.5, 5)), 6)
    1.0
    """
    return np.asarray(value * (1 + rate) ** years / (market_size * margin * multiple))


# Growth of tokens --------------------------------------------------------------------------------


class TokenGrowth(Listing):
    """Tokens, spending and price per token over the years; shapes (..., lines)."""

    labels = ("Tokens", "Spending", "Price per token")

    name: Names = line("Line", "name")
    multiple: Floats = line("Multiple", "ratio")
    growth: Floats = line("Growth a year", "fraction")


@function
def market_token_growth(
    token_multiple: Annotated[Floats, Field("ratio", above=0.0)],
    spending_multiple: Annotated[Floats, Field("ratio", low=0.0)],
    years: Annotated[Floats, Field("years", above=0.0, high=LONGEST)],
) -> TokenGrowth:
    """Growth of tokens, of spending on them and of the implied price per token.

    Parameters
    ----------
    token_multiple
        Tokens at the end over tokens at the start.
    spending_multiple
        Spending at the end over spending at the start.
    years
        Time between them.

    References
    ----------
    Goldman Sachs, May 2026: 24 times the tokens of 2026 in 2030, which is 121% a year.

    Examples
    --------
    >>> market_token_growth(24, (255 / 106) ** (4 / 5), 4).growth.round(3)
    array([ 1.213,  0.192, -0.461])
    """
    price = spending_multiple / token_multiple
    multiple = np.stack(np.broadcast_arrays(token_multiple, spending_multiple, price), axis=-1)
    growth = multiple ** (1 / years[..., None]) - 1
    return TokenGrowth(TokenGrowth.labels, multiple, growth)
