"""Arrays: conversion of what callers pass, and small helpers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from model.calendar import in_order
from model.errors import Floats, InputError, everywhere, first, shown
from model.plain import Headed, is_blank, one_line, plain, reading

#: Elements calculated at a time, so that a block stays in the processor's cache.
CACHED = 2**16
#: Elements of an array that is freed untouched: 8 MiB.
KEPT = 2**20
#: From this many numbers on, NumPy sums contiguous ones in pairs.
IN_PAIRS = 8


def floats(argument: str, value: Any, blank: bool = False) -> Floats:
    """Return `value` as an array of finite floats, or refuse it; a blank, where allowed, is NaN.

    A single number becomes a NumPy scalar, which behaves as an array of no dimensions and is
    several times faster: most calls pass nothing else.
    """
    if isinstance(value, float) and math.isfinite(value):
        return cast(Floats, np.float64(value))
    as_it_is = type(value) is np.ndarray and value.dtype == np.float64
    array = value if as_it_is else _array(argument, value, blank)
    finite = np.isfinite(array) | np.isnan(array) if blank else np.isfinite(array)
    if not everywhere(finite):
        raise InputError(argument, f"must be finite, not {shown(first(array, ~finite))}")
    return array if array.ndim else array[()]


def _array(argument: str, value: Any, blank: bool) -> Floats:
    """Convert to floats what holds only numbers: text and booleans are refused."""
    if type(value) is np.ndarray and value.dtype.kind in "fiu":
        with np.errstate(over="ignore"):
            return value.astype(np.float64)
    found = plain(value)
    if line := one_line(found):
        found = in_order(argument, *line)
    if isinstance(found, Headed):
        columns = len(found[0]) if found else 0
        if columns != 1:
            raise InputError(argument, f"must be a single column, not a table of {columns}")
        found = [row[0] for row in found[1:]]
    if isinstance(found, list) and all(type(one) is float or type(one) is int for one in found):
        return np.array(found, dtype=np.float64)
    try:
        array = np.array(found, dtype=object)
    except ValueError:
        raise InputError(argument, f"must have rows of one length, not {shown(value)}") from None
    for place, one in enumerate(array.ravel()):
        if type(one) in (float, int):
            continue
        if not blank or not is_blank(one):
            seen = "left blank" if one is None else shown(one)
            raise InputError(argument, f"must be a number, or numbers, not {seen}{reading(one)}")
        array.flat[place] = math.nan
    return array.astype(np.float64)


def by_blocks(
    calculate: Callable[..., Floats], *scenarios: Floats, block: int = CACHED // 12
) -> Floats:
    """Calculate many scenarios in blocks, so that intermediate results need one block's memory.

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
    # The memory of a block serves the next one: glibc keeps what is freed up to twice the largest
    # array ever freed, and otherwise hands it back, to have each page cleared and mapped again.
    if count > block:
        np.empty(KEPT)
    for start in range(0, max(count, 1), block):
        part = slice(start, start + block)
        found = calculate(*(values[part] for values in scenarios))
        if not results:
            results = [np.empty((count, *found.shape[1:]))]
        results[0][part] = found
    return results[0]


def read_only(*arrays: Floats) -> None:
    """Refuse changes of arrays that are kept and given out again."""
    for array in arrays:
        array.flags.writeable = False


def lagged(before: Floats, series: Floats) -> Floats:
    """Shift a series, whose last axis is time, by one period.

    The value before the first period takes the first place.

    Examples
    --------
    >>> lagged(np.array(1.0), np.array([2.0, 3.0]))
    array([1., 2.])
    """
    scenarios = np.broadcast(before, series[..., 0]).shape
    shifted: Floats = np.empty_like(series, shape=(*scenarios, series.shape[-1]))
    shifted[..., 0] = before
    shifted[..., 1:] = series[..., :-1]
    return shifted


def side_by_side(*parts: Floats) -> Floats:
    """Put arrays and numbers next to one another along a new last axis.

    Examples
    --------
    >>> side_by_side(np.array([1.0, 2.0]), np.float64(3.0))
    array([[1., 3.],
           [2., 3.]])
    """
    shapes = {*map(np.shape, parts)}
    scenarios = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
    if not scenarios:
        return np.array(parts, dtype=np.float64)
    made = np.empty((*scenarios, len(parts)))
    for place, part in enumerate(parts):
        made[..., place] = part
    return made


def periods_first(series: Floats) -> Floats:
    """Take the last axis, which is time, to the front, as `np.moveaxis` does, but faster."""
    return series.transpose(-1, *range(series.ndim - 1))


def periods_last(series: Floats) -> Floats:
    """Take the first axis to the end."""
    return series.transpose(*range(1, series.ndim), 0)


def running(step: np.ufunc, series: Floats) -> Floats:
    """Accumulate a series, whose last axis is time; many scenarios take each period together.

    Examples
    --------
    >>> running(np.multiply, np.array([[2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]))
    array([[ 2.,  6.],
           [ 4., 20.],
           [ 6., 42.]])
    """
    if series.size <= series.shape[-1] ** 2:
        return cast(Floats, step.accumulate(series, axis=-1))
    made = np.empty_like(series)
    made[..., 0] = series[..., 0]
    for period in range(1, series.shape[-1]):
        step(made[..., period - 1], series[..., period], out=made[..., period])
    return made


def total(series: Floats) -> Floats:
    """Sum along the last axis, to the same bits however the numbers lie in memory.

    Numbers that lie one after the other NumPy adds in pairs. Where they do not, because each
    period's scenarios lie together, the same pairs are added here, for all scenarios at once.

    Examples
    --------
    >>> total(np.ones((2, 3), order="F"))
    array([3., 3.])
    """
    count = series.shape[-1]
    if series.ndim == 1 or count < IN_PAIRS or series.flags.c_contiguous:
        return cast(Floats, np.add.reduce(series, -1))
    if count >= 2 * IN_PAIRS:
        return cast(Floats, np.ascontiguousarray(series).sum(-1))
    pairs = [series[..., i] + series[..., i + 1] for i in range(0, IN_PAIRS, 2)]
    found = (pairs[0] + pairs[1]) + (pairs[2] + pairs[3])
    for i in range(IN_PAIRS, count):
        found += series[..., i]
    return found


def between(low: float, values: Floats, high: Floats | float) -> Floats:
    """Limit values from both sides; for a few values, in half the time of `np.clip`.

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
    some = whole != 0
    if np.count_nonzero(some) == some.size:
        return np.asarray(part / whole)
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=some)
