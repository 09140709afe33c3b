"""Closeness: results near a threshold, which a little more or less would turn."""

from __future__ import annotations

from typing import Annotated, cast

import numpy as np
import numpy.typing as npt

from model.errors import Floats
from model.fields import Field

#: Within this of a threshold a result is close to it, unless a call says otherwise.
NEAR = cast(Floats, 0.02)
#: A distance from a threshold within which a result is close.
Nearness = Annotated[Floats, Field("fraction", low=0.0, high=1.0)]
#: A rounding error does not take a result out of what is close.
_ROUNDING = 1e-12
CLOSE = "close"


def distance(value: Floats, threshold: Floats, *, share: bool = False) -> Floats:
    """Distance of a value from a threshold: the difference of shares, else value over it less 1.

    It is NaN where either is missing, and where the threshold is 0.

    Examples
    --------
    >>> float(distance(np.float64(100), np.float64(40)))
    1.5
    """
    if share:
        return np.asarray(value - threshold)
    known = np.where(np.asarray(threshold) == 0, np.nan, threshold)
    return np.asarray(value / known - 1.0)


def is_close(distances: Floats, within: Floats = NEAR) -> npt.NDArray[np.bool_]:
    """Tell which distances are within that; a missing one is not."""
    return np.asarray(np.abs(distances) <= within + _ROUNDING)
