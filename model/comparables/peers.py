"""Comparable companies, their multiples, and the quartiles of those multiples.

A multiple is enterprise value (or, for earnings, market value) over a measure of the peer's
business: of the last twelve months, or, forward, of the first year not yet reported. It is not
meaningful if the measure is zero or below, and not known if the measure is not given; both are NaN
inside the model and excluded from all statistics.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, require, shown
from model.fields import NOT_MEANINGFUL, Names, column, line
from model.functions import function
from model.tables import Listing, Table

#: Multiples and the measure below each.
MEASURES: dict[str, str] = {
    "EV/Revenue": "revenue",
    "Forward EV/Revenue": "forward_revenue",
    "EV/Gross profit": "gross_profit",
    "EV/EBITDA": "ebitda",
    "Forward EV/EBITDA": "forward_ebitda",
    "P/E": "earnings",
    "Forward P/E": "forward_earnings",
}
#: Multiples of the market value, not the enterprise's.
OF_EQUITY = ("P/E", "Forward P/E")
#: Multiples over expected growth in percent, and what each is made from.
GROWTH_ADJUSTED: dict[str, str] = {"EV/Revenue to growth": "EV/Revenue", "PEG": "P/E"}
QUARTILES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
#: Bounds of a company's growth and margins.
GROWTH = {"low": -1.0, "high": 15.0}
MARGIN = {"low": -20.0, "high": 1.0}
#: A gross margin and a gross profit of the same company may differ by this, from rounding.
ROUNDED = 1e-3


def _figure(header: str, meaning: str, **bounds: float) -> Any:
    """Declare a figure that may be unknown."""
    return column(header, "one currency", meaning, default=np.nan, blank=np.nan, **bounds)


def _measure(header: str, meaning: str, **bounds: float) -> Any:
    """Declare a measure on which a multiple can be based."""
    return column(header, "one currency", meaning, default=None, blank=np.nan, **bounds)


class Peers(Table):
    """Comparable companies, one a row; an unknown figure is left blank."""

    company: Names = column("Company", "name", "The company's name.", key=True)
    revenue: Floats = column(
        "Revenue", "one currency", "Revenue of the last twelve months.", above=0
    )
    market_value: Floats = _figure("Market value", "Market value of the equity.", above=0)
    net_debt: Floats = _figure("Net debt", "Debt less cash; with the market value, for EV.")
    ev: Floats = _figure("EV", "Enterprise value.", above=0)
    gross_profit: Floats | None = _measure("Gross profit", "Gross profit.")
    ebitda: Floats | None = _measure("EBITDA", "EBITDA.")
    earnings: Floats | None = _measure("Earnings", "Net income.")
    growth: Floats = column(
        "Growth", "fraction", "Growth of revenue.", default=np.nan, blank=np.nan, **GROWTH
    )
    margin: Floats = column(
        "Margin", "fraction", "Margin of revenue.", default=np.nan, blank=np.nan, **MARGIN
    )
    forward_revenue: Floats | None = _measure(
        "Forward revenue", "Revenue expected for the first year not yet reported.", above=0
    )
    forward_ebitda: Floats | None = _measure("Forward EBITDA", "EBITDA expected for that year.")
    forward_earnings: Floats | None = _measure(
        "Forward earnings", "Net income expected for that year."
    )
    gross_margin: Floats = column(
        "Gross margin", "fraction", "Gross profit over revenue, if gross profit is not given.",
        default=np.nan, blank=np.nan, **MARGIN,
    )  # fmt: skip

    def check(self) -> None:
        """Refuse companies without an enterprise value, and gross margins that contradict."""
        stated, debt = not np.isnan(self.ev).all(), not np.isnan(self.net_debt).all()
        if stated and debt:
            raise InputError("peers", "must have the column EV or Net debt, not both")
        if not stated and (not debt or np.isnan(self.market_value).all()):
            raise InputError("peers", "must have the column EV, or both Market value and Net debt")
        missing = np.isnan(self.enterprise_value)
        if missing.any():
            name = self.company[int(np.flatnonzero(missing)[0])]
            raise InputError("peers", f"must give the enterprise value of {name!r}")
        require(self.enterprise_value > 0, "peers EV", "above 0", self.enterprise_value)
        self._fill_gross()

    def _fill_gross(self) -> None:
        """Calculate gross profit from gross margin, or the reverse, where one is not given."""
        profit, margin = self.gross_profit, self.gross_margin
        if profit is None:
            if not np.isnan(margin).all():
                self._put(gross_profit=margin * self.revenue)
            return
        of_profit = profit / self.revenue
        for at in zip(*(np.abs(of_profit - margin) > ROUNDED).nonzero(), strict=True):
            raise InputError(
                "peers Gross margin",
                f"must be Gross profit over Revenue, but {self.company[at[-1]]!r} has "
                f"{shown(margin[at])} instead of {shown(of_profit[at])}",
            )
        self._put(
            gross_profit=np.where(np.isnan(profit), margin * self.revenue, profit),
            gross_margin=np.where(np.isnan(margin), of_profit, margin),
        )

    @cached_property
    def enterprise_value(self) -> Floats:
        """Enterprise value of each company, as stated or from its market value."""
        return np.where(np.isnan(self.ev), self.market_value + self.net_debt, self.ev)

    def multiple(self, name: str) -> Floats:
        """One multiple of every company; NaN where it is not meaningful or not known.

        Examples
        --------
        >>> Peers(["NVIDIA"], [253.49], ev=[4780]).multiple("EV/Revenue").round(1)
        array([18.9])
        """
        if name in GROWTH_ADJUSTED:
            return over(self.multiple(GROWTH_ADJUSTED[name]), 100 * self.growth)
        above = self.market_value if name in OF_EQUITY else self.enterprise_value
        return over(above, getattr(self, MEASURES[name]))

    @property
    def available(self) -> list[str]:
        """Names of the multiples whose columns are given."""
        plain = [n for n, m in MEASURES.items() if getattr(self, m) is not None]
        if np.isnan(self.market_value).all():
            plain = [n for n in plain if n not in OF_EQUITY]
        if np.isnan(self.growth).all():
            return plain
        return plain + [n for n, of in GROWTH_ADJUSTED.items() if of in plain]

    @property
    def multiples(self) -> dict[str, Floats]:
        """Every multiple whose columns are given."""
        return {name: self.multiple(name) for name in self.available}


def over(above: Floats, below: Floats) -> Floats:
    """Divide where the divisor is above zero; elsewhere the ratio is not meaningful."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return np.where(below > 0, above / below, np.nan)


class Multiples(Listing):
    """Growth, gross margin and multiples of each company, and the names of the multiples.

    The multiples have the shape (multiples, companies).
    """

    rows_of = "peers"

    company: Names = line("Company", "name")
    enterprise_value: Floats = line("Enterprise value", form="whole money")
    growth: Floats = line("Growth", "fraction", undefined=NOT_MEANINGFUL)
    gross_margin: Floats = line("Gross margin", "fraction", undefined=NOT_MEANINGFUL)
    multiple: Floats = line("{}", "ratio", each="names", form="multiple", undefined=NOT_MEANINGFUL)
    names: Names = ()


@function
def comps_multiples(peers: Peers) -> Multiples:
    """Trailing, forward and growth-adjusted multiples of comparable companies.

    Parameters
    ----------
    peers
        Companies, in one currency and unit, with EV or both Market value and Net debt; leave
        unknown figures blank.

    Returns
    -------
    Multiples
        A forward multiple is for the first year not yet reported. ``EV/Revenue to growth`` and
        ``PEG`` are multiples over growth in percent. A multiple of a figure that is unknown, zero
        or negative is n.m.

    Raises
    ------
    InputError
        For a table with neither EV nor both Market value and Net debt, with EV and Net debt, with
        a value or revenue that is not above 0, or with a gross margin that is not gross profit
        over revenue.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 17 to 20; figures of 25 June 2026 from
    StockAnalysis.

    Examples
    --------
    >>> peers = Peers(["NVIDIA", "AMD"], [253.49, 37.454], ev=[4780, 839.01])
    >>> comps_multiples(peers).multiple.round(1)
    array([[18.9, 22.4]])
    """
    found = peers.multiples
    return Multiples(
        company=peers.company,
        enterprise_value=peers.enterprise_value,
        growth=peers.growth,
        gross_margin=peers.gross_margin,
        multiple=np.stack(list(found.values())),
        names=tuple(found),
    )


class Quartiles(Listing):
    """Statistics of each multiple, shapes (multiples,)."""

    multiple: Names = line("Multiple", "name")
    minimum: Floats = line("Minimum", "ratio", form="multiple")
    first_quartile: Floats = line("First quartile", "ratio", form="multiple")
    median: Floats = line("Median", "ratio", form="multiple")
    mean: Floats = line("Mean", "ratio", form="multiple")
    third_quartile: Floats = line("Third quartile", "ratio", form="multiple")
    maximum: Floats = line("Maximum", "ratio", form="multiple")
    companies: Floats = line("Companies", "count", form="count")


#: The statistics of a multiple, in the order of `statistics`.
STATISTICS: Names = tuple(f.header for f in Quartiles.declared.values())[1:-1]


@function
def comps_quartiles(peers: Peers) -> Quartiles:
    """Quartiles, median, mean and range of each multiple of comparable companies.

    Notes
    -----
    Quartiles are interpolated at rank p (n - 1). Multiples that are n.m. are excluded.

    References
    ----------
    R. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", *The American Statistician*
    50(4), 1996, definition 7; the example is Microsoft's for QUARTILE.INC.

    Examples
    --------
    >>> peers = Peers(list("ABCDEFGH"), [1] * 8, ev=[1, 2, 4, 7, 8, 9, 10, 12])
    >>> found = comps_quartiles(peers)
    >>> float(found.first_quartile[0]), float(found.median[0])
    (3.5, 7.5)
    """
    found = {n: v for n, v in peers.multiples.items() if not np.isnan(v).all()}
    columns = np.stack([statistics(v) for v in found.values()], axis=-1)
    counts = [np.count_nonzero(~np.isnan(v)) for v in found.values()]
    return Quartiles(tuple(found), *columns, np.array(counts))


def statistics(values: npt.ArrayLike) -> Floats:
    """Minimum, quartiles with the median, mean and maximum, in the order of `STATISTICS`.

    Quartiles are interpolated at rank p (n - 1); NaN is left out.

    Parameters
    ----------
    values : array_like, shape (companies,)
        A multiple of each company; NaN where it has none.

    Raises
    ------
    InputError
        Where every value is NaN.

    Examples
    --------
    >>> statistics([1, 2, 4, 7, 8, 9, 10, 12]).round(3)
    array([ 1.   ,  3.5  ,  7.5  ,  6.625,  9.25 , 12.   ])
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if known.size == 0:
        raise InputError("peers", "must have at least one meaningful multiple of a kind", "missing")
    # Written out, because np.quantile takes ten times as long for a handful of companies.
    ranks = np.arange(known.size)
    low, first, middle, third, high = np.interp(QUARTILES * ranks[-1], ranks, np.sort(known))
    return np.array([low, first, middle, known.mean(), third, high])
