"""Scoring: growth against liquidity, each from 0 to 100, with the parts shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, nearest, require, shown

Axis = Literal["growth", "liquidity"]
AXES: tuple[Axis, ...] = ("growth", "liquidity")
#: Score from which an axis counts as strong.
STRONG = 50.0


@dataclass(frozen=True)
class Measure:
    """One measure: its axis, and where it scores 0 and 100; a smaller `full` is better small."""

    axis: Axis
    unit: str
    meaning: str
    zero: float
    full: float
    weight: float
    low: float = -np.inf
    high: float = np.inf


#: The measures, with weights that sum to 1 on each axis.
MEASURES: dict[str, Measure] = {
    "revenue_growth": Measure("growth", "fraction", "Growth of revenue.", 0, 1, 0.4, -1),
    "rpo_coverage": Measure(
        "growth", "fraction", "Contracted part of next year's revenue.", 0, 1, 0.3, 0
    ),
    "gross_margin": Measure("growth", "fraction", "Gross margin.", 0.2, 0.6, 0.3, -100, 1),
    "cash_runway": Measure("liquidity", "months", "Months that cash lasts.", 0, 36, 0.35, 0),
    "net_cash": Measure(
        "liquidity", "fraction", "Net cash over market value.", -0.25, 0.25, 0.25
    ),
    "free_cash_flow_margin": Measure(
        "liquidity", "fraction", "Free cash flow over revenue.", -1, 0.2, 0.2
    ),
    "free_float": Measure(
        "liquidity", "fraction", "Shares that trade, over all.", 0.05, 0.5, 0.1, 0, 1
    ),
    "locked_up": Measure(
        "liquidity", "fraction", "Shares that a lock-up soon releases, over all.", 0.8, 0, 0.1, 0, 1
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Measures as stated; make them with `Measured.of`. The last axis is the measure."""

    name: tuple[str, ...]
    value: Floats
    zero: Floats
    full: Floats
    weight: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        value: npt.ArrayLike,
        zero: Sequence[float] | None = None,
        full: Sequence[float] | None = None,
        weight: Sequence[float] | None = None,
    ) -> Measured:
        """Check measures; NaN in a bound or weight stands for the documented one."""
        for each in name:
            if each not in MEASURES:
                raise InputError(
                    "measures",
                    f"must hold known measures only, not {shown(each)}{nearest(each, MEASURES)}",
                )
        if len(set(name)) < len(name):
            raise InputError("measures", "must hold each measure once")
        values = floats("measures Value", value)
        for i, each in enumerate(name):
            bound = MEASURES[each]
            inside = (values[..., i] >= bound.low) & (values[..., i] <= bound.high)
            require(inside, f"measures {each}", _bounds(bound), values[..., i])

        def stated(given: Sequence[float] | None, documented: list[float]) -> Floats:
            own = np.full(len(name), np.nan) if given is None else np.asarray(given, np.float64)
            return np.where(np.isnan(own), documented, own)

        zeros = stated(zero, [MEASURES[n].zero for n in name])
        fulls = stated(full, [MEASURES[n].full for n in name])
        weights = stated(weight, [MEASURES[n].weight for n in name])
        require(zeros != fulls, "measures Full", "other than Zero", fulls)
        require(weights >= 0, "measures Weight", "at least 0", weights)
        made = cls(tuple(name), values, zeros, fulls, weights)
        for axis in AXES:
            if not weights[made.on(axis)].sum() > 0:
                known = ", ".join(n for n, m in MEASURES.items() if m.axis == axis)
                raise InputError("measures", f"must weigh one at least of {known}", "#N/A")
        return made

    def on(self, axis: Axis) -> npt.NDArray[np.bool_]:
        """Which of the measures are on an axis."""
        return np.array([MEASURES[n].axis == axis for n in self.name])


@dataclass(frozen=True)
class Score:
    """Scores of the measures and their points, (..., measures), and of the axes, (...)."""

    score: Floats
    weight: Floats
    points: Floats
    growth: Floats
    liquidity: Floats


def score(measured: Measured) -> Score:
    """Score growth and liquidity from 0 to 100.

    Parameters
    ----------
    measured : Measured
        Values, bounds and weights.

    Returns
    -------
    Score
        A measure scores in a line from its Zero to its Full and stays at 0 and 100 beyond;
        an axis is the average of its measures by weight, of those that are given.

    Examples
    --------
    >>> made = score(Measured.of(["revenue_growth", "cash_runway"], [0.5, 18]))
    >>> float(made.growth), float(made.liquidity)
    (50.0, 50.0)
    """
    m = measured
    scores = 100.0 * np.clip((m.value - m.zero) / (m.full - m.zero), 0.0, 1.0)
    weight = np.zeros(len(m.name))
    for axis in AXES:
        on = m.on(axis)
        weight[on] = m.weight[on] / m.weight[on].sum()
    points = scores * weight
    growth, liquidity = (np.minimum(points[..., m.on(a)].sum(-1), 100.0) for a in AXES)
    return Score(scores, weight, points, np.asarray(growth), np.asarray(liquidity))


def quadrant(growth: float, liquidity: float) -> str:
    """Name the quarter of the field that two scores lie in.

    Parameters
    ----------
    growth, liquidity : float
        Scores, 0 to 100; strong from 50 on.

    Returns
    -------
    str

    Examples
    --------
    >>> quadrant(80, 20)
    'growing, not funded'
    """
    if growth >= STRONG:
        return "growing and funded" if liquidity >= STRONG else "growing, not funded"
    return "funded, not growing" if liquidity >= STRONG else "neither growing nor funded"


def _bounds(measure: Measure) -> str:
    if measure.high == np.inf:
        return f"at least {shown(measure.low)}"
    return f"from {shown(measure.low)} to {shown(measure.high)}"
