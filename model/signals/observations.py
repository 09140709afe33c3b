"""Observations: what an investor watches, and what each is compared with."""

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
#: How a comparison that does not hold is worded.
OTHERWISE: dict[Comparison, str] = {
    "above": "at most",
    "at least": "below",
    "below": "at least",
    "at most": "above",
}


@dataclass(frozen=True)
class Observed(Field):
    """What can be observed, and the fact that it decides."""

    default: Any = np.nan
    blank: Any = np.nan
    comparison: Comparison = "above"
    #: Threshold where the user states none.
    threshold: float = np.nan
    #: Whether the rule is about a threshold, so that the previous value says nothing.
    limit: bool = False


class Observations(Rows):
    """What is observed; compared with its threshold, and where none is stated with its previous."""

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
        """Refuse a value that is to be held to a threshold that nobody states."""
        for name, f in OBSERVATIONS.items():
            stated = ~np.isnan(getattr(self, name))
            if f.limit and np.isnan(self.yardstick(name)).any() and stated.any():
                raise InputError(
                    f"{self.argument()} Threshold",
                    f"must be given for {f.header}: what counts as too much is for the user to say",
                    "missing",
                )

    def yardstick(self, name: str) -> Floats:
        """Return what an observation is compared with: NaN where there is nothing."""
        f = OBSERVATIONS[name]
        instead = f.threshold if f.limit else self.previous.get(name, np.nan)
        return cast(Floats, np.float64(1) * self.threshold.get(name, instead))


OBSERVATIONS = cast(dict[str, Observed], Observations.declared)
