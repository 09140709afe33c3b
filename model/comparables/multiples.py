"""Comparable companies: multiples, quartiles, a regression on growth and margin, implied values.

A multiple is enterprise value (or, for earnings, market value) over a measure of the peer's
business. It is not meaningful where the measure is zero or below, and not known where it is not
given; both stand as NaN inside the model and take no part in any statistic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.comparables.regression import Regression, regress
from model.dilution import shares as dilution
from model.dilution.shares import Securities
from model.errors import Floats, InputError, floats, one_of, require, shown

#: Multiples and the measure below each; the value above it is the enterprise's, but the
#: market's for earnings.
MEASURES: dict[str, str] = {
    "EV/Revenue": "Revenue",
    "EV/Gross profit": "Gross profit",
    "EV/EBITDA": "EBITDA",
    "P/E": "Earnings",
}
#: Multiples over expected growth in percent, and what each is made from.
GROWTH_ADJUSTED: dict[str, str] = {"EV/Revenue to growth": "EV/Revenue", "PEG": "P/E"}
QUARTILES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
STATISTICS = ("Minimum", "First quartile", "Median", "Mean", "Third quartile", "Maximum")


@dataclass(frozen=True)
class Peers:
    """Comparable companies, one per place; a measure that is not known is NaN."""

    company: tuple[str, ...]
    enterprise_value: Floats
    market_value: Floats
    measures: dict[str, Floats]
    growth: Floats
    margin: Floats

    @classmethod
    def of(
        cls,
        company: Sequence[str],
        columns: Mapping[str, npt.ArrayLike],
    ) -> Peers:
        """Check and collect companies.

        Parameters
        ----------
        company : sequence of str
            Names, each once.
        columns : mapping of str to array_like
            By their headers: EV, or Market value and Net debt; Revenue; optionally Gross
            profit, EBITDA and Earnings, all in one currency and unit, and Growth and Margin as
            fractions. NaN where a cell is not known.

        Returns
        -------
        Peers
        """
        unknown = np.full(len(company), np.nan)
        given = {k: np.asarray(v, dtype=np.float64) for k, v in columns.items()}
        if len({c.casefold() for c in company}) < len(company):
            raise InputError("peers Company", "must name each company once")
        market = given.get("Market value", unknown)
        _positive("peers Market value", market)
        if "EV" in given and "Net debt" in given:
            raise InputError("peers", "must have the column EV or Net debt, not both")
        if "EV" in given:
            enterprise = given["EV"]
        elif "Net debt" in given and "Market value" in given:
            enterprise = market + given["Net debt"]
        else:
            raise InputError("peers", "must have the column EV, or both Market value and Net debt")
        if np.isnan(enterprise).any():
            name = company[int(np.flatnonzero(np.isnan(enterprise))[0])]
            raise InputError("peers", f"must give the enterprise value of {name!r}")
        _positive("peers EV", enterprise)
        if "Revenue" not in given:
            raise InputError("peers", "must have the column Revenue")
        _positive("peers Revenue", given["Revenue"])
        growth, margin = given.get("Growth", unknown), given.get("Margin", unknown)
        _share("peers Growth", growth, -1.0, 20.0)
        _share("peers Margin", margin, -20.0, 1.0)
        measures = {m: given[m] for m in MEASURES.values() if m in given}
        return cls(tuple(company), enterprise, market, measures, growth, margin)

    def multiple(self, name: str) -> Floats:
        """One multiple of every company; NaN where it is not meaningful or not known.

        Examples
        --------
        >>> peers = Peers.of(["NVIDIA"], {"EV": [4780], "Revenue": [253.49]})
        >>> peers.multiple("EV/Revenue").round(1)
        array([18.9])
        """
        if name in GROWTH_ADJUSTED:
            return _over(self.multiple(GROWTH_ADJUSTED[name]), 100 * self.growth)
        above = self.market_value if name == "P/E" else self.enterprise_value
        return _over(above, self.measures[MEASURES[name]])

    @property
    def available(self) -> list[str]:
        """Names of the multiples whose columns are there."""
        plain = [n for n, m in MEASURES.items() if m in self.measures]
        if "P/E" in plain and np.isnan(self.market_value).all():
            plain.remove("P/E")
        if np.isnan(self.growth).all():
            return plain
        return plain + [n for n, of in GROWTH_ADJUSTED.items() if of in plain]

    @property
    def multiples(self) -> dict[str, Floats]:
        """Every multiple whose columns are there."""
        return {name: self.multiple(name) for name in self.available}


def _positive(argument: str, values: Floats) -> None:
    require(np.isnan(values) | (values > 0), argument, "above 0", values)


def _share(argument: str, values: Floats, low: float, high: float) -> None:
    inside = np.isnan(values) | ((values >= low) & (values <= high))
    require(inside, argument, f"a fraction from {low:.0f} to {high:.0f}", values)


def _over(above: Floats, below: Floats) -> Floats:
    """Divide where the divisor is above zero; elsewhere the ratio means nothing."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return np.where(below > 0, above / below, np.nan)


def statistics(values: npt.ArrayLike) -> Floats:
    """Minimum, quartiles with the median, mean and maximum, in the order of `STATISTICS`.

    Quartiles are interpolated at rank p (n - 1), as by Excel's QUARTILE.INC; NaN is left out.

    Parameters
    ----------
    values : array_like, shape (companies,)
        A multiple of each company; NaN where it has none.

    Returns
    -------
    ndarray, shape (statistics,)

    Raises
    ------
    InputError
        ``#N/A`` where every value is NaN.

    Examples
    --------
    >>> statistics([1, 2, 4, 7, 8, 9, 10, 12]).round(3)
    array([ 1.   ,  3.5  ,  7.5  ,  6.625,  9.25 , 12.   ])
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if known.size == 0:
        raise InputError("peers", "must have at least one meaningful multiple of a kind", "#N/A")
    # Written out, because np.quantile takes ten times as long for a handful of companies.
    ranks = np.arange(known.size)
    low, first, middle, third, high = np.interp(QUARTILES * ranks[-1], ranks, np.sort(known))
    return np.array([low, first, middle, known.mean(), third, high])


def sales_regression(peers: Peers) -> tuple[tuple[str, ...], Regression]:
    """Regress EV/Revenue on the Growth and Margin that the peers state.

    Parameters
    ----------
    peers : Peers
        With Growth, Margin or both.

    Returns
    -------
    names : tuple of str
        Predictors in use: Growth, Margin or both.
    fit : Regression
        Over the companies that state all of them.

    Raises
    ------
    InputError
        For neither Growth nor Margin, and what `regression.regress` refuses.
    """
    columns = {"Growth": peers.growth, "Margin": peers.margin}
    used = {name: c for name, c in columns.items() if not np.isnan(c).all()}
    if not used:
        raise InputError("peers", "must have the column Growth, Margin or both for a regression")
    x = np.stack(list(used.values()), axis=-1)
    known = ~np.isnan(x).any(axis=-1)
    try:
        return tuple(used), regress(peers.multiple("EV/Revenue")[known], x[known])
    except InputError as refused:
        told = {"predictors": " and ".join(used), "explained": "EV/Revenue"}[refused.argument]
        raise InputError(f"peers {told}", refused.problem, refused.excel_error) from None


def sales_prediction(peers: Peers, growth: float, margin: float) -> tuple[Regression, Floats]:
    """Fit `sales_regression`, and order a company's own figures as its predictors.

    Parameters
    ----------
    peers : Peers
        As for `sales_regression`.
    growth, margin : float
        The company's own, fractions; what the peers do not state has no effect.

    Returns
    -------
    Regression, ndarray of shape (predictors,)
        The fit, and the predictors to hand to its `predict`.

    Raises
    ------
    InputError
        For what `sales_regression` refuses.
    """
    names, fit = sales_regression(peers)
    own = {"Growth": growth, "Margin": margin}
    return fit, np.array([own[name] for name in names])


# Implied values -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Implied:
    """Value that each statistic of a multiple implies; each of shape (..., statistics)."""

    multiple: Floats
    enterprise_value: Floats
    equity_value: Floats
    value_per_share: Floats


def implied(
    peers: Peers,
    multiple: str,
    amount: npt.ArrayLike,
    net_debt: npt.ArrayLike,
    securities: Securities,
    method: str = "treasury",
) -> Implied:
    """Value a company by the quartiles of its peers' multiples.

    Parameters
    ----------
    peers : Peers
    multiple : str
        A key of `MEASURES`.
    amount : array_like, shape (...)
        The company's own measure, above 0, in USD millions.
    net_debt : array_like, shape (...)
        Debt less cash, USD millions.
    securities, method
        As in `dilution.price_per_share`.

    Returns
    -------
    Implied

    Raises
    ------
    InputError
        For an unknown multiple, or an amount that is not above 0; ``#N/A`` where the peers lack its
        columns, or none has a meaningful one.
    """
    name = one_of("multiple", multiple, MEASURES)
    if name not in peers.available:
        raise InputError("peers", f"must have the columns of the multiple {name!r}", "#N/A")
    own, debt = floats("amount", amount)[..., None], floats("net_debt", net_debt)[..., None]
    require(own > 0, "amount", "above 0", own)
    over = statistics(peers.multiple(name))
    value = over * own
    equity = value if name == "P/E" else value - debt
    enterprise = value + debt if name == "P/E" else value
    return Implied(
        multiple=over,
        enterprise_value=enterprise,
        equity_value=equity,
        value_per_share=dilution.price_per_share(equity, securities, method),
    )


@dataclass(frozen=True)
class FootballField:
    """Ranges of value side by side, each of shape (methods,)."""

    method: tuple[str, ...]
    low: Floats
    middle: Floats
    high: Floats
    position: Floats

    @property
    def width(self) -> Floats:
        """From low to high."""
        return np.asarray(self.high - self.low)


def football_field(
    method: Sequence[str],
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    middle: npt.ArrayLike | None,
    reference: float,
) -> FootballField:
    """Set ranges side by side, and say where a reference price stands in each.

    Parameters
    ----------
    method : sequence of str
        What each range comes from.
    low, high : array_like, shape (methods,)
        Ends of each range, low not above high.
    middle : array_like, shape (methods,), optional
        A value within each range; halfway where it is NaN or not given.
    reference : float
        Price to compare.

    Returns
    -------
    FootballField
        The position is 0 at the low end and 1 at the high end, and beyond them outside; NaN
        for a range without width.

    Raises
    ------
    InputError
        For a low above its high, or a middle that is not between them.
    """
    first, last = floats("ranges Low", low), floats("ranges High", high)
    for name, a, b in zip(method, first, last, strict=True):
        if a > b:
            raise InputError(
                "ranges Low", f"must not be above High, and {name!r} has {shown(a)} over {shown(b)}"
            )
    halfway = (first + last) / 2
    inside = halfway if middle is None else np.asarray(middle, dtype=np.float64)
    inside = np.where(np.isnan(inside), halfway, inside)
    for name, a, m, b in zip(method, first, inside, last, strict=True):
        if not a <= m <= b:
            raise InputError(
                "ranges Middle", f"must be from Low to High, and {name!r} has {shown(m)}"
            )
    return FootballField(tuple(method), first, inside, last, _over(reference - first, last - first))
