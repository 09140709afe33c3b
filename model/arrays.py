"""Small helpers on arrays whose last axis is time."""

from __future__ import annotations

import numpy as np

from model.errors import Floats


def lagged(before: Floats, series: Floats) -> Floats:
    """Shift a series by one period, with what stood before the first one in its place.

    Examples
    --------
    >>> lagged(np.array(1.0), np.array([2.0, 3.0]))
    array([1., 2.])
    """
    scenarios = np.broadcast_shapes(before.shape, series.shape[:-1])
    start = np.broadcast_to(before[..., None], (*scenarios, 1))
    rest = np.broadcast_to(series, (*scenarios, series.shape[-1]))[..., :-1]
    return np.concatenate([start, rest], axis=-1)
