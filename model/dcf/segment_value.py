"""Value by segment: each line discounted with its own tax, and what losses do to the company's.

Every line bears tax at the company's rate on its own income, negative income included. One line,
the tax line, is the tax so computed less the tax due: it alone is a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from model.arrays import lagged
from model.dcf import discounting
from model.dcf.drivers import YEARS, Drivers
from model.dcf.paths import ROUNDING
from model.dcf.periods import each_column, stacked, valued, whole
from model.dcf.segment_lines import SegmentLines, lines_of
from model.dcf.segment_rows import FURTHER, RENEWALS, SIGNED
from model.dcf.segments import SegmentedDrivers, segmented
from model.dcf.signed import Plant, SignedContracts
from model.dcf.taxes import loss_corkscrew
from model.dcf.terminal import half_year
from model.errors import Floats, require


@dataclass(frozen=True)
class Terminal:
    """The year after the forecast and what it is worth, by line and for the tax line."""

    nopat: Floats
    cash_flow: Floats
    value: Floats
    present_value: Floats
    tax_cash_flow: Floats
    tax_value: Floats
    tax_present_value: Floats
    factor: Floats


@dataclass(frozen=True)
class Worth:
    """Value of a company's lines, before failure.

    Attributes
    ----------
    lines : SegmentLines
    totals : dict
        The lines of a `Forecast`.
    tax, free_cash_flow : ndarray, shape (..., lines, columns)
    cash_flow, present_value : ndarray, shape (..., lines, years)
        What is valued of each year.
    tax_line, tax_present_value : ndarray, shape (..., years)
        What losses, limits and the floor at zero do to the company's tax.
    terminal : Terminal
    """

    lines: SegmentLines
    totals: dict[str, Any]
    tax: Floats
    free_cash_flow: Floats
    cash_flow: Floats
    present_value: Floats
    tax_line: Floats
    tax_present_value: Floats
    terminal: Terminal


def of_company(
    drivers: Drivers, contracted: Floats | SignedContracts | None, plant: Plant | None
) -> tuple[SegmentedDrivers, Worth]:
    """Return a company's drivers over its years, and the value of its lines."""
    if contracted is not None and not isinstance(contracted, SignedContracts):
        years = range(1, contracted.shape[-1] + 1)
        contracted = SignedContracts(["1"], amounts=contracted[..., None, :], across=list(years))
    # Contracts by month reach as far as they do, and those by year as far as the forecast.
    by_year = contracted is not None and (
        contracted.across is not None or getattr(drivers, "valuation_date", None) is None
    )
    given = contracted.amounts.shape[-1] if contracted is not None and by_year else None
    d = segmented(drivers.over(drivers.years or given or YEARS))
    return d, worth(d, contracted, plant)


def worth(d: SegmentedDrivers, contracts: SignedContracts | None, plant: Plant | None) -> Worth:
    """Forecast and discount the lines of a company."""
    assert d.years is not None  # The drivers are over years.
    lines = lines_of(d, contracts, plant)
    flows = lines.flows
    rates = d.tax_rates()
    tax = flows.income * each_column(rates)[..., None, :]
    free = flows.before_tax() - tax
    income = flows.income.sum(-2)
    losses = loss_corkscrew(whole(income), d.loss_carryforward, d.loss_limit, d.loss_cap)
    due = rates * (np.maximum(whole(income), 0.0) - losses["loss_used"])
    own, owed = valued(tax), _valued_tax(d, income, due)
    tax_line = own.sum(-2) - owed
    # What rounding leaves of a sum is no tax.
    tax_line = np.where(np.abs(tax_line) <= ROUNDING * np.abs(own).sum(-2), 0.0, tax_line)
    cash_flow = valued(free)
    lengths = discounting.period_lengths(d.years, d.stub)
    wacc = d.waccs()
    ends, factor = _factors(d, wacc, lengths)
    own_end, own_factor, own_rate = _own(d, lines, lengths, (ends, factor))
    present = cash_flow * own_factor
    tax_present = tax_line * factor
    totals = {
        **_totals(lines, due),
        **losses,
        "tax_rate": rates,
        "period_length": lengths,
        "cash_flow": cash_flow.sum(-2) + tax_line,
        "wacc": wacc,
        "time": discounting.times(lengths, d.timing),
        "discount_factor": factor,
        "present_value": present.sum(-2) + tax_present,
        "end_factor": ends,
        "slipped": lines.slipped,
        "across": d.across,
    }
    terminal = _terminal(d, lines, (own_end, own_rate), ends[..., -1])
    return Worth(lines, totals, tax, free, cash_flow, present, tax_line, tax_present, terminal)


def _totals(lines: SegmentLines, due: Floats) -> dict[str, Floats]:
    """Sum the lines to those of a company without segments; revenue is net of contra-revenue."""
    flows, kinds = lines.flows, [row.kind for row in lines.rows]
    sums = {name: whole(amounts).sum(-2) for name, amounts in vars(flows).items()}
    net = whole(flows.revenue - flows.contra_revenue)

    def of(kind: str) -> Floats:
        return np.asarray(net[..., [i for i, k in enumerate(kinds) if k == kind], :].sum(-2))

    revenue, income = net.sum(-2), sums["income"]
    before = lagged(lines.base, revenue)
    added = revenue - before
    tied_up = sums["working_capital"] + sums["collected"] - sums["in_shares"]
    spent = sums["spending"] - lines.by_sales.sum(-2)
    reinvestment = sums["spending"] - sums["freed"] - sums["depreciation"] + tied_up
    return {
        "contracted_revenue": of(SIGNED),
        "renewed_revenue": of(RENEWALS),
        "uncontracted_revenue": of(FURTHER),
        "revenue": revenue,
        "revenue_growth": np.divide(added, before, out=np.zeros_like(added), where=before > 0),
        "operating_margin": np.divide(
            income, revenue, out=np.zeros_like(income), where=revenue > 0
        ),
        "operating_income": income,
        "tax": due,
        "nopat": income - due,
        "reinvested_by_sales": lines.by_sales.sum(-2) - sums["freed"],
        "capital_expenditure": spent,
        "depreciation": sums["depreciation"],
        "working_capital_change": tied_up,
        "reinvestment": reinvestment,
        "free_cash_flow": income - due - reinvestment,
    }


def _valued_tax(d: SegmentedDrivers, income: Floats, due: Floats) -> Floats:
    """Tax due on what is valued: of the first year, the part of its income that is."""
    part = np.divide(
        income[..., 0],
        income[..., 1],
        out=np.zeros(np.broadcast_shapes(income[..., 0].shape)),
        where=income[..., 1] > 0,
    )
    found = np.array(np.broadcast_to(due, np.broadcast_shapes(due.shape, (*part.shape, 1))))
    found[..., 0] *= np.clip(part, 0.0, 1.0)
    return found


def _factors(d: SegmentedDrivers, rates: Floats, lengths: Floats) -> tuple[Floats, Floats]:
    ends = discounting.end_factors(rates, lengths)
    return ends, discounting.at_timing(ends, rates, lengths, d.timing)


def _own(
    d: SegmentedDrivers, lines: SegmentLines, lengths: Floats, company: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Discount factors of each line, at the end and by year, and its perpetual rate."""
    ends, factor = company
    if all(segment.wacc is None for segment in d.segments):
        return ends[..., -1:], factor[..., None, :], np.asarray(d.final_wacc)[..., None]
    by_segment = {
        i: (*_factors(d, s.wacc, lengths), s.wacc[..., -1])
        for i, s in enumerate(d.segments)
        if s.wacc is not None
    }
    common = (ends, factor, np.asarray(d.final_wacc))
    found = [
        common if row.segment is None else by_segment.get(row.segment, common) for row in lines.rows
    ]
    return (
        stacked([own[0][..., -1] for own in found], -1),
        stacked([own[1] for own in found], -2),
        stacked([own[2] for own in found], -1),
    )


def _terminal(
    d: SegmentedDrivers, lines: SegmentLines, own: tuple[Floats, Floats], end: Floats
) -> Terminal:
    """Terminal value of each line by the company's convention; signed contracts have none."""
    kinds = [row.kind for row in lines.rows]
    lasting = np.array([kind != SIGNED for kind in kinds])
    flows, (end_factor, rate) = lines.flows, own
    growth = np.asarray(d.terminal_growth)[..., None]
    income = flows.income[..., -1] * lasting
    company = income.sum(-1, keepdims=True)
    tax_rate = np.asarray(d.final_tax_rate)[..., None]
    nopat = income - tax_rate * income
    loss = np.where(company > 0, 0.0, tax_rate * company)
    earned = company > 0
    if d.terminal == "multiple":
        return _multiple(d, lines, lasting, nopat, end_factor, loss)
    if d.terminal == "roic":
        returns = np.asarray(d.final_wacc if d.terminal_roic is None else d.terminal_roic)[
            ..., None
        ]
        expected = "at most terminal_roic, or it would take more than the entire profit"
        require((growth <= returns) | ~earned, "terminal_growth", expected, growth, "number")
        flow = nopat * np.where(earned, 1 - growth / returns, 1.0)
    else:
        flow = nopat - lines.terminal_capital * lasting
    flow = flow + flows.in_shares[..., -1] * lasting
    expected = "below the terminal cost of capital"
    require((growth < rate) | (flow == 0), "terminal_growth", expected, growth, "number")
    common = np.asarray(d.final_wacc)[..., None]
    require((growth < common) | (loss == 0), "terminal_growth", expected, growth, "number")
    value = np.divide(flow, rate - growth, out=np.zeros_like(flow + rate), where=flow != 0)
    tax_value = np.divide(loss, common - growth, out=np.zeros_like(loss + common), where=loss != 0)
    factor = end * half_year(np.asarray(d.final_wacc), d.timing)
    own_factor = end_factor * half_year(rate, d.timing)
    return Terminal(
        nopat=nopat,
        cash_flow=flow,
        value=value,
        present_value=value * own_factor,
        tax_cash_flow=loss[..., 0],
        tax_value=tax_value[..., 0],
        tax_present_value=tax_value[..., 0] * factor,
        factor=factor,
    )


def _multiple(
    d: SegmentedDrivers,
    lines: SegmentLines,
    lasting: Floats,
    nopat: Floats,
    end_factor: Floats,
    loss: Floats,
) -> Terminal:
    """Value each line by a multiple of its own metric of the final year."""
    assert d.terminal_multiple is not None  # Drivers guarantee it.
    flows = lines.flows
    of = flows.revenue - flows.contra_revenue if d.terminal_metric == "revenue" else flows.income
    renewed = np.array([row.kind == RENEWALS for row in lines.rows])
    # A renewal's terminal year is the twelve months after the forecast.
    metric = np.where(renewed, of[..., -1], of[..., -2]) * lasting
    expected = f"applied to {d.terminal_metric} of at least 0 in the final year"
    company = metric.sum(-1)
    require(company >= 0, "terminal_multiple", expected, company)
    value = metric * np.asarray(d.terminal_multiple)[..., None]
    none = np.zeros_like(company)
    kept = nopat - lines.terminal_capital * lasting
    return Terminal(
        nopat, kept, value, value * end_factor, loss[..., 0], none, none, end_factor[..., 0]
    )
