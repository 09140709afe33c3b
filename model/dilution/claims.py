"""Each security's claim on the equity at a share price.

With E the value of the equity after all debt, and before preferred and puttable shares, each
security claims at a price p, per share:

=====================  ===========================================================================
owned outright         ``p``
option, warrant        ``max(p - K, 0)``; under gross, ``p``
convertible debt       ``max(p - R, 0)``, less ``max(min(p, C) - K, 0)`` of a capped call to C:
                       its repayment R is among the debt, and conversion takes it out
preferred, puttable    ``max(p, R)``
=====================  ===========================================================================

A claim counts once: as shares, or as debt or a repayment. Under basic only common stock claims.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.dilution.securities import Securities
from model.errors import Floats


class Claims(NamedTuple):
    """What each security adds to the count and takes of the equity; shapes (..., securities)."""

    #: What its condition leaves of its count; millions of shares, as the next two.
    taking_part: Floats
    issued: Floats
    bought_back: Floats
    #: Debt that conversion removes, tax that net settlement pays in cash, and what holders are paid
    #: who do not take shares, USD millions.
    converted_debt: Floats
    tax_paid: Floats
    repaid: Floats

    @property
    def net(self) -> Floats:
        """Shares that are added, millions."""
        return self.issued - self.bought_back

    def of_equity(self, price: Floats) -> Floats:
        """What each takes of the equity at a price, USD millions."""
        return np.asarray(
            self.net * price[..., None] + self.tax_paid + self.repaid - self.converted_debt
        )


def claims(
    price: Floats, securities: Securities, method: str, part: Floats | npt.NDArray[np.bool_]
) -> Claims:
    """Return the claims at a price, where the conditions leave a part of each security.

    A part is 0 or 1, or between them where a condition is met in part.
    """
    p = np.asarray(price)[..., None]
    taking_part = part * securities.included_count
    shape = np.broadcast_shapes(taking_part.shape, p.shape)
    nothing = np.zeros(shape)
    if method == "basic":
        issued = np.broadcast_to(securities.basic, shape)
        return Claims(np.broadcast_to(taking_part, shape), issued, *[nothing] * 4)
    role, strike = securities.role, securities.strike
    # A strike of zero is always in the money, even at a price of zero.
    in_money = (strike < p) | (strike == 0)
    turned = securities.exchange <= p
    outright = taking_part * role["share"]
    converted = taking_part * (role["convertible"] & turned)
    kept = taking_part * (role["preferred"] & turned)
    if method == "gross":
        exercised = taking_part * role["option"]
        bought_back = nothing
    else:
        exercised = taking_part * (role["option"] & in_money)
        paid = np.zeros(shape)
        np.divide(strike, p, out=paid, where=in_money & (p > 0))
        bought_back = exercised * paid
        if securities.capped.any():
            gain = np.maximum(np.minimum(p, securities.cap) - strike, 0.0)
            called = taking_part * (securities.capped & (strike < p)) * gain
            bought_back = bought_back + np.divide(called, p, out=np.zeros(shape), where=p > 0)
    return Claims(
        np.broadcast_to(taking_part, shape),
        outright * (1.0 - securities.withheld) + exercised + converted + kept,
        bought_back,
        converted * securities.exchange,
        outright * securities.withheld * p,
        taking_part * (role["preferred"] & ~turned) * securities.exchange,
    )
