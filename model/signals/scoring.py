"""Scoring: growth against liquidity, each from 0 to 100, with their components."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, require
from model.fields import ByRow, Field, Names, further, line, row
from model.functions import function
from model.signals.closeness import NEAR, Nearness, distance, is_close
from model.tables import Listing, Rows

Axis = Literal["growth", "liquidity"]
AXES: tuple[Axis, ...] = ("growth", "liquidity")
#: Score from which an axis counts as strong.
STRONG = 50.0


@dataclass(frozen=True)
class Measure(Field):
    """One measure: its axis, and where it scores 0 and 100; a smaller `full` is better small."""

    default: Any = np.nan
    blank: Any = np.nan
    axis: Axis = "growth"
    zero: float = 0.0
    full: float = 1.0
    #: The weights of each axis sum to 1.
    weight: float = 0.0


class Score(Listing):
    """Scores of the measures and their points, (..., measures), and of the axes, (...)."""

    totals = ("Growth score", "Liquidity score", "Quadrant")

    name: Names = line("Measure", "name")
    axis: Names = line("Axis", "name")
    value: Floats = line("Value", "number")
    zero: Floats = line("Zero", "number")
    full: Floats = line("Full", "number")
    weight: Floats = line("Weight", "fraction")
    score: Floats = line("Score", "points", form="money")
    points: Floats = line("Points", "points", form="money")
    growth: Floats
    liquidity: Floats
    #: Distance from 50 within which an axis is close to it.
    close: Floats = NEAR

    def bottom(self) -> list[dict[str, Any]]:
        """Return the scores of the axes, and their quadrant."""
        *scores, last = self.totals
        rows: list[dict[str, Any]] = [
            {"name": label, "axis": axis, "weight": 1.0, "score": score, "points": score}
            for label, axis, score in zip(scores, AXES, (self.growth, self.liquidity), strict=True)
        ]
        return [*rows, {"name": last, "axis": quadrant(self.growth, self.liquidity, self.close)}]


class Measures(Rows):
    """Measures of growth and liquidity; one without a value is left out."""

    heading = "Measure"
    results = (Score,)

    revenue_growth: Floats = row(
        Measure("fraction", "Revenue growth", "Growth of revenue.", low=-1, weight=0.4)
    )
    rpo_coverage: Floats = row(
        Measure(
            "fraction",
            "RPO coverage",
            "Contracted part of next year's revenue.",
            low=0,
            high=10,
            weight=0.3,
        )
    )
    gross_margin: Floats = row(
        Measure(
            "fraction",
            "Gross margin",
            "Gross margin.",
            low=-100,
            high=1,
            zero=0.2,
            full=0.6,
            weight=0.3,
        )
    )
    cash_runway: Floats = row(
        Measure(
            "months",
            "Cash runway",
            "Months that cash lasts.",
            low=0,
            axis="liquidity",
            full=36,
            weight=0.35,
        )
    )
    net_cash: Floats = row(
        Measure(
            "fraction",
            "Net cash",
            "Net cash over market value.",
            low=-10,
            high=10,
            axis="liquidity",
            zero=-0.25,
            full=0.25,
            weight=0.25,
        )
    )
    free_cash_flow_margin: Floats = row(
        Measure(
            "fraction",
            "Free cash flow margin",
            "Free cash flow over revenue.",
            low=-100,
            high=10,
            axis="liquidity",
            zero=-1,
            full=0.2,
            weight=0.2,
        )
    )
    free_float: Floats = row(
        Measure(
            "fraction",
            "Free float",
            "Shares that trade, over all shares.",
            low=0,
            high=1,
            axis="liquidity",
            zero=0.05,
            full=0.5,
            weight=0.1,
        )
    )
    locked_up: Floats = row(
        Measure(
            "fraction",
            "Locked up",
            "Shares that a lock-up soon releases, over all shares.",
            low=0,
            high=1,
            axis="liquidity",
            zero=0.8,
            full=0,
            weight=0.1,
        )
    )
    zero: ByRow = further("Zero")
    full: ByRow = further("Full")
    weight: ByRow = further("Weight", "fraction", low=0)

    @cached_property
    def given(self) -> list[str]:
        """The measures that have a value."""
        return [name for name in MEASURES if not np.count_nonzero(np.isnan(getattr(self, name)))]

    def stated(self, what: str) -> Floats:
        """Return the values at which the given measures score 0 or 100, or their weights."""
        own = getattr(self, what)
        return np.array([own.get(n, getattr(MEASURES[n], what)) for n in self.given])

    def on(self, axis: Axis) -> npt.NDArray[np.bool_]:
        """Which of the given measures belong to an axis."""
        return np.array([MEASURES[n].axis == axis for n in self.given], dtype=bool)

    def check(self) -> None:
        """Refuse a measure without a scale, and an axis without a measure."""
        full, weight = self.stated("full"), self.stated("weight")
        require(full != self.stated("zero"), f"{self.argument()} Full", "other than Zero", full)
        for axis in AXES:
            if not weight[self.on(axis)].sum() > 0:
                known = ", ".join(m.header for m in MEASURES.values() if m.axis == axis)
                expected = f"must give weight to at least one of {known}"
                raise InputError(self.argument(), expected, "missing")


MEASURES = cast(dict[str, Measure], Measures.declared)


@function
def signal_growth_liquidity(measures: Measures, within: Nearness = NEAR) -> Score:
    """Scores of growth and liquidity, each from 0 to 100, with their components.

    Parameters
    ----------
    measures
        Measures of growth and of liquidity, at least one of each.
    within
        Distance from 50, as a fraction of 50, within which an axis counts as close.

    Raises
    ------
    InputError
        If an axis has no measure.

    Notes
    -----
    A measure scores linearly from 0 at Zero to 100 at Full, and stays at 0 or 100 beyond them. An
    axis is the average by weight of the measures that have a Value. Zero, Full and weight, unless
    the table states others:

    Growth: revenue_growth 0, 100%, 40%; rpo_coverage (contracted part of next year's revenue)
    0, 100%, 30%; gross_margin 20%, 60%, 30%.

    Liquidity: cash_runway 0, 36 months, 35%; net_cash (over market value) -25%, 25%, 25%;
    free_cash_flow_margin -100%, 20%, 20%; free_float (shares that trade, over all) 5%, 50%,
    10%; locked_up (shares that a lock-up soon releases, over all) 80%, 0, 10%.

    An axis counts as strong from 50 on; the quadrant names an axis that is close to 50.

    References
    ----------
    A judgement, not a standard: the weights are stated so that they can be argued with. The rule
    is that of the Human Development Index until 2009 (UNDP, technical note 1), where a life
    expectancy of 70.8 years, between 25 and 85, counts 0.76.

    Examples
    --------
    >>> years = Measures(revenue_growth=70.8, cash_runway=36, zero={"revenue_growth": 25},
    ...                  full={"revenue_growth": 85})
    >>> signal_growth_liquidity(years).score.round()
    array([ 76., 100.])

    >>> made = signal_growth_liquidity(Measures(revenue_growth=0.5, cash_runway=18))
    >>> float(made.growth), float(made.liquidity)
    (50.0, 50.0)
    """
    m = measures
    zero, full, weight = (m.stated(what) for what in ("zero", "full", "weight"))
    value = np.stack(np.broadcast_arrays(*(getattr(m, name) for name in m.given)), axis=-1)
    scores = 100.0 * np.clip((value - zero) / (full - zero), 0.0, 1.0)
    for axis in AXES:
        weight[m.on(axis)] /= weight[m.on(axis)].sum()
    points = scores * weight
    growth, liquidity = (np.minimum(points[..., m.on(a)].sum(-1), 100.0) for a in AXES)
    rows = [MEASURES[name] for name in m.given]
    return Score(
        tuple(f.header for f in rows),
        tuple(f.axis for f in rows),
        value,
        zero,
        full,
        weight,
        scores,
        points,
        np.asarray(growth),
        np.asarray(liquidity),
        within,
    )


def quadrant(growth: Floats, liquidity: Floats, close: Floats = NEAR) -> str:
    """Name the quadrant of two scores, which are strong from 50 on, and what is close to 50.

    Examples
    --------
    >>> quadrant(np.float64(80), np.float64(20))
    'growing, not funded'
    >>> quadrant(np.float64(80), np.float64(50.14))
    'growing and funded; liquidity is close to 50'
    """
    if growth >= STRONG:
        found = "growing and funded" if liquidity >= STRONG else "growing, not funded"
    else:
        found = "funded, not growing" if liquidity >= STRONG else "neither growing nor funded"
    near = [
        axis
        for axis, score in zip(AXES, (growth, liquidity), strict=True)
        if is_close(distance(score, cast(Floats, np.float64(STRONG))), close)
    ]
    if not near:
        return found
    return f"{found}; {' and '.join(near)} {'is' if len(near) == 1 else 'are'} close to 50"
