"""The price at which all claims are worth an equity value, found exactly and without iteration.

All claims together are piecewise linear in the price, and bend at the strikes: with S shares
claiming beyond a strike, and I what they pay, ``p = (E + I) / S`` on the piece on which the claims
reach E. Conditions make them jump: see PRICE_PER_SHARE.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.arrays import CACHED, by_blocks, ratio, total
from model.dilution.claims import Claims, claims, each_security
from model.dilution.securities import Securities
from model.errors import Floats
from model.fields import ONE

Mask = npt.NDArray[np.bool_]
#: A condition met to this extent is met: the rest is rounding.
WHOLE = 1 - 1e-12


class Ladder(NamedTuple):
    """The strikes at which claims bend, in ascending order, shapes (..., strikes)."""

    strike: Floats
    #: The security whose count begins to claim, and -1 where a capped call takes it away.
    place: npt.NDArray[np.int_]
    sign: Floats
    #: Which securities claim from a price of zero on, shape (securities,).
    outright: Mask


def solved(equity: Floats, securities: Securities, method: str) -> Floats:
    """Return the price of an equity value that is not negative."""
    steps = _ladder(securities, method)

    def prices(values: Floats) -> Floats:
        if "diluted" not in securities.has:
            return _beyond(values, securities, steps, securities.hurdle)
        # From below, a price at which less tax was assumed is too low, or right.
        price = np.zeros(values.shape)
        while True:
            hurdle = hurdles(values, price, securities)
            found = np.maximum(_beyond(values, securities, steps, hurdle), price)
            if "withheld" not in securities.has or (found == price).all():
                return found
            price = found

    return in_blocks(prices, equity, securities)


def claimed(
    equity: Floats, price: Floats, securities: Securities, method: str
) -> tuple[Claims, Floats]:
    """Return the claims on an equity value at its price, and how far each condition is met.

    A tranche whose hurdle is the price counts in part where it must for the claims to be worth the
    equity value. Preferences above the equity value share it.
    """
    part = ONE
    if method == "basic":
        part = np.ones(np.broadcast_shapes((*np.shape(price), 1), securities.count.shape))
        return claims(price, securities, method, part), part
    at = np.maximum(price, 0.0)
    if "hurdle" in securities.has:
        hurdle = hurdles(equity, at, securities)
        each = each_security(at, securities)
        part = (hurdle <= each).astype(float)
        tied = (hurdle == each) & (hurdle > 0)
        if tied.any():
            full = claims(at, securities, method, part).of_equity(at)
            of_tied = total(full * tied)
            share = np.clip(1.0 - ratio(total(full) - equity, of_tied), 0.0, 1.0)
            share = np.where(share > WHOLE, 1.0, share)
            part = np.where(tied, share[..., None], part)
    found = claims(at, securities, method, part)
    if np.count_nonzero(below := equity < 0):
        common = claims(price, securities, "basic", part)
        both = zip(common, found, strict=True)
        found = Claims(*(np.where(below[..., None], one, other) for one, other in both))
    if "exchange" in securities.has and (all_repaid := total(found.repaid)).any():
        share = np.minimum(ratio(np.maximum(equity, 0.0), all_repaid), 1.0)
        found = found._replace(repaid=found.repaid * share[..., None])
    return found, part


def hurdles(equity: Floats, price: Floats, securities: Securities) -> Floats:
    """Return the price from which each security counts, for an equity value.

    The diluted market value is the equity value with the debt that is converted, less what is
    repaid and the tax at the price: it grows with each series that turns into shares. The hurdle
    is the price at which enough of them have.
    """
    fixed = securities.hurdle
    if "diluted" not in securities.has:
        return fixed
    diluted = securities.diluted
    counted = securities.included_count
    tax = (counted * securities.withheld * (fixed <= price[..., None])).sum(-1) * price
    turning = (securities.role["convertible"] | securities.role["preferred"]) & ~securities.owned
    turns = turning.reshape(-1, len(securities)).any(0)
    turn = np.maximum(securities.exchange, fixed)[..., turns]
    amount = (counted * securities.exchange)[..., turns]
    order = turn.argsort(-1, kind="stable")
    turn, amount = (np.take_along_axis(values, order, -1) for values in (turn, amount))
    repaid = (counted * securities.role["preferred"] * securities.exchange).sum(-1)[..., None]
    level = np.concatenate([-repaid, amount.cumsum(-1) - repaid], -1)
    need = securities.vests_at[..., diluted] - (equity - tax)[..., None]
    passed = np.zeros(np.broadcast_shapes(need.shape, (*level.shape[:-1], 1)), dtype=int)
    for i in range(level.shape[-1]):
        passed += level[..., i, None] < need
    ends = [np.zeros_like(repaid), turn, np.full_like(repaid, np.inf)]
    hurdle = np.empty((*passed.shape[:-1], len(securities)))
    hurdle[...] = fixed
    hurdle[..., diluted] = _take(np.concatenate(ends, -1), passed)
    return hurdle


def met_at(price: Floats, securities: Securities, method: str) -> Mask:
    """Tell which conditions are met at a price, the securities themselves among diluted shares."""
    met = securities.hurdle <= price[..., None]
    if method == "basic" or "diluted" not in securities.has:
        return np.asarray(met)
    diluted = securities.diluted
    every = claims(price, securities, method, met | diluted).net
    others = total(every * ~diluted)[..., None]
    needed = securities.vests_at[..., diluted]
    order = np.broadcast_to(needed, every[..., diluted].shape).argsort(-1, kind="stable")
    net = np.take_along_axis(every[..., diluted], order, -1)
    worth = price[..., None] * (others + net.cumsum(-1))
    reached = worth >= _take(needed, order)
    # What vests at more brings the value that vests at less.
    reached = np.logical_or.accumulate(reached[..., ::-1], -1)[..., ::-1]
    found = np.array(np.broadcast_to(met, every.shape))
    found[..., diluted] = np.take_along_axis(reached, order.argsort(-1), -1)
    return found


def in_blocks(calculate: Callable[[Floats], Floats], of: Floats, holders: Securities) -> Floats:
    """Calculate for many prices or values, of which each takes a number for every security."""
    block = max(1, CACHED // len(holders))
    if of.size <= block or holders.count.ndim > 1:
        return calculate(of)
    return by_blocks(calculate, of.reshape(-1), block=block).reshape(of.shape)


@lru_cache(maxsize=16)
def _ladder(securities: Securities, method: str) -> Ladder:
    """Return the strikes at which claims bend."""
    free = securities.owned | (securities.role["option"] & (method == "gross"))
    outright: Mask = np.all(free.reshape(-1, len(securities)), 0)
    pieces: list[tuple[Mask, Floats, float]] = [(~outright, securities.exchange, 1.0)]
    if method != "gross" and "capped" in securities.has:
        called: Mask = np.any(securities.capped.reshape(-1, len(securities)), 0)
        # Without a call in some scenario, its two pieces cancel.
        cap = np.maximum(securities.cap, securities.strike)
        pieces += [(called, securities.strike, -1.0), (called, cap, 1.0)]
    strike = np.concatenate([of[..., places] for places, of, _ in pieces], -1)
    place = np.concatenate([places.nonzero()[0] for places, _, _ in pieces])
    sign = np.concatenate([np.full(np.count_nonzero(places), s) for places, _, s in pieces])
    order = strike.argsort(-1, kind="stable")
    return Ladder(_take(strike, order), place[order], sign[order], outright)


def _beyond(equity: Floats, securities: Securities, steps: Ladder, hurdle: Floats) -> Floats:
    """Price including the tranches whose hurdles it passes.

    The more hurdles are passed, the lower the price: the number passed is found by bisection.
    """
    price = _price(equity, securities, steps, hurdle <= 0)
    if "hurdle" not in securities.has:
        return price
    some = np.unique(hurdle.nonzero()[-1])
    shape = np.broadcast_shapes(price.shape, hurdle.shape[:-1])
    # In ascending order, followed by one that nothing passes.
    levels = np.full((*shape, some.size + 1), np.inf)
    levels[..., :-1] = np.sort(hurdle[..., some], -1)
    count = np.zeros((*shape, 1), dtype=int)
    for power in reversed(range(some.size.bit_length())):
        more = count + 2**power
        level = np.take_along_axis(levels, np.minimum(more - 1, some.size), -1)
        found = _price(equity, securities, steps, hurdle <= level)
        passed = found > level[..., 0]
        price = np.where(passed, found, price)
        count = np.where(passed[..., None], more, count)
    # Just below the next hurdle the price is too low for the value, and at it too high.
    return np.asarray(np.minimum(price, np.take_along_axis(levels, count, -1)[..., 0]))


def _price(equity: Floats, securities: Securities, steps: Ladder, met: Mask) -> Floats:
    """Lowest price at which the securities whose condition is met claim an equity value.

    Preferences that take all of it leave a price of zero.
    """
    counted = securities.included_count
    if "hurdle" in securities.has:
        counted = np.where(met, counted, 0.0)
    outright = (counted * steps.outright).sum(-1)[..., None]
    preferred = securities.role["preferred"]
    if "preferred" in securities.has:
        repaid = (counted * preferred * securities.exchange).sum(-1)
        equity = np.maximum(equity - repaid, 0.0)
    if not steps.strike.shape[-1]:
        return np.asarray(equity / outright[..., 0])
    count = _take(counted, steps.place) * steps.sign
    total = np.empty((*count.shape[:-1], count.shape[-1] + 1))
    total[..., :1] = outright
    np.add(outright, count.cumsum(-1), out=total[..., 1:])
    paid = np.zeros(total.shape)
    np.cumsum(count * steps.strike, -1, out=paid[..., 1:])
    # What is claimed at each strike, and at those before it at least.
    reached = np.maximum.accumulate(steps.strike * total[..., :-1] - paid[..., :-1], -1)
    if reached.ndim == 1:
        piece = reached.searchsorted(equity)
        return np.asarray((equity + paid[piece]) / total[piece])
    piece = np.count_nonzero(reached < equity[..., None], -1)[..., None]
    return np.asarray((equity + _take(paid, piece)[..., 0]) / _take(total, piece)[..., 0])


def _take(values: Floats, places: npt.NDArray[np.int_]) -> Floats:
    """Take along the last axis, scenario by scenario where either has scenarios."""
    if values.ndim == 1:
        return np.asarray(values[places])
    if places.ndim == 1:
        return np.asarray(values[..., places])
    shape = np.broadcast_shapes(values.shape[:-1], places.shape[:-1])
    values = np.broadcast_to(values, (*shape, values.shape[-1]))
    return np.take_along_axis(values, np.broadcast_to(places, (*shape, places.shape[-1])), -1)
