"""Fragility: how margin and value of a megawatt move with what is assumed of it.

Gross profit and net present value are straight lines in utilisation, so that break-even
utilisation needs no iteration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.compute.infrastructure import Infrastructure, megawatt_value, megawatt_year
from model.errors import Floats, InputError, one_of, require, shown

Measure = Literal["margin", "value"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
#: Assumptions that a grid may move, by name; those of `Infrastructure`, in its order.
Moved = Literal[
    "price",
    "utilisation",
    "capex",
    "life",
    "power_price",
    "pue",
    "idle_draw",
    "other_cost",
    "price_growth",
    "residual",
    "tax_rate",
    "rate",
]


def measured(a: Infrastructure, measure: str, timing: str = "mid") -> Floats:
    """Gross margin or net present value, by name."""
    if one_of("measure", measure, MEASURES) == "margin":
        return megawatt_year(a).gross_margin
    return megawatt_value(a, timing)


def break_even(a: Infrastructure, measure: str = "margin", timing: str = "mid") -> Floats:
    """Utilisation at which gross profit, or net present value, is zero.

    Parameters
    ----------
    a : Infrastructure
        Its utilisation does not matter.
    measure : {"margin", "value"}
        What is to be zero.
    timing : {"mid", "end"}
        When in its year a cash flow falls, for value.

    Returns
    -------
    ndarray, shape (...)
        ``-f(0) / (f(1) - f(0))``, because both are straight lines in utilisation. Above 1 where
        even full use does not suffice.

    Raises
    ------
    InputError
        When more use does not bring more, so that no utilisation breaks even.

    Examples
    --------
    The calculator of `megawatt_value` breaks even at 59% if 70% is what 3,139,584 pays for:

    >>> told = {"price": 3.139584 / 4 / 0.7, "utilisation": 0.7, "capex": 1.92, "life": 4,
    ...         "other_cost": 0.728681 / 4}
    >>> round(float(break_even(Infrastructure.of(told))), 2)
    0.59
    """
    in_value = one_of("measure", measure, MEASURES) == "value"

    def profit(utilisation: float) -> Floats:
        used = replace(a, utilisation=np.asarray(utilisation))
        return megawatt_value(used, timing) if in_value else megawatt_year(used).gross_profit

    idle = profit(0.0)
    gain = profit(1.0) - idle
    require(
        gain > 0,
        "assumptions price",
        "above the cost of the power that use takes",
        a.price,
        "#NUM!",
    )
    # The zero of nothing at all is 0, not -0.
    return np.asarray(np.maximum(-idle / gain, 0.0))


@dataclass(frozen=True)
class Sensitivity:
    """Low, base and high of each assumption, and what follows: shapes (assumptions, 3)."""

    name: tuple[str, ...]
    assumed: Floats
    margin: Floats
    value: Floats


def sensitivity(
    base: Mapping[str, float], low: Mapping[str, float], high: Mapping[str, float], timing: str
) -> Sensitivity:
    """Gross margin and value with one assumption at a time moved to its low and its high.

    Parameters
    ----------
    base : mapping of str to float
        Every assumption, by name.
    low, high : mapping of str to float
        Ends of those that move.
    timing : {"mid", "end"}
        When in its year a cash flow falls, for the value.

    Returns
    -------
    Sensitivity

    Raises
    ------
    InputError
        For what `Infrastructure.of` refuses; ``#NUM!`` where there is no revenue.
    """
    names = tuple(low)
    moved = {name: np.full((len(names), 3), value) for name, value in base.items()}
    for i, name in enumerate(names):
        moved[name][i] = low[name], base[name], high[name]
    every = Infrastructure.of(moved)
    assumed = np.array([moved[name][i] for i, name in enumerate(names)])
    margin, value = (measured(every, measure, timing) for measure in MEASURES)
    return Sensitivity(names, assumed, margin, value)


def grid(
    base: Mapping[str, float],
    down: tuple[str, Floats],
    across: tuple[str, Floats],
    measure: str,
    timing: str,
) -> Floats:
    """Gross margin or value over two assumptions, shape (down, across).

    Parameters
    ----------
    base : mapping of str to float
        Every assumption, by name.
    down, across : tuple of str and ndarray
        Two assumptions, and the values that each takes.
    measure : {"margin", "value"}
        Gross margin, or net present value in USD millions a MW.
    timing : {"mid", "end"}
        When in its year a cash flow falls, for the value.

    Returns
    -------
    ndarray, shape (down, across)

    Raises
    ------
    InputError
        For one assumption named twice, and what `Infrastructure.of` refuses.
    """
    (first, rows), (second, columns) = down, across
    if first == second:
        raise InputError("across", f"must name another assumption than down, not {shown(second)}")
    moved: dict[str, npt.ArrayLike] = dict(base)
    moved |= {first: rows[:, None], second: columns[None, :]}
    result = measured(Infrastructure.of(moved), measure, timing)
    return np.broadcast_to(result, (rows.size, columns.size))
