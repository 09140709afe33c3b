"""The entire model in one call: from a case to its value per share, with every line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from model import doubts, funded, plausibility
from model.case import business, derived, quarterly, scenarios, views
from model.case.business import recognition
from model.case.case import Case
from model.case.parts import Rpo
from model.dcf.by_segment import SegmentForecast, dcf_segments
from model.dcf.capital_cost import dcf_cost_of_equity, dcf_wacc
from model.dcf.drivers import DRIVERS
from model.dcf.forecast import Forecast
from model.dcf.funding import Funding
from model.dcf.quarters import Quarters
from model.dcf.value import DcfValue, dcf_value
from model.dilution import shares as dilution
from model.dilution.raises import Raises
from model.errors import Floats
from model.rpo import schedule as rpo
from model.rpo.bands import Banded
from model.uncertainty.changes import Business
from model.uncertainty.choices import StepValues
from model.uncertainty.scenarios import ScenarioValues

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Valuation:
    """A case's results.

    Attributes
    ----------
    case : Case
    years : list of int
        Calendar years of the forecast.
    shares, market_caps : dict of str to ndarray, shape (prices,)
        Diluted shares (millions) and market values (USD millions) by method, at each of the
        case's prices.
    bridge : Bridge
        From basic to diluted shares at the share price.
    bands : Bands or None
        Amounts of the disclosed bands, of a company with remaining performance obligations.
    schedule : Schedule or None
        Quarterly recognition of the opening balance.
    contracted_revenue : ndarray, shape (years,)
        Contracted revenue of each forecast year: that of the contracts of a company with
        segments, else that of the balance; zeros without either.
    by_segment : SegmentForecast or None
        The lines of a company with segments, year by year.
    bookings : Rollforward or None
        Bookings that later balances imply.
    cost_of_equity, wacc : float
        Before the fade.
    forecast : Forecast
    result : DcfValue
    funding : Funding or None
        Cash, debt and the funding gap by year, of a case that states its minimum cash.
    raised : Raises or None
        The gap of each year, filled, and the value per share after it.
    quarters : Quarters
        The forecast by quarter, over the fiscal years that hold the next eight.
    base : Business
        What the DCF takes in the base scenario.
    business : Business
        What the DCF took, in the scenario of the case, of which inputs can be changed.
    steps : StepValues or None
        From the value to published views, of a case that states the steps.
    """

    case: Case
    years: list[int]
    shares: dict[str, Floats]
    market_caps: dict[str, Floats]
    bridge: dilution.Bridge
    bands: Banded | None
    schedule: rpo.RecognitionSchedule | None
    contracted_revenue: Floats
    by_segment: SegmentForecast | None
    bookings: rpo.Rollforward | None
    cost_of_equity: float
    wacc: float
    forecast: Forecast
    result: DcfValue
    funding: Funding | None
    raised: Raises | None
    quarters: Quarters
    base: Business
    business: Business
    steps: StepValues | None

    @property
    def value_per_share(self) -> float:
        """Value per share, USD."""
        return float(self.result.value_per_share)

    @cached_property
    def scenarios(self) -> ScenarioValues | None:
        """Value per share in each scenario of a case that states them, whichever it is in."""
        return scenarios.values(self.case, self.base)

    @cached_property
    def doubts(self) -> list[str]:
        """Figures that are probably not what was meant, a sentence each."""
        return [*self.case.warnings, *doubts.doubts(self)]

    @cached_property
    def warnings(self) -> list[str]:
        """Warnings, a sentence each, about the case's figures and the value."""
        return [*self.doubts, *map(str, plausibility.warnings(self))]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the results as pandas frames, for use in a notebook."""
        import pandas as pd  # here, because it takes half a second, and few callers want it

        prices = [p.label for p in self.case.price_points.values()]
        columns = {line.label: line.values for line in self.forecast.lines()}
        schedule = {} if self.schedule is None else {
            "schedule": pd.DataFrame(
                {
                    "Opening": self.schedule.opening,
                    "Recognised": self.schedule.recognised,
                    "Closing": self.schedule.closing,
                },
                index=pd.Index(self.schedule.to_month, name="To month"),
            )
        }  # fmt: skip
        return {
            "market values": pd.DataFrame(
                {
                    "Price": [p.number for p in self.case.price_points.values()],
                    **{f"Shares, {m}": v for m, v in self.shares.items()},
                    **{f"Market value, {m}": v for m, v in self.market_caps.items()},
                },
                index=pd.Index(prices, name="At"),
            ),
            **schedule,
            "forecast": pd.DataFrame(columns, index=pd.Index(self.years, name="Year")).T,
            "quarters": pd.DataFrame(
                {line.label: line.values for line in self.quarters.lines()},
                index=pd.Index(self.quarters.periods, name="Quarter"),
            ).T,
            "value": pd.DataFrame(
                [(x.label, float(x.values), x.field.unit) for x in self.result.lines()],
                columns=["Line", "Value", "Unit"],
            ).set_index("Line"),
        }


def value(case: Case) -> Valuation:
    """Value a case.

    Parameters
    ----------
    case : Case
        A company's inputs, checked.

    Raises
    ------
    InputError
        For inputs that only fail in the calculation, such as terminal growth above the rate.

    Examples
    --------
    >>> from model.case.case import load
    >>> value(load("cerebras")).bands.amount.round(6)
    array([ 3690., 10578., 10332.])
    """
    securities = case.dilution
    prices = np.array([p.number for p in case.price_points.values()])
    years = calendar_years(case)
    cost_of_equity, wacc = _cost_of_capital(case)
    base = business.valued(case, wacc)
    of = scenarios.chosen(case, base)
    result = dcf_value(of.drivers, of.securities, of.contracted, of.plant)
    by_segment, contracted = None, of.contracted
    if case.segments:
        by_segment = dcf_segments(of.drivers, of.contracted, of.plant)
        contracted = result.forecast.contracted_revenue
    funding = funded.funding(case, result)
    return Valuation(
        case=case,
        years=years,
        shares={m: dilution.diluted_shares(prices, securities, m) for m in dilution.METHODS},
        market_caps={
            m: dilution.diluted_market_cap(prices, securities, m) for m in dilution.METHODS
        },
        bridge=dilution.dilution_bridge(case.share_price[1].number, securities),
        bands=case.bands(case.rpo.opening.bands) if case.rpo else None,
        schedule=recognition(case, 3) if case.rpo else None,
        contracted_revenue=contracted,  # type: ignore[arg-type]  # By year without segments.
        by_segment=by_segment,
        bookings=_bookings(case.rpo) if case.rpo else None,
        cost_of_equity=cost_of_equity,
        wacc=wacc,
        forecast=result.forecast,
        result=result,
        funding=funding,
        raised=funded.raised(case, funding, result, cost_of_equity),
        quarters=quarterly.quarters(case, of.drivers, of.contracted, of.plant),
        base=base,
        business=of,
        steps=views.values(case, of),
    )


def calendar_years(case: Case) -> list[int]:
    """Calendar years in which the forecast years end; the first week of January counts as before.

    Parameters
    ----------
    case : Case
        For the end of the first forecast year.
    """
    return case.forecast_years


def _bookings(stated: Rpo) -> rpo.Rollforward | None:
    later = [b for b in stated.later.values() if b.recognised is not None]
    if not later:
        return None
    balances = [stated.opening.amount.number, *(b.amount.number for b in later)]
    return rpo.rpo_implied_bookings(balances, [b.from_balance for b in later])


def _cost_of_capital(case: Case) -> tuple[float, float]:
    """Cost of equity, and the cost of capital at the market's weights at the share price."""
    c = case.cost_of_capital
    cost_of_equity = dcf_cost_of_equity(
        c["risk_free"].number,
        c["beta"].number,
        c["equity_risk_premium"].number,
        c["size_premium"].number,
        c["country_premium"].number,
    )
    stated = {name: figure.value for name, figure in case.drivers.items()}
    debt = (stated | derived.drivers(case)).get("debt", 0.0)
    wacc = dcf_wacc(
        dilution.diluted_market_cap(case.share_price[1].number, case.dilution),
        # Refused under its own name, which the weights do not use.
        DRIVERS["debt"].read("debt", debt),
        cost_of_equity,
        c["cost_of_debt"].number,
        c["tax_rate"].number,
    )
    return float(cost_of_equity), float(wacc)
