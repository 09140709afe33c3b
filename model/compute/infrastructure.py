"""Infrastructure: earnings and value of a megawatt of computing capacity."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np

from model.arrays import between
from model.compute.assumptions import YEARLY, Assumptions
from model.dcf.discounting import MOST_PERIODS, Timing
from model.errors import Floats, InputError, require
from model.fields import Field, Names, line
from model.functions import function
from model.tables import Listing, Schedule

HOURS_A_YEAR = 8760.0


# A year ------------------------------------------------------------------------------------------


class FirstYear(NamedTuple):
    """The first year of a megawatt, USD millions, each line of shape (...)."""

    revenue: Floats
    power: Floats
    other_cost: Floats
    depreciation: Floats

    @property
    def gross_profit(self) -> Floats:
        """Revenue less all costs."""
        return np.asarray(self.revenue - self.power - self.other_cost - self.depreciation)

    @property
    def gross_margin(self) -> Floats:
        """Gross profit over revenue; refused without revenue, because it is undefined."""
        require(
            self.revenue > 0, "assumptions", "such that there is revenue", self.revenue, "number"
        )
        return np.asarray(self.gross_profit / self.revenue)


def first_year(a: Assumptions) -> FirstYear:
    """Revenue and costs of a megawatt in its first year; an idle system still draws power."""
    draw = a.idle_draw + (1 - a.idle_draw) * a.utilisation
    return FirstYear(
        *np.broadcast_arrays(
            a.price * a.utilisation,
            a.power_price * HOURS_A_YEAR * a.pue * draw / 1e6,
            a.other_cost,
            a.capex * (1 - a.residual) / a.life,
        )
    )


class MegawattMargin(Listing):
    """The first year of a megawatt line by line; shapes (..., lines)."""

    labels = ("Revenue", "Power", "Other cost", "Depreciation")
    totals = ("Gross profit",)

    name: Names = line("Line", "name")
    amount: Floats = line(YEARLY, YEARLY, form="price")
    share: Floats = line("Share of revenue", "fraction")
    gross_profit: Floats
    gross_margin: Floats

    def bottom(self) -> list[dict[str, Any]]:
        """Return gross profit."""
        label = self.totals[0]
        return [{"name": label, "amount": self.gross_profit, "share": self.gross_margin}]


@function
def infra_margin(assumptions: Assumptions) -> MegawattMargin:
    """Gross profit and gross margin of a megawatt of capacity in its first year, line by line.

    Raises
    ------
    InputError
        If there is no revenue, and so no margin.

    Notes
    -----
    Capital less its residual value is depreciated straight-line over the life. Power is drawn at
    ``idle_draw + (1 - idle_draw) * utilisation`` of full-use power, times the PUE.

    References
    ----------
    SemiAnalysis, 13 May 2026, on Cerebras's largest contract: 33.8%, 51.1% and 55.4% with
    depreciation over the deal's three years, by policy, and over six. The first and the last
    imply capital of 1.296 times and other costs of 23% of revenue; five years give the second.

    Examples
    --------
    >>> deal = {"price": 9.2, "utilisation": 1, "capex": 1.296 * 9.2, "other_cost": 0.23 * 9.2}
    >>> infra_margin(Assumptions(**deal, life=[3, 5, 6])).gross_margin.round(3)
    array([0.338, 0.511, 0.554])
    """
    year = first_year(assumptions)
    margin = year.gross_margin
    amount = np.stack(year, axis=-1)
    share = amount / year.revenue[..., None]
    return MegawattMargin(MegawattMargin.labels, amount, share, year.gross_profit, margin)


# A life ------------------------------------------------------------------------------------------


class MegawattYears(Schedule):
    """Every year of a megawatt, the present being year 0; shapes (..., years).

    The last year may be a partial one.
    """

    length: Floats = line("Part of the year", "years")
    revenue: Floats = line("Revenue", form="price")
    power: Floats = line("Power", form="price")
    other_cost: Floats = line("Other cost", form="price")
    tax: Floats = line("Tax", form="price")
    cash_flow: Floats = line("Cash flow", form="price", total=True)
    depreciation: Floats = line("Depreciation", form="price")
    capital_expenditure: Floats = line("Capital expenditure", form="price")
    residual: Floats = line("Residual value", form="price")
    discount_factor: Floats = line("Discount factor", "ratio", form="factor")
    residual_factor: Floats = line("Discount factor of the residual value", "ratio", form="factor")
    present_value: Floats = line("Present value", form="price")
    net_present_value: Floats = line("Net present value", form="price", total=True)


@function
def infra_schedule(
    assumptions: Assumptions,
    timing: Timing = "mid",
    years: Annotated[int, Field("years", low=1, high=MOST_PERIODS)] | None = None,
) -> MegawattYears:
    """Cash flows of a megawatt of capacity year by year, to its net present value.

    Parameters
    ----------
    assumptions
        Assumptions about a megawatt, with Rate.
    timing
        When in its year a cash flow falls: mid, in the middle; end, at the end.
    years
        Years to show, at least the life; those after its end have no cash flow. If omitted, the
        years of the life.

    Returns
    -------
    MegawattYears
        Year 0 is the capital expenditure, and the last net present value is INFRA_VALUE. Costs
        are negative.

    Raises
    ------
    InputError
        For assumptions that INFRA_VALUE refuses, or fewer years than the life.

    Notes
    -----
    If the life is not a whole number, the last year is partial.

    References
    ----------
    As INFRA_VALUE.

    Examples
    --------
    >>> bought = Assumptions(price=3.139584 / 4, utilisation=1, capex=1.92, life=4,
    ...                      other_cost=0.728681 / 4, rate=0.1)
    >>> round(float(infra_schedule(bought, "end").net_present_value[-1]) * 1000, 2)
    -9.44
    """
    made = _by_year(assumptions, timing, years)
    lines = np.broadcast_arrays(*(line.values for line in made.lines()))
    return MegawattYears(*lines, across=made.across)


def _by_year(a: Assumptions, timing: str, years: int | None = None) -> MegawattYears:
    """Calculate the years, each line in the scenarios that it depends on."""
    rate, life = a.discount_rate[..., None], a.life[..., None]
    needed = int(np.ceil(life.max()))
    if years is not None and years < needed:
        raise InputError("years", f"must be at least {needed} for the life, not {years}")
    count = np.arange((needed if years is None else years) + 1)
    present, start = count == 0, np.maximum(count - 1.0, 0.0)
    length = np.where(present, 0.0, between(0.0, life - start, 1.0))
    year = first_year(a)
    revenue = year.revenue[..., None] * (1 + a.price_growth[..., None]) ** start * length
    power, other, depreciation = (
        cost[..., None] * length for cost in (year.power, year.other_cost, year.depreciation)
    )
    tax = a.tax_rate[..., None] * (revenue - power - other - depreciation)
    cash_flow = revenue - power - other - tax
    spent = np.where(present, -a.capex[..., None], 0.0)
    last = ~present & (life > start) & (life <= start + 1)
    residual = np.where(last, (a.capex * a.residual)[..., None], 0.0)
    factor = (1 + rate) ** -(start + (length if timing == "end" else length / 2))
    residual_factor = (1 + rate) ** -(start + length)
    value = spent + cash_flow * factor + residual * residual_factor
    # Avoid -0 for a cost of nothing.
    lines = (length, revenue, 0 - power, 0 - other, 0 - tax, cash_flow, depreciation, spent,
             residual, factor, residual_factor, value, value.cumsum(-1))  # fmt: skip
    return MegawattYears(*lines, across=count.tolist())


@function
def infra_value(
    assumptions: Assumptions, timing: Timing = "mid"
) -> Annotated[Floats, Field("USD m a MW")]:
    """Net present value of a megawatt of capacity over its life.

    Parameters
    ----------
    assumptions
        Assumptions about a megawatt, with Rate.
    timing
        When in its year a cash flow falls: mid, in the middle; end, at the end.

    Returns
    -------
    ndarray, shape (...)
        Present value of the cash flows less capital expenditure.

    Notes
    -----
    INFRA_SCHEDULE shows the years. Tax is on gross profit, and a loss saves tax on other income.

    References
    ----------
    A published buy-or-rent calculator (legitlads.com): 64 accelerators for 1.92 million, 728,681
    of energy and operation over four years, against 3,139,584 of rent: -9.44 thousand at 10%.

    Examples
    --------
    >>> bought = Assumptions(price=3.139584 / 4, utilisation=1, capex=1.92, life=4,
    ...                      other_cost=0.728681 / 4, rate=0.1)
    >>> round(float(infra_value(bought, "end")) * 1000, 2)
    -9.44
    """
    return np.asarray(_by_year(assumptions, timing).present_value.sum(-1))
