"""Tokens: volume served by systems, cost per token, and the premium for speed."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from model.compute.infrastructure import HOURS_A_YEAR
from model.errors import Floats, InputError, one_of
from model.fields import ONE, ZERO, Amount, Field, Names, Part, column, line
from model.functions import function
from model.tables import Listing, Table

SECONDS_A_YEAR = HOURS_A_YEAR * 3600

#: Tokens a second of one fully used system, all its users together.
Speed = Annotated[Floats, Field("tokens a second", above=0.0)]
Use = Annotated[Floats, Field("fraction", above=0.0, high=1.0)]
Life = Annotated[Floats, Field("years", above=0.0, high=100.0)]
SystemPower = Annotated[Floats, Field("kW", low=0.0)]
PowerPrice = Annotated[Floats, Field("USD a MWh", low=0.0)]
Overhead = Annotated[Floats, Field("ratio", low=1.0, high=10.0)]
Yearly = Annotated[Floats, Field("USD m a year", low=0.0)]


@function
def token_volume(
    tokens_per_second: Speed,
    utilisation: Use = ONE,
    systems: Annotated[Floats, Field("systems", low=0.0)] = ONE,
) -> Annotated[Floats, Field("m tokens")]:
    """Millions of tokens served by systems in a year.

    Parameters
    ----------
    tokens_per_second
        Served by one fully used system, all its users together.
    utilisation
        Share of time at full use.
    systems
        Number of systems.

    Returns
    -------
    ndarray, shape (...)
        Millions of tokens; a year has 8,760 hours.

    References
    ----------
    A published calculator (cliffcenter.com): 6,346 instances of 9,144 tokens a second at 75%
    serve 1,372.5 trillion tokens a year.

    Examples
    --------
    >>> round(float(token_volume(9144, 0.75, 6346)) / 1e6, 1)
    1372.5
    """
    return np.asarray(tokens_per_second * utilisation * systems * SECONDS_A_YEAR / 1e6)


class SystemYear(NamedTuple):
    """A system's yearly volume (millions of tokens) and cost (USD millions)."""

    tokens: Floats
    capital: Floats
    power: Floats
    other: Floats

    @property
    def cost(self) -> Floats:
        """All costs of the year, USD millions."""
        return np.asarray(self.capital + self.power + self.other)

    @property
    def cost_per_million(self) -> Floats:
        """USD per million tokens."""
        return np.asarray(self.cost * 1e6 / self.tokens)


def system_year(
    tokens_per_second: Floats,
    system_cost: Floats,
    life: Floats,
    utilisation: Floats = ONE,
    system_power: Floats = ZERO,
    power_price: Floats = ZERO,
    pue: Floats = ONE,
    other_cost: Floats = ZERO,
    rate: Floats = ZERO,
) -> SystemYear:
    """Tokens and costs of a system in a year; arguments as in TOKEN_PRICE.

    Capital is charged as the level payment ``cost * r / (1 - (1 + r) ** -life)`` at the end of
    each year, which is straight-line depreciation at a rate of 0.
    """
    worth = -np.expm1(-life * np.log1p(rate))
    charge = np.where(rate > 0, rate / worth, 1 / life)
    power = system_power / 1000 * pue * HOURS_A_YEAR * power_price / 1e6
    capital = np.asarray(system_cost * charge)
    return SystemYear(token_volume(tokens_per_second, utilisation), capital, power, other_cost)


class TokenCost(Listing):
    """A system's cost a year, line by line, and per million tokens; (..., lines)."""

    labels = ("Depreciation", "Power", "Other cost")
    totals = ("Cost",)

    name: Names = line("Line", "name")
    amount: Floats = line("USD m a year", "USD m a year", form="factor", total=True)
    per_million: Floats = line("USD per million tokens", "USD", form="factor", total=True)


@function
def token_cost(
    tokens_per_second: Speed,
    system_cost: Amount,
    life: Life,
    utilisation: Use = ONE,
    system_power: SystemPower = ZERO,
    power_price: PowerPrice = ZERO,
    pue: Overhead = ONE,
    other_cost: Yearly = ZERO,
) -> TokenCost:
    """Cost per million tokens of a system: depreciation, power and other cost.

    Parameters
    ----------
    tokens_per_second
        Served by one fully used system, all its users together.
    system_cost
        Cost of the system, with its supporting equipment.
    life
        Years over which it is depreciated straight-line.
    utilisation
        Share of time at full use.
    system_power
        Power of the system, drawn all year.
    power_price
        Price of electricity.
    pue
        Power of the facility over power of the IT.
    other_cost
        Rent, staff, network and maintenance of the system.

    References
    ----------
    ``cost a year / (tokens a second * utilisation * seconds a year)``. The example is 1.29 a
    GPU-hour at 2,400 tokens a second and 70% (rahulkashyap.dev, LLM serving economics).

    Examples
    --------
    >>> round(float(token_cost(2400, 1.29 * 8760 / 1e6, 1, 0.7).per_million.sum()), 2)
    0.21
    """
    year = system_year(
        tokens_per_second,
        system_cost,
        life,
        utilisation,
        system_power,
        power_price,
        pue,
        other_cost,
    )
    amount = np.stack(np.broadcast_arrays(year.capital, year.power, year.other), axis=-1)
    return TokenCost(TokenCost.labels, amount, amount * 1e6 / year.tokens[..., None])


@function
def token_price(
    gross_margin: Annotated[Floats, Field("fraction", low=-100.0, below=1.0)],
    tokens_per_second: Speed,
    system_cost: Amount,
    life: Life,
    utilisation: Use = ONE,
    system_power: SystemPower = ZERO,
    power_price: PowerPrice = ZERO,
    pue: Overhead = ONE,
    other_cost: Yearly = ZERO,
    rate: Part = ZERO,
) -> Annotated[Floats, Field("USD")]:
    """Price per million tokens at which a system earns a gross margin, or its cost of capital.

    Parameters
    ----------
    gross_margin
        Margin to earn; 0 for the cost itself.
    tokens_per_second
        Served by one fully used system, all its users together.
    system_cost
        Cost of the system, with its supporting equipment.
    life
        Years of use.
    utilisation
        Share of time at full use.
    system_power
        Power of the system, drawn all year.
    power_price
        Price of electricity.
    pue
        Power of the facility over power of the IT.
    other_cost
        Rent, staff, network and maintenance of the system.
    rate
        Cost of capital, which is also a cost; 0 for depreciation alone.

    Returns
    -------
    ndarray, shape (...)
        USD per million tokens: ``cost / (1 - gross_margin)``. At a margin of 0 and with a rate,
        the net present value of the system is zero.

    Notes
    -----
    Capital is charged as the level yearly payment ``system_cost * r / (1 - (1 + r) ** -life)``
    at the end of each year, before tax.

    References
    ----------
    A published calculator (cliffcenter.com): a cost of 0.1012 sold at 0.210 is a mark-up of
    108%, and so a margin of 52%. A buy-or-rent calculator (legitlads.com) has 1.92 million over
    four years at 10%, with 182,170 a year of other cost.

    Examples
    --------
    >>> round(float(token_price(1 - 0.1012 / 0.21, 1e6, 0.1012 * 31.536, 1)), 3)
    0.21
    >>> even = token_price(0, 1, 1.92, 4, other_cost=0.18217025, rate=0.1)
    >>> round(float(even) * 31.536 / 1e6, 4)
    0.7879
    """
    year = system_year(
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
    return np.asarray(year.cost_per_million / (1 - gross_margin))


# The premium for speed ----------------------------------------------------------------------------


class SpeedPremium(Listing):
    """A company's price and speed against every other offer."""

    name: Names = line("Provider", "name")
    price: Floats = line("Price", "USD")
    speed: Floats = line("Speed", "tokens a second", form="whole money")
    price_multiple: Floats = line("Price multiple", "ratio", form="multiple")
    speed_multiple: Floats = line("Speed multiple", "ratio", form="multiple")
    elasticity: Floats = line("Elasticity", "ratio", undefined="n.m.")


class Offers(Table):
    """Prices and speeds of providers, the company among them."""

    name: Names = column("Provider", "name", "Who offers the tokens.", key=True)
    price: Floats = column("Price", "USD", "Price of a million tokens.", above=0)
    speed: Floats = column("Speed", "tokens a second", "Tokens a second per user.", above=0)

    def check(self) -> None:
        """Refuse fewer than two offers."""
        if len(self) < 2:
            raise InputError(
                self.argument(), "must hold the company's own offer and at least one other"
            )


@function
def token_premium(
    offers: Offers, provider: Annotated[str, Field("name", kind="text")]
) -> SpeedPremium:
    """Price and speed of a company's tokens against every other offer, and the premium for speed.

    Parameters
    ----------
    offers
        The company's own offer, and at least one other.
    provider
        The company's name in the offers.

    Raises
    ------
    InputError
        For fewer than two offers, a repeated provider, or one without an offer.

    Notes
    -----
    Elasticity is ``log(price multiple) / log(speed multiple)``: 1 if the price is in proportion to
    speed, 0 if speed earns nothing, above 1 if speed is scarce.

    References
    ----------
    Artificial Analysis, 13 July 2026, on gpt-oss-120b: Cerebras 0.39 at 1,861 tokens a second,
    Groq 0.14 at 479. A published premium: 6 times the price for 2.5 times the speed,
    Anthropic's fast mode of Claude Opus 4.6.

    Examples
    --------
    >>> made = token_premium(Offers(["Cerebras", "Groq"], [0.39, 0.14], [1861, 479]), "Cerebras")
    >>> made.price_multiple.round(2), made.speed_multiple.round(2), made.elasticity.round(2)
    (array([2.79]), array([3.89]), array([0.75]))
    """
    name = one_of("provider", provider, offers.name)
    is_own = np.array([each == name for each in offers.name])
    own, others = offers.price[..., is_own], offers.price[..., ~is_own]
    fast, speeds = offers.speed[..., is_own], offers.speed[..., ~is_own]
    dearer, faster = own / others, fast / speeds
    # With equal speeds, elasticity is undefined unless prices are equal.
    elasticity = np.log(dearer) / np.where(faster == 1, np.nan, np.log(faster))
    names = tuple(each for each in offers.name if each != name)
    return SpeedPremium(names, others, speeds, dearer, faster, elasticity)
