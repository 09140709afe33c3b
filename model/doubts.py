"""Published figures that a valuation makes doubtful: of a line it lacks, or in another unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.calendar import QUARTERS
from model.errors import shown

if TYPE_CHECKING:
    from model.case.parts import Published
    from model.valuation import Valuation

#: Units in which billions and thousands may be taken for millions.
IN_MILLIONS = ("USD m", "m shares")
#: A figure is in another unit if, in it, it is within this factor of the forecast, though it is
#: further than `FAR` from it as typed.
NEAR, FAR = 20.0, 40.0
#: How much a figure is as typed, by the unit in which it probably is.
UNITS = {"billions": 1e-3, "thousands": 1e3, "units": 1e6}


def doubts(valued: Valuation) -> list[str]:
    """Return a sentence for each published figure that cannot be compared with the forecast.

    Parameters
    ----------
    valued : Valuation

    Examples
    --------
    >>> from model.case.case import load
    >>> from model.valuation import value
    >>> doubts(value(load("nebius")))
    []
    """
    return [
        sentence
        for key, item in valued.case.published.items()
        if (sentence := _doubt(valued, f"published.{key}", item))
    ]


def forecast(valued: Valuation, item: Published, line: str = "") -> float | None:
    """Return the number with which a published figure is compared, or a line of its period.

    A quarter of the year before the forecast has none: the first quarters grow from it. Nor has a
    period that a changed end of the first year has moved out of the forecast.
    """
    line = line or item.line
    if item.year is None:
        return float(getattr(valued.result, line))
    place = item.year - valued.years[0]
    if item.quarter is not None:
        place = QUARTERS * place + item.quarter - 1
    amounts = getattr(valued.forecast if item.quarter is None else valued.quarters, line)
    return float(amounts[place]) if 0 <= place < len(amounts) else None


def _doubt(valued: Valuation, path: str, item: Published) -> str:
    ours = forecast(valued, item)
    if ours is None:
        return ""
    if np.isnan(ours):
        return f"{path} is for {item.line}, a line that this forecast does not have."
    if not ours or item.unit not in IN_MILLIONS:
        return ""
    ratio = abs(item.number / ours)
    # An income may be near 0 in the forecast, and no published one exceeds revenue.
    least = 0.0 if item.year is None else forecast(valued, item, "revenue") or 0.0
    for unit, factor in UNITS.items():
        near = 1 / NEAR <= ratio / factor <= NEAR and not 1 / FAR < ratio < FAR
        if near and (factor < 1 or abs(item.number) > least):
            return (
                f"{path} of {shown(item.number)} against {shown(round(ours, 1))} in the forecast "
                f"is probably in {unit}: {shown(item.number / factor)} in millions."
            )
    return ""
