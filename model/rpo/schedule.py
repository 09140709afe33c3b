"""Remaining performance obligations: from the bands a filing discloses to a schedule.

A filing gives a balance and the share of it that will become revenue in bands of months
(ASC 606-10-50-13). Months count 1, 2, 3 ... from the balance date and both ends belong to the
band. A schedule is built month by month and then summed to periods, so the edges of bands need
not fall on the ends of periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.arrays import lagged
from model.calendar import LAST_MONTH, period_ends
from model.errors import Floats, InputError, floats, one_of, require, shown
from model.rpo.shapes import SHAPES, spread

#: A remainder below this share of the balance is the rounding of the shares that were typed.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Bands:
    """Amounts of a balance by band; make one with `Bands.of`.

    Attributes
    ----------
    first, last : tuple of int
        First and last month of each band; the last month of an open band is None.
    amount : ndarray, shape (..., bands)
        USD millions.
    remainder : ndarray, shape (...)
        Balance that no band states, USD millions.
    """

    first: tuple[int, ...]
    last: tuple[int | None, ...]
    amount: Floats
    remainder: Floats

    @classmethod
    def of(
        cls,
        balance: npt.ArrayLike,
        first: Sequence[int],
        last: Sequence[int | None],
        *,
        share: npt.ArrayLike | None = None,
        amount: npt.ArrayLike | None = None,
    ) -> Bands:
        """Check disclosed bands and express them as amounts.

        Parameters
        ----------
        balance : array_like, shape (...)
            Remaining performance obligations, USD millions.
        first, last : sequence of int
            Months from the balance date, in ascending order, without gap or overlap and from
            month 1 on; only the final band may lack its last month.
        share, amount : array_like, shape (..., bands)
            One of the two: fractions of the balance, or USD millions. NaN in the final, open
            band stands for all that the other bands leave.

        Raises
        ------
        InputError
            When the bands overlap, leave a gap, or hold more than the balance.

        Examples
        --------
        Cerebras at 31 December 2025 (S-1): 15% within 24 months, 43% in the next 24.

        >>> round(float(Bands.of(24_600, [1, 25], [24, 48], share=[0.15, 0.43]).remainder), 6)
        10332.0
        """
        total = floats("balance", balance)
        require(total >= 0, "balance", "at least 0", total)
        _check_months(first, last)
        if (share is None) == (amount is None):
            raise InputError("bands", "must give either Share or Amount")
        title, stated = ("Share", share) if share is not None else ("Amount", amount)
        parts = np.array(stated, dtype=np.float64)
        rest = np.isnan(parts)
        if rest.any() and (last[-1] is not None or rest[..., :-1].any()):
            raise InputError(
                f"bands {title}", "must not be blank, except in a last band without To month"
            )
        parts[rest] = 0.0
        floats(f"bands {title}", parts)
        require(parts >= 0, f"bands {title}", "at least 0", parts)
        if title == "Share":
            whole = parts.sum(-1)
            require(whole <= 1 + ROUNDING, "bands Share", "at most 1 in total", whole)
            parts = parts * total[..., None]
        together = parts.sum(-1)
        remainder = total - together
        require(
            remainder >= -ROUNDING * total,
            f"bands {title}",
            f"at most the balance in total, {shown(first_of(total))}",
            together,
        )
        remainder = np.where(remainder > ROUNDING * total, remainder, 0.0)
        parts = np.where(rest, remainder[..., None], parts)
        return cls(tuple(first), tuple(last), parts, np.where(rest.any(-1), 0.0, remainder))

    def closed(self, final_month: int | None) -> Bands:
        """Give every band a last month, and the remainder a band of its own."""
        first, last, amount = self.first, self.last, self.amount
        stated = last[-1]
        open_end = stated is None
        if not open_end and (self.remainder == 0).all() and final_month is None:
            return self
        if final_month is None:
            what = "the last band has no To month" if open_end else "the bands leave a remainder"
            raise InputError("final_month", f"must be given because {what}")
        floor = first[-1] if stated is None else stated
        if final_month < floor or final_month > LAST_MONTH:
            raise InputError(
                "final_month",
                f"must be a month from {floor} to {LAST_MONTH}, not {shown(final_month)}",
            )
        if stated is None:
            if (self.remainder > 0).any():
                raise InputError(
                    "bands",
                    "must hold the whole balance when the last band has no To month, "
                    f"and they leave {shown(first_of(self.remainder))}",
                )
            last = (*last[:-1], final_month)
        elif final_month > stated:
            first, last = (*first, stated + 1), (*last, final_month)
            amount = np.concatenate([amount, self.remainder[..., None]], axis=-1)
        else:
            require(
                self.remainder == 0,
                "final_month",
                f"after month {stated} because the bands leave a remainder",
                final_month,
            )
        return Bands(first, last, amount, np.zeros_like(self.remainder))


@dataclass(frozen=True)
class Schedule:
    """A recognition schedule; shapes (..., periods) unless said otherwise.

    Attributes
    ----------
    to_month : ndarray of int, shape (periods,)
        Last month of each period.
    opening, recognised, closing : ndarray
        The balance's corkscrew, USD millions.
    by_month : ndarray, shape (..., months)
        The same recognition month by month.
    """

    to_month: npt.NDArray[np.int_]
    opening: Floats
    recognised: Floats
    closing: Floats
    by_month: Floats


@dataclass(frozen=True)
class Rollforward:
    """A corkscrew: opening + bookings - recognised - cancelled = closing, (..., periods)."""

    opening: Floats
    bookings: Floats
    recognised: Floats
    cancelled: Floats
    closing: Floats


def schedule(
    bands: Bands,
    months_per_period: int = 3,
    shape: str = "smooth",
    final_month: int | None = None,
) -> Schedule:
    """Spread a balance over periods so that every band keeps its amount exactly.

    Parameters
    ----------
    bands : Bands
        Disclosed bands of the balance.
    months_per_period : int
        1 for months, 3 for quarters, 12 for years. A last, shorter period takes what is left.
    shape : {"smooth", "flat", "front", "back", "ramp"}
        How recognition runs within a band; see `model.rpo.shapes`.
    final_month : int, optional
        Last month of an open band, or of the remainder that no band states.

    Returns
    -------
    Schedule
        Its recognition is never negative, and the months of a band sum to the band's amount
        without rounding, in whatever order they are added.

    Raises
    ------
    InputError
        For an unknown shape, a final month that is missing or out of its bounds, or periods that
        are not from 1 to 12,000 months.

    Examples
    --------
    >>> bands = Bands.of(24_600, [1, 25, 49], [24, 48, 84], share=[0.15, 0.43, 0.42])
    >>> quarters = schedule(bands).recognised
    >>> float(quarters[:8].sum()), float(quarters[8:16].sum()), float(quarters[16:].sum())
    (3690.0, 10578.0, 10332.0)
    """
    shape = one_of("shape", shape, SHAPES)
    closed = bands.closed(final_month)
    by_month = _by_month(closed, shape)
    ends = period_ends(by_month.shape[-1], months_per_period)
    recognised = np.add.reduceat(by_month, np.append(0, ends[:-1]), axis=-1)
    # What is yet to come, summed from the end, so that the last balance is exactly zero.
    later = np.cumsum(recognised[..., ::-1], axis=-1)[..., ::-1]
    closing = np.concatenate([later[..., 1:], np.zeros_like(later[..., :1])], axis=-1)
    return Schedule(
        to_month=ends,
        opening=later,
        recognised=recognised,
        closing=closing,
        by_month=by_month,
    )


def _by_month(bands: Bands, shape: str) -> Floats:
    lengths = np.array([b - a + 1 for a, b in zip(bands.first, bands.last, strict=True) if b])
    return spread(bands.amount, lengths, SHAPES[shape])


def rollforward(
    opening: npt.ArrayLike,
    bookings: npt.ArrayLike,
    recognised: npt.ArrayLike,
    cancelled: npt.ArrayLike = 0.0,
) -> Rollforward:
    """Roll a balance forward: opening + bookings - recognised - cancelled = closing.

    Parameters
    ----------
    opening : array_like, shape (...)
        Balance before the first period, USD millions.
    bookings, recognised, cancelled : array_like, shape (..., periods)
        USD millions in each period, at least 0.

    Returns
    -------
    Rollforward

    Raises
    ------
    InputError
        For a negative flow, or more recognised and cancelled than there was.

    Examples
    --------
    >>> rollforward(100, [50, 0], [30, 40]).closing
    array([120.,  80.])
    """
    start = floats("opening", opening)
    require(start >= 0, "opening", "at least 0", start)
    added = np.atleast_1d(floats("bookings", bookings))
    out = floats("recognised", recognised)
    lost = floats("cancelled", cancelled)
    for argument, value in (("bookings", added), ("recognised", out), ("cancelled", lost)):
        require(value >= 0, argument, "at least 0", value)
    periods = added.shape[-1]
    for argument, value in (("recognised", out), ("cancelled", lost)):
        # A single period is not repeated: it is more likely to be a range that is too short.
        if value.ndim and value.shape[-1] != periods:
            raise InputError(
                argument, f"must hold as many periods as bookings, {periods}, not {value.shape[-1]}"
            )
    shape = np.broadcast_shapes(added.shape, out.shape, lost.shape)
    added, out, lost = (np.broadcast_to(a, shape) for a in (added, out, lost))
    closing = start[..., None] + np.cumsum(added - out - lost, axis=-1)
    opened = lagged(start, closing)
    available = opened + added
    require(
        out + lost <= available + ROUNDING * (1 + available),
        "recognised",
        "at most opening plus bookings",
        out + lost,
    )
    return Rollforward(opened, added, out, lost, closing)


def implied_bookings(balances: npt.ArrayLike, recognised: npt.ArrayLike) -> Rollforward:
    """Bookings, net of cancellations, between disclosed balances.

    Parameters
    ----------
    balances : array_like, shape (..., periods + 1)
        Balances at the ends of successive periods, USD millions.
    recognised : array_like, shape (..., periods)
        Revenue recognised from the balance in each period, USD millions.

    Returns
    -------
    Rollforward
        With ``bookings = closing - opening + recognised``; negative where more was cancelled
        than booked.

    Raises
    ------
    InputError
        For fewer than two balances, a negative amount, or revenue that is not one fewer than the
        balances.

    Examples
    --------
    CoreWeave in 2025, USD billions: 15.1 at the start, 60.7 at the end, 5.13 of revenue.

    >>> implied_bookings([15.1, 60.7], [5.13]).bookings.round(2)
    array([50.73])
    """
    held = floats("balances", balances)
    out = floats("recognised", recognised)
    require(held >= 0, "balances", "at least 0", held)
    require(out >= 0, "recognised", "at least 0", out)
    if held.shape[-1:] == () or held.shape[-1] < 2:
        raise InputError("balances", "must hold at least two balances")
    if out.shape[-1:] != (held.shape[-1] - 1,):
        raise InputError(
            "recognised",
            f"must hold one amount for each of the {held.shape[-1] - 1} periods between the "
            f"balances, not {out.size}",
        )
    opening, closing = held[..., :-1], held[..., 1:]
    bookings = closing - opening + out
    return Rollforward(opening, bookings, out, np.zeros_like(bookings), closing)


def _check_months(first: Sequence[int], last: Sequence[int | None]) -> None:
    if len(first) == 0:
        raise InputError("bands", "must hold at least one band")
    due = 1
    for i, (start, end) in enumerate(zip(first, last, strict=True)):
        if start != due:
            wrong = "overlap" if start < due else "leave a gap"
            raise InputError(
                "bands From month",
                f"must be {due} in row {i + 1}, not {start}, or the bands {wrong}",
            )
        if end is None:
            if i < len(first) - 1:
                raise InputError("bands To month", "must not be blank before the last band")
            return
        if end < start or end > LAST_MONTH:
            raise InputError(
                "bands To month",
                f"must be a month from {start} to {LAST_MONTH} in row {i + 1}, not {end}",
            )
        due = end + 1


def first_of(values: Floats) -> float:
    """Return the first of an array's elements, to be shown in a message."""
    return float(values.ravel()[0])
