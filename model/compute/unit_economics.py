"""Unit economics: cost and margin of systems, their density, and what tokens cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.arrays import lagged, ratio
from model.compute.infrastructure import HOURS_A_YEAR
from model.compute.learning import exponent, first_cost, total_cost
from model.errors import Floats, InputError, floats, require

SECONDS_A_YEAR = HOURS_A_YEAR * 3600


@dataclass(frozen=True)
class Systems:
    """Systems made and sold by period, each of shape (..., periods)."""

    made: Floats
    cumulative: Floats
    unit_cost: Floats
    average_cost: Floats
    cumulative_average: Floats
    cost: Floats
    revenue: Floats
    gross_profit: Floats
    gross_margin: Floats


def systems(
    volume: npt.ArrayLike,
    price: npt.ArrayLike,
    unit_cost: npt.ArrayLike,
    learning_curve: npt.ArrayLike = 1.0,
    units_before: npt.ArrayLike = 0.0,
    curve: str = "wright",
) -> Systems:
    """Cost, revenue and margin of systems, period by period.

    Parameters
    ----------
    volume : array_like, shape (..., periods)
        Systems made and sold in each period.
    price : float, or array_like, shape (..., periods)
        USD millions a system, one for all periods or one for each.
    unit_cost : array_like, shape (...)
        USD millions: cost of the next system, the one after `units_before`.
    learning_curve : array_like, shape (...)
        What a doubling of the cumulative count leaves of the cost; 1 for no learning.
    units_before : array_like, shape (...)
        Systems made before the first period.
    curve : {"wright", "crawford"}
        What falls with every doubling.

    Returns
    -------
    Systems
        `unit_cost` is that of the period's last system, or of the last before it where a period
        makes none; averages and margin are 0 where there is nothing to divide by.

    Raises
    ------
    InputError
        For a negative number, a learning curve that is not above 0.5 and at most 1, or prices that
        are not as many as the periods.

    Examples
    --------
    75 hours for the first unit on an 85% curve: the 50 units after the first 200 take 806.772
    (manual of the R package learningCurve).

    >>> systems([200, 50], 0, 75, 0.85).cost.round(3)
    array([4330.915,  806.772])
    """
    n = np.atleast_1d(floats("volume", volume))
    p, before = floats("price", price), floats("units_before", units_before)
    require(n >= 0, "volume", "at least 0", n)
    require(p >= 0, "price", "at least 0", p)
    if p.ndim and p.shape[-1] != n.shape[-1]:
        raise InputError(
            "price",
            f"must hold one number or {n.shape[-1]}, one for each period, not {p.shape[-1]}",
        )
    require(before >= 0, "units_before", "at least 0", before)
    power = exponent(learning_curve)
    first = first_cost(unit_cost, before + 1, power, curve)[..., None]
    power = power[..., None]
    closing = before[..., None] + np.cumsum(n, axis=-1)
    cost = first * total_cost(lagged(before, closing), n, power, curve)
    # Of a first unit that is not complete, the cost is still that of the first unit.
    last = first * total_cost(np.maximum(closing - 1, 0.0), 1.0, power, curve)
    so_far = np.cumsum(cost, axis=-1)
    made = np.cumsum(n, axis=-1)
    revenue = n * p
    return Systems(
        *np.broadcast_arrays(
            n,
            closing,
            last,
            ratio(cost, n),
            ratio(so_far, made),
            cost,
            revenue,
            revenue - cost,
            ratio(revenue - cost, revenue),
        )
    )


def density(system_power: npt.ArrayLike, capacity: npt.ArrayLike = 1.0) -> Floats:
    """Systems that a capacity in MW of IT power holds, at kW each.

    Parameters
    ----------
    system_power : array_like, shape (...)
        kW, above 0.
    capacity : array_like, shape (...)
        MW, at least 0.

    Returns
    -------
    ndarray, shape (...)
        ``1000 * capacity / system_power``, not rounded.

    Raises
    ------
    InputError
        For a power that is not above 0, or a negative capacity.

    Examples
    --------
    >>> density([23, 25]).round(1)
    array([43.5, 40. ])
    """
    power, megawatts = floats("system_power", system_power), floats("capacity", capacity)
    require(power > 0, "system_power", "above 0", power)
    require(megawatts >= 0, "capacity", "at least 0", megawatts)
    return np.asarray(1000.0 * megawatts / power)


# Tokens ------------------------------------------------------------------------------------------


def token_volume(
    tokens_per_second: npt.ArrayLike, utilisation: npt.ArrayLike = 1.0, count: npt.ArrayLike = 1.0
) -> Floats:
    """Millions of tokens that systems serve in a year.

    Parameters
    ----------
    tokens_per_second : array_like, shape (...)
        Served by one system in full use, above 0.
    utilisation : array_like, shape (...)
        Share of the time in full use, above 0 and at most 1.
    count : array_like, shape (...)
        Number of systems, at least 0.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    InputError
        For an argument out of its bounds.

    Examples
    --------
    A published calculator: 6,346 instances at 9,144 tokens a second and a duty cycle of 75%
    serve 1,372.5 trillion tokens a year.

    >>> round(float(token_volume(9144, 0.75, 6346)) / 1e6, 1)
    1372.5
    """
    speed, used = floats("tokens_per_second", tokens_per_second), floats("utilisation", utilisation)
    number = floats("systems", count)
    require(speed > 0, "tokens_per_second", "above 0", speed)
    require((used > 0) & (used <= 1), "utilisation", "above 0 and at most 1", used)
    require(number >= 0, "systems", "at least 0", number)
    return np.asarray(speed * used * number * SECONDS_A_YEAR / 1e6)


@dataclass(frozen=True)
class SystemYear:
    """What a system serves (millions of tokens) and costs (USD millions) in a year."""

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
    tokens_per_second: npt.ArrayLike,
    system_cost: npt.ArrayLike,
    life: npt.ArrayLike,
    utilisation: npt.ArrayLike = 1.0,
    system_power: npt.ArrayLike = 0.0,
    power_price: npt.ArrayLike = 0.0,
    pue: npt.ArrayLike = 1.0,
    other_cost: npt.ArrayLike = 0.0,
    rate: npt.ArrayLike = 0.0,
) -> SystemYear:
    """Tokens and costs of a system in a year.

    Parameters
    ----------
    tokens_per_second : array_like
        Served by one system in full use, all its users together.
    system_cost : array_like
        USD millions.
    life : array_like
        Years.
    utilisation : array_like
        Share of the time in full use, above 0 and at most 1.
    system_power, power_price, pue : array_like
        kW, USD a MWh, and power of the facility over power of the IT. Power is drawn all year.
    other_cost : array_like
        USD millions a year.
    rate : array_like
        Cost of capital; 0 for straight-line depreciation alone.

    Returns
    -------
    SystemYear
        Capital is charged as the level payment ``cost * r / (1 - (1 + r) ** -life)`` at the end
        of each year, which is straight-line depreciation at a rate of 0.

    Raises
    ------
    InputError
        For a speed that is not above 0, a life, utilisation, PUE or rate out of its bounds, or a
        negative cost, power or price.
    """
    capital, years = floats("system_cost", system_cost), floats("life", life)
    power, energy = floats("system_power", system_power), floats("power_price", power_price)
    overhead, other = floats("pue", pue), floats("other_cost", other_cost)
    r = floats("rate", rate)
    require(capital >= 0, "system_cost", "at least 0", capital)
    require((years > 0) & (years <= 100), "life", "above 0 and at most 100", years)
    require(power >= 0, "system_power", "at least 0", power)
    require(energy >= 0, "power_price", "at least 0", energy)
    require((overhead >= 1) & (overhead <= 10), "pue", "from 1 to 10", overhead)
    require(other >= 0, "other_cost", "at least 0", other)
    require((r >= 0) & (r <= 1), "rate", "a fraction from 0 to 1", r)
    worth = -np.expm1(-years * np.log1p(r))
    charge = np.divide(r, worth, out=np.asarray(np.broadcast_to(1 / years, worth.shape).copy()),
                       where=np.broadcast_to(r > 0, worth.shape))  # fmt: skip
    return SystemYear(
        tokens=token_volume(tokens_per_second, utilisation),
        capital=np.asarray(capital * charge),
        power=np.asarray(power / 1000 * overhead * HOURS_A_YEAR * energy / 1e6),
        other=other,
    )


def token_price(year: SystemYear, gross_margin: npt.ArrayLike = 0.0) -> Floats:
    """Price per million tokens at which a system earns a gross margin, USD.

    Parameters
    ----------
    year : SystemYear
        Tokens and costs, as `system_year` gives them.
    gross_margin : array_like, shape (...)
        Fraction, below 1.

    Returns
    -------
    ndarray, shape (...)
        ``cost / (1 - gross_margin)``.

    Raises
    ------
    InputError
        For a gross margin of 1 or more.
    """
    margin = floats("gross_margin", gross_margin)
    require(margin < 1, "gross_margin", "below 1", margin)
    return np.asarray(year.cost_per_million / (1 - margin))


@dataclass(frozen=True)
class Premium:
    """A company's price and speed against others', one place per other offer."""

    price_multiple: tuple[float, ...]
    speed_multiple: tuple[float, ...]
    #: Power of speed that explains the price; none where the speeds are equal, because then no
    #: power of 1 explains another price, and every power explains the same.
    elasticity: tuple[float | None, ...]


def speed_premium(price: Sequence[float], speed: Sequence[float]) -> Premium:
    """Compare price and speed of the first offer with those of each of the others.

    The elasticity is ``log(price multiple) / log(speed multiple)``: 1 where the price is
    proportional to speed, 0 where speed earns nothing.

    Parameters
    ----------
    price, speed : sequence of float
        USD per million tokens and tokens a second, above 0; the company's own first.

    Returns
    -------
    Premium

    Raises
    ------
    InputError
        For a price or speed that is not above 0.

    Examples
    --------
    Six times the price for 2.5 times the speed (SemiAnalysis on Opus 4.6 fast):

    >>> round(speed_premium([6, 1], [2.5, 1]).elasticity[0], 2)
    1.96
    """
    prices, speeds = floats("offers Price", price), floats("offers Speed", speed)
    require(prices > 0, "offers Price", "above 0", prices)
    require(speeds > 0, "offers Speed", "above 0", speeds)
    dearer, faster = prices[0] / prices[1:], speeds[0] / speeds[1:]
    return Premium(
        tuple(dearer.tolist()),
        tuple(faster.tolist()),
        tuple(
            math.log(d) / math.log(f) if f != 1 else None
            for d, f in zip(dearer, faster, strict=True)
        ),
    )
