"""Contracts and their renewals: month by month as expected, then by fiscal year.

Every contract is a row of months. What is contracted falls due month by month, later by the delay,
and is expected with the probability that the contract is performed and that its customer has not
defaulted, or is relet. A renewal follows its contract's last month, and counts with the same
probability; it adds no risk of its own, and nothing is recovered of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.calendar import MONTHS_PER_YEAR, fiscal_year, months_after, overlaps, year_of
from model.dcf.periods import Calendar, joined, months_in, months_of, stacked
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


def recognised(d: SegmentedDrivers, contracts: SignedContracts) -> Recognised:
    """Recognise contracts and their renewals over the columns of a forecast."""
    base = stacked([segment.base_revenue for segment in d.segments], -1).sum(-1)
    same_unit("contracted_revenue", contracts.amounts, "base_revenue", base[..., None, None])
    owner = owners(
        "contracted_revenue Segment", contracts.segment, tuple(s.name for s in d.segments)
    )
    if contracts.across is not None or d.valuation_date is None:
        by_month, weights, edges, elapsed = _by_year(d, contracts)
    else:
        by_month, weights, edges, elapsed = _by_month(d, contracts)
    months = weights.shape[0]
    by_month = np.concatenate(
        [by_month, np.zeros((*by_month.shape[:-1], months - by_month.shape[-1]))], axis=-1
    )
    assert d.years is not None
    # The first forecast year with a part of each month; the terminal year counts as the last.
    year_of_month = np.minimum((weights[:, 1:-2] > 0).argmax(-1), d.years - 1)
    renewals, last, renews = _renewals(d, contracts, owner, by_month, year_of_month)
    whole = contracts.amounts.sum(-1)
    spent = (contracts.collected <= whole * (1 + 1e-9)) | np.array(renews)
    limit = "at most what is contracted, where nothing renews"
    require(spent, contracts.places["collected"], limit, contracts.collected)
    # Of a month that a delay divides, the part in which a renewal runs.
    runs = _delayed((renewals > 0).astype(np.float64), contracts.delay)
    signed, renewals = _delayed(by_month, contracts.delay), _delayed(renewals, contracts.delay)
    _refuse_ended(contracts, signed, weights)
    survival = np.exp(-contracts.intensity[..., None] * elapsed / MONTHS_PER_YEAR)
    likely = contracts.probability[..., None] * np.asarray(d.contracted_share)[..., None, None]
    expected = likely * signed * (survival + (1 - survival) * contracts.recovery[..., None])
    renewals = likely * renewals * survival
    signed, renewed = expected @ weights, renewals @ weights
    # The terminal year of a renewal is twelve months in which it runs.
    late = weights[:, -3] > 0
    running = runs[..., late] @ weights[late, -3:-2]
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
    last_months = np.minimum(np.ceil(last + contracts.delay), months).astype(np.int64)
    return Recognised(
        contracts,
        owner,
        signed,
        joined([renewed[..., :-3], run_rate], -1),
        renews,
        before,
        beyond,
        edges[last_months],
        expected,
        edges,
    )


def _by_month(
    d: SegmentedDrivers, contracts: SignedContracts
) -> tuple[Floats, Floats, Floats, Floats]:
    """Months from the balance date: amounts, weights of the columns, edges, middles in months."""
    calendar = Calendar.of(d, "contracts by month")
    ending = contracts.amounts.shape[-1] + int(np.ceil(contracts.delay.max()))
    months = max(calendar.reaching(d.balance_date), ending)
    assert d.balance_date is not None
    edges, columns = months_in(calendar, d.balance_date, 0, months)
    weights = np.column_stack(
        [
            columns,
            calendar.within(edges, edges[0], calendar.start),
            calendar.within(edges, calendar.ends[-2], edges[-1]),
        ]
    )
    return contracts.amounts, weights, edges, np.arange(months) + 0.5


def _by_year(
    d: SegmentedDrivers, contracts: SignedContracts
) -> tuple[Floats, Floats, Floats, Floats]:
    """Fiscal years in twelve equal months, of which the first year's count by its part left."""
    assert d.years is not None
    amounts = contracts.amounts
    numbers = list(range(1, d.years + 1))
    years = list(range(1, amounts.shape[-1] + 1) if contracts.across is None else contracts.across)
    if d.across is not None:
        expected = [year_of("drivers", y) for y in d.across]
    else:
        first = years[0] if d.first_year_end is None else fiscal_year(d.first_year_end)
        expected = list(range(first, first + d.years))
    if years not in (expected, numbers):
        raise InputError(
            "contracted_revenue",
            f"must be of the years {expected[0]} to {expected[-1]}, as the drivers are, "
            f"not {years[0]} to {years[-1]}",
        )
    late = int(np.ceil(contracts.delay.max()))
    columns = np.pad(months_of(d.years), ((0, late), (0, 0)))
    months = len(columns)
    beyond = np.arange(months) >= MONTHS_PER_YEAR * d.years
    weights = np.column_stack([columns, np.zeros(months), beyond])
    stub = float(d.stub) if np.ndim(d.stub) == 0 else None
    if stub is None:
        raise InputError("stub", "must be one number for all scenarios with contracts by year")
    weights[:, 0] *= stub
    elapsed = np.maximum(np.arange(months) + 0.5 - 12 * (1 - stub), 0.0)
    if d.first_year_end is None:
        edges = np.arange(months + 1.0)
    else:
        edges = months_after(d.first_year_end, np.arange(-12, months - 11))
    return np.repeat(amounts, MONTHS_PER_YEAR, axis=-1) / MONTHS_PER_YEAR, weights, edges, elapsed


def _renewals(
    d: SegmentedDrivers,
    contracts: SignedContracts,
    owner: list[int],
    by_month: Floats,
    year_of_month: npt.NDArray[np.int64],
) -> tuple[Floats, Floats, list[bool]]:
    """Renewals by month before delay, the last month of each contract, and which ones renew."""
    months = by_month.shape[-1]
    due = by_month > 0
    last = np.where(due.any(-1), months - np.argmax(due[..., ::-1], axis=-1), 0)
    # A rate of 0 has a line too, so that typing it removes no line.
    given = ~(np.isnan(contracts.renewal_rate) & np.isnan(contracts.net_retention))
    renews = [bool(given[..., c].any()) or d.segments[o].renews for c, o in enumerate(owner)]
    if not any(renews):
        return np.zeros(months), last, renews
    life = last - np.argmax(due, axis=-1)

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
            _kept(retention, last, contracts.delay, year_of_month),
        )
    return np.where(after > 0, base[..., None] * kept, 0.0), last, renews


def _retention(d: SegmentedDrivers, contracts: SignedContracts, owner: list[int]) -> Floats:
    """Net retention of each contract by year, NaN where it has none; (..., contracts, years)."""
    assert d.years is not None
    none = np.full(d.years, np.nan)
    of_segments = [d.segments[o].net_retention for o in owner]
    general = stacked([none if one is None else one for one in of_segments], -2)
    # Where a contract has a rate of its own, the segment's retention is not for it.
    general = np.where(np.isnan(contracts.renewal_rate)[..., None], general, np.nan)
    own = contracts.net_retention[..., None]
    return np.where(np.isnan(own), general, own)


def _kept(
    retention: Floats, last: Floats, delay: Floats, year_of_month: npt.NDArray[np.int64]
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


def _delayed(by_month: Floats, delay: Floats) -> Floats:
    """Shift months by a delay, of which a part of a month moves a part of each amount."""
    if not delay.any():
        return by_month
    months = by_month.shape[-1]
    later = np.floor(delay)
    part = (delay - later)[..., None]
    source = np.arange(months, dtype=np.int64) - later[..., None].astype(np.int64)
    shape = np.broadcast_shapes(source.shape, by_month.shape)
    given = np.broadcast_to(by_month, shape)

    def taken(place: npt.NDArray[np.int64]) -> Floats:
        place = np.broadcast_to(place, shape)
        found = np.take_along_axis(given, np.maximum(place, 0), axis=-1)
        return np.where(place >= 0, found, 0.0)

    return np.asarray((1 - part) * taken(source) + part * taken(source - 1))


def _refuse_ended(contracts: SignedContracts, signed: Floats, weights: Floats) -> None:
    """Refuse a contract that has amounts, and none after the valuation date."""
    after = signed @ (weights[:, 0] + weights[:, 2:-2].sum(-1) + weights[:, -1])
    for c, name in enumerate(contracts.name):
        if signed[..., c, :].any() and not after[..., c].any():
            raise InputError(
                "contracted_revenue",
                f"must end after the valuation date, and {shown(name)} does not",
            )
