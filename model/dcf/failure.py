"""Failure: the value of a company that may not survive as a going concern."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from model.errors import Floats, floats, require

Basis = Literal["value", "book"]
#: What the proceeds of a sale in failure are a share of.
BASES: tuple[Basis, ...] = get_args(Basis)


def failure_value(
    going_concern: npt.ArrayLike, probability: npt.ArrayLike, proceeds: npt.ArrayLike
) -> Floats:
    """Expected value over survival and failure.

    Parameters
    ----------
    going_concern : array_like, shape (...)
        Value if the company survives, USD millions, of its operations or of its equity.
    probability : array_like, shape (...)
        Cumulative probability of failure over the forecast, 0 to 1.
    proceeds : array_like, shape (...)
        What a sale in failure brings to the same holders, USD millions, at least 0.

    Returns
    -------
    ndarray, shape (...)
        ``going_concern * (1 - probability) + proceeds * probability``.

    Raises
    ------
    InputError
        For a probability outside 0 to 1, or negative proceeds.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., chapter 17.

    Examples
    --------
    Global Crossing (illustration 17.2), of which a sale would bring 15% of book value:

    >>> round(float(failure_value(5529.92, 0.7663, 2180)), 1)
    2962.9
    """
    value, chance = floats("going_concern", going_concern), floats("probability", probability)
    brought = floats("proceeds", proceeds)
    require((chance >= 0) & (chance <= 1), "probability", "from 0 to 1", chance)
    require(brought >= 0, "proceeds", "at least 0", brought)
    return np.asarray(value * (1 - chance) + brought * chance)


def failure_proceeds(
    share: Floats, basis: str, going_concern: Floats, book_capital: Floats | None
) -> Floats:
    """Proceeds of a sale in failure, as a share of going-concern value or of book capital.

    A going concern of negative value sells for nothing: there is no buyer who would be paid.
    """
    if basis == "book":
        assert book_capital is not None  # Drivers.of has seen to it.
        return np.asarray(share * book_capital)
    return np.asarray(share * np.maximum(going_concern, 0.0))
