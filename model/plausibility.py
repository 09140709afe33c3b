"""Whether a valuation is plausible: measures of it, each with a plausible range.

Checks test whether numbers add up. What is measured here may add up and still be wrong: perpetual
growth above the government bond yield, a value that lies beyond the forecast, a figure that nobody
could know on the valuation date.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model import evidence, measured
from model.case import quarterly
from model.case.facts import ROUNDING
from model.case.moving import looks_ahead, moves_value, undated
from model.dilution.headlines import TOLERANCE
from model.rpo.anchored import EARLY

if TYPE_CHECKING:
    from model.case.case import Case
    from model.valuation import Valuation


@dataclass(frozen=True)
class Measure:
    """A measure of how plausible a valuation is.

    Attributes
    ----------
    key, label, unit : str
    value : callable
        From a valuation to the number.
    reason : str
        Why a value outside the range is doubtful.
    look : str
        What to review in that case.
    low, high : float
        The range; either end may be open.
    named : callable
        What is counted, if the value is a count: the first of it, in words.
    """

    key: str
    label: str
    unit: str
    value: Callable[[Valuation], float]
    reason: str
    look: str
    low: float = -math.inf
    high: float = math.inf
    named: Callable[[Valuation], list[str]] = lambda _: []


@dataclass(frozen=True)
class Warned:
    """A measure outside its range, with its value, and what it counts."""

    measure: Measure
    value: float
    named: tuple[str, ...] = ()

    @property
    def limit(self) -> float:
        """The end of the range that is exceeded."""
        return self.measure.low if self.value < self.measure.low else self.measure.high

    def __str__(self) -> str:
        known = self.measure
        side = "below" if self.value < known.low else "above"
        reason = known.reason[:1].upper() + known.reason[1:]
        named = f": {'; '.join(self.named)}" if self.named else ""
        return (
            f"{known.label}: {self._written(self.value)}, {side} {self._written(self.limit)}. "
            f"{reason} Look at {known.look}{named}."
        )

    def _written(self, value: float) -> str:
        return f"{value:.1%}" if self.measure.unit == "fraction" else f"{value:,.6g}"


def warnings(valuation: Valuation) -> list[Warned]:
    """Return the measures of a valuation that are outside their range.

    Parameters
    ----------
    valuation : Valuation

    Returns
    -------
    list of Warned
        In the order of `MEASURES`; empty if every measure is within its range.
    """
    found = ((measure, float(measure.value(valuation))) for measure in MEASURES)
    return [
        Warned(measure, value, tuple(measure.named(valuation)))
        for measure, value in found
        if not measure.low <= value <= measure.high
    ]


def rests_on_one(case: Case) -> list[str]:
    """Return the figures that move the value and that one secondary source alone states."""
    return evidence.rests_on_one(case, [p for p in case.origins if moves_value(case, p)])


MEASURES = (
    Measure(
        "price_ratio",
        "Value per share over the share price",
        "ratio",
        lambda v: v.value_per_share / v.case.share_price[1].number,
        "one of the two is probably wrong, or the market knows something that the case omits.",
        "the bridge to equity, the share count and the drivers of the last year",
        low=0.33,
        high=3,
    ),
    Measure(
        "equity_value",
        "Equity value",
        "USD m",
        lambda v: float(v.result.equity_value),
        "claims are worth more than the company, so the shares are an option at best.",
        "debt, other claims and the proceeds of an offer",
        low=0,
    ),
    Measure(
        "terminal_share",
        "Share of the terminal value in the value of operations",
        "fraction",
        lambda v: float(v.result.terminal_share),
        "most of the value lies beyond the forecast; above 100% the forecast itself consumes cash.",
        "the terminal method and the margin and capital of the last year",
        low=0,
        high=0.75,
    ),
    Measure(
        "terminal_growth",
        "Terminal growth less the risk-free rate",
        "fraction",
        lambda v: (
            measured.driver(v, "terminal_growth") - v.case.cost_of_capital["risk_free"].number
        ),
        "no company can outgrow the economy forever, and the risk-free rate proxies its growth.",
        "terminal growth and the risk-free rate",
        high=0,
    ),
    Measure(
        "spread",
        "Terminal cost of capital less terminal growth",
        "fraction",
        lambda v: float(v.result.terminal_wacc) - measured.driver(v, "terminal_growth"),
        "the terminal value is more than 30 times cash flow, and sensitive to every tenth of a "
        "point.",
        "the fade of the cost of capital and terminal growth",
        low=0.03,
    ),
    Measure(
        "final_margin",
        "Operating margin of the last year",
        "fraction",
        lambda v: float(v.forecast.operating_margin[-1]),
        "few companies earn more than 40% of revenue, and competition erodes such margins.",
        "the target margin",
        high=0.4,
    ),
    Measure(
        "revenue_growth",
        "Growth of revenue a year over the forecast",
        "fraction",
        measured.yearly_growth,
        "hardly any company has grown this fast for this long.",
        "the growth of uncontracted revenue and the conversion of contracts",
        high=0.4,
    ),
    Measure(
        "freed_capital",
        "Capital that falling revenue pays back",
        "USD m",
        measured.freed_capital,
        "plant is seldom sold for what it cost when revenue falls.",
        "reinvestment by year, and what follows the contracts",
        high=0,
    ),
    Measure(
        "beyond_forecast",
        "Contracts that convert after the forecast",
        "USD m",
        measured.beyond_forecast,
        "signed revenue that falls after the forecast is not valued.",
        "the number of forecast years and the last month of the schedule",
        high=0.005,
    ),
    Measure(
        "bands",
        "Contracts' share of a disclosed band less the filing's, at most",
        "fraction",
        measured.bands_missed,
        "contracts that convert differently from the filing are not the ones it describes.",
        "starts, terms and shapes of the contracts",
        high=0.05,
    ),
    Measure(
        "funding_gap",
        "Money that the forecast needs beyond cash and facilities",
        "USD m",
        lambda v: float(v.funding.gap_to_date[-1]) if v.funding else 0.0,
        "the forecast needs money that nobody has committed.",
        "cash and funding by year, and the value per share after a raise",
        high=0,
    ),
    Measure(
        "headroom",
        "Smallest headroom of a covenant",
        "USD m",
        lambda v: float(v.funding.headroom.min()) if v.funding and v.funding.covenants else 0.0,
        "lenders may demand repayment of all that is drawn.",
        "the headroom of each covenant by year, and the debt and cash behind it",
        low=0,
    ),
    Measure(
        "run_rate",
        "First quarter of the contracts over a quarter's revenue before it",
        "ratio",
        measured.run_rate,
        "contracts become revenue no faster than capacity is delivered, and past capacity shows "
        "in the last year's revenue, the run rate and what was recognised since.",
        "the start, the shape and the bands of the contracts",
        high=2,
    ),
    Measure(
        "contracts_over_year",
        "Contracts of a quarter beyond what is left of its year, at most",
        "USD m",
        lambda v: float(quarterly.beyond_year(v.case, v.quarters).max()),
        "contracts alone bring more than the year's forecast leaves for its remaining quarters.",
        "what was reported for the year's quarters, and the year's forecast on Quarters",
        high=0,
    ),
    Measure(
        "guided_over_year",
        "Reported and guided quarters beyond their year's forecast, at most",
        "USD m",
        lambda v: float(quarterly.guided_beyond_year(v.case, v.forecast.revenue).max()),
        "the forecast has less revenue for the year than the company reports and expects.",
        "what is left of each year's forecast on Quarters",
        high=0,
    ),
    Measure(
        "early_fall",
        "Run rate over the average month of the first band",
        "ratio",
        measured.early_fall,
        "the schedule has to fall early, because the run rate may include revenue that the balance "
        "does not cover.",
        "the run rate, the months that it covers, and its scope",
        high=EARLY,
    ),
    Measure(
        "terminal_income",
        "Terminal year: operating income after tax",
        "USD m",
        lambda v: float(v.result.terminal_nopat),
        "a perpetual loss has a negative value, and a company would close before that.",
        "margins and company costs of the last year",
        low=0,
    ),
    Measure(
        "terminal_reinvestment",
        "Terminal year: capital spending less depreciation",
        "USD m",
        lambda v: float(v.result.terminal_reinvestment),
        "a company that spends less than it depreciates forever runs down to nothing.",
        "depreciation and capital spending of the last year, and the terminal method",
        low=0,
    ),
    Measure(
        "look_ahead",
        "Figures that move the value and were not public on the valuation date",
        "figures",
        lambda v: float(len(looks_ahead(v.case))),
        "nobody could have used them on that date.",
        "the column Public of Sources",
        high=0,
    ),
    Measure(
        "undated",
        "Figures that move the value and do not say when they became public",
        "figures",
        lambda v: float(len(undated(v.case))),
        "they may not have been known on the valuation date.",
        "the column Public of Sources, and state known, or filed for the source",
        high=0,
        named=lambda v: undated(v.case)[: evidence.NAMED],
    ),
    Measure(
        "contradictions",
        "Facts that the inputs contradict",
        "facts",
        lambda v: float(len(evidence.contradictions(v.case))),
        "an input differs from its source, or is not the quantity that its source means.",
        "the facts on Sources",
        high=0,
        named=lambda v: list(evidence.contradictions(v.case).values()),
    ),
    Measure(
        "quoted_values",
        "Gap of a quoted market value to that of the nearest share count, at most",
        "fraction",
        measured.quoted_apart,
        "a market value that fits no count is based on a different price or share count from the "
        "case's.",
        "the market values as quoted, by share count",
        high=float(TOLERANCE),
        named=measured.unexplained,
    ),
    Measure(
        "share_classes",
        "Difference between the classes of shares and the shares outstanding",
        "fraction",
        measured.classes_apart,
        "a class is missing, or counted twice.",
        "the classes of shares, and the common and puttable stock",
        high=ROUNDING,
    ),
    Measure(
        "secondary",
        "Figures that move the value and that one secondary source alone states",
        "figures",
        lambda v: float(len(rests_on_one(v.case))),
        "a single report's quote or estimate may be wrong, and nothing in the case confirms it.",
        "the column Rests on of Sources, and read the largest where they were first published",
        high=0,
        named=lambda v: rests_on_one(v.case)[: evidence.NAMED],
    ),
)  # fmt: skip
