"""Runway: how long the cash lasts."""

from __future__ import annotations

from typing import Annotated, cast

import numpy as np

from model.errors import Floats
from model.fields import Amount, Field, Money
from model.functions import function

Months = Annotated[Floats, Field("months", above=0.0)]
#: Ten years.
LONG = cast(Floats, 120.0)


@function
def signal_runway(cash: Amount, free_cash_flow: Money, longest: Months = LONG) -> Months:
    """Months that cash lasts at the year's free cash flow.

    Parameters
    ----------
    cash
        Cash and liquid investments.
    free_cash_flow
        Of a year; negative where cash is burnt.
    longest
        Maximum result: the answer if little or no cash is burnt.

    Returns
    -------
    ndarray, shape (...)
        ``12 * cash / -free_cash_flow``, at most longest.

    References
    ----------
    propelx.com, cash burn rate: 5 million at 500,000 a month last 10 months.

    Examples
    --------
    >>> [float(signal_runway(5, flow)) for flow in (-0.5 * 12, 1)]
    [10.0, 120.0]
    """
    burn = np.maximum(-free_cash_flow, 0.0)
    # Compared before it is divided: with a burn of next to nothing the cash lasts forever.
    lasts = cash >= longest * burn / 12
    left = np.broadcast_to(longest, np.shape(lasts)).copy()
    return np.divide(cash * 12, burn, out=left, where=~lasts)
