"""European calls by Black-Scholes, to the last digits of a double."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.errors import Floats

_erfc = np.frompyfunc(math.erfc, 1, 1)


class Terms(NamedTuple):
    """Market inputs for a share: fractions a year, with rates compounded continuously."""

    volatility: Floats
    risk_free: Floats
    dividend_yield: Floats


class Call(NamedTuple):
    """A call's value and its components; all of one shape."""

    d1: Floats
    d2: Floats
    n1: Floats
    n2: Floats
    value: Floats
    #: Change of the value with the price.
    delta: Floats


class Contract(NamedTuple):
    """What a call's value depends on, apart from the share price."""

    kept: Floats
    paid: Floats
    spread: Floats

    @classmethod
    def of(cls, strike: Floats, years: Floats, terms: Terms) -> Contract:
        """Discount the strike, and the part of the share that is kept after dividends."""
        return cls(
            kept=np.exp(-terms.dividend_yield * years),
            paid=np.exp(-terms.risk_free * years) * strike,
            spread=terms.volatility * np.sqrt(years),
        )


def normal_cdf(x: npt.ArrayLike) -> Floats:
    """Probability that a standard normal variable is at most x, to the last digit of a double.

    Examples
    --------
    >>> round(float(normal_cdf(0.7693)), 4)
    0.7791
    """
    scaled = np.asarray(x, dtype=np.float64) / -math.sqrt(2.0)
    return np.asarray(_erfc(scaled), dtype=np.float64) / 2.0


def black_scholes(price: Floats, contract: Contract) -> Call:
    r"""Value a European call.

    .. math:: C = S e^{-qT} N(d_1) - K e^{-rT} N(d_2), \qquad
              d_{1,2} = \frac{\ln (S / K) + (r - q) T}{\sigma \sqrt T} \pm \frac{\sigma \sqrt T}{2}

    Without uncertainty (no strike, time or volatility), :math:`d` is infinite and the value is that
    of certain exercise or none.

    Examples
    --------
    Hull, *Options, Futures, and Other Derivatives*, example 15.6:

    >>> contract = Contract.of(40.0, 0.5, Terms(0.2, 0.1, 0.0))
    >>> round(float(black_scholes(42.0, contract).value), 2)
    4.76
    """
    kept, paid, spread = contract
    d1 = np.log(price * kept / paid) / spread + spread / 2.0
    # Zero against zero, or a certain price at its strike: worth nothing either way.
    if np.count_nonzero(undefined := np.isnan(d1)):
        d1 = np.where(undefined, np.inf, d1)
    d2 = d1 - spread
    n1, n2 = normal_cdf((d1, d2))
    value = np.maximum(price * kept * n1 - paid * n2, 0.0)
    return Call(d1, d2, n1, n2, value, kept * n1)
