"""Vendors: the layers of a market with their margins, and what shares of a market are worth."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.compute.market import YearsAhead
from model.errors import Floats, InputError, require, shown
from model.fields import NOT_MEANINGFUL, Amount, Names, Rate, column, line
from model.functions import function
from model.tables import Listing, Table

#: Points of the Herfindahl-Hirschman index of a market with one vendor.
POINTS = 10_000.0


class LayerVendors(Table):
    """Vendors of a market by layer; the last axis is the vendor."""

    name: Names = column("Vendor", "name", "Name of the vendor.", key=True)
    layer: Names = column("Layer", "name", "Layer of the market in which it sells.")
    revenue: Floats = column("Revenue", "USD m", "Its revenue there, of a year.", low=0)
    gross_margin: Floats = column(
        "Gross margin", "fraction", "Gross profit over revenue.", low=-100, high=1
    )


class Layers(Listing):
    """Layers of a market in the order in which they first appear; shapes (..., layers)."""

    totals = ("All layers",)

    name: Names = line("Layer", "name")
    vendors: Floats = line("Vendors", "count")
    revenue: Floats = line("Revenue", form="whole money")
    share: Floats = line("Share of revenue", "fraction", undefined=NOT_MEANINGFUL)
    gross_margin: Floats = line("Gross margin", "fraction", undefined=NOT_MEANINGFUL)
    profit_share: Floats = line("Share of gross profit", "fraction", undefined=NOT_MEANINGFUL)
    largest: Floats = line("Largest vendor", "fraction", undefined=NOT_MEANINGFUL)
    hhi: Floats = line("HHI", "points", undefined=NOT_MEANINGFUL)
    #: The same of all vendors together, by line.
    together: dict[str, Floats]

    def bottom(self) -> list[dict[str, Any]]:
        """Return all layers together."""
        return [{"name": self.totals[0], **self.together}]


@function
def market_layers(layer_vendors: LayerVendors) -> Layers:
    """Layers of a market by their vendors: size, gross margin, profit, and how concentrated.

    Parameters
    ----------
    layer_vendors
        Vendors with their layer, revenue and gross margin.

    Returns
    -------
    Layers
        A row for each layer, and one for all: its revenue and gross profit as shares of all
        layers', its gross margin, the largest vendor's share of it, and the
        Herfindahl-Hirschman index.

    Notes
    -----
    A layer's margin is its vendors' gross profit over their revenue. What is not meaningful, such
    as the shares of a layer without revenue, is marked as such.

    References
    ----------
    US Department of Justice, "Herfindahl-Hirschman Index": four firms with shares of 30, 30, 20
    and 20% have an index of 2,600.

    Examples
    --------
    >>> firms = LayerVendors(["A", "B", "C", "D"], ["Steel"] * 4, [30, 30, 20, 20], [0.1] * 4)
    >>> market_layers(firms).hhi.round()
    array([2600.])
    """
    names = tuple(dict.fromkeys(layer_vendors.layer))
    member = np.array([[layer == name for layer in layer_vendors.layer] for name in names])
    revenue, profit = np.broadcast_arrays(
        layer_vendors.revenue, layer_vendors.revenue * layer_vendors.gross_margin
    )
    # All vendors are one more group, so that what is said of a layer is said of them.
    groups = np.vstack([member, np.ones((1, len(layer_vendors)), dtype=bool)])
    sizes = np.where(groups, revenue[..., None, :], 0.0)
    size, earned = sizes.sum(-1), np.where(groups, profit[..., None, :], 0.0).sum(-1)
    parts = _part(sizes, size[..., None])
    numbers = (
        np.broadcast_to(groups.sum(-1) * 1.0, size.shape),
        size,
        _part(size, size[..., -1:]),
        _part(earned, size),
        _part(earned, earned[..., -1:]),
        parts.max(-1),
        POINTS * (parts**2).sum(-1),
    )
    lines = list(Layers.declared)[1:]
    together = {name: number[..., -1] for name, number in zip(lines, numbers, strict=True)}
    return Layers(names, *(number[..., :-1] for number in numbers), together)


def _part(some: Floats, whole: Floats) -> Floats:
    """Divide by a whole that is above 0; undefined for any other."""
    return np.asarray(some / np.where(whole > 0, whole, np.nan))


class Vendors(Table):
    """Vendors of one market with the range of their shares; the last axis is the vendor."""

    name: Names = column("Vendor", "name", "Name of the vendor.", key=True)
    low: Floats = column("Low", "fraction", "Lowest share of the market.", low=0, high=1)
    high: Floats = column("High", "fraction", "Highest share of it.", low=0, high=1)
    margin: Floats = column("Margin", "fraction", "Profit over revenue.", low=0, high=1)
    multiple: Floats = column("Multiple", "ratio", "Value over that profit.", low=0)

    def check(self) -> None:
        """Refuse a low above its high, and shares that together exceed the market."""
        self.align("low", "high")
        require(self.low <= self.high, self.places["low"], "at most High", self.low)
        total = self.high.sum(-1)
        if (total > 1 + 1e-9).any():
            most = shown(float(np.max(total)))
            raise InputError(self.places["high"], f"must sum to at most 1, the market, not {most}")


class VendorValue(Listing):
    """Revenue and value of vendors by the range of their shares; shapes (..., vendors)."""

    totals = ("Together", "All others")
    rows_of = "vendors"

    name: Names = line("Vendor", "name")
    low: Floats = line("Share, low", "fraction", total=True)
    high: Floats = line("Share, high", "fraction", total=True)
    revenue_low: Floats = line("Revenue, low", form="whole money", total=True)
    revenue_high: Floats = line("Revenue, high", form="whole money", total=True)
    value_low: Floats = line("Value then, low", form="whole money", total=True)
    value_high: Floats = line("Value then, high", form="whole money", total=True)
    today_low: Floats = line("Value today, low", form="whole money", total=True)
    today_high: Floats = line("Value today, high", form="whole money", total=True)
    #: Size of the market.
    market: Floats

    def bottom(self) -> list[dict[str, Any]]:
        """Return the vendors together, and what they leave to all others."""
        sums = {n: getattr(self, n).sum(-1) for n, f in self.declared.items() if f.total}
        # What rounding leaves beyond the market is nothing.
        low, high = (np.maximum(1 - sums[name], 0.0) for name in ("high", "low"))
        others = {"low": low, "high": high}
        others |= {"revenue_low": low * self.market, "revenue_high": high * self.market}
        return [{"name": self.totals[0], **sums}, {"name": self.totals[1], **others}]


@function
def market_vendors(
    vendors: Vendors, market_size: Amount, rate: Rate, years: YearsAhead
) -> VendorValue:
    """Revenue and value of vendors that share a future market, and what they leave for all others.

    Parameters
    ----------
    vendors
        Vendors, each with the range of its share.
    market_size
        Size of the market in the target year.
    rate
        Discount rate a year.
    years
        Time from today to the target year.

    Returns
    -------
    VendorValue
        A row for each vendor, one for all of them, and one for the rest of the market: its lowest
        share is what the vendors leave at their highest.

    Raises
    ------
    InputError
        For a share or margin outside 0 to 1, shares that together exceed 1, a low above its high,
        a negative multiple or market, or a rate or years out of their bounds.

    Notes
    -----
    ``value = share * market_size * margin * multiple``, and ``value / (1 + rate) ** years`` today.
    MARKET_SHARE_SCENARIOS values shares of which only one comes true.

    References
    ----------
    *Damodaran on Valuation*, 2nd ed., chapter 4: 5% of a market of 70 billion that grows at 3%
    for ten years are 4.703 billion.

    Examples
    --------
    >>> toys = Vendors(["Toys"], [0.05], [0.05], [0.1], [20])
    >>> market_vendors(toys, 70_000 * 1.03**10, 0.12, 10).revenue_low.round(1)
    array([4703.7])
    """
    size = market_size[..., None]
    worth = vendors.margin * vendors.multiple
    discount = ((1 + rate) ** -years)[..., None]
    low, high = vendors.low * size, vendors.high * size
    numbers = (low, high, low * worth, high * worth)
    today = (low * worth * discount, high * worth * discount)
    return VendorValue(vendors.name, vendors.low, vendors.high, *numbers, *today, market_size)
