"""Market: its path between published sizes, what a share of it is worth, and token growth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, require, shown, yearly_rate

#: Furthest apart that two published years may be: beyond it one of them is a slip of the keyboard.
LONGEST = 200


def growth_rate(first: npt.ArrayLike, last: npt.ArrayLike, years: npt.ArrayLike) -> Floats:
    """Compound growth a year between two sizes.

    Parameters
    ----------
    first, last : array_like, shape (...)
        Sizes in one unit, above 0 and at least 0.
    years : array_like, shape (...)
        Time between them, above 0.

    Returns
    -------
    ndarray, shape (...)
        ``(last / first) ** (1 / years) - 1``.

    Raises
    ------
    InputError
        For a first size or years that are not above 0, or a negative last size.

    Examples
    --------
    Goldman Sachs expects 24 times the tokens of 2026 in 2030:

    >>> round(float(growth_rate(1, 24, 4)), 2)
    1.21
    """
    start, end, length = floats("first", first), floats("last", last), floats("years", years)
    require(start > 0, "first", "above 0", start)
    require(end >= 0, "last", "at least 0", end)
    require(length > 0, "years", "above 0", length)
    return np.asarray((end / start) ** (1 / length) - 1)


@dataclass(frozen=True)
class Path:
    """A market year by year: sizes, and growth from each year to the next, (..., years)."""

    year: tuple[int, ...]
    size: Floats
    growth: Floats


def path(year: Sequence[int], size: npt.ArrayLike) -> Path:
    """Sizes of a market in every year between published ones, at constant growth between them.

    Parameters
    ----------
    year : sequence of int
        Years of the published sizes, in any order.
    size : array_like, shape (..., places)
        Sizes in those years, above 0.

    Returns
    -------
    Path
        From the first published year to the last; `growth` has one year fewer.

    Raises
    ------
    InputError
        For fewer than two years, a year that is there twice, a size that is not above 0, or years
        more than 200 apart.

    Examples
    --------
    Inference spending, USD billions: 106 in 2025 and 255 in 2030 are 19% a year, about 179 in
    2028.

    >>> made = path([2025, 2030], [106, 255])
    >>> round(float(made.growth[0]), 2), round(float(made.size[3]))
    (0.19, 179)
    """
    sizes = np.atleast_1d(floats("points Size", size))
    require(sizes > 0, "points Size", "above 0", sizes)
    if len(year) < 2:
        raise InputError("points", f"must hold at least two years, not {len(year)}")
    order = np.argsort(np.array(year), kind="stable")
    known = np.array(year)[order]
    if (np.diff(known) == 0).any():
        twice = known[1:][np.diff(known) == 0][0]
        raise InputError("points Year", f"must be there once, and {twice} is there twice")
    if known[-1] - known[0] > LONGEST:
        span = known[-1] - known[0]
        raise InputError("points Year", f"must span at most {LONGEST} years, not {span}")
    every = np.arange(known[0], known[-1] + 1)
    after = np.clip(np.searchsorted(known, every), 1, known.size - 1)
    before = after - 1
    logs = np.log(sizes)[..., order]
    weight = (every - known[before]) / (known[after] - known[before])
    made = np.exp(logs[..., before] * (1 - weight) + logs[..., after] * weight)
    # What was published stands as it was published, to the last digit.
    made[..., known - known[0]] = sizes[..., order]
    return Path(tuple(every.tolist()), made, made[..., 1:] / made[..., :-1] - 1)


@dataclass(frozen=True)
class Scenarios:
    """Shares of a market and what they are worth; make them with `Scenarios.of`."""

    name: tuple[str, ...]
    share: Floats
    margin: Floats
    multiple: Floats
    probability: Floats | None

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        share: npt.ArrayLike,
        margin: npt.ArrayLike,
        multiple: npt.ArrayLike,
        probability: npt.ArrayLike | None = None,
    ) -> Scenarios:
        """Check scenarios; the last axis is the scenario."""
        shares = floats("scenarios Share", share)
        margins = floats("scenarios Margin", margin)
        multiples = floats("scenarios Multiple", multiple)
        require((shares >= 0) & (shares <= 1), "scenarios Share", "from 0 to 1", shares)
        require((margins >= 0) & (margins <= 1), "scenarios Margin", "from 0 to 1", margins)
        require(multiples >= 0, "scenarios Multiple", "at least 0", multiples)
        if probability is None:
            return cls(tuple(name), shares, margins, multiples, None)
        chances = floats("scenarios Probability", probability)
        inside = (chances >= 0) & (chances <= 1)
        require(inside, "scenarios Probability", "from 0 to 1", chances)
        total = chances.sum(-1)
        if not np.allclose(total, 1.0, rtol=0, atol=1e-9):
            raise InputError("scenarios Probability", f"must sum to 1, not {shown(total)}")
        return cls(tuple(name), shares, margins, multiples, chances)


@dataclass(frozen=True)
class ShareValue:
    """What shares of a market come to, (..., scenarios), and expected values, (...)."""

    revenue: Floats
    profit: Floats
    future_value: Floats
    present_value: Floats


def share_value(
    scenarios: Scenarios, market: npt.ArrayLike, rate: npt.ArrayLike, years: npt.ArrayLike
) -> ShareValue:
    """Revenue, profit and value of each share of a market, discounted to today.

    Parameters
    ----------
    scenarios : Scenarios
        Shares, margins and multiples of profit.
    market : array_like, shape (...)
        Size of the market in the target year, USD millions.
    rate : array_like, shape (...)
        Discount rate.
    years : array_like, shape (...)
        Years from today to the target year's value.

    Returns
    -------
    ShareValue
        ``share * market``, times margin, times multiple, over ``(1 + rate) ** years``.

    Raises
    ------
    InputError
        For a negative market, a rate outside -1 to 1, or years outside 0 to 200.

    Examples
    --------
    The venture capital method: 2.5 million of earnings in year 5 at 15 times and 50% a year are
    worth 4,938,271.61 today (vcmethod.com).

    >>> all_of_it = Scenarios.of(["All"], [1.0], [1.0], [15])
    >>> round(float(share_value(all_of_it, 2.5, 0.5, 5).present_value[0]), 5)
    4.93827
    """
    size, r, length = (
        floats("market_size", market),
        yearly_rate("rate", rate),
        floats("years", years),
    )
    require(size >= 0, "market_size", "at least 0", size)
    _require_years(length)
    revenue = scenarios.share * size[..., None]
    profit = revenue * scenarios.margin
    value = profit * scenarios.multiple
    return ShareValue(revenue, profit, value, value * ((1 + r) ** -length)[..., None])


def implied_share(
    value: npt.ArrayLike,
    market: npt.ArrayLike,
    margin: npt.ArrayLike,
    multiple: npt.ArrayLike,
    rate: npt.ArrayLike,
    years: npt.ArrayLike,
) -> Floats:
    """Share of a market that a value today requires: the inverse of `share_value`.

    Parameters
    ----------
    value : array_like, shape (...)
        Value today, USD millions.
    market, rate, years : array_like, shape (...)
        As in `share_value`.
    margin, multiple : array_like, shape (...)
        Profit over revenue, and value over profit in the target year.

    Returns
    -------
    ndarray
        Above 1 where the whole market would not suffice.

    Raises
    ------
    InputError
        For a negative value, a market or multiple that is not above 0, a margin that is not above 0
        and at most 1, a rate outside -1 to 1, or years outside 0 to 200.

    Examples
    --------
    >>> round(float(implied_share(4.93827161, 2.5, 1, 15, 0.5, 5)), 6)
    1.0
    """
    today, size = floats("value", value), floats("market_size", market)
    kept, times = floats("margin", margin), floats("multiple", multiple)
    r, length = yearly_rate("rate", rate), floats("years", years)
    require(today >= 0, "value", "at least 0", today)
    require(size > 0, "market_size", "above 0", size)
    require((kept > 0) & (kept <= 1), "margin", "above 0 and at most 1", kept)
    require(times > 0, "multiple", "above 0", times)
    _require_years(length)
    return np.asarray(today * (1 + r) ** length / (size * kept * times))


def _require_years(years: Floats) -> None:
    require((years >= 0) & (years <= LONGEST), "years", f"from 0 to {LONGEST}", years)


@dataclass(frozen=True)
class TokenGrowth:
    """Multiples over the years, and growth a year, of tokens, spending and price per token."""

    tokens: Floats
    spending: Floats
    price: Floats
    tokens_a_year: Floats
    spending_a_year: Floats
    price_a_year: Floats


def token_growth(
    token_multiple: npt.ArrayLike, spending_multiple: npt.ArrayLike, years: npt.ArrayLike
) -> TokenGrowth:
    """Split growth of spending into growth of tokens and the change of the price per token.

    Parameters
    ----------
    token_multiple, spending_multiple : array_like, shape (...)
        Tokens and spending at the end over those at the start.
    years : array_like, shape (...)
        Time between them.

    Returns
    -------
    TokenGrowth
        The price multiple is spending over tokens.

    Raises
    ------
    InputError
        For a token multiple or years that are not above 0, or a negative spending multiple.

    Examples
    --------
    If 24 times the tokens cost 2.4 times the spending after four years, a token costs a tenth:

    >>> made = token_growth(24, 2.4, 4)
    >>> round(float(made.price), 3), round(float(made.price_a_year), 3)
    (0.1, -0.438)
    """
    tokens = floats("token_multiple", token_multiple)
    spending = floats("spending_multiple", spending_multiple)
    length = floats("years", years)
    require(tokens > 0, "token_multiple", "above 0", tokens)
    require(spending >= 0, "spending_multiple", "at least 0", spending)
    require(length > 0, "years", "above 0", length)
    price = np.asarray(spending / tokens)
    a_year = (np.asarray(m ** (1 / length) - 1) for m in (tokens, spending, price))
    return TokenGrowth(tokens, spending, price, *a_year)
