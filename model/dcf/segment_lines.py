"""Revenue, costs and cash flows of the lines of a company with segments, column by column.

Capital and collected cash are kept by contract together with its renewals: the contract's own come
first, and what goes beyond them is the renewals'.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np

from model.arrays import lagged
from model.dcf.paths import ROUNDING
from model.dcf.periods import by_days, each_column, joined, stacked, valued, whole
from model.dcf.segment import UNIT_COSTS
from model.dcf.segment_capital import bought_and_freed
from model.dcf.segment_contracts import recognised
from model.dcf.segment_rows import COST, FURTHER, PLANT, RENEWALS, SIGNED, Business, Row, business
from model.dcf.segment_rows import built as built_by_line
from model.dcf.segments import COSTS, SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.errors import Floats, require
from model.fields import ZERO
from model.values import refuse_twice


@dataclass(frozen=True)
class Flows:
    """Amounts of lines, each of shape (..., lines, columns)."""

    revenue: Floats
    contra_revenue: Floats
    costs: Floats
    depreciation: Floats
    income: Floats
    spending: Floats
    freed: Floats
    working_capital: Floats
    collected: Floats
    in_shares: Floats

    def before_tax(self) -> Floats:
        """Cash flow before tax."""
        taken = self.spending - self.freed + self.working_capital + self.collected
        return np.asarray(self.income + self.depreciation - taken + self.in_shares)


@dataclass(frozen=True)
class SegmentLines:
    """The lines of a company.

    Attributes
    ----------
    rows : tuple of Row
    flows : Flows
    base : ndarray, shape (...)
        Revenue of the year before.
    beyond : ndarray, shape (...)
        Contracted revenue after the last forecast year.
    slipped : ndarray, shape (...)
        What a delay has added to it.
    by_sales : ndarray, shape (..., segment lines, years)
        Capital bought by sales-to-capital.
    terminal_capital : ndarray, shape (..., lines)
        What growth takes in the terminal year, where it is not a share of profit.
    """

    rows: tuple[Row, ...]
    flows: Flows
    base: Floats
    beyond: Floats
    slipped: Floats
    by_sales: Floats
    terminal_capital: Floats


def lines_of(
    d: SegmentedDrivers, contracts: SignedContracts | None, plant: Plant | None
) -> SegmentLines:
    """Make the lines of a company over the columns of its forecast."""
    made = None if contracts is None else recognised(d, contracts)
    of = business(d, made, plant)
    built = built_by_line(of, plant)
    base = _bases(of)
    flows, by_sales, terminal_capital = _of_segments(of, base, _revenue(of, built[0]), built)
    parts, growing = [flows], [terminal_capital]
    rows = list(of.rows)
    growth = np.asarray(d.terminal_growth)
    for name in COSTS:
        if (path := getattr(d, name)) is not None:
            cost = by_days(path, d.stub, growth)[..., None, :]
            rows.append(Row(COSTS[name], COST))
            parts.append(_alone(cost, costs=cost, income=-cost))
            growing.append(np.zeros(1))
    if d.capital_expenditure is not None and d.depreciation is not None:
        spent = by_days(d.capital_expenditure, d.stub)[..., None, :]
        worn = by_days(d.depreciation, d.stub, growth)[..., None, :]
        rows.append(Row("Shared plant", COST))
        parts.append(_alone(spent + worn, spending=spent, depreciation=worn, income=-worn))
        net = d.capital_expenditure[..., -1] - d.depreciation[..., -1]
        growing.append((net * (1 + growth))[..., None])
    refuse_twice("the lines of segments and company costs", [row.name for row in rows])
    together = {f.name: joined([getattr(p, f.name) for p in parts], -2) for f in fields(Flows)}
    return SegmentLines(
        tuple(rows),
        Flows(**together),
        base.sum(-1),
        np.zeros(()) if made is None else made.beyond.sum(-1),
        np.zeros(()) if made is None else made.slipped.sum(-1),
        by_sales,
        joined(growing, -1),
    )


def _alone(like: Floats, **given: Floats) -> Flows:
    """Flows of one line that are zero where nothing is given."""
    zeros = np.zeros(like.shape)
    return Flows(**{f.name: given.get(f.name, zeros) for f in fields(Flows)})


def _bases(of: Business) -> Floats:
    """Revenue of the year before by line; a renewal has none of its own."""
    found = []
    for row, segment in zip(of.rows, of.segments, strict=True):
        base = segment.base_revenue if row.kind == FURTHER else ZERO
        if row.kind == SIGNED and of.made is not None:
            base = of.made.contracts.base_revenue[..., row.contract]
        found.append(base)
    return stacked(found, -1)


def _revenue(of: Business, megawatts: Floats) -> Floats:
    """Revenue of the lines, column by column."""
    d, found = of.drivers, []
    for i, (row, segment) in enumerate(zip(of.rows, of.segments, strict=True)):
        if row.contract is not None and of.made is not None:
            columns = of.made.signed if row.kind == SIGNED else of.made.renewed
            found.append(columns[..., row.contract, :])
        elif row.kind == PLANT:
            found.append(np.zeros(megawatts.shape[-1]))
        elif segment.price is not None:
            found.append(each_column(segment.utilisation * segment.price) * megawatts[..., i, :])
        else:
            path = segment.uncontracted_revenue
            if path is None:
                assert segment.revenue_growth is not None  # It grows.
                factors = np.cumprod(1 + segment.revenue_growth, axis=-1)
                path = segment.base_revenue[..., None] * factors
            found.append(by_days(path, d.stub, d.terminal_growth))
    return stacked(found, -2)


def _of_segments(
    of: Business, base: Floats, revenue: Floats, built: tuple[Floats, Floats, Floats]
) -> tuple[Flows, Floats, Floats]:
    """Amounts of the lines, spending by sales, and what growth takes in the terminal year."""
    d, owners = of.drivers, of.owners
    megawatts, spent, worn = built

    def ratio(name: str, missing: float = np.nan) -> Floats:
        values = [getattr(s, name) for s in d.segments]
        none = np.full(revenue.shape[-1] - 2, missing)
        by_segment = stacked([none if v is None else v for v in values], -2)
        return np.take(each_column(by_segment), owners, axis=-2)

    def of_plant(name: str) -> Floats:
        """Amounts by year that are a segment's, in the line of its plant."""
        found = [np.zeros(revenue.shape[-1] - 2)] * len(of.rows)
        for i in plants:
            path = getattr(d.segments[owners[i]], name)
            found[i] = found[i] if path is None else path
        return stacked(found, -2)

    renewals, plants = _span(of.kinds(RENEWALS)), of.kinds(PLANT)
    # Contracts are the first lines, in their order.
    contracts = _span([cast(int, of.rows[i].contract) for i in of.kinds(RENEWALS)])

    def with_contract(values: Floats, sign: float = 1.0) -> Floats:
        """Add to renewals what their contracts have."""
        found = np.array(values)
        found[..., renewals, :] += sign * values[..., contracts, :]
        return found

    def beyond_contract(values: Floats) -> Floats:
        """Leave to renewals what goes beyond their contracts."""
        return with_contract(values, -1.0)

    margin = ratio("operating_margin")
    stated = [
        of_plant(n) for n in ("capital_expenditure", "depreciation", "working_capital_change")
    ]
    growth, stub = np.asarray(d.terminal_growth), d.stub
    worn = worn + by_days(stated[1], _lines(stub), _lines(growth))
    contra = revenue * ratio("contra_revenue")
    of_units = [n for n in UNIT_COSTS if any(getattr(s, n) is not None for s in d.segments)]
    unit = sum((ratio(name, 0.0) for name in of_units), np.zeros(1))
    by_margin = ~np.isnan(margin)
    unit_costs = megawatts * unit
    if d.margin_change is not ZERO:
        change = np.asarray(d.margin_change)[..., None, None]
        margin, unit_costs = margin + change, unit_costs - revenue * change
        expected = "low enough to leave costs of at least 0"
        require((margin <= 1 + ROUNDING) | ~by_margin, "margin_change", expected, change)
    costs = np.where(by_margin, revenue * (1 - margin) - worn, unit_costs)
    income = np.where(by_margin, revenue * margin, revenue - costs - worn) - contra

    together, before = with_contract(revenue), with_contract(base[..., None])[..., 0]
    to_capital = ratio("sales_to_capital", np.inf)
    share = np.take(stacked([s.freed_capital for s in d.segments], -1), owners, axis=-1)
    bought, freed = (
        by_days(beyond_contract(part / whole(to_capital)), _lines(stub))
        for part in bought_and_freed(whole(together), before, share)
    )
    level = ratio("working_capital")
    held = whole(level) * whole(revenue)
    tied_up = held - lagged(level[..., 0] * base, held) + stated[2]
    shares = np.array([[d.segments[i].contra_basis == "shares"] for i in owners], np.float64)
    step = np.divide(growth, 1 + growth, out=np.zeros(growth.shape), where=growth > -1)
    last = revenue[..., -1] * step[..., None]
    # Perpetual decline frees no capital either, except the freed share.
    kept = np.where(np.asarray(growth)[..., None] < 0, share, 1.0)
    # What is spent beyond depreciation goes on growing, but of a renewal's plant the next year's is
    # known.
    net = spent[..., -2] - worn[..., -2] + stated[0][..., -1] + stated[2][..., -1]
    net = net * (1 + growth)[..., None] * np.array([r.kind != SIGNED for r in of.rows])
    net[..., renewals] = spent[..., renewals, -1] - worn[..., renewals, -1]
    terminal = last / to_capital[..., -1] * kept + last * level[..., -1] + net
    flows = Flows(
        revenue=revenue,
        contra_revenue=contra,
        costs=costs,
        depreciation=worn,
        income=income,
        spending=spent + bought + by_days(stated[0], _lines(stub)),
        freed=freed,
        working_capital=by_days(tied_up, _lines(stub)),
        collected=beyond_contract(_collected(of, together)),
        in_shares=contra * shares,
    )
    return flows, whole(bought), terminal


def _span(places: list[int]) -> slice | list[int]:
    """Give lines that follow one another as a slice, whose numbers need not be copied."""
    start = places[0] if places else 0
    together = places == [*range(start, start + len(places))]
    return slice(start, start + len(places)) if together else places


def _lines(of_company: Any) -> Floats:
    """Give a number of the company an axis of lines."""
    return np.asarray(of_company)[..., None]


def _collected(of: Business, together: Floats) -> Floats:
    """Revenue for which no cash comes, because it was collected: the earliest first."""
    if of.made is None or not of.made.contracts.collected.any():
        return np.zeros(together.shape[-2:])
    none = [ZERO] * len(of.rows)
    cash, before = list(none), list(none)
    for i, row in enumerate(of.rows):
        if row.contract is not None:
            cash[i] = of.made.contracts.collected[..., row.contract]
            before[i] = of.made.before[..., row.contract]
    left, passed = stacked(cash, -1)[..., None], stacked(before, -1)[..., None]
    reached = passed + valued(together).cumsum(-1)
    used = np.minimum(left, joined([passed, reached], -1))
    yearly = np.diff(used, axis=-1)
    first, end = used[..., 1:2], np.zeros_like(yearly[..., :1])
    return joined([yearly[..., :1], first, yearly[..., 1:], end], -1)
