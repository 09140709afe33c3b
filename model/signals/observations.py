"""Observations that an investor watches, and the conditions that they decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, shown
from model.fields import ByRow, Field, further, row
from model.tables import Rows

Comparison = Literal["above", "at least", "below", "at most"]
#: What a value is compared with.
Yardstick = Literal["threshold", "upper", "previous"]

COMPARE: dict[Comparison, Callable[[Floats, Floats], npt.NDArray[np.bool_]]] = {
    "above": np.greater,
    "at least": np.greater_equal,
    "below": np.less,
    "at most": np.less_equal,
}
#: Wording of a comparison that does not hold.
OTHERWISE: dict[Comparison, str] = {
    "above": "at most",
    "at least": "below",
    "below": "at least",
    "at most": "above",
}
#: The value of an observation that a table has no row for; a row without a value has another NaN.
_NOT_LISTED = float("nan")


@dataclass(frozen=True)
class Observed(Field):
    """A possible observation."""

    default: Any = _NOT_LISTED
    blank: Any = np.nan


def _observed(unit: str, header: str, meaning: str, high: float = np.inf, low: float = 0.0) -> Any:
    return row(Observed(unit, header, meaning, low=low, high=high))


class Observations(Rows):
    """Observations, with what they are compared with."""

    heading = "Observation"

    market_value: Floats = _observed(
        "USD m", "Market value", "Market value of the equity, diluted."
    )
    rpo_cover: Floats = _observed(
        "ratio", "RPO cover", "Remaining performance obligations over a year's revenue."
    )
    concentration: Floats = _observed(
        "fraction", "Concentration", "Share of the largest customer.", 1
    )
    revenue: Floats = _observed("USD m", "Revenue", "Revenue of the period.")
    gross_margin: Floats = _observed("fraction", "Gross margin", "Gross margin.", 1, -100)
    cloud_margin: Floats = _observed(
        "fraction", "Cloud margin", "Gross margin of the cloud.", 1, -100
    )
    customer_execution: Floats = _observed(
        "ratio", "Customer execution", "What the main customer takes, over what was agreed."
    )
    price_premium: Floats = _observed(
        "ratio",
        "Price premium",
        "Price over that of slower offers or, where there are none, over cost.",
    )
    repeat_demand: Floats = _observed(
        "ratio", "Repeat demand", "What customers of a year ago spend, over what they spent then."
    )
    previous: ByRow = further("Previous")
    threshold: ByRow = further("Threshold")
    upper: ByRow = further("Upper")

    if TYPE_CHECKING:
        listed: tuple[str, ...]

    def __post_init__(self) -> None:
        given = ((name, getattr(self, name)) for name in self.declared)
        listed = tuple(name for name, value in given if value is not _NOT_LISTED)
        object.__setattr__(self, "listed", listed)
        super().__post_init__()

    def check(self) -> None:
        """Refuse a market value without a threshold, and an upper end that is none."""
        place, name = self.argument(), "market_value"
        header = OBSERVATIONS[name].header
        low, high = (further.get(name, np.nan) for further in (self.threshold, self.upper))
        if np.isnan(low).any() and (~np.isnan(self.market_value)).any():
            raise InputError(
                f"{place} Threshold",
                f"must be given for {header}: the limit is for the user to choose",
                "missing",
            )
        for other in self.upper:
            if other != name:
                raise InputError(
                    f"{place} {OBSERVATIONS[other].header} Upper",
                    f"must be left out: only {header} has a range as its threshold",
                )
        if (short := ~(high >= low) & ~np.isnan(high)).any():
            culprit = float(np.broadcast_to(high, short.shape)[short].ravel()[0])
            raise InputError(
                f"{place} {header} Upper", f"must be at least its Threshold, not {shown(culprit)}"
            )


OBSERVATIONS = cast(dict[str, Observed], Observations.declared)


@dataclass(frozen=True)
class Condition:
    """A condition that an observation decides by a comparison.

    Of the yardsticks the first that the table states counts or, if `strict`, the higher.
    """

    label: str
    observation: str
    comparison: Comparison
    against: tuple[Yardstick, ...] = ("threshold", "previous")
    default: float = np.nan
    strict: bool = False
    #: Whether the condition is known not to hold where nothing is stated to compare with.
    optional: bool = False

    def yardstick(self, observed: Observations) -> tuple[Yardstick, Floats]:
        """Return what is compared with, and its kind; NaN if nothing is stated."""
        name, first = self.observation, self.against[0]
        found: dict[Yardstick, Floats] = {
            kind: getattr(observed, kind)[name]
            for kind in self.against
            if name in getattr(observed, kind)
        }
        if not found:
            return first, cast(Floats, np.float64(self.default))
        if self.strict and len(found) > 1:
            higher = cast(Floats, np.maximum(*found.values()))
            kind: Yardstick = "threshold" if (higher == found["threshold"]).all() else "previous"
            return kind, higher
        return next(iter(found.items()))

    def applies(self, observed: Observations) -> bool:
        """Tell whether the condition can hold at all."""
        return not (self.optional and np.isnan(self.yardstick(observed)[1]).all())

    def holds(self, observed: Observations, unknown: float) -> Floats:
        """Tell whether the condition holds: 1, 0, or `unknown`."""
        value, (_, limit) = getattr(observed, self.observation), self.yardstick(observed)
        if not self.applies(observed):
            return cast(Floats, np.float64(0))
        holds = COMPARE[self.comparison](value, limit)
        return cast(Floats, np.where(np.isnan(value) | np.isnan(limit), unknown, holds)[()])


CONDITIONS: dict[str, Condition] = {
    "at_threshold": Condition(
        "Market value at its threshold", "market_value", "at least", ("threshold",)
    ),
    "past_upper": Condition(
        "Market value past the upper end", "market_value", "above", ("upper",), optional=True
    ),
    "falling": Condition("Market value falling", "market_value", "below", ("previous",)),
    "visibility": Condition("Visibility improving", "rpo_cover", "above"),
    "broadening": Condition("Base broadening", "concentration", "below"),
    "growing": Condition("Revenue growing", "revenue", "above"),
    "squeezed": Condition("Gross margin falling", "gross_margin", "below", strict=True),
    "cloud": Condition("Cloud margin falling", "cloud_margin", "below", strict=True),
    "execution": Condition("Customer execution weak", "customer_execution", "below"),
    "pricing": Condition("Pricing power lost", "price_premium", "at most", ("threshold",), 1.0),
    "repeat": Condition("Repeat demand weak", "repeat_demand", "below", ("threshold",), 1.0),
}


def conditions_of(observed: Observations) -> list[str]:
    """Name the conditions of the observations that a table lists, in their order."""
    return [name for name, c in CONDITIONS.items() if c.observation in observed.listed]
