"""The anchored shape: recognition that starts at the rate at which a company recognises already.

The balance recognised so far is a cubic spline through what the bands state at their edges. Its
slope, the recognition rate, is the run rate at month 0 and level at the end. In between it turns
without a break, except where an edge is bounded as in `model.rpo.shapes`: from 0 to twice the
lower average of its two bands. With slopes of up to three times its average a band's cubic never
falls, so that no month is negative.

A run rate above three times the first band's average is met by a steeper fall: two arcs that
meet at a floor, of which the first is the shorter, the higher the run rate. At three times the
average the arcs are the cubic.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.arrays import between
from model.errors import Floats, InputError, require
from model.rpo.bands import Banded
from model.rpo.shapes import outer_edge, positions, spread

#: Run rate over the first band's average above which not even a straight line to zero keeps it.
EARLY = 2.0
#: The same ratio up to which a cubic keeps the band and never falls.
STEEPEST = 3.0


def anchored(banded: Banded, run_rate: Floats | None) -> Floats:
    """Spread a balance over its months from the run rate on.

    Parameters
    ----------
    banded : Banded
        Closed bands.
    run_rate : ndarray, shape (...)
        USD millions a month.

    Returns
    -------
    ndarray, shape (..., months)
        The months of a band sum to its amount without rounding.

    Raises
    ------
    InputError
        For a run rate that is not given, or a first band of zero.
    """
    if run_rate is None:
        raise InputError(
            "run_rate", "must be given for the shape 'anchored', which starts at it", "missing"
        )
    first_average(banded)
    amount = banded.amount
    if scenarios := np.broadcast(amount[..., 0], run_rate).shape:
        amount = np.broadcast_to(amount, (*scenarios, amount.shape[-1]))
        run_rate = np.broadcast_to(run_rate, scenarios)
    return spread(amount, banded.lengths, anchored_share, run_rate)


def anchored_share(rate: Floats, lengths: npt.NDArray[np.int_], run_rate: Floats) -> Floats:
    """Share of each band's amount recognised by the end of each of its months.

    Parameters
    ----------
    rate : ndarray, shape (..., bands)
        Average recognition per month in each band, above 0 in the first.
    lengths : ndarray of int, shape (bands,)
        Months in each band.
    run_rate : ndarray, shape (...)
        Recognition per month at month 0.

    Returns
    -------
    ndarray, shape (..., months)
        Rising to exactly 1 in the last month of each band.

    References
    ----------
    F. Fritsch and R. Carlson, "Monotone Piecewise Cubic Interpolation", *SIAM Journal on Numerical
    Analysis* 17(2), 1980, pp. 238-246: when a cubic between two slopes never falls.
    """
    edges = edge_rates(rate, lengths, run_rate)
    sides = np.array([edges[..., :-1], edges[..., 1:]])
    left, right = np.divide(sides, rate, out=np.zeros(sides.shape), where=rate > 0)
    x = positions(lengths)
    square, cubic = (
        a.repeat(lengths, axis=-1) for a in (3.0 - 2.0 * left - right, left + right - 2.0)
    )
    share = x * (left.repeat(lengths, axis=-1) + x * (square + x * cubic))
    steep = left[..., 0] > STEEPEST
    if steep.any():
        n = int(lengths[0])
        share[steep, :n] = _arcs(x[:n], left[steep, :1], right[steep, :1])
    share[..., np.cumsum(lengths) - 1] = 1.0
    return between(0.0, share, 1.0)


def edge_rates(rate: Floats, lengths: npt.NDArray[np.int_], run_rate: Floats) -> Floats:
    """Rates at month 0 and at the end of each band, (..., bands + 1).

    Without bounds they are the slopes of the cubic spline: each follows from the next one as
    ``level - weight * next``, from the last one back. A run rate above `STEEPEST` falls before it
    could matter to them.
    """
    level, weight = [np.minimum(run_rate, STEEPEST * rate[..., 0])], [0.0]
    for i, (before, after) in enumerate(zip(1.0 / lengths[:-1], 1.0 / lengths[1:], strict=True)):
        own = 2.0 * (before + after) - before * weight[-1]
        known = 3.0 * (before * rate[..., i] + after * rate[..., i + 1])
        level.append((known - before * level[-1]) / own)
        weight.append(after / own)
    slope = (3.0 * rate[..., -1] - level[-1]) / (2.0 - weight[-1])
    edges = np.empty((*rate.shape[:-1], len(lengths) + 1))
    for i in range(len(lengths) - 1, 0, -1):
        slope = level[i] - weight[i] * slope
        edges[..., i] = between(0.0, slope, 2.0 * rate[..., i - 1 : i + 1].min(-1))
    edges[..., 0] = run_rate
    edges[..., -1] = outer_edge(rate[..., -1], edges[..., -2])
    return edges


def _arcs(x: Floats, left: Floats, right: Floats) -> Floats:
    """Integral of two parabolas that meet at a floor, over a band's average.

    The floor is where the cubic's rate is lowest that starts at `STEEPEST`; where the two meet
    follows from the average.
    """
    floor = right * (STEEPEST - right) / (STEEPEST * (1.0 + right))
    turn = (3.0 - 2.0 * floor - right) / (left - right)
    down = (left - floor) * turn / 3.0 * (1.0 - np.maximum(1.0 - x / turn, 0.0) ** 3)
    rest = np.where(turn < 1.0, 1.0 - turn, 1.0)
    up = (right - floor) * rest / 3.0 * (np.maximum(x - turn, 0.0) / rest) ** 3
    return np.asarray(floor * x + down + up)


def first_average(banded: Banded, final_month: int | None = None) -> Floats:
    """Average of the first band a month, which must be above 0; shape (...)."""
    if banded.last[0] is None:
        banded = banded.closed(final_month)
    amount = banded.amount[..., 0]
    require(amount > 0, "bands", "above 0 in the first band for the shape 'anchored'", amount)
    return np.asarray(amount / banded.lengths[0])


def early_fall(ratio: Floats) -> str:
    """Warn of a run rate from which a schedule must fall early, by its ratio to the first band's.

    Examples
    --------
    >>> early_fall(np.float64(3.0))
    "run_rate is 3 times the first band's average month, and above 2 times the schedule has to \
fall early: the run rate may include revenue that the balance does not cover."
    """
    largest = float(np.max(ratio))
    if largest <= EARLY:
        return ""
    return (
        f"run_rate is {largest:.3g} times the first band's average month, and above {EARLY:g} "
        "times the schedule has to fall early: the run rate may include revenue that the balance "
        "does not cover."
    )
