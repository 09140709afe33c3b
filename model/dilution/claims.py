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


def each_security(price: Floats, securities: Securities) -> Floats:
    """Repeat a price for each security, so that the scenarios of each lie together in memory."""
    if not np.ndim(price):
        return np.asarray(price)[None]
    found = np.empty((*price.shape, len(securities)), order="F")
    found[...] = price[..., None]
    return found


def claims(
    price: Floats, securities: Securities, method: str, part: Floats | npt.NDArray[np.bool_]
) -> Claims:
    """Return the claims at a price, where the conditions leave a part of each security.

    A part is 0 or 1, or between them where a condition is met in part.
    """
    p = each_security(price, securities)
    taking_part = part * securities.included_count
    shape = np.broadcast(p, taking_part).shape
    nothing = np.zeros(shape, order="F")
    whole = taking_part if taking_part.shape == shape else np.broadcast_to(taking_part, shape)
    if method == "basic":
        return Claims(whole, np.broadcast_to(securities.basic, shape), *[nothing] * 4)
    role, strike = securities.role, securities.strike
    converted_debt = tax_paid = repaid = bought_back = nothing
    issued = outright = taking_part * role["share"]
    if "withheld" in securities.has:
        issued = outright * (1.0 - securities.withheld)
        tax_paid = outright * securities.withheld * p
    exercised = taking_part * role["option"]
    if method != "gross":
        below = strike < p
        bought_back = exercised * np.where(below, strike / p, 0.0)
        # A strike of zero is always in the money, even at a price of zero.
        exercised = np.where(below | (strike == 0), exercised, 0.0)
        if "capped" in securities.has:
            gain = np.maximum(np.minimum(p, securities.cap) - strike, 0.0)
            called = taking_part * (securities.capped & below) * gain
            bought_back = bought_back + np.divide(called, p, out=np.zeros(shape), where=p > 0)
    issued = issued + exercised
    if "exchange" in securities.has:
        turned = securities.exchange <= p
        converted = taking_part * (role["convertible"] & turned)
        kept = taking_part * (role["preferred"] & turned)
        issued = issued + converted + kept
        converted_debt = converted * securities.exchange
        repaid = taking_part * (role["preferred"] & ~turned) * securities.exchange
    return Claims(whole, issued, bought_back, converted_debt, tax_paid, repaid)
