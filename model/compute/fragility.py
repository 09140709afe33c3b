"""Fragility: how a megawatt's margin and value change with the assumptions.

Gross profit and net present value are linear in utilisation, so that break-even
utilisation needs no iteration.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from model.compute.assumptions import Assumptions
from model.compute.infrastructure import first_year, infra_value
from model.dcf.discounting import Timing
from model.errors import Floats, InputError, require, shown
from model.fields import ROW, Field, Names, line
from model.functions import function
from model.tables import Grid, Listing

Measure = Literal["margin", "value"]
#: An assumption that a grid may vary, by name.
Moved = Annotated[str, Field("name", kind="choice", choices=tuple(Assumptions.declared))]
#: Values of it.
Places = Annotated[Floats, Field("the assumption's unit"), ROW]


def measured(a: Assumptions, measure: str, timing: Timing = "mid") -> Floats:
    """Gross margin or net present value, by name."""
    return first_year(a).gross_margin if measure == "margin" else infra_value(a, timing)


@function
def infra_break_even(
    assumptions: Assumptions, measure: Measure = "margin", timing: Timing = "mid"
) -> Annotated[Floats, Field("fraction")]:
    """Utilisation at which a megawatt's gross profit, or its net present value, is zero.

    Parameters
    ----------
    assumptions
        Assumptions, whose utilisation is ignored; with Rate for value.
    measure
        What must be zero: margin, gross profit; value, net present value.
    timing
        When in its year a cash flow falls, for value: mid, in the middle; end, at the end.

    Returns
    -------
    ndarray, shape (...)
        A fraction; above 1 if even full use is not enough.

    Raises
    ------
    InputError
        If more use earns no more, so that no utilisation breaks even.

    Notes
    -----
    Profit and value are linear in utilisation, so with ``f(u)`` for either, the answer is
    ``-f(0) / (f(1) - f(0))``.

    References
    ----------
    A published buy-or-rent calculator (legitlads.com), which breaks even at 59% where 70% is what
    3,139,584 pays for.

    Examples
    --------
    >>> bought = Assumptions(price=3.139584 / 4 / 0.7, utilisation=0.7, capex=1.92, life=4,
    ...                      other_cost=0.728681 / 4)
    >>> round(float(infra_break_even(bought)), 2)
    0.59
    """

    def profit(utilisation: float) -> Floats:
        used = assumptions.moved(utilisation=utilisation)
        return infra_value(used, timing) if measure == "value" else first_year(used).gross_profit

    idle = profit(0.0)
    gain = profit(1.0) - idle
    require(
        gain > 0,
        "assumptions Price",
        "above the cost of the power used",
        assumptions.price,
        "number",
    )
    # Avoid -0.
    return np.asarray(np.maximum(-idle / gain, 0.0))


class Sensitivity(Listing):
    """Results at the low, base and high of each assumption."""

    name: Names = line("Assumption", "name")
    low: Floats = line("Low", "number")
    base: Floats = line("Base", "number")
    high: Floats = line("High", "number")
    margin_low: Floats = line("Margin at low", "fraction")
    margin_base: Floats = line("Margin at base", "fraction")
    margin_high: Floats = line("Margin at high", "fraction")
    value_low: Floats = line("Value at low", form="price")
    value_base: Floats = line("Value at base", form="price")
    value_high: Floats = line("Value at high", form="price")


@function
def infra_sensitivity(assumptions: Assumptions, timing: Timing = "mid") -> Sensitivity:
    """Gross margin and value of a megawatt with each assumption at its low, base and high.

    Parameters
    ----------
    assumptions
        Assumptions, with Rate; those without Low and High stay fixed.
    timing
        When in its year a cash flow falls: mid, in the middle; end, at the end.

    Raises
    ------
    InputError
        For assumptions that INFRA_VALUE refuses; if none has a Low and a High; if there is no
        revenue, and so no margin.

    Notes
    -----
    One assumption changes at a time. A longer life means slower depreciation and more years of
    revenue.

    References
    ----------
    As INFRA_MARGIN, whose three published margins are the row of life.

    Examples
    --------
    >>> deal = Assumptions(price=9.2, utilisation=1, capex=1.296 * 9.2, other_cost=0.23 * 9.2,
    ...                    life=5, rate=0.1, low={"life": 3}, high={"life": 6})
    >>> made = infra_sensitivity(deal)
    >>> made.margin_low.round(3), made.margin_high.round(3)
    (array([0.338]), array([0.554]))
    """
    names = tuple(assumptions.low)
    if not names:
        raise InputError("assumptions", "must have a Low and a High in at least one row", "missing")
    places = np.array(
        [[assumptions.low[n], getattr(assumptions, n), assumptions.high[n]] for n in names]
    )
    moved = {}
    for i, name in enumerate(names):
        moved[name] = np.full(places.shape, places[i, 1])
        moved[name][i] = places[i]
    every = assumptions.moved(**moved)
    margin, value = measured(every, "margin"), measured(every, "value", timing)
    return Sensitivity(
        tuple(assumptions.declared[n].header for n in names), *places.T, *margin.T, *value.T
    )


class MegawattGrid(Grid):
    """Gross margin, or value in USD millions a MW, over two assumptions."""

    unit = "fraction"
    row = Field("fraction")
    down_name: str = ""
    across_name: str = ""

    @property
    def corner(self) -> str:  # type: ignore[override]
        """The names of what varies."""
        return f"{self.down_name} / {self.across_name}"


@function
def infra_grid(
    assumptions: Assumptions,
    down: Moved,
    down_values: Places,
    across: Moved,
    across_values: Places,
    measure: Measure = "margin",
    timing: Timing = "mid",
) -> MegawattGrid:
    """Gross margin, or value, of a megawatt for two assumptions: one down, one across.

    Parameters
    ----------
    assumptions
        Assumptions about a megawatt; with Rate for value.
    down
        Assumption of the rows.
    down_values
        Its values.
    across
        Assumption of the columns, another one.
    across_values
        Its values.
    measure
        What is shown: margin, gross margin; value, net present value, USD millions a MW.
    timing
        When in its year a cash flow falls, for value: mid, in the middle; end, at the end.

    Raises
    ------
    InputError
        For assumptions that INFRA_VALUE refuses, including those of the grid; for the same
        assumption down and across; for the margin if there is no revenue.

    References
    ----------
    As INFRA_MARGIN.

    Examples
    --------
    >>> deal = Assumptions(price=9.2, utilisation=1, capex=1.296 * 9.2, other_cost=0.23 * 9.2,
    ...                    life=5)
    >>> infra_grid(deal, "utilisation", [0.8, 1], "life", [3, 5, 6]).values[1].round(3)
    array([0.338, 0.511, 0.554])
    """
    if down == across:
        raise InputError("across", f"must differ from down, not be {shown(across)}")
    places = {down: down_values[:, None], across: across_values[None, :]}
    found = measured(assumptions.moved(**places), measure, timing)
    values = np.broadcast_to(found, (down_values.size, across_values.size))
    return MegawattGrid(down_values, across_values, values, down, across)
