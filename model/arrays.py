"""Small helpers on arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.errors import Floats

#: Numbers of an array that are calculated at a time, so that it stays in the processor's cache.
CACHED = 2**16


def by_blocks(
    calculate: Callable[..., Floats], *scenarios: Floats, block: int = CACHED // 16
) -> Floats:
    """Calculate many scenarios block by block, with the memory of a block for what lies between.

    Parameters
    ----------
    calculate : callable
        From a block of each array to its results, with the scenarios along the first axis.
    *scenarios : ndarray, shape (scenarios, ...)
        What differs between the scenarios.
    block : int
        Scenarios of a block: the default is for paths of ten to twenty years.

    Returns
    -------
    ndarray, shape (scenarios, ...)
        The results, as `calculate` gives them for all scenarios at once.

    Examples
    --------
    >>> growth = np.array([[0.1], [0.2], [0.3]])
    >>> by_blocks(lambda g: np.cumprod(1 + g, -1).sum(-1), growth, block=2)
    array([1.1, 1.2, 1.3])
    """
    count = len(scenarios[0])
    results: list[Floats] = []
    for start in range(0, max(count, 1), block):
        part = slice(start, start + block)
        found = calculate(*(values[part] for values in scenarios))
        if not results:
            results = [np.empty((count, *found.shape[1:]))]
        results[0][part] = found
    return results[0]


def lagged(before: Floats, series: Floats) -> Floats:
    """Shift a series, whose last axis is time, by one period.

    What stood before the first period takes its place.

    Examples
    --------
    >>> lagged(np.array(1.0), np.array([2.0, 3.0]))
    array([1., 2.])
    """
    scenarios = np.broadcast(before, series[..., 0]).shape
    shifted: Floats = np.empty((*scenarios, series.shape[-1]))
    shifted[..., 0] = before
    shifted[..., 1:] = series[..., :-1]
    return shifted


def between(low: float, values: Floats, high: Floats | float) -> Floats:
    """Limit values from both sides, in half the time that `np.clip` takes for a few.

    Examples
    --------
    >>> between(0.0, np.array([-1.0, 0.5, 2.0]), 1.0)
    array([0. , 0.5, 1. ])
    """
    return np.minimum(np.maximum(values, low), high)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Divide, with 0 where there is nothing to divide by.

    Examples
    --------
    >>> ratio(np.array([1.0, 2.0]), np.array([4.0, 0.0]))
    array([0.25, 0.  ])
    """
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole != 0)
