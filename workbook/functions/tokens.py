"""Tokens: what systems serve, what a token costs, and what speed earns."""

from __future__ import annotations

from model.compute import unit_economics
from model.fields import NOT_MEANINGFUL
from workbook.arguments import Rows, listing
from workbook.functions.declare import function
from workbook.tables.economics import Offers


@function
def token_volume(tokens_per_second: float, utilisation: float = 1.0, systems: float = 1.0) -> float:
    """Millions of tokens that systems serve in a year.

    Parameters
    ----------
    tokens_per_second : number, tokens a second
        Served by one system in full use, all its users together, above 0.
    utilisation : number, fraction, optional
        Share of the time in full use, above 0 and at most 1.
    systems : number, systems, optional
        Number of systems, at least 0.

    Returns
    -------
    float
        Millions of tokens; a year has 8,760 hours.

    Raises
    ------
    InputError
        For a speed that is not above 0, a utilisation out of its bounds, or negative systems.

    References
    ----------
    A published calculator (cliffcenter.com): 6,346 instances of 9,144 tokens a second at 75%
    serve 1,372.5 trillion tokens a year.

    Examples
    --------
    >>> round(token_volume(9144, 0.75, 6346) / 1e6, 1)
    1372.5
    """
    return float(unit_economics.token_volume(tokens_per_second, utilisation, systems))


@function
def token_cost(
    tokens_per_second: float,
    system_cost: float,
    life: float,
    utilisation: float = 1.0,
    system_power: float = 0.0,
    power_price: float = 0.0,
    pue: float = 1.0,
    other_cost: float = 0.0,
) -> Rows:
    """Cost per million tokens of a system: depreciation, power and other cost.

    Parameters
    ----------
    tokens_per_second : number, tokens a second
        Served by one system in full use, all its users together, above 0.
    system_cost : number, USD m
        Cost of the system, with what it needs around it, at least 0.
    life : number, years
        Years over which it is depreciated in a line, above 0 and at most 100.
    utilisation : number, fraction, optional
        Share of the time in full use, above 0 and at most 1.
    system_power : number, kW, optional
        Power of the system, drawn all year, at least 0.
    power_price : number, USD a MWh, optional
        Price of electricity, at least 0.
    pue : number, ratio, optional
        Power of the facility over power of the IT, 1 to 10.
    other_cost : number, USD m a year, optional
        Rent, staff, network and maintenance of the system, at least 0.

    Returns
    -------
    table
        Line, USD millions a year, USD per million tokens: depreciation, power, other cost, cost.

    Raises
    ------
    InputError
        For a speed that is not above 0, a life, utilisation or PUE out of its bounds, or a negative
        cost, power or price.

    References
    ----------
    ``cost a year / (tokens a second * utilisation * seconds a year)``. The example is 1.29 a
    GPU-hour at 2,400 tokens a second and 70% (rahulkashyap.dev, LLM serving economics).

    Examples
    --------
    >>> round(token_cost(2400, 1.29 * 8760 / 1e6, 1, 0.7)[-1][2], 2)
    0.21
    """
    year = unit_economics.system_year(
        tokens_per_second,
        system_cost,
        life,
        utilisation,
        system_power,
        power_price,
        pue,
        other_cost,
    )
    lines = {
        "Depreciation": year.capital,
        "Power": year.power,
        "Other cost": year.other,
        "Cost": year.cost,
    }
    return listing(
        ["Line", "USD m a year", "USD per million tokens"],
        *([name, amount, amount * 1e6 / year.tokens] for name, amount in lines.items()),
    )


@function
def token_price(
    gross_margin: float,
    tokens_per_second: float,
    system_cost: float,
    life: float,
    utilisation: float = 1.0,
    system_power: float = 0.0,
    power_price: float = 0.0,
    pue: float = 1.0,
    other_cost: float = 0.0,
) -> float:
    """Price per million tokens at which a system earns a gross margin.

    Parameters
    ----------
    gross_margin : number, fraction
        Margin to earn, below 1; 0 for the cost itself.
    tokens_per_second : number, tokens a second
        Served by one system in full use, all its users together, above 0.
    system_cost : number, USD m
        Cost of the system, with what it needs around it, at least 0.
    life : number, years
        Years over which it is depreciated in a line, above 0 and at most 100.
    utilisation : number, fraction, optional
        Share of the time in full use, above 0 and at most 1.
    system_power : number, kW, optional
        Power of the system, drawn all year, at least 0.
    power_price : number, USD a MWh, optional
        Price of electricity, at least 0.
    pue : number, ratio, optional
        Power of the facility over power of the IT, 1 to 10.
    other_cost : number, USD m a year, optional
        Rent, staff, network and maintenance of the system, at least 0.

    Returns
    -------
    float
        USD per million tokens: ``cost / (1 - gross_margin)``.

    Raises
    ------
    InputError
        For what TOKEN_COST refuses, or a gross margin of 1 or more.

    References
    ----------
    A published calculator (cliffcenter.com): a cost of 0.1012 sold at 0.210 is a mark-up of
    108%, and so a margin of 52%.

    Examples
    --------
    >>> round(token_price(1 - 0.1012 / 0.21, 1e6, 0.1012 * 31.536, 1), 3)
    0.21
    """
    year = unit_economics.system_year(
        tokens_per_second,
        system_cost,
        life,
        utilisation,
        system_power,
        power_price,
        pue,
        other_cost,
    )
    return float(unit_economics.token_price(year, gross_margin))


@function
def token_break_even(
    rate: float,
    tokens_per_second: float,
    system_cost: float,
    life: float,
    utilisation: float = 1.0,
    system_power: float = 0.0,
    power_price: float = 0.0,
    pue: float = 1.0,
    other_cost: float = 0.0,
) -> float:
    """Price per million tokens at which a system pays for itself and earns its cost of capital.

    Parameters
    ----------
    rate : number, fraction
        Cost of capital, 0 to 10; 0 for depreciation alone.
    tokens_per_second : number, tokens a second
        Served by one system in full use, all its users together, above 0.
    system_cost : number, USD m
        Cost of the system, with what it needs around it, at least 0.
    life : number, years
        Years of use, above 0 and at most 100.
    utilisation : number, fraction, optional
        Share of the time in full use, above 0 and at most 1.
    system_power : number, kW, optional
        Power of the system, drawn all year, at least 0.
    power_price : number, USD a MWh, optional
        Price of electricity, at least 0.
    pue : number, ratio, optional
        Power of the facility over power of the IT, 1 to 10.
    other_cost : number, USD m a year, optional
        Rent, staff, network and maintenance of the system, at least 0.

    Returns
    -------
    float
        USD per million tokens, at which the net present value of the system is zero.

    Raises
    ------
    InputError
        For what TOKEN_COST refuses, or a rate outside 0 to 10.

    Notes
    -----
    Capital is charged as the level yearly payment ``system_cost * r / (1 - (1 + r) ** -life)``,
    at the end of each year, before tax.

    References
    ----------
    The payment is Excel's PMT. A published buy-or-rent calculator (legitlads.com) has 1.92
    million over four years at 10%, with 182,170 a year of other cost.

    Examples
    --------
    >>> yearly = token_break_even(0.1, 1, 1.92, 4, 1, 0, 0, 1, 0.18217025) * 31.536 / 1e6
    >>> round(yearly, 4)
    0.7879
    """
    year = unit_economics.system_year(
        tokens_per_second,
        system_cost,
        life,
        utilisation,
        system_power,
        power_price,
        pue,
        other_cost,
        rate,
    )
    return float(unit_economics.token_price(year))


@function
def token_premium(offers: Offers) -> Rows:
    """Price and speed of a company's tokens against each other offer: does speed earn a price.

    Parameters
    ----------
    offers : table, USD per million tokens and tokens a second
        Table with headers Provider, Price, Speed; the company's own offer in the first row, and
        one other at least.

    Returns
    -------
    table
        A row for each other offer: its price and speed, how many times dearer and faster the
        company is, and the elasticity, which is n.m. where the speeds are equal.

    Raises
    ------
    InputError
        For fewer than two offers, a provider that is there twice, or a price or speed that is not
        above 0.

    Notes
    -----
    Elasticity is ``log(price multiple) / log(speed multiple)``: 1 where the price is in
    proportion to speed, 0 where speed earns nothing, above 1 where it is scarce.

    References
    ----------
    Artificial Analysis, 13 July 2026, on gpt-oss-120b: Cerebras 0.39 at 1,861 tokens a second,
    Groq 0.14 at 479. A premium that is told as such: 6 times the price for 2.5 times the speed,
    Anthropic's fast mode of Claude Opus 4.6.

    Examples
    --------
    >>> table = [["Provider", "Price", "Speed"], ["Fast", 150, 2.5], ["Standard", 25, 1]]
    >>> token_premium(table)[1][3:5]
    [6.0, 2.5]

    >>> table = [["Provider", "Price", "Speed"], ["Cerebras", 0.39, 1861], ["Groq", 0.14, 479]]
    >>> [round(number, 2) for number in token_premium(table)[1][3:]]
    [2.79, 3.89, 0.75]
    >>> token_premium([*table[:2], ["As fast", 0.14, 1861]])[1][4:]
    [1.0, 'n.m.']
    """
    made = unit_economics.speed_premium(offers.price, offers.speed)
    rows = zip(
        offers.name[1:],
        offers.price[1:],
        offers.speed[1:],
        made.price_multiple,
        made.speed_multiple,
        (NOT_MEANINGFUL if power is None else power for power in made.elasticity),
        strict=True,
    )
    return listing(
        ["Provider", "Price", "Speed", "Price multiple", "Speed multiple", "Elasticity"], *rows
    )
