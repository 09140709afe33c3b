"""Observations that an investor watches, and the comparison for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError
from model.fields import ByRow, Field, further, row
from model.tables import Rows

Comparison = Literal["above", "at least", "below", "at most"]

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


@dataclass(frozen=True)
class Observed(Field):
    """A possible observation, and the fact that it decides."""

    default: Any = np.nan
    blank: Any = np.nan
    comparison: Comparison = "above"
    #: Default threshold.
    threshold: float = np.nan
    #: Whether the rule needs a threshold, so that the previous value is irrelevant.
    limit: bool = False


class Observations(Rows):
    """Observations; compared with their thresholds or, if not given, their previous values."""

    heading = "Observation"

    market_value: Floats = row(
        Observed(
            "USD m",
            "Market value",
            "Market value of the equity, diluted.",
            low=0,
            comparison="at least",
            limit=True,
        )
    )
    concentration: Floats = row(
        Observed(
            "fraction",
            "Concentration",
            "Share of the largest customer.",
            low=0,
            high=1,
            comparison="below",
        )
    )
    revenue: Floats = row(
        Observed("USD m", "Revenue", "Revenue of the period.", low=0, comparison="above")
    )
    gross_margin: Floats = row(
        Observed("fraction", "Gross margin", "Gross margin.", low=-100, high=1, comparison="below")
    )
    cloud_margin: Floats = row(
        Observed(
            "fraction",
            "Cloud margin",
            "Gross margin of the cloud.",
            low=-100,
            high=1,
            comparison="below",
        )
    )
    customer_execution: Floats = row(
        Observed(
            "ratio",
            "Customer execution",
            "What the main customer takes up, over what was agreed.",
            low=0,
            comparison="below",
        )
    )
    price_premium: Floats = row(
        Observed(
            "ratio",
            "Price premium",
            "Price over that of slower offers.",
            low=0,
            comparison="at most",
            threshold=1.0,
            limit=True,
        )
    )
    previous: ByRow = further("Previous")
    threshold: ByRow = further("Threshold")

    def check(self) -> None:
        """Refuse a value that needs a threshold but has none."""
        for name, f in OBSERVATIONS.items():
            stated = ~np.isnan(getattr(self, name))
            if f.limit and np.isnan(self.yardstick(name)).any() and stated.any():
                raise InputError(
                    f"{self.argument()} Threshold",
                    f"must be given for {f.header}: the limit is for the user to choose",
                    "missing",
                )

    def yardstick(self, name: str) -> Floats:
        """Return the value with which an observation is compared; NaN if there is none."""
        f = OBSERVATIONS[name]
        instead = f.threshold if f.limit else self.previous.get(name, np.nan)
        return cast(Floats, np.float64(1) * self.threshold.get(name, instead))


OBSERVATIONS = cast(dict[str, Observed], Observations.declared)
