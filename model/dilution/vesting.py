"""Performance warrants: what part of each tranche has vested, by its condition.

``"none"``
    Vested from the start.
``"date"``
    Vested from a day on.
``"market value"``
    Vested when the common stock is worth an amount or more.
``"delivered"``
    Vested when an amount of capacity has been delivered; with a second, larger amount, in
    proportion between the two.

The last axis is the tranche; whatever stands before it is the scenario axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, one_of, require, shown

Condition = Literal["none", "date", "market value", "delivered"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)


@dataclass(frozen=True)
class Tranches:
    """Tranches and their conditions, one per place; make one with `Tranches.of`."""

    name: tuple[str, ...]
    condition: tuple[str, ...]
    count: Floats
    threshold: Floats
    full_at: Floats

    @classmethod
    def of(
        cls,
        name: Sequence[str],
        condition: Sequence[str],
        count: npt.ArrayLike,
        threshold: npt.ArrayLike,
        full_at: npt.ArrayLike | None = None,
    ) -> Tranches:
        """Check and collect tranches.

        Parameters
        ----------
        name, condition : sequence of str
            What each tranche is called, and one of `CONDITIONS`.
        count : array_like, shape (..., tranches)
            Shares in millions.
        threshold : array_like, shape (..., tranches)
            Day number, USD millions or MW, as the condition has it; 0 where there is none.
        full_at : array_like, shape (..., tranches), optional
            Delivered amount at which a tranche has vested in full; the threshold where it
            vests at once.
        """
        conditions = tuple(one_of("tranches Condition", c, CONDITIONS) for c in condition)
        if full_at is None:
            full_at = threshold
        counts, thresholds, full = np.broadcast_arrays(
            floats("tranches Count", count),
            floats("tranches Threshold", threshold),
            floats("tranches Full at", full_at),
        )
        require(counts >= 0, "tranches Count", "at least 0", counts)
        require(thresholds >= 0, "tranches Threshold", "at least 0", thresholds)
        free = np.array([c == "none" for c in conditions])
        require(~free | (thresholds == 0), "tranches Threshold", "blank without one", thresholds)
        require(full >= thresholds, "tranches Full at", "at least the threshold", full)
        gradual = np.array([c == "delivered" for c in conditions])
        require(gradual | (full == thresholds), "tranches Full at", "blank here", full)
        return cls(tuple(name), conditions, counts, thresholds, full)


@dataclass(frozen=True)
class Vesting:
    """What each condition is measured by, and the part of the tranche vested; (..., tranches)."""

    measured: Floats
    share: Floats
    vested: Floats


def vesting(
    tranches: Tranches,
    market_value: npt.ArrayLike,
    day: npt.ArrayLike | None = None,
    delivered: npt.ArrayLike | None = None,
) -> Vesting:
    """Part of each tranche that has vested.

    Parameters
    ----------
    tranches : Tranches
        Counts, conditions and thresholds.
    market_value : array_like, shape (...)
        Of the common stock, USD millions.
    day : array_like, shape (...), optional
        Number of the day; needed where a tranche vests on a date.
    delivered : array_like, shape (...), optional
        Capacity delivered so far, MW; needed where a tranche vests with deliveries.

    Returns
    -------
    Vesting

    Raises
    ------
    InputError
        For a negative number, or no day or delivered where a tranche vests by it.

    Examples
    --------
    750 MW of 2,000 vest three eighths of a tranche:

    >>> capacity = Tranches.of(["Capacity"], ["delivered"], [23.4], [0.0], [2000.0])
    >>> vesting(capacity, 40_000.0, delivered=750.0).share
    array([0.375])
    """
    value = floats("market_value", market_value)
    require(value >= 0, "market_value", "at least 0", value)
    given = {"none": np.zeros(()), "market value": value}
    for name, argument, number in (("date", "as_of", day), ("delivered", "delivered", delivered)):
        if number is not None:
            given[name] = floats(argument, number)
            require(given[name] >= 0, argument, "at least 0", given[name])
    for name, condition in zip(tranches.name, tranches.condition, strict=True):
        if condition not in given:
            argument = "as_of" if condition == "date" else condition
            raise InputError(argument, f"must be given, because {shown(name)} vests by it")
    columns = np.broadcast_arrays(*(given[c] for c in tranches.condition))
    measured = np.stack(columns, -1)
    width = tranches.full_at - tranches.threshold
    gradual = np.divide(
        measured - tranches.threshold,
        width,
        out=np.zeros(np.broadcast_shapes(measured.shape, width.shape)),
        where=width > 0,
    )
    share = np.where(width > 0, np.clip(gradual, 0.0, 1.0), measured >= tranches.threshold)
    share = share.astype(np.float64)
    return Vesting(np.broadcast_to(measured, share.shape), share, tranches.count * share)
