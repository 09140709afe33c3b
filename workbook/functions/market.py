"""Market: its path, the value of a share of it, the share a value requires, token growth."""

from __future__ import annotations

from model.compute import market
from workbook.arguments import Rows, listing, schedule
from workbook.functions.declare import function
from workbook.tables.economics import Points, Scenarios


@function
def market_path(points: Points) -> Rows:
    """Market size in every year between published ones, at constant growth between them.

    Parameters
    ----------
    points : table, years and USD m
        Table with headers Year, Size: two published years at least, in any order. Any unit of
        size.

    Returns
    -------
    table
        Across the years, from the first published one to the last: the size, and its growth,
        which is empty in the first year.

    Raises
    ------
    InputError
        For fewer than two years, a year that is there twice, a size that is not above 0, or years
        more than 200 apart.

    Notes
    -----
    Between two published years ``size = first * (last / first) ** (part of the time)``. Nothing
    is carried on beyond the last one.

    References
    ----------
    Cerebras, S-1, citing Bloomberg Intelligence: 251 billion in 2025 and 672 in 2029, growth of
    28% a year.

    Examples
    --------
    >>> made = market_path([["Year", "Size"], [2025, 251], [2029, 672]])
    >>> round(made[1][4]), round(made[2][4], 2)
    (525, 0.28)
    """
    made = market.path(points.year, points.size)
    return [
        *schedule("Year", made.year, {"Market": made.size}),
        ["Growth", "", *made.growth.tolist()],
    ]


@function
def market_growth(first: float, last: float, years: float) -> float:
    """Compound growth a year between two sizes.

    Parameters
    ----------
    first : number, any unit
        Size at the start, above 0.
    last : number, same unit
        Size at the end, at least 0.
    years : number, years
        Time between them, above 0.

    Returns
    -------
    float
        ``(last / first) ** (1 / years) - 1``.

    Raises
    ------
    InputError
        For a first size or years that are not above 0, or a negative last size.

    References
    ----------
    *Damodaran on Valuation*, 2nd ed., chapter 4: a toy retailer that is to grow from 100 million
    to 4.703 billion in ten years, 46.98% a year.

    Examples
    --------
    >>> round(market_growth(100, 70_000 * 0.05 * 1.03**10, 10), 4)
    0.4698
    """
    return float(market.growth_rate(first, last, years))


@function
def market_share_scenarios(
    scenarios: Scenarios, market_size: float, rate: float, years: float
) -> Rows:
    """Revenue, profit and value today of shares of a future market.

    Parameters
    ----------
    scenarios : table, fractions and ratio
        Table with headers Scenario, Share, Margin, Multiple and optionally Probability. Margin
        is profit over revenue, Multiple value over that profit; Probability sums to 1.
    market_size : number, USD m
        Size of the market in the target year, at least 0.
    rate : number, fraction
        Discount rate a year, above -1 and at most 1.
    years : number, years
        Time from today to the target year, 0 to 200.

    Returns
    -------
    table
        A row for each scenario: share, revenue, profit, value in the target year and value
        today, USD millions; with Probability a last row of expected values.

    Raises
    ------
    InputError
        For a Share, Margin or Probability outside 0 to 1, probabilities that do not sum to 1, a
        negative multiple or market, or a rate or years out of their bounds.

    Notes
    -----
    A multiple of net income gives the value of equity, one of operating income that of the
    enterprise. With a Margin of 1 the Multiple is one of sales.

    References
    ----------
    *Damodaran on Valuation*, 2nd ed., chapter 4: 5% of a market of 70 billion that grows at 3%
    for ten years are 4.703 billion.

    Examples
    --------
    >>> table = [["Scenario", "Share", "Margin", "Multiple"], ["Toys", 0.05, 0.1, 20]]
    >>> round(market_share_scenarios(table, 70_000 * 1.03**10, 0.12, 10)[1][2], 1)
    4703.7
    """
    made = market.share_value(scenarios, market_size, rate, years)
    columns = (
        scenarios.share,
        made.revenue,
        made.profit,
        made.future_value,
        made.present_value,
    )
    rows = [[name, *numbers] for name, *numbers in zip(scenarios.name, *columns, strict=True)]
    if scenarios.probability is not None:
        rows.append(["Expected", *(scenarios.probability @ column for column in columns)])
    return listing(
        ["Scenario", "Share", "Revenue", "Profit", "Value in the target year", "Value today"],
        *rows,
    )


@function
def market_implied_share(
    value: float, market_size: float, margin: float, multiple: float, rate: float, years: float
) -> float:
    """Share of a future market that a value today requires.

    Parameters
    ----------
    value : number, USD m
        Value today, at least 0: of the equity with a margin after tax and interest.
    market_size : number, USD m
        Size of the market in the target year, above 0.
    margin : number, fraction
        Profit over revenue, above 0 and at most 1.
    multiple : number, ratio
        Value over that profit in the target year, above 0.
    rate : number, fraction
        Discount rate a year, above -1 and at most 1.
    years : number, years
        Time from today to the target year, 0 to 200.

    Returns
    -------
    float
        A fraction; above 1 where the whole market would not suffice.

    Raises
    ------
    InputError
        For a negative value, or another argument out of its bounds.

    Notes
    -----
    ``value * (1 + rate) ** years / (market_size * margin * multiple)``. Shares that are issued
    until the target year raise it further.

    References
    ----------
    The inverse of the venture capital method. vcmethod.com: 2.5 million of earnings in year 5 at
    15 times and 50% a year are worth 4,938,271.61 today.

    Examples
    --------
    >>> round(market_implied_share(4.93827161, 10, 0.25, 15, 0.5, 5), 6)
    1.0
    """
    return float(market.implied_share(value, market_size, margin, multiple, rate, years))


@function
def market_token_growth(token_multiple: float, spending_multiple: float, years: float) -> Rows:
    """Growth of tokens, of spending on them and of the price per token that lies between.

    Parameters
    ----------
    token_multiple : number, ratio
        Tokens at the end over tokens at the start, above 0.
    spending_multiple : number, ratio
        Spending at the end over spending at the start, at least 0.
    years : number, years
        Time between them, above 0.

    Returns
    -------
    table
        Line, multiple over the whole time, growth a year: tokens, spending, price per token.

    Raises
    ------
    InputError
        For a token multiple or years that are not above 0, or a negative spending multiple.

    References
    ----------
    Goldman Sachs, May 2026: 24 times the tokens of 2026 in 2030, which is 121% a year.

    Examples
    --------
    >>> table = market_token_growth(24, (255 / 106) ** (4 / 5), 4)
    >>> [round(row[2], 3) for row in table[1:]]
    [1.213, 0.192, -0.461]
    """
    made = market.token_growth(token_multiple, spending_multiple, years)
    return listing(
        ["Line", "Multiple", "Growth a year"],
        ["Tokens", made.tokens, made.tokens_a_year],
        ["Spending", made.spending, made.spending_a_year],
        ["Price per token", made.price, made.price_a_year],
    )
