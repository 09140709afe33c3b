"""Failure: the value of a company that may not survive as a going concern."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from model.errors import Floats
from model.fields import Amount, Money, Part
from model.functions import function

Basis = Literal["value", "book"]
#: What the proceeds of a sale in failure are a share of.
BASES: tuple[Basis, ...] = get_args(Basis)


@function
def dcf_failure_value(going_concern: Money, probability: Part, proceeds: Amount) -> Money:
    """Value of a company that may fail: survival and failure, weighted by their probability.

    Parameters
    ----------
    going_concern
        Value if it survives, of its operations or of its equity.
    probability
        Cumulative probability of failure over the forecast.
    proceeds
        What a sale in failure brings to the same holders: nothing for shareholders if it does not
        cover the debt.

    Returns
    -------
    ndarray, shape (...)
        ``going_concern * (1 - probability) + proceeds * probability``.

    Notes
    -----
    DCF_VALUE does the same to the operations with the drivers failure_probability,
    failure_proceeds and failure_basis.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 17.2: Global Crossing, whose
    assets would bring 15% of their book value of 14,531.

    Examples
    --------
    >>> round(float(dcf_failure_value(5529.92, 0.7663, 2180)), 1)
    2962.9
    """
    return expected(going_concern, probability, proceeds)


def expected(going_concern: Floats, probability: Floats, proceeds: Floats) -> Floats:
    """Weight survival and failure."""
    return np.asarray(going_concern * (1 - probability) + proceeds * probability)


def failure_proceeds(
    share: Floats, basis: str, going_concern: Floats, book_capital: Floats | None
) -> Floats:
    """Proceeds of a sale in failure, as a share of going-concern value or of book capital.

    A going concern of negative value sells for nothing: no seller pays a buyer.
    """
    if basis == "book":
        assert book_capital is not None  # Drivers guarantee it.
        return np.asarray(share * book_capital)
    return np.asarray(share * np.maximum(going_concern, 0.0))
