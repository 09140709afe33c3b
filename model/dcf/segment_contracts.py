"""Contracts and their renewals: month by month as expected, then by fiscal year.

Every contract is a row of months. What is contracted falls due month by month, later by the delay,
and is expected with the probability that the contract is performed and that its customer has not
defaulted, or is relet. A renewal follows its contract's last month, and counts with the same
probability; it adds no risk of its own, and nothing is recovered of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.arrays import read_only
from model.calendar import MONTHS_PER_YEAR, overlaps
from model.dcf.contract_drivers import ContractDrivers
from model.dcf.contract_months import Months, by_month, by_year
from model.dcf.lateness import delayed
from model.dcf.periods import KEPT, MOST_KEPT, joined, stacked
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import SignedContracts, owners
from model.errors import Floats, InputError, require, shown
from model.values import same_unit


@dataclass(frozen=True)
class Recognised:
    """Revenue from contracts and their renewals, (..., contracts, columns).

    Attributes
    ----------
    contracts : SignedContracts
    owner : list of int
        The segment of each contract.
    signed, renewed : ndarray, shape (..., contracts, columns)
    renews : list of bool
        Which contracts are renewed in some scenario.
    before : ndarray, shape (..., contracts)
        Recognised between the balance date and the valuation date.
    beyond : ndarray, shape (..., contracts)
        Contracted, and falling due after the last forecast year.
    slipped : ndarray, shape (..., contracts)
        What contracted_delay_months has added to that.
    ends : ndarray, shape (..., contracts)
        Last day of each contract, as an ordinal.
    expected : ndarray, shape (..., contracts, months)
        What is contracted, as expected.
    edges : ndarray, shape (months + 1,)
        Days with which the months end, as ordinals, and the day before them.
    """

    contracts: SignedContracts
    owner: list[int]
    signed: Floats
    renewed: Floats
    renews: list[bool]
    before: Floats
    beyond: Floats
    slipped: Floats
    ends: Floats
    expected: Floats
    edges: Floats

    def quarters(self, ends: Floats, sold: Floats) -> Floats:
        """Sum what is contracted to quarters by days; (..., contracts, quarters).

        What was recognised up to the balance date counts in the quarters until then: as their
        revenue where it is known, and by days.

        Parameters
        ----------
        ends : ndarray, shape (quarters + 1,)
            Days with which quarters end, as ordinals, and the day before the first.
        sold : ndarray, shape (..., known quarters)
            Revenue of the first quarters.
        """
        found = self.expected @ overlaps(self.edges, ends[:-1], ends[1:])
        if self.edges[0] > ends[0]:
            passed = overlaps(np.array([ends[0], self.edges[0]]), ends[:-1], ends[1:])[0]
            over = int((ends[1 : sold.shape[-1] + 1] <= self.edges[0]).sum())
            whole = sold[..., :over].sum(-1, keepdims=True)
            by_days = np.broadcast_to(passed[:over], (*whole.shape[:-1], over)).copy()
            first = np.divide(sold[..., :over], whole, out=by_days, where=whole > 0)
            first = np.where(whole > 0, first * passed[:over].sum(), first)
            rest = np.broadcast_to(passed[over:], (*first.shape[:-1], passed.size - over))
            passed = np.concatenate([first, rest], axis=-1)
            found = found + self.contracts.recognised[..., None] * passed[..., None, :]
        return np.asarray(found)


def recognised(drivers: SegmentedDrivers, contracts: SignedContracts) -> Recognised:
    """Recognise contracts and their renewals over the columns of a forecast.

    Valuations that change other drivers have the same contracts, so one scenario is kept.
    """
    read = ContractDrivers.of(drivers)
    months = max(contracts.amounts.shape[-1], MONTHS_PER_YEAR * (read.years + 1))
    small = len(contracts) * months <= MOST_KEPT
    kept = small and read.of_one and contracts.of_one
    return (_of_one if kept else _recognised)(read, contracts)


@lru_cache(maxsize=KEPT)
def _of_one(d: ContractDrivers, contracts: SignedContracts) -> Recognised:
    found = _recognised(d, contracts)
    read_only(*(each for each in vars(found).values() if isinstance(each, np.ndarray)))
    return found


def _recognised(d: ContractDrivers, contracts: SignedContracts) -> Recognised:
    base = stacked([segment.base_revenue for segment in d.segments], -1).sum(-1)
    same_unit("contracted_revenue", contracts.amounts, "base_revenue", base[..., None, None])
    owner = owners(
        "contracted_revenue Segment", contracts.segment, tuple(s.name for s in d.segments)
    )
    late = np.asarray(d.contracted_delay_months)[..., None]
    yearly = contracts.across is not None or d.valuation_date is None
    months = (by_year if yearly else by_month)(d, contracts, float(late.max()))
    weights, on_time = months.weights, slice(months.on_time)
    last, renews = _ended(months.amounts), _renewing(d, contracts, owner)
    whole = contracts.amounts.sum(-1)
    spent = (contracts.collected <= whole * (1 + 1e-9)) | np.array(renews)
    limit = "at most what is contracted, where nothing renews"
    require(spent, contracts.places["collected"], limit, contracts.collected)
    survival = np.exp(-contracts.intensity[..., None] * months.elapsed / MONTHS_PER_YEAR)
    likely = contracts.probability[..., None] * np.asarray(d.contracted_share)[..., None, None]
    # The terminal year of a renewal is twelve months in which it runs.
    terminal = weights[:, -3] > 0

    def due(by_month: Floats) -> Floats:
        return likely * by_month * (survival + (1 - survival) * contracts.recovery[..., None])

    def again(delay: Floats) -> tuple[Floats, Floats]:
        """Renewals by month, and in which part of each terminal month they run."""
        if not any(renews):
            return np.zeros(weights.shape[0]), np.zeros(int(terminal.sum()))
        by_month = _renewals(d, contracts, owner, months, delay)
        runs = delayed((by_month > 0).astype(np.float64), delay)
        return likely * delayed(by_month, delay) * survival, runs[..., terminal]

    contracted = delayed(months.amounts, contracts.delay)
    _refuse_ended(contracts, contracted, weights)
    expected, (renewals, runs) = due(contracted), again(contracts.delay)
    signed = expected[..., on_time] @ weights[on_time]
    renewed = renewals[..., on_time] @ weights[on_time]
    running = runs @ weights[terminal, -3:-2]
    slipped = np.zeros(signed.shape[:-1])
    total = contracts.delay
    if late.any():
        # Of a delay of 0, none of these differences is anything.
        total = contracts.delay + late
        after = contracted * (1 - months.passed)
        moved = due(delayed(after, late)) - due(after)
        renewed_late, runs_late = again(total)
        expected, by_column = expected + moved, moved @ months.after
        signed, slipped = signed + by_column, by_column[..., -1]
        renewed = renewed + (renewed_late - renewals) @ weights
        running = running + (runs_late - runs) @ weights[terminal, -3:-2]
    run_rate = np.divide(
        MONTHS_PER_YEAR * renewed[..., -3:-2],
        running,
        out=np.zeros(np.broadcast_shapes(running.shape, renewed[..., -3:-2].shape)),
        where=running > 0,
    )
    before = signed[..., -2] + renewed[..., -2]
    beyond = signed[..., -1]
    whole_year = signed[..., 1] + contracts.recognised
    none = np.zeros_like(signed[..., :1])
    signed = joined([signed[..., :1], whole_year[..., None], signed[..., 2:-3], none], -1)
    last_months = np.minimum(np.ceil(last + total), len(weights)).astype(np.int64)
    return Recognised(
        contracts,
        owner,
        signed,
        joined([renewed[..., :-3], run_rate], -1),
        renews,
        before,
        beyond,
        slipped,
        months.edges[last_months],
        expected,
        months.edges,
    )


def _ended(by_month: Floats) -> npt.NDArray[np.int64]:
    """Return the last month of each contract, before delay."""
    due = by_month > 0
    months = by_month.shape[-1]
    return np.asarray(np.where(due.any(-1), months - np.argmax(due[..., ::-1], axis=-1), 0))


def _renewing(d: ContractDrivers, contracts: SignedContracts, owner: list[int]) -> list[bool]:
    """Tell which contracts renew in some scenario."""
    # A rate of 0 has a line too, so that typing it removes no line.
    given = ~(np.isnan(contracts.renewal_rate) & np.isnan(contracts.net_retention))
    return [bool(given[..., c].any()) or d.segments[o].renews for c, o in enumerate(owner)]


def _renewals(
    d: ContractDrivers,
    contracts: SignedContracts,
    owner: list[int],
    of: Months,
    delay: Floats,
) -> Floats:
    """Renewals by month before delay."""
    by_month = of.amounts
    months = by_month.shape[-1]
    last = _ended(by_month)
    life = last - np.argmax(by_month > 0, axis=-1)

    def stated(name: str, otherwise: Floats) -> Floats:
        own = getattr(contracts, name)
        segments = [getattr(d.segments[o], name) for o in owner]
        others = [np.asarray(np.nan if v is None else v) for v in segments]
        general = stacked(others, -1)
        found = np.where(np.isnan(own), general, own)
        return np.where(np.isnan(found), otherwise, found)

    again = stated("renewal_rate", np.array(0.0)) * stated("renewal_price", np.array(1.0))
    term = stated("renewal_term", life)
    reached = np.concatenate([np.zeros((*by_month.shape[:-1], 1)), by_month.cumsum(-1)], axis=-1)
    counted = np.minimum(life, MONTHS_PER_YEAR)
    ends = np.take_along_axis(reached, last[..., None], -1)[..., 0]
    starts = np.take_along_axis(reached, (last - counted)[..., None], -1)[..., 0]
    base = np.divide(ends - starts, counted, out=np.zeros(counted.shape), where=counted > 0)
    after = np.arange(1, months + 1) - last[..., None]
    times = np.ceil(after / np.maximum(term, 1.0)[..., None])
    kept = again[..., None] ** np.maximum(times, 1)
    retention = _retention(d, contracts, owner)
    if not np.isnan(retention).all():
        kept = np.where(
            np.isnan(retention[..., :1]),
            kept,
            _kept(retention, last, delay, _year_of_month(d, of)),
        )
    return np.where(after > 0, base[..., None] * kept, 0.0)


def _year_of_month(d: ContractDrivers, of: Months) -> npt.NDArray[np.int64]:
    """Return the first forecast year with a part of each month, the last for the terminal year."""
    return np.asarray(np.minimum((of.weights[:, 1:-2] > 0).argmax(-1), d.years - 1))


def _retention(d: ContractDrivers, contracts: SignedContracts, owner: list[int]) -> Floats:
    """Net retention of each contract by year, NaN where it has none; (..., contracts, years)."""
    none = np.full(d.years, np.nan)
    of_segments = [d.segments[o].net_retention for o in owner]
    general = stacked([none if one is None else one for one in of_segments], -2)
    # Where a contract has a rate of its own, the segment's retention is not for it.
    general = np.where(np.isnan(contracts.renewal_rate)[..., None], general, np.nan)
    own = contracts.net_retention[..., None]
    return np.where(np.isnan(own), general, own)


def _kept(
    retention: Floats,
    last: npt.NDArray[np.int64],
    delay: Floats,
    year_of_month: npt.NDArray[np.int64],
) -> Floats:
    """Share of its base that a contract keeps in each month after its last, before delay.

    Each year after the last month begins with the net retention of the forecast year that it then
    lies in.
    """
    months = len(year_of_month)
    begun = last[..., None] + MONTHS_PER_YEAR * np.arange(-(-months // MONTHS_PER_YEAR))
    begins = (begun + np.floor(delay)[..., None]).astype(np.int64)
    each = _taken(retention, year_of_month[np.minimum(begins, months - 1)]).cumprod(-1)
    since = (np.arange(months) - last[..., None]) // MONTHS_PER_YEAR
    return _taken(each, np.maximum(since, 0))


def _taken(values: Floats, places: npt.NDArray[np.int64]) -> Floats:
    """Take values by their places on the last axis, for the scenarios of either."""
    outer = np.broadcast_shapes(values.shape[:-1], places.shape[:-1])
    return np.take_along_axis(
        np.broadcast_to(values, (*outer, values.shape[-1])),
        np.broadcast_to(places, (*outer, places.shape[-1])),
        axis=-1,
    )


def _refuse_ended(contracts: SignedContracts, signed: Floats, weights: Floats) -> None:
    """Refuse a contract that has amounts, and none after the valuation date."""
    after = signed @ (weights[:, 0] + weights[:, 2:-2].sum(-1) + weights[:, -1])
    for c, name in enumerate(contracts.name):
        if signed[..., c, :].any() and not after[..., c].any():
            raise InputError(
                "contracted_revenue",
                f"must end after the valuation date, but {shown(name)} does not",
            )
